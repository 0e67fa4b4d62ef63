//! The office that the checks of deals are about: a program, partners, and what they hand in.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use prm_core::account::AccountFacts;
use prm_core::actor::{Actor, PartnerRole, VendorRole};
use prm_core::deal::{Command, DealLine, DealPartner, Form, Given, Goods, LineState, Registration, RegistrationError};
use prm_core::money::Money;
use prm_core::partner::Partner;
use prm_core::program::Program;

use crate::{Action, Done, ExecuteError, Listing, Meta, Tenant};

const DOCUMENT: &str = "
format: 1
program: P
version: '1'
effective: { from: 2025-01-01 }
currency: USD
products: { bikes: { category: Bikes }, parts: { category: Parts } }
deals:
  required: [account.country, value]
  POLICY
  conflicts:
    - { when: { pending_for: another_partner }, then: wait, code: earlier_pending }
    - { when: { protected_for: another_partner }, then: reject, code: already_protected }
    - { when: { protected_for: another_partner, match: probable }, then: review, code: may_be_protected }
    - { when: { named_account: yes }, then: reject, code: direct_only }
";

pub(super) type Outcome = Result<Done<Registration>, ExecuteError<RegistrationError>>;

/// What the host tells, under a policy.
pub(super) fn given(policy: &str) -> Given {
    let document = DOCUMENT.replace("POLICY", policy);
    let program = Program::check(&document);
    let program = program.program.unwrap_or_else(|| panic!("{}", program.findings));
    let of = |number| {
        let id = format!("p{number}").parse().unwrap();
        DealPartner::new(Partner::new(id, format!("Partner {number}")))
    };
    Given::new(Arc::new(program), (0..64).map(of))
}

/// Minutes after a noon.
pub(super) fn at(minutes: i64) -> DateTime<Utc> {
    "2025-06-01T12:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::minutes(minutes)
}

pub(super) fn manager() -> Actor {
    Actor::Vendor { person: "manager".parse().unwrap(), role: VendorRole::ChannelManager }
}

pub(super) fn partner(number: usize) -> Actor {
    let (partner, person) = (format!("p{number}").parse().unwrap(), format!("sales-{number}").parse().unwrap());
    Actor::Partner { partner, person, role: PartnerRole::Sales }
}

/// A deal of a partner's for bikes of 10,000, with its own number in the cents.
pub(super) fn form(number: usize, account: AccountFacts) -> Form {
    let mut form = Form::new("P", format!("p{number}").parse().unwrap(), account);
    let value = Money::parse(&format!("10000.{number:02}"), "USD").unwrap();
    form.lines = vec![DealLine::new(Goods::Products("bikes".parse().unwrap())).worth(value)];
    form
}

pub(super) fn account(id: &str, name: &str) -> AccountFacts {
    let mut facts = AccountFacts::new(id.parse().unwrap(), name);
    facts.country = Some("US".into());
    facts
}

/// One account under many spellings: legal form, case, order of words, small typing errors; the domain is the same.
pub(super) fn spelling(number: usize) -> AccountFacts {
    let core = match number / 8 {
        0 => "Northwind Traders",
        1 => "NORTHWIND TRADERS",
        2 => "Northwind Trader",
        3 => "Nortwind Traders",
        4 => "Northwind Tradres",
        5 => "Traders Northwind",
        6 => "northwind  traders",
        _ => "Northwiind Traders",
    };
    let legal = ["", " Inc.", " Incorporated", ", LLC", " Corp", " Ltd.", " Limited", " Company"][number % 8];
    let mut facts = account(&format!("acc-{number}"), &format!("{core}{legal}"));
    facts.domain = Some("northwind-traders.com".into());
    facts
}

/// Does something to a registration, at a minute.
pub(super) async fn act(tenant: &Tenant, id: &str, command: Command, given: &Given, by: Actor, minute: i64) -> Outcome {
    tenant.execute(id, Action::Command(command), given, &Meta::new(by, at(minute))).await
}

/// Begins a registration and hands it in.
pub(super) async fn hand_in(tenant: &Tenant, id: &str, form: Form, given: &Given, minute: i64) -> Outcome {
    let number = form.partner.as_str().trim_start_matches('p').parse().unwrap();
    tenant.execute(id, Action::<Registration>::Open(form), given, &Meta::new(partner(number), at(minute))).await?;
    act(tenant, id, Command::Submit, given, partner(number), minute).await
}

pub(super) fn approve() -> Command {
    Command::Approve { lines: [].into() }
}

pub(super) fn reject() -> Command {
    Command::Reject { lines: [].into(), code: "not_ours".parse().unwrap() }
}

/// A registration, as it is stored.
pub(super) async fn of(tenant: &Tenant, id: &str) -> Registration {
    tenant.get::<Registration>(id, &Actor::Host).await.unwrap().unwrap().record
}

/// All of them, by id.
pub(super) async fn held(tenant: &Tenant) -> BTreeMap<String, Registration> {
    let listing = Listing { limit: crate::PAGE_MAX, ..Listing::default() };
    let page = tenant.list::<Registration>(&listing, &Actor::Host).await.unwrap();
    page.records.into_iter().map(|stored| (stored.id, stored.record)).collect()
}

/// How its first line stands, in a few words.
pub(super) fn state(of: &Registration) -> String {
    match &of.lines[0].review {
        LineState::Rejected { code, .. } => format!("rejected {code}"),
        LineState::Waiting { code } => format!("waiting {code}"),
        other => other.word().to_owned(),
    }
}
