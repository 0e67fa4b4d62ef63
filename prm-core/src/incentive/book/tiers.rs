//! In which tiers partners are, by the lines of a book and what else it was told.

use chrono::NaiveDate;

use super::{Recorded, SalesBook, SalesBookError};
use crate::id::{Name, PartnerId};
use crate::incentive::partial::Partials;
use crate::tier::standing::{Standing, advance, standing};
use crate::tier::{Approval, Basis, LateLines, MetricFact, Override, StandingError, TierChange};

impl SalesBook {
    /// Takes a value of a metric that the program declares.
    ///
    /// # Errors
    /// [`SalesBookError`] if the program has no such metric, or the value is none.
    pub fn tell(&mut self, fact: MetricFact) -> Result<(), SalesBookError> {
        let metrics = self.metrics.as_mut().ok_or(StandingError::NoTiers)?;
        Ok(metrics.tell(fact)?)
    }

    /// Grants a tier for a time.
    ///
    /// # Errors
    /// [`SalesBookError`] if it is no tier of the program.
    pub fn grant(&mut self, granted: Override) -> Result<(), SalesBookError> {
        self.known_tier(&granted.tier)?;
        self.overrides.push(granted);
        Ok(())
    }

    /// Approves a promotion.
    ///
    /// # Errors
    /// [`SalesBookError`] if it is to no tier of the program.
    pub fn approve(&mut self, approval: Approval) -> Result<(), SalesBookError> {
        self.known_tier(&approval.tier)?;
        self.approvals.push(approval);
        Ok(())
    }

    fn known_tier(&self, tier: &Name) -> Result<(), SalesBookError> {
        let tiers = self.program.tiers().ok_or(StandingError::NoTiers)?;
        let unknown = || StandingError::UnknownTier { tier: tier.clone() };
        tiers.rank(tier.as_str()).map(|_| ()).ok_or_else(|| unknown().into())
    }

    /// Records the changes of standing that take effect before a day, of all partners: lines that come later leave them as
    /// they are, unless the program recomputes.
    ///
    /// # Errors
    /// [`SalesBookError`] if a day or number does not fit.
    pub fn record_tiers(&mut self, until: NaiveDate) -> Result<(), SalesBookError> {
        let changes = |id: &PartnerId| Ok((id.clone(), Recorded { changes: self.tier_changes(id, until)?, until }));
        self.recorded = self.partners.keys().map(changes).collect::<Result<_, SalesBookError>>()?;
        Ok(())
    }

    /// The changes of a partner's standing that take effect before a day.
    ///
    /// # Errors
    /// [`SalesBookError`] if the program has no tiers, the partner is unknown, or a day or number does not fit.
    pub fn tier_changes(&self, partner: &PartnerId, until: NaiveDate) -> Result<Vec<TierChange>, SalesBookError> {
        let sums = self.sums();
        let (basis, partner) = (self.tier_basis(&sums, partner)?, self.partner(partner)?);
        let recorded = self.recorded_of(&partner.id);
        let more = advance(&basis, partner, recorded, until)?;
        let kept = recorded.iter().filter(|change| change.on < until).cloned();
        Ok(kept.chain(more).collect())
    }

    /// Where a partner stands on a day, what is missing for the next tier, and what the tier gives.
    ///
    /// # Errors
    /// [`SalesBookError`] if the program has no tiers, the partner is unknown, or a day or number does not fit.
    pub fn standing(&self, partner: &PartnerId, as_of: NaiveDate) -> Result<Standing, SalesBookError> {
        let sums = self.sums();
        let (basis, partner) = (self.tier_basis(&sums, partner)?, self.partner(partner)?);
        Ok(standing(&basis, partner, self.recorded_of(&partner.id), as_of)?)
    }

    /// What was recorded of a partner, where the program keeps to it.
    fn recorded_of(&self, partner: &PartnerId) -> &[TierChange] {
        let keeps = self.program.tiers().is_some_and(|tiers| tiers.late_lines() == LateLines::Keep);
        self.recorded.get(partner).filter(|_| keeps).map_or(&[], |recorded| &recorded.changes)
    }

    fn tier_basis<'b>(&'b self, sums: &'b Partials, partner: &PartnerId) -> Result<Basis<'b>, SalesBookError> {
        let basis = Basis::new(&self.program, sums, &self.partners)?;
        let basis = basis.overrides(&self.overrides)?.approvals(&self.approvals)?;
        let basis = self.metrics.iter().fold(basis, Basis::metrics);
        let keeps = self.program.tiers().is_some_and(|tiers| tiers.late_lines() == LateLines::Keep);
        let answered = self.recorded.get(partner).filter(|_| keeps);
        Ok(answered.into_iter().fold(basis, |basis, recorded| basis.answered_until(recorded.until)))
    }
}
