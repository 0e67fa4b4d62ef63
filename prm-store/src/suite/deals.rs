//! Deal registrations: one account has one owner, however it is spelt and however many want it at once.

use std::collections::BTreeMap;
use std::sync::Arc;

use prm_core::account::Account;
use prm_core::actor::Actor;
use prm_core::deal::book::{Book, BookError};
use prm_core::deal::sold::{SaleBenefit, SaleReason, Sold};
use prm_core::deal::{
    AppealDecision, Choice, Command, Event, FormError, FormField, Happened, KnownAccount, Likeness, Registration,
    RegistrationError, Stage,
};
use prm_core::id::RegistrationId;
use prm_core::lifecycle::Lifecycle as _;
use prm_core::product::Product;
use prm_core::scaled::Scaled;

use super::chance::{Chance, seeds};
use super::office::{
    account, act, approve, at, form, given, hand_in, held, manager, of, partner, reject, spelling, state,
};
use super::{Fixture, declare};
use crate::{Action, ExecuteError, Listing, Meta, RegisteredSaleError, SoldBefore, StoreError};

declare! {
    whoever_is_decided_upon_moves_the_next_up
    a_command_sent_again_happened_once
    what_is_refused_leaves_no_trace
    partners_see_nothing_of_one_another
    the_store_and_a_book_say_the_same
    accounts_are_found_by_what_they_are_like
    deadlines_move_the_next_up
    a_sale_finds_its_registration
}

async fn whoever_is_decided_upon_moves_the_next_up(database: Arc<Fixture>) {
    let (tenant, given) = (database.store().await.tenant("acme"), given("review: { within: 48 hours }"));
    for number in 0..4 {
        let minute = i64::try_from(number).unwrap();
        hand_in(&tenant, &format!("r{number}"), form(number, spelling(number * 9)), &given, minute).await.unwrap();
    }
    let states = async || {
        let all = held(&tenant).await;
        all.values().map(state).collect::<Vec<_>>()
    };
    let (waits, gone) = ("waiting earlier_pending", "rejected already_protected");
    assert_eq!(states().await, ["pending", waits, waits, waits]);
    // Whoever waits is not approved.
    let refused = act(&tenant, "r2", approve(), &given, manager(), 10).await;
    assert!(matches!(refused, Err(ExecuteError::Refused(RegistrationError::Conflict { .. }))));
    act(&tenant, "r0", Command::Withdraw, &given, partner(0), 11).await.unwrap();
    assert_eq!(states().await, ["open", "pending", waits, waits]);
    act(&tenant, "r1", approve(), &given, manager(), 12).await.unwrap();
    assert_eq!(states().await, ["open", "approved", gone, gone]);
    let view = |columns: &str, view: &str| {
        format!("SELECT {columns} FROM {} WHERE tenant = 'acme' ORDER BY id", database.table(view))
    };
    let seen =
        database.texts(&view("id || ' ' || stage || ' ' || partner || ' ' || account", "view_registration")).await;
    assert_eq!(seen[..2], ["r0 withdrawn p0 acc-0", "r1 approved p1 acc-9"]);
    let columns = "id || ' ' || goods || ' ' || value || ' ' || review || ' ' || coalesce(code, protected_until, '')";
    let seen = database.texts(&view(columns, "view_registration_line")).await;
    assert_eq!(seen[1..3], ["r1 bikes 10000.01 approved 2025-08-30", "r2 bikes 10000.02 rejected already_protected"]);
    // What happened to the others is in their own histories, and in the feed.
    let history = tenant.history::<Registration>("r2", &Actor::Host).await.unwrap();
    assert!(matches!(&history.last().unwrap().what, Happened::Reassessed { .. }));
    assert_eq!(history.last().unwrap().by, Actor::Host);
    let feed = tenant.changes(0, 100, &Actor::Host).await.unwrap();
    assert_eq!(feed.iter().filter(|change| change.kind == Registration::KIND).count(), 4 + 4 + 1 + 1 + 1 + 2);
}

async fn a_command_sent_again_happened_once(database: Arc<Fixture>) {
    let (tenant, given) = (database.store().await.tenant("acme"), given("review: { within: 48 hours }"));
    let meta = |key: &str, minute| Meta::new(partner(0), at(minute)).keyed(key);
    let open = || Action::<Registration>::Open(form(0, spelling(0)));
    let submit = || Action::<Registration>::Command(Command::Submit);
    tenant.execute("r", open(), &given, &meta("open", 0)).await.unwrap();
    let first = tenant.execute("r", submit(), &given, &meta("submit", 1)).await.unwrap();
    let rows = database.rows().await;
    let again = tenant.execute("r", submit(), &given, &meta("submit", 9)).await.unwrap();
    assert!(again.repeated);
    assert_eq!((again.record, again.events, again.version), (first.record, first.events, first.version));
    assert_eq!(database.rows().await, rows);
    let history = tenant.history::<Registration>("r", &Actor::Host).await.unwrap();
    assert_eq!(history.len(), 2);
}

