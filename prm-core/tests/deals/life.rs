//! The life of one registration: clocks, approvers, lines, protection, appeal, prices; and who may what.

use prm_core::actor::{Actor, PartnerRole, VendorRole};
use prm_core::deal::book::BookError;
use prm_core::deal::{
    AppealDecision, CloseOutcome, Command, FormField, ProtectionState, RegistrationError, SpecialPrice,
    SpecialPriceState,
};
use prm_core::money::Money;

use super::world::{POLICY, RULES, World, approve, at, facts, form, line, manager, partner, reject, vendor};

#[test]
fn lines_are_decided_one_by_one() {
    let mut world = World::sketch();
    let mut deal = form("a", facts("acc", "Contoso"));
    deal.lines.push(line("parts", "2000"));
    world.submit("r", &deal);
    world.manage("r", &Command::Approve { lines: [1].into() });
    assert_eq!(world.stage("r").word(), "under_review");
    world.manage("r", &Command::Reject { lines: [2].into(), code: "no_parts".parse().unwrap() });
    assert_eq!(world.stage("r").word(), "approved");
    assert_eq!(world.of("r").protection(1, world.now), ProtectionState::Active);
    assert_eq!(world.of("r").protection(2, world.now), ProtectionState::None);
    // The rejected one comes back by appeal, and is decided again.
    world.act("r", &Command::Appeal { lines: [2].into() }, &partner("a")).unwrap();
    world.manage("r", &Command::DecideAppeal { decision: AppealDecision::Upheld });
    assert_eq!(world.stage("r").word(), "submitted");
    world.manage("r", &approve());
    assert_eq!(world.stage("r").word(), "approved");
    let won = CloseOutcome::Won { order: "SO-9".parse().unwrap() };
    world.act("r", &Command::Close { lines: [1].into(), outcome: won }, &partner("a")).unwrap();
    assert_eq!(world.stage("r").word(), "approved");
    assert_eq!(world.of("r").protection(1, world.now), ProtectionState::Released);
    world.manage("r", &Command::Close { lines: [].into(), outcome: CloseOutcome::Lost });
    assert_eq!(world.stage("r").word(), "closed");
    let no_line = world.refusal("r", &Command::Close { lines: [3].into(), outcome: CloseOutcome::Lost }, &manager());
    assert!(matches!(no_line, RegistrationError::Stage { .. }));
}

#[test]
fn protection_ends_by_its_date_or_for_want_of_an_update() {
    let mut world = World::sketch();
    world.submit("r", &form("a", facts("acc", "Contoso")));
    world.manage("r", &approve());
    let until = world.of("r").lines[0].protection.clone().unwrap();
    assert_eq!(until.until.to_string(), "2025-08-30");
    // Without an update it is over after 60 days.
    assert_eq!(world.of("r").protection(1, at(59, 11)), ProtectionState::Active);
    assert_eq!(world.of("r").protection(1, at(59, 12)), ProtectionState::Released);
    world.later(50, 0);
    let update = Command::Update { values: Some(vec![Money::parse("12000", "USD").ok()]), close_date: None };
    world.act("r", &update, &partner("a")).unwrap();
    assert_eq!(world.of("r").form.value().unwrap(), Money::parse("12000", "USD").ok());
    assert_eq!(world.of("r").protection(1, at(60, 0)), ProtectionState::Active);
    // It may be extended once, seven days before its end and not sooner.
    let extend = Command::Extend { lines: [].into() };
    let refused = world.refusal("r", &extend, &partner("a"));
    assert!(
        matches!(refused, RegistrationError::NotNow { from, .. } if from.to_rfc3339() == "2025-08-23T00:00:00+00:00")
    );
    world.later(34, 0);
    world.act("r", &extend, &partner("a")).unwrap();
    assert_eq!(world.of("r").lines[0].protection.clone().unwrap().until.to_string(), "2025-09-29");
    assert_eq!(world.of("r").protection(1, at(91, 0)), ProtectionState::Extended);
    let again = world.refusal("r", &extend, &manager());
    assert!(matches!(again, RegistrationError::TooOften { times: 1, .. }));
    // Nothing of this needed a job: what is over is over by its date.
    assert_eq!(world.of("r").protection(1, at(200, 0)), ProtectionState::Released);
}

