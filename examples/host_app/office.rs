//! The office: its tables and the store's in one file, behind one pool, written in one transaction.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use chrono::Utc;
use prm_core::actor::Actor;
use prm_core::lifecycle::Lifecycle as _;
use prm_core::program::version::{Command, Draft, ProgramVersion, VersionError};
use prm_store::{Action, ExecuteError, Meta, Store, Tenant};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool};

/// How a transaction begins that will write. A plain one would become a writer halfway, and be refused there when
/// another has written in between.
const FOR_WRITING: &str = "BEGIN IMMEDIATE";

pub(crate) struct Office {
    pool: SqlitePool,
    store: Store,
}

/// What became of an approval.
pub(crate) enum Answer {
    /// The request is approved and its program version active.
    Approved,
    /// That was done before, under the same key; nothing was written now.
    DoneBefore,
    /// The store's rules are against it.
    Refused(VersionError),
}

impl Office {
    /// Opens the file, or makes it, and brings both sets of tables up to date.
    pub(crate) async fn open(file: &Path) -> Result<Self> {
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        }
        let options = SqliteConnectOptions::new().filename(file).create_if_missing(true);
        let pool = SqlitePool::connect_with(options.journal_mode(SqliteJournalMode::Wal)).await?;
        // Each has a migrations table of its own, so which of the two goes first makes no difference.
        sqlx::migrate!("host_app/migrations").run(&pool).await?;
        prm_store::migrate(pool.clone()).await?;
        let store = Store::from_pool(pool.clone()).await?;
        Ok(Self { pool, store })
    }

    /// The store keeps vendors apart; this office serves one.
    fn vendor(&self) -> Tenant {
        self.store.tenant("ridgeline")
    }

    /// Files a change request and, in the same transaction, the draft of the program that it is about.
    pub(crate) async fn file(&self, by: &Actor) -> Result<i64> {
        let mut transaction = self.pool.begin_with(FOR_WRITING).await?;
        let next = "SELECT coalesce(max(number), 0) + 1 FROM change_request";
        let number: i64 = sqlx::query_scalar(next).fetch_one(&mut *transaction).await?;
        // Request 1 is about 2026, request 2 about 2027: no two programs of the story govern the same day.
        let year = 2025 + number;
        let version = format!("partner-program-{year}");
        sqlx::query("INSERT INTO change_request (number, title, program_version) VALUES (?1, ?2, ?3)")
            .bind(number)
            .bind(format!("Partner program for {year}"))
            .bind(&version)
            .execute(&mut *transaction)
            .await?;
        let draft = Action::<ProgramVersion>::Open(Draft { text: document(year) });
        let meta = Meta::new(by.clone(), Utc::now());
        self.vendor().execute_in(&mut *transaction, &version, &draft, &(), &meta).await?;
        transaction.commit().await?;
        Ok(number)
    }

    /// Approves a change request: the store puts the program version in force, the office marks its own row.
    ///
    /// Every early return drops the transaction, which takes back the office's rows and the store's together.
    pub(crate) async fn approve(&self, number: i64, by: &Actor, key: &str) -> Result<Answer> {
        let who = by.person().context("only a person approves")?.as_str();
        let mut transaction = self.pool.begin_with(FOR_WRITING).await?;
        let version = "SELECT program_version FROM change_request WHERE number = ?1";
        let version: Option<String> =
            sqlx::query_scalar(version).bind(number).fetch_optional(&mut *transaction).await?;
        let version = version.with_context(|| format!("there is no change request {number}"))?;

        let activate = Action::<ProgramVersion>::Command(Command::Activate);
        let meta = Meta::new(by.clone(), Utc::now()).keyed(key);
        let answer = match self.vendor().execute_in(&mut *transaction, &version, &activate, &(), &meta).await {
            Ok(done) if done.repeated => Answer::DoneBefore,
            Ok(_) => {
                mark_approved(&mut transaction, number, who).await?;
                log(&mut transaction, number, &format!("approved by {who}")).await?;
                Answer::Approved
            }
            // The store took back only what was its own, so the office can still note the refusal.
            Err(ExecuteError::Refused(why)) => {
                log(&mut transaction, number, &format!("refused to {who}: {why}")).await?;
                Answer::Refused(why)
            }
            Err(other) => return Err(other.into()),
        };
        transaction.commit().await?;
        Ok(answer)
    }

    /// Puts the number of the signed copy on file; no business of the store's.
    pub(crate) async fn add_signed_copy(&self, number: i64, copy: &str) -> Result<()> {
        let add = sqlx::query("UPDATE change_request SET signed_copy = ?2 WHERE number = ?1");
        add.bind(number).bind(copy).execute(&self.pool).await?;
        Ok(())
    }

    /// The office's row and the store's record, as they stand.
    pub(crate) async fn both_halves(&self, number: i64, reader: &Actor) -> Result<[String; 2]> {
        let row = "SELECT state, decided_by, program_version FROM change_request WHERE number = ?1";
        let (state, decided_by, version): (String, Option<String>, String) =
            sqlx::query_as(row).bind(number).fetch_one(&self.pool).await?;
        let found = self.vendor().get::<ProgramVersion>(&version, reader).await?;
        let found = found.with_context(|| format!("there is no program version `{version}`"))?;
        let decided_by = decided_by.as_deref().unwrap_or("nobody");
        let ours = format!("request {number} {state}, decided by {decided_by}");
        Ok([ours, format!("{version} {}, events: {}", found.record.stage(), found.version)])
    }

    /// What the office noted about its requests.
    pub(crate) async fn log(&self) -> Result<Vec<String>> {
        let lines = "SELECT 'request ' || number || ' ' || line FROM request_log ORDER BY entry";
        Ok(sqlx::query_scalar(lines).fetch_all(&self.pool).await?)
    }

    /// The migrations in the office's table and in the store's.
    pub(crate) async fn migrations(&self) -> Result<[Vec<String>; 2]> {
        let ours = "SELECT version || ' ' || description FROM _sqlx_migrations ORDER BY version";
        let stores = "SELECT version || ' ' || description FROM prm_migration ORDER BY version";
        let ours = sqlx::query_scalar(ours).fetch_all(&self.pool).await?;
        Ok([ours, sqlx::query_scalar(stores).fetch_all(&self.pool).await?])
    }
}

async fn mark_approved(connection: &mut SqliteConnection, number: i64, who: &str) -> Result<()> {
    let mark = "UPDATE change_request SET state = 'approved', decided_by = ?2 WHERE number = ?1 AND state = 'open'";
    let marked = sqlx::query(mark).bind(number).bind(who).execute(connection).await?;
    ensure!(marked.rows_affected() == 1, "change request {number} is not open");
    Ok(())
}

async fn log(connection: &mut SqliteConnection, number: i64, line: &str) -> Result<()> {
    let insert = sqlx::query("INSERT INTO request_log (number, line) VALUES (?1, ?2)");
    insert.bind(number).bind(line).execute(connection).await?;
    Ok(())
}

/// The program for a year, as its writer would hand it in.
fn document(year: i64) -> String {
    let of_2026 = include_str!("program.yaml");
    of_2026.replace("2027", &(year + 1).to_string()).replace("2026", &year.to_string())
}
