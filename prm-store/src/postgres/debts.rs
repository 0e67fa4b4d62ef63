//! What payees owe back, and what was left to them, on PostgreSQL.

use sqlx::Row as _;
use sqlx::postgres::PgRow;

use super::money::{account, transfer};
use super::{PostgresWork, column};
use crate::books::{AccountRow, Debts, GivenUpRow, TransferRow};
use crate::numbers::count;

type Out<T> = sqlx::Result<T>;

impl Debts for PostgresWork<'_> {
    async fn given_up(
        &mut self,
        tenant: &str,
        (program, payees, currency): (&str, &[&str], &str),
    ) -> Out<Vec<GivenUpRow>> {
        let rows = sqlx::query(self.names.sql(
            "SELECT program, payee, currency, concern, digits, floored, written_off, recorded_at FROM prm.given_up
             WHERE tenant = $1 AND program = $2 AND payee = ANY($3) AND currency = $4",
        ));
        let rows = rows.bind(tenant).bind(program).bind(payees).bind(currency);
        let read = |row: &PgRow| {
            Ok(GivenUpRow {
                program: row.try_get("program")?,
                payee: row.try_get("payee")?,
                currency: row.try_get("currency")?,
                concern: row.try_get("concern")?,
                digits: count(row.try_get::<i32, _>("digits")?)?,
                floored: row.try_get("floored")?,
                written_off: row.try_get("written_off")?,
                recorded_at: row.try_get("recorded_at")?,
            })
        };
        rows.fetch_all(&mut *self.connection).await?.iter().map(read).collect()
    }

    async fn save_given_up(&mut self, tenant: &str, rows: &[GivenUpRow]) -> Out<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let save = sqlx::query(self.names.sql(
            "INSERT INTO prm.given_up (tenant, program, payee, currency, concern, digits, floored, written_off, recorded_at)
             SELECT $1, new.* FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::integer[], $7::bigint[],
                 $8::bigint[], $9::timestamptz[]) AS new
             ON CONFLICT (tenant, program, payee, currency, concern) DO UPDATE SET floored = excluded.floored,
                 written_off = excluded.written_off, recorded_at = excluded.recorded_at",
        ));
        let save = save.bind(tenant).bind(column(rows, |row| row.program.as_str()));
        let save = save.bind(column(rows, |row| row.payee.as_str())).bind(column(rows, |row| row.currency.as_str()));
        let save = save.bind(column(rows, |row| row.concern.as_str())).bind(column(rows, |row| i32::from(row.digits)));
        let save = save.bind(column(rows, |row| row.floored)).bind(column(rows, |row| row.written_off));
        save.bind(column(rows, |row| row.recorded_at)).execute(&mut *self.connection).await.map(drop)
    }

    async fn debtors(&mut self, tenant: &str, payee: Option<&str>) -> Out<Vec<AccountRow>> {
        let rows = sqlx::query(self.names.sql(
            "SELECT payee, currency, kind, digits, balance, recorded_at FROM prm.account
             WHERE tenant = $1 AND ($2::text IS NULL OR payee = $2) AND kind = 'recoverable' AND balance < 0
             ORDER BY currency, payee",
        ));
        let rows = rows.bind(tenant).bind(payee).fetch_all(&mut *self.connection).await?;
        rows.iter().map(account).collect()
    }

    async fn debt_transfers(&mut self, tenant: &str, (payees, currency): (&[&str], &str)) -> Out<Vec<TransferRow>> {
        let rows = sqlx::query(self.names.sql(
            "SELECT id, payee, currency, digits, amount, purpose, debit, credit, source, settlement, effective_on,
                    actor, recorded_at
             FROM prm.transfer
             WHERE tenant = $1 AND payee = ANY($2) AND currency = $3 AND 'recoverable' IN (debit, credit)
             ORDER BY recorded_at, debit = 'recoverable' DESC, id",
        ));
        let rows = rows.bind(tenant).bind(payees).bind(currency).fetch_all(&mut *self.connection).await?;
        rows.iter().map(transfer).collect()
    }
}
