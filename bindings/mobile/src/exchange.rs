//! Exchange rates, as sales and funds are given them.

use chrono::NaiveDate;
use prm_core::currency::Currency;
use prm_core::fx::{FxTable, RateKind};
use prm_core::phone::PrmError;
use prm_core::scaled::Scaled;

/// An exchange rate of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Record)]
pub struct ExchangeQuote {
    /// The currency converted from.
    pub from: Currency,
    /// The currency converted to.
    pub to: Currency,
    /// The kind of rate.
    pub kind: RateKind,
    /// Its day.
    pub on: NaiveDate,
    /// What one of the first is in the second.
    pub rate: Scaled,
}

/// A table of rates by its name.
///
/// # Errors
/// `PrmError`: a rate is none.
pub(crate) fn table(name: &str, quotes: Vec<ExchangeQuote>) -> Result<FxTable, PrmError> {
    let mut table = FxTable::new(name);
    for ExchangeQuote { from, to, kind, on, rate } in quotes {
        table.quote(from, to, kind, on, rate).map_err(|why| PrmError::refused(&why))?;
    }
    Ok(table)
}
