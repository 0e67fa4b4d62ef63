//! The feed and deadlines.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use prm_core::actor::Actor;
use prm_core::program::version::{Command, Event, ProgramVersion};

use super::people::{act, activate, at, checker, draft, partner, retire, writer, year};
use super::{Fixture, at_once, declare, setting};
use crate::{Action, Change, Meta, Pool, Store};

declare! {
    the_feed_is_dense_and_each_tenants_own
    the_feed_misses_nothing_of_many_writers
    a_deadline_is_noted_once_whoever_looks
    deadlines_are_noted_in_bounded_batches
}

async fn all_changes(store: &Store, tenant: &str, page: u32) -> Vec<Change> {
    let mut all: Vec<Change> = Vec::new();
    loop {
        let after = all.last().map_or(0, |change| change.position);
        let more = store.tenant(tenant).changes(after, page, &Actor::Host).await.unwrap();
        if more.is_empty() {
            return all;
        }
        all.extend(more);
    }
}

/// Positions without gaps, and every record's events in order.
fn check_order(changes: &[Change]) {
    let mut versions: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for (change, position) in changes.iter().zip(1..) {
        assert_eq!(change.position, position);
        let version = versions.entry((&change.kind, &change.id)).or_default();
        *version += 1;
        assert_eq!(change.version, *version, "{} {}", change.kind, change.id);
    }
}

async fn the_feed_is_dense_and_each_tenants_own(fixture: Arc<Fixture>) {
    let store = fixture.store().await;
    for name in ["acme", "other"] {
        let tenant = store.tenant(name);
        for number in 0..7 {
            act(&tenant, &format!("v{number}"), year(&number.to_string()), writer(), 0).await.unwrap();
        }
        act(&tenant, "v3", retire("x"), writer(), 1).await.unwrap();
    }
    let changes = all_changes(&store, "acme", 3).await;
    check_order(&changes);
    assert_eq!(changes.len(), 8);
    assert!(matches!(changes[7].event::<ProgramVersion>(), Ok(Some(Event::Retired { .. }))));
    assert_eq!(changes[7].by, writer());
    // Read again from the beginning, in pages of another size: the same positions.
    assert_eq!(all_changes(&store, "acme", 500).await, changes);
    assert!(store.tenant("acme").changes(0, 10, &partner()).await.unwrap().is_empty());
    assert!(store.tenant("acme").changes(8, 10, &Actor::Host).await.unwrap().is_empty());
}

/// Opens a record and revises it over and over.
async fn revise(store: Store, id: String, events: usize) {
    let tenant = store.tenant("acme");
    act(&tenant, &id, year("0"), writer(), 0).await.unwrap();
    for number in 1..events {
        let Action::Open(draft) = year(&number.to_string()) else { return };
        act(&tenant, &id, Action::Command(Command::Revise { text: draft.text }), writer(), 1).await.unwrap();
    }
}

/// A transaction of the host's that writes one event of ours early and stays open.
async fn hold_open(fixture: &Fixture, store: &Store, time: Duration) {
    let (tenant, meta) = (store.tenant("acme"), Meta::new(writer(), at(0)));
    match &fixture.pool {
        #[cfg(feature = "sqlite")]
        Pool::Sqlite(_) => {
            // It would hold all others up, however short; that they bear it is another check's.
            let _ = time;
            tenant.execute("held", year("0"), &(), &meta).await.unwrap();
        }
        #[cfg(feature = "postgres")]
        Pool::Postgres(pool) => {
            let mut transaction = pool.begin().await.unwrap();
            tenant.execute_in(&mut *transaction, "held", &year("0"), &(), &meta).await.unwrap();
            tokio::time::sleep(time).await;
            transaction.commit().await.unwrap();
        }
    }
}

