//! Why the store could not do something: small errors with facts, the host's to handle.

#[rustfmt::skip]
mod coded;

use chrono::{DateTime, Utc};

use crate::effects::EffectError;

/// The database or what is in it, not the command, is the matter.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The address names no database that this build knows.
    #[error("`{url}` is no address of a database that this build knows (features `sqlite`, `postgres`)")]
    Address {
        /// The address, without what stands between `://` and `@`.
        url: String,
    },
    /// The name for our schema or tables is none that needs no quotes.
    #[error("`{name}` is no name for a schema or prefix: up to 32 lower-case letters, digits and underscores")]
    Name {
        /// The name.
        name: String,
    },
    /// The tenant's name is no id.
    #[error("tenant `{tenant}`: {why}")]
    Tenant {
        /// The name, escaped.
        tenant: String,
        /// What is wrong with it.
        why: prm_core::id::IdError,
    },
    /// The actor may not read this, and there is no smaller answer that would be true.
    #[error("the actor may not read this")]
    Denied,
    /// The connection that was given is in no transaction that sqlx has begun.
    #[error("the connection is in no transaction")]
    NotInTransaction,
    /// The host's transaction sees what was there when it began (`REPEATABLE READ`), and so not what others committed
    /// before our locks were granted.
    #[error(
        "a transaction of isolation level `repeatable read` cannot be joined: use `read committed` or `serializable`"
    )]
    Isolation,
    /// The tables are missing or older than this version needs: run `migrate`.
    #[error("the tables are at schema {found}, this version needs {needed}: run `migrate`")]
    NotMigrated {
        /// The schema that is there; 0 if there is none.
        found: i64,
        /// The schema that this version needs.
        needed: i64,
    },
    /// The tables were migrated by a later version that this one cannot work with.
    #[error("the tables need schema {readable_by} or later, this version knows {known}")]
    TooNew {
        /// The oldest schema that can work with the tables.
        readable_by: i64,
        /// The newest schema that this version knows.
        known: i64,
    },
    /// What is stored cannot be read: a body of a later format, or a damaged one.
    #[error("{kind} `{id}` cannot be read: {why}")]
    Unreadable {
        /// The kind of record.
        kind: String,
        /// Its id.
        id: String,
        /// What is wrong.
        why: String,
    },
    /// Other transactions were in the way, more often than the store tries.
    #[error("the database was busy in {tries} tries")]
    Busy {
        /// How often it was tried.
        tries: u32,
    },
    /// The file is no database, or it is damaged.
    #[error("the database is damaged: {0}")]
    Corrupt(#[source] sqlx::Error),
    /// The database, or the disk below it, only lets itself be read.
    #[error("the database is read-only: {0}")]
    ReadOnly(#[source] sqlx::Error),
    /// The disk is full.
    #[error("the disk is full: {0}")]
    Full(#[source] sqlx::Error),
    /// The database cannot be reached, or no longer; whether a transaction that was being committed was is unknown:
    /// send the command again with its key.
    #[error("the database cannot be reached: {0}")]
    Lost(#[source] sqlx::Error),
    /// The database refused.
    #[error("the database: {0}")]
    Database(#[source] sqlx::Error),
    /// The tables could not be migrated; those of earlier migrations stay.
    #[error("the tables could not be migrated: {0}")]
    Migrate(#[source] sqlx::migrate::MigrateError),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let sqlx::Error::Database(told) = &error else {
            return match error {
                sqlx::Error::Io(_)
                | sqlx::Error::PoolTimedOut
                | sqlx::Error::PoolClosed
                | sqlx::Error::WorkerCrashed => Self::Lost(error),
                error => Self::Database(error),
            };
        };
        let code = told.code().unwrap_or_default().into_owned();
        match (code.as_str(), code.parse::<i32>().map(|code| code & 0xff)) {
            // PostgreSQL: five characters, of which the first two are a class.
            ("53100", _) => Self::Full(error),
            ("25006", _) => Self::ReadOnly(error),
            ("XX001" | "XX002", _) => Self::Corrupt(error),
            (code, _) if code.len() == 5 && (code.starts_with("08") || code.starts_with("57P")) => Self::Lost(error),
            // SQLite: the lowest byte says what, the others how.
            (code, Ok(8)) if code.len() < 5 => Self::ReadOnly(error),
            (code, Ok(11 | 26)) if code.len() < 5 => Self::Corrupt(error),
            (code, Ok(13)) if code.len() < 5 => Self::Full(error),
            (code, Ok(10 | 14)) if code.len() < 5 => Self::Lost(error),
            _ => Self::Database(error),
        }
    }
}

impl From<sqlx::migrate::MigrateError> for StoreError {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        use sqlx::migrate::MigrateError;
        match error {
            MigrateError::Execute(error) => Self::from(error),
            // Unwrapped only where that says more.
            MigrateError::ExecuteMigration(error, version) => match Self::from(error) {
                Self::Database(error) => Self::Migrate(MigrateError::ExecuteMigration(error, version)),
                told => told,
            },
            error => Self::Migrate(error),
        }
    }
}

/// Why a command was not carried out. Nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExecuteError<E: std::error::Error + 'static> {
    /// The lifecycle refused it.
    #[error(transparent)]
    Refused(E),
    /// There is no such record, or none that the actor may know of.
    #[error("there is no {kind} `{id}`")]
    NotFound {
        /// The kind of record.
        kind: &'static str,
        /// The id.
        id: String,
    },
    /// The actor may see the record but not do this.
    #[error("the actor may not do this")]
    Denied,
    /// A record of this id is there already.
    #[error("{kind} `{id}` is there already")]
    Exists {
        /// The kind of record.
        kind: &'static str,
        /// The id.
        id: String,
    },
    /// The id is none: 1 to 128 visible ASCII bytes.
    #[error("id `{id}`: {why}")]
    Id {
        /// The beginning of the id, escaped.
        id: String,
        /// What is wrong with it.
        why: prm_core::id::IdError,
    },
    /// The record is not at the version that the caller expected.
    #[error("version {expected} was expected, the record is at {found}")]
    VersionDiffers {
        /// What the caller expected.
        expected: u64,
        /// What is there.
        found: u64,
    },
    /// The key belongs to another command.
    #[error("key `{key}` belongs to another command")]
    KeyReused {
        /// The key.
        key: String,
    },
    /// The command is dated before the record's last change.
    #[error("dated {at}, but the record last changed at {last}")]
    BeforeLastChange {
        /// When the command was to take effect.
        at: DateTime<Utc>,
        /// When the record last changed.
        last: DateTime<Utc>,
    },
    /// What follows from it cannot be done.
    #[error(transparent)]
    Effect(EffectError),
    /// The database is the matter.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl<E: std::error::Error + 'static> From<EffectError> for ExecuteError<E> {
    fn from(error: EffectError) -> Self {
        match error {
            EffectError::Store(error) => Self::Store(error),
            error => Self::Effect(error),
        }
    }
}

impl<E: std::error::Error + 'static> From<sqlx::Error> for ExecuteError<E> {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

/// An error that may be gone when the same is tried again.
pub(crate) trait Passing: From<StoreError> {
    /// Whether it may.
    fn is_passing(&self) -> bool;
}

impl Passing for StoreError {
    fn is_passing(&self) -> bool {
        matches!(self, Self::Database(error) if crate::pool::is_passing(error))
    }
}

impl<E: std::error::Error + 'static> Passing for ExecuteError<E> {
    fn is_passing(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_passing())
    }
}
