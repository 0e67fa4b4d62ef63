//! The life of a program version: every stage and command, who may what, and that a record is its events.
#![cfg(feature = "program")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on must stop")]

use chrono::{DateTime, Utc};
use prm_core::actor::{Actor, PartnerRole, VendorRole};
use prm_core::lifecycle::{Access, Context, Intent, Lifecycle, replay};
use prm_core::program::version::{Command, Draft, Event, Found, ProgramVersion, VersionError};
use proptest::prelude::*;

fn document(name: &str, version: &str, from: &str, until: &str) -> String {
    format!(
        "{{format: 1, program: {name}, version: '{version}', effective: {{from: {from}, until: {until}}}, currency: USD}}"
    )
}

fn at(minute: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_750_000_000 + minute * 60, 0).unwrap()
}

fn vendor(id: &str, role: VendorRole) -> Actor {
    Actor::Vendor { person: id.parse().unwrap(), role }
}

fn writer() -> Actor {
    vendor("writer", VendorRole::Administrator)
}

fn checker() -> Actor {
    vendor("checker", VendorRole::Finance)
}

fn context<'c>(minute: i64, by: &'c Actor, found: &'c Found) -> Context<'c, ProgramVersion> {
    Context { at: at(minute), received_at: at(minute), by, given: &(), found }
}

fn drafted(text: &str) -> ProgramVersion {
    let (by, found) = (writer(), Found::default());
    let event = ProgramVersion::open(&Draft { text: text.to_owned() }, &context(0, &by, &found)).unwrap();
    ProgramVersion::born(&event).unwrap()
}

fn after(version: ProgramVersion, command: &Command, by: &Actor) -> Result<ProgramVersion, VersionError> {
    let found = Found::default();
    let events = version.decide(command, &context(1, by, &found))?;
    Ok(events.iter().fold(version, ProgramVersion::evolve))
}

fn revise() -> Command {
    Command::Revise { text: document("Ridgeline", "2", "2025-01-01", "2026-01-01") }
}

fn retire() -> Command {
    Command::Retire { reason: "replaced".into() }
}

#[test]
fn every_stage_and_command() {
    let draft = drafted(&document("Ridgeline", "1", "2025-01-01", "2026-01-01"));
    let active = after(draft.clone(), &Command::Activate, &checker()).unwrap();
    let retired = after(active.clone(), &retire(), &checker()).unwrap();
    let refused = |stage, command| Err(VersionError::Stage { stage, command });
    let table = [
        (&draft, revise(), Ok("draft")),
        (&draft, Command::Activate, Ok("active")),
        (&draft, retire(), Ok("retired")),
        (&active, revise(), refused("active", "revised")),
        (&active, Command::Activate, refused("active", "activated")),
        (&active, retire(), Ok("retired")),
        (&retired, revise(), refused("retired", "revised")),
        (&retired, Command::Activate, refused("retired", "activated")),
        (&retired, retire(), refused("retired", "retired")),
    ];
    for (version, command, expected) in table {
        let then = after(version.clone(), &command, &checker()).map(|version| version.stage());
        assert_eq!(then, expected, "{} {command:?}", version.stage());
    }
}

#[test]
fn a_second_person_activates() {
    let draft = drafted(&document("Ridgeline", "1", "2025-01-01", "2026-01-01"));
    let activate = |by: &Actor| after(draft.clone(), &Command::Activate, by).map(|version| version.stage());
    assert_eq!(activate(&writer()), Err(VersionError::SamePerson));
    // The same person in another role is the same person; a machine is nobody.
    assert_eq!(activate(&vendor("writer", VendorRole::Finance)), Err(VersionError::SamePerson));
    assert_eq!(activate(&Actor::Host), Err(VersionError::SamePerson));
    assert_eq!(activate(&checker()), Ok("active"));
    // Whoever revised it last wrote it.
    let revised = after(draft, &revise(), &checker()).unwrap();
    assert_eq!(after(revised.clone(), &Command::Activate, &checker()), Err(VersionError::SamePerson));
    assert!(after(revised, &Command::Activate, &writer()).is_ok());
}

#[test]
fn what_was_drafted_by_a_machine_is_nobodys_second_pair_of_eyes() {
    let found = Found::default();
    let text = document("Ridgeline", "1", "2025-01-01", "2026-01-01");
    let event = ProgramVersion::open(&Draft { text }, &context(0, &Actor::Host, &found)).unwrap();
    let version = ProgramVersion::born(&event).unwrap();
    assert_eq!(after(version, &Command::Activate, &checker()), Err(VersionError::SamePerson));
}

#[test]
fn two_active_versions_never_govern_one_day() {
    let draft = drafted(&document("Ridgeline", "2", "2025-07-01", "2026-01-01"));
    let activate = |from: &str, until: &str| {
        let other = drafted(&document("Ridgeline", "1", from, until));
        let found = Found { active: vec![(other.program, other.effective)] };
        draft.decide(&Command::Activate, &context(1, &checker(), &found)).map(|events| events.len())
    };
    assert_eq!(activate("2025-01-01", "2025-07-01"), Ok(1), "one ends where the other begins");
    assert_eq!(activate("2026-01-01", "2027-01-01"), Ok(1));
    let Err(VersionError::Overlap { other, from }) = activate("2025-01-01", "2025-07-02") else { panic!() };
    assert_eq!((other.version.as_str(), from.to_string().as_str()), ("1", "2025-07-01"));
    assert!(activate("2025-09-01", "2025-10-01").is_err());
}

