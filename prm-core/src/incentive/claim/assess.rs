//! What a claim comes to: one rule for each kind.

mod check;
mod mdf;
mod sales;

pub(super) use check::{First, filled_in, submitted};

use super::answer::{ClaimAnswer, ClaimReason, Cut, ItemAnswer};
use super::command::Disallowed;
use super::error::{BasisError, ClaimError, ClaimFormError};
use super::event::{Award, Payout, Uses};
use super::facts::{Found, FoundOf, Given};
use super::form::{Basis, ClaimForm};
use super::policy::ClaimPolicy;
use crate::currency::Currency;
use crate::incentive::mdf::request::MdfRequest;
use crate::incentive::mdf::{Fund, Handling};
use crate::money::Money;
use crate::scaled::{NumberError, Scaled};

/// What claims of a kind are subject to.
pub(super) enum Rules<'r> {
    /// Those of a fund, and the request that it granted.
    Fund(&'r Fund, &'r MdfRequest),
    /// Those of `claims`.
    Policy(&'r ClaimPolicy),
}

impl<'r> Rules<'r> {
    /// Those for a form, if what it claims for is there.
    pub(super) fn of(form: &ClaimForm, given: &'r Given, found: &'r Found) -> Result<Self, ClaimError> {
        let claims = given.program.claims();
        let policy = match (&form.of, &found.of) {
            (Basis::Mdf { request, .. }, FoundOf::Request(granted)) => {
                let name = &granted.form.fund;
                let fund = given.program.fund(name.as_str()).ok_or_else(|| missing("fund", name))?;
                if granted.form.partner != form.partner {
                    return Err(missing("request", request));
                }
                return Ok(Self::Fund(fund, granted));
            }
            (Basis::Mdf { request, .. }, _) => return Err(missing("request", request)),
            (Basis::Spiff { .. }, _) => claims.spiff.as_ref(),
            (Basis::ShipAndDebit { .. }, _) => claims.ship_and_debit.as_ref().map(|policy| &policy.claims),
            (Basis::PriceProtection { .. }, _) => claims.price_protection.as_ref().map(|policy| &policy.claims),
        };
        Ok(Self::Policy(policy.ok_or(BasisError::NoPolicy { kind: form.of.word() })?))
    }

    pub(super) const fn handling(&self) -> &'r Handling {
        match self {
            Self::Fund(fund, _) => &fund.claim.handling,
            Self::Policy(policy) => &policy.handling,
        }
    }
}

pub(super) fn missing(what: &'static str, given: &impl ToString) -> ClaimError {
    BasisError::NotFound { what, given: given.to_string() }.into()
}

/// What items come to.
struct Items {
    /// What would be paid if everything counted and nothing limited it.
    claimed: Money,
    /// The same of what counts.
    counts: Money,
    /// What is paid.
    pays: Money,
    /// Why that is less than what counts.
    limit: Option<ClaimReason>,
    items: Vec<ItemAnswer>,
    uses: Option<Uses>,
}

/// What a claim comes to, and what it uses up if it is approved.
pub(super) fn assess(
    form: &ClaimForm,
    disallowed: &[Disallowed],
    given: &Given,
    found: &Found,
) -> Result<Award, ClaimError> {
    let rules = Rules::of(form, given, found)?;
    for cut in disallowed {
        let place = usize::try_from(cut.item).unwrap_or(usize::MAX);
        if place == 0 || place > form.of.items() {
            return Err(ClaimFormError::NoPart { item: cut.item, part: cut.part.unwrap_or(Scaled::ZERO) }.into());
        }
    }
    let (items, person, prepaid) = match &form.of {
        Basis::Mdf { request, expenses, .. } => {
            let Rules::Fund(fund, granted) = &rules else { return Err(missing("request", request)) };
            let prepaid = granted.grant.as_ref().is_some_and(|grant| grant.active_on.is_some());
            (mdf::items(request, expenses, disallowed, (*fund, *granted), given)?, None, prepaid)
        }
        Basis::Spiff { lines, person, .. } => (sales::spiff(lines, disallowed, given, found)?, person.clone(), false),
        Basis::ShipAndDebit { authorisation, sales } => {
            (sales::debit(form, (authorisation, sales), disallowed, given, found)?, None, false)
        }
        Basis::PriceProtection { items, .. } => (sales::protection(items, disallowed, given, found)?, None, false),
    };
    let Items { claimed, counts, mut pays, mut limit, items, uses } = items;
    if let Rules::Policy(ClaimPolicy { cap: Some(cap), .. }) = rules
        && pays.minus(*cap)?.minor() > 0
    {
        (pays, limit) = (*cap, Some(ClaimReason::Cap { amount: *cap }));
    }
    let mut cuts = Vec::new();
    for (amount, why) in [(claimed.minus(counts)?, Some(ClaimReason::Items)), (counts.minus(pays)?, limit)] {
        cuts.extend(why.filter(|_| amount.minor() > 0).map(|why| Cut { amount, why }));
    }
    let owes = pays.minor() > 0 && !prepaid;
    let payout = owes.then(|| Payout { partner: form.partner.clone(), person, amount: pays });
    let program = given.program.identity().clone();
    Ok(Award { program, answer: ClaimAnswer { claimed, pays, cuts, items }, uses, payout })
}

/// What does not count of an item, up to all of it, with the reasons; an error if it is no part of it.
fn cut(item: u32, whole: Scaled, disallowed: &[Disallowed]) -> Result<(Scaled, Vec<ClaimReason>), ClaimError> {
    let (mut cut, mut because) = (Scaled::ZERO, Vec::new());
    for of in disallowed.iter().filter(|of| of.item == item) {
        let part = of.part.unwrap_or(whole.minus(cut)?);
        cut = cut.plus(part)?;
        if part.is_negative() || cut > whole {
            return Err(ClaimFormError::NoPart { item, part }.into());
        }
        because.push(ClaimReason::Disallowed { part: of.part, reason: of.code.clone() });
    }
    Ok((cut, because))
}

/// An exact sum as it is owed: rounded once, as the program rounds.
fn owed(sum: Result<Scaled, NumberError>, currency: Currency, given: &Given) -> Result<Money, ClaimError> {
    Ok(Money::rounded(sum?, currency, given.program.rounding().mode)?)
}
