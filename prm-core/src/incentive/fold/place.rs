//! Where a line belongs: which measures, partner and month, and how much it adds there.

use chrono::NaiveDate;
use rustc_hash::FxHashMap;

use super::plan::{Plan, Route};
use super::{LineError, Outcome};
use crate::calendar::Every;
use crate::currency::Currency;
use crate::fx::{ExchangeRate, FxError};
use crate::incentive::line::{COUNTING_DATES, LINE_KINDS, LineKind, SaleLine};
use crate::incentive::measure::{Effect, EntryRounding, Grain, Measure, Quantity, ReturnPeriod, UnmatchedReturn};
use crate::incentive::register::{Contribution, Found, Origin};
use crate::scaled::{Scaled, power_of_ten};
use crate::words::word_of;

/// For how many days since the program began the month is remembered: a century.
const DAYS_CACHED: usize = 36_525;

/// The most units that one line can add, so that no sum of lines that fit in a computer can overflow: a
/// quintillion at nine digits.
const UNITS_MAX: u128 = 10_u128.pow(27);

/// What a line adds to a measure.
struct Amount {
    /// Units at the program's digits.
    units: i128,
    /// Whether they were rounded.
    rounded: bool,
    /// The date of the exchange rate, if the line was converted.
    rate: Option<NaiveDate>,
}

/// What was looked up for earlier lines.
#[derive(Default)]
pub(super) struct Cache {
    /// The fiscal months that lines fell in, by their first day; and the days, for measures kept by day.
    months: Vec<NaiveDate>,
    /// The places of each day since the program began, as far as they were asked for: that of its month, and its own.
    by_month: Vec<Option<u32>>,
    by_day: Vec<Option<u32>>,
    rates: FxHashMap<(Currency, NaiveDate), Result<ExchangeRate, FxError>>,
}

impl Cache {
    /// The months and days by place.
    pub(super) fn months(&self) -> &[NaiveDate] {
        &self.months
    }
}

