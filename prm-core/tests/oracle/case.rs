//! A random program with random lines.

use std::fmt;

use proptest::prelude::*;

use super::sales::{self, Line};
use super::spec::Spec;

#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) spec: Spec,
    pub(crate) lines: Vec<Line>,
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n{}", self.spec.text())?;
        for (at, member) in self.spec.partners.iter().enumerate() {
            writeln!(f, "{}: {member:?}", super::document::partner(at))?;
        }
        self.lines.iter().try_for_each(|line| writeln!(f, "{}", line.text()))
    }
}

fn numbers(count: usize) -> impl Strategy<Value = Vec<u16>> {
    prop::collection::vec(any::<u16>(), 0..=count)
}

/// Mostly whole lists: what is short is simple.
pub(crate) fn full(count: usize) -> impl Strategy<Value = Vec<u16>> {
    prop_oneof![9 => prop::collection::vec(any::<u16>(), count..=count), 1 => numbers(count)]
}

/// As configured, with time to simplify what fails.
pub(crate) fn config() -> ProptestConfig {
    ProptestConfig { max_shrink_iters: 20_000, ..ProptestConfig::default() }
}

/// A case; in a simple one no line repeats or corrects another.
pub(crate) fn cases(simple: bool) -> impl Strategy<Value = Case> {
    sized(simple, 4, 30)
}

/// A case of so many rebates and lines at most.
pub(crate) fn sized(simple: bool, rebates: usize, lines: usize) -> impl Strategy<Value = Case> {
    let rebates = prop::collection::vec(full(68), 1..=rebates);
    let lines = prop::collection::vec(full(28), 0..=lines);
    // What comes first is simplified first.
    (lines, rebates, full(44)).prop_map(move |(lines, rebates, program)| {
        let spec = Spec::draw(&program, &rebates);
        let lines = sales::draw(&lines, spec.partners.len(), simple);
        Case { spec, lines }
    })
}
