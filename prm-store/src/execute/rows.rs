//! Records, events and commands as rows.

use prm_core::actor::Actor;
use prm_core::lifecycle::Lifecycle;
use sha2::{Digest as _, Sha256};

use crate::error::StoreError;
use crate::stored::{Action, Stored};
use crate::work::{EventRow, RecordRow};

pub(super) fn unreadable<L: Lifecycle>(id: &str, why: impl ToString) -> StoreError {
    StoreError::Unreadable { kind: L::KIND.to_owned(), id: id.to_owned(), why: why.to_string() }
}

/// The event in a row.
pub(crate) fn event_of<L: Lifecycle>(id: &str, row: &EventRow) -> Result<L::Event, StoreError> {
    event_from::<L>(id, (row.version, row.format), &row.body)
}

/// The event that led to a version, in a format.
pub(crate) fn event_from<L: Lifecycle>(
    id: &str,
    (version, format): (u64, u32),
    body: &str,
) -> Result<L::Event, StoreError> {
    if format > L::FORMAT {
        return Err(unreadable::<L>(id, format!("event {version} is of format {format}")));
    }
    serde_json::from_str(body).map_err(|error| unreadable::<L>(id, error))
}

pub(super) fn row_of<L: Stored>(record: &L, tenant: &str, id: &str, version: u64) -> Result<RecordRow, StoreError> {
    Ok(RecordRow {
        tenant: tenant.to_owned(),
        kind: L::KIND.to_owned(),
        id: id.to_owned(),
        version,
        format: L::FORMAT,
        stage: record.stage().to_owned(),
        subject: record.subject().to_owned(),
        deadline_at: record.next_deadline(),
        changed_at: record.changed_at(),
        body: serde_json::to_string(record).map_err(|error| unreadable::<L>(id, error))?,
    })
}

/// SHA-256 over what is to be done to what, and by whom; not over when, since a repetition comes later.
pub(super) fn fingerprint<L: Lifecycle>(id: &str, action: &Action<L>, actor: &Actor) -> Result<String, StoreError> {
    let (verb, body) = match action {
        Action::Open(open) => ("open", serde_json::to_string(open)),
        Action::Command(command) => ("command", serde_json::to_string(command)),
    };
    let body = body.map_err(|error| unreadable::<L>(id, error))?;
    let actor = serde_json::to_string(actor).map_err(|error| unreadable::<L>(id, error))?;
    let mut hash = Sha256::new();
    for part in [L::KIND, id, verb, &body, &actor] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}
