//! How what a settlement owes more or less than before becomes transfers.

use chrono::NaiveDate;

use super::account::AccountKind;
use super::payee::Payee;
use super::transfer::{LedgerError, Purpose, Transfer};
use crate::currency::Currency;
use crate::money::Money;

/// What is owed more (or, below zero, less) than was posted before, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What caused it.
    pub source: String,
    /// How much, in the currency of the accounts.
    pub amount: Money,
    /// The day to which it belongs.
    pub effective_on: NaiveDate,
}

/// What a payee has in one currency, in minor units, none below zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Standing {
    /// What can be paid out.
    pub payable: i64,
    /// What is held back.
    pub held: i64,
    /// What it owes back.
    pub recoverable: i64,
}

impl Standing {
    /// The standing as its account balances (credits less debits) say it.
    #[must_use]
    pub fn of(balance: impl Fn(AccountKind) -> i64) -> Self {
        Self {
            payable: balance(AccountKind::Payable),
            held: balance(AccountKind::Held),
            recoverable: balance(AccountKind::Recoverable).saturating_neg(),
        }
    }
}

/// The transfers that post differences for one payee in one currency.
///
/// What is owed more becomes payable. What is owed less is taken from what is payable, then from what is held, and
/// only then becomes the payee's debt. At the end a debt is settled from what is payable. Increases come before
/// decreases, so that within one settlement they are netted. `settlement` is the source of that last step. Where the
/// payee is `held` back, for a suspension say, what it earned and is still payable is then held.
///
/// ```
/// use prm_core::ledger::{Difference, Standing, post};
/// use prm_core::money::Money;
/// let on = "2025-06-30".parse()?;
/// let less = Difference { source: "s-2/q1".into(), amount: Money::parse("-100.00", "USD")?, effective_on: on };
/// // 60.00 are still payable; the other 40.00 were paid, and are owed back.
/// let standing = Standing { payable: 6000, ..Standing::default() };
/// let transfers = post(&"summit".parse()?, standing, vec![less], ("s-2", on), false)?;
/// let told: Vec<_> = transfers.iter().map(|t| format!("{} {}", t.purpose(), t.amount())).collect();
/// assert_eq!(told, ["reverse 60.00 USD", "claw_back 40.00 USD"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`LedgerError::OutOfRange`] if a balance does not fit, [`LedgerError::Source`] if a source is none.
pub fn post(
    payee: &Payee,
    standing: Standing,
    mut differences: Vec<Difference>,
    (settlement, settled_on): (&str, NaiveDate),
    held: bool,
) -> Result<Vec<Transfer>, LedgerError> {
    let Some(currency) = differences.first().map(|difference| difference.amount.currency()) else {
        return Ok(Vec::new());
    };
    let transfers = Vec::with_capacity(differences.len());
    let mut poster = Poster { payee, currency, standing, earned: 0, transfers };
    // A stable sort: within increases and decreases the order of the statement stays.
    differences.sort_by_key(|difference| difference.amount.minor() < 0);
    for difference in differences {
        poster.post(difference)?;
    }
    let Standing { payable, recoverable, .. } = poster.standing;
    poster.transfer(Purpose::Recover, payable.min(recoverable), settlement, settled_on)?;
    if held {
        let left = payable - payable.min(recoverable);
        poster.transfer(Purpose::Hold, left.min(poster.earned), settlement, settled_on)?;
    }
    Ok(poster.transfers)
}

