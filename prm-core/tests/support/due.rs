//! Topic `due`: what partners are due for their sales, settlement after settlement.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use libtest_mimic::Failed;
use prm_core::currency::Currency;
use prm_core::fx::{FxTable, RateKind};
use prm_core::id::{AccountId, Name, PartnerId, RegistrationId, Sku};
use prm_core::incentive::accrual::accrue;
use prm_core::incentive::budget::Budgets;
use prm_core::incentive::explain::{Basis, Closings};
use prm_core::incentive::fold::{Facts, Fold};
use prm_core::incentive::line::{BatchKey, ChannelStep, LineKey, LineKind, Motion, SaleLine};
use prm_core::incentive::partial::Partials;
use prm_core::incentive::paying::Paying;
use prm_core::incentive::periods::Reopened;
use prm_core::incentive::settlement::{EntryKey, Posted, due};
use prm_core::incentive::verify::{verify, verify_arithmetic};
use prm_core::incentive::worth::worth;
use prm_core::partner::Partner;
use prm_core::period::Period;
use prm_core::product::Product;
use prm_core::program::Program;
use prm_core::program::tables::Tables;
use prm_core::scaled::Scaled;
use prm_core::tier::TierHistory;
use prm_core::tier::standing::advance;
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
struct Rows {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
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
struct Line {
    /// `SO1/2`: line 2 of document SO1.
    key: String,
    kind: Option<LineKind>,
    reverses: Option<String>,
    partner: PartnerId,
    seller: Option<PartnerId>,
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
    fn read(&self, currency: Currency) -> Result<SaleLine, Failed> {
        let kind = self.kind.unwrap_or(LineKind::Sale);
        let sku = self.sku.clone().map_or_else(|| Sku::new("any"), Ok)?;
        let mut line = SaleLine::new(key(&self.key)?, kind, sku, self.currency.unwrap_or(currency));
        line.reverses = self.reverses.as_deref().map(key).transpose()?;
        line.buyer = Some(self.partner.clone());
        line.seller.clone_from(&self.seller);
        line.step = self.step.unwrap_or_default();
        line.dates.invoice = Some(self.on);
        line.quantity = self.units;
        line.amounts.net = self.net;
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
    let program = Program::read(&document(&given.program)?)?;
    let named =
        given.steps.iter().flat_map(|step| &step.lines).flat_map(|line| [Some(&line.partner), line.seller.as_ref()]);
    let named = named.flatten().map(|id| Partner::new(id.clone(), id.as_str()));
    let partners: BTreeMap<PartnerId, Partner> =
        named.chain(given.partners).map(|partner| (partner.id.clone(), partner)).collect();
    let products: BTreeMap<Sku, Product> =
        given.products.into_iter().map(|product| (product.sku.clone(), product)).collect();
    let mut tables = Tables::new();
    for (name, Rows { header, rows }) in &given.tables {
        tables.insert(program.read_table(name, header, rows)?);
    }
    let mut exchange = Vec::new();
    for (name, quotes) in given.exchange {
        let mut table = FxTable::new(&name);
        for Quote { from, to, kind, on, rate } in quotes {
            table.quote(from, to, kind, on, rate)?;
        }
        exchange.push(table);
    }
    let mut facts = Facts::new(&partners).exchange(&exchange);
    if !products.is_empty() {
        facts = facts.products(&products);
    }
    equal("the number of steps", &expect.steps.len(), &given.steps.len())?;
    let mut known: Vec<(Option<NaiveDate>, Partials)> = Vec::new();
    let mut arrived: Vec<Vec<SaleLine>> = Vec::new();
    let mut posted: BTreeMap<EntryKey, Posted> = BTreeMap::new();
    for (at, (step, expected)) in given.steps.iter().zip(&expect.steps).enumerate() {
        arrived.push(step.lines.iter().map(|line| line.read(program.currency())).collect::<Result<_, _>>()?);
        let partials = folded(&program, facts, &arrived)?;
        // What was known at the beginning of a day is what arrived before it.
        known.push((step.on, partials.clone()));
        let frozen = frozen(&program, &known);
        let closings = Closings::new(frozen.clone(), Reopened::new());
        let (from, until) = step.settle;
        let tiers = tiers(&program, &partials, &partners, until)?;
        let basis = Basis::new(&program, &partials, &tables).frozen(&frozen).closings(&closings).tiers(&tiers);
        let paying = Paying::new(&exchange, step.on.unwrap_or(until));
        if let Some(as_of) = step.accrue {
            let told = accrued(basis, &partners, (Period::new(from, until)?, as_of), &posted, &step.forecasts)?;
            equal(&format!("step {}", at + 1), expected, &told)?;
            continue;
        }
        let covers = Period::new(from, until)?;
        let budgets = Budgets::of(basis, &partners, covers)?;
        let basis = basis.budgets(&budgets);
        if let Some(supposed) = &step.worth {
            equal(&format!("step {}", at + 1), expected, &worth_of(basis, &partners, supposed, covers)?)?;
            continue;
        }
        let entries = due(basis, &partners, covers, &posted, paying)?;
        let mut told = Vec::new();
        for entry in &entries {
            let explanation = &entry.explanation;
            verify_arithmetic(explanation)?;
            let partner = partners.get(&explanation.partner).ok_or("an entry of a partner that nobody knows")?;
            verify(explanation, basis, partner)?;
            posted.insert(entry.key(), entry.posted());
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
        equal(&format!("step {}", at + 1), expected, &told)?;
    }
    Ok(())
}

/// The tiers that partners are in by what is known, up to a day.
fn tiers(
    program: &Program,
    partials: &Partials,
    partners: &BTreeMap<PartnerId, Partner>,
    until: NaiveDate,
) -> Result<TierHistory, Failed> {
    if program.tiers().is_none() {
        return Ok(TierHistory::new());
    }
    let basis = prm_core::tier::Basis::new(program, partials, partners)?;
    let changes = partners.values().map(|partner| Ok((partner.id.clone(), advance(&basis, partner, &[], until)?)));
    changes.collect()
}

fn worth_of(
    basis: Basis<'_>,
    partners: &BTreeMap<PartnerId, Partner>,
    supposed: &Supposed,
    covers: Period,
) -> Result<Vec<Entry>, Failed> {
    let partner = partners.get(&supposed.partner).ok_or("a partner that nobody knows")?;
    let worth = worth(basis, partner, &supposed.tier, supposed.as_of, covers)?;
    let told = worth.incentives.iter().map(|other| Entry {
        partner: partner.id.to_string(),
        incentive: other.incentive.to_string(),
        period: other.period.to_string(),
        earned: other.now.earned.to_string(),
        would_earn: Some(other.then.earned.to_string()),
        because: other.now.because.as_ref().map(ToString::to_string),
        ..Entry::default()
    });
    Ok(told.collect())
}

fn accrued(
    basis: Basis<'_>,
    partners: &BTreeMap<PartnerId, Partner>,
    days: (Period, NaiveDate),
    posted: &BTreeMap<EntryKey, Posted>,
    forecasts: &BTreeMap<String, Scaled>,
) -> Result<Vec<Entry>, Failed> {
    let key = |text: &String| {
        let mut parts = text.splitn(3, '/');
        let mut part = || parts.next().ok_or_else(|| format!("`{text}` is no key"));
        Ok::<_, Failed>(EntryKey { partner: part()?.parse()?, incentive: part()?.parse()?, period: part()?.to_owned() })
    };
    let forecasts = forecasts.iter().map(|(text, value)| Ok((key(text)?, *value))).collect::<Result<_, Failed>>()?;
    let accruals = accrue(basis, partners, days, posted, &forecasts)?;
    let told = accruals.iter().map(|accrual| Entry {
        partner: accrual.partner.to_string(),
        incentive: accrual.incentive.to_string(),
        period: accrual.period.to_string(),
        accrued: Some(accrual.amount.to_string()),
        ..Entry::default()
    });
    Ok(told.collect())
}

fn folded(program: &Program, facts: Facts<'_>, arrived: &[Vec<SaleLine>]) -> Result<Partials, Failed> {
    let batch = |at: usize| Ok::<_, Failed>(BatchKey::new("case".parse()?, format!("step-{at}").parse()?));
    let mut fold = Fold::new(program, facts, batch(0)?)?.remembering();
    for (at, lines) in arrived.iter().enumerate() {
        if at > 0 {
            fold.next_batch(batch(at)?)?;
        }
        for line in lines {
            fold.add(line)?;
        }
    }
    let finished = fold.finish()?;
    match finished.late.iter().find_map(|late| late.decided.as_ref().err()) {
        Some(error) => Err(error.to_string().into()),
        None => Ok(finished.partials),
    }
}

/// The sums as they were known at the beginning of every day up to the last step's.
fn frozen(program: &Program, known: &[(Option<NaiveDate>, Partials)]) -> BTreeMap<NaiveDate, Partials> {
    let empty = Partials::empty(program.plan(), program.sales().digits);
    let dated: Vec<_> = known.iter().filter_map(|(on, partials)| Some((on.as_ref()?, partials))).collect();
    let (Some((first, _)), Some((last, _))) = (dated.first(), dated.last()) else { return BTreeMap::new() };
    let days = first.iter_days().take_while(|day| day <= last);
    let as_of =
        |day: NaiveDate| dated.iter().rev().find(|(on, _)| **on < day).map_or(&empty, |(_, partials)| *partials);
    days.map(|day| (day, as_of(day).clone())).collect()
}
