//! What can be done to a request.

use serde::{Deserialize, Serialize};

use super::form::Form;
use crate::id::{ClaimId, Name};
use crate::money::Money;

/// What can be done to a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Command {
    /// Changes a draft, or corrects what was rejected.
    Edit {
        /// The whole form, as it is to be.
        form: Form,
    },
    /// Hands it in, for the first time or again.
    Submit,
    /// Approves it, as the next approver.
    Approve {
        /// How much is granted, if less than what is asked for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        amount: Option<Money>,
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
    /// Gives it up. What was granted goes back, unless something of it was claimed.
    Cancel,
    /// Ends it: what is left of the grant is released.
    Close,
    /// Tells that a claim for it was handed in. The host's, with the claim.
    OpenClaim {
        /// Which.
        claim: ClaimId,
    },
    /// Tells that a claim for it was approved. The host's, with the claim.
    SettleClaim {
        /// Which.
        claim: ClaimId,
        /// The spending that counts.
        spent: Money,
        /// What is paid for it.
        paid: Money,
    },
    /// Tells that a claim for it was refused or taken back. The host's, with the claim.
    DropClaim {
        /// Which.
        claim: ClaimId,
    },
}

impl Command {
    /// What is to be done to a request, as refusals say it.
    #[must_use]
    pub const fn participle(&self) -> &'static str {
        match self {
            Self::Edit { .. } => "edited",
            Self::Submit => "submitted",
            Self::Approve { .. } => "approved",
            Self::Reject { .. } => "rejected",
            Self::Decline { .. } => "declined",
            Self::Cancel => "cancelled",
            Self::Close => "closed",
            Self::OpenClaim { .. } => "claimed",
            Self::SettleClaim { .. } => "settled",
            Self::DropClaim { .. } => "released from a claim",
        }
    }

    /// Whether a partner may give it.
    #[must_use]
    pub const fn is_a_partners(&self) -> bool {
        matches!(self, Self::Edit { .. } | Self::Submit | Self::Cancel | Self::Close)
    }

    /// Whether it follows from what happened to a claim.
    #[must_use]
    pub const fn follows_a_claim(&self) -> bool {
        matches!(self, Self::OpenClaim { .. } | Self::SettleClaim { .. } | Self::DropClaim { .. })
    }
}
