//! Judging: the numbers between the sums and the payout, for one incentive, partner and period.
//!
//! [`explain`](super::explain::explain) tells them in full; a settlement of many partners looks at the numbers first.

use std::sync::Arc;

use chrono::NaiveDate;

use super::budget::Budgeted;
use super::counted::Counted;
use super::explain::{Basis, ExplainError, TargetFrom};
use super::membership::{Leaving, MemberSales, Membership, Prorated};
use super::rebate::{Guarantee, Keys, Payout, Reason, Rebate, Settled, TierAt};
use super::reference::{GrowthBase, Newcomers, Reference};
use super::schedule::{Form, Reading, Step, Target};
use super::stacking::{Deducted, How};
use crate::calendar::FiscalPeriod;
use crate::id::{Name, PartnerId};
use crate::money::{Money, MoneyError};
use crate::partner::Partner;
use crate::period::Period;
use crate::program::tables::{TableError, TableKey};
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

/// What a guarantee added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
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

/// Judges, telling `each` step of the schedule on the way.
pub(super) fn judge(
    basis: Basis<'_>,
    rebate: &Rebate,
    partner: &Partner,
    period: &FiscalPeriod,
    each: impl FnMut(Step),
) -> Result<Judged, ExplainError> {
    let values = Values::of(Counted { basis, rebate, partner }, period)?;
    judge_with(basis, rebate, partner, period, values, each)
}

/// The same where it is known what was measured.
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
    let mut judged = scheduled(basis, rebate, partner, period, values, each)?;
    // Only members are guaranteed anything.
    let is_guaranteed = judged.because.is_none() && partner.member_days(&period.period).is_some();
    let guarantee = rebate.guarantee.filter(|_| is_guaranteed);
    if let (Some(guarantee), Payout::Money(earned)) = (guarantee, judged.earned) {
        let nothing = Money::zero(rebate.currency);
        let earlier = guarantee.cumulative.then(|| before(basis, rebate, guarantee, partner, period)).transpose()?;
        let (level, before) = earlier.unwrap_or((nothing, nothing));
        let level = level.plus(guaranteed(rebate, guarantee, judged.prorated)?)?;
        let short = level.minus(before)?.minus(earned)?;
        let top_up = if short.minor() > 0 { short } else { nothing };
        judged.guaranteed = Some(Guaranteed { level, before, earned, top_up });
        judged.earned = Payout::Money(earned.plus(top_up)?);
    }
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

/// What is guaranteed for a period, or the part of it for which the partner is a member.
fn guaranteed(rebate: &Rebate, guarantee: Guarantee, prorated: Option<Prorated>) -> Result<Money, MoneyError> {
    let level = Money::exactly(guarantee.payout, rebate.currency)?;
    let Some(part) = prorated else { return Ok(level) };
    let minor = part.share(i128::from(level.minor()))?;
    Ok(Money::from_minor(i64::try_from(minor).map_err(|_| NumberError::OutOfRange)?, rebate.currency))
}

