//! What happened to a claim, and what follows from it. Events are stored; never renamed.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::answer::ClaimAnswer;
use super::command::Disallowed;
use super::form::{ClaimForm, EvidenceKey};
use crate::actor::Actor;
use crate::id::{AuthorisationId, DocumentId, Name, PartnerId, PaymentId, PersonId, RequestId};
use crate::incentive::mdf::{Movement, MovementKind, Pot};
use crate::money::Money;
use crate::program::ProgramRef;
use crate::scaled::Scaled;

/// What happened to a claim.
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

/// A claim that is handed in, with what follows from that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct HandedIn {
    /// What it comes to as it stands.
    pub answer: ClaimAnswer,
    /// What it shows, and holds from now on.
    pub evidence: BTreeSet<EvidenceKey>,
    /// The request that is to be told, the first time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opens: Option<RequestId>,
    /// Until when an answer is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer_due_at: Option<DateTime<Utc>>,
}

/// What an approval gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Award {
    /// The document that decided.
    pub program: ProgramRef,
    /// What the claim comes to.
    pub answer: ClaimAnswer,
    /// What it uses up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uses: Option<Uses>,
    /// What is owed for it; nothing where it was paid in advance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payout: Option<Payout>,
}

/// What a claim uses up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Uses {
    /// Money that was granted.
    Grant {
        /// For which request.
        request: RequestId,
        /// Where it is reserved.
        pot: Pot,
        /// The spending that counts.
        spent: Money,
        /// What is paid for it.
        paid: Money,
    },
    /// Units of an authorisation.
    Authorisation {
        /// Which.
        authorisation: AuthorisationId,
        /// How many.
        quantity: Scaled,
        /// From which lots they were taken, where those are used.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        lots: Vec<Taken>,
    },
}

/// Units that were taken from a lot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// The lot.
    pub lot: DocumentId,
    /// How many.
    pub quantity: Scaled,
}

/// What is owed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record), uniffi(name = "ClaimPayout"))]
#[non_exhaustive]
pub struct Payout {
    /// To which partner.
    pub partner: PartnerId,
    /// To which of its people, if not to itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub person: Option<PersonId>,
    /// How much.
    pub amount: Money,
}

/// The kinds of events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are those of the command, and what was computed from it")]
pub enum Happened {
    /// It was begun.
    Drafted { form: ClaimForm },
    /// It was changed.
    Edited { form: ClaimForm },
    /// It was handed in.
    Submitted(Box<HandedIn>),
    /// What it shows was looked at.
    Validated {
        disallowed: Vec<Disallowed>,
        answer: Box<ClaimAnswer>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// One of several approvers approved it.
    StepApproved {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        answer_due_at: Option<DateTime<Utc>>,
    },
    /// The last approver approved it.
    Approved {
        award: Box<Award>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// It was sent back.
    Rejected {
        code: Name,
        until: DateTime<Utc>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// It was refused for good.
    Declined {
        code: Name,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        request: Option<RequestId>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// It was taken back.
    Withdrawn {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        request: Option<RequestId>,
    },
    /// It was paid.
    Paid { payment: PaymentId },
    /// It was not corrected in time: what it held is free again.
    CorrectionOver {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        request: Option<RequestId>,
    },
    /// The time for an answer is over.
    AnswerOverdue,
}

impl Happened {
    pub(super) fn note_mut(&mut self) -> Option<&mut Option<String>> {
        match self {
            Self::Validated { note, .. }
            | Self::StepApproved { note, .. }
            | Self::Approved { note, .. }
            | Self::Rejected { note, .. }
            | Self::Declined { note, .. } => Some(note),
            _ => None,
        }
    }
}

/// What a store has to do when something happened to a claim, in the same transaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Consequence {
    /// From now on the claim holds this evidence and no other: what is held cannot be used by another claim of any partner.
    Holds {
        /// What it holds; nothing if it holds nothing any more.
        evidence: BTreeSet<EvidenceKey>,
    },
    /// The request is told of the claim: `OpenClaim`.
    OpensClaim {
        /// Which.
        request: RequestId,
    },
    /// The request is told that the claim was approved: `SettleClaim`.
    SettlesClaim {
        /// Which.
        request: RequestId,
        /// The spending that counts.
        spent: Money,
        /// What is paid for it.
        paid: Money,
    },
    /// The request is told that nothing comes of the claim: `DropClaim`.
    DropsClaim {
        /// Which.
        request: RequestId,
    },
    /// Money of a fund moves.
    Moves {
        /// How.
        movement: Movement,
    },
    /// Units of an authorisation are used up. Fewer than that may not be left.
    Draws {
        /// Which.
        authorisation: AuthorisationId,
        /// How many.
        quantity: Scaled,
        /// From which lots they are taken.
        lots: Vec<Taken>,
    },
    /// Something is owed: the ledger's `earn`.
    Owes {
        /// What, and to whom.
        payout: Payout,
    },
}

/// What follows from an event, in order.
#[must_use]
pub fn consequences(event: &Event) -> Vec<Consequence> {
    let nothing_held = || Consequence::Holds { evidence: BTreeSet::new() };
    match &event.what {
        Happened::Submitted(handed_in) => {
            let holds = Consequence::Holds { evidence: handed_in.evidence.clone() };
            let opens = handed_in.opens.clone().map(|request| Consequence::OpensClaim { request });
            std::iter::once(holds).chain(opens).collect()
        }
        Happened::Approved { award, .. } => {
            let mut all = Vec::new();
            match award.uses.clone() {
                Some(Uses::Grant { request, pot, spent, paid }) => {
                    let spends = Movement::of(MovementKind::Spend, &pot, paid);
                    all.extend(spends.map(|movement| Consequence::Moves { movement }));
                    all.push(Consequence::SettlesClaim { request, spent, paid });
                }
                Some(Uses::Authorisation { authorisation, quantity, lots }) => {
                    all.push(Consequence::Draws { authorisation, quantity, lots });
                }
                None => {}
            }
            all.extend(award.payout.clone().map(|payout| Consequence::Owes { payout }));
            all
        }
        Happened::Declined { request, .. } | Happened::Withdrawn { request } | Happened::CorrectionOver { request } => {
            let drops = request.clone().map(|request| Consequence::DropsClaim { request });
            std::iter::once(nothing_held()).chain(drops).collect()
        }
        _ => Vec::new(),
    }
}
