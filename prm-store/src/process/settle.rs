//! Settling periods: what is due now is compared with what was posted, and the difference becomes owed.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use prm_core::actor::Actor;
use prm_core::calendar::CalendarError;
use prm_core::fx::FxTable;
use prm_core::id::PartnerId;
use prm_core::incentive::line::BatchKey;
use prm_core::incentive::membership::Suspended;
use prm_core::incentive::paying::Paying;
use prm_core::incentive::periods::{Withheld, sift};
use prm_core::incentive::settlement::{DueError, Entry, EntryKey, Settlement, Totals, due};
use prm_core::ledger::{Difference, LedgerError, Payee, may_post, may_read};
use prm_core::lifecycle::Access;
use prm_core::money::{Money, MoneyError};
use prm_core::partner::Partner;
use prm_core::period::{Period, PeriodError};
use prm_core::program::tables::Tables;
use prm_core::program::version::ProgramVersion;
use prm_core::program::{Program, ProgramRef};
use prm_core::zone::ZoneError;
use tracing::Instrument as _;

use super::accrue::reverse;
use super::debts::{Lapsed, lapse};
use super::entries::{PostedEntry, keep_entries, posted_entry, row_of};
use super::known::Known;
use super::owe::{Posting, post_differences};
use super::recorded_now;
use crate::books::{Books, EntryFilter, Money as _};
use crate::error::{ExecuteError, Passing, StoreError};
use crate::execute::{self, Meta};
use crate::pool::HostTransaction;
use crate::store::{Tenant, joining, reading, writing};
use crate::stored::{Action, all_of};

