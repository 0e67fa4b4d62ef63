//! Why a book of sales does not answer.

use chrono::NaiveDate;

use crate::id::{IdError, PartnerId};
use crate::incentive::commission::CommissionError;
use crate::incentive::explain::ExplainError;
use crate::incentive::fold::{FoldError, LineError};
use crate::incentive::line::LineKey;
use crate::incentive::settlement::DueError;
use crate::incentive::spiff::SpiffError;
use crate::incentive::verify::Mismatch;
use crate::incentive::worth::WorthError;
use crate::tier::{MetricError, StandingError};

/// Why something was not added, or has no answer. The book is as it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SalesBookError {
    /// A line cannot be used.
    #[error("line {place} (`{key}`): {why}")]
    Line {
        /// Its place among those given, counted from 1.
        place: usize,
        /// Its key.
        key: LineKey,
        /// Why.
        why: Box<LineError>,
    },
    /// A line that waited for another cannot be used together with it.
    #[error("line `{key}`, which waited for one that comes now: {why}")]
    Waited {
        /// The key of the line that waited.
        key: LineKey,
        /// Why.
        why: Box<LineError>,
    },
    /// What lines are placed by comes before them.
    #[error("{what} must be given before the first lines")]
    Late {
        /// What was given.
        what: &'static str,
    },
    /// Lines of a later day are there already.
    #[error("lines of {last} are there: those of {on} come too late")]
    Earlier {
        /// The day of the lines.
        on: NaiveDate,
        /// The day of those that are there.
        last: NaiveDate,
    },
    /// The partner is not in the book.
    #[error("partner `{partner}` is not in the book")]
    UnknownPartner {
        /// The partner.
        partner: PartnerId,
    },
    /// Lines cannot be counted at all.
    #[error(transparent)]
    Fold(#[from] FoldError),
    /// What a partner earns cannot be said.
    #[error(transparent)]
    Explain(#[from] ExplainError),
    /// What is due cannot be said.
    #[error(transparent)]
    Due(#[from] DueError),
    /// What a tier would be worth cannot be said.
    #[error(transparent)]
    Worth(#[from] WorthError),
    /// An explanation does not hold.
    #[error(transparent)]
    Mismatch(#[from] Mismatch),
    /// What a SPIFF comes to cannot be said.
    #[error(transparent)]
    Spiff(#[from] SpiffError),
    /// What a commission comes to cannot be said.
    #[error(transparent)]
    Commission(Box<CommissionError>),
    /// Where a partner stands cannot be said.
    #[error(transparent)]
    Standing(#[from] StandingError),
    /// A value of a metric cannot be taken.
    #[error(transparent)]
    Metric(Box<MetricError>),
    /// An id is none.
    #[error(transparent)]
    Id(#[from] IdError),
}

impl From<CommissionError> for SalesBookError {
    fn from(why: CommissionError) -> Self {
        Self::Commission(Box::new(why))
    }
}

impl From<MetricError> for SalesBookError {
    fn from(why: MetricError) -> Self {
        Self::Metric(Box::new(why))
    }
}
