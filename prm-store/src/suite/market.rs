//! A small market with random batches: overlapping documents, repeats, corrections, returns of what came, comes later
//! or never comes, lines without a number, products that are not known yet, and revisions.

use std::collections::BTreeMap;

use prm_core::id::{PartnerId, Sku};
use prm_core::incentive::fold::{Facts, Fold};
use prm_core::incentive::line::{BatchKey, LineKey, LineKind, SaleLine};
use prm_core::incentive::partial::Partials;
use prm_core::partner::Partner;
use prm_core::period::Period;
use prm_core::product::Product;
use prm_core::program::Program;
use prm_core::program::tables::Tables;
use prm_core::program::version::{Command, Draft};

use super::people::{act, checker, writer};
use crate::{Action, Settle, Tenant};

const PROGRAM: &str = "
format: 1
program: Market
version: '1'
effective: { from: 2025-01-01, until: 2026-01-01 }
currency: USD
sales: { counting_date: invoice, amount: net, step: sell_in, credits: buyer, returns: original_period }
products: { bikes: { category: Bikes } }
incentives:
  volume: { kind: rebate, measure: { of: net_revenue }, every: quarter, cap: { payout: 5000 }, schedule: { shape: marginal, bands: [{ from: 0, rate: 2 % }, { from: 500, rate: 3.75 % }] } }
  bikes: { kind: rebate, measure: { of: net_revenue, products: bikes }, every: month, cap: { payout: 5000 }, schedule: { shape: whole_volume, bands: [{ from: 100, rate: 1.5 % }, { from: 300, rate: 4 % }] } }
";

/// A run of numbers that is the same for the same seed (xorshift).
pub(super) struct Random(u64);

impl Random {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below `end`.
    pub(super) const fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % end
    }

    pub(super) const fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }
}

pub(super) struct Market {
    pub(super) program: Program,
    pub(super) partners: BTreeMap<PartnerId, Partner>,
    products: BTreeMap<Sku, Product>,
    tables: Tables,
}

/// A batch with its lines.
#[derive(Clone)]
pub(super) struct Batch {
    pub(super) key: BatchKey,
    pub(super) lines: Vec<SaleLine>,
}

impl Market {
    pub(super) fn new() -> Self {
        Self::of(PROGRAM)
    }

    /// The same market under another plan: by the date of the order, and returns count when they come.
    pub(super) fn by_order() -> Self {
        let other = PROGRAM.replace("counting_date: invoice", "counting_date: order");
        Self::of(&other.replace("returns: original_period", "returns: current_period").replace("'1'", "'2'"))
    }

    fn of(program: &str) -> Self {
        let program = Program::read(program).unwrap_or_else(|findings| panic!("{findings}"));
        let partner = |id: &str| (id.parse().unwrap(), Partner::new(id.parse().unwrap(), id));
        let product = |(sku, category): (&str, &str)| {
            let mut product = Product::new(sku.parse().unwrap());
            product.category = Some(category.to_owned());
            (product.sku.clone(), product)
        };
        Self {
            program,
            partners: ["p0", "p1", "p2"].map(partner).into(),
            products: [("bike", "Bikes"), ("part", "Parts")].map(product).into(),
            tables: Tables::new(),
        }
    }

