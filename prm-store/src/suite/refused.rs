//! Lines that could not be used: they are told, and count when they can, once.

use std::sync::Arc;

use prm_core::actor::Actor;
use prm_core::incentive::fold::{LineError, Outcome};
use prm_core::incentive::intake::IntakeError;

use super::shop::{Sent, Shop, back, kept, of, revised, sale, sent, to, year};
use super::{Fixture, declare};
use crate::{ReceiveError, Received};

declare! {
    a_refused_line_counts_when_it_can
    a_batch_that_comes_again_counts_what_can_be_used_now
    what_was_counted_by_another_batch_is_not_counted_again
    a_line_that_still_cannot_be_used_makes_nothing_new
    a_replaced_revision_that_comes_again_counts_nothing
    what_counted_is_not_lost_for_want_of_facts
}

async fn a_refused_line_counts_when_it_can(database: Arc<Fixture>) {
    let (store, narrow) = (database.store().await, Shop::new().without("p2"));
    let tenant = store.tenant("acme");
    let lines = [
        sale("SO1/1", "100", "2025-02-10"),
        of("trailer", 1, sale("SO1/2", "10", "2025-02-10")),
        to("p2", sale("SO1/3", "1", "2025-02-10")),
    ];
    let outcomes = narrow.receive(&tenant, &sent("b1", lines.clone())).await;
    assert_eq!(outcomes[0], Ok(Outcome::Counted));
    assert!(matches!(&outcomes[1], Err(LineError::UnknownSku { sku }) if sku.as_str() == "trailer"));
    assert!(matches!(&outcomes[2], Err(LineError::UnknownPartner { partner, .. }) if partner.as_str() == "p2"));
    let tally = tenant.partials(&narrow.program, None, None, &Actor::Host).await.unwrap().tally();
    assert_eq!((tally.lines, tally.counted, tally.refused_lines()), (3, 1, 2));
    assert_eq!(narrow.net(&tenant, "p1", year()).await, "100");
    // Sent again when both are known, they count: once, not as often as they came.
    let wide = Shop::new().selling("trailer");
    wide.receive(&tenant, &sent("b2", lines.clone())).await;
    assert_eq!(wide.sums(&tenant, None).await, wide.folded(&[sent("b1", lines)]).0);
    assert_eq!(wide.net(&tenant, "p1", year()).await, "110");
    assert_eq!(wide.net(&tenant, "p2", year()).await, "1");
}

async fn a_batch_that_comes_again_counts_what_can_be_used_now(database: Arc<Fixture>) {
    let (store, narrow) = (database.store().await, Shop::new());
    let tenant = store.tenant("acme");
    // A sale that cannot be used, its return, and lines of other documents before and behind.
    let batch = sent(
        "b1",
        [
            sale("SO1/1", "100", "2025-02-10"),
            of("trailer", 1, sale("SO2/1", "10", "2025-02-10")),
            back("SO8/1", "SO2/1", "-4", "2025-05-10"),
            sale("SO3/1", "1", "2025-02-10"),
        ],
    );
    narrow.receive(&tenant, &batch).await;
    assert_eq!(narrow.net(&tenant, "p1", year()).await, "97");
    assert!(matches!(narrow.try_receive(&tenant, &batch).await, Ok(Received::Known { .. })));
    let (wide, rows) = (Shop::new().selling("trailer"), kept(&database).await);
    let again = wide.try_receive(&tenant, &batch).await.unwrap();
    let Received::Recounted { receipt: 1, outcomes, tally } = again else { panic!("{again:?}") };
    assert_eq!(outcomes.get(&1), Some(&Ok(Outcome::Counted)));
    assert_eq!((tally.lines, tally.counted, tally.refused_lines()), (4, 4, 0));
    // The return has its sale now, and counts with it.
    assert_eq!(wide.sums(&tenant, None).await, wide.folded(std::slice::from_ref(&batch)).0);
    let Received::Known { tally: known, .. } = wide.try_receive(&tenant, &batch).await.unwrap() else {
        panic!("known")
    };
    assert_eq!(known, tally);
    assert_eq!(tenant.partials(&wide.program, None, None, &Actor::Host).await.unwrap().tally(), tally);
    // No line was kept twice.
    assert_eq!(kept(&database).await[..3], rows[..3]);
}

