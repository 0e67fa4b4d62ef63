//! The main job: load a partner program, read sale lines, compute the rebates of every quarter, hand out
//! statements that explain themselves.
//!
//! What was received, found due and posted is kept in a database, so that run again on the same files nothing is new,
//! and late files lead to adjustments. Without arguments it runs on a sample that it generates from a seed.

mod books;
mod facts;
mod intake;
mod mapping;
mod output;
mod rejects;
mod rows;
mod sample;
mod tiers;

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use clap::Parser;
use prm_core::incentive::budget::Budgets;
use prm_core::incentive::explain::Basis;
use prm_core::incentive::line::{BatchKey, SaleLine};
use prm_core::incentive::statement::Statement;
use prm_core::incentive::verify::verify;
use prm_core::partner::Partner;
use prm_core::period::Period;
use prm_core::program::{Checked, Program};

/// Computes the rebates of every quarter from sale lines and writes statements that explain themselves.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// The partner program (YAML or JSON). Without it, a sample is generated and closed.
    #[arg(long, requires = "sales", requires = "partners")]
    program: Option<PathBuf>,
    /// Sale lines, CSV or CSV.gz; each file is a batch.
    #[arg(long, num_args = 1..)]
    sales: Vec<PathBuf>,
    /// Products by SKU, CSV or CSV.gz.
    #[arg(long)]
    products: Option<PathBuf>,
    /// Partners by id, CSV or CSV.gz.
    #[arg(long)]
    partners: Option<PathBuf>,
    /// Exchange rates, CSV or CSV.gz.
    #[arg(long)]
    fx: Option<PathBuf>,
    /// Tables that the program declares: NAME=FILE.csv.
    #[arg(long, num_args = 1..)]
    tables: Vec<String>,
    /// How the columns of the files are called (YAML). Default: as the fields are.
    #[arg(long)]
    mapping: Option<PathBuf>,
    /// Only this period, such as 2013-Q3 or 2013. Default: every period that has sales.
    #[arg(long)]
    period: Option<String>,
    /// Where statements, payouts and rejects are written.
    #[arg(long, default_value = "out/quarter_close")]
    out: PathBuf,
    /// Where batches, entries and the ledger are kept: sqlite:FILE or postgres://… Default: a SQLite file in --out.
    #[arg(long, conflicts_with = "no_db")]
    db: Option<String>,
    /// Keeps nothing: computes from these files alone.
    #[arg(long)]
    no_db: bool,
    /// Who wrote the program; another than who puts it in force.
    #[arg(long, default_value = "author")]
    drafted_by: String,
    /// Who puts the program in force and settles.
    #[arg(long, default_value = "finance")]
    activated_by: String,
    /// Retires a version of the program that governs the same days.
    #[arg(long)]
    replace_program: bool,
    /// Leaves what was settled for incentives that the program has no more as it is.
    #[arg(long)]
    leave_gone: bool,
    /// Takes a file that was received with other lines for a revision of it.
    #[arg(long)]
    revise: bool,
    /// Computes every explanation a second time and compares.
    #[arg(long)]
    verify: bool,
    /// The seed of the sample.
    #[arg(long, default_value_t = 7)]
    seed: u64,
}

