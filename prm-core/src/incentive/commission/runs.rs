//! Payment runs: on which days they are, and what they pay.

use chrono::{Datelike as _, Days, NaiveDate};

use super::{Clawback, Covers, Runs};
use crate::money::MoneyError;
use crate::period::PeriodError;

/// A month, counted from year 0: its run.
pub(super) type Month = i32;

fn month(day: NaiveDate) -> Month {
    day.year().saturating_mul(12).saturating_add(i32::try_from(day.month0()).unwrap_or(0))
}

impl Runs {
    /// The day of a month's run.
    pub(super) fn on(&self, month: Month) -> Result<NaiveDate, PeriodError> {
        let (year, no) = (month.div_euclid(12), month.rem_euclid(12));
        let out_of_range = PeriodError::YearOutOfRange { year };
        let first = u32::try_from(no + 1).ok().and_then(|no| NaiveDate::from_ymd_opt(year, no, 1));
        let first = first.ok_or_else(|| out_of_range.clone())?;
        first.with_day(self.day.min(u32::from(first.num_days_in_month()))).ok_or(out_of_range)
    }

    /// The last day by which something must be payable for a run to cover it.
    pub(super) fn covers_until(&self, month: Month) -> Result<NaiveDate, PeriodError> {
        let on = self.on(month)?;
        match self.covers {
            Covers::RunDay => Ok(on),
            Covers::MonthBefore => {
                on.checked_sub_days(Days::new(on.day().into())).ok_or(PeriodError::YearOutOfRange { year: on.year() })
            }
        }
    }

    /// The last run up to a day.
    pub(super) fn last(&self, day: NaiveDate) -> Month {
        let is_today = day.day() == self.day.min(u32::from(day.num_days_in_month()));
        if is_today { self.knowing(day) } else { self.knowing(day).saturating_sub(1) }
    }

    /// The first run that knows of something of a day.
    pub(super) fn knowing(&self, day: NaiveDate) -> Month {
        let last = u32::from(day.num_days_in_month());
        let is_past = day.day() > self.day.min(last);
        month(day).saturating_add(i32::from(is_past))
    }

    /// The first run that covers what can be paid from a day on.
    pub(super) fn covering(&self, day: NaiveDate) -> Month {
        match self.covers {
            Covers::RunDay => self.knowing(day),
            Covers::MonthBefore => month(day).saturating_add(1),
        }
    }
}

/// How much of a sale is to be in runs, from one of them on. All money in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Step {
    pub(super) partner: u32,
    pub(super) month: Month,
    /// The place of the sale.
    pub(super) sale: u32,
    pub(super) covered: i64,
}

/// A run for one partner.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) partner: u32,
    pub(super) month: Month,
    /// The places of sales, and what each adds; only where they are wanted.
    pub(super) rows: Vec<(u32, i64)>,
    pub(super) due: i64,
    pub(super) paid: i64,
}

/// What all runs come to.
#[derive(Debug)]
pub(super) struct Outcome {
    /// In the order of partners, then of months.
    pub(super) runs: Vec<Run>,
    /// For each partner what was paid, and what the last run carried.
    pub(super) partners: Vec<(i64, i64)>,
    /// For each sale how much of it is in runs, and how much of that was paid.
    pub(super) covered: Vec<i64>,
    pub(super) paid: Vec<i64>,
}

