//! Exchange rates: dated, of a stated kind, with a limit to how far back a look-up may reach.
//!
//! Owns the table of quotes and the exact conversion. What is converted, when and how it is rounded is the
//! program's policy.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::currency::Currency;
use crate::rounding::RoundingMode;
use crate::scaled::{NumberError, Scaled};
use crate::words::word_of;

/// Days that a look-up may reach back when the program does not say: a week bridges weekends and holidays.
pub const REACH_BACK_DAYS: u32 = 7;

/// Why there is no rate, or a quote was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FxError {
    /// No quote on the date or within the days that the look-up may reach back.
    #[error("no {kind} rate from {from} to {to} on {date} or within {at_most_days} days before")]
    NoRate {
        /// The currency to convert from.
        from: Currency,
        /// The currency to convert to.
        to: Currency,
        /// The kind of rate asked for.
        kind: RateKind,
        /// The date asked for.
        date: NaiveDate,
        /// How far back the look-up was allowed to reach.
        at_most_days: u32,
    },
    /// A rate must be above zero.
    #[error("rate `{rate}` from {from} to {to} on {date} is not above zero")]
    NotPositive {
        /// The currency quoted.
        from: Currency,
        /// The currency it is quoted in.
        to: Currency,
        /// The date of the quote.
        date: NaiveDate,
        /// The rate as given.
        rate: Scaled,
    },
    /// The same pair, kind and date was quoted twice with different rates.
    #[error("two {kind} rates from {from} to {to} on {date}: `{first}` and `{second}`")]
    Contradiction {
        /// The currency quoted.
        from: Currency,
        /// The currency it is quoted in.
        to: Currency,
        /// The kind of rate.
        kind: RateKind,
        /// The date of both quotes.
        date: NaiveDate,
        /// The rate that came first.
        first: Scaled,
        /// The rate that came second.
        second: Scaled,
    },
    /// The converted amount does not fit.
    #[error(transparent)]
    Number(#[from] NumberError),
}

/// Which rate of a day, or of the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
#[serde(rename_all = "snake_case")]
pub enum RateKind {
    /// The average over the day or the period that the date stands for.
    Average,
    /// The rate at the end of the day.
    Closing,
    /// A rate fixed for planning, in force from its date on.
    Fixed,
}

impl RateKind {
    /// All kinds with the word that stands for each in documents.
    pub const WORDS: [(&'static str, RateKind); 3] =
        [("average", RateKind::Average), ("closing", RateKind::Closing), ("fixed", RateKind::Fixed)];
}

impl fmt::Display for RateKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(word_of(&Self::WORDS, self))
    }
}

/// What one unit of `from` is worth in `to`, as an exact fraction, and the date it was quoted on.
///
/// What was read from somewhere converts only if its fraction makes sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct ExchangeRate {
    /// The currency converted from.
    pub from: Currency,
    /// The currency converted to.
    pub to: Currency,
    /// The kind of rate.
    pub kind: RateKind,
    /// The date of the quote that was used: the date asked for, or an earlier one within reach.
    pub date: NaiveDate,
    /// Multiply by this …
    numerator: Scaled,
    /// … and divide by this. (An inverse or crossed rate is not a finite decimal.)
    denominator: Scaled,
}

impl ExchangeRate {
    /// `amount` in the target currency, rounded once to `digits`.
    ///
    /// # Errors
    /// [`NumberError::OutOfRange`] if it does not fit.
    pub fn convert(&self, amount: Scaled, digits: u8, mode: RoundingMode) -> Result<Scaled, NumberError> {
        amount.times(self.numerator)?.over(self.denominator, digits, mode)
    }
}

/// A named table of dated quotes.
///
/// A pair is found as quoted or inverted, whichever is fresher, or else crossed through one currency that was quoted
/// with both on the same day, either way (the euro, in the ECB's table).
///
/// ```
/// use chrono::NaiveDate;
/// use prm_core::fx::{FxTable, RateKind};
/// let day = |d| NaiveDate::from_ymd_opt(2013, 7, d).unwrap();
/// let (usd, gbp) = ("USD".parse()?, "GBP".parse()?);
/// let mut table = FxTable::new("ecb");
/// table.quote(gbp, usd, RateKind::Closing, day(5), "1.4888".parse()?)?;
/// let sunday = table.rate(gbp, usd, RateKind::Closing, day(7), 7)?;
/// assert_eq!(sunday.date, day(5));
/// assert!(table.rate(gbp, usd, RateKind::Closing, day(20), 7).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FxTable {
    name: String,
    quotes: BTreeMap<(Currency, Currency, RateKind), BTreeMap<NaiveDate, Scaled>>,
}

