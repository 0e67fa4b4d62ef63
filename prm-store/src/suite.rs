//! What every database under the store must do: checks that anyone can run on theirs.
//!
//! A backend is anything that gives an empty pool: SQLite with other options, PostgreSQL of another version or maker.
//! Each check gets a [`Fixture`] of its own, panics where something does not hold, and ends with the laws that hold
//! after every one: the books balance, and every record is what its events say.
//!
//! ```
//! use prm_store::suite::{self, Fixture};
//! # tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(async {
//! let (_, check) = suite::checks().into_iter().find(|(name, _)| *name == "a_record_is_its_events").unwrap();
//! let pool = sqlx::sqlite::SqlitePoolOptions::new().max_connections(1).connect("sqlite::memory:").await.unwrap();
//! suite::run(check, Fixture::new(pool)).await;
//! # });
//! ```
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "a check that cannot go on must stop"
)]

mod accruals;
mod awards;
mod chance;
mod claims;
mod commissions;
mod deals;
mod deals_at_once;
mod debts;
mod entries;
mod export;
mod feed;
mod fund_year;
mod funds;
mod growth;
mod ledger;
mod mixed_laws;
mod money;
mod money_laws;
mod office;
mod people;
mod periods;
mod persons;
mod pos;
mod programs;
mod records;
mod refused;
mod sales;
mod sales_laws;
mod shop;
mod standings;
mod tenants;
mod versions;

use std::any::Any;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use prm_core::deal::Registration;
use prm_core::incentive::claim::Claim;
use prm_core::incentive::mdf::Balances;
use prm_core::incentive::mdf::request::MdfRequest;
use prm_core::lifecycle::replay;
use prm_core::program::version::ProgramVersion;
use sqlx::AssertSqlSafe;

use crate::{Listing, Pool, Store, Stored, Tenant, migrate};

/// A check.
pub type Check = fn(Arc<Fixture>) -> Pin<Box<dyn Future<Output = ()> + Send>>;

/// An empty database for one check.
pub struct Fixture {
    pool: Pool,
    _keeps: Option<Box<dyn Any + Send + Sync>>,
}

/// Every check with its name.
#[must_use]
pub fn checks() -> Vec<(&'static str, Check)> {
    let sales = [sales::all(), refused::all(), programs::all(), versions::all(), sales_laws::all(), pos::all()];
    let money = [
        money::all(),
        entries::all(),
        growth::all(),
        ledger::all(),
        periods::all(),
        accruals::all(),
        awards::all(),
        claims::all(),
        commissions::all(),
        debts::all(),
        standings::all(),
        mixed_laws::all(),
        money_laws::all(),
    ];
    let others = [
        records::all(),
        feed::all(),
        tenants::all(),
        persons::all(),
        export::all(),
        deals::all(),
        deals_at_once::all(),
        fund_year::all(),
        funds::all(),
    ]
    .concat();
    [others, sales.concat(), money.concat()].concat()
}

/// Runs a check, and then the laws.
pub async fn run(check: Check, fixture: Fixture) {
    let fixture = Arc::new(fixture);
    check(Arc::clone(&fixture)).await;
    fixture.holds().await;
}

/// Declares the checks of a module.
macro_rules! declare {
    ($($check:ident)*) => {
        /// Every check of this module with its name.
        pub(super) fn all() -> Vec<(&'static str, super::Check)> {
            vec![$((stringify!($check), |fixture| Box::pin($check(fixture)))),*]
        }
    };
}
use declare;

/// Runs a block with the host's own transaction, begun for writing.
macro_rules! in_host_transaction {
    ($database:expr, $transaction:ident => $body:block) => {
        match &$database.pool {
            #[cfg(feature = "sqlite")]
            crate::Pool::Sqlite(pool) => {
                let mut $transaction = pool.begin_with("BEGIN IMMEDIATE").await.unwrap();
                $body
            }
            #[cfg(feature = "postgres")]
            crate::Pool::Postgres(pool) => {
                let mut $transaction = pool.begin().await.unwrap();
                $body
            }
        }
    };
}
use in_host_transaction;

impl Fixture {
    /// An empty database.
    #[must_use]
    pub fn new(pool: impl Into<Pool>) -> Self {
        Self { pool: pool.into(), _keeps: None }
    }

    /// An empty database, with what has to stay until the check is over: a folder, a server.
    #[must_use]
    pub fn keeping(pool: impl Into<Pool>, keeps: impl Any + Send + Sync) -> Self {
        Self { pool: pool.into(), _keeps: Some(Box::new(keeps)) }
    }

    /// The store in it, with its tables made.
    async fn store(&self) -> Store {
        migrate(self.pool.clone()).await.unwrap();
        Store::from_pool(self.pool.clone()).await.unwrap()
    }

    /// Runs statements of the host's.
    async fn run(&self, statements: &str) {
        let statements = AssertSqlSafe(statements.to_owned());
        match &self.pool {
            #[cfg(feature = "sqlite")]
            Pool::Sqlite(pool) => {
                sqlx::raw_sql(statements).execute(pool).await.unwrap();
            }
            #[cfg(feature = "postgres")]
            Pool::Postgres(pool) => {
                sqlx::raw_sql(statements).execute(pool).await.unwrap();
            }
        }
    }

