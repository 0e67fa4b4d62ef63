//! Spans of days, fiscal or not, and counting months from a date.
//!
//! Owns [`Period`], [`FiscalPeriod`] and [`add_months`]. How fiscal years are cut is [`crate::calendar`]; where
//! a day begins on the clock is [`crate::zone`].

use chrono::{Datelike, Months, NaiveDate};
use serde::de::{IntoDeserializer, value};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// A span of days from its first day up to, but without, `until`.
///
/// Half-open, so that consecutive periods share a date and nothing falls between them; never
/// empty, so that every period has a first and a last day. Written `{"from", "until"}`.
///
/// ```
/// use prm_core::period::{Period, PeriodError};
/// let (from, until) = ("2013-07-01".parse()?, "2014-07-01".parse()?);
/// let year = Period::new(from, until)?;
/// assert_eq!(year.to_string(), "2013-07-01..2014-07-01");
/// assert!(year.contains(from) && !year.contains(until));
/// assert_eq!(Period::new(until, from), Err(PeriodError::Empty { from: until, until: from }));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "PeriodForm")]
pub struct Period {
    from: NaiveDate,
    until: NaiveDate,
}

impl Period {
    /// A period from its first day up to, but without, `until`; refused when that leaves no day.
    pub fn new(from: NaiveDate, until: NaiveDate) -> Result<Self, PeriodError> {
        if from < until { Ok(Self { from, until }) } else { Err(PeriodError::Empty { from, until }) }
    }

    /// The first day.
    pub fn from(&self) -> NaiveDate {
        self.from
    }

    /// The day after the last day, which is the first day of what follows.
    pub fn until(&self) -> NaiveDate {
        self.until
    }

    /// The last day inside the period, as people write it on an agreement.
    pub fn last_day(&self) -> NaiveDate {
        // A period is never empty, so a day before `until` always exists.
        self.until.pred_opt().unwrap_or(self.from)
    }

    /// How many days it has, at least 1.
    pub fn days(&self) -> i64 {
        self.until.signed_duration_since(self.from).num_days()
    }

    /// Whether the date lies inside; `until` does not.
    pub fn contains(&self, date: NaiveDate) -> bool {
        self.from <= date && date < self.until
    }

    /// Whether the two share at least one day; touching periods do not.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.from < other.until && other.from < self.until
    }

    /// The days both have, or `None` when they share none.
    pub fn intersection(&self, other: &Self) -> Option<Self> {
        Self::new(self.from.max(other.from), self.until.min(other.until)).ok()
    }

    /// Whether every day of `other` lies inside this period; a period covers itself.
    pub fn covers(&self, other: &Self) -> bool {
        self.from <= other.from && other.until <= self.until
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.from, self.until)
    }
}

/// A period as it is written, which may be none.
#[derive(Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record), uniffi(name = "Days"))]
#[serde(deny_unknown_fields)]
pub struct PeriodForm {
    /// The first day.
    pub from: NaiveDate,
    /// The day after the last.
    pub until: NaiveDate,
}

impl TryFrom<PeriodForm> for Period {
    type Error = PeriodError;
    fn try_from(PeriodForm { from, until }: PeriodForm) -> Result<Self, PeriodError> {
        Self::new(from, until)
    }
}

/// What becomes of the last day of a month when months are counted from it.
///
/// A contract "to the end of the month" sticks, one "on the 28th" keeps; no default, the document says which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MonthEnds {
    /// A last day of a month stays one: 31 January → 28 February, 28 February → 31 March.
    Stick,
    /// The day number stays where the month has it: 31 January → 28 February → 28 March.
    Keep,
}

