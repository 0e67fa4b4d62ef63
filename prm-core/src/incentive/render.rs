//! Statements and explanations as HTML, for people.
//!
//! Templates are rendered by a sandboxed engine with escaping on, so that a partner's name cannot carry markup.
//! The pages stand alone: no script, no font, no picture from elsewhere.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, Value};
use serde::Serialize;

use super::explain::{Explanation, Measured, NextStep, for_reading, pays_text};
use super::partial::RateDates;
use super::rebate::{Limit, Payout};
use super::schedule::Step;
use super::statement::Statement;
use crate::currency::Currency;
use crate::id::PartnerId;
use crate::money::Money;
use crate::program::ProgramRef;
use crate::scaled::Scaled;

/// Why a page could not be rendered.
#[derive(Debug, thiserror::Error)]
#[error("the page cannot be rendered: {0}")]
pub struct RenderError(#[from] minijinja::Error);

/// The templates, compiled once and used for any number of pages.
#[derive(Debug)]
pub struct Pages(Environment<'static>);

impl Pages {
    /// The built-in templates.
    ///
    /// # Errors
    /// Only if the built-in templates do not compile, which a test excludes.
    pub fn new() -> Result<Self, RenderError> {
        let mut environment = Environment::new();
        environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
        environment.add_template("style.css", include_str!("render/style.css"))?;
        environment.add_template("entry.html", include_str!("render/entry.html"))?;
        environment.add_template("statement.html", include_str!("render/statement.html"))?;
        environment.add_template("explanation.html", include_str!("render/explanation.html"))?;
        Ok(Self(environment))
    }

    /// A statement as a page.
    ///
    /// # Errors
    /// [`RenderError`] if the engine refuses.
    pub fn statement(&self, statement: &Statement) -> Result<String, RenderError> {
        let totals = statement.totals().unwrap_or_default();
        let goods = statement.entries.iter().filter_map(|entry| match entry.earned {
            Payout::Goods(units) if units > 0 => Some(i128::from(units)),
            _ => None,
        });
        let goods = Some(goods.sum::<i128>()).filter(|units| *units > 0).map(|units| format!("{units} free units"));
        let only_money = goods.is_none();
        let money = totals.iter().filter(|money| only_money || !money.is_zero());
        let totals: Vec<String> = money.map(|money| for_people(Payout::Money(*money))).chain(goods).collect();
        let entries: Vec<Entry> = statement.entries.iter().map(Entry::from).collect();
        let page = self.0.get_template("statement.html")?;
        Ok(page.render(Value::from(Serde(StatementSheet {
            partner: &statement.partner.name,
            id: &statement.partner.id,
            program: &statement.program,
            from: statement.covers.from(),
            through: statement.covers.last_day(),
            totals,
            entries,
        })))?)
    }

    /// One explanation as a page.
    ///
    /// # Errors
    /// [`RenderError`] if the engine refuses.
    pub fn explanation(&self, explanation: &Explanation) -> Result<String, RenderError> {
        let page = self.0.get_template("explanation.html")?;
        let (partner, program) = (&explanation.partner, &explanation.program);
        Ok(page.render(Value::from(Serde(EntrySheet { partner, program, entry: explanation.into() })))?)
    }
}

/// What the page of a statement shows.
#[derive(Serialize)]
struct StatementSheet<'s> {
    partner: &'s str,
    id: &'s PartnerId,
    program: &'s ProgramRef,
    from: NaiveDate,
    through: NaiveDate,
    totals: Vec<String>,
    entries: Vec<Entry>,
}

/// What the page of one explanation shows.
#[derive(Serialize)]
struct EntrySheet<'s> {
    partner: &'s PartnerId,
    program: &'s ProgramRef,
    entry: Entry,
}

