//! The files and the command line: partners, accounts, deals. A row that cannot be used is told, with its file and line.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, Result, anyhow, bail};
use chrono::{DateTime, Utc};
use clap::Args;
use csv::StringRecord;
use prm_core::account::{Account, AccountFacts};
use prm_core::deal::{Command, DEAL_TYPES, DealLine, DealPartner, Form, Given, Goods, KnownAccount, Opportunity};
use prm_core::id::{Name, RegistrationId};
use prm_core::money::Money;
use prm_core::partner::Partner;
use prm_core::program::{Checked, Program};

use crate::Arguments;

/// A deal on the command line, in the place of a file.
#[derive(Debug, Args)]
pub(crate) struct Typed {
    /// One deal: the id of the partner.
    #[arg(long, conflicts_with = "deals", requires_all = ["account", "products"])]
    pub(crate) partner: Option<String>,
    /// The name of the end customer.
    #[arg(long, requires = "partner")]
    account: Option<String>,
    /// Its domain.
    #[arg(long, requires = "partner")]
    domain: Option<String>,
    /// Its country, two letters.
    #[arg(long, requires = "partner")]
    country: Option<String>,
    /// The product sets, separated by `;`.
    #[arg(long, requires = "partner")]
    products: Option<String>,
    /// What it is worth, in the program's currency.
    #[arg(long, requires = "partner")]
    value: Option<String>,
    /// When it will probably be closed.
    #[arg(long, requires = "partner")]
    close_date: Option<String>,
    /// The id of the registration.
    #[arg(long, default_value = "r-new", requires = "partner")]
    id: String,
}

/// All that is read.
pub(crate) struct Input {
    pub(crate) given: Given,
    pub(crate) accounts: Vec<KnownAccount>,
    pub(crate) deals: Vec<Deal>,
    /// The rows that cannot be used.
    pub(crate) bad: Vec<String>,
}

/// A row of the deals.
pub(crate) struct Deal {
    pub(crate) at: DateTime<Utc>,
    pub(crate) id: RegistrationId,
    pub(crate) what: What,
}

/// What a row is: a new deal, or a decision on one that is there.
pub(crate) enum What {
    New(Box<Form>),
    Decision(Box<Command>),
}

/// A file with its text.
struct File {
    name: String,
    text: String,
}

fn file(path: Option<&PathBuf>, sample: (&str, &str)) -> Result<File> {
    match path {
        Some(path) => {
            let name = path.display().to_string();
            let text = std::fs::read_to_string(path).with_context(|| name.clone())?;
            Ok(File { name, text })
        }
        None => Ok(File { name: format!("sample/{}", sample.0), text: sample.1.to_owned() }),
    }
}

pub(crate) fn read(arguments: &Arguments) -> Result<Input> {
    let program = file(arguments.program.as_ref(), ("program.yaml", include_str!("sample/program.yaml")))?;
    let Checked { program: read, findings } = Program::check(&program.text);
    let program = read.ok_or_else(|| anyhow!("{}:\n{findings}", program.name))?;
    let partners = file(arguments.partners.as_ref(), ("partners.csv", include_str!("sample/partners.csv")))?;
    let accounts = file(arguments.accounts.as_ref(), ("accounts.csv", include_str!("sample/accounts.csv")))?;
    let currency = program.currency();
    let mut bad = Vec::new();
    let given = Given::new(Arc::new(program), rows(&partners, &mut bad, partner)?);
    let accounts = rows(&accounts, &mut bad, account)?;
    let program = given.program.identity().name.clone();
    let one = |row: &Row<'_>| deal(row, &program, currency.code());
    let deals = match &arguments.deal {
        Typed { partner: Some(partner), .. } => vec![typed(&arguments.deal, partner, &program, currency.code())?],
        _ => {
            let deals = file(arguments.deals.as_ref(), ("deals.csv", include_str!("sample/deals.csv")))?;
            rows(&deals, &mut bad, one)?
        }
    };
    Ok(Input { given, accounts, deals, bad })
}

/// A row by the names of its columns.
struct Row<'r> {
    header: &'r StringRecord,
    record: &'r StringRecord,
}

impl<'r> Row<'r> {
    /// What stands in a column, if something does.
    fn get(&self, column: &str) -> Option<&'r str> {
        let at = self.header.iter().position(|name| name == column)?;
        self.record.get(at).map(str::trim).filter(|text| !text.is_empty())
    }

    fn must(&self, column: &str) -> Result<&'r str> {
        self.get(column).with_context(|| format!("`{column}` is empty"))
    }

    fn text(&self, column: &str) -> Option<String> {
        self.get(column).map(str::to_owned)
    }

    /// What stands in a column, separated by `;`.
    fn list(&self, column: &str) -> impl Iterator<Item = &'r str> {
        self.get(column).into_iter().flat_map(|text| text.split(';')).map(str::trim)
    }

    /// A value that has to be read.
    fn value<T: std::str::FromStr<Err: std::fmt::Display>>(&self, column: &str) -> Result<Option<T>> {
        let read = |text: &str| text.parse().map_err(|error| anyhow!("`{column}`: {error}"));
        self.get(column).map(read).transpose()
    }
}

