//! The feed: every event of a tenant in one order, for whoever follows along.

use chrono::{DateTime, Utc};
use prm_core::actor::{Actor, VendorRole};
use prm_core::lifecycle::Lifecycle;

use crate::books::{Archive as _, Books, ChangeRow};
use crate::error::StoreError;
use crate::store::{PAGE_MAX, Tenant, reading, writing};

/// An event of some record.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change {
    /// Its place in the feed of the tenant: 1, 2, 3 and so on, without gaps.
    pub position: u64,
    /// The kind of record.
    pub kind: String,
    /// The record's id.
    pub id: String,
    /// The record's version after it.
    pub version: u64,
    /// When it takes effect.
    pub effective_at: DateTime<Utc>,
    /// When the command was received.
    pub received_at: DateTime<Utc>,
    /// When it was written.
    pub recorded_at: DateTime<Utc>,
    /// Who caused it.
    pub by: Actor,
    format: u32,
    body: String,
}

impl Change {
    /// The event, if it is one of this lifecycle.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] if it is, but of a later format or damaged.
    pub fn event<L: Lifecycle>(&self) -> Result<Option<L::Event>, StoreError> {
        if self.kind != L::KIND {
            return Ok(None);
        }
        crate::execute::event_from::<L>(&self.id, (self.version, self.format), &self.body).map(Some)
    }

    /// The event as JSON.
    #[must_use]
    pub fn json(&self) -> &str {
        &self.body
    }
}

impl Tenant {
    /// The events behind a position, in order, up to `limit` of them. Begin with 0, and go on with the position of the
    /// last one.
    ///
    /// Every committed event comes once, none is skipped, and those of one record come in their order, however many
    /// write at once and however long their transactions stay open: an event gets its position when it is first seen
    /// by a reader. A reader that crashes asks again from where it was. The host, administrators and auditors follow
    /// the feed; for others it is empty.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn changes(&self, after: u64, limit: u32, by: &Actor) -> Result<Vec<Change>, StoreError> {
        if !matches!(by, Actor::Host | Actor::Vendor { role: VendorRole::Administrator | VendorRole::Auditor, .. }) {
            return Ok(Vec::new());
        }
        let limit = limit.clamp(1, PAGE_MAX);
        let (mut rows, unnumbered) = reading!(self, work => {
            let rows = work.changes(&self.tenant, after, limit).await?;
            let unnumbered = rows.len() < limit as usize && work.has_unnumbered(&self.tenant).await?;
            (rows, unnumbered)
        });
        if unnumbered {
            let read: Result<_, StoreError> =
                writing!(self, work => number_and_read(&mut work, &self.tenant, after, limit)).await;
            rows = read?;
        }
        rows.into_iter().map(change).collect()
    }
}

async fn number_and_read<W: Books>(
    work: &mut W,
    tenant: &str,
    after: u64,
    limit: u32,
) -> Result<Vec<ChangeRow>, StoreError> {
    work.lock(tenant, &["feed".to_owned()]).await?;
    work.number_events(tenant, PAGE_MAX).await?;
    Ok(work.changes(tenant, after, limit).await?)
}

fn change(row: ChangeRow) -> Result<Change, StoreError> {
    let by = serde_json::from_str(&row.event.actor).map_err(|error| StoreError::Unreadable {
        kind: row.kind.clone(),
        id: row.id.clone(),
        why: error.to_string(),
    })?;
    let event = row.event;
    Ok(Change {
        position: row.position,
        kind: row.kind,
        id: row.id,
        version: event.version,
        effective_at: event.effective_at,
        received_at: event.received_at,
        recorded_at: event.recorded_at,
        by,
        format: event.format,
        body: event.body,
    })
}
