//! Folding: sale lines become partial sums.
//!
//! Each line is placed once: its product says which measures count it, its date which month, its party which
//! partner. Whether the partner is eligible is decided later, on the sums. A line is never dropped: it is
//! counted, set aside for a stated reason, or refused with its money.

mod credit;
mod error;
mod place;
mod plan;
mod sums;
mod trace;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::line::{BatchKey, SaleLine};
use super::partial::{MergeError, Partials, Tally};
use super::register::{Contribution, Found, Register, Replaced, Standing, Waiting};
use crate::fx::FxTable;
use crate::id::{PartnerId, Sku};
use crate::partner::Partner;
use crate::product::Product;
use crate::program::Program;
use crate::scaled::NumberError;
pub use error::{FoldError, LineError};
use place::Cache;
use plan::Plan;
use sums::Sums;
pub use trace::Share;
use trace::Traces;

/// What a fold must know beside the program and the lines.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Facts<'f> {
    /// Every partner that may be credited, by id.
    pub partners: &'f BTreeMap<PartnerId, Partner>,
    /// Every product that may be sold, by SKU; `None` if SKUs are not to be checked, which a program with
    /// product sets does not allow.
    pub products: Option<&'f BTreeMap<Sku, Product>>,
    /// The exchange-rate tables.
    pub exchange: &'f [FxTable],
}

impl<'f> Facts<'f> {
    /// The partners alone: SKUs are not checked, other currencies not converted.
    #[must_use]
    pub const fn new(partners: &'f BTreeMap<PartnerId, Partner>) -> Self {
        Self { partners, products: None, exchange: &[] }
    }

    /// With the products that may be sold.
    #[must_use]
    pub const fn products(self, products: &'f BTreeMap<Sku, Product>) -> Self {
        Self { products: Some(products), ..self }
    }

