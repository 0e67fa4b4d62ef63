//! Exact decimals as scaled integers: what a measure adds up and what a rule compares.
//!
//! `rust_decimal` sums are not associative (28 digits round silently), so measures are `i128` units at a
//! fixed number of digits: adding them in any order, in any number of parts, gives the same answer.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::rounding::RoundingMode;

/// Digits after the point that a measure keeps unless the program says otherwise.
pub const MEASURE_DIGITS: u8 = 6;
/// The most digits after the point that a measure may keep.
pub const MEASURE_DIGITS_MAX: u8 = 9;
/// The most digits after the point that any scaled number may carry (10³⁸ is the last power in `i128`).
pub const DIGITS_MAX: u8 = 38;

/// Why a number could not be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NumberError {
    /// The text is not a decimal number such as `-1234.56`.
    #[error("`{text}` is not a decimal number")]
    NotANumber {
        /// The text as given.
        text: String,
    },
    /// The number needs more digits after the point than are kept here.
    #[error("`{text}` has more than {digits} digits after the point")]
    TooManyDigits {
        /// The number as given.
        text: String,
        /// The most that are kept.
        digits: u8,
    },
    /// The number or the result of a calculation does not fit.
    #[error("number out of range")]
    OutOfRange,
}

/// 10ⁿ, for n up to 38.
#[must_use]
pub(crate) fn power_of_ten(n: u8) -> Option<i128> {
    POWERS_OF_TEN.get(usize::from(n)).copied()
}

/// From 10⁰ to 10³⁸, the last that fits.
static POWERS_OF_TEN: [i128; DIGITS_MAX as usize + 1] = {
    let mut powers = [1; DIGITS_MAX as usize + 1];
    let mut n = 1;
    while n < powers.len() {
        #[allow(clippy::indexing_slicing, reason = "evaluated by the compiler; an index out of range would not build")]
        {
            powers[n] = powers[n - 1] * 10;
        }
        n += 1;
    }
    powers
};

/// A decimal number: `units × 10^-digits`, exact.
///
/// Two are equal when their values are, whatever their digits; the text form drops trailing zeros.
///
/// ```
/// use prm_core::scaled::Scaled;
/// let price: Scaled = "2024.9940".parse()?;
/// assert_eq!(price.to_string(), "2024.994");
/// assert_eq!(price, Scaled::new(2_024_994, 3));
/// assert!("1,000".parse::<Scaled>().is_err());
/// assert!("1e30".parse::<Scaled>().is_err());
/// # Ok::<(), prm_core::scaled::NumberError>(())
/// ```
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Scaled {
    units: i128,
    digits: u8,
}

impl Scaled {
    /// Zero.
    pub const ZERO: Scaled = Scaled { units: 0, digits: 0 };

    /// `units × 10^-digits`; digits beyond [`DIGITS_MAX`] count as that many.
    #[must_use]
    pub const fn new(units: i128, digits: u8) -> Self {
        let digits = if digits > DIGITS_MAX { DIGITS_MAX } else { digits };
        Self { units, digits }
    }

    /// The integer that stands for the value at [`Self::digits`].
    #[must_use]
    pub const fn units(self) -> i128 {
        self.units
    }

    /// Digits after the point that the representation carries.
    #[must_use]
    pub const fn digits(self) -> u8 {
        self.digits
    }

    /// Whether the value is below zero.
    #[must_use]
    pub const fn is_negative(self) -> bool {
        self.units < 0
    }

