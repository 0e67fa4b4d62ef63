//! Receiving: every line counts once, whatever batches bring it, correct it, take it back or replace it.

use std::sync::Arc;

use chrono::Utc;
use prm_core::actor::{Actor, VendorRole};
use prm_core::incentive::fold::{Facts, Outcome};
use prm_core::incentive::intake::IntakeError;

use super::people::{checker, partner, writer};
use super::shop::{
    Sent, Shop, back, host_transaction, joined, kept, of, period, quarter, revised, sale, sent, to, year,
};
use super::{Fixture, at_once, declare};
use crate::{ReceiveError, Received};

declare! {
    a_batch_that_comes_again_changes_nothing
    the_same_batch_with_other_lines_is_refused
    a_lower_revision_after_a_higher_one_changes_nothing
    a_higher_revision_replaces_the_lower_one
    a_replaced_revision_leaves_what_others_made_of_its_lines
    a_revision_without_lines_leaves_nothing_in_any_month
    parts_of_a_batch_stand_side_by_side
    shared_lines_of_overlapping_batches_count_once
    a_correction_replaces_across_batches
    a_return_finds_its_sale_in_another_batch
    a_return_that_came_first_is_decided_again
    a_chain_of_returns_counts_with_its_sale
    sources_and_tenants_are_apart_in_sales
    only_some_may_bring_in_sales
    a_batch_stands_or_falls_with_the_hosts_transaction
    sums_are_known_as_they_were
    lines_that_cannot_be_folded_change_nothing
    batches_that_come_at_once_count_once_each
}

pub(super) fn two_sales() -> Sent {
    sent("b1", [sale("SO1/1", "100", "2025-02-10"), to("p2", sale("SO1/2", "40", "2025-05-10"))])
}

async fn a_batch_that_comes_again_changes_nothing(database: Arc<Fixture>) {
    let (store, shop) = (database.store().await, Shop::new());
    let tenant = store.tenant("acme");
    let Received::Counted { receipt, outcomes, tally } = shop.try_receive(&tenant, &two_sales()).await.unwrap() else {
        panic!("it is new")
    };
    assert_eq!(outcomes, [Ok(Outcome::Counted), Ok(Outcome::Counted)]);
    let (sums, rows) = (shop.sums(&tenant, None).await, kept(&database).await);
    assert_eq!(sums, shop.folded(&[two_sales()]).0);
    for _ in 0..3 {
        let again = shop.try_receive(&tenant, &two_sales()).await.unwrap();
        assert_eq!(again, Received::Known { receipt, tally: tally.clone() });
    }
    assert_eq!((shop.sums(&tenant, None).await, kept(&database).await), (sums, rows));
}

async fn the_same_batch_with_other_lines_is_refused(database: Arc<Fixture>) {
    let (store, shop) = (database.store().await, Shop::new());
    let tenant = store.tenant("acme");
    shop.receive(&tenant, &two_sales()).await;
    let (sums, rows) = (shop.sums(&tenant, None).await, kept(&database).await);
    let mut dearer = two_sales();
    dearer.lines[1].amounts.net = Some("40.01".parse().unwrap());
    let mut renumbered = two_sales();
    renumbered.lines[0].key.line = None;
    let mut turned = two_sales();
    turned.lines.reverse();
    for other in [dearer, renumbered, turned, sent("b1", [])] {
        let refused = shop.try_receive(&tenant, &other).await;
        assert!(matches!(refused, Err(ReceiveError::Differs { batch }) if batch == other.batch));
        assert_eq!((&shop.sums(&tenant, None).await, &kept(&database).await), (&sums, &rows));
    }
    // The amount is what it was, only written otherwise.
    let mut rewritten = two_sales();
    rewritten.lines[0].amounts.net = Some("100.00".parse().unwrap());
    assert!(matches!(shop.try_receive(&tenant, &rewritten).await, Ok(Received::Known { .. })));
}

