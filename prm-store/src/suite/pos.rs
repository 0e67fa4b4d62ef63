//! Point of sale against sell-in, over the lines that are in force.

use std::sync::Arc;

use prm_core::incentive::line::{ChannelStep, CountingDate, SaleLine};
use prm_core::incentive::pos::PosCheck;

use super::people::{checker, partner};
use super::shop::{Shop, back, day, of, revised, sale, sent};
use super::{Fixture, declare};
use crate::{StoreError, Tenant};

declare! {
    what_is_reported_above_sell_in_is_told
    many_documents_are_compared_page_by_page
}

/// Sold by a distributor to a reseller, as the distributor reports it.
fn reported(mut line: SaleLine) -> SaleLine {
    line.step = ChannelStep::SellThrough;
    line.seller = Some("p1".parse().unwrap());
    line.buyer = Some("p2".parse().unwrap());
    line
}

async fn told(tenant: &Tenant, as_of: &str) -> Vec<String> {
    let check = PosCheck::new(ChannelStep::SellThrough, CountingDate::Invoice);
    let report = tenant.pos_above_sell_in(&check, day(as_of), &checker()).await.unwrap();
    assert_eq!(report.unknown, []);
    let told =
        report.above.iter().map(|above| format!("{} {} {} {}", above.partner, above.sku, above.above, above.since));
    told.collect()
}

async fn what_is_reported_above_sell_in_is_told(database: Arc<Fixture>) {
    let (tenant, shop) = (database.store().await.tenant("acme"), Shop::new());
    shop.open(&tenant).await;
    let delivered = [of("bike", 10, sale("SO1/1", "1000", "2025-01-05")), sale("SO1/2", "10", "2025-01-05")];
    shop.receive(&tenant, &sent("b1", delivered)).await;
    let pos = |units, on| reported(of("bike", units, sale("POS1/1", "900", on)));
    shop.receive(&tenant, &sent("pos-01", [pos(12, "2025-01-20")])).await;
    assert_eq!(told(&tenant, "2025-01-31").await, ["p1 bike 2 2025-01-20"]);
    // The distributor restates its report, in another revision or as a correction; what it sends back counts.
    shop.receive(&tenant, &revised("pos-01", 1, [pos(9, "2025-01-20")])).await;
    assert!(told(&tenant, "2025-01-31").await.is_empty());
    shop.receive(&tenant, &sent("b2", [of("bike", -2, back("R1/1", "SO1/1", "-200", "2025-02-01"))])).await;
    assert_eq!(told(&tenant, "2025-02-28").await, ["p1 bike 1 2025-02-01"]);
    shop.receive(&tenant, &sent("pos-02", [pos(8, "2025-01-20")])).await;
    assert!(told(&tenant, "2025-02-28").await.is_empty());
    // Partners see nothing of it, nor do other tenants.
    let check = PosCheck::new(ChannelStep::SellThrough, CountingDate::Invoice);
    let refused = tenant.pos_above_sell_in(&check, day("2025-02-28"), &partner()).await;
    assert!(matches!(refused, Err(StoreError::Denied)), "{refused:?}");
    assert!(told(&database.store().await.tenant("other"), "2025-02-28").await.is_empty());
}

async fn many_documents_are_compared_page_by_page(database: Arc<Fixture>) {
    let (tenant, shop) = (database.store().await.tenant("acme"), Shop::new());
    shop.open(&tenant).await;
    let delivered: Vec<SaleLine> = (0..700).map(|number| sale(&format!("SO{number}/1"), "10", "2025-01-05")).collect();
    let sold = (0..701).map(|number| reported(sale(&format!("POS{number}/1"), "10", "2025-01-20")));
    shop.receive(&tenant, &sent("b1", delivered)).await;
    shop.receive(&tenant, &sent("pos-01", sold.collect::<Vec<_>>())).await;
    assert_eq!(told(&tenant, "2025-01-31").await, ["p1 part 1 2025-01-20"]);
}