/// The date a number of months after (or, negative, before) a date.
///
/// A month too short for the day number gives its last day. Counting one month twice is therefore
/// not counting two: count from the agreement's own date, never from the previous result.
///
/// ```
/// use chrono::NaiveDate;
/// use prm_core::period::{MonthEnds, PeriodError, add_months};
/// let date: NaiveDate = "2013-02-28".parse()?;
/// assert_eq!(add_months(date, 1, MonthEnds::Stick)?, "2013-03-31".parse()?);
/// assert_eq!(add_months(date, 1, MonthEnds::Keep)?, "2013-03-28".parse()?);
/// let refused = add_months(date, i32::MAX, MonthEnds::Keep);
/// assert_eq!(refused, Err(PeriodError::OutOfRange { date, months: i32::MAX }));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn add_months(date: NaiveDate, months: i32, ends: MonthEnds) -> Result<NaiveDate, PeriodError> {
    let count = Months::new(months.unsigned_abs());
    let kept = if months < 0 { date.checked_sub_months(count) } else { date.checked_add_months(count) };
    let kept = kept.ok_or(PeriodError::OutOfRange { date, months })?;
    let was_last = date.day() == u32::from(date.num_days_in_month());
    let last = kept.with_day(kept.num_days_in_month().into());
    let stuck = last.filter(|_| was_last && ends == MonthEnds::Stick);
    Ok(stuck.unwrap_or(kept))
}

/// How long a fiscal period is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
#[serde(rename_all = "snake_case")]
pub enum Every {
    /// One fiscal month; four or five weeks in a calendar of weeks.
    Month,
    /// Three fiscal months.
    Quarter,
    /// Six fiscal months.
    HalfYear,
    /// Twelve fiscal months.
    Year,
}

impl Every {
    /// How many such periods make a fiscal year.
    pub fn per_year(self) -> u32 {
        12 / self.months().unsigned_abs()
    }

    pub(crate) fn months(self) -> i32 {
        match self {
            Self::Month => 1,
            Self::Quarter => 3,
            Self::HalfYear => 6,
            Self::Year => 12,
        }
    }

    /// The first fiscal month of such a period, months counted from year 0.
    pub(crate) fn first_month(self, year: i32, number: u32) -> Result<i32, PeriodError> {
        if !(1..=self.per_year()).contains(&number) {
            let every = self;
            return Err(PeriodError::NoSuchNumber { every, number });
        }
        Ok(check_year(year)? * 12 + (number.cast_signed() - 1) * self.months())
    }
}

impl fmt::Display for Every {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f) // the word it is stored as
    }
}

impl FromStr for Every {
    type Err = PeriodError;
    fn from_str(text: &str) -> Result<Self, PeriodError> {
        let read = Self::deserialize(text.into_deserializer());
        read.map_err(|_: value::Error| PeriodError::UnknownLength { text: text.into() })
    }
}

/// One fiscal month, quarter, half year or year: its place in a calendar and its days.
///
/// Cut by a [`crate::calendar::FiscalCalendar`]. Shown as its label: `2013-Q1`, `2013-M03`, `2013-H1`, `2013`,
/// or with `FY` in front. Written with label and days, so that a stored one can be read without its calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "FiscalPeriodForm", into = "FiscalPeriodForm")]
pub struct FiscalPeriod {
    /// Its days.
    pub period: Period,
    /// How long it is.
    pub every: Every,
    /// The number of its fiscal year.
    pub year: i32,
    /// Its place within the fiscal year, counted from 1.
    pub number: u32,
    /// Whether its label begins with `FY`, as in all calendars but the calendar year.
    pub(crate) fy: bool,
}

impl fmt::Display for FiscalPeriod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { year, number, .. } = self;
        let prefix = if self.fy { "FY" } else { "" };
        match self.every {
            Every::Month => write!(f, "{prefix}{year:04}-M{number:02}"),
            Every::Quarter => write!(f, "{prefix}{year:04}-Q{number}"),
            Every::HalfYear => write!(f, "{prefix}{year:04}-H{number}"),
            Every::Year => write!(f, "{prefix}{year:04}"),
        }
    }
}

