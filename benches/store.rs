//! The store, durable, beside the same statements written by hand: one run, one table.
//!
//! SQLite with `synchronous = FULL`, PostgreSQL with `fsync = on` (`PRM_POSTGRES_URL`; `scripts/bench-store.sh` starts
//! a server). `PRM_BENCH_FOLDER` says where the SQLite file lies.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    missing_docs,
    reason = "a measurement that cannot go on must stop"
)]

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use prm_core::actor::{Actor, VendorRole};
use prm_core::id::PartnerId;
use prm_core::incentive::fold::Facts;
use prm_core::incentive::line::{BatchKey, LineKey, LineKind, SaleLine};
use prm_core::partner::Partner;
use prm_core::program::Program;
use prm_core::program::tables::Tables;
use prm_core::program::version::{Command, Draft, ProgramVersion};
use prm_store::{Action, Meta, Pool, Settle, Store};
use sqlx::{AssertSqlSafe, Executor as _};

const RECORDS: usize = 1_000;
const PARTNERS: usize = 5_000;
const INCENTIVES: usize = 8;
const EVENTS: usize = 1_000_000;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let folder = std::env::var("PRM_BENCH_FOLDER").unwrap_or_else(|_| "target".to_owned());
    let file = format!("{folder}/bench-{}.db", std::process::id());
    println!("| measured | database | wall | beside | ratio |");
    println!("| --- | --- | ---: | ---: | ---: |");
    runtime.block_on(measure("SQLite", &format!("sqlite:{file}")));
    for end in ["", "-wal", "-shm"] {
        let _gone = std::fs::remove_file(format!("{file}{end}"));
    }
    match std::env::var("PRM_POSTGRES_URL") {
        Ok(url) => runtime.block_on(measure("PostgreSQL", &url)),
        Err(_) => println!("\nskipped: PRM_POSTGRES_URL names no server"),
    }
}

async fn measure(database: &str, url: &str) {
    let store = Store::create(url).await.unwrap();
    let pool = store.pool().clone();
    let (ours, by_hand) = beside_by_hand(&store, &pool).await;
    let per = |total: Duration| total.as_secs_f64() * 1e6 / RECORDS as f64;
    println!(
        "| one command (`execute`) | {database} | {:.0} µs | {:.0} µs by hand | {:.2} |",
        per(ours),
        per(by_hand),
        ours.as_secs_f64() / by_hand.as_secs_f64()
    );
    let (received, settled, again) = settled(&store).await;
    let all = PARTNERS * INCENTIVES;
    println!("| receive {PARTNERS} lines | {database} | {:.2} s | | |", received.as_secs_f64());
    println!("| settle {all} payouts | {database} | {:.2} s | | |", settled.as_secs_f64());
    println!("| settle again, nothing new | {database} | {:.2} s | | |", again.as_secs_f64());
    fill(&pool).await;
    store.close().await;
    let started = Instant::now();
    let store = Store::open(url).await.unwrap();
    println!("| open, {EVENTS} events | {database} | {:.1} ms | | |", started.elapsed().as_secs_f64() * 1e3);
    store.close().await;
}

fn at() -> DateTime<Utc> {
    "2025-07-20T12:00:00Z".parse().unwrap()
}

fn person(id: &str, role: VendorRole) -> Actor {
    Actor::Vendor { person: id.parse().unwrap(), role }
}