async fn the_feed_misses_nothing_of_many_writers(fixture: Arc<Fixture>) {
    let store = fixture.store().await;
    let writers = if fixture.is_postgres() { 8 } else { 4 };
    let of_each = setting("PRM_SUITE_EVENTS", 800) / writers;
    let reader = tokio::spawn({
        let store = store.clone();
        async move {
            let mut seen: Vec<Change> = Vec::new();
            while seen.len() < writers * of_each + 1 {
                let after = seen.last().map_or(0, |change| change.position);
                let more = store.tenant("acme").changes(after, 100, &Actor::Host).await.unwrap();
                if more.is_empty() {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                seen.extend(more);
            }
            seen
        }
    });
    let holder = tokio::spawn({
        let (fixture, store) = (Arc::clone(&fixture), store.clone());
        async move { hold_open(&fixture, &store, Duration::from_secs(5)).await }
    });
    at_once(writers, |number| revise(store.clone(), format!("v{number}"), of_each)).await;
    holder.await.unwrap();
    let seen = reader.await.unwrap();
    check_order(&seen);
    assert_eq!(seen.len(), writers * of_each + 1);
    // Nothing comes twice or late.
    let last = seen.last().map_or(0, |change| change.position);
    assert!(store.tenant("acme").changes(last, 10, &Actor::Host).await.unwrap().is_empty());
    assert_eq!(all_changes(&store, "acme", 500).await, seen);
}

async fn a_deadline_is_noted_once_whoever_looks(fixture: Arc<Fixture>) {
    let store = fixture.store().await;
    let tenant = store.tenant("acme");
    // Governs the year in which it is activated; a year and a half later that is over.
    act(&tenant, "noted", year("1"), writer(), 0).await.unwrap();
    act(&tenant, "noted", activate(), checker(), 1).await.unwrap();
    act(&tenant, "next", draft("2", "2026-01-01", "2027-01-01"), writer(), 0).await.unwrap();
    act(&tenant, "next", activate(), checker(), 1).await.unwrap();
    let later = "2026-07-01T00:00:00Z".parse().unwrap();
    assert!(tenant.run_due::<ProgramVersion>(at(2), 10).await.unwrap().noted.is_empty());
    let runs = at_once(4, |_| {
        let store = store.clone();
        async move { store.tenant("acme").run_due::<ProgramVersion>(later, 10).await.unwrap() }
    });
    let noted: Vec<String> = runs.await.into_iter().flat_map(|ran| ran.noted).collect();
    assert_eq!(noted, ["noted"]);
    let history = tenant.history::<ProgramVersion>("noted", &writer()).await.unwrap();
    let end = "2026-01-01T00:00:00Z".parse().unwrap();
    assert_eq!(history.last(), Some(&Event::Ended { at: end }));
    // What a command finds that nobody looked for is noted with it, and what was noted changes nothing for others.
    let Action::Command(command) = retire("over") else { return };
    let meta = Meta::new(writer(), "2027-06-01T00:00:00Z".parse().unwrap());
    let done = tenant.execute::<ProgramVersion>("next", Action::Command(command.clone()), &(), &meta).await.unwrap();
    assert!(matches!(done.events.as_slice(), [Event::Ended { .. }, Event::Retired { .. }]));
    let before_the_end = Meta::new(writer(), at(3));
    tenant.execute::<ProgramVersion>("noted", Action::Command(command), &(), &before_the_end).await.unwrap();
}

async fn deadlines_are_noted_in_bounded_batches(fixture: Arc<Fixture>) {
    let store = fixture.store().await;
    let tenant = store.tenant("acme");
    for number in 0..5 {
        let id = format!("v{number}");
        let (from, until) = (format!("{}-01-01", 2020 + number), format!("{}-01-01", 2021 + number));
        act(&tenant, &id, draft(&id, &from, &until), writer(), 0).await.unwrap();
        act(&tenant, &id, activate(), checker(), 1).await.unwrap();
    }
    let now = at(10);
    let mut noted = Vec::new();
    loop {
        let ran = tenant.run_due::<ProgramVersion>(now, 2).await.unwrap();
        assert!(ran.noted.len() <= 2 && ran.failed.is_empty());
        noted.extend(ran.noted);
        if !ran.more {
            break;
        }
    }
    assert_eq!(noted, ["v0", "v1", "v2", "v3", "v4"]);
}
