//! Awards as they are owed: what single sales bring to persons and partners, against what was owed before.
//!
//! What a SPIFF or commission comes to by a day is computed anew each time, from all sales. Owed is the difference to what was owed
//! by then, so that an award that is made twice owes nothing the second time.

use std::collections::BTreeMap;
use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::commission::CommissionAnswer;
use super::paying::{Paid, Paying, PayingError, differences};
use super::spiff::{SpiffAnswer, SpiffPayee};
use crate::actor::Actor;
use crate::id::{Name, PartnerId};
use crate::ledger::{Payee, may_read};
use crate::lifecycle::Access;
use crate::money::{Money, MoneyError};
use crate::partner::Partner;
use crate::program::{Program, ProgramRef};

/// For what something is owed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AwardKey {
    /// The incentive.
    pub incentive: Name,
    /// The days of its sales: the window of a SPIFF as it is written, `from` the first day of a commission's version.
    pub window: String,
    /// To whom.
    pub payee: Payee,
    /// Whose sales they are.
    pub partner: PartnerId,
}

impl fmt::Display for AwardKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}/{}", self.incentive, self.window, self.partner, self.payee)
    }
}

/// What was earned for a key, and what is owed for it if that is in another currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owing {
    /// What was earned since the window began.
    pub earned: Money,
    /// What is owed for it in another currency.
    pub paid: Option<Paid>,
}

impl Owing {
    fn money(self) -> Money {
        self.paid.map_or(self.earned, |paid| paid.money)
    }
}

/// What a payee has earned from now on, and what that was before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Award {
    /// For what.
    pub key: AwardKey,
    /// What was earned since the window began.
    pub earned: Money,
    /// What that was before; `None` for the first award of its key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Money>,
    /// What is owed for it in the partner's currency, if that is not the program's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid: Option<Paid>,
    /// What was owed before in the partner's currency, if that was not the program's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid_before: Option<Paid>,
}

impl Award {
    fn new(key: AwardKey, earned: Money, before: Option<Owing>) -> Self {
        let paid_before = before.and_then(|before| before.paid);
        Self { key, earned, before: before.map(|before| before.earned), paid: None, paid_before }
    }

    /// How much more, or less, is earned than before.
    ///
    /// # Errors
    /// [`MoneyError`] if it does not fit, or the currencies differ.
    pub fn difference(&self) -> Result<Money, MoneyError> {
        self.earned.minus(self.before.unwrap_or(Money::zero(self.earned.currency())))
    }

    /// The money that is owed more or less than before: one amount, or two if the currency changed.
    ///
    /// # Errors
    /// [`MoneyError::OutOfRange`] if an amount does not fit.
    pub fn differences(&self) -> Result<Vec<Money>, MoneyError> {
        let now = Owing { earned: self.earned, paid: self.paid };
        differences(Some(now.money()), self.owed_before().map(Owing::money))
    }

    fn owed_before(&self) -> Option<Owing> {
        self.before.map(|earned| Owing { earned, paid: self.paid_before })
    }

    /// The same, owed in the currency in which the partner is paid whose sales they are: its people are paid as it is. `until` is the
    /// last day of which sales are in it. What was owed stays in its currency, also when the partner is paid in another one
    /// from then on.
    ///
    /// # Errors
    /// [`PayingError`] if the program does not say how, or there is no rate.
    pub fn paying(
        self,
        program: &Program,
        partners: &BTreeMap<PartnerId, Partner>,
        paying: Paying<'_>,
        until: NaiveDate,
    ) -> Result<Self, PayingError> {
        let before = self.owed_before();
        let owed = before.map(Owing::money).filter(|owed| !owed.is_zero()).map(Money::currency);
        let currency = owed.or(partners.get(&self.key.partner).and_then(|partner| partner.payout_currency));
        let Some(currency) = currency.filter(|currency| *currency != self.earned.currency()) else { return Ok(self) };
        let before = before.map(|before| (before.earned, before.paid));
        let paid = paying.paid(program.payout_exchange(), (self.earned, before), until, currency)?;
        Ok(Self { paid: Some(paid), ..self })
    }
}

/// What an incentive that looks at single sales comes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum AwardAnswer {
    /// A SPIFF.
    Spiff {
        /// What it comes to.
        answer: SpiffAnswer,
    },
    /// A commission or referral fee.
    Commission {
        /// The first day that the version governs: it pays for sales from then on.
        from: NaiveDate,
        /// What it comes to.
        answer: CommissionAnswer,
    },
}

impl AwardAnswer {
    /// The incentive.
    #[must_use]
    pub const fn incentive(&self) -> &Name {
        match self {
            Self::Spiff { answer } => &answer.incentive,
            Self::Commission { answer, .. } => &answer.incentive,
        }
    }

    /// The program that decided.
    #[must_use]
    pub const fn program(&self) -> &ProgramRef {
        match self {
            Self::Spiff { answer } => &answer.program,
            Self::Commission { answer, .. } => &answer.program,
        }
    }

