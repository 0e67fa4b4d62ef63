//! What was posted before, as far as a version of the program decides it.

use std::collections::BTreeMap;

use prm_core::id::{Name, PartnerId};
use prm_core::incentive::rebate::Payout;
use prm_core::incentive::settlement::{DueError, EntryKey, Posted};
use prm_core::money::Money;
use prm_core::program::Program;

use super::settle::SettleError;
use crate::books::PostedRow;
use crate::error::StoreError;

/// What was posted last, by key, and the digest of the version that decided.
pub(super) fn posted(rows: Vec<PostedRow>) -> Result<BTreeMap<EntryKey, (Posted, String)>, StoreError> {
    let mut posted = BTreeMap::new();
    for row in rows {
        let id = format!("{}/{}/{}", row.partner, row.incentive, row.period);
        let unreadable = |why: String| StoreError::Unreadable { kind: "entry".to_owned(), id: id.clone(), why };
        let payout = match (row.money, row.free_units) {
            (Some((currency, minor)), _) => {
                let currency = currency.parse().map_err(|_| unreadable(format!("`{currency}` is no currency")))?;
                Payout::Money(Money::from_minor(minor, currency))
            }
            (None, Some(units)) => Payout::Goods(units),
            (None, None) => return Err(unreadable("it is neither money nor goods".to_owned())),
        };
        let key = EntryKey {
            partner: PartnerId::new(&row.partner).map_err(|error| unreadable(error.to_string()))?,
            incentive: Name::new(&row.incentive).map_err(|error| unreadable(error.to_string()))?,
            period: row.period,
        };
        let paid =
            row.paid.as_deref().map(serde_json::from_str).transpose().map_err(|error| unreadable(error.to_string()))?;
        posted.insert(key, (Posted::from(payout).paid(paid), row.digest));
    }
    Ok(posted)
}

/// What was posted for what this version decides: incentives that it has, and periods that it governs. What another
/// version settled beyond that stands as it is.
pub(super) fn governed(
    program: &Program,
    posted: BTreeMap<EntryKey, (Posted, String)>,
    leaves_gone: bool,
) -> Result<BTreeMap<EntryKey, Posted>, SettleError> {
    let mut governed = BTreeMap::new();
    for (key, (stands, digest)) in posted {
        let days = program.calendar().parse_label(&key.period).map_err(DueError::from)?.period;
        let governs = program.rebate(key.incentive.as_str()).map_or(program.effective(), |rebate| rebate.governed);
        let (first, last) = (governs.contains(days.from()), governs.contains(days.last_day()));
        let begins_within = days.contains(governs.from);
        let same = digest == program.identity().digest;
        let concerns = same || first || last || begins_within;
        if !concerns {
            continue;
        }
        if program.rebate(key.incentive.as_str()).is_none() {
            match leaves_gone || stands.earned.is_zero() {
                true => continue,
                false => return Err(SettleError::IncentiveGone { key }),
            }
        }
        if same || (first && last) {
            governed.insert(key, stands);
        } else {
            return Err(SettleError::PeriodCut { key });
        }
    }
    Ok(governed)
}
