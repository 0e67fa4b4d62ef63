//! The rules of partner relationship management: pure, explained, exact to the cent.
//!
//! A vendor that sells through partners uses this crate to decide what a partner has earned and why.
//! Everything here is a **value** (cannot be wrong once built), a **rule** (a pure function from facts,
//! program and date to an answer with its reasons) or, in later modules, a **lifecycle**.
//!
//! What never happens here: no clock, no randomness, no input or output, no threads, no floats, and no
//! hash-map order in an output.
//!
//! | module | owns |
//! | --- | --- |
//! | [`scaled`], [`rounding`], [`rate`] | exact numbers and how they are rounded |
//! | [`currency`], [`money`], [`fx`] | owed money, exchange rates and their dates |
//! | [`split`] | money divided by shares, to the last minor unit |
//! | [`period`], [`calendar`], [`zone`], [`clock`] | half-open periods, fiscal calendars, local dates, hours that count |
//! | [`id`], [`actor`] | who and what |
//! | [`coded`] | refusals by their codes |
//! | [`lifecycle`] | records that change by commands, and remember how |
//! | [`program`] | the program document: read, check, lint, diff, tables |
//! | [`partner`], [`product`] | the facts about partners and products that rules select by |
//! | [`person`] | names and addresses, apart from all else |
//! | [`account`] | end customers: whether two records are of one, how one is found among many, and why |
//! | [`deal`] | deal registration: who may work an account, until when, and why |
//! | [`incentive`] | sale lines, partial sums, schedules, rebates, SPIFFs, marketing funds, claims, explanations, statements, settlements |
//! | [`tier`] | tiers: what they require, who stands where on any day, and what is missing |
//! | [`ledger`] | accounts, transfers, and how differences become transfers |
#![cfg_attr(not(feature = "uniffi"), forbid(unsafe_code))]
#![cfg_attr(feature = "uniffi", allow(unsafe_code, reason = "what crosses to Kotlin and Swift is written by derives"))]

#[cfg(all(doctest, feature = "program"))]
#[doc = include_str!("../../README.md")]
struct ReadmeOfTheProject;

#[cfg(feature = "uniffi")]
uniffi::setup_scaffolding!();

pub mod account;
pub mod actor;
pub mod calendar;
pub mod clock;
pub mod coded;
pub mod currency;
pub mod deal;
mod digest;
pub mod fx;
pub mod id;
pub mod incentive;
pub mod ledger;
pub mod lifecycle;
pub mod money;
pub mod partner;
pub mod period;
pub mod person;
#[cfg(feature = "uniffi")]
pub mod phone;
pub mod product;
pub mod program;
pub mod rate;
pub mod rounding;
pub mod scaled;
pub mod split;
pub mod tier;
mod words;
pub mod zone;
