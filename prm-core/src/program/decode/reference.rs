//! What a rebate's measure is held against.

use super::super::grammar::{below, mistake};
use super::super::tree::Node;
use super::{Decoder, value, word};
use crate::incentive::reference::{BASELINE_PERIODS, Baseline, GROWTH_BASES, GrowthBase, NEWCOMERS, Reference};
use crate::program::Program;

impl Decoder<'_> {
    /// The reference of a rebate, by `measure` and `pays_on`.
    pub(super) fn reference(&mut self, program: &Program, node: &Node, path: &str) -> Option<Reference> {
        let (measure, pays_on) = (node.get("measure")?, node.get("pays_on"));
        let (against, path) = (measure.get("against"), below(path, "measure"));
        let grows = measure.get("growth_of").is_some();
        if grows == measure.get("of").is_some() {
            let message = "exactly one thing must be measured";
            mistake(self.findings, measure.at, &path, "one_measure", message, "write one of `of` and `growth_of`");
        }
        let of_growth = ["newcomer", "freeze"].into_iter().filter_map(|key| measure.get(key).map(|node| (key, node)));
        let word_of_growth = pays_on.filter(|node| node.text().is_some()).map(|node| ("pays_on", node));
        if !grows {
            for (key, at) in of_growth.chain(word_of_growth) {
                let message = format!("`{key}` says something of growth, but no growth is measured");
                mistake(
                    self.findings,
                    at.at,
                    &below(&path, key),
                    "no_growth",
                    message,
                    "measure `growth_of`, or drop it",
                );
            }
            let target = self.target(program, against?, &below(&path, "against"))?;
            return Some(Reference::Target(target));
        }
        let Some(period) = word(against, &BASELINE_PERIODS) else {
            let message = "growth needs the period that it is measured against";
            let advice = "write `against: same_period_last_year` or `against: previous_period`";
            let at = against.unwrap_or(measure).at;
            mistake(self.findings, at, &below(&path, "against"), "no_baseline", message, advice);
            return None;
        };
        let newcomers = word(measure.get("newcomer"), &NEWCOMERS).unwrap_or_default();
        let pays_on = match pays_on {
            Some(node) if node.text().is_none() => GrowthBase::Whole,
            pays_on => word(pays_on, &GROWTH_BASES).unwrap_or_default(),
        };
        Some(Reference::Baseline(Baseline { period, newcomers, pays_on, freeze: value(measure.get("freeze")) }))
    }
}
