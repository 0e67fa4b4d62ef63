//! Protection: the time in which nobody else may have what a line registers.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::program::length::Length;
use crate::rate::Rate;
use crate::zone::{Zone, ZoneError};

/// What an approval gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record), uniffi(name = "DealTerms"))]
pub struct Terms {
    /// Whether others are kept away; not in a public tender, for example.
    pub exclusive: bool,
    /// The discount that the partner's tier gives, its benefit `deal_discount`: after a reduction, if a rule says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub benefit: Option<Rate>,
    /// The part of every benefit that is given, if a rule reduces them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub benefit_part: Option<Rate>,
    /// The part of the deal that is credited to this partner, if it is shared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<Rate>,
}

impl Default for Terms {
    fn default() -> Self {
        Self { exclusive: true, benefit: None, benefit_part: None, share: None }
    }
}

/// From when until when a line is protected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[non_exhaustive]
pub struct Protection {
    /// Since when.
    pub since: DateTime<Utc>,
    /// The day after the last, in the program's time zone.
    pub until: NaiveDate,
    /// The instant at which it is over: where that day begins.
    pub until_at: DateTime<Utc>,
    /// How often it was extended.
    #[serde(default)]
    pub extended: u32,
    /// When it is released for want of an update, unless one comes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idle_at: Option<DateTime<Utc>>,
    /// How it was released, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub released: Option<Released>,
}

/// The release of a protection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct Released {
    /// When.
    pub at: DateTime<Utc>,
    /// By what.
    pub by: ReleasedBy,
}

/// By what a protection was released.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ReleasedBy {
    /// The partner gave it up.
    Partner,
    /// The vendor took it back.
    Vendor,
    /// The customer chose another partner.
    CustomerChoice,
    /// The line was rejected, withdrawn or closed.
    Decision,
}

/// How a protection stands at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ProtectionState {
    /// There is none, or not yet.
    #[default]
    None,
    /// It holds.
    Active,
    /// It holds, and has been extended.
    Extended,
    /// It was given up or taken back, or no update came.
    Released,
    /// Its time is over.
    Expired,
}

impl ProtectionState {
    /// Whether it holds; others are kept away if its [`Terms`] are exclusive, too.
    #[must_use]
    pub const fn holds(self) -> bool {
        matches!(self, Self::Active | Self::Extended)
    }
}

impl Protection {
    /// A protection that begins at an instant and lasts so long.
    pub(super) fn begin(since: DateTime<Utc>, lasts: Length, zone: &Zone) -> Result<Self, ZoneError> {
        let (until, until_at) = end_of(zone.local_date(since)?, lasts, zone)?;
        Ok(Self { since, until, until_at, extended: 0, idle_at: None, released: None })
    }

    /// When it is over, as things stand.
    #[must_use]
    pub fn ends_at(&self) -> DateTime<Utc> {
        let idle = self.idle_at.map_or(self.until_at, |idle| idle.min(self.until_at));
        self.released.map_or(idle, |released| released.at.min(idle))
    }

    /// How it stands at an instant.
    #[must_use]
    pub fn at(&self, at: DateTime<Utc>) -> ProtectionState {
        if at < self.since {
            ProtectionState::None
        } else if at < self.ends_at() {
            if self.extended == 0 { ProtectionState::Active } else { ProtectionState::Extended }
        } else if self.ends_at() == self.until_at {
            ProtectionState::Expired
        } else {
            ProtectionState::Released
        }
    }

    /// The same, over at an instant, if it was not before.
    pub(super) fn release(mut self, at: DateTime<Utc>, by: ReleasedBy) -> Self {
        if at < self.ends_at() {
            self.released = Some(Released { at, by });
        }
        self
    }
}

/// The day that lies so long after another, and the instant at which it begins.
pub(super) fn end_of(day: NaiveDate, lasts: Length, zone: &Zone) -> Result<(NaiveDate, DateTime<Utc>), ZoneError> {
    let beyond = |_| ZoneError::OutOfRange { at: day.and_time(chrono::NaiveTime::MIN) };
    let until = lasts.after(day).map_err(beyond)?;
    Ok((until, zone.start_of_day(until)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ninety_days_are_ninety_days_with_the_first() {
        let zone: Zone = "-08:00".parse().unwrap();
        let lasts = "90 days".parse().unwrap();
        // 23:30 of the first of January there.
        let protection = Protection::begin("2025-01-02T07:30:00Z".parse().unwrap(), lasts, &zone).unwrap();
        assert_eq!(protection.until.to_string(), "2025-04-01");
        let at = |text: &str| protection.at(text.parse().unwrap());
        assert_eq!(at("2025-01-02T07:29:59Z"), ProtectionState::None);
        assert_eq!(at("2025-01-02T07:30:00Z"), ProtectionState::Active);
        assert_eq!(at("2025-04-01T07:59:59Z"), ProtectionState::Active);
        assert_eq!(at("2025-04-01T08:00:00Z"), ProtectionState::Expired);
    }

    #[test]
    fn the_first_end_counts() {
        let zone = Zone::utc();
        let begin = || Protection::begin("2025-01-01T12:00:00Z".parse().unwrap(), "90 days".parse().unwrap(), &zone);
        let mut idle = begin().unwrap();
        idle.idle_at = Some("2025-01-31T00:00:00Z".parse().unwrap());
        assert_eq!(idle.at("2025-01-31T00:00:00Z".parse().unwrap()), ProtectionState::Released);
        let late = "2025-03-01T00:00:00Z".parse().unwrap();
        // What is over cannot be released any more.
        assert_eq!(idle.clone().release(late, ReleasedBy::Vendor), idle);
        let released = begin().unwrap().release(late, ReleasedBy::Partner);
        assert_eq!(released.at(late), ProtectionState::Released);
        assert_eq!(released.at("2025-02-28T23:59:59Z".parse().unwrap()), ProtectionState::Active);
    }
}
