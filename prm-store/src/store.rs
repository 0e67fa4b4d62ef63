//! The store: a pool of the host's or its own, a tenant, and what can be asked and done.

use std::time::Duration;

use prm_core::actor::Actor;
use prm_core::lifecycle::{Access, Intent};
use tracing::Instrument as _;

use crate::error::{ExecuteError, StoreError};
use crate::execute::{self, Done, Meta};
use crate::pool::{HostTransaction, Pool, in_work};
use crate::stored::{Action, Stored, record_of};
use crate::work::{Hold, Listing, Work};

/// How often a transaction is tried that others get in the way of.
const TRIES: u32 = 8;

/// The longest page of a listing.
pub const PAGE_MAX: u32 = 500;

/// Records, events and commands in a database.
///
/// Cheap to clone: a pool is a handle. Starts no runtime and keeps no state of its own.
#[derive(Debug, Clone)]
pub struct Store {
    pool: Pool,
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
        let pool = Pool::connect(url).await?;
        pool.migrate().await?;
        Self::from_pool(pool).await
    }

    /// Works in the host's own pool, beside the host's tables.
    ///
    /// # Errors
    /// [`StoreError::NotMigrated`] or [`StoreError::TooNew`] if this version cannot work with what is there.
    pub async fn from_pool(pool: impl Into<Pool>) -> Result<Self, StoreError> {
        let pool = pool.into();
        pool.check().await?;
        Ok(Self { pool })
    }

    /// The records of one tenant. Nothing is ever read or written across tenants.
    #[must_use]
    pub fn tenant(&self, tenant: impl Into<String>) -> Tenant<'_> {
        Tenant { store: self, tenant: tenant.into() }
    }
}

/// Makes or updates the tables in a database; the host's own are not touched. Does nothing if they are current.
///
/// # Errors
/// [`StoreError::Migrate`].
pub async fn migrate(pool: impl Into<Pool>) -> Result<(), StoreError> {
    pool.into().migrate().await
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

/// One tenant of a store.
#[derive(Debug, Clone)]
pub struct Tenant<'s> {
    store: &'s Store,
    tenant: String,
}

impl Tenant<'_> {
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
        let tries = async {
            for attempt in 0..TRIES {
                match self.try_once(id, &action, given, meta).await {
                    Err(ExecuteError::Store(StoreError::Database(error))) if crate::pool::is_passing(&error) => {
                        tracing::debug!(attempt, "another transaction was in the way");
                        tokio::time::sleep(Duration::from_millis(5 << attempt)).await;
                    }
                    done => return done,
                }
            }
            Err(StoreError::Busy { tries: TRIES }.into())
        };
        tries.instrument(span).await
    }

    async fn try_once<L: Stored>(
        &self,
        id: &str,
        action: &Action<L>,
        given: &L::Given,
        meta: &Meta,
    ) -> Result<Done<L>, ExecuteError<L::Error>> {
        let mut transaction = self.store.pool.begin().await?;
        let done = in_work!(Transaction, &mut transaction, work => {
            execute::execute(&mut work, &self.tenant, id, action, given, meta).await?
        });
        transaction.commit().await?;
        Ok(done)
    }

    /// Decides an action and saves what follows, inside the host's transaction, which is neither committed nor
    /// rolled back: the host's rows and ours stand or fall together. A refusal leaves the transaction usable.
    ///
    /// On SQLite the host's transaction must have been begun for writing (`BEGIN IMMEDIATE`).
    ///
    /// # Errors
    /// [`ExecuteError`]; nothing of ours was changed then.
    pub async fn execute_in<L: Stored>(
        &self,
        transaction: impl Into<HostTransaction<'_>>,
        id: &str,
        action: &Action<L>,
        given: &L::Given,
        meta: &Meta,
    ) -> Result<Done<L>, ExecuteError<L::Error>> {
        let mut savepoint = transaction.into().savepoint().await?;
        let done = in_work!(Transaction, &mut savepoint, work => {
            execute::execute(&mut work, &self.tenant, id, action, given, meta).await
        });
        match done {
            Ok(done) => {
                savepoint.commit().await?;
                Ok(done)
            }
            Err(refused) => {
                savepoint.rollback().await?;
                Err(refused)
            }
        }
    }

    /// The record of that id, if there is one that the actor may see.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn get<L: Stored>(&self, id: &str, actor: &Actor) -> Result<Option<Versioned<L>>, StoreError> {
        let mut connection = self.store.pool.acquire().await?;
        let row = in_work!(Reading, &mut connection, work => { work.record(&self.tenant, L::KIND, id, Hold::Nothing).await? });
        let Some(row) = row else { return Ok(None) };
        let record: L = record_of(&row)?;
        let visible = L::may(Some(&record), actor, Intent::Read) == Access::Allowed;
        Ok(visible.then(|| Versioned { id: row.id, record, version: row.version }))
    }

    /// A page of records in the order of their ids, those that the actor may see. Where `after` is the id of the
    /// last one, the next page begins behind it; the last page is shorter than its limit.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn list<L: Stored>(&self, listing: &Listing, actor: &Actor) -> Result<Page<L>, StoreError> {
        let limit = listing.limit.clamp(1, PAGE_MAX);
        let listing = Listing { limit, ..listing.clone() };
        let mut connection = self.store.pool.acquire().await?;
        let rows = in_work!(Reading, &mut connection, work => { work.list(&self.tenant, L::KIND, &listing).await? });
        let full = rows.len() == limit as usize;
        let after = rows.last().filter(|_| full).map(|row| row.id.clone());
        let mut records = Vec::with_capacity(rows.len());
        for row in rows {
            let record: L = record_of(&row)?;
            if L::may(Some(&record), actor, Intent::Read) == Access::Allowed {
                records.push(Versioned { id: row.id, record, version: row.version });
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
        let mut connection = self.store.pool.acquire().await?;
        let rows = in_work!(Reading, &mut connection, work => {
            work.events(&self.tenant, L::KIND, id, i64::MAX.unsigned_abs()).await?
        });
        rows.iter().map(|row| execute::event_of::<L>(id, row)).collect()
    }
}

/// A page of a listing.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<L> {
    /// The records.
    pub records: Vec<Versioned<L>>,
    /// Where the next page begins; `None` at the end.
    pub after: Option<String>,
}
