//! Accounts in memory, found by their keys: the same answers as a table of keys would give.

use rustc_hash::FxHashMap;

use super::align::Scratch;
use super::edit::distance;
use super::keys::{BLOCK_MAX, QueryKeys, differing, errors, mistyped, query_keys, rarest, record_keys};
use super::profile::Profile;
use super::score::{Thresholds, Verdict, best};
use super::{Account, Relation};
use crate::id::AccountId;

/// An account that was found for another.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Match {
    /// Its id.
    pub id: AccountId,
    /// The score, in thousandths of log-odds.
    pub score: i32,
    /// The verdict among the accounts of the index.
    pub verdict: Verdict,
}

/// The accounts under one key: one of them, or the place of a list.
#[derive(Debug, Clone, Copy)]
enum Block {
    One(u32),
    Many(u32),
}

/// An account that is kept.
#[derive(Debug, Clone)]
struct Held {
    id: AccountId,
    profile: Profile,
    parents: Box<[AccountId]>,
}

/// Buffers of a search, to be used again: a search with the same ones allocates next to nothing.
#[derive(Debug, Clone, Default)]
pub struct Search {
    slots: Vec<u32>,
    typing: Vec<(u32, usize)>,
    scratch: Scratch,
    found: Vec<(i32, u32)>,
}

/// Accounts by their keys.
///
/// ```
/// use prm_core::account::{Account, AccountFacts, Index, Verdict};
/// let of = |id: &str, name: &str| -> Result<Account, Box<dyn std::error::Error>> {
///     Ok(Account::new(AccountFacts::new(id.parse()?, name))?)
/// };
/// let mut index = Index::new();
/// index.insert(&of("1", "Weyland-Yutani Corporation")?);
/// index.insert(&of("2", "Cyberdyne Systems")?);
/// let found = index.matches(&of("3", "Weyland Yutani")?, 5);
/// assert_eq!(found[0].id.as_str(), "1");
/// assert_eq!(found[0].verdict, Verdict::Same);
/// assert!(index.matches(&of("4", "Soylent")?, 5).is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Index {
    held: Vec<Option<Held>>,
    /// The letters of the rarest word of each slot, which spare a look at most of what half a word brings.
    marks: Vec<u64>,
    /// That word, which spares a look at the profile.
    words: Vec<Rare>,
    free: Vec<u32>,
    places: FxHashMap<AccountId, u32>,
    blocks: FxHashMap<u64, Block>,
    lists: Vec<Vec<u32>>,
    free_lists: Vec<u32>,
}

fn at(slot: u32) -> usize {
    usize::try_from(slot).unwrap_or(usize::MAX)
}

impl Index {
    /// An index without accounts.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many accounts it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Adds an account, in place of one with the same id if there is one.
    pub fn insert(&mut self, account: &Account) {
        self.insert_profile(account, Profile::new(account));
    }

    /// The same with a profile that was made before, from the same account.
    pub fn insert_profile(&mut self, account: &Account, profile: Profile) {
        self.remove(account.id());
        let keys = record_keys(&profile);
        let (mark, word) = mark(&profile);
        let held = Held { id: account.id().clone(), profile, parents: account.facts().parents.clone().into() };
        let slot = match self.free.pop() {
            Some(slot) => slot,
            None => {
                let slot = u32::try_from(self.held.len()).unwrap_or(u32::MAX);
                self.held.push(None);
                self.marks.push(0);
                self.words.push(Rare::default());
                slot
            }
        };
        if let Some(place) = self.held.get_mut(at(slot)) {
            *place = Some(held);
            self.marks.get_mut(at(slot)).into_iter().for_each(|place| *place = mark);
            self.words.get_mut(at(slot)).into_iter().for_each(|place| *place = word);
            self.places.insert(account.id().clone(), slot);
            for key in keys {
                self.block(key, slot);
            }
        }
    }

    fn block(&mut self, key: u64, slot: u32) {
        match self.blocks.get(&key).copied() {
            None => {
                self.blocks.insert(key, Block::One(slot));
            }
            Some(Block::One(first)) => {
                let list = self.free_lists.pop().unwrap_or_else(|| {
                    self.lists.push(Vec::new());
                    u32::try_from(self.lists.len() - 1).unwrap_or(u32::MAX)
                });
                if let Some(slots) = self.lists.get_mut(at(list)) {
                    slots.extend([first, slot]);
                    self.blocks.insert(key, Block::Many(list));
                }
            }
            Some(Block::Many(list)) => self.lists.get_mut(at(list)).into_iter().for_each(|slots| slots.push(slot)),
        }
    }

    /// Takes an account out; whether it was there.
    pub fn remove(&mut self, id: &AccountId) -> bool {
        let Some(slot) = self.places.remove(id) else { return false };
        let Some(held) = self.held.get_mut(at(slot)).and_then(Option::take) else { return false };
        for key in record_keys(&held.profile) {
            match self.blocks.get(&key).copied() {
                Some(Block::One(_)) => {
                    self.blocks.remove(&key);
                }
                Some(Block::Many(list)) => {
                    let Some(slots) = self.lists.get_mut(at(list)) else { continue };
                    slots.retain(|held| *held != slot);
                    if let [last] = slots.as_slice() {
                        self.blocks.insert(key, Block::One(*last));
                        slots.clear();
                        self.free_lists.push(list);
                    }
                }
                None => {}
            }
        }
        self.free.push(slot);
        true
    }

    fn held(&self, slot: u32) -> Option<&Held> {
        self.held.get(at(slot))?.as_ref()
    }

