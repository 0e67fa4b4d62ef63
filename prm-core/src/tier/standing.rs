//! Standing: in which tier a partner is, why, what is missing for the next, and what the tier gives.

mod advance;
mod month_ends;
mod text;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::change::{Grace, TierChange, tier_on};
use super::readings::Readings;
use super::{Basis, Because, Benefit, Judged, LateLines, Promote, StandingError};
use crate::id::{Name, PartnerId};
use crate::partner::Partner;
use crate::period::Period;
use crate::scaled::Scaled;
pub use advance::advance;
pub use month_ends::{MonthEnds, month_ends};

/// What a tier gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[non_exhaustive]
pub struct Granted {
    /// The benefit's name.
    pub name: Name,
    /// What it is.
    pub benefit: Benefit,
    /// Of a counted allowance, what is used and left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowance: Option<Allowance>,
}

/// A counted allowance in its running period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[non_exhaustive]
pub struct Allowance {
    /// The days for which it is granted.
    pub period: Period,
    /// How many.
    pub granted: u64,
    /// How many of them are used.
    pub used: u64,
    /// How many are left; none if more were used than this tier grants.
    pub left: u64,
}

/// A tier's requirements as they stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[non_exhaustive]
pub struct Outlook {
    /// The tier.
    pub tier: Name,
    /// Its requirements, with the values of the day.
    pub requires: Judged,
}

/// A benefit that would change with a demotion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[non_exhaustive]
pub struct Loss {
    /// The benefit's name.
    pub name: Name,
    /// What it is now.
    pub now: Benefit,
    /// What it would be.
    pub then: Option<Benefit>,
}

/// Where a partner stands on a day. Shown as text for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record), uniffi(name = "TierStanding"))]
#[non_exhaustive]
pub struct Standing {
    /// Who.
    pub partner: PartnerId,
    /// On which day.
    pub as_of: NaiveDate,
    /// The tier; `None` before the partner has joined and after it has left.
    pub tier: Option<Name>,
    /// The tier that it would be without overrides.
    pub earned: Option<Name>,
    /// Since when it is in the tier.
    pub since: Option<NaiveDate>,
    /// Why it came into it.
    pub because: Option<Because>,
    /// The grace that runs, if the requirements are not met.
    pub grace: Option<Grace>,
    /// The next day on which a review or anniversary may change the tier.
    pub next_review: Option<NaiveDate>,
    /// A higher tier whose requirements are met: it comes at once, with a review, or with an approval.
    pub eligible_for: Option<Name>,
    /// What the tier gives.
    pub benefits: Vec<Granted>,
    /// What the next tier takes.
    pub next: Option<Outlook>,
    /// What the tier itself takes: what is short here is short for the next review.
    pub held: Option<Outlook>,
    /// The tier in which the partner would be if this one were lost.
    pub falls_to: Option<Name>,
    /// What would be lost with it.
    pub would_lose: Vec<Loss>,
}

/// Where a partner stands on a day, by its recorded changes and, after those, by what is known now.
///
/// A day before the last recorded change is answered by the recorded changes up to it. Measures that are kept by
/// month count a running month as far as it is known.
///
/// ```
/// use std::collections::BTreeMap;
/// use prm_core::incentive::partial::Partials;
/// use prm_core::partner::Partner;
/// use prm_core::program::Program;
/// use prm_core::tier::{Basis, standing::standing};
/// # let text = "
/// # format: 1
/// # program: Example
/// # version: '1'
/// # effective: { from: 2013-01-01 }
/// # currency: USD
/// # tiers:
/// #   levels:
/// #     - name: registered
/// #     - name: silver
/// #       requires: { metric: net_revenue, over: trailing 4 quarters, at_least: 100000 }
/// # ";
/// let program = Program::read(text)?;
/// let mut partner = Partner::new("p1".parse()?, "Summit Bikes");
/// partner.joined = Some("2013-02-01".parse()?);
/// let partners = BTreeMap::from([(partner.id.clone(), partner.clone())]);
/// let nothing_sold = Partials::empty(program.plan(), 6);
/// let basis = Basis::new(&program, &nothing_sold, &partners)?;
/// let standing = standing(&basis, &partner, &[], "2013-03-31".parse()?)?;
/// assert_eq!(standing.tier.as_ref().unwrap().as_str(), "registered");
/// assert!(standing.to_string().contains(
///     "100,000.00 USD more net revenue in the trailing 4 quarters, for silver"
/// ));
///
/// // Sums of another program say nothing about this one.
/// assert!(Basis::new(&program, &Partials::empty("other", 6), &partners).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`StandingError`] if a recorded tier is not the program's, or a day or number does not fit.
pub fn standing(
    basis: &Basis<'_>,
    partner: &Partner,
    recorded: &[TierChange],
    as_of: NaiveDate,
) -> Result<Standing, StandingError> {
    let changes = changes_until(basis, partner, recorded, as_of)?;
    let mut standing = Standing {
        partner: partner.id.clone(),
        as_of,
        tier: tier_on(&changes, as_of).cloned(),
        earned: None,
        since: None,
        because: None,
        grace: None,
        next_review: None,
        eligible_for: None,
        benefits: Vec::new(),
        next: None,
        held: None,
        falls_to: None,
        would_lose: Vec::new(),
    };
    let Some(last) = changes.last() else { return Ok(standing) };
    let began = changes.iter().rev().find(|change| change.tier != change.before).unwrap_or(last);
    (standing.since, standing.because) = (Some(began.on), Some(began.because.clone()));
    let Some(tier) = &last.tier else { return Ok(standing) };
    let (rank, earned) = (basis.rank(Some(tier))?, basis.rank(last.earned.as_ref())?);
    standing.earned.clone_from(&last.earned);
    standing.grace = last.grace;
    standing.next_review = advance::next_review(basis, partner, &changes, as_of)?;

    let tiers = basis.tiers;
    let readings = Readings::of(basis, partner)?;
    let values = readings.values(as_of)?;
    let name = |rank: usize| tiers.levels.get(rank).map(|level| level.name.clone());
    let highest = tiers.highest(&values)?;
    standing.eligible_for = (highest > earned).then(|| name(highest)).flatten();
    standing.benefits = benefits(basis, partner, rank, as_of)?;
    standing.next = outlook(basis, rank + 1, &values)?;
    standing.held = outlook(basis, rank, &values)?;
    if rank > 0 {
        let mut fall = 0;
        for (lower, level) in tiers.levels.iter().enumerate().take(rank).skip(1) {
            let met = level.requires.as_ref().map_or(Ok(true), |requires| requires.is_met(&values))?;
            fall = if met { lower } else { fall };
        }
        standing.falls_to = name(fall);
        standing.would_lose = losses(basis, rank, fall);
    }
    Ok(standing)
}

