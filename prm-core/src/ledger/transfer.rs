//! Transfers: the only thing that changes a balance.

use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::account::{Account, AccountKind};
use super::payee::Payee;
use crate::digest::Fingerprint;
use crate::money::Money;
use crate::words::word_of;

/// The most bytes that a transfer's source may have.
pub const SOURCE_BYTES_MAX: usize = 600;

/// What a transfer is for: it names the account that is debited and the one that is credited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Purpose {
    /// Something was earned: earned → payable.
    Earn,
    /// Something earned is taken back before it was paid: payable → earned.
    Reverse,
    /// The same, from what is held: held → earned.
    ReverseHeld,
    /// Something earned is taken back after it was paid: recoverable → earned.
    ClawBack,
    /// A debt is settled from what is payable: payable → recoverable.
    Recover,
    /// Payment is held back: payable → held.
    Hold,
    /// It no longer is: held → payable.
    Release,
    /// Payment is under way: payable → in payment.
    Pay,
    /// The payment arrived: in payment → paid.
    Confirm,
    /// The payment came back, and is payable again: in payment → payable.
    ReturnPayment,
    /// It is lost by the program's rules: payable → forfeited.
    Forfeit,
    /// A debt is given up: written off → recoverable.
    WriteOff,
    /// What was given up is due again, and was paid already: earned → written off.
    WriteBack,
    /// A debt is asked back, and no longer settled from what is earned: reclaimed → recoverable.
    Reclaim,
    /// What was asked back was paid by the payee: repaid → reclaimed.
    Repay,
    /// A debt is not asked back any more, but carried: recoverable → reclaimed.
    Carry,
}

/// The purposes with the word that stands for each in tables and views.
pub const PURPOSES: [(&str, Purpose); 16] = [
    ("earn", Purpose::Earn),
    ("reverse", Purpose::Reverse),
    ("reverse_held", Purpose::ReverseHeld),
    ("claw_back", Purpose::ClawBack),
    ("recover", Purpose::Recover),
    ("hold", Purpose::Hold),
    ("release", Purpose::Release),
    ("pay", Purpose::Pay),
    ("confirm", Purpose::Confirm),
    ("return_payment", Purpose::ReturnPayment),
    ("forfeit", Purpose::Forfeit),
    ("write_off", Purpose::WriteOff),
    ("write_back", Purpose::WriteBack),
    ("reclaim", Purpose::Reclaim),
    ("repay", Purpose::Repay),
    ("carry", Purpose::Carry),
];

impl Purpose {
    /// The kinds that are debited and credited.
    #[must_use]
    pub const fn accounts(self) -> (AccountKind, AccountKind) {
        match self {
            Self::Earn => (AccountKind::Earned, AccountKind::Payable),
            Self::Reverse => (AccountKind::Payable, AccountKind::Earned),
            Self::ReverseHeld => (AccountKind::Held, AccountKind::Earned),
            Self::ClawBack => (AccountKind::Recoverable, AccountKind::Earned),
            Self::Recover => (AccountKind::Payable, AccountKind::Recoverable),
            Self::Hold => (AccountKind::Payable, AccountKind::Held),
            Self::Release => (AccountKind::Held, AccountKind::Payable),
            Self::Pay => (AccountKind::Payable, AccountKind::InPayment),
            Self::Confirm => (AccountKind::InPayment, AccountKind::Paid),
            Self::ReturnPayment => (AccountKind::InPayment, AccountKind::Payable),
            Self::Forfeit => (AccountKind::Payable, AccountKind::Forfeited),
            Self::WriteOff => (AccountKind::WrittenOff, AccountKind::Recoverable),
            Self::WriteBack => (AccountKind::Earned, AccountKind::WrittenOff),
            Self::Reclaim => (AccountKind::Reclaimed, AccountKind::Recoverable),
            Self::Repay => (AccountKind::Repaid, AccountKind::Reclaimed),
            Self::Carry => (AccountKind::Recoverable, AccountKind::Reclaimed),
        }
    }
}

impl Purpose {
    /// Whether only a settlement posts it: what is earned is what a program says, and nobody's to decide by hand.
    #[must_use]
    pub const fn is_settlements(self) -> bool {
        matches!(
            self,
            Self::Earn | Self::Reverse | Self::ReverseHeld | Self::ClawBack | Self::Recover | Self::WriteBack
        )
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(word_of(&PURPOSES, self))
    }
}

