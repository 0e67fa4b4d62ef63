//! Topic `deal`: what becomes of registrations, step by step.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use libtest_mimic::Failed;
use prm_core::actor::{Actor, PartnerRole, VendorRole};
use prm_core::coded::Coded as _;
use prm_core::deal::book::Book;
use prm_core::deal::{
    Command, DealPartner, Form, Given as Told, HostVerdict, KnownAccount, LineState, ProtectionState,
};
use prm_core::id::{Name, RegistrationId};
use prm_core::product::Product;
use prm_core::program::Program;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{document, equal};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    program: Value,
    partners: Vec<DealPartner>,
    #[serde(default)]
    products: Vec<Product>,
    #[serde(default)]
    accounts: Vec<KnownAccount>,
    #[serde(default)]
    verdicts: Vec<HostVerdict>,
    steps: Vec<Step>,
    /// When the registrations are looked at.
    as_of: DateTime<Utc>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    id: RegistrationId,
    at: DateTime<Utc>,
    /// `host`, a role of the vendor's, or `partner:` and an id.
    by: String,
    open: Option<Form>,
    #[serde(rename = "do")]
    command: Option<Command>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expect {
    /// What each step came to: `done`, or the code of the refusal.
    steps: Vec<String>,
    registrations: BTreeMap<RegistrationId, Expected>,
}

#[derive(Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    stage: String,
    lines: Vec<Line>,
    /// Until when the next decision should be made; not looked at if a case does not say.
    review_due_at: Option<DateTime<Utc>>,
    overdue: Option<bool>,
}

#[derive(Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Line {
    review: String,
    /// Why it waits or was rejected.
    code: Option<Name>,
    /// Its place in line, while it waits for a decision.
    place: Option<u32>,
    protection: ProtectionState,
    /// The day after the last, if there is a protection.
    until: Option<NaiveDate>,
    /// What the approval gave.
    exclusive: Option<bool>,
    benefit: Option<String>,
    share: Option<String>,
    /// The codes of the rules that matched at the last assessment, in order.
    #[serde(default)]
    rules: Vec<Name>,
}

fn actor(by: &str) -> Result<Actor, Failed> {
    let vendor = |role| Ok(Actor::Vendor { person: format!("a-{by}").parse()?, role });
    match by {
        "host" => Ok(Actor::Host),
        "administrator" => vendor(VendorRole::Administrator),
        "channel_manager" => vendor(VendorRole::ChannelManager),
        "finance" => vendor(VendorRole::Finance),
        _ => match by.strip_prefix("partner:") {
            Some(id) => {
                let (partner, person) = (id.parse()?, format!("sales-{id}").parse()?);
                Ok(Actor::Partner { partner, person, role: PartnerRole::Sales })
            }
            None => Err(format!("unknown actor `{by}`").into()),
        },
    }
}

pub(crate) fn run(given: Value, expect: Value) -> Result<(), Failed> {
    let (given, expect): (Given, Expect) = (serde_json::from_value(given)?, serde_json::from_value(expect)?);
    let program = Program::read(&document(&given.program)?).map_err(|findings| findings.to_string())?;
    let mut told = Told::new(Arc::new(program), given.partners).selling(given.products);
    told.verdicts = given.verdicts;
    let mut book = Book::new();
    given.accounts.into_iter().for_each(|known| book.put_account(known));
    let mut steps = Vec::new();
    for step in &given.steps {
        let by = actor(&step.by)?;
        let done = match (&step.open, &step.command) {
            (Some(form), None) => book.open(step.id.clone(), form, &told, &by, step.at).map(drop),
            (None, Some(command)) => book.command(&step.id, command, &told, &by, step.at).map(drop),
            _ => return Err("a step has either `open` or `do`".into()),
        };
        steps.push(done.map_or_else(|error| error.code().to_owned(), |()| "done".to_owned()));
    }
    equal("steps", &expect.steps, &steps)?;
    for (id, expected) in &expect.registrations {
        let of = book.registration(id).ok_or_else(|| format!("there is no registration `{id}`"))?;
        let found = book.found(&of.form, Some(id))?;
        let mut lines = Vec::new();
        for (number, line) in (1..).zip(&of.lines) {
            let terms = line.terms.as_ref();
            let answer = of.assessment.as_ref().and_then(|assessment| assessment.line(number));
            lines.push(Line {
                review: line.review.word().to_owned(),
                code: match &line.review {
                    LineState::Waiting { code } | LineState::Rejected { code, .. } => Some(code.clone()),
                    _ => None,
                },
                place: of.place(number, &told.program, &found, given.as_of)?,
                protection: of.protection(number, given.as_of),
                until: line.protection.as_ref().map(|protection| protection.until),
                exclusive: terms.map(|terms| terms.exclusive),
                benefit: terms.and_then(|terms| terms.benefit).map(|rate| rate.to_string()),
                share: terms.and_then(|terms| terms.share).map(|rate| rate.to_string()),
                rules: answer.map_or_else(Vec::new, |answer| answer.matches.iter().map(|of| of.code.clone()).collect()),
            });
        }
        let found = Expected {
            stage: of.stage.word().to_owned(),
            lines,
            review_due_at: expected.review_due_at.and(of.review_due_at),
            overdue: expected.overdue.map(|_| of.is_overdue(given.as_of)),
        };
        equal(id.as_str(), expected, &found)?;
    }
    Ok(())
}
