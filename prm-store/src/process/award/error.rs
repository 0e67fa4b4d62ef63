//! Why nothing was awarded.

use chrono::NaiveDate;
use prm_core::calendar::CalendarError;
use prm_core::id::Name;
use prm_core::incentive::awarded::AwardKey;
use prm_core::incentive::commission::CommissionError;
use prm_core::incentive::intake::IntakeError;
use prm_core::incentive::line::BatchKey;
use prm_core::incentive::paying::PayingError;
use prm_core::incentive::settlement::SettlementError;
use prm_core::incentive::spiff::SpiffError;
use prm_core::ledger::LedgerError;
use prm_core::money::MoneyError;
use prm_core::program::ProgramRef;
use prm_core::zone::ZoneError;

use super::super::settle::first;
use crate::error::{ExecuteError, Passing, StoreError};

/// Why nothing was awarded. Nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AwardError {
    /// The actor may not award.
    #[error("the actor may not award")]
    Denied,
    /// The store knows no active version with this document: money moves only by what a second person activated.
    #[error("version {} of program `{}` is not active", program.version, program.name)]
    NotActive {
        /// The document.
        program: ProgramRef,
    },
    /// Batches were counted under another version of the program, and not under this one: send them again.
    #[error("{} batches are not counted under this version, the first is `{}` of `{}`: send them again", batches.len(), first(batches).0, first(batches).1)]
    NotCounted {
        /// The batches; at least one.
        batches: Vec<BatchKey>,
    },
    /// More days were awarded before: what came on them would be taken back.
    #[error("`{incentive}` was awarded up to {last}; {as_of} is before that")]
    Earlier {
        /// The incentive.
        incentive: Name,
        /// The day.
        as_of: NaiveDate,
        /// The day up to which it was awarded.
        last: NaiveDate,
    },
    /// What the sales come to add cannot be said.
    #[error(transparent)]
    Intake(#[from] IntakeError),
    /// The program has no SPIFF or commission of this name.
    #[error("the program has no SPIFF or commission `{name}`")]
    Unknown {
        /// The name.
        name: String,
    },
    /// What a SPIFF comes to cannot be said.
    #[error(transparent)]
    Spiff(#[from] SpiffError),
    /// What a commission comes to cannot be said.
    #[error(transparent)]
    Commission(#[from] CommissionError),
    /// What a payee earned cannot be paid in the currency of the partner.
    #[error("`{key}` cannot be paid: {why}")]
    Paying {
        /// For what and to whom.
        key: Box<AwardKey>,
        /// Why.
        why: Box<PayingError>,
    },
    /// A period is beyond the calendar.
    #[error(transparent)]
    Calendar(#[from] CalendarError),
    /// What is owed cannot be posted.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// An amount does not fit.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// The day of the award is beyond the calendar.
    #[error(transparent)]
    Zone(#[from] ZoneError),
    /// The settlement cannot be kept.
    #[error(transparent)]
    Record(#[from] ExecuteError<SettlementError>),
    /// The database is the matter.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for AwardError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

impl Passing for AwardError {
    fn is_passing(&self) -> bool {
        match self {
            Self::Store(error) => error.is_passing(),
            Self::Record(error) => error.is_passing(),
            _ => false,
        }
    }
}
