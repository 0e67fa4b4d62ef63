//! Rounding: mode, digits and place are data, never a habit of the code.
//!
//! Owns how a quotient of two integers becomes one integer. Ties are recognised exactly because no
//! number on the way is a float or an already rounded decimal.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::words::word_of;

/// Which neighbour a number between two representable ones goes to.
///
/// The names follow IEEE 754 and ISO 80000: the direction is said in full, because "half up" means two
/// different things for negative amounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
#[serde(rename_all = "snake_case")]
pub enum RoundingMode {
    /// To the nearest; a tie to the even neighbour (0.125 → 0.12, 0.135 → 0.14).
    #[default]
    HalfEven,
    /// To the nearest; a tie away from zero (0.125 → 0.13, -0.125 → -0.13).
    HalfAwayFromZero,
    /// To the nearest; a tie toward zero (0.125 → 0.12, -0.125 → -0.12).
    HalfTowardZero,
    /// Away from zero (0.121 → 0.13, -0.121 → -0.13).
    AwayFromZero,
    /// Toward zero: cut off (0.129 → 0.12, -0.129 → -0.12).
    TowardZero,
    /// Up (0.121 → 0.13, -0.129 → -0.12).
    Ceiling,
    /// Down (0.129 → 0.12, -0.121 → -0.13).
    Floor,
}

impl RoundingMode {
    /// All modes with the word that stands for each in documents and serialised forms.
    pub const WORDS: [(&'static str, RoundingMode); 7] = [
        ("half_even", RoundingMode::HalfEven),
        ("half_away_from_zero", RoundingMode::HalfAwayFromZero),
        ("half_toward_zero", RoundingMode::HalfTowardZero),
        ("away_from_zero", RoundingMode::AwayFromZero),
        ("toward_zero", RoundingMode::TowardZero),
        ("ceiling", RoundingMode::Ceiling),
        ("floor", RoundingMode::Floor),
    ];

    /// The integer that `numerator / denominator` rounds to.
    ///
    /// `None` if the denominator is zero or the quotient does not fit.
    ///
    /// ```
    /// use prm_core::rounding::RoundingMode::*;
    /// assert_eq!(HalfEven.divide(5, 2), Some(2));
    /// assert_eq!(HalfAwayFromZero.divide(-5, 2), Some(-3));
    /// assert_eq!(Floor.divide(-1, 10), Some(-1));
    /// assert_eq!(HalfEven.divide(1, 0), None);
    /// ```
    #[must_use]
    pub fn divide(self, numerator: i128, denominator: i128) -> Option<i128> {
        let quotient = numerator.checked_div(denominator)?;
        let remainder = numerator.checked_rem(denominator)?;
        if remainder == 0 {
            return Some(quotient);
        }
        let negative = (numerator < 0) != (denominator < 0);
        let away = if negative { -1 } else { 1 };
        // |remainder| against |denominator| - |remainder|: compares twice the remainder without overflow.
        let rest = remainder.unsigned_abs();
        let half = rest.cmp(&(denominator.unsigned_abs() - rest));
        let step_away = match self {
            Self::HalfEven => half.is_gt() || (half.is_eq() && quotient % 2 != 0),
            Self::HalfAwayFromZero => half.is_ge(),
            Self::HalfTowardZero => half.is_gt(),
            Self::AwayFromZero => true,
            Self::TowardZero => false,
            Self::Ceiling => !negative,
            Self::Floor => negative,
        };
        if step_away { quotient.checked_add(away) } else { Some(quotient) }
    }
}

impl fmt::Display for RoundingMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(word_of(&Self::WORDS, self))
    }
}

/// Where a payout is rounded.
///
/// The place changes the cents: three bands of 0.335 are 1.02 when each is rounded, 1.00 or 1.01 when only
/// the total is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum), uniffi(name = "RoundingPlace"))]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// Each sale line's amount as it enters a measure, then the total.
    Line,
    /// Each band's share, then nothing more (a sum of rounded shares is already round).
    Band,
    /// Only the total of a partner, period and incentive.
    #[default]
    Total,
}

impl Place {
    /// All places with the word that stands for each in documents.
    pub const WORDS: [(&'static str, Place); 3] =
        [("line", Place::Line), ("band", Place::Band), ("total", Place::Total)];
}

/// How the payouts of a program are rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct Rounding {
    /// Which neighbour is taken.
    pub mode: RoundingMode,
    /// Where.
    pub place: Place,
    /// Digits after the point that a payout keeps; `None` means those of the currency. Never more than
    /// those of the currency: owed money has whole minor units.
    pub digits: Option<u8>,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_mode_on_ties_and_near_ties() {
        // value in tenths -> result by mode, in the order of WORDS
        let table: [(i128, [i128; 7]); 8] = [
            (25, [2, 3, 2, 3, 2, 3, 2]),
            (35, [4, 4, 3, 4, 3, 4, 3]),
            (24, [2, 2, 2, 3, 2, 3, 2]),
            (26, [3, 3, 3, 3, 2, 3, 2]),
            (-25, [-2, -3, -2, -3, -2, -2, -3]),
            (-35, [-4, -4, -3, -4, -3, -3, -4]),
            (-24, [-2, -2, -2, -3, -2, -2, -3]),
            (-26, [-3, -3, -3, -3, -2, -2, -3]),
        ];
        for (value, expected) in table {
            for ((word, mode), want) in RoundingMode::WORDS.into_iter().zip(expected) {
                assert_eq!(mode.divide(value, 10), Some(want), "{value} {word}");
                assert_eq!(mode.divide(-value, -10), Some(want), "{value} {word}, signs swapped");
            }
        }
    }

    #[test]
    fn edges_are_refused_not_wrapped() {
        assert_eq!(RoundingMode::HalfEven.divide(1, 0), None);
        assert_eq!(RoundingMode::HalfEven.divide(i128::MIN, -1), None);
        assert_eq!(RoundingMode::HalfAwayFromZero.divide(i128::MAX, 2), Some(i128::MAX / 2 + 1));
        assert_eq!(RoundingMode::HalfEven.divide(i128::MIN, i128::MIN), Some(1));
        assert_eq!(RoundingMode::HalfAwayFromZero.divide(1, i128::MIN), Some(0));
    }

    #[test]
    fn words_and_serialised_forms_agree() {
        for (word, mode) in RoundingMode::WORDS {
            assert_eq!(serde_json::to_value(mode).unwrap(), word);
            assert_eq!(mode.to_string(), word);
        }
        for (word, place) in Place::WORDS {
            assert_eq!(serde_json::to_value(place).unwrap(), word);
        }
    }

    proptest! {
        #[test]
        fn a_rounded_quotient_is_a_neighbour(n in any::<i64>(), d in any::<i64>().prop_filter("zero", |d| *d != 0)) {
            let (n, d) = (i128::from(n), i128::from(d));
            for (_, mode) in RoundingMode::WORDS {
                let q = mode.divide(n, d).unwrap();
                // |q*d - n| < |d|; at most half of it for the three nearest modes.
                let off = (q * d - n).abs();
                prop_assert!(off < d.abs());
                if matches!(mode, RoundingMode::HalfEven | RoundingMode::HalfAwayFromZero | RoundingMode::HalfTowardZero) {
                    prop_assert!(off * 2 <= d.abs());
                }
            }
        }
    }
}
