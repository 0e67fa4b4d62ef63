//! What explanations are computed from.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::super::budget::Budgets;
use super::super::partial::{Partials, Ranges};
use super::super::worth::Supposed;
use super::{Closings, ExplainError};
use crate::id::Name;
use crate::partner::Partner;
use crate::program::Program;
use crate::program::tables::Tables;
use crate::tier::TierHistory;

/// What an explanation is computed from.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Basis<'b> {
    /// The program in force.
    pub program: &'b Program,
    /// The sums of the sale lines.
    pub partials: &'b Partials,
    /// The tables given for the run.
    pub tables: &'b Tables,
    /// The sums as they were known at the beginning of a day, for baselines that are frozen on it.
    pub frozen: Option<&'b BTreeMap<NaiveDate, Partials>>,
    /// The sums as they were known when periods were closed, where the program counts what comes later elsewhere or not.
    pub closings: Option<&'b Closings>,
    /// Which partner was in which tier when, where incentives ask for it.
    pub tiers: Option<&'b TierHistory>,
    /// Where each partner's cells stand, if many are asked for.
    pub(crate) ranges: Option<&'b Ranges<'b>>,
    /// What all partners earn together by incentives that have a budget.
    pub budgets: Option<&'b Budgets>,
    /// Whether only that is asked, so that no budget is looked at.
    pub(crate) claims: bool,
    /// The tier that a partner is supposed to be in, where it is asked what that would be worth.
    pub(in crate::incentive) supposed: Option<&'b Supposed<'b>>,
}

impl<'b> Basis<'b> {
    /// A program, the sums that were folded under it, and the tables it declares.
    #[must_use]
    pub const fn new(program: &'b Program, partials: &'b Partials, tables: &'b Tables) -> Self {
        Self {
            program,
            partials,
            tables,
            frozen: None,
            closings: None,
            tiers: None,
            ranges: None,
            budgets: None,
            claims: false,
            supposed: None,
        }
    }

    /// With the sums as they were known at the beginning of the days on which baselines are frozen. A baseline whose day is
    /// not among them is taken as it is now: the day has not come, or nothing was known then.
    #[must_use]
    pub const fn frozen(self, frozen: &'b BTreeMap<NaiveDate, Partials>) -> Self {
        Self { frozen: Some(frozen), ..self }
    }

    /// With what all partners earn together by incentives that have a budget.
    #[must_use]
    pub const fn budgets(self, budgets: &'b Budgets) -> Self {
        Self { budgets: Some(budgets), ..self }
    }

    /// With the places of each partner's cells.
    pub(crate) const fn ranges(self, ranges: &'b Ranges<'b>) -> Self {
        Self { ranges: Some(ranges), ..self }
    }

    /// With the tiers that partners were in.
    #[must_use]
    pub const fn tiers(self, tiers: &'b TierHistory) -> Self {
        Self { tiers: Some(tiers), ..self }
    }

    /// The tier of a partner on a day.
    pub(crate) fn tier_on(self, partner: &Partner, on: NaiveDate) -> Result<Option<&'b Name>, ExplainError> {
        let (tiers, partner) = (self.tiers.ok_or(ExplainError::NeedsTiers)?, partner.id.as_str());
        let held = tiers.tier_on(partner, on);
        Ok(self.supposed.map_or(held, |supposed| supposed.instead_of(held, partner, on)))
    }

    /// With the sums as they were known when periods were closed.
    #[must_use]
    pub const fn closings(self, closings: &'b Closings) -> Self {
        Self { closings: Some(closings), ..self }
    }

    /// The sums for a baseline that is frozen on a day, or is not.
    pub(crate) fn as_frozen(self, on: Option<NaiveDate>) -> &'b Partials {
        let known = on.zip(self.frozen).and_then(|(on, frozen)| frozen.get(&on));
        known.unwrap_or(self.partials)
    }
}