    pub(super) fn facts(&self) -> Facts<'_> {
        Facts::new(&self.partners).products(&self.products)
    }

    /// Makes a product known that batches sell from the beginning.
    pub(super) fn learn(&mut self) {
        let late = Product::new("late".parse().unwrap());
        self.products.insert(late.sku.clone(), late);
    }

    /// Puts the program in force.
    pub(super) async fn open(&self, tenant: &Tenant) {
        let draft = Action::Open(Draft { text: PROGRAM.to_owned() });
        act(tenant, "market", draft, writer(), 0).await.unwrap();
        act(tenant, "market", Action::Command(Command::Activate), checker(), 1).await.unwrap();
    }

    /// To settle the periods of a whole year.
    pub(super) fn settle(&self) -> Settle<'_> {
        self.settle_in("2025-01-01", "2026-01-01")
    }

    pub(super) fn settle_in(&self, from: &str, until: &str) -> Settle<'_> {
        let covers = Period::new(from.parse().unwrap(), until.parse().unwrap()).unwrap();
        Settle::new(&self.program, &self.partners, &self.tables, covers)
    }

    /// The sums of one fold over all lines that stand.
    pub(super) fn fold(&self, standing: &[Batch]) -> Partials {
        let mut batches = standing.iter();
        let Some(first) = batches.next() else {
            return Partials::empty(self.program.plan(), self.program.sales().digits);
        };
        let mut fold = Fold::new(&self.program, self.facts(), first.key.clone()).unwrap().remembering();
        // A line that cannot be used is told by both; here only what counts is compared.
        first.lines.iter().for_each(|line| drop(fold.add(line)));
        for batch in batches {
            fold.next_batch(batch.key.clone()).unwrap();
            batch.lines.iter().for_each(|line| drop(fold.add(line)));
        }
        fold.finish().unwrap().partials
    }

    /// What there is by partner, measure and month: the sum, and how many lines.
    pub(super) fn totals(&self, partials: &Partials) -> BTreeMap<String, (String, i64)> {
        let mut totals = BTreeMap::new();
        let year = Period::new("2024-01-01".parse().unwrap(), "2027-01-01".parse().unwrap()).unwrap();
        for partner in self.partners.keys() {
            for measure in self.program.measures() {
                let key = measure.key();
                let mut months: BTreeMap<_, (prm_core::scaled::Scaled, i64)> = BTreeMap::new();
                for cell in partials.cells(partner.as_str(), &key, &year) {
                    let month = months.entry(cell.month).or_insert((prm_core::scaled::Scaled::ZERO, 0));
                    *month = (month.0.plus(cell.amount).unwrap(), month.1 + cell.lines);
                }
                months.retain(|_, (amount, lines)| !amount.is_zero() || *lines != 0);
                let named = months.into_iter().map(|(month, (amount, lines))| {
                    (format!("{partner} {month} {key}"), (amount.trimmed().to_string(), lines))
                });
                totals.extend(named);
            }
        }
        totals
    }
}

pub(super) fn batch_key(number: u64, revision: u32) -> BatchKey {
    let key = BatchKey::new("erp".parse().unwrap(), format!("b{number}").parse().unwrap());
    BatchKey { revision, ..key }
}

pub(super) fn line_key(document: u64, line: Option<u64>) -> LineKey {
    let line = line.map(|line| line.to_string().parse().unwrap());
    LineKey { document: format!("D{document}").parse().unwrap(), line }
}

/// A sale of so many dollars.
pub(super) fn sale(key: LineKey, partner: &str, day: &str, dollars: i64) -> SaleLine {
    let kind = if dollars < 0 { LineKind::Return } else { LineKind::Sale };
    let mut line = SaleLine::new(key, kind, "bike".parse().unwrap(), "USD".parse().unwrap());
    line.buyer = Some(partner.parse().unwrap());
    line.dates.invoice = Some(day.parse().unwrap());
    line.dates.order = Some(day.parse().unwrap());
    line.amounts.net = Some(dollars.to_string().parse().unwrap());
    line
}

/// Random lines over few documents, so that batches meet.
pub(super) fn lines(random: &mut Random) -> Vec<SaleLine> {
    let count = 1 + random.below(12);
    (0..count).map(|_| line(random)).collect()
}

fn line(random: &mut Random) -> SaleLine {
    let key = line_key(random.below(6), (!random.one_in(8)).then(|| 1 + random.below(3)));
    // Now and then a partner that nobody knows, or a product that is not known yet.
    let (partners, products) = (3 + u64::from(random.one_in(10)), 2 + u64::from(random.one_in(6)));
    let partner = format!("p{}", random.below(partners));
    let day = format!("2025-{:02}-{:02}", 1 + random.below(12), 1 + random.below(28));
    let back = random.one_in(3);
    let dollars = i64::try_from(1 + random.below(400)).unwrap();
    let mut line = sale(key, &partner, &day, if back { -dollars } else { dollars });
    line.sku = ["bike", "part", "late"][usize::try_from(random.below(products)).unwrap()].parse().unwrap();
    line.dates.order = Some(format!("2025-{:02}-{:02}", 1 + random.below(12), 1 + random.below(28)).parse().unwrap());
    if back && !random.one_in(5) {
        // Any line of any document: one that is there, comes later, never comes, or is itself a return.
        line.reverses = Some(line_key(random.below(6), Some(1 + random.below(3))));
    }
    line
}
