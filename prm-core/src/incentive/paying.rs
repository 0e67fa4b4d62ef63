//! Paying in another currency: what is earned in the program's currency becomes owed in the partner's.
//!
//! That happens once, when it is first settled, at a rate that is kept with the entry. What changes later is converted at
//! that same rate, so that taking something back takes back what was given; or at the rate of the change, if the program
//! says so.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::currency::Currency;
use crate::fx::{ExchangeRate, FxError, FxTable, RateKind};
use crate::id::Name;
use crate::money::{Money, MoneyError};
use crate::rounding::RoundingMode;
use crate::scaled::NumberError;

/// How what is earned is converted to the currencies in which partners are paid.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PayoutExchange {
    /// The name of the rate table.
    pub table: Name,
    /// The kind of rate.
    pub rate: RateKind,
    /// The date of the rate.
    pub on: PayoutDate,
    /// How many days back a rate may come from.
    pub at_most_days: u32,
    /// At which rate later changes are converted.
    pub changes: ChangeRate,
    /// Which neighbour is taken.
    pub mode: RoundingMode,
}

/// The date of the rate at which something is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PayoutDate {
    /// The day on which it is approved: that of the settlement.
    #[default]
    Approval,
    /// The last day of the period.
    PeriodEnd,
}

/// The dates with the word that stands for each in documents.
pub const PAYOUT_DATES: [(&str, PayoutDate); 2] =
    [("approval", PayoutDate::Approval), ("period_end", PayoutDate::PeriodEnd)];

/// The rate at which a later change is converted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ChangeRate {
    /// The one at which it was first converted.
    #[default]
    Original,
    /// The one of the day on which it changes.
    Current,
}

/// The rates with the word that stands for each in documents.
pub const CHANGE_RATES: [(&str, ChangeRate); 2] =
    [("original", ChangeRate::Original), ("current", ChangeRate::Current)];

/// What is owed for an entry in the partner's currency, and how it was converted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[non_exhaustive]
pub struct Paid {
    /// What is owed in all, now.
    pub money: Money,
    /// The rate at which it, or with [`ChangeRate::Current`] the last change of it, was converted.
    pub rate: ExchangeRate,
}

/// Why something cannot be paid in a partner's currency.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PayingError {
    /// The program does not say how.
    #[error("the program has no exchange policy for payouts, and the partner is paid in {currency}")]
    NoPolicy {
        /// The currency.
        currency: Currency,
    },
    /// The table of rates was not given.
    #[error("the program needs exchange-rate table `{table}`, which was not given")]
    NotGiven {
        /// The table.
        table: Name,
    },
    /// There is no rate.
    #[error(transparent)]
    Rate(#[from] FxError),
    /// An amount does not fit.
    #[error(transparent)]
    Money(#[from] MoneyError),
}

impl From<NumberError> for PayingError {
    fn from(error: NumberError) -> Self {
        Self::Money(error.into())
    }
}

/// What a settlement pays with: the tables of exchange rates, and its day.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Paying<'p> {
    /// The tables.
    pub exchange: &'p [FxTable],
    /// The day on which what is new is approved.
    pub on: NaiveDate,
}

impl<'p> Paying<'p> {
    /// With these tables, on a day.
    #[must_use]
    pub const fn new(exchange: &'p [FxTable], on: NaiveDate) -> Self {
        Self { exchange, on }
    }

    /// What is owed in `currency` for what is earned, beside what was owed before. `ends_on` is the last day of the period.
    ///
    /// # Errors
    /// [`PayingError`].
    pub fn paid(
        self,
        policy: Option<&PayoutExchange>,
        (earned, before): (Money, Option<(Money, Option<Paid>)>),
        ends_on: NaiveDate,
        currency: Currency,
    ) -> Result<Paid, PayingError> {
        let policy = policy.ok_or(PayingError::NoPolicy { currency })?;
        let convert = |money: Money, rate: ExchangeRate| {
            let amount = rate.convert(money.amount(), currency.minor_digits(), policy.mode)?;
            Ok::<_, PayingError>(Money::exactly(amount, currency)?)
        };
        let fits = |paid: &Paid| paid.rate.from == earned.currency() && paid.rate.to == currency;
        let known = before.and_then(|(earned, paid)| Some((earned, paid.filter(fits)?)));
        if let Some((_, Paid { rate, .. })) = known.filter(|_| policy.changes == ChangeRate::Original) {
            return Ok(Paid { money: convert(earned, rate)?, rate });
        }
        let table = self.exchange.iter().find(|table| table.name() == policy.table.as_str());
        let table = table.ok_or_else(|| PayingError::NotGiven { table: policy.table.clone() })?;
        let on = match policy.on {
            PayoutDate::PeriodEnd if known.is_none() => ends_on,
            _ => self.on,
        };
        let rate = table.rate(earned.currency(), currency, policy.rate, on, policy.at_most_days)?;
        let money = match known {
            Some((before, paid)) => paid.money.plus(convert(earned.minus(before)?, rate)?)?,
            None => convert(earned, rate)?,
        };
        Ok(Paid { money, rate })
    }
}

/// The money that is owed more or less: now, before, in one currency or two; nothing is left out.
pub(super) fn differences(now: Option<Money>, before: Option<Money>) -> Result<Vec<Money>, MoneyError> {
    let mut sums: BTreeMap<Currency, Money> = BTreeMap::new();
    if let Some(before) = before {
        sums.insert(before.currency(), Money::zero(before.currency()).minus(before)?);
    }
    if let Some(now) = now {
        let sum = sums.entry(now.currency()).or_insert(Money::zero(now.currency()));
        *sum = sum.plus(now)?;
    }
    let mut differences: Vec<Money> = sums.into_values().filter(|money| !money.is_zero()).collect();
    // What is taken back comes first, as it always did.
    differences.sort_by_key(|money| before.map(Money::currency) != Some(money.currency()));
    Ok(differences)
}
