//! Accruing: what running periods will probably cost goes into the vendor's books, and leaves them when it is settled.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use prm_core::actor::Actor;
use prm_core::currency::Currency;
use prm_core::id::{Name, PartnerId};
use prm_core::incentive::accrual::{Accrual, AccrualChange, AccruedBefore, accrue, changes};
use prm_core::incentive::settlement::{Concern, DueError, EntryKey};
use prm_core::ledger::{may_post, may_read};
use prm_core::lifecycle::Access;
use prm_core::money::Money;
use prm_core::partner::Partner;
use prm_core::period::Period;
use prm_core::program::Program;
use prm_core::program::tables::Tables;
use prm_core::scaled::Scaled;
use tracing::Instrument as _;

use super::known::Known;
use super::posted::deciders;
use super::receive::text;
use super::recorded_now;
use super::settle::SettleError;
use crate::books::{AccrualRow, Accruals as _, Books};
use crate::error::StoreError;
use crate::pool::HostTransaction;
use crate::store::{Tenant, joining, reading, writing};

/// What is to be accrued.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Accrue<'s> {
    /// The program that decides; an active version of it is in the store.
    pub program: &'s Program,
    /// Every partner that has sales, as it stands.
    pub partners: &'s BTreeMap<PartnerId, Partner>,
    /// The tables that the program declares.
    pub tables: &'s Tables,
    /// The days whose periods are estimated: those that lie within, and have begun.
    pub covers: Period,
    /// The last day whose sales have come. Fixed amounts accrue up to it, and the pace of a forecast is that of the days so far.
    pub as_of: NaiveDate,
    /// What the vendor itself expects of whole periods, as values of the measure, by key.
    pub forecasts: Option<&'s BTreeMap<EntryKey, Scaled>>,
}

impl<'s> Accrue<'s> {
    /// Estimates the periods within `covers` at the end of a day.
    #[must_use]
    pub const fn new(
        program: &'s Program,
        partners: &'s BTreeMap<PartnerId, Partner>,
        tables: &'s Tables,
        (covers, as_of): (Period, NaiveDate),
    ) -> Self {
        Self { program, partners, tables, covers, as_of, forecasts: None }
    }

    /// With the vendor's own forecasts.
    #[must_use]
    pub const fn forecasts(self, forecasts: &'s BTreeMap<EntryKey, Scaled>) -> Self {
        Self { forecasts: Some(forecasts), ..self }
    }
}

/// What an accrual came to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Accrued {
    /// Its number; `None` if the books stand as they are.
    pub accrual: Option<u64>,
    /// What changes.
    pub changes: Vec<AccrualChange>,
    /// How much more or less is accrued than before, by currency.
    pub posted: Vec<Money>,
}

/// What the books hold for a key in a currency, since when.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PostedAccrual {
    /// For what.
    pub key: EntryKey,
    /// The number of the accrual that changed it last.
    pub accrual: u64,
    /// The last day of which sales are in it.
    pub as_of: NaiveDate,
    /// What is accrued.
    pub amount: Money,
    /// The estimate.
    pub estimate: Accrual,
    /// When it was written.
    pub recorded_at: DateTime<Utc>,
}

impl Tenant {
    /// Estimates what periods that are not settled yet will cost, and posts in the vendor's books how that differs from what
    /// stands accrued. Accrued again, nothing is posted. What a version estimates replaces what others estimated for days
    /// that it governs. A [settlement](Self::settle) reverses what is accrued for the periods that it settles.
    ///
    /// Finance and the host accrue, by an active version of the program.
    ///
    /// # Errors
    /// [`SettleError`]; nothing was changed then.
    pub async fn accrue(&self, accrue: Accrue<'_>, by: &Actor) -> Result<Accrued, SettleError> {
        let program = accrue.program.identity();
        let span = tracing::info_span!("prm.accrue", program = program.name, covers = ?accrue.covers);
        writing!(self, work => run(&mut work, &self.tenant, accrue, by)).instrument(span).await
    }

    /// The same inside the host's transaction.
    ///
    /// # Errors
    /// [`SettleError`]; nothing of ours was changed then.
    pub async fn accrue_in(
        &self,
        transaction: impl Into<HostTransaction<'_>>,
        accrue: Accrue<'_>,
        by: &Actor,
    ) -> Result<Accrued, SettleError> {
        joining!(self, transaction, work => run(&mut work, &self.tenant, accrue, by))
    }

    /// What stands accrued for a program, as known now or at an instant, in the order of partner, incentive and period.
    /// Whoever may read all money may read it.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Denied`] if the actor may not read it.
    pub async fn accruals(
        &self,
        program: &str,
        known_at: Option<DateTime<Utc>>,
        by: &Actor,
    ) -> Result<Vec<PostedAccrual>, StoreError> {
        if may_read(by, None) != Access::Allowed {
            return Err(StoreError::Denied);
        }
        let rows = reading!(self, work => { work.accruals(&self.tenant, program, None, known_at).await? });
        let mut accruals = Vec::new();
        for row in rows.iter().filter(|row| row.amount != 0) {
            let (key, currency) = key_of(row)?;
            let Some(estimate) = &row.estimate else { return Err(unreadable(row, "it has no estimate")) };
            accruals.push(PostedAccrual {
                key,
                accrual: row.accrual,
                as_of: row.as_of,
                amount: Money::from_minor(row.amount, currency),
                estimate: serde_json::from_str(estimate).map_err(|error| unreadable(row, error))?,
                recorded_at: row.recorded_at,
            });
        }
        Ok(accruals)
    }
}

