//! Which sales a commission takes, for whom, and what each brings before anything comes back.

use std::cmp::Ordering;

use chrono::NaiveDate;
use rustc_hash::FxHashMap;

use super::credit::Credit;
use super::customer::{Customers, document};
use super::rate::Rates;
use super::term::Part;
use super::{Commission, CommissionBasis, CommissionError, CommissionPay, Per, Recurs};
use crate::id::{DocumentId, Name};
use crate::incentive::fold::Share;
use crate::incentive::line::SaleLine;
use crate::incentive::sold::{Counted, Sold, sold};
use crate::scaled::Scaled;
use crate::tier::tier_on;

/// Stands for none where places are numbered.
pub(super) const NONE: u32 = u32::MAX;

/// Why a sale brings nothing: as short as can be, since most sales of a commission on first sales are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    Partner,
    NoMember,
    Tier,
    NoCustomer,
    NoRecord,
    NoTouch,
    SelfReferral,
    NotFirst,
    Ended,
    NoRate,
    NoService,
    PaidWith,
    Cap,
    NoSale,
}

/// A sale. Money in minor units.
#[derive(Debug)]
pub(super) struct Sale<'b> {
    pub(super) line: &'b SaleLine,
    /// The day on which it counts: that of the sale which it replaces, where it is billed anew.
    pub(super) on: NaiveDate,
    /// The day on which it was made known: its own.
    pub(super) known: NaiveDate,
    pub(super) partner: u32,
    pub(super) customer: u32,
    /// The place of the line, and of its document among those that were paid.
    pub(super) place: u32,
    pub(super) document: u32,
    /// The place of the rate that fits it.
    pub(super) rate: u32,
    /// The sales that share a fixed amount, by place.
    pub(super) group: u32,
    /// What the line adds, and how many units.
    pub(super) amount: Scaled,
    pub(super) units: Scaled,
    /// What it brings.
    pub(super) whole: i64,
    pub(super) why: Option<Why>,
    /// Whether it lies outside the days of the version: it is only known as a first sale.
    pub(super) is_outside: bool,
}

impl Sale<'_> {
    /// Whether it takes back what nobody knows.
    pub(super) fn is_alone(&self) -> bool {
        self.amount.is_negative()
    }
}

/// A line that takes back a sale.
#[derive(Debug)]
pub(super) struct Back<'b> {
    pub(super) line: &'b SaleLine,
    /// The place of the sale.
    pub(super) sale: u32,
    pub(super) on: NaiveDate,
    pub(super) amount: Scaled,
    pub(super) units: Scaled,
}

/// The sales of which one carries a fixed amount.
#[derive(Debug)]
pub(super) struct Group {
    /// The place of the sale that carries it.
    pub(super) carrier: u32,
    /// Whether it is paid for a customer: then its first document counts.
    is_of_customer: bool,
}

/// What was taken.
pub(super) struct Taken<'b> {
    pub(super) credit: Credit<'b>,
    pub(super) customers: Customers<'b>,
    /// In the order in which lines were folded.
    pub(super) sales: Vec<Sale<'b>>,
    /// In the order of sales, then of days.
    pub(super) back: Vec<Back<'b>>,
    pub(super) groups: Vec<Group>,
}

impl<'b> Taken<'b> {
    pub(super) fn new(
        basis: &CommissionBasis<'b>,
        commission: &'b Commission,
        as_of: NaiveDate,
    ) -> Result<Self, CommissionError> {
        let credit = Credit::new(basis, commission);
        let customers = Customers::known(basis.facts, &credit)?;
        let mut taken = Self { credit, customers, sales: Vec::new(), back: Vec::new(), groups: Vec::new() };
        taken.collect(basis, commission, as_of)?;
        taken.rate(basis, commission)?;
        taken.carry(commission);
        taken.cap(commission);
        Ok(taken)
    }

