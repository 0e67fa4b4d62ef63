//! The store on a phone: one file, one tenant.

use std::sync::Arc;

use prm_core::deal::{Command, Event, Form, KnownAccount, Registration, RegistrationError};
use prm_core::id::RegistrationId;
use prm_core::phone::{Act, PrmError};
use prm_store::{AccountWriteError, Action, Done, ExecuteError, Meta, Store, StoreError, Tenant};

use crate::DealGiven;

/// Deals in a database. Every call is whole or nothing, however it ends; sent again with its key it happens once.
#[derive(Debug, uniffi::Object)]
pub struct PrmStore {
    store: Store,
    tenant: Tenant,
}

/// A registration in a store.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct DealOutcome {
    /// The registration, as the actor sees it.
    pub registration: Registration,
    /// What happened; empty if nothing did, or it was only read.
    pub events: Vec<Event>,
    /// How many events it has.
    pub version: u64,
    /// Whether it had been carried out before, under its key.
    pub repeated: bool,
}

fn failed(why: StoreError) -> PrmError {
    PrmError::failed(&why)
}

fn not_done(why: ExecuteError<RegistrationError>) -> PrmError {
    match why {
        ExecuteError::Store(why) => failed(why),
        why => PrmError::refused(&why),
    }
}

fn meta(act: Act) -> Meta {
    let mut meta = Meta::new(act.by, act.at);
    meta.key = act.key;
    meta.expected_version = act.expected_version;
    meta
}

fn outcome(done: Done<Registration>) -> DealOutcome {
    let Done { record, events, version, repeated, .. } = done;
    DealOutcome { registration: record, events, version, repeated }
}

#[uniffi::export(async_runtime = "tokio")]
impl PrmStore {
    /// Opens a database, such as `sqlite:deals.db?mode=rwc`, and makes or updates its tables.
    ///
    /// # Errors
    /// `PrmError.Failed`.
    #[uniffi::constructor]
    pub async fn open(address: String, tenant: String) -> Result<Arc<Self>, PrmError> {
        let store = Store::create(&address).await.map_err(failed)?;
        let tenant = store.tenant(tenant);
        Ok(Arc::new(Self { store, tenant }))
    }

    /// Writes what the vendor knows of an account.
    ///
    /// # Errors
    /// `PrmError`.
    pub async fn put_account(&self, known: KnownAccount, act: Act) -> Result<(), PrmError> {
        self.tenant.put_account(&known, &act.by).await.map_err(|why| match why {
            AccountWriteError::Store(why) => failed(why),
            why => PrmError::refused(&why),
        })
    }

    /// Begins a registration.
    ///
    /// # Errors
    /// `PrmError`.
    pub async fn open_deal(
        &self,
        id: RegistrationId,
        form: Form,
        given: Arc<DealGiven>,
        act: Act,
    ) -> Result<DealOutcome, PrmError> {
        let done = self.tenant.execute(id.as_str(), Action::<Registration>::Open(form), &given.0, &meta(act)).await;
        done.map(outcome).map_err(not_done)
    }

    /// Carries out a command.
    ///
    /// # Errors
    /// `PrmError`.
    pub async fn command_deal(
        &self,
        id: RegistrationId,
        command: Command,
        given: Arc<DealGiven>,
        act: Act,
    ) -> Result<DealOutcome, PrmError> {
        let action = Action::<Registration>::Command(command);
        let done = self.tenant.execute(id.as_str(), action, &given.0, &meta(act)).await;
        done.map(outcome).map_err(not_done)
    }

    /// A registration; none if there is none that the actor may know of.
    ///
    /// # Errors
    /// `PrmError`.
    pub async fn deal(&self, id: RegistrationId, act: Act) -> Result<Option<DealOutcome>, PrmError> {
        let found = self.tenant.get::<Registration>(id.as_str(), &act.by).await.map_err(failed)?;
        Ok(found.map(|found| DealOutcome {
            registration: found.record,
            events: Vec::new(),
            version: found.version,
            repeated: false,
        }))
    }

    /// What happened to a registration, as the actor sees it; empty if there is none that it may know of.
    ///
    /// # Errors
    /// `PrmError`.
    pub async fn deal_history(&self, id: RegistrationId, act: Act) -> Result<Vec<Event>, PrmError> {
        self.tenant.history::<Registration>(id.as_str(), &act.by).await.map_err(failed)
    }

    /// Closes the database; calls after it fail.
    ///
    /// # Errors
    /// None yet.
    pub async fn shut(&self) -> Result<(), PrmError> {
        self.store.clone().close().await;
        Ok(())
    }
}
