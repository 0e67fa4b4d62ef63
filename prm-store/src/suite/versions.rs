//! Versions of one program that follow each other: what one settled, another does not undo unless it decides the same.

use std::sync::Arc;

use prm_core::incentive::rebate::Payout;
use prm_core::money::Money;
use prm_core::program::version::Draft;

use super::people::{act, activate, at, checker, retire, writer};
use super::shop::{Shop, quarter, sale, sent, year};
use super::{Fixture, declare};
use crate::{Action, SettleError, Tenant};

declare! {
    a_version_that_counts_otherwise_counts_all_before_it_settles
    a_successor_leaves_what_its_predecessor_settled
    a_period_that_two_versions_share_is_settled_by_each_for_its_days
    days_settled_together_with_others_are_refused
    an_incentive_that_is_gone_stays_only_if_that_is_said
    the_same_plan_with_other_rates_posts_the_difference
}

/// Retires the version that is in force and puts that of a shop in its place.
async fn replace(tenant: &Tenant, old: &str, new: &str, shop: &Shop) {
    act(tenant, old, retire("replaced"), writer(), 8).await.unwrap();
    put(tenant, new, shop).await;
}

/// Drafts a shop's program under an id, and has it activated.
pub(super) async fn put(tenant: &Tenant, id: &str, shop: &Shop) {
    let draft = Action::Open(Draft { text: shop.text.clone() });
    act(tenant, id, draft, writer(), 6).await.unwrap();
    act(tenant, id, activate(), checker(), 7).await.unwrap();
}

async fn posted(shop: &Shop, tenant: &Tenant) -> Vec<String> {
    let settled = shop.settle(tenant, year()).await;
    settled.posted.iter().map(ToString::to_string).collect()
}

async fn a_version_that_counts_otherwise_counts_all_before_it_settles(database: Arc<Fixture>) {
    let (tenant, first) = (database.store().await.tenant("acme"), Shop::new());
    let other = Shop::with(&[("version: '1'", "version: '2'"), ("category: Bikes", "sku: part")]);
    assert_ne!(first.program.plan(), other.program.plan());
    put(&tenant, "one", &first).await;
    let sold = sent("b1", [sale("SO1/1", "1000", "2025-02-10")]);
    first.receive(&tenant, &sold).await;
    assert_eq!(posted(&first, &tenant).await, ["100.00 USD"]);
    replace(&tenant, "one", "two", &other).await;
    other.receive(&tenant, &sent("b2", [sale("SO2/1", "10", "2025-02-11")])).await;
    // Nothing is taken for gone that was only not sent again.
    let refused = other.try_settle(&tenant, year()).await;
    let told =
        matches!(&refused, Err(SettleError::NotCounted { batches }) if batches == std::slice::from_ref(&sold.batch));
    assert!(told, "{refused:?}");
    other.receive(&tenant, &sold).await;
    assert_eq!(posted(&other, &tenant).await, ["2.00 USD"]);
}

async fn a_successor_leaves_what_its_predecessor_settled(database: Arc<Fixture>) {
    let tenant = database.store().await.tenant("acme");
    let days = "effective: { from: 2025-01-01, until: 2026-01-01 }";
    let first = Shop::with(&[(days, "effective: { from: 2025-01-01, until: 2025-07-01 }")]);
    let second =
        Shop::with(&[(days, "effective: { from: 2025-07-01, until: 2026-01-01 }"), ("version: '1'", "version: '2'")]);
    put(&tenant, "one", &first).await;
    put(&tenant, "two", &second).await;
    let sold = sent("b1", [sale("SO1/1", "1000", "2025-02-10"), sale("SO2/1", "500", "2025-08-10")]);
    first.receive(&tenant, &sold).await;
    assert_eq!(posted(&first, &tenant).await, ["100.00 USD"]);
    second.receive(&tenant, &sold).await;
    assert_eq!(posted(&second, &tenant).await, ["50.00 USD"]);
    // And the other way round.
    let nothing: [String; 0] = [];
    assert_eq!(posted(&first, &tenant).await, nothing);
    assert_eq!(posted(&second, &tenant).await, nothing);
}

/// The shop under a version that ends, and one that begins, on a day within the first quarter.
fn two_versions() -> (Shop, Shop) {
    let days = "effective: { from: 2025-01-01, until: 2026-01-01 }";
    let second = [
        (days, "effective: { from: 2025-02-15, until: 2026-01-01 }"),
        ("version: '1'", "version: '2'"),
        ("rate: 10 %", "rate: 12 %"),
    ];
    (Shop::with(&[(days, "effective: { from: 2025-01-01, until: 2025-02-15 }")]), Shop::with(&second))
}

