//! Partners: the organisations that sell on the vendor's behalf, as far as rules select by them.

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
}

impl Partner {
    /// A partner of which only id and name are known.
    #[must_use]
    pub fn new(id: PartnerId, name: impl Into<String>) -> Self {
        Self { id, name: name.into(), partner_type: None, country: None, region: None }
    }
}