fn main() -> Result<()> {
    let mut arguments = Arguments::parse();
    let started = Instant::now();
    let mut database = arguments.out.join("quarter_close.db");
    if arguments.program.is_none() {
        if !arguments.sales.is_empty() {
            bail!("--sales needs --program");
        }
        sample::write(&arguments.out.join("sample"), arguments.seed)?.fill(&mut arguments);
        database = arguments.out.join(format!("sample-{}.db", arguments.seed));
    }
    let (program, text) = load_program(&arguments)?;
    let mapping = mapping::Mapping::load(arguments.mapping.as_deref())?;
    let facts = facts::Loaded::load(&arguments, &mapping, &program)?;
    std::fs::create_dir_all(&arguments.out).with_context(|| arguments.out.display().to_string())?;
    output::clear(&arguments.out)?;
    let mut rejects = rejects::Rejects::create(&arguments.out.join("rejects.csv"))?;
    let mut books = open_books(&arguments, &database, &program, &text)?;
    let mut receive = books
        .as_mut()
        .map(|books| |batch: &BatchKey, lines: &[SaleLine]| books.receive(&program, facts.facts(), batch, lines));
    let keep = receive.as_mut().map(|receive| receive as intake::Keep<'_>);
    let mut sums = intake::read(&arguments.sales, &mapping.sales, &program, facts.facts(), &mut rejects, keep)?;
    rejects.finish()?;
    // What is due rests on everything that was ever received, not on these files alone.
    let read = sums.partials.tally();
    if let Some(books) = &books {
        sums.partials = books.partials(&program)?;
    }
    let covers = covers(&arguments, &program, sums.partials.months())?;
    let mut writer = output::Writer::create(&arguments.out, &program, covers)?;
    let standings = tiers::follow(&program, &facts.partners, &sums.partials, books.as_ref(), covers.until())?;
    let basis = Basis::new(&program, &sums.partials, &facts.tables).tiers(&standings);
    let budgets = Budgets::of(basis, &facts.partners, covers)?;
    let basis = basis.budgets(&budgets);
    let mut failed = Vec::new();
    for id in sums.partials.partners() {
        let Some(partner) = facts.partners.get(&id) else {
            failed.push(format!("{id}: it has sales, but is not among --partners"));
            continue;
        };
        // What cannot be computed for one partner must not keep the others from theirs.
        match close(basis, partner, covers, arguments.verify) {
            Ok(statement) => writer.write(&statement)?,
            Err(error) => failed.push(format!("{id}: {error:#}")),
        }
    }
    writer.finish(&sums.partials, &read, &rejects, arguments.verify, started.elapsed())?;
    tiers::tell(&program, &facts.partners, &sums.partials, &standings, (&arguments.out, covers.until()))?;
    if !failed.is_empty() {
        let kept = if books.is_some() { "; nothing was posted" } else { "" };
        bail!("{} partners have no statement{kept}:\n  {}", failed.len(), failed.join("\n  "));
    }
    if let Some(books) = books {
        output::print_posted(&books, &books.settle(&program, &facts, covers)?)?;
        books.close();
    }
    Ok(())
}

/// The database, unless nothing is to be kept.
fn open_books(arguments: &Arguments, default: &Path, program: &Program, text: &str) -> Result<Option<books::Books>> {
    if arguments.no_db {
        return Ok(None);
    }
    // In an address a per cent sign begins an encoded byte, and a question mark the options.
    let file = || default.display().to_string().replace('%', "%25").replace('?', "%3F");
    let url = arguments.db.clone().unwrap_or_else(|| format!("sqlite:{}", file()));
    let rules = books::Rules {
        drafted_by: &arguments.drafted_by,
        activated_by: &arguments.activated_by,
        replace: arguments.replace_program,
        revise: arguments.revise,
        leave_gone: arguments.leave_gone,
    };
    books::Books::open(&url, program, text, &rules).map(Some)
}

/// A partner's statement, each entry checked a second time if that is wanted.
fn close(basis: Basis<'_>, partner: &Partner, covers: Period, twice: bool) -> Result<Statement> {
    let statement = Statement::new(basis, partner, covers)?;
    for entry in statement.entries.iter().filter(|_| twice) {
        verify(entry, basis, partner).with_context(|| entry.incentive.to_string())?;
    }
    Ok(statement)
}

/// The program and its text.
fn load_program(arguments: &Arguments) -> Result<(Program, String)> {
    let Some(path) = &arguments.program else { bail!("no program was given") };
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let Checked { program, findings } = Program::check(&text);
    for finding in &findings {
        eprintln!("{}:{finding}", path.display());
    }
    Ok((program.with_context(|| format!("{} cannot be used", path.display()))?, text))
}

/// The days to be closed: the period asked for, or every period that holds sales.
fn covers(
    arguments: &Arguments,
    program: &Program,
    months: Option<(chrono::NaiveDate, chrono::NaiveDate)>,
) -> Result<Period> {
    let calendar = program.calendar();
    if let Some(label) = &arguments.period {
        let period = calendar.parse_label(label).with_context(|| format!("--period {label}"))?;
        return Ok(period.period);
    }
    let Some((first, last)) = months else { bail!("no line could be counted, see rejects.csv") };
    let longest = program.rebates().iter().map(|rebate| rebate.every).max();
    let every = longest.context("the program has no incentives")?;
    let (from, until) = (calendar.period_of(first, every)?, calendar.period_of(last, every)?);
    Ok(Period::new(from.period.from(), until.period.until())?)
}
