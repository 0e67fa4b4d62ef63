//! The embedding application as its users run it: what it tells, and what is in its file afterwards.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on must stop")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use sqlx::{AssertSqlSafe, Connection as _, SqliteConnection};

/// A folder of its own for each test, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("prm-host-app-{name}-{}", std::process::id()));
        let _none = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// A file in a folder that the application has to make.
    fn file(&self) -> PathBuf {
        self.0.join("new").join("app.db")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _gone = fs::remove_dir_all(&self.0);
    }
}

fn host_app(db: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_host_app")).arg("--db").arg(db).output().unwrap()
}

fn succeeds(db: &Path) -> String {
    let output = host_app(db);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Runs statements on the file, then asks it for a number.
fn ask(db: &Path, statements: &str, query: &str) -> i64 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut connection = SqliteConnection::connect(&format!("sqlite:{}", db.display())).await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(statements)).execute(&mut connection).await.unwrap();
        sqlx::query_scalar(AssertSqlSafe(query)).fetch_one(&mut connection).await.unwrap()
    })
}

/// How many rows a table has.
fn rows(db: &Path, table: &str) -> i64 {
    ask(db, "", &format!("SELECT count(*) FROM {table}"))
}

/// Each step of the story: what happens, what becomes of it, and both halves afterwards.
const STORY: &str = "\
Mara files change request 1 with a new partner program; its signed copy is there.
  office: request 1 open, decided by nobody      store: partner-program-2026 draft, events: 1

Mara approves her own request.
  refused: a second person is needed
  office: request 1 open, decided by nobody      store: partner-program-2026 draft, events: 1

Jonas approves it.
  approved: both halves in one transaction
  office: request 1 approved, decided by jonas   store: partner-program-2026 active, events: 2

Jonas's browser sends the same approval again, under the same key.
  done before: nothing written
  office: request 1 approved, decided by jonas   store: partner-program-2026 active, events: 2

Mara files change request 2; Jonas approves it before its signed copy is there.
  rolled back: CHECK constraint failed: approval_needs_a_signed_copy
  office: request 2 open, decided by nobody      store: partner-program-2027 draft, events: 1

The signed copy arrives; Jonas sends the approval again, under the same key.
  approved: both halves in one transaction
  office: request 2 approved, decided by jonas   store: partner-program-2027 active, events: 2

The office's log
  request 1 refused to mara: a version is activated by another person than the one who wrote it
  request 1 approved by jonas
  request 2 approved by jonas

_sqlx_migrations (the office's)   prm_migration (the store's)
  1 change requests                 1 records";

#[test]
fn the_story_is_told_step_by_step() {
    let folder = Folder::new("story");
    let told = succeeds(&folder.file());
    // Line by line, so that a failure names the line.
    let lines: Vec<&str> = told.lines().collect();
    assert!(lines.len() > STORY.lines().count(), "{told}");
    for (line, expected) in lines.iter().zip(STORY.lines()) {
        assert_eq!(*line, expected);
    }
    // Behind the story the migrations of the store may become more, beside and below those of the office.
    assert!(lines[STORY.lines().count()].starts_with("  2 signed copies"), "{told}");
    assert_eq!(*lines.last().unwrap(), format!("both are in {}", folder.file().display()));
}

#[test]
fn what_was_refused_rolled_back_or_repeated_left_no_row() {
    let folder = Folder::new("rows");
    let db = folder.file();
    succeeds(&db);
    // Two requests, each drafted and activated once. The refusal stands in the office's log, and nowhere else.
    for (table, expected) in
        [("change_request", 2), ("request_log", 3), ("prm_record", 2), ("prm_event", 4), ("prm_command", 2)]
    {
        assert_eq!(rows(&db, table), expected, "{table}");
    }
    let halves = "SELECT count(*) FROM change_request JOIN prm_record ON id = program_version
                  WHERE state = 'approved' AND stage = 'active'";
    assert_eq!(ask(&db, "", halves), 2);
}

#[test]
fn a_second_run_goes_on_with_what_is_there() {
    let folder = Folder::new("again");
    let db = folder.file();
    let first = succeeds(&db);
    let migrations = ["_sqlx_migrations", "prm_migration"].map(|table| rows(&db, table));
    let second = succeeds(&db);
    assert!(second.starts_with("Mara files change request 3 with"), "{second}");
    assert!(second.contains("request 4 approved, decided by jonas"), "{second}");
    assert_eq!(["_sqlx_migrations", "prm_migration"].map(|table| rows(&db, table)), migrations);
    assert_eq!((rows(&db, "change_request"), rows(&db, "prm_event")), (4, 8));
    let tail = |told: &str| told.split_once("_sqlx_migrations").unwrap().1.to_owned();
    assert_eq!(tail(&first), tail(&second));
}

#[test]
fn a_file_of_a_later_store_is_left_alone() {
    let folder = Folder::new("later");
    let db = folder.file();
    succeeds(&db);
    ask(&db, "UPDATE prm_meta SET value = '99' WHERE name = 'readable_by'", "SELECT 0");
    let output = host_app(&db);
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("need schema 99 or later"), "{told}");
    assert_eq!(rows(&db, "change_request"), 2);
}
