//! Records, events and commands.

use std::sync::Arc;

use super::people::{Outcome, act, activate, at, checker, draft, partner, retire, writer, year};
use super::{Fixture, at_once, declare, in_host_transaction};
use crate::pool::SCHEMA;
use crate::{ExecuteError, Listing, Meta, Pool, Store, StoreError};
use prm_core::lifecycle::replay;
use prm_core::program::version::{ProgramVersion, VersionError};

declare! {
    a_record_is_its_events
    a_refusal_leaves_no_trace
    a_key_is_carried_out_once
    the_expected_version_is_checked
    nothing_is_dated_before_the_last_change
    what_an_actor_may_not_see_does_not_exist
    tenants_are_apart
    pages_hold_every_record_once
    the_host_commits_or_rolls_back_both
    a_refusal_leaves_the_hosts_transaction_usable
    the_hosts_migrations_and_ours_stand_side_by_side
    many_writers_and_no_busy_error
    only_one_of_many_overlapping_versions_becomes_active
    one_key_sent_many_times_at_once_is_carried_out_once
    tables_that_do_not_fit_are_told_apart
    a_damaged_or_newer_body_is_an_error
}

async fn a_record_is_its_events(database: Arc<Fixture>) {
    let store = database.store().await;
    let tenant = store.tenant("acme");
    act(&tenant, "v1", year("1"), writer(), 0).await.unwrap();
    let done = act(&tenant, "v1", activate(), checker(), 1).await.unwrap();
    assert_eq!((done.version, done.events.len(), done.record.stage.clone()), (2, 1, done.record.stage.clone()));
    act(&tenant, "v1", retire("replaced"), writer(), 2).await.unwrap();
    let stored = tenant.get::<ProgramVersion>("v1", &writer()).await.unwrap().unwrap();
    let history = tenant.history::<ProgramVersion>("v1", &writer()).await.unwrap();
    assert_eq!((stored.version, history.len()), (3, 3));
    assert_eq!(replay::<ProgramVersion>(&history), Some(stored.record));
    // Databases keep microseconds, so that is what a record says.
    assert_eq!(done.record.changed_at.timestamp_subsec_nanos(), 123_456_000);
}

async fn a_refusal_leaves_no_trace(database: Arc<Fixture>) {
    let store = database.store().await;
    let tenant = store.tenant("acme");
    act(&tenant, "v1", year("1"), writer(), 0).await.unwrap();
    let before = database.rows().await;
    let refused = tenant.execute("v1", activate(), &(), &Meta::new(writer(), at(1)).keyed("k")).await;
    assert!(matches!(refused, Err(ExecuteError::Refused(VersionError::SamePerson))));
    let nowhere = act(&tenant, "v9", activate(), checker(), 1).await;
    assert!(matches!(nowhere, Err(ExecuteError::NotFound { id, .. }) if id == "v9"));
    let again = act(&tenant, "v1", year("1"), writer(), 1).await;
    assert!(matches!(again, Err(ExecuteError::Exists { .. })));
    assert_eq!(database.rows().await, before);
    // A refusal is not kept: the same key may be tried again when it is no longer one.
    tenant.execute("v1", activate(), &(), &Meta::new(checker(), at(1)).keyed("k")).await.unwrap();
}

async fn a_key_is_carried_out_once(database: Arc<Fixture>) {
    let store = database.store().await;
    let tenant = store.tenant("acme");
    let keyed = |key: &str, minute| Meta::new(writer(), at(minute)).keyed(key);
    let first = tenant.execute("v1", year("1"), &(), &keyed("a", 0)).await.unwrap();
    tenant.execute("v1", retire("no"), &(), &keyed("b", 1)).await.unwrap();
    // Sent again, later, after other things have happened: the outcome of then.
    let again = tenant.execute("v1", year("1"), &(), &keyed("a", 9)).await.unwrap();
    assert!(again.repeated && !first.repeated);
    assert_eq!(crate::Done { repeated: false, ..again }, first);
    assert_eq!(database.rows().await, [1, 2, 2]);
    let other = tenant.execute("v1", retire("yes"), &(), &keyed("b", 9)).await;
    assert!(matches!(other, Err(ExecuteError::KeyReused { key }) if key == "b"));
    // The key is the tenant's.
    store.tenant("other").execute("v1", year("1"), &(), &keyed("b", 9)).await.unwrap();
}

