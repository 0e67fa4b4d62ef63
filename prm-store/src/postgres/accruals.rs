//! What the vendor's books hold for periods that are not settled yet, on PostgreSQL.

use chrono::{DateTime, Utc};
use prm_core::period::Period;
use sqlx::Row as _;
use sqlx::postgres::PgRow;

use super::{PostgresWork, column};
use crate::books::{AccrualRow, Accruals};
use crate::numbers::{count, number, unreadable};

type Out<T> = sqlx::Result<T>;

impl Accruals for PostgresWork<'_> {
    async fn last_accrual(&mut self, tenant: &str) -> Out<u64> {
        let last = sqlx::query(self.names.sql("SELECT max(accrual) AS accrual FROM prm.accrual WHERE tenant = $1"));
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
        let rows = sqlx::query(self.names.sql(
            "SELECT DISTINCT ON (partner, incentive, period, currency)
                 program, partner, incentive, period, currency, accrual, from_day, until_day, as_of, digits,
                 amount, difference, settlement, digest, estimate, recorded_at
             FROM prm.accrual
             WHERE tenant = $1 AND program = $2 AND ($3::date IS NULL OR from_day >= $3 AND until_day <= $4)
                 AND ($5::timestamptz IS NULL OR recorded_at <= $5)
             ORDER BY partner, incentive, period, currency, accrual DESC",
        ));
        let rows = rows.bind(tenant).bind(program);
        let rows = rows.bind(within.map(|days| days.from())).bind(within.map(|days| days.until()));
        let rows = rows.bind(known_at).fetch_all(&mut *self.connection).await?;
        let read = |row: &PgRow| {
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
                digits: count(row.try_get::<i32, _>("digits")?)?,
                amount: row.try_get("amount")?,
                difference: row.try_get("difference")?,
                settlement: row.try_get::<Option<i64>, _>("settlement")?.map(count).transpose()?,
                digest: row.try_get("digest")?,
                estimate: row.try_get("estimate")?,
                recorded_at: row.try_get("recorded_at")?,
            })
        };
        rows.iter().map(read).collect()
    }

    async fn add_accruals(&mut self, tenant: &str, rows: &[AccrualRow]) -> Out<()> {
        let add = sqlx::query(self.names.sql(
            "INSERT INTO prm.accrual (tenant, program, partner, incentive, period, currency, accrual, from_day, until_day, as_of,
                 digits, amount, difference, settlement, digest, estimate, recorded_at)
             SELECT $1, new.* FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[],
                 $8::date[], $9::date[], $10::date[], $11::integer[], $12::bigint[], $13::bigint[],
                 $14::bigint[], $15::text[], $16::text[], $17::timestamptz[]) AS new",
        ));
        let accruals = rows.iter().map(|row| number(row.accrual)).collect::<Out<Vec<i64>>>()?;
        let settlements = rows.iter().map(|row| row.settlement.map(number).transpose());
        let settlements = settlements.collect::<Out<Vec<Option<i64>>>>()?;
        let add = add.bind(tenant);
        let add = add.bind(column(rows, |row| row.program.as_str()));
        let add = add.bind(column(rows, |row| row.partner.as_str()));
        let add = add.bind(column(rows, |row| row.incentive.as_str()));
        let add = add.bind(column(rows, |row| row.period.as_str()));
        let add = add.bind(column(rows, |row| row.currency.as_str()));
        let add = add.bind(accruals);
        let add = add.bind(column(rows, |row| row.days.from()));
        let add = add.bind(column(rows, |row| row.days.until()));
        let add = add.bind(column(rows, |row| row.as_of));
        let add = add.bind(column(rows, |row| i32::from(row.digits)));
        let add = add.bind(column(rows, |row| row.amount));
        let add = add.bind(column(rows, |row| row.difference));
        let add = add.bind(settlements);
        let add = add.bind(column(rows, |row| row.digest.as_str()));
        let add = add.bind(column(rows, |row| row.estimate.as_deref()));
        let add = add.bind(column(rows, |row| row.recorded_at));
        add.execute(&mut *self.connection).await.map(drop)
    }
}
