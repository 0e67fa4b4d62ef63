//! What happens in the year, each step with what comes of it.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Result;
use chrono::{DateTime, NaiveDate, Utc};
use prm_core::actor::{Actor, PartnerRole, VendorRole};
use prm_core::calendar::Every;
use prm_core::id::PartnerId;
use prm_core::incentive::claim::{self, Basis, Claim, ClaimForm, Expense, Invoice, Proof};
use prm_core::incentive::fold::Facts;
use prm_core::incentive::line::{BatchKey, LineKey, LineKind, SaleLine};
use prm_core::incentive::mdf::request::{self, Form, MdfRequest};
use prm_core::incentive::mdf::{Creative, FundPartner};
use prm_core::ledger::{Purpose, Transfer};
use prm_core::money::Money;
use prm_core::partner::Partner;
use prm_core::period::Period;
use prm_core::program::Program;
use prm_core::program::version::{self, Draft, ProgramVersion};
use prm_store::{Action, Meta, Tenant};

const PROGRAM: &str = include_str!("program.yaml");

/// A year, and the day on which it has come to.
pub(crate) struct Year {
    pub(crate) tenant: Tenant,
    pub(crate) program: Arc<Program>,
    partners: BTreeMap<PartnerId, Partner>,
    today: Cell<NaiveDate>,
}

fn vendor(person: &str, role: VendorRole) -> Result<Actor> {
    Ok(Actor::Vendor { person: person.parse()?, role })
}

fn dealer(partner: &PartnerId) -> Result<Actor> {
    Ok(Actor::Partner {
        partner: partner.clone(),
        person: format!("{partner}-ads").parse()?,
        role: PartnerRole::Marketing,
    })
}

impl Year {
    /// Activates the program: one person drafts it, another one activates it.
    pub(crate) async fn open(tenant: Tenant) -> Result<Self> {
        let program = Arc::new(Program::read(PROGRAM)?);
        let (id, at) = (program.identity().name.as_str(), "2024-12-16T09:00:00Z".parse()?);
        let draft: Action<ProgramVersion> = Action::Open(Draft { text: PROGRAM.to_owned() });
        let mara = vendor("mara", VendorRole::Administrator)?;
        tenant.execute("2025", draft, &(), &Meta::new(mara, at)).await?;
        let activate: Action<ProgramVersion> = Action::Command(version::Command::Activate);
        tenant.execute("2025", activate, &(), &Meta::new(vendor("jonas", VendorRole::Finance)?, at)).await?;
        println!("{id}: {}", program.fund("co_op").map_or("", |fund| fund.title.as_str()));
        let mut partners = BTreeMap::new();
        for (id, name) in [("harbor", "Harbor Heating"), ("summit", "Summit Air")] {
            let id: PartnerId = id.parse()?;
            partners.insert(id.clone(), Partner::new(id, name));
        }
        Ok(Self { tenant, program, partners, today: Cell::new(NaiveDate::MIN) })
    }

    /// Goes on to a day.
    pub(crate) fn says(&self, what: &str, today: &str) {
        self.today.set(today.parse().unwrap_or_default());
        println!("\n{today}  {what}");
    }

    /// Nine in the morning of the day.
    fn now(&self) -> DateTime<Utc> {
        self.today.get().and_time(chrono::NaiveTime::from_hms_opt(9, 0, 0).unwrap_or_default()).and_utc()
    }

    fn known(&self, partner: &PartnerId) -> FundPartner {
        let unknown = || Partner::new(partner.clone(), partner.as_str());
        FundPartner::new(self.partners.get(partner).cloned().unwrap_or_else(unknown))
    }

    async fn receives(&self, lines: Vec<SaleLine>) -> Result<()> {
        let batch = BatchKey::new("erp".parse()?, self.today.get().to_string().parse()?);
        let facts = Facts::new(&self.partners);
        self.tenant.receive(&self.program, facts, &batch, &lines, &Actor::Host).await?;
        Ok(())
    }

    /// Sales come in: document, dealer, amount, invoice date.
    pub(crate) async fn buys(&self, sales: &[(&str, &str, &str, &str)]) -> Result<()> {
        let mut lines = Vec::new();
        for (document, buyer, net, on) in sales {
            println!("  {buyer} buys for {net}.00 USD");
            lines.push(line(LineKind::Sale, document, buyer, net, on)?);
        }
        self.receives(lines).await
    }

