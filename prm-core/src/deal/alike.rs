//! Which accounts count as the one of a registration: those that are like it, and those that are joined to it by one that
//! the vendor knows.
//!
//! Two partners may call an account by names that have nothing in common. If the vendor knows an account by both, as name
//! and alias, both registrations are for it, and so for one another. What only a registration told joins nobody: its
//! spelling is a partner's, and likeness that is passed on from one to the next would end anywhere.

use std::collections::BTreeMap;

use super::facts::{FoundAccount, Likeness, Matched};
use crate::account::Account;
use crate::id::AccountId;

/// The most of the vendor's accounts that join others to one; more are hardly one account.
const SOURCES_MAX: usize = 5;

/// The accounts that were found for one, each with the closest likeness that was seen.
#[derive(Debug, Clone, Default)]
pub struct Alike(BTreeMap<AccountId, FoundAccount>);

impl Alike {
    /// Adds what was found for the account itself: what it finds by itself stays before what is joined to it.
    pub fn add(&mut self, found: FoundAccount) {
        let held = self.0.entry(found.known.account.id().clone()).or_insert_with(|| found.clone());
        if closeness(&found.matched) < closeness(&held.matched) {
            *held = found;
        }
    }

    /// Adds what was found for another account, which is so like this one.
    pub fn add_through(&mut self, (source, by): (&Account, &Matched), found: FoundAccount) {
        let likeness = match (by.likeness, found.matched.likeness) {
            (Likeness::Same, likeness) => likeness,
            (Likeness::Related, Likeness::Same) => Likeness::Related,
            _ => return,
        };
        let relation = found.matched.relation.or(by.relation);
        let matched = Matched { likeness, relation, by: Some(source.id().clone()), score: found.matched.score };
        self.add(FoundAccount { matched, ..found });
    }

    /// The vendor's accounts that are so like it, the most like first: what is like them, or joined to them, counts too.
    #[must_use]
    pub fn sources(&self, likeness: Likeness) -> Vec<(Account, Matched)> {
        let of = |found: &&FoundAccount| !found.known.by_registration && found.matched.likeness == likeness;
        let mut sources: Vec<_> =
            self.0.values().filter(of).map(|found| (found.known.account.clone(), found.matched.clone())).collect();
        sources.sort_by(|(a, x), (b, y)| y.score.cmp(&x.score).then_with(|| a.id().cmp(b.id())));
        sources.truncate(SOURCES_MAX);
        sources
    }

    /// All that were found, by id.
    #[must_use]
    pub fn into_found(self) -> Vec<FoundAccount> {
        self.0.into_values().collect()
    }
}

/// The closer, the less.
fn closeness(matched: &Matched) -> (Likeness, bool, i64, Option<&AccountId>) {
    (matched.likeness, matched.by.is_some(), -i64::from(matched.score), matched.by.as_ref())
}
