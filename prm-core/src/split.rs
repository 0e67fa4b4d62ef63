//! Division of money by shares: every minor unit goes to somebody, and always to the same one.
//!
//! Each share gets its part cut to whole minor units; those that are left go to the largest remainders, one each, and
//! where remainders are equal to the first by id (the method of Hamilton, or Hare–Niemeyer). A negative amount is
//! divided as its opposite is, so that what is taken back is what was given.
//!
//! Does not own: who has which share. That is the program's, or the host's.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::money::Money;
use crate::rate::Rate;
use crate::scaled::{NumberError, Scaled};

/// Why shares divide nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SharesError {
    /// Nobody has a share.
    #[error("there are no shares")]
    Nobody,
    /// A share is below zero.
    #[error("share {place} is {share}, which is below zero")]
    Negative {
        /// Its place in the order of ids, counted from 1.
        place: usize,
        /// The share.
        share: Scaled,
    },
    /// They do not make a whole.
    #[error("the shares make {sum} together, not 1")]
    NotWhole {
        /// What they make.
        sum: Scaled,
    },
    /// A number does not fit.
    #[error(transparent)]
    Number(#[from] NumberError),
}

/// Who gets which part of an amount, by id.
///
/// ```
/// use std::collections::BTreeMap;
/// use prm_core::money::Money;
/// use prm_core::split::{Shares, SharesError};
///
/// let amount = Money::parse("100.00", "USD")?;
/// let team = Shares::in_proportion(BTreeMap::from([("ada", 1), ("ben", 1), ("cleo", 1)]))?;
/// let parts: Vec<String> = team.of(amount).values().map(ToString::to_string).collect();
/// assert_eq!(parts, ["33.34 USD", "33.33 USD", "33.33 USD"]);
///
/// let roles = BTreeMap::from([("hunter", "70 %".parse()?), ("closer", "20 %".parse()?)]);
/// assert!(matches!(Shares::of_rates(roles), Err(SharesError::NotWhole { .. })));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shares<I> {
    /// None is negative, and their sum is above zero.
    weights: BTreeMap<I, i128>,
    sum: i128,
}

/// The sum of weights that a 64-bit amount can still be multiplied by.
const SUM_MAX: i128 = i128::MAX / (1 << 63);

impl<I: Ord> Shares<I> {
    /// Shares that make 1 together, exactly, with at most 19 digits after the point.
    ///
    /// # Errors
    /// [`SharesError`] if they do not, one is negative, or there is none.
    pub fn of_rates(rates: BTreeMap<I, Rate>) -> Result<Self, SharesError> {
        Self::of_fractions(rates.into_iter().map(|(id, rate)| (id, rate.fraction())).collect())
    }

    /// The same, as fractions.
    ///
    /// # Errors
    /// As [`Self::of_rates`].
    pub fn of_fractions(fractions: BTreeMap<I, Scaled>) -> Result<Self, SharesError> {
        let sum = fractions.values().try_fold(Scaled::ZERO, |sum, fraction| sum.plus(*fraction))?;
        let shares = Self::by_amounts(fractions)?;
        if sum == Scaled::new(1, 0) { Ok(shares) } else { Err(SharesError::NotWhole { sum: sum.trimmed() }) }
    }

    /// Shares in proportion to whole numbers, such as points or days.
    ///
    /// # Errors
    /// [`SharesError::Nobody`] if there are none above zero.
    pub fn in_proportion(weights: BTreeMap<I, u64>) -> Result<Self, SharesError> {
        Self::weighted(weights.into_iter().map(|(id, weight)| (id, weight.into())).collect())
    }

    /// Shares in proportion to amounts, such as what each has sold.
    ///
    /// # Errors
    /// [`SharesError`] if one is negative, none is above zero, or they do not fit.
    pub fn by_amounts(amounts: BTreeMap<I, Scaled>) -> Result<Self, SharesError> {
        let digits = amounts.values().map(|amount| amount.trimmed().digits()).max().ok_or(SharesError::Nobody)?;
        Self::scaled(amounts, digits)
    }

    fn scaled(shares: BTreeMap<I, Scaled>, digits: u8) -> Result<Self, SharesError> {
        let weight = |(at, (id, share)): (usize, (I, Scaled))| match share.is_negative() {
            true => Err(SharesError::Negative { place: at + 1, share }),
            false => Ok((id, share.exactly(digits)?.units())),
        };
        Self::weighted(shares.into_iter().enumerate().map(weight).collect::<Result<_, _>>()?)
    }

    fn weighted(weights: BTreeMap<I, i128>) -> Result<Self, SharesError> {
        let sum = weights.values().try_fold(0_i128, |sum, weight| sum.checked_add(*weight));
        match sum.filter(|sum| *sum <= SUM_MAX).ok_or(NumberError::OutOfRange)? {
            0 => Err(SharesError::Nobody),
            sum => Ok(Self { weights, sum }),
        }
    }

    /// What each gets of an amount. Together it is the amount.
    #[must_use]
    pub fn of(&self, amount: Money) -> BTreeMap<&I, Money> {
        let money = |(id, minor): (_, i128)| {
            // No part is larger than the whole, which fits.
            (id, Money::from_minor(i64::try_from(minor).unwrap_or(amount.minor()), amount.currency()))
        };
        self.of_units(amount.minor().into()).into_iter().map(money).collect()
    }

