//! Claims for money of a fund: what they bring, what is refused, what they hold.

use prm_core::fx::{FxTable, RateKind};
use prm_core::incentive::claim::book::FundBookError;
use prm_core::incentive::claim::{
    Basis, BasisError, Claim, ClaimError, ClaimForm, ClaimFormError, ClaimReason, Command, Disallowed, Expense,
};
use prm_core::incentive::mdf::FundPartner;
use prm_core::incentive::mdf::request::Command as RequestCommand;
use prm_core::lifecycle::Lifecycle as _;
use prm_core::money::Money;
use prm_core::partner::Partner;
use prm_core::period::Period;

use super::world::{
    World, approve_claim, claim, days, expense, finance, form, marketing, partner, proof, usd, validate, validator,
    vendor, with,
};

fn refused(result: Result<(), FundBookError>) -> ClaimError {
    match result.unwrap_err() {
        FundBookError::Claim(error) => error,
        other => panic!("{other}"),
    }
}

fn basis(result: Result<(), FundBookError>) -> BasisError {
    match refused(result) {
        ClaimError::Basis(error) => error,
        other => panic!("{other}"),
    }
}

/// A grant of 500 for the fair, on the tenth of April.
fn granted() -> World {
    let mut world = World::new();
    world.granted("r", &form("a", "1000"));
    world.go_to("2025-04-10");
    world
}

#[test]
fn instalments_bring_the_share_up_to_the_grant_and_the_rest_is_cut() {
    let mut world = granted();
    for (id, gross, pays) in [("1", "333.33", "166.66 USD"), ("2", "333.33", "166.67 USD"), ("3", "600", "166.67 USD")]
    {
        world.submit_claim(id, &claim("a", "r", vec![expense(id, gross)])).unwrap();
        world.pass(id).unwrap();
        assert_eq!(world.pays(id), pays);
    }
    let last = world.claim("3").answer.clone().unwrap();
    assert_eq!((last.claimed, last.cuts[0].amount), (usd("300.00"), usd("133.33")));
    assert_eq!(last.cuts[0].why, ClaimReason::Granted { amount: usd("500") });
    assert!(world.claim("3").is_approved_in_part() && !world.claim("1").is_approved_in_part());
    let now = world.balances("a");
    assert_eq!((now.available, now.reserved, now.spent), (usd("9500"), usd("0"), usd("500")));
    // Beyond the grant it counts and brings nothing.
    world.submit_claim("4", &claim("a", "r", vec![expense("4", "50")])).unwrap();
    world.pass("4").unwrap();
    assert_eq!((world.pays("4").as_str(), world.claim("4").payout.as_ref()), ("0.00 USD", None));
    // One payment pays several.
    for id in ["1", "2", "3"] {
        world.act_on_claim(id, &Command::Pay { payment: "P-1".parse().unwrap() }, &finance()).unwrap();
    }
    assert_eq!(world.book.owed().iter().map(|(_, payout)| payout.amount.minor()).sum::<i64>(), 50_000);
}

#[test]
fn what_does_not_count_is_not_picked_up_by_the_next_claim() {
    let mut world = granted();
    let mut fair = claim("a", "r", vec![expense("1", "119"), expense("2", "200")]);
    if let Basis::Mdf { expenses, .. } = &mut fair.of {
        expenses[0].recoverable_tax = Some(usd("19"));
    }
    world.submit_claim("1", &fair).unwrap();
    assert_eq!(world.pays("1"), "150.00 USD");
    let mut drinks = Disallowed::all(2, "drinks".parse().unwrap());
    drinks.part = "150".parse().ok();
    let note = Some("the bar again".to_owned());
    world.act_on_claim("1", &Command::Validate { disallowed: vec![drinks], note }, &validator()).unwrap();
    assert_eq!(world.pays("1"), "75.00 USD");
    world.act_on_claim("1", &approve_claim(), &marketing()).unwrap();
    let answer = world.claim("1").answer.clone().unwrap();
    assert_eq!(answer.items[0].because, [ClaimReason::RecoverableTax { amount: usd("19") }]);
    assert_eq!((answer.claimed, answer.cuts[0].why.clone()), (usd("150"), ClaimReason::Items));
    // The partner sees why, and not what the vendor notes for itself.
    let seen = serde_json::to_string(&world.claim("1").clone().seen_by(&partner("a"))).unwrap();
    assert!(seen.contains("drinks") && !seen.contains("the bar"));
    assert!(!world.claim("1").notes.is_empty());
    world.submit_claim("2", &claim("a", "r", vec![expense("3", "100")])).unwrap();
    assert_eq!(world.pays("2"), "50.00 USD");
}

