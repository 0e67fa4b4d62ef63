//! Incentives: from sale lines to money.
//!
//! [`mod@line`] says what a sale line is, [`fold`] turns lines into [`partial`] sums by partner, measure and
//! month, [`schedule`] turns a measured value into a payout, [`rebate`] puts them together for a partner and
//! a period, [`explain`] says why, [`verify`] checks that, [`statement`] hands it out. [`intake`] says how a batch
//! meets the lines that are there, [`settlement`] what is due now against what was posted. [`mod@reference`] holds targets and
//! baselines, [`stacking`] what incentives do to one another. [`mod@worth`] says what another tier would be worth. [`mod@spiff`] pays
//! single sales, to persons too; [`awarded`] says what is owed for them. [`mdf`] holds marketing funds, [`claim`] what is
//! claimed of them and otherwise. [`book`] keeps lines in memory and answers all of it.
//!
//! Does not own: reading files (the host's), balances (the ledger's), which product or partner exists (the
//! facts given to the fold).

pub mod accrual;
pub mod awarded;
pub mod book;
pub mod budget;
pub mod claim;
pub mod commission;
mod counted;
pub mod distinct;
mod eligible;
pub mod explain;
pub mod fold;
pub mod intake;
mod judge;
pub mod kept;
pub mod line;
pub mod mdf;
pub mod measure;
pub mod membership;
pub mod partial;
pub mod paying;
pub mod periods;
pub mod pos;
pub mod rebate;
pub mod reference;
mod register;
#[cfg(feature = "render")]
pub mod render;
pub mod schedule;
pub mod settlement;
mod sold;
pub mod spiff;
pub mod stacking;
pub mod statement;
pub mod verify;
pub mod worth;
