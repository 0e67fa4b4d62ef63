//! Topic `commission`: what single sales to customers bring to partners, and when it is paid.

use std::sync::Arc;

use chrono::NaiveDate;
use libtest_mimic::Failed;
use prm_core::incentive::book::SalesBook;
use prm_core::incentive::commission::{
    CommissionAnswer, CommissionFacts, CustomerSince, OwnAccount, Payment, RecordOf, Touch,
};
use prm_core::money::Money;
use prm_core::partner::Partner;
use prm_core::product::Product;
use prm_core::program::Program;
use serde::Deserialize;
use serde_json::Value;

use super::due::Line;
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
    payments: Vec<Payment>,
    #[serde(default)]
    records: Vec<RecordOf>,
    #[serde(default)]
    touches: Vec<Touch>,
    #[serde(default)]
    own_accounts: Vec<OwnAccount>,
    #[serde(default)]
    since: Vec<CustomerSince>,
    lines: Vec<Line>,
    as_of: NaiveDate,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expect {
    owed: Vec<Owed>,
    runs: Option<Vec<Run>>,
    sales: Option<Vec<Sale>>,
}

/// Amounts of nothing are left out.
#[derive(Deserialize, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
struct Owed {
    partner: String,
    due: Option<String>,
    carried: Option<String>,
    held: Option<String>,
    to_recover: Option<String>,
    waiting: Option<String>,
    net: Option<String>,
}

#[derive(Deserialize, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
struct Run {
    on: NaiveDate,
    partner: String,
    rows: Vec<Row>,
    paid: Option<String>,
    carried: Option<String>,
    because: Option<String>,
}

#[derive(Deserialize, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
struct Row {
    line: String,
    amount: String,
}

#[derive(Deserialize, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
struct Sale {
    line: String,
    partner: Option<String>,
    base: String,
    terms: Option<String>,
    whole: String,
    net: String,
    released: String,
    payable_from: Option<NaiveDate>,
    #[serde(default)]
    back: Vec<Back>,
    because: Option<String>,
}

#[derive(Deserialize, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
struct Back {
    line: String,
    takes: String,
    because: Option<String>,
}

pub(crate) fn run(given: Value, expect: Value) -> Result<(), Failed> {
    let given: Given = serde_json::from_value(given)?;
    let expect: Expect = serde_json::from_value(expect)?;
    let mut book = SalesBook::new(Arc::new(Program::read(&document(&given.program)?)?));
    let of_lines = given.lines.iter().filter_map(|line| line.partner.as_ref());
    let of_facts = given.records.iter().map(|record| &record.partner);
    let named = of_lines.chain(of_facts).chain(given.touches.iter().map(|touch| &touch.partner));
    let named = named.map(|id| Partner::new(id.clone(), id.as_str()));
    named.chain(given.partners).try_for_each(|partner| book.put_partner(partner))?;
    given.products.into_iter().try_for_each(|product| book.put_product(product))?;
    let mut facts = CommissionFacts::default();
    (facts.payments, facts.records, facts.touches) = (given.payments, given.records, given.touches);
    (facts.own_accounts, facts.since) = (given.own_accounts, given.since);
    book.put_commission_facts(facts);
    let currency = book.program().currency();
    book.add(given.lines.iter().map(|line| line.read(currency)).collect::<Result<_, _>>()?, None)?;
    let answer = book.commission(&given.incentive, given.as_of)?;
    equal("owed", &expect.owed, &owed(&answer))?;
    expect.runs.map_or(Ok(()), |expected| equal("runs", &expected, &runs(&answer)))?;
    expect.sales.map_or(Ok(()), |expected| equal("sales", &expected, &sales(&answer)))
}

fn unless_nothing(money: Money) -> Option<String> {
    (!money.is_zero()).then(|| money.to_string())
}

fn owed(answer: &CommissionAnswer) -> Vec<Owed> {
    let told = answer.owed.iter().map(|one| Owed {
        partner: one.partner.to_string(),
        due: unless_nothing(one.due),
        carried: unless_nothing(one.carried),
        held: unless_nothing(one.held),
        to_recover: unless_nothing(one.to_recover),
        waiting: unless_nothing(one.waiting),
        net: unless_nothing(one.net),
    });
    told.collect()
}

fn runs(answer: &CommissionAnswer) -> Vec<Run> {
    let rows = |run: &prm_core::incentive::commission::CommissionRun| {
        let row = run.rows.iter().map(|row| Row { line: row.line.to_string(), amount: row.amount.to_string() });
        row.collect()
    };
    let told = answer.runs.iter().map(|run| Run {
        on: run.on,
        partner: run.partner.to_string(),
        rows: rows(run),
        paid: unless_nothing(run.paid),
        carried: unless_nothing(run.carried),
        because: run.because.map(|because| because.to_string()),
    });
    told.collect()
}

fn sales(answer: &CommissionAnswer) -> Vec<Sale> {
    let told = answer.sales.iter().map(|sale| Sale {
        line: sale.line.to_string(),
        partner: sale.partner.as_ref().map(ToString::to_string),
        base: sale.base.trimmed().to_string(),
        terms: sale.terms.map(|terms| terms.to_string()),
        whole: sale.whole.to_string(),
        net: sale.net.to_string(),
        released: sale.released.to_string(),
        payable_from: sale.payable_from,
        back: sale
            .back
            .iter()
            .map(|back| Back {
                line: back.line.to_string(),
                takes: back.takes.to_string(),
                because: back.because.map(|because| because.to_string()),
            })
            .collect(),
        because: sale.because.as_ref().map(ToString::to_string),
    });
    told.collect()
}
