//! Fiscal months, quarters, half years and years, and their labels.
//!
//! Owns [`FiscalCalendar`], which says to which [`FiscalPeriod`] a date belongs. All dates are local dates of
//! the program's zone; turning an instant into one is [`crate::zone`]. Every calendar numbers its fiscal months
//! in one unbroken row and builds longer periods from 3, 6 or 12 of them, so they tile time. No holidays here.

pub use crate::period::{Every, FiscalPeriod};
use crate::period::{MonthEnds, Period, PeriodError, add_months, check_year};
use chrono::{Datelike, NaiveDate, TimeDelta};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How the 13 weeks of a quarter are split into its three months.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum WeekPattern {
    /// 4, 4 and 5 weeks.
    #[serde(rename = "4-4-5")]
    FourFourFive,
    /// 4, 5 and 4 weeks, the usual one of retailers.
    #[serde(rename = "4-5-4")]
    FourFiveFour,
    /// 5, 4 and 4 weeks.
    #[serde(rename = "5-4-4")]
    FiveFourFour,
}

impl WeekPattern {
    /// The weeks of a year before its month (counted from 0).
    fn weeks_before(self, month0: i32) -> i32 {
        let within = match (self, month0 % 3) {
            (_, 0) => 0,
            (Self::FiveFourFour, 1) => 5,
            (_, 1) => 4,
            (Self::FourFourFive, _) => 8,
            (Self::FourFiveFour | Self::FiveFourFour, _) => 9,
        };
        month0 / 3 * 13 + within
    }
}

/// How a company cuts time into fiscal years, from 1 to 9999, and their parts.
///
/// Three kinds: years of months, of weeks, or counted from an agreement date. A fiscal year bears the number
/// of the calendar year in which it ends, as accounts do (for weeks see [`FiscalCalendar::weeks`]). The default
/// is the calendar year; labels of any other say `FY`, so that a reader cannot take one for the other.
///
/// ```
/// use prm_core::calendar::{Every, FiscalCalendar};
/// let july = FiscalCalendar::months(7)?;
/// let quarter = july.period_of("2013-08-20".parse()?, Every::Quarter)?;
/// assert_eq!(quarter.to_string(), "FY2014-Q1");
/// assert_eq!(quarter.period.to_string(), "2013-07-01..2013-10-01");
/// assert_eq!(july.parse_label("FY2014-Q1")?, quarter);
/// let refused = july.parse_label("2014-Q1").unwrap_err().to_string();
/// assert_eq!(refused, "`2014-Q1` is not a label of this calendar, they read like `FY2014-Q1`");
/// assert!(FiscalCalendar::months(13).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Kind")]
pub struct FiscalCalendar(Kind);

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
enum Kind {
    Months { starts: u32 },
    Weeks { pattern: WeekPattern, starts: NaiveDate, long_years: BTreeSet<i32> },
    Anchored { on: NaiveDate, ends: MonthEnds },
}

impl Default for FiscalCalendar {
    fn default() -> Self {
        Self(Kind::Months { starts: 1 })
    }
}

impl FiscalCalendar {
    /// Fiscal years of twelve calendar months, starting on the first of month `starts` (1 to 12).
    pub fn months(starts: u32) -> Result<Self, CalendarError> {
        Self::try_from(Kind::Months { starts })
    }

    /// Fiscal years of 52 weeks, counted in both directions from the first day of one of them.
    ///
    /// A year whose number is in `long_years` has 53 weeks, the extra one in its last month; when that happens
    /// is the company's decision, hence listed and not computed. The year that begins at `starts` bears the
    /// calendar year of its middle, the day 182 days later, and the others count on from it, so that no number
    /// repeats. Where years begin around 1 July the middle falls around New Year: pick a `starts` whose middle
    /// lies in the wanted year.
    pub fn weeks(pattern: WeekPattern, starts: NaiveDate, long_years: BTreeSet<i32>) -> Result<Self, CalendarError> {
        Self::try_from(Kind::Weeks { pattern, starts, long_years })
    }

