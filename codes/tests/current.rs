//! `codes.json` is what the sources and the table say, and no code has gone.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on must stop"
)]

use std::fs;

use prm_codes::{CODED, Codes, Kind, Written, generate, gone, root, to_json};

const WRITE: &str = "write it with `cargo run -p prm-codes`, and read the difference";

fn written() -> Written {
    let (written, problems) = generate(&root()).unwrap();
    assert!(problems.is_empty(), "{}\n\nthen {WRITE}", problems.join("\n"));
    written
}

fn current() -> Codes {
    written().codes
}

fn published() -> String {
    fs::read_to_string(root().join("codes.json")).expect("codes.json is at the top of the project")
}

#[test]
fn the_file_is_what_the_sources_and_the_table_say() {
    let (codes, published) = (current(), published());
    let written = to_json(&codes).unwrap();
    let differs = written.lines().zip(published.lines()).position(|(now, then)| now != then);
    assert!(written == published, "codes.json differs, first at line {}: {WRITE}", differs.map_or(0, |at| at + 1));
}

#[test]
fn what_gives_codes_at_run_time_is_current() {
    let coded = written().coded;
    for (package, file) in CODED {
        assert!(fs::read_to_string(root().join(file)).unwrap() == coded[package], "{file} differs: {WRITE}");
    }
}

#[test]
fn no_published_code_has_gone() {
    let gone = gone(&published(), &current()).unwrap();
    assert!(gone.is_empty(), "{gone:?} are published and gone: add them to `retired` in codes/side/settings.toml");
}

#[test]
fn a_code_that_goes_is_noticed_and_a_retired_one_is_not() {
    let (mut codes, published) = (current(), published());
    let dropped = codes.codes.remove(0).code;
    assert_eq!(gone(&published, &codes).unwrap(), [dropped.as_str()]);
    codes.retired.insert(dropped);
    assert!(gone(&published, &codes).unwrap().is_empty());
    // And a retired one is kept for good.
    let published = to_json(&codes).unwrap();
    let dropped = codes.retired.pop_first().unwrap();
    assert_eq!(gone(&published, &codes).unwrap(), [dropped]);
}

#[test]
fn refusals_findings_and_reasons_are_all_there() {
    let codes = current().codes;
    let code = |name: &str| codes.iter().find(|code| code.code == name).unwrap_or_else(|| panic!("{name} is missing"));
    let sku = code("line.unknown_sku");
    assert_eq!((sku.kind, sku.word.as_deref()), (Kind::Error, Some("unknown_sku")));
    assert_eq!((sku.text.as_deref(), sku.parameters[0].is.as_str()), (Some("unknown SKU `{sku}`"), "id"));
    // An error that passes on another one names what its codes begin with.
    let passed_on = code("receive.intake");
    assert_eq!((passed_on.text.as_deref(), passed_on.parameters[0].holds.as_deref()), (None, Some("intake")));
    // Where a code is chosen by a condition, or by a table of codes.
    for finding in
        ["finding.first_requires", "finding.no_window", "finding.unknown_word", "finding.cliff", "finding.tag"]
    {
        assert_eq!(code(finding).kind, Kind::Finding);
    }
    let tier = code("unpaid.tier");
    assert_eq!((tier.kind, tier.module.as_str()), (Kind::Reason, "prm_core::incentive::rebate"));
    assert_eq!(tier.other_texts, ["only for certain tiers, and none was held on {on}"]);
}
