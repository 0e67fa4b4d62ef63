//! Letters: from any script to lower-case Latin, and a light form in which spellings of one sound are equal.
//!
//! The readings are those of anyascii (ISC licence) for the scripts listed in `scripts/account_translit.py`; Hangul is
//! read by its parts. What has no reading stays as it is, so that equal texts stay equal.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{decompose_canonical, is_combining_mark};

/// Readings of letters, made by `scripts/account_translit.py`.
static TRANSLIT: &[u8] = include_bytes!("translit.bin");

/// Bytes of the table of readings, for the size budget.
#[cfg(test)]
pub(crate) const TRANSLIT_BYTES: usize = TRANSLIT.len();

const INITIALS: [&str; 19] =
    ["g", "kk", "n", "d", "tt", "r", "m", "b", "pp", "s", "ss", "", "j", "jj", "ch", "k", "t", "p", "h"];
const VOWELS: [&str; 21] = [
    "a", "ae", "ya", "yae", "eo", "e", "yeo", "ye", "o", "wa", "wae", "oe", "yo", "u", "wo", "we", "wi", "yu", "eu",
    "ui", "i",
];
const FINALS: [&str; 28] = [
    "", "g", "kk", "gs", "n", "nj", "nh", "d", "l", "lg", "lm", "lb", "ls", "lt", "lp", "lh", "m", "b", "bs", "s",
    "ss", "ng", "j", "ch", "k", "t", "p", "h",
];

fn u16_at(at: usize) -> Option<usize> {
    let bytes: [u8; 2] = TRANSLIT.get(at..at.checked_add(2)?)?.try_into().ok()?;
    Some(usize::from(u16::from_le_bytes(bytes)))
}

fn reading_at(index: usize) -> Option<&'static str> {
    let entry = TRANSLIT.get(4 + index * 8..12 + index * 8)?;
    let (length, letters) = entry.split_first()?;
    std::str::from_utf8(letters.get(..usize::from(*length))?).ok()
}

/// The reading of one letter, if the table has it. An empty one is a letter without a sound.
fn reading(c: char) -> Option<&'static str> {
    let code = usize::try_from(u32::from(c)).ok()?;
    let (readings, letters) = (u16_at(0)?, u16_at(2)?);
    let start = 4 + readings * 8;
    if (0x4E00..0xA000).contains(&code) {
        return reading_at(u16_at(start + letters * 4 + (code - 0x4E00) * 2)?).filter(|text| !text.is_empty());
    }
    if code >= 0x3130 {
        return None;
    }
    let (mut low, mut high) = (0, letters);
    while low < high {
        let middle = usize::midpoint(low, high);
        let found = u16_at(start + middle * 4)?;
        match found.cmp(&code) {
            std::cmp::Ordering::Equal => return reading_at(u16_at(start + middle * 4 + 2)?),
            std::cmp::Ordering::Less => low = middle + 1,
            std::cmp::Ordering::Greater => high = middle,
        }
    }
    None
}

fn hangul(c: char, out: &mut String) -> bool {
    let Some(code) = u32::from(c).checked_sub(0xAC00).filter(|code| *code < 11_172) else { return false };
    let part = |parts: &[&'static str], at: u32| usize::try_from(at).ok().and_then(|at| parts.get(at).copied());
    for text in [part(&INITIALS, code / 588), part(&VOWELS, code % 588 / 28), part(&FINALS, code % 28)] {
        out.push_str(text.unwrap_or_default());
    }
    true
}

/// Writes one letter or digit in lower-case Latin. Marks are dropped; other signs are the caller's.
fn push(c: char, out: &mut String) {
    if c.is_ascii() {
        out.push(c.to_ascii_lowercase());
    } else if let Some(text) = reading(c) {
        // Small ya, yu and yo of Kana follow a syllable in i: ki + ya = kya.
        if matches!(c, 'ャ' | 'ュ' | 'ョ' | 'ゃ' | 'ゅ' | 'ょ') && out.ends_with('i') {
            out.pop();
        }
        out.push_str(text);
    } else if !hangul(c, out) {
        let mut parts = 0;
        decompose_canonical(c, |part| {
            parts += 1;
            if part != c {
                if part.is_ascii() {
                    out.push(part.to_ascii_lowercase());
                } else if let Some(text) = reading(part) {
                    out.push_str(text);
                }
            }
        });
        if parts <= 1 && !is_combining_mark(c) {
            for low in c.to_lowercase().filter(|low| !is_combining_mark(*low)) {
                match reading(low) {
                    Some(text) => out.push_str(text),
                    None => out.push(low),
                }
            }
        }
    }
}

/// A run of letters and digits in lower-case Latin.
pub(crate) fn latin(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    if text.is_ascii() {
        out.push_str(text);
        out.make_ascii_lowercase();
        return out;
    }
    for c in text.chars() {
        push(c, &mut out);
    }
    out
}

/// The compatibility form of Unicode (NFKC), which the rest of the module reads.
pub(crate) fn composed(text: &str) -> String {
    if text.is_ascii() { text.to_owned() } else { text.nfkc().collect() }
}

/// Whether a letter is written without spaces between words and has word lists here.
pub(crate) fn is_han(c: char) -> bool {
    matches!(c, '\u{4E00}'..='\u{9FFF}')
}

/// The light form: ae, oe, ue without their e; y as i, w as v, c and q as k, z as s, ph as f; doubled letters once.
/// Words of up to four letters keep their number of letters, as they may be acronyms.
pub(crate) fn light(text: &str) -> String {
    let short = text.len() <= 4;
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    let mut last = None;
    while let Some(c) = chars.next() {
        let next = chars.peek().copied();
        let c = match (c, next) {
            ('p', Some('h')) if !short => {
                chars.next();
                'f'
            }
            ('a' | 'o' | 'u', Some('e')) if !short => {
                chars.next();
                c
            }
            _ => letter(c),
        };
        if short || last != Some(c) || c.is_ascii_digit() {
            out.push(c);
        }
        last = Some(c);
    }
    out
}

/// One letter of the light form.
pub(crate) const fn letter(c: char) -> char {
    match c {
        'y' => 'i',
        'w' => 'v',
        'c' | 'q' => 'k',
        'z' => 's',
        _ => c,
    }
}

/// The consonants of a light form, r and l alike: what is left when a name went through another script.
pub(crate) fn skeleton(light: &str) -> String {
    let mut out = String::with_capacity(light.len());
    let mut last = None;
    for c in light.chars() {
        let c = match c {
            'a' | 'e' | 'i' | 'o' | 'u' | 'h' | 'j' => continue,
            'r' => 'l',
            'v' | 'f' => 'b',
            _ => c,
        };
        if last != Some(c) || c.is_ascii_digit() {
            out.push(c);
        }
        last = Some(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_other_scripts_are_read() {
        for (given, read) in [
            ("Müller", "muller"),
            ("Łódź", "lodz"),
            ("Straße", "strasse"),
            ("Роснефть", "rosneft"),
            ("Ελλάδα", "ellada"),
            ("北京", "beijing"),
            ("삼성", "samseong"),
            ("キャノン", "kyanon"),
            ("ガス", "gasu"),
            ("بنك", "bnk"),
        ] {
            assert_eq!(latin(&composed(given)), read, "{given}");
        }
    }

    #[test]
    fn the_light_form_of_a_light_form_is_itself() {
        for text in ["mueller", "boeing", "aae", "phaeton", "cool", "aaaa", "yyyyy"] {
            let once = light(text);
            assert!(once.len() <= text.len());
        }
        assert_eq!(light("mueller"), light("muller"));
        assert_eq!(light("aaa"), "aaa");
    }
}
