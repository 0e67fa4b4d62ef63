//! What the store does in one transaction, in the words of the database: one implementation for each.

use std::future::Future;

use chrono::{DateTime, Utc};

/// A record as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordRow {
    /// Whose it is.
    pub tenant: String,
    /// The kind of record.
    pub kind: String,
    /// Its id.
    pub id: String,
    /// How many events it has.
    pub version: u64,
    /// The format of its body.
    pub format: u32,
    /// Its stage.
    pub stage: String,
    /// What it is about, for look-ups within a kind.
    pub subject: String,
    /// When time alone will next change what is true of it.
    pub deadline_at: Option<DateTime<Utc>>,
    /// When it last changed.
    pub changed_at: DateTime<Utc>,
    /// The record as JSON.
    pub body: String,
}

/// An event as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRow {
    /// The version of the record after it.
    pub version: u64,
    /// The format of its body.
    pub format: u32,
    /// When it takes effect.
    pub effective_at: DateTime<Utc>,
    /// When the command was received.
    pub received_at: DateTime<Utc>,
    /// When it was written.
    pub recorded_at: DateTime<Utc>,
    /// Who caused it, as JSON.
    pub actor: String,
    /// The event as JSON.
    pub body: String,
}

/// A command that was carried out, by its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandRow {
    /// The caller's key.
    pub key: String,
    /// The fingerprint of the command.
    pub fingerprint: String,
    /// The kind of record.
    pub kind: String,
    /// Its id.
    pub id: String,
    /// The record's version before.
    pub from_version: u64,
    /// The record's version after.
    pub to_version: u64,
    /// When it was written.
    pub recorded_at: DateTime<Utc>,
}

/// Which records of a kind are wanted, page by page.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Listing {
    /// Only those about this.
    pub subject: Option<String>,
    /// Only those at this stage.
    pub stage: Option<String>,
    /// Only those whose id follows this one: the last of the page before.
    pub after: Option<String>,
    /// At most so many.
    pub limit: u32,
}

/// Whether a row that is read is held against other writers until the transaction ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// It is.
    Write,
    /// It is not.
    Nothing,
}

/// An account as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountRow {
    /// Its id.
    pub id: String,
    /// The version of its keys.
    pub key_version: u16,
    /// Whether only a registration told of it.
    pub registered: bool,
    /// Its profile, as bytes of that version.
    pub profile: Vec<u8>,
    /// The keys that it is stored under.
    pub keys: Keys,
    /// What is known of it, as JSON.
    pub body: String,
    /// When it last changed.
    pub changed_at: DateTime<Utc>,
}

/// Keys as bytes, eight for each.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Keys(pub Vec<u8>);

impl FromIterator<i64> for Keys {
    fn from_iter<I: IntoIterator<Item = i64>>(keys: I) -> Self {
        Self(keys.into_iter().flat_map(i64::to_be_bytes).collect())
    }
}

impl Keys {
    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = i64> {
        self.0.as_chunks::<8>().0.iter().map(|bytes| i64::from_be_bytes(*bytes))
    }
}

/// An account under a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRow {
    /// The key.
    pub key: i64,
    /// The account's id.
    pub account: String,
    /// Whether only a registration told of it.
    pub registered: bool,
    /// The word that the key is half of, if that tells whether the account can be meant.
    pub word: Option<String>,
}

/// What is compared of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileRow {
    /// Its id.
    pub id: String,
    /// The version of its keys.
    pub key_version: u16,
    /// Its profile, as bytes of that version.
    pub profile: Vec<u8>,
}

/// What was found under keys.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UnderKeys {
    /// How many accounts the tenant has, whatever their keys.
    pub accounts: u64,
    /// The accounts under each key.
    pub rows: Vec<KeyRow>,
}

/// Accounts and the keys under which they are found.
pub trait Accounts: Send {
    /// The accounts under each of these keys; a key with more than `most` accounts is left out.
    fn accounts_under(
        &mut self,
        tenant: &str,
        keys: &[i64],
        most: usize,
    ) -> impl Future<Output = sqlx::Result<UnderKeys>> + Send;

