//! Explanations and partial sums that others hand in, however broken, never panic.
//!
//! The plain mirror of the fuzz targets `explanation` and `partials`: right ones of `sample`, broken at random in
//! their text or in one value.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub,
    reason = "a test that fails may panic, and its parts are nobody's interface"
)]

mod sample;

use std::sync::LazyLock;

use prm_core::incentive::explain::Explanation;
use prm_core::incentive::partial::{MergeError, Partials};
use prm_core::incentive::verify::{Mismatch, Verified, verify_arithmetic};
use proptest::prelude::*;
use serde_json::{Value, json};

static SAMPLE: LazyLock<sample::Sample> = LazyLock::new(|| sample::sample().expect("the sample folds"));

fn explanations() -> Vec<Value> {
    SAMPLE.explanations.iter().map(|explanation| serde_json::to_value(explanation).unwrap()).collect()
}

/// Every value of a tree, with the root.
fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(entries) => entries.values().map(count).sum(),
        _ => 0,
    }
}

/// The value at a place of the tree, counted from the root.
fn at<'v>(value: &'v mut Value, place: &mut usize) -> Option<&'v mut Value> {
    if *place == 0 {
        return Some(value);
    }
    *place -= 1;
    match value {
        Value::Array(items) => items.iter_mut().find_map(|item| at(item, place)),
        Value::Object(entries) => entries.values_mut().find_map(|entry| at(entry, place)),
        _ => None,
    }
}

/// What a value is broken into.
fn broken() -> impl Strategy<Value = Value> {
    let text = |text: &str| Just(Value::from(text));
    prop_oneof![
        text("0"),
        text("-1"),
        text("170141183460469231731687303715884105727"),
        text("-170141183460469231731687303715884105727"),
        text("0.00000000000000000000000000000000000001"),
        text("99999999999.999999999999999999"),
        text("0.00000000000000000001 %"),
        text("9223372036854775807 %"),
        text("9999-12-31"),
        text("0001-01-01"),
        text("JPY"),
        text("band"),
        text("half_even"),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        Just(json!(255)),
        Just(json!(38)),
        Just(json!(i64::MAX)),
        Just(json!(i64::MIN)),
        Just(Value::Null),
        Just(json!([])),
        Just(json!({})),
        Just(json!({ "cap": "-1" })),
        Just(json!({ "floor": "170141183460469231731687303715884105727" })),
        Just(json!({ "goods": i64::MIN })),
        Just(json!({ "free_units": i64::MAX })),
        Just(json!({ "per_unit": "170141183460469231731687303715884105727" })),
        Just(json!({ "rate": "9223372036854775807 %" })),
        any::<i128>().prop_map(|number| Value::from(number.to_string())),
        (any::<i64>(), 0_u8..20).prop_map(|(units, digits)| {
            Value::from(prm_core::scaled::Scaled::new(units.into(), digits).to_string())
        }),
    ]
}

/// A right value with up to four broken places; items of lists may stand twice.
fn damaged(right: Vec<Value>) -> impl Strategy<Value = Value> {
    let wounds = prop::collection::vec((any::<prop::sample::Index>(), broken(), 0_u8..4), 1..5);
    (prop::sample::select(right), wounds).prop_map(|(mut value, wounds)| {
        for (place, into, how) in wounds {
            let mut place = place.index(count(&value));
            match at(&mut value, &mut place) {
                Some(Value::Array(items)) if how > 0 && !items.is_empty() => items.push(items[0].clone()),
                Some(target) => *target = into,
                None => {}
            }
        }
        value
    })
}

fn try_explanation(text: &[u8]) -> Result<(), TestCaseError> {
    let Ok(explanation) = serde_json::from_slice::<Explanation>(text) else { return Ok(()) };
    let verdict = verify_arithmetic(&explanation);
    prop_assert!(!explanation.to_string().is_empty());
    let again: Explanation = serde_json::from_str(&serde_json::to_string(&explanation).unwrap()).unwrap();
    prop_assert_eq!(&again, &explanation);
    prop_assert_eq!(verify_arithmetic(&again), verdict);
    Ok(())
}

