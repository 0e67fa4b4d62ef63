//! The memory: records, events and commands inside the host's own database.
//!
//! The store decides and saves in one transaction: it reads the record and what the rules must know of others,
//! asks the lifecycle, and writes record, events and the command's key together, or nothing. It works in a pool and
//! in transactions of the host's ([`Tenant::execute_in`]), in a PostgreSQL schema or under a table prefix of its
//! own, with migrations of its own, and starts no runtime.
//!
//! ```
//! use prm_core::actor::{Actor, VendorRole};
//! use prm_core::program::version::{Command, Draft, ProgramVersion};
//! use prm_store::{Action, ExecuteError, Meta, Store};
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! let store = Store::create("sqlite::memory:").await?;
//! let acme = store.tenant("acme");
//! let person = |id: &str| Ok::<_, prm_core::id::IdError>(Actor::Vendor { person: id.parse()?, role: VendorRole::Administrator });
//! let (writer, checker) = (person("u-1")?, person("u-2")?);
//! let text = "{format: 1, program: Demo, version: '1', effective: {from: 2025-01-01}, currency: USD}".to_owned();
//!
//! let noon = "2025-01-01T12:00:00Z".parse::<chrono::DateTime<chrono::Utc>>()?;
//! let draft = Action::<ProgramVersion>::Open(Draft { text });
//! acme.execute("demo-1", draft, &(), &Meta::new(writer.clone(), noon).keyed("request-7")).await?;
//!
//! // The writer may not put it in force, a second person may.
//! let activate = || Action::<ProgramVersion>::Command(Command::Activate);
//! let refused = acme.execute("demo-1", activate(), &(), &Meta::new(writer, noon)).await;
//! assert!(matches!(refused, Err(ExecuteError::Refused(_))));
//! let done = acme.execute("demo-1", activate(), &(), &Meta::new(checker, noon)).await?;
//! assert_eq!(done.version, 2);
//! # Ok::<(), Box<dyn std::error::Error>>(()) }).unwrap();
//! ```
#![forbid(unsafe_code)]

#[cfg(not(any(feature = "sqlite", feature = "postgres")))]
compile_error!("prm-store needs a database: feature `sqlite` or `postgres`");

mod accounts;
mod books;
mod effects;
mod error;
mod execute;
mod export;
mod feed;
mod names;
mod numbers;
mod persons;
mod pool;
#[cfg(feature = "postgres")]
mod postgres;
mod process;
#[cfg(feature = "sqlite")]
mod sqlite;
mod store;
mod stored;
#[cfg(feature = "suite")]
pub mod suite;
mod tables;
mod work;

pub use accounts::AccountWriteError;
pub use books::{AwardFilter, EntryFilter, EntryPlace, JournalPage};
pub use effects::EffectError;
pub use error::{ExecuteError, StoreError};
pub use execute::{Done, Meta};
pub use export::{EXPORT_FORMAT, ExportError};
pub use feed::Change;
pub use names::Database;
pub use persons::{KnownPerson, PersonError, Remains};
pub use pool::{HostTransaction, Pool};
pub use process::accrue::{Accrue, Accrued, PostedAccrual};
pub use process::authorise::AuthoriseError;
pub use process::award::{AwardError, Awarded, Awarding, PostedAward};
pub use process::debts::Lapsed;
pub use process::entries::PostedEntry;
pub use process::fund_year::{FundAccrued, FundYearError};
pub use process::funds::{FundError, PostedMovement, StandingPot};
pub use process::post::{JournalEntry, PostError, Posted, TrialBalance};
pub use process::receive::{ReceiveError, Received};
pub use process::settle::{Settle, SettleError, Settled};
pub use process::sold::{RegisteredSaleError, SoldBefore};
pub use process::stand::{Stand, StandError};
pub use store::{PAGE_MAX, Page, Ran, Store, Tenant, Versioned, migrate};
pub use stored::{Action, After, Effect, Follows, Locks, Stored, Telling};
pub use work::{
    AccountRow, Accounts, AuthorisationRow, CommandRow, EventRow, FundAccrualRow, Funds, Hold, KeyRow, Keys, Listing,
    MovementRow, PotRow, ProfileRow, RecordRow, UnderKeys, Work,
};
