//! SQLite: one file, or memory. A writing transaction is begun as one, so that it never has to be upgraded.

mod accounts;
mod accruals;
mod archive;
mod awards;
mod debts;
mod funds;
mod money;
mod sales;
mod standings;

use chrono::{DateTime, SecondsFormat, Utc};
use sqlx::migrate::Migrator;
use sqlx::sqlite::{Sqlite, SqliteConnection, SqlitePool, SqliteRow};
use sqlx::{Connection as _, Row as _};
use sqlx_core::transaction::TransactionManager as _;

use crate::names::{Names, named};
use crate::numbers::{count, format, number};
use crate::persons::Remains;
use crate::work::{CommandRow, EventRow, Hold, Listing, RecordRow, Work};

/// The migrations, in their own table beside the host's.
pub(crate) fn migrator(names: &Names) -> Migrator {
    let mut migrator = named(sqlx::migrate!("migrations/sqlite"), names);
    migrator.dangerous_set_table_name(format!("{}_migration", names.name()));
    migrator
}

/// The schema that is there and the oldest that can work with it; `None` without tables.
pub(crate) async fn schema_state(pool: &SqlitePool, names: &Names) -> sqlx::Result<Option<(i64, i64)>> {
    let tables = "SELECT count(*) FROM sqlite_schema WHERE name IN ('prm_meta', 'prm_migration')";
    if sqlx::query_scalar::<_, i64>(names.sql(tables)).fetch_one(pool).await? < 2 {
        return Ok(None);
    }
    let state = "SELECT (SELECT max(version) FROM prm_migration WHERE success),
                        (SELECT CAST(value AS INTEGER) FROM prm_meta WHERE name = 'readable_by')";
    let (schema, readable_by): (Option<i64>, Option<i64>) = sqlx::query_as(names.sql(state)).fetch_one(pool).await?;
    Ok(schema.zip(readable_by))
}

