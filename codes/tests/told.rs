//! What is wrong is told with what to write, on a small project of its own.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on must stop")]

use std::fs;
use std::path::{Path, PathBuf};

use prm_codes::{Problems, Written, generate};

const DEAL: &str = r#"
/// Why a deal is not registered.
#[derive(Debug, thiserror::Error)]
pub enum RegistrationError {
    /// Somebody has the deal.
    #[error("`{deal}` is taken")]
    Taken { deal: String },
    /// It is too late.
    #[error("too late for {0}")]
    Late(String),
}
mod hidden {
    #[derive(thiserror::Error)]
    pub enum OwnError { A }
}
pub mod other { pub use crate::deal::more::WhyNot; }
mod more {
    #[derive(serde::Serialize)]
    #[serde(rename_all = "snake_case")]
    pub enum WhyNot { /// Others were first.
        Others }
}
"#;

/// A project with this module `deal` and these rows.
fn project(name: &str, deal: &str, rows: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let write = |path: &str, text: &str| {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("prm-core/src/lib.rs", "pub mod deal;");
    write("prm-core/src/deal.rs", deal);
    write("prm-store/src/lib.rs", "");
    write("codes/side/settings.toml", "retired = []\nreasons = []\n[prefixes]\n[types]\nString = 'text'\n");
    write("codes/side/rows.toml", rows);
    root
}

fn problems(name: &str, deal: &str, rows: &str) -> Problems {
    generate(&project(name, deal, rows)).unwrap().1
}

#[test]
fn a_new_type_is_told_with_the_rows_that_it_needs() {
    let told = problems("new", DEAL, "");
    let rows = "rows are missing in codes/side/*.toml:\n
[registration]
seen_by = \"vendor\"   # or anyone, or host
taken = \"…\"   # Somebody has the deal.
late = \"…\"   # It is too late.

[why_not]
seen_by = \"vendor\"   # or anyone, or host
others = \"…\"   # Others were first.";
    assert_eq!(told, [rows]);
}

#[test]
fn rows_make_it_whole() {
    let rows = "
        [registration]
        seen_by = 'anyone'
        taken = 'Choose another deal.'
        late = 'Ask the vendor.'
        [why_not]
        seen_by = 'anyone'
        next_step = 'Wait.'
    ";
    let (Written { codes, .. }, told) = generate(&project("whole", DEAL, rows)).unwrap();
    assert!(told.is_empty(), "{told:?}");
    let of = |name: &str| codes.codes.iter().find(|code| code.code == name).unwrap();
    assert_eq!(codes.codes.len(), 3);
    assert_eq!(of("registration.late").text.as_deref(), Some("too late for {value}"));
    assert_eq!(of("why_not.others").module, "prm_core::deal::other");
    assert_eq!(of("why_not.others").text.as_deref(), Some("others were first"));

    let left_over = format!("{rows}\n[gone]\nseen_by = 'host'\n");
    assert_eq!(problems("left_over", DEAL, &left_over), ["codes/side: [gone] names nothing that is there"]);
    let left_over = rows.replace("late =", "early = 'Go.'\nlate =");
    assert_eq!(problems("row", DEAL, &left_over), ["codes/side: [registration] early names nothing that is there"]);
}

#[test]
fn two_types_of_one_name_are_told() {
    let deal = "
        /// One.
        #[derive(thiserror::Error)] #[error(\"one\")] pub struct AError;
        pub mod two {
            /// Two.
            #[derive(thiserror::Error)] #[error(\"two {what}\")] pub struct AError;
        }
    ";
    let told = problems("two", deal, "[a]\nseen_by = 'host'\nnext_step = 'Go.'\n").join("\n");
    assert!(told.contains("a is there twice"), "{told}");
    assert!(told.contains("codes of prm_core::deal::two and of prm_core::deal begin with `a`"), "{told}");
    assert!(told.contains("the text of a names `what`, which is not a parameter"), "{told}");
}
