//! Accruals: what a period that is still running will probably cost, as far as it has run.
//!
//! An accrual is the vendor's estimate for its own books. It is nobody's claim, stands beside the ledger of what is owed,
//! and is reversed once the period is settled: then what was earned is owed. [`changes`] says how the books move.
//!
//! - `reached`: what is earned if nothing more is sold. A schedule that pays more for more is under-accrued early in the
//!   period, and catches up when a band is reached.
//! - `forecast`: the average that the whole period is expected to pay, on what was sold so far. The forecast is what was
//!   sold, carried on at the same pace by days, or a number of the vendor's own.
//!
//! Fixed amounts and guarantees belong to the whole period and accrue by day. At its end either method accrues what is
//! then earned, to the cent.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::budget::Budgets;
use super::counted::Counted;
use super::explain::{Basis, ExplainError};
use super::judge::{Values, judge_with};
use super::rebate::{Payout, Rebate};
use super::schedule::{Pay, Reading};
use super::settlement::{DueError, EntryKey, Posted, part};
use crate::calendar::FiscalPeriod;
use crate::currency::Currency;
use crate::id::{Name, PartnerId};
use crate::money::{Money, MoneyError};
use crate::partner::Partner;
use crate::period::Period;
use crate::rounding::RoundingMode;
use crate::scaled::{NumberError, Scaled, power_of_ten};

/// How a running period is estimated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AccrualMethod {
    /// By what was reached.
    #[default]
    Reached,
    /// By what is expected of the whole period.
    Forecast,
}

/// The methods with the word that stands for each in documents.
pub const ACCRUAL_METHODS: [(&str, AccrualMethod); 2] =
    [("reached", AccrualMethod::Reached), ("forecast", AccrualMethod::Forecast)];

/// What a program says of accruals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Accruals {
    /// The method.
    pub method: AccrualMethod,
    /// To how many digits the average of a forecast is rounded before it is applied; `None`: only the result is rounded.
    pub average_digits: Option<u8>,
}

/// The estimate for a partner, incentive and period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[non_exhaustive]
pub struct Accrual {
    /// The partner.
    pub partner: PartnerId,
    /// The incentive.
    pub incentive: Name,
    /// The period.
    pub period: FiscalPeriod,
    /// The first day of it that this version of the program decides on, if that is not its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<NaiveDate>,
    /// The last day of which sales are in it.
    pub as_of: NaiveDate,
    /// How it was estimated.
    pub method: AccrualMethod,
    /// What was measured so far.
    pub value: Scaled,
    /// What is expected of the whole period, if it was forecast.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forecast: Option<Scaled>,
    /// What the whole period is expected to pay.
    pub expected: Money,
    /// What is accrued.
    pub amount: Money,
}

impl Accrual {
    /// For what it is.
    #[must_use]
    pub fn key(&self) -> EntryKey {
        let Self { partner, incentive, period, from, .. } = self;
        let period = part(&period.to_string(), *from).into_owned();
        EntryKey { partner: partner.clone(), incentive: incentive.clone(), period }
    }
}

/// What stands accrued in the vendor's books, by key and currency.
pub type AccruedBefore = BTreeMap<(EntryKey, Currency), Money>;

/// How the vendor's books change for a key.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccrualChange {
    /// For what.
    pub key: EntryKey,
    /// What is accrued from now on.
    pub amount: Money,
    /// What is accrued more than before, or less.
    pub difference: Money,
    /// The estimate; `None` if nothing is estimated any more: it was settled, or nothing is sold.
    pub estimate: Option<Accrual>,
}

/// How the books change from what stood accrued to new estimates: what is not estimated any more is reversed. Estimates that
/// stand as they were change nothing.
///
/// ```
/// use std::collections::BTreeMap;
/// use prm_core::incentive::accrual::changes;
/// use prm_core::incentive::settlement::EntryKey;
/// use prm_core::money::Money;
/// let key = EntryKey { partner: "p1".parse()?, incentive: "volume".parse()?, period: "2025-Q1".to_owned() };
/// let accrued = Money::parse("120.00", "USD")?;
/// // The quarter was settled, so that nothing of it is estimated any more.
/// let changes = changes(&BTreeMap::from([((key, accrued.currency()), accrued)]), Vec::new())?;
/// assert_eq!(changes.iter().map(|change| change.difference.to_string()).collect::<Vec<_>>(), ["-120.00 USD"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`MoneyError::OutOfRange`] if a difference does not fit.
pub fn changes(before: &AccruedBefore, estimates: Vec<Accrual>) -> Result<Vec<AccrualChange>, MoneyError> {
    let mut changes = Vec::new();
    let mut left = before.clone();
    for estimate in estimates {
        let (key, amount) = (estimate.key(), estimate.amount);
        let stood = left.remove(&(key.clone(), amount.currency())).unwrap_or(Money::zero(amount.currency()));
        let difference = amount.minus(stood)?;
        if !difference.is_zero() {
            changes.push(AccrualChange { key, amount, difference, estimate: Some(estimate) });
        }
    }
    for ((key, currency), stood) in left {
        let nothing = Money::zero(currency);
        if !stood.is_zero() {
            changes.push(AccrualChange { key, amount: nothing, difference: nothing.minus(stood)?, estimate: None });
        }
    }
    Ok(changes)
}

