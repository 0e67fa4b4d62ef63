//! Keys: hashes by which accounts that may be the same find one another.
//!
//! A key depends on its account, [`KEY_VERSION`] and the shipped word table alone, never on other accounts, so stored
//! keys stay right as accounts come and go. An account is stored under its [`record_keys`]; candidates are the accounts
//! stored under one of its [`query_keys`], which hold a few more: typing errors change the length of a word.
//!
//! | family | value | per account |
//! | --- | --- | --- |
//! | text | the two rarest words, the first two in one, all in one, the domain's label, initials of four and more | about 4 |
//! | pair | pairs of the three rarest words | 2 |
//! | head, tail | the first and the last half of the rarest word, with its length | 1.5 |
//! | sound | the consonants of all words in one, and of the rarest one | 1.5 |
//! | acronym | three initials, or a word of three letters, in a country | 0.3 |
//! | link | its own id and those of its parents, apart from the others: [`link_keys`] | 1 |
//! | phone, tax, duns | the last nine digits; letters and digits | 1 |

use super::Account;
use super::edit::distance;
use super::fold;
use super::profile::{Name, Profile, Token};
use super::word::{Class, hash, mix, sense_of};

/// The version of the scheme. Stored keys of another version have to be made anew.
pub const KEY_VERSION: u16 = 1;

/// Blocks with more accounts than this are passed over: a key that so many share says nothing.
pub const BLOCK_MAX: usize = 300;

/// The least weight at which one word alone is a key: about one name in 400.
const RARE: u32 = 6_000;

#[derive(Debug, Clone, Copy)]
enum Family {
    Text = 1,
    Pair = 2,
    Head = 3,
    Tail = 4,
    Sound = 5,
    Acronym = 6,
    Phone = 7,
    Tax = 8,
    Duns = 9,
    Link = 10,
}

fn key(family: Family, value: u64) -> u64 {
    mix(value ^ mix(u64::from(KEY_VERSION) << 8 | family as u64))
}

/// Keys in the making.
struct Keys<'a> {
    profile: &'a Profile,
    plain: Vec<u64>,
    typing: Vec<Typing<'a>>,
}

/// A key for typing errors, and the word that it is of.
pub(crate) type Typing<'a> = (u64, &'a Token);

/// The keys under which an account is stored, sorted, each once.
///
/// ```
/// use prm_core::account::keys::{query_keys, record_keys};
/// use prm_core::account::{Account, AccountFacts, Profile};
/// let of = |name: &str| -> Result<Profile, Box<dyn std::error::Error>> {
///     Ok(Profile::new(&Account::new(AccountFacts::new("a".parse()?, name))?))
/// };
/// let (held, asked) = (of("Weyland-Yutani Corp.")?, of("Weiland Yutani")?);
/// let stored = record_keys(&held);
/// assert!(query_keys(&asked).all().iter().any(|key| stored.contains(key)));
/// assert!(stored.iter().any(|key| query_keys(&asked).brings(*key, &held)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn record_keys(profile: &Profile) -> Vec<u64> {
    let mut keys = Keys { profile, plain: Vec::with_capacity(12), typing: Vec::with_capacity(2) };
    keys.fill(false);
    keys.plain.extend(keys.typing.iter().map(|(key, _)| *key));
    sorted(keys.plain)
}

/// The same keys, each with the word that it is half of, where that is the one rarest word of the account's one name: a
/// store that keeps it passes over most of what half a word brings ([`QueryKeys::may_bring`]) without reading the account.
#[must_use]
pub fn record_keys_with_words(profile: &Profile) -> Vec<(u64, Option<&str>)> {
    let mut keys = Keys { profile, plain: Vec::with_capacity(12), typing: Vec::with_capacity(2) };
    keys.fill(false);
    let one_name = profile.names().len() == 1;
    let halves: Vec<_> = keys.typing.iter().map(|(key, word)| (*key, Some(profile.light(word)))).collect();
    let all = keys.plain.into_iter().map(|key| (key, None));
    let mut all: Vec<(u64, Option<&str>)> =
        all.chain(halves.into_iter().map(|(key, word)| (key, word.filter(|_| one_name)))).collect();
    // A key that is both stands without a word: it brings the account whatever its rarest word is.
    all.sort_unstable();
    all.dedup_by_key(|(key, _)| *key);
    all
}