async fn what_was_counted_by_another_batch_is_not_counted_again(database: Arc<Fixture>) {
    let (store, narrow) = (database.store().await, Shop::new());
    let tenant = store.tenant("acme");
    let refused = sent("b1", [of("trailer", 1, sale("SO1/1", "10", "2025-02-10"))]);
    let repeats = sent("b2", [of("trailer", 1, sale("SO1/1", "10", "2025-02-10")), sale("SO1/2", "1", "2025-02-10")]);
    narrow.receive(&tenant, &refused).await;
    let wide = Shop::new().selling("trailer");
    // The line is the first batch's, and counts there since the second one came.
    assert_eq!(wide.receive(&tenant, &repeats).await, [Ok(Outcome::Repeated), Ok(Outcome::Counted)]);
    assert_eq!(wide.net(&tenant, "p1", year()).await, "11");
    let batches: [Sent; 2] = [refused, repeats];
    for batch in batches.iter().chain(&batches) {
        wide.try_receive(&tenant, batch).await.unwrap();
        assert_eq!(wide.sums(&tenant, None).await, wide.folded(&batches).0);
    }
}

async fn a_line_that_still_cannot_be_used_makes_nothing_new(database: Arc<Fixture>) {
    let (store, shop) = (database.store().await, Shop::new());
    let tenant = store.tenant("acme");
    let corrects = [sale("SO1/1", "90", "2025-02-10"), of("trailer", 1, sale("SO1/2", "10", "2025-02-10"))];
    shop.receive(&tenant, &sent("b1", [sale("SO1/1", "100", "2025-02-10")])).await;
    shop.receive(&tenant, &sent("b2", corrects.clone())).await;
    // What the other line of the document corrected is gone; it has been counted all the same.
    shop.receive(&tenant, &revised("b1", 1, [])).await;
    let again = shop.try_receive(&tenant, &sent("b2", corrects)).await.unwrap();
    assert!(matches!(&again, Received::Known { tally, .. } if tally.corrected == 1), "{again:?}");
}

async fn a_replaced_revision_that_comes_again_counts_nothing(database: Arc<Fixture>) {
    let (store, shop) = (database.store().await, Shop::new());
    let tenant = store.tenant("acme");
    let first = sent("b1", [sale("SO1/1", "100", "2025-02-10")]);
    let old = [sale("SO1/1", "80", "2025-02-10"), of("trailer", 1, sale("SO1/2", "10", "2025-02-10"))];
    let new = revised("b2", 1, []);
    for batch in [&first, &sent("b2", old.clone()), &new] {
        shop.receive(&tenant, batch).await;
    }
    // Although a line of it could not be used then, and could be now.
    let wide = Shop::new().selling("trailer");
    assert_eq!(wide.try_receive(&tenant, &sent("b2", old)).await.unwrap(), Received::Superseded { revision: 1 });
    let beside = sent("b3", [sale("SO1/3", "1", "2025-02-10")]);
    wide.receive(&tenant, &beside).await;
    assert_eq!(wide.sums(&tenant, None).await, wide.folded(&[first, new, beside]).0);
}

async fn what_counted_is_not_lost_for_want_of_facts(database: Arc<Fixture>) {
    let (store, shop) = (database.store().await, Shop::new());
    let tenant = store.tenant("acme");
    let first = [
        sale("SO1/1", "100", "2025-02-10"),
        to("p2", sale("SO1/2", "10", "2025-02-10")),
        of("trailer", 1, sale("SO1/3", "7", "2025-02-10")),
    ];
    shop.receive(&tenant, &sent("b1", first.clone())).await;
    let (rows, sums) = (kept(&database).await, shop.sums(&tenant, None).await);
    // A return touches the document, and `p2` is not among the partners any more.
    let (narrow, touches) = (Shop::new().without("p2"), sent("b2", [back("SO9/1", "SO1/1", "-4", "2025-05-10")]));
    let refused = narrow.try_receive(&tenant, &touches).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "line SO1/2 of batch `b1` was counted, and cannot be now: unknown partner `p2`; the facts must hold what \
         earlier lines need too"
    );
    // So with the batch itself, when its line that could not be used can be now.
    let refused = Shop::new().without("p2").selling("trailer").try_receive(&tenant, &sent("b1", first.clone())).await;
    assert!(matches!(refused, Err(ReceiveError::Intake(IntakeError::FactGone { .. }))), "{refused:?}");
    assert_eq!((kept(&database).await, shop.sums(&tenant, None).await), (rows, sums));
    // What never counted does not stand in the way: the trailer is still unknown.
    shop.receive(&tenant, &touches).await;
    assert_eq!(shop.sums(&tenant, None).await, shop.folded(&[sent("b1", first), touches]).0);
}
