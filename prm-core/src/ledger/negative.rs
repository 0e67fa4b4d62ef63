//! What becomes of what a payee owes back: the policy of a program, and how old its debts are.
//!
//! Something owed less is first taken from what is payable and then from what is held; that is the same under every
//! policy. What is still missing was paid already:
//!
//! | policy | what is missing | later earnings | if it is due again |
//! |--------|-----------------|----------------|--------------------|
//! | `carry` | is a debt | settle it; after a time, if one is set, the rest is written off | it is earned again, but for what was written off |
//! | `recover` | is asked back: the payee pays it itself | are paid in full | it is earned again |
//! | `floor` | stays with the payee, and stays earned | are paid in full | it was paid already |
//! | `write_off` | is a debt that is written off at once | are paid in full | it was paid already |

use std::collections::VecDeque;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::account::AccountKind;
use super::transfer::{Purpose, Transfer};
use crate::money::Money;
use crate::period::PeriodError;
use crate::program::length::Length;

/// What becomes of what was paid and is owed back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Negative {
    /// It is a debt, settled from what is earned next.
    #[default]
    Carry,
    /// It is asked back, and nothing is set off against it.
    Recover,
    /// It is left to the payee, as if it were still earned.
    Floor,
    /// It is a debt that is given up at once.
    WriteOff,
}

/// The policies with the word that stands for each in documents.
pub const NEGATIVES: [(&str, Negative); 4] = [
    ("carry", Negative::Carry),
    ("recover", Negative::Recover),
    ("floor", Negative::Floor),
    ("write_off", Negative::WriteOff),
];

/// What a program says of debts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct NegativePolicy {
    /// What becomes of what is owed back.
    pub policy: Negative,
    /// How long a debt is carried before the rest of it is written off; `None`: until it is settled. Only where it is
    /// carried.
    pub lasts: Option<Length>,
}

impl NegativePolicy {
    /// Whether a debt that arose on a day is given up on another one.
    ///
    /// # Errors
    /// [`PeriodError`] beyond the calendar.
    pub fn gives_up(&self, arisen_on: NaiveDate, on: NaiveDate) -> Result<bool, PeriodError> {
        let lapses = self.lasts.map(|lasts| lasts.after(arisen_on)).transpose()?;
        Ok(self.policy == Negative::Carry && lapses.is_some_and(|lapses| on >= lapses))
    }
}

/// What was left to a payee for one thing, in minor units. If that becomes due again, it was paid already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct GivenUp {
    /// What stayed earned though it was not due any more.
    pub floored: i64,
    /// What was written off.
    pub written_off: i64,
}

/// A debt that is carried.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Debt {
    /// What caused it.
    pub source: String,
    /// The day to which it belongs.
    pub arisen_on: NaiveDate,
    /// What is left of it.
    pub left: Money,
}

/// The debts of a payee in one currency that are carried, oldest first, by its transfers in the order in which they were
/// recorded. What settles a debt settles the oldest, unless it comes from the very source of one.
///
/// ```
/// use prm_core::ledger::{Purpose, Transfer, debts};
/// use prm_core::money::Money;
/// let transfer = |purpose, amount: &str, source: &str, on: &str| {
///     let on = on.parse().map_err(Box::<dyn std::error::Error>::from)?;
///     Ok::<_, Box<dyn std::error::Error>>(Transfer::new(purpose, "summit".parse()?, Money::parse(amount, "USD")?, source, on)?)
/// };
/// let transfers = [
///     transfer(Purpose::ClawBack, "40.00", "s-2/a", "2025-06-30")?,
///     transfer(Purpose::ClawBack, "25.00", "s-3/b", "2025-09-30")?,
///     transfer(Purpose::Recover, "50.00", "s-4", "2025-12-31")?,
/// ];
/// let left: Vec<_> = debts(&transfers).iter().map(|debt| format!("{} {}", debt.source, debt.left)).collect();
/// assert_eq!(left, ["s-3/b 15.00 USD"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn debts<'t>(transfers: impl IntoIterator<Item = &'t Transfer>) -> Vec<Debt> {
    let mut open: VecDeque<Debt> = VecDeque::new();
    for transfer in transfers {
        let (debit, credit) = transfer.purpose().accounts();
        let (source, amount) = (transfer.source(), transfer.amount());
        if debit == AccountKind::Recoverable {
            let (source, arisen_on) = (source.to_owned(), transfer.effective_on());
            open.push_back(Debt { source, arisen_on, left: amount });
        } else if credit == AccountKind::Recoverable {
            let mut left = amount.minor();
            let own = open.iter().position(|debt| debt.source == source && transfer.purpose() != Purpose::Recover);
            let mut settle = |debt: &mut Debt| {
                let settled = left.min(debt.left.minor());
                left -= settled;
                debt.left = Money::from_minor(debt.left.minor() - settled, debt.left.currency());
            };
            own.and_then(|at| open.get_mut(at)).map(&mut settle);
            open.iter_mut().for_each(settle);
            open.retain(|debt| !debt.left.is_zero());
        }
    }
    open.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moved(purpose: Purpose, minor: i64, source: &str, day: u32) -> Transfer {
        let on = NaiveDate::from_ymd_opt(2025, 1, day).unwrap();
        let amount = Money::from_minor(minor, "USD".parse().unwrap());
        Transfer::new(purpose, "summit".parse().unwrap(), amount, source, on).unwrap()
    }

    #[test]
    fn what_is_given_up_at_once_leaves_older_debts() {
        let transfers = [
            moved(Purpose::ClawBack, 40, "s-1/a", 1),
            moved(Purpose::ClawBack, 30, "s-2/a", 2),
            moved(Purpose::WriteOff, 30, "s-2/a", 2),
            moved(Purpose::Reclaim, 10, "by hand", 3),
        ];
        let left: Vec<_> = debts(&transfers).into_iter().map(|debt| (debt.source, debt.left.minor())).collect();
        assert_eq!(left, [("s-1/a".to_owned(), 30)]);
    }

    #[test]
    fn a_debt_is_carried_for_as_long_as_the_program_says() {
        let day = |day| NaiveDate::from_ymd_opt(2025, 12, day).unwrap();
        let policy = |policy, lasts: Option<&str>| NegativePolicy { policy, lasts: lasts.map(|l| l.parse().unwrap()) };
        let carry = policy(Negative::Carry, Some("10 days"));
        assert!(!carry.gives_up(day(1), day(10)).unwrap());
        assert!(carry.gives_up(day(1), day(11)).unwrap());
        assert!(!policy(Negative::Carry, None).gives_up(day(1), day(31)).unwrap());
        assert!(!policy(Negative::Recover, Some("10 days")).gives_up(day(1), day(31)).unwrap());
        assert!(carry.gives_up(NaiveDate::MAX, day(1)).is_err());
    }
}
