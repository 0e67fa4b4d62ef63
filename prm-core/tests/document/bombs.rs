//! Documents made to exhaust a reader are refused, after work that does not grow with the attack.
//!
//! Time is printed, not asserted (`--nocapture`): what bounds it is that reading ends at the limits of size,
//! depth and number of values, which the codes tell.

use std::fmt::Write as _;
use std::time::Instant;

use prm_core::program::Program;
use prm_core::program::diff::diff;
use prm_core::program::finding::{FINDINGS_MAX, Findings};

fn refused(name: &str, text: &str) -> Findings {
    let begun = Instant::now();
    let checked = Program::check(text);
    println!("{name}: {} bytes, {} findings, {:?}", text.len(), checked.findings.len(), begun.elapsed());
    assert!(checked.program.is_none() && checked.findings.has_errors(), "{name}");
    assert!(checked.findings.len() <= FINDINGS_MAX);
    checked.findings
}

/// The code of the last finding: the one that ended the reading.
fn code(name: &str, text: &str) -> String {
    let findings = refused(name, text);
    assert!(findings.len() <= 33, "{name}: {findings}");
    findings.iter().last().unwrap().code.clone()
}

#[test]
fn what_is_too_large_is_not_read() {
    assert_eq!(code("100 MB", &"x".repeat(100_000_000)), "too_large");
    assert_eq!(code("4 MiB of indentation", &indented(2_900)), "too_large");
    assert_eq!(code("1,000,000 flow items", &format!("[{}1]", "1,".repeat(1_000_000))), "too_large");
    assert_eq!(code("1,000,000 block items", &"- 1\n".repeat(1_000_000)), "too_large");
}

fn indented(levels: usize) -> String {
    (0..levels).fold(String::new(), |mut text, level| {
        let _ = writeln!(text, "{}a:", " ".repeat(level));
        text
    })
}

#[test]
fn what_is_too_deep_ends_the_reading() {
    for (name, text) in [
        ("100,000 brackets", "[".repeat(100_000)),
        ("100,000 braces", "{a: ".repeat(100_000)),
        ("100,000 compact levels", "- ".repeat(100_000)),
        ("100,000 complex keys", "? ".repeat(100_000)),
        ("2,000 indented levels", indented(2_000)),
    ] {
        assert!(["syntax", "too_large"].contains(&code(name, &text).as_str()), "{name}");
    }
}

#[test]
fn keys_that_stand_twice_are_reported_up_to_a_limit() {
    let findings = refused("100,000 duplicate keys", &"a: 1\n".repeat(100_000));
    assert_eq!(findings.len(), FINDINGS_MAX);
    assert!(findings.iter().all(|finding| finding.code == "key_twice"));
    let unknown: String = (0..99_000).fold(String::new(), |mut text, number| {
        let _ = writeln!(text, "unknown-{number}: 1");
        text
    });
    assert_eq!(refused("99,000 unknown keys", &unknown).len(), FINDINGS_MAX);
}

#[test]
fn aliases_are_not_expanded() {
    let mut text = String::from("a0: &a0 [lol, lol]\n");
    for level in 1..=30 {
        let _ = writeln!(text, "a{level}: &a{level} [*a{0}, *a{0}, *a{0}, *a{0}]", level - 1);
    }
    let findings = refused("a billion laughs", &text);
    assert_eq!(findings.iter().filter(|finding| finding.code == "alias").count(), 120);
    assert!(refused("a tag", "format: !!int 1\n").iter().any(|finding| finding.code == "tag"));
}

#[test]
fn references_are_not_looked_up_one_by_one() {
    let list = |prefix: &str, count: usize| (0..count).map(|n| format!("{prefix}-{n}")).collect::<Vec<_>>().join(", ");
    let text = |types: String, referred: String| {
        format!(
            "{{format: 1, program: P, version: '1', effective: {{from: 2013-01-01}}, currency: USD, \
             partner_types: [{types}], incentives: {{volume: {{kind: rebate, for: {{partner_type: [{referred}]}}, \
             measure: {{of: units}}, every: year, schedule: {{shape: per_step, step: 1, amount: 1}}}}}}}}"
        )
    };
    let findings =
        refused("90,000 unknown references to 90,000 names", &text(list("known", 90_000), list("knows", 90_000)));
    assert!(findings.iter().all(|finding| finding.code == "unknown_name"));
    let begun = Instant::now();
    let right = Program::check(&text(list("known", 90_000), list("known", 90_000)));
    println!("90,000 references: {:?}", begun.elapsed());
    assert!(right.program.is_some(), "{}", right.findings);
}

#[test]
fn long_words_are_neither_compared_nor_repeated() {
    let long = "x".repeat(2_000_000);
    let findings = refused("a word of 2 MB", &format!("incentives: {{a: {{kind: {long}}}}}"));
    assert!(findings.iter().any(|finding| finding.code == "unknown_word"));
    let columns = (0..90_000).map(|n| format!("c{n}: 1")).collect::<Vec<_>>().join(", ");
    let findings =
        refused("a name of 2 MB over 90,000 mistakes", &format!("tables: {{? {long} : {{columns: {{{columns}}}}}}}"));
    assert!(findings.iter().all(|finding| finding.path.len() < 500));
    let keys = (0..60_000).map(|n| format!("currencies-of-the-incentive-{n}: 1\n")).collect::<String>();
    assert_eq!(refused("60,000 long unknown keys", &keys).len(), FINDINGS_MAX);
}

#[test]
fn many_incentives_are_read() {
    let incentive =
        "{kind: rebate, measure: {of: units}, every: year, schedule: {shape: per_step, step: 1, amount: 1}}";
    let incentives = (0..18_000).map(|n| format!("i{n}: {incentive}")).collect::<Vec<_>>().join(", ");
    let text = format!(
        "{{format: 1, program: P, version: '1', effective: {{from: 2013-01-01}}, currency: USD, \
         incentives: {{{incentives}}}}}"
    );
    let begun = Instant::now();
    let checked = Program::check(&text);
    println!("18,000 incentives, {} bytes: {:?}", text.len(), begun.elapsed());
    assert_eq!(checked.program.unwrap().rebates().len(), 18_000);
}

#[test]
fn many_differences_are_told() {
    let list = |prefix: &str| (0..50_000).map(|n| format!("{prefix}{n}")).collect::<Vec<_>>().join(", ");
    let (old, new) = (format!("[{}]", list("a")), format!("[{}]", list("b")));
    let begun = Instant::now();
    let changes = diff(&old, &new).unwrap();
    println!("100,000 differences: {:?}", begun.elapsed());
    assert_eq!(changes.len(), 100_000);
    assert!(diff(&"[".repeat(100_000), &new).is_err());
}
