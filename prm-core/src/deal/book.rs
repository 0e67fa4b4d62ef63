//! Registrations in memory: the same answers as a store gives, for hosts without one, for phones and for trying out.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use chrono::{DateTime, Utc};

use super::Event;
use super::alike::Alike;
use super::command::Command;
use super::error::RegistrationError;
use super::facts::{Found, FoundAccount, FoundRegistration, Given, KnownAccount, Likeness, Matched};
use super::form::Form;
use super::registration::Registration;
use crate::account::score::score;
use crate::account::{Account, AccountError, Index, Profile, Search, Thresholds};
use crate::actor::Actor;
use crate::id::{AccountId, RegistrationId};
use crate::lifecycle::{Access, Context, Intent, Lifecycle as _, lapsed};

/// Accounts and registrations.
///
/// ```
/// # #[cfg(feature = "program")] {
/// use std::sync::Arc;
/// use prm_core::account::AccountFacts;
/// use prm_core::actor::{Actor, PartnerRole, VendorRole};
/// use prm_core::deal::book::{Book, BookError};
/// use prm_core::deal::{Command, DealLine, DealPartner, Form, Given, Goods, RegistrationError};
/// use prm_core::partner::Partner;
/// use prm_core::program::Program;
///
/// let program = Program::read("
/// format: 1
/// program: Example
/// version: '1'
/// effective: { from: 2025-01-01 }
/// currency: USD
/// products: { bikes: { category: Bikes } }
/// deals:
///   protection: { lasts: 90 days }
///   conflicts:
///     - { when: { pending_for: another_partner }, then: wait, code: earlier_pending }
///     - { when: { protected_for: another_partner }, then: reject, code: already_protected }
/// ")?;
/// let partner = |id: &str| Ok::<_, prm_core::id::IdError>(DealPartner::new(Partner::new(id.parse()?, id)));
/// let given = Given::new(Arc::new(program), [partner("alpine")?, partner("ridge")?]);
/// let form = |partner: &str, id: &str, name: &str| -> Result<Form, prm_core::id::IdError> {
///     let mut form = Form::new("Example", partner.parse()?, AccountFacts::new(id.parse()?, name));
///     form.lines = vec![DealLine::new(Goods::Products("bikes".parse()?))];
///     Ok(form)
/// };
/// let sales = |partner: &str| Ok::<_, prm_core::id::IdError>(Actor::Partner {
///     partner: partner.parse()?, person: "sales".parse()?, role: PartnerRole::Sales,
/// });
/// let manager = Actor::Vendor { person: "mara".parse()?, role: VendorRole::ChannelManager };
/// let at = |text: &str| text.parse::<chrono::DateTime<chrono::Utc>>();
///
/// let mut book = Book::new();
/// let (first, second) = ("r-1".parse()?, "r-2".parse()?);
/// let noon = at("2025-06-02T12:00:00Z")?;
/// book.open("r-1".parse()?, &form("alpine", "a-1", "Contoso Works Ltd")?, &given, &sales("alpine")?, noon)?;
/// book.command(&first, &Command::Submit, &given, &sales("alpine")?, noon)?;
/// let later = at("2025-06-02T12:05:00Z")?;
/// book.open("r-2".parse()?, &form("ridge", "a-2", "CONTOSO WORKS")?, &given, &sales("ridge")?, later)?;
/// book.command(&second, &Command::Submit, &given, &sales("ridge")?, later)?;
///
/// // The second waits behind the first, and cannot be approved.
/// let approve = Command::Approve { lines: [].into() };
/// let refused = book.command(&second, &approve, &given, &manager, later);
/// assert!(matches!(refused, Err(BookError::Refused(RegistrationError::Conflict { .. }))));
/// // The first is approved, and the second is told by the same stroke.
/// let done = book.command(&first, &approve, &given, &manager, later)?;
/// assert!(book.registration(&first).is_some_and(|deal| deal.is_protected(later)));
/// assert_eq!(done.others[0].0, second);
/// assert_eq!(book.registration(&second).map(|deal| deal.stage.word()), Some("rejected"));
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Book {
    index: Index,
    accounts: BTreeMap<AccountId, KnownAccount>,
    registrations: BTreeMap<RegistrationId, Registration>,
    by_account: BTreeMap<AccountId, Vec<RegistrationId>>,
    by_parent: BTreeMap<AccountId, BTreeSet<AccountId>>,
}

/// Why a command was not carried out. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BookError {
    /// The rules refuse it.
    #[error(transparent)]
    Refused(#[from] RegistrationError),
    /// There is no such registration, or none that the actor may know of.
    #[error("there is no registration `{id}`")]
    NotFound {
        /// The id.
        id: RegistrationId,
    },
    /// The actor may not do this.
    #[error("the actor may not do this")]
    Denied,
    /// A registration of this id is there already.
    #[error("registration `{id}` is there already")]
    Exists {
        /// The id.
        id: RegistrationId,
    },
    /// The command is dated before the registration's last change.
    #[error("dated {at}, but the registration last changed at {last}")]
    BeforeLastChange {
        /// When the command was to take effect.
        at: DateTime<Utc>,
        /// When the registration last changed.
        last: DateTime<Utc>,
    },
}

