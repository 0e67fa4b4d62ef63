//! Accounts: where a payee's money stands.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::payee::Payee;
use crate::currency::Currency;
use crate::words::word_of;

/// Where money of a payee stands.
///
/// Balances are credits less debits in minor units: what a payee has earned shows as a negative balance, since
/// everything else is made from it, and what can be recovered from it too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AccountKind {
    /// What it earned, net of reversals.
    Earned,
    /// What can be paid out.
    Payable,
    /// What is owed but held back: a suspension, a dispute, a missing tax form.
    Held,
    /// What is on its way.
    InPayment,
    /// What it received.
    Paid,
    /// What it lost by the program's rules.
    Forfeited,
    /// What the vendor gave up recovering.
    WrittenOff,
    /// What was paid and then reversed: the payee's debt, settled from what it earns next.
    Recoverable,
    /// Debts that were asked back: the payee pays them itself.
    Reclaimed,
    /// What it paid back.
    Repaid,
}

/// The kinds with the word that stands for each in tables and views.
pub const ACCOUNT_KINDS: [(&str, AccountKind); 10] = [
    ("earned", AccountKind::Earned),
    ("payable", AccountKind::Payable),
    ("held", AccountKind::Held),
    ("in_payment", AccountKind::InPayment),
    ("paid", AccountKind::Paid),
    ("forfeited", AccountKind::Forfeited),
    ("written_off", AccountKind::WrittenOff),
    ("recoverable", AccountKind::Recoverable),
    ("reclaimed", AccountKind::Reclaimed),
    ("repaid", AccountKind::Repaid),
];

impl AccountKind {
    /// Whether an account of this kind may have that balance (credits less debits, minor units).
    ///
    /// ```
    /// use prm_core::ledger::AccountKind;
    /// // Nobody is paid what is not there, and a debt never turns into a claim.
    /// assert!(!AccountKind::Payable.may_hold(-1));
    /// assert!(!AccountKind::Recoverable.may_hold(1));
    /// // Returns may exceed what was ever earned.
    /// assert!(AccountKind::Earned.may_hold(5));
    /// ```
    #[must_use]
    pub const fn may_hold(self, balance: i64) -> bool {
        match self {
            Self::Earned | Self::WrittenOff => true,
            Self::Payable | Self::Held | Self::InPayment | Self::Paid | Self::Forfeited => balance >= 0,
            Self::Recoverable | Self::Reclaimed | Self::Repaid => balance <= 0,
        }
    }
}

impl fmt::Display for AccountKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(word_of(&ACCOUNT_KINDS, self))
    }
}

/// An account: one kind of one payee in one currency.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Account {
    /// Whose.
    pub payee: Payee,
    /// In which currency.
    pub currency: Currency,
    /// What for.
    pub kind: AccountKind,
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.payee, self.currency, self.kind)
    }
}
