//! Entries, accounts and transfers, on SQLite.

use chrono::{DateTime, NaiveDate, Utc};
use prm_core::period::Period;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use sqlx::types::Uuid;

use super::{ROWS, SqliteWork, instant, list, text};
use crate::books::{
    AccountRow, CommonRow, EntryFilter, EntryRow, JournalPage, Money, PostedRow, TransferRow, TrialRow,
};
use crate::numbers::{count, number, unreadable};

type Out<T> = sqlx::Result<T>;

/// A sum of 64-bit integers. SQLite refuses one that does not fit in 64 bits, even halfway, so the upper and the lower 32
/// bits are summed for themselves.
fn halves(row: &SqliteRow, high: &str, low: &str) -> Out<i128> {
    Ok((i128::from(row.try_get::<i64, _>(high)?) << 32) + i128::from(row.try_get::<i64, _>(low)?))
}

impl Money for SqliteWork<'_> {
    async fn last_settlement(&mut self, tenant: &str) -> Out<u64> {
        let last = "SELECT coalesce(max(settlement), 0) FROM (
                        SELECT max(settlement) AS settlement FROM prm_entry WHERE tenant = ?1
                        UNION ALL
                        SELECT max(settlement) FROM prm_award WHERE tenant = ?1
                    ) AS last";
        let last: i64 = sqlx::query_scalar(self.names.sql(last)).bind(tenant).fetch_one(&mut *self.connection).await?;
        count(last)
    }

    async fn posted(&mut self, tenant: &str, program: &str, days: Period) -> Out<Vec<PostedRow>> {
        // With max() alone SQLite takes the other columns from the row that has it.
        let rows = sqlx::query(self.names.sql(
            "SELECT last.*, c.digest FROM (
                 SELECT partner, incentive, period, max(settlement) AS settlement, currency, earned, free_units, paid
                 FROM prm_entry WHERE tenant = ?1 AND program = ?2 AND from_day >= ?3 AND until_day <= ?4
                 GROUP BY partner, incentive, period
             ) AS last JOIN prm_entry_common AS c ON c.tenant = ?1 AND c.settlement = last.settlement
                 AND c.incentive = last.incentive AND c.period = last.period",
        ));
        let rows = rows.bind(tenant).bind(program).bind(days.from()).bind(days.until());
        let read = |row: &SqliteRow| {
            let currency: Option<String> = row.try_get("currency")?;
            Ok(PostedRow {
                partner: row.try_get("partner")?,
                incentive: row.try_get("incentive")?,
                period: row.try_get("period")?,
                money: currency.zip(row.try_get("earned")?),
                free_units: row.try_get("free_units")?,
                paid: row.try_get("paid")?,
                digest: row.try_get("digest")?,
            })
        };
        rows.fetch_all(&mut *self.connection).await?.iter().map(read).collect()
    }

    async fn add_entries(&mut self, tenant: &str, rows: &[EntryRow]) -> Out<()> {
        for rows in rows.chunks(ROWS) {
            let settlements = rows.iter().map(|row| number(row.settlement)).collect::<Out<Vec<i64>>>()?;
            let mut add = self.builder(
                "INSERT INTO prm_entry (tenant, program, partner, incentive, period, settlement, from_day, until_day,
                     currency, digits, earned, difference, free_units, explanation, before, paid, paid_before,
                     recorded_at) ",
            );
            add.push_values(rows.iter().zip(settlements), |mut values, (row, settlement)| {
                values.push_bind(tenant).push_bind(&row.program).push_bind(&row.partner).push_bind(&row.incentive);
                values.push_bind(&row.period).push_bind(settlement);
                values.push_bind(row.days.from()).push_bind(row.days.until());
                values.push_bind(row.currency.as_ref().map(|(currency, _)| currency));
                values.push_bind(row.currency.as_ref().map(|(_, digits)| *digits));
                values.push_bind(row.earned).push_bind(row.difference).push_bind(row.free_units);
                values
                    .push_bind(&row.explanation)
                    .push_bind(&row.before)
                    .push_bind(&row.paid)
                    .push_bind(&row.paid_before);
                values.push_bind(text(row.recorded_at));
            });
            add.build().execute(&mut *self.connection).await?;
        }
        Ok(())
    }

    async fn add_common(&mut self, tenant: &str, rows: &[CommonRow]) -> Out<()> {
        for row in rows {
            let add = sqlx::query(self.names.sql(
                "INSERT INTO prm_entry_common (tenant, settlement, incentive, period, digest, common)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            ));
            let add = add.bind(tenant).bind(number(row.settlement)?).bind(&row.incentive).bind(&row.period);
            add.bind(&row.digest).bind(&row.common).execute(&mut *self.connection).await?;
        }
        Ok(())
    }

    async fn entries(&mut self, tenant: &str, filter: &EntryFilter) -> Out<Vec<(EntryRow, String)>> {
        let rows = sqlx::query(self.names.sql(
            "SELECT e.program, e.partner, e.incentive, e.period, e.settlement, e.from_day, e.until_day, e.currency, e.digits,
                    e.earned, e.difference, e.free_units, e.explanation, e.before, e.paid,
                    e.paid_before, e.recorded_at, c.common
             FROM prm_entry AS e JOIN prm_entry_common AS c
               ON c.tenant = e.tenant AND c.settlement = e.settlement AND c.incentive = e.incentive
               AND c.period = e.period
             WHERE e.tenant = ?1 AND (?2 IS NULL OR e.program = ?2) AND (?3 IS NULL OR e.partner = ?3)
               AND (?4 IS NULL OR e.settlement = ?4) AND (?5 IS NULL OR e.recorded_at <= ?5)
               AND (?6 IS NULL
                    OR (e.program, e.partner, e.incentive, e.period, e.settlement) > (?6, ?7, ?8, ?9, ?10))
             ORDER BY e.program, e.partner, e.incentive, e.period, e.settlement LIMIT coalesce(?11, -1)",
        ));
        let rows = rows.bind(tenant).bind(&filter.program).bind(&filter.partner);
        let rows = rows.bind(filter.settlement.map(number).transpose()?).bind(filter.known_at.map(text));
        let after = filter.after.as_ref();
        let rows = rows.bind(after.map(|after| &after.program)).bind(after.map(|after| &after.partner));
        let rows = rows.bind(after.map(|after| &after.incentive)).bind(after.map(|after| &after.period));
        let rows = rows.bind(after.map(|after| number(after.settlement)).transpose()?);
        let rows = rows.bind(filter.limit.map(i64::from));
        rows.fetch_all(&mut *self.connection)
            .await?
            .iter()
            .map(|row| Ok((entry(row)?, row.try_get("common")?)))
            .collect()
    }

    async fn hold_accounts(
        &mut self,
        tenant: &str,
        payees: &[&str],
        currency: &str,
        _digits: u8,
    ) -> Out<Vec<AccountRow>> {
        // A writing transaction is the only one.
        let rows = sqlx::query(self.names.sql(
            "SELECT payee, currency, kind, digits, balance, recorded_at FROM prm_account
             WHERE tenant = ?1 AND payee IN (SELECT value FROM json_each(?2)) AND currency = ?3",
        ));
        let rows = rows.bind(tenant).bind(list(payees)?).bind(currency).fetch_all(&mut *self.connection).await?;
        rows.iter().map(account).collect()
    }

    async fn save_accounts(&mut self, tenant: &str, rows: &[AccountRow]) -> Out<()> {
        for rows in rows.chunks(ROWS) {
            let mut save =
                self.builder("INSERT INTO prm_account (tenant, payee, currency, kind, digits, balance, recorded_at) ");
            save.push_values(rows, |mut values, row| {
                values.push_bind(tenant).push_bind(&row.payee).push_bind(&row.currency).push_bind(&row.kind);
                values.push_bind(row.digits).push_bind(row.balance).push_bind(text(row.recorded_at));
            });
            save.push(" ON CONFLICT DO UPDATE SET balance = excluded.balance, recorded_at = excluded.recorded_at");
            save.build().execute(&mut *self.connection).await?;
        }
        Ok(())
    }

    async fn accounts(&mut self, tenant: &str, payee: Option<&str>) -> Out<Vec<AccountRow>> {
        let rows = sqlx::query(self.names.sql(
            "SELECT payee, currency, kind, digits, balance, recorded_at FROM prm_account
             WHERE tenant = ?1 AND (?2 IS NULL OR payee = ?2) ORDER BY payee, currency, kind",
        ));
        let rows = rows.bind(tenant).bind(payee).fetch_all(&mut *self.connection).await?;
        rows.iter().map(account).collect()
    }

    async fn balances_at(
        &mut self,
        tenant: &str,
        payee: Option<&str>,
        (known_at, as_of): (Option<DateTime<Utc>>, Option<NaiveDate>),
    ) -> Out<Vec<AccountRow>> {
        let rows = sqlx::query(self.names.sql(
            "SELECT payee, currency, kind, digits, max(recorded_at) AS recorded_at,
                    (sum(change >> 32) + (sum(change & 4294967295) >> 32) << 32)
                        | (sum(change & 4294967295) & 4294967295) AS balance FROM (
                 SELECT payee, currency, debit AS kind, digits, -amount AS change, recorded_at FROM prm_transfer
                 WHERE tenant = ?1 AND (?2 IS NULL OR payee = ?2) AND (?3 IS NULL OR recorded_at <= ?3) AND (?4 IS NULL OR effective_on <= ?4)
                 UNION ALL
                 SELECT payee, currency, credit, digits, amount, recorded_at FROM prm_transfer
                 WHERE tenant = ?1 AND (?2 IS NULL OR payee = ?2) AND (?3 IS NULL OR recorded_at <= ?3) AND (?4 IS NULL OR effective_on <= ?4)
             ) GROUP BY payee, currency, kind, digits ORDER BY payee, currency, kind",
        ));
        let rows =
            rows.bind(tenant).bind(payee).bind(known_at.map(text)).bind(as_of).fetch_all(&mut *self.connection).await?;
        rows.iter().map(account).collect()
    }

    async fn add_transfers(&mut self, tenant: &str, rows: &[TransferRow]) -> Out<()> {
        for rows in rows.chunks(ROWS) {
            let settlements =
                rows.iter().map(|row| row.settlement.map(number).transpose()).collect::<Out<Vec<Option<i64>>>>()?;
            let mut add = self.builder(
                "INSERT INTO prm_transfer (tenant, id, payee, currency, digits, amount, purpose, debit, credit, source,
                     settlement, effective_on, actor, recorded_at) ",
            );
            add.push_values(rows.iter().zip(settlements), |mut values, (row, settlement)| {
                values.push_bind(tenant).push_bind(row.id.hyphenated()).push_bind(&row.payee);
                values.push_bind(&row.currency).push_bind(row.digits).push_bind(row.amount);
                values.push_bind(&row.purpose).push_bind(&row.debit).push_bind(&row.credit).push_bind(&row.source);
                values.push_bind(settlement).push_bind(row.effective_on);
                values.push_bind(&row.actor).push_bind(text(row.recorded_at));
            });
            add.build().execute(&mut *self.connection).await?;
        }
        Ok(())
    }

    async fn transfer(&mut self, tenant: &str, id: Uuid) -> Out<Option<TransferRow>> {
        let row = sqlx::query(self.names.sql(
            "SELECT id, payee, currency, digits, amount, purpose, debit, credit, source, settlement, effective_on,
                    actor, recorded_at
             FROM prm_transfer WHERE tenant = ?1 AND id = ?2",
        ));
        let row = row.bind(tenant).bind(id.hyphenated()).fetch_optional(&mut *self.connection).await?;
        row.as_ref().map(transfer).transpose()
    }

    async fn journal(&mut self, tenant: &str, page: &JournalPage) -> Out<Vec<TransferRow>> {
        let rows = sqlx::query(self.names.sql(
            "SELECT id, payee, currency, digits, amount, purpose, debit, credit, source, settlement, effective_on,
                    actor, recorded_at
             FROM prm_transfer
             WHERE tenant = ?1 AND (?2 IS NULL OR payee = ?2) AND (?3 IS NULL OR recorded_at <= ?3)
               AND (?4 IS NULL OR (recorded_at, id) > (?4, ?5))
             ORDER BY recorded_at, id LIMIT ?6",
        ));
        let rows = rows.bind(tenant).bind(&page.payee).bind(page.known_at.map(text));
        let rows = rows.bind(page.after.map(|(at, _)| text(at))).bind(page.after.map(|(_, id)| id.hyphenated()));
        let rows = rows.bind(page.limit).fetch_all(&mut *self.connection).await?;
        rows.iter().map(transfer).collect()
    }

    async fn trial(&mut self, tenant: &str) -> Out<Vec<TrialRow>> {
        let rows = sqlx::query(self.names.sql(
            "SELECT currency, max(digits) AS digits,
                    sum(transferred >> 32) AS transferred_high, sum(transferred & 4294967295) AS transferred_low,
                    sum(balance >> 32) AS balances_high, sum(balance & 4294967295) AS balances_low
             FROM (SELECT currency, digits, amount AS transferred, 0 AS balance FROM prm_transfer WHERE tenant = ?1
                   UNION ALL
                   SELECT currency, digits, 0, balance FROM prm_account WHERE tenant = ?1)
             GROUP BY currency ORDER BY currency",
        ));
        let rows = rows.bind(tenant).fetch_all(&mut *self.connection).await?;
        let read = |row: &SqliteRow| {
            Ok(TrialRow {
                currency: row.try_get("currency")?,
                digits: count(row.try_get::<i64, _>("digits")?)?,
                transferred: halves(row, "transferred_high", "transferred_low")?,
                balances: halves(row, "balances_high", "balances_low")?,
            })
        };
        rows.iter().map(read).collect()
    }

    async fn unbalanced(&mut self, tenant: &str) -> Out<Vec<AccountRow>> {
        let rows = sqlx::query(self.names.sql(
            "SELECT payee, currency, kind, max(digits) AS digits, max(recorded_at) AS recorded_at,
                    (sum(balance >> 32) + (sum(balance & 4294967295) >> 32) << 32)
                        | (sum(balance & 4294967295) & 4294967295) AS balance
             FROM (SELECT payee, currency, debit AS kind, digits, amount AS balance, recorded_at FROM prm_transfer
                   WHERE tenant = ?1
                   UNION ALL
                   SELECT payee, currency, credit, digits, -amount, recorded_at FROM prm_transfer WHERE tenant = ?1
                   UNION ALL
                   SELECT payee, currency, kind, digits, balance, recorded_at FROM prm_account WHERE tenant = ?1)
             GROUP BY payee, currency, kind
             HAVING sum(balance >> 32) + (sum(balance & 4294967295) >> 32) <> 0 OR sum(balance & 4294967295) & 4294967295 <> 0
             ORDER BY payee, currency, kind",
        ));
        let rows = rows.bind(tenant).fetch_all(&mut *self.connection).await?;
        rows.iter().map(account).collect()
    }
}

