//! What payees owe back, and what was left to them, on SQLite.

use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::money::{account, transfer};
use super::{ROWS, SqliteWork, instant, list, text};
use crate::books::{AccountRow, Debts, GivenUpRow, TransferRow};
use crate::numbers::count;

type Out<T> = sqlx::Result<T>;

impl Debts for SqliteWork<'_> {
    async fn given_up(
        &mut self,
        tenant: &str,
        (program, payees, currency): (&str, &[&str], &str),
    ) -> Out<Vec<GivenUpRow>> {
        let rows = sqlx::query(self.names.sql(
            "SELECT program, payee, currency, concern, digits, floored, written_off, recorded_at FROM prm_given_up
             WHERE tenant = ?1 AND program = ?2 AND payee IN (SELECT value FROM json_each(?3)) AND currency = ?4",
        ));
        let rows = rows.bind(tenant).bind(program).bind(list(payees)?).bind(currency);
        let read = |row: &SqliteRow| {
            Ok(GivenUpRow {
                program: row.try_get("program")?,
                payee: row.try_get("payee")?,
                currency: row.try_get("currency")?,
                concern: row.try_get("concern")?,
                digits: count(row.try_get::<i64, _>("digits")?)?,
                floored: row.try_get("floored")?,
                written_off: row.try_get("written_off")?,
                recorded_at: instant(row, "recorded_at")?,
            })
        };
        rows.fetch_all(&mut *self.connection).await?.iter().map(read).collect()
    }

    async fn save_given_up(&mut self, tenant: &str, rows: &[GivenUpRow]) -> Out<()> {
        for rows in rows.chunks(ROWS) {
            let mut save = self.builder(
                "INSERT INTO prm_given_up (tenant, program, payee, currency, concern, digits, floored, written_off,
                     recorded_at) ",
            );
            save.push_values(rows, |mut values, row| {
                values.push_bind(tenant).push_bind(&row.program).push_bind(&row.payee).push_bind(&row.currency);
                values.push_bind(&row.concern).push_bind(row.digits).push_bind(row.floored).push_bind(row.written_off);
                values.push_bind(text(row.recorded_at));
            });
            save.push(
                " ON CONFLICT DO UPDATE SET floored = excluded.floored, written_off = excluded.written_off,
                      recorded_at = excluded.recorded_at",
            );
            save.build().execute(&mut *self.connection).await?;
        }
        Ok(())
    }

    async fn debtors(&mut self, tenant: &str, payee: Option<&str>) -> Out<Vec<AccountRow>> {
        let rows = sqlx::query(self.names.sql(
            "SELECT payee, currency, kind, digits, balance, recorded_at FROM prm_account
             WHERE tenant = ?1 AND (?2 IS NULL OR payee = ?2) AND kind = 'recoverable' AND balance < 0
             ORDER BY currency, payee",
        ));
        let rows = rows.bind(tenant).bind(payee).fetch_all(&mut *self.connection).await?;
        rows.iter().map(account).collect()
    }

    async fn debt_transfers(&mut self, tenant: &str, (payees, currency): (&[&str], &str)) -> Out<Vec<TransferRow>> {
        let rows = sqlx::query(self.names.sql(
            "SELECT id, payee, currency, digits, amount, purpose, debit, credit, source, settlement, effective_on,
                    actor, recorded_at
             FROM prm_transfer
             WHERE tenant = ?1 AND payee IN (SELECT value FROM json_each(?2)) AND currency = ?3
               AND 'recoverable' IN (debit, credit)
             ORDER BY recorded_at, debit = 'recoverable' DESC, id",
        ));
        let rows = rows.bind(tenant).bind(list(payees)?).bind(currency).fetch_all(&mut *self.connection).await?;
        rows.iter().map(transfer).collect()
    }
}