/// Begins a transaction.
///
/// Where the disk is full SQLite rolls back by itself; sqlx then takes the connection for one in a transaction, for
/// good. Such a connection is given a transaction, so that it can be rolled back.
pub(crate) async fn begin(pool: &SqlitePool, begin: &'static str) -> sqlx::Result<sqlx::Transaction<'static, Sqlite>> {
    for _ in 0..pool.options().get_max_connections() {
        match pool.begin_with(begin).await {
            Err(sqlx::Error::InvalidSavePointStatement) => {
                let mut connection = pool.acquire().await?;
                if connection.is_in_transaction() {
                    // Refused if there is one after all, which is as good.
                    let _begun = sqlx::raw_sql("BEGIN").execute(&mut *connection).await;
                    <Sqlite as sqlx::Database>::TransactionManager::rollback(&mut connection).await?;
                }
            }
            begun => return begun,
        }
    }
    pool.begin_with(begin).await
}

/// Empties the write-ahead log; a reader that began before keeps it.
pub(crate) async fn empty_log(pool: &SqlitePool) -> sqlx::Result<Remains> {
    let busy: i64 = sqlx::query_scalar("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(pool).await?;
    Ok(if busy == 0 { Remains::Nothing } else { Remains::UntilCheckpoint })
}

/// A transaction on SQLite.
pub(crate) struct SqliteWork<'c> {
    pub(crate) connection: &'c mut SqliteConnection,
    pub(crate) names: &'c Names,
}

/// A statement that saves a record, and the one that adds its events.
macro_rules! with_events {
    ($save:literal) => {
        concat!(
            $save,
            "; INSERT INTO prm_event
                 (tenant, kind, id, version, format, effective_at, received_at, recorded_at, actor, body, position)
             SELECT ?8, ?9, ?10, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6,
                    (SELECT coalesce(max(position), 0) FROM prm_event WHERE tenant = ?8) + key + 1
             FROM json_each(?11)"
        )
    };
}

impl Work for SqliteWork<'_> {
    const ALONE: bool = true;

    async fn lock(&mut self, _tenant: &str, _names: &[String]) -> sqlx::Result<()> {
        // A writing transaction is the only one.
        Ok(())
    }

    async fn hold(&mut self, _tenant: &str, _shared: &[String], _alone: &[String]) -> sqlx::Result<()> {
        Ok(())
    }

    async fn record(&mut self, tenant: &str, kind: &str, id: &str, _hold: Hold) -> sqlx::Result<Option<RecordRow>> {
        let found = sqlx::query(self.names.sql(
            "SELECT kind, id, version, format, stage, subject, deadline_at, changed_at, body FROM prm_record
             WHERE tenant = ?1 AND kind = ?2 AND id = ?3",
        ))
        .bind(tenant)
        .bind(kind)
        .bind(id)
        .fetch_optional(&mut *self.connection)
        .await?;
        found.map(|row| record(tenant, &row)).transpose()
    }

    async fn list(&mut self, tenant: &str, kind: &str, listing: &Listing) -> sqlx::Result<Vec<RecordRow>> {
        let rows = sqlx::query(self.names.sql(
            "SELECT kind, id, version, format, stage, subject, deadline_at, changed_at, body FROM prm_record
             WHERE tenant = ?1 AND kind = ?2
               AND (?3 IS NULL OR subject = ?3) AND (?4 IS NULL OR stage = ?4) AND (?5 IS NULL OR id > ?5)
             ORDER BY id LIMIT ?6",
        ))
        .bind(tenant)
        .bind(kind)
        .bind(listing.subject.as_deref())
        .bind(listing.stage.as_deref())
        .bind(listing.after.as_deref())
        .bind(i64::from(listing.limit))
        .fetch_all(&mut *self.connection)
        .await?;
        rows.iter().map(|row| record(tenant, row)).collect()
    }

    async fn about(
        &mut self,
        tenant: &str,
        kind: &str,
        subjects: &[String],
        but: &[&str],
    ) -> sqlx::Result<Vec<RecordRow>> {
        // Led by the subjects: of itself SQLite would read all records of the kind.
        let rows = sqlx::query(self.names.sql(
            "SELECT held.kind, held.id, version, format, stage, subject, deadline_at, changed_at, body
             FROM json_each(?3) AS asked
             CROSS JOIN prm_record AS held INDEXED BY prm_record_by_subject
                 ON held.tenant = ?1 AND held.kind = ?2 AND held.subject = asked.value
             WHERE stage NOT IN (SELECT value FROM json_each(?4)) ORDER BY +held.id",
        ));
        let rows = rows.bind(tenant).bind(kind).bind(list(subjects)?).bind(list(but)?);
        let rows = rows.fetch_all(&mut *self.connection).await?;
        rows.iter().map(|row| record(tenant, row)).collect()
    }

    async fn due(
        &mut self,
        tenant: &str,
        kind: &str,
        now: DateTime<Utc>,
        after: Option<&(DateTime<Utc>, String)>,
        limit: u32,
    ) -> sqlx::Result<Vec<(DateTime<Utc>, String)>> {
        let due = sqlx::query(self.names.sql(
            "SELECT deadline_at, id FROM prm_record
             WHERE tenant = ?1 AND kind = ?2 AND deadline_at <= ?3
               AND (?4 IS NULL OR (deadline_at, id) > (?4, ?5))
             ORDER BY deadline_at, id LIMIT ?6",
        ));
        let due = due.bind(tenant).bind(kind).bind(text(now)).bind(after.map(|(at, _)| text(*at)));
        let due = due.bind(after.map(|(_, id)| id)).bind(i64::from(limit)).fetch_all(&mut *self.connection).await?;
        let read = |row: &SqliteRow| Ok((instant(row, "deadline_at")?, row.try_get("id")?));
        due.iter().map(read).collect()
    }

    /// The statements are sent as one, since each that is sent costs a change of threads.
    async fn save(&mut self, row: &RecordRow, before: u64, events: &[EventRow]) -> sqlx::Result<()> {
        let statements = if before == 0 {
            with_events!(
                "INSERT INTO prm_record (version, format, stage, subject, deadline_at, changed_at, body, tenant, kind, id)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
            )
        } else {
            with_events!(
                "UPDATE prm_record
                 SET version = ?1, format = ?2, stage = ?3, subject = ?4, deadline_at = ?5, changed_at = ?6, body = ?7
                 WHERE tenant = ?8 AND kind = ?9 AND id = ?10 AND version = ?12"
            )
        };
        let of = |event: &EventRow| {
            let (version, format) = (number(event.version)?, format(event.format)?);
            let times = (text(event.effective_at), text(event.received_at), text(event.recorded_at));
            Ok((version, format, times.0, times.1, times.2, event.actor.clone(), event.body.clone()))
        };
        let happened = events.iter().map(of).collect::<sqlx::Result<Vec<_>>>()?;
        let mut query = sqlx::query(self.names.sql(statements))
            .bind(number(row.version)?)
            .bind(format(row.format)?)
            .bind(&row.stage)
            .bind(&row.subject)
            .bind(row.deadline_at.map(text))
            .bind(text(row.changed_at))
            .bind(&row.body)
            .bind(&row.tenant)
            .bind(&row.kind)
            .bind(&row.id)
            .bind(list(&happened)?);
        if before > 0 {
            query = query.bind(number(before)?);
        }
        let saved = query.execute(&mut *self.connection).await?;
        // The row was read and locked in this transaction, so it can only be missing if the lock is not one.
        if saved.rows_affected() == 1 + events.len() as u64 { Ok(()) } else { Err(sqlx::Error::RowNotFound) }
    }

    async fn events(&mut self, tenant: &str, kind: &str, id: &str, up_to: u64) -> sqlx::Result<Vec<EventRow>> {
        let rows = sqlx::query(self.names.sql(
            "SELECT version, format, effective_at, received_at, recorded_at, actor, body FROM prm_event
             WHERE tenant = ?1 AND kind = ?2 AND id = ?3 AND version <= ?4 ORDER BY version",
        ))
        .bind(tenant)
        .bind(kind)
        .bind(id)
        .bind(number(up_to)?)
        .fetch_all(&mut *self.connection)
        .await?;
        rows.iter().map(event).collect()
    }

    async fn command(&mut self, tenant: &str, key: &str) -> sqlx::Result<Option<CommandRow>> {
        let found = sqlx::query(self.names.sql(
            "SELECT key, fingerprint, kind, id, from_version, to_version, recorded_at FROM prm_command
             WHERE tenant = ?1 AND key = ?2",
        ))
        .bind(tenant)
        .bind(key)
        .fetch_optional(&mut *self.connection)
        .await?;
        found.map(|row| command(&row)).transpose()
    }

    async fn keep(&mut self, tenant: &str, command: &CommandRow) -> sqlx::Result<()> {
        sqlx::query(self.names.sql(
            "INSERT INTO prm_command (tenant, key, fingerprint, kind, id, from_version, to_version, recorded_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        ))
        .bind(tenant)
        .bind(&command.key)
        .bind(&command.fingerprint)
        .bind(&command.kind)
        .bind(&command.id)
        .bind(number(command.from_version)?)
        .bind(number(command.to_version)?)
        .bind(text(command.recorded_at))
        .execute(&mut *self.connection)
        .await?;
        Ok(())
    }
}

/// RFC 3339 in UTC with microseconds: it sorts as instants do.
pub(crate) fn text(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}

pub(crate) fn instant(row: &SqliteRow, column: &str) -> sqlx::Result<DateTime<Utc>> {
    read(column, row.try_get(column)?)
}

fn instant_if_any(row: &SqliteRow, column: &str) -> sqlx::Result<Option<DateTime<Utc>>> {
    let text: Option<&str> = row.try_get(column)?;
    text.map(|text| read(column, text)).transpose()
}

fn read(column: &str, text: &str) -> sqlx::Result<DateTime<Utc>> {
    let at = DateTime::parse_from_rfc3339(text).map(|at| at.to_utc());
    at.map_err(|error| sqlx::Error::ColumnDecode { index: column.to_owned(), source: Box::new(error) })
}

fn record(tenant: &str, row: &SqliteRow) -> sqlx::Result<RecordRow> {
    Ok(RecordRow {
        tenant: tenant.to_owned(),
        kind: row.try_get("kind")?,
        id: row.try_get("id")?,
        version: count(row.try_get::<i64, _>("version")?)?,
        format: count(row.try_get::<i64, _>("format")?)?,
        stage: row.try_get("stage")?,
        subject: row.try_get("subject")?,
        deadline_at: instant_if_any(row, "deadline_at")?,
        changed_at: instant(row, "changed_at")?,
        body: row.try_get("body")?,
    })
}

fn event(row: &SqliteRow) -> sqlx::Result<EventRow> {
    Ok(EventRow {
        version: count(row.try_get::<i64, _>("version")?)?,
        format: count(row.try_get::<i64, _>("format")?)?,
        effective_at: instant(row, "effective_at")?,
        received_at: instant(row, "received_at")?,
        recorded_at: instant(row, "recorded_at")?,
        actor: row.try_get("actor")?,
        body: row.try_get("body")?,
    })
}

fn command(row: &SqliteRow) -> sqlx::Result<CommandRow> {
    Ok(CommandRow {
        key: row.try_get("key")?,
        fingerprint: row.try_get("fingerprint")?,
        kind: row.try_get("kind")?,
        id: row.try_get("id")?,
        from_version: count(row.try_get::<i64, _>("from_version")?)?,
        to_version: count(row.try_get::<i64, _>("to_version")?)?,
        recorded_at: instant(row, "recorded_at")?,
    })
}

/// Rows to a statement: few statements, each of few enough parameters.
pub(crate) const ROWS: usize = 200;

/// A list as one parameter.
pub(crate) fn list<T: serde::Serialize>(values: &[T]) -> sqlx::Result<String> {
    serde_json::to_string(values).map_err(|error| sqlx::Error::Encode(Box::new(error)))
}

pub(crate) fn numbers(values: &[u64]) -> sqlx::Result<String> {
    list(&values.iter().map(|value| number(*value)).collect::<sqlx::Result<Vec<i64>>>()?)
}

impl SqliteWork<'_> {
    /// A statement that grows by rows.
    pub(crate) fn builder(&self, begins: &str) -> sqlx::QueryBuilder<Sqlite> {
        sqlx::QueryBuilder::new(self.names.text(begins))
    }
}
