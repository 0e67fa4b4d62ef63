//! Sale lines in memory: what they earn, why, and in which tiers they put partners. For phones, for trying out, and for
//! hosts without a store; the same answers as a store gives.

mod answers;
mod error;
mod tiers;

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;

pub use self::error::SalesBookError;
use super::commission::CommissionFacts;
use super::fold::{Facts, Fold, LineError, Share};
use super::line::{BatchKey, LineKey, SaleLine};
use super::partial::Partials;
use super::settlement::{EntryKey, Posted};
use super::spiff::SpiffFacts;
use crate::fx::FxTable;
use crate::id::{PartnerId, Sku};
use crate::partner::Partner;
use crate::product::Product;
use crate::program::Program;
use crate::program::tables::{Table, Tables};
use crate::tier::{Approval, MetricFacts, Override, TierChange};

/// Lines that came together, and the sums of all that had come by then.
#[derive(Debug, Clone)]
struct Batch {
    on: Option<NaiveDate>,
    lines: Vec<SaleLine>,
    sums: Partials,
}

/// Sale lines of one program, and what is known beside them.
///
/// Nothing is half done: what is refused leaves the book as it was. Every batch of lines folds all lines again, which
/// takes some microseconds for each; a host with millions of lines [folds](Fold) them itself.
///
/// ```
/// # #[cfg(feature = "program")] {
/// use std::sync::Arc;
/// use prm_core::incentive::book::{SalesBook, SalesBookError};
/// use prm_core::incentive::line::{LineKey, LineKind, SaleLine};
/// use prm_core::partner::Partner;
/// use prm_core::period::Period;
/// use prm_core::program::Program;
///
/// let program = Program::read("
/// format: 1
/// program: Example
/// version: '1'
/// effective: { from: 2025-01-01 }
/// currency: USD
/// incentives:
///   volume:
///     kind: rebate
///     measure: { of: net_revenue }
///     every: quarter
///     schedule: { shape: whole_volume, bands: [{ from: 1000, rate: 2 % }] }
/// ")?;
/// let mut book = SalesBook::new(Arc::new(program));
/// book.put_partner(Partner::new("alpine".parse()?, "Alpine Bikes"))?;
/// let key = LineKey { document: "SO-1".parse()?, line: Some("1".parse()?) };
/// let mut line = SaleLine::new(key, LineKind::Sale, "BK-1".parse()?, "USD".parse()?);
/// line.buyer = Some("alpine".parse()?);
/// line.dates.invoice = Some("2025-02-03".parse()?);
/// line.amounts.net = Some("1500".parse()?);
/// let mut stranger = line.clone();
/// stranger.buyer = Some("nobody".parse()?);
/// book.add(vec![line], None)?;
///
/// let quarter = Period::new("2025-01-01".parse()?, "2025-04-01".parse()?)?;
/// let entries = book.settle(quarter, quarter.until())?;
/// assert_eq!(entries[0].explanation.earned.to_string(), "30.00 USD");
/// // What was settled is not due again, and a line that cannot be used takes nothing with it.
/// assert!(book.settle(quarter, quarter.until())?.is_empty());
/// assert!(matches!(book.add(vec![stranger], None), Err(SalesBookError::Line { place: 1, .. })));
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct SalesBook {
    program: Arc<Program>,
    partners: BTreeMap<PartnerId, Partner>,
    products: BTreeMap<Sku, Product>,
    tables: Tables,
    exchange: Vec<FxTable>,
    batches: Vec<Batch>,
    /// What each line came to add, where something is paid for single sales.
    shares: Vec<Vec<Share>>,
    metrics: Option<MetricFacts>,
    overrides: Vec<Override>,
    approvals: Vec<Approval>,
    spiff_facts: SpiffFacts,
    commission_facts: CommissionFacts,
    recorded: BTreeMap<PartnerId, Recorded>,
    posted: BTreeMap<EntryKey, Posted>,
}

/// Sums, what each line adds, and the lines that wait.
type Folded = (Partials, Vec<Vec<Share>>, Vec<LineKey>);

/// Changes of standing that were recorded, and the day before which every day was answered.
#[derive(Debug, Clone)]
struct Recorded {
    changes: Vec<TierChange>,
    until: NaiveDate,
}

impl SalesBook {
    /// An empty one.
    #[must_use]
    pub fn new(program: Arc<Program>) -> Self {
        Self {
            metrics: program.tiers().map(MetricFacts::new),
            program,
            partners: BTreeMap::new(),
            products: BTreeMap::new(),
            tables: Tables::new(),
            exchange: Vec::new(),
            batches: Vec::new(),
            shares: Vec::new(),
            overrides: Vec::new(),
            approvals: Vec::new(),
            spiff_facts: SpiffFacts::default(),
            commission_facts: CommissionFacts::default(),
            recorded: BTreeMap::new(),
            posted: BTreeMap::new(),
        }
    }

    /// The program that decides.
    #[must_use]
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// Adds a partner, in place of what was known of it.
    ///
    /// # Errors
    /// [`SalesBookError::Late`] if lines are there: partners, products and rates come first.
    pub fn put_partner(&mut self, partner: Partner) -> Result<(), SalesBookError> {
        self.before_lines("partner")?;
        self.partners.insert(partner.id.clone(), partner);
        Ok(())
    }

