//! The topics of the conformance cases: what each is given, how it is evaluated and how answers are compared.

use std::fmt::Debug;

use libtest_mimic::Failed;
use serde_json::Value;

pub(crate) mod check;
pub(crate) mod commission;
pub(crate) mod deal;
pub(crate) mod due;
pub(crate) mod fund;
pub(crate) mod rebate;
pub(crate) mod rounding;
pub(crate) mod spiff;
pub(crate) mod standing;

/// The text of a program document that a case gives as a JSON object, its keys in alphabetical order.
///
/// Refused if a number in it is a JSON number: a reader in some language would turn it into a float.
fn document(program: &Value) -> Result<String, Failed> {
    fn write(value: &Value) -> Result<String, Failed> {
        let joined = |parts: Result<Vec<String>, Failed>| parts.map(|parts| parts.join(", "));
        match value {
            Value::String(_) => Ok(value.to_string()),
            Value::Array(items) => Ok(format!("[{}]", joined(items.iter().map(write).collect())?)),
            Value::Object(entries) => {
                let mut entries: Vec<_> = entries.iter().collect();
                entries.sort_by_key(|(key, _)| *key);
                let entry = |(key, value)| Ok(format!("{}: {}", Value::from(String::clone(key)), write(value)?));
                Ok(format!("{{{}}}", joined(entries.into_iter().map(entry).collect())?))
            }
            other => Err(format!("`{other}` in the program is not written as a text").into()),
        }
    }
    if program.is_object() { write(program) } else { Err("the program is not an object".into()) }
}

/// Fails unless the two are equal.
fn equal<T: PartialEq + Debug>(what: &str, expected: &T, found: &T) -> Result<(), Failed> {
    if expected == found {
        Ok(())
    } else {
        Err(format!("{what}\n  expected {expected:?}\n  found    {found:?}").into())
    }
}
