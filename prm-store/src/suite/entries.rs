//! Entries: what was found due can be looked at and verified later, in whatever currency, and once only.

use std::sync::Arc;

use chrono::{SecondsFormat, TimeDelta, Utc};
use prm_core::actor::{Actor, PartnerRole};
use prm_core::incentive::rebate::Payout;
use prm_core::ledger::AccountKind;
use prm_core::money::Money;
use prm_core::zone::micros;

use super::ledger::{balance, balances};
use super::money::{posted, told};
use super::people::checker;
use super::programs::two_programs;
use super::shop::{Sent, Shop, back, of, quarter, revised, sale, sent, to, year};
use super::{Fixture, at_once, declare};
use crate::{EntryFilter, PostedEntry, Received, Settled, Tenant};

declare! {
    every_entry_can_be_verified_as_of_when_it_was_made
    what_comes_later_is_known_later_though_the_clock_goes_back
    what_is_counted_again_is_known_before_it_is_settled
    goods_are_due_without_money
    currencies_keep_their_digits
    settling_at_once_posts_once
    receiving_and_settling_at_once_end_in_the_same
    partners_see_their_own_entries
    entries_can_be_asked_for
    pages_of_entries_hold_every_one_once
    views_say_what_the_store_says
    a_tenant_that_was_moved_goes_on_as_before
}

/// A year of batches, each with what has to be settled after it.
fn a_year() -> Vec<Sent> {
    vec![
        sent("b1", [sale("SO1/1", "1500", "2025-02-10"), to("p2", sale("SO1/2", "40", "2025-05-10"))]),
        sent("b2", [of("bike", 25, sale("SO2/1", "80", "2025-03-10")), back("SO8/1", "SO1/1", "-700", "2025-06-10")]),
        revised("b1", 1, [sale("SO1/1", "1400", "2025-02-10"), sale("SO1/2", "40", "2025-05-10")]),
        sent("b3", [to("p3", sale("SO3/1", "99.99", "2025-11-10"))]),
        revised("b2", 1, []),
    ]
}

async fn every_entry_can_be_verified_as_of_when_it_was_made(database: Arc<Fixture>) {
    let (store, shop) = (database.store().await, Shop::new());
    let tenant = store.tenant("acme");
    shop.open(&tenant).await;
    let mut numbers = Vec::new();
    for batch in a_year() {
        shop.receive(&tenant, &batch).await;
        numbers.push(shop.settle(&tenant, year()).await.settlement);
    }
    assert_eq!(numbers, [1, 2, 3, 4, 5].map(Some));
    let entries = tenant.entries(&EntryFilter::default(), &checker()).await.unwrap();
    assert_eq!((entries.len(), posted(&database).await[0]), (10, 10));
    shop.verify_entries(&tenant).await;
}

async fn what_comes_later_is_known_later_though_the_clock_goes_back(database: Arc<Fixture>) {
    let (store, shop) = (database.store().await, Shop::new());
    let tenant = store.tenant("acme");
    shop.open(&tenant).await;
    shop.receive(&tenant, &sent("b1", [sale("SO1/1", "1000", "2025-02-10")])).await;
    let sums = shop.sums(&tenant, None).await;
    // The machine that received the first batch was an hour ahead.
    let ahead = micros(Utc::now() + TimeDelta::hours(1));
    for table in ["receipt", "sums"] {
        let at = ahead.to_rfc3339_opts(SecondsFormat::Micros, true);
        database.run(&format!("UPDATE {} SET recorded_at = '{at}'", database.table(table))).await;
    }
    shop.settle(&tenant, year()).await;
    shop.receive(&tenant, &sent("b2", [sale("SO1/1", "1100", "2025-02-10")])).await;
    shop.settle(&tenant, year()).await;
    assert_eq!(shop.sums(&tenant, Some(ahead)).await, sums);
    assert!(shop.sums(&tenant, Some(Utc::now())).await.is_empty());
    shop.verify_entries(&tenant).await;
    let entries = tenant.entries(&EntryFilter::default(), &checker()).await.unwrap();
    assert!(ahead < entries[0].recorded_at && entries[0].recorded_at < entries[1].recorded_at);
}

