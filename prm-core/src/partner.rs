//! Partners: the organisations that sell on the vendor's behalf, as far as rules select by them.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::currency::Currency;
use crate::id::{Name, PartnerId};
use crate::period::Period;

/// What the rules need to know of a partner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[non_exhaustive]
pub struct Partner {
    /// The host's id.
    pub id: PartnerId,
    /// The name, for statements.
    pub name: String,
    /// The type, one of the program's partner types.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub partner_type: Option<Name>,
    /// The country, in the codes that the program's territories use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub country: Option<String>,
    /// The region or state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub region: Option<String>,
    /// The first day of its membership. Without it a partner counts from its first sale.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub joined: Option<NaiveDate>,
    /// The day after the last of its membership.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub left: Option<NaiveDate>,
    /// The day from which its years are counted, if not the first of its membership.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub anniversary: Option<NaiveDate>,
    /// The families that it belongs to, each for some days.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub families: Vec<InFamily>,
    /// The days on which its membership was suspended.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub suspended: Vec<Suspension>,
    /// The currency in which it is paid, if not the program's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub payout_currency: Option<Currency>,
}

/// Days on which a membership was suspended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct Suspension {
    /// The first day.
    pub from: NaiveDate,
    /// The day after the last; `None` for still.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub until: Option<NaiveDate>,
}

/// A partner's place in a family: a group, or the partner at its head.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[non_exhaustive]
pub struct InFamily {
    /// The family's id; a partner of that id is its head and belongs to it.
    pub family: PartnerId,
    /// The first day; `None` for always before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub from: Option<NaiveDate>,
    /// The day after the last; `None` for still.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub until: Option<NaiveDate>,
}

impl InFamily {
    /// A place without beginning and end.
    #[must_use]
    pub const fn new(family: PartnerId) -> Self {
        Self { family, from: None, until: None }
    }

    /// Whether it holds on a day.
    #[must_use]
    pub fn holds(&self, day: NaiveDate) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day < until)
    }
}

impl Partner {
    /// A partner of which only id and name are known.
    #[must_use]
    pub fn new(id: PartnerId, name: impl Into<String>) -> Self {
        Self {
            id,
            name: name.into(),
            partner_type: None,
            country: None,
            region: None,
            joined: None,
            left: None,
            anniversary: None,
            families: Vec::new(),
            suspended: Vec::new(),
            payout_currency: None,
        }
    }

    /// Whether its membership is suspended on a day.
    #[must_use]
    pub fn is_suspended(&self, day: NaiveDate) -> bool {
        self.suspended.iter().any(|span| span.from <= day && span.until.is_none_or(|until| day < until))
    }

    /// The days of a period on which it is a member, if there are any. Without a first day it always was one.
    ///
    /// ```
    /// use prm_core::partner::Partner;
    /// use prm_core::period::Period;
    /// let mut shop = Partner::new("shop-1".parse()?, "Shop 1");
    /// shop.joined = Some("2013-02-15".parse()?);
    /// let quarter = Period::new("2013-01-01".parse()?, "2013-04-01".parse()?)?;
    /// assert_eq!(shop.member_days(&quarter).map(|days| days.days()), Some(45));
    /// assert_eq!(shop.member_days(&Period::new("2012-10-01".parse()?, "2013-01-01".parse()?)?), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn member_days(&self, period: &Period) -> Option<Period> {
        let from = self.joined.map_or(period.from(), |joined| joined.max(period.from()));
        Period::new(from, self.left.map_or(period.until(), |left| left.min(period.until()))).ok()
    }

    /// Whether it is a member on a day.
    #[must_use]
    pub fn is_member(&self, day: NaiveDate) -> bool {
        self.joined.is_none_or(|joined| joined <= day) && self.left.is_none_or(|left| day < left)
    }

    /// Whether it belongs to a family on a day.
    ///
    /// ```
    /// use prm_core::partner::{InFamily, Partner};
    /// let mut shop = Partner::new("shop-1".parse()?, "Shop 1");
    /// let mut place = InFamily::new("group".parse()?);
    /// place.until = Some("2013-07-01".parse()?);
    /// shop.families.push(place);
    /// assert!(shop.is_in("group", "2013-06-30".parse()?));
    /// assert!(!shop.is_in("group", "2013-07-01".parse()?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn is_in(&self, family: &str, day: NaiveDate) -> bool {
        self.id.as_str() == family
            || self.families.iter().any(|place| place.family.as_str() == family && place.holds(day))
    }
}
