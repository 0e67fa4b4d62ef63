//! A tenant that moves from SQLite to PostgreSQL and back, and databases of earlier versions.

use std::sync::Arc;

use prm_core::account::AccountFacts;
use prm_core::actor::{Actor, PartnerRole, VendorRole};
use prm_core::deal::{self, DealLine, DealPartner, Form, Given, Goods, Registration};
use prm_core::incentive::settlement::Entry;
use prm_core::ledger::{Purpose, Transfer};
use prm_core::lifecycle::{Lifecycle as _, replay};
use prm_core::money::Money;
use prm_core::partner::Partner;
use prm_core::person::Person;
use prm_core::program::Program;
use prm_core::program::version::{Command, Draft, ProgramVersion};
use prm_store::{Accrued, Action, EntryFilter, Meta, Pool, Posted, Store, StoreError, Tenant};

use crate::disk::{OnServer, block_on};
use crate::promotion;
use crate::shop::{Shop, finance, person};

/// Every trial with its name; those on PostgreSQL take the address of a database of its own.
pub(crate) fn trials() -> Vec<(&'static str, fn())> {
    vec![
        ("sqlite of schema 1 opens after migrating", older_sqlite),
        ("sqlite of schema 2 goes on after migrating", || {
            goes_on_sqlite(2, include_str!("../fixtures/schema-2.sqlite.sql"));
        }),
        ("sqlite of schema 3 goes on after migrating", || {
            goes_on_sqlite(3, include_str!("../fixtures/schema-3.sqlite.sql"));
        }),
        ("sqlite of schema 4 goes on after migrating", || {
            goes_on_sqlite(4, include_str!("../fixtures/schema-4.sqlite.sql"));
        }),
        ("sqlite of schema 5 goes on after migrating", || {
            goes_on_sqlite(5, include_str!("../fixtures/schema-5.sqlite.sql"));
        }),
        ("sqlite of schema 8 goes on after migrating", || {
            goes_on_sqlite(8, include_str!("../fixtures/schema-8.sqlite.sql"));
        }),
        ("exports of schemas 2 to 8 are imported", older_exports),
        ("a promotion goes on where it was written", promoted),
    ]
}

pub(crate) fn postgres_trials() -> Vec<(&'static str, OnServer)> {
    vec![
        ("a tenant moves from sqlite to postgres and back", moves),
        ("postgres of schema 1 opens after migrating", older_postgres),
        ("postgres of schema 2 goes on after migrating", |url| {
            goes_on_postgres(url, 2, include_str!("../fixtures/schema-2.postgres.sql"));
        }),
        ("postgres of schema 3 goes on after migrating", |url| {
            goes_on_postgres(url, 3, include_str!("../fixtures/schema-3.postgres.sql"));
        }),
        ("postgres of schema 4 goes on after migrating", |url| {
            goes_on_postgres(url, 4, include_str!("../fixtures/schema-4.postgres.sql"));
        }),
        ("postgres of schema 5 goes on after migrating", |url| {
            goes_on_postgres(url, 5, include_str!("../fixtures/schema-5.postgres.sql"));
        }),
        ("postgres of schema 8 goes on after migrating", |url| {
            goes_on_postgres(url, 8, include_str!("../fixtures/schema-8.postgres.sql"));
        }),
    ]
}

async fn lines_of(tenant: &Tenant) -> Vec<String> {
    let mut lines = Vec::new();
    let each = |line: &str| {
        lines.push(line.to_owned());
        Ok(())
    };
    tenant.export(&Actor::Host, each).await.unwrap();
    lines
}

fn moves(url: &str) {
    block_on(async {
        let sqlite = Store::create("sqlite::memory:").await.unwrap();
        let postgres = Store::create(url).await.unwrap();
        let (from, to, back) = (sqlite.tenant("acme"), postgres.tenant("acme"), sqlite.tenant("back"));
        filled(&from).await;
        let lines = lines_of(&from).await;
        assert!(lines.len() > 1_000, "{} lines say little", lines.len());
        to.import(&Actor::Host, lines.iter().cloned().map(Ok)).await.unwrap();
        assert_eq!(lines_of(&to).await, lines);
        assert!(to.trial_balance(&finance()).await.unwrap().holds());
        // It goes on there: what was received is known, and nothing more is due.
        assert!(matches!(Shop::new().receive(&to, 4).await, prm_store::Received::Known { .. }));
        assert_eq!(Shop::new().settle(&to).await.settlement, None);
        back.import(&Actor::Host, lines_of(&to).await.into_iter().map(Ok)).await.unwrap();
        assert_eq!(lines_of(&back).await, lines);
    });
}

