//! Which command a registration takes at which stage, and what follows.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};

use super::check;
use super::command::{AppealDecision, CloseOutcome, Command};
use super::desk::{Decided, Desk};
use super::error::{FormError, RegistrationError};
use super::event::{Event, HandedIn, Happened, LineProtection, LineTerms};
use super::facts::Found;
use super::form::{FORM_FIELDS, Form, FormField};
use super::policy::Transfer;
use super::protection::{Protection, ReleasedBy, end_of};
use super::registration::{LineState, Receipt, Registered, Registration, SpecialPrice, Stage};
use crate::actor::Actor;
use crate::id::PartnerId;
use crate::lifecycle::Context;
use crate::money::Money;

/// Judges an opening.
pub(super) fn open(form: &Form, context: &Context<'_, Registration>) -> Decided<Event> {
    let desk = Desk::new(context)?;
    check::filled_in(form, desk.given)?;
    Ok(desk.event(Happened::Drafted { form: form.clone() }))
}

/// Judges a command: here, and nowhere else, is said what goes at which stage.
pub(super) fn decide(of: &Registration, command: &Command, context: &Context<'_, Registration>) -> Decided<Vec<Event>> {
    use Stage::{ActionRequired, Approved, Draft, Rejected, Submitted, UnderReview};
    let desk = Desk::new(context)?;
    let one = |what: Happened| Ok(vec![desk.event(what)]);
    match (&of.stage, command) {
        (Draft, Command::Edit { form }) => {
            check::filled_in(form, desk.given)?;
            one(Happened::Edited { form: form.clone() })
        }
        (Draft, Command::Submit) => submit(of, &desk, context.received_at),
        (Draft | Submitted | UnderReview | ActionRequired { .. }, Command::Withdraw) => one(Happened::Withdrawn),
        (Submitted, Command::BeginReview) => one(Happened::ReviewBegun),
        (Submitted | UnderReview, Command::AskForAction { fields }) => ask_for_action(of, &desk, fields),
        (ActionRequired { fields, until }, Command::Resubmit { form }) => {
            resubmit(of, &desk, (fields, *until), form, context.received_at)
        }
        (Submitted | UnderReview, Command::Approve { lines }) => approve(of, &desk, lines),
        (Submitted | UnderReview | ActionRequired { .. }, Command::Reject { lines, code }) => {
            let lines = chosen(of, lines, command, LineState::is_undecided)?;
            one(Happened::Rejected { lines, code: code.clone() })
        }
        (Submitted | UnderReview | ActionRequired { .. }, Command::Reassess) => again(of, &desk),
        (Submitted | UnderReview | ActionRequired { .. } | Approved, Command::Update { values, close_date }) => {
            update(of, &desk, values.as_deref(), *close_date)
        }
        (Submitted | UnderReview | ActionRequired { .. } | Approved, Command::Extend { lines }) => {
            extend(of, &desk, lines)
        }
        (Submitted | UnderReview | ActionRequired { .. } | Approved, Command::Release { lines }) => {
            let lines = protected(of, &desk, lines, command)?;
            let partner = matches!(desk.by, Actor::Partner { .. });
            let released_by = if partner { ReleasedBy::Partner } else { ReleasedBy::Vendor };
            one(Happened::Released { lines, released_by })
        }
        (Submitted | UnderReview | Approved, Command::Transfer { to }) => transfer(of, &desk, to),
        (Submitted | UnderReview | Approved | Rejected, Command::Appeal { lines }) => appeal(of, &desk, lines),
        (Submitted | UnderReview | ActionRequired { .. } | Approved | Rejected, Command::DecideAppeal { decision }) => {
            if of.appeal.is_none() {
                return Err(RegistrationError::Appeal { there: "is not there" });
            }
            let upheld = *decision == AppealDecision::Upheld;
            let review_due_at = if upheld { desk.review_due()? } else { None };
            one(Happened::AppealDecided { decision: *decision, review_due_at })
        }
        (Submitted | UnderReview | ActionRequired { .. } | Approved, Command::AcceptChoice { choice }) => {
            if choice.dated > desk.today {
                return Err(RegistrationError::Date { given: choice.dated, today: desk.today });
            }
            // On another registration it is said again, where who is meant may not be told.
            if !matches!(desk.by, Actor::Host) {
                desk.partner(&choice.partner)?;
            }
            one(Happened::ChoiceAccepted { choice: choice.clone() })
        }
        (Submitted | UnderReview | ActionRequired { .. } | Approved, Command::Close { lines, outcome }) => {
            close(of, &desk, lines, outcome, command)
        }
        (Submitted | UnderReview | Approved, Command::AskSpecialPrice { price }) => {
            price_is_possible(price, &desk)?;
            one(Happened::SpecialPriceAsked { price: *price })
        }
        (Submitted | UnderReview | Approved, Command::GrantSpecialPrice { price, valid_until }) => {
            price_is_possible(price, &desk)?;
            if *valid_until <= desk.today {
                return Err(RegistrationError::Date { given: *valid_until, today: desk.today });
            }
            one(Happened::SpecialPriceGranted { price: *price, valid_until: *valid_until })
        }
        (Submitted | UnderReview | Approved, Command::RefuseSpecialPrice { code }) => {
            one(Happened::SpecialPriceRefused { code: code.clone() })
        }
        (stage, command) => Err(RegistrationError::Stage { stage: stage.word(), command: command.participle() }),
    }
}

