//! What can go wrong below the store: each is a typed error, and nothing is half done.

use std::path::Path;

use prm_core::actor::{Actor, VendorRole};
use prm_core::program::version::{Command, Draft, ProgramVersion};
use prm_store::{Action, ExecuteError, Meta, Store, StoreError};

/// A trial on PostgreSQL: it takes the address of a database of its own.
pub(crate) type OnServer = fn(&str);

/// Every trial with its name; those on PostgreSQL take its address.
pub(crate) fn trials() -> Vec<(&'static str, fn())> {
    vec![
        ("a file that is no database", no_database),
        ("a damaged file", damaged),
        ("a file that may only be read", read_only),
        ("a file that may not grow", may_not_grow),
        ("a full disk", full_disk),
        ("a folder that is not there", no_folder),
    ]
}

pub(crate) fn postgres_trials() -> Vec<(&'static str, OnServer)> {
    vec![
        ("a server that may only be read", read_only_server),
        ("a connection that is lost", lost_connection),
        ("a server that is not there", |_| no_server()),
    ]
}

pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(future)
}

fn writer() -> Actor {
    Actor::Vendor { person: "writer".parse().unwrap(), role: VendorRole::Administrator }
}

fn meta() -> Meta {
    Meta::new(writer(), "2025-06-15T12:00:00Z".parse().unwrap())
}

fn draft(padding: usize) -> Action<ProgramVersion> {
    let text = "{format: 1, program: P, version: '1', effective: {from: 2025-01-01}, currency: USD}";
    Action::Open(Draft { text: format!("{text}\n#{}", " ".repeat(padding)) })
}

async fn open_draft(store: &Store, id: &str, padding: usize) -> Result<(), StoreError> {
    match store.tenant("acme").execute(id, draft(padding), &(), &meta()).await {
        Ok(_) => Ok(()),
        Err(ExecuteError::Store(error)) => Err(error),
        Err(other) => panic!("{other}"),
    }
}

fn no_database() {
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("prm.db");
        std::fs::write(&file, "this is a letter and not a database\n".repeat(200)).unwrap();
        let refused = Store::create(&format!("sqlite:{}", file.display())).await.unwrap_err();
        assert!(matches!(refused, StoreError::Corrupt(_)), "{refused:?}");
        assert!(std::fs::read_to_string(&file).unwrap().starts_with("this is a letter"), "it is not ours to change");
    });
}

fn damaged() {
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("prm.db");
        let url = format!("sqlite:{}", file.display());
        let store = Store::create(&url).await.unwrap();
        for number in 0..50 {
            open_draft(&store, &format!("v{number}"), 3_000).await.unwrap();
        }
        store.close().await;
        // The first page says what the file is; all others are lost.
        let mut bytes = std::fs::read(&file).unwrap();
        bytes[4096..].iter_mut().for_each(|byte| *byte = 0xa5);
        std::fs::write(&file, bytes).unwrap();
        let told = match Store::open(&url).await {
            Err(error) => error,
            Ok(store) => open_draft(&store, "v50", 0).await.unwrap_err(),
        };
        assert!(matches!(told, StoreError::Corrupt(_)), "{told:?}");
    });
}

fn read_only() {
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("prm.db");
        let store = Store::create(&format!("sqlite:{}", file.display())).await.unwrap();
        open_draft(&store, "v1", 0).await.unwrap();
        store.close().await;
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&file).read_only(true);
        let store = Store::from_pool(sqlx::SqlitePool::connect_with(options).await.unwrap()).await.unwrap();
        let refused = open_draft(&store, "v2", 0).await.unwrap_err();
        assert!(matches!(refused, StoreError::ReadOnly(_)), "{refused:?}");
        assert!(store.tenant("acme").get::<ProgramVersion>("v1", &writer()).await.unwrap().is_some());
    });
}

fn may_not_grow() {
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        fills_up(&folder.path().join("prm.db"), Some(120)).await;
    });
}

/// A disk of two megabytes, in memory.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    /// `None` where this process may not mount one.
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mut mount = std::process::Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=2m", "tmpfs"]).arg(folder.path());
        mount.output().is_ok_and(|output| output.status.success()).then_some(Self(folder))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _gone = std::process::Command::new("umount").arg(self.0.path()).output();
    }
}

