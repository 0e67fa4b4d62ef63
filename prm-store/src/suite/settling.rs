//! Settling and the ledger: what is owed is posted once, whatever happens in which order.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use prm_core::id::PartnerId;
use prm_core::incentive::explain::Basis;
use prm_core::incentive::line::SaleLine;
use prm_core::incentive::settlement::{DueError, Entry, Settlement};
use prm_core::incentive::verify::{Verified, verify};
use prm_core::ledger::{AccountKind, LedgerError, Purpose, Transfer};
use prm_core::lifecycle::Lifecycle as _;
use prm_core::money::Money;
use prm_core::program::tables::Tables;

use super::market::{Market, Random, batch_key, line_key, lines, sale};
use super::people::{act, checker, partner, writer};
use super::{Fixture, at_once, declare, in_host_transaction};
use crate::{EntryFilter, JournalPage, Listing, PostError, Posted, Received, SettleError, Settled, Tenant};

declare! {
    settling_twice_posts_once
    a_late_line_adjusts_what_it_must_and_nothing_else
    what_was_paid_and_is_taken_back_is_recovered
    a_batch_that_is_emptied_takes_all_of_it_back
    only_an_active_program_moves_money
    what_cannot_be_settled_changes_nothing
    the_host_takes_back_sales_and_money_too
    every_entry_verifies_as_known_when_it_was_made
    a_transfer_is_posted_once
    nobody_is_paid_what_is_not_there
}

pub(super) fn now() -> DateTime<Utc> {
    "2026-01-20T12:00:00Z".parse().unwrap()
}

fn usd(amount: &str) -> Money {
    Money::parse(amount, "USD").unwrap()
}

pub(super) fn transfer(purpose: Purpose, payee: &str, amount: &str, source: &str) -> Transfer {
    Transfer::new(purpose, payee.parse().unwrap(), usd(amount), source, "2026-01-20".parse().unwrap()).unwrap()
}

pub(super) async fn receive(tenant: &Tenant, market: &Market, number: u64, lines: &[SaleLine]) {
    revise(tenant, market, (number, 0), lines).await;
}

pub(super) async fn revise(tenant: &Tenant, market: &Market, (number, revision): (u64, u32), lines: &[SaleLine]) {
    let key = batch_key(number, revision);
    let received = tenant.receive(&market.program, market.facts(), &key, lines, &checker()).await.unwrap();
    assert!(matches!(received, Received::Counted { .. }));
}

pub(super) async fn settle(tenant: &Tenant, market: &Market) -> Settled {
    tenant.settle(market.settle(), &checker(), now()).await.unwrap()
}

/// The balances of a payee that are not nothing.
pub(super) async fn balances(tenant: &Tenant, payee: &str) -> BTreeMap<AccountKind, String> {
    let payee: PartnerId = payee.parse().unwrap();
    let balances = tenant.balances(Some(&payee), None, &checker()).await.unwrap();
    let held = balances.into_iter().filter(|(_, money)| !money.is_zero());
    held.map(|(account, money)| (account.kind, money.amount_text())).collect()
}

async fn settling_twice_posts_once(fixture: Arc<Fixture>) {
    let store = fixture.store().await;
    let (tenant, market) = (store.tenant("acme"), Market::new());
    market.open(&tenant).await;
    // 2 % of 500.00 and 3.75 % of 100.00 by quarter; 4 % of 600.00 by month.
    receive(&tenant, &market, 1, &[sale(line_key(1, Some(1)), "p0", "2025-02-03", 600)]).await;
    let first = settle(&tenant, &market).await;
    assert_eq!((first.settlement, first.entries.len(), first.posted), (Some(1), 2, vec![usd("37.75")]));
    let [transfers, entries] =
        ["transfer", "entry"].map(|table| format!("SELECT count(*) FROM {}", fixture.table(table)));
    let rows = [fixture.count(&transfers).await, fixture.count(&entries).await];
    assert_eq!(rows, [2, 2]);
    assert_eq!(settle(&tenant, &market).await, Settled::default());
    assert_eq!([fixture.count(&transfers).await, fixture.count(&entries).await], rows);
    let held = balances(&tenant, "p0").await;
    assert_eq!(held, BTreeMap::from([(AccountKind::Earned, "-37.75".into()), (AccountKind::Payable, "37.75".into())]));
    // It is a record like others, that only those see who may see all money.
    let listing = Listing { limit: 10, ..Listing::default() };
    let page = tenant.list::<Settlement>(&listing, &checker()).await.unwrap();
    assert_eq!((page.records[0].id.as_str(), page.records[0].record.entries), ("00000001", 2));
    assert!(tenant.list::<Settlement>(&listing, &partner()).await.unwrap().records.is_empty());
    let changes = tenant.changes(0, 10, &writer()).await.unwrap();
    assert_eq!(changes.last().map(|change| change.kind.as_str()), Some(Settlement::KIND));
}

