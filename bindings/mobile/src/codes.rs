//! What codes say: `codes.json`, or a translation of it, read once.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use prm_core::phone::PrmError;
use serde::Deserialize;

/// Who may be shown a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, uniffi::Enum)]
#[serde(rename_all = "snake_case")]
pub enum SeenBy {
    /// Partners too.
    Anyone,
    /// The vendor's people.
    Vendor,
    /// Who runs the application.
    Host,
}

/// The texts of codes. An application that speaks another language gives a file of the same form in it.
#[derive(Debug, uniffi::Object)]
pub struct CodeTexts(BTreeMap<String, Code>);

#[derive(Debug, Deserialize)]
struct Table {
    codes: Vec<Code>,
}

#[derive(Debug, Deserialize)]
struct Code {
    code: String,
    #[serde(default)]
    parameters: Vec<Parameter>,
    text: Option<String>,
    next_step: Option<String>,
    seen_by: SeenBy,
}

#[derive(Debug, Deserialize)]
struct Parameter {
    name: String,
    #[serde(rename = "type")]
    is: String,
}

/// How deep errors are said within errors.
const WITHIN_MAX: u8 = 4;

impl CodeTexts {
    /// The text with its facts; an error within is said by its own text.
    fn said(&self, code: &str, facts: &HashMap<String, String>, depth: u8) -> Option<String> {
        let code = self.0.get(code)?;
        let mut text = code.text.clone()?;
        for Parameter { name, is } in &code.parameters {
            let Some(fact) = facts.get(name) else { continue };
            let within = (is == "error" && depth < WITHIN_MAX).then(|| self.said(fact, facts, depth + 1)).flatten();
            text = text.replace(&format!("{{{name}}}"), within.as_ref().unwrap_or(fact));
        }
        Some(text)
    }
}

#[uniffi::export]
impl CodeTexts {
    /// Reads `codes.json`.
    ///
    /// # Errors
    /// `PrmError.Input` if the text is none.
    #[uniffi::constructor]
    pub fn read(json: String) -> Result<Arc<Self>, PrmError> {
        let table: Table = serde_json::from_str(&json).map_err(|why| PrmError::input("codes", &json, why))?;
        Ok(Arc::new(Self(table.codes.into_iter().map(|code| (code.code.clone(), code)).collect())))
    }

    /// What a code says, with the facts of a refusal; none if it is not in the file, or says nothing by itself. A fact that is
    /// not given stays in braces.
    #[must_use]
    pub fn text(&self, code: String, facts: HashMap<String, String>) -> Option<String> {
        self.said(&code, &facts, 0)
    }

    /// What to do about it.
    #[must_use]
    pub fn next_step(&self, code: String) -> Option<String> {
        self.0.get(&code)?.next_step.clone()
    }

    /// Who may be shown it.
    #[must_use]
    pub fn seen_by(&self, code: String) -> Option<SeenBy> {
        self.0.get(&code).map(|code| code.seen_by)
    }
}
