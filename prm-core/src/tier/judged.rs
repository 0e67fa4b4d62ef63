//! Requirements with the values that they were judged by: as data, and in words.

use std::fmt::Write;

use serde::{Deserialize, Serialize};

use super::{Bound, Condition, CountsFor, Item, Metric, Requirement, Source, Window};
use crate::currency::Currency;
use crate::rounding::RoundingMode;
use crate::scaled::{NumberError, Scaled};

/// A bound on one metric, judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[non_exhaustive]
pub struct JudgedMetric {
    /// What was read, in words.
    pub what: String,
    /// Over which days.
    pub window: Window,
    /// The currency, if it is money.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// Its value.
    pub value: Scaled,
    /// What it must reach.
    pub needs: Bound,
    /// By how much it falls short.
    pub missing: Scaled,
    /// Whether it is enough.
    pub met: bool,
}

/// A metric that gives points, judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[non_exhaustive]
pub struct JudgedItem {
    /// What was read, in words.
    pub what: String,
    /// Over which days.
    pub window: Window,
    /// Its value.
    pub value: Scaled,
    /// The points that it gives.
    pub points: Scaled,
    /// The most that it can give.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<Scaled>,
    /// The points that are needed here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needs: Option<Bound>,
    /// Whether there are that many.
    pub met: bool,
}

/// A requirement, judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum), uniffi(name = "JudgedRequirement"))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Judged {
    /// Everything here is needed.
    All(Vec<Judged>),
    /// One of these is needed.
    Any(Vec<Judged>),
    /// Points.
    Points {
        /// How many there are.
        points: Scaled,
        /// How many are needed.
        at_least: Scaled,
        /// How many are missing.
        missing: Scaled,
        /// What gives them.
        of: Vec<JudgedItem>,
    },
    /// A bound on one metric.
    Metric(JudgedMetric),
}

impl Judged {
    /// Judges a requirement by values, one for each metric.
    pub(crate) fn of(
        requirement: &Requirement,
        metrics: &[Metric],
        values: &[Scaled],
        currency: Currency,
    ) -> Result<Self, NumberError> {
        let all = |of: &[Requirement]| {
            of.iter().map(|part| Self::of(part, metrics, values, currency)).collect::<Result<Vec<_>, _>>()
        };
        let read = |place: usize| (metrics.get(place), values.get(place).copied().unwrap_or(Scaled::ZERO));
        let window = |metric: Option<&Metric>| metric.map_or(Window::OnTheDay, |metric| metric.window);
        Ok(match requirement {
            Requirement::All(of) => Self::All(all(of)?),
            Requirement::Any(of) => Self::Any(all(of)?),
            Requirement::Metric(Condition { metric, needs }) => {
                let (metric, value) = read(*metric);
                Self::Metric(JudgedMetric {
                    what: metric.map(words).unwrap_or_default(),
                    window: window(metric),
                    currency: metric.filter(|metric| is_money(metric)).map(|_| currency),
                    value,
                    needs: *needs,
                    missing: needs.missing(value)?,
                    met: needs.is_met(value),
                })
            }
            Requirement::Points { at_least, of } => {
                let judged = |item: &Item| {
                    let (metric, value) = read(item.metric);
                    let points = item.earned(value)?.trimmed();
                    Ok(JudgedItem {
                        what: metric.map(words).unwrap_or_default(),
                        window: window(metric),
                        value,
                        points,
                        at_most: item.at_most,
                        needs: item.needs,
                        met: item.needs.is_none_or(|needs| needs.is_met(points)),
                    })
                };
                let of = of.iter().map(judged).collect::<Result<Vec<_>, NumberError>>()?;
                let points = of.iter().try_fold(Scaled::ZERO, |sum, item| sum.plus(item.points))?;
                let missing = Bound::AtLeast(*at_least).missing(points)?;
                Self::Points { points, at_least: *at_least, missing, of }
            }
        })
    }

