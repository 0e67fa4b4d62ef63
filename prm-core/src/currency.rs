//! Currencies: ISO 4217 codes with their number of minor digits.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Why a text is not a currency that money can be owed in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CurrencyError {
    /// Not an ISO 4217 code in capital letters.
    #[error("`{code}` is not an ISO 4217 currency code")]
    Unknown {
        /// The text as given.
        code: String,
    },
    /// A code without minor units (gold, drawing rights, the testing code): nothing can be owed in it.
    #[error("`{code}` has no minor unit, so nothing can be owed in it")]
    NoMinorUnit {
        /// The code.
        code: String,
    },
}

/// An ISO 4217 currency.
///
/// Historic codes (DEM, FRF) are known, since old sale lines carry them.
///
/// ```
/// use prm_core::currency::Currency;
/// assert_eq!("JPY".parse::<Currency>()?.minor_digits(), 0);
/// assert_eq!("USD".parse::<Currency>()?.minor_digits(), 2);
/// assert_eq!("KWD".parse::<Currency>()?.minor_digits(), 3);
/// assert!("usd".parse::<Currency>().is_err());
/// assert!("XAU".parse::<Currency>().is_err());
/// # Ok::<(), prm_core::currency::CurrencyError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency {
    iso: iso_currency::Currency,
    minor_digits: u8,
}

impl Currency {
    /// The three-letter code.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.iso.code()
    }

    /// Digits after the point of the smallest unit: 2 for USD, 0 for JPY, 3 for KWD.
    #[must_use]
    pub const fn minor_digits(self) -> u8 {
        self.minor_digits
    }
}

impl FromStr for Currency {
    type Err = CurrencyError;

    fn from_str(code: &str) -> Result<Self, CurrencyError> {
        let given = || code.chars().take(16).collect::<String>();
        let iso = iso_currency::Currency::from_code(code);
        let iso = iso.ok_or_else(|| CurrencyError::Unknown { code: given() })?;
        let minor_digits = iso.exponent().and_then(|digits| u8::try_from(digits).ok());
        let minor_digits = minor_digits.ok_or_else(|| CurrencyError::NoMinorUnit { code: given() })?;
        Ok(Self { iso, minor_digits })
    }
}

impl TryFrom<String> for Currency {
    type Error = CurrencyError;

    fn try_from(code: String) -> Result<Self, CurrencyError> {
        code.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.code().to_owned()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Ord for Currency {
    fn cmp(&self, other: &Self) -> Ordering {
        self.code().cmp(other.code())
    }
}

impl PartialOrd for Currency {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Hash for Currency {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.code().hash(state);
    }
}
