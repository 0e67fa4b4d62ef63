//! Claims: that something was spent, sold or held for which the vendor pays. One life for all kinds of them.
//!
//! ```text
//!           ┌──────── edit, submit (in time) ───────┐
//!           ▼                                       │
//!  draft ─submit─▶ submitted ─validate─▶ validated ─┴─ reject ─▶ rejected ─ not corrected: by its date, nothing is held
//!    │               │   │                 │  │                     │
//!    │ withdraw      │   └──── decline ────┼──┼───▶ declined        │ withdraw
//!    ▼               ▼                     ▼  │ approve             ▼
//!  withdrawn ◀───────┴─────────────────────┘  └──▶ approved ─pay─▶ paid
//! ```
//!
//! A claim is for [one thing](Basis): money of a fund that was granted ([`mdf`](super::mdf)), sales that a SPIFF pays, sales below
//! book price ([`mod@debit`]), stock that lost value ([`protect`]). Somebody **validates** it: looks at what is shown, and says what
//! of it does not count. Others **approve** what is left. What it comes to is [computed](ClaimAnswer) each time, with reasons.
//!
//! What a claim shows ([`EvidenceKey`]) it **holds** from when it is handed in until nothing comes of it: an invoice, a file or
//! a sale is used once, by any partner. One that is sent back goes on holding it for as long as it can be corrected.
//!
//! Spending beyond what was granted is cut, not refused. What cannot be claimed at all, since nothing was granted, its time
//! is over or it was claimed before, is a typed refusal, and nothing changes. [`consequences`] says what a store has to do.

mod answer;
mod assess;
pub mod book;
mod command;
pub mod debit;
mod decide;
mod error;
mod event;
mod facts;
mod form;
mod life;
pub mod policy;
pub mod protect;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub use answer::{ClaimAnswer, ClaimReason, Cut, ItemAnswer};
pub use command::{Command, Disallowed};
pub use error::{BasisError, ClaimError, ClaimFormError};
pub use event::{Award, Consequence, Event, HandedIn, Happened, Payout, Taken, Uses, consequences};
pub use facts::{Found, FoundOf, FoundPrice, Given, SpiffBrings};
pub use form::{Basis, ClaimForm, EvidenceKey, Expense, Invoice, Proof, ProtectedItem};

use super::mdf::request::Note;
use crate::actor::Actor;
use crate::id::{Name, PaymentId};

/// A claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Claim {
    /// What is claimed.
    pub form: ClaimForm,
    /// Where in its life it is.
    pub stage: Stage,
    /// By whom it was begun.
    pub drafted_by: Actor,
    /// By whom it was last handed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub submitted_by: Option<Actor>,
    /// When it was first handed in: what it was in time by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub submitted_at: Option<DateTime<Utc>>,
    /// Until when an answer is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer_due_at: Option<DateTime<Utc>>,
    /// Who looked at what it shows, since it was last handed in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub validated_by: Vec<Actor>,
    /// What of it does not count.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub disallowed: Vec<Disallowed>,
    /// Who approved it so far, in order, since it was last looked at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approved_by: Vec<Actor>,
    /// What it comes to, as it was last computed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<ClaimAnswer>,
    /// What is owed for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payout: Option<Payout>,
    /// What the vendor notes for itself; partners never see it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
    /// When it last changed.
    pub changed_at: DateTime<Utc>,
    /// Up to when the passing of time was noted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noted_until: Option<DateTime<Utc>>,
}

/// Where in its life a claim is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Stage {
    /// Being filled in; it counts to nobody, and holds nothing.
    Draft,
    /// Waits for somebody to look at what it shows.
    Submitted,
    /// Waits for its next approver.
    Validated,
    /// It is owed, in whole or in part.
    Approved,
    /// Can be corrected and handed in again.
    Rejected {
        /// Why, as the vendor calls it.
        code: Name,
        /// Until when.
        until: DateTime<Utc>,
    },
    /// Was refused for good.
    Declined {
        /// Why, as the vendor calls it.
        code: Name,
    },
    /// Was taken back.
    Withdrawn,
    /// Was paid.
    Paid {
        /// With which payment.
        payment: PaymentId,
    },
}

impl Stage {
    /// The word for it.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Submitted => "submitted",
            Self::Validated => "validated",
            Self::Approved => "approved",
            Self::Rejected { .. } => "rejected",
            Self::Declined { .. } => "declined",
            Self::Withdrawn => "withdrawn",
            Self::Paid { .. } => "paid",
        }
    }
}

impl Claim {
    /// Whether it was approved, and brings less than was claimed.
    #[must_use]
    pub fn is_approved_in_part(&self) -> bool {
        let decided = matches!(self.stage, Stage::Approved | Stage::Paid { .. });
        decided && self.answer.as_ref().is_some_and(ClaimAnswer::is_in_part)
    }

    /// Whether it holds what it shows at an instant, so that no other claim can use it.
    #[must_use]
    pub fn holds_evidence(&self, at: DateTime<Utc>) -> bool {
        match &self.stage {
            Stage::Submitted | Stage::Validated | Stage::Approved | Stage::Paid { .. } => true,
            Stage::Rejected { until, .. } => at < *until,
            Stage::Draft | Stage::Declined { .. } | Stage::Withdrawn => false,
        }
    }

    /// Whether the time for an answer is over at an instant.
    #[must_use]
    pub fn is_overdue(&self, at: DateTime<Utc>) -> bool {
        let waits = matches!(self.stage, Stage::Submitted | Stage::Validated);
        waits && self.answer_due_at.is_some_and(|due| due <= at)
    }
}
