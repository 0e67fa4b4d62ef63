//! What can be done to a claim.

use serde::{Deserialize, Serialize};

use super::form::ClaimForm;
use crate::id::{Name, PaymentId};
use crate::scaled::Scaled;

/// What can be done to a claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Command {
    /// Changes a draft, or corrects what was rejected.
    Edit {
        /// The whole form, as it is to be.
        form: ClaimForm,
    },
    /// Hands it in, for the first time or again.
    Submit,
    /// Says that what is shown was looked at, and what of it does not count.
    Validate {
        /// What does not count; all that was said before is replaced.
        #[serde(default)]
        disallowed: Vec<Disallowed>,
        /// What the vendor notes for itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// Approves what counts, as the next approver.
    Approve {
        /// What the vendor notes for itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// Sends it back: it can be corrected and handed in again.
    Reject {
        /// Why, as the vendor calls it.
        code: Name,
        /// What the vendor notes for itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// Refuses it for good.
    Decline {
        /// Why, as the vendor calls it.
        code: Name,
        /// What the vendor notes for itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// Takes it back.
    Withdraw,
    /// Tells that it was paid.
    Pay {
        /// With which payment, which may pay several.
        payment: PaymentId,
    },
}

/// What of an item does not count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Disallowed {
    /// The item, counted from 1.
    pub item: u32,
    /// How much of it: money in the invoice's currency, or units; `None` for all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<Scaled>,
    /// Why, as the vendor calls it.
    pub code: Name,
}

impl Disallowed {
    /// A whole item.
    #[must_use]
    pub const fn all(item: u32, code: Name) -> Self {
        Self { item, part: None, code }
    }
}

impl Command {
    /// What is to be done to a claim, as refusals say it.
    #[must_use]
    pub const fn participle(&self) -> &'static str {
        match self {
            Self::Edit { .. } => "edited",
            Self::Submit => "submitted",
            Self::Validate { .. } => "validated",
            Self::Approve { .. } => "approved",
            Self::Reject { .. } => "rejected",
            Self::Decline { .. } => "declined",
            Self::Withdraw => "withdrawn",
            Self::Pay { .. } => "paid",
        }
    }

    /// Whether a partner may give it.
    #[must_use]
    pub const fn is_a_partners(&self) -> bool {
        matches!(self, Self::Edit { .. } | Self::Submit | Self::Withdraw)
    }
}
