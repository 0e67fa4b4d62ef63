//! Marketing funds, claims and authorisations: whatever happens at once, nothing is overdrawn, and nothing is used twice.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use prm_core::actor::{Actor, PartnerRole, VendorRole};
use prm_core::id::{Name, PartnerId, Sku};
use prm_core::incentive::claim::protect::PriceChange;
use prm_core::incentive::claim::{
    self, Basis, Claim, ClaimError, ClaimForm, Expense, FoundPrice, Invoice, SpiffBrings,
};
use prm_core::incentive::mdf::request::{self, Form, MdfRequest, RequestError};
use prm_core::incentive::mdf::{FundPartner, Movement, MovementKind, Pot, PotError};
use prm_core::ledger::AccountKind;
use prm_core::money::Money;
use prm_core::partner::Partner;
use prm_core::program::Program;
use prm_core::scaled::Scaled;

use super::ledger::{balance, balances};
use super::shop::{day, key, period};
use super::{Fixture, declare};
use crate::{Action, Done, ExecuteError, FundError, Meta, Posted, StandingPot, Tenant};

declare! {
    a_grant_reserves_and_a_claim_spends_and_owes
    an_invoice_is_used_once_whoever_claims_it
    what_is_not_claimed_in_time_is_there_for_others
    a_claim_that_comes_to_nothing_leaves_everything_as_it_was
    grants_at_once_never_overdraw_a_fund
    claims_at_once_for_one_grant_never_overdraw_it
    money_of_funds_moves_once_and_never_below_nothing
    partners_see_their_own_pots
}

const PROGRAM: &str = "
format: 1
program: Ridgeline
version: '1'
effective: { from: 2025-01-01, until: 2026-01-01 }
currency: USD
mdf:
  marketing:
    every: year
    request: { share: 50 %, approvers: [marketing] }
    claim: { within: 60 days, approvers: [finance], correct: 14 days }
    unclaimed: returns
    year_end: forfeits
  launch:
    shared: yes
    request: { share: 100 %, approvers: [marketing] }
    claim: { within: 60 days, approvers: [finance] }
claims:
  ship_and_debit: { price: book_in_contract, within: 90 days, approvers: [finance] }
  price_protection: { within: 90 days, approvers: [finance] }
  spiff: { within: 90 days, approvers: [finance] }
";

/// A tenant with the program at hand.
pub(super) struct Office {
    pub(super) tenant: Tenant,
    pub(super) program: Arc<Program>,
}

pub(super) fn usd(minor: i64) -> Money {
    Money::from_minor(minor, "USD".parse().unwrap())
}

pub(super) fn name(text: &str) -> Name {
    text.parse().unwrap()
}

pub(super) fn id(text: &str) -> PartnerId {
    text.parse().unwrap()
}

pub(super) fn person(partner: &str) -> Actor {
    Actor::Partner {
        partner: id(partner),
        person: format!("of-{partner}").parse().unwrap(),
        role: PartnerRole::Marketing,
    }
}

pub(super) fn vendor(person: &str, role: VendorRole) -> Actor {
    Actor::Vendor { person: person.parse().unwrap(), role }
}

/// The beginning of a day of 2025, in the program's time zone.
pub(super) fn on(text: &str) -> DateTime<Utc> {
    day(text).and_hms_opt(0, 0, 0).unwrap().and_utc()
}

impl Office {
    pub(super) async fn new(database: &Fixture) -> Self {
        let tenant = database.store().await.tenant("acme");
        Self { tenant, program: Arc::new(Program::read(PROGRAM).unwrap_or_else(|findings| panic!("{findings}"))) }
    }

    pub(super) fn partner(partner: &str) -> FundPartner {
        FundPartner::new(Partner::new(id(partner), partner))
    }

    pub(super) fn pot(&self, fund: &str, partner: &str) -> Pot {
        let fund = self.program.fund(fund).unwrap();
        fund.pot(&self.program, day("2025-03-01"), None, &id(partner)).unwrap()
    }

    pub(super) async fn allocate(&self, fund: &str, partner: &str, minor: i64) {
        let (kind, pot) = (MovementKind::Allocate, self.pot(fund, partner));
        let movement = Movement { kind, pot, amount: usd(minor) };
        let source = format!("opening/{partner}");
        assert_eq!(self.tenant.move_fund(&movement, &source, &Actor::Host).await.unwrap(), Posted::Now);
    }

