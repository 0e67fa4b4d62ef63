//! Laws: the order of lines, steps, what is recorded, and all partners at once.

use chrono::{Days, NaiveDate};
use prm_core::program::Program;
use prm_core::tier::standing::{meets, month_ends};
use prm_core::tier::{StandingError, TierChange, TierHistory};
use proptest::prelude::*;

use super::world::{World, day, program};

/// Programs that differ in how they rise and fall.
fn rules() -> impl Strategy<Value = String> {
    let promote = prop::sample::select(vec!["at_once", "at_review", "at_anniversary", "after_approval"]);
    let demote = prop::sample::select(vec![
        "{ at: review }",
        "{ at: review, grace: 1 quarter }",
        "{ at: review, grace: 100 days }",
        "{ at: anniversary, grace: 1 month }",
        "{ at: never }",
    ]);
    let every = prop::sample::select(vec!["month", "quarter", "half_year"]);
    let sales = prop::sample::select(vec!["next_day", "same_day"]);
    (promote, demote, every, sales).prop_map(|(promote, demote, every, sales)| {
        format!("  sales_count: {sales}\n  review: {{ every: {every}, promote: {promote}, demote: {demote} }}")
    })
}

fn levels() -> &'static str {
    "
  levels:
    - name: registered
    - { name: silver, requires: { metric: net_revenue, over: trailing 2 quarters, at_least: 100 } }
    - name: gold
      requires:
        any:
          - { metric: net_revenue, over: trailing 60 days, at_least: 150 }
          - { metric: people, at_least: 3 }
    - name: top
      requires:
        points:
          at_least: 50
          of:
            - { metric: net_revenue, over: fiscal year, points: 0.1, at_most: 40 }
            - { metric: people, over: any day of trailing 3 months, points: 4, more_than: 0 }
"
}

type Drawn = (Vec<(u64, i64)>, Vec<(u64, u8)>, Vec<(u64, u64)>, Vec<u64>);

/// Sales, people, overrides and approvals by day since 2013.
fn facts() -> impl Strategy<Value = Drawn> {
    (
        prop::collection::vec((0_u64..700, -80_i64..120), 0..12),
        prop::collection::vec((0_u64..700, 0_u8..6), 0..5),
        prop::collection::vec((0_u64..700, 1_u64..200), 0..3),
        prop::collection::vec(0_u64..700, 0..4),
    )
}

fn later(days: u64) -> NaiveDate {
    day("2013-01-01").checked_add_days(Days::new(days)).unwrap()
}

fn world(program: Program, (sales, people, overrides, approvals): &Drawn) -> World {
    let mut world = World::new(program);
    for (on, amount) in sales {
        world.sells("p", &later(*on).to_string(), &amount.to_string());
    }
    let told: std::collections::BTreeMap<u64, u8> = people.iter().copied().collect();
    for (on, value) in told {
        world.tells("p", "people", &later(on).to_string(), &value.to_string());
    }
    for (from, length) in overrides {
        world.grants("p", "gold", &later(*from).to_string(), &later(from + length).to_string());
    }
    for on in approvals {
        world.approves("p", "silver", &later(*on).to_string()).approves("p", "top", &later(*on).to_string());
    }
    world
}

