//! What the matcher reads of an account: words, hashes and fields, in a compact form that can be kept.

mod pack;

use super::domain::registered;
use super::word::{Class, Word, WordTable, hash, mix, sense_of, words};
use super::{Account, fold};

/// One word, without its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) sense: u64,
    /// Which letters it has; one bit each of a to z and the digits.
    pub(crate) letters: u64,
    pub(crate) weight: u32,
    /// A hash of its consonants, if it has three or more; else 0.
    pub(crate) sound: u32,
    start: u32,
    pub(crate) length: u16,
    /// The first letter, in the light form of single letters.
    pub(crate) initial: u8,
    pub(crate) class: Class,
}

/// One name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Name {
    first: u32,
    count: u32,
    joined: (u32, u32),
    initials: (u32, u32),
    all_initials: (u32, u32),
    /// Which pairs of letters its core words have: a bit of 128 each.
    pub(crate) pairs: u128,
    /// Tells names apart, for an order that depends on nothing else.
    pub(crate) print: u64,
    /// A hash of the consonants of all core words, if they have four or more; else 0.
    pub(crate) sound: u64,
    /// The weights of its core words.
    pub(crate) weight: u32,
    /// How many core words it has.
    pub(crate) cores: u32,
    /// Whether it has letters of another script.
    pub(crate) foreign: bool,
}

/// A domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Domain {
    pub(crate) host: u64,
    pub(crate) registered: u64,
    pub(crate) label: u64,
    text: (u32, u32),
}

/// An account as the matcher reads it. It depends on the account and the word table alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    text: Box<str>,
    tokens: Box<[Token]>,
    names: Box<[Name]>,
    domains: Box<[Domain]>,
    /// Two letters, or zeros.
    pub(crate) country: [u8; 2],
    /// Hashes of fields; 0 is absent.
    pub(crate) city: u64,
    pub(crate) phone: u64,
    pub(crate) tax_id: u64,
    pub(crate) duns: u64,
}

impl Profile {
    /// Reads an account with the word table of the crate.
    #[must_use]
    pub fn new(account: &Account) -> Self {
        Self::with_table(account, WordTable::shipped())
    }

    /// Reads an account with another word table, for fitting.
    #[must_use]
    pub fn with_table(account: &Account, table: WordTable<'_>) -> Self {
        let mut text = Text(String::new());
        let (mut tokens, mut names) = (Vec::new(), Vec::new());
        for name in account.names() {
            names.push(read_name(&words(name, table), &mut tokens, &mut text));
        }
        let facts = account.facts();
        let mut domains: Vec<Domain> = Vec::new();
        for host in [&facts.domain, &facts.email_domain].into_iter().flatten() {
            let Some((of, label)) = registered(host) else { continue };
            let label: String = fold::latin(&fold::composed(label)).chars().filter(|c| *c != '-').collect();
            let label = fold::light(&label);
            let (host, of) = (hash(host.as_bytes()), hash(of.as_bytes()));
            if domains.iter().all(|domain| domain.host != host) {
                domains.push(domain(host, of, &label, &mut text));
            }
        }
        let only = |text: &Option<String>, keep: fn(&char) -> bool| -> String {
            text.iter().flat_map(|text| text.chars()).filter(keep).map(|c| c.to_ascii_uppercase()).collect()
        };
        let digits = only(&facts.phone, char::is_ascii_digit);
        let phone = digits.get(digits.len().saturating_sub(9)..).filter(|digits| digits.len() >= 7);
        let tax_id = only(&facts.tax_id, char::is_ascii_alphanumeric);
        let city = facts.city.as_ref().map(|city| fold::light(&fold::latin(&fold::composed(city))));
        let city: Option<String> = city.map(|city| city.chars().filter(char::is_ascii_alphanumeric).collect());
        let field = |text: Option<&str>| text.filter(|text| !text.is_empty()).map_or(0, |text| hash(text.as_bytes()));
        let country = facts.country.as_ref().and_then(|text| <[u8; 2]>::try_from(text.as_bytes()).ok());
        Self {
            text: text.0.into_boxed_str(),
            tokens: tokens.into_boxed_slice(),
            names: names.into_boxed_slice(),
            domains: domains.into_boxed_slice(),
            country: country.unwrap_or_default(),
            city: city.as_deref().map_or(0, |city| if city.is_empty() { 0 } else { sense_of(city) }),
            phone: field(phone),
            tax_id: field(Some(&tax_id).filter(|text| text.len() >= 4).map(String::as_str)),
            duns: field(facts.duns.as_deref()),
        }
    }

    /// Reads a little of each part.
    pub(crate) fn touch(&self) -> u64 {
        let text = self.text.as_bytes().first().map_or(0, |byte| u64::from(*byte));
        let token = self.tokens.first().map_or(0, |token| token.sense);
        let domain = self.domains.first().map_or(0, |domain| domain.host);
        self.names.first().map_or(0, |name| name.print) ^ token ^ domain ^ text
    }

    pub(crate) fn names(&self) -> &[Name] {
        &self.names
    }

    pub(crate) fn domains(&self) -> &[Domain] {
        &self.domains
    }

    pub(crate) fn tokens(&self, name: &Name) -> &[Token] {
        let part = || self.tokens.get(usize::try_from(name.first).ok()?..)?.get(..usize::try_from(name.count).ok()?);
        part().unwrap_or_default()
    }

