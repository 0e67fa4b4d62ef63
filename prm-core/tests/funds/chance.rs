//! Random histories: records are their events, money is conserved, and nothing is overdrawn.

use chrono::TimeDelta;
use prm_core::actor::Actor;
use prm_core::incentive::claim::book::FundBookError;
use prm_core::incentive::claim::{Claim, Command as ClaimCommand, Disallowed, Event as ClaimEvent};
use prm_core::incentive::mdf::request::{Command, Event, MdfRequest};
use prm_core::incentive::mdf::{Movement, MovementKind};
use prm_core::lifecycle::{Lifecycle, replay};
use prm_core::money::Money;
use proptest::prelude::*;

use super::world::{
    World, approve_claim, claim, expense, finance, form, marketing, partner, pot, usd, validate, validator,
};

/// A step: which record, what, how much, and how many hours later.
type Step = (usize, usize, i64, i64);

const PARTNERS: [&str; 2] = ["a", "b"];

fn play(steps: &[Step]) -> World {
    let mut world = World::new();
    // Two requests are granted already and over, so that much is claimed; two others begin from nothing.
    world.granted("r0", &form("a", "6000"));
    world.granted("r1", &form("b", "900"));
    world.go_to(if steps.len().is_multiple_of(3) { "2025-03-02" } else { "2025-04-05" });
    for (at, (which, what, amount, hours)) in steps.iter().enumerate() {
        world.now += TimeDelta::hours(*hours);
        let id = format!("r{}", which % 4);
        let of = PARTNERS[which % 2];
        let money = Money::from_minor(*amount, "USD".parse().unwrap());
        let no = || "no".parse().unwrap();
        let claim_id = format!("c{}", which % 6);
        // What is refused is refused, and changes nothing; the laws look at what remains.
        let _ = match what % 24 {
            0 => world.draft(&id, &form(of, &money.amount_text())),
            1 | 2 => world.act(&id, &Command::Submit, &partner(of)),
            3 | 4 => world.act(&id, &Command::Approve { amount: None, note: Some("n".into()) }, &marketing()),
            5 => world.act(&id, &Command::Reject { code: no(), note: None }, &marketing()),
            6 if amount % 5 == 0 => world.act(&id, &Command::Close, &marketing()),
            7 if amount % 5 == 0 => world.act(&id, &Command::Cancel, &partner(of)),
            8 | 22 | 23 => {
                world.draft_claim(&claim_id, &claim(of, &id, vec![expense(&format!("{at}"), &money.amount_text())]))
            }
            9 | 10 => world.act_on_claim(&claim_id, &ClaimCommand::Submit, &partner(PARTNERS[which % 6 % 2])),
            11 => {
                let mut cut = Disallowed::all(1, no());
                cut.part = Some(Money::from_minor(amount / 3, money.currency()).amount());
                world.act_on_claim(
                    &claim_id,
                    &ClaimCommand::Validate { disallowed: vec![cut], note: None },
                    &validator(),
                )
            }
            12 => world.act_on_claim(&claim_id, &approve_claim(), &marketing()),
            13 => world.act_on_claim(&claim_id, &ClaimCommand::Reject { code: no(), note: None }, &marketing()),
            14 => world.act_on_claim(&claim_id, &ClaimCommand::Withdraw, &partner(PARTNERS[which % 6 % 2])),
            15 => {
                let pot = pot("marketing", Some(of));
                let kind = if amount % 2 == 0 { MovementKind::TakeBack } else { MovementKind::Owe };
                world.book.move_money(&Movement::of(kind, &pot, money).into_iter().collect::<Vec<_>>())
            }
            _ => advance(&mut world, &claim_id, of, &id, (at, money)),
        };
    }
    world
}

/// Takes a claim one step further, or begins it.
fn advance(
    world: &mut World,
    id: &str,
    of: &str,
    request: &str,
    (at, money): (usize, Money),
) -> Result<(), FundBookError> {
    let stage = world.book.claim(&id.parse().unwrap()).map(|claim| claim.stage.word());
    match stage {
        None => world.draft_claim(id, &claim(of, request, vec![expense(&format!("{at}"), &money.amount_text())])),
        Some("draft" | "rejected") => world.act_on_claim(id, &ClaimCommand::Submit, &partner(of)),
        Some("submitted") => world.act_on_claim(id, &validate(), &validator()),
        _ => world.act_on_claim(id, &approve_claim(), &marketing()),
    }
}

fn round_trips<L: Lifecycle>(record: &L) {
    let json = serde_json::to_string(record).unwrap();
    assert_eq!(&serde_json::from_str::<L>(&json).unwrap(), record);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(192) })]

    /// Every pot conserves, what is reserved is what requests reserve, what is spent is what is owed, and grants are kept.
    #[test]
    fn money_is_conserved_and_grants_are_kept(
        steps in prop::collection::vec((0_usize..24, 0_usize..64, 1_i64..400_000, 0_i64..200), 1..70),
    ) {
        let mut world = play(&steps);
        world.book.note_until(world.now).unwrap();
        for id in PARTNERS {
            let balances = world.balances(id);
            prop_assert!(balances.conserves(), "{:?}", balances);
            prop_assert!(balances.available.is_zero() || balances.owed.is_zero());
            let of = (0..4).filter_map(|at| world.book.request(&format!("r{at}").parse().unwrap()));
            let of: Vec<&MdfRequest> = of.filter(|of| of.form.partner.as_str() == id).collect();
            let reserved: i64 = of.iter().filter_map(|of| of.reserved(world.now)).map(Money::minor).sum();
            prop_assert_eq!(balances.reserved.minor(), reserved);
            let paid: i64 = of.iter().filter_map(|of| of.so_far()).map(|so_far| so_far.paid.minor()).sum();
            prop_assert_eq!(balances.spent.minor(), paid);
            for of in of {
                if let (Some(grant), Some(so_far)) = (&of.grant, of.so_far()) {
                    prop_assert!(so_far.paid.minor() <= grant.amount.minor());
                    let share = grant.share.of(so_far.spent.amount()).unwrap();
                    prop_assert!(so_far.paid.amount() <= share.plus("0.01".parse().unwrap()).unwrap());
                }
                round_trips(of);
            }
            let owed: i64 = world.book.owed().iter().filter(|(_, of)| of.partner.as_str() == id).map(|(_, of)| of.amount.minor()).sum();
            prop_assert_eq!(owed, paid);
        }
        for at in 0..6 {
            if let Some(claim) = world.book.claim(&format!("c{at}").parse().unwrap()) {
                round_trips(claim);
            }
        }
    }
}

