//! What the store does in one transaction, in the words of the database: one implementation for each.

mod accounts;
mod funds;

use std::future::Future;

use chrono::{DateTime, Utc};

pub use self::accounts::{AccountRow, Accounts, KeyRow, Keys, ProfileRow, UnderKeys};
pub use self::funds::{AuthorisationRow, FundAccrualRow, Funds, MovementRow, PotRow};

/// A record as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordRow {
    /// Whose it is.
    pub tenant: String,
    /// The kind of record.
    pub kind: String,
    /// Its id.
    pub id: String,
    /// How many events it has.
    pub version: u64,
    /// The format of its body.
    pub format: u32,
    /// Its stage.
    pub stage: String,
    /// What it is about, for look-ups within a kind.
    pub subject: String,
    /// When time alone will next change what is true of it.
    pub deadline_at: Option<DateTime<Utc>>,
    /// When it last changed.
    pub changed_at: DateTime<Utc>,
    /// The record as JSON.
    pub body: String,
}

/// An event as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRow {
    /// The version of the record after it.
    pub version: u64,
    /// The format of its body.
    pub format: u32,
    /// When it takes effect.
    pub effective_at: DateTime<Utc>,
    /// When the command was received.
    pub received_at: DateTime<Utc>,
    /// When it was written.
    pub recorded_at: DateTime<Utc>,
    /// Who caused it, as JSON.
    pub actor: String,
    /// The event as JSON.
    pub body: String,
}

/// A command that was carried out, by its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandRow {
    /// The caller's key.
    pub key: String,
    /// The fingerprint of the command.
    pub fingerprint: String,
    /// The kind of record.
    pub kind: String,
    /// Its id.
    pub id: String,
    /// The record's version before.
    pub from_version: u64,
    /// The record's version after.
    pub to_version: u64,
    /// When it was written.
    pub recorded_at: DateTime<Utc>,
}

/// Which records of a kind are wanted, page by page.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Listing {
    /// Only those about this.
    pub subject: Option<String>,
    /// Only those at this stage.
    pub stage: Option<String>,
    /// Only those whose id follows this one: the last of the page before.
    pub after: Option<String>,
    /// At most so many.
    pub limit: u32,
}

/// Whether a row that is read is held against other writers until the transaction ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// It is.
    Write,
    /// It is not.
    Nothing,
}

/// One transaction on one database, for one tenant.
pub trait Work: Accounts + Funds {
    /// Whether a transaction that writes is the only one: what it has read stays as it is.
    const ALONE: bool;

    /// Waits until no other transaction holds any of these; they are released with the transaction. The caller
    /// sorts them, so that two callers never wait for each other.
    fn lock(&mut self, tenant: &str, names: &[String]) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// The same, behind others that may be shared; whoever wants one of those alone waits.
    fn hold(
        &mut self,
        tenant: &str,
        shared: &[String],
        alone: &[String],
    ) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// The record of that id.
    fn record(
        &mut self,
        tenant: &str,
        kind: &str,
        id: &str,
        hold: Hold,
    ) -> impl Future<Output = sqlx::Result<Option<RecordRow>>> + Send;

    /// Records in the order of their ids.
    fn list(
        &mut self,
        tenant: &str,
        kind: &str,
        listing: &Listing,
    ) -> impl Future<Output = sqlx::Result<Vec<RecordRow>>> + Send;

    /// The records of a kind about any of these subjects, but for some stages, in the order of their ids.
    fn about(
        &mut self,
        tenant: &str,
        kind: &str,
        subjects: &[String],
        but: &[&str],
    ) -> impl Future<Output = sqlx::Result<Vec<RecordRow>>> + Send;

    /// The deadlines that have passed and the ids of their records, the longest ago first, behind one that is known.
    fn due(
        &mut self,
        tenant: &str,
        kind: &str,
        now: DateTime<Utc>,
        after: Option<&(DateTime<Utc>, String)>,
        limit: u32,
    ) -> impl Future<Output = sqlx::Result<Vec<(DateTime<Utc>, String)>>> + Send;

    /// Adds a record (`before` is 0), or replaces the one that was read at version `before`, with what happened to it.
    fn save(
        &mut self,
        row: &RecordRow,
        before: u64,
        events: &[EventRow],
    ) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// The events of a record up to a version, in order.
    fn events(
        &mut self,
        tenant: &str,
        kind: &str,
        id: &str,
        up_to: u64,
    ) -> impl Future<Output = sqlx::Result<Vec<EventRow>>> + Send;

    /// The command that was carried out under a key.
    fn command(&mut self, tenant: &str, key: &str) -> impl Future<Output = sqlx::Result<Option<CommandRow>>> + Send;

    /// Remembers a command under its key.
    fn keep(&mut self, tenant: &str, command: &CommandRow) -> impl Future<Output = sqlx::Result<()>> + Send;
}
