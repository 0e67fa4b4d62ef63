//! Why a sale brings nothing, a return takes nothing back, and a run does not pay.

use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::id::AccountId;
use crate::incentive::line::LineKey;
use crate::incentive::rebate::Reason;
use crate::money::Money;

/// Why a sale brings nothing, or less than its rate says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
#[serde(tag = "code", rename_all = "snake_case")]
#[non_exhaustive]
pub enum CommissionReason {
    /// The partner cannot earn it.
    Partner {
        /// Why.
        why: Reason,
    },
    /// The line does not say to whom it was sold.
    NoCustomer,
    /// The customer had no partner of record on that day.
    NoRecord {
        /// The customer.
        account: AccountId,
    },
    /// Nobody's link or code led to the sale within the window.
    NoTouch {
        /// The first day of the window.
        since: NaiveDate,
    },
    /// The customer belongs to the partner.
    SelfReferral {
        /// The customer.
        account: AccountId,
    },
    /// It is not the customer's first sale.
    NotFirst {
        /// The day of the first.
        first: NaiveDate,
    },
    /// The time since the customer's first sale is over.
    Ended {
        /// The day after the last.
        on: NaiveDate,
    },
    /// No rate fits it.
    NoRate,
    /// The line does not say for which days its amounts are.
    NoService,
    /// The fixed amount is paid with another line.
    PaidWith {
        /// Which.
        line: LineKey,
    },
    /// The customer's cap leaves less of it, or nothing.
    Cap {
        /// What it leaves.
        leaves: Money,
    },
    /// It takes back a sale that is not known, and a fixed amount cannot be taken back in part.
    NoSale,
    /// All of it was taken back.
    TakenBack,
}

impl fmt::Display for CommissionReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Partner { why } => write!(f, "{why}"),
            Self::NoCustomer => f.write_str("to whom it was sold is not known"),
            Self::NoRecord { account } => write!(f, "{account} had no partner of record on that day"),
            Self::NoTouch { since } => write!(f, "no link or code of a partner led to it since {since}"),
            Self::SelfReferral { account } => write!(f, "{account} belongs to the partner itself"),
            Self::NotFirst { first } => write!(f, "the customer's first sale was on {first}"),
            Self::Ended { on } => write!(f, "the customer's sales pay until {on}"),
            Self::NoRate => f.write_str("no rate fits it"),
            Self::NoService => f.write_str("for which days its amounts are is not known"),
            Self::PaidWith { line } => write!(f, "the amount is paid with {line}"),
            Self::Cap { leaves } => write!(f, "the customer's cap leaves {leaves}"),
            Self::NoSale => f.write_str("the sale that it takes back is not known"),
            Self::TakenBack => f.write_str("taken back"),
        }
    }
}

/// Why a return takes nothing back, or not all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum), uniffi(name = "CommissionBackReason"))]
#[serde(tag = "code", rename_all = "snake_case")]
#[non_exhaustive]
pub enum BackReason {
    /// It came too late after the sale.
    Late {
        /// The last day on which it could.
        until: NaiveDate,
    },
    /// A run had paid it before.
    Paid,
    /// The amount is fixed, and something of the sale is left.
    Fixed,
}

impl fmt::Display for BackReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Late { until } => write!(f, "returns take back until {until}"),
            Self::Paid => f.write_str("what was paid is not taken back"),
            Self::Fixed => f.write_str("the amount is fixed, and something of the sale is left"),
        }
    }
}

/// Why a run does not pay what is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
#[serde(tag = "code", rename_all = "snake_case")]
#[non_exhaustive]
pub enum CarriedReason {
    /// It is less than the minimum.
    BelowMinimum {
        /// The minimum.
        minimum: Money,
    },
    /// More is taken back than paid.
    Negative,
}

impl fmt::Display for CarriedReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BelowMinimum { minimum } => write!(f, "less than {minimum} is carried to the next run"),
            Self::Negative => f.write_str("more is taken back than paid"),
        }
    }
}
