//! The register of lines: which keys have been seen, with what content, and what each added.
//!
//! It lets a repeated line count once, a correction undo exactly what its predecessor added, and a return
//! find its sale. It grows with the number of lines; a fold without one does not.

use std::collections::HashMap;

use chrono::NaiveDate;

use super::line::{LineDates, LineKey};
use crate::currency::Currency;
use crate::id::SourceId;

/// What a line added to one cell.
#[derive(Debug, Clone, Copy)]
pub(super) struct Contribution {
    /// The partner's place in the facts.
    pub(super) partner: u32,
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

struct Seen {
    content: [u8; 32],
    dates: LineDates,
    from: usize,
    until: usize,
}

#[derive(Default)]
pub(super) struct Register {
    seen: HashMap<(SourceId, LineKey), Seen>,
    contributions: Vec<Contribution>,
}

/// How a line stands to what was seen before.
pub(super) enum Standing {
    New,
    Repeated,
    /// Another content under the same key; what it had added.
    Corrects(Vec<Contribution>),
}

impl Register {
    pub(super) fn standing(&self, source: &SourceId, key: &LineKey, content: &[u8; 32]) -> Standing {
        // Without a line number a line is nobody else's.
        let seen = key.line.as_ref().and_then(|_| self.seen.get(&(source.clone(), key.clone())));
        match seen {
            None => Standing::New,
            Some(seen) if seen.content == *content => Standing::Repeated,
            Some(seen) => {
                let added = self.contributions.get(seen.from..seen.until).unwrap_or_default();
                Standing::Corrects(added.to_vec())
            }
        }
    }

    pub(super) fn note(
        &mut self,
        source: &SourceId,
        key: &LineKey,
        content: [u8; 32],
        dates: LineDates,
        added: &[Contribution],
    ) {
        if key.line.is_none() {
            return;
        }
        let from = self.contributions.len();
        self.contributions.extend_from_slice(added);
        let seen = Seen { content, dates, from, until: self.contributions.len() };
        self.seen.insert((source.clone(), key.clone()), seen);
    }

    /// The dates of a line seen before.
    pub(super) fn dates(&self, source: &SourceId, key: &LineKey) -> Option<LineDates> {
        self.seen.get(&(source.clone(), key.clone())).map(|seen| seen.dates)
    }
}
