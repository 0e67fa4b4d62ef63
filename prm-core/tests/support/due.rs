//! Topic `due`: what partners are due for their sales, settlement after settlement.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;
use libtest_mimic::Failed;
use prm_core::currency::Currency;
use prm_core::fx::{FxTable, RateKind};
use prm_core::id::{AccountId, Name, PartnerId, PersonId, ReferralCode, RegistrationId, Serial, Sku};
use prm_core::incentive::book::SalesBook;
use prm_core::incentive::line::{ChannelStep, Credit, LineKey, LineKind, Motion, SaleLine};
use prm_core::incentive::settlement::EntryKey;
use prm_core::incentive::verify::verify_arithmetic;
use prm_core::partner::Partner;
use prm_core::period::Period;
use prm_core::product::Product;
use prm_core::program::Program;
use prm_core::scaled::Scaled;
use serde::Deserialize;
use serde_json::Value;

use super::{document, equal};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    program: Value,
    #[serde(default)]
    partners: Vec<Partner>,
    #[serde(default)]
    products: Vec<Product>,
    #[serde(default)]
    tables: BTreeMap<String, Rows>,
    #[serde(default)]
    exchange: BTreeMap<String, Vec<Quote>>,
    steps: Vec<Step>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rows {
    pub(crate) header: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Quote {
    from: Currency,
    to: Currency,
    kind: RateKind,
    on: NaiveDate,
    rate: Scaled,
}

/// Lines that arrive, and the days whose periods are settled then.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    #[serde(default)]
    lines: Vec<Line>,
    settle: (NaiveDate, NaiveDate),
    /// The last day of sales for which the periods are estimated instead.
    accrue: Option<NaiveDate>,
    /// What is expected of a whole period, by `partner/incentive/period`.
    #[serde(default)]
    forecasts: BTreeMap<String, Scaled>,
    /// The tier of which it is asked instead what it would be worth.
    worth: Option<Supposed>,
    /// The day on which that is, for baselines that are frozen and periods that are closed.
    on: Option<NaiveDate>,
}

