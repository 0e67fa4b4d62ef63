//! The ledger: what is owed to whom, as transfers between accounts.
//!
//! Every amount that a partner earns moves through accounts of its own, one set for each payee and currency. A
//! transfer debits one of them and credits another, so that nothing appears or vanishes: for each payee and currency
//!
//! ```text
//! earned = payable + held + in payment + paid + forfeited − recoverable − reclaimed − repaid − written off
//! ```
//!
//! or, with every balance as credits less debits, **their sum is zero**. Lifecycles and settlements cause transfers;
//! nothing else changes a balance.
//!
//! ```text
//!             earn                    pay               confirm
//!   earned ───────────▶ payable ───────────▶ in payment ─────────▶ paid
//!      ▲ ▲  reverse       │ ▲ ▲                   │
//!      │ └────────────────┤ │ └───────────────────┘
//!      │                  │ │     return payment
//!      │ claw back        │ │ hold, release     forfeit
//!      └── recoverable ◀──┘ └──▶ held           payable ──▶ forfeited
//!           ▲ │    ▲  recover
//!     carry │ │    └──────── written off
//!           │ ▼ reclaim  write off
//!         reclaimed ◀──────── repaid
//!                     repay
//! ```
//!
//! A debt is what was paid and is not due any more. [What becomes of it](negative) is the program's policy.
//!
//! Owns: accounts, what each may hold, transfers, and how a settlement's differences become transfers. Does not own:
//! what is due (the incentives'), where balances are kept and locked (the store's).

mod account;
pub mod negative;
mod payee;
mod posting;
mod transfer;

pub use account::{ACCOUNT_KINDS, Account, AccountKind};
pub use negative::{Debt, GivenUp, NEGATIVES, Negative, NegativePolicy, debts};
pub use payee::Payee;
pub use posting::{Difference, Postings, Standing, Terms, post, recover};
pub use transfer::{LedgerError, PURPOSES, Purpose, SOURCE_BYTES_MAX, Transfer};

use crate::actor::{Actor, PartnerRole, VendorRole};
use crate::lifecycle::Access;

/// Whether an actor may settle periods and post transfers: finance, and the host's own jobs.
#[must_use]
pub const fn may_post(actor: &Actor) -> Access {
    match actor {
        Actor::Host | Actor::Vendor { role: VendorRole::Finance, .. } => Access::Allowed,
        Actor::Deadline | Actor::Vendor { .. } => Access::Denied,
        Actor::Partner { .. } => Access::Hidden,
    }
}

/// Whether an actor may read the money of a payee, or of all (`None`).
///
/// At the vendor administrators, finance and auditors read all of it; at a partner its executives and managers read
/// the partner's own, and everybody what is owed to himself or herself.
///
/// ```
/// use prm_core::actor::{Actor, PartnerRole, VendorRole};
/// use prm_core::ledger::may_read;
/// use prm_core::lifecycle::Access;
/// let auditor = Actor::Vendor { person: "u-1".parse()?, role: VendorRole::Auditor };
/// let manager = Actor::Partner { partner: "summit".parse()?, person: "p-1".parse()?, role: PartnerRole::Manager };
/// assert_eq!(may_read(&auditor, None), Access::Allowed);
/// assert_eq!(may_read(&manager, Some(&"summit".parse()?)), Access::Allowed);
/// assert_eq!(may_read(&manager, Some(&"valley".parse()?)), Access::Hidden);
/// assert_eq!(may_read(&manager, Some(&"person p-1".parse()?)), Access::Allowed);
/// assert_eq!(may_read(&manager, Some(&"person p-2".parse()?)), Access::Hidden);
/// # Ok::<(), prm_core::id::IdError>(())
/// ```
#[must_use]
pub fn may_read(actor: &Actor, payee: Option<&Payee>) -> Access {
    match actor {
        Actor::Host
        | Actor::Vendor { role: VendorRole::Administrator | VendorRole::Finance | VendorRole::Auditor, .. } => {
            Access::Allowed
        }
        Actor::Deadline | Actor::Vendor { .. } => Access::Denied,
        Actor::Partner { partner, person, role } => match payee {
            Some(Payee::Partner(payee)) if payee == partner => match role {
                PartnerRole::Executive | PartnerRole::Manager => Access::Allowed,
                _ => Access::Denied,
            },
            Some(Payee::Person(payee)) if payee == person => Access::Allowed,
            _ => Access::Hidden,
        },
    }
}
