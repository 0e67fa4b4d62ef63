//! Commissions and referral fees: what single sales to a customer bring to the partner that brought it, has it, or sold.
//!
//! Every sale brings a share of itself or a fixed amount, by the first rate that fits. It is released with the invoice or
//! with the customer's payments, waits for a while, and goes into the next payment run. What comes back later is taken out
//! before it is paid, or taken back by a later run.
//!
//! ```
//! # #[cfg(feature = "program")] {
//! use std::sync::Arc;
//! use prm_core::incentive::book::SalesBook;
//! use prm_core::incentive::commission::{CommissionFacts, CommissionReason, OwnAccount, Payment};
//! use prm_core::incentive::line::{LineKey, LineKind, SaleLine};
//! use prm_core::partner::Partner;
//! use prm_core::program::Program;
//!
//! let program = Program::read("
//! format: 1
//! program: Example
//! version: '1'
//! effective: { from: 2025-01-01 }
//! currency: EUR
//! incentives:
//!   referral:
//!     kind: commission
//!     of: billings
//!     rates: [{ rate: 20 % }]
//!     recurs: 12 months
//!     released: payment
//!     hold: 30 days
//!     runs: { day: 13 }
//!     clawback: 90 days
//! ")?;
//! let mut book = SalesBook::new(Arc::new(program));
//! book.put_partner(Partner::new("alpine".parse()?, "Alpine Bikes"))?;
//! let sale = |document: &str, account: &str| -> Result<SaleLine, Box<dyn std::error::Error>> {
//!     let key = LineKey { document: document.parse()?, line: Some("1".parse()?) };
//!     let mut line = SaleLine::new(key, LineKind::Sale, "plan".parse()?, "EUR".parse()?);
//!     (line.buyer, line.account) = (Some("alpine".parse()?), Some(account.parse()?));
//!     (line.dates.invoice, line.amounts.net) = (Some("2025-02-03".parse()?), Some("20000".parse()?));
//!     Ok(line)
//! };
//! book.add(vec![sale("SO-1", "acme")?, sale("SO-2", "alpine-ag")?], None)?;
//! let mut facts = CommissionFacts::default();
//! facts.payments.push(Payment::new("SO-1".parse()?, "2025-02-20".parse()?, "10000".parse()?));
//! facts.own_accounts.push(OwnAccount { partner: "alpine".parse()?, account: "alpine-ag".parse()? });
//! book.put_commission_facts(facts);
//!
//! let answer = book.commission("referral", "2025-04-30".parse()?)?;
//! // Half is paid: half is released, and free from 22 March on, so that the run of April pays it.
//! let first = &answer.sales[0];
//! assert_eq!((first.whole.to_string(), first.released.to_string()), ("4000.00 EUR".into(), "2000.00 EUR".into()));
//! assert_eq!(answer.runs[0].on.to_string(), "2025-04-13");
//! assert_eq!(answer.owed[0].due.to_string(), "2000.00 EUR");
//! // Nobody earns by selling to itself.
//! let why = CommissionReason::SelfReferral { account: "alpine-ag".parse()? };
//! assert_eq!(answer.sales[1].because, Some(why));
//! assert!(book.commission("affiliates", "2025-04-30".parse()?).is_err());
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What is returned of a sale takes the same part of its commission, at the sale's rate and for its partner. What comes back
//! without its sale takes from who is credited on its own day, at the rate that fits it, whatever the hold; under a program that
//! rejects such returns it waits until the sale comes. Nothing of a sale comes back more than once, and never more than it brought.
//!
//! [`award`] says what every sale brings, when it is paid, and why not; [`owed`] says only how much. Both depend on lines,
//! facts, program and day alone, not on the order of lines. Does not own: what was posted (settlement posts the difference
//! of what is due), nor when a customer paid or which partner has it (the host's facts).

mod answer;
mod award;
mod credit;
mod customer;
mod error;
mod facts;
mod join;
mod rate;
mod reason;
mod release;
mod runs;
mod take;
mod tell;
mod term;
mod timeline;

use std::collections::BTreeSet;
use std::sync::Arc;

pub use answer::{
    CommissionAnswer, CommissionBack, CommissionOwed, CommissionRow, CommissionRun, CommissionSale, CommissionTerms,
};
pub use award::{CommissionBasis, award, owed};
pub use error::{CommissionError, FactError};
pub use facts::{CommissionFacts, CustomerSince, OwnAccount, Payment, RecordOf, Touch};
pub use reason::{BackReason, CarriedReason, CommissionReason};
use serde::{Deserialize, Serialize};

use crate::currency::Currency;
use crate::id::Name;
use crate::incentive::line::Motion;
use crate::incentive::measure::Measure;
use crate::incentive::rebate::Eligible;
use crate::money::Money;
use crate::rate::Rate;
use crate::rounding::Rounding;

