//! Windows: the days over which a metric is read.

use std::fmt;
use std::str::FromStr;

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::calendar::{CalendarError, Every, FiscalCalendar};
use crate::period::{Period, PeriodError};

/// The most periods or days that a window may reach back.
pub(crate) const REACH_MAX: u32 = 1_200;

/// A run of days that is found from the day asked for. That day is its last, but for the last fiscal year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Span {
    /// The running fiscal period of that length and those before it, `count` in all: at a quarter's last day exactly
    /// the last so many quarters.
    Trailing {
        /// How many.
        count: u32,
        /// Of what length.
        every: Every,
    },
    /// So many days, rolling.
    Days {
        /// How many.
        count: u32,
    },
    /// The running fiscal year, to date.
    FiscalYear,
    /// The fiscal year before the running one, whole.
    LastFiscalYear,
    /// Everything so far.
    Always,
}

impl Span {
    /// Its days, seen from `day`: never later than that.
    ///
    /// # Errors
    /// [`CalendarError`] beyond the years of a calendar.
    pub fn period(self, calendar: &FiscalCalendar, day: NaiveDate) -> Result<Period, CalendarError> {
        let out_of_range = || PeriodError::OutOfRange { date: day, months: 0 };
        let until = day.succ_opt().ok_or_else(out_of_range)?;
        let from = match self {
            Self::Trailing { count, every } => calendar.trailing(day, every, count)?.from(),
            Self::Days { count } => until.checked_sub_days(Days::new(count.max(1).into())).ok_or_else(out_of_range)?,
            Self::FiscalYear => calendar.period_of(day, Every::Year)?.period.from(),
            Self::LastFiscalYear => return Ok(calendar.previous(&calendar.period_of(day, Every::Year)?)?.period),
            Self::Always => NaiveDate::MIN,
        };
        Ok(Period::new(from, until)?)
    }

    /// Whether its edge may lie on any day, and not only where fiscal months begin.
    #[must_use]
    pub const fn is_in_days(self) -> bool {
        matches!(self, Self::Days { .. })
    }
}

/// How a metric is read from its dated values.
///
/// ```
/// use prm_core::tier::Window;
/// let window: Window = "trailing 4 quarters".parse()?;
/// assert_eq!(window.to_string(), "trailing 4 quarters");
/// assert!("any day of fiscal year".parse::<Window>().is_ok());
/// let refused = "trailing 4 weeks".parse::<Window>().unwrap_err();
/// assert!(refused.to_string().starts_with("`trailing 4 weeks` is not a window"));
/// # Ok::<(), prm_core::tier::WindowError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
#[serde(try_from = "String", into = "String")]
#[non_exhaustive]
pub enum Window {
    /// The value in force on the day: for states, and not written.
    OnTheDay,
    /// The sum over the days of a span.
    Over(Span),
    /// The highest value on any day of a span, for states.
    AnyDayOf(Span),
}

/// Why a text is not a window.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a window such as `trailing 4 quarters` or `fiscal year`")]
pub struct WindowError {
    /// The text as given.
    pub text: String,
}

const ANY_DAY: &str = "any day of ";

fn span(words: &[&str]) -> Option<Span> {
    match words {
        ["always"] => Some(Span::Always),
        ["fiscal", "year"] => Some(Span::FiscalYear),
        ["last", "fiscal", "year"] => Some(Span::LastFiscalYear),
        ["trailing", count, unit] => {
            let digits_only = count.bytes().all(|byte| byte.is_ascii_digit());
            let count = count.parse().ok().filter(|count| digits_only && (1..=REACH_MAX).contains(count))?;
            let every = match unit.strip_suffix('s').unwrap_or(unit) {
                "day" => return Some(Span::Days { count }),
                "month" => Every::Month,
                "quarter" => Every::Quarter,
                "half_year" => Every::HalfYear,
                "year" => Every::Year,
                _ => return None,
            };
            Some(Span::Trailing { count, every })
        }
        _ => None,
    }
}

impl FromStr for Window {
    type Err = WindowError;

