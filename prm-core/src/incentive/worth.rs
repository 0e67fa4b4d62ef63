//! What another tier would be worth: what a partner would have earned with it, less what it earned.
//!
//! Its sales stay as they are, and so does everything else: other partners, earlier periods, what is guaranteed. On each
//! day of the periods asked for on which the partner stood lower than the tier (or higher, if the tier is below the one it
//! holds) it stands in it instead. Everything is then earned by the ordinary rules, stacks and budgets included, so an
//! incentive may be worth less with a higher tier: another one pays instead of it.
//!
//! Does not own: what a tier takes, and where a partner stands. That is
//! [`standing`](crate::tier::standing::standing); a benefit is listed as it is, not in money.

mod text;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::counted::Counted;
use super::explain::{Basis, ExplainError, check_plan, explain};
use super::judge::{Values, earned};
use super::rebate::{Payout, Reason, Rebate};
use super::statement::{Labelled, periods};
use crate::calendar::FiscalPeriod;
use crate::id::{Name, PartnerId};
use crate::money::{Money, MoneyError};
use crate::partner::Partner;
use crate::period::Period;
use crate::program::ProgramRef;
use crate::scaled::Scaled;
use crate::tier::standing::Standing;
use crate::tier::{Benefit, Level, Tiers};

/// Why it cannot be said what a tier would be worth.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WorthError {
    /// The program has no such tier.
    #[error("the program has no tier `{tier}`")]
    UnknownTier {
        /// The tier.
        tier: Name,
    },
    /// What is or would be earned cannot be said.
    #[error(transparent)]
    Explain(#[from] ExplainError),
    /// A difference does not fit.
    #[error(transparent)]
    Money(#[from] MoneyError),
}

/// What is earned for an incentive and period, and what measured sales it is earned for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[non_exhaustive]
pub struct Earning {
    /// What is earned.
    pub earned: Payout,
    /// What counts of the measure.
    pub measured: Scaled,
    /// Why nothing is paid, beyond the numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<Reason>,
}

/// An incentive and period that would pay otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[non_exhaustive]
pub struct Otherwise {
    /// The incentive.
    pub incentive: Name,
    /// Its title on statements.
    pub title: String,
    /// The period.
    pub period: FiscalPeriod,
    /// What it pays.
    pub now: Earning,
    /// What it would pay.
    pub then: Earning,
    /// The money that is more, or less. (Goods are in the two payouts.)
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub more: Option<Money>,
}

/// A benefit that would be another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[non_exhaustive]
pub struct OtherBenefit {
    /// The benefit's name.
    pub name: Name,
    /// What it is now, if it is granted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub now: Option<Benefit>,
    /// What it would be, if it were granted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub then: Option<Benefit>,
}

/// What another tier would be worth to a partner. Shown as text for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[non_exhaustive]
pub struct Worth {
    /// The program that decides.
    pub program: ProgramRef,
    /// To whom.
    pub partner: PartnerId,
    /// The tier.
    pub tier: Name,
    /// The one that the partner is in on that day; none if it is in no tier, and then nothing would pay otherwise.
    pub instead_of: Option<Name>,
    /// The day: periods that end after it still run.
    pub as_of: NaiveDate,
    /// The days whose periods were looked at.
    pub covers: Period,
    /// What would pay otherwise, in the order of periods, then of the program.
    pub incentives: Vec<Otherwise>,
    /// The money that is more, or less, in all; an amount for each currency in which something would be paid otherwise.
    pub totals: Vec<Money>,
    /// The benefits that would be others. They are not in the money.
    pub benefits: Vec<OtherBenefit>,
}

/// What a standing has to gain and to lose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Stakes {
    /// What the next tier would be worth, if there is one.
    pub next: Option<Worth>,
    /// What the tier to which the partner would fall would be worth, if it can fall: what the loss would cost.
    pub fall: Option<Worth>,
}

/// A tier that a partner is supposed to be in, where its own is lower, or higher.
#[derive(Debug, Clone, Copy)]
pub(super) struct Supposed<'b> {
    tiers: &'b Tiers,
    partner: &'b str,
    /// Earlier periods of a fiscal year are read for some guarantees, and stay as they were.
    days: Period,
    tier: &'b Name,
    rank: usize,
    raises: bool,
}

