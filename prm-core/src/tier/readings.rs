//! The dated values of one partner and its family, and what they come to on a day.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};

use super::basis::related;
use super::metrics::Values;
use super::{Basis, CountsFor, MetricIs, Source, Span, StandingError, Window};
use crate::calendar::Every;
use crate::partner::Partner;
use crate::period::Period;
use crate::scaled::{NumberError, Scaled};

/// The values of one metric and partner, in the order of days.
#[derive(Debug, Default)]
struct Series {
    days: Vec<NaiveDate>,
    /// The value of each day.
    values: Vec<Scaled>,
    /// The sum up to and including each day.
    sums: Vec<Scaled>,
}

impl Series {
    fn of(values: &Values) -> Result<Self, NumberError> {
        let (mut series, mut sum) = (Self::default(), Scaled::ZERO);
        for (day, value) in values {
            sum = sum.plus(*value)?;
            series.days.push(*day);
            series.values.push(*value);
            series.sums.push(sum);
        }
        Ok(series)
    }

    fn before(&self, list: &[Scaled], day: NaiveDate) -> Scaled {
        let begun = self.days.partition_point(|mine| *mine < day);
        begun.checked_sub(1).and_then(|at| list.get(at)).copied().unwrap_or(Scaled::ZERO)
    }

    fn sum(&self, period: &Period) -> Result<Scaled, NumberError> {
        self.before(&self.sums, period.until()).minus(self.before(&self.sums, period.from()))
    }

    /// The value in force at the end of a day.
    fn on(&self, day: NaiveDate) -> Scaled {
        day.succ_opt().map_or(Scaled::ZERO, |next| self.before(&self.values, next))
    }

    /// The days within a period on which another value comes into force.
    fn days_in(&self, period: &Period) -> impl Iterator<Item = NaiveDate> {
        self.days.iter().copied().filter(|day| period.contains(*day))
    }
}

/// One partner's values, a series for each metric.
struct Member<'b> {
    /// `None` for the partner asked for.
    relative: Option<&'b Partner>,
    series: Vec<Series>,
}

/// Everything that a partner is judged by.
pub(crate) struct Readings<'a, 'b> {
    basis: &'a Basis<'b>,
    partner: &'a Partner,
    members: Vec<Member<'b>>,
    first_sale: Option<NaiveDate>,
}

impl<'a, 'b> Readings<'a, 'b> {
    pub(crate) fn of(basis: &'a Basis<'b>, partner: &'a Partner) -> Result<Self, StandingError> {
        let mut members = vec![Member { relative: None, series: series(basis, &partner.id)? }];
        if basis.tiers.metrics.iter().any(|metric| metric.counts_for == CountsFor::Family) {
            for relative in basis.relatives(partner) {
                members.push(Member { relative: Some(relative), series: series(basis, &relative.id)? });
            }
        }
        let first_sale = basis.partials.cells_of(partner.id.as_str()).map(|cell| cell.month).min();
        Ok(Self { basis, partner, members, first_sale })
    }

    /// The first day on which something of the partner counts; the first of its month where sums are by month.
    pub(crate) const fn first_sale(&self) -> Option<NaiveDate> {
        self.first_sale
    }

    /// The value of every metric at the end of a day.
    pub(crate) fn values(&self, day: NaiveDate) -> Result<Vec<Scaled>, StandingError> {
        let calendar = self.basis.program.calendar();
        let value = |(place, metric): (usize, &super::Metric)| {
            let of = || self.series_of(place, metric.counts_for, day);
            let on = |day| of().try_fold(self.basis.zero(), |sum, series| sum.plus(series.on(day)));
            match metric.window {
                Window::OnTheDay => Ok(on(day)?),
                Window::Over(span) => {
                    let period = span.period(calendar, day)?;
                    Ok(of().try_fold(self.basis.zero(), |sum, series| sum.plus(series.sum(&period)?))?)
                }
                Window::AnyDayOf(span) => {
                    let period = span.period(calendar, day)?;
                    let days: BTreeSet<_> = of().flat_map(|series| series.days_in(&period)).collect();
                    let first = on(period.from())?;
                    Ok(days.into_iter().try_fold(first, |most, day| Ok::<_, NumberError>(most.max(on(day)?)))?)
                }
            }
        };
        self.basis.tiers.metrics.iter().enumerate().map(value).collect()
    }

    fn series_of(&self, place: usize, counts_for: CountsFor, day: NaiveDate) -> impl Iterator<Item = &Series> {
        let counts = move |member: &&Member<'b>| match (member.relative, counts_for) {
            (None, _) => true,
            (Some(_), CountsFor::Partner) => false,
            (Some(relative), CountsFor::Family) => related(self.partner, relative, day),
        };
        self.members.iter().filter(counts).filter_map(move |member| member.series.get(place))
    }

    /// The days of a span at whose end the judgement can differ from that of the day before: something happened, or
    /// left a window, or a window moved with its fiscal month, or a family changed.
    pub(crate) fn changing(&self, span: &Period) -> Result<BTreeSet<NaiveDate>, StandingError> {
        let months = self.basis.program.calendar().periods_in(Every::Month, span)?;
        let mut days: BTreeSet<NaiveDate> = months.iter().map(|month| month.period.from()).collect();
        for member in &self.members {
            for (metric, series) in self.basis.tiers.metrics.iter().zip(&member.series) {
                days.extend(&series.days);
                if let Window::Over(Span::Days { count }) | Window::AnyDayOf(Span::Days { count }) = metric.window {
                    let after = |day: &NaiveDate| day.checked_add_days(Days::new(count.into()));
                    days.extend(series.days.iter().filter_map(after));
                }
            }
        }
        let places = self.members.iter().filter_map(|member| member.relative).chain([self.partner]);
        for place in places.flat_map(|partner| &partner.families) {
            days.extend(place.from.iter().chain(&place.until));
        }
        days.retain(|day| span.contains(*day));
        Ok(days)
    }
}

/// A partner's series, one for each metric.
fn series(basis: &Basis<'_>, partner: &crate::id::PartnerId) -> Result<Vec<Series>, StandingError> {
    let always = Period::new(NaiveDate::MIN, NaiveDate::MAX)?;
    let one = |(metric, key): (&super::Metric, &String)| match &metric.source {
        Source::Sales(_) => {
            let mut values = Values::new();
            for cell in basis.partials.cells(partner.as_str(), key, &always) {
                let sum = values.entry(cell.month).or_insert(basis.zero());
                *sum = sum.plus(cell.amount)?;
            }
            Ok(Series::of(&values)?)
        }
        Source::Told(key, is) => {
            let told = basis.metrics.and_then(|metrics| metrics.of(partner.as_str(), key));
            let none = BTreeMap::new();
            let values = told.unwrap_or(&none);
            match is {
                MetricIs::Sum => Ok(Series::of(values)?),
                // States are not added up; their running sums would be meaningless, and may not fit.
                MetricIs::State => Ok(Series {
                    days: values.keys().copied().collect(),
                    values: values.values().copied().collect(),
                    sums: Vec::new(),
                }),
            }
        }
    };
    basis.tiers.metrics.iter().zip(&basis.keys).map(one).collect()
}
