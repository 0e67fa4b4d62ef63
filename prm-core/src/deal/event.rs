//! What happened to a registration. Stored; never renamed.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::command::{AppealDecision, CloseOutcome};
use super::conflict::Assessment;
use super::form::{Form, FormField};
use super::protection::{Protection, ReleasedBy, Terms};
use super::registration::{Choice, Judged, Receipt, SpecialPrice};
use crate::actor::Actor;
use crate::id::{Name, PartnerId};
use crate::money::Money;

/// What happened to a registration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record), uniffi(name = "DealEvent"))]
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

/// The lines that an approval is of, and what it gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct Approval {
    /// The line, counted from 1.
    pub line: u32,
    /// What it gives.
    pub terms: Terms,
    /// The protection from then on.
    pub protection: Protection,
}

/// The protection of a line. Serialised as a pair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[serde(from = "(u32, Protection)", into = "(u32, Protection)")]
pub struct LineProtection {
    /// The line, counted from 1.
    pub line: u32,
    /// Its protection.
    pub protection: Protection,
}

impl From<(u32, Protection)> for LineProtection {
    fn from((line, protection): (u32, Protection)) -> Self {
        Self { line, protection }
    }
}

impl From<LineProtection> for (u32, Protection) {
    fn from(of: LineProtection) -> Self {
        (of.line, of.protection)
    }
}

/// The terms of a line. Serialised as a pair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[serde(from = "(u32, Terms)", into = "(u32, Terms)")]
pub struct LineTerms {
    /// The line, counted from 1.
    pub line: u32,
    /// Its terms.
    pub terms: Terms,
}

impl From<(u32, Terms)> for LineTerms {
    fn from((line, terms): (u32, Terms)) -> Self {
        Self { line, terms }
    }
}

impl From<LineTerms> for (u32, Terms) {
    fn from(of: LineTerms) -> Self {
        (of.line, of.terms)
    }
}

/// A registration that is handed in, with what follows from that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[non_exhaustive]
pub struct HandedIn {
    /// Its place in the order of receipts.
    pub receipt: Receipt,
    /// What it is assessed with.
    pub judged: Judged,
    /// What the rules say.
    pub assessment: Assessment,
    /// Until when the first decision should be made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review_due_at: Option<DateTime<Utc>>,
    /// The protections that begin with it, by line.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub protections: Vec<LineProtection>,
}

/// What passed by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum), uniffi(name = "DealLapsed"))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Lapsed {
    /// The time in which a partner had to do something: the place is lost.
    Action,
    /// The time in which a decision should have been made.
    Review,
    /// The time in which an appeal should have been decided.
    Appeal,
    /// A protection.
    Protection,
}

/// The kinds of events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum), uniffi(name = "DealHappened"))]
#[serde(tag = "name", rename_all = "snake_case")]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are those of the command, and what was computed from it")]
pub enum Happened {
    /// It was begun.
    Drafted { form: Form },
    /// The draft was changed.
    Edited { form: Form },
    /// It was handed in, and assessed.
    Submitted(Box<HandedIn>),
    /// Somebody began to look at it.
    ReviewBegun,
    /// It was sent back.
    ActionRequired { fields: BTreeSet<FormField>, until: DateTime<Utc> },
    /// It was handed in again, and assessed.
    Resubmitted {
        form: Box<Form>,
        #[serde(flatten)]
        handed_in: Box<HandedIn>,
    },
    /// One of several approvers approved lines.
    StepApproved {
        lines: BTreeSet<u32>,
        assessment: Assessment,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        review_due_at: Option<DateTime<Utc>>,
    },
    /// Lines were approved, by the last approver or by the program.
    Approved { approvals: Vec<Approval>, assessment: Assessment },
    /// Lines were rejected by a person.
    Rejected { lines: BTreeSet<u32>, code: Name },
    /// It was assessed again.
    Reassessed { assessment: Assessment },
    /// It was taken back.
    Withdrawn,
    /// The partner told how the deal goes on.
    Updated {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        values: Option<Vec<Option<Money>>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        close_date: Option<NaiveDate>,
        /// Until when the protection holds without another update.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        idle_at: Option<DateTime<Utc>>,
    },
    /// Protections were extended.
    Extended { protections: Vec<LineProtection>, assessment: Assessment },
    /// Protections were given up, or taken back.
    Released { lines: BTreeSet<u32>, released_by: ReleasedBy },
    /// It was handed over.
    Transferred {
        to: PartnerId,
        judged: Box<Judged>,
        assessment: Assessment,
        protections: Vec<LineProtection>,
        /// What the approvals give the new partner.
        terms: Vec<LineTerms>,
    },
    /// A rejection was objected to.
    Appealed {
        lines: BTreeSet<u32>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        due_at: Option<DateTime<Utc>>,
        assessment: Assessment,
    },
    /// An appeal was decided.
    AppealDecided {
        decision: AppealDecision,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        review_due_at: Option<DateTime<Utc>>,
    },
    /// The vendor accepted the customer's choice.
    ChoiceAccepted { choice: Choice },
    /// Lines ended.
    Closed { lines: BTreeSet<u32>, outcome: CloseOutcome },
    /// A special price was asked for.
    SpecialPriceAsked { price: SpecialPrice },
    /// A special price was granted.
    SpecialPriceGranted { price: SpecialPrice, valid_until: NaiveDate },
    /// A special price was not granted.
    SpecialPriceRefused { code: Name },
    /// A time was over.
    Lapsed { of: Lapsed },
}

impl Event {
    /// Whether it can change the place or the chances of other registrations.
    #[must_use]
    pub const fn affects_others(&self) -> bool {
        matches!(
            self.what,
            Happened::Approved { .. }
                | Happened::Rejected { .. }
                | Happened::Reassessed { .. }
                | Happened::Withdrawn
                | Happened::Resubmitted { .. }
                | Happened::Released { .. }
                | Happened::Transferred { .. }
                | Happened::AppealDecided { .. }
                | Happened::ChoiceAccepted { .. }
                | Happened::Closed { .. }
                | Happened::Lapsed { of: Lapsed::Action | Lapsed::Protection }
        )
    }

    /// Whether it takes a place in line, or takes it again.
    #[must_use]
    pub const fn takes_a_place(&self) -> bool {
        matches!(
            self.what,
            Happened::Submitted(_)
                | Happened::Resubmitted { .. }
                | Happened::AppealDecided { .. }
                | Happened::Transferred { .. }
        )
    }

    /// The same as a partner may see it; `None` if it may not.
    pub(super) fn seen_by(mut self, actor: &Actor) -> Option<Self> {
        match &mut self.what {
            Happened::Submitted(handed_in) | Happened::Resubmitted { handed_in, .. } => {
                handed_in.assessment = handed_in.assessment.clone().redacted();
            }
            Happened::StepApproved { assessment, .. }
            | Happened::Approved { assessment, .. }
            | Happened::Reassessed { assessment }
            | Happened::Extended { assessment, .. }
            | Happened::Transferred { assessment, .. }
            | Happened::Appealed { assessment, .. } => *assessment = assessment.clone().redacted(),
            Happened::Closed { outcome, .. } => outcome.redact(),
            // For another than its own, only the end of the protection is its affair.
            Happened::ChoiceAccepted { choice } => {
                let own = matches!(actor, Actor::Partner { partner, .. } if *partner == choice.partner);
                return own.then_some(self);
            }
            _ => {}
        }
        Some(self)
    }
}
