//! Settling: what is due is posted once, and what changes later is posted as the difference it makes.

use std::sync::Arc;

use prm_core::actor::{Actor, VendorRole};
use prm_core::incentive::rebate::Payout;
use prm_core::incentive::settlement::{DueError, Settlement};
use prm_core::ledger::{Account, AccountKind, Purpose};
use prm_core::money::Money;
use prm_core::partner::Suspension;

use super::ledger::{balance, balances, move_money};
use super::people::{act, activate, at, checker, draft, partner, retire, writer};
use super::shop::{Shop, back, day, host_transaction, joined, of, period, quarter, revised, sale, sent, to, year};
use super::{Fixture, declare};
use crate::{EntryFilter, JournalPage, Settle, SettleError, Settled};

declare! {
    settling_again_posts_nothing
    a_late_batch_posts_the_difference_for_what_it_touches
    a_return_after_payment_is_a_debt_that_the_next_earnings_settle
    what_is_held_is_taken_back_before_there_is_a_debt
    a_batch_replaced_by_nothing_reverses_what_was_earned
    only_periods_that_lie_within_are_settled
    only_an_active_version_settles
    only_finance_and_the_host_settle
    a_settlement_stands_or_falls_with_the_hosts_transaction
    a_partner_that_is_not_given_stops_the_settlement
    what_a_suspended_partner_earns_is_held
    what_is_paid_in_another_currency_keeps_its_rate
}

/// How many entries, transfers and settlements there are.
pub(super) async fn posted(database: &Fixture) -> [i64; 3] {
    let count = async |from: String| database.count(&format!("SELECT count(*) FROM {from}")).await;
    let settlements = format!("{} WHERE kind = 'settlement'", database.table("record"));
    [count(database.table("entry")).await, count(database.table("transfer")).await, count(settlements).await]
}

pub(super) fn usd(amount: &str) -> Money {
    Money::parse(amount, "USD").unwrap()
}

/// What is due in a settlement: partner, incentive, period, payout, and whether it is an adjustment.
pub(super) fn told(settled: &Settled) -> Vec<String> {
    let entries = settled.entries.iter();
    let told = entries.map(|entry| {
        let adjusts = if entry.is_adjustment() { " now" } else { "" };
        format!("{} {}{adjusts}", entry.key(), entry.explanation.earned)
    });
    told.collect()
}

async fn settling_again_posts_nothing(database: Arc<Fixture>) {
    let (store, shop) = (database.store().await, Shop::new());
    let tenant = store.tenant("acme");
    shop.open(&tenant).await;
    shop.receive(
        &tenant,
        &sent("b1", [sale("SO1/1", "1500", "2025-02-10"), to("p2", sale("SO1/2", "40", "2025-05-10"))]),
    )
    .await;
    let first = shop.settle(&tenant, year()).await;
    assert_eq!(told(&first), ["p1/volume/2025-Q1 200.00 USD", "p2/volume/2025-Q2 4.00 USD"]);
    assert_eq!((first.settlement, first.posted), (Some(1), vec![usd("204.00")]));
    assert_eq!(balance(&tenant, "p1", AccountKind::Payable).await, 20_000);
    let before = posted(&database).await;
    assert_eq!(before, [2, 2, 1]);
    // Again, as a whole or in part, or after a batch that changes nothing.
    for covers in [year(), quarter(1), quarter(2), quarter(3)] {
        assert_eq!(shop.settle(&tenant, covers).await, Settled::default());
    }
    shop.receive(&tenant, &sent("b2", [sale("SO1/1", "1500", "2025-02-10")])).await;
    assert_eq!(shop.settle(&tenant, year()).await, Settled::default());
    assert_eq!(posted(&database).await, before);
    let record = tenant.get::<Settlement>("00000001", &checker()).await.unwrap().unwrap().record;
    assert_eq!((record.statements, record.entries, record.posted), (2, 2, vec![usd("204.00")]));
}

