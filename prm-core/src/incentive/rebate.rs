//! Rebates: a payment for the volume of a period.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::distinct::Gauge;
pub use super::eligible::{Eligible, Reason, TIER_AT, TierAt, TierFilter};
use super::measure::Measure;
use super::reference::Reference;
use super::schedule::{Reading, Schedule, Step};
use super::settlement::part;
use super::statement::Labelled;
use crate::calendar::{Every, FiscalPeriod};
use crate::currency::Currency;
use crate::id::Name;
use crate::money::{Money, MoneyError};
use crate::period::Period;
use crate::program::Effective;
use crate::rounding::{Place, Rounding};
use crate::scaled::{NumberError, Scaled};

/// What was earned: money, or goods free of charge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Payout {
    /// Money.
    Money(Money),
    /// Units of goods.
    Goods(i64),
}

impl Payout {
    /// Whether it is nothing.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        match self {
            Self::Money(money) => money.is_zero(),
            Self::Goods(units) => units == 0,
        }
    }

    /// The money, if it is money.
    #[must_use]
    pub const fn money(self) -> Option<Money> {
        match self {
            Self::Money(money) => Some(money),
            Self::Goods(_) => None,
        }
    }
}

impl fmt::Display for Payout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Money(money) => write!(f, "{money}"),
            Self::Goods(units) => write!(f, "{units} units"),
        }
    }
}

/// A limit that changed a payout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum), uniffi(name = "PayoutLimit"))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Limit {
    /// Nothing is owed by the partner: a negative result pays nothing.
    Zero,
    /// The floor raised it.
    Floor(Scaled),
    /// The cap lowered it.
    Cap(Scaled),
}

/// How a payout came about, in exact numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settled {
    /// What was paid on, after the cap on the base.
    pub base: Scaled,
    /// The sum of all steps, exact.
    pub exact: Scaled,
    /// The limit that changed it, if one did.
    pub limit: Option<Limit>,
    /// What is earned: limited, then rounded.
    pub payout: Payout,
}

/// Upper and lower limits, per partner and period, as exact as what they limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Limits {
    /// No more than this is paid on.
    pub base_cap: Option<Scaled>,
    /// No more than this is paid.
    pub payout_cap: Option<Scaled>,
    /// A payout above zero is raised to this.
    pub payout_floor: Option<Scaled>,
}

/// What must be sold beside what is measured, for anything to be earned.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BasketItem {
    /// What is counted.
    pub of: Gauge,
    /// How much of it there must be in the period.
    pub at_least: Scaled,
}

#[cfg(feature = "program")]
impl BasketItem {
    pub(crate) const fn new(of: Gauge, at_least: Scaled) -> Self {
        Self { of, at_least }
    }
}

/// What is paid at least.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Guarantee {
    /// For each period.
    pub payout: Scaled,
    /// Whether what earlier periods of the fiscal year earned beyond it counts towards it.
    pub cumulative: bool,
}

/// A rebate of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rebate {
    /// Its name in the program.
    pub name: Name,
    /// Its title on statements.
    pub title: String,
    /// Who can earn it.
    pub eligible: Eligible,
    /// What finds the band.
    pub measure: Measure,
    /// What is paid on, if not the measure.
    pub base: Option<Measure>,
    /// What chooses the column of a matrix.
    pub second: Option<Gauge>,
    /// The length of its periods.
    pub every: Every,
    /// The days that this version pays for: those of the program, moved to the ends of periods where it says so.
    pub governed: Effective,
    /// The keys of its measures: telling one takes longer than adding up what is found by it.
    pub(crate) keys: Keys,
    /// Where the sums of what it governs begin: a month's sum is known by the month's first day.
    pub(crate) sums_from: NaiveDate,
    /// How the measure becomes a payout.
    pub schedule: Schedule,
    /// What the schedule's bands lie at shares of, if they do.
    pub reference: Option<Reference>,
    /// Upper and lower limits.
    pub limits: Limits,
    /// What is paid at least.
    pub guarantee: Option<Guarantee>,
    /// What is paid to all partners together, at most.
    pub budget: Option<Money>,
    /// What must be sold beside it.
    pub basket: Vec<BasketItem>,
    /// How it is rounded.
    pub rounding: Rounding,
    /// What it is paid in.
    pub currency: Currency,
}

/// The keys of a rebate's measures in partial sums.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Keys {
    pub(crate) measure: Arc<str>,
    pub(crate) base: Option<Arc<str>>,
}

impl Rebate {
    /// The keys as the measures are now.
    #[cfg(feature = "program")]
    pub(crate) fn fix_keys(&mut self) {
        let key = |measure: &Measure| Arc::from(measure.key());
        self.keys = Keys { measure: key(&self.measure), base: self.base.as_ref().map(key) };
        self.second.iter_mut().chain(self.basket.iter_mut().map(|item| &mut item.of)).for_each(Gauge::fix_keys);
    }

    /// Every measure that it needs.
    pub fn measures(&self) -> impl Iterator<Item = &Measure> {
        let gauges = self.second.iter().chain(self.basket.iter().map(|item| &item.of));
        std::iter::once(&self.measure).chain(&self.base).chain(gauges.flat_map(Gauge::measures))
    }