async fn a_late_line_adjusts_what_it_must_and_nothing_else(fixture: Arc<Fixture>) {
    let store = fixture.store().await;
    let (tenant, market) = (store.tenant("acme"), Market::new());
    market.open(&tenant).await;
    let sold = [("p0", "2025-02-03", 600), ("p1", "2025-02-04", 600), ("p0", "2025-05-05", 50)];
    let lines: Vec<SaleLine> =
        (1..).zip(sold).map(|(number, (who, day, net))| sale(line_key(number, Some(1)), who, day, net)).collect();
    receive(&tenant, &market, 1, &lines).await;
    let first = settle(&tenant, &market).await;
    assert_eq!(first.entries.len(), 6);
    // 100.00 of p0's February come back in June.
    let mut back = sale(line_key(9, Some(1)), "p0", "2025-06-06", -100);
    back.reverses = Some(line_key(1, Some(1)));
    receive(&tenant, &market, 2, &[back]).await;
    let second = settle(&tenant, &market).await;
    let keys: Vec<String> = second.entries.iter().map(|entry| entry.key().to_string()).collect();
    assert_eq!(keys, ["p0/bikes/2025-M02", "p0/volume/2025-Q1"]);
    assert!(second.entries.iter().all(Entry::is_adjustment));
    // 3.75 % of 100.00 by quarter, 4 % of 100.00 by month.
    assert_eq!(second.posted, [usd("-7.75")]);
    // What was said first still stands as it was said.
    let filter = EntryFilter { settlement: Some(1), ..EntryFilter::default() };
    let kept = tenant.entries(&filter, &checker()).await.unwrap();
    let mut kept: Vec<_> = kept.into_iter().map(|posted| posted.entry).collect();
    let mut said = first.entries;
    kept.sort_by_key(Entry::key);
    said.sort_by_key(Entry::key);
    assert_eq!(kept, said);
}

async fn what_was_paid_and_is_taken_back_is_recovered(fixture: Arc<Fixture>) {
    let store = fixture.store().await;
    let (tenant, market) = (store.tenant("acme"), Market::new());
    market.open(&tenant).await;
    receive(&tenant, &market, 1, &[sale(line_key(1, Some(1)), "p0", "2025-02-03", 600)]).await;
    settle(&tenant, &market).await;
    for (purpose, source) in [(Purpose::Pay, "run-1"), (Purpose::Confirm, "run-1")] {
        tenant.transfer(&transfer(purpose, "p0", "37.75", source), &checker()).await.unwrap();
    }
    let paid_at = Utc::now();
    let mut back = sale(line_key(2, Some(1)), "p0", "2025-06-06", -600);
    back.reverses = Some(line_key(1, Some(1)));
    receive(&tenant, &market, 2, &[back]).await;
    settle(&tenant, &market).await;
    let owes = BTreeMap::from([(AccountKind::Paid, "37.75".into()), (AccountKind::Recoverable, "-37.75".into())]);
    assert_eq!(balances(&tenant, "p0").await, owes);
    // What it earns next is set against the debt first: 2 % of 400.00 and 4 % of it.
    receive(&tenant, &market, 3, &[sale(line_key(3, Some(1)), "p0", "2025-08-03", 400)]).await;
    settle(&tenant, &market).await;
    let less = BTreeMap::from([
        (AccountKind::Earned, "-24.00".into()),
        (AccountKind::Paid, "37.75".into()),
        (AccountKind::Recoverable, "-13.75".into()),
    ]);
    assert_eq!(balances(&tenant, "p0").await, less);
    // As known when it was paid, nothing was owed back.
    let then = tenant.balances(Some(&"p0".parse().unwrap()), Some(paid_at), &checker()).await.unwrap();
    let then: Vec<String> = then.values().filter(|money| !money.is_zero()).map(|money| money.amount_text()).collect();
    assert_eq!(then, ["-37.75", "37.75"]);
}

