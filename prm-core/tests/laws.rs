//! Laws that hold for every program and every set of sale lines: merging, order, parts and the whole, schedules.
//!
//! `PROPTEST_CASES` sets the number of cases (`make soak` uses ten times as many as `make test`).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test that cannot go on must stop"
)]

mod sales;

use prm_core::calendar::Every;
use prm_core::incentive::explain::{Basis, explain};
use prm_core::incentive::line::{LineKind, SaleLine};
use prm_core::incentive::partial::{MergeError, Partials};
use prm_core::incentive::rebate::Payout;
use prm_core::incentive::schedule::Reading;
use prm_core::incentive::verify::{Verified, verify, verify_arithmetic};
use prm_core::period::Period;
use prm_core::program::Program;
use prm_core::program::tables::Tables;
use proptest::prelude::*;
use sales::{Market, batch, fold, lines, market, takings_back};

/// Every payout of every partner, rebate and quarter.
fn payouts(market: &Market, partials: &Partials) -> Vec<(String, String, Payout)> {
    let tables = Tables::new();
    let basis = Basis::new(&market.program, partials, &tables);
    let year = Period::new("2025-01-01".parse().unwrap(), "2026-01-01".parse().unwrap()).unwrap();
    let quarters = market.program.calendar().periods_in(Every::Quarter, &year).unwrap();
    let mut payouts = Vec::new();
    for partner in market.partners.values() {
        for rebate in market.program.rebates() {
            for quarter in &quarters {
                let explanation = explain(basis, rebate.name.as_str(), partner, quarter).unwrap();
                assert_eq!(verify(&explanation, basis, partner), Ok(Verified::Whole));
                assert_eq!(verify_arithmetic(&explanation), Ok(Verified::ArithmeticOnly));
                payouts.push((partner.id.to_string(), format!("{} {quarter}", rebate.name), explanation.earned));
            }
        }
    }
    payouts
}

/// The same lines in another order.
fn shuffled(lines: &[SaleLine], seed: u64) -> Vec<SaleLine> {
    let mut shuffled = lines.to_vec();
    let mut state = seed;
    for at in (1..shuffled.len()).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        shuffled.swap(at, (state >> 33) as usize % (at + 1));
    }
    shuffled
}

fn usable(market: &Market, line: &SaleLine) -> bool {
    fold(market, batch("u", 0, 0), std::slice::from_ref(line)).tally().refused_lines() == 0
}

/// Lines without the keys by which a register would know them, in parts.
fn parts(market: &Market, lines: &[SaleLine], count: usize) -> Vec<Partials> {
    let size = lines.len().div_ceil(count).max(1);
    lines.chunks(size).zip(0..).map(|(chunk, part)| fold(market, batch("b", 0, part), chunk)).collect()
}

fn merged(parts: impl IntoIterator<Item = Partials>) -> Partials {
    parts.into_iter().reduce(|a, b| a.merge(b).unwrap()).unwrap()
}

