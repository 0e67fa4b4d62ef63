//! Following the tiers of partners: what changes is recorded, and what was recorded is an input to incentives.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use prm_core::actor::Actor;
use prm_core::id::PartnerId;
use prm_core::ledger::{may_post, may_read};
use prm_core::lifecycle::Access;
use prm_core::partner::Partner;
use prm_core::period::Period;
use prm_core::program::{Program, ProgramRef};
use prm_core::tier::override_::{Override, OverrideRecord};
use prm_core::tier::standing::advance;
use prm_core::tier::{Approval, Basis, LateLines, MetricFacts, StandingError, TierChange, TierHistory};
use tracing::Instrument as _;

use super::receive::{body, merged, text};
use super::settle::check_active;
use super::{SALES, recorded_now};
use crate::books::{Books, TierRow};
use crate::error::{Passing, StoreError};
use crate::pool::HostTransaction;
use crate::store::{Tenant, joining, reading, writing};
use crate::stored::all_of;

/// Why tiers were not followed. Nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StandError {
    /// The actor may not.
    #[error("the actor may not follow tiers")]
    Denied,
    /// The store knows no active version with this document.
    #[error("version {} of program `{}` is not active", program.version, program.name)]
    NotActive {
        /// The document.
        program: ProgramRef,
    },
    /// The standing of a partner cannot be said.
    #[error(transparent)]
    Standing(#[from] StandingError),
    /// The database is the matter.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for StandError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

impl Passing for StandError {
    fn is_passing(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_passing())
    }
}

/// How far tiers are to be followed, and by what.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Stand<'s> {
    /// The program that decides; an active version of it is in the store.
    pub program: &'s Program,
    /// Every partner, as it stands.
    pub partners: &'s BTreeMap<PartnerId, Partner>,
    /// The day before which every day is answered.
    pub until: NaiveDate,
    /// What is known beside sales.
    pub metrics: Option<&'s MetricFacts>,
    /// Promotions that were approved.
    pub approvals: &'s [Approval],
}

impl<'s> Stand<'s> {
    /// By sales and overrides alone.
    #[must_use]
    pub const fn new(program: &'s Program, partners: &'s BTreeMap<PartnerId, Partner>, until: NaiveDate) -> Self {
        Self { program, partners, until, metrics: None, approvals: &[] }
    }

    /// With what is known beside sales.
    #[must_use]
    pub const fn metrics(self, metrics: &'s MetricFacts) -> Self {
        Self { metrics: Some(metrics), ..self }
    }

    /// With promotions that were approved.
    #[must_use]
    pub const fn approvals(self, approvals: &'s [Approval]) -> Self {
        Self { approvals, ..self }
    }
}

impl Tenant {
    /// Follows the tiers of all partners up to a day, and records what changed: by the sums of all batches, approved
    /// [overrides](OverrideRecord), and what the host tells. What was recorded stays, unless the program computes anew. Gives
    /// the changes that are new, or all of those partners whose tiers came out otherwise.
    ///
    /// Finance and the host do that, by an active version of the program.
    ///
    /// # Errors
    /// [`StandError`]; nothing was changed then.
    pub async fn follow_tiers(
        &self,
        stand: Stand<'_>,
        by: &Actor,
    ) -> Result<BTreeMap<PartnerId, Vec<TierChange>>, StandError> {
        let span =
            tracing::info_span!("prm.follow_tiers", program = stand.program.identity().name, until = %stand.until);
        writing!(self, work => run(&mut work, &self.tenant, stand, by)).instrument(span).await
    }

    /// The same inside the host's transaction.
    ///
    /// # Errors
    /// [`StandError`]; nothing of ours was changed then.
    pub async fn follow_tiers_in(
        &self,
        transaction: impl Into<HostTransaction<'_>>,
        stand: Stand<'_>,
        by: &Actor,
    ) -> Result<BTreeMap<PartnerId, Vec<TierChange>>, StandError> {
        joining!(self, transaction, work => run(&mut work, &self.tenant, stand, by))
    }

