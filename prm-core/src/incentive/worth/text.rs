//! Worth in words.

use std::collections::BTreeMap;
use std::fmt;

use super::{Otherwise, Worth};
use crate::calendar::FiscalPeriod;
use crate::money::{Money, MoneyError};

impl fmt::Display for Worth {
    /// What it comes to in each period, then what each incentive has to do with it, then benefits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { tier, as_of, .. } = self;
        let sums = self.by_period().map_err(|_| fmt::Error)?;
        let verb = |period: &FiscalPeriod| if period.period.last_day() <= *as_of { "have been" } else { "be" };
        if sums.is_empty() {
            let goods = if self.incentives.is_empty() { "nothing" } else { "no money" };
            write!(f, "{tier} would be worth {goods} in {}", self.covers)?;
        }
        for (at, (period, more)) in sums.iter().enumerate() {
            let (amount, direction) = told(*more);
            let line = if at == 0 { "" } else { "\n" };
            write!(f, "{line}{tier} would {} worth {amount} {direction} in {period}", verb(period))?;
        }
        for Otherwise { title, period, now, then, .. } in &self.incentives {
            write!(f, "\n{title}, {period}: {} instead of {}", then.earned, now.earned)?;
            for (word, earning) in [("now", now), ("then", then)] {
                if let Some(because) = &earning.because {
                    write!(f, "; {word} {because}")?;
                }
            }
            if now.measured != then.measured {
                write!(f, "; {} would count instead of {}", then.measured, now.measured)?;
            }
        }
        for benefit in &self.benefits {
            let text = |benefit: Option<&_>| benefit.map_or_else(|| "not granted".to_owned(), ToString::to_string);
            write!(f, "\n{}: {} instead of {}", benefit.name, text(benefit.then.as_ref()), text(benefit.now.as_ref()))?;
        }
        Ok(())
    }
}

/// An amount without its sign, and which way it goes.
fn told(more: Money) -> (String, &'static str) {
    let positive = Money::from_minor(more.minor().saturating_abs(), more.currency());
    (format!("{} {}", positive.grouped(), positive.currency()), if more.minor() < 0 { "less" } else { "more" })
}

impl Worth {
    /// What is more, or less, in each period, by currency; periods in order of their end.
    fn by_period(&self) -> Result<Vec<(FiscalPeriod, Money)>, MoneyError> {
        let mut sums: BTreeMap<_, (FiscalPeriod, Money)> = BTreeMap::new();
        for Otherwise { period, more, .. } in &self.incentives {
            let Some(more) = *more else { continue };
            let place = (period.period.until(), period.every, more.currency());
            let (_, sum) = sums.entry(place).or_insert((*period, Money::zero(more.currency())));
            *sum = sum.plus(more)?;
        }
        Ok(sums.into_values().collect())
    }
}
