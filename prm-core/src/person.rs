//! Persons: the people at partners and at the vendor, as far as their names and addresses are known.
//!
//! Everything else, events and the ledger above all, knows a person by its id alone. So what is personal lies in one
//! place, and can be erased there while history and money stand. The id itself should say nothing: a number, not an
//! address.

use serde::{Deserialize, Serialize};

use crate::actor::{Actor, PartnerRole, VendorRole};
use crate::id::{PartnerId, PersonId};
use crate::lifecycle::Access;

/// A person.
///
/// ```
/// use prm_core::person::Person;
/// let mut person = Person::new("p-17".parse()?, "Ada Berg");
/// person.partner = Some("summit".parse()?);
/// person.email = Some("ada@summit.example".to_owned());
/// # Ok::<(), prm_core::id::IdError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Person {
    /// Its id, which stays when the rest is erased.
    pub id: PersonId,
    /// The partner it belongs to; `None` for a person at the vendor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner: Option<PartnerId>,
    /// Its name.
    pub name: String,
    /// Its e-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Its telephone number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Where letters reach it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Whatever else is written about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl Person {
    /// A person with nothing but a name; the other fields are public.
    #[must_use]
    pub fn new(id: PersonId, name: impl Into<String>) -> Self {
        Self { id, partner: None, name: name.into(), email: None, phone: None, address: None, note: None }
    }

    /// Whether an actor may read what is known of a person of that partner (`None`: of the vendor).
    ///
    /// The vendor's people and the person itself may, and so may executives and managers of its partner.
    #[must_use]
    pub fn may_read(&self, actor: &Actor) -> Access {
        match actor {
            Actor::Host | Actor::Vendor { .. } => Access::Allowed,
            Actor::Deadline => Access::Denied,
            Actor::Partner { person, .. } if *person == self.id => Access::Allowed,
            Actor::Partner { partner, role: PartnerRole::Executive | PartnerRole::Manager, .. }
                if self.partner.as_ref() == Some(partner) =>
            {
                Access::Allowed
            }
            Actor::Partner { .. } => Access::Hidden,
        }
    }
}

/// Whether an actor may write and erase persons: administrators, and the host.
#[must_use]
pub const fn may_write(actor: &Actor) -> Access {
    match actor {
        Actor::Host | Actor::Vendor { role: VendorRole::Administrator, .. } => Access::Allowed,
        Actor::Deadline | Actor::Vendor { .. } => Access::Denied,
        Actor::Partner { .. } => Access::Hidden,
    }
}
