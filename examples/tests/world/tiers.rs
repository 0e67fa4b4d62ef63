//! Tiers by the trailing four quarters, looked at on every quarter's last day.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use chrono::NaiveDate;
use prm_core::program::Program;
use prm_core::tier::Basis;
use prm_core::tier::standing::{advance, month_ends};

use super::{adventureworks, buyers, day, folded, lines, quarter, units};

const PROGRAM: &str = "
format: 1
program: AdventureWorks tiers
version: '1'
effective: { from: 2010-10-01, until: 2014-01-01 }
currency: USD
sales: { counting_date: order }
tiers:
  review: { every: quarter, promote: at_review, demote: { at: review } }
  levels:
    - name: registered
    - { name: silver, requires: { metric: net_revenue, over: trailing 4 quarters, at_least: 50000 } }
    - { name: gold, requires: { metric: net_revenue, over: trailing 4 quarters, at_least: 150000 } }
    - { name: platinum, requires: { metric: net_revenue, over: trailing 4 quarters, at_least: 400000 } }
";

const BOUNDS: [(i128, &str); 4] =
    [(i128::MIN, "registered"), (50_000, "silver"), (150_000, "gold"), (400_000, "platinum")];

pub(crate) fn check(data: &Path) {
    let rows = adventureworks(data);
    let quarters: Vec<(i32, u32)> = (2010..=2013).flat_map(|year| (1..=4).map(move |no| (year, no))).skip(3).collect();
    let mut sold: BTreeMap<String, BTreeMap<usize, i128>> = BTreeMap::new();
    for row in &rows {
        let at = quarters.iter().position(|known| *known == quarter(&row["order_date"])).unwrap();
        *sold.entry(row["reseller_key"].clone()).or_default().entry(at).or_default() += units(&row["sales_amount"], 4);
    }
    // By quarter and reseller, from the quarter of the first sale on.
    let mut expected: BTreeMap<(usize, String), &str> = BTreeMap::new();
    for (reseller, sums) in &sold {
        for at in *sums.keys().next().unwrap()..quarters.len() {
            let trailing: i128 = sums.range(at.saturating_sub(3)..=at).map(|(_, sum)| sum).sum();
            let tier = BOUNDS.iter().rev().find(|(bound, _)| trailing >= bound.saturating_mul(10_000)).unwrap().1;
            expected.insert((at, reseller.clone()), tier);
        }
    }

    let program = Program::read(PROGRAM).unwrap();
    let lines = lines(&rows, true);
    let partners = buyers(&lines);
    let started = Instant::now();
    let partials = folded(&program, &partners, &[], &lines);
    let basis = Basis::new(&program, &partials, &partners).unwrap();
    let folding = started.elapsed();
    let last_day = |(year, no): (i32, u32)| {
        let (year, month) = if no == 4 { (year + 1, 1) } else { (year, no * 3 + 1) };
        NaiveDate::from_ymd_opt(year, month, 1).unwrap().pred_opt().unwrap()
    };
    let days: Vec<NaiveDate> = quarters.iter().map(|quarter| last_day(*quarter)).collect();
    let started = Instant::now();
    let ends = month_ends(&basis, &days).unwrap();
    let at_ends = started.elapsed();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for ((at, reseller), tier) in &expected {
        let found = ends.tier_on(reseller, days[*at]).unwrap_or_else(|| panic!("{reseller} in {:?}", quarters[*at]));
        assert_eq!(found.as_str(), *tier, "{reseller} in {:?}", quarters[*at]);
        if *at == quarters.len() - 1 {
            *counts.entry(tier).or_default() += 1;
        }
    }
    assert_eq!(
        counts.into_iter().collect::<Vec<_>>(),
        [("gold", 74), ("platinum", 2), ("registered", 442), ("silver", 117)]
    );
    assert_eq!(expected.len(), 5_113);

    // The same as dated changes: a review's change takes effect on the day after the quarter.
    let started = Instant::now();
    let (mut up, mut down) = (0, 0);
    for partner in partners.values() {
        let changes = advance(&basis, partner, &[], day("2014-01-02")).unwrap();
        let rank = |tier: &str| BOUNDS.iter().position(|(_, name)| *name == tier).unwrap();
        let mut before = None;
        for (at, on) in days.iter().enumerate() {
            let Some(tier) = expected.get(&(at, partner.id.to_string())) else { continue };
            let on = on.succ_opt().unwrap();
            let held = changes.iter().rev().find(|change| change.on <= on).and_then(|change| change.tier.as_ref());
            assert_eq!(held.unwrap().as_str(), *tier, "{} on {on}", partner.id);
            up += u32::from(before.is_some_and(|before| rank(tier) > rank(before)));
            down += u32::from(before.is_some_and(|before| rank(tier) < rank(before)));
            before = Some(*tier);
        }
    }
    assert_eq!((up, down), (359, 177), "moves");
    println!(
        "tiers: {} lines folded in {folding:.1?}, {} standings at {} quarter ends in {at_ends:.1?}, every change by day in {:.1?}",
        lines.len(),
        expected.len(),
        days.len(),
        started.elapsed(),
    );
}
