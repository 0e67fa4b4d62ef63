//! Any bytes as partial sums; what is read can be written, read again and merged without a panic.

#![no_main]

use libfuzzer_sys::fuzz_target;
use prm_core::incentive::partial::Partials;

fuzz_target!(|bytes: &[u8]| {
    let Ok(partials) = serde_json::from_slice::<Partials>(bytes) else { return };
    let text = serde_json::to_string(&partials).expect("sums can be written");
    let again: Partials = serde_json::from_str(&text).expect("what was written can be read");
    assert_eq!(partials, again);
    let _ = partials.tally();
    let _ = (partials.partners(), partials.months());
    let empty = Partials::empty(partials.plan(), partials.digits());
    let parts = partials.batches().count();
    match partials.clone().merge(again) {
        Ok(merged) => assert!(parts == 0 && merged == partials, "parts were counted twice"),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    if let Ok(merged) = partials.clone().merge(empty) {
        assert_eq!(merged, partials, "nothing was added");
    }
});
