//! What a sale line is made of: its key, whom it credits, its dates and amounts.

use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::CountingDate;
use crate::id::{DocumentId, LineId, Name, PartnerId};
use crate::rate::Rate;
use crate::scaled::Scaled;

/// Where a line stands in its source's books.
///
/// With a line number the key identifies the line: the same content again is a repetition, other content a
/// correction. Without one the line is nobody else's: equal lines all count.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct LineKey {
    /// The document: an order or an invoice.
    pub document: DocumentId,
    /// The line's number in the document, as the source writes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub line: Option<LineId>,
}

impl fmt::Display for LineKey {
    /// `SO1/2`; without a number `SO1`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.line {
            Some(line) => write!(f, "{}/{line}", self.document),
            None => self.document.fmt(f),
        }
    }
}

/// Somebody whom a line credits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[serde(deny_unknown_fields)]
pub struct Credit {
    /// What the partner did: a role of the program.
    pub role: Name,
    /// The partner.
    pub partner: PartnerId,
    /// Its share of the line; without any, shares are those that the program gives to roles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub share: Option<Rate>,
}

/// The dates of a line, in the program's time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[serde(default)]
#[allow(missing_docs, reason = "each is what its name and `CountingDate` say")]
pub struct LineDates {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub order: Option<NaiveDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub ship: Option<NaiveDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub invoice: Option<NaiveDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub paid: Option<NaiveDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub received: Option<NaiveDate>,
}

impl LineDates {
    /// The date that counts, if the line has it; for `Invoice` the order's date stands in.
    #[must_use]
    pub fn counting(&self, by: CountingDate) -> Option<NaiveDate> {
        match by {
            CountingDate::Order => self.order,
            CountingDate::Ship => self.ship,
            CountingDate::Invoice => self.invoice.or(self.order),
            CountingDate::Paid => self.paid,
            CountingDate::Received => self.received,
        }
    }
}

/// The amounts of a line, in the line's currency, signed. A missing amount is unknown, not zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[serde(default)]
pub struct LineAmounts {
    /// Before discount.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub gross: Option<Scaled>,
    /// After discount, without tax and freight.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub net: Option<Scaled>,
    /// What the goods cost the partner by the host's inventory method (first in first out, average, latest).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub purchase_value: Option<Scaled>,
    /// What a marketplace kept of the net amount, with the sign of that amount.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub marketplace_fee: Option<Scaled>,
}
