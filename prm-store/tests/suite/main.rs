//! The published suite on every backend (SQLite in memory, SQLite in a file, PostgreSQL), and what is particular to
//! one: full disks, lost connections, roles, databases of earlier versions, tenants that move, processes that are killed.
//!
//! `PRM_POSTGRES_URL` names a PostgreSQL server, with the database `postgres`, whose user may create databases;
//! `scripts/with-postgres.sh` starts one for a command. Without it the PostgreSQL trials are skipped and say so.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test that cannot go on must stop"
)]

mod backend;
mod disk;
mod killed;
mod moved;
mod promotion;
mod role;
mod shop;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};
use prm_store::suite;

use backend::Backend;
use disk::block_on;

fn main() -> ExitCode {
    if killed::is_child() {
        return ExitCode::SUCCESS;
    }
    let arguments = Arguments::from_args();
    let server = std::env::var("PRM_POSTGRES_URL").ok();
    if server.is_none() {
        eprintln!("skipped: PRM_POSTGRES_URL names no server; run this with scripts/with-postgres.sh");
    }
    let mut trials = Vec::new();
    for backend in [Backend::SqliteMemory, Backend::SqliteFile, Backend::Postgres(server.clone().unwrap_or_default())] {
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
    for (name, trial) in [disk::trials(), moved::trials(), killed::trials()].concat() {
        trials.push(Trial::test(name, move || {
            trial();
            Ok(())
        }));
    }
    for (name, trial) in
        [disk::postgres_trials(), moved::postgres_trials(), role::trials(), killed::postgres_trials()].concat()
    {
        let address = server.clone().unwrap_or_default();
        let run = move || {
            trial(&block_on(backend::database_on(&address)));
            Ok(())
        };
        trials.push(Trial::test(name, run).with_ignored_flag(server.is_none()));
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}
