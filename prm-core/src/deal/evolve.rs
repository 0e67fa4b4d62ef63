//! What events make of a registration.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::command::{AppealDecision, CloseOutcome};
use super::conflict::{Assessment, Outcome};
use super::event::{Event, HandedIn, Happened, LineProtection, LineTerms};
use super::form::Form;
use super::protection::ReleasedBy;
use super::registration::{Appeal, LineState, Registered, Registration, SpecialPriceState, Stage};
use crate::actor::Actor;
use crate::id::Name;

/// The record that an opening brings into being.
pub(super) fn born(event: &Event) -> Option<Registration> {
    let Happened::Drafted { form } = &event.what else { return None };
    let mut born = Registration {
        form: form.clone(),
        lines: Vec::new(),
        stage: Stage::Draft,
        drafted_by: event.by.clone(),
        receipt: None,
        judged: None,
        assessment: None,
        review_due_at: None,
        asked: 0,
        appeal: None,
        choice: None,
        special_price: None,
        changed_at: event.at,
        noted_until: None,
    };
    born.open_lines();
    Some(born)
}

/// The record after an event.
pub(super) fn evolve(mut was: Registration, event: &Event) -> Registration {
    let at = event.at;
    if let Happened::Lapsed { .. } = &event.what {
        // Nobody changed it: what time ends is over by its date.
        was.noted_until = Some(at);
        return was;
    }
    was.changed_at = at;
    match event.what.clone() {
        // An opening comes first and only once; were it repeated, it would change nothing.
        Happened::Drafted { .. } | Happened::Lapsed { .. } => {}
        Happened::Edited { form } => {
            was.form = form;
            was.open_lines();
        }
        Happened::Submitted(handed_in) => was.hand_in(*handed_in, at),
        Happened::Resubmitted { form, handed_in } => {
            was.refill(*form);
            was.hand_in(*handed_in, at);
        }
        Happened::ReviewBegun => was.stage = Stage::UnderReview,
        Happened::ActionRequired { fields, until } => {
            was.asked += 1;
            was.stage = Stage::ActionRequired { fields, until };
        }
        Happened::StepApproved { lines, assessment, review_due_at } => {
            was.approve_step(&lines, &event.by);
            was.review_due_at = review_due_at;
            was.assessment = Some(assessment);
            was.stage = Stage::UnderReview;
        }
        Happened::Approved { approvals, assessment } => {
            for approval in approvals {
                if let Some(line) = was.line_mut(approval.line) {
                    line.review = LineState::Approved { at };
                    line.terms = Some(approval.terms);
                    line.protection = Some(approval.protection);
                }
            }
            was.assessment = Some(assessment);
            was.looked_at(&event.by);
            was.settle();
        }
        Happened::Rejected { lines, code } => {
            was.end(&lines, at, &LineState::Rejected { code, at });
            was.looked_at(&event.by);
            was.settle();
        }
        Happened::Reassessed { assessment } => {
            was.judge(&assessment, at);
            was.assessment = Some(assessment);
            was.settle();
        }
        Happened::Withdrawn => {
            let all = was.numbers();
            was.end(&all, at, &LineState::Open);
            (was.stage, was.appeal) = (Stage::Withdrawn, None);
        }
        Happened::Updated { values, close_date, idle_at } => {
            for (line, value) in was.form.lines.iter_mut().zip(values.into_iter().flatten()) {
                line.value = value;
            }
            was.form.close_date = close_date.or(was.form.close_date);
            for protection in was.lines.iter_mut().filter_map(|line| line.protection.as_mut()) {
                if protection.at(at).holds() && protection.idle_at.is_some() {
                    protection.idle_at = idle_at;
                }
            }
        }
        Happened::Extended { protections, assessment } => {
            was.protect(protections);
            was.assessment = Some(assessment);
        }
        Happened::Released { lines, released_by } => was.release(&lines, at, released_by),
        Happened::Transferred { to, judged, assessment, protections, terms } => {
            for LineTerms { line: number, terms } in terms {
                if let Some(line) = was.line_mut(number) {
                    line.terms = Some(terms);
                }
            }
            was.form.partner = to;
            was.judged = Some(*judged);
            was.judge(&assessment, at);
            was.protect(protections);
            was.assessment = Some(assessment);
        }
        Happened::Appealed { lines, due_at, assessment } => {
            was.appeal = Some(Appeal { lines, at, due_at });
            was.assessment = Some(assessment);
        }
        Happened::AppealDecided { decision, review_due_at } => {
            let lines = was.appeal.take().map(|appeal| appeal.lines).unwrap_or_default();
            if decision == AppealDecision::Upheld {
                for number in lines {
                    if let Some(line) = was.line_mut(number) {
                        line.review = LineState::Pending { approved_by: Vec::new() };
                    }
                }
                was.review_due_at = review_due_at;
                was.settle();
            }
        }
        Happened::ChoiceAccepted { choice } => {
            if choice.partner != was.form.partner {
                let all = was.numbers();
                was.release(&all, at, ReleasedBy::CustomerChoice);
            }
            was.choice = Some(choice);
        }
        Happened::Closed { lines, outcome } => was.close(&lines, &outcome, at),
        Happened::SpecialPriceAsked { price } => was.special_price = Some(SpecialPriceState::Asked { price }),
        Happened::SpecialPriceGranted { price, valid_until } => {
            was.special_price = Some(SpecialPriceState::Granted { price, valid_until, by: event.by.clone() });
        }
        Happened::SpecialPriceRefused { code } => was.special_price = Some(SpecialPriceState::Refused { code }),
    }
    was
}

