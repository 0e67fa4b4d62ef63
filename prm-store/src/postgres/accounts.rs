//! Accounts and their keys, on PostgreSQL.

use sqlx::Row as _;
use sqlx::postgres::PgRow;

use super::{PostgresWork, column};
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

    async fn keep_accounts(&mut self, tenant: &str, accounts: &[(AccountRow, Vec<i64>)]) -> Out<()> {
        let ids: Vec<&str> = accounts.iter().map(|(row, _)| row.id.as_str()).collect();
        let of = |account: &(AccountRow, Vec<i64>)| {
            let (id, keys) = (account.0.id.clone(), account.1.clone());
            keys.into_iter().map(move |key| (id.clone(), key))
        };
        let (owners, keys): (Vec<String>, Vec<i64>) = accounts.iter().flat_map(of).unzip();
        // The new ones are numbered on, in their order; the others keep their numbers.
        let save = sqlx::query(self.names.sql(
            "INSERT INTO prm.account_known (tenant, id, number, key_version, registered, body, changed_at)
             SELECT $1, given.id,
                    (SELECT coalesce(max(number), 0) FROM prm.account_known WHERE tenant = $1)
                        + count(*) FILTER (WHERE held.id IS NULL) OVER (ORDER BY given.place),
                    given.key_version, given.registered, given.body, given.changed_at
             FROM unnest($2::text[], $3::integer[], $4::integer[], $5::text[], $6::timestamptz[])
                 WITH ORDINALITY AS given (id, key_version, registered, body, changed_at, place)
             LEFT JOIN prm.account_known AS held ON held.tenant = $1 AND held.id = given.id
             ON CONFLICT (tenant, id) DO UPDATE SET key_version = excluded.key_version,
                 registered = excluded.registered, body = excluded.body, changed_at = excluded.changed_at",
        ));
        let save = save.bind(tenant).bind(&ids);
        let save = save.bind(column(accounts, |(row, _)| i32::from(row.key_version)));
        let save = save.bind(column(accounts, |(row, _)| i32::from(row.registered)));
        let save = save.bind(column(accounts, |(row, _)| row.body.as_str()));
        save.bind(column(accounts, |(row, _)| row.changed_at)).execute(&mut *self.connection).await?;
        let keep = sqlx::query(self.names.sql(
            "WITH given AS (
                 SELECT account, key FROM unnest($3::text[], $4::bigint[]) AS given (account, key)
             ), gone AS (
                 DELETE FROM prm.account_key AS held WHERE tenant = $1 AND account = ANY($2)
                     AND NOT EXISTS (SELECT FROM given WHERE given.account = held.account AND given.key = held.key)
             )
             INSERT INTO prm.account_key (tenant, key, account) SELECT $1, key, account FROM given
             ON CONFLICT DO NOTHING",
        ));
        let keep = keep.bind(tenant).bind(&ids).bind(&owners).bind(&keys);
        keep.execute(&mut *self.connection).await.map(drop)
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
