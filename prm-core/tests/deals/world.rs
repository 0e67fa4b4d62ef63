//! A small program, some partners, and a book.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use prm_core::account::{Account, AccountFacts};
use prm_core::actor::{Actor, PartnerRole, VendorRole};
use prm_core::deal::book::{Book, BookError, Done};
use prm_core::deal::{Command, DealLine, DealPartner, Form, Given, Goods, KnownAccount, RegistrationError};
use prm_core::deal::{Registration, Stage};
use prm_core::id::RegistrationId;
use prm_core::money::Money;
use prm_core::partner::Partner;
use prm_core::program::Program;

pub(crate) const TERRITORIES: &str = "
partner_types: [reseller]
territories: { west: { countries: [US], regions: [CA, OR] }, dach: { countries: [DE, AT, CH] } }
products:
  bikes: { category: Bikes }
  parts: { category: Parts }
  road: { sku: [R-1, R-2] }
tiers:
  levels:
    - { name: registered, benefits: { deal_discount: 4 % } }
    - { name: gold, requires: { metric: revenue, over: fiscal year, at_least: 1 }, benefits: { deal_discount: 8 points, protection: 120 days } }
";

/// The rules of the sketch.
pub(crate) const RULES: &str = "
  conflicts:
    - { when: { named_account: yes }, then: reject, code: direct_only }
    - { when: { pending_for: another_partner, match: same, products: overlapping }, then: wait, code: earlier_pending }
    - { when: { protected_for: another_partner, match: same, products: overlapping }, then: reject, code: already_protected }
    - { when: { protected_for: another_partner, match: probable }, then: review, code: may_be_protected }
    - { when: { open_opportunity: vendor, age_below: 60 days }, then: review, code: vendor_engaged }
    - { when: { protected_for: same_partner, match: same }, then: reject, code: own_duplicate }
    - { when: { territory: outside }, then: reject, code: outside_territory }
";

/// What is said of deals beside the rules.
pub(crate) const POLICY: &str = "
  required: [account.country, value, close_date]
  minimum_value: 5000
  horizon: 12 months
  review: { within: 48 hours, clock: calendar, approvers: [channel_manager] }
  protection: { lasts: 90 days, extend: { times: 1, by: 30 days, ask: 7 days }, release_without_update: 60 days }
  appeal: { within: 10 days, decide_within: 72 hours }
";

pub(crate) fn program(policy: &str, rules: &str) -> Arc<Program> {
    let text = format!(
        "format: 1\nprogram: P\nversion: '1'\neffective: {{ from: 2025-01-01 }}\ncurrency: USD\n{TERRITORIES}\ndeals:\n{policy}\n{rules}"
    );
    let checked = Program::check(&text);
    Arc::new(checked.program.unwrap_or_else(|| panic!("{text}\n{}", checked.findings)))
}

/// An instant: days and hours after the first of June 2025 at noon.
pub(crate) fn at(days: i64, hours: i64) -> DateTime<Utc> {
    "2025-06-01T12:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::days(days) + TimeDelta::hours(hours)
}

pub(crate) fn vendor(id: &str, role: VendorRole) -> Actor {
    Actor::Vendor { person: id.parse().unwrap(), role }
}

pub(crate) fn manager() -> Actor {
    vendor("manager", VendorRole::ChannelManager)
}

pub(crate) fn partner(id: &str) -> Actor {
    Actor::Partner {
        partner: id.parse().unwrap(),
        person: format!("sales-{id}").parse().unwrap(),
        role: PartnerRole::Sales,
    }
}

pub(crate) fn id(text: &str) -> RegistrationId {
    text.parse().unwrap()
}

pub(crate) fn line(goods: &str, value: &str) -> DealLine {
    let goods = match goods.strip_prefix("sku:") {
        Some(sku) => Goods::Sku(sku.parse().unwrap()),
        None => Goods::Products(goods.parse().unwrap()),
    };
    DealLine::new(goods).worth(Money::parse(value, "USD").unwrap())
}

