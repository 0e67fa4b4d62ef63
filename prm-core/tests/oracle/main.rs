//! The slow path as an oracle: what partners earn, computed a second time from what the documentation says, one line at a
//! time and in exact fractions, without months, partial sums or integers at fixed digits; and laws over whole histories.
//!
//! `PROPTEST_CASES` sets the number of cases. A case is drawn from lists of small numbers, of which zero is the simplest
//! choice everywhere, so that what fails shrinks to a short document and few lines; both are printed.
#![cfg(feature = "program")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test that cannot go on must stop"
)]

mod accrued;
mod agrees;
mod case;
mod document;
mod drawing;
mod drawn;
mod forged;
mod fraction;
mod ledger;
mod model;
mod parts;
mod reach;
mod sales;
mod schedule;
mod spec;
mod standing;
mod world;
