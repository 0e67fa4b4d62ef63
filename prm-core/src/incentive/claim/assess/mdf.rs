//! Money of a fund: the granted share of what was spent.

use super::{Items, cut, owed};
use crate::fx::ExchangeRate;
use crate::id::RequestId;
use crate::incentive::claim::answer::{ClaimReason, ItemAnswer};
use crate::incentive::claim::command::Disallowed;
use crate::incentive::claim::error::{BasisError, ClaimError};
use crate::incentive::claim::event::Uses;
use crate::incentive::claim::facts::Given;
use crate::incentive::claim::form::Expense;
use crate::incentive::mdf::request::{MdfRequest, Stage};
use crate::incentive::mdf::{CutBy, Fund, SoFar, Terms, reimburse};
use crate::money::Money;
use crate::scaled::Scaled;

pub(super) fn items(
    request: &RequestId,
    expenses: &[Expense],
    disallowed: &[Disallowed],
    (fund, granted): (&Fund, &MdfRequest),
    given: &Given,
) -> Result<Items, ClaimError> {
    let (Some(grant), Some(before), Stage::Approved) = (&granted.grant, granted.so_far(), &granted.stage) else {
        return Err(BasisError::NotGranted { stage: granted.stage.word() }.into());
    };
    let currency = grant.amount.currency();
    let (mut all, mut spent, mut items) = (Money::zero(currency), Money::zero(currency), Vec::new());
    for (number, expense) in (1..).zip(expenses) {
        let tax = expense.recoverable_tax.filter(|tax| !tax.is_zero());
        let net = tax.map_or(Ok(expense.gross), |tax| expense.gross.minus(tax))?;
        let (less, mut because) = cut(number, net.amount(), disallowed)?;
        because.extend(tax.map(|amount| ClaimReason::RecoverableTax { amount }));
        let rate = rate(number, expense, fund, given)?;
        let converted = |amount: Scaled| match &rate {
            // What is spent becomes an amount of the fund's money once, for each invoice.
            Some(rate) => {
                let amount = rate.convert(amount, currency.minor_digits(), given.program.rounding().mode);
                Ok(Money::exactly(amount?, currency)?)
            }
            None => owed(Ok(amount), currency, given),
        };
        let counts = converted(net.amount().minus(less)?)?;
        (all, spent) = (all.plus(converted(net.amount())?)?, spent.plus(counts)?);
        because.extend(rate.map(|rate| ClaimReason::Converted { rate }));
        items.push(ItemAnswer { gives: counts.amount(), because });
    }
    let mut terms = Terms::new(grant.share, grant.amount);
    (terms.cap, terms.rounding) = (grant.cap, fund.rounding);
    let nothing = SoFar { spent: before.spent, paid: Money::zero(currency) };
    // The shares before any limit: of all that is claimed, of what counts, and of what counted before.
    let share = |spending: Money| Ok::<_, ClaimError>(reimburse(&terms, nothing, spending)?.share);
    let share_before = share(Money::zero(currency))?;
    let (claimed, counts) = (share(all)?.minus(share_before)?, share(spent)?.minus(share_before)?);
    let paid = reimburse(&terms, before, spent)?;
    let limit = match paid.cut_by {
        Some(CutBy::Cap) => grant.cap.map(|amount| ClaimReason::Cap { amount }),
        _ => Some(ClaimReason::Granted { amount: grant.amount }),
    };
    let (request, pot) = (request.clone(), grant.pot.clone());
    let uses = Some(Uses::Grant { request, pot, spent, paid: paid.pays });
    Ok(Items { claimed, counts, pays: paid.pays, limit, items, uses })
}

/// The rate at which an expense is converted; `None` if it is in the fund's currency.
fn rate(item: u32, expense: &Expense, fund: &Fund, given: &Given) -> Result<Option<ExchangeRate>, ClaimError> {
    let from = expense.gross.currency();
    if from == fund.currency {
        return Ok(None);
    }
    let exchange = fund.exchange.as_ref().ok_or(BasisError::NoExchange { item, given: from })?;
    let table = given.exchange.iter().find(|table| table.name() == exchange.table.as_str());
    let table = table.ok_or_else(|| BasisError::NoTable { table: exchange.table.clone() })?;
    let on = expense.invoice.dated;
    let rate = table.rate(from, fund.currency, exchange.rate, on, exchange.at_most_days).map_err(BasisError::from)?;
    Ok(Some(rate))
}