/// The keys by which an account finds itself and its kin, sorted, each once: accounts of which one is above the other, or
/// which have a parent in common, share one. They are stored beside the [`record_keys`], and say nothing of likeness.
///
/// ```
/// use prm_core::account::keys::link_keys;
/// use prm_core::account::{Account, AccountFacts};
/// let of = |id: &str, parents: &[&str]| -> Result<Account, Box<dyn std::error::Error>> {
///     let mut facts = AccountFacts::new(id.parse()?, "Contoso");
///     facts.parents = parents.iter().map(|id| id.parse()).collect::<Result<_, _>>()?;
///     Ok(Account::new(facts)?)
/// };
/// let share = |a: &Account, b: &Account| link_keys(a).iter().any(|key| link_keys(b).contains(key));
/// let (holding, one, other) = (of("h", &[])?, of("1", &["h"])?, of("2", &["h"])?);
/// assert!(share(&holding, &one) && share(&one, &other) && share(&one, &one));
/// assert!(!share(&one, &of("3", &["g"])?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn link_keys(account: &Account) -> Vec<u64> {
    let facts = account.facts();
    let ids = std::iter::once(&facts.id).chain(&facts.parents);
    sorted(ids.map(|id| key(Family::Link, hash(id.as_str().as_bytes()))).collect())
}

/// The keys of a query, as [`query_keys`] makes them.
#[derive(Debug, Clone)]
pub struct QueryKeys<'a> {
    profile: &'a Profile,
    pub(crate) plain: Vec<u64>,
    pub(crate) typing: Vec<Typing<'a>>,
}

impl QueryKeys<'_> {
    /// All keys to look up, sorted, each once.
    #[must_use]
    pub fn all(&self) -> Vec<u64> {
        sorted(self.plain.iter().copied().chain(self.typing.iter().map(|(key, _)| *key)).collect())
    }

    /// Whether an account can be a candidate that is stored under one of the keys, with a word or without.
    #[must_use]
    pub fn may_bring(&self, key: u64, word: Option<&str>) -> bool {
        let Some(word) = word.filter(|_| self.plain.binary_search(&key).is_err()) else { return true };
        let near = |of: &Token| distance(self.profile.light(of).as_bytes(), word.as_bytes(), errors(of)).is_some();
        self.typing.iter().any(|(of, token)| *of == key && near(token))
    }

    /// Whether an account that is stored under one of the keys is a candidate: those of halves of words bring only
    /// accounts whose rarest word is that word, a few letters off.
    #[must_use]
    pub fn brings(&self, key: u64, held: &Profile) -> bool {
        self.plain.binary_search(&key).is_ok()
            || self.typing.iter().any(|(of, word)| *of == key && mistyped(self.profile, word, held))
    }
}

/// The keys by which candidates are looked for.
#[must_use]
pub fn query_keys(profile: &Profile) -> QueryKeys<'_> {
    let mut keys = Keys { profile, plain: Vec::with_capacity(16), typing: Vec::with_capacity(12) };
    keys.fill(true);
    QueryKeys { profile, plain: sorted(keys.plain), typing: keys.typing }
}

/// How many letters a word may have that another has not, and the other way.
pub(crate) fn differing(word: &Token) -> u32 {
    2 + u32::from(word.length >= 9)
}

/// How many errors are looked for in a word.
pub(crate) fn errors(word: &Token) -> usize {
    1 + usize::from(word.length >= 9)
}

/// Whether a rare word of the query is the rarest of a name of the candidate, a few letters off.
pub(crate) fn mistyped(query: &Profile, word: &Token, held: &Profile) -> bool {
    let near = |other: &Token| {
        (word.letters ^ other.letters).count_ones() <= differing(word)
            && distance(query.light(word).as_bytes(), held.light(other).as_bytes(), errors(word)).is_some()
    };
    held.names().iter().any(|name| rarest(held, name).next().is_some_and(near))
}

fn sorted(mut keys: Vec<u64>) -> Vec<u64> {
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// The core words of a name, the rarest first, three at most.
pub(crate) fn rarest<'a>(profile: &'a Profile, name: &Name) -> impl Iterator<Item = &'a Token> + use<'a> {
    let mut found: [Option<&Token>; 3] = [None; 3];
    let order = |token: &Token| (token.weight, token.length, token.sense);
    for token in profile.tokens(name).iter().filter(|token| token.class == Class::Core) {
        let mut token = Some(token);
        for place in &mut found {
            if place.is_some_and(|held| token.is_some_and(|token| held.sense == token.sense)) {
                break;
            }
            if place.map(order) < token.map(order) {
                std::mem::swap(place, &mut token);
            }
        }
    }
    found.into_iter().flatten()
}

