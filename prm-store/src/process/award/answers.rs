//! What SPIFFs and commissions come to, from all lines that stand.

use chrono::NaiveDate;
use prm_core::calendar::{CalendarError, Every};
use prm_core::id::DocumentId;
use prm_core::incentive::awarded::AwardAnswer;
use prm_core::incentive::commission::{self, Commission, CommissionBasis};
use prm_core::incentive::intake::{Counted, Document, trace};
use prm_core::incentive::line::BatchKey;
use prm_core::incentive::spiff::{self, Spiff, SpiffBasis};
use prm_core::period::Period;
use prm_core::program::Program;

use super::{AwardError, Awarding};
use crate::books::{Books, DocumentRow};
use crate::error::StoreError;
use crate::process::receive::body;
use crate::process::stand::recorded;

/// The incentives that are to be awarded.
pub(super) struct Asked<'p> {
    spiffs: Vec<&'p Spiff>,
    commissions: Vec<&'p Commission>,
}

impl<'p> Asked<'p> {
    /// One of a program, or all of them.
    pub(super) fn of(program: &'p Program, only: Option<&str>) -> Result<Self, AwardError> {
        let asked = |name: &str| only.is_none_or(|only| only == name);
        let spiffs: Vec<_> = program.spiffs().iter().filter(|spiff| asked(spiff.name.as_str())).collect();
        let commissions: Vec<_> = program.commissions().iter().filter(|of| asked(of.name.as_str())).collect();
        match only.filter(|_| spiffs.is_empty() && commissions.is_empty()) {
            Some(name) => Err(AwardError::Unknown { name: name.to_owned() }),
            None => Ok(Self { spiffs, commissions }),
        }
    }

    /// The days from the first sale that may count to the last; `None` if nothing is awarded.
    pub(super) fn covers(&self, program: &Program, as_of: NaiveDate) -> Option<Period> {
        let of_commissions = self.commissions.iter().filter_map(|_| {
            let (from, until) = (program.effective().from, as_of.succ_opt()?);
            Period::new(from, program.effective().until.map_or(until, |end| end.min(until))).ok()
        });
        self.spiffs.iter().map(|spiff| spiff.window).chain(of_commissions).reduce(|one, other| {
            let hull = Period::new(one.from().min(other.from()), one.until().max(other.until()));
            hull.unwrap_or(one)
        })
    }
}

/// What incentives come to by the end of a day.
pub(super) async fn answers<W: Books>(
    work: &mut W,
    tenant: &str,
    awarding: Awarding<'_>,
    asked: &Asked<'_>,
) -> Result<Vec<AwardAnswer>, AwardError> {
    let Awarding { program, facts, tables, sellers, customers, as_of, .. } = awarding;
    let tiers = recorded(work, tenant, &program.identity().name, None).await?;
    let mut answers = Vec::with_capacity(asked.spiffs.len() + asked.commissions.len());
    for spiff in &asked.spiffs {
        // Sums are kept by month: its first day stands for all of it.
        let month = program.calendar().period_of(spiff.window.from(), Every::Month)?;
        let days = Period::new(month.period.from(), spiff.window.until()).map_err(CalendarError::from)?;
        let documents = documents(work, tenant, program, Some(days)).await?;
        let traced = trace(program, facts, &documents)?;
        let told = (traced.lines.as_slice(), traced.shares.as_slice());
        let basis = SpiffBasis::new(program, told, facts.partners, tables, sellers).sources(&traced.sources);
        answers.push(AwardAnswer::Spiff { answer: spiff::award(basis.tiers(&tiers), spiff, as_of)? });
    }
    if asked.commissions.is_empty() {
        return Ok(answers);
    }
    // A customer's first sale may be the oldest of all, and lines whose customer decides are in no sum.
    let documents = documents(work, tenant, program, None).await?;
    let traced = trace(program, facts, &documents)?;
    let told = (traced.lines.as_slice(), traced.shares.as_slice());
    let mut basis = CommissionBasis::new(program, told, facts.partners, customers).sources(&traced.sources);
    basis.products = facts.products;
    for commission in &asked.commissions {
        let answer = commission::award(basis.tiers(&tiers), commission, as_of)?;
        answers.push(AwardAnswer::Commission { from: program.effective().from, answer });
    }
    Ok(answers)
}

/// Documents that stand: those that may hold sales of some days, or all of them.
async fn documents<W: Books>(
    work: &mut W,
    tenant: &str,
    program: &Program,
    days: Option<Period>,
) -> Result<Vec<Document>, StoreError> {
    let rows = work.documents_within(tenant, program.plan(), days).await?;
    rows.into_iter().map(document).collect()
}

fn document((batch, row): (BatchKey, DocumentRow)) -> Result<Document, StoreError> {
    let name = &row.document;
    let unreadable = |why: String| StoreError::Unreadable { kind: "document".to_owned(), id: name.clone(), why };
    let counted = Counted {
        cells: row.cells.as_deref().map(|cells| body("document", name, cells)).transpose()?.unwrap_or_default(),
        idle: row.idle.as_deref().map(|idle| body("document", name, idle)).transpose()?,
    };
    let (document, lines) = (DocumentId::new(name), body("document", name, &row.lines)?);
    let document = document.map_err(|error| unreadable(error.to_string()))?;
    Ok(Document { receipt: row.receipt, batch, document, lines, counted, replaced: false })
}