    /// Whether the value is zero.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.units == 0
    }

    /// The same value at `digits` digits, refused if that would lose anything.
    ///
    /// # Errors
    /// [`NumberError::TooManyDigits`] if digits would be cut, [`NumberError::OutOfRange`] if it does not fit.
    pub fn exactly(self, digits: u8) -> Result<Self, NumberError> {
        let cut_off =
            self.digits.checked_sub(digits).and_then(power_of_ten).is_some_and(|divisor| self.units % divisor != 0);
        if cut_off {
            return Err(NumberError::TooManyDigits { text: self.to_string(), digits });
        }
        self.rounded(digits, RoundingMode::TowardZero)
    }

    /// The value at `digits` digits, rounded if need be.
    ///
    /// # Errors
    /// [`NumberError::OutOfRange`] if the units do not fit.
    #[inline]
    pub fn rounded(self, digits: u8, mode: RoundingMode) -> Result<Self, NumberError> {
        if digits == self.digits {
            return Ok(self);
        }
        let units = if digits >= self.digits {
            power_of_ten(digits - self.digits).and_then(|factor| self.units.checked_mul(factor))
        } else {
            power_of_ten(self.digits - digits).and_then(|divisor| mode.divide(self.units, divisor))
        };
        match units {
            Some(units) if digits <= DIGITS_MAX => Ok(Self { units, digits }),
            _ if self.units == 0 => Ok(Self::ZERO),
            _ => Err(NumberError::OutOfRange),
        }
    }

    /// The sum, at the finer of both scales.
    ///
    /// # Errors
    /// [`NumberError::OutOfRange`] if it does not fit.
    pub fn plus(self, other: Self) -> Result<Self, NumberError> {
        let digits = self.digits.max(other.digits);
        let (a, b) = (self.exactly(digits)?, other.exactly(digits)?);
        let units = a.units.checked_add(b.units).ok_or(NumberError::OutOfRange)?;
        Ok(Self { units, digits })
    }

    /// The difference, at the finer of both scales.
    ///
    /// # Errors
    /// [`NumberError::OutOfRange`] if it does not fit.
    pub fn minus(self, other: Self) -> Result<Self, NumberError> {
        let negated = other.units.checked_neg().ok_or(NumberError::OutOfRange)?;
        self.plus(Self { units: negated, digits: other.digits })
    }

    /// The product, exact.
    ///
    /// # Errors
    /// [`NumberError::OutOfRange`] if it does not fit.
    pub fn times(self, other: Self) -> Result<Self, NumberError> {
        let (a, b) = (self.trimmed(), other.trimmed());
        let units = a.units.checked_mul(b.units).ok_or(NumberError::OutOfRange)?;
        let digits = a.digits.saturating_add(b.digits);
        if digits > DIGITS_MAX { Err(NumberError::OutOfRange) } else { Ok(Self { units, digits }) }
    }

    /// The same value with as few digits as it needs.
    #[must_use]
    pub fn trimmed(self) -> Self {
        let Self { mut units, mut digits } = self;
        // Most numbers fit in 64 bits, where a division costs a tenth.
        if let Ok(mut small) = i64::try_from(units) {
            while digits > 0 && small % 10 == 0 {
                small /= 10;
                digits -= 1;
            }
            return Self { units: i128::from(small), digits };
        }
        while digits > 0 && units % 10 == 0 {
            units /= 10;
            digits -= 1;
        }
        Self { units, digits }
    }

    /// The text with exactly `digits` digits after the point and commas between thousands, for people.
    ///
    /// # Errors
    /// As [`Self::rounded`]; the text is rounded half to even where it must be.
    pub fn grouped(self, digits: u8) -> Result<String, NumberError> {
        let text = self.rounded(digits, RoundingMode::HalfEven)?.untrimmed_text();
        let (number, fraction) = text.split_once('.').map_or((text.as_str(), None), |(n, f)| (n, Some(f)));
        let (sign, number) = number.strip_prefix('-').map_or(("", number), |n| ("-", n));
        let mut out = String::from(sign);
        for (at, digit) in number.chars().enumerate() {
            if at > 0 && (number.len() - at).is_multiple_of(3) {
                out.push(',');
            }
            out.push(digit);
        }
        if let Some(fraction) = fraction {
            out.push('.');
            out.push_str(fraction);
        }
        Ok(out)
    }

    /// The quotient, rounded once to `digits`.
    ///
    /// # Errors
    /// [`NumberError::OutOfRange`] if it does not fit, or the divisor is zero.
    pub fn over(self, divisor: Self, digits: u8, mode: RoundingMode) -> Result<Self, NumberError> {
        if digits > DIGITS_MAX {
            return Err(NumberError::OutOfRange);
        }
        // Brings both to integers: the dividend is scaled by 10^digits.
        let (up, down) = (digits.saturating_add(divisor.digits), self.digits);
        let (mut n, mut d) = (self.units, divisor.units);
        if up >= down {
            let factor = power_of_ten(up - down).ok_or(NumberError::OutOfRange)?;
            n = n.checked_mul(factor).ok_or(NumberError::OutOfRange)?;
        } else {
            let factor = power_of_ten(down - up).ok_or(NumberError::OutOfRange)?;
            d = d.checked_mul(factor).ok_or(NumberError::OutOfRange)?;
        }
        Ok(Self::new(mode.divide(n, d).ok_or(NumberError::OutOfRange)?, digits))
    }

    pub(crate) fn untrimmed_text(self) -> String {
        let sign = if self.units < 0 { "-" } else { "" };
        let units = self.units.unsigned_abs();
        // 10^38 fits in u128, so the power exists for every permitted number of digits.
        let power = 10_u128.pow(u32::from(self.digits.min(DIGITS_MAX)));
        let (whole, fraction) = (units / power, units % power);
        if self.digits == 0 {
            format!("{sign}{whole}")
        } else {
            format!("{sign}{whole}.{fraction:0width$}", width = usize::from(self.digits))
        }
    }
}

impl From<Decimal> for Scaled {
    fn from(value: Decimal) -> Self {
        // A Decimal's scale is at most 28.
        Self::new(value.mantissa(), u8::try_from(value.scale()).unwrap_or(DIGITS_MAX))
    }
}

impl FromStr for Scaled {
    type Err = NumberError;