/// The lines that are named, if the command goes with all of them; or all that it goes with, if there are any.
fn chosen(
    of: &Registration,
    named: &BTreeSet<u32>,
    command: &Command,
    fits: impl Fn(&LineState) -> bool,
) -> Decided<BTreeSet<u32>> {
    let refused = |line: u32, state: &LineState| {
        Err(RegistrationError::Line { line, state: state.word(), command: command.participle() })
    };
    for number in named {
        match of.line(*number) {
            None => return Err(RegistrationError::NoLine { line: *number }),
            Some(line) if !fits(&line.review) => return refused(*number, &line.review),
            Some(_) => {}
        }
    }
    if !named.is_empty() {
        return Ok(named.clone());
    }
    let all: BTreeSet<u32> =
        (1..).zip(&of.lines).filter(|(_, line)| fits(&line.review)).map(|(number, _)| number).collect();
    match of.lines.first() {
        Some(first) if all.is_empty() => refused(1, &first.review),
        None => Err(RegistrationError::NoLine { line: 1 }),
        Some(_) => Ok(all),
    }
}

/// The lines that are named, or all, whose protection holds.
fn protected(of: &Registration, desk: &Desk<'_>, named: &BTreeSet<u32>, command: &Command) -> Decided<BTreeSet<u32>> {
    let holds = |line: u32| of.protection(line, desk.at).holds();
    let lines: BTreeSet<u32> =
        if named.is_empty() { of.numbers().into_iter().filter(|line| holds(*line)).collect() } else { named.clone() };
    let unprotected =
        |line: u32| RegistrationError::Line { line, state: "not protected", command: command.participle() };
    for line in &lines {
        of.line(*line).ok_or(RegistrationError::NoLine { line: *line })?;
        if !holds(*line) {
            return Err(unprotected(*line));
        }
    }
    if lines.is_empty() { Err(unprotected(1)) } else { Ok(lines) }
}

/// The place behind all that were received by then.
fn receipt(received_at: DateTime<Utc>, found: &Found) -> Receipt {
    let others = found.registrations.iter().filter_map(|other| other.registration.receipt);
    let turns = others.filter(|other| other.at == received_at).map(|other| other.turn.saturating_add(1));
    Receipt { at: received_at, turn: turns.max().unwrap_or_default() }
}

