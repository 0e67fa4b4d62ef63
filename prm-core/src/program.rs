//! The program document: what a vendor promises its partners, as one versioned text.
//!
//! [`Program::check`] reads a document and says everything that is wrong or risky about it, with line and
//! column; [`Program::read`] is the short form for documents that are meant to be right. [`diff`] tells two
//! versions apart in words; [`schema()`](schema::schema) is the JSON Schema for editors.
//!
//! Does not own: where documents are kept and which version is in force (the host, later the store).

mod days;
#[cfg(feature = "program")]
mod decode;
#[cfg(feature = "program")]
pub mod diff;
pub mod finding;
#[cfg(feature = "program")]
pub(crate) mod grammar;
pub mod length;
#[cfg(feature = "program")]
mod lint;
#[cfg(feature = "program")]
pub(crate) mod outline;
mod parts;
#[cfg(feature = "program")]
mod plan;
#[cfg(feature = "schema")]
pub mod schema;
pub mod tables;
#[cfg(feature = "program")]
pub(crate) mod tree;
#[cfg(feature = "program")]
pub mod version;

use std::collections::{BTreeMap, BTreeSet};

use crate::calendar::FiscalCalendar;
use crate::clock::WorkingTime;
use crate::currency::Currency;
use crate::deal::policy::DealPolicy;
use crate::id::Name;
use crate::incentive::accrual::Accruals;
use crate::incentive::claim::policy::Claims;
use crate::incentive::commission::Commission;
use crate::incentive::mdf::{Fund, MdfAccrual};
use crate::incentive::measure::{Measure, SalesPolicy};
use crate::incentive::membership::Membership;
use crate::incentive::paying::PayoutExchange;
use crate::incentive::periods::PeriodPolicy;
use crate::incentive::rebate::Rebate;
use crate::incentive::spiff::Spiff;
use crate::incentive::stacking::Stack;
use crate::ledger::NegativePolicy;
use crate::product::ProductSet;
use crate::rounding::Rounding;
use crate::tier::Tiers;
use crate::zone::Zone;
use finding::Findings;
pub use parts::{Effective, ProgramRef, RUNNING_PERIODS, RunningPeriods, SalesExchange, Territory};
use tables::TableOutline;

/// A program document that has been checked.
///
/// It can only come from a document without errors, and never changes afterwards.
///
/// ```
/// use prm_core::program::Program;
/// let text = "\
/// format: 1
/// program: Ridgeline Partners
/// version: '2013.1'
/// effective: { from: 2013-01-01, until: 2014-01-01 }
/// currency: USD
/// incentives:
///   volume:
///     kind: rebate
///     measure: { of: net_revenue }
///     every: quarter
///     cap: { payout: 10000 }
///     schedule: { shape: marginal, bands: [{ from: 25000, rate: 2 % }] }
/// ";
/// let program = Program::read(text)?;
/// assert_eq!(program.currency().code(), "USD");
///
/// let findings = Program::read(&text.replace("rate:", "rte:")).unwrap_err();
/// let first = findings.iter().next().unwrap();
/// assert_eq!((first.code.as_str(), first.position.line), ("unknown_key", 12));
/// assert_eq!(first.suggestion.as_deref(), Some("rate"));
/// # Ok::<(), prm_core::program::finding::Findings>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    pub(crate) identity: ProgramRef,
    pub(crate) effective: Effective,
    pub(crate) running_periods: RunningPeriods,
    pub(crate) counts: Effective,
    pub(crate) currency: Currency,
    pub(crate) zone: Zone,
    pub(crate) calendar: FiscalCalendar,
    pub(crate) rounding: Rounding,
    pub(crate) sales: SalesPolicy,
    pub(crate) exchange: Option<SalesExchange>,
    pub(crate) payout_exchange: Option<PayoutExchange>,
    pub(crate) tables: BTreeMap<Name, TableOutline>,
    pub(crate) partner_types: BTreeSet<Name>,
    pub(crate) territories: BTreeMap<Name, Territory>,
    pub(crate) products: BTreeMap<Name, ProductSet>,
    pub(crate) tiers: Option<Tiers>,
    pub(crate) rebates: Vec<Rebate>,
    pub(crate) spiffs: Vec<Spiff>,
    pub(crate) commissions: Vec<Commission>,
    pub(crate) stacks: Vec<Stack>,
    pub(crate) membership: Membership,
    pub(crate) negative: NegativePolicy,
    pub(crate) working_time: WorkingTime,
    pub(crate) deals: Option<DealPolicy>,
    pub(crate) funds: BTreeMap<Name, Fund>,
    pub(crate) claims: Claims,
    pub(crate) mdf_accruals: Vec<MdfAccrual>,
    pub(crate) accruals: Accruals,
    pub(crate) period_policy: PeriodPolicy,
    pub(crate) measures: Vec<Measure>,
    pub(crate) plan: String,
}

