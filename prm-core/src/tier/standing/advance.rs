//! How standing changes from day to day.

use std::collections::BTreeSet;

use chrono::{Datelike, Days, NaiveDate};

use super::{at_once, judged};
use crate::id::Name;
use crate::partner::Partner;
use crate::period::{MonthEnds, Period, add_months};
use crate::scaled::Scaled;
use crate::tier::readings::Readings;
use crate::tier::{Basis, Because, DemoteAt, Grace, LateLines, Promote, StandingError, TierChange};

/// The changes that take effect before `until`, after those that are recorded.
///
/// Recorded changes stay as they are, whatever sales came late: what follows is judged by what is known now, and
/// takes effect after the last of them (see [`Basis::answered_until`]). A program that says `late_lines: recompute`
/// gets all changes anew, to be recorded instead of the old. Advancing in steps gives the same as advancing at once.
///
/// ```
/// use std::collections::BTreeMap;
/// use prm_core::incentive::partial::Partials;
/// use prm_core::partner::Partner;
/// use prm_core::program::Program;
/// use prm_core::tier::{Basis, MetricFact, MetricFacts, MetricKey, StandingError, standing::advance};
/// let program = Program::read("
/// format: 1
/// program: Example
/// version: '1'
/// effective: { from: 2013-01-01 }
/// currency: USD
/// metrics: { certified_people: { is: state } }
/// tiers: { levels: [{ name: registered }, { name: silver, requires: { metric: certified_people, at_least: 2 } }] }
/// ")?;
/// let mut partner = Partner::new("p1".parse()?, "Summit Bikes");
/// partner.joined = Some("2013-02-01".parse()?);
/// let partners = BTreeMap::from([(partner.id.clone(), partner.clone())]);
/// let mut facts = MetricFacts::new(program.tiers().unwrap());
/// let metric = MetricKey { name: "certified_people".parse()?, certification: None };
/// let on = "2013-03-10".parse()?;
/// facts.tell(MetricFact { partner: partner.id.clone(), metric, on, value: "2".parse()? })?;
/// let sums = Partials::empty(program.plan(), 6);
/// let basis = Basis::new(&program, &sums, &partners)?.metrics(&facts);
/// let changes = advance(&basis, &partner, &[], "2013-07-01".parse()?)?;
/// let told: Vec<String> =
///     changes.iter().map(|change| format!("{} {}", change.on, change.tier.as_ref().unwrap())).collect();
/// assert_eq!(told, ["2013-02-01 registered", "2013-03-11 silver"]);
///
/// // Changes that were recorded under other tiers cannot be continued.
/// let mut other = changes;
/// other[1].tier = Some("platinum".parse()?);
/// let refused = advance(&basis, &partner, &other, "2013-07-01".parse()?);
/// assert_eq!(refused, Err(StandingError::UnknownTier { tier: "platinum".parse()? }));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`StandingError`] if a recorded tier is not the program's, or a day or number does not fit.
pub fn advance(
    basis: &Basis<'_>,
    partner: &Partner,
    recorded: &[TierChange],
    until: NaiveDate,
) -> Result<Vec<TierChange>, StandingError> {
    let recorded = if basis.tiers.late_lines == LateLines::Keep { recorded } else { &[] };
    let readings = Readings::of(basis, partner)?;
    let mut walk = Walk {
        basis,
        partner,
        readings,
        began: partner.joined,
        tier: None,
        earned: 0,
        grace: None,
        changes: Vec::new(),
    };
    let first = match recorded.last() {
        Some(last) => {
            walk.began = walk.began.or(recorded.first().map(|first| first.on));
            if last.tier.is_none() {
                return Ok(Vec::new());
            }
            walk.tier = Some(basis.rank(last.tier.as_ref())?);
            walk.earned = basis.rank(last.earned.as_ref())?;
            walk.grace = last.grace;
            let Some(next) = last.on.succ_opt() else { return Ok(Vec::new()) };
            basis.answered_until.map_or(next, |answered| next.max(answered))
        }
        None => {
            walk.began = walk.began.or(walk.readings.first_sale());
            let Some(began) = walk.began else { return Ok(Vec::new()) };
            basis.answered_until.map_or(began, |answered| began.max(answered))
        }
    };
    let left = partner.left.map(|left| left.max(first));
    let Ok(span) = Period::new(first, left.map_or(until, |left| left.min(until))) else {
        return Ok(walk.leave(left.filter(|left| *left < until)));
    };
    let days = walk.days(&span)?;
    for day in days {
        walk.step(day)?;
    }
    Ok(walk.leave(left.filter(|left| *left < until)))
}

