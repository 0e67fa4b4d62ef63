//! Ship and debit: a partner sells below book price to a customer, as the vendor has authorised, and claims the difference.
//!
//! `(price used − contract price) × quantity`, for each sale. Three prices are in use, and a program names one: what the
//! goods cost that were taken from stock, first in, first out, each lot at its own price; the book price that stands in
//! the contract; the book price on the day on which they were shipped to the customer.
//!
//! A sale whose goods cost less than the contract price brings nothing: nothing is to be made up for. Prices and results
//! are exact here; what is owed is rounded once, where it becomes owed.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::policy::PriceUsed;
use crate::currency::Currency;
use crate::id::{AccountId, AuthorisationId, DocumentId, PartnerId, Sku};
use crate::incentive::line::LineKey;
use crate::period::Period;
use crate::scaled::{NumberError, Scaled};

/// What the vendor authorised: some goods, for a customer, at contract prices, up to a quantity, on some days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Authorisation {
    /// Its id.
    pub id: AuthorisationId,
    /// Who may sell.
    pub partner: PartnerId,
    /// To whom; `None` for any customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountId>,
    /// The currency of its prices.
    pub currency: Currency,
    /// What, and at which prices.
    pub prices: BTreeMap<Sku, ContractPrice>,
    /// The days on which goods may be shipped.
    pub window: Period,
    /// How many units in all.
    pub quantity: Scaled,
}

impl Authorisation {
    /// An authorisation for any customer, without prices yet.
    #[must_use]
    pub const fn new(
        id: AuthorisationId,
        partner: PartnerId,
        currency: Currency,
        window: Period,
        quantity: Scaled,
    ) -> Self {
        Self { id, partner, account: None, currency, prices: BTreeMap::new(), window, quantity }
    }
}

/// The price at which a product may be sold to the customer, and the book price that the contract names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContractPrice {
    /// The contract price of a unit.
    pub contract: Scaled,
    /// The book price of a unit in the contract, if it names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub book: Option<Scaled>,
}

/// Goods in the partner's stock that were bought at one price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lot {
    /// The document with which they came.
    pub id: DocumentId,
    /// What.
    pub sku: Sku,
    /// When they came; of several the first is taken first, then the lower id.
    pub received_on: NaiveDate,
    /// How many are left.
    pub left: Scaled,
    /// What a unit cost, in the authorisation's currency.
    pub price: Scaled,
}

/// The book price of a product from a day on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BookPrice {
    /// Of what.
    pub sku: Sku,
    /// The first day.
    pub from: NaiveDate,
    /// The price of a unit, in the authorisation's currency.
    pub price: Scaled,
}

/// An authorisation with what is left of it, and the prices that it may be held against.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct FoundAuthorisation {
    /// The authorisation.
    pub authorisation: Authorisation,
    /// How many units of it are left.
    pub left: Scaled,
    /// The partner's lots, where the cost of inventory is used.
    #[serde(default)]
    pub lots: Vec<Lot>,
    /// Book prices, where those of the ship date are used.
    #[serde(default)]
    pub book_prices: Vec<BookPrice>,
}

impl FoundAuthorisation {
    /// An authorisation of which so many units are left.
    #[must_use]
    pub const fn new(authorisation: Authorisation, left: Scaled) -> Self {
        Self { authorisation, left, lots: Vec::new(), book_prices: Vec::new() }
    }
}

/// A sale under an authorisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct DebitSale {
    /// Which line of which invoice; it can be claimed once.
    pub line: LineKey,
    /// What.
    pub sku: Sku,
    /// To whom.
    pub account: AccountId,
    /// When it was shipped.
    pub shipped_on: NaiveDate,
    /// How many.
    pub quantity: Scaled,
}

impl DebitSale {
    /// A sale of some units.
    #[must_use]
    pub const fn new(line: LineKey, sku: Sku, account: AccountId, shipped_on: NaiveDate, quantity: Scaled) -> Self {
        Self { line, sku, account, shipped_on, quantity }
    }
}

