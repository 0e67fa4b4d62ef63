//! PostgreSQL as the application logs in: the grants of `grants/postgres.sql` are enough, and a tenant is all it sees.

use prm_core::actor::{Actor, VendorRole};
use prm_core::person::Person;
use prm_core::program::version::{Command, Draft, ProgramVersion};
use prm_store::{Action, Meta, Store};
use sqlx::postgres::{PgConnectOptions, PgPool};
use sqlx::{AssertSqlSafe, Executor as _};

use crate::disk::{OnServer, block_on};
use crate::shop::{Shop, person};

/// Every trial with its name; each takes the address of a database of its own.
pub(crate) fn trials() -> Vec<(&'static str, OnServer)> {
    vec![
        ("the application's role sees one tenant", one_tenant),
        ("the reports' role reads views and no persons", reports),
        ("a transaction that sees what was is not joined", repeatable_read),
    ]
}

/// Makes the tables, and both roles with their grants; the address with one of them.
async fn granted(url: &str) -> (PgPool, PgConnectOptions) {
    let owner = PgPool::connect(url).await.unwrap();
    prm_store::migrate(owner.clone()).await.unwrap();
    for role in ["prm_app", "prm_report"] {
        // Roles belong to the server, which several trials share.
        let make = format!(
            "DO $$ BEGIN CREATE ROLE {role} LOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
        );
        owner.execute(AssertSqlSafe(make)).await.unwrap();
    }
    sqlx::raw_sql(include_str!("../../grants/postgres.sql")).execute(&owner).await.unwrap();
    (owner, url.parse().unwrap())
}

async fn filled(store: &Store) {
    let writer = person("writer", VendorRole::Administrator);
    let meta = || Meta::new(writer.clone(), "2025-06-15T12:00:00Z".parse().unwrap());
    for name in ["acme", "other"] {
        let tenant = store.tenant(name);
        let text = "{format: 1, program: P, version: '1', effective: {from: 2025-01-01}, currency: USD}".to_owned();
        let draft = Action::<ProgramVersion>::Open(Draft { text });
        tenant.execute("v1", draft, &(), &meta().keyed("k")).await.unwrap();
        let retire = Action::<ProgramVersion>::Command(Command::Retire { reason: "x".into() });
        tenant.execute("v1", retire, &(), &meta()).await.unwrap();
        tenant.put_person(&Person::new("p".parse().unwrap(), name), &writer).await.unwrap();
        assert_eq!(tenant.changes(0, 10, &Actor::Host).await.unwrap().len(), 2);
        // Sales and money too; under a tenant of their own, so that the events above stay counted.
        let money = store.tenant(format!("{name}-money"));
        Shop::new().open(&money).await;
        Shop::new().receive(&money, 1).await;
        assert!(Shop::new().settle(&money).await.settlement.is_some());
    }
}

fn one_tenant(url: &str) {
    block_on(async {
        let (_owner, options) = granted(url).await;
        let pool = PgPool::connect_with(options.username("prm_app")).await.unwrap();
        // Everything that the store does can be done with these grants.
        let store = Store::from_pool(pool.clone()).await.unwrap();
        filled(&store).await;
        let count = "SELECT count(*) FROM prm.event";
        assert_eq!(sqlx::query_scalar::<_, i64>(count).fetch_one(&pool).await.unwrap(), 0, "no tenant is named");
        for (name, rows) in [("acme", 2), ("other", 2), ("nobody", 0)] {
            let begin = AssertSqlSafe(format!("BEGIN; SET LOCAL prm.tenant = '{name}'"));
            let mut transaction = pool.begin_with(begin).await.unwrap();
            let seen = sqlx::query_scalar::<_, i64>(count).fetch_one(&mut *transaction).await.unwrap();
            assert_eq!(seen, rows, "{name}");
            let others = "SELECT count(*) FROM prm.record WHERE tenant <> current_setting('prm.tenant')";
            assert_eq!(sqlx::query_scalar::<_, i64>(others).fetch_one(&mut *transaction).await.unwrap(), 0);
            // It cannot write for another tenant either, nor delete anything.
            let foreign = "INSERT INTO prm.person (tenant, id, changed_at) VALUES ('third', 'x', now())";
            let refused = sqlx::query(foreign).execute(&mut *transaction).await.unwrap_err().to_string();
            assert!(refused.contains("row-level security"), "{refused}");
        }
        let refused = sqlx::query("DELETE FROM prm.event").execute(&pool).await.unwrap_err().to_string();
        assert!(refused.contains("permission denied"), "{refused}");
        // The setting ends with its transaction.
        assert_eq!(sqlx::query_scalar::<_, i64>(count).fetch_one(&pool).await.unwrap(), 0);
    });
}

fn reports(url: &str) {
    block_on(async {
        let (owner, options) = granted(url).await;
        filled(&Store::from_pool(owner).await.unwrap()).await;
        let pool = PgPool::connect_with(options.username("prm_report")).await.unwrap();
        let mut transaction = pool.begin_with("BEGIN; SET LOCAL prm.tenant = 'acme'").await.unwrap();
        let seen: i64 =
            sqlx::query_scalar("SELECT count(*) FROM prm.view_change").fetch_one(&mut *transaction).await.unwrap();
        assert_eq!(seen, 2);
        for view in ["program_version", "batch", "payout", "statement", "balance", "journal"] {
            let read = AssertSqlSafe(format!("SELECT count(*) FROM prm.view_{view}"));
            sqlx::query(read).execute(&mut *transaction).await.unwrap();
        }
        let refused = sqlx::query("SELECT * FROM prm.person").execute(&mut *transaction).await.unwrap_err().to_string();
        assert!(refused.contains("permission denied"), "{refused}");
        transaction.rollback().await.unwrap();
        let refused = sqlx::query("UPDATE prm.record SET stage = 'x'").execute(&pool).await.unwrap_err().to_string();
        assert!(refused.contains("permission denied"), "{refused}");
    });
}

fn repeatable_read(url: &str) {
    block_on(async {
        let pool = PgPool::connect(url).await.unwrap();
        prm_store::migrate(pool.clone()).await.unwrap();
        let store = Store::from_pool(pool.clone()).await.unwrap();
        let amount = prm_core::money::Money::parse("1", "USD").unwrap();
        let on = "2025-01-01".parse().unwrap();
        let pay = prm_core::ledger::Purpose::Pay;
        let pay = prm_core::ledger::Transfer::new(pay, "p".parse().unwrap(), amount, "run", on).unwrap();
        for (level, joined) in [("READ COMMITTED", true), ("REPEATABLE READ", false), ("SERIALIZABLE", true)] {
            let begin = AssertSqlSafe(format!("BEGIN ISOLATION LEVEL {level}"));
            let mut transaction = pool.begin_with(begin).await.unwrap();
            let finance = person("finance", VendorRole::Finance);
            let refused = store.tenant("acme").transfer_in(&mut *transaction, &pay, &finance).await.unwrap_err();
            let isolation = matches!(refused, prm_store::PostError::Store(prm_store::StoreError::Isolation));
            assert_eq!(isolation, !joined, "{level}: {refused}");
        }
    });
}
