//! Receiving a batch: its lines are kept, and counted once.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use prm_core::actor::{Actor, VendorRole};
use prm_core::id::DocumentId;
use prm_core::incentive::fold::{Facts, LineError, Outcome};
use prm_core::incentive::intake::{Counted, Document, IntakeError, Taken, take_in};
use prm_core::incentive::line::{BatchKey, SaleLine};
use prm_core::incentive::partial::{Cells, Partials, Tally};
use prm_core::ledger::may_read;
use prm_core::lifecycle::Access;
use prm_core::period::Period;
use prm_core::program::Program;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};
use tracing::Instrument as _;

use super::recount::{letter, recount};
use super::{SALES, recorded_now};
use crate::books::{Books, DocumentRow, DocumentSumsRow, ReceiptRow, Sales as _, SumsRow};
use crate::error::{Passing, StoreError};
use crate::pool::HostTransaction;
use crate::store::{Tenant, joining, reading, writing};

/// Why a batch was not received. Nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReceiveError {
    /// The actor may not bring in sales.
    #[error("the actor may not bring in sales")]
    Denied,
    /// The batch was received before with other lines: send it as a higher revision.
    #[error("batch `{}` of `{}`, revision {} was received with other lines: send it as a higher revision", batch.batch, batch.source, batch.revision)]
    Differs {
        /// The batch.
        batch: BatchKey,
    },
    /// The lines cannot be folded, since facts are missing or sums do not fit; or earlier lines need facts that are not
    /// given any more.
    #[error(transparent)]
    Intake(#[from] IntakeError),
    /// The database is the matter.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for ReceiveError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

impl Passing for ReceiveError {
    fn is_passing(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_passing())
    }
}

/// What became of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Received {
    /// It is counted now.
    Counted {
        /// Its number among all receipts of the tenant.
        receipt: u64,
        /// What became of each line, in order.
        outcomes: Vec<Result<Outcome, LineError>>,
        /// The same in numbers.
        tally: Tally,
    },
    /// It was counted before, and some of its lines that could not be used then count now.
    Recounted {
        /// Its number among all receipts of the tenant.
        receipt: u64,
        /// What became of the lines that were looked at again, by their place, counted from 0.
        outcomes: BTreeMap<usize, Result<Outcome, LineError>>,
        /// What became of all its lines, in numbers.
        tally: Tally,
    },
    /// It was counted before, with the same lines: nothing new.
    Known {
        /// Its number among all receipts of the tenant.
        receipt: u64,
        /// What became of its lines then, in numbers.
        tally: Tally,
    },
    /// A higher revision of it was received before: nothing new.
    Superseded {
        /// The highest.
        revision: u32,
    },
}

impl Tenant {
    /// Keeps the lines of a batch and counts them under a program: once, however often the batch comes.
    ///
    /// What a batch repeats, corrects, takes back or replaces is looked up among all lines that were received from
    /// its source; see [`prm_core::incentive::intake`]. A line that cannot be used is kept and told in the outcome,
    /// with the others counted; when the batch comes again it is looked at again, with the facts of then. The host,
    /// administrators and finance bring in sales.
    ///
    /// # Errors
    /// [`ReceiveError`]; nothing was changed then.
    pub async fn receive(
        &self,
        program: &Program,
        facts: Facts<'_>,
        batch: &BatchKey,
        lines: &[SaleLine],
        by: &Actor,
    ) -> Result<Received, ReceiveError> {
        let span =
            tracing::info_span!("prm.receive", source = %batch.source, batch = %batch.batch, lines = lines.len());
        let tries = writing!(self, work => receive(&mut work, &self.tenant, program, facts, (batch, lines), by));
        tries.instrument(span).await
    }

    /// The same inside the host's transaction.
    ///
    /// # Errors
    /// [`ReceiveError`]; nothing of ours was changed then.
    pub async fn receive_in(
        &self,
        transaction: impl Into<HostTransaction<'_>>,
        program: &Program,
        facts: Facts<'_>,
        batch: &BatchKey,
        lines: &[SaleLine],
        by: &Actor,
    ) -> Result<Received, ReceiveError> {
        joining!(self, transaction, work => receive(&mut work, &self.tenant, program, facts, (batch, lines), by))
    }

