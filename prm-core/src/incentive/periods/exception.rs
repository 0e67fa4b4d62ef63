//! Exceptions: a closed period that is reopened, or lowered by other rules, with a reason and by two persons.
//!
//! ```text
//!              Approve
//!   open ──▶ requested ──▶ approved
//!               │ │
//!        Reject │ │ Withdraw
//!               ▼ ▼
//!        rejected  withdrawn
//! ```

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::actor::{Actor, VendorRole};
use crate::id::Name;
use crate::lifecycle::{Access, Context, Intent, Lifecycle};

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// The program's name.
    pub program: String,
    /// The period's label.
    pub period: String,
    /// What shall be done to it.
    pub what: What,
    /// Why.
    pub reason: String,
}

/// What an exception does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
#[non_exhaustive]
pub enum What {
    /// Reopens the period: it is provisional again.
    Reopen {
        /// The day from which on it is closed again.
        until: NaiveDate,
    },
    /// Lets another version of the program lower what was settled for an incentive.
    Lower {
        /// The incentive.
        incentive: Name,
    },
}

/// The record of an exception.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PeriodException {
    /// What is asked for.
    pub ask: Ask,
    /// Who asked.
    pub asked_by: Actor,
    /// Where in its life it is.
    pub stage: Stage,
    /// When it last changed.
    pub changed_at: DateTime<Utc>,
}

/// Where in its life an exception is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Stage {
    /// Waits for a second person.
    Requested,
    /// Holds.
    Approved {
        /// By whom.
        by: Actor,
    },
    /// Was not granted.
    Rejected {
        /// Why.
        reason: String,
    },
    /// Is no longer wanted.
    Withdrawn,
}

/// What can be done to an exception.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Command {
    /// Grants it.
    Approve,
    /// Refuses it.
    Reject {
        /// Why.
        reason: String,
    },
    /// Takes the request back.
    Withdraw,
}

/// What happened to an exception. Stored; never renamed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// It was asked for.
    Requested {
        /// What.
        ask: Ask,
        /// When.
        at: DateTime<Utc>,
        /// Who.
        by: Actor,
    },
    /// It was granted.
    Approved {
        /// When.
        at: DateTime<Utc>,
        /// Who.
        by: Actor,
    },
    /// It was refused.
    Rejected {
        /// Why.
        reason: String,
        /// When.
        at: DateTime<Utc>,
        /// Who.
        by: Actor,
    },
    /// It was taken back.
    Withdrawn {
        /// When.
        at: DateTime<Utc>,
        /// Who.
        by: Actor,
    },
}

/// Why a command on an exception is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExceptionError {
    /// A reason is needed.
    #[error("a reason is needed")]
    NoReason,
    /// The command does not go with the stage.
    #[error("an exception that is {stage} cannot be {command}")]
    Stage {
        /// The stage.
        stage: &'static str,
        /// What was to be done.
        command: &'static str,
    },
    /// Whoever asked may not approve, and nobody may without being a person.
    #[error("an exception is approved by another person than the one who asked for it")]
    SamePerson,
}

impl Lifecycle for PeriodException {
    const KIND: &'static str = "period_exception";
    const FORMAT: u32 = 1;
    type Open = Ask;
    type Command = Command;
    type Event = Event;
    type Given = ();
    type Found = ();
    type Error = ExceptionError;

    fn open(open: &Ask, context: &Context<'_, Self>) -> Result<Event, ExceptionError> {
        if open.reason.trim().is_empty() {
            return Err(ExceptionError::NoReason);
        }
        Ok(Event::Requested { ask: open.clone(), at: context.at, by: context.by.clone() })
    }

    fn born(event: &Event) -> Option<Self> {
        let Event::Requested { ask, at, by } = event else { return None };
        Some(Self { ask: ask.clone(), asked_by: by.clone(), stage: Stage::Requested, changed_at: *at })
    }

    fn decide(&self, command: &Command, context: &Context<'_, Self>) -> Result<Vec<Event>, ExceptionError> {
        let (at, by) = (context.at, context.by.clone());
        let refused = |command| Err(ExceptionError::Stage { stage: self.stage(), command });
        let event = match (&self.stage, command) {
            (Stage::Requested, Command::Approve) => {
                if !context.by.is_another_person(&self.asked_by) {
                    return Err(ExceptionError::SamePerson);
                }
                Event::Approved { at, by }
            }
            (Stage::Requested, Command::Reject { reason }) if reason.trim().is_empty() => {
                return Err(ExceptionError::NoReason);
            }
            (Stage::Requested, Command::Reject { reason }) => Event::Rejected { reason: reason.clone(), at, by },
            (Stage::Requested, Command::Withdraw) => Event::Withdrawn { at, by },
            (_, Command::Approve) => return refused("approved"),
            (_, Command::Reject { .. }) => return refused("rejected"),
            (_, Command::Withdraw) => return refused("withdrawn"),
        };
        Ok(vec![event])
    }

    fn evolve(self, event: &Event) -> Self {
        match event.clone() {
            // An opening comes first and only once; were it repeated, it would change nothing.
            Event::Requested { .. } => self,
            Event::Approved { at, by } => Self { stage: Stage::Approved { by }, changed_at: at, ..self },
            Event::Rejected { reason, at, .. } => Self { stage: Stage::Rejected { reason }, changed_at: at, ..self },
            Event::Withdrawn { at, .. } => Self { stage: Stage::Withdrawn, changed_at: at, ..self },
        }
    }

    /// Administrators and finance ask and decide, auditors read.
    fn may(_record: Option<&Self>, actor: &Actor, intent: Intent<'_, Self>) -> Access {
        use VendorRole::{Administrator, Auditor, Finance};
        match (actor, intent) {
            (Actor::Partner { .. }, _) => Access::Hidden,
            (Actor::Host | Actor::Vendor { role: Administrator | Finance | Auditor, .. }, Intent::Read)
            | (Actor::Vendor { role: Administrator | Finance, .. }, Intent::Open(_) | Intent::Command(_)) => {
                Access::Allowed
            }
            _ => Access::Denied,
        }
    }

    fn stage(&self) -> &'static str {
        match self.stage {
            Stage::Requested => "requested",
            Stage::Approved { .. } => "approved",
            Stage::Rejected { .. } => "rejected",
            Stage::Withdrawn => "withdrawn",
        }
    }

    fn changed_at(&self) -> DateTime<Utc> {
        self.changed_at
    }
}
