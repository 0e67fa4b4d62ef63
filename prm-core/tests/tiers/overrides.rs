//! Recorded changes under late sales; overrides, and their life.

use chrono::{DateTime, Utc};
use prm_core::actor::{Actor, PartnerRole, VendorRole};
use prm_core::lifecycle::{Access, Context, Intent, Lifecycle, replay};
use prm_core::tier::override_::{Ask, Command, Event, Given, OverrideError, OverrideRecord};
use prm_core::zone::Zone;

use super::world::{World, day, ladder, told};

#[test]
fn late_returns_keep_what_is_recorded() {
    let mut world = World::new(ladder("  late_lines: keep"));
    world.sells("p", "2013-02-01", "100");
    let recorded = world.advance("p", &[], "2013-03-01");
    assert_eq!(told(&recorded), ["2013-01-01 registered joined", "2013-02-02 silver promoted"]);
    world.sells("p", "2013-02-01", "-100");
    // The past stays; the next review sees the return.
    assert_eq!(told(&world.advance("p", &recorded, "2013-07-01")), ["2013-04-01 registered demoted"]);
    assert_eq!(world.standing("p", &recorded, "2013-02-10").tier.unwrap().as_str(), "silver");
    assert_eq!(world.story("2013-07-01"), ["2013-01-01 registered joined"]);
}

#[test]
fn late_sales_promote_from_the_first_day_that_was_not_answered() {
    let mut world = World::new(ladder(""));
    let recorded = world.advance("p", &[], "2013-03-01");
    world.sells("p", "2013-02-01", "100");
    assert_eq!(told(&world.advance("p", &recorded, "2013-04-01")), ["2013-02-02 silver promoted"]);
    world.answered_until = Some(day("2013-03-01"));
    assert_eq!(told(&world.advance("p", &recorded, "2013-04-01")), ["2013-03-01 silver promoted"]);
    assert_eq!(world.standing("p", &recorded, "2013-02-15").tier.unwrap().as_str(), "registered");
}

#[test]
fn recompute_says_everything_anew() {
    let mut world = World::new(ladder("  late_lines: recompute"));
    world.sells("p", "2013-02-01", "100");
    let recorded = world.advance("p", &[], "2013-03-01");
    assert_eq!(recorded.len(), 2);
    world.sells("p", "2013-02-01", "-100");
    assert_eq!(told(&world.advance("p", &recorded, "2013-07-01")), ["2013-01-01 registered joined"]);
    assert_eq!(world.standing("p", &recorded, "2013-02-10").tier.unwrap().as_str(), "registered");
}

#[test]
fn an_override_is_a_floor_for_its_days() {
    let mut world = World::new(ladder(""));
    world.grants("p", "silver", "2013-02-01", "2013-03-01").sells("p", "2013-02-10", "100");
    // Silver is earned beneath the override, and stays when that ends.
    let changes = world.advance("p", &[], "2013-04-01");
    let expected = ["2013-01-01 registered joined", "2013-02-01 silver override_began", "2013-02-11 silver promoted"];
    assert_eq!(told(&changes), expected);
    assert_eq!(changes[1].earned.as_ref().unwrap().as_str(), "registered");
    // What is not earned ends with its days; a higher tier that is earned shows through.
    let mut world = World::new(ladder(""));
    world.grants("p", "silver", "2013-02-01", "2013-03-01");
    let expected =
        ["2013-01-01 registered joined", "2013-02-01 silver override_began", "2013-03-01 registered override_ended"];
    assert_eq!(world.story("2013-04-01"), expected);
    let standing = world.standing("p", &[], "2013-02-28");
    assert_eq!((standing.tier.unwrap().as_str(), standing.earned.unwrap().as_str()), ("silver", "registered"));
    world.sells("p", "2013-02-10", "200");
    assert_eq!(world.story("2013-04-01")[2..], ["2013-02-11 gold promoted"]);
}

fn vendor(person: &str, role: VendorRole) -> Actor {
    Actor::Vendor { person: person.parse().unwrap(), role }
}

fn at(minute: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_360_000_000 + minute * 60, 0).unwrap()
}

fn decide(
    record: &OverrideRecord,
    command: &Command,
    by: &Actor,
    today: &str,
) -> Result<OverrideRecord, OverrideError> {
    let given = Given { today: day(today), zone: "+02:00".parse().unwrap() };
    let events = record.decide(command, &Context { at: at(1), received_at: at(1), by, given: &given, found: &() })?;
    Ok(events.iter().fold(record.clone(), OverrideRecord::evolve))
}

fn ask(reason: &str, until: &str) -> Result<OverrideRecord, OverrideError> {
    let (from, until) = (day("2013-02-01"), day(until));
    let (partner, tier) = ("p".parse().unwrap(), "gold".parse().unwrap());
    let ask = Ask { program: "Example".into(), partner, tier, from, until, reason: reason.into() };
    let by = vendor("manager", VendorRole::ChannelManager);
    let given = Given { today: day("2013-01-20"), zone: Zone::utc() };
    let event =
        OverrideRecord::open(&ask, &Context { at: at(0), received_at: at(0), by: &by, given: &given, found: &() })?;
    assert_eq!(replay::<OverrideRecord>([&event]), OverrideRecord::born(&event));
    Ok(OverrideRecord::born(&event).unwrap())
}