impl<'a> Keys<'a> {
    fn add(&mut self, family: Family, value: u64) {
        self.plain.push(key(family, value));
    }

    fn fill(&mut self, query: bool) {
        let profile = self.profile;
        for name in profile.names() {
            self.name(name, query);
        }
        for domain in profile.domains() {
            self.add(Family::Text, domain.label);
            self.acronym(profile.label(domain));
        }
        for (family, value) in
            [(Family::Phone, profile.phone), (Family::Tax, profile.tax_id), (Family::Duns, profile.duns)]
        {
            if value != 0 {
                self.add(family, value);
            }
        }
    }

    fn name(&mut self, name: &Name, query: bool) {
        let profile = self.profile;
        let joined = profile.joined(name);
        self.add(Family::Text, sense_of(joined));
        let mut rare = [None; 3];
        rare.iter_mut().zip(rarest(profile, name)).for_each(|(place, token)| *place = Some(token));
        let [first, second, third] = rare;
        for token in [first, second].into_iter().flatten().filter(|token| token.weight >= RARE && token.length > 1) {
            self.add(Family::Text, token.sense);
        }
        for pair in [(first, second), (first, third), (second, third)] {
            if let (Some(a), Some(b)) = pair {
                self.add(Family::Pair, mix(a.sense.min(b.sense)) ^ a.sense.max(b.sense));
            }
        }
        let mut cores = profile.tokens(name).iter().filter(|token| token.class == Class::Core);
        if let (Some(a), Some(b), Some(_)) = (cores.next(), cores.next(), cores.next()) {
            let two = format!("{}{}", profile.light(a), profile.light(b));
            if two.len() >= 5 {
                self.add(Family::Text, sense_of(&two));
            }
        }
        let sound = fold::skeleton(joined);
        if sound.len() >= 4 {
            self.add(Family::Sound, hash(sound.as_bytes()));
        }
        if let Some(token) = first.filter(|token| name.cores > 1 && token.weight >= RARE) {
            let sound = fold::skeleton(profile.light(token));
            if sound.len() >= 4 {
                self.add(Family::Sound, hash(sound.as_bytes()));
            }
        }
        if name.cores == 1 {
            self.acronym(joined);
        }
        let initials = profile.initials(name);
        self.initials(initials);
        let all = profile.all_initials(name);
        if all != initials {
            self.initials(all);
        }
        for token in [first, second.filter(|_| query)].into_iter().flatten() {
            self.halves(token, query);
        }
    }

    fn initials(&mut self, initials: &str) {
        if initials.len() == 3 {
            self.acronym(initials);
        } else if (4..=8).contains(&initials.len()) {
            self.add(Family::Text, sense_of(initials));
        }
    }

    /// A text of three letters that may be an acronym.
    fn acronym(&mut self, text: &str) {
        if text.len() == 3 {
            let [a, b] = self.profile.country;
            self.add(Family::Acronym, hash(text.as_bytes()) ^ u64::from(a) << 8 ^ u64::from(b));
        }
    }

    /// The halves of a word: one error leaves one of them as it was.
    fn halves(&mut self, token: &'a Token, query: bool) {
        let profile = self.profile;
        let word = profile.light(token);
        let length = word.len();
        if length < 5 || !word.is_ascii() || word.bytes().any(|byte| byte.is_ascii_digit()) {
            return;
        }
        let lengths = if query { length - 1..=length + 1 } else { length..=length };
        for of in lengths.filter(|of| *of >= 5) {
            let half = of / 2;
            let value = |part: &str| mix(hash(part.as_bytes()) ^ u64::try_from(of).unwrap_or(0));
            if let Some(head) = word.get(..half) {
                self.typing.push((key(Family::Head, value(head)), token));
            }
            if let Some(tail) = length.checked_sub(of - half).and_then(|start| word.get(start..)) {
                self.typing.push((key(Family::Tail, value(tail)), token));
            }
        }
    }
}
