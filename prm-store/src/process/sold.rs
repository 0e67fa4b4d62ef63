//! To which registration a sale belongs, among all that are stored.

use std::collections::BTreeMap;

use prm_core::actor::Actor;
use prm_core::deal::Registration;
use prm_core::deal::sold::{RegisteredSale, SaleLinkError, SaleReason, Sold, SoldUnder, belongs};
use prm_core::id::RegistrationId;
use prm_core::ledger::may_read;
use prm_core::lifecycle::{Access, Lifecycle as _};
use prm_core::program::Program;
use prm_core::scaled::Scaled;

use crate::error::StoreError;
use crate::store::{Tenant, reading};
use crate::stored::record_of;
use crate::work::{Hold, Work as _};

/// Why it cannot be said to which registration a sale belongs.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegisteredSaleError {
    /// A number or a day does not fit.
    #[error(transparent)]
    Link(#[from] SaleLinkError),
    /// The database is the matter.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for RegisteredSaleError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

/// What was sold before under a registration: by line, the amount in the program's currency and the units.
pub type SoldBefore = BTreeMap<RegistrationId, BTreeMap<u32, (Scaled, Scaled)>>;

impl Tenant {
    /// To which registration a sale belongs, or why to none: see [`prm_core::deal::sold`]. `before` is what was sold under
    /// registrations by then.
    ///
    /// Whoever may read all money may ask.
    ///
    /// # Errors
    /// [`RegisteredSaleError`]; [`StoreError::Denied`] if the actor may not ask.
    pub async fn registered_sale(
        &self,
        program: &Program,
        sold: &Sold<'_>,
        before: &SoldBefore,
        by: &Actor,
    ) -> Result<Result<RegisteredSale, SaleReason>, RegisteredSaleError> {
        if may_read(by, None) != Access::Allowed {
            return Err(StoreError::Denied.into());
        }
        let subjects: Vec<String> = sold.accounts.iter().map(ToString::to_string).collect();
        let rows = reading!(self, work => {
            let mut rows = work.about(&self.tenant, Registration::KIND, &subjects, &["draft", "withdrawn"]).await?;
            // The one that it names, whomever it is for: the answer says what does not fit.
            if let Some(named) = &sold.registration
                && rows.iter().all(|row| row.id != named.as_str())
            {
                rows.extend(work.record(&self.tenant, Registration::KIND, named.as_str(), Hold::Nothing).await?);
            }
            rows
        });
        let mut found = Vec::with_capacity(rows.len());
        for row in &rows {
            let id = RegistrationId::new(&row.id).map_err(|error| StoreError::Unreadable {
                kind: row.kind.clone(),
                id: row.id.clone(),
                why: error.to_string(),
            })?;
            found.push((id, record_of::<Registration>(row)?));
        }
        let known: Vec<SoldUnder<'_>> = found
            .iter()
            .map(|(id, registration)| {
                let mut of = SoldUnder::new(id.clone(), registration);
                of.before = before.get(id).cloned().unwrap_or_default();
                of
            })
            .collect();
        Ok(belongs(program, sold, &known)?)
    }
}
