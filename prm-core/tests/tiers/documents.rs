//! What a document about tiers may not say, and what it probably did not mean.

use prm_core::incentive::measure::Grain;
use prm_core::program::Program;

use super::world::program;

const DOCUMENT: &str = "
metrics: { people: { is: state }, deals: { is: sum } }
products: { bikes: { category: Bikes } }
tiers:
  review: { every: quarter, promote: at_review, demote: { at: review, grace: 1 quarter } }
  levels:
    - name: registered
    - name: silver
      requires:
        all:
          - { metric: net_revenue, over: trailing 4 quarters, at_least: 100, products: bikes }
          - { metric: people, certification: road, at_least: 1 }
    - name: gold
      requires:
        all:
          - { metric: net_revenue, over: trailing 4 quarters, at_least: 200, products: bikes }
          - { metric: deals, over: trailing 2 quarters, at_least: 1 }
      benefits: { discount: 5 points, seats: { allowance: 3, every: year } }
    - name: top
      requires: { points: { at_least: 10, of: [{ metric: units, over: fiscal year, points: 1, at_most: 8 }, { metric: people, points: 1, at_most: 9 }] } }
";

/// The codes of what is found after a change, each with its path below `tiers` and what is suggested.
fn found(from: &str, into: &str) -> Vec<String> {
    assert!(DOCUMENT.contains(from), "{from}");
    let head = "format: 1\nprogram: T\nversion: '1'\neffective: { from: 2013-01-01 }\ncurrency: USD\n";
    let checked = Program::check(&format!("{head}{}", DOCUMENT.replacen(from, into, 1).trim_start()));
    let text = |finding: &prm_core::program::finding::Finding| {
        let suggestion = finding.suggestion.as_ref().map(|word| format!(" {word}")).unwrap_or_default();
        format!("{} {}{suggestion}", finding.code, finding.path.replace("tiers.levels", ""))
    };
    checked.findings.iter().map(text).collect()
}

#[test]
fn every_mistake_has_its_place() {
    let metric = "metric: people, certification: road, at_least: 1";
    for (from, into, expected) in [
        ("name: silver", "name: silver", ""),
        ("metric: people", "metric: peple", "unknown_name [1].requires.all[1].metric people"),
        ("metric: net_revenue", "metric: net_revenu", "unknown_name [1].requires.all[0].metric net_revenue"),
        ("products: bikes", "products: bike", "unknown_name [1].requires.all[0].products[0] bikes"),
        ("trailing 4 quarters", "trailing 4 weeks", "bad_value [1].requires.all[0].over"),
        ("over: trailing 4 quarters, ", "", "no_window [1].requires.all[0].over"),
        ("over: trailing 4 quarters", "over: any day of always", "wrong_window [1].requires.all[0].over"),
        (metric, "metric: people, over: fiscal year, at_least: 1", "wrong_window [1].requires.all[1].over"),
        (metric, "metric: people, products: bikes, at_least: 1", "out_of_place [1].requires.all[1].products"),
        (metric, "metric: people", "one_bound [1].requires.all[1]"),
        (metric, "metric: people, at_least: 1, more_than: 0", "one_bound [1].requires.all[1]"),
        (
            metric,
            "metric: people, any: [], at_least: 1",
            "one_form [1].requires.all[1];no_value [1].requires.all[1].any",
        ),
        (metric, "certification: road", "one_form [1].requires.all[1]"),
        ("at_least: 100", "at_least: 100.0000001", "too_many_digits [1].requires.all[0].at_least"),
        ("at_least: 100", "at_most: 100", "one_bound [1].requires.all[0];unknown_key [1].requires.all[0].at_most"),
        (
            "      requires:\n        all:\n          - { metric: net_revenue, over: trailing 4 quarters, at_least: 100",
            "      requires:\n        over: always\n        all:\n          - { metric: net_revenue, over: trailing 4 quarters, at_least: 100",
            "out_of_place [1].requires.over",
        ),
        ("name: gold", "name: silver", "name_twice [2].name"),
        (
            "- name: registered",
            "- { name: registered, requires: { metric: people, at_least: 1 } }",
            "first_requires [0].requires",
        ),
        (
            "      requires: { points:",
            "      benefits: { x: yes }\n    - name: last\n      requires: { points:",
            "no_requirement [3].requires",
        ),
        ("discount: 5 points", "discount: a lot", "bad_value [2].benefits.discount"),
        ("grace: 1 quarter", "grace: 1 week", "bad_value tiers.review.demote.grace"),
        ("grace: 1 quarter", "grace: 41 quarters", "grace_too_long tiers.review.demote.grace"),
        ("at: review, grace", "at: never, grace", "grace_without_end tiers.review.demote.grace"),
        ("promote: at_review", "promote: at_reviw", "unknown_word tiers.review.promote at_review"),
        (
            "people: { is: state }",
            "people: { is: stat }",
            "unknown_word metrics.people.is state;unknown_name [1].requires.all[1].metric;unknown_name [3].requires.points.of[1].metric",
        ),
        ("deals: { is: sum }", "deals: { is: sum }, units: { is: sum }", "name_taken metrics.units"),
    ] {
        assert_eq!(found(from, into).join(";"), expected, "{into}");
    }
}

