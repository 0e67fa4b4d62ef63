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

use std::collections::{BTreeMap, BTreeSet};

use super::fold::{Facts, Finished, Fold, FoldError, Late, LineError, Outcome, Share};
use super::line::{BatchKey, LineKey, SaleLine};
use super::partial::{Cells, Tally};
use crate::id::{DocumentId, SourceId};
use crate::program::Program;
use crate::scaled::NumberError;

/// Why a batch was not taken in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IntakeError {
    /// The lines cannot be folded: facts are missing, or sums do not fit.
    #[error(transparent)]
    Fold(#[from] FoldError),
    /// A line that was counted before would be lost, since something that was known of it is not among the facts now.
    #[error("line {key} of batch `{}` was counted, and cannot be now: {why}; the facts must hold what earlier lines need too", batch.batch)]
    FactGone {
        /// The line.
        key: LineKey,
        /// The batch that brought it.
        batch: Box<BatchKey>,
        /// What is not known any more.
        why: Box<LineError>,
    },
}

impl From<NumberError> for IntakeError {
    fn from(error: NumberError) -> Self {
        Self::Fold(error.into())
    }
}

/// What lines of a document count under a plan.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counted {
    /// What they come to.
    pub cells: Cells,
    /// The places of those that count nothing; `None` if that was not kept.
    pub idle: Option<BTreeSet<usize>>,
}

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
    pub counted: Counted,
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
    pub documents: BTreeMap<DocumentId, Counted>,
    /// Other documents that count otherwise now, those that stand no more among them, by receipt.
    pub changed: BTreeMap<(u64, DocumentId), Counted>,
    /// The batch's sums: what all of it comes to, less what was there.
    pub sums: Cells,
    /// What became of its lines, in numbers.
    pub tally: Tally,
}

/// Takes in a batch: a new one, or one that was received before, as `receipt`, and is counted only now. Its lines come
/// with their places in it. `known` are the documents it touches, in any order, complete: see the module.
///
/// # Errors
/// [`IntakeError`]: the program needs facts that are not given, a line that counted before needs a fact that is not
/// among those given now, or sums do not fit.
pub fn take_in(
    program: &Program,
    facts: Facts<'_>,
    (batch, receipt): (&BatchKey, Option<u64>),
    lines: &[(usize, &SaleLine)],
    known: &[Document],
) -> Result<Taken, IntakeError> {
    let standing = standing(receipt, lines, known);
    let (finished, outcomes) = folded(program, facts, (&standing, known), batch)?;
    let nothing = || Counted { cells: Cells::default(), idle: Some(BTreeSet::new()) };
    let mut now: Vec<Counted> = vec![nothing(); known.len()];
    // A document that counts nothing is told too: it may have counted something before.
    let mut documents: BTreeMap<DocumentId, Counted> =
        lines.iter().map(|(_, line)| (line.key.document.clone(), nothing())).collect();
    // There are none at all where no line counts.
    let shares = finished.shares.iter().map(Vec::as_slice).chain(std::iter::repeat(&[][..]));
    for (Standing { line, of, place, .. }, shares) in standing.iter().zip(shares) {
        let counted = match of {
            Of::Known(at) => now.get_mut(*at),
            Of::Batch(_) => documents.get_mut(&line.key.document),
        };
        let Some(Counted { cells, idle }) = counted else { continue };
        shares.iter().try_for_each(|share| cells.add_share(share))?;
        if shares.is_empty() {
            idle.get_or_insert_default().insert(*place);
        }
    }
    nothing_is_lost(&standing, &outcomes, receipt, known)?;

    let mut sums = Cells::default();
    documents.values().try_for_each(|counted| sums.add(&counted.cells))?;
    let mut changed = BTreeMap::new();
    for (document, now) in known.iter().zip(now).filter(|(document, now)| *now != document.counted) {
        sums.add(&now.cells)?;
        sums.subtract(&document.counted.cells)?;
        // Those that come anew with the batch are told above.
        if Some(document.receipt) != receipt || !documents.contains_key(&document.document) {
            changed.insert((document.receipt, document.document.clone()), now);
        }
    }
    let mut ours = vec![Ok(Outcome::Counted); lines.len()];
    for (Standing { of, .. }, outcome) in standing.iter().zip(outcomes) {
        if let Of::Batch(at) = of
            && let Some(ours) = ours.get_mut(*at)
        {
            *ours = outcome;
        }
    }
    let tally = finished.partials.tally_of(batch).cloned().unwrap_or_default();
    Ok(Taken { outcomes: ours, documents, changed, sums, tally })
}

