//! The end customer: whether two records are of one account, and why.
//!
//! Deals of different partners on one account are found by this. It owns what an account is known by, how records are
//! compared and how they are found among many. It does not own what follows from a match: that is for the rules of
//! conflict, and a person.
//!
//! ```text
//! AccountFacts ─ checked ─▶ Account ─ read ─▶ Profile ─┬─▶ keys ─▶ candidates ─┐
//!                                                      └─▶ features ─▶ score ──┴─▶ verdict, evidence
//! ```
//!
//! 1. **Read** ([`word`]): Unicode NFKC, lower case, other scripts in Latin letters; cut into words; each word has a class
//!    (core, legal form, small word), a *sense* (translations and abbreviations of one word share it) and a weight (how
//!    rare it is). A *light form* evens out spellings of one sound: `Koenigsbraeu` and `Königsbräu` are equal in it.
//! 2. **Keys** ([`keys`]): hashes of the rarest words, of pairs of them, of all words in one, initials, consonants, halves of
//!    the rarest word, domain, phone, tax id. Records that share none are never compared. A key depends on its record alone.
//! 3. **Align**: which words of one name stand for which of another: one sense, a few letters off, the same consonants, an
//!    abbreviation, several words in one, an acronym.
//! 4. **Features** ([`Feature`]): whole numbers of what agrees and what does not, in names and fields. Both orders of two
//!    records give the same ones.
//! 5. **Score** ([`score`](mod@score)): each feature's value has points in a table; their sum is the log-odds that the records
//!    are one account, in thousandths. Of several names the best pair counts; each alias has its own keys.
//! 6. **Verdict** ([`Thresholds`]): same, probable or different, by two thresholds that rise with the number of accounts.
//!    Parent links are told beside it ([`Relation`]) and never make two accounts the same.
//!
//! [`Index`] does all of it in memory. A store keeps `(key, account)` rows of [`keys::record_keys`], looks
//! [`keys::QueryKeys::all`] up, passes over keys with more than [`keys::BLOCK_MAX`] accounts, drops what
//! [`keys::QueryKeys::brings`] does not confirm, and has the same candidates.
//!
//! **The tables** are part of the crate: how rare words are, and the points of features (both made by
//! `scripts/account_weights.py` from development data), readings of other scripts (`scripts/account_translit.py`), and words
//! of one sense (by hand). The first two hold hashes and numbers, no names. They change only with
//! [`keys::KEY_VERSION`] where keys depend on them.
//!
//! **What it cannot do**: names without common words, letters or initials (translated trade names, former names) need a
//! domain, a tax id or an alias. Chinese characters are read as in Mandarin, also in Japanese names.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_small_enough_for_a_phone() {
        let bytes = word::WordTable::shipped().len() + fold::TRANSLIT_BYTES + weights::WEIGHTS.len() * 80;
        assert!(bytes <= 150_000, "{bytes}");
        assert_eq!(weights::WEIGHTS.len(), FEATURES);
        for line in weights::WEIGHTS {
            assert!(line.is_sorted_by(|(a, _), (b, _)| a < b), "{line:?}");
        }
    }
}