async fn a_late_batch_posts_the_difference_for_what_it_touches(database: Arc<Fixture>) {
    let (store, shop) = (database.store().await, Shop::new());
    let tenant = store.tenant("acme");
    shop.open(&tenant).await;
    let lines = [
        sale("SO1/1", "900", "2025-02-10"),
        sale("SO1/2", "100", "2025-05-10"),
        to("p2", sale("SO1/3", "100", "2025-02-10")),
    ];
    shop.receive(&tenant, &sent("b1", lines)).await;
    shop.settle(&tenant, year()).await;
    // 200 more reach the band beyond 1,000: 10 % on 100 of them, 20 % on the others.
    shop.receive(&tenant, &sent("b2", [sale("SO2/1", "200", "2025-03-10")])).await;
    let late = shop.settle(&tenant, year()).await;
    assert_eq!(told(&late), ["p1/volume/2025-Q1 120.00 USD now"]);
    assert_eq!(late.entries[0].before, Some(Payout::Money(usd("90.00"))));
    assert_eq!((late.settlement, &late.posted), (Some(2), &vec![usd("30.00")]));
    assert_eq!(posted(&database).await, [4, 4, 2]);
    let journal = tenant.journal(&JournalPage { limit: 10, ..JournalPage::default() }, &checker()).await.unwrap();
    let of_late: Vec<_> = journal.iter().filter(|entry| entry.settlement == Some(2)).collect();
    assert_eq!(of_late.len(), 1);
    assert_eq!((of_late[0].transfer.purpose(), of_late[0].transfer.amount()), (Purpose::Earn, usd("30.00")));
    // It belongs to the day of the settlement; what was earned for the first time to its period.
    assert_eq!(of_late[0].transfer.effective_on(), at(60).date_naive());
    assert!(journal.iter().any(|entry| entry.transfer.effective_on() == "2025-06-30".parse().unwrap()));
}

async fn a_return_after_payment_is_a_debt_that_the_next_earnings_settle(database: Arc<Fixture>) {
    let (store, shop) = (database.store().await, Shop::new());
    let tenant = store.tenant("acme");
    shop.open(&tenant).await;
    shop.receive(&tenant, &sent("b1", [sale("SO1/1", "1000", "2025-02-10")])).await;
    shop.settle(&tenant, quarter(1)).await;
    move_money(&tenant, Purpose::Pay, "p1", 9000, "run-1").await.unwrap();
    move_money(&tenant, Purpose::Confirm, "p1", 9000, "run-1").await.unwrap();
    // 100.00 were earned and 90.00 paid: of 60.00 that are no longer earned, 10.00 can be kept back.
    shop.receive(&tenant, &sent("b2", [back("SO8/1", "SO1/1", "-600", "2025-05-10")])).await;
    let late = shop.settle(&tenant, quarter(1)).await;
    assert_eq!((told(&late), late.posted), (vec!["p1/volume/2025-Q1 40.00 USD now".to_owned()], vec![usd("-60.00")]));
    assert_eq!(balance(&tenant, "p1", AccountKind::Payable).await, 0);
    assert_eq!(balance(&tenant, "p1", AccountKind::Recoverable).await, -5000);
    // The next 20.00 go towards the debt, and so do 30.00 of the 100.00 after them.
    for (batch, net, payable, debt) in [("b3", "200", 0, -3000), ("b4", "1000", 9000, 0)] {
        shop.receive(&tenant, &sent(batch, [sale(&format!("{batch}/1"), net, "2025-05-10")])).await;
        shop.settle(&tenant, quarter(2)).await;
        assert_eq!(balance(&tenant, "p1", AccountKind::Payable).await, payable);
        assert_eq!(balance(&tenant, "p1", AccountKind::Recoverable).await, debt);
    }
    assert_eq!(balance(&tenant, "p1", AccountKind::Earned).await, -18_000);
    assert_eq!(balance(&tenant, "p1", AccountKind::Paid).await, 9000);
}

