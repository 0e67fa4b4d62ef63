//! Accounts and their keys, on PostgreSQL.

use sqlx::Row as _;
use sqlx::postgres::PgRow;

use super::{PostgresWork, column};
use crate::numbers::count;
use crate::work::{AccountRow, Accounts, KeyRow, Keys, ProfileRow, UnderKeys};

type Out<T> = sqlx::Result<T>;

impl Accounts for PostgresWork<'_> {
    async fn accounts_under(&mut self, tenant: &str, keys: &[i64], most: usize) -> Out<UnderKeys> {
        // A row for each key, and one for the number of the last account, which tells how many there are: counting a
        // million for each question would take longer than answering it. One more is read than a block may have, which
        // tells the full ones.
        let asked = sqlx::query(self.names.sql(
            "SELECT NULL::bigint AS key, NULL::text[] AS accounts, NULL::integer[] AS registered, NULL::text[] AS words,
                    (SELECT max(number) FROM prm.account_known WHERE tenant = $1) AS last
             UNION ALL
             SELECT asked.key, held.accounts, held.registered, held.words, NULL FROM unnest($2::bigint[]) AS asked (key)
             CROSS JOIN LATERAL (
                 SELECT array_agg(account) AS accounts, array_agg(registered) AS registered, array_agg(word) AS words
                 FROM (
                     SELECT account, registered, word FROM prm.account_key
                     WHERE tenant = $1 AND key = asked.key LIMIT $3 + 1
                 ) AS block
             ) AS held
             WHERE cardinality(held.accounts) <= $3",
        ));
        let most = i64::try_from(most).unwrap_or(i64::MAX - 1);
        let mut under = UnderKeys::default();
        for row in asked.bind(tenant).bind(keys).bind(most).fetch_all(&mut *self.connection).await? {
            let Some(key) = row.try_get(0)? else {
                under.accounts = row.try_get::<Option<i64>, _>(4)?.map_or(Ok(0), count)?;
                continue;
            };
            let accounts: Vec<String> = row.try_get(1)?;
            let (registered, words): (Vec<i32>, Vec<Option<String>>) = (row.try_get(2)?, row.try_get(3)?);
            let rows = accounts.into_iter().zip(registered).zip(words);
            under.rows.extend(rows.map(|((account, registered), word)| KeyRow {
                key,
                account,
                registered: registered != 0,
                word,
            }));
        }
        Ok(under)
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
        let keys: Vec<&KeyRow> = accounts.iter().flat_map(|(_, keys)| keys).collect();
        // The new ones are numbered on, in their order; the others keep their numbers. Keys that go and keys that come are
        // others: two parts of a statement do not see what the other does.
        let save = sqlx::query(self.names.sql(
            "WITH given AS (
                 SELECT * FROM unnest($2::text[], $3::integer[], $4::integer[], $5::bytea[], $6::bytea[], $7::text[],
                                      $8::timestamptz[])
                     WITH ORDINALITY AS given (id, key_version, registered, profile, keys, body, changed_at, place)
             ), held AS (
                 SELECT id, keys FROM prm.account_known WHERE tenant = $1 AND id = ANY($2)
             ), new AS (
                 SELECT * FROM unnest($9::bigint[], $10::text[], $11::integer[], $12::text[])
                     AS new (key, account, registered, word)
             ), old AS (
                 SELECT held.id AS account, ('x' || encode(substr(held.keys, at, 8), 'hex'))::bit(64)::bigint AS key
                 FROM held, generate_series(1, octet_length(held.keys), 8) AS at
             ), gone AS (
                 DELETE FROM prm.account_key AS held USING (SELECT account, key FROM old EXCEPT SELECT account, key FROM new) AS gone
                 WHERE held.tenant = $1 AND held.key = gone.key AND held.account = gone.account
             ), saved AS (
                 INSERT INTO prm.account_known
                     (tenant, id, number, key_version, registered, profile, keys, body, changed_at)
                 SELECT $1, given.id,
                        (SELECT coalesce(max(number), 0) FROM prm.account_known WHERE tenant = $1)
                            + count(*) FILTER (WHERE held.id IS NULL) OVER (ORDER BY given.place),
                        given.key_version, given.registered, given.profile, given.keys, given.body, given.changed_at
                 FROM given LEFT JOIN held USING (id)
                 ON CONFLICT (tenant, id) DO UPDATE SET key_version = excluded.key_version,
                     registered = excluded.registered, profile = excluded.profile, keys = excluded.keys,
                     body = excluded.body, changed_at = excluded.changed_at
             )
             INSERT INTO prm.account_key (tenant, key, account, registered, word)
             SELECT $1, key, account, registered, word FROM new
             ON CONFLICT (tenant, key, account) DO UPDATE SET registered = excluded.registered, word = excluded.word",
        ));
        let save = save.bind(tenant).bind(column(accounts, |(row, _)| row.id.as_str()));
        let save = save.bind(column(accounts, |(row, _)| i32::from(row.key_version)));
        let save = save.bind(column(accounts, |(row, _)| i32::from(row.registered)));
        let save = save.bind(column(accounts, |(row, _)| row.profile.as_slice()));
        let save = save.bind(column(accounts, |(row, _)| row.keys.0.as_slice()));
        let save = save.bind(column(accounts, |(row, _)| row.body.as_str()));
        let save = save.bind(column(accounts, |(row, _)| row.changed_at));
        let save = save.bind(column(&keys, |row| row.key)).bind(column(&keys, |row| row.account.as_str()));
        let save = save.bind(column(&keys, |row| i32::from(row.registered)));
        save.bind(column(&keys, |row| row.word.as_deref())).execute(&mut *self.connection).await.map(drop)
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
