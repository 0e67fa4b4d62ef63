//! Deal registration: decided alone, or in a book that finds what stands against a deal.

use std::sync::{Arc, Mutex, PoisonError};

use prm_core::deal::book::{Book, BookError};
use prm_core::deal::{
    Command, DealPartner, Event, Form, Found, Given, HostVerdict, KnownAccount, ProtectionState, Registration,
    RegistrationError,
};
use prm_core::id::RegistrationId;
use prm_core::lifecycle::{Access, Context, Intent, Lifecycle as _, lapsed};
use prm_core::phone::{Act, PrmError};
use prm_core::product::Product;

use crate::Program;

/// What only the host knows: the program, partners, products and verdicts, made once for many decisions.
#[derive(Debug, uniffi::Object)]
pub struct DealGiven(pub(crate) Given);

#[uniffi::export]
impl DealGiven {
    /// What the host tells.
    ///
    /// # Errors
    /// `PrmError.Input` for what cannot be read.
    #[uniffi::constructor(default(products = [], verdicts = []))]
    pub fn new(
        program: Arc<Program>,
        partners: Vec<DealPartner>,
        products: Vec<Product>,
        verdicts: Vec<HostVerdict>,
    ) -> Result<Arc<Self>, PrmError> {
        let mut given = Given::new(Arc::clone(&program.0), partners).selling(products);
        given.verdicts = verdicts;
        Ok(Arc::new(Self(given)))
    }
}

/// A registration after a decision, and what happened to it.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct DealDecision {
    /// The registration.
    pub registration: Registration,
    /// What happened; empty if nothing did.
    pub events: Vec<Event>,
}

/// What happened to a registration of a book, and to those behind it.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct DealDone {
    /// What happened to it.
    pub events: Vec<Event>,
    /// What happened to others, because of it.
    pub others: Vec<OtherDeal>,
}

/// What happened to another registration.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct OtherDeal {
    /// Which.
    pub id: RegistrationId,
    /// What happened.
    pub events: Vec<Event>,
}

fn context<'c>(act: &'c Act, given: &'c DealGiven, found: &'c Found) -> Context<'c, Registration> {
    Context { at: act.at, received_at: act.at, by: &act.by, given: &given.0, found }
}

fn may_read(of: &Registration, act: &Act) -> bool {
    Registration::may(Some(of), &act.by, Intent::Read) == Access::Allowed
}

/// A draft, as a form begins it.
///
/// # Errors
/// `PrmError`: the actor may not begin it, or the form is none.
#[uniffi::export]
pub fn open_deal(form: Form, given: Arc<DealGiven>, act: Act) -> Result<DealDecision, PrmError> {
    if Registration::may(None, &act.by, Intent::Open(&form)) != Access::Allowed {
        return Err(PrmError::refused(&BookError::Denied));
    }
    let found = Found::default();
    let event = Registration::open(&form, &context(&act, &given, &found)).map_err(|why| PrmError::refused(&why))?;
    let registration = Registration::born(&event).ok_or_else(|| PrmError::refused(&BookError::Denied))?;
    Ok(DealDecision { registration, events: vec![event] })
}

/// A registration after a command, with what the caller has found of its account.
///
/// # Errors
/// `PrmError`: the actor may not do it, it is dated before the registration's last change, or a rule speaks against it.
#[uniffi::export]
pub fn decide_deal(
    registration: Registration,
    command: Command,
    given: Arc<DealGiven>,
    found: Found,
    act: Act,
) -> Result<DealDecision, PrmError> {
    decided(registration, &command, &given, &found, &act)
}

fn decided(
    registration: Registration,
    command: &Command,
    given: &DealGiven,
    found: &Found,
    act: &Act,
) -> Result<DealDecision, PrmError> {
    if Registration::may(Some(&registration), &act.by, Intent::Command(command)) != Access::Allowed {
        return Err(PrmError::refused(&BookError::Denied));
    }
    let (at, last) = (act.at, registration.changed_at);
    if at < last {
        return Err(PrmError::refused(&BookError::BeforeLastChange { at, last }));
    }
    // What time alone caused comes first, as in a book and a store.
    let (registration, lapsed) = lapsed(registration, at);
    let decided = registration.decide(command, &context(act, given, found));
    let decided = decided.map_err(|why| PrmError::refused(&why))?;
    let registration = decided.iter().fold(registration, Registration::evolve);
    let events = lapsed.into_iter().map(|(_, event)| event).chain(decided).collect();
    Ok(DealDecision { registration, events })
}

/// A registration that stays on this side: commands and what they cause cross, the registration only when it is asked for.
#[derive(Debug, uniffi::Object)]
pub struct Deal {
    given: Arc<DealGiven>,
    registration: Mutex<Registration>,
}

