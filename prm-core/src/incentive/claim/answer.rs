//! What a claim comes to, and why.

use serde::{Deserialize, Serialize};

use crate::fx::ExchangeRate;
use crate::id::{DocumentId, Name};
use crate::money::Money;
use crate::scaled::Scaled;

/// What a claim comes to. What is claimed less all cuts is what it brings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ClaimAnswer {
    /// What it would bring if everything counted and nothing limited it.
    pub claimed: Money,
    /// What it brings.
    pub pays: Money,
    /// What was cut, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cuts: Vec<Cut>,
    /// Its items, in the order of the form.
    pub items: Vec<ItemAnswer>,
}

impl ClaimAnswer {
    /// Whether it brings less than is claimed.
    #[must_use]
    pub fn is_in_part(&self) -> bool {
        self.pays != self.claimed
    }
}

/// An amount that was cut.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Cut {
    /// How much.
    pub amount: Money,
    /// Why.
    pub why: ClaimReason,
}

/// What an item of a claim comes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ItemAnswer {
    /// What it counts for, before any share and limit: money in the currency of the claim. Exact, but for what was converted.
    pub gives: Scaled,
    /// What that follows from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub because: Vec<ClaimReason>,
}

/// What an answer to a claim follows from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
#[non_exhaustive]
pub enum ClaimReason {
    /// No more was granted.
    Granted {
        /// What was granted.
        amount: Money,
    },
    /// No more is paid for one activity, or by one claim.
    Cap {
        /// The most.
        amount: Money,
    },
    /// Something does not count.
    Disallowed {
        /// How much, in the item's own unit; `None` for all of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        part: Option<Scaled>,
        /// Why, as the vendor calls it.
        reason: Name,
    },
    /// The items that were cut, all of them together.
    Items,
    /// Tax that is recovered was not spent.
    RecoverableTax {
        /// The tax.
        amount: Money,
    },
    /// It was converted.
    Converted {
        /// At which rate.
        rate: ExchangeRate,
    },
    /// Units were held against a price.
    Price {
        /// How many.
        quantity: Scaled,
        /// The price used.
        price: Scaled,
        /// The contract price.
        contract: Scaled,
        /// The lot from which they were taken, where the cost of inventory is used.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lot: Option<DocumentId>,
    },
    /// The price used does not lie above the contract price, so there is nothing to be made up for.
    BelowContract,
    /// The stock on the date of change.
    Stock {
        /// How many.
        quantity: Scaled,
    },
    /// Not all of the stock was received recently enough.
    ReceivedEarlier {
        /// How many count.
        counts: Scaled,
    },
    /// Goods on their way are no stock.
    InTransit {
        /// How many.
        quantity: Scaled,
    },
}

impl std::fmt::Display for ClaimReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Granted { amount } => write!(f, "no more than {amount} was granted"),
            Self::Cap { amount } => write!(f, "no more than {amount} is paid"),
            Self::Disallowed { part: Some(part), reason } => write!(f, "{part} of it does not count: {reason}"),
            Self::Disallowed { part: None, reason } => write!(f, "it does not count: {reason}"),
            Self::Items => f.write_str("some items count in part or not at all"),
            Self::RecoverableTax { amount } => write!(f, "{amount} of tax is recovered"),
            Self::Converted { rate } => write!(f, "converted from {} at the rate of {}", rate.from, rate.date),
            Self::Price { quantity, price, contract, .. } => {
                write!(f, "{quantity} units at {price}, by contract {contract}")
            }
            Self::BelowContract => f.write_str("the price used is not above the contract price"),
            Self::Stock { quantity } => write!(f, "{quantity} units were in stock when the price changed"),
            Self::ReceivedEarlier { counts } => write!(f, "{counts} units were received recently enough"),
            Self::InTransit { quantity } => write!(f, "{quantity} units on their way are no stock"),
        }
    }
}