fn entry(row: &SqliteRow) -> Out<EntryRow> {
    let currency: Option<String> = row.try_get("currency")?;
    let digits = row.try_get::<Option<i64>, _>("digits")?.map(count).transpose()?;
    let days = Period::new(row.try_get("from_day")?, row.try_get("until_day")?);
    Ok(EntryRow {
        program: row.try_get("program")?,
        partner: row.try_get("partner")?,
        incentive: row.try_get("incentive")?,
        period: row.try_get("period")?,
        settlement: count(row.try_get::<i64, _>("settlement")?)?,
        days: days.map_err(unreadable("until_day"))?,
        currency: currency.zip(digits),
        earned: row.try_get("earned")?,
        difference: row.try_get("difference")?,
        free_units: row.try_get("free_units")?,
        explanation: row.try_get("explanation")?,
        before: row.try_get("before")?,
        paid: row.try_get("paid")?,
        paid_before: row.try_get("paid_before")?,
        recorded_at: instant(row, "recorded_at")?,
    })
}

pub(super) fn account(row: &SqliteRow) -> Out<AccountRow> {
    Ok(AccountRow {
        payee: row.try_get("payee")?,
        currency: row.try_get("currency")?,
        kind: row.try_get("kind")?,
        digits: count(row.try_get::<i64, _>("digits")?)?,
        balance: row.try_get("balance")?,
        recorded_at: instant(row, "recorded_at")?,
    })
}

pub(super) fn transfer(row: &SqliteRow) -> Out<TransferRow> {
    Ok(TransferRow {
        id: row.try_get::<&str, _>("id")?.parse().map_err(unreadable("id"))?,
        payee: row.try_get("payee")?,
        currency: row.try_get("currency")?,
        digits: count(row.try_get::<i64, _>("digits")?)?,
        amount: row.try_get("amount")?,
        purpose: row.try_get("purpose")?,
        debit: row.try_get("debit")?,
        credit: row.try_get("credit")?,
        source: row.try_get("source")?,
        settlement: row.try_get::<Option<i64>, _>("settlement")?.map(count).transpose()?,
        effective_on: row.try_get("effective_on")?,
        actor: row.try_get("actor")?,
        recorded_at: instant(row, "recorded_at")?,
    })
}
