//! Place in line: of those that wait for a decision on one account and the same goods, who was received first.
//!
//! A place is held from receipt to decision, and while the partner completes what it was asked for in time. It is computed,
//! not stored: when one before is rejected, withdrawn or lapses, those behind it have moved up.

use super::conflict::{Candidate, Ground};
use super::facts::{FoundRegistration, Likeness};
use super::form::{DealLine, DealType, Goods};
use super::policy::{ScopeAccounts, ScopePlaces};
use super::registration::{Judged, Receipt, Registered};
use crate::product::{Product, ProductSet};
use crate::program::Program;

/// The place of a line, counted from 1.
#[must_use]
pub fn place(line: &DealLine, candidate: &Candidate<'_>, ground: &Ground<'_>) -> u32 {
    let before = ground.found.registrations.iter().filter(|other| {
        is_same(other.matched.likeness, ground)
            && blocks(other)
            && in_scope(candidate, other, ground)
            && is_before(other.registration.receipt, candidate.receipt)
            && other.registration.holds_place(ground.at)
            && other_lines(other).any(|(theirs, state)| {
                state.review.is_undecided() && overlap(line, candidate.judged, theirs, Some(other), ground.program)
            })
    });
    u32::try_from(before.count()).unwrap_or(u32::MAX).saturating_add(1)
}

/// Whether an account that is so like is the same to registrations: where they reach over families, all of one are.
pub(super) fn is_same(likeness: Likeness, ground: &Ground<'_>) -> bool {
    let family = ground.policy.scope.accounts == ScopeAccounts::Family;
    likeness == Likeness::Same || (family && likeness == Likeness::Related)
}

/// Whether a registration can stand in another's way: in a public tender every bidder may bid.
pub(super) fn blocks(other: &FoundRegistration) -> bool {
    other.registration.form.deal_type != DealType::PublicTender
}

/// Whether a receipt comes before another; one that is not there yet comes behind all.
pub(super) fn is_before(other: Option<Receipt>, own: Option<Receipt>) -> bool {
    match (other, own) {
        (Some(other), Some(own)) => other < own,
        (Some(_), None) => true,
        (None, _) => false,
    }
}

/// The lines of a registration with how they stand.
pub(super) fn other_lines(other: &FoundRegistration) -> impl Iterator<Item = (&DealLine, &Registered)> {
    other.registration.form.lines.iter().zip(&other.registration.lines)
}

/// Whether two registrations reach over the same place. A place that is not known could be any.
pub(super) fn in_scope(candidate: &Candidate<'_>, other: &FoundRegistration, ground: &Ground<'_>) -> bool {
    let (mine, theirs) = (candidate.form, &other.registration.form);
    let same = |mine: Option<&String>, theirs: Option<&String>| {
        let equal = |mine: &String, theirs: &String| mine.trim().eq_ignore_ascii_case(theirs.trim());
        mine.zip(theirs).is_none_or(|(mine, theirs)| equal(mine, theirs))
    };
    let in_country = same(mine.account.country.as_ref(), theirs.account.country.as_ref());
    match ground.policy.scope.places {
        ScopePlaces::Everywhere => true,
        ScopePlaces::Country => in_country,
        ScopePlaces::Site => in_country && same(mine.site.as_ref(), theirs.site.as_ref()),
    }
}

/// Whether two lines can be about the same product.
pub(super) fn overlap(
    mine: &DealLine,
    judged: &Judged,
    theirs: &DealLine,
    other: Option<&FoundRegistration>,
    program: &Program,
) -> bool {
    let their_judged = other.and_then(|other| other.registration.judged.as_ref());
    goods_overlap((&mine.goods, Some(judged)), (&theirs.goods, their_judged), program)
}

/// Whether goods can be about the same product. Of two product sets that are not the same one it is said that they can
/// unless their keys exclude each other: no catalogue is needed, and nobody is let in by a guess.
pub(super) fn goods_overlap(
    (mine, judged): (&Goods, Option<&Judged>),
    (theirs, their_judged): (&Goods, Option<&Judged>),
    program: &Program,
) -> bool {
    let set = |name| program.products().get(name);
    match (mine, theirs) {
        (Goods::Sku(mine), Goods::Sku(theirs)) => mine == theirs,
        (Goods::Products(mine), Goods::Products(theirs)) => {
            mine == theirs || set(mine).zip(set(theirs)).is_some_and(|(mine, theirs)| mine.can_overlap(theirs))
        }
        (Goods::Sku(_), Goods::Products(theirs)) => has(set(theirs), product(mine, judged)),
        (Goods::Products(mine), Goods::Sku(_)) => has(set(mine), product(theirs, their_judged)),
    }
}

fn has(set: Option<&ProductSet>, product: Option<&Product>) -> bool {
    set.zip(product).is_some_and(|(set, product)| set.contains(product))
}

/// The product that a line names by SKU, as it was when the registration was assessed.
pub(super) fn product<'j>(goods: &Goods, judged: Option<&'j Judged>) -> Option<&'j Product> {
    let Goods::Sku(sku) = goods else { return None };
    judged?.products.iter().find(|product| product.sku == *sku)
}

/// Whether goods are within a product set: the set itself, or a product of it.
pub(super) fn is_within((goods, judged): (&Goods, &Judged), set: &crate::id::Name, program: &Program) -> bool {
    match goods {
        Goods::Products(name) => name == set,
        goods => has(program.products().get(set), product(goods, Some(judged))),
    }
}
