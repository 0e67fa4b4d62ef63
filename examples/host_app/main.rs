//! An application of its own that embeds the store: the back office of a vendor, where changes of the partner
//! program go through change requests.
//!
//! The office has its own tables, migrations and pool. The store works in the same pool, so that a request and the
//! program version it is about are written together or not at all. Run again on the same file, the story goes on
//! with the next two requests.

mod office;

use std::path::PathBuf;

use anyhow::Result;
use clap::Parser;
use prm_core::actor::{Actor, VendorRole};
use prm_core::program::version::VersionError;

use office::{Answer, Office};

/// Approves changes of a partner program in an application that keeps its own tables beside the store's.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// The SQLite file of the application; made if it is missing, continued if it is there.
    #[arg(long, default_value = "out/host_app/app.db")]
    db: PathBuf,
}

// One thread is enough, and the store starts none.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let office = Office::open(&arguments.db).await?;
    // Who someone is, and as what, is the application's to know: the store has no log-in.
    let mara = Actor::Vendor { person: "mara".parse()?, role: VendorRole::Administrator };
    let jonas = Actor::Vendor { person: "jonas".parse()?, role: VendorRole::Finance };

    let first = office.file(&mara).await?;
    office.add_signed_copy(first, "SC-1041").await?;
    println!("Mara files change request {first} with a new partner program; its signed copy is there.");
    show(&office, first, &mara).await?;
    println!("\nMara approves her own request.");
    approve(&office, first, &mara).await?;
    println!("\nJonas approves it.");
    approve(&office, first, &jonas).await?;
    println!("\nJonas's browser sends the same approval again, under the same key.");
    approve(&office, first, &jonas).await?;

    let second = office.file(&mara).await?;
    println!("\nMara files change request {second}; Jonas approves it before its signed copy is there.");
    approve(&office, second, &jonas).await?;
    println!("\nThe signed copy arrives; Jonas sends the approval again, under the same key.");
    office.add_signed_copy(second, "SC-1042").await?;
    approve(&office, second, &jonas).await?;

    println!("\nThe office's log");
    for line in office.log().await? {
        println!("  {line}");
    }
    show_migrations(&office).await?;
    println!("\nboth are in {}", arguments.db.display());
    Ok(())
}

/// Approves, says what became of it, and shows both halves.
async fn approve(office: &Office, number: i64, by: &Actor) -> Result<()> {
    // A real caller makes up the key once for each click, and keeps it when it has to send again.
    let key = format!("approve-{number}-{}", by.person().map_or("", |person| person.as_str()));
    match office.approve(number, by, &key).await {
        Ok(Answer::Approved) => println!("  approved: both halves in one transaction"),
        Ok(Answer::DoneBefore) => println!("  done before: nothing written"),
        Ok(Answer::Refused(VersionError::SamePerson)) => println!("  refused: a second person is needed"),
        Ok(Answer::Refused(why)) => println!("  refused: {why}"),
        // The office's own rule is part of the story; any other error ends it.
        Err(error) => match error.downcast_ref::<sqlx::Error>().and_then(sqlx::Error::as_database_error) {
            Some(rule) if rule.is_check_violation() => println!("  rolled back: {}", rule.message()),
            _ => return Err(error),
        },
    }
    show(office, number, by).await
}

async fn show(office: &Office, number: i64, reader: &Actor) -> Result<()> {
    let [ours, stores] = office.both_halves(number, reader).await?;
    println!("  office: {ours:<38} store: {stores}");
    Ok(())
}

async fn show_migrations(office: &Office) -> Result<()> {
    let [ours, stores] = office.migrations().await?;
    println!("\n{:<34}prm_migration (the store's)", "_sqlx_migrations (the office's)");
    for row in 0..ours.len().max(stores.len()) {
        let [left, right] = [&ours, &stores].map(|table| table.get(row).map_or("", String::as_str));
        println!("{}", format!("  {left:<32}  {right}").trim_end());
    }
    Ok(())
}
