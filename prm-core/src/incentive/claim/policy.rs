//! What a program says of claims other than those of marketing funds: the `claims` block.

use serde::{Deserialize, Serialize};

use crate::incentive::mdf::Handling;
use crate::money::Money;
use crate::program::length::Length;

/// How a kind of claim is made and decided.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ClaimPolicy {
    /// How long after the sale, or the price change, something can be claimed; `None` for without end.
    pub within: Option<Length>,
    /// The most that one claim brings.
    pub cap: Option<Money>,
    /// What must be shown, and who decides.
    pub handling: Handling,
}

/// Which kinds of claims there are beside those of funds; a kind without a policy is not taken.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Claims {
    /// For what SPIFFs pay.
    pub spiff: Option<ClaimPolicy>,
    /// For sales below book price.
    pub ship_and_debit: Option<DebitPolicy>,
    /// For stock that lost value when a price fell.
    pub price_protection: Option<ProtectionClaims>,
}

/// How ship and debit is claimed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DebitPolicy {
    /// Against which price a contract price is held.
    pub price: PriceUsed,
    /// As other claims.
    pub claims: ClaimPolicy,
}

impl DebitPolicy {
    /// Against a price, with all else as it is by default.
    #[must_use]
    pub fn new(price: PriceUsed) -> Self {
        Self { price, claims: ClaimPolicy::default() }
    }
}

/// The price that a contract price is held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PriceUsed {
    /// What the goods cost that were taken from stock, first in, first out.
    InventoryCost,
    /// The book price that stands in the contract.
    BookInContract,
    /// The book price on the day on which they were shipped to the customer.
    BookOnShipDate,
}

/// The prices with the word that stands for each in documents.
pub const PRICES_USED: [(&str, PriceUsed); 3] = [
    ("inventory_cost", PriceUsed::InventoryCost),
    ("book_in_contract", PriceUsed::BookInContract),
    ("book_on_ship_date", PriceUsed::BookOnShipDate),
];

/// How price protection is claimed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ProtectionClaims {
    /// How long before the change goods may have been received to be protected; `None` for at any time.
    pub receipts: Option<Length>,
    /// As other claims.
    pub claims: ClaimPolicy,
}
