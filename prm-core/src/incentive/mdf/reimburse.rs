//! What a claim brings: the share of all that was spent so far, less what was paid before.
//!
//! Shares of single claims would round each of them, and a limit would depend on which came first. So what is due is
//! computed from the sum and paid before is taken from it: however spending is cut into claims, all of them together
//! bring the same.

use serde::{Deserialize, Serialize};

use crate::money::{Money, MoneyError};
use crate::rate::Rate;
use crate::rounding::RoundingMode;

/// What was agreed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Terms {
    /// The share of what is spent that is paid.
    pub share: Rate,
    /// What was granted.
    pub granted: Money,
    /// The most for this kind of activity, whatever was granted.
    pub cap: Option<Money>,
    /// How the share is rounded to minor units.
    pub rounding: RoundingMode,
}

impl Terms {
    /// A share of up to a grant, rounded half to even.
    #[must_use]
    pub const fn new(share: Rate, granted: Money) -> Self {
        Self { share, granted, cap: None, rounding: RoundingMode::HalfEven }
    }
}

/// What earlier claims came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SoFar {
    /// The spending that counted.
    pub spent: Money,
    /// What was paid for it.
    pub paid: Money,
}

/// What limits a reimbursement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CutBy {
    /// No more was granted.
    Grant,
    /// No more is paid for this kind of activity.
    Cap,
}

/// What a claim brings, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Reimbursement {
    /// All spending that counts, with that of earlier claims.
    pub spent: Money,
    /// The share of it, rounded, before any limit.
    pub share: Money,
    /// What earlier claims brought.
    pub paid_before: Money,
    /// What this one brings; never below nothing.
    pub pays: Money,
    /// What cuts it, if something does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut_by: Option<CutBy>,
}

/// What a claim for some spending brings: `min(share × spending to date, cap, grant) − paid before`.
///
/// All amounts are in the fund's currency, spending is without recoverable tax. Spending beyond a limit is cut, not refused.
///
/// ```
/// use prm_core::incentive::mdf::{CutBy, SoFar, Terms, reimburse};
/// use prm_core::money::Money;
/// let usd = |amount| Money::parse(amount, "USD");
/// let terms = Terms::new("50 %".parse()?, usd("1000")?);
/// let none = SoFar { spent: usd("0")?, paid: usd("0")? };
/// let first = reimburse(&terms, none, usd("1800")?)?;
/// assert_eq!(first.pays, usd("900")?);
/// // Of the second only what is left of the grant is paid.
/// let second = reimburse(&terms, SoFar { spent: first.spent, paid: first.pays }, usd("600")?)?;
/// assert_eq!((second.pays, second.cut_by), (usd("100")?, Some(CutBy::Grant)));
/// assert!(reimburse(&terms, none, Money::parse("5", "EUR")?).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`MoneyError`] if the amounts are of several currencies or do not fit.
pub fn reimburse(terms: &Terms, before: SoFar, spending: Money) -> Result<Reimbursement, MoneyError> {
    let spent = before.spent.plus(spending)?;
    let share = Money::rounded(terms.share.of(spent.amount())?, spent.currency(), terms.rounding)?;
    let limits = [(Some(terms.granted), CutBy::Grant), (terms.cap, CutBy::Cap)];
    let limits = limits.into_iter().filter_map(|(limit, by)| Some((limit?, by)));
    let least = limits.min_by_key(|(limit, _)| limit.minor());
    let (due, cut_by) = match least {
        // The comparison is one of currencies too.
        Some((limit, by)) if share.minus(limit)?.minor() > 0 => (limit, Some(by)),
        _ => (share, None),
    };
    let pays = due.minus(before.paid)?;
    let pays = if pays.minor() < 0 { Money::zero(pays.currency()) } else { pays };
    Ok(Reimbursement { spent, share, paid_before: before.paid, pays, cut_by })
}
