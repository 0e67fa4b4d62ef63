//! Rates: exact fractions written as percent, such as `2.5 %`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::scaled::{NumberError, Scaled, power_of_ten};

/// The most digits after the point that a rate may have as a fraction.
pub const RATE_DIGITS_MAX: u8 = 20;

/// Why a text is not a rate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RateError {
    /// The unit is missing or unknown; a bare number could mean a fraction or a percentage.
    #[error("`{text}` is not a rate such as `2.5 %`")]
    NoUnit {
        /// The text as given.
        text: String,
    },
    /// The number before the unit is no number.
    #[error(transparent)]
    Number(#[from] NumberError),
}

/// A fraction of an amount, exact: `2.5 %` is 0.025.
///
/// Written with its unit (`%` or `points`) in documents and serialised forms. At most
/// [`RATE_DIGITS_MAX`] digits after the point as a fraction and 18 significant ones; more is an error,
/// not a rounded rate.
///
/// ```
/// use prm_core::rate::Rate;
/// let rate: Rate = "2.5 %".parse()?;
/// assert_eq!(rate.fraction().to_string(), "0.025");
/// assert_eq!(rate.to_string(), "2.5 %");
/// assert!("2.5".parse::<Rate>().is_err());
/// # Ok::<(), prm_core::rate::RateError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Rate(Scaled);

impl Rate {
    /// Nothing.
    pub const ZERO: Rate = Rate(Scaled::ZERO);

    /// The rate that is `fraction` (0.025 for 2.5 %).
    ///
    /// # Errors
    /// [`NumberError::OutOfRange`] beyond the digits that a rate may have.
    pub fn from_fraction(fraction: Scaled) -> Result<Self, NumberError> {
        let fraction = fraction.trimmed();
        let fits = fraction.digits() <= RATE_DIGITS_MAX && i64::try_from(fraction.units()).is_ok();
        if fits { Ok(Self(fraction)) } else { Err(NumberError::OutOfRange) }
    }

    /// The rate as a fraction, with as few digits as it needs.
    #[must_use]
    pub const fn fraction(self) -> Scaled {
        self.0
    }

    /// The units of the fraction at `digits` digits, for a schedule that keeps its rates on one scale.
    pub(crate) fn units_at(self, digits: u8) -> Option<i128> {
        let factor = power_of_ten(digits.checked_sub(self.0.digits())?)?;
        self.0.units().checked_mul(factor)
    }

    /// The exact share of `amount`.
    ///
    /// # Errors
    /// [`NumberError::OutOfRange`] if the product does not fit.
    pub fn of(self, amount: Scaled) -> Result<Scaled, NumberError> {
        amount.times(self.0)
    }
}

impl FromStr for Rate {
    type Err = RateError;

    fn from_str(text: &str) -> Result<Self, RateError> {
        let number = text.strip_suffix('%').or_else(|| text.strip_suffix("points"));
        let number = number.or_else(|| text.strip_suffix("point"));
        let number = number.ok_or_else(|| RateError::NoUnit { text: text.chars().take(64).collect() })?;
        let percent: Scaled = number.trim_end().parse()?;
        let fraction = percent.times(Scaled::new(1, 2))?;
        Ok(Self::from_fraction(fraction)?)
    }
}

impl TryFrom<String> for Rate {
    type Error = RateError;

    fn try_from(text: String) -> Result<Self, RateError> {
        text.parse()
    }
}

impl From<Rate> for String {
    fn from(rate: Rate) -> Self {
        rate.to_string()
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // × 100: two digits fewer after the point, or two zeros more before it.
        let fraction = self.0;
        let percent = match fraction.digits().checked_sub(2) {
            Some(digits) => Scaled::new(fraction.units(), digits),
            None => fraction.times(Scaled::new(100, 0)).unwrap_or(fraction),
        };
        write!(f, "{percent} %")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn percent_and_points_are_read_and_bare_numbers_refused() {
        let read = |t: &str| t.parse::<Rate>();
        assert_eq!(read("5 points").unwrap(), read("5%").unwrap());
        assert_eq!(read("100 %").unwrap().fraction(), Scaled::new(1, 0));
        assert!(matches!(read("0.05"), Err(RateError::NoUnit { .. })));
        assert!(matches!(read("5 percent"), Err(RateError::NoUnit { .. })));
        assert!(matches!(read("x %"), Err(RateError::Number(NumberError::NotANumber { .. }))));
    }

    #[test]
    fn nineteen_digits_are_kept_and_twenty_five_refused() {
        let rate: Rate = "12.34567890123456789 %".parse().unwrap();
        assert_eq!(rate.fraction().to_string(), "0.1234567890123456789");
        assert!("0.12345678901234567890123 %".parse::<Rate>().is_err());
    }

    proptest! {
        #[test]
        fn text_round_trips(units in any::<i32>(), digits in 0_u8..=18) {
            let rate = Rate::from_fraction(Scaled::new(i128::from(units), digits)).unwrap();
            prop_assert_eq!(rate.to_string().parse::<Rate>().unwrap(), rate);
        }
    }
}
