//! Who does something: every command and every question takes an actor.

use serde::{Deserialize, Serialize};

use crate::id::{PartnerId, PersonId};

/// What a person at the vendor may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum VendorRole {
    /// Sets up programs and people.
    Administrator,
    /// Works with some partners or territories.
    ChannelManager,
    /// Approves and releases money.
    Finance,
    /// Runs content, leads and marketing funds.
    Marketing,
    /// Reads everything, changes nothing.
    Auditor,
}

impl std::fmt::Display for VendorRole {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::Administrator => "administrator",
            Self::ChannelManager => "channel_manager",
            Self::Finance => "finance",
            Self::Marketing => "marketing",
            Self::Auditor => "auditor",
        })
    }
}

/// What a person at a partner may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PartnerRole {
    /// Signs agreements and sees the money.
    Executive,
    /// Runs the partner's people and deals.
    Manager,
    /// Registers and works deals and leads.
    Sales,
    /// Uses content and marketing funds.
    Marketing,
    /// Learns and holds certifications.
    Technician,
}

/// Who acts.
///
/// ```
/// use prm_core::actor::{Actor, VendorRole};
/// use prm_core::id::PersonId;
/// let maker = Actor::Vendor { person: PersonId::new("u-1")?, role: VendorRole::Finance };
/// let checker = Actor::Vendor { person: PersonId::new("u-2")?, role: VendorRole::Finance };
/// assert!(!maker.is_same_person(&checker));
/// assert!(maker.is_same_person(&maker));
/// assert!(checker.is_another_person(&maker));
/// // The host itself is nobody: it can never be the second pair of eyes.
/// assert!(Actor::Host.person().is_none());
/// assert!(!Actor::Host.is_another_person(&maker));
/// # Ok::<(), prm_core::id::IdError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Actor {
    /// The host application, for imports and jobs of its own.
    Host,
    /// A deadline that passed: nobody acted, time did.
    Deadline,
    /// A person at the vendor.
    Vendor {
        /// Who.
        person: PersonId,
        /// As what.
        role: VendorRole,
    },
    /// A person at a partner.
    Partner {
        /// Of which partner.
        partner: PartnerId,
        /// Who.
        person: PersonId,
        /// As what.
        role: PartnerRole,
    },
}

impl Actor {
    /// The person who acts, if one does.
    #[must_use]
    pub const fn person(&self) -> Option<&PersonId> {
        match self {
            Self::Host | Self::Deadline => None,
            Self::Vendor { person, .. } | Self::Partner { person, .. } => Some(person),
        }
    }

    /// Whether both are persons, and not one and the same: who may check what the other made.
    #[must_use]
    pub fn is_another_person(&self, other: &Self) -> bool {
        self.person().is_some() && other.person().is_some() && !self.is_same_person(other)
    }

    /// Whether both are one and the same person, in whatever role: a maker may not be the checker.
    #[must_use]
    pub fn is_same_person(&self, other: &Self) -> bool {
        self.person().is_some() && self.person() == other.person()
    }
}
