//! What was posted before, as far as a version of the program decides it.

use std::collections::BTreeMap;

use prm_core::id::{Name, PartnerId};
use prm_core::incentive::rebate::Payout;
use prm_core::incentive::settlement::{DueError, EntryKey, Posted};
use prm_core::money::Money;
use prm_core::program::Program;
use prm_core::program::version::ProgramVersion;

use super::settle::SettleError;
use crate::books::{Books, PostedRow};
use crate::error::StoreError;
use crate::stored::all_of;

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

/// Every version of the program that decided on something, but for the one at hand, by its digest; where it is needed to
/// know on which days.
pub(super) async fn deciders<W: Books>(
    work: &mut W,
    tenant: &str,
    program: &Program,
    posted: &BTreeMap<EntryKey, (Posted, String)>,
) -> Result<BTreeMap<String, Program>, StoreError> {
    let identity = program.identity();
    if posted.values().all(|(_, digest)| *digest == identity.digest) {
        return Ok(BTreeMap::new());
    }
    let mut deciders = BTreeMap::new();
    for stage in ["active", "retired"] {
        for version in all_of::<ProgramVersion, W>(work, tenant, (&identity.name, stage)).await? {
            let digest = version.program.digest;
            // What no longer reads is not known to have decided on its days alone.
            if digest != identity.digest
                && posted.values().any(|(_, decided)| *decided == digest)
                && let Ok(program) = Program::read(&version.text)
            {
                deciders.insert(digest, program);
            }
        }
    }
    Ok(deciders)
}

/// What was posted for what this version decides: incentives that it has, and days that it governs. What another version
/// settled beyond that stands as it is.
pub(super) fn governed(
    program: &Program,
    posted: BTreeMap<EntryKey, (Posted, String)>,
    deciders: &BTreeMap<String, Program>,
    leaves_gone: bool,
) -> Result<BTreeMap<EntryKey, Posted>, SettleError> {
    let mut governed = BTreeMap::new();
    for (key, (stands, digest)) in posted {
        let period = program.calendar().parse_label(key.label()).map_err(DueError::from)?;
        let days_of = |program: &Program| {
            let rebate = program.rebate(key.incentive.as_str());
            rebate.map_or(program.effective(), |rebate| rebate.governed).of(&period.period)
        };
        let Some(ours) = days_of(program) else { continue };
        let rebate = program.rebate(key.incentive.as_str());
        // It takes over what a version decided whose days begin with its own, or what it decided itself.
        if let Some(rebate) = rebate
            && (digest == program.identity().digest || rebate.part_of(&period) == key.period)
        {
            governed.insert(EntryKey { period: rebate.part_of(&period), ..key }, stands);
            continue;
        }
        let theirs = deciders.get(&digest).map_or(Some(period.period), days_of);
        if theirs.is_none_or(|theirs| theirs.until() <= ours.from() || ours.until() <= theirs.from()) {
            continue;
        }
        match rebate {
            Some(_) => return Err(SettleError::PeriodCut { key }),
            None if leaves_gone || stands.earned.is_zero() => {}
            None => return Err(SettleError::IncentiveGone { key }),
        }
    }
    Ok(governed)
}
