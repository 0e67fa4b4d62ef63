//! The ledger: nothing is moved that is not there, nothing is moved twice, and everything can be looked up later.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use prm_core::actor::{Actor, PartnerRole, VendorRole};
use prm_core::ledger::{Account, AccountKind, LedgerError, Purpose, Transfer};
use prm_core::money::Money;

use super::people::{checker, partner, writer};
use super::shop::{Shop, day, host_transaction, joined, quarter, revised, sale, sent, to, year};
use super::{Fixture, at_once, declare};
use crate::{JournalEntry, JournalPage, PostError, Posted, Tenant};

declare! {
    a_transfer_that_is_posted_again_changes_nothing
    a_source_causes_one_transfer_of_a_purpose
    nothing_is_moved_that_is_not_there
    many_payments_at_once_take_no_more_than_there_is
    a_transfer_sent_many_times_at_once_is_posted_once
    payments_of_many_payees_do_not_wait_for_each_other_forever
    balances_are_known_as_they_were
    pages_of_the_journal_hold_every_transfer_once
    the_journal_is_in_the_order_in_which_money_moved
    what_settlements_post_nobody_posts_by_hand
    only_finance_and_the_host_post
    partners_see_their_own_money
    a_transfer_stands_or_falls_with_the_hosts_transaction
    a_balance_that_is_not_what_transfers_say_is_told
    what_comes_back_settles_a_debt_first
    amounts_too_large_together_are_summed_all_the_same
    a_past_day_is_known_then_and_now
}

/// A transfer of a payee's in dollars.
fn transfer(purpose: Purpose, payee: &str, minor: i64, source: &str) -> Transfer {
    let amount = Money::from_minor(minor, "USD".parse().unwrap());
    Transfer::new(purpose, payee.parse().unwrap(), amount, source, day("2025-07-01")).unwrap()
}

pub(super) async fn move_money(
    tenant: &Tenant,
    purpose: Purpose,
    payee: &str,
    minor: i64,
    source: &str,
) -> Result<Posted, PostError> {
    tenant.transfer(&transfer(purpose, payee, minor, source), &checker()).await
}

/// All balances but those of nothing.
pub(super) async fn balances(tenant: &Tenant, known_at: Option<DateTime<Utc>>) -> BTreeMap<Account, Money> {
    let mut balances = tenant.balances(None, known_at, &checker()).await.unwrap();
    balances.retain(|_, balance| !balance.is_zero());
    balances
}

/// The balance of one account in dollars, in cents.
pub(super) async fn balance(tenant: &Tenant, payee: &str, kind: AccountKind) -> i64 {
    let account = Account { payee: payee.parse().unwrap(), currency: "USD".parse().unwrap(), kind };
    balances(tenant, None).await.get(&account).map_or(0, |balance| balance.minor())
}

/// The whole journal, page by page.
pub(super) async fn journal(tenant: &Tenant, limit: u32) -> Vec<JournalEntry> {
    let mut entries: Vec<JournalEntry> = Vec::new();
    let mut page = JournalPage { limit, ..JournalPage::default() };
    loop {
        let next = tenant.journal(&page, &checker()).await.unwrap();
        let Some(last) = next.last() else { return entries };
        page.after = Some((last.recorded_at, last.transfer.id()));
        entries.extend(next);
    }
}

/// A tenant where `p1` has 1,000.00 payable, and `p2` 100.00.
async fn earned(database: &Fixture) -> Tenant {
    let (tenant, shop) = (database.store().await.tenant("acme"), Shop::new());
    shop.open(&tenant).await;
    let lines = [sale("SO1/1", "5500", "2025-02-10"), to("p2", sale("SO1/2", "1000", "2025-05-10"))];
    shop.receive(&tenant, &sent("b1", lines)).await;
    shop.settle(&tenant, year()).await;
    assert_eq!(balance(&tenant, "p1", AccountKind::Payable).await, 100_000);
    tenant
}

fn not_enough(posted: &Result<Posted, PostError>) -> bool {
    matches!(posted, Err(PostError::Ledger(LedgerError::NotEnough { .. })))
}

