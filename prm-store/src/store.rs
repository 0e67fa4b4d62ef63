//! The store: a pool of the host's or its own, a tenant, and what can be asked and done.

use std::future::Future;
use std::time::Duration;

use chrono::{DateTime, Utc};
use prm_core::actor::Actor;
use prm_core::lifecycle::{Access, Intent};
use tracing::Instrument as _;

use crate::error::{ExecuteError, Passing, StoreError};
use crate::execute::{self, Done, Meta};
use crate::names::Database;
use crate::pool::{HostTransaction, Pool};
use crate::stored::{Action, Stored, record_of};
use crate::work::{Hold, Listing, RecordRow, Work};

/// How often a transaction is tried that others get in the way of.
const TRIES: u32 = 8;

/// Does something in a transaction, and again where others get in the way, a bounded number of times.
pub(crate) async fn bounded<T, E: Passing, F: Future<Output = Result<T, E>>>(once: impl Fn() -> F) -> Result<T, E> {
    for attempt in 0..TRIES {
        match once().await {
            Err(error) if error.is_passing() => {
                tracing::debug!(attempt, "another transaction was in the way");
                tokio::time::sleep(Duration::from_millis(5 << attempt)).await;
            }
            done => return done,
        }
    }
    Err(StoreError::Busy { tries: TRIES }.into())
}

/// Reads in a transaction of its own, which ends with the block.
macro_rules! reading {
    ($tenant:expr, $work:ident => $body:block) => {{
        let database = &$tenant.store.database;
        let mut transaction = database.begin(&$tenant.tenant, crate::pool::Access::Read).await?;
        let read = crate::pool::in_work!(&mut transaction, &database.names, $work => $body);
        transaction.commit().await?;
        read
    }};
}
pub(crate) use reading;

/// Writes in a transaction of its own, and again where others get in the way.
macro_rules! writing {
    ($tenant:expr, $work:ident => $body:expr) => {
        crate::store::bounded(|| async {
            let database = &$tenant.store.database;
            let mut transaction = database.begin(&$tenant.tenant, crate::pool::Access::Write).await?;
            let done = crate::pool::in_work!(&mut transaction, &database.names, $work => { $body.await? });
            transaction.commit().await?;
            Ok(done)
        })
    };
}
pub(crate) use writing;

/// Writes inside the host's transaction, which is neither committed nor rolled back; what is refused leaves no trace.
macro_rules! joining {
    ($tenant:expr, $transaction:expr, $work:ident => $body:expr) => {{
        let names = &$tenant.store.database.names;
        let mut savepoint = $transaction.into().savepoint(&$tenant.tenant, names).await?;
        let done = crate::pool::in_work!(&mut savepoint, names, $work => { $body.await });
        match done {
            Ok(done) => {
                savepoint.commit().await?;
                Ok(done)
            }
            Err(refused) => {
                savepoint.rollback().await?;
                // Nothing is tried again inside the host's transaction: only the host can begin it anew.
                let busy = crate::error::Passing::is_passing(&refused);
                Err(if busy { crate::StoreError::Busy { tries: 1 }.into() } else { refused })
            }
        }
    }};
}
pub(crate) use joining;

/// The longest page of a listing.
pub const PAGE_MAX: u32 = 500;

/// Records, events and commands in a database.
///
/// Cheap to clone: a pool is a handle. Starts no runtime and keeps no state of its own.
#[derive(Debug, Clone)]
pub struct Store {
    pub(crate) database: Database,
}

impl Store {
    /// Connects to a database whose tables are there: `sqlite:path.db`, `sqlite::memory:` or `postgres://…`.
    ///
    /// # Errors
    /// [`StoreError::NotMigrated`] or [`StoreError::TooNew`] if this version cannot work with what is there.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        Self::from_pool(Pool::connect(url).await?).await
    }

    /// Connects, makes or updates the tables, and opens. For the impatient, and for tests.
    ///
    /// # Errors
    /// As [`Self::open`] and [`migrate`].
    pub async fn create(url: &str) -> Result<Self, StoreError> {
        let database = Database::from(Pool::connect(url).await?);
        database.migrate().await?;
        Self::from_pool(database).await
    }

    /// Works in the host's own pool, beside the host's tables.
    ///
    /// # Errors
    /// [`StoreError::NotMigrated`] or [`StoreError::TooNew`] if this version cannot work with what is there.
    pub async fn from_pool(database: impl Into<Database>) -> Result<Self, StoreError> {
        let database = database.into();
        database.check().await?;
        Ok(Self { database })
    }

    /// The pool it works in, for the host's own statements beside it.
    #[must_use]
    pub const fn pool(&self) -> &Pool {
        &self.database.pool
    }

    /// Closes the pool, when everything that is under way is done: a SQLite file is then whole in itself. Without it
    /// nothing is lost; the next one to open the file finds the rest beside it.
    pub async fn close(self) {
        self.database.close().await;
    }

    /// The records of one tenant. Nothing is ever read or written across tenants.
    #[must_use]
    pub fn tenant(&self, tenant: impl Into<String>) -> Tenant {
        Tenant { store: self.clone(), tenant: tenant.into() }
    }
}

