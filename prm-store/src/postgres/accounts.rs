//! Accounts and their keys, on PostgreSQL.

use sqlx::Row as _;
use sqlx::postgres::PgRow;

use super::{PostgresWork, column};
use crate::numbers::count;
use crate::work::{AccountRow, Accounts, KeyRow, Keys, ProfileRow};

type Out<T> = sqlx::Result<T>;

impl Accounts for PostgresWork<'_> {
    async fn account_count(&mut self, tenant: &str) -> Out<u64> {
        // The number of the last one: counting a million rows for each question would take longer than answering it.
        let last = self.names.sql("SELECT max(number) FROM prm.account_known WHERE tenant = $1");
        let last: Option<i64> = sqlx::query_scalar(last).bind(tenant).fetch_one(&mut *self.connection).await?;
        last.map_or(Ok(0), count)
    }

    async fn accounts_under(&mut self, tenant: &str, keys: &[i64], most: usize) -> Out<Vec<KeyRow>> {
        // One more is read than a block may have, which tells the full ones.
        let limit = i64::try_from(most).unwrap_or(i64::MAX).saturating_add(1);
        let rows = sqlx::query(self.names.sql(
            "SELECT held.key, held.account, held.registered, held.word FROM unnest($2::bigint[]) AS asked (key)
             CROSS JOIN LATERAL (
                 SELECT key, account, registered, word FROM prm.account_key
                 WHERE tenant = $1 AND key = asked.key LIMIT $3
             ) AS held",
        ));
        let rows = rows.bind(tenant).bind(keys).bind(limit).fetch_all(&mut *self.connection).await?;
        // Rows of one key follow one another.
        let rows = rows.iter().map(key_row).collect::<Out<Vec<_>>>()?;
        let blocks = rows.chunk_by(|a, b| a.key == b.key).filter(|block| block.len() <= most);
        Ok(blocks.flatten().cloned().collect())
    }

    async fn profiles(&mut self, tenant: &str, ids: &[String]) -> Out<Vec<ProfileRow>> {
        let rows = sqlx::query(
            self.names.sql("SELECT id, key_version, profile FROM prm.account_known WHERE tenant = $1 AND id = ANY($2)"),
        );
        let rows = rows.bind(tenant).bind(ids).fetch_all(&mut *self.connection).await?;
        let read = |row: &PgRow| {
            let key_version = count(row.try_get::<i32, _>("key_version")?)?;
            Ok(ProfileRow { id: row.try_get("id")?, key_version, profile: row.try_get("profile")? })
        };
        rows.iter().map(read).collect()
    }

    async fn accounts(&mut self, tenant: &str, ids: &[String]) -> Out<Vec<AccountRow>> {
        let rows = sqlx::query(self.names.sql(
            "SELECT id, key_version, registered, profile, keys, body, changed_at FROM prm.account_known
             WHERE tenant = $1 AND id = ANY($2)",
        ));
        let rows = rows.bind(tenant).bind(ids).fetch_all(&mut *self.connection).await?;
        rows.iter().map(account).collect()
    }

    async fn keep_accounts(&mut self, tenant: &str, accounts: &[(AccountRow, Vec<KeyRow>)]) -> Out<()> {
        let ids: Vec<&str> = accounts.iter().map(|(row, _)| row.id.as_str()).collect();
        let held = self.names.sql("SELECT id, keys FROM prm.account_known WHERE tenant = $1 AND id = ANY($2)");
        let held: Vec<(String, Vec<u8>)> =
            sqlx::query_as(held).bind(tenant).bind(&ids).fetch_all(&mut *self.connection).await?;
        let of = |(id, keys): (String, Vec<u8>)| Keys(keys).iter().map(|key| (id.clone(), key)).collect::<Vec<_>>();
        let (owners, old): (Vec<String>, Vec<i64>) = held.into_iter().flat_map(of).unzip();
        // The new ones are numbered on, in their order; the others keep their numbers.
        let save = sqlx::query(self.names.sql(
            "INSERT INTO prm.account_known (tenant, id, number, key_version, registered, profile, keys, body, changed_at)
             SELECT $1, given.id,
                    (SELECT coalesce(max(number), 0) FROM prm.account_known WHERE tenant = $1)
                        + count(*) FILTER (WHERE held.id IS NULL) OVER (ORDER BY given.place),
                    given.key_version, given.registered, given.profile, given.keys, given.body,
                    given.changed_at
             FROM unnest($2::text[], $3::integer[], $4::integer[], $5::bytea[], $6::bytea[], $7::text[],
                         $8::timestamptz[])
                 WITH ORDINALITY AS given (id, key_version, registered, profile, keys, body, changed_at, place)
             LEFT JOIN prm.account_known AS held ON held.tenant = $1 AND held.id = given.id
             ON CONFLICT (tenant, id) DO UPDATE SET key_version = excluded.key_version,
                 registered = excluded.registered, profile = excluded.profile, keys = excluded.keys, body = excluded.body,
                 changed_at = excluded.changed_at",
        ));
        let save = save.bind(tenant).bind(&ids);
        let save = save.bind(column(accounts, |(row, _)| i32::from(row.key_version)));
        let save = save.bind(column(accounts, |(row, _)| i32::from(row.registered)));
        let save = save.bind(column(accounts, |(row, _)| row.profile.as_slice()));
        let save = save.bind(column(accounts, |(row, _)| row.keys.0.as_slice()));
        let save = save.bind(column(accounts, |(row, _)| row.body.as_str()));
        save.bind(column(accounts, |(row, _)| row.changed_at)).execute(&mut *self.connection).await?;
        if !old.is_empty() {
            let gone = sqlx::query(self.names.sql(
                "DELETE FROM prm.account_key AS held USING unnest($2::text[], $3::bigint[]) AS old (account, key)
                 WHERE held.tenant = $1 AND held.key = old.key AND held.account = old.account",
            ));
            gone.bind(tenant).bind(&owners).bind(&old).execute(&mut *self.connection).await?;
        }
        let keys: Vec<&KeyRow> = accounts.iter().flat_map(|(_, keys)| keys).collect();
        let add = sqlx::query(self.names.sql(
            "INSERT INTO prm.account_key (tenant, key, account, registered, word)
             SELECT $1, key, account, registered, word
             FROM unnest($2::bigint[], $3::text[], $4::integer[], $5::text[]) AS new (key, account, registered, word)",
        ));
        let add = add.bind(tenant).bind(column(&keys, |row| row.key)).bind(column(&keys, |row| row.account.as_str()));
        let add = add.bind(column(&keys, |row| i32::from(row.registered)));
        add.bind(column(&keys, |row| row.word.as_deref())).execute(&mut *self.connection).await.map(drop)
    }

    async fn accounts_before(&mut self, tenant: &str, key_version: u16, limit: u32) -> Out<Vec<AccountRow>> {
        let rows = sqlx::query(self.names.sql(
            "SELECT id, key_version, registered, profile, keys, body, changed_at FROM prm.account_known
             WHERE tenant = $1 AND key_version < $2 ORDER BY id LIMIT $3",
        ));
        let rows = rows.bind(tenant).bind(i32::from(key_version)).bind(i64::from(limit));
        rows.fetch_all(&mut *self.connection).await?.iter().map(account).collect()
    }
}

fn key_row(row: &PgRow) -> Out<KeyRow> {
    Ok(KeyRow {
        key: row.try_get(0)?,
        account: row.try_get(1)?,
        registered: row.try_get::<i32, _>(2)? != 0,
        word: row.try_get(3)?,
    })
}

fn account(row: &PgRow) -> Out<AccountRow> {
    Ok(AccountRow {
        id: row.try_get("id")?,
        key_version: count(row.try_get::<i32, _>("key_version")?)?,
        registered: row.try_get::<i32, _>("registered")? != 0,
        profile: row.try_get("profile")?,
        keys: Keys(row.try_get("keys")?),
        body: row.try_get("body")?,
        changed_at: row.try_get("changed_at")?,
    })
}
