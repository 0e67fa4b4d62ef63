//! How what a settlement owes more or less than before becomes transfers.

use chrono::NaiveDate;

use super::account::AccountKind;
use super::negative::{GivenUp, Negative};
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
    /// What was left to the payee before of the same thing, and is paid already if it is owed again.
    pub given_up: GivenUp,
}

impl Difference {
    /// A difference of something of which nothing was given up before.
    #[must_use]
    pub fn new(source: impl Into<String>, amount: Money, effective_on: NaiveDate) -> Self {
        Self { source: source.into(), amount, effective_on, given_up: GivenUp::default() }
    }

    /// The same, of something of which that was given up.
    #[must_use]
    pub fn given_up(self, given_up: GivenUp) -> Self {
        Self { given_up, ..self }
    }
}

/// On which terms differences are posted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Terms<'t> {
    /// The source of what follows from all of them: debts that are settled, what is held.
    pub source: &'t str,
    /// The day of that.
    pub on: NaiveDate,
    /// Whether what is earned is held back, for a suspension say.
    pub held: bool,
    /// What becomes of what is owed back.
    pub negative: Negative,
}

impl<'t> Terms<'t> {
    /// Nothing is held, and debts are carried.
    #[must_use]
    pub const fn new(source: &'t str, on: NaiveDate) -> Self {
        Self { source, on, held: false, negative: Negative::Carry }
    }

    /// Held back or not.
    #[must_use]
    pub const fn held(self, held: bool) -> Self {
        Self { held, ..self }
    }

    /// By another policy for what is owed back.
    #[must_use]
    pub const fn negative(self, negative: Negative) -> Self {
        Self { negative, ..self }
    }
}

/// What differences become.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Postings {
    /// The transfers, in the order in which they are posted.
    pub transfers: Vec<Transfer>,
    /// What is given up now in all of what each source stands for, where that changed.
    pub given_up: Vec<(String, GivenUp)>,
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
/// only then becomes the payee's debt, or what the [policy](super::negative) makes of it. At the end a debt that is carried
/// is settled from what is payable. Increases come before decreases, so that within one settlement they are netted.
/// Where the payee is held back, what it earned and is still payable is then held.
///
/// ```
/// use prm_core::ledger::{Difference, Negative, Standing, Terms, post};
/// use prm_core::money::Money;
/// let on = "2025-06-30".parse()?;
/// let less = Difference::new("s-2/q1", Money::parse("-100.00", "USD")?, on);
/// // 60.00 are still payable; the other 40.00 were paid, and are owed back.
/// let standing = Standing { payable: 6000, ..Standing::default() };
/// let told = |negative| {
///     let posted = post(&"summit".parse()?, standing, vec![less.clone()], Terms::new("s-2", on).negative(negative))?;
///     let told = posted.transfers.iter().map(|t| format!("{} {}", t.purpose(), t.amount()));
///     Ok::<_, Box<dyn std::error::Error>>(told.collect::<Vec<_>>())
/// };
/// assert_eq!(told(Negative::Carry)?, ["reverse 60.00 USD", "claw_back 40.00 USD"]);
/// assert_eq!(told(Negative::Floor)?, ["reverse 60.00 USD"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`LedgerError::OutOfRange`] if a balance does not fit, [`LedgerError::Source`] if a source is none.
pub fn post(
    payee: &Payee,
    standing: Standing,
    mut differences: Vec<Difference>,
    terms: Terms<'_>,
) -> Result<Postings, LedgerError> {
    let Some(currency) = differences.first().map(|difference| difference.amount.currency()) else {
        return Ok(Postings::default());
    };
    let postings = Postings { transfers: Vec::with_capacity(differences.len()), given_up: Vec::new() };
    let mut poster = Poster { payee, currency, standing, negative: terms.negative, earned: 0, postings };
    // A stable sort: within increases and decreases the order of the statement stays.
    differences.sort_by_key(|difference| difference.amount.minor() < 0);
    for difference in differences {
        let (source, before) = (difference.source.clone(), difference.given_up);
        let given_up = poster.post(difference)?;
        if given_up != before {
            poster.postings.given_up.push((source, given_up));
        }
    }
    let Standing { payable, recoverable, .. } = poster.standing;
    poster.transfer(Purpose::Recover, payable.min(recoverable), terms.source, terms.on)?;
    if terms.held {
        let left = payable - payable.min(recoverable);
        poster.transfer(Purpose::Hold, left.min(poster.earned), terms.source, terms.on)?;
    }
    Ok(poster.postings)
}

