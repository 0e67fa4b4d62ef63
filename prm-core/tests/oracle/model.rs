//! What a partner earns, from its lines.

use std::cell::RefCell;
use std::collections::BTreeMap;

use chrono::{Datelike as _, NaiveDate};

use super::drawn::date;
use super::fraction::{Fraction, Mode};
use super::sales::Line;
use super::schedule::Reading;
use super::spec::{Rebate, Reference, Schedule, Spec};
use super::standing::{Standing, share};

type Days = (NaiveDate, NaiveDate);

/// What is earned, in cents; and whether anything could be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Earned {
    pub(crate) blocked: bool,
    pub(crate) cents: i128,
}

const NOTHING: Earned = Earned { blocked: true, cents: 0 };

/// A rebate, a partner and the number of a period, all from zero.
pub(crate) type Asked = (usize, usize, i32);

pub(crate) struct Model<'m> {
    spec: &'m Spec,
    standing: Standing<'m>,
    in_order: RefCell<BTreeMap<Asked, Earned>>,
}

/// The half-open days that are in both.
fn both((a, b): Days, (c, d): Days) -> Option<Days> {
    let days = (a.max(c), b.min(d));
    (days.0 < days.1).then_some(days)
}

fn length((from, until): Days) -> i64 {
    until.signed_duration_since(from).num_days()
}

impl<'m> Model<'m> {
    pub(crate) fn new(spec: &'m Spec, lines: &'m [Line]) -> Self {
        Self { spec, standing: Standing::new(spec, lines), in_order: RefCell::default() }
    }

    /// The number of the period of so many months that a day lies in.
    pub(crate) fn number(&self, every: i32, day: NaiveDate) -> i32 {
        let months = day.year() * 12 + i32::try_from(day.month0()).unwrap() - (self.spec.starts - 1);
        months.div_euclid(every)
    }

    /// The days of a period by its number.
    pub(crate) fn period(&self, every: i32, number: i32) -> Days {
        let first = |number: i32| {
            let month = number * every + self.spec.starts - 1;
            date(month.div_euclid(12), u32::try_from(month.rem_euclid(12)).unwrap() + 1, 1)
        };
        (first(number), first(number + 1))
    }

    /// The days for which this version of the program decides.
    fn governed(&self, every: i32) -> Days {
        let moved = |day: NaiveDate| {
            let (from, until) = self.period(every, self.number(every, day));
            match self.spec.running {
                _ if from == day => day,
                "next" => until,
                "restate" => from,
                _ => day,
            }
        };
        (moved(self.spec.from), self.spec.until.map_or(NaiveDate::MAX, moved))
    }

    fn membership(&self, partner: usize) -> Days {
        let member = self.spec.partners[partner];
        (member.joined.unwrap_or(NaiveDate::MIN), member.left.unwrap_or(NaiveDate::MAX))
    }

    /// What counts in a period, of what the rebate measures and of what it pays on.
    fn measured(&self, rebate: &Rebate, (partner, days): (usize, Days)) -> (Fraction, Fraction, usize) {
        let days = both(days, self.governed(rebate.every));
        let days =
            days.and_then(|days| if self.spec.of_members { both(days, self.membership(partner)) } else { Some(days) });
        let Some(days) = days else { return (Fraction::ZERO, Fraction::ZERO, 0) };
        let (value, count) = self.standing.sum(rebate, &rebate.measure, partner, days);
        let Some(base) = &rebate.base else { return (value, value, count) };
        let (base, more) = self.standing.sum(rebate, base, partner, days);
        (value, base, count + more)
    }

    /// How many lines count in a period.
    pub(crate) fn lines(&self, (rebate, partner, number): Asked) -> usize {
        let rebate = &self.spec.rebates[rebate];
        self.measured(rebate, (partner, self.period(rebate.every, number))).2
    }

    /// A partner's target in the table of targets.
    pub(crate) fn target(spec: &Spec, partner: usize, every: i32, number: i32) -> Option<i128> {
        let member = spec.partners[partner];
        (member.gaps == 0 || number.rem_euclid(member.gaps) != 0).then(|| member.target * i128::from(every))
    }

    /// For which part of a period the partner is a member, if that matters.
    fn part(&self, partner: usize, period: Days) -> Option<(i64, i64)> {
        let member = both(period, self.membership(partner)).filter(|days| self.spec.prorated && *days != period)?;
        Some((length(member), length(period)))
    }

    /// Whether the partner can earn nothing, whatever it sold.
    fn is_blocked(&self, rebate: &Rebate, partner: usize, period: Days) -> bool {
        both(period, self.governed(rebate.every)).is_none()
            || rebate.except == Some(partner)
            || (self.spec.of_members && both(period, self.membership(partner)).is_none())
            || (self.spec.forfeited
                && self.spec.partners[partner].left.is_some_and(|left| period.0 < left && left < period.1))
    }

    /// What is earned in the end.
    pub(crate) fn earned(&self, asked: Asked) -> Earned {
        let own = self.in_order(asked);
        let stack = self.spec.stack.as_ref().filter(|stack| stack.how == "best_of" && stack.order.contains(&asked.0));
        let Some(stack) = stack.filter(|_| !own.blocked) else { return own };
        let paid = |at: usize| self.in_order((at, asked.1, asked.2)).cents;
        let most = stack.order.iter().map(|at| paid(*at)).max().unwrap_or_default();
        let first = stack.order.iter().find(|at| paid(**at) == most);
        if most > 0 && first != Some(&asked.0) { NOTHING } else { own }
    }

