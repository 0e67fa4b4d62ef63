//! Partner relationship management on phones: deal registration, with and without a database, rebates with
//! their reasons, tiers, commissions, marketing funds and claims, for Kotlin and Swift.
//!
//! There are no types of their own here for what the core has: `Registration`, `DealForm`, `DealCommand` and the others are
//! those of `prm-core`, which derive what crosses behind its feature `uniffi`. Here stand the functions, and the handles
//! that stay on this side: a program, what the host tells, a book of deals, a store.
//!
//! Every function answers, or throws `PrmError`: `Input` for what cannot be read, `Refused` with a code of `codes.json`, or
//! `Failed` where a database is the matter.
#![allow(unsafe_code, reason = "what crosses is written by derives")]
#![allow(clippy::needless_pass_by_value, reason = "what crosses is owned")]

mod codes;
mod deals;
mod exchange;
mod funds;
#[cfg(feature = "json")]
mod json;
mod program;
mod sales;
#[cfg(feature = "store")]
mod store;
mod texts;

pub use codes::{CodeTexts, SeenBy};
pub use deals::{
    Deal, DealBook, DealDecision, DealDone, DealGiven, OtherDeal, deal_is_overdue, deal_protection, decide_deal,
    open_deal,
};
pub use exchange::ExchangeQuote;
pub use funds::{
    ClaimOwed, FundBook, FundPot, claim_holds_evidence, claim_is_overdue, request_is_expired, request_is_overdue,
    request_reserved,
};
#[cfg(feature = "json")]
pub use json::*;
pub use program::{Program, check_program, rounded};
pub use sales::{CustomerSector, Forecast, MeasuredValues, RebateAnswer, SalesBook, TeamShare, verify_explanation};
#[cfg(feature = "store")]
pub use store::{DealOutcome, PrmStore};
pub use texts::{
    claim_reason_text, commission_back_text, commission_carried_text, commission_reason_text, commission_terms_text,
    payout_text, pot_text, shortfall_text, spiff_reason_text, standing_text, unpaid_text,
};

prm_core::uniffi_reexport_scaffolding!();
uniffi::setup_scaffolding!();
// Neither ours nor the core's: they cross as the core says.
uniffi::use_remote_type!(prm_core::chrono::NaiveDate);
uniffi::use_remote_type!(prm_core::chrono::DateTime<chrono::Utc>);
