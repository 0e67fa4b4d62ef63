//! The main job as its users run it: the binary, its files, its words.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on must stop")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A folder of its own for each test, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("prm-quarter-close-{name}-{}", std::process::id()));
        let _none = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str, text: &str) -> String {
        fs::write(self.0.join(name), text).unwrap();
        self.path(name)
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.join(name)).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _gone = fs::remove_dir_all(&self.0);
    }
}

fn quarter_close(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_quarter_close")).args(arguments).output().unwrap()
}

fn succeeds(arguments: &[&str]) -> String {
    let output = quarter_close(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn fails(arguments: &[&str]) -> String {
    let output = quarter_close(arguments);
    assert!(!output.status.success());
    String::from_utf8(output.stderr).unwrap()
}

/// Every file below a folder with its content.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.insert(path.clone(), fs::read(&path).unwrap());
        }
    }
    found
}

#[test]
fn the_sample_is_closed_and_the_same_every_time() {
    let folder = Folder::new("sample");
    let told = succeeds(&["--out", &folder.path("one"), "--verify"]);
    assert!(told.contains("40 statements, each computed twice"), "{told}");
    succeeds(&["--out", &folder.path("two")]);
    let [one, two] = ["one", "two"].map(|name| {
        let all = files(&folder.0.join(name));
        // The database holds when it was written.
        all.into_iter()
            .filter(|(path, _)| path.extension().is_none_or(|extension| extension != "db"))
            .map(|(path, text)| (path.strip_prefix(folder.0.join(name)).unwrap().to_owned(), text))
            .collect::<Vec<_>>()
    });
    assert!(one == two, "two runs of one seed differ");
    let other = succeeds(&["--out", &folder.path("three"), "--seed", "8"]);
    assert_ne!(told.lines().nth(3), other.lines().nth(3), "another seed, another market");
}

#[test]
fn what_cannot_be_used_is_rejected_with_its_place_and_money() {
    let folder = Folder::new("rejects");
    succeeds(&["--out", &folder.path("out")]);
    let rejects = folder.read("out/rejects.csv");
    let rows: Vec<&str> = rejects.lines().skip(1).map(|row| row.split(",\"").next().unwrap()).collect();
    assert_eq!(rows.len(), 4, "{rejects}");
    let expected = [
        ",buyer,unknown_partner,unknown partner `P999`,99,USD",
        ",invoice,bad_value,`31.12.2025` is not a date such as 2013-07-01,55,USD",
        ",sku,unknown_sku,unknown SKU `anvil-1`,420,USD",
        ",,unreadable_row,a quote is not closed,,",
    ];
    for end in expected {
        assert!(rows.iter().any(|row| row.ends_with(end)), "{end} not in {rejects}");
    }
}

const PROGRAM: &str = "
format: 1
program: Small
version: '1'
effective: { from: 2025-01-01, until: 2026-01-01 }
currency: USD
incentives:
  flat: { kind: rebate, measure: { of: net_revenue }, every: quarter, cap: { payout: 100000 }, schedule: { shape: marginal, bands: [{ from: 0, rate: 10 % }] } }
";
const PARTNERS: &str = "id,name\nA,Alpha & Söhne <b>\nB,Beta\n";

