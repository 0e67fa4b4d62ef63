//! What end customers' accounts need of a database.

use std::future::Future;

use chrono::{DateTime, Utc};

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
