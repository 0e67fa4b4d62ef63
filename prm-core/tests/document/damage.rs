//! Damaging a right document in one place.

use proptest::prelude::*;
use proptest::sample::Index;

use super::RIGHT;
use super::tree::{Tree, plain};

/// What a scalar, list or block is replaced by: right somewhere, wrong elsewhere.
const SCALARS: [&str; 62] = [
    "",
    "~",
    "null",
    "true",
    "false",
    "yes",
    "no",
    "0",
    "1",
    "2",
    "9",
    "10",
    "-1",
    "-0",
    "+1",
    "01",
    "1.0",
    "0.5",
    ".5",
    "5.",
    "1e3",
    "0x10",
    "2013",
    "2999",
    "3000",
    "1000000000",
    "1000000001",
    "1 %",
    "0.5%",
    "-1 %",
    "-0 %",
    "+1 %",
    "1 points",
    "1 point",
    "1 percent",
    "% 1",
    "7 days",
    "1 month",
    "36500 days",
    "36501 days",
    "0090 days",
    "7 days ago",
    "90 weeks",
    "7  days  back",
    "2013-07-01",
    "2013-7-1",
    "2013-02-30",
    "0000-01-01",
    "USD",
    "usd",
    "XAU",
    "ZZZ",
    "DEM",
    "UTC",
    "Z",
    "+05:30",
    "-00:00",
    "+24:00",
    "july",
    "marginal",
    "two words",
    "Zoë",
];
const KEYS: [&str; 12] =
    ["rte", "rate", "amount", "from", "until", "shape", "kind", "of", "products", "program", "two words", ""];

#[derive(Debug, Clone)]
pub enum Blow {
    /// Takes an item or key out of a list or block.
    Remove(Index, Index),
    /// Renames a key.
    Rename(Index, Index, usize),
    /// Replaces a scalar.
    Scalar(Index, Tree),
    /// Replaces any node.
    Node(Index, Tree),
}

/// A blow to one node.
pub fn blow() -> impl Strategy<Value = Blow> {
    let scalar = || {
        let of = |(at, plain): (usize, bool)| Tree::Scalar { text: SCALARS[at].to_owned(), plain };
        (0..SCALARS.len(), any::<bool>()).prop_map(of)
    };
    let node = prop_oneof![
        scalar(),
        Just(Tree::List(Vec::new())),
        Just(Tree::Block(Vec::new())),
        Just(Tree::List(vec![plain("1"), plain("2")])),
        Just(Tree::List(vec![Tree::List(vec![plain("1 %")])])),
        Just(Tree::Block(vec![("from".into(), plain("1"))])),
    ];
    let index = any::<Index>;
    prop_oneof![
        2 => (index(), index()).prop_map(|(node, at)| Blow::Remove(node, at)),
        2 => (index(), index(), 0..KEYS.len()).prop_map(|(node, at, key)| Blow::Rename(node, at, key)),
        5 => (index(), scalar()).prop_map(|(node, by)| Blow::Scalar(node, by)),
        2 => (index(), node).prop_map(|(node, by)| Blow::Node(node, by)),
    ]
}

fn pick<'t>(tree: &'t mut Tree, at: &Index, kind: fn(&Tree) -> bool) -> Option<&'t mut Tree> {
    let nodes = tree.count(kind);
    if nodes == 0 { None } else { tree.at(at.index(nodes), kind) }
}

impl Blow {
    /// Lands in a document. No key comes to stand twice: JSON cannot say that.
    pub fn land(&self, tree: &mut Tree) {
        match self {
            Self::Scalar(node, by) => drop(pick(tree, node, Tree::is_scalar).map(|node| *node = by.clone())),
            Self::Node(node, by) => drop(pick(tree, node, |_| true).map(|node| *node = by.clone())),
            Self::Remove(node, at) => match pick(tree, node, |tree| !tree.is_scalar()) {
                Some(Tree::List(items)) if !items.is_empty() => drop(items.remove(at.index(items.len()))),
                Some(Tree::Block(entries)) if !entries.is_empty() => drop(entries.remove(at.index(entries.len()))),
                _ => {}
            },
            Self::Rename(node, at, key) => {
                if let Some(Tree::Block(entries)) = pick(tree, node, is_block)
                    && !entries.is_empty()
                    && entries.iter().all(|(other, _)| other != KEYS[*key])
                {
                    let at = at.index(entries.len());
                    entries[at].0 = KEYS[*key].to_owned();
                }
            }
        }
    }
}

/// A right document.
pub fn right() -> impl Strategy<Value = Tree> {
    prop::sample::select(RIGHT.as_slice())
}

pub fn is_block(tree: &Tree) -> bool {
    matches!(tree, Tree::Block(_))
}