impl Plan<'_> {
    /// Lists what the line adds. `found` is by what it counts if it takes another line back.
    pub(super) fn place(
        &self,
        cache: &mut Cache,
        line: &SaleLine,
        found: Option<&Found>,
        added: &mut Vec<Contribution>,
    ) -> Result<Outcome, LineError> {
        let selection = self.selection(line.sku.as_str());
        let selection = selection.ok_or_else(|| LineError::UnknownSku { sku: line.sku.clone() })?;
        check_signs(line)?;
        let effect = self.program.sales.effects.of(line.kind);
        if effect == Effect::Ignored {
            return Ok(Outcome::NotSelected);
        }
        let mut outside = false;
        for (route, measures) in selection.iter().filter(|(route, _)| route.step == line.step) {
            let taken_back = found.map_or(&[][..], |found| &found.credits);
            let credited = self.credited(line, &route.credits, taken_back)?;
            let day = self.counting_day(line, found.map(|found| found.origin), route)?;
            if !self.program.counts.contains(day) {
                outside = true;
                continue;
            }
            for measure in measures {
                let Some(of) = self.program.measures().get(*measure as usize) else { continue };
                if !of.lines.passes(line, day, &self.program.territories) {
                    continue;
                }
                if let Some(Amount { units, rounded, rate }) = self.amount(cache, line, of, day, effect)? {
                    let month = self.month(cache, day, of.grain)?;
                    let (measure, currency) = (*measure, line.currency);
                    let step = self.step(of.entry.digits);
                    credited.parts(units, step, |partner, units| {
                        added.push(Contribution { partner, measure, month, currency, units, rounded, rate });
                    });
                }
            }
        }
        Ok(match (added.is_empty(), outside) {
            (false, _) => Outcome::Counted,
            (true, true) => Outcome::OutsideProgram,
            (true, false) => Outcome::NotSelected,
        })
    }

    /// The least that a measure keeps, in units: what it divides to, the cent where lines are rounded to cents.
    fn step(&self, digits: u8) -> i128 {
        power_of_ten(self.program.sales.digits.saturating_sub(digits)).unwrap_or(1)
    }

    /// The day by which a line counts: its own, or for a return that of its sale.
    fn counting_day(&self, line: &SaleLine, origin: Option<Origin>, route: &Route) -> Result<NaiveDate, LineError> {
        let by = route.counting_date;
        let field = word_of(&COUNTING_DATES, &by);
        let own = line.dates.counting(by).ok_or(LineError::Missing { field })?;
        let takes_back = matches!(line.kind, LineKind::Return | LineKind::PriceCorrection | LineKind::BadDebt)
            || line.reverses.is_some()
            || line.original_date.is_some();
        if route.returns == ReturnPeriod::CurrentPeriod || !takes_back {
            return Ok(own);
        }
        let sale = line.original_date.or_else(|| match origin? {
            Origin::Dates(dates) => dates.counting(by),
            Origin::Day(day) => Some(day),
        });
        let sales = &self.program.sales;
        match sale {
            Some(sale) if own < self.reopens_until(sale)? => Ok(sale),
            Some(_) => Ok(own),
            None if sales.unmatched_returns == UnmatchedReturn::Reject => {
                Err(LineError::Unmatched { kind: word_of(&LINE_KINDS, &line.kind) })
            }
            None => Ok(own),
        }
    }

    /// The first day on which a return no longer reopens the month of its sale.
    fn reopens_until(&self, sale: NaiveDate) -> Result<NaiveDate, LineError> {
        let out_of_range = LineError::OutOfRange { field: "original_date" };
        let month = self.program.calendar.period_of(sale, Every::Month).map_err(|_| out_of_range.clone())?;
        self.program.sales.reopen_until.after(month.period.until()).map_err(|_| out_of_range)
    }

    /// The place of a day's fiscal month, or of the day itself.
    fn month(&self, cache: &mut Cache, day: NaiveDate, grain: Grain) -> Result<u32, LineError> {
        let out_of_range = || LineError::OutOfRange { field: "counting date" };
        let since = day.signed_duration_since(self.program.counts.from).num_days();
        let at = usize::try_from(since).map_err(|_| out_of_range())?;
        let Cache { months, by_month, by_day, .. } = cache;
        let places = if grain == Grain::Day { by_day } else { by_month };
        if let Some(Some(place)) = places.get(at) {
            return Ok(*place);
        }
        let month = self.program.calendar.period_of(day, Every::Month).map_err(|_| out_of_range())?;
        let first = if grain == Grain::Day { day } else { month.period.from() };
        let place = months.iter().position(|known| *known == first).unwrap_or(months.len());
        if place == months.len() {
            months.push(first);
        }
        let place = u32::try_from(place).map_err(|_| out_of_range())?;
        if places.len() <= at && at < DAYS_CACHED {
            places.resize(at + 1, None);
        }
        if let Some(known) = places.get_mut(at) {
            *known = Some(place);
        }
        Ok(place)
    }

    /// What a line adds to a measure; `None` if the kind of line has no effect on it.
    fn amount(
        &self,
        cache: &mut Cache,
        line: &SaleLine,
        measure: &Measure,
        day: NaiveDate,
        effect: Effect,
    ) -> Result<Option<Amount>, LineError> {
        let (field, amount) = match measure.of {
            Quantity::Units if effect == Effect::AmountOnly => return Ok(None),
            Quantity::Units => ("quantity", line.quantity),
            Quantity::NetRevenue => ("net", line.amounts.net),
            Quantity::GrossRevenue => ("gross", line.amounts.gross),
            Quantity::PurchaseValue => ("purchase_value", line.amounts.purchase_value),
            Quantity::NetOfFee => ("net", line.amounts.net),
        };
        let out_of_range = |_| LineError::OutOfRange { field };
        let mut given = amount.ok_or(LineError::Missing { field })?;
        if let (Quantity::NetOfFee, Some(fee)) = (measure.of, line.amounts.marketplace_fee) {
            given = given.minus(fee).map_err(out_of_range)?;
        }
        let digits = self.program.sales.digits;
        let entry = measure.entry;
        let (converted, rate) = if measure.of.is_money() && line.currency != self.program.currency {
            let (rate, round) = self.rate(cache, line.currency, day)?;
            // Rounded once: to the coarser of what the exchange and the measure keep.
            let EntryRounding { digits, mode } = round.unwrap_or(entry);
            (rate.convert(given, digits.min(entry.digits), mode).map_err(out_of_range)?, Some(rate.date))
        } else {
            (given, None)
        };
        let kept = converted.rounded(entry.digits, entry.mode).map_err(out_of_range)?;
        let units = kept.rounded(digits, entry.mode).map_err(out_of_range)?.units();
        if units.unsigned_abs() > UNITS_MAX {
            return Err(LineError::OutOfRange { field });
        }
        Ok(Some(Amount { units, rounded: rate.is_some() || (given.digits() > entry.digits && kept != given), rate }))
    }

    fn rate(
        &self,
        cache: &mut Cache,
        from: Currency,
        day: NaiveDate,
    ) -> Result<(ExchangeRate, Option<EntryRounding>), LineError> {
        let (policy, table) = self.exchange.ok_or(LineError::NoExchangePolicy { currency: from })?;
        let to = self.program.currency;
        let look_up = || table.rate(from, to, policy.rate, day, policy.at_most_days);
        let rate = cache.rates.entry((from, day)).or_insert_with(look_up).clone()?;
        Ok((rate, policy.round))
    }
}

/// Sales are never negative, returns and bad debts never positive; price corrections go either way.
fn check_signs(line: &SaleLine) -> Result<(), LineError> {
    let allowed_negative = match line.kind {
        LineKind::Sale | LineKind::Rebill | LineKind::FreeGoods => false,
        LineKind::Return | LineKind::BadDebt => true,
        LineKind::PriceCorrection => return Ok(()),
    };
    let check = |field, value: &Option<Scaled>| match value {
        Some(value) if !value.is_zero() && value.is_negative() != allowed_negative => {
            Err(LineError::Sign { field, kind: word_of(&LINE_KINDS, &line.kind), value: *value })
        }
        _ => Ok(()),
    };
    check("quantity", &line.quantity)?;
    check("gross", &line.amounts.gross)?;
    check("net", &line.amounts.net)?;
    check("purchase_value", &line.amounts.purchase_value)?;
    check("marketplace_fee", &line.amounts.marketplace_fee)
}