/// A commission of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Commission {
    /// Its name in the program.
    pub name: Name,
    /// Its title on statements.
    pub title: String,
    /// The partners whose sales count.
    pub eligible: Eligible,
    /// What is counted of a sale, and which sales.
    pub measure: Measure,
    /// Units beside it, where a rate pays for each unit of what is measured in money.
    pub units: Option<Measure>,
    /// What part of the amounts counts.
    pub counts: Counts,
    /// Who is credited.
    pub credits: CreditedBy,
    /// The rates: the first that fits a sale decides.
    pub rates: Vec<CommissionRate>,
    /// For how long a customer's sales pay.
    pub recurs: Recurs,
    /// What releases it.
    pub released: Released,
    /// How many days after its release it can be paid.
    pub hold_days: u32,
    /// When it is paid.
    pub runs: Runs,
    /// What a return takes back.
    pub clawback: Clawback,
    /// The most that a partner earns by it for one customer.
    pub per_customer: Option<Money>,
    /// How it is rounded.
    pub rounding: Rounding,
    /// What it is paid in.
    pub currency: Currency,
    pub(crate) key: Arc<str>,
    pub(crate) units_key: Option<Arc<str>>,
}

#[cfg(feature = "program")]
impl Commission {
    pub(crate) fn measures(&self) -> impl Iterator<Item = &Measure> {
        std::iter::once(&self.measure).chain(&self.units)
    }

    pub(crate) fn measures_mut(&mut self) -> impl Iterator<Item = &mut Measure> {
        std::iter::once(&mut self.measure).chain(&mut self.units)
    }

    /// Fixes the names by which its measures are found in shares of lines.
    pub(crate) fn fix_keys(&mut self) {
        self.key = self.measure.key().into();
        self.units_key = self.units.as_ref().map(|units| units.key().into());
    }
}

/// What part of a line's amounts counts.
///
/// A term of whole calendar months has that many; any other is told in days, of which a year has 365.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Counts {
    /// All of it.
    Whole,
    /// What it comes to in a year, or in the contract's term if that is shorter: annual contract value.
    Acv,
    /// What it comes to in the contract's term: total contract value.
    Tcv,
    /// What it comes to in a month: monthly recurring revenue.
    Mrr,
}

/// Who is credited with a sale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CreditedBy {
    /// The party that the line names and the measure credits.
    Line,
    /// The partner of record of the customer on the day of the sale.
    Record,
    /// The partner through whose link or code the customer came, at most so many days before. The last one decides; on one
    /// day a code comes before a link, then the id that sorts first.
    Affiliate {
        /// How many days.
        window_days: u32,
    },
}

/// A rate, and the sales that it fits: those for which every key holds that is given.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CommissionRate {
    /// Products in one of these sets; all if empty.
    pub products: BTreeSet<Name>,
    /// Sales of one of these motions; all if empty.
    pub motions: BTreeSet<Motion>,
    /// Sales of days on which the partner was in one of these tiers; all if empty.
    pub tiers: BTreeSet<Name>,
    /// What is paid.
    pub pays: CommissionPay,
}

/// What a commission pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CommissionPay {
    /// A share of what is counted.
    Rate(Rate),
    /// An amount, whatever the revenue.
    Fixed {
        /// How much.
        amount: Money,
        /// For each what.
        per: Per,
    },
}

/// What a fixed amount is paid for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum), uniffi(name = "CommissionPer"))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Per {
    /// Each customer, once.
    Customer,
    /// Each document.
    Document,
    /// Each unit.
    Unit,
}

/// What is paid for, with the word that stands for each in documents.
pub const PERS: [(&str, Per); 3] = [("customer", Per::Customer), ("document", Per::Document), ("unit", Per::Unit)];

/// For how long a customer's sales pay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Recurs {
    /// Its first sale only: the document of the first that counts with the partner.
    FirstSale,
    /// Those within so many months of the first.
    Months(u32),
    /// All of them.
    Always,
}

/// What releases a commission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Released {
    /// The sale itself, on its counting date.
    #[default]
    Invoice,
    /// The customer's payments of the document, each its part.
    Payment,
}

/// What releases it, with the word that stands for each in documents.
pub const RELEASED: [(&str, Released); 2] = [("invoice", Released::Invoice), ("payment", Released::Payment)];

/// When commissions are paid: once a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Runs {
    /// On this day of the month; the last one where a month is shorter.
    pub day: u32,
    /// What a run covers.
    pub covers: Covers,
    /// Less than this is not paid but carried to the next run.
    pub minimum: Money,
}

/// What a run covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Covers {
    /// What can be paid by its day.
    #[default]
    RunDay,
    /// What could be paid by the end of the month before.
    MonthBefore,
}

/// What runs cover, with the word that stands for each in documents.
pub const COVERS: [(&str, Covers); 2] = [("run_day", Covers::RunDay), ("month_before", Covers::MonthBefore)];

/// What a return takes back of what was released.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Clawback {
    /// Its part, whenever it comes.
    Always,
    /// Its part, if it comes at most so many days after the sale. Later it takes back nothing; but what waits for payments of
    /// the customer is no longer to come.
    Days(u32),
    /// Its part of what no run has paid. What a run only carried was not paid.
    UntilPaid,
}
