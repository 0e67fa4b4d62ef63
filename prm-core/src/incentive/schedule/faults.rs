//! What is legal in a schedule but was probably not meant: gaps, overlaps, cliffs, bands nobody reaches.

use std::fmt;

use super::{Band, BandShape, Compiled, Form, Pay, Reading, Schedule};
use crate::incentive::rebate::Limits;
use crate::rounding::RoundingMode;
use crate::scaled::Scaled;

/// What is the matter with a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FaultKind {
    /// Values in no band earn nothing.
    Gap {
        /// Where the gap begins.
        from: Scaled,
        /// Where it ends, if it does.
        until: Option<Scaled>,
    },
    /// Values in two bands earn twice, or leave open which band they are in.
    Overlap {
        /// Where the overlap begins.
        from: Scaled,
        /// Where it ends.
        until: Scaled,
    },
    /// The step pays more than the sale that reaches it.
    Cliff {
        /// Where.
        at: Scaled,
        /// How much more is paid there than just below.
        pays_more: Scaled,
    },
    /// Selling more pays less.
    Falls {
        /// Where.
        at: Scaled,
    },
    /// The band is never reached, because the base or the payout is capped below it.
    Unreachable {
        /// Where it begins.
        from: Scaled,
        /// The cap.
        cap: Scaled,
    },
    /// Nothing limits what one partner can earn.
    Unbounded,
}

impl FaultKind {
    /// The stable code of findings about it.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Gap { .. } => "gap",
            Self::Overlap { .. } => "overlap",
            Self::Cliff { .. } => "cliff",
            Self::Falls { .. } => "falls",
            Self::Unreachable { .. } => "unreachable_band",
            Self::Unbounded => "unbounded_liability",
        }
    }

    /// What may be done about it.
    #[must_use]
    pub const fn advice(&self) -> &'static str {
        match self {
            Self::Gap { .. } => "let the band end where the next begins, or add one that pays nothing",
            Self::Overlap { .. } => "let one band end where the next begins",
            Self::Cliff { .. } => "expect sales to be moved across the bound, or use a marginal or interpolated shape",
            Self::Falls { .. } => "let rates rise with the measure, or expect partners to hold sales back",
            Self::Unreachable { .. } => "raise the cap or drop the band",
            Self::Unbounded => "set `cap: { payout: … }` if there is a limit to what should be owed",
        }
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gap { from, until: Some(until) } => write!(f, "nothing is paid from {from} to {until}"),
            Self::Gap { from, until: None } => write!(f, "nothing is paid from {from} on"),
            Self::Overlap { from, until } => write!(f, "from {from} to {until} two bands apply"),
            Self::Cliff { at, pays_more } => write!(f, "the last unit that reaches {at} pays {pays_more} more"),
            Self::Falls { at } => write!(f, "a partner who sells past {at} earns less"),
            Self::Unreachable { from, cap } => write!(f, "the band from {from} pays nothing, since the cap is {cap}"),
            Self::Unbounded => f.write_str("nothing limits what a partner can earn in a period"),
        }
    }
}

/// A fault and the band, point or row that it is about, counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// What is the matter.
    pub kind: FaultKind,
    /// Which band, point or row.
    pub at: usize,
}

impl Schedule {
    /// Everything that is legal but was probably not meant.
    ///
    /// Where the base is `apart` from the measure, how much a step pays is not known from the schedule, so
    /// cliffs and falls are not looked for.
    #[must_use]
    pub fn faults(&self, limits: &Limits, apart: bool) -> Vec<Fault> {
        let mut faults = Vec::new();
        if let Form::Bands { shape, bands, .. } = self.form() {
            faults.extend(gaps_and_overlaps(*shape, bands));
        }
        // What a share of each partner's own target pays is not known from the schedule either.
        if !apart && !self.is_relative() {
            faults.extend(self.steps());
            faults.extend(self.falling_lines());
            faults.extend(self.falling_cells());
            faults.extend(self.unreachable(limits));
        }
        let &Limits { base_cap, payout_cap, .. } = limits;
        if payout_cap.is_none() && base_cap.is_none() && self.is_open_ended(apart) {
            faults.push(Fault { kind: FaultKind::Unbounded, at: 0 });
        }
        faults
    }

