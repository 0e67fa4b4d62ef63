//! The life of requests: amounts, approvers, expiry, what comes back, and who sees what.

use prm_core::actor::{Actor, VendorRole};
use prm_core::incentive::claim::book::FundBookError;
use prm_core::incentive::mdf::request::{Command, MdfRequest, RequestError, RequestFormError, Stage};
use prm_core::incentive::mdf::{Creative, FundPartner};
use prm_core::lifecycle::Lifecycle as _;
use prm_core::partner::Partner;

use super::world::{World, approve, days, finance, form, marketing, partner, usd, vendor, with};

fn refused(result: Result<(), FundBookError>) -> RequestError {
    match result.unwrap_err() {
        FundBookError::Request(error) => error,
        other => panic!("{other}"),
    }
}

fn wrong_form(result: Result<(), FundBookError>) -> RequestFormError {
    match refused(result) {
        RequestError::Form(error) => error,
        other => panic!("{other}"),
    }
}

#[test]
fn an_approval_reserves_and_a_rejection_can_be_corrected() {
    let mut world = World::new();
    world.submit("r", &form("a", "1000")).unwrap();
    let reject = Command::Reject { code: "too_vague".parse().unwrap(), note: Some("again".into()) };
    world.act("r", &reject, &marketing()).unwrap();
    let corrected = with(form("a", "1200"), |form| form.title = "Spring fair".into());
    world.act("r", &Command::Edit { form: corrected }, &partner("a")).unwrap();
    world.act("r", &Command::Submit, &partner("a")).unwrap();
    world.act("r", &approve(), &marketing()).unwrap();
    assert_eq!(world.of("r").grant.as_ref().unwrap().amount, usd("600"));
    let now = world.balances("a");
    assert_eq!((now.available, now.reserved), (usd("9400"), usd("600")));
    // 60 days after 3 April, which is its last day: 2 June is the last one.
    assert_eq!(world.of("r").grant.as_ref().unwrap().claim_until.unwrap().to_string(), "2025-06-03");
    // A partner sees neither notes nor what was noted with an event.
    let seen = world.of("r").clone().seen_by(&partner("a"));
    assert!(seen.notes.is_empty() && world.of("r").notes.len() == 1);
    let by_marketing = world.of("r").clone().seen_by(&marketing());
    assert_eq!(by_marketing.notes[0].text, "again");
}

#[test]
fn shares_depend_on_activity_creative_and_tier() {
    let mut world = World::new();
    let print = |creative| {
        with(form("a", "1000"), |form| (form.activity, form.creative) = ("print".parse().unwrap(), creative))
    };
    let gold = Partner::new("b".parse().unwrap(), "Partner b");
    world.book.put_partner(FundPartner::new(gold).in_tier("gold".parse().unwrap()));
    for (id, form, share) in [
        ("1", form("a", "1000"), "50 %"),
        ("2", print(None), "50 %"),
        ("3", print(Some(Creative::Partner)), "50 %"),
        ("4", print(Some(Creative::Vendor)), "75 %"),
        ("5", with(form("a", "1000"), |form| form.partner = "b".parse().unwrap()), "60 %"),
    ] {
        world.granted(id, &form);
        assert_eq!(world.of(id).grant.as_ref().unwrap().share.to_string(), share, "{id}");
    }
    // One ad in print brings no more than 2,000, whatever it costs.
    world.granted("6", &with(print(None), |form| form.cost = usd("9000")));
    assert_eq!(world.of("6").grant.as_ref().unwrap().amount, usd("2000"));
}

#[test]
fn what_cannot_be_asked_for() {
    let mut world = World::new();
    let too_much = with(form("a", "1000"), |form| form.amount = Some(usd("500.01")));
    assert!(
        matches!(wrong_form(world.submit("1", &too_much)), RequestFormError::TooMuch { most, .. } if most == usd("500"))
    );
    let capped = with(form("a", "20000"), |form| form.amount = Some(usd("5000.01")));
    assert!(
        matches!(wrong_form(world.submit("2", &capped)), RequestFormError::TooMuch { most, .. } if most == usd("5000"))
    );
    assert!(matches!(wrong_form(world.submit("3", &form("a", "199.98"))), RequestFormError::TooLittle { .. }));
    let late = with(form("a", "1000"), |form| form.days = days("2025-03-07", "2025-03-08"));
    assert!(matches!(wrong_form(world.submit("4", &late)), RequestFormError::TooLate { .. }));
    let unknown = with(form("a", "1000"), |form| form.activity = "party".parse().unwrap());
    assert!(matches!(wrong_form(world.draft("5", &unknown)), RequestFormError::Unknown { what: "activity", .. }));
    let classed = with(form("a", "1000"), |form| form.class = "bikes".parse().ok());
    assert!(matches!(wrong_form(world.draft("6", &classed)), RequestFormError::Unknown { what: "class", .. }));
    let euros = with(form("a", "1000"), |form| form.cost = prm_core::money::Money::parse("1", "EUR").unwrap());
    assert!(matches!(wrong_form(world.draft("7", &euros)), RequestFormError::Amount { .. }));
    let no_fund = with(form("a", "1000"), |form| form.fund = "nothing".parse().unwrap());
    assert!(matches!(refused(world.draft("8", &no_fund)), RequestError::NoFund { .. }));
    let mut left = Partner::new("a".parse().unwrap(), "Partner a");
    left.left = "2025-03-01".parse().ok();
    world.book.put_partner(FundPartner::new(left));
    assert!(matches!(wrong_form(world.submit("9", &form("a", "1000"))), RequestFormError::NotEligible { .. }));
}

