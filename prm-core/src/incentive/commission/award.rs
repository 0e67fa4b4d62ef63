//! The award: what sales bring, what runs pay, and what partners are owed.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::answer::{CommissionAnswer, CommissionOwed};
use super::runs::{Outcome, minus, pay, plus};
use super::take::Sale;
use super::timeline::Timeline;
use super::{Clawback, Commission, CommissionError, CommissionFacts};
use crate::id::{PartnerId, Sku, SourceId};
use crate::incentive::fold::Share;
use crate::incentive::line::SaleLine;
use crate::money::Money;
use crate::partner::Partner;
use crate::product::Product;
use crate::program::Program;
use crate::tier::TierHistory;

/// What a commission is computed from.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct CommissionBasis<'b> {
    /// The program in force.
    pub program: &'b Program,
    /// The lines, in the order in which they were folded.
    pub lines: &'b [&'b SaleLine],
    /// What each of them came to add: the shares of a fold that [traces](crate::incentive::fold::Fold::tracing).
    pub shares: &'b [Vec<Share>],
    /// The source of each line, where lines come from several: keys are those of a source.
    pub sources: Option<&'b [&'b SourceId]>,
    /// The partners.
    pub partners: &'b BTreeMap<PartnerId, Partner>,
    /// What the host knows of customers.
    pub facts: &'b CommissionFacts,
    /// The products, where rates name product sets.
    pub products: Option<&'b BTreeMap<Sku, Product>>,
    /// Which partner was in which tier when, where the commission asks for it.
    pub tiers: Option<&'b TierHistory>,
}

impl<'b> CommissionBasis<'b> {
    /// Lines with what they came to add, partners and facts.
    #[must_use]
    pub const fn new(
        program: &'b Program,
        (lines, shares): (&'b [&'b SaleLine], &'b [Vec<Share>]),
        partners: &'b BTreeMap<PartnerId, Partner>,
        facts: &'b CommissionFacts,
    ) -> Self {
        Self { program, lines, shares, sources: None, partners, facts, products: None, tiers: None }
    }

    /// With the source of each line.
    #[must_use]
    pub const fn sources(self, sources: &'b [&'b SourceId]) -> Self {
        Self { sources: Some(sources), ..self }
    }

    /// With the products that were sold.
    #[must_use]
    pub const fn products(self, products: &'b BTreeMap<Sku, Product>) -> Self {
        Self { products: Some(products), ..self }
    }

    /// With the tiers that partners were in.
    #[must_use]
    pub const fn tiers(self, tiers: &'b TierHistory) -> Self {
        Self { tiers: Some(tiers), ..self }
    }
}

/// A commission at the end of a day, before it is told.
pub(super) struct Work<'b> {
    pub(super) commission: &'b Commission,
    pub(super) as_of: NaiveDate,
    pub(super) timeline: Timeline<'b>,
    pub(super) outcome: Outcome,
}

/// Where a sale stands. Money in minor units.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stand {
    pub(super) left: i64,
    pub(super) released: i64,
    pub(super) covered: i64,
}

impl<'b> Work<'b> {
    fn new(
        basis: &CommissionBasis<'b>,
        commission: &'b Commission,
        as_of: NaiveDate,
        rows: bool,
    ) -> Result<Self, CommissionError> {
        if basis.lines.len() != basis.shares.len() {
            return Err(CommissionError::NotTraced);
        }
        if commission.needs_tiers() && basis.tiers.is_none() {
            return Err(CommissionError::NeedsTiers);
        }
        if commission.needs_products() && basis.products.is_none() {
            return Err(CommissionError::NeedsProducts);
        }
        basis.facts.check()?;
        let timeline = Timeline::new(basis, commission, as_of)?;
        let steps = timeline.steps(as_of)?;
        let sizes = (basis.partners.len(), timeline.taken.sales.len());
        let outcome = pay(&commission.runs, commission.clawback, steps, sizes, rows)?;
        Ok(Self { commission, as_of, timeline, outcome })
    }

    pub(super) fn money(&self, minor: i64) -> Money {
        Money::from_minor(minor, self.commission.currency)
    }

