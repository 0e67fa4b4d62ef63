//! What is left of each sale on which day, how much of that is released, and which runs cover it.

use std::collections::hash_map::Entry;

use chrono::{Days, NaiveDate};
use rustc_hash::FxHashMap;

use super::release::Documents;
use super::runs::{Month, Step};
use super::take::{Back, NONE, Sale, Taken, place};
use super::{BackReason, Clawback, Commission, CommissionBasis, CommissionError, CommissionPay, Per, Released};
use crate::period::PeriodError;

/// A line that takes a sale back, and what it takes. Money in minor units.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fall {
    /// The place of the line.
    pub(super) back: u32,
    pub(super) on: NaiveDate,
    pub(super) takes: i64,
    /// What is left then.
    pub(super) left: i64,
    pub(super) because: Option<BackReason>,
}

/// The sales of a commission in time.
pub(super) struct Timeline<'b> {
    commission: &'b Commission,
    pub(super) taken: Taken<'b>,
    documents: Documents,
    /// What takes back each sale of which something is, by its place; in the order of days.
    falls: FxHashMap<u32, Vec<Fall>>,
}

impl<'b> Timeline<'b> {
    pub(super) fn new(
        basis: &CommissionBasis<'b>,
        commission: &'b Commission,
        as_of: NaiveDate,
    ) -> Result<Self, CommissionError> {
        let taken = Taken::new(basis, commission, as_of)?;
        let documents = match commission.released {
            Released::Invoice => Documents::default(),
            Released::Payment => Documents::new(basis, commission, as_of)?,
        };
        let mut timeline = Self { commission, taken, documents, falls: FxHashMap::default() };
        for sale in &mut timeline.taken.sales {
            sale.document = timeline.documents.place_of(sale.place);
        }
        timeline.fall()?;
        Ok(timeline)
    }

    /// What takes back a sale, in the order of days.
    pub(super) fn falls(&self, sale: u32) -> &[Fall] {
        if self.falls.is_empty() { &[] } else { self.falls.get(&sale).map_or(&[], Vec::as_slice) }
    }

    /// What is left of a sale at the end of a day.
    pub(super) fn left(&self, at: u32, sale: &Sale<'_>, day: NaiveDate) -> i64 {
        let falls = self.falls(at);
        let before = falls.partition_point(|fall| fall.on <= day);
        before.checked_sub(1).and_then(|at| falls.get(at)).map_or(sale.whole, |fall| fall.left)
    }

    /// How much of what is left of a sale at the end of a day is released by what was known of it by an earlier one.
    pub(super) fn released(
        &self,
        at: u32,
        sale: &Sale<'_>,
        by: NaiveDate,
        day: NaiveDate,
    ) -> Result<i64, CommissionError> {
        self.released_of(sale, self.left(at, sale, day), by, day)
    }

    fn released_of(&self, sale: &Sale<'_>, left: i64, by: NaiveDate, day: NaiveDate) -> Result<i64, CommissionError> {
        // What is taken back by itself waits for nothing.
        let by = if sale.is_alone() { day } else { by };
        if left == 0 || sale.known > day {
            return Ok(0);
        }
        if sale.is_alone() || self.commission.released == Released::Invoice {
            return Ok(if sale.known <= by { left } else { 0 });
        }
        let Some(paid) = self.documents.get(sale.document) else { return Ok(0) };
        let fraction = paid.fraction(by, day)?;
        let unknown = || CommissionError::UnknownTotal { document: sale.line.key.document.clone() };
        let (times, over) = fraction.ok_or_else(unknown)?;
        self.commission.fraction(left, times, over)
    }

    /// From which day on what is released of a sale can be paid.
    pub(super) fn payable_from(&self, sale: &Sale<'_>, as_of: NaiveDate) -> Result<Option<NaiveDate>, CommissionError> {
        if sale.is_alone() {
            return Ok(Some(sale.known));
        }
        let released = match self.commission.released {
            Released::Invoice => Some(sale.known),
            Released::Payment => self.documents.get(sale.document).and_then(|paid| paid.reached(as_of)),
        };
        released.map(|on| self.held_until(on.max(sale.known))).transpose()
    }

