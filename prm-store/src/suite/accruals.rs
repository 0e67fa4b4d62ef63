//! Accruals: what running periods will probably cost stands in the vendor's books until it is settled.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use prm_core::actor::Actor;
use prm_core::incentive::settlement::{DueError, EntryKey};
use prm_core::scaled::Scaled;

use super::ledger::balances;
use super::people::{act, checker, partner, retire, writer};
use super::shop::{Shop, back, day, host_transaction, joined, period, sale, sent, to, year};
use super::versions::put;
use super::{Fixture, declare};
use crate::{Accrue, Accrued, SettleError, StoreError, Tenant};

declare! {
    what_is_accrued_stands_until_it_is_settled
    what_nobody_will_earn_any_more_is_reversed
    a_forecast_is_the_pace_or_the_vendors_own
    an_estimate_replaces_that_of_another_version_for_its_days
    only_finance_accrues_and_only_what_it_can
    an_accrual_falls_with_the_hosts_transaction
}

async fn try_accrue(tenant: &Tenant, shop: &Shop, as_of: &str) -> Result<Accrued, SettleError> {
    let accrue = Accrue::new(&shop.program, &shop.partners, shop.tables(), (year(), day(as_of)));
    tenant.accrue(accrue, &checker()).await
}

/// How much more or less is accrued, by currency.
async fn accrue(tenant: &Tenant, shop: &Shop, as_of: &str) -> Vec<String> {
    try_accrue(tenant, shop, as_of).await.unwrap().posted.iter().map(ToString::to_string).collect()
}

/// What stands accrued.
async fn standing(tenant: &Tenant, known_at: Option<DateTime<Utc>>) -> Vec<String> {
    let accruals = tenant.accruals("Ridgeline", known_at, &checker()).await.unwrap();
    accruals.iter().map(|accrual| format!("{} {}", accrual.key, accrual.amount)).collect()
}

async fn what_is_accrued_stands_until_it_is_settled(database: Arc<Fixture>) {
    let (tenant, shop) = (database.store().await.tenant("acme"), Shop::new());
    let nothing: [String; 0] = [];
    shop.open(&tenant).await;
    shop.receive(
        &tenant,
        &sent("b1", [sale("SO1/1", "1000", "2025-02-10"), to("p2", sale("SO1/2", "50", "2025-02-10"))]),
    )
    .await;
    assert_eq!(accrue(&tenant, &shop, "2025-02-28").await, ["105.00 USD"]);
    assert_eq!(accrue(&tenant, &shop, "2025-02-28").await, nothing);
    assert!(balances(&tenant, None).await.is_empty(), "nobody is owed an estimate");
    let first = tenant.accruals("Ridgeline", None, &checker()).await.unwrap()[0].recorded_at;
    shop.receive(&tenant, &sent("b2", [sale("SO2/1", "500", "2025-03-10"), sale("SO3/1", "10", "2025-05-10")])).await;
    // The second quarter has not begun.
    assert_eq!(accrue(&tenant, &shop, "2025-03-31").await, ["100.00 USD"]);
    assert_eq!(standing(&tenant, None).await, ["p1/volume/2025-Q1 200.00 USD", "p2/volume/2025-Q1 5.00 USD"]);
    assert_eq!(accrue(&tenant, &shop, "2025-05-31").await, ["1.00 USD"]);
    // What is settled is owed, and not estimated any more; what was known before stays known.
    let first_quarter = shop.settling(period("2025-01-01", "2025-04-01"));
    let settled = tenant.settle(first_quarter, &checker(), super::people::at(60)).await.unwrap();
    let told = |amounts: &[prm_core::money::Money]| amounts.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(
        (told(&settled.posted), told(&settled.reversed)),
        (vec!["205.00 USD".to_owned()], vec!["-205.00 USD".to_owned()])
    );
    assert_eq!(standing(&tenant, None).await, ["p1/volume/2025-Q2 1.00 USD"]);
    assert_eq!(standing(&tenant, Some(first)).await, ["p1/volume/2025-Q1 100.00 USD", "p2/volume/2025-Q1 5.00 USD"]);
    assert_eq!(accrue(&tenant, &shop, "2025-05-31").await, nothing);
}

