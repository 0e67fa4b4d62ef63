//! Random histories: a registration is its events, one account has one owner, and partners see nothing of one another.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use prm_core::actor::Actor;
use prm_core::deal::conflict::{Candidate, Ground, assess};
use prm_core::deal::{AppealDecision, Choice, CloseOutcome, Command, Event, Form, FormField, Found, Registration};
use prm_core::id::RegistrationId;
use prm_core::lifecycle::{Lifecycle as _, replay};
use prm_core::money::Money;
use proptest::prelude::*;

use super::world::{POLICY, RULES, World, facts, form, id, line, manager, partner};

/// A step: which registration, what, and how many hours later.
type Step = (usize, usize, i64);

const PARTNERS: [&str; 4] = ["a", "b", "c", "d"];
const SPELLINGS: [&str; 5] = [
    "Contoso Manufacturing Inc.",
    "CONTOSO MANUFACTURING",
    "Contoso Manufacturing Ltd",
    "Contosso Manufacturing",
    "Fabrikam",
];

/// A form whose every text says whose it is.
fn secret(number: usize, spelling: usize) -> Form {
    let partner = PARTNERS[number % 4];
    let mut form = form(partner, facts(&format!("secret-account-{partner}-{number}"), SPELLINGS[spelling % 5]));
    form.contact = Some(format!("secret-contact-{partner}").parse().unwrap());
    let cents = 700_000 + i64::try_from(number).unwrap() * 1_111;
    form.lines = vec![line("bikes", &Money::from_minor(cents, "USD".parse().unwrap()).amount_text())];
    form
}

fn command(of: &Registration, choice: usize) -> (Command, Actor) {
    let own = partner(of.form.partner.as_str());
    let all = std::collections::BTreeSet::new;
    let letter = |to: usize| Choice {
        partner: PARTNERS[to].parse().unwrap(),
        letter: "L".parse().unwrap(),
        dated: "2025-05-01".parse().unwrap(),
    };
    match choice % 16 {
        0 | 1 => (Command::Submit, own),
        2 => (Command::Withdraw, own),
        3 => (Command::BeginReview, manager()),
        4 => (Command::AskForAction { fields: [FormField::CloseDate].into() }, manager()),
        5 => (Command::Resubmit { form: of.form.clone() }, own),
        6 | 7 => (Command::Approve { lines: all() }, manager()),
        8 => (Command::Reject { lines: all(), code: "no".parse().unwrap() }, manager()),
        9 => (Command::Extend { lines: all() }, own),
        10 => (Command::Release { lines: all() }, own),
        11 => (Command::Transfer { to: PARTNERS[choice % 4].parse().unwrap() }, manager()),
        12 => (Command::Appeal { lines: all() }, own),
        13 => (Command::DecideAppeal { decision: AppealDecision::Upheld }, manager()),
        14 => (Command::AcceptChoice { choice: letter(choice % 4) }, manager()),
        _ => (
            Command::Close { lines: all(), outcome: CloseOutcome::Duplicate { of: Some(id("secret-other")) } },
            manager(),
        ),
    }
}

/// Plays steps; every event of each registration, and how often something was done.
fn play(policy: &str, spellings: &[usize], steps: &[Step]) -> (World, BTreeMap<RegistrationId, Vec<Event>>, usize) {
    let mut world = World::new(policy, RULES);
    let mut history: BTreeMap<RegistrationId, Vec<Event>> = BTreeMap::new();
    for (number, spelling) in spellings.iter().enumerate() {
        let (form, name) = (secret(number, *spelling), id(&format!("r{number}")));
        let by = partner(form.partner.as_str());
        let event = world.book.open(name.clone(), &form, &world.given, &by, world.now).unwrap();
        history.insert(name, vec![event]);
    }
    let mut done_steps = 0;
    for (which, what, hours) in steps {
        world.now += TimeDelta::hours(*hours);
        let name = id(&format!("r{}", which % spellings.len()));
        let (command, by) = command(world.book.registration(&name).unwrap(), *what);
        if let Ok(done) = world.book.command(&name, &command, &world.given, &by, world.now) {
            done_steps += 1;
            history.get_mut(&name).unwrap().extend(done.events);
            for (other, events) in done.others {
                history.get_mut(&other).unwrap().extend(events);
            }
        }
    }
    (world, history, done_steps)
}

/// Everything of another partner's that must not be seen: ids, accounts, contacts, values.
fn secrets(world: &World, but: &str) -> Vec<String> {
    let mut secrets = vec!["secret-other".to_owned()];
    for (name, other) in world.book.registrations() {
        let first = other.form.account.id.as_str();
        if !other.is_of(&but.parse().unwrap()) {
            secrets.push(format!("\"{name}\""));
            secrets.push(first.to_owned());
            secrets.push(format!("secret-contact-{}", other.form.partner));
            secrets.extend(other.form.lines.iter().filter_map(|line| Some(line.value?.amount_text())));
            secrets.push(format!("\"partner\":\"{}\"", other.form.partner));
        }
    }
    secrets
}

