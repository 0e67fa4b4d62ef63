//! Which command a request takes at which stage, and what follows.

use chrono::{DateTime, NaiveDate, Utc};

use super::check;
use super::command::Command;
use super::error::RequestError;
use super::event::{Event, Happened, Unused};
use super::form::Form;
use super::{ClaimState, Found, Given, MdfRequest, Stage};
use crate::actor::Actor;
use crate::id::ClaimId;
use crate::incentive::mdf::policy::{Approver, Fund, Unclaimed};
use crate::lifecycle::Context;
use crate::money::Money;

type Decided<T> = Result<T, RequestError>;

/// What one decision has at hand.
struct Desk<'d> {
    given: &'d Given,
    found: &'d Found,
    at: DateTime<Utc>,
    today: NaiveDate,
    by: &'d Actor,
}

impl<'d> Desk<'d> {
    fn new(context: &Context<'d, MdfRequest>) -> Decided<Self> {
        let (given, found, at, by) = (context.given, context.found, context.at, context.by);
        Ok(Self { given, found, at, today: given.program.zone().local_date(at)?, by })
    }

    /// The fund that a form asks. What was granted goes on also where a later version of the program has it no more.
    fn fund(&self, form: &Form) -> Decided<&'d Fund> {
        form.fund(&self.given.program)
    }

    fn event(&self, what: Happened) -> Event {
        Event { what, at: self.at, by: self.by.clone() }
    }

    fn answer_due(&self, fund: &Fund) -> Decided<Option<DateTime<Utc>>> {
        let program = &self.given.program;
        let due = |answer: crate::incentive::mdf::policy::Answer| {
            program.working_time().due(self.at, answer.within_hours, answer.clock, program.zone())
        };
        Ok(fund.request.answer.map(due).transpose()?)
    }
}

/// Judges an opening.
pub(super) fn open(form: &Form, context: &Context<'_, MdfRequest>) -> Decided<Event> {
    let desk = Desk::new(context)?;
    check::filled_in(form, desk.fund(form)?, desk.given)?;
    Ok(desk.event(Happened::Drafted { form: form.clone() }))
}

/// Judges a command: here, and nowhere else, is said what goes at which stage.
pub(super) fn decide(of: &MdfRequest, command: &Command, context: &Context<'_, MdfRequest>) -> Decided<Vec<Event>> {
    use Stage::{Approved, Draft, Rejected, Submitted};
    let desk = Desk::new(context)?;
    let one = |what: Happened| Ok(vec![desk.event(what)]);
    match (&of.stage, command) {
        (Draft | Rejected { .. }, Command::Edit { form }) => {
            check::filled_in(form, desk.fund(form)?, desk.given)?;
            one(Happened::Edited { form: form.clone() })
        }
        (Draft | Rejected { .. }, Command::Submit) => {
            let fund = desk.fund(&of.form)?;
            check::complete(&of.form, fund, desk.given, desk.today)?;
            one(Happened::Submitted { answer_due_at: desk.answer_due(fund)? })
        }
        (Submitted, Command::Approve { amount, note }) => one(approve(of, &desk, *amount, note.as_ref())?),
        (Submitted, Command::Reject { code, note }) => {
            one(Happened::Rejected { code: code.clone(), note: note.clone() })
        }
        (Submitted, Command::Decline { code, note }) => {
            one(Happened::Declined { code: code.clone(), note: note.clone() })
        }
        (Draft | Rejected { .. } | Submitted, Command::Cancel) => one(Happened::Cancelled { unused: None }),
        (Approved, Command::Cancel) => {
            of.has_no_open_claims()?;
            if !of.claims.is_empty() {
                return Err(RequestError::Claimed);
            }
            // What nobody began to use goes back, whatever becomes of what is not claimed.
            let unused = of.unused().map(|unused| Unused { becomes: Unclaimed::Returns, ..unused });
            one(Happened::Cancelled { unused })
        }
        (Approved, Command::Close) => {
            of.has_no_open_claims()?;
            one(Happened::Closed { unused: of.unused() })
        }
        (Approved, Command::OpenClaim { claim }) => {
            let fund = desk.fund(&of.form)?;
            of.takes(claim, desk.at, fund.claim.at_most)?;
            one(Happened::ClaimOpened { claim: claim.clone() })
        }
        (Approved, Command::SettleClaim { claim, spent, paid }) => {
            of.is_open(claim)?;
            let mut after = of.clone();
            after.claims.insert(claim.clone(), ClaimState::Settled { spent: *spent, paid: *paid });
            if spent.minor() < 0 || paid.minor() < 0 || after.left()?.minor() < 0 {
                return Err(RequestError::Claim { claim: claim.clone(), why: "comes to more than is reserved" });
            }
            let (claim, spent, paid) = (claim.clone(), *spent, *paid);
            one(Happened::ClaimSettled { claim, spent, paid, unused: after.unused_if_over(desk.at) })
        }
        (Approved, Command::DropClaim { claim }) => {
            of.is_open(claim)?;
            let mut after = of.clone();
            after.claims.remove(claim);
            one(Happened::ClaimDropped { claim: claim.clone(), unused: after.unused_if_over(desk.at) })
        }
        (stage, command) => Err(RequestError::Stage { stage: stage.word(), command: command.participle() }),
    }
}