/// The transfer that settles a debt after one that made something payable: a payment that came back, what is released.
/// `None` if there is no debt, or nothing payable. `standing` is what the payee has after it.
///
/// ```
/// use prm_core::ledger::{Purpose, Standing, Transfer, recover};
/// use prm_core::money::Money;
/// let back = Transfer::new(
///     Purpose::ReturnPayment, "summit".parse()?, Money::parse("100.00", "USD")?, "run-7/1", "2025-07-02".parse()?)?;
/// // 30.00 of it were taken back while it was on its way.
/// let standing = Standing { payable: 10_000, recoverable: 3_000, ..Standing::default() };
/// let settled = recover(&back, standing)?.ok_or("nothing")?;
/// assert_eq!((settled.purpose(), settled.amount().to_string()), (Purpose::Recover, "30.00 USD".to_owned()));
/// assert_eq!(recover(&back, Standing { recoverable: 0, ..standing })?, None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// None for a transfer that was made; [`LedgerError::Source`] by type.
pub fn recover(after: &Transfer, standing: Standing) -> Result<Option<Transfer>, LedgerError> {
    let minor = standing.payable.min(standing.recoverable);
    if after.credit().kind != AccountKind::Payable || minor <= 0 {
        return Ok(None);
    }
    let amount = Money::from_minor(minor, after.amount().currency());
    let source = format!("{}/{}", after.purpose(), after.id());
    Transfer::new(Purpose::Recover, after.payee().clone(), amount, source, after.effective_on()).map(Some)
}

struct Poster<'p> {
    payee: &'p Payee,
    currency: Currency,
    standing: Standing,
    /// What became owed more.
    earned: i64,
    transfers: Vec<Transfer>,
}

