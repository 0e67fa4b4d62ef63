//! PostgreSQL 15 or later. Rows are locked as they are read, and what has no row yet by its name.

mod accounts;
mod accruals;
mod archive;
mod awards;
mod debts;
mod funds;
mod money;
mod sales;
mod standings;

use chrono::{DateTime, Utc};
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnection, PgPool, PgRow};
use sqlx::{AssertSqlSafe, Row as _, SqlSafeStr as _, SqlStr};

use crate::error::StoreError;
use crate::names::{Names, named};
use crate::numbers::{count, format, number};
use crate::pool::Access;
use crate::work::{CommandRow, EventRow, Hold, Listing, RecordRow, Work};

/// The migrations, in a schema and table of their own beside the host's.
pub(crate) fn migrator(names: &Names) -> Migrator {
    let mut migrator = named(sqlx::migrate!("migrations/postgres"), names);
    migrator.create_schema(names.name().to_owned());
    migrator.dangerous_set_table_name(format!("{}.migration", names.name()));
    migrator
}

/// The schema that is there and the oldest that can work with it; `None` without tables.
pub(crate) async fn schema_state(pool: &PgPool, names: &Names) -> sqlx::Result<Option<(i64, i64)>> {
    let tables = "SELECT to_regclass('prm.meta') IS NOT NULL AND to_regclass('prm.migration') IS NOT NULL";
    if !sqlx::query_scalar::<_, bool>(names.sql(tables)).fetch_one(pool).await? {
        return Ok(None);
    }
    let state = "SELECT (SELECT max(version) FROM prm.migration WHERE success),
                        (SELECT value::bigint FROM prm.meta WHERE name = 'readable_by')";
    let (schema, readable_by): (Option<i64>, Option<i64>) = sqlx::query_as(names.sql(state)).fetch_one(pool).await?;
    Ok(schema.zip(readable_by))
}

/// The statements that begin a transaction of a tenant's, sent as one: row-level security lets it see that tenant
/// alone.
pub(crate) fn begin(names: &Names, tenant: &str, access: Access) -> SqlStr {
    let begin = match access {
        Access::Read => "BEGIN READ ONLY",
        Access::Snapshot => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        Access::Write => "BEGIN",
    };
    // A tenant is visible ASCII; a quote in it is doubled, and a backslash means itself in a plain literal.
    let (name, tenant) = (names.name(), tenant.replace('\'', "''"));
    AssertSqlSafe(format!("{begin}; SET LOCAL standard_conforming_strings = on; SET LOCAL {name}.tenant = '{tenant}'"))
        .into_sql_str()
}

/// The same within a transaction that the host began.
pub(crate) async fn set_tenant(connection: &mut PgConnection, names: &Names, tenant: &str) -> Result<(), StoreError> {
    let set = names.sql("SELECT current_setting('transaction_isolation') FROM set_config('prm.tenant', $1, true)");
    let isolation: String = sqlx::query_scalar(set).bind(tenant).fetch_one(connection).await?;
    if isolation == "repeatable read" { Err(StoreError::Isolation) } else { Ok(()) }
}

/// A transaction on PostgreSQL.
pub(crate) struct PostgresWork<'c> {
    pub(crate) connection: &'c mut PgConnection,
    pub(crate) names: &'c Names,
}

/// A statement that saves a record, and adds its events if it did.
macro_rules! with_events {
    ($save:literal) => {
        concat!(
            "WITH saved AS (",
            $save,
            " RETURNING 1) INSERT INTO prm.event
                 (tenant, kind, id, version, format, effective_at, received_at, recorded_at, actor, body)
             SELECT $8, $9, $10, happened.* FROM saved,
                 unnest($11::bigint[], $12::integer[], $13::timestamptz[], $14::timestamptz[], $15::timestamptz[],
                        $16::text[], $17::text[]) AS happened"
        )
    };
}