#[test]
fn nesting_is_bounded() {
    let mut deep = "{ metric: people, at_least: 1 }".to_owned();
    for _ in 0..6 {
        deep = format!("{{ all: [{deep}] }}");
    }
    let found = found("- { metric: people, certification: road, at_least: 1 }", &format!("- {deep}"));
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with("too_deep"), "{found:?}");
}

#[test]
fn what_was_probably_not_meant() {
    for (from, into, expected) in [
        ("at_least: 200", "at_least: 50", "tiers_fall [2].requires"),
        ("at_most: 8", "at_most: 0.5", "unreachable_tier [3].requires"),
        ("at_most: 9", "at_most: 9, floor: 10", "unreachable_tier [3].requires"),
        ("          - { metric: deals, over: trailing 2 quarters, at_least: 1 }\n", "", ""),
        // Of two mistakes of which one is an error, only that is told.
        (
            "at_least: 200, products: bikes",
            "at_least: 50, products: bike",
            "unknown_name [2].requires.all[0].products[0] bikes",
        ),
        // Gold asks for nothing that silver does not ask for already.
        (
            "at_least: 200, products: bikes }\n          - { metric: deals, over: trailing 2 quarters, at_least: 1 }",
            "at_least: 100, products: bikes }",
            "unreachable_tier [1].requires",
        ),
    ] {
        assert_eq!(found(from, into).join(";"), expected, "{into}");
    }
}

#[test]
fn sums_are_kept_by_day_only_where_a_day_can_decide() {
    let grain = |rules: &str, over: &str| {
        let program = program(&format!(
            "
tiers:
  review: {{ {rules} }}
  levels:
    - name: registered
    - {{ name: silver, requires: {{ metric: units, over: {over}, at_least: 1 }} }}
incentives:
  volume: {{ kind: rebate, measure: {{ of: units }}, every: quarter, schedule: {{ shape: whole_volume, bands: [{{ from: 0, per_unit: 1 }}] }} }}
"
        ));
        // The rebate counts the same and shares the sum.
        assert_eq!(program.measures().len(), 1);
        program.measures()[0].grain
    };
    assert_eq!(grain("promote: at_review", "trailing 4 quarters"), Grain::Month);
    assert_eq!(grain("promote: at_review", "trailing 90 days"), Grain::Day);
    assert_eq!(grain("promote: at_once", "trailing 4 quarters"), Grain::Day);
    assert_eq!(grain("promote: at_review, demote: { at: anniversary }", "always"), Grain::Day);
}

#[test]
fn everything_at_once_reads_without_a_word() {
    let text = "format: 1\nprogram: T\nversion: '1'\neffective: { from: 2013-01-01 }\ncurrency: USD
products: { bikes: { category: Bikes } }
metrics:
  certified_people: { is: state }
  won_deals: { is: sum }
tiers:
  counts_for: partner
  sales_count: next_day
  late_lines: keep
  review: { every: quarter, promote: at_once, demote: { at: review, grace: 1 quarter } }
  levels:
    - name: registered
    - name: silver
      requires:
        all:
          - { metric: net_revenue, over: trailing 4 quarters, at_least: 100000, products: bikes }
          - any:
              - { metric: certified_people, certification: road, at_least: 2 }
              - { metric: won_deals, over: trailing 4 quarters, at_least: 10 }
      benefits: { deal_discount: 5 points, protection: 120 days, mdf: yes, training_seats: { allowance: 3, every: year } }
    - name: gold
      requires:
        points:
          at_least: 70
          of:
            - { metric: units, over: fiscal year, points: 0.002 }
            - { metric: won_deals, over: trailing 12 months, each: 5, points: 2, at_most: 20, floor: 1 }
            - { metric: certified_people, points: 10, at_most: 30, more_than: 0 }
";
    let checked = Program::check(text);
    assert_eq!(checked.findings.iter().count(), 0, "{}", checked.findings);
    let program = checked.program.unwrap();
    let tiers = program.tiers().unwrap();
    assert_eq!(
        tiers.levels().iter().map(|level| level.name.as_str()).collect::<Vec<_>>(),
        ["registered", "silver", "gold"]
    );
    assert_eq!((tiers.metrics().len(), tiers.measures().count()), (6, 2));
    // Promotion at once is a matter of days.
    assert!(program.measures().iter().all(|measure| measure.grain == Grain::Day));
    assert_eq!(tiers.level("silver").unwrap().benefits["protection"].to_string(), "120 days");
}
