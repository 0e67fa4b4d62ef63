//! Statements: what a partner earned in a run of periods, with every explanation.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::counted::Counted;
use super::explain::{Basis, ExplainError, Explanation, explain};
use super::judge::{Values, wrong_tier};
use super::rebate::{Payout, Rebate};
use crate::calendar::FiscalPeriod;
use crate::money::{Money, MoneyError};
use crate::partner::Partner;
use crate::period::Period;
use crate::program::ProgramRef;

/// What a partner earned, incentive by incentive and period by period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Statement {
    /// The partner.
    pub partner: Partner,
    /// The program.
    pub program: ProgramRef,
    /// The days that the statement covers.
    pub covers: Period,
    /// What was earned, each with its reasons, in the order of periods, then of the program.
    pub entries: Vec<Explanation>,
}

impl Statement {
    /// The partner's statement over all periods of all incentives that lie within `covers`.
    ///
    /// Incentives that the partner cannot earn are left out, and so are periods without a single line, unless something
    /// is guaranteed; both can be explained one by one with [`explain`].
    ///
    /// # Errors
    /// [`ExplainError`] if a period cannot be explained.
    pub fn new(basis: Basis<'_>, partner: &Partner, covers: Period) -> Result<Self, ExplainError> {
        let ranges = basis.partials.ranges();
        let basis = basis.ranges(&ranges);
        let periods = periods(basis, covers)?;
        let told = told(basis, partner, &periods)?;
        let entries = told
            .iter()
            .map(|Told { rebate, period, .. }| explain(basis, rebate.name.as_str(), partner, &period.period));
        let entries = entries.collect::<Result<_, _>>()?;
        Ok(Self { partner: partner.clone(), program: basis.program.identity().clone(), covers, entries })
    }

    /// The money earned, by currency. (Goods are listed in the entries.)
    ///
    /// # Errors
    /// [`MoneyError`] if a sum does not fit.
    pub fn totals(&self) -> Result<Vec<Money>, MoneyError> {
        let mut totals: BTreeMap<_, Money> = BTreeMap::new();
        for money in self.entries.iter().filter_map(|entry| entry.earned.money()) {
            let total = totals.entry(money.currency()).or_insert(Money::zero(money.currency()));
            *total = total.plus(money)?;
        }
        Ok(totals.into_values().collect())
    }

    /// Whether nothing was earned.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.iter().all(|entry| Payout::is_zero(entry.earned))
    }
}

/// A period and its label.
pub(super) struct Labelled {
    pub(super) period: FiscalPeriod,
    pub(super) label: String,
}

/// What is told of: an incentive and a period, with what was measured.
pub(super) struct Told<'b> {
    pub(super) rebate: &'b Rebate,
    pub(super) period: &'b Labelled,
    pub(super) values: Values,
}

/// What a statement tells of: incentives that the partner can earn, in periods with a line or a guarantee.
pub(super) fn told<'b>(
    basis: Basis<'b>,
    partner: &Partner,
    periods: &'b [Labelled],
) -> Result<Vec<Told<'b>>, ExplainError> {
    let mut told = Vec::new();
    for period in periods {
        for rebate in basis.program.rebates().iter().filter(|rebate| rebate.every == period.period.every) {
            // A version says nothing of periods that another decides on.
            if rebate.governed.of(&period.period.period).is_none()
                || rebate.eligible.refuses(partner, basis.program).is_some()
            {
                continue;
            }
            let values = Values::of(Counted { basis, rebate, partner }, &period.period)?;
            let sold = values.any || rebate.guarantee.is_some();
            if sold && wrong_tier(basis, rebate, partner, &period.period)?.is_none() {
                told.push(Told { rebate, period, values });
            }
        }
    }
    Ok(told)
}

/// The periods of all incentives within a span, in order of their end, shorter ones first.
pub(super) fn periods(basis: Basis<'_>, covers: Period) -> Result<Vec<Labelled>, ExplainError> {
    let mut lengths: Vec<_> = basis.program.rebates().iter().map(|rebate| rebate.every).collect();
    lengths.sort_unstable();
    lengths.dedup();
    let mut periods: Vec<FiscalPeriod> = Vec::new();
    for every in lengths {
        let within = basis.program.calendar().periods_in(every, &covers)?;
        periods.extend(within.into_iter().filter(|period| covers.covers(&period.period)));
    }
    periods.sort_by_key(|period| (period.period.until(), period.every));
    Ok(periods.into_iter().map(|period| Labelled { label: period.to_string(), period }).collect())
}