async fn a_lower_revision_after_a_higher_one_changes_nothing(database: Arc<Fixture>) {
    let (store, shop) = (database.store().await, Shop::new());
    let tenant = store.tenant("acme");
    shop.receive(&tenant, &revised("b1", 1, [sale("SO1/1", "90", "2025-02-10")])).await;
    shop.receive(&tenant, &revised("b1", 3, [sale("SO1/1", "100", "2025-02-10")])).await;
    let (sums, rows) = (shop.sums(&tenant, None).await, kept(&database).await);
    for revision in [0, 2] {
        let lower = revised("b1", revision, [sale("SO1/1", "70", "2025-02-10"), sale("SO2/1", "5", "2025-02-10")]);
        let late = shop.try_receive(&tenant, &lower).await.unwrap();
        assert_eq!(late, Received::Superseded { revision: 3 });
    }
    assert_eq!((shop.sums(&tenant, None).await, kept(&database).await), (sums, rows));
}

async fn a_higher_revision_replaces_the_lower_one(database: Arc<Fixture>) {
    let (store, shop) = (database.store().await, Shop::new());
    let tenant = store.tenant("acme");
    shop.receive(&tenant, &two_sales()).await;
    let new = revised("b1", 7, [sale("SO1/1", "90", "2025-02-10"), sale("SO2/1", "5", "2025-08-10")]);
    shop.receive(&tenant, &new).await;
    assert_eq!(shop.sums(&tenant, None).await, shop.folded(std::slice::from_ref(&new)).0);
    assert!(matches!(shop.try_receive(&tenant, &new).await, Ok(Received::Known { .. })));
    // The old one is not in force any more, and that is said.
    assert_eq!(shop.try_receive(&tenant, &two_sales()).await.unwrap(), Received::Superseded { revision: 7 });
}

async fn a_replaced_revision_leaves_what_others_made_of_its_lines(database: Arc<Fixture>) {
    let (store, shop) = (database.store().await, Shop::new());
    let tenant = store.tenant("acme");
    let old = sent("b1", ["SO1/1", "SO2/1", "SO3/1", "SO4"].map(|at| sale(at, "100", "2025-02-10")));
    let repeats = sent("b2", [sale("SO1/1", "100", "2025-02-10"), sale("SO4", "100", "2025-02-10")]);
    let corrects = sent("b3", [sale("SO2/1", "60", "2025-02-10")]);
    let returns = sent("b4", [back("SO9/1", "SO3/1", "-30", "2025-05-10")]);
    for batch in [&old, &repeats, &corrects, &returns] {
        shop.receive(&tenant, batch).await;
    }
    assert_eq!(shop.net(&tenant, "p1", quarter(1)).await, "430");
    // Only what the old revision brought goes with it: the repetition counts now, and so does the correction, and
    // the return has no sale any more and counts when it happened.
    let new = revised("b1", 1, [sale("SO5/1", "1", "2025-02-10")]);
    shop.receive(&tenant, &new).await;
    assert_eq!(shop.net(&tenant, "p1", quarter(1)).await, "261");
    assert_eq!(shop.net(&tenant, "p1", quarter(2)).await, "-30");
    assert_eq!(shop.sums(&tenant, None).await, shop.folded(&[repeats, corrects, returns, new]).0);
}

async fn a_revision_without_lines_leaves_nothing_in_any_month(database: Arc<Fixture>) {
    let (store, shop) = (database.store().await, Shop::new());
    let tenant = store.tenant("acme");
    shop.receive(&tenant, &two_sales()).await;
    shop.receive(&tenant, &revised("b1", 1, [sale("SO7/1", "5", "2025-11-10")])).await;
    shop.receive(&tenant, &revised("b1", 2, [])).await;
    assert!(shop.sums(&tenant, None).await.is_empty());
    // The same where only some days are asked for, which the last revision says nothing about.
    for number in 1..=4 {
        let partials = tenant.partials(&shop.program, Some(quarter(number)), None, &Actor::Host).await.unwrap();
        assert!(shop.sums_of(&partials).is_empty(), "quarter {number}");
    }
}