/// What a check found, and the program if nothing stands against using it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// The program, if there are no errors.
    pub program: Option<Program>,
    /// Errors, warnings and notes in the order of the text.
    pub findings: Findings,
}

impl Program {
    /// Reads a document (YAML, or JSON as YAML) and reports every mistake and risk in it.
    ///
    /// A document of more than 4 MiB, 32 levels or 200,000 values is refused without being read further.
    #[cfg(feature = "program")]
    #[must_use]
    pub fn check(text: &str) -> Checked {
        decode::check(text)
    }

    /// Reads a document that is meant to be right; warnings and notes are dropped.
    ///
    /// # Errors
    /// All findings, if any of them is an error.
    #[cfg(feature = "program")]
    pub fn read(text: &str) -> Result<Self, Findings> {
        let Checked { program, findings } = Self::check(text);
        program.ok_or(findings)
    }

    /// Name, version and digest.
    #[must_use]
    pub const fn identity(&self) -> &ProgramRef {
        &self.identity
    }

    /// The sales that this version governs, by counting date.
    #[must_use]
    pub const fn effective(&self) -> Effective {
        self.effective
    }

    /// What becomes of periods that have begun when this version begins or ends.
    #[must_use]
    pub const fn running_periods(&self) -> RunningPeriods {
        self.running_periods
    }

    /// The sales that are counted, by counting date: beyond those it governs, those that baselines and running periods
    /// need. They must be received under this version too.
    #[must_use]
    pub const fn counts(&self) -> Effective {
        self.counts
    }

    /// The currency in which amounts are measured.
    #[must_use]
    pub const fn currency(&self) -> Currency {
        self.currency
    }

    /// Where days begin.
    #[must_use]
    pub const fn zone(&self) -> &Zone {
        &self.zone
    }

    /// The calendar of months, quarters and years.
    #[must_use]
    pub const fn calendar(&self) -> &FiscalCalendar {
        &self.calendar
    }

    /// How payouts are rounded, where an incentive does not say otherwise.
    #[must_use]
    pub const fn rounding(&self) -> Rounding {
        self.rounding
    }

    /// What counts of a sale line.
    #[must_use]
    pub const fn sales(&self) -> &SalesPolicy {
        &self.sales
    }

    /// How sales in other currencies are converted; `None` if they are refused.
    #[must_use]
    pub const fn exchange(&self) -> Option<&SalesExchange> {
        self.exchange.as_ref()
    }

    /// How what is earned is converted for partners that are paid in another currency; `None` if there are none.
    #[must_use]
    pub const fn payout_exchange(&self) -> Option<&PayoutExchange> {
        self.payout_exchange.as_ref()
    }

    /// The tables that must be given at run time.
    pub fn tables(&self) -> impl Iterator<Item = &TableOutline> {
        self.tables.values()
    }