proptest! {
    #[test]
    fn merging_is_commutative_and_associative(lines in lines(1..40)) {
        let market = market();
        let size = lines.len().div_ceil(3);
        let part = |part: u32| {
            fold(&market, batch("b", 0, part), lines.chunks(size).nth(part as usize).unwrap_or_default())
        };
        let [a, b, c] = [0, 1, 2].map(part);
        let left = a.clone().merge(b.clone()).unwrap().merge(c.clone()).unwrap();
        let right = a.clone().merge(b.clone().merge(c.clone()).unwrap()).unwrap();
        prop_assert_eq!(&left, &right);
        prop_assert_eq!(&left, &c.merge(a.clone()).unwrap().merge(b).unwrap());
        prop_assert_eq!(left.clone().merge(Partials::empty(left.plan(), left.digits())).unwrap(), left);
    }

    #[test]
    fn the_whole_is_the_sum_of_its_parts(lines in lines(1..60), count in 1_usize..8) {
        let market = market();
        let whole = fold(&market, batch("b", 0, 0), &lines);
        let parts = merged(parts(&market, &lines, count));
        prop_assert_eq!(payouts(&market, &whole), payouts(&market, &parts));
        // … also through their serialised form.
        let text = serde_json::to_string(&parts).unwrap();
        prop_assert_eq!(serde_json::from_str::<Partials>(&text).unwrap(), parts);
    }

    #[test]
    fn the_order_of_lines_never_matters(sales in lines(1..40), back in takings_back(), seed in any::<u64>()) {
        let market = market();
        let lines = [sales, back].concat();
        let shuffled = shuffled(&lines, seed);
        prop_assert_eq!(fold(&market, batch("b", 0, 0), &lines), fold(&market, batch("b", 0, 0), &shuffled));
        prop_assert_eq!(
            sales::remembered(&market, &[(batch("b", 0, 0), lines)]).partials,
            sales::remembered(&market, &[(batch("b", 0, 0), shuffled)]).partials
        );
    }

    #[test]
    fn a_batch_counts_once_and_the_higher_revision_stays(old in lines(1..20), new in lines(1..20)) {
        let market = market();
        let (one, two) = (fold(&market, batch("b", 1, 0), &old), fold(&market, batch("b", 2, 0), &new));
        let twice = one.clone().merge(one.clone());
        let is_duplicate = matches!(twice, Err(MergeError::DuplicateBatch { .. }));
        prop_assert!(is_duplicate);
        prop_assert_eq!(one.clone().merge(two.clone()).unwrap(), two.clone());
        prop_assert_eq!(two.clone().merge(one).unwrap(), two);
    }

    #[test]
    fn every_line_is_counted_or_accounted_for(lines in lines(1..60)) {
        let market = market();
        let finished = sales::remembered(&market, &[(batch("b", 0, 0), lines.clone())]);
        let tally = finished.partials.tally();
        prop_assert_eq!(tally.lines, lines.len() as u64);
        let fates = tally.counted + tally.not_selected + tally.outside_program + tally.repeated + tally.refused_lines();
        prop_assert_eq!(fates, tally.lines);
    }

    /// However often a line is corrected, and whatever waits, the last version of each key is what counts.
    #[test]
    fn only_the_last_version_of_a_line_counts(sales in lines(1..20), back in takings_back(), versions in lines(1..20), seed in any::<u64>()) {
        let market = market();
        let first = shuffled(&[sales, back].concat(), seed);
        // The versions have the keys of sales; those that cannot be used leave what was there.
        let last: Vec<SaleLine> = versions.into_iter().filter(|line| usable(&market, line)).collect();
        let replaced = |line: &&SaleLine| !last.iter().any(|other| other.key == line.key);
        let only_last: Vec<SaleLine> = first.iter().filter(replaced).chain(&last).cloned().collect();
        let all = sales::remembered(&market, &[(batch("b", 0, 0), [first, last].concat())]);
        let only = sales::remembered(&market, &[(batch("b", 0, 0), only_last)]);
        prop_assert_eq!(payouts(&market, &all.partials), payouts(&market, &only.partials));
    }

    /// A sale and its full return leave nothing, whichever quarter the return falls in and whichever comes first.
    #[test]
    fn a_matched_return_undoes_its_sale(lines in lines(1..20), late in 0_u64..300, first in any::<bool>()) {
        let market = market();
        let sales: Vec<SaleLine> = lines.into_iter().filter(|line| line.kind == LineKind::Sale).collect();
        let back = sales.iter().map(|sale| sales::return_of(sale, late));
        let both: Vec<SaleLine> = if first { back.chain(sales.clone()).collect() } else { sales.clone().into_iter().chain(back).collect() };
        let finished = sales::remembered(&market, &[(batch("b", 0, 0), both)]);
        for (_, _, payout) in payouts(&market, &finished.partials) {
            prop_assert!(payout.is_zero(), "{}", payout);
        }
    }
}

/// A schedule as a document writes it, with rising bounds; rates may rise, fall and leave gaps.
fn schedule() -> impl Strategy<Value = String> {
    let shapes = ["marginal", "whole_volume", "sum_capped", "sum_whole"];
    let bands =
        prop::collection::vec((1_u32..50_000, 0_u32..2_000, any::<bool>(), prop::option::of(1_u32..60_000)), 1..5);
    (prop::sample::select(shapes.to_vec()), bands, prop::sample::select(vec!["above", "below"])).prop_map(
        |(shape, bands, boundary)| {
            let mut from = 0;
            let bands = bands.into_iter().map(|(width, rate, back, length)| {
                let until = length.map_or(String::new(), |length| format!(", until: {}", from + length));
                let back = if shape == "marginal" && back { ", back_to_first: yes" } else { "" };
                let band = format!("{{ from: {from}, rate: {}.{:02} %{until}{back} }}", rate / 100, rate % 100);
                from += width;
                band
            });
            format!("{{ shape: {shape}, boundary: {boundary}, bands: [{}] }}", bands.collect::<Vec<_>>().join(", "))
        },
    )
}

fn points() -> impl Strategy<Value = String> {
    prop::collection::vec((1_u32..50_000, 0_u32..2_000), 2..5).prop_map(|points| {
        let mut at = 0;
        let points = points.into_iter().map(|(width, rate)| {
            at += width;
            format!("{{ at: {at}, rate: {}.{:02} % }}", rate / 100, rate % 100)
        });
        format!("{{ shape: interpolated, points: [{}] }}", points.collect::<Vec<_>>().join(", "))
    })
}

