//! The shop that the checks of sales and money are about: a program, partners, products, batches of sale lines.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use prm_core::actor::Actor;
use prm_core::currency::Currency;
use prm_core::fx::{FxTable, RateKind};
use prm_core::id::{PartnerId, Sku};
use prm_core::incentive::explain::Basis;
use prm_core::incentive::fold::{Facts, Fold, LineError, Outcome};
use prm_core::incentive::line::{BatchKey, LineDates, LineKey, LineKind, SaleLine};
use prm_core::incentive::partial::Partials;
use prm_core::incentive::paying::Paying;
use prm_core::incentive::rebate::Payout;
use prm_core::incentive::settlement::{Entry, EntryKey, due};
use prm_core::incentive::verify::{Verified, verify};
use prm_core::partner::Partner;
use prm_core::period::Period;
use prm_core::product::Product;
use prm_core::program::Program;
use prm_core::program::tables::Tables;
use prm_core::program::version::Draft;
use prm_core::scaled::Scaled;

use super::Fixture;
use super::people::{act, activate, at, checker, writer};
use crate::pool::Transaction;
use crate::{
    Action, EntryFilter, HostTransaction, Pool, PostedEntry, ReceiveError, Received, Settle, SettleError, Settled,
    Tenant,
};

/// Of net revenue 10 % up to 1,000 and 20 % beyond; for every 10 bikes 2 more.
const PROGRAM: &str = "
format: 1
program: Ridgeline
version: '1'
effective: { from: 2025-01-01, until: 2026-01-01 }
currency: USD
exchange: { payout: { table: spot, rate: closing, at_most: 1000 days back }, sales: { table: spot, rate: closing, on: counting_date, at_most: 400 days back } }
sales: { counting_date: invoice, returns: original_period, reopen_until: 12 months }
products: { bikes: { category: Bikes } }
incentives:
  volume:
    kind: rebate
    measure: { of: net_revenue }
    every: quarter
    schedule: { shape: marginal, bands: [{ from: 0, rate: 10 % }, { from: 1000, rate: 20 % }] }
  boxes:
    kind: rebate
    measure: { of: units, products: bikes }
    every: quarter
    schedule: { shape: per_step, step: 10, free_units: 2 }
";

/// What batches add up to, by partner, measure, month and currency of sale: the amount and the number of lines.
/// Places where nothing is left are not in it.
pub(super) type Sums = BTreeMap<(String, String, NaiveDate, Currency), (Scaled, i64)>;

/// What became of each line of a batch.
pub(super) type Outcomes = Vec<Result<Outcome, LineError>>;

/// A batch as it is sent.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sent {
    pub(super) batch: BatchKey,
    pub(super) lines: Vec<SaleLine>,
}

/// The first revision of a batch of the accounting system's.
pub(super) fn sent(batch: &str, lines: impl Into<Vec<SaleLine>>) -> Sent {
    revised(batch, 0, lines)
}

/// A revision of it.
pub(super) fn revised(batch: &str, revision: u32, lines: impl Into<Vec<SaleLine>>) -> Sent {
    let batch = BatchKey { revision, ..BatchKey::new("erp".parse().unwrap(), batch.parse().unwrap()) };
    Sent { batch, lines: lines.into() }
}

/// `SO1/2` is line 2 of document SO1, `SO1` a line without a number.
pub(super) fn key(text: &str) -> LineKey {
    let (document, line) = text.split_once('/').map_or((text, None), |(document, line)| (document, Some(line)));
    LineKey { document: document.parse().unwrap(), line: line.map(|line| line.parse().unwrap()) }
}

pub(super) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// One part sold to `p1`, ordered and invoiced on a day.
pub(super) fn sale(at: &str, net: &str, on: &str) -> SaleLine {
    let mut line = SaleLine::new(key(at), LineKind::Sale, "part".parse().unwrap(), "USD".parse().unwrap());
    line.dates = LineDates { order: Some(day(on)), invoice: Some(day(on)), ..LineDates::default() };
    line.buyer = Some("p1".parse().unwrap());
    line.quantity = Some(Scaled::new(1, 0));
    line.amounts.net = Some(net.parse().unwrap());
    line
}

