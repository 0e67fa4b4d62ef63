//! What claims are decided with: what the host tells, and what was found in the same transaction.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::debit::FoundAuthorisation;
use super::form::{Basis, EvidenceKey};
use super::protect::{PriceChange, StockReceipt};
use crate::fx::FxTable;
use crate::id::{Name, Sku};
use crate::incentive::line::LineKey;
use crate::incentive::mdf::FundPartner;
use crate::incentive::mdf::request::MdfRequest;
use crate::money::Money;
use crate::program::Program;

/// What only the host knows.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Given {
    /// The program in force.
    pub program: Arc<Program>,
    /// The partner that claims.
    pub partner: FundPartner,
    /// The tables of exchange rates that the program names.
    pub exchange: Vec<Arc<FxTable>>,
    /// The prices that changed, by day and product, with what the partner received: for claims of price protection.
    pub prices: BTreeMap<(NaiveDate, Sku), FoundPrice>,
    /// What SPIFFs pay for sales, by their names: for claims of SPIFFs.
    pub spiffs: BTreeMap<Name, Vec<SpiffBrings>>,
}

impl Given {
    /// A partner, under a program, without exchange rates, prices or SPIFFs.
    #[must_use]
    pub const fn new(program: Arc<Program>, partner: FundPartner) -> Self {
        Self { program, partner, exchange: Vec::new(), prices: BTreeMap::new(), spiffs: BTreeMap::new() }
    }
}

impl Given {
    /// What is given of that for which is claimed; `None` if it is to be looked up, or not there.
    #[must_use]
    pub fn of(&self, basis: &Basis) -> Option<FoundOf> {
        told_of(basis, &self.prices, &self.spiffs)
    }
}

/// What the host tells of that for which is claimed.
pub(super) fn told_of(
    basis: &Basis,
    prices: &BTreeMap<(NaiveDate, Sku), FoundPrice>,
    spiffs: &BTreeMap<Name, Vec<SpiffBrings>>,
) -> Option<FoundOf> {
    match basis {
        Basis::Spiff { incentive, .. } => spiffs.get(incentive).cloned().map(FoundOf::Spiff),
        Basis::PriceProtection { effective_on, .. } => {
            let of_day = prices.iter().filter(|((on, _), _)| on == effective_on);
            Some(FoundOf::Prices(of_day.map(|((_, sku), price)| (sku.clone(), price.clone())).collect()))
        }
        _ => None,
    }
}

/// What was found in the same transaction, without what the claim itself holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Found {
    /// Of what the claim shows: what others hold already, whichever partner's they are.
    pub used: BTreeSet<EvidenceKey>,
    /// That for which is claimed.
    pub of: FoundOf,
}

impl Found {
    /// That for which is claimed, where nothing that is shown was used before.
    #[must_use]
    pub const fn new(of: FoundOf) -> Self {
        Self { used: BTreeSet::new(), of }
    }
}

/// That for which is claimed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum FoundOf {
    /// It is not there.
    #[default]
    Nothing,
    /// The request for money of a fund, as it stands: its deadlines are noted.
    Request(Box<MdfRequest>),
    /// What a SPIFF pays for the sales that are claimed; one that is not there brings nothing.
    Spiff(Vec<SpiffBrings>),
    /// The authorisation with what is left of it.
    Authorisation(Box<FoundAuthorisation>),
    /// The prices that changed on the day, by product, and what the partner received of each.
    Prices(BTreeMap<Sku, FoundPrice>),
}

/// What a SPIFF pays for a sale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[serde(deny_unknown_fields)]
pub struct SpiffBrings {
    /// The sale.
    pub line: LineKey,
    /// Its counting date.
    pub on: NaiveDate,
    /// What it brings to whoever claims.
    pub brings: Money,
}

/// A price that changed, and what a partner received of the product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[serde(deny_unknown_fields)]
pub struct FoundPrice {
    /// The change.
    pub change: PriceChange,
    /// What was received, where the program looks at it.
    #[serde(default)]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub receipts: Vec<StockReceipt>,
}