/// What was guaranteed for the periods of the fiscal year that came before, and what was paid in them, where something
/// could be earned.
fn before(
    basis: Basis<'_>,
    rebate: &Rebate,
    guarantee: Guarantee,
    partner: &Partner,
    period: &FiscalPeriod,
) -> Result<(Money, Money), ExplainError> {
    let (mut level, mut paid) = (Money::zero(rebate.currency), Money::zero(rebate.currency));
    for number in 1..period.number {
        let earlier = basis.program.calendar().period(rebate.every, period.year, number)?;
        let values = Values::of(Counted { basis, rebate, partner }, &earlier)?;
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

/// Judges but for what others do to it: what is measured, and whether the partner can earn it at all.
fn alone(
    basis: Basis<'_>,
    rebate: &Rebate,
    partner: &Partner,
    period: &FiscalPeriod,
    values: Values,
) -> Result<Judged, ExplainError> {
    let digits = rebate.schedule.digits();
    let governed = rebate.days(&period.period);
    let policy = basis.program.membership();
    let member = partner.member_days(&period.period);
    let units = |value: Scaled| Ok::<_, NumberError>(value.exactly(digits)?.units());
    let measured = units(values.measure)?;
    let mut judged = Judged {
        because: match (governed, member) {
            (None, _) => Some(Reason::OtherVersion),
            (_, None) if policy.sales == MemberSales::OfMembers => Some(Reason::NoMember),
            _ => {
                let refused = rebate.eligible.refuses(partner, basis.program);
                refused.or(wrong_tier(basis, rebate, partner, period)?).or(forfeits(partner, policy, &period.period))
            }
        },
        target: target(basis, rebate, &partner.id, period)?,
        baseline: None,
        increment: None,
        deducted: Vec::new(),
        prorated: member
            .filter(|days| policy.prorated && *days != period.period)
            .map(|days| Prorated { days: days.days(), of: period.period.days() }),
        reading: Reading::new(measured),
        settled: rebate.nothing(),
        guaranteed: None,
        budgeted: None,
        earned: rebate.nothing().payout,
    };
    if let Some(base) = values.base {
        judged.reading.base = units(base)?;
    }
    if let Some(second) = values.second {
        judged.reading.second = units(second)?;
    }
    if let Some(TargetFrom { table, value, .. }) = &judged.target {
        judged.reading.target = value.map(|value| Ok::<_, NumberError>(value.exactly(digits)?.units())).transpose()?;
        let none = judged.reading.target.is_none_or(|target| rebate.schedule.is_relative() && target <= 0);
        if none && judged.because.is_none() {
            judged.because = Some(Reason::NoTarget { table: table.clone() });
        }
    }
    if let Some(Reference::Target(Target::Fixed(target))) = &rebate.reference {
        judged.reading.target = Some(target.exactly(digits)?.units());
    }
    if let Some(Reference::Baseline(baseline)) = &rebate.reference {
        let (earlier, frozen_on) = baseline.of(basis.program.calendar(), period)?;
        let known = basis.as_frozen(frozen_on);
        let days = baseline_days(partner, policy, &earlier.period);
        let key = &rebate.keys.measure;
        let before = match (days, basis.ranges.filter(|_| std::ptr::eq(known, basis.partials))) {
            (None, _) => Scaled::ZERO,
            (Some(days), Some(ranges)) => {
                let mut cells = ranges.cells(partner.id.as_str(), key, &days);
                cells.try_fold(Scaled::new(0, known.digits()), |sum, cell| sum.plus(cell.amount))?
            }
            (Some(days), None) => known.total(partner.id.as_str(), key, &days)?,
        };
        let before = before.exactly(digits)?.units();
        judged.baseline = Some((earlier, frozen_on));
        if before <= 0 && baseline.newcomers == Newcomers::Skip {
            judged.because = judged.because.or(Some(Reason::Newcomer { period: earlier.to_string() }));
        }
        // Who sold less than nothing then sold nothing.
        let increment = measured.checked_sub(before.max(0)).ok_or(NumberError::OutOfRange)?;
        let base = if baseline.pays_on == GrowthBase::Increment { increment } else { judged.reading.base };
        judged.increment = Some(Scaled::new(increment, digits));
        judged.reading = Reading { value: increment, base, target: Some(before.max(0)), ..judged.reading };
    }
    Ok(judged)
}

/// Why the partner's tier at the end of the period cannot earn it, if that decides.
pub(super) fn wrong_tier(
    basis: Basis<'_>,
    rebate: &Rebate,
    partner: &Partner,
    period: &FiscalPeriod,
) -> Result<Option<Reason>, ExplainError> {
    let Some(filter) = rebate.eligible.tier.as_ref().filter(|filter| filter.at == TierAt::PeriodEnd) else {
        return Ok(None);
    };
    let on = period.period.last_day();
    let has = basis.tier_on(partner, on)?;
    let is_in = has.is_some_and(|has| filter.tiers.contains(has));
    Ok((!is_in).then(|| Reason::Tier { has: has.cloned(), on }))
}

/// The days of a baseline's period whose sales count for the partner, if there are any.
pub(super) fn baseline_days(partner: &Partner, policy: Membership, period: &Period) -> Option<Period> {
    if policy.sales == MemberSales::All { Some(*period) } else { partner.member_days(period) }
}

/// Why a partner that left within the period earns nothing in it, if that is so.
fn forfeits(partner: &Partner, policy: Membership, period: &Period) -> Option<Reason> {
    let on = partner.left.filter(|left| *left > period.from() && *left < period.until())?;
    (policy.leaving == Leaving::Forfeited).then_some(Reason::Left { on })
}

/// The target of the partner, where it comes from a table.
fn target(
    basis: Basis<'_>,
    rebate: &Rebate,
    partner: &PartnerId,
    period: &FiscalPeriod,
) -> Result<Option<TargetFrom>, ExplainError> {
    let (name, column) = match (&rebate.reference, rebate.schedule.form()) {
        (Some(Reference::Target(Target::Table { table, column })), _)
        | (None, Form::Target { target: Target::Table { table, column }, .. }) => (table, column),
        _ => return Ok(None),
    };
    let table = basis.tables.get(name).ok_or_else(|| TableError::NotGiven { table: name.clone() })?;
    let label = period.to_string();
    let key = |key| match key {
        TableKey::Partner => partner.as_str(),
        TableKey::Period => label.as_str(),
        TableKey::Sku => "",
    };
    let value = table.find(key, column);
    Ok(Some(TargetFrom { table: name.clone(), fingerprint: table.fingerprint().to_owned(), value }))
}
