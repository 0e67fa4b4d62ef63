//! What the benches run on: a program and sale lines, made from a seed.

#[allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "a measurement that cannot begin should stop"
)]
pub mod accounts;

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use prm_core::id::{IdError, PartnerId, Sku};
use prm_core::incentive::line::{LineKey, LineKind, SaleLine};
use prm_core::partner::Partner;
use prm_core::product::Product;
use prm_core::program::Program;
use prm_core::scaled::Scaled;

/// A program with as many rebates as a large vendor has: four product groups and all sales together.
pub const PROGRAM: &str = "
format: 1
program: Bench
version: '1'
effective: { from: 2025-01-01, until: 2026-01-01 }
currency: USD
products:
  a: { category: A }
  b: { category: B }
  c: { category: C }
  d: { category: D }
incentives:
  whole:
    kind: rebate
    measure: { of: net_revenue }
    every: quarter
    schedule:
      shape: whole_volume
      bands: [{ from: 0, rate: 0 % }, { from: 25000, rate: 2 % }, { from: 75000, rate: 4 % }, { from: 150000, rate: 6 % }]
  marginal:
    kind: rebate
    measure: { of: net_revenue }
    every: quarter
    schedule:
      shape: marginal
      bands: [{ from: 0, rate: 0 % }, { from: 25000, rate: 2 % }, { from: 75000, rate: 4 % }, { from: 150000, rate: 6 % }]
  line:
    kind: rebate
    measure: { of: net_revenue }
    every: quarter
    schedule: { shape: interpolated, points: [{ at: 25000, rate: 2 % }, { at: 150000, rate: 6 % }] }
  a: { kind: rebate, measure: { of: net_revenue, products: a }, every: month, schedule: { shape: marginal, bands: [{ from: 0, rate: 1 % }] } }
  b: { kind: rebate, measure: { of: net_revenue, products: b }, every: month, schedule: { shape: marginal, bands: [{ from: 0, rate: 1 % }] } }
  c: { kind: rebate, measure: { of: net_revenue, products: c }, every: month, schedule: { shape: marginal, bands: [{ from: 0, rate: 1 % }] } }
  d: { kind: rebate, measure: { of: units, products: d }, every: month, schedule: { shape: per_step, step: 100, amount: 5 } }
";

/// Everything that a fold needs.
pub struct Input {
    /// The program.
    pub program: Program,
    /// 5,000 partners.
    pub partners: BTreeMap<PartnerId, Partner>,
    /// 400 products in four categories.
    pub products: BTreeMap<Sku, Product>,
    /// The lines.
    pub lines: Vec<SaleLine>,
}

/// Makes `count` lines: partners by a long-tailed draw, products and days evenly.
///
/// # Errors
/// If an id of the generator were no id.
pub fn input(count: usize) -> Result<Input, Box<dyn std::error::Error>> {
    let mut rng = fastrand::Rng::with_seed(11);
    let program = Program::read(PROGRAM)?;
    let partner_ids =
        (0..5_000).map(|n| PartnerId::new(format!("partner-{n:05}"))).collect::<Result<Vec<_>, IdError>>()?;
    let skus = (0..400).map(|n| Sku::new(format!("sku-{n:04}"))).collect::<Result<Vec<_>, IdError>>()?;
    let partners = partner_ids.iter().map(|id| (id.clone(), Partner::new(id.clone(), id.as_str()))).collect();
    let products = skus.iter().zip(0..).map(|(sku, n): (_, usize)| {
        let mut product = Product::new(sku.clone());
        product.category = ["A", "B", "C", "D"].get(n % 4).map(|category| (*category).to_owned());
        (sku.clone(), product)
    });
    let currency = program.currency();
    let first = NaiveDate::from_ymd_opt(2025, 1, 1).ok_or("no such date")?;
    let mut lines = Vec::with_capacity(count);
    for number in 0..count {
        let key = LineKey { document: format!("D{number}").parse()?, line: Some("1".parse()?) };
        let sku = skus.get(rng.usize(0..skus.len())).ok_or("no sku")?.clone();
        let mut line = SaleLine::new(key, LineKind::Sale, sku, currency);
        let leaning = rng.usize(0..5_000 * 5_000).isqrt();
        line.buyer = partner_ids.get(4_999 - leaning.min(4_999)).cloned();
        line.dates.invoice = first.checked_add_days(Days::new(rng.u64(0..365)));
        line.quantity = Some(Scaled::new(rng.i128(1..100), 0));
        line.amounts.net = Some(Scaled::new(rng.i128(100..50_000_000), 4));
        lines.push(line);
    }
    Ok(Input { program, partners, products: products.collect(), lines })
}