#[test]
fn a_bad_row_in_the_middle_loses_no_other_row() {
    let folder = Folder::new("middle");
    let mut sales = String::from("document,line,invoice,buyer,sku,net,currency\n");
    for number in 0..1000 {
        let row = match number {
            300 => "D300,1,2025-02-01,\"A,x,10.00,USD".to_owned(),
            400 => "D400,1,2025-02-01,A,x".to_owned(),
            500 => "D500,1,2025-02-30,A,x,10.00,USD".to_owned(),
            600 => "D600,1,2025-02-01,A,x,ten,USD".to_owned(),
            700 => "D700,1,2025-02-01,C,x,10.00,USD".to_owned(),
            800 => "D800,1,2025-02-01,A,x,-10.00,USD".to_owned(),
            900 => "D900,1,2025-02-01,A,x,10.00,EUR".to_owned(),
            _ => format!("D{number},1,2025-02-01,A,x,10.00,USD"),
        };
        sales += &row;
        sales.push('\n');
    }
    let sales = folder.file("sales.csv", &sales);
    let (program, partners) = (folder.file("program.yaml", PROGRAM), folder.file("partners.csv", PARTNERS));
    let out = folder.path("out");
    let told = succeeds(&["--program", &program, "--sales", &sales, "--partners", &partners, "--out", &out]);
    assert!(told.contains("lines read             1000"), "{told}");
    assert!(told.contains("counted               993"), "{told}");
    assert!(told.contains("rejected                7"), "{told}");
    // 993 lines of 10.00 at 10 %.
    assert!(
        folder
            .read("out/payouts.csv")
            .contains("A,Alpha & Söhne <b>,flat,2025-Q1,2025-01-01,2025-04-01,9930,9930,993,993.00,USD")
    );
    let rejects = folder.read("out/rejects.csv");
    let lines: Vec<&str> = rejects.lines().skip(1).map(|row| row.split(',').nth(1).unwrap()).collect();
    assert_eq!(lines, ["302", "402", "502", "602", "702", "802", "902"], "the header is line 1");
    // A name cannot carry markup into a page.
    let page = folder.read("out/statements/A.html");
    assert!(page.contains("Alpha &amp; Söhne &lt;b&gt;") && !page.contains("Söhne <b>"));
}

#[test]
fn what_stands_in_the_way_is_said_and_nothing_else_is_lost() {
    let folder = Folder::new("ways");
    let program = folder.file("program.yaml", &PROGRAM.replace("cap: { payout: 100000 }, ", ""));
    let partners = folder.file("partners.csv", "id,name\nA/B#1,Slash\nbig,Big\n");
    let head = "document,line,invoice,buyer,sku,net,currency\n";
    let huge =
        format!("D1,1,2025-02-01,big,x,1{},USD\nD2,1,2025-02-01,none,x,1{},USD\n", "0".repeat(18), "0".repeat(37));
    let sales = folder.file("sales.csv", &format!("{head}{huge}D3,1,2025-02-01T23:30:00-08:00,A/B#1,x,10,USD\nD4,1,2025-02-01 rubbish,A/B#1,x,10,USD\nD5,1,2025-02-01,none,x,1{},USD\n", "0".repeat(37)));
    let out = folder.path("out");
    let run = ["--program", &program, "--sales", &sales, "--partners", &partners, "--out", &out];
    let output = quarter_close(&run);
    assert!(!output.status.success());
    let (told, warned) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    // One partner's payout does not fit; the other has its statement, reachable from the index.
    assert!(warned.contains("1 partners have no statement") && warned.contains("big: amount out of range"), "{warned}");
    assert!(folder.0.join("out/statements/A%2FB%231.html").exists());
    assert!(folder.read("out/index.html").contains("statements/A%252FB%25231.html"));
    assert!(told.contains("rejected                3"), "{told}");
    // A folder that is not ours is not emptied.
    let mine = folder.path("mine");
    fs::create_dir_all(folder.0.join("mine/statements")).unwrap();
    folder.file("mine/statements/contract.txt", "keep");
    let refused = fails(&["--program", &program, "--sales", &sales, "--partners", &partners, "--out", &mine]);
    assert!(
        refused.contains("was not written by this program") && folder.0.join("mine/statements/contract.txt").exists()
    );
}

#[test]
fn a_mapping_that_says_something_unknown_is_refused() {
    let folder = Folder::new("mapping");
    let program = folder.file("program.yaml", PROGRAM);
    let partners = folder.file("partners.csv", PARTNERS);
    let sales =
        folder.file("sales.csv", "document,line,invoice,buyer,sku,net,net,currency\nD1,1,2025-02-01,A,x,1,2,USD\n");
    let mapping = folder.file("mapping.yaml", "sales: { revers_document: note }\n");
    let run = ["--program", &program, "--sales", &sales, "--partners", &partners, "--out", &folder.path("out")];
    assert!(fails(&[&run[..], &["--mapping", &mapping]].concat()).contains("`revers_document`"));
    assert!(fails(&run).contains("two columns are called `net`"));
}

