//! A year of a co-op fund: two dealers buy, the fund fills, they ask for money, advertise, claim and are paid; goods come
//! back, an invoice turns up twice, and the year ends.
//!
//! Everything is kept in a database: in memory unless a file is named.

mod ledger;
mod year;

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::Parser;
use prm_store::Store;

use year::Year;

/// Tells a year of a co-op fund, from the first sale to the end of the year.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// Where it is kept: a new SQLite file. Default: in memory.
    #[arg(long)]
    db: Option<PathBuf>,
}

// One thread is enough, and the store starts none.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let url = match &Arguments::parse().db {
        Some(path) => {
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
            }
            format!("sqlite:{}?mode=rwc", path.display())
        }
        None => "sqlite::memory:".to_owned(),
    };
    let store = Store::create(&url).await?;
    let year = Year::open(store.tenant("northwind")).await?;

    year.says("The first quarter: both dealers buy.", "2025-04-01");
    year.buys(&[("INV-1", "harbor", "60000", "2025-02-03"), ("INV-2", "summit", "25000", "2025-03-11")]).await?;
    year.accrues().await?;

    year.says("Harbor wants radio spots for 1,600.00, made by itself: half of that.", "2025-04-07");
    year.asks("R-1", "harbor", ("radio", false), ("2025-05-05", "2025-05-20"), "1600").await?;
    year.grants("R-1").await?;
    year.says("Summit wants a stand at a fair for 400.00 with our posters: three quarters.", "2025-04-14");
    year.asks("R-2", "summit", ("fair", true), ("2025-05-10", "2025-05-12"), "400").await?;
    year.grants("R-2").await?;
    year.says("And another one for 900.00, of which it has not earned the share.", "2025-04-15");
    year.asks("R-3", "summit", ("fair", false), ("2025-06-10", "2025-06-12"), "900").await?;
    year.grants("R-3").await?;

    year.says("Harbor claims before anything was aired.", "2025-05-02");
    year.claims("C-0", "R-1", ("2025-05-05", "2025-05-20"), &[("Radio 7", "1187", "700", "2025-04-30")]).await?;
    year.says("Then two invoices, of which the second one exceeds what was granted.", "2025-05-26");
    year.claims("C-1", "R-1", ("2025-05-05", "2025-05-20"), &[("Radio 7", "1201", "700", "2025-05-12")]).await?;
    year.decides("C-1").await?;
    year.claims("C-2", "R-1", ("2025-05-05", "2025-05-20"), &[("Radio 7", "1219", "1100", "2025-05-20")]).await?;
    year.decides("C-2").await?;
    year.says("Summit shows an invoice that Harbor has shown, spelt otherwise; then its own.", "2025-06-02");
    year.claims("C-3", "R-2", ("2025-05-10", "2025-05-12"), &[("RADIO-7", "12 01", "380", "2025-05-12")]).await?;
    year.claims("C-4", "R-2", ("2025-05-10", "2025-05-12"), &[("Expo Hall", "88", "380", "2025-05-12")]).await?;
    year.decides("C-4").await?;
    year.pays("RUN-1", "harbor", &["C-1", "C-2"], "2025-06-16").await?;
    year.pays("RUN-1", "summit", &["C-4"], "2025-06-16").await?;

    year.says(
        "Harbor sends back goods for 30,000.00: 600.00 did not accrue after all, and 400.00 are left.",
        "2025-07-01",
    );
    year.returns(("CR-1", "INV-1"), "harbor", "-30000", "2025-06-24").await?;
    year.accrues().await?;
    year.says("What it buys next makes up for that first.", "2025-10-01");
    year.buys(&[("INV-3", "harbor", "45000", "2025-08-19")]).await?;
    year.accrues().await?;
    year.says("It asks for a fair in autumn, and never claims it.", "2025-10-02");
    year.asks("R-4", "harbor", ("fair", false), ("2025-10-20", "2025-10-25"), "1000").await?;
    year.grants("R-4").await?;

    year.says(
        "The year is over. What was not claimed in time returns; a quarter of what is left goes on, up to 500.00.",
        "2026-01-02",
    );
    year.ends().await?;
    year.balances().await?;
    store.close().await;
    Ok(())
}
