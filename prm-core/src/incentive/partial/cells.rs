//! Cells in the making: shares of lines and cells of others, added and taken away.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{Cell, RateDates};
use crate::currency::Currency;
use crate::id::PartnerId;
use crate::incentive::fold::Share;
use crate::scaled::{NumberError, Scaled};

/// Partner, measure, month and currency of sale.
type Place = (PartnerId, Arc<str>, NaiveDate, Currency);

/// Sums by partner, measure, month and currency of sale, each place once. Serialised as a list in their order.
///
/// Differences are sums too: what is taken away is added with its sign turned.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "Vec<Cell>", into = "Vec<Cell>")]
pub struct Cells(BTreeMap<Place, Cell>);

impl Cells {
    /// Adds what a line adds, if it is known to whom.
    ///
    /// # Errors
    /// [`NumberError::OutOfRange`] if a sum does not fit.
    pub fn add_share(&mut self, share: &Share) -> Result<(), NumberError> {
        let Share { partner, measure, month, sold_in, amount, rounded, rate } = share;
        let Some(partner) = partner else { return Ok(()) };
        self.add_cell(&Cell {
            partner: partner.clone(),
            measure: Arc::clone(measure),
            month: *month,
            sold_in: *sold_in,
            amount: *amount,
            lines: 1,
            rounded: i64::from(*rounded),
            rates: rate.map(RateDates::on),
        })
    }

    /// Adds all sums of others.
    ///
    /// # Errors
    /// [`NumberError::OutOfRange`] if a sum does not fit.
    pub fn add(&mut self, others: &Self) -> Result<(), NumberError> {
        others.0.values().try_for_each(|cell| self.add_cell(cell))
    }

    /// Takes all sums of others away.
    ///
    /// # Errors
    /// [`NumberError::OutOfRange`] if a sum does not fit.
    pub fn subtract(&mut self, others: &Self) -> Result<(), NumberError> {
        for cell in others.0.values() {
            let turned = |count: i64| count.checked_neg().ok_or(NumberError::OutOfRange);
            let (lines, rounded) = (turned(cell.lines)?, turned(cell.rounded)?);
            let amount = Scaled::new(0, cell.amount.digits()).minus(cell.amount)?;
            self.add_cell(&Cell { amount, lines, rounded, ..cell.clone() })?;
        }
        Ok(())
    }

    pub(crate) fn add_cell(&mut self, cell: &Cell) -> Result<(), NumberError> {
        let place = (cell.partner.clone(), Arc::clone(&cell.measure), cell.month, cell.sold_in);
        match self.0.entry(place) {
            std::collections::btree_map::Entry::Vacant(vacant) => {
                vacant.insert(cell.clone());
            }
            std::collections::btree_map::Entry::Occupied(mut held) => {
                let mine = held.get_mut();
                mine.amount = mine.amount.plus(cell.amount)?;
                mine.lines = mine.lines.checked_add(cell.lines).ok_or(NumberError::OutOfRange)?;
                mine.rounded = mine.rounded.checked_add(cell.rounded).ok_or(NumberError::OutOfRange)?;
                mine.rates = RateDates::spanning(mine.rates, cell.rates);
                if mine.amount.is_zero() && mine.lines == 0 && mine.rounded == 0 {
                    held.remove();
                }
            }
        }
        Ok(())
    }

    /// Whether there is nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The cells in the order of partner, measure, month and currency.
    pub fn iter(&self) -> impl Iterator<Item = &Cell> {
        self.0.values()
    }

    pub(super) fn into_vec(self) -> Vec<Cell> {
        self.0.into_values().collect()
    }
}

impl From<Cells> for Vec<Cell> {
    fn from(cells: Cells) -> Self {
        cells.into_vec()
    }
}

impl TryFrom<Vec<Cell>> for Cells {
    type Error = NumberError;

    fn try_from(list: Vec<Cell>) -> Result<Self, NumberError> {
        let mut cells = Self::default();
        list.iter().try_for_each(|cell| cells.add_cell(cell))?;
        Ok(cells)
    }
}
