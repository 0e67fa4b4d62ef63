//! Ids: the host's own names for things, kept as they are.
//!
//! 1 to 128 visible ASCII bytes, case-sensitive, without spaces. A UUID is one of them. Each kind of thing
//! has its own type, so a partner cannot be passed where a person is meant.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The most bytes that an id may have.
pub const ID_BYTES_MAX: usize = 128;

/// Why a text is not an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdError {
    /// An id has at least one byte.
    #[error("an id must not be empty")]
    Empty,
    /// The text is longer than [`ID_BYTES_MAX`].
    #[error("an id has at most 128 bytes, this has {bytes}")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// Something else than visible ASCII: a space, a control character, a letter with an accent.
    #[error("an id is visible ASCII without spaces; `{character}` at position {position} is not")]
    NotVisibleAscii {
        /// The character, escaped.
        character: String,
        /// Where it stands, counted from 1.
        position: usize,
    },
    /// A character that names of a program do not hold.
    #[error("a name is letters, digits, `_`, `-` and `.`; `{character}` at position {position} is not")]
    NotInName {
        /// The character.
        character: char,
        /// Where it stands, counted from 1.
        position: usize,
    },
}

fn check(text: &str) -> Result<(), IdError> {
    if text.is_empty() {
        return Err(IdError::Empty);
    }
    if text.len() > ID_BYTES_MAX {
        return Err(IdError::TooLong { bytes: text.len() });
    }
    match text.chars().enumerate().find(|(_, c)| !c.is_ascii_graphic()) {
        None => Ok(()),
        Some((at, c)) => Err(IdError::NotVisibleAscii { character: c.escape_debug().to_string(), position: at + 1 }),
    }
}

/// Names of a program: they are joined and pointed at in paths, so they hold no punctuation that could be either.
fn check_name(text: &str) -> Result<(), IdError> {
    check(text)?;
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    match text.chars().enumerate().find(|(_, c)| !allowed(*c)) {
        None => Ok(()),
        Some((at, c)) => Err(IdError::NotInName { character: c, position: at + 1 }),
    }
}

macro_rules! ids {
    ($check:ident: $($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        ///
        /// ```
        #[doc = concat!("use prm_core::id::", stringify!($name), ";")]
        #[doc = concat!("assert_eq!(", stringify!($name), "::new(\"AW-00000676\")?.as_str(), \"AW-00000676\");")]
        #[doc = concat!("assert!(", stringify!($name), "::new(\"two words\").is_err());")]
        /// # Ok::<(), prm_core::id::IdError>(())
        /// ```
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes the host's own id.
            ///
            /// # Errors
            /// [`IdError`] if it is empty, too long or not visible ASCII.
            pub fn new(text: impl AsRef<str>) -> Result<Self, IdError> {
                $check(text.as_ref())?;
                Ok(Self(Arc::from(text.as_ref())))
            }

            /// The text of the id.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(Arc::from(id.hyphenated().encode_lower(&mut Uuid::encode_buffer()) as &str))
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::new(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;

            fn try_from(text: String) -> Result<Self, IdError> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.as_str().to_owned()
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }
    )*};
}

ids! {
    check:
    /// A partner: an organisation that sells on the vendor's behalf.
    PartnerId
    /// A person, at a partner or at the vendor. Events and the ledger know persons by this id only.
    PersonId
    /// An account: the end customer.
    AccountId
    /// A stock keeping unit: what a sale line sells.
    Sku
    /// A deal registration.
    RegistrationId
    /// Where sale lines come from: an ERP, a distributor's report.
    SourceId
    /// A batch of sale lines, unique within its source.
    BatchId
    /// A document of a source: an order or an invoice.
    DocumentId
    /// A line's number within its document, as the source writes it.
    LineId
    /// The serial number of a unit.
    Serial
    /// A request for money of a marketing fund.
    RequestId
    /// A claim: that something was spent, sold or held for which the vendor pays.
    ClaimId
    /// An authorisation to sell below book price, for which the vendor makes up.
    AuthorisationId
    /// A payment, which may pay several claims.
    PaymentId
    /// A code that a customer gives to say through whom it came: that of an affiliate or of a campaign.
    ReferralCode
}

ids! {
    check_name:
    /// What a program document calls something: an incentive, a product set, a partner type, a territory. Letters,
    /// digits, `_`, `-` and `.`.
    Name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_id_is_refused_with_its_place() {
        assert_eq!(PartnerId::new(""), Err(IdError::Empty));
        assert_eq!(PartnerId::new("x".repeat(129)), Err(IdError::TooLong { bytes: 129 }));
        assert!(PartnerId::new("x".repeat(128)).is_ok());
        assert_eq!(PartnerId::new("ab\tc"), Err(IdError::NotVisibleAscii { character: "\\t".into(), position: 3 }));
        assert!(PartnerId::new("Zoë").is_err());
        assert!(PartnerId::new("a\u{202e}b").is_err());
    }

    #[test]
    fn ids_are_case_sensitive_text_in_serialised_forms() {
        assert_ne!(Sku::new("85123A").unwrap(), Sku::new("85123a").unwrap());
        assert_eq!(serde_json::to_string(&Sku::new("BK-1").unwrap()).unwrap(), "\"BK-1\"");
        assert!(serde_json::from_str::<Sku>("\"\"").is_err());
        assert_eq!(BatchId::from(Uuid::nil()).as_str(), "00000000-0000-0000-0000-000000000000");
    }
}
