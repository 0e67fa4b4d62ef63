//! Folding: sale lines become partial sums.
//!
//! Each line is placed once: its product says which measures count it, its date which month, its party which
//! partner. Whether the partner is eligible is decided later, on the sums. A line is never dropped: it is
//! counted, set aside for a stated reason, or refused with its money.

mod error;
mod place;
mod plan;
mod sums;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::line::{BatchKey, SaleLine};
use super::partial::{MergeError, Partials, Tally};
use super::register::{Contribution, Register, Standing};
use crate::fx::FxTable;
use crate::id::{PartnerId, Sku, SourceId};
use crate::partner::Partner;
use crate::product::Product;
use crate::program::Program;
use crate::scaled::Scaled;
pub use error::{FoldError, LineError};
use place::Cache;
use plan::Plan;
use sums::Sums;

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

/// A running fold. Batch follows batch; [`Self::finish`] gives the sums.
///
/// Memory depends on partners, months and measures, not on lines, unless it is [remembering](Self::remembering).
pub struct Fold<'f> {
    plan: Plan<'f>,
    cache: Cache,
    batch: BatchKey,
    tally: Tally,
    sums: Sums,
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
            sums: Sums::default(),
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
    /// [`MergeError::DuplicateBatch`] if the batch was already folded here, [`FoldError::OtherRevision`] if another
    /// revision of it was, and lines are remembered; nothing is changed then.
    pub fn next_batch(&mut self, batch: BatchKey) -> Result<(), FoldError> {
        let clashes = |known: &BatchKey| {
            let same_batch = known.source == batch.source && known.batch == batch.batch;
            same_batch && (known.part == batch.part || known.revision != batch.revision)
        };
        let known = self.done.batches().chain([self.batch.clone()]).find(clashes);
        match known {
            Some(known) if known.revision == batch.revision => {
                return Err(MergeError::DuplicateBatch { key: batch }.into());
            }
            // What was remembered of one revision would be taken for repetitions in the other, and be lost with it.
            Some(known) if self.register.is_some() => {
                return Err(FoldError::OtherRevision { key: batch, folded: known.revision });
            }
            _ => {}
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
            false => self.sums.add(&self.plan, &scratch, 1).map(|()| outcome),
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
        self.sums.add(&self.plan, &undo, -1)?;
        self.sums.add(&self.plan, added, 1)?;
        Ok(outcome)
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

    /// Moves the running sums of the current batch to those that are done.
    fn close(&mut self) -> Result<(), FoldError> {
        let sums = std::mem::take(&mut self.sums);
        let cells = sums.cells(&self.plan, self.cache.months(), self.done.digits())?;
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
