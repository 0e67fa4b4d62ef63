//! SPIFFs: what a sale brings to the person who made it, to its partner, or to the partner's team, within a window.
//!
//! A SPIFF looks at single sales, where a rebate looks at sums: who sold, to whom, and which units. Sales are taken in
//! the order of their counting dates, then of their keys; each brings what it adds to what its payee has earned by then.
//! So whatever pays (an amount for each unit, a rate, bands, a quota), and whatever caps it, the parts add up to the
//! whole, and a cap is used up by the sales that came first.
//!
//! ```
//! # #[cfg(feature = "program")] {
//! use std::sync::Arc;
//! use prm_core::incentive::book::SalesBook;
//! use prm_core::incentive::line::{LineKey, LineKind, SaleLine};
//! use prm_core::incentive::spiff::{Seller, SpiffFacts, SpiffReason};
//! use prm_core::partner::Partner;
//! use prm_core::program::Program;
//!
//! let program = Program::read("
//! format: 1
//! program: Example
//! version: '1'
//! effective: { from: 2025-01-01 }
//! currency: USD
//! incentives:
//!   summer:
//!     kind: spiff
//!     during: { from: 2025-06-02, until: 2025-07-14 }
//!     of: units
//!     pays: { each: 25 }
//!     to: person
//!     consent: no
//!     public_sector: included
//!     cap: { per_person: 60 }
//! ")?;
//! let mut book = SalesBook::new(Arc::new(program));
//! book.put_partner(Partner::new("alpine".parse()?, "Alpine Bikes"))?;
//! let mut facts = SpiffFacts::default();
//! let (person, partner) = ("ada".parse()?, "alpine".parse()?);
//! facts.sellers.push(Seller { person, partner, from: "2025-01-01".parse()?, until: None });
//! book.put_spiff_facts(facts);
//! let sale = |document: &str, person: &str| -> Result<SaleLine, Box<dyn std::error::Error>> {
//!     let key = LineKey { document: document.parse()?, line: None };
//!     let mut line = SaleLine::new(key, LineKind::Sale, "BK-1".parse()?, "USD".parse()?);
//!     (line.buyer, line.person) = (Some("alpine".parse()?), Some(person.parse()?));
//!     (line.dates.invoice, line.quantity) = (Some("2025-06-10".parse()?), Some("2".parse()?));
//!     Ok(line)
//! };
//! book.add(vec![sale("SO-1", "ada")?, sale("SO-2", "ada")?, sale("SO-3", "ben")?], None)?;
//! let answer = book.spiff("summer", "2025-06-30".parse()?)?;
//! let brings: Vec<String> = answer.sales.iter().map(|sale| sale.brings.to_string()).collect();
//! // Two units, then what is left of the cap; and Ben does not sell for Alpine.
//! assert_eq!(brings, ["50.00 USD", "10.00 USD", "0.00 USD"]);
//! assert_eq!(answer.sales[2].because, Some(SpiffReason::NotSeller { person: "ben".parse()? }));
//! assert!(book.spiff("winter", "2025-06-30".parse()?).is_err());
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`award`] says what is earned by a day, with a reason for each sale that brings nothing. Does not own: what was paid
//! before (settlement posts the difference), nor whether persons and companies are who they say (the host's facts).

mod answer;
mod award;
mod facts;
mod pay;
mod take;

use std::sync::Arc;

use crate::currency::Currency;
use crate::id::Name;
use crate::incentive::measure::Measure;
use crate::incentive::rebate::Eligible;
use crate::incentive::schedule::{Schedule, Target};
use crate::money::Money;
use crate::period::Period;
use crate::rate::Rate;
use crate::rounding::Rounding;
use crate::scaled::Scaled;
pub use answer::{SpiffAnswer, SpiffEarned, SpiffPayee, SpiffReason, SpiffSale};
pub use award::{SpiffBasis, SpiffError, award};
pub use facts::{Consent, Sector, Seller, SpiffFacts};
use serde::{Deserialize, Serialize};

/// A SPIFF of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Spiff {
    /// Its name in the program.
    pub name: Name,
    /// Its title on statements.
    pub title: String,
    /// The partners whose sales count.
    pub eligible: Eligible,
    /// The days on which a sale must lie.
    pub window: Period,
    /// What is counted of a sale, and which sales.
    pub measure: Measure,
    /// Whether sales are counted instead: documents of which something was sold.
    pub counts_sales: bool,
    /// What is paid.
    pub pays: SpiffPay,
    /// To whom.
    pub to: PaidTo,
    /// Whether every unit must be named by a serial number, which pays once.
    pub by_serial: bool,
    /// Whether sales to the public sector count.
    pub public_sector: bool,
    /// Whether the partner must have consented that its people are paid.
    pub consent: bool,
    /// The most that one person earns by it.
    pub per_person: Option<Money>,
    /// The most that one partner and its people earn by it together.
    pub per_partner: Option<Money>,
    /// How what is earned is rounded.
    pub rounding: Rounding,
    /// What it is paid in.
    pub currency: Currency,
    pub(crate) key: Arc<str>,
}

/// What a SPIFF pays.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SpiffPay {
    /// Money for each unit, or for each sale where sales are counted.
    Each(Scaled),
    /// Money for each unit, by SKU.
    EachOf {
        /// The table, found by SKU.
        table: Name,
        /// The column that holds the amount.
        column: Name,
    },
    /// A share of what was sold for.
    Rate(Rate),
    /// Bands of what was counted.
    Schedule(Schedule),
    /// Target pay, by how much of a quota was sold.
    Quota(Quota),
}

/// Target pay with accelerators and decelerators.
///
/// Below the quota the factor of the share that was reached is for all of it, from the first unit; above, each factor is
/// for the part of the quota within its band: with 100,000 for a quota of 500,000, factor 1.5 from 100 % and 650,000
/// sold, `100,000 × (1 + 30 % × 1.5) = 145,000`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Quota {
    /// What is to be sold.
    pub target: Target,
    /// What is paid for all of it.
    pub pays: Scaled,
    /// From which share of the quota on which factor is for everything, lowest first, all below 1. Below the first
    /// nothing is paid; without any, the factor is 1.
    pub below: Vec<(Rate, Scaled)>,
    /// From which share of the quota on which factor is for what lies above, lowest first, the first at 1. Without any,
    /// nothing is paid beyond the quota.
    pub above: Vec<(Rate, Scaled)>,
}

/// Who is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PaidTo {
    /// The person who sold.
    Person,
    /// The partner.
    Partner,
    /// The people of the partner's team, by their shares.
    Team,
}

/// The payees with the word that stands for each in documents.
pub const PAID_TO: [(&str, PaidTo); 3] =
    [("person", PaidTo::Person), ("partner", PaidTo::Partner), ("team", PaidTo::Team)];
