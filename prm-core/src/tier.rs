//! Tiers: what they require and give, and where each partner stands on any day.
//!
//! [`Tiers`] is what the program says. [`standing::advance`] turns sales and told metrics into dated
//! [changes](TierChange), which are recorded and continued; [`standing::standing`] says where a partner stands, what
//! is missing for the next tier and what the tier held gives; [`standing::month_ends`] answers for all partners at
//! once. [`override_`] is the life of a tier that was granted for a time.
//!
//! Which date means what: a day is judged at its end, with everything of that day, and what follows takes effect on
//! the next day (or on the same, if the program says so).
//!
//! Does not own: what a tier is worth in money. That is an incentive's calculation with another tier:
//! [`incentive::worth`](mod@crate::incentive::worth).

mod basis;
mod benefit;
mod change;
mod judged;
mod metrics;
pub mod override_;
mod readings;
mod require;
pub mod standing;
mod window;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::calendar::Every;
use crate::id::Name;
#[cfg(feature = "program")]
use crate::incentive::measure::Grain;
use crate::incentive::measure::Measure;
use crate::program::length::Length;
pub use basis::{Approval, Basis, StandingError, Used};
pub use benefit::{Benefit, BenefitError};
pub(crate) use change::tier_on;
pub use change::{Because, Grace, TierChange, TierHistory};
pub use judged::{Judged, JudgedItem, JudgedMetric};
pub use metrics::{CountsFor, Metric, MetricError, MetricFact, MetricFacts, MetricIs, MetricKey, Source};
pub use override_::Override;
pub use require::{Bound, Condition, Item, Requirement};
#[cfg(feature = "schema")]
pub(crate) use window::REACH_MAX;
pub use window::{Span, Window, WindowError};

/// When a partner comes into a higher tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Promote {
    /// As soon as its requirements are met.
    AtOnce,
    /// On the day after a review period whose last day meets them.
    AtReview,
    /// On the partner's anniversary, if the day before meets them.
    AtAnniversary,
    /// On the day of an approval, if they are met then.
    AfterApproval,
}

/// When a partner falls into a lower tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DemoteAt {
    /// On the day after a review period whose last day does not meet the requirements.
    Review,
    /// On the partner's anniversary, if the day before does not meet them.
    Anniversary,
    /// Never by itself.
    Never,
}

/// How standing is reviewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Review {
    /// The length of the fiscal periods after which it is.
    pub every: Every,
    /// When a partner rises.
    pub promote: Promote,
    /// When a partner falls.
    pub demote: DemoteAt,
    /// How long it may fall short before it does.
    pub grace: Option<Length>,
}

impl Default for Review {
    fn default() -> Self {
        Self { every: Every::Quarter, promote: Promote::AtOnce, demote: DemoteAt::Review, grace: None }
    }
}

/// From which day on a day's sales change the tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum SalesCount {
    /// From the next.
    #[default]
    NextDay,
    /// For all of the day.
    SameDay,
}

/// What late lines and returns do to a tier that is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum LateLines {
    /// Nothing.
    #[default]
    Keep,
    /// Standing is computed anew from the beginning.
    Recompute,
}

/// A tier.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Level {
    /// Its name.
    pub name: Name,
    /// What it takes; nothing for the lowest.
    pub requires: Option<Requirement>,
    /// What it gives.
    pub benefits: BTreeMap<Name, Benefit>,
}

/// The tiers of a program, lowest first.
///
/// ```
/// use prm_core::program::Program;
/// let text = "
/// format: 1
/// program: Example
/// version: '1'
/// effective: { from: 2013-01-01 }
/// currency: USD
/// tiers:
///   levels:
///     - name: registered
///     - name: silver
///       requires: { metric: net_revenue, over: trailing 4 quarters, at_least: 100000 }
///       benefits: { deal_discount: 5 points }
/// ";
/// let program = Program::read(text)?;
/// let tiers = program.tiers().unwrap();
/// assert_eq!(tiers.levels().len(), 2);
/// assert!(tiers.has_level("silver") && !tiers.has_level("gold"));
///
/// let findings = Program::read(&text.replace("trailing 4 quarters", "trailing 4 weeks")).unwrap_err();
/// assert_eq!(findings.iter().next().unwrap().path, "tiers.levels[1].requires.over");
/// # Ok::<(), prm_core::program::finding::Findings>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tiers {
    pub(crate) declared: BTreeMap<Name, MetricIs>,
    pub(crate) metrics: Vec<Metric>,
    pub(crate) levels: Vec<Level>,
    pub(crate) review: Review,
    pub(crate) sales_count: SalesCount,
    pub(crate) late_lines: LateLines,
}

impl Tiers {
    /// The tiers, lowest first.
    #[must_use]
    pub fn levels(&self) -> &[Level] {
        &self.levels
    }

    /// Whether there is a tier of that name.
    #[must_use]
    pub fn has_level(&self, name: &str) -> bool {
        self.rank(name).is_some()
    }

    /// The tier of that name.
    #[must_use]
    pub fn level(&self, name: &str) -> Option<&Level> {
        self.levels.iter().find(|level| level.name.as_str() == name)
    }

    /// The place of a tier, counted from 0 for the lowest.
    #[must_use]
    pub fn rank(&self, name: &str) -> Option<usize> {
        self.levels.iter().position(|level| level.name.as_str() == name)
    }

    /// Everything that requirements read, each once; conditions refer to places in it.
    #[must_use]
    pub fn metrics(&self) -> &[Metric] {
        &self.metrics
    }

    /// How standing is reviewed.
    #[must_use]
    pub const fn review(&self) -> Review {
        self.review
    }

    /// From which day on a day's sales change the tier.
    #[must_use]
    pub const fn sales_count(&self) -> SalesCount {
        self.sales_count
    }

    /// What late lines do to a recorded tier.
    #[must_use]
    pub const fn late_lines(&self) -> LateLines {
        self.late_lines
    }

    /// Every measure that requirements need.
    pub fn measures(&self) -> impl Iterator<Item = &Measure> {
        self.metrics.iter().filter_map(|metric| match &metric.source {
            Source::Sales(measure) => Some(measure),
            Source::Told(..) => None,
        })
    }

    #[cfg(feature = "program")]
    pub(crate) fn measures_mut(&mut self) -> impl Iterator<Item = &mut Measure> {
        self.metrics.iter_mut().filter_map(|metric| match &mut metric.source {
            Source::Sales(measure) => Some(measure),
            Source::Told(..) => None,
        })
    }

    /// Keeps by day what is judged on other days than the last of a fiscal month.
    #[cfg(feature = "program")]
    pub(crate) fn need_days(&mut self) {
        let on_any_day =
            !matches!(self.review.promote, Promote::AtReview) || matches!(self.review.demote, DemoteAt::Anniversary);
        for metric in &mut self.metrics {
            let rolling = matches!(metric.window, Window::Over(span) | Window::AnyDayOf(span) if span.is_in_days());
            if let Source::Sales(measure) = &mut metric.source
                && (on_any_day || rolling)
            {
                measure.grain = Grain::Day;
            }
        }
    }

    /// The highest tier whose own requirements are met by values, one for each metric.
    pub(crate) fn highest(&self, values: &[crate::scaled::Scaled]) -> Result<usize, crate::scaled::NumberError> {
        for (rank, level) in self.levels.iter().enumerate().skip(1).rev() {
            if level.requires.as_ref().map_or(Ok(true), |requires| requires.is_met(values))? {
                return Ok(rank);
            }
        }
        Ok(0)
    }
}
