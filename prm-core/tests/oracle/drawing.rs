//! Random programs.

use super::drawn::{Drawn, date};
use super::fraction::MODES;
use super::spec::{Band, Measure, Member, Pay, Rebate, Reference, Rounding, Schedule, Spec, Stack};

fn rounding(drawn: &mut Drawn<'_>) -> Rounding {
    let (mode, _) = drawn.pick(&MODES);
    Rounding { mode, place: drawn.pick(&["total", "band", "line"]), digits: drawn.pick(&[2, 2, 2, 1, 0]) }
}

impl Spec {
    pub(crate) fn draw(program: &[u16], rebates: &[Vec<u16>]) -> Self {
        let drawn = &mut Drawn::new(program);
        let from =
            drawn.pick(&[date(2025, 1, 1), date(2025, 1, 1), date(2025, 2, 15), date(2025, 4, 1), date(2025, 5, 9)]);
        let until = drawn.pick(&[None, None, Some(date(2026, 1, 1)), Some(date(2025, 11, 20))]);
        let running = drawn.pick(&["split", "next", "restate"]);
        let starts = drawn.pick(&[1, 1, 4, 11]);
        let rounding = rounding(drawn);
        let (current, rejects) = (drawn.one_in(3), drawn.one_in(4));
        let reopen = drawn.pick(&[(12, "months"), (1, "months"), (45, "days"), (0, "days")]);
        let exchange = (drawn.pick(&[6, 6, 2]), drawn.pick(&MODES).0);
        let (of_members, prorated, forfeited) = (drawn.one_in(3), drawn.one_in(3), drawn.one_in(4));
        let count = drawn.below(3) + 1;
        let partners = (0..count).map(|_| Member::draw(drawn)).collect::<Vec<_>>();
        let mut rebates: Vec<Rebate> = rebates.iter().map(|numbers| Rebate::draw(numbers, partners.len())).collect();
        let stack = Stack::draw(drawn, &mut rebates);
        Self {
            from,
            until,
            running,
            starts,
            rounding,
            current,
            rejects,
            reopen,
            exchange,
            payout: "",
            of_members,
            prorated,
            forfeited,
            partners,
            rebates,
            stack,
        }
    }
}

impl Member {
    fn draw(drawn: &mut Drawn<'_>) -> Self {
        let joined =
            drawn.pick(&[None, None, Some(date(2025, 2, 15)), Some(date(2025, 5, 20)), Some(date(2025, 7, 1))]);
        let left = drawn.pick(&[None, None, None, Some(date(2025, 8, 3)), Some(date(2025, 10, 1))]);
        let (target, gaps) = (drawn.pick(&[1000, 500, 3337, 20]), drawn.pick(&[0, 0, 3]));
        Self { joined, left, target, gaps }
    }
}

impl Stack {
    /// A stack of those whose periods are as long as the first one's: others cannot be set off against one another.
    fn draw(drawn: &mut Drawn<'_>, rebates: &mut [Rebate]) -> Option<Self> {
        let how = drawn.pick(&["", "reducing", "exclusive", "best_of", "side_by_side"]);
        if how.is_empty() || rebates.len() < 2 {
            return None;
        }
        let turned = drawn.below(rebates.len());
        if drawn.below(3) > 0 {
            let every = rebates[0].every;
            rebates.iter_mut().for_each(|rebate| rebate.every = every);
        }
        let mut order: Vec<usize> = (0..rebates.len()).collect();
        order.rotate_left(turned);
        if how != "side_by_side" {
            let every = rebates[order[0]].every;
            order.retain(|at| rebates[*at].every == every);
        }
        if how == "best_of" {
            // What a cumulative guarantee added where another paid instead counts as paid in the engine: left out here.
            for at in &order {
                rebates[*at].guarantee = rebates[*at].guarantee.map(|(payout, _)| (payout, false));
            }
        }
        let mut some = |one_in: usize| order.iter().copied().filter(|_| drawn.one_in(one_in)).collect::<Vec<_>>();
        let (never_deducted, mut not_reduced) = (some(4), some(4));
        // Money cannot be taken off a number of units.
        not_reduced.extend(order.iter().filter(|at| rebates[**at].pays_units()));
        not_reduced.sort_unstable();
        not_reduced.dedup();
        Some(Self { how, order, never_deducted, not_reduced })
    }
}

impl Measure {
    fn draw(drawn: &mut Drawn<'_>) -> Self {
        let during = [None, None, None, None, None, Some((date(2025, 2, 10), date(2025, 7, 20)))];
        Self {
            units: drawn.one_in(4),
            sets: drawn.pick(&[&[][..], &[], &[], &["bikes"], &["parts"], &["bikes", "parts"]]).to_vec(),
            sell_out: drawn.one_in(10),
            seller: drawn.one_in(8),
            by_order: drawn.one_in(6),
            current: drawn.pick(&[None, None, None, Some(true), Some(false)]),
            during: drawn.pick(&during),
            renewals: drawn.one_in(10),
            registered: drawn.pick(&[None, None, None, None, None, None, None, Some(true), Some(false)]),
            accounts: if drawn.one_in(8) { drawn.pick(&[&["A-1"][..], &["A-1", "A+2"]]).to_vec() } else { Vec::new() },
            except: if drawn.one_in(8) { vec!["A-3"] } else { Vec::new() },
            north: drawn.one_in(16),
        }
    }
}

