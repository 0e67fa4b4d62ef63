//! Exact rational numbers, and rounding from its definition.

use std::cmp::Ordering;
use std::fmt;

/// A reduced fraction with a positive denominator. What does not fit ends the test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fraction {
    above: i128,
    below: i128,
}

fn common(a: i128, b: i128) -> i128 {
    let (mut a, mut b) = (a.abs(), b.abs());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.max(1)
}

fn product(a: i128, b: i128) -> i128 {
    a.checked_mul(b).expect("the model's numbers fit")
}

fn ten_to(digits: u32) -> i128 {
    10_i128.checked_pow(digits).expect("the model's numbers fit")
}

impl Fraction {
    pub(crate) const ZERO: Self = Self { above: 0, below: 1 };

    pub(crate) fn new(above: i128, below: i128) -> Self {
        assert_ne!(below, 0, "no fraction has nothing below");
        let by = common(above, below) * below.signum();
        Self { above: above / by, below: below / by }
    }

    pub(crate) fn whole(number: i128) -> Self {
        Self::new(number, 1)
    }

    /// `units × 10^-digits`.
    pub(crate) fn decimal(units: i128, digits: u32) -> Self {
        Self::new(units, ten_to(digits))
    }

    pub(crate) fn plus(self, other: Self) -> Self {
        let by = common(self.below, other.below);
        let (left, right) = (other.below / by, self.below / by);
        let sum = product(self.above, left).checked_add(product(other.above, right));
        Self::new(sum.expect("the model's numbers fit"), product(self.below, left))
    }

    pub(crate) fn minus(self, other: Self) -> Self {
        self.plus(Self { above: -other.above, ..other })
    }

    pub(crate) fn times(self, other: Self) -> Self {
        let (a, b) = (Self::new(self.above, other.below), Self::new(other.above, self.below));
        Self { above: product(a.above, b.above), below: product(a.below, b.below) }
    }

    pub(crate) fn over(self, other: Self) -> Self {
        self.times(Self::new(other.below, other.above))
    }

    /// The greatest whole number that is not above it.
    pub(crate) fn floor(self) -> i128 {
        self.above.div_euclid(self.below)
    }

    /// The nearest number of so many digits in a mode.
    pub(crate) fn rounded(self, digits: u32, mode: Mode) -> Self {
        Self::decimal(self.units(digits, mode), digits)
    }

    /// The same in units of these digits.
    pub(crate) fn units(self, digits: u32, mode: Mode) -> i128 {
        let scaled = self.times(Self::whole(ten_to(digits)));
        let (low, is_negative) = (scaled.floor(), scaled.above < 0);
        let rest = scaled.minus(Self::whole(low));
        if rest == Self::ZERO {
            return low;
        }
        let (toward, away) = if is_negative { (low + 1, low) } else { (low, low + 1) };
        let half = rest.cmp(&Self::new(1, 2));
        let nearest = |tie: i128| match half {
            Ordering::Less => low,
            Ordering::Equal => tie,
            Ordering::Greater => low + 1,
        };
        match mode {
            Mode::HalfEven => nearest(if low % 2 == 0 { low } else { low + 1 }),
            Mode::HalfAwayFromZero => nearest(away),
            Mode::HalfTowardZero => nearest(toward),
            Mode::AwayFromZero => away,
            Mode::TowardZero => toward,
            Mode::Ceiling => low + 1,
            Mode::Floor => low,
        }
    }
}

impl Ord for Fraction {
    fn cmp(&self, other: &Self) -> Ordering {
        self.minus(*other).above.cmp(&0)
    }
}

impl PartialOrd for Fraction {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Fraction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.below == 1 { write!(f, "{}", self.above) } else { write!(f, "{}/{}", self.above, self.below) }
    }
}

/// Which neighbour is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    HalfEven,
    HalfAwayFromZero,
    HalfTowardZero,
    AwayFromZero,
    TowardZero,
    Ceiling,
    Floor,
}

pub(crate) const MODES: [(Mode, &str); 7] = [
    (Mode::HalfEven, "half_even"),
    (Mode::HalfAwayFromZero, "half_away_from_zero"),
    (Mode::HalfTowardZero, "half_toward_zero"),
    (Mode::AwayFromZero, "away_from_zero"),
    (Mode::TowardZero, "toward_zero"),
    (Mode::Ceiling, "ceiling"),
    (Mode::Floor, "floor"),
];

impl Mode {
    pub(crate) fn word(self) -> &'static str {
        MODES.iter().find(|(mode, _)| *mode == self).map(|(_, word)| *word).unwrap()
    }
}

#[test]
fn fractions_are_exact_and_round_as_defined() {
    let third = Fraction::new(1, 3);
    assert_eq!(third.plus(third).plus(third), Fraction::whole(1));
    assert_eq!(Fraction::decimal(-5, 1).over(Fraction::new(-1, 4)), Fraction::whole(2));
    assert!(Fraction::new(-1, 3) < Fraction::decimal(-33, 2));
    // In the order of the modes: the documentation's own examples.
    for (value, expected) in [
        (Fraction::decimal(125, 3), [12, 13, 12, 13, 12, 13, 12]),
        (Fraction::decimal(135, 3), [14, 14, 13, 14, 13, 14, 13]),
        (Fraction::decimal(-125, 3), [-12, -13, -12, -13, -12, -12, -13]),
        (Fraction::decimal(-129, 3), [-13, -13, -13, -13, -12, -12, -13]),
        (Fraction::new(-1, 3), [-33, -33, -33, -34, -33, -33, -34]),
    ] {
        assert_eq!(MODES.map(|(mode, _)| value.units(2, mode)), expected, "{value}");
    }
}