impl FxTable {
    /// An empty table with the name by which programs refer to it.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), quotes: BTreeMap::new() }
    }

    /// The name by which programs refer to the table.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Adds a quote: one unit of `from` is worth `rate` units of `to`. The same quote again changes nothing.
    ///
    /// # Errors
    /// [`FxError::NotPositive`] or [`FxError::Contradiction`].
    pub fn quote(
        &mut self,
        from: Currency,
        to: Currency,
        kind: RateKind,
        date: NaiveDate,
        rate: Scaled,
    ) -> Result<(), FxError> {
        if rate <= Scaled::ZERO {
            return Err(FxError::NotPositive { from, to, date, rate });
        }
        let first = *self.quotes.entry((from, to, kind)).or_default().entry(date).or_insert(rate);
        if first == rate { Ok(()) } else { Err(FxError::Contradiction { from, to, kind, date, first, second: rate }) }
    }

    /// The rate from one currency to another on a date, or the latest within `at_most_days` before it.
    ///
    /// # Errors
    /// [`FxError::NoRate`], naming the currencies and the date.
    pub fn rate(
        &self,
        from: Currency,
        to: Currency,
        kind: RateKind,
        date: NaiveDate,
        at_most_days: u32,
    ) -> Result<ExchangeRate, FxError> {
        let one = Scaled::new(1, 0);
        let built = |date, numerator, denominator| ExchangeRate { from, to, kind, date, numerator, denominator };
        if from == to {
            return Ok(built(date, one, one));
        }
        let earliest = date.checked_sub_days(Days::new(u64::from(at_most_days))).unwrap_or(NaiveDate::MIN);
        let latest = |a, b| {
            let quotes = self.quotes.get(&(a, b, kind))?;
            quotes.range(earliest..=date).next_back().map(|(day, rate)| (*day, *rate))
        };
        let direct = latest(from, to).map(|(day, rate)| built(day, rate, one));
        let inverse = latest(to, from).map(|(day, rate)| built(day, one, rate));
        // The fresher of the two; as quoted where they are of one day.
        let quoted = match (direct, inverse) {
            (Some(direct), Some(inverse)) => Some(if inverse.date > direct.date { inverse } else { direct }),
            (direct, inverse) => direct.or(inverse),
        };
        let crossed = || {
            let (day, numerator, denominator) = self.crossed(from, to, kind, earliest, date)?;
            Some(built(day, numerator, denominator))
        };
        quoted.or_else(crossed).ok_or(FxError::NoRate { from, to, kind, date, at_most_days })
    }

    /// The latest day on which one pivot was quoted with both, either way; of two pivots the first code.
    fn crossed(
        &self,
        from: Currency,
        to: Currency,
        kind: RateKind,
        earliest: NaiveDate,
        date: NaiveDate,
    ) -> Option<(NaiveDate, Scaled, Scaled)> {
        let pivots: BTreeSet<Currency> = self.quotes.keys().flat_map(|(a, b, _)| [*a, *b]).collect();
        let on = |a, b, day| self.quotes.get(&(a, b, kind)).and_then(|quotes| quotes.get(&day)).copied();
        let one = Scaled::new(1, 0);
        // What one unit of the first is worth in the second, as numerator and denominator.
        let leg = |a, b, day| on(a, b, day).map(|rate| (rate, one)).or_else(|| on(b, a, day).map(|rate| (one, rate)));
        let mut days = std::iter::successors(Some(date), NaiveDate::pred_opt).take_while(|day| *day >= earliest);
        days.find_map(|day| {
            pivots.iter().find_map(|pivot| {
                let ((n1, d1), (n2, d2)) = (leg(from, *pivot, day)?, leg(*pivot, to, day)?);
                Some((day, n1.times(n2).ok()?, d1.times(d2).ok()?))
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(d: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2013, 7, d).unwrap()
    }

    fn code(c: &str) -> Currency {
        c.parse().unwrap()
    }

    fn number(n: &str) -> Scaled {
        n.parse().unwrap()
    }

    #[test]
    fn the_reach_back_ends_where_it_says() {
        let mut table = FxTable::new("t");
        table.quote(code("GBP"), code("USD"), RateKind::Closing, day(1), number("1.5")).unwrap();
        let rate = |d, back| table.rate(code("GBP"), code("USD"), RateKind::Closing, day(d), back);
        assert_eq!(rate(8, 7).unwrap().date, day(1));
        assert!(matches!(rate(9, 7), Err(FxError::NoRate { at_most_days: 7, .. })));
        assert!(rate(1, 0).is_ok());
        assert!(rate(2, 0).is_err());
        // A later quote is never used, nor a quote of another kind.
        assert!(table.rate(code("GBP"), code("USD"), RateKind::Average, day(1), 7).is_err());
    }

    #[test]
    fn inverse_and_crossed_rates_are_exact_fractions() {
        let mut table = FxTable::new("ecb");
        table.quote(code("EUR"), code("USD"), RateKind::Closing, day(1), number("1.2")).unwrap();
        table.quote(code("EUR"), code("GBP"), RateKind::Closing, day(1), number("0.9")).unwrap();
        let usd_eur = table.rate(code("USD"), code("EUR"), RateKind::Closing, day(1), 7).unwrap();
        assert_eq!(usd_eur.convert(number("100"), 6, RoundingMode::HalfEven).unwrap(), number("83.333333"));
        let usd_gbp = table.rate(code("USD"), code("GBP"), RateKind::Closing, day(1), 7).unwrap();
        // 100 × 0.9 / 1.2 = 75 exactly; a rounded 1/1.2 would give 74.999…
        assert_eq!(usd_gbp.convert(number("100"), 9, RoundingMode::Floor).unwrap(), number("75"));
        // Both quoted in a third currency cross too: 1 EUR = 1.2 USD, 1 GBP = 1.5 USD, so 1 EUR = 0.8 GBP.
        let mut table = FxTable::new("fed");
        table.quote(code("EUR"), code("USD"), RateKind::Closing, day(1), number("1.2")).unwrap();
        table.quote(code("GBP"), code("USD"), RateKind::Closing, day(1), number("1.5")).unwrap();
        let eur_gbp = table.rate(code("EUR"), code("GBP"), RateKind::Closing, day(1), 7).unwrap();
        assert_eq!(eur_gbp.convert(number("100"), 9, RoundingMode::Floor).unwrap(), number("80"));
        // A fresh inverse is better than a stale quote.
        table.quote(code("USD"), code("EUR"), RateKind::Closing, day(5), number("0.8")).unwrap();
        let fresh = table.rate(code("EUR"), code("USD"), RateKind::Closing, day(6), 7).unwrap();
        assert_eq!((fresh.date, fresh.convert(number("8"), 2, RoundingMode::Floor).unwrap()), (day(5), number("10")));
    }

    #[test]
    fn nonsense_quotes_are_refused() {
        let mut table = FxTable::new("t");
        let mut quote = |rate| table.quote(code("GBP"), code("USD"), RateKind::Fixed, day(1), number(rate));
        assert!(matches!(quote("0"), Err(FxError::NotPositive { .. })));
        assert!(matches!(quote("-1"), Err(FxError::NotPositive { .. })));
        quote("1.5").unwrap();
        quote("1.50").unwrap();
        assert!(matches!(quote("1.6"), Err(FxError::Contradiction { .. })));
    }

    #[test]
    fn a_conversion_rounds_once_in_the_stated_mode() {
        let mut table = FxTable::new("t");
        table.quote(code("GBP"), code("USD"), RateKind::Fixed, day(1), number("1.5")).unwrap();
        let rate = table.rate(code("GBP"), code("USD"), RateKind::Fixed, day(1), 0).unwrap();
        assert_eq!(rate.convert(number("0.03"), 2, RoundingMode::HalfEven).unwrap(), number("0.04"));
        assert_eq!(rate.convert(number("0.01"), 2, RoundingMode::HalfEven).unwrap(), number("0.02"));
        assert_eq!(rate.convert(number("0.05"), 2, RoundingMode::HalfEven).unwrap(), number("0.08"));
        assert_eq!(rate.convert(number("-0.03"), 2, RoundingMode::HalfAwayFromZero).unwrap(), number("-0.05"));
        assert!(rate.convert(Scaled::new(i128::MAX, 0), 2, RoundingMode::HalfEven).is_err());
    }
}
