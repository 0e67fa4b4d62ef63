//! Accounts and their keys, on SQLite.

use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::{SqliteWork, instant, list, text};
use crate::numbers::count;
use crate::work::{AccountRow, Accounts, Told};

type Out<T> = sqlx::Result<T>;

impl Accounts for SqliteWork<'_> {
    async fn account_count(&mut self, tenant: &str) -> Out<u64> {
        // The number of the last one: counting a million rows for each question would take longer than answering it.
        let last = self.names.sql("SELECT max(number) FROM prm_account_known WHERE tenant = ?1");
        let last: Option<i64> = sqlx::query_scalar(last).bind(tenant).fetch_one(&mut *self.connection).await?;
        last.map_or(Ok(0), count)
    }

    async fn accounts_under(&mut self, tenant: &str, keys: &[i64], most: usize) -> Out<Vec<(i64, String)>> {
        let limit = i64::try_from(most).unwrap_or(i64::MAX).saturating_add(1);
        let mut found = Vec::new();
        for key in keys {
            // One more is read than a block may have, which tells the full ones.
            let rows = sqlx::query_scalar(
                self.names.sql("SELECT account FROM prm_account_key WHERE tenant = ?1 AND key = ?2 LIMIT ?3"),
            );
            let rows: Vec<String> = rows.bind(tenant).bind(key).bind(limit).fetch_all(&mut *self.connection).await?;
            if rows.len() <= most {
                found.extend(rows.into_iter().map(|account| (*key, account)));
            }
        }
        Ok(found)
    }

    async fn accounts(&mut self, tenant: &str, ids: &[String], only: Told) -> Out<Vec<AccountRow>> {
        let rows = sqlx::query(self.names.sql(
            "SELECT id, key_version, registered, body, changed_at FROM prm_account_known
             WHERE tenant = ?1 AND id IN (SELECT value FROM json_each(?2)) AND registered >= ?3",
        ));
        let rows = rows
            .bind(tenant)
            .bind(list(ids)?)
            .bind(i64::from(only == Told::ByRegistration))
            .fetch_all(&mut *self.connection)
            .await?;
        rows.iter().map(account).collect()
    }

    async fn keep_accounts(&mut self, tenant: &str, accounts: &[(AccountRow, Vec<i64>)]) -> Out<()> {
        for (row, keys) in accounts {
            let there = self.names.sql("SELECT 1 FROM prm_account_known WHERE tenant = ?1 AND id = ?2");
            let there = sqlx::query(there).bind(tenant).bind(&row.id).fetch_optional(&mut *self.connection).await?;
            let save = sqlx::query(self.names.sql(
                "INSERT INTO prm_account_known (tenant, id, number, key_version, registered, body, changed_at)
                 VALUES (?1, ?2, (SELECT coalesce(max(number), 0) + 1 FROM prm_account_known WHERE tenant = ?1), ?3, ?4, ?5, ?6)
                 ON CONFLICT (tenant, id) DO UPDATE SET key_version = excluded.key_version,
                     registered = excluded.registered, body = excluded.body, changed_at = excluded.changed_at",
            ));
            let save = save.bind(tenant).bind(&row.id).bind(i64::from(row.key_version)).bind(i64::from(row.registered));
            save.bind(&row.body).bind(text(row.changed_at)).execute(&mut *self.connection).await?;
            if there.is_some() {
                let gone = sqlx::query(self.names.sql(
                    "DELETE FROM prm_account_key
                     WHERE tenant = ?1 AND account = ?2 AND key NOT IN (SELECT value FROM json_each(?3))",
                ));
                gone.bind(tenant).bind(&row.id).bind(list(keys)?).execute(&mut *self.connection).await?;
            }
            let add = sqlx::query(self.names.sql(
                "INSERT OR IGNORE INTO prm_account_key (tenant, key, account) SELECT ?1, value, ?2 FROM json_each(?3)",
            ));
            add.bind(tenant).bind(&row.id).bind(list(keys)?).execute(&mut *self.connection).await?;
        }
        Ok(())
    }

    async fn accounts_before(&mut self, tenant: &str, key_version: u16, limit: u32) -> Out<Vec<AccountRow>> {
        let rows = sqlx::query(self.names.sql(
            "SELECT id, key_version, registered, body, changed_at FROM prm_account_known
             WHERE tenant = ?1 AND key_version < ?2 ORDER BY id LIMIT ?3",
        ));
        let rows = rows.bind(tenant).bind(i64::from(key_version)).bind(i64::from(limit));
        rows.fetch_all(&mut *self.connection).await?.iter().map(account).collect()
    }
}

fn account(row: &SqliteRow) -> Out<AccountRow> {
    Ok(AccountRow {
        id: row.try_get("id")?,
        key_version: count(row.try_get::<i64, _>("key_version")?)?,
        registered: row.try_get::<i64, _>("registered")? != 0,
        body: row.try_get("body")?,
        changed_at: instant(row, "changed_at")?,
    })
}