/// Estimates what is not settled yet: for every partner with sales, or with something guaranteed, each period within `covers` that has begun, and
/// nothing for what is in `posted`. `forecasts` are the vendor's own, by key; without one the pace goes on.
///
/// Incentives that pay goods are left out; so is what nobody can earn. A forecast looks at each partner alone: what all
/// together would leave of a budget is in what was reached, and not in what is expected.
///
/// # Errors
/// [`DueError`] if something cannot be computed, or a partner is not given; then nothing is estimated for anybody.
pub fn accrue(
    basis: Basis<'_>,
    partners: &BTreeMap<PartnerId, Partner>,
    (covers, as_of): (Period, NaiveDate),
    posted: &BTreeMap<EntryKey, Posted>,
    forecasts: &BTreeMap<EntryKey, Scaled>,
) -> Result<Vec<Accrual>, DueError> {
    let budgets = Budgets::of(basis, partners, covers).map_err(|error| DueError::Budget { why: Box::new(error) })?;
    let basis = basis.budgets(&budgets);
    let (mut accruals, mut failed) = (Vec::new(), Vec::new());
    let mut of: BTreeSet<PartnerId> = basis.partials.partners().into_iter().collect();
    // A guarantee is due to who sold nothing, too.
    if basis.program.rebates().iter().any(|rebate| rebate.guarantee.is_some()) {
        of.extend(partners.keys().cloned());
    }
    for id in of {
        let Some(partner) = partners.get(&id) else { return Err(DueError::PartnerNotGiven { partner: id }) };
        for rebate in basis.program.rebates().iter().filter(|rebate| !rebate.schedule.pays_goods()) {
            for period in basis.program.calendar().periods_in(rebate.every, &covers)? {
                let (partner_id, incentive) = (id.clone(), rebate.name.clone());
                let key = EntryKey { partner: partner_id, incentive, period: rebate.part_of(&period) };
                let begun = covers.covers(&period.period) && period.period.from() <= as_of;
                if !begun || posted.contains_key(&key) {
                    continue;
                }
                match one(basis, rebate, partner, &period, as_of, forecasts.get(&key).copied()) {
                    Ok(accrual) => accruals.extend(accrual),
                    Err(error) => failed.push((id.clone(), error)),
                }
            }
        }
    }
    if failed.is_empty() { Ok(accruals) } else { Err(DueError::Partners { failed }) }
}

fn one(
    basis: Basis<'_>,
    rebate: &Rebate,
    partner: &Partner,
    period: &FiscalPeriod,
    as_of: NaiveDate,
    forecast: Option<Scaled>,
) -> Result<Option<Accrual>, ExplainError> {
    let Accruals { method, average_digits } = basis.program.accruals();
    let digits = rebate.schedule.digits();
    let mut fixed = 0_i128;
    let values = Values::of(Counted { basis, rebate, partner }, period)?;
    let judged = judge_with(basis, rebate, partner, period, values, |step| {
        if let Pay::Amount(_) = step.pays {
            fixed = fixed.saturating_add(step.gives.exactly(rebate.schedule.pay_digits()).map_or(0, Scaled::units));
        }
    })?;
    if judged.because.is_some() {
        return Ok(None);
    }
    // A version that decides on a part of the period estimates that part.
    let part = rebate.governed.of(&period.period).unwrap_or(period.period);
    let (elapsed, days) = (i128::from(elapsed(part, as_of)), i128::from(part.days()));
    let by_days = |minor: i128| divided(minor.checked_mul(elapsed), days);
    let (Payout::Money(earned), currency) = (judged.earned, rebate.currency) else { return Ok(None) };
    // What the schedule pays, and what a guarantee raises it to: that is for the whole period, whatever is sold.
    let (scheduled, least) = match judged.guaranteed {
        None => (i128::from(earned.minor()), 0),
        Some(guaranteed) => {
            let least = guaranteed.level.minus(guaranteed.before)?.minor().max(0);
            (i128::from(guaranteed.earned.minor()), i128::from(least))
        }
    };
    let mut accrual = Accrual {
        partner: partner.id.clone(),
        incentive: rebate.name.clone(),
        period: *period,
        from: rebate.begins_in(&period.period),
        as_of,
        method,
        value: Scaled::new(judged.reading.value, digits),
        forecast: None,
        expected: earned,
        amount: earned,
    };
    if method == AccrualMethod::Reached {
        // What is fixed belongs to all days; the rest was earned by what was sold.
        let fixed = Scaled::new(fixed, rebate.schedule.pay_digits())
            .rounded(currency.minor_digits(), RoundingMode::HalfEven)?;
        let fixed = fixed.units().min(scheduled);
        let so_far = scheduled - (fixed - by_days(fixed)?);
        accrual.amount = money(so_far.max(by_days(least)?).min(i128::from(earned.minor())), currency)?;
        return Ok(Some(accrual));
    }
    let whole = match forecast {
        Some(own) => Whole::Told(own.exactly(digits)?.units()),
        None => Whole::AtPace { elapsed, days },
    };
    let ahead = Ahead::of(judged.reading, values.measure.exactly(digits)?.units(), whole)?;
    accrual.forecast = Some(Scaled::new(ahead.there.value, digits));
    let (expected, so_far) = match ahead.pace {
        // At no pace there is nothing to carry on: what is reached is all that can be expected.
        None => (scheduled, by_days(scheduled)?),
        Some((sold, whole)) => {
            let expected = match judged.prorated {
                None => rebate.amount(&ahead.there)?,
                Some(part) => part.of(rebate, ahead.there)?.0.amount(&ahead.there)?,
            };
            let Payout::Money(expected) = expected else { return Ok(None) };
            let expected = i128::from(expected.minor());
            let so_far = match average_digits {
                None => divided(expected.checked_mul(sold), whole)?,
                Some(average_digits) => by_average(expected, (sold, whole), (digits, average_digits), currency)?,
            };
            (expected, so_far)
        }
    };
    let so_far = if expected < least { so_far.max(by_days(least)?) } else { so_far };
    accrual.expected = money(expected.max(least), currency)?;
    accrual.amount = money(so_far, currency)?;
    Ok(Some(accrual))
}