impl Work for PostgresWork<'_> {
    const ALONE: bool = false;

    async fn lock(&mut self, tenant: &str, names: &[String]) -> sqlx::Result<()> {
        // Two names of one number only wait for each other. They are taken in the order of the list.
        let lock =
            "SELECT pg_advisory_xact_lock(hashtextextended($1 || '/' || name, 7071)) FROM unnest($2::text[]) AS name";
        if !names.is_empty() {
            sqlx::query(self.names.sql(lock)).bind(tenant).bind(names).execute(&mut *self.connection).await?;
        }
        Ok(())
    }

    async fn hold(&mut self, tenant: &str, shared: &[String], alone: &[String]) -> sqlx::Result<()> {
        if shared.is_empty() {
            return self.lock(tenant, alone).await;
        }
        let hold = sqlx::query(self.names.sql(
            "SELECT CASE WHEN place <= cardinality($2::text[])
                         THEN pg_advisory_xact_lock_shared(hashtextextended($1 || '/' || name, 7071))
                         ELSE pg_advisory_xact_lock(hashtextextended($1 || '/' || name, 7071)) END
             FROM unnest($2::text[] || $3::text[]) WITH ORDINALITY AS held (name, place)",
        ));
        hold.bind(tenant).bind(shared).bind(alone).execute(&mut *self.connection).await.map(drop)
    }

    async fn record(&mut self, tenant: &str, kind: &str, id: &str, hold: Hold) -> sqlx::Result<Option<RecordRow>> {
        let statement = match hold {
            Hold::Write => {
                "SELECT kind, id, version, format, stage, subject, deadline_at, changed_at, body FROM prm.record
             WHERE tenant = $1 AND kind = $2 AND id = $3 FOR UPDATE"
            }
            Hold::Nothing => {
                "SELECT kind, id, version, format, stage, subject, deadline_at, changed_at, body FROM prm.record
             WHERE tenant = $1 AND kind = $2 AND id = $3"
            }
        };
        let found = sqlx::query(self.names.sql(statement))
            .bind(tenant)
            .bind(kind)
            .bind(id)
            .fetch_optional(&mut *self.connection)
            .await?;
        found.map(|row| record(tenant, &row)).transpose()
    }

    async fn list(&mut self, tenant: &str, kind: &str, listing: &Listing) -> sqlx::Result<Vec<RecordRow>> {
        let rows = sqlx::query(self.names.sql("SELECT kind, id, version, format, stage, subject, deadline_at, changed_at, body FROM prm.record
             WHERE tenant = $1 AND kind = $2
               AND ($3::text IS NULL OR subject = $3) AND ($4::text IS NULL OR stage = $4) AND ($5::text IS NULL OR id > $5)
             ORDER BY id LIMIT $6"))
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
        let rows = sqlx::query(self.names.sql(
            "SELECT kind, id, version, format, stage, subject, deadline_at, changed_at, body FROM prm.record
             WHERE tenant = $1 AND kind = $2 AND subject = ANY($3) AND stage <> ALL($4) ORDER BY id",
        ));
        let rows = rows.bind(tenant).bind(kind).bind(subjects).bind(but).fetch_all(&mut *self.connection).await?;
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
            "SELECT deadline_at, id FROM prm.record
             WHERE tenant = $1 AND kind = $2 AND deadline_at <= $3
               AND ($4::timestamptz IS NULL OR (deadline_at, id) > ($4, $5))
             ORDER BY deadline_at, id LIMIT $6",
        ));
        let due = due.bind(tenant).bind(kind).bind(now).bind(after.map(|(at, _)| *at));
        let due = due.bind(after.map(|(_, id)| id)).bind(i64::from(limit)).fetch_all(&mut *self.connection).await?;
        let read = |row: &PgRow| Ok((row.try_get("deadline_at")?, row.try_get("id")?));
        due.iter().map(read).collect()
    }

    async fn save(&mut self, row: &RecordRow, before: u64, events: &[EventRow]) -> sqlx::Result<()> {
        let statement = if before == 0 {
            with_events!(
                "INSERT INTO prm.record (version, format, stage, subject, deadline_at, changed_at, body, tenant, kind, id)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
            )
        } else {
            with_events!(
                "UPDATE prm.record
                 SET version = $1, format = $2, stage = $3, subject = $4, deadline_at = $5, changed_at = $6, body = $7
                 WHERE tenant = $8 AND kind = $9 AND id = $10 AND version = $18"
            )
        };
        let versions = numbers(&column(events, |event| event.version))?;
        let formats = events.iter().map(|event| format(event.format)).collect::<sqlx::Result<Vec<_>>>()?;
        let mut query = sqlx::query(self.names.sql(statement))
            .bind(number(row.version)?)
            .bind(format(row.format)?)
            .bind(&row.stage)
            .bind(&row.subject)
            .bind(row.deadline_at)
            .bind(row.changed_at)
            .bind(&row.body)
            .bind(&row.tenant)
            .bind(&row.kind)
            .bind(&row.id)
            .bind(versions)
            .bind(formats)
            .bind(column(events, |event| event.effective_at))
            .bind(column(events, |event| event.received_at))
            .bind(column(events, |event| event.recorded_at))
            .bind(column(events, |event| event.actor.as_str()))
            .bind(column(events, |event| event.body.as_str()));
        if before > 0 {
            query = query.bind(number(before)?);
        }
        let saved = query.execute(&mut *self.connection).await?;
        // The row was read and locked in this transaction, so it can only be missing if the lock is not one.
        if saved.rows_affected() == events.len() as u64 { Ok(()) } else { Err(sqlx::Error::RowNotFound) }
    }

    async fn events(&mut self, tenant: &str, kind: &str, id: &str, up_to: u64) -> sqlx::Result<Vec<EventRow>> {
        let rows = sqlx::query(self.names.sql(
            "SELECT version, format, effective_at, received_at, recorded_at, actor, body FROM prm.event
             WHERE tenant = $1 AND kind = $2 AND id = $3 AND version <= $4 ORDER BY version",
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
            "SELECT key, fingerprint, kind, id, from_version, to_version, recorded_at FROM prm.command
             WHERE tenant = $1 AND key = $2",
        ))
        .bind(tenant)
        .bind(key)
        .fetch_optional(&mut *self.connection)
        .await?;
        found.map(|row| command(&row)).transpose()
    }

    async fn keep(&mut self, tenant: &str, command: &CommandRow) -> sqlx::Result<()> {
        sqlx::query(self.names.sql(
            "INSERT INTO prm.command (tenant, key, fingerprint, kind, id, from_version, to_version, recorded_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        ))
        .bind(tenant)
        .bind(&command.key)
        .bind(&command.fingerprint)
        .bind(&command.kind)
        .bind(&command.id)
        .bind(number(command.from_version)?)
        .bind(number(command.to_version)?)
        .bind(command.recorded_at)
        .execute(&mut *self.connection)
        .await?;
        Ok(())
    }
}

fn record(tenant: &str, row: &PgRow) -> sqlx::Result<RecordRow> {
    Ok(RecordRow {
        tenant: tenant.to_owned(),
        kind: row.try_get("kind")?,
        id: row.try_get("id")?,
        version: count(row.try_get::<i64, _>("version")?)?,
        format: count(row.try_get::<i32, _>("format")?)?,
        stage: row.try_get("stage")?,
        subject: row.try_get("subject")?,
        deadline_at: row.try_get("deadline_at")?,
        changed_at: row.try_get("changed_at")?,
        body: row.try_get("body")?,
    })
}

fn event(row: &PgRow) -> sqlx::Result<EventRow> {
    Ok(EventRow {
        version: count(row.try_get::<i64, _>("version")?)?,
        format: count(row.try_get::<i32, _>("format")?)?,
        effective_at: row.try_get("effective_at")?,
        received_at: row.try_get("received_at")?,
        recorded_at: row.try_get("recorded_at")?,
        actor: row.try_get("actor")?,
        body: row.try_get("body")?,
    })
}

fn command(row: &PgRow) -> sqlx::Result<CommandRow> {
    Ok(CommandRow {
        key: row.try_get("key")?,
        fingerprint: row.try_get("fingerprint")?,
        kind: row.try_get("kind")?,
        id: row.try_get("id")?,
        from_version: count(row.try_get::<i64, _>("from_version")?)?,
        to_version: count(row.try_get::<i64, _>("to_version")?)?,
        recorded_at: row.try_get("recorded_at")?,
    })
}

pub(crate) fn numbers(values: &[u64]) -> sqlx::Result<Vec<i64>> {
    values.iter().map(|value| number(*value)).collect()
}

/// One column of rows.
pub(crate) fn column<'r, R, T>(rows: &'r [R], of: impl Fn(&'r R) -> T) -> Vec<T> {
    rows.iter().map(of).collect()
}
