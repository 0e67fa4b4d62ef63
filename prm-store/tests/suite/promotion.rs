//! A promotion beside the shop: a SPIFF to persons, a fund with a request and a claim, an authorisation. It was written by the
//! store that left schema 8, and goes on with every later one.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use prm_core::actor::{Actor, PartnerRole, VendorRole};
use prm_core::id::PartnerId;
use prm_core::incentive::claim::debit::{Authorisation, ContractPrice, FoundAuthorisation};
use prm_core::incentive::claim::{self, Basis, Claim, ClaimError, ClaimForm, Expense, Invoice};
use prm_core::incentive::commission::CommissionFacts;
use prm_core::incentive::fold::Facts;
use prm_core::incentive::line::{BatchKey, LineKey, LineKind, SaleLine};
use prm_core::incentive::mdf::request::{self, Form, MdfRequest};
use prm_core::incentive::mdf::{FundPartner, Movement, MovementKind};
use prm_core::incentive::spiff::{Seller, SpiffFacts};
use prm_core::money::Money;
use prm_core::partner::Partner;
use prm_core::period::Period;
use prm_core::program::Program;
use prm_core::program::tables::Tables;
use prm_core::program::version::{Command, Draft, ProgramVersion};
use prm_core::scaled::Scaled;
use prm_store::{Action, AwardFilter, Awarded, Awarding, ExecuteError, Meta, Tenant};

use crate::shop::{finance, person};

const PROGRAM: &str = "
format: 1
program: Promotion
version: '1'
effective: { from: 2025-01-01, until: 2026-01-01 }
currency: USD
mdf:
  coop:
    request: { share: 50 %, approvers: [marketing] }
    claim: { within: 60 days, approvers: [finance] }
claims:
  ship_and_debit: { price: book_in_contract, within: 90 days, approvers: [finance] }
incentives:
  accrual: { kind: mdf, fund: coop, accrues: { rate: 2 %, of: net_revenue, every: quarter } }
  summer:
    kind: spiff
    during: { from: 2025-06-02, until: 2025-07-14 }
    of: units
    pays: { each: 25 }
    to: person
    consent: no
    public_sector: included
";

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn at(text: &str) -> DateTime<Utc> {
    day(text).and_hms_opt(12, 0, 0).unwrap().and_utc()
}

fn usd(amount: &str) -> Money {
    Money::parse(amount, "USD").unwrap()
}

fn partner() -> Partner {
    Partner::new("P001".parse().unwrap(), "P001")
}

fn marketing() -> Actor {
    Actor::Partner { partner: partner().id, person: "p-7".parse().unwrap(), role: PartnerRole::Marketing }
}

struct Promotion {
    program: Arc<Program>,
    partners: BTreeMap<PartnerId, Partner>,
    sellers: SpiffFacts,
}

impl Promotion {
    fn new() -> Self {
        let mut sellers = SpiffFacts::default();
        let (ada, of) = ("ada".parse().unwrap(), partner().id);
        sellers.sellers.push(Seller { person: ada, partner: of, from: day("2025-01-01"), until: None });
        let partners = [(partner().id, partner())].into();
        Self { program: Arc::new(Program::read(PROGRAM).unwrap()), partners, sellers }
    }

    /// Two bikes sold by ada, or one that came back, under a number.
    async fn receive(&self, tenant: &Tenant, batch: &str, back: bool) {
        let key = |document: &str| LineKey { document: document.parse().unwrap(), line: Some("1".parse().unwrap()) };
        let kind = if back { LineKind::Return } else { LineKind::Sale };
        let mut line = SaleLine::new(key(batch), kind, "bike".parse().unwrap(), "USD".parse().unwrap());
        (line.buyer, line.person) = (Some(partner().id), Some("ada".parse().unwrap()));
        line.dates.order = Some(day("2025-06-10"));
        line.dates.invoice = Some(day("2025-06-10"));
        line.quantity = Some(Scaled::new(if back { -1 } else { 2 }, 0));
        line.amounts.net = Some(Scaled::new(if back { -500 } else { 1_000 }, 0));
        line.reverses = back.then(|| key("PR-1"));
        let key = BatchKey::new("promotion".parse().unwrap(), batch.parse().unwrap());
        tenant.receive(&self.program, Facts::new(&self.partners), &key, &[line], &Actor::Host).await.unwrap();
    }

    async fn award(&self, tenant: &Tenant) -> Awarded {
        let (tables, nothing) = (Tables::new(), CommissionFacts::default());
        let known = (&self.sellers, &nothing);
        let awarding = Awarding::new(&self.program, Facts::new(&self.partners), &tables, known, day("2025-07-31"));
        tenant.award(awarding, &finance(), at("2025-07-31")).await.unwrap()
    }

    async fn claim(
        &self,
        tenant: &Tenant,
        id: &str,
        action: Action<Claim>,
        (by, on): (Actor, &str),
    ) -> Result<(), ExecuteError<ClaimError>> {
        let given = claim::Given::new(Arc::clone(&self.program), FundPartner::new(partner()));
        tenant.execute(id, action, &given, &Meta::new(by, at(on))).await.map(drop)
    }

