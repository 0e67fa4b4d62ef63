//! What lines are told apart by: kind, channel step, dates, parties and motion, with the word for each.

use serde::{Deserialize, Serialize};

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

/// Which party of a line is credited with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Credits {
    /// Who bought.
    Buyer,
    /// Who sold.
    Seller,
    /// The reseller of record.
    Reseller,
    /// None of them: whoever has or brought the customer. Such a line makes no sum; commissions find the partner by dated
    /// facts, and no other incentive counts so.
    Customer,
}

/// The parties with the word that stands for each in documents; that a line's customer decides is said otherwise.
pub const CREDITS: [(&str, Credits); 3] =
    [("buyer", Credits::Buyer), ("seller", Credits::Seller), ("reseller", Credits::Reseller)];

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
