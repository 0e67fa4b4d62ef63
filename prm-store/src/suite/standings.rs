//! Standings: tiers are followed, recorded, kept, and decide what is due.

use std::sync::Arc;

use prm_core::id::PartnerId;
use prm_core::tier::override_::{Ask, Command, Event, Given, OverrideRecord};
use prm_core::zone::Zone;

use super::people::{at, checker, writer};
use super::shop::{Shop, day, quarter, revised, sale, sent, to};
use super::{Fixture, declare};
use crate::{Action, Meta, Stand, StandError, Tenant};

declare! {
    tiers_are_followed_and_recorded_once
    a_recorded_tier_stays_though_what_it_rested_on_is_gone
    tiers_that_are_computed_anew_are_known_as_they_were
    a_granted_tier_is_held_for_its_days
    the_end_of_a_granted_tier_is_noted_and_changes_no_answer
    what_is_for_a_tier_is_settled_by_what_was_recorded
    only_finance_and_the_host_follow_tiers
}

/// A shop with two tiers, where what `more` says of them is said.
fn shop(more: &str) -> Shop {
    let tiers = "incentives:\n  silver_only:\n    kind: rebate\n    for: { tier: silver }\n    measure: { of: net_revenue }\n    \
         every: quarter\n    schedule: { shape: whole_volume, bands: [{ from: 0, rate: 1 % }] }\n";
    let levels = "[{ name: registered }, { name: silver, requires: { metric: net_revenue, over: trailing 4 quarters, at_least: 1000 } }]";
    let head = format!("tiers: {{ {more} review: {{ every: quarter, promote: at_once }}, levels: {levels} }}\n{tiers}");
    Shop::with(&[("incentives:\n", head.as_str())])
}

async fn follow(tenant: &Tenant, shop: &Shop, until: &str) -> Vec<String> {
    let stand = Stand::new(&shop.program, &shop.partners, day(until));
    let found = tenant.follow_tiers(stand, &checker()).await.unwrap();
    let told = found.iter().flat_map(|(partner, changes)| {
        changes.iter().map(move |change| {
            let tier = change.tier.as_ref().map_or("none", |tier| tier.as_str());
            format!("{partner} {} {tier}", change.on)
        })
    });
    told.collect()
}

async fn tiers_are_followed_and_recorded_once(database: Arc<Fixture>) {
    let (tenant, shop) = (database.store().await.tenant("acme"), shop(""));
    shop.open(&tenant).await;
    let lines = [
        sale("SO1/1", "600", "2025-01-10"),
        sale("SO1/2", "400", "2025-02-10"),
        to("p2", sale("SO1/3", "1", "2025-01-31")),
    ];
    shop.receive(&tenant, &sent("b1", lines)).await;
    assert_eq!(follow(&tenant, &shop, "2025-02-01").await, ["p1 2025-01-10 registered", "p2 2025-01-31 registered"]);
    assert!(follow(&tenant, &shop, "2025-02-01").await.is_empty());
    assert_eq!(follow(&tenant, &shop, "2025-04-01").await, ["p1 2025-02-11 silver"]);
    // In steps or at once, it is the same history.
    let history = tenant.tiers("Ridgeline", None, &checker()).await.unwrap();
    assert_eq!(history.tier_on("p1", day("2025-02-10")).unwrap().as_str(), "registered");
    assert_eq!(history.tier_on("p1", day("2025-02-11")).unwrap().as_str(), "silver");
    assert_eq!(history.changes("p1").len(), 2);
    let view = database.table("view_tier");
    assert_eq!(database.count(&format!("SELECT count(*) FROM {view} WHERE tier = 'silver' AND latest")).await, 1);
}

async fn a_recorded_tier_stays_though_what_it_rested_on_is_gone(database: Arc<Fixture>) {
    let (tenant, shop) = (database.store().await.tenant("acme"), shop(""));
    shop.open(&tenant).await;
    shop.receive(&tenant, &sent("b1", [sale("SO1/1", "1000", "2025-01-10")])).await;
    assert_eq!(follow(&tenant, &shop, "2025-03-01").await, ["p1 2025-01-10 registered", "p1 2025-01-11 silver"]);
    shop.receive(&tenant, &revised("b1", 1, [sale("SO1/1", "10", "2025-01-10")])).await;
    // A late sale would have made it silver a day earlier, too: no day that was answered gets another answer.
    shop.receive(&tenant, &sent("b2", [to("p2", sale("SO2/1", "5000", "2025-01-05"))])).await;
    let found = follow(&tenant, &shop, "2025-03-15").await;
    assert_eq!(found, ["p2 2025-03-01 registered", "p2 2025-03-01 silver"]);
    let history = tenant.tiers("Ridgeline", None, &checker()).await.unwrap();
    assert_eq!(history.tier_on("p1", day("2025-03-14")).unwrap().as_str(), "silver");
}

async fn tiers_that_are_computed_anew_are_known_as_they_were(database: Arc<Fixture>) {
    let (tenant, shop) = (database.store().await.tenant("acme"), shop("late_lines: recompute,"));
    shop.open(&tenant).await;
    shop.receive(&tenant, &sent("b1", [sale("SO1/1", "1000", "2025-01-10")])).await;
    follow(&tenant, &shop, "2025-03-01").await;
    let then = chrono::Utc::now();
    shop.receive(&tenant, &revised("b1", 1, [sale("SO1/1", "10", "2025-01-10")])).await;
    assert_eq!(follow(&tenant, &shop, "2025-03-01").await, ["p1 2025-01-10 registered"]);
    let tier = async |known_at| {
        let history = tenant.tiers("Ridgeline", known_at, &checker()).await.unwrap();
        history.tier_on("p1", day("2025-02-01")).map(ToString::to_string)
    };
    assert_eq!((tier(Some(then)).await.as_deref(), tier(None).await.as_deref()), (Some("silver"), Some("registered")));
}

