//! Schedules: how a measured value becomes a payout.
//!
//! A schedule is data from the program document, brought to one integer scale when it is built, so that a
//! payout is a handful of integer products without rounding on the way. The words that vendors use for the
//! shapes ("cumulative", "rolling", "linear", "retroactive") mean two things each; the names here say what
//! is paid on what.

mod bands;
mod compile;
mod faults;
mod form;
mod parts;

pub(crate) use compile::INTERPOLATION_DIGITS;
use compile::{Compiled, compile, pay_digits};
use serde::{Deserialize, Serialize};

pub use bands::{Band, BandShape, Boundary};
pub use faults::{Fault, FaultKind};
pub use form::{Form, Pay, ScheduleError, Target};

use crate::rate::Rate;
use crate::rounding::RoundingMode;
use crate::scaled::{NumberError, Scaled, power_of_ten};

/// What a schedule reads: units of the measures at the schedule's digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Reading {
    /// The measure, which finds the band.
    pub value: i128,
    /// What is paid on: the measure itself, or the payout base, after its cap.
    pub base: i128,
    /// The second measure of a matrix.
    pub second: i128,
    /// What bounds are measured against, where that is the partner's own: its target from a table, its baseline; `None`
    /// if it has none.
    pub target: Option<i128>,
}

impl Reading {
    /// A measured value that is also what is paid on.
    #[must_use]
    pub const fn new(value: i128) -> Self {
        Self { value, base: value, second: 0, target: None }
    }

    /// Paid on something else.
    #[must_use]
    pub const fn paid_on(self, base: i128) -> Self {
        Self { base, ..self }
    }

    /// With the second measure of a matrix.
    #[must_use]
    pub const fn second(self, second: i128) -> Self {
        Self { second, ..self }
    }

    /// The same in units of more digits.
    pub(crate) fn finer(self, digits: u8) -> Result<Self, NumberError> {
        let factor = power_of_ten(digits).ok_or(NumberError::OutOfRange)?;
        let finer = |units: i128| units.checked_mul(factor).ok_or(NumberError::OutOfRange);
        let (value, base, second) = (finer(self.value)?, finer(self.base)?, finer(self.second)?);
        Ok(Self { value, base, second, target: self.target.map(finer).transpose()? })
    }

    /// With the partner's target from a table.
    #[must_use]
    pub const fn target(self, target: Option<i128>) -> Self {
        Self { target, ..self }
    }
}

/// One step of a calculation: a band, point, step, target or cell that paid, on what and how much.
///
/// Serialised in explanations; numbers are exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record), uniffi(name = "ScheduleStep"))]
#[non_exhaustive]
pub struct Step {
    /// Which band, point, row … of the schedule, counted from 1.
    pub number: u32,
    /// For a matrix: which column, counted from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
    /// Where it begins.
    pub from: Scaled,
    /// Where it ends, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Scaled>,
    /// What was paid on: an amount, a number of units, or a number of full steps.
    pub on: Scaled,
    /// What was paid for it.
    pub pays: Pay,
    /// For an interpolated rate: the rate at the upper point.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_until: Option<Rate>,
    /// The exact result (an interpolated one to 18 digits), rounded only where the place is `band`.
    pub gives: Scaled,
}

/// A schedule, ready to pay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    form: Form,
    /// Digits of measures, bounds and bases.
    digits: u8,
    /// Digits of exact payouts.
    pay_digits: u8,
    compiled: Compiled,
    /// Whether bounds are shares of a target or baseline, and the digits of these shares.
    relative: Option<u8>,
}

impl Schedule {
    /// Brings a form to integers at `digits` digits of the measures.
    ///
    /// # Errors
    /// [`ScheduleError`] if the form has no meaning: bounds that do not rise, a ragged matrix, numbers with
    /// more digits than the measure. (What is legal but unwise is found by [`Self::faults`].)
    pub fn new(form: Form, digits: u8) -> Result<Self, ScheduleError> {
        let pay_digits = pay_digits(&form, digits)?;
        let compiled = compile(&form, digits, digits, pay_digits)?;
        Ok(Self { form, digits, pay_digits, compiled, relative: None })
    }

    /// The form as the document writes it.
    #[must_use]
    pub const fn form(&self) -> &Form {
        &self.form
    }

