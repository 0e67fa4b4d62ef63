//! What is printed: the answer for each deal, for the vendor's eyes, and what the partner is told.

use anyhow::Result;
use chrono::{DateTime, Utc};
use prm_core::account::Account;
use prm_core::account::score::assess;
use prm_core::actor::{Actor, PartnerRole, VendorRole};
use prm_core::deal::conflict::{AccountFact, Cause, LineAnswer, Standing};
use prm_core::deal::{Command, Form, Given, Likeness, LineState, Matched, Registered, Registration};
use prm_core::id::{AccountId, IdError, PartnerId, PersonId, RegistrationId};
use prm_store::{Action, Done, Listing, Meta, PAGE_MAX, Tenant};

use crate::input::{Deal, What};

/// Carries out rows and prints what becomes of them.
pub(crate) struct Desk {
    tenant: Tenant,
    given: Given,
    manager: Actor,
    last: DateTime<Utc>,
    pub(crate) refused: usize,
}

impl Desk {
    pub(crate) fn new(tenant: Tenant, given: Given) -> Result<Self> {
        Ok(Self { tenant, given, manager: manager()?, last: DateTime::<Utc>::MIN_UTC, refused: 0 })
    }

    /// Carries out a row.
    pub(crate) async fn answer(&mut self, deal: &Deal) -> Result<()> {
        self.last = self.last.max(deal.at);
        let when = deal.at.format("%Y-%m-%d %H:%M");
        match &deal.what {
            What::New(form) => {
                let value = form.value().ok().flatten().map(|value| format!(", {}", value.grouped()));
                let goods: Vec<String> = form.lines.iter().map(|line| line.goods.to_string()).collect();
                let (value, goods) = (value.unwrap_or_default(), goods.join(" and "));
                println!("{when}  {}: {} registers {} ({goods}{value})", deal.id, form.partner, form.account.name);
                match self.register(&deal.id, form, deal.at).await {
                    Ok(()) => self.tell(&deal.id).await?,
                    Err(refused) => self.refuse(&refused),
                }
            }
            What::Decision(command) => {
                println!("{when}  {}: to be {}", deal.id, command.participle());
                match self.decide(&deal.id, command, deal.at).await {
                    Ok(done) => {
                        self.tell(&deal.id).await?;
                        self.tell_others(&done).await?;
                    }
                    Err(refused) => self.refuse(&refused),
                }
            }
        }
        Ok(())
    }

    fn refuse(&mut self, refused: &anyhow::Error) {
        self.refused += 1;
        println!("  not carried out: {refused}");
    }

    /// Begins a registration and hands it in, as somebody of the partner.
    async fn register(&self, id: &RegistrationId, form: &Form, at: DateTime<Utc>) -> Result<()> {
        let by = sales(&form.partner)?;
        let meta = |name: &str| Meta::new(by.clone(), at).keyed(format!("{id}/{name}"));
        let open = Action::<Registration>::Open(form.clone());
        self.tenant.execute(id.as_str(), open, &self.given, &meta("open")).await?;
        let submit = Action::<Registration>::Command(Command::Submit);
        self.tenant.execute(id.as_str(), submit, &self.given, &meta("submit")).await?;
        Ok(())
    }

    async fn decide(&self, id: &RegistrationId, command: &Command, at: DateTime<Utc>) -> Result<Done<Registration>> {
        let by = match (command, self.of(id).await?) {
            (Command::Withdraw, Some(of)) => sales(&of.form.partner)?,
            _ => self.manager.clone(),
        };
        let key = format!("{id}/{}/{}", command.participle(), at.timestamp());
        let command = Action::<Registration>::Command(command.clone());
        Ok(self.tenant.execute(id.as_str(), command, &self.given, &Meta::new(by, at).keyed(key)).await?)
    }

    async fn of(&self, id: &RegistrationId) -> Result<Option<Registration>, prm_store::StoreError> {
        Ok(self.tenant.get::<Registration>(id.as_str(), &self.manager).await?.map(|stored| stored.record))
    }

