//! Marketing funds (MDF, co-op): money that a vendor gives its partners to advertise with.
//!
//! ```text
//! budget ─▶ allocation ─▶ pot ─▶ request ─▶ approved: reserved ─▶ claims ─▶ spent, and owed to the partner
//!           accrued,             │                     │
//!           by tier,             └─ rejected,          └─ not claimed in time: returns, or lapses
//!           by a person             declined
//! ```
//!
//! [`policy`] is what the program says of a fund, [`Pot`] where its money stands and [`Movement`] how it moves. [`request`]
//! is the life of a request, [`reimburse()`] what a claim brings.
//!
//! Which date means what: a request belongs to the period of the fund in which its activity **begins**; a claim's time
//! counts from the activity's **end** or from each invoice's **date**, and an invoice is converted at its **date**. Days
//! are days of the program's time zone.
//!
//! Owns: what may be granted and what is reimbursed. Does not own: balances (the store's, changed by the [`Movement`]s that
//! events bring), what is paid out (the ledger's).

mod accrual;
pub mod allocation;
mod facts;
pub mod policy;
mod pot;
mod reimburse;
pub mod request;
mod year_end;

pub use accrual::{
    ACCRUAL_YEARS, AccrualPay, AccrualReason, AccrualYear, Accrued, MdfAccrual, difference, within_budget,
};
pub use facts::FundPartner;
pub use policy::{
    Activity, Answer, Approver, CLAIM_FROM, CREATIVES, ClaimFrom, Creative, Fund, FundClaims, FundExchange, Handling,
    RequestPolicy, ShareRule, UNCLAIMED, Unclaimed, YearEnd,
};
pub use pot::{Balances, MOVEMENT_KINDS, Movement, MovementKind, Pot, PotAccount, PotError};
pub use reimburse::{CutBy, Reimbursement, SoFar, Terms, reimburse};
pub use year_end::at_end;
