//! Deciding and saving, in one transaction: the same steps on every database.

mod rows;

use std::collections::{BTreeSet, VecDeque};

use chrono::{DateTime, Utc};
use prm_core::actor::Actor;
use prm_core::id::RegistrationId;
use prm_core::incentive::mdf::request::MdfRequest;
use prm_core::lifecycle::{Access, Context, Intent, Lifecycle, lapsed, replay};
use prm_core::zone::micros;

pub(crate) use self::rows::{event_from, event_of};
use self::rows::{fingerprint, row_of, unreadable};
use crate::books::Books;
use crate::effects::{self, Cause, EffectError};
use crate::error::{ExecuteError, StoreError};
use crate::stored::{Action, After, Effect, Follows, Locks, Stored, Telling, record_of};
use crate::work::{CommandRow, EventRow, Hold, RecordRow, Work};

/// Who commands, when, and under which conditions.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Meta {
    /// Who.
    pub actor: Actor,
    /// When it takes effect; cut to microseconds, which is what databases keep.
    pub at: DateTime<Utc>,
    /// When it was received; `at` if not said.
    pub received_at: Option<DateTime<Utc>>,
    /// The caller's name for this command: sent again, it is carried out once.
    pub key: Option<String>,
    /// The version at which the record must be.
    pub expected_version: Option<u64>,
}

impl Meta {
    /// Who and when, under no conditions.
    #[must_use]
    pub const fn new(actor: Actor, at: DateTime<Utc>) -> Self {
        Self { actor, at, received_at: None, key: None, expected_version: None }
    }

