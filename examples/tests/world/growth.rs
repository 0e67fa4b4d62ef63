//! Growth of a year against the year before, and of quarters against the same quarters.

use std::collections::BTreeMap;
use std::path::Path;

use prm_core::incentive::explain::Basis;
use prm_core::incentive::paying::Paying;
use prm_core::incentive::settlement::due;
use prm_core::incentive::verify::{verify, verify_arithmetic};
use prm_core::period::Period;
use prm_core::program::Program;
use prm_core::program::tables::Tables;

use super::{adventureworks, buyers, day, folded, half_even, lines, quarter, units};

const PROGRAM: &str = "
format: 1
program: AdventureWorks growth
version: '1'
effective: { from: 2013-01-01, until: 2014-01-01 }
currency: USD
sales: { counting_date: order }
incentives:
  year_marginal:
    kind: rebate
    measure: { growth_of: net_revenue, against: same_period_last_year }
    every: year
    schedule: { shape: marginal, bands: [{ from: 5 %, rate: 2 % }, { from: 20 %, rate: 3 % }] }
  year_whole:
    kind: rebate
    measure: { growth_of: net_revenue, against: same_period_last_year }
    pays_on: whole
    every: year
    schedule: { shape: whole_volume, bands: [{ from: 5 %, rate: 1 % }, { from: 20 %, rate: 1.5 % }] }
  quarter_marginal:
    kind: rebate
    measure: { growth_of: net_revenue, against: same_period_last_year }
    every: quarter
    schedule: { shape: marginal, bands: [{ from: 5 %, rate: 2 % }, { from: 20 %, rate: 3 % }] }
  quarter_whole:
    kind: rebate
    measure: { growth_of: net_revenue, against: same_period_last_year }
    pays_on: whole
    every: quarter
    schedule: { shape: whole_volume, bands: [{ from: 5 %, rate: 1 % }, { from: 20 %, rate: 1.5 % }] }
";

/// Cents for what is sold now and was sold before, in ten-thousandths; nothing without a baseline.
fn marginal(now: i128, before: i128) -> i128 {
    let beyond = |percent: i128| ((now - before) * 100 - before * percent).max(0); // in 10⁻⁶
    let (first, second) = (beyond(5) - beyond(20), beyond(20));
    if before <= 0 { 0 } else { half_even(first * 2 + second * 3, 1_000_000) }
}

fn whole(now: i128, before: i128) -> i128 {
    let grown = |percent: i128| (now - before) * 100 >= before * percent;
    let tenths = if grown(20) { 15 } else { i128::from(grown(5)) * 10 };
    if before <= 0 { 0 } else { half_even(now * tenths, 100_000) }
}

pub(crate) fn check(data: &Path) {
    let rows = adventureworks(data);
    // By reseller and label of the period: the sums of 2013 and of 2012.
    let mut sold: BTreeMap<(String, String), [i128; 2]> = BTreeMap::new();
    for row in &rows {
        let (year, no) = quarter(&row["order_date"]);
        if !(2012..=2013).contains(&year) {
            continue;
        }
        for label in ["2013".to_owned(), format!("2013-Q{no}")] {
            let sums = sold.entry((row["reseller_key"].clone(), label)).or_default();
            sums[usize::from(year == 2012)] += units(&row["sales_amount"], 4);
        }
    }
    let program = Program::read(PROGRAM).unwrap();
    let lines = lines(&rows, true);
    let partners = buyers(&lines);
    let partials = folded(&program, &partners, &[], &lines);
    let tables = Tables::new();
    let basis = Basis::new(&program, &partials, &tables);
    let year = Period::new(day("2013-01-01"), day("2014-01-01")).unwrap();
    let entries = due(basis, &partners, year, &BTreeMap::new(), Paying::new(&[], year.until())).unwrap();
    let mut totals: BTreeMap<&str, i128> = BTreeMap::new();
    for entry in &entries {
        let (key, explanation) = (entry.key(), &entry.explanation);
        let [now, before] = sold[&(key.partner.to_string(), key.period.clone())];
        let (name, expected) = match key.incentive.as_str() {
            "year_marginal" => ("year_marginal", marginal(now, before)),
            "year_whole" => ("year_whole", whole(now, before)),
            "quarter_marginal" => ("quarter_marginal", marginal(now, before)),
            _ => ("quarter_whole", whole(now, before)),
        };
        assert_eq!(i128::from(explanation.earned.money().unwrap().minor()), expected, "{key}: {explanation}");
        assert_eq!(explanation.because.is_some(), before == 0, "newcomers are told so");
        verify_arithmetic(explanation).unwrap();
        verify(explanation, basis, &partners[&key.partner]).unwrap();
        *totals.entry(name).or_default() += expected;
    }
    let expected = [
        ("quarter_marginal", 10_138_004),
        ("quarter_whole", 13_025_743),
        ("year_marginal", 12_784_731),
        ("year_whole", 14_144_723),
    ];
    assert_eq!(totals.into_iter().collect::<Vec<_>>(), expected, "cents in all");
    println!("growth: {} entries verified", entries.len());
}
