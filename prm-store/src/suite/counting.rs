//! Receiving: whatever batches do to one another, the sums are those of one fold over the lines that stand.

use std::sync::Arc;

use prm_core::incentive::fold::{LineError, Outcome};

use super::market::{Batch, Market, Random, batch_key, line_key, lines, sale};
use super::people::{checker, partner};
use super::{Fixture, declare, setting};
use crate::{ReceiveError, Received, Tenant};

declare! {
    the_sums_are_those_of_one_fold_over_what_stands
    another_plan_counts_the_same_lines_anew
    a_batch_counts_once
    a_line_that_could_not_be_used_counts_when_it_can
    a_return_that_came_before_its_sale_follows_it
    what_was_known_then_can_be_asked_later
    only_some_bring_in_sales
}

async fn receive(tenant: &Tenant, market: &Market, batch: &Batch) -> Received {
    tenant.receive(&market.program, market.facts(), &batch.key, &batch.lines, &checker()).await.unwrap()
}

async fn compare(tenant: &Tenant, market: &Market, standing: &[Batch], at: &str) {
    let kept = tenant.partials(&market.program, None, None, &checker()).await.unwrap();
    assert_eq!(market.totals(&kept), market.totals(&market.fold(standing)), "{at}");
}

/// Puts a batch where it stands: a revision at its own place, instead of those before it.
fn stand(standing: &mut Vec<Batch>, batch: &Batch) {
    standing.retain(|held| held.key.batch != batch.key.batch);
    standing.push(batch.clone());
}

async fn the_sums_are_those_of_one_fold_over_what_stands(fixture: Arc<Fixture>) {
    let store = fixture.store().await;
    for seed in 1..=setting("PRM_SUITE_SEEDS", 60) as u64 {
        let mut market = Market::new();
        let tenant = store.tenant(format!("t{seed}"));
        let mut random = Random::new(seed);
        let (mut standing, mut revisions): (Vec<Batch>, Vec<u32>) = (Vec::new(), Vec::new());
        for step in 0..3 + random.below(6) {
            // A new batch, a revision of one that is there, or one that comes again.
            let known = revisions.len() as u64;
            let batch = if known == 0 || !random.one_in(3) {
                revisions.push(0);
                Batch { key: batch_key(known, 0), lines: lines(&mut random) }
            } else {
                let number = random.below(known);
                let revision = &mut revisions[usize::try_from(number).unwrap()];
                *revision += 1;
                Batch { key: batch_key(number, *revision), lines: lines(&mut random) }
            };
            let received = receive(&tenant, &market, &batch).await;
            assert!(matches!(received, Received::Counted { .. }), "seed {seed}, step {step}: {received:?}");
            stand(&mut standing, &batch);
            compare(&tenant, &market, &standing, &format!("seed {seed}, step {step}")).await;
            if random.one_in(3) {
                let again = receive(&tenant, &market, &batch).await;
                assert!(matches!(again, Received::Known { .. }), "seed {seed}, step {step}: {again:?}");
                compare(&tenant, &market, &standing, &format!("seed {seed}, step {step}, again")).await;
            }
        }
        // In the end the product is known that was not, and everything comes again.
        market.learn();
        for batch in &standing {
            receive(&tenant, &market, batch).await;
        }
        compare(&tenant, &market, &standing, &format!("seed {seed}, with everything known")).await;
    }
}

async fn another_plan_counts_the_same_lines_anew(fixture: Arc<Fixture>) {
    let store = fixture.store().await;
    for seed in 1..=setting("PRM_SUITE_SEEDS", 60) as u64 / 4 {
        let (market, other) = (Market::new(), Market::by_order());
        assert_ne!(market.program.plan(), other.program.plan());
        let tenant = store.tenant(format!("t{seed}"));
        let mut random = Random::new(seed);
        let batches: Vec<Batch> =
            (0..4).map(|number| Batch { key: batch_key(number, 0), lines: lines(&mut random) }).collect();
        for batch in &batches {
            receive(&tenant, &market, batch).await;
        }
        // The last one twice, and out of order: each is counted at the place where it was first received.
        for place in [2, 0, 3, 3, 1] {
            receive(&tenant, &other, &batches[place]).await;
        }
        compare(&tenant, &market, &batches, &format!("seed {seed}")).await;
        compare(&tenant, &other, &batches, &format!("seed {seed}, other plan")).await;
    }
}

