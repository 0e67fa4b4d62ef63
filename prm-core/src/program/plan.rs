//! What decides the meaning of partial sums, as one fingerprint.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use chrono::NaiveDate;

use super::days::history;
use super::{Effective, Program, RunningPeriods, SalesExchange, Territory};
use crate::calendar::{Every, FiscalCalendar};
use crate::currency::Currency;
use crate::digest::Fingerprint;
use crate::id::Name;
use crate::incentive::commission::Commission;
use crate::incentive::mdf::AccrualYear;
use crate::incentive::measure::{Grain, Measure, SalesPolicy};
use crate::incentive::membership::MemberSales;
use crate::incentive::rebate::{Rebate, TierFilter};
use crate::product::ProductSet;
use crate::tier::Tiers;

#[derive(Serialize)]
struct Meaning<'p> {
    currency: Currency,
    effective: Effective,
    #[serde(skip_serializing_if = "Option::is_none")]
    counts: Option<Effective>,
    calendar: &'p FiscalCalendar,
    sales: &'p SalesPolicy,
    exchange: Option<&'p SalesExchange>,
    products: &'p BTreeMap<Name, ProductSet>,
    measures: &'p [Measure],
    /// Those that a measure names: which lines it counts depends on what they cover.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    territories: BTreeMap<&'p Name, &'p Territory>,
}

/// The fingerprint: sums of programs that differ only in schedules, caps or titles can be merged.
pub(super) fn fingerprint(program: &Program) -> String {
    let meaning = Meaning {
        currency: program.currency,
        effective: program.effective,
        counts: (program.counts != program.effective).then_some(program.counts),
        calendar: &program.calendar,
        sales: &program.sales,
        exchange: program.exchange.as_ref(),
        products: &program.products,
        measures: &program.measures,
        territories: program
            .territories
            .iter()
            .filter(|(name, _)| program.measures.iter().any(|of| of.lines.sold_to.territories.contains(*name)))
            .collect(),
    };
    let mut print = Fingerprint::new();
    // Plain structures always serialise; were one not to, the digest still tells programs apart.
    print.text(&serde_json::to_string(&meaning).unwrap_or_else(|_| program.identity.digest.clone()));
    print.hex()
}

impl Program {
    /// Finds the days that each rebate pays for, and those that must be counted for that.
    pub(super) fn reach(&mut self) {
        let (effective, policy, calendar) = (self.effective, self.running_periods, &self.calendar);
        let mut counts = effective;
        for rebate in &mut self.rebates {
            let governed = governed(effective, policy, calendar, rebate.every);
            let from = history(calendar, rebate, governed.from).unwrap_or(governed.from);
            counts.from = counts.from.min(from);
            counts.until = counts.until.zip(governed.until).map(|(until, other)| until.max(other));
            rebate.governed = governed;
        }
        for metric in self.tiers.iter().flat_map(Tiers::metrics) {
            counts.from = counts.from.min(metric.reaches_back(calendar, effective.from));
        }
        for accrual in &self.mdf_accruals {
            let first = calendar.period_of(effective.from, accrual.every).ok();
            let measured = first.and_then(|first| accrual.measured(calendar, &first).ok());
            // A running period that began before the version is not the version's.
            let previous = measured.filter(|_| accrual.counts == AccrualYear::Previous);
            counts.from = counts.from.min(previous.map_or(counts.from, |days| days.from()));
        }
        self.counts = counts;
        let by_member = self.membership.sales == MemberSales::OfMembers;
        for rebate in &mut self.rebates {
            let from = rebate.governed.from;
            let month = self.calendar.period_of(from, Every::Month).map_or(from, |month| month.period.from());
            let is_mixed = counts.from < from && month < from;
            // A month that is counted from before the version's first day has days of both.
            rebate.sums_from = if is_mixed { from } else { month };
            if is_mixed || by_member || rebate.eligible.tier.as_ref().is_some_and(TierFilter::is_by_sale) {
                rebate.measures_mut().for_each(|measure| measure.grain = Grain::Day);
            }
        }
    }

    /// Keeps a measure by day everywhere if one of its uses needs days: so it is added up once.
    pub(super) fn keep_days(&mut self) {
        let by_month = |measure: &Measure| Measure { grain: Grain::Month, ..measure.clone() };
        let days: BTreeSet<Measure> = self
            .measures_used()
            .filter(|measure| measure.grain == Grain::Day)
            .map(|measure| by_month(measure))
            .collect();
        for measure in self.measures_used() {
            if days.contains(&by_month(measure)) {
                measure.grain = Grain::Day;
            }
        }
    }

    fn measures_used(&mut self) -> impl Iterator<Item = &mut Measure> {
        let rebates = self.rebates.iter_mut().flat_map(Rebate::measures_mut);
        let tiers = self.tiers.iter_mut().flat_map(Tiers::measures_mut);
        let spiffs = self.spiffs.iter_mut().map(|spiff| &mut spiff.measure);
        let commissions = self.commissions.iter_mut().flat_map(Commission::measures_mut);
        let accruals = self.mdf_accruals.iter_mut().map(|accrual| &mut accrual.measure);
        rebates.chain(tiers).chain(spiffs).chain(commissions).chain(accruals)
    }
}

/// The days whose periods of a length a version pays for. Beyond what a calendar reaches nothing is moved.
fn governed(effective: Effective, policy: RunningPeriods, calendar: &FiscalCalendar, every: Every) -> Effective {
    let moved = |day: NaiveDate| {
        let period = calendar.period_of(day, every).ok()?.period;
        match policy {
            _ if period.from() == day => Some(day),
            RunningPeriods::Split => Some(day),
            RunningPeriods::Next => Some(period.until()),
            RunningPeriods::Restate => Some(period.from()),
        }
    };
    Effective {
        from: moved(effective.from).unwrap_or(effective.from),
        until: effective.until.map(|until| moved(until).unwrap_or(until)),
    }
}