    /// The slots under a key, unless there are too many.
    fn under(&self, key: u64) -> &[u32] {
        match self.blocks.get(&key) {
            Some(Block::One(slot)) => std::slice::from_ref(slot),
            Some(Block::Many(list)) => {
                self.lists.get(at(*list)).filter(|block| block.len() <= BLOCK_MAX).map_or(&[], Vec::as_slice)
            }
            None => &[],
        }
    }

    /// Fills the search with the slots of all candidates.
    fn gather(&self, profile: &Profile, search: &mut Search) {
        let QueryKeys { plain, typing, .. } = query_keys(profile);
        search.slots.clear();
        for key in plain {
            search.slots.extend(self.under(key));
        }
        search.typing.clear();
        for (at_word, (key, word)) in typing.iter().enumerate() {
            for slot in self.under(*key) {
                let mark = self.marks.get(at(*slot)).copied().unwrap_or(ANY);
                if mark == ANY || (word.letters ^ mark).count_ones() <= differing(word) {
                    search.typing.push((*slot, at_word));
                }
            }
        }
        for (slot, at_word) in &search.typing {
            let (Some((_, word)), Some(rare)) = (typing.get(*at_word), self.words.get(at(*slot))) else { continue };
            let found = match rare.text() {
                Some(text) => distance(profile.light(word).as_bytes(), text, errors(word)).is_some(),
                None => self.held(*slot).is_some_and(|held| mistyped(profile, word, &held.profile)),
            };
            if found {
                search.slots.push(*slot);
            }
        }
        search.slots.sort_unstable();
        search.slots.dedup();
    }

    /// The accounts that share a key with another one, by id. Blocks over [`BLOCK_MAX`] are passed over, and what only
    /// half of a word brings has to show the whole of it, a few letters off.
    #[must_use]
    pub fn candidates(&self, profile: &Profile) -> Vec<&AccountId> {
        let mut search = Search::default();
        self.gather(profile, &mut search);
        let mut ids: Vec<&AccountId> =
            search.slots.iter().filter_map(|slot| self.held(*slot)).map(|held| &held.id).collect();
        ids.sort_unstable();
        ids
    }

    /// The profile of an account that is held.
    #[must_use]
    pub fn profile(&self, id: &AccountId) -> Option<&Profile> {
        self.held(*self.places.get(id)?).map(|held| &held.profile)
    }

    /// The accounts that are the same or probably the same, the highest score first, then by id; at most `most`. The
    /// account of the same id is not among them.
    #[must_use]
    pub fn matches(&self, account: &Account, most: usize) -> Vec<Match> {
        let thresholds = Thresholds::for_accounts(self.len());
        let mut found = self.search(&Profile::new(account), thresholds, most.saturating_add(1), &mut Search::default());
        found.retain(|found| found.id != *account.id());
        found.truncate(most);
        found
    }

    /// The same for a profile, with thresholds and buffers of one's own: for screening many at once.
    #[must_use]
    pub fn search(&self, profile: &Profile, by: Thresholds, most: usize, search: &mut Search) -> Vec<Match> {
        self.gather(profile, search);
        search.found.clear();
        // All candidates are touched before the first is compared, so that the processor fetches them side by side.
        let touch = |sum: u64, slot: &u32| self.held(*slot).map_or(sum, |held| sum ^ held.profile.touch());
        std::hint::black_box(search.slots.iter().fold(0, touch));
        for slot in &search.slots {
            let Some(held) = self.held(*slot) else { continue };
            let (score, ..) = best(profile, &held.profile, &mut search.scratch);
            if score >= by.probable {
                search.found.push((score, *slot));
            }
        }
        let id = |slot: u32| self.held(slot).map(|held| &held.id);
        search.found.sort_unstable_by(|(a, x), (b, y)| b.cmp(a).then_with(|| id(*x).cmp(&id(*y))));
        let of = |(score, slot): &(i32, u32)| {
            Some(Match { id: id(*slot)?.clone(), score: *score, verdict: by.verdict(*score) })
        };
        search.found.iter().take(most).filter_map(of).collect()
    }

    /// The accounts that are linked to another by parents, by id, whatever their names.
    #[must_use]
    pub fn related(&self, account: &Account) -> Vec<(AccountId, Relation)> {
        let parents = &account.facts().parents;
        let relation = |held: &Held| {
            if held.id == *account.id() {
                None
            } else if held.parents.contains(account.id()) {
                Some(Relation::Parent)
            } else if parents.contains(&held.id) {
                Some(Relation::Child)
            } else {
                held.parents.iter().any(|parent| parents.contains(parent)).then_some(Relation::Sibling)
            }
        };
        let all = self.held.iter().flatten();
        let mut found: Vec<_> = all.filter_map(|held| Some((held.id.clone(), relation(held)?))).collect();
        found.sort_unstable();
        found
    }
}

/// The mark of an account with several names: any letters.
const ANY: u64 = u64::MAX;

/// A word of at most 23 letters, in place.
#[derive(Debug, Clone, Copy, Default)]
struct Rare {
    letters: [u8; 23],
    /// How many of them count; 0 is a word that does not fit, or several.
    count: u8,
}

impl Rare {
    fn new(text: &str) -> Self {
        let mut rare = Self::default();
        if let Some(place) = rare.letters.get_mut(..text.len()) {
            place.copy_from_slice(text.as_bytes());
            rare.count = u8::try_from(text.len()).unwrap_or(0);
        }
        rare
    }

    fn text(&self) -> Option<&[u8]> {
        self.letters.get(..usize::from(self.count)).filter(|text| !text.is_empty())
    }
}

fn mark(profile: &Profile) -> (u64, Rare) {
    match profile.names() {
        [name] => rarest(profile, name)
            .next()
            .map_or((0, Rare::default()), |word| (word.letters, Rare::new(profile.light(word)))),
        _ => (ANY, Rare::default()),
    }
}
