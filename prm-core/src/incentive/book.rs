//! Sale lines in memory: what they earn, why, and in which tiers they put partners. For phones, for trying out, and for
//! hosts without a store; the same answers as a store gives.

mod error;

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;

pub use self::error::SalesBookError;
use super::accrual::{Accrual, accrue};
use super::budget::Budgets;
use super::explain::{Basis, Closings, ExplainError, Explanation, explain};
use super::fold::{Facts, Fold, LineError};
use super::line::{BatchKey, LineKey, SaleLine};
use super::partial::Partials;
use super::paying::Paying;
use super::periods::Reopened;
use super::settlement::{Entry, EntryKey, Posted, due};
use super::verify::{Verified, verify};
use super::worth::{Worth, worth};
use crate::fx::FxTable;
use crate::id::{Name, PartnerId, Sku};
use crate::partner::Partner;
use crate::period::Period;
use crate::product::Product;
use crate::program::Program;
use crate::program::tables::{Table, Tables};
use crate::scaled::Scaled;
use crate::tier::standing::{Standing, advance, standing};
use crate::tier::{self, Approval, LateLines, MetricFact, MetricFacts, Override, TierChange, TierHistory};

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
///   - rebate: growth
///     measure: net_revenue
///     every: quarter
///     schedule: { whole: [{ from: 0, rate: 0 % }, { from: 1000, rate: 2 % }] }
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
    metrics: Option<MetricFacts>,
    overrides: Vec<Override>,
    approvals: Vec<Approval>,
    recorded: BTreeMap<PartnerId, Recorded>,
    posted: BTreeMap<EntryKey, Posted>,
}

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
            overrides: Vec::new(),
            approvals: Vec::new(),
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

    fn before_lines(&self, what: &'static str) -> Result<(), SalesBookError> {
        if self.batches.is_empty() { Ok(()) } else { Err(SalesBookError::Late { what }) }
    }

    /// Adds lines that come together, on a day if it matters what was known when: baselines are frozen and periods closed by
    /// what came before a day. A line whose key is there already corrects it, or is the same again. A return may come before
    /// its sale; then it [waits](Self::waiting).
    ///
    /// # Errors
    /// [`SalesBookError`] for the first line that cannot be used, counted from 1; then none is added.
    pub fn add(&mut self, lines: Vec<SaleLine>, on: Option<NaiveDate>) -> Result<(), SalesBookError> {
        let (sums, _) = self.folded(&lines)?;
        self.batches.push(Batch { on, lines, sums });
        Ok(())
    }

    /// The lines that take back one that has not come.
    ///
    /// # Errors
    /// [`SalesBookError`] if a sum does not fit.
    pub fn waiting(&self) -> Result<Vec<LineKey>, SalesBookError> {
        Ok(self.folded(&[])?.1)
    }

    /// The sums of all lines and of more, and the lines that wait.
    fn folded(&self, more: &[SaleLine]) -> Result<(Partials, Vec<LineKey>), SalesBookError> {
        let mut facts = Facts::new(&self.partners).exchange(&self.exchange);
        if !self.products.is_empty() {
            facts = facts.products(&self.products);
        }
        let mut fold = Fold::new(&self.program, facts, batch_key(0)?)?.remembering();
        let batches = self.batches.iter().map(|batch| batch.lines.as_slice()).chain([more]);
        for (at, lines) in batches.enumerate() {
            if at > 0 {
                fold.next_batch(batch_key(at)?)?;
            }
            for (place, line) in (1..).zip(lines) {
                fold.add(line).map_err(|why| SalesBookError::Line { place, key: line.key.clone(), why })?;
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
                    let key = late.line.key;
                    return Err(match late.place.checked_sub(before) {
                        Some(place) => SalesBookError::Line { place: place + 1, key, why },
                        None => SalesBookError::Waited { key, why },
                    });
                }
            }
        }
        Ok((finished.partials, waiting))
    }

    /// Takes a value of a metric that the program declares.
    ///
    /// # Errors
    /// [`SalesBookError`] if the program has no such metric, or the value is none.
    pub fn tell(&mut self, fact: MetricFact) -> Result<(), SalesBookError> {
        let metrics = self.metrics.as_mut().ok_or(tier::StandingError::NoTiers)?;
        Ok(metrics.tell(fact)?)
    }

    /// Grants a tier for a time.
    ///
    /// # Errors
    /// [`SalesBookError`] if it is no tier of the program.
    pub fn grant(&mut self, granted: Override) -> Result<(), SalesBookError> {
        self.known_tier(&granted.tier)?;
        self.overrides.push(granted);
        Ok(())
    }

    /// Approves a promotion.
    ///
    /// # Errors
    /// [`SalesBookError`] if it is to no tier of the program.
    pub fn approve(&mut self, approval: Approval) -> Result<(), SalesBookError> {
        self.known_tier(&approval.tier)?;
        self.approvals.push(approval);
        Ok(())
    }

    fn known_tier(&self, tier: &Name) -> Result<(), SalesBookError> {
        let tiers = self.program.tiers().ok_or(tier::StandingError::NoTiers)?;
        let unknown = || tier::StandingError::UnknownTier { tier: tier.clone() };
        tiers.rank(tier.as_str()).map(|_| ()).ok_or_else(|| unknown().into())
    }

    fn sums(&self) -> Partials {
        let empty = || Partials::empty(self.program.plan(), self.program.sales().digits);
        self.batches.last().map_or_else(empty, |batch| batch.sums.clone())
    }

    fn partner(&self, id: &PartnerId) -> Result<&Partner, SalesBookError> {
        self.partners.get(id).ok_or_else(|| SalesBookError::UnknownPartner { partner: id.clone() })
    }

    /// Records the changes of standing that take effect before a day, of all partners: lines that come later leave them as
    /// they are, unless the program recomputes.
    ///
    /// # Errors
    /// [`SalesBookError`] if a day or number does not fit.
    pub fn record_tiers(&mut self, until: NaiveDate) -> Result<(), SalesBookError> {
        let changes = |id: &PartnerId| Ok((id.clone(), Recorded { changes: self.tier_changes(id, until)?, until }));
        self.recorded = self.partners.keys().map(changes).collect::<Result<_, SalesBookError>>()?;
        Ok(())
    }

    /// The changes of a partner's standing that take effect before a day.
    ///
    /// # Errors
    /// [`SalesBookError`] if the program has no tiers, the partner is unknown, or a day or number does not fit.
    pub fn tier_changes(&self, partner: &PartnerId, until: NaiveDate) -> Result<Vec<TierChange>, SalesBookError> {
        let sums = self.sums();
        let (basis, partner) = (self.tier_basis(&sums, partner)?, self.partner(partner)?);
        let recorded = self.recorded_of(&partner.id);
        let more = advance(&basis, partner, recorded, until)?;
        let kept = recorded.iter().filter(|change| change.on < until).cloned();
        Ok(kept.chain(more).collect())
    }

    /// Where a partner stands on a day, what is missing for the next tier, and what the tier gives.
    ///
    /// # Errors
    /// [`SalesBookError`] if the program has no tiers, the partner is unknown, or a day or number does not fit.
    pub fn standing(&self, partner: &PartnerId, as_of: NaiveDate) -> Result<Standing, SalesBookError> {
        let sums = self.sums();
        let (basis, partner) = (self.tier_basis(&sums, partner)?, self.partner(partner)?);
        Ok(standing(&basis, partner, self.recorded_of(&partner.id), as_of)?)
    }

    /// What was recorded of a partner, where the program keeps to it.
    fn recorded_of(&self, partner: &PartnerId) -> &[TierChange] {
        let keeps = self.program.tiers().is_some_and(|tiers| tiers.late_lines() == LateLines::Keep);
        self.recorded.get(partner).filter(|_| keeps).map_or(&[], |recorded| &recorded.changes)
    }

    fn tier_basis<'b>(
        &'b self,
        sums: &'b Partials,
        partner: &PartnerId,
    ) -> Result<tier::Basis<'b>, SalesBookError> {
        let basis = tier::Basis::new(&self.program, sums, &self.partners)?;
        let basis = basis.overrides(&self.overrides)?.approvals(&self.approvals)?;
        let basis = self.metrics.iter().fold(basis, tier::Basis::metrics);
        let keeps = self.program.tiers().is_some_and(|tiers| tiers.late_lines() == LateLines::Keep);
        let answered = self.recorded.get(partner).filter(|_| keeps);
        Ok(answered.into_iter().fold(basis, |basis, recorded| basis.answered_until(recorded.until)))
    }

    /// What is due for the periods within some days and was not settled yet, with its explanation. `on` is the day: exchange
    /// rates are those of it, and what counts as known is what came before days up to it.
    ///
    /// # Errors
    /// [`SalesBookError`] if something that is needed was not given, or an amount does not fit; then nothing is due.
    pub fn due(&self, covers: Period, on: NaiveDate) -> Result<Vec<Entry>, SalesBookError> {
        self.judged(covers, on, |basis| {
            Ok(due(basis, &self.partners, covers, &self.posted, Paying::new(&self.exchange, on))?)
        })
    }

    /// The same, and from now on it is settled.
    ///
    /// # Errors
    /// [`SalesBookError`]; then nothing is settled.
    pub fn settle(&mut self, covers: Period, on: NaiveDate) -> Result<Vec<Entry>, SalesBookError> {
        let entries = self.due(covers, on)?;
        self.posted.extend(entries.iter().map(|entry| (entry.key(), entry.posted())));
        Ok(entries)
    }

    /// Why a partner earns what it earns for an incentive, in the period of it in which a day lies, by what is known on
    /// another day.
    ///
    /// # Errors
    /// [`SalesBookError`] if the program has no such incentive, the partner is unknown, something that is needed was not
    /// given, or an amount does not fit.
    pub fn explain(
        &self,
        incentive: &str,
        partner: &PartnerId,
        (day, on): (NaiveDate, NaiveDate),
    ) -> Result<Explanation, SalesBookError> {
        let partner = self.partner(partner)?;
        let unknown = || ExplainError::UnknownIncentive { name: incentive.to_owned() };
        let rebate = self.program.rebate(incentive).ok_or_else(unknown)?;
        let period = self.program.calendar().period_of(day, rebate.every).map_err(ExplainError::from)?;
        self.judged(period.period, on, |basis| {
            let budgets = Budgets::of(basis, &self.partners, period.period)?;
            Ok(explain(basis.budgets(&budgets), incentive, partner, &period)?)
        })
    }

    /// Whether an explanation is what follows from the program and the lines, by what is known on a day.
    ///
    /// # Errors
    /// [`SalesBookError::Mismatch`] names the first field that says something else.
    pub fn verify(&self, explanation: &Explanation, on: NaiveDate) -> Result<Verified, SalesBookError> {
        let partner = self.partner(&explanation.partner)?;
        let covers = explanation.period.period;
        self.judged(covers, on, |basis| {
            let budgets = Budgets::of(basis, &self.partners, covers)?;
            Ok(verify(explanation, basis.budgets(&budgets), partner)?)
        })
    }

    /// What the running periods within some days have come to by a day. `forecasts` are what is expected of whole periods.
    ///
    /// # Errors
    /// [`SalesBookError`] if something that is needed was not given, or an amount does not fit.
    pub fn accrue(
        &self,
        covers: Period,
        as_of: NaiveDate,
        forecasts: &BTreeMap<EntryKey, Scaled>,
    ) -> Result<Vec<Accrual>, SalesBookError> {
        self.judged(covers, as_of, |basis| {
            Ok(accrue(basis, &self.partners, (covers, as_of), &self.posted, forecasts)?)
        })
    }

    /// What a tier would be worth to a partner in the periods within some days, instead of the one that it is in on a day.
    ///
    /// # Errors
    /// [`SalesBookError`] if the program has no such tier, the partner is unknown, or an amount does not fit.
    pub fn worth(
        &self,
        partner: &PartnerId,
        tier: &Name,
        as_of: NaiveDate,
        covers: Period,
    ) -> Result<Worth, SalesBookError> {
        let partner = self.partner(partner)?;
        self.judged(covers, as_of, |basis| {
            let budgets = Budgets::of(basis, &self.partners, covers)?;
            Ok(worth(basis.budgets(&budgets), partner, tier, as_of, covers)?)
        })
    }

    /// Asks with all that is known: the sums, what was known when, and the tiers that partners are in.
    fn judged<T>(
        &self,
        covers: Period,
        on: NaiveDate,
        ask: impl FnOnce(Basis<'_>) -> Result<T, SalesBookError>,
    ) -> Result<T, SalesBookError> {
        let (sums, frozen) = (self.sums(), self.frozen(on));
        let closings = Closings::new(frozen.clone(), Reopened::new());
        let changes = |id: &PartnerId| Ok((id.clone(), self.tier_changes(id, covers.until())?));
        let tiers: TierHistory = match self.program.tiers() {
            Some(_) => self.partners.keys().map(changes).collect::<Result<_, SalesBookError>>()?,
            None => TierHistory::new(),
        };
        let basis = Basis::new(&self.program, &sums, &self.tables);
        ask(basis.frozen(&frozen).closings(&closings).tiers(&tiers))
    }

    /// The sums as they were known at the beginning of every day from that of the first dated lines.
    fn frozen(&self, on: NaiveDate) -> BTreeMap<NaiveDate, Partials> {
        let empty = Partials::empty(self.program.plan(), self.program.sales().digits);
        let dated: Vec<_> = self.batches.iter().filter_map(|batch| Some((batch.on?, &batch.sums))).collect();
        let Some((first, _)) = dated.first() else { return BTreeMap::new() };
        let known = |day: NaiveDate| dated.iter().rev().find(|(on, _)| *on < day).map_or(&empty, |(_, sums)| *sums);
        first.iter_days().take_while(|day| *day <= on).map(|day| (day, known(day).clone())).collect()
    }
}

fn batch_key(at: usize) -> Result<BatchKey, SalesBookError> {
    Ok(BatchKey::new("book".parse()?, format!("batch-{at}").parse()?))
}