fn submit(of: &Registration, desk: &Desk<'_>, received_at: DateTime<Utc>) -> Decided<Vec<Event>> {
    check::complete(&of.form, desk.given, desk.policy, desk.today)?;
    let handed_in = desk.hand_in(of, &of.form, receipt(received_at, desk.found))?;
    let approval = automatic(&of.form, &of.lines, desk, &handed_in)?;
    let submitted = desk.event(Happened::Submitted(Box::new(handed_in)));
    Ok(std::iter::once(submitted).chain(approval).collect())
}

/// The approval of what is approved without a person, if there is any.
fn automatic(form: &Form, lines: &[Registered], desk: &Desk<'_>, handed_in: &HandedIn) -> Decided<Option<Event>> {
    let HandedIn { judged, assessment, protections, .. } = handed_in;
    let mut approvals = Vec::new();
    for ((number, at), answer) in (1..).zip(0..).zip(&assessment.lines) {
        let before = lines.get(at).map(|line| &line.review);
        let open = before.is_none_or(|state| state.is_undecided() || *state == LineState::Open);
        if open && desk.is_automatic(form, judged, answer) {
            let new = protections.iter().find(|of| of.line == number).map(|of| &of.protection);
            let held = new.or_else(|| lines.get(at)?.protection.as_ref());
            approvals.push(desk.approval(form, number, held, answer, judged)?);
        }
    }
    let assessment = assessment.clone();
    Ok((!approvals.is_empty()).then(|| desk.event(Happened::Approved { approvals, assessment })))
}

fn ask_for_action(of: &Registration, desk: &Desk<'_>, fields: &BTreeSet<FormField>) -> Decided<Vec<Event>> {
    let policy = desk.policy.action;
    if of.asked >= policy.at_most {
        return Err(RegistrationError::TooOften { command: "sent back", times: policy.at_most });
    }
    if fields.is_empty() {
        return Err(RegistrationError::NoField);
    }
    let (_, until) = end_of(desk.today, policy.within, desk.program.zone())?;
    Ok(vec![desk.event(Happened::ActionRequired { fields: fields.clone(), until })])
}

fn resubmit(
    of: &Registration,
    desk: &Desk<'_>,
    (fields, until): (&BTreeSet<FormField>, DateTime<Utc>),
    form: &Form,
    received_at: DateTime<Utc>,
) -> Decided<Vec<Event>> {
    let changed = FORM_FIELDS.iter().map(|(_, field)| *field).find(|field| {
        // Values and units are of the lines that are sold, and go with them.
        let with_products =
            matches!(field, FormField::Value | FormField::Units) && fields.contains(&FormField::Products);
        !fields.contains(field) && !with_products && !field.is_equal(&of.form, form)
    });
    if let Some(field) = changed {
        return Err(RegistrationError::NotAskedFor { field });
    }
    let decided = of.lines.iter().enumerate().filter(|(_, line)| !line.review.is_undecided());
    for (at, _) in decided {
        if of.form.lines.get(at) != form.lines.get(at) {
            return Err(RegistrationError::NotAskedFor { field: FormField::Products });
        }
    }
    check::complete(form, desk.given, desk.policy, desk.today)?;
    // In time it keeps its place; afterwards it queues anew.
    let receipt = of.receipt.filter(|_| desk.at < until).unwrap_or_else(|| receipt(received_at, desk.found));
    let handed_in = desk.hand_in(of, form, receipt)?;
    let approval = automatic(form, &of.lines, desk, &handed_in)?;
    let (form, handed_in) = (Box::new(form.clone()), Box::new(handed_in));
    let resubmitted = desk.event(Happened::Resubmitted { form, handed_in });
    Ok(std::iter::once(resubmitted).chain(approval).collect())
}