/// Retires drafts, by command and by the statements that it comes to; in turns, so that both meet the same disk.
async fn beside_by_hand(store: &Store, pool: &Pool) -> (Duration, Duration) {
    let tenant = store.tenant("bench");
    let writer = person("writer", VendorRole::Administrator);
    let text = "{format: 1, program: P, version: '1', effective: {from: 2025-01-01}, currency: USD}";
    for number in 0..2 * RECORDS {
        let draft = Action::<ProgramVersion>::Open(Draft { text: text.to_owned() });
        tenant.execute(&format!("v{number}"), draft, &(), &Meta::new(writer.clone(), at())).await.unwrap();
    }
    let (mut ours, mut by_hand) = (Duration::ZERO, Duration::ZERO);
    for number in 0..RECORDS {
        let retire = Action::<ProgramVersion>::Command(Command::Retire { reason: "measured".to_owned() });
        let started = Instant::now();
        let done = tenant.execute(&format!("v{number}"), retire, &(), &Meta::new(writer.clone(), at())).await.unwrap();
        ours += started.elapsed();
        let (record, event) =
            (serde_json::to_string(&done.record).unwrap(), serde_json::to_string(&done.events).unwrap());
        let actor = serde_json::to_string(&writer).unwrap();
        let id = format!("v{}", RECORDS + number);
        let started = Instant::now();
        match pool {
            Pool::Sqlite(pool) => retire_sqlite(pool, &id, &record, &event, &actor).await,
            Pool::Postgres(pool) => retire_postgres(pool, &id, &record, &event, &actor).await,
            other => panic!("{other:?}"),
        }
        by_hand += started.elapsed();
    }
    (ours, by_hand)
}

async fn retire_sqlite(pool: &sqlx::SqlitePool, id: &str, record: &str, event: &str, actor: &str) {
    let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await.unwrap();
    let read = "SELECT kind, id, version, format, stage, subject, deadline_at, changed_at, body FROM prm_record
                WHERE tenant = ?1 AND kind = ?2 AND id = ?3";
    sqlx::query(read).bind("bench").bind("program_version").bind(id).fetch_one(&mut *transaction).await.unwrap();
    let save = "UPDATE prm_record
                SET version = ?1, format = ?2, stage = ?3, subject = ?4, deadline_at = ?5, changed_at = ?6, body = ?7
                WHERE tenant = ?8 AND kind = ?9 AND id = ?10 AND version = ?11";
    let now = "2025-07-20T12:00:00.000000Z";
    let save = sqlx::query(save).bind(2).bind(1).bind("retired").bind("P").bind(None::<&str>).bind(now).bind(record);
    let save = save.bind("bench").bind("program_version").bind(id).bind(1);
    save.execute(&mut *transaction).await.unwrap();
    let add = "INSERT INTO prm_event
                   (tenant, kind, id, version, format, effective_at, received_at, recorded_at, actor, body, position)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10,
                       (SELECT coalesce(max(position), 0) + 1 FROM prm_event WHERE tenant = ?1))";
    let add = sqlx::query(add).bind("bench").bind("program_version").bind(id).bind(2).bind(1);
    let add = add.bind(now).bind(now).bind(now).bind(actor).bind(event);
    add.execute(&mut *transaction).await.unwrap();
    transaction.commit().await.unwrap();
}

async fn retire_postgres(pool: &sqlx::PgPool, id: &str, record: &str, event: &str, actor: &str) {
    let mut transaction = pool.begin_with("BEGIN; SET LOCAL prm.tenant = 'bench'").await.unwrap();
    let read = "SELECT kind, id, version, format, stage, subject, deadline_at, changed_at, body FROM prm.record
                WHERE tenant = $1 AND kind = $2 AND id = $3 FOR UPDATE";
    sqlx::query(read).bind("bench").bind("program_version").bind(id).fetch_one(&mut *transaction).await.unwrap();
    let save = "UPDATE prm.record
                SET version = $1, format = $2, stage = $3, subject = $4, deadline_at = $5, changed_at = $6, body = $7
                WHERE tenant = $8 AND kind = $9 AND id = $10 AND version = $11";
    let save = sqlx::query(save).bind(2_i64).bind(1).bind("retired").bind("P").bind(None::<DateTime<Utc>>);
    let save = save.bind(at()).bind(record).bind("bench").bind("program_version").bind(id).bind(1_i64);
    save.execute(&mut *transaction).await.unwrap();
    let add = "INSERT INTO prm.event
                   (tenant, kind, id, version, format, effective_at, received_at, recorded_at, actor, body)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let add = sqlx::query(add).bind("bench").bind("program_version").bind(id).bind(2_i64).bind(1);
    let add = add.bind(at()).bind(at()).bind(at()).bind(actor).bind(event);
    add.execute(&mut *transaction).await.unwrap();
    transaction.commit().await.unwrap();
}

