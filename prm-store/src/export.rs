//! Export and import of a tenant as NDJSON, from one database to another of either kind.
//!
//! ```text
//! {"prm_export":1,"schema":4}
//! {"row":{"body":"…","changed_at":"2025-01-01T12:00:00.000000Z", …},"table":"record"}
//! …
//! {"end":{"account":2,"event":7, …}}
//! ```
//!
//! One line is one row, with every column by its name, in the order of the alphabet; instants are RFC 3339 in UTC, days ISO 8601. The last line
//! counts the rows of each table, so that a file that was cut is told. The tenant's name is not in it: it is given
//! where it is imported. Exports of earlier schemas are read, too.

use std::collections::BTreeMap;
use std::io;

use prm_core::actor::{Actor, VendorRole};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::books::{Archive as _, Books};
use crate::error::{Passing, StoreError};
use crate::pool::{Access, SCHEMA, in_work};
use crate::process::post::trial_balance;
use crate::store::{Tenant, writing};
use crate::tables::{TABLES, Table};

/// The format of an export.
pub const EXPORT_FORMAT: u32 = 1;

/// Rows, and bytes, that go into the database at once.
const ROWS: usize = 500;
const BYTES: usize = 4 << 20;

/// Why a tenant was not exported or imported. An import that fails has changed nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The actor may not move a tenant.
    #[error("the actor may not export or import")]
    Denied,
    /// The tenant has rows already: an import makes a tenant.
    #[error("the tenant has {rows} rows of `{table}` already")]
    NotEmpty {
        /// The table.
        table: &'static str,
        /// How many rows.
        rows: u64,
    },
    /// A line is not what it should be.
    #[error("line {line}: {why}")]
    Line {
        /// The line, counted from 1.
        line: u64,
        /// What is wrong with it.
        why: String,
    },
    /// The database refused rows.
    #[error("lines {first} to {last}, table `{table}`: {why}")]
    Rows {
        /// The table.
        table: &'static str,
        /// The first line.
        first: u64,
        /// The last line.
        last: u64,
        /// Why.
        why: StoreError,
    },
    /// The file ends early, or its end counts other rows than it has.
    #[error("the file is not whole: {why}")]
    NotWhole {
        /// What is missing.
        why: String,
    },
    /// The books that were imported do not balance.
    #[error("the books do not balance")]
    Unbalanced,
    /// Reading or writing the file failed.
    #[error(transparent)]
    File(#[from] io::Error),
    /// The database is the matter.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for ExportError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

impl Passing for ExportError {
    fn is_passing(&self) -> bool {
        matches!(self, Self::Store(error) | Self::Rows { why: error, .. } if error.is_passing())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    prm_export: u32,
    schema: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    table: String,
    row: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct End {
    end: BTreeMap<String, u64>,
}

fn may_move(by: &Actor) -> Result<(), ExportError> {
    match by {
        Actor::Host | Actor::Vendor { role: VendorRole::Administrator, .. } => Ok(()),
        _ => Err(ExportError::Denied),
    }
}

impl Tenant {
    /// Hands out everything that is stored of the tenant, line by line, as it is at one instant. Returns how many
    /// rows.
    ///
    /// # Errors
    /// [`ExportError`]; the lines so far are then not whole.
    pub async fn export(
        &self,
        by: &Actor,
        mut each: impl FnMut(&str) -> io::Result<()> + Send,
    ) -> Result<u64, ExportError> {
        may_move(by)?;
        self.number_all().await?;
        each(&json!({"prm_export": EXPORT_FORMAT, "schema": SCHEMA}).to_string())?;
        let database = &self.store.database;
        let mut transaction = database.begin(&self.tenant, Access::Snapshot).await?;
        let mut counts = BTreeMap::new();
        in_work!(&mut transaction, &database.names, work => {
            for table in &TABLES {
                // Both databases write JSON in their own way; a line is the same whichever it comes from.
                let mut line = |row: &str| {
                    let row: Value = serde_json::from_str(row)?;
                    each(&json!({"table": table.name, "row": row}).to_string())
                };
                counts.insert(table.name, work.dump(&self.tenant, table, &mut line).await?);
            }
        });
        transaction.commit().await?;
        each(&json!({ "end": counts }).to_string())?;
        Ok(counts.values().sum())
    }

    /// Makes the tenant from an export, all of it or nothing. Returns how many rows.
    ///
    /// # Errors
    /// [`ExportError`] naming the line; nothing was changed then. Lines are read once, so that nothing is tried again:
    /// where others are in the way the answer is [`StoreError::Busy`].
    pub async fn import(
        &self,
        by: &Actor,
        lines: impl Iterator<Item = io::Result<String>> + Send,
    ) -> Result<u64, ExportError> {
        may_move(by)?;
        let database = &self.store.database;
        let mut transaction = database.begin(&self.tenant, Access::Write).await?;
        let rows = in_work!(&mut transaction, &database.names, work => {
            load(&mut work, &self.tenant, lines).await.map_err(|error| match error.is_passing() {
                true => StoreError::Busy { tries: 1 }.into(),
                false => error,
            })?
        });
        transaction.commit().await?;
        Ok(rows)
    }

    /// Numbers the events that no reader has seen, so that an export has every one at its place.
    async fn number_all(&self) -> Result<(), StoreError> {
        loop {
            let some: Result<bool, StoreError> = writing!(self, work => number_some(&mut work, &self.tenant)).await;
            if !some? {
                return Ok(());
            }
        }
    }
}

async fn number_some<W: Books>(work: &mut W, tenant: &str) -> Result<bool, StoreError> {
    if !work.has_unnumbered(tenant).await? {
        return Ok(false);
    }
    work.lock(tenant, &["feed".to_owned()]).await?;
    work.number_events(tenant, crate::PAGE_MAX).await?;
    Ok(true)
}

async fn load<W: Books>(
    work: &mut W,
    tenant: &str,
    lines: impl Iterator<Item = io::Result<String>> + Send,
) -> Result<u64, ExportError> {
    for table in &TABLES {
        let rows = work.count_rows(tenant, table).await?;
        if rows > 0 {
            return Err(ExportError::NotEmpty { table: table.name, rows });
        }
    }
    let mut counts: BTreeMap<String, u64> = TABLES.iter().map(|table| (table.name.to_owned(), 0)).collect();
    let (mut chunk, mut end, mut schema) = (Chunk::default(), None, None);
    for (line, number) in lines.zip(1_u64..) {
        let line = line?;
        let wrong = |why: String| ExportError::Line { line: number, why };
        if end.is_some() {
            return Err(wrong("something stands behind the end".to_owned()));
        }
        let Some(schema) = schema else {
            let head: Head = serde_json::from_str(&line).map_err(|error| wrong(error.to_string()))?;
            if head.prm_export != EXPORT_FORMAT || head.schema > SCHEMA {
                let found = format!("format {} of schema {} is not readable here", head.prm_export, head.schema);
                return Err(wrong(found));
            }
            schema = Some(head.schema);
            continue;
        };
        if line.starts_with("{\"end\"") {
            let told: BTreeMap<String, u64> =
                serde_json::from_str::<End>(&line).map_err(|error| wrong(error.to_string()))?.end;
            let later = TABLES.iter().filter(|table| table.since > schema).map(|table| (table.name.to_owned(), 0));
            end = Some(later.chain(told).collect());
        } else {
            let Line { table, mut row } = serde_json::from_str(&line).map_err(|error| wrong(error.to_string()))?;
            let known = TABLES.iter().find(|known| known.name == table);
            let known = known.ok_or_else(|| wrong(format!("there is no table `{table}`")))?;
            check_columns(known, &mut row, schema).map_err(wrong)?;
            *counts.entry(table).or_default() += 1;
            if chunk.table.is_some_and(|held| held.name != known.name)
                || chunk.rows.len() == ROWS
                || chunk.bytes > BYTES
            {
                chunk.load(work, tenant).await?;
            }
            chunk.add(known, number, row);
            chunk.bytes += line.len();
        }
    }
    chunk.load(work, tenant).await?;
    // Events that were written while the export began have no position in it.
    while work.has_unnumbered(tenant).await? {
        work.number_events(tenant, crate::PAGE_MAX).await?;
    }
    let end: BTreeMap<String, u64> =
        end.ok_or_else(|| ExportError::NotWhole { why: "its last line is missing".to_owned() })?;
    if end != counts {
        return Err(ExportError::NotWhole { why: format!("it counts {end:?}, but has {counts:?}") });
    }
    if !trial_balance(work, tenant).await?.holds() {
        return Err(ExportError::Unbalanced);
    }
    Ok(counts.values().sum())
}

/// Every column and no other; what a row of an earlier schema could not have is nothing.
fn check_columns(table: &Table, row: &mut Map<String, Value>, schema: i64) -> Result<(), String> {
    for (column, _) in table.columns.iter().filter(|(column, _)| !table.has(column, schema)) {
        row.entry(*column).or_insert(Value::Null);
    }
    if let Some((missing, _)) = table.columns.iter().find(|(name, _)| !row.contains_key(*name)) {
        return Err(format!("column `{missing}` of `{}` is missing", table.name));
    }
    let known = |name: &String| table.columns.iter().any(|(column, _)| column == name);
    match row.keys().find(|name| !known(name)) {
        Some(unknown) => Err(format!("`{}` has no column `{unknown}`", table.name)),
        None => Ok(()),
    }
}

/// Rows of one table on their way in.
#[derive(Default)]
struct Chunk {
    table: Option<&'static Table>,
    first: u64,
    last: u64,
    bytes: usize,
    rows: Vec<Value>,
}

impl Chunk {
    fn add(&mut self, table: &'static Table, line: u64, row: Map<String, Value>) {
        if self.rows.is_empty() {
            (self.table, self.first) = (Some(table), line);
        }
        self.last = line;
        self.rows.push(Value::Object(row));
    }

    async fn load<W: Books>(&mut self, work: &mut W, tenant: &str) -> Result<(), ExportError> {
        self.bytes = 0;
        let rows = std::mem::take(&mut self.rows);
        let Some(table) = self.table.filter(|_| !rows.is_empty()) else { return Ok(()) };
        let loaded = work.load(tenant, table, &Value::Array(rows).to_string()).await;
        let (first, last) = (self.first, self.last);
        loaded.map_err(|error| ExportError::Rows { table: table.name, first, last, why: error.into() })
    }
}
