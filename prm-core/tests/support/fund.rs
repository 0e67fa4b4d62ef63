//! Topic `fund`: what becomes of funds, requests and claims, step by step.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use libtest_mimic::Failed;
use prm_core::actor::{Actor, PartnerRole, VendorRole};
use prm_core::coded::Coded as _;
use prm_core::fx::{FxTable, RateKind};
use prm_core::id::{ClaimId, Name, PartnerId, PersonId, RequestId};
use prm_core::incentive::claim::book::{FundBook, FundBookError};
use prm_core::incentive::claim::debit::FoundAuthorisation;
use prm_core::incentive::claim::{Claim, ClaimForm, Command as ClaimCommand, FoundPrice, SpiffBrings, Stage};
use prm_core::incentive::mdf::allocation::AllocationForm;
use prm_core::incentive::mdf::request::{Command, Form, MdfRequest};
use prm_core::incentive::mdf::{Balances, FundPartner};
use prm_core::program::Program;
use prm_core::scaled::Scaled;
use serde::Deserialize;
use serde_json::Value;

use super::{document, equal};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    program: Value,
    partners: Vec<FundPartner>,
    #[serde(default)]
    exchange: BTreeMap<String, Vec<Quote>>,
    #[serde(default)]
    authorisations: Vec<FoundAuthorisation>,
    #[serde(default)]
    prices: Vec<FoundPrice>,
    #[serde(default)]
    spiffs: BTreeMap<Name, Vec<SpiffBrings>>,
    steps: Vec<Step>,
    /// When requests and claims are looked at.
    as_of: DateTime<Utc>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Quote {
    from: String,
    to: String,
    kind: RateKind,
    on: NaiveDate,
    rate: Scaled,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    at: DateTime<Utc>,
    /// `host`, a role of the vendor's, or `partner:` and an id.
    by: Option<String>,
    request: Option<RequestId>,
    claim: Option<ClaimId>,
    open: Option<Value>,
    #[serde(rename = "do")]
    command: Option<Value>,
    allocate: Option<AllocationForm>,
    /// Who approves what is allocated.
    approved_by: Option<String>,
    accrue: Option<Accrue>,
    give: Option<Give>,
    end: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Accrue {
    incentive: String,
    period: String,
    measured: BTreeMap<PartnerId, Scaled>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Give {
    fund: String,
    period: String,
    partners: Vec<PartnerId>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expect {
    /// What each step came to: `done`, or the code of the refusal.
    steps: Vec<String>,
    #[serde(default)]
    requests: BTreeMap<RequestId, ExpectedRequest>,
    #[serde(default)]
    claims: BTreeMap<ClaimId, ExpectedClaim>,
    /// By pot, what stands in its accounts, but for those in which nothing does.
    pots: Option<BTreeMap<String, BTreeMap<String, String>>>,
    owed: Option<Vec<Owed>>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectedRequest {
    stage: String,
    granted: Option<String>,
    share: Option<String>,
    claim_until: Option<NaiveDate>,
    active_on: Option<NaiveDate>,
    /// These are not looked at if a case does not say.
    reserved: Option<String>,
    expired: Option<bool>,
    answer_due_at: Option<DateTime<Utc>>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectedClaim {
    stage: String,
    claimed: Option<String>,
    pays: Option<String>,
    #[serde(default)]
    cuts: Vec<Cut>,
    payment: Option<String>,
    /// These are not looked at if a case does not say.
    items: Option<Vec<Item>>,
    holds_evidence: Option<bool>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cut {
    amount: String,
    why: String,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Item {
    gives: Scaled,
    because: Vec<String>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Owed {
    claim: ClaimId,
    partner: PartnerId,
    person: Option<PersonId>,
    amount: String,
}

fn actor(by: &str) -> Result<Actor, Failed> {
    let vendor = |role| Ok(Actor::Vendor { person: format!("a-{by}").parse()?, role });
    match by {
        "host" => Ok(Actor::Host),
        "administrator" => vendor(VendorRole::Administrator),
        "channel_manager" => vendor(VendorRole::ChannelManager),
        "finance" => vendor(VendorRole::Finance),
        "marketing" => vendor(VendorRole::Marketing),
        _ => match by.strip_prefix("partner:") {
            Some(id) => {
                let (partner, person) = (id.parse()?, format!("people-{id}").parse()?);
                Ok(Actor::Partner { partner, person, role: PartnerRole::Marketing })
            }
            None => Err(format!("unknown actor `{by}`").into()),
        },
    }
}

fn who(by: Option<&str>) -> Result<&str, Failed> {
    by.ok_or_else(|| "a step does not say by whom".into())
}

fn read<T: serde::de::DeserializeOwned>(value: &Value) -> Result<T, Failed> {
    serde_json::from_value(value.clone()).map_err(|error| format!("{value}: {error}").into())
}

fn take(book: &mut FundBook, program: &Program, step: &Step) -> Result<Result<(), FundBookError>, Failed> {
    if let Some(accrue) = &step.accrue {
        let period = program.calendar().parse_label(&accrue.period)?;
        return Ok(book.accrue(&accrue.incentive, &period, &accrue.measured).map(drop));
    }
    if let Some(give) = &step.give {
        let period = program.calendar().parse_label(&give.period)?;
        return Ok(book.give_by_tier(&give.fund, &period, &give.partners));
    }
    if let Some(end) = &step.end {
        let pot = book.pots().map(|(pot, _)| pot).find(|pot| pot.to_string() == *end).cloned();
        return Ok(book.end_period(&pot.ok_or_else(|| format!("there is no pot `{end}`"))?, step.at));
    }
    let by = actor(who(step.by.as_deref())?)?;
    if let Some(form) = &step.allocate {
        return Ok(book.allocate(form, (&by, &actor(who(step.approved_by.as_deref())?)?), step.at));
    }
    Ok(match (&step.request, &step.claim, &step.open, &step.command) {
        (Some(id), None, Some(form), None) => book.open_request(id.clone(), &read::<Form>(form)?, &by, step.at),
        (Some(id), None, None, Some(command)) => book.command_request(id, &read::<Command>(command)?, &by, step.at),
        (None, Some(id), Some(form), None) => book.open_claim(id.clone(), &read::<ClaimForm>(form)?, &by, step.at),
        (None, Some(id), None, Some(command)) => book.command_claim(id, &read::<ClaimCommand>(command)?, &by, step.at),
        _ => return Err("a step names a request or a claim, and has either `open` or `do`".into()),
    })
}

fn request(of: &MdfRequest, expected: &ExpectedRequest, as_of: DateTime<Utc>) -> ExpectedRequest {
    let grant = of.grant.as_ref();
    ExpectedRequest {
        stage: of.stage.word().to_owned(),
        granted: grant.map(|grant| grant.amount.to_string()),
        share: grant.map(|grant| grant.share.to_string()),
        claim_until: grant.and_then(|grant| grant.claim_until),
        active_on: grant.and_then(|grant| grant.active_on),
        reserved: expected.reserved.as_ref().and(of.reserved(as_of)).map(|money| money.to_string()),
        expired: expected.expired.map(|_| of.is_expired(as_of)),
        answer_due_at: expected.answer_due_at.and(of.answer_due_at),
    }
}

fn claim(of: &Claim, expected: &ExpectedClaim, as_of: DateTime<Utc>) -> Result<ExpectedClaim, Failed> {
    let answer = of.answer.as_ref();
    let code = |reason| {
        let value = serde_json::to_value(reason)?;
        Ok::<_, Failed>(value.get("code").and_then(Value::as_str).unwrap_or_default().to_owned())
    };
    let mut cuts = Vec::new();
    for cut in answer.map_or(&[][..], |answer| &answer.cuts) {
        cuts.push(Cut { amount: cut.amount.to_string(), why: code(&cut.why)? });
    }
    let mut items = Vec::new();
    for item in answer.map_or(&[][..], |answer| &answer.items) {
        items.push(Item { gives: item.gives, because: item.because.iter().map(code).collect::<Result<_, _>>()? });
    }
    Ok(ExpectedClaim {
        stage: of.stage.word().to_owned(),
        claimed: answer.map(|answer| answer.claimed.to_string()),
        pays: answer.map(|answer| answer.pays.to_string()),
        cuts,
        payment: match &of.stage {
            Stage::Paid { payment } => Some(payment.to_string()),
            _ => None,
        },
        items: expected.items.as_ref().map(|_| items),
        holds_evidence: expected.holds_evidence.map(|_| of.holds_evidence(as_of)),
    })
}

fn accounts(of: &Balances) -> BTreeMap<String, String> {
    let Balances { allocated, available, reserved, spent, lapsed, carried, owed, .. } = of;
    let all = [
        ("allocated", allocated),
        ("available", available),
        ("reserved", reserved),
        ("spent", spent),
        ("lapsed", lapsed),
        ("carried", carried),
        ("owed", owed),
    ];
    let some = all.into_iter().filter(|(_, money)| !money.is_zero());
    some.map(|(name, money)| (name.to_owned(), money.to_string())).collect()
}

pub(crate) fn run(given: Value, expect: Value) -> Result<(), Failed> {
    let (given, expect): (Given, Expect) = (serde_json::from_value(given)?, serde_json::from_value(expect)?);
    let program = Program::read(&document(&given.program)?).map_err(|findings| findings.to_string())?;
    let program = Arc::new(program);
    let mut book = FundBook::new(Arc::clone(&program));
    given.partners.into_iter().for_each(|partner| book.put_partner(partner));
    given.authorisations.into_iter().for_each(|found| book.put_authorisation(found));
    given.prices.into_iter().for_each(|found| book.put_price(found));
    given.spiffs.into_iter().for_each(|(incentive, brings)| book.put_spiff(incentive, brings));
    for (name, quotes) in given.exchange {
        let mut table = FxTable::new(name);
        for of in quotes {
            table.quote(of.from.parse()?, of.to.parse()?, of.kind, of.on, of.rate)?;
        }
        book.put_exchange(table);
    }
    let mut steps = Vec::new();
    for step in &given.steps {
        let done = take(&mut book, &program, step)?;
        steps.push(done.map_or_else(|error| error.code().to_owned(), |()| "done".to_owned()));
    }
    equal("steps", &expect.steps, &steps)?;
    for (id, expected) in &expect.requests {
        let of = book.request(id).ok_or_else(|| format!("there is no request `{id}`"))?;
        equal(id.as_str(), expected, &request(of, expected, given.as_of))?;
    }
    for (id, expected) in &expect.claims {
        let of = book.claim(id).ok_or_else(|| format!("there is no claim `{id}`"))?;
        equal(id.as_str(), expected, &claim(of, expected, given.as_of)?)?;
    }
    book.note_until(given.as_of)?;
    let pots = book.pots().map(|(pot, balances)| (pot.to_string(), accounts(balances))).collect();
    expect.pots.map_or(Ok(()), |expected| equal("pots", &expected, &pots))?;
    let owed = book.owed().iter().map(|(claim, of)| Owed {
        claim: claim.clone(),
        partner: of.partner.clone(),
        person: of.person.clone(),
        amount: of.amount.to_string(),
    });
    let owed = owed.collect();
    expect.owed.map_or(Ok(()), |expected| equal("owed", &expected, &owed))
}