    /// Fiscal years counted from an agreement date, in both directions.
    ///
    /// The n-th month begins [`add_months`] n from the date itself, so that the 31st never slides to the 28th.
    pub fn anchored(on: NaiveDate, ends: MonthEnds) -> Result<Self, CalendarError> {
        Self::try_from(Kind::Anchored { on, ends })
    }

    /// The period of the wanted length that contains the date.
    pub fn period_of(&self, date: NaiveDate, every: Every) -> Result<FiscalPeriod, CalendarError> {
        self.at(every, self.month_of(date)?)
    }

    /// The period with that number, counted from 1, in that fiscal year; a year has number 1.
    pub fn period(&self, every: Every, year: i32, no: u32) -> Result<FiscalPeriod, CalendarError> {
        self.at(every, every.first_month(year, no)?)
    }

    /// The period right after, of the same length; refuses a period of another calendar.
    pub fn next(&self, period: &FiscalPeriod) -> Result<FiscalPeriod, CalendarError> {
        self.at(period.every, self.own(period)? + period.every.months())
    }

    /// The period right before, of the same length; refuses a period of another calendar.
    pub fn previous(&self, period: &FiscalPeriod) -> Result<FiscalPeriod, CalendarError> {
        self.at(period.every, self.own(period)? - period.every.months())
    }

    /// The period of that length which contains the date, and those right before it, `count` in all, as one: at a
    /// quarter's last day exactly the last so many quarters. A count of zero is one.
    pub fn trailing(&self, date: NaiveDate, every: Every, count: u32) -> Result<Period, CalendarError> {
        let month = self.month_of(date)?;
        let last = month - month.rem_euclid(every.months());
        let before = i32::try_from(count.saturating_sub(1)).ok().and_then(|n| n.checked_mul(every.months()));
        let first = before.and_then(|before| last.checked_sub(before));
        let first = first.ok_or(PeriodError::OutOfRange { date, months: i32::MIN })?;
        check_year(first.div_euclid(12))?;
        Ok(Period::new(self.begin(first)?, self.begin(last + every.months())?)?)
    }

    /// All periods that share a day with the span, in order; the first and last may reach beyond.
    pub fn periods_in(&self, every: Every, span: &Period) -> Result<Vec<FiscalPeriod>, CalendarError> {
        let mut month = self.month_of(span.from())?;
        let mut found = vec![self.at(every, month)?];
        while found.last().is_some_and(|last| last.period.until() < span.until()) {
            month += every.months();
            found.push(self.at(every, month)?);
        }
        Ok(found)
    }

    /// The period a label names, written exactly as this calendar writes it.
    pub fn parse_label(&self, text: &str) -> Result<FiscalPeriod, CalendarError> {
        let prefix = if self.fy() { "FY" } else { "" };
        let refused = || CalendarError::Label { text: text.into(), example: format!("{prefix}2014-Q1") };
        let rest = text.strip_prefix(prefix).ok_or_else(refused)?;
        let (year, part) = rest.split_once('-').unwrap_or((rest, ""));
        let (every, no) = match part.split_at_checked(1) {
            Some(("M", no)) => (Every::Month, no),
            Some(("Q", no)) => (Every::Quarter, no),
            Some(("H", no)) => (Every::HalfYear, no),
            _ => (Every::Year, "1"),
        };
        let year = year.parse().map_err(|_| refused())?;
        let found = self.period(every, year, no.parse().map_err(|_| refused())?)?;
        if found.to_string() == text { Ok(found) } else { Err(refused()) }
    }

    /// Whether labels begin with `FY`: not in the calendar year.
    fn fy(&self) -> bool {
        self.0 != Kind::Months { starts: 1 }
    }

    /// The period to which a fiscal month belongs; months count from year 0, so `year * 12`.
    fn at(&self, every: Every, month: i32) -> Result<FiscalPeriod, CalendarError> {
        let first = month - month.rem_euclid(every.months());
        let year = check_year(first.div_euclid(12))?;
        let number = (first.rem_euclid(12) / every.months()).unsigned_abs() + 1;
        let period = Period::new(self.begin(first)?, self.begin(first + every.months())?)?;
        Ok(FiscalPeriod { period, every, year, number, fy: self.fy() })
    }