    /// Prints how a registration stands, why, and what its partner is told.
    async fn tell(&self, id: &RegistrationId) -> Result<()> {
        let Some(of) = self.of(id).await? else { return Ok(()) };
        let answers = of.assessment.as_ref().map_or(&[][..], |assessment| assessment.lines.as_slice());
        for ((line, state), answer) in of.form.lines.iter().zip(&of.lines).zip(answers) {
            let many = if of.lines.len() > 1 { format!("{}: ", line.goods) } else { String::new() };
            println!("  {many}{}", self.stands(&of, state, answer));
            self.reasons(&of, answer).await?;
        }
        Ok(())
    }

    /// How a line stands, in a sentence.
    fn stands(&self, of: &Registration, state: &Registered, answer: &LineAnswer) -> String {
        let protected = state.protection.as_ref().map(|held| {
            let days = (held.until - self.day_of(held.since)).num_days();
            let idle = held.idle_at.filter(|idle| *idle < held.until_at);
            let idle = idle.map(|at| format!(", until {} without an update", self.day_of(at))).unwrap_or_default();
            format!(", protected until {} ({days} days){idle}", held.until)
        });
        let benefit = state.terms.as_ref().and_then(|terms| terms.benefit).map(|rate| format!(", {rate} discount"));
        match &state.review {
            LineState::Pending { .. } => {
                let due = of.review_due_at.map(|due| format!(", to be decided by {}", due.format("%Y-%m-%d %H:%M")));
                format!("waits for a decision, place {} in line{}", answer.place, due.unwrap_or_default())
            }
            LineState::Waiting { code } => format!("waits ({code}), place {} in line", answer.place),
            LineState::Approved { .. } => {
                format!("approved{}{}", protected.unwrap_or_default(), benefit.unwrap_or_default())
            }
            LineState::Rejected { code, .. } => format!("rejected ({code})"),
            other => other.word().to_owned(),
        }
    }

    fn day_of(&self, at: DateTime<Utc>) -> chrono::NaiveDate {
        self.given.program.zone().local_date(at).unwrap_or_else(|_| at.date_naive())
    }

    /// Prints the rules that matched, the one that decided first, and on what.
    async fn reasons(&self, of: &Registration, answer: &LineAnswer) -> Result<()> {
        for (at, found) in answer.matches.iter().enumerate() {
            let decides = if at == 0 { "decides" } else { "matches too" };
            println!("    rule {} {decides}: {} → {}", found.rule, found.code, word(&found.outcome));
            for cause in &found.because {
                println!("      {}", self.cause(of, cause).await?);
            }
        }
        let mut told: Vec<String> = Vec::new();
        for cause in answer.clone().redacted().matches.iter().take(1).flat_map(|found| &found.because) {
            told.push(self.cause(of, cause).await?);
        }
        if !told.is_empty() {
            println!("    {} is told: {}", of.form.partner, told.join("; "));
        }
        Ok(())
    }

    async fn cause(&self, of: &Registration, cause: &Cause) -> Result<String> {
        Ok(match cause {
            Cause::Registration { standing, likeness, other: Some(other) } => {
                let (id, name, partner) = (&other.id, &other.account_name, &other.partner);
                let stands = match standing {
                    Standing::Pending => "was received earlier and waits for a decision".to_owned(),
                    Standing::Protected => {
                        let until = other.ends_at.map(|at| self.day_of(at).to_string());
                        format!("is protected until {} as things stand", until.unwrap_or_default())
                    }
                };
                let how = self.likeness(of, &other.account, &other.matched).await?;
                format!("{id} of {partner} {stands}; its account “{name}” is {}{how}", likeness_word(*likeness))
            }
            Cause::Registration { standing: Standing::Pending, other: None, .. } => {
                "a registration of another partner's was received earlier".to_owned()
            }
            Cause::Registration { likeness: Likeness::Same, other: None, .. } => {
                "the account is protected for another partner".to_owned()
            }
            Cause::Registration { other: None, .. } => "the account may be one that is protected already".to_owned(),
            Cause::Account { fact, known: Some(known), .. } => {
                let how = self.likeness(of, &known.id, &known.matched).await?;
                let what = fact_word(*fact);
                let detail = known.opportunity.iter().map(|id| format!(" {id}"));
                let detail: String = detail.chain(known.on.map(|on| format!(", last touched on {on}"))).collect();
                format!("{} “{}”: {what}{detail}{how}", known.id, known.name)
            }
            Cause::Account { fact, known: None, .. } => fact_word(*fact).to_owned(),
            Cause::Territory { .. } => "the account lies outside the partner's territories".to_owned(),
            Cause::Authorised { .. } => "the partner may not sell these products".to_owned(),
            Cause::CustomerChoice { dated, .. } => format!("the customer chose, in a letter of {dated}"),
            Cause::HostVerdict { code } => format!("a rule of the application says {code}"),
            _ => "by the deal itself".to_owned(),
        })
    }