    /// Whether it is met.
    #[must_use]
    pub fn is_met(&self) -> bool {
        match self {
            Self::All(of) => of.iter().all(Self::is_met),
            Self::Any(of) => of.iter().any(Self::is_met),
            Self::Points { missing, of, .. } => missing.is_zero() && of.iter().all(|item| item.met),
            Self::Metric(metric) => metric.met,
        }
    }

    /// What is missing, in words for people; `None` if nothing is.
    #[must_use]
    pub fn shortfall(&self) -> Option<String> {
        if self.is_met() {
            return None;
        }
        let parts = |of: &[Self], between: &str| {
            let texts = of.iter().filter_map(|part| {
                let nested = matches!(part, Self::All(of) | Self::Any(of) if of.len() > 1);
                part.shortfall().map(|text| if nested { format!("({text})") } else { text })
            });
            texts.collect::<Vec<_>>().join(between)
        };
        Some(match self {
            Self::All(of) => parts(of, ", and "),
            Self::Any(of) => parts(of, ", or "),
            Self::Points { missing, of, .. } => {
                let sum = (!missing.is_zero()).then(|| format!("{missing} more {}", counted("points", *missing)));
                let short = |item: &&JudgedItem| !item.met;
                let floors = of.iter().filter(short).filter_map(|item| {
                    let (bound, number) = match item.needs? {
                        Bound::AtLeast(number) => ("at least", number),
                        Bound::MoreThan(number) => ("more than", number),
                    };
                    Some(format!("{bound} {number} {} for {}", counted("points", number), item.what))
                });
                sum.into_iter().chain(floors).collect::<Vec<_>>().join(", and ")
            }
            Self::Metric(metric) => metric.shortfall(),
        })
    }
}

impl JudgedMetric {
    fn amount(&self, number: Scaled) -> String {
        let Some(currency) = self.currency else { return number.to_string() };
        let digits = currency.minor_digits();
        // Upwards: what is missing must not look like nothing.
        let up = number.rounded(digits, RoundingMode::AwayFromZero).unwrap_or(number);
        format!("{} {currency}", up.grouped(digits).unwrap_or_else(|_| number.to_string()))
    }

    fn shortfall(&self) -> String {
        let mut text = if self.missing.is_zero() {
            format!("more than {} {}", self.amount(self.needs.number()), counted(&self.what, self.needs.number()))
        } else {
            format!("{} more {}", self.amount(self.missing), counted(&self.what, self.missing))
        };
        let written = match self.window {
            Window::OnTheDay => Ok(()),
            Window::Over(super::Span::Always) => write!(text, " ever"),
            Window::Over(span) => write!(text, " in the {span}"),
            Window::AnyDayOf(span) => write!(text, " on any day of the {span}"),
        };
        debug_assert!(written.is_ok(), "a text takes everything");
        text
    }
}

fn is_money(metric: &Metric) -> bool {
    matches!(&metric.source, Source::Sales(measure) if measure.of.is_money())
}

/// What is read, in words.
fn words(metric: &Metric) -> String {
    let spaced = |word: &str| word.replace('_', " ");
    let mut text = match &metric.source {
        Source::Sales(measure) => {
            let mut text = spaced(measure.of.word());
            for (at, name) in measure.products.iter().enumerate() {
                text.push_str(if at == 0 { " of " } else { "+" });
                text.push_str(&spaced(name.as_str()));
            }
            text.push_str(&measure.lines.to_string());
            text
        }
        Source::Told(key, _) => spaced(&key.to_string()),
    };
    if metric.counts_for == CountsFor::Family {
        text.push_str(" of the family");
    }
    text
}

/// The first words of a plural, as one of it.
fn counted(what: &str, number: Scaled) -> String {
    if number != Scaled::new(1, 0) {
        return what.to_owned();
    }
    let (head, rest) = what.split_once(" (").map_or((what, String::new()), |(head, rest)| (head, format!(" ({rest}")));
    let one = match head.strip_suffix("people") {
        Some(before) => format!("{before}person"),
        None => head.strip_suffix('s').unwrap_or(head).to_owned(),
    };
    one + &rest
}
