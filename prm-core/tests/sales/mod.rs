//! A small market and random sale lines in it.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use prm_core::id::{PartnerId, Sku};
use prm_core::incentive::fold::{Facts, Finished, Fold};
use prm_core::incentive::line::{BatchKey, LineKey, LineKind, SaleLine};
use prm_core::incentive::partial::Partials;
use prm_core::partner::Partner;
use prm_core::product::Product;
use prm_core::program::Program;
use prm_core::scaled::Scaled;
use proptest::prelude::*;

const PROGRAM: &str = "
format: 1
program: Laws
version: '1'
effective: { from: 2025-01-01, until: 2026-01-01 }
currency: USD
products: { bikes: { category: Bikes }, parts: { category: Parts } }
incentives:
  whole: { kind: rebate, measure: { of: net_revenue }, every: quarter, schedule: { shape: whole_volume, bands: [{ from: 100, rate: 1.5 % }, { from: 1000, rate: 3 % }] } }
  bikes: { kind: rebate, measure: { of: net_revenue, products: bikes }, every: quarter, schedule: { shape: marginal, bands: [{ from: 0, rate: 2.25 % }, { from: 500, rate: 3.75 % }] } }
  steps: { kind: rebate, measure: { of: units, products: parts }, every: quarter, schedule: { shape: per_step, step: 10, amount: 7 } }
  line: { kind: rebate, measure: { of: net_revenue }, every: quarter, schedule: { shape: interpolated, points: [{ at: 300, rate: 1 % }, { at: 1900, rate: 4 % }] } }
  apart: { kind: rebate, measure: { of: units }, pays_on: { of: net_revenue, products: parts }, every: quarter, schedule: { shape: whole_volume, bands: [{ from: 5, rate: 1 % }] } }
  breadth: { kind: rebate, measure: { of: net_revenue }, basket: [{ of: units, distinct: [bikes, parts], at_least: 1 }], every: quarter, schedule: { shape: matrix, rows: [0, 1000], columns: [0, 1, 2], columns_by: { of: net_revenue, distinct: [bikes, parts], each_at_least: 100 }, rates: [[0 %, 1 %, 2 %], [1 %, 2 %, 3 %]] } }
";

pub(crate) struct Market {
    pub(crate) program: Program,
    pub(crate) partners: BTreeMap<PartnerId, Partner>,
    products: BTreeMap<Sku, Product>,
}

pub(crate) fn market() -> Market {
    let program = Program::read(PROGRAM).unwrap();
    let partners = ["p1", "p2", "p3"].map(|id| PartnerId::new(id).unwrap());
    let products = [("bike", "Bikes"), ("part", "Parts"), ("book", "Print")].map(|(sku, category)| {
        let mut product = Product::new(Sku::new(sku).unwrap());
        product.category = Some(category.to_owned());
        (product.sku.clone(), product)
    });
    Market {
        program,
        partners: partners.map(|id| (id.clone(), Partner::new(id.clone(), id.as_str()))).into(),
        products: products.into(),
    }
}

impl Market {
    pub(crate) fn facts(&self) -> Facts<'_> {
        Facts::new(&self.partners).products(&self.products)
    }
}

pub(crate) fn batch(id: &str, revision: u32, part: u32) -> BatchKey {
    BatchKey { revision, part, ..BatchKey::new("test".parse().unwrap(), id.parse().unwrap()) }
}

/// Folds lines as one part of a batch; lines that cannot be used are in its tally.
pub(crate) fn fold(market: &Market, batch: BatchKey, lines: &[SaleLine]) -> Partials {
    let mut fold = Fold::new(&market.program, market.facts(), batch).unwrap();
    for line in lines {
        let _outcome = fold.add(line);
    }
    fold.finish().unwrap().partials
}

