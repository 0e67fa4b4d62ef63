//! Which lines stand, on which day each counts, and with how much.

use std::collections::BTreeMap;

use chrono::{Datelike as _, Days, Months, NaiveDate};
use prm_core::incentive::line::LineKind;

use super::drawn::date;
use super::fraction::{Fraction, Mode};
use super::sales::{Key, Line, Told};
use super::spec::{Measure, Rebate, Rounding, Spec};
use super::world::rate_on;

/// By what a line counts that takes another back.
#[derive(Debug, Clone, Copy)]
enum Origin {
    Day(NaiveDate),
    /// The dates of that line.
    Line(usize),
}

/// The lines that may stand, by key in the order in which they came: the last usable one does. Each without a line number is
/// alone.
pub(crate) struct Standing<'m> {
    spec: &'m Spec,
    lines: Vec<Vec<&'m Told>>,
    by_key: BTreeMap<Key, usize>,
}

fn takes_back(told: &Told) -> bool {
    matches!(told.kind, LineKind::Return | LineKind::PriceCorrection | LineKind::BadDebt)
        || told.reverses.is_some()
        || told.original.is_some()
}

/// Whether the day of its sale is to be found among the lines.
fn is_open(told: &Told) -> bool {
    told.reverses.is_some() && told.original.is_none()
}

fn own_day(told: &Told, measure: &Measure) -> NaiveDate {
    if measure.by_order { told.order } else { told.invoice.unwrap_or(told.order) }
}

fn is_of(told: &Told, measure: &Measure) -> bool {
    let of_set = |set: &&str| match *set {
        "bikes" => told.sku == "bike",
        _ => told.sku == "part",
    };
    told.sell_out == measure.sell_out && (measure.sets.is_empty() || measure.sets.iter().any(of_set))
}

impl<'m> Standing<'m> {
    pub(crate) fn new(spec: &'m Spec, lines: &'m [Line]) -> Self {
        let mut standing = Self { spec, lines: Vec::new(), by_key: BTreeMap::new() };
        for line in lines {
            // A return that cannot be used is nothing: what stood under its key stands.
            if !is_open(&line.told) && standing.is_rejected(&line.told, None) {
                continue;
            }
            match standing.by_key.get(&line.key) {
                Some(at) if line.key.1 => standing.lines[*at].push(&line.told),
                _ => {
                    if line.key.1 {
                        standing.by_key.insert(line.key, standing.lines.len());
                    }
                    standing.lines.push(vec![&line.told]);
                }
            }
        }
        standing
    }

