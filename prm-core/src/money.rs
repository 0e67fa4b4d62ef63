//! Owed money: whole minor units of one currency.

use std::fmt;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::currency::{Currency, CurrencyError};
use crate::rounding::RoundingMode;
use crate::scaled::{NumberError, Scaled};

/// Why a calculation with money was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MoneyError {
    /// Two currencies met; only an exchange with its table, kind and date may turn one into the other.
    #[error("{left} and {right} cannot be combined")]
    CurrenciesDiffer {
        /// The currency on the left.
        left: Currency,
        /// The currency on the right.
        right: Currency,
    },
    /// The amount has more digits than the currency has minor digits.
    #[error("`{amount}` is not a whole number of minor units of {currency}")]
    NotWholeMinorUnits {
        /// The amount.
        amount: Scaled,
        /// The currency.
        currency: Currency,
    },
    /// The amount does not fit in 64-bit minor units.
    #[error("amount out of range")]
    OutOfRange,
    /// The text of the amount is no number.
    #[error(transparent)]
    Number(#[from] NumberError),
    /// The currency is unknown.
    #[error(transparent)]
    Currency(#[from] CurrencyError),
}

/// An amount of money that is or was owed: whole minor units in one currency.
///
/// Serialised as `{"amount": "12.50", "currency": "USD"}`; the amount always has the currency's digits.
///
/// ```
/// use prm_core::money::Money;
/// let earned = Money::parse("1080.00", "USD")?;
/// let paid = Money::parse("140.00", "USD")?;
/// assert_eq!(earned.minus(paid)?.to_string(), "940.00 USD");
/// // A yen has no hundredths, and a dollar is not a yen.
/// assert!(Money::parse("1.50", "JPY").is_err());
/// assert!(earned.plus(Money::parse("100", "JPY")?).is_err());
/// # Ok::<(), prm_core::money::MoneyError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "MoneyText", into = "MoneyText")]
pub struct Money {
    minor: i64,
    currency: Currency,
}

/// The serialised form: text, so that no reader turns it into a float.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct MoneyText {
    amount: String,
    currency: String,
}

impl Money {
    /// `minor` minor units (cents, yen, fils) of `currency`.
    #[must_use]
    pub const fn from_minor(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// No money, in `currency`.
    #[must_use]
    pub const fn zero(currency: Currency) -> Self {
        Self::from_minor(0, currency)
    }

    /// Reads an amount such as `-12.50` and a currency code.
    ///
    /// # Errors
    /// If the amount is no number, has more digits than the currency, does not fit, or the code is unknown.
    pub fn parse(amount: &str, currency: &str) -> Result<Self, MoneyError> {
        Self::exactly(amount.parse()?, currency.parse()?)
    }

    /// The money that is exactly `amount`, refused if minor units would have to be split.
    ///
    /// # Errors
    /// [`MoneyError::NotWholeMinorUnits`] or [`MoneyError::OutOfRange`].
    pub fn exactly(amount: Scaled, currency: Currency) -> Result<Self, MoneyError> {
        let money = Self::rounded(amount, currency, RoundingMode::TowardZero)?;
        if money.amount() == amount { Ok(money) } else { Err(MoneyError::NotWholeMinorUnits { amount, currency }) }
    }

    /// The money nearest to `amount` in the stated mode: the one place where an exact result becomes owed.
    ///
    /// # Errors
    /// [`MoneyError::OutOfRange`] beyond 64-bit minor units.
    pub fn rounded(amount: Scaled, currency: Currency, mode: RoundingMode) -> Result<Self, MoneyError> {
        let at = amount.rounded(currency.minor_digits(), mode);
        let minor = at.ok().and_then(|a| i64::try_from(a.units()).ok());
        Ok(Self { minor: minor.ok_or(MoneyError::OutOfRange)?, currency })
    }

    /// The minor units.
    #[must_use]
    pub const fn minor(self) -> i64 {
        self.minor
    }

    /// The currency.
    #[must_use]
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// The amount as a decimal number with the currency's digits.
    #[must_use]
    pub fn amount(self) -> Scaled {
        Scaled::new(i128::from(self.minor), self.currency.minor_digits())
    }

    /// The amount as a `rust_decimal`, for hosts that speak it. 64-bit minor units always fit.
    #[must_use]
    pub fn to_decimal(self) -> Decimal {
        Decimal::new(self.minor, u32::from(self.currency.minor_digits()))
    }

    /// Whether it is nothing.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.minor == 0
    }

