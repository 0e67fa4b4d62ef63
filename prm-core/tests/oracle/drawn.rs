//! Choices drawn from lists of small numbers.

use chrono::{Days, NaiveDate};

/// A list of numbers to choose by; where it ends the simplest choice is made, as for a zero.
pub(crate) struct Drawn<'t>(std::slice::Iter<'t, u16>);

impl<'t> Drawn<'t> {
    pub(crate) fn new(numbers: &'t [u16]) -> Self {
        Self(numbers.iter())
    }

    /// A number below `of`.
    pub(crate) fn below(&mut self, of: usize) -> usize {
        usize::from(self.0.next().copied().unwrap_or_default()) % of
    }

    /// A whole number below `of`.
    pub(crate) fn whole(&mut self, of: usize) -> i128 {
        i128::try_from(self.below(of)).unwrap()
    }

    pub(crate) fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    /// True in one of so many cases.
    pub(crate) fn one_in(&mut self, cases: usize) -> bool {
        self.below(cases) == cases - 1
    }
}

pub(crate) fn date(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

pub(crate) fn after(day: NaiveDate, days: usize) -> NaiveDate {
    day.checked_add_days(Days::new(u64::try_from(days).unwrap())).unwrap()
}