#[test]
fn a_document_with_errors_or_of_another_program_is_refused() {
    let (by, found) = (writer(), Found::default());
    let open = |text: &str| ProgramVersion::open(&Draft { text: text.to_owned() }, &context(0, &by, &found));
    assert!(matches!(open("program: x"), Err(VersionError::Document(findings)) if findings.has_errors()));
    let draft = drafted(&document("Ridgeline", "1", "2025-01-01", "2026-01-01"));
    let other = Command::Revise { text: document("Other", "1", "2025-01-01", "2026-01-01") };
    assert!(matches!(after(draft.clone(), &other, &by), Err(VersionError::OtherProgram { .. })));
    assert_eq!(after(draft, &Command::Retire { reason: " ".into() }, &by), Err(VersionError::NoReason));
}

#[test]
fn who_may_what() {
    let partner =
        Actor::Partner { partner: "p".parse().unwrap(), person: "x".parse().unwrap(), role: PartnerRole::Executive };
    let (open, activate, retire) = (Draft { text: String::new() }, Command::Activate, retire());
    let [read, open, activate, retire] =
        [Intent::<ProgramVersion>::Read, Intent::Open(&open), Intent::Command(&activate), Intent::Command(&retire)];
    use Access::{Allowed, Denied, Hidden};
    let table = [
        (writer(), [Allowed, Allowed, Allowed, Allowed]),
        (checker(), [Allowed, Denied, Allowed, Denied]),
        (vendor("a", VendorRole::Auditor), [Allowed, Denied, Denied, Denied]),
        (vendor("c", VendorRole::ChannelManager), [Allowed, Denied, Denied, Denied]),
        (Actor::Host, [Allowed, Allowed, Denied, Denied]),
        (Actor::Deadline, [Denied, Denied, Denied, Denied]),
        (partner, [Hidden, Hidden, Hidden, Hidden]),
    ];
    for (actor, expected) in table {
        let may = [read, open, activate, retire].map(|intent| ProgramVersion::may(None, &actor, intent));
        assert_eq!(may, expected, "{actor:?}");
    }
}

proptest! {
    /// Whatever is commanded, the record is what its events say, and events survive their serialised form.
    #[test]
    fn the_record_is_its_events(commands in prop::collection::vec((0_usize..3, any::<bool>()), 0..12)) {
        let (by, found) = (writer(), Found::default());
        let open = Draft { text: document("Ridgeline", "1", "2025-01-01", "2026-01-01") };
        let mut events: Vec<Event> = vec![ProgramVersion::open(&open, &context(0, &by, &found)).unwrap()];
        let mut version = ProgramVersion::born(&events[0]).unwrap();
        for (minute, (command, second)) in (1..).zip(commands) {
            let command = [revise(), Command::Activate, retire()][command].clone();
            let by = if second { checker() } else { writer() };
            if let Ok(decided) = version.decide(&command, &context(minute, &by, &found)) {
                version = decided.iter().fold(version, ProgramVersion::evolve);
                prop_assert_eq!(version.changed_at(), at(minute));
                events.extend(decided);
            }
        }
        let stored: Vec<Event> = serde_json::from_str(&serde_json::to_string(&events).unwrap()).unwrap();
        prop_assert_eq!(replay::<ProgramVersion>(&stored), Some(version.clone()));
        let text = serde_json::to_string(&version).unwrap();
        prop_assert_eq!(serde_json::from_str::<ProgramVersion>(&text).unwrap(), version);
    }
}

/// What can be asked and done does not depend on whether the end of its days was noted, nor in which order.
#[test]
fn a_noted_end_changes_nothing_but_the_next_deadline() {
    let draft = drafted(&document("Ridgeline", "1", "2025-01-01", "2026-01-01"));
    assert_eq!(draft.next_deadline(), None, "nothing ends that was never in force");
    let active = after(draft.clone(), &Command::Activate, &checker()).unwrap();
    let end = "2026-01-01T00:00:00Z".parse().unwrap();
    assert_eq!(active.next_deadline(), Some(end));
    let noted = active.lapse(end).iter().fold(active.clone(), ProgramVersion::evolve);
    assert_eq!((noted.next_deadline(), noted.stage(), noted.changed_at()), (None, "active", active.changed_at()));
    let [mut one, other] = [&active, &noted].map(|version| after(version.clone(), &retire(), &writer()).unwrap());
    one.ended = true;
    assert_eq!(one, other);
    // The end is that of the program's own days.
    let text =
        document("Ridgeline", "1", "2025-01-01", "2026-01-01").replace("currency", "time_zone: '+02:00', currency");
    let east = after(drafted(&text), &Command::Activate, &checker()).unwrap();
    assert_eq!(east.next_deadline(), Some("2025-12-31T22:00:00Z".parse().unwrap()));
    // One that governs without end has none, and neither has a record of before there were any.
    let text = document("Ridgeline", "1", "2025-01-01", "2026-01-01").replace(", until: 2026-01-01", "");
    assert_eq!(after(drafted(&text), &Command::Activate, &checker()).unwrap().next_deadline(), None);
    let mut before = serde_json::to_value(&active).unwrap();
    before.as_object_mut().unwrap().remove("ends_at");
    assert_eq!(serde_json::from_value::<ProgramVersion>(before).unwrap().next_deadline(), None);
}