    /// The sum.
    ///
    /// # Errors
    /// If the currencies differ or the sum does not fit.
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        self.combine(other, i64::checked_add)
    }

    /// The difference.
    ///
    /// # Errors
    /// If the currencies differ or the difference does not fit.
    pub fn minus(self, other: Self) -> Result<Self, MoneyError> {
        self.combine(other, i64::checked_sub)
    }

    fn combine(self, other: Self, with: fn(i64, i64) -> Option<i64>) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::CurrenciesDiffer { left: self.currency, right: other.currency });
        }
        let minor = with(self.minor, other.minor).ok_or(MoneyError::OutOfRange)?;
        Ok(Self { minor, ..self })
    }

    /// The amount with the currency's digits, without the code: `1080.00`.
    #[must_use]
    pub fn amount_text(self) -> String {
        self.to_decimal().to_string()
    }

    /// For people: `1,080.00`, without the code.
    #[must_use]
    pub fn grouped(self) -> String {
        self.amount().grouped(self.currency.minor_digits()).unwrap_or_else(|_| self.amount_text())
    }
}

impl TryFrom<MoneyText> for Money {
    type Error = MoneyError;

    fn try_from(text: MoneyText) -> Result<Self, MoneyError> {
        Self::parse(&text.amount, &text.currency)
    }
}

impl From<Money> for MoneyText {
    fn from(money: Money) -> Self {
        Self { amount: money.amount_text(), currency: money.currency.code().to_owned() }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount_text(), self.currency)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_edges_of_64_bit_minor_units() {
        let most = Money::parse("92233720368547758.07", "USD").unwrap();
        assert_eq!(most.minor(), i64::MAX);
        assert_eq!(Money::parse("92233720368547758.08", "USD"), Err(MoneyError::OutOfRange));
        assert_eq!(most.plus(Money::parse("0.01", "USD").unwrap()), Err(MoneyError::OutOfRange));
        let least = Money::from_minor(i64::MIN, most.currency());
        assert_eq!(least.to_string(), "-92233720368547758.08 USD");
        assert_eq!(
            Money::parse("1e30", "USD"),
            Err(MoneyError::Number(NumberError::NotANumber { text: "1e30".into() }))
        );
        assert_eq!(Money::parse(&format!("1{}", "0".repeat(30)), "USD"), Err(MoneyError::OutOfRange));
    }

    #[test]
    fn currencies_with_no_two_and_three_digits() {
        assert_eq!(Money::parse("1234", "JPY").unwrap().to_string(), "1234 JPY");
        assert_eq!(Money::parse("1.234", "KWD").unwrap().to_string(), "1.234 KWD");
        assert_eq!(Money::parse("1.2", "USD").unwrap().to_string(), "1.20 USD");
        assert!(matches!(Money::parse("1.234", "USD"), Err(MoneyError::NotWholeMinorUnits { .. })));
        assert_eq!(Money::parse("-0.05", "USD").unwrap().amount_text(), "-0.05");
    }

    #[test]
    fn the_serialised_form_is_text_and_strict() {
        let money = Money::parse("1080", "USD").unwrap();
        assert_eq!(serde_json::to_string(&money).unwrap(), r#"{"amount":"1080.00","currency":"USD"}"#);
        assert!(serde_json::from_str::<Money>(r#"{"amount":1080.00,"currency":"USD"}"#).is_err());
        assert!(serde_json::from_str::<Money>(r#"{"amount":"1.001","currency":"USD"}"#).is_err());
    }

    proptest! {
        #[test]
        fn text_round_trips(minor in any::<i64>(), code in prop::sample::select(vec!["JPY", "USD", "KWD"])) {
            let money = Money::from_minor(minor, code.parse().unwrap());
            prop_assert_eq!(Money::parse(&money.amount_text(), code).unwrap(), money);
            let json = serde_json::to_string(&money).unwrap();
            prop_assert_eq!(serde_json::from_str::<Money>(&json).unwrap(), money);
        }
    }
}
