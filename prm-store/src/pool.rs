//! The pools and transactions of either database under one name each.

#[cfg(feature = "postgres")]
use sqlx::postgres::{PgConnection, PgPool, Postgres};
#[cfg(feature = "sqlite")]
use sqlx::sqlite::{
    Sqlite, SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};

use crate::error::StoreError;
use crate::names::{Database, Names};
use crate::persons::Remains;

/// The newest schema that this version knows, and the oldest it needs.
pub(crate) const SCHEMA: i64 = 9;

/// A pool of the host's.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Pool {
    /// SQLite.
    #[cfg(feature = "sqlite")]
    Sqlite(SqlitePool),
    /// PostgreSQL.
    #[cfg(feature = "postgres")]
    Postgres(PgPool),
}

#[cfg(feature = "sqlite")]
impl From<SqlitePool> for Pool {
    fn from(pool: SqlitePool) -> Self {
        Self::Sqlite(pool)
    }
}

#[cfg(feature = "postgres")]
impl From<PgPool> for Pool {
    fn from(pool: PgPool) -> Self {
        Self::Postgres(pool)
    }
}

/// A transaction of ours.
pub(crate) enum Transaction<'c> {
    #[cfg(feature = "sqlite")]
    Sqlite(sqlx::Transaction<'c, Sqlite>),
    #[cfg(feature = "postgres")]
    Postgres(sqlx::Transaction<'c, Postgres>),
}

impl Transaction<'_> {
    pub(crate) async fn commit(self) -> sqlx::Result<()> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(transaction) => transaction.commit().await,
            #[cfg(feature = "postgres")]
            Self::Postgres(transaction) => transaction.commit().await,
        }
    }

    pub(crate) async fn rollback(self) -> sqlx::Result<()> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(transaction) => transaction.rollback().await,
            #[cfg(feature = "postgres")]
            Self::Postgres(transaction) => transaction.rollback().await,
        }
    }
}

/// A transaction of the host's, or the connection that it is on; begun with sqlx, which counts them.
#[non_exhaustive]
pub enum HostTransaction<'c> {
    /// On SQLite, begun for writing.
    #[cfg(feature = "sqlite")]
    Sqlite(&'c mut SqliteConnection),
    /// On PostgreSQL.
    #[cfg(feature = "postgres")]
    Postgres(&'c mut PgConnection),
}

#[cfg(feature = "sqlite")]
impl<'c> From<&'c mut SqliteConnection> for HostTransaction<'c> {
    fn from(connection: &'c mut SqliteConnection) -> Self {
        Self::Sqlite(connection)
    }
}

#[cfg(feature = "postgres")]
impl<'c> From<&'c mut PgConnection> for HostTransaction<'c> {
    fn from(connection: &'c mut PgConnection) -> Self {
        Self::Postgres(connection)
    }
}

impl<'c> HostTransaction<'c> {
    /// A savepoint in it, so that what we refuse leaves no trace.
    pub(crate) async fn savepoint(self, tenant: &str, names: &Names) -> Result<Transaction<'c>, StoreError> {
        use sqlx::Connection as _;
        check_tenant(tenant)?;
        let in_transaction = match &self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(connection) => connection.is_in_transaction(),
            #[cfg(feature = "postgres")]
            Self::Postgres(connection) => connection.is_in_transaction(),
        };
        // A savepoint without a transaction would be one of its own, which the host could not take back.
        if !in_transaction {
            return Err(StoreError::NotInTransaction);
        }
        // On SQLite there is nothing to be told of the tenant.
        let _ = names;
        Ok(match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(connection) => Transaction::Sqlite(connection.begin().await?),
            #[cfg(feature = "postgres")]
            Self::Postgres(connection) => {
                // First, since a savepoint that fails for a lost connection would have the host's commit do nothing and
                // say that all is well.
                crate::postgres::set_tenant(connection, names, tenant).await?;
                Transaction::Postgres(connection.begin().await?)
            }
        })
    }
}

/// Runs a block with the `Work` of whichever database a transaction is on.
macro_rules! in_work {
    ($transaction:expr, $names:expr, $work:ident => $body:block) => {
        match $transaction {
            #[cfg(feature = "sqlite")]
            crate::pool::Transaction::Sqlite(connection) => {
                let mut $work = crate::sqlite::SqliteWork { connection, names: $names };
                $body
            }
            #[cfg(feature = "postgres")]
            crate::pool::Transaction::Postgres(connection) => {
                let mut $work = crate::postgres::PostgresWork { connection, names: $names };
                $body
            }
        }
    };
}
pub(crate) use in_work;

impl Pool {
    /// Connects to the database at an address.
    pub(crate) async fn connect(url: &str) -> Result<Self, StoreError> {
        #[cfg(feature = "sqlite")]
        if url.starts_with("sqlite:") {
            return Ok(Self::Sqlite(connect_sqlite(url).await?));
        }
        #[cfg(feature = "postgres")]
        if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            return Ok(Self::Postgres(PgPool::connect(url).await?));
        }
        Err(StoreError::Address { url: without_password(url) })
    }
}

/// What a transaction is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// To read; every statement sees what is committed when it begins.
    Read,
    /// To read, with every statement seeing the same.
    Snapshot,
    /// To write.
    Write,
}

