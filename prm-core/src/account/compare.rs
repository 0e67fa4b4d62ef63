//! What two accounts have in common and what sets them apart, as numbers. Symmetric: no account is the first one.

use super::align::{How, Scratch, Side, align};
use super::profile::{Domain, Profile, Token};
use super::word::{Class, sense_of};

macro_rules! features {
    ($($(#[$doc:meta])* $name:ident = $text:literal)*) => {
        /// One number that a score is made of.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Feature {$($(#[$doc])* $name,)*}

        impl Feature {
            /// All, in the order of the table of weights.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// How it is called in evidence.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {$(Self::$name => $text,)*}
            }
        }

        /// How many features there are.
        pub const FEATURES: usize = Feature::ALL.len();
    };
}

features! {
    /// The share of the words' weight that has a match, on the side with the lower share; thousandths.
    CoverLow = "cover_low"
    /// The same on the other side.
    CoverHigh = "cover_high"
    /// The weight of the words that match, thousandths of a natural logarithm.
    Matched = "matched"
    /// The weight of the rarest word that both have.
    Rarest = "rarest"
    /// The weight of the rarest word without a match, on the side where that is lower.
    LoneLow = "lone_low"
    /// The same on the other side.
    LoneHigh = "lone_high"
    /// The share of the matched weight that rests on words that are only alike; thousandths.
    Alike = "alike"
    /// First words: 0 differ, 1 alike, 2 equal.
    First = "first"
    /// How alike all words in one are (Dice over pairs of letters); thousandths.
    Letters = "letters"
    /// Letters of an acronym: 0 none, 2 to 6; and 10 more if it is the whole name.
    Acronym = "acronym"
    /// Legal forms: 0 on one side at most, 1 one in common, 2 none in common.
    Legal = "legal"
    /// Numbers: 0 none, 1 equal, 2 differ, 3 on one side only.
    Numbers = "numbers"
    /// Core words of the shorter name, up to 6.
    Words = "words"
    /// Another script on one side.
    Script = "script"
    /// Countries: 0 not known, 1 equal, 2 differ.
    Country = "country"
    /// Cities: 0 not known, 1 equal, 2 differ.
    City = "city"
    /// Domains: 0 not known, 1 equal, 2 other host of one domain, 3 equal label, 4 differ.
    Domain = "domain"
    /// The domain's label against the other name: 0 no label, 1 nothing, 2 a rare word in it, 3 initials, 4 equal.
    Label = "label"
    /// Phones: 0 not known, 1 equal, 2 differ.
    Phone = "phone"
    /// Tax ids: 0 not known, 1 equal, 2 differ.
    TaxId = "tax_id"
    /// D-U-N-S numbers: 0 not known, 1 equal, 2 differ.
    Duns = "duns"
    /// `CoverLow` + 1 where domains are equal, else 0.
    DomainCover = "domain_cover"
    /// `CoverLow` + 1 where domains differ, else 0.
    ForeignCover = "foreign_cover"
    /// `Matched` where countries are equal, else 0.
    CountryMatched = "country_matched"
    /// `Matched` where countries differ, else 0.
    AbroadMatched = "abroad_matched"
    /// `CoverLow` + 1 where countries differ, else 0.
    AbroadCover = "abroad_cover"
    /// `Matched` where cities are equal, else 0.
    CityMatched = "city_matched"
    /// `Matched` × `CoverLow`.
    Joint = "joint"
    /// The weight of the words, where all core words are equal.
    Whole = "whole"
    /// `LoneHigh` + 1 where all words of one side have a match, else 0.
    Subset = "subset"
    /// `Rarest` where one name has a single core word, else 0.
    Single = "single"
    /// `Letters` where the countries are equal or not known and one side is in another script, else 0.
    ScriptLetters = "script_letters"
    /// The place of the rarest common word: 0 none, 1 first on both, 2 first on one, 3 on neither.
    Place = "place"
    /// `Letters` where cities are equal, else 0.
    CityLetters = "city_letters"
    /// `Label` + 1 where no word matches, else 0.
    LabelAlone = "label_alone"
    /// `CoverHigh` + 1 where domains are equal, else 0.
    DomainHigh = "domain_high"
    /// The consonants of all words in one: 1 if they are equal, and four or more.
    Sound = "sound"
    /// `Letters` where one name has a single core word, else 0.
    ShortLetters = "short_letters"
}

/// The values of all features, in the order of [`Feature::ALL`].
pub type Values = [i32; FEATURES];

fn int(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

const fn state(a: u64, b: u64) -> i32 {
    if a == 0 || b == 0 {
        0
    } else if a == b {
        1
    } else {
        2
    }
}

/// What the fields say, whatever the names.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fields {
    country: i32,
    city: i32,
    domain: i32,
    phone: i32,
    tax_id: i32,
    duns: i32,
}

impl Fields {
    pub(crate) fn new(a: &Profile, b: &Profile) -> Self {
        let known = |country: [u8; 2]| u64::from(country[0]) << 8 | u64::from(country[1]);
        let mut domain = 0;
        for x in a.domains() {
            for y in b.domains() {
                let found = match (x.host == y.host, x.registered == y.registered, x.label == y.label) {
                    (true, ..) => 1,
                    (_, true, _) => 2,
                    (.., true) => 3,
                    _ => 4,
                };
                domain = if domain == 0 { found } else { found.min(domain) };
            }
        }
        Self {
            country: state(known(a.country), known(b.country)),
            city: state(a.city, b.city),
            domain,
            phone: state(a.phone, b.phone),
            tax_id: state(a.tax_id, b.tax_id),
            duns: state(a.duns, b.duns),
        }
    }
}

/// The features of two names and what the fields say.
pub(crate) fn names(one: Side<'_>, other: Side<'_>, fields: &Fields, scratch: &mut Scratch) -> Values {
    let (a, b) = if one.name.print <= other.name.print { (one, other) } else { (other, one) };
    let (used_a, used_b) = align(a, b, scratch);
    let (mut covered_a, mut covered_b, mut matched, mut soft) = (0, 0, 0, 0);
    let (mut rarest, mut place, mut acronym) = (0, 0, 0);
    let first = |side: Side<'_>| side.left(0).next().map_or(0, |(at, _)| 1_u32 << at);
    let (first_a, first_b) = (first(a), first(b));
    let mut first_words = 0;
    for pairing in &scratch.pairings {
        let (of_a, of_b) = (a.weight(pairing.a), b.weight(pairing.b));
        covered_a += of_a * pairing.quality / 1000;
        covered_b += of_b * pairing.quality / 1000;
        let both = of_a.min(of_b) * pairing.quality / 1000;
        matched += both;
        let firsts = i32::from(pairing.a & first_a != 0) + i32::from(pairing.b & first_b != 0);
        if pairing.how == How::Equal {
            if both > rarest {
                rarest = both;
                place = 3 - firsts;
            }
        } else {
            soft += both;
        }
        if firsts == 2 {
            first_words = if pairing.how == How::Equal { 2 } else { 1 };
        }
        if pairing.how == How::Acronym {
            acronym = int(pairing.a.count_ones().max(pairing.b.count_ones()));
        }
    }
    for (x, y) in [(a, b), (b, a)] {
        let text = x.profile.joined(x.name);
        let named = x.name.cores == 1 && (2..=6).contains(&text.len());
        if named && (text == y.profile.initials(y.name) || text == y.profile.all_initials(y.name)) {
            acronym = 10 + i32::try_from(text.len()).unwrap_or(0);
        }
    }
    let share = |covered: u32, side: Side<'_>| (u64::from(covered) * 1000).checked_div(u64::from(side.name.weight));
    let share = |covered, side| share(covered, side).and_then(|share| i32::try_from(share).ok()).unwrap_or(0);
    let (cover_a, cover_b) = (share(covered_a, a), share(covered_b, b));
    let lone = |side: Side<'_>, used| int(side.left(used).map(|(_, token)| token.weight).max().unwrap_or(0));
    let (lone_a, lone_b) = (lone(a, used_a), lone(b, used_b));
    let (low, high) = (cover_a.min(cover_b), cover_a.max(cover_b));
    let whole = used_a.count_ones() > 0 && low == 1000 && soft == 0;
    let ones = |side: Side<'_>| side.name.pairs.count_ones();
    let dice = 2000 * (a.name.pairs & b.name.pairs).count_ones() / (ones(a) + ones(b)).max(1);
    let letters = if a.profile.joined(a.name) == b.profile.joined(b.name) { 1000 } else { int(dice).min(990) };
    let matched = int(matched).min(40_000);
    let script = a.name.foreign != b.name.foreign;
    let when = |holds: bool, value: i32| if holds { value } else { 0 };
    let label = label(a, b).max(label(b, a));
    let values = |feature: &Feature| match feature {
        Feature::CoverLow => low,
        Feature::CoverHigh => high,
        Feature::Matched => matched,
        Feature::Rarest => int(rarest),
        Feature::LoneLow => lone_a.min(lone_b),
        Feature::LoneHigh => lone_a.max(lone_b),
        Feature::Alike => {
            if matched == 0 {
                0
            } else {
                int(soft) * 1000 / matched
            }
        }
        Feature::First => first_words,
        Feature::Letters => letters,
        Feature::Acronym => acronym,
        Feature::Legal => legal(a, b),
        Feature::Numbers => numbers(a, b),
        Feature::Words => int(a.name.cores.min(b.name.cores).min(6)),
        Feature::Script => i32::from(script),
        Feature::Country => fields.country,
        Feature::City => fields.city,
        Feature::Domain => fields.domain,
        Feature::Label => label,
        Feature::Phone => fields.phone,
        Feature::TaxId => fields.tax_id,
        Feature::Duns => fields.duns,
        Feature::DomainCover => when(matches!(fields.domain, 1 | 2), low + 1),
        Feature::ForeignCover => when(fields.domain == 4, low + 1),
        Feature::CountryMatched => when(fields.country == 1, matched),
        Feature::AbroadMatched => when(fields.country == 2, matched),
        Feature::AbroadCover => when(fields.country == 2, low + 1),
        Feature::CityMatched => when(fields.city == 1, matched),
        Feature::Joint => matched * low / 1000,
        Feature::Whole => when(whole, matched),
        Feature::Subset => when(high >= 990, lone_a.max(lone_b) + 1),
        Feature::Single => when(a.name.cores.min(b.name.cores) <= 1, int(rarest)),
        Feature::ScriptLetters => when(script && fields.country != 2, letters),
        Feature::Place => place,
        Feature::CityLetters => when(fields.city == 1, letters),
        Feature::LabelAlone => when(matched == 0, label + 1),
        Feature::DomainHigh => when(matches!(fields.domain, 1 | 2), high + 1),
        Feature::Sound => i32::from(a.name.sound == b.name.sound && a.name.sound != 0),
        Feature::ShortLetters => when(a.name.cores.min(b.name.cores) <= 1, letters),
    };
    let mut out = [0; FEATURES];
    out.iter_mut().zip(Feature::ALL).for_each(|(value, feature)| *value = values(feature));
    out
}

/// What the domain's label of one side says of the name of the other.
fn label(of: Side<'_>, other: Side<'_>) -> i32 {
    let name = other.name;
    let one = |domain: &Domain| {
        let text = of.profile.label(domain);
        let joined = other.profile.joined(name);
        if domain.label == sense_of(joined) {
            return 4;
        }
        if text.len() >= 2 && (text == other.profile.initials(name) || text == other.profile.all_initials(name)) {
            return 3;
        }
        let rare = |token: &Token| {
            token.class == Class::Core && token.weight >= 5_000 && token.length >= 4 && {
                text.contains(other.profile.light(token))
            }
        };
        if other.tokens.iter().any(rare) { 2 } else { 1 }
    };
    of.profile.domains().iter().map(one).max().unwrap_or(0)
}

fn legal(a: Side<'_>, b: Side<'_>) -> i32 {
    let of = |side: Side<'_>| side.tokens.iter().any(|token| token.class == Class::Legal);
    if !of(a) || !of(b) {
        return 0;
    }
    let shared = |x: &Token| x.class == Class::Legal && b.tokens.iter().any(|y| y.sense == x.sense);
    if a.tokens.iter().any(shared) { 1 } else { 2 }
}

fn numbers(a: Side<'_>, b: Side<'_>) -> i32 {
    let digits = 0x3ff_u64 << 26;
    let of = |token: &&Token| token.letters & digits != 0 && token.letters & !digits == 0;
    let sum = |side: Side<'_>| side.tokens.iter().filter(of).fold((0_u32, 0_u64), |(n, h), t| (n + 1, h ^ t.sense));
    match (sum(a), sum(b)) {
        ((0, _), (0, _)) => 0,
        ((0, _), _) | (_, (0, _)) => 3,
        ((_, x), (_, y)) => {
            if x == y {
                1
            } else {
                2
            }
        }
    }
}
