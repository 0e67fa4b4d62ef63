//! Writes `codes.json`: every refusal (typed error), finding (of the checker of program documents) and reason of
//! `prm-core` and `prm-store`, so that an application can translate them, decide who is shown which, and say what to do.
//!
//! What a code is called, its parameters, its English text and its meaning are read from the sources. Who may be shown it
//! and what to do next stand in `side/*.toml`, by hand. `tests/current.rs` fails where the file is not what the sources and
//! the table say, where a row is missing or left over, and where a code has gone: codes are only added.

mod attributes;
mod coded;
mod errors;
mod findings;
mod reasons;
mod side;
mod sources;
mod template;
mod types;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Serialize;

pub use crate::side::SeenBy;
use crate::side::Side;
use crate::sources::Sources;
pub use crate::types::Parameter;
use crate::types::Types;

/// The crates whose codes are written.
const PACKAGES: [&str; 2] = ["prm-core", "prm-store"];

/// What a code is the code of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A refusal: nothing was done.
    Error,
    /// Something that is wrong with a program document, or worth knowing about it.
    Finding,
    /// Why an answer is as it is.
    Reason,
}

/// A code as `codes.json` has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Code {
    /// What it is called. Never changed.
    pub code: String,
    /// What it is the code of.
    pub kind: Kind,
    /// The crate that it comes from.
    #[serde(rename = "crate")]
    pub package: String,
    /// The public module.
    pub module: String,
    /// The word for it in serialised forms, where it is in any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub word: Option<String>,
    /// What comes with it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<Parameter>,
    /// The English text; none where the error within speaks, or the finding brings its own.
    pub text: Option<String>,
    /// Texts where optional parameters are missing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub other_texts: Vec<String>,
    /// What it means, in one sentence.
    pub meaning: Option<String>,
    /// Who may be shown it; where another error is within, that one decides beside it.
    pub seen_by: SeenBy,
    /// What whoever meets it does next.
    pub next_step: String,
}

/// Where the implementations of `Coded` of each crate stand.
pub const CODED: [(&str, &str); 2] =
    [("prm-core", "prm-core/src/coded/errors.rs"), ("prm-store", "prm-store/src/error/coded.rs")];

/// What is written: the file of codes, and the source of what gives them at run time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// `codes.json`.
    pub codes: Codes,
    /// What stands in each of [`CODED`], by the crate.
    pub coded: BTreeMap<String, String>,
}

/// The whole file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Codes {
    /// The format of the file: 1.
    pub format: u32,
    /// All codes, by kind and name.
    pub codes: Vec<Code>,
    /// Codes of earlier versions that mean nothing any more, and are not used again.
    pub retired: BTreeSet<String>,
}

/// What keeps the file from being written, one line each.
pub type Problems = Vec<String>;

/// What the sources say about a code.
pub(crate) struct Found {
    pub(crate) kind: Kind,
    pub(crate) package: String,
    pub(crate) module: String,
    pub(crate) prefix: String,
    /// The name within the prefix; empty for an error that is a struct.
    pub(crate) row: String,
    pub(crate) word: Option<String>,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) text: Option<String>,
    pub(crate) other_texts: Vec<String>,
    pub(crate) meaning: Option<String>,
}

impl Found {
    fn code(&self) -> String {
        if self.row.is_empty() { self.prefix.clone() } else { format!("{}.{}", self.prefix, self.row) }
    }

    /// The code that an error without a text of its own passes on begins so.
    fn passes_on(&self) -> Option<&str> {
        let silent = self.kind == Kind::Error && self.text.is_none();
        self.parameters.iter().find_map(|parameter| parameter.holds.as_deref()).filter(|_| silent)
    }
}

/// The folder of the project.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Reads sources and table, and puts the file together.
///
/// # Errors
/// If a file cannot be read or parsed. Everything else is told as problems.
pub fn generate(root: &Path) -> Result<(Written, Problems)> {
    let mut sources = Sources::default();
    for package in PACKAGES {
        sources.read(root, package)?;
    }
    let mut side = Side::read(&root.join("codes/side"))?;
    let mut problems = Problems::new();
    let (found, coded) = {
        let prefixes = errors::prefixes(&sources, &side.settings.prefixes);
        let types = Types::of(&sources, &side.settings.types, prefixes.clone());
        let (errors, tables) = errors::words(&sources).into_iter().partition(|(name, _)| prefixes.contains_key(name));
        let mut found = errors::find(&sources, &types, &prefixes, &errors, &mut problems);
        found.extend(reasons::find(&sources, &types, &side.settings, &mut problems));
        found.extend(findings::find(&sources, &tables, &mut problems));
        let coded = coded::write(&sources, &types, &side.settings.coded, &mut problems);
        (found, coded)
    };
    check(&found, &mut problems);
    let mut missing = BTreeMap::<String, Vec<String>>::new();
    let mut codes: Vec<Code> = found.into_iter().filter_map(|found| complete(found, &mut side, &mut missing)).collect();
    codes.sort_by(|one, other| (one.kind, &one.code).cmp(&(other.kind, &other.code)));
    problems.extend(side.unused().into_iter().map(|row| format!("codes/side: {row} names nothing that is there")));
    if !missing.is_empty() {
        problems.push(rows(&missing));
    }
    let retired = std::mem::take(&mut side.settings.retired);
    let used = codes.iter().filter(|code| retired.contains(&code.code));
    problems.extend(used.map(|code| format!("{} is retired, and used again", code.code)));
    Ok((Written { codes: Codes { format: 1, codes, retired }, coded }, problems))
}

