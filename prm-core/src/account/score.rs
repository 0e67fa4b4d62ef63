//! Score, thresholds, verdict and evidence.
//!
//! The score is a sum: each feature's value is looked up in its line of the table of weights (straight between the
//! points given there), and what is found is added. It is in thousandths of log-odds, as fitted: at 0 a pair among
//! the candidates of the development set was as often the same as not.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::align::{How, Pairing, Scratch, Side};
use super::compare::{self, FEATURES, Feature, Fields, Values};
use super::profile::Profile;
use super::weights::{BIAS, WEIGHTS};
use super::word::{WordTable, words};
use super::{Account, Relation};

/// Whether two records are of one account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// They are not, or nothing shows it.
    Different,
    /// They probably are: somebody has to look.
    Probable,
    /// They are.
    Same,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Different => "different",
            Self::Probable => "probable",
            Self::Same => "same",
        })
    }
}

/// The least scores of the verdicts, in thousandths of log-odds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Thresholds {
    /// From here on accounts are the same.
    pub same: i32,
    /// From here on they probably are.
    pub probable: i32,
}

/// The threshold of `probable` at 8,192 accounts, and what each doubling adds.
const PROBABLE: (i32, i32) = (-1_700, 370);
/// How far `same` lies above `probable`.
const SURER: i32 = 1_500;

impl Thresholds {
    /// The thresholds for a query against so many accounts.
    ///
    /// The more accounts there are, the more of them look like any one by chance. So both thresholds rise with each
    /// doubling of their number beyond 8,192 by the same amount, and between the doublings in proportion. This is the
    /// one rule; it was fitted at 8 thousand, 25 thousand and 1 million accounts of the development sets.
    ///
    /// ```
    /// use prm_core::account::score::Thresholds;
    /// let (few, many) = (Thresholds::for_accounts(1_000), Thresholds::for_accounts(1_000_000));
    /// assert!(few.probable < many.probable && few.same - few.probable == many.same - many.probable);
    /// ```
    #[must_use]
    pub fn for_accounts(accounts: usize) -> Self {
        let blocks = u64::try_from(accounts).unwrap_or(u64::MAX).max(8_192);
        let doublings = blocks.ilog2() - 13;
        let within = i32::try_from((blocks >> doublings) - 8_192).unwrap_or(0);
        let (start, step) = PROBABLE;
        let doublings = i32::try_from(doublings).unwrap_or(0);
        let probable = start + step * doublings + step * within / 8_192;
        Self { same: probable + SURER, probable }
    }

    /// The verdict for a score.
    #[must_use]
    pub const fn verdict(self, score: i32) -> Verdict {
        if score >= self.same {
            Verdict::Same
        } else if score >= self.probable {
            Verdict::Probable
        } else {
            Verdict::Different
        }
    }
}

/// The points of a feature at a value: straight between the points of its line, level beyond them.
fn points(line: &[(i32, i32)], value: i32) -> i32 {
    let mut before: Option<(i32, i32)> = None;
    for (at, weight) in line {
        if value <= *at {
            return match before {
                Some((from, start)) if value < *at => {
                    let (part, whole) = (i64::from(value - from), i64::from(at - from));
                    start + i32::try_from(i64::from(weight - start) * part / whole).unwrap_or(0)
                }
                _ => *weight,
            };
        }
        before = Some((*at, *weight));
    }
    before.map_or(0, |(_, weight)| weight)
}

/// The sum of all features' points.
#[must_use]
pub fn sum(values: &Values) -> i32 {
    values.iter().zip(WEIGHTS).fold(BIAS, |sum, (value, line)| sum + points(line, *value))
}

/// The best pair of names: its score, and which names they are. Of pairs that score alike the one with the greater values,
/// which are the same whichever account is the first.
pub(crate) fn best(a: &Profile, b: &Profile, scratch: &mut Scratch) -> (i32, usize, usize) {
    let fields = Fields::new(a, b);
    let (mut best, mut most) = ((i32::MIN, 0, 0), [i32::MIN; FEATURES]);
    for (i, x) in a.names().iter().enumerate() {
        for (j, y) in b.names().iter().enumerate() {
            let values = compare::names(Side::new(a, x), Side::new(b, y), &fields, scratch);
            let score = sum(&values);
            if score > best.0 || (score == best.0 && values > most) {
                (best, most) = ((score, i, j), values);
            }
        }
    }
    best
}

/// How probable it is that two accounts are the same, in thousandths of log-odds; of several names the best pair counts.
///
/// ```
/// use prm_core::account::{Account, AccountFacts, Profile};
/// use prm_core::account::score::score;
/// let of = |name: &str| -> Result<Profile, Box<dyn std::error::Error>> {
///     Ok(Profile::new(&Account::new(AccountFacts::new("a".parse()?, name))?))
/// };
/// let held = of("Weyland-Yutani Corporation")?;
/// assert!(score(&held, &of("Weyland Yutani Corp.")?) > 2_000);
/// assert!(score(&held, &of("Cyberdyne Systems Corporation")?) < -2_000);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn score(a: &Profile, b: &Profile) -> i32 {
    best(a, b, &mut Scratch::default()).0
}