    /// Reads an optional sign, digits and an optional point with digits. No exponent, no grouping, no
    /// spaces: a number that was meant otherwise is refused, never guessed.
    fn from_str(text: &str) -> Result<Self, NumberError> {
        let not_a_number = || NumberError::NotANumber { text: text.chars().take(64).collect() };
        let (negative, number) = match text.as_bytes() {
            [b'-', ..] => (true, text.get(1..).unwrap_or_default()),
            [b'+', ..] => (false, text.get(1..).unwrap_or_default()),
            _ => (false, text),
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let point_without_digits = number.ends_with('.') || number.starts_with('.');
        if number.is_empty() || point_without_digits {
            return Err(not_a_number());
        }
        let mut units: i128 = 0;
        for byte in whole.bytes().chain(fraction.bytes()) {
            if !byte.is_ascii_digit() {
                return Err(not_a_number());
            }
            units = units
                .checked_mul(10)
                .and_then(|u| u.checked_add(i128::from(byte - b'0')))
                .ok_or(NumberError::OutOfRange)?;
        }
        let digits = u8::try_from(fraction.len()).ok().filter(|d| *d <= DIGITS_MAX);
        let digits = digits.ok_or(NumberError::OutOfRange)?;
        Ok(Self { units: if negative { -units } else { units }, digits })
    }
}

impl TryFrom<String> for Scaled {
    type Error = NumberError;

    fn try_from(text: String) -> Result<Self, NumberError> {
        text.parse()
    }
}

impl From<Scaled> for String {
    fn from(value: Scaled) -> Self {
        value.to_string()
    }
}

impl fmt::Display for Scaled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.trimmed().untrimmed_text())
    }
}

impl Ord for Scaled {
    fn cmp(&self, other: &Self) -> Ordering {
        if self.digits == other.digits {
            return self.units.cmp(&other.units);
        }
        let scaled =
            |value: &Self, digits| power_of_ten(digits - value.digits).and_then(|f| value.units.checked_mul(f));
        let digits = self.digits.max(other.digits);
        match (scaled(self, digits), scaled(other, digits)) {
            (Some(a), Some(b)) => a.cmp(&b),
            // Only the one with fewer digits can overflow on the way, so it is the larger in magnitude.
            (None, _) => self.units.cmp(&0),
            (_, None) => 0.cmp(&other.units),
        }
    }
}

impl PartialOrd for Scaled {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Scaled {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Scaled {}

impl Hash for Scaled {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Self { units, digits } = self.trimmed();
        (units, digits).hash(state);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn text_that_is_not_a_number_is_refused() {
        for text in ["", "-", "+", ".", "1.", ".5", "1e3", "1,000", " 1", "1 ", "NaN", "0x1", "1.2.3", "--1", "٣"] {
            assert!(matches!(text.parse::<Scaled>(), Err(NumberError::NotANumber { .. })), "{text}");
        }
        let long = "9".repeat(60);
        assert_eq!(long.parse::<Scaled>(), Err(NumberError::OutOfRange));
    }

    #[test]
    fn nineteen_digits_are_kept() {
        let text = "0.1234567890123456789";
        assert_eq!(text.parse::<Scaled>().unwrap().to_string(), text);
    }

    #[test]
    fn comparison_survives_the_edges() {
        let huge = Scaled::new(i128::MAX, 0);
        let fine = Scaled::new(1, 38);
        assert!(huge > fine);
        assert!(fine < huge);
        assert!(Scaled::new(i128::MIN, 0) < fine);
        assert!(Scaled::new(i128::MIN, 0) < Scaled::new(-1, 38));
        assert_eq!(Scaled::new(i128::MIN, 38).to_string(), "-1.70141183460469231731687303715884105728");
    }

    #[test]
    fn grouping_is_for_people() {
        assert_eq!(Scaled::new(-123_456_789, 2).grouped(2).unwrap(), "-1,234,567.89");
        assert_eq!(Scaled::new(999, 0).grouped(2).unwrap(), "999.00");
        assert_eq!(Scaled::new(5, 3).grouped(2).unwrap(), "0.00");
    }

    proptest! {
        #[test]
        fn text_round_trips(units in any::<i64>(), digits in 0_u8..20) {
            let value = Scaled::new(i128::from(units), digits);
            prop_assert_eq!(value.to_string().parse::<Scaled>().unwrap(), value);
            let json = serde_json::to_string(&value).unwrap();
            prop_assert_eq!(serde_json::from_str::<Scaled>(&json).unwrap(), value);
        }

        #[test]
        fn sums_do_not_depend_on_order(values in prop::collection::vec((any::<i64>(), 0_u8..9), 1..20)) {
            let add = |sum: Scaled, (units, digits): &(i64, u8)| sum.plus(Scaled::new(i128::from(*units), *digits)).unwrap();
            prop_assert_eq!(values.iter().fold(Scaled::ZERO, add), values.iter().rev().fold(Scaled::ZERO, add));
        }

        #[test]
        fn equal_values_hash_alike(units in any::<i32>(), digits in 0_u8..9, more in 0_u8..9) {
            use std::hash::DefaultHasher;
            let a = Scaled::new(i128::from(units), digits);
            let b = a.exactly(digits + more).unwrap();
            let hash = |v: Scaled| { let mut h = DefaultHasher::new(); v.hash(&mut h); h.finish() };
            prop_assert_eq!(a, b);
            prop_assert_eq!(hash(a), hash(b));
        }
    }
}
