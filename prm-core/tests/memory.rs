//! What is promised about memory: a payout allocates nothing, and a fold does not grow with its lines.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on must stop")]

use std::collections::BTreeMap;
use std::hint::black_box;

use allocation_counter::measure;
use chrono::{Days, NaiveDate};
use prm_core::id::PartnerId;
use prm_core::incentive::fold::{Facts, Fold};
use prm_core::incentive::line::{BatchKey, LineKey, LineKind, SaleLine};
use prm_core::incentive::schedule::Reading;
use prm_core::partner::Partner;
use prm_core::program::Program;
use prm_core::scaled::Scaled;

const PROGRAM: &str = "
format: 1
program: Memory
version: '1'
effective: { from: 2025-01-01, until: 2026-01-01 }
currency: USD
incentives:
  whole: { kind: rebate, measure: { of: net_revenue }, every: quarter, schedule: { shape: whole_volume, bands: [{ from: 0, rate: 1 % }, { from: 100, rate: 2 % }] } }
  marginal: { kind: rebate, rounding: { place: band }, measure: { of: net_revenue }, every: quarter, schedule: { shape: marginal, bands: [{ from: 0, rate: 1 % }, { from: 100, rate: 2 % }] } }
  line: { kind: rebate, measure: { of: net_revenue }, every: quarter, cap: { payout: 5 }, schedule: { shape: interpolated, points: [{ at: 0, rate: 1 % }, { at: 900, rate: 2 % }] } }
  steps: { kind: rebate, measure: { of: units }, every: quarter, schedule: { shape: per_step, step: 3, free_units: 1 } }
  target: { kind: rebate, measure: { of: net_revenue }, every: quarter, schedule: { shape: target, target: 50, amount: 9 } }
  matrix: { kind: rebate, measure: { of: net_revenue }, every: quarter, schedule: { shape: matrix, rows: [0, 9], columns: [0], columns_by: { of: units }, rates: [[1 %], [2 %]] } }
";

#[test]
fn a_payout_allocates_nothing() {
    let program = Program::read(PROGRAM).unwrap();
    let reading = Reading::new(123_456_789);
    for rebate in program.rebates() {
        let counted = measure(|| {
            black_box(rebate.amount(black_box(&reading)).unwrap());
        });
        assert_eq!(counted.count_total, 0, "{}", rebate.name);
    }
}

/// The most bytes held while folding so many lines.
fn peak_of_fold(count: u64) -> u64 {
    let program = Program::read(PROGRAM).unwrap();
    let partners = ["a", "b", "c"].map(|id| (id.parse().unwrap(), Partner::new(id.parse().unwrap(), id)));
    let partners: BTreeMap<PartnerId, Partner> = partners.into();
    let first = NaiveDate::from_ymd_opt(2025, 1, 1).unwrap();
    let key = LineKey { document: "D1".parse().unwrap(), line: Some("1".parse().unwrap()) };
    let mut line = SaleLine::new(key, LineKind::Sale, "sku".parse().unwrap(), program.currency());
    line.amounts.net = Some(Scaled::new(1234, 2));
    line.quantity = Some(Scaled::new(1, 0));
    let buyers: Vec<PartnerId> = partners.keys().cloned().collect();
    let counted = measure(|| {
        let facts = Facts::new(&partners);
        let batch = BatchKey::new("s".parse().unwrap(), "b".parse().unwrap());
        let mut fold = Fold::new(&program, facts, batch).unwrap();
        for number in 0..count {
            line.buyer = buyers.get(usize::try_from(number % 3).unwrap()).cloned();
            line.dates.order = first.checked_add_days(Days::new(number % 365));
            fold.add(&line).unwrap();
        }
        black_box(fold.finish().unwrap());
    });
    counted.bytes_max
}

#[test]
fn a_fold_does_not_grow_with_its_lines() {
    assert_eq!(peak_of_fold(2_000), peak_of_fold(50_000));
}