#[test]
fn one_period_can_be_closed_and_a_batch_counts_once() {
    let folder = Folder::new("period");
    let program = folder.file("program.yaml", PROGRAM);
    let partners = folder.file("partners.csv", PARTNERS);
    let sales = folder.file(
        "sales.csv",
        "document,line,invoice,buyer,sku,net,currency\nD1,1,2025-02-01,A,x,10,USD\nD2,1,2025-05-01,B,x,20,USD\n",
    );
    let out = folder.path("out");
    let run = ["--program", &program, "--sales", &sales, "--partners", &partners, "--out", &out];
    let told = succeeds(&[&run[..], &["--period", "2025-Q2"]].concat());
    assert!(told.contains("1 statements"), "{told}");
    assert!(!folder.0.join("out/statements/A.html").exists());
    assert!(fails(&[&run[..], &["--period", "2025-Q5"]].concat()).contains("2025-Q5"));
    // The same file twice is the same batch twice.
    let twice = ["--program", &program, "--sales", &sales, &sales, "--partners", &partners, "--out", &out];
    assert!(fails(&twice).contains("batch `sales.csv`"));
}

#[test]
fn mistakes_in_the_program_and_the_facts_name_their_place() {
    let folder = Folder::new("mistakes");
    let partners = folder.file("partners.csv", PARTNERS);
    let sales = folder.file("sales.csv", "document,line,invoice,buyer,sku,net,currency\n");
    let bad = folder.file("bad.yaml", &PROGRAM.replace("rate: 10 %", "rte: 10 %"));
    let out = folder.path("out");
    let told = fails(&["--program", &bad, "--sales", &sales, "--partners", &partners, "--out", &out]);
    assert!(told.contains("error[unknown_key]") && told.contains("did you mean `rate`?"), "{told}");
    let good = folder.file("program.yaml", PROGRAM);
    let twice = folder.file("twice.csv", "id,name\nA,One\nA,Two\n");
    let told = fails(&["--program", &good, "--sales", &sales, "--partners", &twice, "--out", &out]);
    assert!(told.contains("twice.csv, line 3"), "{told}");
    let told =
        fails(&["--program", &good, "--sales", &folder.path("none.csv"), "--partners", &partners, "--out", &out]);
    assert!(told.contains("none.csv"), "{told}");
    assert!(
        fails(&["--program", &good, "--sales", &sales, "--partners", &partners, "--out", &out])
            .contains("no line could be counted")
    );
}

#[test]
fn every_explanation_can_be_read_back() {
    use prm_core::incentive::explain::Explanation;
    use prm_core::incentive::verify::{Verified, verify_arithmetic};
    let folder = Folder::new("explanations");
    succeeds(&["--out", &folder.path("out")]);
    let text = folder.read("out/explanations.ndjson");
    assert!(text.lines().count() > 400);
    for line in text.lines() {
        let explanation: Explanation = serde_json::from_str(line).unwrap();
        assert_eq!(verify_arithmetic(&explanation), Ok(Verified::ArithmeticOnly), "{line}");
        assert_eq!(serde_json::to_string(&explanation).unwrap(), line);
    }
}

/// The last lines, which say what was posted.
fn posted(told: &str) -> &str {
    told.rsplit_once("index.html\n\n").unwrap().1
}

const HEAD: &str = "document,line,invoice,buyer,sku,net,currency\n";

#[test]
fn what_was_posted_is_posted_once_and_late_files_adjust_it() {
    let folder = Folder::new("books");
    let program = folder.file("program.yaml", PROGRAM);
    let partners = folder.file("partners.csv", PARTNERS);
    let january =
        folder.file("january.csv", &format!("{HEAD}D1,1,2025-01-07,A,x,100,USD\nD2,1,2025-01-09,B,x,50,USD\n"));
    let out = folder.path("out");
    let run = |more: &[&str]| {
        let always = ["--program", &program, "--partners", &partners, "--out", &out];
        succeeds(&[&always[..], more].concat())
    };
    let sound = "books: all accounts sum to zero, and each is the sum of its transfers\n";
    let first = run(&["--sales", &january]);
    assert_eq!(posted(&first), format!("settlement 1: 2 entries, 0 adjustments, owed 15.00 USD\n{sound}"));
    let again = run(&["--sales", &january]);
    let nothing = "nothing new: every file was received before, and nothing more is due\n";
    assert_eq!(posted(&again), format!("{nothing}{sound}"));
    // A line of January comes again in February's file, with a late sale of January's: one adjustment, once.
    let lines = "D1,1,2025-01-07,A,x,100,USD\nD3,1,2025-01-31,A,x,30,USD\n";
    let february = folder.file("february.csv", &format!("{HEAD}{lines}"));
    let late = run(&["--sales", &february]);
    assert_eq!(posted(&late), format!("settlement 2: 0 entries, 1 adjustments, owed 3.00 USD\n{sound}"));
    // The statement is over everything that was ever received.
    assert!(
        folder
            .read("out/payouts.csv")
            .contains("A,Alpha & Söhne <b>,flat,2025-Q1,2025-01-01,2025-04-01,130,130,13,13.00,USD")
    );
    assert_eq!(posted(&run(&["--sales", &january, &february])), format!("{nothing}{sound}"));
}

