//! What customers paid of each document, and which fraction of what they owe that is.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rustc_hash::FxHashMap;

use super::{Commission, CommissionBasis, CommissionError};
use crate::incentive::line::{CountingDate, LineKey, SaleLine};
use crate::scaled::{NumberError, Scaled};

/// A document that was paid, if only in part. Sums are running, by day.
#[derive(Debug, Default)]
pub(super) struct Paid {
    /// The last day of payments, and what they came to by then.
    pub(super) payments: Vec<(NaiveDate, Scaled)>,
    /// What the document comes to, as payments say, by day.
    of: Vec<(NaiveDate, Scaled)>,
    /// The net amounts of its lines; none where they have none.
    net: Vec<(NaiveDate, Scaled)>,
    /// What other documents credited of those, above zero.
    pub(super) credits: Vec<(NaiveDate, Scaled)>,
}

/// The documents that were paid.
#[derive(Debug, Default)]
pub(super) struct Documents<'b>(FxHashMap<&'b str, Paid>);

impl<'b> Documents<'b> {
    /// Those of the payments up to a day.
    pub(super) fn new(
        basis: &CommissionBasis<'b>,
        commission: &Commission,
        as_of: NaiveDate,
    ) -> Result<Self, CommissionError> {
        let mut documents: FxHashMap<&str, Paid> = FxHashMap::default();
        let mut payments: Vec<_> = basis.facts.payments.iter().filter(|payment| payment.on <= as_of).collect();
        // On one day the order decides nothing but which `of` is the last: the largest.
        payments.sort_by_key(|payment| (payment.on, payment.of));
        for payment in payments {
            let document = documents.entry(payment.document.as_str()).or_default();
            document.of.extend(payment.of.map(|of| (payment.on, of)));
            add(&mut document.payments, payment.on, payment.amount)?;
        }
        let mut documents = Self(documents);
        if !documents.0.is_empty() {
            documents.read_lines(basis, commission.measure.counting_date, as_of)?;
        }
        Ok(documents)
    }

    /// What the lines of documents come to, and what is credited of it. A line that is repeated or was corrected adds nothing,
    /// as one adds nothing that nobody counts; only the last of a key is read.
    fn read_lines(
        &mut self,
        basis: &CommissionBasis<'b>,
        date: CountingDate,
        as_of: NaiveDate,
    ) -> Result<(), CommissionError> {
        let mut idle: BTreeMap<&LineKey, Option<&'b SaleLine>> = BTreeMap::new();
        let lines = || basis.lines.iter().copied().zip(basis.shares);
        for (line, _) in lines().filter(|(_, shares)| shares.is_empty()) {
            if line.key.line.is_none() {
                self.read(line, date, as_of)?;
            } else {
                idle.insert(&line.key, Some(line));
            }
        }
        for (line, _) in lines().filter(|(_, shares)| !shares.is_empty()) {
            self.read(line, date, as_of)?;
            if !idle.is_empty()
                && let Some(known) = idle.get_mut(&line.key)
            {
                *known = None;
            }
        }
        idle.into_values().flatten().try_for_each(|line| self.read(line, date, as_of))?;
        self.0.values_mut().try_for_each(Paid::run)
    }

    fn read(&mut self, line: &SaleLine, date: CountingDate, as_of: NaiveDate) -> Result<(), CommissionError> {
        let Some(net) = line.amounts.net else { return Ok(()) };
        let on = line.dates.counting(date).filter(|on| *on <= as_of);
        let Some(on) = on else { return Ok(()) };
        if let Some(own) = self.0.get_mut(line.key.document.as_str()) {
            own.net.push((on, net));
        }
        let takes_back = line.reverses.as_ref().filter(|key| net.is_negative() && key.document != line.key.document);
        if let Some(of) = takes_back.and_then(|key| self.0.get_mut(key.document.as_str())) {
            of.credits.push((on, Scaled::ZERO.minus(net)?));
        }
        Ok(())
    }

    /// The one of a line.
    pub(super) fn of(&self, line: &SaleLine) -> Option<&Paid> {
        self.0.get(line.key.document.as_str())
    }
}

/// Adds to the running sum of a day that is not before the last.
fn add(sums: &mut Vec<(NaiveDate, Scaled)>, on: NaiveDate, amount: Scaled) -> Result<(), NumberError> {
    match sums.last_mut() {
        Some((last, sum)) if *last == on => *sum = sum.plus(amount)?,
        Some((_, sum)) => {
            let sum = sum.plus(amount)?;
            sums.push((on, sum));
        }
        None => sums.push((on, amount)),
    }
    Ok(())
}

/// Amounts by day, in any order, as running sums.
fn running(mut amounts: Vec<(NaiveDate, Scaled)>) -> Result<Vec<(NaiveDate, Scaled)>, NumberError> {
    amounts.sort_by_key(|(on, _)| *on);
    let mut sums = Vec::with_capacity(amounts.len());
    amounts.into_iter().try_for_each(|(on, amount)| add(&mut sums, on, amount))?;
    Ok(sums)
}

/// The last value by the end of a day.
fn last(values: &[(NaiveDate, Scaled)], day: NaiveDate) -> Option<Scaled> {
    let before = values.partition_point(|(on, _)| *on <= day);
    before.checked_sub(1).and_then(|at| values.get(at)).map(|(_, value)| *value)
}