async fn a_batch_that_is_emptied_takes_all_of_it_back(fixture: Arc<Fixture>) {
    let store = fixture.store().await;
    let (tenant, market) = (store.tenant("acme"), Market::new());
    market.open(&tenant).await;
    receive(&tenant, &market, 1, &[sale(line_key(1, Some(1)), "p0", "2025-02-03", 600)]).await;
    settle(&tenant, &market).await;
    revise(&tenant, &market, (1, 1), &[]).await;
    let settled = settle(&tenant, &market).await;
    assert_eq!((settled.entries.len(), settled.posted), (2, vec![usd("-37.75")]));
    assert_eq!(balances(&tenant, "p0").await, BTreeMap::new());
    assert_eq!(settle(&tenant, &market).await, Settled::default());
}

async fn only_an_active_program_moves_money(fixture: Arc<Fixture>) {
    let store = fixture.store().await;
    let (tenant, market) = (store.tenant("acme"), Market::new());
    receive(&tenant, &market, 1, &[sale(line_key(1, Some(1)), "p0", "2025-02-03", 600)]).await;
    let unknown = tenant.settle(market.settle(), &checker(), now()).await;
    assert!(matches!(unknown, Err(SettleError::NotActive { .. })));
    market.open(&tenant).await;
    // Another document, however alike, is not the one that was activated.
    let other = Market::by_order();
    assert!(matches!(tenant.settle(other.settle(), &checker(), now()).await, Err(SettleError::NotActive { .. })));
    assert!(matches!(tenant.settle(market.settle(), &writer(), now()).await, Err(SettleError::Denied)));
    assert!(matches!(tenant.settle(market.settle(), &partner(), now()).await, Err(SettleError::Denied)));
    act(&tenant, "market", super::people::retire("over"), writer(), 2).await.unwrap();
    assert!(matches!(tenant.settle(market.settle(), &checker(), now()).await, Err(SettleError::NotActive { .. })));
    assert_eq!(fixture.count(&format!("SELECT count(*) FROM {}", fixture.table("transfer"))).await, 0);
}

async fn what_cannot_be_settled_changes_nothing(fixture: Arc<Fixture>) {
    let store = fixture.store().await;
    let (tenant, mut market) = (store.tenant("acme"), Market::new());
    market.open(&tenant).await;
    let sold = ["p0", "p1"].map(|who| sale(line_key(1, Some(if who == "p0" { 1 } else { 2 })), who, "2025-02-03", 600));
    receive(&tenant, &market, 1, &sold).await;
    let before = fixture.rows().await;
    market.partners.remove("p1");
    let refused = tenant.settle(market.settle(), &checker(), now()).await;
    let told =
        matches!(&refused, Err(SettleError::Due(DueError::PartnerNotGiven { partner })) if partner.as_str() == "p1");
    assert!(told, "{refused:?}");
    assert_eq!(fixture.rows().await, before);
    assert_eq!(balances(&tenant, "p0").await, BTreeMap::new());
}

async fn the_host_takes_back_sales_and_money_too(fixture: Arc<Fixture>) {
    let store = fixture.store().await;
    let (tenant, market) = (store.tenant("acme"), Market::new());
    market.open(&tenant).await;
    let lines = [sale(line_key(1, Some(1)), "p0", "2025-02-03", 600)];
    let pay = transfer(Purpose::Pay, "p0", "5.00", "run-1");
    for commit in [false, true] {
        in_host_transaction!(fixture, host => {
            let (program, facts, key) = (&market.program, market.facts(), batch_key(1, 0));
            tenant.receive_in(&mut *host, program, facts, &key, &lines, &checker()).await.unwrap();
            tenant.settle_in(&mut *host, market.settle(), &checker(), now()).await.unwrap();
            assert_eq!(tenant.transfer_in(&mut *host, &pay, &checker()).await.unwrap(), Posted::Now);
            // A refusal in between takes nothing else with it.
            let too_much = transfer(Purpose::Pay, "p0", "999.00", "run-2");
            let refused = tenant.transfer_in(&mut *host, &too_much, &checker()).await;
            assert!(matches!(refused, Err(PostError::Ledger(LedgerError::NotEnough { .. }))));
            if commit { host.commit().await.unwrap() } else { host.rollback().await.unwrap() }
        });
        let mut rows = 0;
        for table in ["receipt", "document", "sums", "entry", "transfer", "account"] {
            rows += fixture.count(&format!("SELECT count(*) FROM {}", fixture.table(table))).await;
        }
        assert_eq!(rows > 0, commit);
    }
    assert_eq!(balances(&tenant, "p0").await[&AccountKind::InPayment], "5.00");
}

