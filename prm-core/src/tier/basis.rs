//! What standing is computed from: the program, sums of sales, and what the host tells.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{Metric, MetricFacts, Override, SalesCount, Source, Tiers};
use crate::calendar::{CalendarError, Every};
use crate::id::{Name, PartnerId, PersonId};
use crate::incentive::partial::Partials;
use crate::partner::Partner;
use crate::period::{MonthEnds, PeriodError, add_months};
use crate::program::Program;
use crate::program::length::{Length, Unit};
use crate::scaled::{NumberError, Scaled};

/// Why there is no standing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StandingError {
    /// The program has no tiers.
    #[error("the program has no tiers")]
    NoTiers,
    /// The sums were folded under another program.
    #[error("the sums belong to plan {sums}, the program to plan {program}")]
    OtherPlan {
        /// The sums' plan.
        sums: String,
        /// The program's.
        program: String,
    },
    /// A recorded change, an override or an approval names a tier that the program does not have.
    #[error("the program has no tier `{tier}`")]
    UnknownTier {
        /// The tier.
        tier: Name,
    },
    /// All partners at once are judged by sums of their own sales only.
    #[error("requirements read more than sums of a partner's own sales")]
    NotSumsAlone,
    /// A day is beyond the calendar.
    #[error(transparent)]
    Calendar(#[from] CalendarError),
    /// A number does not fit.
    #[error(transparent)]
    Number(#[from] NumberError),
}

impl From<PeriodError> for StandingError {
    fn from(error: PeriodError) -> Self {
        Self::Calendar(error.into())
    }
}

/// A promotion that was approved: it takes place on its day if the partner meets the tier, or a higher one, then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record), uniffi(name = "TierApproval"))]
pub struct Approval {
    /// Of which partner.
    pub partner: PartnerId,
    /// To which tier.
    pub tier: Name,
    /// On which day.
    pub on: NaiveDate,
    /// By whom.
    pub by: PersonId,
}

/// Use of a counted allowance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Used {
    /// By which partner.
    pub partner: PartnerId,
    /// Of which benefit.
    pub benefit: Name,
    /// On which day.
    pub on: NaiveDate,
    /// How many.
    pub count: u32,
}

/// What standing is computed from. Everything but the program, the sums and the partners is optional.
///
/// Sums are those of all batches that are to count; late lines arrive by giving larger ones.
#[derive(Debug, Clone)]
pub struct Basis<'b> {
    pub(crate) program: &'b Program,
    pub(crate) tiers: &'b Tiers,
    pub(crate) partials: &'b Partials,
    pub(crate) partners: &'b BTreeMap<PartnerId, Partner>,
    pub(crate) metrics: Option<&'b MetricFacts>,
    pub(crate) answered_until: Option<NaiveDate>,
    /// The keys of the metrics' measures, by place; empty for what is told.
    pub(crate) keys: Vec<String>,
    overrides: BTreeMap<&'b str, Vec<&'b Override>>,
    approvals: BTreeMap<&'b str, Vec<&'b Approval>>,
    used: BTreeMap<&'b str, Vec<&'b Used>>,
    families: BTreeMap<&'b str, Vec<&'b Partner>>,
}

impl<'b> Basis<'b> {
    /// Sales alone. `partners` are all that may belong to a family of those asked for.
    ///
    /// # Errors
    /// [`StandingError`] if the program has no tiers, or the sums were folded under another.
    pub fn new(
        program: &'b Program,
        partials: &'b Partials,
        partners: &'b BTreeMap<PartnerId, Partner>,
    ) -> Result<Self, StandingError> {
        let tiers = program.tiers().ok_or(StandingError::NoTiers)?;
        if partials.plan() != program.plan() {
            let (sums, program) = (partials.plan().to_owned(), program.plan().to_owned());
            return Err(StandingError::OtherPlan { sums, program });
        }
        let mut families: BTreeMap<&str, Vec<&Partner>> = BTreeMap::new();
        for partner in partners.values() {
            let mut ids: Vec<&str> = partner.families.iter().map(|place| place.family.as_str()).collect();
            ids.push(partner.id.as_str());
            ids.sort_unstable();
            ids.dedup();
            ids.into_iter().for_each(|id| families.entry(id).or_default().push(partner));
        }
        Ok(Self {
            program,
            tiers,
            partials,
            partners,
            metrics: None,
            answered_until: None,
            keys: tiers.metrics.iter().map(key).collect(),
            overrides: BTreeMap::new(),
            approvals: BTreeMap::new(),
            used: BTreeMap::new(),
            families,
        })
    }

    /// With what the host tells beside sales.
    #[must_use]
    pub fn metrics(self, metrics: &'b MetricFacts) -> Self {
        Self { metrics: Some(metrics), ..self }
    }

    /// With tiers that were granted for a time.
    ///
    /// # Errors
    /// [`StandingError::UnknownTier`] if one is no tier of the program.
    pub fn overrides(mut self, overrides: &'b [Override]) -> Result<Self, StandingError> {
        for one in overrides {
            self.known(&one.tier)?;
            self.overrides.entry(one.partner.as_str()).or_default().push(one);
        }
        Ok(self)
    }

