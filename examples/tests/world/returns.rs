//! Sales and returns of a web shop by customer and quarter, and the same in euros and dollars at the reference rates of the
//! European Central Bank.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use prm_core::fx::{FxTable, RateKind};
use prm_core::incentive::fold::{Facts, Fold, LineError};
use prm_core::incentive::line::{BatchKey, LineKey, LineKind, SaleLine};
use prm_core::incentive::partial::Partials;
use prm_core::program::Program;
use prm_core::scaled::Scaled;

use super::{Row, buyers, day, half_even, quarter, rows, units};

/// Gross revenue is of sales alone, net revenue of sales less returns; a return names no sale, so it counts when it comes.
fn program(currency: &str) -> Program {
    let text = format!(
        "
format: 1
program: Online retail
version: '1'
effective: {{ from: 2010-12-01, until: 2011-10-01 }}
currency: {currency}
exchange: {{ sales: {{ table: ecb, rate: closing, on: counting_date, at_most: 7 days back }} }}
sales: {{ counting_date: invoice, digits: 9, kinds: {{ bad_debt: ignored }} }}
incentives:
  gross:
    kind: rebate
    measure: {{ of: gross_revenue }}
    every: quarter
    schedule: {{ shape: whole_volume, bands: [{{ from: 0, rate: 1 % }}] }}
  net:
    kind: rebate
    measure: {{ of: net_revenue }}
    every: quarter
    schedule: {{ shape: whole_volume, bands: [{{ from: 0, rate: 1 % }}] }}
"
    );
    Program::read(&text).unwrap()
}

/// Why a line is set aside before it reaches the rules, by what its source says.
fn set_aside(row: &Row) -> Option<&'static str> {
    let quantity: i64 = row["quantity"].parse().unwrap();
    match row["invoice_no"].chars().next() {
        Some('A') => Some("adjustment"),
        Some('C') => None,
        _ if quantity < 0 => Some("write-off"),
        _ if units(&row["unit_price"], 3) == 0 => Some("zero price"),
        _ => None,
    }
}

/// A row as a sale line. The customer may be unknown; the rules say so then.
fn line(row: &Row) -> SaleLine {
    let returned = row["invoice_no"].starts_with('C');
    let kind = if returned { LineKind::Return } else { LineKind::Sale };
    let sku: String = row["stock_code"].split_whitespace().collect();
    let key = LineKey { document: row["invoice_no"].parse().unwrap(), line: None };
    let mut line = SaleLine::new(key, kind, sku.parse().unwrap(), "GBP".parse().unwrap());
    line.buyer = (!row["customer_id"].is_empty()).then(|| row["customer_id"].parse().unwrap());
    line.dates.invoice = Some(day(row["invoice_datetime"].split(' ').next().unwrap()));
    let amount = Scaled::new(row["quantity"].parse::<i128>().unwrap() * units(&row["unit_price"], 3), 3);
    line.quantity = Some(row["quantity"].parse().unwrap());
    line.amounts.net = Some(amount);
    line.amounts.gross = Some(if returned { Scaled::ZERO } else { amount });
    line
}

/// The daily rates: units of a currency for a euro.
fn ecb(data: &Path) -> FxTable {
    let mut table = FxTable::new("ecb");
    for row in rows(&data.join("ecb-reference-rates/eurofxref-hist.csv")) {
        for currency in ["GBP", "USD"] {
            let (from, to) = ("EUR".parse().unwrap(), currency.parse().unwrap());
            table.quote(from, to, RateKind::Closing, day(&row["Date"]), row[currency].parse().unwrap()).unwrap();
        }
    }
    table
}

fn of_all(partials: &Partials, program: &Program, incentive: &str) -> Scaled {
    let key = program.rebate(incentive).unwrap().measure.key();
    let days = prm_core::period::Period::new(day("2010-10-01"), day("2011-10-01")).unwrap();
    partials.total_of_all(&key, &days).unwrap().0
}

