//! Metrics: what a requirement reads, and what the host tells beside sales.

use std::collections::BTreeMap;
use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

#[cfg(feature = "program")]
use super::Span;
use super::{Tiers, Window};
#[cfg(feature = "program")]
use crate::calendar::FiscalCalendar;
use crate::id::{Name, PartnerId};
use crate::incentive::measure::Measure;
use crate::scaled::{MEASURE_DIGITS_MAX, NumberError, Scaled};

/// How the values of a told metric belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MetricIs {
    /// A value is in force from its day on, until another comes: certified people, managed revenue.
    State,
    /// Amounts on days add up: won deals.
    Sum,
}

/// Whose values count for a partner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CountsFor {
    /// Its own.
    #[default]
    Partner,
    /// Those of all partners that are in its family on the day.
    Family,
}

/// The name of a told metric, and the certification where it is one of several.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct MetricKey {
    /// The metric's name in the program.
    pub name: Name,
    /// The certification, as requirements and facts write it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub certification: Option<String>,
}

impl fmt::Display for MetricKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.certification {
            Some(certification) => write!(f, "{} ({certification})", self.name),
            None => write!(f, "{}", self.name),
        }
    }
}

/// Where a metric's values come from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Source {
    /// Sale lines.
    Sales(Measure),
    /// The host.
    Told(MetricKey, MetricIs),
}

/// What a requirement reads: a source over a window, of a partner or its family.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct Metric {
    /// Where the values come from.
    pub source: Source,
    /// The days over which they are read.
    pub window: Window,
    /// Whose values they are.
    pub counts_for: CountsFor,
}

impl Metric {
    /// The first day of sales that it reads on a day. What is read over all time begins with the version.
    #[cfg(feature = "program")]
    pub(crate) fn reaches_back(&self, calendar: &FiscalCalendar, day: NaiveDate) -> NaiveDate {
        let (Source::Sales(_), Window::Over(span) | Window::AnyDayOf(span)) = (&self.source, self.window) else {
            return day;
        };
        let days = if span == Span::Always { None } else { span.period(calendar, day).ok() };
        days.map_or(day, |days| days.from())
    }
}

/// One value of a told metric.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct MetricFact {
    /// Of which partner.
    pub partner: PartnerId,
    /// Of which metric.
    #[serde(flatten)]
    pub metric: MetricKey,
    /// From which day on it is in force, or the day on which it counts.
    pub on: NaiveDate,
    /// The value.
    pub value: Scaled,
}

/// Why a value of a metric is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MetricError {
    /// The program declares no such metric.
    #[error("the program has no metric `{name}`")]
    Unknown {
        /// The name.
        name: Name,
    },
    /// A state cannot have two values on one day.
    #[error("{metric} of `{partner}` is told twice for {on}: {one} and {other}")]
    TwoValues {
        /// Of which partner.
        partner: PartnerId,
        /// Of which metric.
        metric: MetricKey,
        /// For which day.
        on: NaiveDate,
        /// The value that was told first.
        one: Scaled,
        /// The other.
        other: Scaled,
    },
    /// A value has more digits than are kept, or a sum does not fit.
    #[error(transparent)]
    Number(#[from] NumberError),
}

/// The values of told metrics by day: those in force from it, or its sum.
pub(crate) type Values = BTreeMap<NaiveDate, Scaled>;

/// What the host tells beside sales, in any order.
///
/// ```
/// # use prm_core::program::Program;
/// use prm_core::tier::{MetricError, MetricFact, MetricFacts, MetricKey};
/// # let program = Program::read("{format: 1, program: P, version: '1', effective: {from: 2013-01-01}, currency: USD,
/// #   metrics: {certified_people: {is: state}}, tiers: {levels: [{name: registered}]}}")?;
/// let mut facts = MetricFacts::new(program.tiers().unwrap());
/// let people = MetricKey { name: "certified_people".parse()?, certification: Some("road".into()) };
/// let fact = MetricFact { partner: "p1".parse()?, metric: people, on: "2013-02-01".parse()?, value: "2".parse()? };
/// facts.tell(fact.clone())?;
/// // Another value for the same day would make the answer depend on the order.
/// let other = MetricFact { value: "3".parse()?, ..fact };
/// assert!(matches!(facts.tell(other), Err(MetricError::TwoValues { .. })));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MetricFacts {
    known: BTreeMap<Name, MetricIs>,
    values: BTreeMap<PartnerId, BTreeMap<MetricKey, Values>>,
}

impl MetricFacts {
    /// Nothing told yet of the metrics that the tiers' program declares.
    #[must_use]
    pub fn new(tiers: &Tiers) -> Self {
        Self { known: tiers.declared.clone(), values: BTreeMap::new() }
    }

    /// Takes a value. The same value of a state for the same day again changes nothing; amounts add up.
    ///
    /// # Errors
    /// [`MetricError`] if the metric is unknown, the value too fine, or a state has another value on that day.
    pub fn tell(&mut self, fact: MetricFact) -> Result<(), MetricError> {
        let MetricFact { partner, metric, on, value } = fact;
        let is = self.known.get(&metric.name).copied();
        let is = is.ok_or_else(|| MetricError::Unknown { name: metric.name.clone() })?;
        let value = value.trimmed();
        value.exactly(MEASURE_DIGITS_MAX)?;
        let held = self.values.get(&partner).and_then(|metrics| metrics.get(&metric)?.get(&on)).copied();
        let value = match (is, held) {
            (_, None) => value,
            (MetricIs::Sum, Some(held)) => held.plus(value)?,
            (MetricIs::State, Some(held)) if held == value => return Ok(()),
            (MetricIs::State, Some(one)) => {
                return Err(MetricError::TwoValues { partner, metric, on, one, other: value });
            }
        };
        self.values.entry(partner).or_default().entry(metric).or_default().insert(on, value);
        Ok(())
    }

    /// The values of a partner and metric by day.
    pub(crate) fn of(&self, partner: &str, metric: &MetricKey) -> Option<&Values> {
        self.values.get(partner)?.get(metric)
    }
}
