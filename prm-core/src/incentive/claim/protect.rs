//! Price protection: a vendor lowers a price, and makes up for what its partners have in stock.
//!
//! `(old price − new price) × stock on the date of change`. What counts is the stock **when the price changes**, not when
//! the partner is told: counted at the close of the business day before the change, or worked back from a later count by
//! what was sold and received in between. Goods in transit are no stock. A program can protect only what was received
//! within some days before the change; what was received last is then taken to be what is there.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::clock::WorkingTime;
use crate::currency::Currency;
use crate::id::Sku;
use crate::program::length::Length;
use crate::scaled::{NumberError, Scaled};

/// A price that a vendor lowered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct PriceChange {
    /// Of what.
    pub sku: Sku,
    /// The currency of both prices.
    pub currency: Currency,
    /// The price of a unit before.
    pub old: Scaled,
    /// The price of a unit from the change on.
    pub new: Scaled,
    /// The first day of the new price.
    pub effective_on: NaiveDate,
    /// The day on which partners were told.
    pub noticed_on: NaiveDate,
}

impl PriceChange {
    /// A change of which partners are told on its day.
    #[must_use]
    pub const fn new(sku: Sku, currency: Currency, (old, new): (Scaled, Scaled), effective_on: NaiveDate) -> Self {
        Self { sku, currency, old, new, effective_on, noticed_on: effective_on }
    }
}

/// What a partner counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct StockCount {
    /// At the close of which day.
    pub on: NaiveDate,
    /// How many were there.
    pub quantity: Scaled,
    /// How many were sold since the change, where it was counted after it.
    #[serde(default = "nothing")]
    pub sold_since: Scaled,
    /// How many came since the change, where it was counted after it.
    #[serde(default = "nothing")]
    pub received_since: Scaled,
    /// How many were on their way; they are no stock.
    #[serde(default = "nothing")]
    pub in_transit: Scaled,
}

const fn nothing() -> Scaled {
    Scaled::ZERO
}

impl StockCount {
    /// What was there at the close of a day.
    #[must_use]
    pub const fn new(on: NaiveDate, quantity: Scaled) -> Self {
        Self { on, quantity, sold_since: Scaled::ZERO, received_since: Scaled::ZERO, in_transit: Scaled::ZERO }
    }
}

/// Goods that a partner received.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[serde(deny_unknown_fields)]
pub struct StockReceipt {
    /// When.
    pub on: NaiveDate,
    /// How many.
    pub quantity: Scaled,
}

/// What is protected of a product, and what it brings, exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Protected {
    /// The stock on the date of change.
    pub stock: Scaled,
    /// How many of it are protected.
    pub counts: Scaled,
    /// What a unit brings.
    pub each: Scaled,
    /// What they bring together.
    pub gives: Scaled,
}

/// Why stock is not protected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProtectionError {
    /// The price did not fall.
    #[error("the price of `{sku}` did not fall: {old} before, {new} after")]
    NotLower {
        /// Of what.
        sku: Sku,
        /// The price before.
        old: Scaled,
        /// The price after.
        new: Scaled,
    },
    /// It was counted on a day that says nothing of the change.
    #[error("stock is counted at the close of {expected}, or from {effective_on} on; this was counted on {given}")]
    CountedOn {
        /// When it was counted.
        given: NaiveDate,
        /// The business day before the change.
        expected: NaiveDate,
        /// The date of change.
        effective_on: NaiveDate,
    },
    /// A quantity is below zero, or more came than is there and was sold.
    #[error("{given} is no quantity")]
    Quantity {
        /// The quantity.
        given: Scaled,
    },
    /// A number does not fit, or a day lies beyond the calendar.
    #[error(transparent)]
    Number(#[from] NumberError),
}

