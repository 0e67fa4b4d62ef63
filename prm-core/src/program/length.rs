//! Lengths of time as documents write them: `90 days`, `12 months`, `7 days back`, `30 days after period`.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike as _, Days, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::period::{MonthEnds, PeriodError, add_months};

/// The unit of a length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Calendar days.
    Days,
    /// Calendar months.
    Months,
    /// Three months each.
    Quarters,
}

impl Unit {
    /// The unit's word in the plural.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Days => "days",
            Self::Months => "months",
            Self::Quarters => "quarters",
        }
    }
}

/// A length of time with its unit; serialised as its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Length {
    /// How many.
    pub count: u32,
    /// Of what.
    pub unit: Unit,
}

impl Length {
    /// The day that lies this long after another; months keep the day where they can.
    ///
    /// # Errors
    /// [`PeriodError`] beyond the calendar.
    pub fn after(&self, day: NaiveDate) -> Result<NaiveDate, PeriodError> {
        match self.unit {
            Unit::Days => day
                .checked_add_days(Days::new(u64::from(self.count)))
                .ok_or(PeriodError::YearOutOfRange { year: day.year() }),
            Unit::Months => self.months_after(day, 1),
            Unit::Quarters => self.months_after(day, 3),
        }
    }
}

impl Length {
    /// The day that lies this long before another; months keep the day where they can.
    ///
    /// # Errors
    /// [`PeriodError`] beyond the calendar.
    pub fn before(&self, day: NaiveDate) -> Result<NaiveDate, PeriodError> {
        match self.unit {
            Unit::Days => day
                .checked_sub_days(Days::new(u64::from(self.count)))
                .ok_or(PeriodError::YearOutOfRange { year: day.year() }),
            Unit::Months => add_months(day, -self.months(1), MonthEnds::Keep),
            Unit::Quarters => add_months(day, -self.months(3), MonthEnds::Keep),
        }
    }

    fn months_after(&self, day: NaiveDate, each: u32) -> Result<NaiveDate, PeriodError> {
        add_months(day, self.months(each), MonthEnds::Keep)
    }

    fn months(&self, each: u32) -> i32 {
        // A count of documents is small.
        i32::try_from(self.count.saturating_mul(each)).unwrap_or(i32::MAX)
    }
}

/// Why a text is not a length.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a length such as `90 days`")]
pub struct LengthError {
    /// The text as given.
    pub text: String,
}

/// Nobody plans further ahead than this many days or months; it also keeps date arithmetic in range.
pub(crate) const COUNT_MAX: u32 = 36_500;

impl FromStr for Length {
    type Err = LengthError;

    fn from_str(text: &str) -> Result<Self, LengthError> {
        let error = || LengthError { text: text.chars().take(64).collect() };
        let mut words = text.split_whitespace();
        let (Some(count), Some(unit)) = (words.next(), words.next()) else { return Err(error()) };
        let direction = (words.next(), words.next(), words.next());
        let unit = match unit {
            "day" | "days" => Unit::Days,
            "month" | "months" => Unit::Months,
            "quarter" | "quarters" => Unit::Quarters,
            _ => return Err(error()),
        };
        let digits_only = count.bytes().all(|byte| byte.is_ascii_digit());
        let count = count.parse().ok().filter(|count| digits_only && *count <= COUNT_MAX);
        match (count, direction) {
            (
                Some(count),
                (None | Some("back" | "before" | "after"), None, _) | (Some("after"), Some("period"), None),
            ) => Ok(Self { count, unit }),
            _ => Err(error()),
        }
    }
}

impl TryFrom<String> for Length {
    type Error = LengthError;

    fn try_from(text: String) -> Result<Self, LengthError> {
        text.parse()
    }
}

impl From<Length> for String {
    fn from(length: Length) -> Self {
        length.to_string()
    }
}

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.count, self.unit.word())
    }
}

/// Hours of a clock, as documents write them: `48 hours`.
#[cfg(feature = "program")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hours(pub(crate) u32);

/// A year: no review takes longer, and clocks are walked day by day.
#[cfg(feature = "program")]
pub(crate) const HOURS_MAX: u32 = 8_760;

#[cfg(feature = "program")]
impl FromStr for Hours {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut words = text.split_whitespace();
        let parts = (words.next(), words.next(), words.next());
        let count = match parts {
            (Some(count), Some("hour" | "hours"), None) if count.bytes().all(|byte| byte.is_ascii_digit()) => {
                count.parse().ok().filter(|count| *count <= HOURS_MAX)
            }
            _ => None,
        };
        count
            .map(Self)
            .ok_or_else(|| format!("`{}` is not hours such as `48 hours`", text.chars().take(64).collect::<String>()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_carry_their_unit() {
        assert_eq!("90 days".parse(), Ok(Length { count: 90, unit: Unit::Days }));
        assert_eq!("1 month".parse(), Ok(Length { count: 1, unit: Unit::Months }));
        assert_eq!("2 quarters".parse(), Ok(Length { count: 2, unit: Unit::Quarters }));
        assert_eq!("7 days back".parse(), Ok(Length { count: 7, unit: Unit::Days }));
        assert_eq!("30 days after period".parse(), Ok(Length { count: 30, unit: Unit::Days }));
        for text in [
            "90",
            "days",
            "-1 days",
            "+1 days",
            "1.5 days",
            "9 weeks",
            "7 days ago",
            "99999999 days",
            "1 day back x",
            "1 day after x",
            "1 day after period x",
        ] {
            assert!(text.parse::<Length>().is_err(), "{text}");
        }
    }
}
