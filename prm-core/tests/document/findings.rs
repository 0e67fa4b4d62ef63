//! One finding per mistake, all at once, each where the mistake stands.

use prm_core::program::Program;
use prm_core::program::finding::{FINDINGS_MAX, Finding, Severity};

/// Twenty mistakes; each line with one says which.
const MISTAKES: &str = "\
format: 2                                             # 1: not the format that is read
program:                                              # 2: nothing stands here
effective: { from: 2013-13-01, until: 2013-01-01 }    # 3: no such month
curency: USD                                          # 4: a key misspelt …
currency: USDX                                        # 5: no such currency
sales: { counting_date: invioce, digits: 10 }         # 6: a word misspelt; 7: too many digits
products: { bikes: { category: Bikes }, parts: [] }   # 8: a list for a block
partner_types: [reseller, 'two words']                # 9: no name
incentives:
  volume:
    kind: rebate
    for: { partner_type: resellr }                    # 10: there is no such type
    measure: { of: net_revenue, products: bkes }      # 11: there is no such product set
    every: quarter
    every: year                                       # 12: a key twice
    schedule:
      shape: marginal
      bands:
        - { from: 0, rate: 2 }                        # 13: a rate without its unit
        - { from: 25000, rate: -3 % }                 # 14: a negative rate
  rising:
    kind: rebate
    measure: { of: net_revenue }
    every: quarter
    schedule:
      shape: whole_volume
      bands:
        - { from: 75000, rate: 2 % }
        - { from: 25000, rate: 3 % }                  # 15: bands that do not rise
  units:
    kind: rebate
    measure: { of: units }
    every: quarter
    schedule:
      shape: marginal
      bands: { from: 100, rate: 2 % }                 # 16: a share of a count
  incomplete:                                         # 17: `every` is missing
    kind: rebate
    measure: { of: net_revenue }
    schedule: { shape: target, target: { table: targets, column: amount }, rate: 1 % }   # 18: no such table
  odd:
    kind: rebat                                       # 19: a kind misspelt
";

#[test]
fn every_mistake_has_one_finding() {
    let checked = Program::check(MISTAKES);
    assert!(checked.program.is_none());
    let found: Vec<_> = checked
        .findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .map(|finding| {
            assert!(!finding.message.is_empty() && !finding.advice.is_empty(), "{finding}");
            (finding.code.as_str(), finding.position.line, finding.position.column, finding.suggestion.as_deref())
        })
        .collect();
    assert_eq!(
        found,
        [
            ("missing_key", 1, 1, None), // 20: `version`, of which there is no trace
            ("bad_value", 1, 9, None),
            ("no_value", 2, 8, None),
            ("bad_value", 3, 20, None),
            ("unknown_key", 4, 1, Some("currency")),
            ("bad_value", 5, 11, None),
            ("unknown_word", 6, 25, Some("invoice")),
            ("bad_value", 6, 42, None),
            ("wrong_form", 7, 48, None),
            ("bad_value", 8, 27, None),
            ("unknown_name", 12, 26, Some("reseller")),
            ("unknown_name", 13, 43, Some("bikes")),
            ("key_twice", 15, 5, None),
            ("bad_value", 19, 28, None),
            ("bad_value", 20, 32, None),
            ("not_rising", 29, 11, None),
            ("rate_on_units", 36, 33, None),
            ("missing_key", 38, 5, None),
            ("unknown_name", 40, 49, None),
            ("unknown_word", 42, 11, Some("rebate")),
        ]
    );
    insta::assert_snapshot!("mistakes", checked.findings.to_string());
}

#[test]
fn the_end_before_the_beginning_is_found_where_it_stands() {
    let text = super::example("adventureworks.yaml").replace("until: 2014-01-01", "until: 2010-10-01");
    let findings = Program::read(&text).unwrap_err();
    let found: Vec<_> = findings.iter().filter(|finding| finding.severity == Severity::Error).map(place).collect();
    assert_eq!(found, [("empty_period", "effective.until", 6, 39)]);
}

#[test]
fn the_examples_have_no_errors_and_say_what_to_know() {
    for name in ["ridgeline.yaml", "adventureworks.yaml"] {
        let checked = Program::check(&super::example(name));
        assert!(checked.program.is_some(), "{name}: {}", checked.findings);
    }
    let everything = Program::check(include_str!("everything.yaml"));
    assert!(everything.program.is_some(), "{}", everything.findings);
    let notes = Program::check(&super::example("adventureworks.yaml")).findings;
    let notes: Vec<_> = notes.iter().map(|finding| (finding.severity, finding.code.as_str())).collect();
    assert!(!notes.is_empty() && notes.iter().all(|(severity, _)| *severity != Severity::Error), "{notes:?}");
}

#[test]
fn many_mistakes_are_cut_off_but_never_forgotten() {
    let wrong: String = (0..2 * FINDINGS_MAX).map(|number| format!("wrong-{number}: 1\n")).collect();
    let checked = Program::check(&format!("{}\n{wrong}", super::example("ridgeline.yaml")));
    assert_eq!(checked.findings.len(), FINDINGS_MAX);
    assert!(checked.findings.has_errors() && checked.program.is_none());
}

fn place(finding: &Finding) -> (&str, &str, u32, u32) {
    (finding.code.as_str(), &finding.path, finding.position.line, finding.position.column)
}