/// Some of everything: program, batches, settlements, a payment, persons.
async fn filled(tenant: &Tenant) {
    let shop = Shop::new();
    shop.open(tenant).await;
    for number in 1..=4 {
        shop.receive(tenant, number).await;
        shop.settle(tenant).await;
    }
    let amount = Money::parse("1.00", "USD").unwrap();
    let on = "2025-12-31".parse().unwrap();
    let pay = Transfer::new(Purpose::Pay, "P001".parse().unwrap(), amount, "run-1", on).unwrap();
    assert_eq!(tenant.transfer(&pay, &finance()).await.unwrap(), Posted::Now);
    let ada = Person::new("p-1".parse().unwrap(), "Zoë O'Neill \u{1f600}");
    tenant.put_person(&ada, &Actor::Host).await.unwrap();
    tenant.put_person(&Person::new("p-2".parse().unwrap(), "gone"), &Actor::Host).await.unwrap();
    tenant.erase_person(&"p-2".parse().unwrap(), &Actor::Host).await.unwrap();
}

fn older_sqlite() {
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}?mode=rwc", folder.path().join("old.db").display());
        let pool = sqlx::SqlitePool::connect(&url).await.unwrap();
        sqlx::raw_sql(include_str!("../fixtures/schema-1.sqlite.sql")).execute(&pool).await.unwrap();
        older(pool).await;
    });
}

fn older_postgres(url: &str) {
    block_on(async {
        let pool = sqlx::PgPool::connect(url).await.unwrap();
        sqlx::raw_sql(include_str!("../fixtures/schema-1.postgres.sql")).execute(&pool).await.unwrap();
        older(pool).await;
    });
}

fn goes_on_sqlite(schema: i64, written: &'static str) {
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}?mode=rwc", folder.path().join("old.db").display());
        let pool = sqlx::SqlitePool::connect(&url).await.unwrap();
        sqlx::raw_sql(written).execute(&pool).await.unwrap();
        migrated(pool, schema).await;
    });
}

fn goes_on_postgres(url: &str, schema: i64, written: &'static str) {
    block_on(async {
        let pool = sqlx::PgPool::connect(url).await.unwrap();
        sqlx::raw_sql(written).execute(&pool).await.unwrap();
        migrated(pool, schema).await;
    });
}

async fn migrated(pool: impl Into<Pool>, schema: i64) {
    let pool = pool.into();
    let told = Store::from_pool(pool.clone()).await.unwrap_err();
    assert!(matches!(told, StoreError::NotMigrated { found, .. } if found == schema), "{told:?}");
    prm_store::migrate(pool.clone()).await.unwrap();
    goes_on(&Store::from_pool(pool).await.unwrap().tenant("acme"), schema).await;
}

fn older_exports() {
    block_on(async {
        let exports = [
            (2, include_str!("../fixtures/schema-2.ndjson")),
            (3, include_str!("../fixtures/schema-3.ndjson")),
            (4, include_str!("../fixtures/schema-4.ndjson")),
            (5, include_str!("../fixtures/schema-5.ndjson")),
            (8, include_str!("../fixtures/schema-8.ndjson")),
        ];
        for (schema, export) in exports {
            let tenant = Store::create("sqlite::memory:").await.unwrap().tenant("acme");
            tenant.import(&Actor::Host, export.lines().map(|line| Ok(line.to_owned()))).await.unwrap();
            goes_on(&tenant, schema).await;
        }
        // What an export of its schema must have is asked for.
        let cut = exports[1].1.replacen("\"idle\":", "\"other\":", 1);
        let tenant = Store::create("sqlite::memory:").await.unwrap().tenant("acme");
        let refused = tenant.import(&Actor::Host, cut.lines().map(|line| Ok(line.to_owned()))).await.unwrap_err();
        assert!(refused.to_string().contains("column `idle` of `document_sums` is missing"), "{refused}");
    });
}

fn promoted() {
    block_on(async {
        let tenant = Store::create("sqlite::memory:").await.unwrap().tenant("acme");
        promotion::fill(&tenant).await;
        promotion::goes_on(&tenant).await;
    });
}

