//! Partial sums: what lines add up to, by batch, partner, measure, month and currency.
//!
//! They form a commutative monoid: whatever the order and grouping in which parts are merged, the result is
//! the same. Each part carries the batch that it came from, so that merging one twice is an error and a
//! higher revision replaces a lower one. Threads, incremental runs, late lines and other machines all use
//! this one algebra.

mod batch;
mod cells;
mod tally;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::NaiveDate;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::line::BatchKey;
use crate::currency::Currency;
use crate::id::{BatchId, PartnerId, SourceId};
use crate::period::Period;
use crate::scaled::{NumberError, Scaled};
use crate::words::only_format;
use batch::{Batch, Part, check_rests, join, sorted_batches};
pub use cells::Cells;
pub use tally::{Refused, Tally};

/// The format of serialised partial sums.
pub const PARTIALS_FORMAT: u32 = 1;

/// Why partial sums cannot be merged or read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MergeError {
    /// Both sides hold the same part of the same revision of a batch: its lines would count twice.
    #[error("batch `{}` of `{}`, revision {}, part {} is on both sides", key.batch, key.source, key.revision, key.part)]
    DuplicateBatch {
        /// The batch.
        key: BatchKey,
    },
    /// The sides were folded under different programs, calendars or policies.
    #[error("partial sums of plan {left} cannot be merged with those of plan {right}")]
    PlanDiffers {
        /// The plan on the left.
        left: String,
        /// The plan on the right.
        right: String,
    },
    /// A batch was folded beside one revision of another, whose lines it repeats, corrects or takes back, and is to
    /// be merged with another revision: fold it again beside that.
    #[error(
        "batch `{}` rests on revision {} of `{}`, which is at {held}: fold it again", key.batch, known.revision, known.batch
    )]
    RestsOnOther {
        /// The batch.
        key: BatchKey,
        /// The batch it rests on.
        known: BatchKey,
        /// The revision of that which is here.
        held: u32,
    },
    /// A format that this version does not read.
    #[error("partial sums of format {format} are not readable here")]
    Format {
        /// The format.
        format: u32,
    },
    /// A sum does not fit.
    #[error(transparent)]
    Number(#[from] NumberError),
}

/// The first and last date of the exchange rates that lines were converted at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct RateDates {
    /// The first.
    pub first: NaiveDate,
    /// The last.
    pub last: NaiveDate,
}

impl RateDates {
    pub(crate) const fn on(day: NaiveDate) -> Self {
        Self { first: day, last: day }
    }

    /// The dates of both.
    pub(crate) fn spanning(a: Option<Self>, b: Option<Self>) -> Option<Self> {
        match (a, b) {
            (Some(a), Some(b)) => Some(Self { first: a.first.min(b.first), last: a.last.max(b.last) }),
            (a, b) => a.or(b),
        }
    }
}

/// What the lines of one batch, partner, measure, month and currency add up to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Cell {
    /// The credited partner.
    pub partner: PartnerId,
    /// The measure's key.
    pub measure: Arc<str>,
    /// The first day of the fiscal month; or the day itself, where the measure is kept by day.
    pub month: NaiveDate,
    /// The currency in which the lines were sold; the amount is in the program's.
    pub sold_in: Currency,
    /// The sum: money in the program's currency, or units.
    pub amount: Scaled,
    /// How many lines are in it; a correction takes one away and puts one back.
    pub lines: i64,
    /// How many of them were rounded on entry.
    pub rounded: i64,
    /// Bounds of the dates of the exchange rates, where the currency is not the program's. A correction that takes a
    /// line away leaves them as wide as they were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rates: Option<RateDates>,
}

impl Cell {
    fn place(&self) -> (&str, &str, NaiveDate, Currency) {
        (self.partner.as_str(), &self.measure, self.month, self.sold_in)
    }
}

/// The cells of each partner, part by part.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ranges<'p>(FxHashMap<&'p str, Vec<&'p [Cell]>>);

impl<'p> Ranges<'p> {
    /// As [`Partials::cells`].
    pub(crate) fn cells(&self, partner: &str, measure: &str, period: &Period) -> impl Iterator<Item = &'p Cell> {
        let parts = self.0.get(partner).map_or(&[][..], Vec::as_slice);
        parts.iter().flat_map(move |cells| within(cells, measure, period))
    }
}

/// So many cells are looked at one after the other.
const FEW: usize = 64;

/// Of a partner's cells those of a measure whose month begins in a period.
fn within<'c>(cells: &'c [Cell], measure: &str, period: &Period) -> impl Iterator<Item = &'c Cell> {
    let (from, until) = (period.from(), period.until());
    let before = |cell: &Cell| (&*cell.measure, cell.month) < (measure, from);
    // A few dozen that follow each other are there sooner than the next probe of a search.
    let begin = if cells.len() <= FEW {
        cells.iter().position(|cell| !before(cell)).unwrap_or(cells.len())
    } else {
        cells.partition_point(before)
    };
    let rest = cells.get(begin..).unwrap_or_default().iter();
    rest.take_while(move |cell| cell.month < until && &*cell.measure == measure)
}

