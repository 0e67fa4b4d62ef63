//! What single sales bring to persons and partners, and the lines that they rest on.

use std::future::Future;

use chrono::{DateTime, NaiveDate, Utc};
use prm_core::incentive::line::BatchKey;
use prm_core::period::Period;

use super::DocumentRow;
use crate::work::Work;

/// What a payee has earned by an incentive since an award.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AwardRow {
    /// The program's name.
    pub program: String,
    /// The incentive.
    pub incentive: String,
    /// The days of its sales.
    pub period: String,
    /// Whose sales they are.
    pub partner: String,
    /// To whom it is owed.
    pub payee: String,
    /// The number of the settlement.
    pub settlement: u64,
    /// The last day of which sales are in it.
    pub as_of: NaiveDate,
    /// The currency.
    pub currency: String,
    /// Its digits.
    pub digits: u8,
    /// What was earned, in minor units.
    pub earned: i64,
    /// How much more or less that is than before.
    pub difference: i64,
    /// What is owed in another currency, as JSON.
    pub paid: Option<String>,
    /// What was owed in another currency before, as JSON.
    pub paid_before: Option<String>,
    /// When it was written.
    pub recorded_at: DateTime<Utc>,
}

/// Why the awards of a settlement for an incentive are what they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AnswerRow {
    /// The number of the settlement.
    pub settlement: u64,
    /// The incentive.
    pub incentive: String,
    /// The days of its sales.
    pub period: String,
    /// The digest of the program that decided.
    pub digest: String,
    /// The answer as JSON.
    pub answer: String,
}

/// Which awards are wanted, in the order of program, incentive, period, partner, payee and settlement.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AwardFilter {
    /// Only this program's.
    pub program: Option<String>,
    /// Only this incentive's.
    pub incentive: Option<String>,
    /// Only those of this partner's sales.
    pub partner: Option<String>,
    /// Only what is owed to this payee: a partner's id, or `person ada`.
    pub payee: Option<String>,
    /// Only those that were recorded by then.
    pub known_at: Option<DateTime<Utc>>,
}

type Out<T> = sqlx::Result<T>;

/// The tables of awards.
#[allow(missing_docs, reason = "each is what its name, its rows and its statement say")]
pub(crate) trait Awards: Work {
    /// Documents that stand under a plan, each with its batch: all, or those in receipts that hold any of the days, with all that
    /// came of them, and those that take back one of them or are taken back by it.
    fn documents_within(
        &mut self,
        tenant: &str,
        plan: &str,
        days: Option<Period>,
    ) -> impl Future<Output = Out<Vec<(BatchKey, DocumentRow)>>> + Send;
    fn awards(&mut self, tenant: &str, filter: &AwardFilter) -> impl Future<Output = Out<Vec<AwardRow>>> + Send;
    fn add_awards(&mut self, tenant: &str, rows: &[AwardRow]) -> impl Future<Output = Out<()>> + Send;
    fn award_answers(&mut self, tenant: &str, settlement: u64) -> impl Future<Output = Out<Vec<AnswerRow>>> + Send;
    fn add_award_answer(&mut self, tenant: &str, row: &AnswerRow) -> impl Future<Output = Out<()>> + Send;
}
