//! The year of a fund as its readers see it: what is printed is what the README shows, and in a file the same.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must stop")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn mdf_year(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_mdf_year")).args(arguments).output().unwrap()
}

#[test]
fn the_readme_shows_what_is_printed() {
    let output = mdf_year(&[]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let printed = String::from_utf8(output.stdout).unwrap();
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md")).unwrap();
    assert!(readme.contains(&format!("```text\n{printed}```\n")), "{printed}");
}

#[test]
fn in_a_file_it_is_the_same_and_a_year_happens_once() {
    let folder = std::env::temp_dir().join(format!("prm-mdf-year-{}", std::process::id()));
    let _none = fs::remove_dir_all(&folder);
    let file = folder.join("year.db");
    let arguments = ["--db", file.to_str().unwrap()];
    let (first, again) = (mdf_year(&arguments), mdf_year(&arguments));
    let _gone = fs::remove_dir_all(&folder);
    assert_eq!(first.stdout, mdf_year(&[]).stdout);
    assert!(!again.status.success());
    let told = String::from_utf8_lossy(&again.stderr).into_owned();
    assert!(told.contains("program_version `2025` is there already"), "{told}");
}
