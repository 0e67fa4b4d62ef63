//! What single sales bring to persons and partners, on PostgreSQL.

use prm_core::incentive::line::BatchKey;
use prm_core::period::Period;
use sqlx::Row as _;
use sqlx::postgres::PgRow;

use super::{PostgresWork, column};
use crate::books::{AnswerRow, AwardFilter, AwardRow, Awards, DocumentRow};
use crate::numbers::{count, number, unreadable};

type Out<T> = sqlx::Result<T>;

impl Awards for PostgresWork<'_> {
    async fn documents_within(
        &mut self,
        tenant: &str,
        plan: &str,
        days: Option<Period>,
    ) -> Out<Vec<(BatchKey, DocumentRow)>> {
        let rows = sqlx::query(self.names.sql(
            "WITH held AS (
                 SELECT DISTINCT d.source, d.document FROM prm.sums AS s
                 JOIN prm.document AS d ON d.tenant = s.tenant AND d.receipt = s.receipt
                 WHERE s.tenant = $1 AND s.plan = $2 AND ($3::date IS NULL OR (s.first_month < $4 AND s.last_month >= $3))
             ), named AS (
                 SELECT source, document FROM held
                 UNION
                 SELECT back.source, back.document FROM held JOIN prm.reversal AS back
                     ON back.tenant = $1 AND back.source = held.source AND back.reversed = held.document
                 UNION
                 SELECT back.source, back.reversed FROM held JOIN prm.reversal AS back
                     ON back.tenant = $1 AND back.source = held.source AND back.document = held.document
             )
             SELECT r.source, r.batch, r.revision, r.part, d.document, d.receipt, d.lines, s.cells, s.idle
             FROM named
             JOIN prm.document AS d ON d.tenant = $1 AND d.source = named.source AND d.document = named.document
             JOIN prm.receipt AS r ON r.tenant = $1 AND r.receipt = d.receipt
             JOIN prm.sums AS own ON own.tenant = $1 AND own.plan = $2 AND own.receipt = d.receipt
                 AND own.counting = 1
             LEFT JOIN prm.document_sums AS s ON s.tenant = $1 AND s.plan = $2 AND s.source = d.source
                 AND s.document = d.document AND s.receipt = d.receipt
             WHERE NOT EXISTS (SELECT 1 FROM prm.receipt AS newer JOIN prm.sums AS counted
                 ON counted.tenant = newer.tenant AND counted.plan = $2 AND counted.receipt = newer.receipt
                 WHERE newer.tenant = r.tenant AND newer.source = r.source AND newer.batch = r.batch
                   AND newer.revision > r.revision)
             ORDER BY d.receipt, d.document",
        ));
        let rows = rows.bind(tenant).bind(plan).bind(days.map(|days| days.from())).bind(days.map(|days| days.until()));
        let read = |row: &PgRow| {
            let name = |column: &'static str| row.try_get::<String, _>(column);
            let batch = BatchKey {
                revision: count(row.try_get::<i32, _>("revision")?)?,
                part: count(row.try_get::<i32, _>("part")?)?,
                ..BatchKey::new(
                    name("source")?.parse().map_err(unreadable("source"))?,
                    name("batch")?.parse().map_err(unreadable("batch"))?,
                )
            };
            let document = DocumentRow {
                document: name("document")?,
                receipt: count(row.try_get::<i64, _>("receipt")?)?,
                lines: name("lines")?,
                cells: row.try_get("cells")?,
                idle: row.try_get("idle")?,
            };
            Ok((batch, document))
        };
        rows.fetch_all(&mut *self.connection).await?.iter().map(read).collect()
    }

    async fn awards(&mut self, tenant: &str, filter: &AwardFilter) -> Out<Vec<AwardRow>> {
        let rows = sqlx::query(self.names.sql(
            "SELECT program, incentive, period, partner, payee, settlement, as_of, currency, digits, earned, difference, paid,
                    paid_before, recorded_at
             FROM prm.award
             WHERE tenant = $1 AND ($2::text IS NULL OR program = $2) AND ($3::text IS NULL OR incentive = $3)
               AND ($4::text IS NULL OR partner = $4) AND ($5::text IS NULL OR payee = $5) AND ($6::timestamptz IS NULL OR recorded_at <= $6)
             ORDER BY program, incentive, period, partner, payee, settlement",
        ));
        let rows = rows.bind(tenant).bind(&filter.program).bind(&filter.incentive).bind(&filter.partner);
        let rows = rows.bind(&filter.payee).bind(filter.known_at);
        let read = |row: &PgRow| {
            Ok(AwardRow {
                program: row.try_get("program")?,
                incentive: row.try_get("incentive")?,
                period: row.try_get("period")?,
                partner: row.try_get("partner")?,
                payee: row.try_get("payee")?,
                settlement: count(row.try_get::<i64, _>("settlement")?)?,
                as_of: row.try_get("as_of")?,
                currency: row.try_get("currency")?,
                digits: count(row.try_get::<i32, _>("digits")?)?,
                earned: row.try_get("earned")?,
                difference: row.try_get("difference")?,
                paid: row.try_get("paid")?,
                paid_before: row.try_get("paid_before")?,
                recorded_at: row.try_get("recorded_at")?,
            })
        };
        rows.fetch_all(&mut *self.connection).await?.iter().map(read).collect()
    }

    async fn add_awards(&mut self, tenant: &str, rows: &[AwardRow]) -> Out<()> {
        let add = sqlx::query(self.names.sql(
            "INSERT INTO prm.award (tenant, program, incentive, period, partner, payee, settlement, as_of, currency, digits,
                 earned, difference, paid, paid_before, recorded_at)
             SELECT $1, new.* FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[],
                 $8::date[], $9::text[], $10::integer[], $11::bigint[], $12::bigint[], $13::text[], $14::text[],
                 $15::timestamptz[]) AS new",
        ));
        let settlements = rows.iter().map(|row| number(row.settlement)).collect::<Out<Vec<i64>>>()?;
        let add = add.bind(tenant);
        let add = add.bind(column(rows, |row| row.program.as_str()));
        let add = add.bind(column(rows, |row| row.incentive.as_str()));
        let add = add.bind(column(rows, |row| row.period.as_str()));
        let add = add.bind(column(rows, |row| row.partner.as_str()));
        let add = add.bind(column(rows, |row| row.payee.as_str()));
        let add = add.bind(settlements);
        let add = add.bind(column(rows, |row| row.as_of));
        let add = add.bind(column(rows, |row| row.currency.as_str()));
        let add = add.bind(column(rows, |row| i32::from(row.digits)));
        let add = add.bind(column(rows, |row| row.earned));
        let add = add.bind(column(rows, |row| row.difference));
        let add = add.bind(column(rows, |row| row.paid.as_deref()));
        let add = add.bind(column(rows, |row| row.paid_before.as_deref()));
        let add = add.bind(column(rows, |row| row.recorded_at));
        add.execute(&mut *self.connection).await.map(drop)
    }

    async fn award_answers(&mut self, tenant: &str, settlement: u64) -> Out<Vec<AnswerRow>> {
        let rows = sqlx::query(self.names.sql(
            "SELECT incentive, period, digest, answer FROM prm.award_answer
             WHERE tenant = $1 AND settlement = $2 ORDER BY incentive, period",
        ));
        let rows = rows.bind(tenant).bind(number(settlement)?).fetch_all(&mut *self.connection).await?;
        let read = |row: &PgRow| {
            Ok(AnswerRow {
                settlement,
                incentive: row.try_get("incentive")?,
                period: row.try_get("period")?,
                digest: row.try_get("digest")?,
                answer: row.try_get("answer")?,
            })
        };
        rows.iter().map(read).collect()
    }

    async fn add_award_answer(&mut self, tenant: &str, row: &AnswerRow) -> Out<()> {
        let add = sqlx::query(self.names.sql(
            "INSERT INTO prm.award_answer (tenant, settlement, incentive, period, digest, answer)
             VALUES ($1, $2, $3, $4, $5, $6)",
        ));
        let add = add.bind(tenant).bind(number(row.settlement)?).bind(&row.incentive).bind(&row.period);
        add.bind(&row.digest).bind(&row.answer).execute(&mut *self.connection).await.map(drop)
    }
}
