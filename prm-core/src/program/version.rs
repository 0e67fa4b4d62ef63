//! The life of a program version: drafted, activated by a second person, retired.
//!
//! ```text
//!            Revise
//!            ┌───┐
//!            │   ▼       Activate              Retire
//!   open ──▶ draft ─────────────────▶ active ─────────▶ retired
//!              │                                          ▲
//!              └──────────────────────────────────────────┘
//!                                Retire
//! ```
//!
//! The days that an active version governs come to an end by themselves; that is noted, and changes no stage: sales of
//! those days may still come.
//!
//! The document of an active version never changes: whoever was paid by it can be shown it. Who drafted or last
//! revised it may not activate it. Two active versions of one program never govern the same day.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::finding::Findings;
use super::{Effective, Program, ProgramRef};
use crate::actor::{Actor, VendorRole};
use crate::lifecycle::{Access, Context, Intent, Lifecycle};

/// A version of a program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ProgramVersion {
    /// Which document decides.
    pub program: ProgramRef,
    /// The days it governs once active.
    pub effective: Effective,
    /// The document itself.
    pub text: String,
    /// Who wrote it as it stands.
    pub written_by: Actor,
    /// Where in its life it is.
    pub stage: Stage,
    /// When it last changed.
    pub changed_at: DateTime<Utc>,
    /// When the last day that it governs is over, in the program's time zone; `None` if it governs without end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<DateTime<Utc>>,
    /// Whether that was noted while it was active.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ended: bool,
}

/// Where in its life a version is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Stage {
    /// Being written; nobody is paid by it.
    Draft,
    /// In force for the days it governs.
    Active {
        /// Since when.
        since: DateTime<Utc>,
        /// Who activated it.
        by: Actor,
    },
    /// No longer used for new calculations; old ones still refer to it.
    Retired {
        /// Since when.
        since: DateTime<Utc>,
        /// Why.
        reason: String,
    },
}

/// A document for a new version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// The document.
    pub text: String,
}

/// What can be done to a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Command {
    /// Replaces the document of a draft.
    Revise {
        /// The document.
        text: String,
    },
    /// Puts the version in force.
    Activate,
    /// Takes it out of use.
    Retire {
        /// Why.
        reason: String,
    },
}

/// What happened to a version. Stored; never renamed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// It was drafted.
    Drafted {
        /// Which document.
        program: ProgramRef,
        /// The days it governs.
        effective: Effective,
        /// The document.
        text: String,
        /// When the last day that it governs is over.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ends_at: Option<DateTime<Utc>>,
        /// When.
        at: DateTime<Utc>,
        /// Who.
        by: Actor,
    },
    /// Its document was replaced.
    Revised {
        /// Which document.
        program: ProgramRef,
        /// The days it governs.
        effective: Effective,
        /// The document.
        text: String,
        /// When the last day that it governs is over.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ends_at: Option<DateTime<Utc>>,
        /// When.
        at: DateTime<Utc>,
        /// Who.
        by: Actor,
    },
    /// It came into force.
    Activated {
        /// When.
        at: DateTime<Utc>,
        /// Who.
        by: Actor,
    },
    /// The last day that it governs is over.
    Ended {
        /// When.
        at: DateTime<Utc>,
    },
    /// It went out of use.
    Retired {
        /// When.
        at: DateTime<Utc>,
        /// Who.
        by: Actor,
        /// Why.
        reason: String,
    },
}

/// Other versions of the same program that are active.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Found {
    /// Each with the days it governs.
    pub active: Vec<(ProgramRef, Effective)>,
}

/// Why a command on a version is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VersionError {
    /// The document has errors.
    #[error("the document cannot be used: {0}")]
    Document(Findings),
    /// A revision must stay a version of the same program.
    #[error("the document is of program `{given}`, this is a version of `{program}`")]
    OtherProgram {
        /// The program of the version.
        program: String,
        /// The program of the document.
        given: String,
    },
    /// The command does not go with the stage.
    #[error("a version that is {stage} cannot be {command}")]
    Stage {
        /// The stage.
        stage: &'static str,
        /// What was to be done.
        command: &'static str,
    },
    /// Whoever wrote the document may not put it in force, and nobody may without being a person.
    #[error("a version is activated by another person than the one who wrote it")]
    SamePerson,
    /// Another active version governs some of the same days.
    #[error("version {} of the program already governs days from {from}", other.version)]
    Overlap {
        /// The other version.
        other: ProgramRef,
        /// The first day that both would govern.
        from: NaiveDate,
    },
    /// Retiring needs a reason.
    #[error("a reason is needed")]
    NoReason,
}

impl ProgramVersion {
    fn check_document(text: &str, of: Option<&str>) -> Result<Program, VersionError> {
        let program = Program::read(text).map_err(VersionError::Document)?;
        let given = &program.identity().name;
        match of.filter(|name| name != given) {
            Some(name) => Err(VersionError::OtherProgram { program: name.to_owned(), given: given.clone() }),
            None => Ok(program),
        }
    }