    /// The partial sums under a program's plan: of all batches that were received, or of those whose sums hold any of
    /// the days; as known now, or at an instant.
    ///
    /// Whoever may read all money may read them.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Denied`] if the actor may not read them.
    pub async fn partials(
        &self,
        program: &Program,
        days: Option<Period>,
        known_at: Option<DateTime<Utc>>,
        by: &Actor,
    ) -> Result<Partials, StoreError> {
        if may_read(by, None) != Access::Allowed {
            return Err(StoreError::Denied);
        }
        let rows = reading!(self, work => { work.sums(&self.tenant, program.plan(), days, known_at).await? });
        merged(program, rows)
    }
}

/// The sums of rows, in the order of receipts, as one.
pub(crate) fn merged(program: &Program, rows: Vec<SumsRow>) -> Result<Partials, StoreError> {
    let mut merged = Partials::empty(program.plan(), program.sales().digits);
    let mut rows = rows.into_iter().peekable();
    while let Some(row) = rows.next() {
        let id = row.receipt.to_string();
        let mut cells = body::<Cells>("sums", &id, &row.cells)?;
        let unreadable = |why: String| StoreError::Unreadable { kind: "sums".to_owned(), id: id.clone(), why };
        let mut tally = row.tally;
        while let Some(further) = rows.next_if(|next| next.receipt == row.receipt) {
            let more = body::<Cells>("sums", &id, &further.cells)?;
            cells.add(&more).map_err(|error| unreadable(error.to_string()))?;
            tally = further.tally;
        }
        let tally = body::<Tally>("sums", &id, &tally)?;
        let sums = Partials::of_batch(program.plan(), row.digits, row.batch, tally, cells);
        merged = merged.merge(sums).map_err(|error| unreadable(error.to_string()))?;
    }
    Ok(merged)
}

pub(crate) fn body<T: DeserializeOwned>(kind: &str, id: &str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Unreadable {
        kind: kind.to_owned(),
        id: id.to_owned(),
        why: error.to_string(),
    })
}

pub(crate) fn text(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Database(sqlx::Error::Encode(Box::new(error))))
}

