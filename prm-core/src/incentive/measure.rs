//! Measures: what is counted of a sale line, and for whom.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::line::{
    CHANNEL_STEPS, COUNTING_DATES, ChannelStep, CountingDate, Credits, LineKind, MOTIONS, Motion, SaleLine,
};
use crate::id::{AccountId, Name};
use crate::program::Territory;
use crate::program::length::Length;
use crate::rate::Rate;
use crate::rounding::RoundingMode;
use crate::words::word_of;

/// The quantity that is added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Quantity {
    /// Amounts after discount, without tax and freight.
    NetRevenue,
    /// Amounts before discount.
    GrossRevenue,
    /// What the goods cost the partner.
    PurchaseValue,
    /// Amounts after discount, less what a marketplace kept of them.
    NetOfFee,
    /// Units.
    Units,
}

impl Quantity {
    /// The word that stands for it in documents and explanations.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::NetRevenue => "net_revenue",
            Self::GrossRevenue => "gross_revenue",
            Self::PurchaseValue => "purchase_value",
            Self::NetOfFee => "net_of_fee",
            Self::Units => "units",
        }
    }

    /// Whether it is an amount of money (and not a number of units).
    #[must_use]
    pub const fn is_money(self) -> bool {
        !matches!(self, Self::Units)
    }
}

/// The period in which a return counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ReturnPeriod {
    /// That of the sale it takes back: the sale's period is settled as if the sale had not been made.
    OriginalPeriod,
    /// Its own.
    CurrentPeriod,
}

/// What becomes of a return whose sale is unknown, where returns count in the sale's period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum UnmatchedReturn {
    /// It counts in its own period.
    CurrentPeriod,
    /// It is rejected and reported with its money.
    Reject,
}

/// What a kind of line does to a measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Effect {
    /// Its amount and its quantity count.
    Counts,
    /// Its amount counts, its quantity does not: no goods moved.
    AmountOnly,
    /// It does not count.
    Ignored,
}

/// What each kind of line does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "each is the kind of line of the same name")]
#[non_exhaustive]
pub struct Effects {
    pub sale: Effect,
    #[serde(rename = "return")]
    pub returned: Effect,
    pub price_correction: Effect,
    pub rebill: Effect,
    pub bad_debt: Effect,
    pub free_goods: Effect,
}

impl Default for Effects {
    fn default() -> Self {
        Self {
            sale: Effect::Counts,
            returned: Effect::Counts,
            price_correction: Effect::AmountOnly,
            rebill: Effect::Counts,
            bad_debt: Effect::AmountOnly,
            free_goods: Effect::Ignored,
        }
    }
}

impl Effects {
    /// The effect of one kind.
    #[must_use]
    pub const fn of(&self, kind: LineKind) -> Effect {
        match kind {
            LineKind::Sale => self.sale,
            LineKind::Return => self.returned,
            LineKind::PriceCorrection => self.price_correction,
            LineKind::Rebill => self.rebill,
            LineKind::BadDebt => self.bad_debt,
            LineKind::FreeGoods => self.free_goods,
        }
    }
}

/// What the whole program says about sale lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SalesPolicy {
    /// What each kind of line does.
    pub effects: Effects,
    /// What becomes of a return whose sale is unknown.
    pub unmatched_returns: UnmatchedReturn,
    /// How long after the end of its sale's month a return still reopens it; later it counts now.
    #[serde(serialize_with = "as_text")]
    pub reopen_until: Length,
    /// Digits after the point that measures keep.
    pub digits: u8,
    /// The roles in which lines credit partners, with the share of each where a line is divided and says none.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub roles: BTreeMap<Name, Rate>,
}

/// How an amount is rounded as it enters a measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct EntryRounding {
    /// Digits after the point that are kept.
    pub digits: u8,
    /// Which neighbour is taken.
    pub mode: RoundingMode,
}

/// How fine the sums of a measure are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Grain {
    /// By fiscal month.
    #[default]
    Month,
    /// By day: where a day decides, such as that on which a tier was reached or a partner joined.
    Day,
}

/// Which lines a measure counts, beyond product, step and date.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize)]
#[non_exhaustive]
pub struct LineFilter {
    /// Only lines whose counting date lies here: the first day, and the day after the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub during: Option<(NaiveDate, NaiveDate)>,
    /// Only lines of one of these motions; all lines if empty.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub motions: BTreeSet<Motion>,
    /// Only lines that belong to a deal registration, or only those that do not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registered: Option<bool>,
    /// Only lines that were sold to these.
    #[serde(skip_serializing_if = "SoldTo::is_anybody")]
    pub sold_to: SoldTo,
}

/// End customers, and where they are: those for which everything that is said here holds.
///
/// ```
/// # #[cfg(feature = "program")] {
/// use prm_core::program::Program;
/// let text = "
/// format: 1
/// program: Example
/// version: '1'
/// effective: { from: 2025-01-01 }
/// currency: USD
/// incentives:
///   schools:
///     kind: rebate
///     measure: { of: net_revenue, sold_to: { account: [A-1, A-2] } }
///     every: quarter
///     schedule: { shape: whole_volume, bands: [{ from: 0, rate: 1 % }] }
/// ";
/// let program = Program::read(text).unwrap();
/// assert_eq!(program.rebate("schools").unwrap().measure.lines.sold_to.accounts.len(), 2);
///
/// // Nobody is both meant and not meant.
/// let findings = Program::read(&text.replace("[A-1, A-2]", "[A-1, A-2], except: [A-2]")).unwrap_err();
/// assert!(findings.iter().any(|finding| finding.code == "named_and_excepted"));
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize)]
#[non_exhaustive]
pub struct SoldTo {
    /// One of these accounts; any if empty.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub accounts: BTreeSet<AccountId>,
    /// None of these accounts.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub except: BTreeSet<AccountId>,
    /// Shipped into one of these territories; anywhere if empty.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub territories: BTreeSet<Name>,
}

