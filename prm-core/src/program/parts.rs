//! The parts of a program that more than one place speaks of.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::fx::RateKind;
use crate::id::Name;
use crate::incentive::measure::EntryRounding;
use crate::period::Period;

/// The dates that a version governs; without an end it stands until another replaces it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effective {
    /// The first day.
    pub from: NaiveDate,
    /// The day after the last.
    pub until: Option<NaiveDate>,
}

impl Effective {
    /// Whether a day is governed.
    #[must_use]
    pub fn contains(&self, day: NaiveDate) -> bool {
        day >= self.from && self.until.is_none_or(|until| day < until)
    }

    /// The governed days of a period, if it has any.
    #[must_use]
    pub fn of(&self, period: &Period) -> Option<Period> {
        let until = self.until.map_or(period.until(), |until| until.min(period.until()));
        Period::new(period.from().max(self.from), until).ok()
    }
}

/// What becomes of a period that has begun when a version begins or ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RunningPeriods {
    /// Each version decides on its own days of it.
    #[default]
    Split,
    /// The version in force at its beginning decides on all of it; the next one begins with the next period.
    Next,
    /// The version in force at its end decides on all of it, anew.
    Restate,
}

/// The policies with the word that stands for each in documents.
pub const RUNNING_PERIODS: [(&str, RunningPeriods); 3] =
    [("split", RunningPeriods::Split), ("next", RunningPeriods::Next), ("restate", RunningPeriods::Restate)];

/// How sales in other currencies are converted to the program's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct SalesExchange {
    /// The name of the rate table.
    pub table: Name,
    /// The kind of rate.
    pub rate: RateKind,
    /// How many days back a rate may come from.
    pub at_most_days: u32,
    /// How a converted line is rounded, if not as the measure.
    pub round: Option<EntryRounding>,
}

/// Countries and regions under one name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Territory {
    /// The countries.
    pub countries: BTreeSet<String>,
    /// The regions within them; `None` for all.
    pub regions: Option<BTreeSet<String>>,
}

impl Territory {
    /// Whether a place lies in it; one whose country is unknown lies nowhere.
    #[must_use]
    pub fn covers(&self, country: Option<&str>, region: Option<&str>) -> bool {
        country.is_some_and(|country| self.countries.contains(country))
            && self.regions.as_ref().is_none_or(|regions| region.is_some_and(|region| regions.contains(region)))
    }
}

/// Which document decided: what an explanation needs to be checked later.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct ProgramRef {
    /// The program's name.
    pub name: String,
    /// Its version, for people.
    pub version: String,
    /// SHA-256 of the document's content, whatever its layout.
    pub digest: String,
}
