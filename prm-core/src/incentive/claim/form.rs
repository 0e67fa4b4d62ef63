//! What is claimed, and what is shown for it.

use std::collections::BTreeSet;
use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::debit::DebitSale;
use super::protect::StockCount;
use crate::id::{AuthorisationId, DocumentId, Name, PartnerId, PersonId, RequestId, Sku};
use crate::incentive::line::LineKey;
use crate::money::Money;
use crate::period::Period;

/// What is claimed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ClaimForm {
    /// Under which program.
    pub program: String,
    /// By which partner.
    pub partner: PartnerId,
    /// For what.
    pub of: Basis,
    /// What is shown for it, beside invoices.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub proofs: Vec<Proof>,
}

impl ClaimForm {
    /// A claim for which nothing is shown yet.
    #[must_use]
    pub fn new(program: impl Into<String>, partner: PartnerId, of: Basis) -> Self {
        Self { program: program.into(), partner, of, proofs: Vec::new() }
    }
}

/// For what something is claimed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Basis {
    /// For an activity for which money of a fund was granted.
    Mdf {
        /// The request that was approved.
        request: RequestId,
        /// The days on which it was carried out.
        performed: Period,
        /// What was spent.
        expenses: Vec<Expense>,
    },
    /// For sales that a SPIFF pays.
    Spiff {
        /// The SPIFF.
        incentive: Name,
        /// Who sold, where persons are paid.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        person: Option<PersonId>,
        /// The sales.
        lines: Vec<LineKey>,
    },
    /// For sales below book price.
    ShipAndDebit {
        /// What authorised them.
        authorisation: AuthorisationId,
        /// The sales.
        sales: Vec<DebitSale>,
    },
    /// For stock that lost value.
    PriceProtection {
        /// The first day of the new prices.
        effective_on: NaiveDate,
        /// The products with what was in stock.
        items: Vec<ProtectedItem>,
    },
}

impl Basis {
    /// The word for its kind.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Mdf { .. } => "mdf",
            Self::Spiff { .. } => "spiff",
            Self::ShipAndDebit { .. } => "ship_and_debit",
            Self::PriceProtection { .. } => "price_protection",
        }
    }

    /// How many items it has.
    #[must_use]
    pub const fn items(&self) -> usize {
        match self {
            Self::Mdf { expenses, .. } => expenses.len(),
            Self::Spiff { lines, .. } => lines.len(),
            Self::ShipAndDebit { sales, .. } => sales.len(),
            Self::PriceProtection { items, .. } => items.len(),
        }
    }

    /// Whether both are for the same thing: a correction does not turn a claim into another one.
    pub(super) fn is_of_the_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Mdf { request: one, .. }, Self::Mdf { request: other, .. }) => one == other,
            (Self::Spiff { incentive: one, .. }, Self::Spiff { incentive: other, .. }) => one == other,
            (Self::ShipAndDebit { authorisation: one, .. }, Self::ShipAndDebit { authorisation: other, .. }) => {
                one == other
            }
            (Self::PriceProtection { effective_on: one, .. }, Self::PriceProtection { effective_on: other, .. }) => {
                one == other
            }
            _ => false,
        }
    }
}

/// An amount that was spent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Expense {
    /// The invoice.
    pub invoice: Invoice,
    /// What was paid for it in all, in the invoice's currency.
    pub gross: Money,
    /// The tax in it that the partner gets back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recoverable_tax: Option<Money>,
}

impl Expense {
    /// An amount without tax that can be recovered.
    #[must_use]
    pub const fn new(invoice: Invoice, gross: Money) -> Self {
        Self { invoice, gross, recoverable_tax: None }
    }
}

/// An invoice that a partner was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Invoice {
    /// Who sent it: a name or a tax number.
    pub issuer: String,
    /// Its number.
    pub number: String,
    /// Its date, at whose rate it is converted.
    pub dated: NaiveDate,
}

/// A file that is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// Of which kind, as the program calls it.
    pub kind: Name,
    /// The file; best a digest of its content, so that one that was used before is known under any name.
    pub file: DocumentId,
}

/// A product with what was in stock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProtectedItem {
    /// What.
    pub sku: Sku,
    /// What was counted.
    pub count: StockCount,
}

/// Something that is shown for a claim and can be used once: an invoice, a file, a sale.
///
/// Invoices are told apart by issuer and number, whatever their spelling: case, spaces and signs do not matter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EvidenceKey(String);

impl EvidenceKey {
    /// That of an invoice.
    ///
    /// ```
    /// use prm_core::incentive::claim::{EvidenceKey, Invoice};
    /// let invoice = |issuer: &str, number: &str| -> Result<EvidenceKey, chrono::ParseError> {
    ///     Ok(EvidenceKey::invoice(&Invoice { issuer: issuer.into(), number: number.into(), dated: "2025-03-01".parse()? }))
    /// };
    /// assert_eq!(invoice("Print & Co.", "2025-017")?, invoice("PRINT CO", "2025 017")?);
    /// assert_ne!(invoice("Print & Co.", "2025-017")?, invoice("Print & Co.", "2025-018")?);
    /// # Ok::<(), chrono::ParseError>(())
    /// ```
    #[must_use]
    pub fn invoice(invoice: &Invoice) -> Self {
        let plain =
            |text: &str| text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect::<String>();
        Self(format!("invoice:{}/{}", plain(&invoice.issuer), plain(&invoice.number)))
    }

    /// That of a file.
    #[must_use]
    pub fn file(file: &DocumentId) -> Self {
        Self(format!("file:{file}"))
    }

    /// That of a sale, which can be claimed once for each kind of claim or SPIFF.
    #[must_use]
    pub fn sale(for_what: &str, line: &LineKey) -> Self {
        Self(format!("sale:{for_what}:{line}"))
    }

    /// That of a partner's stock of a product when its price changed.
    #[must_use]
    pub fn stock(partner: &PartnerId, sku: &Sku, effective_on: NaiveDate) -> Self {
        Self(format!("stock:{effective_on}:{partner}:{sku}"))
    }

    /// Its text, for a table of what was used.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EvidenceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl ClaimForm {
    /// Everything that it shows, or the first that it shows twice.
    ///
    /// # Errors
    /// What stands in it twice.
    pub fn evidence(&self) -> Result<BTreeSet<EvidenceKey>, EvidenceKey> {
        let items: Vec<EvidenceKey> = match &self.of {
            Basis::Mdf { expenses, .. } => expenses.iter().map(|of| EvidenceKey::invoice(&of.invoice)).collect(),
            Basis::Spiff { incentive, lines, .. } => {
                lines.iter().map(|line| EvidenceKey::sale(incentive.as_str(), line)).collect()
            }
            Basis::ShipAndDebit { sales, .. } => {
                sales.iter().map(|sale| EvidenceKey::sale("ship_and_debit", &sale.line)).collect()
            }
            Basis::PriceProtection { effective_on, items } => {
                items.iter().map(|item| EvidenceKey::stock(&self.partner, &item.sku, *effective_on)).collect()
            }
        };
        let files = self.proofs.iter().map(|proof| EvidenceKey::file(&proof.file));
        let mut keys = BTreeSet::new();
        for key in items.into_iter().chain(files) {
            if let Some(twice) = keys.replace(key) {
                return Err(twice);
            }
        }
        Ok(keys)
    }
}
