//! Tiers that partners were found in.

use std::future::Future;

use chrono::{DateTime, NaiveDate, Utc};

use crate::work::Work;

/// All changes of a partner's tier, as they were known since an advance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TierRow {
    /// The program's name.
    pub program: String,
    /// The partner.
    pub partner: String,
    /// The number of the advance that found them.
    pub advance: u64,
    /// The tier after the last one, if any.
    pub tier: Option<String>,
    /// The day of the last one.
    pub since: NaiveDate,
    /// The changes as JSON.
    pub changes: String,
    /// When it was written.
    pub recorded_at: DateTime<Utc>,
}

type Out<T> = sqlx::Result<T>;

/// The tables of standings.
#[allow(missing_docs, reason = "each is what its name, its rows and its statement say")]
pub(crate) trait Standings: Work {
    /// The number of a program's last advance, and the day before which every day was answered.
    fn last_advance(
        &mut self,
        tenant: &str,
        program: &str,
    ) -> impl Future<Output = Out<Option<(u64, NaiveDate)>>> + Send;
    fn add_advance(
        &mut self,
        tenant: &str,
        program: &str,
        advance: (u64, NaiveDate),
        recorded_at: DateTime<Utc>,
    ) -> impl Future<Output = Out<()>> + Send;
    /// The last row of each partner, now or as known at an instant.
    fn tiers(
        &mut self,
        tenant: &str,
        program: &str,
        known_at: Option<DateTime<Utc>>,
    ) -> impl Future<Output = Out<Vec<TierRow>>> + Send;
    fn add_tiers(&mut self, tenant: &str, rows: &[TierRow]) -> impl Future<Output = Out<()>> + Send;
}
