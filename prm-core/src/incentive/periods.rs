//! Periods: when one is provisional, closed and final, and what becomes of what comes later.
//!
//! ```text
//!        its end           end + cut_off            end + final_after
//!   open ──────▶ provisional ──────────▶ closed ─────────────────────▶ final
//!                     ▲                     │
//!                     └──── reopened ◀──────┘   until a day, by two persons
//! ```
//!
//! A stage follows from dates and approved [exceptions](exception): nobody has to close a period, and none is closed because
//! a job ran. While a period is open or provisional, what is due for it moves with every line that comes. What comes after
//! its close is an adjustment to it (`adjust`), counts in the period that is then running (`current`), or does not count
//! (`refuse`). In a final period nothing changes any more.

pub mod exception;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use self::exception::{PeriodException, What};
use super::rebate::Payout;
use super::settlement::{Entry, EntryKey};
use crate::id::Name;
use crate::period::{Period, PeriodError};
use crate::program::Program;
use crate::program::length::{Length, Unit};
use crate::words::word_of;

/// What a program says of its periods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct PeriodPolicy {
    /// How long after its end a period is closed.
    pub cut_off: Length,
    /// What becomes of what comes after the close.
    pub after_close: AfterClose,
    /// How long after its end a period is final; `None`: never.
    pub final_after: Option<Length>,
    /// Whether another version of the program may lower what was settled for a closed period.
    pub lowering: Lowering,
}

impl Default for PeriodPolicy {
    fn default() -> Self {
        Self {
            cut_off: Length { count: 15, unit: Unit::Days },
            after_close: AfterClose::default(),
            final_after: None,
            lowering: Lowering::default(),
        }
    }
}

/// What becomes of lines that come after their period was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AfterClose {
    /// They count in it, and what is due for it is adjusted.
    #[default]
    Adjust,
    /// They count in the period that is running when they come.
    Current,
    /// They do not count.
    Refuse,
}

/// The ways with the word that stands for each in documents.
pub const AFTER_CLOSE: [(&str, AfterClose); 3] =
    [("adjust", AfterClose::Adjust), ("current", AfterClose::Current), ("refuse", AfterClose::Refuse)];

/// Whether rules that change may lower what was settled for a closed period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Lowering {
    /// Only with an approved exception.
    #[default]
    Approved,
    /// As any other change.
    Free,
}

/// The ways with the word that stands for each in documents.
pub const LOWERING: [(&str, Lowering); 2] = [("approved", Lowering::Approved), ("free", Lowering::Free)];

/// Where in its life a period is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PeriodStage {
    /// It has not ended.
    Open,
    /// It has ended, and lines for it are still expected.
    Provisional,
    /// What is due for it stands; what changes is an exception.
    Closed,
    /// What is due for it does not change any more.
    Final,
}

/// The stages with the word that stands for each.
pub const PERIOD_STAGES: [(&str, PeriodStage); 4] = [
    ("open", PeriodStage::Open),
    ("provisional", PeriodStage::Provisional),
    ("closed", PeriodStage::Closed),
    ("final", PeriodStage::Final),
];

impl fmt::Display for PeriodStage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(word_of(&PERIOD_STAGES, self))
    }
}

/// The days until which periods were reopened, by label.
pub type Reopened = BTreeMap<String, NaiveDate>;

/// What two persons allowed for closed periods of a program.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Exceptions {
    /// The periods that were reopened, and until when.
    pub reopened: Reopened,
    /// What another version may lower: incentive and label of the period.
    pub lowered: BTreeSet<(Name, String)>,
}

impl Exceptions {
    /// Those of the records that are approved.
    pub fn of<'r>(records: impl IntoIterator<Item = &'r PeriodException>) -> Self {
        let mut exceptions = Self::default();
        for PeriodException { ask, stage, .. } in records {
            match (&ask.what, stage) {
                (What::Reopen { until }, exception::Stage::Approved { .. }) => {
                    let known = exceptions.reopened.entry(ask.period.clone()).or_insert(*until);
                    *known = (*known).max(*until);
                }
                (What::Lower { incentive }, exception::Stage::Approved { .. }) => {
                    exceptions.lowered.insert((incentive.clone(), ask.period.clone()));
                }
                _ => {}
            }
        }
        exceptions
    }
}

