//! The schema and the check cannot drift apart: what one calls wrong in form, so does the other.
//!
//! Two things a schema cannot say, and they are named here: whether a time zone exists, and whether a number
//! fits (its pattern allows any number of digits).

use prm_core::program::Program;
use prm_core::program::finding::Finding;
use proptest::prelude::*;

use super::damage::{blow, is_block, right};
use super::schema::{SCHEMA, WAYS};
use super::tree::{Scalars, Tree, plain};

/// Codes of mistakes in form.
const OF_FORM: [&str; 7] =
    ["unknown_key", "missing_key", "unknown_word", "wrong_form", "bad_value", "bad_name", "no_value"];

fn a_schema_can_say(finding: &Finding) -> bool {
    let place_exists = finding.path == "time_zone" && finding.message.contains("zone");
    OF_FORM.contains(&finding.code.as_str()) && !place_exists
}

fn agree(tree: &Tree) -> Result<(), TestCaseError> {
    let text = tree.write();
    prop_assert_eq!(
        &Tree::read(&text).as_ref().map(|again| again.value(Scalars::Typed)),
        &Some(tree.value(Scalars::Typed))
    );
    let checked = Program::check(&text);
    if let Some(mistake) = checked.findings.iter().find(|finding| a_schema_can_say(finding)) {
        // Only texts: a JSON number has lost how it was written, such as `1e3` and `1.0`.
        prop_assert!(!SCHEMA.is_valid(&tree.value(Scalars::Texts)), "the schema lets pass: {}\n{}", mistake, text);
    }
    if checked.program.is_some() {
        for scalars in WAYS {
            let errors: Vec<_> = SCHEMA.iter_errors(&tree.value(scalars)).map(|error| error.to_string()).collect();
            prop_assert!(errors.is_empty(), "the schema refuses, {:?}: {:?}\n{}", scalars, errors, text);
        }
    }
    Ok(())
}

/// A right document, damaged in one place.
fn damaged() -> impl Strategy<Value = Tree> {
    (right(), blow()).prop_map(|(mut tree, blow)| {
        blow.land(&mut tree);
        tree
    })
}

fn block(tree: &mut Tree, place: usize) -> &mut Vec<(String, Tree)> {
    let Some(Tree::Block(entries)) = tree.at(place, is_block) else { panic!("no block at {place}") };
    entries
}

/// A document with each key removed, each key misspelt, and each scalar replaced by each of a few others.
fn all_of(whole: &Tree) -> Vec<Tree> {
    let mut all = Vec::new();
    for place in 0..whole.count(is_block) {
        for at in 0..block(&mut whole.clone(), place).len() {
            let (mut removed, mut misspelt) = (whole.clone(), whole.clone());
            block(&mut removed, place).remove(at);
            block(&mut misspelt, place)[at].0.push('x');
            all.extend([removed, misspelt]);
        }
    }
    for place in 0..whole.count(Tree::is_scalar) {
        for by in ["~", "x", "-1", "0", "1", "1 %", "2013-01-01", "7 days", "USD"] {
            let mut replaced = whole.clone();
            *replaced.at(place, Tree::is_scalar).unwrap() = plain(by);
            all.push(replaced);
        }
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(3_000) })]

    #[test]
    fn schema_and_check_agree_on_damaged_documents(tree in damaged()) {
        agree(&tree)?;
    }
}

#[test]
fn every_damage_to_the_document_of_everything() {
    // Not at random: each key removed, each key misspelt, each scalar replaced by something that is right elsewhere.
    let whole = Tree::read(include_str!("everything.yaml")).unwrap();
    for tree in all_of(&whole) {
        agree(&tree).unwrap();
    }
}