async fn a_transfer_that_is_posted_again_changes_nothing(database: Arc<Fixture>) {
    let tenant = earned(&database).await;
    let pay = transfer(Purpose::Pay, "p1", 60_000, "run-1/1");
    assert_eq!(tenant.transfer(&pay, &checker()).await.unwrap(), Posted::Now);
    let before = (balances(&tenant, None).await, journal(&tenant, 100).await);
    // Again, by somebody else too, and although there would not be enough for it.
    for by in [checker(), Actor::Host, checker()] {
        assert_eq!(tenant.transfer(&pay, &by).await.unwrap(), Posted::Before);
    }
    assert_eq!((balances(&tenant, None).await, journal(&tenant, 100).await), before);
    assert_eq!(balance(&tenant, "p1", AccountKind::Payable).await, 40_000);
}

async fn a_source_causes_one_transfer_of_a_purpose(database: Arc<Fixture>) {
    let tenant = earned(&database).await;
    move_money(&tenant, Purpose::Pay, "p1", 500, "run-1/1").await.unwrap();
    let before = (balances(&tenant, None).await, journal(&tenant, 100).await);
    let pay = transfer(Purpose::Pay, "p1", 500, "run-1/1");
    let (on, payee) = (pay.effective_on(), || pay.payee().clone());
    let with = |payee, amount, on| Transfer::new(Purpose::Pay, payee, amount, "run-1/1", on).unwrap();
    let others = [
        with(payee(), Money::from_minor(501, "USD".parse().unwrap()), on),
        with(payee(), Money::from_minor(500, "EUR".parse().unwrap()), on),
        with("p2".parse().unwrap(), pay.amount(), on),
        with(payee(), pay.amount(), on.succ_opt().unwrap()),
    ];
    for other in others {
        let used = tenant.transfer(&other, &checker()).await;
        assert!(matches!(used, Err(PostError::SourceUsed { source_text }) if source_text == "run-1/1"), "{other:?}");
    }
    assert_eq!((balances(&tenant, None).await, journal(&tenant, 100).await), before);
    // For another purpose the same source is another transfer: a payment and its confirmation.
    assert_eq!(move_money(&tenant, Purpose::Confirm, "p1", 500, "run-1/1").await.unwrap(), Posted::Now);
}

async fn nothing_is_moved_that_is_not_there(database: Arc<Fixture>) {
    let tenant = earned(&database).await;
    move_money(&tenant, Purpose::Hold, "p2", 3000, "held").await.unwrap();
    let before = (balances(&tenant, None).await, journal(&tenant, 100).await);
    for (payee, purpose, minor) in [
        ("p1", Purpose::Pay, 100_001),
        ("p1", Purpose::Pay, i64::MAX),
        ("p1", Purpose::Hold, 100_001),
        ("p1", Purpose::Forfeit, 100_001),
        ("p1", Purpose::Confirm, 1),
        ("p1", Purpose::ReturnPayment, 1),
        ("p1", Purpose::Release, 1),
        ("p1", Purpose::WriteOff, 1),
        ("p2", Purpose::Pay, 7001),
        ("p2", Purpose::Release, 3001),
        ("p3", Purpose::Pay, 1),
        ("nobody", Purpose::Pay, 1),
    ] {
        let refused = move_money(&tenant, purpose, payee, minor, "too much").await;
        assert!(not_enough(&refused), "{payee} {purpose} {minor}: {refused:?}");
        assert_eq!((balances(&tenant, None).await, journal(&tenant, 100).await), before, "{payee} {purpose} {minor}");
    }
    // A refusal is not kept: the source may be used when there is enough.
    move_money(&tenant, Purpose::Pay, "p1", 100_000, "too much").await.unwrap();
}