/// The changes up to and including a day: those recorded, continued if the last of them lies before it.
fn changes_until(
    basis: &Basis<'_>,
    partner: &Partner,
    recorded: &[TierChange],
    as_of: NaiveDate,
) -> Result<Vec<TierChange>, StandingError> {
    let keep = basis.tiers.late_lines == LateLines::Keep;
    let known: Vec<TierChange> =
        if keep { recorded.iter().filter(|change| change.on <= as_of).cloned().collect() } else { Vec::new() };
    let answered = recorded.iter().any(|change| change.on > as_of)
        || (!recorded.is_empty() && basis.answered_until.is_some_and(|day| day > as_of));
    if keep && answered {
        return Ok(known);
    }
    let Some(until) = as_of.succ_opt() else { return Ok(known) };
    let more = advance(basis, partner, &known, until)?;
    Ok(known.into_iter().chain(more).collect())
}

/// The highest tier whose own requirements a partner meets at the end of a day, whatever it holds.
///
/// # Errors
/// [`StandingError`] if a day or number does not fit.
pub fn meets<'b>(basis: &Basis<'b>, partner: &Partner, day: NaiveDate) -> Result<Option<&'b Name>, StandingError> {
    let values = Readings::of(basis, partner)?.values(day)?;
    let highest = basis.tiers.highest(&values)?;
    Ok(basis.tiers.levels.get(highest).map(|level| &level.name))
}

fn outlook(basis: &Basis<'_>, rank: usize, values: &[Scaled]) -> Result<Option<Outlook>, StandingError> {
    let Some(level) = basis.tiers.levels.get(rank) else { return Ok(None) };
    let requires = judged(basis, rank, values)?;
    Ok(requires.map(|requires| Outlook { tier: level.name.clone(), requires }))
}

/// The requirements of a tier, judged; `None` for the lowest.
fn judged(basis: &Basis<'_>, rank: usize, values: &[Scaled]) -> Result<Option<Judged>, StandingError> {
    let requires = basis.tiers.levels.get(rank).and_then(|level| level.requires.as_ref());
    let judge = |requires| Judged::of(requires, &basis.tiers.metrics, values, basis.program.currency());
    Ok(requires.map(judge).transpose()?)
}

fn benefits(
    basis: &Basis<'_>,
    partner: &Partner,
    rank: usize,
    as_of: NaiveDate,
) -> Result<Vec<Granted>, StandingError> {
    let Some(level) = basis.tiers.levels.get(rank) else { return Ok(Vec::new()) };
    let granted = |(name, benefit): (&Name, &Benefit)| {
        let allowance = match benefit {
            Benefit::Allowance { count, every } => {
                let period = basis.program.calendar().period_of(as_of, *every)?.period;
                let used = basis.used_in(partner.id.as_str(), name, period.from(), as_of);
                let granted = u64::from(*count);
                Some(Allowance { period, granted, used, left: granted.saturating_sub(used) })
            }
            _ => None,
        };
        Ok(Granted { name: name.clone(), benefit: benefit.clone(), allowance })
    };
    level.benefits.iter().map(granted).collect()
}

/// The benefits of a tier that a lower one does not give, or gives otherwise.
fn losses(basis: &Basis<'_>, rank: usize, lower: usize) -> Vec<Loss> {
    let (Some(now), Some(then)) = (basis.tiers.levels.get(rank), basis.tiers.levels.get(lower)) else {
        return Vec::new();
    };
    let changed = now.benefits.iter().filter(|(name, benefit)| then.benefits.get(*name) != Some(*benefit));
    changed
        .map(|(name, now)| Loss { name: name.clone(), now: now.clone(), then: then.benefits.get(name).cloned() })
        .collect()
}

/// Whether promotions take place as soon as requirements are met.
fn at_once(basis: &Basis<'_>) -> bool {
    basis.tiers.review.promote == Promote::AtOnce
}
