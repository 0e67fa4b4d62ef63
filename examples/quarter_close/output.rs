//! What the run hands out: statements, payouts, explanations, rejects, and the summary.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use prm_core::incentive::explain::Explanation;
use prm_core::incentive::partial::{Partials, Tally};
use prm_core::incentive::rebate::Payout;
use prm_core::incentive::render::Pages;
use prm_core::incentive::statement::Statement;
use prm_core::money::Money;
use prm_core::period::Period;
use prm_core::program::Program;
use prm_core::scaled::Scaled;
use prm_store::Settled;

use crate::books::Books;
use crate::rejects::{Rejects, for_people};

/// The folder of statements, and the file that says that it is ours to empty.
const STATEMENTS: &str = "statements";
const MARKER: &str = ".written-by-quarter-close";

/// Removes what an earlier run wrote, so that it never lies among what this one does.
pub(crate) fn clear(out: &Path) -> Result<()> {
    let statements = out.join(STATEMENTS);
    if statements.exists() {
        if !statements.join(MARKER).exists() {
            bail!("{} was not written by this program: choose another --out", statements.display());
        }
        fs::remove_dir_all(&statements).with_context(|| statements.display().to_string())?;
    }
    for file in ["payouts.csv", "summary.csv", "explanations.ndjson", "index.html", "tiers.csv"] {
        let file = out.join(file);
        if file.exists() {
            fs::remove_file(&file).with_context(|| file.display().to_string())?;
        }
    }
    Ok(())
}

/// The longest file name before its extension.
const FILE_NAME_MAX: usize = 180;

/// Writes statements as they come and the summary at the end.
pub(crate) struct Writer {
    out: PathBuf,
    pages: Pages,
    payouts: csv::Writer<File>,
    explanations: BufWriter<File>,
    index: Vec<(String, String, Vec<Money>)>,
    /// By incentive and period: partners paid, money and free goods.
    summary: BTreeMap<(String, String), Earned>,
    statements: usize,
    /// The names of files so far, in lower case.
    names: BTreeSet<String>,
    covers: Period,
    program: String,
    measures: Vec<String>,
    /// Incentives none of whose periods lies within the days that are closed.
    left_out: Vec<(String, String)>,
}

#[derive(Default)]
struct Earned {
    measured: Option<Scaled>,
    partners: u64,
    money: Option<Money>,
    goods: i64,
}

const PAYOUT_COLUMNS: [&str; 13] = [
    "partner",
    "name",
    "incentive",
    "period",
    "from",
    "until",
    "measured",
    "base",
    "exact",
    "earned",
    "currency",
    "free_units",
    "reason",
];

impl Writer {
    pub(crate) fn create(out: &Path, program: &Program, covers: Period) -> Result<Self> {
        let statements = out.join(STATEMENTS);
        fs::create_dir_all(&statements).with_context(|| statements.display().to_string())?;
        fs::write(statements.join(MARKER), "")?;
        let mut payouts = csv::Writer::from_path(out.join("payouts.csv"))?;
        payouts.write_record(PAYOUT_COLUMNS)?;
        let identity = program.identity();
        let mut left_out = Vec::new();
        for rebate in program.rebates() {
            let periods = program.calendar().periods_in(rebate.every, &covers)?;
            if !periods.iter().any(|period| covers.covers(&period.period)) {
                left_out.push((rebate.name.to_string(), rebate.every.to_string().replace('_', " ")));
            }
        }
        Ok(Self {
            left_out,
            out: out.to_owned(),
            pages: Pages::new()?,
            payouts,
            explanations: BufWriter::new(File::create(out.join("explanations.ndjson"))?),
            index: Vec::new(),
            summary: BTreeMap::new(),
            statements: 0,
            names: BTreeSet::new(),
            covers,
            program: format!("{}, version {}", identity.name, identity.version),
            measures: program.measures().iter().map(ToString::to_string).collect(),
        })
    }

