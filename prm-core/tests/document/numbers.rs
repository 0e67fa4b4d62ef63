//! Numbers come from their text: kept to the last digit or refused, never cut to a double.

use prm_core::incentive::rebate::Payout;
use prm_core::incentive::schedule::Reading;
use prm_core::program::Program;
use prm_core::program::finding::Finding;

/// A program that pays one thing from zero on, at no digits of the measure.
fn paying(measure: &str, pays: &str) -> String {
    format!(
        "{{format: 1, program: Example, version: '1', effective: {{from: 2013-01-01}}, currency: USD, \
         sales: {{digits: 0}}, incentives: {{volume: {{kind: rebate, measure: {{of: {measure}}}, every: year, \
         schedule: {{shape: whole_volume, bands: [{{from: 0, {pays}}}]}}}}}}}}"
    )
}

fn payout(text: &str, measured: i128) -> String {
    let program = Program::read(text).unwrap();
    let reading = Reading::new(measured);
    let Payout::Money(money) = program.rebate("volume").unwrap().amount(&reading).unwrap() else { panic!("goods") };
    money.to_string()
}

/// The only error.
fn refusal(text: &str) -> Finding {
    let findings = Program::read(text).unwrap_err();
    let mut errors = findings.iter().filter(|finding| finding.severity.to_string() == "error");
    let (Some(error), None) = (errors.next(), errors.next()) else { panic!("{findings}") };
    error.clone()
}

const HUNDRED_QUADRILLIONS: i128 = 100_000_000_000_000_000;

#[test]
fn a_rate_of_nineteen_digits_is_kept_to_the_last() {
    let rate = paying("net_revenue", "rate: 12.34567890123456789 %");
    assert_eq!(payout(&rate, HUNDRED_QUADRILLIONS), "12345678901234567.89 USD");
    // What a double makes of the same rate: another amount, by 11 cents and more.
    let double: f64 = "0.1234567890123456789".parse().unwrap();
    assert_eq!(format!("{:.2}", double * 1e17), "12345678901234568.00");
    // As a JSON text, which a reader of JSON numbers cannot spoil.
    assert_eq!(
        payout(&rate.replace("12.34567890123456789 %", "\"12.34567890123456789 %\""), HUNDRED_QUADRILLIONS),
        "12345678901234567.89 USD"
    );
}

#[test]
fn amounts_are_kept_to_the_last_digit() {
    let text = paying("net_revenue", "amount: 12345678901234567.89");
    assert_eq!(payout(&text, 1), "12345678901234567.89 USD");
    let double: f64 = "12345678901234567.89".parse().unwrap();
    assert_ne!(format!("{double:.2}"), "12345678901234567.89");
    let text = paying("units", "per_unit: 0.1234567890123456789");
    assert_eq!(payout(&text, HUNDRED_QUADRILLIONS), "12345678901234567.89 USD");
}

#[test]
fn what_cannot_be_kept_is_refused_naming_the_limit() {
    let refused = |measure, pays| refusal(&paying(measure, pays));
    let twenty = refused("net_revenue", "rate: 12.345678901234567890123 %");
    assert_eq!(twenty.code, "bad_value");
    assert!(twenty.to_string().contains("18 digits"), "{twenty}");
    let long = refused("net_revenue", "amount: 0.123456789012345678901234567890123456789");
    assert_eq!(long.code, "bad_value");
    assert!(long.to_string().contains("38 digits"), "{long}");
    let bound = refusal(&paying("net_revenue", "rate: 1 %").replace("from: 0,", "from: 0.5,"));
    assert!(bound.to_string().contains("more than 0 digits"), "{bound}");
}

#[test]
fn no_notation_is_guessed() {
    for number in ["1e5", "1,000", "1_000", "0x10", ".inf", ".nan", "0o17", "1.", ".5", "１００"] {
        let refused = refusal(&paying("net_revenue", &format!("amount: '{number}'")));
        assert_eq!(
            (refused.code.as_str(), refused.path.as_str()),
            ("bad_value", "incentives.volume.schedule.bands[0].amount"),
            "{number}"
        );
    }
}
