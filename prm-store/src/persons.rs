//! Persons: what is known of them, and how it is erased.

use chrono::{DateTime, Utc};
use prm_core::actor::Actor;
use prm_core::id::PersonId;
use prm_core::lifecycle::Access;
use prm_core::person::{Person, may_write};
use prm_core::zone::micros;

use crate::books::{Archive as _, Books, PersonRow};
use crate::error::{Passing, StoreError};
use crate::process::receive::{body, text};
use crate::store::{Tenant, reading, writing};

/// Why a person was not written or erased. Nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PersonError {
    /// The actor may not write persons.
    #[error("the actor may not write persons")]
    Denied,
    /// The person was erased: its id may not be used again.
    #[error("person `{id}` was erased at {at}")]
    Erased {
        /// The person.
        id: PersonId,
        /// When.
        at: DateTime<Utc>,
    },
    /// The database is the matter.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for PersonError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

impl Passing for PersonError {
    fn is_passing(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_passing())
    }
}

/// What is known of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KnownPerson {
    /// This.
    Known(Person),
    /// Nothing any more, since then.
    Erased(DateTime<Utc>),
}

/// What is left of a person that was erased, below what queries show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remains {
    /// Nothing.
    Nothing,
    /// SQLite: earlier contents in the write-ahead log, until it is next emptied; readers were in the way.
    UntilCheckpoint,
    /// PostgreSQL: earlier contents in the table's file and the log, until it is next vacuumed and the log recycled.
    UntilVacuum,
}

impl Tenant {
    /// Writes what is known of a person, in the place of what was known before.
    ///
    /// # Errors
    /// [`PersonError`]; nothing was changed then.
    pub async fn put_person(&self, person: &Person, by: &Actor) -> Result<(), PersonError> {
        writing!(self, work => put(&mut work, &self.tenant, person, by)).await
    }

    /// What is known of a person; `None` if there is none that the actor may know of.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn person(&self, id: &PersonId, by: &Actor) -> Result<Option<KnownPerson>, StoreError> {
        let row = reading!(self, work => { work.person(&self.tenant, id.as_str()).await? });
        let Some(row) = row else { return Ok(None) };
        match (row.body, row.erased_at) {
            (Some(of), None) => {
                let person: Person = body("person", &row.id, &of)?;
                Ok((person.may_read(by) == Access::Allowed).then_some(KnownPerson::Known(person)))
            }
            (_, erased_at) => {
                let at = erased_at.unwrap_or(row.changed_at);
                let tells = matches!(by, Actor::Host | Actor::Vendor { .. });
                Ok(tells.then_some(KnownPerson::Erased(at)))
            }
        }
    }

    /// Erases what is known of a person. Its id stays, as in every event and transfer that it caused, with when it was
    /// erased; history and money stand. Erased again, nothing happens.
    ///
    /// # Errors
    /// [`PersonError`]; nothing was changed then.
    pub async fn erase_person(&self, id: &PersonId, by: &Actor) -> Result<Remains, PersonError> {
        let erased: Result<(), PersonError> = writing!(self, work => erase(&mut work, &self.tenant, id, by)).await;
        erased?;
        // What is erased is erased; if nobody can say whether traces are left, some may be.
        Ok(self.store.database.scrub().await.unwrap_or(Remains::UntilCheckpoint))
    }
}

async fn put<W: Books>(work: &mut W, tenant: &str, person: &Person, by: &Actor) -> Result<(), PersonError> {
    if may_write(by) != Access::Allowed {
        return Err(PersonError::Denied);
    }
    work.erase_what_is_replaced().await?;
    work.lock(tenant, &[format!("person/{}", person.id)]).await?;
    if let Some(at) = work.person(tenant, person.id.as_str()).await?.and_then(|row| row.erased_at) {
        return Err(PersonError::Erased { id: person.id.clone(), at });
    }
    let (id, body, changed_at) = (person.id.to_string(), Some(text(person)?), micros(Utc::now()));
    work.save_person(tenant, &PersonRow { id, body, changed_at, erased_at: None }).await?;
    Ok(())
}

async fn erase<W: Books>(work: &mut W, tenant: &str, id: &PersonId, by: &Actor) -> Result<(), PersonError> {
    if may_write(by) != Access::Allowed {
        return Err(PersonError::Denied);
    }
    work.erase_what_is_replaced().await?;
    work.lock(tenant, &[format!("person/{id}")]).await?;
    if work.person(tenant, id.as_str()).await?.is_some_and(|row| row.erased_at.is_some()) {
        return Ok(());
    }
    let now = micros(Utc::now());
    let row = PersonRow { id: id.to_string(), body: None, changed_at: now, erased_at: Some(now) };
    work.save_person(tenant, &row).await?;
    Ok(())
}