#[uniffi::export]
impl Deal {
    /// A registration, and what only the host knows.
    ///
    /// # Errors
    /// `PrmError.Input` for what cannot be read.
    #[uniffi::constructor]
    pub fn new(registration: Registration, given: Arc<DealGiven>) -> Result<Arc<Self>, PrmError> {
        Ok(Arc::new(Self { given, registration: Mutex::new(registration) }))
    }

    /// Carries out a command, with what the caller has found of its account, and tells what happened. Commands at once are
    /// decided one after the other.
    ///
    /// # Errors
    /// `PrmError`, as `decide_deal`; the registration is as it was.
    #[uniffi::method(default(found = None))]
    pub fn decide(&self, command: Command, act: Act, found: Option<Found>) -> Result<Vec<Event>, PrmError> {
        let mut held = self.registration.lock().unwrap_or_else(PoisonError::into_inner);
        let found = found.unwrap_or_default();
        let decision = decided(held.clone(), &command, &self.given, &found, &act)?;
        *held = decision.registration;
        Ok(Registration::history_seen_by(decision.events, &act.by))
    }

    /// The registration as an actor sees it; none if it may not know of it.
    ///
    /// # Errors
    /// `PrmError.Input` for what cannot be read.
    pub fn registration(&self, act: Act) -> Result<Option<Registration>, PrmError> {
        let held = self.registration.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(may_read(&held, &act).then(|| held.clone().seen_by(&act.by)))
    }
}

/// Whether a line of a registration is protected, and how, at an instant.
///
/// # Errors
/// `PrmError.Input` for what cannot be read.
#[uniffi::export]
pub fn deal_protection(registration: Registration, line: u32, act: Act) -> Result<ProtectionState, PrmError> {
    Ok(registration.protection(line, act.at))
}

/// Whether a decision on a registration is overdue at an instant.
///
/// # Errors
/// `PrmError.Input` for what cannot be read.
#[uniffi::export]
pub fn deal_is_overdue(registration: Registration, act: Act) -> Result<bool, PrmError> {
    Ok(registration.is_overdue(act.at))
}

/// Accounts and registrations in memory: who is before whom is found here.
#[derive(Debug, Default, uniffi::Object)]
pub struct DealBook(Mutex<Book>);

impl DealBook {
    /// A decision leaves the book whole, whatever happens in it.
    fn book(&self) -> std::sync::MutexGuard<'_, Book> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[uniffi::export]
impl DealBook {
    /// An empty one.
    #[uniffi::constructor]
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Adds what the vendor knows of an account, in place of what it knew before.
    ///
    /// # Errors
    /// `PrmError.Input` for what is no account.
    pub fn put_account(&self, known: KnownAccount) -> Result<(), PrmError> {
        self.book().put_account(known);
        Ok(())
    }

    /// Begins a registration.
    ///
    /// # Errors
    /// `PrmError`.
    pub fn open(&self, id: RegistrationId, form: Form, given: Arc<DealGiven>, act: Act) -> Result<Event, PrmError> {
        self.book().open(id, &form, &given.0, &act.by, act.at).map_err(|why| PrmError::refused(&why))
    }

    /// Carries out a command.
    ///
    /// # Errors
    /// `PrmError`.
    pub fn command(
        &self,
        id: RegistrationId,
        command: Command,
        given: Arc<DealGiven>,
        act: Act,
    ) -> Result<DealDone, PrmError> {
        let done = self.book().command(&id, &command, &given.0, &act.by, act.at);
        let done = done.map_err(|why| PrmError::refused(&why))?;
        let events = Registration::history_seen_by(done.events, &act.by);
        let is_partner = matches!(act.by, prm_core::actor::Actor::Partner { .. });
        // What happened to others is none of a partner's business.
        let others = if is_partner { Vec::new() } else { done.others };
        Ok(DealDone { events, others: others.into_iter().map(|(id, events)| OtherDeal { id, events }).collect() })
    }

    /// The place in line of a line of a registration at an instant, while it waits for a decision.
    ///
    /// # Errors
    /// `PrmError`.
    pub fn place(
        &self,
        id: RegistrationId,
        line: u32,
        given: Arc<DealGiven>,
        act: Act,
    ) -> Result<Option<u32>, PrmError> {
        let book = self.book();
        let of = book.registration(&id).filter(|of| may_read(of, &act));
        let of = of.ok_or_else(|| PrmError::refused(&BookError::NotFound { id: id.clone() }))?;
        let refused = |why: RegistrationError| PrmError::refused(&why);
        let found = book.found(&of.form, Some(&id)).map_err(|why| PrmError::refused(&why))?;
        of.place(line, &given.0.program, &found, act.at).map_err(refused)
    }

    /// A registration as an actor sees it; none if there is none that the actor may know of.
    ///
    /// # Errors
    /// `PrmError.Input` for what cannot be read.
    pub fn registration(&self, id: RegistrationId, act: Act) -> Result<Option<Registration>, PrmError> {
        let registration = self.book().registration(&id).cloned();
        Ok(registration.filter(|of| may_read(of, &act)).map(|of| of.seen_by(&act.by)))
    }
}
