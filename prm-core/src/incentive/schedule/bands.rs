//! Bands: ranges of the measure, and the four ways in which they pay.

use serde::{Deserialize, Serialize};

use super::{Pay, Reading, Step, share_of};
use crate::scaled::{NumberError, Scaled};

/// How bands pay. One table and a volume of 2,000 give four results (10 % from 0, 25 % from 1,000):
/// 350, 500, 600 and 700.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BandShape {
    /// Each band pays on the part of the base inside it.
    Marginal,
    /// The band that the measure lies in pays on the whole base.
    WholeVolume,
    /// Every band reached pays on the base up to its own end; the payments add up.
    SumCapped,
    /// Every band reached pays on the whole base; the payments add up.
    SumWhole,
}

impl BandShape {
    /// The word for the shape in documents and explanations.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Marginal => "marginal",
            Self::WholeVolume => "whole_volume",
            Self::SumCapped => "sum_capped",
            Self::SumWhole => "sum_whole",
        }
    }
}

/// Which band owns a value exactly on a bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Boundary {
    /// The band above: "from 25,000" includes 25,000.00.
    #[default]
    Above,
    /// The band below: "up to 25,000" includes 25,000.00.
    Below,
}

impl Boundary {
    /// Whether a value has reached a bound.
    #[must_use]
    pub const fn reaches(self, value: i128, bound: i128) -> bool {
        match self {
            Self::Above => value >= bound,
            Self::Below => value > bound,
        }
    }

    /// The lowest value that reaches a bound.
    pub(crate) const fn first_reached(self, bound: i128) -> Option<i128> {
        match self {
            Self::Above => Some(bound),
            Self::Below => bound.checked_add(1),
        }
    }
}

/// A range of the measure and what it pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Band {
    /// Where it begins.
    pub from: Scaled,
    /// Where it ends; `None`: where the next begins, or never.
    pub until: Option<Scaled>,
    /// What it pays.
    pub pays: Pay,
    /// In a marginal schedule: once reached, it pays from the first unit, and the bands below pay nothing.
    pub back_to_first: bool,
}

/// A band's numbers as units: bounds at the measure's digits, the share and amount as in `Compiled`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Units {
    pub(super) from: i128,
    pub(super) until: Option<i128>,
    pub(super) share: i128,
    pub(super) amount: i128,
}

/// Tells `add` each band that pays, with what it gives.
pub(super) fn pay(
    shape: BandShape,
    boundary: Boundary,
    bands: &[Band],
    units: &[Units],
    reading: &Reading,
    digits: u8,
    add: &mut impl FnMut(Step, i128) -> Result<(), NumberError>,
) -> Result<(), NumberError> {
    let &Reading { value, base, .. } = reading;
    let reached = |band: &Units| boundary.reaches(value, band.from);
    // The first band that pays: in a marginal schedule, the highest one reached that goes back to the first unit.
    let back = bands.iter().zip(units).rposition(|(band, unit)| band.back_to_first && reached(unit));
    let back = if shape == BandShape::Marginal { back } else { None };
    for (at, (band, unit)) in bands.iter().zip(units).enumerate().skip(back.unwrap_or(0)) {
        if !reached(unit) {
            continue;
        }
        let left = |until: i128| boundary.reaches(value, until);
        let on = match shape {
            BandShape::Marginal => {
                let from = if back == Some(at) { 0 } else { unit.from };
                let upto = unit.until.map_or(base, |until| base.min(until));
                upto.checked_sub(from).ok_or(NumberError::OutOfRange)?.max(0)
            }
            BandShape::WholeVolume if unit.until.is_some_and(left) => continue,
            BandShape::SumCapped => unit.until.map_or(base, |until| base.min(until)),
            BandShape::WholeVolume | BandShape::SumWhole => base,
        };
        if on == 0 && unit.amount == 0 {
            continue;
        }
        let gives = share_of(on, unit.share, unit.amount)?;
        let step = Step {
            number: u32::try_from(at + 1).unwrap_or(u32::MAX),
            column: None,
            from: band.from,
            until: unit.until.map(|until| Scaled::new(until, digits)),
            on: Scaled::new(on, digits),
            pays: band.pays,
            rate_until: None,
            gives: Scaled::ZERO,
        };
        add(step, gives)?;
    }
    Ok(())
}
