//! Money of funds: what stands in pots, and how it moves.

use chrono::{DateTime, TimeDelta, Utc};
use prm_core::actor::{Actor, VendorRole};
use prm_core::currency::Currency;
use prm_core::incentive::mdf::{Balances, MOVEMENT_KINDS, Movement, MovementKind, Pot, PotAccount, PotError};
use prm_core::ledger::SOURCE_BYTES_MAX;
use prm_core::money::Money;
use prm_core::zone::micros;

use super::receive::{body, text};
use crate::books::Books;
use crate::error::{Passing, StoreError};
use crate::pool::HostTransaction;
use crate::process::post::Posted;
use crate::store::{Tenant, joining, reading, writing};
use crate::work::{Funds as _, MovementRow, PotRow};

/// Why money was not moved. Nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FundError {
    /// The actor may not move money of funds.
    #[error("the actor may not move money of funds")]
    Denied,
    /// Money is granted, released and spent by requests and claims alone.
    #[error("`{kind}` is for requests and claims to cause")]
    NotByHand {
        /// What was to be done.
        kind: MovementKind,
    },
    /// The source has caused another movement of this kind in the pot.
    #[error("source `{source_text}` has caused another movement of this kind")]
    SourceUsed {
        /// The source.
        source_text: String,
    },
    /// The source is empty, too long or holds control characters.
    #[error("a source has 1 to 600 bytes and no control characters; `{source_text}` is none")]
    Source {
        /// The source, escaped.
        source_text: String,
    },
    /// The pot does not have what it takes.
    #[error(transparent)]
    Pot(#[from] PotError),
    /// The database is the matter.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for FundError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

impl Passing for FundError {
    fn is_passing(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_passing())
    }
}

/// A pot with what stands in it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StandingPot {
    /// The pot.
    pub pot: Pot,
    /// What stands in it.
    pub balances: Balances,
    /// When it last changed.
    pub recorded_at: DateTime<Utc>,
}

/// A movement with what caused it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PostedMovement {
    /// The movement.
    pub movement: Movement,
    /// What caused it: a record with its version, or what whoever moved it by hand named, behind `by_hand/`.
    pub source: String,
    /// Who caused it.
    pub by: Actor,
    /// When it was written.
    pub recorded_at: DateTime<Utc>,
}

fn may_see(pot: &Pot, by: &Actor) -> bool {
    match by {
        Actor::Host | Actor::Vendor { .. } => true,
        Actor::Partner { partner, .. } => pot.partner.as_ref() == Some(partner),
        _ => false,
    }
}

fn posted(pot: &Pot, row: MovementRow) -> Result<PostedMovement, StoreError> {
    let unreadable = |why: String| StoreError::Unreadable { kind: "movement".to_owned(), id: row.id.to_string(), why };
    let kind = MOVEMENT_KINDS.iter().find(|(word, _)| *word == row.kind).map(|(_, kind)| *kind);
    let kind = kind.ok_or_else(|| unreadable(format!("`{}` is no kind of movement", row.kind)))?;
    let currency: Currency =
        row.currency.parse().map_err(|_| unreadable(format!("`{}` is no currency", row.currency)))?;
    let (pot, amount) = (pot.clone(), Money::from_minor(row.amount, currency));
    let by = serde_json::from_str(&row.actor).map_err(|error| unreadable(error.to_string()))?;
    Ok(PostedMovement {
        movement: Movement { kind, pot, amount },
        by,
        source: row.source,
        recorded_at: row.recorded_at,
    })
}

impl Tenant {
    /// Moves money of a fund: allocates it, takes it back, lets it lapse or carries it over. Moved again from the same source,
    /// nothing happens. What requests and claims cause moves with them.
    ///
    /// The host, administrators and finance do.
    ///
    /// # Errors
    /// [`FundError`]: above all [`PotError::NotEnough`]. Nothing was changed then.
    pub async fn move_fund(&self, movement: &Movement, source: &str, by: &Actor) -> Result<Posted, FundError> {
        writing!(self, work => by_hand(&mut work, &self.tenant, movement, source, by)).await
    }

    /// The same inside the host's transaction.
    ///
    /// # Errors
    /// [`FundError`]; nothing of ours was changed then.
    pub async fn move_fund_in(
        &self,
        transaction: impl Into<HostTransaction<'_>>,
        movement: &Movement,
        source: &str,
        by: &Actor,
    ) -> Result<Posted, FundError> {
        joining!(self, transaction, work => by_hand(&mut work, &self.tenant, movement, source, by))
    }

    /// What moved in a pot, in the order in which it was recorded; empty if the actor may not see the pot.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn movements(&self, pot: &Pot, by: &Actor) -> Result<Vec<PostedMovement>, StoreError> {
        if !may_see(pot, by) {
            return Ok(Vec::new());
        }
        let rows = reading!(self, work => { work.movements(&self.tenant, &pot.key()).await? });
        rows.into_iter().map(|row| posted(pot, row)).collect()
    }

    /// The pots of a fund, or of all funds, with what stands in them: everybody at the vendor sees all, people of a partner
    /// its own.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn pots(&self, fund: Option<&str>, by: &Actor) -> Result<Vec<StandingPot>, StoreError> {
        let partner = match by {
            Actor::Partner { partner, .. } => Some(partner.as_str()),
            Actor::Deadline => return Ok(Vec::new()),
            _ => None,
        };
        let rows = reading!(self, work => { work.pots(&self.tenant, fund, partner).await? });
        let pot = |row: &PotRow| {
            let pot = body("pot", &row.pot, &row.body)?;
            Ok(StandingPot { pot, balances: balances_of(row)?, recorded_at: row.recorded_at })
        };
        rows.iter().map(pot).collect()
    }
}