async fn receive<W: Books>(
    work: &mut W,
    tenant: &str,
    program: &Program,
    facts: Facts<'_>,
    (batch, lines): (&BatchKey, &[SaleLine]),
    by: &Actor,
) -> Result<Received, ReceiveError> {
    if !matches!(by, Actor::Host | Actor::Vendor { role: VendorRole::Administrator | VendorRole::Finance, .. }) {
        return Err(ReceiveError::Denied);
    }
    let plan = program.plan();
    work.lock(tenant, &[SALES.to_owned()]).await?;
    let fingerprint = fingerprint(lines);
    let rows = work.receipts_of(tenant, batch.source.as_str(), batch.batch.as_str()).await?;
    if let Some(revision) = rows.iter().map(|row| row.batch.revision).max().filter(|max| *max > batch.revision) {
        return Ok(Received::Superseded { revision });
    }
    let numbers: Vec<u64> = rows.iter().map(|row| row.receipt).collect();
    let counted = work.sums_of(tenant, plan, &numbers).await?;
    let known = rows.iter().find(|row| row.batch == *batch);
    if let Some(row) = known {
        if row.fingerprint != fingerprint {
            return Err(ReceiveError::Differs { batch: batch.clone() });
        }
        if let Some(last) = counted.iter().rfind(|sums| sums.receipt == row.receipt) {
            return recount(work, tenant, program, facts, lines, last.clone()).await;
        }
    }
    let lower = rows.iter().filter(|row| row.batch.revision < batch.revision && row.replaced_by.is_none());
    let lower: Vec<u64> = lower.map(|row| row.receipt).collect();
    // Under each plan for itself a revision stands until a higher one is counted.
    let highest = counted.iter().map(|sums| sums.batch.revision).max();
    let stands = |sums: &&SumsRow| sums.batch.revision < batch.revision && Some(sums.batch.revision) == highest;
    let replaced: BTreeSet<u64> = counted.iter().filter(stands).map(|sums| sums.receipt).collect();
    let replaced: Vec<u64> = replaced.into_iter().collect();
    let last = work.last_receipt(tenant).await?;
    // Received before and counted now, under another plan: its lines are taken anew, at their place.
    let again = known.map(|row| row.receipt);
    let touched = match &last {
        Some(_) => {
            touched(work, tenant, plan, (batch, lines.iter()), |row| replaced.contains(&row.receipt), &replaced).await?
        }
        None => Vec::new(),
    };
    let placed: Vec<(usize, &SaleLine)> = (0..).zip(lines).collect();
    let mut taken = take_in(program, facts, (batch, again), &placed, &touched)?;
    // The sums of a revision stand in the place of those it replaces, so they hold what these held.
    for row in counted.iter().filter(|row| replaced.contains(&row.receipt)) {
        let cells = body::<Cells>("sums", &row.receipt.to_string(), &row.cells)?;
        taken.sums.add(&cells).map_err(IntakeError::from)?;
    }
    let recorded_at = recorded_now(work, tenant).await?;
    let receipt = match known {
        Some(row) => row.receipt,
        None => {
            let receipt = last.map_or(1, |last| last.receipt + 1);
            let (batch, lines, actor) = (batch.clone(), lines.len() as u64, text(by)?);
            let row = ReceiptRow { receipt, batch, lines, fingerprint, replaced_by: None, actor, recorded_at };
            work.add_receipt(tenant, &row).await?;
            receipt
        }
    };
    if again.is_none() {
        work.replace_receipts(tenant, &lower, receipt).await?;
        keep_lines(work, tenant, receipt, batch, lines).await?;
    }
    keep_counts(work, tenant, plan, batch, (receipt, &taken)).await?;
    let Taken { outcomes, sums, tally, .. } = taken;
    let letters: String = outcomes.iter().map(letter).collect();
    let row = sums_row(program, (receipt, batch, 1), &sums, (&tally, letters), recorded_at)?;
    work.add_sums(tenant, plan, &row).await?;
    Ok(Received::Counted { receipt, outcomes, tally })
}

/// Keeps what each document counts now: those of the batch, and earlier ones that count otherwise.
pub(super) async fn keep_counts<W: Books>(
    work: &mut W,
    tenant: &str,
    plan: &str,
    batch: &BatchKey,
    (receipt, taken): (u64, &Taken),
) -> Result<(), StoreError> {
    let ours = taken.documents.iter().map(|(document, counted)| ((receipt, document), counted));
    let others = taken.changed.iter().map(|((receipt, document), counted)| ((*receipt, document), counted));
    let rows = ours.chain(others).map(|((receipt, document), Counted { cells, idle })| {
        let (cells, idle) = (text(cells)?, idle.as_ref().map(text).transpose()?);
        Ok(DocumentSumsRow { document: document.to_string(), receipt, cells, idle })
    });
    let rows = rows.collect::<Result<Vec<_>, StoreError>>()?;
    Ok(work.save_document_sums(tenant, plan, batch.source.as_str(), &rows).await?)
}

pub(super) fn sums_row(
    program: &Program,
    (receipt, batch, counting): (u64, &BatchKey, u32),
    sums: &Cells,
    (tally, outcomes): (&Tally, String),
    recorded_at: DateTime<Utc>,
) -> Result<SumsRow, StoreError> {
    let months = || sums.iter().map(|cell| cell.month);
    Ok(SumsRow {
        receipt,
        batch: batch.clone(),
        counting,
        program: program.identity().name.clone(),
        digits: program.sales().digits,
        months: months().min().zip(months().max()),
        tally: text(tally)?,
        outcomes,
        cells: text(sums)?,
        recorded_at,
    })
}