async fn the_expected_version_is_checked(database: Arc<Fixture>) {
    let store = database.store().await;
    let tenant = store.tenant("acme");
    tenant.execute("v1", year("1"), &(), &Meta::new(writer(), at(0)).expecting(0)).await.unwrap();
    let stale = tenant.execute("v1", activate(), &(), &Meta::new(checker(), at(1)).expecting(7)).await;
    assert!(matches!(stale, Err(ExecuteError::VersionDiffers { expected: 7, found: 1 })));
    tenant.execute("v1", activate(), &(), &Meta::new(checker(), at(1)).expecting(1)).await.unwrap();
}

async fn nothing_is_dated_before_the_last_change(database: Arc<Fixture>) {
    let store = database.store().await;
    let tenant = store.tenant("acme");
    act(&tenant, "v1", year("1"), writer(), 10).await.unwrap();
    let early = act(&tenant, "v1", activate(), checker(), 9).await;
    assert!(matches!(early, Err(ExecuteError::BeforeLastChange { .. })));
    act(&tenant, "v1", activate(), checker(), 10).await.unwrap();
}

async fn what_an_actor_may_not_see_does_not_exist(database: Arc<Fixture>) {
    let store = database.store().await;
    let tenant = store.tenant("acme");
    act(&tenant, "v1", year("1"), writer(), 0).await.unwrap();
    assert_eq!(tenant.get::<ProgramVersion>("v1", &partner()).await.unwrap(), None);
    assert!(tenant.history::<ProgramVersion>("v1", &partner()).await.unwrap().is_empty());
    let listing = Listing { limit: 10, ..Listing::default() };
    assert!(tenant.list::<ProgramVersion>(&listing, &partner()).await.unwrap().records.is_empty());
    let hidden = act(&tenant, "v1", activate(), partner(), 1).await;
    let missing = act(&tenant, "v2", activate(), partner(), 1).await;
    let words = |outcome: Outcome| outcome.unwrap_err().to_string();
    assert_eq!(words(hidden).replace("v1", "v2"), words(missing), "the answer must not tell them apart");
    assert!(matches!(act(&tenant, "v1", retire("x"), checker(), 1).await, Err(ExecuteError::Denied)));
}

async fn tenants_are_apart(database: Arc<Fixture>) {
    let store = database.store().await;
    let (one, two) = (store.tenant("one"), store.tenant("two"));
    act(&one, "v1", year("1"), writer(), 0).await.unwrap();
    assert_eq!(two.get::<ProgramVersion>("v1", &writer()).await.unwrap(), None);
    act(&two, "v1", year("2"), writer(), 0).await.unwrap();
    act(&one, "v1", activate(), checker(), 1).await.unwrap();
    // The other tenant's active version of the same program is no conflict.
    act(&two, "v1", activate(), checker(), 1).await.unwrap();
    let version = |found: Option<crate::Versioned<ProgramVersion>>| found.unwrap().record.program.version;
    assert_eq!(version(one.get("v1", &writer()).await.unwrap()), "1");
    assert_eq!(version(two.get("v1", &writer()).await.unwrap()), "2");
}

