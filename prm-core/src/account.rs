//! The end customer: whether two records are of one account, and why.
mod align;
mod compare;
mod domain;
mod edit;
mod facts;
mod fold;
pub mod index;
pub mod keys;
mod lexicon;
mod profile;
pub mod score;
mod weights;
pub mod word;

pub use align::How;
pub use compare::{FEATURES, Feature, Values};
pub use facts::{Account, AccountFacts, FIELD_BYTES_MAX, Field, NAME_BYTES_MAX, NAMES_MAX, Relation};
pub use index::{Index, Match, Search};
pub use profile::Profile;
pub use score::{Assessment, Evidence, Thresholds, Verdict, assess};

/// Why facts are not those of an account.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AccountError {
    /// A name without anything but spaces.
    #[error("{field} must not be empty")]
    Empty {
        /// The field.
        field: Field,
    },
    /// A text that is too long.
    #[error("{field} has at most {max} bytes, this has {bytes}")]
    TooLong {
        /// The field.
        field: Field,
        /// Its length.
        bytes: usize,
        /// The most that it may have.
        max: usize,
    },
    /// A control character.
    #[error("{field} must not hold control characters; U+{code:04X} at position {position} is one")]
    Control {
        /// The field.
        field: Field,
        /// The character.
        code: u32,
        /// Where it stands, counted from 1.
        position: usize,
    },
    /// More names than [`NAMES_MAX`].
    #[error("an account has at most 32 names, this has {given}")]
    TooManyNames {
        /// How many there are.
        given: usize,
    },
    /// Not a domain or web address.
    #[error("{field} must be a domain such as `example.com`, not `{given}`")]
    Domain {
        /// The field.
        field: Field,
        /// The beginning of what was given.
        given: String,
    },
    /// Not two letters.
    #[error("country must be two letters (ISO 3166-1), not `{given}`")]
    Country {
        /// The beginning of what was given.
        given: String,
    },
    /// Not nine digits.
    #[error("duns must be nine digits, not `{given}`")]
    Duns {
        /// The beginning of what was given.
        given: String,
    },
}
