//! Sums as they were known on past days: when baselines were frozen and periods closed.

use std::collections::BTreeMap;

use chrono::{NaiveDate, TimeDelta};
use prm_core::actor::Actor;
use prm_core::incentive::explain::Closings;
use prm_core::incentive::partial::Partials;
use prm_core::incentive::periods::Exceptions;
use prm_core::incentive::periods::exception::PeriodException;
use prm_core::ledger::may_read;
use prm_core::lifecycle::Access;
use prm_core::period::Period;
use prm_core::program::Program;

use super::receive::merged;
use super::settle::SettleError;
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

/// The sums as they were known at the beginning of each day on which a baseline is frozen, up to a day.
pub(super) async fn baselines<W: Books>(
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
pub(super) async fn closings<W: Books>(
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