/// Folds batches one after the other, remembering lines.
pub(crate) fn remembered(market: &Market, batches: &[(BatchKey, Vec<SaleLine>)]) -> Finished {
    let mut batches = batches.iter();
    let (first, lines) = batches.next().unwrap();
    let mut fold = Fold::new(&market.program, market.facts(), first.clone()).unwrap().remembering();
    for line in lines {
        let _outcome = fold.add(line);
    }
    for (batch, lines) in batches {
        fold.next_batch(batch.clone()).unwrap();
        for line in lines {
            let _outcome = fold.add(line);
        }
    }
    fold.finish().unwrap()
}

/// A line that takes back all of a sale, `late` days after it.
pub(crate) fn return_of(sale: &SaleLine, late: u64) -> SaleLine {
    let mut back = sale.clone();
    back.kind = LineKind::Return;
    back.key.document = format!("R-{}", sale.key.document).parse().unwrap();
    back.reverses = Some(sale.key.clone());
    let negative = |value: Option<Scaled>| value.map(|value| Scaled::new(-value.units(), value.digits()));
    back.quantity = negative(sale.quantity);
    back.amounts.net = negative(sale.amounts.net);
    back.dates.invoice = sale.dates.invoice.and_then(|day| day.checked_add_days(Days::new(late)));
    back
}

/// Lines that take back lines, at random: sales, each other, themselves, nothing that is there.
pub(crate) fn takings_back() -> impl Strategy<Value = Vec<SaleLine>> {
    let drawn = (0_usize..30, prop::bool::ANY, 0_u64..400, 1_i128..30, 0_i128..9_000_000, prop::bool::ANY);
    prop::collection::vec(drawn, 0..12).prop_map(|drawn| {
        let first = NaiveDate::from_ymd_opt(2024, 12, 20).unwrap();
        let lines = drawn.into_iter().enumerate().map(|(at, (target, of_sale, day, quantity, net, back))| {
            let key =
                |document: String| LineKey { document: document.parse().unwrap(), line: Some("1".parse().unwrap()) };
            let (kind, sign) = if back { (LineKind::Return, -1) } else { (LineKind::Rebill, 1) };
            let mut line = SaleLine::new(key(format!("R{at}")), kind, "part".parse().unwrap(), "USD".parse().unwrap());
            line.reverses = Some(key(if of_sale { format!("D{target}") } else { format!("R{}", target % 12) }));
            line.buyer = Some("p1".parse().unwrap());
            line.dates.invoice = first.checked_add_days(Days::new(day));
            line.quantity = Some(Scaled::new(sign * quantity, 0));
            line.amounts.net = Some(Scaled::new(sign * net, 2));
            line
        });
        lines.collect()
    })
}

/// Lines with distinct keys: sales, unmatched returns, some outside the year, of an unknown SKU or partner.
pub(crate) fn lines(count: std::ops::Range<usize>) -> impl Strategy<Value = Vec<SaleLine>> {
    let partner = prop::sample::select(vec!["p1", "p2", "p3", "p3", "p9"]);
    let sku = prop::sample::select(vec!["bike", "part", "part", "book", "none"]);
    let line = (partner, sku, 0_u64..400, 1_i128..30, 0_i128..9_000_000, 0_u8..8, prop::bool::weighted(0.15));
    prop::collection::vec(line, count).prop_map(|drawn| {
        let first = NaiveDate::from_ymd_opt(2024, 12, 20).unwrap();
        let lines = drawn.into_iter().enumerate().map(|(at, (partner, sku, day, quantity, net, digits, returned))| {
            let key = LineKey { document: format!("D{at}").parse().unwrap(), line: Some("1".parse().unwrap()) };
            let kind = if returned { LineKind::Return } else { LineKind::Sale };
            let sign = if returned { -1 } else { 1 };
            let mut line = SaleLine::new(key, kind, sku.parse().unwrap(), "USD".parse().unwrap());
            line.buyer = Some(partner.parse().unwrap());
            line.dates.invoice = first.checked_add_days(Days::new(day));
            line.quantity = Some(Scaled::new(sign * quantity, 0));
            line.amounts.net = Some(Scaled::new(sign * net, digits));
            line
        });
        lines.collect()
    })
}
