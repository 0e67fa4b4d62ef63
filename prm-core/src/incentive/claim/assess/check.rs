//! What a claim must be: checked when it is drafted, and once more when it is handed in.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};

use super::{Rules, missing};
use crate::incentive::claim::error::{BasisError, ClaimError, ClaimFormError};
use crate::incentive::claim::facts::{Found, FoundOf, Given};
use crate::incentive::claim::form::{Basis, ClaimForm, EvidenceKey, Expense};
use crate::incentive::claim::policy::ClaimPolicy;
use crate::incentive::mdf::request::{MdfRequest, Stage};
use crate::incentive::mdf::{ClaimFrom, Fund};
use crate::period::Period;
use crate::program::length::Length;

/// The most items of a claim: each is looked at.
pub(super) const ITEMS_MAX: usize = 500;
/// The most bytes of an invoice's issuer and number.
const TEXT_BYTES_MAX: usize = 256;

/// Checks what is filled in, wherever the claim stands.
pub(in super::super) fn filled_in(form: &ClaimForm, given: &Given) -> Result<(), ClaimFormError> {
    let name = &given.program.identity().name;
    if form.program != *name {
        let given = form.program.chars().take(64).collect();
        return Err(ClaimFormError::OtherProgram { expected: name.clone(), given });
    }
    if form.partner != given.partner.partner.id {
        return Err(ClaimFormError::Partner { partner: form.partner.clone() });
    }
    let given = form.of.items().max(form.proofs.len());
    if given > ITEMS_MAX {
        return Err(ClaimFormError::Items { given, most: ITEMS_MAX });
    }
    let Basis::Mdf { expenses, .. } = &form.of else { return Ok(()) };
    (1..).zip(expenses).try_for_each(|(item, expense)| is_expense(item, expense))
}

fn is_expense(item: u32, expense: &Expense) -> Result<(), ClaimFormError> {
    let is_text = |text: &str| {
        text.chars().any(char::is_alphanumeric) && text.len() <= TEXT_BYTES_MAX && !text.chars().any(char::is_control)
    };
    if !is_text(&expense.invoice.issuer) || !is_text(&expense.invoice.number) {
        return Err(ClaimFormError::Invoice { item, max: TEXT_BYTES_MAX });
    }
    let gross = expense.gross;
    let is_within = expense
        .recoverable_tax
        .is_none_or(|tax| tax.minor() >= 0 && gross.minus(tax).is_ok_and(|net| net.minor() >= 0));
    if gross.minor() > 0 && is_within { Ok(()) } else { Err(ClaimFormError::Amount { item, amount: gross }) }
}

/// Checks a claim that is handed in, and answers with what it shows. `first` is whether it never was before: what was in time
/// once stays so while it can be corrected.
pub(in super::super) fn submitted(
    form: &ClaimForm,
    (given, found): (&Given, &Found),
    (at, today): (DateTime<Utc>, NaiveDate),
    first: First,
) -> Result<BTreeSet<EvidenceKey>, ClaimError> {
    filled_in(form, given)?;
    if form.of.items() == 0 {
        return Err(ClaimFormError::Items { given: 0, most: ITEMS_MAX }.into());
    }
    let rules = Rules::of(form, given, found)?;
    match (&form.of, &rules) {
        (Basis::Mdf { performed, expenses, .. }, Rules::Fund(fund, granted)) => {
            carried_out(granted, *performed, today)?;
            let dates = (1..).zip(expenses.iter().map(|expense| expense.invoice.dated));
            if let Some((item, dated)) = dates.into_iter().find(|(_, dated)| *dated > today) {
                return Err(ClaimFormError::Future { item, dated }.into());
            }
            if first == First::Yes {
                takes(fund, granted, at)?;
                fund_in_time(fund, (*performed, expenses), given, today)?;
            }
        }
        (_, Rules::Policy(policy)) => in_time(form, policy, found, today, first)?,
        (of, _) => return Err(missing(of.word(), &"")),
    }
    let shown: BTreeSet<&str> = form.proofs.iter().map(|proof| proof.kind.as_str()).collect();
    let needed = match rules {
        Rules::Fund(fund, granted) => fund.proof(&granted.form.activity),
        Rules::Policy(policy) => &policy.handling.proof,
    };
    // An invoice stands behind every amount that was spent.
    let by_itself = |kind: &str| kind == "invoice" && matches!(form.of, Basis::Mdf { .. });
    if let Some(kind) = needed.iter().find(|kind| !shown.contains(kind.as_str()) && !by_itself(kind.as_str())) {
        return Err(ClaimFormError::NoProof { kind: kind.clone() }.into());
    }
    let evidence = form.evidence().map_err(|evidence| ClaimError::EvidenceUsed { evidence })?;
    match evidence.iter().find(|key| found.used.contains(*key)) {
        Some(used) => Err(ClaimError::EvidenceUsed { evidence: used.clone() }),
        None => Ok(evidence),
    }
}