    /// With exchange-rate tables.
    #[must_use]
    pub const fn exchange(self, exchange: &'f [FxTable]) -> Self {
        Self { exchange, ..self }
    }
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
    /// The batches whose lines the current batch repeats, corrects or takes back.
    rests_on: BTreeSet<BatchKey>,
    scratch: Vec<Contribution>,
    /// How many lines were given.
    lines: usize,
    traces: Option<Traces>,
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
            rests_on: BTreeSet::new(),
            scratch: Vec::new(),
            lines: 0,
            traces: None,
        })
    }

    /// Remembers every line with a line number: repetitions count once, corrections replace, and returns
    /// find their sale, in whatever order they come. Memory then grows with the number of lines.
    #[must_use]
    pub fn remembering(mut self) -> Self {
        self.register = Some(Register::default());
        self
    }

    /// [Remembers](Self::remembering) every line, and what each one came to add in the end, for [`Finished::shares`].
    #[must_use]
    pub fn tracing(self) -> Self {
        Self { traces: Some(Traces::default()), ..self.remembering() }
    }

    /// Ends the batch and begins the next. What is remembered stays.
    ///
    /// # Errors
    /// [`MergeError::DuplicateBatch`] if the batch was already folded here, [`FoldError::OtherRevision`] if another
    /// revision of it was, and lines are remembered; nothing is changed then.
    pub fn next_batch(&mut self, batch: BatchKey) -> Result<(), FoldError> {
        let folded: Vec<BatchKey> = self.done.batches().chain([self.batch.clone()]).collect();
        if folded.contains(&batch) {
            return Err(MergeError::DuplicateBatch { key: batch }.into());
        }
        let other = |known: &&BatchKey| {
            known.source == batch.source && known.batch == batch.batch && known.revision != batch.revision
        };
        // What was remembered of one revision would be taken for repetitions in the other, and be lost with it.
        if let Some(known) = folded.iter().find(other).filter(|_| self.register.is_some()) {
            return Err(FoldError::OtherRevision { folded: known.revision, key: batch });
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
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.clear();
        let placed = self.plan.place(&mut self.cache, line, None, &mut scratch);
        let decided = match self.register.is_some() {
            true => self.remember(line, placed, &scratch),
            false => placed.and_then(|outcome| self.sums.add(&self.plan, &scratch, 1).map(|()| outcome)),
        };
        self.lines += 1;
        self.scratch = scratch;
        self.note(line, &decided);
        decided
    }

    /// Decides a line by what was remembered. A line that cannot be used leaves an earlier one of its key as it was.
    fn remember(
        &mut self,
        line: &SaleLine,
        placed: Result<Outcome, LineError>,
        added: &[Contribution],
    ) -> Result<Outcome, LineError> {
        let waits = line.reverses.is_some() && line.original_date.is_none();
        let outcome = match placed {
            // Whether its sale is known, and so at which date it is converted, is not known yet.
            Err(LineError::Unmatched { .. } | LineError::Exchange(_)) if waits => Outcome::Waiting,
            // Nor whom its sale credits.
            Err(LineError::Missing { field: "credits" }) if waits => Outcome::Waiting,
            placed => placed?,
        };
        let Some(register) = &mut self.register else { return Ok(outcome) };
        let content = line.content();
        let replaces = match register.standing(&self.batch.source, &line.key, &content) {
            Standing::New => None,
            Standing::Repeated(batch) => {
                self.rests_on.insert(batch);
                return Ok(Outcome::Repeated);
            }
            Standing::CorrectsWaiting(batch, at) => {
                self.rests_on.insert(batch);
                Some(Replaced::Waits(at))
            }
            Standing::CorrectsPlaced(batch, place, undo) => {
                self.rests_on.insert(batch);
                self.sums.add(&self.plan, &undo, -1)?;
                if let Some(traces) = &mut self.traces {
                    traces.set(place, &[]);
                }
                Some(Replaced::Placed(place, undo))
            }
        };
        let corrects = replaces.is_some();
        self.tally.corrected += u64::from(corrects);
        if waits {
            register.wait(&self.batch, (line, self.lines), content, replaces);
            return Ok(Outcome::Waiting);
        }
        register.place(&self.batch, (line, self.lines), content, added);
        self.sums.add(&self.plan, added, 1)?;
        if let Some(traces) = &mut self.traces {
            traces.set(self.lines, added);
        }
        Ok(if corrects && outcome == Outcome::Counted { Outcome::Corrected } else { outcome })
    }

    fn note(&mut self, line: &SaleLine, placed: &Result<Outcome, LineError>) {
        let tally = &mut self.tally;
        match placed {
            Ok(Outcome::Counted | Outcome::Corrected) => tally.counted += 1,
            // Noted when it is decided.
            Ok(Outcome::Waiting) => {}
            Ok(Outcome::Repeated) => tally.repeated += 1,
            Ok(Outcome::NotSelected) => tally.not_selected += 1,
            Ok(Outcome::OutsideProgram) => tally.outside_program += 1,
            Err(error) => {
                let subjects = tally.refused.entry(error.code().to_owned()).or_default();
                let refused = subjects.entry(error.subject()).or_default();
                refused.add(line.currency, line.at_stake());
            }
        }
    }

    /// Ends the last batch and gives the sums, with the fate of every line that waited for its sale.
    ///
    /// # Errors
    /// If a sum does not fit.
    pub fn finish(mut self) -> Result<Finished, FoldError> {
        let mut late = Vec::new();
        let waiting = self.register.as_mut().map(Register::decide).unwrap_or_default();
        // The line belongs to the batch that it came in, whose part grows: batch after batch, each once.
        let mut in_order: Vec<&(Waiting, Option<Found>)> = waiting.iter().collect();
        in_order.sort_by(|(a, _), (b, _)| a.batch.cmp(&b.batch));
        for (line, found) in in_order {
            if line.batch != self.batch {
                self.close()?;
                self.batch = line.batch.clone();
            }
            // It counted until another of its key came, as any line does that is corrected later.
            if line.superseded {
                self.tally.counted += 1;
                continue;
            }
            let decided = self.count_late(line, found.as_ref());
            if decided.is_err() {
                self.reinstate(line.replaces.as_ref(), &waiting)?;
            }
            self.note(&line.line, &decided);
            late.push(Late { place: line.place, line: line.line.clone(), decided });
        }
        self.close()?;
        let digits = self.done.digits();
        let shares = |traces: Traces| traces.shares(self.lines, &self.plan, self.cache.months(), digits);
        let shares = self.traces.take().map(shares).unwrap_or_default();
        Ok(Finished { partials: self.done, late, shares })
    }

    /// Counts a line that waited, now that all lines are there.
    fn count_late(&mut self, waiting: &Waiting, found: Option<&Found>) -> Result<Outcome, LineError> {
        let mut added = Vec::new();
        let outcome = self.plan.place(&mut self.cache, &waiting.line, found, &mut added)?;
        self.sums.add(&self.plan, &added, 1)?;
        if let Some(traces) = &mut self.traces {
            traces.set(waiting.place, &added);
        }
        self.rests_on.extend(found.into_iter().flat_map(|found| found.rests_on.iter().cloned()));
        Ok(outcome)
    }

    /// Lets what a line replaced stand again, since the line cannot be used.
    fn reinstate(
        &mut self,
        replaced: Option<&Replaced>,
        waiting: &[(Waiting, Option<Found>)],
    ) -> Result<(), NumberError> {
        let Some(replaced) = replaced else { return Ok(()) };
        self.tally.corrected = self.tally.corrected.saturating_sub(1);
        let mut replaced = Some(replaced);
        while let Some(before) = replaced {
            match before {
                Replaced::Placed(place, added) => {
                    self.sums.add(&self.plan, added, 1).map_err(|_| NumberError::OutOfRange)?;
                    if let Some(traces) = &mut self.traces {
                        traces.set(*place, added);
                    }
                    return Ok(());
                }
                Replaced::Waits(at) => {
                    let Some((line, found)) = waiting.get(*at) else { return Ok(()) };
                    if self.count_late(line, found.as_ref()).is_ok() {
                        return Ok(());
                    }
                    replaced = line.replaces.as_ref();
                }
            }
        }
        Ok(())
    }

    /// Moves the running sums of the current batch to those that are done.
    fn close(&mut self) -> Result<(), FoldError> {
        let sums = std::mem::take(&mut self.sums);
        let cells = sums.cells(&self.plan, self.cache.months(), self.done.digits())?;
        let tally = std::mem::take(&mut self.tally);
        let done = std::mem::replace(&mut self.done, Partials::empty("", 0));
        let plan = done.plan().to_owned();
        let mut rests_on = std::mem::take(&mut self.rests_on);
        rests_on.remove(&self.batch);
        let part = Partials::of_part(plan, done.digits(), self.batch.clone(), rests_on, tally, cells);
        self.done = done.with_part(part)?;
        Ok(())
    }
}

/// What a fold gives.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finished {
    /// The sums.
    pub partials: Partials,
    /// The lines that waited for the line they take back, and what became of each.
    pub late: Vec<Late>,
    /// What each line came to add, in the order in which lines were given, where the fold was
    /// [tracing](Fold::tracing): nothing for those that do not count, or no longer.
    pub shares: Vec<Vec<Share>>,
}

/// A line that waited for the line it takes back.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Late {
    /// Its place among all lines of the fold, in the order in which they were given, counted from 0.
    pub place: usize,
    /// The line.
    pub line: SaleLine,
    /// What became of it.
    pub decided: Result<Outcome, LineError>,
}