    /// The first day of a period that this version decides on, if that is not the period's own.
    #[must_use]
    pub fn begins_in(&self, period: &Period) -> Option<NaiveDate> {
        let from = self.governed.from;
        (from > period.from() && period.contains(from)).then_some(from)
    }

    /// What a period is called in the keys of entries, for this version.
    #[must_use]
    pub fn part_of(&self, period: &FiscalPeriod) -> String {
        part(&period.to_string(), self.begins_in(&period.period)).into_owned()
    }

    /// The same where the label is known.
    pub(super) fn part<'p>(&self, Labelled { period, label }: &'p Labelled) -> Cow<'p, str> {
        part(label, self.begins_in(&period.period))
    }

    /// The days of a period whose sums count, if this version pays for any of it.
    pub(crate) fn days(&self, period: &Period) -> Option<Period> {
        let governed = self.governed.of(period)?;
        Period::new(period.from().max(self.sums_from), governed.until()).ok()
    }

    #[cfg(feature = "program")]
    pub(crate) fn measures_mut(&mut self) -> impl Iterator<Item = &mut Measure> {
        let gauges = self.second.iter_mut().chain(self.basket.iter_mut().map(|item| &mut item.of));
        std::iter::once(&mut self.measure).chain(&mut self.base).chain(gauges.flat_map(Gauge::measures_mut))
    }

    /// Digits after the point that a payout keeps.
    #[must_use]
    pub fn digits(&self) -> u8 {
        if self.schedule.pays_goods() { 0 } else { self.rounding.digits.unwrap_or(self.currency.minor_digits()) }
    }

    /// What the measured values earn. `reading.base` is before the cap on the base.
    ///
    /// This is the whole calculation behind [`explain`](super::explain::explain), without its words, for
    /// what-if questions by the million. Nothing is allocated.
    ///
    /// ```
    /// use prm_core::incentive::schedule::Reading;
    /// use prm_core::program::Program;
    /// # let text = "
    /// # format: 1
    /// # program: Example
    /// # version: '1'
    /// # effective: { from: 2013-01-01 }
    /// # currency: USD
    /// # incentives:
    /// #   volume:
    /// #     kind: rebate
    /// #     measure: { of: net_revenue }
    /// #     every: quarter
    /// #     schedule: { shape: whole_volume, bands: [{ from: 0, rate: 10 % }, { from: 1000, rate: 25 % }] }
    /// # ";
    /// let program = Program::read(text)?;
    /// let volume = program.rebate("volume").unwrap();
    /// let two_thousand = Reading::new(2_000_000_000);
    /// assert_eq!(volume.amount(&two_thousand)?.to_string(), "500.00 USD");
    /// // An amount that does not fit is an error, not a wrapped number.
    /// let huge = Reading::new(i128::MAX);
    /// assert!(volume.amount(&huge).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`MoneyError`] if the payout does not fit.
    pub fn amount(&self, reading: &Reading) -> Result<Payout, MoneyError> {
        self.settle(reading, |_| ()).map(|settled| settled.payout)
    }

    /// As [`Self::amount`], with each step and what limits and rounding did.
    ///
    /// # Errors
    /// [`MoneyError`] if the payout does not fit.
    pub fn settle(&self, reading: &Reading, each: impl FnMut(Step)) -> Result<Settled, MoneyError> {
        let digits = self.schedule.digits();
        let cap = self.limits.base_cap.and_then(|cap| cap.exactly(digits).ok()).map(Scaled::units);
        let base = cap.map_or(reading.base, |cap| reading.base.min(cap));
        let Rounding { mode, place, .. } = self.rounding;
        let by_band = (place == Place::Band).then_some((self.digits(), mode));
        let reading = Reading { base, ..*reading };
        let exact = match (self.schedule.is_relative(), reading.target) {
            (false, _) => self.schedule.pay(&reading, by_band, each)?,
            (true, None) => 0,
            (true, Some(reference)) => {
                let schedule = self.schedule.against(reference)?;
                schedule.pay(&reading.finer(schedule.digits() - digits)?, by_band, each)?
            }
        };
        let exact = Scaled::new(exact, self.schedule.pay_digits());
        let (limited, limit) = self.limited(exact);
        let rounded = limited.rounded(self.digits(), mode)?;
        let payout = if self.schedule.pays_goods() {
            Payout::Goods(i64::try_from(rounded.units()).map_err(|_| NumberError::OutOfRange)?)
        } else {
            Payout::Money(Money::exactly(rounded, self.currency)?)
        };
        Ok(Settled { base: Scaled::new(base, digits), exact, limit, payout })
    }

    /// What is earned by whoever cannot earn it.
    pub(crate) fn nothing(&self) -> Settled {
        let goods = self.schedule.pays_goods();
        let payout = if goods { Payout::Goods(0) } else { Payout::Money(Money::zero(self.currency)) };
        Settled { base: Scaled::ZERO, exact: Scaled::ZERO, limit: None, payout }
    }

    fn limited(&self, exact: Scaled) -> (Scaled, Option<Limit>) {
        if exact.is_negative() {
            return (Scaled::ZERO, Some(Limit::Zero));
        }
        match (self.limits.payout_floor, self.limits.payout_cap) {
            (Some(floor), _) if !exact.is_zero() && exact < floor => (floor, Some(Limit::Floor(floor))),
            (_, Some(cap)) if exact > cap => (cap, Some(Limit::Cap(cap))),
            _ => (exact, None),
        }
    }
}
