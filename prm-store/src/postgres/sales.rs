//! Batches that were received, their lines and their sums, on PostgreSQL.

use chrono::{DateTime, NaiveDate, Utc};
use prm_core::id::{BatchId, SourceId};
use prm_core::incentive::line::BatchKey;
use prm_core::period::Period;
use sqlx::Row as _;
use sqlx::postgres::PgRow;

use super::{PostgresWork, numbers};
use crate::books::{DocumentRow, DocumentSumsRow, ReceiptRow, Sales, SumsRow};
use crate::numbers::{count, format, number, unreadable};

type Out<T> = sqlx::Result<T>;

impl Sales for PostgresWork<'_> {
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
            "SELECT d.document, d.receipt, d.lines, s.cells, s.idle
             FROM prm.document AS d
             JOIN prm.receipt AS r ON r.tenant = $1 AND r.receipt = d.receipt
             JOIN prm.sums AS own ON own.tenant = $1 AND own.plan = $2 AND own.receipt = d.receipt
                 AND own.counting = 1
             LEFT JOIN prm.document_sums AS s ON s.tenant = $1 AND s.plan = $2 AND s.source = d.source
                 AND s.document = d.document AND s.receipt = d.receipt
             WHERE d.tenant = $1 AND d.source = $3 AND d.document = ANY($4)
               AND NOT EXISTS (SELECT 1 FROM prm.receipt AS newer JOIN prm.sums AS counted
                 ON counted.tenant = newer.tenant AND counted.plan = $2 AND counted.receipt = newer.receipt
                 WHERE newer.tenant = r.tenant AND newer.source = r.source AND newer.batch = r.batch
                   AND newer.revision > r.revision)",
        ));
        let rows = rows.bind(tenant).bind(plan).bind(source).bind(names).fetch_all(&mut *self.connection);
        let read = |row: &PgRow| {
            Ok(DocumentRow {
                document: row.try_get("document")?,
                receipt: count(row.try_get::<i64, _>("receipt")?)?,
                lines: row.try_get("lines")?,
                cells: row.try_get("cells")?,
                idle: row.try_get("idle")?,
            })
        };
        rows.await?.iter().map(read).collect()
    }

    async fn standing_documents(
        &mut self,
        tenant: &str,
        (source, document, receipt): (&str, &str, u64),
        limit: u32,
    ) -> Out<Vec<(String, DocumentRow)>> {
        let rows = sqlx::query(self.names.sql(
            "SELECT d.source, d.document, d.receipt, d.lines FROM prm.document AS d
             JOIN prm.receipt AS r ON r.tenant = d.tenant AND r.receipt = d.receipt
             WHERE d.tenant = $1 AND (d.source, d.document, d.receipt) > ($2, $3, $4) AND r.replaced_by IS NULL
             ORDER BY d.source, d.document, d.receipt LIMIT $5",
        ));
        let rows = rows.bind(tenant).bind(source).bind(document).bind(number(receipt)?).bind(i64::from(limit));
        let read = |row: &PgRow| {
            let document = DocumentRow {
                document: row.try_get("document")?,
                receipt: count(row.try_get::<i64, _>("receipt")?)?,
                lines: row.try_get("lines")?,
                cells: None,
                idle: None,
            };
            Ok((row.try_get("source")?, document))
        };
        rows.fetch_all(&mut *self.connection).await?.iter().map(read).collect()
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
            "INSERT INTO prm.document_sums (tenant, plan, source, document, receipt, cells, idle)
             SELECT $1, $2, $3, document, receipt, cells, idle
             FROM unnest($4::text[], $5::bigint[], $6::text[], $7::text[]) AS new (document, receipt, cells, idle)
             ON CONFLICT (tenant, plan, source, document, receipt)
                 DO UPDATE SET cells = excluded.cells, idle = excluded.idle",
        ));
        let documents: Vec<&str> = rows.iter().map(|row| row.document.as_str()).collect();
        let receipts = rows.iter().map(|row| number(row.receipt)).collect::<Out<Vec<i64>>>()?;
        let cells: Vec<&str> = rows.iter().map(|row| row.cells.as_str()).collect();
        let idle: Vec<Option<&str>> = rows.iter().map(|row| row.idle.as_deref()).collect();
        let save = save.bind(tenant).bind(plan).bind(source).bind(documents).bind(receipts).bind(cells).bind(idle);
        save.execute(&mut *self.connection).await.map(drop)
    }

    async fn add_sums(&mut self, tenant: &str, plan: &str, row: &SumsRow) -> Out<()> {
        let add = sqlx::query(self.names.sql(
            "INSERT INTO prm.sums (tenant, plan, receipt, counting, program, digits, first_month, last_month,
                 tally, outcomes, cells, recorded_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        ));
        let add = add.bind(tenant).bind(plan).bind(number(row.receipt)?);
        let add = add.bind(format(row.counting)?).bind(&row.program).bind(i32::from(row.digits));
        let add = add.bind(row.months.map(|(first, _)| first)).bind(row.months.map(|(_, last)| last));
        let add = add.bind(&row.tally).bind(&row.outcomes).bind(&row.cells).bind(row.recorded_at);
        add.execute(&mut *self.connection).await.map(drop)
    }

    async fn sums_of(&mut self, tenant: &str, plan: &str, receipts: &[u64]) -> Out<Vec<SumsRow>> {
        let rows = sqlx::query(self.names.sql(
            "SELECT s.receipt, r.source, r.batch, r.revision, r.part, s.counting, s.program, s.digits, s.first_month,
                    s.last_month, s.tally, s.outcomes, s.cells, s.recorded_at
             FROM prm.sums AS s JOIN prm.receipt AS r ON r.tenant = s.tenant AND r.receipt = s.receipt
             WHERE s.tenant = $1 AND s.plan = $2 AND s.receipt = ANY($3)
             ORDER BY s.receipt, s.counting",
        ));
        let rows = rows.bind(tenant).bind(plan).bind(numbers(receipts)?).fetch_all(&mut *self.connection).await?;
        rows.iter().map(sums).collect()
    }

    async fn uncounted(&mut self, tenant: &str, program: &str, plan: &str) -> Out<Vec<BatchKey>> {
        let rows = sqlx::query(self.names.sql(
            "SELECT r.source, r.batch, r.revision, r.part FROM prm.receipt AS r
             WHERE r.tenant = $1 AND r.replaced_by IS NULL
               AND EXISTS (SELECT 1 FROM prm.sums AS s
                           WHERE s.tenant = $1 AND s.receipt = r.receipt AND s.program = $2)
               AND NOT EXISTS (SELECT 1 FROM prm.sums AS s
                               WHERE s.tenant = $1 AND s.plan = $3 AND s.receipt = r.receipt)
             ORDER BY r.receipt",
        ));
        let rows = rows.bind(tenant).bind(program).bind(plan).fetch_all(&mut *self.connection).await?;
        rows.iter().map(batch).collect()
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
            "SELECT s.receipt, r.source, r.batch, r.revision, r.part, s.counting, s.program, s.digits, s.first_month,
                    s.last_month, s.tally, s.outcomes, s.cells, s.recorded_at
             FROM prm.sums AS s JOIN prm.receipt AS r ON r.tenant = s.tenant AND r.receipt = s.receipt
             WHERE s.tenant = $1 AND s.plan = $2 AND ($3::date IS NULL OR (s.first_month < $4 AND s.last_month >= $3))
               AND ($5::timestamptz IS NULL OR s.recorded_at <= $5)
               AND NOT EXISTS (SELECT 1 FROM prm.receipt AS newer JOIN prm.sums AS counted
                 ON counted.tenant = newer.tenant AND counted.plan = $2 AND counted.receipt = newer.receipt
                 WHERE newer.tenant = r.tenant AND newer.source = r.source AND newer.batch = r.batch
                   AND newer.revision > r.revision
                   AND ($5::timestamptz IS NULL OR counted.recorded_at <= $5))
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
                 SELECT (SELECT max(recorded_at) FROM prm.sums WHERE tenant = $1)
                 UNION ALL
                 SELECT (SELECT max(recorded_at) FROM prm.tier_advance WHERE tenant = $1)
                 UNION ALL
                 SELECT (SELECT recorded_at FROM prm.accrual WHERE tenant = $1 ORDER BY accrual DESC LIMIT 1)
                 UNION ALL
                 SELECT (SELECT recorded_at FROM prm.entry WHERE tenant = $1 ORDER BY settlement DESC LIMIT 1)
                 UNION ALL
                 SELECT (SELECT recorded_at FROM prm.award WHERE tenant = $1 ORDER BY settlement DESC LIMIT 1)
             ) AS last WHERE recorded_at IS NOT NULL ORDER BY recorded_at DESC LIMIT 1",
        ));
        let row = row.bind(tenant).fetch_optional(&mut *self.connection).await?;
        row.map(|row| row.try_get("recorded_at")).transpose()
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
        program: row.try_get("program")?,
        outcomes: row.try_get("outcomes")?,
        months: first.zip(row.try_get("last_month")?),
        tally: row.try_get("tally")?,
        cells: row.try_get("cells")?,
        recorded_at: row.try_get("recorded_at")?,
    })
}
