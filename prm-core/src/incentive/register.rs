//! The register of lines: which keys have been seen, with what content, and what each added.
//!
//! It lets a repeated line count once, a correction undo exactly what its predecessor added, and a return find its
//! sale. It grows with the number of lines; a fold without one does not.

use std::collections::HashMap;

use chrono::NaiveDate;

use super::line::{BatchKey, Credit, LineDates, LineKey, SaleLine};
use crate::currency::Currency;
use crate::id::SourceId;

/// What a line added to one cell.
#[derive(Debug, Clone, Copy)]
pub(super) struct Contribution {
    /// The partner's place in the facts; none where the line's customer decides.
    pub(super) partner: Option<u32>,
    /// The measure's place in the program.
    pub(super) measure: u32,
    /// The month's place in the calendar of the fold.
    pub(super) month: u32,
    /// The line's currency.
    pub(super) currency: Currency,
    /// The units added.
    pub(super) units: i128,
    /// Whether they were rounded.
    pub(super) rounded: bool,
    /// The date of the exchange rate, if the line was converted.
    pub(super) rate: Option<NaiveDate>,
}

/// By what a line counts that takes another one back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// The dates of the sale.
    Dates(LineDates),
    /// The sale's counting date, as the host gave it.
    Day(NaiveDate),
}

/// A line that takes back another: decided when all lines are there.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) batch: BatchKey,
    pub(super) line: SaleLine,
    /// Its place among all lines of the fold.
    pub(super) place: usize,
    /// Whether a later line of the same key replaced it.
    pub(super) superseded: bool,
    /// What it replaces: that stands again if the line cannot be used in the end.
    pub(super) replaces: Option<Replaced>,
}

/// What a line replaces that waits.
#[derive(Debug)]
pub(super) enum Replaced {
    /// A line that was counted, with its place among all lines of the fold and what it had added.
    Placed(usize, Vec<Contribution>),
    /// A line that waits itself, at this place among the waiting.
    Waits(usize),
}

/// The version of a key that counts.
struct Seen {
    content: [u8; 32],
    /// Its place among all lines of the fold.
    place: usize,
    /// The batch it came in, by place.
    batch: usize,
    state: State,
}

enum State {
    /// It was counted, with these contributions.
    Placed { origin: Origin, from: usize, until: usize },
    /// It waits, at this place among the waiting.
    Waits(usize),
}

type Key = (SourceId, LineKey);

#[derive(Default)]
pub(super) struct Register {
    seen: HashMap<Key, Seen>,
    contributions: Vec<Contribution>,
    /// Whom lines that were counted credit, by their place, where they say it.
    credits: HashMap<usize, Vec<Credit>>,
    batches: Vec<BatchKey>,
    waiting: Vec<Waiting>,
}

/// How a line stands to what was seen before.
pub(super) enum Standing {
    New,
    /// The same content came in this batch before.
    Repeated(BatchKey),
    /// Another content came in this batch before, at this place, and was counted: what it had added.
    CorrectsPlaced(BatchKey, usize, Vec<Contribution>),
    /// Another content came in this batch before, and waits at this place among the waiting.
    CorrectsWaiting(BatchKey, usize),
}

impl Register {
    pub(super) fn standing(&self, source: &SourceId, key: &LineKey, content: &[u8; 32]) -> Standing {
        // Without a line number a line is nobody else's.
        let seen = key.line.as_ref().and_then(|_| self.seen.get(&(source.clone(), key.clone())));
        let Some((seen, batch)) = seen.and_then(|seen| Some((seen, self.batches.get(seen.batch)?.clone()))) else {
            return Standing::New;
        };
        match &seen.state {
            _ if seen.content == *content => Standing::Repeated(batch),
            State::Waits(at) => Standing::CorrectsWaiting(batch, *at),
            State::Placed { from, until, .. } => {
                let added = self.contributions.get(*from..*until).unwrap_or_default();
                Standing::CorrectsPlaced(batch, seen.place, added.to_vec())
            }
        }
    }

    /// Notes a line that was counted.
    pub(super) fn place(
        &mut self,
        batch: &BatchKey,
        (line, place): (&SaleLine, usize),
        content: [u8; 32],
        added: &[Contribution],
    ) {
        let from = self.contributions.len();
        self.contributions.extend_from_slice(added);
        if !line.credits.is_empty() {
            self.credits.insert(place, line.credits.clone());
        }
        let origin = line.original_date.map_or(Origin::Dates(line.dates), Origin::Day);
        let state = State::Placed { origin, from, until: self.contributions.len() };
        self.note(batch, (&line.key, place), content, state);
    }