fn approve(of: &Registration, desk: &Desk<'_>, named: &BTreeSet<u32>) -> Decided<Vec<Event>> {
    let command = Command::Approve { lines: named.clone() };
    let mut lines = chosen(of, named, &command, LineState::is_undecided)?;
    let assessment = desk.reassess(of)?;
    if named.is_empty() && lines.iter().any(|line| desk.permitted(&BTreeSet::from([*line]), &assessment).is_ok()) {
        lines.retain(|line| desk.permitted(&BTreeSet::from([*line]), &assessment).is_ok());
    }
    desk.permitted(&lines, &assessment)?;
    if desk.by.is_same_person(&of.drafted_by) {
        return Err(RegistrationError::SamePerson);
    }
    let approvers = &desk.policy.review.approvers;
    let (mut steps, mut approvals) = (BTreeSet::new(), Vec::new());
    let Some(judged) = &of.judged else { return Err(RegistrationError::NoLine { line: 1 }) };
    for number in lines {
        let (Some(line), Some(answer)) = (of.line(number), assessment.line(number)) else { continue };
        let before: &[Actor] = match &line.review {
            LineState::Pending { approved_by } => approved_by,
            _ => &[],
        };
        if before.iter().any(|earlier| earlier.is_same_person(desk.by)) {
            return Err(RegistrationError::SamePerson);
        }
        let next = approvers.get(before.len());
        if let Some(expected) = next
            && !matches!(desk.by, Actor::Vendor { role, .. } if role == expected)
        {
            return Err(RegistrationError::NotApprover { line: number, expected: *expected });
        }
        if before.len() + 1 < approvers.len() {
            steps.insert(number);
        } else {
            approvals.push(desk.approval(&of.form, number, line.protection.as_ref(), answer, judged)?);
        }
    }
    let mut events = Vec::new();
    if !steps.is_empty() {
        let (assessment, review_due_at) = (assessment.clone(), desk.review_due()?);
        events.push(desk.event(Happened::StepApproved { lines: steps, assessment, review_due_at }));
    }
    if !approvals.is_empty() {
        events.push(desk.event(Happened::Approved { approvals, assessment }));
    }
    Ok(events)
}

/// Assesses again, and tells if that changes how a line stands.
fn again(of: &Registration, desk: &Desk<'_>) -> Decided<Vec<Event>> {
    let Some(judged) = &of.judged else { return Ok(Vec::new()) };
    let assessment = desk.assess(&of.form, judged, of.receipt, of.choice.as_ref());
    let event = desk.event(Happened::Reassessed { assessment });
    let after = super::evolve::evolve(of.clone(), &event);
    let changes = after.lines != of.lines;
    Ok(if changes { vec![event] } else { Vec::new() })
}

fn update(
    of: &Registration,
    desk: &Desk<'_>,
    values: Option<&[Option<Money>]>,
    close_date: Option<NaiveDate>,
) -> Decided<Vec<Event>> {
    if let Some(values) = values {
        if values.len() != of.form.lines.len() {
            let (field, most) = (FormField::Value, of.form.lines.len());
            return Err(FormError::TooMany { field, given: values.len(), most }.into());
        }
        check::values(values, desk.program)?;
    }
    if let Some(given) = close_date.filter(|date| *date < desk.today) {
        return Err(RegistrationError::Date { given, today: desk.today });
    }
    let values = values.map(<[_]>::to_vec);
    Ok(vec![desk.event(Happened::Updated { values, close_date, idle_at: desk.idle_at()? })])
}

fn extend(of: &Registration, desk: &Desk<'_>, named: &BTreeSet<u32>) -> Decided<Vec<Event>> {
    let command = Command::Extend { lines: named.clone() };
    let Some(policy) = desk.policy.protection.extend else {
        return Err(RegistrationError::NotOffered { command: command.participle() });
    };
    let lines = protected(of, desk, named, &command)?;
    let assessment = desk.reassess(of)?;
    desk.permitted(&lines, &assessment)?;
    let mut protections = Vec::new();
    for number in lines {
        let Some(held) = of.line(number).and_then(|line| line.protection.as_ref()) else { continue };
        if held.extended >= policy.times {
            return Err(RegistrationError::TooOften { command: command.participle(), times: policy.times });
        }
        if let (Some(ask), Actor::Partner { .. }) = (policy.ask, desk.by) {
            let from = held.until.checked_sub_days(chrono::Days::new(u64::from(ask.count))).unwrap_or(held.until);
            let from = desk.program.zone().start_of_day(from)?;
            if desk.at < from {
                return Err(RegistrationError::NotNow { from, until: held.until_at });
            }
        }
        let (until, until_at) = end_of(held.until, policy.by, desk.program.zone())?;
        let protection = Protection { until, until_at, extended: held.extended + 1, ..held.clone() };
        protections.push(LineProtection { line: number, protection });
    }
    Ok(vec![desk.event(Happened::Extended { protections, assessment })])
}