    /// The days of its sales, as keys have them.
    #[must_use]
    pub fn window(&self) -> String {
        match self {
            Self::Spiff { answer } => answer.window.to_string(),
            Self::Commission { from, .. } => format!("from {from}"),
        }
    }

    /// What each payee is owed in all, by what it is owed for. Of commissions that is what payment runs have paid by the day.
    #[must_use]
    pub fn owed(&self) -> BTreeMap<AwardKey, Money> {
        let key = |payee: Payee, partner: &PartnerId| AwardKey {
            incentive: self.incentive().clone(),
            window: self.window(),
            payee,
            partner: partner.clone(),
        };
        match self {
            Self::Spiff { answer } => {
                let owed = answer.earned.iter().map(|one| match &one.payee {
                    SpiffPayee::Partner(partner) => (key(partner.clone().into(), partner), one.earned),
                    SpiffPayee::Person { person, partner } => (key(person.clone().into(), partner), one.earned),
                });
                owed.collect()
            }
            Self::Commission { answer, .. } => {
                // What was never due is no award.
                let due = answer.owed.iter().filter(|one| !one.due.is_zero());
                due.map(|one| (key(one.partner.clone().into(), &one.partner), one.due)).collect()
            }
        }
    }

    /// What an actor may see of it: see [`SpiffAnswer::seen_by`]. Of commissions people of a partner see what is its own.
    #[must_use]
    pub fn seen_by(self, actor: &Actor) -> Self {
        match self {
            Self::Spiff { answer } => Self::Spiff { answer: answer.seen_by(actor) },
            Self::Commission { from, mut answer } => {
                let sees = |partner: &PartnerId| may_read(actor, Some(&partner.clone().into())) == Access::Allowed;
                answer.sales.retain(|sale| match &sale.partner {
                    Some(partner) => sees(partner),
                    None => may_read(actor, None) == Access::Allowed,
                });
                answer.runs.retain(|run| sees(&run.partner));
                answer.owed.retain(|owed| sees(&owed.partner));
                Self::Commission { from, answer }
            }
        }
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        match self {
            Self::Spiff { answer } => answer.sales.is_empty() && answer.earned.is_empty(),
            Self::Commission { answer, .. } => answer.sales.is_empty() && answer.owed.is_empty(),
        }
    }
}

/// The awards that are new: what is earned now and is not what was awarded before. Who earns nothing any more has an award
/// of nothing.
#[must_use]
pub fn awards(before: &BTreeMap<AwardKey, Owing>, now: BTreeMap<AwardKey, Money>) -> Vec<Award> {
    let gone = before.iter().filter(|(key, before)| !now.contains_key(*key) && !before.earned.is_zero());
    let nothing = |before: &Owing| Money::zero(before.earned.currency());
    let gone: Vec<Award> = gone.map(|(key, before)| Award::new(key.clone(), nothing(before), Some(*before))).collect();
    let changed = now.into_iter().filter_map(|(key, earned)| {
        let before = before.get(&key).copied();
        (before.map(|before| before.earned) != Some(earned)).then(|| Award::new(key, earned, before))
    });
    let mut awards: Vec<Award> = changed.chain(gone).collect();
    awards.sort_by(|one, next| one.key.cmp(&next.key));
    awards
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usd(minor: i64) -> Money {
        Money::from_minor(minor, "USD".parse().unwrap())
    }

    fn of(payees: &[(&str, i64)]) -> BTreeMap<AwardKey, Money> {
        let key = |payee: &str| AwardKey {
            incentive: "summer".parse().unwrap(),
            window: "2025-06-02..2025-07-14".to_owned(),
            payee: payee.parse().unwrap(),
            partner: "alpine".parse().unwrap(),
        };
        payees.iter().map(|(payee, minor)| (key(payee), usd(*minor))).collect()
    }

    #[test]
    fn only_what_changes_is_awarded() {
        let owing = |(key, earned)| (key, Owing { earned, paid: None });
        let before = of(&[("alpine", 500), ("person ada", 700), ("person ben", 0), ("person cy", 900)]);
        let before: BTreeMap<AwardKey, Owing> = before.into_iter().map(owing).collect();
        let now = of(&[("alpine", 500), ("person ada", 300), ("person dee", 100)]);
        let awards = awards(&before, now);
        let told: Vec<_> =
            awards.iter().map(|award| (award.key.payee.to_string(), award.difference().unwrap().minor())).collect();
        let expected = [("person ada", -400), ("person cy", -900), ("person dee", 100)];
        assert_eq!(told, expected.map(|(payee, minor)| (payee.to_owned(), minor)));
        // What is owed then is what is earned, and nothing is new the second time.
        let mut after = before;
        after.extend(awards.into_iter().map(|award| owing((award.key, award.earned))));
        assert_eq!(super::awards(&after, of(&[("alpine", 500), ("person ada", 300), ("person dee", 100)])), []);
    }
}