async fn what_is_refused_leaves_no_trace(database: Arc<Fixture>) {
    let (tenant, given) = (database.store().await.tenant("acme"), given("minimum_value: 20000"));
    let mut bad = form(0, account("a", "Contoso"));
    bad.account.name = "Con\u{202e}toso".into();
    let refused = hand_in(&tenant, "r", bad, &given, 0).await.unwrap_err();
    let is_of = |field| matches!(&refused, ExecuteError::Refused(RegistrationError::Form(FormError::Text { field: of, .. })) if *of == field);
    assert!(is_of(FormField::AccountName), "{refused}");
    assert_eq!(database.rows().await, [0, 0, 0]);
    let refused = hand_in(&tenant, "r", form(0, account("a", "Contoso")), &given, 0).await.unwrap_err();
    assert!(matches!(refused, ExecuteError::Refused(RegistrationError::Form(FormError::BelowMinimum { .. }))));
    // The draft is there, and no account, nor any key of it.
    assert_eq!(database.rows().await, [1, 1, 0]);
    for table in ["account_known", "account_key"] {
        assert_eq!(database.count(&format!("SELECT count(*) FROM {}", database.table(table))).await, 0);
    }
    let no_id = hand_in(&tenant, "two words", form(0, account("a", "Contoso")), &given, 0).await;
    assert!(matches!(no_id, Err(ExecuteError::Id { .. })));
}

async fn partners_see_nothing_of_one_another(database: Arc<Fixture>) {
    let policy = "protection: { extend: { times: 1, by: 30 days } }";
    let (tenant, given) = (database.store().await.tenant("acme"), given(policy));
    hand_in(&tenant, "secret-one", form(7, account("secret-account", "Contoso Secret Works")), &given, 0)
        .await
        .unwrap();
    act(&tenant, "secret-one", approve(), &given, manager(), 1).await.unwrap();
    let done = hand_in(&tenant, "two", form(8, account("mine", "CONTOSO SECRET WORKS LTD")), &given, 2).await.unwrap();
    assert_eq!(state(&done.record), "rejected already_protected");
    let choice =
        Choice { partner: "p7".parse().unwrap(), letter: "L".parse().unwrap(), dated: "2025-05-01".parse().unwrap() };
    hand_in(&tenant, "three", form(8, account("other", "Fabrikam")), &given, 3).await.unwrap();
    act(&tenant, "three", Command::AcceptChoice { choice }, &given, manager(), 4).await.unwrap();
    let mut seen = format!("{done:?}");
    for id in ["two", "three"] {
        seen += &format!("{:?}", tenant.get::<Registration>(id, &partner(8)).await.unwrap());
        seen += &format!("{:?}", tenant.history::<Registration>(id, &partner(8)).await.unwrap());
    }
    seen +=
        &format!("{:?}", tenant.list::<Registration>(&Listing { limit: 9, ..Listing::default() }, &partner(8)).await);
    for secret in ["secret", "p7", "10000.07", "1000007"] {
        assert!(!seen.contains(secret), "{secret} in {seen}");
    }
    assert!(tenant.get::<Registration>("secret-one", &partner(8)).await.unwrap().is_none());
    // The vendor sees all of it.
    let full = format!("{:?}", of(&tenant, "two").await);
    assert!(full.contains("secret-one") && full.contains("p7"));
}

/// A command for what there is, by chance.
fn command(chance: &mut Chance, number: usize, of: &Registration) -> (Command, Actor) {
    let letter =
        Choice { partner: "p1".parse().unwrap(), letter: "L".parse().unwrap(), dated: "2025-05-01".parse().unwrap() };
    match chance.below(12) {
        0..=3 => (Command::Submit, partner(number)),
        4 | 5 => (approve(), manager()),
        6 => (reject(), manager()),
        7 => (Command::Withdraw, partner(number)),
        8 => (Command::AskForAction { fields: [FormField::AccountName].into() }, manager()),
        9 => {
            let mut form = of.form.clone();
            form.account.name = spelling(chance.below(64)).name;
            (Command::Resubmit { form }, partner(number))
        }
        10 => (Command::AcceptChoice { choice: letter }, manager()),
        _ => (Command::DecideAppeal { decision: AppealDecision::Upheld }, manager()),
    }
}

