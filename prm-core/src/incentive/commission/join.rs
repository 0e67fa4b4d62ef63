//! Payments and lines brought together by document.
//!
//! Both are sorted by hash instead of being looked up in a table: one of a million documents lies all over memory, and the
//! processor would wait for each of them.

use std::hash::BuildHasher as _;

use rustc_hash::{FxBuildHasher, FxHashMap};

use super::Payment;
use super::take::{NONE, place};
use crate::id::{DocumentId, SourceId};
use crate::incentive::line::SaleLine;

fn hash(document: &DocumentId) -> u64 {
    FxBuildHasher.hash_one(document.as_str())
}

/// A document that was paid.
#[derive(Debug, Clone, Copy)]
struct Group<'b> {
    hash: u64,
    document: &'b DocumentId,
    /// Where its payments begin and end.
    begin: u32,
    end: u32,
    /// Its place among those that have lines: the first, if it has lines of several sources.
    place: u32,
}

/// The source of a line, where lines come from several.
pub(super) type Source<'b> = Option<&'b SourceId>;

/// Payments by document, and the documents that have lines, numbered in the order of lines.
pub(super) struct Join<'b> {
    payments: Vec<(u64, &'b Payment)>,
    groups: Vec<Group<'b>>,
    /// For each line the place of its document.
    pub(super) of_lines: Vec<u32>,
    /// The payments of each place, as groups, and the source of its lines.
    places: Vec<(u32, Source<'b>)>,
    /// The further places of groups with lines of several sources.
    others: FxHashMap<(u32, Source<'b>), u32>,
}

impl<'b> Join<'b> {
    pub(super) fn new(
        payments: impl Iterator<Item = &'b Payment>,
        lines: &[&SaleLine],
        sources: impl Iterator<Item = Source<'b>>,
    ) -> Self {
        let mut payments: Vec<(u64, &Payment)> = payments.map(|payment| (hash(&payment.document), payment)).collect();
        // Different documents of one hash are rare, but would be taken for one.
        payments.sort_unstable_by(|(a, one), (b, other)| a.cmp(b).then_with(|| one.document.cmp(&other.document)));
        let mut groups: Vec<Group<'b>> = Vec::with_capacity(payments.len());
        let mut begin = 0;
        for run in payments.chunk_by(|(a, one), (b, other)| a == b && one.document == other.document) {
            let end = begin + run.len();
            if let Some((hash, Payment { document, .. })) = run.first() {
                groups.push(Group { hash: *hash, document, begin: place(begin), end: place(end), place: NONE });
            }
            begin = end;
        }
        let (of_lines, places) = (vec![NONE; lines.len()], Vec::new());
        let mut join = Self { payments, groups, of_lines, places, others: FxHashMap::default() };
        if !join.groups.is_empty() {
            join.find(lines, sources);
        }
        join
    }

    fn find(&mut self, lines: &[&SaleLine], sources: impl Iterator<Item = Source<'b>>) {
        let mut hashed: Vec<(u64, u32)> = lines.iter().map(|line| hash(&line.key.document)).zip(0..).collect();
        hashed.sort_unstable();
        let mut at = 0;
        for (hash, line) in hashed {
            while self.groups.get(at).is_some_and(|group| group.hash < hash) {
                at += 1;
            }
            let is_alike = self.groups.get(at).is_some_and(|group| group.hash == hash);
            if let Some(of) = self.of_lines.get_mut(line as usize).filter(|_| is_alike) {
                *of = place(at);
            }
        }
        // What follows goes through the lines: so do its documents. Only now is looked at what they are called: lines are in
        // memory as they come, and by hash they are all over it.
        for ((of, line), source) in self.of_lines.iter_mut().zip(lines).zip(sources) {
            let from = std::mem::replace(of, NONE);
            let groups = self.groups.get_mut(from as usize..).unwrap_or_default();
            let of_hash = groups.first().map(|group| group.hash);
            let mut alike = groups.iter_mut().zip(from..).take_while(|(group, _)| Some(group.hash) == of_hash);
            let Some((group, at)) = alike.find(|(group, _)| *group.document == line.key.document) else { continue };
            let own = self.places.get(group.place as usize);
            if own.is_some_and(|(_, known)| *known == source) {
                *of = group.place;
                continue;
            }
            let paid = self.payments.get(group.begin as usize..group.end as usize).unwrap_or_default();
            if source.is_some() && !paid.iter().any(|(_, payment)| payment.is_for(source)) {
                continue;
            }
            let next = place(self.places.len());
            *of = if own.is_none() { next } else { *self.others.entry((at, source)).or_insert(next) };
            if *of == next {
                group.place = group.place.min(next);
                self.places.push((at, source));
            }
        }
    }

    /// The groups of a hash, from a place on, with their places.
    fn alike(&self, from: usize, hash: u64) -> impl Iterator<Item = (usize, &Group<'b>)> {
        let groups = self.groups.get(from..).unwrap_or_default();
        (from..).zip(groups).take_while(move |(_, group)| group.hash == hash)
    }

    /// The payments of each document that has lines, in the order of places.
    pub(super) fn documents(&self) -> impl Iterator<Item = impl Iterator<Item = &'b Payment>> {
        self.places.iter().map(|(group, source)| {
            let group = self.groups.get(*group as usize);
            let of = group.and_then(|group| self.payments.get(group.begin as usize..group.end as usize));
            of.unwrap_or_default().iter().map(|(_, payment)| *payment).filter(|payment| payment.is_for(*source))
        })
    }

    /// The place of a document of a source.
    pub(super) fn place_of(&self, document: &DocumentId, source: Source<'b>) -> Option<u32> {
        let hash = hash(document);
        let from = self.groups.partition_point(|group| group.hash < hash);
        let (at, group) = self.alike(from, hash).find(|(_, group)| group.document == document)?;
        let (_, known) = self.places.get(group.place as usize)?;
        if *known == source { Some(group.place) } else { self.others.get(&(place(at), source)).copied() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::incentive::line::{LineKey, LineKind};
    use crate::scaled::Scaled;

    #[test]
    fn every_line_finds_the_payments_of_its_document() {
        let payment = |document: &str, amount: i128| {
            let on = "2025-02-01".parse().unwrap();
            Payment::new(document.parse().unwrap(), on, Scaled::new(amount, 0))
        };
        let line = |document: &str| {
            let key = LineKey { document: document.parse().unwrap(), line: None };
            SaleLine::new(key, LineKind::Sale, "sku".parse().unwrap(), "USD".parse().unwrap())
        };
        let payments = [payment("D2", 1), payment("D1", 2), payment("D9", 3), payment("D2", 4)];
        let lines = ["D1", "D3", "D2", "D1"].map(line);
        let lines: Vec<&SaleLine> = lines.iter().collect();
        let join = Join::new(payments.iter(), &lines, std::iter::repeat(None));
        // Numbered in the order of lines; what has no line has no place.
        assert_eq!(join.of_lines, [0, NONE, 1, 0]);
        let mut sums: Vec<Vec<i128>> =
            join.documents().map(|payments| payments.map(|payment| payment.amount.units()).collect()).collect();
        sums.iter_mut().for_each(|amounts| amounts.sort_unstable());
        assert_eq!(sums, [vec![2], vec![1, 4]]);
        let place = |document: &str| join.place_of(&document.parse().unwrap(), None);
        assert_eq!([place("D2"), place("D9"), place("D3")], [Some(1), None, None]);
        assert!(Join::new([].iter(), &lines, std::iter::repeat(None)).of_lines.iter().all(|of| *of == NONE));
        // Of two sources each has its own; what names no source is paid for both.
        let sources = ["erp", "shop"].map(|source| source.parse::<SourceId>().unwrap());
        let of_lines = [0, 1, 1, 1].map(|at: usize| sources.get(at));
        let only = [payment("D1", 5).of_source(sources[0].clone())];
        assert_eq!(Join::new(only.iter(), &lines, of_lines.into_iter()).of_lines, [0, NONE, NONE, NONE]);
        let own = [payment("D1", 5).of_source(sources[0].clone()), payment("D1", 6).of_source(sources[1].clone())];
        let payments: Vec<Payment> = own.into_iter().chain([payment("D1", 7)]).collect();
        let join = Join::new(payments.iter(), &lines, of_lines.into_iter());
        assert_eq!(join.of_lines, [0, NONE, NONE, 1]);
        let mut sums: Vec<Vec<i128>> =
            join.documents().map(|payments| payments.map(|payment| payment.amount.units()).collect()).collect();
        sums.iter_mut().for_each(|amounts| amounts.sort_unstable());
        assert_eq!(sums, [vec![5, 7], vec![6, 7]]);
        assert_eq!(join.place_of(&"D1".parse().unwrap(), sources.get(1)), Some(1));
        assert_eq!(join.place_of(&"D1".parse().unwrap(), None), None);
    }
}
