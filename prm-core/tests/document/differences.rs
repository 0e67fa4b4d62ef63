//! Differences between versions, in words that a partner manager can sign.

use prm_core::program::diff::diff;

use super::example;
use super::tree::Tree;

fn words(old: &str, new: &str) -> Vec<String> {
    diff(old, new).unwrap().iter().map(ToString::to_string).collect()
}

#[test]
fn a_new_version_is_told_in_words() {
    let old = example("ridgeline.yaml");
    let mut new = old.clone();
    for (from, into) in [
        ("\"2025.1\"", "\"2025.2\""),
        ("until: 2026-01-01", "until: 2026-07-01"),
        ("partner_types: [reseller, distributor]", "partner_types: [reseller, distributor, warehouse]"),
        ("countries: [DE, GB]", "countries: [DE, FR]"),
        ("{ from: 75000, rate: 2.5 % }", "{ from: 75000, rate: 3 % }"),
        (
            "        - { from: 150000, rate: 4 % }\n",
            "        - { from: 150000, rate: 4.0 % }\n        - { from: 300000, rate: 5 % }\n",
        ),
        ("cap: { payout: 5000 }", "cap: { payout: 4000 }"),
        ("    for: { territory: europe }\n", ""),
        ("free_units: 2", "amount: 10"),
        ("        - { at: 50000, rate: 0.5 % }\n", "        - { at: 60000, rate: 0.5 % }\n"),
    ] {
        assert!(new.contains(from), "{from}");
        new = new.replacen(from, into, 1);
    }
    assert_eq!(
        words(&old, &new),
        [
            "version rises from 2025.1 to 2025.2",
            "effective.until changes from 2026-01-01 to 2026-07-01",
            "partner_types[warehouse] is new: warehouse",
            "territories.europe.countries[GB] is gone; it was GB",
            "territories.europe.countries[FR] is new: FR",
            "incentives.bikes_volume.schedule.bands[from 75000].rate rises from 2.5 % to 3 %",
            "incentives.bikes_volume.schedule.bands[from 300000] is new: from 300000, rate 5 %",
            "incentives.parts_growth_bands.cap.payout falls from 5000 to 4000",
            "incentives.wheel_boxes.for is gone; it was territory europe",
            "incentives.wheel_boxes.schedule.free_units is gone; it was 2",
            "incentives.wheel_boxes.schedule.amount is new: 10",
            "incentives.distributor_bonus.schedule.points[at 50000] is gone; it was at 50000, rate 0.5 %",
            "incentives.distributor_bonus.schedule.points[at 60000] is new: at 60000, rate 0.5 %",
        ]
    );
}

#[test]
fn the_same_said_otherwise_is_no_difference() {
    let old = example("ridgeline.yaml");
    assert!(words(&old, &Tree::read(&old).unwrap().write()).is_empty());
    assert!(
        words(&old, &old.replace("rate: 4 %", "rate: 4.00 %").replace("from: 25000,", "from: 25000.0,")).is_empty()
    );
}

#[test]
fn what_changes_its_form_is_told_as_a_change() {
    assert_eq!(words("a: 1", "a: [1, 2]"), ["a changes from 1 to 1; 2"]);
    assert_eq!(words("a: {b: 1}", "a: ~"), ["a changes from b 1 to nothing"]);
    assert_eq!(words("[1, 2]", "[1, 3]"), ["[2] is gone; it was 2", "[3] is new: 3"]);
    assert_eq!(words("a: 1", "b: 1"), ["a is gone; it was 1", "b is new: 1"]);
}