    fn own(&self, given: &FiscalPeriod) -> Result<i32, CalendarError> {
        let first = given.every.first_month(given.year, given.number)?;
        let own = self.at(given.every, first)? == *given;
        if own { Ok(first) } else { Err(CalendarError::OtherCalendar { given: *given }) }
    }

    /// A day on which a fiscal year begins, and that year.
    fn origin(&self) -> Result<(NaiveDate, i32), CalendarError> {
        let ends_in = |on: NaiveDate| if on.ordinal() == 1 { on.year() } else { on.year() + 1 };
        let (on, year) = match &self.0 {
            Kind::Months { starts: month } => {
                let on = NaiveDate::from_ymd_opt(2000, *month, 1); // any year would do
                let on = on.ok_or(CalendarError::NoSuchMonth { month: *month })?;
                (on, ends_in(on))
            }
            Kind::Weeks { starts, .. } => {
                let middle = starts.checked_add_signed(TimeDelta::days(182));
                (*starts, middle.unwrap_or(*starts).year())
            }
            Kind::Anchored { on, .. } => (*on, ends_in(*on)),
        };
        Ok((on, check_year(year)?))
    }

    /// The first day of a fiscal month.
    fn begin(&self, month: i32) -> Result<NaiveDate, CalendarError> {
        let (on, origin) = self.origin()?;
        let ends = match &self.0 {
            Kind::Months { .. } => MonthEnds::Keep,
            Kind::Anchored { ends, .. } => *ends,
            Kind::Weeks { pattern, long_years, .. } => {
                let year = month.div_euclid(12);
                let ahead = year - origin;
                let between = long_years.range(origin.min(year)..origin.max(year));
                let long = between.fold(0, |long, _| long + ahead.signum());
                let weeks = ahead * 52 + long + pattern.weeks_before(month.rem_euclid(12));
                let weeks = TimeDelta::try_weeks(weeks.into());
                let begin = weeks.and_then(|weeks| on.checked_add_signed(weeks));
                return Ok(begin.ok_or(PeriodError::YearOutOfRange { year })?);
            }
        };
        Ok(add_months(on, month - origin * 12, ends)?)
    }

    /// The fiscal month a date belongs to, the last one begun.
    fn month_of(&self, date: NaiveDate) -> Result<i32, CalendarError> {
        let (on, origin) = self.origin()?;
        // Fiscal months begin once per calendar month: this is right or one too late. Those of weeks drift away
        // from it, by a month in 24 years without long ones.
        let ahead = (date.year() - on.year()) * 12;
        let ahead = ahead + date.month0().cast_signed() - on.month0().cast_signed();
        let mut month = origin * 12 + ahead;
        while self.begin(month)? > date {
            month -= 1;
        }
        while self.begin(month + 1)? <= date {
            month += 1;
        }
        Ok(month)
    }
}

impl TryFrom<Kind> for FiscalCalendar {
    type Error = CalendarError;
    fn try_from(kind: Kind) -> Result<Self, CalendarError> {
        if let Kind::Weeks { long_years, .. } = &kind {
            long_years.iter().try_for_each(|year| check_year(*year).map(drop))?;
        }
        let calendar = Self(kind);
        calendar.origin()?;
        Ok(calendar)
    }
}

/// Why a calendar could not be made or gives no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CalendarError {
    /// A fiscal year was to start in a month that does not exist.
    #[error("a fiscal year starts in month 1 to 12, not {month}")]
    NoSuchMonth {
        /// The month asked for.
        month: u32,
    },
    /// The text is not a label this calendar writes.
    #[error("`{text}` is not a label of this calendar, they read like `{example}`")]
    Label {
        /// The text as given.
        text: String,
        /// A label as this calendar writes it.
        example: String,
    },
    /// The period was cut by another calendar.
    #[error("{given} ({}) is not a period of this calendar", given.period)]
    OtherCalendar {
        /// The period as given.
        given: FiscalPeriod,
    },
    /// The period does not exist in any calendar.
    #[error(transparent)]
    Period(#[from] PeriodError),
}

