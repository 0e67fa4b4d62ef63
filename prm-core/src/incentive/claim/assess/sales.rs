//! What sales and stock bring: SPIFFs, ship and debit, price protection.

use super::{Items, cut, missing, owed};
use crate::id::AuthorisationId;
use crate::incentive::claim::answer::{ClaimReason, ItemAnswer};
use crate::incentive::claim::command::Disallowed;
use crate::incentive::claim::debit::{DebitPart, DebitSale, debit as debits};
use crate::incentive::claim::error::{BasisError, ClaimError, ClaimFormError};
use crate::incentive::claim::event::{Taken, Uses};
use crate::incentive::claim::facts::{Found, FoundOf, Given};
use crate::incentive::claim::form::{ClaimForm, ProtectedItem};
use crate::incentive::claim::protect::protect;
use crate::incentive::line::LineKey;
use crate::money::{Money, MoneyError};
use crate::scaled::Scaled;

pub(super) fn spiff(
    lines: &[LineKey],
    disallowed: &[Disallowed],
    given: &Given,
    found: &Found,
) -> Result<Items, ClaimError> {
    let FoundOf::Spiff(known) = &found.of else { return Err(missing("SPIFF", &"")) };
    let currency = given.program.currency();
    let (mut claimed, mut counts, mut items) = (Money::zero(currency), Money::zero(currency), Vec::new());
    for (number, line) in (1..).zip(lines) {
        let sale = known.iter().find(|sale| sale.line == *line).ok_or_else(|| missing("sale", line))?;
        let (less, because) = cut(number, sale.brings.amount(), disallowed)?;
        let left = Money::exactly(sale.brings.amount().minus(less)?, currency)?;
        (claimed, counts) = (claimed.plus(sale.brings)?, counts.plus(left)?);
        items.push(ItemAnswer { gives: left.amount(), because });
    }
    Ok(Items { claimed, counts, pays: counts, limit: None, items, uses: None })
}

pub(super) fn debit(
    form: &ClaimForm,
    (id, sales): (&AuthorisationId, &[DebitSale]),
    disallowed: &[Disallowed],
    given: &Given,
    found: &Found,
) -> Result<Items, ClaimError> {
    let FoundOf::Authorisation(authorised) = &found.of else { return Err(missing("authorisation", id)) };
    if authorised.authorisation.id != *id || authorised.authorisation.partner != form.partner {
        return Err(missing("authorisation", id));
    }
    let policy = given.program.claims().ship_and_debit.as_ref();
    let price = policy.ok_or(BasisError::NoPolicy { kind: form.of.word() })?.price;
    let currency = authorised.authorisation.currency;
    let whole = debits(price, authorised, sales)?;
    let mut counted = Vec::new();
    let mut reasons = Vec::new();
    for (number, sale) in (1..).zip(sales) {
        let (less, because) = cut(number, sale.quantity, disallowed)?;
        let quantity = sale.quantity.minus(less)?;
        reasons.push((because, quantity > Scaled::ZERO));
        // What does not count is not taken from a lot either.
        counted.extend((quantity > Scaled::ZERO).then(|| DebitSale { quantity, ..sale.clone() }));
    }
    let mut answers = debits(price, authorised, &counted)?.into_iter();
    let (mut items, mut lots, mut quantity) = (Vec::new(), Vec::new(), Scaled::ZERO);
    for (mut because, is_counted) in reasons {
        let mut gives = Scaled::ZERO;
        if let Some(answer) = is_counted.then(|| answers.next()).flatten() {
            gives = answer.gives;
            for part in answer.parts {
                quantity = quantity.plus(part.quantity)?;
                lots.extend(part.lot.clone().map(|lot| Taken { lot, quantity: part.quantity }));
                let DebitPart { quantity, price, contract, lot } = part;
                because.push(ClaimReason::Price { quantity, price, contract, lot });
            }
            if gives.is_zero() {
                because.push(ClaimReason::BelowContract);
            }
        }
        items.push(ItemAnswer { gives, because });
    }
    let claimed = owed(whole.iter().try_fold(Scaled::ZERO, |sum, item| sum.plus(item.gives)), currency, given)?;
    let counts = owed(items.iter().try_fold(Scaled::ZERO, |sum, item| sum.plus(item.gives)), currency, given)?;
    let uses = Some(Uses::Authorisation { authorisation: id.clone(), quantity, lots });
    Ok(Items { claimed, counts, pays: counts, limit: None, items, uses })
}

pub(super) fn protection(
    asked: &[ProtectedItem],
    disallowed: &[Disallowed],
    given: &Given,
    found: &Found,
) -> Result<Items, ClaimError> {
    let FoundOf::Prices(prices) = &found.of else { return Err(missing("price change", &"")) };
    let policy = given.program.claims().price_protection.as_ref();
    let within = policy.ok_or(BasisError::NoPolicy { kind: "price_protection" })?.receipts;
    let working = given.program.working_time();
    let (mut whole, mut sum, mut items, mut currency) = (Scaled::ZERO, Scaled::ZERO, Vec::new(), None);
    for (number, item) in (1..).zip(asked) {
        let known = prices.get(&item.sku).ok_or_else(|| missing("price change", &item.sku))?;
        let of = *currency.get_or_insert(known.change.currency);
        if of != known.change.currency {
            return Err(MoneyError::CurrenciesDiffer { left: of, right: known.change.currency }.into());
        }
        let all = protect(&known.change, &item.count, (&[], None), working)?;
        let protected = protect(&known.change, &item.count, (&known.receipts, within), working)?;
        let (less, cuts) = cut(number, protected.counts, disallowed)?;
        let gives = protected.each.times(protected.counts.minus(less)?)?;
        let mut because = vec![ClaimReason::Stock { quantity: protected.stock }];
        if protected.counts < protected.stock {
            because.push(ClaimReason::ReceivedEarlier { counts: protected.counts });
        }
        if item.count.in_transit > Scaled::ZERO {
            because.push(ClaimReason::InTransit { quantity: item.count.in_transit });
        }
        because.extend(cuts);
        (whole, sum) = (whole.plus(all.gives)?, sum.plus(gives)?);
        items.push(ItemAnswer { gives, because });
    }
    let currency = currency.ok_or(ClaimFormError::Items { given: 0, most: super::check::ITEMS_MAX })?;
    let (claimed, counts) = (owed(Ok(whole), currency, given)?, owed(Ok(sum), currency, given)?);
    Ok(Items { claimed, counts, pays: counts, limit: None, items, uses: None })
}
