//! Accounts and their keys, on SQLite.

use std::collections::BTreeSet;

use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::{SqliteWork, instant, list, text};
use crate::numbers::count;
use crate::work::{AccountRow, Accounts, KeyRow, Keys, ProfileRow, UnderKeys};

type Out<T> = sqlx::Result<T>;

/// Accounts, and keys, to a statement.
const ACCOUNTS: usize = 500;
const KEYS: usize = 5_000;

/// Statements are few, and their rows come as one: each costs a change of threads.
impl Accounts for SqliteWork<'_> {
    async fn accounts_under(&mut self, tenant: &str, keys: &[i64], most: usize) -> Out<UnderKeys> {
        // The number of the last account tells how many there are: counting a million for each question would take longer
        // than answering it.
        let under = sqlx::query_as(self.names.sql(
            "SELECT (SELECT max(number) FROM prm_account_known WHERE tenant = ?1),
                    (SELECT json_group_array(json_array(held.key, account, registered, word))
                     FROM json_each(?2) AS asked
                     CROSS JOIN prm_account_key AS held ON held.tenant = ?1 AND held.key = asked.value
                     WHERE NOT EXISTS (
                         SELECT 1 FROM prm_account_key WHERE tenant = ?1 AND key = asked.value LIMIT 1 OFFSET ?3
                     ))",
        ));
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let under = under.bind(tenant).bind(list(keys)?).bind(most).fetch_one(&mut *self.connection).await?;
        let (last, rows): (Option<i64>, String) = under;
        let rows: Vec<(i64, String, i64, Option<String>)> = read_json(&rows)?;
        let row = |(key, account, registered, word)| KeyRow { key, account, registered: registered != 0, word };
        Ok(UnderKeys { accounts: last.map_or(Ok(0), count)?, rows: rows.into_iter().map(row).collect() })
    }

    async fn profiles(&mut self, tenant: &str, ids: &[String]) -> Out<Vec<ProfileRow>> {
        let rows = sqlx::query_scalar(self.names.sql(
            "SELECT json_group_array(json_array(id, key_version, hex(profile))) FROM prm_account_known
             WHERE tenant = ?1 AND id IN (SELECT value FROM json_each(?2))",
        ));
        let rows: String = rows.bind(tenant).bind(list(ids)?).fetch_one(&mut *self.connection).await?;
        let rows: Vec<(String, u16, String)> = read_json(&rows)?;
        let row = |(id, key_version, hex): (String, u16, String)| ProfileRow { id, key_version, profile: unhex(&hex) };
        Ok(rows.into_iter().map(row).collect())
    }

    async fn accounts(&mut self, tenant: &str, ids: &[String]) -> Out<Vec<AccountRow>> {
        let rows = sqlx::query(self.names.sql(
            "SELECT id, key_version, registered, profile, keys, body, changed_at FROM prm_account_known
             WHERE tenant = ?1 AND id IN (SELECT value FROM json_each(?2))",
        ));
        let rows = rows.bind(tenant).bind(list(ids)?).fetch_all(&mut *self.connection).await?;
        rows.iter().map(account).collect()
    }

    async fn keep_accounts(&mut self, tenant: &str, accounts: &[(AccountRow, Vec<KeyRow>)]) -> Out<()> {
        let held = self.take_keys(tenant, accounts).await?;
        // The new ones are numbered on, so they come first; the others keep their numbers.
        let (replaced, new): (Vec<_>, Vec<_>) =
            accounts.iter().map(|(row, _)| row).partition(|row| held.contains(&row.id));
        let rows: Vec<&AccountRow> = new.into_iter().chain(replaced).collect();
        // What lies beside each other is written together, since the keys of a few accounts are all over the table.
        let mut keys: Vec<&KeyRow> = accounts.iter().flat_map(|(_, keys)| keys).collect();
        keys.sort_unstable_by_key(|row| row.key);
        let (mut rows, mut keys) = (rows.chunks(ACCOUNTS), keys.chunks(KEYS));
        loop {
            let (rows, keys) = match (rows.next(), keys.next()) {
                (None, None) => return Ok(()),
                (rows, keys) => (rows.unwrap_or_default(), keys.unwrap_or_default()),
            };
            let of = |row: &&AccountRow| {
                let (profile, keys, changed_at) = (hex(&row.profile), hex(&row.keys.0), text(row.changed_at));
                let registered = i64::from(row.registered);
                (row.id.clone(), row.key_version, registered, profile, keys, row.body.clone(), changed_at)
            };
            let rows: Vec<_> = rows.iter().map(of).collect();
            let of = |row: &&KeyRow| (row.key, row.account.clone(), i64::from(row.registered), row.word.clone());
            let keys: Vec<_> = keys.iter().map(of).collect();
            let save = sqlx::query(self.names.sql(
                "INSERT INTO prm_account_known
                     (tenant, id, number, key_version, registered, profile, keys, body, changed_at)
                 SELECT ?1, value ->> 0,
                        (SELECT coalesce(max(number), 0) FROM prm_account_known WHERE tenant = ?1) + key + 1,
                        value ->> 1, value ->> 2, unhex(value ->> 3), unhex(value ->> 4), value ->> 5, value ->> 6
                 FROM json_each(?2) WHERE true
                 ON CONFLICT (tenant, id) DO UPDATE SET key_version = excluded.key_version,
                     registered = excluded.registered, profile = excluded.profile, keys = excluded.keys,
                     body = excluded.body, changed_at = excluded.changed_at;
                 INSERT INTO prm_account_key (tenant, key, account, registered, word)
                 SELECT ?1, value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?3)",
            ));
            save.bind(tenant).bind(list(&rows)?).bind(list(&keys)?).execute(&mut *self.connection).await?;
        }
    }

    async fn accounts_before(&mut self, tenant: &str, key_version: u16, limit: u32) -> Out<Vec<AccountRow>> {
        let rows = sqlx::query(self.names.sql(
            "SELECT id, key_version, registered, profile, keys, body, changed_at FROM prm_account_known
             WHERE tenant = ?1 AND key_version < ?2 ORDER BY id LIMIT ?3",
        ));
        let rows = rows.bind(tenant).bind(i64::from(key_version)).bind(i64::from(limit));
        rows.fetch_all(&mut *self.connection).await?.iter().map(account).collect()
    }
}