    /// The sales and returns that are known by a day, each sale with its partner and customer.
    fn collect(
        &mut self,
        basis: &CommissionBasis<'b>,
        commission: &Commission,
        as_of: NaiveDate,
    ) -> Result<(), CommissionError> {
        let Sold { sales, back } = sold(basis.lines, basis.sources, basis.shares, |share| {
            share.measure == commission.key && share.month <= as_of
        });
        let date = commission.measure.counting_date;
        let known = |one: &Counted<'b>| one.line.dates.counting(date).unwrap_or(one.share.month);
        let units = |one: &Counted<'b>| {
            if !commission.measure.of.is_money() {
                return one.share.amount;
            }
            let key = commission.units_key.as_ref();
            let of_units = |share: &&Share| key.is_some_and(|key| share.measure == *key);
            one.shares.iter().find(of_units).map_or(Scaled::ZERO, |share| share.amount)
        };
        // The place of each sale among those that are known.
        let mut places = vec![NONE; if back.is_empty() { 0 } else { sales.len() }];
        self.sales.reserve(sales.len());
        for (at, one) in sales.iter().enumerate() {
            let known = known(one);
            if known > as_of {
                continue;
            }
            if let Some(place) = places.get_mut(at) {
                *place = self::place(self.sales.len());
            }
            self.sale(basis, commission, one, (known, units(one)))?;
        }
        for (one, of) in &back {
            let known = known(one);
            if known > as_of {
                continue;
            }
            let sale = of.and_then(|at| places.get(at)).copied().unwrap_or(NONE);
            if sale == NONE {
                self.sale(basis, commission, one, (known, units(one)))?;
            } else {
                let (amount, units) = (one.share.amount, units(one));
                self.back.push(Back { line: one.line, sale, on: known, amount, units });
            }
        }
        self.back.sort_by(|a, b| {
            let by_key = || (&a.line.key, a.line.content()).cmp(&(&b.line.key, b.line.content()));
            (a.sale, a.on).cmp(&(b.sale, b.on)).then_with(by_key)
        });
        Ok(())
    }

    fn sale(
        &mut self,
        basis: &CommissionBasis<'b>,
        commission: &Commission,
        one: &Counted<'b>,
        (known, units): (NaiveDate, Scaled),
    ) -> Result<(), CommissionError> {
        let (line, on, amount) = (one.line, one.share.month, one.share.amount);
        let (partner, mut why) = self.credit.of(line, one.share, on)?;
        let mut customer = NONE;
        if why.is_none()
            && let Some(partner) = partner
            && commission.knows_customers()
        {
            match &line.account {
                Some(account) => customer = self.customers.place(partner, account.as_str()),
                None => why = Some(Why::NoCustomer),
            }
            let is_sale = !amount.is_negative() && !amount.is_zero();
            if is_sale && customer != NONE {
                self.customers.sale(customer, line, on);
            }
        }
        let partner = partner.unwrap_or(NONE);
        let is_outside = !basis.program.effective().contains(on);
        let (rate, group, document, whole) = (NONE, NONE, NONE, 0);
        self.sales.push(Sale {
            line,
            on,
            known,
            partner,
            customer,
            place: place(one.at),
            document,
            rate,
            group,
            amount,
            units,
            whole,
            why,
            is_outside,
        });
        Ok(())
    }

    /// What each sale brings by its own rate.
    fn rate(&mut self, basis: &CommissionBasis<'b>, commission: &'b Commission) -> Result<(), CommissionError> {
        let mut rates = Rates::new(commission);
        let by_tier = commission.rates.iter().any(|rate| !rate.tiers.is_empty());
        for sale in &mut self.sales {
            if sale.why.is_some() || sale.is_outside {
                continue;
            }
            let Some(partner) = self.credit.partners.get(sale.partner as usize) else { continue };
            if partner.refused.is_some() {
                sale.why = Some(Why::Partner);
                continue;
            }
            // What is taken back by itself is, also after the partner left.
            if !sale.is_alone() && !basis.program.membership().counts(partner.partner, sale.on) {
                sale.why = Some(Why::NoMember);
                continue;
            }
            let tier =
                if by_tier || commission.eligible.tier.is_some() { tier_on(partner.tiers, sale.on) } else { None };
            sale.why = refused(&self.customers, commission, sale, tier)?;
            if sale.why.is_some() {
                continue;
            }
            match rates.fits(basis, sale.line, tier)? {
                Some(at) => sale.rate = place(at),
                None => sale.why = Some(Why::NoRate),
            }
            let Some(rate) = commission.rates.get(sale.rate as usize) else { continue };
            match &rate.pays {
                CommissionPay::Rate(rate) => match commission.counts.part(sale.line) {
                    Some(part) => sale.whole = commission.share(*rate, sale.amount, part)?,
                    None => sale.why = Some(Why::NoService),
                },
                CommissionPay::Fixed { amount, per: Per::Unit } => {
                    sale.whole = commission.for_units(*amount, sale.units)?;
                }
                CommissionPay::Fixed { .. } if sale.is_alone() => sale.why = Some(Why::NoSale),
                CommissionPay::Fixed { .. } => {}
            }
        }
        Ok(())
    }

    /// Gives fixed amounts for documents and customers to the first sale of each.
    fn carry(&mut self, commission: &Commission) {
        let fixed = |sale: &Sale<'_>| match commission.rates.get(sale.rate as usize)?.pays {
            CommissionPay::Fixed { amount, per } if per != Per::Unit && sale.why.is_none() => Some((amount, per)),
            _ => None,
        };
        let mut groups: FxHashMap<(u32, u32, u32, Option<&'b DocumentId>), u32> = FxHashMap::default();
        for at in 0..self.sales.len() {
            let Some(sale) = self.sales.get(at) else { continue };
            let Some((_, per)) = fixed(sale) else { continue };
            let key = match per {
                Per::Customer => (sale.rate, sale.partner, sale.customer, None),
                _ => (sale.rate, sale.partner, NONE, Some(document(sale.line))),
            };
            let next = place(self.groups.len());
            let group = *groups.entry(key).or_insert(next);
            let at = place(at);
            match self.groups.get_mut(group as usize) {
                Some(group) if compare(&self.sales, at, group.carrier).is_lt() => group.carrier = at,
                Some(_) => {}
                None => self.groups.push(Group { carrier: at, is_of_customer: per == Per::Customer }),
            }
            if let Some(sale) = self.sales.get_mut(at as usize) {
                sale.group = group;
            }
        }
        for (at, sale) in (0..).zip(&mut self.sales) {
            let Some((amount, _)) = fixed(sale) else { continue };
            let carries = self.groups.get(sale.group as usize).is_some_and(|group| group.carrier == at);
            if carries { sale.whole = amount.minor() } else { sale.why = Some(Why::PaidWith) }
        }
    }

    /// Whether a fixed amount stands as long as something of this sale does: of its document, or the customer's first one.
    pub(super) fn holds(&self, sale: &Sale<'_>) -> bool {
        let group = self.groups.get(sale.group as usize);
        let carrier = group.and_then(|group| Some((group, self.sales.get(group.carrier as usize)?)));
        carrier.is_some_and(|(group, carrier)| !group.is_of_customer || document(carrier.line) == document(sale.line))
    }

    /// Lets the sales to each customer use up its cap, in the order in which they became known.
    fn cap(&mut self, commission: &Commission) {
        let Some(cap) = commission.per_customer else { return };
        let order = (0..).zip(&self.sales).filter(|(_, sale)| sale.whole > 0);
        let mut order: Vec<u32> = order.map(|(at, _)| at).collect();
        order.sort_by(|one, other| compare(&self.sales, *one, *other));
        let mut used: FxHashMap<u32, i64> = FxHashMap::default();
        for at in order {
            let Some(sale) = self.sales.get_mut(at as usize) else { continue };
            let used = used.entry(sale.customer).or_default();
            let leaves = cap.minor().saturating_sub(*used).max(0);
            if sale.whole > leaves {
                (sale.whole, sale.why) = (leaves, Some(Why::Cap));
            }
            *used = used.saturating_add(sale.whole);
        }
    }
}

