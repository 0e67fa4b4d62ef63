//! What payees owe back, and what was left to them.

use std::future::Future;

use chrono::{DateTime, Utc};

use super::{AccountRow, TransferRow};
use crate::work::Work;

/// What was left to a payee of what was paid for one thing, in minor units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GivenUpRow {
    /// The program's name.
    pub program: String,
    /// Whose.
    pub payee: String,
    /// The currency.
    pub currency: String,
    /// For what.
    pub concern: String,
    /// The currency's digits.
    pub digits: u8,
    /// What stayed earned.
    pub floored: i64,
    /// What was written off.
    pub written_off: i64,
    /// When it was written.
    pub recorded_at: DateTime<Utc>,
}

type Out<T> = sqlx::Result<T>;

/// The table of what was given up, and the transfers of debts.
#[allow(missing_docs, reason = "each is what its name, its rows and its statement say")]
pub(crate) trait Debts: Work {
    /// What a program left to payees in a currency.
    fn given_up(
        &mut self,
        tenant: &str,
        of: (&str, &[&str], &str),
    ) -> impl Future<Output = Out<Vec<GivenUpRow>>> + Send;
    /// Writes what was given up in the place of what was there.
    fn save_given_up(&mut self, tenant: &str, rows: &[GivenUpRow]) -> impl Future<Output = Out<()>> + Send;
    /// The accounts of debts that are carried: of a payee, or of all.
    fn debtors(&mut self, tenant: &str, payee: Option<&str>) -> impl Future<Output = Out<Vec<AccountRow>>> + Send;
    /// All transfers of debts of payees in a currency, in the order in which they were recorded; what makes a debt before
    /// what settles one.
    fn debt_transfers(
        &mut self,
        tenant: &str,
        of: (&[&str], &str),
    ) -> impl Future<Output = Out<Vec<TransferRow>>> + Send;
}