/// Units of a sale that are held against one price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DebitPart {
    /// How many.
    pub quantity: Scaled,
    /// The price used.
    pub price: Scaled,
    /// The contract price.
    pub contract: Scaled,
    /// The lot from which they were taken, where the cost of inventory is used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lot: Option<DocumentId>,
}

/// What a sale brings, exactly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DebitItem {
    /// What it is made of.
    pub parts: Vec<DebitPart>,
    /// What it brings; nothing if the price used is not above the contract price.
    pub gives: Scaled,
}

/// Why sales bring nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DebitError {
    /// A quantity is not above zero.
    #[error("sale {sale}: a quantity is above zero, and {quantity} is not")]
    NoQuantity {
        /// The sale, counted from 1.
        sale: u32,
        /// The quantity.
        quantity: Scaled,
    },
    /// The authorisation does not name the product.
    #[error("sale {sale}: `{sku}` is not authorised")]
    Product {
        /// The sale, counted from 1.
        sale: u32,
        /// The product.
        sku: Sku,
    },
    /// The authorisation is for another customer.
    #[error("sale {sale}: customer `{account}` is not authorised")]
    Customer {
        /// The sale, counted from 1.
        sale: u32,
        /// The customer.
        account: AccountId,
    },
    /// It was shipped outside the days of the authorisation.
    #[error("sale {sale}: shipped on {on}, and the authorisation is for {window}")]
    OutsideWindow {
        /// The sale, counted from 1.
        sale: u32,
        /// When it was shipped.
        on: NaiveDate,
        /// The days of the authorisation.
        window: Period,
    },
    /// More was sold than is left of the authorisation.
    #[error("{asked} units are claimed, and {left} are left of the authorisation")]
    Quantity {
        /// How many are claimed.
        asked: Scaled,
        /// How many are left.
        left: Scaled,
    },
    /// The stock before the sale is less than was sold.
    #[error("sale {sale}: {missing} units of `{sku}` are in no lot")]
    NotInStock {
        /// The sale, counted from 1.
        sale: u32,
        /// The product.
        sku: Sku,
        /// How many are missing.
        missing: Scaled,
    },
    /// There is no book price.
    #[error("sale {sale}: there is no book price of `{sku}`")]
    NoBookPrice {
        /// The sale, counted from 1.
        sale: u32,
        /// The product.
        sku: Sku,
    },
    /// A number does not fit.
    #[error(transparent)]
    Number(#[from] NumberError),
}

