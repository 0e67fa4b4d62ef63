//! Every explanation holds, and no number of one can be changed unseen.

use chrono::NaiveDate;
use prm_core::incentive::explain::Explanation;
use prm_core::incentive::verify::{Verified, verify, verify_arithmetic};
use prm_core::rate::Rate;
use prm_core::scaled::Scaled;
use proptest::prelude::*;
use serde_json::Value;

use super::case::{cases, config};
use super::world::World;

/// Another number in place of one, whether it is written as a number, a decimal, a rate or a date.
fn another(value: &Value) -> Option<Value> {
    if let Some(number) = value.as_i64() {
        return Some((number + 1).into());
    }
    let text = value.as_str()?;
    if let Ok(number) = text.parse::<Scaled>() {
        return Some(Scaled::new(number.units() + 1, number.digits()).to_string().into());
    }
    if let Ok(rate) = text.parse::<Rate>() {
        let more = rate.fraction().plus(Scaled::new(1, 4)).unwrap();
        return Some(Rate::from_fraction(more).unwrap().to_string().into());
    }
    Some(text.parse::<NaiveDate>().ok()?.succ_opt()?.to_string().into())
}

/// Where the numbers are, and what to put there instead.
fn numbers(value: &Value, path: &str, found: &mut Vec<(String, Value)>) {
    match value {
        Value::Object(entries) => {
            entries.iter().for_each(|(key, value)| numbers(value, &format!("{path}/{key}"), found));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, value)| numbers(value, &format!("{path}/{at}"), found));
        }
        leaf => found.extend(another(leaf).map(|other| (path.to_owned(), other))),
    }
}

/// How much there is to forge.
fn weight(explanation: &Explanation) -> usize {
    let Explanation { steps, deducted, growth, target, prorated, guaranteed, limit, earned, .. } = explanation;
    let said = [growth.is_some(), target.is_some(), prorated.is_some(), guaranteed.is_some(), limit.is_some()];
    steps.len() + 3 * deducted.len() + said.iter().filter(|is| **is).count() * 2 + usize::from(!earned.is_zero()) * 4
}

#[test]
fn numbers_are_found_in_whatever_form() {
    let told = serde_json::json!({ "a": [1, "2.50", "2.5 %", "2025-02-28", "word"], "b": { "c": "-1" } });
    let mut found = Vec::new();
    numbers(&told, "", &mut found);
    let found: Vec<_> = found.iter().map(|(path, other)| format!("{path} {other}")).collect();
    let expected =
        ["/a/0 2", "/a/1 \"2.51\"", "/a/2 \"2.51 %\"", "/a/3 \"2025-03-01\"", "/b/c \"0\""].map(str::to_owned);
    assert_eq!(found, expected);
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn what_is_explained_holds_and_no_number_is_changed_unseen(case in cases(false)) {
        let world = World::new(&case.spec);
        let partials = world.folded(&case.lines);
        let mut explained = world.explained(&case.spec, &partials);
        for explanation in &explained {
            let partner = &world.partners[&explanation.partner];
            prop_assert_eq!(verify(explanation, world.basis(&partials), partner), Ok(Verified::Whole));
            let arithmetic = verify_arithmetic(explanation);
            prop_assert_eq!(arithmetic, Ok(Verified::ArithmeticOnly), "{}", explanation);
        }
        // Forging takes a computation for each number: those with most to forge, and one for which nothing is paid.
        explained.sort_by_key(|explanation| std::cmp::Reverse(weight(explanation)));
        let idle = explained.iter().find(|explanation| explanation.because.is_some());
        for explanation in explained.iter().take(3).chain(idle) {
            let (told, partner) = (serde_json::to_value(explanation).unwrap(), &world.partners[&explanation.partner]);
            let mut found = Vec::new();
            numbers(&told, "", &mut found);
            prop_assert!(found.len() >= 10, "an explanation of {} numbers", found.len());
            for (path, other) in found {
                let mut forged = told.clone();
                *forged.pointer_mut(&path).unwrap() = other;
                // What cannot even be read is seen.
                if let Ok(forged) = serde_json::from_value::<Explanation>(forged) {
                    let seen = verify(&forged, world.basis(&partials), partner);
                    prop_assert!(seen.is_err(), "{} forged: {}", path, forged);
                }
            }
        }
    }
}