    /// How like the account of a registration is to another, and by what.
    async fn likeness(&self, of: &Registration, other: &AccountId, matched: &Matched) -> Result<String> {
        if let Some(by) = &matched.by {
            let known = self.tenant.account(by, &self.manager).await?;
            let name = known.map(|known| known.account.facts().name.clone()).unwrap_or_default();
            return Ok(format!(" (both are {by} “{name}”)"));
        }
        let Some(other) = self.tenant.account(other, &self.manager).await? else { return Ok(String::new()) };
        let account = Account::new(of.form.account.clone())?;
        if account.id() == other.account.id() {
            return Ok(" (the same id)".to_owned());
        }
        let found = assess(&account, &other.account, 0);
        let thousandths = |value: i32| {
            format!("{}{}.{:02}", if value < 0 { "−" } else { "+" }, value.abs() / 1000, value.abs() % 1000 / 10)
        };
        let evidence = found.evidence.iter().filter(|evidence| evidence.points > 0).take(3);
        let evidence: Vec<String> =
            evidence.map(|evidence| format!("{} {}", evidence.feature.name(), thousandths(evidence.points))).collect();
        Ok(format!(" ({}: {})", thousandths(found.score), evidence.join(", ")))
    }

    /// Prints what became of others by what happened to one.
    async fn tell_others(&self, done: &Done<Registration>) -> Result<()> {
        let listing = Listing { limit: PAGE_MAX, ..Listing::default() };
        for other in self.tenant.list::<Registration>(&listing, &self.manager).await?.records {
            let touched = other.record.assessment.as_ref().map(|assessment| assessment.as_of);
            let by_this = touched == Some(done.record.changed_at) && other.record.changed_at == done.record.changed_at;
            if other.id != done.id && by_this {
                println!("  {} of {} is judged again:", other.id, other.record.form.partner);
                self.tell(&other.id.parse()?).await?;
            }
        }
        Ok(())
    }

    /// Prints who is protected at the end.
    pub(crate) async fn tell_all(&self) -> Result<()> {
        let listing = Listing { limit: PAGE_MAX, ..Listing::default() };
        println!("Protected at {}", self.last.format("%Y-%m-%d %H:%M"));
        for stored in self.tenant.list::<Registration>(&listing, &self.manager).await?.records {
            let of = &stored.record;
            for (number, (line, state)) in (1..).zip(of.form.lines.iter().zip(&of.lines)) {
                if let Some(held) = state.protection.as_ref().filter(|_| of.protection(number, self.last).holds()) {
                    let (goods, account) = (line.goods.to_string(), &of.form.account.name);
                    println!("  {:<8} {goods:<9} {account} (until {})", of.form.partner, held.until);
                }
            }
        }
        Ok(())
    }
}

/// Somebody of the vendor's.
fn manager() -> Result<Actor, IdError> {
    Ok(Actor::Vendor { person: PersonId::new("channel-manager")?, role: VendorRole::ChannelManager })
}

/// Somebody of the partner's, whose id goes with that of the partner.
fn sales(partner: &PartnerId) -> Result<Actor, IdError> {
    Ok(Actor::Partner { partner: partner.clone(), person: PersonId::new("sales-person")?, role: PartnerRole::Sales })
}

/// The serialised word of a value.
fn word(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        Ok(value) => value.get("then").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned(),
        Err(_) => String::new(),
    }
}

const fn likeness_word(likeness: Likeness) -> &'static str {
    match likeness {
        Likeness::Same => "the same one",
        Likeness::Probable => "probably the same one",
        _ => "one of its family",
    }
}

const fn fact_word(fact: AccountFact) -> &'static str {
    match fact {
        AccountFact::NamedAccount => "the vendor works the account by name",
        AccountFact::DirectOnly => "the vendor alone sells to the account",
        AccountFact::ExistingCustomer => "the account is a customer",
        AccountFact::Incumbent => "somebody has sold to the account",
        AccountFact::OpenOpportunity => "the vendor has an open opportunity",
        _ => "the vendor had contact",
    }
}
