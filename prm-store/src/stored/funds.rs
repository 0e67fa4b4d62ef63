//! Requests for money of a fund, and claims: decided beside what is there in the pot, what others hold, and what is left of an
//! authorisation.
//!
//! Everybody takes locks and rows in one order: a claim, its evidence, what is claimed of (a request or an authorisation),
//! pots, accounts of the ledger.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use prm_core::id::Name;
use prm_core::incentive::claim::debit::FoundAuthorisation;
use prm_core::incentive::claim::{self, Basis, Claim, Consequence, FoundOf};
use prm_core::incentive::mdf::allocation::{AllocationFound, MdfAllocation, allocates};
use prm_core::incentive::mdf::request::{self, MdfRequest, Stage};
use prm_core::incentive::mdf::{Pot, PotAccount};
use prm_core::lifecycle::Lifecycle;
use prm_core::money::Money;
use prm_core::program::Program;

use super::{Action, After, Effect, Follows, Locks, Stored, Telling, record_of};
use crate::error::StoreError;
use crate::process::fund_year::allocated;
use crate::process::funds::balances_of;
use crate::process::receive::body;
use crate::work::{Hold, Work};

impl Stored for MdfRequest {
    fn subject(&self) -> &str {
        self.form.partner.as_str()
    }

    fn locks(_record: Option<&Self>, _action: Option<&Action<Self>>) -> Locks {
        // Its pot is held when what is in it is looked up, which is after the record.
        Locks::default()
    }

    async fn first<W: Work>(
        work: &mut W,
        tenant: &str,
        record: Option<&Self>,
        action: &Action<Self>,
        at: DateTime<Utc>,
    ) -> Result<Vec<String>, StoreError> {
        let (Some(record), Action::Command(request::Command::Approve { .. })) = (record, action) else {
            return Ok(Vec::new());
        };
        // What others did not use in time is there for this one.
        requests_over(work, tenant, &record.form.fund, at).await
    }

    async fn find<W: Work>(
        work: &mut W,
        tenant: &str,
        _id: &str,
        record: Option<&Self>,
        action: Option<&Action<Self>>,
        given: Option<&request::Given>,
    ) -> Result<request::Found, StoreError> {
        let (Some(record), Some(Action::Command(request::Command::Approve { .. })), Some(given)) =
            (record, action, given)
        else {
            return Ok(request::Found::default());
        };
        // A request without a pot is refused for that.
        let Ok(pot) = record.pot(&given.program) else { return Ok(request::Found::default()) };
        Ok(available(work, tenant, &pot).await?.map_or_else(request::Found::default, request::Found::available))
    }

    async fn after<W: Work>(
        _work: &mut W,
        _tenant: &str,
        After { events, .. }: After<'_, Self>,
    ) -> Result<Follows<Self>, StoreError> {
        let effects = events.iter().flat_map(request::consequences).map(Effect::Moves).collect();
        Ok(Follows { effects, ..Follows::default() })
    }
}

/// The requests that a fund granted and whose deadlines have passed by an instant, in the order of their ids.
pub(crate) async fn requests_over<W: Work>(
    work: &mut W,
    tenant: &str,
    fund: &Name,
    at: DateTime<Utc>,
) -> Result<Vec<String>, StoreError> {
    let (mut over, mut after) = (Vec::new(), None);
    loop {
        let due = work.due(tenant, MdfRequest::KIND, at, after.as_ref(), crate::PAGE_MAX).await?;
        let is_last = due.len() < crate::PAGE_MAX as usize;
        after = due.last().cloned();
        for (_, id) in due {
            let Some(row) = work.record(tenant, MdfRequest::KIND, &id, Hold::Nothing).await? else { continue };
            let request: MdfRequest = record_of(&row)?;
            if request.stage == Stage::Approved && request.form.fund == *fund {
                over.push(id);
            }
        }
        if is_last {
            over.sort_unstable();
            return Ok(over);
        }
    }
}

/// What is available in a pot, which is held from then on; `None` if nothing ever was in it.
async fn available<W: Work>(work: &mut W, tenant: &str, pot: &Pot) -> Result<Option<Money>, StoreError> {
    let key = pot.key();
    work.lock(tenant, &[format!("pot/{key}")]).await?;
    let row = work.pot(tenant, &key).await?;
    row.as_ref().map(|row| Ok(balances_of(row)?.of(PotAccount::Available))).transpose()
}

impl Stored for MdfAllocation {
    fn subject(&self) -> &str {
        self.form.fund.as_str()
    }

    fn locks(record: Option<&Self>, action: Option<&Action<Self>>) -> Locks {
        // What is allocated of a budget may not change between looking and giving.
        match (record, action) {
            (Some(record), Some(Action::Command(_))) => {
                Locks::alone(format!("fund/{}/{}", record.pot.fund, record.pot.period))
            }
            _ => Locks::default(),
        }
    }

    async fn find<W: Work>(
        work: &mut W,
        tenant: &str,
        _id: &str,
        record: Option<&Self>,
        action: Option<&Action<Self>>,
        given: Option<&Arc<Program>>,
    ) -> Result<AllocationFound, StoreError> {
        let (Some(record), Some(Action::Command(_)), Some(program)) = (record, action, given) else {
            return Ok(AllocationFound::default());
        };
        let Some(fund) = program.fund(record.pot.fund.as_str()) else { return Ok(AllocationFound::default()) };
        Ok(AllocationFound::allocated(allocated(work, tenant, fund, &record.pot.period).await?))
    }

