//! Point of sale against sell-in: who reports more goods sold than it can have.
//!
//! In a channel of two tiers the same goods are sold twice: the vendor sells them to a distributor (sell-in), the
//! distributor reports to whom it sold them (sell-through, its point-of-sale report), and a reseller may report its own sales
//! (sell-out). Whoever is paid for what it reports must have had it: what it sold, less what came back to it, is at most what
//! it bought, less what it sent back, and what it had before.
//!
//! Quantities alone are compared, by partner and SKU, in the order of days. A line that moves no goods (a price
//! correction, a bad debt) changes nothing; a return and a rebill do. A report never changes what is paid: it is for the
//! person who asks the distributor.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::line::{COUNTING_DATES, ChannelStep, CountingDate, LineKey, LineKind, SaleLine};
use crate::id::{LineId, PartnerId, Sku, SourceId};
use crate::scaled::{NumberError, Scaled};
use crate::words::word_of;

/// What a partner bought and sold of a product, by day.
#[derive(Debug, Clone, Copy)]
struct Flow {
    bought: Scaled,
    returned: Scaled,
    sold: Scaled,
    came_back: Scaled,
    /// Whether anything of it was sold at the step that is looked at.
    reported: bool,
}

/// A partner that reports more sold than it can have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PosAbove {
    /// Who reports.
    pub partner: PartnerId,
    /// The product.
    pub sku: Sku,
    /// What it had before, in units.
    pub opening: Scaled,
    /// What it bought.
    pub bought: Scaled,
    /// What it sent back of it.
    pub returned: Scaled,
    /// What it says that it sold.
    pub sold: Scaled,
    /// What came back of that.
    pub came_back: Scaled,
    /// How much more that is than it can have.
    pub above: Scaled,
    /// The day from which on that has been so.
    pub since: NaiveDate,
}

/// A line that could not be compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PosUnknown {
    /// Whose books it stands in.
    pub source: SourceId,
    /// Where.
    pub key: LineKey,
    /// What it lacks: the date that counts, `quantity`, `buyer`, `seller`.
    pub missing: Vec<String>,
}

/// What came of a comparison.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PosReport {
    /// Partners and products that are above, in their order.
    pub above: Vec<PosAbove>,
    /// Lines that could not be compared, in the order in which they came.
    pub unknown: Vec<PosUnknown>,
}

/// A running comparison: documents are added in any order, [`Self::report`] says who is above on a day.
///
/// ```
/// use prm_core::incentive::line::{ChannelStep, CountingDate, LineDates, LineKey, LineKind, SaleLine};
/// use prm_core::incentive::pos::PosCheck;
/// let line = |document: &str, step, units: &str, on: &str| {
///     let key = LineKey { document: document.parse()?, line: Some("1".parse()?) };
///     let mut line = SaleLine::new(key, LineKind::Sale, "BK-R93R-62".parse()?, "USD".parse()?);
///     (line.step, line.quantity) = (step, Some(units.parse()?));
///     line.dates = LineDates { invoice: Some(on.parse()?), ..LineDates::default() };
///     Ok::<_, Box<dyn std::error::Error>>(line)
/// };
/// let mut delivered = line("SO1", ChannelStep::SellIn, "10", "2025-01-05")?;
/// delivered.buyer = Some("wide-west".parse()?);
/// let mut reported = line("POS1", ChannelStep::SellThrough, "12", "2025-01-20")?;
/// reported.seller = Some("wide-west".parse()?);
/// let mut check = PosCheck::new(ChannelStep::SellThrough, CountingDate::Invoice);
/// check.add_document(&"erp".parse()?, &[&delivered])?;
/// check.add_document(&"pos".parse()?, &[&reported])?;
/// let above = check.report("2025-01-31".parse()?)?.above;
/// assert_eq!((above[0].above.to_string(), above[0].since.to_string()), ("2".to_owned(), "2025-01-20".to_owned()));
/// // On the day before nothing was reported yet.
/// assert!(check.report("2025-01-19".parse()?)?.above.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct PosCheck {
    step: ChannelStep,
    counting: CountingDate,
    opening: BTreeMap<(PartnerId, Sku), Scaled>,
    flows: BTreeMap<(PartnerId, Sku), BTreeMap<NaiveDate, Flow>>,
    unknown: Vec<PosUnknown>,
}

impl PosCheck {
    /// Begins a comparison of what is sold at a step with what was bought at the steps before it; lines count on the date
    /// that is named. Nothing is above sell-in at the step of sell-in itself.
    #[must_use]
    pub const fn new(step: ChannelStep, counting: CountingDate) -> Self {
        Self { step, counting, opening: BTreeMap::new(), flows: BTreeMap::new(), unknown: Vec::new() }
    }

