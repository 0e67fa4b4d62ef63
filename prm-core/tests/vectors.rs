//! Replays the conformance cases of `tests/vectors`, one trial per case; `tests/vectors/README.md` is the format.
//!
//! `PRM_VECTORS` names a further folder of such files. Nothing is skipped: a folder without cases, a file or
//! case that cannot be read, an id that stands twice and an unknown topic are failed trials.

mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs};

use libtest_mimic::{Arguments, Failed, Trial};
use serde::Deserialize;
use serde_json::Value;

/// A case, as it stands in a file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    id: String,
    source: String,
    status: Status,
    topic: String,
    note: String,
    given: Value,
    expect: Value,
}

/// Where the expected result comes from.
#[derive(Deserialize, PartialEq)]
enum Status {
    /// Printed by the source.
    P,
    /// Derived by us from what the source prints.
    D,
    /// A rule with numbers in the source.
    R,
    /// The case is ours.
    #[serde(rename = "ours")]
    Ours,
}

impl Case {
    fn run(self) -> Result<(), Failed> {
        let Self { id, source, status, topic, note, given, expect } = self;
        let ours = source == "ours";
        if ours != (status == Status::Ours)
            || !(ours || source.starts_with("https://") || source.starts_with("http://"))
        {
            return Err(format!("source `{source}` does not go with the status: an address, or `ours` for both").into());
        }
        if id.is_empty() || note.is_empty() {
            return Err("the id or the note is empty".into());
        }
        match topic.as_str() {
            "rebate" => support::rebate::run(given, expect),
            "due" => support::due::run(given, expect),
            "rounding" => support::rounding::run(given, expect),
            "commission" => support::commission::run(given, expect),
            "spiff" => support::spiff::run(given, expect),
            "standing" => support::standing::run(given, expect),
            "deal" => support::deal::run(given, expect),
            "fund" => support::fund::run(given, expect),
            "check" => support::check::run(given, expect),
            _ => Err(format!("unknown topic `{topic}`").into()),
        }
    }
}

/// A trial that fails with this message.
fn failed(name: String, message: String) -> Trial {
    Trial::test(name, move || Err(message.into()))
}

/// The trials of every JSON file in a folder.
fn folder(folder: &Path) -> Vec<Trial> {
    let name = folder.display().to_string();
    let listed = fs::read_dir(folder).and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect());
    let mut files: Vec<PathBuf> = match listed {
        Ok(files) => files,
        Err(error) => return vec![failed(name, format!("cannot list the folder: {error}"))],
    };
    files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    let mut seen = BTreeMap::new();
    let trials: Vec<Trial> = files.iter().flat_map(|path| file(path, &mut seen)).collect();
    if trials.is_empty() { vec![failed(name, "the folder holds no case".into())] } else { trials }
}

/// The trials of one file. `seen` maps the ids of the folder to the file that has them.
fn file(path: &Path, seen: &mut BTreeMap<String, PathBuf>) -> Vec<Trial> {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let read = fs::read(path).map_err(|error| error.to_string());
    let read = read.and_then(|bytes| serde_json::from_slice::<Vec<Value>>(&bytes).map_err(|error| error.to_string()));
    let cases = match read {
        Ok(cases) => cases,
        Err(error) => return vec![failed(stem, format!("{}: not a list of cases: {error}", path.display()))],
    };
    let trial = |(at, value): (usize, Value)| {
        let id = value.get("id").and_then(Value::as_str).map_or_else(|| format!("#{}", at + 1), str::to_owned);
        let (name, place) = (format!("{stem}::{id}"), format!("{}, case {id}", path.display()));
        if let Some(first) = seen.insert(id, path.to_owned()) {
            return failed(name, format!("{place}: the id stands already in {}", first.display()));
        }
        match serde_json::from_value::<Case>(value) {
            Err(error) => failed(name, format!("{place}: malformed: {error}")),
            Ok(case) => Trial::test(name, move || {
                case.run().map_err(|failure| format!("{place}: {}", failure.message().unwrap_or_default()).into())
            }),
        }
    };
    cases.into_iter().enumerate().map(trial).collect()
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let further = env::var_os("PRM_VECTORS").map(PathBuf::from);
    let trials = [own].into_iter().chain(further).flat_map(|path| folder(&path)).collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}