async fn what_is_counted_again_is_known_before_it_is_settled(database: Arc<Fixture>) {
    let (tenant, [first, second]) = (database.store().await.tenant("acme"), two_programs());
    let batch = sent("b1", [sale("SO1/1", "1000", "2025-02-10")]);
    first.receive(&tenant, &batch).await;
    second.open(&tenant).await;
    second.receive(&tenant, &batch).await;
    // The machine that counted the batch under the second program was an hour ahead.
    let at = (Utc::now() + TimeDelta::hours(1)).to_rfc3339_opts(SecondsFormat::Micros, true);
    let (sums, plan) = (database.table("sums"), second.program.plan());
    database.run(&format!("UPDATE {sums} SET recorded_at = '{at}' WHERE plan = '{plan}'")).await;
    assert_eq!(told(&second.settle(&tenant, year()).await)[0], "p1/volume/2025-Q1 100.00 USD");
    second.verify_entries(&tenant).await;
}

async fn goods_are_due_without_money(database: Arc<Fixture>) {
    let (store, shop) = (database.store().await, Shop::with(&[("rate: 10 %", "rate: 0 %")]));
    let tenant = store.tenant("acme");
    shop.open(&tenant).await;
    for (batch, units, due, entries) in [
        ("b1", 25, vec!["p1/volume/2025-Q1 0.00 USD", "p1/boxes/2025-Q1 4 units"], 2),
        ("b2", 9, vec!["p1/boxes/2025-Q1 0 units now"], 3),
        ("b3", 10, vec!["p1/boxes/2025-Q1 2 units now"], 4),
        ("b4", 19, vec![], 4),
    ] {
        shop.receive(&tenant, &sent(batch, [of("bike", units, sale("SO1/1", "80", "2025-03-10"))])).await;
        let settled = shop.settle(&tenant, year()).await;
        assert_eq!((told(&settled), settled.posted), (due.into_iter().map(str::to_owned).collect(), vec![]));
        assert_eq!(posted(&database).await[..2], [entries, 0]);
    }
    assert!(balances(&tenant, None).await.is_empty());
    let due = shop.posted(&tenant).await;
    assert_eq!(due.into_values().collect::<Vec<_>>(), [Payout::Goods(2)]);
}

async fn currencies_keep_their_digits(database: Arc<Fixture>) {
    let store = database.store().await;
    let tenant = store.tenant("acme");
    for (currency, net, earned, minor) in [
        ("USD", "123.45", "12.34 USD", 1234),
        ("JPY", "12345", "2369 JPY", 2369),
        ("KWD", "123.456", "12.346 KWD", 12_346),
    ] {
        let name = format!("program: Ridgeline{currency}");
        let shop = Shop::with(&[("program: Ridgeline", &name), ("currency: USD", &format!("currency: {currency}"))]);
        shop.open(&tenant).await;
        let mut line = sale("SO1/1", net, "2025-02-10");
        line.currency = currency.parse().unwrap();
        shop.receive(&tenant, &sent(currency, [line])).await;
        let settled = shop.settle(&tenant, year()).await;
        assert_eq!(told(&settled), [format!("p1/volume/2025-Q1 {earned}")]);
        let payable = balances(&tenant, None)
            .await
            .into_iter()
            .find(|(account, _)| (account.kind, account.currency.code()) == (AccountKind::Payable, currency));
        assert_eq!(payable.unwrap().1, Money::from_minor(minor, currency.parse().unwrap()));
        shop.verify_entries(&tenant).await;
    }
    let trial = tenant.trial_balance(&checker()).await.unwrap();
    let transferred: Vec<_> = trial.currencies.iter().map(|(currency, sum, _)| (currency.code(), *sum)).collect();
    assert_eq!(transferred, [("JPY", 2369), ("KWD", 12_346), ("USD", 1234)]);
}

async fn settling_at_once_posts_once(database: Arc<Fixture>) {
    let (store, shop) = (database.store().await, Arc::new(Shop::new()));
    let tenant = store.tenant("acme");
    shop.open(&tenant).await;
    shop.receive(
        &tenant,
        &sent("b1", [sale("SO1/1", "1000", "2025-02-10"), to("p2", sale("SO1/2", "40", "2025-05-10"))]),
    )
    .await;
    let settled = at_once(4, |_| {
        let (tenant, shop) = (tenant.clone(), Arc::clone(&shop));
        async move { shop.try_settle(&tenant, year()).await.map_err(|error| error.to_string()) }
    });
    let mut numbers: Vec<_> = settled.await.into_iter().map(|settled| settled.unwrap().settlement).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, [None, None, None, Some(1)]);
    assert_eq!(posted(&database).await, [2, 2, 1]);
    assert_eq!(balance(&tenant, "p1", AccountKind::Payable).await, 10_000);
}

