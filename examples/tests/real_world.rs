//! Tiers, growth, exchange rates and returns on real sales, each checked against a calculation of its own on plain integers.
//!
//! The data is not part of the project: `PRM_DATA` names the folder that holds `adventureworks-reseller`, `online-retail`
//! and `ecb-reference-rates` (default `../shared/data` beside the project). Without it the trials are skipped and say so.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test that cannot go on must stop"
)]

mod world;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("../shared/data");
    let data = std::env::var_os("PRM_DATA").map_or_else(beside, PathBuf::from);
    type Check = fn(&Path);
    let checks: [(&str, &str, Check); 4] = [
        ("adventureworks, tiers at every quarter's end, with moves", "adventureworks-reseller", world::tiers::check),
        ("adventureworks, growth of 2013 against 2012", "adventureworks-reseller", world::growth::check),
        ("adventureworks, converted at the average rate of the day", "adventureworks-reseller", world::exchange::check),
        ("online retail, gross, returns and net by customer and quarter", "online-retail", world::returns::check),
    ];
    let trials = checks.map(|(name, folder, check)| {
        let data = data.clone();
        let missing = !data.join(folder).is_dir();
        if missing {
            eprintln!("skipped: {} is not there; set PRM_DATA", data.join(folder).display());
        }
        Trial::test(name, move || {
            check(&data);
            Ok(())
        })
        .with_ignored_flag(missing)
    });
    libtest_mimic::run(&arguments, trials.into()).exit_code()
}
