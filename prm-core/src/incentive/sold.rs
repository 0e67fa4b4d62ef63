//! Single sales: the lines that count in a measure, and those that take one of them back.

use std::hash::BuildHasher as _;

use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};

use super::fold::Share;
use super::line::{LineKey, SaleLine};
use crate::id::SourceId;

/// A line that counts, with what it adds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counted<'b> {
    pub(super) line: &'b SaleLine,
    /// Its source, where lines come from several.
    pub(super) source: Option<&'b SourceId>,
    /// Its place among all lines.
    pub(super) at: usize,
    pub(super) share: &'b Share,
    /// All that the line adds, to other measures too.
    pub(super) shares: &'b [Share],
}

/// The lines that count, in the order in which they were folded.
#[derive(Debug, Default)]
pub(super) struct Sold<'b> {
    /// Sales, and what stands below zero without naming one.
    pub(super) sales: Vec<Counted<'b>>,
    /// What takes a sale back, with the place of that sale; none where it is not among them, is not the only line of its
    /// key, or is of another partner or product.
    pub(super) back: Vec<(Counted<'b>, Option<usize>)>,
}

/// The source of each line, where that is known.
pub(super) fn each_source<'b>(sources: Option<&[&'b SourceId]>) -> impl Iterator<Item = Option<&'b SourceId>> {
    sources.unwrap_or_default().iter().copied().map(Some).chain(std::iter::repeat(None))
}

/// The lines whose shares are wanted, each as often as it has one.
pub(super) fn sold<'b>(
    lines: &[&'b SaleLine],
    sources: Option<&[&'b SourceId]>,
    shares: &'b [Vec<Share>],
    is_wanted: impl Fn(&Share) -> bool,
) -> Sold<'b> {
    let mut sold = Sold::default();
    for (at, ((line, shares), source)) in lines.iter().zip(shares).zip(each_source(sources)).enumerate() {
        for share in shares.iter().filter(|share| is_wanted(share)) {
            let one = Counted { line, source, at, share, shares };
            // What is billed anew is a sale, although it names the one that it replaces.
            let takes_back = line.reverses.is_some() && share.amount.is_negative();
            if takes_back { sold.back.push((one, None)) } else { sold.sales.push(one) }
        }
    }
    sold.find();
    sold
}

impl Sold<'_> {
    /// Finds the sale that each line takes back. Only keys that are named are looked at: they are few.
    fn find(&mut self) {
        let hash = |key: &LineKey| FxBuildHasher.hash_one(key);
        let named: FxHashSet<u64> =
            self.back.iter().filter_map(|(one, _)| one.line.reverses.as_ref()).map(hash).collect();
        if named.is_empty() {
            return;
        }
        // The place of each key; none where several lines have it.
        let mut places: FxHashMap<(Option<&SourceId>, &LineKey), Option<usize>> = FxHashMap::default();
        for (place, sale) in self.sales.iter().enumerate() {
            if named.contains(&hash(&sale.line.key)) {
                places.entry((sale.source, &sale.line.key)).and_modify(|known| *known = None).or_insert(Some(place));
            }
        }
        for (one, of) in &mut self.back {
            let place = one.line.reverses.as_ref().and_then(|key| places.get(&(one.source, key)).copied().flatten());
            *of = place.filter(|place| {
                let sale = self.sales.get(*place);
                sale.is_some_and(|sale| sale.share.partner == one.share.partner && sale.line.sku == one.line.sku)
            });
        }
    }
}