/// How a running period will probably end.
struct Ahead {
    /// What was sold so far, and what will have been at its end; `None` if nothing can be carried on.
    pace: Option<(i128, i128)>,
    /// What the schedule will read then.
    there: Reading,
}

/// What is expected to be sold in the whole period.
enum Whole {
    /// What the vendor says.
    Told(i128),
    /// As much for each day as so far.
    AtPace { elapsed: i128, days: i128 },
}

impl Ahead {
    /// Carries on what was `sold` so far. What the schedule reads differs from it by a baseline where growth is paid, and that
    /// stands.
    fn of(reading: Reading, sold: i128, whole: Whole) -> Result<Self, NumberError> {
        let whole = match whole {
            Whole::Told(whole) => whole,
            Whole::AtPace { elapsed, days } => divided(sold.checked_mul(days), elapsed)?,
        };
        let more = whole.checked_sub(sold).ok_or(NumberError::OutOfRange)?;
        let value = reading.value.checked_add(more).ok_or(NumberError::OutOfRange)?;
        if sold <= 0 || whole <= 0 {
            return Ok(Self { pace: None, there: Reading { value, ..reading } });
        }
        // A base apart grows as the measure does.
        let base = if reading.base == reading.value { value } else { divided(reading.base.checked_mul(whole), sold)? };
        Ok(Self { pace: Some((sold, whole)), there: Reading { value, base, ..reading } })
    }
}

/// Money for one unit of the measure, rounded, times what was sold.
fn by_average(
    expected: i128,
    (sold, whole): (i128, i128),
    (digits, average_digits): (u8, u8),
    currency: Currency,
) -> Result<i128, NumberError> {
    let scale = |digits: u8| power_of_ten(digits).ok_or(NumberError::OutOfRange);
    let (unit, fine, minor) = (scale(digits)?, scale(average_digits)?, scale(currency.minor_digits())?);
    let product = expected.checked_mul(unit).and_then(|product| product.checked_mul(fine));
    let average = divided(product, whole.checked_mul(minor).ok_or(NumberError::OutOfRange)?)?;
    let product = average.checked_mul(sold).and_then(|product| product.checked_mul(minor));
    divided(product, unit.checked_mul(fine).ok_or(NumberError::OutOfRange)?)
}

/// The days that have passed of some, counted with the day itself.
fn elapsed(days: Period, as_of: NaiveDate) -> i64 {
    let passed = as_of.signed_duration_since(days.from()).num_days().saturating_add(1);
    passed.clamp(1, days.days())
}

fn divided(product: Option<i128>, by: i128) -> Result<i128, NumberError> {
    product.and_then(|product| RoundingMode::HalfEven.divide(product, by)).ok_or(NumberError::OutOfRange)
}

fn money(minor: i128, currency: Currency) -> Result<Money, MoneyError> {
    let minor = i64::try_from(minor).map_err(|_| NumberError::OutOfRange)?;
    Ok(Money::from_minor(minor, currency))
}
