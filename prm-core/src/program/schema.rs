//! The JSON Schema of the program document, made from the same tables that `check` reads by.

use serde_json::{Map, Value, json};

use super::grammar::{Block, Kind};
use super::outline::DOCUMENT;

/// The JSON Schema (draft 2020-12) of program documents, for editors and other validators.
///
/// It says what a schema can say: keys, words, forms. Names that must exist, bands that must rise and the
/// like are found by [`Program::check`](super::Program::check) alone.
///
/// ```
/// let schema = prm_core::program::schema::schema();
/// assert_eq!(schema["properties"]["format"]["const"], 1);
/// ```
#[must_use]
pub fn schema() -> Value {
    let mut definitions = Map::new();
    let mut root = block(&DOCUMENT, None, &mut definitions);
    if let Some(root) = root.as_object_mut() {
        root.insert("$schema".into(), "https://json-schema.org/draft/2020-12/schema".into());
        root.insert("title".into(), "Partner program".into());
        root.insert("$defs".into(), Value::Object(definitions));
    }
    root
}

/// A text that is read as a number, or a JSON number: both keep their digits in the document's text.
const NUMBER: &str = r"^\+?[0-9]+(\.[0-9]+)?$";
const RATE: &str = r"^\+?[0-9]+(\.[0-9]+)? *(%|points?)$";

fn kind(of: &Kind, definitions: &mut Map<String, Value>) -> Value {
    match of {
        Kind::Text => json!({ "type": ["string", "number"], "minLength": 1 }),
        Kind::Name => json!({ "type": ["string", "number"], "minLength": 1, "maxLength": 128, "pattern": "^[!-~]+$" }),
        Kind::Word(words) => json!({ "enum": words }),
        Kind::YesNo => json!({ "enum": ["yes", "no", true, false] }),
        Kind::Whole(least, most) if least == most => json!({ "const": least }),
        Kind::Whole(least, most) => json!({ "type": "integer", "minimum": least, "maximum": most }),
        Kind::Number => {
            json!({ "anyOf": [{ "type": "number", "minimum": 0 }, { "type": "string", "pattern": NUMBER }] })
        }
        Kind::Rate => json!({ "type": "string", "pattern": RATE }),
        Kind::Date => json!({ "type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" }),
        Kind::Length(units) => {
            let units: Vec<_> = units.iter().map(|unit| format!("{}s?", unit.trim_end_matches('s'))).collect();
            json!({ "type": "string", "pattern": format!("^ *[0-9]+ +({})( +(back|before))? *$", units.join("|")) })
        }
        Kind::Currency => json!({ "type": "string", "pattern": "^[A-Z]{3}$" }),
        Kind::Zone => json!({ "type": "string", "minLength": 1 }),
        Kind::List(of) => {
            let item = kind(of, definitions);
            json!({ "anyOf": [item, { "type": "array", "items": item }] })
        }
        Kind::Rows(of) => {
            let row = kind(&Kind::List(of), definitions);
            json!({ "type": "array", "items": row })
        }
        Kind::Named(of) => {
            let value = kind(of, definitions);
            let names = json!({ "minLength": 1, "maxLength": 128, "pattern": "^[!-~]+$" });
            json!({ "type": "object", "propertyNames": names, "additionalProperties": value })
        }
        Kind::Block(of) => reference(of, None, definitions),
        Kind::Variant { tag, about, of } => {
            let choices: Vec<Value> =
                of.iter().map(|(word, of)| reference(of, Some((tag, word)), definitions)).collect();
            json!({ "description": about, "type": "object", "required": [tag], "oneOf": choices })
        }
        Kind::Either(one, other) => {
            let (one, other) = (kind(one, definitions), kind(other, definitions));
            json!({ "anyOf": [one, other] })
        }
    }
}

/// A block as a reference to its definition, so that each is written once.
fn reference(of: &'static Block, tag: Option<(&str, &str)>, definitions: &mut Map<String, Value>) -> Value {
    let name: String =
        of.name.chars().filter(|c| *c != '`').map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
    if !definitions.contains_key(&name) {
        definitions.insert(name.clone(), Value::Null);
        let definition = block(of, tag, definitions);
        definitions.insert(name.clone(), definition);
    }
    json!({ "$ref": format!("#/$defs/{name}") })
}

fn block(of: &'static Block, tag: Option<(&str, &str)>, definitions: &mut Map<String, Value>) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    if let Some((tag, word)) = tag {
        properties.insert(tag.to_owned(), json!({ "const": word }));
        required.push(tag);
    }
    for entry in of.keys {
        let mut value = kind(&entry.kind, definitions);
        if let Some(value) = value.as_object_mut() {
            value.insert("description".into(), entry.about.into());
        }
        properties.insert(entry.key.to_owned(), value);
        if entry.required {
            required.push(entry.key);
        }
    }
    json!({
        "description": of.about,
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}
