//! Every stage with every command, for requests and for claims: which goes, and which is refused in which words.

use prm_core::incentive::claim::book::FundBookError;
use prm_core::incentive::claim::{ClaimError, Command as ClaimCommand};
use prm_core::incentive::mdf::request::{Command, RequestError};
use prm_core::lifecycle::Lifecycle as _;

use super::world::{
    World, approve, approve_claim, claim, expense, finance, form, marketing, partner, usd, validate, validator,
};

fn request_at(stage: &str) -> World {
    let mut world = World::new();
    let code = || "no".parse().unwrap();
    if stage == "draft" {
        world.draft("r", &form("a", "1000")).unwrap();
        return world;
    }
    world.submit("r", &form("a", "1000")).unwrap();
    match stage {
        "submitted" => {}
        "rejected" => world.act("r", &Command::Reject { code: code(), note: None }, &marketing()).unwrap(),
        "declined" => world.act("r", &Command::Decline { code: code(), note: None }, &marketing()).unwrap(),
        "cancelled" => world.act("r", &Command::Cancel, &partner("a")).unwrap(),
        "approved" | "closed" | "claimed" => {
            world.act("r", &approve(), &marketing()).unwrap();
            if stage == "closed" {
                world.act("r", &Command::Close, &partner("a")).unwrap();
            }
            if stage == "claimed" {
                world.go_to("2025-04-10");
                world.submit_claim("c", &claim("a", "r", vec![expense("1", "100")])).unwrap();
            }
        }
        _ => panic!("{stage}"),
    }
    world
}

const STAGES: [&str; 8] = ["draft", "submitted", "approved", "claimed", "rejected", "declined", "cancelled", "closed"];

#[test]
fn every_stage_and_command_of_requests() {
    let code = || "no".parse().unwrap();
    // stage:        draft        submitted    approved    claimed     rejected    declined  cancelled closed
    let table: [(&str, Command, [&str; 8]); 10] = [
        ("edit", Command::Edit { form: form("a", "900") }, ["draft", "", "", "", "rejected", "", "", ""]),
        ("submit", Command::Submit, ["submitted", "", "", "", "submitted", "", "", ""]),
        ("approve", approve(), ["", "approved", "", "", "", "", "", ""]),
        ("reject", Command::Reject { code: code(), note: None }, ["", "rejected", "", "", "", "", "", ""]),
        ("decline", Command::Decline { code: code(), note: None }, ["", "declined", "", "", "", "", "", ""]),
        ("cancel", Command::Cancel, ["cancelled", "cancelled", "cancelled", "open", "cancelled", "", "", ""]),
        ("close", Command::Close, ["", "", "closed", "open", "", "", "", ""]),
        (
            "open_claim",
            Command::OpenClaim { claim: "c2".parse().unwrap() },
            ["", "", "approved", "approved", "", "", "", ""],
        ),
        (
            "settle_claim",
            Command::SettleClaim { claim: "c".parse().unwrap(), spent: usd("100"), paid: usd("50") },
            ["", "", "claim", "approved", "", "", "", ""],
        ),
        (
            "drop_claim",
            Command::DropClaim { claim: "c".parse().unwrap() },
            ["", "", "claim", "approved", "", "", "", ""],
        ),
    ];
    for (name, command, expected) in table {
        for (stage, expected) in STAGES.iter().zip(expected) {
            let mut world = request_at(stage);
            let before = world.of("r").clone();
            let by = if command.is_a_partners() {
                partner("a")
            } else if command.follows_a_claim() {
                prm_core::actor::Actor::Host
            } else {
                marketing()
            };
            let found = match world.act("r", &command, &by) {
                Ok(()) => world.of("r").stage(),
                Err(FundBookError::Request(RequestError::Stage { stage, command: said })) => {
                    assert_eq!((stage, said), (before.stage(), command.participle()));
                    ""
                }
                Err(FundBookError::Request(RequestError::OpenClaims { open: 1 })) => "open",
                Err(FundBookError::Request(RequestError::Claim { .. })) => "claim",
                Err(error) => panic!("{name} at {stage}: {error}"),
            };
            assert_eq!(found, expected, "{name} at {stage}");
            if ["", "open", "claim"].contains(&expected) {
                assert_eq!(*world.of("r"), before);
            }
        }
    }
}