pub(crate) fn facts(id: &str, name: &str) -> AccountFacts {
    let mut facts = AccountFacts::new(id.parse().unwrap(), name);
    facts.country = Some("US".into());
    facts
}

/// A deal for bikes of 10,000.
pub(crate) fn form(partner: &str, account: AccountFacts) -> Form {
    let mut form = Form::new("P", partner.parse().unwrap(), account);
    form.lines = vec![line("bikes", "10000")];
    form.close_date = Some("2025-09-30".parse().unwrap());
    form
}

/// A form with changes.
pub(crate) fn with(mut form: Form, change: impl FnOnce(&mut Form)) -> Form {
    change(&mut form);
    form
}

/// A book, and what the host tells.
pub(crate) struct World {
    pub(crate) book: Book,
    pub(crate) given: Given,
    pub(crate) now: DateTime<Utc>,
}

impl World {
    pub(crate) fn new(policy: &str, rules: &str) -> Self {
        let of = |id: &str| DealPartner::new(Partner::new(id.parse().unwrap(), format!("Partner {id}")));
        let partners = ["a", "b", "c", "d"].map(of);
        Self { book: Book::new(), given: Given::new(program(policy, rules), partners), now: at(0, 0) }
    }

    pub(crate) fn sketch() -> Self {
        Self::new(POLICY, RULES)
    }

    pub(crate) fn later(&mut self, days: i64, hours: i64) -> &mut Self {
        self.now += TimeDelta::days(days) + TimeDelta::hours(hours);
        self
    }

    pub(crate) fn known(&mut self, facts: AccountFacts, change: impl FnOnce(&mut KnownAccount)) {
        let mut known = KnownAccount::new(Account::new(facts).unwrap());
        change(&mut known);
        self.book.put_account(known);
    }

    pub(crate) fn draft(&mut self, name: &str, form: &Form) -> Result<(), BookError> {
        let by = partner(form.submitter.as_ref().unwrap_or(&form.partner).as_str());
        self.book.open(id(name), form, &self.given, &by, self.now).map(drop)
    }

    /// Drafts a deal and hands it in, a minute after whatever was before.
    pub(crate) fn submit(&mut self, name: &str, form: &Form) -> Done {
        self.now += TimeDelta::minutes(1);
        self.draft(name, form).unwrap();
        let by = partner(form.submitter.as_ref().unwrap_or(&form.partner).as_str());
        self.book.command(&id(name), &Command::Submit, &self.given, &by, self.now).unwrap()
    }

    pub(crate) fn act(&mut self, name: &str, command: &Command, by: &Actor) -> Result<Done, BookError> {
        self.now += TimeDelta::minutes(1);
        self.book.command(&id(name), command, &self.given, by, self.now)
    }

    /// The same by the channel manager, which is not refused.
    pub(crate) fn manage(&mut self, name: &str, command: &Command) -> Done {
        self.act(name, command, &manager()).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub(crate) fn refusal(&mut self, name: &str, command: &Command, by: &Actor) -> RegistrationError {
        match self.act(name, command, by) {
            Err(BookError::Refused(error)) => error,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn of(&self, name: &str) -> &Registration {
        self.book.registration(&id(name)).unwrap()
    }

    pub(crate) fn stage(&self, name: &str) -> &Stage {
        &self.of(name).stage
    }

    /// How the first line stands: its word, and the code if there is one.
    pub(crate) fn state(&self, name: &str) -> String {
        let line = serde_json::to_value(&self.of(name).lines[0].review).unwrap();
        let code = line.get("code").map(|code| format!(" {}", code.as_str().unwrap())).unwrap_or_default();
        format!("{}{code}", line["name"].as_str().unwrap())
    }

    pub(crate) fn place(&self, name: &str) -> u32 {
        let of = self.of(name);
        let found = self.book.found(&of.form, Some(&id(name))).unwrap();
        of.place(1, &self.given.program, &found, self.now).unwrap().unwrap()
    }
}

pub(crate) fn approve() -> Command {
    Command::Approve { lines: [].into() }
}

pub(crate) fn reject() -> Command {
    Command::Reject { lines: [].into(), code: "not_ours".parse().unwrap() }
}
