//! Every stage with every command: which goes, and which is refused in which words.

use std::collections::BTreeMap;

use prm_core::deal::book::BookError;
use prm_core::deal::{AppealDecision, Choice, CloseOutcome, Command, FormField, RegistrationError, SpecialPrice};

use super::world::{World, approve, facts, form, manager, partner, reject};

/// Brings a registration to a stage.
fn at_stage(stage: &str) -> World {
    let mut world = World::sketch();
    let deal = form("a", facts("acc", "Contoso"));
    world.later(0, 1);
    if stage == "draft" {
        world.draft("r", &deal).unwrap();
        return world;
    }
    world.submit("r", &deal);
    match stage {
        "submitted" => {}
        "under_review" => drop(world.manage("r", &Command::BeginReview)),
        "action_required" => drop(world.manage("r", &Command::AskForAction { fields: [FormField::Value].into() })),
        "approved" => drop(world.manage("r", &approve())),
        "rejected" => drop(world.manage("r", &reject())),
        "appealed" => {
            world.manage("r", &reject());
            world.act("r", &Command::Appeal { lines: [].into() }, &partner("a")).unwrap();
        }
        "withdrawn" => drop(world.act("r", &Command::Withdraw, &partner("a")).unwrap()),
        "closed" => {
            world.manage("r", &approve());
            world.manage("r", &Command::Close { lines: [].into(), outcome: CloseOutcome::Lost });
        }
        _ => panic!("{stage}"),
    }
    world
}

fn commands() -> Vec<(&'static str, Command)> {
    let deal = form("a", facts("acc", "Contoso"));
    let price = SpecialPrice::Discount("30 %".parse().unwrap());
    let letter =
        Choice { partner: "a".parse().unwrap(), letter: "L-1".parse().unwrap(), dated: "2025-05-30".parse().unwrap() };
    let code = || "why".parse().unwrap();
    vec![
        ("edit", Command::Edit { form: deal.clone() }),
        ("submit", Command::Submit),
        ("withdraw", Command::Withdraw),
        ("begin_review", Command::BeginReview),
        ("ask_for_action", Command::AskForAction { fields: [FormField::Value].into() }),
        ("resubmit", Command::Resubmit { form: deal }),
        ("approve", approve()),
        ("reject", reject()),
        ("reassess", Command::Reassess),
        ("update", Command::Update { values: None, close_date: None }),
        ("extend", Command::Extend { lines: [].into() }),
        ("release", Command::Release { lines: [].into() }),
        ("transfer", Command::Transfer { to: "b".parse().unwrap() }),
        ("appeal", Command::Appeal { lines: [].into() }),
        ("uphold", Command::DecideAppeal { decision: AppealDecision::Upheld }),
        ("dismiss", Command::DecideAppeal { decision: AppealDecision::Dismissed }),
        ("accept_choice", Command::AcceptChoice { choice: letter }),
        ("won", Command::Close { lines: [].into(), outcome: CloseOutcome::Won { order: "SO-1".parse().unwrap() } }),
        (
            "converted",
            Command::Close { lines: [].into(), outcome: CloseOutcome::Converted { opportunity: "O-1".into() } },
        ),
        ("lost", Command::Close { lines: [].into(), outcome: CloseOutcome::Lost }),
        ("duplicate", Command::Close { lines: [].into(), outcome: CloseOutcome::Duplicate { of: None } }),
        ("no_activity", Command::Close { lines: [].into(), outcome: CloseOutcome::NoActivity }),
        ("cancelled", Command::Close { lines: [].into(), outcome: CloseOutcome::Cancelled }),
        ("ask_price", Command::AskSpecialPrice { price }),
        ("grant_price", Command::GrantSpecialPrice { price, valid_until: "2026-01-01".parse().unwrap() }),
        ("refuse_price", Command::RefuseSpecialPrice { code: code() }),
    ]
}

const STAGES: [&str; 9] = [
    "draft",
    "submitted",
    "under_review",
    "action_required",
    "approved",
    "rejected",
    "appealed",
    "withdrawn",
    "closed",
];

