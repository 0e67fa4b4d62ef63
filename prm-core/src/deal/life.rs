//! A registration as a lifecycle: who may do what to it, what time does to it, and who sees what of it.

use chrono::{DateTime, Utc};

use super::command::Command;
use super::conflict::Assessment;
use super::error::RegistrationError;
use super::event::{Event, Happened, Lapsed};
use super::facts::{Found, Given};
use super::form::Form;
use super::registration::{LineState, Registration, Stage};
use super::{decide, evolve};
use crate::actor::{Actor, PartnerRole, VendorRole};
use crate::lifecycle::{Access, Context, Intent, Lifecycle};

impl Lifecycle for Registration {
    const KIND: &'static str = "registration";
    const FORMAT: u32 = 1;
    type Open = Form;
    type Command = Command;
    type Event = Event;
    type Given = Given;
    type Found = Found;
    type Error = RegistrationError;

    fn open(form: &Form, context: &Context<'_, Self>) -> Result<Event, RegistrationError> {
        decide::open(form, context)
    }

    fn born(event: &Event) -> Option<Self> {
        evolve::born(event)
    }

    fn decide(&self, command: &Command, context: &Context<'_, Self>) -> Result<Vec<Event>, RegistrationError> {
        decide::decide(self, command, context)
    }

    fn evolve(self, event: &Event) -> Self {
        evolve::evolve(self, event)
    }

    /// Executives, managers and sales of the partners that have a part in it fill in, hand in and work it, others there
    /// read; administrators and channel managers decide, approvers approve, the vendor's others read. To other partners it
    /// does not exist.
    fn may(record: Option<&Self>, actor: &Actor, intent: Intent<'_, Self>) -> Access {
        use PartnerRole::{Executive, Manager, Sales};
        use VendorRole::{Administrator, ChannelManager, Finance, Marketing};
        if let Actor::Partner { partner, role, .. } = actor {
            let has_part = match (record, intent) {
                (Some(record), _) => record.is_of(partner),
                // It fills in for itself, or for the partner that it submits for.
                (None, Intent::Open(form)) => form.submitter.as_ref().unwrap_or(&form.partner) == partner,
                (None, _) => false,
            };
            let acts = matches!(role, Executive | Manager | Sales);
            return match (has_part, intent) {
                (false, Intent::Open(_)) => Access::Denied,
                (false, _) => Access::Hidden,
                (true, Intent::Read) => Access::Allowed,
                (true, Intent::Open(_)) if acts => Access::Allowed,
                (true, Intent::Command(command)) if acts && command.is_a_partners() => Access::Allowed,
                _ => Access::Denied,
            };
        }
        match (actor, intent) {
            (Actor::Host, Intent::Command(Command::Approve { .. })) => Access::Denied,
            (Actor::Host, _)
            | (Actor::Vendor { .. }, Intent::Read)
            | (Actor::Vendor { role: Administrator | ChannelManager, .. }, _)
            | (Actor::Vendor { role: Finance | Marketing, .. }, Intent::Command(Command::Approve { .. }))
            | (
                Actor::Vendor { role: Finance, .. },
                Intent::Command(Command::GrantSpecialPrice { .. } | Command::RefuseSpecialPrice { .. }),
            ) => Access::Allowed,
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
        self.deadlines().map(|(at, _)| at).min()
    }

    fn lapse(&self, deadline: DateTime<Utc>) -> Vec<Event> {
        let of = |of| Event { what: Happened::Lapsed { of }, at: deadline, by: Actor::Deadline };
        let mut kinds: Vec<Lapsed> = Vec::new();
        for (_, kind) in self.deadlines().filter(|(at, _)| *at == deadline) {
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
        kinds.into_iter().map(of).collect()
    }

    /// For a partner, without what is another's.
    fn seen_by(mut self, actor: &Actor) -> Self {
        if let Actor::Partner { .. } = actor {
            self.assessment = self.assessment.map(Assessment::redacted);
            // Whom the customer chose instead is that partner's affair; that it chose shows in the release.
            self.choice = self.choice.filter(|choice| choice.partner == self.form.partner);
            for line in &mut self.lines {
                if let LineState::Closed { outcome, .. } = &mut line.review {
                    outcome.redact();
                }
            }
        }
        self
    }

    /// For a partner, what happened since it has a part in it, without what is another's.
    fn history_seen_by(events: Vec<Event>, actor: &Actor) -> Vec<Event> {
        if !matches!(actor, Actor::Partner { .. }) {
            return events;
        }
        let handed_over = events.iter().rposition(|event| matches!(event.what, Happened::Transferred { .. }));
        events.into_iter().skip(handed_over.unwrap_or_default()).filter_map(|event| event.seen_by(actor)).collect()
    }
}

impl Registration {
    /// What time alone will change, and was not noted yet.
    fn deadlines(&self) -> impl Iterator<Item = (DateTime<Utc>, Lapsed)> {
        let action = match &self.stage {
            Stage::ActionRequired { until, .. } => Some((*until, Lapsed::Action)),
            _ => None,
        };
        let waits = matches!(self.stage, Stage::Submitted | Stage::UnderReview);
        let review = self.review_due_at.filter(|_| waits).map(|at| (at, Lapsed::Review));
        let appeal = self.appeal.as_ref().and_then(|appeal| appeal.due_at).map(|at| (at, Lapsed::Appeal));
        let protections = self.lines.iter().filter_map(|line| line.protection.as_ref());
        let ends = protections.filter(|held| held.released.is_none()).map(|held| (held.ends_at(), Lapsed::Protection));
        let all = [action, review, appeal].into_iter().flatten().chain(ends);
        all.filter(|(at, _)| self.noted_until.is_none_or(|noted| *at > noted))
    }
}
