//! Explanations: why a partner earned what it earned, as data that a second program can check.
//!
//! An explanation holds everything between the sums and the payout: the measured value with its months, the
//! base, each band that paid, limits, rounding, the tables used, and what the next step would bring. It names
//! the program by digest. [`verify`](super::verify) recomputes it.

mod basis;
mod text;

use std::sync::Arc;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

pub use self::basis::Basis;
use super::budget::Budgeted;
pub use super::counted::Closings;
use super::counted::Counted;
use super::distinct::{DistinctCount, Gauge};
pub use super::judge::Guaranteed;
use super::judge::{Judged, Values, baseline_days, judge_with};
use super::membership::Prorated;
use super::partial::{Cell, Partials, RateDates};
use super::rebate::{Keys, Limit, Payout, Reason, Rebate, Settled};
use super::reference::{Growth, Reference};
use super::schedule::{Form, Reading, Step};
use super::stacking::Deducted;
use crate::calendar::{CalendarError, FiscalPeriod};
use crate::coded::Coded as _;
use crate::id::{Name, PartnerId};
use crate::money::MoneyError;
use crate::partner::Partner;
use crate::period::Period;
use crate::program::tables::TableError;
use crate::program::{Program, ProgramRef, SalesExchange};
use crate::rounding::{Rounding, RoundingMode};
use crate::scaled::{NumberError, Scaled, power_of_ten};
use crate::words::only_format;
pub(crate) use text::for_reading;
#[cfg(feature = "render")]
pub(crate) use text::pays_text;

/// The format of serialised explanations.
pub const EXPLANATION_FORMAT: u32 = 1;