#[test]
fn what_cannot_be_claimed() {
    let mut world = World::new();
    let fair = |number: &str| claim("a", "r", vec![expense(number, "100")]);
    assert!(matches!(basis(world.submit_claim("0", &fair("0"))), BasisError::NotFound { what: "request", .. }));
    world.submit("r", &form("a", "1000")).unwrap();
    world.go_to("2025-04-10");
    assert!(matches!(basis(world.submit_claim("1", &fair("1"))), BasisError::NotGranted { stage: "submitted" }));
    let mut world = granted();
    let performed = |period: Period| {
        with(fair("2"), |form| {
            if let Basis::Mdf { performed, .. } = &mut form.of {
                *performed = period;
            }
        })
    };
    let outside = performed(days("2025-04-01", "2025-04-05"));
    assert!(matches!(basis(world.submit_claim("2", &outside)), BasisError::OutsideWindow { .. }));
    world.go_to("2025-04-03");
    assert!(matches!(basis(world.submit_claim("3", &fair("3"))), BasisError::NotOver { .. }));
    world.go_to("2025-04-10");
    let none = claim("a", "r", Vec::new());
    assert!(matches!(
        refused(world.submit_claim("4", &none)),
        ClaimError::Form(ClaimFormError::Items { given: 0, .. })
    ));
    let no_photo = with(fair("5"), |form| form.proofs.clear());
    assert!(
        matches!(refused(world.submit_claim("5", &no_photo)), ClaimError::Form(ClaimFormError::NoProof { kind }) if kind.as_str() == "photo")
    );
    let euros = Expense::new(expense("6", "1").invoice, Money::parse("100", "EUR").unwrap());
    let euros = claim("a", "r", vec![euros]);
    assert!(matches!(basis(world.submit_claim("6", &euros)), BasisError::NoTable { .. }));
    world.book.put_exchange(FxTable::new("ecb"));
    assert!(matches!(basis(world.submit_claim("7", &euros)), BasisError::Exchange(_)));
    let mut future = fair("8");
    if let Basis::Mdf { expenses, .. } = &mut future.of {
        expenses[0].invoice.dated = "2025-04-11".parse().unwrap();
    }
    assert!(matches!(
        refused(world.submit_claim("8", &future)),
        ClaimError::Form(ClaimFormError::Future { item: 1, .. })
    ));
    let stolen = with(fair("9"), |form| form.partner = "b".parse().unwrap());
    assert!(matches!(basis(world.submit_claim("9", &stolen)), BasisError::NotFound { .. }));
    let taxed = with(expense("10", "100"), |spent| spent.recoverable_tax = Some(usd("101")));
    assert!(matches!(
        refused(world.draft_claim("10", &claim("a", "r", vec![taxed]))),
        ClaimError::Form(ClaimFormError::Amount { .. })
    ));
    // Nothing of all that changed anything.
    assert!(world.book.owed().is_empty() && world.of("r").claims.is_empty());
    world.go_to("2025-06-02").submit_claim("11", &fair("11")).unwrap();
    world.go_to("2025-06-03");
    assert!(matches!(basis(world.submit_claim("12", &fair("12"))), BasisError::Expired { .. }));
    let no_policy = ClaimForm::new(
        "P",
        "a".parse().unwrap(),
        Basis::Mdf {
            request: "x".parse().unwrap(),
            performed: days("2025-01-01", "2025-01-02"),
            expenses: vec![expense("1", "1")],
        },
    );
    assert!(matches!(basis(world.submit_claim("13", &no_policy)), BasisError::NotFound { .. }));
}

#[test]
fn spending_is_converted_at_the_rate_of_the_invoice() {
    let mut world = granted();
    let mut table = FxTable::new("ecb");
    let (eur, usd) = ("EUR".parse().unwrap(), "USD".parse().unwrap());
    for (day, rate) in [("2025-04-02", "1.25"), ("2025-04-10", "1.5")] {
        table.quote(eur, usd, RateKind::Closing, day.parse().unwrap(), rate.parse().unwrap()).unwrap();
    }
    world.book.put_exchange(table);
    let spent = Expense::new(expense("1", "1").invoice, Money::parse("100", "EUR").unwrap());
    world.submit_claim("1", &claim("a", "r", vec![spent])).unwrap();
    assert_eq!(world.pays("1"), "62.50 USD");
    let because = &world.claim("1").answer.as_ref().unwrap().items[0].because;
    assert!(matches!(&because[0], ClaimReason::Converted { rate } if rate.date.to_string() == "2025-04-02"));
}