async fn parts_of_a_batch_stand_side_by_side(database: Arc<Fixture>) {
    let (store, shop) = (database.store().await, Shop::new());
    let tenant = store.tenant("acme");
    let mut parts = [0, 1, 2].map(|part| {
        let mut sent =
            sent("b1", [sale(&format!("SO{part}/1"), "100", "2025-02-10"), sale("SO9/1", "7", "2025-02-10")]);
        sent.batch.part = part;
        sent
    });
    for part in &parts {
        shop.receive(&tenant, part).await;
    }
    assert_eq!(shop.net(&tenant, "p1", year()).await, "307");
    // A part of a higher revision replaces all parts of the lower one; the others of it come beside it.
    for part in &mut parts[1..] {
        part.batch.revision = 1;
        shop.receive(&tenant, part).await;
    }
    assert_eq!(shop.net(&tenant, "p1", year()).await, "207");
    assert_eq!(shop.sums(&tenant, None).await, shop.folded(&parts[1..]).0);
}

async fn shared_lines_of_overlapping_batches_count_once(database: Arc<Fixture>) {
    let (store, shop) = (database.store().await, Shop::new());
    let tenant = store.tenant("acme");
    let line = |number: u32| sale(&format!("SO1/{number}"), "10", "2025-02-10");
    let (one, two) = (sent("b1", [1, 2, 3].map(line)), sent("b2", [2, 3, 4].map(line)));
    shop.receive(&tenant, &one).await;
    let outcomes = shop.receive(&tenant, &two).await;
    assert_eq!(outcomes, [Ok(Outcome::Repeated), Ok(Outcome::Repeated), Ok(Outcome::Counted)]);
    assert_eq!(shop.net(&tenant, "p1", year()).await, "40");
    // Lines without a number are nobody else's: equal ones all count, in one batch and over several.
    let unnumbered = || [sale("SO1", "10", "2025-02-10"), sale("SO1", "10", "2025-02-10")];
    shop.receive(&tenant, &sent("b3", unnumbered())).await;
    shop.receive(&tenant, &sent("b4", unnumbered())).await;
    assert_eq!(shop.net(&tenant, "p1", year()).await, "80");
}

async fn a_correction_replaces_across_batches(database: Arc<Fixture>) {
    let (store, shop) = (database.store().await, Shop::new());
    let tenant = store.tenant("acme");
    let versions = [
        sent("b1", [sale("SO1/1", "100", "2025-02-10")]),
        // Another amount, another partner, another quarter, another product that counts twice over.
        sent("b2", [sale("SO1/1", "80", "2025-02-10")]),
        sent("b3", [to("p2", sale("SO1/1", "80", "2025-02-10"))]),
        sent("b4", [to("p2", sale("SO1/1", "80", "2025-05-10"))]),
        sent("b5", [to("p2", of("bike", 20, sale("SO1/1", "80", "2025-05-10")))]),
        // And back to what it was first, which is no repetition.
        sent("b6", [sale("SO1/1", "100", "2025-02-10")]),
    ];
    for (version, number) in versions.iter().zip(0..) {
        let outcomes = shop.receive(&tenant, version).await;
        let expected = if number == 0 { Outcome::Counted } else { Outcome::Corrected };
        assert_eq!(outcomes, [Ok(expected)], "version {number}");
        assert_eq!(shop.sums(&tenant, None).await, shop.folded(std::slice::from_ref(version)).0, "version {number}");
    }
}

async fn a_return_finds_its_sale_in_another_batch(database: Arc<Fixture>) {
    let (store, shop) = (database.store().await, Shop::new());
    let tenant = store.tenant("acme");
    shop.receive(&tenant, &two_sales()).await;
    let outcomes = shop.receive(&tenant, &sent("b2", [back("SO8/1", "SO1/1", "-25", "2025-08-10")])).await;
    assert_eq!(outcomes, [Ok(Outcome::Counted)]);
    // In the month of the sale, not of the return.
    assert_eq!(shop.net(&tenant, "p1", period("2025-02-01", "2025-03-01")).await, "75");
    assert_eq!(shop.net(&tenant, "p1", quarter(3)).await, "0");
    // A sale that moves takes its return along.
    shop.receive(&tenant, &sent("b3", [sale("SO1/1", "100", "2025-06-10")])).await;
    assert_eq!(shop.net(&tenant, "p1", quarter(1)).await, "0");
    assert_eq!(shop.net(&tenant, "p1", period("2025-06-01", "2025-07-01")).await, "75");
}

