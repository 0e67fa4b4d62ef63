//! The feed, persons, and what an export holds, on PostgreSQL.

use futures_util::TryStreamExt as _;
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Row as _};

use super::PostgresWork;
use crate::books::{Archive, ChangeRow, PersonRow, Taker};
use crate::numbers::{count, number};
use crate::tables::{Holds, Table};

type Out<T> = sqlx::Result<T>;

impl Archive for PostgresWork<'_> {
    async fn changes(&mut self, tenant: &str, after: u64, limit: u32) -> Out<Vec<ChangeRow>> {
        let rows = sqlx::query(self.names.sql(
            "SELECT position, kind, id, version, format, effective_at, received_at, recorded_at, actor, body
             FROM prm.event WHERE tenant = $1 AND position > $2 ORDER BY position LIMIT $3",
        ));
        let rows = rows.bind(tenant).bind(number(after)?).bind(i64::from(limit));
        let read = |row: &PgRow| {
            Ok(ChangeRow {
                position: count(row.try_get::<i64, _>("position")?)?,
                kind: row.try_get("kind")?,
                id: row.try_get("id")?,
                event: super::event(row)?,
            })
        };
        rows.fetch_all(&mut *self.connection).await?.iter().map(read).collect()
    }

    async fn has_unnumbered(&mut self, tenant: &str) -> Out<bool> {
        let any = "SELECT EXISTS (SELECT FROM prm.event WHERE tenant = $1 AND position IS NULL)";
        sqlx::query_scalar(self.names.sql(any)).bind(tenant).fetch_one(&mut *self.connection).await
    }

    async fn number_events(&mut self, tenant: &str, limit: u32) -> Out<()> {
        let number = sqlx::query(self.names.sql(
            "WITH last AS (SELECT coalesce(max(position), 0) AS position FROM prm.event WHERE tenant = $1),
                  next AS (SELECT kind, id, version, row_number() OVER (ORDER BY seq) AS place
                           FROM (SELECT kind, id, version, seq FROM prm.event
                                 WHERE tenant = $1 AND position IS NULL ORDER BY seq LIMIT $2) AS new)
             UPDATE prm.event AS e SET position = last.position + next.place FROM last, next
             WHERE e.tenant = $1 AND e.kind = next.kind AND e.id = next.id AND e.version = next.version",
        ));
        number.bind(tenant).bind(i64::from(limit)).execute(&mut *self.connection).await.map(drop)
    }

    async fn erase_what_is_replaced(&mut self) -> Out<()> {
        // What was there before lies in dead rows until they are vacuumed.
        Ok(())
    }

    async fn person(&mut self, tenant: &str, id: &str) -> Out<Option<PersonRow>> {
        let row = sqlx::query(
            self.names.sql("SELECT id, body, changed_at, erased_at FROM prm.person WHERE tenant = $1 AND id = $2"),
        );
        let row = row.bind(tenant).bind(id).fetch_optional(&mut *self.connection).await?;
        let read = |row: &PgRow| {
            Ok(PersonRow {
                id: row.try_get("id")?,
                body: row.try_get("body")?,
                changed_at: row.try_get("changed_at")?,
                erased_at: row.try_get("erased_at")?,
            })
        };
        row.as_ref().map(read).transpose()
    }

    async fn save_person(&mut self, tenant: &str, row: &PersonRow) -> Out<()> {
        let save = sqlx::query(self.names.sql(
            "INSERT INTO prm.person (tenant, id, body, changed_at, erased_at) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (tenant, id) DO UPDATE
             SET body = excluded.body, changed_at = excluded.changed_at, erased_at = excluded.erased_at",
        ));
        let save = save.bind(tenant).bind(&row.id).bind(&row.body).bind(row.changed_at).bind(row.erased_at);
        save.execute(&mut *self.connection).await.map(drop)
    }

    async fn dump(&mut self, tenant: &str, table: &Table, each: Taker<'_>) -> Out<u64> {
        let value = |name: &str, holds| match holds {
            Holds::Instant => {
                format!("'{name}', to_char(\"{name}\" AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')")
            }
            Holds::Bytes => format!("'{name}', encode(\"{name}\", 'hex')"),
            _ => format!("'{name}', \"{name}\""),
        };
        let dump = format!(
            "SELECT json_build_object({})::text FROM prm.{} WHERE tenant = $1 ORDER BY {}",
            table.list(value),
            table.name,
            table.order()
        );
        let dump = AssertSqlSafe(self.names.text(&dump).into_owned());
        let mut rows = sqlx::query_scalar::<_, String>(dump).bind(tenant).fetch(&mut *self.connection);
        let mut count = 0;
        while let Some(row) = rows.try_next().await? {
            each(&row)?;
            count += 1;
        }
        Ok(count)
    }

    async fn load(&mut self, tenant: &str, table: &Table, rows: &str) -> Out<()> {
        let of_type = |name: &str, holds| {
            let holds = match holds {
                Holds::Text | Holds::Bytes => "text",
                Holds::Small => "integer",
                Holds::Number => "bigint",
                Holds::Instant => "timestamptz",
                Holds::Day => "date",
                Holds::Uuid => "uuid",
            };
            format!("\"{name}\" {holds}")
        };
        let names = table.list(|name, _| format!("\"{name}\""));
        let values = table.list(|name, holds| match holds {
            Holds::Bytes => format!("decode(\"{name}\", 'hex')"),
            _ => format!("\"{name}\""),
        });
        let load = format!(
            "INSERT INTO prm.{} (tenant, {names}) SELECT $1, {values} FROM json_to_recordset($2::json) AS new ({})",
            table.name,
            table.list(of_type)
        );
        let load = sqlx::query(AssertSqlSafe(self.names.text(&load).into_owned())).bind(tenant).bind(rows);
        load.execute(&mut *self.connection).await.map(drop)
    }

    async fn count_rows(&mut self, tenant: &str, table: &Table) -> Out<u64> {
        let rows = format!("SELECT count(*) FROM prm.{} WHERE tenant = $1", table.name);
        let rows = sqlx::query_scalar::<_, i64>(AssertSqlSafe(self.names.text(&rows).into_owned())).bind(tenant);
        count(rows.fetch_one(&mut *self.connection).await?)
    }
}
