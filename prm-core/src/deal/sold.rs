//! To which registration a sale belongs, and whether it has the benefit of it.
//!
//! A sale that names a registration belongs to that one or to none. Any other belongs to the registration of its partner for
//! its customer and product, if it was ordered while that was protected or within a **tail** behind it; of several to
//! the one that was received first. It may be *late*, if the registration was received too short before the order, and *over*,
//! if more is sold than was approved; the program says what becomes of it then.
//!
//! ```
//! # #[cfg(feature = "program")] {
//! use prm_core::deal::sold::{RegisteredSale, SaleBenefit, SaleReason, Sold, belongs};
//! use prm_core::product::Product;
//! use prm_core::program::Program;
//! let program = Program::read("
//! format: 1
//! program: Example
//! version: '1'
//! effective: { from: 2025-01-01 }
//! currency: EUR
//! deals: { sales: { tail: 30 days, over: { by: 10 %, then: review } } }
//! ")?;
//! let bike = Product::new("bike".parse()?);
//! let sold = Sold::new("alpine".parse()?, ["A-1".parse()?].into(), &bike, "2025-06-10".parse()?, "500".parse()?);
//! // Nothing is registered, so it belongs to nothing; and nobody is told of a registration that is not there.
//! assert_eq!(belongs(&program, &sold, &[])?, Err(SaleReason::NoRegistration));
//! let named = sold.naming("r-9".parse()?);
//! assert_eq!(belongs(&program, &named, &[])?, Err(SaleReason::NotFound { registration: "r-9".parse()? }));
//! # let _: (Option<RegisteredSale>, Option<SaleBenefit>) = (None, None);
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod answer;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

pub use self::answer::{RegisteredSale, SaleBenefit, SaleLinkError, SaleReason};
use super::registration::{LineState, Registration};
use super::{CloseOutcome, Goods};
use crate::id::{AccountId, PartnerId, RegistrationId};
use crate::product::Product;
use crate::program::Program;
use crate::program::length::{Length, Unit};
use crate::rate::Rate;
use crate::scaled::Scaled;

/// What a program says of sales and the registrations that they belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SalePolicy {
    /// How long after the end of a protection a sale still belongs to it.
    pub tail: Length,
    /// How long before the order a registration must have been received.
    pub received_before: Length,
    /// What becomes of a sale whose registration was received later.
    pub late: Late,
    /// By how much more than approved may be sold.
    pub over_by: Rate,
    /// What becomes of a sale beyond that.
    pub over: Over,
}

impl Default for SalePolicy {
    /// Thirty days, received before the order, 10 % more; what is late belongs to nothing, what is over loses the benefit.
    fn default() -> Self {
        Self {
            tail: Length { count: 30, unit: Unit::Days },
            received_before: Length { count: 0, unit: Unit::Days },
            late: Late::default(),
            over_by: Rate::from_fraction(Scaled::new(1, 1)).unwrap_or(Rate::ZERO),
            over: Over::default(),
        }
    }
}

/// What becomes of a sale whose registration was received late.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Late {
    /// It does not belong to it.
    #[default]
    Refused,
    /// It belongs to it, without the benefit.
    LosesBenefit,
    /// Somebody looks at it.
    Review,
}

/// What becomes of late sales, with the word that stands for each in documents.
pub const LATES: [(&str, Late); 3] =
    [("refused", Late::Refused), ("loses_benefit", Late::LosesBenefit), ("review", Late::Review)];

/// What becomes of a sale beyond what was approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Over {
    /// It belongs to it, without the benefit.
    #[default]
    LosesBenefit,
    /// Somebody looks at it.
    Review,
}

/// What becomes of sales beyond, with the word that stands for each in documents.
pub const OVERS: [(&str, Over); 2] = [("loses_benefit", Over::LosesBenefit), ("review", Over::Review)];

/// A sale that may belong to a registration.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Sold<'s> {
    /// Who sold it.
    pub partner: PartnerId,
    /// The ids of its customer: all under which it is known.
    pub accounts: BTreeSet<AccountId>,
    /// What.
    pub product: &'s Product,
    /// When it was ordered, in the program's time zone.
    pub ordered_on: NaiveDate,
    /// For how much, in the program's currency.
    pub amount: Scaled,
    /// How many units, where that is known.
    pub units: Option<Scaled>,
    /// The registration that it names.
    pub registration: Option<RegistrationId>,
}

impl<'s> Sold<'s> {
    /// A sale that names no registration.
    #[must_use]
    pub const fn new(
        partner: PartnerId,
        accounts: BTreeSet<AccountId>,
        product: &'s Product,
        ordered_on: NaiveDate,
        amount: Scaled,
    ) -> Self {
        Self { partner, accounts, product, ordered_on, amount, units: None, registration: None }
    }

    /// The same, of so many units.
    #[must_use]
    pub fn of_units(self, units: Scaled) -> Self {
        Self { units: Some(units), ..self }
    }

    /// The same, naming a registration.
    #[must_use]
    pub fn naming(self, registration: RegistrationId) -> Self {
        Self { registration: Some(registration), ..self }
    }
}

/// A registration that a sale may belong to, with what was sold under its lines before.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SoldUnder<'r> {
    /// Its id.
    pub id: RegistrationId,
    /// The registration.
    pub registration: &'r Registration,
    /// By line, counted from 1: the amount in the program's currency, and the units.
    pub before: BTreeMap<u32, (Scaled, Scaled)>,
}