/// The running sum by the end of a day.
fn by(sums: &[(NaiveDate, Scaled)], day: NaiveDate) -> Scaled {
    last(sums, day).unwrap_or(Scaled::ZERO)
}

impl Paid {
    /// Brings what lines say into running sums.
    fn run(&mut self) -> Result<(), CommissionError> {
        self.net = running(std::mem::take(&mut self.net))?;
        self.credits = running(std::mem::take(&mut self.credits))?;
        Ok(())
    }

    /// Which fraction of what is owed by the end of a day was paid by the end of another, and is still: a numerator and a
    /// denominator above zero. Where nothing is owed any more, all; none where nobody says what is owed.
    pub(super) fn fraction(&self, paid_by: NaiveDate, day: NaiveDate) -> Result<Option<(i128, i128)>, CommissionError> {
        let paid = by(&self.payments, paid_by).min(by(&self.payments, day));
        let credited = by(&self.credits, day);
        let of = last(&self.of, day);
        let Some(net) = last(&self.net, day) else {
            return Ok(of.map(|of| lowest(paid, of)).transpose()?);
        };
        let owed = net.minus(credited)?;
        // The usual case needs no fraction: nothing is owed, or all of it was paid.
        let is_settled = owed.is_negative() || owed.is_zero() || (of.unwrap_or(owed) <= paid && !paid.is_negative());
        if is_settled {
            return Ok(Some((1, 1)));
        }
        let (times, over) = match of {
            // Tax and freight are credited as the goods are.
            Some(of) if !credited.is_zero() => {
                let (paid, of) = lowest(paid, of)?;
                let (net, owed) = lowest(net, owed)?;
                (paid.checked_mul(net), of.checked_mul(owed))
            }
            of => {
                let (paid, of) = lowest(paid, of.unwrap_or(owed))?;
                (Some(paid), Some(of))
            }
        };
        times.zip(over).map(Some).ok_or(CommissionError::Number(NumberError::OutOfRange))
    }

    /// The first day by whose end so much was paid as by the end of another.
    pub(super) fn reached(&self, day: NaiveDate) -> Option<NaiveDate> {
        let paid = by(&self.payments, day);
        self.payments.iter().find(|(_, sum)| *sum >= paid).map(|(on, _)| *on)
    }
}

/// Two numbers as whole ones in the same proportion; as small as can be, where they are so large that it matters.
fn lowest(one: Scaled, other: Scaled) -> Result<(i128, i128), NumberError> {
    let digits = one.digits().max(other.digits());
    let (one, other) = (one.exactly(digits)?.units(), other.exactly(digits)?.units());
    let (mut a, mut b) = (one.unsigned_abs(), other.unsigned_abs());
    if a.max(b) < u128::from(u32::MAX) {
        return Ok((one, other));
    }
    while b != 0 {
        (a, b) = (b, a % b);
    }
    let divisor = i128::try_from(a.max(1)).map_err(|_| NumberError::OutOfRange)?;
    Ok((one / divisor, other / divisor))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn money(text: &str) -> Scaled {
        text.parse().unwrap()
    }

    /// Whether a fraction is the one that is meant, whatever it is written with.
    fn is(found: Option<(i128, i128)>, times: i128, over: i128) -> bool {
        found.is_some_and(|found| found.0 * over == times * found.1)
    }

    #[test]
    fn what_is_credited_is_not_owed() {
        let mut paid = Paid { net: vec![(day("2025-01-10"), money("200"))], ..Paid::default() };
        paid.payments = vec![(day("2025-02-01"), money("100")), (day("2025-03-01"), money("150"))];
        paid.credits = vec![(day("2025-02-10"), money("50"))];
        let fraction = |day: NaiveDate| paid.fraction(day, day).unwrap();
        assert!(is(fraction(day("2025-01-31")), 0, 1));
        assert!(is(fraction(day("2025-02-01")), 1, 2));
        assert!(is(fraction(day("2025-02-10")), 2, 3));
        assert!(is(fraction(day("2025-03-01")), 1, 1));
        // With tax of 19 %: the credit takes its tax along.
        paid.of = vec![(day("2025-02-01"), money("238"))];
        assert!(is(paid.fraction(day("2025-02-10"), day("2025-02-10")).unwrap(), 200, 357));
    }

    #[test]
    fn what_was_charged_back_is_not_paid() {
        let mut paid = Paid { net: vec![(day("2025-01-10"), money("100"))], ..Paid::default() };
        paid.payments = vec![(day("2025-02-01"), money("100")), (day("2025-02-20"), money("0"))];
        let fraction = |text: &str| paid.fraction(day("2025-02-01"), day(text)).unwrap();
        assert!(is(fraction("2025-02-19"), 1, 1));
        assert!(is(fraction("2025-02-20"), 0, 1));
    }

    #[test]
    fn what_nobody_says_is_not_guessed() {
        let mut paid = Paid { payments: vec![(day("2025-02-01"), money("100"))], ..Paid::default() };
        assert_eq!(paid.fraction(day("2025-02-01"), day("2025-02-01")).unwrap(), None);
        paid.of = vec![(day("2025-02-01"), money("400"))];
        assert!(is(paid.fraction(day("2025-02-01"), day("2025-02-01")).unwrap(), 1, 4));
    }
}