/// An explanation with every number written for people.
#[derive(Serialize)]
struct Entry {
    title: String,
    period: String,
    earned: String,
    is_zero: bool,
    because: Option<String>,
    measured: Vec<(&'static str, String, String)>,
    months: Vec<(String, String)>,
    steps: Vec<(String, String, String, String)>,
    exact: String,
    limit: Option<String>,
    rounding: String,
    next: Option<String>,
}

impl From<&Explanation> for Entry {
    fn from(of: &Explanation) -> Self {
        let measured = [("Measured", Some(&of.measure)), ("Paid on", of.pays_on.as_ref())];
        let measured = measured.into_iter().chain([("Second measure", of.columns_by.as_ref())]);
        let measured =
            measured.filter_map(|(what, of)| of.map(|of| (what, number(of.value), for_reading(&of.measure))));
        let sets = of.distinct.iter().map(|of| {
            let counted = of.sets.iter().filter(|set| set.counts).map(|set| for_reading(&set.set));
            ("Product sets sold", number(of.value), counted.collect::<Vec<_>>().join(", "))
        });
        Self {
            title: of.title.clone(),
            period: of.period.to_string(),
            earned: for_people(of.earned),
            is_zero: of.earned.is_zero(),
            because: of.because.as_ref().map(ToString::to_string),
            measured: measured.chain(sets).collect(),
            months: months(&of.measure),
            steps: of.steps.iter().map(step).collect(),
            exact: of.exact.to_string(),
            limit: of.limit.map(limit),
            rounding: format!(
                "{} to {} digits",
                for_reading(&of.rounding.mode),
                of.rounding.digits.unwrap_or_default()
            ),
            next: of.next.as_ref().map(next),
        }
    }
}

/// The sums by month and currency of sale, over batches.
fn months(measured: &Measured) -> Vec<(String, String)> {
    let mut months: BTreeMap<_, (Scaled, i128, Option<RateDates>)> = BTreeMap::new();
    for part in &measured.parts {
        let (sum, lines, rates) = months.entry((part.month, part.sold_in)).or_insert((Scaled::ZERO, 0, None));
        *sum = sum.plus(part.amount).unwrap_or(*sum);
        *lines += i128::from(part.lines);
        *rates = RateDates::spanning(*rates, part.rates);
    }
    let row = |((month, sold_in), (sum, lines, rates)): ((NaiveDate, Currency), (Scaled, i128, Option<RateDates>))| {
        let counted = if lines == 1 { "1 line".to_owned() } else { format!("{lines} lines") };
        let converted =
            rates.map(|RateDates { first, last }| format!(", sold in {sold_in}, rates of {first} to {last}"));
        (format!("month from {month}, {counted}{}", converted.unwrap_or_default()), number(sum))
    };
    months.into_iter().map(row).collect()
}

fn step(step: &Step) -> (String, String, String, String) {
    let until = step.until.map_or_else(|| "and above".to_owned(), |until| format!("to {}", number(until)));
    (format!("{} {until}", number(step.from)), number(step.on), pays_text(step), number(step.gives))
}

fn limit(limit: Limit) -> String {
    match limit {
        Limit::Zero => "a negative result pays nothing".to_owned(),
        Limit::Floor(floor) => format!("raised to the floor of {}", number(floor)),
        Limit::Cap(cap) => format!("lowered to the cap of {}", number(cap)),
    }
}

fn next(next: &NextStep) -> String {
    format!("{} more, to reach {}, would earn {}", number(next.missing), number(next.at), for_people(next.earns))
}

fn for_people(payout: Payout) -> String {
    match payout {
        Payout::Money(money) => format!("{} {}", Money::grouped(money), money.currency()),
        Payout::Goods(units) => format!("{units} free units"),
    }
}

/// A number with commas, and as many digits as it needs but at least two where it has any.
fn number(value: Scaled) -> String {
    let value = value.trimmed();
    let digits = if value.digits() == 1 { 2 } else { value.digits() };
    value.grouped(digits).unwrap_or_else(|_| value.to_string())
}
