//! What the lines of a book earn, and why.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::{SalesBook, SalesBookError};
use crate::id::{Name, PartnerId};
use crate::incentive::accrual::{Accrual, accrue};
use crate::incentive::budget::Budgets;
use crate::incentive::commission::{
    self, Commission, CommissionAnswer, CommissionBasis, CommissionError, CommissionOwed,
};
use crate::incentive::explain::{Basis, Closings, ExplainError, Explanation, explain};
use crate::incentive::line::SaleLine;
use crate::incentive::partial::Partials;
use crate::incentive::paying::Paying;
use crate::incentive::periods::Reopened;
use crate::incentive::settlement::{Entry, EntryKey, due};
use crate::incentive::spiff::{SpiffAnswer, SpiffBasis, SpiffError, award};
use crate::incentive::verify::{Verified, verify};
use crate::incentive::worth::{Worth, worth};
use crate::period::Period;
use crate::scaled::Scaled;
use crate::tier::TierHistory;

impl SalesBook {
    /// What is due for the periods within some days and was not settled yet, with its explanation. `on` is the day: exchange
    /// rates are those of it, and what counts as known is what came before days up to it.
    ///
    /// # Errors
    /// [`SalesBookError`] if something that is needed was not given, or an amount does not fit; then nothing is due.
    pub fn due(&self, covers: Period, on: NaiveDate) -> Result<Vec<Entry>, SalesBookError> {
        self.judged(covers, on, |basis| {
            Ok(due(basis, &self.partners, covers, &self.posted, Paying::new(&self.exchange, on))?)
        })
    }

    /// The same, and from now on it is settled.
    ///
    /// # Errors
    /// [`SalesBookError`]; then nothing is settled.
    pub fn settle(&mut self, covers: Period, on: NaiveDate) -> Result<Vec<Entry>, SalesBookError> {
        let entries = self.due(covers, on)?;
        self.posted.extend(entries.iter().map(|entry| (entry.key(), entry.posted())));
        Ok(entries)
    }

    /// Why a partner earns what it earns for an incentive, in the period of it in which a day lies, by what is known on
    /// another day.
    ///
    /// # Errors
    /// [`SalesBookError`] if the program has no such incentive, the partner is unknown, something that is needed was not
    /// given, or an amount does not fit.
    pub fn explain(
        &self,
        incentive: &str,
        partner: &PartnerId,
        (day, on): (NaiveDate, NaiveDate),
    ) -> Result<Explanation, SalesBookError> {
        let partner = self.partner(partner)?;
        let unknown = || ExplainError::UnknownIncentive { name: incentive.to_owned() };
        let rebate = self.program.rebate(incentive).ok_or_else(unknown)?;
        let period = self.program.calendar().period_of(day, rebate.every).map_err(ExplainError::from)?;
        self.judged(period.period, on, |basis| {
            let budgets = Budgets::of(basis, &self.partners, period.period)?;
            Ok(explain(basis.budgets(&budgets), incentive, partner, &period)?)
        })
    }

    /// Whether an explanation is what follows from the program and the lines, by what is known on a day.
    ///
    /// # Errors
    /// [`SalesBookError::Mismatch`] names the first field that says something else.
    pub fn verify(&self, explanation: &Explanation, on: NaiveDate) -> Result<Verified, SalesBookError> {
        let partner = self.partner(&explanation.partner)?;
        let covers = explanation.period.period;
        self.judged(covers, on, |basis| {
            let budgets = Budgets::of(basis, &self.partners, covers)?;
            Ok(verify(explanation, basis.budgets(&budgets), partner)?)
        })
    }

    /// What the running periods within some days have come to by a day. `forecasts` are what is expected of whole periods.
    ///
    /// # Errors
    /// [`SalesBookError`] if something that is needed was not given, or an amount does not fit.
    pub fn accrue(
        &self,
        covers: Period,
        as_of: NaiveDate,
        forecasts: &BTreeMap<EntryKey, Scaled>,
    ) -> Result<Vec<Accrual>, SalesBookError> {
        self.judged(covers, as_of, |basis| Ok(accrue(basis, &self.partners, (covers, as_of), &self.posted, forecasts)?))
    }

    /// What a tier would be worth to a partner in the periods within some days, instead of the one that it is in on a day.
    ///
    /// # Errors
    /// [`SalesBookError`] if the program has no such tier, the partner is unknown, or an amount does not fit.
    pub fn worth(
        &self,
        partner: &PartnerId,
        tier: &Name,
        as_of: NaiveDate,
        covers: Period,
    ) -> Result<Worth, SalesBookError> {
        let partner = self.partner(partner)?;
        self.judged(covers, as_of, |basis| {
            let budgets = Budgets::of(basis, &self.partners, covers)?;
            Ok(worth(basis.budgets(&budgets), partner, tier, as_of, covers)?)
        })
    }

