//! Growth: baselines reach back beyond what is settled, and stay as they were known on the day they were frozen.

use std::sync::Arc;

use prm_core::actor::Actor;
use prm_core::incentive::explain::Basis;
use prm_core::incentive::verify::{Verified, verify};
use prm_core::program::tables::Tables;

use super::shop::{Shop, back, day, quarter, sale, sent};
use super::{Fixture, declare};
use crate::{EntryFilter, Settled};

declare! {
    a_baseline_is_known_though_its_period_is_not_settled
    a_frozen_baseline_stays_as_it_was_known
}

fn shop(freeze: &str) -> Shop {
    let measure = format!("measure: {{ growth_of: net_revenue, against: previous_period{freeze} }}");
    Shop::with(&[
        ("measure: { of: net_revenue }", measure.as_str()),
        ("bands: [{ from: 0, rate: 10 % }, { from: 1000, rate: 20 % }]", "bands: [{ from: 5 %, rate: 10 % }]"),
    ])
}

fn owed(settled: &Settled) -> Vec<String> {
    settled.posted.iter().map(ToString::to_string).collect()
}

async fn a_baseline_is_known_though_its_period_is_not_settled(database: Arc<Fixture>) {
    let (tenant, shop) = (database.store().await.tenant("acme"), shop(""));
    shop.open(&tenant).await;
    shop.receive(&tenant, &sent("b1", [sale("SO1/1", "1000", "2025-02-10"), sale("SO1/2", "1250", "2025-05-10")]))
        .await;
    // 10 % of what lies beyond 1,050.
    assert_eq!(owed(&shop.settle(&tenant, quarter(2)).await), ["20.00 USD"]);
    // A return of the first quarter changes the second.
    shop.receive(&tenant, &sent("b2", [back("SO9/1", "SO1/1", "-200", "2025-06-10")])).await;
    assert_eq!(owed(&shop.settle(&tenant, quarter(2)).await), ["21.00 USD"]);
}

async fn a_frozen_baseline_stays_as_it_was_known(database: Arc<Fixture>) {
    let (tenant, shop) = (database.store().await.tenant("acme"), shop(", freeze: 30 days after period"));
    shop.open(&tenant).await;
    shop.receive(&tenant, &sent("b1", [sale("SO1/1", "1000", "2025-02-10"), sale("SO1/2", "1250", "2025-05-10")]))
        .await;
    let sums = database.table("sums");
    database.run(&format!("UPDATE {sums} SET recorded_at = '2025-04-30T23:59:59.999999Z' WHERE receipt = 1")).await;
    shop.receive(&tenant, &sent("b2", [back("SO9/1", "SO1/1", "-200", "2025-06-10")])).await;
    assert_eq!(owed(&shop.settle(&tenant, quarter(2)).await), ["20.00 USD"]);
    let entries = tenant.entries(&EntryFilter::default(), &Actor::Host).await.unwrap();
    let entry = entries.iter().find(|posted| posted.entry.key().incentive.as_str() == "volume").unwrap();
    let growth = entry.entry.explanation.growth.as_ref().unwrap();
    assert_eq!((growth.frozen_on, growth.baseline.value.to_string()), (Some(day("2025-05-01")), "1000".to_owned()));
    // With the baseline as it was known then it holds, and not with the one as it is now.
    let partials = tenant.partials(&shop.program, None, None, &Actor::Host).await.unwrap();
    let frozen = tenant.baselines(&shop.program, quarter(2), day("2025-07-01"), &Actor::Host).await.unwrap();
    let (tables, explanation) = (Tables::new(), &entry.entry.explanation);
    let (basis, partner) = (Basis::new(&shop.program, &partials, &tables), &shop.partners[&explanation.partner]);
    assert_eq!(verify(explanation, basis.frozen(&frozen), partner), Ok(Verified::Whole));
    assert!(verify(explanation, basis, partner).is_err());
    // A day earlier the books knew nothing, and what was sold before they were begun is taken as it is.
    database.run(&format!("UPDATE {sums} SET recorded_at = '2025-05-01T00:00:00.000000Z' WHERE receipt = 1")).await;
    assert_eq!(owed(&shop.settle(&tenant, quarter(2)).await), ["21.00 USD"]);
}