async fn pages_hold_every_record_once(database: Arc<Fixture>) {
    let store = database.store().await;
    let tenant = store.tenant("acme");
    for number in 0..23 {
        act(&tenant, &format!("v{number:02}"), year(&number.to_string()), writer(), 0).await.unwrap();
    }
    act(&tenant, "v07", retire("x"), writer(), 1).await.unwrap();
    let mut listing = Listing { stage: Some("draft".into()), limit: 5, ..Listing::default() };
    let mut seen = Vec::new();
    loop {
        let page = tenant.list::<ProgramVersion>(&listing, &writer()).await.unwrap();
        seen.extend(page.records.into_iter().map(|record| record.id));
        let Some(after) = page.after else { break };
        listing.after = Some(after);
    }
    let expected: Vec<String> = (0..23).filter(|number| *number != 7).map(|number| format!("v{number:02}")).collect();
    assert_eq!(seen, expected);
    let none = Listing { subject: Some("Other".into()), limit: 5, ..Listing::default() };
    assert!(tenant.list::<ProgramVersion>(&none, &writer()).await.unwrap().records.is_empty());
}

async fn the_host_commits_or_rolls_back_both(database: Arc<Fixture>) {
    let store = database.store().await;
    let tenant = store.tenant("acme");
    database.run("CREATE TABLE invoice (number INTEGER PRIMARY KEY)").await;
    let meta = Meta::new(writer(), at(0)).keyed("k");
    for commit in [false, true] {
        in_host_transaction!(database, transaction => {
            sqlx::query("INSERT INTO invoice VALUES (7)").execute(&mut *transaction).await.unwrap();
            tenant.execute_in(&mut *transaction, "v1", &year("1"), &(), &meta).await.unwrap();
            if commit {
                transaction.commit().await.unwrap();
            } else {
                transaction.rollback().await.unwrap();
            }
        });
        let there = i64::from(commit);
        assert_eq!(database.rows().await, [there, there, there]);
        assert_eq!(database.count("SELECT count(*) FROM invoice").await, there);
    }
}

async fn a_refusal_leaves_the_hosts_transaction_usable(database: Arc<Fixture>) {
    let store = database.store().await;
    let tenant = store.tenant("acme");
    database.run("CREATE TABLE invoice (number INTEGER PRIMARY KEY)").await;
    let meta = Meta::new(writer(), at(0));
    in_host_transaction!(database, transaction => {
        tenant.execute_in(&mut *transaction, "v1", &year("1"), &(), &meta).await.unwrap();
        let refused = tenant.execute_in(&mut *transaction, "v1", &activate(), &(), &meta).await;
        assert!(matches!(refused, Err(ExecuteError::Refused(_))));
        sqlx::query("INSERT INTO invoice VALUES (7)").execute(&mut *transaction).await.unwrap();
        transaction.commit().await.unwrap();
    });
    assert_eq!(database.count("SELECT count(*) FROM invoice").await, 1);
    assert_eq!(database.rows().await, [1, 1, 0]);
}

async fn the_hosts_migrations_and_ours_stand_side_by_side(database: Arc<Fixture>) {
    // The host's own migrator, with its default table.
    let sql = sqlx::SqlStr::from_static("CREATE TABLE invoice (number INTEGER PRIMARY KEY)");
    let migration =
        sqlx::migrate::Migration::new(1, "invoices".into(), sqlx::migrate::MigrationType::Simple, sql, false);
    let host = sqlx::migrate::Migrator::with_migrations(vec![migration]);
    for _ in 0..2 {
        match &database.pool {
            #[cfg(feature = "sqlite")]
            Pool::Sqlite(pool) => host.run(pool).await.unwrap(),
            #[cfg(feature = "postgres")]
            Pool::Postgres(pool) => host.run(pool).await.unwrap(),
        }
        database.store().await;
    }
    assert_eq!(database.count("SELECT count(*) FROM _sqlx_migrations").await, 1);
    assert_eq!(database.count("SELECT count(*) FROM invoice").await, 0);
}

