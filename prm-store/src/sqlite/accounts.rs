//! Accounts and their keys, on SQLite.

use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::{ROWS, SqliteWork, instant, list, text};
use crate::numbers::count;
use crate::work::{AccountRow, Accounts, KeyRow, ProfileRow};

type Out<T> = sqlx::Result<T>;

impl Accounts for SqliteWork<'_> {
    async fn account_count(&mut self, tenant: &str) -> Out<u64> {
        // The number of the last one: counting a million rows for each question would take longer than answering it.
        let last = self.names.sql("SELECT max(number) FROM prm_account_known WHERE tenant = ?1");
        let last: Option<i64> = sqlx::query_scalar(last).bind(tenant).fetch_one(&mut *self.connection).await?;
        last.map_or(Ok(0), count)
    }

    async fn accounts_under(&mut self, tenant: &str, keys: &[i64], most: usize) -> Out<Vec<KeyRow>> {
        let limit = i64::try_from(most).unwrap_or(i64::MAX).saturating_add(1);
        let mut found = Vec::new();
        for key in keys {
            // One more is read than a block may have, which tells the full ones.
            let rows = sqlx::query(self.names.sql(
                "SELECT key, account, registered, word FROM prm_account_key WHERE tenant = ?1 AND key = ?2 LIMIT ?3",
            ));
            let rows = rows.bind(tenant).bind(key).bind(limit).fetch_all(&mut *self.connection).await?;
            if rows.len() <= most {
                found.extend(rows.iter().map(key_row).collect::<Out<Vec<_>>>()?);
            }
        }
        Ok(found)
    }

    async fn profiles(&mut self, tenant: &str, ids: &[String]) -> Out<Vec<ProfileRow>> {
        let rows = sqlx::query(self.names.sql(
            "SELECT id, key_version, profile FROM prm_account_known
             WHERE tenant = ?1 AND id IN (SELECT value FROM json_each(?2))",
        ));
        let rows = rows.bind(tenant).bind(list(ids)?).fetch_all(&mut *self.connection).await?;
        let read = |row: &SqliteRow| {
            let key_version = count(row.try_get::<i64, _>("key_version")?)?;
            Ok(ProfileRow { id: row.try_get("id")?, key_version, profile: row.try_get("profile")? })
        };
        rows.iter().map(read).collect()
    }

    async fn accounts(&mut self, tenant: &str, ids: &[String]) -> Out<Vec<AccountRow>> {
        let rows = sqlx::query(self.names.sql(
            "SELECT id, key_version, registered, profile, body, changed_at FROM prm_account_known
             WHERE tenant = ?1 AND id IN (SELECT value FROM json_each(?2))",
        ));
        let rows = rows.bind(tenant).bind(list(ids)?).fetch_all(&mut *self.connection).await?;
        rows.iter().map(account).collect()
    }

    async fn keep_accounts(&mut self, tenant: &str, accounts: &[(AccountRow, Vec<KeyRow>)]) -> Out<()> {
        for (row, keys) in accounts {
            let there = self.names.sql("SELECT 1 FROM prm_account_known WHERE tenant = ?1 AND id = ?2");
            let there = sqlx::query(there).bind(tenant).bind(&row.id).fetch_optional(&mut *self.connection).await?;
            let save = sqlx::query(self.names.sql(
                "INSERT INTO prm_account_known (tenant, id, number, key_version, registered, profile, body, changed_at)
                 VALUES (?1, ?2, (SELECT coalesce(max(number), 0) + 1 FROM prm_account_known WHERE tenant = ?1),
                         ?3, ?4, ?5, ?6, ?7)
                 ON CONFLICT (tenant, id) DO UPDATE SET key_version = excluded.key_version,
                     registered = excluded.registered, profile = excluded.profile, body = excluded.body,
                     changed_at = excluded.changed_at",
            ));
            let save = save.bind(tenant).bind(&row.id).bind(i64::from(row.key_version)).bind(i64::from(row.registered));
            let save = save.bind(&row.profile).bind(&row.body).bind(text(row.changed_at));
            save.execute(&mut *self.connection).await?;
            if there.is_some() {
                let gone = self.names.sql("DELETE FROM prm_account_key WHERE tenant = ?1 AND account = ?2");
                sqlx::query(gone).bind(tenant).bind(&row.id).execute(&mut *self.connection).await?;
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
            "SELECT id, key_version, registered, profile, body, changed_at FROM prm_account_known
             WHERE tenant = ?1 AND key_version < ?2 ORDER BY id LIMIT ?3",
        ));
        let rows = rows.bind(tenant).bind(i64::from(key_version)).bind(i64::from(limit));
        rows.fetch_all(&mut *self.connection).await?.iter().map(account).collect()
    }
}

fn key_row(row: &SqliteRow) -> Out<KeyRow> {
    Ok(KeyRow {
        key: row.try_get(0)?,
        account: row.try_get(1)?,
        registered: row.try_get::<i64, _>(2)? != 0,
        word: row.try_get(3)?,
    })
}

fn account(row: &SqliteRow) -> Out<AccountRow> {
    Ok(AccountRow {
        id: row.try_get("id")?,
        key_version: count(row.try_get::<i64, _>("key_version")?)?,
        registered: row.try_get::<i64, _>("registered")? != 0,
        profile: row.try_get("profile")?,
        body: row.try_get("body")?,
        changed_at: instant(row, "changed_at")?,
    })
}
