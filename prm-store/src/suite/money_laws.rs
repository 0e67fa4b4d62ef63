//! The laws of money, with sales, settlements and payments at random: nothing appears or vanishes, what was earned is
//! what the sales come to, and it does not matter how often and when it was settled on the way.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::Utc;
use prm_core::id::PartnerId;
use prm_core::ledger::{Account, AccountKind, LedgerError, Purpose, Transfer};
use prm_core::money::Money;
use prm_core::period::Period;

use super::chance::{Chance, seeds, sends};
use super::ledger::{balances, journal, summed};
use super::people::checker;
use super::sales_laws::Model;
use super::shop::{Due, Shop, day, period, quarter, year};
use super::{Fixture, declare};
use crate::{PostError, Posted, Settled, Tenant};

declare! {
    money_neither_appears_nor_vanishes
    settling_on_the_way_comes_to_the_same_as_settling_once
}

type Balances = BTreeMap<Account, Money>;

async fn money_neither_appears_nor_vanishes(database: Arc<Fixture>) {
    let (store, shop) = (database.store().await, Shop::new());
    for seed in seeds() {
        let (mut chance, tenant) = (Chance::new(seed), store.tenant(format!("seed-{seed}")));
        shop.open(&tenant).await;
        let mut sends = sends(&mut chance).into_iter();
        let mut model = Model::default();
        let mut step = 0;
        while step < 12 || sends.len() > 0 {
            step += 1;
            let what = format!("seed {seed}, step {step}");
            match chance.below(6) {
                0 | 1 => {
                    let Some(sent) = sends.next() else { continue };
                    model.send(&sent);
                    // Whether it is refused is another law's.
                    drop(shop.try_receive(&tenant, &sent).await);
                }
                2 | 3 => settle_twice(&shop, &tenant, some_days(&mut chance), &what).await,
                _ => move_some(&tenant, &mut chance, &what).await,
            }
            check_books(&shop, &tenant, &what).await;
        }
        shop.settle(&tenant, year()).await;
        check_books(&shop, &tenant, &format!("seed {seed}, at the end")).await;
        assert_eq!(shop.posted(&tenant).await, shop.due(&shop.fold(&model.standing).0), "seed {seed}");
        shop.verify_entries(&tenant).await;
        look_back(&tenant, seed).await;
    }
}

/// A quarter, or several, or parts of some.
fn some_days(chance: &mut Chance) -> Period {
    match chance.below(4) {
        0 => year(),
        1 => period("2025-02-01", "2025-10-01"),
        _ => quarter(1 + chance.below(4)),
    }
}

async fn settle_twice(shop: &Shop, tenant: &Tenant, covers: Period, what: &str) {
    shop.settle(tenant, covers).await;
    assert_eq!(shop.settle(tenant, covers).await, Settled::default(), "{what}");
}

/// Moves an amount that may be there or not, and expects it to be moved if it is.
async fn move_some(tenant: &Tenant, chance: &mut Chance, what: &str) {
    const PURPOSES: [Purpose; 10] = [
        Purpose::Pay,
        Purpose::Confirm,
        Purpose::ReturnPayment,
        Purpose::Hold,
        Purpose::Release,
        Purpose::Forfeit,
        Purpose::WriteOff,
        Purpose::Reclaim,
        Purpose::Repay,
        Purpose::Carry,
    ];
    let (payee, purpose): (PartnerId, _) = (chance.pick(&["p1", "p2", "p3"]).parse().unwrap(), *chance.pick(&PURPOSES));
    let before = balances(tenant, None).await;
    let (debit, credit) = purpose.accounts();
    // The account that must not be exceeded: what is taken from, or the debt that is settled.
    let from = if debit.may_hold(-1) { credit } else { debit };
    let there = minor(&before, &payee, from).abs();
    let cents = match chance.below(4) {
        0 => there + 1,
        1 => there.max(1),
        _ => 1 + there / 3,
    };
    let amount = Money::from_minor(cents, "USD".parse().unwrap());
    let transfer = Transfer::new(purpose, payee.into(), amount, what, day("2025-07-01")).unwrap();
    match tenant.transfer(&transfer, &checker()).await {
        Ok(Posted::Now) => assert!(cents <= there, "{what}: {purpose} of {amount} where {there} cents are"),
        Err(PostError::Ledger(LedgerError::NotEnough { .. })) => {
            assert!(cents > there, "{what}: no {purpose} of {amount} where {there} cents are");
            assert_eq!(balances(tenant, None).await, before, "{what}");
        }
        other => panic!("{what}: {other:?}"),
    }
}