/// Decides a run of commands, and answers with the record and its events.
fn run<L: Lifecycle>(
    open: &L::Open,
    commands: &[(L::Command, Actor)],
    given: &L::Given,
    found: impl Fn(&L) -> L::Found,
    at: chrono::DateTime<chrono::Utc>,
    by: &Actor,
    none: &L::Found,
) -> (L, Vec<L::Event>) {
    use prm_core::lifecycle::Context;
    let first = L::open(open, &Context { at, received_at: at, by, given, found: none }).unwrap();
    let (mut record, mut events) = (L::born(&first).unwrap(), vec![first]);
    for (command, by) in commands {
        let found = found(&record);
        if let Ok(more) = record.decide(command, &Context { at, received_at: at, by, given, found: &found }) {
            record = more.iter().fold(record, L::evolve);
            events.extend(more);
        }
    }
    if let Some(deadline) = record.next_deadline() {
        let more = record.lapse(deadline);
        record = more.iter().fold(record, L::evolve);
        assert_ne!(record.next_deadline(), Some(deadline));
        events.extend(more);
    }
    (record, events)
}

#[test]
fn a_record_is_its_events() {
    use prm_core::incentive::claim::{Found as ClaimFound, FoundOf, Given as ClaimGiven};
    use prm_core::incentive::mdf::FundPartner;
    use prm_core::incentive::mdf::request::{Found, Given};
    use prm_core::partner::Partner;
    let program = super::world::program(super::world::FUNDS);
    let known = FundPartner::new(Partner::new("a".parse().unwrap(), "a"));
    let no = || "no".parse().unwrap();
    let note = || Some("between us".to_owned());
    let commands = [
        (Command::Submit, partner("a")),
        (Command::Reject { code: no(), note: note() }, marketing()),
        (Command::Edit { form: form("a", "8000") }, partner("a")),
        (Command::Submit, partner("a")),
        (Command::Approve { amount: None, note: note() }, marketing()),
        (Command::Approve { amount: Some(usd("3500")), note: None }, finance()),
        (Command::OpenClaim { claim: "c".parse().unwrap() }, Actor::Host),
    ];
    let found = Found::available(usd("10000"));
    let given = Given::new(program.clone(), known.clone());
    let at = super::world::at(0, 0);
    let (request, events) =
        run::<MdfRequest>(&form("a", "7000"), &commands, &given, |_| found, at, &partner("a"), &found);
    assert_eq!(replay::<MdfRequest>(&events), Some(request.clone()));
    assert_eq!((events.len(), request.stage.word()), (9, "approved"));
    let seen = serde_json::to_string(&MdfRequest::history_seen_by(events.clone(), &partner("a"))).unwrap();
    assert!(!seen.contains("between us"));
    assert!(serde_json::to_string(&MdfRequest::history_seen_by(events, &marketing())).unwrap().contains("between us"));

    let mut granted = request;
    granted.claims.clear();
    let found = ClaimFound::new(FoundOf::Request(Box::new(granted)));
    let given = ClaimGiven::new(program, known);
    let commands = [
        (ClaimCommand::Submit, partner("a")),
        (ClaimCommand::Reject { code: no(), note: note() }, marketing()),
        (ClaimCommand::Edit { form: claim("a", "r", vec![expense("2", "90")]) }, partner("a")),
        (ClaimCommand::Submit, partner("a")),
        (ClaimCommand::Validate { disallowed: Vec::new(), note: note() }, validator()),
        (ClaimCommand::Approve { note: note() }, marketing()),
        (ClaimCommand::Pay { payment: "P-1".parse().unwrap() }, finance()),
    ];
    let at = "2025-04-10T12:00:00Z".parse().unwrap();
    let draft = claim("a", "r", vec![expense("1", "100")]);
    let (record, events) = run::<Claim>(&draft, &commands, &given, |_| found.clone(), at, &partner("a"), &found);
    assert_eq!(replay::<Claim>(&events), Some(record.clone()));
    assert_eq!((events.len(), record.stage.word()), (8, "paid"));
    let seen = serde_json::to_string(&Claim::history_seen_by(events.clone(), &partner("a"))).unwrap();
    assert!(!seen.contains("between us"));
    for event in events {
        let json = serde_json::to_string(&event).unwrap();
        assert_eq!(serde_json::from_str::<ClaimEvent>(&json).unwrap(), event);
    }
    let _: Option<Event> = None;
}

#[test]
fn random_histories_do_much() {
    let mut state = 7_u64;
    let mut next = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((state >> 33) % below).unwrap()
    };
    let mut paid = 0;
    for _ in 0..40 {
        let amount = |of: usize| i64::try_from(of).unwrap() + 1;
        let steps: Vec<Step> = (0..70).map(|_| (next(24), next(24), amount(next(300_000)), 2)).collect();
        paid += play(&steps).book.owed().len();
    }
    assert!(paid > 20, "{paid}");
}
