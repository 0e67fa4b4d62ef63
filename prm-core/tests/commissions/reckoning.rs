//! What partners are owed, in whole cents: one day after the other, nothing shared with the library.

use std::collections::BTreeMap;

use chrono::Datelike as _;

use super::world::{Sold, Terms, on, returns};

/// Half a cent goes away from zero; both are above zero.
pub(crate) fn divided(numerator: i128, denominator: i128) -> i64 {
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

pub(crate) fn as_day(day: u64) -> i64 {
    i64::try_from(day).unwrap()
}

/// By partner: due, carried, held less what is to recover, waiting, net.
pub(crate) fn reckoned(terms: &Terms, all: &[Sold], as_of: u64) -> BTreeMap<String, [i64; 5]> {
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
