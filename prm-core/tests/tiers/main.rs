//! Tiers: what is promoted and demoted when, what stays, what is missing, and the laws of all that.
#![cfg(feature = "program")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test that cannot go on must stop"
)]

mod documents;
mod family;
mod laws;
mod modes;
mod overrides;
mod standings;
mod world;