async fn the_store_and_a_book_say_the_same(database: Arc<Fixture>) {
    let store = database.store().await;
    let given = given("review: { within: 48 hours }\n  scope: { accounts: family }");
    for seed in seeds().step_by(6) {
        let (tenant, mut book, mut chance) = (store.tenant(format!("seed-{seed}")), Book::new(), Chance::new(seed));
        for number in 0..6 {
            let name = ["Northwind Traders", "Contoso", "Fabrikam Robotics"][number % 3];
            let mut facts = account(&format!("crm-{number}"), name);
            facts.aliases = vec![format!("Litware Systems {}", number % 2)];
            let mut known = KnownAccount::new(Account::new(facts).unwrap());
            known.named = chance.one_in(3);
            book.put_account(known.clone());
            tenant.put_account(&known, &Actor::Host).await.unwrap();
        }
        for number in 0..8 {
            let mut facts = spelling(chance.below(64));
            if chance.one_in(4) {
                facts.name = format!("Litware Systems {}", chance.below(2));
                facts.domain = None;
            }
            if chance.one_in(3) {
                facts.parents = vec![format!("crm-{}", chance.below(6)).parse().unwrap()];
            }
            if chance.one_in(4) {
                facts.id = format!("crm-{}", chance.below(6)).parse().unwrap();
            }
            let (id, form) = (format!("r{number}"), form(number, facts));
            book.open(id.parse().unwrap(), &form, &given, &partner(number), at(0)).unwrap();
            tenant
                .execute(&id, Action::<Registration>::Open(form), &given, &Meta::new(partner(number), at(0)))
                .await
                .unwrap();
        }
        for step in 1..60 {
            let number = chance.below(8);
            let id: RegistrationId = format!("r{number}").parse().unwrap();
            let (command, by) = command(&mut chance, number, book.registration(&id).unwrap());
            let minute = step * 97;
            let mine = book.command(&id, &command, &given, &by, at(minute));
            let theirs = act(&tenant, id.as_str(), command.clone(), &given, by.clone(), minute).await;
            match (mine, theirs) {
                (Ok(mine), Ok(theirs)) => {
                    assert_eq!(
                        Registration::history_seen_by(mine.events, &by),
                        theirs.events,
                        "{seed} {step} {command:?}"
                    );
                }
                (Err(BookError::Refused(mine)), Err(ExecuteError::Refused(theirs))) => assert_eq!(mine, theirs),
                (mine, theirs) => panic!("{seed} {step} {command:?}: {mine:?}, {theirs:?}"),
            }
            let held = self::held(&tenant).await;
            let books: BTreeMap<String, Registration> =
                book.registrations().map(|(id, one)| (id.to_string(), one.clone())).collect();
            assert_eq!(held, books, "{seed} {step}");
        }
    }
}

async fn accounts_are_found_by_what_they_are_like(database: Arc<Fixture>) {
    let tenant = database.store().await.tenant("acme");
    let put = async |id: &str, name: &str, parents: &[&str]| {
        let mut facts = account(id, name);
        facts.parents = parents.iter().map(|id| id.parse().unwrap()).collect();
        tenant.put_account(&KnownAccount::new(Account::new(facts).unwrap()), &Actor::Host).await.unwrap();
    };
    put("1", "Northwind Traders Inc.", &[]).await;
    put("2", "Litware", &["1"]).await;
    put("3", "Fabrikam", &[]).await;
    let like = async |id: &str, name: &str| {
        let asked = Account::new(account(id, name)).unwrap();
        let found = tenant.accounts_like(&asked, &Actor::Host).await.unwrap();
        found.into_iter().map(|of| (of.known.account.id().to_string(), of.matched.likeness)).collect::<Vec<_>>()
    };
    let with_daughter = [("1".to_owned(), Likeness::Same), ("2".to_owned(), Likeness::Related)];
    assert_eq!(like("9", "NORTHWIND TRADERS").await, with_daughter);
    assert_eq!(
        like("1", "Something else").await,
        [("1".to_owned(), Likeness::Same), ("2".to_owned(), Likeness::Related)]
    );
    // Known by another name from now on, it is no longer found by the old one.
    put("1", "Adventure Works", &[]).await;
    assert_eq!(like("9", "NORTHWIND TRADERS").await, []);
    assert_eq!(like("9", "Adventure Works Ltd").await, with_daughter);
    // Partners are told nothing.
    let asked = Account::new(account("9", "Adventure Works")).unwrap();
    assert!(tenant.accounts_like(&asked, &partner(1)).await.unwrap().is_empty());
    assert!(tenant.account(&"1".parse().unwrap(), &partner(1)).await.unwrap().is_none());
    assert!(tenant.account(&"1".parse().unwrap(), &manager()).await.unwrap().is_some());
    // Keys of an earlier version are made anew.
    assert_eq!(tenant.renew_account_keys(10).await.unwrap(), 0);
    database.run(&format!("UPDATE {} SET key_version = 0", database.table("account_known"))).await;
    database.run(&format!("DELETE FROM {}", database.table("account_key"))).await;
    assert_eq!(like("9", "Adventure Works Ltd").await, []);
    assert_eq!(tenant.renew_account_keys(2).await.unwrap(), 2);
    assert_eq!(tenant.renew_account_keys(2).await.unwrap(), 1);
    assert_eq!(tenant.renew_account_keys(2).await.unwrap(), 0);
    assert_eq!(like("9", "Adventure Works Ltd").await, with_daughter);
}