    /// The word for the shape in documents and explanations.
    #[must_use]
    pub const fn shape(&self) -> &'static str {
        match &self.form {
            Form::Bands { shape, .. } => shape.word(),
            Form::Interpolated { .. } => "interpolated",
            Form::PerStep { .. } => "per_step",
            Form::Target { .. } => "target",
            Form::Matrix { .. } => "matrix",
        }
    }

    /// Digits of measures, bounds and bases.
    #[must_use]
    pub const fn digits(&self) -> u8 {
        self.digits
    }

    /// Digits of the exact payouts that [`Self::pay`] returns.
    #[must_use]
    pub const fn pay_digits(&self) -> u8 {
        self.pay_digits
    }

    /// Whether it pays goods instead of money.
    #[must_use]
    pub const fn pays_goods(&self) -> bool {
        matches!(&self.form, Form::PerStep { pays: Pay::FreeUnits(_), .. })
    }

    /// The exact payout, in units at [`Self::pay_digits`], telling `each` step on the way.
    ///
    /// `band_rounding` rounds each step's result where the program's place is `band`.
    ///
    /// # Errors
    /// [`NumberError::OutOfRange`] if a product does not fit in 128 bits: never a wrapped amount.
    pub fn pay(
        &self,
        reading: &Reading,
        band_rounding: Option<(u8, RoundingMode)>,
        mut each: impl FnMut(Step),
    ) -> Result<i128, NumberError> {
        let mut total: i128 = 0;
        let mut add = |step: Step, gives: i128| {
            let exact = Scaled::new(gives, self.pay_digits);
            let gives = match band_rounding {
                Some((digits, mode)) => exact.rounded(digits, mode)?.rounded(self.pay_digits, mode)?,
                None => exact,
            };
            total = total.checked_add(gives.units()).ok_or(NumberError::OutOfRange)?;
            each(Step { gives, ..step });
            Ok(())
        };
        match (&self.form, &self.compiled) {
            (Form::Bands { shape, boundary, bands }, Compiled::Bands(units)) => {
                bands::pay(*shape, *boundary, bands, units, reading, self.digits, &mut add)?;
            }
            (Form::Interpolated { points }, Compiled::Interpolated(units)) => {
                if let Some((step, gives)) = self.interpolate(points, units, reading)? {
                    add(step, gives)?;
                }
            }
            (Form::PerStep { step: size, pays }, Compiled::PerStep { step, amount }) => {
                let steps = reading.base.max(0).checked_div(*step).unwrap_or(0);
                if steps > 0 {
                    let pays = if let Pay::Amount(amount) = pays { Pay::PerUnit(*amount) } else { *pays };
                    let gives = steps.checked_mul(*amount).ok_or(NumberError::OutOfRange)?;
                    add(self.step(1, *size, None, Scaled::new(steps, 0), pays), gives)?;
                }
            }
            (Form::Target { pays, .. }, Compiled::Target { target, share, amount }) => {
                if let Some(target) = target.or(reading.target).filter(|target| reading.value >= *target) {
                    let gives = share_of(reading.base, *share, *amount)?;
                    let (from, on) = (self.measured(target), self.measured(reading.base));
                    add(self.step(1, from, None, on, *pays), gives)?;
                }
            }
            (Form::Matrix { rates, .. }, Compiled::Matrix { rows, columns, shares }) => {
                let cell = reached(rows, reading.value).zip(reached(columns, reading.second));
                let found = cell.and_then(|(row, column)| {
                    let (rate, share) = (rates.get(row)?.get(column)?, shares.get(row)?.get(column)?);
                    Some((row, column, *rate, *share, *rows.get(row)?, rows.get(row + 1)))
                });
                if let Some((row, column, rate, share, from, until)) = found {
                    let gives = share_of(reading.base, share, 0)?;
                    let (from, until) = (self.measured(from), until.map(|units| self.measured(*units)));
                    let step = self.step(row + 1, from, until, self.measured(reading.base), Pay::Rate(rate));
                    add(Step { column: u32::try_from(column + 1).ok(), ..step }, gives)?;
                }
            }
            // A schedule is built with the compiled form that belongs to it.
            _ => return Err(NumberError::OutOfRange),
        }
        Ok(total)
    }

    /// The lowest value above this one at which the schedule pays differently, if there is one.
    #[must_use]
    pub fn next_bound(&self, reading: &Reading) -> Option<i128> {
        let above = |bounds: &mut dyn Iterator<Item = i128>| bounds.filter(|bound| *bound > reading.value).min();
        match (&self.form, &self.compiled) {
            (Form::Bands { boundary, .. }, Compiled::Bands(units)) => {
                above(&mut units.iter().filter_map(|band| boundary.first_reached(band.from)))
            }
            (_, Compiled::Interpolated(points)) => above(&mut points.iter().map(|(at, _)| *at)),
            (_, Compiled::PerStep { step, .. }) => {
                let steps = reading.value.max(0).checked_div(*step)?.checked_add(1)?;
                steps.checked_mul(*step)
            }
            (_, Compiled::Target { target, .. }) => above(&mut target.or(reading.target).into_iter()),
            (_, Compiled::Matrix { rows, .. }) => above(&mut rows.iter().copied()),
            _ => None,
        }
    }

    fn measured(&self, units: i128) -> Scaled {
        Scaled::new(units, self.digits)
    }

    fn step(&self, number: usize, from: Scaled, until: Option<Scaled>, on: Scaled, pays: Pay) -> Step {
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        Step { number, column: None, from, until, on, pays, rate_until: None, gives: Scaled::ZERO }
    }

    fn interpolate(
        &self,
        points: &[(Scaled, Rate)],
        units: &[(i128, i128)],
        reading: &Reading,
    ) -> Result<Option<(Step, i128)>, NumberError> {
        let Some(at) = units.iter().rposition(|(value, _)| reading.value >= *value) else { return Ok(None) };
        let (Some((low, low_rate)), Some((from, rate))) = (units.get(at), points.get(at)) else { return Ok(None) };
        let step = self.step(at + 1, *from, None, self.measured(reading.base), Pay::Rate(*rate));
        let (Some((high, high_rate)), Some((until, rate_until))) = (units.get(at + 1), points.get(at + 1)) else {
            let gives = share_of(reading.base, *low_rate, 0)?;
            return Ok(Some((step, gives)));
        };
        let gives = interpolated(reading.base, (*low, *low_rate), (*high, *high_rate), reading.value)?;
        Ok(Some((Step { until: Some(*until), rate_until: Some(*rate_until), ..step }, gives)))
    }
}