    /// The outline of one table.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&TableOutline> {
        self.tables.get(name)
    }

    /// The types of partner that the program knows.
    #[must_use]
    pub const fn partner_types(&self) -> &BTreeSet<Name> {
        &self.partner_types
    }

    /// The named territories.
    #[must_use]
    pub const fn territories(&self) -> &BTreeMap<Name, Territory> {
        &self.territories
    }

    /// When those work who review and answer.
    #[must_use]
    pub const fn working_time(&self) -> &WorkingTime {
        &self.working_time
    }

    /// How deals are registered; `None` if they are not.
    #[must_use]
    pub const fn deals(&self) -> Option<&DealPolicy> {
        self.deals.as_ref()
    }

    /// Which claims are taken beside those of marketing funds.
    #[must_use]
    pub const fn claims(&self) -> &Claims {
        &self.claims
    }

    /// The incentives that fill marketing funds, in the order of the document.
    #[must_use]
    pub fn mdf_accruals(&self) -> &[MdfAccrual] {
        &self.mdf_accruals
    }

    /// The incentive of that name that fills a marketing fund.
    #[must_use]
    pub fn mdf_accrual(&self, name: &str) -> Option<&MdfAccrual> {
        self.mdf_accruals.iter().find(|accrual| accrual.name.as_str() == name)
    }

    /// The marketing funds, by name.
    #[must_use]
    pub const fn funds(&self) -> &BTreeMap<Name, Fund> {
        &self.funds
    }

    /// The marketing fund of that name.
    #[must_use]
    pub fn fund(&self, name: &str) -> Option<&Fund> {
        self.funds.get(name)
    }

    /// The named product sets.
    #[must_use]
    pub const fn products(&self) -> &BTreeMap<Name, ProductSet> {
        &self.products
    }

    /// The tiers, if it has any.
    #[must_use]
    pub const fn tiers(&self) -> Option<&Tiers> {
        self.tiers.as_ref()
    }

    /// The SPIFFs, in the order of the document.
    #[must_use]
    pub fn spiffs(&self) -> &[Spiff] {
        &self.spiffs
    }

    /// The SPIFF of that name.
    #[must_use]
    pub fn spiff(&self, name: &str) -> Option<&Spiff> {
        self.spiffs.iter().find(|spiff| spiff.name.as_str() == name)
    }

    /// The commissions, in the order of the document.
    #[must_use]
    pub fn commissions(&self) -> &[Commission] {
        &self.commissions
    }

    /// The commission of that name.
    #[must_use]
    pub fn commission(&self, name: &str) -> Option<&Commission> {
        self.commissions.iter().find(|commission| commission.name.as_str() == name)
    }

    /// Whether something is paid for single sales: then lines are folded by a fold that traces.
    #[must_use]
    pub const fn pays_single_sales(&self) -> bool {
        !self.spiffs.is_empty() || !self.commissions.is_empty()
    }

    /// The rebates, in the order of the document.
    #[must_use]
    pub fn rebates(&self) -> &[Rebate] {
        &self.rebates
    }

    /// The rebate of that name.
    #[must_use]
    pub fn rebate(&self, name: &str) -> Option<&Rebate> {
        self.rebates.iter().find(|rebate| rebate.name.as_str() == name)
    }

    /// What joining, leaving and being suspended within a period mean.
    #[must_use]
    pub const fn membership(&self) -> Membership {
        self.membership
    }

    /// What becomes of what was paid and is not due any more.
    #[must_use]
    pub const fn negative(&self) -> NegativePolicy {
        self.negative
    }

    /// When periods are closed and final, and what becomes of what comes later.
    #[must_use]
    pub const fn period_policy(&self) -> &PeriodPolicy {
        &self.period_policy
    }

    /// How running periods are estimated.
    #[must_use]
    pub const fn accruals(&self) -> Accruals {
        self.accruals
    }

    /// The stacks: incentives that affect one another, in order.
    #[must_use]
    pub fn stacks(&self) -> &[Stack] {
        &self.stacks
    }

    /// The stack that an incentive is in; each is in one at most.
    #[must_use]
    pub fn stack_of(&self, incentive: &Name) -> Option<&Stack> {
        self.stacks.iter().find(|stack| stack.order.iter().any(|stacked| stacked.incentive == *incentive))
    }

    /// Every distinct measure, sorted; each is added up once, whichever incentives use it.
    #[must_use]
    pub fn measures(&self) -> &[Measure] {
        &self.measures
    }

    /// The fingerprint of everything that decides what partial sums mean; only sums of one plan can be merged.
    #[must_use]
    pub fn plan(&self) -> &str {
        &self.plan
    }
}
