//! Folding: sale lines become partial sums.
//!
//! Each line is placed once: its product says which measures count it, its date which month, its party which
//! partner. Whether the partner is eligible is decided later, on the sums. A line is never dropped: it is
//! counted, set aside for a stated reason, or refused with its money.

mod error;
mod place;
mod plan;

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{Datelike as _, NaiveDate};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::line::{BatchKey, SaleLine};
use super::partial::{Cell, MergeError, Partials, RateDates, Tally};
use super::register::{Contribution, Register, Standing};
use crate::currency::Currency;
use crate::fx::FxTable;
use crate::id::{PartnerId, Sku, SourceId};
use crate::partner::Partner;
use crate::product::Product;
use crate::program::Program;
use crate::scaled::Scaled;
pub use error::{FoldError, LineError};
use place::Cache;
use plan::Plan;

/// What a fold must know beside the program and the lines.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'f> {
    /// Every partner that may be credited, by id.
    pub partners: &'f BTreeMap<PartnerId, Partner>,
    /// Every product that may be sold, by SKU; `None` if SKUs are not to be checked, which a program with
    /// product sets does not allow.
    pub products: Option<&'f BTreeMap<Sku, Product>>,
    /// The exchange-rate tables.
    pub exchange: &'f [FxTable],
}

/// What became of a line that was not refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outcome {
    /// It counts in at least one measure.
    Counted,
    /// It counts instead of an earlier line with the same key.
    Corrected,
    /// It was already there.
    Repeated,
    /// No measure selects it.
    NotSelected,
    /// It lies outside the dates that the program governs.
    OutsideProgram,
    /// It takes back a line that has not come yet; decided when all lines are there.
    Waiting,
}

#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    units: i128,
    lines: i64,
    rounded: i64,
    rates: Option<RateDates>,
}

/// A running fold. Batch follows batch; [`Self::finish`] gives the sums.
///
/// Memory depends on partners, months and measures, not on lines, unless it is [remembering](Self::remembering).
pub struct Fold<'f> {
    plan: Plan<'f>,
    cache: Cache,
    batch: BatchKey,
    tally: Tally,
    /// The row of a partner's month and currency.
    rows: FxHashMap<(u32, i32, Currency), usize>,
    last: Option<((u32, i32, Currency), usize)>,
    /// One sum per row and measure.
    sums: Vec<Sum>,
    done: Partials,
    register: Option<Register>,
    /// Lines that take back one that has not come yet, with the batch they came in.
    waiting: Vec<(BatchKey, SaleLine)>,
    scratch: Vec<Contribution>,
}

impl<'f> Fold<'f> {
    /// Begins a batch.
    ///
    /// # Errors
    /// [`FoldError`] if the program needs facts that are not given.
    pub fn new(program: &'f Program, facts: Facts<'f>, batch: BatchKey) -> Result<Self, FoldError> {
        let plan = Plan::new(program, facts)?;
        let done = Partials::empty(program.plan(), program.sales.digits);
        Ok(Self {
            plan,
            cache: Cache::default(),
            batch,
            tally: Tally::default(),
            rows: FxHashMap::default(),
            last: None,
            sums: Vec::new(),
            done,
            register: None,
            waiting: Vec::new(),
            scratch: Vec::new(),
        })
    }

    /// Remembers every line with a line number: repetitions count once, corrections replace, and returns
    /// find their sale, in whatever order they come. Memory then grows with the number of lines.
    #[must_use]
    pub fn remembering(mut self) -> Self {
        self.register = Some(Register::default());
        self
    }

    /// Ends the batch and begins the next. What is remembered stays.
    ///
    /// # Errors
    /// [`MergeError::DuplicateBatch`] if the batch was already folded here; nothing is changed then.
    pub fn next_batch(&mut self, batch: BatchKey) -> Result<(), FoldError> {
        if self.batch == batch || self.done.batches().any(|done| done == batch) {
            return Err(MergeError::DuplicateBatch { key: batch }.into());
        }
        self.close()?;
        self.batch = batch;
        Ok(())
    }

