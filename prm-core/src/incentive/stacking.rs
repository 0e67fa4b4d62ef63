//! Stacking: what incentives for the same sales do to one another.
//!
//! By default they stand side by side. A *stack* says otherwise, in a stated order: each pays on what those before it left
//! (`reducing`), only the first that pays does (`exclusive`), or only the one that pays most (`best_of`).

use serde::{Deserialize, Serialize};

use crate::id::Name;
use crate::money::Money;

/// How the incentives of a stack affect one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum How {
    /// Not at all.
    #[default]
    SideBySide,
    /// What earlier ones pay is deducted from what later ones pay on.
    Reducing,
    /// The first that pays is the only one.
    Exclusive,
    /// The one that pays most is the only one; of equal ones the first.
    BestOf,
}

/// The ways with the word that stands for each in documents.
pub const HOWS: [(&str, How); 4] = [
    ("side_by_side", How::SideBySide),
    ("reducing", How::Reducing),
    ("exclusive", How::Exclusive),
    ("best_of", How::BestOf),
];

/// An incentive of a stack.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stacked {
    /// The incentive.
    pub incentive: Name,
    /// Whether what it pays on is reduced by what earlier ones pay.
    pub is_reduced: bool,
    /// Whether what it pays reduces what later ones pay on.
    pub is_deducted: bool,
}

/// Incentives in the order in which they are looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stack {
    /// How they affect one another.
    pub how: How,
    /// The incentives, each once.
    pub order: Vec<Stacked>,
}

impl Stack {
    /// Whether another order could pay otherwise: two of a reducing stack are both reduced and deducted, or of one a part.
    #[must_use]
    pub fn depends_on_order(&self) -> bool {
        let affects = |one: &Stacked, other: &Stacked| one.is_deducted && other.is_reduced;
        let pairs = |one: usize| self.order.iter().skip(one + 1).map(move |other| (one, other));
        match self.how {
            How::SideBySide | How::BestOf => false,
            How::Exclusive => self.order.len() > 1,
            How::Reducing => (0..self.order.len())
                .flat_map(pairs)
                .any(|(one, other)| self.order.get(one).is_some_and(|one| affects(one, other) || affects(other, one))),
        }
    }

    /// The incentives before one of the stack, and itself.
    pub(crate) fn until(&self, incentive: &Name) -> Option<(&[Stacked], &Stacked)> {
        let at = self.order.iter().position(|stacked| stacked.incentive == *incentive)?;
        Some((self.order.get(..at)?, self.order.get(at)?))
    }
}

/// What an earlier incentive of a stack took from the base.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[non_exhaustive]
pub struct Deducted {
    /// The incentive.
    pub incentive: Name,
    /// What it pays.
    pub amount: Money,
}