    /// Every measure that the program adds up.
    fn measures(&self) -> impl Iterator<Item = &'m Measure> {
        self.spec.rebates.iter().flat_map(|rebate| std::iter::once(&rebate.measure).chain(&rebate.base))
    }

    fn is_current(&self, measure: &Measure) -> bool {
        measure.current.unwrap_or(self.spec.current)
    }

    /// Whether the line is rejected whole, from every measure: it takes back a sale whose day is unknown.
    fn is_rejected(&self, told: &Told, origin: Option<Origin>) -> bool {
        let needs = |measure: &Measure| !self.is_current(measure) && is_of(told, measure);
        self.spec.rejects
            && told.kind != LineKind::FreeGoods
            && takes_back(told)
            && told.original.is_none()
            && origin.is_none()
            && self.measures().any(needs)
    }

    /// The last line of a key: what others take back.
    fn latest(&self, at: usize) -> &'m Told {
        self.lines[at].last().unwrap()
    }

    fn origin(&self, told: &Told) -> Option<Origin> {
        if let Some(day) = told.original {
            return Some(Origin::Day(day));
        }
        let (mut at, mut path) = (told.reverses?, Vec::new());
        loop {
            // The first of a chain is unknown: the last that is known stands for it.
            let Some(line) = self.by_key.get(&at).copied() else { return path.last().map(|line| Origin::Line(*line)) };
            let next = self.latest(line);
            if let Some(day) = next.original {
                return Some(Origin::Day(day));
            }
            // In a ring each stands for itself.
            let Some(before) = next.reverses.filter(|_| !path.contains(&line)) else { return Some(Origin::Line(line)) };
            path.push(line);
            at = before;
        }
    }

    /// Until which day a return reopens the month of its sale.
    fn reopens_until(&self, sale: NaiveDate) -> NaiveDate {
        let next = date(sale.year(), sale.month(), 1).checked_add_months(Months::new(1)).unwrap();
        match self.spec.reopen {
            (days, "days") => next.checked_add_days(Days::new(u64::from(days))).unwrap(),
            (months, _) => next.checked_add_months(Months::new(months)).unwrap(),
        }
    }

    fn day(&self, told: &Told, measure: &Measure, origin: Option<Origin>) -> NaiveDate {
        let own = own_day(told, measure);
        if self.is_current(measure) || !takes_back(told) {
            return own;
        }
        let sale = origin.map(|origin| match origin {
            Origin::Day(day) => day,
            Origin::Line(line) => own_day(self.latest(line), measure),
        });
        sale.filter(|sale| own < self.reopens_until(*sale)).unwrap_or(own)
    }

    /// How much of a line is added up; `None` if it does not count.
    fn amount(&self, told: &Told, measure: &Measure, rounding: Rounding, day: NaiveDate) -> Option<Fraction> {
        let of_amount_only = matches!(told.kind, LineKind::PriceCorrection | LineKind::BadDebt);
        if told.kind == LineKind::FreeGoods || (measure.units && of_amount_only) {
            return None;
        }
        let digits = if rounding.place == "line" && !measure.units { rounding.digits } else { 6 };
        let given = told.amount(measure.units);
        let converted = if told.euro && !measure.units {
            let (exchange, mode) = self.spec.exchange;
            given.times(rate_on(day)).rounded(digits.min(exchange), mode)
        } else {
            given
        };
        Some(converted.rounded(digits, rounding.mode))
    }

    /// The sum for a partner over half-open days, and how many lines are in it.
    pub(crate) fn sum(
        &self,
        rebate: &Rebate,
        measure: &Measure,
        partner: usize,
        (from, until): (NaiveDate, NaiveDate),
    ) -> (Fraction, usize) {
        let rounding = self.spec.rounding_of(rebate);
        let during = rebate.during.or(measure.during);
        let (mut sum, mut count) = (Fraction::ZERO, 0);
        let stands = |versions: &Vec<&'m Told>| {
            let mut versions = versions.iter().rev().map(|told| (*told, self.origin(told)));
            versions.find(|(told, origin)| !self.is_rejected(told, *origin))
        };
        for (told, origin) in self.lines.iter().filter_map(stands) {
            let credited = if measure.seller { told.seller } else { told.buyer };
            let passes = is_of(told, measure)
                && credited == partner
                && (!measure.renewals || told.renewal)
                && measure.registered.is_none_or(|registered| registered == told.registered)
                && (measure.accounts.is_empty() || measure.accounts.iter().any(|name| told.account == Some(*name)))
                && !measure.except.iter().any(|name| told.account == Some(*name))
                && (!measure.north || told.shipped_to == (Some("NO"), Some("N1")));
            if !passes {
                continue;
            }
            let day = self.day(told, measure, origin);
            let is_within = |(from, until): (NaiveDate, NaiveDate)| from <= day && day < until;
            if !is_within((from, until)) || during.is_some_and(|days| !is_within(days)) {
                continue;
            }
            if let Some(amount) = self.amount(told, measure, rounding, day) {
                sum = sum.plus(amount);
                count += 1;
            }
        }
        (sum, count)
    }
}

/// That part of an amount that belongs to so many days of so many, to the nearest even of its digits.
pub(crate) fn share(amount: Fraction, (days, of): (i64, i64), digits: u32) -> Fraction {
    amount.times(Fraction::new(days.into(), of.into())).rounded(digits, Mode::HalfEven)
}
