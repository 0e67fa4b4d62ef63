//! The same sales under several programs: each counts the batches that it is sent, in whatever order, and comes to
//! what it would have come to alone.

use std::sync::Arc;

use super::sales::two_sales;
use super::shop::{Sent, Shop, back, kept, of, revised, sale, sent, year};
use super::{Fixture, declare};
use crate::{Received, Tenant};

declare! {
    another_program_counts_the_same_batches
    a_revision_takes_the_place_of_what_the_program_counted
    a_revision_that_the_program_never_counted_is_no_gap
    what_counts_no_more_when_it_is_counted_is_taken_away
    a_lower_revision_is_superseded_under_every_program
}

/// Programs of other measures, so that no sums of theirs can be taken for each other's.
pub(super) fn two_programs() -> [Shop; 2] {
    [Shop::new(), Shop::with(&[("counting_date: invoice", "counting_date: order"), ("category: Bikes", "sku: part")])]
}

/// What both come to after all that stands was sent under both.
async fn check(shops: &[Shop; 2], tenant: &Tenant, standing: &[Sent]) {
    for (shop, number) in shops.iter().zip(1..) {
        assert_eq!(shop.sums(tenant, None).await, shop.folded(standing).0, "program {number}");
    }
}

async fn another_program_counts_the_same_batches(database: Arc<Fixture>) {
    let (tenant, [invoiced, ordered]) = (database.store().await.tenant("acme"), two_programs());
    assert_ne!(invoiced.program.plan(), ordered.program.plan());
    let mut late = of("bike", 12, sale("SO2/1", "50", "2025-02-10"));
    late.dates.invoice = Some("2025-04-10".parse().unwrap());
    let batches = [
        two_sales(),
        sent("b2", [late, sale("SO1/1", "80", "2025-02-10")]),
        sent("b3", [back("SO8/1", "SO2/1", "-4", "2025-08-10")]),
    ];
    for batch in &batches {
        invoiced.receive(&tenant, batch).await;
    }
    let before = invoiced.sums(&tenant, None).await;
    assert!(ordered.sums(&tenant, None).await.is_empty());
    // In another order than they came: each takes its own place among them.
    for batch in batches.iter().rev() {
        ordered.receive(&tenant, batch).await;
    }
    assert_eq!(ordered.sums(&tenant, None).await, ordered.folded(&batches).0);
    assert_eq!(invoiced.sums(&tenant, None).await, before);
    assert!(matches!(ordered.try_receive(&tenant, &batches[0]).await, Ok(Received::Known { receipt: 1, .. })));
    assert_eq!(kept(&database).await[0], 3);
}

async fn a_revision_takes_the_place_of_what_the_program_counted(database: Arc<Fixture>) {
    let (tenant, shops) = (database.store().await.tenant("acme"), two_programs());
    let sold = sent("b1", [sale("SO1/1", "100", "2025-02-10")]);
    let corrected = sent("b2", [sale("SO1/1", "80", "2025-02-10")]);
    let revised = revised("b2", 1, [sale("SO1/1", "70", "2025-02-10")]);
    for shop in &shops {
        shop.receive(&tenant, &sold).await;
        shop.receive(&tenant, &corrected).await;
    }
    // The first program replaces the revision; for the second it stands until it counts the new one.
    for shop in &shops {
        shop.receive(&tenant, &revised).await;
    }
    check(&shops, &tenant, &[sold, revised]).await;
}

async fn a_revision_that_the_program_never_counted_is_no_gap(database: Arc<Fixture>) {
    let (tenant, shops) = (database.store().await.tenant("acme"), two_programs());
    let lines = ["100", "80", "70"].map(|net| [sale("SO1/1", net, "2025-02-10"), sale("SO2", net, "2025-02-10")]);
    let [first, second, third] = [0, 1, 2].map(|at| revised("b1", at, lines[at as usize].clone()));
    let beside = sent("b2", [sale("SO1/1", "60", "2025-02-10"), back("SO8/1", "SO1/1", "-5", "2025-08-10")]);
    for shop in &shops {
        shop.receive(&tenant, &first).await;
    }
    // For the second program the first revision stands, until it counts the third.
    shops[0].receive(&tenant, &second).await;
    for shop in &shops {
        shop.receive(&tenant, &beside).await;
    }
    for shop in &shops {
        shop.receive(&tenant, &third).await;
    }
    check(&shops, &tenant, &[beside, third]).await;
}

async fn what_counts_no_more_when_it_is_counted_is_taken_away(database: Arc<Fixture>) {
    let (tenant, shops) = (database.store().await.tenant("acme"), two_programs());
    let sold = sent("b1", [sale("SO1/1", "100", "2025-02-10")]);
    let beside = sent("b2", [sale("SO1/2", "50", "2025-02-10")]);
    let corrected = sent("b3", [sale("SO1/1", "80", "2025-02-10")]);
    shops[0].receive(&tenant, &sold).await;
    for shop in &shops {
        shop.receive(&tenant, &beside).await;
    }
    shops[0].receive(&tenant, &corrected).await;
    for batch in [&sold, &corrected] {
        shops[1].receive(&tenant, batch).await;
    }
    check(&shops, &tenant, &[sold, beside, corrected]).await;
}

async fn a_lower_revision_is_superseded_under_every_program(database: Arc<Fixture>) {
    let (tenant, shops) = (database.store().await.tenant("acme"), two_programs());
    let lower = sent("b1", [sale("SO1/1", "100", "2025-02-10")]);
    shops[0].receive(&tenant, &lower).await;
    shops[0].receive(&tenant, &revised("b1", 4, [])).await;
    let late = shops[1].try_receive(&tenant, &lower).await.unwrap();
    assert_eq!(late, Received::Superseded { revision: 4 });
    assert!(shops[1].sums(&tenant, None).await.is_empty());
    assert_eq!(shops[0].net(&tenant, "p1", year()).await, "0");
}