/// The documents that a batch touches: those it holds or takes back, those of the revision it replaces, and those
/// that take back one of these or are taken back by it, as far as that reaches. `is_replaced` are those whose lines are
/// gone, or come anew with the batch.
pub(super) async fn touched<W: Books>(
    work: &mut W,
    tenant: &str,
    plan: &str,
    (batch, lines): (&BatchKey, impl Iterator<Item = &SaleLine>),
    is_replaced: impl Fn(&DocumentRow) -> bool + Send + Sync,
    replaced: &[u64],
) -> Result<Vec<Document>, StoreError> {
    let source = batch.source.as_str();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    for line in lines {
        seen.insert(line.key.document.to_string());
        seen.extend(line.reverses.as_ref().map(|key| key.document.to_string()));
    }
    if !replaced.is_empty() {
        seen.extend(work.documents_of(tenant, replaced).await?);
    }
    let mut touched = Vec::new();
    let mut batches = BTreeMap::new();
    let mut next: Vec<String> = seen.iter().cloned().collect();
    while !next.is_empty() {
        let names: Vec<&str> = next.iter().map(String::as_str).collect();
        let mut found: BTreeSet<String> = work.reversing(tenant, source, &names).await?.into_iter().collect();
        let rows = work.documents(tenant, plan, source, &names).await?;
        let unknown: BTreeSet<u64> = rows.iter().map(|row| row.receipt).filter(|r| !batches.contains_key(r)).collect();
        let unknown: Vec<u64> = unknown.into_iter().collect();
        batches.extend(work.receipts(tenant, &unknown).await?.into_iter().map(|row| (row.receipt, row.batch)));
        for row in rows {
            let Some(batch) = batches.get(&row.receipt).cloned() else { continue };
            let is_replaced = is_replaced(&row);
            let lines: Vec<(usize, SaleLine)> = body("document", &row.document, &row.lines)?;
            found.extend(lines.iter().filter_map(|(_, line)| Some(line.reverses.as_ref()?.document.to_string())));
            let cells = row.cells.as_deref().map(|cells| body("document", &row.document, cells)).transpose()?;
            let idle = row.idle.as_deref().map(|idle| body("document", &row.document, idle)).transpose()?;
            let document = DocumentId::new(&row.document).map_err(|error| StoreError::Unreadable {
                kind: "document".to_owned(),
                id: row.document.clone(),
                why: error.to_string(),
            })?;
            touched.push(Document {
                receipt: row.receipt,
                batch,
                document,
                lines,
                counted: Counted { cells: cells.unwrap_or_default(), idle },
                replaced: is_replaced,
            });
        }
        next = found.into_iter().filter(|name| seen.insert(name.clone())).collect();
    }
    Ok(touched)
}

/// Keeps lines, document by document, and which document takes back which.
async fn keep_lines<W: Books>(
    work: &mut W,
    tenant: &str,
    receipt: u64,
    batch: &BatchKey,
    lines: &[SaleLine],
) -> Result<(), StoreError> {
    let mut documents: BTreeMap<&str, Vec<(usize, &SaleLine)>> = BTreeMap::new();
    let mut reversals = BTreeSet::new();
    for (line, place) in lines.iter().zip(0..) {
        documents.entry(line.key.document.as_str()).or_default().push((place, line));
        let reversed = line.reverses.as_ref().map(|key| key.document.as_str());
        reversals.extend(reversed.map(|reversed| (reversed, line.key.document.as_str())));
    }
    let rows = documents.into_iter().map(|(document, lines)| Ok((document, text(&lines)?)));
    let rows = rows.collect::<Result<Vec<_>, StoreError>>()?;
    let source = batch.source.as_str();
    work.add_documents(tenant, source, receipt, &rows).await?;
    work.add_reversals(tenant, source, &reversals.into_iter().collect::<Vec<_>>()).await?;
    Ok(())
}

/// SHA-256 over all lines in order.
fn fingerprint(lines: &[SaleLine]) -> String {
    let mut hash = Sha256::new();
    for line in lines {
        let number = line.key.line.as_ref().map_or("", |line| line.as_str());
        for part in [line.key.document.as_str(), number] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        hash.update(line.content());
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