    /// What is compared of the accounts of these ids, in any order.
    fn profiles(&mut self, tenant: &str, ids: &[String]) -> impl Future<Output = sqlx::Result<Vec<ProfileRow>>> + Send;

    /// The accounts of these ids, in any order.
    fn accounts(&mut self, tenant: &str, ids: &[String]) -> impl Future<Output = sqlx::Result<Vec<AccountRow>>> + Send;

    /// Writes accounts, each once and under its keys, in the place of what was there.
    fn keep_accounts(
        &mut self,
        tenant: &str,
        accounts: &[(AccountRow, Vec<KeyRow>)],
    ) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// Some accounts whose keys are of an earlier version.
    fn accounts_before(
        &mut self,
        tenant: &str,
        key_version: u16,
        limit: u32,
    ) -> impl Future<Output = sqlx::Result<Vec<AccountRow>>> + Send;
}

/// What stands in a pot of a fund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PotRow {
    /// The pot, in one line.
    pub pot: String,
    /// The fund.
    pub fund: String,
    /// Its period.
    pub period: String,
    /// The class of goods, where the fund has classes.
    pub class: Option<String>,
    /// Whose, unless all partners share it.
    pub partner: Option<String>,
    /// The pot as JSON.
    pub body: String,
    /// The currency.
    pub currency: String,
    /// Its digits.
    pub digits: u8,
    /// Allocated, available, reserved, spent, lapsed, carried over and owed, in minor units.
    pub balances: [i64; 7],
    /// When it last changed.
    pub recorded_at: DateTime<Utc>,
}

/// A movement within a pot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovementRow {
    /// Its id.
    pub id: sqlx::types::Uuid,
    /// The pot, in one line.
    pub pot: String,
    /// What it does.
    pub kind: String,
    /// The currency.
    pub currency: String,
    /// Its digits.
    pub digits: u8,
    /// How much, in minor units.
    pub amount: i64,
    /// What caused it.
    pub source: String,
    /// Who, as JSON.
    pub actor: String,
    /// When it was written.
    pub recorded_at: DateTime<Utc>,
}

/// What an incentive accrued for a partner and period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FundAccrualRow {
    /// The program.
    pub program: String,
    /// The incentive.
    pub incentive: String,
    /// The period's label.
    pub period: String,
    /// The partner.
    pub partner: String,
    /// The currency.
    pub currency: String,
    /// Its digits.
    pub digits: u8,
    /// How much in all, in minor units.
    pub amount: i64,
    /// How often it changed.
    pub times: u64,
    /// When it was written.
    pub recorded_at: DateTime<Utc>,
}

/// An authorisation to sell below book price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorisationRow {
    /// Its id.
    pub id: String,
    /// Whose.
    pub partner: String,
    /// How many units of it are left.
    pub left_units: String,
    /// The authorisation with what it is held against, as JSON.
    pub body: String,
    /// When it last changed.
    pub changed_at: DateTime<Utc>,
}

/// Pots of funds, what claims hold, and authorisations.
pub trait Funds: Send {
    /// A pot; the caller holds its lock where it will change.
    fn pot(&mut self, tenant: &str, pot: &str) -> impl Future<Output = sqlx::Result<Option<PotRow>>> + Send;

    /// The pots of a fund, of a partner, or all, in order.
    fn pots(
        &mut self,
        tenant: &str,
        fund: Option<&str>,
        partner: Option<&str>,
    ) -> impl Future<Output = sqlx::Result<Vec<PotRow>>> + Send;

    /// Writes a pot in the place of what was there, with the movements that change it.
    fn save_pot(
        &mut self,
        tenant: &str,
        row: &PotRow,
        movements: &[MovementRow],
    ) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// The movement of that id.
    fn movement(
        &mut self,
        tenant: &str,
        id: sqlx::types::Uuid,
    ) -> impl Future<Output = sqlx::Result<Option<MovementRow>>> + Send;

