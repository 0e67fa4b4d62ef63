//! That the random cases reach what they are for: every way in which a program pays, often enough.

use std::collections::BTreeMap;

use prm_core::incentive::explain::Explanation;
use prm_core::incentive::rebate::Limit;
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;

use super::case::cases;
use super::world::World;

/// What an explanation shows, in words.
fn shown(explanation: &Explanation) -> Vec<String> {
    if let Some(reason) = &explanation.because {
        return vec![serde_json::to_value(reason).unwrap()["code"].as_str().unwrap().to_owned()];
    }
    let mut shown = Vec::new();
    if !explanation.earned.is_zero() {
        shown.push(format!("{} pays", explanation.shape));
    }
    if explanation.guaranteed.is_some_and(|guaranteed| !guaranteed.top_up.is_zero()) {
        shown.push("guaranteed".to_owned());
    }
    if explanation.guaranteed.is_some_and(|guaranteed| !guaranteed.before.is_zero()) {
        shown.push("guaranteed before".to_owned());
    }
    let limit = explanation.limit.map(|limit| match limit {
        Limit::Zero => "zero",
        Limit::Floor(_) => "floor",
        Limit::Cap(_) => "cap",
        _ => "another limit",
    });
    let paid = |is: bool, word: &'static str| (is && !explanation.earned.is_zero()).then_some(word);
    let words = [
        limit,
        paid(!explanation.deducted.is_empty(), "reduced"),
        paid(explanation.growth.is_some(), "growth"),
        paid(explanation.target.is_some(), "target of its own"),
        paid(explanation.prorated.is_some(), "prorated"),
        paid(explanation.pays_on.is_some(), "a base apart"),
        paid(explanation.base_cap.is_some_and(|cap| cap == explanation.base), "capped base"),
        paid(explanation.steps.len() > 1, "several steps"),
        paid(explanation.measure.measure.contains(", to \""), "sold to some"),
        paid(explanation.measure.measure.contains(", not to \""), "not sold to some"),
        paid(explanation.measure.measure.contains(", shipped to "), "shipped to some"),
    ];
    shown.extend(words.into_iter().flatten().map(str::to_owned));
    shown
}

#[test]
fn the_cases_reach_everything() {
    let (mut runner, cases) = (TestRunner::deterministic(), cases(false));
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for _ in 0..600 {
        let case = cases.new_tree(&mut runner).unwrap().current();
        let world = World::new(&case.spec);
        let partials = world.folded(&case.lines);
        let tally = partials.tally();
        let fates = [
            ("corrected", tally.corrected),
            ("repeated", tally.repeated),
            ("refused", tally.refused_lines()),
            ("outside", tally.outside_program),
        ];
        let shown = world.explained(&case.spec, &partials).iter().flat_map(shown).collect::<Vec<_>>();
        for (word, count) in shown.into_iter().map(|word| (word, 1)).chain(fates.map(|(w, n)| (w.to_owned(), n))) {
            *counts.entry(word).or_default() += count;
        }
    }
    let needed = "marginal pays, whole_volume pays, sum_capped pays, sum_whole pays, interpolated pays, per_step pays, \
                  target pays, guaranteed, guaranteed before, zero, floor, cap, reduced, growth, target of its own, prorated, \
                  a base apart, capped base, several steps, sold to some, not sold to some, shipped to some, stacked, newcomer, \
                  no_target, no_member, left, other_version, excepted, corrected, repeated, refused, outside";
    for word in needed.split(", ") {
        let count = counts.get(word).copied().unwrap_or_default();
        assert!(count >= 10, "`{word}` was reached {count} times only: {counts:#?}");
    }
}
