//! The main job on real sales, checked against a calculation of its own: plain integers, no library code.
//!
//! The data is not part of the project: `PRM_DATA` names the folder that holds `adventureworks-reseller`
//! (default `../shared/data` beside the project). Without it the trials are skipped and say so; so is the one on
//! PostgreSQL where `PRM_POSTGRES_URL` names no server.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test that cannot go on must stop"
)]

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use flate2::read::GzDecoder;
use libtest_mimic::{Arguments, Failed, Trial};

fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let data = std::env::var_os("PRM_DATA").map_or_else(|| project().join("../shared/data"), PathBuf::from);
    let folder = data.join("adventureworks-reseller");
    let missing = !folder.is_dir();
    if missing {
        eprintln!("skipped: {} is not there; set PRM_DATA", folder.display());
    }
    let server = std::env::var("PRM_POSTGRES_URL").ok();
    if server.is_none() {
        eprintln!("skipped: PRM_POSTGRES_URL names no server; run this with scripts/with-postgres.sh");
    }
    let no_server = server.is_none();
    let on_file = folder.clone();
    let close = Trial::test("adventureworks, every reseller and quarter to the cent", move || {
        adventureworks(&on_file, "file", &[])
    });
    let on_server = Trial::test("adventureworks, the books on PostgreSQL", move || {
        let server = server.unwrap_or_default();
        adventureworks(&folder, "server", &["--db", &server])?;
        Ok(())
    });
    let trials = vec![close.with_ignored_flag(missing), on_server.with_ignored_flag(missing || no_server)];
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// Ten-thousandths of a dollar from a text with up to four decimals.
fn units(text: &str) -> i128 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    format!("{whole}{fraction:0<4}").parse().unwrap()
}

/// Cents from units × basis points, half away from zero.
fn cents(units_times_points: i128) -> i128 {
    // units are 10⁻⁴ and points 10⁻⁴, cents 10⁻²
    let divisor = 1_000_000;
    (units_times_points.abs() + divisor / 2) / divisor * units_times_points.signum()
}

const BANDS: [(i128, i128); 4] = [(0, 0), (250_000_000, 200), (750_000_000, 400), (1_500_000_000, 600)];

fn whole_volume(sales: i128) -> i128 {
    cents(sales * BANDS.iter().rev().find(|(from, _)| sales >= *from).unwrap().1)
}

fn marginal(sales: i128) -> i128 {
    let until = |at: usize| BANDS.get(at + 1).map_or(sales, |(next, _)| sales.min(*next));
    cents(BANDS.iter().enumerate().map(|(at, (from, points))| (until(at) - from).max(0) * points).sum())
}

fn components(sales: i128) -> i128 {
    let (low, high) = (50_000_000, 200_000_000);
    let exact = (sales.min(high) - low).max(0) * 150 + (sales - high).max(0) * 250;
    cents(exact).min(250_000)
}

fn adventureworks(folder: &Path, name: &str, more: &[&str]) -> Result<(), Failed> {
    let out = std::env::temp_dir().join(format!("prm-adventureworks-{name}-{}", std::process::id()));
    let file = |name: &str| folder.join(name).display().to_string();
    let program = |name: &str| project().join("examples/programs").join(name).display().to_string();
    let output = Command::new(env!("CARGO_BIN_EXE_quarter_close"))
        .args(["--program", &program("adventureworks.yaml"), "--mapping", &program("adventureworks.mapping.yaml")])
        .args(["--sales", &file("reseller_sales.csv.gz"), "--products", &file("products.csv")])
        .args(["--partners", &file("resellers.csv"), "--out", &out.display().to_string(), "--verify"])
        .args(more)
        .output()?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told = String::from_utf8(output.stdout)?;
    assert!(told.contains("80,450,596.9823") && told.contains("635 statements, each computed twice"), "{told}");
    assert!(told.contains("settlement 1: 10110 entries, 0 adjustments, owed 2,545,097.24 USD"), "{told}");
    let expected = reference(folder);
    assert_eq!(expected.values().map(|sold| sold.0).sum::<i128>(), 804_505_969_823, "net sales of the input");
    let mut seen = 0;
    let mut payouts = csv::Reader::from_path(out.join("payouts.csv"))?;
    for row in payouts.records() {
        let row = row?;
        let (all, of_components) = expected[&(row[0].to_owned(), row[3].to_owned())];
        let want = match &row[2] {
            "volume_whole" => whole_volume(all),
            "volume_marginal" => marginal(all),
            "components_mix" => components(of_components.expect("a line of the category")),
            other => panic!("unknown incentive {other}"),
        };
        assert_eq!(row[9].replace('.', "").parse::<i128>()?, want, "{row:?}");
        seen += 1;
    }
    let with_components = expected.values().filter(|sold| sold.1.is_some()).count();
    assert_eq!(seen, 2 * expected.len() + with_components, "a payout for each, and no other");
    let pages = std::fs::read_dir(out.join("statements"))?
        .filter(|file| file.as_ref().is_ok_and(|file| file.path().extension().is_some()));
    assert_eq!(pages.count(), 2 * 635, "a page and a sheet for each reseller");
    std::fs::remove_dir_all(&out)?;
    Ok(())
}

/// By reseller and quarter: all sales, and those of components if there are any, in ten-thousandths.
fn reference(folder: &Path) -> BTreeMap<(String, String), (i128, Option<i128>)> {
    let mut products = csv::Reader::from_path(folder.join("products.csv")).unwrap();
    let products = products.deserialize::<BTreeMap<String, String>>().map(Result::unwrap);
    let category: BTreeMap<String, String> =
        products.map(|product| (product["product_key"].clone(), product["category"].clone())).collect();
    let sales = GzDecoder::new(File::open(folder.join("reseller_sales.csv.gz")).unwrap());
    let mut sums: BTreeMap<(String, String), (i128, Option<i128>)> = BTreeMap::new();
    for row in csv::Reader::from_reader(sales).deserialize::<BTreeMap<String, String>>() {
        let row = row.unwrap();
        let mut date = row["order_date"].split('-');
        let (year, month) = (date.next().unwrap(), date.next().unwrap().parse::<u32>().unwrap());
        let quarter = format!("{year}-Q{}", month.div_ceil(3));
        let sum = sums.entry((row["reseller_key"].clone(), quarter)).or_default();
        let amount = units(&row["sales_amount"]);
        sum.0 += amount;
        if category[&row["product_key"]] == "Components" {
            sum.1 = Some(sum.1.unwrap_or_default() + amount);
        }
    }
    sums
}