    /// The number that a query of the host's gives.
    async fn count(&self, query: &str) -> i64 {
        let query = AssertSqlSafe(query.to_owned());
        match &self.pool {
            #[cfg(feature = "sqlite")]
            Pool::Sqlite(pool) => sqlx::query_scalar(query).fetch_one(pool).await.unwrap(),
            #[cfg(feature = "postgres")]
            Pool::Postgres(pool) => sqlx::query_scalar(query).fetch_one(pool).await.unwrap(),
        }
    }

    /// The texts in the first column that a query of the host's gives.
    async fn texts(&self, query: &str) -> Vec<String> {
        let query = AssertSqlSafe(query.to_owned());
        match &self.pool {
            #[cfg(feature = "sqlite")]
            Pool::Sqlite(pool) => sqlx::query_scalar(query).fetch_all(pool).await.unwrap(),
            #[cfg(feature = "postgres")]
            Pool::Postgres(pool) => sqlx::query_scalar(query).fetch_all(pool).await.unwrap(),
        }
    }

    /// Whether it is PostgreSQL, where several write at once.
    fn is_postgres(&self) -> bool {
        match &self.pool {
            #[cfg(feature = "sqlite")]
            Pool::Sqlite(_) => false,
            #[cfg(feature = "postgres")]
            Pool::Postgres(_) => true,
        }
    }

    /// The name of one of the store's tables or views.
    fn table(&self, name: &str) -> String {
        if self.is_postgres() { format!("prm.{name}") } else { format!("prm_{name}") }
    }

    /// How many records, events and kept commands there are.
    async fn rows(&self) -> [i64; 3] {
        let mut rows = [0; 3];
        for (count, table) in rows.iter_mut().zip(["record", "event", "command"]) {
            *count = self.count(&format!("SELECT count(*) FROM {}", self.table(table))).await;
        }
        rows
    }

    /// The laws, for every tenant that there is.
    async fn holds(&self) {
        // A check may have left tables that this version does not open.
        let Ok(store) = Store::from_pool(self.pool.clone()).await else { return };
        let tenants = format!(
            "SELECT tenant FROM {} UNION SELECT tenant FROM {} ORDER BY tenant",
            self.table("record"),
            self.table("account")
        );
        // What is accrued for a key is the sum of its differences.
        let keys = "tenant, program, partner, incentive, period, currency";
        let differing = format!(
            "SELECT count(*) FROM (SELECT {keys}, sum(difference) AS posted FROM {} GROUP BY {keys}) AS sums
             JOIN {} AS standing USING ({keys}) WHERE standing.latest AND standing.amount_minor <> sums.posted",
            self.table("accrual"),
            self.table("view_accrual")
        );
        assert_eq!(self.count(&differing).await, 0);
        for name in self.texts(&tenants).await {
            let tenant = store.tenant(&name);
            let host = prm_core::actor::Actor::Host;
            let trial = tenant.trial_balance(&host).await.unwrap();
            assert!(trial.holds(), "{name}: {trial:?}");
            // What stands in a pot is what moved in it, and nothing appears or vanishes there.
            for pot in tenant.pots(None, &host).await.unwrap() {
                let moved = tenant.movements(&pot.pot, &host).await.unwrap();
                let empty = Balances::empty(pot.balances.allocated.currency());
                let sum = moved.iter().try_fold(empty, |sum, moved| sum.after(&moved.movement));
                assert_eq!(sum, Ok(pot.balances), "{name}: {}", pot.pot);
                assert!(pot.balances.conserves(), "{name}: {pot:?}");
            }
            let listing = Listing { limit: crate::PAGE_MAX, ..Listing::default() };
            let Ok(page) = tenant.list::<ProgramVersion>(&listing, &host).await else { continue };
            for stored in page.records {
                let history = tenant.history::<ProgramVersion>(&stored.id, &host).await.unwrap();
                assert_eq!(history.len() as u64, stored.version);
                assert_eq!(replay::<ProgramVersion>(&history), Some(stored.record));
            }
            replays::<Registration>(&tenant, &listing).await;
            replays::<MdfRequest>(&tenant, &listing).await;
            replays::<Claim>(&tenant, &listing).await;
        }
    }
}

/// Every record is what its events say.
async fn replays<L: Stored>(tenant: &Tenant, listing: &Listing) {
    let host = prm_core::actor::Actor::Host;
    for stored in tenant.list::<L>(listing, &host).await.unwrap().records {
        let history = tenant.history::<L>(&stored.id, &host).await.unwrap();
        assert_eq!(history.len() as u64, stored.version);
        assert_eq!(replay::<L>(&history), Some(stored.record));
    }
}

/// Runs the same for many ids or callers at once.
async fn at_once<F, T>(count: usize, each: impl Fn(usize) -> F) -> Vec<T>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    let tasks: Vec<_> = (0..count).map(|number| tokio::spawn(each(number))).collect();
    let mut done = Vec::new();
    for task in tasks {
        done.push(task.await.unwrap());
    }
    done
}

/// A number that a longer run sets in the environment: how many events, how many seeds.
fn setting(name: &str, default: usize) -> usize {
    match std::env::var(name) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")),
        Err(_) => default,
    }
}