/// What an earlier version wrote is known: batches, settlements, money. What comes next stands beside it.
async fn goes_on(tenant: &Tenant, schema: i64) {
    let version = tenant.get::<ProgramVersion>("shop-1", &finance()).await.unwrap().unwrap();
    let shop = Shop::of(&version.record.text, 4);
    if schema >= 4 {
        // At schema 8 a promotion was awarded after the shop's last settlement.
        accruals_go_on(tenant, &shop, if schema >= 8 { 6 } else { 5 }).await;
    }
    if schema >= 5 {
        deals_go_on(tenant).await;
    }
    if schema >= 8 {
        promotion::goes_on(tenant).await;
    }
    assert!(matches!(shop.receive(tenant, 4).await, prm_store::Received::Known { .. }));
    assert_eq!(shop.settle(tenant).await.settlement, None);
    let before = tenant.balances(None, None, &finance()).await.unwrap();
    assert!(!before.is_empty());
    // A return in it meets a sale that came then.
    assert!(matches!(shop.receive(tenant, 5).await, prm_store::Received::Counted { .. }));
    let accrued = shop.accrue(tenant).await;
    assert!(!accrued.posted.is_empty(), "{accrued:?}");
    let settled = shop.settle(tenant).await;
    assert!(settled.entries.iter().any(Entry::is_adjustment), "{settled:?}");
    assert_eq!(settled.reversed.len(), 1);
    assert!(tenant.trial_balance(&finance()).await.unwrap().holds());
    assert_eq!(tenant.entries(&EntryFilter::default(), &Actor::Host).await.unwrap().len(), {
        let folded: Vec<String> = lines_of(tenant).await;
        folded.iter().filter(|line| line.ends_with("\"table\":\"entry\"}")).count()
    });
    if shop.has_tiers() {
        let history = tenant.tiers("Shop", None, &finance()).await.unwrap();
        let tier = history.tier_on("P003", "2025-03-01".parse().unwrap()).map(ToString::to_string);
        assert_eq!(tier.as_deref(), Some("registered"));
        shop.follow(tenant).await;
    }
    assert_eq!(shop.settle(tenant).await.settlement, None);
}

/// Accounts and deals that an earlier version wrote are found, before their keys are made anew and after.
async fn deals_go_on(tenant: &Tenant) {
    let given = deals();
    let of =
        |id: &'static str| async move { tenant.get::<Registration>(id, &Actor::Host).await.unwrap().unwrap().record };
    let review = |of: &Registration| of.lines[0].review.word();
    assert_eq!(
        [review(&of("d-1").await), review(&of("d-2").await), review(&of("d-3").await)],
        ["pending", "waiting", "approved"]
    );
    for (id, name) in [("d-4", "Northwind Trader, Inc."), ("d-5", "fabrikam bikes")] {
        if id == "d-5" {
            tenant.renew_account_keys(100).await.unwrap();
        }
        let by = Actor::Partner {
            partner: "P000".parse().unwrap(),
            person: "sales".parse().unwrap(),
            role: PartnerRole::Sales,
        };
        let meta = Meta::new(by, "2025-06-02T12:00:00Z".parse().unwrap());
        let mut form =
            Form::new("Deals", "P000".parse().unwrap(), AccountFacts::new(format!("f-{id}").parse().unwrap(), name));
        form.lines = vec![DealLine::new(Goods::Products("bikes".parse().unwrap()))];
        tenant.execute(id, Action::<Registration>::Open(form), &given, &meta).await.unwrap();
        let submit = Action::<Registration>::Command(deal::Command::Submit);
        tenant.execute(id, submit, &given, &meta).await.unwrap();
    }
    // One waits behind those for the same customer, and the other's customer is protected for somebody else.
    assert_eq!([review(&of("d-4").await), review(&of("d-5").await)], ["waiting", "rejected"]);
}

/// The program and partners of the deals that were written at schema 5.
fn deals() -> Given {
    let document = "
format: 1
program: Deals
version: '1'
effective: { from: 2025-01-01 }
currency: USD
products: { bikes: { category: Bikes } }
deals:
  protection: { lasts: 90 days }
  conflicts:
    - { when: { pending_for: another_partner }, then: wait, code: earlier_pending }
    - { when: { protected_for: another_partner }, then: reject, code: already_protected }
";
    let partner = |id: &str| DealPartner::new(Partner::new(id.parse().unwrap(), id));
    Given::new(Arc::new(Program::read(document).unwrap()), ["P000", "P001"].map(partner))
}

