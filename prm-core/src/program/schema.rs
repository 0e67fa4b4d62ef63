//! The JSON Schema of the program document, made from the same tables that `check` reads by.

use serde_json::{Map, Value, json};

use super::grammar::{Block, Kind};
use super::length::{COUNT_MAX, HOURS_MAX};
use super::outline::DOCUMENT;
use crate::currency::Currency;
use crate::tier::REACH_MAX;

/// The JSON Schema (draft 2020-12) of program documents, for editors and other validators.
///
/// It says what a schema can say: keys, words, forms. Names that must exist, bands that must rise and the
/// like are found by [`Program::check`](super::Program::check) alone.
///
/// ```
/// let schema = prm_core::program::schema::schema();
/// assert_eq!(schema["properties"]["currency"]["$ref"], "#/$defs/currency");
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

/// Letters, digits and three marks.
const NAME: &str = "^[A-Za-z0-9_.-]+$";
/// A text that is read as a number, or a JSON number: both keep their digits in the document's text.
const NUMBER: &str = r"^\+?[0-9]+(\.[0-9]+)?$";
const RATE: &str = r"^\+?[0-9]+(\.[0-9]+)?\s*(%|points?)$";
/// An offset, or the name of a place. Whether the place exists, a schema does not know.
const ZONE: &str = concat!(
    r"^(\+([01][0-9]|2[0-3]):[0-5][0-9]|-(00:(0[1-9]|[1-5][0-9])|(0[1-9]|1[0-9]|2[0-3]):[0-5][0-9])",
    "|[A-Za-z][A-Za-z0-9/_+-]*)$",
);

fn kind(of: &Kind, definitions: &mut Map<String, Value>) -> Value {
    match of {
        // A plain `2013` or `true` is a text to us and a number or truth value to an editor.
        Kind::Text => json!({ "type": ["string", "number", "boolean"], "pattern": r"\S" }),
        Kind::Name => json!({ "type": ["string", "number", "boolean"], "maxLength": 128, "pattern": NAME }),
        Kind::Word(words) => json!({ "enum": words }),
        Kind::YesNo => json!({ "enum": ["yes", "no", true, false, "true", "false"] }),
        Kind::Whole(least, most) => json!({ "anyOf": [
            { "type": "integer", "minimum": least, "maximum": most },
            { "type": "string", "pattern": format!("^\\+?0*({})$", whole(*least, *most).join("|")) },
        ] }),
        Kind::Number => {
            json!({ "anyOf": [{ "type": "number", "minimum": 0 }, { "type": "string", "pattern": NUMBER }] })
        }
        Kind::Rate => json!({ "type": "string", "pattern": RATE }),
        Kind::NumberOrRate => json!({ "anyOf": [kind(&Kind::Number, definitions), kind(&Kind::Rate, definitions)] }),
        Kind::NumberOrWord(words) => json!({ "anyOf": [kind(&Kind::Number, definitions), { "enum": words }] }),
        Kind::Date => json!({ "type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" }),
        Kind::Length(units) => {
            let units: Vec<_> = units.iter().map(|unit| format!("{}s?", unit.trim_end_matches('s'))).collect();
            let (count, unit) = (whole(0, COUNT_MAX.into()).join("|"), units.join("|"));
            json!({ "type": "string", "pattern": format!(r"^\s*0*({count})\s+({unit})(\s+(back|before|after|after period))?\s*$") })
        }
        Kind::LengthOrWord(units, words) => {
            let length = kind(&Kind::Length(units), definitions);
            json!({ "anyOf": [length, { "enum": words }] })
        }
        Kind::Hours => {
            let count = whole(0, HOURS_MAX.into()).join("|");
            json!({ "type": "string", "pattern": format!(r"^\s*0*({count})\s+hours?\s*$") })
        }
        Kind::TimeOfDay => json!({ "type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$" }),
        Kind::Currency => {
            definitions.entry("currency").or_insert_with(|| json!({ "enum": currencies() }));
            json!({ "$ref": "#/$defs/currency" })
        }
        Kind::Window => {
            let count = whole(1, REACH_MAX.into()).join("|");
            let trailing = format!(r"trailing\s+0*({count})\s+(day|month|quarter|half_year|year)s?");
            let span = format!(r"({trailing}|(last\s+)?fiscal\s+year|always)");
            json!({ "type": "string", "pattern": format!(r"^\s*(any\s+day\s+of\s+)?{span}\s*$") })
        }
        Kind::Benefit => {
            let forms = [Kind::YesNo, Kind::Rate, Kind::Length(&["days", "months"]), Kind::Number];
            json!({ "anyOf": forms.map(|form| kind(&form, definitions)) })
        }
        Kind::Zone => json!({ "type": "string", "pattern": ZONE }),
        Kind::List(of) => {
            let item = kind(of, definitions);
            json!({ "anyOf": [item, { "type": "array", "items": item, "minItems": 1 }] })
        }
        Kind::Rows(of) => {
            let row = kind(&Kind::List(of), definitions);
            json!({ "type": "array", "items": row, "minItems": 1 })
        }
        Kind::Named(of) => {
            let value = kind(of, definitions);
            let names = json!({ "maxLength": 128, "pattern": NAME });
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

/// The code of every currency that money can be owed in.
fn currencies() -> Vec<String> {
    let letters = || 'A'..='Z';
    let codes =
        letters().flat_map(|a| letters().flat_map(move |b| letters().map(move |c| String::from_iter([a, b, c]))));
    codes.filter(|code| code.parse::<Currency>().is_ok()).collect()
}

/// Patterns that together match the whole numbers within bounds, which are not negative.
fn whole(least: i64, most: i64) -> Vec<String> {
    let (mut patterns, mut from) = (Vec::new(), least);
    while from <= most {
        // The widest run of last digits that begins here: 1900 … 2999 is `19[0-9]{2}` and `2[0-9]{3}`.
        let (mut unit, mut free) = (1, 0);
        while unit * 10 <= from && from % (unit * 10) == 0 && from + unit * 10 - 1 <= most {
            (unit, free) = (unit * 10, free + 1);
        }
        let first = from / unit;
        let last = (first - first % 10 + 9).min((most + 1) / unit - 1);
        let head = if first < 10 { String::new() } else { (first / 10).to_string() };
        let digit = if first == last { (first % 10).to_string() } else { format!("[{}-{}]", first % 10, last % 10) };
        patterns.push(if free == 0 { format!("{head}{digit}") } else { format!("{head}{digit}[0-9]{{{free}}}") });
        from = (last + 1) * unit;
    }
    patterns
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
