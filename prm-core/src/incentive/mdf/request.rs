//! Requests for money of a fund: asked for before an activity, reserved when approved, claimed after it.
//!
//! ```text
//!                    ┌─────── edit, submit ───────┐
//!                    ▼                            │
//!  draft ─submit─▶ submitted ──── reject ────▶ rejected
//!    │               │  │  └──── decline ────▶ declined
//!    │ cancel        │  │ approve (the last approver)
//!    ▼               │  ▼
//!  cancelled ◀───────┘ approved ── close ──▶ closed     (what is left is released)
//!      ▲                │   │
//!      └──── cancel ────┘   └─ expired: by its date
//! ```
//!
//! A request that is **rejected** can be corrected and handed in again; one that is **declined** cannot. An approval reserves
//! what it grants at once. A grant **expires** when its time for claims is over, by its date; what is reserved for it then goes
//! back, or lapses, as the fund says, as soon as no claim waits for a decision.
//!
//! Claims have a life of their own (`claim`); a request is told of each when it is handed in
//! ([`Command::OpenClaim`]) and when it is decided ([`Command::SettleClaim`], [`Command::DropClaim`]), in the same transaction.

mod check;
mod command;
mod decide;
mod error;
mod event;
mod form;
mod life;

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

pub use command::Command;
pub use error::{RequestError, RequestFormError};
pub use event::{Event, Happened, Unused, consequences};
pub use form::Form;

use super::facts::FundPartner;
use super::policy::Unclaimed;
use super::pot::Pot;
use super::reimburse::SoFar;
use crate::actor::Actor;
use crate::id::{ClaimId, Name};
use crate::money::Money;
use crate::program::{Program, ProgramRef};
use crate::rate::Rate;

/// A request for money of a fund.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[non_exhaustive]
pub struct MdfRequest {
    /// What is asked for.
    pub form: Form,
    /// Where in its life it is.
    pub stage: Stage,
    /// By whom it was begun.
    pub drafted_by: Actor,
    /// By whom it was last handed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub submitted_by: Option<Actor>,
    /// Until when an answer is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub answer_due_at: Option<DateTime<Utc>>,
    /// Who approved it so far, in order, since it was last handed in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub approved_by: Vec<Actor>,
    /// What those approved, where it is less than what is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub lowered_to: Option<Money>,
    /// What was granted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub grant: Option<Grant>,
    /// The claims for it, and what became of each.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub claims: BTreeMap<ClaimId, ClaimState>,
    /// What the vendor notes for itself; partners never see it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub notes: Vec<Note>,
    /// When it last changed.
    pub changed_at: DateTime<Utc>,
    /// Up to when the passing of time was noted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub noted_until: Option<DateTime<Utc>>,
    /// Whether what it does not use was released.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub released: bool,
}

/// Where in its life a request is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum), uniffi(name = "RequestStage"))]
#[serde(tag = "name", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Stage {
    /// Being filled in; it counts to nobody.
    Draft,
    /// Waits for an answer.
    Submitted,
    /// Money is reserved for it.
    Approved,
    /// Can be corrected and handed in again.
    Rejected {
        /// Why, as the vendor calls it.
        code: Name,
    },
    /// Was refused for good.
    Declined {
        /// Why, as the vendor calls it.
        code: Name,
    },
    /// Is no longer wanted.
    Cancelled,
    /// Is over: what it did not use was released.
    Closed,
}

impl Stage {
    /// The word for it.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Submitted => "submitted",
            Self::Approved => "approved",
            Self::Rejected { .. } => "rejected",
            Self::Declined { .. } => "declined",
            Self::Cancelled => "cancelled",
            Self::Closed => "closed",
        }
    }
}