    /// Goods come back.
    pub(crate) async fn returns(&self, (document, of): (&str, &str), buyer: &str, net: &str, on: &str) -> Result<()> {
        let mut back = line(LineKind::Return, document, buyer, net, on)?;
        back.reverses = Some(key(of)?);
        self.receives(vec![back]).await
    }

    /// The fund fills by what was sold.
    pub(crate) async fn accrues(&self) -> Result<()> {
        let partners = self.partners.keys().map(|id| (id.clone(), self.known(id))).collect();
        let year = Period::new("2025-01-01".parse()?, "2026-01-01".parse()?)?;
        let finance = vendor("jonas", VendorRole::Finance)?;
        for of in self.tenant.accrue_funds(&self.program, &partners, year, &finance).await? {
            println!("  {} {}: {} accrued", of.partner, of.period, of.stands);
        }
        self.pots().await
    }

    /// A dealer asks for its share of a cost: activity, whether with the vendor's creative, first and last day.
    pub(crate) async fn asks(
        &self,
        id: &str,
        partner: &str,
        (activity, ours): (&str, bool),
        (from, until): (&str, &str),
        cost: &str,
    ) -> Result<()> {
        let (partner, days): (PartnerId, _) = (partner.parse()?, Period::new(from.parse()?, until.parse()?)?);
        let program = &self.program.identity().name;
        let place = ("co_op".parse()?, activity.parse()?);
        let mut form = Form::new(program, partner.clone(), place, days, Money::parse(cost, "USD")?);
        form.creative = ours.then_some(Creative::Vendor);
        let by = dealer(&partner)?;
        self.on_request(id, Action::Open(form), &by).await?;
        self.on_request(id, Action::Command(request::Command::Submit), &by).await?;
        Ok(())
    }

    async fn on_request(&self, id: &str, action: Action<MdfRequest>, by: &Actor) -> Result<Option<MdfRequest>> {
        let partner = match &action {
            Action::Open(form) => Some(form.partner.clone()),
            Action::Command(_) => {
                self.tenant.get::<MdfRequest>(id, &Actor::Host).await?.map(|found| found.record.form.partner)
            }
        };
        let Some(partner) = partner else { return Ok(None) };
        let given = request::Given::new(Arc::clone(&self.program), self.known(&partner));
        let done = self.tenant.execute(id, action, &given, &Meta::new(by.clone(), self.now())).await;
        Ok(told(id, done.map(|done| done.record)))
    }

    /// Marketing answers.
    pub(crate) async fn grants(&self, id: &str) -> Result<()> {
        let approve = Action::Command(request::Command::Approve { amount: None, note: None });
        let granted = self.on_request(id, approve, &vendor("mia", VendorRole::Marketing)?).await?;
        if let Some(grant) = granted.and_then(|request| request.grant) {
            let until = grant.claim_until.map_or_else(String::new, |until| format!(", to be claimed before {until}"));
            println!("  {id}: {} granted ({} of the cost){until}", grant.amount, grant.share);
        }
        self.pots().await
    }

    /// A dealer claims what it spent: issuer, number, amount and date of each invoice.
    pub(crate) async fn claims(
        &self,
        id: &str,
        request: &str,
        (from, until): (&str, &str),
        invoices: &[(&str, &str, &str, &str)],
    ) -> Result<()> {
        let Some(asked) = self.tenant.get::<MdfRequest>(request, &Actor::Host).await? else { return Ok(()) };
        let partner = asked.record.form.partner;
        let mut expenses = Vec::new();
        for (issuer, number, gross, dated) in invoices {
            let (issuer, number) = ((*issuer).to_owned(), (*number).to_owned());
            expenses.push(Expense::new(Invoice { issuer, number, dated: dated.parse()? }, Money::parse(gross, "USD")?));
        }
        let performed = Period::new(from.parse()?, until.parse()?)?;
        let of = Basis::Mdf { request: request.parse()?, performed, expenses };
        let mut form = ClaimForm::new(&self.program.identity().name, partner.clone(), of);
        form.proofs.push(Proof { kind: "photo".parse()?, file: format!("photo-of-{id}").parse()? });
        let by = dealer(&partner)?;
        self.on_claim(id, &partner, Action::Open(form), &by).await?;
        if let Some(claim) = self.on_claim(id, &partner, Action::Command(claim::Command::Submit), &by).await? {
            let claimed = claim.answer.map_or_else(String::new, |answer| answer.claimed.to_string());
            println!("  {id}: handed in, its share is {claimed}");
        }
        Ok(())
    }

