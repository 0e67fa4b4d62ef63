//! Overrides: a higher tier that is granted for a time, with a reason, by two persons.
//!
//! ```text
//!              Approve
//!   open ──▶ requested ──▶ approved      (ends with its last day, by itself)
//!               │ │
//!        Reject │ │ Withdraw
//!               ▼ ▼
//!        rejected  withdrawn
//! ```
//!
//! The end of its days is noted, and changes no stage: past days are still answered by it.
//!
//! An override is a floor: while it lasts a partner stands in its tier or in a higher one that it has earned, and
//! afterwards where it would stand without. It never begins before the day on which it is approved, so no day that
//! was answered gets another answer.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::actor::{Actor, VendorRole};
use crate::id::{Name, PartnerId, PersonId};
use crate::lifecycle::{Access, Context, Intent, Lifecycle};
use crate::zone::{Zone, ZoneError};

/// A tier that is granted for a time: what standing uses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record), uniffi(name = "TierOverride"))]
pub struct Override {
    /// To which partner.
    pub partner: PartnerId,
    /// Which tier.
    pub tier: Name,
    /// The first day.
    pub from: NaiveDate,
    /// The day after the last.
    pub until: NaiveDate,
    /// Why.
    pub reason: String,
    /// Who asked for it.
    pub by: PersonId,
    /// Who approved it.
    pub approved_by: PersonId,
}

impl Override {
    /// Whether it holds on a day.
    #[must_use]
    pub fn holds(&self, day: NaiveDate) -> bool {
        self.from <= day && day < self.until
    }
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// Of which program.
    pub program: String,
    /// For which partner.
    pub partner: PartnerId,
    /// Which tier.
    pub tier: Name,
    /// The first day.
    pub from: NaiveDate,
    /// The day after the last.
    pub until: NaiveDate,
    /// Why.
    pub reason: String,
}

/// The record of an override.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OverrideRecord {
    /// What is asked for.
    pub ask: Ask,
    /// Who asked.
    pub asked_by: Actor,
    /// Where in its life it is.
    pub stage: Stage,
    /// When it last changed.
    pub changed_at: DateTime<Utc>,
    /// When the last of its days is over, in the program's time zone, once it is approved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<DateTime<Utc>>,
    /// Whether that was noted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ended: bool,
}

/// Where in its life an override is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Stage {
    /// Waits for a second person.
    Requested,
    /// Holds for its days.
    Approved {
        /// By whom.
        by: Actor,
        /// The first day that it holds: none before the approval.
        from: NaiveDate,
    },
    /// Was not granted.
    Rejected {
        /// Why.
        reason: String,
    },
    /// Is no longer wanted.
    Withdrawn,
}

/// What can be done to an override.
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

/// What happened to an override. Stored; never renamed.
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
        /// The first day that it holds.
        from: NaiveDate,
        /// When the last of its days is over.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ends_at: Option<DateTime<Utc>>,
        /// When.
        at: DateTime<Utc>,
        /// Who.
        by: Actor,
    },
    /// The last of its days is over.
    Ended {
        /// When.
        at: DateTime<Utc>,
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

/// What the host tells: which day it is in the program's time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Given {
    /// The day.
    pub today: NaiveDate,
    /// The time zone: an override ends with the last of its days there.
    pub zone: Zone,
}

impl Given {
    /// The day that it is at an instant in a program's [time zone](crate::program::Program::zone).
    ///
    /// # Errors
    /// [`ZoneError`] if the instant has no date there.
    pub fn at(instant: DateTime<Utc>, zone: Zone) -> Result<Self, ZoneError> {
        Ok(Self { today: zone.local_date(instant)?, zone })
    }
}

/// Why a command on an override is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OverrideError {
    /// No day would be left.
    #[error("an override from {from} until {until} has no day left")]
    NoDays {
        /// The first day.
        from: NaiveDate,
        /// The day after the last.
        until: NaiveDate,
    },
    /// A reason is needed.
    #[error("a reason is needed")]
    NoReason,
    /// The command does not go with the stage.
    #[error("an override that is {stage} cannot be {command}")]
    Stage {
        /// The stage.
        stage: &'static str,
        /// What was to be done.
        command: &'static str,
    },
    /// Whoever asked may not approve, and nobody may without being a person.
    #[error("an override is approved by another person than the one who asked for it")]
    SamePerson,
}

