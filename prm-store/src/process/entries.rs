//! Entries as rows: how they are kept, and read again.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use futures_util::future::join;
use prm_core::incentive::kept;
use prm_core::incentive::rebate::Payout;
use prm_core::incentive::settlement::{Entry, EntryKey};
use prm_core::money::Money;

use super::receive::text;
use super::settle::SettleError;
use crate::books::{Books, CommonRow, EntryPlace, EntryRow};
use crate::error::StoreError;

/// An entry with when it was made.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PostedEntry {
    /// The number of its settlement.
    pub settlement: u64,
    /// The program's name.
    pub program: String,
    /// The entry.
    pub entry: Entry,
    /// When it was written: with the sums as known then, its explanation can be verified.
    pub recorded_at: DateTime<Utc>,
}

impl PostedEntry {
    /// Where it stands among all: the next page begins behind the last of this one.
    #[must_use]
    pub fn place(&self) -> EntryPlace {
        let EntryKey { partner, incentive, period } = self.entry.key();
        EntryPlace {
            program: self.program.clone(),
            partner: partner.to_string(),
            incentive: incentive.to_string(),
            period,
            settlement: self.settlement,
        }
    }
}

pub(super) fn posted_entry((row, common): (EntryRow, String)) -> Result<PostedEntry, StoreError> {
    let unreadable = |error: serde_json::Error| StoreError::Unreadable {
        kind: "entry".to_owned(),
        id: format!("{}/{}/{}/{}", row.partner, row.incentive, row.period, row.settlement),
        why: error.to_string(),
    };
    let explanation = kept::whole(&common, &row.explanation).map_err(unreadable)?;
    let before = row.before.as_deref().map(serde_json::from_str).transpose().map_err(unreadable)?;
    let paid = |text: &Option<String>| text.as_deref().map(serde_json::from_str).transpose().map_err(unreadable);
    let entry = Entry::new(explanation, before).paid(paid(&row.paid)?, paid(&row.paid_before)?);
    Ok(PostedEntry { settlement: row.settlement, program: row.program, entry, recorded_at: row.recorded_at })
}

/// Entries that go into the database at once.
const ENTRIES: usize = 1_000;

/// Saves entries. The next ones are written out while the database works on those before.
pub(super) async fn keep_entries<W: Books>(
    work: &mut W,
    tenant: &str,
    (entries, settlement): (&[Entry], u64),
    row_of: impl Fn(&Entry) -> Result<EntryRow, SettleError> + Send + Sync,
) -> Result<(), SettleError> {
    let mut common = BTreeMap::new();
    for entry in entries {
        let explanation = &entry.explanation;
        let place = (&explanation.incentive, explanation.period);
        if let std::collections::btree_map::Entry::Vacant(first) = common.entry(place) {
            first.insert(CommonRow {
                settlement,
                incentive: explanation.incentive.to_string(),
                period: entry.key().period,
                digest: explanation.program.digest.clone(),
                common: written(kept::common(explanation))?,
            });
        }
    }
    work.add_common(tenant, &common.into_values().collect::<Vec<_>>()).await?;
    let rows_of = |entries: &[Entry]| entries.iter().map(&row_of).collect::<Result<Vec<_>, _>>();
    let mut ready = Vec::new();
    for chunk in entries.chunks(ENTRIES) {
        let (saved, next) = join(work.add_entries(tenant, &ready), async { rows_of(chunk) }).await;
        saved?;
        ready = next?;
    }
    Ok(work.add_entries(tenant, &ready).await?)
}

fn written(text: Result<String, serde_json::Error>) -> Result<String, StoreError> {
    text.map_err(|error| StoreError::Database(sqlx::Error::Encode(Box::new(error))))
}

pub(super) fn row_of(
    entry: &Entry,
    program: &str,
    settlement: u64,
    recorded_at: DateTime<Utc>,
) -> Result<EntryRow, SettleError> {
    let explanation = &entry.explanation;
    let money = explanation.earned.money();
    let currency = money.map(|money| (money.currency().code().to_owned(), money.currency().minor_digits()));
    let before =
        entry.before.and_then(Payout::money).filter(|before| Some(before.currency()) == money.map(Money::currency));
    let difference = match (money, before) {
        (Some(now), Some(before)) => now.minus(before)?.minor(),
        (now, _) => now.map_or(0, Money::minor),
    };
    Ok(EntryRow {
        program: program.to_owned(),
        partner: explanation.partner.to_string(),
        incentive: explanation.incentive.to_string(),
        period: entry.key().period,
        settlement,
        days: explanation.period.period,
        currency,
        earned: money.map(Money::minor),
        difference: money.map(|_| difference),
        free_units: if let Payout::Goods(units) = explanation.earned { Some(units) } else { None },
        explanation: written(kept::own(explanation))?,
        before: entry.before.as_ref().map(text).transpose()?,
        paid: entry.paid.as_ref().map(text).transpose()?,
        paid_before: entry.paid_before.as_ref().map(text).transpose()?,
        recorded_at,
    })
}