    /// Adds a product, in place of what was known of it. Without any, SKUs are not checked.
    ///
    /// # Errors
    /// [`SalesBookError::Late`] if lines are there.
    pub fn put_product(&mut self, product: Product) -> Result<(), SalesBookError> {
        self.before_lines("product")?;
        self.products.insert(product.sku.clone(), product);
        Ok(())
    }

    /// Adds a table of exchange rates, in place of the one of its name.
    ///
    /// # Errors
    /// [`SalesBookError::Late`] if lines are there.
    pub fn put_exchange(&mut self, table: FxTable) -> Result<(), SalesBookError> {
        self.before_lines("exchange rates")?;
        self.exchange.retain(|known| known.name() != table.name());
        self.exchange.push(table);
        Ok(())
    }

    /// Adds a table that the program declares: see [`Program::read_table`].
    pub fn put_table(&mut self, table: Table) {
        self.tables.insert(table);
    }

    /// What the host knows of those who sell and buy, in place of what was known before: SPIFFs rest on it.
    pub fn put_spiff_facts(&mut self, facts: SpiffFacts) {
        self.spiff_facts = facts;
    }

    /// What the host knows of customers, in place of what was known before: commissions rest on it. Rows are looked at when one
    /// is asked for.
    pub fn put_commission_facts(&mut self, facts: CommissionFacts) {
        self.commission_facts = facts;
    }

    fn before_lines(&self, what: &'static str) -> Result<(), SalesBookError> {
        if self.batches.is_empty() { Ok(()) } else { Err(SalesBookError::Late { what }) }
    }

    /// Adds lines that come together, on a day if it matters what was known when: baselines are frozen and periods closed by
    /// what came before a day. A line whose key is there already corrects it, or is the same again. A return may come before
    /// its sale; then it [waits](Self::waiting).
    ///
    /// # Errors
    /// [`SalesBookError`] for the first line that cannot be used, counted from 1, or for a day before that of earlier lines;
    /// then none is added.
    pub fn add(&mut self, lines: Vec<SaleLine>, on: Option<NaiveDate>) -> Result<(), SalesBookError> {
        if let (Some(on), Some(last)) = (on, self.batches.iter().rev().find_map(|batch| batch.on))
            && on < last
        {
            return Err(SalesBookError::Earlier { on, last });
        }
        let (sums, shares, _) = self.folded(&lines)?;
        self.shares = shares;
        self.batches.push(Batch { on, lines, sums });
        Ok(())
    }

    /// The lines that take back one that has not come.
    ///
    /// # Errors
    /// [`SalesBookError`] if a sum does not fit.
    pub fn waiting(&self) -> Result<Vec<LineKey>, SalesBookError> {
        Ok(self.folded(&[])?.2)
    }

    /// The sums of all lines and of more, what each adds, and the lines that wait.
    fn folded(&self, more: &[SaleLine]) -> Result<Folded, SalesBookError> {
        let mut facts = Facts::new(&self.partners).exchange(&self.exchange);
        if !self.products.is_empty() {
            facts = facts.products(&self.products);
        }
        let fold = Fold::new(&self.program, facts, batch_key(0)?)?;
        let mut fold = if self.program.pays_single_sales() { fold.tracing() } else { fold.remembering() };
        let batches = self.batches.iter().map(|batch| batch.lines.as_slice()).chain([more]);
        for (at, lines) in batches.enumerate() {
            if at > 0 {
                fold.next_batch(batch_key(at)?)?;
            }
            for (place, line) in (1..).zip(lines) {
                fold.add(line).map_err(|why| SalesBookError::Line {
                    place,
                    key: line.key.clone(),
                    why: Box::new(why),
                })?;
            }
        }
        let finished = fold.finish()?;
        let before: usize = self.batches.iter().map(|batch| batch.lines.len()).sum();
        let mut waiting = Vec::new();
        for late in finished.late {
            match late.decided {
                Ok(_) => {}
                Err(LineError::Unmatched { .. }) => waiting.push(late.line.key),
                Err(why) => {
                    let (key, why) = (late.line.key, Box::new(why));
                    return Err(match late.place.checked_sub(before) {
                        Some(place) => SalesBookError::Line { place: place + 1, key, why },
                        None => SalesBookError::Waited { key, why },
                    });
                }
            }
        }
        Ok((finished.partials, finished.shares, waiting))
    }

    fn sums(&self) -> Partials {
        let empty = || Partials::empty(self.program.plan(), self.program.sales().digits);
        self.batches.last().map_or_else(empty, |batch| batch.sums.clone())
    }

    fn partner(&self, id: &PartnerId) -> Result<&Partner, SalesBookError> {
        self.partners.get(id).ok_or_else(|| SalesBookError::UnknownPartner { partner: id.clone() })
    }
}

fn batch_key(at: usize) -> Result<BatchKey, SalesBookError> {
    Ok(BatchKey::new("book".parse()?, format!("batch-{at}").parse()?))
}