const CLAIM_STAGES: [&str; 8] =
    ["draft", "submitted", "validated", "approved", "rejected", "declined", "withdrawn", "paid"];

fn claim_at(stage: &str) -> World {
    let mut world = World::new();
    let code = || "no".parse().unwrap();
    world.granted("r", &form("a", "1000"));
    world.go_to("2025-04-10");
    let form = claim("a", "r", vec![expense("1", "100")]);
    if stage == "draft" {
        world.draft_claim("c", &form).unwrap();
        return world;
    }
    world.submit_claim("c", &form).unwrap();
    match stage {
        "submitted" => {}
        "validated" => world.act_on_claim("c", &validate(), &validator()).unwrap(),
        "approved" | "paid" => {
            world.pass("c").unwrap();
            if stage == "paid" {
                world.act_on_claim("c", &ClaimCommand::Pay { payment: "P-1".parse().unwrap() }, &finance()).unwrap();
            }
        }
        "rejected" => {
            world.act_on_claim("c", &ClaimCommand::Reject { code: code(), note: None }, &marketing()).unwrap();
        }
        "declined" => {
            world.act_on_claim("c", &ClaimCommand::Decline { code: code(), note: None }, &marketing()).unwrap();
        }
        "withdrawn" => world.act_on_claim("c", &ClaimCommand::Withdraw, &partner("a")).unwrap(),
        _ => panic!("{stage}"),
    }
    world
}

#[test]
fn every_stage_and_command_of_claims() {
    let code = || "no".parse().unwrap();
    // stage:       draft      submitted    validated    approved rejected   declined withdrawn paid
    let table: [(&str, ClaimCommand, [&str; 8]); 8] = [
        (
            "edit",
            ClaimCommand::Edit { form: claim("a", "r", vec![expense("2", "90")]) },
            ["draft", "", "", "", "rejected", "", "", ""],
        ),
        ("submit", ClaimCommand::Submit, ["submitted", "", "", "", "submitted", "", "", ""]),
        ("validate", validate(), ["", "validated", "validated", "", "", "", "", ""]),
        ("approve", approve_claim(), ["", "", "approved", "", "", "", "", ""]),
        ("reject", ClaimCommand::Reject { code: code(), note: None }, ["", "rejected", "rejected", "", "", "", "", ""]),
        (
            "decline",
            ClaimCommand::Decline { code: code(), note: None },
            ["", "declined", "declined", "", "", "", "", ""],
        ),
        ("withdraw", ClaimCommand::Withdraw, ["withdrawn", "withdrawn", "withdrawn", "", "withdrawn", "", "", ""]),
        ("pay", ClaimCommand::Pay { payment: "P-2".parse().unwrap() }, ["", "", "", "paid", "", "", "", ""]),
    ];
    for (name, command, expected) in table {
        for (stage, expected) in CLAIM_STAGES.iter().zip(expected) {
            let mut world = claim_at(stage);
            let before = world.claim("c").clone();
            let by = match command {
                ClaimCommand::Pay { .. } => finance(),
                _ if command.is_a_partners() => partner("a"),
                _ => marketing(),
            };
            let found = match world.act_on_claim("c", &command, &by) {
                Ok(()) => world.claim("c").stage(),
                Err(FundBookError::Claim(ClaimError::Stage { stage, command: said })) => {
                    assert_eq!((stage, said), (before.stage(), command.participle()));
                    ""
                }
                Err(error) => panic!("{name} at {stage}: {error}"),
            };
            assert_eq!(found, expected, "{name} at {stage}");
            if expected.is_empty() {
                assert_eq!(*world.claim("c"), before);
            }
        }
    }
}
