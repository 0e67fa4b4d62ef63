//! Which tier everybody meets at the end of each of some days, in one walk over the sums.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;

use crate::id::{Name, PartnerId};
use crate::incentive::partial::Cell;
use crate::scaled::{NumberError, Scaled};
use crate::tier::{Basis, CountsFor, Source, StandingError, Window};

/// The highest tier whose requirements each partner meets at the end of each day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonthEnds<'b> {
    days: Vec<NaiveDate>,
    names: Vec<&'b Name>,
    partners: Vec<&'b PartnerId>,
    /// Partner by partner, a rank for each day.
    ranks: Vec<usize>,
}

impl<'b> MonthEnds<'b> {
    /// The days, as they were given.
    #[must_use]
    pub fn days(&self) -> &[NaiveDate] {
        &self.days
    }

    /// Every partner in the order of ids, with a tier for each day.
    pub fn iter(&self) -> impl Iterator<Item = (&'b PartnerId, impl Iterator<Item = &'b Name>)> {
        let ranks = self.ranks.chunks(self.days.len().max(1));
        let named = |ranks: &'_ [usize]| {
            let names: Vec<&'b Name> = ranks.iter().filter_map(|rank| self.names.get(*rank).copied()).collect();
            names.into_iter()
        };
        self.partners.iter().copied().zip(ranks.map(named))
    }

    /// The tier that a partner meets at the end of one of the days.
    #[must_use]
    pub fn tier_on(&self, partner: &str, day: NaiveDate) -> Option<&'b Name> {
        let place = self.partners.binary_search_by(|known| known.as_str().cmp(partner)).ok()?;
        let at = self.days.iter().position(|known| *known == day)?;
        let rank = self.ranks.get(place * self.days.len() + at)?;
        self.names.get(*rank).copied()
    }
}

/// The days on which values begin and end to count, and what is read between which of them.
struct Edges {
    days: Vec<NaiveDate>,
    /// Day by day, for each metric the place of its measure and of its first and last edge.
    spans: Vec<Vec<(usize, usize, usize)>>,
}

/// Which tier every partner of the basis meets at the end of each day: [`meets`](super::meets) for thousands at once.
///
/// For programs whose requirements read sums of a partner's own sales. It says what is met, not what is held: reviews,
/// grace and overrides are those of [`advance`](super::advance). The time is that of one walk over the sums.
///
/// ```
/// use std::collections::BTreeMap;
/// use prm_core::incentive::partial::Partials;
/// use prm_core::partner::Partner;
/// use prm_core::program::Program;
/// use prm_core::tier::{Basis, StandingError, standing::month_ends};
/// let text = "
/// format: 1
/// program: Example
/// version: '1'
/// effective: { from: 2013-01-01 }
/// currency: USD
/// metrics: { people: { is: state } }
/// tiers: { levels: [{ name: base }, { name: top, requires: { metric: units, over: always, at_least: 1 } }] }
/// ";
/// let program = Program::read(text)?;
/// let partner = Partner::new("p1".parse()?, "Summit Bikes");
/// let partners = BTreeMap::from([(partner.id.clone(), partner)]);
/// let nothing_sold = Partials::empty(program.plan(), 6);
/// let january = "2013-01-31".parse()?;
/// let ends = month_ends(&Basis::new(&program, &nothing_sold, &partners)?, &[january])?;
/// assert_eq!(ends.tier_on("p1", january).unwrap().as_str(), "base");
///
/// // What the host tells is no sum of sales.
/// let other = Program::read(&text.replace("metric: units, over: always", "metric: people"))?;
/// let sums = Partials::empty(other.plan(), 6);
/// let refused = month_ends(&Basis::new(&other, &sums, &partners)?, &[january]);
/// assert_eq!(refused, Err(StandingError::NotSumsAlone));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`StandingError::NotSumsAlone`] if requirements read anything else, or a day or number does not fit.
pub fn month_ends<'b>(basis: &Basis<'b>, days: &[NaiveDate]) -> Result<MonthEnds<'b>, StandingError> {
    let tiers = basis.tiers;
    let mut measures: Vec<&str> = basis.keys.iter().map(String::as_str).collect();
    measures.sort_unstable();
    measures.dedup();
    let edges = edges(basis, &measures, days)?;
    let digits = basis.partials.digits();
    let mut parts: Vec<&[Cell]> = basis.partials.parts().collect();
    let mut sums = Sums::new(measures, &edges.days, digits);
    let mut values = vec![Scaled::new(0, digits); tiers.metrics.len()];
    let mut ranks = Vec::with_capacity(basis.partners.len() * days.len());
    for partner in basis.partners.keys() {
        sums.clear();
        for part in &mut parts {
            sums.take(part, partner)?;
        }
        sums.run_up()?;
        for spans in &edges.spans {
            for (value, (measure, from, until)) in values.iter_mut().zip(spans) {
                *value = Scaled::new(sums.between(*measure, *from, *until)?, digits);
            }
            ranks.push(tiers.highest(&values)?);
        }
    }
    Ok(MonthEnds {
        days: days.to_vec(),
        names: tiers.levels.iter().map(|level| &level.name).collect(),
        partners: basis.partners.keys().collect(),
        ranks,
    })
}

