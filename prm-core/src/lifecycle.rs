//! Lifecycles: records that change by commands, and remember how.
//!
//! A lifecycle is three functions. [`open`](Lifecycle::open) and [`decide`](Lifecycle::decide) hold every rule
//! about stages and change nothing: they answer with events, or with a typed refusal. [`evolve`](Lifecycle::evolve)
//! applies an event, whatever happens. So a record can be replayed from its events, and an event that was once
//! accepted is never judged again by later rules.
//!
//! Which date means what: an event's own instant is when it takes effect; when it was received and recorded is
//! the store's knowledge, not the record's.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::actor::Actor;

/// With what a command is decided, beside the record.
#[derive(Debug)]
pub struct Context<'c, L: Lifecycle> {
    /// When it is decided; never before the record's last event.
    pub at: DateTime<Utc>,
    /// When it was received, which orders what was received from several.
    pub received_at: DateTime<Utc>,
    /// Who commands.
    pub by: &'c Actor,
    /// What only the host knows.
    pub given: &'c L::Given,
    /// What the store read in the same transaction.
    pub found: &'c L::Found,
}

/// What an actor wants of a record.
#[derive(Debug)]
pub enum Intent<'i, L: Lifecycle> {
    /// To see it.
    Read,
    /// To bring it into being.
    Open(&'i L::Open),
    /// To change it.
    Command(&'i L::Command),
}

impl<L: Lifecycle> Clone for Intent<'_, L> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<L: Lifecycle> Copy for Intent<'_, L> {}

/// Whether an actor may do what it wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// It may.
    Allowed,
    /// It may not, and may know that the record exists.
    Denied,
    /// The record is none of its business: to this actor it does not exist.
    Hidden,
}

/// Something whose changes are commanded, judged and remembered.
pub trait Lifecycle: Clone + fmt::Debug + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The kind of record, in snake case; stored, never changed.
    const KIND: &'static str;
    /// The format of its serialised form; readers accept all earlier ones.
    const FORMAT: u32;
    /// What it takes to open one.
    type Open: fmt::Debug + Clone + Serialize + Send + Sync;
    /// What can be done to one.
    type Command: fmt::Debug + Clone + Serialize + Send + Sync;
    /// What happened to one. The first event of a record is its opening.
    type Event: fmt::Debug + Clone + PartialEq + Serialize + DeserializeOwned + Send + Sync;
    /// What only the host knows.
    type Given: fmt::Debug + Send + Sync;
    /// What the store reads in the same transaction.
    type Found: fmt::Debug + Send + Sync;
    /// Why a command is refused.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Judges an opening and answers with the event that is one.
    ///
    /// # Errors
    /// The lifecycle's refusal.
    fn open(open: &Self::Open, context: &Context<'_, Self>) -> Result<Self::Event, Self::Error>;

    /// The record that an opening brings into being; `None` if the event is no opening.
    fn born(event: &Self::Event) -> Option<Self>;

    /// Judges a command and answers with what happens. An empty answer means that nothing does.
    ///
    /// # Errors
    /// The lifecycle's refusal.
    fn decide(&self, command: &Self::Command, context: &Context<'_, Self>) -> Result<Vec<Self::Event>, Self::Error>;

    /// The record after an event.
    #[must_use]
    fn evolve(self, event: &Self::Event) -> Self;

    /// Whether an actor may do what it wants; `record` is `None` for an opening.
    fn may(record: Option<&Self>, actor: &Actor, intent: Intent<'_, Self>) -> Access;

    /// The word for its stage, for listings.
    fn stage(&self) -> &'static str;

    /// When it last changed.
    fn changed_at(&self) -> DateTime<Utc>;

    /// When time alone will next change what is true of it, if it will.
    fn next_deadline(&self) -> Option<DateTime<Utc>> {
        None
    }

    /// What happens when that deadline passes, so that others can be told. It must move
    /// [`next_deadline`](Self::next_deadline), and change nothing that a question about the record depends on: what
    /// time alone causes is computed from dates, whether this was noted or not.
    fn lapse(&self, deadline: DateTime<Utc>) -> Vec<Self::Event> {
        let _ = deadline;
        Vec::new()
    }

    /// The record as an actor that may read it sees it: without what is others'.
    #[must_use]
    fn seen_by(self, actor: &Actor) -> Self {
        let _ = actor;
        self
    }

    /// What happened to it, as such an actor sees it.
    #[must_use]
    fn history_seen_by(events: Vec<Self::Event>, actor: &Actor) -> Vec<Self::Event> {
        let _ = actor;
        events
    }
}

/// The record that a run of events leads to; `None` if the first is no opening.
///
/// A law of every lifecycle: the stored record is this.
#[must_use]
pub fn replay<'e, L: Lifecycle>(events: impl IntoIterator<Item = &'e L::Event>) -> Option<L>
where
    L::Event: 'e,
{
    let mut events = events.into_iter();
    let born = L::born(events.next()?)?;
    Some(events.fold(born, L::evolve))
}

/// What deadlines caused, each event with its deadline.
pub type Lapsed<L> = Vec<(DateTime<Utc>, <L as Lifecycle>::Event)>;

/// The record after all its deadlines until an instant, and what they caused, each with its deadline.
#[must_use]
pub fn lapsed<L: Lifecycle>(mut record: L, until: DateTime<Utc>) -> (L, Lapsed<L>) {
    let mut happened = Vec::new();
    while let Some(deadline) = record.next_deadline().filter(|deadline| *deadline <= until) {
        let events = record.lapse(deadline);
        record = events.iter().fold(record, L::evolve);
        happened.extend(events.into_iter().map(|event| (deadline, event)));
        // A lifecycle that leaves its deadline where it was would be asked forever.
        if record.next_deadline() == Some(deadline) {
            break;
        }
    }
    (record, happened)
}