/// The days of reviews and anniversaries within a span, each with what it is.
struct Calendar {
    reviews: BTreeSet<NaiveDate>,
    anniversaries: BTreeSet<NaiveDate>,
}

impl Calendar {
    /// Neither the day on which a partner begins nor any before it is one of them.
    fn of(basis: &Basis<'_>, partner: &Partner, began: NaiveDate, span: &Period) -> Result<Self, StandingError> {
        let review = basis.tiers.review;
        let mut found = Self { reviews: BTreeSet::new(), anniversaries: BTreeSet::new() };
        let within = |day: &NaiveDate| span.contains(*day) && *day > began;
        if review.promote == Promote::AtReview || review.demote == DemoteAt::Review {
            let periods = basis.program.calendar().periods_in(review.every, span)?;
            found.reviews.extend(periods.iter().map(|period| period.period.from()).filter(within));
        }
        if review.promote == Promote::AtAnniversary || review.demote == DemoteAt::Anniversary {
            let base = partner.anniversary.unwrap_or(began);
            for year in span.from().year()..=span.last_day().year() {
                let months = year.saturating_sub(base.year()).saturating_mul(12);
                found.anniversaries.extend(Some(add_months(base, months, MonthEnds::Keep)?).filter(within));
            }
        }
        Ok(found)
    }
}

/// The next day after `as_of` on which a review or anniversary may change the tier.
pub(super) fn next_review(
    basis: &Basis<'_>,
    partner: &Partner,
    changes: &[TierChange],
    as_of: NaiveDate,
) -> Result<Option<NaiveDate>, StandingError> {
    let began = partner.joined.or(changes.first().map(|first| first.on)).unwrap_or(as_of);
    // A review comes within a fiscal year, which with 53 weeks has 371 days, and an anniversary within 366.
    let end = as_of.checked_add_days(Days::new(400));
    let (Some(from), Some(end)) = (as_of.succ_opt(), end) else { return Ok(None) };
    let span = Period::new(from, end)?;
    let Calendar { reviews, anniversaries } = Calendar::of(basis, partner, began, &span)?;
    Ok(reviews.first().into_iter().chain(anniversaries.first()).min().copied())
}

struct Walk<'a, 'b> {
    basis: &'a Basis<'b>,
    partner: &'a Partner,
    readings: Readings<'a, 'b>,
    /// The first day in the lowest tier.
    began: Option<NaiveDate>,
    tier: Option<usize>,
    earned: usize,
    grace: Option<Grace>,
    changes: Vec<TierChange>,
}

impl Walk<'_, '_> {
    /// The days of a span on which something may take effect, its first among them.
    fn days(&self, span: &Period) -> Result<Vec<(NaiveDate, Occasion)>, StandingError> {
        let began = self.began.unwrap_or(span.from());
        let calendar = Calendar::of(self.basis, self.partner, began, span)?;
        let mut days = BTreeSet::from([span.from()]);
        days.extend(calendar.reviews.iter().chain(&calendar.anniversaries));
        for one in self.basis.overrides_of(self.partner.id.as_str()) {
            days.extend([one.from, one.until]);
        }
        days.extend(self.basis.approvals_of(self.partner.id.as_str()).map(|approval| approval.on));
        if at_once(self.basis) {
            let lag = Days::new(self.basis.lag());
            let judged = span.from().checked_sub_days(lag).zip(span.until().checked_sub_days(lag));
            if let Some((from, until)) = judged {
                let changing = self.readings.changing(&Period::new(from, until)?)?;
                days.extend(changing.into_iter().filter_map(|day| day.checked_add_days(lag)));
            }
        }
        days.retain(|day| span.contains(*day));
        let occasion = |day| Occasion {
            review: calendar.reviews.contains(&day),
            anniversary: calendar.anniversaries.contains(&day),
        };
        Ok(days.into_iter().map(|day| (day, occasion(day))).collect())
    }

    /// What takes effect on a day: the beginning, overrides, demotion or grace, promotion, in this order.
    fn step(&mut self, (day, occasion): (NaiveDate, Occasion)) -> Result<(), StandingError> {
        if self.tier.is_none() {
            self.change(day, 0, Because::Joined, None);
        }
        self.apply_override(day);
        let review = self.basis.tiers.review;
        let falls = match review.demote {
            DemoteAt::Review => occasion.review,
            DemoteAt::Anniversary => occasion.anniversary,
            DemoteAt::Never => false,
        };
        if falls && let Some(eve) = day.pred_opt() {
            self.fall(day, eve)?;
        }
        let lag = Days::new(self.basis.lag());
        let judged_on = match review.promote {
            Promote::AtOnce | Promote::AfterApproval => day.checked_sub_days(lag),
            Promote::AtReview => day.pred_opt().filter(|_| occasion.review),
            Promote::AtAnniversary => day.pred_opt().filter(|_| occasion.anniversary),
        };
        judged_on.map_or(Ok(()), |judged_on| self.rise(day, judged_on))
    }