#[test]
fn every_stage_and_command() {
    let checker = vendor("checker", VendorRole::Finance);
    let reject = || Command::Reject { reason: "too early".into() };
    let requested = ask("a launch", "2013-07-01").unwrap();
    let next = |command| decide(&requested, &command, &checker, "2013-01-20").unwrap();
    let approved = next(Command::Approve);
    let over = ended(&approved);
    let records = [requested.clone(), approved, over, next(reject()), next(Command::Withdraw)];
    let stages = records.clone().map(|record| record.stage());
    assert_eq!(stages, ["requested", "approved", "approved", "rejected", "withdrawn"]);
    for record in &records {
        for (command, word) in
            [(Command::Approve, "approved"), (reject(), "rejected"), (Command::Withdraw, "withdrawn")]
        {
            let found = decide(record, &command, &checker, "2013-01-20").map(|record| record.stage());
            let refused = Err(OverrideError::Stage { stage: record.stage(), command: word });
            assert_eq!(found, if record.stage() == "requested" { Ok(word) } else { refused });
        }
        assert_eq!(record.granted().is_some(), record.stage() == "approved");
    }
}

/// The same where its end was noted.
fn ended(record: &OverrideRecord) -> OverrideRecord {
    let end = record.next_deadline().unwrap();
    record.lapse(end).iter().fold(record.clone(), OverrideRecord::evolve)
}

#[test]
fn a_noted_end_changes_nothing_but_the_next_deadline() {
    let requested = ask("a launch", "2013-07-01").unwrap();
    assert_eq!(requested.next_deadline(), None, "nothing ends that was not granted");
    let checker = vendor("checker", VendorRole::Finance);
    let approved = decide(&requested, &Command::Approve, &checker, "2013-01-20").unwrap();
    // The first of July begins two hours earlier in the east.
    assert_eq!(approved.next_deadline(), Some("2013-06-30T22:00:00Z".parse().unwrap()));
    let over = ended(&approved);
    assert_eq!((over.next_deadline(), over.ended), (None, true));
    assert_eq!(over.granted(), approved.granted());
    let mut otherwise = over;
    otherwise.ended = false;
    assert_eq!(otherwise, approved);
    // A record of before there were deadlines has none, and is otherwise the same.
    let mut before = serde_json::to_value(&approved).unwrap();
    before.as_object_mut().unwrap().remove("ends_at");
    let before: OverrideRecord = serde_json::from_value(before).unwrap();
    assert_eq!((before.next_deadline(), before.granted()), (None, approved.granted()));
    let event = r#"{"name": "approved", "from": "2013-02-01", "at": "2013-01-20T00:00:00Z", "by": {"kind": "host"}}"#;
    assert!(matches!(serde_json::from_str(event).unwrap(), Event::Approved { ends_at: None, .. }));
    let event = Event::Ended { at: "2013-07-01T00:00:00Z".parse().unwrap() };
    assert_eq!(serde_json::to_string(&event).unwrap(), r#"{"name":"ended","at":"2013-07-01T00:00:00Z"}"#);
}

#[test]
fn the_day_is_that_of_the_programs_zone() {
    let late = "2013-06-30T23:00:00Z".parse().unwrap();
    assert_eq!(Given::at(late, "+02:00".parse().unwrap()).unwrap().today, day("2013-07-01"));
    assert_eq!(Given::at(late, Zone::utc()).unwrap().today, day("2013-06-30"));
}

#[test]
fn two_persons_a_reason_and_days_that_are_left() {
    let requested = ask("a launch", "2013-07-01").unwrap();
    let approve = |by: &Actor, today: &str| decide(&requested, &Command::Approve, by, today);
    let checker = vendor("checker", VendorRole::Finance);
    assert_eq!(approve(&vendor("manager", VendorRole::Administrator), "2013-01-20"), Err(OverrideError::SamePerson));
    assert_eq!(approve(&Actor::Host, "2013-01-20"), Err(OverrideError::SamePerson));
    assert_eq!(ask(" ", "2013-07-01"), Err(OverrideError::NoReason));
    assert!(matches!(ask("a launch", "2013-02-01"), Err(OverrideError::NoDays { .. })));
    // Approved late, it begins late; approved after its end, never.
    assert_eq!(approve(&checker, "2013-03-05").unwrap().granted().unwrap().from, day("2013-03-05"));
    assert!(matches!(approve(&checker, "2013-07-01"), Err(OverrideError::NoDays { .. })));
    let silent = Command::Reject { reason: String::new() };
    assert_eq!(decide(&requested, &silent, &checker, "2013-01-20"), Err(OverrideError::NoReason));
}

#[test]
fn who_may_what() {
    let partner =
        Actor::Partner { partner: "p".parse().unwrap(), person: "x".parse().unwrap(), role: PartnerRole::Executive };
    let may = |actor: &Actor, intent| OverrideRecord::may(None, actor, intent);
    let approve = || Intent::Command(&Command::Approve);
    assert_eq!(may(&partner, Intent::Read), Access::Hidden);
    assert_eq!(may(&vendor("a", VendorRole::Auditor), Intent::Read), Access::Allowed);
    assert_eq!(may(&vendor("a", VendorRole::Auditor), approve()), Access::Denied);
    assert_eq!(may(&vendor("a", VendorRole::ChannelManager), approve()), Access::Denied);
    assert_eq!(may(&vendor("a", VendorRole::Finance), approve()), Access::Allowed);
}
