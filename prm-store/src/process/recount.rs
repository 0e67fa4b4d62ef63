//! Counting again what could not be used: a batch that comes again brings lines whose partner, product or exchange rate
//! may be known by now.

use std::collections::BTreeSet;

use prm_core::id::DocumentId;
use prm_core::incentive::fold::{Facts, LineError, Outcome};
use prm_core::incentive::intake::take_in;
use prm_core::incentive::line::SaleLine;
use prm_core::incentive::partial::Tally;
use prm_core::program::Program;

use super::receive::{ReceiveError, Received, body, keep_counts, sums_row, touched};
use super::recorded_now;
use crate::books::{Books, DocumentRow, SumsRow};

/// Looks again at lines of a batch that could not be used when it was counted, if there are any.
pub(super) async fn recount<W: Books>(
    work: &mut W,
    tenant: &str,
    program: &Program,
    facts: Facts<'_>,
    lines: &[SaleLine],
    last: SumsRow,
) -> Result<Received, ReceiveError> {
    let SumsRow { receipt, batch, counting, outcomes: letters, .. } = last;
    let mut tally: Tally = body("sums", &receipt.to_string(), &last.tally)?;
    let refused = lines.iter().zip(letters.chars()).filter(|(_, letter)| *letter == REFUSED);
    let documents: BTreeSet<&DocumentId> = refused.map(|(line, _)| &line.key.document).collect();
    // Whole documents, since a line may repeat or correct another of its own.
    let again = |line: &SaleLine| documents.contains(&line.key.document);
    let of_documents: Vec<(usize, &SaleLine)> = (0..).zip(lines).filter(|(_, line)| again(line)).collect();
    if of_documents.is_empty() {
        return Ok(Received::Known { receipt, tally });
    }
    let plan = program.plan();
    let ours = |row: &DocumentRow| row.receipt == receipt && documents.iter().any(|name| name.as_str() == row.document);
    let touched = touched(work, tenant, plan, (&batch, of_documents.iter().map(|(_, line)| *line)), ours, &[]).await?;
    let taken = take_in(program, facts, (&batch, Some(receipt)), &of_documents, &touched)?;
    let mut now: Vec<char> = letters.chars().collect();
    for ((place, _), outcome) in of_documents.iter().zip(&taken.outcomes) {
        // The others are what they were when they came: a repetition of what another batch brought, say.
        if let Some(known) = now.get_mut(*place).filter(|known| **known == REFUSED) {
            *known = letter(outcome);
        }
    }
    let now: String = now.into_iter().collect();
    if now == letters && taken.sums.is_empty() {
        return Ok(Received::Known { receipt, tally });
    }
    // Every line that is still refused was looked at again.
    tally.refused = taken.tally.refused.clone();
    let count = |of: &[char]| now.chars().filter(|letter| of.contains(letter)).count() as u64;
    tally.counted = count(&[COUNTED, CORRECTED]);
    (tally.corrected, tally.repeated) = (count(&[CORRECTED]), count(&[REPEATED]));
    (tally.not_selected, tally.outside_program) = (count(&[NOT_SELECTED]), count(&[OUTSIDE]));
    let recorded_at = recorded_now(work, tenant).await?;
    keep_counts(work, tenant, plan, &batch, (receipt, &taken)).await?;
    let row = sums_row(program, (receipt, &batch, counting + 1), &taken.sums, (&tally, now), recorded_at)?;
    work.add_sums(tenant, plan, &row).await?;
    let places = of_documents.iter().map(|(place, _)| *place);
    Ok(Received::Recounted { receipt, outcomes: places.zip(taken.outcomes).collect(), tally })
}

/// The letters for what became of a line.
const COUNTED: char = 'c';
const CORRECTED: char = 'C';
const REPEATED: char = 'r';
const NOT_SELECTED: char = 'n';
const OUTSIDE: char = 'o';
const REFUSED: char = 'x';

pub(super) fn letter(outcome: &Result<Outcome, LineError>) -> char {
    match outcome {
        Ok(Outcome::Corrected) => CORRECTED,
        Ok(Outcome::Repeated) => REPEATED,
        Ok(Outcome::NotSelected) => NOT_SELECTED,
        Ok(Outcome::OutsideProgram) => OUTSIDE,
        Ok(_) => COUNTED,
        Err(_) => REFUSED,
    }
}