/// What was granted for a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record), uniffi(name = "RequestGrant"))]
#[non_exhaustive]
pub struct Grant {
    /// The document that decided.
    pub program: ProgramRef,
    /// The pot that it is reserved in.
    pub pot: Pot,
    /// How much.
    pub amount: Money,
    /// The share of what is spent that is paid.
    pub share: Rate,
    /// The most that is paid for this kind of activity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub cap: Option<Money>,
    /// What becomes of what is not claimed.
    pub unclaimed: Unclaimed,
    /// Where the vendor pays in advance: the first day on which the money can be used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub active_on: Option<NaiveDate>,
    /// The day after the last on which it can be claimed, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub claim_until: Option<NaiveDate>,
    /// When that day begins in the program's time zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub expires_at: Option<DateTime<Utc>>,
}

/// What became of a claim for a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
#[serde(tag = "name", rename_all = "snake_case")]
#[non_exhaustive]
pub enum ClaimState {
    /// It waits for a decision.
    Open,
    /// It was approved.
    Settled {
        /// The spending that counts.
        spent: Money,
        /// What is paid for it.
        paid: Money,
    },
}

/// Something that the vendor notes for itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct Note {
    /// What.
    pub text: String,
    /// Who.
    pub by: Actor,
    /// When.
    pub at: DateTime<Utc>,
}

/// What only the host knows.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Given {
    /// The program in force.
    pub program: Arc<Program>,
    /// The partner that asks.
    pub partner: FundPartner,
}

impl Given {
    /// A partner, under a program.
    #[must_use]
    pub const fn new(program: Arc<Program>, partner: FundPartner) -> Self {
        Self { program, partner }
    }
}

/// What was found in the same transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Found {
    /// What is available in the [pot](MdfRequest::pot) of the request, after the deadlines of all that is reserved in it were
    /// noted; `None` counts as nothing.
    pub available: Option<Money>,
}

impl Found {
    /// What is available in the pot of the request.
    #[must_use]
    pub const fn available(available: Money) -> Self {
        Self { available: Some(available) }
    }
}

impl MdfRequest {
    /// The pot that pays for it: that of its grant, or the one of which it asks.
    ///
    /// # Errors
    /// [`RequestError`] if the program has no such fund, or beyond the calendar.
    pub fn pot(&self, program: &Program) -> Result<Pot, RequestError> {
        match &self.grant {
            Some(grant) => Ok(grant.pot.clone()),
            None => self.form.pot(program),
        }
    }

    /// Whether its time for claims is over at an instant.
    #[must_use]
    pub fn is_expired(&self, at: DateTime<Utc>) -> bool {
        let over = self.grant.as_ref().and_then(|grant| grant.expires_at).is_some_and(|expires| expires <= at);
        self.stage == Stage::Approved && over
    }

    /// Whether the time for an answer is over at an instant.
    #[must_use]
    pub fn is_overdue(&self, at: DateTime<Utc>) -> bool {
        self.stage == Stage::Submitted && self.answer_due_at.is_some_and(|due| due <= at)
    }

    /// What its claims came to so far; `None` without a grant.
    #[must_use]
    pub fn so_far(&self) -> Option<SoFar> {
        let nothing = Money::zero(self.grant.as_ref()?.amount.currency());
        let mut so_far = SoFar { spent: nothing, paid: nothing };
        for state in self.claims.values() {
            if let ClaimState::Settled { spent, paid } = state {
                (so_far.spent, so_far.paid) = (so_far.spent.plus(*spent).ok()?, so_far.paid.plus(*paid).ok()?);
            }
        }
        Some(so_far)
    }

    /// How many of its claims wait for a decision.
    #[must_use]
    pub fn open_claims(&self) -> usize {
        self.claims.values().filter(|state| **state == ClaimState::Open).count()
    }

    /// What is reserved for it at an instant: its grant less what was paid, until it is released or expires.
    #[must_use]
    pub fn reserved(&self, at: DateTime<Utc>) -> Option<Money> {
        let (grant, so_far) = (self.grant.as_ref()?, self.so_far()?);
        if self.released || (self.is_expired(at) && self.open_claims() == 0) {
            return Some(Money::zero(grant.amount.currency()));
        }
        grant.amount.minus(so_far.paid).ok()
    }
}