#[test]
fn an_invoice_or_a_file_is_used_once_by_anybody() {
    let mut world = granted();
    world.go_to("2025-03-02").granted("s", &form("b", "1000"));
    world.go_to("2025-04-10").submit_claim("1", &claim("a", "r", vec![expense("INV 7", "100")])).unwrap();
    let mut same = claim("b", "s", vec![expense("inv-7", "100")]);
    same.proofs = vec![proof("photo", "another")];
    let refusal = refused(world.submit_claim("2", &same));
    assert!(matches!(&refusal, ClaimError::EvidenceUsed { evidence } if evidence.as_str() == "invoice:PRINTCO/INV7"));
    let mut file = claim("b", "s", vec![expense("8", "100")]);
    file.proofs = vec![proof("photo", "y"), proof("photo", "x")];
    world.submit_claim("3", &file).unwrap();
    file.proofs = vec![proof("photo", "x")];
    if let Basis::Mdf { expenses, .. } = &mut file.of {
        expenses[0].invoice.number = "9".into();
    }
    assert!(
        matches!(refused(world.submit_claim("4", &file)), ClaimError::EvidenceUsed { evidence } if evidence.as_str() == "file:x")
    );
    let twice = claim("a", "r", vec![expense("10", "1"), expense("10", "2")]);
    assert!(matches!(refused(world.submit_claim("5", &twice)), ClaimError::EvidenceUsed { .. }));
    // What is withdrawn or declined lets go; what is rejected holds it while it can be corrected.
    world.act_on_claim("1", &Command::Reject { code: "blurred".parse().unwrap(), note: None }, &marketing()).unwrap();
    assert!(matches!(
        refused(world.act_on_claim("2", &Command::Submit, &partner("b"))),
        ClaimError::EvidenceUsed { .. }
    ));
    world.go_to("2025-04-21");
    assert!(!world.claim("1").holds_evidence(world.now));
    world.act_on_claim("2", &Command::Submit, &partner("b")).unwrap();
    assert!(matches!(
        refused(world.act_on_claim("1", &Command::Submit, &partner("a"))),
        ClaimError::CorrectionOver { .. }
    ));
}

#[test]
fn what_was_in_time_stays_so_while_it_is_corrected() {
    let mut world = granted();
    world.go_to("2025-06-02").submit_claim("1", &claim("a", "r", vec![expense("1", "100")])).unwrap();
    world.act_on_claim("1", &Command::Reject { code: "blurred".parse().unwrap(), note: None }, &marketing()).unwrap();
    world.go_to("2025-06-10");
    // The grant is over, and its money waits for the claim.
    assert_eq!(world.of("r").reserved(world.now), Some(usd("500")));
    let other = claim("a", "r", vec![expense("2", "100")]);
    let other = Basis::Mdf {
        request: "s".parse().unwrap(),
        performed: days("2025-04-01", "2025-04-02"),
        expenses: match other.of {
            Basis::Mdf { expenses, .. } => expenses,
            _ => Vec::new(),
        },
    };
    let edit = Command::Edit { form: ClaimForm::new("P", "a".parse().unwrap(), other) };
    assert!(matches!(
        refused(world.act_on_claim("1", &edit, &partner("a"))),
        ClaimError::Form(ClaimFormError::OtherBasis)
    ));
    let corrected = with(claim("a", "r", vec![expense("1", "90")]), |form| form.proofs = vec![proof("photo", "sharp")]);
    world.act_on_claim("1", &Command::Edit { form: corrected }, &partner("a")).unwrap();
    world.act_on_claim("1", &Command::Submit, &partner("a")).unwrap();
    world.pass("1").unwrap();
    let now = world.balances("a");
    assert_eq!((now.spent, now.reserved, now.available), (usd("45"), usd("0"), usd("9955")));
    // One that nobody corrects lets go of the money by its date.
    let mut world = granted();
    world.go_to("2025-06-02").submit_claim("1", &claim("a", "r", vec![expense("1", "100")])).unwrap();
    world.act_on_claim("1", &Command::Reject { code: "blurred".parse().unwrap(), note: None }, &marketing()).unwrap();
    world.book.note_until("2025-07-01T00:00:00Z".parse().unwrap()).unwrap();
    assert_eq!(world.balances("a").available, usd("10000"));
}

