//! Accounts and their keys, on SQLite.

use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::{ROWS, SqliteWork, instant, list, text};
use crate::numbers::count;
use crate::work::{AccountRow, Accounts, KeyRow, Keys, ProfileRow};

type Out<T> = sqlx::Result<T>;

impl Accounts for SqliteWork<'_> {
    async fn account_count(&mut self, tenant: &str) -> Out<u64> {
        // The number of the last one: counting a million rows for each question would take longer than answering it.
        let last = self.names.sql("SELECT max(number) FROM prm_account_known WHERE tenant = ?1");
        let last: Option<i64> = sqlx::query_scalar(last).bind(tenant).fetch_one(&mut *self.connection).await?;
        last.map_or(Ok(0), count)
    }

    /// One statement and one row, whatever is asked for: each costs a change of threads.
    async fn accounts_under(&mut self, tenant: &str, keys: &[i64], most: usize) -> Out<Vec<KeyRow>> {
        let limit = i64::try_from(most).unwrap_or(i64::MAX).saturating_add(1);
        let mut found = Vec::new();
        for keys in keys.chunks(ROWS) {
            let mut asked = self.builder("SELECT json_group_array(json_array(key, account, registered, word)) FROM (");
            for (at, key) in keys.iter().enumerate() {
                // One more is read than a block may have, which tells the full ones.
                asked.push(if at == 0 { "SELECT * FROM (" } else { " UNION ALL SELECT * FROM (" });
                asked.push("SELECT key, account, registered, word FROM ").push(self.names.text("prm_account_key"));
                asked.push(" WHERE tenant = ").push_bind(tenant).push(" AND key = ").push_bind(*key);
                asked.push(" LIMIT ").push_bind(limit).push(")");
            }
            asked.push(")");
            let rows: String = asked.build_query_scalar().fetch_one(&mut *self.connection).await?;
            let rows: Vec<(i64, String, i64, Option<String>)> = read_json(&rows)?;
            let rows = rows.chunk_by(|a, b| a.0 == b.0).filter(|block| block.len() <= most).flatten().cloned();
            let row = |(key, account, registered, word)| KeyRow { key, account, registered: registered != 0, word };
            found.extend(rows.map(row));
        }
        Ok(found)
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
        for (row, keys) in accounts {
            let held = self.names.sql("SELECT keys FROM prm_account_known WHERE tenant = ?1 AND id = ?2");
            let held = sqlx::query_scalar(held).bind(tenant).bind(&row.id);
            let held: Option<Vec<u8>> = held.fetch_optional(&mut *self.connection).await?;
            let save = sqlx::query(self.names.sql(
                "INSERT INTO prm_account_known (tenant, id, number, key_version, registered, profile, keys, body, changed_at)
                 VALUES (?1, ?2, (SELECT coalesce(max(number), 0) + 1 FROM prm_account_known WHERE tenant = ?1),
                         ?3, ?4, ?5, ?6, ?7, ?8)
                 ON CONFLICT (tenant, id) DO UPDATE SET key_version = excluded.key_version,
                     registered = excluded.registered, profile = excluded.profile, keys = excluded.keys,
                     body = excluded.body, changed_at = excluded.changed_at",
            ));
            let save = save.bind(tenant).bind(&row.id).bind(i64::from(row.key_version)).bind(i64::from(row.registered));
            let save = save.bind(&row.profile).bind(&row.keys.0).bind(&row.body).bind(text(row.changed_at));
            save.execute(&mut *self.connection).await?;
            if let Some(held) = held {
                let gone = sqlx::query(self.names.sql(
                    "DELETE FROM prm_account_key
                     WHERE tenant = ?1 AND account = ?2 AND key IN (SELECT value FROM json_each(?3))",
                ));
                let keys: Vec<i64> = Keys(held).iter().collect();
                gone.bind(tenant).bind(&row.id).bind(list(&keys)?).execute(&mut *self.connection).await?;
            }
            for keys in keys.chunks(ROWS) {
                let mut add = self.builder("INSERT INTO prm_account_key (tenant, key, account, registered, word) ");
                add.push_values(keys, |mut values, key| {
                    values.push_bind(tenant).push_bind(key.key).push_bind(&key.account);
                    values.push_bind(i64::from(key.registered)).push_bind(key.word.as_deref());
                });
                add.build().execute(&mut *self.connection).await?;
            }
        }
        Ok(())
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

fn read_json<'r, T: serde::Deserialize<'r>>(rows: &'r str) -> Out<T> {
    serde_json::from_str(rows).map_err(|error| sqlx::Error::Decode(Box::new(error)))
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