    /// Notes a line that waits.
    pub(super) fn wait(
        &mut self,
        batch: &BatchKey,
        (line, place): (&SaleLine, usize),
        content: [u8; 32],
        replaces: Option<Replaced>,
    ) {
        self.note(batch, (&line.key, place), content, State::Waits(self.waiting.len()));
        self.waiting.push(Waiting { batch: batch.clone(), line: line.clone(), place, superseded: false, replaces });
    }

    fn note(&mut self, batch: &BatchKey, (key, place): (&LineKey, usize), content: [u8; 32], state: State) {
        if self.batches.last() != Some(batch) {
            self.batches.push(batch.clone());
        }
        if key.line.is_none() {
            return;
        }
        let seen = Seen { content, place, batch: self.batches.len() - 1, state };
        let before = self.seen.insert((batch.source.clone(), key.clone()), seen);
        if let Some(Seen { state: State::Waits(at), .. }) = before
            && let Some(waiting) = self.waiting.get_mut(at)
        {
            waiting.superseded = true;
        }
    }

    /// Takes out the lines that waited, each with by what it counts; `None` where that is unknown.
    pub(super) fn decide(&mut self) -> Vec<(Waiting, Option<Found>)> {
        let mut known = Origins::new();
        let origin =
            |Waiting { batch, line, .. }: &Waiting| self.origin(&batch.source, line.reverses.as_ref()?, &mut known);
        let found: Vec<_> = self.waiting.iter().map(origin).collect();
        std::mem::take(&mut self.waiting).into_iter().zip(found).collect()
    }

    /// By what a line counts that takes this key back, and the batches that this rests on.
    ///
    /// A line that takes back one that itself takes back another counts with the first of the chain: a credit and
    /// its rebill net in the period of the sale. Where the first is unknown, the last known line stands for it; in a
    /// ring each stands for itself. None of this depends on the order in which lines came.
    fn origin(&self, source: &SourceId, key: &LineKey, known: &mut Origins) -> Option<Found> {
        let mut path: Vec<(Key, LineDates, usize)> = Vec::new();
        let mut at: Key = (source.clone(), key.clone());
        let found = loop {
            if let Some(found) = known.get(&at) {
                break Some(found.clone());
            }
            let Some(seen) = self.seen.get(&at) else {
                break path.last().map(|(_, dates, batch)| self.found(Origin::Dates(*dates), *batch, None));
            };
            match &seen.state {
                State::Placed { origin, .. } => break Some(self.found(*origin, seen.batch, Some(seen.place))),
                State::Waits(place) => {
                    let Some(Waiting { line, .. }) = self.waiting.get(*place) else { break None };
                    let ring = path.iter().position(|(key, ..)| *key == at);
                    if let Some(begins) = ring {
                        for (key, dates, batch) in path.drain(begins..) {
                            known.insert(key, self.found(Origin::Dates(dates), batch, None));
                        }
                        break known.get(&at).cloned();
                    }
                    path.push((at.clone(), line.dates, seen.batch));
                    let Some(reverses) = line.reverses.clone() else { break None };
                    at = (at.0, reverses);
                }
            }
        };
        if let Some(found) = &found {
            for (key, _, batch) in path {
                let mut found = found.clone();
                found.rests_on.extend(self.batches.get(batch).cloned());
                known.insert(key, found);
            }
        }
        known.get(&(source.clone(), key.clone())).cloned().or(found)
    }

    fn found(&self, origin: Origin, batch: usize, place: Option<usize>) -> Found {
        let credits = place.and_then(|place| self.credits.get(&place)).cloned().unwrap_or_default();
        Found { origin, credits, rests_on: self.batches.get(batch).cloned().into_iter().collect() }
    }
}

/// What is known of keys that are taken back.
type Origins = HashMap<Key, Found>;

/// By what a line counts, and the batches that know it.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) origin: Origin,
    /// Whom the line credits that is taken back.
    pub(super) credits: Vec<Credit>,
    pub(super) rests_on: std::collections::BTreeSet<BatchKey>,
}
