//! What one decision has at hand: the program, the day, what was told and found; and what follows from them.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};

use super::check;
use super::conflict::{Assessment, Candidate, Ground, LineAnswer, Outcome, assess};
use super::error::RegistrationError;
use super::event::{Approval, Event, HandedIn, Happened, LineProtection};
use super::facts::{DealPartner, Found, Given};
use super::form::{DealType, Form};
use super::policy::{DealPolicy, Starts};
use super::protection::{Protection, Terms, end_of};
use super::registration::{Choice, Judged, LineState, Receipt, Registered, Registration};
use crate::actor::Actor;
use crate::clock::ClockHours;
use crate::id::PartnerId;
use crate::lifecycle::Context;
use crate::money::Money;
use crate::program::Program;
use crate::program::length::Length;
use crate::rate::Rate;
use crate::tier::Benefit;
use crate::zone::ZoneError;

pub(super) type Decided<T> = Result<T, RegistrationError>;

/// The program, its policy and the day, for one decision.
pub(super) struct Desk<'d> {
    pub(super) program: &'d Program,
    pub(super) policy: &'d DealPolicy,
    pub(super) given: &'d Given,
    pub(super) found: &'d Found,
    pub(super) at: DateTime<Utc>,
    pub(super) today: NaiveDate,
    pub(super) by: &'d Actor,
}

impl<'d> Desk<'d> {
    pub(super) fn new(context: &Context<'d, Registration>) -> Decided<Self> {
        let program = &*context.given.program;
        let Some(policy) = program.deals() else {
            return Err(RegistrationError::NoDeals { program: program.identity().name.clone() });
        };
        let today = program.zone().local_date(context.at)?;
        let (given, found, at, by) = (context.given, context.found, context.at, context.by);
        Ok(Self { program, policy, given, found, at, today, by })
    }

    pub(super) fn assess(
        &self,
        form: &Form,
        judged: &Judged,
        receipt: Option<Receipt>,
        choice: Option<&Choice>,
    ) -> Assessment {
        let ground =
            Ground { program: self.program, policy: self.policy, found: self.found, at: self.at, today: self.today };
        assess(&Candidate { form, judged, receipt, choice }, &ground)
    }

    /// The assessment of a registration as it stands, with what is told of its partner now, or was told before.
    pub(super) fn reassess(&self, of: &Registration) -> Decided<Assessment> {
        let told =
            self.given.partners.get(&of.form.partner).map(|partner| check::judged(&of.form, partner, self.given));
        let judged = told.as_ref().or(of.judged.as_ref());
        let Some(judged) = judged else {
            return Err(RegistrationError::Partner { partner: of.form.partner.clone() });
        };
        Ok(self.assess(&of.form, judged, of.receipt, of.choice.as_ref()))
    }

    pub(super) fn partner(&self, id: &PartnerId) -> Decided<&DealPartner> {
        self.given.partners.get(id).ok_or_else(|| RegistrationError::Partner { partner: id.clone() })
    }

    /// What the rules say against lines; an error if they do not permit them all. A partner sees no more than its own.
    pub(super) fn permitted(&self, lines: &BTreeSet<u32>, assessment: &Assessment) -> Decided<()> {
        let against: BTreeSet<u32> = lines
            .iter()
            .copied()
            .filter(|line| assessment.line(*line).is_none_or(|answer| !answer.outcome.permits()))
            .collect();
        if against.is_empty() {
            return Ok(());
        }
        let seen = match self.by {
            Actor::Partner { .. } => assessment.clone().redacted(),
            _ => assessment.clone(),
        };
        Err(RegistrationError::Conflict { lines: against, assessment: Box::new(seen) })
    }

    pub(super) fn due(&self, hours: Option<u32>, clock: ClockHours) -> Result<Option<DateTime<Utc>>, ZoneError> {
        let due = |hours| self.program.working_time().due(self.at, hours, clock, self.program.zone());
        hours.map(due).transpose()
    }

    pub(super) fn review_due(&self) -> Result<Option<DateTime<Utc>>, ZoneError> {
        self.due(self.policy.review.within_hours, self.policy.review.clock)
    }

    /// Until when a protection holds without an update from now on.
    pub(super) fn idle_at(&self) -> Result<Option<DateTime<Utc>>, ZoneError> {
        let lasts = self.policy.protection.release_without_update;
        lasts.map(|lasts| Ok(end_of(self.today, lasts, self.program.zone())?.1)).transpose()
    }