/// A tier that a partner is supposed to be in, instead of the one that it is in on a day.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Supposed {
    partner: PartnerId,
    tier: Name,
    as_of: NaiveDate,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Line {
    /// `SO1/2`: line 2 of document SO1.
    key: String,
    kind: Option<LineKind>,
    reverses: Option<String>,
    pub(crate) partner: Option<PartnerId>,
    seller: Option<PartnerId>,
    #[serde(default)]
    credits: Vec<Credit>,
    person: Option<PersonId>,
    #[serde(default)]
    serials: Vec<Serial>,
    on: NaiveDate,
    step: Option<ChannelStep>,
    sku: Option<Sku>,
    net: Option<Scaled>,
    units: Option<Scaled>,
    currency: Option<Currency>,
    motion: Option<Motion>,
    registration: Option<RegistrationId>,
    account: Option<AccountId>,
    ship_to_country: Option<String>,
    ship_to_region: Option<String>,
    /// The order's date, where it is not that of the invoice.
    ordered: Option<NaiveDate>,
    /// What a marketplace kept.
    fee: Option<Scaled>,
    service: Option<Period>,
    term: Option<Period>,
    code: Option<ReferralCode>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expect {
    steps: Vec<Vec<Entry>>,
}

#[derive(Deserialize, Debug, Default, PartialEq)]
#[serde(deny_unknown_fields)]
struct Entry {
    partner: String,
    incentive: String,
    period: String,
    #[serde(default)]
    earned: String,
    before: Option<String>,
    paid: Option<String>,
    accrued: Option<String>,
    would_earn: Option<String>,
    because: Option<String>,
}

fn key(text: &str) -> Result<LineKey, Failed> {
    let (document, line) = text.split_once('/').map_or((text, None), |(document, line)| (document, Some(line)));
    Ok(LineKey { document: document.parse()?, line: line.map(str::parse).transpose()? })
}

impl Line {
    pub(crate) fn read(&self, currency: Currency) -> Result<SaleLine, Failed> {
        let kind = self.kind.unwrap_or(LineKind::Sale);
        let sku = self.sku.clone().map_or_else(|| Sku::new("any"), Ok)?;
        let mut line = SaleLine::new(key(&self.key)?, kind, sku, self.currency.unwrap_or(currency));
        line.reverses = self.reverses.as_deref().map(key).transpose()?;
        line.buyer.clone_from(&self.partner);
        line.seller.clone_from(&self.seller);
        line.credits.clone_from(&self.credits);
        line.person.clone_from(&self.person);
        line.serials.clone_from(&self.serials);
        line.step = self.step.unwrap_or_default();
        (line.dates.invoice, line.dates.order) = (Some(self.on), self.ordered);
        line.quantity = self.units;
        (line.amounts.net, line.amounts.marketplace_fee) = (self.net, self.fee);
        (line.service, line.term) = (self.service, self.term);
        line.code.clone_from(&self.code);
        line.motion = self.motion;
        line.registration.clone_from(&self.registration);
        line.account.clone_from(&self.account);
        line.ship_to_country.clone_from(&self.ship_to_country);
        line.ship_to_region.clone_from(&self.ship_to_region);
        Ok(line)
    }
}

pub(crate) fn run(given: Value, expect: Value) -> Result<(), Failed> {
    let given: Given = serde_json::from_value(given)?;
    let expect: Expect = serde_json::from_value(expect)?;
    let mut book = SalesBook::new(Arc::new(Program::read(&document(&given.program)?)?));
    let named =
        given.steps.iter().flat_map(|step| &step.lines).flat_map(|line| [line.partner.as_ref(), line.seller.as_ref()]);
    let named = named.flatten().map(|id| Partner::new(id.clone(), id.as_str()));
    named.chain(given.partners).try_for_each(|partner| book.put_partner(partner))?;
    given.products.into_iter().try_for_each(|product| book.put_product(product))?;
    for (name, Rows { header, rows }) in &given.tables {
        let table = book.program().read_table(name, header, rows)?;
        book.put_table(table);
    }
    for (name, quotes) in given.exchange {
        let mut table = FxTable::new(&name);
        for Quote { from, to, kind, on, rate } in quotes {
            table.quote(from, to, kind, on, rate)?;
        }
        book.put_exchange(table)?;
    }
    equal("the number of steps", &expect.steps.len(), &given.steps.len())?;
    for (at, (step, expected)) in given.steps.iter().zip(&expect.steps).enumerate() {
        let currency = book.program().currency();
        let lines = step.lines.iter().map(|line| line.read(currency)).collect::<Result<_, _>>()?;
        book.add(lines, step.on)?;
        equal("lines that wait", &Vec::new(), &book.waiting()?)?;
        equal(&format!("step {}", at + 1), expected, &taken(&mut book, step)?)?;
    }
    Ok(())
}

/// What a step comes to.
fn taken(book: &mut SalesBook, step: &Step) -> Result<Vec<Entry>, Failed> {
    let (from, until) = step.settle;
    let covers = Period::new(from, until)?;
    if let Some(as_of) = step.accrue {
        let accruals = book.accrue(covers, as_of, &forecasts(step)?)?;
        let told = accruals.iter().map(|accrual| Entry {
            partner: accrual.partner.to_string(),
            incentive: accrual.incentive.to_string(),
            period: accrual.period.to_string(),
            accrued: Some(accrual.amount.to_string()),
            ..Entry::default()
        });
        return Ok(told.collect());
    }
    if let Some(Supposed { partner, tier, as_of }) = &step.worth {
        let worth = book.worth(partner, tier, *as_of, covers)?;
        let told = worth.incentives.iter().map(|other| Entry {
            partner: partner.to_string(),
            incentive: other.incentive.to_string(),
            period: other.period.to_string(),
            earned: other.now.earned.to_string(),
            would_earn: Some(other.then.earned.to_string()),
            because: other.now.because.as_ref().map(ToString::to_string),
            ..Entry::default()
        });
        return Ok(told.collect());
    }
    let on = step.on.unwrap_or(until);
    let mut told = Vec::new();
    for entry in book.settle(covers, on)? {
        let explanation = &entry.explanation;
        verify_arithmetic(explanation)?;
        book.verify(explanation, on)?;
        told.push(Entry {
            partner: explanation.partner.to_string(),
            incentive: explanation.incentive.to_string(),
            period: explanation.period.to_string(),
            earned: explanation.earned.to_string(),
            before: entry.before.map(|before| before.to_string()),
            paid: entry.paid.map(|paid| paid.money.to_string()),
            because: explanation.because.as_ref().map(ToString::to_string),
            ..Entry::default()
        });
    }
    Ok(told)
}

fn forecasts(step: &Step) -> Result<BTreeMap<EntryKey, Scaled>, Failed> {
    let key = |text: &String| {
        let mut parts = text.splitn(3, '/');
        let mut part = || parts.next().ok_or_else(|| format!("`{text}` is no key"));
        Ok::<_, Failed>(EntryKey { partner: part()?.parse()?, incentive: part()?.parse()?, period: part()?.to_owned() })
    };
    step.forecasts.iter().map(|(text, value)| Ok((key(text)?, *value))).collect()
}