    fn part(&self, (start, length): (u32, u32)) -> &str {
        let part = || self.text.get(usize::try_from(start).ok()?..)?.get(..usize::try_from(length).ok()?);
        part().unwrap_or_default()
    }

    /// The light form of a word.
    pub(crate) fn light(&self, token: &Token) -> &str {
        self.part((token.start, u32::from(token.length)))
    }

    /// The light forms of a name's core words in one.
    pub(crate) fn joined(&self, name: &Name) -> &str {
        self.part(name.joined)
    }

    /// The first letters of a name's core words.
    pub(crate) fn initials(&self, name: &Name) -> &str {
        self.part(name.initials)
    }

    /// The first letters of a name's core and small words.
    pub(crate) fn all_initials(&self, name: &Name) -> &str {
        self.part(name.all_initials)
    }

    /// The light form of a domain's label.
    pub(crate) fn label(&self, domain: &Domain) -> &str {
        self.part(domain.text)
    }
}

/// Texts, one after another.
struct Text(String);

impl Text {
    fn at(&self) -> u32 {
        u32::try_from(self.0.len()).unwrap_or(u32::MAX)
    }

    fn push(&mut self, text: &str) -> (u32, u32) {
        let start = self.at();
        self.0.push_str(text);
        (start, self.at() - start)
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// One bit for each letter a to z and digit.
fn letters(text: &str) -> u64 {
    text.bytes().fold(0, |bits, byte| match byte {
        b'a'..=b'z' => bits | 1 << (byte - b'a'),
        b'0'..=b'9' => bits | 1 << (26 + byte - b'0'),
        _ => bits | 1 << (36 + byte % 28),
    })
}

/// A hash of the consonants of a light form, if there are enough; else 0.
fn sound(light: &str, least: usize) -> u64 {
    let sound = fold::skeleton(light);
    if sound.len() < least || sound.bytes().any(|byte| !byte.is_ascii_alphabetic()) {
        0
    } else {
        hash(sound.as_bytes())
    }
}

/// The pairs of letters of a text, each hashed to one of 128 bits.
fn pairs(text: &str) -> u128 {
    let bytes = text.as_bytes();
    let bit = |a: u8, b: u8| 1_u128 << ((u32::from(a) * 37 + u32::from(b) * 101 + (u32::from(a) >> 3)) % 128);
    let inner = bytes.windows(2).map(|pair| match pair {
        [a, b] => bit(*a, *b),
        _ => 0,
    });
    inner.fold(bytes.first().map_or(0, |first| bit(b'^', *first)), |bits, bit| bits | bit)
}

/// What a word brings to a name; the rest of a [`Token`] follows from it.
struct Seed<'a> {
    light: &'a str,
    sense: u64,
    weight: u32,
    initial: u8,
    class: Class,
}

fn read_name(words: &[Word], tokens: &mut Vec<Token>, text: &mut Text) -> Name {
    // A name of nothing but legal forms and small words is read as it stands.
    let bare = words.iter().all(|word| word.class != Class::Core);
    let seeds: Vec<Seed<'_>> = words
        .iter()
        .map(|word| Seed {
            light: &word.light,
            sense: word.sense,
            weight: if bare { word.weight.max(2_000) } else { word.weight },
            initial: word.text.bytes().next().map_or(b'?', |byte| fold::letter(char::from(byte)) as u8),
            class: if bare { Class::Core } else { word.class },
        })
        .collect();
    grow(&seeds, words.iter().any(|word| word.foreign), tokens, text)
}

/// A name from what its words bring.
fn grow(seeds: &[Seed<'_>], foreign: bool, tokens: &mut Vec<Token>, text: &mut Text) -> Name {
    let first = count(tokens.len());
    for &Seed { light, sense, weight, initial, class } in seeds {
        let (start, length) = text.push(light);
        let length = u16::try_from(length).unwrap_or(u16::MAX);
        let sound = u32::try_from(sound(light, 3) >> 32).unwrap_or(0);
        tokens.push(Token { sense, letters: letters(light), weight, sound, start, length, initial, class });
    }
    let core = || seeds.iter().filter(|seed| seed.class == Class::Core);
    let joined: String = core().map(|seed| seed.light).collect();
    let ascii = |byte: u8| if byte.is_ascii_alphanumeric() { char::from(byte) } else { '?' };
    let initials: String = core().map(|seed| ascii(seed.initial)).collect();
    let all: String = seeds.iter().filter(|seed| seed.class != Class::Legal).map(|seed| ascii(seed.initial)).collect();
    let print = seeds.iter().fold(hash(joined.as_bytes()), |print, seed| mix(print ^ seed.sense));
    Name {
        first,
        count: count(seeds.len()),
        pairs: pairs(&joined),
        sound: sound(&joined, 4),
        joined: text.push(&joined),
        initials: text.push(&initials),
        all_initials: text.push(&all),
        print,
        weight: core().map(|seed| seed.weight).sum(),
        cores: count(core().count()),
        foreign,
    }
}

/// A domain, from the hashes of itself and of what was registered of it.
fn domain(host: u64, registered: u64, label: &str, text: &mut Text) -> Domain {
    Domain { host, registered, label: sense_of(label), text: text.push(label) }
}
