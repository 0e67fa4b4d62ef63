//! Sales and runs, told.

use super::answer::{CommissionBack, CommissionRow, CommissionRun, CommissionSale, CommissionTerms};
use super::award::{Stand, Work};
use super::credit::since;
use super::runs::minus;
use super::take::{Sale, Why, place};
use super::term::Part;
use super::timeline::Fall;
use super::{BackReason, CarriedReason, CommissionError, CommissionPay, CommissionReason, CreditedBy, Per};
use crate::incentive::rebate::Reason;
use crate::scaled::Scaled;
use crate::tier::tier_on;

impl Work<'_> {
    /// The places of the sales in the order in which they are told, whatever the order in which they came.
    pub(super) fn order(&self) -> Vec<u32> {
        let sales = &self.timeline.taken.sales;
        let mut order: Vec<u32> = (0..).zip(sales).filter(|(_, sale)| !sale.is_outside).map(|(at, _)| at).collect();
        order.sort_by(|one, other| {
            let (Some(one), Some(other)) = (sales.get(*one as usize), sales.get(*other as usize)) else {
                return std::cmp::Ordering::Equal;
            };
            let by_key = (one.on, &one.line.key).cmp(&(other.on, &other.line.key));
            by_key.then_with(|| one.line.content().cmp(&other.line.content()))
        });
        order
    }

    pub(super) fn sales(&self, order: &[u32]) -> Result<Vec<CommissionSale>, CommissionError> {
        let sales = &self.timeline.taken.sales;
        let told = order.iter().filter_map(|at| Some((*at, sales.get(*at as usize)?)));
        told.map(|(at, sale)| self.sale(at, sale)).collect()
    }

    fn sale(&self, at: u32, sale: &Sale<'_>) -> Result<CommissionSale, CommissionError> {
        let Stand { left, released, covered } = self.stand(at, sale)?;
        let partner = self.timeline.taken.credit.partners.get(sale.partner as usize);
        let falls = self.timeline.falls(at);
        let is_taken_back = sale.whole > 0 && left == 0 && !falls.is_empty();
        let because = if is_taken_back { Some(CommissionReason::TakenBack) } else { self.because(sale)? };
        let is_released = released != 0;
        let payable_from = if is_released { self.timeline.payable_from(sale, self.as_of)? } else { None };
        Ok(CommissionSale {
            line: sale.line.key.clone(),
            on: sale.on,
            partner: partner.map(|known| known.partner.id.clone()),
            account: sale.line.account.clone(),
            base: self.base(sale)?,
            terms: self.terms(sale),
            whole: self.money(sale.whole),
            net: self.money(left),
            released: self.money(released),
            payable_from,
            in_runs: self.money(covered),
            back: self.back(falls, left)?,
            because,
        })
    }

    /// What was taken back. What a run had paid may be kept: then the last lines took less.
    fn back(&self, falls: &[Fall], left: i64) -> Result<Vec<CommissionBack>, CommissionError> {
        let mut kept = falls.last().map_or(Ok(0), |last| minus(left, last.left))?;
        let mut told = Vec::with_capacity(falls.len());
        for fall in falls.iter().rev() {
            let Some(back) = self.timeline.taken.back.get(fall.back as usize) else { continue };
            let (mut takes, mut because) = (fall.takes, fall.because);
            if kept > 0 && takes > 0 {
                let less = kept.min(takes);
                (takes, kept, because) = (takes - less, kept - less, Some(BackReason::Paid));
            }
            told.push(CommissionBack { line: back.line.key.clone(), on: fall.on, takes: self.money(takes), because });
        }
        told.reverse();
        Ok(told)
    }

    fn terms(&self, sale: &Sale<'_>) -> Option<CommissionTerms> {
        let rate = self.commission.rates.get(sale.rate as usize)?;
        let place = sale.rate.saturating_add(1);
        Some(match rate.pays {
            CommissionPay::Rate(rate) => CommissionTerms::Rate { rate, place },
            CommissionPay::Fixed { amount, per } => CommissionTerms::Fixed { amount, per, place },
        })
    }

    /// What is counted of a sale.
    fn base(&self, sale: &Sale<'_>) -> Result<Scaled, CommissionError> {
        let rate = self.commission.rates.get(sale.rate as usize);
        if rate.is_some_and(|rate| matches!(rate.pays, CommissionPay::Fixed { per: Per::Unit, .. })) {
            return Ok(sale.units);
        }
        let Some(Part { times, over }) = self.commission.counts.part(sale.line).filter(|part| *part != Part::WHOLE)
        else {
            return Ok(sale.amount);
        };
        let exact = sale.amount.times(Scaled::new(times, 0))?;
        Ok(exact.over(Scaled::new(over, 0), sale.amount.digits(), self.commission.rounding.mode)?)
    }

    fn because(&self, sale: &Sale<'_>) -> Result<Option<CommissionReason>, CommissionError> {
        let Some(why) = sale.why else { return Ok(None) };
        let taken = &self.timeline.taken;
        let partner = taken.credit.partners.get(sale.partner as usize);
        let first = taken.customers.first(sale.customer).map_or(sale.on, |first| first.on);
        let account = sale.line.account.clone();
        let of_account = |told: fn(crate::id::AccountId) -> CommissionReason| {
            account.clone().map_or(CommissionReason::NoCustomer, told)
        };
        Ok(Some(match why {
            Why::Partner => {
                let why = partner.and_then(|known| known.refused.clone());
                CommissionReason::Partner { why: why.unwrap_or(Reason::NotNamed) }
            }
            Why::NoMember => CommissionReason::Partner { why: Reason::NoMember },
            Why::Tier => {
                let has = partner.and_then(|known| tier_on(known.tiers, sale.on)).cloned();
                CommissionReason::Partner { why: Reason::Tier { has, on: sale.on } }
            }
            Why::NoCustomer => CommissionReason::NoCustomer,
            Why::NoRecord => of_account(|account| CommissionReason::NoRecord { account }),
            Why::NoTouch => {
                let days = match self.commission.credits {
                    CreditedBy::Affiliate { window_days } => window_days,
                    CreditedBy::Line | CreditedBy::Record => 0,
                };
                CommissionReason::NoTouch { since: since(sale.on, days) }
            }
            Why::SelfReferral => of_account(|account| CommissionReason::SelfReferral { account }),
            Why::NotFirst => CommissionReason::NotFirst { first },
            Why::Ended => CommissionReason::Ended { on: self.commission.recurs.ends(first)?.unwrap_or(first) },
            Why::NoRate => CommissionReason::NoRate,
            Why::NoService => CommissionReason::NoService,
            Why::PaidWith => {
                let group = taken.groups.get(sale.group as usize);
                let carrier = group.and_then(|group| taken.sales.get(group.carrier as usize));
                let line = carrier.map_or(&sale.line.key, |carrier| &carrier.line.key);
                CommissionReason::PaidWith { line: line.clone() }
            }
            Why::Cap => CommissionReason::Cap { leaves: self.money(sale.whole) },
            Why::NoSale => CommissionReason::NoSale,
        }))
    }

    /// The runs, in the order of days, then of partners.
    pub(super) fn runs(&self, order: &[u32]) -> Result<Vec<CommissionRun>, CommissionError> {
        let taken = &self.timeline.taken;
        let mut ranks = vec![0; taken.sales.len()];
        for (rank, at) in order.iter().enumerate() {
            if let Some(known) = ranks.get_mut(*at as usize) {
                *known = place(rank);
            }
        }
        let mut runs: Vec<_> = self.outcome.runs.iter().collect();
        runs.sort_by_key(|run| (run.month, run.partner));
        let mut told = Vec::with_capacity(runs.len());
        for run in runs {
            let Some(known) = taken.credit.partners.get(run.partner as usize) else { continue };
            let mut rows: Vec<_> = run.rows.iter().collect();
            rows.sort_by_key(|(at, _)| ranks.get(*at as usize));
            let row = |(at, amount): &&(u32, i64)| {
                let line = taken.sales.get(*at as usize)?.line.key.clone();
                Some(CommissionRow { line, amount: self.money(*amount) })
            };
            let carried = run.due - run.paid;
            let minimum = self.commission.runs.minimum;
            let because = match carried {
                0 => None,
                1.. => Some(CarriedReason::BelowMinimum { minimum }),
                _ => Some(CarriedReason::Negative),
            };
            told.push(CommissionRun {
                on: self.commission.runs.on(run.month)?,
                partner: known.partner.id.clone(),
                rows: rows.iter().filter_map(row).collect(),
                due: self.money(run.due),
                paid: self.money(run.paid),
                carried: self.money(carried),
                because,
            });
        }
        Ok(told)
    }
}