    /// The same, carried out once however often it is sent.
    #[must_use]
    pub fn keyed(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// The same, only if the record is at that version.
    #[must_use]
    pub const fn expecting(mut self, version: u64) -> Self {
        self.expected_version = Some(version);
        self
    }
}

/// What a command led to.
#[derive(Debug, Clone, PartialEq)]
pub struct Done<L: Lifecycle> {
    /// The record's id.
    pub id: String,
    /// The record after the command.
    pub record: L,
    /// What happened; empty if nothing did.
    pub events: Vec<L::Event>,
    /// How many events the record has.
    pub version: u64,
    /// Whether the command had been carried out before, under its key: nothing was changed now.
    pub repeated: bool,
}

/// Decides an action and saves what follows.
pub(crate) async fn execute<L: Stored, W: Books>(
    work: &mut W,
    tenant: &str,
    id: &str,
    action: &Action<L>,
    given: &L::Given,
    meta: &Meta,
) -> Result<Done<L>, ExecuteError<L::Error>> {
    if let (Action::Open(_), Err(why)) = (action, RegistrationId::new(id)) {
        return Err(ExecuteError::Id { id: id.chars().take(64).collect::<String>().escape_debug().to_string(), why });
    }
    let fingerprint = fingerprint::<L>(id, action, &meta.actor)?;
    let mut names: Vec<String> = meta.key.iter().map(|key| format!("command/{key}")).collect();
    if matches!(action, Action::Open(_)) {
        names.push(format!("record/{}/{id}", L::KIND));
    }
    names.sort();
    work.lock(tenant, &names).await?;
    if let Some(key) = &meta.key
        && let Some(kept) = work.command(tenant, key).await?
    {
        return repeat(work, tenant, id, &kept, &fingerprint, meta).await;
    }
    let row = held::<L, W>(work, tenant, id, Some(action)).await?;
    let record: Option<L> = row.as_ref().map(record_of).transpose()?;
    check_access(record.as_ref(), id, action, &meta.actor)?;
    let before = row.as_ref().map_or(0, |row| row.version);
    if let Some(expected) = meta.expected_version.filter(|expected| *expected != before) {
        return Err(ExecuteError::VersionDiffers { expected, found: before });
    }
    let at = micros(meta.at);
    if let Some(last) = record.as_ref().map(Lifecycle::changed_at).filter(|last| at < *last) {
        return Err(ExecuteError::BeforeLastChange { at, last });
    }
    let times = Times { received_at: meta.received_at.map_or(at, micros), recorded_at: micros(Utc::now()) };
    note_first::<L, W>(work, tenant, record.as_ref(), action, at).await?;
    let judged = judge(work, tenant, (id, before), record, action, (at, &meta.actor, given), times).await?;
    if let Some(key) = &meta.key {
        let (kind, id, key, recorded_at) = (L::KIND.to_owned(), id.to_owned(), key.clone(), times.recorded_at);
        let (from_version, to_version) = (before, judged.version);
        work.keep(tenant, &CommandRow { key, fingerprint, kind, id, from_version, to_version, recorded_at }).await?;
    }
    let Judged { record, events, version, follows } = judged;
    let others = carry_out::<L, W>(work, tenant, (id, version), follows, (at, &meta.actor), times).await?;
    follow::<L, W>(work, tenant, id, others, (at, given), times).await?;
    let (record, events) = (record.seen_by(&meta.actor), L::history_seen_by(events, &meta.actor));
    Ok(Done { id: id.to_owned(), record, events, version, repeated: false })
}

/// When a command was received, and when it is written.
#[derive(Debug, Clone, Copy)]
struct Times {
    received_at: DateTime<Utc>,
    recorded_at: DateTime<Utc>,
}

/// The record of that id, held against other writers, with what must hold still beside it held before: so two callers
/// never wait for each other's records.
async fn held<L: Stored, W: Work>(
    work: &mut W,
    tenant: &str,
    id: &str,
    action: Option<&Action<L>>,
) -> Result<Option<RecordRow>, StoreError> {
    if W::ALONE {
        return Ok(work.record(tenant, L::KIND, id, Hold::Write).await?);
    }
    let seen = work.record(tenant, L::KIND, id, Hold::Nothing).await?;
    let seen: Option<L> = seen.as_ref().map(record_of).transpose()?;
    let locks = L::locks(seen.as_ref(), action);
    locks.clone().take(work, tenant, &Locks::default()).await?;
    let row = work.record(tenant, L::KIND, id, Hold::Write).await?;
    let record: Option<L> = row.as_ref().map(record_of).transpose()?;
    if record != seen {
        // It was changed while we waited; what must hold still may be another.
        L::locks(record.as_ref(), action).take(work, tenant, &locks).await?;
    }
    Ok(row)
}

/// What came of an action, and which other records are to be judged again.
struct Judged<L: Stored> {
    record: L,
    events: Vec<L::Event>,
    version: u64,
    follows: Follows<L>,
}

/// Asks the rules of one record, at a version before, and saves what they say.
async fn judge<L: Stored, W: Work>(
    work: &mut W,
    tenant: &str,
    (id, before): (&str, u64),
    record: Option<L>,
    action: &Action<L>,
    (at, by, given): (DateTime<Utc>, &Actor, &L::Given),
    times: Times,
) -> Result<Judged<L>, ExecuteError<L::Error>> {
    let found = L::find(work, tenant, id, record.as_ref(), Some(action), Some(given)).await?;
    let context = Context { at, received_at: times.received_at, by, given, found: &found };
    // What time alone caused comes first, whether somebody looked or not.
    let (record, mut happened) = record.map_or((None, Vec::new()), |record| {
        let (record, lapsed) = lapse(record, at);
        (Some(record), lapsed)
    });
    let (record, events) = decide(record, id, action, &context)?;
    happened.extend(events.into_iter().map(|event| Happened { event, at, by: by.clone() }));
    let version = keep_events(work, tenant, id, (&record, before), &happened, times).await?;
    let events: Vec<L::Event> = happened.into_iter().map(|happened| happened.event).collect();
    let after = After { id, record: &record, events: &events, found: &found, given: Some(given) };
    let follows = L::after(work, tenant, after).await?;
    Ok(Judged { record, events, version, follows })
}

/// Judges other records again because of what happened to one, and those that they affect in turn, each once.
async fn follow<L: Stored, W: Books>(
    work: &mut W,
    tenant: &str,
    id: &str,
    others: Vec<(String, L::Command)>,
    (at, given): (DateTime<Utc>, &L::Given),
    times: Times,
) -> Result<(), ExecuteError<L::Error>> {
    let (mut waiting, mut seen) = (VecDeque::from(others), BTreeSet::from([id.to_owned()]));
    while let Some((other, command)) = waiting.pop_front() {
        if !seen.insert(other.clone()) {
            continue;
        }
        let Some(row) = work.record(tenant, L::KIND, &other, Hold::Write).await? else { continue };
        let record: L = record_of(&row)?;
        let at = at.max(record.changed_at());
        let action = Action::Command(command);
        let (by, before) = (&Actor::Host, (other.as_str(), row.version));
        let judged = judge(work, tenant, before, Some(record), &action, (at, by, given), times).await?;
        let place = (other.as_str(), judged.version);
        waiting.extend(carry_out::<L, W>(work, tenant, place, judged.follows, (at, by), times).await?);
    }
    Ok(())
}

/// Notes the deadlines of other records that come before an action. All of them are held before anything is done to one.
async fn note_first<L: Stored, W: Books>(
    work: &mut W,
    tenant: &str,
    record: Option<&L>,
    action: &Action<L>,
    at: DateTime<Utc>,
) -> Result<(), ExecuteError<L::Error>> {
    let first = L::first(work, tenant, record, action, at).await?;
    for id in &first {
        work.record(tenant, L::KIND, id, Hold::Write).await?;
    }
    for id in &first {
        note_lapsed::<L, W>(work, tenant, id, at, None).await?;
    }
    Ok(())
}

/// Carries out what follows from events of a record at a version; the other records that are to be judged again.
async fn carry_out<L: Stored, W: Books>(
    work: &mut W,
    tenant: &str,
    (id, version): (&str, u64),
    Follows { others, effects }: Follows<L>,
    (at, by): (DateTime<Utc>, &Actor),
    times: Times,
) -> Result<Vec<(String, L::Command)>, ExecuteError<L::Error>> {
    let cause = Cause { kind: L::KIND, id, version, at, by };
    for effect in effects {
        let Effect::Tells(telling) = effect else {
            effects::carry_out(work, tenant, cause, effect).await?;
            continue;
        };
        let Telling { request, command, given } = *telling;
        let Some(row) = work.record(tenant, MdfRequest::KIND, request.as_str(), Hold::Write).await? else {
            return Err(EffectError::NoRequest { request }.into());
        };
        let told: MdfRequest = record_of(&row)?;
        let (place, at) = ((request.as_str(), row.version), at.max(told.changed_at()));
        let action = Action::Command(command);
        let judged = judge(work, tenant, place, Some(told), &action, (at, &Actor::Host, &given), times).await;
        let judged = judged.map_err(|error| match error {
            ExecuteError::Refused(why) => EffectError::Request { request: request.clone(), why: Box::new(why) }.into(),
            ExecuteError::Store(error) => ExecuteError::Store(error),
            error => ExecuteError::Store(unreadable::<MdfRequest>(request.as_str(), error)),
        })?;
        let cause = Cause { kind: MdfRequest::KIND, id: request.as_str(), version: judged.version, at, by };
        for effect in judged.follows.effects {
            effects::carry_out(work, tenant, cause, effect).await?;
        }
    }
    Ok(others)
}

/// An event, when it takes effect, and who caused it.
struct Happened<L: Lifecycle> {
    event: L::Event,
    at: DateTime<Utc>,
    by: Actor,
}

/// The record after all its deadlines until then, and what they caused.
fn lapse<L: Lifecycle>(record: L, until: DateTime<Utc>) -> (L, Vec<Happened<L>>) {
    let (record, events) = lapsed(record, until);
    (record, events.into_iter().map(|(at, event)| Happened { event, at, by: Actor::Deadline }).collect())
}

/// Notes what deadlines caused of a record until then, and judges others again that it affects, if what the host tells is
/// there; whether they caused anything.
pub(crate) async fn note_lapsed<L: Stored, W: Books>(
    work: &mut W,
    tenant: &str,
    id: &str,
    now: DateTime<Utc>,
    given: Option<&L::Given>,
) -> Result<bool, ExecuteError<L::Error>> {
    let now = micros(now);
    if L::NEEDS_GIVEN && given.is_none() {
        return Ok(false);
    }
    let Some(row) = held::<L, W>(work, tenant, id, None).await? else { return Ok(false) };
    let (record, happened) = lapse(record_of::<L>(&row)?, now);
    let times = Times { received_at: now, recorded_at: micros(Utc::now()) };
    let version = keep_events(work, tenant, id, (&record, row.version), &happened, times).await?;
    if happened.is_empty() {
        return Ok(false);
    }
    let at = happened.iter().map(|happened| happened.at).max().unwrap_or(now);
    let events: Vec<L::Event> = happened.into_iter().map(|happened| happened.event).collect();
    let found = L::find(work, tenant, id, Some(&record), None, given).await?;
    let after = After { id, record: &record, events: &events, found: &found, given };
    let follows = L::after(work, tenant, after).await?;
    let others = carry_out::<L, W>(work, tenant, (id, version), follows, (at, &Actor::Deadline), times).await?;
    // Others are judged by what the host tells; without it they are when it is told.
    if let Some(given) = given {
        follow::<L, W>(work, tenant, id, others, (at, given), times).await?;
    }
    Ok(true)
}

/// Saves a record that was at version `before` with what happened to it; its version then.
async fn keep_events<L: Stored, W: Work>(
    work: &mut W,
    tenant: &str,
    id: &str,
    (record, before): (&L, u64),
    happened: &[Happened<L>],
    Times { received_at, recorded_at }: Times,
) -> Result<u64, StoreError> {
    let version = before + happened.len() as u64;
    if !happened.is_empty() {
        let row = row_of(record, tenant, id, version)?;
        let rows = happened.iter().zip(before + 1..).map(|(Happened { event, at, by }, version)| {
            Ok(EventRow {
                version,
                format: L::FORMAT,
                effective_at: *at,
                received_at,
                recorded_at,
                actor: serde_json::to_string(by).map_err(|error| unreadable::<L>(id, error))?,
                body: serde_json::to_string(event).map_err(|error| unreadable::<L>(id, error))?,
            })
        });
        work.save(&row, before, &rows.collect::<Result<Vec<_>, StoreError>>()?).await?;
    }
    Ok(version)
}

/// The record after a command, and what happened.
type Decided<L> = (L, Vec<<L as Lifecycle>::Event>);

/// Asks the rules.
fn decide<L: Stored>(
    record: Option<L>,
    id: &str,
    action: &Action<L>,
    context: &Context<'_, L>,
) -> Result<Decided<L>, ExecuteError<L::Error>> {
    match (record, action) {
        (None, Action::Open(open)) => {
            let event = L::open(open, context).map_err(ExecuteError::Refused)?;
            let born = L::born(&event).ok_or_else(|| unreadable::<L>(id, "its first event opens nothing"))?;
            Ok((born, vec![event]))
        }
        (Some(record), Action::Command(command)) => {
            let events = record.decide(command, context).map_err(ExecuteError::Refused)?;
            Ok((events.iter().fold(record, L::evolve), events))
        }
        (Some(_), Action::Open(_)) => Err(ExecuteError::Exists { kind: L::KIND, id: id.to_owned() }),
        (None, Action::Command(_)) => Err(ExecuteError::NotFound { kind: L::KIND, id: id.to_owned() }),
    }
}

/// Whether the actor may do this. What it may not know of does not exist for it.
fn check_access<L: Stored>(
    record: Option<&L>,
    id: &str,
    action: &Action<L>,
    actor: &Actor,
) -> Result<(), ExecuteError<L::Error>> {
    let intent = match action {
        Action::Open(open) => Intent::Open(open),
        Action::Command(command) => Intent::Command(command),
    };
    match (L::may(record, actor, intent), action) {
        (Access::Allowed, _) => Ok(()),
        (Access::Hidden, Action::Command(_)) => Err(ExecuteError::NotFound { kind: L::KIND, id: id.to_owned() }),
        (Access::Denied | Access::Hidden, _) => Err(ExecuteError::Denied),
    }
}

/// The outcome of a command that was carried out before.
async fn repeat<L: Stored, W: Work>(
    work: &mut W,
    tenant: &str,
    id: &str,
    kept: &CommandRow,
    fingerprint: &str,
    meta: &Meta,
) -> Result<Done<L>, ExecuteError<L::Error>> {
    if kept.fingerprint != fingerprint {
        return Err(ExecuteError::KeyReused { key: kept.key.clone() });
    }
    let rows = work.events(tenant, L::KIND, id, kept.to_version).await?;
    let events = rows.iter().map(|row| event_of::<L>(id, row)).collect::<Result<Vec<_>, _>>()?;
    let record: L = replay(&events).ok_or_else(|| unreadable::<L>(id, "its events open nothing"))?;
    if L::may(Some(&record), &meta.actor, Intent::Read) != Access::Allowed {
        return Err(ExecuteError::NotFound { kind: L::KIND, id: id.to_owned() });
    }
    let new = events.into_iter().zip(&rows).filter(|(_, row)| row.version > kept.from_version);
    let events = L::history_seen_by(new.map(|(event, _)| event).collect(), &meta.actor);
    let record = record.seen_by(&meta.actor);
    Ok(Done { id: id.to_owned(), record, events, version: kept.to_version, repeated: true })
}
