//! What becomes of sale lines: repetitions, corrections, returns, refusals, currencies, batches.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on must stop"
)]

mod arriving;
mod credits;
mod pos;
mod returns;
mod world;