fn unreadable(row: &AccrualRow, why: impl ToString) -> StoreError {
    let id = format!("{}/{}/{}/{}", row.partner, row.incentive, row.period, row.accrual);
    StoreError::Unreadable { kind: "accrual".to_owned(), id, why: why.to_string() }
}

fn key_of(row: &AccrualRow) -> Result<(EntryKey, Currency), StoreError> {
    let partner = PartnerId::new(&row.partner).map_err(|error| unreadable(row, error))?;
    let incentive = Name::new(&row.incentive).map_err(|error| unreadable(row, error))?;
    let currency = row.currency.parse().map_err(|error| unreadable(row, error))?;
    Ok((EntryKey { partner, incentive, period: row.period.clone() }, currency))
}

/// What stands accrued for days that a version governs, with the days of the period.
type Standing = BTreeMap<(EntryKey, Currency), (Money, Period)>;

async fn standing<W: Books>(
    work: &mut W,
    tenant: &str,
    program: &Program,
    covers: Period,
) -> Result<Standing, SettleError> {
    let rows = work.accruals(tenant, &program.identity().name, Some(covers), None).await?;
    let digests = rows.iter().map(|row| row.digest.clone()).collect();
    let deciders = deciders(work, tenant, program, digests).await?;
    let mut standing = Standing::new();
    for row in rows.iter().filter(|row| row.amount != 0) {
        let (key, currency) = key_of(row)?;
        let decided = (row.digest.as_str(), deciders.get(&row.digest));
        if key.concern(program, decided).map_err(DueError::from)? != Concern::Other {
            standing.insert((key, currency), (Money::from_minor(row.amount, currency), row.days));
        }
    }
    Ok(standing)
}

async fn run<W: Books>(work: &mut W, tenant: &str, accruing: Accrue<'_>, by: &Actor) -> Result<Accrued, SettleError> {
    let Accrue { program, partners, tables, covers, as_of, forecasts } = accruing;
    if may_post(by) != Access::Allowed {
        return Err(SettleError::Denied);
    }
    let known = Known::read(work, tenant, program, (covers, as_of)).await?;
    let (settled, none) = (known.governed(program, true)?, BTreeMap::new());
    let (basis, forecasts) = (known.basis(program, tables), forecasts.unwrap_or(&none));
    let estimates = accrue(basis, partners, (covers, as_of), &settled, forecasts)?;
    post(work, tenant, program, (covers, as_of), (estimates, None)).await
}

/// Reverses what stands accrued for the periods that were settled.
pub(super) async fn reverse<W: Books>(
    work: &mut W,
    tenant: &str,
    program: &Program,
    settled: (Period, NaiveDate),
    settlement: Option<u64>,
) -> Result<Accrued, SettleError> {
    post(work, tenant, program, settled, (Vec::new(), settlement)).await
}

/// Posts how estimates differ from what stands accrued.
async fn post<W: Books>(
    work: &mut W,
    tenant: &str,
    program: &Program,
    (covers, as_of): (Period, NaiveDate),
    (estimates, settlement): (Vec<Accrual>, Option<u64>),
) -> Result<Accrued, SettleError> {
    let standing = standing(work, tenant, program, covers).await?;
    let before: AccruedBefore = standing.iter().map(|(key, (stood, _))| (key.clone(), *stood)).collect();
    let changes = changes(&before, estimates)?;
    if changes.is_empty() {
        return Ok(Accrued::default());
    }
    let accrual = work.last_accrual(tenant).await? + 1;
    let recorded_at = recorded_now(work, tenant).await?;
    let (mut rows, mut posted) = (Vec::new(), BTreeMap::<Currency, Money>::new());
    for change in &changes {
        let AccrualChange { key, amount, difference, estimate, .. } = change;
        let currency = amount.currency();
        let stood = standing.get(&(key.clone(), currency)).map(|(_, days)| *days);
        // What changes was estimated now or stood before.
        let days = estimate.as_ref().map(|estimate| estimate.period.period).or(stood).ok_or_else(|| {
            StoreError::Unreadable { kind: "accrual".to_owned(), id: key.to_string(), why: "it has no days".to_owned() }
        })?;
        rows.push(AccrualRow {
            program: program.identity().name.clone(),
            partner: key.partner.to_string(),
            incentive: key.incentive.to_string(),
            period: key.period.clone(),
            currency: currency.code().to_owned(),
            accrual,
            days,
            as_of,
            digits: currency.minor_digits(),
            amount: amount.minor(),
            difference: difference.minor(),
            settlement,
            digest: program.identity().digest.clone(),
            estimate: estimate.as_ref().map(text).transpose()?,
            recorded_at,
        });
        let sum = posted.entry(currency).or_insert(Money::zero(currency));
        *sum = sum.plus(*difference)?;
    }
    work.add_accruals(tenant, &rows).await?;
    Ok(Accrued { accrual: Some(accrual), changes, posted: posted.into_values().collect() })
}
