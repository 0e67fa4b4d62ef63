//! Which rate fits a sale, and what it comes to.

use rustc_hash::FxHashMap;

use super::term::Part;
use super::{Commission, CommissionBasis, CommissionError, CommissionRate};
use crate::id::Name;
use crate::incentive::line::SaleLine;
use crate::money::Money;
use crate::rate::Rate;
use crate::scaled::{NumberError, Scaled};

/// The rates, with what was looked up of products.
pub(super) struct Rates<'b> {
    rates: &'b [CommissionRate],
    names_products: bool,
    /// By product, for each rate whether one of its sets holds it.
    of_sku: FxHashMap<&'b str, Vec<bool>>,
}

impl<'b> Rates<'b> {
    pub(super) fn new(commission: &'b Commission) -> Self {
        let names_products = commission.rates.iter().any(|rate| !rate.products.is_empty());
        Self { rates: &commission.rates, names_products, of_sku: FxHashMap::default() }
    }

    /// The place of the first rate that fits a sale by a partner in a tier.
    pub(super) fn fits(
        &mut self,
        basis: &CommissionBasis<'b>,
        line: &'b SaleLine,
        tier: Option<&Name>,
    ) -> Result<Option<usize>, CommissionError> {
        let rates = self.rates;
        let fits = |rate: &CommissionRate| {
            (rate.motions.is_empty() || line.motion.is_some_and(|motion| rate.motions.contains(&motion)))
                && (rate.tiers.is_empty() || tier.is_some_and(|tier| rate.tiers.contains(tier)))
        };
        if !self.names_products {
            return Ok(rates.iter().position(fits));
        }
        let products = basis.products.ok_or(CommissionError::NeedsProducts)?;
        let held = self.of_sku.entry(line.sku.as_str()).or_insert_with(|| {
            let product = products.get(&line.sku);
            let sets = basis.program.products();
            let holds = |name: &Name| product.zip(sets.get(name)).is_some_and(|(product, set)| set.contains(product));
            rates.iter().map(|rate| rate.products.is_empty() || rate.products.iter().any(holds)).collect()
        });
        Ok(rates.iter().zip(held).position(|(rate, held)| *held && fits(rate)))
    }
}

impl Commission {
    /// The digits that are kept of owed money.
    fn kept_digits(&self) -> u8 {
        self.rounding.digits.unwrap_or(self.currency.minor_digits())
    }

    /// A share of a part of an amount, rounded once, in minor units.
    pub(super) fn share(&self, rate: Rate, amount: Scaled, part: Part) -> Result<i64, CommissionError> {
        let (digits, mode) = (self.kept_digits(), self.rounding.mode);
        let exact = rate.of(amount)?;
        let kept = if part == Part::WHOLE {
            exact.rounded(digits, mode)?
        } else {
            exact.times(Scaled::new(part.times, 0))?.over(Scaled::new(part.over, 0), digits, mode)?
        };
        Ok(Money::rounded(kept, self.currency, mode)?.minor())
    }

    /// An amount for each of some units, rounded once, in minor units.
    pub(super) fn for_units(&self, amount: Money, units: Scaled) -> Result<i64, CommissionError> {
        let kept = amount.amount().times(units)?.rounded(self.kept_digits(), self.rounding.mode)?;
        Ok(Money::rounded(kept, self.currency, self.rounding.mode)?.minor())
    }

    /// A fraction of owed money, in minor units: all of it for a fraction of one.
    pub(super) fn fraction(&self, whole: i64, times: i128, over: i128) -> Result<i64, CommissionError> {
        if times >= over {
            return Ok(whole);
        }
        if times <= 0 {
            return Ok(0);
        }
        let fewer = self.currency.minor_digits().saturating_sub(self.kept_digits());
        let step = 10_i128.pow(u32::from(fewer));
        let out_of_range = || CommissionError::Number(NumberError::OutOfRange);
        let exact = i128::from(whole).checked_mul(times).ok_or_else(out_of_range)?;
        let over = over.checked_mul(step).ok_or_else(out_of_range)?;
        let part = self.rounding.mode.divide(exact, over).and_then(|part| part.checked_mul(step));
        part.and_then(|part| i64::try_from(part).ok()).ok_or_else(out_of_range)
    }
}