async fn many_payments_at_once_take_no_more_than_there_is(database: Arc<Fixture>) {
    let tenant = earned(&database).await;
    let outcomes = at_once(16, |number| {
        let tenant = tenant.clone();
        async move { move_money(&tenant, Purpose::Pay, "p1", 10_000, &format!("run-1/{number}")).await }
    });
    let outcomes = outcomes.await;
    assert_eq!(outcomes.iter().filter(|outcome| matches!(outcome, Ok(Posted::Now))).count(), 10, "{outcomes:?}");
    assert_eq!(outcomes.iter().filter(|outcome| not_enough(outcome)).count(), 6, "{outcomes:?}");
    assert_eq!(balance(&tenant, "p1", AccountKind::Payable).await, 0);
    assert_eq!(balance(&tenant, "p1", AccountKind::InPayment).await, 100_000);
    assert_eq!(journal(&tenant, 100).await.len(), 2 + 10);
}

async fn a_transfer_sent_many_times_at_once_is_posted_once(database: Arc<Fixture>) {
    let tenant = earned(&database).await;
    let outcomes = at_once(16, |_| {
        let tenant = tenant.clone();
        async move { move_money(&tenant, Purpose::Pay, "p1", 10_000, "run-1/1").await.map_err(|e| e.to_string()) }
    });
    let mut outcomes: Vec<_> = outcomes.await.into_iter().map(Result::unwrap).collect();
    outcomes.sort_by_key(|posted| *posted == Posted::Before);
    assert_eq!((outcomes[0], &outcomes[1..]), (Posted::Now, &[Posted::Before; 15][..]));
    assert_eq!(balance(&tenant, "p1", AccountKind::InPayment).await, 10_000);
}

async fn payments_of_many_payees_do_not_wait_for_each_other_forever(database: Arc<Fixture>) {
    let (store, shop) = (database.store().await, Arc::new(Shop::new()));
    let tenant = store.tenant("acme");
    shop.open(&tenant).await;
    let batch = |number: usize| {
        let line = |payee| to(payee, sale(&format!("SO{number}/{payee}"), "100", "2025-02-10"));
        sent(&format!("b{number}"), ["p3", "p1", "p2"].map(line))
    };
    // Settlements hold the accounts of all payees while each is paid.
    let outcomes = at_once(8, |number| {
        let (tenant, shop) = (tenant.clone(), Arc::clone(&shop));
        async move {
            let mut failed = Vec::new();
            shop.receive(&tenant, &batch(number)).await;
            failed.extend(shop.try_settle(&tenant, year()).await.err().map(|error| error.to_string()));
            for payee in ["p2", "p3", "p1"] {
                let paid = move_money(&tenant, Purpose::Pay, payee, 100, &format!("run-{number}/{payee}")).await;
                failed.extend(paid.err().map(|error| error.to_string()));
            }
            failed
        }
    });
    assert_eq!(outcomes.await.concat(), Vec::<String>::new());
    for payee in ["p1", "p2", "p3"] {
        assert_eq!(balance(&tenant, payee, AccountKind::Earned).await, -8000);
        assert_eq!(balance(&tenant, payee, AccountKind::InPayment).await, 800);
    }
}

async fn balances_are_known_as_they_were(database: Arc<Fixture>) {
    let begin = Utc::now();
    let tenant = earned(&database).await;
    for (number, (purpose, payee, minor)) in [
        (Purpose::Pay, "p1", 60_000),
        (Purpose::Hold, "p2", 4000),
        (Purpose::Confirm, "p1", 20_000),
        (Purpose::ReturnPayment, "p1", 40_000),
        (Purpose::Release, "p2", 1000),
        (Purpose::Forfeit, "p1", 500),
    ]
    .into_iter()
    .enumerate()
    {
        move_money(&tenant, purpose, payee, minor, &format!("step-{number}")).await.unwrap();
    }
    let entries = journal(&tenant, 100).await;
    for at in entries.iter().map(|entry| entry.recorded_at) {
        assert_eq!(balances(&tenant, Some(at)).await, summed(entries.iter().filter(|entry| entry.recorded_at <= at)));
        let page = JournalPage { known_at: Some(at), limit: 100, ..JournalPage::default() };
        let known = entries.iter().filter(|entry| entry.recorded_at <= at).count();
        assert_eq!(tenant.journal(&page, &checker()).await.unwrap().len(), known);
    }
    assert_eq!(balances(&tenant, Some(Utc::now())).await, balances(&tenant, None).await);
    assert!(balances(&tenant, Some(begin)).await.is_empty());
}

