//! Guarantees: what is paid at least, for a period or through the fiscal year.

use super::super::counted::Counted;
use super::super::explain::ExplainError;
use super::super::membership::Prorated;
use super::super::rebate::{Guarantee, Payout, Rebate};
use super::{Judged, Values, budgeted, scheduled};
use crate::calendar::FiscalPeriod;
use crate::money::{Money, MoneyError};
use crate::scaled::NumberError;

/// What a guarantee added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[non_exhaustive]
pub struct Guaranteed {
    /// What is guaranteed: for the period, or for the fiscal year so far if it is cumulative.
    pub level: Money,
    /// What was earned in earlier periods of the fiscal year, with what the guarantee added then, if it is cumulative.
    pub before: Money,
    /// What the schedule pays in this period.
    pub earned: Money,
    /// What is added.
    pub top_up: Money,
}

/// Raises what the schedule pays to what is guaranteed.
pub(super) fn raised(counted: Counted<'_>, period: &FiscalPeriod, mut judged: Judged) -> Result<Judged, ExplainError> {
    let Counted { rebate, partner, .. } = counted;
    // Only members are guaranteed anything.
    let is_guaranteed = judged.because.is_none() && partner.member_days(&period.period).is_some();
    let guarantee = rebate.guarantee.filter(|_| is_guaranteed);
    if let (Some(guarantee), Payout::Money(earned)) = (guarantee, judged.earned) {
        let nothing = Money::zero(rebate.currency);
        let earlier = guarantee.cumulative.then(|| before(counted, guarantee, period)).transpose()?;
        let (level, before) = earlier.unwrap_or((nothing, nothing));
        let level = level.plus(guaranteed(rebate, guarantee, judged.prorated)?)?;
        let short = level.minus(before)?.minus(earned)?;
        let top_up = if short.minor() > 0 { short } else { nothing };
        judged.guaranteed = Some(Guaranteed { level, before, earned, top_up });
        judged.earned = Payout::Money(earned.plus(top_up)?);
    }
    Ok(judged)
}

/// What is guaranteed for a period, or the part of it for which the partner is a member.
fn guaranteed(rebate: &Rebate, guarantee: Guarantee, prorated: Option<Prorated>) -> Result<Money, MoneyError> {
    let level = Money::exactly(guarantee.payout, rebate.currency)?;
    let Some(part) = prorated else { return Ok(level) };
    let minor = part.share(i128::from(level.minor()))?;
    Ok(Money::from_minor(i64::try_from(minor).map_err(|_| NumberError::OutOfRange)?, rebate.currency))
}

/// What was guaranteed for the periods of the fiscal year that came before, and what was paid in them, where something
/// could be earned.
fn before(counted: Counted<'_>, guarantee: Guarantee, period: &FiscalPeriod) -> Result<(Money, Money), ExplainError> {
    let Counted { basis, rebate, partner } = counted;
    let (mut level, mut paid) = (Money::zero(rebate.currency), Money::zero(rebate.currency));
    for number in 1..period.number {
        let earlier = basis.program.calendar().period(rebate.every, period.year, number)?;
        let values = Values::of(counted, &earlier)?;
        // A period in which nothing was sold is guaranteed as any other.
        let judged = scheduled(basis, rebate, partner, &earlier, values, |_| ())?;
        let judged = budgeted(basis, rebate, &earlier, judged)?;
        let counts = judged.because.is_none() && partner.member_days(&earlier.period).is_some();
        if let (true, Payout::Money(earned)) = (counts, judged.earned) {
            level = level.plus(guaranteed(rebate, guarantee, judged.prorated)?)?;
            paid = paid.plus(earned)?;
            paid = if paid.minor() < level.minor() { level } else { paid };
        }
    }
    Ok((level, paid))
}
