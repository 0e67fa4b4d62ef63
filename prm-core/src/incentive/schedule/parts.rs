//! Schedules of one partner: bounds at shares of its target or baseline, or for a part of a period.

use std::borrow::Cow;

use super::bands;
use super::compile::{Compiled, compile, pay_digits};
use super::{Band, Form, Pay, Schedule, ScheduleError, Target};
use crate::incentive::membership::Prorated;
use crate::scaled::{NumberError, Scaled};

impl Schedule {
    /// The same where bounds are shares of a target or baseline: 1 for 100 %. It pays once it is held
    /// [against](Self::against) one.
    ///
    /// # Errors
    /// [`ScheduleError`] as [`Self::new`]; [`ScheduleError::NotRelative`] for forms without bands or points.
    pub fn relative(form: Form, digits: u8) -> Result<Self, ScheduleError> {
        let shares: Vec<Scaled> = match &form {
            Form::Bands { bands, .. } => {
                bands.iter().flat_map(|band| [Some(band.from), band.until]).flatten().collect()
            }
            Form::Interpolated { points } => points.iter().map(|(at, _)| *at).collect(),
            _ => return Err(ScheduleError::NotRelative),
        };
        let share_digits = shares.iter().map(|share| share.trimmed().digits()).max().unwrap_or(0);
        let fine = digits.checked_add(share_digits).ok_or(NumberError::OutOfRange)?;
        let pay_digits = pay_digits(&form, fine)?;
        let compiled = compile(&form, share_digits, fine, pay_digits)?;
        Ok(Self { form, digits, pay_digits, compiled, relative: Some(share_digits) })
    }

    /// Whether bounds are shares of a target or baseline.
    #[must_use]
    pub const fn is_relative(&self) -> bool {
        self.relative.is_some()
    }

    /// A relative schedule in the amounts of one partner: every bound is its share of `reference` (in units at
    /// [`Self::digits`]), exactly, at more digits. Another schedule is returned as it is.
    ///
    /// # Errors
    /// [`NumberError::OutOfRange`] if a bound does not fit.
    pub fn against(&self, reference: i128) -> Result<Cow<'_, Self>, NumberError> {
        let Some(share_digits) = self.relative else { return Ok(Cow::Borrowed(self)) };
        let digits = self.digits.checked_add(share_digits).ok_or(NumberError::OutOfRange)?;
        let bound = |share: i128| share.checked_mul(reference).ok_or(NumberError::OutOfRange);
        let shown = |share: Scaled| Ok(Scaled::new(bound(share.exactly(share_digits)?.units())?, digits));
        let form = match &self.form {
            Form::Bands { shape, boundary, bands } => {
                let bands = bands.iter().map(|band| {
                    let (from, until) = (shown(band.from)?, band.until.map(shown).transpose()?);
                    Ok(Band { from, until, ..*band })
                });
                Form::Bands { shape: *shape, boundary: *boundary, bands: bands.collect::<Result<_, NumberError>>()? }
            }
            Form::Interpolated { points } => {
                let points = points.iter().map(|(at, rate)| Ok((shown(*at)?, *rate)));
                Form::Interpolated { points: points.collect::<Result<_, NumberError>>()? }
            }
            other => other.clone(),
        };
        let compiled = match &self.compiled {
            Compiled::Bands(units) => {
                let units = units.iter().map(|unit| {
                    let (from, until) = (bound(unit.from)?, unit.until.map(bound).transpose()?);
                    Ok(bands::Units { from, until, ..*unit })
                });
                Compiled::Bands(units.collect::<Result<_, NumberError>>()?)
            }
            Compiled::Interpolated(points) => {
                let points = points.iter().map(|(at, share)| Ok((bound(*at)?, *share)));
                Compiled::Interpolated(points.collect::<Result<_, NumberError>>()?)
            }
            other => other.clone(),
        };
        Ok(Cow::Owned(Self { form, digits, pay_digits: self.pay_digits, compiled, relative: None }))
    }

    /// The same for a part of a period: with that part of every bound, rounded to the digits of the measure, and of every
    /// fixed amount, rounded to those of payouts. Rates, steps and bounds that are shares stay.
    pub(crate) fn prorated(&self, part: Prorated, payout_digits: u8) -> Result<Self, NumberError> {
        let bound = |value: Scaled| {
            if self.is_relative() {
                return Ok(value);
            }
            Ok::<_, NumberError>(Scaled::new(part.share(value.exactly(self.digits)?.units())?, self.digits))
        };
        let amount = |pays: Pay| match pays {
            Pay::Amount(amount) => {
                let digits = payout_digits.max(amount.trimmed().digits());
                Ok(Pay::Amount(Scaled::new(part.share(amount.exactly(digits)?.units())?, digits)))
            }
            other => Ok::<_, NumberError>(other),
        };
        let form = match &self.form {
            Form::Bands { shape, boundary, bands } => {
                let bands = bands.iter().map(|band| {
                    let (from, until) = (bound(band.from)?, band.until.map(bound).transpose()?);
                    Ok(Band { from, until, pays: amount(band.pays)?, ..*band })
                });
                Form::Bands { shape: *shape, boundary: *boundary, bands: bands.collect::<Result<_, NumberError>>()? }
            }
            Form::Interpolated { points } => {
                let points = points.iter().map(|(at, rate)| Ok((bound(*at)?, *rate)));
                Form::Interpolated { points: points.collect::<Result<_, NumberError>>()? }
            }
            Form::Target { target, pays } => {
                let target = match target {
                    Target::Fixed(value) => Target::Fixed(bound(*value)?),
                    table @ Target::Table { .. } => table.clone(),
                };
                Form::Target { target, pays: amount(*pays)? }
            }
            Form::Matrix { rows, columns, rates } => {
                let rows = rows.iter().map(|row| bound(*row)).collect::<Result<_, _>>()?;
                Form::Matrix { rows, columns: columns.clone(), rates: rates.clone() }
            }
            Form::PerStep { .. } => self.form.clone(),
        };
        // Bounds that are no longer apart once they are rounded have no meaning.
        let built = if self.is_relative() { Self::relative(form, self.digits) } else { Self::new(form, self.digits) };
        built.map_err(|_| NumberError::OutOfRange)
    }
}