/// Pays run after run, partner by partner. `rows` says whether it matters of what each is made.
pub(super) fn pay(
    runs: &Runs,
    clawback: Clawback,
    mut steps: Vec<Step>,
    (partners, sales): (usize, usize),
    rows: bool,
) -> Result<Outcome, MoneyError> {
    steps.sort_unstable();
    let (covered, paid) = (vec![0; sales], vec![0; sales]);
    let mut outcome = Outcome { runs: Vec::new(), partners: vec![(0, 0); partners], covered, paid };
    // The sales of which more or less is in runs than was paid.
    let (mut of, mut pending) = (u32::MAX, Vec::<u32>::new());
    for run in steps.chunk_by(|one, next| (one.partner, one.month) == (next.partner, next.month)) {
        let Some(Step { partner, month, .. }) = run.first().copied() else { continue };
        if partner != of {
            (of, pending) = (partner, Vec::new());
        }
        let Some((paid_to, carried)) = outcome.partners.get_mut(partner as usize) else { continue };
        let (mut due, mut is_new) = (*carried, false);
        for Step { sale, covered, .. } in run {
            let place = *sale as usize;
            let (Some(known), Some(paid)) = (outcome.covered.get_mut(place), outcome.paid.get(place)) else { continue };
            // What stands below zero by itself takes from what is to be paid next.
            let keeps = clawback == Clawback::UntilPaid && *covered >= 0;
            let wanted = if keeps { (*covered).max(*paid) } else { *covered };
            if wanted != *known {
                due = plus(due, minus(wanted, *known)?)?;
                (*known, is_new) = (wanted, true);
                pending.push(*sale);
            }
        }
        if !is_new {
            continue;
        }
        // What comes to nothing is settled: it is not told again.
        let settles = due == 0 || (due > 0 && due >= runs.minimum.minor());
        let mut made_of = Vec::new();
        if rows || settles {
            pending.sort_unstable();
            pending.dedup();
        }
        if rows {
            let of = |sale: &u32| {
                let place = *sale as usize;
                let (covered, paid) = (outcome.covered.get(place)?, outcome.paid.get(place)?);
                Some((*sale, covered.saturating_sub(*paid))).filter(|(_, adds)| *adds != 0)
            };
            made_of.extend(pending.iter().filter_map(of));
        }
        if settles {
            for sale in pending.drain(..) {
                let place = sale as usize;
                if let (Some(paid), Some(covered)) = (outcome.paid.get_mut(place), outcome.covered.get(place)) {
                    *paid = *covered;
                }
            }
            *paid_to = plus(*paid_to, due)?;
        }
        *carried = if settles { 0 } else { due };
        outcome.runs.push(Run { partner, month, rows: made_of, due, paid: if settles { due } else { 0 } });
    }
    Ok(outcome)
}

/// The sum of minor units.
pub(super) fn plus(one: i64, other: i64) -> Result<i64, MoneyError> {
    one.checked_add(other).ok_or(MoneyError::OutOfRange)
}

/// The difference of minor units.
pub(super) fn minus(one: i64, other: i64) -> Result<i64, MoneyError> {
    one.checked_sub(other).ok_or(MoneyError::OutOfRange)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Money;

    fn runs(day: u32, covers: Covers) -> Runs {
        Runs { day, covers, minimum: Money::zero("USD".parse().unwrap()) }
    }

    #[test]
    fn short_months_have_their_run_on_the_last_day() {
        let runs = runs(31, Covers::RunDay);
        let next = |day: &str| runs.on(runs.covering(day.parse().unwrap())).unwrap().to_string();
        assert_eq!(next("2025-02-01"), "2025-02-28");
        assert_eq!(next("2025-02-28"), "2025-02-28");
        assert_eq!(next("2025-03-01"), "2025-03-31");
        assert_eq!(next("2025-12-31"), "2025-12-31");
    }

    #[test]
    fn a_run_for_the_month_before_leaves_out_its_own() {
        let runs = runs(13, Covers::MonthBefore);
        let next = |day: &str| runs.on(runs.covering(day.parse().unwrap())).unwrap().to_string();
        assert_eq!(next("2025-01-31"), "2025-02-13");
        assert_eq!(next("2025-02-01"), "2025-03-13");
        assert_eq!(next("2025-12-01"), "2026-01-13");
        assert_eq!(runs.covers_until(2025 * 12 + 2).unwrap().to_string(), "2025-02-28");
        // A return is known to the run all the same.
        assert_eq!(runs.on(runs.knowing("2025-02-13".parse().unwrap())).unwrap().to_string(), "2025-02-13");
        assert_eq!(runs.on(runs.knowing("2025-02-14".parse().unwrap())).unwrap().to_string(), "2025-03-13");
    }
}
