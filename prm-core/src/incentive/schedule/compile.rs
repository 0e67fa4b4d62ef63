//! From a form to integers: bounds, shares and amounts on scales that need no rounding.

use super::bands;
use super::form::{Form, Pay, ScheduleError, Target};
use crate::rate::Rate;
use crate::scaled::{NumberError, Scaled};

/// The form's numbers as units: bounds at `bound_digits`, shares at `pay_digits - digits`, amounts at `pay_digits`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Compiled {
    Bands(Vec<bands::Units>),
    Interpolated(Vec<(i128, i128)>),
    PerStep { step: i128, amount: i128 },
    Target { target: Option<i128>, share: i128, amount: i128 },
    Matrix { rows: Vec<i128>, columns: Vec<i128>, shares: Vec<Vec<i128>> },
}

/// Digits beyond those of rates that an interpolated payout keeps.
pub(crate) const INTERPOLATION_DIGITS: u8 = 6;

/// Digits that hold every exact payout of the form.
pub(super) fn pay_digits(form: &Form, digits: u8) -> Result<u8, NumberError> {
    let share = |pay: &Pay| match pay {
        Pay::Amount(amount) => amount.trimmed().digits().saturating_sub(digits),
        _ => pay.share().map_or(0, |share| share.trimmed().digits()),
    };
    let most = match form {
        Form::Bands { bands, .. } => bands.iter().map(|band| share(&band.pays)).max(),
        Form::Interpolated { points } => {
            let most = points.iter().map(|(_, rate)| rate.fraction().digits()).max();
            most.map(|most| most.saturating_add(INTERPOLATION_DIGITS))
        }
        Form::PerStep { pays, .. } | Form::Target { pays, .. } => Some(share(pays)),
        Form::Matrix { rates, .. } => rates.iter().flatten().map(|rate| rate.fraction().digits()).max(),
    };
    let pay_digits = digits.saturating_add(most.unwrap_or(0));
    // Leaves nine digits before the point.
    if pay_digits <= 29 { Ok(pay_digits) } else { Err(NumberError::OutOfRange) }
}

pub(super) fn compile(form: &Form, bound_digits: u8, digits: u8, pay_digits: u8) -> Result<Compiled, ScheduleError> {
    let bound = |value: Scaled| value.exactly(bound_digits).map(Scaled::units);
    let money = |value: Scaled| value.exactly(pay_digits).map(Scaled::units);
    let share = |pay: Pay| pay.share().unwrap_or(Scaled::ZERO).exactly(pay_digits - digits).map(Scaled::units);
    let rate = |rate: Rate| rate.units_at(pay_digits - digits).ok_or(NumberError::OutOfRange);
    let amount = |pay: Pay| if let Pay::Amount(amount) = pay { money(amount) } else { Ok(0) };
    Ok(match form {
        Form::Bands { bands, .. } => {
            at_least(1, bands.len())?;
            rising(bands.iter().map(|band| band.from))?;
            let units = bands.iter().enumerate().map(|(at, band)| {
                let until = band.until.or_else(|| bands.get(at + 1).map(|next| next.from));
                if let Some(until) = until {
                    rising([band.from, until].into_iter())?;
                }
                Ok(bands::Units {
                    from: bound(band.from)?,
                    until: until.map(bound).transpose()?,
                    share: share(band.pays)?,
                    amount: amount(band.pays)?,
                })
            });
            Compiled::Bands(units.collect::<Result<_, ScheduleError>>()?)
        }
        Form::Interpolated { points } => {
            at_least(2, points.len())?;
            rising(points.iter().map(|(at, _)| *at))?;
            let units = points.iter().map(|(at, of)| Ok((bound(*at)?, rate(*of)?)));
            Compiled::Interpolated(units.collect::<Result<_, NumberError>>()?)
        }
        Form::PerStep { step, pays } => {
            let step = bound(*step)?;
            if step <= 0 {
                return Err(ScheduleError::NoStep);
            }
            let amount = match pays {
                Pay::Amount(amount) => money(*amount)?,
                _ => money(pays.share().unwrap_or(Scaled::ZERO))?,
            };
            Compiled::PerStep { step, amount }
        }
        Form::Target { target, pays } => {
            let target = match target {
                Target::Fixed(value) => Some(bound(*value)?),
                Target::Table { .. } => None,
            };
            Compiled::Target { target, share: share(*pays)?, amount: amount(*pays)? }
        }
        Form::Matrix { rows, columns, rates } => {
            at_least(1, rows.len().min(columns.len()))?;
            rising(rows.iter().copied())?;
            rising(columns.iter().copied())?;
            rectangular(rates, rows.len(), columns.len())?;
            let bounds = |of: &[Scaled]| of.iter().map(|value| bound(*value)).collect::<Result<_, _>>();
            let shares = rates.iter().map(|row| row.iter().map(|of| rate(*of)).collect());
            let shares = shares.collect::<Result<_, _>>()?;
            Compiled::Matrix { rows: bounds(rows)?, columns: bounds(columns)?, shares }
        }
    })
}

fn at_least(least: usize, given: usize) -> Result<(), ScheduleError> {
    if given < least { Err(ScheduleError::TooFew { least, given }) } else { Ok(()) }
}

fn rising(bounds: impl Iterator<Item = Scaled>) -> Result<(), ScheduleError> {
    let mut last: Option<Scaled> = None;
    for next in bounds {
        if let Some(before) = last.filter(|before| next <= *before) {
            return Err(ScheduleError::NotRising { before, next });
        }
        last = Some(next);
    }
    Ok(())
}

fn rectangular(rates: &[Vec<Rate>], rows: usize, columns: usize) -> Result<(), ScheduleError> {
    if rates.len() != rows {
        return Err(ScheduleError::Ragged { row: rates.len() + 1, given: 0, needed: columns });
    }
    match rates.iter().enumerate().find(|(_, row)| row.len() != columns) {
        None => Ok(()),
        Some((at, row)) => Err(ScheduleError::Ragged { row: at + 1, given: row.len(), needed: columns }),
    }
}