proptest! {
    /// The record is its events; deadlines end; what is protected exclusively for one account and product is one partner's.
    #[test]
    fn a_registration_is_its_events_and_an_account_has_one_owner(
        starts in any::<bool>(),
        spellings in prop::collection::vec(0_usize..4, 1..6),
        steps in prop::collection::vec((0_usize..6, 0_usize..64, 0_i64..400), 1..40),
    ) {
        let policy = if starts { POLICY.replace("lasts: 90", "starts: submission, lasts: 90") } else { POLICY.to_owned() };
        let (world, history, _) = play(&policy, &spellings, &steps);
        let mut owners = BTreeMap::new();
        for (name, events) in &history {
            let record = world.book.registration(name).unwrap();
            prop_assert_eq!(replay::<Registration>(events), Some(record.clone()), "{}", name);
            let json = serde_json::to_string(record).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Registration>(&json).unwrap(), record);
            for event in events {
                let json = serde_json::to_string(event).unwrap();
                prop_assert_eq!(&serde_json::from_str::<Event>(&json).unwrap(), event);
            }
            if record.is_protected(world.now) {
                // All but Fabrikam are one account here.
                owners.insert(record.form.partner.clone(), name.clone());
            }
            // Noting what time did changes no answer.
            let mut noted = record.clone();
            let mut times = 0;
            while let Some(deadline) = noted.next_deadline() {
                let events = noted.lapse(deadline);
                prop_assert!(!events.is_empty());
                noted = events.iter().fold(noted, Registration::evolve);
                times += 1;
                prop_assert!(times < 20);
            }
            for hours in [0, 100, 1000, 5000] {
                let at = world.now + TimeDelta::hours(hours);
                prop_assert_eq!(noted.protection(1, at), record.protection(1, at));
                prop_assert_eq!(noted.holds_place(at), record.holds_place(at));
            }
        }
        prop_assert!(owners.len() <= 1, "{:?}", owners);
    }

    /// What a partner sees of its registrations holds nothing of another's.
    #[test]
    fn partners_see_nothing_of_one_another(
        spellings in prop::collection::vec(0_usize..5, 2..6),
        steps in prop::collection::vec((0_usize..6, 0_usize..64, 0_i64..100), 1..40),
    ) {
        // A registration that is handed over takes its form along, so that is left out here.
        let steps: Vec<Step> = steps.into_iter().filter(|(_, what, _)| what % 16 != 11).collect();
        let (world, history, _) = play(POLICY, &spellings, &steps);
        for (name, events) in history {
            let record = world.book.registration(&name).unwrap().clone();
            let partner_id = record.form.partner.to_string();
            let by = partner(&partner_id);
            let mut seen = serde_json::to_string(&Registration::history_seen_by(events, &by)).unwrap();
            seen += &serde_json::to_string(&record.clone().seen_by(&by)).unwrap();
            let (extend, found) = (Command::Extend { lines: [].into() }, world.book.found(&record.form, Some(&name)).unwrap());
            let context = prm_core::lifecycle::Context {
                at: world.now, received_at: world.now, by: &by, given: &world.given, found: &found,
            };
            // A refusal is seen too.
            if let Err(refused) = record.decide(&extend, &context) {
                seen += &format!("{refused:?} {refused}");
            }
            for secret in secrets(&world, &partner_id) {
                prop_assert!(!seen.contains(&secret), "{} sees {}: {}", partner_id, secret, seen);
            }
        }
    }

    /// The order in which accounts and registrations were found changes nothing.
    #[test]
    fn the_order_of_what_was_found_changes_nothing(
        spellings in prop::collection::vec(0_usize..5, 2..7),
        steps in prop::collection::vec((0_usize..7, 0_usize..64, 0_i64..100), 1..40),
        turn in 0_usize..7, back in any::<bool>(),
    ) {
        let (world, ..) = play(POLICY, &spellings, &steps);
        for (name, record) in world.book.registrations() {
            let Some(judged) = &record.judged else { continue };
            let found = world.book.found(&record.form, Some(name)).unwrap();
            let mut turned = found.clone();
            let (accounts, others) = (turned.accounts.len().max(1), turned.registrations.len().max(1));
            turned.accounts.rotate_left(turn % accounts);
            turned.registrations.rotate_left(turn % others);
            if back {
                turned.accounts.reverse();
                turned.registrations.reverse();
            }
            let answer = |found: &Found| {
                let program = &*world.given.program;
                let today = program.zone().local_date(world.now).unwrap();
                let ground = Ground { program, policy: program.deals().unwrap(), found, at: world.now, today };
                let candidate = Candidate { form: &record.form, judged, receipt: record.receipt, choice: record.choice.as_ref() };
                assess(&candidate, &ground)
            };
            prop_assert_eq!(answer(&found), answer(&turned));
        }
    }
}

#[test]
fn random_histories_do_much() {
    let steps: Vec<Step> = (0..2_000).map(|at| (at * 7 % 60, at * 37 % 101, 1)).collect();
    let (world, history, done) = play(POLICY, &(0..60).collect::<Vec<_>>(), &steps);
    assert!(done > 100, "{done}");
    assert!(history.values().map(Vec::len).sum::<usize>() > 200);
    let stages: std::collections::BTreeSet<&str> = world.book.registrations().map(|(_, of)| of.stage.word()).collect();
    assert!(stages.len() >= 3, "{stages:?}");
}