async fn a_batch_counts_once(fixture: Arc<Fixture>) {
    let store = fixture.store().await;
    let (tenant, market) = (store.tenant("acme"), Market::new());
    let first = Batch { key: batch_key(1, 0), lines: vec![sale(line_key(1, Some(1)), "p0", "2025-02-03", 100)] };
    let received = receive(&tenant, &market, &first).await;
    assert!(matches!(&received, Received::Counted { receipt: 1, outcomes, .. } if outcomes == &[Ok(Outcome::Counted)]));
    assert!(matches!(receive(&tenant, &market, &first).await, Received::Known { receipt: 1, .. }));
    // Other lines under the same name are refused, and as a revision they replace.
    let changed = Batch { lines: vec![sale(line_key(1, Some(1)), "p0", "2025-02-03", 90)], ..first.clone() };
    let refused = tenant.receive(&market.program, market.facts(), &changed.key, &changed.lines, &checker()).await;
    assert!(matches!(refused, Err(ReceiveError::Differs { batch }) if batch == first.key));
    compare(&tenant, &market, std::slice::from_ref(&first), "refused").await;
    let second = Batch { key: batch_key(1, 2), ..changed };
    receive(&tenant, &market, &second).await;
    compare(&tenant, &market, std::slice::from_ref(&second), "revised").await;
    // A lower one that comes late is nothing new; nobody else's tenant knows any of it.
    let late = Batch { key: batch_key(1, 1), lines: Vec::new() };
    assert_eq!(receive(&tenant, &market, &late).await, Received::Superseded { revision: 2 });
    compare(&tenant, &market, &[second], "late").await;
    compare(&store.tenant("other"), &market, &[], "another tenant").await;
}

async fn a_line_that_could_not_be_used_counts_when_it_can(fixture: Arc<Fixture>) {
    let store = fixture.store().await;
    let (tenant, mut market) = (store.tenant("acme"), Market::new());
    let mut late = sale(line_key(1, Some(2)), "p1", "2025-03-01", 70);
    late.sku = "late".parse().unwrap();
    let lines = vec![sale(line_key(1, Some(1)), "p0", "2025-02-03", 100), late];
    let batch = Batch { key: batch_key(1, 0), lines };
    let Received::Counted { outcomes, tally, .. } = receive(&tenant, &market, &batch).await else { panic!("new") };
    assert!(matches!(outcomes[1], Err(LineError::UnknownSku { .. })));
    assert_eq!((tally.lines, tally.counted, tally.refused_lines()), (2, 1, 1));
    assert!(matches!(receive(&tenant, &market, &batch).await, Received::Known { .. }));
    market.learn();
    let Received::Recounted { outcomes, tally, .. } = receive(&tenant, &market, &batch).await else { panic!("again") };
    assert_eq!(outcomes.get(&1), Some(&Ok(Outcome::Counted)));
    assert_eq!((tally.lines, tally.counted, tally.refused_lines()), (2, 2, 0));
    compare(&tenant, &market, std::slice::from_ref(&batch), "learnt").await;
    assert!(matches!(receive(&tenant, &market, &batch).await, Received::Known { .. }));
}

async fn a_return_that_came_before_its_sale_follows_it(fixture: Arc<Fixture>) {
    let store = fixture.store().await;
    let (tenant, market) = (store.tenant("acme"), Market::new());
    let mut back = sale(line_key(2, Some(1)), "p0", "2025-05-05", -40);
    back.reverses = Some(line_key(1, Some(1)));
    let returns = Batch { key: batch_key(1, 0), lines: vec![back] };
    let sales = Batch { key: batch_key(2, 0), lines: vec![sale(line_key(1, Some(1)), "p0", "2025-01-15", 100)] };
    receive(&tenant, &market, &returns).await;
    receive(&tenant, &market, &sales).await;
    let kept = tenant.partials(&market.program, None, None, &checker()).await.unwrap();
    let totals = market.totals(&kept);
    // Everything is January's: May holds nothing any more, not even two amounts that cancel.
    assert!(totals.keys().all(|place| place.contains("2025-01-01")), "{totals:?}");
    assert!(totals.values().all(|total| *total == ("60".to_owned(), 2)), "{totals:?}");
    compare(&tenant, &market, &[returns, sales], "one fold").await;
}

async fn what_was_known_then_can_be_asked_later(fixture: Arc<Fixture>) {
    let store = fixture.store().await;
    let (tenant, market) = (store.tenant("acme"), Market::new());
    let mut random = Random::new(7);
    let mut known = Vec::new();
    let mut standing = Vec::new();
    for number in 0..6 {
        let key = if number < 4 { batch_key(number, 0) } else { batch_key(number - 4, 1) };
        let batch = Batch { key, lines: lines(&mut random) };
        receive(&tenant, &market, &batch).await;
        stand(&mut standing, &batch);
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        known.push((chrono::Utc::now(), market.totals(&market.fold(&standing))));
    }
    for (then, totals) in known {
        let kept = tenant.partials(&market.program, None, Some(then), &checker()).await.unwrap();
        assert_eq!(market.totals(&kept), totals, "{then}");
    }
}

async fn only_some_bring_in_sales(fixture: Arc<Fixture>) {
    let store = fixture.store().await;
    let (tenant, market) = (store.tenant("acme"), Market::new());
    let refused = tenant.receive(&market.program, market.facts(), &batch_key(1, 0), &[], &partner()).await;
    assert!(matches!(refused, Err(ReceiveError::Denied)));
    let refused = tenant.partials(&market.program, None, None, &partner()).await;
    assert!(matches!(refused, Err(crate::StoreError::Denied)));
}
