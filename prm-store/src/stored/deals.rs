//! Registrations: decided beside all others that are for the same account, however it is spelt.
//!
//! Whoever hands one in holds the keys of its account, so that two for one account are decided one after the other, and
//! those for other accounts at the same time. Whoever decides what others wait for holds all deals of the tenant: it
//! changes several registrations, and which ones is known only when they were found.

use std::collections::BTreeMap;

use prm_core::account::Account;
use prm_core::deal::{Command, Found, FoundRegistration, Registration};
use prm_core::id::RegistrationId;
use prm_core::lifecycle::Lifecycle as _;

use super::{Action, After, Follows, Locks, Stored, record_of};
use crate::accounts::{DEALS, like, locks_of, save};
use crate::error::StoreError;
use crate::work::{Hold, Work};

/// Stages in which a registration counts to no other.
const NOT_COUNTED: [&str; 2] = ["draft", "withdrawn"];

impl Stored for Registration {
    fn subject(&self) -> &str {
        self.form.account.id.as_str()
    }

    fn locks(record: Option<&Self>, action: Option<&Action<Self>>) -> Locks {
        let all = DEALS.to_owned();
        match (record, action) {
            (None, _) | (_, Some(Action::Open(_))) => Locks::default(),
            (Some(record), Some(Action::Command(command @ (Command::Submit | Command::Resubmit { .. })))) => {
                let facts = &command.form().unwrap_or(&record.form).account;
                // An account that is none is refused, and touches nobody.
                let alone = Account::new(facts.clone()).map(|account| locks_of(&account)).unwrap_or_default();
                Locks { shared: vec![all], alone }
            }
            (Some(_), Some(Action::Command(command))) if !command.looks_around() => {
                Locks { shared: vec![all], alone: Vec::new() }
            }
            _ => Locks::alone(all),
        }
    }

    async fn find<W: Work>(
        work: &mut W,
        tenant: &str,
        id: &str,
        record: Option<&Self>,
        action: Option<&Action<Self>>,
        _given: Option<&Self::Given>,
    ) -> Result<Found, StoreError> {
        let mut found = Found::default();
        let Some(record) = record else { return Ok(found) };
        let form = match action {
            Some(Action::Command(command)) if !command.looks_around() => return Ok(found),
            Some(Action::Command(command)) => command.form().unwrap_or(&record.form),
            _ => &record.form,
        };
        let Ok(account) = Account::new(form.account.clone()) else { return Ok(found) };
        found.accounts = like(work, tenant, &account, Hold::Write).await?;
        let matched: BTreeMap<String, _> =
            found.accounts.iter().map(|of| (of.known.account.id().to_string(), of.matched.clone())).collect();
        let subjects: Vec<String> = matched.keys().cloned().collect();
        for row in work.about(tenant, Self::KIND, &subjects, &NOT_COUNTED).await? {
            let Some(matched) = matched.get(&row.subject).cloned().filter(|_| row.id != id) else { continue };
            let other = RegistrationId::new(&row.id).map_err(|error| StoreError::Unreadable {
                kind: row.kind.clone(),
                id: row.id.clone(),
                why: error.to_string(),
            })?;
            found.registrations.push(FoundRegistration { id: other, registration: record_of(&row)?, matched });
        }
        Ok(found)
    }

    async fn after<W: Work>(
        work: &mut W,
        tenant: &str,
        After { record, events, found, .. }: After<'_, Self>,
    ) -> Result<Follows<Self>, StoreError> {
        if let Some(known) = record.account_to_keep(events, found) {
            save(work, tenant, &[known]).await?;
        }
        let others =
            record.affected(events, found).into_iter().map(|(id, command)| (id.to_string(), command)).collect();
        Ok(Follows { others, ..Follows::default() })
    }
}