/// Why a transfer cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// A transfer moves something, and its direction is its purpose's.
    #[error("a transfer moves more than nothing, not {amount}")]
    NotPositive {
        /// The amount.
        amount: Money,
    },
    /// The source is empty, too long or holds control characters.
    #[error("a source has 1 to 600 bytes and no control characters; `{source_text}` is none")]
    Source {
        /// The source, escaped.
        source_text: String,
    },
    /// An account would hold what it may not: less than nothing, mostly.
    #[error("{account} has {balance}, which is not enough for {amount}")]
    NotEnough {
        /// The account.
        account: Account,
        /// What it has, with the sign of its balance turned so that there is nothing below zero.
        balance: Money,
        /// What was to be taken from it.
        amount: Money,
    },
    /// A balance does not fit in 64-bit minor units.
    #[error("the balance of {account} does not fit")]
    OutOfRange {
        /// The account.
        account: Account,
    },
}

/// An amount that moves from one account of a payee to another.
///
/// Its id follows from purpose and source, so that whoever posts it again, after a crash or by mistake, names the
/// same transfer.
///
/// ```
/// use prm_core::ledger::{Purpose, Transfer};
/// use prm_core::money::Money;
/// let on = "2025-04-20".parse()?;
/// let pay = |amount: &str| Transfer::new(Purpose::Pay, "summit".parse()?, Money::parse(amount, "USD")?, "run-7/1", on)
///     .map_err(Box::<dyn std::error::Error>::from);
/// assert_eq!(pay("180.00")?.id(), pay("180.00")?.id());
/// assert_eq!(pay("180.00")?.debit().to_string(), "summit/USD/payable");
/// assert!(pay("0").is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Transfer {
    purpose: Purpose,
    payee: Payee,
    amount: Money,
    source: String,
    effective_on: NaiveDate,
}

impl Transfer {
    /// A transfer of more than nothing. `source` says what caused it; one source causes one transfer of a purpose.
    ///
    /// # Errors
    /// [`LedgerError::NotPositive`] or [`LedgerError::Source`].
    pub fn new(
        purpose: Purpose,
        payee: Payee,
        amount: Money,
        source: impl Into<String>,
        effective_on: NaiveDate,
    ) -> Result<Self, LedgerError> {
        let source = source.into();
        if amount.minor() <= 0 {
            return Err(LedgerError::NotPositive { amount });
        }
        if source.is_empty() || source.len() > SOURCE_BYTES_MAX || source.chars().any(char::is_control) {
            let source_text = source.escape_debug().take(80).collect();
            return Err(LedgerError::Source { source_text });
        }
        Ok(Self { purpose, payee, amount, source, effective_on })
    }

    /// Its id: SHA-256 over purpose and source, in the form of a UUID of version 8.
    #[must_use]
    pub fn id(&self) -> Uuid {
        let mut print = Fingerprint::new();
        print.text("transfer");
        print.text(word_of(&PURPOSES, &self.purpose));
        print.text(&self.source);
        let mut bytes = [0; 16];
        bytes.iter_mut().zip(print.bytes()).for_each(|(byte, hashed)| *byte = hashed);
        uuid::Builder::from_custom_bytes(bytes).into_uuid()
    }

    /// What it is for.
    #[must_use]
    pub const fn purpose(&self) -> Purpose {
        self.purpose
    }

    /// Whose money it is.
    #[must_use]
    pub const fn payee(&self) -> &Payee {
        &self.payee
    }

    /// How much; always more than nothing.
    #[must_use]
    pub const fn amount(&self) -> Money {
        self.amount
    }

    /// What caused it.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The day to which it belongs.
    #[must_use]
    pub const fn effective_on(&self) -> NaiveDate {
        self.effective_on
    }

    /// The account that is debited: the amount leaves it.
    #[must_use]
    pub fn debit(&self) -> Account {
        self.account(self.purpose.accounts().0)
    }

    /// The account that is credited: the amount enters it.
    #[must_use]
    pub fn credit(&self) -> Account {
        self.account(self.purpose.accounts().1)
    }

    fn account(&self, kind: AccountKind) -> Account {
        Account { payee: self.payee.clone(), currency: self.amount.currency(), kind }
    }

    /// The balances of both accounts after the transfer.
    ///
    /// # Errors
    /// [`LedgerError::NotEnough`] if one would hold what it may not, [`LedgerError::OutOfRange`] if it does not fit.
    pub fn apply(&self, debit: i64, credit: i64) -> Result<(i64, i64), LedgerError> {
        let amount = self.amount.minor();
        let debited = debit.checked_sub(amount).ok_or_else(|| LedgerError::OutOfRange { account: self.debit() })?;
        let credited = credit.checked_add(amount).ok_or_else(|| LedgerError::OutOfRange { account: self.credit() })?;
        for (account, before, after) in [(self.debit(), debit, debited), (self.credit(), credit, credited)] {
            if !account.kind.may_hold(after) {
                let balance = Money::from_minor(before.saturating_abs(), self.amount.currency());
                return Err(LedgerError::NotEnough { account, balance, amount: self.amount });
            }
        }
        Ok((debited, credited))
    }
}
