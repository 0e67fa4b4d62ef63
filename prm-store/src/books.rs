//! What receiving, settling and the ledger need of a database, beside records: one implementation for each.

use std::future::Future;

use chrono::{DateTime, NaiveDate, Utc};
use prm_core::incentive::line::BatchKey;
use prm_core::period::Period;

use crate::tables::Table;
use crate::work::{EventRow, Work};

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

/// What is due for a partner, incentive and period since a settlement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EntryRow {
    /// The program's name.
    pub program: String,
    /// The partner.
    pub partner: String,
    /// The incentive.
    pub incentive: String,
    /// The period's label.
    pub period: String,
    /// The number of the settlement.
    pub settlement: u64,
    /// The period's days.
    pub days: Period,
    /// The currency and its digits, where money is due.
    pub currency: Option<(String, u8)>,
    /// What is due, in minor units.
    pub earned: Option<i64>,
    /// What is owed more or less than before in that currency, in minor units.
    pub difference: Option<i64>,
    /// Units of goods that are due.
    pub free_units: Option<i64>,
    /// Why, as JSON.
    pub explanation: String,
    /// The payout of the entry before, as JSON.
    pub before: Option<String>,
    /// When it was written.
    pub recorded_at: DateTime<Utc>,
}

/// The balance of an account: credits less debits, in minor units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AccountRow {
    /// Whose.
    pub payee: String,
    /// In which currency.
    pub currency: String,
    /// The kind of account.
    pub kind: String,
    /// How many digits the currency has.
    pub digits: u8,
    /// The balance.
    pub balance: i64,
    /// When it last changed.
    pub recorded_at: DateTime<Utc>,
}

/// A transfer as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TransferRow {
    /// Its id.
    pub id: sqlx::types::Uuid,
    /// Whose money it is.
    pub payee: String,
    /// In which currency.
    pub currency: String,
    /// How many digits the currency has.
    pub digits: u8,
    /// How much, in minor units.
    pub amount: i64,
    /// What it is for.
    pub purpose: String,
    /// The kind of account that is debited.
    pub debit: String,
    /// The kind of account that is credited.
    pub credit: String,
    /// What caused it.
    pub source: String,
    /// The number of the settlement that caused it, if one did.
    pub settlement: Option<u64>,
    /// The day to which it belongs.
    pub effective_on: NaiveDate,
    /// Who posted it, as JSON.
    pub actor: String,
    /// When it was written.
    pub recorded_at: DateTime<Utc>,
}

/// Which transfers are wanted, newest last.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct JournalPage {
    /// Only this payee's.
    pub payee: Option<String>,
    /// Only those that were recorded by then.
    pub known_at: Option<DateTime<Utc>>,
    /// Only those behind this one, by when they were recorded and their id.
    pub after: Option<(DateTime<Utc>, sqlx::types::Uuid)>,
    /// At most so many.
    pub limit: u32,
}

/// Which entries are wanted, in the order of their keys, then of settlements.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EntryFilter {
    /// Only this program's.
    pub program: Option<String>,
    /// Only this partner's.
    pub partner: Option<String>,
    /// Only those of this settlement.
    pub settlement: Option<u64>,
    /// Only those that were recorded by then.
    pub known_at: Option<DateTime<Utc>>,
}

/// What a key was last found due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PostedRow {
    /// The partner.
    pub partner: String,
    /// The incentive.
    pub incentive: String,
    /// The period's label.
    pub period: String,
    /// The currency and the amount in minor units, where it is money.
    pub money: Option<(String, i64)>,
    /// Units of goods.
    pub free_units: Option<i64>,
}

/// Sums over a currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TrialRow {
    /// The currency.
    pub currency: String,
    /// How many digits it has.
    pub digits: u8,
    /// All transfers' amounts, in minor units, as text.
    pub transferred: String,
    /// All accounts' balances, in minor units, as text: zero.
    pub balances: String,
}

/// An event in the feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ChangeRow {
    /// Its place.
    pub position: u64,
    /// The kind of record.
    pub kind: String,
    /// The record's id.
    pub id: String,
    /// The event.
    pub event: EventRow,
}

/// What is known of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PersonRow {
    /// The person's id.
    pub id: String,
    /// What is known, as JSON; `None` once it was erased.
    pub body: Option<String>,
    /// When it was written.
    pub changed_at: DateTime<Utc>,
    /// When it was erased.
    pub erased_at: Option<DateTime<Utc>>,
}

