//! Sales and money on SQLite.

use chrono::{DateTime, NaiveDate, Utc};
use futures_util::TryStreamExt as _;
use prm_core::id::{BatchId, SourceId};
use prm_core::incentive::line::BatchKey;
use prm_core::period::Period;
use sqlx::sqlite::{Sqlite, SqliteRow};
use sqlx::types::Uuid;
use sqlx::{AssertSqlSafe, QueryBuilder, Row as _};

use super::{SqliteWork, instant, instant_if_any, text};
use crate::books::{
    AccountRow, Books, ChangeRow, DocumentRow, DocumentSumsRow, EntryFilter, EntryRow, JournalPage, PersonRow,
    PostedRow, ReceiptRow, SumsRow, Taker, TransferRow, TrialRow,
};
use crate::numbers::{count, number, unreadable};
use crate::tables::Table;

type Out<T> = sqlx::Result<T>;

/// Rows to a statement: few statements, each of few enough parameters.
const ROWS: usize = 200;

/// A list as one parameter.
fn list<T: serde::Serialize>(values: &[T]) -> Out<String> {
    serde_json::to_string(values).map_err(|error| sqlx::Error::Encode(Box::new(error)))
}

fn numbers(values: &[u64]) -> Out<String> {
    list(&values.iter().map(|value| number(*value)).collect::<Out<Vec<i64>>>()?)
}

impl SqliteWork<'_> {
    /// A statement that grows by rows.
    fn builder(&self, begins: &str) -> QueryBuilder<Sqlite> {
        QueryBuilder::new(self.names.text(begins))
    }
}

