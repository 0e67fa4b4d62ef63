//! A database of its own for each trial.

use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};

use prm_store::suite::Fixture;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::SqlitePoolOptions;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, SqlitePool};

#[derive(Debug, Clone)]
pub(crate) enum Backend {
    SqliteMemory,
    SqliteFile,
    /// The address of a server.
    Postgres(String),
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SqliteMemory => "sqlite memory",
            Self::SqliteFile => "sqlite file",
            Self::Postgres(_) => "postgres",
        })
    }
}

static NUMBER: AtomicU32 = AtomicU32::new(0);

impl Backend {
    pub(crate) async fn fixture(&self) -> Fixture {
        match self {
            Self::SqliteMemory => {
                let pool = SqlitePoolOptions::new().max_connections(1).idle_timeout(None).max_lifetime(None);
                Fixture::new(pool.connect("sqlite::memory:").await.unwrap())
            }
            Self::SqliteFile => {
                let folder = tempfile::tempdir().unwrap();
                let url = format!("sqlite:{}?mode=rwc", folder.path().join("prm.db").display());
                let options = url.parse::<sqlx::sqlite::SqliteConnectOptions>().unwrap();
                let options = options.journal_mode(sqlx::sqlite::SqliteJournalMode::Wal);
                let options = options.busy_timeout(std::time::Duration::from_secs(5));
                Fixture::keeping(SqlitePool::connect_with(options).await.unwrap(), folder)
            }
            Self::Postgres(server) => {
                let options: PgConnectOptions = database_on(server).await.parse().unwrap();
                let pool = PgPoolOptions::new().max_connections(16).connect_with(options).await.unwrap();
                Fixture::new(pool)
            }
        }
    }
}

/// The address of an empty database on a server.
pub(crate) async fn database_on(server: &str) -> String {
    let name = format!("prm_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
    let mut connection = PgConnection::connect(server).await.unwrap();
    sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&mut connection).await.unwrap();
    server.replacen("/postgres?", &format!("/{name}?"), 1)
}
