//! The feed, persons, and what an export holds.

use std::future::Future;

use chrono::{DateTime, Utc};

use crate::tables::Table;
use crate::work::{EventRow, Work};

/// An event in the feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ChangeRow {
    /// Its place.
    pub position: u64,
    /// The kind of record.
    pub kind: String,
    /// The record's id.
    pub id: String,
    /// The event.
    pub event: EventRow,
}

/// What is known of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PersonRow {
    /// The person's id.
    pub id: String,
    /// What is known, as JSON; `None` once it was erased.
    pub body: Option<String>,
    /// When it was written.
    pub changed_at: DateTime<Utc>,
    /// When it was erased.
    pub erased_at: Option<DateTime<Utc>>,
}

/// Takes a row as JSON.
pub(crate) type Taker<'t> = &'t mut (dyn FnMut(&str) -> std::io::Result<()> + Send);

type Out<T> = sqlx::Result<T>;

/// What is followed, erased and moved.
#[allow(missing_docs, reason = "each is what its name, its rows and its statement say")]
pub(crate) trait Archive: Work {
    fn changes(&mut self, tenant: &str, after: u64, limit: u32) -> impl Future<Output = Out<Vec<ChangeRow>>> + Send;
    /// Whether events are committed that have no position.
    fn has_unnumbered(&mut self, tenant: &str) -> impl Future<Output = Out<bool>> + Send;
    /// Gives positions to up to so many committed events, in the order in which they were written.
    fn number_events(&mut self, tenant: &str, limit: u32) -> impl Future<Output = Out<()>> + Send;
    /// Has what is replaced from now on overwritten, where that is not so by itself.
    fn erase_what_is_replaced(&mut self) -> impl Future<Output = Out<()>> + Send;
    fn person(&mut self, tenant: &str, id: &str) -> impl Future<Output = Out<Option<PersonRow>>> + Send;
    fn save_person(&mut self, tenant: &str, row: &PersonRow) -> impl Future<Output = Out<()>> + Send;
    /// Hands out the rows of a table as JSON objects, in the order of its key; how many.
    fn dump(&mut self, tenant: &str, table: &Table, each: Taker<'_>) -> impl Future<Output = Out<u64>> + Send;
    /// Adds rows from a JSON array of objects.
    fn load(&mut self, tenant: &str, table: &Table, rows: &str) -> impl Future<Output = Out<()>> + Send;
    fn count_rows(&mut self, tenant: &str, table: &Table) -> impl Future<Output = Out<u64>> + Send;
}
