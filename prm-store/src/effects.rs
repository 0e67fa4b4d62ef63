//! What follows from what happened to a record, beyond records of its kind: money of funds moves, claims hold evidence, units
//! are drawn, something is owed. In the same transaction as the events, so that all of it stands or none.

use chrono::{DateTime, NaiveDate, Utc};
use prm_core::actor::Actor;
use prm_core::id::{AuthorisationId, RequestId};
use prm_core::incentive::claim::{Payout, Taken};
use prm_core::incentive::mdf::PotError;
use prm_core::incentive::mdf::request::RequestError;
use prm_core::ledger::{Difference, LedgerError, Payee};
use prm_core::scaled::{NumberError, Scaled};

use crate::books::Books;
use crate::error::StoreError;
use crate::process::funds::{PotChange, move_money};
use crate::process::owe::{Posting, post_differences};
use crate::stored::{Effect, authorisation_of};

/// Why what follows cannot be done. Nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EffectError {
    /// A pot does not have what it takes.
    #[error(transparent)]
    Pot(#[from] PotError),
    /// The ledger refuses.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// Fewer units are left of an authorisation, or of a lot, than are to be drawn.
    #[error("{left} units of `{authorisation}` are left, {needed} are needed")]
    NotLeft {
        /// The authorisation.
        authorisation: AuthorisationId,
        /// How many are left.
        left: Scaled,
        /// How many are needed.
        needed: Scaled,
    },
    /// The request that a claim is for is not there.
    #[error("there is no request `{request}`")]
    NoRequest {
        /// Its id.
        request: RequestId,
    },
    /// The request that a claim is for refuses it.
    #[error("request `{request}`: {why}")]
    Request {
        /// Its id.
        request: RequestId,
        /// Why.
        why: Box<RequestError>,
    },
    /// A number does not fit.
    #[error(transparent)]
    Number(#[from] NumberError),
    /// The database is the matter.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for EffectError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

/// The event that something follows from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cause<'c> {
    pub(crate) kind: &'static str,
    pub(crate) id: &'c str,
    /// The version of the record after it.
    pub(crate) version: u64,
    pub(crate) at: DateTime<Utc>,
    pub(crate) by: &'c Actor,
}

impl Cause<'_> {
    /// What is noted as the source: the record, and its version, since a record may cause several.
    fn source(&self) -> String {
        format!("{}/{}/{}", self.kind, self.id, self.version)
    }
}

/// Does one thing that follows.
pub(crate) async fn carry_out<W: Books>(
    work: &mut W,
    tenant: &str,
    cause: Cause<'_>,
    effect: Effect,
) -> Result<(), EffectError> {
    match effect {
        Effect::Moves(movement) => {
            let change = PotChange { movement: &movement, source: cause.source(), by: cause.by };
            move_money::<W, EffectError>(work, tenant, change).await.map(drop)
        }
        Effect::Holds(evidence) => {
            let keys: Vec<String> = evidence.iter().map(ToString::to_string).collect();
            Ok(work.hold_evidence(tenant, cause.id, &keys).await?)
        }
        Effect::Draws { authorisation, quantity, lots } => {
            draw(work, tenant, (&authorisation, quantity, &lots), cause.at).await
        }
        Effect::Owes { payout, on } => owe(work, tenant, cause, payout, on).await,
        // Whoever calls tells it, since telling is deciding.
        Effect::Tells(telling) => Err(EffectError::NoRequest { request: telling.request }),
    }
}

async fn draw<W: Books>(
    work: &mut W,
    tenant: &str,
    (id, quantity, taken): (&AuthorisationId, Scaled, &[Taken]),
    at: DateTime<Utc>,
) -> Result<(), EffectError> {
    work.lock(tenant, &[format!("authorisation/{id}")]).await?;
    let short = |left: Scaled, needed: Scaled| EffectError::NotLeft { authorisation: id.clone(), left, needed };
    let Some(mut row) = work.authorisation(tenant, id.as_str()).await? else {
        return Err(short(Scaled::ZERO, quantity));
    };
    let mut of = authorisation_of(&row)?;
    let left = of.left.minus(quantity)?;
    if left.is_negative() {
        return Err(short(of.left, quantity));
    }
    of.left = left;
    for Taken { lot, quantity } in taken {
        let lots = of.lots.iter_mut().find(|known| known.id == *lot);
        let lot = lots.ok_or_else(|| short(Scaled::ZERO, *quantity))?;
        let left = lot.left.minus(*quantity)?;
        if left.is_negative() {
            return Err(short(lot.left, *quantity));
        }
        lot.left = left;
    }
    row.left_units = of.left.to_string();
    row.body = crate::process::receive::text(&of)?;
    row.changed_at = at;
    Ok(work.save_authorisation(tenant, &row).await?)
}

async fn owe<W: Books>(
    work: &mut W,
    tenant: &str,
    cause: Cause<'_>,
    payout: Payout,
    on: NaiveDate,
) -> Result<(), EffectError> {
    let payee: Payee = match payout.person {
        Some(person) => person.into(),
        None => payout.partner.into(),
    };
    let source = format!("{}/{}", cause.kind, cause.id);
    let difference = Difference::new(&source, payout.amount, on);
    let posting = Posting { source, settlement: None, program: None, on, by: cause.by, recorded_at: cause.at };
    post_differences::<W, EffectError>(work, tenant, vec![(payee, difference)], posting, |_| false).await
}
