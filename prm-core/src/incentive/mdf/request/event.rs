//! What happened to a request. Stored; never renamed.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Grant;
use super::form::Form;
use crate::actor::Actor;
use crate::id::{ClaimId, Name};
use crate::incentive::mdf::policy::Unclaimed;
use crate::incentive::mdf::pot::{Movement, MovementKind, Pot};
use crate::money::Money;

/// What happened to a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Event {
    /// What.
    #[serde(flatten)]
    pub what: Happened,
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub by: Actor,
}

/// What a request does not use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unused {
    /// Where it was reserved.
    pub pot: Pot,
    /// How much.
    pub amount: Money,
    /// What becomes of it.
    pub becomes: Unclaimed,
}

/// The kinds of events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are those of the command, and what was computed from it")]
pub enum Happened {
    /// It was begun.
    Drafted { form: Form },
    /// It was changed.
    Edited { form: Form },
    /// It was handed in.
    Submitted {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        answer_due_at: Option<DateTime<Utc>>,
    },
    /// One of several approvers approved it.
    StepApproved {
        amount: Money,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        answer_due_at: Option<DateTime<Utc>>,
    },
    /// The last approver approved it.
    Approved {
        grant: Box<Grant>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// It was sent back.
    Rejected {
        code: Name,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// It was refused for good.
    Declined {
        code: Name,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// It was given up.
    Cancelled {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unused: Option<Unused>,
    },
    /// It was ended.
    Closed {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unused: Option<Unused>,
    },
    /// A claim for it was handed in.
    ClaimOpened { claim: ClaimId },
    /// A claim for it was approved. If it was the last one after the grant's end, the rest is released.
    ClaimSettled {
        claim: ClaimId,
        spent: Money,
        paid: Money,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unused: Option<Unused>,
    },
    /// A claim for it was refused or taken back.
    ClaimDropped {
        claim: ClaimId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unused: Option<Unused>,
    },
    /// Its time for claims is over. While a claim waits for a decision nothing is released.
    Expired {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unused: Option<Unused>,
    },
    /// The time for an answer is over.
    AnswerOverdue,
}

impl Happened {
    /// What is not used any more, if that follows from it.
    pub(super) const fn unused(&self) -> Option<&Unused> {
        match self {
            Self::Cancelled { unused }
            | Self::Closed { unused }
            | Self::ClaimSettled { unused, .. }
            | Self::ClaimDropped { unused, .. }
            | Self::Expired { unused } => unused.as_ref(),
            _ => None,
        }
    }

    /// What the vendor notes for itself with it.
    pub(super) fn note_mut(&mut self) -> Option<&mut Option<String>> {
        match self {
            Self::StepApproved { note, .. }
            | Self::Approved { note, .. }
            | Self::Rejected { note, .. }
            | Self::Declined { note, .. } => Some(note),
            _ => None,
        }
    }
}

/// What an event moves, in order. A claim's own spending is moved by the claim's event.
///
/// What lapses is first released, so that each movement is one between two accounts.
#[must_use]
pub fn consequences(event: &Event) -> Vec<Movement> {
    if let Happened::Approved { grant, .. } = &event.what {
        return Movement::of(MovementKind::Grant, &grant.pot, grant.amount).into_iter().collect();
    }
    let Some(Unused { pot, amount, becomes }) = event.what.unused() else { return Vec::new() };
    let lapses = (*becomes == Unclaimed::Lapses).then_some(MovementKind::Lapse);
    let kinds = std::iter::once(MovementKind::Release).chain(lapses);
    kinds.filter_map(|kind| Movement::of(kind, pot, *amount)).collect()
}