fn program_with(schedules: &[(&str, &str)]) -> Program {
    let incentives = schedules.iter().map(|(name, schedule)| {
        format!("  {name}: {{ kind: rebate, measure: {{ of: net_revenue }}, every: quarter, schedule: {schedule} }}\n")
    });
    let text = format!(
        "format: 1\nprogram: Laws\nversion: '1'\neffective: {{ from: 2025-01-01 }}\ncurrency: USD\nincentives:\n{}",
        incentives.collect::<String>()
    );
    Program::read(&text).unwrap_or_else(|findings| panic!("{findings}\n{text}"))
}

fn cents(program: &Program, name: &str, value: i128) -> i64 {
    let reading = Reading::new(value);
    program.rebate(name).unwrap().amount(&reading).unwrap().money().unwrap().minor()
}

proptest! {
    /// A schedule that `check` calls monotone never pays less for more.
    #[test]
    fn a_monotone_schedule_is_monotone(text in prop_oneof![schedule(), points()], values in prop::collection::vec(0_i128..200_000_000_000, 2..40)) {
        let program = program_with(&[("s", &text)]);
        let schedule = &program.rebate("s").unwrap().schedule;
        let mut values = values;
        // Values just around the bounds are where a schedule breaks.
        let around: Vec<i128> = values.iter().filter_map(|value| {
            schedule.next_bound(&Reading::new(*value))
        }).flat_map(|bound| [bound - 1, bound, bound + 1]).collect();
        values.extend(around);
        values.sort_unstable();
        let paid: Vec<i64> = values.iter().map(|value| cents(&program, "s", *value)).collect();
        if schedule.is_monotone() {
            prop_assert!(paid.is_sorted(), "{text}: {values:?} {paid:?}");
        }
    }

    /// With rates that rise from a first band at zero and no gaps, the shapes pay in this order.
    #[test]
    fn shapes_pay_in_their_order(widths in prop::collection::vec((1_u32..50_000, 0_u32..300), 1..5), value in 0_i128..300_000_000_000) {
        let (mut from, mut rate) = (0, 0);
        let bands: Vec<String> = widths.iter().map(|(width, rise)| {
            rate += rise;
            let band = format!("{{ from: {from}, rate: {}.{:02} % }}", rate / 100, rate % 100);
            from += width;
            band
        }).collect();
        let of = |shape: &str| format!("{{ shape: {shape}, bands: [{}] }}", bands.join(", "));
        let shapes = ["marginal", "whole_volume", "sum_capped", "sum_whole"].map(of);
        let names = ["m", "w", "c", "s"];
        let pairs: Vec<(&str, &str)> = names.into_iter().zip(shapes.iter().map(String::as_str)).collect();
        let program = program_with(&pairs);
        let paid = names.map(|name| cents(&program, name, value));
        prop_assert!(paid.is_sorted(), "{paid:?}");
    }

    /// Nothing is ever owed by the partner, and nothing panics, whatever the numbers.
    #[test]
    fn any_numbers_are_paid_or_refused(text in prop_oneof![schedule(), points()], value in any::<i128>(), base in any::<i128>()) {
        let program = program_with(&[("s", &text)]);
        let reading = Reading::new(value).paid_on(base);
        if let Ok(Payout::Money(money)) = program.rebate("s").unwrap().amount(&reading) {
            prop_assert!(money.minor() >= 0);
        }
    }

    /// An exact calculation in fractions of integers agrees with the interpolated payout to the cent.
    #[test]
    fn interpolation_is_exact_to_the_cent(x0 in 0_i128..1_000_000, width in 1_i128..1_000_000, r0 in 0_i128..2_000, rise in 0_i128..2_000, value in 0_i128..3_000_000_000_000) {
        let (x1, r1) = (x0 + width, r0 + rise);
        let text = format!("{{ shape: interpolated, points: [{{ at: {x0}, rate: {}.{:02} % }}, {{ at: {x1}, rate: {}.{:02} % }}] }}", r0 / 100, r0 % 100, r1 / 100, r1 % 100);
        let program = program_with(&[("s", &text)]);
        let million = 1_000_000;
        // Cents, exactly: value × rate / (10⁶ units × 10⁴ rate) × 100, with the rate a fraction over `width`.
        let (numerator, denominator) = if value < x0 * million { (0, 1) }
            else if value >= x1 * million { (value * r1, 100 * million) }
            else { (value * (r0 * width * million + rise * (value - x0 * million)) / million, 100 * million * width) };
        let (low, high) = (numerator / denominator, numerator / denominator + 1);
        let got = i128::from(cents(&program, "s", value));
        prop_assert!(got == low || got == high);
        let twice_rest = 2 * (numerator % denominator);
        // The reference cuts once more than the library (`/ million`), so a near tie may go either way there.
        if (twice_rest - denominator).abs() > 2 * width {
            prop_assert_eq!(got, if twice_rest > denominator { high } else { low });
        }
    }
}
