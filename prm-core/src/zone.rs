//! Time zones: which local date an instant falls on, and which instant a clock reading means.
//!
//! Owns [`Zone`] and [`micros`]. Instants are UTC everywhere else, dates are local dates of a zone
//! somebody declared. There is no zone of the machine here, and no "now".

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, Offset, Utc};
#[cfg(feature = "tz")]
use chrono::{MappedLocalTime, TimeZone};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// The zone in which a program's dates are meant: a fixed offset, or a place with its rules.
///
/// Written `UTC` (or `Z`), `+05:30`, `-08:00`, or with feature `tz` an IANA name as
/// `America/New_York`. Deadlines fall on local days, so a zone is always declared, never assumed.
/// Summer time is known up to 2099; from 2100 on a place keeps its standard time.
///
/// ```
/// use prm_core::zone::{Zone, ZoneError};
/// let zone: Zone = "-08:00".parse()?;
/// assert_eq!(zone.local_date("2013-07-01T07:59:59Z".parse()?)?, "2013-06-30".parse()?);
/// assert_eq!(zone.start_of_day("2013-07-01".parse()?)?.to_rfc3339(), "2013-07-01T08:00:00+00:00");
/// let refused = "+8".parse::<Zone>();
/// assert_eq!(refused, Err(ZoneError::Malformed { text: "+8".to_owned() }));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Zone(Rule);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Rule {
    Fixed(FixedOffset),
    #[cfg(feature = "tz")]
    Place(chrono_tz::Tz),
}

/// What a clock reading means in a zone.
enum Reading {
    /// The instant, the earlier one when clocks showed it twice.
    Instant(DateTime<Utc>),
    /// Clocks jumped over it: the offset before the gap and the first instant after it.
    #[cfg(feature = "tz")]
    Gap { before: FixedOffset, after: DateTime<Utc> },
}

impl Zone {
    /// Coordinated universal time, the offset zero.
    pub fn utc() -> Self {
        Self(Rule::Fixed(Utc.fix()))
    }

    /// The date clocks in the zone show at the instant.
    pub fn local_date(&self, instant: DateTime<Utc>) -> Result<NaiveDate, ZoneError> {
        Ok(self.local(instant)?.date())
    }

    fn local(&self, instant: DateTime<Utc>) -> Result<NaiveDateTime, ZoneError> {
        let utc = instant.naive_utc();
        let offset = match &self.0 {
            Rule::Fixed(offset) => *offset,
            #[cfg(feature = "tz")]
            Rule::Place(place) => place.offset_from_utc_datetime(&utc).fix(),
        };
        utc.checked_add_offset(offset).ok_or(ZoneError::OutOfRange { at: utc })
    }

    /// The instant a clock in the zone shows that date and time.
    ///
    /// When clocks go forward some readings do not happen: such a reading moves forward by the
    /// gap's length, as a clock nobody adjusted would mean it. When they go back some happen twice:
    /// the earlier is taken, so that a deadline is never later than one of its readings.
    pub fn instant_of(&self, local: NaiveDateTime) -> Result<DateTime<Utc>, ZoneError> {
        match self.read(local)? {
            Reading::Instant(instant) => Ok(instant),
            #[cfg(feature = "tz")]
            Reading::Gap { before, .. } => to_utc(local, before),
        }
    }

    /// The first instant of the day: when clocks first show its 00:00.
    ///
    /// When clocks jump over midnight it is the instant of the jump; a day a zone skipped altogether
    /// starts together with the next.
    pub fn start_of_day(&self, date: NaiveDate) -> Result<DateTime<Utc>, ZoneError> {
        match self.read(date.and_time(NaiveTime::MIN))? {
            Reading::Instant(instant) => Ok(instant),
            #[cfg(feature = "tz")]
            Reading::Gap { after, .. } => Ok(after),
        }
    }

    fn read(&self, local: NaiveDateTime) -> Result<Reading, ZoneError> {
        match &self.0 {
            Rule::Fixed(offset) => Ok(Reading::Instant(to_utc(local, *offset)?)),
            #[cfg(feature = "tz")]
            Rule::Place(place) => match place.offset_from_local_datetime(&local) {
                MappedLocalTime::Single(offset) => Ok(Reading::Instant(to_utc(local, offset.fix())?)),
                MappedLocalTime::Ambiguous(one, other) => {
                    let (one, other) = (to_utc(local, one.fix())?, to_utc(local, other.fix())?);
                    Ok(Reading::Instant(one.min(other)))
                }
                MappedLocalTime::None => chrono_tz::GapInfo::new(&local, place)
                    .and_then(|gap| {
                        let (before, after) = (gap.begin?.1.fix(), gap.end?.with_timezone(&Utc));
                        Some(Reading::Gap { before, after })
                    })
                    .ok_or(ZoneError::OutOfRange { at: local }),
            },
        }
    }
}

fn to_utc(local: NaiveDateTime, offset: FixedOffset) -> Result<DateTime<Utc>, ZoneError> {
    let utc = local.checked_sub_offset(offset).ok_or(ZoneError::OutOfRange { at: local })?;
    Ok(utc.and_utc())
}