impl SoldTo {
    /// Whether every line passes.
    #[must_use]
    pub fn is_anybody(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a line was sold to one of these. One that does not say to whom was sold to no named account, and to none
    /// that is excepted; one that does not say where to was shipped into no territory.
    #[must_use]
    pub fn holds(&self, line: &SaleLine, territories: &BTreeMap<Name, Territory>) -> bool {
        let within = |name: &Name| {
            let territory = territories.get(name);
            territory.is_some_and(|of| of.covers(line.ship_to_country.as_deref(), line.ship_to_region.as_deref()))
        };
        let account = line.account.as_ref();
        (self.accounts.is_empty() || account.is_some_and(|account| self.accounts.contains(account)))
            && !account.is_some_and(|account| self.except.contains(account))
            && (self.territories.is_empty() || self.territories.iter().any(within))
    }
}

impl fmt::Display for SoldTo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // An id may hold any sign: in quotes, no two lists have one text.
        for (word, accounts) in [(", to ", &self.accounts), (", not to ", &self.except)] {
            for (at, account) in accounts.iter().enumerate() {
                write!(f, "{}{:?}", if at == 0 { word } else { "+" }, account.as_str())?;
            }
        }
        for (at, name) in self.territories.iter().enumerate() {
            write!(f, "{}{name}", if at == 0 { ", shipped to " } else { "+" })?;
        }
        Ok(())
    }
}

impl LineFilter {
    /// Whether every line passes.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a line that counts on a day passes. A line whose motion is unknown is of no motion. What takes back a sale
    /// passes by what it says itself.
    #[must_use]
    pub fn passes(&self, line: &SaleLine, day: NaiveDate, territories: &BTreeMap<Name, Territory>) -> bool {
        self.during.is_none_or(|(from, until)| day >= from && day < until)
            && (self.motions.is_empty() || line.motion.is_some_and(|motion| self.motions.contains(&motion)))
            && self.registered.is_none_or(|registered| line.registration.is_some() == registered)
            && (self.sold_to.is_anybody() || self.sold_to.holds(line, territories))
    }
}

impl fmt::Display for LineFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((from, until)) = self.during {
            write!(f, ", from {from} until {until}")?;
        }
        for (at, motion) in self.motions.iter().enumerate() {
            write!(f, "{}{}", if at == 0 { ", motion " } else { "+" }, word_of(&MOTIONS, motion))?;
        }
        match self.registered {
            Some(true) => f.write_str(", registered")?,
            Some(false) => f.write_str(", not registered")?,
            None => {}
        }
        self.sold_to.fmt(f)
    }
}

/// What is counted: a quantity of some products at one channel step, credited to one party, by one date.
///
/// Two measures with the same content are one and are added up once, whichever incentives use them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[non_exhaustive]
pub struct Measure {
    /// The quantity that is added up.
    pub of: Quantity,
    /// Only products in one of these sets; all products if empty.
    pub products: BTreeSet<Name>,
    /// The channel step that counts.
    pub step: ChannelStep,
    /// The party that is credited.
    pub credits: Credits,
    /// The date that decides the period.
    pub counting_date: CountingDate,
    /// The period in which a return counts.
    pub returns: ReturnPeriod,
    /// How a line is rounded on entry.
    pub entry: EntryRounding,
    /// Which lines count beyond that.
    #[serde(skip_serializing_if = "LineFilter::is_none")]
    pub lines: LineFilter,
    /// How fine its sums are kept: as fine as the finest of its uses in the program needs.
    #[serde(skip_serializing_if = "by_month")]
    pub grain: Grain,
}

impl Measure {
    /// The name of the measure in partial sums and explanations: its content in one line.
    ///
    /// Within a program it says everything; what the product sets hold is pinned by the program's digest.
    #[must_use]
    pub fn key(&self) -> String {
        self.to_string()
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let step = word_of(&CHANNEL_STEPS, &self.step);
        let date = word_of(&COUNTING_DATES, &self.counting_date);
        write!(f, "{} of ", self.of.word())?;
        if self.products.is_empty() {
            f.write_str("all products")?;
        }
        for (at, name) in self.products.iter().enumerate() {
            write!(f, "{}{name}", if at == 0 { "" } else { "+" })?;
        }
        let returns = match self.returns {
            ReturnPeriod::OriginalPeriod => "original period",
            ReturnPeriod::CurrentPeriod => "current period",
        };
        write!(f, ", {step} credited to {}, by {date} date, returns in {returns}", self.credits)?;
        let EntryRounding { digits, mode } = self.entry;
        write!(f, ", lines to {digits} digits {mode}{}", self.lines)?;
        f.write_str(if self.grain == Grain::Day { ", by day" } else { "" })
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "the form that serde asks for")]
fn by_month(grain: &Grain) -> bool {
    *grain == Grain::Month
}

fn as_text<T: fmt::Display, S: serde::Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(value)
}