fn given() -> Given {
    Given { today: day("2025-06-15"), zone: Zone::utc() }
}

/// Asks that a partner be silver from 20 June until 10 July.
async fn ask(tenant: &Tenant, id: &str, partner: &str) {
    let (from, until) = (day("2025-06-20"), day("2025-07-10"));
    let (partner, tier): (PartnerId, _) = (partner.parse().unwrap(), "silver".parse().unwrap());
    let ask = Ask { program: "Ridgeline".to_owned(), partner, tier, from, until, reason: "a new market".to_owned() };
    tenant.execute::<OverrideRecord>(id, Action::Open(ask), &given(), &Meta::new(writer(), at(1))).await.unwrap();
}

async fn approve(tenant: &Tenant, id: &str) {
    let approve = Action::Command(Command::Approve);
    tenant.execute::<OverrideRecord>(id, approve, &given(), &Meta::new(checker(), at(2))).await.unwrap();
}

async fn a_granted_tier_is_held_for_its_days(database: Arc<Fixture>) {
    let (tenant, shop) = (database.store().await.tenant("acme"), shop(""));
    shop.open(&tenant).await;
    shop.receive(&tenant, &sent("b1", [sale("SO1/1", "10", "2025-01-10")])).await;
    ask(&tenant, "o1", "p1").await;
    assert_eq!(follow(&tenant, &shop, "2025-06-16").await, ["p1 2025-01-10 registered"]);
    approve(&tenant, "o1").await;
    assert_eq!(follow(&tenant, &shop, "2025-08-01").await, ["p1 2025-06-20 silver", "p1 2025-07-10 registered"]);
}

async fn the_end_of_a_granted_tier_is_noted_and_changes_no_answer(database: Arc<Fixture>) {
    let (tenant, shop) = (database.store().await.tenant("acme"), shop("late_lines: recompute,"));
    shop.open(&tenant).await;
    shop.receive(&tenant, &sent("b1", [sale("SO1/1", "10", "2025-01-10")])).await;
    ask(&tenant, "granted", "p1").await;
    ask(&tenant, "asked", "p1").await;
    approve(&tenant, "granted").await;
    let found = ["p1 2025-01-10 registered", "p1 2025-06-20 silver", "p1 2025-07-10 registered"];
    assert_eq!(follow(&tenant, &shop, "2025-08-01").await, found);
    let end = "2025-07-10T00:00:00Z".parse().unwrap();
    let ran = async |now| tenant.run_due::<OverrideRecord>(now, 10).await.unwrap().noted;
    assert!(ran(end - chrono::Duration::seconds(1)).await.is_empty());
    assert_eq!(ran(end).await, ["granted"]);
    assert!(ran(end).await.is_empty(), "it is noted once");
    let history = tenant.history::<OverrideRecord>("granted", &writer()).await.unwrap();
    assert_eq!(history.last(), Some(&Event::Ended { at: end }));
    // Everything is computed anew, and is as it was.
    assert!(follow(&tenant, &shop, "2025-08-01").await.is_empty());
    let history = tenant.tiers("Ridgeline", None, &checker()).await.unwrap();
    assert_eq!(history.tier_on("p1", day("2025-07-09")).unwrap().as_str(), "silver");
    assert_eq!(history.tier_on("p1", day("2025-07-10")).unwrap().as_str(), "registered");
}

async fn what_is_for_a_tier_is_settled_by_what_was_recorded(database: Arc<Fixture>) {
    let (tenant, shop) = (database.store().await.tenant("acme"), shop(""));
    shop.open(&tenant).await;
    shop.receive(
        &tenant,
        &sent("b1", [sale("SO1/1", "1000", "2025-01-10"), to("p2", sale("SO1/2", "999", "2025-01-10"))]),
    )
    .await;
    // Nobody was followed yet, so nobody is silver.
    let due = |settled: crate::Settled| {
        let silver = settled.entries.iter().filter(|entry| entry.key().incentive.as_str() == "silver_only");
        silver.map(|entry| format!("{} {}", entry.key().partner, entry.explanation.earned)).collect::<Vec<_>>()
    };
    assert!(due(shop.settle(&tenant, quarter(1)).await).is_empty());
    follow(&tenant, &shop, "2025-04-01").await;
    assert_eq!(due(shop.settle(&tenant, quarter(1)).await), ["p1 10.00 USD"]);
}

async fn only_finance_and_the_host_follow_tiers(database: Arc<Fixture>) {
    let (tenant, shop) = (database.store().await.tenant("acme"), shop(""));
    shop.draft(&tenant).await;
    let stand = || Stand::new(&shop.program, &shop.partners, day("2025-04-01"));
    assert!(matches!(tenant.follow_tiers(stand(), &writer()).await, Err(StandError::Denied)));
    assert!(matches!(tenant.follow_tiers(stand(), &checker()).await, Err(StandError::NotActive { .. })));
    let partner = super::people::partner();
    assert!(tenant.tiers("Ridgeline", None, &partner).await.is_err());
}
