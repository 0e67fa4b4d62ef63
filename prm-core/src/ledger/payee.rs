//! Payees: to whom money is owed.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::id::{IdError, PartnerId, PersonId};

/// To whom money is owed.
///
/// As text a partner is its id, and a person its id behind `person `. Ids hold no spaces, so that nobody is taken for
/// another.
///
/// ```
/// use prm_core::ledger::Payee;
/// let ada: Payee = "person ada".parse()?;
/// assert_eq!(ada, Payee::Person("ada".parse()?));
/// assert_eq!(ada.to_string(), "person ada");
/// assert_eq!("summit".parse::<Payee>()?, Payee::Partner("summit".parse()?));
/// assert!("somebody ada".parse::<Payee>().is_err());
/// # Ok::<(), prm_core::id::IdError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[non_exhaustive]
pub enum Payee {
    /// A partner.
    Partner(PartnerId),
    /// A person, whomever it sells for.
    Person(PersonId),
}

/// What stands before the id of a person.
const PERSON: &str = "person ";

impl Payee {
    /// The partner, if it is one.
    #[must_use]
    pub const fn partner(&self) -> Option<&PartnerId> {
        match self {
            Self::Partner(partner) => Some(partner),
            Self::Person(_) => None,
        }
    }
}

impl From<PartnerId> for Payee {
    fn from(partner: PartnerId) -> Self {
        Self::Partner(partner)
    }
}

impl From<PersonId> for Payee {
    fn from(person: PersonId) -> Self {
        Self::Person(person)
    }
}

impl fmt::Display for Payee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Partner(partner) => partner.fmt(f),
            Self::Person(person) => write!(f, "{PERSON}{person}"),
        }
    }
}

impl FromStr for Payee {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        match text.strip_prefix(PERSON) {
            Some(person) => person.parse().map(Self::Person),
            None => text.parse().map(Self::Partner),
        }
    }
}

impl TryFrom<String> for Payee {
    type Error = IdError;

    fn try_from(text: String) -> Result<Self, IdError> {
        text.parse()
    }
}

impl From<Payee> for String {
    fn from(payee: Payee) -> Self {
        payee.to_string()
    }
}
