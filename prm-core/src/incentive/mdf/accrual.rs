//! How pots fill by themselves: a share of what is bought or sold, or an amount by tier.
//!
//! An accrual is computed from what was measured in a period, as often as one likes; what is moved is the difference to
//! what it came to before ([`difference`]). When returns make it smaller, what nobody was granted is taken back. What was
//! granted **stands**: the shortfall is owed, and later allocations make up for it before anything else.

use std::collections::BTreeMap;
use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::facts::FundPartner;
use super::policy::Fund;
use super::pot::{Balances, Movement, MovementKind, Pot, PotError};
use crate::calendar::{CalendarError, Every, FiscalCalendar};
use crate::currency::Currency;
use crate::id::{Name, PartnerId};
use crate::incentive::budget::Budgeted;
use crate::incentive::measure::Measure;
use crate::incentive::rebate::{Eligible, Reason};
use crate::incentive::schedule::{Reading, Schedule};
use crate::money::{Money, MoneyError};
use crate::period::{FiscalPeriod, Period};
use crate::program::Program;
use crate::program::length::Length;
use crate::rate::Rate;
use crate::rounding::RoundingMode;
use crate::scaled::Scaled;

/// An incentive that fills the pots of a fund.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MdfAccrual {
    /// Its name in the program.
    pub name: Name,
    /// Its title, for people.
    pub title: String,
    /// The fund that it fills.
    pub fund: Name,
    /// For which class of goods, where the fund has classes.
    pub class: Option<Name>,
    /// Who accrues it.
    pub eligible: Eligible,
    /// What is measured.
    pub measure: Measure,
    /// The length of its periods.
    pub every: Every,
    /// Which sales are measured.
    pub counts: AccrualYear,
    /// How long before their end measuring stops.
    pub cut: Option<Length>,
    /// What it pays.
    pub pays: AccrualPay,
    /// The least that must be measured for anything to accrue.
    pub at_least: Option<Scaled>,
    /// The most that a partner accrues in a period.
    pub cap: Option<Money>,
    /// How it is rounded to minor units.
    pub rounding: RoundingMode,
    /// The currency of fund and program.
    pub currency: Currency,
}

/// Which sales an accrual measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AccrualYear {
    /// Those of its own period.
    #[default]
    Running,
    /// Those of the period before.
    Previous,
}

/// The periods with the word that stands for each in documents.
pub const ACCRUAL_YEARS: [(&str, AccrualYear); 2] =
    [("running", AccrualYear::Running), ("previous", AccrualYear::Previous)];

/// What accrues of what was measured.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum AccrualPay {
    /// A share, which can be another one by tier.
    Rate {
        /// For partners whose tier is not named.
        rate: Rate,
        /// By tier.
        by_tier: BTreeMap<Name, Rate>,
    },
    /// Bands, points or steps.
    Schedule(Schedule),
}

/// What accrues, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record), uniffi(name = "MdfAccrued"))]
#[non_exhaustive]
pub struct Accrued {
    /// How much.
    pub amount: Money,
    /// What limits it, or why it is nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub because: Option<AccrualReason>,
}

/// What limits an accrual, or why it is nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum), uniffi(name = "MdfAccrualReason"))]
#[serde(tag = "code", rename_all = "snake_case")]
#[non_exhaustive]
pub enum AccrualReason {
    /// It is not for the partner.
    NotEligible {
        /// Why.
        reason: Reason,
    },
    /// Less was measured than the least.
    BelowMinimum {
        /// What was measured.
        has: Scaled,
        /// The least.
        at_least: Scaled,
    },
    /// More was taken back than sold.
    Negative,
    /// No more accrues in a period.
    Cap {
        /// The most.
        amount: Money,
    },
}

impl fmt::Display for AccrualReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotEligible { reason } => write!(f, "{reason}"),
            Self::BelowMinimum { has, at_least } => write!(f, "{has} was measured, and at least {at_least} must be"),
            Self::Negative => f.write_str("more was taken back than sold"),
            Self::Cap { amount } => write!(f, "no more than {amount} accrues in a period"),
        }
    }
}