#[test]
fn the_longest_of_the_lengths_that_apply_counts() {
    let policy = "  protection: { lasts: 30 days, by_products: { parts: 60 days }, by_value: [{ from: 50000, lasts: 6 months }] }\n";
    let until = |tier: Option<&str>, goods: &str, value: &str| {
        let mut world = World::new(policy, "");
        let known = world.given.partners.get_mut("a").unwrap();
        known.tier = tier.map(|tier| tier.parse().unwrap());
        let mut deal = form("a", facts("acc", "Contoso"));
        deal.lines = vec![line(goods, value)];
        world.submit("r", &deal);
        world.manage("r", &approve());
        let line = &world.of("r").lines[0];
        let benefit = line.terms.as_ref().unwrap().benefit.map(|rate| rate.to_string());
        (line.protection.as_ref().unwrap().until.to_string(), benefit)
    };
    assert_eq!(until(None, "bikes", "10"), ("2025-07-01".into(), None));
    assert_eq!(until(Some("registered"), "parts", "10"), ("2025-07-31".into(), Some("4 %".into())));
    assert_eq!(until(Some("gold"), "parts", "10"), ("2025-09-29".into(), Some("8 %".into())));
    assert_eq!(until(Some("gold"), "bikes", "50000"), ("2025-12-01".into(), Some("8 %".into())));
}

#[test]
fn approvers_come_in_order_and_are_different_persons() {
    let policy = POLICY.replace("approvers: [channel_manager]", "approvers: [channel_manager, finance]");
    let mut world = World::new(&policy, RULES);
    world.submit("r", &form("a", facts("acc", "Contoso")));
    let finance = vendor("finance", VendorRole::Finance);
    let refused = world.refusal("r", &approve(), &finance);
    assert!(matches!(refused, RegistrationError::NotApprover { line: 1, expected: VendorRole::ChannelManager }));
    world.manage("r", &approve());
    assert_eq!((world.stage("r").word(), world.state("r").as_str()), ("under_review", "pending"));
    let same = vendor("manager", VendorRole::Finance);
    assert_eq!(world.refusal("r", &approve(), &same), RegistrationError::SamePerson);
    world.act("r", &approve(), &finance).unwrap();
    assert_eq!(world.stage("r").word(), "approved");
    // Who made it may not approve it either.
    let mut led = form("b", facts("acc-2", "Fabrikam"));
    led.deal_type = prm_core::deal::DealType::VendorLed;
    world.book.open("led".parse().unwrap(), &led, &world.given, &manager(), world.now).unwrap();
    world.manage("led", &Command::Submit);
    assert_eq!(world.refusal("led", &approve(), &manager()), RegistrationError::SamePerson);
}

#[test]
fn a_review_is_overdue_after_its_hours() {
    let policy = POLICY.replace("clock: calendar", "clock: working_hours");
    let mut world = World::new(&policy, RULES);
    // The first of June 2025 is a Sunday: 48 working hours are six days, until Monday the ninth begins.
    world.submit("r", &form("a", facts("acc", "Contoso")));
    assert_eq!(world.of("r").review_due_at.unwrap().to_rfc3339(), "2025-06-09T17:00:00+00:00");
    assert!(!world.of("r").is_overdue("2025-06-09T16:59:59Z".parse().unwrap()));
    assert!(world.of("r").is_overdue("2025-06-09T17:00:00Z".parse().unwrap()));
}

#[test]
fn what_is_asked_for_is_all_that_may_change() {
    let mut world = World::sketch();
    let deal = form("a", facts("acc", "Contoso"));
    world.submit("r", &deal);
    assert_eq!(
        world.refusal("r", &Command::AskForAction { fields: [].into() }, &manager()),
        RegistrationError::NoField
    );
    let ask = Command::AskForAction { fields: [FormField::CloseDate].into() };
    world.manage("r", &ask);
    let mut changed = deal.clone();
    changed.lines[0] = line("bikes", "20000");
    let refused = world.refusal("r", &Command::Resubmit { form: changed }, &partner("a"));
    assert_eq!(refused, RegistrationError::NotAskedFor { field: FormField::Value });
    let mut later = deal.clone();
    later.close_date = Some("2025-10-31".parse().unwrap());
    world.act("r", &Command::Resubmit { form: later.clone() }, &partner("a")).unwrap();
    assert_eq!(world.of("r").form, later);
    for _ in 0..2 {
        world.manage("r", &ask);
        world.act("r", &Command::Resubmit { form: later.clone() }, &partner("a")).unwrap();
    }
    assert!(matches!(world.refusal("r", &ask, &manager()), RegistrationError::TooOften { times: 3, .. }));
}

#[test]
fn a_late_answer_queues_anew() {
    let mut world = World::sketch();
    let deal = form("a", facts("acc", "Contoso"));
    world.submit("first", &deal);
    world.manage("first", &Command::AskForAction { fields: [FormField::CloseDate].into() });
    world.submit("second", &form("b", facts("acc", "Contoso")));
    assert_eq!((world.state("second").as_str(), world.place("second")), ("waiting earlier_pending", 2));
    // Five days are over with the sixth of June; the place is lost by then, whether anybody noted it or not.
    world.later(5, 0);
    assert_eq!(world.place("second"), 1);
    world.act("first", &Command::Resubmit { form: deal }, &partner("a")).unwrap();
    assert_eq!((world.place("second"), world.place("first")), (1, 2));
    assert_eq!((world.state("second").as_str(), world.state("first").as_str()), ("pending", "waiting earlier_pending"));
}