    /// What each gets of a number of units. Together it is the number.
    #[must_use]
    pub fn of_units(&self, units: i128) -> BTreeMap<&I, i128> {
        let (whole, sum) = (units.unsigned_abs(), self.sum.unsigned_abs());
        // A share of the quotient and one of the remainder: the latter is a product of two numbers below 2^64, the sum is
        // above zero.
        let cut = |weight: u128| {
            let of_remainder = whole % sum * weight;
            (whole / sum * weight + of_remainder / sum, of_remainder % sum)
        };
        let parts: Vec<(&I, (u128, u128))> =
            self.weights.iter().map(|(id, weight)| (id, cut(weight.unsigned_abs()))).collect();
        let left = whole - parts.iter().map(|(_, (part, _))| part).sum::<u128>();
        let mut by_remainder: Vec<usize> = (0..parts.len()).collect();
        // Stable: of equal remainders the first by id comes first.
        by_remainder.sort_by_key(|at| Reverse(parts.get(*at).map(|(_, (_, remainder))| *remainder)));
        let favoured: BTreeSet<usize> = by_remainder.into_iter().take(usize::try_from(left).unwrap_or(0)).collect();
        let part = |(at, (id, (part, _))): (usize, (_, (u128, u128)))| {
            let part = part + u128::from(favoured.contains(&at));
            // Within the whole, which fits; the lowest number alone has no opposite.
            let part = 0_i128.wrapping_add_unsigned(part);
            (id, if units < 0 { part.wrapping_neg() } else { part })
        };
        parts.into_iter().enumerate().map(part).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::btree_map;
    use proptest::prelude::*;

    use super::*;

    fn usd(minor: i64) -> Money {
        Money::from_minor(minor, "USD".parse().unwrap())
    }

    fn rates(of: &[(u8, &str)]) -> BTreeMap<u8, Rate> {
        of.iter().map(|(id, rate)| (*id, rate.parse().unwrap())).collect()
    }

    #[test]
    fn what_is_left_goes_to_the_largest_remainders_then_to_the_first() {
        let thirds = Shares::in_proportion(BTreeMap::from([(2, 1), (1, 1), (3, 1)])).unwrap();
        let parts = |amount: i64| thirds.of(usd(amount)).values().map(|part| part.minor()).collect::<Vec<_>>();
        assert_eq!(parts(100), [34, 33, 33]);
        assert_eq!(parts(-101), [-34, -34, -33]);
        let uneven = Shares::of_rates(rates(&[(1, "10.2 %"), (2, "10.7 %"), (3, "79.1 %")])).unwrap();
        // 10.2, 10.7 and 79.1 cents: the middle one has the largest remainder.
        assert_eq!(uneven.of(usd(100)).values().map(|part| part.minor()).collect::<Vec<_>>(), [10, 11, 79]);
    }

    #[test]
    fn shares_that_make_no_whole_are_refused() {
        let refused = |of: &[(u8, &str)]| Shares::of_rates(rates(of)).unwrap_err();
        assert_eq!(refused(&[]), SharesError::Nobody);
        assert_eq!(refused(&[(1, "60 %"), (2, "39.99 %")]), SharesError::NotWhole { sum: Scaled::new(9999, 4) });
        assert_eq!(
            refused(&[(1, "110 %"), (2, "-10 %")]),
            SharesError::Negative { place: 2, share: Scaled::new(-1, 1) }
        );
        assert_eq!(Shares::in_proportion(BTreeMap::from([(1, 0)])), Err(SharesError::Nobody));
        let huge = BTreeMap::from([(1, u64::MAX), (2, 1)]);
        assert_eq!(Shares::in_proportion(huge), Err(NumberError::OutOfRange.into()));
    }

    #[test]
    fn the_largest_numbers_are_divided() {
        for units in [i128::MAX, i128::MIN, i128::MIN + 1] {
            for weights in [vec![1, 1, 1], vec![u64::MAX - 2, 1], vec![0, 7]] {
                let shares = Shares::in_proportion((0..).zip(weights).collect::<BTreeMap<u8, u64>>()).unwrap();
                let parts = shares.of_units(units);
                assert_eq!(parts.values().try_fold(0_i128, |sum, part| sum.checked_add(*part)), Some(units));
            }
        }
    }

    proptest! {
        #[test]
        fn parts_make_the_whole_and_none_is_off_by_a_unit(
            amount: i64,
            weights in btree_map(0_u16..500, 0_u64..1_000_000_000_000, 1..40),
        ) {
            let Ok(shares) = Shares::in_proportion(weights.clone()) else { return Ok(()) };
            let parts = shares.of(usd(amount));
            let sum: i128 = parts.values().map(|part| i128::from(part.minor())).sum();
            prop_assert_eq!(sum, i128::from(amount));
            let all: i128 = weights.values().map(|weight| i128::from(*weight)).sum();
            for (id, part) in &parts {
                // |part × all − amount × weight| < all
                let exact = i128::from(amount) * i128::from(weights[*id]);
                prop_assert!((i128::from(part.minor()) * all - exact).abs() < all);
            }
            // What is taken back is what was given.
            if amount != i64::MIN {
                let back = shares.of(usd(-amount));
                prop_assert!(parts.iter().all(|(id, part)| back[*id].minor() == -part.minor()));
            }
        }

        #[test]
        fn shares_of_any_digits_make_the_whole(amount: i64, cuts in proptest::collection::vec(0_i64..=1_000_000, 0..20)) {
            // Differences of sorted cuts of 1 make 1.
            let mut cuts = [cuts, vec![0, 1_000_000]].concat();
            cuts.sort_unstable();
            let rates = cuts.windows(2).zip(0_u8..).map(|(pair, id)| {
                (id, Rate::from_fraction(Scaled::new(i128::from(pair[1] - pair[0]), 6)).unwrap())
            });
            let shares = Shares::of_rates(rates.collect()).unwrap();
            let sum: i128 = shares.of(usd(amount)).values().map(|part| i128::from(part.minor())).sum();
            prop_assert_eq!(sum, i128::from(amount));
        }
    }
}
