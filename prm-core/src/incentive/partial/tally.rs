//! What became of lines: each is counted, set aside for a stated reason, or refused with its money.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::currency::Currency;
use crate::scaled::Scaled;

/// Lines that were refused for one reason and subject, and the money they hold.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Refused {
    /// How many lines.
    pub lines: u64,
    /// Their amounts by currency, where they have one.
    pub money: BTreeMap<Currency, Scaled>,
    /// How many amounts are too large to be added to the others.
    #[serde(default)]
    pub unsummed: u64,
}

impl Refused {
    /// One more line.
    pub(crate) fn add(&mut self, currency: Currency, amount: Option<Scaled>) {
        self.lines = self.lines.saturating_add(1);
        if let Some(amount) = amount {
            self.add_money(currency, amount);
        }
    }

    fn add_money(&mut self, currency: Currency, amount: Scaled) {
        let sum = self.money.entry(currency).or_insert(Scaled::ZERO);
        // One absurd amount must not hide how much the other lines hold.
        match sum.plus(amount) {
            Ok(total) => *sum = total,
            Err(_) => self.unsummed = self.unsummed.saturating_add(1),
        }
    }
}

/// What became of the lines of a part.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Tally {
    /// Lines given.
    pub lines: u64,
    /// Lines that count in at least one measure.
    pub counted: u64,
    /// Lines that no measure selects: other products, steps or kinds.
    pub not_selected: u64,
    /// Lines outside the dates that the program governs.
    pub outside_program: u64,
    /// Lines that were already there with the same content.
    pub repeated: u64,
    /// Lines that replaced one with the same key and other content (also among the counted).
    pub corrected: u64,
    /// Lines that could not be used, by code and subject (the unknown SKU, the partner).
    pub refused: BTreeMap<String, BTreeMap<String, Refused>>,
}

impl Tally {
    /// How many lines were refused.
    #[must_use]
    pub fn refused_lines(&self) -> u64 {
        let refused = self.refused.values().flat_map(BTreeMap::values);
        refused.fold(0, |sum, refused| sum.saturating_add(refused.lines))
    }

    /// Adds what another part counted.
    pub fn add(&mut self, other: &Self) {
        let counts = [
            (&mut self.lines, other.lines),
            (&mut self.counted, other.counted),
            (&mut self.not_selected, other.not_selected),
            (&mut self.outside_program, other.outside_program),
            (&mut self.repeated, other.repeated),
            (&mut self.corrected, other.corrected),
        ];
        for (mine, others) in counts {
            *mine = mine.saturating_add(others);
        }
        for (code, subjects) in &other.refused {
            for (subject, refused) in subjects {
                let mine = self.refused.entry(code.clone()).or_default().entry(subject.clone()).or_default();
                mine.lines = mine.lines.saturating_add(refused.lines);
                mine.unsummed = mine.unsummed.saturating_add(refused.unsummed);
                for (currency, amount) in &refused.money {
                    mine.add_money(*currency, *amount);
                }
            }
        }
    }
}