    /// Allocated, available, reserved and spent.
    pub(super) async fn stands(&self, fund: &str) -> Vec<[i64; 4]> {
        let pots: Vec<StandingPot> = self.tenant.pots(Some(fund), &Actor::Host).await.unwrap();
        let told = pots.iter().map(|pot| {
            assert!(pot.balances.conserves(), "{pot:?}");
            let of = &pot.balances;
            [of.allocated, of.available, of.reserved, of.spent].map(Money::minor)
        });
        told.collect()
    }

    pub(super) async fn request(
        &self,
        request: &str,
        partner: &str,
        action: Action<MdfRequest>,
        by: Actor,
        at: DateTime<Utc>,
    ) -> Result<Done<MdfRequest>, ExecuteError<RequestError>> {
        let given = request::Given::new(Arc::clone(&self.program), Self::partner(partner));
        self.tenant.execute(request, action, &given, &Meta::new(by, at)).await
    }

    pub(super) async fn claim(
        &self,
        claim: &str,
        partner: &str,
        action: Action<Claim>,
        by: Actor,
        at: DateTime<Utc>,
    ) -> Result<Done<Claim>, ExecuteError<ClaimError>> {
        let mut given = claim::Given::new(Arc::clone(&self.program), Self::partner(partner));
        // The price of a bike fell from 500 to 450 on 5 March, and a SPIFF pays 25.00 for each of two sales.
        let (bike, on) = ("bike".parse::<Sku>().unwrap(), day("2025-03-05"));
        let prices = (Scaled::new(500, 0), Scaled::new(450, 0));
        let mut change = PriceChange::new(bike.clone(), "USD".parse().unwrap(), prices, on);
        change.noticed_on = day("2025-03-10");
        given.prices.insert((on, bike), FoundPrice { change, receipts: Vec::new() });
        let brings = |line| SpiffBrings { line: key(line), on: day("2025-03-01"), brings: usd(2_500) };
        given.spiffs.insert(name("summer"), vec![brings("SO1/1"), brings("SO2/1")]);
        self.tenant.execute(claim, action, &given, &Meta::new(by, at)).await
    }

    /// Asks for half of a cost, for a fair in March.
    pub(super) async fn asked(&self, request: &str, partner: &str, fund: &str, cost: i64) {
        let days = period("2025-03-01", "2025-03-05");
        let form = Form::new("Ridgeline", id(partner), (name(fund), name("fair")), days, usd(cost));
        self.request(request, partner, Action::Open(form), person(partner), on("2025-02-01")).await.unwrap();
        let submit = Action::Command(request::Command::Submit);
        self.request(request, partner, submit, person(partner), on("2025-02-01")).await.unwrap();
    }

    pub(super) async fn approved(
        &self,
        request: &str,
        partner: &str,
    ) -> Result<Done<MdfRequest>, ExecuteError<RequestError>> {
        let approve = Action::Command(request::Command::Approve { amount: None, note: None });
        self.request(request, partner, approve, vendor("mia", VendorRole::Marketing), on("2025-02-02")).await
    }

    /// A claim of one invoice for a request, as it was drafted.
    pub(super) async fn drafted(&self, claim: &str, partner: &str, request: &str, (invoice, gross): (&str, i64)) {
        let invoice =
            Invoice { issuer: "Print & Co.".to_owned(), number: invoice.to_owned(), dated: day("2025-03-04") };
        let of = Basis::Mdf {
            request: request.parse().unwrap(),
            performed: period("2025-03-01", "2025-03-05"),
            expenses: vec![Expense::new(invoice, usd(gross))],
        };
        let form = ClaimForm::new("Ridgeline", id(partner), of);
        self.claim(claim, partner, Action::Open(form), person(partner), on("2025-03-10")).await.unwrap();
    }

    pub(super) async fn submitted(&self, claim: &str, partner: &str) -> Result<Done<Claim>, ExecuteError<ClaimError>> {
        self.claim(claim, partner, Action::Command(claim::Command::Submit), person(partner), on("2025-03-10")).await
    }

