//! An exercise in conversion: amounts taken as stated in the currency of their label, and converted to dollars at the
//! average rate of the order's date.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use prm_core::fx::{FxTable, RateKind};
use prm_core::program::Program;
use prm_core::rounding::RoundingMode;
use prm_core::scaled::Scaled;

use super::{adventureworks, buyers, day, folded, half_even, lines, quarter, rows, units};

/// Nine digits are kept, so that 60,855 lines together are off by far less than a cent.
const PROGRAM: &str = "
format: 1
program: AdventureWorks in dollars
version: '1'
effective: { from: 2010-10-01, until: 2014-01-01 }
currency: USD
sales: { counting_date: order, digits: 9 }
exchange: { sales: { table: average, rate: average, at_most: 0 days back } }
incentives:
  all:
    kind: rebate
    measure: { of: net_revenue }
    every: quarter
    schedule: { shape: whole_volume, bands: [{ from: 0, rate: 1 % }] }
";

pub(crate) fn check(data: &Path) {
    let sales = adventureworks(data);
    let sold_in: BTreeSet<&String> = sales.iter().map(|row| &row["currency"]).collect();
    let (mut table, mut rates) = (FxTable::new("average"), BTreeMap::new());
    for row in rows(&data.join("adventureworks-reseller/currency_rates.csv")) {
        let (from, on) = (&row["currency"], &row["rate_date"]);
        // Some of the file's currencies are no longer money that could be owed; nothing was sold in them.
        if sold_in.contains(from) && from != "USD" {
            let (from, to) = (from.parse().unwrap(), "USD".parse().unwrap());
            table.quote(from, to, RateKind::Average, day(on), row["average_rate"].parse().unwrap()).unwrap();
        }
        rates.insert((from.clone(), on.clone()), units(&row["average_rate"], 18));
    }
    // By quarter and currency, at 22 digits.
    let mut expected: BTreeMap<((i32, u32), String), i128> = BTreeMap::new();
    for row in &sales {
        let currency = &row["currency"];
        let rate =
            if currency == "USD" { 10_i128.pow(18) } else { rates[&(currency.clone(), row["order_date"].clone())] };
        let sum = expected.entry((quarter(&row["order_date"]), currency.clone())).or_default();
        *sum += units(&row["sales_amount"], 4) * rate;
    }

    let program = Program::read(PROGRAM).unwrap();
    let lines = lines(&sales, false);
    let partners = buyers(&lines);
    let partials = folded(&program, &partners, &[table], &lines);
    let mut found: BTreeMap<((i32, u32), String), Scaled> = BTreeMap::new();
    let key = program.rebate("all").unwrap().measure.key();
    let always = program.calendar().parse_label("2010").unwrap().period.from();
    let always = prm_core::period::Period::new(always, day("2014-01-01")).unwrap();
    for partner in partners.keys() {
        for cell in partials.cells(partner.as_str(), &key, &always) {
            let sum = found.entry((quarter(&cell.month.to_string()), cell.sold_in.to_string())).or_insert(Scaled::ZERO);
            *sum = sum.plus(cell.amount).unwrap();
        }
    }
    assert_eq!(found.len(), expected.len());
    assert_eq!(found.len(), 49);
    let mut total = 0;
    for (place, exact) in &expected {
        let cents = half_even(*exact, 10_i128.pow(20));
        assert_eq!(found[place].rounded(2, RoundingMode::HalfEven).unwrap().units(), cents, "{place:?}");
        total += cents;
    }
    assert_eq!(total, 7_649_475_828, "cents in all");
    println!("exchange: {} quarters and currencies", found.len());
}