#[test]
fn a_file_that_changed_is_taken_for_a_revision_only_when_it_is_said_to_be_one() {
    let folder = Folder::new("revise");
    let program = folder.file("program.yaml", PROGRAM);
    let partners = folder.file("partners.csv", PARTNERS);
    let sales = folder.file("sales.csv", &format!("{HEAD}D1,1,2025-01-07,A,x,100,USD\nD2,1,2025-01-09,C,x,50,USD\n"));
    let out = folder.path("out");
    let run = ["--program", &program, "--partners", &partners, "--sales", &sales, "--out", &out];
    assert!(posted(&succeeds(&run)).contains("owed 10.00 USD"));
    // Partner C is known by now, so that its line counts, though the file is the same.
    folder.file("partners.csv", &format!("{PARTNERS}C,Gamma\n"));
    assert!(posted(&succeeds(&run)).contains("settlement 2: 1 entries, 0 adjustments, owed 5.00 USD"));
    assert!(posted(&succeeds(&run)).contains("nothing new"));
    folder.file("sales.csv", &format!("{HEAD}D1,1,2025-01-07,A,x,80,USD\n"));
    let refused = fails(&run);
    assert!(refused.contains("`sales.csv` was received with other lines before: --revise replaces them"), "{refused}");
    let revised = succeeds(&[&run[..], &["--revise"]].concat());
    assert!(posted(&revised).contains("settlement 3: 0 entries, 2 adjustments, owed -7.00 USD"), "{revised}");
    assert!(posted(&succeeds(&[&run[..], &["--revise"]].concat())).contains("nothing new"));
}

#[test]
fn a_program_is_put_in_force_by_a_second_person_and_replaced_only_when_that_is_said() {
    let folder = Folder::new("force");
    let program = folder.file("program.yaml", PROGRAM);
    let partners = folder.file("partners.csv", PARTNERS);
    let sales = folder.file("sales.csv", &format!("{HEAD}D1,1,2025-01-07,A,x,100,USD\n"));
    let out = folder.path("out");
    let run = ["--program", &program, "--partners", &partners, "--sales", &sales, "--out", &out];
    let alone = fails(&[&run[..], &["--drafted-by", "ada", "--activated-by", "ada"]].concat());
    assert!(alone.contains("activated by another person"), "{alone}");
    assert!(posted(&succeeds(&run)).contains("owed 10.00 USD"));
    folder.file("program.yaml", &PROGRAM.replace("10 %", "12 %").replace("version: '1'", "version: '2'"));
    let refused = fails(&run);
    assert!(refused.contains("--replace-program retires the other version"), "{refused}");
    let rated_again = succeeds(&[&run[..], &["--replace-program"]].concat());
    assert!(posted(&rated_again).contains("settlement 2: 0 entries, 1 adjustments, owed 2.00 USD"), "{rated_again}");
}

#[test]
fn nothing_is_kept_if_that_is_wanted() {
    let folder = Folder::new("nothing");
    let told = succeeds(&["--out", &folder.path("out"), "--no-db"]);
    assert!(!told.contains("settlement") && !told.contains("books"), "{told}");
    assert!(files(&folder.0).keys().all(|path| path.extension().is_none_or(|extension| extension != "db")));
    let refused = fails(&["--out", &folder.path("out"), "--db", "mysql://me:secret@host/db"]);
    assert!(refused.contains("no address of a database") && !refused.contains("secret"), "{refused}");
}
