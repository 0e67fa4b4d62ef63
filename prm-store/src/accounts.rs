//! Accounts, as the vendor knows them: kept under keys, so that a deal for one of them finds it however it is spelt.

mod search;

use std::collections::BTreeMap;

use chrono::Utc;
use prm_core::account::keys::{KEY_VERSION, link_keys, query_keys, record_keys, record_keys_with_words};
use prm_core::account::{Account, Profile};
use prm_core::actor::{Actor, VendorRole};
use prm_core::deal::{FoundAccount, KnownAccount};
use prm_core::id::AccountId;
use prm_core::zone::micros;

use crate::error::{Passing, StoreError};
use crate::store::{PAGE_MAX, Tenant, reading, writing};
use crate::stored::Locks;
use crate::work::{AccountRow, Accounts, Hold, KeyRow, Work};

pub(crate) use search::like;

/// What every decision on deals holds: those that change who is before whom alone, the others side by side.
pub(crate) const DEALS: &str = "deals";

/// Why an account was not written. Nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AccountWriteError {
    /// The actor may not write accounts.
    #[error("the actor may not write accounts")]
    Denied,
    /// The database is the matter.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for AccountWriteError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

impl Passing for AccountWriteError {
    fn is_passing(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_passing())
    }
}

impl Tenant {
    /// Writes what the vendor knows of an account, in the place of what was known before. The host, administrators and
    /// channel managers write accounts.
    ///
    /// # Errors
    /// [`AccountWriteError`]; nothing was changed then.
    pub async fn put_account(&self, known: &KnownAccount, by: &Actor) -> Result<(), AccountWriteError> {
        self.put_accounts(std::slice::from_ref(known), by).await
    }

    /// The same for many at once, all or nothing; of two with one id the later counts. For loading what a CRM holds: at
    /// first tens of thousands at a time, which is quickest, later a thousand, since no deal of the tenant is decided
    /// meanwhile.
    ///
    /// # Errors
    /// [`AccountWriteError`]; nothing was changed then.
    pub async fn put_accounts(&self, known: &[KnownAccount], by: &Actor) -> Result<(), AccountWriteError> {
        use VendorRole::{Administrator, ChannelManager};
        if !matches!(by, Actor::Host | Actor::Vendor { role: Administrator | ChannelManager, .. }) {
            return Err(AccountWriteError::Denied);
        }
        writing!(self, work => put(&mut work, &self.tenant, known)).await
    }

    /// What the vendor knows of an account. Partners are told nothing.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn account(&self, id: &AccountId, by: &Actor) -> Result<Option<KnownAccount>, StoreError> {
        if matches!(by, Actor::Partner { .. }) {
            return Ok(None);
        }
        let ids = [id.to_string()];
        let rows = reading!(self, work => { work.accounts(&self.tenant, &ids).await? });
        rows.first().map(known_of).transpose()
    }

    /// The accounts that are the same as one, probably are, or are joined to it by parent links or by one that the vendor
    /// knows, the most like first. Partners are told nothing.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn accounts_like(&self, account: &Account, by: &Actor) -> Result<Vec<FoundAccount>, StoreError> {
        if matches!(by, Actor::Partner { .. }) {
            return Ok(Vec::new());
        }
        let mut found = reading!(self, work => { like(&mut work, &self.tenant, account, Hold::Nothing).await? });
        found.sort_by(|a, b| {
            let order = |of: &FoundAccount| (of.matched.likeness, std::cmp::Reverse(of.matched.score));
            order(a).cmp(&order(b)).then_with(|| a.known.account.id().cmp(b.known.account.id()))
        });
        Ok(found)
    }

    /// Makes the keys of up to `limit` accounts anew that were stored by a version with other keys; how many there were.
    /// For the time after an update, again while there are any: until then deals may pass over those accounts. It asks
    /// nobody who calls, as it changes nothing of what is known.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn renew_account_keys(&self, limit: u32) -> Result<u32, StoreError> {
        let limit = limit.clamp(1, PAGE_MAX);
        let rows = reading!(self, work => { work.accounts_before(&self.tenant, KEY_VERSION, limit).await? });
        for row in &rows {
            let known = known_of(row)?;
            let renewed: Result<(), AccountWriteError> =
                writing!(self, work => put(&mut work, &self.tenant, std::slice::from_ref(&known))).await;
            renewed.map_err(|error| match error {
                AccountWriteError::Store(error) => error,
                AccountWriteError::Denied => StoreError::Denied,
            })?;
        }
        Ok(u32::try_from(rows.len()).unwrap_or(u32::MAX))
    }
}

async fn put<W: Work>(work: &mut W, tenant: &str, known: &[KnownAccount]) -> Result<(), AccountWriteError> {
    let all = DEALS.to_owned();
    let locks = match known {
        [one] => Locks { shared: vec![all], alone: keys_of(&one.account).iter().map(lock_of).collect() },
        // Their keys would be more than a database lets one hold.
        _ => Locks::alone(all),
    };
    locks.take(work, tenant, &Locks::default()).await?;
    save(work, tenant, known).await?;
    Ok(())
}

/// Writes accounts under their keys.
pub(crate) async fn save<W: Accounts>(work: &mut W, tenant: &str, known: &[KnownAccount]) -> Result<(), StoreError> {
    let mut rows: BTreeMap<&str, (AccountRow, Vec<KeyRow>)> = BTreeMap::new();
    let changed_at = micros(Utc::now());
    for known in known {
        let (id, registered) = (known.account.id().as_str(), known.by_registration);
        let body = serde_json::to_string(known).map_err(|error| unreadable(id, &error))?;
        let profile = Profile::new(&known.account);
        let links = link_keys(&known.account).into_iter().map(|key| (key, None));
        let key_row = |(key, word): (u64, Option<&str>)| {
            let word = word.map(str::to_owned);
            KeyRow { key: key.cast_signed(), account: id.to_owned(), registered, word }
        };
        let rows_of_keys: Vec<KeyRow> =
            record_keys_with_words(&profile).into_iter().chain(links).map(key_row).collect();
        let keys = rows_of_keys.iter().map(|row| row.key).collect();
        let (id_text, profile) = (id.to_owned(), profile.to_bytes());
        let row = AccountRow { id: id_text, key_version: KEY_VERSION, registered, profile, keys, body, changed_at };
        rows.insert(id, (row, rows_of_keys));
    }
    Ok(work.keep_accounts(tenant, &rows.into_values().collect::<Vec<_>>()).await?)
}

/// The names under which nobody else may look for, or write, what an account finds.
pub(crate) fn locks_of(account: &Account) -> Vec<String> {
    let profile = Profile::new(account);
    search::keys_asked(&query_keys(&profile), account).iter().map(lock_of).collect()
}

fn lock_of(key: &i64) -> String {
    format!("{DEALS}/{:016x}", key.cast_unsigned())
}

fn keys_of(account: &Account) -> Vec<i64> {
    let keys = record_keys(&Profile::new(account)).into_iter().chain(link_keys(account));
    keys.map(u64::cast_signed).collect()
}

fn known_of(row: &AccountRow) -> Result<KnownAccount, StoreError> {
    serde_json::from_str(&row.body).map_err(|error| unreadable(&row.id, &error))
}

fn unreadable(id: &str, error: &serde_json::Error) -> StoreError {
    StoreError::Unreadable { kind: "account".to_owned(), id: id.to_owned(), why: error.to_string() }
}
