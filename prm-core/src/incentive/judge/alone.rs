//! What is judged for a partner by itself: whether it can earn the incentive, and what its targets and baselines are.

use super::super::explain::{Basis, ExplainError, TargetFrom};
use super::super::membership::{Leaving, MemberSales, Membership, Prorated};
use super::super::rebate::{Reason, Rebate, TierAt};
use super::super::reference::{GrowthBase, Newcomers, Reference};
use super::super::schedule::{Form, Reading, Target};
use super::{Judged, Values};
use crate::calendar::FiscalPeriod;
use crate::id::PartnerId;
use crate::partner::Partner;
use crate::period::Period;
use crate::program::tables::{TableError, TableKey};
use crate::scaled::{NumberError, Scaled};

/// Judges but for what others do to it: what is measured, and whether the partner can earn it at all.
pub(super) fn alone(
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
pub(in crate::incentive) fn wrong_tier(
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
pub(in crate::incentive) fn baseline_days(partner: &Partner, policy: Membership, period: &Period) -> Option<Period> {
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
