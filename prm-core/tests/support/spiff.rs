//! Topic `spiff`: what single sales bring to those who made them.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;
use libtest_mimic::Failed;
use prm_core::id::{AccountId, PartnerId, PersonId};
use prm_core::incentive::book::SalesBook;
use prm_core::incentive::spiff::{Consent, Sector, Seller, SpiffFacts, SpiffPayee};
use prm_core::partner::Partner;
use prm_core::product::Product;
use prm_core::program::Program;
use prm_core::rate::Rate;
use prm_core::split::Shares;
use serde::Deserialize;
use serde_json::Value;

use super::due::{Line, Rows};
use super::{document, equal};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    program: Value,
    incentive: String,
    #[serde(default)]
    partners: Vec<Partner>,
    #[serde(default)]
    products: Vec<Product>,
    #[serde(default)]
    tables: BTreeMap<String, Rows>,
    #[serde(default)]
    sellers: Vec<Seller>,
    #[serde(default)]
    consents: Vec<Consent>,
    #[serde(default)]
    sectors: BTreeMap<AccountId, Sector>,
    #[serde(default)]
    teams: BTreeMap<PartnerId, BTreeMap<PersonId, Rate>>,
    lines: Vec<Line>,
    as_of: NaiveDate,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expect {
    earned: Vec<Earned>,
    sales: Option<Vec<Sale>>,
}

#[derive(Deserialize, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
struct Earned {
    partner: String,
    person: Option<String>,
    earned: String,
}

#[derive(Deserialize, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
struct Sale {
    line: String,
    counts: String,
    brings: String,
    because: Option<String>,
}

pub(crate) fn run(given: Value, expect: Value) -> Result<(), Failed> {
    let given: Given = serde_json::from_value(given)?;
    let expect: Expect = serde_json::from_value(expect)?;
    let mut book = SalesBook::new(Arc::new(Program::read(&document(&given.program)?)?));
    let named = given.lines.iter().filter_map(|line| line.partner.as_ref());
    let named = named.map(|id| Partner::new(id.clone(), id.as_str()));
    named.chain(given.partners).try_for_each(|partner| book.put_partner(partner))?;
    given.products.into_iter().try_for_each(|product| book.put_product(product))?;
    for (name, Rows { header, rows }) in &given.tables {
        let table = book.program().read_table(name, header, rows)?;
        book.put_table(table);
    }
    let mut facts = SpiffFacts::default();
    (facts.sellers, facts.consents, facts.sectors) = (given.sellers, given.consents, given.sectors);
    for (partner, shares) in given.teams {
        facts.teams.insert(partner, Shares::of_rates(shares)?);
    }
    book.put_spiff_facts(facts);
    let currency = book.program().currency();
    book.add(given.lines.iter().map(|line| line.read(currency)).collect::<Result<_, _>>()?, None)?;
    let answer = book.spiff(&given.incentive, given.as_of)?;
    let earned = answer.earned.iter().map(|one| {
        let (partner, person) = match &one.payee {
            SpiffPayee::Person { person, partner } => (partner, Some(person.to_string())),
            SpiffPayee::Partner(partner) => (partner, None),
            other => return Err(format!("{other:?} is an unknown payee").into()),
        };
        Ok(Earned { partner: partner.to_string(), person, earned: one.earned.to_string() })
    });
    equal("earned", &expect.earned, &earned.collect::<Result<_, Failed>>()?)?;
    let sales = answer.sales.iter().map(|sale| Sale {
        line: sale.line.to_string(),
        counts: sale.counts.trimmed().to_string(),
        brings: sale.brings.to_string(),
        because: sale.because.as_ref().map(ToString::to_string),
    });
    expect.sales.map_or(Ok(()), |expected| equal("sales", &expected, &sales.collect()))
}
