//! The feed, persons, and what an export holds, on SQLite.

use futures_util::TryStreamExt as _;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row as _};

use super::{SqliteWork, instant, instant_if_any, text};
use crate::books::{Archive, ChangeRow, PersonRow, Taker};
use crate::numbers::{count, number};
use crate::tables::{Holds, Table};

type Out<T> = sqlx::Result<T>;

impl Archive for SqliteWork<'_> {
    async fn changes(&mut self, tenant: &str, after: u64, limit: u32) -> Out<Vec<ChangeRow>> {
        let rows = sqlx::query(self.names.sql(
            "SELECT position, kind, id, version, format, effective_at, received_at, recorded_at, actor, body
             FROM prm_event WHERE tenant = ?1 AND position > ?2 ORDER BY position LIMIT ?3",
        ));
        let rows = rows.bind(tenant).bind(number(after)?).bind(i64::from(limit));
        let read = |row: &SqliteRow| {
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
        // Every event has its position from the beginning, but for those that come from a PostgreSQL database.
        let any = "SELECT EXISTS (SELECT 1 FROM prm_event WHERE tenant = ?1 AND position IS NULL)";
        sqlx::query_scalar(self.names.sql(any)).bind(tenant).fetch_one(&mut *self.connection).await
    }

    async fn number_events(&mut self, tenant: &str, limit: u32) -> Out<()> {
        let number = sqlx::query(self.names.sql(
            "UPDATE prm_event SET position = next.position FROM (
                 SELECT kind, id, version, row_number() OVER (ORDER BY recorded_at, kind, id, version)
                        + (SELECT coalesce(max(position), 0) FROM prm_event WHERE tenant = ?1) AS position
                 FROM prm_event WHERE tenant = ?1 AND position IS NULL
                 ORDER BY recorded_at, kind, id, version LIMIT ?2
             ) AS next
             WHERE prm_event.tenant = ?1 AND prm_event.kind = next.kind AND prm_event.id = next.id
               AND prm_event.version = next.version",
        ));
        number.bind(tenant).bind(limit).execute(&mut *self.connection).await.map(drop)
    }

    async fn erase_what_is_replaced(&mut self) -> Out<()> {
        sqlx::query("PRAGMA secure_delete = ON").execute(&mut *self.connection).await.map(drop)
    }

    async fn person(&mut self, tenant: &str, id: &str) -> Out<Option<PersonRow>> {
        let row = sqlx::query(
            self.names.sql("SELECT id, body, changed_at, erased_at FROM prm_person WHERE tenant = ?1 AND id = ?2"),
        );
        let row = row.bind(tenant).bind(id).fetch_optional(&mut *self.connection).await?;
        let read = |row: &SqliteRow| {
            Ok(PersonRow {
                id: row.try_get("id")?,
                body: row.try_get("body")?,
                changed_at: instant(row, "changed_at")?,
                erased_at: instant_if_any(row, "erased_at")?,
            })
        };
        row.as_ref().map(read).transpose()
    }

    async fn save_person(&mut self, tenant: &str, row: &PersonRow) -> Out<()> {
        let save = sqlx::query(self.names.sql(
            "INSERT INTO prm_person (tenant, id, body, changed_at, erased_at) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (tenant, id) DO UPDATE
             SET body = excluded.body, changed_at = excluded.changed_at, erased_at = excluded.erased_at",
        ));
        let save =
            save.bind(tenant).bind(&row.id).bind(&row.body).bind(text(row.changed_at)).bind(row.erased_at.map(text));
        save.execute(&mut *self.connection).await.map(drop)
    }

    async fn dump(&mut self, tenant: &str, table: &Table, each: Taker<'_>) -> Out<u64> {
        let columns = table.list(|name, holds| match holds {
            Holds::Bytes => format!("'{name}', lower(hex(\"{name}\"))"),
            _ => format!("'{name}', \"{name}\""),
        });
        let dump = format!(
            "SELECT json_object({columns}) FROM prm_{} WHERE tenant = ?1 ORDER BY {}",
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
        let load = format!(
            "INSERT INTO prm_{} (tenant, {}) SELECT ?1, {} FROM json_each(?2)",
            table.name,
            table.list(|name, _| format!("\"{name}\"")),
            table.list(|name, holds| match holds {
                Holds::Bytes => format!("unhex(value ->> '$.{name}')"),
                _ => format!("value ->> '$.{name}'"),
            })
        );
        let load = sqlx::query(AssertSqlSafe(self.names.text(&load).into_owned())).bind(tenant).bind(rows);
        load.execute(&mut *self.connection).await.map(drop)
    }

    async fn count_rows(&mut self, tenant: &str, table: &Table) -> Out<u64> {
        let rows = format!("SELECT count(*) FROM prm_{} WHERE tenant = ?1", table.name);
        let rows = sqlx::query_scalar::<_, i64>(AssertSqlSafe(self.names.text(&rows).into_owned())).bind(tenant);
        count(rows.fetch_one(&mut *self.connection).await?)
    }
}
