//! The engine and the model agree, payout by payout.

use prm_core::incentive::explain::explain;
use prm_core::incentive::rebate::Payout;
use prm_core::incentive::statement::Statement;
use proptest::prelude::*;

use super::case::{Case, cases, config};
use super::document::name;
use super::model::{Earned, Model};
use super::world::{World, span};

/// Every payout that the two do not agree on.
fn differences(case: &Case) -> Vec<String> {
    let world = World::new(&case.spec);
    let partials = world.folded(&case.lines);
    let basis = world.basis(&partials);
    let model = Model::new(&case.spec, &case.lines);
    let mut differences = Vec::new();
    for partner in 0..case.spec.partners.len() {
        let statement = Statement::new(basis, world.partner(partner), span()).unwrap();
        for (place, rebate) in case.spec.rebates.iter().enumerate() {
            for period in world.periods(rebate.every) {
                let number = model.number(rebate.every, period.period.from());
                let days = (period.period.from(), period.period.until());
                assert_eq!(days, model.period(rebate.every, number), "the days of {period}");
                let asked = (place, partner, number);
                let explanation = explain(basis, &name(place), world.partner(partner), &period).unwrap();
                let expected = model.earned(asked);
                let Payout::Money(money) = explanation.earned else { panic!("goods") };
                let found = Earned { blocked: explanation.because.is_some(), cents: money.minor().into() };
                if found != expected {
                    differences.push(format!(
                        "p{} {} {period}: expected {expected:?}\n{explanation}",
                        partner + 1,
                        name(place)
                    ));
                }
                // A statement leaves out what nothing was sold for, and says the same of all the rest.
                let is_asked = span().covers(&period.period);
                let entry = statement
                    .entries
                    .iter()
                    .find(|entry| entry.incentive == explanation.incentive && entry.period == explanation.period);
                let may_lack = !is_asked || expected.cents == 0 || model.lines(asked) == 0;
                if entry.map_or(!may_lack, |entry| *entry != explanation) {
                    differences.push(format!("p{} {} {period} on the statement: {entry:?}", partner + 1, name(place)));
                }
            }
        }
    }
    differences
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_engine_pays_what_the_documentation_says(case in cases(false)) {
        let differences = differences(&case);
        prop_assert!(differences.is_empty(), "{}", differences.join("\n"));
    }
}