    pub(super) async fn approve_in_march(&self, claim: &str) {
        let validate = Action::Command(claim::Command::Validate { disallowed: Vec::new(), note: None });
        self.claim(claim, "p1", validate, vendor("mia", VendorRole::Marketing), on("2025-03-13")).await.unwrap();
        let approve = Action::Command(claim::Command::Approve { note: None });
        self.claim(claim, "p1", approve, vendor("fin", VendorRole::Finance), on("2025-03-14")).await.unwrap();
    }

    pub(super) async fn decided(&self, claim: &str, partner: &str) -> Result<Done<Claim>, ExecuteError<ClaimError>> {
        let validate = Action::Command(claim::Command::Validate { disallowed: Vec::new(), note: None });
        self.claim(claim, partner, validate, vendor("mia", VendorRole::Marketing), on("2025-03-11")).await?;
        let approve = Action::Command(claim::Command::Approve { note: None });
        self.claim(claim, partner, approve, vendor("fin", VendorRole::Finance), on("2025-03-12")).await
    }
}

async fn a_grant_reserves_and_a_claim_spends_and_owes(database: Arc<Fixture>) {
    let office = Office::new(&database).await;
    office.allocate("marketing", "p1", 200_000).await;
    office.asked("r-1", "p1", "marketing", 180_000).await;
    office.approved("r-1", "p1").await.unwrap();
    assert_eq!(office.stands("marketing").await, [[200_000, 110_000, 90_000, 0]]);
    office.drafted("c-1", "p1", "r-1", ("2025-017", 100_000)).await;
    office.submitted("c-1", "p1").await.unwrap();
    office.decided("c-1", "p1").await.unwrap();
    // Half of 1,000.00, and it is owed.
    assert_eq!(office.stands("marketing").await, [[200_000, 110_000, 40_000, 50_000]]);
    assert_eq!(balance(&office.tenant, "p1", AccountKind::Payable).await, 50_000);
    let request = office.tenant.get::<MdfRequest>("r-1", &Actor::Host).await.unwrap().unwrap().record;
    assert_eq!(request.so_far().unwrap().paid, usd(50_000));
    // The next claim is cut to what is left of the grant.
    office.drafted("c-2", "p1", "r-1", ("2025-018", 100_000)).await;
    office.submitted("c-2", "p1").await.unwrap();
    office.decided("c-2", "p1").await.unwrap();
    assert_eq!(office.stands("marketing").await, [[200_000, 110_000, 0, 90_000]]);
    assert_eq!(balance(&office.tenant, "p1", AccountKind::Payable).await, 90_000);
    assert_eq!(balance(&office.tenant, "p1", AccountKind::Earned).await, -90_000);
    // One payment for both.
    for claim in ["c-1", "c-2"] {
        let pay = Action::Command(claim::Command::Pay { payment: "run-7".parse().unwrap() });
        office.claim(claim, "p1", pay, vendor("fin", VendorRole::Finance), on("2025-03-20")).await.unwrap();
    }
}

async fn an_invoice_is_used_once_whoever_claims_it(database: Arc<Fixture>) {
    let office = Office::new(&database).await;
    for partner in ["p1", "p2"] {
        office.allocate("marketing", partner, 200_000).await;
        office.asked(&format!("r-{partner}"), partner, "marketing", 100_000).await;
        office.approved(&format!("r-{partner}"), partner).await.unwrap();
    }
    office.drafted("c-1", "p1", "r-p1", ("2025-017", 50_000)).await;
    office.drafted("c-2", "p2", "r-p2", ("2025 017", 50_000)).await;
    office.submitted("c-1", "p1").await.unwrap();
    let before = balances(&office.tenant, None).await;
    let used = office.submitted("c-2", "p2").await.unwrap_err();
    assert!(matches!(used, ExecuteError::Refused(ClaimError::EvidenceUsed { .. })), "{used}");
    assert_eq!(balances(&office.tenant, None).await, before);
    // Handed in at once, one of two is taken.
    office.drafted("c-3", "p1", "r-p1", ("2025-020", 10_000)).await;
    office.drafted("c-4", "p2", "r-p2", ("2025-020", 10_000)).await;
    let (one, other) = tokio::join!(office.submitted("c-3", "p1"), office.submitted("c-4", "p2"));
    assert_eq!([one.is_ok(), other.is_ok()].iter().filter(|is_ok| **is_ok).count(), 1, "{one:?} {other:?}");
    // What is taken back is free for others.
    let withdraw = Action::Command(claim::Command::Withdraw);
    office.claim("c-1", "p1", withdraw, person("p1"), on("2025-03-11")).await.unwrap();
    office.submitted("c-2", "p2").await.unwrap();
}

