//! What the vendor's books hold for periods that are not settled yet.

use std::future::Future;

use chrono::{DateTime, NaiveDate, Utc};
use prm_core::period::Period;

use crate::work::Work;

/// What is accrued for a partner, incentive and period since an accrual.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AccrualRow {
    /// The program's name.
    pub program: String,
    /// The partner.
    pub partner: String,
    /// The incentive.
    pub incentive: String,
    /// The period's label.
    pub period: String,
    /// The currency.
    pub currency: String,
    /// The number of the accrual.
    pub accrual: u64,
    /// The period's days.
    pub days: Period,
    /// The last day of which sales are in it, or the day of the settlement.
    pub as_of: NaiveDate,
    /// Digits of the currency.
    pub digits: u8,
    /// What is accrued from then on, in minor units.
    pub amount: i64,
    /// How much more or less that is than before.
    pub difference: i64,
    /// The settlement that reversed it, if one did and something was owed by it.
    pub settlement: Option<u64>,
    /// The version of the program.
    pub digest: String,
    /// The estimate as JSON; `None` where nothing is estimated any more.
    pub estimate: Option<String>,
    /// When it was written.
    pub recorded_at: DateTime<Utc>,
}

type Out<T> = sqlx::Result<T>;

/// The table of accruals.
#[allow(missing_docs, reason = "each is what its name, its rows and its statement say")]
pub(crate) trait Accruals: Work {
    fn last_accrual(&mut self, tenant: &str) -> impl Future<Output = Out<u64>> + Send;
    /// The last row of each key and currency, now or as known at an instant; of all days, or of periods within some.
    fn accruals(
        &mut self,
        tenant: &str,
        program: &str,
        days: Option<Period>,
        known_at: Option<DateTime<Utc>>,
    ) -> impl Future<Output = Out<Vec<AccrualRow>>> + Send;
    fn add_accruals(&mut self, tenant: &str, rows: &[AccrualRow]) -> impl Future<Output = Out<()>> + Send;
}