fn edges(basis: &Basis<'_>, measures: &[&str], days: &[NaiveDate]) -> Result<Edges, StandingError> {
    let mut spans = Vec::with_capacity(days.len());
    let mut edges = BTreeMap::new();
    for day in days {
        let mut periods = Vec::with_capacity(basis.keys.len());
        for (metric, key) in basis.tiers.metrics.iter().zip(&basis.keys) {
            let (Source::Sales(_), Window::Over(span), CountsFor::Partner) =
                (&metric.source, metric.window, metric.counts_for)
            else {
                return Err(StandingError::NotSumsAlone);
            };
            let period = span.period(basis.program.calendar(), *day)?;
            edges.extend([(period.from(), 0), (period.until(), 0)]);
            // Every key is among them: they are its own list, sorted.
            periods.push((measures.binary_search(&key.as_str()).unwrap_or(0), period));
        }
        spans.push(periods);
    }
    edges.values_mut().zip(0..).for_each(|(place, at)| *place = at);
    let place = |day: NaiveDate| edges.get(&day).copied().unwrap_or(0);
    let placed =
        |(measure, period): (usize, crate::period::Period)| (measure, place(period.from()), place(period.until()));
    let spans = spans.into_iter().map(|periods| periods.into_iter().map(placed).collect()).collect();
    Ok(Edges { days: edges.keys().copied().collect(), spans })
}

/// One partner's sums: for each measure what came before each edge.
struct Sums<'m> {
    measures: Vec<&'m str>,
    edges: &'m [NaiveDate],
    digits: u8,
    units: Vec<i128>,
    /// The measures that were looked up last, and their places.
    known: Vec<(Arc<str>, Option<usize>)>,
    /// The day that was looked up last, and the first edge after it.
    last: (NaiveDate, usize),
}

/// How many measures are remembered: cells of one fold share their texts, those that were read from a file do not.
const KNOWN_MAX: usize = 16;

impl<'m> Sums<'m> {
    fn new(measures: Vec<&'m str>, edges: &'m [NaiveDate], digits: u8) -> Self {
        let units = vec![0; measures.len() * edges.len()];
        Self { measures, edges, digits, units, known: Vec::new(), last: (NaiveDate::MIN, 0) }
    }

    fn clear(&mut self) {
        self.units.fill(0);
    }

    /// Adds a partner's cells, at the beginning of a part after those of earlier partners; they are taken off it.
    fn take(&mut self, part: &mut &[Cell], partner: &PartnerId) -> Result<(), NumberError> {
        while let Some((cell, rest)) = part.split_first() {
            // Cells of one fold share their texts, which then need not be compared.
            let (id, wanted) = (cell.partner.as_str(), partner.as_str());
            if !std::ptr::eq(id, wanted) && id != wanted {
                if id > wanted {
                    break;
                }
                *part = rest;
                continue;
            }
            *part = rest;
            let Some(place) = self.place(&cell.measure) else { continue };
            let slot = self.slot(cell.month);
            // What lies after every edge counts nowhere.
            if slot == self.edges.len() {
                continue;
            }
            if let Some(units) = self.units.get_mut(place * self.edges.len() + slot) {
                let amount = cell.amount;
                let amount = if amount.digits() == self.digits { amount } else { amount.exactly(self.digits)? };
                *units = units.checked_add(amount.units()).ok_or(NumberError::OutOfRange)?;
            }
        }
        Ok(())
    }

    /// The place of a measure, if the tiers read it.
    fn place(&mut self, measure: &Arc<str>) -> Option<usize> {
        if let Some((_, place)) = self.known.iter().find(|(known, _)| Arc::ptr_eq(known, measure)) {
            return *place;
        }
        let place = self.measures.binary_search(&&**measure).ok();
        if self.known.len() == KNOWN_MAX {
            self.known.clear();
        }
        self.known.push((Arc::clone(measure), place));
        place
    }

    /// The first edge after a day.
    fn slot(&mut self, day: NaiveDate) -> usize {
        let (last, mut slot) = self.last;
        if day < last {
            slot = self.edges.partition_point(|edge| *edge <= day);
        }
        while self.edges.get(slot).is_some_and(|edge| *edge <= day) {
            slot += 1;
        }
        self.last = (day, slot);
        slot
    }

    /// Adds up from edge to edge.
    fn run_up(&mut self) -> Result<(), NumberError> {
        for units in self.units.chunks_mut(self.edges.len().max(1)) {
            let mut sum = 0_i128;
            for unit in units {
                sum = sum.checked_add(*unit).ok_or(NumberError::OutOfRange)?;
                *unit = sum;
            }
        }
        Ok(())
    }

    fn between(&self, measure: usize, from: usize, until: usize) -> Result<i128, NumberError> {
        let at = |edge: usize| self.units.get(measure * self.edges.len() + edge).copied().unwrap_or(0);
        at(until).checked_sub(at(from)).ok_or(NumberError::OutOfRange)
    }
}
