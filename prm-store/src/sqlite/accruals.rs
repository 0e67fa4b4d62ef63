//! What the vendor's books hold for periods that are not settled yet, on SQLite.

use chrono::{DateTime, Utc};
use prm_core::period::Period;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::{ROWS, SqliteWork, instant, text};
use crate::books::{AccrualRow, Accruals};
use crate::numbers::{count, number, unreadable};

type Out<T> = sqlx::Result<T>;

impl Accruals for SqliteWork<'_> {
    async fn last_accrual(&mut self, tenant: &str) -> Out<u64> {
        let last = sqlx::query(self.names.sql("SELECT max(accrual) AS accrual FROM prm_accrual WHERE tenant = ?1"));
        let row = last.bind(tenant).fetch_one(&mut *self.connection).await?;
        row.try_get::<Option<i64>, _>("accrual")?.map_or(Ok(0), count)
    }

    async fn accruals(
        &mut self,
        tenant: &str,
        program: &str,
        within: Option<Period>,
        known_at: Option<DateTime<Utc>>,
    ) -> Out<Vec<AccrualRow>> {
        // With max() alone SQLite takes the other columns from the row that has it.
        let rows = sqlx::query(self.names.sql(
            "SELECT program, partner, incentive, period, currency, max(accrual) AS accrual, from_day,
                 until_day, as_of, digits, amount, difference, settlement, digest, estimate, recorded_at
             FROM prm_accrual
             WHERE tenant = ?1 AND program = ?2 AND (?3 IS NULL OR from_day >= ?3 AND until_day <= ?4)
                 AND (?5 IS NULL OR recorded_at <= ?5)
             GROUP BY partner, incentive, period, currency ORDER BY partner, incentive, period, currency",
        ));
        let rows = rows.bind(tenant).bind(program);
        let rows = rows.bind(within.map(|days| days.from())).bind(within.map(|days| days.until()));
        let rows = rows.bind(known_at.map(text)).fetch_all(&mut *self.connection).await?;
        let read = |row: &SqliteRow| {
            let days = Period::new(row.try_get("from_day")?, row.try_get("until_day")?);
            Ok(AccrualRow {
                program: row.try_get("program")?,
                partner: row.try_get("partner")?,
                incentive: row.try_get("incentive")?,
                period: row.try_get("period")?,
                currency: row.try_get("currency")?,
                accrual: count(row.try_get::<i64, _>("accrual")?)?,
                days: days.map_err(unreadable("until_day"))?,
                as_of: row.try_get("as_of")?,
                digits: count(row.try_get::<i64, _>("digits")?)?,
                amount: row.try_get("amount")?,
                difference: row.try_get("difference")?,
                settlement: row.try_get::<Option<i64>, _>("settlement")?.map(count).transpose()?,
                digest: row.try_get("digest")?,
                estimate: row.try_get("estimate")?,
                recorded_at: instant(row, "recorded_at")?,
            })
        };
        rows.iter().map(read).collect()
    }

    async fn add_accruals(&mut self, tenant: &str, rows: &[AccrualRow]) -> Out<()> {
        for rows in rows.chunks(ROWS) {
            let numbers = rows.iter().map(|row| Ok((number(row.accrual)?, row.settlement.map(number).transpose()?)));
            let numbers = numbers.collect::<Out<Vec<(i64, Option<i64>)>>>()?;
            let mut add = self.builder(
                "INSERT INTO prm_accrual (tenant, program, partner, incentive, period, currency, accrual, from_day, until_day,
                     as_of, digits, amount, difference, settlement, digest, estimate, recorded_at) ",
            );
            add.push_values(rows.iter().zip(numbers), |mut values, (row, (accrual, settlement))| {
                values.push_bind(tenant).push_bind(&row.program).push_bind(&row.partner).push_bind(&row.incentive);
                values.push_bind(&row.period).push_bind(&row.currency).push_bind(accrual);
                values.push_bind(row.days.from()).push_bind(row.days.until()).push_bind(row.as_of);
                values.push_bind(row.digits).push_bind(row.amount).push_bind(row.difference).push_bind(settlement);
                values.push_bind(&row.digest).push_bind(&row.estimate).push_bind(text(row.recorded_at));
            });
            add.build().execute(&mut *self.connection).await?;
        }
        Ok(())
    }
}