    /// Where a sale stands at the end of the day.
    pub(super) fn stand(&self, at: u32, sale: &Sale<'_>) -> Result<Stand, CommissionError> {
        let of = |list: &[i64]| list.get(at as usize).copied().unwrap_or(0);
        let (covered, paid) = (of(&self.outcome.covered), of(&self.outcome.paid));
        let mut left = self.timeline.left(at, sale, self.as_of);
        let mut released = self.timeline.released(at, sale, self.as_of, self.as_of)?;
        if self.commission.clawback == Clawback::UntilPaid && !sale.is_alone() {
            (left, released) = (left.max(paid), released.max(paid));
        }
        Ok(Stand { left, released, covered })
    }

    /// What partners are owed, in the order of partners.
    fn owed(&self) -> Result<Vec<CommissionOwed>, CommissionError> {
        let partners = &self.timeline.taken.credit.partners;
        // Held, to recover, waiting and net.
        let mut sums = vec![[0_i64; 4]; partners.len()];
        for (at, sale) in (0..).zip(&self.timeline.taken.sales).filter(|(_, sale)| sale.whole != 0) {
            let Stand { left, released, covered } = self.stand(at, sale)?;
            let Some([held, to_recover, waiting, net]) = sums.get_mut(sale.partner as usize) else { continue };
            let open = minus(released, covered)?;
            if open > 0 {
                *held = plus(*held, open)?;
            } else {
                *to_recover = minus(*to_recover, open)?;
            }
            *waiting = plus(*waiting, minus(left, released)?)?;
            *net = plus(*net, left)?;
        }
        let owed = partners.iter().zip(sums).zip(&self.outcome.partners).filter_map(|((of, sums), (due, carried))| {
            let [held, to_recover, waiting, net] = sums;
            let is_nothing = [*due, *carried, held, to_recover, waiting, net] == [0; 6];
            (!is_nothing).then(|| CommissionOwed {
                partner: of.partner.id.clone(),
                due: self.money(*due),
                carried: self.money(*carried),
                held: self.money(held),
                to_recover: self.money(to_recover),
                waiting: self.money(waiting),
                net: self.money(net),
            })
        });
        Ok(owed.collect())
    }
}

impl Commission {
    /// Whether the tiers that partners were in must be given.
    #[must_use]
    pub fn needs_tiers(&self) -> bool {
        self.eligible.tier.is_some() || self.rates.iter().any(|rate| !rate.tiers.is_empty())
    }

    /// Whether the products that were sold must be given.
    #[must_use]
    pub fn needs_products(&self) -> bool {
        self.rates.iter().any(|rate| !rate.products.is_empty())
    }
}

/// What a commission comes to by the end of a day: sale by sale, run by run, partner by partner.
///
/// Only what is dated up to the day counts: lines by their own dates, payments, touches and records by theirs. So what runs
/// paid stands, whatever comes later: a later return is a row below zero in a later run.
///
/// # Errors
/// [`CommissionError`] if something that is needed was not given, a row of facts cannot be used, or an amount does not fit.
pub fn award(
    basis: CommissionBasis<'_>,
    commission: &Commission,
    as_of: NaiveDate,
) -> Result<CommissionAnswer, CommissionError> {
    let work = Work::new(&basis, commission, as_of, true)?;
    let order = work.order();
    Ok(CommissionAnswer {
        program: basis.program.identity().clone(),
        incentive: commission.name.clone(),
        title: commission.title.clone(),
        as_of,
        sales: work.sales(&order)?,
        runs: work.runs(&order)?,
        owed: work.owed()?,
    })
}

/// What each partner is owed by the end of a day: the same as [`award`] says, without the sales and runs, in a fraction of the time.
///
/// # Errors
/// As [`award`].
pub fn owed(
    basis: CommissionBasis<'_>,
    commission: &Commission,
    as_of: NaiveDate,
) -> Result<Vec<CommissionOwed>, CommissionError> {
    Work::new(&basis, commission, as_of, false)?.owed()
}
