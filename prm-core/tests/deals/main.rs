//! Deal registrations: every stage and command, the rules of conflict, place in line, and what partners see.
#![cfg(feature = "program")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on must stop")]

mod chance;
mod conflicts;
mod forms;
mod life;
mod sold;
mod table;
mod world;