#[cfg(test)]
mod tests {
    use super::*;
    use Every::{HalfYear, Month, Quarter, Year};
    use proptest::{prelude::*, sample::select};

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn dates_fall_into_the_labelled_period() {
        let months = |starts| FiscalCalendar::months(starts).unwrap();
        let keep = |on| FiscalCalendar::anchored(day(on), MonthEnds::Keep).unwrap();
        let stick = |on| FiscalCalendar::anchored(day(on), MonthEnds::Stick).unwrap();
        let weeks = |starts, long| FiscalCalendar::weeks(WeekPattern::FourFiveFour, day(starts), long).unwrap();
        let nrf = weeks("2020-02-02", BTreeSet::from([2017, 2023]));
        let sysco = weeks("2015-07-05", BTreeSet::from([2015]));
        for (calendar, date, every, label, days) in [
            (&months(1), "2013-03-31", Month, "2013-M03", "2013-03-01..2013-04-01"),
            (&months(1), "2013-12-31", Year, "2013", "2013-01-01..2014-01-01"),
            (&months(7), "2013-06-30", Year, "FY2013", "2012-07-01..2013-07-01"),
            (&months(7), "2014-01-01", HalfYear, "FY2014-H2", "2014-01-01..2014-07-01"),
            (&months(12), "1999-12-01", Quarter, "FY2000-Q1", "1999-12-01..2000-03-01"),
            (&nrf, "2024-02-03", Month, "FY2023-M12", "2023-12-31..2024-02-04"),
            (&nrf, "2018-02-03", Quarter, "FY2017-Q4", "2017-10-29..2018-02-04"),
            (&nrf, "2017-01-28", Month, "FY2016-M12", "2017-01-01..2017-01-29"),
            (&sysco, "2012-07-01", Year, "FY2013", "2012-07-01..2013-06-30"),
            (&keep("2013-01-31"), "2013-03-30", Month, "FY2014-M02", "2013-02-28..2013-03-31"),
            (&keep("2013-02-28"), "2013-03-28", Month, "FY2014-M02", "2013-03-28..2013-04-28"),
            (&stick("2013-02-28"), "2013-04-29", Month, "FY2014-M02", "2013-03-31..2013-04-30"),
            (&keep("2012-02-29"), "2012-02-28", Year, "FY2012", "2011-02-28..2012-02-29"),
            (&keep("2013-01-01"), "2012-12-31", Quarter, "FY2012-Q4", "2012-10-01..2013-01-01"),
        ] {
            let found = calendar.period_of(day(date), every).unwrap();
            assert_eq!(format!("{found} {}", found.period), format!("{label} {days}"), "{calendar:?}");
        }
    }

    #[test]
    fn what_no_calendar_has_is_refused() {
        let (plain, july) = (FiscalCalendar::default(), FiscalCalendar::months(7).unwrap());
        let labels = ["", "FY2013", "2013-", "2013-q1", "2013-M3", "2013-Q01", "13-Q1", "+2013"];
        for text in labels.into_iter().chain(["2013-Q+1", "2013-Q1 ", "2013-Q1-Q1", "-013", "２013"]) {
            let refused = plain.parse_label(text);
            assert!(matches!(refused, Err(CalendarError::Label { .. })), "{text}: {refused:?}");
        }
        let (no_fifth, too_late) = (plain.parse_label("2013-Q5"), july.period_of(day("9999-07-01"), Month));
        assert_eq!(no_fifth, Err(PeriodError::NoSuchNumber { every: Quarter, number: 5 }.into()));
        assert_eq!(too_late, Err(PeriodError::YearOutOfRange { year: 10_000 }.into()));
        let quarter = plain.period(Quarter, 2013, 4).unwrap();
        assert_eq!(plain.next(&quarter), plain.period(Quarter, 2014, 1));
        assert!(matches!(july.next(&quarter), Err(CalendarError::OtherCalendar { .. })));
        assert!(FiscalCalendar::months(0).is_err() && FiscalCalendar::months(13).is_err());
    }