/// Folds lines that stand, in their order. `batch` is that of lines of none of the known documents.
fn folded(
    program: &Program,
    facts: Facts<'_>,
    (standing, known): (&[Standing<'_>], &[Document]),
    batch: &BatchKey,
) -> Result<(Finished, Vec<Result<Outcome, LineError>>), FoldError> {
    let mut fold: Option<(Fold<'_>, &BatchKey)> = None;
    let mut outcomes: Vec<Result<Outcome, LineError>> = Vec::with_capacity(standing.len());
    for Standing { line, of, .. } in standing {
        let key = of.known().and_then(|at| known.get(at)).map_or(batch, |known| &known.batch);
        let (running, current) = match fold.as_mut() {
            Some(running) => running,
            None => fold.insert((Fold::new(program, facts, key.clone())?.tracing(), key)),
        };
        if *current != key {
            running.next_batch(key.clone())?;
            *current = key;
        }
        outcomes.push(running.add(line));
    }
    let fold = fold.map_or_else(|| Ok(Fold::new(program, facts, batch.clone())?.tracing()), |(fold, _)| Ok(fold));
    let mut finished = fold.and_then(Fold::finish)?;
    for Late { place, decided, .. } in std::mem::take(&mut finished.late) {
        if let Some(outcome) = outcomes.get_mut(place) {
            *outcome = decided;
        }
    }
    // Those that still wait were corrected in the meantime; until then they counted, as any corrected line does.
    outcomes.iter_mut().filter(|outcome| **outcome == Ok(Outcome::Waiting)).for_each(|o| *o = Ok(Outcome::Counted));
    Ok((finished, outcomes))
}

/// Lines that stand, in the order in which they came, with what each of them came to add.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Traced<'l> {
    /// The lines.
    pub lines: Vec<&'l SaleLine>,
    /// The source of each.
    pub sources: Vec<&'l SourceId>,
    /// What each adds.
    pub shares: Vec<Vec<Share>>,
}

/// What each line of documents that stand comes to add: for incentives that look at single sales.
///
/// # Errors
/// [`IntakeError`]: the program needs facts that are not given, or a line that counted before needs a fact that is not
/// among those given now.
pub fn trace<'l>(program: &Program, facts: Facts<'_>, known: &'l [Document]) -> Result<Traced<'l>, IntakeError> {
    let standing = standing(None, &[], known);
    let source = |of: Of| of.known().and_then(|at| known.get(at)).map(|document| &document.batch.source);
    let sources: Vec<&SourceId> = standing.iter().filter_map(|line| source(line.of)).collect();
    let lines = standing.iter().map(|line| line.line).collect();
    let shares = match known.first() {
        None => Vec::new(),
        Some(first) => {
            let (finished, outcomes) = folded(program, facts, (&standing, known), &first.batch)?;
            nothing_is_lost(&standing, &outcomes, None, known)?;
            finished.shares
        }
    };
    Ok(Traced { lines, sources, shares })
}

/// Whether every line that counted before still does, or does not for a reason that lies in the lines.
fn nothing_is_lost(
    standing: &[Standing<'_>],
    outcomes: &[Result<Outcome, LineError>],
    receipt: Option<u64>,
    known: &[Document],
) -> Result<(), IntakeError> {
    let counted_before =
        |document: &Document, place: &usize| document.counted.idle.as_ref().is_some_and(|idle| !idle.contains(place));
    for (Standing { line, of, place, .. }, outcome) in standing.iter().zip(outcomes) {
        let Err(why) = outcome else { continue };
        let of_line =
            |document: &&Document| Some(document.receipt) == receipt && document.document == line.key.document;
        let before = match of {
            Of::Known(at) => known.get(*at),
            Of::Batch(_) => known.iter().find(of_line),
        };
        if let Some(document) = before
            && why.is_missing_fact()
            && counted_before(document, place)
        {
            let (batch, why) = (Box::new(document.batch.clone()), Box::new(why.clone()));
            return Err(IntakeError::FactGone { key: line.key.clone(), batch, why });
        }
    }
    Ok(())
}

/// Whose line it is.
#[derive(Debug, Clone, Copy)]
enum Of {
    /// That of a known document.
    Known(usize),
    /// That of the batch: which of those given.
    Batch(usize),
}

impl Of {
    const fn known(self) -> Option<usize> {
        match self {
            Self::Known(at) => Some(at),
            Self::Batch(_) => None,
        }
    }
}

/// A line that stands.
struct Standing<'l> {
    receipt: u64,
    /// Its place in its receipt.
    place: usize,
    line: &'l SaleLine,
    of: Of,
}

/// All lines that stand, in the order in which they came.
fn standing<'l>(receipt: Option<u64>, lines: &[(usize, &'l SaleLine)], known: &'l [Document]) -> Vec<Standing<'l>> {
    let ours = receipt.unwrap_or(u64::MAX);
    let mut standing = Vec::with_capacity(lines.len());
    for (document, at) in known.iter().zip(0..).filter(|(document, _)| !document.replaced) {
        let of_document = |(place, line): &'l (usize, SaleLine)| Standing {
            receipt: document.receipt,
            place: *place,
            line,
            of: Of::Known(at),
        };
        standing.extend(document.lines.iter().map(of_document));
    }
    let of_batch = |((place, line), at): (&(usize, &'l SaleLine), usize)| Standing {
        receipt: ours,
        place: *place,
        line,
        of: Of::Batch(at),
    };
    standing.extend(lines.iter().zip(0..).map(of_batch));
    standing.sort_by_key(|line| (line.receipt, line.place));
    standing
}
