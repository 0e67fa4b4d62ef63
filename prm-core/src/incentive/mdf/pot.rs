//! Pots: where the money of a fund stands, and how it moves.
//!
//! A pot is what a partner has of a fund for one of the fund's periods, and for one class of goods where the fund has
//! classes; a shared fund has one for all partners. Its money stands in accounts, and every movement takes it from one
//! and puts it into another:
//!
//! ```text
//!            allocate              grant               spend
//!  allocated ───────▶ available ────────▶ reserved ───────────▶ spent
//!      ▲  ▲ take back   │ │ │ ▲             │
//!      │  └─────────────┘ │ │ └─────────────┘ release
//!      │ owe              │ ├─────────▶ lapsed   (lapse)
//!      └──── owed ◀───────┘ └─────────▶ carried  (carry over, into the next period's pot)
//!             recover
//! ```
//!
//! What was allocated less what is owed is what is available, reserved, spent, lapsed and carried over: [`Balances::conserves`].
//! No account is ever overdrawn. Does not own: where balances are kept and locked (the store's).

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::calendar::CalendarError;
use crate::currency::Currency;
use crate::digest::Fingerprint;
use crate::id::{Name, PartnerId};
use crate::money::{Money, MoneyError};
use crate::period::FiscalPeriod;
use crate::words::word_of;

/// What a partner, or all of them, have of a fund for one of its periods.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Pot {
    /// The fund.
    pub fund: Name,
    /// The fund's period.
    pub period: FiscalPeriod,
    /// The class of goods, where the fund has classes: money of one is not for another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<Name>,
    /// Whose; `None` where all partners share one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner: Option<PartnerId>,
}

impl Pot {
    /// Its name for look-ups: fund, period, class and partner, the latter two empty where there is none. Only the last can
    /// hold a `/`, so that no two pots have one name.
    #[must_use]
    pub fn key(&self) -> String {
        let class = self.class.as_ref().map_or("", |class| class.as_str());
        let partner = self.partner.as_ref().map_or("", |partner| partner.as_str());
        format!("{}/{}/{class}/{partner}", self.fund, self.period)
    }
}

impl fmt::Display for Pot {
    /// `marketing/2025/alpine`; with a class `coop/2025/furnaces/alpine`, of a shared fund `launch/2025/*`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.fund, self.period)?;
        if let Some(class) = &self.class {
            write!(f, "/{class}")?;
        }
        match &self.partner {
            Some(partner) => write!(f, "/{partner}"),
            None => f.write_str("/*"),
        }
    }
}

/// Where money of a pot stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PotAccount {
    /// What was put in, less what was taken back.
    Allocated,
    /// What can be granted.
    Available,
    /// What was granted and is not spent.
    Reserved,
    /// What approved claims came to.
    Spent,
    /// What nobody used in time.
    Lapsed,
    /// What went on into the next period.
    Carried,
    /// What was taken back beyond what was available: later allocations make up for it.
    Owed,
}

/// What a movement does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MovementKind {
    /// Puts money in: accrued, given by a person, or carried over from the period before.
    Allocate,
    /// Takes money back that nobody was granted, because returns made an accrual smaller.
    TakeBack,
    /// Notes what cannot be taken back because it was granted: grants stand.
    Owe,
    /// Makes up for what is owed, out of what was put in later.
    Recover,
    /// Reserves money for an approved request.
    Grant,
    /// Gives back what a request does not use.
    Release,
    /// Uses what was granted, for an approved claim.
    Spend,
    /// Lets money go that nobody used in time.
    Lapse,
    /// Takes money out that goes on into the next period's pot, where it is allocated.
    CarryOver,
}

/// The kinds with the word that stands for each in tables and views.
pub const MOVEMENT_KINDS: [(&str, MovementKind); 9] = [
    ("allocate", MovementKind::Allocate),
    ("take_back", MovementKind::TakeBack),
    ("owe", MovementKind::Owe),
    ("recover", MovementKind::Recover),
    ("grant", MovementKind::Grant),
    ("release", MovementKind::Release),
    ("spend", MovementKind::Spend),
    ("lapse", MovementKind::Lapse),
    ("carry_over", MovementKind::CarryOver),
];