async fn what_is_held_is_taken_back_before_there_is_a_debt(database: Arc<Fixture>) {
    let (store, shop) = (database.store().await, Shop::new());
    let tenant = store.tenant("acme");
    shop.open(&tenant).await;
    shop.receive(&tenant, &sent("b1", [sale("SO1/1", "1000", "2025-02-10")])).await;
    shop.settle(&tenant, year()).await;
    move_money(&tenant, Purpose::Hold, "p1", 7000, "dispute-1").await.unwrap();
    shop.receive(&tenant, &sent("b2", [back("SO8/1", "SO1/1", "-800", "2025-03-10")])).await;
    shop.settle(&tenant, year()).await;
    for (kind, expected) in [
        (AccountKind::Payable, 0),
        (AccountKind::Held, 2000),
        (AccountKind::Recoverable, 0),
        (AccountKind::Earned, -2000),
    ] {
        assert_eq!(balance(&tenant, "p1", kind).await, expected, "{kind}");
    }
}

async fn a_batch_replaced_by_nothing_reverses_what_was_earned(database: Arc<Fixture>) {
    let (store, shop) = (database.store().await, Shop::new());
    let tenant = store.tenant("acme");
    shop.open(&tenant).await;
    shop.receive(
        &tenant,
        &sent("b1", [sale("SO1/1", "1000", "2025-02-10"), of("bike", 10, sale("SO1/2", "1", "2025-02-10"))]),
    )
    .await;
    shop.settle(&tenant, quarter(1)).await;
    shop.receive(&tenant, &revised("b1", 1, [])).await;
    let gone = shop.settle(&tenant, quarter(1)).await;
    assert_eq!(told(&gone), ["p1/boxes/2025-Q1 0 units now", "p1/volume/2025-Q1 0.00 USD now"]);
    assert_eq!(gone.posted, [usd("-100.20")]);
    assert_eq!(balance(&tenant, "p1", AccountKind::Payable).await, 0);
    assert_eq!(shop.settle(&tenant, quarter(1)).await, Settled::default());
    // What comes back is earned again.
    shop.receive(&tenant, &revised("b1", 2, [sale("SO1/1", "10", "2025-02-10")])).await;
    assert_eq!(told(&shop.settle(&tenant, quarter(1)).await), ["p1/volume/2025-Q1 1.00 USD now"]);
    shop.verify_entries(&tenant).await;
}

async fn only_periods_that_lie_within_are_settled(database: Arc<Fixture>) {
    let (store, shop) = (database.store().await, Shop::new());
    let tenant = store.tenant("acme");
    shop.open(&tenant).await;
    let days = ["2025-01-01", "2025-03-31", "2025-04-01", "2025-06-30", "2025-12-31"];
    let lines: Vec<_> = days.iter().zip(1..).map(|(day, number)| sale(&format!("SO1/{number}"), "10", day)).collect();
    shop.receive(&tenant, &sent("b1", lines)).await;
    assert_eq!(shop.settle(&tenant, period("2025-01-02", "2025-06-30")).await, Settled::default());
    let settled = shop.settle(&tenant, period("2025-02-01", "2025-12-31")).await;
    assert_eq!(told(&settled), ["p1/volume/2025-Q2 2.00 USD"]);
    let settled = shop.settle(&tenant, period("2024-01-01", "2027-01-01")).await;
    assert_eq!(told(&settled), ["p1/volume/2025-Q1 2.00 USD", "p1/volume/2025-Q4 1.00 USD"]);
}

async fn only_an_active_version_settles(database: Arc<Fixture>) {
    let (store, shop) = (database.store().await, Shop::new());
    let tenant = store.tenant("acme");
    let refused = async |shop: &Shop| {
        let refused = shop.try_settle(&tenant, year()).await;
        assert!(matches!(refused, Err(SettleError::NotActive { program }) if program == *shop.program.identity()));
    };
    shop.receive(&tenant, &sent("b1", [sale("SO1/1", "1000", "2025-02-10")])).await;
    refused(&shop).await;
    shop.draft(&tenant).await;
    refused(&shop).await;
    // Active in another tenant, or another version of it, or another document under the same name and version.
    shop.open(&store.tenant("other")).await;
    act(&tenant, "later", draft("2", "2026-01-01", "2027-01-01"), writer(), 0).await.unwrap();
    act(&tenant, "later", activate(), checker(), 1).await.unwrap();
    refused(&shop).await;
    act(&tenant, "Ridgeline", activate(), checker(), 1).await.unwrap();
    refused(&Shop::with(&[("rate: 20 %", "rate: 50 %")])).await;
    assert_eq!(posted(&database).await, [0; 3]);
    shop.settle(&tenant, year()).await;
    act(&tenant, "Ridgeline", retire("replaced"), writer(), 2).await.unwrap();
    refused(&shop).await;
}