async fn every_entry_verifies_as_known_when_it_was_made(fixture: Arc<Fixture>) {
    let store = fixture.store().await;
    let (tenant, market) = (store.tenant("acme"), Market::new());
    market.open(&tenant).await;
    let mut random = Random::new(11);
    for number in 0..5 {
        receive(&tenant, &market, number, &lines(&mut random)).await;
        settle(&tenant, &market).await;
    }
    let entries = tenant.entries(&EntryFilter::default(), &checker()).await.unwrap();
    assert!(entries.iter().any(|posted| posted.entry.is_adjustment()));
    let tables = Tables::new();
    for posted in entries {
        let known = tenant.partials(&market.program, None, Some(posted.recorded_at), &checker()).await.unwrap();
        let basis = Basis::new(&market.program, &known, &tables);
        let explanation = &posted.entry.explanation;
        let partner = &market.partners[&explanation.partner];
        assert_eq!(verify(explanation, basis, partner), Ok(Verified::Whole), "{}", posted.entry.key());
    }
}

async fn a_transfer_is_posted_once(fixture: Arc<Fixture>) {
    let store = fixture.store().await;
    let (tenant, market) = (store.tenant("acme"), Market::new());
    market.open(&tenant).await;
    receive(&tenant, &market, 1, &[sale(line_key(1, Some(1)), "p0", "2025-02-03", 600)]).await;
    settle(&tenant, &market).await;
    let pay = transfer(Purpose::Pay, "p0", "30.00", "run-1/p0");
    assert_eq!(tenant.transfer(&pay, &checker()).await.unwrap(), Posted::Now);
    assert_eq!(tenant.transfer(&pay, &checker()).await.unwrap(), Posted::Before);
    let other = transfer(Purpose::Pay, "p0", "1.00", "run-1/p0");
    assert!(matches!(tenant.transfer(&other, &checker()).await, Err(PostError::SourceUsed { .. })));
    let more = transfer(Purpose::Pay, "p0", "7.76", "run-2/p0");
    let refused = tenant.transfer(&more, &checker()).await.unwrap_err().to_string();
    assert_eq!(refused, "p0/USD/payable has 7.75 USD, which is not enough for 7.76 USD");
    assert!(matches!(tenant.transfer(&more, &writer()).await, Err(PostError::Denied)));
    assert_eq!(balances(&tenant, "p0").await[&AccountKind::InPayment], "30.00");
    // Yen have no hundredths, dinars have thousandths; neither meets the dollars.
    for (amount, currency) in [("5", "JPY"), ("0.005", "KWD")] {
        let money = Money::parse(amount, currency).unwrap();
        let pay =
            Transfer::new(Purpose::Pay, "p0".parse().unwrap(), money, "x", "2026-01-20".parse().unwrap()).unwrap();
        let refused = tenant.transfer(&pay, &checker()).await.unwrap_err().to_string();
        let zero = Money::zero(money.currency());
        assert_eq!(refused, format!("p0/{currency}/payable has {zero}, which is not enough for {money}"));
    }
    let page = JournalPage { limit: 2, ..JournalPage::default() };
    let first = tenant.journal(&page, &checker()).await.unwrap();
    let last = first.last().map(|entry| (entry.recorded_at, entry.transfer.id()));
    let rest = tenant.journal(&JournalPage { after: last, ..page.clone() }, &checker()).await.unwrap();
    let told: Vec<String> = first.iter().chain(&rest).map(|e| e.transfer.purpose().to_string()).collect();
    assert_eq!(told, ["earn", "earn", "pay"]);
    assert!(tenant.journal(&page, &partner()).await.unwrap().is_empty());
}

async fn nobody_is_paid_what_is_not_there(fixture: Arc<Fixture>) {
    let store = fixture.store().await;
    let (tenant, market) = (store.tenant("acme"), Market::new());
    market.open(&tenant).await;
    // 37.75 are payable: seven times 5.00, and no more.
    receive(&tenant, &market, 1, &[sale(line_key(1, Some(1)), "p0", "2025-02-03", 600)]).await;
    settle(&tenant, &market).await;
    let outcomes = at_once(16, |number| {
        let tenant = tenant.clone();
        async move { tenant.transfer(&transfer(Purpose::Pay, "p0", "5.00", &format!("run-{number}")), &checker()).await }
    });
    let (mut paid, mut refused) = (0, 0);
    for outcome in outcomes.await {
        match outcome {
            Ok(posted) => paid += i32::from(posted == Posted::Now),
            Err(PostError::Ledger(LedgerError::NotEnough { .. })) => refused += 1,
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!((paid, refused), (7, 9));
    assert_eq!(balances(&tenant, "p0").await[&AccountKind::Payable], "2.75");
}
