//! What only the host knows of the people who sell, and of those who buy.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::id::{AccountId, PartnerId, PersonId};
use crate::split::Shares;

/// A person who sells for a partner, from a day on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[serde(deny_unknown_fields)]
pub struct Seller {
    /// Who.
    pub person: PersonId,
    /// For which partner.
    pub partner: PartnerId,
    /// The first day.
    pub from: NaiveDate,
    /// The day after the last, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub until: Option<NaiveDate>,
}

/// A partner's consent that the vendor pays its people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[serde(deny_unknown_fields)]
pub struct Consent {
    /// The partner.
    pub partner: PartnerId,
    /// The first day.
    pub from: NaiveDate,
    /// The day after the last, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub until: Option<NaiveDate>,
}

/// Whose money an end customer spends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Sector {
    /// Its own.
    Private,
    /// The public's: authorities, schools, hospitals of the state.
    Public,
}

/// What a SPIFF rests on beside sales.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct SpiffFacts {
    /// Who sold for whom when.
    pub sellers: Vec<Seller>,
    /// Which partners consented when.
    pub consents: Vec<Consent>,
    /// The sectors of end customers.
    pub sectors: BTreeMap<AccountId, Sector>,
    /// The shares of each partner's team.
    pub teams: BTreeMap<PartnerId, Shares<PersonId>>,
}

fn holds(from: NaiveDate, until: Option<NaiveDate>, day: NaiveDate) -> bool {
    from <= day && until.is_none_or(|until| day < until)
}

impl SpiffFacts {
    /// Whether a person sold for a partner on a day.
    #[must_use]
    pub fn sells_for(&self, person: &PersonId, partner: &PartnerId, day: NaiveDate) -> bool {
        let of = |seller: &Seller| seller.person == *person && seller.partner == *partner;
        self.sellers.iter().any(|seller| of(seller) && holds(seller.from, seller.until, day))
    }

    /// Whether a partner had consented on a day.
    #[must_use]
    pub fn consented(&self, partner: &PartnerId, day: NaiveDate) -> bool {
        self.consents.iter().any(|one| one.partner == *partner && holds(one.from, one.until, day))
    }
}
