//! The days that an answer rests on: what must be known, and as of when.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::Program;
use crate::calendar::{Every, FiscalCalendar};
use crate::incentive::periods::{AfterClose, Reopened};
use crate::incentive::rebate::Rebate;
use crate::incentive::reference::Reference;
use crate::period::Period;

impl Program {
    /// The days whose sums are needed to say what is due for periods within `covers`: beyond them those of baselines, and
    /// of the fiscal year where a guarantee counts through it.
    #[must_use]
    pub fn needs(&self, covers: Period) -> Period {
        let mut from = covers.from();
        for rebate in &self.rebates {
            let begins = history(&self.calendar, rebate, covers.from());
            let year = rebate.guarantee.filter(|guarantee| guarantee.cumulative);
            let year = year.and_then(|_| self.calendar.period_of(covers.from(), Every::Year).ok());
            let earliest = year.map_or(covers.from(), |year| year.period.from());
            // A cumulative guarantee asks for growth of earlier periods of the year, too.
            let earlier = history(&self.calendar, rebate, earliest);
            from = [begins, earlier].into_iter().flatten().fold(from.min(earliest), NaiveDate::min);
        }
        if self.period_policy.after_close == AfterClose::Current {
            from = from.min(self.counts.from);
        }
        Period::new(from, covers.until()).unwrap_or(covers)
    }

    /// The days on which periods within `covers`, and those before them that matter for them, are closed, where the sums
    /// as known then decide what counts.
    #[must_use]
    pub fn closing_days(&self, covers: Period, reopened: &Reopened) -> BTreeSet<NaiveDate> {
        let mut days = BTreeSet::new();
        if self.period_policy.after_close == AfterClose::Adjust {
            return days;
        }
        let needed = self.needs(covers);
        for rebate in &self.rebates {
            let periods = self.calendar.periods_in(rebate.every, &needed).unwrap_or_default();
            // What counts in a period depends on what was known when the one before was closed.
            let before = periods.first().and_then(|first| self.calendar.previous(first).ok());
            days.extend(periods.iter().chain(&before).filter_map(|period| {
                self.period_policy.closes_on(&period.period, reopened.get(&period.to_string()).copied()).ok()
            }));
        }
        days
    }

    /// The days on which baselines of periods within `covers` are frozen.
    #[must_use]
    pub fn frozen_days(&self, covers: Period) -> BTreeSet<NaiveDate> {
        let mut days = BTreeSet::new();
        for rebate in &self.rebates {
            let Some(Reference::Baseline(baseline)) = &rebate.reference else { continue };
            let from = self.needs(covers).from();
            let Ok(asked) = Period::new(from, covers.until()) else { continue };
            let periods = self.calendar.periods_in(rebate.every, &asked).unwrap_or_default();
            days.extend(periods.iter().filter_map(|period| baseline.of(&self.calendar, period).ok()?.1));
        }
        days
    }
}

/// The first day of which a rebate must know the sales.
pub(super) fn history(calendar: &FiscalCalendar, rebate: &Rebate, from: NaiveDate) -> Option<NaiveDate> {
    let Some(Reference::Baseline(baseline)) = &rebate.reference else { return None };
    let first = calendar.period_of(from, rebate.every).ok()?;
    baseline.of(calendar, &first).ok().map(|(earlier, _)| earlier.period.from())
}