impl OverrideRecord {
    /// What standing uses, if it is approved.
    #[must_use]
    pub fn granted(&self) -> Option<Override> {
        let Stage::Approved { by, from } = &self.stage else { return None };
        let Ask { partner, tier, until, reason, .. } = self.ask.clone();
        let (by, approved_by) = (self.asked_by.person()?.clone(), by.person()?.clone());
        Some(Override { partner, tier, from: *from, until, reason, by, approved_by })
    }

    fn check_approval(&self, context: &Context<'_, Self>) -> Result<NaiveDate, OverrideError> {
        if !context.by.is_another_person(&self.asked_by) {
            return Err(OverrideError::SamePerson);
        }
        let (from, until) = (self.ask.from.max(context.given.today), self.ask.until);
        if from < until { Ok(from) } else { Err(OverrideError::NoDays { from, until }) }
    }
}

impl Lifecycle for OverrideRecord {
    const KIND: &'static str = "tier_override";
    const FORMAT: u32 = 1;
    type Open = Ask;
    type Command = Command;
    type Event = Event;
    type Given = Given;
    type Found = ();
    type Error = OverrideError;

    fn open(open: &Ask, context: &Context<'_, Self>) -> Result<Event, OverrideError> {
        let (from, until) = (open.from.max(context.given.today), open.until);
        if from >= until {
            return Err(OverrideError::NoDays { from, until });
        }
        if open.reason.trim().is_empty() {
            return Err(OverrideError::NoReason);
        }
        Ok(Event::Requested { ask: open.clone(), at: context.at, by: context.by.clone() })
    }

    fn born(event: &Event) -> Option<Self> {
        let Event::Requested { ask, at, by } = event else { return None };
        Some(Self {
            ask: ask.clone(),
            asked_by: by.clone(),
            stage: Stage::Requested,
            changed_at: *at,
            ends_at: None,
            ended: false,
        })
    }

    fn decide(&self, command: &Command, context: &Context<'_, Self>) -> Result<Vec<Event>, OverrideError> {
        let (at, by) = (context.at, context.by.clone());
        let refused = |command| Err(OverrideError::Stage { stage: self.stage(), command });
        let event = match (&self.stage, command) {
            (Stage::Requested, Command::Approve) => {
                let ends_at = context.given.zone.start_of_day(self.ask.until).ok();
                Event::Approved { from: self.check_approval(context)?, ends_at, at, by }
            }
            (Stage::Requested, Command::Reject { reason }) if reason.trim().is_empty() => {
                return Err(OverrideError::NoReason);
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
            Event::Approved { from, ends_at, at, by } => {
                Self { stage: Stage::Approved { by, from }, changed_at: at, ends_at, ..self }
            }
            // Nobody changed it, and the days that it held stay.
            Event::Ended { .. } => Self { ended: true, ..self },
            Event::Rejected { reason, at, .. } => Self { stage: Stage::Rejected { reason }, changed_at: at, ..self },
            Event::Withdrawn { at, .. } => Self { stage: Stage::Withdrawn, changed_at: at, ..self },
        }
    }

    /// Channel managers and administrators ask, administrators and finance decide, every vendor role reads. Partners
    /// see what their standing says, not who asked for it.
    fn may(_record: Option<&Self>, actor: &Actor, intent: Intent<'_, Self>) -> Access {
        use VendorRole::{Administrator, ChannelManager, Finance};
        match (actor, intent) {
            (Actor::Partner { .. }, _) => Access::Hidden,
            (Actor::Host | Actor::Vendor { .. }, Intent::Read) => Access::Allowed,
            (
                Actor::Vendor { role: Administrator | ChannelManager, .. },
                Intent::Open(_) | Intent::Command(Command::Withdraw),
            )
            | (
                Actor::Vendor { role: Administrator | Finance, .. },
                Intent::Command(Command::Approve | Command::Reject { .. }),
            ) => Access::Allowed,
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

    fn next_deadline(&self) -> Option<DateTime<Utc>> {
        self.ends_at.filter(|_| matches!(self.stage, Stage::Approved { .. }) && !self.ended)
    }

    fn lapse(&self, deadline: DateTime<Utc>) -> Vec<Event> {
        vec![Event::Ended { at: deadline }]
    }
}
