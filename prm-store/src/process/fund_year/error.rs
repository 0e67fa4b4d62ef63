//! Why nothing of a fund's year was done.

use chrono::NaiveDate;
use prm_core::calendar::CalendarError;
use prm_core::id::PartnerId;
use prm_core::incentive::line::BatchKey;
use prm_core::incentive::mdf::PotError;
use prm_core::incentive::mdf::request::RequestError;
use prm_core::money::MoneyError;
use prm_core::period::FiscalPeriod;
use prm_core::program::ProgramRef;
use prm_core::zone::ZoneError;

use crate::error::{ExecuteError, Passing, StoreError};

/// Why nothing of a fund's year was done. Nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FundYearError {
    /// The actor may not accrue or end periods of funds.
    #[error("the actor may not accrue or end periods of funds")]
    Denied,
    /// The store knows no active version with this document.
    #[error("version {} of program `{}` is not active", program.version, program.name)]
    NotActive {
        /// The document.
        program: ProgramRef,
    },
    /// Batches were counted under another version of the program, and not under this one: send them again.
    #[error("{} batches are not counted under this version: send them again", batches.len())]
    NotCounted {
        /// The batches; at least one.
        batches: Vec<BatchKey>,
    },
    /// Something was sold by a partner that is not among those given, or accrued for it before.
    #[error("partner `{partner}` is not among those given")]
    PartnerNotGiven {
        /// The partner.
        partner: PartnerId,
    },
    /// The program has no such fund.
    #[error("the program has no fund `{fund}`")]
    NoFund {
        /// Its name.
        fund: String,
    },
    /// The period of the fund is not over.
    #[error("{period} ends on {ends}")]
    NotOver {
        /// The period.
        period: FiscalPeriod,
        /// Its last day.
        ends: NaiveDate,
    },
    /// A pot does not have what it takes, or an amount does not fit.
    #[error(transparent)]
    Pot(#[from] PotError),
    /// A period is beyond the calendar.
    #[error(transparent)]
    Calendar(#[from] CalendarError),
    /// A day is beyond the calendar.
    #[error(transparent)]
    Zone(#[from] ZoneError),
    /// What time has ended cannot be noted.
    #[error(transparent)]
    Request(#[from] ExecuteError<RequestError>),
    /// The database is the matter.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for FundYearError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

impl From<MoneyError> for FundYearError {
    fn from(error: MoneyError) -> Self {
        Self::Pot(error.into())
    }
}

impl Passing for FundYearError {
    fn is_passing(&self) -> bool {
        match self {
            Self::Store(error) => error.is_passing(),
            Self::Request(error) => error.is_passing(),
            _ => false,
        }
    }
}