fn with_rules(rules: &str) -> Program {
    program(&format!("metrics: {{ people: {{ is: state }} }}\ntiers:\n{rules}{}", levels()))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_facts_does_not_matter(rules in rules(), facts in facts()) {
        let forward = world(with_rules(&rules), &facts);
        let mut backward = world(with_rules(&rules), &facts);
        backward.lines.reverse();
        backward.overrides.reverse();
        backward.approvals.reverse();
        prop_assert_eq!(forward.advance("p", &[], "2015-06-01"), backward.advance("p", &[], "2015-06-01"));
    }

    #[test]
    fn steps_give_what_one_stride_gives(rules in rules(), facts in facts(), cuts in prop::collection::vec(0_u64..880, 1..5)) {
        let world = world(with_rules(&rules), &facts);
        let whole = world.advance("p", &[], "2015-06-01");
        let mut cuts = cuts;
        cuts.sort_unstable();
        let mut recorded: Vec<TierChange> = Vec::new();
        for until in cuts.iter().map(|cut| later(*cut).to_string()).chain(["2015-06-01".to_owned()]) {
            let more = world.advance("p", &recorded, &until);
            recorded.extend(more);
        }
        prop_assert_eq!(&recorded, &whole);
        // Every change follows on the one before, and the history answers as a standing does.
        prop_assert!(recorded.windows(2).all(|pair| pair[0].on <= pair[1].on && pair[1].before == pair[0].tier));
        let history: TierHistory = [("p".parse().unwrap(), whole.clone())].into_iter().collect();
        for ahead in (0..880).step_by(97) {
            let standing = world.standing("p", &[], &later(ahead).to_string());
            prop_assert_eq!(history.tier_on("p", later(ahead)), standing.tier.as_ref());
            prop_assert_eq!(world.standing("p", &whole, &later(ahead).to_string()).tier, standing.tier);
        }
    }

    #[test]
    fn sums_by_month_are_exact_for_reviews(facts in facts(), every in prop::sample::select(vec!["month", "quarter", "half_year"])) {
        let of = |more: &str| {
            let program = program(&format!("
fiscal_year: {{ starts: october }}
tiers:
  review: {{ every: {every}, promote: at_review, demote: {{ at: review, grace: 1 quarter }} }}
  levels:
    - name: registered
    - {{ name: silver, requires: {{ metric: net_revenue, over: trailing 2 quarters, at_least: 100 }} }}
    - {{ name: gold, requires: {{ metric: net_revenue, over: fiscal year, at_least: 200 }} }}
{more}"));
            let mut world = World::new(program);
            for (on, amount) in &facts.0 {
                world.sells("p", &later(*on).to_string(), &amount.to_string());
            }
            world
        };
        // A tier that nobody reaches, and for which the same sums are kept by day.
        let (by_month, by_day) = (of(""), of("    - { name: top, requires: { metric: net_revenue, over: trailing 1 day, at_least: 1000000 } }"));
        prop_assert_ne!(by_month.program.measures()[0].grain, by_day.program.measures()[0].grain);
        prop_assert_eq!(by_month.advance("p", &[], "2015-06-01"), by_day.advance("p", &[], "2015-06-01"));
    }

    #[test]
    fn what_is_recorded_stays_whatever_comes_late(
        rules in rules(), facts in facts(), late in (0_u64..400, -500_i64..500),
    ) {
        let mut world = world(with_rules(&rules), &facts);
        let recorded = world.advance("p", &[], &later(400).to_string());
        world.answered_until = Some(later(400));
        world.sells("p", &later(late.0).to_string(), &late.1.to_string());
        let more = world.advance("p", &recorded, "2015-06-01");
        prop_assert!(more.iter().all(|change| change.on >= later(400)), "{:?}", more);
        for ahead in (0..400).step_by(37) {
            let standing = world.standing("p", &recorded, &later(ahead).to_string());
            prop_assert_eq!(Some(&standing.tier), recorded.iter().rfind(|c| c.on <= later(ahead)).map(|c| &c.tier));
        }
    }

    #[test]
    fn all_partners_at_once_are_what_each_is(
        sales in prop::collection::vec((0_usize..4, 0_u64..900, -500_i64..900), 0..60),
        promote in prop::sample::select(vec!["at_once", "at_review"]),
        calendar in prop::sample::select(vec![
            "fiscal_year: { starts: july }", "fiscal_year: { weeks: 4-4-5, starts: 2012-12-31 }", "currency_is: same",
        ]),
        days in prop::collection::vec(0_u64..1000, 1..6),
        batches in 1_usize..4,
    ) {
        let calendar = if calendar.starts_with("fiscal") { calendar } else { "" };
        let program = program(&format!("{calendar}
tiers:
  review: {{ promote: {promote} }}
  levels:
    - name: registered
    - {{ name: silver, requires: {{ any: [{{ metric: net_revenue, over: trailing 12 months, at_least: 300 }}, {{ metric: units, over: always, at_least: 9 }}] }} }}
    - {{ name: gold, requires: {{ all: [{{ metric: net_revenue, over: trailing 2 quarters, more_than: 400 }}, {{ metric: units, over: fiscal year, at_least: 1 }}] }} }}
    - {{ name: top, requires: {{ points: {{ at_least: 10, of: [{{ metric: units, over: last fiscal year, each: 2, points: 3, floor: 3 }}, {{ metric: net_revenue, over: trailing 40 days, points: 0.01 }}] }} }} }}
"));
        let mut world = World::new(program);
        let names = ["p", "b", "zz", "m"];
        names.iter().for_each(|name| { world.partner(name); });
        for (who, on, amount) in &sales {
            world.sells(names[*who], &later(*on).to_string(), &amount.to_string());
        }
        let partials = parts(&world, batches);
        let basis = prm_core::tier::Basis::new(&world.program, &partials, &world.partners).unwrap();
        let days: Vec<_> = days.into_iter().map(later).collect();
        let bulk = month_ends(&basis, &days).unwrap();
        prop_assert_eq!(bulk.iter().count(), 4);
        for (partner, tiers) in bulk.iter() {
            for (day, tier) in days.iter().zip(tiers) {
                prop_assert_eq!(Some(tier), meets(&basis, &world.partners[partner], *day).unwrap());
                prop_assert_eq!(Some(tier), bulk.tier_on(partner.as_str(), *day));
            }
        }
    }
}

/// The lines in several batches, whose sums stand side by side.
fn parts(world: &World, batches: usize) -> prm_core::incentive::partial::Partials {
    use prm_core::incentive::fold::{Facts, Fold};
    use prm_core::incentive::line::BatchKey;
    let key = |at: usize| BatchKey::new("erp".parse().unwrap(), format!("b{at}").parse().unwrap());
    let mut fold = Fold::new(&world.program, Facts::new(&world.partners), key(0)).unwrap();
    for (at, lines) in world.lines.chunks(world.lines.len().div_ceil(batches).max(1)).enumerate() {
        if at > 0 {
            fold.next_batch(key(at)).unwrap();
        }
        for line in lines {
            fold.add(line).unwrap();
        }
    }
    fold.finish().unwrap().partials
}

#[test]
fn all_at_once_is_for_sums_of_own_sales() {
    let world = World::new(with_rules(""));
    let refused = world.with(|basis| month_ends(basis, &[day("2013-01-31")]).map(drop));
    assert_eq!(refused, Err(StandingError::NotSumsAlone));
}
