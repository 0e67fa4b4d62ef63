//! Entries, accounts and transfers, on PostgreSQL.

use chrono::{DateTime, NaiveDate, Utc};
use prm_core::period::Period;
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use sqlx::types::Uuid;

use super::{PostgresWork, column};
use crate::books::{
    AccountRow, CommonRow, EntryFilter, EntryRow, JournalPage, Money, PostedRow, TransferRow, TrialRow,
};
use crate::numbers::{count, number, unreadable};

type Out<T> = sqlx::Result<T>;

impl Money for PostgresWork<'_> {
    async fn last_settlement(&mut self, tenant: &str) -> Out<u64> {
        let last = "SELECT coalesce(max(settlement), 0) FROM (
                        SELECT max(settlement) AS settlement FROM prm.entry WHERE tenant = $1
                        UNION ALL
                        SELECT max(settlement) FROM prm.award WHERE tenant = $1
                    ) AS last";
        let last: i64 = sqlx::query_scalar(self.names.sql(last)).bind(tenant).fetch_one(&mut *self.connection).await?;
        count(last)
    }

    async fn posted(&mut self, tenant: &str, program: &str, days: Period) -> Out<Vec<PostedRow>> {
        let rows = sqlx::query(self.names.sql(
            "SELECT last.*, c.digest FROM (
                 SELECT DISTINCT ON (partner, incentive, period)
                        partner, incentive, period, settlement, currency, earned, free_units, paid
                 FROM prm.entry WHERE tenant = $1 AND program = $2 AND from_day >= $3 AND until_day <= $4
                 ORDER BY partner, incentive, period, settlement DESC
             ) AS last JOIN prm.entry_common AS c ON c.tenant = $1 AND c.settlement = last.settlement
                 AND c.incentive = last.incentive AND c.period = last.period",
        ));
        let rows = rows.bind(tenant).bind(program).bind(days.from()).bind(days.until());
        let read = |row: &PgRow| {
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
        if rows.is_empty() {
            return Ok(());
        }
        let add = sqlx::query(self.names.sql(
            "INSERT INTO prm.entry (tenant, program, partner, incentive, period, settlement, from_day, until_day,
                 currency, digits, earned, difference, free_units, explanation, before, paid, paid_before,
                     recorded_at)
             SELECT $1, new.* FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::date[],
                 $8::date[], $9::text[], $10::integer[], $11::bigint[], $12::bigint[], $13::bigint[], $14::text[],
                 $15::text[], $16::text[], $17::text[], $18::timestamptz[]) AS new",
        ));
        let settlements = rows.iter().map(|row| number(row.settlement)).collect::<Out<Vec<i64>>>()?;
        let add = add.bind(tenant);
        let add = add.bind(column(rows, |row| row.program.as_str())).bind(column(rows, |row| row.partner.as_str()));
        let add = add.bind(column(rows, |row| row.incentive.as_str())).bind(column(rows, |row| row.period.as_str()));
        let add = add.bind(settlements).bind(column(rows, |row| row.days.from()));
        let add = add.bind(column(rows, |row| row.days.until()));
        let add = add.bind(column(rows, |row| row.currency.as_ref().map(|(currency, _)| currency.as_str())));
        let add = add.bind(column(rows, |row| row.currency.as_ref().map(|(_, digits)| i32::from(*digits))));
        let add = add.bind(column(rows, |row| row.earned)).bind(column(rows, |row| row.difference));
        let add = add.bind(column(rows, |row| row.free_units)).bind(column(rows, |row| row.explanation.as_str()));
        let add = add.bind(column(rows, |row| row.before.as_deref())).bind(column(rows, |row| row.paid.as_deref()));
        let add = add.bind(column(rows, |row| row.paid_before.as_deref()));
        let add = add.bind(column(rows, |row| row.recorded_at));
        add.execute(&mut *self.connection).await.map(drop)
    }

    async fn add_common(&mut self, tenant: &str, rows: &[CommonRow]) -> Out<()> {
        let add = sqlx::query(self.names.sql(
            "INSERT INTO prm.entry_common (tenant, settlement, incentive, period, digest, common)
             SELECT $1, new.* FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[]) AS new",
        ));
        let settlements = rows.iter().map(|row| number(row.settlement)).collect::<Out<Vec<i64>>>()?;
        let add = add.bind(tenant).bind(settlements).bind(column(rows, |row| row.incentive.as_str()));
        let add = add.bind(column(rows, |row| row.period.as_str())).bind(column(rows, |row| row.digest.as_str()));
        let add = add.bind(column(rows, |row| row.common.as_str()));
        add.execute(&mut *self.connection).await.map(drop)
    }

    async fn entries(&mut self, tenant: &str, filter: &EntryFilter) -> Out<Vec<(EntryRow, String)>> {
        let rows = sqlx::query(self.names.sql(
            "SELECT e.program, e.partner, e.incentive, e.period, e.settlement, e.from_day, e.until_day, e.currency, e.digits,
                    e.earned, e.difference, e.free_units, e.explanation, e.before, e.paid,
                    e.paid_before, e.recorded_at, c.common
             FROM prm.entry AS e JOIN prm.entry_common AS c
               ON c.tenant = e.tenant AND c.settlement = e.settlement AND c.incentive = e.incentive
               AND c.period = e.period
             WHERE e.tenant = $1 AND ($2::text IS NULL OR e.program = $2) AND ($3::text IS NULL OR e.partner = $3)
               AND ($4::bigint IS NULL OR e.settlement = $4) AND ($5::timestamptz IS NULL OR e.recorded_at <= $5)
               AND ($6::text IS NULL
                    OR (e.program, e.partner, e.incentive, e.period, e.settlement) > ($6, $7, $8, $9, $10))
             ORDER BY e.program, e.partner, e.incentive, e.period, e.settlement LIMIT $11",
        ));
        let rows = rows.bind(tenant).bind(&filter.program).bind(&filter.partner);
        let rows = rows.bind(filter.settlement.map(number).transpose()?).bind(filter.known_at);
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
        digits: u8,
    ) -> Out<Vec<AccountRow>> {
        // Whoever changes an account of a payee first locks its payable one, which is made for that if it is missing;
        // in one order, so that two never wait for each other.
        let mut payees = payees.to_vec();
        payees.sort_unstable();
        payees.dedup();
        let make = sqlx::query(self.names.sql(
            "INSERT INTO prm.account (tenant, payee, currency, kind, digits, balance, recorded_at)
             SELECT $1, payee, $3, 'payable', $4, 0, 'epoch' FROM unnest($2::text[]) AS new (payee)
             ON CONFLICT DO NOTHING",
        ));
        let make = make.bind(tenant).bind(&payees).bind(currency).bind(i32::from(digits));
        make.execute(&mut *self.connection).await?;
        let hold = sqlx::query(self.names.sql(
            "SELECT FROM prm.account WHERE tenant = $1 AND payee = ANY($2) AND currency = $3 AND kind = 'payable'
             ORDER BY payee FOR UPDATE",
        ));
        hold.bind(tenant).bind(&payees).bind(currency).execute(&mut *self.connection).await?;
        let rows = sqlx::query(self.names.sql(
            "SELECT payee, currency, kind, digits, balance, recorded_at FROM prm.account
             WHERE tenant = $1 AND payee = ANY($2) AND currency = $3",
        ));
        let rows = rows.bind(tenant).bind(&payees).bind(currency).fetch_all(&mut *self.connection).await?;
        rows.iter().map(account).collect()
    }

    async fn save_accounts(&mut self, tenant: &str, rows: &[AccountRow]) -> Out<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let save = sqlx::query(self.names.sql(
            "INSERT INTO prm.account (tenant, payee, currency, kind, digits, balance, recorded_at)
             SELECT $1, new.* FROM unnest($2::text[], $3::text[], $4::text[], $5::integer[], $6::bigint[],
                 $7::timestamptz[]) AS new
             ON CONFLICT (tenant, payee, currency, kind)
             DO UPDATE SET balance = excluded.balance, recorded_at = excluded.recorded_at",
        ));
        let save = save.bind(tenant);
        let save = save.bind(column(rows, |row| row.payee.as_str())).bind(column(rows, |row| row.currency.as_str()));
        let save = save.bind(column(rows, |row| row.kind.as_str())).bind(column(rows, |row| i32::from(row.digits)));
        let save = save.bind(column(rows, |row| row.balance)).bind(column(rows, |row| row.recorded_at));
        save.execute(&mut *self.connection).await.map(drop)
    }

    async fn accounts(&mut self, tenant: &str, payee: Option<&str>) -> Out<Vec<AccountRow>> {
        let rows = sqlx::query(self.names.sql(
            "SELECT payee, currency, kind, digits, balance, recorded_at FROM prm.account
             WHERE tenant = $1 AND ($2::text IS NULL OR payee = $2) ORDER BY payee, currency, kind",
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
            "SELECT payee, currency, kind, digits, sum(change)::bigint AS balance, max(recorded_at) AS recorded_at FROM (
                 SELECT payee, currency, debit AS kind, digits, -amount AS change, recorded_at FROM prm.transfer
                 WHERE tenant = $1 AND ($2::text IS NULL OR payee = $2) AND ($3::timestamptz IS NULL OR recorded_at <= $3)
                   AND ($4::date IS NULL OR effective_on <= $4)
                 UNION ALL
                 SELECT payee, currency, credit, digits, amount, recorded_at FROM prm.transfer
                 WHERE tenant = $1 AND ($2::text IS NULL OR payee = $2) AND ($3::timestamptz IS NULL OR recorded_at <= $3)
                   AND ($4::date IS NULL OR effective_on <= $4)
             ) AS moved GROUP BY payee, currency, kind, digits ORDER BY payee, currency, kind",
        ));
        let rows = rows.bind(tenant).bind(payee).bind(known_at).bind(as_of).fetch_all(&mut *self.connection).await?;
        rows.iter().map(account).collect()
    }

    async fn add_transfers(&mut self, tenant: &str, rows: &[TransferRow]) -> Out<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let add = sqlx::query(self.names.sql(
            "INSERT INTO prm.transfer (tenant, id, payee, currency, digits, amount, purpose, debit, credit, source,
                 settlement, effective_on, actor, recorded_at)
             SELECT $1, new.* FROM unnest($2::uuid[], $3::text[], $4::text[], $5::integer[], $6::bigint[], $7::text[],
                 $8::text[], $9::text[], $10::text[], $11::bigint[], $12::date[], $13::text[], $14::timestamptz[])
                 AS new",
        ));
        let settlements =
            rows.iter().map(|row| row.settlement.map(number).transpose()).collect::<Out<Vec<Option<i64>>>>()?;
        let add = add.bind(tenant).bind(column(rows, |row| row.id)).bind(column(rows, |row| row.payee.as_str()));
        let add = add.bind(column(rows, |row| row.currency.as_str()));
        let add = add.bind(column(rows, |row| i32::from(row.digits))).bind(column(rows, |row| row.amount));
        let add = add.bind(column(rows, |row| row.purpose.as_str())).bind(column(rows, |row| row.debit.as_str()));
        let add = add.bind(column(rows, |row| row.credit.as_str())).bind(column(rows, |row| row.source.as_str()));
        let add = add.bind(settlements).bind(column(rows, |row| row.effective_on));
        let add = add.bind(column(rows, |row| row.actor.as_str())).bind(column(rows, |row| row.recorded_at));
        add.execute(&mut *self.connection).await.map(drop)
    }

    async fn transfer(&mut self, tenant: &str, id: Uuid) -> Out<Option<TransferRow>> {
        let row = sqlx::query(self.names.sql(
            "SELECT id, payee, currency, digits, amount, purpose, debit, credit, source, settlement, effective_on,
                    actor, recorded_at
             FROM prm.transfer WHERE tenant = $1 AND id = $2",
        ));
        let row = row.bind(tenant).bind(id).fetch_optional(&mut *self.connection).await?;
        row.as_ref().map(transfer).transpose()
    }

    async fn journal(&mut self, tenant: &str, page: &JournalPage) -> Out<Vec<TransferRow>> {
        let rows = sqlx::query(self.names.sql(
            "SELECT id, payee, currency, digits, amount, purpose, debit, credit, source, settlement, effective_on,
                    actor, recorded_at
             FROM prm.transfer
             WHERE tenant = $1 AND ($2::text IS NULL OR payee = $2) AND ($3::timestamptz IS NULL OR recorded_at <= $3)
               AND ($4::timestamptz IS NULL OR (recorded_at, id) > ($4, $5))
             ORDER BY recorded_at, id LIMIT $6",
        ));
        let rows = rows.bind(tenant).bind(&page.payee).bind(page.known_at);
        let rows = rows.bind(page.after.map(|(at, _)| at)).bind(page.after.map(|(_, id)| id));
        let rows = rows.bind(i64::from(page.limit)).fetch_all(&mut *self.connection).await?;
        rows.iter().map(transfer).collect()
    }

    async fn trial(&mut self, tenant: &str) -> Out<Vec<TrialRow>> {
        let rows = sqlx::query(self.names.sql(
            "SELECT currency, max(digits) AS digits, sum(transferred)::text AS transferred,
                    sum(balance)::text AS balances
             FROM (SELECT currency, digits, amount AS transferred, 0 AS balance FROM prm.transfer WHERE tenant = $1
                   UNION ALL
                   SELECT currency, digits, 0, balance FROM prm.account WHERE tenant = $1) AS all_of_it
             GROUP BY currency ORDER BY currency",
        ));
        let rows = rows.bind(tenant).fetch_all(&mut *self.connection).await?;
        let read = |row: &PgRow| {
            Ok(TrialRow {
                currency: row.try_get("currency")?,
                digits: count(row.try_get::<i32, _>("digits")?)?,
                transferred: row.try_get::<&str, _>("transferred")?.parse().map_err(unreadable("transferred"))?,
                balances: row.try_get::<&str, _>("balances")?.parse().map_err(unreadable("balances"))?,
            })
        };
        rows.iter().map(read).collect()
    }

    async fn unbalanced(&mut self, tenant: &str) -> Out<Vec<AccountRow>> {
        let rows = sqlx::query(self.names.sql(
            "SELECT payee, currency, kind, max(digits) AS digits, sum(balance)::bigint AS balance,
                    max(recorded_at) AS recorded_at
             FROM (SELECT payee, currency, debit AS kind, digits, amount AS balance, recorded_at FROM prm.transfer
                   WHERE tenant = $1
                   UNION ALL
                   SELECT payee, currency, credit, digits, -amount, recorded_at FROM prm.transfer WHERE tenant = $1
                   UNION ALL
                   SELECT payee, currency, kind, digits, balance, recorded_at FROM prm.account WHERE tenant = $1) AS all_of_it
             GROUP BY payee, currency, kind HAVING sum(balance) <> 0 ORDER BY payee, currency, kind",
        ));
        let rows = rows.bind(tenant).fetch_all(&mut *self.connection).await?;
        rows.iter().map(account).collect()
    }
}