impl MdfAccrual {
    /// The days whose sales it measures for a period.
    ///
    /// # Errors
    /// [`CalendarError`] beyond the calendar.
    pub fn measured(&self, calendar: &FiscalCalendar, period: &FiscalPeriod) -> Result<Period, CalendarError> {
        let days = match self.counts {
            AccrualYear::Running => period.period,
            AccrualYear::Previous => calendar.previous(period)?.period,
        };
        match self.cut {
            Some(cut) => Ok(Period::new(days.from(), cut.before(days.until())?)?),
            None => Ok(days),
        }
    }

    /// The pot that it fills for a period of its own: that of the fund's period in which this begins.
    ///
    /// # Errors
    /// [`CalendarError`] beyond the calendar.
    pub fn pot(
        &self,
        fund: &Fund,
        program: &Program,
        period: &FiscalPeriod,
        partner: &PartnerId,
    ) -> Result<Pot, CalendarError> {
        fund.pot(program, period.period.from(), self.class.as_ref(), partner)
    }

    /// What a partner accrues by what was measured, in the program's currency; rounded once, never below nothing.
    ///
    /// Eligibility and tier are those of the period's last day.
    ///
    /// # Errors
    /// [`MoneyError`] if a number does not fit.
    pub fn accrued(
        &self,
        program: &Program,
        partner: &FundPartner,
        period: &FiscalPeriod,
        measured: Scaled,
    ) -> Result<Accrued, MoneyError> {
        let nothing = |because| Ok(Accrued { amount: Money::zero(self.currency), because: Some(because) });
        if let Some(reason) = partner.refused_by(&self.eligible, program, period.period.last_day()) {
            return nothing(AccrualReason::NotEligible { reason });
        }
        if let Some(at_least) = self.at_least.filter(|least| measured < *least) {
            return nothing(AccrualReason::BelowMinimum { has: measured, at_least });
        }
        if measured.is_negative() {
            return nothing(AccrualReason::Negative);
        }
        let exact = match &self.pays {
            AccrualPay::Rate { rate, by_tier } => {
                partner.tier.as_ref().and_then(|tier| by_tier.get(tier)).unwrap_or(rate).of(measured)?
            }
            AccrualPay::Schedule(schedule) => {
                let value = measured.exactly(schedule.digits())?.units();
                Scaled::new(schedule.pay(&Reading::new(value), None, |_| ())?, schedule.pay_digits())
            }
        };
        let amount = Money::rounded(exact, self.currency, self.rounding)?;
        match self.cap {
            Some(cap) if amount.minor() > cap.minor() => {
                Ok(Accrued { amount: cap, because: Some(AccrualReason::Cap { amount: cap }) })
            }
            _ => Ok(Accrued { amount, because: None }),
        }
    }
}

impl Fund {
    /// What a partner is given for a period of the fund by the tier in which it stands when the period begins; nothing if its
    /// tier brings nothing, or the fund is not for it.
    #[must_use]
    pub fn by_standing(&self, program: &Program, partner: &FundPartner, begins: NaiveDate) -> Money {
        let is_for = partner.refused_by(&self.eligible, program, begins).is_none();
        let tier = partner.tier.as_ref().filter(|_| is_for);
        tier.and_then(|tier| self.by_tier.get(tier)).copied().unwrap_or(Money::zero(self.currency))
    }
}