/// A part that came back: takes back the line of another key.
pub(super) fn back(at: &str, of: &str, net: &str, on: &str) -> SaleLine {
    let mut line = sale(at, net, on);
    line.kind = LineKind::Return;
    line.reverses = Some(key(of));
    line.quantity = Some(Scaled::new(-1, 0));
    line
}

/// The same line with another buyer.
pub(super) fn to(partner: &str, mut line: SaleLine) -> SaleLine {
    line.buyer = Some(partner.parse().unwrap());
    line
}

/// The same line with another product.
pub(super) fn of(sku: &str, units: i128, mut line: SaleLine) -> SaleLine {
    line.sku = sku.parse().unwrap();
    line.quantity = Some(Scaled::new(units, 0));
    line
}

pub(super) fn period(from: &str, until: &str) -> Period {
    Period::new(day(from), day(until)).unwrap()
}

pub(super) fn year() -> Period {
    period("2025-01-01", "2026-01-01")
}

/// The quarters of the year, from 1.
pub(super) fn quarter(number: usize) -> Period {
    let bounds = ["2025-01-01", "2025-04-01", "2025-07-01", "2025-10-01", "2026-01-01"];
    period(bounds[number - 1], bounds[number])
}

/// A program with all that must be known beside it.
pub(super) struct Shop {
    pub(super) text: String,
    pub(super) program: Program,
    pub(super) partners: BTreeMap<PartnerId, Partner>,
    products: BTreeMap<Sku, Product>,
    exchange: [FxTable; 1],
    tables: Tables,
}

impl Shop {
    pub(super) fn new() -> Self {
        Self::with(&[])
    }

    /// With some words of the program replaced by others.
    pub(super) fn with(changes: &[(&str, &str)]) -> Self {
        let text = changes.iter().fold(PROGRAM.to_owned(), |text, (old, new)| {
            assert!(text.contains(old), "{old}");
            text.replace(old, new)
        });
        let partners = ["p1", "p2", "p3"].map(|id| PartnerId::new(id).unwrap());
        let products = [("bike", "Bikes"), ("part", "Parts")].map(|(sku, category)| {
            let mut product = Product::new(Sku::new(sku).unwrap());
            product.category = Some(category.to_owned());
            (product.sku.clone(), product)
        });
        let mut spot = FxTable::new("spot");
        for (on, rate) in [("2024-12-01", "1.05"), ("2025-02-15", "1.101"), ("2025-08-20", "0.97")] {
            let (eur, usd) = ("EUR".parse().unwrap(), "USD".parse().unwrap());
            spot.quote(eur, usd, RateKind::Closing, day(on), rate.parse().unwrap()).unwrap();
        }
        Self {
            program: Program::read(&text).unwrap_or_else(|findings| panic!("{findings}")),
            text,
            partners: partners.map(|id| (id.clone(), Partner::new(id.clone(), id.as_str()))).into(),
            products: products.into(),
            exchange: [spot],
            tables: Tables::new(),
        }
    }

    /// The same shop that sells one more product.
    pub(super) fn selling(mut self, sku: &str) -> Self {
        let sku = Sku::new(sku).unwrap();
        self.products.insert(sku.clone(), Product::new(sku));
        self
    }

    /// The same shop with one more partner.
    pub(super) fn knowing(mut self, partner: &str) -> Self {
        let id = PartnerId::new(partner).unwrap();
        self.partners.insert(id.clone(), Partner::new(id, partner));
        self
    }

    /// The same shop without a partner.
    pub(super) fn without(mut self, partner: &str) -> Self {
        self.partners.remove(&PartnerId::new(partner).unwrap()).unwrap();
        self
    }

    pub(super) const fn tables(&self) -> &Tables {
        &self.tables
    }

