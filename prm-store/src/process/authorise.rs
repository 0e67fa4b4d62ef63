//! Authorisations to sell below book price: kept with what is left of them, and drawn by claims.

use chrono::{DateTime, Utc};
use prm_core::actor::{Actor, VendorRole};
use prm_core::incentive::claim::debit::FoundAuthorisation;
use prm_core::scaled::{NumberError, Scaled};

use super::receive::text;
use crate::books::Books;
use crate::error::{Passing, StoreError};
use crate::store::{Tenant, reading, writing};
use crate::stored::authorisation_of;
use crate::work::{AuthorisationRow, Funds as _};

/// Why an authorisation was not kept. Nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuthoriseError {
    /// The actor may not authorise.
    #[error("the actor may not authorise")]
    Denied,
    /// More units were drawn than it would allow.
    #[error("{drawn} units were drawn, and it would allow {quantity}")]
    Drawn {
        /// How many were drawn.
        drawn: Scaled,
        /// How many it would allow.
        quantity: Scaled,
    },
    /// A number does not fit.
    #[error(transparent)]
    Number(#[from] NumberError),
    /// The database is the matter.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for AuthoriseError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

impl Passing for AuthoriseError {
    fn is_passing(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_passing())
    }
}

impl Tenant {
    /// Keeps an authorisation, with the lots and prices that it is held against, in the place of what was known of it. Its
    /// `left` is what it allows in all, less what was drawn by then: what is given there does not matter.
    ///
    /// The host, administrators and channel managers authorise.
    ///
    /// # Errors
    /// [`AuthoriseError`]; nothing was changed then.
    pub async fn authorise(
        &self,
        of: &FoundAuthorisation,
        by: &Actor,
        at: DateTime<Utc>,
    ) -> Result<FoundAuthorisation, AuthoriseError> {
        writing!(self, work => authorise(&mut work, &self.tenant, of, by, at)).await
    }

    /// An authorisation with what is left of it; `None` if there is none, or it is not for the actor to see: everybody at the
    /// vendor sees all, people of a partner its own.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn authorisation(&self, id: &str, by: &Actor) -> Result<Option<FoundAuthorisation>, StoreError> {
        let row = reading!(self, work => { work.authorisation(&self.tenant, id).await? });
        let sees = |of: &FoundAuthorisation| match by {
            Actor::Host | Actor::Vendor { .. } => true,
            Actor::Partner { partner, .. } => *partner == of.authorisation.partner,
            _ => false,
        };
        Ok(row.as_ref().map(authorisation_of).transpose()?.filter(sees))
    }
}

async fn authorise<W: Books>(
    work: &mut W,
    tenant: &str,
    of: &FoundAuthorisation,
    by: &Actor,
    at: DateTime<Utc>,
) -> Result<FoundAuthorisation, AuthoriseError> {
    use VendorRole::{Administrator, ChannelManager};
    if !matches!(by, Actor::Host | Actor::Vendor { role: Administrator | ChannelManager, .. }) {
        return Err(AuthoriseError::Denied);
    }
    let id = of.authorisation.id.to_string();
    work.lock(tenant, &[format!("authorisation/{id}")]).await?;
    let known = work.authorisation(tenant, &id).await?;
    let drawn = match known.as_ref().map(authorisation_of).transpose()? {
        Some(known) => known.authorisation.quantity.minus(known.left)?,
        None => Scaled::ZERO,
    };
    let quantity = of.authorisation.quantity;
    let left = quantity.minus(drawn)?;
    if left.is_negative() {
        return Err(AuthoriseError::Drawn { drawn, quantity });
    }
    let mut kept = of.clone();
    kept.left = left;
    let row = AuthorisationRow {
        partner: of.authorisation.partner.to_string(),
        left_units: left.to_string(),
        body: text(&kept)?,
        changed_at: at,
        id,
    };
    work.save_authorisation(tenant, &row).await?;
    Ok(kept)
}