/// What is to be moved so that a pot has had `due` of an accrual of which it has had `before`.
///
/// What is more makes up first for what is owed in pots of earlier periods (`debts`), each in its own pot. What is less is
/// taken back as far as it is available; the rest is owed. Afterwards each pot settles what it owes: [`Balances::recovers`].
///
/// ```
/// use prm_core::calendar::{Every, FiscalCalendar};
/// use prm_core::incentive::mdf::{Balances, Movement, MovementKind, Pot, difference};
/// use prm_core::money::Money;
/// let period = FiscalCalendar::default().period(Every::Year, 2025, 1)?;
/// let pot = Pot { fund: "coop".parse()?, period, class: None, partner: Some("alpine".parse()?) };
/// let usd = |amount| Money::parse(amount, "USD");
/// let mut now = Balances::empty("USD".parse()?);
/// for (kind, amount) in [(MovementKind::Allocate, "2000"), (MovementKind::Grant, "1900")] {
///     now = now.after(&Movement { kind, pot: pot.clone(), amount: usd(amount)? })?;
/// }
/// // Goods were returned: 1,500 would have accrued. 100 is there to be taken back, and 400 is owed.
/// let moves = difference(&pot, usd("1500")?, usd("2000")?, &now, &[])?;
/// let kinds: Vec<_> = moves.iter().map(|movement| (movement.kind, movement.amount)).collect();
/// assert_eq!(kinds, [(MovementKind::TakeBack, usd("100")?), (MovementKind::Owe, usd("400")?)]);
/// assert!(difference(&pot, Money::parse("1", "EUR")?, usd("2000")?, &now, &[]).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`PotError::Money`] if amounts are of several currencies or do not fit.
pub fn difference(
    pot: &Pot,
    due: Money,
    before: Money,
    balances: &Balances,
    debts: &[(Pot, Money)],
) -> Result<Vec<Movement>, PotError> {
    let change = due.minus(before)?;
    let mut moves = Vec::new();
    if change.minor() >= 0 {
        let mut left = change;
        for (earlier, owed) in debts.iter().filter(|(earlier, _)| earlier != pot) {
            let part = smaller(left, *owed)?;
            moves.extend(Movement::of(MovementKind::Allocate, earlier, part));
            left = left.minus(part)?;
        }
        moves.extend(Movement::of(MovementKind::Allocate, pot, left));
        return Ok(moves);
    }
    let less = before.minus(due)?;
    let there = smaller(less, balances.available)?;
    moves.extend(Movement::of(MovementKind::TakeBack, pot, there));
    moves.extend(Movement::of(MovementKind::Owe, pot, less.minus(there)?));
    Ok(moves)
}

/// The smaller of two amounts that are not negative.
fn smaller(one: Money, other: Money) -> Result<Money, MoneyError> {
    Ok(if one.minus(other)?.minor() > 0 { other } else { one })
}

impl Balances {
    /// What a pot has to make up for out of what is available, if it owes something. Asked after every movement, a pot never
    /// grants what it owes.
    #[must_use]
    pub fn recovers(&self, pot: &Pot) -> Option<Movement> {
        let amount = if self.available.minor() < self.owed.minor() { self.available } else { self.owed };
        Movement::of(MovementKind::Recover, pot, amount)
    }
}

/// What each partner is allocated of what is left of a fund's budget: all if there is enough, else a share in proportion, cut
/// to whole minor units. The cents that are left are nobody's.
///
/// ```
/// use std::collections::BTreeMap;
/// use prm_core::incentive::mdf::within_budget;
/// use prm_core::money::Money;
/// let usd = |amount| Money::parse(amount, "USD");
/// let wants = BTreeMap::from([("alpine".parse()?, usd("100")?), ("ridge".parse()?, usd("200")?)]);
/// let gets = within_budget(usd("100")?, &wants)?;
/// assert_eq!(gets["alpine"], usd("33.33")?);
/// assert!(within_budget(Money::parse("100", "EUR")?, &wants).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`MoneyError`] if amounts are of several currencies or do not fit.
pub fn within_budget(
    left: Money,
    wants: &BTreeMap<PartnerId, Money>,
) -> Result<BTreeMap<PartnerId, Money>, MoneyError> {
    let claimed = wants.values().try_fold(Money::zero(left.currency()), |sum, want| sum.plus(*want))?;
    let share = |earned: Money| Budgeted { budget: left, claimed, earned }.paid();
    wants.iter().map(|(partner, want)| Ok((partner.clone(), share(*want)?))).collect()
}