/// The cells of each partner. Looked at one after the other: skipping ahead reads less, and waits more for memory.
fn by_partner(cells: &[Cell]) -> impl Iterator<Item = (&PartnerId, &[Cell])> {
    let chunks = cells.chunk_by(|cell, next| cell.partner == next.partner);
    chunks.filter_map(|cells| Some((&cells.first()?.partner, cells)))
}

/// The sums of any number of batches.
///
/// ```
/// use prm_core::incentive::partial::Partials;
/// // Nothing merged with nothing is nothing; a different plan is refused.
/// let empty = Partials::empty("plan-a", 6);
/// assert_eq!(empty.clone().merge(empty.clone())?, empty);
/// assert!(empty.merge(Partials::empty("plan-b", 6)).is_err());
/// # Ok::<(), prm_core::incentive::partial::MergeError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Partials {
    #[serde(deserialize_with = "only_format::<PARTIALS_FORMAT, _>")]
    format: u32,
    plan: String,
    digits: u8,
    /// Sorted by source and batch.
    #[serde(deserialize_with = "sorted_batches")]
    batches: Vec<Batch>,
}

impl Partials {
    /// No batches, under a plan (see [`Program::plan`](crate::program::Program::plan)), at a number of digits.
    #[must_use]
    pub fn empty(plan: impl Into<String>, digits: u8) -> Self {
        Self { format: PARTIALS_FORMAT, plan: plan.into(), digits, batches: Vec::new() }
    }

    /// The sums of one batch that rests on no other, as they were kept somewhere.
    #[must_use]
    pub fn of_batch(plan: impl Into<String>, digits: u8, batch: BatchKey, tally: Tally, cells: Cells) -> Self {
        Self::of_part(plan.into(), digits, batch, BTreeSet::new(), tally, cells.into_vec())
    }

    /// The sums of one part of a batch, in order.
    pub(crate) fn of_part(
        plan: String,
        digits: u8,
        key: BatchKey,
        rests_on: BTreeSet<BatchKey>,
        tally: Tally,
        cells: Vec<Cell>,
    ) -> Self {
        debug_assert!(cells.is_sorted_by(|a, b| a.place() < b.place()), "cells are looked up by their order");
        let BatchKey { source, batch, revision, part } = key;
        let parts = vec![Part { part, rests_on, tally, cells }];
        Self { batches: vec![Batch { source, batch, revision, parts }], ..Self::empty(plan, digits) }
    }

    /// Everything in both, where a part that is already there grows: for lines that were decided late.
    pub(crate) fn with_part(mut self, mut other: Self) -> Result<Self, MergeError> {
        for batch in &mut other.batches {
            let held = self.batches.iter_mut().find(|held| held.id() == batch.id() && held.revision == batch.revision);
            let Some(held) = held else { continue };
            for part in std::mem::take(&mut batch.parts) {
                match held.parts.binary_search_by_key(&part.part, |mine| mine.part) {
                    Err(at) => held.parts.insert(at, part),
                    Ok(at) => held.parts.get_mut(at).map_or(Ok(()), |mine| mine.grow(part))?,
                }
            }
        }
        other.batches.retain(|batch| !batch.parts.is_empty());
        self.merge(other)
    }

    /// What the lines were folded under: program, calendar, measures and policies.
    #[must_use]
    pub fn plan(&self) -> &str {
        &self.plan
    }

    /// Digits after the point of every sum.
    #[must_use]
    pub const fn digits(&self) -> u8 {
        self.digits
    }

