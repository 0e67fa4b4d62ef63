//! Clocks of reviews: how long something may take, in hours that count.
//!
//! A promise of 48 hours means one thing to a machine and another to people who go home: a clock runs through (`calendar`),
//! stands still on days off (`business`), or runs in working hours alone. It runs in real time, in the time zone of those
//! who work: a working day on which clocks change is as long as it is.
//!
//! "72 business hours are three business days" is how vendors publish it, so a business day has all its 24 hours.

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike as _, NaiveDate, NaiveTime, TimeDelta, Utc, Weekday};
use serde::{Deserialize, Serialize};

use crate::zone::{Zone, ZoneError};

/// Which hours count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ClockHours {
    /// All.
    #[default]
    Calendar,
    /// Those of working days, from midnight to midnight.
    Business,
    /// Those within working hours.
    WorkingHours,
}

/// The clocks with the word that stands for each in documents.
pub const CLOCKS: [(&str, ClockHours); 3] = [
    ("calendar", ClockHours::Calendar),
    ("business", ClockHours::Business),
    ("working_hours", ClockHours::WorkingHours),
];

/// The days of the week with the word that stands for each in documents.
pub const WEEKDAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Mon),
    ("tuesday", Weekday::Tue),
    ("wednesday", Weekday::Wed),
    ("thursday", Weekday::Thu),
    ("friday", Weekday::Fri),
    ("saturday", Weekday::Sat),
    ("sunday", Weekday::Sun),
];

/// Why working time is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WorkingTimeError {
    /// Nobody works on any day of the week.
    #[error("there is no working day")]
    NoDays,
    /// A working day ends before it begins.
    #[error("working hours from {from} until {until} are none")]
    NoHours {
        /// When it begins.
        from: NaiveTime,
        /// When it ends.
        until: NaiveTime,
    },
}

/// When those work who review: on some days of the week, from one time of day until another, but not on holidays.
///
/// ```
/// use chrono::NaiveTime;
/// use prm_core::clock::{ClockHours, WorkingTime};
/// use prm_core::zone::Zone;
/// let hours = ("09:00:00".parse::<NaiveTime>()?, "17:00:00".parse()?);
/// let office = WorkingTime::new(WorkingTime::MONDAY_TO_FRIDAY, hours, ["2025-12-25".parse()?])?;
/// // Asked on a Wednesday at 16:00 before a holiday: an hour that day, the other eight on Friday.
/// let asked = "2025-12-24T16:00:00Z".parse()?;
/// let due = |clock| office.due(asked, 9, clock, &Zone::utc());
/// assert_eq!(due(ClockHours::WorkingHours)?.to_rfc3339(), "2025-12-26T17:00:00+00:00");
/// assert_eq!(due(ClockHours::Business)?.to_rfc3339(), "2025-12-26T01:00:00+00:00");
/// assert_eq!(due(ClockHours::Calendar)?.to_rfc3339(), "2025-12-25T01:00:00+00:00");
/// assert!(WorkingTime::new([], hours, []).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkingTime {
    /// Whether somebody works, from Monday on.
    days: [bool; 7],
    from: NaiveTime,
    until: NaiveTime,
    holidays: BTreeSet<NaiveDate>,
}

impl Default for WorkingTime {
    /// Monday to Friday, from 9 until 17 o'clock.
    fn default() -> Self {
        let of_day = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or(NaiveTime::MIN);
        let days = std::array::from_fn(|at| at < Self::MONDAY_TO_FRIDAY.len());
        Self { days, from: of_day(9), until: of_day(17), holidays: BTreeSet::new() }
    }
}

impl WorkingTime {
    /// The usual days.
    pub const MONDAY_TO_FRIDAY: [Weekday; 5] = [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri];

    /// Days of the week, hours of each, and holidays.
    ///
    /// # Errors
    /// [`WorkingTimeError`] if no day or no hour is left.
    pub fn new(
        days: impl IntoIterator<Item = Weekday>,
        (from, until): (NaiveTime, NaiveTime),
        holidays: impl IntoIterator<Item = NaiveDate>,
    ) -> Result<Self, WorkingTimeError> {
        let worked: BTreeSet<u32> = days.into_iter().map(|day| day.num_days_from_monday()).collect();
        if worked.is_empty() {
            return Err(WorkingTimeError::NoDays);
        }
        if from >= until {
            return Err(WorkingTimeError::NoHours { from, until });
        }
        let days = std::array::from_fn(|at| u32::try_from(at).is_ok_and(|at| worked.contains(&at)));
        Ok(Self { days, from, until, holidays: holidays.into_iter().collect() })
    }