    /// What is earned by what comes before it in its stack.
    fn in_order(&self, asked: Asked) -> Earned {
        if let Some(known) = self.in_order.borrow().get(&asked) {
            return *known;
        }
        let earned = self.computed(asked);
        self.in_order.borrow_mut().insert(asked, earned);
        earned
    }

    fn computed(&self, (place, partner, number): Asked) -> Earned {
        let (spec, rebate) = (self.spec, &self.spec.rebates[place]);
        let period = self.period(rebate.every, number);
        if self.is_blocked(rebate, partner, period) {
            return NOTHING;
        }
        let (part, rounding) = (self.part(partner, period), spec.rounding_of(rebate));
        let of_part = |amount: Fraction, digits: u32| part.map_or(amount, |part| share(amount, part, digits));
        let (measured, apart, lines) = self.measured(rebate, (partner, period));
        let from_table = || Self::target(spec, partner, rebate.every, number).map(Fraction::whole);
        let (mut value, mut base, mut reference) = (measured, apart, None);
        match (rebate.reference, &rebate.schedule) {
            (Reference::Fixed(target), _) => reference = Some(Fraction::whole(target)),
            (Reference::Table, _) | (_, Schedule::Target(None, _)) => match from_table() {
                Some(target) => reference = Some(target),
                None => return NOTHING,
            },
            (Reference::Growth { previous, from_zero, whole }, _) => {
                let earlier = if previous { number - 1 } else { number - 12 / rebate.every };
                let earlier = self.period(rebate.every, earlier);
                let counted =
                    if self.spec.of_members { both(earlier, self.membership(partner)) } else { Some(earlier) };
                let before = counted.map(|days| self.standing.sum(rebate, &rebate.measure, partner, days).0);
                let before = before.unwrap_or(Fraction::ZERO);
                if before <= Fraction::ZERO && !from_zero {
                    return NOTHING;
                }
                value = measured.minus(before.max(Fraction::ZERO));
                base = if whole || rebate.base.is_some() { apart } else { value };
                reference = Some(before.max(Fraction::ZERO));
            }
            (Reference::None, _) => {}
        }
        // Earlier ones of the stack: what they pay, or that they do.
        let stack = spec.stack.as_ref().filter(|stack| stack.order.contains(&place));
        let before = stack.iter().flat_map(|stack| stack.order.iter().take_while(|at| **at != place));
        let mut deducted = Fraction::ZERO;
        for (earlier, stack) in before.copied().zip(stack.iter().cycle()) {
            let paid = || self.in_order((earlier, partner, number)).cents;
            match stack.how {
                "exclusive" if paid() > 0 => return NOTHING,
                "reducing" if !stack.never_deducted.contains(&earlier) && !stack.not_reduced.contains(&place) => {
                    deducted = deducted.plus(Fraction::decimal(paid(), 2));
                }
                _ => {}
            }
        }
        if lines == 0 && rebate.guarantee.is_none() {
            return NOTHING;
        }
        let least = base.min(Fraction::ZERO);
        let base = base.minus(deducted).max(least);
        let base = rebate.cap_base.map_or(base, |cap| base.min(of_part(Fraction::whole(cap), 6)));
        let reference = reference.map(|reference| of_part(reference, 6));
        let is_relative = rebate.reference != Reference::None;
        let exact = Reading { value, base, reference, is_relative, part }.exact(&rebate.schedule, rounding);
        let limit = |limit: Option<i128>| limit.map(|limit| of_part(Fraction::whole(limit), rounding.digits));
        let limited = match (limit(rebate.floor), limit(rebate.cap)) {
            _ if exact < Fraction::ZERO => Fraction::ZERO,
            (Some(floor), _) if exact != Fraction::ZERO && exact < floor => floor,
            (_, Some(cap)) if exact > cap => cap,
            _ => exact,
        };
        let cents = limited.rounded(rounding.digits, rounding.mode).units(2, Mode::HalfEven);
        Earned { blocked: false, cents: cents + self.top_up((place, partner, number), cents) }
    }

    /// What a guarantee adds. A cumulative one adds up those of the periods of the year in which something could be earned.
    fn top_up(&self, (place, partner, number): Asked, cents: i128) -> i128 {
        let rebate = &self.spec.rebates[place];
        let Some((payout, cumulative)) = rebate.guarantee else { return 0 };
        let of_period = |number: i32| {
            let (whole, period) = (Fraction::whole(payout), self.period(rebate.every, number));
            self.part(partner, period).map_or(whole, |part| share(whole, part, 2)).units(2, Mode::HalfEven)
        };
        let is_member = |number: i32| both(self.period(rebate.every, number), self.membership(partner)).is_some();
        if !is_member(number) {
            return 0;
        }
        let (mut level, mut before) = (of_period(number), 0);
        let per_year = 12 / rebate.every;
        for earlier in number - number.rem_euclid(per_year)..number {
            let earned = self.earned((place, partner, earlier));
            if cumulative && !earned.blocked && is_member(earlier) {
                level += of_period(earlier);
                before += earned.cents;
            }
        }
        (level - before - cents).max(0)
    }
}
