//! What lines are told apart by: kind, channel step, dates, parties and motion, with the word for each.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::Name;

/// What a line records.
///
/// Returns, price corrections and bad debts carry negative amounts; a sale never does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LineKind {
    /// Goods or services sold.
    Sale,
    /// Goods sent back, or a sale cancelled: quantity and amounts are negative.
    Return,
    /// The price of an earlier sale changed; no goods moved.
    PriceCorrection,
    /// The new invoice of a credit-and-rebill.
    Rebill,
    /// A sale that was never paid, taken back in the books.
    BadDebt,
    /// Goods given away.
    FreeGoods,
}

/// The kinds with the word that stands for each in documents and files.
pub const LINE_KINDS: [(&str, LineKind); 6] = [
    ("sale", LineKind::Sale),
    ("return", LineKind::Return),
    ("price_correction", LineKind::PriceCorrection),
    ("rebill", LineKind::Rebill),
    ("bad_debt", LineKind::BadDebt),
    ("free_goods", LineKind::FreeGoods),
];

/// The step of the channel at which a line was sold.
///
/// The same goods appear once per step; a measure names one step, so they are never counted twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ChannelStep {
    /// From the vendor to the first buyer.
    #[default]
    SellIn,
    /// From a distributor to a reseller.
    SellThrough,
    /// To the end customer.
    SellOut,
}

/// The steps with the word that stands for each in documents and files.
pub const CHANNEL_STEPS: [(&str, ChannelStep); 3] =
    [("sell_in", ChannelStep::SellIn), ("sell_through", ChannelStep::SellThrough), ("sell_out", ChannelStep::SellOut)];

/// Which date of a line decides its period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CountingDate {
    /// The date of the order.
    Order,
    /// The date of shipment.
    Ship,
    /// The date of the invoice; the order's where there is none.
    Invoice,
    /// The date of payment.
    Paid,
    /// The date on which the line was received from its source.
    Received,
}

/// The dates with the word that stands for each in documents.
pub const COUNTING_DATES: [(&str, CountingDate); 5] = [
    ("order", CountingDate::Order),
    ("ship", CountingDate::Ship),
    ("invoice", CountingDate::Invoice),
    ("paid", CountingDate::Paid),
    ("received", CountingDate::Received),
];

/// Who is credited with a line.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Credits {
    /// Who bought.
    Buyer,
    /// Who sold.
    Seller,
    /// The reseller of record.
    Reseller,
    /// Everybody in its `credits`, by shares that make a whole.
    Split,
    /// Whoever is in its `credits` in this role, with all of it.
    Role(Name),
    /// None of them: whoever has or brought the customer. Such a line makes no sum; commissions find the partner by dated
    /// facts, and no other incentive counts so.
    Customer,
}

/// The words for those that have one of their own; that a line's customer decides is said otherwise.
pub const CREDITS: [&str; 4] = ["buyer", "seller", "reseller", "split"];

impl Credits {
    /// The one that a word of [`CREDITS`] stands for.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        match word {
            "buyer" => Some(Self::Buyer),
            "seller" => Some(Self::Seller),
            "reseller" => Some(Self::Reseller),
            "split" => Some(Self::Split),
            _ => None,
        }
    }

    /// The field of a line that names who is credited.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        match self {
            Self::Buyer => "buyer",
            Self::Seller => "seller",
            Self::Reseller => "reseller",
            Self::Split | Self::Role(_) => "credits",
            Self::Customer => "account",
        }
    }
}

impl fmt::Display for Credits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Role(role) => write!(f, "role {role}"),
            Self::Split => f.write_str("split"),
            Self::Customer => f.write_str("the customer's partner"),
            party => f.write_str(party.field()),
        }
    }
}

/// What the sale means for the business with its customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Motion {
    /// A new customer, or a product that is new to it.
    New,
    /// What it had, for a further term.
    Renewal,
    /// More of what it has.
    Expansion,
    /// Less of what it has.
    Contraction,
    /// What it used.
    Usage,
}

/// The motions with the word that stands for each in documents and files.
pub const MOTIONS: [(&str, Motion); 5] = [
    ("new", Motion::New),
    ("renewal", Motion::Renewal),
    ("expansion", Motion::Expansion),
    ("contraction", Motion::Contraction),
    ("usage", Motion::Usage),
];
