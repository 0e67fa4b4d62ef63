//! What customers paid of each document, and which fraction of what they owe that is.

use chrono::NaiveDate;
use rustc_hash::FxHashMap;

use super::join::{Join, Source};
use super::take::NONE;
use super::{Commission, CommissionBasis, CommissionError, Payment};
use crate::incentive::fold::Share;
use crate::incentive::line::{CountingDate, LineKey, SaleLine};
use crate::incentive::sold::each_source;
use crate::scaled::{NumberError, Scaled};

/// A document that was paid, if only in part. Most have one line and one payment, and there are many.
#[derive(Debug, Default)]
pub(super) struct Paid {
    /// What was paid, by day.
    payments: Dated,
    /// The net amounts of its lines; none where they have none.
    net: Dated,
    rare: Option<Box<Rare>>,
}

/// What few documents have.
#[derive(Debug, Default)]
struct Rare {
    /// What the document comes to, as payments say: no sums, but the last of each day.
    of: Dated,
    /// What other documents credited of its lines, above zero.
    credits: Dated,
}

/// The documents that were paid and have lines.
#[derive(Debug, Default)]
pub(super) struct Documents {
    list: Vec<Paid>,
    /// For each line of the basis the place of its document.
    of_lines: Vec<u32>,
}

impl Documents {
    /// Those of the payments up to a day.
    pub(super) fn new(
        basis: &CommissionBasis<'_>,
        commission: &Commission,
        as_of: NaiveDate,
    ) -> Result<Self, CommissionError> {
        let payments = basis.facts.payments.iter().filter(|payment| payment.on <= as_of);
        let join = Join::new(payments, basis.lines, each_source(basis.sources));
        let paid = |payments: &mut dyn Iterator<Item = &Payment>| {
            let mut paid = Paid::default();
            for payment in payments {
                paid.payments.push(payment.on, payment.amount);
                if let Some(of) = payment.of {
                    paid.rare().of.push(payment.on, of);
                }
            }
            paid
        };
        let list = join.documents().map(|mut payments| paid(&mut payments)).collect();
        let mut documents = Self { list, of_lines: Vec::new() };
        if !documents.list.is_empty() {
            documents.read_lines(basis, &join, (commission.measure.counting_date, as_of))?;
        }
        documents.of_lines = join.of_lines;
        Ok(documents)
    }

    /// What the lines of documents come to, and what is credited of it. A line that is repeated or was corrected adds nothing,
    /// as one adds nothing that nobody counts; only the last of a key is read.
    fn read_lines<'b>(
        &mut self,
        basis: &CommissionBasis<'b>,
        join: &Join<'b>,
        dated: (CountingDate, NaiveDate),
    ) -> Result<(), CommissionError> {
        let numbered = |line: &SaleLine, shares: &[Share]| shares.is_empty() && line.key.line.is_some();
        let lines = || basis.lines.iter().zip(basis.shares).zip(&join.of_lines).zip(each_source(basis.sources));
        let mut idle: FxHashMap<(Source<'b>, &LineKey), Option<(&SaleLine, u32)>> = FxHashMap::default();
        for (((line, _), own), source) in lines().filter(|(((line, shares), _), _)| numbered(line, shares)) {
            idle.insert((source, &line.key), Some((line, *own)));
        }
        for (((line, _), own), source) in lines().filter(|(((line, shares), _), _)| !numbered(line, shares)) {
            self.read((line, source), *own, join, dated)?;
            if !idle.is_empty()
                && let Some(known) = idle.get_mut(&(source, &line.key))
            {
                *known = None;
            }
        }
        for ((source, _), known) in idle {
            let Some((line, own)) = known else { continue };
            self.read((line, source), own, join, dated)?;
        }
        self.list.iter_mut().try_for_each(Paid::run)
    }

    fn read<'b>(
        &mut self,
        (line, source): (&SaleLine, Source<'b>),
        own: u32,
        join: &Join<'b>,
        (date, as_of): (CountingDate, NaiveDate),
    ) -> Result<(), CommissionError> {
        let Some(net) = line.amounts.net else { return Ok(()) };
        let on = line.dates.counting(date).filter(|on| *on <= as_of);
        let Some(on) = on else { return Ok(()) };
        if let Some(own) = self.list.get_mut(own as usize) {
            own.net.push(on, net);
        }
        let takes_back = line.reverses.as_ref().filter(|key| net.is_negative() && key.document != line.key.document);
        let of = takes_back.and_then(|key| join.place_of(&key.document, source));
        if let Some(of) = of.and_then(|at| self.list.get_mut(at as usize)) {
            of.rare().credits.push(on, Scaled::ZERO.minus(net)?);
        }
        Ok(())
    }

    /// The place of the document of a line, by the line's own.
    pub(super) fn place_of(&self, line: u32) -> u32 {
        self.of_lines.get(line as usize).copied().unwrap_or(NONE)
    }

    /// The one at a place.
    pub(super) fn get(&self, at: u32) -> Option<&Paid> {
        self.list.get(at as usize)
    }
}

