//! References: what a measured value is held against, where bands lie at shares of it.
//!
//! A *target* is the partner's own, from a table, or the same for all. A *baseline* is what the partner sold in an earlier
//! period, and what is measured against it is the *growth* beyond it. Either way a band from 20 % begins at a fifth of the
//! reference, exactly: bounds are multiplied, values are never divided.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::explain::Measured;
use super::schedule::Target;
use crate::calendar::{CalendarError, FiscalCalendar, FiscalPeriod};
use crate::program::length::Length;
use crate::scaled::Scaled;

/// What bands lie at shares of.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reference {
    /// A target. The whole measure is held against it.
    Target(Target),
    /// What was sold in an earlier period. The growth beyond it is held against it.
    Baseline(Baseline),
}

/// How growth is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Baseline {
    /// The period that is the baseline.
    pub period: BaselinePeriod,
    /// What those earn who have none, or sold less than nothing then.
    pub newcomers: Newcomers,
    /// What is paid on.
    pub pays_on: GrowthBase,
    /// How long after the end of the baseline's period its sales still change it. `None`: for ever.
    pub freeze: Option<Length>,
}

impl Baseline {
    /// The baseline's period for a period, and the day from which on it is frozen.
    ///
    /// # Errors
    /// [`CalendarError`] if there is no such period, or day.
    pub fn of(
        &self,
        calendar: &FiscalCalendar,
        period: &FiscalPeriod,
    ) -> Result<(FiscalPeriod, Option<NaiveDate>), CalendarError> {
        let earlier = match self.period {
            BaselinePeriod::PreviousPeriod => calendar.previous(period)?,
            BaselinePeriod::SamePeriodLastYear => calendar.period(period.every, period.year - 1, period.number)?,
        };
        let frozen_on = self.freeze.map(|freeze| freeze.after(earlier.period.until())).transpose()?;
        Ok((earlier, frozen_on))
    }
}

/// Which earlier period is the baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum BaselinePeriod {
    /// The period of the same number in the fiscal year before.
    SamePeriodLastYear,
    /// The period right before.
    PreviousPeriod,
}

/// The periods with the word that stands for each in documents.
pub const BASELINE_PERIODS: [(&str, BaselinePeriod); 2] = [
    ("same_period_last_year", BaselinePeriod::SamePeriodLastYear),
    ("previous_period", BaselinePeriod::PreviousPeriod),
];

/// What those earn for growth who have no baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Newcomers {
    /// Nothing.
    #[default]
    Skip,
    /// As if they had sold nothing: everything is growth, in the highest band.
    FromZero,
}

/// The ways with the word that stands for each in documents.
pub const NEWCOMERS: [(&str, Newcomers); 2] = [("skip", Newcomers::Skip), ("from_zero", Newcomers::FromZero)];

/// What growth is paid on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum GrowthBase {
    /// On the growth alone.
    #[default]
    Increment,
    /// On the whole measure.
    Whole,
}

/// The bases with the word that stands for each in documents.
pub const GROWTH_BASES: [(&str, GrowthBase); 2] = [("increment", GrowthBase::Increment), ("whole", GrowthBase::Whole)];

/// The baseline of a partner, and what grew beyond it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[non_exhaustive]
pub struct Growth {
    /// The period of the baseline.
    pub period: FiscalPeriod,
    /// What was measured then.
    pub baseline: Measured,
    /// The day from which on the baseline is no longer changed, if it is frozen; it is then what was known at the
    /// beginning of that day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frozen_on: Option<NaiveDate>,
    /// What is measured now, less the baseline if that is not below nothing.
    pub increment: Scaled,
    /// What is paid on.
    pub pays_on: GrowthBase,
}
