//! Why a command on a request is refused.

use chrono::NaiveDate;

use crate::actor::VendorRole;
use crate::calendar::CalendarError;
use crate::currency::Currency;
use crate::id::{ClaimId, Name, PartnerId};
use crate::incentive::rebate::Reason;
use crate::money::{Money, MoneyError};
use crate::period::Period;
use crate::zone::ZoneError;

/// What is wrong with a request's form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestFormError {
    /// The program in force has another name.
    #[error("the request is for program `{given}`, not for `{expected}`")]
    OtherProgram {
        /// The program in force.
        expected: String,
        /// The one in the form.
        given: String,
    },
    /// Nothing is known of the partner.
    #[error("nothing is told of partner `{partner}`")]
    Partner {
        /// The partner.
        partner: PartnerId,
    },
    /// The fund is not for the partner.
    #[error("the fund is not for this partner: {reason}")]
    NotEligible {
        /// Why.
        reason: Reason,
    },
    /// The fund does not pay for this kind of activity, or has no such class.
    #[error("fund `{fund}` knows no {what} `{given}`")]
    Unknown {
        /// The fund.
        fund: Name,
        /// What is asked for: `activity` or `class`.
        what: &'static str,
        /// What the form has.
        given: String,
    },
    /// A text is too long or holds control characters.
    #[error("the title has at most {max} bytes and no control characters")]
    Title {
        /// The most bytes.
        max: usize,
    },
    /// An amount is in another currency, or not above zero.
    #[error("{given} is no amount above zero in {currency}")]
    Amount {
        /// The amount.
        given: Money,
        /// The fund's currency.
        currency: Currency,
    },
    /// Less is asked for than the least.
    #[error("{asked} is less than the {least} that can be asked for")]
    TooLittle {
        /// What is asked for.
        asked: Money,
        /// The least.
        least: Money,
    },
    /// More is asked for than the fund's share, or the most.
    #[error("{asked} is more than the {most} that can be asked for")]
    TooMuch {
        /// What is asked for.
        asked: Money,
        /// The most.
        most: Money,
    },
    /// It is asked for too late.
    #[error("an activity from {begins} on is asked for by {last}")]
    TooLate {
        /// The first day of the activity.
        begins: NaiveDate,
        /// The last day on which it can be asked for.
        last: NaiveDate,
    },
    /// Nothing could be claimed for it: claims close before it begins.
    #[error("claims close on {closes}, before the activity of {days} can be claimed")]
    Closed {
        /// The day after the last on which something can be claimed.
        closes: NaiveDate,
        /// The days of the activity.
        days: Period,
    },
}

/// Why a command on a request is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// The program has no such fund.
    #[error("the program has no fund `{fund}`")]
    NoFund {
        /// The fund.
        fund: Name,
    },
    /// The form is wrong.
    #[error(transparent)]
    Form(#[from] RequestFormError),
    /// The command does not go with the stage.
    #[error("a request that is {stage} cannot be {command}")]
    Stage {
        /// The stage.
        stage: &'static str,
        /// What was to be done.
        command: &'static str,
    },
    /// Somebody else has to approve next.
    #[error("the next to approve is `{expected}`")]
    NotApprover {
        /// What the next approver is.
        expected: VendorRole,
    },
    /// One person may not do two steps.
    #[error("a request is approved by others than those who made it or approved it before")]
    SamePerson,
    /// There is not enough in the pot.
    #[error("{available} is available, which is not enough for {needed}")]
    NotEnough {
        /// What is available.
        available: Money,
        /// What was to be granted.
        needed: Money,
    },
    /// More, or nothing, was to be granted.
    #[error("{given} cannot be granted: more than nothing can be, up to {most}")]
    Grant {
        /// What was to be granted.
        given: Money,
        /// The most.
        most: Money,
    },
    /// Claims wait for a decision.
    #[error("{open} of its claims wait for a decision")]
    OpenClaims {
        /// How many.
        open: usize,
    },
    /// A claim does not fit: there is one already, or none, or it is too late, or it comes to more than is reserved.
    #[error("claim `{claim}` {why}")]
    Claim {
        /// The claim.
        claim: ClaimId,
        /// What is wrong.
        why: &'static str,
    },
    /// Something was claimed, so it can only be closed.
    #[error("something of it was claimed: it can be closed, not cancelled")]
    Claimed,
    /// An amount does not fit.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// A day beyond the calendar.
    #[error(transparent)]
    Calendar(#[from] CalendarError),
    /// An instant beyond the calendar.
    #[error(transparent)]
    Zone(#[from] ZoneError),
}
