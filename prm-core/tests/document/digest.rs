//! The digest is of what a document says, not of how it is laid out.

use prm_core::program::Program;
use proptest::prelude::*;
use proptest::test_runner::TestRng;

use super::damage::{Blow, right};
use super::example;
use super::tree::{Scalars, Tree};

fn digest(text: &str) -> Option<String> {
    Program::read(text).ok().map(|program| program.identity().digest.clone())
}

/// Keys of every block in another order.
fn shuffled(tree: &Tree, rng: &mut TestRng) -> Tree {
    match tree {
        Tree::Scalar { .. } => tree.clone(),
        Tree::List(items) => Tree::List(items.iter().map(|item| shuffled(item, rng)).collect()),
        Tree::Block(entries) => {
            let mut entries: Vec<_> = entries.iter().map(|(key, tree)| (key.clone(), shuffled(tree, rng))).collect();
            for last in (1..entries.len()).rev() {
                entries.swap(last, rng.random_range(0..=last));
            }
            Tree::Block(entries)
        }
    }
}

#[test]
fn comments_layout_and_the_json_form_change_nothing() {
    for name in ["ridgeline.yaml", "adventureworks.yaml"] {
        let text = example(name);
        let plain = digest(&text).unwrap();
        let tree = Tree::read(&text).unwrap();
        let json = tree.value(Scalars::Texts);
        let others = [
            text.lines().map(|line| format!("{line}   # remarked\n")).collect(),
            text.replace('\n', "\r\n"),
            format!("---\n{text}\n...\n"),
            tree.write(),
            json.to_string(),
            format!("{json:#}"),
        ];
        for other in others {
            assert_eq!(digest(&other).as_ref(), Some(&plain), "{other}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn the_order_of_keys_changes_nothing(tree in right(), rng in any::<u64>().prop_perturb(|_, rng| rng)) {
        let mut rng = rng;
        let other = shuffled(&tree, &mut rng);
        // The order of incentives is that of statements, so programs may differ; their content does not.
        prop_assert_eq!(digest(&tree.write()), digest(&other.write()));
    }

    #[test]
    fn a_value_changed_changes_the_digest(tree in right(), node in any::<prop::sample::Index>(), number in 1_u32..9_999) {
        let mut other = tree.clone();
        Blow::Scalar(node, super::tree::plain(&number.to_string())).land(&mut other);
        prop_assume!(other.value(Scalars::Texts) != tree.value(Scalars::Texts));
        if let Some(changed) = digest(&other.write()) {
            prop_assert_ne!(Some(changed), digest(&tree.write()));
        }
    }
}

#[test]
fn small_changes_change_the_digest() {
    let text = example("ridgeline.yaml");
    let all: std::collections::BTreeSet<_> = [
        ("", ""),
        ("rate: 1.5 %", "rate: 1.6 %"),
        ("rate: 1.5 %", "rate: 1.50 %"),
        ("[reseller, distributor]", "[distributor, reseller]"),
        ("    cap: { payout: 20000 }\n", ""),
        ("bikes_volume", "bikes_volumes"),
        ("title: Parts rebate", "title: Parts Rebate"),
    ]
    .map(|(from, into)| digest(&text.replacen(from, into, 1)).unwrap())
    .into();
    assert_eq!(all.len(), 7);
}
