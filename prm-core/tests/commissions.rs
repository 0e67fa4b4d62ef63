//! Commissions against a reckoning of their own: whole cents, one day after the other, nothing shared with the library.
#![cfg(feature = "program")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on must stop")]

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{Datelike as _, Days, NaiveDate};
use prm_core::incentive::book::{SalesBook, SalesBookError};
use prm_core::incentive::commission::{
    BackReason, CommissionAnswer, CommissionError, CommissionFacts, FactError, Payment, RecordOf, Touch,
};
use prm_core::incentive::fold::{Facts, Fold, Outcome};
use prm_core::incentive::line::{BatchKey, LineKey, LineKind, SaleLine};
use prm_core::partner::Partner;
use prm_core::period::Period;
use prm_core::program::Program;
use prm_core::scaled::Scaled;
use proptest::prelude::*;

/// What the document says, beside 10 % of billings.
#[derive(Debug, Clone, Copy)]
struct Terms {
    by_payment: bool,
    hold: u64,
    day: u32,
    month_before: bool,
    minimum: i64,
    clawback: Option<u64>,
    until_paid: bool,
    months: Option<u32>,
    cap: Option<i64>,
}

/// Paid with the invoice on the last day of each month.
const PLAIN: Terms = Terms {
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
struct Sold {
    day: u64,
    partner: u8,
    account: u8,
    cents: i64,
    back: Vec<(u64, i64)>,
    paid: Vec<(u64, i64)>,
}

fn terms() -> impl Strategy<Value = Terms> {
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

fn sold() -> impl Strategy<Value = Sold> {
    let parts = || prop::collection::vec((0..150_u64, 1..6_i64), 0..3);
    let payments = prop::collection::vec((0..150_u64, -2..7_i64), 0..4);
    (0..200_u64, 0..2_u8, 0..2_u8, 1..200_000_i64, parts(), payments)
        .prop_map(|(day, partner, account, cents, back, paid)| Sold { day, partner, account, cents, back, paid })
}

fn on(day: u64) -> NaiveDate {
    NaiveDate::from_ymd_opt(2025, 1, 1).unwrap() + Days::new(day)
}

fn document(terms: &Terms) -> String {
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

fn line(key: String, kind: LineKind, sold: &Sold, day: u64, cents: i64) -> SaleLine {
    let key = LineKey { document: key.parse().unwrap(), line: Some("1".parse().unwrap()) };
    let mut line = SaleLine::new(key, kind, "plan".parse().unwrap(), "USD".parse().unwrap());
    line.buyer = Some(format!("p{}", sold.partner).parse().unwrap());
    line.account = Some(format!("c{}", sold.account).parse().unwrap());
    line.dates.invoice = Some(on(day));
    line.amounts.net = Some(Scaled::new(cents.into(), 2));
    line
}

/// Returns never come to more than the sale: eighths, cut where they would.
fn returns(sold: &Sold) -> Vec<(u64, i64)> {
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

fn book(terms: &Terms, all: &[Sold], backwards: bool) -> SalesBook {
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

fn lines_key(at: usize) -> LineKey {
    LineKey { document: format!("D{at:03}").parse().unwrap(), line: Some("1".parse().unwrap()) }
}

/// Half a cent goes away from zero; both are above zero.
fn divided(numerator: i128, denominator: i128) -> i64 {
    i64::try_from((2 * numerator + denominator) / (2 * denominator)).unwrap()
}

/// What the days come to for one sale.
struct Reckoned<'s> {
    terms: &'s Terms,
    sold: &'s Sold,
    /// The commission, after the cap.
    whole: i64,
}

impl Reckoned<'_> {
    /// Paid and still owed, in cents, by the end of a day.
    fn part(&self, left: i64, paid_by: i64, day: i64) -> i64 {
        if !self.terms.by_payment {
            return if paid_by >= self.day() { left } else { 0 };
        }
        let paid = |by: i64| -> i64 {
            let until = self.sold.paid.iter().filter(|(after, _)| self.day() + as_day(*after) <= by);
            until.map(|(_, eighths)| self.sold.cents * eighths / 8).sum()
        };
        let known = self.sold.paid.iter().any(|(after, _)| on(self.sold.day + after) <= on(999));
        let paid = paid(paid_by).min(paid(day));
        let credited: i64 =
            returns(self.sold).iter().filter(|(on, _)| as_day(*on) <= day).map(|(_, cents)| cents).sum();
        let owed = self.sold.cents - credited;
        match () {
            () if !known => 0,
            () if owed <= 0 || paid >= owed => left,
            () if paid <= 0 => 0,
            () => divided(i128::from(left) * i128::from(paid), owed.into()),
        }
    }

    fn day(&self) -> i64 {
        as_day(self.sold.day)
    }

    /// What is left of it by the end of a day: returns one after the other.
    fn left(&self, day: i64) -> i64 {
        let (mut left, mut cents, mut at_dawn, mut last) = (self.whole, self.sold.cents, self.whole, self.day());
        for (on, back) in returns(self.sold) {
            let on = as_day(on);
            if on > day {
                break;
            }
            if on != last {
                (last, at_dawn) = (on, left);
            }
            cents -= back;
            let wanted = divided(cents.into(), 10).min(left);
            let is_late = self.terms.clawback.is_some_and(|days| on > self.day() + as_day(days));
            let released = if is_late && on > self.day() { self.part(at_dawn, on - 1, on - 1) } else { 0 };
            left = wanted.max(released.min(left));
        }
        left
    }

    /// What a run of a day, which covers what is payable by another, has of it.
    fn covered(&self, run: i64, covers: i64) -> i64 {
        if run < self.day() { 0 } else { self.part(self.left(run), covers - as_day(self.terms.hold), run) }
    }
}

fn as_day(day: u64) -> i64 {
    i64::try_from(day).unwrap()
}

/// By partner: due, carried, held less what is to recover, waiting, net.
fn reckoned(terms: &Terms, all: &[Sold], as_of: u64) -> BTreeMap<String, [i64; 5]> {
    let mut first: BTreeMap<(u8, u8), u64> = BTreeMap::new();
    for sold in all {
        let known = first.entry((sold.partner, sold.account)).or_insert(sold.day);
        *known = sold.day.min(*known);
    }
    let mut order: Vec<(u64, usize)> = all.iter().enumerate().map(|(at, sold)| (sold.day, at)).collect();
    order.sort_unstable();
    let mut used: BTreeMap<(u8, u8), i64> = BTreeMap::new();
    let mut sales: Vec<Reckoned<'_>> = Vec::new();
    for (day, at) in order.into_iter().filter(|(day, _)| *day <= as_of) {
        let sold = &all[at];
        let customer = (sold.partner, sold.account);
        let ends = terms.months.map(|months| on(first[&customer]) + chrono::Months::new(months));
        if ends.is_some_and(|ends| on(day) >= ends) {
            continue;
        }
        let used = used.entry(customer).or_default();
        let whole = divided(sold.cents.into(), 10).min(terms.cap.map_or(i64::MAX, |cap| cap - *used));
        *used += whole;
        sales.push(Reckoned { terms, sold, whole });
    }
    let mut owed = BTreeMap::new();
    for partner in 0..2 {
        let sales: Vec<&Reckoned<'_>> = sales.iter().filter(|sale| sale.sold.partner == partner).collect();
        let (mut due, mut in_runs) = (0, 0);
        // Every day is looked at, whether it has a run or not.
        for day in 0..=as_of {
            let today = on(day);
            let last = u32::from(today.num_days_in_month());
            if today.day() != terms.day.min(last) {
                continue;
            }
            let covers = if terms.month_before { as_day(day) - i64::from(today.day()) } else { as_day(day) };
            in_runs = sales.iter().map(|sale| sale.covered(as_day(day), covers)).sum();
            let open = in_runs - due;
            if open > 0 && open >= terms.minimum {
                due += open;
            }
        }
        let as_of = as_day(as_of);
        let released: i64 = sales.iter().map(|sale| sale.part(sale.left(as_of), as_of, as_of)).sum();
        let net: i64 = sales.iter().map(|sale| sale.left(as_of)).sum();
        let all = [due, in_runs - due, released - in_runs, net - released, net];
        if all != [0; 5] {
            owed.insert(format!("p{partner}"), all);
        }
    }
    owed
}

fn told(answer: &CommissionAnswer) -> BTreeMap<String, [i64; 5]> {
    let of = |one: &prm_core::incentive::commission::CommissionOwed| {
        let held = one.held.minor() - one.to_recover.minor();
        [one.due.minor(), one.carried.minor(), held, one.waiting.minor(), one.net.minor()]
    };
    let all = answer.owed.iter().map(|one| (one.partner.to_string(), of(one)));
    all.filter(|(_, sums)| *sums != [0; 5]).collect()
}

proptest! {
    #[test]
    fn partners_are_owed_what_a_reckoning_in_cents_says(
        terms in terms(),
        all in prop::collection::vec(sold(), 0..12),
        as_of in 0..400_u64,
    ) {
        let found = book(&terms, &all, false).commission("fee", on(as_of)).unwrap();
        prop_assert_eq!(told(&found), reckoned(&terms, &all, as_of));
        prop_assert_eq!(&book(&terms, &all, false).commission_owed("fee", on(as_of)).unwrap(), &found.owed);
        // In whatever order lines and facts come.
        prop_assert_eq!(&book(&terms, &all, true).commission("fee", on(as_of)).unwrap(), &found);
        for sale in &found.sales {
            let taken: i64 = sale.back.iter().map(|back| back.takes.minor()).sum();
            prop_assert_eq!(sale.whole.minor(), sale.net.minor() + taken);
            prop_assert!((0..=sale.net.minor()).contains(&sale.released.minor()));
            prop_assert!(sale.because.is_some() || !sale.whole.is_zero() || sale.base.is_zero() || sale.base < Scaled::new(5, 2));
            prop_assert!(sale.back.iter().all(|back| back.because.is_none() || back.because.is_some_and(|why| why != BackReason::Paid)));
        }
        for one in &found.owed {
            // Rows make runs, and runs make what is due.
            let runs: Vec<_> = found.runs.iter().filter(|run| run.partner == one.partner).collect();
            for run in &runs {
                prop_assert_eq!(run.rows.iter().map(|row| row.amount.minor()).sum::<i64>(), run.due.minor());
                prop_assert_eq!(run.due.minor(), run.paid.minor() + run.carried.minor());
            }
            prop_assert_eq!(runs.iter().map(|run| run.paid.minor()).sum::<i64>(), one.due.minor());
            let of_sales = |money: fn(&prm_core::incentive::commission::CommissionSale) -> i64| -> i64 {
                found.sales.iter().filter(|sale| sale.partner.as_ref() == Some(&one.partner)).map(money).sum()
            };
            prop_assert_eq!(of_sales(|sale| sale.net.minor()), one.net.minor());
            prop_assert_eq!(of_sales(|sale| sale.in_runs.minor()), one.due.minor() + one.carried.minor());
        }
    }

    #[test]
    fn what_runs_paid_stands_whatever_comes_later(
        terms in terms(),
        all in prop::collection::vec(sold(), 0..12),
        days in (0..400_u64, 0..400_u64),
    ) {
        let (early, late) = (days.0.min(days.1), days.0.max(days.1));
        let book = book(&terms, &all, false);
        let (before, after) = (book.commission("fee", on(early)).unwrap(), book.commission("fee", on(late)).unwrap());
        let until: Vec<_> = after.runs.iter().filter(|run| run.on <= on(early)).collect();
        prop_assert_eq!(before.runs.iter().collect::<Vec<_>>(), until);
        for one in &before.owed {
            let then = after.owed.iter().find(|then| then.partner == one.partner);
            prop_assert!(then.map_or(one.due.is_zero(), |then| then.due.minor() >= one.due.minor()));
        }
    }

    #[test]
    fn what_was_paid_is_kept_where_the_program_says_so(
        terms in terms(),
        all in prop::collection::vec(sold(), 0..12),
        as_of in 0..400_u64,
    ) {
        let terms = Terms { until_paid: true, clawback: None, ..terms };
        let found = book(&terms, &all, false).commission("fee", on(as_of)).unwrap();
        let rows = found.runs.iter().flat_map(|run| &run.rows);
        prop_assert!(rows.clone().all(|row| row.amount.minor() > 0));
        for one in &found.owed {
            let sum = one.due.minor() + one.carried.minor() + one.held.minor() + one.waiting.minor();
            prop_assert_eq!(sum - one.to_recover.minor(), one.net.minor());
            prop_assert!(one.carried.minor() >= 0);
        }
        for sale in &found.sales {
            let taken: i64 = sale.back.iter().map(|back| back.takes.minor()).sum();
            prop_assert_eq!(sale.whole.minor(), sale.net.minor() + taken);
            let of_sale = found.runs.iter().filter(|run| !run.paid.is_zero()).flat_map(|run| &run.rows);
            let paid: i64 = of_sale.filter(|row| row.line == sale.line).map(|row| row.amount.minor()).sum();
            prop_assert!(paid <= sale.net.minor());
        }
    }

    #[test]
    fn payments_release_the_whole_to_the_cent(cents in 1..1_000_000_i64, parts in prop::collection::vec(1..1000_i64, 1..9)) {
        let terms = Terms { by_payment: true, ..PLAIN };
        let sold = Sold { day: 0, partner: 0, account: 0, cents, back: Vec::new(), paid: Vec::new() };
        let mut book = book(&terms, std::slice::from_ref(&sold), false);
        let mut facts = CommissionFacts::default();
        let all: i64 = parts.iter().sum();
        for (month, part) in (0..).zip(&parts) {
            // Shares of a total that has nothing to do with the net amount: tax, freight.
            let mut payment = Payment::new("D000".parse().unwrap(), on(31 * month), Scaled::new((*part).into(), 2));
            payment.of = Some(Scaled::new(all.into(), 2));
            facts.payments.push(payment);
        }
        book.put_commission_facts(facts);
        let answer = book.commission("fee", on(1000)).unwrap();
        let whole = divided(cents.into(), 10);
        prop_assert_eq!(answer.runs.iter().map(|run| run.paid.minor()).sum::<i64>(), whole);
        prop_assert!(answer.runs.iter().all(|run| run.paid.minor() >= 0));
    }
}

#[test]
fn a_refund_without_its_sale_waits_where_the_program_says_so() {
    let terms = PLAIN;
    let document = document(&terms).replace("incentives:", "sales: { unmatched_returns: reject }\nincentives:");
    let mut book = SalesBook::new(Arc::new(Program::read(&document).unwrap()));
    book.put_partner(Partner::new("p0".parse().unwrap(), "One")).unwrap();
    let sold = Sold { day: 0, partner: 0, account: 0, cents: 10_000, back: Vec::new(), paid: Vec::new() };
    let mut back = line("R1".into(), LineKind::Return, &sold, 5, -10_000);
    back.reverses = Some(lines_key(0));
    book.add(vec![back], None).unwrap();
    assert_eq!(book.waiting().unwrap().len(), 1);
    assert_eq!(book.commission("fee", on(31)).unwrap().sales, []);
    book.add(vec![line("D000".into(), LineKind::Sale, &sold, 0, 10_000)], None).unwrap();
    assert!(book.waiting().unwrap().is_empty());
    let answer = book.commission("fee", on(31)).unwrap();
    assert_eq!((answer.sales[0].whole.minor(), answer.sales[0].net.minor()), (1000, 0));
}

#[test]
fn what_cannot_be_used_is_named() {
    let terms = Terms { by_payment: true, ..PLAIN };
    let sold = Sold { day: 0, partner: 0, account: 0, cents: 10_000, back: Vec::new(), paid: Vec::new() };
    let mut book = book(&terms, std::slice::from_ref(&sold), false);
    let refused = |book: &SalesBook, name: &str| match book.commission(name, on(31)) {
        Err(SalesBookError::Commission(why)) => *why,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(&book, "none"), CommissionError::Unknown { name: "none".into() });
    let mut facts = CommissionFacts::default();
    let mut payment = Payment::new("D000".parse().unwrap(), on(1), Scaled::new(1, 0));
    facts.payments.push(payment.clone());
    payment.of = Some(Scaled::ZERO);
    facts.payments.push(payment);
    book.put_commission_facts(facts.clone());
    let document = "D000".parse().unwrap();
    assert_eq!(refused(&book, "fee"), CommissionError::Fact(FactError::NothingToPay { document, row: 2 }));
    assert_eq!(refused(&book, "fee").to_string(), "payment 2: `of` is not above zero for document `D000`");
    facts.payments.clear();
    let (account, partner): (prm_core::id::AccountId, prm_core::id::PartnerId) =
        ("c0".parse().unwrap(), "p0".parse().unwrap());
    let record = RecordOf { account: account.clone(), partner: partner.clone(), from: on(5), until: Some(on(5)) };
    facts.records.push(record);
    assert_eq!(facts.check(), Err(FactError::EndsBefore { account, row: 1 }));
    facts.records.clear();
    facts.touches.push(Touch { partner: partner.clone(), account: None, code: None, on: on(1) });
    assert_eq!(facts.check(), Err(FactError::NobodyTouched { partner, row: 1 }));
}

#[test]
fn what_is_not_given_is_named() {
    let sold = Sold { day: 0, partner: 0, account: 0, cents: 10_000, back: Vec::new(), paid: Vec::new() };
    let refused = |document: String, facts: CommissionFacts| {
        let mut book = SalesBook::new(Arc::new(Program::read(&document).unwrap()));
        book.put_partner(Partner::new("p0".parse().unwrap(), "One")).unwrap();
        book.put_commission_facts(facts);
        let mut line = line("D000".into(), LineKind::Sale, &sold, 0, 10_000);
        line.quantity = Some(Scaled::new(1, 0));
        if document.contains("of: units") {
            line.amounts.net = None;
        }
        book.add(vec![line], None).unwrap();
        match book.commission("fee", on(31)) {
            Err(SalesBookError::Commission(why)) => *why,
            other => panic!("{other:?}"),
        }
    };
    let of_sets = document(&PLAIN)
        .replace("incentives:", "products: { bikes: { category: Bikes } }\nincentives:")
        .replace("[{ rate", "[{ products: bikes, rate");
    assert_eq!(refused(of_sets, CommissionFacts::default()), CommissionError::NeedsProducts);
    // The customer's partner of record is nobody that the book knows.
    let mut facts = CommissionFacts::default();
    let (account, partner) = ("c0".parse().unwrap(), "p9".parse().unwrap());
    facts.records.push(RecordOf { account, partner, from: on(0), until: None });
    let of_record = document(&PLAIN).replace("of: billings", "of: billings\n    credits: partner_of_record");
    let unknown = CommissionError::UnknownPartner { partner: "p9".parse().unwrap() };
    assert_eq!(refused(of_record, facts), unknown);
    // Units have no net amount, and the payment does not say what the document comes to.
    let of_units = document(&Terms { by_payment: true, ..PLAIN })
        .replace("of: billings", "of: units")
        .replace("{ rate: 10 % }", "{ fixed: 10, per: unit }");
    let mut facts = CommissionFacts::default();
    facts.payments.push(Payment::new("D000".parse().unwrap(), on(1), Scaled::new(1, 0)));
    let total = CommissionError::UnknownTotal { document: "D000".parse().unwrap() };
    assert_eq!(refused(of_units, facts), total);
}

#[test]
fn lines_whose_customer_decides_make_no_sum() {
    let text = document(&PLAIN).replace("of: billings", "of: billings\n    credits: partner_of_record");
    let program = Program::read(&text).unwrap();
    let partners = BTreeMap::from([("p0".parse().unwrap(), Partner::new("p0".parse().unwrap(), "One"))]);
    let batch = BatchKey::new("test".parse().unwrap(), "one".parse().unwrap());
    let mut fold = Fold::new(&program, Facts::new(&partners), batch).unwrap().tracing();
    let sold = Sold { day: 0, partner: 0, account: 0, cents: 10_000, back: Vec::new(), paid: Vec::new() };
    let mut line = line("D000".into(), LineKind::Sale, &sold, 0, 10_000);
    line.buyer = None;
    assert_eq!(fold.add(&line).unwrap(), Outcome::Counted);
    let finished = fold.finish().unwrap();
    let (key, year) = (program.measures()[0].key(), Period::new(on(0), on(365)).unwrap());
    assert_eq!(finished.partials.cells("p0", &key, &year).count(), 0);
    assert_eq!((finished.shares[0].len(), &finished.shares[0][0].partner), (1, &None));
}
