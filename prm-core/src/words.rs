//! Tables of words: what a value is called in documents, files and serialised forms.

use serde::{Deserialize as _, Deserializer};

/// The word for a value; empty for one that the table does not hold, which the tables' tests exclude.
pub(crate) fn word_of<T: PartialEq>(table: &[(&'static str, T)], value: &T) -> &'static str {
    table.iter().find(|(_, known)| known == value).map_or("", |(word, _)| word)
}

/// Reads a format number and refuses any but `KNOWN`: what a later version wrote is not guessed at.
pub(crate) fn only_format<'de, const KNOWN: u32, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
    let format = u32::deserialize(from)?;
    if format == KNOWN {
        return Ok(format);
    }
    Err(serde::de::Error::custom(format!("format {format} is not readable here, {KNOWN} is")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::incentive::line::{CHANNEL_STEPS, COUNTING_DATES, LINE_KINDS, MOTIONS};

    #[test]
    fn every_value_has_the_word_of_its_serialised_form() {
        fn check<T: PartialEq + serde::Serialize>(table: &[(&'static str, T)]) {
            for (word, value) in table {
                assert_eq!(word_of(table, value), *word);
                assert_eq!(serde_json::to_value(value).unwrap(), *word);
            }
        }
        check(&LINE_KINDS);
        check(&CHANNEL_STEPS);
        check(&COUNTING_DATES);
        check(&MOTIONS);
        check(&crate::fx::RateKind::WORDS);
        check(&crate::rounding::RoundingMode::WORDS);
    }
}
