//! The published schema is the one that the code makes, and says what a check says, as far as a schema can.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::{env, fs};

use jsonschema::Validator;
use serde_json::Value;

use super::tree::{Scalars, Tree};
use super::{example, programs_of};

/// The schema as editors use it: formats are checked too.
pub static SCHEMA: LazyLock<Validator> = LazyLock::new(|| {
    jsonschema::draft202012::options()
        .should_validate_formats(true)
        .build(&prm_core::program::schema::schema())
        .unwrap()
});

/// Both ways in which a document can come to be JSON.
pub const WAYS: [Scalars; 2] = [Scalars::Texts, Scalars::Typed];

fn published() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/program.schema.json")
}

#[test]
fn the_published_schema_is_the_one_that_the_code_makes() {
    let made = prm_core::program::schema::schema();
    if env::var_os("UPDATE_SCHEMA").is_some() {
        fs::write(published(), format!("{made:#}\n")).unwrap();
    }
    let stands = fs::read_to_string(published()).unwrap_or_default();
    assert!(
        serde_json::from_str::<Value>(&stands).is_ok_and(|stands| stands == made),
        "schema/program.schema.json is not what the code makes; \
         `UPDATE_SCHEMA=1 cargo test -p prm-core --features schema --test document` writes it anew"
    );
}

#[test]
fn the_published_schema_is_a_schema() {
    let schema: Value = serde_json::from_str(&fs::read_to_string(published()).unwrap()).unwrap();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    jsonschema::draft202012::meta::validate(&schema).unwrap();
}

/// What the document of everything cannot have beside what it has: another way to say when a fiscal year begins.
const OTHERWISE: [&str; 2] = ["anchored_on", "month_ends"];

#[test]
fn the_document_of_everything_has_every_key() {
    fn keys(schema: &Value, known: &mut BTreeSet<String>) {
        for (key, below) in schema.as_object().into_iter().flatten() {
            known.extend(
                below.as_object().filter(|_| key == "properties").into_iter().flat_map(|of| of.keys().cloned()),
            );
            keys(below, known);
        }
        schema.as_array().into_iter().flatten().for_each(|below| keys(below, known));
    }
    let mut known = BTreeSet::new();
    keys(&prm_core::program::schema::schema(), &mut known);
    let text = include_str!("everything.yaml");
    let last_word = |before: &'static str| before.rsplit(|c: char| c != '_' && !c.is_alphanumeric()).next();
    let words: BTreeSet<&str> = text.split(':').filter_map(last_word).collect();
    let missing: Vec<_> =
        known.iter().filter(|key| !words.contains(key.as_str()) && !OTHERWISE.contains(&key.as_str())).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn right_documents_pass() {
    let mut right = programs_of("rebate");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/programs");
    for entry in fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name.ends_with(".yaml") && !name.ends_with(".mapping.yaml") {
            right.push((name.clone(), Tree::read(&example(&name)).unwrap()));
        }
    }
    right.push(("everything".into(), Tree::read(include_str!("everything.yaml")).unwrap()));
    assert!(right.len() > 20, "{}", right.len());
    for (name, tree) in right {
        for scalars in WAYS {
            let errors: Vec<_> = SCHEMA.iter_errors(&tree.value(scalars)).map(|error| error.to_string()).collect();
            assert!(errors.is_empty(), "{name}, {scalars:?}: {errors:#?}");
        }
    }
}

#[test]
fn wrong_documents_fail() {
    let right = example("ridgeline.yaml");
    for (from, into) in [
        ("payout: 20000", "payot: 20000"),
        ("every: half_year", "evry: half_year"),
        ("program: Ridgeline Cycles Partner Program\n", ""),
        ("    measure: { of: units, products: parts }\n", ""),
        ("shape: whole_volume", "shape: whole_volumes"),
        ("kind: rebate\n    title: Parts", "kind: rebat\n    title: Parts"),
        ("rate: 1.5 %", "rate: 1.5"),
        ("rate: 1.5 %", "rate: -1.5 %"),
        ("from: 25000", "from: -1"),
        ("currency: USD", "currency: USX"),
        ("2025-01-01", "2025-02-30"),
        ("format: 1", "format: 2"),
        ("[partner, period]", "[partner, month]"),
        ("at_most: 7 days back", "at_most: 7 months"),
        ("free_units: 2", "free_units: 0"),
    ] {
        assert!(right.contains(from), "{from}");
        let tree = Tree::read(&right.replacen(from, into, 1)).unwrap();
        for scalars in WAYS {
            assert!(!SCHEMA.is_valid(&tree.value(scalars)), "{into}, {scalars:?}");
        }
    }
}
