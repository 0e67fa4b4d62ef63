//! Money, whatever happens in which order: conserved, and the same in the end.

use std::collections::BTreeMap;
use std::sync::Arc;

use prm_core::incentive::rebate::Payout;
use prm_core::ledger::{AccountKind, LedgerError, Purpose};
use prm_core::money::Money;

use super::market::{Market, Random, lines};
use super::people::checker;
use super::settling::{balances, now, receive, revise, settle, transfer};
use super::{Fixture, at_once, declare, setting};
use crate::{EntryFilter, PostError, Posted, Settled, Tenant};

declare! {
    settlements_at_once_post_once
    money_is_conserved_whatever_happens
    quarters_one_by_one_come_to_what_all_at_once_does
}

/// What is due for each key by its last entry.
async fn due(tenant: &Tenant) -> BTreeMap<String, Payout> {
    let entries = tenant.entries(&EntryFilter::default(), &checker()).await.unwrap();
    entries.into_iter().map(|posted| (posted.entry.key().to_string(), posted.entry.explanation.earned)).collect()
}

async fn settlements_at_once_post_once(fixture: Arc<Fixture>) {
    let store = fixture.store().await;
    let (tenant, market) = (store.tenant("acme"), Arc::new(Market::new()));
    market.open(&tenant).await;
    let mut random = Random::new(3);
    receive(&tenant, &market, 1, &lines(&mut random)).await;
    // Some settle while others bring in more.
    let outcomes = at_once(8, |number| {
        let (tenant, market) = (tenant.clone(), Arc::clone(&market));
        let lines = lines(&mut Random::new(number as u64 + 20));
        async move {
            if number % 2 == 0 {
                receive(&tenant, &market, number as u64 + 10, &lines).await;
            }
            tenant.settle(market.settle(), &checker(), now()).await.map(|settled| settled.settlement)
        }
    });
    let numbers = outcomes.await.into_iter().map(Result::unwrap);
    let mut numbers: Vec<u64> = numbers.flatten().collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>());
    assert_eq!(settle(&tenant, &market).await, Settled::default());
    check_conservation(&tenant, &market).await;
}

/// What the accounts say was earned is what the last entries say is due.
async fn check_conservation(tenant: &Tenant, market: &Market) {
    assert!(tenant.trial_balance(&checker()).await.unwrap().holds());
    let mut owed: BTreeMap<String, i64> = BTreeMap::new();
    for (key, payout) in due(tenant).await {
        let payee = key.split('/').next().unwrap_or_default().to_owned();
        *owed.entry(payee).or_default() += payout.money().map_or(0, Money::minor);
    }
    for payee in market.partners.keys() {
        let accounts = tenant.balances(Some(payee), None, &checker()).await.unwrap();
        let earned = accounts.iter().find(|(account, _)| account.kind == AccountKind::Earned);
        let earned = earned.map_or(0, |(_, money)| -money.minor());
        assert_eq!(earned, owed.get(payee.as_str()).copied().unwrap_or_default(), "{payee}");
        assert_eq!(accounts.values().map(|money| money.minor()).sum::<i64>(), 0, "{payee}");
        assert!(accounts.iter().all(|(account, money)| account.kind.may_hold(money.minor())), "{payee}");
    }
}

async fn money_is_conserved_whatever_happens(fixture: Arc<Fixture>) {
    let store = fixture.store().await;
    let market = Market::new();
    for seed in 1..=setting("PRM_SUITE_SEEDS", 60) as u64 / 6 {
        let tenant = store.tenant(format!("t{seed}"));
        market.open(&tenant).await;
        let mut random = Random::new(seed);
        let (mut batches, mut revisions) = (0, BTreeMap::new());
        for step in 0..30 {
            match random.below(10) {
                0..=2 => {
                    receive(&tenant, &market, batches, &lines(&mut random)).await;
                    batches += 1;
                }
                3 if batches > 0 => {
                    let number = random.below(batches);
                    let revision: &mut u32 = revisions.entry(number).or_default();
                    *revision += 1;
                    revise(&tenant, &market, (number, *revision), &lines(&mut random)).await;
                }
                4..=6 => drop(settle(&tenant, &market).await),
                _ => {
                    let purposes = [
                        Purpose::Pay,
                        Purpose::Confirm,
                        Purpose::ReturnPayment,
                        Purpose::Hold,
                        Purpose::Release,
                        Purpose::Forfeit,
                        Purpose::WriteOff,
                    ];
                    let purpose = purposes[usize::try_from(random.below(purposes.len() as u64)).unwrap()];
                    let payee = format!("p{}", random.below(3));
                    let amount = format!("{}.{:02}", random.below(20), 1 + random.below(99));
                    let source = format!("{seed}/{step}");
                    match tenant.transfer(&transfer(purpose, &payee, &amount, &source), &checker()).await {
                        Ok(Posted::Now) | Err(PostError::Ledger(LedgerError::NotEnough { .. })) => {}
                        other => panic!("seed {seed}, step {step}: {other:?}"),
                    }
                }
            }
            // Between a batch and its settlement the entries are behind; the ledger and they agree all the time.
            check_conservation(&tenant, &market).await;
        }
        settle(&tenant, &market).await;
        assert_eq!(settle(&tenant, &market).await, Settled::default());
        check_conservation(&tenant, &market).await;
    }
}

async fn quarters_one_by_one_come_to_what_all_at_once_does(fixture: Arc<Fixture>) {
    let store = fixture.store().await;
    let market = Market::new();
    let quarters = [("01", "04"), ("04", "07"), ("07", "10"), ("10", "01")];
    for seed in 1..=setting("PRM_SUITE_SEEDS", 60) as u64 / 6 {
        let [one_by_one, at_once] = ["one", "all"].map(|name| store.tenant(format!("{name}{seed}")));
        let mut random = Random::new(seed);
        market.open(&one_by_one).await;
        market.open(&at_once).await;
        for (number, (from, until)) in (0..).zip(quarters) {
            // Lines of any month come in every quarter: late ones, and some that are early.
            let lines = lines(&mut random);
            receive(&one_by_one, &market, number, &lines).await;
            receive(&at_once, &market, number, &lines).await;
            let year = if until == "01" { 2026 } else { 2025 };
            let settle = market.settle_in(&format!("2025-{from}-01"), &format!("{year}-{until}-01"));
            one_by_one.settle(settle, &checker(), now()).await.unwrap();
        }
        settle(&one_by_one, &market).await;
        settle(&at_once, &market).await;
        assert_eq!(due(&one_by_one).await, due(&at_once).await, "seed {seed}");
        for payee in market.partners.keys() {
            assert_eq!(balances(&one_by_one, payee.as_str()).await, balances(&at_once, payee.as_str()).await);
        }
    }
}
