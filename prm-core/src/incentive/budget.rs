//! Budgets: what an incentive pays all partners together for a period, at most.
//!
//! If they earn more, each gets its share of the budget in proportion, cut to whole minor units: the cents that are left are
//! nobody's, and nothing is ever overdrawn. Who earns how much must be known of all partners first: [`Budgets::of`].

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::explain::{Basis, ExplainError};
use super::judge::earned;
use super::rebate::Payout;
use super::statement::{periods, told};
use crate::id::{Name, PartnerId};
use crate::money::{Money, MoneyError};
use crate::partner::Partner;
use crate::period::Period;
use crate::scaled::NumberError;

/// What all partners earn by incentives with a budget, by incentive and label of the period.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Budgets(BTreeMap<(Name, String), Money>);

/// What a budget did to a payout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[non_exhaustive]
pub struct Budgeted {
    /// The budget for the period.
    pub budget: Money,
    /// What all partners earn together.
    pub claimed: Money,
    /// What this one earns of it.
    pub earned: Money,
}

impl Budgeted {
    /// What is paid of it: all, or the share of the budget in proportion, cut to whole minor units.
    ///
    /// # Errors
    /// [`MoneyError::OutOfRange`] if a product does not fit.
    pub fn paid(&self) -> Result<Money, MoneyError> {
        let Self { budget, claimed, earned } = self;
        if claimed.minor() <= budget.minor() {
            return Ok(*earned);
        }
        let product = i128::from(earned.minor()) * i128::from(budget.minor());
        let share = product.checked_div(i128::from(claimed.minor())).and_then(|share| i64::try_from(share).ok());
        Ok(Money::from_minor(share.ok_or(NumberError::OutOfRange)?, earned.currency()))
    }
}

impl Budgets {
    /// What all these partners earn within `covers`, by incentives that have a budget.
    ///
    /// # Errors
    /// [`ExplainError`] if something cannot be computed.
    pub fn of(basis: Basis<'_>, partners: &BTreeMap<PartnerId, Partner>, covers: Period) -> Result<Self, ExplainError> {
        let mut budgets = Self::default();
        if basis.program.rebates().iter().all(|rebate| rebate.budget.is_none()) {
            return Ok(budgets);
        }
        let ranges = basis.partials.ranges();
        let basis = Basis { claims: true, ..basis.ranges(&ranges) };
        let periods = periods(basis, covers)?;
        for partner in basis.partials.partners().iter().filter_map(|id| partners.get(id)) {
            for of in told(basis, partner, &periods)?.into_iter().filter(|of| of.rebate.budget.is_some()) {
                let Payout::Money(money) = earned(basis, of.rebate, partner, &of.period.period, of.values)? else {
                    continue;
                };
                let place = (of.rebate.name.clone(), of.period.label.clone());
                let sum = budgets.0.entry(place).or_insert(Money::zero(money.currency()));
                *sum = sum.plus(money)?;
            }
        }
        Ok(budgets)
    }

    /// The same, where they earned more, or less, by an incentive in a period.
    pub(super) fn with(&self, incentive: &Name, period: &str, more: Money) -> Result<Self, MoneyError> {
        let mut budgets = self.clone();
        let place = (incentive.clone(), period.to_owned());
        let sum = budgets.0.entry(place).or_insert(Money::zero(more.currency()));
        *sum = sum.plus(more)?;
        Ok(budgets)
    }

    /// What all partners earn by an incentive in a period.
    pub(super) fn claimed(&self, incentive: &Name, period: &str) -> Option<Money> {
        self.0.get(&(incentive.clone(), period.to_owned())).copied()
    }
}
