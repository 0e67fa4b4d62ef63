//! To what a sale belongs, or why to nothing.

use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::id::RegistrationId;
use crate::period::PeriodError;
use crate::scaled::{NumberError, Scaled};
use crate::zone::ZoneError;

/// To what a sale belongs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RegisteredSale {
    /// The registration.
    pub registration: RegistrationId,
    /// Its line, counted from 1.
    pub line: u32,
    /// Whether the sale names it; else it was found by partner, customer and product.
    pub named: bool,
    /// Whether it has the benefit.
    pub benefit: SaleBenefit,
}

/// Whether a sale has the benefit of its registration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
#[non_exhaustive]
pub enum SaleBenefit {
    /// It has.
    Given,
    /// It has not.
    Lost {
        /// Why.
        because: SaleReason,
    },
    /// Somebody has to look at it.
    Review {
        /// Why.
        because: SaleReason,
    },
}

/// Why a sale belongs to no registration, or has no benefit of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
#[non_exhaustive]
pub enum SaleReason {
    /// No registration of the partner is for its customer and product at that time.
    NoRegistration,
    /// The one that it names is not there.
    NotFound {
        /// Which.
        registration: RegistrationId,
    },
    /// The one that it names is another partner's.
    OtherPartner,
    /// It is for another customer.
    OtherCustomer,
    /// It is not for this product, or that line is not approved.
    OtherProducts,
    /// It was ordered before the line was protected.
    TooEarly {
        /// The first day of the protection.
        since: NaiveDate,
    },
    /// It was ordered after the protection and its tail.
    TooLate {
        /// The last day on which it would have belonged to it.
        last: NaiveDate,
    },
    /// The registration was received too short before the order.
    Late {
        /// When it was received.
        received_on: NaiveDate,
        /// The first day of an order that it would have been in time for.
        first: NaiveDate,
    },
    /// More was sold than was approved.
    OverAmount {
        /// The most that may be sold.
        most: Scaled,
        /// What is sold with this sale.
        with: Scaled,
    },
    /// More units were sold than were approved.
    OverUnits {
        /// The most that may be sold.
        most: Scaled,
        /// What is sold with this sale.
        with: Scaled,
    },
}

impl fmt::Display for SaleReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoRegistration => f.write_str("no registration of the partner is for this customer and product"),
            Self::NotFound { registration } => write!(f, "there is no registration `{registration}`"),
            Self::OtherPartner => f.write_str("the registration is another partner's"),
            Self::OtherCustomer => f.write_str("the registration is for another customer"),
            Self::OtherProducts => f.write_str("no approved line of the registration is for this product"),
            Self::TooEarly { since } => write!(f, "ordered before the protection began on {since}"),
            Self::TooLate { last } => write!(f, "ordered after {last}"),
            Self::Late { received_on, first } => {
                write!(f, "registered on {received_on}, in time for orders from {first} on")
            }
            Self::OverAmount { most, with } => write!(f, "{with} is sold, and {most} may be"),
            Self::OverUnits { most, with } => write!(f, "{with} units are sold, and {most} may be"),
        }
    }
}

/// Why it cannot be said.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SaleLinkError {
    /// A number does not fit.
    #[error(transparent)]
    Number(#[from] NumberError),
    /// A day is beyond the calendar.
    #[error(transparent)]
    Period(#[from] PeriodError),
    /// A day is beyond the calendar.
    #[error(transparent)]
    Zone(#[from] ZoneError),
}
