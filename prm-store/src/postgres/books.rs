//! Sales and money on PostgreSQL: rows go in as one array for each column.

use chrono::{DateTime, NaiveDate, Utc};
use futures_util::TryStreamExt as _;
use prm_core::id::{BatchId, SourceId};
use prm_core::incentive::line::BatchKey;
use prm_core::period::Period;
use sqlx::postgres::PgRow;
use sqlx::types::Uuid;
use sqlx::{AssertSqlSafe, Row as _};

use super::PostgresWork;
use crate::books::{
    AccountRow, Books, ChangeRow, DocumentRow, DocumentSumsRow, EntryFilter, EntryRow, JournalPage, PersonRow,
    PostedRow, ReceiptRow, SumsRow, Taker, TransferRow, TrialRow,
};
use crate::numbers::{count, format, number, unreadable};
use crate::tables::{Holds, Table};

type Out<T> = sqlx::Result<T>;

fn numbers(values: &[u64]) -> Out<Vec<i64>> {
    values.iter().map(|value| number(*value)).collect()
}

/// One column of rows.
fn column<'r, R, T>(rows: &'r [R], of: impl Fn(&'r R) -> T) -> Vec<T> {
    rows.iter().map(of).collect()
}

impl Books for PostgresWork<'_> {
    async fn last_receipt(&mut self, tenant: &str) -> Out<Option<ReceiptRow>> {
        let row = sqlx::query(self.names.sql(
            "SELECT receipt, source, batch, revision, part, lines, fingerprint, replaced_by, actor, recorded_at
             FROM prm.receipt WHERE tenant = $1 ORDER BY receipt DESC LIMIT 1",
        ));
        let row = row.bind(tenant).fetch_optional(&mut *self.connection).await?;
        row.as_ref().map(receipt).transpose()
    }

    async fn receipts_of(&mut self, tenant: &str, source: &str, batch: &str) -> Out<Vec<ReceiptRow>> {
        let rows = sqlx::query(self.names.sql(
            "SELECT receipt, source, batch, revision, part, lines, fingerprint, replaced_by, actor, recorded_at
             FROM prm.receipt WHERE tenant = $1 AND source = $2 AND batch = $3 ORDER BY receipt",
        ));
        let rows = rows.bind(tenant).bind(source).bind(batch).fetch_all(&mut *self.connection).await?;
        rows.iter().map(receipt).collect()
    }

    async fn receipts(&mut self, tenant: &str, receipts: &[u64]) -> Out<Vec<ReceiptRow>> {
        let rows = sqlx::query(self.names.sql(
            "SELECT receipt, source, batch, revision, part, lines, fingerprint, replaced_by, actor, recorded_at
             FROM prm.receipt WHERE tenant = $1 AND receipt = ANY($2) ORDER BY receipt",
        ));
        let rows = rows.bind(tenant).bind(numbers(receipts)?).fetch_all(&mut *self.connection).await?;
        rows.iter().map(receipt).collect()
    }

    async fn add_receipt(&mut self, tenant: &str, row: &ReceiptRow) -> Out<()> {
        let add = sqlx::query(self.names.sql(
            "INSERT INTO prm.receipt
                 (tenant, receipt, source, batch, revision, part, lines, fingerprint, actor, recorded_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        ));
        let add = add.bind(tenant).bind(number(row.receipt)?);
        let BatchKey { source, batch, revision, part } = &row.batch;
        let add = add.bind(source.as_str()).bind(batch.as_str()).bind(format(*revision)?).bind(format(*part)?);
        let add = add.bind(number(row.lines)?).bind(&row.fingerprint).bind(&row.actor).bind(row.recorded_at);
        add.execute(&mut *self.connection).await.map(drop)
    }

    async fn replace_receipts(&mut self, tenant: &str, receipts: &[u64], by: u64) -> Out<()> {
        let replace = sqlx::query(self.names.sql(
            "UPDATE prm.receipt SET replaced_by = $3
             WHERE tenant = $1 AND receipt = ANY($2)",
        ));
        let replace = replace.bind(tenant).bind(numbers(receipts)?).bind(number(by)?);
        replace.execute(&mut *self.connection).await.map(drop)
    }

    async fn documents(&mut self, tenant: &str, plan: &str, source: &str, names: &[&str]) -> Out<Vec<DocumentRow>> {
        let rows = sqlx::query(self.names.sql(
            "SELECT d.document, d.receipt, d.lines, s.cells
             FROM prm.document AS d
             JOIN prm.receipt AS r ON r.tenant = $1 AND r.receipt = d.receipt AND r.replaced_by IS NULL
             LEFT JOIN prm.document_sums AS s ON s.tenant = $1 AND s.plan = $2 AND s.source = d.source
                 AND s.document = d.document AND s.receipt = d.receipt
             WHERE d.tenant = $1 AND d.source = $3 AND d.document = ANY($4)",
        ));
        let rows = rows.bind(tenant).bind(plan).bind(source).bind(names).fetch_all(&mut *self.connection);
        let read = |row: &PgRow| {
            Ok(DocumentRow {
                document: row.try_get("document")?,
                receipt: count(row.try_get::<i64, _>("receipt")?)?,
                lines: row.try_get("lines")?,
                cells: row.try_get("cells")?,
            })
        };
        rows.await?.iter().map(read).collect()
    }

    async fn documents_of(&mut self, tenant: &str, receipts: &[u64]) -> Out<Vec<String>> {
        let names = sqlx::query_scalar(self.names.sql(
            "SELECT DISTINCT document FROM prm.document
             WHERE tenant = $1 AND receipt = ANY($2)",
        ));
        names.bind(tenant).bind(numbers(receipts)?).fetch_all(&mut *self.connection).await
    }

    async fn reversing(&mut self, tenant: &str, source: &str, names: &[&str]) -> Out<Vec<String>> {
        let found = sqlx::query_scalar(self.names.sql(
            "SELECT DISTINCT document FROM prm.reversal
             WHERE tenant = $1 AND source = $2 AND reversed = ANY($3)",
        ));
        found.bind(tenant).bind(source).bind(names).fetch_all(&mut *self.connection).await
    }

    async fn add_documents(&mut self, tenant: &str, source: &str, receipt: u64, rows: &[(&str, String)]) -> Out<()> {
        let add = sqlx::query(self.names.sql(
            "INSERT INTO prm.document (tenant, source, document, receipt, lines)
             SELECT $1, $2, document, $3, lines FROM unnest($4::text[], $5::text[]) AS new (document, lines)",
        ));
        let documents: Vec<&str> = rows.iter().map(|(document, _)| *document).collect();
        let lines: Vec<&str> = rows.iter().map(|(_, lines)| lines.as_str()).collect();
        let add = add.bind(tenant).bind(source).bind(number(receipt)?).bind(documents).bind(lines);
        add.execute(&mut *self.connection).await.map(drop)
    }

    async fn add_reversals(&mut self, tenant: &str, source: &str, reversed_by: &[(&str, &str)]) -> Out<()> {
        let add = sqlx::query(self.names.sql(
            "INSERT INTO prm.reversal (tenant, source, reversed, document)
             SELECT $1, $2, reversed, document FROM unnest($3::text[], $4::text[]) AS new (reversed, document)
             ON CONFLICT DO NOTHING",
        ));
        let (reversed, documents): (Vec<&str>, Vec<&str>) = reversed_by.iter().copied().unzip();
        let add = add.bind(tenant).bind(source).bind(reversed).bind(documents);
        add.execute(&mut *self.connection).await.map(drop)
    }

    async fn save_document_sums(
        &mut self,
        tenant: &str,
        plan: &str,
        source: &str,
        rows: &[DocumentSumsRow],
    ) -> Out<()> {
        let save = sqlx::query(self.names.sql(
            "INSERT INTO prm.document_sums (tenant, plan, source, document, receipt, cells)
             SELECT $1, $2, $3, document, receipt, cells
             FROM unnest($4::text[], $5::bigint[], $6::text[]) AS new (document, receipt, cells)
             ON CONFLICT (tenant, plan, source, document, receipt) DO UPDATE SET cells = excluded.cells",
        ));
        let documents: Vec<&str> = rows.iter().map(|row| row.document.as_str()).collect();
        let receipts = rows.iter().map(|row| number(row.receipt)).collect::<Out<Vec<i64>>>()?;
        let cells: Vec<&str> = rows.iter().map(|row| row.cells.as_str()).collect();
        let save = save.bind(tenant).bind(plan).bind(source).bind(documents).bind(receipts).bind(cells);
        save.execute(&mut *self.connection).await.map(drop)
    }

    async fn add_sums(&mut self, tenant: &str, plan: &str, row: &SumsRow) -> Out<()> {
        let add = sqlx::query(self.names.sql(
            "INSERT INTO prm.sums (tenant, plan, receipt, counting, digits, first_month, last_month, tally,
                 outcomes, cells, recorded_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        ));
        let add = add.bind(tenant).bind(plan).bind(number(row.receipt)?);
        let add = add.bind(format(row.counting)?).bind(i32::from(row.digits));
        let add = add.bind(row.months.map(|(first, _)| first)).bind(row.months.map(|(_, last)| last));
        let add = add.bind(&row.tally).bind(&row.outcomes).bind(&row.cells).bind(row.recorded_at);
        add.execute(&mut *self.connection).await.map(drop)
    }

    async fn sums_of(&mut self, tenant: &str, plan: &str, receipts: &[u64]) -> Out<Vec<SumsRow>> {
        let rows = sqlx::query(self.names.sql(
            "SELECT s.receipt, r.source, r.batch, r.revision, r.part, s.counting, s.digits, s.first_month,
                    s.last_month, s.tally, s.outcomes, s.cells, s.recorded_at
             FROM prm.sums AS s JOIN prm.receipt AS r ON r.tenant = s.tenant AND r.receipt = s.receipt
             WHERE s.tenant = $1 AND s.plan = $2 AND s.receipt = ANY($3)
             ORDER BY s.receipt, s.counting",
        ));
        let rows = rows.bind(tenant).bind(plan).bind(numbers(receipts)?).fetch_all(&mut *self.connection).await?;
        rows.iter().map(sums).collect()
    }

    async fn sums(
        &mut self,
        tenant: &str,
        plan: &str,
        days: Option<Period>,
        known_at: Option<DateTime<Utc>>,
    ) -> Out<Vec<SumsRow>> {
        // A fiscal month is known by its first day. What a revision replaced is left out here, since the revision may
        // hold none of the days.
        let rows = sqlx::query(self.names.sql(
            "SELECT s.receipt, r.source, r.batch, r.revision, r.part, s.counting, s.digits, s.first_month,
                    s.last_month, s.tally, s.outcomes, s.cells, s.recorded_at
             FROM prm.sums AS s JOIN prm.receipt AS r ON r.tenant = s.tenant AND r.receipt = s.receipt
             WHERE s.tenant = $1 AND s.plan = $2 AND ($3::date IS NULL OR (s.first_month < $4 AND s.last_month >= $3))
               AND ($5::timestamptz IS NULL OR s.recorded_at <= $5)
               AND NOT EXISTS (SELECT 1 FROM prm.sums AS newer
                               WHERE newer.tenant = s.tenant AND newer.plan = s.plan AND newer.receipt = r.replaced_by
                                 AND ($5::timestamptz IS NULL OR newer.recorded_at <= $5))
             ORDER BY s.receipt, s.counting",
        ));
        let rows = rows.bind(tenant).bind(plan).bind(days.map(|days| days.from())).bind(days.map(|days| days.until()));
        let rows = rows.bind(known_at).fetch_all(&mut *self.connection).await?;
        rows.iter().map(sums).collect()
    }

    async fn last_recorded(&mut self, tenant: &str) -> Out<Option<DateTime<Utc>>> {
        let row = sqlx::query(self.names.sql(
            "SELECT recorded_at FROM (
                 SELECT (SELECT recorded_at FROM prm.receipt WHERE tenant = $1 ORDER BY receipt DESC LIMIT 1) AS recorded_at
                 UNION ALL
                 SELECT (SELECT recorded_at FROM prm.entry WHERE tenant = $1 ORDER BY settlement DESC LIMIT 1)
             ) AS last WHERE recorded_at IS NOT NULL ORDER BY recorded_at DESC LIMIT 1",
        ));
        let row = row.bind(tenant).fetch_optional(&mut *self.connection).await?;
        row.map(|row| row.try_get("recorded_at")).transpose()
    }

    async fn last_settlement(&mut self, tenant: &str) -> Out<u64> {
        let last = "SELECT coalesce(max(settlement), 0) FROM prm.entry WHERE tenant = $1";
        let last: i64 = sqlx::query_scalar(self.names.sql(last)).bind(tenant).fetch_one(&mut *self.connection).await?;
        count(last)
    }

    async fn posted(&mut self, tenant: &str, program: &str, days: Period) -> Out<Vec<PostedRow>> {
        let rows = sqlx::query(self.names.sql(
            "SELECT DISTINCT ON (partner, incentive, period) partner, incentive, period, currency, earned, free_units
             FROM prm.entry WHERE tenant = $1 AND program = $2 AND from_day >= $3 AND until_day <= $4
             ORDER BY partner, incentive, period, settlement DESC",
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
                 currency, digits, earned, difference, free_units, explanation, before, recorded_at)
             SELECT $1, new.* FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::date[],
                 $8::date[], $9::text[], $10::integer[], $11::bigint[], $12::bigint[], $13::bigint[], $14::text[],
                 $15::text[], $16::timestamptz[]) AS new",
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
        let add = add.bind(column(rows, |row| row.before.as_deref())).bind(column(rows, |row| row.recorded_at));
        add.execute(&mut *self.connection).await.map(drop)
    }

    async fn entries(&mut self, tenant: &str, filter: &EntryFilter) -> Out<Vec<EntryRow>> {
        let rows = sqlx::query(self.names.sql(
            "SELECT program, partner, incentive, period, settlement, from_day, until_day, currency, digits, earned,
                    difference, free_units, explanation, before, recorded_at
             FROM prm.entry
             WHERE tenant = $1 AND ($2::text IS NULL OR program = $2) AND ($3::text IS NULL OR partner = $3)
               AND ($4::bigint IS NULL OR settlement = $4) AND ($5::timestamptz IS NULL OR recorded_at <= $5)
             ORDER BY program, partner, until_day, incentive, period, settlement",
        ));
        let rows = rows.bind(tenant).bind(&filter.program).bind(&filter.partner);
        let rows = rows.bind(filter.settlement.map(number).transpose()?).bind(filter.known_at);
        rows.fetch_all(&mut *self.connection).await?.iter().map(entry).collect()
    }

    async fn hold_accounts(
        &mut self,
        tenant: &str,
        payees: &[&str],
        currency: &str,
        digits: u8,
        at: DateTime<Utc>,
    ) -> Out<Vec<AccountRow>> {
        // Whoever changes an account of a payee first locks its payable one, which is made for that if it is missing;
        // in one order, so that two never wait for each other.
        let mut payees = payees.to_vec();
        payees.sort_unstable();
        payees.dedup();
        let make = sqlx::query(self.names.sql(
            "INSERT INTO prm.account (tenant, payee, currency, kind, digits, balance, recorded_at)
             SELECT $1, payee, $3, 'payable', $4, 0, $5 FROM unnest($2::text[]) AS new (payee)
             ON CONFLICT DO NOTHING",
        ));
        let make = make.bind(tenant).bind(&payees).bind(currency).bind(i32::from(digits)).bind(at);
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
        known_at: DateTime<Utc>,
    ) -> Out<Vec<AccountRow>> {
        let rows = sqlx::query(self.names.sql(
            "SELECT payee, currency, kind, digits, sum(change)::bigint AS balance, max(recorded_at) AS recorded_at FROM (
                 SELECT payee, currency, debit AS kind, digits, -amount AS change, recorded_at FROM prm.transfer
                 WHERE tenant = $1 AND ($2::text IS NULL OR payee = $2) AND recorded_at <= $3
                 UNION ALL
                 SELECT payee, currency, credit, digits, amount, recorded_at FROM prm.transfer
                 WHERE tenant = $1 AND ($2::text IS NULL OR payee = $2) AND recorded_at <= $3
             ) AS moved GROUP BY payee, currency, kind, digits ORDER BY payee, currency, kind",
        ));
        let rows = rows.bind(tenant).bind(payee).bind(known_at).fetch_all(&mut *self.connection).await?;
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
                transferred: row.try_get("transferred")?,
                balances: row.try_get("balances")?,
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
                Holds::Text => "text",
                Holds::Small => "integer",
                Holds::Number => "bigint",
                Holds::Instant => "timestamptz",
                Holds::Day => "date",
                Holds::Uuid => "uuid",
            };
            format!("\"{name}\" {holds}")
        };
        let names = table.list(|name, _| format!("\"{name}\""));
        let load = format!(
            "INSERT INTO prm.{} (tenant, {names}) SELECT $1, {names} FROM json_to_recordset($2::json) AS new ({})",
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

fn batch(row: &PgRow) -> Out<BatchKey> {
    Ok(BatchKey {
        source: SourceId::new(row.try_get::<&str, _>("source")?).map_err(unreadable("source"))?,
        batch: BatchId::new(row.try_get::<&str, _>("batch")?).map_err(unreadable("batch"))?,
        revision: count(row.try_get::<i32, _>("revision")?)?,
        part: count(row.try_get::<i32, _>("part")?)?,
    })
}

fn receipt(row: &PgRow) -> Out<ReceiptRow> {
    Ok(ReceiptRow {
        receipt: count(row.try_get::<i64, _>("receipt")?)?,
        batch: batch(row)?,
        lines: count(row.try_get::<i64, _>("lines")?)?,
        fingerprint: row.try_get("fingerprint")?,
        replaced_by: row.try_get::<Option<i64>, _>("replaced_by")?.map(count).transpose()?,
        actor: row.try_get("actor")?,
        recorded_at: row.try_get("recorded_at")?,
    })
}

fn sums(row: &PgRow) -> Out<SumsRow> {
    let first: Option<NaiveDate> = row.try_get("first_month")?;
    Ok(SumsRow {
        receipt: count(row.try_get::<i64, _>("receipt")?)?,
        batch: batch(row)?,
        digits: count(row.try_get::<i32, _>("digits")?)?,
        counting: count(row.try_get::<i32, _>("counting")?)?,
        outcomes: row.try_get("outcomes")?,
        months: first.zip(row.try_get("last_month")?),
        tally: row.try_get("tally")?,
        cells: row.try_get("cells")?,
        recorded_at: row.try_get("recorded_at")?,
    })
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
        recorded_at: row.try_get("recorded_at")?,
    })
}

fn account(row: &PgRow) -> Out<AccountRow> {
    Ok(AccountRow {
        payee: row.try_get("payee")?,
        currency: row.try_get("currency")?,
        kind: row.try_get("kind")?,
        digits: count(row.try_get::<i32, _>("digits")?)?,
        balance: row.try_get("balance")?,
        recorded_at: row.try_get("recorded_at")?,
    })
}

fn transfer(row: &PgRow) -> Out<TransferRow> {
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
