//! Program documents: what a check finds, what the schema says, what a digest and a difference mean.
//!
//! Each module is one promise; `tree` reads, writes and damages documents without the library's own reader.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub,
    reason = "a test that fails may panic, and its parts are nobody's interface"
)]

mod bombs;
mod damage;
mod differences;
mod digest;
#[cfg(feature = "schema")]
mod drift;
mod findings;
mod numbers;
mod panics;
#[cfg(feature = "schema")]
mod schema;
mod tree;

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use tree::Tree;

/// The text of an example program.
fn example(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/programs").join(name)).unwrap()
}

/// The programs of the conformance cases of a topic, with the id of their case.
fn programs_of(topic: &str) -> Vec<(String, Tree)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let mut programs = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let cases: Vec<serde_json::Value> = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        for case in cases.iter().filter(|case| case["topic"] == topic) {
            let program = Tree::read(&case["given"]["program"].to_string()).expect("a program in JSON");
            programs.push((case["id"].as_str().unwrap().to_owned(), program));
        }
    }
    programs.sort_by(|(a, _), (b, _)| a.cmp(b));
    assert!(programs.len() > 5, "{topic}");
    programs
}

/// Right documents that together use every part of the grammar.
static RIGHT: LazyLock<Vec<Tree>> = LazyLock::new(|| {
    let mut texts = vec![example("ridgeline.yaml"), example("adventureworks.yaml")];
    texts.push(include_str!("everything.yaml").to_owned());
    let mut right: Vec<Tree> = texts.iter().map(|text| Tree::read(text).unwrap()).collect();
    right.extend(programs_of("rebate").into_iter().map(|(_, program)| program).step_by(3));
    right
});
