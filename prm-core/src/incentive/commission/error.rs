//! Why it cannot be said what a commission comes to.

use crate::id::{AccountId, DocumentId, PartnerId};
use crate::money::MoneyError;
use crate::period::PeriodError;
use crate::scaled::NumberError;

/// Why a row of facts cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FactError {
    /// The document comes to nothing, so no part of it can be paid.
    #[error("payment {row}: `of` is not above zero for document `{document}`")]
    NothingToPay {
        /// The document.
        document: DocumentId,
        /// The place among the payments, counted from 1.
        row: usize,
    },
    /// Neither a customer nor a code was touched.
    #[error("touch {row}, of partner `{partner}`, has neither `account` nor `code`")]
    NobodyTouched {
        /// The partner.
        partner: PartnerId,
        /// The place among the touches, counted from 1.
        row: usize,
    },
    /// A record ends before it begins.
    #[error("record {row}, of account `{account}`: `until` does not lie after `from`")]
    EndsBefore {
        /// The customer.
        account: AccountId,
        /// The place among the records, counted from 1.
        row: usize,
    },
    /// A customer has two partners of record on one day.
    #[error("records {other} and {row}: account `{account}` has two partners of record on one day")]
    TwoRecords {
        /// The customer.
        account: AccountId,
        /// The place of the record that begins later, counted from 1.
        row: usize,
        /// The place of the other.
        other: usize,
    },
}

/// Why it cannot be said what a commission comes to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CommissionError {
    /// The program has no commission of this name.
    #[error("the program has no commission `{name}`")]
    Unknown {
        /// The name.
        name: String,
    },
    /// A sale is credited to a partner that was not given.
    #[error("partner `{partner}` is not among those given")]
    UnknownPartner {
        /// The partner.
        partner: PartnerId,
    },
    /// The lines do not come with what each of them adds.
    #[error("the lines were not folded by a fold that traces")]
    NotTraced,
    /// It depends on tiers, and the tiers that partners were in were not given.
    #[error("the commission depends on tiers, and the tiers that partners were in were not given")]
    NeedsTiers,
    /// Its rates name product sets, and the products were not given.
    #[error("the rates name product sets, and the products were not given")]
    NeedsProducts,
    /// A document was paid of which nobody says what it came to: its lines have no net amounts, its payments no `of`.
    #[error("document `{document}` was paid, and what it came to is not known")]
    UnknownTotal {
        /// The document.
        document: DocumentId,
    },
    /// A row of facts cannot be used.
    #[error(transparent)]
    Fact(#[from] FactError),
    /// An amount does not fit.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// A number does not fit.
    #[error(transparent)]
    Number(#[from] NumberError),
    /// A day lies beyond the calendar.
    #[error(transparent)]
    Day(#[from] PeriodError),
}