    fn held_until(&self, released: NaiveDate) -> Result<NaiveDate, CommissionError> {
        let until = released.checked_add_days(Days::new(self.commission.hold_days.into()));
        until.ok_or_else(|| PeriodError::YearOutOfRange { year: chrono::Datelike::year(&released) }.into())
    }

    /// How much of each sale is to be in which run, up to a day.
    pub(super) fn steps(&self, as_of: NaiveDate) -> Result<Vec<Step>, CommissionError> {
        let mut steps = Vec::with_capacity(self.taken.sales.len());
        let mut months: Vec<Month> = Vec::new();
        let last = self.commission.runs.last(as_of);
        // There are few runs, and many sales ask for each.
        let mut days: FxHashMap<Month, (NaiveDate, NaiveDate)> = FxHashMap::default();
        for (at, sale) in (0..).zip(&self.taken.sales).filter(|(_, sale)| sale.whole != 0) {
            months.clear();
            self.months(at, sale, &mut months)?;
            let mut before = 0;
            for month in months.iter().filter(|month| **month <= last) {
                let of_run = match days.entry(*month) {
                    Entry::Occupied(known) => *known.get(),
                    Entry::Vacant(place) => *place.insert(self.days(*month)?),
                };
                let covered = self.released(at, sale, of_run.0, of_run.1)?;
                if covered != before {
                    steps.push(Step { partner: sale.partner, month: *month, sale: at, covered });
                    before = covered;
                }
            }
        }
        Ok(steps)
    }

    /// The runs at which more or less of a sale could be covered than before, each once, in order.
    fn months(&self, at: u32, sale: &Sale<'_>, months: &mut Vec<Month>) -> Result<(), CommissionError> {
        let runs = &self.commission.runs;
        let first = runs.knowing(sale.known);
        if sale.is_alone() {
            months.push(first);
            return Ok(());
        }
        match self.commission.released {
            Released::Invoice => months.push(runs.covering(self.held_until(sale.known)?)),
            Released::Payment => {
                let Some(paid) = self.documents.get(sale.document) else { return Ok(()) };
                for on in paid.paid_on() {
                    months.push(runs.covering(self.held_until(on)?));
                    months.push(runs.knowing(on));
                }
                months.extend(paid.credited_on().map(|on| runs.knowing(on)));
                months.push(first);
            }
        }
        months.extend(self.falls(at).iter().map(|fall| runs.knowing(fall.on)));
        months.iter_mut().for_each(|month| *month = first.max(*month));
        if months.len() > 1 {
            months.sort_unstable();
            months.dedup();
        }
        Ok(())
    }

    /// The day by which something must be released for a run to cover it, and the day of the run.
    fn days(&self, month: Month) -> Result<(NaiveDate, NaiveDate), CommissionError> {
        let runs = &self.commission.runs;
        let until = runs.covers_until(month)?;
        let hold = Days::new(self.commission.hold_days.into());
        Ok((until.checked_sub_days(hold).unwrap_or(NaiveDate::MIN), runs.on(month)?))
    }

    /// Finds what every return takes back.
    fn fall(&mut self) -> Result<(), CommissionError> {
        let mut falls: FxHashMap<u32, Vec<Fall>> = FxHashMap::default();
        // The line by which the last of a sale was taken back, where it holds up a fixed amount.
        let mut emptied: FxHashMap<u32, u32> = FxHashMap::default();
        let mut begin = 0;
        for of_sale in self.taken.back.chunk_by(|one, next| one.sale == next.sale) {
            let first = place(begin);
            begin += of_sale.len();
            let Some(at) = of_sale.first().map(|back| back.sale) else { continue };
            let Some(sale) = self.taken.sales.get(at as usize) else { continue };
            let (of_one, is_empty) = self.falls_of(sale, of_sale, first)?;
            if is_empty && sale.group != NONE {
                emptied.insert(at, place(begin - 1));
            }
            falls.insert(at, of_one);
        }
        self.empty(&mut falls, &emptied)?;
        self.falls = falls;
        Ok(())
    }

