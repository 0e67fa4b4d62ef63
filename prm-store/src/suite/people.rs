//! Who and what the checks are about.

use chrono::{DateTime, Utc};
use prm_core::actor::{Actor, PartnerRole, VendorRole};
use prm_core::program::version::{Command, Draft, ProgramVersion, VersionError};

use crate::{Action, Done, ExecuteError, Meta, Tenant};

pub(crate) type Outcome = Result<Done<ProgramVersion>, ExecuteError<VersionError>>;

pub(crate) fn at(minute: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_750_000_000 + minute * 60, 123_456_789).unwrap()
}

pub(crate) fn writer() -> Actor {
    Actor::Vendor { person: "writer".parse().unwrap(), role: VendorRole::Administrator }
}

pub(crate) fn checker() -> Actor {
    Actor::Vendor { person: "checker".parse().unwrap(), role: VendorRole::Finance }
}

pub(crate) fn partner() -> Actor {
    Actor::Partner { partner: "p".parse().unwrap(), person: "x".parse().unwrap(), role: PartnerRole::Executive }
}

pub(crate) fn draft(version: &str, from: &str, until: &str) -> Action<ProgramVersion> {
    let effective = format!("{{from: {from}, until: {until}}}");
    let text =
        format!("{{format: 1, program: Ridgeline, version: '{version}', effective: {effective}, currency: USD}}");
    Action::Open(Draft { text })
}

pub(crate) fn year(version: &str) -> Action<ProgramVersion> {
    draft(version, "2025-01-01", "2026-01-01")
}

pub(crate) fn activate() -> Action<ProgramVersion> {
    Action::Command(Command::Activate)
}

pub(crate) fn retire(reason: &str) -> Action<ProgramVersion> {
    Action::Command(Command::Retire { reason: reason.into() })
}

pub(crate) async fn act(tenant: &Tenant, id: &str, action: Action<ProgramVersion>, by: Actor, minute: i64) -> Outcome {
    tenant.execute(id, action, &(), &Meta::new(by, at(minute))).await
}