/// What happened, to the registration itself and to those behind it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Done {
    /// What happened to it.
    pub events: Vec<Event>,
    /// What happened to others, because of it.
    pub others: Vec<(RegistrationId, Vec<Event>)>,
}

/// What happened to a registration, and which others that affects.
type Followed = (Vec<Event>, VecDeque<(RegistrationId, Command)>);

/// How many accounts are found at most for one: a name that is like more is none to decide by.
pub const FOUND_MAX: usize = 100;

impl Book {
    /// A book without accounts and registrations.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds what the vendor knows of an account, in place of what it knew before.
    pub fn put_account(&mut self, known: KnownAccount) {
        self.set_account(&known.account.id().clone(), Some(known));
    }

    /// Sets what is known of an account, which may be nothing; what was known before.
    fn set_account(&mut self, id: &AccountId, known: Option<KnownAccount>) -> Option<KnownAccount> {
        let before = self.accounts.remove(id);
        for parent in before.iter().flat_map(|before| &before.account.facts().parents) {
            if let Some(children) = self.by_parent.get_mut(parent) {
                children.remove(id);
            }
        }
        self.index.remove(id);
        if let Some(known) = known {
            self.index.insert(&known.account);
            for parent in &known.account.facts().parents {
                self.by_parent.entry(parent.clone()).or_default().insert(id.clone());
            }
            self.accounts.insert(id.clone(), known);
        }
        before
    }

    /// The accounts that parent links may join to one.
    fn related(&self, account: &Account) -> BTreeSet<AccountId> {
        let parents = &account.facts().parents;
        let above = std::iter::once(account.id()).chain(parents);
        let below = above.filter_map(|id| self.by_parent.get(id)).flatten();
        below.chain(parents).filter(|id| *id != account.id()).cloned().collect()
    }

    /// A registration.
    #[must_use]
    pub fn registration(&self, id: &RegistrationId) -> Option<&Registration> {
        self.registrations.get(id)
    }

    /// All registrations, in the order of their ids.
    pub fn registrations(&self) -> impl Iterator<Item = (&RegistrationId, &Registration)> {
        self.registrations.iter()
    }

    /// What there is of an account, beside one registration.
    ///
    /// # Errors
    /// [`AccountError`] if the facts are not those of an account.
    pub fn found(&self, form: &Form, beside: Option<&RegistrationId>) -> Result<Found, AccountError> {
        let account = Account::new(form.account.clone())?;
        let mut alike = Alike::default();
        self.like(&account, FOUND_MAX).into_iter().for_each(|found| alike.add(found));
        for likeness in [Likeness::Same, Likeness::Related] {
            for (source, by) in alike.sources(likeness) {
                let joined = self.like(&source, usize::MAX).into_iter();
                let counts = |found: &FoundAccount| found.known.by_registration || found.matched.relation.is_some();
                joined.filter(counts).for_each(|found| alike.add_through((&source, &by), found));
            }
        }
        let accounts = alike.into_found();
        let mut found = Found::default();
        for FoundAccount { known, matched } in &accounts {
            let id = known.account.id();
            for other in self.by_account.get(id).into_iter().flatten().filter(|other| Some(*other) != beside) {
                let registration = self.registrations.get(other).filter(|registration| registration.counts()).cloned();
                let of = |registration| FoundRegistration { id: other.clone(), registration, matched: matched.clone() };
                found.registrations.extend(registration.map(of));
            }
        }
        found.accounts = accounts;
        Ok(found)
    }

    /// The accounts that are like one, at most so many, and those that parent links join to it.
    fn like(&self, account: &Account, most: usize) -> Vec<FoundAccount> {
        let by = Thresholds::for_accounts(self.index.len());
        let profile = Profile::new(account);
        let mut likes: BTreeMap<AccountId, Matched> = BTreeMap::new();
        for found in self.index.search(&profile, by, most, &mut Search::default()) {
            let relation = self.accounts.get(&found.id).and_then(|known| account.relation(&known.account));
            likes.extend(Matched::of(found.score, found.verdict, relation).map(|matched| (found.id, matched)));
        }
        for id in self.related(account) {
            let Some(known) = self.accounts.get(&id) else { continue };
            let score = score(&profile, &Profile::new(&known.account));
            let matched = Matched::of(score, by.verdict(score), account.relation(&known.account));
            likes.extend(matched.map(|matched| (id, matched)));
        }
        if self.accounts.contains_key(account.id()) {
            likes.insert(account.id().clone(), Matched::IDENTICAL);
        }
        let of = |(id, matched)| Some(FoundAccount { known: self.accounts.get(&id)?.clone(), matched });
        likes.into_iter().filter_map(of).collect()
    }

