//! What counts of a measure for a partner in a period: which sums, as known when.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;

use super::distinct::{Distinct, DistinctCount, Gauge, counts, number};
use super::explain::{Basis, ExplainError, Measured, MeasuredPart};
use super::membership::{MemberSales, Membership};
use super::partial::{Cell, Cells, Partials};
use super::periods::{AfterClose, Reopened};
use super::rebate::Rebate;
use crate::calendar::FiscalPeriod;
use crate::partner::Partner;
use crate::period::Period;
use crate::scaled::{NumberError, Scaled};

/// The sums as they were known when periods were closed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Closings {
    /// The sums as known at the beginning of the days on which periods were closed. A day that is not here has not come, or
    /// nothing was known then: then the sums are those of now.
    pub known: BTreeMap<NaiveDate, Partials>,
    /// The days until which periods were reopened.
    pub reopened: Reopened,
}

impl Closings {
    /// Sums by the day on which they were closed, and what was reopened.
    #[must_use]
    pub const fn new(known: BTreeMap<NaiveDate, Partials>, reopened: Reopened) -> Self {
        Self { known, reopened }
    }
}

/// What counts, for one rebate and partner.
#[derive(Clone, Copy)]
pub(super) struct Counted<'b> {
    pub(super) basis: Basis<'b>,
    pub(super) rebate: &'b Rebate,
    pub(super) partner: &'b Partner,
}

impl<'b> Counted<'b> {
    /// The days of a period whose sums count, if there are any.
    fn days(self, period: &Period) -> Option<Period> {
        let Membership { sales, .. } = self.basis.program.membership();
        let days = self.rebate.days(period)?;
        if sales == MemberSales::All { Some(days) } else { self.partner.member_days(&days) }
    }

    /// Tells `each` cell of a measure that counts in a period.
    fn cells(
        self,
        key: &Arc<str>,
        period: &FiscalPeriod,
        mut each: impl FnMut(&Cell) -> Result<(), NumberError>,
    ) -> Result<(), ExplainError> {
        let Some(days) = self.days(&period.period) else { return Ok(()) };
        let partner = self.partner.id.as_str();
        let by_sale = self.rebate.eligible.tier.as_ref().filter(|filter| filter.is_by_sale());
        if by_sale.is_some() && self.basis.tiers.is_none() {
            return Err(ExplainError::NeedsTiers);
        }
        // Such measures are kept by day.
        let in_tier = |day: NaiveDate| {
            by_sale.is_none_or(|filter| {
                let has = self.basis.tier_on(self.partner, day).ok().flatten();
                has.is_some_and(|has| filter.tiers.contains(has))
            })
        };
        let mut each = |cell: &Cell| if in_tier(cell.month) { each(cell) } else { Ok(()) };
        match self.basis.program.period_policy().after_close {
            AfterClose::Adjust => match self.basis.ranges {
                Some(ranges) => ranges.cells(partner, key, &days).try_for_each(&mut each)?,
                None => self.basis.partials.cells(partner, key, &days).try_for_each(&mut each)?,
            },
            AfterClose::Refuse => self.as_closed(period)?.cells(partner, key, &days).try_for_each(&mut each)?,
            AfterClose::Current => {
                // All that was known up to here when this one was closed, less all that was known before when that was.
                let ever =
                    |days: Period| Period::new(self.rebate.sums_from.min(days.from()), days.until()).unwrap_or(days);
                let before = self.basis.program.calendar().previous(period)?;
                let mut came = Cells::default();
                self.as_closed(period)?.cells(partner, key, &ever(days)).try_for_each(|cell| came.add_cell(cell))?;
                let mut known = Cells::default();
                if let Some(earlier) = self.days(&before.period) {
                    let cells = self.as_closed(&before)?;
                    cells.cells(partner, key, &ever(earlier)).try_for_each(|cell| known.add_cell(cell))?;
                }
                came.subtract(&known)?;
                came.iter().try_for_each(&mut each)?;
            }
        }
        Ok(())
    }

    /// The sums as known when a period was closed; those of now if it is not.
    fn as_closed(self, period: &FiscalPeriod) -> Result<&'b Partials, ExplainError> {
        let Some(Closings { known, reopened }) = self.basis.closings else { return Ok(self.basis.partials) };
        let until = reopened.get(&period.to_string()).copied();
        let closes_on = self.basis.program.period_policy().closes_on(&period.period, until);
        let known = known.get(&closes_on.map_err(crate::calendar::CalendarError::from)?);
        Ok(known.unwrap_or(self.basis.partials))
    }

    /// The value of a measure in a period, and whether it is of any line.
    pub(super) fn total(self, key: &Arc<str>, period: &FiscalPeriod) -> Result<(Scaled, bool), ExplainError> {
        let (mut total, mut lines) = (Scaled::new(0, self.basis.partials.digits()), 0_i64);
        self.cells(key, period, |cell| {
            (total, lines) = (total.plus(cell.amount)?, lines.saturating_add(cell.lines));
            Ok(())
        })?;
        // Where a correction moved the only line elsewhere, cells remain and no line does.
        Ok((total, lines != 0 || !total.is_zero()))
    }

    /// The same with what it is made of.
    pub(super) fn measured(self, key: &Arc<str>, period: &FiscalPeriod) -> Result<Measured, ExplainError> {
        let (mut value, mut parts) = (Scaled::ZERO, Vec::new());
        self.cells(key, period, |cell| {
            value = value.plus(cell.amount)?;
            parts.push(MeasuredPart::from(cell));
            Ok(())
        })?;
        Ok(Measured { measure: key.to_string(), value, parts })
    }

    /// The value of a gauge in a period, and whether it is of any line.
    pub(super) fn gauged(self, gauge: &Gauge, period: &FiscalPeriod) -> Result<(Scaled, bool), ExplainError> {
        let distinct = match gauge {
            Gauge::Measure(of) => return self.total(&of.key, period),
            Gauge::Distinct(distinct) => distinct,
        };
        let (mut sets, mut any) = (0, false);
        for set in &distinct.sets {
            let (sold, some) = self.total(&set.of.key, period)?;
            sets += usize::from(counts(sold, distinct.each_at_least));
            any |= some;
        }
        Ok((number(sets), any))
    }

    /// A distinct count with what was sold of each set.
    pub(super) fn distinct(self, distinct: &Distinct, period: &FiscalPeriod) -> Result<DistinctCount, ExplainError> {
        let sold = distinct.sets.iter().map(|set| Ok((set.name.clone(), self.measured(&set.of.key, period)?)));
        Ok(DistinctCount::new(distinct.each_at_least, sold.collect::<Result<Vec<_>, ExplainError>>()?))
    }
}
