//! What a commission comes to: sale by sale, run by run and partner by partner.

use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{BackReason, CarriedReason, CommissionReason, PERS, Per};
use crate::id::{AccountId, Name, PartnerId};
use crate::incentive::line::LineKey;
use crate::money::Money;
use crate::program::ProgramRef;
use crate::rate::Rate;
use crate::scaled::Scaled;
use crate::words::word_of;

/// What a sale is paid by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CommissionTerms {
    /// A share of what is counted.
    Rate {
        /// The rate.
        rate: Rate,
        /// Its place in the list of rates, counted from 1.
        place: u32,
    },
    /// An amount, whatever the revenue.
    Fixed {
        /// How much.
        amount: Money,
        /// For each what.
        per: Per,
        /// Its place in the list of rates, counted from 1.
        place: u32,
    },
}

impl fmt::Display for CommissionTerms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rate { rate, .. } => rate.fmt(f),
            Self::Fixed { amount, per, .. } => write!(f, "{amount} per {}", word_of(&PERS, per)),
        }
    }
}

/// A line that takes a sale back, and what it takes of its commission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[non_exhaustive]
pub struct CommissionBack {
    /// The line.
    pub line: LineKey,
    /// Its own date.
    pub on: NaiveDate,
    /// What it takes of the commission.
    pub takes: Money,
    /// Why it takes nothing, or less than its part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<BackReason>,
}

/// A sale, and what it brings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[non_exhaustive]
pub struct CommissionSale {
    /// The line.
    pub line: LineKey,
    /// Its counting date.
    pub on: NaiveDate,
    /// The partner that is credited, if one is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner: Option<PartnerId>,
    /// The customer, if the line names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountId>,
    /// What is counted of it: money in the program's currency, or units. Rounded to the digits of measures where only a
    /// part of its amounts counts; the commission is not computed from that.
    pub base: Scaled,
    /// What it is paid by, if a rate fits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms: Option<CommissionTerms>,
    /// The commission as it was sold.
    pub whole: Money,
    /// What is left of that after what was taken back.
    pub net: Money,
    /// How much of it is released.
    pub released: Money,
    /// From which day on all that is released can be paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payable_from: Option<NaiveDate>,
    /// How much of it is in the runs up to the day, paid or carried.
    pub in_runs: Money,
    /// What was taken back of it, by date.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub back: Vec<CommissionBack>,
    /// Why it brings nothing, or less than its terms say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<CommissionReason>,
}

/// What a run does for one sale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[non_exhaustive]
pub struct CommissionRow {
    /// The line of the sale.
    pub line: LineKey,
    /// What is paid, or, below zero, taken back.
    pub amount: Money,
}

/// A payment run for one partner. Runs that bring a partner nothing new are left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[non_exhaustive]
pub struct CommissionRun {
    /// The day.
    pub on: NaiveDate,
    /// For whom.
    pub partner: PartnerId,
    /// What it is made of, with what earlier runs carried; none of it was paid before.
    pub rows: Vec<CommissionRow>,
    /// The sum of the rows.
    pub due: Money,
    /// What is paid: all of that or nothing.
    pub paid: Money,
    /// What the next run has to pay, or below zero to keep.
    pub carried: Money,
    /// Why nothing is paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<CarriedReason>,
}

/// What a partner is owed by the end of a day: `due + carried + held + waiting - to_recover = net`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[non_exhaustive]
pub struct CommissionOwed {
    /// Who.
    pub partner: PartnerId,
    /// What all runs up to the day paid together. It never falls.
    pub due: Money,
    /// What the last of them carried; below zero where more was taken back than earned.
    pub carried: Money,
    /// What is released and in no run yet.
    pub held: Money,
    /// What the next run takes back.
    pub to_recover: Money,
    /// What waits for payments of customers.
    pub waiting: Money,
    /// All commissions, net of what was taken back.
    pub net: Money,
}

/// What a commission comes to by the end of a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[non_exhaustive]
pub struct CommissionAnswer {
    /// The program that decided.
    pub program: ProgramRef,
    /// The commission.
    pub incentive: Name,
    /// Its title on statements.
    pub title: String,
    /// The day.
    pub as_of: NaiveDate,
    /// Each sale that counts, in the order of counting date, then key.
    pub sales: Vec<CommissionSale>,
    /// The payment runs, in the order of days, then of partners.
    pub runs: Vec<CommissionRun>,
    /// What each partner is owed, in the order of partners; those with nothing at all are left out.
    pub owed: Vec<CommissionOwed>,
}
