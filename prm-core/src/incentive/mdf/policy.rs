//! What a program says of its marketing funds: the `mdf` block.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::pot::Pot;
use crate::actor::VendorRole;
use crate::calendar::{CalendarError, Every};
use crate::clock::ClockHours;
use crate::currency::Currency;
use crate::fx::RateKind;
use crate::id::{Name, PartnerId};
use crate::incentive::rebate::Eligible;
use crate::money::Money;
use crate::program::Program;
use crate::program::length::{Length, Unit};
use crate::rate::Rate;
use crate::rounding::RoundingMode;
use chrono::NaiveDate;

/// A marketing fund.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fund {
    /// Its name in the program.
    pub name: Name,
    /// Its title, for people.
    pub title: String,
    /// The currency of its money.
    pub currency: Currency,
    /// The length of its periods.
    pub every: Every,
    /// Whether all partners share one pot for each period.
    pub shared: bool,
    /// The partners that it is for.
    pub eligible: Eligible,
    /// The most that is allocated for a period in all.
    pub budget: Option<Money>,
    /// What partners are given for a period by their tier, without asking.
    pub by_tier: BTreeMap<Name, Money>,
    /// The kinds of activity that it pays for; any if there are none.
    pub activities: BTreeMap<Name, Activity>,
    /// The classes of goods that have pots of their own; none if it has no classes.
    pub classes: BTreeSet<Name>,
    /// How money is asked for.
    pub request: RequestPolicy,
    /// How what was spent is claimed.
    pub claim: FundClaims,
    /// What becomes of what was granted and not claimed.
    pub unclaimed: Unclaimed,
    /// What becomes of what nobody was granted when a period ends.
    pub year_end: YearEnd,
    /// How spending in other currencies is converted; `None` if it is refused.
    pub exchange: Option<FundExchange>,
    /// How shares are rounded to minor units of the fund's currency.
    pub rounding: RoundingMode,
}

impl Fund {
    /// The pot that pays for an activity: that of the period in which it begins.
    ///
    /// # Errors
    /// [`CalendarError`] beyond the calendar.
    pub fn pot(
        &self,
        program: &Program,
        begins: NaiveDate,
        class: Option<&Name>,
        partner: &PartnerId,
    ) -> Result<Pot, CalendarError> {
        Ok(Pot {
            fund: self.name.clone(),
            period: program.calendar().period_of(begins, self.every)?,
            class: class.cloned(),
            partner: (!self.shared).then(|| partner.clone()),
        })
    }

    /// The share of the cost that it pays: that of the first rule that matches, else the one for all.
    #[must_use]
    pub fn share(&self, activity: &Name, creative: Option<Creative>, tier: Option<&Name>) -> Rate {
        let rules = self.request.shares.iter();
        rules
            .filter(|rule| rule.matches(activity, creative, tier))
            .map(|rule| rule.share)
            .next()
            .unwrap_or(self.request.share)
    }

    /// The most that one request for a kind of activity can be granted, if there is a limit.
    #[must_use]
    pub fn most(&self, activity: &Name) -> Option<Money> {
        let of_activity = self.activities.get(activity).and_then(|activity| activity.at_most);
        [of_activity, self.request.at_most].into_iter().flatten().min_by_key(|money| money.minor())
    }

    /// What must be shown for an activity of a kind.
    #[must_use]
    pub fn proof(&self, activity: &Name) -> &BTreeSet<Name> {
        let of_activity = self.activities.get(activity).and_then(|activity| activity.proof.as_ref());
        of_activity.unwrap_or(&self.claim.handling.proof)
    }
}

/// A kind of activity.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Activity {
    /// Its title, for people.
    pub title: String,
    /// The most that one request for it can be granted.
    pub at_most: Option<Money>,
    /// What must be shown for it, if not what the fund asks for.
    pub proof: Option<BTreeSet<Name>>,
}

/// How money is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RequestPolicy {
    /// The share of the cost that is paid, where no rule says otherwise.
    pub share: Rate,
    /// Other shares; the first rule that matches decides.
    pub shares: Vec<ShareRule>,
    /// The least that can be asked for.
    pub at_least: Option<Money>,
    /// The most that can be asked for.
    pub at_most: Option<Money>,
    /// How long before the activity begins it must be asked for; `None` for not after its first day.
    pub ask: Option<Length>,
    /// Who approves, one after the other.
    pub approvers: Vec<Approver>,
    /// How soon an answer is due; `None` for as long as it takes.
    pub answer: Option<Answer>,
    /// Where the vendor pays in advance: after how many working days from the approval on the money can be used.
    pub prepaid: Option<u32>,
}

/// A share for some requests: all that is said must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShareRule {
    /// For these kinds of activity; any if empty.
    pub activities: BTreeSet<Name>,
    /// Where the creative was made by one of these; by anybody if empty.
    pub creatives: BTreeSet<Creative>,
    /// For partners in these tiers; in any if empty.
    pub tiers: BTreeSet<Name>,
    /// The share.
    pub share: Rate,
}