/// Takes a row as JSON.
pub(crate) type Taker<'t> = &'t mut (dyn FnMut(&str) -> std::io::Result<()> + Send);

type Out<T> = sqlx::Result<T>;

/// The tables of sales and money, in one transaction for one tenant.
#[allow(missing_docs, reason = "each is what its name, its rows and its statement say")]
pub(crate) trait Books: Work {
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

    /// Documents of these names that stand: those of receipts that no revision replaced.
    fn documents(
        &mut self,
        tenant: &str,
        plan: &str,
        source: &str,
        names: &[&str],
    ) -> impl Future<Output = Out<Vec<DocumentRow>>> + Send;
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
    fn last_settlement(&mut self, tenant: &str) -> impl Future<Output = Out<u64>> + Send;
    /// What was last found due for every key of a program whose period lies within the days.
    fn posted(&mut self, tenant: &str, program: &str, days: Period)
    -> impl Future<Output = Out<Vec<PostedRow>>> + Send;
    fn add_entries(&mut self, tenant: &str, rows: &[EntryRow]) -> impl Future<Output = Out<()>> + Send;
    fn entries(&mut self, tenant: &str, filter: &EntryFilter) -> impl Future<Output = Out<Vec<EntryRow>>> + Send;

    /// Holds the accounts of payees in a currency against all other writers, and reads them.
    fn hold_accounts(
        &mut self,
        tenant: &str,
        payees: &[&str],
        currency: &str,
        digits: u8,
        at: DateTime<Utc>,
    ) -> impl Future<Output = Out<Vec<AccountRow>>> + Send;
    fn save_accounts(&mut self, tenant: &str, rows: &[AccountRow]) -> impl Future<Output = Out<()>> + Send;
    fn accounts(&mut self, tenant: &str, payee: Option<&str>) -> impl Future<Output = Out<Vec<AccountRow>>> + Send;
    /// The balances that follow from the transfers recorded by then.
    fn balances_at(
        &mut self,
        tenant: &str,
        payee: Option<&str>,
        known_at: DateTime<Utc>,
    ) -> impl Future<Output = Out<Vec<AccountRow>>> + Send;
    fn add_transfers(&mut self, tenant: &str, rows: &[TransferRow]) -> impl Future<Output = Out<()>> + Send;
    fn transfer(
        &mut self,
        tenant: &str,
        id: sqlx::types::Uuid,
    ) -> impl Future<Output = Out<Option<TransferRow>>> + Send;
    fn journal(&mut self, tenant: &str, page: &JournalPage) -> impl Future<Output = Out<Vec<TransferRow>>> + Send;
    fn trial(&mut self, tenant: &str) -> impl Future<Output = Out<Vec<TrialRow>>> + Send;
    /// Accounts whose balance is not what their transfers say.
    fn unbalanced(&mut self, tenant: &str) -> impl Future<Output = Out<Vec<AccountRow>>> + Send;

    fn changes(&mut self, tenant: &str, after: u64, limit: u32) -> impl Future<Output = Out<Vec<ChangeRow>>> + Send;
    /// Whether events are committed that have no position.
    fn has_unnumbered(&mut self, tenant: &str) -> impl Future<Output = Out<bool>> + Send;
    /// Gives positions to up to so many committed events, in the order in which they were written.
    fn number_events(&mut self, tenant: &str, limit: u32) -> impl Future<Output = Out<()>> + Send;

    /// Has what is replaced from now on overwritten, where that is not so by itself.
    fn erase_what_is_replaced(&mut self) -> impl Future<Output = Out<()>> + Send;
    fn person(&mut self, tenant: &str, id: &str) -> impl Future<Output = Out<Option<PersonRow>>> + Send;
    fn save_person(&mut self, tenant: &str, row: &PersonRow) -> impl Future<Output = Out<()>> + Send;

    /// Hands out the rows of a table as JSON objects, in the order of its key; how many.
    fn dump(&mut self, tenant: &str, table: &Table, each: Taker<'_>) -> impl Future<Output = Out<u64>> + Send;
    /// Adds rows from a JSON array of objects.
    fn load(&mut self, tenant: &str, table: &Table, rows: &str) -> impl Future<Output = Out<()>> + Send;
    fn count_rows(&mut self, tenant: &str, table: &Table) -> impl Future<Output = Out<u64>> + Send;
}
