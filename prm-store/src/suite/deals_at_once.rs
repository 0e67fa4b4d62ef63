//! Deal registrations that many want at once.

use std::collections::BTreeMap;
use std::sync::Arc;

use prm_core::account::Account;
use prm_core::actor::Actor;
use prm_core::deal::{Command, Given, KnownAccount, Registration};

use super::office::{
    account, act, approve, at, form, given, hand_in, held, manager, of, partner, reject, spelling, state,
};
use super::{Fixture, at_once, declare, setting};
use crate::{ExecuteError, Tenant};

declare! {
    one_of_many_spellings_is_protected
    one_of_many_spellings_is_approved_at_once
    many_spellings_wait_in_the_order_of_receipts
    many_decisions_at_once
    two_names_of_one_account_meet_at_once
    relatives_of_one_account_meet_at_once
}

/// How many ask for one account at once.
const MANY: usize = 64;

/// How often that is tried.
fn runs() -> usize {
    setting("PRM_SUITE_DEALS", 5)
}

/// Many partners ask for one account, each in its own spelling, all at once.
async fn everybody_asks(database: &Fixture, run: usize, policy: &'static str) -> (Tenant, Arc<Given>) {
    let tenant = database.store().await.tenant(format!("run-{run}"));
    let given = Arc::new(given(policy));
    let done = at_once(MANY, |number| {
        let (tenant, given) = (tenant.clone(), Arc::clone(&given));
        // All are received in one and the same minute: the order is that of the commits.
        async move { hand_in(&tenant, &format!("r{number:02}"), form(number, spelling(number)), &given, 0).await }
    })
    .await;
    for outcome in done {
        outcome.unwrap();
    }
    (tenant, given)
}

/// How many there are in each state.
fn count(all: &BTreeMap<String, Registration>) -> BTreeMap<String, usize> {
    let mut count = BTreeMap::new();
    for registration in all.values() {
        *count.entry(state(registration)).or_default() += 1;
    }
    count
}

async fn one_of_many_spellings_is_protected(database: Arc<Fixture>) {
    for run in 0..runs() {
        let (tenant, _) = everybody_asks(&database, run, "protection: { starts: submission }").await;
        let all = held(&tenant).await;
        assert_eq!(all.len(), MANY);
        assert_eq!(all.values().filter(|one| one.is_protected(at(1))).count(), 1, "{:?}", count(&all));
        assert_eq!(count(&all), [("pending".into(), 1), ("waiting earlier_pending".into(), MANY - 1)].into());
    }
}

async fn one_of_many_spellings_is_approved_at_once(database: Arc<Fixture>) {
    for run in 0..runs() {
        let (tenant, _) = everybody_asks(&database, run, "auto_approve: { when: { no_conflict: yes } }").await;
        let all = held(&tenant).await;
        assert_eq!(all.values().filter(|one| one.is_protected(at(1))).count(), 1, "{:?}", count(&all));
        assert_eq!(count(&all), [("approved".into(), 1), ("rejected already_protected".into(), MANY - 1)].into());
    }
}

async fn many_spellings_wait_in_the_order_of_receipts(database: Arc<Fixture>) {
    for run in 0..runs() {
        let (tenant, given) = everybody_asks(&database, run, "review: { within: 48 hours }").await;
        let held = self::held(&tenant).await;
        assert_eq!(count(&held), [("pending".into(), 1), ("waiting earlier_pending".into(), MANY - 1)].into());
        // Each was told a place, and nobody the same.
        let mut line: Vec<(u32, &String)> =
            held.iter().map(|(id, one)| (one.assessment.as_ref().unwrap().lines[0].place, id)).collect();
        line.sort_unstable();
        let places: Vec<u32> = line.iter().map(|(place, _)| *place).collect();
        assert_eq!(places, (1..=u32::try_from(MANY).unwrap()).collect::<Vec<_>>());
        // One after the other is rejected, and the next one moves up.
        for (minute, pair) in (1..4).zip(line.windows(2)) {
            assert_eq!(state(&of(&tenant, pair[0].1).await), "pending");
            act(&tenant, pair[0].1, reject(), &given, manager(), minute).await.unwrap();
            assert_eq!(state(&of(&tenant, pair[1].1).await), "pending");
        }
        assert_eq!(count(&self::held(&tenant).await)["waiting earlier_pending"], MANY - 4);
    }
}