    /// What a SPIFF comes to by the end of a day.
    ///
    /// # Errors
    /// [`SalesBookError`] if the program has no such SPIFF, something that is needed was not given, or an amount does not
    /// fit.
    pub fn spiff(&self, name: &str, as_of: NaiveDate) -> Result<SpiffAnswer, SalesBookError> {
        let unknown = || SpiffError::Unknown { name: name.to_owned() };
        let spiff = self.program.spiff(name).ok_or_else(unknown)?;
        let lines: Vec<&SaleLine> = self.batches.iter().flat_map(|batch| &batch.lines).collect();
        let tiers = match &spiff.eligible.tier {
            Some(_) => self.tiers(spiff.window.until())?,
            None => TierHistory::new(),
        };
        let told = (lines.as_slice(), self.shares.as_slice());
        let basis = SpiffBasis::new(&self.program, told, &self.partners, &self.tables, &self.spiff_facts);
        Ok(award(basis.tiers(&tiers), spiff, as_of)?)
    }

    /// What a commission comes to by the end of a day.
    ///
    /// # Errors
    /// [`SalesBookError`] if the program has no such commission, something that is needed was not given, a row of facts cannot
    /// be used, or an amount does not fit.
    pub fn commission(&self, name: &str, as_of: NaiveDate) -> Result<CommissionAnswer, SalesBookError> {
        self.commissioned(name, as_of, |basis, of| commission::award(basis, of, as_of))
    }

    /// What each partner is owed of it by the end of a day, and nothing else: in a fraction of the time.
    ///
    /// # Errors
    /// As [`commission`](Self::commission).
    pub fn commission_owed(&self, name: &str, as_of: NaiveDate) -> Result<Vec<CommissionOwed>, SalesBookError> {
        self.commissioned(name, as_of, |basis, of| commission::owed(basis, of, as_of))
    }

    fn commissioned<T>(
        &self,
        name: &str,
        as_of: NaiveDate,
        ask: impl FnOnce(CommissionBasis<'_>, &Commission) -> Result<T, CommissionError>,
    ) -> Result<T, SalesBookError> {
        let unknown = || CommissionError::Unknown { name: name.to_owned() };
        let commission = self.program.commission(name).ok_or_else(unknown)?;
        let lines: Vec<&SaleLine> = self.batches.iter().flat_map(|batch| &batch.lines).collect();
        let tiers = match commission.needs_tiers() {
            // Tiers are told up to a day: here that is the day after.
            true => self.tiers(as_of.succ_opt().unwrap_or(as_of))?,
            false => TierHistory::new(),
        };
        let told = (lines.as_slice(), self.shares.as_slice());
        let mut basis = CommissionBasis::new(&self.program, told, &self.partners, &self.commission_facts);
        if !self.products.is_empty() {
            basis = basis.products(&self.products);
        }
        Ok(ask(basis.tiers(&tiers), commission)?)
    }

    /// The tiers that partners are in, up to a day.
    fn tiers(&self, until: NaiveDate) -> Result<TierHistory, SalesBookError> {
        let changes = |id: &PartnerId| Ok((id.clone(), self.tier_changes(id, until)?));
        match self.program.tiers() {
            Some(_) => self.partners.keys().map(changes).collect(),
            None => Ok(TierHistory::new()),
        }
    }

    /// Asks with all that is known: the sums, what was known when, and the tiers that partners are in.
    fn judged<T>(
        &self,
        covers: Period,
        on: NaiveDate,
        ask: impl FnOnce(Basis<'_>) -> Result<T, SalesBookError>,
    ) -> Result<T, SalesBookError> {
        let (sums, reopened) = (self.sums(), Reopened::new());
        let frozen = self.known(self.program.frozen_days(covers), on);
        let closings = Closings::new(self.known(self.program.closing_days(covers, &reopened), on), reopened);
        let tiers = self.tiers(covers.until())?;
        let basis = Basis::new(&self.program, &sums, &self.tables);
        ask(basis.frozen(&frozen).closings(&closings).tiers(&tiers))
    }

    /// The sums as they were known at the beginning of days, of those from the first dated lines up to a day.
    fn known(&self, days: BTreeSet<NaiveDate>, until: NaiveDate) -> BTreeMap<NaiveDate, Partials> {
        let empty = Partials::empty(self.program.plan(), self.program.sales().digits);
        let dated: Vec<_> = self.batches.iter().filter_map(|batch| Some((batch.on?, &batch.sums))).collect();
        let Some((first, _)) = dated.first() else { return BTreeMap::new() };
        let known = |day: NaiveDate| dated.iter().rev().find(|(on, _)| *on < day).map_or(&empty, |(_, sums)| *sums);
        days.into_iter().filter(|day| first <= day && *day <= until).map(|day| (day, known(day).clone())).collect()
    }
}