async fn what_is_not_claimed_in_time_is_there_for_others(database: Arc<Fixture>) {
    let office = Office::new(&database).await;
    office.allocate("marketing", "p1", 100_000).await;
    office.asked("r-1", "p1", "marketing", 200_000).await;
    office.approved("r-1", "p1").await.unwrap();
    assert_eq!(office.stands("marketing").await, [[100_000, 0, 100_000, 0]]);
    // Sixty days after the fair nothing was claimed: nobody has to have looked at it for the next to be granted.
    let days = period("2025-09-01", "2025-09-05");
    let form = Form::new("Ridgeline", id("p1"), (name("marketing"), name("fair")), days, usd(120_000));
    office.request("r-2", "p1", Action::Open(form), person("p1"), on("2025-06-01")).await.unwrap();
    let submit = Action::Command(request::Command::Submit);
    office.request("r-2", "p1", submit, person("p1"), on("2025-06-01")).await.unwrap();
    let approve = Action::Command(request::Command::Approve { amount: None, note: None });
    office.request("r-2", "p1", approve, vendor("mia", VendorRole::Marketing), on("2025-06-02")).await.unwrap();
    assert_eq!(office.stands("marketing").await, [[100_000, 40_000, 60_000, 0]]);
    // And it was noted once.
    assert!(office.tenant.run_due::<MdfRequest>(on("2025-06-03"), 100).await.unwrap().noted.is_empty());
}

async fn a_claim_that_comes_to_nothing_leaves_everything_as_it_was(database: Arc<Fixture>) {
    let office = Office::new(&database).await;
    office.allocate("marketing", "p1", 100_000).await;
    office.asked("r-1", "p1", "marketing", 100_000).await;
    office.drafted("c-1", "p1", "r-1", ("2025-017", 50_000)).await;
    let early = office.submitted("c-1", "p1").await.unwrap_err();
    assert!(matches!(early, ExecuteError::Refused(ClaimError::Basis(_))), "a claim before the grant: {early}");
    office.approved("r-1", "p1").await.unwrap();
    office.submitted("c-1", "p1").await.unwrap();
    let reject = Action::Command(claim::Command::Reject { code: name("unreadable"), note: None });
    office.claim("c-1", "p1", reject, vendor("mia", VendorRole::Marketing), on("2025-03-11")).await.unwrap();
    // It is not corrected in time: the request is told, and the invoice is free.
    let given = claim::Given::new(Arc::clone(&office.program), Office::partner("p1"));
    let ran = office.tenant.run_due_given::<Claim>(on("2025-04-01"), 100, &given).await.unwrap();
    assert_eq!(ran.noted, ["c-1"]);
    let request = office.tenant.get::<MdfRequest>("r-1", &Actor::Host).await.unwrap().unwrap().record;
    assert!(request.claims.is_empty(), "{request:?}");
    office.drafted("c-2", "p1", "r-1", ("2025-017", 50_000)).await;
    let submit = Action::Command(claim::Command::Submit);
    office.claim("c-2", "p1", submit, person("p1"), on("2025-04-02")).await.unwrap();
    assert_eq!(office.stands("marketing").await, [[100_000, 50_000, 50_000, 0]]);
    assert_eq!(balances(&office.tenant, None).await.len(), 0);
}

async fn grants_at_once_never_overdraw_a_fund(database: Arc<Fixture>) {
    let office = Arc::new(Office::new(&database).await);
    office.allocate("launch", "any", 100_000).await;
    for at in 0..32 {
        office.asked(&format!("r-{at}"), &format!("p{at}"), "launch", 7_000).await;
    }
    let grants = (0..32).map(|at| {
        let office = Arc::clone(&office);
        tokio::spawn(async move { office.approved(&format!("r-{at}"), &format!("p{at}")).await })
    });
    let mut granted = 0;
    for grant in grants.collect::<Vec<_>>() {
        match grant.await.unwrap() {
            Ok(_) => granted += 1,
            Err(error) => {
                assert!(matches!(error, ExecuteError::Refused(RequestError::NotEnough { .. })), "{error}");
            }
        }
    }
    assert_eq!(granted, 14);
    assert_eq!(office.stands("launch").await, [[100_000, 2_000, 98_000, 0]]);
}