    fn from_str(text: &str) -> Result<Self, WindowError> {
        let words: Vec<&str> = text.split_whitespace().take(8).collect();
        let window = match words.as_slice() {
            ["any", "day", "of", rest @ ..] => span(rest).map(Self::AnyDayOf),
            ["on", "the", "day"] => Some(Self::OnTheDay),
            words => span(words).map(Self::Over),
        };
        window.ok_or_else(|| WindowError { text: text.chars().take(64).collect() })
    }
}

impl TryFrom<String> for Window {
    type Error = WindowError;

    fn try_from(text: String) -> Result<Self, WindowError> {
        text.parse()
    }
}

impl From<Window> for String {
    fn from(window: Window) -> Self {
        window.to_string()
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Trailing { count, every } => {
                write!(f, "trailing {count} {every}{}", if *count == 1 { "" } else { "s" })
            }
            Self::Days { count } => write!(f, "trailing {count} day{}", if *count == 1 { "" } else { "s" }),
            Self::FiscalYear => f.write_str("fiscal year"),
            Self::LastFiscalYear => f.write_str("last fiscal year"),
            Self::Always => f.write_str("always"),
        }
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OnTheDay => f.write_str("on the day"),
            Self::Over(span) => write!(f, "{span}"),
            Self::AnyDayOf(span) => write!(f, "{ANY_DAY}{span}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::WeekPattern;
    use std::collections::BTreeSet;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn over(text: &str, calendar: &FiscalCalendar, on: &str) -> String {
        let Window::Over(span) = text.parse().unwrap() else { panic!("{text}") };
        span.period(calendar, day(on)).unwrap().to_string()
    }

    #[test]
    fn windows_end_with_the_day_and_begin_with_a_fiscal_period() {
        let january = FiscalCalendar::default();
        let july = FiscalCalendar::months(7).unwrap();
        let weeks = FiscalCalendar::weeks(WeekPattern::FourFourFive, day("2013-07-01"), BTreeSet::new()).unwrap();
        for (text, calendar, on, expected) in [
            ("trailing 4 quarters", &january, "2013-06-30", "2012-07-01..2013-07-01"),
            ("trailing 4 quarters", &january, "2013-07-01", "2012-10-01..2013-07-02"),
            ("trailing 1 month", &january, "2013-02-28", "2013-02-01..2013-03-01"),
            ("trailing 12 months", &january, "2013-03-15", "2012-04-01..2013-03-16"),
            ("trailing 2 half_years", &july, "2013-12-31", "2013-01-01..2014-01-01"),
            ("trailing 1 year", &july, "2013-06-30", "2012-07-01..2013-07-01"),
            ("trailing 2 years", &july, "2013-07-01", "2012-07-01..2013-07-02"),
            ("fiscal year", &july, "2013-08-10", "2013-07-01..2013-08-11"),
            ("last fiscal year", &july, "2013-08-10", "2012-07-01..2013-07-01"),
            ("trailing 30 days", &january, "2013-03-01", "2013-01-31..2013-03-02"),
            ("trailing 2 months", &weeks, "2013-08-25", "2013-07-01..2013-08-26"),
            ("trailing 2 months", &weeks, "2013-08-26", "2013-07-29..2013-08-27"),
            ("trailing 1 quarter", &weeks, "2013-09-29", "2013-07-01..2013-09-30"),
            ("trailing 1 quarter", &weeks, "2013-09-30", "2013-09-30..2013-10-01"),
        ] {
            assert_eq!(over(text, calendar, on), expected, "{text} on {on}");
        }
    }

    #[test]
    fn what_is_no_window_is_refused() {
        for text in [
            "",
            "trailing",
            "trailing 0 days",
            "trailing 4",
            "trailing +4 days",
            "trailing 9999 days",
            "trailing 4 weeks",
            "any day of",
            "any day of any day of always",
            "fiscal",
            "always always",
        ] {
            assert!(text.parse::<Window>().is_err(), "{text}");
        }
        for text in ["always", "any day of trailing 4 quarters", "last fiscal year", "trailing 1 day", "on the day"] {
            assert_eq!(text.parse::<Window>().unwrap().to_string(), text);
        }
    }
}