/// Why nothing was settled. Nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettleError {
    /// The actor may not settle.
    #[error("the actor may not settle")]
    Denied,
    /// The store knows no active version with this document: money moves only by what a second person activated.
    #[error("version {} of program `{}` is not active", program.version, program.name)]
    NotActive {
        /// The document.
        program: ProgramRef,
    },
    /// Batches were counted under another version of the program, and not under this one: send them again, so that what
    /// was earned by them is not taken for gone.
    #[error("{} batches are not counted under this version, the first is `{}` of `{}`: send them again", batches.len(), first(batches).0, first(batches).1)]
    NotCounted {
        /// The batches; at least one.
        batches: Vec<BatchKey>,
    },
    /// Something was settled for an incentive that this version does not have. Was it renamed, it would be owed twice; was
    /// it dropped, say so with [`Settle::leaving_gone`].
    #[error("`{key}` was settled, but this version has no such incentive")]
    IncentiveGone {
        /// For what it was settled.
        key: EntryKey,
    },
    /// Days that this version governs were settled by another version, together with days that this one does not govern:
    /// what it owes for them cannot be told apart. Settle first by the version that governs those.
    #[error("`{key}` was settled by another version, and this one governs only a part of its days")]
    PeriodCut {
        /// For what it was settled.
        key: EntryKey,
    },
    /// What is due cannot be said.
    #[error(transparent)]
    Due(#[from] DueError),
    /// What is due cannot be posted.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// An amount does not fit.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// The day of the settlement is beyond the calendar.
    #[error(transparent)]
    Zone(#[from] ZoneError),
    /// The settlement itself cannot be kept.
    #[error(transparent)]
    Record(#[from] ExecuteError<prm_core::incentive::settlement::SettlementError>),
    /// The database is the matter.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The batch and the source of the first of them.
pub(super) fn first(batches: &[BatchKey]) -> (String, String) {
    batches.first().map(|key| (key.batch.to_string(), key.source.to_string())).unwrap_or_default()
}

impl From<sqlx::Error> for SettleError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

impl Passing for SettleError {
    fn is_passing(&self) -> bool {
        match self {
            Self::Store(error) => error.is_passing(),
            Self::Record(error) => error.is_passing(),
            _ => false,
        }
    }
}

/// What is to be settled.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Settle<'s> {
    /// The program that decides; an active version of it is in the store.
    pub program: &'s Program,
    /// Every partner that has sales or was posted anything, as it stands.
    pub partners: &'s BTreeMap<PartnerId, Partner>,
    /// The tables that the program declares.
    pub tables: &'s Tables,
    /// The days whose periods are settled: those that lie within.
    pub covers: Period,
    /// Whether what was settled for incentives that the program has no more stays as it is.
    pub leaves_gone: bool,
    /// The exchange-rate tables that payouts need.
    pub exchange: &'s [FxTable],
}

impl<'s> Settle<'s> {
    /// Settles the periods within `covers`.
    #[must_use]
    pub const fn new(
        program: &'s Program,
        partners: &'s BTreeMap<PartnerId, Partner>,
        tables: &'s Tables,
        covers: Period,
    ) -> Self {
        Self { program, partners, tables, covers, leaves_gone: false, exchange: &[] }
    }

    /// With exchange-rate tables, for partners that are paid in another currency than the program's.
    #[must_use]
    pub const fn exchange(self, exchange: &'s [FxTable]) -> Self {
        Self { exchange, ..self }
    }

    /// Leaves what was settled for incentives that the program has no more as it is.
    #[must_use]
    pub const fn leaving_gone(self) -> Self {
        Self { leaves_gone: true, ..self }
    }
}

/// What a settlement came to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Settled {
    /// Its number; `None` if nothing was due that was not due before.
    pub settlement: Option<u64>,
    /// What is due from now on, where that is new.
    pub entries: Vec<Entry>,
    /// What became owed more, and less, by currency. Whether what is owed less was taken back is the program's policy to say.
    pub posted: Vec<Money>,
    /// What would be due otherwise, and stands as it is: in final periods, and where rules may not lower it. It is told by
    /// every settlement.
    pub withheld: Vec<Withheld>,
    /// How much less is accrued, by currency: what is settled is not estimated any more.
    pub reversed: Vec<Money>,
    /// The debts that were carried for as long as the program says, and are written off now.
    pub lapsed: Vec<Lapsed>,
}

impl Tenant {
    /// Settles periods: computes what is due from the sums of all batches under this version's plan, and posts what is owed more or less than
    /// at the settlement before. Settled again, nothing is posted; a late batch, a correction or a return leads to
    /// adjustments of what it changes.
    ///
    /// Finance and the host settle, by an active version of the program. `at` is the day of the adjustments; what is
    /// earned for the first time belongs to the last day of its period. What was paid and is not due any more becomes what the
    /// program's [policy](prm_core::ledger::negative) says; debts that it carries no longer on that day are written off.
    ///
    /// # Errors
    /// [`SettleError`]; nothing was changed then.
    pub async fn settle(&self, settle: Settle<'_>, by: &Actor, at: DateTime<Utc>) -> Result<Settled, SettleError> {
        let program = settle.program.identity();
        let span = tracing::info_span!("prm.settle", program = program.name, covers = ?settle.covers);
        let tries = writing!(self, work => run(&mut work, &self.tenant, settle, by, at));
        tries.instrument(span).await
    }

    /// The same inside the host's transaction.
    ///
    /// # Errors
    /// [`SettleError`]; nothing of ours was changed then.
    pub async fn settle_in(
        &self,
        transaction: impl Into<HostTransaction<'_>>,
        settle: Settle<'_>,
        by: &Actor,
        at: DateTime<Utc>,
    ) -> Result<Settled, SettleError> {
        joining!(self, transaction, work => run(&mut work, &self.tenant, settle, by, at))
    }

    /// Entries in the order of program, partner, incentive, period and settlement: those of a statement, of a partner, or
    /// all, page by page. Empty if the actor may not see them.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn entries(&self, filter: &EntryFilter, by: &Actor) -> Result<Vec<PostedEntry>, StoreError> {
        let partner = filter.partner.as_deref().and_then(|partner| PartnerId::new(partner).ok());
        if may_read(by, partner.map(Payee::from).as_ref()) != Access::Allowed {
            return Ok(Vec::new());
        }
        let rows = reading!(self, work => { work.entries(&self.tenant, filter).await? });
        rows.into_iter().map(posted_entry).collect()
    }
}

