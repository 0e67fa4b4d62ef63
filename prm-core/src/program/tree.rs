//! The document as a tree in which everything knows where it stands. JSON is read as YAML.
//!
//! Scalars keep their text: no number becomes a float on the way. What makes documents hard to review or
//! expensive to read is refused: anchors and aliases, tags, several documents in one text, keys that
//! stand twice, depth and size beyond what a program needs.

use std::collections::BTreeMap;

use granit_parser::{Event, Parser, ScalarStyle, Span};

use super::finding::{Finding, Findings, Position, Severity};
use crate::digest::Fingerprint;

/// The most bytes that a document may have.
pub(crate) const BYTES_MAX: usize = 4 << 20;
/// The deepest nesting that a document may have.
pub(crate) const DEPTH_MAX: usize = 32;
/// The most scalars, lists and blocks that a document may have.
pub(crate) const NODES_MAX: usize = 200_000;

/// Something in the document, with its place.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) at: Position,
    pub(crate) is: Is,
}

#[derive(Debug, Clone)]
pub(crate) enum Is {
    /// `plain` scalars can be null; quoted ones are text whatever they say.
    Scalar {
        text: String,
        plain: bool,
    },
    List(Vec<Node>),
    /// In the order of the text; no key stands twice.
    Block(Vec<(Key, Node)>),
}

#[derive(Debug, Clone)]
pub(crate) struct Key {
    pub(crate) at: Position,
    pub(crate) text: String,
}

impl Node {
    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        self.entries().iter().find(|(k, _)| k.text == key).map(|(_, node)| node)
    }

    pub(crate) fn entries(&self) -> &[(Key, Node)] {
        match &self.is {
            Is::Block(entries) => entries,
            Is::Scalar { .. } | Is::List(_) => &[],
        }
    }

    /// The items of a list; a single value stands for a list of one.
    pub(crate) fn items(&self) -> &[Node] {
        match &self.is {
            Is::List(items) => items,
            Is::Scalar { .. } | Is::Block(_) => std::slice::from_ref(self),
        }
    }

    /// The text of a scalar that is not null.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.is {
            Is::Scalar { text, plain } if !(*plain && is_null(text)) => Some(text),
            _ => None,
        }
    }

    /// What kind of thing it is, in words.
    pub(crate) fn in_words(&self) -> &'static str {
        match &self.is {
            Is::Scalar { .. } if self.text().is_some() => "a single value",
            Is::Scalar { .. } => "nothing",
            Is::List(_) => "a list",
            Is::Block(_) => "a block of keys",
        }
    }

    /// SHA-256 over the content: keys sorted, scalars as written. Comments, order of keys, indentation and
    /// quotes don't change it, so a document keeps its digest when it is reformatted or turned into JSON.
    pub(crate) fn digest(&self) -> String {
        let mut print = Fingerprint::new();
        self.feed(&mut print);
        print.hex()
    }

    fn feed(&self, print: &mut Fingerprint) {
        match &self.is {
            Is::Scalar { .. } => print.maybe(self.text()),
            Is::List(items) => {
                print.mark(b'[');
                items.iter().for_each(|item| item.feed(print));
                print.mark(b']');
            }
            Is::Block(entries) => {
                print.mark(b'{');
                let mut entries: Vec<_> = entries.iter().collect();
                entries.sort_by(|(a, _), (b, _)| a.text.cmp(&b.text));
                for (key, node) in entries {
                    print.text(&key.text);
                    node.feed(print);
                }
                print.mark(b'}');
            }
        }
    }
}

fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

/// Reads a text into its tree.
///
/// Syntax errors end the reading; duplicate keys and refused features are all collected.
pub(crate) fn read(text: &str, findings: &mut Findings) -> Option<Node> {
    if text.len() > BYTES_MAX {
        let message = format!("the document has {} bytes", text.len());
        refuse(findings, Position { line: 1, column: 1 }, "too_large", message, "a document has at most 4 MiB");
        return None;
    }
    Reader { open: Vec::new(), root: None, nodes: 0, findings }.read(text)
}

fn refuse(findings: &mut Findings, position: Position, code: &'static str, message: String, advice: &str) {
    findings.push(Finding {
        severity: Severity::Error,
        code: code.to_owned(),
        path: String::new(),
        position,
        message,
        advice: advice.to_owned(),
        suggestion: None,
    });
}

/// A list or block whose end has not been seen.
struct Open {
    node: Node,
    /// For a block: the key whose value comes next.
    key: Option<Key>,
    /// For a block: the keys so far and their lines.
    seen: BTreeMap<String, u32>,
}

struct Reader<'f> {
    open: Vec<Open>,
    root: Option<Node>,
    nodes: usize,
    findings: &'f mut Findings,
}

