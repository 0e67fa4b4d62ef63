//! Deals as their users register them: what is printed for the sample, for files of one's own and for one deal.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on must stop")]

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

/// A folder of its own for each test, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("prm-register-deal-{name}-{}", std::process::id()));
        let _none = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _gone = fs::remove_dir_all(&self.0);
    }
}

fn register_deal(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_register_deal")).args(arguments).output().unwrap()
}

fn printed(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// The lines behind the one that begins a deal.
fn answer<'t>(text: &'t str, begins: &str) -> Vec<&'t str> {
    let behind = text.lines().skip_while(|line| !line.contains(begins)).skip(1);
    behind.take_while(|line| !line.is_empty()).map(str::trim).collect()
}

#[test]
fn the_sample_shows_every_kind_of_answer() {
    let output = register_deal(&[]);
    assert!(output.status.success(), "{}", printed(&output));
    let text = printed(&output);
    assert!(answer(&text, " r-1: alpine")[0].starts_with("approved, protected until 2025-09-30 (120 days)"));
    let second = answer(&text, " r-2: ridge");
    assert_eq!(second[0], "rejected (already_protected)");
    assert!(second[2].starts_with("r-1 of alpine is protected until 2025-07-17 as things stand"), "{second:?}");
    assert_eq!(second[3], "ridge is told: the account is protected for another partner");
    let fourth = answer(&text, " r-4: tour");
    assert_eq!(fourth[0], "waits (earlier_pending), place 2 in line");
    assert!(fourth[2].ends_with("is the same one (both are crm-1 “Stadtwerke Lindenau GmbH”)"), "{fourth:?}");
    assert_eq!(answer(&text, " r-6: alpine")[0], "rejected (direct_only)");
    assert_eq!(answer(&text, " r-8: fjord")[0], "rejected (outside_territory)");
    assert_eq!(answer(&text, " r-3: to be rejected")[1], "r-4 of tour is judged again:");
    assert!(answer(&text, " r-9: ridge")[0].starts_with("not carried out: value: 4200.00 EUR is less than"));
    assert!(text.contains("sample/deals.csv, line 15: `value`: `2e4` is not a decimal number"));
    assert_eq!(answer(&text, "Protected at").len(), 4, "{text}");
}

#[test]
fn what_is_kept_goes_on() {
    let folder = Folder::new("kept");
    let db = folder.0.join("new").join("deals.db");
    let db = db.to_str().unwrap();
    let first = printed(&register_deal(&["--db", db]));
    // The same rows again, under the same keys: nothing happens twice.
    let second = printed(&register_deal(&["--db", db]));
    let ends = |text: &str| text.split_once("Protected at").unwrap().1.to_owned();
    assert_eq!(ends(&second), ends(&first));
    assert_eq!(answer(&second, " r-4: tour"), answer(&first, " r-4: to be approved"));
    let deal = ["--partner", "ridge", "--account", "Muehlbauer Werke", "--country", "DE", "--products", "bikes"];
    let deal = [&deal[..], &["--value", "9000", "--close-date", "2099-01-01", "--db", db]].concat();
    let output = register_deal(&deal);
    assert!(!output.status.success());
    assert!(
        printed(&output).contains("not carried out: close_date: 2099-01-01 does not lie from"),
        "{}",
        printed(&output)
    );
}

#[test]
fn one_deal_on_the_command_line() {
    let deal = ["--partner", "fjord", "--account", "Hansen Havnedrift", "--country", "DK", "--products", "bikes;parts"];
    let close = chrono::Utc::now().date_naive() + chrono::Days::new(30);
    let close = close.to_string();
    let missing = printed(&register_deal(&deal));
    assert!(missing.contains("not carried out: value is required"), "{missing}");
    let text = printed(&register_deal(&[&deal[..], &["--value", "9000", "--close-date", &close]].concat()));
    // Only the first line is worth something, and each line needs its value.
    assert!(text.contains("not carried out: value is required"), "{text}");
    let deal = ["--partner", "fjord", "--account", "Hansen Havnedrift", "--country", "DK", "--products", "bikes"];
    let output = register_deal(&[&deal[..], &["--value", "9000", "--close-date", &close]].concat());
    assert!(output.status.success() && printed(&output).contains("waits for a decision, place 1 in line"));
}

#[test]
fn a_bad_row_is_told_and_takes_no_other_with_it() {
    let folder = Folder::new("bad");
    let deals = folder.0.join("deals.csv");
    let header = "at,id,partner,account,domain,country,products,value,close_date,type,distributor,decision\n";
    let good = "2025-06-02T08:00:00Z,r-1,ridge,Contoso,,DE,bikes,9000,2025-09-01,,,\n";
    let bad = "soon,r-2,ridge,Contoso,,DE,bikes,9000,2025-09-01,,,\n2025-06-02T09:00:00Z,r-3,ridge,,,DE,bikes,1,2025-09-01,,,\n";
    let unknown = "2025-06-02T10:00:00Z,r-4,nobody,Fabrikam,,DE,bikes,9000,2025-09-01,,,\n";
    fs::write(&deals, [header, good, bad, unknown].concat()).unwrap();
    let output = register_deal(&["--deals", deals.to_str().unwrap()]);
    let text = printed(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(answer(&text, " r-1: ridge")[0].starts_with("waits for a decision, place 1"), "{text}");
    assert!(text.contains("line 3: ") && text.contains("line 4: `account` is empty"), "{text}");
    assert!(text.contains("not carried out: partner: partner `nobody` is unknown, or stands there twice"), "{text}");
    assert!(text.contains("3 of 4 rows were not carried out"), "{text}");
}