    /// What the returns of one sale take, one after the other, and whether nothing is left of it.
    fn falls_of(&self, sale: &Sale<'_>, back: &[Back<'_>], first: u32) -> Result<(Vec<Fall>, bool), CommissionError> {
        let is_fixed = self.is_fixed(sale);
        let (mut amount, mut units, mut left) = (sale.amount, sale.units, sale.whole);
        let mut falls: Vec<Fall> = Vec::with_capacity(back.len());
        let (mut day, mut at_dawn) = (sale.known, left);
        for (at, line) in (first..).zip(back) {
            (amount, units) = (amount.plus(line.amount)?, units.plus(line.units)?);
            if line.on != day {
                (day, at_dawn) = (line.on, left);
            }
            let wanted = self.commission.left(sale, amount, units)?.min(left);
            let (after, late) = self.after(sale, line.on, (at_dawn, left), wanted)?;
            let because = if is_fixed && left > 0 { Some(BackReason::Fixed) } else { late };
            falls.push(Fall { back: at, on: line.on, takes: left - after, left: after, because });
            left = after;
        }
        Ok((falls, amount.is_zero() || amount.is_negative()))
    }

    /// What is left after a return, and why it is more than what was wanted. What comes late takes nothing of what was
    /// released before its day, but what was not is no longer to come.
    fn after(
        &self,
        sale: &Sale<'_>,
        on: NaiveDate,
        (at_dawn, left): (i64, i64),
        wanted: i64,
    ) -> Result<(i64, Option<BackReason>), CommissionError> {
        let Clawback::Days(days) = self.commission.clawback else { return Ok((wanted, None)) };
        let until = sale.on.checked_add_days(Days::new(days.into())).unwrap_or(NaiveDate::MAX);
        if on <= until || wanted >= left {
            return Ok((wanted, None));
        }
        let before = on.pred_opt().unwrap_or(on);
        let released = self.released_of(sale, at_dawn, before, before)?;
        let after = wanted.max(released.min(left));
        Ok((after, (after > wanted).then_some(BackReason::Late { until })))
    }

    fn is_fixed(&self, sale: &Sale<'_>) -> bool {
        let rate = self.commission.rates.get(sale.rate as usize);
        rate.is_some_and(|rate| matches!(rate.pays, CommissionPay::Fixed { per, .. } if per != Per::Unit))
    }

    /// Takes back the fixed amounts of which nothing is left that holds them up.
    fn empty(
        &self,
        falls: &mut FxHashMap<u32, Vec<Fall>>,
        emptied: &FxHashMap<u32, u32>,
    ) -> Result<(), CommissionError> {
        if emptied.is_empty() {
            return Ok(());
        }
        let mut standing = vec![false; self.taken.groups.len()];
        let mut last: Vec<Option<u32>> = vec![None; self.taken.groups.len()];
        for (at, sale) in (0..).zip(&self.taken.sales).filter(|(_, sale)| sale.group != NONE) {
            let group = sale.group as usize;
            let (Some(standing), Some(last)) = (standing.get_mut(group), last.get_mut(group)) else { continue };
            if !self.taken.holds(sale) {
                continue;
            }
            match emptied.get(&at) {
                Some(back) => {
                    let on = |back: u32| self.taken.back.get(back as usize).map(|back| (back.on, &back.line.key));
                    *last = last.filter(|known| on(*known) >= on(*back)).or(Some(*back));
                }
                None => *standing = true,
            }
        }
        for ((group, standing), last) in self.taken.groups.iter().zip(standing).zip(last) {
            let sale = self.taken.sales.get(group.carrier as usize);
            let line = last.and_then(|place| Some((place, self.taken.back.get(place as usize)?)));
            let (Some(sale), Some((back, line)), false) = (sale, line, standing) else { continue };
            let (left, because) = self.after(sale, line.on, (sale.whole, sale.whole), 0)?;
            let fall = Fall { back, on: line.on, takes: sale.whole - left, left, because };
            let falls = falls.entry(group.carrier).or_default();
            falls.retain(|known| known.back != back);
            falls.push(fall);
            falls.sort_by_key(|fall| fall.on);
        }
        Ok(())
    }
}
