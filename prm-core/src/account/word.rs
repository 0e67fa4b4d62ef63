//! Words of a name: cut, read in Latin, classed and weighed.

use super::fold;
pub use super::lexicon::Class;
use super::lexicon::{self};

/// The most words of one name that are read; more are left out.
pub const WORDS_MAX: usize = 32;
/// The most letters of one word that are read.
pub const LETTERS_MAX: usize = 64;

/// How rare words are, in thousandths of a natural logarithm: `ln(names / names with the word)`.
///
/// Words that were seen fewer than three times are not in the table and have its highest weight.
#[derive(Debug, Clone, Copy)]
pub struct WordTable<'a> {
    bytes: &'a [u8],
}

/// The table of the crate, made by `scripts/account_weights.py`.
static SHIPPED: &[u8] = include_bytes!("words.bin");

/// The weight of a word that is not in the table: 11.0.
pub const UNSEEN: u32 = 11_000;

impl<'a> WordTable<'a> {
    /// The table of the crate, to which stored keys belong.
    #[must_use]
    pub const fn shipped() -> WordTable<'static> {
        WordTable { bytes: SHIPPED }
    }

    /// A table of one's own, for fitting: entries of five bytes, sorted, each the upper half of [`Word::sense`] in
    /// big-endian order and the weight in steps of 0.05. Keys of different tables do not meet.
    #[must_use]
    pub const fn from_bytes(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    /// Bytes of the table.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether it holds no words.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    fn weight(&self, sense: u64) -> u32 {
        let (entries, _) = self.bytes.as_chunks::<5>();
        let wanted = (sense >> 32).to_be_bytes();
        let [.., a, b, c, d] = wanted;
        let found = entries.binary_search_by(|[w, x, y, z, _]| [*w, *x, *y, *z].cmp(&[a, b, c, d]));
        found.ok().and_then(|at| entries.get(at)).map_or(UNSEEN, |[.., weight]| u32::from(*weight) * 50)
    }
}

/// One word of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Word {
    /// The word in lower-case Latin.
    pub text: String,
    /// Its light form, in which spellings of one sound are equal.
    pub light: String,
    /// A hash of what it is read as: translations and abbreviations of one word have one sense.
    pub sense: u64,
    /// What it is for.
    pub class: Class,
    /// How rare it is, in thousandths of a natural logarithm. Legal forms and small words have next to nothing.
    pub weight: u32,
    /// Whether it was written in another script.
    pub foreign: bool,
}

/// FNV-1a with a final mix: stable between versions and machines.
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in bytes {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    }
    mix(hash)
}

/// The mix of splitmix64.
pub(crate) const fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// The hash of a light form, without an s at its end.
pub(crate) fn sense_of(light: &str) -> u64 {
    let stem = if light.len() > 4 { light.strip_suffix('s').unwrap_or(light) } else { light };
    hash(stem.as_bytes())
}

/// The words of a name, in their order. A name without letters and digits is one word as it stands.
///
/// ```
/// use prm_core::account::word::{Class, WordTable, words};
/// let found = words("Société Générale S.A.", WordTable::shipped());
/// let texts: Vec<&str> = found.iter().map(|word| word.text.as_str()).collect();
/// assert_eq!(texts, ["societe", "generale", "sa"]);
/// assert_eq!(found[2].class, Class::Legal);
/// ```
#[must_use]
pub fn words(name: &str, table: WordTable<'_>) -> Vec<Word> {
    let composed = fold::composed(name);
    let mut pieces: Vec<(String, bool)> = Vec::new();
    let mut piece = String::new();
    for c in composed.chars() {
        let letter = c.is_alphanumeric() || unicode_normalization::char::is_combining_mark(c) || c == 'ー';
        if letter {
            if !piece.is_empty() && breaks(&piece, c) {
                cut(&piece, &mut pieces);
                piece.clear();
            }
            piece.push(c);
        } else if !matches!(c, '\'' | '’' | '‘' | '`' | 'ʼ' | '´' | '·' | '・') && !c.is_control() && !is_mark(c)
        {
            cut(&piece, &mut pieces);
            piece.clear();
            if matches!(c, '&' | '+') {
                pieces.push(("and".to_owned(), false));
            }
        }
        if pieces.len() > 4 * WORDS_MAX {
            break;
        }
    }
    cut(&piece, &mut pieces);
    let mut found: Vec<Word> = joined(pieces).into_iter().take(WORDS_MAX).map(|(t, f)| word(t, f, table)).collect();
    if found.iter().all(|word| word.text == "and") {
        let text: String = composed.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect();
        // Marks that stand side by side now have an order of their own.
        let text = fold::composed(&text.chars().take(LETTERS_MAX).collect::<String>());
        found = vec![Word {
            sense: hash(text.as_bytes()),
            light: text.clone(),
            text,
            class: Class::Core,
            weight: UNSEEN,
            foreign: false,
        }];
    }
    found
}

