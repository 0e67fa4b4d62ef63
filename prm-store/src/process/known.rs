//! What settling and accruing rest on: the sums, also as they were known on past days, when baselines were frozen and
//! periods closed; the tiers, the exceptions, and what was posted.

use std::collections::BTreeMap;

use chrono::{NaiveDate, TimeDelta};
use prm_core::actor::Actor;
use prm_core::incentive::explain::{Basis, Closings};
use prm_core::incentive::partial::Partials;
use prm_core::incentive::periods::Exceptions;
use prm_core::incentive::periods::exception::PeriodException;
use prm_core::incentive::settlement::{EntryKey, Posted};
use prm_core::ledger::may_read;
use prm_core::lifecycle::Access;
use prm_core::period::Period;
use prm_core::program::Program;
use prm_core::program::tables::Tables;
use prm_core::tier::TierHistory;

use super::SALES;
use super::posted::{deciders, governed, posted};
use super::receive::merged;
use super::settle::{SettleError, check_active};
use super::stand::recorded;
use crate::books::Books;
use crate::store::{Tenant, reading};
use crate::stored::all_of;

impl Tenant {
    /// The sums that baselines of periods within `covers` are frozen at, by day, as far as these days have come `on` a
    /// day: what [`Basis::frozen`](prm_core::incentive::explain::Basis::frozen) needs to verify an entry for growth.
    ///
    /// Whoever may read all money may read them.
    ///
    /// # Errors
    /// [`SettleError::Denied`] if the actor may not, otherwise as [`Self::settle`].
    pub async fn baselines(
        &self,
        program: &Program,
        covers: Period,
        on: NaiveDate,
        by: &Actor,
    ) -> Result<BTreeMap<NaiveDate, Partials>, SettleError> {
        if may_read(by, None) != Access::Allowed {
            return Err(SettleError::Denied);
        }
        Ok(reading!(self, work => { baselines(&mut work, &self.tenant, program, covers, on).await? }))
    }

    /// The sums that count for closed periods within `covers` `on` a day, where the program counts what comes later elsewhere
    /// or not: what [`Basis::closings`](prm_core::incentive::explain::Basis::closings) needs to verify their entries.
    ///
    /// Whoever may read all money may read them.
    ///
    /// # Errors
    /// [`SettleError::Denied`] if the actor may not, otherwise as [`Self::settle`].
    pub async fn closings(
        &self,
        program: &Program,
        covers: Period,
        on: NaiveDate,
        by: &Actor,
    ) -> Result<Closings, SettleError> {
        if may_read(by, None) != Access::Allowed {
            return Err(SettleError::Denied);
        }
        Ok(reading!(self, work => {
            let exceptions =
                all_of::<PeriodException, _>(&mut work, &self.tenant, (&program.identity().name, "approved")).await?;
            closings(&mut work, &self.tenant, program, covers, (on, &Exceptions::of(&exceptions))).await?
        }))
    }
}

/// What settling and accruing rest on.
pub(super) struct Known {
    partials: Partials,
    frozen: BTreeMap<NaiveDate, Partials>,
    closings: Closings,
    tiers: TierHistory,
    pub(super) exceptions: Exceptions,
    /// What was posted last within the days, and the digest of the version that decided.
    pub(super) posted: BTreeMap<EntryKey, (Posted, String)>,
    /// The other versions that decided on it.
    deciders: BTreeMap<String, Program>,
}

impl Known {
    /// Reads it, for periods within `covers` on a day, and holds it against all other writers.
    pub(super) async fn read<W: Books>(
        work: &mut W,
        tenant: &str,
        program: &Program,
        (covers, on): (Period, NaiveDate),
    ) -> Result<Self, SettleError> {
        let identity = program.identity();
        let mut locks = [SALES.to_owned(), format!("program/{}", identity.name)];
        locks.sort();
        work.lock(tenant, &locks).await?;
        if !check_active(work, tenant, identity).await? {
            return Err(SettleError::NotActive { program: identity.clone() });
        }
        let batches = work.uncounted(tenant, &identity.name, program.plan()).await?;
        if !batches.is_empty() {
            return Err(SettleError::NotCounted { batches });
        }
        let exceptions = all_of::<PeriodException, W>(work, tenant, (&identity.name, "approved")).await?;
        let exceptions = Exceptions::of(&exceptions);
        let posted = posted(work.posted(tenant, &identity.name, covers).await?)?;
        let digests = posted.values().map(|(_, digest)| digest.clone()).collect();
        Ok(Self {
            partials: merged(program, work.sums(tenant, program.plan(), Some(program.needs(covers)), None).await?)?,
            frozen: baselines(work, tenant, program, covers, on).await?,
            closings: closings(work, tenant, program, covers, (on, &exceptions)).await?,
            tiers: recorded(work, tenant, &identity.name, None).await?,
            deciders: deciders(work, tenant, program, digests).await?,
            exceptions,
            posted,
        })
    }

    /// The same for the rules.
    pub(super) fn basis<'k>(&'k self, program: &'k Program, tables: &'k Tables) -> Basis<'k> {
        let basis = Basis::new(program, &self.partials, tables);
        basis.frozen(&self.frozen).closings(&self.closings).tiers(&self.tiers)
    }

    /// What was posted for what the version decides.
    pub(super) fn governed(
        &self,
        program: &Program,
        leaves_gone: bool,
    ) -> Result<BTreeMap<EntryKey, Posted>, SettleError> {
        governed(program, &self.posted, &self.deciders, leaves_gone)
    }
}

/// The sums as they were known at the beginning of each day on which a baseline is frozen, up to a day.
async fn baselines<W: Books>(
    work: &mut W,
    tenant: &str,
    program: &Program,
    covers: Period,
    until: NaiveDate,
) -> Result<BTreeMap<NaiveDate, Partials>, SettleError> {
    let days = program.frozen_days(covers).into_iter().filter(|day| *day <= until);
    known_on(work, tenant, program, covers, days).await
}

/// The sums as they were known when periods were closed, up to a day.
async fn closings<W: Books>(
    work: &mut W,
    tenant: &str,
    program: &Program,
    covers: Period,
    (until, exceptions): (NaiveDate, &Exceptions),
) -> Result<Closings, SettleError> {
    let days = program.closing_days(covers, &exceptions.reopened);
    let known = known_on(work, tenant, program, covers, days.into_iter().filter(|day| *day <= until)).await?;
    Ok(Closings::new(known, exceptions.reopened.clone()))
}

/// The sums as they were known at the beginning of days.
async fn known_on<W: Books>(
    work: &mut W,
    tenant: &str,
    program: &Program,
    covers: Period,
    days: impl Iterator<Item = NaiveDate> + Send,
) -> Result<BTreeMap<NaiveDate, Partials>, SettleError> {
    let mut known_on = BTreeMap::new();
    for day in days {
        let begins = program.zone().start_of_day(day)?;
        // What is recorded in the day's first instant came on that day.
        let known_at = Some(begins - TimeDelta::microseconds(1));
        let known = work.sums(tenant, program.plan(), Some(program.needs(covers)), known_at).await?;
        // Where nothing at all was known yet, the books were begun later, with what had been sold before.
        if !known.is_empty() {
            known_on.insert(day, merged(program, known)?);
        }
    }
    Ok(known_on)
}