async fn deadlines_move_the_next_up(database: Arc<Fixture>) {
    let (tenant, given) = (database.store().await.tenant("acme"), given("review: { within: 48 hours }"));
    hand_in(&tenant, "one", form(0, spelling(0)), &given, 0).await.unwrap();
    hand_in(&tenant, "two", form(1, spelling(9)), &given, 1).await.unwrap();
    let fields = [FormField::AccountName].into();
    act(&tenant, "one", Command::AskForAction { fields }, &given, manager(), 2).await.unwrap();
    assert_eq!(state(&of(&tenant, "two").await), "waiting earlier_pending");
    let week = at(7 * 24 * 60);
    let ran = tenant.run_due_given::<Registration>(week, 10, &given).await.unwrap();
    assert!(ran.failed.is_empty() && ran.noted.contains(&"one".to_owned()), "{ran:?}");
    let moved = of(&tenant, "two").await;
    assert_eq!(state(&moved), "pending");
    // The event carries the deadline, not the time at which somebody looked.
    let history: Vec<Event> = tenant.history::<Registration>("two", &Actor::Host).await.unwrap();
    let moved_up = history.iter().find(|event| matches!(event.what, Happened::Reassessed { .. })).unwrap();
    assert_eq!(moved_up.at.to_rfc3339(), "2025-06-06T00:00:00+00:00");
    assert!(matches!(of(&tenant, "one").await.stage, Stage::ActionRequired { .. }));
}

async fn a_sale_finds_its_registration(database: Arc<Fixture>) {
    let (tenant, given) = (database.store().await.tenant("acme"), given("review: { within: 48 hours }"));
    for number in 0..2 {
        let minute = i64::try_from(number).unwrap();
        hand_in(&tenant, &format!("r{number}"), form(number, spelling(number * 9)), &given, minute).await.unwrap();
    }
    act(&tenant, "r0", Command::Withdraw, &given, partner(0), 11).await.unwrap();
    act(&tenant, "r1", approve(), &given, manager(), 12).await.unwrap();
    let mut bike = Product::new("R-1".parse().unwrap());
    bike.category = Some("Bikes".to_owned());
    let sold = |partner: &str, account: &str| {
        let (accounts, on) = ([account.parse().unwrap()].into(), at(24 * 60).date_naive());
        Sold::new(partner.parse().unwrap(), accounts, &bike, on, Scaled::new(1_000, 0))
    };
    let ask =
        async |sold: &Sold<'_>, by: &Actor| tenant.registered_sale(&given.program, sold, &SoldBefore::new(), by).await;
    let found = ask(&sold("p1", "acc-9"), &Actor::Host).await.unwrap().unwrap();
    assert_eq!((found.registration.as_str(), found.line, found.benefit), ("r1", 1, SaleBenefit::Given));
    // Withdrawn, another partner's, and one that is not there.
    assert_eq!(ask(&sold("p0", "acc-0"), &Actor::Host).await.unwrap(), Err(SaleReason::NoRegistration));
    let others = sold("p0", "acc-9").naming("r1".parse().unwrap());
    assert_eq!(ask(&others, &Actor::Host).await.unwrap(), Err(SaleReason::OtherPartner));
    let missing = sold("p1", "acc-9").naming("r7".parse().unwrap());
    assert!(matches!(ask(&missing, &Actor::Host).await.unwrap(), Err(SaleReason::NotFound { .. })));
    let denied = ask(&sold("p1", "acc-9"), &partner(1)).await.unwrap_err();
    assert!(matches!(denied, RegisteredSaleError::Store(StoreError::Denied)), "{denied}");
}