/// What transfers come to.
pub(super) fn summed<'e>(entries: impl Iterator<Item = &'e JournalEntry>) -> BTreeMap<Account, Money> {
    let mut sums: BTreeMap<Account, Money> = BTreeMap::new();
    for JournalEntry { transfer, .. } in entries {
        let zero = Money::zero(transfer.amount().currency());
        for (account, change) in
            [(transfer.debit(), zero.minus(transfer.amount()).unwrap()), (transfer.credit(), transfer.amount())]
        {
            let sum = sums.entry(account).or_insert(zero);
            *sum = sum.plus(change).unwrap();
        }
    }
    sums.retain(|_, sum| !sum.is_zero());
    sums
}

async fn pages_of_the_journal_hold_every_transfer_once(database: Arc<Fixture>) {
    let tenant = earned(&database).await;
    for number in 0..23 {
        move_money(&tenant, Purpose::Pay, "p1", 1 + number, &format!("run-1/{number}")).await.unwrap();
    }
    let all = journal(&tenant, 100).await;
    assert_eq!(all.len(), 25);
    for limit in [1, 3, 5, 24, 25, 26] {
        assert_eq!(journal(&tenant, limit).await, all);
    }
    let of_p2 = JournalPage { payee: Some("p2".to_owned()), limit: 100, ..JournalPage::default() };
    let of_p2 = tenant.journal(&of_p2, &checker()).await.unwrap();
    assert_eq!((of_p2.len(), of_p2[0].settlement, &of_p2[0].by), (1, Some(1), &checker()));
}

async fn the_journal_is_in_the_order_in_which_money_moved(database: Arc<Fixture>) {
    let tenant = earned(&database).await;
    move_money(&tenant, Purpose::Hold, "p2", 6000, "held").await.unwrap();
    let mut transaction = host_transaction(&database).await;
    let mut release = async |minor, source| {
        let release = transfer(Purpose::Release, "p2", minor, source);
        tenant.transfer_in(joined(&mut transaction), &release, &checker()).await.unwrap();
    };
    release(1, "released-1").await;
    // It waits for the host's transaction, which only then brings what it pays out. (Memory has one connection, for
    // which it waits just so.)
    let paying = tenant.clone();
    let paid = tokio::spawn(async move { move_money(&paying, Purpose::Pay, "p2", 10_000, "paid").await });
    tokio::time::sleep(Duration::from_millis(50)).await;
    release(5999, "released-2").await;
    transaction.commit().await.unwrap();
    assert_eq!(paid.await.unwrap().unwrap(), Posted::Now);
    for JournalEntry { recorded_at, .. } in journal(&tenant, 100).await {
        for (account, balance) in balances(&tenant, Some(recorded_at)).await {
            assert!(account.kind.may_hold(balance.minor()), "{account} was {balance} at {recorded_at}");
        }
    }
}

async fn what_settlements_post_nobody_posts_by_hand(database: Arc<Fixture>) {
    let tenant = earned(&database).await;
    let before = journal(&tenant, 100).await;
    let settlements = [Purpose::Earn, Purpose::Reverse, Purpose::ReverseHeld, Purpose::ClawBack, Purpose::Recover];
    for transfer in settlements.map(|purpose| transfer(purpose, "p1", 1, "by hand")).into_iter().chain([
        // Nor may a source stand in the way of one that a settlement will have.
        transfer(Purpose::Pay, "p1", 1, "settlement/2/volume/2025-Q1/p1/USD"),
    ]) {
        let refused = tenant.transfer(&transfer, &Actor::Host).await;
        assert!(matches!(refused, Err(PostError::Settlements { .. })), "{transfer:?}: {refused:?}");
    }
    assert_eq!(journal(&tenant, 100).await, before);
}