/// Makes or updates the tables in a database; the host's own are not touched. Does nothing if they are current.
///
/// # Errors
/// [`StoreError::Migrate`].
pub async fn migrate(database: impl Into<Database>) -> Result<(), StoreError> {
    database.into().migrate().await
}

/// A record with its version.
#[derive(Debug, Clone, PartialEq)]
pub struct Versioned<L> {
    /// The record's id.
    pub id: String,
    /// The record.
    pub record: L,
    /// How many events it has.
    pub version: u64,
}

/// One tenant of a store. Cheap to make and to clone.
#[derive(Debug, Clone)]
pub struct Tenant {
    pub(crate) store: Store,
    pub(crate) tenant: String,
}

impl Tenant {
    /// Decides an action and saves what follows, in a transaction of its own.
    ///
    /// Where other transactions are in the way it is tried again, a bounded number of times.
    ///
    /// # Errors
    /// [`ExecuteError`]; nothing was changed then.
    pub async fn execute<L: Stored>(
        &self,
        id: &str,
        action: Action<L>,
        given: &L::Given,
        meta: &Meta,
    ) -> Result<Done<L>, ExecuteError<L::Error>> {
        let span = tracing::info_span!("prm.execute", kind = L::KIND, id);
        let tries = writing!(self, work => execute::execute(&mut work, &self.tenant, id, &action, given, meta));
        tries.instrument(span).await
    }

    /// Decides an action and saves what follows, inside the host's transaction, which is neither committed nor
    /// rolled back: the host's rows and ours stand or fall together. A refusal leaves the transaction usable.
    ///
    /// On SQLite the host's transaction must have been begun for writing (`BEGIN IMMEDIATE`). Where others are in the
    /// way it is not tried again, since only the host can begin its transaction anew.
    ///
    /// # Errors
    /// [`ExecuteError`]; nothing of ours was changed then. [`StoreError::NotInTransaction`] if the connection is in
    /// none, [`StoreError::Busy`] if the host should begin anew.
    pub async fn execute_in<L: Stored>(
        &self,
        transaction: impl Into<HostTransaction<'_>>,
        id: &str,
        action: &Action<L>,
        given: &L::Given,
        meta: &Meta,
    ) -> Result<Done<L>, ExecuteError<L::Error>> {
        let span = tracing::info_span!("prm.execute_in", kind = L::KIND, id);
        async {
            joining!(self, transaction, work => execute::execute(&mut work, &self.tenant, id, action, given, meta))
        }
        .instrument(span)
        .await
    }

    /// Notes the deadlines of up to `limit` records of a kind that have passed, each in a transaction of its own, so
    /// that the feed tells of them. For a job of the host's, again while there are [more](Ran::more).
    ///
    /// No answer depends on when this runs, or on whether it does: the events carry the deadlines as their dates.
    ///
    /// # Errors
    /// [`StoreError`] if what is due cannot be listed.
    pub async fn run_due<L: Stored>(&self, now: DateTime<Utc>, limit: u32) -> Result<Ran, StoreError> {
        self.run_due_with::<L>(now, limit, None).await
    }

    /// The same, and judges others again that a deadline affects, by what the host tells: those behind a registration that
    /// has lost its place, for example.
    ///
    /// # Errors
    /// [`StoreError`] if what is due cannot be listed.
    pub async fn run_due_given<L: Stored>(
        &self,
        now: DateTime<Utc>,
        limit: u32,
        given: &L::Given,
    ) -> Result<Ran, StoreError> {
        self.run_due_with::<L>(now, limit, Some(given)).await
    }