    /// All movements of a pot, in the order in which they were recorded.
    fn movements(&mut self, tenant: &str, pot: &str) -> impl Future<Output = sqlx::Result<Vec<MovementRow>>> + Send;

    /// What an incentive accrued for a period, by partner.
    fn fund_accruals(
        &mut self,
        tenant: &str,
        of: (&str, &str, &str),
    ) -> impl Future<Output = sqlx::Result<Vec<FundAccrualRow>>> + Send;

    /// Writes what an incentive accrued in the place of what was there.
    fn save_fund_accrual(
        &mut self,
        tenant: &str,
        row: &FundAccrualRow,
    ) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// Of some evidence what is held, and by which claim.
    fn evidence(
        &mut self,
        tenant: &str,
        keys: &[String],
    ) -> impl Future<Output = sqlx::Result<Vec<(String, String)>>> + Send;

    /// From now on a claim holds this evidence and no other.
    fn hold_evidence(
        &mut self,
        tenant: &str,
        claim: &str,
        keys: &[String],
    ) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// The authorisation of that id; the caller holds its lock where it will change.
    fn authorisation(
        &mut self,
        tenant: &str,
        id: &str,
    ) -> impl Future<Output = sqlx::Result<Option<AuthorisationRow>>> + Send;

    /// Writes an authorisation in the place of what was there.
    fn save_authorisation(
        &mut self,
        tenant: &str,
        row: &AuthorisationRow,
    ) -> impl Future<Output = sqlx::Result<()>> + Send;
}

/// One transaction on one database, for one tenant.
pub trait Work: Accounts + Funds {
    /// Whether a transaction that writes is the only one: what it has read stays as it is.
    const ALONE: bool;

    /// Waits until no other transaction holds any of these; they are released with the transaction. The caller
    /// sorts them, so that two callers never wait for each other.
    fn lock(&mut self, tenant: &str, names: &[String]) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// The same, behind others that may be shared; whoever wants one of those alone waits.
    fn hold(
        &mut self,
        tenant: &str,
        shared: &[String],
        alone: &[String],
    ) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// The record of that id.
    fn record(
        &mut self,
        tenant: &str,
        kind: &str,
        id: &str,
        hold: Hold,
    ) -> impl Future<Output = sqlx::Result<Option<RecordRow>>> + Send;

    /// Records in the order of their ids.
    fn list(
        &mut self,
        tenant: &str,
        kind: &str,
        listing: &Listing,
    ) -> impl Future<Output = sqlx::Result<Vec<RecordRow>>> + Send;

    /// The records of a kind about any of these subjects, but for some stages, in the order of their ids.
    fn about(
        &mut self,
        tenant: &str,
        kind: &str,
        subjects: &[String],
        but: &[&str],
    ) -> impl Future<Output = sqlx::Result<Vec<RecordRow>>> + Send;

    /// The deadlines that have passed and the ids of their records, the longest ago first, behind one that is known.
    fn due(
        &mut self,
        tenant: &str,
        kind: &str,
        now: DateTime<Utc>,
        after: Option<&(DateTime<Utc>, String)>,
        limit: u32,
    ) -> impl Future<Output = sqlx::Result<Vec<(DateTime<Utc>, String)>>> + Send;

    /// Adds a record (`before` is 0), or replaces the one that was read at version `before`, with what happened to it.
    fn save(
        &mut self,
        row: &RecordRow,
        before: u64,
        events: &[EventRow],
    ) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// The events of a record up to a version, in order.
    fn events(
        &mut self,
        tenant: &str,
        kind: &str,
        id: &str,
        up_to: u64,
    ) -> impl Future<Output = sqlx::Result<Vec<EventRow>>> + Send;

    /// The command that was carried out under a key.
    fn command(&mut self, tenant: &str, key: &str) -> impl Future<Output = sqlx::Result<Option<CommandRow>>> + Send;

    /// Remembers a command under its key.
    fn keep(&mut self, tenant: &str, command: &CommandRow) -> impl Future<Output = sqlx::Result<()>> + Send;
}