    async fn on_claim(
        &self,
        id: &str,
        partner: &PartnerId,
        action: Action<Claim>,
        by: &Actor,
    ) -> Result<Option<Claim>> {
        let given = claim::Given::new(Arc::clone(&self.program), self.known(partner));
        let done = self.tenant.execute(id, action, &given, &Meta::new(by.clone(), self.now())).await;
        Ok(told(id, done.map(|done| done.record)))
    }

    /// Marketing looks at what is shown, finance approves.
    pub(crate) async fn decides(&self, id: &str) -> Result<()> {
        let Some(found) = self.tenant.get::<Claim>(id, &Actor::Host).await? else { return Ok(()) };
        let partner = found.record.form.partner;
        let validate = Action::Command(claim::Command::Validate { disallowed: Vec::new(), note: None });
        self.on_claim(id, &partner, validate, &vendor("mia", VendorRole::Marketing)?).await?;
        let approve = Action::Command(claim::Command::Approve { note: None });
        let approved = self.on_claim(id, &partner, approve, &vendor("jonas", VendorRole::Finance)?).await?;
        if let Some(answer) = approved.and_then(|claim| claim.answer) {
            let cuts: Vec<String> =
                answer.cuts.iter().map(|cut| format!("; {} less: {}", cut.amount, cut.why)).collect();
            println!("  {id}: {} approved{}", answer.pays, cuts.concat());
        }
        self.pots().await
    }

    /// One payment for several claims.
    pub(crate) async fn pays(&self, run: &str, partner: &str, claims: &[&str], on: &str) -> Result<()> {
        self.today.set(on.parse()?);
        let (partner, finance): (PartnerId, _) = (partner.parse()?, vendor("jonas", VendorRole::Finance)?);
        let mut sum = Money::parse("0", "USD")?;
        for id in claims {
            let pay = Action::Command(claim::Command::Pay { payment: format!("{run}-{partner}").parse()? });
            let paid = self.on_claim(id, &partner, pay, &finance).await?;
            sum = paid.and_then(|claim| claim.payout).map_or(Ok(sum), |payout| sum.plus(payout.amount))?;
        }
        for purpose in [Purpose::Pay, Purpose::Confirm] {
            let source = format!("{run}/{partner}");
            let transfer = Transfer::new(purpose, partner.clone().into(), sum, source, self.today.get())?;
            self.tenant.transfer(&transfer, &finance).await?;
        }
        println!("  {run} pays {partner} {sum} for {}", claims.join(" and "));
        Ok(())
    }

    /// The year of the fund ends.
    pub(crate) async fn ends(&self) -> Result<()> {
        let year = self.program.calendar().period_of("2025-01-01".parse()?, Every::Year)?;
        let finance = vendor("jonas", VendorRole::Finance)?;
        for moved in self.tenant.end_fund(&self.program, ("co_op", &year), &finance, self.now()).await? {
            println!("  {}: {} {}", moved.pot, moved.kind, moved.amount);
        }
        self.pots().await
    }
}

/// What was done, or nothing where it was refused, which is told.
fn told<T>(id: &str, done: Result<T, impl std::error::Error>) -> Option<T> {
    done.inspect_err(|refused| println!("  {id}: refused: {refused}")).ok()
}

fn key(document: &str) -> Result<LineKey> {
    Ok(LineKey { document: document.parse()?, line: Some("1".parse()?) })
}

fn line(kind: LineKind, document: &str, buyer: &str, net: &str, on: &str) -> Result<SaleLine> {
    let mut line = SaleLine::new(key(document)?, kind, "furnace".parse()?, "USD".parse()?);
    (line.buyer, line.amounts.net) = (Some(buyer.parse()?), Some(net.parse()?));
    line.dates.invoice = Some(on.parse()?);
    Ok(line)
}
