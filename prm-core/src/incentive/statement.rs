//! Statements: what a partner earned in a run of periods, with every explanation.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::counted::Counted;
use super::explain::{Basis, ExplainError, Explanation, explain};
use super::judge::wrong_tier;
use super::rebate::Payout;
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
        let mut entries = Vec::new();
        for period in periods(basis, covers)? {
            for rebate in basis.program.rebates().iter().filter(|rebate| rebate.every == period.every) {
                // A version says nothing of periods that another decides on.
                if rebate.governed.of(&period.period).is_none() {
                    continue;
                }
                let sold = rebate.guarantee.is_some() || Counted { basis, rebate, partner }.any(&period)?;
                let refuses = || rebate.eligible.refuses(partner, basis.program);
                if sold && refuses().or(wrong_tier(basis, rebate, partner, &period)?).is_none() {
                    entries.push(explain(basis, rebate.name.as_str(), partner, &period)?);
                }
            }
        }
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

/// The periods of all incentives within a span, in order of their end, shorter ones first.
fn periods(basis: Basis<'_>, covers: Period) -> Result<Vec<FiscalPeriod>, ExplainError> {
    let mut lengths: Vec<_> = basis.program.rebates().iter().map(|rebate| rebate.every).collect();
    lengths.sort_unstable();
    lengths.dedup();
    let mut periods = Vec::new();
    for every in lengths {
        let within = basis.program.calendar().periods_in(every, &covers)?;
        periods.extend(within.into_iter().filter(|period| covers.covers(&period.period)));
    }
    periods.sort_by_key(|period| (period.period.until(), period.every));
    Ok(periods)
}
