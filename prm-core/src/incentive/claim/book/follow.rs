//! What follows from what happened, what is found, and what time does.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::super::facts::told_of;
use super::{Done, FundBook, FundBookError};
use crate::actor::Actor;
use crate::id::{AuthorisationId, ClaimId, PartnerId, RequestId};
use crate::incentive::claim::{Basis, ClaimForm, Consequence, Found, FoundOf, Given, Taken};
use crate::incentive::mdf::request;
use crate::lifecycle::lapsed;
use crate::scaled::Scaled;

impl FundBook {
    /// Carries out what follows from what happened to a claim.
    pub(super) fn follow(&mut self, id: &ClaimId, consequence: Consequence, at: DateTime<Utc>) -> Done<()> {
        let claim = id.clone();
        let tell = |book: &mut Self, request: &RequestId, command: &request::Command| {
            book.on_request(request, command, &Actor::Host, at)
        };
        match consequence {
            Consequence::Holds { evidence } => {
                self.held.retain(|_, holder| holder != id);
                self.held.extend(evidence.into_iter().map(|key| (key, id.clone())));
                Ok(())
            }
            Consequence::OpensClaim { request } => tell(self, &request, &request::Command::OpenClaim { claim }),
            Consequence::SettlesClaim { request, spent, paid } => {
                tell(self, &request, &request::Command::SettleClaim { claim, spent, paid })
            }
            Consequence::DropsClaim { request } => tell(self, &request, &request::Command::DropClaim { claim }),
            Consequence::Moves { movement } => self.move_one(&movement),
            Consequence::Draws { authorisation, quantity, lots } => self.draw(authorisation, quantity, &lots),
            Consequence::Owes { payout } => {
                self.owed.push((claim, payout));
                Ok(())
            }
        }
    }

    fn draw(&mut self, authorisation: AuthorisationId, quantity: Scaled, lots: &[Taken]) -> Done<()> {
        let not_left = || FundBookError::NotLeft { authorisation: authorisation.clone(), quantity };
        let found = self.authorisations.get_mut(&authorisation).ok_or_else(not_left)?;
        let less = |left: Scaled, taken: Scaled| left.minus(taken).ok().filter(|left| !left.is_negative());
        found.left = less(found.left, quantity).ok_or_else(not_left)?;
        for taken in lots {
            let lot = found.lots.iter_mut().find(|lot| lot.id == taken.lot && lot.left >= taken.quantity);
            let lot = lot.ok_or_else(not_left)?;
            lot.left = less(lot.left, taken.quantity).ok_or_else(not_left)?;
        }
        Ok(())
    }

    pub(super) fn given(&self, partner: &PartnerId) -> Done<Given> {
        let mut given = Given::new(Arc::clone(&self.program), self.partner(partner)?);
        given.exchange.clone_from(&self.exchange);
        Ok(given)
    }

    /// What is found for a claim.
    pub(super) fn found(&self, id: &ClaimId, form: &ClaimForm) -> Found {
        let of = match &form.of {
            Basis::Mdf { request, .. } => {
                self.requests.get(request).map(|found| FoundOf::Request(Box::new(found.clone())))
            }
            Basis::ShipAndDebit { authorisation, .. } => {
                self.authorisations.get(authorisation).map(|found| FoundOf::Authorisation(Box::new(found.clone())))
            }
            told => told_of(told, &self.prices, &self.spiffs),
        };
        let keys = form.evidence().unwrap_or_default();
        let used = keys.into_iter().filter(|key| self.held.get(key).is_some_and(|holder| holder != id));
        Found { used: used.collect::<BTreeSet<_>>(), of: of.unwrap_or_default() }
    }

    /// Notes every deadline that has passed: claims first, since they let go of requests.
    ///
    /// # Errors
    /// [`FundBookError`] if what follows from one cannot be carried out.
    pub fn note_until(&mut self, at: DateTime<Utc>) -> Done<()> {
        for (id, record) in self.claims.clone() {
            for (_, event) in lapsed(record.clone(), at).1 {
                if let Some(record) = self.claims.get(&id).cloned() {
                    self.happened_to_claim(&id, record, &[event])?;
                }
            }
        }
        for (id, record) in self.requests.clone() {
            for (_, event) in lapsed(record.clone(), at).1 {
                if let Some(record) = self.requests.get(&id).cloned() {
                    self.happened_to_request(&id, record, &[event])?;
                }
            }
        }
        Ok(())
    }
}