fn transfer(of: &Registration, desk: &Desk<'_>, to: &PartnerId) -> Decided<Vec<Event>> {
    let partner = desk.partner(to)?;
    if *to == of.form.partner {
        return Err(RegistrationError::Partner { partner: to.clone() });
    }
    let form = Form { partner: to.clone(), ..of.form.clone() };
    let judged = check::judged(&form, partner, desk.given);
    let assessment = desk.assess(&form, &judged, of.receipt, of.choice.as_ref());
    let approved = |line: &Registered| matches!(line.review, LineState::Approved { .. });
    let open = (1..).zip(&of.lines).filter(|(_, line)| approved(line) || line.review.is_undecided());
    desk.permitted(&open.map(|(number, _)| number).collect(), &assessment)?;
    let answers = (1..).zip(&of.lines).zip(&assessment.lines).filter(|((_, line), _)| approved(line));
    let terms =
        answers.map(|((line, _), answer)| LineTerms { line, terms: desk.terms(&form, answer, &judged) }).collect();
    let mut protections = Vec::new();
    if desk.policy.transfer == Transfer::Restarts {
        for ((number, at), line) in (1..).zip(0..).zip(&of.lines) {
            if line.protection.as_ref().is_some_and(|held| held.at(desk.at).holds()) {
                protections.push(LineProtection { line: number, protection: desk.protection(&form, at, &judged)? });
            }
        }
    }
    Ok(vec![desk.event(Happened::Transferred {
        to: to.clone(),
        judged: Box::new(judged),
        assessment,
        protections,
        terms,
    })])
}

fn appeal(of: &Registration, desk: &Desk<'_>, named: &BTreeSet<u32>) -> Decided<Vec<Event>> {
    let command = Command::Appeal { lines: named.clone() };
    let Some(policy) = desk.policy.appeal else {
        return Err(RegistrationError::NotOffered { command: command.participle() });
    };
    if of.appeal.is_some() {
        return Err(RegistrationError::Appeal { there: "is there already" });
    }
    let lines = chosen(of, named, &command, |state| matches!(state, LineState::Rejected { .. }))?;
    for number in &lines {
        if let Some(LineState::Rejected { at, .. }) = of.line(*number).map(|line| &line.review) {
            let zone = desk.program.zone();
            let (_, until) = end_of(zone.local_date(*at)?, policy.within, zone)?;
            if desk.at >= until {
                return Err(RegistrationError::NotNow { from: *at, until });
            }
        }
    }
    let due_at = desk.due(policy.decide_within_hours, policy.clock)?;
    let assessment = desk.reassess(of)?;
    Ok(vec![desk.event(Happened::Appealed { lines, due_at, assessment })])
}

fn close(
    of: &Registration,
    desk: &Desk<'_>,
    named: &BTreeSet<u32>,
    outcome: &CloseOutcome,
    command: &Command,
) -> Decided<Vec<Event>> {
    let sold = matches!(outcome, CloseOutcome::Won { .. } | CloseOutcome::Converted { .. });
    let lines = chosen(of, named, command, |state| {
        matches!(state, LineState::Approved { .. }) || (!sold && state.is_undecided())
    })?;
    Ok(vec![desk.event(Happened::Closed { lines, outcome: outcome.clone() })])
}

fn price_is_possible(price: &SpecialPrice, desk: &Desk<'_>) -> Decided<()> {
    match price {
        SpecialPrice::Discount(_) => Ok(()),
        SpecialPrice::Net(price) => Ok(check::values(&[Some(*price)], desk.program)?),
    }
}
