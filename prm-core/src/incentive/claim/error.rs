//! Why a command on a claim is refused.

use chrono::NaiveDate;

use super::debit::DebitError;
use super::form::EvidenceKey;
use super::protect::ProtectionError;
use crate::actor::VendorRole;
use crate::calendar::CalendarError;
use crate::currency::Currency;
use crate::fx::FxError;
use crate::id::{Name, PartnerId};
use crate::money::{Money, MoneyError};
use crate::period::{Period, PeriodError};
use crate::scaled::{NumberError, Scaled};
use crate::zone::ZoneError;

/// What is wrong with a claim's form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClaimFormError {
    /// The program in force has another name.
    #[error("the claim is for program `{given}`, not for `{expected}`")]
    OtherProgram {
        /// The program in force.
        expected: String,
        /// The one in the form.
        given: String,
    },
    /// Nothing is known of the partner, or what is claimed for is another's.
    #[error("partner `{partner}` has nothing to claim for here")]
    Partner {
        /// The partner.
        partner: PartnerId,
    },
    /// It is for something else than before.
    #[error("a correction does not turn a claim into one for something else")]
    OtherBasis,
    /// It has no items, or more than anybody looks at.
    #[error("a claim has 1 to {most} items, this has {given}")]
    Items {
        /// How many there are.
        given: usize,
        /// How many there may be.
        most: usize,
    },
    /// A text is empty, too long, or holds control characters.
    #[error("item {item}: issuer and number of an invoice have 1 to {max} bytes and no control characters")]
    Invoice {
        /// The item, counted from 1.
        item: u32,
        /// The most bytes.
        max: usize,
    },
    /// An amount is not above zero, or the tax in it is negative, more than all of it, or in another currency.
    #[error("item {item}: {amount} is no amount that was spent, or its tax is not within it")]
    Amount {
        /// The item, counted from 1.
        item: u32,
        /// The amount.
        amount: Money,
    },
    /// A date lies in the future.
    #[error("item {item}: {dated} lies behind the day on which it is claimed")]
    Future {
        /// The item, counted from 1.
        item: u32,
        /// The date.
        dated: NaiveDate,
    },
    /// Something that must be shown is not.
    #[error("proof of kind `{kind}` is missing")]
    NoProof {
        /// What is missing.
        kind: Name,
    },
    /// What does not count is no part of an item.
    #[error("item {item}: {part} is no part of it")]
    NoPart {
        /// The item, counted from 1.
        item: u32,
        /// What was not to count; all of it if the item is not there.
        part: Scaled,
    },
}

/// Why nothing can be claimed for what is claimed for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BasisError {
    /// The program takes no such claims.
    #[error("the program takes no claims of kind `{kind}`")]
    NoPolicy {
        /// The kind.
        kind: &'static str,
    },
    /// It is not there: no request, SPIFF, authorisation or price change of that name.
    #[error("there is no {what} `{given}`")]
    NotFound {
        /// What is missing.
        what: &'static str,
        /// What the form has.
        given: String,
    },
    /// The request was not granted, or is over.
    #[error("nothing is granted: the request is {stage}")]
    NotGranted {
        /// Its stage.
        stage: &'static str,
    },
    /// The grant has expired.
    #[error("the grant could be claimed before {until}")]
    Expired {
        /// The day after the last.
        until: NaiveDate,
    },
    /// Money that is paid in advance cannot be used yet.
    #[error("the grant can be used from {from} on")]
    NotActive {
        /// The first day.
        from: NaiveDate,
    },
    /// The request has as many claims as it can have.
    #[error("a request has at most {most} claims")]
    TooMany {
        /// How many.
        most: u32,
    },
    /// The activity was not carried out on the days for which it was granted.
    #[error("carried out on {performed}, and granted for {window}")]
    OutsideWindow {
        /// The days on which it was.
        performed: Period,
        /// The days for which it was granted.
        window: Period,
    },
    /// The activity is not over.
    #[error("the activity ends on {ends}, and is claimed after it")]
    NotOver {
        /// Its last day.
        ends: NaiveDate,
    },
    /// It is claimed too late.
    #[error("item {item} of {dated} could be claimed until {last}")]
    TooLate {
        /// The item, counted from 1.
        item: u32,
        /// The date from which the time counts.
        dated: NaiveDate,
        /// The last day.
        last: NaiveDate,
    },
    /// The currency is another, and the program does not say how to convert it.
    #[error("item {item} is in {given}, and the program does not say how it is converted")]
    NoExchange {
        /// The item, counted from 1.
        item: u32,
        /// The item's currency.
        given: Currency,
    },
    /// The table of exchange rates was not given.
    #[error("the table of exchange rates `{table}` was not given")]
    NoTable {
        /// The table.
        table: Name,
    },
    /// There is no exchange rate.
    #[error(transparent)]
    Exchange(#[from] FxError),
    /// Ship and debit.
    #[error(transparent)]
    Debit(#[from] DebitError),
    /// Price protection.
    #[error(transparent)]
    Protection(#[from] ProtectionError),
}

/// Why a command on a claim is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClaimError {
    /// The form is wrong.
    #[error(transparent)]
    Form(#[from] ClaimFormError),
    /// Nothing can be claimed for it.
    #[error(transparent)]
    Basis(#[from] BasisError),
    /// Something that is shown was used before, in this claim or in another one, whoever's that is.
    #[error("`{evidence}` was used already")]
    EvidenceUsed {
        /// What.
        evidence: EvidenceKey,
    },
    /// The command does not go with the stage.
    #[error("a claim that is {stage} cannot be {command}")]
    Stage {
        /// The stage.
        stage: &'static str,
        /// What was to be done.
        command: &'static str,
    },
    /// The time in which it could be corrected is over.
    #[error("it could be corrected before {until}")]
    CorrectionOver {
        /// Until when.
        until: chrono::DateTime<chrono::Utc>,
    },
    /// Somebody else has to approve next.
    #[error("the next to approve is `{expected}`")]
    NotApprover {
        /// What the next approver is.
        expected: VendorRole,
    },
    /// One person may not do two steps.
    #[error("a claim is approved by others than those who made it, looked at it or approved it before")]
    SamePerson,
    /// It brings nothing, so there is nothing to approve.
    #[error("the claim brings nothing")]
    Nothing,
    /// An amount does not fit, or amounts are of several currencies.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// A day beyond the calendar.
    #[error(transparent)]
    Calendar(#[from] CalendarError),
    /// An instant beyond the calendar.
    #[error(transparent)]
    Zone(#[from] ZoneError),
}

impl From<NumberError> for ClaimError {
    fn from(error: NumberError) -> Self {
        Self::Money(error.into())
    }
}

impl From<PeriodError> for ClaimError {
    fn from(error: PeriodError) -> Self {
        Self::Calendar(error.into())
    }
}

impl From<DebitError> for ClaimError {
    fn from(error: DebitError) -> Self {
        Self::Basis(error.into())
    }
}

impl From<ProtectionError> for ClaimError {
    fn from(error: ProtectionError) -> Self {
        Self::Basis(error.into())
    }
}