async fn what_nobody_will_earn_any_more_is_reversed(database: Arc<Fixture>) {
    let (tenant, shop) = (database.store().await.tenant("acme"), Shop::new());
    shop.open(&tenant).await;
    shop.receive(&tenant, &sent("b1", [sale("SO1/1", "1000", "2025-02-10")])).await;
    assert_eq!(accrue(&tenant, &shop, "2025-02-28").await, ["100.00 USD"]);
    shop.receive(&tenant, &sent("b2", [back("R1/1", "SO1/1", "-1000", "2025-03-01")])).await;
    assert_eq!(accrue(&tenant, &shop, "2025-03-01").await, ["-100.00 USD"]);
    shop.receive(&tenant, &sent("b3", [sale("SO2/1", "700", "2025-03-10")])).await;
    assert_eq!(accrue(&tenant, &shop, "2025-03-31").await, ["70.00 USD"]);
    // It is taken back before it is settled: nothing is owed, and nothing is left in the books.
    shop.receive(&tenant, &sent("b4", [back("R2/1", "SO2/1", "-700", "2025-03-31")])).await;
    let settled = shop.settle(&tenant, year()).await;
    assert!(settled.posted.iter().all(|money| money.is_zero()), "{settled:?}");
    assert_eq!(settled.reversed.iter().map(ToString::to_string).collect::<Vec<_>>(), ["-70.00 USD"]);
    assert!(standing(&tenant, None).await.is_empty());
}

async fn a_forecast_is_the_pace_or_the_vendors_own(database: Arc<Fixture>) {
    let forecast = "currency: USD\naccruals: { method: forecast }";
    let (tenant, shop) = (database.store().await.tenant("acme"), Shop::with(&[("currency: USD", forecast)]));
    shop.open(&tenant).await;
    shop.receive(&tenant, &sent("b1", [sale("SO1/1", "1000", "2025-02-10")])).await;
    // 1,000 in 45 of 90 days are 2,000 in all of them, which would earn 300.00: 15 %.
    assert_eq!(accrue(&tenant, &shop, "2025-02-14").await, ["150.00 USD"]);
    let key =
        EntryKey { partner: "p1".parse().unwrap(), incentive: "volume".parse().unwrap(), period: "2025-Q1".to_owned() };
    // 4,000 would earn 700.00: 17.5 %.
    let own = BTreeMap::from([(key, Scaled::new(4_000, 0))]);
    let accrue = Accrue::new(&shop.program, &shop.partners, shop.tables(), (year(), day("2025-02-14")));
    let accrued = tenant.accrue(accrue.forecasts(&own), &Actor::Host).await.unwrap();
    assert_eq!(accrued.posted.iter().map(ToString::to_string).collect::<Vec<_>>(), ["25.00 USD"]);
    let [change] = accrued.changes.as_slice() else { panic!("{accrued:?}") };
    let estimate = change.estimate.as_ref().unwrap();
    assert_eq!((estimate.expected.to_string(), change.amount.to_string()), ("700.00 USD".into(), "175.00 USD".into()));
    let stands = &tenant.accruals("Ridgeline", None, &checker()).await.unwrap()[0];
    assert_eq!(Some(&stands.estimate), change.estimate.as_ref());
}