/// Whether a claim was never handed in before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum First {
    Yes,
    No,
}

/// Whether the activity was carried out as it was granted, and is over.
fn carried_out(granted: &MdfRequest, performed: Period, today: NaiveDate) -> Result<(), BasisError> {
    let (Some(grant), Stage::Approved) = (&granted.grant, &granted.stage) else {
        return Err(BasisError::NotGranted { stage: granted.stage.word() });
    };
    let window = granted.form.days;
    if !window.covers(&performed) {
        return Err(BasisError::OutsideWindow { performed, window });
    }
    if performed.until() > today {
        return Err(BasisError::NotOver { ends: performed.last_day() });
    }
    match grant.active_on {
        Some(from) if today < from => Err(BasisError::NotActive { from }),
        _ => Ok(()),
    }
}

/// Whether the request takes another claim.
fn takes(fund: &Fund, granted: &MdfRequest, at: DateTime<Utc>) -> Result<(), BasisError> {
    if granted.is_expired(at) {
        let until = granted.grant.as_ref().and_then(|grant| grant.claim_until).unwrap_or(granted.form.days.until());
        return Err(BasisError::Expired { until });
    }
    match fund.claim.at_most {
        Some(most) if u32::try_from(granted.claims.len()).map_or(true, |there| there >= most) => {
            Err(BasisError::TooMany { most })
        }
        _ => Ok(()),
    }
}

/// Whether an item is claimed within some time after a date.
fn within(item: u32, dated: NaiveDate, within: Option<Length>, today: NaiveDate) -> Result<(), ClaimError> {
    let Some(within) = within else { return Ok(()) };
    let last = within.after(dated)?;
    if today <= last { Ok(()) } else { Err(BasisError::TooLate { item, dated, last }.into()) }
}

/// Whether what was spent is claimed in time: by the date of the invoices, or by that of leaving. That of the activity is the
/// end of the grant.
fn fund_in_time(
    fund: &Fund,
    (performed, expenses): (Period, &[Expense]),
    given: &Given,
    today: NaiveDate,
) -> Result<(), ClaimError> {
    let invoices = fund.claim.within.filter(|_| fund.claim.of == ClaimFrom::Invoice);
    (1..).zip(expenses).try_for_each(|(item, expense)| within(item, expense.invoice.dated, invoices, today))?;
    let has_left = given.partner.partner.left.is_some_and(|left| left <= today);
    within(1, performed.last_day(), fund.claim.after_leaving.filter(|_| has_left), today)
}

/// Whether sales and price changes are claimed in time, and not before they happen.
fn in_time(
    form: &ClaimForm,
    policy: &ClaimPolicy,
    found: &Found,
    today: NaiveDate,
    first: First,
) -> Result<(), ClaimError> {
    let dated: Vec<NaiveDate> = match (&form.of, &found.of) {
        (Basis::Spiff { lines, .. }, FoundOf::Spiff(known)) => {
            let on = |line: &crate::incentive::line::LineKey| {
                known.iter().find(|sale| sale.line == *line).map(|sale| sale.on)
            };
            lines.iter().map(|line| on(line).ok_or_else(|| missing("sale", line))).collect::<Result<_, _>>()?
        }
        (Basis::ShipAndDebit { sales, .. }, _) => sales.iter().map(|sale| sale.shipped_on).collect(),
        (Basis::PriceProtection { items, effective_on }, FoundOf::Prices(prices)) => {
            let on = |item: &crate::incentive::claim::form::ProtectedItem| {
                let known = prices.get(&item.sku).filter(|known| known.change.effective_on == *effective_on);
                known.map(|known| known.change.noticed_on.max(*effective_on))
            };
            items
                .iter()
                .map(|item| on(item).ok_or_else(|| missing("price change", &item.sku)))
                .collect::<Result<_, _>>()?
        }
        (of, _) => return Err(missing(of.word(), &"")),
    };
    for (item, dated) in (1..).zip(dated) {
        if dated > today {
            return Err(ClaimFormError::Future { item, dated }.into());
        }
        within(item, dated, policy.within.filter(|_| first == First::Yes), today)?;
    }
    Ok(())
}
