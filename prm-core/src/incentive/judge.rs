//! Judging: the numbers between the sums and the payout, for one incentive, partner and period.
//!
//! [`explain`](super::explain::explain) tells them in full; a settlement of many partners looks at the numbers first.

mod alone;
mod guarantee;

use std::sync::Arc;

use chrono::NaiveDate;

use self::alone::alone;
pub(super) use self::alone::{baseline_days, wrong_tier};
pub use self::guarantee::Guaranteed;
use self::guarantee::raised;
use super::budget::Budgeted;
use super::counted::Counted;
use super::explain::{Basis, ExplainError, TargetFrom};
use super::membership::Prorated;
use super::rebate::{Keys, Payout, Reason, Rebate, Settled};
use super::schedule::{Reading, Step};
use super::stacking::{Deducted, How};
use crate::calendar::FiscalPeriod;
use crate::id::Name;
use crate::money::Money;
use crate::partner::Partner;
use crate::scaled::{NumberError, Scaled};

/// What was found, before it is told.
#[derive(Debug, Clone)]
pub(super) struct Judged {
    pub(super) because: Option<Reason>,
    pub(super) target: Option<TargetFrom>,
    /// The baseline's period and the day on which it is frozen.
    pub(super) baseline: Option<(FiscalPeriod, Option<NaiveDate>)>,
    pub(super) increment: Option<Scaled>,
    pub(super) deducted: Vec<Deducted>,
    pub(super) prorated: Option<Prorated>,
    /// What the schedule read, after deductions.
    pub(super) reading: Reading,
    pub(super) settled: Settled,
    pub(super) guaranteed: Option<Guaranteed>,
    pub(super) budgeted: Option<Budgeted>,
    pub(super) earned: Payout,
}

/// What was measured.
#[derive(Debug, Clone, Copy)]
pub(super) struct Values {
    pub(super) measure: Scaled,
    pub(super) base: Option<Scaled>,
    pub(super) second: Option<Scaled>,
    /// Whether it is of any line.
    pub(super) any: bool,
}

impl Values {
    /// What was measured.
    pub(super) fn of(counted: Counted<'_>, period: &FiscalPeriod) -> Result<Self, ExplainError> {
        let Keys { measure, base } = &counted.rebate.keys;
        let mut any = false;
        let mut total = |key: &Arc<str>| {
            let (total, some) = counted.total(key, period)?;
            any |= some;
            Ok::<_, ExplainError>(total)
        };
        let (measure, base) = (total(measure)?, base.as_ref().map(&mut total).transpose()?);
        let second = counted.rebate.second.as_ref().map(|gauge| counted.gauged(gauge, period)).transpose()?;
        any |= second.is_some_and(|(_, some)| some);
        Ok(Self { measure, base, second: second.map(|(second, _)| second), any })
    }
}

/// What a partner earns for an incentive and period, without its reasons.
///
/// # Errors
/// As [`explain`](super::explain::explain), but that sums and period are taken to be the program's.
pub(super) fn earned(
    basis: Basis<'_>,
    rebate: &Rebate,
    partner: &Partner,
    period: &FiscalPeriod,
    values: Values,
) -> Result<Payout, ExplainError> {
    judge_with(basis, rebate, partner, period, values, |_| ()).map(|judged| judged.earned)
}

/// Judges what was measured, telling `each` step of the schedule on the way.
pub(super) fn judge_with(
    basis: Basis<'_>,
    rebate: &Rebate,
    partner: &Partner,
    period: &FiscalPeriod,
    values: Values,
    each: impl FnMut(Step),
) -> Result<Judged, ExplainError> {
    let stack = basis.program.stack_of(&rebate.name);
    let Some(stack) = stack.filter(|stack| stack.how == How::BestOf) else {
        return in_order(basis, rebate, partner, period, values, each);
    };
    let mut judged = in_order(basis, rebate, partner, period, values, each)?;
    let own = judged.earned.money().map_or(0, Money::minor);
    let mut before = true;
    for stacked in &stack.order {
        before &= stacked.incentive != rebate.name;
        if stacked.incentive == rebate.name || judged.because.is_some() {
            continue;
        }
        let other = paid(basis, &stacked.incentive, partner, period)?;
        if other.minor() > own || (before && other.minor() == own && own != 0) {
            judged.beaten(rebate, Reason::Stacked { by: stacked.incentive.clone() });
            break;
        }
    }
    Ok(judged)
}

impl Judged {
    fn beaten(&mut self, rebate: &Rebate, because: Reason) {
        let settled = rebate.nothing();
        self.because = Some(because);
        self.earned = settled.payout;
        self.settled = settled;
        self.guaranteed = None;
        self.budgeted = None;
    }
}