impl<'b> Supposed<'b> {
    /// The tier on a day instead of the one that is held. Who is in no tier stays in none.
    pub(super) fn instead_of<'n>(&self, held: Option<&'n Name>, partner: &str, day: NaiveDate) -> Option<&'n Name>
    where
        'b: 'n,
    {
        let rank = self.tiers.rank(held?.as_str());
        let other = rank.is_some_and(|rank| if self.raises { rank < self.rank } else { rank > self.rank });
        let applies = partner == self.partner && self.days.contains(day);
        if applies && other { Some(self.tier) } else { held }
    }
}

/// What a tier would be worth to a partner in the periods within `covers`, instead of the one that it is in on a day.
///
/// The basis holds the sums and tiers as of the day, and budgets if the program has any.
///
/// ```
/// use std::collections::BTreeMap;
/// use prm_core::incentive::explain::Basis;
/// use prm_core::incentive::fold::{Facts, Fold};
/// use prm_core::incentive::line::{BatchKey, LineKey, LineKind, SaleLine};
/// use prm_core::incentive::worth::worth;
/// use prm_core::partner::Partner;
/// use prm_core::period::Period;
/// use prm_core::program::{Program, tables::Tables};
/// use prm_core::tier::TierHistory;
/// # let text = "
/// # format: 1
/// # program: Example
/// # version: '1'
/// # effective: { from: 2025-01-01 }
/// # currency: USD
/// # tiers:
/// #   levels:
/// #     - name: silver
/// #     - { name: gold, requires: { metric: net_revenue, over: fiscal year, at_least: 100000 } }
/// # incentives:
/// #   gold_bonus:
/// #     kind: rebate
/// #     for: { tier: gold }
/// #     measure: { of: net_revenue }
/// #     every: quarter
/// #     schedule: { shape: whole_volume, bands: [{ from: 0, rate: 2.5 % }] }
/// # ";
/// let program = Program::read(text)?; // 2.5 % of a quarter's sales, for gold partners
/// let partner = Partner::new("p1".parse()?, "Summit Bikes");
/// let partners = BTreeMap::from([(partner.id.clone(), partner.clone())]);
/// let key = LineKey { document: "SO1".parse()?, line: Some("1".parse()?) };
/// let mut sold = SaleLine::new(key, LineKind::Sale, "bike".parse()?, "USD".parse()?);
/// sold.buyer = Some(partner.id.clone());
/// sold.dates.invoice = Some("2025-05-10".parse()?);
/// sold.amounts.net = Some("50000".parse()?);
/// let mut fold = Fold::new(&program, Facts::new(&partners), BatchKey::new("erp".parse()?, "b1".parse()?))?;
/// fold.add(&sold)?;
/// let (sums, tables) = (fold.finish()?.partials, Tables::new());
/// let held = r#"{"p1": [{"on": "2025-01-01", "tier": "silver", "earned": "silver", "before": null,
///     "because": {"name": "joined"}}]}"#;
/// let tiers: TierHistory = serde_json::from_str(held)?;
///
/// let basis = Basis::new(&program, &sums, &tables).tiers(&tiers);
/// let quarter = Period::new("2025-04-01".parse()?, "2025-07-01".parse()?)?;
/// let gold = worth(basis, &partner, &"gold".parse()?, "2025-06-30".parse()?, quarter)?;
/// assert_eq!(gold.totals[0].to_string(), "1250.00 USD");
/// assert!(gold.to_string().starts_with("gold would have been worth 1,250.00 USD more in 2025-Q2"));
///
/// // A tier that the program does not have is worth nothing that could be said.
/// assert!(worth(basis, &partner, &"platinum".parse()?, "2025-06-30".parse()?, quarter).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`WorthError::UnknownTier`] if the tier is not the program's, [`WorthError::Explain`] if the sums are not either, the
/// tiers were not given, or something that is needed for a payout was not.
pub fn worth(
    basis: Basis<'_>,
    partner: &Partner,
    tier: &Name,
    as_of: NaiveDate,
    covers: Period,
) -> Result<Worth, WorthError> {
    let unknown = || WorthError::UnknownTier { tier: tier.clone() };
    let tiers = basis.program.tiers().ok_or_else(unknown)?;
    let (level, rank) = tiers.level(tier.as_str()).zip(tiers.rank(tier.as_str())).ok_or_else(unknown)?;
    check_plan(basis.program, basis.partials)?;
    let ranges = basis.partials.ranges();
    let basis = basis.ranges(&ranges);
    let held = basis.tier_on(partner, as_of)?;
    let raises = held.and_then(|held| tiers.rank(held.as_str())).is_none_or(|held| held <= rank);
    let supposed = Supposed { tiers, partner: partner.id.as_str(), days: covers, tier: &level.name, rank, raises };
    let periods = periods(basis, covers)?;
    let (mut incentives, mut totals) = (Vec::new(), BTreeMap::new());
    for period in &periods {
        for rebate in basis.program.rebates().iter().filter(|rebate| rebate.every == period.period.every) {
            let Some(other) = otherwise(basis, &supposed, rebate, partner, period)? else { continue };
            if let Some(more) = other.more {
                let total = totals.entry(more.currency()).or_insert(Money::zero(more.currency()));
                *total = total.plus(more)?;
            }
            incentives.push(other);
        }
    }
    Ok(Worth {
        program: basis.program.identity().clone(),
        partner: partner.id.clone(),
        tier: tier.clone(),
        instead_of: held.cloned(),
        as_of,
        covers,
        incentives,
        totals: totals.into_values().collect(),
        benefits: held
            .and_then(|held| tiers.level(held.as_str()))
            .map(|held| benefits(held, level))
            .unwrap_or_default(),
    })
}

