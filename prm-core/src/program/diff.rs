//! What changed between two versions, in words that a partner manager can sign.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;

use super::finding::Findings;
use super::tree::{self, Is, Node};
use crate::rate::Rate;
use crate::scaled::Scaled;

/// What happened to a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ChangeKind {
    /// It was not there before.
    Added {
        /// What it is now.
        now: String,
    },
    /// It is not there any more.
    Removed {
        /// What it was.
        was: String,
    },
    /// It says something else.
    Changed {
        /// What it was.
        was: String,
        /// What it is now.
        now: String,
    },
}

/// One difference between two documents.
///
/// Items of a list that have a beginning (`from`, `at`) are told apart by it, other items by their place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Where, such as `incentives.bikes.schedule.bands[from 75000].rate`.
    pub path: String,
    /// What.
    #[serde(flatten)]
    pub kind: ChangeKind,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, kind } = self;
        match kind {
            ChangeKind::Added { now } => write!(f, "{path} is new: {now}"),
            ChangeKind::Removed { was } => write!(f, "{path} is gone; it was {was}"),
            ChangeKind::Changed { was, now } => write!(f, "{path} {} from {was} to {now}", verb(was, now)),
        }
    }
}

/// Numbers and rates rise and fall; other values change.
fn verb(was: &str, now: &str) -> &'static str {
    match (number(was), number(now)) {
        (Some((rate, was)), Some((also, now))) if rate == also && now > was => "rises",
        (Some((rate, was)), Some((also, now))) if rate == also && now < was => "falls",
        _ => "changes",
    }
}

/// A number, or a rate with its unit; only two of a kind can be compared.
fn number(text: &str) -> Option<(bool, Scaled)> {
    let rate = || text.parse::<Rate>().ok().map(|rate| (true, rate.fraction()));
    text.parse().ok().map(|number| (false, number)).or_else(rate)
}

/// The differences between two documents, in the order of the newer one; removals where they stood.
///
/// Layout, comments, the order of keys and the spelling of equal numbers are no differences.
///
/// ```
/// use prm_core::program::diff::diff;
/// let old = "{schedule: {bands: [{from: 0, rate: 2 %}, {from: 75000, rate: 4 %}]}}";
/// let new = "{schedule: {bands: [{from: 0, rate: 2 %}, {from: 75000, rate: 5 %}, {from: 150000, rate: 6 %}]}}";
/// let changes: Vec<String> = diff(old, new)?.iter().map(ToString::to_string).collect();
/// assert_eq!(changes, [
///     "schedule.bands[from 75000].rate rises from 4 % to 5 %",
///     "schedule.bands[from 150000] is new: from 150000, rate 6 %",
/// ]);
/// assert!(diff(old, "[not closed").is_err());
/// # Ok::<(), prm_core::program::finding::Findings>(())
/// ```
///
/// # Errors
/// The findings, if one of the texts cannot be read as a document at all.
pub fn diff(old: &str, new: &str) -> Result<Vec<Change>, Findings> {
    let mut findings = Findings::default();
    let (old, new) = (tree::read(old, &mut findings), tree::read(new, &mut findings));
    let (Some(old), Some(new)) = (old, new) else { return Err(findings) };
    let mut changes = Vec::new();
    compare(&old, &new, "", &mut changes);
    Ok(changes)
}

fn compare(old: &Node, new: &Node, path: &str, changes: &mut Vec<Change>) {
    match (&old.is, &new.is) {
        (Is::Block(_), Is::Block(_)) => {
            let name = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
            let children = |node: &Node| -> Vec<(String, Node)> {
                node.entries().iter().map(|(key, child)| (name(&key.text), child.clone())).collect()
            };
            compare_children(&children(old), &children(new), changes);
        }
        (Is::List(_), Is::List(_)) => compare_children(&labelled(old, path), &labelled(new, path), changes),
        _ => {
            let (was, now) = (in_words(old), in_words(new));
            if !same(&was, &now) {
                changes.push(Change { path: path.to_owned(), kind: ChangeKind::Changed { was, now } });
            }
        }
    }
}

fn compare_children(old: &[(String, Node)], new: &[(String, Node)], changes: &mut Vec<Change>) {
    let (old, new) = (numbered(old), numbered(new));
    let held: BTreeMap<Place<'_>, &Node> = old.iter().copied().collect();
    let kept: BTreeSet<Place<'_>> = new.iter().map(|(place, _)| *place).collect();
    for ((path, _), was) in old.iter().filter(|(place, _)| !kept.contains(place)) {
        changes.push(Change { path: (*path).to_owned(), kind: ChangeKind::Removed { was: in_words(was) } });
    }
    for (place, now) in &new {
        let path = place.0;
        match held.get(place) {
            Some(was) => compare(was, now, path, changes),
            None => changes.push(Change { path: path.to_owned(), kind: ChangeKind::Added { now: in_words(now) } }),
        }
    }
}

/// A path, and which of those that share it.
type Place<'p> = (&'p str, usize);

fn numbered(all: &[(String, Node)]) -> Vec<(Place<'_>, &Node)> {
    let mut seen = BTreeMap::new();
    let number = |(path, node)| {
        let times: &mut usize = seen.entry(path).or_default();
        *times += 1;
        ((path, *times), node)
    };
    all.iter().map(|(path, node)| (path.as_str(), node)).map(number).collect()
}

/// The items of a list under names that survive insertions: their beginning, their text, or their place.
fn labelled(list: &Node, path: &str) -> Vec<(String, Node)> {
    let label = |at: usize, item: &Node| {
        let begins = ["from", "at"].into_iter().find_map(|key| Some((key, item.get(key)?.text()?)));
        match (begins, item.text()) {
            (Some((key, value)), _) => {
                // Equal numbers are one place, however they are spelt.
                let value = value.parse::<Scaled>().map_or_else(|_| value.to_owned(), |number| number.to_string());
                format!("{path}[{key} {value}]")
            }
            (None, Some(text)) => format!("{path}[{text}]"),
            (None, None) => format!("{path}[{at}]"),
        }
    };
    list.items().iter().enumerate().map(|(at, item)| (label(at, item), item.clone())).collect()
}

fn same(was: &str, now: &str) -> bool {
    was == now || number(was).is_some_and(|number_was| number(now) == Some(number_was))
}

fn in_words(node: &Node) -> String {
    match &node.is {
        Is::Scalar { .. } => node.text().unwrap_or("nothing").to_owned(),
        Is::List(items) => items.iter().map(in_words).collect::<Vec<_>>().join("; "),
        Is::Block(entries) => {
            let entries = entries.iter().map(|(key, value)| match &value.is {
                Is::Scalar { .. } => format!("{} {}", key.text, in_words(value)),
                _ => format!("{} ({})", key.text, in_words(value)),
            });
            entries.collect::<Vec<_>>().join(", ")
        }
    }
}
