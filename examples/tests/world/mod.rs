//! Reading real sales, and what the checks share.

pub(crate) mod exchange;
pub(crate) mod growth;
pub(crate) mod returns;
pub(crate) mod tiers;

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use chrono::NaiveDate;
use flate2::read::GzDecoder;
use prm_core::fx::FxTable;
use prm_core::id::PartnerId;
use prm_core::incentive::fold::{Facts, Fold};
use prm_core::incentive::line::{BatchKey, LineKey, LineKind, SaleLine};
use prm_core::incentive::partial::Partials;
use prm_core::partner::Partner;
use prm_core::program::Program;

/// A row of a file, by column.
pub(crate) type Row = BTreeMap<String, String>;

/// The rows of a CSV file, packed or not.
pub(crate) fn rows(path: &Path) -> Vec<Row> {
    let file = File::open(path).unwrap();
    let packed = path.extension().is_some_and(|extension| extension == "gz");
    let read: Box<dyn std::io::Read> = if packed { Box::new(GzDecoder::new(file)) } else { Box::new(file) };
    csv::Reader::from_reader(read).deserialize().map(Result::unwrap).collect()
}

/// Units of 10⁻ᵈ from a text with up to d decimals.
pub(crate) fn units(text: &str, digits: usize) -> i128 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    assert!(fraction.len() <= digits, "{text}");
    format!("{whole}{fraction:0<digits$}").parse().unwrap()
}

/// A quotient, half to even.
pub(crate) fn half_even(numerator: i128, denominator: i128) -> i128 {
    let (quotient, twice) = (numerator.div_euclid(denominator), numerator.rem_euclid(denominator) * 2);
    quotient + i128::from(twice > denominator || (twice == denominator && quotient % 2 != 0))
}

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// The year and quarter of a date text.
pub(crate) fn quarter(date: &str) -> (i32, u32) {
    let mut parts = date.split('-');
    (parts.next().unwrap().parse().unwrap(), parts.next().unwrap().parse::<u32>().unwrap().div_ceil(3))
}

/// The order lines of AdventureWorks' resellers.
pub(crate) fn adventureworks(data: &Path) -> Vec<Row> {
    rows(&data.join("adventureworks-reseller/reseller_sales.csv.gz"))
}

/// The same as the library's sale lines, in their currency or all in dollars.
pub(crate) fn lines(rows: &[Row], in_dollars: bool) -> Vec<SaleLine> {
    let line = |row: &Row| {
        let key = LineKey {
            document: row["sales_order_number"].parse().unwrap(),
            line: Some(row["line_number"].parse().unwrap()),
        };
        let currency = if in_dollars { "USD" } else { &row["currency"] };
        let mut line =
            SaleLine::new(key, LineKind::Sale, row["product_key"].parse().unwrap(), currency.parse().unwrap());
        line.buyer = Some(row["reseller_key"].parse().unwrap());
        line.dates.order = Some(day(&row["order_date"]));
        line.amounts.net = Some(row["sales_amount"].parse().unwrap());
        line
    };
    rows.iter().map(line).collect()
}

/// Every buyer of the lines.
pub(crate) fn buyers(lines: &[SaleLine]) -> BTreeMap<PartnerId, Partner> {
    let buyers = lines.iter().filter_map(|line| line.buyer.clone());
    buyers.map(|id| (id.clone(), Partner::new(id.clone(), id.as_str()))).collect()
}

/// The sums of lines, none of which may be refused.
pub(crate) fn folded(
    program: &Program,
    partners: &BTreeMap<PartnerId, Partner>,
    exchange: &[FxTable],
    lines: &[SaleLine],
) -> Partials {
    let key = BatchKey::new("sales".parse().unwrap(), "all".parse().unwrap());
    let mut fold = Fold::new(program, Facts::new(partners).exchange(exchange), key).unwrap();
    for line in lines {
        fold.add(line).unwrap();
    }
    fold.finish().unwrap().partials
}