/// A fiscal period as it is written, which may be none.
#[derive(Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record), uniffi(name = "FiscalDays"))]
#[serde(deny_unknown_fields)]
pub struct FiscalPeriodForm {
    /// How long it is.
    pub every: Every,
    /// The number of its fiscal year.
    pub year: i32,
    /// Its place within the fiscal year, counted from 1.
    pub number: u32,
    /// How it is called: `2013-Q1`, `FY2013-M03`.
    pub label: String,
    /// The first day.
    pub from: NaiveDate,
    /// The day after the last.
    pub until: NaiveDate,
}

impl From<FiscalPeriod> for FiscalPeriodForm {
    fn from(known: FiscalPeriod) -> Self {
        let FiscalPeriod { period: Period { from, until }, every, year, number, .. } = known;
        Self { every, year, number, label: known.to_string(), from, until }
    }
}

impl TryFrom<FiscalPeriodForm> for FiscalPeriod {
    type Error = PeriodError;
    fn try_from(form: FiscalPeriodForm) -> Result<Self, PeriodError> {
        let FiscalPeriodForm { every, year, number, label, from, until } = form;
        every.first_month(year, number)?;
        let (period, fy) = (Period::new(from, until)?, label.starts_with("FY"));
        let read = Self { period, every, year, number, fy };
        let expected = read.to_string();
        if expected == label { Ok(read) } else { Err(PeriodError::Label { label, expected }) }
    }
}

pub(crate) fn check_year(year: i32) -> Result<i32, PeriodError> {
    if (1..=9999).contains(&year) { Ok(year) } else { Err(PeriodError::YearOutOfRange { year }) }
}