async fn run<W: Books>(
    work: &mut W,
    tenant: &str,
    settle: Settle<'_>,
    by: &Actor,
    at: DateTime<Utc>,
) -> Result<Settled, SettleError> {
    if may_post(by) != Access::Allowed {
        return Err(SettleError::Denied);
    }
    let Settle { program, partners, tables, covers, leaves_gone, exchange } = settle;
    let (identity, settled_on) = (program.identity(), program.zone().local_date(at)?);
    let known = Known::read(work, tenant, program, (covers, settled_on)).await?;
    let (posted, paying) = (known.governed(program, leaves_gone)?, Paying::new(exchange, settled_on));
    let entries = due(known.basis(program, tables), partners, covers, &posted, paying)?;
    let decided_by = |key: &EntryKey| known.posted.get(key).map(|(_, digest)| digest.clone());
    let (entries, withheld) = sift(program, entries, decided_by, settled_on, &known.exceptions).map_err(calendar)?;
    let recorded_at = recorded_now(work, tenant).await?;
    if entries.is_empty() {
        let lapsed = lapse::<W, SettleError>(work, tenant, program, (None, settled_on), (by, recorded_at)).await?;
        let reversed = reverse(work, tenant, program, (covers, settled_on), None).await?.posted;
        return Ok(Settled { withheld, reversed, lapsed, ..Settled::default() });
    }
    let settlement = work.last_settlement(tenant).await? + 1;
    let totals = Totals::of(identity.clone(), covers, &entries)?;
    let owed = totals.posted.clone();
    keep_entries(work, tenant, (&entries, settlement), |entry| row_of(entry, &identity.name, settlement, recorded_at))
        .await?;
    let differences = differences(&entries, settlement, settled_on)?;
    let holds = program.membership().suspended == Suspended::Held;
    let is_held = |payee: &Payee| {
        holds
            && payee.partner().and_then(|payee| partners.get(payee)).is_some_and(|known| known.is_suspended(settled_on))
    };
    let posting = Posting::settlement((program, settlement), settled_on, by, recorded_at);
    post_differences::<W, SettleError>(work, tenant, differences, posting, is_held).await?;
    let lapsing = (Some(settlement), settled_on);
    let lapsed = lapse::<W, SettleError>(work, tenant, program, lapsing, (by, recorded_at)).await?;
    let id = format!("{settlement:08}");
    let meta = Meta::new(by.clone(), at);
    execute::execute::<Settlement, W>(work, tenant, &id, &Action::Open(totals), &(), &meta).await?;
    let reversed = reverse(work, tenant, program, (covers, settled_on), Some(settlement)).await?.posted;
    Ok(Settled { settlement: Some(settlement), entries, posted: owed, withheld, reversed, lapsed })
}

fn calendar(error: PeriodError) -> DueError {
    CalendarError::from(error).into()
}

/// Whether a second person has activated this very document.
pub(super) async fn check_active<W: Books>(
    work: &mut W,
    tenant: &str,
    program: &ProgramRef,
) -> Result<bool, StoreError> {
    let active = all_of::<ProgramVersion, W>(work, tenant, (&program.name, "active")).await?;
    Ok(active.iter().any(|version| version.program == *program))
}

/// What is owed more or less, by payee, with its sources.
fn differences(
    entries: &[Entry],
    settlement: u64,
    settled_on: NaiveDate,
) -> Result<Vec<(Payee, Difference)>, MoneyError> {
    let mut differences = Vec::with_capacity(entries.len());
    for entry in entries {
        let explanation = &entry.explanation;
        let EntryKey { partner, incentive, period } = entry.key();
        let effective_on = if entry.is_adjustment() { settled_on } else { explanation.period.period.last_day() };
        for amount in entry.differences()? {
            let source = format!("settlement/{settlement}/{incentive}/{period}/{partner}/{}", amount.currency());
            differences.push((partner.clone().into(), Difference::new(source, amount, effective_on)));
        }
    }
    Ok(differences)
}
