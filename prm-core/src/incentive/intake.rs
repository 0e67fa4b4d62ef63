//! Intake: how a batch meets the lines that are there already.
//!
//! A batch may repeat lines of earlier ones, correct them, take them back, bring the sale that an earlier return
//! waited for, or replace an earlier revision of itself. Whatever it does, afterwards the sums are those of a fold
//! over all lines that stand. To get there, only the *documents* are folded again that the batch touches: those whose
//! keys it holds or takes back, and those that take back one of these, as far as that reaches. The batch's sums are
//! what these documents come to now, less what they came to before. Sums that were handed out never change.
//!
//! ```text
//!   documents that stand, as they counted ──┐ less
//!   the same and the batch's, folded now ───┴──▶ the batch's sums
//! ```

use std::collections::BTreeMap;

use super::fold::{Facts, Fold, FoldError, Late, LineError, Outcome};
use super::line::{BatchKey, SaleLine};
use super::partial::{Cells, Tally};
use crate::id::DocumentId;
use crate::program::Program;

/// Lines of one document that came in one receipt: with their place in it, and what they counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// When it came, among all receipts.
    pub receipt: u64,
    /// In which batch.
    pub batch: BatchKey,
    /// The document.
    pub document: DocumentId,
    /// Its lines, each with its place in the batch.
    pub lines: Vec<(usize, SaleLine)>,
    /// What they counted under the program's plan; nothing if they were not counted under it.
    pub cells: Cells,
    /// Whether its lines stand no more as they came: a revision replaces the batch, or they come anew.
    pub replaced: bool,
}

/// What a batch comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Taken {
    /// What became of each line, in order.
    pub outcomes: Vec<Result<Outcome, LineError>>,
    /// What its documents count.
    pub documents: BTreeMap<DocumentId, Cells>,
    /// Other documents that count otherwise now, those that stand no more among them, by receipt.
    pub changed: BTreeMap<(u64, DocumentId), Cells>,
    /// The batch's sums: what all of it comes to, less what was there.
    pub sums: Cells,
    /// What became of its lines, in numbers.
    pub tally: Tally,
}

/// Takes in a batch: a new one, or one that was received before, as `receipt`, and is counted only now. `known` are
/// the documents it touches, in any order, complete: see the module.
///
/// # Errors
/// [`FoldError`] if the program needs facts that are not given, or sums do not fit.
pub fn take_in(
    program: &Program,
    facts: Facts<'_>,
    (batch, receipt): (&BatchKey, Option<u64>),
    lines: &[SaleLine],
    known: &[Document],
) -> Result<Taken, FoldError> {
    let standing = standing(receipt, lines, known);
    let mut fold: Option<(Fold<'_>, &BatchKey)> = None;
    let mut outcomes: Vec<Result<Outcome, LineError>> = vec![Ok(Outcome::Waiting); lines.len()];
    for Standing { line, document, place, .. } in &standing {
        let key = document.and_then(|at| known.get(at)).map_or(batch, |known| &known.batch);
        let (running, current) = match fold.as_mut() {
            Some(running) => running,
            None => fold.insert((Fold::new(program, facts, key.clone())?.tracing(), key)),
        };
        if *current != key {
            running.next_batch(key.clone())?;
            *current = key;
        }
        let outcome = running.add(line);
        if let (None, Some(ours)) = (document, outcomes.get_mut(*place)) {
            *ours = outcome;
        }
    }
    let fold = fold.map_or_else(|| Ok(Fold::new(program, facts, batch.clone())?.tracing()), |(fold, _)| Ok(fold));
    let finished = fold.and_then(Fold::finish)?;
    for Late { place, decided, .. } in finished.late {
        if let Some(Standing { document: None, place, .. }) = standing.get(place)
            && let Some(ours) = outcomes.get_mut(*place)
        {
            *ours = decided;
        }
    }
    // Those that still wait were corrected in the meantime; until then they counted, as any corrected line does.
    outcomes.iter_mut().filter(|outcome| **outcome == Ok(Outcome::Waiting)).for_each(|o| *o = Ok(Outcome::Counted));

    let mut now: Vec<Cells> = vec![Cells::default(); known.len()];
    let mut taken = Taken {
        outcomes,
        documents: BTreeMap::new(),
        changed: BTreeMap::new(),
        sums: Cells::default(),
        tally: finished.partials.tally_of(batch).cloned().unwrap_or_default(),
    };
    // A document that counts nothing is told too: it may have counted something before.
    taken.documents.extend(lines.iter().map(|line| (line.key.document.clone(), Cells::default())));
    for (Standing { line, document, .. }, shares) in standing.iter().zip(&finished.shares) {
        let cells = match document {
            Some(at) => now.get_mut(*at),
            None => taken.documents.get_mut(&line.key.document),
        };
        if let Some(cells) = cells {
            shares.iter().try_for_each(|share| cells.add_share(share))?;
        }
    }
    taken.documents.values().try_for_each(|cells| taken.sums.add(cells))?;
    for (document, now) in known.iter().zip(now).filter(|(document, now)| *now != document.cells) {
        taken.sums.add(&now)?;
        taken.sums.subtract(&document.cells)?;
        // Those that come anew with the batch are told above.
        if Some(document.receipt) != receipt || !taken.documents.contains_key(&document.document) {
            taken.changed.insert((document.receipt, document.document.clone()), now);
        }
    }
    Ok(taken)
}

/// A line that stands, and the known document it belongs to; none for those of the batch.
struct Standing<'l> {
    receipt: u64,
    /// Its place in its receipt.
    place: usize,
    line: &'l SaleLine,
    document: Option<usize>,
}

/// All lines that stand, in the order in which they came.
fn standing<'l>(receipt: Option<u64>, lines: &'l [SaleLine], known: &'l [Document]) -> Vec<Standing<'l>> {
    let ours = receipt.unwrap_or(u64::MAX);
    let mut standing = Vec::with_capacity(lines.len());
    for (document, at) in known.iter().zip(0..).filter(|(document, _)| !document.replaced) {
        let of_document = |(place, line): &'l (usize, SaleLine)| Standing {
            receipt: document.receipt,
            place: *place,
            line,
            document: Some(at),
        };
        standing.extend(document.lines.iter().map(of_document));
    }
    standing.extend(lines.iter().zip(0..).map(|(line, place)| Standing { receipt: ours, place, line, document: None }));
    standing.sort_by_key(|line| (line.receipt, line.place));
    standing
}