fn full_disk() {
    let Some(disk) = SmallDisk::mount() else {
        // `a file that may not grow` stands for it where nothing may be mounted.
        eprintln!("no disk may be mounted here");
        return;
    };
    block_on(fills_up(&disk.0.path().join("prm.db"), None));
}

/// Writes until there is no more room, and looks at what is there then.
async fn fills_up(file: &Path, most_pages: Option<u32>) {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file).create_if_missing(true);
    let options = options.journal_mode(sqlx::sqlite::SqliteJournalMode::Wal);
    let options = match most_pages {
        Some(most) => options.pragma("max_page_count", most.to_string()),
        None => options,
    };
    let pool = sqlx::sqlite::SqlitePoolOptions::new().max_connections(1).connect_with(options).await.unwrap();
    prm_store::migrate(pool.clone()).await.unwrap();
    let store = Store::from_pool(pool).await.unwrap();
    let mut written = 0;
    let told = loop {
        match open_draft(&store, &format!("v{written}"), 20_000).await {
            Ok(()) => written += 1,
            Err(error) => break error,
        }
        assert!(written < 1_000, "the disk is not small");
    };
    assert!(matches!(told, StoreError::Full(_)), "{told:?}");
    assert!(written > 0);
    // Everything that was acknowledged is there, and nothing of what was refused.
    let tenant = store.tenant("acme");
    assert!(tenant.get::<ProgramVersion>(&format!("v{written}"), &writer()).await.unwrap().is_none());
    let changes = tenant.changes(0, 500, &Actor::Host).await.unwrap();
    assert_eq!(changes.len(), written);
    // What is small may still fit; whatever becomes of it, the store goes on.
    let retire = Action::<ProgramVersion>::Command(Command::Retire { reason: "room".into() });
    match tenant.execute("v0", retire, &(), &meta()).await {
        Ok(done) => assert_eq!(done.version, 2),
        Err(error) => assert!(matches!(error, ExecuteError::Store(StoreError::Full(_))), "{error}"),
    }
}

fn no_folder() {
    block_on(async {
        let told = Store::create("sqlite:/no/such/folder/prm.db").await.unwrap_err();
        assert!(matches!(told, StoreError::Lost(_)), "{told:?}");
    });
}

fn read_only_server(url: &str) {
    block_on(async {
        Store::create(url).await.unwrap().close().await;
        let options: sqlx::postgres::PgConnectOptions = url.parse().unwrap();
        let options = options.options([("default_transaction_read_only", "on")]);
        let store = Store::from_pool(sqlx::PgPool::connect_with(options).await.unwrap()).await.unwrap();
        let refused = open_draft(&store, "v1", 0).await.unwrap_err();
        assert!(matches!(refused, StoreError::ReadOnly(_)), "{refused:?}");
    });
}

fn lost_connection(url: &str) {
    block_on(async {
        let store = Store::create(url).await.unwrap();
        let pool = sqlx::PgPool::connect(url).await.unwrap();
        let mut transaction = pool.begin().await.unwrap();
        let tenant = store.tenant("acme");
        tenant.execute_in(&mut *transaction, "v1", &draft(0), &(), &meta()).await.unwrap();
        let own: i32 = sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut *transaction).await.unwrap();
        let end = sqlx::query("SELECT pg_terminate_backend($1)").bind(own);
        end.execute(&sqlx::PgPool::connect(url).await.unwrap()).await.unwrap();
        let told = tenant.execute_in(&mut *transaction, "v2", &draft(0), &(), &meta()).await.unwrap_err();
        assert!(matches!(told, ExecuteError::Store(StoreError::Lost(_))), "{told:?}");
        assert!(transaction.commit().await.is_err());
        // Nothing of it is there, and the store's own pool finds a new connection by itself.
        assert!(tenant.get::<ProgramVersion>("v1", &writer()).await.unwrap().is_none());
        open_draft(&store, "v1", 0).await.unwrap();
    });
}

fn no_server() {
    block_on(async {
        let told = Store::create("postgres://prm@localhost/postgres?host=/no/such/folder").await.unwrap_err();
        assert!(matches!(told, StoreError::Lost(_)), "{told:?}");
    });
}