    /// When a working day begins and ends.
    #[must_use]
    pub const fn hours(&self) -> (NaiveTime, NaiveTime) {
        (self.from, self.until)
    }

    /// Whether somebody works on a day.
    #[must_use]
    pub fn works_on(&self, day: NaiveDate) -> bool {
        let weekday = usize::try_from(day.weekday().num_days_from_monday()).unwrap_or_default();
        self.days.get(weekday).copied().unwrap_or_default() && !self.holidays.contains(&day)
    }

    /// When so many hours have passed since an instant. With none the answer is the first instant that counts.
    ///
    /// # Errors
    /// [`ZoneError`] beyond the calendar.
    pub fn due(
        &self,
        since: DateTime<Utc>,
        hours: u32,
        clock: ClockHours,
        zone: &Zone,
    ) -> Result<DateTime<Utc>, ZoneError> {
        let mut left = TimeDelta::hours(i64::from(hours));
        let beyond = || ZoneError::OutOfRange { at: since.naive_utc() };
        if clock == ClockHours::Calendar {
            return since.checked_add_signed(left).ok_or_else(beyond);
        }
        let mut day = zone.local_date(since)?;
        loop {
            if let Some((opens, closes)) = self.counts(day, clock, zone)? {
                let begins = since.max(opens);
                if begins < closes {
                    let passes = closes - begins;
                    if left <= passes {
                        return begins.checked_add_signed(left).ok_or_else(beyond);
                    }
                    left -= passes;
                }
            }
            day = day.succ_opt().ok_or_else(beyond)?;
        }
    }

    /// How much of the time from one instant to another counts: nothing if that is before it.
    ///
    /// # Errors
    /// [`ZoneError`] beyond the calendar.
    pub fn passed(
        &self,
        (since, until): (DateTime<Utc>, DateTime<Utc>),
        clock: ClockHours,
        zone: &Zone,
    ) -> Result<TimeDelta, ZoneError> {
        if until <= since {
            return Ok(TimeDelta::zero());
        }
        if clock == ClockHours::Calendar {
            return Ok(until - since);
        }
        let (mut day, last) = (zone.local_date(since)?, zone.local_date(until)?);
        let mut passed = TimeDelta::zero();
        while day <= last {
            if let Some((opens, closes)) = self.counts(day, clock, zone)? {
                passed += (closes.min(until) - opens.max(since)).max(TimeDelta::zero());
            }
            let Some(next) = day.succ_opt() else { break };
            day = next;
        }
        Ok(passed)
    }

    /// The instants of a day between which a clock runs, if it does on that day.
    fn counts(&self, day: NaiveDate, clock: ClockHours, zone: &Zone) -> Result<Option<Span>, ZoneError> {
        if !self.works_on(day) {
            return Ok(None);
        }
        let beyond = || ZoneError::OutOfRange { at: day.and_time(NaiveTime::MIN) };
        Ok(Some(match clock {
            ClockHours::WorkingHours => {
                (zone.instant_of(day.and_time(self.from))?, zone.instant_of(day.and_time(self.until))?)
            }
            _ => (zone.start_of_day(day)?, zone.start_of_day(day.succ_opt().ok_or_else(beyond)?)?),
        }))
    }
}