/// The accounts of a pot in the order of their columns.
const ACCOUNTS: [PotAccount; 7] = [
    PotAccount::Allocated,
    PotAccount::Available,
    PotAccount::Reserved,
    PotAccount::Spent,
    PotAccount::Lapsed,
    PotAccount::Carried,
    PotAccount::Owed,
];

/// What stands in a pot.
pub(crate) fn balances_of(row: &PotRow) -> Result<Balances, StoreError> {
    let unreadable = |_| StoreError::Unreadable {
        kind: "pot".to_owned(),
        id: row.pot.clone(),
        why: format!("`{}` is no currency", row.currency),
    };
    let currency: Currency = row.currency.parse().map_err(unreadable)?;
    let [allocated, available, reserved, spent, lapsed, carried, owed] =
        row.balances.map(|minor| Money::from_minor(minor, currency));
    let mut balances = Balances::empty(currency);
    (balances.allocated, balances.available, balances.reserved) = (allocated, available, reserved);
    (balances.spent, balances.lapsed, balances.carried, balances.owed) = (spent, lapsed, carried, owed);
    Ok(balances)
}

/// A movement, what causes it, and who.
pub(crate) struct PotChange<'c> {
    pub(crate) movement: &'c Movement,
    pub(crate) source: String,
    pub(crate) by: &'c Actor,
}

async fn by_hand<W: Books>(
    work: &mut W,
    tenant: &str,
    movement: &Movement,
    source: &str,
    by: &Actor,
) -> Result<Posted, FundError> {
    if !matches!(by, Actor::Host | Actor::Vendor { role: VendorRole::Administrator | VendorRole::Finance, .. }) {
        return Err(FundError::Denied);
    }
    if movement.kind.is_requests() {
        return Err(FundError::NotByHand { kind: movement.kind });
    }
    if source.is_empty() || source.len() > SOURCE_BYTES_MAX || source.chars().any(char::is_control) {
        return Err(FundError::Source { source_text: source.escape_debug().take(80).collect() });
    }
    let (key, source) = (movement.pot.key(), format!("by_hand/{source}"));
    work.lock(tenant, &[format!("pot/{key}")]).await?;
    if let Some(row) = work.movement(tenant, movement.id(&source)).await? {
        let is_same = row.amount == movement.amount.minor() && row.currency == movement.amount.currency().code();
        return if is_same { Ok(Posted::Before) } else { Err(FundError::SourceUsed { source_text: source }) };
    }
    move_money::<W, FundError>(work, tenant, PotChange { movement, source, by }).await
}

/// Moves money within a pot, which is held until the transaction ends.
pub(crate) async fn move_money<W: Books, E: From<PotError> + From<StoreError> + From<sqlx::Error>>(
    work: &mut W,
    tenant: &str,
    PotChange { movement, source, by }: PotChange<'_>,
) -> Result<Posted, E> {
    let (key, currency) = (movement.pot.key(), movement.amount.currency());
    work.lock(tenant, &[format!("pot/{key}")]).await?;
    let row = work.pot(tenant, &key).await?;
    let before = row.as_ref().map_or_else(|| Ok(Balances::empty(currency)), balances_of)?;
    let mut after = before.after(movement)?;
    // What a pot owes it makes up for at once: it never grants what it owes.
    let recovers = after.recovers(&movement.pot);
    if let Some(recovers) = &recovers {
        after = after.after(recovers)?;
    }
    // Behind everything that is known of this pot, even if the clock was set back or is another machine's.
    let next = row.as_ref().and_then(|row| row.recorded_at.checked_add_signed(TimeDelta::microseconds(2)));
    let recorded_at = micros(Utc::now()).max(next.unwrap_or_default());
    let pot = &movement.pot;
    let row = PotRow {
        fund: pot.fund.to_string(),
        period: pot.period.to_string(),
        class: pot.class.as_ref().map(ToString::to_string),
        partner: pot.partner.as_ref().map(ToString::to_string),
        body: text(pot)?,
        currency: currency.code().to_owned(),
        digits: currency.minor_digits(),
        balances: ACCOUNTS.map(|account| after.of(account).minor()),
        recorded_at,
        pot: key,
    };
    let actor = text(by)?;
    let moved = std::iter::once(movement).chain(&recovers).zip(0..).map(|(movement, after)| MovementRow {
        id: movement.id(&source),
        pot: row.pot.clone(),
        kind: movement.kind.to_string(),
        currency: currency.code().to_owned(),
        digits: currency.minor_digits(),
        amount: movement.amount.minor(),
        source: source.clone(),
        actor: actor.clone(),
        // In their order.
        recorded_at: recorded_at + TimeDelta::microseconds(after),
    });
    let moved: Vec<MovementRow> = moved.collect();
    work.save_pot(tenant, &row, &moved).await?;
    Ok(Posted::Now)
}
