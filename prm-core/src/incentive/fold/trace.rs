//! What each line came to add.

use std::sync::Arc;

use chrono::NaiveDate;

use super::plan::Plan;
use crate::currency::Currency;
use crate::id::PartnerId;
use crate::incentive::register::Contribution;
use crate::scaled::Scaled;

/// What one line adds to one measure of one partner.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Share {
    /// The credited partner; none where the line's customer decides, by facts that are not in lines.
    pub partner: Option<PartnerId>,
    /// The measure's key.
    pub measure: Arc<str>,
    /// The first day of the fiscal month in which it counts.
    pub month: NaiveDate,
    /// The currency in which the line was sold; the amount is in the program's.
    pub sold_in: Currency,
    /// What it adds: money in the program's currency, or units.
    pub amount: Scaled,
    /// Whether that was rounded.
    pub rounded: bool,
    /// The date of the exchange rate, where the currency is not the program's.
    pub rate: Option<NaiveDate>,
}

/// The contributions of lines by their place; most lines have few, so they lie in one run.
#[derive(Default)]
pub(super) struct Traces {
    contributions: Vec<Contribution>,
    /// Where those of each line begin and end.
    spans: Vec<(usize, usize)>,
}

impl Traces {
    /// What the line at a place adds now.
    pub(super) fn set(&mut self, place: usize, added: &[Contribution]) {
        self.spans.resize(self.spans.len().max(place + 1), (0, 0));
        let begin = self.contributions.len();
        self.contributions.extend_from_slice(added);
        if let Some(span) = self.spans.get_mut(place) {
            *span = (begin, self.contributions.len());
        }
    }

    /// What each of `lines` lines adds, with names.
    pub(super) fn shares(&self, lines: usize, plan: &Plan<'_>, months: &[NaiveDate], digits: u8) -> Vec<Vec<Share>> {
        let share = |contribution: &Contribution| {
            let &Contribution { partner, measure, month, currency, units, rounded, rate } = contribution;
            let partner = partner.map(|place| plan.partners.get(place as usize).map(|id| (*id).clone()));
            Some(Share {
                partner: match partner {
                    Some(partner) => Some(partner?),
                    None => None,
                },
                measure: Arc::clone(plan.keys.get(measure as usize)?),
                month: *months.get(month as usize)?,
                sold_in: currency,
                amount: Scaled::new(units, digits),
                rounded,
                rate,
            })
        };
        let span = |place: usize| self.spans.get(place).copied().unwrap_or_default();
        let added = |(begin, end): (usize, usize)| self.contributions.get(begin..end).unwrap_or_default();
        (0..lines).map(|place| added(span(place)).iter().filter_map(share).collect()).collect()
    }
}
