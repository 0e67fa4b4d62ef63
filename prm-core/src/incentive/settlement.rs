//! Settlements: what is due now, against what was posted before.
//!
//! A settlement looks at whole periods. What it finds due for a partner, incentive and period becomes an *entry* if
//! it is not what the last entry says: the first entry of its kind is what was earned, every later one an
//! *adjustment*, and only the difference is owed. So a settlement that is run twice changes nothing the second time,
//! and a late sale or return changes what it must and nothing else. An entry is never changed.

mod key;
mod record;

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub(super) use self::key::part;
pub use self::key::{Concern, EntryKey};
pub use self::record::{Command, Event, Settlement, SettlementError, Totals};
use super::budget::Budgets;
use super::counted::Counted;
use super::explain::{Basis, ExplainError, Explanation, explain};
use super::judge::{Values, earned};
use super::paying::{Paid, Paying, PayingError, differences};
use super::rebate::{Payout, Rebate};
use super::statement::{Labelled, Told, periods, told};
use crate::calendar::{CalendarError, FiscalPeriod};
use crate::id::PartnerId;
use crate::money::{Money, MoneyError};
use crate::partner::Partner;
use crate::period::Period;

/// What an entry says is due, and what is owed for it in the partner's currency if that is another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Posted {
    /// What was earned.
    pub earned: Payout,
    /// What is owed for it in another currency.
    pub paid: Option<Paid>,
}

impl From<Payout> for Posted {
    fn from(earned: Payout) -> Self {
        Self { earned, paid: None }
    }
}

impl Posted {
    /// The same, owed in another currency.
    #[must_use]
    pub const fn paid(self, paid: Option<Paid>) -> Self {
        Self { paid, ..self }
    }

    /// The money that is owed.
    fn owed(self) -> Option<Money> {
        self.paid.map(|paid| paid.money).or(self.earned.money())
    }
}

/// What is due for a key from now on, why, and what was before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record), uniffi(name = "SettlementEntry"))]
#[non_exhaustive]
pub struct Entry {
    /// What is due, with its reasons.
    pub explanation: Explanation,
    /// What the entry before says; `None` for the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Payout>,
    /// What is owed for it in the partner's currency, if that is not the program's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid: Option<Paid>,
    /// What was owed before in the partner's currency, if that was not the program's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid_before: Option<Paid>,
}

impl Entry {
    /// What is due from now on, and what was before.
    #[must_use]
    pub const fn new(explanation: Explanation, before: Option<Payout>) -> Self {
        Self { explanation, before, paid: None, paid_before: None }
    }

    /// The same, owed in another currency, now and before.
    #[must_use]
    pub fn paid(self, paid: Option<Paid>, paid_before: Option<Paid>) -> Self {
        Self { paid, paid_before, ..self }
    }

    /// For what it is.
    #[must_use]
    pub fn key(&self) -> EntryKey {
        let Explanation { partner, incentive, period, from, .. } = &self.explanation;
        let period = part(&period.to_string(), *from).into_owned();
        EntryKey { partner: partner.clone(), incentive: incentive.clone(), period }
    }

    /// What it says from now on.
    #[must_use]
    pub const fn posted(&self) -> Posted {
        Posted { earned: self.explanation.earned, paid: self.paid }
    }

    /// Whether something was due for its key before.
    #[must_use]
    pub const fn is_adjustment(&self) -> bool {
        self.before.is_some()
    }

    /// The money that is owed more or less than before: one amount, or two if the currency changed. (Goods are in
    /// the explanation.)
    ///
    /// # Errors
    /// [`MoneyError::OutOfRange`] if an amount does not fit.
    pub fn differences(&self) -> Result<Vec<Money>, MoneyError> {
        let before = self.before.map(|before| Posted::from(before).paid(self.paid_before));
        differences(self.posted().owed(), before.and_then(Posted::owed))
    }
}