#[test]
fn makers_and_checkers_are_different_persons() {
    let mut world = granted();
    world.submit_claim("1", &claim("a", "r", vec![expense("1", "100")])).unwrap();
    world.act_on_claim("1", &validate(), &marketing()).unwrap();
    assert_eq!(refused(world.act_on_claim("1", &approve_claim(), &marketing())), ClaimError::SamePerson);
    assert!(matches!(refused(world.act_on_claim("1", &approve_claim(), &finance())), ClaimError::NotApprover { .. }));
    let other = vendor("other", prm_core::actor::VendorRole::Marketing);
    world.act_on_claim("1", &approve_claim(), &other).unwrap();
    let pay = Command::Pay { payment: "P-1".parse().unwrap() };
    assert!(matches!(world.act_on_claim("1", &pay, &marketing()), Err(FundBookError::Denied)));
    assert!(matches!(world.act_on_claim("1", &Command::Withdraw, &partner("b")), Err(FundBookError::NotFound { .. })));
    // Where nothing counts there is nothing to approve.
    world.submit_claim("2", &claim("a", "r", vec![expense("2", "100")])).unwrap();
    let nothing = vec![Disallowed::all(1, "private".parse().unwrap())];
    world.act_on_claim("2", &Command::Validate { disallowed: nothing, note: None }, &validator()).unwrap();
    assert_eq!(refused(world.act_on_claim("2", &approve_claim(), &marketing())), ClaimError::Nothing);
    let too_much = vec![with(Disallowed::all(1, "private".parse().unwrap()), |cut| cut.part = "100.01".parse().ok())];
    let refusal =
        refused(world.act_on_claim("2", &Command::Validate { disallowed: too_much, note: None }, &validator()));
    assert!(matches!(refusal, ClaimError::Form(ClaimFormError::NoPart { item: 1, .. })));
    let no_item = vec![Disallowed::all(2, "private".parse().unwrap())];
    assert!(world.act_on_claim("2", &Command::Validate { disallowed: no_item, note: None }, &validator()).is_err());
}

#[test]
fn claims_by_invoice_close_with_its_date_and_what_is_paid_in_advance_is_not_owed() {
    let mut world = World::new();
    let mut launch = form("a", "400");
    (launch.fund, launch.activity) = ("launch".parse().unwrap(), "event".parse().unwrap());
    world.granted("l", &launch);
    world.go_to("2025-05-03");
    let fair = claim("a", "l", vec![expense("1", "300")]);
    assert!(
        matches!(basis(world.submit_claim("1", &fair)), BasisError::TooLate { item: 1, last, .. } if last.to_string() == "2025-05-02")
    );
    world.go_to("2025-05-02").submit_claim("2", &with(fair, |form| form.proofs = vec![proof("photo", "2")])).unwrap();
    world.pass("2").unwrap();
    assert!(world.claim("2").payout.is_none() && world.book.owed().is_empty());
    let second = claim("a", "l", vec![expense("3", "50")]);
    assert!(matches!(basis(world.submit_claim("3", &second)), BasisError::TooMany { most: 1 }));
    world.act("l", &RequestCommand::Close, &partner("a")).unwrap();
    let shared = *world.book.balances(&super::world::pot("launch", None)).unwrap();
    assert_eq!((shared.spent, shared.lapsed, shared.available), (usd("300"), usd("100"), usd("600")));
}

#[test]
fn a_partner_that_has_left_has_less_time() {
    let mut world = granted();
    let mut left = Partner::new("a".parse().unwrap(), "Partner a");
    left.left = "2025-04-15".parse().ok();
    world.book.put_partner(FundPartner::new(left));
    world.go_to("2025-05-03").submit_claim("1", &claim("a", "r", vec![expense("1", "100")])).unwrap();
    world.go_to("2025-05-04");
    let late = basis(world.submit_claim("2", &claim("a", "r", vec![expense("2", "100")])));
    assert!(matches!(late, BasisError::TooLate { last, .. } if last.to_string() == "2025-05-03"));
    assert!(Claim::history_seen_by(Vec::new(), &partner("a")).is_empty());
}