    fn apply_override(&mut self, day: NaiveDate) {
        let granted = self.basis.override_on(self.partner.id.as_str(), day);
        let tier = granted.map_or(self.earned, |(rank, _)| rank.max(self.earned));
        if self.tier == Some(tier) {
            return;
        }
        let because = match granted.filter(|(rank, _)| *rank > self.earned) {
            Some((_, granted)) => Because::OverrideBegan { reason: granted.reason.clone() },
            None => Because::OverrideEnded,
        };
        self.change(day, self.earned, because, None);
    }

    fn fall(&mut self, day: NaiveDate, eve: NaiveDate) -> Result<(), StandingError> {
        if self.earned == 0 {
            return Ok(());
        }
        let values = self.readings.values(eve)?;
        let highest = self.basis.tiers.highest(&values)?;
        match (highest < self.earned, self.grace, self.basis.tiers.review.grace) {
            (false, Some(_), _) => {
                self.grace = None;
                self.change(day, self.earned, Because::Recovered, Some((self.earned, &values)));
            }
            (false, None, _) => {}
            (true, None, Some(length)) if length.count > 0 => {
                self.grace = Some(Grace { since: day, until: self.basis.grace_until(day, length)? });
                self.change(day, self.earned, Because::FellShort, Some((self.earned, &values)));
            }
            (true, Some(grace), _) if day < grace.until => {}
            (true, ..) => {
                let lost = self.earned;
                self.grace = None;
                self.change(day, highest, Because::Demoted, Some((lost, &values)));
            }
        }
        Ok(())
    }

    fn rise(&mut self, day: NaiveDate, judged_on: NaiveDate) -> Result<(), StandingError> {
        let approvals = self.basis.approvals_of(self.partner.id.as_str()).filter(|approval| approval.on == day);
        let tiers = self.basis.tiers;
        let after_approval = tiers.review.promote == Promote::AfterApproval;
        let approved = approvals.filter_map(|approval| Some((tiers.rank(approval.tier.as_str())?, &approval.by)));
        // Of several approvals for one day the highest tier counts, and the name decides who is said to have given it.
        let approved = if after_approval { approved.max() } else { None };
        if after_approval && approved.is_none() {
            return Ok(());
        }
        let values = self.readings.values(judged_on)?;
        let highest = tiers.highest(&values)?;
        let (rank, because) = match approved {
            Some((rank, by)) if rank <= highest => (rank, Because::Approved { by: by.clone() }),
            Some(_) => return Ok(()),
            None => (highest, Because::Promoted),
        };
        if rank > self.earned {
            self.grace = None;
            self.change(day, rank, because, Some((rank, &values)));
        }
        Ok(())
    }

    /// Notes a change to what is earned, with the requirements that decided.
    fn change(&mut self, day: NaiveDate, earned: usize, because: Because, decided: Option<(usize, &Vec<Scaled>)>) {
        let granted = self.basis.override_on(self.partner.id.as_str(), day).map(|(rank, _)| rank);
        let granted = granted.filter(|_| because != Because::Joined);
        let tier = granted.map_or(earned, |granted| granted.max(earned));
        let name = |rank: usize| -> Option<Name> { self.basis.tiers.levels.get(rank).map(|level| level.name.clone()) };
        let before = self.tier.and_then(name);
        let evidence = decided.and_then(|(rank, values)| judged(self.basis, rank, values).ok().flatten());
        let (on, grace) = (day, self.grace);
        self.changes.push(TierChange { on, tier: name(tier), earned: name(earned), before, because, grace, evidence });
        (self.tier, self.earned) = (Some(tier), earned);
    }

    /// Notes that membership ended, and gives all changes.
    fn leave(mut self, left: Option<NaiveDate>) -> Vec<TierChange> {
        if let (Some(on), Some(tier)) = (left, self.tier) {
            let before = self.basis.tiers.levels.get(tier).map(|level| level.name.clone());
            let because = Because::Left;
            let change = TierChange { on, tier: None, earned: None, before, because, grace: None, evidence: None };
            self.changes.push(change);
        }
        self.changes
    }
}

#[derive(Clone, Copy)]
struct Occasion {
    review: bool,
    anniversary: bool,
}