pub(crate) fn check(data: &Path) {
    let mut sales = Vec::new();
    for month in ["2010-12", "2011-01", "2011-02", "2011-03", "2011-04", "2011-05", "2011-06", "2011-07", "2011-08"] {
        sales.extend(rows(&data.join(format!("online-retail/invoices-{month}.csv.gz"))));
    }
    assert_eq!(sales.len(), 320_705);
    let mut aside: BTreeMap<&str, (u32, i128)> = BTreeMap::new();
    let money = |row: &Row| row["quantity"].parse::<i128>().unwrap() * units(&row["unit_price"], 3);
    for row in &sales {
        if let Some(why) = set_aside(row) {
            let (lines, sum) = aside.entry(why).or_default();
            (*lines, *sum) = (*lines + 1, *sum + money(row));
        }
    }
    let told: Vec<_> = aside.into_iter().map(|(why, (lines, sum))| (why, lines, sum)).collect();
    assert_eq!(told, [("adjustment", 3, -11_062_060), ("write-off", 925, 0), ("zero price", 872, 0)]);
    assert_eq!(sales.iter().filter(|row| row["customer_id"].is_empty()).count(), 88_652);

    let lines: Vec<SaleLine> = sales.iter().filter(|row| set_aside(row).is_none()).map(line).collect();
    let partners = buyers(&lines);
    assert_eq!(partners.len(), 3_360);
    let exchange = [ecb(data)];
    let pounds = program("GBP");
    let started = Instant::now();
    let fold = |program: &Program| {
        let key = BatchKey::new("shop".parse().unwrap(), "2011".parse().unwrap());
        let mut fold = Fold::new(program, Facts::new(&partners).exchange(&exchange), key).unwrap();
        for line in &lines {
            let refused = fold.add(line).is_err_and(|error| matches!(error, LineError::Missing { field: "buyer" }));
            assert_eq!(refused, line.buyer.is_none());
        }
        fold.finish().unwrap().partials
    };
    let partials = fold(&pounds);
    let took = started.elapsed();
    // The lines without a customer are told with their money; with them all gross is 6,293,764.002, all returns 520,770.56.
    let tally = partials.tally();
    let nobody = &tally.refused["missing"]["buyer"];
    let refused = nobody.money[&"GBP".parse().unwrap()];
    assert_eq!((nobody.lines, refused.to_string()), (86_873, "853885.71".to_owned()));
    let (gross, net) = (of_all(&partials, &pounds, "gross"), of_all(&partials, &pounds, "net"));
    assert_eq!((gross.to_string().as_str(), net.to_string().as_str()), ("5239240.562", "4919107.732"));
    let (mut all, mut returned) = (0, 0);
    for row in sales.iter().filter(|row| set_aside(row).is_none()) {
        if row["invoice_no"].starts_with('C') { returned -= money(row) } else { all += money(row) }
    }
    assert_eq!((all, returned), (6_293_764_002, 520_770_560), "in thousandths");
    assert_eq!(units(&gross.to_string(), 3) + 1_054_523_440, all, "with those of nobody");
    assert_eq!(units(&refused.to_string(), 3), 1_054_523_440 - 200_637_730);

    // By customer and quarter, in three currencies; the rate of the day or the last one before.
    let mut expected: BTreeMap<(String, (i32, u32)), [i128; 2]> = BTreeMap::new();
    for row in sales.iter().filter(|row| set_aside(row).is_none() && !row["customer_id"].is_empty()) {
        let place = (row["customer_id"].clone(), quarter(&row["invoice_datetime"]));
        let sums = expected.entry(place).or_default();
        let amount = money(row);
        if row["invoice_no"].starts_with('C') { sums[1] -= amount } else { sums[0] += amount }
    }
    assert_eq!(expected.len(), 6_324);
    let quarters = |program: &Program, partials: &Partials, incentive: &str, place: &(String, (i32, u32))| {
        let (year, no) = place.1;
        let period = program.calendar().parse_label(&format!("{year}-Q{no}")).unwrap().period;
        partials.total(&place.0, &program.rebate(incentive).unwrap().measure.key(), &period).unwrap()
    };
    for (place, [gross, returns]) in &expected {
        let found = |incentive| units(&quarters(&pounds, &partials, incentive, place).to_string(), 3);
        assert_eq!((found("gross"), found("gross") - found("net")), (*gross, *returns), "{place:?}");
    }
    let mut totals = Vec::new();
    for currency in ["EUR", "USD"] {
        let program = program(currency);
        let partials = fold(&program);
        let cents = expected.keys().map(|place| {
            let net = quarters(&program, &partials, "net", place);
            half_even(net.exactly(9).unwrap().units(), 10_000_000)
        });
        totals.push(cents.sum::<i128>());
    }
    assert_eq!(totals, [566_475_399, 793_445_286], "cents in all, rounded once for each customer and quarter");
    println!("returns: {} lines folded in {took:.1?}, {} customers and quarters", lines.len(), expected.len());
}