/// What becomes of each: the stage afterwards, `stage` if the command does not go with the stage, `line` if with the line,
/// or another refusal.
const TABLE: [(&str, [&str; 9]); 26] = [
    // stage:          draft        submitted    under_review  action_req.  approved    rejected    appealed    withdrawn closed
    ("edit", ["draft", "stage", "stage", "stage", "stage", "stage", "stage", "stage", "stage"]),
    ("submit", ["submitted", "stage", "stage", "stage", "stage", "stage", "stage", "stage", "stage"]),
    ("withdraw", ["withdrawn", "withdrawn", "withdrawn", "withdrawn", "stage", "stage", "stage", "stage", "stage"]),
    ("begin_review", ["stage", "under_review", "stage", "stage", "stage", "stage", "stage", "stage", "stage"]),
    (
        "ask_for_action",
        ["stage", "action_required", "action_required", "stage", "stage", "stage", "stage", "stage", "stage"],
    ),
    ("resubmit", ["stage", "stage", "stage", "submitted", "stage", "stage", "stage", "stage", "stage"]),
    ("approve", ["stage", "approved", "approved", "stage", "stage", "stage", "stage", "stage", "stage"]),
    ("reject", ["stage", "rejected", "rejected", "rejected", "stage", "stage", "stage", "stage", "stage"]),
    (
        "reassess",
        ["stage", "submitted", "under_review", "action_required", "stage", "stage", "stage", "stage", "stage"],
    ),
    (
        "update",
        ["stage", "submitted", "under_review", "action_required", "approved", "stage", "stage", "stage", "stage"],
    ),
    ("extend", ["stage", "line", "line", "line", "approved", "stage", "stage", "stage", "stage"]),
    ("release", ["stage", "line", "line", "line", "approved", "stage", "stage", "stage", "stage"]),
    ("transfer", ["stage", "submitted", "under_review", "stage", "approved", "stage", "stage", "stage", "stage"]),
    ("appeal", ["stage", "line", "line", "stage", "line", "rejected", "appeal", "stage", "stage"]),
    ("uphold", ["stage", "appeal", "appeal", "appeal", "appeal", "appeal", "submitted", "stage", "stage"]),
    ("dismiss", ["stage", "appeal", "appeal", "appeal", "appeal", "appeal", "rejected", "stage", "stage"]),
    (
        "accept_choice",
        ["stage", "submitted", "under_review", "action_required", "approved", "stage", "stage", "stage", "stage"],
    ),
    ("won", ["stage", "line", "line", "line", "closed", "stage", "stage", "stage", "stage"]),
    ("converted", ["stage", "line", "line", "line", "closed", "stage", "stage", "stage", "stage"]),
    ("lost", ["stage", "closed", "closed", "closed", "closed", "stage", "stage", "stage", "stage"]),
    ("duplicate", ["stage", "closed", "closed", "closed", "closed", "stage", "stage", "stage", "stage"]),
    ("no_activity", ["stage", "closed", "closed", "closed", "closed", "stage", "stage", "stage", "stage"]),
    ("cancelled", ["stage", "closed", "closed", "closed", "closed", "stage", "stage", "stage", "stage"]),
    ("ask_price", ["stage", "submitted", "under_review", "stage", "approved", "stage", "stage", "stage", "stage"]),
    ("grant_price", ["stage", "submitted", "under_review", "stage", "approved", "stage", "stage", "stage", "stage"]),
    ("refuse_price", ["stage", "submitted", "under_review", "stage", "approved", "stage", "stage", "stage", "stage"]),
];

#[test]
fn every_stage_and_command() {
    let expected: BTreeMap<&str, [&str; 9]> = TABLE.into();
    for (name, command) in commands() {
        for (stage, expected) in STAGES.iter().zip(expected[name]) {
            let mut world = at_stage(stage);
            let before = world.of("r").clone();
            // Who is allowed to by the table of access; the stage is what is asked about here.
            let partners = ["edit", "submit", "withdraw", "resubmit", "appeal"].contains(&name);
            let by = if partners { partner("a") } else { manager() };
            let found = match world.act("r", &command, &by) {
                Ok(_) => world.stage("r").word(),
                Err(BookError::Refused(RegistrationError::Stage { stage, command })) => {
                    assert_eq!((stage, command), (before.stage.word(), self::participle(name)));
                    "stage"
                }
                Err(BookError::Refused(RegistrationError::Line { .. })) => "line",
                Err(BookError::Refused(RegistrationError::Appeal { .. })) => "appeal",
                Err(error) => panic!("{name} at {stage}: {error}"),
            };
            assert_eq!(found, expected, "{name} at {stage}");
            if ["stage", "line", "appeal"].contains(&expected) {
                assert_eq!(*world.of("r"), before);
            }
        }
    }
}

fn participle(name: &str) -> &'static str {
    commands().into_iter().find(|(known, _)| *known == name).unwrap().1.participle()
}
