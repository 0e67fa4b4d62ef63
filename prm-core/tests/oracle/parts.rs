//! Parts and the whole: runs, orders and settlements that must come to the same.

use std::collections::{BTreeMap, BTreeSet};

use prm_core::calendar::{Every, FiscalPeriod};
use prm_core::incentive::explain::explain;
use prm_core::incentive::line::SaleLine;
use prm_core::incentive::partial::Partials;
use prm_core::incentive::paying::Paying;
use prm_core::incentive::rebate::Payout;
use prm_core::incentive::settlement::{EntryKey, Posted, due};
use prm_core::money::Money;
use prm_core::period::Period;
use proptest::prelude::*;

use super::case::{Case, cases, config};
use super::drawn::date;
use super::sales::Line;
use super::world::World;

/// Everything that is paid.
fn payouts(world: &World, case: &Case, partials: &Partials) -> Vec<Payout> {
    world.explained(&case.spec, partials).iter().map(|explanation| explanation.earned).collect()
}

/// Settles periods within some days, and notes what stands then. The differences come to what stands.
fn settle(world: &World, partials: &Partials, covers: Period, posted: &mut BTreeMap<EntryKey, Posted>) {
    let period = |key: &EntryKey| world.program.calendar().parse_label(key.label()).unwrap().period;
    let within = |(key, posted): (&EntryKey, &Posted)| covers.covers(&period(key)).then(|| (key.clone(), *posted));
    let known: BTreeMap<EntryKey, Posted> = posted.iter().filter_map(within).collect();
    let paying = Paying::new(&world.exchange, covers.until());
    for entry in due(world.basis(partials), &world.partners, covers, &known, paying).unwrap() {
        let before = known.get(&entry.key()).and_then(|known| known.earned.money()).map_or(0, Money::minor);
        let more: i64 = entry.differences().unwrap().iter().map(|money| money.minor()).sum();
        let Payout::Money(now) = entry.posted().earned else { panic!("goods") };
        assert_eq!(before + more, now.minor(), "{}", entry.key());
        posted.insert(entry.key(), entry.posted());
    }
}

/// What stands for more than nothing, and is what is explained now.
fn standing<'p>(
    world: &World,
    partials: &Partials,
    posted: &'p BTreeMap<EntryKey, Posted>,
) -> BTreeMap<&'p EntryKey, Payout> {
    let mut standing = BTreeMap::new();
    for (key, Posted { earned, .. }) in posted {
        let (partner, period) =
            (&world.partners[&key.partner], world.program.calendar().parse_label(key.label()).unwrap());
        let explanation = explain(world.basis(partials), key.incentive.as_str(), partner, &period).unwrap();
        assert_eq!(*earned, explanation.earned, "{key}");
        if !earned.is_zero() {
            standing.insert(key, *earned);
        }
    }
    standing
}

fn built(lines: &[Line]) -> Vec<SaleLine> {
    lines.iter().map(Line::built).collect()
}

proptest! {
    #![proptest_config(config())]

    /// Lines of half the documents in one run, those of the others in another, each with its repetitions, corrections and
    /// returns; then both in one.
    #[test]
    fn two_runs_merged_are_one(case in cases(false)) {
        let world = World::new(&case.spec);
        let mut lines = case.lines.clone();
        for line in &mut lines {
            line.told.reverses = line.told.reverses.filter(|(document, _)| document % 2 == line.key.0 % 2);
        }
        let part = |which: usize| lines.iter().filter(|line| line.key.0 % 2 == which).cloned().collect::<Vec<_>>();
        let run = |name: &str, which| world.remembered(name, part(which).chunks(5).map(built).collect::<Vec<_>>());
        let merged = run("a", 0).merge(run("c", 1)).unwrap();
        prop_assert_eq!(payouts(&world, &case, &merged), payouts(&world, &case, &world.folded(&lines)));
    }

    /// Where no line repeats or corrects another, it does not matter when each comes, nor in which batch.
    #[test]
    fn lines_may_come_in_any_order(case in cases(true), keys in prop::collection::vec(any::<u32>(), 30), size in 1_usize..12) {
        let world = World::new(&case.spec);
        let mut shuffled: Vec<_> = case.lines.iter().zip(keys).collect();
        shuffled.sort_by_key(|(_, key)| *key);
        let lines: Vec<Line> = shuffled.into_iter().map(|(line, _)| line.clone()).collect();
        let other = world.remembered("x", lines.chunks(size).map(built).collect::<Vec<_>>());
        prop_assert_eq!(payouts(&world, &case, &world.folded(&case.lines)), payouts(&world, &case, &other));
    }

    /// Four quarters settled one by one while lines for them still come, and then all of them: what stands is what one
    /// settlement at the end says.
    #[test]
    fn settled_by_quarters_or_at_once(case in cases(false)) {
        let world = World::new(&case.spec);
        let calendar = world.program.calendar();
        let year = calendar.period_of(date(2025, 6, 1), Every::Year).unwrap().period;
        let quarters: Vec<FiscalPeriod> = calendar.periods_in(Every::Quarter, &year).unwrap();
        prop_assert_eq!(quarters.len(), 4);
        let batches: Vec<Vec<SaleLine>> = case.lines.chunks(case.lines.len().div_ceil(5).max(1)).map(built).collect();
        let until = |stage: usize| world.remembered("s", batches.iter().take(stage).cloned());
        let mut posted = BTreeMap::new();
        for (quarter, stage) in quarters.iter().zip(1..) {
            settle(&world, &until(stage), quarter.period, &mut posted);
        }
        let (mut by_quarters, all) = (posted, until(5));
        settle(&world, &all, year, &mut by_quarters);
        let mut at_once = BTreeMap::new();
        settle(&world, &all, year, &mut at_once);
        prop_assert_eq!(standing(&world, &all, &by_quarters), standing(&world, &all, &at_once));
        // Whoever has a statement in the end had none that is gone.
        let keys = |posted: &BTreeMap<EntryKey, Posted>| posted.keys().cloned().collect::<BTreeSet<_>>();
        prop_assert!(keys(&by_quarters).is_superset(&keys(&at_once)));
        // Settling again changes nothing.
        let before = by_quarters.clone();
        settle(&world, &all, year, &mut by_quarters);
        prop_assert_eq!(before, by_quarters);
    }
}