async fn only_finance_and_the_host_settle(database: Arc<Fixture>) {
    let (store, shop) = (database.store().await, Shop::new());
    let tenant = store.tenant("acme");
    shop.open(&tenant).await;
    shop.receive(&tenant, &sent("b1", [sale("SO1/1", "1000", "2025-02-10")])).await;
    let vendor = |role| Actor::Vendor { person: "x".parse().unwrap(), role };
    let others = [VendorRole::ChannelManager, VendorRole::Marketing, VendorRole::Auditor].map(vendor);
    for actor in others.iter().chain([&writer(), &partner(), &Actor::Deadline]) {
        let denied = tenant.settle(shop.settling(year()), actor, at(60)).await;
        assert!(matches!(denied, Err(SettleError::Denied)), "{actor:?}");
    }
    assert_eq!(posted(&database).await, [0; 3]);
    let settled = tenant.settle(shop.settling(year()), &Actor::Host, at(60)).await.unwrap();
    assert_eq!(settled.settlement, Some(1));
}

async fn a_settlement_stands_or_falls_with_the_hosts_transaction(database: Arc<Fixture>) {
    let (store, shop) = (database.store().await, Shop::new());
    let tenant = store.tenant("acme");
    shop.open(&tenant).await;
    shop.receive(&tenant, &sent("b1", [sale("SO1/1", "1000", "2025-02-10")])).await;
    for commit in [false, true] {
        let mut transaction = host_transaction(&database).await;
        let settle = || shop.settling(year());
        let settled = tenant.settle_in(joined(&mut transaction), settle(), &checker(), at(60)).await.unwrap();
        assert_eq!(told(&settled), ["p1/volume/2025-Q1 100.00 USD"]);
        let again = tenant.settle_in(joined(&mut transaction), settle(), &checker(), at(60)).await.unwrap();
        assert_eq!(again, Settled::default());
        if commit {
            transaction.commit().await.unwrap();
        } else {
            transaction.rollback().await.unwrap();
            assert_eq!(posted(&database).await, [0; 3]);
            assert_eq!(balance(&tenant, "p1", AccountKind::Payable).await, 0);
        }
    }
    assert_eq!(posted(&database).await, [1, 1, 1]);
    assert_eq!(balance(&tenant, "p1", AccountKind::Payable).await, 10_000);
}

async fn a_partner_that_is_not_given_stops_the_settlement(database: Arc<Fixture>) {
    let (store, shop) = (database.store().await, Shop::new());
    let (tenant, narrow) = (store.tenant("acme"), Shop::new().without("p2"));
    let not_given = async |covers| {
        let refused = narrow.try_settle(&tenant, covers).await;
        assert!(matches!(
            refused,
            Err(SettleError::Due(DueError::PartnerNotGiven { partner })) if partner.as_str() == "p2"
        ));
    };
    shop.open(&tenant).await;
    let lines = [sale("SO1/1", "1000", "2025-02-10"), to("p2", sale("SO1/2", "40", "2025-02-10"))];
    shop.receive(&tenant, &sent("b1", lines)).await;
    not_given(year()).await;
    assert_eq!(posted(&database).await, [0; 3]);
    // Nor may it be missing when its sales are gone, and what was posted for it has to be reversed.
    shop.settle(&tenant, year()).await;
    let before = posted(&database).await;
    shop.receive(&tenant, &revised("b1", 1, [sale("SO1/1", "1000", "2025-02-10")])).await;
    not_given(quarter(1)).await;
    assert_eq!(posted(&database).await, before);
    // In a quarter without it, it may.
    assert_eq!(narrow.settle(&tenant, quarter(3)).await, Settled::default());
}