impl SqliteWork<'_> {
    /// Takes away the keys of accounts; which of them there are.
    async fn take_keys(&mut self, tenant: &str, accounts: &[(AccountRow, Vec<KeyRow>)]) -> Out<BTreeSet<String>> {
        let ids: Vec<&str> = accounts.iter().map(|(row, _)| row.id.as_str()).collect();
        let held = sqlx::query_scalar(self.names.sql(
            "SELECT json_group_array(json_array(id, hex(keys))) FROM prm_account_known
             WHERE tenant = ?1 AND id IN (SELECT value FROM json_each(?2))",
        ));
        let held: String = held.bind(tenant).bind(list(&ids)?).fetch_one(&mut *self.connection).await?;
        let held: Vec<(String, String)> = read_json(&held)?;
        let of =
            |(id, keys): &(String, String)| Keys(unhex(keys)).iter().map(|key| (key, id.clone())).collect::<Vec<_>>();
        let old: Vec<(i64, String)> = held.iter().flat_map(of).collect();
        for old in old.chunks(KEYS) {
            let gone = sqlx::query(self.names.sql(
                "DELETE FROM prm_account_key WHERE tenant = ?1
                 AND (key, account) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?2))",
            ));
            gone.bind(tenant).bind(list(old)?).execute(&mut *self.connection).await?;
        }
        Ok(held.into_iter().map(|(id, _)| id).collect())
    }
}

fn read_json<'r, T: serde::Deserialize<'r>>(rows: &'r str) -> Out<T> {
    serde_json::from_str(rows).map_err(|error| sqlx::Error::Decode(Box::new(error)))
}

/// Bytes as SQLite reads them in hexadecimal.
fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from_digit(u32::from(half), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// The bytes of what SQLite wrote as hexadecimal; other letters would be no profile.
fn unhex(hex: &str) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok()).unwrap_or(0);
    let bytes = hex.as_bytes().chunks_exact(2);
    bytes.map(|pair| pair.iter().fold(0, |byte, next| byte << 4 | digit(*next))).collect()
}

fn account(row: &SqliteRow) -> Out<AccountRow> {
    Ok(AccountRow {
        id: row.try_get("id")?,
        key_version: count(row.try_get::<i64, _>("key_version")?)?,
        registered: row.try_get::<i64, _>("registered")? != 0,
        profile: row.try_get("profile")?,
        keys: Keys(row.try_get("keys")?),
        body: row.try_get("body")?,
        changed_at: instant(row, "changed_at")?,
    })
}
