//! Entries, accounts and transfers.

use std::future::Future;

use chrono::{DateTime, NaiveDate, Utc};
use prm_core::period::Period;

use crate::work::Work;

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
    /// What is earned more or less than before in that currency, in minor units.
    pub difference: Option<i64>,
    /// Units of goods that are due.
    pub free_units: Option<i64>,
    /// Why, as JSON, as far as it is this entry's own.
    pub explanation: String,
    /// The payout of the entry before, as JSON.
    pub before: Option<String>,
    /// What is owed in another currency, as JSON.
    pub paid: Option<String>,
    /// What was owed in another currency before, as JSON.
    pub paid_before: Option<String>,
    /// When it was written.
    pub recorded_at: DateTime<Utc>,
}

/// What the explanations of entries have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CommonRow {
    /// The number of the settlement.
    pub settlement: u64,
    /// The incentive.
    pub incentive: String,
    /// The period's label.
    pub period: String,
    /// The digest of the program that decided.
    pub digest: String,
    /// What they have in common, as JSON.
    pub common: String,
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

/// Which entries are wanted, in the order of program, partner, incentive, period and settlement.
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
    /// Only those behind this one: the last of the page before.
    pub after: Option<EntryPlace>,
    /// At most so many; all of them if it is not said.
    pub limit: Option<u32>,
}

/// Where an entry stands among all.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the columns of the key")]
pub struct EntryPlace {
    pub program: String,
    pub partner: String,
    pub incentive: String,
    pub period: String,
    pub settlement: u64,
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
    /// What is owed in another currency, as JSON.
    pub paid: Option<String>,
    /// The digest of the program that decided.
    pub digest: String,
}

/// Sums over a currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TrialRow {
    /// The currency.
    pub currency: String,
    /// How many digits it has.
    pub digits: u8,
    /// All transfers' amounts, in minor units.
    pub transferred: i128,
    /// All accounts' balances, in minor units: zero.
    pub balances: i128,
}

type Out<T> = sqlx::Result<T>;

/// The tables of money.
#[allow(missing_docs, reason = "each is what its name, its rows and its statement say")]
pub(crate) trait Money: Work {
    fn last_settlement(&mut self, tenant: &str) -> impl Future<Output = Out<u64>> + Send;
    /// What was last found due for every key of a program whose period lies within the days.
    fn posted(&mut self, tenant: &str, program: &str, days: Period)
    -> impl Future<Output = Out<Vec<PostedRow>>> + Send;
    fn add_entries(&mut self, tenant: &str, rows: &[EntryRow]) -> impl Future<Output = Out<()>> + Send;
    fn add_common(&mut self, tenant: &str, rows: &[CommonRow]) -> impl Future<Output = Out<()>> + Send;
    /// Entries with what their explanations have in common.
    fn entries(
        &mut self,
        tenant: &str,
        filter: &EntryFilter,
    ) -> impl Future<Output = Out<Vec<(EntryRow, String)>>> + Send;
    /// Holds the accounts of payees in a currency against all other writers, and reads them.
    fn hold_accounts(
        &mut self,
        tenant: &str,
        payees: &[&str],
        currency: &str,
        digits: u8,
    ) -> impl Future<Output = Out<Vec<AccountRow>>> + Send;
    fn save_accounts(&mut self, tenant: &str, rows: &[AccountRow]) -> impl Future<Output = Out<()>> + Send;
    fn accounts(&mut self, tenant: &str, payee: Option<&str>) -> impl Future<Output = Out<Vec<AccountRow>>> + Send;
    /// The balances that follow from the transfers recorded by then, and from those that belong to a day or one before it.
    fn balances_at(
        &mut self,
        tenant: &str,
        payee: Option<&str>,
        by: (Option<DateTime<Utc>>, Option<NaiveDate>),
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
}
