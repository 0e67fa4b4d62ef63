//! Tiers that partners were found in, on SQLite.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::{ROWS, SqliteWork, instant, text};
use crate::books::{Standings, TierRow};
use crate::numbers::{count, number};

type Out<T> = sqlx::Result<T>;

impl Standings for SqliteWork<'_> {
    async fn last_advance(&mut self, tenant: &str, program: &str) -> Out<Option<(u64, NaiveDate)>> {
        let last = sqlx::query(self.names.sql(
            "SELECT advance, until_day FROM prm_tier_advance
             WHERE tenant = ?1 AND program = ?2 ORDER BY advance DESC LIMIT 1",
        ));
        let row = last.bind(tenant).bind(program).fetch_optional(&mut *self.connection).await?;
        row.map(|row| Ok((count(row.try_get::<i64, _>("advance")?)?, row.try_get("until_day")?))).transpose()
    }

    async fn add_advance(
        &mut self,
        tenant: &str,
        program: &str,
        (advance, until): (u64, NaiveDate),
        recorded_at: DateTime<Utc>,
    ) -> Out<()> {
        let add = sqlx::query(self.names.sql(
            "INSERT INTO prm_tier_advance (tenant, program, advance, until_day, recorded_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        ));
        let add = add.bind(tenant).bind(program).bind(number(advance)?).bind(until).bind(text(recorded_at));
        add.execute(&mut *self.connection).await.map(drop)
    }

    async fn tiers(&mut self, tenant: &str, program: &str, known_at: Option<DateTime<Utc>>) -> Out<Vec<TierRow>> {
        // With max() alone SQLite takes the other columns from the row that has it.
        let rows = sqlx::query(self.names.sql(
            "SELECT program, partner, max(advance) AS advance, tier, since_day, changes, recorded_at FROM prm_tier
             WHERE tenant = ?1 AND program = ?2 AND (?3 IS NULL OR recorded_at <= ?3)
             GROUP BY partner ORDER BY partner",
        ));
        let rows = rows.bind(tenant).bind(program).bind(known_at.map(text)).fetch_all(&mut *self.connection).await?;
        let read = |row: &SqliteRow| {
            Ok(TierRow {
                program: row.try_get("program")?,
                partner: row.try_get("partner")?,
                advance: count(row.try_get::<i64, _>("advance")?)?,
                tier: row.try_get("tier")?,
                since: row.try_get("since_day")?,
                changes: row.try_get("changes")?,
                recorded_at: instant(row, "recorded_at")?,
            })
        };
        rows.iter().map(read).collect()
    }

    async fn add_tiers(&mut self, tenant: &str, rows: &[TierRow]) -> Out<()> {
        for rows in rows.chunks(ROWS) {
            let advances = rows.iter().map(|row| number(row.advance)).collect::<Out<Vec<i64>>>()?;
            let mut add = self.builder(
                "INSERT INTO prm_tier (tenant, program, partner, advance, tier, since_day, changes, recorded_at) ",
            );
            add.push_values(rows.iter().zip(advances), |mut values, (row, advance)| {
                values.push_bind(tenant).push_bind(&row.program).push_bind(&row.partner).push_bind(advance);
                values.push_bind(&row.tier).push_bind(row.since).push_bind(&row.changes);
                values.push_bind(text(row.recorded_at));
            });
            add.build().execute(&mut *self.connection).await?;
        }
        Ok(())
    }
}