/// Why there is no explanation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExplainError {
    /// The program has no incentive of this name.
    #[error("the program has no incentive `{name}`")]
    UnknownIncentive {
        /// The name.
        name: String,
    },
    /// The period is not one of the incentive's.
    #[error("`{period}` is not a {every} of the incentive")]
    WrongPeriod {
        /// The period asked for.
        period: String,
        /// The length of the incentive's periods.
        every: String,
    },
    /// The sums were folded under another program.
    #[error("the sums belong to plan {sums}, the program to plan {program}")]
    OtherPlan {
        /// The sums' plan.
        sums: String,
        /// The program's.
        program: String,
    },
    /// The incentive is for certain tiers, and who was in which was not given.
    #[error("the incentive is for certain tiers, and the tiers that partners were in were not given")]
    NeedsTiers,
    /// The incentive has a budget, and what all partners earn together was not given.
    #[error("the incentive has a budget, and what all partners earn together was not given")]
    NeedsBudgets,
    /// The days asked for are beyond the calendar.
    #[error(transparent)]
    Calendar(#[from] CalendarError),
    /// A table that the incentive needs was not given.
    #[error(transparent)]
    Table(#[from] TableError),
    /// An amount does not fit.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// A number does not fit.
    #[error(transparent)]
    Number(#[from] NumberError),
}

/// Written as its code, beside others of a list.
impl Serialize for ExplainError {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

/// A measured value and the months it is made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[non_exhaustive]
pub struct Measured {
    /// The measure, in one line.
    pub measure: String,
    /// Its value over the period: money in the program's currency, or units.
    pub value: Scaled,
    /// The partial sums that add up to it, one for each batch, month and currency of sale.
    pub parts: Vec<MeasuredPart>,
}

impl Measured {
    /// Whether any line is in it. Where a correction moved the only one elsewhere, parts remain and no line does.
    pub(super) fn is_of_lines(&self) -> bool {
        let lines = self.parts.iter().fold(0_i64, |lines, part| lines.saturating_add(part.lines));
        lines != 0 || !self.value.is_zero()
    }
}

/// One partial sum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[non_exhaustive]
pub struct MeasuredPart {
    /// The first day of the fiscal month.
    pub month: chrono::NaiveDate,
    /// The currency in which the lines were sold; the amount is in the program's.
    pub sold_in: crate::currency::Currency,
    /// The sum.
    pub amount: Scaled,
    /// How many lines.
    pub lines: i64,
    /// How many of them had more digits than are kept, or were converted, and so were rounded on entry.
    pub rounded: i64,
    /// The dates of the exchange rates, where the currency is not the program's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rates: Option<RateDates>,
}

impl From<&Cell> for MeasuredPart {
    fn from(cell: &Cell) -> Self {
        let &Cell { month, sold_in, amount, lines, rounded, rates, .. } = cell;
        Self { month, sold_in, amount, lines, rounded, rates }
    }
}

/// A target that came from a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[non_exhaustive]
pub struct TargetFrom {
    /// The table.
    pub table: Name,
    /// The fingerprint of its rows.
    pub fingerprint: String,
    /// The target; `None` if the partner has no row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Scaled>,
}

/// How far it is to the next step, and what that would bring.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[non_exhaustive]
pub struct NextStep {
    /// The value of the measure at which more is paid.
    pub at: Scaled,
    /// How much is missing.
    pub missing: Scaled,
    /// What would be earned there. Where the base is apart from the measure, the base is taken as it stands.
    pub earns: Payout,
}

/// Why a partner earned what it earned for one incentive and period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[non_exhaustive]
pub struct Explanation {
    /// The format: 1.
    #[serde(deserialize_with = "only_format::<EXPLANATION_FORMAT, _>")]
    pub format: u32,
    /// The program that decided.
    pub program: ProgramRef,
    /// The incentive's name.
    pub incentive: Name,
    /// Its title on statements.
    pub title: String,
    /// The partner.
    pub partner: PartnerId,
    /// The period.
    pub period: FiscalPeriod,
    /// The first day of it that this version of the program decides on, if that is not its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<NaiveDate>,
    /// Why nothing is paid, beyond the numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<Reason>,
    /// How sales in other currencies were converted, if the program says; each part has the dates of its rates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange: Option<SalesExchange>,
    /// What found the band.
    pub measure: Measured,
    /// What was paid on, where that is apart from the measure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pays_on: Option<Measured>,
    /// The second measure of a matrix.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub columns_by: Option<Measured>,
    /// Of how many product sets something was sold, where that chooses the column of a matrix.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distinct: Option<DistinctCount>,
    /// The target, where it came from a table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<TargetFrom>,
    /// The baseline, where growth is paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub growth: Option<Growth>,
    /// What incentives before it in its stack took from the base.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deducted: Vec<Deducted>,
    /// For which part of the period bounds, targets, fixed amounts, caps, floors and guarantees are, if not for all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prorated: Option<Prorated>,
    /// The shape of the schedule.
    pub shape: String,
    /// What was paid on, after the cap on the base.
    pub base: Scaled,
    /// The cap on the base, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_cap: Option<Scaled>,
    /// The bands, points, steps or cells that paid.
    pub steps: Vec<Step>,
    /// Their sum, exact.
    pub exact: Scaled,
    /// The limit that changed the sum, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<Limit>,
    /// How the result was rounded, and to how many digits.
    pub rounding: Rounding,
    /// What a guarantee added, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guaranteed: Option<Guaranteed>,
    /// What a budget for all partners left of it, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budgeted: Option<Budgeted>,
    /// What is earned.
    pub earned: Payout,
    /// How far it is to the next step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<NextStep>,
}

/// Explains what a partner earned for an incentive and period.
///
/// A partner that cannot earn the incentive gets an explanation too: it earned nothing, because of …
///
/// # Errors
/// [`ExplainError`] if the question has no answer: another period, other sums, a missing table, an amount that
/// does not fit.
pub fn explain(
    basis: Basis<'_>,
    incentive: &str,
    partner: &Partner,
    period: &FiscalPeriod,
) -> Result<Explanation, ExplainError> {
    let Basis { program, partials, .. } = basis;
    let unknown = || ExplainError::UnknownIncentive { name: incentive.to_owned() };
    let rebate = program.rebate(incentive).ok_or_else(unknown)?;
    check_basis(program, partials, rebate, period)?;
    let mut steps = Vec::new();
    let counted = Counted { basis, rebate, partner };
    let measured = |key: &Arc<str>| counted.measured(key, period);
    let Keys { measure, base: pays_on } = &rebate.keys;
    let (measure, pays_on) = (measured(measure)?, pays_on.as_ref().map(measured).transpose()?);
    let (columns_by, distinct) = match &rebate.second {
        Some(Gauge::Measure(of)) => (Some(measured(&of.key)?), None),
        Some(Gauge::Distinct(distinct)) => (None, Some(counted.distinct(distinct, period)?)),
        None => (None, None),
    };
    let sold = distinct.iter().flat_map(|distinct| distinct.sets.iter().map(|set| &set.sold));
    let all = [Some(&measure), pays_on.as_ref(), columns_by.as_ref()].into_iter().flatten().chain(sold);
    let any = all.into_iter().any(Measured::is_of_lines);
    let values = Values {
        measure: measure.value,
        base: pays_on.as_ref().map(|of| of.value),
        second: columns_by.as_ref().map(|of| of.value).or(distinct.as_ref().map(|of| of.value)),
        any,
    };
    let judged = judge_with(basis, rebate, partner, period, values, |step| steps.push(step))?;
    let next = if judged.because.is_none() { next_step(rebate, &judged, measure.value)? } else { None };
    let growth = match (judged.baseline, judged.increment, &rebate.reference) {
        (Some((earlier, frozen_on)), Some(increment), Some(Reference::Baseline(baseline))) => Some(Growth {
            period: earlier,
            baseline: match baseline_days(partner, program.membership(), &earlier.period) {
                Some(days) => self::measured(basis.as_frozen(frozen_on), &rebate.keys.measure, &partner.id, &days)?,
                None => Measured { measure: rebate.keys.measure.to_string(), value: Scaled::ZERO, parts: Vec::new() },
            },
            frozen_on,
            increment,
            pays_on: baseline.pays_on,
        }),
        _ => None,
    };
    let Judged { because, target, deducted, prorated, settled, guaranteed, budgeted, earned, .. } = judged;
    if because.is_some() {
        steps.clear();
    }
    let Settled { base, exact, limit, .. } = settled;
    let base_cap = rebate.limits.base_cap.map(|cap| match prorated {
        Some(part) => {
            Ok(Scaled::new(part.share(cap.exactly(rebate.schedule.digits())?.units())?, rebate.schedule.digits()))
        }
        None => Ok::<_, NumberError>(cap),
    });
    let base_cap = base_cap.transpose()?;
    Ok(Explanation {
        format: EXPLANATION_FORMAT,
        program: program.identity.clone(),
        incentive: rebate.name.clone(),
        title: rebate.title.clone(),
        partner: partner.id.clone(),
        period: *period,
        from: rebate.begins_in(&period.period),
        because,
        exchange: program.exchange.clone(),
        measure,
        pays_on,
        columns_by,
        distinct,
        target,
        growth,
        deducted,
        prorated,
        shape: rebate.schedule.shape().to_owned(),
        base,
        base_cap,
        steps,
        exact: exact.trimmed(),
        limit,
        rounding: Rounding { digits: Some(rebate.digits()), ..rebate.rounding },
        guaranteed,
        budgeted,
        earned,
        next,
    })
}

/// Refuses sums that were folded under another program.
pub(super) fn check_plan(program: &Program, partials: &Partials) -> Result<(), ExplainError> {
    let (sums, program) = (partials.plan(), program.plan());
    if sums == program {
        return Ok(());
    }
    Err(ExplainError::OtherPlan { sums: sums.to_owned(), program: program.to_owned() })
}

fn check_basis(
    program: &Program,
    partials: &Partials,
    rebate: &Rebate,
    period: &FiscalPeriod,
) -> Result<(), ExplainError> {
    check_plan(program, partials)?;
    let asked = program.calendar.period_of(period.period.from(), rebate.every);
    if asked.as_ref() == Ok(period) {
        Ok(())
    } else {
        Err(ExplainError::WrongPeriod { period: period.to_string(), every: rebate.every.to_string() })
    }
}

fn measured(partials: &Partials, key: &str, partner: &PartnerId, days: &Period) -> Result<Measured, ExplainError> {
    let cells = partials.cells(partner.as_str(), key, days);
    let parts: Vec<MeasuredPart> = cells.map(MeasuredPart::from).collect();
    let value = parts.iter().try_fold(Scaled::ZERO, |sum, part| sum.plus(part.amount))?;
    Ok(Measured { measure: key.to_owned(), value, parts })
}

fn next_step(rebate: &Rebate, judged: &Judged, measured: Scaled) -> Result<Option<NextStep>, ExplainError> {
    // What was judged reads the prorated target already.
    let prorated = judged.prorated.map(|part| part.of(rebate, judged.reading)).transpose()?;
    let rebate = prorated.as_ref().map_or(rebate, |(rebate, _)| rebate);
    // Steps are counted on the base: where that is apart, the measure has no next step.
    let counts_base = matches!(rebate.schedule.form(), Form::PerStep { .. }) && rebate.base.is_some();
    let (reading, digits) = (judged.reading, rebate.schedule.digits());
    let schedule = rebate.schedule.against(reading.target.unwrap_or_default())?;
    let finer = schedule.digits() - digits;
    let bound = schedule.next_bound(&reading.finer(finer)?).filter(|_| !counts_base);
    // The lowest value that the measure can have there: its digits may be fewer than the bound's.
    let Some(value) = bound.and_then(|bound| RoundingMode::Ceiling.divide(bound, power_of_ten(finer)?)) else {
        return Ok(None);
    };
    let missing = value.checked_sub(reading.value).ok_or(NumberError::OutOfRange)?;
    // What is paid on grows with the measure, but for a base apart.
    let base = if rebate.base.is_some() { Some(reading.base) } else { reading.base.checked_add(missing) };
    let there = Reading { value, base: base.ok_or(NumberError::OutOfRange)?, ..reading };
    // At the far end of what fits, the payout there may not: then there is no next step to speak of.
    let Ok(earns) = rebate.amount(&there) else { return Ok(None) };
    let missing = Scaled::new(missing, digits);
    // Growth is told as the measure that brings it.
    Ok(Some(NextStep { at: measured.plus(missing)?, missing, earns }))
}