async fn what_a_suspended_partner_earns_is_held(database: Arc<Fixture>) {
    let (tenant, mut shop) = (database.store().await.tenant("acme"), Shop::new());
    shop.open(&tenant).await;
    let suspension = Suspension { from: day("2025-01-01"), until: None };
    shop.partners.get_mut("p1").unwrap().suspended.push(suspension);
    let lines = [sale("SO1/1", "1000", "2025-02-10"), to("p2", sale("SO1/2", "500", "2025-02-10"))];
    shop.receive(&tenant, &sent("b1", lines)).await;
    shop.settle(&tenant, quarter(1)).await;
    for (payee, payable, held) in [("p1", 0, 10_000), ("p2", 5_000, 0)] {
        assert_eq!(balance(&tenant, payee, AccountKind::Payable).await, payable, "{payee}");
        assert_eq!(balance(&tenant, payee, AccountKind::Held).await, held, "{payee}");
    }
    // Reinstated, it is paid what was held once somebody releases it, and what it earns from then on at once.
    shop.partners.get_mut("p1").unwrap().suspended.clear();
    move_money(&tenant, Purpose::Release, "p1", 10_000, "reinstated").await.unwrap();
    shop.receive(&tenant, &sent("b2", [sale("SO2/1", "100", "2025-05-10")])).await;
    shop.settle(&tenant, quarter(2)).await;
    assert_eq!(balance(&tenant, "p1", AccountKind::Payable).await, 11_000);
}

async fn what_is_paid_in_another_currency_keeps_its_rate(database: Arc<Fixture>) {
    let (tenant, mut shop) = (database.store().await.tenant("acme"), Shop::new());
    shop.open(&tenant).await;
    shop.partners.get_mut("p1").unwrap().payout_currency = Some("EUR".parse().unwrap());
    shop.receive(&tenant, &sent("b1", [sale("SO1/1", "880.80", "2025-02-10")])).await;
    // 88.08 USD, at the last rate before the settlement: 1.101 dollars for a euro.
    let settled = shop.settle(&tenant, quarter(1)).await;
    assert_eq!(settled.posted.iter().map(ToString::to_string).collect::<Vec<_>>(), ["80.00 EUR"]);
    let euros = async |kind| {
        let account = Account { payee: "p1".parse().unwrap(), currency: "EUR".parse().unwrap(), kind };
        balances(&tenant, None).await.get(&account).map_or(0, |balance| balance.minor())
    };
    assert_eq!((euros(AccountKind::Payable).await, balance(&tenant, "p1", AccountKind::Payable).await), (8_000, 0));
    assert!(shop.settle(&tenant, quarter(1)).await.settlement.is_none());
    // A return takes back at the rate at which it was given, although there is no rate of its day; and a partner that is
    // paid in dollars from now on goes on owing euros for what it got in euros.
    shop.partners.get_mut("p1").unwrap().payout_currency = None;
    shop.receive(&tenant, &sent("b2", [back("SO9/1", "SO1/1", "-440.40", "2025-05-10")])).await;
    let settle = Settle::new(&shop.program, &shop.partners, shop.tables(), quarter(1));
    let adjusted = tenant.settle(settle, &checker(), at(90)).await.unwrap();
    assert_eq!(adjusted.posted.iter().map(ToString::to_string).collect::<Vec<_>>(), ["-40.00 EUR"]);
    let entries = tenant.entries(&EntryFilter::default(), &Actor::Host).await.unwrap();
    let last = &entries.last().unwrap().entry;
    assert_eq!(last.paid.unwrap().money.to_string(), "40.00 EUR");
    assert_eq!(last.paid_before.unwrap().money.to_string(), "80.00 EUR");
    assert_eq!(last.differences().unwrap(), adjusted.posted);
}