    /// With approved promotions.
    ///
    /// # Errors
    /// [`StandingError::UnknownTier`] if one is to no tier of the program.
    pub fn approvals(mut self, approvals: &'b [Approval]) -> Result<Self, StandingError> {
        for one in approvals {
            self.known(&one.tier)?;
            self.approvals.entry(one.partner.as_str()).or_default().push(one);
        }
        Ok(self)
    }

    /// With what was used of counted allowances.
    #[must_use]
    pub fn used(mut self, used: &'b [Used]) -> Self {
        used.iter().for_each(|one| self.used.entry(one.partner.as_str()).or_default().push(one));
        self
    }

    /// With the day before which every day has been answered: new changes take effect on it or later, whatever late
    /// lines say. Without it that day is the one after the last recorded change.
    #[must_use]
    pub fn answered_until(self, day: NaiveDate) -> Self {
        Self { answered_until: Some(day), ..self }
    }

    fn known(&self, tier: &Name) -> Result<usize, StandingError> {
        self.tiers.rank(tier.as_str()).ok_or_else(|| StandingError::UnknownTier { tier: tier.clone() })
    }

    /// The place of a recorded tier.
    pub(crate) fn rank(&self, tier: Option<&Name>) -> Result<usize, StandingError> {
        tier.map_or(Ok(0), |tier| self.known(tier))
    }

    pub(crate) fn overrides_of(&self, partner: &str) -> impl Iterator<Item = &'b Override> {
        self.overrides.get(partner).into_iter().flatten().copied()
    }

    /// The highest override of a day; of equal ones the first by reason, so that their order does not matter.
    pub(crate) fn override_on(&self, partner: &str, day: NaiveDate) -> Option<(usize, &'b Override)> {
        let holding = self.overrides_of(partner).filter(|one| one.holds(day));
        let ranked = holding.filter_map(|one| Some((self.tiers.rank(one.tier.as_str())?, one)));
        ranked.max_by(|(a, one), (b, other)| a.cmp(b).then_with(|| other.reason.cmp(&one.reason)))
    }

    pub(crate) fn approvals_of(&self, partner: &str) -> impl Iterator<Item = &'b Approval> {
        self.approvals.get(partner).into_iter().flatten().copied()
    }

    /// How many of a benefit were used from a day on, up to and including another.
    pub(crate) fn used_in(&self, partner: &str, benefit: &Name, from: NaiveDate, to: NaiveDate) -> u64 {
        let used = self.used.get(partner).into_iter().flatten();
        let used = used.filter(|used| used.benefit == *benefit && from <= used.on && used.on <= to);
        used.fold(0, |sum, used| sum.saturating_add(used.count.into()))
    }

    /// Everybody who is ever in a family with the partner, but for itself.
    pub(crate) fn relatives(&self, partner: &Partner) -> Vec<&'b Partner> {
        let families = partner.families.iter().map(|place| place.family.as_str()).chain([partner.id.as_str()]);
        let mut found: BTreeMap<&str, &Partner> = BTreeMap::new();
        for relative in families.filter_map(|family| self.families.get(family)).flatten() {
            found.insert(relative.id.as_str(), relative);
        }
        found.remove(partner.id.as_str());
        found.into_values().collect()
    }

    /// How many days after the day that is judged a change takes effect.
    pub(crate) fn lag(&self) -> u64 {
        match self.tiers.sales_count {
            SalesCount::NextDay => 1,
            SalesCount::SameDay => 0,
        }
    }

    /// The end of a grace: counted in fiscal periods where it begins with one, else in calendar months.
    pub(crate) fn grace_until(&self, since: NaiveDate, grace: Length) -> Result<NaiveDate, StandingError> {
        let calendar = self.program.calendar();
        let (every, months) = match grace.unit {
            Unit::Days => {
                let until = since.checked_add_days(chrono::Days::new(grace.count.into()));
                return Ok(until.ok_or(PeriodError::OutOfRange { date: since, months: 0 })?);
            }
            Unit::Months => (Every::Month, 1),
            Unit::Quarters => (Every::Quarter, 3),
        };
        let mut period = calendar.period_of(since, every)?;
        if period.period.from() != since {
            let months = i32::try_from(grace.count).unwrap_or(i32::MAX).saturating_mul(months);
            return Ok(add_months(since, months, MonthEnds::Keep)?);
        }
        for _ in 0..grace.count {
            period = calendar.next(&period)?;
        }
        Ok(period.period.from())
    }

    /// A number of the program's measures: zero.
    pub(crate) fn zero(&self) -> Scaled {
        Scaled::new(0, self.partials.digits())
    }
}

fn key(metric: &Metric) -> String {
    match &metric.source {
        Source::Sales(measure) => measure.key(),
        Source::Told(..) => String::new(),
    }
}

/// Whether two partners are in one family on a day.
pub(crate) fn related(partner: &Partner, other: &Partner, day: NaiveDate) -> bool {
    let places = partner.families.iter().filter(|place| place.holds(day)).map(|place| place.family.as_str());
    places.chain([partner.id.as_str()]).any(|family| other.is_in(family, day))
}