async fn claims_at_once_for_one_grant_never_overdraw_it(database: Arc<Fixture>) {
    let office = Arc::new(Office::new(&database).await);
    office.allocate("marketing", "p1", 100_000).await;
    office.asked("r-1", "p1", "marketing", 100_000).await;
    office.approved("r-1", "p1").await.unwrap();
    for at in 0..8 {
        let claim = format!("c-{at}");
        office.drafted(&claim, "p1", "r-1", (&format!("2025-{at}"), 30_000)).await;
        office.submitted(&claim, "p1").await.unwrap();
    }
    let claims = (0..8).map(|at| {
        let office = Arc::clone(&office);
        tokio::spawn(async move { office.decided(&format!("c-{at}"), "p1").await.is_ok() })
    });
    for claim in claims.collect::<Vec<_>>() {
        claim.await.unwrap();
    }
    // 150.00 three times, and then what was left.
    assert_eq!(office.stands("marketing").await, [[100_000, 50_000, 0, 50_000]]);
    assert_eq!(balance(&office.tenant, "p1", AccountKind::Payable).await, 50_000);
}

async fn money_of_funds_moves_once_and_never_below_nothing(database: Arc<Fixture>) {
    let office = Office::new(&database).await;
    office.allocate("marketing", "p1", 1_000).await;
    let step = |kind, minor| Movement { kind, pot: office.pot("marketing", "p1"), amount: usd(minor) };
    let again = step(MovementKind::Allocate, 1_000);
    let moved = |movement: Movement, source: &'static str, by: Actor| {
        let tenant = office.tenant.clone();
        async move { tenant.move_fund(&movement, source, &by).await }
    };
    assert_eq!(moved(again, "opening/p1", Actor::Host).await.unwrap(), Posted::Before);
    let other = moved(step(MovementKind::Allocate, 999), "opening/p1", Actor::Host).await.unwrap_err();
    assert!(matches!(other, FundError::SourceUsed { .. }), "{other}");
    let much = moved(step(MovementKind::Lapse, 1_001), "year end", Actor::Host).await.unwrap_err();
    assert!(matches!(much, FundError::Pot(PotError::NotEnough { .. })), "{much}");
    let by_hand = moved(step(MovementKind::Grant, 1), "by hand", Actor::Host).await.unwrap_err();
    assert!(matches!(by_hand, FundError::NotByHand { .. }), "{by_hand}");
    let empty = moved(step(MovementKind::Lapse, 1), "", Actor::Host).await.unwrap_err();
    assert!(matches!(empty, FundError::Source { .. }), "{empty}");
    for by in [person("p1"), vendor("mia", VendorRole::Marketing), Actor::Deadline] {
        let denied = moved(step(MovementKind::Lapse, 1), "denied", by).await.unwrap_err();
        assert!(matches!(denied, FundError::Denied), "{denied}");
    }
    assert_eq!(office.stands("marketing").await, [[1_000, 1_000, 0, 0]]);
    moved(step(MovementKind::Lapse, 400), "year end", vendor("fin", VendorRole::Finance)).await.unwrap();
    assert_eq!(office.stands("marketing").await, [[1_000, 600, 0, 0]]);
}

async fn partners_see_their_own_pots(database: Arc<Fixture>) {
    let office = Office::new(&database).await;
    for partner in ["p1", "p2"] {
        office.allocate("marketing", partner, 1_000).await;
    }
    let seen = async |by: &Actor| office.tenant.pots(None, by).await.unwrap().len();
    assert_eq!(seen(&person("p1")).await, 1);
    assert_eq!(seen(&person("p3")).await, 0);
    assert_eq!(seen(&vendor("u", VendorRole::Auditor)).await, 2);
    assert_eq!(seen(&Actor::Deadline).await, 0);
}