impl FromStr for Zone {
    type Err = ZoneError;
    fn from_str(text: &str) -> Result<Self, ZoneError> {
        let place = |c: char| c.is_ascii_alphanumeric() || "/_+-".contains(c);
        if text == "UTC" || text == "Z" {
            Ok(Self::utc())
        } else if text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(place) {
            named(text)
        } else {
            let offset = offset(text).map(|offset| Self(Rule::Fixed(offset)));
            offset.ok_or_else(|| ZoneError::Malformed { text: text.to_owned() })
        }
    }
}

#[cfg(feature = "tz")]
fn named(name: &str) -> Result<Zone, ZoneError> {
    let place = name.parse().map_err(|_| ZoneError::Unknown { name: name.to_owned() })?;
    Ok(Zone(Rule::Place(place)))
}

#[cfg(not(feature = "tz"))]
fn named(name: &str) -> Result<Zone, ZoneError> {
    Err(ZoneError::NeedsTz { name: name.to_owned() })
}

/// Reads `±hh:mm`; not `-00:00`, which by RFC 3339 says that the offset is unknown.
fn offset(text: &str) -> Option<FixedOffset> {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+')?),
    };
    let (hours, minutes) = rest.split_once(':')?;
    let two_digits = |part: &str| {
        let plain = part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
        if plain { part.parse::<i32>().ok() } else { None }
    };
    let (hours, minutes) = (two_digits(hours)?, two_digits(minutes)?);
    if minutes > 59 || (sign < 0 && hours + minutes == 0) {
        return None;
    }
    FixedOffset::east_opt(sign * (hours * 3600 + minutes * 60))
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Rule::Fixed(offset) if offset.local_minus_utc() == 0 => f.write_str("UTC"),
            Rule::Fixed(offset) => write!(f, "{offset}"),
            #[cfg(feature = "tz")]
            Rule::Place(place) => f.write_str(place.name()),
        }
    }
}

impl TryFrom<String> for Zone {
    type Error = ZoneError;
    fn try_from(text: String) -> Result<Self, ZoneError> {
        text.parse()
    }
}

impl From<Zone> for String {
    fn from(zone: Zone) -> Self {
        zone.to_string()
    }
}

/// The instant cut to whole microseconds, toward the past.
///
/// Databases keep microseconds: an instant that went through one must still equal itself, so cut
/// before comparing or storing. A leap second becomes the second after it, as databases count none.
///
/// ```
/// use prm_core::zone::micros;
/// let cut = micros("2013-07-01T12:00:00.123456789Z".parse()?);
/// assert_eq!(cut, "2013-07-01T12:00:00.123456Z".parse::<chrono::DateTime<chrono::Utc>>()?);
/// # Ok::<(), chrono::ParseError>(())
/// ```
pub fn micros(instant: DateTime<Utc>) -> DateTime<Utc> {
    // Every instant fits; only a leap second on the very last day would not.
    DateTime::from_timestamp_micros(instant.timestamp_micros()).unwrap_or(instant)
}