#[test]
fn appeals_have_their_time() {
    let mut world = World::sketch();
    world.submit("r", &form("a", facts("acc", "Contoso")));
    world.manage("r", &reject());
    let appeal = Command::Appeal { lines: [].into() };
    world.later(11, 0);
    assert!(matches!(world.refusal("r", &appeal, &partner("a")), RegistrationError::NotNow { .. }));
    let mut without = World::new("  minimum_value: 1\n", "");
    without.submit("r", &form("a", facts("acc", "Contoso")));
    without.manage("r", &reject());
    assert!(matches!(without.refusal("r", &appeal, &partner("a")), RegistrationError::NotOffered { .. }));
}

#[test]
fn special_prices_are_asked_for_granted_and_end() {
    let mut world = World::sketch();
    world.submit("r", &form("a", facts("acc", "Contoso")));
    let ask = |price| Command::AskSpecialPrice { price };
    let euros = SpecialPrice::Net(Money::parse("8000", "EUR").unwrap());
    assert!(matches!(world.refusal("r", &ask(euros), &partner("a")), RegistrationError::Form(_)));
    let price = SpecialPrice::Net(Money::parse("8000", "USD").unwrap());
    world.act("r", &ask(price), &partner("a")).unwrap();
    assert_eq!(world.of("r").special_price, Some(SpecialPriceState::Asked { price }));
    let grant = |until: &str| Command::GrantSpecialPrice { price, valid_until: until.parse().unwrap() };
    assert!(matches!(world.refusal("r", &grant("2025-06-01"), &manager()), RegistrationError::Date { .. }));
    world.act("r", &grant("2025-07-01"), &vendor("finance", VendorRole::Finance)).unwrap();
    assert!(matches!(world.of("r").special_price, Some(SpecialPriceState::Granted { .. })));
}

#[test]
fn a_registration_is_handed_over() {
    for (policy, until) in [("  transfer: keeps\n", "2025-09-29"), ("  transfer: restarts\n", "2025-09-09")] {
        let mut world = World::new(policy, RULES);
        for (partner, tier) in [("a", "gold"), ("b", "registered")] {
            world.given.partners.get_mut(partner).unwrap().tier = Some(tier.parse().unwrap());
        }
        world.submit("r", &form("a", facts("acc", "Contoso")));
        world.manage("r", &approve());
        world.later(10, 0);
        assert!(matches!(
            world.refusal("r", &Command::Transfer { to: "nobody".parse().unwrap() }, &manager()),
            RegistrationError::Partner { .. }
        ));
        world.manage("r", &Command::Transfer { to: "b".parse().unwrap() });
        assert_eq!(world.of("r").form.partner.as_str(), "b");
        // What it gives is what the new partner's tier gives.
        assert_eq!(world.of("r").lines[0].terms.as_ref().unwrap().benefit.unwrap().to_string(), "4 %");
        assert_eq!(world.of("r").lines[0].protection.clone().unwrap().until.to_string(), until);
        // The one that had it sees it no more.
        assert!(matches!(world.act("r", &Command::Withdraw, &partner("a")), Err(BookError::NotFound { .. })));
    }
}

#[test]
fn who_may_what() {
    let mut world = World::sketch();
    let deal = form("a", facts("acc", "Contoso"));
    world.draft("r", &deal).unwrap();
    let role = |role| Actor::Partner { partner: "a".parse().unwrap(), person: "x".parse().unwrap(), role };
    // Others of the partner read; other partners do not know that it exists.
    assert_eq!(world.act("r", &Command::Submit, &role(PartnerRole::Technician)), Err(BookError::Denied));
    assert!(matches!(world.act("r", &Command::Submit, &partner("b")), Err(BookError::NotFound { .. })));
    world.act("r", &Command::Submit, &role(PartnerRole::Manager)).unwrap();
    for by in [partner("a"), Actor::Host, vendor("x", VendorRole::Auditor)] {
        assert_eq!(world.act("r", &approve(), &by), Err(BookError::Denied), "{by:?}");
    }
    let duplicate = Command::Close { lines: [].into(), outcome: CloseOutcome::Duplicate { of: None } };
    assert_eq!(world.act("r", &duplicate, &partner("a")), Err(BookError::Denied));
    // Nobody fills in a form for another, unless it submits it.
    let mut foreign = form("b", facts("acc", "Contoso"));
    let opened = world.book.open("f".parse().unwrap(), &foreign, &world.given, &partner("a"), world.now);
    assert_eq!(opened, Err(BookError::Denied));
    foreign.submitter = Some("a".parse().unwrap());
    world.book.open("f".parse().unwrap(), &foreign, &world.given, &partner("a"), world.now).unwrap();
}