fn approve(of: &MdfRequest, desk: &Desk<'_>, amount: Option<Money>, note: Option<&String>) -> Decided<Happened> {
    let makers = std::iter::once(&of.drafted_by).chain(&of.submitted_by).chain(&of.approved_by);
    if desk.by.person().is_none() || makers.into_iter().any(|maker| maker.is_same_person(desk.by)) {
        return Err(RequestError::SamePerson);
    }
    let fund = desk.fund(&of.form)?;
    let (asked, most) = check::asked(&of.form, fund, desk.given)?;
    let most = [Some(asked), Some(most), of.lowered_to]
        .into_iter()
        .flatten()
        .min_by_key(|money| money.minor())
        .unwrap_or(asked);
    let amount = amount.unwrap_or(most);
    if amount.minus(most)?.minor() > 0 || amount.minor() <= 0 {
        return Err(RequestError::Grant { given: amount, most });
    }
    let (done, mut steps) = (of.approved_by.len(), 0);
    for (at, expected) in Approver::of(&fund.request.approvers, amount).enumerate() {
        if at == done && !matches!(desk.by, Actor::Vendor { role, .. } if *role == expected) {
            return Err(RequestError::NotApprover { expected });
        }
        steps = at + 1;
    }
    let note = note.cloned();
    if done + 1 < steps {
        return Ok(Happened::StepApproved { amount, note, answer_due_at: desk.answer_due(fund)? });
    }
    let available = desk.found.available.unwrap_or(Money::zero(amount.currency()));
    if available.minus(amount)?.minor() < 0 {
        return Err(RequestError::NotEnough { available, needed: amount });
    }
    let grant = check::grant(&of.form, fund, desk.given, amount, desk.today)?;
    Ok(Happened::Approved { grant: grant.into(), note })
}

impl MdfRequest {
    fn has_no_open_claims(&self) -> Decided<()> {
        match self.open_claims() {
            0 => Ok(()),
            open => Err(RequestError::OpenClaims { open }),
        }
    }

    fn is_open(&self, claim: &ClaimId) -> Decided<()> {
        match self.claims.get(claim) {
            Some(ClaimState::Open) => Ok(()),
            Some(_) => Err(RequestError::Claim { claim: claim.clone(), why: "was decided already" }),
            None => Err(RequestError::Claim { claim: claim.clone(), why: "was not handed in" }),
        }
    }

    /// Whether a claim can be handed in for it at an instant.
    fn takes(&self, claim: &ClaimId, at: DateTime<Utc>, at_most: Option<u32>) -> Decided<()> {
        let why = if self.claims.contains_key(claim) {
            "was handed in already"
        } else if self.is_expired(at) {
            "comes after the grant has expired"
        } else if at_most.is_some_and(|most| u32::try_from(self.claims.len()).map_or(true, |there| there >= most)) {
            "is one more than a request can have"
        } else {
            return Ok(());
        };
        Err(RequestError::Claim { claim: claim.clone(), why })
    }

    /// What of the grant is not paid.
    fn left(&self) -> Decided<Money> {
        let (Some(grant), Some(so_far)) = (&self.grant, self.so_far()) else {
            return Err(RequestError::Money(crate::money::MoneyError::OutOfRange));
        };
        Ok(grant.amount.minus(so_far.paid)?)
    }

    /// What of the grant is not used, if it was not released already.
    pub(super) fn unused(&self) -> Option<Unused> {
        let grant = self.grant.as_ref().filter(|_| !self.released)?;
        let amount = self.left().ok().filter(|left| left.minor() > 0)?;
        Some(Unused { pot: grant.pot.clone(), amount, becomes: grant.unclaimed })
    }

    /// The same if its time for claims is over and no claim waits for a decision.
    pub(super) fn unused_if_over(&self, at: DateTime<Utc>) -> Option<Unused> {
        let over = self.open_claims() == 0 && self.is_expired(at);
        self.unused().filter(|_| over)
    }
}
