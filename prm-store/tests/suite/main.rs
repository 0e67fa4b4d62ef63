//! One suite for every backend: SQLite in memory, SQLite in a file, PostgreSQL.
//!
//! `PRM_POSTGRES_URL` names a PostgreSQL server whose user may create databases; `scripts/with-postgres.sh` starts
//! one for a command. Without it the PostgreSQL trials are skipped and say so.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test that cannot go on must stop"
)]

mod backend;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

use backend::Backend;
use prm_store::suite;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let server = std::env::var("PRM_POSTGRES_URL").ok();
    if server.is_none() {
        eprintln!("skipped: PRM_POSTGRES_URL names no server; run this with scripts/with-postgres.sh");
    }
    let backends = [
        Some(Backend::SqliteMemory),
        Some(Backend::SqliteFile),
        Some(Backend::Postgres(server.clone().unwrap_or_default())),
    ];
    let mut trials = Vec::new();
    for backend in backends.into_iter().flatten() {
        let skipped = matches!(backend, Backend::Postgres(_)) && server.is_none();
        for (name, check) in suite::checks() {
            let backend = backend.clone();
            let trial = Trial::test(format!("{backend}: {name}"), move || {
                let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build()?;
                runtime.block_on(async { suite::run(check, backend.fixture().await).await });
                Ok(())
            });
            trials.push(trial.with_ignored_flag(skipped));
        }
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}
