//! What has been earned by what was counted so far, before caps.

use std::collections::BTreeSet;

use super::{Quota, Spiff, SpiffError, SpiffPay, SpiffReason};
use crate::id::{DocumentId, SourceId};
use crate::incentive::schedule::{Reading, Target};
use crate::incentive::spiff::award::SpiffBasis;
use crate::incentive::spiff::take::Taken;
use crate::money::Money;
use crate::program::tables::{TableError, TableKey};
use crate::rate::Rate;
use crate::rounding::Place;
use crate::scaled::{NumberError, Scaled};

/// What was counted for one payee so far.
pub(super) struct Counted<'b> {
    /// Units, or money.
    sum: Scaled,
    /// The amounts of the units, where each product has its own.
    amounts: Scaled,
    /// The documents of which something was sold.
    documents: BTreeSet<(Option<&'b SourceId>, &'b DocumentId)>,
}

impl<'b> Counted<'b> {
    pub(super) const fn nothing() -> Self {
        Self { sum: Scaled::ZERO, amounts: Scaled::ZERO, documents: BTreeSet::new() }
    }

    /// Counts one more sale, or says why it does not count.
    pub(super) fn add(
        &mut self,
        basis: &SpiffBasis<'_>,
        spiff: &Spiff,
        sale: &Taken<'b>,
    ) -> Result<Option<SpiffReason>, SpiffError> {
        if let SpiffPay::EachOf { table, column } = &spiff.pays {
            let sku = &sale.line.sku;
            let rows = basis.tables.get(table).ok_or_else(|| TableError::NotGiven { table: table.clone() })?;
            let Some(amount) = rows.find(|_| sku.as_str(), column) else {
                return Ok(Some(SpiffReason::NoAmount { sku: sku.clone() }));
            };
            let more = amount.times(sale.counts)?;
            self.amounts = self.amounts.plus(more)?;
        }
        self.sum = self.sum.plus(sale.counts)?;
        if !sale.counts.is_negative() && !sale.counts.is_zero() {
            self.documents.insert((sale.source, &sale.line.key.document));
        }
        Ok(None)
    }

    /// What has been earned, rounded once. `quota` is the payee's, where there is one.
    pub(super) fn earned(&self, spiff: &Spiff, quota: Option<Scaled>) -> Result<Money, SpiffError> {
        let documents = i128::try_from(self.documents.len()).unwrap_or(i128::MAX);
        let counted = if spiff.counts_sales { Scaled::new(documents, 0) } else { self.sum };
        let digits = spiff.rounding.digits.unwrap_or(spiff.currency.minor_digits());
        let mode = spiff.rounding.mode;
        let exact = match &spiff.pays {
            SpiffPay::Each(amount) => amount.times(counted)?,
            SpiffPay::EachOf { .. } => self.amounts,
            SpiffPay::Rate(rate) => rate.of(counted)?,
            SpiffPay::Schedule(schedule) => {
                let value = counted.exactly(schedule.digits())?.units();
                let by_band = (spiff.rounding.place == Place::Band).then_some((digits, mode));
                Scaled::new(schedule.pay(&Reading::new(value), by_band, |_| ())?, schedule.pay_digits())
            }
            SpiffPay::Quota(of) => match quota {
                Some(quota) => of.pays.times(of.weighted(counted, quota)?)?.over(quota, digits, mode)?,
                None => Scaled::ZERO,
            },
        };
        Ok(Money::rounded(exact.rounded(digits, mode)?, spiff.currency, mode)?)
    }
}

impl Quota {
    /// What was counted, with accelerators and decelerators.
    fn weighted(&self, counted: Scaled, quota: Scaled) -> Result<Scaled, NumberError> {
        let at = |share: &Rate| share.of(quota);
        if counted < quota {
            let mut factor = if self.below.is_empty() { Scaled::new(1, 0) } else { Scaled::ZERO };
            for (share, of) in &self.below {
                if counted >= at(share)? {
                    factor = *of;
                }
            }
            return counted.times(factor);
        }
        let mut sum = quota;
        let ends = self.above.iter().skip(1).map(|(share, _)| Some(share)).chain([None]);
        for ((share, factor), end) in self.above.iter().zip(ends) {
            let end = end.map(at).transpose()?.map_or(counted, |end| end.min(counted));
            let part = end.minus(at(share)?)?;
            if !part.is_negative() {
                sum = sum.plus(part.times(*factor)?)?;
            }
        }
        Ok(sum)
    }
}

/// The quota of a partner, if the SPIFF has one: none if a table has no row for it.
pub(super) fn quota(basis: &SpiffBasis<'_>, spiff: &Spiff, sale: &Taken<'_>) -> Result<Option<Scaled>, SpiffError> {
    let SpiffPay::Quota(of) = &spiff.pays else { return Ok(None) };
    Ok(match &of.target {
        Target::Fixed(quota) => Some(*quota),
        Target::Table { table, column } => {
            let rows = basis.tables.get(table).ok_or_else(|| TableError::NotGiven { table: table.clone() })?;
            let label = spiff.window.to_string();
            let value_of = |key| if key == TableKey::Partner { sale.partner.id.as_str() } else { label.as_str() };
            rows.find(value_of, column).filter(|quota| !quota.is_zero())
        }
    })
}