    /// Places one line.
    ///
    /// # Errors
    /// [`LineError`] if it cannot be used; it is then in the tally with its money, and nothing was counted.
    pub fn add(&mut self, line: &SaleLine) -> Result<Outcome, LineError> {
        self.tally.lines += 1;
        if self.must_wait(&self.batch.source, line) {
            self.waiting.push((self.batch.clone(), line.clone()));
            return Ok(Outcome::Waiting);
        }
        let placed = self.place(line);
        self.note(line, &placed);
        placed
    }

    fn must_wait(&self, source: &SourceId, line: &SaleLine) -> bool {
        match (&self.register, &line.reverses) {
            (Some(register), Some(original)) if line.original_date.is_none() => {
                register.dates(source, original).is_none()
            }
            _ => false,
        }
    }

    fn place(&mut self, line: &SaleLine) -> Result<Outcome, LineError> {
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.clear();
        let register = self.register.as_ref();
        let original = line.reverses.as_ref().and_then(|key| register?.dates(&self.batch.source, key));
        let placed = self.plan.place(&mut self.cache, line, original, &mut scratch);
        let outcome = placed.and_then(|outcome| match self.register.is_some() {
            true => self.remember(line, outcome, &scratch),
            false => self.apply(&scratch, 1).map(|()| outcome),
        });
        self.scratch = scratch;
        outcome
    }

    fn remember(&mut self, line: &SaleLine, outcome: Outcome, added: &[Contribution]) -> Result<Outcome, LineError> {
        let content = line.content();
        let source = self.batch.source.clone();
        let Some(register) = &mut self.register else { return Ok(outcome) };
        let (outcome, undo) = match register.standing(&source, &line.key, &content) {
            Standing::Repeated => return Ok(Outcome::Repeated),
            Standing::New => (outcome, Vec::new()),
            Standing::Corrects(undo) => (Outcome::Corrected, undo),
        };
        register.note(&source, &line.key, content, line.dates, added);
        self.apply(&undo, -1)?;
        self.apply(added, 1)?;
        Ok(outcome)
    }

    fn apply(&mut self, added: &[Contribution], sign: i64) -> Result<(), LineError> {
        for contribution in added {
            let &Contribution { partner, measure, month, currency, units, rounded, rate } = contribution;
            let row = self.row((partner, month.num_days_from_ce(), currency));
            let out_of_range = LineError::OutOfRange { field: "amount" };
            let Some(sum) = self.sums.get_mut(row + measure as usize) else { return Err(out_of_range) };
            let units = units.checked_mul(i128::from(sign));
            sum.units = units.and_then(|units| sum.units.checked_add(units)).ok_or(out_of_range)?;
            sum.lines += sign;
            sum.rounded += sign * i64::from(rounded);
            sum.rates = RateDates::spanning(sum.rates, rate.map(RateDates::on));
        }
        Ok(())
    }

    fn row(&mut self, key: (u32, i32, Currency)) -> usize {
        if let Some((last, row)) = self.last
            && last == key
        {
            return row;
        }
        let next = self.sums.len();
        let row = *self.rows.entry(key).or_insert(next);
        if row == next {
            self.sums.resize(next + self.plan.keys.len(), Sum::default());
        }
        self.last = Some((key, row));
        row
    }

