//! Point of sale against sell-in, over all lines that are in force.

use chrono::NaiveDate;
use prm_core::actor::Actor;
use prm_core::id::SourceId;
use prm_core::incentive::line::SaleLine;
use prm_core::incentive::pos::{PosCheck, PosReport};
use prm_core::ledger::may_read;
use prm_core::lifecycle::Access;

use super::receive::body;
use crate::books::{Books, DocumentRow};
use crate::error::StoreError;
use crate::store::{Tenant, reading};

/// Documents that are read at once.
const PAGE: u32 = 500;

/// The lines of one document, receipt after receipt.
#[derive(Default)]
struct Gathered {
    source: String,
    document: String,
    lines: Vec<SaleLine>,
}

impl Tenant {
    /// Who reports more goods sold than it can have at the end of a day, by all lines that are in force: `check` says at which
    /// step, on which date, and what was there before.
    ///
    /// Whoever may read all money may read it.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Denied`] if the actor may not, [`StoreError::Unreadable`] if a sum does not fit.
    pub async fn pos_above_sell_in(
        &self,
        check: &PosCheck,
        as_of: NaiveDate,
        by: &Actor,
    ) -> Result<PosReport, StoreError> {
        if may_read(by, None) != Access::Allowed {
            return Err(StoreError::Denied);
        }
        Ok(reading!(self, work => { run(&mut work, &self.tenant, check.clone(), as_of).await? }))
    }
}

async fn run<W: Books>(
    work: &mut W,
    tenant: &str,
    mut check: PosCheck,
    as_of: NaiveDate,
) -> Result<PosReport, StoreError> {
    let mut gathered = Gathered::default();
    let mut after = (String::new(), String::new(), 0);
    loop {
        let (source, document, receipt) = &after;
        let rows = work.standing_documents(tenant, (source, document, *receipt), PAGE).await?;
        let Some((source, last)) = rows.last() else { break };
        after = (source.clone(), last.document.clone(), last.receipt);
        for (source, row) in rows {
            if (&source, &row.document) != (&gathered.source, &gathered.document) {
                gathered.add_to(&mut check)?;
                gathered = Gathered { source, document: row.document.clone(), lines: Vec::new() };
            }
            gathered.lines.extend(lines_of(&row)?);
        }
    }
    gathered.add_to(&mut check)?;
    check.report(as_of).map_err(|error| unreadable("sums", error))
}

fn lines_of(row: &DocumentRow) -> Result<impl Iterator<Item = SaleLine>, StoreError> {
    let lines: Vec<(usize, SaleLine)> = body("document", &row.document, &row.lines)?;
    Ok(lines.into_iter().map(|(_, line)| line))
}

impl Gathered {
    fn add_to(&self, check: &mut PosCheck) -> Result<(), StoreError> {
        if self.lines.is_empty() {
            return Ok(());
        }
        let source = SourceId::new(&self.source).map_err(|error| unreadable(&self.document, error))?;
        let lines: Vec<&SaleLine> = self.lines.iter().collect();
        check.add_document(&source, &lines).map_err(|error| unreadable(&self.document, error))
    }
}

fn unreadable(id: &str, why: impl ToString) -> StoreError {
    StoreError::Unreadable { kind: "document".to_owned(), id: id.to_owned(), why: why.to_string() }
}