async fn a_return_that_came_first_is_decided_again(database: Arc<Fixture>) {
    let (store, shop) = (database.store().await, Shop::new());
    let tenant = store.tenant("acme");
    shop.receive(&tenant, &sent("b1", [back("SO8/1", "SO1/1", "-25", "2025-08-10")])).await;
    assert_eq!(shop.net(&tenant, "p1", quarter(3)).await, "-25");
    shop.receive(&tenant, &Sent { batch: sent("b2", []).batch, ..two_sales() }).await;
    assert_eq!(shop.net(&tenant, "p1", quarter(3)).await, "0");
    assert_eq!(shop.net(&tenant, "p1", quarter(1)).await, "75");
    // The sale is gone again, and the return stands alone.
    shop.receive(&tenant, &revised("b2", 1, [])).await;
    assert_eq!(shop.net(&tenant, "p1", quarter(1)).await, "0");
    assert_eq!(shop.net(&tenant, "p1", quarter(3)).await, "-25");
}

async fn a_chain_of_returns_counts_with_its_sale(database: Arc<Fixture>) {
    let (store, shop) = (database.store().await, Shop::new());
    let tenant = store.tenant("acme");
    // From the last to the first: each takes back what the next batch brings.
    let chain = [
        sent("b1", [back("SO4/1", "SO3/1", "-3", "2025-11-10")]),
        sent("b2", [back("SO3/1", "SO2/1", "-20", "2025-08-10")]),
        sent("b3", [back("SO2/1", "SO1/1", "-100", "2025-05-10")]),
        sent("b4", [sale("SO1/1", "1000", "2025-02-10")]),
    ];
    for (batch, until) in chain.iter().zip(1..) {
        shop.receive(&tenant, batch).await;
        assert_eq!(shop.sums(&tenant, None).await, shop.folded(&chain[..until]).0, "after {until}");
    }
    assert_eq!(shop.net(&tenant, "p1", quarter(1)).await, "877");
    // Without its middle the chain breaks there.
    shop.receive(&tenant, &revised("b3", 1, [])).await;
    assert_eq!(shop.net(&tenant, "p1", quarter(1)).await, "1000");
    assert_eq!(shop.net(&tenant, "p1", quarter(3)).await, "-23");
}

async fn sources_and_tenants_are_apart_in_sales(database: Arc<Fixture>) {
    let (store, shop) = (database.store().await, Shop::new());
    let (one, two) = (store.tenant("one"), store.tenant("two"));
    shop.receive(&one, &two_sales()).await;
    assert!(shop.sums(&two, None).await.is_empty());
    // The same batch, with other lines, and a return of what only the other tenant sold.
    let other = sent("b1", [sale("SO1/1", "7", "2025-02-10"), back("SO8/1", "SO1/2", "-1", "2025-08-10")]);
    shop.receive(&two, &other).await;
    assert_eq!(shop.sums(&one, None).await, shop.folded(&[two_sales()]).0);
    assert_eq!(shop.sums(&two, None).await, shop.folded(std::slice::from_ref(&other)).0);
    // So it is with the documents of another source.
    let mut tills = other;
    tills.batch.source = "tills".parse().unwrap();
    shop.receive(&one, &tills).await;
    assert_eq!(shop.sums(&one, None).await, shop.folded(&[two_sales(), tills]).0);
}

async fn only_some_may_bring_in_sales(database: Arc<Fixture>) {
    let (store, shop) = (database.store().await, Shop::new());
    let (tenant, Sent { batch, lines }) = (store.tenant("acme"), two_sales());
    let vendor = |role| Actor::Vendor { person: "x".parse().unwrap(), role };
    let others = [VendorRole::ChannelManager, VendorRole::Marketing, VendorRole::Auditor].map(vendor);
    for actor in others.iter().chain([&partner(), &Actor::Deadline]) {
        let denied = tenant.receive(&shop.program, shop.facts(), &batch, &lines, actor).await;
        assert!(matches!(denied, Err(ReceiveError::Denied)), "{actor:?}");
    }
    assert_eq!(kept(&database).await, [0; 5]);
    for actor in [writer(), checker(), Actor::Host] {
        tenant.receive(&shop.program, shop.facts(), &batch, &lines, &actor).await.unwrap();
    }
}