/// A program of many rebates.
fn program() -> String {
    let mut text = "format: 1\nprogram: Bench\nversion: '1'\neffective: {from: 2025-01-01, until: 2026-01-01}\n\
                    currency: USD\nsales: {counting_date: invoice, amount: net}\nincentives:\n"
        .to_owned();
    for number in 0..INCENTIVES {
        let second = 1_000 * (number + 1);
        let bands = format!("[{{from: 0, rate: 1 %}}, {{from: {second}, rate: 2 %}}]");
        text += &format!(
            "  rebate_{number}: {{kind: rebate, measure: {{of: net_revenue}}, every: quarter, \
             schedule: {{shape: marginal, bands: {bands}}}}}\n"
        );
    }
    text
}

async fn settled(store: &Store) -> (Duration, Duration, Duration) {
    let tenant = store.tenant("money");
    let (writer, finance) = (person("writer", VendorRole::Administrator), person("finance", VendorRole::Finance));
    let text = program();
    let program = Program::read(&text).unwrap_or_else(|findings| panic!("{findings}"));
    let draft = Action::<ProgramVersion>::Open(Draft { text });
    tenant.execute("v1", draft, &(), &Meta::new(writer, at())).await.unwrap();
    let activate = Action::<ProgramVersion>::Command(Command::Activate);
    tenant.execute("v1", activate, &(), &Meta::new(finance.clone(), at())).await.unwrap();
    let mut partners: BTreeMap<PartnerId, Partner> = BTreeMap::new();
    let mut lines = Vec::new();
    for number in 0..PARTNERS {
        let id: PartnerId = format!("P{number:05}").parse().unwrap();
        let key = LineKey { document: format!("D{number}").parse().unwrap(), line: Some("1".parse().unwrap()) };
        let mut line = SaleLine::new(key, LineKind::Sale, "S".parse().unwrap(), "USD".parse().unwrap());
        line.dates.invoice = Some("2025-05-05".parse().unwrap());
        line.buyer = Some(id.clone());
        line.amounts.net = Some(format!("{}.37", 500 + number * 7 % 20_000).parse().unwrap());
        lines.push(line);
        partners.insert(id.clone(), Partner::new(id, "Partner"));
    }
    let batch = BatchKey::new("erp".parse().unwrap(), "may".parse().unwrap());
    let started = Instant::now();
    tenant.receive(&program, Facts::new(&partners), &batch, &lines, &finance).await.unwrap();
    let received = started.elapsed();
    let quarter = program.calendar().parse_label("2025-Q2").unwrap().period;
    let tables = Tables::new();
    let settle = Settle::new(&program, &partners, &tables, quarter);
    let started = Instant::now();
    let first = tenant.settle(settle, &finance, at()).await.unwrap();
    let settled = started.elapsed();
    assert_eq!(first.entries.len(), PARTNERS * INCENTIVES);
    let started = Instant::now();
    let second = tenant.settle(settle, &finance, at()).await.unwrap();
    assert_eq!(second.settlement, None);
    (received, settled, started.elapsed())
}

/// Events of another tenant, by the million.
async fn fill(pool: &Pool) {
    let columns = "tenant, kind, id, version, format, effective_at, received_at, recorded_at, actor, body";
    match pool {
        Pool::Sqlite(pool) => {
            let fill = format!(
                "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {EVENTS})
                 INSERT INTO prm_event ({columns}, position)
                 SELECT 'filled', 'lead', 'l' || (i / 10), i % 10 + 1, 1, t, t, t, '{{}}', '{{\"name\":\"noted\"}}', i
                 FROM n, (SELECT '2025-01-01T00:00:00.000000Z' AS t) WHERE true"
            );
            pool.execute(AssertSqlSafe(fill)).await.unwrap();
        }
        Pool::Postgres(pool) => {
            let fill = format!(
                "INSERT INTO prm.event ({columns})
                 SELECT 'filled', 'lead', 'l' || (i / 10), i % 10 + 1, 1, now(), now(), now(), '{{}}', '{{\"name\":\"noted\"}}'
                 FROM generate_series(1, {EVENTS}) AS i"
            );
            pool.execute(AssertSqlSafe(fill)).await.unwrap();
        }
        other => panic!("{other:?}"),
    }
}