impl ShareRule {
    fn matches(&self, activity: &Name, creative: Option<Creative>, tier: Option<&Name>) -> bool {
        (self.activities.is_empty() || self.activities.contains(activity))
            && (self.creatives.is_empty() || creative.is_some_and(|made_by| self.creatives.contains(&made_by)))
            && (self.tiers.is_empty() || tier.is_some_and(|tier| self.tiers.contains(tier)))
    }
}

/// Who made what is shown: the advertisement, the page, the stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Creative {
    /// The partner.
    Partner,
    /// The vendor.
    Vendor,
    /// An agency of the partner's.
    Agency,
}

/// The makers with the word that stands for each in documents.
pub const CREATIVES: [(&str, Creative); 3] =
    [("partner", Creative::Partner), ("vendor", Creative::Vendor), ("agency", Creative::Agency)];

/// Whose approval is needed, and from which amount on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Approver {
    /// As what somebody approves.
    pub role: VendorRole,
    /// From which amount on; `None` for always.
    pub from: Option<Money>,
}

impl Approver {
    /// Somebody who always approves.
    #[must_use]
    pub const fn always(role: VendorRole) -> Self {
        Self { role, from: None }
    }

    /// Those of a list who approve an amount, in order. An amount in another currency is as large as any.
    pub fn of(list: &[Self], amount: Money) -> impl Iterator<Item = VendorRole> + '_ {
        let is_large = move |from: Money| from.currency() != amount.currency() || amount.minor() >= from.minor();
        let needed = move |of: &&Self| of.from.is_none_or(is_large);
        list.iter().filter(needed).map(|of| of.role)
    }
}

/// How soon an answer is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answer {
    /// Within how many hours.
    pub within_hours: u32,
    /// Which hours count.
    pub clock: ClockHours,
}

impl Answer {
    /// An answer within hours of a clock.
    #[must_use]
    pub const fn within(within_hours: u32, clock: ClockHours) -> Self {
        Self { within_hours, clock }
    }
}

/// How what was spent is claimed from a fund.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FundClaims {
    /// How long after the activity, or the invoice, it can be claimed; `None` for without end.
    pub within: Option<Length>,
    /// From when that counts.
    pub of: ClaimFrom,
    /// How long before the end of the fund's period the last claims are taken; `None` for also after it.
    pub closes: Option<Length>,
    /// How long after the activity it can be claimed by a partner that has left.
    pub after_leaving: Option<Length>,
    /// How many claims a request can have; `None` for any number.
    pub at_most: Option<u32>,
    /// What must be shown, and who decides.
    pub handling: Handling,
}

/// What must be shown for a claim, and how it is decided.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Handling {
    /// What must be shown, by kind. An `invoice` is shown by the spending that names one.
    pub proof: BTreeSet<Name>,
    /// Who approves, one after the other.
    pub approvers: Vec<Approver>,
    /// How soon an answer is due.
    pub answer: Option<Answer>,
    /// How long what was sent back can be corrected.
    pub correct: Length,
}

impl Default for Handling {
    /// Nothing is shown, somebody of marketing approves, and what was sent back can be corrected for 30 days.
    fn default() -> Self {
        let correct = Length { count: 30, unit: Unit::Days };
        Self { proof: BTreeSet::new(), approvers: vec![Approver::always(VendorRole::Marketing)], answer: None, correct }
    }
}

/// From when on the time for a claim counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ClaimFrom {
    /// From the end of the activity.
    #[default]
    Activity,
    /// From the date of each invoice.
    Invoice,
}

/// The beginnings with the word that stands for each in documents.
pub const CLAIM_FROM: [(&str, ClaimFrom); 2] = [("activity", ClaimFrom::Activity), ("invoice", ClaimFrom::Invoice)];

/// What becomes of what was granted and not claimed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Unclaimed {
    /// It can be granted again.
    #[default]
    Returns,
    /// It lapses.
    Lapses,
}

/// The ways with the word that stands for each in documents.
pub const UNCLAIMED: [(&str, Unclaimed); 2] = [("returns", Unclaimed::Returns), ("lapses", Unclaimed::Lapses)];

/// What becomes of what nobody was granted when a period ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum YearEnd {
    /// It lapses.
    #[default]
    Forfeits,
    /// A part goes on into the next period, and the rest lapses.
    CarriesOver {
        /// The share that goes on.
        share: Rate,
        /// The most that goes on.
        at_most: Option<Money>,
    },
}

/// How spending in other currencies is converted: at the rate of the invoice's date.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FundExchange {
    /// The name of the rate table.
    pub table: Name,
    /// The kind of rate.
    pub rate: RateKind,
    /// How many days back a rate may come from.
    pub at_most_days: u32,
}

impl FundExchange {
    /// By a table, a kind of rate and a reach.
    #[must_use]
    pub const fn new(table: Name, rate: RateKind, at_most_days: u32) -> Self {
        Self { table, rate, at_most_days }
    }
}
