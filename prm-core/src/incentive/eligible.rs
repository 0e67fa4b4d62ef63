//! Who can earn an incentive, and why nothing is paid.

use std::collections::BTreeSet;
use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::explain::for_reading;
use crate::id::Name;
use crate::partner::Partner;
use crate::program::Program;
use crate::scaled::Scaled;

/// Who can earn an incentive: the partners for which every key that is given holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Eligible {
    /// Of one of these types; any if empty.
    pub partner_types: BTreeSet<Name>,
    /// In one of these territories; anywhere if empty.
    pub territories: BTreeSet<Name>,
    /// One of these partners; any if `None`.
    pub partners: Option<BTreeSet<String>>,
    /// None of these partners.
    pub except: BTreeSet<String>,
    /// In one of these tiers; in any if `None`.
    pub tier: Option<TierFilter>,
}

/// Which tiers can earn an incentive, and when they are looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TierFilter {
    /// The tiers.
    pub tiers: BTreeSet<Name>,
    /// When.
    pub at: TierAt,
}

/// When a partner's tier decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TierAt {
    /// On the last day of the period: for all of it.
    #[default]
    PeriodEnd,
    /// On the day of each sale: only sales of days on which it was in one of the tiers count.
    SaleDate,
}

/// The moments with the word that stands for each in documents.
pub const TIER_AT: [(&str, TierAt); 2] = [("period_end", TierAt::PeriodEnd), ("sale_date", TierAt::SaleDate)];

impl TierFilter {
    pub(crate) fn is_by_sale(&self) -> bool {
        self.at == TierAt::SaleDate
    }
}

/// Why nothing is paid, beyond the numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum), uniffi(name = "UnpaidReason"))]
#[serde(tag = "code", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// The partner is of another type.
    PartnerType {
        /// The partner's type, if it has one.
        has: Option<Name>,
    },
    /// The partner is in no territory of the incentive.
    Territory {
        /// Its country, if known.
        country: Option<String>,
        /// Its region, if known.
        region: Option<String>,
    },
    /// The incentive is for named partners, and this is none of them.
    NotNamed,
    /// The partner is excepted by name.
    Excepted,
    /// The table of targets has no row for the partner and period.
    NoTarget {
        /// The table.
        table: Name,
    },
    /// Nothing was sold in the baseline's period.
    Newcomer {
        /// The period.
        period: String,
    },
    /// Too little was sold of what must be sold beside it.
    Basket {
        /// What was counted.
        measure: String,
        /// How much there is.
        has: Scaled,
        /// How much there must be.
        at_least: Scaled,
    },
    /// The partner was in none of the tiers at the end of the period.
    Tier {
        /// The tier it was in, if in any.
        has: Option<Name>,
        /// The last day of the period.
        on: NaiveDate,
    },
    /// Another version of the program decides on the period.
    OtherVersion,
    /// No line counts.
    NothingSold,
    /// The partner was no member in the period.
    NoMember,
    /// The partner left within the period, and forfeits what it earned in it.
    Left {
        /// The day after the last of its membership.
        on: NaiveDate,
    },
    /// Another incentive of the stack pays instead.
    Stacked {
        /// The incentive.
        by: Name,
    },
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PartnerType { has: Some(has) } => write!(f, "not for partners of type {has}"),
            Self::PartnerType { has: None } => {
                f.write_str("only for certain types of partner, and the type is unknown")
            }
            Self::Territory { country: Some(country), .. } => write!(f, "not for partners in {country}"),
            Self::Territory { country: None, .. } => {
                f.write_str("only for certain territories, and the country is unknown")
            }
            Self::NotNamed => f.write_str("only for partners named in the program"),
            Self::Excepted => f.write_str("the partner is excepted in the program"),
            Self::NoTarget { table } => write!(f, "no target in table {table}"),
            Self::Newcomer { period } => write!(f, "nothing was sold in {period} to grow from"),
            Self::Basket { measure, has, at_least } => {
                write!(f, "{has} of {at_least} that must be sold beside it: {}", for_reading(measure))
            }
            Self::Tier { has: Some(has), on } => write!(f, "not for tier {has}, held on {on}"),
            Self::Tier { has: None, on } => write!(f, "only for certain tiers, and none was held on {on}"),
            Self::NothingSold => f.write_str("nothing was sold"),
            Self::NoMember => f.write_str("the partner was no member in the period"),
            Self::Left { on } => write!(f, "the partner left on {on}, and forfeits the period"),
            Self::OtherVersion => f.write_str("another version of the program decides on the period"),
            Self::Stacked { by } => write!(f, "{by} pays instead"),
        }
    }
}

impl Eligible {
    /// Why the partner cannot earn it; `None` if it can.
    #[must_use]
    pub fn refuses(&self, partner: &Partner, program: &Program) -> Option<Reason> {
        if self.except.contains(partner.id.as_str()) {
            return Some(Reason::Excepted);
        }
        if self.partners.as_ref().is_some_and(|named| !named.contains(partner.id.as_str())) {
            return Some(Reason::NotNamed);
        }
        let of_type = |types: &BTreeSet<Name>| partner.partner_type.as_ref().is_some_and(|has| types.contains(has));
        if !self.partner_types.is_empty() && !of_type(&self.partner_types) {
            return Some(Reason::PartnerType { has: partner.partner_type.clone() });
        }
        let within = |name: &Name| {
            let territory = program.territories.get(name);
            territory.is_some_and(|of| of.covers(partner.country.as_deref(), partner.region.as_deref()))
        };
        if !self.territories.is_empty() && !self.territories.iter().any(within) {
            let (country, region) = (partner.country.clone(), partner.region.clone());
            return Some(Reason::Territory { country, region });
        }
        None
    }
}