/// Values by day: as they came, and once they are [run](Self::run) or [settled](Self::settle) in order.
#[derive(Debug, Default)]
enum Dated {
    #[default]
    None,
    /// One that is small, in a third of the memory: of a million documents it is most of them.
    Small {
        on: NaiveDate,
        units: i64,
        digits: u8,
    },
    More(Vec<(NaiveDate, Scaled)>),
}

impl Dated {
    fn push(&mut self, on: NaiveDate, value: Scaled) {
        match self {
            Self::More(values) => values.push((on, value)),
            _ => match (self.small(), i64::try_from(value.units())) {
                (None, Ok(units)) => *self = Self::Small { on, units, digits: value.digits() },
                (first, _) => *self = Self::More(first.into_iter().chain([(on, value)]).collect()),
            },
        }
    }

    fn small(&self) -> Option<(NaiveDate, Scaled)> {
        match self {
            Self::Small { on, units, digits } => Some((*on, Scaled::new((*units).into(), *digits))),
            _ => None,
        }
    }

    fn more(&self) -> &[(NaiveDate, Scaled)] {
        if let Self::More(values) = self { values } else { &[] }
    }

    /// Makes running sums of amounts.
    fn run(&mut self) -> Result<(), NumberError> {
        let Self::More(values) = self else { return Ok(()) };
        values.sort_by_key(|(on, _)| *on);
        let mut sum = Scaled::ZERO;
        for (_, value) in values.iter_mut() {
            sum = sum.plus(*value)?;
            *value = sum;
        }
        Ok(())
    }

    /// Brings values in order: of one day the largest is the last.
    fn settle(&mut self) {
        if let Self::More(values) = self {
            values.sort_unstable();
        }
    }

    /// The last value by the end of a day.
    fn by(&self, day: NaiveDate) -> Option<Scaled> {
        if let Some((on, value)) = self.small() {
            return (on <= day).then_some(value);
        }
        let values = self.more();
        let before = values.partition_point(|(on, _)| *on <= day);
        before.checked_sub(1).and_then(|at| values.get(at)).map(|(_, value)| *value)
    }

    /// The days, some more than once.
    fn days(&self) -> impl Iterator<Item = NaiveDate> {
        self.small().into_iter().chain(self.more().iter().copied()).map(|(on, _)| on)
    }
}

impl Paid {
    fn rare(&mut self) -> &mut Rare {
        self.rare.get_or_insert_default()
    }

    fn run(&mut self) -> Result<(), CommissionError> {
        self.payments.run()?;
        self.net.run()?;
        if let Some(rare) = &mut self.rare {
            rare.of.settle();
            rare.credits.run()?;
        }
        Ok(())
    }

    /// The days of payments.
    pub(super) fn paid_on(&self) -> impl Iterator<Item = NaiveDate> {
        self.payments.days()
    }

