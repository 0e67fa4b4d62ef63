//! How long it takes to check and save a deal beside a million known accounts, durable, on both databases.
//!
//! `PRM_ACCOUNTS_LARGE` is the beginning of the names of the files; SQLite with `synchronous = FULL`, PostgreSQL with
//! `fsync = on` (`PRM_POSTGRES_URL`). Each deal is drafted first; measured is `Submit`: locks, look-up, scores, decision and
//! all that is saved, with its commit. Beside it stand the check alone, and a commit of one row on the same disk.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a measurement that cannot go on must stop"
)]

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use prm_benches::accounts::{Fields, records};
use prm_core::actor::{Actor, PartnerRole};
use prm_core::deal::{Command, DealLine, DealPartner, Form, Given, Goods, KnownAccount, Registration};
use prm_core::money::Money;
use prm_core::partner::Partner;
use prm_core::program::Program;
use prm_store::{Action, Meta, Pool, Store, Tenant};

const DEALS: usize = 1_000;
const BATCH: usize = 20_000;

const PROGRAM: &str = "
format: 1
program: Bench
version: '1'
effective: { from: 2025-01-01 }
currency: USD
products: { bikes: { category: Bikes } }
deals:
  required: [value]
  conflicts:
    - { when: { named_account: yes }, then: reject, code: direct_only }
    - { when: { pending_for: another_partner }, then: wait, code: earlier_pending }
    - { when: { protected_for: another_partner }, then: reject, code: already_protected }
    - { when: { protected_for: another_partner, match: probable }, then: review, code: may_be_protected }
";

fn main() {
    let Ok(large) = std::env::var("PRM_ACCOUNTS_LARGE") else {
        println!("skipped: PRM_ACCOUNTS_LARGE names no accounts");
        return;
    };
    let base = records(&PathBuf::from(format!("{large}_base.csv")), Fields::All);
    let queries = records(&PathBuf::from(format!("{large}_queries.csv")), Fields::All);
    let most = std::env::var("PRM_ACCOUNTS_MOST").ok().and_then(|text| text.parse().ok()).unwrap_or(usize::MAX);
    let known: Vec<KnownAccount> =
        base.into_iter().take(most).map(|record| KnownAccount::new(record.account)).collect();
    let asked: Vec<KnownAccount> = queries.into_iter().map(|record| KnownAccount::new(record.account)).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let folder = std::env::var("PRM_BENCH_FOLDER").unwrap_or_else(|_| "target".to_owned());
    let file = format!("{folder}/bench-deals-{}.db", std::process::id());
    println!("{} known accounts, {DEALS} deals; p50 and p95 in milliseconds", known.len());
    println!("| database | load | check and save | check alone | a commit of one row |");
    println!("| --- | ---: | ---: | ---: | ---: |");
    runtime.block_on(measure("SQLite", &format!("sqlite:{file}"), &known, &asked));
    let size = std::fs::metadata(&file).map_or(0, |file| file.len());
    println!("SQLite file: {} MB", size / 1_000_000);
    for end in ["", "-wal", "-shm"] {
        let _gone = std::fs::remove_file(format!("{file}{end}"));
    }
    match std::env::var("PRM_POSTGRES_URL") {
        Ok(url) => runtime.block_on(measure("PostgreSQL", &url, &known, &asked)),
        Err(_) => println!("\nskipped: PRM_POSTGRES_URL names no server"),
    }
}

fn at(number: usize) -> DateTime<Utc> {
    let noon: DateTime<Utc> = "2025-06-01T12:00:00Z".parse().unwrap();
    noon + TimeDelta::seconds(i64::try_from(number).unwrap())
}

fn given() -> Given {
    let program = Program::read(PROGRAM).unwrap_or_else(|findings| panic!("{findings}"));
    let of = |number| DealPartner::new(Partner::new(format!("p{number}").parse().unwrap(), "Partner"));
    Given::new(Arc::new(program), (0..50).map(of))
}

/// The middle and the 95th of 100, in milliseconds.
fn told(mut times: Vec<Duration>) -> String {
    times.sort_unstable();
    let at = |share: usize| times[(times.len() - 1) * share / 100].as_secs_f64() * 1e3;
    format!("{:.2} / {:.2}", at(50), at(95))
}

async fn measure(database: &str, url: &str, known: &[KnownAccount], asked: &[KnownAccount]) {
    let store = Store::create(url).await.unwrap();
    let tenant = store.tenant("bench");
    let started = Instant::now();
    for batch in known.chunks(BATCH) {
        tenant.put_accounts(batch, &Actor::Host).await.unwrap();
    }
    let loaded = started.elapsed();
    if let Pool::Postgres(pool) = store.pool() {
        // What the server does by itself sooner or later.
        sqlx::query("VACUUM ANALYZE").execute(pool).await.unwrap();
    }
    let given = given();
    let (mut saved, mut checked, mut committed) = (Vec::new(), Vec::new(), Vec::new());
    // In turns, so that all meet the same disk and the same load.
    for (number, account) in asked.iter().take(DEALS).enumerate() {
        let partner = format!("p{}", number % 50);
        let by = Actor::Partner {
            partner: partner.parse().unwrap(),
            person: "seller".parse().unwrap(),
            role: PartnerRole::Sales,
        };
        let mut form = Form::new("Bench", partner.parse().unwrap(), account.account.facts().clone());
        let value = Money::parse("9000", "USD").unwrap();
        form.lines = vec![DealLine::new(Goods::Products("bikes".parse().unwrap())).worth(value)];
        let (id, meta) = (format!("r{number}"), Meta::new(by, at(number)));
        tenant.execute(&id, Action::<Registration>::Open(form), &given, &meta).await.unwrap();
        let started = Instant::now();
        tenant.accounts_like(&account.account, &Actor::Host).await.unwrap();
        checked.push(started.elapsed());
        saved.push(submit(&tenant, &id, &given, &meta).await);
        committed.push(commit(store.pool()).await);
    }
    println!(
        "| {database} | {:.0} s | {} | {} | {} |",
        loaded.as_secs_f64(),
        told(saved),
        told(checked),
        told(committed)
    );
    if let Pool::Postgres(pool) = store.pool() {
        let sizes = "SELECT pg_table_size('prm.account_key') / 1000000, pg_indexes_size('prm.account_key') / 1000000";
        let (table, indexes): (i64, i64) = sqlx::query_as(sizes).fetch_one(pool).await.unwrap();
        println!("PostgreSQL keys: {table} MB, their indexes {indexes} MB");
    }
    store.close().await;
}

async fn submit(tenant: &Tenant, id: &str, given: &Given, meta: &Meta) -> Duration {
    let submit = Action::<Registration>::Command(Command::Submit);
    let started = Instant::now();
    tenant.execute(id, submit, given, meta).await.unwrap();
    started.elapsed()
}

/// A transaction that writes one row.
async fn commit(pool: &Pool) -> Duration {
    match pool {
        Pool::Sqlite(pool) => {
            sqlx::query("CREATE TABLE IF NOT EXISTS empty_commit (n INTEGER)").execute(pool).await.unwrap();
            let started = Instant::now();
            sqlx::query("INSERT INTO empty_commit VALUES (1)").execute(pool).await.unwrap();
            started.elapsed()
        }
        Pool::Postgres(pool) => {
            sqlx::query("CREATE TABLE IF NOT EXISTS empty_commit (n integer)").execute(pool).await.unwrap();
            let started = Instant::now();
            sqlx::query("INSERT INTO empty_commit VALUES (1)").execute(pool).await.unwrap();
            started.elapsed()
        }
        other => panic!("{other:?}"),
    }
}
