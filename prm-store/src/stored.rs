//! What a lifecycle needs beside its rules to be stored: what it is about, and what it must know of others.

mod deals;
mod funds;

use std::collections::BTreeSet;
use std::future::Future;

use chrono::{DateTime, NaiveDate, Utc};
use prm_core::id::{AuthorisationId, RequestId};
use prm_core::incentive::claim::{EvidenceKey, Payout, Taken};
use prm_core::incentive::mdf::Movement;
use prm_core::incentive::periods::exception::PeriodException;
use prm_core::incentive::settlement::Settlement;
use prm_core::lifecycle::Lifecycle;
use prm_core::program::version::{Command, Found, ProgramVersion, Stage};
use prm_core::scaled::Scaled;
use prm_core::tier::override_::OverrideRecord;

pub(crate) use self::funds::{authorisation_of, requests_over};
use crate::error::StoreError;
use crate::work::{Listing, RecordRow, Work};

/// What is to be done: open a record, or command one.
#[derive(Debug, Clone)]
pub enum Action<L: Lifecycle> {
    /// Bring it into being.
    Open(L::Open),
    /// Change it.
    Command(L::Command),
}

/// A lifecycle whose records are stored.
pub trait Stored: Lifecycle {
    /// What a record is about, for look-ups within its kind.
    fn subject(&self) -> &str;

    /// What must hold still while the action is decided, or the passing of time is noted, beyond the record itself.
    fn locks(record: Option<&Self>, action: Option<&Action<Self>>) -> Locks;

    /// Reads what the rules need to know for an action, or for the passing of time, in the same transaction. What only the
    /// host knows is there, unless time alone causes something and nobody told it.
    fn find<W: Work>(
        work: &mut W,
        tenant: &str,
        id: &str,
        record: Option<&Self>,
        action: Option<&Action<Self>>,
        given: Option<&Self::Given>,
    ) -> impl Future<Output = Result<Self::Found, StoreError>> + Send;

    /// Other records of its kind whose deadlines are to be noted before the action is decided, in one order for all callers.
    fn first<W: Work>(
        work: &mut W,
        tenant: &str,
        record: Option<&Self>,
        action: &Action<Self>,
        at: DateTime<Utc>,
    ) -> impl Future<Output = Result<Vec<String>, StoreError>> + Send {
        let _ = (work, tenant, record, action, at);
        async { Ok(Vec::new()) }
    }

    /// Saves what belongs beside a record after events, and tells what else follows. What only the host knows is there,
    /// unless time alone caused the events and nobody told it.
    fn after<W: Work>(
        work: &mut W,
        tenant: &str,
        after: After<'_, Self>,
    ) -> impl Future<Output = Result<Follows<Self>, StoreError>> + Send {
        let _ = (work, tenant, after);
        async { Ok(Follows::default()) }
    }

    /// Whether what time alone causes has effects that only follow from what the host knows: without it nothing is noted.
    const NEEDS_GIVEN: bool = false;
}

/// A record after events, with what they were decided by.
#[derive(Debug)]
#[allow(missing_docs, reason = "each is what its name says")]
pub struct After<'a, L: Lifecycle> {
    pub id: &'a str,
    pub record: &'a L,
    pub events: &'a [L::Event],
    pub found: &'a L::Found,
    pub given: Option<&'a L::Given>,
}

/// What follows from what happened to a record.
#[derive(Debug)]
pub struct Follows<L: Lifecycle> {
    /// Which other records of its kind are to be judged again, by which command.
    pub others: Vec<(String, L::Command)>,
    /// What else is to be done in the same transaction, in order.
    pub effects: Vec<Effect>,
}

impl<L: Lifecycle> Default for Follows<L> {
    fn default() -> Self {
        Self { others: Vec::new(), effects: Vec::new() }
    }
}

/// Something that follows from what happened to a record, beyond records of its kind.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Effect {
    /// Money of a fund moves.
    Moves(Movement),
    /// From now on the claim holds this evidence and no other.
    Holds(BTreeSet<EvidenceKey>),
    /// Units of an authorisation are used up.
    Draws {
        /// Which.
        authorisation: AuthorisationId,
        /// How many.
        quantity: Scaled,
        /// From which lots they are taken.
        lots: Vec<Taken>,
    },
    /// Something is owed, as of a day.
    Owes {
        /// What, and to whom.
        payout: Payout,
        /// The day.
        on: NaiveDate,
    },
    /// A request for money of a fund is told of a claim.
    Tells {
        /// Which.
        request: RequestId,
        /// What.
        command: prm_core::incentive::mdf::request::Command,
        /// What only the host knows.
        given: prm_core::incentive::mdf::request::Given,
    },
}

/// Names that are held until the transaction ends.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Locks {
    /// Others may hold these too, unless they want them alone.
    pub shared: Vec<String>,
    /// Nobody else may hold these.
    pub alone: Vec<String>,
}

impl Locks {
    /// One name that nobody else may hold.
    #[must_use]
    pub fn alone(name: String) -> Self {
        Self { shared: Vec::new(), alone: vec![name] }
    }