/// Signs that have no width: they neither part nor make words.
const fn is_mark(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}' | '\u{AD}')
}

/// Whether a word ends before a letter: between Han and others, between Kana or Hangul and others, and between at least two
/// letters and a digit.
fn breaks(piece: &str, next: char) -> bool {
    let Some(last) = piece.chars().next_back() else { return false };
    if fold::is_han(last) != fold::is_han(next) {
        return true;
    }
    let wide = |c: char| matches!(c, '\u{3040}'..='\u{312F}' | '\u{AC00}'..='\u{D7A3}');
    if wide(last) != wide(next) {
        return true;
    }
    let kinds = (last.is_ascii_digit(), next.is_ascii_digit());
    let of = |text: &str| text.chars().filter(|c| c.is_ascii_digit() == kinds.0).count() >= 2;
    kinds.0 != kinds.1 && if piece.is_ascii() { of(piece) } else { of(&fold::latin(piece)) }
}

fn cut(piece: &str, pieces: &mut Vec<(String, bool)>) {
    if piece.is_empty() {
        return;
    }
    let foreign = piece.chars().any(|c| u32::from(c) >= 0x370 && c.is_alphabetic());
    if !piece.chars().next().is_some_and(fold::is_han) {
        let text = fold::latin(piece);
        if !text.is_empty() {
            pieces.push((text, foreign));
        }
        return;
    }
    let mut rest = piece;
    let mut unknown = String::new();
    while let Some(first) = rest.chars().next() {
        if let Some(letters) = lexicon::han_word(rest) {
            if !unknown.is_empty() {
                pieces.push((fold::latin(&unknown), true));
                unknown.clear();
            }
            let word: String = rest.chars().take(letters).collect();
            pieces.push((fold::latin(&word), true));
            rest = rest.get(word.len()..).unwrap_or_default();
        } else {
            unknown.push(first);
            rest = rest.get(first.len_utf8()..).unwrap_or_default();
        }
    }
    if !unknown.is_empty() {
        pieces.push((fold::latin(&unknown), true));
    }
}

/// Letters that stand alone one after another are one word: `S. p. A.` is `spa`, `J P Morgan` is `jp morgan`.
fn joined(pieces: Vec<(String, bool)>) -> Vec<(String, bool)> {
    let mut out: Vec<(String, bool)> = Vec::with_capacity(pieces.len());
    let mut run = false;
    for (text, foreign) in pieces {
        let single =
            text.len() == 1 && text.chars().all(|c| c.is_ascii_alphabetic()) || text.len() == 2 && run && text == "oo";
        match out.last_mut() {
            Some((last, _)) if single && run => last.push_str(&text),
            _ => out.push((text, foreign)),
        }
        run = single;
    }
    out
}

fn word(text: String, foreign: bool, table: WordTable<'_>) -> Word {
    let text: String = if text.len() > LETTERS_MAX { text.chars().take(LETTERS_MAX).collect() } else { text };
    let light = fold::light(&text);
    let (sense, class) = match lexicon::sense(&text) {
        Some(sense) => (sense_of(&fold::light(sense.read_as)), sense.class),
        None => (sense_of(&light), Class::Core),
    };
    let weight = match class {
        Class::Core => table.weight(sense).max(500),
        Class::Legal => 300,
        Class::Small => 100,
    };
    Word { text, light, sense, class, weight, foreign }
}