/// From an instant to another.
type Span = (DateTime<Utc>, DateTime<Utc>);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn office(holidays: &[&str]) -> WorkingTime {
        let hours = ("09:00:00".parse().unwrap(), "17:00:00".parse().unwrap());
        let holidays = holidays.iter().map(|day| day.parse().unwrap());
        WorkingTime::new(WorkingTime::MONDAY_TO_FRIDAY, hours, holidays).unwrap()
    }

    #[test]
    fn the_usual_office_is_the_default() {
        assert_eq!(WorkingTime::default(), office(&[]));
    }

    #[test]
    fn clocks_stand_still_when_nobody_works() {
        let (office, utc) = (office(&["2025-04-18", "2025-04-21"]), Zone::utc());
        let due = |since, hours, clock| office.due(at(since), hours, clock, &utc).unwrap();
        // Thursday before Easter; Friday and Monday are holidays.
        let asked = "2025-04-17T15:30:00Z";
        assert_eq!(due(asked, 48, ClockHours::Calendar), at("2025-04-19T15:30:00Z"));
        assert_eq!(due(asked, 48, ClockHours::Business), at("2025-04-23T15:30:00Z"));
        assert_eq!(due(asked, 8, ClockHours::WorkingHours), at("2025-04-22T15:30:00Z"));
        // Up to the minute at which the day ends.
        assert_eq!(due("2025-04-17T16:00:00Z", 1, ClockHours::WorkingHours), at("2025-04-17T17:00:00Z"));
        // Asked at night, at the weekend, or with no hour at all.
        assert_eq!(due("2025-04-15T23:00:00Z", 1, ClockHours::WorkingHours), at("2025-04-16T10:00:00Z"));
        assert_eq!(due("2025-04-19T12:00:00Z", 24, ClockHours::Business), at("2025-04-23T00:00:00Z"));
        assert_eq!(due("2025-04-19T12:00:00Z", 0, ClockHours::WorkingHours), at("2025-04-22T09:00:00Z"));
        // Three business days are 72 business hours.
        assert_eq!(due("2025-04-22T10:00:00Z", 72, ClockHours::Business), at("2025-04-25T10:00:00Z"));
    }

    #[test]
    fn days_begin_in_the_zone_of_those_who_work() {
        let zone: Zone = "+05:30".parse().unwrap();
        let due = office(&[]).due(at("2025-04-16T12:00:00Z"), 1, ClockHours::WorkingHours, &zone).unwrap();
        // 17:30 there: the next day at 10:00.
        assert_eq!(due, at("2025-04-17T04:30:00Z"));
    }

    #[cfg(feature = "tz")]
    #[test]
    fn a_day_on_which_clocks_change_is_as_long_as_it_is() {
        let zone: Zone = "Europe/Berlin".parse().unwrap();
        let all_week = [Weekday::Sat, Weekday::Sun, Weekday::Mon];
        let hours = (NaiveTime::MIN, "12:00:00".parse().unwrap());
        let nights = WorkingTime::new(all_week, hours, []).unwrap();
        let (saturday, clock) = (at("2025-03-29T11:00:00Z"), ClockHours::Business);
        // The Sunday has 23 hours.
        assert_eq!(nights.due(saturday, 24 + 11, clock, &zone).unwrap(), at("2025-03-30T22:00:00Z"));
        // From midnight until noon are eleven.
        let due = nights.due(at("2025-03-29T23:00:00Z"), 12, ClockHours::WorkingHours, &zone).unwrap();
        assert_eq!(due, at("2025-03-30T23:00:00Z"));
    }

    #[test]
    fn nobody_works_never() {
        let (nine, five) = ("09:00:00".parse().unwrap(), "17:00:00".parse().unwrap());
        assert_eq!(WorkingTime::new([], (nine, five), []), Err(WorkingTimeError::NoDays));
        let refused = WorkingTime::new([Weekday::Mon], (five, nine), []).unwrap_err();
        assert_eq!(refused.to_string(), "working hours from 17:00:00 until 09:00:00 are none");
        let beyond = office(&[]).due(DateTime::<Utc>::MAX_UTC, 1, ClockHours::Business, &Zone::utc());
        assert!(matches!(beyond, Err(ZoneError::OutOfRange { .. })), "{beyond:?}");
    }

    proptest! {
        /// What is due after some hours has had them, and a minute before it had not.
        #[test]
        fn what_is_due_has_had_its_hours(
            minutes in 0_i64..1_000_000, hours in 1_u32..200, offs in prop::collection::vec(0_i64..700, 0..20), clock in 0..3_usize,
        ) {
            let since = at("2025-01-01T00:00:00Z") + TimeDelta::minutes(minutes);
            let first: NaiveDate = "2025-01-01".parse().unwrap();
            let holidays: Vec<String> = offs.iter().map(|days| (first + TimeDelta::days(*days)).to_string()).collect();
            let office = office(&holidays.iter().map(String::as_str).collect::<Vec<_>>());
            let (zone, (_, clock)) = ("-03:00".parse::<Zone>().unwrap(), CLOCKS[clock]);
            let due = office.due(since, hours, clock, &zone).unwrap();
            let whole = TimeDelta::hours(i64::from(hours));
            prop_assert_eq!(office.passed((since, due), clock, &zone).unwrap(), whole);
            let before = due - TimeDelta::minutes(1);
            prop_assert!(office.passed((since, before), clock, &zone).unwrap() < whole);
            prop_assert_eq!(office.passed((due, since), clock, &zone).unwrap(), TimeDelta::zero());
        }
    }
}