impl Rebate {
    fn draw(numbers: &[u16], partners: usize) -> Self {
        let drawn = &mut Drawn::new(numbers);
        let every = drawn.pick(&[3, 3, 3, 1, 6, 12]);
        let measure = Measure::draw(drawn);
        let reference = match drawn.below(6) {
            3 => Reference::Fixed(drawn.pick(&[1000, 10_000, 777])),
            4 => Reference::Table,
            5 => Reference::Growth { previous: drawn.one_in(2), from_zero: drawn.one_in(2), whole: drawn.one_in(2) },
            _ => Reference::None,
        };
        let is_relative = reference != Reference::None;
        let shape = drawn.below(if is_relative { 5 } else { 8 });
        // The shapes that pay on parts of the measure cannot pay on something else.
        let on_parts = [0, 2].contains(&shape);
        let mut base = if drawn.one_in(3) && !on_parts { Some(Measure::draw(drawn)) } else { None };
        if shape == 4 && base.as_ref().unwrap_or(&measure).units {
            base = Some(Measure { units: false, ..measure.clone() });
        }
        let reference = match reference {
            Reference::Growth { previous, from_zero, .. } if on_parts => {
                Reference::Growth { previous, from_zero, whole: false }
            }
            other => other,
        };
        let paid_units = base.as_ref().unwrap_or(&measure).units;
        let schedule = Schedule::draw(drawn, shape, (measure.units, paid_units, is_relative));
        let floor = drawn.pick(&[None, None, None, Some(5), Some(40)]);
        let cap = drawn.pick(&[None, None, None, Some(100), Some(333)]);
        let scale = if paid_units { 1 } else { 100 };
        let cap_base = drawn.pick(&[None, None, None, Some(20), Some(77)]).map(|cap: i128| cap * scale);
        let guarantee = drawn.pick(&[None, None, None, Some(50), Some(99)]).map(|payout| (payout, drawn.one_in(2)));
        let rounding = if drawn.one_in(3) { Some(rounding(drawn)) } else { None };
        let except = if drawn.one_in(8) { Some(drawn.below(partners)) } else { None };
        let during = if drawn.one_in(10) { Some((date(2025, 3, 3), date(2025, 9, 1))) } else { None };
        Self { every, measure, base, during, reference, schedule, cap_base, cap, floor, guarantee, rounding, except }
    }
}

impl Pay {
    fn draw(drawn: &mut Drawn<'_>, units: bool) -> Self {
        match (drawn.one_in(5), units) {
            (true, _) => Self::Amount(drawn.whole(9000)),
            (false, true) => Self::PerUnit(drawn.whole(500) + 1),
            (false, false) => Self::Rate(drawn.whole(2500)),
        }
    }
}

impl Schedule {
    fn draw(drawn: &mut Drawn<'_>, shape: usize, (of_units, paid_units, is_relative): (bool, bool, bool)) -> Self {
        let (firsts, widths): (&[i128], &[i128]) = match (is_relative, of_units) {
            (true, _) => (&[0, 5, 50, 100], &[5, 10, 33, 50]),
            (false, true) => (&[0, 0, 5], &[5, 10, 25]),
            (false, false) => (&[0, 0, 500, 1000], &[500, 1000, 2500, 10_000]),
        };
        match shape {
            4 => {
                let (mut at, count) = (drawn.pick(firsts), drawn.below(3) + 2);
                let point = |_| {
                    let point = (at, drawn.whole(2500));
                    at += drawn.pick(widths) + drawn.whole(3);
                    point
                };
                Self::Points((0..count).map(point).collect())
            }
            5 => Self::PerStep(drawn.pick(widths), drawn.whole(2000)),
            6 => Self::Target(Some(drawn.pick(widths)), Pay::draw(drawn, paid_units)),
            7 => Self::Target(None, Pay::draw(drawn, paid_units)),
            _ => {
                let shape = ["marginal", "whole_volume", "sum_capped", "sum_whole"][shape];
                let (below, mut from, count) = (drawn.one_in(3), drawn.pick(firsts), drawn.below(4) + 1);
                let mut bands = Vec::new();
                for number in 1..=count {
                    let (pay, width) = (Pay::draw(drawn, paid_units), drawn.pick(widths));
                    let back = shape == "marginal" && drawn.one_in(5);
                    // The last band of a relative schedule stays open: newcomers are in it.
                    let ends = drawn.one_in(5) && !(is_relative && number == count);
                    bands.push(Band { from, until: ends.then_some(from + width), pay, back });
                    from += width + if ends { drawn.whole(2) * width } else { 0 };
                }
                Self::Bands { shape, below, bands }
            }
        }
    }
}