/// Why nothing was settled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DueError {
    /// What is due cannot be said for some partners.
    #[error("for {} partners nothing can be said, the first is `{}`: {}", failed.len(), first(failed).0, first(failed).1)]
    Partners {
        /// Each with the reason; at least one.
        failed: Vec<(PartnerId, ExplainError)>,
    },
    /// Something was posted for a partner, or sold by it, that is not among the partners given.
    #[error("partner `{partner}` is not among those given")]
    PartnerNotGiven {
        /// The partner.
        partner: PartnerId,
    },
    /// What all partners earn together by an incentive with a budget cannot be said.
    #[error("what all partners earn of a budget cannot be said: {why}")]
    Budget {
        /// Why.
        why: Box<ExplainError>,
    },
    /// What a partner earned cannot be paid in its currency.
    #[error("`{key}` cannot be paid: {why}")]
    Paying {
        /// For what it was earned.
        key: EntryKey,
        /// Why.
        why: Box<PayingError>,
    },
    /// Something was posted for a period that the program's calendar does not have.
    #[error(transparent)]
    Calendar(#[from] CalendarError),
}

fn first(failed: &[(PartnerId, ExplainError)]) -> (String, String) {
    failed.first().map(|(partner, error)| (partner.to_string(), error.to_string())).unwrap_or_default()
}

/// The entries that are new: what is due within `covers` and is not what was `posted` last, in the order of partners.
///
/// `posted` holds every key of the program within `covers` with what its last entry says. What is due for a key for
/// the first time becomes an entry even if it is nothing: the partner sees why. Partners that are paid in another currency
/// than the program's are owed in it, at the rates and on the day of `paying`.
///
/// # Errors
/// [`DueError`]; then nothing is due for anybody.
pub fn due(
    basis: Basis<'_>,
    partners: &BTreeMap<PartnerId, Partner>,
    covers: Period,
    posted: &BTreeMap<EntryKey, Posted>,
    paying: Paying<'_>,
) -> Result<Vec<Entry>, DueError> {
    let ranges = basis.partials.ranges();
    let budgets = match Budgets::of(basis, partners, covers) {
        Ok(budgets) => budgets,
        Err(error) => return Err(DueError::Budget { why: Box::new(error) }),
    };
    let basis = basis.ranges(&ranges).budgets(&budgets);
    let posted: Vec<(&EntryKey, Posted)> = posted.iter().map(|(key, posted)| (key, *posted)).collect();
    let sold = basis.partials.partners();
    let mut of_partner: BTreeMap<&PartnerId, &[(&EntryKey, Posted)]> =
        sold.iter().map(|partner| (partner, &[][..])).collect();
    // A guarantee is due to who sold nothing, too.
    if basis.program.rebates().iter().any(|rebate| rebate.guarantee.is_some()) {
        of_partner.extend(partners.keys().map(|partner| (partner, &[][..])));
    }
    // Keys are in the order of partners.
    for posted in posted.chunk_by(|(key, _), (next, _)| key.partner == next.partner) {
        of_partner.extend(posted.first().map(|(key, _)| (&key.partner, posted)));
    }
    let (sums, program) = (basis.partials.plan(), basis.program.plan());
    let periods = match periods(basis, covers) {
        Ok(_) if sums != program && !of_partner.is_empty() => {
            let error = ExplainError::OtherPlan { sums: sums.to_owned(), program: program.to_owned() };
            let failed = of_partner.into_keys().map(|id| (id.clone(), error.clone())).collect();
            return Err(DueError::Partners { failed });
        }
        Ok(periods) => periods,
        Err(ExplainError::Calendar(error)) => return Err(error.into()),
        Err(error) => {
            let failed = of_partner.into_keys().map(|id| (id.clone(), error.clone())).collect();
            return Err(DueError::Partners { failed });
        }
    };
    let (mut entries, mut failed) = (Vec::new(), Vec::new());
    for (id, posted) in of_partner {
        let Some(partner) = partners.get(id) else { return Err(DueError::PartnerNotGiven { partner: id.clone() }) };
        match of_one(basis, partner, &periods, posted, paying)? {
            Ok(due) => entries.extend(due),
            Err(error) => failed.push((id.clone(), error)),
        }
    }
    if failed.is_empty() { Ok(entries) } else { Err(DueError::Partners { failed }) }
}

