//! What a change of one registration means for others, and for what is known of accounts.

use std::collections::VecDeque;

use super::command::Command;
use super::facts::{Found, FoundRegistration, KnownAccount, Likeness};
use super::form::DealLine;
use super::registration::{Choice, LineState, Receipt, Registration, Stage};
use super::{Event, Happened};
use crate::account::Account;
use crate::id::RegistrationId;

impl Registration {
    /// Whether it counts to others: not before it is handed in, nor after it was taken back.
    #[must_use]
    pub const fn counts(&self) -> bool {
        !matches!(self.stage, Stage::Draft | Stage::Withdrawn)
    }

    /// What is to be kept of its account after events, so that others find it: nothing where the vendor itself knows it.
    #[must_use]
    pub fn account_to_keep(&self, events: &[Event], found: &Found) -> Option<KnownAccount> {
        let handed_in = |event: &Event| matches!(event.what, Happened::Submitted(_) | Happened::Resubmitted { .. });
        let account = Account::new(self.form.account.clone()).ok().filter(|_| events.iter().any(handed_in))?;
        let there = found.accounts.iter().find(|of| of.known.account.id() == account.id());
        let kept = there.is_none_or(|of| of.known.by_registration && of.known.account != account);
        kept.then(|| KnownAccount::registered(account))
    }

    /// What follows for the registrations that were found with it, in the order of their receipts: those that an event of
    /// its own may have moved up, or that it has come before, are judged again, and a customer's choice ends the protection
    /// of others for the same products. Moved up, a line waits for a person, whatever is approved without one.
    #[must_use]
    pub fn affected(&self, events: &[Event], found: &Found) -> VecDeque<(RegistrationId, Command)> {
        let frees = events.iter().any(Event::affects_others);
        let comes = events.iter().any(Event::takes_a_place);
        let choice = self
            .choice
            .as_ref()
            .filter(|_| events.iter().any(|event| matches!(event.what, Happened::ChoiceAccepted { .. })));
        let follows = |other: &FoundRegistration| {
            let of = &other.registration;
            let is = |state: fn(&LineState) -> bool| of.lines.iter().any(|line| state(&line.review));
            if let Some(choice) = choice.filter(|choice| self.is_ended_by(choice, other)) {
                return Some(Command::AcceptChoice { choice: choice.clone() });
            }
            // One that was received earlier and handed in later comes before those that thought themselves first.
            let again = (frees && is(|state| matches!(state, LineState::Waiting { .. })))
                || (comes && of.receipt > self.receipt && is(LineState::is_undecided));
            again.then_some(Command::Reassess)
        };
        let others = found.registrations.iter().filter(|other| other.registration.form.program == self.form.program);
        let mut others: Vec<(Option<Receipt>, &RegistrationId, Command)> =
            others.filter_map(|other| Some((other.registration.receipt, &other.id, follows(other)?))).collect();
        others.sort_unstable_by(|(a, x, _), (b, y, _)| (a, x).cmp(&(b, y)));
        others.into_iter().map(|(_, id, command)| (id.clone(), command)).collect()
    }

    /// Whether a letter that was accepted for this registration ends the protection of another one.
    fn is_ended_by(&self, choice: &Choice, other: &FoundRegistration) -> bool {
        let of = &other.registration;
        let same_goods = |line: &DealLine| self.form.lines.iter().any(|mine| mine.goods == line.goods);
        let protected = of.form.lines.iter().zip(&of.lines).any(|(line, state)| {
            same_goods(line) && state.protection.as_ref().is_some_and(|held| held.at(self.changed_at).holds())
        });
        protected
            && other.matched.likeness == Likeness::Same
            && of.form.partner != choice.partner
            && of.choice.as_ref() != Some(choice)
            && of.takes_choices()
    }

    /// Whether a customer's choice can be accepted at its stage.
    pub(super) const fn takes_choices(&self) -> bool {
        matches!(self.stage, Stage::Submitted | Stage::UnderReview | Stage::ActionRequired { .. } | Stage::Approved)
    }
}
