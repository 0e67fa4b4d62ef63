//! What a form must be: checked when it is drafted, and once more when it is handed in.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::error::FormError;
use super::facts::{DealPartner, Given};
use super::form::{Form, FormField, Goods};
use super::policy::DealPolicy;
use super::registration::Judged;
use crate::account::{Account, FIELD_BYTES_MAX};
use crate::id::PartnerId;
use crate::money::Money;
use crate::program::Program;

/// The most lines, and the most distributors, of a registration.
const LINES_MAX: usize = 200;
const DISTRIBUTORS_MAX: usize = 20;

/// Checks what is filled in, wherever the registration stands; blank fields are allowed.
pub(super) fn filled_in(form: &Form, given: &Given) -> Result<(), FormError> {
    let program = &given.program;
    if form.program != program.identity().name {
        return Err(FormError::OtherProgram {
            expected: program.identity().name.clone(),
            given: form.program.chars().take(64).collect(),
        });
    }
    Account::new(form.account.clone())?;
    text(&form.account.name, FormField::AccountName)?;
    let tender = form.tender.as_ref().map(|tender| &tender.id);
    for (field, given) in [(FormField::Site, &form.site), (FormField::Region, &form.region)] {
        given.as_ref().map_or(Ok(()), |given| text(given, field))?;
    }
    tender.map_or(Ok(()), |given| text(given, FormField::Tender))?;
    partners(form, given)?;
    lines(form, given)
}

/// Checks a form that is handed in.
pub(super) fn complete(form: &Form, given: &Given, policy: &DealPolicy, today: NaiveDate) -> Result<(), FormError> {
    filled_in(form, given)?;
    if let Some(field) = policy.required(form.deal_type).find(|field| !field.is_filled(form)) {
        return Err(FormError::Missing { field });
    }
    let currency = given.program.currency();
    let value = form.value()?.unwrap_or(Money::zero(currency));
    if let Some(minimum) = policy.minimum_value.filter(|minimum| value.amount() < *minimum) {
        return Err(FormError::BelowMinimum { given: value, minimum: Money::exactly(minimum, currency)? });
    }
    if let Some(close) = form.close_date {
        let last = policy.horizon.map_or(NaiveDate::MAX, |far| far.after(today).unwrap_or(NaiveDate::MAX));
        within(FormField::CloseDate, close, (today, last))?;
    }
    form.tender
        .as_ref()
        .map_or(Ok(()), |tender| within(FormField::Tender, tender.published_on, (NaiveDate::MIN, today)))
}

/// Checks new values of lines.
pub(super) fn values(values: &[Option<Money>], program: &Program) -> Result<(), FormError> {
    (1..).zip(values).filter_map(|(line, value)| Some((line, (*value)?))).try_for_each(|(line, given)| {
        let expected = program.currency();
        if given.currency() != expected {
            return Err(FormError::OtherCurrency { line, expected, given: given.currency() });
        }
        if given.minor() < 0 { Err(FormError::NegativeValue { line, given }) } else { Ok(()) }
    })
}

/// What a registration is assessed with.
pub(super) fn judged(form: &Form, partner: &DealPartner, given: &Given) -> Judged {
    let skus = form.lines.iter().filter_map(|line| match &line.goods {
        Goods::Sku(sku) => given.products.get(sku).cloned(),
        Goods::Products(_) => None,
    });
    Judged {
        program: given.program.identity().clone(),
        partner: partner.clone(),
        products: skus.collect(),
        verdicts: given.verdicts.clone(),
    }
}

fn within(field: FormField, given: NaiveDate, (from, until): (NaiveDate, NaiveDate)) -> Result<(), FormError> {
    if from <= given && given <= until { Ok(()) } else { Err(FormError::Date { field, given, from, until }) }
}

/// A mark that turns the direction of what follows, so that a name reads as another one.
const fn turns_direction(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn text(given: &str, field: FormField) -> Result<(), FormError> {
    let why = if given.len() > FIELD_BYTES_MAX {
        format!("has at most {FIELD_BYTES_MAX} bytes, this has {}", given.len())
    } else if let Some((at, c)) = given.chars().enumerate().find(|(_, c)| c.is_control() || turns_direction(*c)) {
        let code = u32::from(c);
        format!("must not hold control characters or marks of direction; U+{code:04X} at position {} is one", at + 1)
    } else {
        return Ok(());
    };
    Err(FormError::Text { field, why })
}

fn partners(form: &Form, given: &Given) -> Result<(), FormError> {
    if form.distributors.len() > DISTRIBUTORS_MAX {
        let (field, most) = (FormField::Distributors, DISTRIBUTORS_MAX);
        return Err(FormError::TooMany { field, given: form.distributors.len(), most });
    }
    let known = |field, partner: &PartnerId| {
        let known = given.partners.contains_key(partner);
        if known { Ok(()) } else { Err(FormError::Partner { field, partner: partner.clone() }) }
    };
    known(FormField::Partner, &form.partner)?;
    if let Some(submitter) = &form.submitter {
        known(FormField::Submitter, submitter)?;
    }
    let mut seen = BTreeSet::from([&form.partner]);
    for partner in &form.distributors {
        known(FormField::Distributors, partner)?;
        if !seen.insert(partner) {
            return Err(FormError::Partner { field: FormField::Distributors, partner: partner.clone() });
        }
    }
    Ok(())
}

fn lines(form: &Form, given: &Given) -> Result<(), FormError> {
    if form.lines.len() > LINES_MAX {
        let (field, most) = (FormField::Products, LINES_MAX);
        return Err(FormError::TooMany { field, given: form.lines.len(), most });
    }
    let mut seen = BTreeSet::new();
    for (number, line) in (1..).zip(&form.lines) {
        let known = match &line.goods {
            Goods::Products(name) => given.program.products().contains_key(name),
            Goods::Sku(sku) => given.products.contains_key(sku),
        };
        if !known || !seen.insert(&line.goods) {
            return Err(FormError::Product { line: number, goods: line.goods.clone() });
        }
    }
    values(&form.lines.iter().map(|line| line.value).collect::<Vec<_>>(), &given.program)
}
