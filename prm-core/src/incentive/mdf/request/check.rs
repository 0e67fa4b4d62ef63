//! What a request must be: checked when it is drafted, and once more when it is handed in.

use chrono::NaiveDate;

use super::error::{RequestError, RequestFormError};
use super::form::Form;
use super::{Given, Grant};
use crate::incentive::mdf::policy::{ClaimFrom, Fund};
use crate::incentive::mdf::pot::Pot;
use crate::money::Money;
use crate::period::PeriodError;
use crate::program::Program;
use crate::program::length::Length;

/// The most bytes of a title.
const TITLE_BYTES_MAX: usize = 1_024;

/// Checks what is filled in, wherever the request stands.
pub(super) fn filled_in(form: &Form, fund: &Fund, given: &Given) -> Result<(), RequestFormError> {
    let name = &given.program.identity().name;
    if form.program != *name {
        let given = form.program.chars().take(64).collect();
        return Err(RequestFormError::OtherProgram { expected: name.clone(), given });
    }
    if form.partner != given.partner.partner.id {
        return Err(RequestFormError::Partner { partner: form.partner.clone() });
    }
    let unknown = |what, given: String| Err(RequestFormError::Unknown { fund: fund.name.clone(), what, given });
    if !fund.activities.is_empty() && !fund.activities.contains_key(&form.activity) {
        return unknown("activity", form.activity.to_string());
    }
    if fund.classes.is_empty() != form.class.is_none()
        || form.class.as_ref().is_some_and(|class| !fund.classes.contains(class))
    {
        return unknown("class", form.class.as_ref().map(ToString::to_string).unwrap_or_default());
    }
    if form.title.len() > TITLE_BYTES_MAX || form.title.chars().any(char::is_control) {
        return Err(RequestFormError::Title { max: TITLE_BYTES_MAX });
    }
    let currency = fund.currency;
    for given in [Some(form.cost), form.amount].into_iter().flatten() {
        if given.currency() != currency || given.minor() <= 0 {
            return Err(RequestFormError::Amount { given, currency });
        }
    }
    Ok(())
}

/// What a form asks for, and the most that it could.
pub(super) fn asked(form: &Form, fund: &Fund, given: &Given) -> Result<(Money, Money), RequestError> {
    let share = fund.share(&form.activity, form.creative, given.partner.tier.as_ref());
    let part = Money::rounded(
        share.of(form.cost.amount()).map_err(crate::money::MoneyError::from)?,
        fund.currency,
        fund.rounding,
    )?;
    let most = fund.most(&form.activity).filter(|most| most.minor() < part.minor()).unwrap_or(part);
    Ok((form.amount.unwrap_or(most), most))
}

/// Checks a form that is handed in.
pub(super) fn complete(form: &Form, fund: &Fund, given: &Given, today: NaiveDate) -> Result<(), RequestError> {
    filled_in(form, fund, given)?;
    if let Some(reason) = given.partner.refused_by(&fund.eligible, &given.program, today) {
        return Err(RequestFormError::NotEligible { reason }.into());
    }
    let begins = form.days.from();
    let last = fund.request.ask.map_or(Ok(begins), |ask| ask.before(begins)).map_err(beyond)?;
    if today > last {
        return Err(RequestFormError::TooLate { begins, last }.into());
    }
    let (asked, most) = asked(form, fund, given)?;
    if asked.minor() > most.minor() {
        return Err(RequestFormError::TooMuch { asked, most }.into());
    }
    let nothing = asked.minor() <= 0;
    if let Some(least) =
        fund.request.at_least.filter(|least| asked.minor() < least.minor()).or_else(|| nothing.then_some(asked))
    {
        return Err(RequestFormError::TooLittle { asked, least }.into());
    }
    let pot = form.pot(&given.program)?;
    match claim_until(form, fund, &pot)? {
        Some(closes) if closes <= form.days.from() => Err(RequestFormError::Closed { closes, days: form.days }.into()),
        _ => Ok(()),
    }
}

/// The day after the last on which a grant can be claimed.
fn claim_until(form: &Form, fund: &Fund, pot: &Pot) -> Result<Option<NaiveDate>, RequestError> {
    let within = fund.claim.within.filter(|_| fund.claim.of == ClaimFrom::Activity);
    let within = within.map(|within: Length| within.after(form.days.until())).transpose().map_err(beyond)?;
    let closes =
        fund.claim.closes.map(|closes| closes.before(pot.period.period.until())).transpose().map_err(beyond)?;
    Ok([within, closes].into_iter().flatten().min())
}

fn beyond(error: PeriodError) -> RequestError {
    RequestError::Calendar(error.into())
}

/// What is granted for a form on a day.
pub(super) fn grant(
    form: &Form,
    fund: &Fund,
    given: &Given,
    amount: Money,
    today: NaiveDate,
) -> Result<Grant, RequestError> {
    let program = &*given.program;
    let pot = form.pot(program)?;
    let claim_until = claim_until(form, fund, &pot)?;
    Ok(Grant {
        program: program.identity().clone(),
        amount,
        share: fund.share(&form.activity, form.creative, given.partner.tier.as_ref()),
        cap: fund.activities.get(&form.activity).and_then(|activity| activity.at_most),
        unclaimed: fund.unclaimed,
        active_on: fund.request.prepaid.map(|days| working_days_after(program, today, days)).transpose()?,
        claim_until,
        expires_at: claim_until.map(|day| program.zone().start_of_day(day)).transpose()?,
        pot,
    })
}

/// The working day that lies so many of them behind a day.
fn working_days_after(program: &Program, day: NaiveDate, count: u32) -> Result<NaiveDate, RequestError> {
    let (mut day, mut left) = (day, count);
    while left > 0 {
        day = day.succ_opt().ok_or_else(|| crate::zone::ZoneError::OutOfRange { at: day.into() })?;
        left -= u32::from(program.working_time().works_on(day));
    }
    Ok(day)
}
