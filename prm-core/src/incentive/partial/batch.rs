//! Batches and their parts: how they are kept in order, and what keeps two of them from standing side by side.

use std::collections::BTreeSet;

use serde::{Deserialize, Deserializer, Serialize};

use super::{Cell, MergeError, RateDates, Tally};
use crate::id::{BatchId, SourceId};
use crate::incentive::line::BatchKey;
use crate::scaled::NumberError;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Part {
    pub(super) part: u32,
    /// The batches whose lines it repeats, corrects or takes back: its sums are right only beside them.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(super) rests_on: BTreeSet<BatchKey>,
    pub(super) tally: Tally,
    /// Sorted by [`Cell::place`].
    pub(super) cells: Vec<Cell>,
}

impl Part {
    pub(super) fn grow(&mut self, other: Self) -> Result<(), MergeError> {
        self.tally.add(&other.tally);
        self.rests_on.extend(other.rests_on);
        for cell in other.cells {
            match self.cells.binary_search_by(|mine| mine.place().cmp(&cell.place())) {
                Err(at) => self.cells.insert(at, cell),
                Ok(at) => {
                    if let Some(mine) = self.cells.get_mut(at) {
                        mine.amount = mine.amount.plus(cell.amount)?;
                        mine.lines = mine.lines.checked_add(cell.lines).ok_or(NumberError::OutOfRange)?;
                        mine.rounded = mine.rounded.checked_add(cell.rounded).ok_or(NumberError::OutOfRange)?;
                        mine.rates = RateDates::spanning(mine.rates, cell.rates);
                    }
                }
            }
        }
        self.cells.retain(|cell| cell.lines != 0 || !cell.amount.is_zero());
        Ok(())
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Batch {
    pub(super) source: SourceId,
    pub(super) batch: BatchId,
    pub(super) revision: u32,
    /// Sorted by number.
    pub(super) parts: Vec<Part>,
}

impl Batch {
    pub(super) fn key(&self, part: u32) -> BatchKey {
        BatchKey { source: self.source.clone(), batch: self.batch.clone(), revision: self.revision, part }
    }

    pub(super) fn id(&self) -> (&SourceId, &BatchId) {
        (&self.source, &self.batch)
    }
}

/// Reads batches in any order into the order that look-ups need; refuses what stands twice.
pub(super) fn sorted_batches<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Batch>, D::Error> {
    let mut batches = Vec::<Batch>::deserialize(from)?;
    batches.sort_by(|a, b| a.id().cmp(&b.id()));
    let twice = |what: &str| Err(serde::de::Error::custom(format!("a {what} stands twice")));
    if batches.windows(2).any(|pair| matches!(pair, [a, b] if a.id() == b.id())) {
        return twice("batch");
    }
    for batch in &mut batches {
        batch.parts.sort_by_key(|part| part.part);
        if batch.parts.windows(2).any(|pair| matches!(pair, [a, b] if a.part == b.part)) {
            return twice("part");
        }
        for part in &mut batch.parts {
            part.cells.sort_by(|a, b| a.place().cmp(&b.place()));
            if part.cells.windows(2).any(|pair| matches!(pair, [a, b] if a.place() == b.place())) {
                return twice("cell");
            }
        }
    }
    Ok(batches)
}

/// A batch that repeats, corrects or takes back lines of another is right only beside the revision it knew.
pub(super) fn check_rests(batches: &[Batch]) -> Result<(), MergeError> {
    for batch in batches {
        for part in &batch.parts {
            for known in &part.rests_on {
                let held = batches.binary_search_by(|held| held.id().cmp(&(&known.source, &known.batch)));
                let held = held.ok().and_then(|at| batches.get(at)).map_or(known.revision, |held| held.revision);
                if held != known.revision {
                    let (key, known, held) = (batch.key(part.part), known.clone(), held);
                    return Err(MergeError::RestsOnOther { key, known, held });
                }
            }
        }
    }
    Ok(())
}

pub(super) fn join(held: &mut Batch, other: Batch) -> Result<(), MergeError> {
    match held.revision.cmp(&other.revision) {
        std::cmp::Ordering::Less => *held = other,
        std::cmp::Ordering::Greater => {}
        std::cmp::Ordering::Equal => {
            for part in other.parts {
                match held.parts.binary_search_by_key(&part.part, |mine| mine.part) {
                    Ok(_) => return Err(MergeError::DuplicateBatch { key: held.key(part.part) }),
                    Err(at) => held.parts.insert(at, part),
                }
            }
        }
    }
    Ok(())
}
