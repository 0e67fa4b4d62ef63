//! What a document may contain, as data: one table per block.
//!
//! The same tables find unknown, missing and malformed keys, and produce the published JSON Schema, so the
//! two cannot drift apart. What the tables cannot say (a name that must exist, bands that must not overlap)
//! is checked while decoding.

#![cfg_attr(not(feature = "schema"), allow(dead_code, reason = "descriptions are for the schema"))]

use chrono::{NaiveDate, NaiveTime};

use super::finding::{Finding, Findings, Position, Severity};
use super::length::{Hours, Length};
use super::tree::{Is, Node};
use crate::currency::Currency;
use crate::id::{ID_BYTES_MAX, Name};
use crate::rate::{Rate, RateError};
use crate::scaled::{NumberError, Scaled};
use crate::tier::{Benefit, Window};
use crate::zone::Zone;

/// A block of known keys.
pub(crate) struct Block {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) keys: &'static [Entry],
}

/// A key of a block.
pub(crate) struct Entry {
    pub(crate) key: &'static str,
    pub(crate) required: bool,
    pub(crate) kind: Kind,
    pub(crate) about: &'static str,
}

pub(crate) const fn must(key: &'static str, kind: Kind, about: &'static str) -> Entry {
    Entry { key, required: true, kind, about }
}

pub(crate) const fn may(key: &'static str, kind: Kind, about: &'static str) -> Entry {
    Entry { key, required: false, kind, about }
}