/// Why a zone could not be read or gives no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ZoneError {
    /// A place is named, and this build knows fixed offsets only.
    #[error("`{name}` needs the feature `tz`, without it a zone is UTC or an offset as +05:30")]
    NeedsTz {
        /// The name as given.
        name: String,
    },
    /// The IANA database has no such place; names are case-sensitive.
    #[error("`{name}` is not a zone of the IANA database")]
    Unknown {
        /// The name as given.
        name: String,
    },
    /// The text is neither an offset nor the shape of a name.
    #[error("`{text}` is neither UTC, an offset as +05:30, nor the name of a zone")]
    Malformed {
        /// The text as given.
        text: String,
    },
    /// The answer lies beyond the years dates can express.
    #[error("{at} is out of range in this zone")]
    OutOfRange {
        /// The time asked about.
        at: NaiveDateTime,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn zone(text: &str) -> Zone {
        text.parse().unwrap()
    }

    fn instant(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn text_round_trips_and_bad_offsets_are_refused() {
        for (text, shown) in [
            ("UTC", "UTC"),
            ("Z", "UTC"),
            ("+00:00", "UTC"),
            ("+05:30", "+05:30"),
            ("-08:00", "-08:00"),
            ("-00:30", "-00:30"),
            ("+14:00", "+14:00"),
        ] {
            assert_eq!(zone(text).to_string(), shown);
            assert_eq!(zone(shown), zone(text));
            let json = serde_json::to_string(&zone(text)).unwrap();
            assert_eq!(json, format!("\"{shown}\""));
            assert_eq!(serde_json::from_str::<Zone>(&json).unwrap(), zone(text));
        }
        for text in ["", "+5:30", "+0530", "+05:60", "+24:00", "-00:00", "05:30", "+05:3０", "A b"] {
            let refused = Err(ZoneError::Malformed { text: text.to_owned() });
            assert_eq!(text.parse::<Zone>(), refused, "{text}");
        }
        assert!(serde_json::from_str::<Zone>("\"+99:00\"").is_err());
    }

    #[cfg(not(feature = "tz"))]
    #[test]
    fn a_place_needs_the_feature() {
        let name = "Europe/Berlin".to_owned();
        assert_eq!(name.parse::<Zone>(), Err(ZoneError::NeedsTz { name }));
    }

    #[cfg(feature = "tz")]
    #[test]
    fn gaps_move_forward_and_overlaps_take_the_earlier() {
        for (place, local, utc) in [
            ("Europe/Berlin", "2013-03-31T02:30:00", "2013-03-31T01:30:00Z"), // gap of 1 h
            ("Europe/Berlin", "2013-10-27T02:30:00", "2013-10-27T00:30:00Z"), // twice
            ("Europe/Berlin", "2013-10-27T03:00:00", "2013-10-27T02:00:00Z"),
            ("Australia/Lord_Howe", "2013-10-06T02:15:00", "2013-10-05T15:45:00Z"), // gap of 30 min
            ("Pacific/Apia", "2011-12-30T12:00:00", "2011-12-30T22:00:00Z"),        // a day skipped
            ("America/Toronto", "1919-03-30T23:45:00", "1919-03-31T04:45:00Z"),
        ] {
            let found = zone(place).instant_of(local.parse().unwrap());
            assert_eq!(found, Ok(instant(utc)), "{place} {local}");
        }
        let name = "Europe/Bonn".to_owned();
        assert_eq!(name.parse::<Zone>(), Err(ZoneError::Unknown { name }));
        assert_eq!(zone("Europe/Berlin").to_string(), "Europe/Berlin");
    }

    #[cfg(feature = "tz")]
    #[test]
    fn a_day_starts_at_its_first_instant() {
        for (place, date, utc) in [
            ("America/Sao_Paulo", "2013-10-20", "2013-10-20T03:00:00Z"), // no 00:00, starts 01:00
            ("America/Toronto", "1919-03-31", "1919-03-31T04:30:00Z"),   // no 00:00, starts 00:30
            ("America/Havana", "2013-11-03", "2013-11-03T04:00:00Z"),    // 00:00 twice
            ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z"),      // skipped, starts with the 31st
            ("Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z"),
        ] {
            let found = zone(place).start_of_day(date.parse().unwrap());
            assert_eq!(found, Ok(instant(utc)), "{place} {date}");
        }
    }

    #[test]
    fn the_ends_of_time_are_refused_not_a_panic() {
        let (east, west) = (zone("+05:30"), zone("-08:00"));
        let at = DateTime::<Utc>::MAX_UTC.naive_utc();
        assert_eq!(east.local_date(at.and_utc()), Err(ZoneError::OutOfRange { at }));
        assert_eq!(west.instant_of(at), Err(ZoneError::OutOfRange { at }));
        assert!(west.local_date(DateTime::<Utc>::MIN_UTC).is_err());
        assert!(east.start_of_day(NaiveDate::MIN).is_err());
    }

    #[test]
    fn micros_cut_toward_the_past() {
        for (given, cut) in [
            ("1969-12-31T23:59:59.999999999Z", "1969-12-31T23:59:59.999999Z"),
            ("1969-12-31T23:59:59.000000001Z", "1969-12-31T23:59:59Z"),
            ("2016-12-31T23:59:60.500000900Z", "2017-01-01T00:00:00.500000Z"),
        ] {
            assert_eq!(micros(instant(given)), instant(cut), "{given}");
        }
    }

    fn any_zone() -> impl Strategy<Value = Zone> {
        let fixed =
            (-1439i32..1440).prop_map(|minutes| Zone(Rule::Fixed(FixedOffset::east_opt(minutes * 60).unwrap())));
        #[cfg(feature = "tz")]
        let fixed = prop_oneof![
            fixed,
            proptest::sample::select(&chrono_tz::TZ_VARIANTS[..]).prop_map(|place| zone(place.name()))
        ];
        fixed
    }

    proptest! {
        #[test]
        fn days_start_where_the_date_turns(zone in any_zone(), day in 0i64..70_000) {
            let date = NaiveDate::from_ymd_opt(1905, 1, 1).unwrap() + chrono::TimeDelta::days(day);
            let start = zone.start_of_day(date).unwrap();
            prop_assert!(zone.local_date(start).unwrap() >= date);
            let before = start - chrono::TimeDelta::microseconds(1);
            prop_assert!(zone.local_date(before).unwrap() < date);
            prop_assert_eq!(zone.to_string().parse::<Zone>(), Ok(zone));
        }

        #[test]
        fn a_reading_means_its_earliest_instant(zone in any_zone(), second in -2_000_000_000i64..1 << 32) {
            let instant = DateTime::from_timestamp(second, 0).unwrap();
            let local = zone.local(instant).unwrap();
            let back = zone.instant_of(local).unwrap();
            prop_assert!(back <= instant);
            prop_assert_eq!(zone.local(back), Ok(local));
            prop_assert!(zone.start_of_day(local.date()).unwrap() <= back);
        }
    }
}