    /// The recorded tiers of a program's partners, as known now or at an instant: which was held on any past day, then.
    ///
    /// Whoever may read all money may read them.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Denied`] if the actor may not read them.
    pub async fn tiers(
        &self,
        program: &str,
        known_at: Option<DateTime<Utc>>,
        by: &Actor,
    ) -> Result<TierHistory, StoreError> {
        if may_read(by, None) != Access::Allowed {
            return Err(StoreError::Denied);
        }
        Ok(reading!(self, work => { recorded(&mut work, &self.tenant, program, known_at).await? }))
    }
}

/// The recorded tiers.
pub(super) async fn recorded<W: Books>(
    work: &mut W,
    tenant: &str,
    program: &str,
    known_at: Option<DateTime<Utc>>,
) -> Result<TierHistory, StoreError> {
    let rows = work.tiers(tenant, program, known_at).await?;
    let changes = rows.into_iter().map(|row| {
        let unreadable = |why: String| StoreError::Unreadable { kind: "tier".to_owned(), id: row.partner.clone(), why };
        let partner = PartnerId::new(&row.partner).map_err(|error| unreadable(error.to_string()))?;
        Ok((partner, body::<Vec<TierChange>>("tier", &row.partner, &row.changes)?))
    });
    changes.collect()
}

async fn run<W: Books>(
    work: &mut W,
    tenant: &str,
    stand: Stand<'_>,
    by: &Actor,
) -> Result<BTreeMap<PartnerId, Vec<TierChange>>, StandError> {
    if may_post(by) != Access::Allowed {
        return Err(StandError::Denied);
    }
    let Stand { program, partners, until, metrics, approvals } = stand;
    let identity = program.identity();
    let mut locks = [SALES.to_owned(), format!("program/{}", identity.name)];
    locks.sort();
    work.lock(tenant, &locks).await?;
    if !check_active(work, tenant, identity).await? {
        return Err(StandError::NotActive { program: identity.clone() });
    }
    let days = Period::new(program.counts().from, until).ok();
    let partials = merged(program, work.sums(tenant, program.plan(), days, None).await?)?;
    let overrides = all_of::<OverrideRecord, W>(work, tenant, (&identity.name, "approved")).await?;
    let overrides: Vec<Override> = overrides.iter().filter_map(OverrideRecord::granted).collect();
    let mut basis = Basis::new(program, &partials, partners)?.overrides(&overrides)?.approvals(approvals)?;
    if let Some(metrics) = metrics {
        basis = basis.metrics(metrics);
    }
    let last = work.last_advance(tenant, &identity.name).await?;
    let recomputes = program.tiers().is_some_and(|tiers| tiers.late_lines() == LateLines::Recompute);
    if let Some((_, answered)) = last.filter(|_| !recomputes) {
        basis = basis.answered_until(answered);
    }
    let known = recorded(work, tenant, &identity.name, None).await?;
    let recorded_at = recorded_now(work, tenant).await?;
    let number = last.map_or(1, |(number, _)| number + 1);
    let (mut rows, mut found) = (Vec::new(), BTreeMap::new());
    for partner in partners.values() {
        let before = known.changes(partner.id.as_str());
        let new = advance(&basis, partner, before, until)?;
        let now = if recomputes { new.clone() } else { [before, &new].concat() };
        if now == before {
            continue;
        }
        // Everything a partner was found in may be gone, if it is computed anew.
        let last = now.last().or(before.last());
        let Some(since) = last.map(|change| change.on) else { continue };
        rows.push(TierRow {
            program: identity.name.clone(),
            partner: partner.id.to_string(),
            advance: number,
            tier: now.last().and_then(|change| change.tier.as_ref()).map(ToString::to_string),
            since,
            changes: text(&now)?,
            recorded_at,
        });
        found.insert(partner.id.clone(), new);
    }
    let further = last.is_none_or(|(_, answered)| until > answered);
    if !rows.is_empty() || further {
        let answered = last.map_or(until, |(_, answered)| answered.max(until));
        work.add_advance(tenant, &identity.name, (number, answered), recorded_at).await?;
        work.add_tiers(tenant, &rows).await?;
    }
    Ok(found)
}
