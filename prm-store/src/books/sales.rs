//! Batches that were received, their lines and their sums.

use std::future::Future;

use chrono::{DateTime, NaiveDate, Utc};
use prm_core::incentive::line::BatchKey;
use prm_core::period::Period;

use crate::work::Work;

/// A batch that was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReceiptRow {
    /// Its number, in the order of receipts of the tenant.
    pub receipt: u64,
    /// The batch.
    pub batch: BatchKey,
    /// How many lines it has.
    pub lines: u64,
    /// The fingerprint of its lines.
    pub fingerprint: String,
    /// The receipt of the revision that replaced it.
    pub replaced_by: Option<u64>,
    /// Who sent it, as JSON.
    pub actor: String,
    /// When it was written.
    pub recorded_at: DateTime<Utc>,
}

/// The lines of a document as they came in one receipt, and what they count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DocumentRow {
    /// The document.
    pub document: String,
    /// The receipt.
    pub receipt: u64,
    /// The lines as JSON.
    pub lines: String,
    /// What they count under the plan that was asked for, as JSON, if anything.
    pub cells: Option<String>,
    /// The places of lines that count nothing under it, as JSON, if that was kept.
    pub idle: Option<String>,
}

/// What a document of a receipt counts under a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DocumentSumsRow {
    /// The document.
    pub document: String,
    /// The receipt.
    pub receipt: u64,
    /// The cells as JSON.
    pub cells: String,
    /// The places of lines that count nothing, as JSON, if they are known.
    pub idle: Option<String>,
}

/// The partial sums of a receipt under a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SumsRow {
    /// The receipt.
    pub receipt: u64,
    /// The batch.
    pub batch: BatchKey,
    /// The first counting of the receipt, or a later one.
    pub counting: u32,
    /// The name of the program that it was counted under.
    pub program: String,
    /// Digits after the point of every sum.
    pub digits: u8,
    /// The first and last month that hold anything.
    pub months: Option<(NaiveDate, NaiveDate)>,
    /// What became of the lines by then, in numbers, as JSON.
    pub tally: String,
    /// A letter for what became of each line by then.
    pub outcomes: String,
    /// The cells as JSON.
    pub cells: String,
    /// When it was written.
    pub recorded_at: DateTime<Utc>,
}

type Out<T> = sqlx::Result<T>;

/// The tables of sales.
#[allow(missing_docs, reason = "each is what its name, its rows and its statement say")]
pub(crate) trait Sales: Work {
    fn last_receipt(&mut self, tenant: &str) -> impl Future<Output = Out<Option<ReceiptRow>>> + Send;
    /// Every revision and part of a batch, in the order of receipt.
    fn receipts_of(
        &mut self,
        tenant: &str,
        source: &str,
        batch: &str,
    ) -> impl Future<Output = Out<Vec<ReceiptRow>>> + Send;
    fn receipts(&mut self, tenant: &str, numbers: &[u64]) -> impl Future<Output = Out<Vec<ReceiptRow>>> + Send;
    fn add_receipt(&mut self, tenant: &str, row: &ReceiptRow) -> impl Future<Output = Out<()>> + Send;
    fn replace_receipts(&mut self, tenant: &str, numbers: &[u64], by: u64) -> impl Future<Output = Out<()>> + Send;
    /// Documents of these names that stand under a plan: their batch is counted under it, and no higher revision of it.
    fn documents(
        &mut self,
        tenant: &str,
        plan: &str,
        source: &str,
        names: &[&str],
    ) -> impl Future<Output = Out<Vec<DocumentRow>>> + Send;
    /// Documents in force, without what they count, in the order of source, document and receipt, behind a place.
    fn standing_documents(
        &mut self,
        tenant: &str,
        after: (&str, &str, u64),
        limit: u32,
    ) -> impl Future<Output = Out<Vec<(String, DocumentRow)>>> + Send;
    fn documents_of(&mut self, tenant: &str, receipts: &[u64]) -> impl Future<Output = Out<Vec<String>>> + Send;
    /// Documents that take back lines of these.
    fn reversing(
        &mut self,
        tenant: &str,
        source: &str,
        names: &[&str],
    ) -> impl Future<Output = Out<Vec<String>>> + Send;
    fn add_documents(
        &mut self,
        tenant: &str,
        source: &str,
        receipt: u64,
        rows: &[(&str, String)],
    ) -> impl Future<Output = Out<()>> + Send;
    fn add_reversals(
        &mut self,
        tenant: &str,
        source: &str,
        reversed_by: &[(&str, &str)],
    ) -> impl Future<Output = Out<()>> + Send;
    fn save_document_sums(
        &mut self,
        tenant: &str,
        plan: &str,
        source: &str,
        rows: &[DocumentSumsRow],
    ) -> impl Future<Output = Out<()>> + Send;
    fn add_sums(&mut self, tenant: &str, plan: &str, row: &SumsRow) -> impl Future<Output = Out<()>> + Send;
    /// The sums of these receipts under a plan.
    fn sums_of(&mut self, tenant: &str, plan: &str, receipts: &[u64])
    -> impl Future<Output = Out<Vec<SumsRow>>> + Send;
    /// Batches that stand and were counted under a program, but not under this plan of it.
    fn uncounted(&mut self, tenant: &str, program: &str, plan: &str)
    -> impl Future<Output = Out<Vec<BatchKey>>> + Send;
    /// All sums under a plan that hold any of the days, as known then; in the order of receipt.
    fn sums(
        &mut self,
        tenant: &str,
        plan: &str,
        days: Option<Period>,
        known_at: Option<DateTime<Utc>>,
    ) -> impl Future<Output = Out<Vec<SumsRow>>> + Send;
    /// When the last batch was received or the last settlement written.
    fn last_recorded(&mut self, tenant: &str) -> impl Future<Output = Out<Option<DateTime<Utc>>>> + Send;
}
