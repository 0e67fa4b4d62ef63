//! Sale lines from files, one by one, into the fold. What cannot be used is rejected with its reason and money.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use chrono::{DateTime, NaiveDate, NaiveDateTime};
use csv::StringRecord;
use indicatif::{ProgressBar, ProgressStyle};
use prm_core::currency::Currency;
use prm_core::id::{BatchId, SourceId};
use prm_core::incentive::fold::{Facts, Finished, Fold, Late, Outcome};
use prm_core::incentive::line::{
    BatchKey, CHANNEL_STEPS, ChannelStep, LINE_KINDS, LineDates, LineKey, LineKind, MOTIONS, SaleLine,
};
use prm_core::program::Program;
use prm_core::scaled::Scaled;
use prm_core::zone::Zone;

use crate::mapping::{Fields, Source};
use crate::rejects::{Reject, Rejects};
use crate::rows::{BadRow, Rows};

/// Takes a batch with its lines.
pub(crate) type Keep<'k> = &'k mut dyn FnMut(&BatchKey, &[SaleLine]) -> Result<()>;

/// Folds every line of every file; each file is a batch, and goes to `keep` when it is read, with its lines.
pub(crate) fn read(
    paths: &[PathBuf],
    mapped: &Fields,
    program: &Program,
    facts: Facts<'_>,
    rejects: &mut Rejects,
    mut keep: Option<Keep<'_>>,
) -> Result<Finished> {
    let mut fold: Option<Fold<'_>> = None;
    let progress = progress(paths)?;
    let mut waiting = BTreeMap::new();
    for path in paths {
        let batch = batch_of(path)?;
        let fold = match fold.as_mut() {
            Some(running) => {
                let twice = "a batch is known by its file's name, so that the same file counts once";
                running.next_batch(batch.clone()).with_context(|| format!("{}: {twice}", path.display()))?;
                running
            }
            None => fold.insert(Fold::new(program, facts, batch.clone())?.remembering()),
        };
        let mut intake = Intake {
            mapped,
            zone: program.zone(),
            rejects,
            waiting: &mut waiting,
            lines: keep.as_ref().map(|_| Vec::new()),
        };
        intake.read(path, fold, &progress).with_context(|| path.display().to_string())?;
        if let (Some(keep), Some(lines)) = (&mut keep, intake.lines) {
            keep(&batch, &lines)?;
        }
    }
    progress.finish_and_clear();
    let finished = fold.context("no file of sale lines was given")?.finish()?;
    for Late { line: sale, decided, .. } in &finished.late {
        let Err(error) = decided else { continue };
        let Some((file, line, row)) = waiting.remove(&sale.key) else { continue };
        let (amount, currency) = (sale.at_stake(), Some(sale.currency));
        let (code, why, column) = (error.code(), error.to_string(), error.field());
        rejects.write(&Reject { file: &file, line, column, code, why, amount, currency, row })?;
    }
    Ok(finished)
}

/// The batch that a file is: its name, and if that is no id, its name in hexadecimal.
fn batch_of(path: &Path) -> Result<BatchKey> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let hexadecimal = || name.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
    let batch = BatchId::new(name.as_ref()).or_else(|_| BatchId::new(hexadecimal()))?;
    Ok(BatchKey::new(SourceId::new("files")?, batch))
}

/// A bar over the bytes of all files, on a terminal.
fn progress(paths: &[PathBuf]) -> Result<ProgressBar> {
    if !std::io::stderr().is_terminal() {
        return Ok(ProgressBar::hidden());
    }
    let sizes = paths.iter().map(|path| std::fs::metadata(path).with_context(|| path.display().to_string()));
    let bytes = sizes.map(|size| size.map(|size| size.len())).sum::<Result<u64>>()?;
    let style = ProgressStyle::with_template("{msg} {wide_bar} {bytes}/{total_bytes} {eta}")?;
    Ok(ProgressBar::new(bytes).with_style(style).with_message("reading sales"))
}

/// What reading needs beside a file and the fold.
struct Intake<'i> {
    mapped: &'i Fields,
    zone: &'i Zone,
    rejects: &'i mut Rejects,
    /// Where the rows stand that are decided when all are there.
    waiting: &'i mut BTreeMap<LineKey, (String, u64, String)>,
    /// The lines of the file, if they are to be kept.
    lines: Option<Vec<SaleLine>>,
}

