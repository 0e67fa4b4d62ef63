//! Tiers that partners were found in, on PostgreSQL.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::Row as _;
use sqlx::postgres::PgRow;

use super::{PostgresWork, column};
use crate::books::{Standings, TierRow};
use crate::numbers::{count, number};

type Out<T> = sqlx::Result<T>;

impl Standings for PostgresWork<'_> {
    async fn last_advance(&mut self, tenant: &str, program: &str) -> Out<Option<(u64, NaiveDate)>> {
        let last = sqlx::query(self.names.sql(
            "SELECT advance, until_day FROM prm.tier_advance
             WHERE tenant = $1 AND program = $2 ORDER BY advance DESC LIMIT 1",
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
            "INSERT INTO prm.tier_advance (tenant, program, advance, until_day, recorded_at) VALUES ($1, $2, $3, $4, $5)",
        ));
        let add = add.bind(tenant).bind(program).bind(number(advance)?).bind(until).bind(recorded_at);
        add.execute(&mut *self.connection).await.map(drop)
    }

    async fn tiers(&mut self, tenant: &str, program: &str, known_at: Option<DateTime<Utc>>) -> Out<Vec<TierRow>> {
        let rows = sqlx::query(self.names.sql(
            "SELECT DISTINCT ON (partner) program, partner, advance, tier, since_day, changes, recorded_at FROM prm.tier
             WHERE tenant = $1 AND program = $2 AND ($3::timestamptz IS NULL OR recorded_at <= $3)
             ORDER BY partner, advance DESC",
        ));
        let rows = rows.bind(tenant).bind(program).bind(known_at).fetch_all(&mut *self.connection).await?;
        let read = |row: &PgRow| {
            Ok(TierRow {
                program: row.try_get("program")?,
                partner: row.try_get("partner")?,
                advance: count(row.try_get::<i64, _>("advance")?)?,
                tier: row.try_get("tier")?,
                since: row.try_get("since_day")?,
                changes: row.try_get("changes")?,
                recorded_at: row.try_get("recorded_at")?,
            })
        };
        rows.iter().map(read).collect()
    }

    async fn add_tiers(&mut self, tenant: &str, rows: &[TierRow]) -> Out<()> {
        let add = sqlx::query(self.names.sql(
            "INSERT INTO prm.tier (tenant, program, partner, advance, tier, since_day, changes, recorded_at)
             SELECT $1, new.* FROM unnest($2::text[], $3::text[], $4::bigint[], $5::text[], $6::date[], $7::text[],
                 $8::timestamptz[]) AS new",
        ));
        let advances = rows.iter().map(|row| number(row.advance)).collect::<Out<Vec<i64>>>()?;
        let add = add.bind(tenant).bind(column(rows, |row| row.program.as_str()));
        let add = add.bind(column(rows, |row| row.partner.as_str())).bind(advances);
        let add = add.bind(column(rows, |row| row.tier.as_deref())).bind(column(rows, |row| row.since));
        let add = add.bind(column(rows, |row| row.changes.as_str())).bind(column(rows, |row| row.recorded_at));
        add.execute(&mut *self.connection).await.map(drop)
    }
}