    /// Takes those that are not held by now, sorted, the shared ones first.
    pub(crate) async fn take<W: Work>(mut self, work: &mut W, tenant: &str, held: &Self) -> Result<(), StoreError> {
        self.shared.retain(|name| !held.shared.contains(name));
        self.alone.retain(|name| !held.alone.contains(name));
        self.shared.sort();
        self.alone.sort();
        Ok(work.hold(tenant, &self.shared, &self.alone).await?)
    }
}

/// All records of a kind about a subject in a stage.
pub(crate) async fn all_of<L: Lifecycle, W: Work>(
    work: &mut W,
    tenant: &str,
    (subject, stage): (&str, &str),
) -> Result<Vec<L>, StoreError> {
    const PAGE: u32 = 100;
    let (subject, stage) = (Some(subject.to_owned()), Some(stage.to_owned()));
    let mut listing = Listing { subject, stage, after: None, limit: PAGE };
    let mut records = Vec::new();
    loop {
        let rows = work.list(tenant, L::KIND, &listing).await?;
        for row in &rows {
            records.push(record_of(row)?);
        }
        match rows.last() {
            Some(last) if rows.len() == PAGE as usize => listing.after = Some(last.id.clone()),
            _ => return Ok(records),
        }
    }
}

/// The record in a row.
///
/// # Errors
/// [`StoreError::Unreadable`] if the body is of a later format or damaged.
pub(crate) fn record_of<L: Lifecycle>(row: &RecordRow) -> Result<L, StoreError> {
    let unreadable = |why: String| StoreError::Unreadable { kind: row.kind.clone(), id: row.id.clone(), why };
    if row.format > L::FORMAT {
        return Err(unreadable(format!("it is of format {}, this version reads up to {}", row.format, L::FORMAT)));
    }
    serde_json::from_str(&row.body).map_err(|error| unreadable(error.to_string()))
}

impl Stored for ProgramVersion {
    fn subject(&self) -> &str {
        &self.program.name
    }

    fn locks(record: Option<&Self>, action: Option<&Action<Self>>) -> Locks {
        // Which versions are active may not change between looking and deciding.
        match (record, action) {
            (Some(version), Some(Action::Command(Command::Activate))) => {
                Locks::alone(format!("program/{}", version.program.name))
            }
            _ => Locks::default(),
        }
    }

    async fn find<W: Work>(
        work: &mut W,
        tenant: &str,
        _id: &str,
        record: Option<&Self>,
        action: Option<&Action<Self>>,
        _given: Option<&Self::Given>,
    ) -> Result<Found, StoreError> {
        let (Some(version), Some(Action::Command(Command::Activate))) = (record, action) else {
            return Ok(Found::default());
        };
        let active = all_of::<Self, W>(work, tenant, (&version.program.name, "active")).await?;
        let active = active.into_iter().filter(|other| matches!(other.stage, Stage::Active { .. }));
        let mut found = Found::default();
        found.active.extend(active.map(|other| (other.program, other.effective)));
        Ok(found)
    }
}

impl Stored for OverrideRecord {
    fn subject(&self) -> &str {
        &self.ask.program
    }

    fn locks(record: Option<&Self>, action: Option<&Action<Self>>) -> Locks {
        // Who is granted what may not change while tiers are followed.
        match (record, action) {
            (Some(granted), Some(Action::Command(_))) => Locks::alone(format!("program/{}", granted.ask.program)),
            _ => Locks::default(),
        }
    }

    async fn find<W: Work>(
        _work: &mut W,
        _tenant: &str,
        _id: &str,
        _record: Option<&Self>,
        _action: Option<&Action<Self>>,
        _given: Option<&Self::Given>,
    ) -> Result<(), StoreError> {
        Ok(())
    }
}

impl Stored for PeriodException {
    fn subject(&self) -> &str {
        &self.ask.program
    }

    fn locks(record: Option<&Self>, action: Option<&Action<Self>>) -> Locks {
        // What is allowed may not change while a settlement looks at it.
        match (record, action) {
            (Some(exception), Some(Action::Command(_))) => Locks::alone(format!("program/{}", exception.ask.program)),
            _ => Locks::default(),
        }
    }

    async fn find<W: Work>(
        _work: &mut W,
        _tenant: &str,
        _id: &str,
        _record: Option<&Self>,
        _action: Option<&Action<Self>>,
        _given: Option<&Self::Given>,
    ) -> Result<(), StoreError> {
        Ok(())
    }
}

impl Stored for Settlement {
    fn subject(&self) -> &str {
        &self.program.name
    }

    fn locks(_record: Option<&Self>, _action: Option<&Action<Self>>) -> Locks {
        // Settling holds all sales and entries already.
        Locks::default()
    }

    async fn find<W: Work>(
        _work: &mut W,
        _tenant: &str,
        _id: &str,
        _record: Option<&Self>,
        _action: Option<&Action<Self>>,
        _given: Option<&Self::Given>,
    ) -> Result<(), StoreError> {
        Ok(())
    }
}