impl fmt::Display for MovementKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(word_of(&MOVEMENT_KINDS, self))
    }
}

impl MovementKind {
    /// Whether requests and claims alone cause it.
    #[must_use]
    pub const fn is_requests(self) -> bool {
        matches!(self, Self::Grant | Self::Release | Self::Spend)
    }

    /// From which account it takes, and into which it puts.
    #[must_use]
    pub const fn accounts(self) -> (PotAccount, PotAccount) {
        use PotAccount::{Allocated, Available, Carried, Lapsed, Owed, Reserved, Spent};
        match self {
            Self::Allocate => (Allocated, Available),
            Self::TakeBack => (Available, Allocated),
            Self::Owe => (Owed, Allocated),
            Self::Recover => (Available, Owed),
            Self::Grant => (Available, Reserved),
            Self::Release => (Reserved, Available),
            Self::Spend => (Reserved, Spent),
            Self::Lapse => (Available, Lapsed),
            Self::CarryOver => (Available, Carried),
        }
    }
}

/// An amount that moves within a pot.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Movement {
    /// What it does.
    pub kind: MovementKind,
    /// In which pot.
    pub pot: Pot,
    /// How much: more than nothing, in the fund's currency.
    pub amount: Money,
}

impl Movement {
    /// Its id: SHA-256 over its kind, its pot and what caused it, in the form of a UUID of version 8. So one source causes one
    /// movement of a kind in a pot.
    #[must_use]
    pub fn id(&self, source: &str) -> Uuid {
        let mut print = Fingerprint::new();
        for part in ["movement", word_of(&MOVEMENT_KINDS, &self.kind), &self.pot.key(), source] {
            print.text(part);
        }
        let mut bytes = [0; 16];
        bytes.iter_mut().zip(print.bytes()).for_each(|(byte, hashed)| *byte = hashed);
        uuid::Builder::from_custom_bytes(bytes).into_uuid()
    }

    /// A movement of an amount; `None` if it is nothing or less.
    #[must_use]
    pub fn of(kind: MovementKind, pot: &Pot, amount: Money) -> Option<Self> {
        (amount.minor() > 0).then(|| Self { kind, pot: pot.clone(), amount })
    }
}

/// Why a movement cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PotError {
    /// There is less in an account than is to be taken from it.
    #[error("{pot} has {has} there, which is not enough for {needs}")]
    NotEnough {
        /// The pot.
        pot: Box<Pot>,
        /// What is there.
        has: Money,
        /// What was to be taken.
        needs: Money,
    },
    /// The amounts are of several currencies, or too large together.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// The next period lies beyond the calendar.
    #[error(transparent)]
    Calendar(#[from] CalendarError),
}

/// What stands in the accounts of a pot, each in the fund's currency and never below nothing.
///
/// ```
/// use prm_core::calendar::{Every, FiscalCalendar};
/// use prm_core::incentive::mdf::{Balances, Movement, MovementKind, Pot, PotError};
/// use prm_core::money::Money;
/// let period = FiscalCalendar::default().period(Every::Year, 2025, 1)?;
/// let pot = Pot { fund: "coop".parse()?, period, class: None, partner: Some("alpine".parse()?) };
/// let money = |amount| Money::parse(amount, "USD");
/// let step = |kind, amount| Ok::<_, prm_core::money::MoneyError>(Movement { kind, pot: pot.clone(), amount: money(amount)? });
/// let balances = Balances::empty("USD".parse()?)
///     .after(&step(MovementKind::Allocate, "2000")?)?
///     .after(&step(MovementKind::Grant, "900")?)?
///     .after(&step(MovementKind::Spend, "900")?)?;
/// assert_eq!((balances.available, balances.spent), (money("1100")?, money("900")?));
/// assert!(balances.conserves());
/// let refused = balances.after(&step(MovementKind::Grant, "1100.01")?);
/// assert!(matches!(refused, Err(PotError::NotEnough { .. })));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Balances {
    /// What was put in, less what was taken back.
    pub allocated: Money,
    /// What can be granted.
    pub available: Money,
    /// What was granted and is not spent.
    pub reserved: Money,
    /// What approved claims came to.
    pub spent: Money,
    /// What nobody used in time.
    pub lapsed: Money,
    /// What went on into the next period.
    pub carried: Money,
    /// What was taken back beyond what was available.
    pub owed: Money,
}