/// What an earlier version accrued is told: what stands, until its periods are settled, and what a settlement reversed then.
async fn accruals_go_on(tenant: &Tenant, shop: &Shop, settlement: u64) {
    let standing = tenant.accruals("Shop", None, &finance()).await.unwrap();
    let told: Vec<String> = standing.iter().map(|accrual| format!("{} {}", accrual.key, accrual.amount)).collect();
    let stands = [
        "P000/volume/2025-Q3 7.98 USD",
        "P001/volume/2025-Q3 9.09 USD",
        "P002/monthly/2025-M07 15.30 USD",
        "P002/volume/2025-Q3 10.20 USD",
        "P003/monthly/2025-M07 16.97 USD",
        "P003/volume/2025-Q3 11.31 USD",
    ];
    assert_eq!(told, stands);
    assert!(standing.iter().all(|accrual| accrual.accrual == 3 && accrual.estimate.amount == accrual.amount));
    let lines = lines_of(tenant).await;
    let rows: Vec<&String> = lines.iter().filter(|line| line.ends_with("\"table\":\"accrual\"}")).collect();
    assert_eq!(rows.len(), 16);
    assert_eq!(rows.iter().filter(|row| row.contains("\"settlement\":3,")).count(), 5);
    // Estimated again, it stands as it is.
    assert_eq!(shop.accrue(tenant).await, Accrued::default());
    let settled = shop.settle(tenant).await;
    assert_eq!(settled.settlement, Some(settlement));
    assert_eq!(settled.reversed, [Money::parse("-70.85", "USD").unwrap()]);
    assert_eq!(tenant.accruals("Shop", None, &finance()).await.unwrap(), []);
    let known_at = standing.iter().map(|accrual| accrual.recorded_at).max();
    assert_eq!(tenant.accruals("Shop", known_at, &finance()).await.unwrap(), standing);
}

/// What was written before is read, told by the feed in its order, and goes on.
async fn older(pool: impl Into<Pool>) {
    let pool = pool.into();
    let told = Store::from_pool(pool.clone()).await.unwrap_err();
    assert!(matches!(told, StoreError::NotMigrated { found: 1, .. }), "{told:?}");
    prm_store::migrate(pool.clone()).await.unwrap();
    let store = Store::from_pool(pool).await.unwrap();
    let (writer, checker) = (person("writer", VendorRole::Administrator), person("checker", VendorRole::Finance));
    for name in ["acme", "other"] {
        let tenant = store.tenant(name);
        let changes = tenant.changes(0, 100, &Actor::Host).await.unwrap();
        assert_eq!(changes.iter().map(|change| change.position).collect::<Vec<_>>(), [1, 2, 3, 4]);
        let seen: Vec<(&str, u64)> = changes.iter().map(|change| (change.id.as_str(), change.version)).collect();
        assert_eq!(seen, [("v1", 1), ("v2", 1), ("v1", 2), ("v2", 2)]);
        let version = tenant.get::<ProgramVersion>("v1", &writer).await.unwrap().unwrap();
        assert_eq!((version.record.stage(), version.version), ("active", 2));
        let history = tenant.history::<ProgramVersion>("v1", &writer).await.unwrap();
        assert_eq!(replay::<ProgramVersion>(&history), Some(version.record));
        // What is new stands behind what was.
        let retire = Action::<ProgramVersion>::Command(Command::Retire { reason: "replaced".into() });
        let meta = Meta::new(writer.clone(), "2025-07-01T00:00:00Z".parse().unwrap());
        tenant.execute("v1", retire, &(), &meta).await.unwrap();
        let text = "{format: 1, program: Ridgeline, version: v3, effective: {from: 2025-01-01, until: 2026-01-01}, currency: USD}";
        let draft = Action::<ProgramVersion>::Open(Draft { text: text.to_owned() });
        tenant.execute("v3", draft, &(), &meta).await.unwrap();
        let activate = Action::<ProgramVersion>::Command(Command::Activate);
        let by_checker = Meta::new(checker.clone(), "2025-07-01T00:00:00Z".parse().unwrap());
        tenant.execute("v3", activate, &(), &by_checker).await.unwrap();
        assert_eq!(tenant.changes(4, 10, &Actor::Host).await.unwrap().len(), 3);
    }
}