/// Codes that are there twice, prefixes of two types, and texts that name no parameter.
fn check(found: &[Found], problems: &mut Problems) {
    let (mut seen, mut owners) = (BTreeSet::new(), BTreeMap::new());
    for one in found {
        let code = one.code();
        if !seen.insert(code.clone()) {
            problems.push(format!("{code} is there twice: give one type another prefix in codes/side/settings.toml"));
        }
        let owner = (one.kind, &one.module);
        let (kind, other) = *owners.entry(&one.prefix).or_insert(owner);
        if (kind, other) != owner {
            problems.push(format!(
                "codes of {} and of {other} begin with `{}`: give one another prefix in codes/side/settings.toml",
                one.module, one.prefix
            ));
        }
        for name in one.text.iter().chain(&one.other_texts).flat_map(|text| template::named(text)) {
            if !one.parameters.iter().any(|parameter| parameter.name == name) {
                problems.push(format!("the text of {code} names `{name}`, which is not a parameter"));
            }
        }
    }
}

/// Puts what the table says to what the sources say. What it does not say is noted as missing.
fn complete(found: Found, side: &mut Side, missing: &mut BTreeMap<String, Vec<String>>) -> Option<Code> {
    let said = side.said(&found.prefix, &found.row);
    let passed_on = found.passes_on().map(|prefix| format!("Follow the next step of the error within (`{prefix}…`)."));
    let meaning = said.meaning.or(found.meaning.clone());
    // A reason is at least what it means.
    let spoken = meaning.as_deref().filter(|_| found.kind == Kind::Reason).map(as_text);
    let next_step = said.next_step.or(passed_on).filter(|step| !step.trim().is_empty());
    match (said.seen_by, next_step) {
        (Some(seen_by), Some(next_step)) => Some(Code {
            code: found.code(),
            kind: found.kind,
            package: found.package,
            module: found.module,
            word: found.word,
            parameters: found.parameters,
            text: found.text.or(spoken),
            other_texts: found.other_texts,
            meaning,
            seen_by,
            next_step,
        }),
        (seen_by, next_step) => {
            let rows = missing.entry(found.prefix.clone()).or_default();
            let who = "seen_by = \"vendor\"   # or anyone, or host".to_owned();
            if seen_by.is_none() && !rows.contains(&who) {
                rows.insert(0, who);
            }
            if next_step.is_none() {
                let row = if found.row.is_empty() { "next_step" } else { &found.row };
                rows.push(format!("{row} = \"…\"   # {}", meaning.or(found.text).unwrap_or_default()));
            }
            None
        }
    }
}

/// A sentence in the form of a message: without a full stop, and not begun with a capital.
fn as_text(sentence: &str) -> String {
    let mut characters = sentence.strip_suffix('.').unwrap_or(sentence).chars();
    let first = characters.next().into_iter().flat_map(char::to_lowercase);
    first.chain(characters.clone()).collect()
}

/// The rows that are missing, as they would stand in the table.
fn rows(missing: &BTreeMap<String, Vec<String>>) -> String {
    let mut text = "rows are missing in codes/side/*.toml:".to_owned();
    for (prefix, rows) in missing {
        // Writing to a text does not fail.
        let _ = write!(text, "\n\n[{prefix}]\n{}", rows.join("\n"));
    }
    text
}

/// The codes that a published file has and this one does not: they may be retired, not dropped.
///
/// # Errors
/// If the published file is no file of codes.
pub fn gone(published: &str, codes: &Codes) -> Result<Vec<String>> {
    let published: serde_json::Value = serde_json::from_str(published).context("codes.json cannot be read")?;
    let list = |key: &str| published.get(key).and_then(|list| list.as_array()).cloned().unwrap_or_default();
    let known = list("codes").into_iter().filter_map(|code| code.get("code").cloned()).chain(list("retired"));
    let is_there = |known: &String| codes.retired.contains(known) || codes.codes.iter().any(|code| code.code == *known);
    Ok(known.filter_map(|known| known.as_str().map(str::to_owned)).filter(|known| !is_there(known)).collect())
}

/// The file as text.
///
/// # Errors
/// None that could happen: it is serialised into memory.
pub fn to_json(codes: &Codes) -> Result<String> {
    Ok(serde_json::to_string_pretty(codes)? + "\n")
}