async fn many_decisions_at_once(database: Arc<Fixture>) {
    let (tenant, given) = (database.store().await.tenant("acme"), Arc::new(given("review: { within: 48 hours }")));
    for number in 0..16 {
        hand_in(&tenant, &format!("r{number:02}"), form(number, spelling(number)), &given, 0).await.unwrap();
    }
    // Everybody withdraws, is rejected or is approved at the same time; nobody meets a deadlock, and one owner is left at most.
    let outcomes = at_once(32, |number| {
        let (tenant, given) = (tenant.clone(), Arc::clone(&given));
        async move {
            let (id, by) = (format!("r{:02}", number % 16), number % 16);
            match number % 3 {
                0 => act(&tenant, &id, approve(), &given, manager(), 5).await,
                1 => act(&tenant, &id, Command::Withdraw, &given, partner(by), 5).await,
                _ => act(&tenant, &id, reject(), &given, manager(), 5).await,
            }
        }
    })
    .await;
    for outcome in outcomes {
        assert!(matches!(outcome, Ok(_) | Err(ExecuteError::Refused(_))), "{outcome:?}");
    }
    let all = held(&tenant).await;
    assert!(all.values().filter(|one| one.is_protected(at(6))).count() <= 1, "{:?}", count(&all));
}

async fn two_names_of_one_account_meet_at_once(database: Arc<Fixture>) {
    for run in 0..runs() {
        let tenant = database.store().await.tenant(format!("run-{run}"));
        let given = Arc::new(given("protection: { starts: submission }"));
        let names = ["Northwind Traders", "Contoso Utilities", "Fabrikam Robotics", "Litware Systems"];
        let mut known = account("crm", names[0]);
        known.aliases = names[1..].iter().map(|name| (*name).to_owned()).collect();
        tenant.put_account(&KnownAccount::new(Account::new(known).unwrap()), &Actor::Host).await.unwrap();
        let done = at_once(16, |number| {
            let (tenant, given) = (tenant.clone(), Arc::clone(&given));
            let facts = account(&format!("acc-{number}"), names[number % 4]);
            async move { hand_in(&tenant, &format!("r{number:02}"), form(number, facts), &given, 0).await }
        })
        .await;
        done.into_iter().for_each(|outcome| drop(outcome.unwrap()));
        let all = held(&tenant).await;
        assert_eq!(count(&all), [("pending".into(), 1), ("waiting earlier_pending".into(), 15)].into());
    }
}

async fn relatives_of_one_account_meet_at_once(database: Arc<Fixture>) {
    for run in 0..runs() {
        let tenant = database.store().await.tenant(format!("run-{run}"));
        let given = Arc::new(given("protection: { starts: submission }\n  scope: { accounts: family }"));
        // Some know the parent by its other name, others its daughter, whose name is like the parent's first one.
        let (mut parent, mut daughter) =
            (account("parent", "Contoso Utilities"), account("daughter", "Contoso Energy"));
        parent.aliases = vec!["Northwind Traders".to_owned()];
        daughter.parents = vec!["parent".parse().unwrap()];
        for known in [parent, daughter] {
            tenant.put_account(&KnownAccount::new(Account::new(known).unwrap()), &Actor::Host).await.unwrap();
        }
        let done = at_once(16, |number| {
            let (tenant, given) = (tenant.clone(), Arc::clone(&given));
            let facts = account(&format!("acc-{number}"), ["Northwind Traders", "Contoso Energy"][number % 2]);
            async move { hand_in(&tenant, &format!("r{number:02}"), form(number, facts), &given, 0).await }
        })
        .await;
        done.into_iter().for_each(|outcome| drop(outcome.unwrap()));
        let all = held(&tenant).await;
        assert_eq!(count(&all), [("pending".into(), 1), ("waiting earlier_pending".into(), 15)].into());
    }
}