    /// With what a partner had of a product before the first line.
    #[must_use]
    pub fn opening(mut self, partner: PartnerId, sku: Sku, units: Scaled) -> Self {
        self.opening.insert((partner, sku), units);
        self
    }

    /// Adds a document: all its lines that are in force, in the order in which they came. Of lines with one number the last
    /// one counts, and a line that repeats another counts once; lines without a number all count.
    ///
    /// # Errors
    /// [`NumberError::OutOfRange`] if a sum does not fit; the document is then partly added.
    pub fn add_document(&mut self, source: &SourceId, lines: &[&SaleLine]) -> Result<(), NumberError> {
        let mut numbered: BTreeMap<&LineId, &SaleLine> = BTreeMap::new();
        for line in lines {
            match &line.key.line {
                Some(number) => {
                    numbered.insert(number, line);
                }
                None => self.add(source, line)?,
            }
        }
        numbered.values().try_for_each(|line| self.add(source, line))
    }

    fn add(&mut self, source: &SourceId, line: &SaleLine) -> Result<(), NumberError> {
        let moves = matches!(line.kind, LineKind::Sale | LineKind::Return | LineKind::Rebill | LineKind::FreeGoods);
        if !moves || line.step > self.step {
            return Ok(());
        }
        let buys = line.step < self.step;
        let sells = line.step > ChannelStep::SellIn;
        let on = line.dates.counting(self.counting);
        let lacks = [
            (word_of(&COUNTING_DATES, &self.counting), on.is_none()),
            ("quantity", line.quantity.is_none()),
            ("buyer", buys && line.buyer.is_none()),
            ("seller", sells && line.seller.is_none()),
        ];
        let missing: Vec<String> =
            lacks.iter().filter(|(_, lacks)| *lacks).map(|(field, _)| (*field).to_owned()).collect();
        let (Some(on), Some(units), true) = (on, line.quantity, missing.is_empty()) else {
            self.unknown.push(PosUnknown { source: source.clone(), key: line.key.clone(), missing });
            return Ok(());
        };
        let is_back = line.kind == LineKind::Return;
        if let Some(buyer) = line.buyer.as_ref().filter(|_| buys) {
            let flow = self.flow(buyer, &line.sku, on);
            let sum = if is_back { &mut flow.returned } else { &mut flow.bought };
            *sum = sum.plus(units)?;
        }
        let step = self.step;
        if let Some(seller) = line.seller.as_ref().filter(|_| sells) {
            let flow = self.flow(seller, &line.sku, on);
            let sum = if is_back { &mut flow.came_back } else { &mut flow.sold };
            *sum = sum.plus(units)?;
            flow.reported |= line.step == step;
        }
        Ok(())
    }

    fn flow(&mut self, partner: &PartnerId, sku: &Sku, on: NaiveDate) -> &mut Flow {
        self.flows.entry((partner.clone(), sku.clone())).or_default().entry(on).or_insert(Flow::NOTHING)
    }

    /// Who is above at the end of a day.
    ///
    /// # Errors
    /// [`NumberError::OutOfRange`] if a sum does not fit.
    pub fn report(&self, as_of: NaiveDate) -> Result<PosReport, NumberError> {
        let mut above = Vec::new();
        for ((partner, sku), days) in &self.flows {
            let opening = self.opening.get(&(partner.clone(), sku.clone())).copied().unwrap_or(Scaled::ZERO);
            let (mut total, mut held, mut since) = (Flow::NOTHING, opening, None);
            for (on, flow) in days.range(..=as_of) {
                // What goes back is negative on its line.
                held = held.plus(flow.bought)?.plus(flow.returned)?.minus(flow.sold)?.minus(flow.came_back)?;
                since = if held.is_negative() { since.or(Some(*on)) } else { None };
                total = total.plus(flow)?;
            }
            if let Some(since) = since.filter(|_| total.reported) {
                let nothing = Scaled::ZERO;
                above.push(PosAbove {
                    partner: partner.clone(),
                    sku: sku.clone(),
                    opening,
                    bought: total.bought,
                    returned: nothing.minus(total.returned)?,
                    sold: total.sold,
                    came_back: nothing.minus(total.came_back)?,
                    above: nothing.minus(held)?.trimmed(),
                    since,
                });
            }
        }
        Ok(PosReport { above, unknown: self.unknown.clone() })
    }
}

impl Flow {
    const NOTHING: Self = Self {
        bought: Scaled::ZERO,
        returned: Scaled::ZERO,
        sold: Scaled::ZERO,
        came_back: Scaled::ZERO,
        reported: false,
    };

    fn plus(self, other: &Self) -> Result<Self, NumberError> {
        Ok(Self {
            bought: self.bought.plus(other.bought)?,
            returned: self.returned.plus(other.returned)?,
            sold: self.sold.plus(other.sold)?,
            came_back: self.came_back.plus(other.came_back)?,
            reported: self.reported || other.reported,
        })
    }
}