    #[test]
    fn the_written_form_is_stable_and_checked() {
        for text in [
            r#"{"kind":"months","starts":1}"#,
            r#"{"kind":"weeks","pattern":"4-5-4","starts":"2023-01-29","long_years":[2017,2023]}"#,
            r#"{"kind":"anchored","on":"2013-01-31","ends":"stick"}"#,
        ] {
            let calendar: FiscalCalendar = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&calendar).unwrap(), text);
        }
        for text in [
            r#"{"kind":"months","starts":13}"#,
            r#"{"kind":"months","starts":1,"on":"2013-01-31"}"#,
            r#"{"kind":"weeks","pattern":"4-5-4","starts":"2023-01-29","long_years":[0]}"#,
        ] {
            assert!(serde_json::from_str::<FiscalCalendar>(text).is_err(), "{text}");
        }
    }

    fn any_calendar() -> impl Strategy<Value = FiscalCalendar> {
        let date = (0i64..25_000).prop_map(|days| day("1991-01-01") + TimeDelta::days(days));
        let edge = select(vec!["2012-02-29", "2013-02-28", "2013-01-31", "2013-01-30", "2013-01-01"]);
        let on = prop_oneof![date.clone(), edge.prop_map(day)];
        let ends = select(vec![MonthEnds::Stick, MonthEnds::Keep]);
        use WeekPattern::{FiveFourFour, FourFiveFour, FourFourFive};
        let pattern = select(vec![FourFourFive, FourFiveFour, FiveFourFour]);
        let long_years = proptest::collection::btree_set(1985..2065, 0..30);
        prop_oneof![
            (1u32..=12).prop_map(FiscalCalendar::months),
            (on, ends).prop_map(|(on, ends)| FiscalCalendar::anchored(on, ends)),
            (pattern, date, long_years).prop_map(|(p, on, long)| FiscalCalendar::weeks(p, on, long)),
        ]
        .prop_map(Result::unwrap)
    }

    proptest! {
        #[test]
        fn periods_tile_time(calendar in any_calendar(), days in 0i64..25_900) {
            let date = day("1990-01-01") + TimeDelta::days(days);
            let month = calendar.period_of(date, Month).unwrap();
            for every in [Month, Quarter, HalfYear, Year] {
                let found = calendar.period_of(date, every).unwrap();
                prop_assert!(found.period.contains(date));
                let next = calendar.next(&found).unwrap();
                prop_assert_eq!(next.period.from(), found.period.until());
                prop_assert_eq!(calendar.previous(&next), Ok(found));
                prop_assert_eq!(calendar.period_of(found.period.last_day(), every), Ok(found));
                prop_assert_eq!(calendar.period_of(found.period.until(), every), Ok(next));
                prop_assert_eq!(calendar.parse_label(&found.to_string()), Ok(found));
                prop_assert_eq!(calendar.period(every, found.year, found.number), Ok(found));
                // Exactly the union of its months, and the place of one tells that of the other.
                let months = calendar.periods_in(Month, &found.period).unwrap();
                prop_assert_eq!(months.len() * every.per_year() as usize, 12);
                prop_assert!(months.windows(2).all(|w| w[0].period.until() == w[1].period.from()));
                let (first, last) = (months[0].period, months[months.len() - 1].period);
                prop_assert_eq!(Period::new(first.from(), last.until()), Ok(found.period));
                prop_assert_eq!((month.number - 1) * every.per_year() / 12 + 1, found.number);
            }
        }

        #[test]
        fn years_bear_their_number_and_length(calendar in any_calendar(), number in 1991i32..2060) {
            let year = calendar.period(Year, number, 1).unwrap().period;
            if let Kind::Weeks { pattern, long_years, .. } = &calendar.0 {
                let extra = i64::from(long_years.contains(&number));
                prop_assert_eq!(year.days(), (52 + extra) * 7);
                let [a, b, c] = [10, 11, 12].map(|m| calendar.period(Month, number, m).unwrap().period.days() / 7);
                prop_assert_eq!(serde_json::to_string(pattern).unwrap(), format!("\"{a}-{b}-{}\"", c - extra));
            } else {
                prop_assert_eq!(year.last_day().year(), number);
            }
        }
    }
}