    pub(super) fn facts(&self) -> Facts<'_> {
        Facts::new(&self.partners).products(&self.products).exchange(&self.exchange)
    }

    pub(super) async fn try_receive(&self, tenant: &Tenant, sent: &Sent) -> Result<Received, ReceiveError> {
        tenant.receive(&self.program, self.facts(), &sent.batch, &sent.lines, &Actor::Host).await
    }

    /// Receives a batch, which must be new, and says what became of its lines.
    pub(super) async fn receive(&self, tenant: &Tenant, sent: &Sent) -> Outcomes {
        match self.try_receive(tenant, sent).await.unwrap() {
            Received::Counted { outcomes, .. } => outcomes,
            other => panic!("{:?}: {other:?}", sent.batch),
        }
    }

    /// What the store says that all batches add up to, now or as known at an instant.
    pub(super) async fn sums(&self, tenant: &Tenant, known_at: Option<DateTime<Utc>>) -> Sums {
        self.sums_of(&tenant.partials(&self.program, None, known_at, &Actor::Host).await.unwrap())
    }

    /// Partial sums without the batches they came from.
    pub(super) fn sums_of(&self, partials: &Partials) -> Sums {
        let mut sums = Sums::new();
        let always = period("2000-01-01", "2100-01-01");
        for partner in partials.partners() {
            for measure in self.program.measures() {
                for cell in partials.cells(partner.as_str(), &measure.key(), &always) {
                    let place = (partner.to_string(), cell.measure.to_string(), cell.month, cell.sold_in);
                    let (amount, lines) = sums.entry(place).or_insert((Scaled::ZERO, 0));
                    *amount = amount.plus(cell.amount).unwrap();
                    *lines += cell.lines;
                }
            }
        }
        sums.retain(|_, (amount, lines)| !amount.is_zero() || *lines != 0);
        sums
    }

    /// What batches add up to in one remembering fold, and what becomes of the lines of the last one: what the store
    /// must say, however the batches reached it.
    pub(super) fn folded(&self, batches: &[Sent]) -> (Sums, Outcomes) {
        let (partials, outcomes) = self.fold(batches);
        (self.sums_of(&partials), outcomes)
    }

    pub(super) fn fold(&self, batches: &[Sent]) -> (Partials, Outcomes) {
        let empty = || Partials::empty(self.program.plan(), self.program.sales().digits);
        let Some(first) = batches.first() else { return (empty(), Vec::new()) };
        let mut fold = Fold::new(&self.program, self.facts(), first.batch.clone()).unwrap().remembering();
        let (mut outcomes, mut begins) = (Vec::new(), 0);
        for (sent, number) in batches.iter().zip(0..) {
            if number > 0 {
                fold.next_batch(sent.batch.clone()).unwrap();
            }
            begins += outcomes.len();
            outcomes = sent.lines.iter().map(|line| fold.add(line)).collect();
        }
        let finished = fold.finish().unwrap();
        for late in finished.late {
            if let Some(outcome) = late.place.checked_sub(begins).and_then(|place| outcomes.get_mut(place)) {
                *outcome = late.decided;
            }
        }
        // Those that never were decided were corrected within the batch: they counted until then.
        outcomes.iter_mut().filter(|outcome| **outcome == Ok(Outcome::Waiting)).for_each(|o| *o = Ok(Outcome::Counted));
        (finished.partials, outcomes)
    }

    /// The net revenue of a partner in a period, as the store has it.
    pub(super) async fn net(&self, tenant: &Tenant, partner: &str, within: Period) -> String {
        let partials = tenant.partials(&self.program, None, None, &Actor::Host).await.unwrap();
        let measure = self.program.rebate("volume").unwrap().measure.key();
        partials.total(partner, &measure, &within).unwrap().to_string()
    }

    /// Drafts the program and has a second person activate it.
    pub(super) async fn open(&self, tenant: &Tenant) {
        let id = self.program.identity().name.clone();
        self.draft(tenant).await;
        act(tenant, &id, activate(), checker(), 1).await.unwrap();
    }

    /// Drafts it alone.
    pub(super) async fn draft(&self, tenant: &Tenant) {
        let draft = Action::Open(Draft { text: self.text.clone() });
        act(tenant, &self.program.identity().name, draft, writer(), 0).await.unwrap();
    }

    /// What is to be settled.
    pub(super) fn settling(&self, covers: Period) -> Settle<'_> {
        Settle::new(&self.program, &self.partners, &self.tables, covers).exchange(&self.exchange)
    }

    pub(super) async fn try_settle(&self, tenant: &Tenant, covers: Period) -> Result<Settled, SettleError> {
        tenant.settle(self.settling(covers), &checker(), at(60)).await
    }

    pub(super) async fn settle(&self, tenant: &Tenant, covers: Period) -> Settled {
        self.try_settle(tenant, covers).await.unwrap()
    }

    /// What is due for each incentive and quarter of the year by sums, if nothing was due before; without what is
    /// nothing.
    pub(super) fn due(&self, partials: &Partials) -> Due {
        let basis = Basis::new(&self.program, partials, &self.tables);
        let paying = Paying::new(&self.exchange, year().until());
        latest(due(basis, &self.partners, year(), &BTreeMap::new(), paying).unwrap().iter())
    }

    /// What was last found due for each, as the store keeps it.
    pub(super) async fn posted(&self, tenant: &Tenant) -> Due {
        let entries = self.entries(tenant).await;
        latest(entries.iter().map(|posted| &posted.entry))
    }

    async fn entries(&self, tenant: &Tenant) -> Vec<PostedEntry> {
        let program = Some(self.program.identity().name.clone());
        tenant.entries(&EntryFilter { program, ..EntryFilter::default() }, &Actor::Host).await.unwrap()
    }

    /// Every entry that was ever made follows from the sums as they were known when it was made.
    pub(super) async fn verify_entries(&self, tenant: &Tenant) {
        for posted in self.entries(tenant).await {
            let partials = tenant.partials(&self.program, None, Some(posted.recorded_at), &Actor::Host).await.unwrap();
            let basis = Basis::new(&self.program, &partials, &self.tables);
            let explanation = &posted.entry.explanation;
            let verified = verify(explanation, basis, &self.partners[&explanation.partner]);
            assert_eq!(verified, Ok(Verified::Whole), "{} in settlement {}", posted.entry.key(), posted.settlement);
        }
    }
}