impl Database {
    /// A transaction of one tenant's.
    pub(crate) async fn begin(&self, tenant: &str, access: Access) -> Result<Transaction<'static>, StoreError> {
        check_tenant(tenant)?;
        Ok(match &self.pool {
            #[cfg(feature = "sqlite")]
            Pool::Sqlite(pool) => {
                // Begun as a writer: a reader that turns writer would be refused when another wrote in between.
                let begin = if access == Access::Write { "BEGIN IMMEDIATE" } else { "BEGIN" };
                Transaction::Sqlite(crate::sqlite::begin(pool, begin).await?)
            }
            #[cfg(feature = "postgres")]
            Pool::Postgres(pool) => {
                let begin = crate::postgres::begin(&self.names, tenant, access);
                Transaction::Postgres(pool.begin_with(begin).await?)
            }
        })
    }

    pub(crate) async fn close(&self) {
        match &self.pool {
            #[cfg(feature = "sqlite")]
            Pool::Sqlite(pool) => pool.close().await,
            #[cfg(feature = "postgres")]
            Pool::Postgres(pool) => pool.close().await,
        }
    }

    /// Has what was erased go from below the tables too, as far as that is possible now.
    pub(crate) async fn scrub(&self) -> sqlx::Result<Remains> {
        match &self.pool {
            #[cfg(feature = "sqlite")]
            Pool::Sqlite(pool) => crate::sqlite::empty_log(pool).await,
            #[cfg(feature = "postgres")]
            Pool::Postgres(_) => Ok(Remains::UntilVacuum),
        }
    }

    pub(crate) async fn migrate(&self) -> Result<(), StoreError> {
        match &self.pool {
            #[cfg(feature = "sqlite")]
            Pool::Sqlite(pool) => crate::sqlite::migrator(&self.names).run(pool).await?,
            #[cfg(feature = "postgres")]
            Pool::Postgres(pool) => crate::postgres::migrator(&self.names).run(pool).await?,
        }
        Ok(())
    }

    /// Whether this version can work with the tables that are there.
    pub(crate) async fn check(&self) -> Result<(), StoreError> {
        let state = match &self.pool {
            #[cfg(feature = "sqlite")]
            Pool::Sqlite(pool) => crate::sqlite::schema_state(pool, &self.names).await?,
            #[cfg(feature = "postgres")]
            Pool::Postgres(pool) => crate::postgres::schema_state(pool, &self.names).await?,
        };
        let Some((schema, readable_by)) = state else {
            return Err(StoreError::NotMigrated { found: 0, needed: SCHEMA });
        };
        if readable_by > SCHEMA {
            return Err(StoreError::TooNew { readable_by, known: SCHEMA });
        }
        if schema < SCHEMA {
            return Err(StoreError::NotMigrated { found: schema, needed: SCHEMA });
        }
        Ok(())
    }
}

/// A tenant is named as everything is: 1 to 128 visible ASCII characters.
fn check_tenant(tenant: &str) -> Result<(), StoreError> {
    // Any id would do for the check.
    match prm_core::id::SourceId::new(tenant) {
        Ok(_) => Ok(()),
        Err(why) => Err(StoreError::Tenant { tenant: tenant.escape_debug().take(80).collect(), why }),
    }
}

/// A pool on a file that is made if it is missing, or on one connection in memory.
#[cfg(feature = "sqlite")]
async fn connect_sqlite(url: &str) -> sqlx::Result<SqlitePool> {
    let in_memory = url.contains(":memory:") || url.contains("mode=memory");
    let options: SqliteConnectOptions = url.parse()?;
    let options = options
        .create_if_missing(true)
        .foreign_keys(true)
        .journal_mode(if in_memory { SqliteJournalMode::Memory } else { SqliteJournalMode::Wal })
        .synchronous(SqliteSynchronous::Full)
        // A settlement touches more pages than the two megabytes that are kept otherwise; up to 32 MiB, as needed.
        .pragma("cache_size", "-32768")
        .busy_timeout(std::time::Duration::from_secs(5));
    // Each connection to memory is a database of its own, so there is one, and it stays.
    let pool = if in_memory {
        SqlitePoolOptions::new().max_connections(1).min_connections(1).idle_timeout(None).max_lifetime(None)
    } else {
        SqlitePoolOptions::new()
    };
    // A file does not hang up, and asking whether it did costs as much as a statement.
    pool.test_before_acquire(false).connect_with(options).await
}

/// Whether the same may succeed when tried again: the database was busy, or two transactions got in each other's way.
pub(crate) fn is_passing(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(error) = error else { return false };
    match error.code().as_deref() {
        // PostgreSQL: serialisation failure, deadlock, lock not available.
        Some("40001" | "40P01" | "55P03") => true,
        // SQLite: busy and locked, with their extended forms in the upper bytes.
        Some(code) => code.parse::<i32>().is_ok_and(|code| matches!(code & 0xff, 5 | 6)) && code.len() < 5,
        None => false,
    }
}

fn without_password(url: &str) -> String {
    match (url.find("://"), url.rfind('@')) {
        (Some(begin), Some(end)) if begin + 3 <= end => {
            format!("{}…{}", url.get(..begin + 3).unwrap_or_default(), url.get(end..).unwrap_or_default())
        }
        _ => url.to_owned(),
    }
}
