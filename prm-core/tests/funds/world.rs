//! A small program with funds, some partners, and a book.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use prm_core::actor::{Actor, PartnerRole, VendorRole};
use prm_core::calendar::{Every, FiscalCalendar};
use prm_core::id::{ClaimId, RequestId};
use prm_core::incentive::claim::book::{FundBook, FundBookError};
use prm_core::incentive::claim::{Basis, Claim, ClaimForm, Command as ClaimCommand, Expense, Invoice, Proof};
use prm_core::incentive::mdf::request::{Command, Form, MdfRequest};
use prm_core::incentive::mdf::{Balances, FundPartner, Movement, MovementKind, Pot};
use prm_core::money::Money;
use prm_core::partner::Partner;
use prm_core::period::Period;
use prm_core::program::Program;

pub(crate) const FUNDS: &str = "
partner_types: [reseller]
tiers: { levels: [{ name: registered }, { name: gold, requires: { metric: revenue, over: fiscal year, at_least: 1 } }] }
mdf:
  marketing:
    activities: { fair: {}, print: { at_most: 2000, proof: [invoice, tear_sheet] } }
    request:
      share: 50 %
      shares: [{ when: { activity: print, creative: vendor }, share: 75 % }, { when: { tier: gold }, share: 60 % }]
      at_least: 100
      at_most: 5000
      ask: 7 days
      approvers: [marketing, { role: finance, from: 3000 }]
      answer: { within: 48 hours }
    claim: { within: 60 days, after_leaving: 30 days, proof: [invoice, photo], approvers: marketing, answer: { within: 48 hours }, correct: 10 days }
    exchange: { table: ecb, rate: closing }
  launch: { shared: yes, currency: USD, request: { prepaid: 3 }, claim: { within: 30 days, of: invoice, at_most: 1 }, unclaimed: lapses }
claims:
  ship_and_debit: { price: inventory_cost, within: 30 days, cap: 5000 }
  price_protection: { within: 30 days, receipts: 60 days, cap: 900 }
  spiff: { within: 30 days, proof: [receipt] }
";

pub(crate) fn program(funds: &str) -> Arc<Program> {
    let text =
        format!("format: 1\nprogram: P\nversion: '1'\neffective: {{ from: 2025-01-01 }}\ncurrency: USD\n{funds}");
    let checked = Program::check(&text);
    Arc::new(checked.program.unwrap_or_else(|| panic!("{text}\n{}", checked.findings)))
}

/// An instant: days and hours after the first of March 2025 at noon.
pub(crate) fn at(days: i64, hours: i64) -> DateTime<Utc> {
    "2025-03-01T12:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::days(days) + TimeDelta::hours(hours)
}

pub(crate) fn vendor(id: &str, role: VendorRole) -> Actor {
    Actor::Vendor { person: id.parse().unwrap(), role }
}

pub(crate) fn marketing() -> Actor {
    vendor("marketing", VendorRole::Marketing)
}

pub(crate) fn finance() -> Actor {
    vendor("finance", VendorRole::Finance)
}

pub(crate) fn validator() -> Actor {
    vendor("validator", VendorRole::ChannelManager)
}

pub(crate) fn partner(id: &str) -> Actor {
    Actor::Partner {
        partner: id.parse().unwrap(),
        person: format!("people-{id}").parse().unwrap(),
        role: PartnerRole::Marketing,
    }
}

pub(crate) fn usd(amount: &str) -> Money {
    Money::parse(amount, "USD").unwrap()
}

pub(crate) fn days(from: &str, until: &str) -> Period {
    Period::new(from.parse().unwrap(), until.parse().unwrap()).unwrap()
}

pub(crate) fn pot(fund: &str, partner: Option<&str>) -> Pot {
    let period = FiscalCalendar::default().period(Every::Year, 2025, 1).unwrap();
    Pot { fund: fund.parse().unwrap(), period, class: None, partner: partner.map(|id| id.parse().unwrap()) }
}

/// A request for a fair from 1 to 3 April.
pub(crate) fn form(partner: &str, cost: &str) -> Form {
    let what = ("marketing".parse().unwrap(), "fair".parse().unwrap());
    Form::new("P", partner.parse().unwrap(), what, days("2025-04-01", "2025-04-04"), usd(cost))
}

pub(crate) fn with<T>(mut form: T, change: impl FnOnce(&mut T)) -> T {
    change(&mut form);
    form
}

pub(crate) fn expense(number: &str, gross: &str) -> Expense {
    let invoice = Invoice { issuer: "Print Co".into(), number: number.into(), dated: "2025-04-02".parse().unwrap() };
    Expense::new(invoice, usd(gross))
}