fn entry(row: &PgRow) -> Out<EntryRow> {
    let currency: Option<String> = row.try_get("currency")?;
    let digits = row.try_get::<Option<i32>, _>("digits")?.map(count).transpose()?;
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
        recorded_at: row.try_get("recorded_at")?,
    })
}

pub(super) fn account(row: &PgRow) -> Out<AccountRow> {
    Ok(AccountRow {
        payee: row.try_get("payee")?,
        currency: row.try_get("currency")?,
        kind: row.try_get("kind")?,
        digits: count(row.try_get::<i32, _>("digits")?)?,
        balance: row.try_get("balance")?,
        recorded_at: row.try_get("recorded_at")?,
    })
}

pub(super) fn transfer(row: &PgRow) -> Out<TransferRow> {
    Ok(TransferRow {
        id: row.try_get("id")?,
        payee: row.try_get("payee")?,
        currency: row.try_get("currency")?,
        digits: count(row.try_get::<i32, _>("digits")?)?,
        amount: row.try_get("amount")?,
        purpose: row.try_get("purpose")?,
        debit: row.try_get("debit")?,
        credit: row.try_get("credit")?,
        source: row.try_get("source")?,
        settlement: row.try_get::<Option<i64>, _>("settlement")?.map(count).transpose()?,
        effective_on: row.try_get("effective_on")?,
        actor: row.try_get("actor")?,
        recorded_at: row.try_get("recorded_at")?,
    })
}