    /// Begins a registration.
    ///
    /// # Errors
    /// [`BookError`].
    pub fn open(
        &mut self,
        id: RegistrationId,
        form: &Form,
        given: &Given,
        by: &Actor,
        at: DateTime<Utc>,
    ) -> Result<Event, BookError> {
        if Registration::may(None, by, Intent::Open(form)) != Access::Allowed {
            return Err(BookError::Denied);
        }
        if self.registrations.contains_key(&id) {
            return Err(BookError::Exists { id });
        }
        let event = Registration::open(form, &Context { at, received_at: at, by, given, found: &Found::default() })?;
        if let Some(registration) = Registration::born(&event) {
            self.keep(id, registration);
        }
        Ok(event)
    }

    /// Carries out a command that was received at its own instant.
    ///
    /// # Errors
    /// [`BookError`].
    pub fn command(
        &mut self,
        id: &RegistrationId,
        command: &Command,
        given: &Given,
        by: &Actor,
        at: DateTime<Utc>,
    ) -> Result<Done, BookError> {
        let missing = || BookError::NotFound { id: id.clone() };
        let registration = self.registrations.get(id).ok_or_else(missing)?.clone();
        match Registration::may(Some(&registration), by, Intent::Command(command)) {
            Access::Allowed => {}
            Access::Denied => return Err(BookError::Denied),
            Access::Hidden => return Err(missing()),
        }
        if at < registration.changed_at {
            return Err(BookError::BeforeLastChange { at, last: registration.changed_at });
        }
        let mut done = Done::default();
        let (registration, lapsed) = lapsed(registration, at);
        done.events.extend(lapsed.into_iter().map(|(_, event)| event));
        let about = command.form().unwrap_or(&registration.form);
        let found = self.found(about, Some(id)).map_err(super::FormError::from).map_err(RegistrationError::from)?;
        let context = Context { at, received_at: at, by, given, found: &found };
        let events = registration.decide(command, &context)?;
        let after = events.iter().fold(registration, Registration::evolve);
        let known = after.account_to_keep(&events, &found);
        let account = known.map(|known| {
            let id = known.account.id().clone();
            (id.clone(), self.set_account(&id, Some(known)))
        });
        done.events.extend(events);
        let mut waiting = after.affected(&done.events, &found);
        let mut before = vec![(id.clone(), self.registrations.get(id).cloned())];
        self.keep(id.clone(), after);
        let mut seen = BTreeSet::from([id.clone()]);
        while let Some((other, command)) = waiting.pop_front() {
            if !seen.insert(other.clone()) {
                continue;
            }
            before.push((other.clone(), self.registrations.get(&other).cloned()));
            match self.follow(&other, &command, given, at) {
                Ok((events, _)) if events.is_empty() => {}
                Ok((events, next)) => {
                    done.others.push((other, events));
                    waiting.extend(next);
                }
                Err(error) => {
                    before.into_iter().for_each(|(id, was)| was.into_iter().for_each(|was| self.keep(id.clone(), was)));
                    account.into_iter().for_each(|(id, was)| drop(self.set_account(&id, was)));
                    return Err(error);
                }
            }
        }
        Ok(done)
    }

    /// What a change of another makes of a registration, and which others that affects in turn.
    fn follow(
        &mut self,
        id: &RegistrationId,
        command: &Command,
        given: &Given,
        at: DateTime<Utc>,
    ) -> Result<Followed, BookError> {
        let Some(registration) = self.registrations.get(id).cloned() else { return Ok(Followed::default()) };
        let at = at.max(registration.changed_at);
        let (registration, lapsed) = lapsed(registration, at);
        let mut events: Vec<Event> = lapsed.into_iter().map(|(_, event)| event).collect();
        let Ok(found) = self.found(&registration.form, Some(id)) else { return Ok(Followed::default()) };
        let context = Context { at, received_at: at, by: &Actor::Host, given, found: &found };
        let decided = registration.decide(command, &context)?;
        let after = decided.iter().fold(registration, Registration::evolve);
        events.extend(decided);
        let next = after.affected(&events, &found);
        self.keep(id.clone(), after);
        Ok((events, next))
    }

    fn keep(&mut self, id: RegistrationId, registration: Registration) {
        if let Some(before) = self.registrations.get(&id)
            && let Some(ids) = self.by_account.get_mut(&before.form.account.id)
        {
            ids.retain(|other| *other != id);
        }
        self.by_account.entry(registration.form.account.id.clone()).or_default().push(id.clone());
        self.registrations.insert(id, registration);
    }
}