/// What is due otherwise than it stands, and is left as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Withheld {
    /// For what.
    pub key: EntryKey,
    /// What would be due.
    pub due: Payout,
    /// What stands.
    pub stands: Option<Payout>,
    /// Why it stands.
    pub why: WhyWithheld,
}

/// Why something is left as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum WhyWithheld {
    /// Its period is final.
    Final,
    /// Its period is closed, another version decided, and this one would lower it: that needs an exception.
    Lowers,
}

/// Takes out of new entries what may not change on a day. `decided_by` is the digest of the version that decided what
/// stands.
///
/// # Errors
/// [`PeriodError`] beyond the calendar.
pub fn sift(
    program: &Program,
    entries: Vec<Entry>,
    decided_by: impl Fn(&EntryKey) -> Option<String>,
    on: NaiveDate,
    exceptions: &Exceptions,
) -> Result<(Vec<Entry>, Vec<Withheld>), PeriodError> {
    let (policy, mut allowed, mut withheld) = (program.period_policy(), Vec::new(), Vec::new());
    for entry in entries {
        let (key, period) = (entry.key(), entry.explanation.period.period);
        let stage = policy.stage(&period, on, exceptions.reopened.get(key.label()).copied())?;
        let falls = match (entry.before, entry.explanation.earned) {
            (Some(Payout::Money(before)), Payout::Money(now)) => now.minor() < before.minor(),
            (Some(Payout::Goods(before)), Payout::Goods(now)) => now < before,
            _ => false,
        };
        let is_allowed = || exceptions.lowered.contains(&(key.incentive.clone(), key.label().to_owned()));
        let other = || decided_by(&key).is_some_and(|digest| digest != program.identity().digest);
        let why = match stage {
            PeriodStage::Final => Some(WhyWithheld::Final),
            PeriodStage::Closed if falls && policy.lowering == Lowering::Approved && other() && !is_allowed() => {
                Some(WhyWithheld::Lowers)
            }
            _ => None,
        };
        match why {
            None => allowed.push(entry),
            Some(why) => withheld.push(Withheld { due: entry.explanation.earned, stands: entry.before, key, why }),
        }
    }
    Ok((allowed, withheld))
}

impl PeriodPolicy {
    /// The first day on which a period is closed. Reopened until a day, it is closed from that day on.
    ///
    /// # Errors
    /// [`PeriodError`] beyond the calendar.
    pub fn closes_on(&self, period: &Period, reopened_until: Option<NaiveDate>) -> Result<NaiveDate, PeriodError> {
        let closes = self.cut_off.after(period.until())?;
        Ok(reopened_until.map_or(closes, |until| until.max(closes)))
    }

    /// The stage of a period on a day.
    ///
    /// ```
    /// use prm_core::incentive::periods::{PeriodPolicy, PeriodStage};
    /// use prm_core::period::Period;
    /// let (policy, day) = (PeriodPolicy::default(), |text: &str| text.parse());
    /// let quarter = Period::new(day("2013-01-01")?, day("2013-04-01")?)?;
    /// assert_eq!(policy.stage(&quarter, day("2013-03-31")?, None)?, PeriodStage::Open);
    /// assert_eq!(policy.stage(&quarter, day("2013-04-15")?, None)?, PeriodStage::Provisional);
    /// assert_eq!(policy.stage(&quarter, day("2013-04-16")?, None)?, PeriodStage::Closed);
    /// assert_eq!(policy.stage(&quarter, day("2013-06-01")?, Some(day("2013-06-02")?))?, PeriodStage::Provisional);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`PeriodError`] beyond the calendar.
    pub fn stage(
        &self,
        period: &Period,
        on: NaiveDate,
        reopened_until: Option<NaiveDate>,
    ) -> Result<PeriodStage, PeriodError> {
        if on < period.until() {
            return Ok(PeriodStage::Open);
        }
        let ends = self.final_after.map(|length| length.after(period.until())).transpose()?;
        if ends.is_some_and(|ends| on >= ends) {
            return Ok(PeriodStage::Final);
        }
        let closed = on >= self.closes_on(period, reopened_until)?;
        Ok(if closed { PeriodStage::Closed } else { PeriodStage::Provisional })
    }
}
