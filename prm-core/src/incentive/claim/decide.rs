//! Which command a claim takes at which stage, and what follows.

use chrono::{DateTime, NaiveDate, Utc};

use super::assess::{First, Rules, assess, filled_in, submitted};
use super::command::Command;
use super::error::{ClaimError, ClaimFormError};
use super::event::{Award, Event, HandedIn, Happened};
use super::facts::{Found, Given};
use super::form::{Basis, ClaimForm};
use super::{Claim, Stage};
use crate::actor::Actor;
use crate::id::RequestId;
use crate::incentive::mdf::{Answer, Approver};
use crate::lifecycle::Context;

type Decided<T> = Result<T, ClaimError>;

/// What one decision has at hand.
struct Desk<'d> {
    given: &'d Given,
    found: &'d Found,
    at: DateTime<Utc>,
    today: NaiveDate,
    by: &'d Actor,
}

impl<'d> Desk<'d> {
    fn new(context: &Context<'d, Claim>) -> Decided<Self> {
        let (given, found, at, by) = (context.given, context.found, context.at, context.by);
        Ok(Self { given, found, at, today: given.program.zone().local_date(at)?, by })
    }

    fn event(&self, what: Happened) -> Event {
        Event { what, at: self.at, by: self.by.clone() }
    }

    fn answer_due(&self, rules: &Rules<'_>) -> Decided<Option<DateTime<Utc>>> {
        let program = &self.given.program;
        let due =
            |answer: Answer| program.working_time().due(self.at, answer.within_hours, answer.clock, program.zone());
        Ok(rules.handling().answer.map(due).transpose()?)
    }
}

/// Judges an opening.
pub(super) fn open(form: &ClaimForm, context: &Context<'_, Claim>) -> Decided<Event> {
    let desk = Desk::new(context)?;
    filled_in(form, desk.given)?;
    Ok(desk.event(Happened::Drafted { form: form.clone() }))
}

/// Judges a command: here, and nowhere else, is said what goes at which stage.
pub(super) fn decide(of: &Claim, command: &Command, context: &Context<'_, Claim>) -> Decided<Vec<Event>> {
    use Stage::{Approved, Draft, Rejected, Submitted, Validated};
    let desk = Desk::new(context)?;
    let one = |what: Happened| Ok(vec![desk.event(what)]);
    match (&of.stage, command) {
        (Draft | Rejected { .. }, Command::Edit { form }) => {
            filled_in(form, desk.given)?;
            if of.submitted_at.is_some() && !form.of.is_of_the_same(&of.form.of) {
                return Err(ClaimFormError::OtherBasis.into());
            }
            one(Happened::Edited { form: form.clone() })
        }
        (Rejected { until, .. }, Command::Submit) if *until <= desk.at => {
            Err(ClaimError::CorrectionOver { until: *until })
        }
        (Draft | Rejected { .. }, Command::Submit) => one(submit(of, &desk)?),
        (Submitted | Validated, Command::Validate { disallowed, note }) => {
            let Award { answer, .. } = assess(&of.form, disallowed, desk.given, desk.found)?;
            one(Happened::Validated { disallowed: disallowed.clone(), answer: answer.into(), note: note.clone() })
        }
        (Validated, Command::Approve { note }) => one(approve(of, &desk, note.as_ref())?),
        (Submitted | Validated, Command::Reject { code, note }) => {
            let correct = Rules::of(&of.form, desk.given, desk.found)?.handling().correct;
            let until = desk.given.program.zone().start_of_day(correct.after(desk.today)?)?;
            one(Happened::Rejected { code: code.clone(), until, note: note.clone() })
        }
        (Submitted | Validated, Command::Decline { code, note }) => {
            one(Happened::Declined { code: code.clone(), request: of.opened(), note: note.clone() })
        }
        (Draft | Submitted | Validated, Command::Withdraw) => one(Happened::Withdrawn { request: of.opened() }),
        (Rejected { until, .. }, Command::Withdraw) => {
            // Where the time for a correction is over, the request was told already.
            one(Happened::Withdrawn { request: of.opened().filter(|_| desk.at < *until) })
        }
        (Approved, Command::Pay { payment }) => one(Happened::Paid { payment: payment.clone() }),
        (stage, command) => Err(ClaimError::Stage { stage: stage.word(), command: command.participle() }),
    }
}

fn submit(of: &Claim, desk: &Desk<'_>) -> Decided<Happened> {
    let first = if of.submitted_at.is_none() { First::Yes } else { First::No };
    let evidence = submitted(&of.form, (desk.given, desk.found), (desk.at, desk.today), first)?;
    let Award { answer, .. } = assess(&of.form, &[], desk.given, desk.found)?;
    let answer_due_at = desk.answer_due(&Rules::of(&of.form, desk.given, desk.found)?)?;
    let opens = of.request().cloned().filter(|_| first == First::Yes);
    Ok(Happened::Submitted(Box::new(HandedIn { answer, evidence, opens, answer_due_at })))
}

fn approve(of: &Claim, desk: &Desk<'_>, note: Option<&String>) -> Decided<Happened> {
    let makers = std::iter::once(&of.drafted_by).chain(&of.submitted_by).chain(&of.validated_by).chain(&of.approved_by);
    if desk.by.person().is_none() || makers.into_iter().any(|maker| maker.is_same_person(desk.by)) {
        return Err(ClaimError::SamePerson);
    }
    let award = assess(&of.form, &of.disallowed, desk.given, desk.found)?;
    if award.answer.items.iter().all(|item| item.gives.is_zero()) {
        return Err(ClaimError::Nothing);
    }
    let rules = Rules::of(&of.form, desk.given, desk.found)?;
    let (done, mut steps) = (of.approved_by.len(), 0);
    for (at, expected) in Approver::of(&rules.handling().approvers, award.answer.pays).enumerate() {
        if at == done && !matches!(desk.by, Actor::Vendor { role, .. } if *role == expected) {
            return Err(ClaimError::NotApprover { expected });
        }
        steps = at + 1;
    }
    let note = note.cloned();
    if done + 1 < steps {
        return Ok(Happened::StepApproved { note, answer_due_at: desk.answer_due(&rules)? });
    }
    Ok(Happened::Approved { award: award.into(), note })
}

impl Claim {
    /// The request for which it is, if it is for one.
    #[must_use]
    pub const fn request(&self) -> Option<&RequestId> {
        match &self.form.of {
            Basis::Mdf { request, .. } => Some(request),
            _ => None,
        }
    }

    /// The request that was told of it.
    pub(super) fn opened(&self) -> Option<RequestId> {
        self.submitted_at.and(self.request()).cloned()
    }
}
