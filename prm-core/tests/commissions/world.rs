//! Sales, terms and payments by chance, and the book that is given them.

use std::sync::Arc;

use chrono::{Days, NaiveDate};
use prm_core::incentive::book::SalesBook;
use prm_core::incentive::commission::{CommissionFacts, Payment};
use prm_core::incentive::line::{LineKey, LineKind, SaleLine};
use prm_core::partner::Partner;
use prm_core::program::Program;
use prm_core::scaled::Scaled;
use proptest::prelude::*;

/// What the document says, beside 10 % of billings.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms {
    pub(crate) by_payment: bool,
    pub(crate) hold: u64,
    pub(crate) day: u32,
    pub(crate) month_before: bool,
    pub(crate) minimum: i64,
    pub(crate) clawback: Option<u64>,
    pub(crate) until_paid: bool,
    pub(crate) months: Option<u32>,
    pub(crate) cap: Option<i64>,
}

/// Paid with the invoice on the last day of each month.
pub(crate) const PLAIN: Terms = Terms {
    by_payment: false,
    hold: 0,
    day: 31,
    month_before: false,
    minimum: 0,
    clawback: None,
    until_paid: false,
    months: None,
    cap: None,
};

/// A sale in cents, with what came back and what was paid: parts of eight, on which day after it.
#[derive(Debug, Clone)]
pub(crate) struct Sold {
    pub(crate) day: u64,
    pub(crate) partner: u8,
    pub(crate) account: u8,
    pub(crate) cents: i64,
    pub(crate) back: Vec<(u64, i64)>,
    pub(crate) paid: Vec<(u64, i64)>,
}

pub(crate) fn terms() -> impl Strategy<Value = Terms> {
    let first = (any::<bool>(), prop::sample::select(vec![0, 10, 45]), 1..=31_u32, any::<bool>());
    let second = (
        prop::sample::select(vec![0, 500, 20_000]),
        prop::option::of(prop::sample::select(vec![0, 30, 90])),
        prop::option::of(1..4_u32),
        prop::option::of(1..300_i64),
    );
    (first, second).prop_map(|((by_payment, hold, day, month_before), (minimum, clawback, months, cap))| Terms {
        by_payment,
        hold,
        day,
        month_before,
        minimum,
        clawback,
        until_paid: false,
        months,
        cap: cap.map(|cap| cap * 100),
    })
}

pub(crate) fn sold() -> impl Strategy<Value = Sold> {
    let parts = || prop::collection::vec((0..150_u64, 1..6_i64), 0..3);
    let payments = prop::collection::vec((0..150_u64, -2..7_i64), 0..4);
    (0..200_u64, 0..2_u8, 0..2_u8, 1..200_000_i64, parts(), payments)
        .prop_map(|(day, partner, account, cents, back, paid)| Sold { day, partner, account, cents, back, paid })
}

pub(crate) fn on(day: u64) -> NaiveDate {
    NaiveDate::from_ymd_opt(2025, 1, 1).unwrap() + Days::new(day)
}

pub(crate) fn document(terms: &Terms) -> String {
    let Terms { by_payment, hold, day, month_before, minimum, clawback, until_paid, months, cap } = *terms;
    let released = if by_payment { "payment" } else { "invoice" };
    let covers = if month_before { "month_before" } else { "run_day" };
    let money = |cents: i64| format!("{}.{:02}", cents / 100, cents % 100);
    let recurs = months.map_or("always".to_owned(), |months| format!("{months} months"));
    let clawback = clawback.map_or(String::new(), |days| format!("    clawback: {days} days\n"));
    let clawback = if until_paid { "    clawback: until_paid\n".to_owned() } else { clawback };
    let cap = cap.map_or(String::new(), |cap| format!("    cap: {{ per_customer: {} }}\n", money(cap)));
    format!(
        "
format: 1
program: Example
version: '1'
effective: {{ from: 2025-01-01 }}
currency: USD
rounding: {{ mode: half_away_from_zero }}
incentives:
  fee:
    kind: commission
    of: billings
    rates: [{{ rate: 10 % }}]
    recurs: {recurs}
    released: {released}
    hold: {hold} days
    runs: {{ day: {day}, covers: {covers}, minimum: {} }}
{clawback}{cap}",
        money(minimum)
    )
}

pub(crate) fn line(key: String, kind: LineKind, sold: &Sold, day: u64, cents: i64) -> SaleLine {
    let key = LineKey { document: key.parse().unwrap(), line: Some("1".parse().unwrap()) };
    let mut line = SaleLine::new(key, kind, "plan".parse().unwrap(), "USD".parse().unwrap());
    line.buyer = Some(format!("p{}", sold.partner).parse().unwrap());
    line.account = Some(format!("c{}", sold.account).parse().unwrap());
    line.dates.invoice = Some(on(day));
    line.amounts.net = Some(Scaled::new(cents.into(), 2));
    line
}

/// Returns never come to more than the sale: eighths, cut where they would.
pub(crate) fn returns(sold: &Sold) -> Vec<(u64, i64)> {
    let mut left = sold.cents;
    let mut back = sold.back.clone();
    back.sort_by_key(|(after, _)| *after);
    let cut = back.iter().map(|(after, eighths)| {
        let cents = (sold.cents * eighths / 8).min(left);
        left -= cents;
        (sold.day + after, cents)
    });
    cut.filter(|(_, cents)| *cents > 0).collect()
}

pub(crate) fn book(terms: &Terms, all: &[Sold], backwards: bool) -> SalesBook {
    let mut book = SalesBook::new(Arc::new(Program::read(&document(terms)).unwrap()));
    for id in ["p0", "p1"] {
        book.put_partner(Partner::new(id.parse().unwrap(), id)).unwrap();
    }
    let (mut lines, mut facts) = (Vec::new(), CommissionFacts::default());
    for (at, sold) in all.iter().enumerate() {
        lines.push(line(format!("D{at:03}"), LineKind::Sale, sold, sold.day, sold.cents));
        for (no, (day, cents)) in returns(sold).into_iter().enumerate() {
            let mut back = line(format!("R{at:03}-{no}"), LineKind::Return, sold, day, -cents);
            back.reverses = Some(lines_key(at));
            lines.push(back);
        }
        for (after, eighths) in &sold.paid {
            let amount = Scaled::new((sold.cents * eighths / 8).into(), 2);
            let document = format!("D{at:03}").parse().unwrap();
            facts.payments.push(Payment::new(document, on(sold.day + after), amount));
        }
    }
    if backwards {
        lines.reverse();
        facts.payments.reverse();
    }
    book.put_commission_facts(facts);
    book.add(lines, None).unwrap();
    book
}

pub(crate) fn lines_key(at: usize) -> LineKey {
    LineKey { document: format!("D{at:03}").parse().unwrap(), line: Some("1".parse().unwrap()) }
}
