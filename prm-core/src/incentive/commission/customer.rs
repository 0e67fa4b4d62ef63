//! Customers of partners: since when each has bought.

use chrono::NaiveDate;
use rustc_hash::FxHashMap;

use super::credit::Credit;
use super::{CommissionError, CommissionFacts, Recurs};
use crate::id::DocumentId;
use crate::incentive::line::SaleLine;
use crate::period::{MonthEnds, add_months};

/// The first sale to a customer.
#[derive(Debug, Clone, Copy)]
pub(super) struct First<'b> {
    pub(super) on: NaiveDate,
    /// Its document; none where the host only knows the day.
    document: Option<&'b DocumentId>,
}

/// The document that a line belongs to: what is billed anew belongs to the one that it replaces.
pub(super) fn document(line: &SaleLine) -> &DocumentId {
    line.reverses.as_ref().map_or(&line.key.document, |key| &key.document)
}

/// The customers of each partner, by place.
#[derive(Debug, Default)]
pub(super) struct Customers<'b> {
    places: FxHashMap<(u32, &'b str), u32>,
    firsts: Vec<Option<First<'b>>>,
}

impl<'b> Customers<'b> {
    /// With those that the host knows from before.
    pub(super) fn known(facts: &'b CommissionFacts, credit: &Credit<'b>) -> Result<Self, CommissionError> {
        let mut customers = Self::default();
        for since in &facts.since {
            let place = customers.place(credit.place(&since.partner)?, since.account.as_str());
            customers.note(place, First { on: since.on, document: None });
        }
        Ok(customers)
    }

    /// The place of a partner's customer.
    pub(super) fn place(&mut self, partner: u32, account: &'b str) -> u32 {
        let next = u32::try_from(self.firsts.len()).unwrap_or(u32::MAX);
        let place = *self.places.entry((partner, account)).or_insert(next);
        if place == next {
            self.firsts.push(None);
        }
        place
    }

    /// Notes a sale that counts.
    pub(super) fn sale(&mut self, place: u32, line: &'b SaleLine, on: NaiveDate) {
        self.note(place, First { on, document: Some(document(line)) });
    }

    fn note(&mut self, place: u32, sale: First<'b>) {
        if let Some(first) = self.firsts.get_mut(place as usize) {
            let is_before = first.is_none_or(|known| (sale.on, sale.document) < (known.on, known.document));
            if is_before {
                *first = Some(sale);
            }
        }
    }

    /// The first sale to a customer.
    pub(super) fn first(&self, place: u32) -> Option<First<'b>> {
        self.firsts.get(place as usize).copied().flatten()
    }
}

impl First<'_> {
    /// Whether a sale belongs to it.
    pub(super) fn holds(&self, line: &SaleLine, on: NaiveDate) -> bool {
        self.document.map_or(on == self.on, |first| first == document(line))
    }
}

impl Recurs {
    /// The day after the last on which a customer's sales pay, if there is one.
    pub(super) fn ends(self, first: NaiveDate) -> Result<Option<NaiveDate>, CommissionError> {
        let Self::Months(count) = self else { return Ok(None) };
        let months = i32::try_from(count).unwrap_or(i32::MAX);
        Ok(Some(add_months(first, months, MonthEnds::Keep)?))
    }
}
