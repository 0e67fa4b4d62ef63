//! What is known of a partner that asks for money or claims it.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::id::Name;
use crate::incentive::rebate::{Eligible, Reason};
use crate::partner::Partner;
use crate::program::Program;

/// A partner, as it stands on the day on which something is decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FundPartner {
    /// The partner.
    pub partner: Partner,
    /// The tier in which it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<Name>,
}

impl FundPartner {
    /// A partner without a tier.
    #[must_use]
    pub const fn new(partner: Partner) -> Self {
        Self { partner, tier: None }
    }

    /// The same in a tier.
    #[must_use]
    pub fn in_tier(mut self, tier: Name) -> Self {
        self.tier = Some(tier);
        self
    }

    /// Why something is not for it on a day; `None` if it is. A partner that is no member on that day gets nothing.
    #[must_use]
    pub fn refused_by(&self, eligible: &Eligible, program: &Program, on: NaiveDate) -> Option<Reason> {
        let Partner { joined, left, .. } = &self.partner;
        if joined.is_some_and(|joined| on < joined) || left.is_some_and(|left| left <= on) {
            return Some(Reason::NoMember);
        }
        let tiers = eligible.tier.as_ref().map(|filter| &filter.tiers);
        let in_tier =
            |tiers: &std::collections::BTreeSet<Name>| self.tier.as_ref().is_some_and(|tier| tiers.contains(tier));
        match eligible.refuses(&self.partner, program) {
            None if tiers.is_some_and(|tiers| !in_tier(tiers)) => Some(Reason::Tier { has: self.tier.clone(), on }),
            refused => refused,
        }
    }
}