    /// Whether selling more can never pay less, when the measure is also what is paid on.
    #[must_use]
    pub fn is_monotone(&self) -> bool {
        let falling = |fault: &Fault| matches!(fault.kind, FaultKind::Falls { .. });
        !self.faults(&Limits::default(), false).iter().any(falling)
    }

    /// Cliffs and falls at the bounds.
    fn steps(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        for bound in self.bounds() {
            let Some((below, at)) = self.around(bound) else { continue };
            let (value, number) = (self.measured(bound), self.number_at(bound));
            if at < below {
                faults.push(Fault { kind: FaultKind::Falls { at: value }, at: number });
            } else if self.jumps(below, at) {
                // Without the share of the last unit itself, which is far below a hundredth.
                let pays_more = Scaled::new(at - below, self.pay_digits);
                let pays_more = pays_more.rounded(2, RoundingMode::TowardZero).unwrap_or(pays_more).trimmed();
                faults.push(Fault { kind: FaultKind::Cliff { at: value, pays_more }, at: number });
            }
        }
        faults
    }

    /// Where a falling rate between two points makes the payout itself fall.
    ///
    /// Between (x₀, r₀) and (x₁, r₁) the payout x·r(x) is a parabola; with r₁ < r₀ it falls from its top at
    /// x = x₀/2 + r₀(x₁ - x₀) / 2(r₀ - r₁) on, if that lies before x₁.
    fn falling_lines(&self) -> Vec<Fault> {
        let Compiled::Interpolated(points) = &self.compiled else { return Vec::new() };
        let falls = points.windows(2).enumerate().filter_map(|(at, pair)| {
            let [(x0, r0), (x1, r1)] = pair else { return None };
            let drop = r0.checked_sub(*r1).filter(|drop| *drop > 0)?;
            let numerator = x0.checked_mul(drop)?.checked_add(r0.checked_mul(x1 - x0)?)?;
            let top = RoundingMode::Floor.divide(numerator, drop.checked_mul(2)?)?.max(*x0);
            (top < *x1).then(|| Fault { kind: FaultKind::Falls { at: self.measured(top) }, at })
        });
        falls.collect()
    }

    /// Rows and columns of a matrix at which a rate falls.
    fn falling_cells(&self) -> Vec<Fault> {
        let Form::Matrix { rows, columns, rates } = &self.form else { return Vec::new() };
        let mut faults = Vec::new();
        for (at, (row, from)) in rates.iter().zip(rows).enumerate() {
            let above = at.checked_sub(1).and_then(|above| rates.get(above));
            if above.is_some_and(|above| above.iter().zip(row).any(|(above, rate)| rate < above)) {
                faults.push(Fault { kind: FaultKind::Falls { at: *from }, at });
            }
            let column = row.windows(2).position(|pair| matches!(pair, [rate, next] if next < rate));
            if let Some(from) = column.and_then(|column| columns.get(column + 1)) {
                faults.push(Fault { kind: FaultKind::Falls { at: *from }, at });
            }
        }
        faults
    }

    /// The bounds at which what is paid may jump: where bands, targets and rows begin and end.
    fn bounds(&self) -> Vec<i128> {
        let mut bounds: Vec<i128> = match (&self.form, &self.compiled) {
            (Form::Bands { .. }, Compiled::Bands(units)) => {
                units.iter().flat_map(|unit| [Some(unit.from), unit.until]).flatten().collect()
            }
            (_, Compiled::Interpolated(points)) => points.first().map(|(at, _)| *at).into_iter().collect(),
            (_, Compiled::Target { target, .. }) => target.iter().copied().collect(),
            _ => Vec::new(),
        };
        bounds.sort_unstable();
        bounds.dedup();
        bounds.retain(|bound| *bound > 0);
        bounds
    }

