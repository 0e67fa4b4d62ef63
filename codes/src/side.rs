//! The hand-written side: for each code what to do next and who may be shown it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

/// Who may be shown a refusal, finding or reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SeenBy {
    /// Everyone: partners too.
    Anyone,
    /// People of the vendor: it may tell of other partners, or of rules that partners do not know.
    Vendor,
    /// Whoever runs the application: it tells of the machine, or of a mistake in the application itself.
    Host,
}

/// `side/settings.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    /// Codes that were published and mean nothing any more. They are never used again.
    pub(crate) retired: BTreeSet<String>,
    /// Enums that are reasons although their name does not say so.
    pub(crate) reasons: BTreeSet<String>,
    /// What the codes of a type begin with, by its full path, where its name would not do.
    pub(crate) prefixes: BTreeMap<String, String>,
    /// Errors of the core that know their code at run time, by their full paths.
    #[serde(default)]
    pub(crate) coded: BTreeSet<String>,
    /// The words for types that are not declared in the sources as they stand.
    pub(crate) types: BTreeMap<String, String>,
}

/// What is said about the codes of one type.
#[derive(Debug, Default, Deserialize)]
struct Group {
    seen_by: Option<SeenBy>,
    next_step: Option<String>,
    #[serde(flatten)]
    rows: BTreeMap<String, Row>,
}

/// What is said about one code.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Row {
    Next(String),
    Full(Full),
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Full {
    next_step: Option<String>,
    seen_by: Option<SeenBy>,
    meaning: Option<String>,
}

/// What the table says about a code.
#[derive(Debug, Default)]
pub(crate) struct Said {
    pub(crate) next_step: Option<String>,
    pub(crate) seen_by: Option<SeenBy>,
    pub(crate) meaning: Option<String>,
}

/// The whole table, and what of it was asked for.
#[derive(Debug, Default)]
pub(crate) struct Side {
    pub(crate) settings: Settings,
    groups: BTreeMap<String, Group>,
    asked: BTreeSet<(String, String)>,
}

impl Side {
    /// Reads all files of the folder.
    pub(crate) fn read(folder: &Path) -> Result<Self> {
        let mut side = Self::default();
        for entry in fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))? {
            let path = entry?.path();
            let text = fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
            side.add(path.ends_with("settings.toml"), &text).with_context(|| path.display().to_string())?;
        }
        Ok(side)
    }

    fn add(&mut self, is_settings: bool, text: &str) -> Result<()> {
        if is_settings {
            self.settings = toml::from_str(text)?;
            return Ok(());
        }
        let groups: BTreeMap<String, Group> = toml::from_str(text)?;
        for (prefix, group) in groups {
            anyhow::ensure!(self.groups.insert(prefix.clone(), group).is_none(), "[{prefix}] stands in two files");
        }
        Ok(())
    }

    /// What is said about a code: its own row first, then that of its type.
    pub(crate) fn said(&mut self, prefix: &str, row: &str) -> Said {
        self.asked.insert((prefix.to_owned(), row.to_owned()));
        let Some(group) = self.groups.get(prefix) else { return Said::default() };
        let own = match group.rows.get(row).cloned() {
            Some(Row::Next(next_step)) => Full { next_step: Some(next_step), ..Full::default() },
            Some(Row::Full(full)) => full,
            None => Full::default(),
        };
        Said {
            next_step: own.next_step.or_else(|| group.next_step.clone()),
            seen_by: own.seen_by.or(group.seen_by),
            meaning: own.meaning,
        }
    }

    /// Rows that nobody asked for: what they name is not there.
    pub(crate) fn unused(&self) -> Vec<String> {
        let mut unused = Vec::new();
        for (prefix, group) in &self.groups {
            if !self.asked.iter().any(|(asked, _)| asked == prefix) {
                unused.push(format!("[{prefix}]"));
                continue;
            }
            let rows = group.rows.keys().filter(|row| !self.asked.contains(&(prefix.clone(), (*row).clone())));
            unused.extend(rows.map(|row| format!("[{prefix}] {row}")));
        }
        unused
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_comes_before_its_type_and_unused_rows_are_told() {
        let mut side = Side::default();
        let text = "
            [number]
            seen_by = 'anyone'
            next_step = 'Write a number.'
            out_of_range = { next_step = 'Write a smaller one.', seen_by = 'host' }
            gone = 'Nothing.'
            [lost]
            seen_by = 'host'
        ";
        side.add(false, text).unwrap();
        assert_eq!(side.said("number", "not_a_number").next_step.unwrap(), "Write a number.");
        let own = side.said("number", "out_of_range");
        assert_eq!((own.next_step.as_deref(), own.seen_by), (Some("Write a smaller one."), Some(SeenBy::Host)));
        assert_eq!(side.unused(), ["[lost]", "[number] gone"]);
        assert!(side.add(false, "[number]").is_err());
    }
}
