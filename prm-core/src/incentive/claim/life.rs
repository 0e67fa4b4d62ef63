//! A claim as a lifecycle: what events make of it, who may do what to it, what time does, who sees what.

use chrono::{DateTime, Utc};

use super::command::Command;
use super::error::ClaimError;
use super::event::{Event, Happened};
use super::facts::{Found, Given};
use super::form::ClaimForm;
use super::{Claim, Stage, decide};
use crate::actor::{Actor, PartnerRole, VendorRole};
use crate::incentive::mdf::request::Note;
use crate::lifecycle::{Access, Context, Intent, Lifecycle};

impl Lifecycle for Claim {
    const KIND: &'static str = "claim";
    const FORMAT: u32 = 1;
    type Open = ClaimForm;
    type Command = Command;
    type Event = Event;
    type Given = Given;
    type Found = Found;
    type Error = ClaimError;

    fn open(form: &ClaimForm, context: &Context<'_, Self>) -> Result<Event, ClaimError> {
        decide::open(form, context)
    }

    fn born(event: &Event) -> Option<Self> {
        let Happened::Drafted { form } = &event.what else { return None };
        Some(Self {
            form: form.clone(),
            stage: Stage::Draft,
            drafted_by: event.by.clone(),
            submitted_by: None,
            submitted_at: None,
            answer_due_at: None,
            validated_by: Vec::new(),
            disallowed: Vec::new(),
            approved_by: Vec::new(),
            answer: None,
            payout: None,
            notes: Vec::new(),
            changed_at: event.at,
            noted_until: None,
        })
    }

    fn decide(&self, command: &Command, context: &Context<'_, Self>) -> Result<Vec<Event>, ClaimError> {
        decide::decide(self, command, context)
    }

    fn evolve(mut self, event: &Event) -> Self {
        let mut what = event.what.clone();
        if let Happened::CorrectionOver { .. } | Happened::AnswerOverdue = what {
            // Nobody changed it: what time ends is over by its date.
            self.noted_until = Some(event.at);
            return self;
        }
        self.changed_at = event.at;
        let note = what.note_mut().and_then(Option::take);
        self.notes.extend(note.map(|text| Note { text, by: event.by.clone(), at: event.at }));
        match what {
            // An opening comes first and only once; were it repeated, it would change nothing.
            Happened::Drafted { .. } | Happened::CorrectionOver { .. } | Happened::AnswerOverdue => {}
            Happened::Edited { form } => self.form = form,
            Happened::Submitted(handed_in) => {
                self.stage = Stage::Submitted;
                self.submitted_by = Some(event.by.clone());
                self.submitted_at = self.submitted_at.or(Some(event.at));
                self.answer_due_at = handed_in.answer_due_at;
                self.answer = Some(handed_in.answer);
                (self.validated_by, self.disallowed, self.approved_by) = (Vec::new(), Vec::new(), Vec::new());
            }
            Happened::Validated { disallowed, answer, .. } => {
                self.stage = Stage::Validated;
                self.validated_by.push(event.by.clone());
                (self.disallowed, self.answer, self.approved_by) = (disallowed, Some(*answer), Vec::new());
            }
            Happened::StepApproved { answer_due_at, .. } => {
                self.approved_by.push(event.by.clone());
                self.answer_due_at = answer_due_at;
            }
            Happened::Approved { award, .. } => {
                self.approved_by.push(event.by.clone());
                self.stage = Stage::Approved;
                (self.answer, self.payout) = (Some(award.answer), award.payout);
            }
            Happened::Rejected { code, until, .. } => self.stage = Stage::Rejected { code, until },
            Happened::Declined { code, .. } => self.stage = Stage::Declined { code },
            Happened::Withdrawn { .. } => self.stage = Stage::Withdrawn,
            Happened::Paid { payment } => self.stage = Stage::Paid { payment },
        }
        self
    }

    /// People of the partner but technicians fill in, hand in and take back, all there read; administrators, channel managers,
    /// marketing and finance of the vendor too, and look at it and refuse it; approvers approve, finance pays, its others read.
    /// To other partners it does not exist.
    fn may(record: Option<&Self>, actor: &Actor, intent: Intent<'_, Self>) -> Access {
        use VendorRole::{Administrator, ChannelManager, Finance, Marketing};
        if let Actor::Partner { partner, role, .. } = actor {
            let own = match (record, intent) {
                (Some(record), _) => record.form.partner == *partner,
                (None, Intent::Open(form)) => form.partner == *partner,
                (None, _) => false,
            };
            let acts = *role != PartnerRole::Technician;
            // What is another's is not claimed by editing the form either.
            let stays = match intent {
                Intent::Command(Command::Edit { form }) => form.partner == *partner,
                _ => true,
            };
            return match (own, intent) {
                (false, Intent::Open(_)) => Access::Denied,
                (false, _) => Access::Hidden,
                (true, Intent::Read) => Access::Allowed,
                (true, Intent::Open(_)) if acts => Access::Allowed,
                (true, Intent::Command(command)) if acts && stays && command.is_a_partners() => Access::Allowed,
                _ => Access::Denied,
            };
        }
        match (actor, intent) {
            (Actor::Host, Intent::Command(Command::Approve { .. })) => Access::Denied,
            (Actor::Vendor { role, .. }, Intent::Command(Command::Pay { .. })) if *role != Finance => Access::Denied,
            (Actor::Host, _)
            | (Actor::Vendor { .. }, Intent::Read)
            | (Actor::Vendor { role: Administrator | ChannelManager | Finance | Marketing, .. }, _) => Access::Allowed,
            _ => Access::Denied,
        }
    }

    fn stage(&self) -> &'static str {
        self.stage.word()
    }

    fn changed_at(&self) -> DateTime<Utc> {
        self.changed_at
    }

    fn next_deadline(&self) -> Option<DateTime<Utc>> {
        let deadline = match &self.stage {
            Stage::Submitted | Stage::Validated => self.answer_due_at,
            Stage::Rejected { until, .. } => Some(*until),
            _ => None,
        };
        deadline.filter(|at| self.noted_until.is_none_or(|noted| *at > noted))
    }

    fn lapse(&self, deadline: DateTime<Utc>) -> Vec<Event> {
        let what = match self.stage {
            Stage::Rejected { .. } => Happened::CorrectionOver { request: self.opened() },
            _ => Happened::AnswerOverdue,
        };
        vec![Event { what, at: deadline, by: Actor::Deadline }]
    }

    /// For a partner, without what the vendor notes for itself.
    fn seen_by(mut self, actor: &Actor) -> Self {
        if let Actor::Partner { .. } = actor {
            self.notes.clear();
        }
        self
    }

    /// For a partner, without what the vendor notes for itself.
    fn history_seen_by(mut events: Vec<Event>, actor: &Actor) -> Vec<Event> {
        if let Actor::Partner { .. } = actor {
            events.iter_mut().filter_map(|event| event.what.note_mut()).for_each(|note| *note = None);
        }
        events
    }
}