fn of_one<'b>(
    basis: Basis<'b>,
    partner: &Partner,
    periods: &'b [Labelled],
    posted: &[(&'b EntryKey, Posted)],
    paying: Paying<'_>,
) -> Result<Result<Vec<Entry>, ExplainError>, DueError> {
    let mut due: Vec<Due<'b>> = match told(basis, partner, periods) {
        Ok(told) => {
            let due = |of: Told<'b>| (of.rebate, of.period.period, of.rebate.part(of.period), of.values);
            told.into_iter().map(due).collect()
        }
        Err(error) => return Ok(Err(error)),
    };
    for (key, _) in posted {
        let is_told = |(rebate, _, part, _): &Due<'_>| rebate.name == key.incentive && *part == key.period;
        if due.iter().any(is_told) {
            continue;
        }
        // Its lines are gone, or the partner may no longer earn it: it is explained as nothing.
        let period = basis.program.calendar().parse_label(key.label())?;
        let Some(rebate) = basis.program.rebate(key.incentive.as_str()) else {
            return Ok(Err(ExplainError::UnknownIncentive { name: key.incentive.to_string() }));
        };
        match Values::of(Counted { basis, rebate, partner }, &period) {
            Ok(values) => due.push((rebate, period, Cow::Borrowed(&key.period), values)),
            Err(error) => return Ok(Err(error)),
        }
    }
    let mut entries = Vec::new();
    for (rebate, period, part, values) in due {
        let before = posted.iter().find(|(key, _)| key.incentive == rebate.name && key.period == part);
        let before = before.map(|(_, posted)| *posted);
        // What is due as it was is owed as it was, and needs no words.
        if let Some(before) = before {
            match earned(basis, rebate, partner, &period, values) {
                Ok(earned) if earned == before.earned => continue,
                Ok(_) => {}
                Err(error) => return Ok(Err(error)),
            }
        }
        let explanation = match explain(basis, rebate.name.as_str(), partner, &period) {
            Ok(explanation) => explanation,
            Err(error) => return Ok(Err(error)),
        };
        let mut entry = Entry::new(explanation, before.map(|before| before.earned));
        entry.paid_before = before.and_then(|before| before.paid);
        entry.paid = paid(basis, partner, &entry, before, paying)?;
        entries.push(entry);
    }
    Ok(Ok(entries))
}

/// An incentive and period, what that is called in keys, and what was measured.
type Due<'b> = (&'b Rebate, FiscalPeriod, Cow<'b, str>, Values);

/// What is owed for an entry in another currency than the program's, if it is.
fn paid(
    basis: Basis<'_>,
    partner: &Partner,
    entry: &Entry,
    before: Option<Posted>,
    paying: Paying<'_>,
) -> Result<Option<Paid>, DueError> {
    let Payout::Money(earned) = entry.explanation.earned else { return Ok(None) };
    // What was owed stays in its currency, also when the partner is paid in another one from then on.
    let owed = before.and_then(Posted::owed).filter(|owed| !owed.is_zero()).map(Money::currency);
    let currency = owed.or(partner.payout_currency).filter(|currency| *currency != earned.currency());
    let Some(currency) = currency else { return Ok(None) };
    let before = before.and_then(|before| Some((before.earned.money()?, before.paid)));
    let ends_on = entry.explanation.period.period.last_day();
    let paid = paying.paid(basis.program.payout_exchange(), (earned, before), ends_on, currency);
    paid.map(Some).map_err(|why| DueError::Paying { key: entry.key(), why: Box::new(why) })
}