async fn receiving_and_settling_at_once_end_in_the_same(database: Arc<Fixture>) {
    let (store, shop) = (database.store().await, Arc::new(Shop::new()));
    let tenant = store.tenant("acme");
    shop.open(&tenant).await;
    let batch = |number: usize| sent(&format!("b{number}"), [sale(&format!("SO{number}/1"), "500", "2025-02-10")]);
    let outcomes = at_once(12, |number| {
        let (tenant, shop) = (tenant.clone(), Arc::clone(&shop));
        async move {
            match number % 3 {
                0 => shop.try_settle(&tenant, quarter(1)).await.map(drop).map_err(|error| error.to_string()),
                _ => match shop.try_receive(&tenant, &batch(number)).await {
                    Ok(Received::Counted { .. }) => Ok(()),
                    other => Err(format!("{other:?}")),
                },
            }
        }
    });
    assert_eq!(outcomes.await.into_iter().filter_map(Result::err).collect::<Vec<_>>(), Vec::<String>::new());
    shop.settle(&tenant, quarter(1)).await;
    // 10 % of 1,000 and 20 % of the other 3,000.
    assert_eq!(balance(&tenant, "p1", AccountKind::Payable).await, 70_000);
    shop.verify_entries(&tenant).await;
}

async fn partners_see_their_own_entries(database: Arc<Fixture>) {
    let (store, shop) = (database.store().await, Shop::new());
    let tenant = store.tenant("acme");
    shop.open(&tenant).await;
    shop.receive(
        &tenant,
        &sent("b1", [sale("SO1/1", "1000", "2025-02-10"), to("p2", sale("SO1/2", "40", "2025-05-10"))]),
    )
    .await;
    shop.settle(&tenant, year()).await;
    let person = |role| Actor::Partner { partner: "p1".parse().unwrap(), person: "x".parse().unwrap(), role };
    let seen = async |partner: Option<&str>, by: &Actor| {
        let filter = EntryFilter { partner: partner.map(str::to_owned), ..EntryFilter::default() };
        tenant.entries(&filter, by).await.unwrap().len()
    };
    for (role, own) in [(PartnerRole::Executive, 1), (PartnerRole::Manager, 1), (PartnerRole::Sales, 0)] {
        assert_eq!(seen(Some("p1"), &person(role)).await, own, "{role:?}");
        assert_eq!((seen(Some("p2"), &person(role)).await, seen(None, &person(role)).await), (0, 0), "{role:?}");
    }
    assert_eq!((seen(None, &checker()).await, seen(Some("p2"), &checker()).await), (2, 1));
    // A name that is none must not be taken for none given.
    assert_eq!(seen(Some("not a name"), &checker()).await, 0);
}

async fn entries_can_be_asked_for(database: Arc<Fixture>) {
    let (store, shop) = (database.store().await, Shop::new());
    let tenant = store.tenant("acme");
    shop.open(&tenant).await;
    for batch in a_year() {
        shop.receive(&tenant, &batch).await;
        shop.settle(&tenant, year()).await;
    }
    let all = tenant.entries(&EntryFilter::default(), &checker()).await.unwrap();
    for number in 1..=5 {
        let of_one = EntryFilter { settlement: Some(number), ..EntryFilter::default() };
        let expected: Vec<_> = all.iter().filter(|posted| posted.settlement == number).cloned().collect();
        assert!(!expected.is_empty());
        assert_eq!(tenant.entries(&of_one, &checker()).await.unwrap(), expected);
        let known = EntryFilter { known_at: Some(expected[0].recorded_at), ..EntryFilter::default() };
        let expected: Vec<_> = all.iter().filter(|posted| posted.settlement <= number).cloned().collect();
        assert_eq!(tenant.entries(&known, &checker()).await.unwrap(), expected);
    }
    let other = EntryFilter { program: Some("Other".to_owned()), ..EntryFilter::default() };
    assert!(tenant.entries(&other, &checker()).await.unwrap().is_empty());
}

