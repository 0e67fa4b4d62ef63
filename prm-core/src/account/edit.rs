//! How far two words are apart.

use super::word::LETTERS_MAX;

/// The number of letters to insert, delete, replace or swap with their neighbour to make one word of another, if it is at
/// most `most` (optimal string alignment; bytes, as words are Latin). Buffers are on the stack.
pub(crate) fn distance(a: &[u8], b: &[u8], most: usize) -> Option<usize> {
    let (a, b) = strip(a, b);
    if a.len().abs_diff(b.len()) > most {
        return None;
    }
    if a.is_empty() || b.is_empty() {
        return Some(a.len().max(b.len()));
    }
    if b.len() > LETTERS_MAX {
        return None;
    }
    let mut before = [0_usize; LETTERS_MAX + 1];
    let mut last = [0_usize; LETTERS_MAX + 1];
    for (at, cell) in last.iter_mut().enumerate() {
        *cell = at;
    }
    let mut previous = None;
    for (row, x) in a.iter().enumerate() {
        let mut this = [0_usize; LETTERS_MAX + 1];
        let mut left = row + 1;
        let mut least = left;
        let mut diagonal = row;
        if let Some(cell) = this.first_mut() {
            *cell = left;
        }
        let mut neighbour = None;
        let mut swapped = usize::MAX;
        let above = last.iter().skip(1);
        let twice = before.iter();
        for (((cell, up), two), y) in this.iter_mut().skip(1).zip(above).zip(twice).zip(b) {
            let mut best = (diagonal + usize::from(x != y)).min(up + 1).min(left + 1);
            if previous == Some(y) && neighbour == Some(x) && swapped != usize::MAX {
                best = best.min(swapped + 1);
            }
            // `two` is the cell two rows up and one column left; for the next column it is two left.
            swapped = if row > 0 { *two } else { usize::MAX };
            diagonal = *up;
            neighbour = Some(y);
            left = best;
            least = least.min(best);
            *cell = best;
        }
        if least > most {
            return None;
        }
        before = last;
        last = this;
        previous = Some(x);
    }
    last.get(b.len()).copied().filter(|found| *found <= most)
}

/// What is left without the beginning and the end that two words have in common.
fn strip<'a>(a: &'a [u8], b: &'a [u8]) -> (&'a [u8], &'a [u8]) {
    let head = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a, b) = (a.get(head..).unwrap_or_default(), b.get(head..).unwrap_or_default());
    let tail = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    (a.get(..a.len() - tail).unwrap_or_default(), b.get(..b.len() - tail).unwrap_or_default())
}

/// Whether a word is another one with letters left out, from the same first letter.
pub(crate) fn abbreviates(short: &[u8], long: &[u8]) -> bool {
    let mut rest = long.iter();
    short.first() == long.first() && short.iter().all(|letter| rest.any(|found| found == letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_count_swaps_once() {
        let far = |a: &str, b: &str| distance(a.as_bytes(), b.as_bytes(), 3);
        assert_eq!(far("siemens", "siemens"), Some(0));
        assert_eq!(far("siemens", "seimens"), Some(1));
        assert_eq!(far("siemens", "simens"), Some(1));
        assert_eq!(far("siemens", "siemenss"), Some(1));
        assert_eq!(far("abcdef", "badcfe"), Some(3));
        assert_eq!(far("ab", "ba"), Some(1));
        assert_eq!(far("ca", "abc"), Some(3), "no letter is moved twice");
        assert_eq!(far("contoso", "fabrikam"), None);
        assert_eq!(far("", "abc"), Some(3));
    }

    #[test]
    fn abbreviations_keep_order_and_first_letter() {
        assert!(abbreviates(b"mfg", b"manufacturing"));
        assert!(!abbreviates(b"fmg", b"manufacturing"));
    }
}