    async fn run_due_with<L: Stored>(
        &self,
        now: DateTime<Utc>,
        limit: u32,
        given: Option<&L::Given>,
    ) -> Result<Ran, StoreError> {
        let limit = limit.clamp(1, PAGE_MAX);
        let span = tracing::info_span!("prm.run_due", kind = L::KIND);
        let run = async {
            let mut ran = Ran::default();
            let mut after = None;
            loop {
                let due = reading!(self, work => {
                    work.due(&self.tenant, L::KIND, now, after.as_ref(), limit).await?
                });
                ran.more = due.len() == limit as usize;
                after = due.last().cloned();
                for (_, id) in due {
                    let noted: Result<bool, ExecuteError<L::Error>> =
                        writing!(self, work => execute::note_lapsed::<L, _>(&mut work, &self.tenant, &id, now, given))
                            .await;
                    match noted {
                        Ok(true) => ran.noted.push(id),
                        // Somebody else was faster.
                        Ok(false) => {}
                        Err(ExecuteError::Store(error)) => ran.failed.push((id, error)),
                        Err(error) => {
                            let (kind, why) = (L::KIND.to_owned(), error.to_string());
                            ran.failed.push((id.clone(), StoreError::Unreadable { kind, id, why }));
                        }
                    }
                }
                // What fails stays due; it must not stand in the way of the rest.
                if !ran.noted.is_empty() || !ran.more {
                    return Ok(ran);
                }
            }
        };
        run.instrument(span).await
    }

    /// The record of that id, if there is one that the actor may see.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn get<L: Stored>(&self, id: &str, actor: &Actor) -> Result<Option<Versioned<L>>, StoreError> {
        let row = reading!(self, work => { work.record(&self.tenant, L::KIND, id, Hold::Nothing).await? });
        row.map_or(Ok(None), |row| visible(row, actor))
    }

    /// The same as the host's transaction sees it, with what was written in it so far.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn get_in<L: Stored>(
        &self,
        transaction: impl Into<HostTransaction<'_>>,
        id: &str,
        actor: &Actor,
    ) -> Result<Option<Versioned<L>>, StoreError> {
        let row = joining!(self, transaction, work => record_row(&mut work, &self.tenant, L::KIND, id))?;
        row.map_or(Ok(None), |row| visible(row, actor))
    }

    /// A page of records in the order of their ids, those that the actor may see. Where `after` is the id of the
    /// last one, the next page begins behind it; the last page is shorter than its limit.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn list<L: Stored>(&self, listing: &Listing, actor: &Actor) -> Result<Page<L>, StoreError> {
        let limit = listing.limit.clamp(1, PAGE_MAX);
        let listing = Listing { limit, ..listing.clone() };
        let rows = reading!(self, work => { work.list(&self.tenant, L::KIND, &listing).await? });
        let full = rows.len() == limit as usize;
        let after = rows.last().filter(|_| full).map(|row| row.id.clone());
        let mut records = Vec::with_capacity(rows.len());
        for row in rows {
            let record: L = record_of(&row)?;
            if L::may(Some(&record), actor, Intent::Read) == Access::Allowed {
                records.push(Versioned { id: row.id, record: record.seen_by(actor), version: row.version });
            }
        }
        Ok(Page { records, after })
    }

    /// The events of a record in order, if the actor may see it; with [`replay`](prm_core::lifecycle::replay) they
    /// are the record.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn history<L: Stored>(&self, id: &str, actor: &Actor) -> Result<Vec<L::Event>, StoreError> {
        if self.get::<L>(id, actor).await?.is_none() {
            return Ok(Vec::new());
        }
        let rows = reading!(self, work => {
            work.events(&self.tenant, L::KIND, id, i64::MAX.unsigned_abs()).await?
        });
        let events: Result<Vec<_>, _> = rows.iter().map(|row| execute::event_of::<L>(id, row)).collect();
        Ok(L::history_seen_by(events?, actor))
    }
}

async fn record_row<W: Work>(
    work: &mut W,
    tenant: &str,
    kind: &str,
    id: &str,
) -> Result<Option<RecordRow>, StoreError> {
    Ok(work.record(tenant, kind, id, Hold::Nothing).await?)
}

/// The record in a row, if the actor may see it.
fn visible<L: Stored>(row: RecordRow, actor: &Actor) -> Result<Option<Versioned<L>>, StoreError> {
    let record: L = record_of(&row)?;
    let visible = L::may(Some(&record), actor, Intent::Read) == Access::Allowed;
    Ok(visible.then(|| Versioned { id: row.id, record: record.seen_by(actor), version: row.version }))
}

/// What became of deadlines.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Ran {
    /// The records whose deadlines were noted.
    pub noted: Vec<String>,
    /// Those that could not be read or saved; they stay due.
    pub failed: Vec<(String, StoreError)>,
    /// Whether there may be more.
    pub more: bool,
}

/// A page of a listing.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<L> {
    /// The records.
    pub records: Vec<Versioned<L>>,
    /// Where the next page begins; `None` at the end.
    pub after: Option<String>,
}