    pub(crate) fn write(&mut self, statement: &Statement) -> Result<()> {
        if statement.entries.is_empty() {
            return Ok(());
        }
        let name = self.file_name(statement.partner.id.as_str());
        let path = |extension: &str| self.out.join(STATEMENTS).join(format!("{name}.{extension}"));
        fs::write(path("html"), self.pages.statement(statement)?)?;
        let mut sheet = csv::Writer::from_path(path("csv"))?;
        sheet.write_record(PAYOUT_COLUMNS)?;
        for entry in &statement.entries {
            let row = payout_row(&statement.partner.name, entry);
            sheet.write_record(&row)?;
            self.payouts.write_record(&row)?;
            serde_json::to_writer(&mut self.explanations, entry)?;
            self.explanations.write_all(b"\n")?;
            self.sum_up(entry)?;
        }
        sheet.flush()?;
        self.index.push((name, statement.partner.name.clone(), statement.totals()?));
        self.statements += 1;
        Ok(())
    }

    /// An id as a file name: letters, digits, dashes, dots and underscores stay, other bytes become `%XX`. Long ones
    /// are cut, and such as some file systems would take for another get a number.
    fn file_name(&mut self, id: &str) -> String {
        let stays = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        let piece = |byte: u8| if stays(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
        let mut name: String = id.bytes().map(piece).collect();
        // `.` and `..` are no files.
        if name.bytes().all(|byte| byte == b'.') {
            name = name.replace('.', "%2E");
        }
        name.truncate(FILE_NAME_MAX);
        if !self.names.insert(name.to_lowercase()) || name.len() == FILE_NAME_MAX {
            name = format!("{name}~{}", self.statements);
            self.names.insert(name.to_lowercase());
        }
        name
    }

    fn sum_up(&mut self, entry: &Explanation) -> Result<()> {
        let key = (entry.incentive.to_string(), entry.period.to_string());
        let earned = self.summary.entry(key).or_default();
        earned.partners += u64::from(!entry.earned.is_zero());
        earned.measured = Some(earned.measured.unwrap_or(Scaled::ZERO).plus(entry.measure.value)?);
        match entry.earned {
            Payout::Money(money) => {
                earned.money = Some(earned.money.map_or(Ok(money), |sum| sum.plus(money))?);
            }
            Payout::Goods(units) => earned.goods += units,
            _ => {}
        }
        Ok(())
    }

    pub(crate) fn finish(
        mut self,
        sums: &Partials,
        read: &Tally,
        rejects: &Rejects,
        verified: bool,
        took: Duration,
    ) -> Result<()> {
        self.payouts.flush()?;
        self.explanations.flush()?;
        self.write_index()?;
        let mut sheet = csv::Writer::from_path(self.out.join("summary.csv"))?;
        sheet.write_record(["incentive", "period", "measured", "partners_paid", "earned", "currency", "free_units"])?;
        println!("{}, {} to {}\n", self.program, self.covers.from(), self.covers.last_day());
        println!("{:<24} {:<10} {:>22} {:>8} {:>20}", "incentive", "period", "measured", "partners", "earned");
        let mut total: Option<Money> = None;
        for ((incentive, period), earned) in &self.summary {
            let measured = earned.measured.unwrap_or(Scaled::ZERO);
            let paid = earned.money.map_or_else(
                || format!("{} free units", earned.goods),
                |money| format!("{} {}", money.grouped(), money.currency()),
            );
            println!("{incentive:<24} {period:<10} {:>22} {:>8} {paid:>20}", for_people(measured), earned.partners);
            let (amount, currency) =
                earned.money.map_or_else(Default::default, |money| (money.amount_text(), money.currency().code()));
            let row = [
                incentive,
                period,
                &measured.to_string(),
                &earned.partners.to_string(),
                &amount,
                currency,
                &earned.goods.to_string(),
            ];
            sheet.write_record(row)?;
            if let Some(money) = earned.money {
                total = Some(total.map_or(Ok(money), |sum| sum.plus(money))?);
            }
        }
        sheet.flush()?;
        if let Some(total) = total {
            println!(
                "{:<24} {:<10} {:>22} {:>8} {:>20}",
                "all incentives",
                "",
                "",
                "",
                format!("{} {}", total.grouped(), total.currency())
            );
        }
        for (incentive, every) in &self.left_out {
            println!("{incentive:<24} is paid by {every}; none lies within these days");
        }
        println!("\nmeasured over all partners and periods");
        for measure in &self.measures {
            let (sum, partners) = sums.total_of_all(measure, &self.covers)?;
            let sum = sum.trimmed();
            println!("{:>22}  {partners:>6} partners  {measure}", sum.grouped(sum.digits().max(2))?);
        }
        rejects.print(read);
        let check = if verified { ", each computed twice" } else { "" };
        println!("\n{} statements{check}, in {} ({:.2} s)", self.statements, self.out.display(), took.as_secs_f64());
        println!("open {}", self.out.join("index.html").display());
        Ok(())
    }

    fn write_index(&self) -> Result<()> {
        let mut page = String::from(
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Statements</title>\n<style>body{font:15px/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem}table{border-collapse:collapse;width:100%}td{border-bottom:1px solid #d5dae1;padding:.3rem 0}td:last-child{text-align:right;font-variant-numeric:tabular-nums}:root{color-scheme:light dark}</style>\n",
        );
        // A per cent sign in a file's name would be read as the beginning of an encoded byte.
        let href = |file: &str| file.replace('%', "%25");
        let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;");
        page += &format!(
            "<h1>{}</h1><p>{} to {}</p><table>\n",
            escape(&self.program),
            self.covers.from(),
            self.covers.last_day()
        );
        for (file, name, totals) in &self.index {
            let totals: Vec<_> =
                totals.iter().map(|money| format!("{} {}", money.grouped(), money.currency())).collect();
            page += &format!(
                "<tr><td><a href=\"{STATEMENTS}/{}.html\">{}</a><td>{}\n",
                href(file),
                escape(name),
                totals.join(" · ")
            );
        }
        fs::write(self.out.join("index.html"), page + "</table>\n")?;
        Ok(())
    }
}

fn payout_row(name: &str, entry: &Explanation) -> [String; PAYOUT_COLUMNS.len()] {
    let money = entry.earned.money();
    let goods = if let Payout::Goods(units) = entry.earned { units.to_string() } else { String::new() };
    [
        entry.partner.to_string(),
        name.to_owned(),
        entry.incentive.to_string(),
        entry.period.to_string(),
        entry.period.period.from().to_string(),
        entry.period.period.until().to_string(),
        entry.measure.value.to_string(),
        entry.base.to_string(),
        entry.exact.to_string(),
        money.map_or_else(String::new, Money::amount_text),
        money.map_or_else(String::new, |money| money.currency().to_string()),
        goods,
        entry.because.as_ref().map_or_else(String::new, ToString::to_string),
    ]
}

/// What the settlement came to, in the words of the ledger.
pub(crate) fn print_posted(books: &Books, settled: &Settled) -> Result<()> {
    println!();
    match settled.settlement {
        None if books.new == 0 => println!("nothing new: every file was received before, and nothing more is due"),
        None => println!("{} new files, and nothing more is due", books.new),
        Some(number) => {
            let adjustments = settled.entries.iter().filter(|entry| entry.is_adjustment()).count();
            let owed: Vec<_> =
                settled.posted.iter().map(|money| format!("{} {}", money.grouped(), money.currency())).collect();
            let first = settled.entries.len() - adjustments;
            println!("settlement {number}: {first} entries, {adjustments} adjustments, owed {}", owed.join(", "));
        }
    }
    println!("books: {}", books.balance()?);
    Ok(())
}
