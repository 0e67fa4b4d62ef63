//! What a schedule pays, read from its description.

use super::fraction::Fraction;
use super::spec::{Band, Pay, Rounding, Schedule};
use super::standing::share;

/// What a schedule reads.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reading {
    pub(crate) value: Fraction,
    /// What is paid on, after its cap.
    pub(crate) base: Fraction,
    /// What bounds are shares of, if they are; or the target, if it is in the table.
    pub(crate) reference: Option<Fraction>,
    pub(crate) is_relative: bool,
    /// For how many days of how many, if not all.
    pub(crate) part: Option<(i64, i64)>,
}

fn rate(hundredths: i128) -> Fraction {
    Fraction::decimal(hundredths, 4)
}

impl Reading {
    /// Where a bound lies.
    fn bound(&self, bound: i128) -> Fraction {
        match self.reference.filter(|_| self.is_relative) {
            Some(reference) => reference.times(Fraction::decimal(bound, 2)),
            None => self.part.map_or(Fraction::whole(bound), |part| share(Fraction::whole(bound), part, 6)),
        }
    }

    fn pays(&self, pay: Pay, on: Fraction, rounding: Rounding) -> Fraction {
        let exact = match pay {
            Pay::Rate(hundredths) => on.times(rate(hundredths)),
            Pay::PerUnit(cents) => on.times(Fraction::decimal(cents, 2)),
            Pay::Amount(cents) => {
                let amount = Fraction::decimal(cents, 2);
                // As many digits as the payout keeps, or as it is written with.
                let written = if cents % 100 == 0 {
                    0
                } else if cents % 10 == 0 {
                    1
                } else {
                    2
                };
                self.part.map_or(amount, |part| share(amount, part, rounding.digits.max(written)))
            }
        };
        by_band(exact, rounding)
    }

    fn bands(&self, shape: &str, below: bool, bands: &[Band], rounding: Rounding) -> Fraction {
        let reaches = |bound: Fraction| if below { self.value > bound } else { self.value >= bound };
        let ends = |at: usize| {
            let next = bands.get(at + 1).map(|band| band.from);
            bands[at].until.or(next).map(|until| self.bound(until))
        };
        let from = |at: usize| self.bound(bands[at].from);
        let reached = (0..bands.len()).filter(|at| reaches(from(*at))).collect::<Vec<_>>();
        // The highest that goes back to the first unit takes the place of those below it.
        let back = reached.iter().copied().filter(|at| shape == "marginal" && bands[*at].back).max();
        let mut sum = Fraction::ZERO;
        for at in reached {
            let upto = ends(at).map_or(self.base, |end| self.base.min(end));
            let on = match shape {
                "marginal" if back.is_some_and(|back| at < back) => continue,
                "marginal" if back == Some(at) => upto.max(Fraction::ZERO),
                "marginal" => upto.minus(from(at)).max(Fraction::ZERO),
                "whole_volume" if ends(at).is_some_and(reaches) => continue,
                "sum_capped" => upto,
                _ => self.base,
            };
            sum = sum.plus(self.pays(bands[at].pay, on, rounding));
        }
        sum
    }

    fn points(&self, points: &[(i128, i128)]) -> Fraction {
        let Some(at) = points.iter().rposition(|(at, _)| self.bound(*at) <= self.value) else { return Fraction::ZERO };
        let (low, low_rate) = (self.bound(points[at].0), rate(points[at].1));
        let Some((high, high_rate)) = points.get(at + 1).map(|(at, of)| (self.bound(*at), rate(*of))) else {
            return self.base.times(low_rate);
        };
        let along = self.value.minus(low).over(high.minus(low));
        self.base.times(low_rate.plus(high_rate.minus(low_rate).times(along)))
    }

    pub(crate) fn exact(&self, schedule: &Schedule, rounding: Rounding) -> Fraction {
        match schedule {
            Schedule::Bands { shape, below, bands } => self.bands(shape, *below, bands, rounding),
            Schedule::Points(points) => by_band(self.points(points), rounding),
            Schedule::PerStep(step, cents) => {
                let steps = self.base.max(Fraction::ZERO).over(Fraction::whole(*step)).floor();
                by_band(Fraction::decimal(steps * cents, 2), rounding)
            }
            Schedule::Target(target, pay) => {
                let target = target.map(|target| self.bound(target)).or(self.reference);
                match target {
                    Some(target) if self.value >= target => self.pays(*pay, self.base, rounding),
                    _ => Fraction::ZERO,
                }
            }
        }
    }
}

fn by_band(exact: Fraction, Rounding { mode, place, digits }: Rounding) -> Fraction {
    if place == "band" { exact.rounded(digits, mode) } else { exact }
}