impl Intake<'_> {
    fn read(&mut self, path: &Path, fold: &mut Fold<'_>, progress: &ProgressBar) -> Result<()> {
        let mut rows = Rows::open(path, |file| progress.wrap_read(file))?;
        let columns = Columns::resolve(self.mapped, *self.zone, rows.header())?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        while let Some(next) = rows.next()? {
            let row = rows.record();
            match next {
                Err(BadRow { line, why, text }) => {
                    let (column, code) = ("", "unreadable_row");
                    let reject =
                        Reject { file: &name, line, column, code, why, amount: None, currency: None, row: text };
                    self.rejects.write(&reject)?;
                }
                Ok(line) => self.row(&name, line, row, &columns, fold)?,
            }
        }
        Ok(())
    }

    fn row(&mut self, file: &str, line: u64, row: &StringRecord, columns: &Columns, fold: &mut Fold<'_>) -> Result<()> {
        let sale = match columns.line(row) {
            Ok(sale) => sale,
            Err(Bad { column, why }) => {
                let (amount, currency) = columns.at_stake(row);
                let (code, row) = ("bad_value", joined(row));
                return self.rejects.write(&Reject { file, line, column: &column, code, why, amount, currency, row });
            }
        };
        let outcome = fold.add(&sale);
        if let Some(lines) = &mut self.lines {
            lines.push(sale.clone());
        }
        match outcome {
            Ok(Outcome::Waiting) => {
                self.waiting.insert(sale.key, (file.to_owned(), line, joined(row)));
                Ok(())
            }
            Ok(_) => Ok(()),
            Err(error) => {
                let column = columns.column_of(error.field());
                let (amount, currency) = (sale.at_stake(), Some(sale.currency));
                let (code, why, row) = (error.code(), error.to_string(), joined(row));
                self.rejects.write(&Reject { file, line, column, code, why, amount, currency, row })
            }
        }
    }
}

fn joined(row: &StringRecord) -> String {
    row.iter().collect::<Vec<_>>().join(",")
}

/// A value that cannot be read, and where it came from.
struct Bad {
    column: String,
    why: String,
}

impl Bad {
    fn new(source: &Source, why: impl Into<String>) -> Self {
        Self { column: source.column().to_owned(), why: why.into() }
    }
}

/// Where each field of a sale line comes from.
struct Columns {
    zone: Zone,
    document: Source,
    line: Source,
    kind: Source,
    reverses_document: Source,
    reverses_line: Source,
    original_date: Source,
    dates: [Source; 5],
    step: Source,
    parties: [Source; 3],
    sku: Source,
    quantity: Source,
    amounts: [Source; 3],
    currency: Source,
    motion: Source,
    registration: Source,
    account: Source,
    ship_to: [Source; 2],
}

impl Columns {
    fn resolve(mapped: &Fields, zone: Zone, header: &StringRecord) -> Result<Self> {
        let of = |field| Source::resolve(field, mapped, header);
        Ok(Self {
            zone,
            document: of("document")?,
            line: of("line")?,
            kind: of("kind")?,
            reverses_document: of("reverses_document")?,
            reverses_line: of("reverses_line")?,
            original_date: of("original_date")?,
            dates: [of("order")?, of("ship")?, of("invoice")?, of("paid")?, of("received")?],
            step: of("step")?,
            parties: [of("buyer")?, of("seller")?, of("reseller")?],
            sku: of("sku")?,
            quantity: of("quantity")?,
            amounts: [of("net")?, of("gross")?, of("purchase_value")?],
            currency: of("currency")?,
            motion: of("motion")?,
            registration: of("registration")?,
            account: of("account")?,
            ship_to: [of("ship_to_country")?, of("ship_to_region")?],
        })
    }