async fn many_writers_and_no_busy_error(database: Arc<Fixture>) {
    let store = database.store().await;
    let writers = if database.is_postgres() { 32 } else { 4 };
    let outcomes = at_once(writers, |writer_number| {
        let store = store.clone();
        async move {
            let tenant = store.tenant("acme");
            let mut failed = Vec::new();
            for number in 0..10 {
                let id = format!("v{writer_number}-{number}");
                failed.extend(act(&tenant, &id, year("1"), writer(), 0).await.err().map(|error| error.to_string()));
                failed.extend(act(&tenant, &id, retire("x"), writer(), 1).await.err().map(|error| error.to_string()));
            }
            failed
        }
    });
    assert_eq!(outcomes.await.concat(), Vec::<String>::new());
    let all = i64::try_from(writers * 10).unwrap();
    assert_eq!(database.rows().await, [all, 2 * all, 0]);
}

async fn only_one_of_many_overlapping_versions_becomes_active(database: Arc<Fixture>) {
    let store = database.store().await;
    let tenant = store.tenant("acme");
    for number in 0..12 {
        act(&tenant, &format!("v{number}"), year(&number.to_string()), writer(), 0).await.unwrap();
    }
    act(&tenant, "later", draft("later", "2026-01-01", "2027-01-01"), writer(), 0).await.unwrap();
    let outcomes = at_once(12, |number| {
        let store = store.clone();
        async move { act(&store.tenant("acme"), &format!("v{number}"), activate(), checker(), 1).await }
    });
    let outcomes = outcomes.await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    let overlaps = |outcome: &&Outcome| matches!(outcome, Err(ExecuteError::Refused(VersionError::Overlap { .. })));
    assert_eq!(outcomes.iter().filter(overlaps).count(), 11);
    act(&tenant, "later", activate(), checker(), 1).await.unwrap();
    let listing = Listing { stage: Some("active".into()), limit: 10, ..Listing::default() };
    assert_eq!(tenant.list::<ProgramVersion>(&listing, &writer()).await.unwrap().records.len(), 2);
}

async fn one_key_sent_many_times_at_once_is_carried_out_once(database: Arc<Fixture>) {
    let store = database.store().await;
    let outcomes = at_once(16, |_| {
        let store = store.clone();
        async move { store.tenant("acme").execute("v1", year("1"), &(), &Meta::new(writer(), at(0)).keyed("k")).await }
    });
    let outcomes: Vec<_> = outcomes.await.into_iter().map(|outcome: Outcome| outcome.unwrap()).collect();
    assert_eq!(outcomes.iter().filter(|done| !done.repeated).count(), 1);
    assert!(outcomes.windows(2).all(|pair| (pair[0].version, &pair[0].record) == (pair[1].version, &pair[1].record)));
    assert_eq!(database.rows().await, [1, 1, 1]);
}

async fn tables_that_do_not_fit_are_told_apart(database: Arc<Fixture>) {
    let missing = Store::from_pool(database.pool.clone()).await.unwrap_err();
    assert!(matches!(missing, StoreError::NotMigrated { found: 0, needed: SCHEMA }), "{missing}");
    database.store().await;
    let meta = database.table("meta");
    database.run(&format!("UPDATE {meta} SET value = '99' WHERE name = 'readable_by'")).await;
    let newer = Store::from_pool(database.pool.clone()).await.unwrap_err();
    assert!(matches!(newer, StoreError::TooNew { readable_by: 99, known: SCHEMA }), "{newer}");
}

async fn a_damaged_or_newer_body_is_an_error(database: Arc<Fixture>) {
    let store = database.store().await;
    let tenant = store.tenant("acme");
    act(&tenant, "v1", year("1"), writer(), 0).await.unwrap();
    let table = database.table("record");
    database.run(&format!("UPDATE {table} SET format = 2")).await;
    let newer = act(&tenant, "v1", activate(), checker(), 1).await.unwrap_err();
    assert!(matches!(newer, ExecuteError::Store(StoreError::Unreadable { .. })), "{newer}");
    database.run(&format!("UPDATE {table} SET format = 1, body = '{{}}'")).await;
    let damaged = tenant.get::<ProgramVersion>("v1", &writer()).await.unwrap_err();
    assert!(matches!(&damaged, StoreError::Unreadable { id, .. } if id == "v1"), "{damaged}");
}
