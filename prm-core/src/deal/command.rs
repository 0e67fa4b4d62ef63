//! What can be done to a registration.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::form::{Form, FormField};
use super::registration::{Choice, SpecialPrice};
use crate::id::{DocumentId, Name, PartnerId, RegistrationId};
use crate::money::Money;

/// What can be done to a registration. Lines are counted from 1; where none is named, all are meant that it can be done to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum), uniffi(name = "DealCommand"))]
#[serde(tag = "name", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Command {
    /// Changes a draft.
    Edit {
        /// The whole form, as it is to be.
        form: Form,
    },
    /// Hands it in.
    Submit,
    /// Takes it back.
    Withdraw,
    /// Begins to look at it.
    BeginReview,
    /// Sends it back to the partner.
    AskForAction {
        /// The fields that are to be changed.
        fields: BTreeSet<FormField>,
    },
    /// Hands it in again, with changes in the fields that were asked for.
    Resubmit {
        /// The whole form, as it is to be.
        form: Form,
    },
    /// Approves lines, as the next approver of each.
    Approve {
        /// Which.
        lines: BTreeSet<u32>,
    },
    /// Rejects lines.
    Reject {
        /// Which.
        lines: BTreeSet<u32>,
        /// Why, as the vendor calls it.
        code: Name,
    },
    /// Assesses it again, because something changed around it.
    Reassess,
    /// Tells how the deal goes on, which keeps the protection alive.
    Update {
        /// The value of each line, if it changed.
        values: Option<Vec<Option<Money>>>,
        /// When the deal will probably be closed, if that changed.
        close_date: Option<NaiveDate>,
    },
    /// Asks for a longer protection.
    Extend {
        /// Which.
        lines: BTreeSet<u32>,
    },
    /// Gives up, or takes back, the protection.
    Release {
        /// Which.
        lines: BTreeSet<u32>,
    },
    /// Hands it over to another partner.
    Transfer {
        /// To which.
        to: PartnerId,
    },
    /// Objects to a rejection.
    Appeal {
        /// Which.
        lines: BTreeSet<u32>,
    },
    /// Decides an appeal.
    DecideAppeal {
        /// How.
        decision: AppealDecision,
    },
    /// Accepts a letter in which the customer chooses a partner.
    AcceptChoice {
        /// What the customer chose.
        choice: Choice,
    },
    /// Ends lines.
    Close {
        /// Which.
        lines: BTreeSet<u32>,
        /// How.
        outcome: CloseOutcome,
    },
    /// Asks for a special price.
    AskSpecialPrice {
        /// What.
        price: SpecialPrice,
    },
    /// Grants a special price.
    GrantSpecialPrice {
        /// What; it may be another than was asked for.
        price: SpecialPrice,
        /// The day after the last on which it can be used.
        valid_until: NaiveDate,
    },
    /// Does not grant the special price.
    RefuseSpecialPrice {
        /// Why, as the vendor calls it.
        code: Name,
    },
}

/// How an appeal is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
#[serde(rename_all = "snake_case")]
pub enum AppealDecision {
    /// The lines are reviewed again, in their old place.
    Upheld,
    /// They stay rejected.
    Dismissed,
}

/// How a line ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
#[serde(tag = "name", rename_all = "snake_case")]
#[non_exhaustive]
pub enum CloseOutcome {
    /// Sold.
    Won {
        /// The order.
        order: DocumentId,
    },
    /// Sold by somebody else, or not at all.
    Lost,
    /// It goes on as an opportunity in the vendor's CRM.
    Converted {
        /// Its id there.
        opportunity: String,
    },
    /// The same deal as another registration.
    Duplicate {
        /// Which; partners are not told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        of: Option<RegistrationId>,
    },
    /// Nothing happened for too long.
    NoActivity,
    /// The customer gave the project up.
    Cancelled,
}

impl CloseOutcome {
    /// The same as a partner may see it.
    pub(super) fn redact(&mut self) {
        if let Self::Duplicate { of } = self {
            *of = None;
        }
    }
}

impl Command {
    /// What it does, for a sentence: `cannot be …`.
    #[must_use]
    pub const fn participle(&self) -> &'static str {
        match self {
            Self::Edit { .. } => "edited",
            Self::Submit => "submitted",
            Self::Withdraw => "withdrawn",
            Self::BeginReview => "reviewed",
            Self::AskForAction { .. } => "sent back",
            Self::Resubmit { .. } => "resubmitted",
            Self::Approve { .. } => "approved",
            Self::Reject { .. } => "rejected",
            Self::Reassess => "assessed again",
            Self::Update { .. } => "updated",
            Self::Extend { .. } => "extended",
            Self::Release { .. } => "released",
            Self::Transfer { .. } => "transferred",
            Self::Appeal { .. } => "appealed",
            Self::DecideAppeal { .. } => "decided on appeal",
            Self::AcceptChoice { .. } => "subject to a customer's choice",
            Self::Close { .. } => "closed",
            Self::AskSpecialPrice { .. } | Self::GrantSpecialPrice { .. } | Self::RefuseSpecialPrice { .. } => {
                "given a special price"
            }
        }
    }

    /// The form that it brings, if it does.
    #[must_use]
    pub const fn form(&self) -> Option<&Form> {
        match self {
            Self::Edit { form } | Self::Resubmit { form } => Some(form),
            _ => None,
        }
    }

    /// Whether other registrations have to do with it: it is judged beside them, or they by what becomes of it.
    #[must_use]
    pub const fn looks_around(&self) -> bool {
        !matches!(
            self,
            Self::Edit { .. }
                | Self::BeginReview
                | Self::AskForAction { .. }
                | Self::Update { .. }
                | Self::AskSpecialPrice { .. }
                | Self::GrantSpecialPrice { .. }
                | Self::RefuseSpecialPrice { .. }
        )
    }

    /// Whether it is for a partner to do; the rest is the vendor's.
    pub(super) const fn is_a_partners(&self) -> bool {
        match self {
            Self::Edit { .. }
            | Self::Submit
            | Self::Withdraw
            | Self::Resubmit { .. }
            | Self::Update { .. }
            | Self::Extend { .. }
            | Self::Release { .. }
            | Self::Appeal { .. }
            | Self::AskSpecialPrice { .. } => true,
            Self::Close { outcome, .. } => {
                matches!(outcome, CloseOutcome::Won { .. } | CloseOutcome::Lost | CloseOutcome::Cancelled)
            }
            _ => false,
        }
    }
}
