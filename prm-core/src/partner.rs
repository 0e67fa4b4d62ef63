//! Partners: the organisations that sell on the vendor's behalf, as far as rules select by them.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::id::{Name, PartnerId};

/// What the rules need to know of a partner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Partner {
    /// The host's id.
    pub id: PartnerId,
    /// The name, for statements.
    pub name: String,
    /// The type, one of the program's partner types.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner_type: Option<Name>,
    /// The country, in the codes that the program's territories use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// The region or state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The first day of its membership. Without it a partner counts from its first sale.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub joined: Option<NaiveDate>,
    /// The day after the last of its membership.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<NaiveDate>,
    /// The day from which its years are counted, if not the first of its membership.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anniversary: Option<NaiveDate>,
    /// The families that it belongs to, each for some days.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub families: Vec<InFamily>,
}

/// A partner's place in a family: a group, or the partner at its head.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct InFamily {
    /// The family's id; a partner of that id is its head and belongs to it.
    pub family: PartnerId,
    /// The first day; `None` for always before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<NaiveDate>,
    /// The day after the last; `None` for still.
    #[serde(default, skip_serializing_if = "Option::is_none")]
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
        }
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