/// The features of the best pair of names, for fitting.
#[must_use]
pub fn values(a: &Profile, b: &Profile) -> Values {
    let (mut scratch, fields) = (Scratch::default(), Fields::new(a, b));
    let (_, i, j) = best(a, b, &mut scratch);
    match (a.names().get(i), b.names().get(j)) {
        (Some(x), Some(y)) => compare::names(Side::new(a, x), Side::new(b, y), &fields, &mut scratch),
        _ => [0; compare::FEATURES],
    }
}

/// What one feature added to a score.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Evidence {
    /// The feature.
    pub feature: Feature,
    /// Its value, in the feature's unit.
    pub value: i32,
    /// What it added, in thousandths of log-odds.
    pub points: i32,
}

/// Words of both names that were taken for one another.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Paired {
    /// How.
    pub how: How,
    /// The words of the first account, in lower-case Latin.
    pub one: Vec<String>,
    /// The words of the other one.
    pub other: Vec<String>,
}

/// A verdict with its reasons.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Assessment {
    /// The verdict.
    pub verdict: Verdict,
    /// The score, in thousandths of log-odds: [`Assessment::bias`] and the points of the evidence.
    pub score: i32,
    /// What every pair has before anything is looked at.
    pub bias: i32,
    /// The thresholds that the verdict was given by.
    pub thresholds: Thresholds,
    /// What counted, the weightiest first.
    pub evidence: Vec<Evidence>,
    /// The name of the first account that was compared.
    pub name: String,
    /// The name of the other one.
    pub other_name: String,
    /// The words that were taken for one another.
    pub paired: Vec<Paired>,
    /// What the first account is to the other by their parents, apart from the verdict.
    pub related: Option<Relation>,
}

/// Decides whether two accounts are the same, among so many accounts, and says why.
///
/// ```
/// use prm_core::account::{Account, AccountFacts};
/// use prm_core::account::score::{Verdict, assess};
/// let of = |id: &str, name: &str| -> Result<Account, Box<dyn std::error::Error>> {
///     let mut facts = AccountFacts::new(id.parse()?, name);
///     facts.country = Some("US".into());
///     Ok(Account::new(facts)?)
/// };
/// let found = assess(&of("1", "Weyland-Yutani Corp.")?, &of("2", "WEYLAND YUTANI")?, 10_000);
/// assert_eq!(found.verdict, Verdict::Same);
/// assert_eq!(found.score, found.bias + found.evidence.iter().map(|evidence| evidence.points).sum::<i32>());
/// let found = assess(&of("1", "Weyland-Yutani Corp.")?, &of("2", "Soylent Corp.")?, 10_000);
/// assert_eq!(found.verdict, Verdict::Different);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn assess(one: &Account, other: &Account, accounts: usize) -> Assessment {
    let (a, b) = (Profile::new(one), Profile::new(other));
    let (mut scratch, fields) = (Scratch::default(), Fields::new(&a, &b));
    let (score, i, j) = best(&a, &b, &mut scratch);
    let thresholds = Thresholds::for_accounts(accounts);
    let name = |account: &Account, at| account.names().nth(at).unwrap_or_default().to_owned();
    let mut found = Assessment {
        verdict: thresholds.verdict(score),
        score,
        bias: BIAS,
        thresholds,
        evidence: Vec::new(),
        name: name(one, i),
        other_name: name(other, j),
        paired: Vec::new(),
        related: one.relation(other),
    };
    if let (Some(x), Some(y)) = (a.names().get(i), b.names().get(j)) {
        let values = compare::names(Side::new(&a, x), Side::new(&b, y), &fields, &mut scratch);
        let lines = Feature::ALL.iter().zip(values).zip(WEIGHTS);
        found.evidence = lines
            .map(|((feature, value), line)| Evidence { feature: *feature, value, points: points(line, value) })
            .filter(|evidence| evidence.points != 0)
            .collect();
        found.evidence.sort_by_key(|evidence| (-evidence.points.abs(), evidence.feature));
        let swapped = x.print > y.print;
        found.paired = scratch.pairings.iter().map(|pairing| paired(pairing, &found, swapped)).collect();
    }
    found
}

fn paired(pairing: &Pairing, found: &Assessment, swapped: bool) -> Paired {
    let (one, other) = if swapped { (pairing.b, pairing.a) } else { (pairing.a, pairing.b) };
    let of = |name: &str, places: u32| {
        let words = (0_u32..).zip(words(name, WordTable::shipped()));
        words.filter(|(at, _)| places >> at & 1 == 1).map(|(_, word)| word.text).collect()
    };
    Paired { how: pairing.how, one: of(&found.name, one), other: of(&found.other_name, other) }
}