async fn only_finance_and_the_host_post(database: Arc<Fixture>) {
    let tenant = earned(&database).await;
    let before = journal(&tenant, 100).await;
    let pay = transfer(Purpose::Pay, "p1", 500, "run-1/1");
    let vendor = |role| Actor::Vendor { person: "x".parse().unwrap(), role };
    let others = [VendorRole::ChannelManager, VendorRole::Marketing, VendorRole::Auditor].map(vendor);
    for actor in others.iter().chain([&writer(), &partner(), &Actor::Deadline]) {
        assert!(matches!(tenant.transfer(&pay, actor).await, Err(PostError::Denied)), "{actor:?}");
    }
    assert_eq!(journal(&tenant, 100).await, before);
    assert_eq!(tenant.transfer(&pay, &Actor::Host).await.unwrap(), Posted::Now);
    // Who may not post is told nothing of what is posted.
    assert!(matches!(tenant.transfer(&pay, &partner()).await, Err(PostError::Denied)));
}

async fn partners_see_their_own_money(database: Arc<Fixture>) {
    let tenant = earned(&database).await;
    let seen = async |payee: Option<&str>, by: &Actor| {
        let id = payee.map(|payee| payee.parse().unwrap());
        let page = JournalPage { payee: payee.map(str::to_owned), limit: 100, ..JournalPage::default() };
        let balances = tenant.balances(id.as_ref(), None, by).await.unwrap();
        (balances.len(), tenant.journal(&page, by).await.unwrap().len())
    };
    for (role, own) in [(PartnerRole::Executive, (2, 1)), (PartnerRole::Sales, (0, 0))] {
        let person = Actor::Partner { partner: "p1".parse().unwrap(), person: "x".parse().unwrap(), role };
        assert_eq!(seen(Some("p1"), &person).await, own, "{role:?}");
        assert_eq!((seen(Some("p2"), &person).await, seen(None, &person).await), ((0, 0), (0, 0)), "{role:?}");
    }
    let auditor = Actor::Vendor { person: "x".parse().unwrap(), role: VendorRole::Auditor };
    assert_eq!(seen(None, &auditor).await, (4, 2));
}

async fn a_transfer_stands_or_falls_with_the_hosts_transaction(database: Arc<Fixture>) {
    let tenant = earned(&database).await;
    let before = (balances(&tenant, None).await, journal(&tenant, 100).await);
    for commit in [false, true] {
        let mut transaction = host_transaction(&database).await;
        let pay = |minor, source| transfer(Purpose::Pay, "p1", minor, source);
        let posted = tenant.transfer_in(joined(&mut transaction), &pay(60_000, "run-1"), &checker()).await.unwrap();
        assert_eq!(posted, Posted::Now);
        // What is refused leaves the transaction usable, and sees what was done in it.
        let refused = tenant.transfer_in(joined(&mut transaction), &pay(40_001, "run-2"), &checker()).await;
        assert!(not_enough(&refused));
        tenant.transfer_in(joined(&mut transaction), &pay(40_000, "run-2"), &checker()).await.unwrap();
        if commit {
            transaction.commit().await.unwrap();
        } else {
            transaction.rollback().await.unwrap();
            assert_eq!((&balances(&tenant, None).await, &journal(&tenant, 100).await), (&before.0, &before.1));
        }
    }
    assert_eq!(balance(&tenant, "p1", AccountKind::InPayment).await, 100_000);
}

async fn a_balance_that_is_not_what_transfers_say_is_told(database: Arc<Fixture>) {
    let tenant = earned(&database).await;
    assert!(tenant.trial_balance(&checker()).await.unwrap().holds());
    let shift = |by: i64| {
        format!(
            "UPDATE {} SET balance = balance + {by} WHERE payee = 'p1' AND kind = 'payable'",
            database.table("account")
        )
    };
    database.run(&shift(1)).await;
    let trial = tenant.trial_balance(&checker()).await.unwrap();
    assert!(!trial.holds());
    assert_eq!(trial.differing.iter().map(ToString::to_string).collect::<Vec<_>>(), ["p1/USD/payable"]);
    assert_eq!(trial.currencies[0].2, 1);
    database.run(&shift(-1)).await;
    assert!(tenant.trial_balance(&checker()).await.unwrap().holds());
}