fn minor(balances: &Balances, payee: &PartnerId, kind: AccountKind) -> i64 {
    let account = Account { payee: payee.clone().into(), currency: "USD".parse().unwrap(), kind };
    balances.get(&account).map_or(0, |balance| balance.minor())
}

/// The laws of the books, for every payee.
async fn check_books(shop: &Shop, tenant: &Tenant, what: &str) {
    let trial = tenant.trial_balance(&checker()).await.unwrap();
    assert!(trial.holds(), "{what}: {trial:?}");
    let now = balances(tenant, None).await;
    assert_eq!(balances(tenant, Some(Utc::now())).await, now, "{what}");
    let posted = shop.posted(tenant).await;
    for payee in shop.partners.keys() {
        let of_payee = now.iter().filter(|(account, _)| account.payee.partner() == Some(payee));
        let mut sum = 0;
        for (Account { kind, .. }, balance) in of_payee {
            assert!(kind.may_hold(balance.minor()), "{what}: {payee} has {balance} {kind}");
            sum += balance.minor();
        }
        assert_eq!(sum, 0, "{what}: {payee}");
        let earned = -minor(&now, payee, AccountKind::Earned);
        assert_eq!(earned, money_of(&posted, payee), "{what}: what {payee} has earned");
    }
}

fn money_of(due: &Due, payee: &PartnerId) -> i64 {
    let own = due.iter().filter(|(key, _)| key.partner == *payee);
    own.filter_map(|(_, payout)| payout.money()).map(Money::minor).sum()
}

/// At every moment the balances were what the journal says until then.
async fn look_back(tenant: &Tenant, seed: u64) {
    let entries = journal(tenant, 7).await;
    for at in entries.iter().map(|entry| entry.recorded_at) {
        let until_then = summed(entries.iter().filter(|entry| entry.recorded_at <= at));
        assert_eq!(balances(tenant, Some(at)).await, until_then, "seed {seed} at {at}");
        for (account, balance) in until_then {
            assert!(account.kind.may_hold(balance.minor()), "seed {seed} at {at}: {account} had {balance}");
        }
    }
}

async fn settling_on_the_way_comes_to_the_same_as_settling_once(database: Arc<Fixture>) {
    let (store, shop) = (database.store().await, Shop::new());
    for seed in seeds() {
        let mut chance = Chance::new(seed);
        let (often, once) = (store.tenant(format!("often-{seed}")), store.tenant(format!("once-{seed}")));
        for tenant in [&often, &once] {
            shop.open(tenant).await;
        }
        // Quarter by quarter, each with what comes late for those before it.
        for sent in sends(&mut chance) {
            drop(shop.try_receive(&often, &sent).await);
            drop(shop.try_receive(&once, &sent).await);
            shop.settle(&often, quarter(1 + chance.below(4))).await;
        }
        for number in 1..=4 {
            shop.settle(&often, quarter(number)).await;
        }
        shop.settle(&once, year()).await;
        assert_eq!(shop.posted(&often).await, shop.posted(&once).await, "seed {seed}");
        assert_eq!(shop.settle(&often, year()).await, Settled::default(), "seed {seed}");
        let (often, once) = (balances(&often, None).await, balances(&once, None).await);
        for payee in shop.partners.keys() {
            for kind in [AccountKind::Earned, AccountKind::Payable, AccountKind::Recoverable] {
                assert_eq!(minor(&often, payee, kind), minor(&once, payee, kind), "seed {seed}: {payee} {kind}");
            }
        }
    }
}