impl<'r> SoldUnder<'r> {
    /// A registration under which nothing was sold.
    #[must_use]
    pub const fn new(id: RegistrationId, registration: &'r Registration) -> Self {
        Self { id, registration, before: BTreeMap::new() }
    }
}

/// To which registration a sale belongs, or why to none. `known` are those that the store found, in any order: of the partner,
/// and the one that the sale names.
///
/// # Errors
/// [`SaleLinkError`] beyond the calendar, or where numbers do not fit.
pub fn belongs(
    program: &Program,
    sold: &Sold<'_>,
    known: &[SoldUnder<'_>],
) -> Result<Result<RegisteredSale, SaleReason>, SaleLinkError> {
    let policy = program.deals().map(|deals| deals.sales).unwrap_or_default();
    let rule = Rule { program, policy, sold };
    if let Some(named) = &sold.registration {
        return match known.iter().find(|of| of.id == *named) {
            Some(of) => rule.judge(of, true),
            None => Ok(Err(SaleReason::NotFound { registration: named.clone() })),
        };
    }
    let mut candidates: Vec<&SoldUnder<'_>> = known.iter().collect();
    // Who was first; drafts, which nobody has received, come last and are refused for having no approved line.
    candidates.sort_by_key(|of| (of.registration.receipt.is_none(), of.registration.receipt, of.id.clone()));
    for of in candidates {
        if let Ok(belongs) = rule.judge(of, false)? {
            return Ok(Ok(belongs));
        }
    }
    Ok(Err(SaleReason::NoRegistration))
}

struct Rule<'r> {
    program: &'r Program,
    policy: SalePolicy,
    sold: &'r Sold<'r>,
}

impl Rule<'_> {
    fn judge(&self, of: &SoldUnder<'_>, named: bool) -> Result<Result<RegisteredSale, SaleReason>, SaleLinkError> {
        let registration = of.registration;
        if !registration.is_of(&self.sold.partner) {
            return Ok(Err(SaleReason::OtherPartner));
        }
        if !self.sold.accounts.contains(&registration.form.account.id) {
            return Ok(Err(SaleReason::OtherCustomer));
        }
        // Of several lines for the product the first that fits in time counts; the reason is the last one's.
        let mut why = SaleReason::OtherProducts;
        for (line, number) in registration.form.lines.iter().zip(1_u32..) {
            if !self.covers(&line.goods) {
                continue;
            }
            let Some(state) = registration.line(number) else { continue };
            let was_approved = matches!(
                state.review,
                LineState::Approved { .. }
                    | LineState::Closed { outcome: CloseOutcome::Won { .. } | CloseOutcome::Converted { .. }, .. }
            );
            let Some(protection) = state.protection.as_ref().filter(|_| was_approved) else { continue };
            let zone = self.program.zone();
            let since = zone.local_date(protection.since)?;
            let ended = zone.local_date(protection.ends_at())?;
            let last = self.policy.tail.after(ended)?;
            if self.sold.ordered_on >= last {
                why = SaleReason::TooLate { last: last.pred_opt().unwrap_or(last) };
                continue;
            }
            let late = match registration.receipt {
                Some(receipt) => {
                    let received_on = zone.local_date(receipt.at)?;
                    let first = self.policy.received_before.after(received_on)?;
                    (self.sold.ordered_on < first).then_some(SaleReason::Late { received_on, first })
                }
                None => None,
            };
            if late.is_none() && self.sold.ordered_on < since {
                why = SaleReason::TooEarly { since };
                continue;
            }
            let benefit = match late {
                Some(because) => match self.policy.late {
                    Late::Refused => {
                        why = because;
                        continue;
                    }
                    Late::LosesBenefit => SaleBenefit::Lost { because },
                    Late::Review => SaleBenefit::Review { because },
                },
                None => self.within(of, number)?,
            };
            return Ok(Ok(RegisteredSale { registration: of.id.clone(), line: number, named, benefit }));
        }
        Ok(Err(why))
    }

    fn covers(&self, goods: &Goods) -> bool {
        match goods {
            Goods::Sku(sku) => *sku == self.sold.product.sku,
            Goods::Products(name) => {
                self.program.products().get(name).is_some_and(|set| set.contains(self.sold.product))
            }
        }
    }

    /// Whether what is sold with this sale is within what was approved.
    fn within(&self, of: &SoldUnder<'_>, number: u32) -> Result<SaleBenefit, SaleLinkError> {
        let at = usize::try_from(number.saturating_sub(1)).unwrap_or(usize::MAX);
        let Some(line) = of.registration.form.lines.get(at) else { return Ok(SaleBenefit::Given) };
        let nothing = (Scaled::ZERO, Scaled::ZERO);
        let (amount, units) = of.before.get(&number).copied().unwrap_or(nothing);
        let most = |approved: Scaled| approved.plus(self.policy.over_by.of(approved)?);
        let mut because = None;
        if let Some(value) = line.value {
            let (most, with) = (most(value.amount())?, amount.plus(self.sold.amount)?);
            because = (with > most).then_some(SaleReason::OverAmount { most, with });
        }
        if let (Some(approved), Some(more), None) = (line.units, self.sold.units, &because) {
            let (most, with) = (most(Scaled::new(approved.into(), 0))?, units.plus(more)?);
            because = (with > most).then_some(SaleReason::OverUnits { most, with });
        }
        Ok(match (because, self.policy.over) {
            (None, _) => SaleBenefit::Given,
            (Some(because), Over::LosesBenefit) => SaleBenefit::Lost { because },
            (Some(because), Over::Review) => SaleBenefit::Review { because },
        })
    }
}
