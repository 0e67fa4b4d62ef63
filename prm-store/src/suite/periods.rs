//! Periods: closed by their dates, reopened and lowered by two persons, final in the end.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use prm_core::incentive::periods::exception::{Ask, Command, PeriodException, What};
use prm_core::incentive::periods::{WhyWithheld, Withheld};

use super::people::{act, activate, at, checker, retire, writer};
use super::shop::{Shop, quarter, revised, sale, sent};
use super::{Fixture, declare};
use crate::{Action, ExecuteError, Meta, Settled, Tenant};
use prm_core::program::version::Draft;

declare! {
    what_comes_after_the_close_does_not_count_where_it_is_refused
    what_comes_after_the_close_counts_in_the_running_period_where_it_shall
    a_period_is_reopened_by_two_persons
    other_rules_lower_a_closed_period_only_with_an_exception
    a_final_period_stands
}

fn day(text: &str) -> DateTime<Utc> {
    format!("{text}T12:00:00Z").parse().unwrap()
}

async fn settle(tenant: &Tenant, shop: &Shop, on: &str) -> Settled {
    tenant.settle(shop.settling(super::shop::year()), &checker(), day(on)).await.unwrap()
}

fn owed(settled: &Settled) -> Vec<String> {
    settled.posted.iter().map(ToString::to_string).collect()
}

/// A shop whose first batch came on the last day before its first quarter was closed, and whose second one came later.
async fn late(database: &Fixture, policy: &str) -> (Tenant, Shop) {
    let policy = format!("currency: USD\nperiods: {policy}");
    let (tenant, shop) = (database.store().await.tenant("acme"), Shop::with(&[("currency: USD", policy.as_str())]));
    shop.open(&tenant).await;
    shop.receive(&tenant, &sent("b1", [sale("SO1/1", "1000", "2025-02-10")])).await;
    let sums = database.table("sums");
    database.run(&format!("UPDATE {sums} SET recorded_at = '2025-04-15T23:59:59.999999Z' WHERE receipt = 1")).await;
    assert_eq!(owed(&settle(&tenant, &shop, "2025-04-16").await), ["100.00 USD"]);
    shop.receive(&tenant, &sent("b2", [sale("SO2/1", "500", "2025-03-10"), sale("SO2/2", "50", "2025-05-10")])).await;
    (tenant, shop)
}

async fn what_comes_after_the_close_does_not_count_where_it_is_refused(database: Arc<Fixture>) {
    let (tenant, shop) = late(&database, "{ after_close: refuse }").await;
    assert_eq!(owed(&settle(&tenant, &shop, "2025-05-20").await), ["5.00 USD"]);
    assert!(settle(&tenant, &shop, "2025-05-21").await.settlement.is_none());
}

async fn what_comes_after_the_close_counts_in_the_running_period_where_it_shall(database: Arc<Fixture>) {
    let (tenant, shop) = late(&database, "{ after_close: current }").await;
    // Of 550 in the second quarter.
    assert_eq!(owed(&settle(&tenant, &shop, "2025-05-20").await), ["55.00 USD"]);
    assert!(settle(&tenant, &shop, "2025-05-21").await.settlement.is_none());
}

async fn ask(tenant: &Tenant, id: &str, period: &str, what: What) {
    let ask = Ask { program: "Ridgeline".to_owned(), period: period.to_owned(), what, reason: "agreed".to_owned() };
    let meta = Meta::new(super::people::writer(), at(1));
    tenant.execute::<PeriodException>(id, Action::Open(ask), &(), &meta).await.unwrap();
}