    /// The days on which something was credited.
    pub(super) fn credited_on(&self) -> impl Iterator<Item = NaiveDate> {
        self.rare.iter().flat_map(|rare| rare.credits.days())
    }

    /// Which fraction of what is owed by the end of a day was paid by the end of another, and is still: a numerator and a
    /// denominator above zero. Where nothing is owed any more, all; none where nobody says what is owed.
    pub(super) fn fraction(&self, paid_by: NaiveDate, day: NaiveDate) -> Result<Option<(i128, i128)>, CommissionError> {
        let paid = |day| self.payments.by(day).unwrap_or(Scaled::ZERO);
        let paid = paid(paid_by).min(paid(day));
        let rare = self.rare.as_ref();
        let of = rare.and_then(|rare| rare.of.by(day));
        let credited = rare.and_then(|rare| rare.credits.by(day));
        let Some(net) = self.net.by(day) else {
            return Ok(of.map(|of| lowest(paid, of)).transpose()?);
        };
        let owed = credited.map_or(Ok(net), |credited| net.minus(credited))?;
        // The usual case needs no fraction: nothing is owed, or all of it was paid.
        let is_settled = owed.is_negative() || owed.is_zero() || (of.unwrap_or(owed) <= paid && !paid.is_negative());
        if is_settled {
            return Ok(Some((1, 1)));
        }
        let (times, over) = match of {
            // Tax and freight are credited as the goods are.
            Some(of) if credited.is_some() => {
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
        let paid = self.payments.by(day)?;
        // Of several payments on one day the last sum is the day's.
        self.paid_on().find(|on| self.payments.by(*on) >= Some(paid))
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

    /// A document of one amount, and what was paid of it, in whole.
    fn paid(net: &str, payments: &[(&str, &str)]) -> Paid {
        let mut paid = Paid::default();
        if !net.is_empty() {
            paid.net.push(day("2025-01-10"), money(net));
        }
        payments.iter().for_each(|(on, amount)| paid.payments.push(day(on), money(amount)));
        paid
    }

    #[test]
    fn what_is_credited_is_not_owed() {
        let mut paid = paid("200", &[("2025-03-01", "50"), ("2025-02-01", "100")]);
        paid.rare().credits.push(day("2025-02-10"), money("50"));
        paid.run().unwrap();
        let fraction = |on: &str| paid.fraction(day(on), day(on)).unwrap();
        assert!(is(fraction("2025-01-31"), 0, 1));
        assert!(is(fraction("2025-02-01"), 1, 2));
        assert!(is(fraction("2025-02-10"), 2, 3));
        assert!(is(fraction("2025-03-01"), 1, 1));
        // With tax of 19 %: the credit takes its tax along.
        paid.rare().of.push(day("2025-02-01"), money("238"));
        assert!(is(paid.fraction(day("2025-02-10"), day("2025-02-10")).unwrap(), 200, 357));
        // As it was told by then.
        assert!(is(paid.fraction(day("2025-01-31"), day("2025-02-10")).unwrap(), 0, 1));
    }

    #[test]
    fn what_was_charged_back_is_not_paid() {
        let mut paid = paid("100", &[("2025-02-01", "100"), ("2025-02-20", "-100")]);
        paid.run().unwrap();
        let fraction = |text: &str| paid.fraction(day("2025-02-01"), day(text)).unwrap();
        assert!(is(fraction("2025-02-19"), 1, 1));
        assert!(is(fraction("2025-02-20"), 0, 1));
        assert_eq!(paid.reached(day("2025-02-19")), Some(day("2025-02-01")));
    }

    #[test]
    fn what_nobody_says_is_not_guessed() {
        let mut paid = paid("", &[("2025-02-01", "100")]);
        assert_eq!(paid.fraction(day("2025-02-01"), day("2025-02-01")).unwrap(), None);
        paid.rare().of.push(day("2025-02-01"), money("400"));
        assert!(is(paid.fraction(day("2025-02-01"), day("2025-02-01")).unwrap(), 1, 4));
    }
}