    /// What is paid one unit before the bound is reached, and when it is, on a base equal to the measure.
    fn around(&self, bound: i128) -> Option<(i128, i128)> {
        let pay = |value| {
            let reading = Reading { value, base: value, ..Reading::default() };
            self.pay(&reading, None, |_| ()).ok()
        };
        let at = match &self.form {
            Form::Bands { boundary, .. } => boundary.first_reached(bound)?,
            _ => bound,
        };
        Some((pay(at.checked_sub(1)?)?, pay(at)?))
    }

    /// Whether a rise in payout is more than the one unit of the measure that caused it.
    fn jumps(&self, below: i128, at: i128) -> bool {
        at.checked_sub(below).is_some_and(|rise| rise > super::scale_factor(self.pay_digits - self.digits))
    }

    fn number_at(&self, bound: i128) -> usize {
        match &self.compiled {
            Compiled::Bands(units) => units.iter().rposition(|unit| unit.from <= bound).unwrap_or(0),
            _ => 0,
        }
    }

    fn unreachable(&self, limits: &Limits) -> Vec<Fault> {
        let (Form::Bands { shape, bands, .. }, Compiled::Bands(units)) = (&self.form, &self.compiled) else {
            return Vec::new();
        };
        let mut faults = Vec::new();
        for (at, (band, unit)) in bands.iter().zip(units).enumerate() {
            let kind = |cap| FaultKind::Unreachable { from: band.from, cap };
            if let Some(cap) = limits.base_cap.filter(|cap| *shape == BandShape::Marginal && *cap <= band.from) {
                faults.push(Fault { kind: kind(cap), at });
                continue;
            }
            // What is paid just below the band already reaches the cap, and still does inside.
            let paid = self.around(unit.from).map(|(below, at)| Scaled::new(below.min(at), self.pay_digits));
            if let Some(cap) = limits.payout_cap.filter(|cap| paid.is_some_and(|paid| paid >= *cap)) {
                faults.push(Fault { kind: kind(cap), at });
            }
        }
        faults
    }

    /// Whether the payout grows without end as sales do.
    fn is_open_ended(&self, apart: bool) -> bool {
        let grows = |pay: &Pay| pay.share().is_some_and(|share| !share.is_zero());
        match &self.form {
            Form::Bands { shape: BandShape::SumWhole, bands, .. } => bands.iter().any(|band| grows(&band.pays)),
            // A band with an end still pays on all of a base that is not the measure.
            Form::Bands { bands, .. } if apart => bands.iter().any(|band| grows(&band.pays)),
            Form::Bands { bands, .. } => bands.last().is_some_and(|band| band.until.is_none() && grows(&band.pays)),
            Form::Interpolated { points } => points.last().is_some_and(|(_, rate)| grows(&Pay::Rate(*rate))),
            Form::PerStep { .. } => true,
            Form::Target { pays, .. } => grows(pays),
            Form::Matrix { rates, .. } => rates.iter().flatten().any(|rate| grows(&Pay::Rate(*rate))),
        }
    }
}

fn gaps_and_overlaps(shape: BandShape, bands: &[Band]) -> Vec<Fault> {
    let mut faults = Vec::new();
    // Reached bands of the two sums go on paying beyond their own end, so an end is no gap there, and
    // applying two bands at once is what the shapes are for.
    if matches!(shape, BandShape::SumCapped | BandShape::SumWhole) {
        return faults;
    }
    for (at, band) in bands.iter().enumerate() {
        let Some(end) = band.until else { continue };
        match bands.get(at + 1).map(|next| next.from) {
            Some(next) if end < next => {
                faults.push(Fault { kind: FaultKind::Gap { from: end, until: Some(next) }, at });
            }
            Some(next) if end > next => {
                faults.push(Fault { kind: FaultKind::Overlap { from: next, until: end }, at });
            }
            Some(_) => {}
            None => faults.push(Fault { kind: FaultKind::Gap { from: end, until: None }, at }),
        }
    }
    faults
}