/// What sales under an authorisation bring, in their order, and nothing if one of them is not authorised.
///
/// Goods are taken from lots in the order in which the sales were shipped, then of their lines; only what was there on the
/// day can be taken.
///
/// ```
/// use prm_core::incentive::claim::debit::{Authorisation, ContractPrice, DebitError, DebitSale, FoundAuthorisation, debit};
/// use prm_core::incentive::claim::policy::PriceUsed;
/// use prm_core::incentive::line::LineKey;
/// use prm_core::period::Period;
/// let window = Period::new("2025-01-01".parse()?, "2025-07-01".parse()?)?;
/// let mut authorised =
///     Authorisation::new("SPA-1".parse()?, "ridge".parse()?, "USD".parse()?, window, "100".parse()?);
/// authorised.prices.insert("BK-1".parse()?, ContractPrice { contract: "90".parse()?, book: "100".parse().ok() });
/// let found = FoundAuthorisation::new(authorised, "30".parse()?);
/// let sale = |units: &str| -> Result<DebitSale, Box<dyn std::error::Error>> {
///     let line = LineKey { document: "INV-1".parse()?, line: None };
///     Ok(DebitSale::new(line, "BK-1".parse()?, "contoso".parse()?, "2025-03-01".parse()?, units.parse()?))
/// };
/// let items = debit(PriceUsed::BookInContract, &found, &[sale("30")?])?;
/// assert_eq!(items[0].gives, "300".parse()?);
/// let refused = debit(PriceUsed::BookInContract, &found, &[sale("31")?]);
/// assert!(matches!(refused, Err(DebitError::Quantity { .. })));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`DebitError`], which names the sale.
pub fn debit(price: PriceUsed, found: &FoundAuthorisation, sales: &[DebitSale]) -> Result<Vec<DebitItem>, DebitError> {
    let of = &found.authorisation;
    let mut asked = Scaled::ZERO;
    for (number, sale) in (1..).zip(sales) {
        if sale.quantity <= Scaled::ZERO {
            return Err(DebitError::NoQuantity { sale: number, quantity: sale.quantity });
        }
        if of.account.as_ref().is_some_and(|account| *account != sale.account) {
            return Err(DebitError::Customer { sale: number, account: sale.account.clone() });
        }
        if !of.window.contains(sale.shipped_on) {
            return Err(DebitError::OutsideWindow { sale: number, on: sale.shipped_on, window: of.window });
        }
        asked = asked.plus(sale.quantity)?;
    }
    if asked > found.left {
        return Err(DebitError::Quantity { asked, left: found.left });
    }
    let mut lots: Vec<Lot> = found.lots.clone();
    lots.sort_by(|one, other| (one.received_on, &one.id).cmp(&(other.received_on, &other.id)));
    let mut order: Vec<(u32, &DebitSale)> = (1..).zip(sales).collect();
    order.sort_by(|(_, one), (_, other)| (one.shipped_on, &one.line).cmp(&(other.shipped_on, &other.line)));
    let mut items = BTreeMap::new();
    for (number, sale) in order {
        let prices = of.prices.get(&sale.sku);
        let prices = prices.ok_or_else(|| DebitError::Product { sale: number, sku: sale.sku.clone() })?;
        let parts = match price {
            PriceUsed::InventoryCost => taken(number, sale, prices.contract, &mut lots)?,
            PriceUsed::BookInContract => vec![booked(number, sale, prices.contract, prices.book)?],
            PriceUsed::BookOnShipDate => {
                let known = found.book_prices.iter().filter(|of| of.sku == sale.sku && of.from <= sale.shipped_on);
                let book = known.max_by_key(|of| of.from).map(|of| of.price);
                vec![booked(number, sale, prices.contract, book)?]
            }
        };
        let gives = parts
            .iter()
            .try_fold(Scaled::ZERO, |sum, part| sum.plus(part.price.minus(part.contract)?.times(part.quantity)?))?;
        items.insert(number, DebitItem { parts, gives: gives.max(Scaled::ZERO) });
    }
    Ok(items.into_values().collect())
}

fn booked(number: u32, sale: &DebitSale, contract: Scaled, book: Option<Scaled>) -> Result<DebitPart, DebitError> {
    let price = book.ok_or_else(|| DebitError::NoBookPrice { sale: number, sku: sale.sku.clone() })?;
    Ok(DebitPart { quantity: sale.quantity, price, contract, lot: None })
}

/// The units of a sale, taken from lots.
fn taken(number: u32, sale: &DebitSale, contract: Scaled, lots: &mut [Lot]) -> Result<Vec<DebitPart>, DebitError> {
    let (mut parts, mut missing) = (Vec::new(), sale.quantity);
    for lot in lots.iter_mut().filter(|lot| lot.sku == sale.sku && lot.received_on <= sale.shipped_on) {
        let quantity = lot.left.min(missing);
        if quantity > Scaled::ZERO {
            (lot.left, missing) = (lot.left.minus(quantity)?, missing.minus(quantity)?);
            parts.push(DebitPart { quantity, price: lot.price, contract, lot: Some(lot.id.clone()) });
        }
    }
    if missing > Scaled::ZERO {
        return Err(DebitError::NotInStock { sale: number, sku: sale.sku.clone(), missing });
    }
    Ok(parts)
}
