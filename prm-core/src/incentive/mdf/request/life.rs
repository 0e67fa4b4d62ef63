//! A request as a lifecycle: what events make of it, who may do what to it, what time does, who sees what.

use chrono::{DateTime, Utc};

use super::command::Command;
use super::decide;
use super::error::RequestError;
use super::event::{Event, Happened};
use super::form::Form;
use super::{ClaimState, Found, Given, MdfRequest, Note, Stage};
use crate::actor::{Actor, PartnerRole, VendorRole};
use crate::lifecycle::{Access, Context, Intent, Lifecycle};

impl Lifecycle for MdfRequest {
    const KIND: &'static str = "mdf_request";
    const FORMAT: u32 = 1;
    type Open = Form;
    type Command = Command;
    type Event = Event;
    type Given = Given;
    type Found = Found;
    type Error = RequestError;

    fn open(form: &Form, context: &Context<'_, Self>) -> Result<Event, RequestError> {
        decide::open(form, context)
    }

    fn born(event: &Event) -> Option<Self> {
        let Happened::Drafted { form } = &event.what else { return None };
        Some(Self {
            form: form.clone(),
            stage: Stage::Draft,
            drafted_by: event.by.clone(),
            submitted_by: None,
            answer_due_at: None,
            approved_by: Vec::new(),
            lowered_to: None,
            grant: None,
            claims: std::collections::BTreeMap::new(),
            notes: Vec::new(),
            changed_at: event.at,
            noted_until: None,
            released: false,
        })
    }

    fn decide(&self, command: &Command, context: &Context<'_, Self>) -> Result<Vec<Event>, RequestError> {
        decide::decide(self, command, context)
    }

    fn evolve(mut self, event: &Event) -> Self {
        self.released |= event.what.unused().is_some();
        if let Happened::Expired { .. } | Happened::AnswerOverdue = event.what {
            // Nobody changed it: what time ends is over by its date.
            self.noted_until = Some(event.at);
            return self;
        }
        self.changed_at = event.at;
        let mut what = event.what.clone();
        let note = what.note_mut().and_then(Option::take);
        self.notes.extend(note.map(|text| Note { text, by: event.by.clone(), at: event.at }));
        match what {
            // An opening comes first and only once; were it repeated, it would change nothing.
            Happened::Drafted { .. } | Happened::Expired { .. } | Happened::AnswerOverdue => {}
            Happened::Edited { form } => self.form = form,
            Happened::Submitted { answer_due_at } => {
                self.stage = Stage::Submitted;
                self.submitted_by = Some(event.by.clone());
                self.answer_due_at = answer_due_at;
                (self.approved_by, self.lowered_to) = (Vec::new(), None);
            }
            Happened::StepApproved { amount, answer_due_at, .. } => {
                self.approved_by.push(event.by.clone());
                self.lowered_to = Some(amount);
                self.answer_due_at = answer_due_at;
            }
            Happened::Approved { grant, .. } => {
                self.approved_by.push(event.by.clone());
                self.grant = Some(*grant);
                self.stage = Stage::Approved;
            }
            Happened::Rejected { code, .. } => self.stage = Stage::Rejected { code },
            Happened::Declined { code, .. } => self.stage = Stage::Declined { code },
            Happened::Cancelled { .. } => self.stage = Stage::Cancelled,
            Happened::Closed { .. } => self.stage = Stage::Closed,
            Happened::ClaimOpened { claim } => drop(self.claims.insert(claim, ClaimState::Open)),
            Happened::ClaimSettled { claim, spent, paid, .. } => {
                self.claims.insert(claim, ClaimState::Settled { spent, paid });
            }
            Happened::ClaimDropped { claim, .. } => drop(self.claims.remove(&claim)),
        }
        self
    }

    /// Executives, managers and marketing of the partner fill in, hand in, cancel and close, others there read;
    /// administrators, channel managers and marketing of the vendor too, and decide; approvers approve, the vendor's others
    /// read. Claims are told by the host. To other partners it does not exist.
    fn may(record: Option<&Self>, actor: &Actor, intent: Intent<'_, Self>) -> Access {
        use PartnerRole::{Executive, Manager, Marketing};
        use VendorRole::{Administrator, ChannelManager, Finance, Marketing as VendorMarketing};
        if let Actor::Partner { partner, role, .. } = actor {
            let own = match (record, intent) {
                (Some(record), _) => record.form.partner == *partner,
                (None, Intent::Open(form)) => form.partner == *partner,
                (None, _) => false,
            };
            let acts = matches!(role, Executive | Manager | Marketing);
            // Money asked for in another's name is not asked for by editing the form either.
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
            (Actor::Vendor { .. }, Intent::Command(command)) if command.follows_a_claim() => Access::Denied,
            (Actor::Host, _)
            | (Actor::Vendor { .. }, Intent::Read)
            | (Actor::Vendor { role: Administrator | ChannelManager | VendorMarketing, .. }, _)
            | (Actor::Vendor { role: Finance, .. }, Intent::Command(Command::Approve { .. })) => Access::Allowed,
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
        self.deadline().filter(|at| self.noted_until.is_none_or(|noted| *at > noted))
    }

    fn lapse(&self, deadline: DateTime<Utc>) -> Vec<Event> {
        let what = match self.stage {
            Stage::Approved => Happened::Expired { unused: self.unused_if_over(deadline) },
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

impl MdfRequest {
    /// What time alone will change.
    fn deadline(&self) -> Option<DateTime<Utc>> {
        match self.stage {
            Stage::Submitted => self.answer_due_at,
            Stage::Approved => self.grant.as_ref().and_then(|grant| grant.expires_at),
            _ => None,
        }
    }
}