    fn note(&mut self, line: &SaleLine, placed: &Result<Outcome, LineError>) {
        let tally = &mut self.tally;
        match placed {
            Ok(Outcome::Counted | Outcome::Waiting) => tally.counted += 1,
            Ok(Outcome::Corrected) => {
                tally.counted += 1;
                tally.corrected += 1;
            }
            Ok(Outcome::Repeated) => tally.repeated += 1,
            Ok(Outcome::NotSelected) => tally.not_selected += 1,
            Ok(Outcome::OutsideProgram) => tally.outside_program += 1,
            Err(error) => {
                let subjects = tally.refused.entry(error.code().to_owned()).or_default();
                let refused = subjects.entry(error.subject()).or_default();
                refused.lines += 1;
                if let Some(amount) = line.at_stake() {
                    let sum = refused.money.entry(line.currency).or_insert(Scaled::ZERO);
                    // Beyond 38 digits the money of refused lines is no longer a number anyone can use.
                    *sum = sum.plus(amount).unwrap_or(*sum);
                }
            }
        }
    }

    /// Ends the last batch and gives the sums, with the fate of every line that waited for its sale.
    ///
    /// # Errors
    /// If a sum does not fit.
    pub fn finish(mut self) -> Result<Finished, FoldError> {
        let mut late = Vec::new();
        // A return may take back a line that itself waits, so those whose line has come go first, pass by pass.
        while !self.waiting.is_empty() {
            let waiting = std::mem::take(&mut self.waiting);
            let (ready, rest): (Vec<_>, Vec<_>) =
                waiting.into_iter().partition(|(batch, line)| !self.must_wait(&batch.source, line));
            // Nobody's line has come: the rest take back lines that are unknown.
            let decided = if ready.is_empty() {
                rest
            } else {
                self.waiting = rest;
                ready
            };
            for (batch, line) in decided {
                // The line belongs to the batch that it came in: that part grows.
                if batch != self.batch {
                    self.close()?;
                    self.batch = batch;
                }
                let placed = self.place(&line);
                self.note(&line, &placed);
                late.push((line, placed));
            }
        }
        self.close()?;
        Ok(Finished { partials: self.done, late })
    }

    /// The running sums in the order of partner, measure, month and currency.
    fn cells(&self) -> Vec<Cell> {
        let keys = &self.plan.keys;
        let mut measures: Vec<usize> = (0..keys.len()).collect();
        measures.sort_by_key(|measure| keys.get(*measure));
        let mut rows: Vec<_> = self.rows.iter().map(|(place, row)| (*place, *row)).collect();
        // Partners stand in the order of their ids, so that numbers are compared here and no text is.
        rows.sort_unstable();
        let mut cells = Vec::with_capacity(self.sums.len());
        for rows in rows.chunk_by(|((a, ..), _), ((b, ..), _)| a == b) {
            for measure in &measures {
                for ((partner, month, currency), row) in rows {
                    let sum = self.sums.get(row + measure).filter(|sum| sum.lines != 0 || sum.units != 0);
                    let place =
                        self.plan.partners.get(*partner as usize).zip(NaiveDate::from_num_days_from_ce_opt(*month));
                    let (Some(sum), Some((partner, month)), Some(key)) = (sum, place, keys.get(*measure)) else {
                        continue;
                    };
                    cells.push(Cell {
                        partner: (*partner).clone(),
                        measure: Arc::clone(key),
                        month,
                        currency: *currency,
                        amount: Scaled::new(sum.units, self.done.digits()),
                        lines: sum.lines,
                        rounded: sum.rounded,
                        rates: sum.rates,
                    });
                }
            }
        }
        cells
    }

    /// Moves the running sums of the current batch to those that are done.
    fn close(&mut self) -> Result<(), FoldError> {
        let cells = self.cells();
        self.rows.clear();
        self.sums.clear();
        self.last = None;
        let tally = std::mem::take(&mut self.tally);
        let done = std::mem::replace(&mut self.done, Partials::empty("", 0));
        let plan = done.plan().to_owned();
        let part = Partials::of_part(plan, done.digits(), self.batch.clone(), tally, cells);
        self.done = done.with_part(part)?;
        Ok(())
    }
}

/// What a fold gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// The sums.
    pub partials: Partials,
    /// The lines that waited for the line they take back, and what became of each.
    pub late: Vec<(SaleLine, Result<Outcome, LineError>)>,
}