/// `base × share + amount`, or an error if it does not fit.
fn share_of(base: i128, share: i128, amount: i128) -> Result<i128, NumberError> {
    base.checked_mul(share).and_then(|product| product.checked_add(amount)).ok_or(NumberError::OutOfRange)
}

/// The last of the rising bounds that the value has reached.
fn reached(bounds: &[i128], value: i128) -> Option<usize> {
    bounds.partition_point(|bound| *bound <= value).checked_sub(1)
}

/// What the straight line between two points pays on a base, cut to an integer.
///
/// The exact result is seldom a finite decimal. It is cut toward zero and, if anything was cut off behind a
/// last digit of 0 or 5, that digit is raised by one: so no later rounding can mistake it for a tie.
pub(crate) fn interpolated(
    base: i128,
    low: (i128, i128),
    high: (i128, i128),
    value: i128,
) -> Result<i128, NumberError> {
    let fits = || {
        let (width, along) = (high.0.checked_sub(low.0)?, value.checked_sub(low.0)?);
        let rise = high.1.checked_sub(low.1)?.checked_mul(along)?;
        let product = low.1.checked_mul(width)?.checked_add(rise)?.checked_mul(base)?;
        Some((product.checked_div(width)?, product.checked_rem(width)? != 0))
    };
    let (quotient, cut_off) =
        fits().or_else(|| interpolated_wide(base, low, high, value)).ok_or(NumberError::OutOfRange)?;
    let looks_even = quotient % 5 == 0;
    // Rates are never negative, so the sign is the base's.
    let toward = if base < 0 { -1 } else { 1 };
    let raised = if cut_off && looks_even { quotient.checked_add(toward) } else { Some(quotient) };
    raised.ok_or(NumberError::OutOfRange)
}

/// The same in 256 bits, for amounts whose product with two rates does not fit in 128.
fn interpolated_wide(base: i128, low: (i128, i128), high: (i128, i128), value: i128) -> Option<(i128, bool)> {
    use ethnum::I256;
    let wide = |n: i128| I256::from(n);
    let (width, along) = (wide(high.0) - wide(low.0), wide(value) - wide(low.0));
    let rise = (wide(high.1) - wide(low.1)).checked_mul(along)?;
    let product = wide(low.1).checked_mul(width)?.checked_add(rise)?.checked_mul(wide(base))?;
    let quotient = product.checked_div(width)?;
    Some((i128::try_from(quotient).ok()?, quotient * width != product))
}

/// 10ⁿ for scales that a schedule was built with, which always fit.
fn scale_factor(digits: u8) -> i128 {
    power_of_ten(digits).unwrap_or(i128::MAX)
}