/// What another incentive of a stack pays, as far as those before it say.
fn paid(basis: Basis<'_>, incentive: &Name, partner: &Partner, period: &FiscalPeriod) -> Result<Money, ExplainError> {
    let unknown = || ExplainError::UnknownIncentive { name: incentive.to_string() };
    let rebate = basis.program.rebate(incentive.as_str()).ok_or_else(unknown)?;
    let values = Values::of(Counted { basis, rebate, partner }, period)?;
    let judged = in_order(basis, rebate, partner, period, values, |_| ())?;
    judged.earned.money().ok_or_else(unknown)
}

/// Judges by the incentives that come before it in its stack, if it is in one, with what is guaranteed and budgeted.
fn in_order(
    basis: Basis<'_>,
    rebate: &Rebate,
    partner: &Partner,
    period: &FiscalPeriod,
    values: Values,
    each: impl FnMut(Step),
) -> Result<Judged, ExplainError> {
    let judged = scheduled(basis, rebate, partner, period, values, each)?;
    let judged = raised(Counted { basis, rebate, partner }, period, judged)?;
    budgeted(basis, rebate, period, judged)
}

/// Judges as far as the schedule and the stack say.
fn scheduled(
    basis: Basis<'_>,
    rebate: &Rebate,
    partner: &Partner,
    period: &FiscalPeriod,
    values: Values,
    each: impl FnMut(Step),
) -> Result<Judged, ExplainError> {
    let mut judged = alone(basis, rebate, partner, period, values)?;
    let stack = basis.program.stack_of(&rebate.name);
    let until = stack.and_then(|stack| Some((stack.how, stack.until(&rebate.name)?)));
    if let (None, Some((how, (earlier, own)))) = (&judged.because, until) {
        for stacked in earlier {
            let deducts = how == How::Reducing && own.is_reduced && stacked.is_deducted;
            if !deducts && how != How::Exclusive {
                continue;
            }
            let amount = paid(basis, &stacked.incentive, partner, period)?;
            if amount.is_zero() {
                continue;
            }
            let incentive = stacked.incentive.clone();
            if how == How::Exclusive {
                judged.because = Some(Reason::Stacked { by: incentive });
                break;
            }
            judged.deducted.push(Deducted { incentive, amount });
        }
    }
    if judged.because.is_none() && !values.any && rebate.guarantee.is_none() {
        judged.because = Some(Reason::NothingSold);
    }
    if judged.because.is_none() {
        judged.because = short(Counted { basis, rebate, partner }, period)?;
    }
    if judged.because.is_some() {
        return Ok(judged);
    }
    judged.reading.base = reduced(judged.reading.base, &judged.deducted, rebate.schedule.digits())?;
    judged.settled = match judged.prorated {
        None => rebate.settle(&judged.reading, each)?,
        Some(part) => {
            let (rebate, reading) = part.of(rebate, judged.reading)?;
            judged.reading = reading;
            rebate.settle(&reading, each)?
        }
    };
    judged.earned = judged.settled.payout;
    Ok(judged)
}

/// Cuts to the budget, where there is one and claims are known.
fn budgeted(
    basis: Basis<'_>,
    rebate: &Rebate,
    period: &FiscalPeriod,
    mut judged: Judged,
) -> Result<Judged, ExplainError> {
    if judged.because.is_some() || basis.claims {
        return Ok(judged);
    }
    if let (Some(budget), Payout::Money(earned)) = (rebate.budget, judged.earned) {
        let budgets = basis.budgets.ok_or(ExplainError::NeedsBudgets)?;
        let claimed = budgets.claimed(&rebate.name, &period.to_string()).unwrap_or(Money::zero(rebate.currency));
        let budgeted = Budgeted { budget, claimed, earned };
        judged.earned = Payout::Money(budgeted.paid()?);
        judged.budgeted = Some(budgeted);
    }
    Ok(judged)
}

/// Why too little was sold of what must be sold beside it, if that is so.
fn short(counted: Counted<'_>, period: &FiscalPeriod) -> Result<Option<Reason>, ExplainError> {
    for item in &counted.rebate.basket {
        let (has, _) = counted.gauged(&item.of, period)?;
        if has < item.at_least {
            return Ok(Some(Reason::Basket { measure: item.of.to_string(), has, at_least: item.at_least }));
        }
    }
    Ok(None)
}

/// What is paid on, less what others pay; never less than nothing, unless it was.
fn reduced(base: i128, deducted: &[Deducted], digits: u8) -> Result<i128, NumberError> {
    let mut left = base;
    for Deducted { amount, .. } in deducted {
        let units = amount.amount().exactly(digits)?.units();
        left = left.checked_sub(units).ok_or(NumberError::OutOfRange)?;
    }
    Ok(left.max(base.min(0)))
}