async fn a_period_is_reopened_by_two_persons(database: Arc<Fixture>) {
    let (tenant, shop) = late(&database, "{ after_close: refuse }").await;
    ask(&tenant, "x1", "2025-Q1", What::Reopen { until: "2025-06-01".parse().unwrap() }).await;
    let approve = |by| Meta::new(by, at(2));
    let same =
        tenant.execute::<PeriodException>("x1", Action::Command(Command::Approve), &(), &approve(writer())).await;
    assert!(matches!(same, Err(ExecuteError::Refused(_))), "{same:?}");
    assert_eq!(owed(&settle(&tenant, &shop, "2025-05-20").await), ["5.00 USD"]);
    tenant.execute::<PeriodException>("x1", Action::Command(Command::Approve), &(), &approve(checker())).await.unwrap();
    // Now 1,500 count, of which 500 lie above 1,000; and once it is closed again they stay.
    assert_eq!(owed(&settle(&tenant, &shop, "2025-05-20").await), ["100.00 USD"]);
    let sums = database.table("sums");
    database.run(&format!("UPDATE {sums} SET recorded_at = '2025-05-20T00:00:00.000000Z' WHERE receipt = 2")).await;
    assert!(settle(&tenant, &shop, "2025-06-02").await.settlement.is_none());
}

async fn other_rules_lower_a_closed_period_only_with_an_exception(database: Arc<Fixture>) {
    let (tenant, first) = (database.store().await.tenant("acme"), Shop::new());
    let cheaper = Shop::with(&[("version: '1'", "version: '2'"), ("rate: 10 %", "rate: 8 %")]);
    first.open(&tenant).await;
    first
        .receive(&tenant, &sent("b1", [sale("SO1/1", "1000", "2025-02-10"), sale("SO1/2", "100", "2025-05-10")]))
        .await;
    assert_eq!(owed(&settle(&tenant, &first, "2025-06-30").await), ["110.00 USD"]);
    act(&tenant, "Ridgeline", retire("replaced"), writer(), 8).await.unwrap();
    act(&tenant, "two", Action::Open(Draft { text: cheaper.text.clone() }), writer(), 8).await.unwrap();
    act(&tenant, "two", activate(), checker(), 9).await.unwrap();
    // The first quarter is closed and stands; the second one is open and follows the rules.
    let settled = settle(&tenant, &cheaper, "2025-06-30").await;
    assert_eq!(owed(&settled), ["-2.00 USD"]);
    let told = |settled: &Settled| {
        let told =
            |Withheld { key, due, stands, why, .. }: &Withheld| format!("{key} {due} {} {why:?}", stands.unwrap());
        settled.withheld.iter().map(told).collect::<Vec<_>>()
    };
    assert_eq!(told(&settled), ["p1/volume/2025-Q1 80.00 USD 100.00 USD Lowers"]);
    ask(&tenant, "x1", "2025-Q1", What::Lower { incentive: "volume".parse().unwrap() }).await;
    assert_eq!(told(&settle(&tenant, &cheaper, "2025-06-30").await).len(), 1, "one person is not enough");
    let meta = Meta::new(checker(), at(20));
    tenant.execute::<PeriodException>("x1", Action::Command(Command::Approve), &(), &meta).await.unwrap();
    let settled = settle(&tenant, &cheaper, "2025-06-30").await;
    assert_eq!((owed(&settled), told(&settled)), (vec!["-20.00 USD".to_owned()], Vec::new()));
    // What lines lower needs nobody's leave.
    cheaper.receive(&tenant, &revised("b1", 1, [sale("SO1/2", "100", "2025-05-10")])).await;
    assert_eq!(owed(&settle(&tenant, &cheaper, "2025-06-30").await), ["-80.00 USD"]);
}

async fn a_final_period_stands(database: Arc<Fixture>) {
    let (tenant, shop) = late(&database, "{ final_after: 6 months }").await;
    let settled = settle(&tenant, &shop, "2025-10-01").await;
    assert_eq!(owed(&settled), ["5.00 USD"]);
    assert_eq!(settled.withheld.len(), 1);
    assert_eq!((settled.withheld[0].why, settled.withheld[0].key.period.as_str()), (WhyWithheld::Final, "2025-Q1"));
    assert!(tenant.trial_balance(&checker()).await.unwrap().holds());
    assert!(
        tenant.settle(shop.settling(quarter(1)), &checker(), day("2025-09-30")).await.unwrap().settlement.is_some()
    );
}
