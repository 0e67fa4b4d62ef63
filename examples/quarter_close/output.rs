//! What the run hands out: statements, payouts, explanations, rejects, and the summary.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use prm_core::currency::Currency;
use prm_core::incentive::explain::Explanation;
use prm_core::incentive::fold::Finished;
use prm_core::incentive::rebate::Payout;
use prm_core::incentive::render::Pages;
use prm_core::incentive::statement::Statement;
use prm_core::money::Money;
use prm_core::period::Period;
use prm_core::program::Program;
use prm_core::scaled::Scaled;

/// A row that could not be used.
pub(crate) struct Reject<'r> {
    pub(crate) file: &'r str,
    /// Its line in the file; 0 where the file is not known any more.
    pub(crate) line: u64,
    pub(crate) column: &'r str,
    pub(crate) code: &'r str,
    pub(crate) why: String,
    pub(crate) amount: Option<Scaled>,
    pub(crate) currency: Option<Currency>,
    pub(crate) row: String,
}

/// How many rows were rejected for one reason, and the money they hold by currency.
#[derive(Default)]
struct Rejected {
    rows: u64,
    money: BTreeMap<Currency, Scaled>,
    without_money: u64,
}

/// The rejects file and its totals.
pub(crate) struct Rejects {
    file: csv::Writer<File>,
    totals: BTreeMap<String, Rejected>,
    rows: u64,
}

impl Rejects {
    pub(crate) fn create(path: &Path) -> Result<Self> {
        let mut file = csv::Writer::from_path(path).with_context(|| path.display().to_string())?;
        file.write_record(["file", "line", "column", "code", "reason", "amount", "currency", "row"])?;
        Ok(Self { file, totals: BTreeMap::new(), rows: 0 })
    }

    pub(crate) fn write(&mut self, reject: &Reject<'_>) -> Result<()> {
        let Reject { file, line, column, code, why, amount, currency, row } = reject;
        let line = if *line == 0 { String::new() } else { line.to_string() };
        let money = amount.map_or_else(String::new, |amount| amount.to_string());
        let code_of = currency.map_or("", Currency::code);
        self.file.write_record([*file, &line, column, code, why, &money, code_of, row])?;
        self.rows += 1;
        // Unknown SKUs and partners are told apart by name; other reasons by code and column.
        let subject = if code.starts_with("unknown_") { why.clone() } else { format!("{code} {column}") };
        let total = self.totals.entry(subject.trim_end().to_owned()).or_default();
        total.rows += 1;
        match (amount, currency) {
            (Some(amount), Some(currency)) => {
                let sum = total.money.entry(*currency).or_insert(Scaled::ZERO);
                *sum = sum.plus(*amount)?;
            }
            _ => total.without_money += 1,
        }
        Ok(())
    }
}

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
    covers: Period,
    program: String,
    measures: Vec<String>,
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
        let statements = out.join("statements");
        // Statements of an earlier run must not lie among those of this one.
        if statements.exists() {
            std::fs::remove_dir_all(&statements).with_context(|| statements.display().to_string())?;
        }
        std::fs::create_dir_all(&statements).with_context(|| statements.display().to_string())?;
        let mut payouts = csv::Writer::from_path(out.join("payouts.csv"))?;
        payouts.write_record(PAYOUT_COLUMNS)?;
        let identity = program.identity();
        Ok(Self {
            out: out.to_owned(),
            pages: Pages::new()?,
            payouts,
            explanations: BufWriter::new(File::create(out.join("explanations.ndjson"))?),
            index: Vec::new(),
            summary: BTreeMap::new(),
            statements: 0,
            covers,
            program: format!("{}, version {}", identity.name, identity.version),
            measures: program.measures().iter().map(ToString::to_string).collect(),
        })
    }

    pub(crate) fn write(&mut self, statement: &Statement) -> Result<()> {
        if statement.entries.is_empty() {
            return Ok(());
        }
        let name = file_name(statement.partner.id.as_str());
        let path = |extension: &str| self.out.join("statements").join(format!("{name}.{extension}"));
        std::fs::write(path("html"), self.pages.statement(statement)?)?;
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

    pub(crate) fn finish(mut self, sums: &Finished, rejects: &Rejects, verified: bool, took: Duration) -> Result<()> {
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
            println!("{incentive:<24} {period:<10} {:>22} {:>8} {paid:>20}", measured.grouped(2)?, earned.partners);
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
        println!("\nmeasured over all partners and periods");
        for measure in &self.measures {
            let (sum, partners) = sums.partials.total_of_all(measure, &self.covers)?;
            let sum = sum.trimmed();
            println!("{:>22}  {partners:>6} partners  {measure}", sum.grouped(sum.digits().max(2))?);
        }
        print_lines(sums, rejects)?;
        let check = if verified { ", each computed twice" } else { "" };
        println!("\n{} statements{check}, in {} ({:.2} s)", self.statements, self.out.display(), took.as_secs_f64());
        println!("open {}", self.out.join("index.html").display());
        Ok(())
    }

    fn write_index(&self) -> Result<()> {
        let mut page = String::from(
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Statements</title>\n<style>body{font:15px/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem}table{border-collapse:collapse;width:100%}td{border-bottom:1px solid #d5dae1;padding:.3rem 0}td:last-child{text-align:right;font-variant-numeric:tabular-nums}:root{color-scheme:light dark}</style>\n",
        );
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
            page +=
                &format!("<tr><td><a href=\"statements/{file}.html\">{}</a><td>{}\n", escape(name), totals.join(" · "));
        }
        std::fs::write(self.out.join("index.html"), page + "</table>\n")?;
        Ok(())
    }
}

/// What became of the lines: every line that was read is in exactly one of these.
fn print_lines(sums: &Finished, rejects: &Rejects) -> Result<()> {
    let tally = sums.partials.tally();
    let unreadable = rejects.rows - tally.refused_lines();
    println!("\nlines read        {:>9}", tally.lines + unreadable);
    println!("  counted         {:>9}", tally.counted);
    for (what, lines) in [
        ("not selected", tally.not_selected),
        ("outside program", tally.outside_program),
        ("repeated", tally.repeated),
        ("rejected", rejects.rows),
    ] {
        println!("  {what:<15} {lines:>9}");
    }
    if tally.corrected > 0 {
        println!("  ({} of the counted correct an earlier line)", tally.corrected);
    }
    if rejects.rows > 0 {
        println!("\nrejected (see rejects.csv)");
        for (what, Rejected { rows, money, without_money }) in &rejects.totals {
            let money = money.iter().map(|(currency, amount)| Ok(format!("{} {currency}", amount.grouped(2)?)));
            let mut held = money.collect::<Result<Vec<_>>>()?;
            if *without_money > 0 {
                held.push(format!("{without_money} without a readable amount"));
            }
            println!("  {what:<36} {rows:>7} rows  {}", held.join(", "));
        }
    }
    Ok(())
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

/// An id as a file name: letters, digits, dots, dashes and underscores stay, other bytes become `%XX`.
fn file_name(id: &str) -> String {
    let stays = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let name: String = id
        .bytes()
        .map(|byte| if stays(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect();
    // `.` and `..` are no files.
    if name.bytes().all(|byte| byte == b'.') { name.replace('.', "%2E") } else { name }
}