async fn a_batch_stands_or_falls_with_the_hosts_transaction(database: Arc<Fixture>) {
    let (store, shop) = (database.store().await, Shop::new());
    let (tenant, Sent { batch, lines }) = (store.tenant("acme"), two_sales());
    shop.receive(&tenant, &sent("b0", [sale("SO1/1", "60", "2025-02-10")])).await;
    let (sums, rows) = (shop.sums(&tenant, None).await, kept(&database).await);
    for commit in [false, true] {
        let mut transaction = host_transaction(&database).await;
        let (host, facts) = (&Actor::Host, shop.facts());
        let in_it = tenant.receive_in(joined(&mut transaction), &shop.program, facts, &batch, &lines, host).await;
        assert!(matches!(in_it, Ok(Received::Counted { receipt: 2, .. })));
        // What is refused leaves the transaction usable.
        let differs = tenant.receive_in(joined(&mut transaction), &shop.program, facts, &batch, &[], host).await;
        assert!(matches!(differs, Err(ReceiveError::Differs { .. })));
        if commit {
            transaction.commit().await.unwrap();
        } else {
            transaction.rollback().await.unwrap();
            assert_eq!((&shop.sums(&tenant, None).await, &kept(&database).await), (&sums, &rows));
        }
    }
    let b0 = sent("b0", [sale("SO1/1", "60", "2025-02-10")]);
    assert_eq!(shop.sums(&tenant, None).await, shop.folded(&[b0, two_sales()]).0);
}

async fn sums_are_known_as_they_were(database: Arc<Fixture>) {
    let (store, shop) = (database.store().await, Shop::new());
    let tenant = store.tenant("acme");
    let begin = Utc::now();
    let mut then = Vec::new();
    let batches = [
        two_sales(),
        sent("b2", [sale("SO1/1", "80", "2025-02-10")]),
        sent("b3", [back("SO8/1", "SO1/2", "-4", "2025-08-10")]),
        revised("b1", 1, [sale("SO1/2", "50", "2025-05-10")]),
        revised("b2", 1, []),
    ];
    for batch in &batches {
        shop.receive(&tenant, batch).await;
        then.push((Utc::now(), shop.sums(&tenant, None).await));
    }
    for (at, sums) in then {
        assert_eq!(shop.sums(&tenant, Some(at)).await, sums);
    }
    assert!(shop.sums(&tenant, Some(begin)).await.is_empty());
}

async fn lines_that_cannot_be_folded_change_nothing(database: Arc<Fixture>) {
    let (store, shop) = (database.store().await, Shop::new());
    let (tenant, Sent { batch, lines }) = (store.tenant("acme"), two_sales());
    // The program names a product set and a table of rates.
    let mut without_rates = shop.facts();
    without_rates.exchange = &[];
    for facts in [Facts::new(&shop.partners), without_rates] {
        let refused = tenant.receive(&shop.program, facts, &batch, &lines, &Actor::Host).await;
        assert!(matches!(refused, Err(ReceiveError::Intake(IntakeError::Fold(_)))), "{refused:?}");
    }
    assert_eq!(kept(&database).await, [0; 5]);
}

async fn batches_that_come_at_once_count_once_each(database: Arc<Fixture>) {
    let (store, shop) = (database.store().await, Arc::new(Shop::new()));
    // Four batches that share a document, each sent four times.
    let batch = |number: usize| {
        let own = sale(&format!("SO1/{}", 2 + number), "10", "2025-02-10");
        sent(&format!("b{number}"), [sale("SO1/1", "1", "2025-02-10"), own])
    };
    let outcomes = at_once(16, |number| {
        let (store, shop) = (store.clone(), Arc::clone(&shop));
        async move { shop.try_receive(&store.tenant("acme"), &batch(number % 4)).await.map_err(|error| error.to_string()) }
    });
    let outcomes = outcomes.await;
    let counted = outcomes.iter().filter(|outcome| matches!(outcome, Ok(Received::Counted { .. }))).count();
    let known = outcomes.iter().filter(|outcome| matches!(outcome, Ok(Received::Known { .. }))).count();
    assert_eq!((counted, known), (4, 12), "{outcomes:?}");
    assert_eq!(shop.net(&store.tenant("acme"), "p1", year()).await, "41");
}
