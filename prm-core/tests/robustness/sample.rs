//! Sums and explanations that are right, to be broken: every shape that Ridgeline's program has, and two batches.

use std::collections::BTreeMap;
use std::error::Error;

use prm_core::fx::FxTable;
use prm_core::id::{PartnerId, Sku};
use prm_core::incentive::explain::{Basis, Explanation, explain};
use prm_core::incentive::fold::{Facts, Fold};
use prm_core::incentive::line::{BatchKey, LineKey, LineKind, SaleLine};
use prm_core::incentive::partial::Partials;
use prm_core::partner::Partner;
use prm_core::product::Product;
use prm_core::program::Program;
use prm_core::program::tables::Tables;
use prm_core::tier::TierHistory;
use prm_core::tier::standing::advance;

const PROGRAM: &str = include_str!("../../../examples/programs/ridgeline.yaml");

/// Sums of two batches and what two partners earned by them.
pub struct Sample {
    pub partials: Partials,
    pub explanations: Vec<Explanation>,
}

/// Folds a dozen lines and explains every rebate of each partner that needs no table.
pub fn sample() -> Result<Sample, Box<dyn Error>> {
    let program = Program::read(PROGRAM)?;
    let mut partners = BTreeMap::new();
    for (id, kind) in [("P-1", "reseller"), ("P-2", "distributor")] {
        let mut partner = Partner::new(PartnerId::new(id)?, id);
        (partner.partner_type, partner.country) = (Some(kind.parse()?), Some("DE".into()));
        partners.insert(partner.id.clone(), partner);
    }
    let mut products = BTreeMap::new();
    for (sku, category) in [("bike-1", "Bikes"), ("wheel-1", "Components")] {
        let mut product = Product::new(Sku::new(sku)?);
        product.category = Some(category.into());
        products.insert(product.sku.clone(), product);
    }
    let exchange: [FxTable; 1] = [FxTable::new("closing_rates")];
    let facts = Facts::new(&partners).products(&products).exchange(&exchange);
    let batch = |name: &str| Ok::<_, Box<dyn Error>>(BatchKey::new("erp".parse()?, name.parse()?));
    let mut fold = Fold::new(&program, facts, batch("2025-01")?)?;
    for number in 1..=12 {
        if number == 7 {
            fold.next_batch(batch("2025-02")?)?;
        }
        let key = LineKey { document: format!("D{number}").parse()?, line: Some("1".parse()?) };
        let sku = if number % 2 == 0 { "bike-1" } else { "wheel-1" };
        let mut line = SaleLine::new(key, LineKind::Sale, sku.parse()?, "USD".parse()?);
        line.buyer = Some(PartnerId::new(if number % 3 == 0 { "P-2" } else { "P-1" })?);
        line.dates.invoice = Some(format!("2025-{number:02}-15").parse()?);
        line.quantity = Some(format!("{}", number * 40).parse()?);
        line.amounts.net = Some(format!("{}.123456", number * 9_000).parse()?);
        fold.add(&line)?;
    }
    let partials = fold.finish()?.partials;
    let tables = Tables::default();
    let standing = prm_core::tier::Basis::new(&program, &partials, &partners)?;
    let mut tiers = TierHistory::new();
    for partner in partners.values() {
        tiers.insert(partner.id.clone(), advance(&standing, partner, &[], "2026-01-01".parse()?)?);
    }
    let basis = Basis::new(&program, &partials, &tables).tiers(&tiers);
    let mut explanations = Vec::new();
    for rebate in program.rebates().iter().filter(|rebate| rebate.name.as_str() != "target_bonus") {
        for partner in partners.values() {
            for month in ["2025-02-01", "2025-11-01"] {
                let period = program.calendar().period_of(month.parse()?, rebate.every)?;
                explanations.push(explain(basis, rebate.name.as_str(), partner, &period)?);
            }
        }
    }
    Ok(Sample { partials, explanations })
}
