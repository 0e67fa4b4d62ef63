//! Marketing funds and claims: every stage and command, what is refused, what is moved, and laws of random histories.
#![cfg(feature = "program")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on must stop")]

mod chance;
mod claims;
mod laws;
mod requests;
mod sales;
mod table;
mod world;