/// Why a period or a date could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PeriodError {
    /// The period would have no day.
    #[error("a period from {from} until {until} has no day")]
    Empty {
        /// The first day asked for.
        from: NaiveDate,
        /// The end asked for.
        until: NaiveDate,
    },
    /// The date lies beyond the years dates can express.
    #[error("{months} months from {date} is out of range")]
    OutOfRange {
        /// The date counted from.
        date: NaiveDate,
        /// How many months were counted.
        months: i32,
    },
    /// The fiscal year has no four-digit label.
    #[error("fiscal years run from 1 to 9999, {year} is not one of them")]
    YearOutOfRange {
        /// The fiscal year.
        year: i32,
    },
    /// A fiscal year has fewer such periods.
    #[error("{number} is not a {every} of a fiscal year, which has {}", every.per_year())]
    NoSuchNumber {
        /// How long the period was to be.
        every: Every,
        /// Its number within the year.
        number: u32,
    },
    /// A stored fiscal period bears a label that contradicts it.
    #[error("label `{label}` belongs to another period, this one is `{expected}`")]
    Label {
        /// The label as stored.
        label: String,
        /// The label its year and number give.
        expected: String,
    },
    /// The word is not the length of a fiscal period.
    #[error("`{text}` is not one of month, quarter, half_year, year")]
    UnknownLength {
        /// The word as given.
        text: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;
    use proptest::prelude::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn any_period() -> impl Strategy<Value = Period> {
        (0i64..40, 1i64..40).prop_map(|(start, length)| {
            let date = |days| day("2012-02-01") + TimeDelta::days(days);
            Period::new(date(start), date(start + length)).unwrap()
        })
    }

    #[test]
    fn months_are_counted_to_the_agreed_day() {
        use MonthEnds::{Keep, Stick};
        for (date, months, stick, keep) in [
            ("2013-01-31", 1, "2013-02-28", "2013-02-28"),
            ("2012-01-31", 1, "2012-02-29", "2012-02-29"),
            ("2013-02-28", 1, "2013-03-31", "2013-03-28"),
            ("2012-02-29", 12, "2013-02-28", "2013-02-28"),
            ("2013-02-28", -12, "2012-02-29", "2012-02-28"),
            ("2013-04-30", 1, "2013-05-31", "2013-05-30"),
            ("2013-01-30", 2, "2013-03-30", "2013-03-30"),
            ("2013-01-15", -1, "2012-12-15", "2012-12-15"),
            ("2013-06-30", 0, "2013-06-30", "2013-06-30"),
            ("1900-01-29", 1, "1900-02-28", "1900-02-28"),
        ] {
            assert_eq!(add_months(day(date), months, Stick), Ok(day(stick)), "{date} {months}");
            assert_eq!(add_months(day(date), months, Keep), Ok(day(keep)), "{date} {months}");
        }
        for (date, months) in [(NaiveDate::MAX, 1), (NaiveDate::MIN, -1), (NaiveDate::MAX, i32::MIN)] {
            assert_eq!(add_months(date, months, Keep), Err(PeriodError::OutOfRange { date, months }));
        }
    }

    #[test]
    fn written_forms_are_checked_on_the_way_in() {
        let days = r#""from":"2013-07-01","until":"2013-10-01""#;
        let period: Period = serde_json::from_str(&format!("{{{days}}}")).unwrap();
        assert_eq!(serde_json::to_string(&period).unwrap(), format!("{{{days}}}"));
        let quarter = FiscalPeriod { period, every: Every::Quarter, year: 2014, number: 1, fy: true };
        let text = format!(r#"{{"every":"quarter","year":2014,"number":1,"label":"FY2014-Q1",{days}}}"#);
        assert_eq!(serde_json::to_string(&quarter).unwrap(), text);
        assert_eq!(serde_json::from_str::<FiscalPeriod>(&text).unwrap(), quarter);
        for (good, bad, message) in [
            ("2013-07-01", "2013-10-01", "from 2013-10-01 until 2013-10-01 has no day"),
            ("FY2014-Q1", "FY2014-Q2", "`FY2014-Q2` belongs to another period"),
            ("\"number\":1", "\"number\":5", "5 is not a quarter of a fiscal year"),
        ] {
            let changed = text.replace(good, bad);
            let refused = serde_json::from_str::<FiscalPeriod>(&changed).unwrap_err().to_string();
            assert!(refused.contains(message), "{refused}");
        }
        assert_eq!("half_year".parse(), Ok(Every::HalfYear));
        assert_eq!("Year".parse::<Every>(), Err(PeriodError::UnknownLength { text: "Year".into() }));
    }

    proptest! {
        #[test]
        fn set_laws_hold_day_by_day(a in any_period(), b in any_period()) {
            let days: Vec<_> = a.from().iter_days().take_while(|d| a.contains(*d)).collect();
            let (length, last) = (i64::try_from(days.len()).unwrap(), days.last().copied());
            prop_assert_eq!((length, last), (a.days(), Some(a.last_day())));
            let shared: Vec<_> = days.iter().copied().filter(|d| b.contains(*d)).collect();
            prop_assert_eq!(a.overlaps(&b), !shared.is_empty());
            let both = a.intersection(&b);
            prop_assert_eq!(both, b.intersection(&a));
            let ends = shared.first().copied().zip(shared.last().copied());
            prop_assert_eq!(both.map(|p| (p.from(), p.last_day())), ends);
            prop_assert_eq!(b.covers(&a), shared == days);
        }

        #[test]
        fn months_move_the_month_and_never_past_it(start in 0i64..40_000, months in -900i32..900) {
            let date = day("1950-01-01") + TimeDelta::days(start);
            let month = |d: NaiveDate| d.year() * 12 + i32::try_from(d.month0()).unwrap();
            for ends in [MonthEnds::Stick, MonthEnds::Keep] {
                let there = add_months(date, months, ends).unwrap();
                prop_assert_eq!(month(there) - month(date), months);
            }
            let kept = add_months(date, months, MonthEnds::Keep).unwrap();
            prop_assert!(kept.day() == date.day() || kept.succ_opt().unwrap().day() == 1);
            if date.succ_opt().unwrap().day() == 1 {
                let stuck = add_months(date, months, MonthEnds::Stick).unwrap();
                prop_assert_eq!(add_months(stuck, -months, MonthEnds::Stick), Ok(date));
            }
        }
    }
}
