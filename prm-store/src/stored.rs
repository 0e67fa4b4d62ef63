//! What a lifecycle needs beside its rules to be stored: what it is about, and what it must know of others.

use std::future::Future;

use prm_core::incentive::periods::exception::PeriodException;
use prm_core::incentive::settlement::Settlement;
use prm_core::lifecycle::Lifecycle;
use prm_core::program::version::{Command, Found, ProgramVersion, Stage};
use prm_core::tier::override_::OverrideRecord;

use crate::error::StoreError;
use crate::work::{Listing, RecordRow, Work};

/// What is to be done: open a record, or command one.
#[derive(Debug, Clone)]
pub enum Action<L: Lifecycle> {
    /// Bring it into being.
    Open(L::Open),
    /// Change it.
    Command(L::Command),
}

/// A lifecycle whose records are stored.
pub trait Stored: Lifecycle {
    /// What a record is about, for look-ups within its kind.
    fn subject(&self) -> &str;

    /// What must hold still while the action is decided, beyond the record itself.
    fn locks(record: Option<&Self>, action: &Action<Self>) -> Vec<String>;

    /// Reads what the rules need to know, in the same transaction.
    fn find<W: Work>(
        work: &mut W,
        tenant: &str,
        record: Option<&Self>,
        action: &Action<Self>,
    ) -> impl Future<Output = Result<Self::Found, StoreError>> + Send;
}

/// All records of a kind about a subject in a stage.
pub(crate) async fn all_of<L: Lifecycle, W: Work>(
    work: &mut W,
    tenant: &str,
    (subject, stage): (&str, &str),
) -> Result<Vec<L>, StoreError> {
    const PAGE: u32 = 100;
    let (subject, stage) = (Some(subject.to_owned()), Some(stage.to_owned()));
    let mut listing = Listing { subject, stage, after: None, limit: PAGE };
    let mut records = Vec::new();
    loop {
        let rows = work.list(tenant, L::KIND, &listing).await?;
        for row in &rows {
            records.push(record_of(row)?);
        }
        match rows.last() {
            Some(last) if rows.len() == PAGE as usize => listing.after = Some(last.id.clone()),
            _ => return Ok(records),
        }
    }
}

/// The record in a row.
///
/// # Errors
/// [`StoreError::Unreadable`] if the body is of a later format or damaged.
pub(crate) fn record_of<L: Lifecycle>(row: &RecordRow) -> Result<L, StoreError> {
    let unreadable = |why: String| StoreError::Unreadable { kind: row.kind.clone(), id: row.id.clone(), why };
    if row.format > L::FORMAT {
        return Err(unreadable(format!("it is of format {}, this version reads up to {}", row.format, L::FORMAT)));
    }
    serde_json::from_str(&row.body).map_err(|error| unreadable(error.to_string()))
}

impl Stored for ProgramVersion {
    fn subject(&self) -> &str {
        &self.program.name
    }

    fn locks(record: Option<&Self>, action: &Action<Self>) -> Vec<String> {
        // Which versions are active may not change between looking and deciding.
        match (record, action) {
            (Some(version), Action::Command(Command::Activate)) => vec![format!("program/{}", version.program.name)],
            _ => Vec::new(),
        }
    }

    async fn find<W: Work>(
        work: &mut W,
        tenant: &str,
        record: Option<&Self>,
        action: &Action<Self>,
    ) -> Result<Found, StoreError> {
        let (Some(version), Action::Command(Command::Activate)) = (record, action) else {
            return Ok(Found::default());
        };
        let active = all_of::<Self, W>(work, tenant, (&version.program.name, "active")).await?;
        let active = active.into_iter().filter(|other| matches!(other.stage, Stage::Active { .. }));
        let mut found = Found::default();
        found.active.extend(active.map(|other| (other.program, other.effective)));
        Ok(found)
    }
}

impl Stored for OverrideRecord {
    fn subject(&self) -> &str {
        &self.ask.program
    }

    fn locks(record: Option<&Self>, action: &Action<Self>) -> Vec<String> {
        // Who is granted what may not change while tiers are followed.
        match (record, action) {
            (Some(granted), Action::Command(_)) => vec![format!("program/{}", granted.ask.program)],
            _ => Vec::new(),
        }
    }

    async fn find<W: Work>(
        _work: &mut W,
        _tenant: &str,
        _record: Option<&Self>,
        _action: &Action<Self>,
    ) -> Result<(), StoreError> {
        Ok(())
    }
}

impl Stored for PeriodException {
    fn subject(&self) -> &str {
        &self.ask.program
    }

    fn locks(record: Option<&Self>, action: &Action<Self>) -> Vec<String> {
        // What is allowed may not change while a settlement looks at it.
        match (record, action) {
            (Some(exception), Action::Command(_)) => vec![format!("program/{}", exception.ask.program)],
            _ => Vec::new(),
        }
    }

    async fn find<W: Work>(
        _work: &mut W,
        _tenant: &str,
        _record: Option<&Self>,
        _action: &Action<Self>,
    ) -> Result<(), StoreError> {
        Ok(())
    }
}

impl Stored for Settlement {
    fn subject(&self) -> &str {
        &self.program.name
    }

    fn locks(_record: Option<&Self>, _action: &Action<Self>) -> Vec<String> {
        // Settling holds all sales and entries already.
        Vec::new()
    }

    async fn find<W: Work>(
        _work: &mut W,
        _tenant: &str,
        _record: Option<&Self>,
        _action: &Action<Self>,
    ) -> Result<(), StoreError> {
        Ok(())
    }
}
