//! Commands over several records and tables: each is one transaction, with every rule in `prm-core`.

pub(crate) mod accrue;
pub(crate) mod authorise;
pub(crate) mod award;
pub(crate) mod debts;
pub(crate) mod entries;
pub(crate) mod fund_year;
pub(crate) mod funds;
mod known;
pub(crate) mod owe;
mod pos;
pub(crate) mod post;
mod posted;
pub(crate) mod receive;
mod recount;
pub(crate) mod settle;
pub(crate) mod sold;
pub(crate) mod stand;

use chrono::{DateTime, TimeDelta, Utc};
use prm_core::zone::micros;

use crate::books::Books;

/// What may not change while a batch is received or a period settled: the sales and entries of the tenant.
const SALES: &str = "sales";

/// When something is recorded that belongs in the order of receipts and settlements: now, but behind all others, even
/// if the clock was set back or is another machine's.
async fn recorded_now<W: Books>(work: &mut W, tenant: &str) -> sqlx::Result<DateTime<Utc>> {
    let now = micros(Utc::now());
    let last = work.last_recorded(tenant).await?;
    Ok(last.and_then(|last| last.checked_add_signed(TimeDelta::microseconds(1))).map_or(now, |next| next.max(now)))
}