pub(crate) fn proof(kind: &str, file: &str) -> Proof {
    Proof { kind: kind.parse().unwrap(), file: file.parse().unwrap() }
}

/// A claim for the fair, with a photo of its own.
pub(crate) fn claim(partner: &str, request: &str, expenses: Vec<Expense>) -> ClaimForm {
    let performed = days("2025-04-01", "2025-04-04");
    let basis = Basis::Mdf { request: request.parse().unwrap(), performed, expenses };
    let photo = match &basis {
        Basis::Mdf { expenses, .. } => {
            expenses.first().map(|first| format!("photo-{}", first.invoice.number.replace(' ', "-")))
        }
        _ => None,
    };
    let mut form = ClaimForm::new("P", partner.parse().unwrap(), basis);
    form.proofs.extend(photo.map(|file| proof("photo", &file)));
    form
}

pub(crate) fn approve() -> Command {
    Command::Approve { amount: None, note: None }
}

pub(crate) fn validate() -> ClaimCommand {
    ClaimCommand::Validate { disallowed: Vec::new(), note: None }
}

pub(crate) fn approve_claim() -> ClaimCommand {
    ClaimCommand::Approve { note: None }
}

/// A book with 10,000 for each of two partners, and 1,000 for all of them.
pub(crate) struct World {
    pub(crate) book: FundBook,
    pub(crate) now: DateTime<Utc>,
}

impl World {
    pub(crate) fn new() -> Self {
        let mut book = FundBook::new(program(FUNDS));
        for id in ["a", "b"] {
            book.put_partner(FundPartner::new(Partner::new(id.parse().unwrap(), format!("Partner {id}"))));
        }
        for (pot, amount) in [
            (pot("marketing", Some("a")), "10000"),
            (pot("marketing", Some("b")), "10000"),
            (pot("launch", None), "1000"),
        ] {
            book.move_money(&[Movement::of(MovementKind::Allocate, &pot, usd(amount)).unwrap()]).unwrap();
        }
        Self { book, now: at(0, 0) }
    }

    pub(crate) fn go_to(&mut self, date: &str) -> &mut Self {
        self.now = format!("{date}T12:00:00Z").parse().unwrap();
        self
    }

    pub(crate) fn of(&self, id: &str) -> &MdfRequest {
        self.book.request(&id.parse::<RequestId>().unwrap()).unwrap()
    }

    pub(crate) fn claim(&self, id: &str) -> &Claim {
        self.book.claim(&id.parse::<ClaimId>().unwrap()).unwrap()
    }

    pub(crate) fn balances(&self, partner: &str) -> Balances {
        *self.book.balances(&pot("marketing", Some(partner))).unwrap()
    }

    pub(crate) fn draft(&mut self, id: &str, form: &Form) -> Result<(), FundBookError> {
        self.book.open_request(id.parse().unwrap(), form, &partner(form.partner.as_str()), self.now)
    }

    pub(crate) fn act(&mut self, id: &str, command: &Command, by: &Actor) -> Result<(), FundBookError> {
        self.now += TimeDelta::minutes(1);
        self.book.command_request(&id.parse().unwrap(), command, by, self.now)
    }

    pub(crate) fn submit(&mut self, id: &str, form: &Form) -> Result<(), FundBookError> {
        self.draft(id, form).unwrap();
        self.act(id, &Command::Submit, &partner(form.partner.as_str()))
    }

    /// A request that is approved.
    pub(crate) fn granted(&mut self, id: &str, form: &Form) {
        self.submit(id, form).unwrap();
        self.act(id, &approve(), &marketing()).unwrap();
    }

    pub(crate) fn draft_claim(&mut self, id: &str, form: &ClaimForm) -> Result<(), FundBookError> {
        self.book.open_claim(id.parse().unwrap(), form, &partner(form.partner.as_str()), self.now)
    }

    pub(crate) fn act_on_claim(&mut self, id: &str, command: &ClaimCommand, by: &Actor) -> Result<(), FundBookError> {
        self.now += TimeDelta::minutes(1);
        self.book.command_claim(&id.parse().unwrap(), command, by, self.now)
    }

    pub(crate) fn submit_claim(&mut self, id: &str, form: &ClaimForm) -> Result<(), FundBookError> {
        self.draft_claim(id, form).unwrap();
        self.act_on_claim(id, &ClaimCommand::Submit, &partner(form.partner.as_str()))
    }

    /// Looks at a claim and approves it.
    pub(crate) fn pass(&mut self, id: &str) -> Result<(), FundBookError> {
        self.act_on_claim(id, &validate(), &validator())?;
        self.act_on_claim(id, &approve_claim(), &marketing())
    }

    pub(crate) fn pays(&self, id: &str) -> String {
        self.claim(id).answer.as_ref().unwrap().pays.to_string()
    }
}