async fn views_say_what_the_store_says(database: Arc<Fixture>) {
    let (store, shop) = (database.store().await, Shop::new());
    let tenant = store.tenant("acme");
    shop.open(&tenant).await;
    let mut owed = Vec::new();
    for batch in a_year() {
        shop.receive(&tenant, &batch).await;
        owed.extend(shop.settle(&tenant, year()).await.posted.into_iter().map(Money::minor));
    }
    let sum = async |column: &str, view: &str| {
        let view = database.table(view);
        database.count(&format!("SELECT CAST(coalesce(sum({column}), 0) AS bigint) FROM {view}")).await
    };
    let due: i64 = shop.posted(&tenant).await.values().filter_map(|payout| payout.money()).map(Money::minor).sum();
    assert_eq!(due, owed.iter().sum::<i64>());
    assert_eq!(sum("earned_minor", "view_payout WHERE latest").await, due);
    assert_eq!(sum("difference_minor", "view_payout").await, due);
    for (number, owed) in owed.iter().enumerate() {
        assert_eq!(sum("owed_minor", &format!("view_statement WHERE settlement = {}", number + 1)).await, *owed);
    }
    assert_eq!(sum("balance_minor", "view_balance WHERE account = 'earned'").await, -due);
    assert_eq!(sum("change_minor", "view_journal WHERE account = 'payable'").await, due);
    assert_eq!(sum("change_minor", "view_journal").await, 0);
    assert_eq!(sum("lines", "view_batch WHERE NOT replaced").await, 3);
}

/// Moves all of a tenant to another one.
async fn copy(from: &Tenant, to: &Tenant) {
    let mut lines = Vec::new();
    let each = |line: &str| {
        lines.push(line.to_owned());
        Ok(())
    };
    from.export(&Actor::Host, each).await.unwrap();
    to.import(&Actor::Host, lines.into_iter().map(Ok::<_, std::io::Error>)).await.unwrap();
}

async fn a_tenant_that_was_moved_goes_on_as_before(database: Arc<Fixture>) {
    let (store, shop) = (database.store().await, Shop::new());
    let (stays, moved) = (store.tenant("stays"), store.tenant("moved"));
    shop.open(&stays).await;
    let batches = a_year();
    for batch in &batches[..3] {
        shop.receive(&stays, batch).await;
        shop.settle(&stays, year()).await;
    }
    copy(&stays, &moved).await;
    for batch in &batches[1..3] {
        assert!(matches!(shop.try_receive(&moved, batch).await, Ok(Received::Known { .. })));
    }
    assert_eq!(shop.settle(&moved, year()).await, Settled::default());
    for batch in &batches[3..] {
        let mut ends = Vec::new();
        for tenant in [&stays, &moved] {
            shop.receive(tenant, batch).await;
            let Settled { settlement, entries, posted, .. } = shop.settle(tenant, year()).await;
            ends.push((settlement, entries, posted, shop.sums(tenant, None).await, balances(tenant, None).await));
        }
        assert_eq!(ends[0], ends[1]);
    }
    shop.verify_entries(&moved).await;
}

async fn pages_of_entries_hold_every_one_once(database: Arc<Fixture>) {
    let (tenant, shop) = (database.store().await.tenant("acme"), Shop::new());
    shop.open(&tenant).await;
    for batch in &a_year() {
        shop.receive(&tenant, batch).await;
        shop.settle(&tenant, year()).await;
    }
    let all = tenant.entries(&EntryFilter::default(), &checker()).await.unwrap();
    assert!(all.len() > 6 && all.iter().any(|posted| posted.entry.is_adjustment()));
    for limit in [1, 2, 5] {
        let mut paged = Vec::new();
        loop {
            let after = paged.last().map(PostedEntry::place);
            let page = EntryFilter { after, limit: Some(limit), ..EntryFilter::default() };
            let more = tenant.entries(&page, &checker()).await.unwrap();
            if more.is_empty() {
                break;
            }
            assert!(more.len() <= limit as usize);
            paged.extend(more);
        }
        assert_eq!(paged, all);
    }
}
