//! Documents as trees: read by a plain YAML reader, written in flow style, turned into JSON values.

use std::fmt;

use granit_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Number, Value};

#[derive(Clone, PartialEq)]
pub enum Tree {
    /// A `plain` scalar can be null, a number or a truth value; a quoted one is text whatever it says.
    Scalar {
        text: String,
        plain: bool,
    },
    List(Vec<Tree>),
    Block(Vec<(String, Tree)>),
}

/// As text: what a failing case is reported by.
impl fmt::Debug for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.write())
    }
}

/// A plain scalar.
pub fn plain(text: &str) -> Tree {
    Tree::Scalar { text: text.to_owned(), plain: true }
}

/// How scalars become JSON.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Scalars {
    /// All are texts, but for null: how a document is written by those who distrust JSON numbers.
    Texts,
    /// As the core schema of YAML types them: how editors see a document.
    Typed,
}

impl Tree {
    /// Reads a text; `None` if it is not one plain document.
    pub fn read(text: &str) -> Option<Self> {
        let (mut open, mut root) = (Vec::<(Tree, Option<String>)>::new(), None);
        for next in Parser::new_from_str(text) {
            let done = match next.ok()?.0 {
                Event::Scalar(text, style, ..) => {
                    let plain = style == ScalarStyle::Plain;
                    match open.last_mut() {
                        Some((Self::Block(_), key @ None)) => {
                            *key = Some(text.into_owned());
                            continue;
                        }
                        _ => Self::Scalar { text: text.into_owned(), plain },
                    }
                }
                Event::SequenceStart(..) => {
                    open.push((Self::List(Vec::new()), None));
                    continue;
                }
                Event::MappingStart(..) => {
                    open.push((Self::Block(Vec::new()), None));
                    continue;
                }
                Event::SequenceEnd | Event::MappingEnd => open.pop()?.0,
                Event::Alias(_) => return None,
                _ => continue,
            };
            match open.last_mut() {
                None => root = Some(done),
                Some((Self::List(items), _)) => items.push(done),
                Some((Self::Block(entries), key)) => entries.push((key.take()?, done)),
                Some((Self::Scalar { .. }, _)) => return None,
            }
        }
        root
    }

    /// The document in flow style. Plain scalars stay plain where they can.
    pub fn write(&self) -> String {
        match self {
            Self::Scalar { text, plain } if *plain && is_null(text) => "~".into(),
            Self::Scalar { text, plain } if *plain && stays_plain(text) => text.clone(),
            Self::Scalar { text, .. } => quoted(text),
            Self::List(items) => format!("[{}]", items.iter().map(Self::write).collect::<Vec<_>>().join(", ")),
            Self::Block(entries) => {
                let entries: Vec<_> =
                    entries.iter().map(|(key, value)| format!("{}: {}", quoted(key), value.write())).collect();
                format!("{{{}}}", entries.join(", "))
            }
        }
    }

    /// The document as a JSON value; of keys that stand twice the last remains.
    pub fn value(&self, scalars: Scalars) -> Value {
        match self {
            Self::Scalar { text, plain } if *plain && is_null(text) => Value::Null,
            Self::Scalar { text, plain } if *plain && scalars == Scalars::Typed => typed(text),
            Self::Scalar { text, .. } => Value::from(text.as_str()),
            Self::List(items) => items.iter().map(|item| item.value(scalars)).collect(),
            Self::Block(entries) => {
                let entries = entries.iter().map(|(key, tree)| (key.clone(), tree.value(scalars)));
                Value::Object(entries.collect::<Map<_, _>>())
            }
        }
    }

    pub fn is_scalar(&self) -> bool {
        matches!(self, Self::Scalar { .. })
    }

    /// How many nodes of a kind there are, with this one.
    pub fn count(&self, kind: fn(&Self) -> bool) -> usize {
        usize::from(kind(self))
            + match self {
                Self::Scalar { .. } => 0,
                Self::List(items) => items.iter().map(|item| item.count(kind)).sum(),
                Self::Block(entries) => entries.iter().map(|(_, tree)| tree.count(kind)).sum(),
            }
    }

    /// The node of a kind at a place, in the order of the text.
    pub fn at(&mut self, place: usize, kind: fn(&Self) -> bool) -> Option<&mut Self> {
        fn find<'t>(tree: &'t mut Tree, left: &mut usize, kind: fn(&Tree) -> bool) -> Option<&'t mut Tree> {
            if kind(tree) {
                if *left == 0 {
                    return Some(tree);
                }
                *left -= 1;
            }
            match tree {
                Tree::Scalar { .. } => None,
                Tree::List(items) => items.iter_mut().find_map(|item| find(item, left, kind)),
                Tree::Block(entries) => entries.iter_mut().find_map(|(_, tree)| find(tree, left, kind)),
            }
        }
        find(self, &mut { place }, kind)
    }
}

/// A text in the quotes of JSON, which are YAML's too.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

fn stays_plain(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_alphanumeric() || "+-._%/~".contains(c);
    let begins = text.starts_with(|c: char| c.is_ascii_alphanumeric() || "+.~".contains(c))
        || text.strip_prefix('-').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    begins && text.split(' ').all(|word| !word.is_empty() && word.chars().all(inner))
}

fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

fn typed(text: &str) -> Value {
    match text {
        "true" | "True" | "TRUE" => return true.into(),
        "false" | "False" | "FALSE" => return false.into(),
        _ => {}
    }
    let number = text.strip_prefix('+').unwrap_or(text);
    let decimal = number.starts_with(|c: char| c.is_ascii_digit() || "-.".contains(c));
    if let Ok(whole) = number.parse::<i64>() {
        return whole.into();
    }
    // An editor may well hold a number as a double.
    let real = number.parse::<f64>().ok().filter(|_| decimal).and_then(Number::from_f64);
    real.map_or_else(|| text.into(), Value::Number)
}
