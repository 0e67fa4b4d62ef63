//! The record of a settlement that changed something: a lifecycle of one event.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Entry;
use crate::actor::Actor;
use crate::incentive::awarded::Award;
use crate::ledger;
use crate::lifecycle::{Access, Context, Intent, Lifecycle};
use crate::money::{Money, MoneyError};
use crate::period::Period;
use crate::program::ProgramRef;

/// A settlement that changed something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Settlement {
    /// The program that decided.
    pub program: ProgramRef,
    /// The days whose periods were settled.
    pub covers: Period,
    /// How many partners and persons have a statement.
    pub statements: u64,
    /// How many entries these hold.
    pub entries: u64,
    /// What became owed more, and less, by currency.
    pub posted: Vec<Money>,
    /// When.
    pub settled_at: DateTime<Utc>,
    /// Who.
    pub settled_by: Actor,
}

/// What a settlement came to, before it is one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Totals {
    /// The program that decided.
    pub program: ProgramRef,
    /// The days whose periods are settled.
    pub covers: Period,
    /// How many partners have a statement.
    pub statements: u64,
    /// How many entries these hold.
    pub entries: u64,
    /// What became owed more, and less, by currency.
    pub posted: Vec<Money>,
}

impl Totals {
    /// What these entries come to.
    ///
    /// # Errors
    /// [`MoneyError::OutOfRange`] if a sum does not fit.
    pub fn of(program: ProgramRef, covers: Period, entries: &[Entry]) -> Result<Self, MoneyError> {
        let mut posted: BTreeMap<_, Money> = BTreeMap::new();
        let mut partners: Vec<_> = entries.iter().map(|entry| &entry.explanation.partner).collect();
        for entry in entries {
            for money in entry.differences()? {
                let sum = posted.entry(money.currency()).or_insert(Money::zero(money.currency()));
                *sum = sum.plus(money)?;
            }
        }
        partners.sort_unstable();
        partners.dedup();
        let (statements, posted) = (partners.len() as u64, posted.into_values().collect());
        Ok(Self { program, covers, statements, entries: entries.len() as u64, posted })
    }

    /// What awards come to: each payee has a statement, and the days are those from the first window's to the last one's.
    ///
    /// # Errors
    /// [`MoneyError::OutOfRange`] if a sum does not fit.
    pub fn of_awards(program: ProgramRef, covers: Period, awards: &[Award]) -> Result<Self, MoneyError> {
        let mut posted: BTreeMap<_, Money> = BTreeMap::new();
        for award in awards {
            for money in award.differences()? {
                let sum = posted.entry(money.currency()).or_insert(Money::zero(money.currency()));
                *sum = sum.plus(money)?;
            }
        }
        let payees: BTreeSet<_> = awards.iter().map(|award| &award.key.payee).collect();
        let (statements, posted) = (payees.len() as u64, posted.into_values().collect());
        Ok(Self { program, covers, statements, entries: awards.len() as u64, posted })
    }
}

/// There is nothing to be done to a settlement: later ones adjust what it said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {}

/// What happened. Stored; never renamed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// Periods were settled, and something was owed more or less than before.
    Settled {
        /// What it came to.
        totals: Totals,
        /// When.
        at: DateTime<Utc>,
        /// Who.
        by: Actor,
    },
}

/// Why a settlement is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SettlementError {
    /// A settlement without entries is none.
    #[error("nothing is due that was not due before")]
    NothingNew,
}

impl Lifecycle for Settlement {
    const KIND: &'static str = "settlement";
    const FORMAT: u32 = 1;
    type Open = Totals;
    type Command = Command;
    type Event = Event;
    type Given = ();
    type Found = ();
    type Error = SettlementError;

    fn open(open: &Totals, context: &Context<'_, Self>) -> Result<Event, SettlementError> {
        if open.entries == 0 {
            return Err(SettlementError::NothingNew);
        }
        Ok(Event::Settled { totals: open.clone(), at: context.at, by: context.by.clone() })
    }

    fn born(event: &Event) -> Option<Self> {
        let Event::Settled { totals, at, by } = event.clone();
        let Totals { program, covers, statements, entries, posted } = totals;
        Some(Self { program, covers, statements, entries, posted, settled_at: at, settled_by: by })
    }

    fn decide(&self, command: &Command, _context: &Context<'_, Self>) -> Result<Vec<Event>, SettlementError> {
        match *command {}
    }

    fn evolve(self, _event: &Event) -> Self {
        // Its opening is its only event.
        self
    }

    /// Finance and the host settle; who may read all money reads settlements.
    fn may(_record: Option<&Self>, actor: &Actor, intent: Intent<'_, Self>) -> Access {
        match intent {
            Intent::Read => ledger::may_read(actor, None),
            Intent::Open(_) | Intent::Command(_) => ledger::may_post(actor),
        }
    }

    fn stage(&self) -> &'static str {
        "posted"
    }

    fn changed_at(&self) -> DateTime<Utc> {
        self.settled_at
    }
}