/// The rows of a file, each read; those that cannot be are told.
fn rows<T>(from: &File, bad: &mut Vec<String>, read: impl Fn(&Row<'_>) -> Result<T>) -> Result<Vec<T>> {
    let mut reader = csv::Reader::from_reader(from.text.as_bytes());
    let header = reader.headers().with_context(|| from.name.clone())?.clone();
    let mut all = Vec::new();
    for record in reader.records() {
        let row = record.map_err(anyhow::Error::from).and_then(|record| {
            let line = record.position().map_or(0, csv::Position::line);
            read(&Row { header: &header, record: &record }).with_context(|| format!("line {line}"))
        });
        match row {
            Ok(row) => all.push(row),
            Err(error) => bad.push(format!("{}, {error:#}", from.name)),
        }
    }
    Ok(all)
}

fn partner(row: &Row<'_>) -> Result<DealPartner> {
    let mut known = DealPartner::new(Partner::new(row.must("id")?.parse()?, row.must("name")?));
    known.tier = row.value("tier")?;
    let territories: Vec<Name> = row.list("territories").map(str::parse).collect::<Result<_, _>>()?;
    known.territories = (!territories.is_empty()).then(|| territories.into_iter().collect());
    Ok(known)
}

fn account(row: &Row<'_>) -> Result<KnownAccount> {
    let mut facts = AccountFacts::new(row.must("id")?.parse()?, row.must("name")?);
    facts.aliases = row.list("aliases").map(str::to_owned).collect();
    facts.parents = row.list("parents").map(str::parse).collect::<Result<_, _>>()?;
    (facts.domain, facts.country, facts.city) = (row.text("domain"), row.text("country"), row.text("city"));
    (facts.phone, facts.tax_id) = (row.text("phone"), row.text("tax_id"));
    let mut known = KnownAccount::new(Account::new(facts)?);
    known.direct_only = row.get("direct_only") == Some("yes");
    if let Some(id) = row.text("opportunity") {
        let touched_on = row.value("last_activity")?.context("`last_activity` of the opportunity is empty")?;
        known.opportunities.push(Opportunity { id, touched_on, products: None });
    }
    Ok(known)
}

fn deal(row: &Row<'_>, program: &str, currency: &str) -> Result<Deal> {
    let (at, id): (DateTime<Utc>, RegistrationId) = (row.must("at")?.parse()?, row.must("id")?.parse()?);
    if let Some(text) = row.get("decision") {
        return Ok(Deal { at, id, what: What::Decision(Box::new(decision(text)?)) });
    }
    let mut facts = AccountFacts::new(format!("of-{id}").parse()?, row.must("account")?);
    (facts.domain, facts.country, facts.city) = (row.text("domain"), row.text("country"), row.text("city"));
    let mut form = Form::new(program, row.must("partner")?.parse()?, facts);
    form.distributors = row.list("distributor").map(str::parse).collect::<Result<_, _>>()?;
    form.close_date = row.value("close_date")?;
    if let Some(text) = row.get("type") {
        let known = DEAL_TYPES.iter().find(|(word, _)| *word == text);
        form.deal_type = known.with_context(|| format!("`type`: `{text}` is not known"))?.1;
    }
    form.lines = lines(row.must("products")?, row.get("value"), currency)?;
    Ok(Deal { at, id, what: What::New(Box::new(form)) })
}

/// The product sets, of which the first is worth the whole.
fn lines(products: &str, value: Option<&str>, currency: &str) -> Result<Vec<DealLine>> {
    let mut value = value.map(|text| Money::parse(text, currency)).transpose().context("`value`")?;
    let line = |name: &str| -> Result<DealLine> {
        let line = DealLine::new(Goods::Products(name.trim().parse().context("`products`")?));
        Ok(value.take().map_or_else(|| line.clone(), |value| line.clone().worth(value)))
    };
    products.split(';').map(line).collect()
}

fn decision(text: &str) -> Result<Command> {
    let lines = std::collections::BTreeSet::new;
    Ok(match text.split_once(':') {
        Some(("reject", code)) => Command::Reject { lines: lines(), code: code.parse()? },
        None if text == "approve" => Command::Approve { lines: lines() },
        None if text == "withdraw" => Command::Withdraw,
        _ => bail!("`decision`: `{text}` is none of `approve`, `reject:CODE` and `withdraw`"),
    })
}

fn typed(typed: &Typed, partner: &str, program: &str, currency: &str) -> Result<Deal> {
    let cells: BTreeMap<&str, &str> = [
        ("partner", Some(partner)),
        ("account", typed.account.as_deref()),
        ("domain", typed.domain.as_deref()),
        ("country", typed.country.as_deref()),
        ("products", typed.products.as_deref()),
        ("value", typed.value.as_deref()),
        ("close_date", typed.close_date.as_deref()),
        ("id", Some(typed.id.as_str())),
    ]
    .into_iter()
    .filter_map(|(column, text)| Some((column, text?)))
    .collect();
    let at = Utc::now().to_rfc3339();
    let header: StringRecord = cells.keys().copied().chain(["at"]).collect();
    let record: StringRecord = cells.values().copied().chain([at.as_str()]).collect();
    deal(&Row { header: &header, record: &record }, program, currency)
}
