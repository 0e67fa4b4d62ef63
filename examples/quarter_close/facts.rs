//! Partners, products, exchange rates and tables from files. A mistake here stops the run: facts are few and
//! everything depends on them.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail};
use prm_core::fx::{FxTable, RateKind};
use prm_core::id::{PartnerId, Sku};
use prm_core::incentive::fold::Facts;
use prm_core::partner::Partner;
use prm_core::product::Product;
use prm_core::program::Program;
use prm_core::program::tables::Tables;

use crate::Arguments;
use crate::mapping::{FX, Fields, Mapping, PARTNERS, PRODUCTS, Source};
use crate::rows::Rows;

pub(crate) struct Loaded {
    pub(crate) partners: BTreeMap<PartnerId, Partner>,
    products: Option<BTreeMap<Sku, Product>>,
    pub(crate) exchange: Vec<FxTable>,
    pub(crate) tables: Tables,
}

impl Loaded {
    pub(crate) fn load(arguments: &Arguments, mapping: &Mapping, program: &Program) -> Result<Self> {
        let partners = arguments.partners.as_deref().context("--partners is needed")?;
        let products = arguments.products.as_deref().map(|path| products(path, &mapping.products)).transpose()?;
        let exchange = match (&arguments.fx, program.exchange()) {
            (Some(path), Some(policy)) => vec![rates(path, &mapping.fx, policy.table.as_str())?],
            _ => Vec::new(),
        };
        Ok(Self {
            partners: self::partners(partners, &mapping.partners)?,
            products,
            exchange,
            tables: tables(arguments, program)?,
        })
    }

    pub(crate) fn facts(&self) -> Facts<'_> {
        let facts = Facts::new(&self.partners).exchange(&self.exchange);
        self.products.as_ref().map_or(facts, |products| facts.products(products))
    }
}

/// Calls `each` with every row of a file and the values of its fields, in the order of `fields`.
fn each_row<const N: usize>(
    path: &Path,
    mapped: &Fields,
    fields: [&'static str; N],
    mut each: impl FnMut([Option<&str>; N]) -> Result<()>,
) -> Result<()> {
    let file = || path.display().to_string();
    let mut rows = Rows::open(path, |file| file)?;
    let mut sources = Vec::with_capacity(N);
    for field in fields {
        sources.push(Source::resolve(field, mapped, rows.header()).with_context(file)?);
    }
    while let Some(next) = rows.next()? {
        let line = next.map_err(|bad| anyhow::anyhow!("{}, line {}: {}", file(), bad.line, bad.why))?;
        let mut values = [None; N];
        for (value, source) in values.iter_mut().zip(&sources) {
            let read = source.value(rows.record());
            *value =
                read.map_err(|why| anyhow::anyhow!("{}, line {line}, column {}: {why}", file(), source.column()))?;
        }
        each(values).with_context(|| format!("{}, line {line}", file()))?;
    }
    Ok(())
}

fn partners(path: &Path, mapped: &Fields) -> Result<BTreeMap<PartnerId, Partner>> {
    let mut partners = BTreeMap::new();
    each_row(path, mapped, PARTNERS, |[id, name, of, country, region]| {
        let id = PartnerId::new(id.context("`id` is missing")?)?;
        let mut partner = Partner::new(id.clone(), name.unwrap_or(id.as_str()));
        partner.partner_type = of.map(str::parse).transpose()?;
        partner.country = country.map(str::to_owned);
        partner.region = region.map(str::to_owned);
        if partners.insert(id.clone(), partner).is_some() {
            bail!("partner `{id}` stands twice");
        }
        Ok(())
    })?;
    Ok(partners)
}

fn products(path: &Path, mapped: &Fields) -> Result<BTreeMap<Sku, Product>> {
    let mut products = BTreeMap::new();
    each_row(path, mapped, PRODUCTS, |[sku, category, subcategory, line]| {
        let sku = Sku::new(sku.context("`sku` is missing")?)?;
        let mut product = Product::new(sku.clone());
        product.category = category.map(str::to_owned);
        product.subcategory = subcategory.map(str::to_owned);
        product.line = line.map(str::to_owned);
        if products.insert(sku.clone(), product).is_some() {
            bail!("product `{sku}` stands twice");
        }
        Ok(())
    })?;
    Ok(products)
}

fn rates(path: &Path, mapped: &Fields, name: &str) -> Result<FxTable> {
    let mut table = FxTable::new(name);
    each_row(path, mapped, FX, |[from, to, kind, date, rate]| {
        let kind = kind.unwrap_or("closing");
        let kind = RateKind::WORDS.iter().find(|(word, _)| *word == kind).map(|(_, kind)| *kind);
        let kind = kind.context("`kind` is none of average, closing, fixed")?;
        let from = from.context("`from` is missing")?.parse()?;
        let to = to.context("`to` is missing")?.parse()?;
        let date = date.context("`date` is missing")?.parse()?;
        table.quote(from, to, kind, date, rate.context("`rate` is missing")?.parse()?)?;
        Ok(())
    })?;
    Ok(table)
}

/// The tables that the program declares, each from the file named for it.
fn tables(arguments: &Arguments, program: &Program) -> Result<Tables> {
    let mut tables = Tables::new();
    for given in &arguments.tables {
        let (name, path) = given.split_once('=').with_context(|| format!("--tables {given}: write NAME=FILE.csv"))?;
        let mut rows = Rows::open(Path::new(path), |file| file)?;
        let header: Vec<String> = rows.header().iter().map(str::to_owned).collect();
        let mut values = Vec::new();
        while let Some(next) = rows.next()? {
            next.map_err(|bad| anyhow::anyhow!("{path}, line {}: {}", bad.line, bad.why))?;
            values.push(rows.record().iter().map(str::to_owned).collect());
        }
        tables.insert(program.read_table(name, &header, &values).with_context(|| path.to_owned())?);
    }
    if let Some(missing) = program.tables().find(|outline| tables.get(&outline.name).is_none()) {
        bail!("the program needs table `{0}`: --tables {0}=FILE.csv", missing.name);
    }
    Ok(tables)
}
