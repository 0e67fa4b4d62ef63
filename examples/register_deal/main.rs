//! Who may work an account: deals are registered one after the other, and for each the answer is printed, the rule that
//! decided, on what it matched, the place in line and the protection.
//!
//! Everything is kept in a database: in memory unless a file is named, so that a second run goes on from the first. Without
//! arguments it runs on a sample that comes with it.

mod answers;
mod input;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::Parser;
use prm_core::actor::Actor;
use prm_store::Store;

use answers::Desk;
use input::{Input, Typed};

/// Registers deals and says who may work which account, and why.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// The partner program, with `deals` (YAML or JSON). Default: that of the sample.
    #[arg(long)]
    program: Option<PathBuf>,
    /// Partners, CSV: id, name, tier, territories. Default: those of the sample.
    #[arg(long)]
    partners: Option<PathBuf>,
    /// What the vendor knows of accounts, CSV. Default: those of the sample.
    #[arg(long)]
    accounts: Option<PathBuf>,
    /// Deals and decisions in the order in which they come, CSV. Default: those of the sample.
    #[arg(long)]
    deals: Option<PathBuf>,
    #[command(flatten)]
    deal: Typed,
    /// Where it is kept: a SQLite file. Default: in memory.
    #[arg(long)]
    db: Option<PathBuf>,
}

// One thread is enough, and the store starts none.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let url = match &arguments.db {
        Some(path) => {
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
            }
            format!("sqlite:{}?mode=rwc", path.display())
        }
        None => "sqlite::memory:".to_owned(),
    };
    let Input { given, accounts, deals, bad } = input::read(&arguments)?;
    let store = Store::create(&url).await?;
    let tenant = store.tenant("vendor");
    for known in &accounts {
        tenant.put_account(known, &Actor::Host).await?;
    }
    println!(
        "{}: {} partners, {} known accounts; times are UTC",
        given.program.identity().name,
        given.partners.len(),
        accounts.len()
    );
    let mut desk = Desk::new(tenant, given)?;
    for deal in &deals {
        println!();
        desk.answer(deal).await?;
    }
    for row in &bad {
        println!("\n{row}");
    }
    println!();
    desk.tell_all().await?;
    let refused = desk.refused + bad.len();
    if refused > 0 {
        println!("{refused} of {} rows were not carried out", deals.len() + bad.len());
    }
    store.close().await;
    // What was not carried out is for somebody to look at; the sample has some to show.
    let failed = refused > 0 && (arguments.deals.is_some() || arguments.deal.partner.is_some());
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