fn try_partials(text: &[u8]) -> Result<(), TestCaseError> {
    let Ok(partials) = serde_json::from_slice::<Partials>(text) else { return Ok(()) };
    let again: Partials = serde_json::from_str(&serde_json::to_string(&partials).unwrap()).unwrap();
    prop_assert_eq!(&again, &partials);
    let _ = (partials.tally(), partials.partners(), partials.months());
    let parts = partials.batches().count();
    if let Ok(merged) = partials.clone().merge(again) {
        prop_assert_eq!((parts, &merged), (0, &partials));
    }
    if let Ok(merged) = partials.clone().merge(Partials::empty(partials.plan(), partials.digits())) {
        prop_assert_eq!(merged, partials);
    }
    Ok(())
}

#[test]
fn the_sample_is_right_and_of_every_shape() {
    let mut shapes: Vec<&str> = SAMPLE.explanations.iter().map(|explanation| explanation.shape.as_str()).collect();
    shapes.sort_unstable();
    shapes.dedup();
    assert_eq!(shapes, ["interpolated", "marginal", "per_step", "whole_volume"]);
    for explanation in &SAMPLE.explanations {
        assert_eq!(verify_arithmetic(explanation), Ok(Verified::ArithmeticOnly), "{explanation}");
    }
    assert_eq!(SAMPLE.partials.batches().count(), 2);
    let twice = SAMPLE.partials.clone().merge(SAMPLE.partials.clone());
    assert!(matches!(twice, Err(MergeError::DuplicateBatch { .. })));
}

#[test]
fn one_changed_number_is_found() {
    let mut found = 0;
    for (explanation, tree) in SAMPLE.explanations.iter().zip(explanations()) {
        if explanation.steps.is_empty() {
            continue;
        }
        for (pointer, field) in [
            ("/measure/value", "measure.value"),
            ("/base", "base"),
            ("/steps/0/gives", "steps[0].gives"),
            ("/exact", "exact"),
        ] {
            let mut tree = tree.clone();
            *tree.pointer_mut(pointer).unwrap() = "0.0001".into();
            let changed: Explanation = serde_json::from_value(tree).unwrap();
            let Err(Mismatch::Field { field: named, .. }) = verify_arithmetic(&changed) else {
                panic!("{pointer} of {changed}")
            };
            assert_eq!(named, field);
            found += 1;
        }
    }
    assert!(found >= 8, "{found}");
}

#[test]
fn counts_of_an_explanation_that_do_not_fit_are_no_panic() {
    for mut tree in explanations() {
        for part in tree["measure"]["parts"].as_array_mut().unwrap() {
            part["lines"] = i64::MAX.into();
        }
        try_explanation(tree.to_string().as_bytes()).unwrap();
    }
}

#[test]
fn counts_of_sums_that_do_not_fit_are_no_panic() {
    for count in ["lines", "counted", "not_selected", "outside_program", "repeated", "corrected"] {
        let mut tree = serde_json::to_value(&SAMPLE.partials).unwrap();
        for batch in tree["batches"].as_array_mut().unwrap() {
            batch["parts"][0]["tally"][count] = u64::MAX.into();
        }
        try_partials(tree.to_string().as_bytes()).unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2_000) })]

    #[test]
    fn damaged_explanations_never_panic(tree in damaged(explanations())) {
        try_explanation(tree.to_string().as_bytes())?;
    }

    #[test]
    fn damaged_sums_never_panic(tree in damaged(vec![serde_json::to_value(&SAMPLE.partials).unwrap()])) {
        try_partials(tree.to_string().as_bytes())?;
    }

    #[test]
    fn bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        try_explanation(&bytes)?;
        try_partials(&bytes)?;
    }
}