async fn what_comes_back_settles_a_debt_first(database: Arc<Fixture>) {
    let (tenant, shop) = (earned(&database).await, Shop::new());
    move_money(&tenant, Purpose::Pay, "p1", 90_000, "run-1").await.unwrap();
    move_money(&tenant, Purpose::Hold, "p1", 10_000, "held").await.unwrap();
    // The sales were none: what is held is taken back, and the rest is owed while the payment is on its way.
    shop.receive(&tenant, &revised("b1", 1, [to("p2", sale("SO1/2", "1000", "2025-05-10"))])).await;
    shop.settle(&tenant, year()).await;
    assert_eq!(balance(&tenant, "p1", AccountKind::Recoverable).await, -90_000);
    assert_eq!(move_money(&tenant, Purpose::ReturnPayment, "p1", 60_000, "run-1").await.unwrap(), Posted::Now);
    // Posted again, it settles nothing again.
    assert_eq!(move_money(&tenant, Purpose::ReturnPayment, "p1", 60_000, "run-1").await.unwrap(), Posted::Before);
    assert_eq!(balance(&tenant, "p1", AccountKind::Payable).await, 0);
    assert_eq!(balance(&tenant, "p1", AccountKind::Recoverable).await, -30_000);
    let settled = journal(&tenant, 100).await.into_iter().filter(|entry| entry.transfer.purpose() == Purpose::Recover);
    assert_eq!(settled.map(|entry| entry.transfer.amount().minor()).collect::<Vec<_>>(), [60_000]);
}

async fn amounts_too_large_together_are_summed_all_the_same(database: Arc<Fixture>) {
    let (tenant, shop) = (database.store().await.tenant("acme"), Shop::new());
    shop.open(&tenant).await;
    // Three times 45 quadrillion dollars: each fits in 64 bits of cents, all of them do not.
    for (number, payee, on) in [(1, "p1", "2025-02-10"), (2, "p2", "2025-05-10"), (3, "p3", "2025-08-10")] {
        shop.receive(&tenant, &sent(payee, [to(payee, sale(payee, "225000000000000500", on))])).await;
        shop.settle(&tenant, quarter(number)).await;
    }
    let minor = 4_500_000_000_000_000_000;
    // Back and forth, so that what moved through one account does not fit either.
    for run in ["run-1", "run-2"] {
        move_money(&tenant, Purpose::Pay, "p1", minor, run).await.unwrap();
        move_money(&tenant, Purpose::ReturnPayment, "p1", minor, run).await.unwrap();
    }
    let trial = tenant.trial_balance(&checker()).await.unwrap();
    assert!(trial.holds(), "{trial:?}");
    assert_eq!(trial.currencies[0].1, i128::from(minor) * 7);
    assert_eq!(balances(&tenant, Some(Utc::now())).await, balances(&tenant, None).await);
}

async fn a_past_day_is_known_then_and_now(database: Arc<Fixture>) {
    let tenant = earned(&database).await;
    // What was earned belongs to the quarters' last days, the payment to the day on which it was made, told later.
    let then = Utc::now();
    move_money(&tenant, Purpose::Pay, "p1", 30_000, "run-1").await.unwrap();
    let owed = async |on: &str, known_at| {
        let payee = "p1".parse().unwrap();
        let balances = tenant.balances_as_of(Some(&payee), day(on), known_at, &checker()).await.unwrap();
        let account = Account { payee, currency: "USD".parse().unwrap(), kind: AccountKind::Payable };
        balances.get(&account).map_or(0, |balance| balance.minor())
    };
    assert_eq!(owed("2025-03-30", None).await, 0);
    assert_eq!(owed("2025-03-31", None).await, 100_000);
    assert_eq!((owed("2025-06-30", None).await, owed("2025-07-01", None).await), (100_000, 70_000));
    assert_eq!(owed("2025-07-01", Some(then)).await, 100_000);
}