#[test]
fn approvers_come_in_order_and_are_different_persons() {
    let mut world = World::new();
    world.submit("r", &form("a", "8000")).unwrap();
    assert!(matches!(
        refused(world.act("r", &approve(), &finance())),
        RequestError::NotApprover { expected: VendorRole::Marketing }
    ));
    assert!(matches!(world.act("r", &approve(), &Actor::Host), Err(FundBookError::Denied)));
    world.act("r", &approve(), &marketing()).unwrap();
    assert_eq!((world.of("r").stage(), world.balances("a").reserved), ("submitted", usd("0")));
    let same = vendor("marketing", VendorRole::Finance);
    assert_eq!(refused(world.act("r", &approve(), &same)), RequestError::SamePerson);
    let raised = Command::Approve { amount: Some(usd("4000.01")), note: None };
    assert!(matches!(refused(world.act("r", &raised, &finance())), RequestError::Grant { .. }));
    world.act("r", &Command::Approve { amount: Some(usd("3500")), note: None }, &finance()).unwrap();
    assert_eq!(world.balances("a").reserved, usd("3500"));
    // Below 3,000 one approver is enough, also where more was asked for.
    world.submit("s", &form("a", "8000")).unwrap();
    world.act("s", &Command::Approve { amount: Some(usd("2999.99")), note: None }, &marketing()).unwrap();
    assert_eq!(world.of("s").stage, Stage::Approved);
    // Whoever filled it in at the vendor does not approve it.
    world.book.open_request("v".parse().unwrap(), &form("b", "1000"), &marketing(), world.now).unwrap();
    world.act("v", &Command::Submit, &marketing()).unwrap();
    assert_eq!(refused(world.act("v", &approve(), &marketing())), RequestError::SamePerson);
}

#[test]
fn no_more_is_granted_than_there_is() {
    let mut world = World::new();
    for id in ["1", "2", "3", "4"] {
        world.submit(id, &with(form("a", "5800"), |form| form.amount = None)).unwrap();
    }
    for id in ["1", "2", "3"] {
        world.act(id, &approve(), &marketing()).unwrap();
    }
    let refusal = refused(world.act("4", &approve(), &marketing()));
    assert_eq!(refusal, RequestError::NotEnough { available: usd("1300"), needed: usd("2900") });
    world.act("1", &Command::Cancel, &partner("a")).unwrap();
    world.act("4", &approve(), &marketing()).unwrap();
    assert_eq!(world.balances("a").available, usd("1300"));
}

#[test]
fn what_is_not_claimed_in_time_comes_back_by_its_date() {
    let mut world = World::new();
    world.granted("r", &form("a", "1000"));
    let instant = |text: &str| text.parse().unwrap();
    assert_eq!(world.of("r").reserved(instant("2025-06-02T23:59:59Z")), Some(usd("500")));
    assert_eq!(world.of("r").reserved(instant("2025-06-03T00:00:00Z")), Some(usd("0")));
    assert!(world.of("r").is_expired(instant("2025-06-03T00:00:00Z")));
    assert_eq!(world.of("r").next_deadline(), Some(instant("2025-06-03T00:00:00Z")));
    world.book.note_until(instant("2025-06-04T00:00:00Z")).unwrap();
    assert_eq!((world.balances("a").reserved, world.balances("a").available), (usd("0"), usd("10000")));
    assert!(world.of("r").is_expired(instant("2025-06-04T00:00:00Z")) && world.of("r").next_deadline().is_none());
    // A fund that lets it lapse.
    let mut launch = form("a", "400");
    (launch.fund, launch.activity) = ("launch".parse().unwrap(), "event".parse().unwrap());
    world.go_to("2025-03-20");
    let mut world = World::new();
    world.granted("l", &launch);
    // Three working days after Saturday: Wednesday.
    assert_eq!(world.of("l").grant.as_ref().unwrap().active_on.unwrap().to_string(), "2025-03-05");
    world.act("l", &Command::Close, &partner("a")).unwrap();
    let shared = *world.book.balances(&super::world::pot("launch", None)).unwrap();
    assert_eq!((shared.available, shared.lapsed), (usd("600"), usd("400")));
}

#[test]
fn answers_are_due_and_overdue_by_their_clock() {
    let mut world = World::new();
    world.submit("r", &form("a", "1000")).unwrap();
    let due = world.of("r").answer_due_at.unwrap();
    assert!(!world.of("r").is_overdue(due - chrono::TimeDelta::seconds(1)) && world.of("r").is_overdue(due));
    world.book.note_until(due).unwrap();
    assert!(world.of("r").is_overdue(due) && world.of("r").next_deadline().is_none());
}

#[test]
fn others_do_not_know_of_it() {
    let mut world = World::new();
    world.submit("r", &form("a", "1000")).unwrap();
    assert!(matches!(world.act("r", &Command::Cancel, &partner("b")), Err(FundBookError::NotFound { .. })));
    assert!(matches!(world.act("r", &approve(), &partner("a")), Err(FundBookError::Denied)));
    let other = world.book.open_request("x".parse().unwrap(), &form("b", "1000"), &partner("a"), world.now);
    assert!(matches!(other, Err(FundBookError::Denied)));
    let open = Command::OpenClaim { claim: "c".parse().unwrap() };
    assert!(matches!(world.act("r", &open, &marketing()), Err(FundBookError::Denied)));
    let events: Vec<prm_core::incentive::mdf::request::Event> = Vec::new();
    assert!(MdfRequest::history_seen_by(events, &partner("a")).is_empty());
}
