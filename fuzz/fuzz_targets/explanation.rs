//! Any bytes as an explanation; checking and printing it must not panic.

#![no_main]

use libfuzzer_sys::fuzz_target;
use prm_core::incentive::explain::Explanation;
use prm_core::incentive::verify::verify_arithmetic;

fuzz_target!(|bytes: &[u8]| {
    let Ok(explanation) = serde_json::from_slice::<Explanation>(bytes) else { return };
    let verdict = verify_arithmetic(&explanation);
    if let Err(mismatch) = &verdict {
        let _ = mismatch.to_string();
    }
    let _ = explanation.to_string();
    let text = serde_json::to_string(&explanation).expect("an explanation can be written");
    let again: Explanation = serde_json::from_str(&text).expect("what was written can be read");
    assert_eq!(explanation, again);
    assert_eq!(verdict, verify_arithmetic(&again));
});
