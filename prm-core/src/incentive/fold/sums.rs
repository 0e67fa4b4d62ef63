//! The running sums of a batch: dense where lines are, nothing where none is.

use std::sync::Arc;

use chrono::NaiveDate;
use rustc_hash::FxHashMap;

use super::error::LineError;
use super::plan::Plan;
use crate::currency::Currency;
use crate::incentive::partial::{Cell, RateDates};
use crate::incentive::register::Contribution;
use crate::scaled::{NumberError, Scaled};

#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    units: i128,
    lines: i64,
    rounded: i64,
}

/// An addition that has its place but has not been made.
#[derive(Debug, Clone, Copy)]
struct Pending {
    place: usize,
    units: i128,
    lines: i64,
    rounded: i64,
}

/// Additions are made in blocks: their places are all over memory, and a short loop over many of them lets the
/// processor wait for several at once. Half the time of adding one by one, measured in `benches`.
const BLOCK: usize = 512;

#[derive(Default)]
pub(super) struct Sums {
    /// The months (by their place in the calendar of the fold) and currencies of lines, each pair a slot.
    slots: Vec<(u32, Currency)>,
    /// The same the other way round: with sums by day there are too many to look through.
    slot_of: FxHashMap<(u32, Currency), usize>,
    /// How many slots each partner has room for in `rows`.
    width: usize,
    /// The row of each partner and slot, counted from 1; 0 where no line is.
    rows: Vec<u32>,
    /// One sum per row and measure.
    sums: Vec<Sum>,
    pending: Vec<Pending>,
    /// The dates of exchange rates, by place, as far as lines were converted.
    rates: Vec<Option<RateDates>>,
    /// Whether a sum did not fit; a line alone is far too small for that.
    overflowed: bool,
}

impl Sums {
    /// Adds what a line adds (`sign` 1), or takes it away (-1).
    pub(super) fn add(&mut self, plan: &Plan<'_>, added: &[Contribution], sign: i64) -> Result<(), LineError> {
        for contribution in added {
            let &Contribution { partner, measure, month, currency, units, rounded, rate } = contribution;
            // Whose it is, is not known yet.
            let Some(partner) = partner else { continue };
            let row = self.row(plan, partner, month, currency).ok_or(LineError::OutOfRange { field: "amount" })?;
            let place = row * plan.keys.len() + measure as usize;
            let (units, rounded) = (units * i128::from(sign), sign * i64::from(rounded));
            self.pending.push(Pending { place, units, lines: sign, rounded });
            if let Some(day) = rate {
                self.rates.resize(self.rates.len().max(place + 1), None);
                if let Some(rates) = self.rates.get_mut(place) {
                    *rates = RateDates::spanning(*rates, Some(RateDates::on(day)));
                }
            }
        }
        if self.pending.len() >= BLOCK {
            self.flush();
        }
        Ok(())
    }

    fn flush(&mut self) {
        for Pending { place, units, lines, rounded } in self.pending.drain(..) {
            let Some(sum) = self.sums.get_mut(place) else { continue };
            let (total, overflowed) = sum.units.overflowing_add(units);
            self.overflowed |= overflowed;
            sum.units = total;
            sum.lines += lines;
            sum.rounded += rounded;
        }
    }

    /// The row of a partner, month and currency; `None` beyond what a fold can number.
    fn row(&mut self, plan: &Plan<'_>, partner: u32, month: u32, currency: Currency) -> Option<usize> {
        let slot = self.slot(plan, month, currency);
        let known = self.rows.get_mut(partner as usize * self.width + slot)?;
        if *known == 0 {
            let rows = self.sums.len() / plan.keys.len();
            *known = u32::try_from(rows + 1).ok()?;
            self.sums.resize(self.sums.len() + plan.keys.len(), Sum::default());
        }
        Some(*known as usize - 1)
    }

    fn slot(&mut self, plan: &Plan<'_>, month: u32, currency: Currency) -> usize {
        if let Some(slot) = self.slot_of.get(&(month, currency)) {
            return *slot;
        }
        self.slot_of.insert((month, currency), self.slots.len());
        self.slots.push((month, currency));
        if self.slots.len() > self.width {
            let wider = (self.width * 2).max(16);
            let mut rows = vec![0; plan.partners.len() * wider];
            for (old, new) in self.rows.chunks(self.width.max(1)).zip(rows.chunks_mut(wider)) {
                new.iter_mut().zip(old).for_each(|(new, old)| *new = *old);
            }
            (self.rows, self.width) = (rows, wider);
        }
        self.slots.len() - 1
    }

    /// The sums in the order of partner, measure, month and currency; `months` are the months by place.
    ///
    /// # Errors
    /// [`NumberError::OutOfRange`] if a sum does not fit.
    pub(super) fn cells(mut self, plan: &Plan<'_>, months: &[NaiveDate], digits: u8) -> Result<Vec<Cell>, NumberError> {
        self.flush();
        if self.overflowed {
            return Err(NumberError::OutOfRange);
        }
        let mut measures: Vec<usize> = (0..plan.keys.len()).collect();
        measures.sort_by_key(|measure| plan.keys.get(*measure));
        let mut cells = Vec::with_capacity(self.sums.len());
        // Partners stand in the order of their ids, so only a partner's own rows need sorting.
        for (partner, rows) in plan.partners.iter().zip(self.rows.chunks(self.width.max(1))) {
            let dated = rows.iter().zip(&self.slots).filter_map(|(row, (month, currency))| {
                let begins = (*row as usize).checked_sub(1)? * plan.keys.len();
                Some((*months.get(*month as usize)?, *currency, begins))
            });
            let mut rows: Vec<_> = dated.collect();
            rows.sort_unstable();
            for measure in &measures {
                for (month, currency, begins) in &rows {
                    let place = begins + measure;
                    let sum = self.sums.get(place).filter(|sum| sum.lines != 0 || sum.units != 0);
                    let (Some(sum), Some(key)) = (sum, plan.keys.get(*measure)) else { continue };
                    cells.push(Cell {
                        partner: (*partner).clone(),
                        measure: Arc::clone(key),
                        month: *month,
                        sold_in: *currency,
                        amount: Scaled::new(sum.units, digits),
                        lines: sum.lines,
                        rounded: sum.rounded,
                        rates: self.rates.get(place).copied().flatten(),
                    });
                }
            }
        }
        Ok(cells)
    }
}