/// What is due, by partner, incentive and period.
pub(super) type Due = BTreeMap<EntryKey, Payout>;

fn latest<'e>(entries: impl Iterator<Item = &'e Entry>) -> Due {
    let mut due: Due = entries.map(|entry| (entry.key(), entry.explanation.earned)).collect();
    due.retain(|_, payout| !payout.is_zero());
    due
}

/// How many rows the tables of sales have.
pub(super) async fn kept(database: &Fixture) -> Vec<i64> {
    let mut counts = Vec::new();
    for table in ["receipt", "document", "reversal", "document_sums", "sums"] {
        counts.push(database.count(&format!("SELECT count(*) FROM {}", database.table(table))).await);
    }
    counts
}

/// A transaction of the host's, begun for writing.
pub(super) async fn host_transaction(database: &Fixture) -> Transaction<'static> {
    match &database.pool {
        #[cfg(feature = "sqlite")]
        Pool::Sqlite(pool) => Transaction::Sqlite(pool.begin_with("BEGIN IMMEDIATE").await.unwrap()),
        #[cfg(feature = "postgres")]
        Pool::Postgres(pool) => Transaction::Postgres(pool.begin().await.unwrap()),
    }
}

/// The connection that is in it, as the host would pass it.
pub(super) fn joined<'t>(transaction: &'t mut Transaction<'_>) -> HostTransaction<'t> {
    match transaction {
        #[cfg(feature = "sqlite")]
        Transaction::Sqlite(transaction) => HostTransaction::Sqlite(transaction),
        #[cfg(feature = "postgres")]
        Transaction::Postgres(transaction) => HostTransaction::Postgres(transaction),
    }
}