    async fn after<W: Work>(
        _work: &mut W,
        _tenant: &str,
        After { events, .. }: After<'_, Self>,
    ) -> Result<Follows<Self>, StoreError> {
        let effects = events.iter().filter_map(allocates).map(Effect::Moves).collect();
        Ok(Follows { effects, ..Follows::default() })
    }
}

impl Stored for Claim {
    // A request is told that nothing comes of a claim, which only the program can judge.
    const NEEDS_GIVEN: bool = true;

    fn subject(&self) -> &str {
        self.form.partner.as_str()
    }

    fn locks(record: Option<&Self>, action: Option<&Action<Self>>) -> Locks {
        let (Some(record), Some(Action::Command(claim::Command::Submit))) = (record, action) else {
            return Locks::default();
        };
        // What it shows twice is refused, and touches nobody.
        let keys = record.form.evidence().unwrap_or_default();
        Locks { shared: Vec::new(), alone: keys.iter().map(|key| format!("evidence/{key}")).collect() }
    }

    async fn find<W: Work>(
        work: &mut W,
        tenant: &str,
        id: &str,
        record: Option<&Self>,
        action: Option<&Action<Self>>,
        given: Option<&claim::Given>,
    ) -> Result<claim::Found, StoreError> {
        let (Some(record), Some(Action::Command(command))) = (record, action) else {
            return Ok(claim::Found::default());
        };
        let mut found = claim::Found::new(FoundOf::Nothing);
        if let claim::Command::Submit = command {
            let keys = record.form.evidence().unwrap_or_default();
            let texts: Vec<String> = keys.iter().map(ToString::to_string).collect();
            let held = work.evidence(tenant, &texts).await?;
            for (evidence, _) in held.into_iter().filter(|(_, holder)| holder != id) {
                found.used.extend(keys.iter().find(|key| key.as_str() == evidence).cloned());
            }
        }
        found.of = match &record.form.of {
            Basis::Mdf { request, .. } => {
                let row = work.record(tenant, MdfRequest::KIND, request.as_str(), Hold::Write).await?;
                match row.as_ref().map(record_of).transpose()? {
                    Some(request) => FoundOf::Request(Box::new(request)),
                    None => FoundOf::Nothing,
                }
            }
            Basis::ShipAndDebit { authorisation, .. } => {
                work.lock(tenant, &[format!("authorisation/{authorisation}")]).await?;
                let row = work.authorisation(tenant, authorisation.as_str()).await?;
                match row.as_ref().map(authorisation_of).transpose()? {
                    Some(found) => FoundOf::Authorisation(Box::new(found)),
                    None => FoundOf::Nothing,
                }
            }
            other => given.and_then(|given| given.of(other)).unwrap_or_default(),
        };
        Ok(found)
    }

    async fn after<W: Work>(
        _work: &mut W,
        _tenant: &str,
        After { id, events, given, .. }: After<'_, Self>,
    ) -> Result<Follows<Self>, StoreError> {
        let unreadable = |why: String| StoreError::Unreadable { kind: Self::KIND.to_owned(), id: id.to_owned(), why };
        let claim: prm_core::id::ClaimId =
            id.parse().map_err(|error: prm_core::id::IdError| unreadable(error.to_string()))?;
        let untold = || unreadable("nobody told what it is judged by".to_owned());
        let tell = |request, command| {
            let given = given.ok_or_else(untold)?;
            let given = request::Given::new(given.program.clone(), given.partner.clone());
            Ok::<_, StoreError>(Effect::Tells(Box::new(Telling { request, command, given })))
        };
        let mut effects = Vec::new();
        let all = events.iter().flat_map(|event| claim::consequences(event).into_iter().map(|one| (event.at, one)));
        for (at, consequence) in all {
            let claim = claim.clone();
            effects.push(match consequence {
                Consequence::Holds { evidence } => Effect::Holds(evidence),
                Consequence::OpensClaim { request } => tell(request, request::Command::OpenClaim { claim })?,
                Consequence::SettlesClaim { request, spent, paid } => {
                    tell(request, request::Command::SettleClaim { claim, spent, paid })?
                }
                Consequence::DropsClaim { request } => tell(request, request::Command::DropClaim { claim })?,
                Consequence::Moves { movement } => Effect::Moves(movement),
                Consequence::Draws { authorisation, quantity, lots } => Effect::Draws { authorisation, quantity, lots },
                Consequence::Owes { payout } => {
                    let program = given.map(|given| &given.program).ok_or_else(untold)?;
                    let on = program.zone().local_date(at).map_err(|error| unreadable(error.to_string()))?;
                    Effect::Owes { payout, on }
                }
                other => return Err(unreadable(format!("nothing is known of {other:?}"))),
            });
        }
        Ok(Follows { effects, ..Follows::default() })
    }
}

/// The authorisation in a row.
pub(crate) fn authorisation_of(row: &crate::work::AuthorisationRow) -> Result<FoundAuthorisation, StoreError> {
    body("authorisation", &row.id, &row.body)
}