    /// The batches that are in it, in order.
    pub fn batches(&self) -> impl Iterator<Item = BatchKey> + '_ {
        self.batches.iter().flat_map(|batch| batch.parts.iter().map(|part| batch.key(part.part)))
    }

    /// Everything in both. Of two revisions of a batch the higher stays; a part that a lower revision holds twice is
    /// refused although the higher one would replace it.
    ///
    /// Repeated and corrected lines are seen within one remembering fold only: the same line in two batches that were
    /// folded apart counts in both.
    ///
    /// # Errors
    /// [`MergeError::DuplicateBatch`] if both hold the same part of the same revision,
    /// [`MergeError::PlanDiffers`] if they do not belong together.
    pub fn merge(self, other: Self) -> Result<Self, MergeError> {
        if let Some(format) = [self.format, other.format].into_iter().find(|format| *format != PARTIALS_FORMAT) {
            return Err(MergeError::Format { format });
        }
        if self.plan != other.plan || self.digits != other.digits {
            return Err(MergeError::PlanDiffers { left: self.plan, right: other.plan });
        }
        let mut merged: BTreeMap<(SourceId, BatchId), Batch> = BTreeMap::new();
        for batch in self.batches.into_iter().chain(other.batches) {
            match merged.entry((batch.source.clone(), batch.batch.clone())) {
                std::collections::btree_map::Entry::Vacant(place) => {
                    place.insert(batch);
                }
                std::collections::btree_map::Entry::Occupied(mut place) => join(place.get_mut(), batch)?,
            }
        }
        let batches: Vec<Batch> = merged.into_values().collect();
        check_rests(&batches)?;
        Ok(Self { batches, ..self })
    }

    /// The cells of a partner and measure whose month begins in the period, batch by batch.
    pub fn cells<'a>(
        &'a self,
        partner: &'a str,
        measure: &'a str,
        period: &'a Period,
    ) -> impl Iterator<Item = &'a Cell> {
        let parts = self.batches.iter().flat_map(|batch| &batch.parts);
        parts.flat_map(move |part| {
            let begin = part.cells.partition_point(|cell| {
                (cell.partner.as_str(), &*cell.measure, cell.month) < (partner, measure, period.from())
            });
            let rest = part.cells.get(begin..).unwrap_or_default().iter();
            rest.take_while(move |cell| {
                cell.partner.as_str() == partner && &*cell.measure == measure && cell.month < period.until()
            })
        })
    }

    /// The cells of a partner, batch by batch.
    pub(crate) fn cells_of<'a>(&'a self, partner: &'a str) -> impl Iterator<Item = &'a Cell> {
        self.parts().flat_map(move |cells| {
            let begin = cells.partition_point(|cell| cell.partner.as_str() < partner);
            let rest = cells.get(begin..).unwrap_or_default().iter();
            rest.take_while(move |cell| cell.partner.as_str() == partner)
        })
    }

    /// The cells of each part, in the order of partner, measure and month.
    pub(crate) fn parts(&self) -> impl Iterator<Item = &[Cell]> {
        self.batches.iter().flat_map(|batch| batch.parts.iter().map(|part| part.cells.as_slice()))
    }

    /// Where the cells of each partner stand, for those who ask for many.
    pub(crate) fn ranges(&self) -> Ranges<'_> {
        let mut ranges = Ranges::default();
        for (partner, cells) in self.parts().flat_map(by_partner) {
            ranges.0.entry(partner.as_str()).or_default().push(cells);
        }
        ranges
    }

    /// The sum over a measure and period of every partner that has one, for those who ask for many.
    ///
    /// # Errors
    /// [`NumberError::OutOfRange`] if one does not fit.
    pub fn totals(&self, measure: &str, period: &Period) -> Result<BTreeMap<&PartnerId, Scaled>, NumberError> {
        let mut totals = BTreeMap::new();
        for (partner, cells) in self.parts().flat_map(by_partner) {
            let mut within = within(cells, measure, period).peekable();
            if within.peek().is_some() {
                let total = totals.entry(partner).or_insert(Scaled::new(0, self.digits));
                *total = within.try_fold(*total, |sum, cell| sum.plus(cell.amount))?;
            }
        }
        Ok(totals)
    }

    /// The sum over a partner, measure and period.
    ///
    /// # Errors
    /// [`NumberError::OutOfRange`] if it does not fit.
    pub fn total(&self, partner: &str, measure: &str, period: &Period) -> Result<Scaled, NumberError> {
        let zero = Scaled::new(0, self.digits);
        self.cells(partner, measure, period).try_fold(zero, |sum, cell| sum.plus(cell.amount))
    }

    /// The sum of a measure over all partners in a period, and how many partners have a share in it.
    ///
    /// # Errors
    /// [`NumberError::OutOfRange`] if it does not fit.
    pub fn total_of_all(&self, measure: &str, period: &Period) -> Result<(Scaled, usize), NumberError> {
        let mut sum = Scaled::new(0, self.digits);
        let mut partners = BTreeSet::new();
        for cell in self.batches.iter().flat_map(|batch| &batch.parts).flat_map(|part| &part.cells) {
            if &*cell.measure == measure && period.contains(cell.month) {
                sum = sum.plus(cell.amount)?;
                partners.insert(cell.partner.as_str());
            }
        }
        Ok((sum, partners.len()))
    }

    /// Every partner with a sum, in order, each once.
    #[must_use]
    pub fn partners(&self) -> Vec<PartnerId> {
        let mut partners: Vec<_> = self.parts().flat_map(by_partner).map(|(partner, _)| partner.clone()).collect();
        partners.sort_unstable();
        partners.dedup();
        partners
    }

    /// The first and last month that hold anything.
    #[must_use]
    pub fn months(&self) -> Option<(NaiveDate, NaiveDate)> {
        let months =
            || self.batches.iter().flat_map(|batch| &batch.parts).flat_map(|part| &part.cells).map(|cell| cell.month);
        months().min().zip(months().max())
    }

    /// What became of the lines of one part of a batch, if it is here.
    #[must_use]
    pub fn tally_of(&self, key: &BatchKey) -> Option<&Tally> {
        let batch = self.batches.iter().find(|batch| batch.key(key.part) == *key)?;
        batch.parts.iter().find(|part| part.part == key.part).map(|part| &part.tally)
    }

    /// What became of all lines.
    #[must_use]
    pub fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        for part in self.batches.iter().flat_map(|batch| &batch.parts) {
            tally.add(&part.tally);
        }
        tally
    }
}