    /// A claim for half of an invoice of 200.00, handed in.
    async fn claimed(&self, tenant: &Tenant, id: &str) -> Result<(), ExecuteError<ClaimError>> {
        let (issuer, number) = ("Print & Co.".to_owned(), "R-17".to_owned());
        let invoice = Invoice { issuer, number, dated: day("2025-03-04") };
        let of = Basis::Mdf {
            request: "r-1".parse().unwrap(),
            performed: fair(),
            expenses: vec![Expense::new(invoice, usd("200.00"))],
        };
        let open = Action::Open(ClaimForm::new("Promotion", partner().id, of));
        self.claim(tenant, id, open, (marketing(), "2025-03-10")).await?;
        self.claim(tenant, id, Action::Command(claim::Command::Submit), (marketing(), "2025-03-10")).await
    }
}

fn fair() -> Period {
    Period::new(day("2025-03-01"), day("2025-03-05")).unwrap()
}

/// Writes it into a tenant.
pub(crate) async fn fill(tenant: &Tenant) {
    let promotion = Promotion::new();
    let draft = Action::<ProgramVersion>::Open(Draft { text: PROGRAM.to_owned() });
    let writer = person("writer", VendorRole::Administrator);
    tenant.execute("promotion-1", draft, &(), &Meta::new(writer, at("2025-01-01"))).await.unwrap();
    let activate = Action::<ProgramVersion>::Command(Command::Activate);
    tenant.execute("promotion-1", activate, &(), &Meta::new(finance(), at("2025-01-01"))).await.unwrap();
    promotion.receive(tenant, "PR-1", false).await;
    assert!(promotion.award(tenant).await.settlement.is_some());
    let year = Period::new(day("2025-01-01"), day("2026-01-01")).unwrap();
    let of_funds = [(partner().id, FundPartner::new(partner()))].into();
    tenant.accrue_funds(&promotion.program, &of_funds, year, &finance()).await.unwrap();
    let pot = promotion.program.fund("coop").unwrap().pot(&promotion.program, day("2025-03-01"), None, &partner().id);
    let given = Movement { kind: MovementKind::Allocate, pot: pot.unwrap(), amount: usd("500.00") };
    tenant.move_fund(&given, "opening", &Actor::Host).await.unwrap();
    let place = ("coop".parse().unwrap(), "fair".parse().unwrap());
    let form = Form::new("Promotion", partner().id, place, fair(), usd("600.00"));
    let approve = request::Command::Approve { amount: None, note: None };
    let steps: [(Action<MdfRequest>, Actor); 3] = [
        (Action::Open(form), marketing()),
        (Action::Command(request::Command::Submit), marketing()),
        (Action::Command(approve), person("mia", VendorRole::Marketing)),
    ];
    let known = request::Given::new(Arc::clone(&promotion.program), FundPartner::new(partner()));
    for (action, by) in steps {
        tenant.execute("r-1", action, &known, &Meta::new(by, at("2025-02-01"))).await.unwrap();
    }
    promotion.claimed(tenant, "c-1").await.unwrap();
    let validate = claim::Command::Validate { disallowed: Vec::new(), note: None };
    let mia = (person("mia", VendorRole::Marketing), "2025-03-11");
    promotion.claim(tenant, "c-1", Action::Command(validate), mia).await.unwrap();
    let approve = claim::Command::Approve { note: None };
    promotion.claim(tenant, "c-1", Action::Command(approve), (finance(), "2025-03-12")).await.unwrap();
    tenant.authorise(&authorisation(), &Actor::Host, at("2025-02-01")).await.unwrap();
}

fn authorisation() -> FoundAuthorisation {
    let (window, quantity) = (Period::new(day("2025-01-01"), day("2025-07-01")).unwrap(), Scaled::new(100, 0));
    let mut of = Authorisation::new("a-1".parse().unwrap(), partner().id, "USD".parse().unwrap(), window, quantity);
    let price = ContractPrice { contract: Scaled::new(80, 0), book: Some(Scaled::new(100, 0)) };
    of.prices.insert("bike".parse().unwrap(), price);
    FoundAuthorisation::new(of, quantity)
}

/// What was awarded, accrued, granted, claimed and authorised is known, and what comes next stands beside it.
pub(crate) async fn goes_on(tenant: &Tenant) {
    let promotion = Promotion::new();
    assert_eq!(promotion.award(tenant).await.settlement, None);
    let awards = tenant.awards(&AwardFilter::default(), &finance()).await.unwrap();
    let told: Vec<_> =
        awards.iter().map(|award| format!("{} {} {:?}", award.key.payee, award.earned, award.paid)).collect();
    assert_eq!(told, ["person ada 50.00 USD None"]);
    // 20.00 accrued and 500.00 allocated, of which 300.00 were granted and 100.00 of these paid.
    let pots = tenant.pots(Some("coop"), &finance()).await.unwrap();
    let of: Vec<_> = pots.iter().map(|pot| &pot.balances).collect();
    let told = of.iter().map(|of| [of.allocated, of.available, of.reserved, of.spent].map(Money::minor));
    assert_eq!(told.collect::<Vec<_>>(), [[52_000, 22_000, 20_000, 10_000]]);
    // The invoice was used.
    let again = promotion.claimed(tenant, "c-2").await.unwrap_err();
    assert!(matches!(again, ExecuteError::Refused(ClaimError::EvidenceUsed { .. })), "{again:?}");
    let authorised = tenant.authorisation("a-1", &Actor::Host).await.unwrap();
    assert_eq!(authorised.unwrap().left, Scaled::new(100, 0));
    promotion.receive(tenant, "PR-2", true).await;
    let late = promotion.award(tenant).await;
    assert_eq!(late.posted, [usd("-25.00")]);
    assert!(tenant.trial_balance(&finance()).await.unwrap().holds());
}