/// What a value may be.
pub(crate) enum Kind {
    /// Any text that is not empty.
    Text,
    /// A name that the author gives or refers to.
    Name,
    /// One of these words.
    Word(&'static [&'static str]),
    /// `yes` or `no`.
    YesNo,
    /// A whole number within bounds.
    Whole(i64, i64),
    /// A decimal number, not negative.
    Number,
    /// A rate with its unit, not negative.
    Rate,
    /// A number or a rate, not negative.
    NumberOrRate,
    /// A number that is not negative, or one of these words.
    NumberOrWord(&'static [&'static str]),
    /// An ISO date.
    Date,
    /// `48 hours`.
    Hours,
    /// `09:00`.
    TimeOfDay,
    /// `90 days`, `12 months`.
    Length(&'static [&'static str]),
    /// A length in one of these units, or one of these words.
    LengthOrWord(&'static [&'static str], &'static [&'static str]),
    Currency,
    Zone,
    /// `trailing 4 quarters`, `fiscal year`, `any day of ...`.
    Window,
    /// `5 points`, `120 days`, `yes`, a number.
    Benefit,
    /// A list of these, or one of them.
    List(&'static Kind),
    /// A list of lists of these.
    Rows(&'static Kind),
    /// A block whose keys are names of the author's choice.
    Named(&'static Kind),
    Block(&'static Block),
    /// A block whose further keys depend on the word under `tag`.
    Variant {
        tag: &'static str,
        about: &'static str,
        of: &'static [(&'static str, &'static Block)],
    },
    /// A single value of the first kind, or a block of the second.
    Either(&'static Kind, &'static Kind),
}

impl Kind {
    /// What is expected, in words with an example.
    fn expects(&self) -> String {
        match self {
            Self::Text => "a text".into(),
            Self::Name => "a name of letters, digits, `_`, `-` and `.`, such as `bikes`".into(),
            Self::Word(words) => format!("one of {}", list_words(words)),
            Self::YesNo => "`yes` or `no`".into(),
            Self::Whole(least, most) if least == most => format!("`{least}`"),
            Self::Whole(least, most) => format!("a whole number from {least} to {most}"),
            Self::Number => "a number that is not negative, such as `25000` or `0.5`".into(),
            Self::Rate => "a rate that is not negative, with its unit, such as `2.5 %`".into(),
            Self::NumberOrRate => "a number such as `25000`, or a rate with its unit such as `20 %`".into(),
            Self::NumberOrWord(words) => format!("a number, or one of {}", list_words(words)),
            Self::Date => "a date such as `2013-07-01`".into(),
            Self::Length(units) => format!("a length such as `90 {}`", units.first().unwrap_or(&"days")),
            Self::LengthOrWord(units, words) => {
                format!("{}, or one of {}", Self::Length(units).expects(), list_words(words))
            }
            Self::Hours => "hours such as `48 hours`".into(),
            Self::TimeOfDay => "a time of day such as `09:00`".into(),
            Self::Currency => "an ISO 4217 currency code such as `USD`".into(),
            Self::Zone => "a time zone such as `UTC`, `+05:30` or `America/Los_Angeles`".into(),
            Self::Window => "a window such as `trailing 4 quarters`, `trailing 90 days`, `fiscal year`, \
                `last fiscal year`, `always` or `any day of trailing 12 months`"
                .into(),
            Self::Benefit => {
                "a rate such as `5 points`, a length such as `120 days`, `yes` or `no`, or a number".into()
            }
            Self::List(of) | Self::Rows(of) => format!("a list; each item is {}", of.expects()),
            Self::Named(of) => format!("a block of names; under each, {}", of.expects()),
            Self::Block(block) => format!("a block with {}", list_keys(block)),
            Self::Variant { tag, of, .. } => {
                let words: Vec<_> = of.iter().map(|(word, _)| *word).collect();
                format!("a block with `{tag}`: {}", list_words(&words))
            }
            Self::Either(one, other) => format!("{}, or {}", one.expects(), other.expects()),
        }
    }

    /// Whether a scalar's text is of this kind; `Err` carries why not.
    fn reads(&self, text: &str) -> Result<(), String> {
        fn parse<T: std::str::FromStr<Err: ToString>>(text: &str) -> Result<T, String> {
            text.parse::<T>().map_err(|error| error.to_string())
        }
        let too_long = |limit: &str| format!("`{}` has more than {limit}", text.chars().take(64).collect::<String>());
        let negative = text.starts_with('-').then(|| Err(format!("`{text}` is negative")));
        match self {
            Self::Text if text.trim().is_empty() => Err("the text is empty".into()),
            Self::Text => Ok(()),
            Self::Name => Name::new(text).map(drop).map_err(|error| error.to_string()),
            Self::Word(words) if words.contains(&text) => Ok(()),
            Self::Word(_) => Err(format!("`{text}` is not known here")),
            Self::YesNo => yes_no(text).map(drop).ok_or_else(|| format!("`{text}` is neither yes nor no")),
            Self::Whole(least, most) => match text.parse::<i64>() {
                Ok(number) if (*least..=*most).contains(&number) && !text.starts_with('-') => Ok(()),
                _ => Err(format!("`{text}` is not one")),
            },
            Self::Number => match text.parse::<Scaled>() {
                Ok(_) => negative.unwrap_or(Ok(())),
                Err(NumberError::OutOfRange) => Err(too_long("38 digits")),
                Err(error) => Err(error.to_string()),
            },
            Self::Rate => match text.parse::<Rate>() {
                Ok(_) => negative.unwrap_or(Ok(())),
                Err(RateError::Number(NumberError::OutOfRange)) => {
                    Err(too_long("18 digits, or more than 18 after the point"))
                }
                Err(error) => Err(error.to_string()),
            },
            Self::NumberOrRate if text.trim_end().ends_with(|c: char| c == '%' || c.is_ascii_alphabetic()) => {
                Self::Rate.reads(text)
            }
            Self::NumberOrRate => Self::Number.reads(text),
            Self::NumberOrWord(words) if words.contains(&text) => Ok(()),
            Self::NumberOrWord(_) => Self::Number.reads(text),
            Self::Date if date_form(text) && text.parse::<NaiveDate>().is_ok() => Ok(()),
            Self::Date => Err(format!("`{text}` is no date")),
            Self::Length(units) => {
                let length: Length = parse(text)?;
                let known = units.contains(&length.unit.word());
                if known { Ok(()) } else { Err(format!("`{text}` is counted in {}", length.unit.word())) }
            }
            Self::LengthOrWord(_, words) if words.contains(&text) => Ok(()),
            Self::LengthOrWord(units, _) => Self::Length(units).reads(text),
            Self::Hours => parse::<Hours>(text).map(drop),
            Self::TimeOfDay if time_form(text) && NaiveTime::parse_from_str(text, "%H:%M").is_ok() => Ok(()),
            Self::TimeOfDay => Err(format!("`{text}` is no time of day")),
            Self::Currency => parse::<Currency>(text).map(drop),
            Self::Zone => parse::<Zone>(text).map(drop),
            Self::Window => match parse::<Window>(text)? {
                // The word for leaving the key out, in serialised forms only.
                Window::OnTheDay => Err(format!("`{text}` is what a state is without a window")),
                _ => Ok(()),
            },
            Self::Benefit => parse::<Benefit>(text).map(drop),
            Self::List(of) => of.reads(text),
            Self::Either(one, _) => one.reads(text),
            Self::Rows(_) | Self::Named(_) | Self::Block(_) | Self::Variant { .. } => {
                Err("a single value stands here".into())
            }
        }
    }
}

/// Four digits, two and two: other spellings, which the date type reads too, would be told apart by a digest.
fn date_form(text: &str) -> bool {
    let digit_or_dash =
        |(at, byte): (usize, u8)| if matches!(at, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() };
    text.len() == 10 && text.bytes().enumerate().all(digit_or_dash)
}

/// Two digits and two.
fn time_form(text: &str) -> bool {
    let digit_or_colon = |(at, byte): (usize, u8)| if at == 2 { byte == b':' } else { byte.is_ascii_digit() };
    text.len() == 5 && text.bytes().enumerate().all(digit_or_colon)
}

/// The meaning of a yes-or-no word.
pub(crate) fn yes_no(text: &str) -> Option<bool> {
    match text {
        "yes" | "true" => Some(true),
        "no" | "false" => Some(false),
        _ => None,
    }
}

fn list_words(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

fn list_keys(block: &Block) -> String {
    list_words(&block.keys.iter().map(|entry| entry.key).collect::<Vec<_>>())
}

/// A mistake at a place; the rest of the document is still checked.
pub(crate) fn mistake(
    findings: &mut Findings,
    at: Position,
    path: &str,
    code: &'static str,
    message: impl Into<String>,
    advice: impl Into<String>,
) {
    report(findings, Severity::Error, at, path, code, message, advice, None);
}

#[allow(clippy::too_many_arguments, reason = "one finding has this many parts, and one place builds them")]
pub(crate) fn report(
    findings: &mut Findings,
    severity: Severity,
    position: Position,
    path: &str,
    code: &'static str,
    message: impl Into<String>,
    advice: impl Into<String>,
    suggestion: Option<String>,
) {
    let (message, advice) = (message.into(), advice.into());
    let path = path.to_owned();
    findings.push(Finding { severity, code: code.to_owned(), path, position, message, advice, suggestion });
}

/// `path.key`, or the key alone at the top. A path is as long as names can be, whatever stands for one.
pub(crate) fn below(path: &str, key: &str) -> String {
    let key = key.char_indices().nth(ID_BYTES_MAX).and_then(|(end, _)| key.get(..end)).unwrap_or(key);
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// The most findings after which words are still suggested, the longest word that is looked for, and the most
/// words that it is compared with: a document of nothing but mistakes is not worth a minute of guessing.
const SUGGESTIONS_MAX: (usize, usize, usize) = (100, 64, 500);

/// The known word that a misspelt one most resembles, if one does; `findings` are those so far.
pub(crate) fn nearest<'w>(text: &str, words: impl IntoIterator<Item = &'w str>, findings: &Findings) -> Option<String> {
    let (after, longest, most) = SUGGESTIONS_MAX;
    if findings.len() > after || text.len() > longest {
        return None;
    }
    let words = words.into_iter().filter(|word| word.len() <= longest).take(most);
    let scored = words.map(|word| (strsim::damerau_levenshtein(text, word), word));
    let (distance, word) = scored.min()?;
    // A third of the word may be wrong; beyond that a suggestion is a guess.
    (distance <= word.chars().count().max(3) / 3).then(|| word.to_owned())
}

/// Checks a node against a kind and reports every mistake below it.
pub(crate) fn check(node: &Node, kind: &Kind, path: &str, findings: &mut Findings) {
    match (&node.is, kind) {
        (Is::List(items), Kind::List(_) | Kind::Rows(_)) if items.is_empty() => {
            // An empty list could mean all or none; a document says which.
            let advice = format!("write {}, or leave the key out", kind.expects());
            mistake(findings, node.at, path, "no_value", "the list is empty", advice);
        }
        (Is::List(items), Kind::List(of)) => {
            for (at, item) in items.iter().enumerate() {
                check(item, of, &format!("{path}[{at}]"), findings);
            }
        }
        (Is::List(rows), Kind::Rows(of)) => {
            for (at, row) in rows.iter().enumerate() {
                check(row, &Kind::List(of), &format!("{path}[{at}]"), findings);
            }
        }
        (Is::Block(_), Kind::List(of)) => check(node, of, &format!("{path}[0]"), findings),
        (Is::Block(entries), Kind::Named(of)) => {
            for (key, value) in entries {
                if let Err(error) = Name::new(&key.text) {
                    let message = format!("`{}` is no name", key.text);
                    mistake(findings, key.at, path, "bad_name", message, error.to_string());
                }
                check(value, of, &below(path, &key.text), findings);
            }
        }
        (Is::Block(_), Kind::Block(block)) => check_block(node, block, None, path, findings),
        (Is::Block(_), Kind::Variant { tag, of, .. }) => check_variant(node, kind, tag, of, path, findings),
        (Is::List(_), Kind::Either(list @ Kind::List(_), _)) => check(node, list, path, findings),
        (Is::Block(_) | Is::List(_), Kind::Either(_, other)) => check(node, other, path, findings),
        (Is::Scalar { .. }, _) => check_scalar(node, kind, path, findings),
        _ => {
            let message = format!("{} stands here", node.in_words());
            mistake(findings, node.at, path, "wrong_form", message, format!("write {}", kind.expects()));
        }
    }
}

fn check_scalar(node: &Node, kind: &Kind, path: &str, findings: &mut Findings) {
    let Some(text) = node.text() else {
        let advice = format!("write {}, or leave the key out", kind.expects());
        mistake(findings, node.at, path, "no_value", "nothing stands here", advice);
        return;
    };
    if let Err(message) = kind.reads(text) {
        let (code, suggestion) = match kind {
            Kind::Word(words) => ("unknown_word", nearest(text, words.iter().copied(), findings)),
            Kind::Rows(_) | Kind::Named(_) | Kind::Block(_) | Kind::Variant { .. } => ("wrong_form", None),
            _ => ("bad_value", None),
        };
        let advice = format!("write {}", kind.expects());
        report(findings, Severity::Error, node.at, path, code, message, advice, suggestion);
    }
}

fn check_variant(
    node: &Node,
    kind: &Kind,
    tag: &'static str,
    of: &'static [(&'static str, &'static Block)],
    path: &str,
    findings: &mut Findings,
) {
    let words: Vec<&str> = of.iter().map(|(word, _)| *word).collect();
    let Some(chosen) = node.get(tag) else {
        let advice = format!("write {}", kind.expects());
        mistake(findings, node.at, path, "missing_key", format!("`{tag}` is missing"), advice);
        return;
    };
    let text = chosen.text().unwrap_or_default();
    match of.iter().find(|(word, _)| *word == text) {
        Some((_, block)) => check_block(node, block, Some(tag), path, findings),
        None => {
            let message = format!("`{text}` is not a known {tag}");
            let advice = format!("write one of {}", list_words(&words));
            let suggestion = nearest(text, words, findings);
            let path = below(path, tag);
            report(findings, Severity::Error, chosen.at, &path, "unknown_word", message, advice, suggestion);
        }
    }
}

fn check_block(node: &Node, block: &Block, tag: Option<&str>, path: &str, findings: &mut Findings) {
    for (key, value) in node.entries() {
        if let Some(entry) = block.keys.iter().find(|entry| entry.key == key.text) {
            check(value, &entry.kind, &below(path, &key.text), findings);
        } else if Some(key.text.as_str()) != tag {
            let message = format!("`{}` is not a key of {}", key.text, block.name);
            let advice = format!("the keys here are {}", list_keys(block));
            let suggestion = nearest(&key.text, block.keys.iter().map(|entry| entry.key), findings);
            let path = below(path, &key.text);
            report(findings, Severity::Error, key.at, &path, "unknown_key", message, advice, suggestion);
        }
    }
    for entry in block.keys.iter().filter(|entry| entry.required && node.get(entry.key).is_none()) {
        let message = format!("`{}` is missing", entry.key);
        let advice = format!("add it to {}: {}", block.name, entry.kind.expects());
        mistake(findings, node.at, path, "missing_key", message, advice);
    }
}