async fn a_period_that_two_versions_share_is_settled_by_each_for_its_days(database: Arc<Fixture>) {
    let (tenant, (first, second)) = (database.store().await.tenant("acme"), two_versions());
    put(&tenant, "one", &first).await;
    put(&tenant, "two", &second).await;
    let sold = sent("b1", [sale("SO1/1", "1000", "2025-02-14"), sale("SO2/1", "500", "2025-02-15")]);
    first.receive(&tenant, &sold).await;
    second.receive(&tenant, &sold).await;
    // In whatever order they settle, and however often.
    assert_eq!(posted(&second, &tenant).await, ["60.00 USD"]);
    assert_eq!(posted(&first, &tenant).await, ["100.00 USD"]);
    let nothing: [String; 0] = [];
    assert_eq!((posted(&first, &tenant).await, posted(&second, &tenant).await), (nothing.to_vec(), nothing.to_vec()));
    // Each adjusts its own days alone.
    let late = sent("b2", [sale("SO3/1", "100", "2025-02-01"), sale("SO4/1", "100", "2025-03-01")]);
    first.receive(&tenant, &late).await;
    second.receive(&tenant, &late).await;
    assert_eq!(posted(&first, &tenant).await, ["20.00 USD"]);
    assert_eq!(posted(&second, &tenant).await, ["12.00 USD"]);
    let keys: Vec<String> = first.posted(&tenant).await.iter().map(|(key, due)| format!("{key}: {due:?}")).collect();
    assert_eq!(keys.len(), 2, "{keys:?}");
    let stands = |key: &str, minor: i64| {
        let due = Payout::Money(Money::from_minor(minor, "USD".parse().unwrap()));
        assert!(keys.contains(&format!("{key}: {due:?}")), "{keys:?}");
    };
    stands("p1/volume/2025-Q1", 12_000);
    stands("p1/volume/2025-Q1 from 2025-02-15", 7_200);
    let latest = format!("SELECT sum(earned_minor) FROM {} WHERE latest", database.table("view_payout"));
    assert_eq!(database.count(&format!("SELECT CAST(({latest}) AS bigint)")).await, 19_200);
}

async fn days_settled_together_with_others_are_refused(database: Arc<Fixture>) {
    let (tenant, first, (_, second)) = (database.store().await.tenant("acme"), Shop::new(), two_versions());
    put(&tenant, "one", &first).await;
    let sold = sent("b1", [sale("SO1/1", "1000", "2025-02-14"), sale("SO2/1", "500", "2025-02-15")]);
    first.receive(&tenant, &sold).await;
    assert_eq!(posted(&first, &tenant).await, ["200.00 USD"]);
    replace(&tenant, "one", "two", &second).await;
    second.receive(&tenant, &sold).await;
    // The first one's 200.00 are for the whole quarter.
    let refused = second.try_settle(&tenant, quarter(1)).await;
    let told = matches!(&refused, Err(SettleError::PeriodCut { key }) if key.period == "2025-Q1");
    assert!(told, "{refused:?}");
    assert!(second.settle(&tenant, quarter(2)).await.settlement.is_none());
    // Once a version for the days before has settled, what is left is told apart.
    let days = "effective: { from: 2025-01-01, until: 2026-01-01 }";
    let first_days = "effective: { from: 2025-01-01, until: 2025-02-15 }\nperiods: { lowering: free }";
    let shorter = Shop::with(&[(days, first_days), ("version: '1'", "version: '3'")]);
    put(&tenant, "three", &shorter).await;
    shorter.receive(&tenant, &sold).await;
    assert_eq!(posted(&shorter, &tenant).await, ["-100.00 USD"]);
    assert_eq!(posted(&second, &tenant).await, ["60.00 USD"]);
}

async fn an_incentive_that_is_gone_stays_only_if_that_is_said(database: Arc<Fixture>) {
    let (tenant, first) = (database.store().await.tenant("acme"), Shop::new());
    let renamed = Shop::with(&[("version: '1'", "version: '2'"), ("\n  volume:", "\n  turnover:")]);
    put(&tenant, "one", &first).await;
    first.receive(&tenant, &sent("b1", [sale("SO1/1", "1000", "2025-02-10")])).await;
    assert_eq!(posted(&first, &tenant).await, ["100.00 USD"]);
    replace(&tenant, "one", "two", &renamed).await;
    // To the rules `turnover` is another incentive: owed beside the one that it was.
    let refused = renamed.try_settle(&tenant, year()).await;
    let told = matches!(&refused, Err(SettleError::IncentiveGone { key }) if key.incentive.as_str() == "volume");
    assert!(told, "{refused:?}");
    let settle = renamed.settling(year()).leaving_gone();
    let settled = tenant.settle(settle, &checker(), at(60)).await.unwrap();
    assert_eq!(settled.posted.iter().map(ToString::to_string).collect::<Vec<_>>(), ["100.00 USD"]);
    assert!(tenant.settle(settle, &checker(), at(60)).await.unwrap().settlement.is_none());
}

async fn the_same_plan_with_other_rates_posts_the_difference(database: Arc<Fixture>) {
    let (tenant, first) = (database.store().await.tenant("acme"), Shop::new());
    let dearer = Shop::with(&[("version: '1'", "version: '2'"), ("rate: 10 %", "rate: 12 %")]);
    assert_eq!(first.program.plan(), dearer.program.plan());
    put(&tenant, "one", &first).await;
    first.receive(&tenant, &sent("b1", [sale("SO1/1", "1000", "2025-02-10")])).await;
    assert_eq!(posted(&first, &tenant).await, ["100.00 USD"]);
    replace(&tenant, "one", "two", &dearer).await;
    assert_eq!(posted(&dearer, &tenant).await, ["20.00 USD"]);
}
