//! What a partner manager does before signing: check a program document, and see what changed since the last.

use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;
use prm_core::program::diff::diff;
use prm_core::program::finding::Severity;
use prm_core::program::schema::schema;
use prm_core::program::{Checked, Program};

/// Checks a partner program: every mistake and risk with line and column, and the changes to an older version.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// The program document (YAML or JSON).
    #[arg(required_unless_present = "schema")]
    program: Option<PathBuf>,
    /// An older version, to tell what changed.
    #[arg(long)]
    against: Option<PathBuf>,
    /// Prints the JSON Schema of program documents, for editors.
    #[arg(long)]
    schema: bool,
}

fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let mut out = std::io::stdout();
    if arguments.schema {
        serde_json::to_writer_pretty(&mut out, &schema())?;
        writeln!(out)?;
    }
    let Some(path) = &arguments.program else { return Ok(ExitCode::SUCCESS) };
    let text = read(path)?;
    let Checked { program, findings } = Program::check(&text);
    let colour = out.is_terminal();
    for finding in &findings {
        let (on, off) = if colour { (colour_of(finding.severity), "\x1b[0m") } else { ("", "") };
        writeln!(out, "{on}{}:{finding}{off}", path.display())?;
    }
    if let Some(program) = &program {
        let identity = program.identity();
        writeln!(out, "{}, version {}: {} incentives", identity.name, identity.version, program.rebates().len())?;
        writeln!(out, "digest {}", identity.digest)?;
    }
    if let Some(old) = &arguments.against {
        let changes = diff(&read(old)?, &text).map_err(|findings| anyhow::anyhow!("{}:\n{findings}", old.display()))?;
        writeln!(out, "{} changes against {}", changes.len(), old.display())?;
        for change in changes {
            writeln!(out, "  {change}")?;
        }
    }
    Ok(if program.is_some() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).with_context(|| path.display().to_string())
}

const fn colour_of(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "\x1b[31m",
        Severity::Warning => "\x1b[33m",
        Severity::Note => "\x1b[2m",
    }
}