impl Books for SqliteWork<'_> {
    async fn last_receipt(&mut self, tenant: &str) -> Out<Option<ReceiptRow>> {
        let row = sqlx::query(self.names.sql(
            "SELECT receipt, source, batch, revision, part, lines, fingerprint, replaced_by, actor, recorded_at
             FROM prm_receipt WHERE tenant = ?1 ORDER BY receipt DESC LIMIT 1",
        ));
        let row = row.bind(tenant).fetch_optional(&mut *self.connection).await?;
        row.as_ref().map(receipt).transpose()
    }

    async fn receipts_of(&mut self, tenant: &str, source: &str, batch: &str) -> Out<Vec<ReceiptRow>> {
        let rows = sqlx::query(self.names.sql(
            "SELECT receipt, source, batch, revision, part, lines, fingerprint, replaced_by, actor, recorded_at
             FROM prm_receipt WHERE tenant = ?1 AND source = ?2 AND batch = ?3 ORDER BY receipt",
        ));
        let rows = rows.bind(tenant).bind(source).bind(batch).fetch_all(&mut *self.connection).await?;
        rows.iter().map(receipt).collect()
    }

    async fn receipts(&mut self, tenant: &str, receipts: &[u64]) -> Out<Vec<ReceiptRow>> {
        let rows = sqlx::query(self.names.sql(
            "SELECT receipt, source, batch, revision, part, lines, fingerprint, replaced_by, actor, recorded_at
             FROM prm_receipt WHERE tenant = ?1 AND receipt IN (SELECT value FROM json_each(?2)) ORDER BY receipt",
        ));
        let rows = rows.bind(tenant).bind(numbers(receipts)?).fetch_all(&mut *self.connection).await?;
        rows.iter().map(receipt).collect()
    }

    async fn add_receipt(&mut self, tenant: &str, row: &ReceiptRow) -> Out<()> {
        let add = sqlx::query(self.names.sql(
            "INSERT INTO prm_receipt
                 (tenant, receipt, source, batch, revision, part, lines, fingerprint, actor, recorded_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        ));
        let add = add.bind(tenant).bind(number(row.receipt)?);
        let BatchKey { source, batch, revision, part } = &row.batch;
        let add = add.bind(source.as_str()).bind(batch.as_str()).bind(*revision).bind(*part);
        let add = add.bind(number(row.lines)?).bind(&row.fingerprint).bind(&row.actor).bind(text(row.recorded_at));
        add.execute(&mut *self.connection).await.map(drop)
    }

    async fn replace_receipts(&mut self, tenant: &str, receipts: &[u64], by: u64) -> Out<()> {
        let replace = sqlx::query(self.names.sql(
            "UPDATE prm_receipt SET replaced_by = ?3
             WHERE tenant = ?1 AND receipt IN (SELECT value FROM json_each(?2))",
        ));
        let replace = replace.bind(tenant).bind(numbers(receipts)?).bind(number(by)?);
        replace.execute(&mut *self.connection).await.map(drop)
    }

    async fn documents(&mut self, tenant: &str, plan: &str, source: &str, names: &[&str]) -> Out<Vec<DocumentRow>> {
        let rows = sqlx::query(self.names.sql(
            "SELECT d.document, d.receipt, d.lines, s.cells
             FROM json_each(?4) AS wanted
             JOIN prm_document AS d ON d.tenant = ?1 AND d.source = ?3 AND d.document = wanted.value
             JOIN prm_receipt AS r ON r.tenant = ?1 AND r.receipt = d.receipt AND r.replaced_by IS NULL
             LEFT JOIN prm_document_sums AS s ON s.tenant = ?1 AND s.plan = ?2 AND s.source = d.source
                 AND s.document = d.document AND s.receipt = d.receipt",
        ));
        let rows = rows.bind(tenant).bind(plan).bind(source).bind(list(names)?).fetch_all(&mut *self.connection);
        let read = |row: &SqliteRow| {
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
            "SELECT DISTINCT document FROM prm_document
             WHERE tenant = ?1 AND receipt IN (SELECT value FROM json_each(?2))",
        ));
        names.bind(tenant).bind(numbers(receipts)?).fetch_all(&mut *self.connection).await
    }

    async fn reversing(&mut self, tenant: &str, source: &str, names: &[&str]) -> Out<Vec<String>> {
        let found = sqlx::query_scalar(self.names.sql(
            "SELECT DISTINCT document FROM prm_reversal
             WHERE tenant = ?1 AND source = ?2 AND reversed IN (SELECT value FROM json_each(?3))",
        ));
        found.bind(tenant).bind(source).bind(list(names)?).fetch_all(&mut *self.connection).await
    }

    async fn add_documents(&mut self, tenant: &str, source: &str, receipt: u64, rows: &[(&str, String)]) -> Out<()> {
        let receipt = number(receipt)?;
        for rows in rows.chunks(ROWS) {
            let mut add = self.builder("INSERT INTO prm_document (tenant, source, document, receipt, lines) ");
            add.push_values(rows, |mut row, (document, lines)| {
                row.push_bind(tenant).push_bind(source).push_bind(*document).push_bind(receipt).push_bind(lines);
            });
            add.build().execute(&mut *self.connection).await?;
        }
        Ok(())
    }

    async fn add_reversals(&mut self, tenant: &str, source: &str, reversed_by: &[(&str, &str)]) -> Out<()> {
        for rows in reversed_by.chunks(ROWS) {
            let mut add = self.builder("INSERT INTO prm_reversal (tenant, source, reversed, document) ");
            add.push_values(rows, |mut row, (reversed, document)| {
                row.push_bind(tenant).push_bind(source).push_bind(*reversed).push_bind(*document);
            });
            add.push(" ON CONFLICT DO NOTHING");
            add.build().execute(&mut *self.connection).await?;
        }
        Ok(())
    }

    async fn save_document_sums(
        &mut self,
        tenant: &str,
        plan: &str,
        source: &str,
        rows: &[DocumentSumsRow],
    ) -> Out<()> {
        for rows in rows.chunks(ROWS) {
            let receipts = rows.iter().map(|row| number(row.receipt)).collect::<Out<Vec<i64>>>()?;
            let mut save =
                self.builder("INSERT INTO prm_document_sums (tenant, plan, source, document, receipt, cells) ");
            save.push_values(rows.iter().zip(receipts), |mut values, (row, receipt)| {
                values.push_bind(tenant).push_bind(plan).push_bind(source);
                values.push_bind(&row.document).push_bind(receipt).push_bind(&row.cells);
            });
            save.push(" ON CONFLICT DO UPDATE SET cells = excluded.cells");
            save.build().execute(&mut *self.connection).await?;
        }
        Ok(())
    }

    async fn add_sums(&mut self, tenant: &str, plan: &str, row: &SumsRow) -> Out<()> {
        let add = sqlx::query(self.names.sql(
            "INSERT INTO prm_sums (tenant, plan, receipt, counting, digits, first_month, last_month, tally,
                 outcomes, cells, recorded_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        ));
        let add = add.bind(tenant).bind(plan).bind(number(row.receipt)?).bind(row.counting).bind(row.digits);
        let add = add.bind(row.months.map(|(first, _)| first)).bind(row.months.map(|(_, last)| last));
        let add = add.bind(&row.tally).bind(&row.outcomes).bind(&row.cells).bind(text(row.recorded_at));
        add.execute(&mut *self.connection).await.map(drop)
    }

    async fn sums_of(&mut self, tenant: &str, plan: &str, receipts: &[u64]) -> Out<Vec<SumsRow>> {
        let rows = sqlx::query(self.names.sql(
            "SELECT s.receipt, r.source, r.batch, r.revision, r.part, s.counting, s.digits, s.first_month,
                    s.last_month, s.tally, s.outcomes, s.cells, s.recorded_at
             FROM prm_sums AS s JOIN prm_receipt AS r ON r.tenant = s.tenant AND r.receipt = s.receipt
             WHERE s.tenant = ?1 AND s.plan = ?2 AND s.receipt IN (SELECT value FROM json_each(?3))
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
             FROM prm_sums AS s JOIN prm_receipt AS r ON r.tenant = s.tenant AND r.receipt = s.receipt
             WHERE s.tenant = ?1 AND s.plan = ?2 AND (?3 IS NULL OR (s.first_month < ?4 AND s.last_month >= ?3))
               AND (?5 IS NULL OR s.recorded_at <= ?5)
               AND NOT EXISTS (SELECT 1 FROM prm_sums AS newer
                               WHERE newer.tenant = s.tenant AND newer.plan = s.plan AND newer.receipt = r.replaced_by
                                 AND (?5 IS NULL OR newer.recorded_at <= ?5))
             ORDER BY s.receipt, s.counting",
        ));
        let rows = rows.bind(tenant).bind(plan).bind(days.map(|days| days.from())).bind(days.map(|days| days.until()));
        let rows = rows.bind(known_at.map(text)).fetch_all(&mut *self.connection).await?;
        rows.iter().map(sums).collect()
    }

    async fn last_recorded(&mut self, tenant: &str) -> Out<Option<DateTime<Utc>>> {
        let row = sqlx::query(self.names.sql(
            "SELECT recorded_at FROM (
                 SELECT (SELECT recorded_at FROM prm_receipt WHERE tenant = ?1 ORDER BY receipt DESC LIMIT 1) AS recorded_at
                 UNION ALL
                 SELECT (SELECT recorded_at FROM prm_entry WHERE tenant = ?1 ORDER BY settlement DESC LIMIT 1)
             ) AS last WHERE recorded_at IS NOT NULL ORDER BY recorded_at DESC LIMIT 1",
        ));
        let row = row.bind(tenant).fetch_optional(&mut *self.connection).await?;
        row.map(|row| instant(&row, "recorded_at")).transpose()
    }

    async fn last_settlement(&mut self, tenant: &str) -> Out<u64> {
        let last = "SELECT coalesce(max(settlement), 0) FROM prm_entry WHERE tenant = ?1";
        let last: i64 = sqlx::query_scalar(self.names.sql(last)).bind(tenant).fetch_one(&mut *self.connection).await?;
        count(last)
    }

    async fn posted(&mut self, tenant: &str, program: &str, days: Period) -> Out<Vec<PostedRow>> {
        // With max() alone SQLite takes the other columns from the row that has it.
        let rows = sqlx::query(self.names.sql(
            "SELECT partner, incentive, period, max(settlement), currency, earned, free_units FROM prm_entry
             WHERE tenant = ?1 AND program = ?2 AND from_day >= ?3 AND until_day <= ?4
             GROUP BY partner, incentive, period",
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
            })
        };
        rows.fetch_all(&mut *self.connection).await?.iter().map(read).collect()
    }

    async fn add_entries(&mut self, tenant: &str, rows: &[EntryRow]) -> Out<()> {
        for rows in rows.chunks(ROWS) {
            let settlements = rows.iter().map(|row| number(row.settlement)).collect::<Out<Vec<i64>>>()?;
            let mut add = self.builder(
                "INSERT INTO prm_entry (tenant, program, partner, incentive, period, settlement, from_day, until_day,
                     currency, digits, earned, difference, free_units, explanation, before, recorded_at) ",
            );
            add.push_values(rows.iter().zip(settlements), |mut values, (row, settlement)| {
                values.push_bind(tenant).push_bind(&row.program).push_bind(&row.partner).push_bind(&row.incentive);
                values.push_bind(&row.period).push_bind(settlement);
                values.push_bind(row.days.from()).push_bind(row.days.until());
                values.push_bind(row.currency.as_ref().map(|(currency, _)| currency));
                values.push_bind(row.currency.as_ref().map(|(_, digits)| *digits));
                values.push_bind(row.earned).push_bind(row.difference).push_bind(row.free_units);
                values.push_bind(&row.explanation).push_bind(&row.before).push_bind(text(row.recorded_at));
            });
            add.build().execute(&mut *self.connection).await?;
        }
        Ok(())
    }

    async fn entries(&mut self, tenant: &str, filter: &EntryFilter) -> Out<Vec<EntryRow>> {
        let rows = sqlx::query(self.names.sql(
            "SELECT program, partner, incentive, period, settlement, from_day, until_day, currency, digits, earned,
                    difference, free_units, explanation, before, recorded_at
             FROM prm_entry
             WHERE tenant = ?1 AND (?2 IS NULL OR program = ?2) AND (?3 IS NULL OR partner = ?3)
               AND (?4 IS NULL OR settlement = ?4) AND (?5 IS NULL OR recorded_at <= ?5)
             ORDER BY program, partner, until_day, incentive, period, settlement",
        ));
        let rows = rows.bind(tenant).bind(&filter.program).bind(&filter.partner);
        let rows = rows.bind(filter.settlement.map(number).transpose()?).bind(filter.known_at.map(text));
        rows.fetch_all(&mut *self.connection).await?.iter().map(entry).collect()
    }

    async fn hold_accounts(
        &mut self,
        tenant: &str,
        payees: &[&str],
        currency: &str,
        _digits: u8,
        _at: DateTime<Utc>,
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
        known_at: DateTime<Utc>,
    ) -> Out<Vec<AccountRow>> {
        let rows = sqlx::query(self.names.sql(
            "SELECT payee, currency, kind, digits, sum(change) AS balance, max(recorded_at) AS recorded_at FROM (
                 SELECT payee, currency, debit AS kind, digits, -amount AS change, recorded_at FROM prm_transfer
                 WHERE tenant = ?1 AND (?2 IS NULL OR payee = ?2) AND recorded_at <= ?3
                 UNION ALL
                 SELECT payee, currency, credit, digits, amount, recorded_at FROM prm_transfer
                 WHERE tenant = ?1 AND (?2 IS NULL OR payee = ?2) AND recorded_at <= ?3
             ) GROUP BY payee, currency, kind, digits ORDER BY payee, currency, kind",
        ));
        let rows = rows.bind(tenant).bind(payee).bind(text(known_at)).fetch_all(&mut *self.connection).await?;
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
            "SELECT currency, max(digits) AS digits, CAST(sum(transferred) AS TEXT) AS transferred,
                    CAST(sum(balance) AS TEXT) AS balances
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
                transferred: row.try_get("transferred")?,
                balances: row.try_get("balances")?,
            })
        };
        rows.iter().map(read).collect()
    }

    async fn unbalanced(&mut self, tenant: &str) -> Out<Vec<AccountRow>> {
        let rows = sqlx::query(self.names.sql(
            "SELECT payee, currency, kind, max(digits) AS digits, sum(balance) AS balance,
                    max(recorded_at) AS recorded_at
             FROM (SELECT payee, currency, debit AS kind, digits, amount AS balance, recorded_at FROM prm_transfer
                   WHERE tenant = ?1
                   UNION ALL
                   SELECT payee, currency, credit, digits, -amount, recorded_at FROM prm_transfer WHERE tenant = ?1
                   UNION ALL
                   SELECT payee, currency, kind, digits, balance, recorded_at FROM prm_account WHERE tenant = ?1)
             GROUP BY payee, currency, kind HAVING sum(balance) <> 0 ORDER BY payee, currency, kind",
        ));
        let rows = rows.bind(tenant).fetch_all(&mut *self.connection).await?;
        rows.iter().map(account).collect()
    }

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
        let _ = tenant;
        Ok(false)
    }

    async fn number_events(&mut self, tenant: &str, limit: u32) -> Out<()> {
        // Every event has its position from the beginning.
        let _ = (tenant, limit);
        Ok(())
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
        let columns = table.list(|name, _| format!("'{name}', \"{name}\""));
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
            table.list(|name, _| format!("value ->> '$.{name}'"))
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

fn batch(row: &SqliteRow) -> Out<BatchKey> {
    Ok(BatchKey {
        source: SourceId::new(row.try_get::<&str, _>("source")?).map_err(unreadable("source"))?,
        batch: BatchId::new(row.try_get::<&str, _>("batch")?).map_err(unreadable("batch"))?,
        revision: count(row.try_get::<i64, _>("revision")?)?,
        part: count(row.try_get::<i64, _>("part")?)?,
    })
}

fn receipt(row: &SqliteRow) -> Out<ReceiptRow> {
    Ok(ReceiptRow {
        receipt: count(row.try_get::<i64, _>("receipt")?)?,
        batch: batch(row)?,
        lines: count(row.try_get::<i64, _>("lines")?)?,
        fingerprint: row.try_get("fingerprint")?,
        replaced_by: row.try_get::<Option<i64>, _>("replaced_by")?.map(count).transpose()?,
        actor: row.try_get("actor")?,
        recorded_at: instant(row, "recorded_at")?,
    })
}

fn sums(row: &SqliteRow) -> Out<SumsRow> {
    let first: Option<NaiveDate> = row.try_get("first_month")?;
    Ok(SumsRow {
        receipt: count(row.try_get::<i64, _>("receipt")?)?,
        batch: batch(row)?,
        digits: count(row.try_get::<i64, _>("digits")?)?,
        counting: count(row.try_get::<i64, _>("counting")?)?,
        outcomes: row.try_get("outcomes")?,
        months: first.zip(row.try_get("last_month")?),
        tally: row.try_get("tally")?,
        cells: row.try_get("cells")?,
        recorded_at: instant(row, "recorded_at")?,
    })
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
        recorded_at: instant(row, "recorded_at")?,
    })
}

fn account(row: &SqliteRow) -> Out<AccountRow> {
    Ok(AccountRow {
        payee: row.try_get("payee")?,
        currency: row.try_get("currency")?,
        kind: row.try_get("kind")?,
        digits: count(row.try_get::<i64, _>("digits")?)?,
        balance: row.try_get("balance")?,
        recorded_at: instant(row, "recorded_at")?,
    })
}

fn transfer(row: &SqliteRow) -> Out<TransferRow> {
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
