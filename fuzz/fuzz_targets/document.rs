//! Any bytes as a program document; what comes out as a program must pay without a panic.

#![no_main]

use libfuzzer_sys::fuzz_target;
use prm_core::incentive::schedule::Reading;
use prm_core::program::Program;
use prm_core::program::diff::diff;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let checked = Program::check(text);
    assert_eq!(checked.program.is_none(), checked.findings.has_errors(), "{}", checked.findings);
    if let Ok(changes) = diff(text, text) {
        assert!(changes.is_empty(), "{changes:?}");
    }
    let Some(program) = checked.program else { return };
    // Readings of every size: the last bytes, shifted.
    let drawn = bytes.rchunks(16).take(2).map(|chunk| {
        let mut filled = [0; 16];
        for (to, from) in filled.iter_mut().zip(chunk) {
            *to = *from;
        }
        i128::from_le_bytes(filled)
    });
    let drawn = drawn.flat_map(|number| [0, 40, 80, 120].map(|shift| number >> shift));
    for number in drawn.chain([0, 1, -1, i128::MAX, i128::MIN]) {
        for rebate in program.rebates() {
            let reading = Reading::new(number).second(number).target(Some(number));
            let _ = rebate.amount(&reading);
            let _ = rebate.amount(&reading.paid_on(number.rotate_left(7)).target(None));
            let _ = rebate.schedule.next_bound(&reading);
        }
    }
});