impl Balances {
    /// Those of a pot in which nothing ever was.
    #[must_use]
    pub const fn empty(currency: Currency) -> Self {
        let none = Money::zero(currency);
        Self { allocated: none, available: none, reserved: none, spent: none, lapsed: none, carried: none, owed: none }
    }

    /// What stands in an account.
    #[must_use]
    pub const fn of(&self, account: PotAccount) -> Money {
        match account {
            PotAccount::Allocated => self.allocated,
            PotAccount::Available => self.available,
            PotAccount::Reserved => self.reserved,
            PotAccount::Spent => self.spent,
            PotAccount::Lapsed => self.lapsed,
            PotAccount::Carried => self.carried,
            PotAccount::Owed => self.owed,
        }
    }

    fn account(&mut self, account: PotAccount) -> &mut Money {
        match account {
            PotAccount::Allocated => &mut self.allocated,
            PotAccount::Available => &mut self.available,
            PotAccount::Reserved => &mut self.reserved,
            PotAccount::Spent => &mut self.spent,
            PotAccount::Lapsed => &mut self.lapsed,
            PotAccount::Carried => &mut self.carried,
            PotAccount::Owed => &mut self.owed,
        }
    }

    /// The same after a movement.
    ///
    /// # Errors
    /// [`PotError::NotEnough`] if an account would be overdrawn.
    pub fn after(mut self, movement: &Movement) -> Result<Self, PotError> {
        let Movement { kind, pot, amount } = movement;
        let (from, into) = kind.accounts();
        for (account, fills) in [(from, false), (into, true)] {
            // What was allocated and what is owed are where the others come from: they grow when money leaves them.
            let is_source = matches!(account, PotAccount::Allocated | PotAccount::Owed);
            let held = self.of(account);
            let now = if is_source == fills { held.minus(*amount)? } else { held.plus(*amount)? };
            if now.minor() < 0 || amount.minor() < 0 {
                return Err(PotError::NotEnough { pot: pot.clone().into(), has: held, needs: *amount });
            }
            *self.account(account) = now;
        }
        Ok(self)
    }

    /// Whether nothing appeared and nothing vanished.
    #[must_use]
    pub fn conserves(&self) -> bool {
        let sum = |of: &[Money]| of.iter().map(|money| i128::from(money.minor())).sum::<i128>();
        sum(&[self.allocated, self.owed])
            == sum(&[self.available, self.reserved, self.spent, self.lapsed, self.carried])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_owed_is_made_up_for_later() {
        let period = crate::calendar::FiscalCalendar::default().period(crate::calendar::Every::Year, 2025, 1).unwrap();
        let pot = Pot { fund: "coop".parse().unwrap(), period, class: None, partner: "a".parse().ok() };
        let step =
            |kind, minor| Movement { kind, pot: pot.clone(), amount: Money::from_minor(minor, "USD".parse().unwrap()) };
        let mut now = Balances::empty("USD".parse().unwrap());
        for (kind, minor) in [
            (MovementKind::Allocate, 100),
            (MovementKind::Grant, 80),
            (MovementKind::TakeBack, 20),
            (MovementKind::Owe, 10),
            (MovementKind::Allocate, 30),
            (MovementKind::Recover, 10),
        ] {
            now = now.after(&step(kind, minor)).unwrap();
            assert!(now.conserves(), "{now:?}");
        }
        let minor = [now.allocated, now.available, now.reserved, now.owed].map(Money::minor);
        assert_eq!(minor, [100, 20, 80, 0]);
        assert!(now.after(&step(MovementKind::Recover, 1)).is_err());
        assert!(now.after(&step(MovementKind::TakeBack, 101)).is_err());
        assert_eq!(pot.to_string(), "coop/2025/a");
    }
}