async fn an_estimate_replaces_that_of_another_version_for_its_days(database: Arc<Fixture>) {
    let tenant = database.store().await.tenant("acme");
    let days = "effective: { from: 2025-01-01, until: 2026-01-01 }";
    let first = Shop::with(&[(days, "effective: { from: 2025-01-01, until: 2025-02-15 }")]);
    let second =
        Shop::with(&[(days, "effective: { from: 2025-02-15, until: 2026-01-01 }"), ("version: '1'", "version: '2'")]);
    let dearer = Shop::with(&[
        (days, "effective: { from: 2025-02-15, until: 2026-01-01 }"),
        ("version: '1'", "version: '3'"),
        ("\n  volume:", "\n  turnover:"),
        ("rate: 10 %", "rate: 12 %"),
    ]);
    let sold = sent("b1", [sale("SO1/1", "1000", "2025-02-14"), sale("SO2/1", "500", "2025-02-15")]);
    for (id, shop) in [("one", &first), ("two", &second)] {
        put(&tenant, id, shop).await;
        shop.receive(&tenant, &sold).await;
    }
    assert_eq!(accrue(&tenant, &first, "2025-03-31").await, ["100.00 USD"]);
    assert_eq!(accrue(&tenant, &second, "2025-03-31").await, ["50.00 USD"]);
    assert!(accrue(&tenant, &first, "2025-03-31").await.is_empty());
    act(&tenant, "two", retire("replaced"), writer(), 8).await.unwrap();
    put(&tenant, "three", &dearer).await;
    assert_eq!(accrue(&tenant, &dearer, "2025-03-31").await, ["10.00 USD"]);
    let stands = ["p1/turnover/2025-Q1 from 2025-02-15 60.00 USD", "p1/volume/2025-Q1 100.00 USD"];
    assert_eq!(standing(&tenant, None).await, stands);
    // Each settlement reverses what is of its own days.
    dearer.settle(&tenant, year()).await;
    assert_eq!(standing(&tenant, None).await, ["p1/volume/2025-Q1 100.00 USD"]);
    first.settle(&tenant, year()).await;
    assert!(standing(&tenant, None).await.is_empty());
}

async fn only_finance_accrues_and_only_what_it_can(database: Arc<Fixture>) {
    let (tenant, shop) = (database.store().await.tenant("acme"), Shop::new());
    let refused = try_accrue(&tenant, &shop, "2025-02-28").await;
    assert!(matches!(refused, Err(SettleError::NotActive { .. })), "{refused:?}");
    shop.open(&tenant).await;
    shop.receive(&tenant, &sent("b1", [sale("SO1/1", "1000", "2025-02-10")])).await;
    for by in [writer(), partner()] {
        let accrue = Accrue::new(&shop.program, &shop.partners, shop.tables(), (year(), day("2025-02-28")));
        assert!(matches!(tenant.accrue(accrue, &by).await, Err(SettleError::Denied)), "{by:?}");
    }
    let read = tenant.accruals("Ridgeline", None, &partner()).await;
    assert!(matches!(read, Err(StoreError::Denied)), "{read:?}");
    let fewer = Shop::new().without("p1");
    let refused = try_accrue(&tenant, &fewer, "2025-02-28").await;
    let told =
        matches!(&refused, Err(SettleError::Due(DueError::PartnerNotGiven { partner })) if partner.as_str() == "p1");
    assert!(told, "{refused:?}");
    assert!(standing(&tenant, None).await.is_empty());
}

async fn an_accrual_falls_with_the_hosts_transaction(database: Arc<Fixture>) {
    let (tenant, shop) = (database.store().await.tenant("acme"), Shop::new());
    shop.open(&tenant).await;
    shop.receive(&tenant, &sent("b1", [sale("SO1/1", "1000", "2025-02-10")])).await;
    let accrue = Accrue::new(&shop.program, &shop.partners, shop.tables(), (year(), day("2025-02-28")));
    let mut transaction = host_transaction(&database).await;
    let accrued = tenant.accrue_in(joined(&mut transaction), accrue, &checker()).await.unwrap();
    assert_eq!(accrued.accrual, Some(1));
    drop(transaction);
    assert!(standing(&tenant, None).await.is_empty());
    let mut transaction = host_transaction(&database).await;
    tenant.accrue_in(joined(&mut transaction), accrue, &checker()).await.unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(standing(&tenant, None).await, ["p1/volume/2025-Q1 100.00 USD"]);
}