    fn line(&self, row: &StringRecord) -> Result<SaleLine, Bad> {
        let needed =
            |source| maybe(source, row).and_then(|value| value.ok_or_else(|| Bad::new(source, "nothing stands here")));
        let key = LineKey { document: parse(&self.document, needed(&self.document)?)?, line: parsed(&self.line, row)? };
        let kind = maybe(&self.kind, row)?.map_or(Ok(LineKind::Sale), |text| word(&self.kind, text, &LINE_KINDS))?;
        let sku = parse(&self.sku, needed(&self.sku)?)?;
        let currency: Currency = parse(&self.currency, needed(&self.currency)?)?;
        let mut line = SaleLine::new(key, kind, sku, currency);
        if let Some(document) = parsed(&self.reverses_document, row)? {
            line.reverses = Some(LineKey { document, line: parsed(&self.reverses_line, row)? });
        }
        line.original_date = self.date(&self.original_date, row)?;
        let [order, ship, invoice, paid, received] = &self.dates;
        line.dates = LineDates {
            order: self.date(order, row)?,
            ship: self.date(ship, row)?,
            invoice: self.date(invoice, row)?,
            paid: self.date(paid, row)?,
            received: self.date(received, row)?,
        };
        let step = maybe(&self.step, row)?.map(|text| word(&self.step, text, &CHANNEL_STEPS)).transpose()?;
        line.step = step.unwrap_or(ChannelStep::SellIn);
        let [buyer, seller, reseller] = &self.parties;
        line.buyer = parsed(buyer, row)?;
        line.seller = parsed(seller, row)?;
        line.reseller = parsed(reseller, row)?;
        line.quantity = parsed(&self.quantity, row)?;
        let [net, gross, purchase_value] = &self.amounts;
        line.amounts.net = parsed(net, row)?;
        line.amounts.gross = parsed(gross, row)?;
        line.amounts.purchase_value = parsed(purchase_value, row)?;
        line.motion = maybe(&self.motion, row)?.map(|text| word(&self.motion, text, &MOTIONS)).transpose()?;
        line.registration = parsed(&self.registration, row)?;
        line.account = parsed(&self.account, row)?;
        let [country, region] = &self.ship_to;
        line.ship_to_country = maybe(country, row)?.map(str::to_owned);
        line.ship_to_region = maybe(region, row)?.map(str::to_owned);
        Ok(line)
    }

    /// A date, or the date on which an instant falls: in the program's time zone if it has an offset.
    fn date(&self, source: &Source, row: &StringRecord) -> Result<Option<NaiveDate>, Bad> {
        let text = source.value(row).map_err(|why| Bad::new(source, why))?;
        let Some(text) = text else { return Ok(None) };
        let local = || {
            ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"]
                .into_iter()
                .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
                .map(|at| at.date())
        };
        let instant = || DateTime::parse_from_rfc3339(text).ok().and_then(|at| self.zone.local_date(at.to_utc()).ok());
        let day = text.parse().ok().or_else(local).or_else(instant);
        day.map(Some).ok_or_else(|| Bad::new(source, format!("`{text}` is not a date such as 2013-07-01")))
    }

    /// The money of a row that cannot be read whole, as far as it can be told.
    fn at_stake(&self, row: &StringRecord) -> (Option<Scaled>, Option<Currency>) {
        let [net, gross, _] = &self.amounts;
        let amount = |source| parsed::<Scaled>(source, row).ok().flatten();
        (amount(net).or_else(|| amount(gross)), parsed(&self.currency, row).ok().flatten())
    }

    /// The column that a field is read from.
    fn column_of(&self, field: &str) -> &str {
        let sources = [&self.sku, &self.quantity, &self.currency, &self.kind, &self.original_date];
        let mut sources = sources.into_iter().chain(&self.dates).chain(&self.parties).chain(&self.amounts);
        sources.find(|source| source.field == field).map_or("", Source::column)
    }
}

fn maybe<'r>(source: &'r Source, row: &'r StringRecord) -> Result<Option<&'r str>, Bad> {
    source.value(row).map_err(|why| Bad::new(source, why))
}

fn parse<T: std::str::FromStr<Err: ToString>>(source: &Source, text: &str) -> Result<T, Bad> {
    text.parse().map_err(|error: T::Err| Bad::new(source, error.to_string()))
}

fn parsed<T: std::str::FromStr<Err: ToString>>(source: &Source, row: &StringRecord) -> Result<Option<T>, Bad> {
    let text = source.value(row).map_err(|why| Bad::new(source, why))?;
    text.map(|text| parse(source, text)).transpose()
}

fn word<T: Copy>(source: &Source, text: &str, table: &[(&str, T)]) -> Result<T, Bad> {
    let found = table.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning);
    let words = || table.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
    found.ok_or_else(|| Bad::new(source, format!("`{text}` is none of {}", words())))
}