    /// A benefit of the partner's tier.
    fn benefit(&self, judged: &Judged, name: &str) -> Option<&'d Benefit> {
        let tier = judged.partner.tier.as_ref()?;
        let level = self.program.tiers()?.levels().iter().find(|level| level.name == *tier)?;
        level.benefits.get(name)
    }

    /// How long a line is protected: of all that applies, the longest.
    fn lasts(&self, form: &Form, at: usize, judged: &Judged) -> Length {
        let policy = &self.policy.protection;
        let by_tier = match self.benefit(judged, "protection") {
            Some(Benefit::Lasts(length)) => Some(*length),
            _ => None,
        };
        let by_products = form.lines.get(at).and_then(|line| {
            let of = |name| super::place::is_within((&line.goods, judged), name, self.program);
            let lengths = policy.by_products.iter().filter(|(name, _)| of(name)).map(|(_, length)| *length);
            lengths.max_by_key(|length| length.after(self.today).ok())
        });
        let value = form.value().ok().flatten().map(Money::amount);
        let reached = |(from, _): &&(crate::scaled::Scaled, Length)| value.is_some_and(|value| value >= *from);
        let by_value = policy.by_value.iter().filter(reached).map(|(_, length)| *length).next_back();
        let all = [Some(policy.lasts), by_tier, by_products, by_value].into_iter().flatten();
        all.max_by_key(|length| length.after(self.today).ok()).unwrap_or(policy.lasts)
    }

    pub(super) fn protection(&self, form: &Form, at: usize, judged: &Judged) -> Result<Protection, ZoneError> {
        let mut protection = Protection::begin(self.at, self.lasts(form, at, judged), self.program.zone())?;
        protection.idle_at = self.idle_at()?;
        Ok(protection)
    }

    /// The protections of lines that begin with the submission.
    pub(super) fn protections_since(
        &self,
        form: &Form,
        lines: &[Registered],
        judged: &Judged,
        assessment: &Assessment,
    ) -> Decided<Vec<LineProtection>> {
        if self.policy.protection.starts != Starts::Submission {
            return Ok(Vec::new());
        }
        let free = (1..).zip(0..).zip(&assessment.lines).filter(|((_, at), answer)| {
            let held = lines.get(*at);
            let begun = held.is_some_and(|line| line.protection.is_some());
            let decided = held.is_some_and(|line| !line.review.is_undecided() && line.review != LineState::Open);
            answer.outcome.permits() && !begun && !decided
        });
        free.map(|((line, at), _)| Ok(LineProtection { line, protection: self.protection(form, at, judged)? }))
            .collect()
    }

    /// What is handed in, as it is assessed.
    pub(super) fn hand_in(&self, of: &Registration, form: &Form, receipt: Receipt) -> Decided<HandedIn> {
        let judged = check::judged(form, self.partner(&form.partner)?, self.given);
        let assessment = self.assess(form, &judged, Some(receipt), of.choice.as_ref());
        let protections = self.protections_since(form, &of.lines, &judged, &assessment)?;
        Ok(HandedIn { receipt, judged, assessment, review_due_at: self.review_due()?, protections })
    }

    /// What an approval of a line gives.
    pub(super) fn terms(&self, form: &Form, answer: &LineAnswer, judged: &Judged) -> Terms {
        let benefit = match self.benefit(judged, "deal_discount") {
            Some(Benefit::Rate(rate)) => Some(*rate),
            _ => None,
        };
        let exclusive = form.deal_type != DealType::PublicTender;
        let mut terms = Terms { exclusive, benefit, benefit_part: None, share: None };
        match &answer.outcome {
            Outcome::Reduce { benefit: part } => {
                let reduced = |rate: Rate| Rate::from_fraction(rate.of(part.fraction()).ok()?.trimmed()).ok();
                (terms.benefit, terms.benefit_part) = (terms.benefit.and_then(reduced), Some(*part));
            }
            Outcome::Share { share } => terms.share = Some(*share),
            Outcome::NonExclusive => terms.exclusive = false,
            _ => {}
        }
        terms
    }

    /// The approval of a line. A protection that began with the submission goes on, and ends when it does.
    pub(super) fn approval(
        &self,
        form: &Form,
        line: u32,
        held: Option<&Protection>,
        answer: &LineAnswer,
        judged: &Judged,
    ) -> Decided<Approval> {
        let at = usize::try_from(line.saturating_sub(1)).unwrap_or(usize::MAX);
        let protection = match held.filter(|held| held.released.is_none()) {
            Some(held) => held.clone(),
            None => self.protection(form, at, judged)?,
        };
        Ok(Approval { line, terms: self.terms(form, answer, judged), protection })
    }

    /// Whether the program approves a line without a person.
    pub(super) fn is_automatic(&self, form: &Form, judged: &Judged, answer: &LineAnswer) -> bool {
        let Some(auto) = &self.policy.auto_approve else { return false };
        let tier = judged.partner.tier.as_ref();
        let value = form.value().ok().flatten().map(Money::amount);
        answer.outcome.permits()
            && answer.outcome != Outcome::Review
            && (!auto.no_conflict || answer.matches.is_empty())
            && (auto.tiers.is_empty() || tier.is_some_and(|tier| auto.tiers.contains(tier)))
            && (auto.types.is_empty() || auto.types.contains(&form.deal_type))
            && auto.value_below.is_none_or(|limit| value.is_some_and(|value| value < limit))
    }

    pub(super) fn event(&self, what: Happened) -> Event {
        Event { what, at: self.at, by: self.by.clone() }
    }
}