/// What a standing has to gain and to lose in the periods within `covers`: what the next tier would be worth, and the one
/// to which the partner would fall.
///
/// # Errors
/// As [`worth`].
pub fn stakes(basis: Basis<'_>, partner: &Partner, standing: &Standing, covers: Period) -> Result<Stakes, WorthError> {
    let of = |tier: Option<&Name>| tier.map(|tier| worth(basis, partner, tier, standing.as_of, covers)).transpose();
    Ok(Stakes { next: of(standing.next.as_ref().map(|next| &next.tier))?, fall: of(standing.falls_to.as_ref())? })
}

/// An incentive and period, if it would pay otherwise.
fn otherwise(
    basis: Basis<'_>,
    supposed: &Supposed<'_>,
    rebate: &Rebate,
    partner: &Partner,
    labelled: &Labelled,
) -> Result<Option<Otherwise>, WorthError> {
    let period = &labelled.period;
    if rebate.governed.of(&period.period).is_none() {
        return Ok(None);
    }
    let earns = |basis: Basis<'_>| {
        let values = Values::of(Counted { basis, rebate, partner }, period)?;
        earned(basis, rebate, partner, period, values)
    };
    let then = Basis { supposed: Some(supposed), ..basis };
    // What it claims of a budget changes what all claim together.
    let budgets = match (rebate.budget, basis.budgets) {
        (Some(_), Some(budgets)) => {
            let claims = |basis| earns(Basis { claims: true, ..basis });
            let (Payout::Money(now), Payout::Money(other)) = (claims(basis)?, claims(then)?) else { return Ok(None) };
            Some(budgets.with(&rebate.name, &labelled.label, other.minus(now)?)?)
        }
        _ => None,
    };
    let then = budgets.as_ref().map_or(then, |budgets| then.budgets(budgets));
    let (earned, would_earn) = (earns(basis)?, earns(then)?);
    if earned == would_earn {
        return Ok(None);
    }
    let tell = |basis| {
        let explanation = explain(basis, rebate.name.as_str(), partner, period)?;
        let (earned, measured) = (explanation.earned, explanation.measure.value);
        Ok::<_, ExplainError>(Earning { earned, measured, because: explanation.because })
    };
    Ok(Some(Otherwise {
        incentive: rebate.name.clone(),
        title: rebate.title.clone(),
        period: *period,
        now: tell(basis)?,
        then: tell(then)?,
        more: would_earn.money().zip(earned.money()).map(|(then, now)| then.minus(now)).transpose()?,
    }))
}

/// The benefits in which two tiers differ.
fn benefits(now: &Level, then: &Level) -> Vec<OtherBenefit> {
    let mut names: Vec<&Name> = now.benefits.keys().chain(then.benefits.keys()).collect();
    names.sort_unstable();
    names.dedup();
    let other = |name: &Name| {
        let (now, then) = (now.benefits.get(name), then.benefits.get(name));
        (now != then).then(|| OtherBenefit { name: name.clone(), now: now.cloned(), then: then.cloned() })
    };
    names.into_iter().filter_map(other).collect()
}
