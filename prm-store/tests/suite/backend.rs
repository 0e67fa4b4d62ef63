//! A database of its own for each trial.

use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};

use prm_store::{Pool, Store, migrate};
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

/// An empty database, and what has to stay until the trial is over.
pub(crate) struct Database {
    pub(crate) pool: Pool,
    _folder: Option<tempfile::TempDir>,
}

static NUMBER: AtomicU32 = AtomicU32::new(0);

impl Backend {
    pub(crate) async fn database(&self) -> Database {
        match self {
            Self::SqliteMemory => {
                let pool = SqlitePoolOptions::new().max_connections(1).idle_timeout(None).max_lifetime(None);
                Database { pool: pool.connect("sqlite::memory:").await.unwrap().into(), _folder: None }
            }
            Self::SqliteFile => {
                let folder = tempfile::tempdir().unwrap();
                let url = format!("sqlite:{}?mode=rwc", folder.path().join("prm.db").display());
                let options = url.parse::<sqlx::sqlite::SqliteConnectOptions>().unwrap();
                let options = options.journal_mode(sqlx::sqlite::SqliteJournalMode::Wal);
                let options = options.busy_timeout(std::time::Duration::from_secs(5));
                let pool = SqlitePool::connect_with(options).await.unwrap();
                Database { pool: pool.into(), _folder: Some(folder) }
            }
            Self::Postgres(server) => {
                let name = format!("prm_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
                let mut connection = PgConnection::connect(server).await.unwrap();
                sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&mut connection).await.unwrap();
                let options = server.parse::<PgConnectOptions>().unwrap().database(&name);
                let pool = PgPoolOptions::new().max_connections(16).connect_with(options).await.unwrap();
                Database { pool: pool.into(), _folder: None }
            }
        }
    }
}

impl Database {
    /// The store in it, with its tables made.
    pub(crate) async fn store(&self) -> Store {
        migrate(self.pool.clone()).await.unwrap();
        Store::from_pool(self.pool.clone()).await.unwrap()
    }

    /// Runs a statement of the host's.
    pub(crate) async fn run(&self, statement: &str) {
        let statement = AssertSqlSafe(statement.to_owned());
        match &self.pool {
            Pool::Sqlite(pool) => drop(sqlx::raw_sql(statement).execute(pool).await.unwrap()),
            Pool::Postgres(pool) => drop(sqlx::raw_sql(statement).execute(pool).await.unwrap()),
            other => panic!("{other:?}"),
        }
    }

    /// The number that a query of the host's gives.
    pub(crate) async fn count(&self, query: &str) -> i64 {
        let query = AssertSqlSafe(query.to_owned());
        match &self.pool {
            Pool::Sqlite(pool) => sqlx::query_scalar(query).fetch_one(pool).await.unwrap(),
            Pool::Postgres(pool) => sqlx::query_scalar(query).fetch_one(pool).await.unwrap(),
            other => panic!("{other:?}"),
        }
    }

    /// The name of one of the store's tables.
    pub(crate) fn table(&self, name: &str) -> String {
        match &self.pool {
            Pool::Sqlite(_) => format!("prm_{name}"),
            _ => format!("prm.{name}"),
        }
    }

    /// How many rows each of the store's tables has.
    pub(crate) async fn rows(&self) -> [i64; 3] {
        let mut rows = [0; 3];
        for (count, table) in rows.iter_mut().zip(["record", "event", "command"]) {
            *count = self.count(&format!("SELECT count(*) FROM {}", self.table(table))).await;
        }
        rows
    }
}
