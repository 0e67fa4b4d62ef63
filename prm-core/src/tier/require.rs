//! Requirements: what it takes to stand in a tier, and whether given values are enough.

use serde::{Deserialize, Serialize};

use crate::scaled::{NumberError, Scaled};

/// What a value must reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Bound {
    /// This or more.
    AtLeast(Scaled),
    /// More than this.
    MoreThan(Scaled),
}

impl Bound {
    /// The number that stands in it.
    #[must_use]
    pub const fn number(self) -> Scaled {
        match self {
            Self::AtLeast(number) | Self::MoreThan(number) => number,
        }
    }

    /// Whether a value is enough.
    #[must_use]
    pub fn is_met(self, value: Scaled) -> bool {
        match self {
            Self::AtLeast(number) => value >= number,
            Self::MoreThan(number) => value > number,
        }
    }

    /// How far a value falls short; zero if it is enough, and for a value that is exactly what must be passed.
    pub(crate) fn missing(self, value: Scaled) -> Result<Scaled, NumberError> {
        let number = self.number();
        if value >= number { Ok(Scaled::ZERO) } else { number.minus(value) }
    }

    /// Whether every value that meets this meets the other.
    #[cfg(feature = "program")]
    pub(crate) fn implies(self, other: Self) -> bool {
        match (self, other) {
            (Self::AtLeast(mine), Self::MoreThan(other)) => mine > other,
            _ => self.number() >= other.number(),
        }
    }
}

/// A bound on one metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Condition {
    /// The place of the metric in [`Tiers::metrics`](super::Tiers::metrics).
    pub metric: usize,
    /// What it must reach.
    pub needs: Bound,
}

/// A metric that gives points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Item {
    /// The place of the metric in [`Tiers::metrics`](super::Tiers::metrics).
    pub metric: usize,
    /// Points for each unit, or for each full `each`.
    pub points: Scaled,
    /// The size of a step; part of a step gives nothing.
    pub each: Option<Scaled>,
    /// No more points than this.
    pub at_most: Option<Scaled>,
    /// The points that are needed here, whatever the others give.
    pub needs: Option<Bound>,
}

impl Item {
    /// The points that a value gives, exact. A value below zero gives none.
    pub(crate) fn earned(&self, value: Scaled) -> Result<Scaled, NumberError> {
        if value.is_negative() {
            return Ok(Scaled::ZERO);
        }
        let counted = match self.each {
            None => value,
            Some(each) => {
                let digits = value.digits().max(each.digits());
                let (value, each) = (value.exactly(digits)?.units(), each.exactly(digits)?.units());
                Scaled::new(value.checked_div(each).ok_or(NumberError::OutOfRange)?, 0)
            }
        };
        let points = self.points.times(counted)?;
        Ok(self.at_most.map_or(points, |most| points.min(most)))
    }
}

/// What it takes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Requirement {
    /// Everything here.
    All(Vec<Requirement>),
    /// One of these.
    Any(Vec<Requirement>),
    /// So many points in all, and in each item what that needs.
    Points {
        /// How many.
        at_least: Scaled,
        /// What gives them.
        of: Vec<Item>,
    },
    /// A bound on one metric.
    Metric(Condition),
}

impl Requirement {
    /// Whether values, one for each metric, are enough.
    pub(crate) fn is_met(&self, values: &[Scaled]) -> Result<bool, NumberError> {
        let value = |place: usize| values.get(place).copied().unwrap_or(Scaled::ZERO);
        match self {
            Self::All(of) => {
                for part in of {
                    if !part.is_met(values)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Self::Any(of) => {
                for part in of {
                    if part.is_met(values)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Self::Points { at_least, of } => {
                let (mut sum, mut floors) = (Scaled::ZERO, true);
                for item in of {
                    let points = item.earned(value(item.metric))?;
                    floors &= item.needs.is_none_or(|needs| needs.is_met(points));
                    sum = sum.plus(points)?;
                }
                Ok(floors && sum >= *at_least)
            }
            Self::Metric(Condition { metric, needs }) => Ok(needs.is_met(value(*metric))),
        }
    }

    /// Whether whoever meets this meets the other. Says no where it cannot tell.
    #[cfg(feature = "program")]
    pub(crate) fn implies(&self, other: &Self) -> bool {
        match (self, other) {
            (_, Self::All(of)) => of.iter().all(|part| self.implies(part)),
            (Self::Any(of), _) => of.iter().all(|part| part.implies(other)),
            (_, Self::Any(of)) if of.iter().any(|part| self.implies(part)) => true,
            (Self::All(of), _) => of.iter().any(|part| part.implies(other)),
            (Self::Metric(mine), Self::Metric(other)) => mine.metric == other.metric && mine.needs.implies(other.needs),
            (Self::Points { at_least, of }, Self::Points { at_least: least, of: others }) => {
                of == others && at_least >= least
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Scaled {
        text.parse().unwrap()
    }

    fn metric(metric: usize, at_least: i128) -> Requirement {
        Requirement::Metric(Condition { metric, needs: Bound::AtLeast(Scaled::new(at_least, 0)) })
    }

    #[test]
    fn steps_caps_and_negative_values() {
        let item =
            Item { metric: 0, points: number("2"), each: Some(number("5")), at_most: Some(number("20")), needs: None };
        for (value, points) in
            [("0", "0"), ("4.99", "0"), ("5", "2"), ("14.9", "4"), ("50", "20"), ("500", "20"), ("-5", "0")]
        {
            assert_eq!(item.earned(number(value)), Ok(number(points)), "{value}");
        }
        let each_unit = Item { points: number("0.002"), each: None, ..item };
        assert_eq!(each_unit.earned(number("1250.5")), Ok(number("2.501")));
    }

    #[cfg(feature = "program")]
    #[test]
    fn what_implies_what() {
        let both = |a, b| Requirement::All(vec![metric(0, a), metric(1, b)]);
        let one = |a, b| Requirement::Any(vec![metric(0, a), metric(1, b)]);
        assert!(both(2, 2).implies(&metric(1, 2)) && both(2, 2).implies(&one(9, 1)) && both(2, 2).implies(&both(1, 2)));
        assert!(!metric(0, 5).implies(&both(1, 1)) && metric(0, 5).implies(&one(5, 1)));
        assert!(one(5, 5).implies(&one(5, 4)) && !one(5, 5).implies(&metric(0, 5)));
        let more = Bound::MoreThan(number("5"));
        assert!(!Bound::AtLeast(number("5")).implies(more) && more.implies(Bound::AtLeast(number("5"))));
    }
}
