//! The forms of schedules, as documents write them, and what makes one impossible.

use serde::{Deserialize, Serialize};

use super::bands::{Band, BandShape, Boundary};
use crate::id::Name;
use crate::rate::Rate;
use crate::scaled::{NumberError, Scaled};

/// What is paid: exactly one of a share of the base, money for each unit of it, fixed money, or goods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Pay {
    /// A share of the base.
    Rate(Rate),
    /// Money for each unit of the base.
    PerUnit(Scaled),
    /// Fixed money.
    Amount(Scaled),
    /// Goods free of charge for each full step.
    FreeUnits(u32),
}

impl Pay {
    /// What one unit of the base brings; `None` for a fixed amount.
    pub(crate) fn share(self) -> Option<Scaled> {
        match self {
            Self::Rate(rate) => Some(rate.fraction()),
            Self::PerUnit(money) => Some(money),
            Self::FreeUnits(units) => Some(Scaled::new(i128::from(units), 0)),
            Self::Amount(_) => None,
        }
    }

    /// What it pays on a base, exact.
    pub(crate) fn on(self, base: Scaled) -> Result<Scaled, NumberError> {
        match self {
            Self::Amount(amount) => Ok(amount),
            _ => base.times(self.share().unwrap_or(Scaled::ZERO)),
        }
    }
}

/// Where a target comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Target {
    /// The same for every partner.
    Fixed(Scaled),
    /// A column of a table found by partner and, if the table has that key, period.
    Table {
        /// The table.
        table: Name,
        /// The column.
        column: Name,
    },
}

/// The form of a schedule, as the document writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Form {
    /// Bands of the measure.
    Bands {
        /// How the bands pay.
        shape: BandShape,
        /// Who owns a value exactly on a bound.
        boundary: Boundary,
        /// The bands, lowest first.
        bands: Vec<Band>,
    },
    /// A rate that rises in a straight line between points.
    Interpolated {
        /// Values of the measure with the rate there, lowest first.
        points: Vec<(Scaled, Rate)>,
    },
    /// The same for every full step.
    PerStep {
        /// The size of a step.
        step: Scaled,
        /// What it pays: fixed money or goods.
        pays: Pay,
    },
    /// One payment at the target and above.
    Target {
        /// The target.
        target: Target,
        /// What it pays, on the whole base.
        pays: Pay,
    },
    /// A rate found by two measures.
    Matrix {
        /// Where each row begins, by the measure.
        rows: Vec<Scaled>,
        /// Where each column begins, by the second measure.
        columns: Vec<Scaled>,
        /// A rate for each row and column.
        rates: Vec<Vec<Rate>>,
    },
}

/// Why a schedule cannot be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ScheduleError {
    /// A number has more digits than the measure keeps, or does not fit.
    #[error(transparent)]
    Number(#[from] NumberError),
    /// A schedule needs at least this many bands, points, rows or columns.
    #[error("at least {least} needed, {given} given")]
    TooFew {
        /// How many are needed.
        least: usize,
        /// How many were given.
        given: usize,
    },
    /// Bounds must rise.
    #[error("`{next}` does not lie above `{before}`")]
    NotRising {
        /// The bound before.
        before: Scaled,
        /// The bound that should lie above it.
        next: Scaled,
    },
    /// Only bands and points can lie at shares of a target or baseline.
    #[error("only bands and points can lie at shares of a target or baseline")]
    NotRelative,
    /// A step must be above zero.
    #[error("a step must be above zero")]
    NoStep,
    /// The rates of a matrix must fill its rows and columns.
    #[error("row {row} has {given} rates, {needed} needed")]
    Ragged {
        /// The row, counted from 1; one past the rows where rows are missing or too many.
        row: usize,
        /// How many it has.
        given: usize,
        /// How many it needs.
        needed: usize,
    },
}