impl Poster<'_> {
    fn post(&mut self, Difference { source, amount, effective_on }: Difference) -> Result<(), LedgerError> {
        if amount.minor() >= 0 {
            self.standing.payable = self.standing.payable.checked_add(amount.minor()).ok_or_else(|| {
                let account =
                    super::Account { payee: self.payee.clone(), currency: self.currency, kind: AccountKind::Payable };
                LedgerError::OutOfRange { account }
            })?;
            self.earned = self.earned.saturating_add(amount.minor());
            return self.transfer(Purpose::Earn, amount.minor(), &source, effective_on);
        }
        let mut less = amount.minor().saturating_neg();
        let from_payable = less.min(self.standing.payable);
        less -= from_payable;
        let from_held = less.min(self.standing.held);
        less -= from_held;
        self.standing.payable -= from_payable;
        self.standing.held -= from_held;
        self.standing.recoverable = self.standing.recoverable.saturating_add(less);
        self.transfer(Purpose::Reverse, from_payable, &source, effective_on)?;
        self.transfer(Purpose::ReverseHeld, from_held, &source, effective_on)?;
        self.transfer(Purpose::ClawBack, less, &source, effective_on)
    }

    fn transfer(&mut self, purpose: Purpose, minor: i64, source: &str, on: NaiveDate) -> Result<(), LedgerError> {
        if minor > 0 {
            let amount = Money::from_minor(minor, self.currency);
            self.transfers.push(Transfer::new(purpose, self.payee.clone(), amount, source, on)?);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::ledger::ACCOUNT_KINDS;

    type Balances = BTreeMap<AccountKind, i64>;

    fn on() -> NaiveDate {
        NaiveDate::from_ymd_opt(2025, 6, 30).unwrap()
    }

    fn balance(balances: &Balances, kind: AccountKind) -> i64 {
        balances.get(&kind).copied().unwrap_or_default()
    }

    fn apply(balances: &mut Balances, transfer: &Transfer) -> Result<(), LedgerError> {
        let (debit, credit) = transfer.purpose().accounts();
        let (debited, credited) = transfer.apply(balance(balances, debit), balance(balances, credit))?;
        balances.insert(debit, debited);
        balances.insert(credit, credited);
        Ok(())
    }

    /// What may happen to a payee's money, in minor units.
    #[derive(Debug, Clone)]
    enum Step {
        Settle(Vec<i64>, bool),
        Move(usize, i64),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            (prop::collection::vec(-500_i64..800, 1..4), any::<bool>()).prop_map(|(due, held)| Step::Settle(due, held)),
            (0..super::super::PURPOSES.len(), 1_i64..600).prop_map(|(purpose, amount)| Step::Move(purpose, amount)),
        ];
        prop::collection::vec(step, 1..30)
    }

    proptest! {
        /// The conservation law, over random settlements, payments, holds and write-offs: all accounts of a payee
        /// sum to zero, none holds what it may not, nothing is payable while there is a debt, and what settlements owed is
        /// what was earned.
        #[test]
        fn nothing_appears_or_vanishes(steps in steps()) {
            let payee: Payee = "summit".parse().unwrap();
            let usd: Currency = "USD".parse().unwrap();
            let mut balances = Balances::new();
            let mut owed = 0;
            for (number, step) in steps.into_iter().enumerate() {
                match step {
                    Step::Settle(amounts, held) => {
                        let standing = Standing::of(|kind| balance(&balances, kind));
                        owed += amounts.iter().sum::<i64>();
                        let differences = amounts.iter().enumerate().map(|(at, minor)| Difference {
                            source: format!("s{number}/{at}"),
                            amount: Money::from_minor(*minor, usd),
                            effective_on: on(),
                        });
                        let source = format!("s{number}");
                        for transfer in post(&payee, standing, differences.collect(), (&source, on()), held).unwrap() {
                            apply(&mut balances, &transfer).unwrap();
                        }
                    }
                    Step::Move(purpose, minor) => {
                        let (_, purpose) = super::super::PURPOSES[purpose];
                        if purpose.is_settlements() {
                            continue;
                        }
                        let amount = Money::from_minor(minor, usd);
                        let source = format!("m{number}");
                        let transfer = Transfer::new(purpose, payee.clone(), amount, source, on()).unwrap();
                        let before = balances.clone();
                        if apply(&mut balances, &transfer).is_err() {
                            prop_assert_eq!(&before, &balances);
                            continue;
                        }
                        let standing = Standing::of(|kind| balance(&balances, kind));
                        if let Some(settled) = recover(&transfer, standing).unwrap() {
                            apply(&mut balances, &settled).unwrap();
                        }
                    }
                }
                // Nobody is paid who owes.
                prop_assert!(
                    balance(&balances, AccountKind::Payable) == 0 || balance(&balances, AccountKind::Recoverable) == 0
                );
                prop_assert_eq!(balances.values().sum::<i64>(), 0);
                prop_assert_eq!(balance(&balances, AccountKind::Earned), -owed);
                for (_, kind) in ACCOUNT_KINDS {
                    prop_assert!(kind.may_hold(balance(&balances, kind)));
                }
            }
        }
    }

    #[test]
    fn what_is_not_there_is_not_moved() {
        let pay = Transfer::new(Purpose::Pay, "p".parse().unwrap(), Money::parse("5", "JPY").unwrap(), "x", on());
        let refused = pay.unwrap().apply(4, 0).unwrap_err();
        assert_eq!(refused.to_string(), "p/JPY/payable has 4 JPY, which is not enough for 5 JPY");
        let forgive =
            Transfer::new(Purpose::WriteOff, "p".parse().unwrap(), Money::parse("5", "JPY").unwrap(), "x", on());
        let refused = forgive.unwrap().apply(0, -4).unwrap_err();
        assert_eq!(refused.to_string(), "p/JPY/recoverable has 4 JPY, which is not enough for 5 JPY");
    }

    #[test]
    fn a_source_is_short_plain_text() {
        let with = |source: &str| {
            Transfer::new(Purpose::Pay, "p".parse().unwrap(), Money::parse("5", "JPY").unwrap(), source, on())
        };
        assert!(with("run 7, Zoë").is_ok());
        assert!(matches!(with(""), Err(LedgerError::Source { .. })));
        assert!(matches!(with("a\nb"), Err(LedgerError::Source { source_text }) if source_text == "a\\nb"));
        assert!(matches!(with(&"x".repeat(601)), Err(LedgerError::Source { .. })));
    }

    #[test]
    fn ids_are_a_promise() {
        let transfer =
            Transfer::new(Purpose::Earn, "p".parse().unwrap(), Money::parse("5", "JPY").unwrap(), "s-1/a", on());
        assert_eq!(transfer.unwrap().id().to_string(), "b24611d3-567a-8d65-800f-3132bc19d5dc");
    }
}
