//! Dated changes of standing: what is recorded, and what incentives look tiers up in.

use std::collections::BTreeMap;
use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::Judged;
use crate::id::{Name, PartnerId, PersonId};

/// Why standing changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum), uniffi(name = "TierBecause"))]
#[serde(tag = "name", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Because {
    /// The partner came into the lowest tier.
    Joined,
    /// The requirements of a higher tier are met.
    Promoted,
    /// They are met, and the promotion was approved.
    Approved {
        /// By whom.
        by: PersonId,
    },
    /// The requirements of the tier are no longer met, and grace, if there is any, is over.
    Demoted,
    /// They are not met, and grace began. The tier stays.
    FellShort,
    /// They are met again before grace was over.
    Recovered,
    /// A higher tier was granted for a time.
    OverrideBegan {
        /// The stated reason.
        reason: String,
    },
    /// That time is over.
    OverrideEnded,
    /// Membership ended.
    Left,
}

impl fmt::Display for Because {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Joined => "joined",
            Self::Promoted => "requirements met",
            Self::Approved { .. } => "requirements met and approved",
            Self::Demoted => "requirements no longer met",
            Self::FellShort => "requirements not met, grace began",
            Self::Recovered => "requirements met again",
            Self::OverrideBegan { reason } => return write!(f, "granted for a time: {reason}"),
            Self::OverrideEnded => "the granted time is over",
            Self::Left => "left",
        })
    }
}

/// The time in which a tier is kept although its requirements are not met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct Grace {
    /// The day after the period that fell short first.
    pub since: NaiveDate,
    /// From this day on the next review may demote.
    pub until: NaiveDate,
}

/// A change of standing. Each holds everything that what follows depends on, so that changes can be continued.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[non_exhaustive]
pub struct TierChange {
    /// The first day that it holds.
    pub on: NaiveDate,
    /// The tier from that day on; `None` once the partner has left.
    pub tier: Option<Name>,
    /// The tier that it would be without overrides.
    pub earned: Option<Name>,
    /// The tier before.
    pub before: Option<Name>,
    /// Why.
    pub because: Because,
    /// The grace that runs from that day on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grace: Option<Grace>,
    /// The requirements that decided, with the values that they were judged by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Judged>,
}

/// The changes of many partners.
///
/// ```
/// use prm_core::tier::TierHistory;
/// let text = r#"{"p1": [
///     {"on": "2013-01-01", "tier": "registered", "earned": "registered", "before": null, "because": {"name": "joined"}},
///     {"on": "2013-04-01", "tier": "silver", "earned": "silver", "before": "registered", "because": {"name": "promoted"}}
/// ]}"#;
/// let history: TierHistory = serde_json::from_str(text)?;
/// let tier = |day: &str| history.tier_on("p1", day.parse().unwrap()).map(ToString::to_string);
/// assert_eq!(tier("2013-03-31").as_deref(), Some("registered"));
/// assert_eq!(tier("2013-04-01").as_deref(), Some("silver"));
/// assert_eq!(tier("2012-12-31"), None);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "BTreeMap<PartnerId, Vec<TierChange>>", into = "BTreeMap<PartnerId, Vec<TierChange>>")]
pub struct TierHistory(BTreeMap<PartnerId, Vec<TierChange>>);

impl TierHistory {
    /// Nobody's.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the changes of a partner, all of them; those of one day stay in their order.
    pub fn insert(&mut self, partner: PartnerId, mut changes: Vec<TierChange>) {
        changes.sort_by_key(|change| change.on);
        self.0.insert(partner, changes);
    }

    /// The tier of a partner on a day; `None` before it joined, after it left, and for whom nothing is known.
    #[must_use]
    pub fn tier_on(&self, partner: &str, day: NaiveDate) -> Option<&Name> {
        tier_on(self.changes(partner), day)
    }

    /// The changes of a partner, in order.
    #[must_use]
    pub fn changes(&self, partner: &str) -> &[TierChange] {
        self.0.get(partner).map_or(&[], Vec::as_slice)
    }

    /// Every partner with its changes, in the order of ids.
    pub fn iter(&self) -> impl Iterator<Item = (&PartnerId, &[TierChange])> {
        self.0.iter().map(|(partner, changes)| (partner, changes.as_slice()))
    }
}

/// The tier on a day by sorted changes.
pub(crate) fn tier_on(changes: &[TierChange], day: NaiveDate) -> Option<&Name> {
    let before = changes.partition_point(|change| change.on <= day);
    changes.get(before.checked_sub(1)?)?.tier.as_ref()
}

impl From<BTreeMap<PartnerId, Vec<TierChange>>> for TierHistory {
    fn from(changes: BTreeMap<PartnerId, Vec<TierChange>>) -> Self {
        changes.into_iter().collect()
    }
}

impl From<TierHistory> for BTreeMap<PartnerId, Vec<TierChange>> {
    fn from(history: TierHistory) -> Self {
        history.0
    }
}

impl FromIterator<(PartnerId, Vec<TierChange>)> for TierHistory {
    fn from_iter<I: IntoIterator<Item = (PartnerId, Vec<TierChange>)>>(changes: I) -> Self {
        let mut history = Self::new();
        changes.into_iter().for_each(|(partner, changes)| history.insert(partner, changes));
        history
    }
}