impl Registration {
    fn line_mut(&mut self, number: u32) -> Option<&mut Registered> {
        usize::try_from(number).ok().and_then(|number| self.lines.get_mut(number.checked_sub(1)?))
    }

    /// The numbers of all lines.
    pub(super) fn numbers(&self) -> BTreeSet<u32> {
        (1..).zip(&self.lines).map(|(number, _)| number).collect()
    }

    fn open_lines(&mut self) {
        self.lines = self.form.lines.iter().map(|_| Registered::default()).collect();
    }

    /// A form whose lines may be others: those that were decided stay, since only undecided ones can change.
    fn refill(&mut self, form: Form) {
        self.form = form;
        self.lines.resize_with(self.form.lines.len(), Registered::default);
    }

    fn hand_in(&mut self, handed_in: HandedIn, at: DateTime<Utc>) {
        for line in self.lines.iter_mut().filter(|line| line.review == LineState::Open) {
            line.review = LineState::Pending { approved_by: Vec::new() };
        }
        let HandedIn { receipt, judged, assessment, review_due_at, protections } = handed_in;
        (self.receipt, self.judged, self.review_due_at) = (Some(receipt), Some(judged), review_due_at);
        self.stage = Stage::Submitted;
        self.judge(&assessment, at);
        self.protect(protections);
        self.assessment = Some(assessment);
        self.settle();
    }

    /// What an assessment makes of the lines that are not decided.
    fn judge(&mut self, assessment: &Assessment, at: DateTime<Utc>) {
        for (line, answer) in self.lines.iter_mut().zip(&assessment.lines) {
            if line.review.is_undecided() {
                line.review = line.review.judged(&answer.outcome, answer.code.as_ref(), at);
                if let LineState::Rejected { .. } = line.review {
                    line.protection = line.protection.take().map(|held| held.release(at, ReleasedBy::Decision));
                }
            }
        }
    }

    fn protect(&mut self, protections: Vec<LineProtection>) {
        for LineProtection { line: number, protection } in protections {
            if let Some(line) = self.line_mut(number) {
                line.protection = Some(protection);
            }
        }
    }

    fn approve_step(&mut self, lines: &BTreeSet<u32>, by: &Actor) {
        for number in lines {
            let Some(line) = self.line_mut(*number) else { continue };
            let mut approvers = match std::mem::take(&mut line.review) {
                LineState::Pending { approved_by } => approved_by,
                _ => Vec::new(),
            };
            approvers.push(by.clone());
            line.review = LineState::Pending { approved_by: approvers };
        }
    }

    fn release(&mut self, lines: &BTreeSet<u32>, at: DateTime<Utc>, by: ReleasedBy) {
        for number in lines {
            if let Some(line) = self.line_mut(*number) {
                line.protection = line.protection.take().map(|held| held.release(at, by));
            }
        }
    }

    /// Ends the review and the protection of lines that are still to be decided, or were approved.
    fn end(&mut self, lines: &BTreeSet<u32>, at: DateTime<Utc>, state: &LineState) {
        self.release(lines, at, ReleasedBy::Decision);
        for number in lines {
            if let Some(line) = self.line_mut(*number) {
                line.review = state.clone();
            }
        }
    }

    fn close(&mut self, lines: &BTreeSet<u32>, outcome: &CloseOutcome, at: DateTime<Utc>) {
        self.end(lines, at, &LineState::Closed { outcome: outcome.clone(), at });
        self.settle();
    }

    /// Where somebody of the vendor's decided on a line, the others are under review.
    fn looked_at(&mut self, by: &Actor) {
        if self.stage == Stage::Submitted && matches!(by, Actor::Vendor { .. }) {
            self.stage = Stage::UnderReview;
        }
    }

    /// The stage that follows from the lines.
    fn settle(&mut self) {
        let is = |of: fn(&LineState) -> bool| self.lines.iter().any(|line| of(&line.review));
        let undecided = is(LineState::is_undecided);
        let stage = if undecided {
            match self.stage {
                Stage::UnderReview => Stage::UnderReview,
                Stage::ActionRequired { .. } => return,
                _ => Stage::Submitted,
            }
        } else if is(|state| matches!(state, LineState::Approved { .. })) {
            Stage::Approved
        } else if is(|state| matches!(state, LineState::Closed { .. })) {
            Stage::Closed
        } else {
            Stage::Rejected
        };
        if !undecided {
            self.review_due_at = None;
        }
        self.stage = stage;
    }
}

impl LineState {
    /// What an outcome makes of a line that is not decided.
    fn judged(&self, outcome: &Outcome, code: Option<&Name>, at: DateTime<Utc>) -> Self {
        match (outcome, code) {
            (Outcome::Reject, Some(code)) => Self::Rejected { code: code.clone(), at },
            (Outcome::Wait, Some(code)) => Self::Waiting { code: code.clone() },
            _ => match self {
                Self::Pending { approved_by } => Self::Pending { approved_by: approved_by.clone() },
                _ => Self::Pending { approved_by: Vec::new() },
            },
        }
    }
}