/// The transfer that settles a debt after one that made something payable (a payment that came back, what is released) or
/// made a debt be carried.
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
    let is_met = after.credit().kind == AccountKind::Payable || after.debit().kind == AccountKind::Recoverable;
    if !is_met || minor <= 0 {
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
    negative: Negative,
    /// What became owed more.
    earned: i64,
    postings: Postings,
}

impl Poster<'_> {
    /// Posts a difference; what is given up of the same thing from then on.
    fn post(&mut self, difference: Difference) -> Result<GivenUp, LedgerError> {
        if difference.amount.minor() >= 0 { self.more(&difference) } else { self.less(&difference) }
    }

    /// What was given up and is owed again was paid already; only the rest is earned.
    fn more(&mut self, difference: &Difference) -> Result<GivenUp, LedgerError> {
        let Difference { source, amount, effective_on, given_up: GivenUp { floored, written_off } } = difference;
        let written_back = amount.minor().min(*written_off);
        let unfloored = (amount.minor() - written_back).min(*floored);
        let earned = amount.minor() - written_back - unfloored;
        self.standing.payable = self.standing.payable.checked_add(earned).ok_or_else(|| {
            let account =
                super::Account { payee: self.payee.clone(), currency: self.currency, kind: AccountKind::Payable };
            LedgerError::OutOfRange { account }
        })?;
        self.earned = self.earned.saturating_add(earned);
        self.transfer(Purpose::WriteBack, written_back, source, *effective_on)?;
        self.transfer(Purpose::Earn, earned, source, *effective_on)?;
        Ok(GivenUp { floored: floored - unfloored, written_off: written_off - written_back })
    }

    fn less(&mut self, difference: &Difference) -> Result<GivenUp, LedgerError> {
        let Difference { source, amount, effective_on: on, given_up } = difference;
        let mut less = amount.minor().saturating_neg();
        let from_payable = less.min(self.standing.payable);
        less -= from_payable;
        let from_held = less.min(self.standing.held);
        less -= from_held;
        self.standing.payable -= from_payable;
        self.standing.held -= from_held;
        self.transfer(Purpose::Reverse, from_payable, source, *on)?;
        self.transfer(Purpose::ReverseHeld, from_held, source, *on)?;
        if self.negative == Negative::Floor {
            return Ok(GivenUp { floored: given_up.floored.saturating_add(less), ..*given_up });
        }
        self.transfer(Purpose::ClawBack, less, source, *on)?;
        match self.negative {
            Negative::Recover => self.transfer(Purpose::Reclaim, less, source, *on)?,
            Negative::WriteOff => {
                self.transfer(Purpose::WriteOff, less, source, *on)?;
                return Ok(GivenUp { written_off: given_up.written_off.saturating_add(less), ..*given_up });
            }
            Negative::Carry | Negative::Floor => {
                self.standing.recoverable = self.standing.recoverable.saturating_add(less);
            }
        }
        Ok(*given_up)
    }

    fn transfer(&mut self, purpose: Purpose, minor: i64, source: &str, on: NaiveDate) -> Result<(), LedgerError> {
        if minor > 0 {
            let amount = Money::from_minor(minor, self.currency);
            self.postings.transfers.push(Transfer::new(purpose, self.payee.clone(), amount, source, on)?);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::ledger::{ACCOUNT_KINDS, NEGATIVES, debts};

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

    /// For how many things something may be due.
    const THINGS: usize = 4;

    /// What may happen to a payee's money, in minor units.
    #[derive(Debug, Clone)]
    enum Step {
        /// What is owed for things from then on, whether the payee is held back, and by which policy.
        Settle(Vec<(usize, i64)>, bool, Negative),
        Move(usize, i64),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            (prop::collection::vec((0..THINGS, -500_i64..800), 1..4), any::<bool>(), 0..NEGATIVES.len())
                .prop_map(|(due, held, policy)| Step::Settle(due, held, NEGATIVES[policy].1)),
            (0..super::super::PURPOSES.len(), 1_i64..600).prop_map(|(purpose, amount)| Step::Move(purpose, amount)),
        ];
        prop::collection::vec(step, 1..30)
    }

    proptest! {
        /// The conservation law, over random settlements by every policy, payments, holds and write-offs: all accounts of a
        /// payee sum to zero, none holds what it may not, nothing is payable while there is a debt that is carried, and what
        /// is due is what was earned.
        #[test]
        fn nothing_appears_or_vanishes(steps in steps()) {
            let payee: Payee = "summit".parse().unwrap();
            let usd: Currency = "USD".parse().unwrap();
            let mut balances = Balances::new();
            let mut journal = Vec::new();
            let (mut due, mut given_up) = ([0_i64; THINGS], [GivenUp::default(); THINGS]);
            for (number, step) in steps.into_iter().enumerate() {
                match step {
                    Step::Settle(changes, held, negative) => {
                        let standing = Standing::of(|kind| balance(&balances, kind));
                        let mut differences = Vec::new();
                        let changes: BTreeMap<usize, i64> = changes.into_iter().collect();
                        for (thing, now) in changes {
                            let amount = Money::from_minor(now - due[thing], usd);
                            let difference = Difference::new(format!("s{number}/{thing}"), amount, on());
                            differences.push(difference.given_up(given_up[thing]));
                            due[thing] = now;
                        }
                        let source = format!("s{number}");
                        let terms = Terms::new(&source, on()).held(held).negative(negative);
                        let posted = post(&payee, standing, differences, terms).unwrap();
                        for transfer in posted.transfers {
                            apply(&mut balances, &transfer).unwrap();
                            journal.push(transfer);
                        }
                        for (source, now) in posted.given_up {
                            let (_, thing) = source.split_once('/').unwrap();
                            given_up[thing.parse::<usize>().unwrap()] = now;
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
                        let settled = recover(&transfer, standing).unwrap();
                        journal.push(transfer);
                        if let Some(settled) = settled {
                            apply(&mut balances, &settled).unwrap();
                            journal.push(settled);
                        }
                    }
                }
                // Nobody is paid who owes.
                prop_assert!(
                    balance(&balances, AccountKind::Payable) == 0 || balance(&balances, AccountKind::Recoverable) == 0
                );
                prop_assert_eq!(balances.values().sum::<i64>(), 0);
                // What is earned is what is due, and what stays earned though it is not.
                let floored: i64 = given_up.iter().map(|given_up| given_up.floored).sum();
                prop_assert_eq!(-balance(&balances, AccountKind::Earned), due.iter().sum::<i64>() + floored);
                prop_assert!(given_up.iter().all(|given_up| given_up.floored >= 0 && given_up.written_off >= 0));
                // What is written off by policy is written off: what was by hand comes on top.
                let written_off: i64 = given_up.iter().map(|given_up| given_up.written_off).sum();
                prop_assert!(-balance(&balances, AccountKind::WrittenOff) >= written_off);
                let carried: i64 = debts(&journal).iter().map(|debt| debt.left.minor()).sum();
                prop_assert_eq!(-balance(&balances, AccountKind::Recoverable), carried);
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
