//! Accounts and their keys, on PostgreSQL.

use sqlx::Row as _;
use sqlx::postgres::PgRow;

use super::PostgresWork;
use crate::numbers::count;
use crate::work::{AccountRow, Accounts, Told};

type Out<T> = sqlx::Result<T>;

impl Accounts for PostgresWork<'_> {
    async fn account_count(&mut self, tenant: &str) -> Out<u64> {
        // The number of the last one: counting a million rows for each question would take longer than answering it.
        let last = self.names.sql("SELECT max(number) FROM prm.account_known WHERE tenant = $1");
        let last: Option<i64> = sqlx::query_scalar(last).bind(tenant).fetch_one(&mut *self.connection).await?;
        last.map_or(Ok(0), count)
    }

    async fn accounts_under(&mut self, tenant: &str, keys: &[i64], most: usize) -> Out<Vec<(i64, String)>> {
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        // One more is read than a block may have, which tells the full ones.
        let rows = sqlx::query(self.names.sql(
            "SELECT asked.key, block.accounts FROM unnest($2::bigint[]) AS asked (key)
             CROSS JOIN LATERAL (
                 SELECT array_agg(account) AS accounts FROM (
                     SELECT account FROM prm.account_key WHERE tenant = $1 AND key = asked.key LIMIT $3 + 1
                 ) AS held
             ) AS block
             WHERE cardinality(block.accounts) <= $3",
        ));
        let rows = rows.bind(tenant).bind(keys).bind(most).fetch_all(&mut *self.connection).await?;
        let mut found = Vec::new();
        for row in &rows {
            let (key, accounts): (i64, Vec<String>) = (row.try_get("key")?, row.try_get("accounts")?);
            found.extend(accounts.into_iter().map(|account| (key, account)));
        }
        Ok(found)
    }

    async fn accounts(&mut self, tenant: &str, ids: &[String], only: Told) -> Out<Vec<AccountRow>> {
        let rows =
            sqlx::query(self.names.sql(
                "SELECT id, key_version, registered, body, changed_at FROM prm.account_known WHERE tenant = $1 AND id = ANY($2) AND registered >= $3",
            ));
        let rows = rows
            .bind(tenant)
            .bind(ids)
            .bind(i32::from(only == Told::ByRegistration))
            .fetch_all(&mut *self.connection)
            .await?;
        rows.iter().map(account).collect()
    }

    async fn save_account(&mut self, tenant: &str, row: &AccountRow, keys: &[i64]) -> Out<()> {
        let save = sqlx::query(self.names.sql(
            "INSERT INTO prm.account_known (tenant, id, number, key_version, registered, body, changed_at)
             VALUES ($1, $2, (SELECT coalesce(max(number), 0) + 1 FROM prm.account_known WHERE tenant = $1), $3, $4, $5, $6)
             ON CONFLICT (tenant, id) DO UPDATE SET key_version = excluded.key_version,
                 registered = excluded.registered, body = excluded.body,
                 changed_at = excluded.changed_at",
        ));
        let save = save.bind(tenant).bind(&row.id).bind(i32::from(row.key_version)).bind(i32::from(row.registered));
        save.bind(&row.body).bind(row.changed_at).execute(&mut *self.connection).await?;
        let keep = sqlx::query(self.names.sql(
            "WITH gone AS (
                 DELETE FROM prm.account_key WHERE tenant = $1 AND account = $2 AND key <> ALL($3)
             )
             INSERT INTO prm.account_key (tenant, key, account)
             SELECT $1, key, $2 FROM unnest($3::bigint[]) AS key ON CONFLICT DO NOTHING",
        ));
        keep.bind(tenant).bind(&row.id).bind(keys).execute(&mut *self.connection).await.map(drop)
    }

    async fn accounts_before(&mut self, tenant: &str, key_version: u16, limit: u32) -> Out<Vec<AccountRow>> {
        let rows = sqlx::query(self.names.sql(
            "SELECT id, key_version, registered, body, changed_at FROM prm.account_known
             WHERE tenant = $1 AND key_version < $2 ORDER BY id LIMIT $3",
        ));
        let rows = rows.bind(tenant).bind(i32::from(key_version)).bind(i64::from(limit));
        rows.fetch_all(&mut *self.connection).await?.iter().map(account).collect()
    }
}

fn account(row: &PgRow) -> Out<AccountRow> {
    Ok(AccountRow {
        id: row.try_get("id")?,
        key_version: count(row.try_get::<i32, _>("key_version")?)?,
        registered: row.try_get::<i32, _>("registered")? != 0,
        body: row.try_get("body")?,
        changed_at: row.try_get("changed_at")?,
    })
}
