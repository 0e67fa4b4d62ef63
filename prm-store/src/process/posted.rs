//! What was posted before, as far as a version of the program decides it.

use std::collections::{BTreeMap, BTreeSet};

use prm_core::id::{Name, PartnerId};
use prm_core::incentive::rebate::Payout;
use prm_core::incentive::settlement::{Concern, DueError, EntryKey, Posted};
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

/// The versions of the program with these digests, but for the one at hand: needed to know on which days they decided.
pub(super) async fn deciders<W: Books>(
    work: &mut W,
    tenant: &str,
    program: &Program,
    mut digests: BTreeSet<String>,
) -> Result<BTreeMap<String, Program>, StoreError> {
    let (identity, mut deciders) = (program.identity(), BTreeMap::new());
    digests.remove(&identity.digest);
    if digests.is_empty() {
        return Ok(deciders);
    }
    for stage in ["active", "retired"] {
        for version in all_of::<ProgramVersion, W>(work, tenant, (&identity.name, stage)).await? {
            let digest = version.program.digest;
            // What no longer reads is not known to have decided on its days alone.
            if digests.contains(&digest)
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
    posted: &BTreeMap<EntryKey, (Posted, String)>,
    deciders: &BTreeMap<String, Program>,
    leaves_gone: bool,
) -> Result<BTreeMap<EntryKey, Posted>, SettleError> {
    let mut governed = BTreeMap::new();
    for (key, (stands, digest)) in posted {
        match key.concern(program, (digest, deciders.get(digest))).map_err(DueError::from)? {
            Concern::Own(key) => {
                governed.insert(key, *stands);
            }
            Concern::Shared if program.rebate(key.incentive.as_str()).is_some() => {
                return Err(SettleError::PeriodCut { key: key.clone() });
            }
            Concern::Shared if !leaves_gone && !stands.earned.is_zero() => {
                return Err(SettleError::IncentiveGone { key: key.clone() });
            }
            _ => {}
        }
    }
    Ok(governed)
}