    fn check_activation(&self, context: &Context<'_, Self>) -> Result<(), VersionError> {
        if !context.by.is_another_person(&self.written_by) {
            return Err(VersionError::SamePerson);
        }
        let shared = |(other, effective): &(ProgramRef, Effective)| {
            let begins = self.effective.from.max(effective.from);
            (self.effective.contains(begins) && effective.contains(begins)).then(|| (other.clone(), begins))
        };
        match context.found.active.iter().find_map(shared) {
            Some((other, from)) => Err(VersionError::Overlap { other, from }),
            None => Ok(()),
        }
    }
}

impl Lifecycle for ProgramVersion {
    const KIND: &'static str = "program_version";
    const FORMAT: u32 = 1;
    type Open = Draft;
    type Command = Command;
    type Event = Event;
    type Given = ();
    type Found = Found;
    type Error = VersionError;

    fn open(open: &Draft, context: &Context<'_, Self>) -> Result<Event, VersionError> {
        let program = Self::check_document(&open.text, None)?;
        let (text, at, by) = (open.text.clone(), context.at, context.by.clone());
        let (effective, ends_at) = (program.effective(), ends_at(&program));
        Ok(Event::Drafted { effective, program: program.identity, text, ends_at, at, by })
    }

    fn born(event: &Event) -> Option<Self> {
        let Event::Drafted { program, effective, text, ends_at, at, by } = event else { return None };
        Some(Self {
            program: program.clone(),
            effective: *effective,
            text: text.clone(),
            written_by: by.clone(),
            stage: Stage::Draft,
            changed_at: *at,
            ends_at: *ends_at,
            ended: false,
        })
    }

    fn decide(&self, command: &Command, context: &Context<'_, Self>) -> Result<Vec<Event>, VersionError> {
        let (at, by) = (context.at, context.by.clone());
        let refused = |command| Err(VersionError::Stage { stage: self.stage(), command });
        let event = match (&self.stage, command) {
            (Stage::Draft, Command::Revise { text }) => {
                let program = Self::check_document(text, Some(&self.program.name))?;
                let (effective, ends_at) = (program.effective(), ends_at(&program));
                Event::Revised { effective, program: program.identity, text: text.clone(), ends_at, at, by }
            }
            (Stage::Draft, Command::Activate) => {
                self.check_activation(context)?;
                Event::Activated { at, by }
            }
            (Stage::Draft | Stage::Active { .. }, Command::Retire { reason }) if reason.trim().is_empty() => {
                return Err(VersionError::NoReason);
            }
            (Stage::Draft | Stage::Active { .. }, Command::Retire { reason }) => {
                Event::Retired { at, by, reason: reason.clone() }
            }
            (Stage::Active { .. } | Stage::Retired { .. }, Command::Revise { .. }) => return refused("revised"),
            (Stage::Active { .. } | Stage::Retired { .. }, Command::Activate) => return refused("activated"),
            (Stage::Retired { .. }, Command::Retire { .. }) => return refused("retired"),
        };
        Ok(vec![event])
    }

    fn evolve(self, event: &Event) -> Self {
        match event.clone() {
            // An opening comes first and only once; were it repeated, it would change nothing.
            Event::Drafted { .. } => self,
            Event::Revised { program, effective, text, ends_at, at, by } => {
                Self { program, effective, text, ends_at, written_by: by, changed_at: at, ..self }
            }
            // Nobody changed it: what may be done to it, and dated when, stays as it was.
            Event::Ended { .. } => Self { ended: true, ..self },
            Event::Activated { at, by } => Self { stage: Stage::Active { since: at, by }, changed_at: at, ..self },
            Event::Retired { at, reason, .. } => {
                Self { stage: Stage::Retired { since: at, reason }, changed_at: at, ..self }
            }
        }
    }

    /// Programs are the vendor's: administrators write and activate them, finance too puts them in force, every
    /// vendor role reads them. To a partner they do not exist: they may name other partners.
    fn may(_record: Option<&Self>, actor: &Actor, intent: Intent<'_, Self>) -> Access {
        match (actor, intent) {
            (Actor::Partner { .. }, _) => Access::Hidden,
            (Actor::Host | Actor::Vendor { .. }, Intent::Read) => Access::Allowed,
            (Actor::Vendor { role: VendorRole::Administrator, .. }, _) => Access::Allowed,
            (Actor::Vendor { role: VendorRole::Finance, .. }, Intent::Command(Command::Activate)) => Access::Allowed,
            (Actor::Host, Intent::Open(_)) => Access::Allowed,
            _ => Access::Denied,
        }
    }

    fn stage(&self) -> &'static str {
        match self.stage {
            Stage::Draft => "draft",
            Stage::Active { .. } => "active",
            Stage::Retired { .. } => "retired",
        }
    }

    fn changed_at(&self) -> DateTime<Utc> {
        self.changed_at
    }

    fn next_deadline(&self) -> Option<DateTime<Utc>> {
        self.ends_at.filter(|_| matches!(self.stage, Stage::Active { .. }) && !self.ended)
    }

    fn lapse(&self, deadline: DateTime<Utc>) -> Vec<Event> {
        vec![Event::Ended { at: deadline }]
    }
}

/// When the last day that a document governs is over, in its time zone.
fn ends_at(program: &Program) -> Option<DateTime<Utc>> {
    program.effective().until.and_then(|until| program.zone().start_of_day(until).ok())
}