/// The place at which something stands in a list.
pub(super) fn place(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(NONE)
}

/// Which of two sales became known first; then by key, then by what else tells them apart.
fn compare(sales: &[Sale<'_>], one: u32, other: u32) -> Ordering {
    let (Some(one), Some(other)) = (sales.get(one as usize), sales.get(other as usize)) else { return Ordering::Equal };
    let by_key = (one.known, &one.line.key).cmp(&(other.known, &other.line.key));
    by_key.then_with(|| one.line.content().cmp(&other.line.content()))
}

/// Why a sale brings nothing, beyond whose it is and which rate fits.
fn refused(
    customers: &Customers<'_>,
    commission: &Commission,
    sale: &Sale<'_>,
    tier: Option<&Name>,
) -> Result<Option<Why>, CommissionError> {
    if let Some(filter) = &commission.eligible.tier
        && tier.is_none_or(|tier| !filter.tiers.contains(tier))
    {
        return Ok(Some(Why::Tier));
    }
    // What is taken back by itself is, however long ago the first sale was.
    let first = customers.first(sale.customer).filter(|_| !sale.is_alone());
    let Some(first) = first else { return Ok(None) };
    Ok(match commission.recurs {
        Recurs::FirstSale => (!first.holds(sale.line, sale.on)).then_some(Why::NotFirst),
        Recurs::Months(_) => {
            let ends = commission.recurs.ends(first.on)?;
            ends.is_some_and(|ends| sale.on >= ends).then_some(Why::Ended)
        }
        Recurs::Always => None,
    })
}

impl Commission {
    /// Whether it matters to whom was sold.
    fn knows_customers(&self) -> bool {
        let per_customer = |pays: &CommissionPay| matches!(pays, CommissionPay::Fixed { per: Per::Customer, .. });
        self.recurs != Recurs::Always
            || self.per_customer.is_some()
            || self.rates.iter().any(|rate| per_customer(&rate.pays))
    }

    /// What a sale would come to with so much of it left: never more than it brings, and never below nothing.
    pub(super) fn left(&self, sale: &Sale<'_>, amount: Scaled, units: Scaled) -> Result<i64, CommissionError> {
        let Some(rate) = self.rates.get(sale.rate as usize) else { return Ok(0) };
        let left = match &rate.pays {
            CommissionPay::Rate(rate) => {
                self.share(*rate, amount, self.counts.part(sale.line).unwrap_or(Part::WHOLE))?
            }
            CommissionPay::Fixed { amount, per: Per::Unit } => self.for_units(*amount, units)?,
            // A fixed amount stands until all is taken back.
            CommissionPay::Fixed { .. } => sale.whole,
        };
        Ok(left.clamp(0, sale.whole.max(0)))
    }
}
