//! Which words of one name stand for which of another.
//!
//! Words of one sense are taken first; then those that are alike, the best pair first (spelling, abbreviation); then groups:
//! several words written as one, or as their first letters.

use super::edit::{abbreviates, distance};
use super::profile::{Name, Profile, Token};
use super::word::Class;

/// How two words or groups of words were matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum How {
    /// One sense: equal, translated, or a known abbreviation.
    Equal,
    /// A few letters off.
    Spelling,
    /// The same consonants, as when a name went through another script.
    Sound,
    /// Letters left out.
    Abbreviation,
    /// Two words on one side are one on the other.
    Joined,
    /// The first letters of several words.
    Acronym,
}

/// Words that were matched: bits of their places in both names.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pairing {
    pub(crate) how: How,
    pub(crate) a: u32,
    pub(crate) b: u32,
    /// In thousandths.
    pub(crate) quality: u32,
}

/// Buffers of the comparison, to be used again.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scratch {
    pub(crate) pairings: Vec<Pairing>,
    alike: Vec<Pairing>,
}

/// One name and its words.
#[derive(Clone, Copy)]
pub(crate) struct Side<'a> {
    pub(crate) profile: &'a Profile,
    pub(crate) name: &'a Name,
    pub(crate) tokens: &'a [Token],
}

impl<'a> Side<'a> {
    pub(crate) fn new(profile: &'a Profile, name: &'a Name) -> Self {
        Self { profile, name, tokens: profile.tokens(name) }
    }

    /// The core words whose places are not used, with their places.
    pub(crate) fn left(self, used: u32) -> impl Iterator<Item = (u32, &'a Token)> + Clone {
        let places = (0_u32..).zip(self.tokens);
        places.filter(move |(at, token)| used >> at & 1 == 0 && token.class == Class::Core)
    }

    /// The weight of the core words at some places.
    pub(crate) fn weight(self, places: u32) -> u32 {
        let of = (0_u32..).zip(self.tokens).filter(|(at, token)| places >> at & 1 == 1 && token.class == Class::Core);
        of.map(|(_, token)| token.weight).sum()
    }
}

/// The words that one word or several of a name are matched with in the other; the first side's order does not matter to
/// the sums made of it, as sides are put in the order of their prints before.
pub(crate) fn align(a: Side<'_>, b: Side<'_>, scratch: &mut Scratch) -> (u32, u32) {
    scratch.pairings.clear();
    let (mut used_a, mut used_b) = (0_u32, 0_u32);
    for (i, x) in (0_u32..).zip(a.tokens) {
        let found = (0_u32..).zip(b.tokens).find(|(j, y)| used_b >> j & 1 == 0 && x.sense == y.sense);
        if let Some((j, _)) = found {
            used_a |= 1 << i;
            used_b |= 1 << j;
            scratch.pairings.push(Pairing { how: How::Equal, a: 1 << i, b: 1 << j, quality: 1000 });
        }
    }
    if a.left(used_a).next().is_none() || b.left(used_b).next().is_none() {
        return (used_a, used_b);
    }
    scratch.alike.clear();
    for (i, x) in a.left(used_a).take(8) {
        for (j, y) in b.left(used_b).take(8) {
            if let Some((how, quality)) = alike(a.profile, x, b.profile, y) {
                scratch.alike.push(Pairing { how, a: 1 << i, b: 1 << j, quality });
            }
        }
    }
    scratch.alike.sort_unstable_by_key(|pairing| (std::cmp::Reverse(pairing.quality), pairing.a, pairing.b));
    for pairing in &scratch.alike {
        if used_a & pairing.a == 0 && used_b & pairing.b == 0 {
            used_a |= pairing.a;
            used_b |= pairing.b;
            scratch.pairings.push(*pairing);
        }
    }
    groups(a, b, &mut used_a, &mut used_b, &mut scratch.pairings, false);
    groups(b, a, &mut used_b, &mut used_a, &mut scratch.pairings, true);
    (used_a, used_b)
}

/// Words of the one side that are several of the other: joined or as an acronym.
fn groups(one: Side<'_>, many: Side<'_>, used_one: &mut u32, used_many: &mut u32, out: &mut Vec<Pairing>, flip: bool) {
    for (i, x) in one.left(*used_one) {
        let text = one.profile.light(x);
        let starts = many.left(*used_many);
        let mut found = None;
        for (start, _) in starts.clone() {
            let run = || starts.clone().skip_while(move |(at, _)| *at < start);
            let mut rest = Some(text);
            let mut places = 0_u32;
            for (at, y) in run().take(3) {
                rest = rest.and_then(|rest| rest.strip_prefix(many.profile.light(y)));
                places |= 1 << at;
                if rest.is_none() {
                    break;
                }
                if rest == Some("") && places.count_ones() > 1 {
                    found = Some((How::Joined, places, 950));
                    break;
                }
            }
            if found.is_none() && (2..=6).contains(&text.len()) {
                let letters = text.bytes();
                let count = letters.clone().zip(run()).take_while(|(letter, (_, y))| *letter == y.initial).count();
                if count == text.len() {
                    let places = run().take(count).fold(0, |places, (at, _)| places | 1 << at);
                    found = Some((How::Acronym, places, 600));
                }
            }
            if found.is_some() {
                break;
            }
        }
        if let Some((how, places, quality)) = found {
            *used_one |= 1 << i;
            *used_many |= places;
            let (a, b) = if flip { (places, 1 << i) } else { (1 << i, places) };
            out.push(Pairing { how, a, b, quality });
        }
    }
}

/// How alike two words are, in thousandths, if they are at all.
fn alike(in_a: &Profile, x: &Token, in_b: &Profile, y: &Token) -> Option<(How, u32)> {
    let (short, long) = (x.length.min(y.length), x.length.max(y.length));
    let differing = (x.letters ^ y.letters).count_ones();
    let digits = 0x3ff_u64 << 26;
    if (x.letters | y.letters) & digits != 0 {
        return None;
    }
    let (a, b) = (in_a.light(x).as_bytes(), in_b.light(y).as_bytes());
    let most: u16 = match long {
        0..=3 => 0,
        4..=6 => 1,
        7..=11 => 2,
        _ => 3,
    };
    if most > 0
        && long - short <= most
        && differing <= 2 * u32::from(most)
        && let Some(found) = distance(a, b, usize::from(most))
    {
        let off = u32::try_from(found).unwrap_or(1) * 1400 / u32::from(long);
        return Some((How::Spelling, 1000_u32.saturating_sub(off)));
    }
    if x.sound == y.sound && x.sound != 0 {
        return Some((How::Sound, 700));
    }
    let (a, b) = if x.length <= y.length { (a, b) } else { (b, a) };
    let inside = if x.length <= y.length { x.letters & !y.letters } else { y.letters & !x.letters } == 0;
    if short >= 2 && inside && long > short + 1 && a.first() == b.first() {
        if b.starts_with(a) {
            return (short >= 3).then_some((How::Abbreviation, 500 + 400 * u32::from(short) / u32::from(long)));
        }
        if abbreviates(a, b) && (short <= 5 && a.last() == b.last() || vowels(a) == 0) {
            return Some((How::Abbreviation, 500));
        }
    }
    None
}

fn vowels(text: &[u8]) -> usize {
    text.iter().filter(|letter| matches!(letter, b'a' | b'e' | b'i' | b'o' | b'u')).count()
}
