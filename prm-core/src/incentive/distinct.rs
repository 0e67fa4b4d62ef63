//! Distinct counts: of how many product sets something was sold.
//!
//! A distinct count is no sum: a set that was sold in two batches counts once, and one whose sales all came back does not
//! count. So each set has a measure of its own, whose sums merge as all do, and sets are counted when the sums are read: those
//! of which more than nothing is left, or as much as the program asks for.
//!
//! A product in two of the sets is sold in both. Does not own: which products a set holds (the program's
//! [product sets](crate::product::ProductSet)).

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::explain::Measured;
use super::measure::Measure;
use crate::id::Name;
use crate::scaled::Scaled;

/// A measure with its key in partial sums: telling one takes longer than adding up what is found by it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Keyed {
    /// The measure.
    pub measure: Measure,
    pub(super) key: Arc<str>,
}

#[cfg(feature = "program")]
impl From<Measure> for Keyed {
    fn from(measure: Measure) -> Self {
        Self { key: measure.key().into(), measure }
    }
}

/// What is read beside the measure of an incentive: how much was sold, or of how many product sets.
///
/// ```
/// # #[cfg(feature = "program")] {
/// use prm_core::incentive::distinct::Gauge;
/// use prm_core::program::Program;
/// let text = "
/// format: 1
/// program: Example
/// version: '1'
/// effective: { from: 2025-01-01 }
/// currency: USD
/// products: { bikes: { category: Bikes }, parts: { category: Parts } }
/// incentives:
///   broad:
///     kind: rebate
///     measure: { of: net_revenue }
///     basket: [{ of: units, distinct: [bikes, parts], each_at_least: 5, at_least: 2 }]
///     every: quarter
///     schedule: { shape: whole_volume, bands: [{ from: 0, rate: 1 % }] }
/// ";
/// let program = Program::read(text).unwrap();
/// let item = &program.rebate("broad").unwrap().basket[0];
/// assert!(matches!(&item.of, Gauge::Distinct(of) if of.sets.len() == 2));
/// assert_eq!(item.of.to_string(), "number of bikes, parts with units of at least 5");
///
/// // Of two sets nobody sells three.
/// let findings = Program::read(&text.replace("at_least: 2", "at_least: 3")).unwrap_err();
/// assert!(findings.iter().any(|finding| finding.code == "too_few_sets"));
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Gauge {
    /// How much.
    Measure(Keyed),
    /// Of how many sets.
    Distinct(Distinct),
}

impl Gauge {
    fn keyed(&self) -> impl Iterator<Item = &Keyed> {
        let (one, sets) = match self {
            Self::Measure(measure) => (Some(measure), &[][..]),
            Self::Distinct(distinct) => (None, distinct.sets.as_slice()),
        };
        one.into_iter().chain(sets.iter().map(|set| &set.of))
    }

    /// Every measure that it needs.
    pub fn measures(&self) -> impl Iterator<Item = &Measure> {
        self.keyed().map(|keyed| &keyed.measure)
    }

    #[cfg(feature = "program")]
    fn keyed_mut(&mut self) -> impl Iterator<Item = &mut Keyed> {
        let (one, sets) = match self {
            Self::Measure(measure) => (Some(measure), &mut [][..]),
            Self::Distinct(distinct) => (None, distinct.sets.as_mut_slice()),
        };
        one.into_iter().chain(sets.iter_mut().map(|set| &mut set.of))
    }

    #[cfg(feature = "program")]
    pub(super) fn measures_mut(&mut self) -> impl Iterator<Item = &mut Measure> {
        self.keyed_mut().map(|keyed| &mut keyed.measure)
    }

    /// Takes the keys of the measures as they are now.
    #[cfg(feature = "program")]
    pub(super) fn fix_keys(&mut self) {
        self.keyed_mut().for_each(|keyed| keyed.key = keyed.measure.key().into());
    }
}

impl fmt::Display for Gauge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Measure(of) => f.write_str(&of.key),
            Self::Distinct(distinct) => distinct.fmt(f),
        }
    }
}

/// Product sets that are counted.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Distinct {
    /// Each set with what is measured of it.
    pub sets: Vec<DistinctSet>,
    /// How much must be left of a set for it to count; `None`: more than nothing.
    pub each_at_least: Option<Scaled>,
}

/// A set that is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DistinctSet {
    /// The set.
    pub name: Name,
    /// What is measured of it.
    pub of: Keyed,
}

impl Distinct {
    /// The sets, each measured as `of` is, but of its own products.
    #[cfg(feature = "program")]
    pub(crate) fn new(names: impl IntoIterator<Item = Name>, of: &Measure, each_at_least: Option<Scaled>) -> Self {
        let set = |name: Name| {
            let measure = Measure { products: [name.clone()].into(), ..of.clone() };
            DistinctSet { name, of: measure.into() }
        };
        Self { sets: names.into_iter().map(set).collect(), each_at_least }
    }
}

impl fmt::Display for Distinct {
    /// `number of bikes, parts with net_revenue of at least 100`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("number of ")?;
        for (at, set) in self.sets.iter().enumerate() {
            write!(f, "{}{}", if at == 0 { "" } else { ", " }, set.name)?;
        }
        let of = self.sets.first().map_or("", |set| set.of.measure.of.word());
        match self.each_at_least {
            Some(least) => write!(f, " with {of} of at least {least}"),
            None => write!(f, " with {of}"),
        }
    }
}

/// Of how many product sets something was sold, and of which.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[non_exhaustive]
pub struct DistinctCount {
    /// How many count.
    pub value: Scaled,
    /// How much must be left of a set for it to count; `None`: more than nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub each_at_least: Option<Scaled>,
    /// Each set.
    pub sets: Vec<SetSold>,
}

/// What was sold of a product set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[non_exhaustive]
pub struct SetSold {
    /// The set.
    pub set: Name,
    /// What was sold of it.
    pub sold: Measured,
    /// Whether it counts.
    pub counts: bool,
}

impl DistinctCount {
    pub(super) fn new(each_at_least: Option<Scaled>, sold: impl IntoIterator<Item = (Name, Measured)>) -> Self {
        let told = |(set, sold): (Name, Measured)| {
            let counts = counts(sold.value, each_at_least);
            SetSold { set, sold, counts }
        };
        let sets: Vec<SetSold> = sold.into_iter().map(told).collect();
        Self { value: number(sets.iter().filter(|set| set.counts).count()), each_at_least, sets }
    }
}

/// Whether what was sold of a set is enough for it to count.
pub(super) fn counts(sold: Scaled, each_at_least: Option<Scaled>) -> bool {
    each_at_least.map_or(sold > Scaled::ZERO, |least| sold >= least)
}

/// A number of sets.
pub(crate) fn number(sets: usize) -> Scaled {
    // A document of so many sets does not fit in memory.
    Scaled::new(i128::try_from(sets).unwrap_or(i128::MAX), 0)
}