impl Reader<'_> {
    fn read(mut self, text: &str) -> Option<Node> {
        let options = granit_parser::options! {
            flow_nesting_limit: DEPTH_MAX,
            block_nesting_limit: DEPTH_MAX,
        };
        let mut documents = 0;
        for next in Parser::new_from_str_with_options(text, options) {
            let (event, span) = match next {
                Ok(next) => next,
                Err(error) => {
                    let at = Position::new(error.marker().line(), error.marker().col() + 1);
                    let message = format!("the text cannot be read: {}", error.kind());
                    refuse(self.findings, at, "syntax", message, "see that indentation, brackets and quotes match");
                    return None;
                }
            };
            let at = position(&span);
            if self.nodes > NODES_MAX || self.open.len() > DEPTH_MAX {
                let advice = "a document has at most 200,000 values, 32 levels deep";
                refuse(self.findings, at, "too_large", "the document is too large or too deep".into(), advice);
                return None;
            }
            if event.tag().is_some() {
                refuse(self.findings, at, "tag", "a tag stands here".into(), "write the plain value");
            }
            match event {
                Event::DocumentStart(..) => {
                    documents += 1;
                    if documents > 1 {
                        let message = "a second document begins here".into();
                        refuse(self.findings, at, "second_document", message, "keep one program per text");
                        return None;
                    }
                }
                Event::Alias(_) => {
                    let message = "an alias stands here".into();
                    refuse(self.findings, at, "alias", message, "write the value out, so that each block reads alone");
                    self.place(Node { at, is: Is::Scalar { text: String::new(), plain: true } });
                }
                Event::Scalar(text, style, ..) => {
                    let plain = style == ScalarStyle::Plain;
                    self.scalar(at, text.into_owned(), plain);
                }
                Event::SequenceStart(..) => self.begin(at, Is::List(Vec::new())),
                Event::MappingStart(..) => self.begin(at, Is::Block(Vec::new())),
                Event::SequenceEnd | Event::MappingEnd => {
                    if let Some(done) = self.open.pop() {
                        self.place(done.node);
                    }
                }
                _ => {}
            }
        }
        if self.root.is_none() {
            let at = Position { line: 1, column: 1 };
            refuse(self.findings, at, "empty", "the document is empty".into(), "begin with `format: 1`");
        }
        self.root
    }

    fn begin(&mut self, at: Position, is: Is) {
        if self.awaits_key() {
            let message = "a key is a list or block".into();
            refuse(self.findings, at, "key_not_text", message, "write a plain word as the key");
            if let Some(open) = self.open.last_mut() {
                open.key = Some(Key { at, text: "?".into() });
            }
        }
        self.open.push(Open { node: Node { at, is }, key: None, seen: BTreeMap::new() });
    }

    fn awaits_key(&self) -> bool {
        self.open.last().is_some_and(|open| matches!(open.node.is, Is::Block(_)) && open.key.is_none())
    }

    fn scalar(&mut self, at: Position, text: String, plain: bool) {
        if !self.awaits_key() {
            self.place(Node { at, is: Is::Scalar { text, plain } });
            return;
        }
        if let Some(open) = self.open.last_mut() {
            if let Some(line) = open.seen.insert(text.clone(), at.line) {
                let message = format!("`{text}` stands here and on line {line}");
                refuse(self.findings, at, "key_twice", message, "keep one of them");
            }
            open.key = Some(Key { at, text });
        }
    }

    fn place(&mut self, node: Node) {
        self.nodes += 1;
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some(Open { node: parent, key, .. }) => match &mut parent.is {
                Is::List(items) => items.push(node),
                Is::Block(entries) => {
                    if let Some(key) = key.take() {
                        entries.push((key, node));
                    }
                }
                Is::Scalar { .. } => {}
            },
        }
    }
}

fn position(span: &Span) -> Position {
    Position::new(span.start.line(), span.start.col() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(text: &str) -> Vec<String> {
        let mut findings = Findings::default();
        read(text, &mut findings);
        findings.iter().map(|f| format!("{} {}", f.code, f.position.line)).collect()
    }

    fn digest(text: &str) -> String {
        read(text, &mut Findings::default()).unwrap().digest()
    }

    #[test]
    fn refused_features_are_all_reported() {
        let text = "a: &x 1\nb: *x\nc: !int 3\na: 4\n";
        assert_eq!(codes(text), ["alias 2", "tag 3", "key_twice 4"]);
        assert_eq!(codes("a: 1\n---\nb: 2\n"), ["second_document 2"]);
        assert_eq!(codes(""), ["empty 1"]);
        assert_eq!(codes("a: [1, 2"), ["syntax 1"]);
        assert_eq!(codes("? [1]\n: 2\n"), ["key_not_text 1"]);
    }

    #[test]
    fn size_and_depth_are_bounded() {
        assert_eq!(codes(&"x".repeat(BYTES_MAX + 1)), ["too_large 1"]);
        assert!(codes(&"[".repeat(100_000)).iter().all(|code| code.starts_with("syntax ")));
        let deep: String = (0..200).map(|n| format!("{}a:\n", " ".repeat(n))).collect();
        assert_eq!(codes(&deep).len(), 1);
        let wide = format!("[{}]", "1,".repeat(NODES_MAX + 2));
        assert_eq!(codes(&wide), ["too_large 1"]);
    }

    #[test]
    fn the_digest_is_of_the_content() {
        let yaml = "b: [1, two]   # a comment\na: {c: 3}\n";
        assert_eq!(digest(yaml), digest("{\"a\": {\"c\": 3}, \"b\": [1, \"two\"]}"));
        assert_ne!(digest(yaml), digest("b: [two, 1]\na: {c: 3}\n"));
        assert_ne!(digest("a: ''"), digest("a: ~"));
        assert_ne!(digest("a: [b]"), digest("a: b"));
    }

    #[test]
    fn positions_count_from_one() {
        let node = read("a:\n  - é: [x, y]\n", &mut Findings::default()).unwrap();
        let list = node.get("a").unwrap().items()[0].get("é").unwrap();
        assert_eq!(list.at, Position { line: 2, column: 8 });
        assert_eq!(list.items()[1].at, Position { line: 2, column: 12 });
    }
}