/// The stock on the date of a change, by a count.
///
/// Counted at the close of the business day before the change it is what was there; counted from the day of change on,
/// what was sold since is added and what came since is taken off.
///
/// ```
/// use prm_core::clock::WorkingTime;
/// use prm_core::incentive::claim::protect::{PriceChange, StockCount, stock_at_change};
/// let price = ("500".parse()?, "450".parse()?);
/// let change = PriceChange::new("ST-1".parse()?, "USD".parse()?, price, "2025-03-05".parse()?);
/// let mut count = StockCount::new("2025-03-10".parse()?, "15".parse()?);
/// count.sold_since = "5".parse()?;
/// assert_eq!(stock_at_change(&change, &count, &WorkingTime::default())?, "20".parse()?);
/// // Days before the business day before it, something could have been sold.
/// count.on = "2025-02-28".parse()?;
/// assert!(stock_at_change(&change, &count, &WorkingTime::default()).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`ProtectionError`] if it was counted on another day, or a quantity is none.
pub fn stock_at_change(
    change: &PriceChange,
    count: &StockCount,
    working: &WorkingTime,
) -> Result<Scaled, ProtectionError> {
    let StockCount { on, quantity, sold_since, received_since, in_transit } = *count;
    for given in [quantity, sold_since, received_since, in_transit] {
        if given.is_negative() {
            return Err(ProtectionError::Quantity { given });
        }
    }
    if on >= change.effective_on {
        let stock = quantity.plus(sold_since)?.minus(received_since)?;
        return if stock.is_negative() { Err(ProtectionError::Quantity { given: stock }) } else { Ok(stock) };
    }
    let expected = business_day_before(change.effective_on, working);
    if on != expected || !sold_since.is_zero() || !received_since.is_zero() {
        return Err(ProtectionError::CountedOn { given: on, expected, effective_on: change.effective_on });
    }
    Ok(quantity)
}

/// The last day before another on which somebody works.
fn business_day_before(day: NaiveDate, working: &WorkingTime) -> NaiveDate {
    // A year of holidays has an end: whoever never works counts on the day before.
    let before = || day.iter_days().rev().skip(1);
    before().take(366).find(|day| working.works_on(*day)).or_else(|| before().next()).unwrap_or(day)
}

/// What the stock of a product brings when its price falls. `receipts` are what was received, of which only what came `within`
/// some time before the change is protected; without it all of the stock is.
///
/// ```
/// use prm_core::clock::WorkingTime;
/// use prm_core::incentive::claim::protect::{PriceChange, StockCount, StockReceipt, protect};
/// let of = |old: &str, new: &str| -> Result<PriceChange, Box<dyn std::error::Error>> {
///     let price = (old.parse()?, new.parse()?);
///     Ok(PriceChange::new("ST-1".parse()?, "USD".parse()?, price, "2025-03-05".parse()?))
/// };
/// let (count, office) = (StockCount::new("2025-03-04".parse()?, "20".parse()?), WorkingTime::default());
/// assert_eq!(protect(&of("500", "450")?, &count, (&[], None), &office)?.gives, "1000".parse()?);
/// let receipts = [StockReceipt { on: "2025-02-01".parse()?, quantity: "12".parse()? }];
/// let recent = protect(&of("500", "450")?, &count, (&receipts, "60 days".parse().ok()), &office)?;
/// assert_eq!((recent.stock, recent.counts), ("20".parse()?, "12".parse()?));
/// assert!(protect(&of("450", "500")?, &count, (&[], None), &office).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`ProtectionError`] if the price did not fall, or the stock cannot be told.
pub fn protect(
    change: &PriceChange,
    count: &StockCount,
    (receipts, within): (&[StockReceipt], Option<Length>),
    working: &WorkingTime,
) -> Result<Protected, ProtectionError> {
    let each = change.old.minus(change.new)?;
    if each <= Scaled::ZERO {
        return Err(ProtectionError::NotLower { sku: change.sku.clone(), old: change.old, new: change.new });
    }
    let stock = stock_at_change(change, count, working)?;
    let counts = match within {
        None => stock,
        Some(within) => {
            let from = within.before(change.effective_on).unwrap_or(NaiveDate::MIN);
            let recent = receipts.iter().filter(|receipt| from <= receipt.on && receipt.on < change.effective_on);
            let recent = recent.map(|receipt| receipt.quantity.max(Scaled::ZERO));
            stock.min(recent.into_iter().try_fold(Scaled::ZERO, Scaled::plus)?)
        }
    };
    Ok(Protected { stock, counts, each, gives: each.times(counts)? })
}
