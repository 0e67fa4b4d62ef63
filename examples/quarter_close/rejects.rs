//! Rows that could not be used: each in a file with its place and reason, all of them in the totals with their money.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use anyhow::{Context, Result};
use prm_core::currency::Currency;
use prm_core::incentive::partial::Tally;
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
                // One absurd amount must not hide how much the other rows hold.
                match sum.plus(*amount) {
                    Ok(more) => *sum = more,
                    Err(_) => total.without_money += 1,
                }
            }
            _ => total.without_money += 1,
        }
        Ok(())
    }

    /// Writes what is still in memory; a full disk is an error here and not a silence.
    pub(crate) fn finish(&mut self) -> Result<()> {
        self.file.flush().context("rejects.csv")
    }

    /// What became of the lines: every line that was read is in exactly one of these.
    pub(crate) fn print(&self, tally: &Tally) {
        let unreadable = self.rows - tally.refused_lines();
        println!("\nlines read        {:>9}", tally.lines + unreadable);
        println!("  counted         {:>9}", tally.counted);
        for (what, lines) in [
            ("not selected", tally.not_selected),
            ("outside program", tally.outside_program),
            ("repeated", tally.repeated),
            ("rejected", self.rows),
        ] {
            println!("  {what:<15} {lines:>9}");
        }
        if tally.corrected > 0 {
            println!("  ({} of the counted correct an earlier line)", tally.corrected);
        }
        if self.rows > 0 {
            println!("\nrejected (see rejects.csv)");
            for (what, Rejected { rows, money, without_money }) in &self.totals {
                let mut held: Vec<_> =
                    money.iter().map(|(currency, amount)| format!("{} {currency}", for_people(*amount))).collect();
                if *without_money > 0 {
                    held.push(format!("{without_money} without a usable amount"));
                }
                println!("  {what:<36} {rows:>7} rows  {}", held.join(", "));
            }
        }
    }
}

/// A number with commas and two digits, or as it is where that does not fit.
pub(crate) fn for_people(amount: Scaled) -> String {
    amount.grouped(2).unwrap_or_else(|_| amount.to_string())
}
