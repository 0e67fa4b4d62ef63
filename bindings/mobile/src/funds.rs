//! Marketing funds and claims: what becomes of requests for money, of claims, and of the pots that pay.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use prm_core::actor::Actor;
use prm_core::id::{ClaimId, Name, PartnerId, RequestId};
use prm_core::incentive::claim::book::{FundBook as Book, FundBookError};
use prm_core::incentive::claim::debit::FoundAuthorisation;
use prm_core::incentive::claim::{Claim, ClaimForm, Command as ClaimCommand, FoundPrice, Payout, SpiffBrings};
use prm_core::incentive::mdf::allocation::AllocationForm;
use prm_core::incentive::mdf::request::{Command, Form, MdfRequest};
use prm_core::incentive::mdf::{Accrued, Balances, FundPartner, Pot};
use prm_core::lifecycle::{Access, Intent, Lifecycle};
use prm_core::money::Money;
use prm_core::phone::{Act, PrmError};
use prm_core::scaled::Scaled;

use crate::Program;
use crate::exchange::{ExchangeQuote, table};

/// A pot, and what stands in it.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct FundPot {
    /// Which.
    pub pot: Pot,
    /// What stands in its accounts.
    pub balances: Balances,
}

/// What is owed for an approved claim.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ClaimOwed {
    /// For which.
    pub claim: ClaimId,
    /// What, and to whom.
    pub payout: Payout,
}

/// Pots, requests and claims in memory, under one program. Before each command the deadlines that have passed are noted.
#[derive(Debug, uniffi::Object)]
pub struct FundBook {
    program: Arc<Program>,
    book: Mutex<Book>,
}

impl FundBook {
    /// What is refused leaves the book whole.
    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn refused(why: FundBookError) -> PrmError {
    PrmError::refused(&why)
}

/// A record as an actor sees it; none if it may not know of it.
fn seen<L: Lifecycle + Clone>(record: Option<&L>, by: &Actor) -> Option<L> {
    let record = record.filter(|of| L::may(Some(of), by, Intent::Read) == Access::Allowed);
    record.cloned().map(|of| of.seen_by(by))
}

#[uniffi::export]
impl FundBook {
    /// One without money.
    #[uniffi::constructor]
    #[must_use]
    pub fn new(program: Arc<Program>) -> Arc<Self> {
        let book = Mutex::new(Book::new(Arc::clone(&program.0)));
        Arc::new(Self { program, book })
    }

    /// Adds a partner, in place of what was known of it.
    ///
    /// # Errors
    /// `PrmError.Input` for what cannot be read.
    pub fn put_partner(&self, partner: FundPartner) -> Result<(), PrmError> {
        self.book().put_partner(partner);
        Ok(())
    }

    /// Adds a table of exchange rates.
    ///
    /// # Errors
    /// `PrmError`: a rate is none.
    pub fn put_exchange(&self, name: String, quotes: Vec<ExchangeQuote>) -> Result<(), PrmError> {
        self.book().put_exchange(table(&name, quotes)?);
        Ok(())
    }

    /// Adds an authorisation, with what is left of it and the prices that it is held against.
    ///
    /// # Errors
    /// `PrmError.Input` for what cannot be read.
    pub fn put_authorisation(&self, found: FoundAuthorisation) -> Result<(), PrmError> {
        self.book().put_authorisation(found);
        Ok(())
    }

    /// Adds a price that changed, and what was received of the product.
    ///
    /// # Errors
    /// `PrmError.Input` for what cannot be read.
    pub fn put_price(&self, found: FoundPrice) -> Result<(), PrmError> {
        self.book().put_price(found);
        Ok(())
    }

    /// Sets what a SPIFF pays for sales.
    ///
    /// # Errors
    /// `PrmError.Input` for what cannot be read.
    pub fn put_spiff(&self, incentive: Name, brings: Vec<SpiffBrings>) -> Result<(), PrmError> {
        self.book().put_spiff(incentive, brings);
        Ok(())
    }

    /// Gives an amount, as one person asks and another approves.
    ///
    /// # Errors
    /// `PrmError`.
    pub fn allocate(&self, form: AllocationForm, act: Act, approved_by: Actor) -> Result<(), PrmError> {
        self.book().allocate(&form, (&act.by, &approved_by), act.at).map_err(refused)
    }

    /// Accrues what was measured of partners in a period, by its label (`2025-Q1`), or what that differs from what accrued
    /// before. Tells what accrues for each, before the fund's budget divides what is left of it.
    ///
    /// # Errors
    /// `PrmError`: there is no such incentive, period or partner.
    pub fn accrue(
        &self,
        incentive: String,
        period: String,
        measured: HashMap<PartnerId, Scaled>,
    ) -> Result<HashMap<PartnerId, Accrued>, PrmError> {
        let period = self.program.0.calendar().parse_label(&period).map_err(|why| PrmError::refused(&why))?;
        let accrued = self.book().accrue(&incentive, &period, &measured.into_iter().collect()).map_err(refused)?;
        Ok(accrued.into_iter().collect())
    }

    /// Gives partners what their tiers bring for a fund's period, by its label (`2025`), or what that is more than was given
    /// before.
    ///
    /// # Errors
    /// `PrmError`: there is no such fund, period or partner.
    pub fn give_by_tier(&self, fund: String, period: String, partners: Vec<PartnerId>) -> Result<(), PrmError> {
        let period = self.program.0.calendar().parse_label(&period).map_err(|why| PrmError::refused(&why))?;
        self.book().give_by_tier(&fund, &period, &partners).map_err(refused)
    }

    /// Ends a pot's period: what nobody was granted lapses, or goes on. Asked again, it does the same with what came back.
    ///
    /// # Errors
    /// `PrmError`.
    pub fn end_period(&self, pot: Pot, at: DateTime<Utc>) -> Result<(), PrmError> {
        self.book().end_period(&pot, at).map_err(refused)
    }

    /// Begins a request for money of a fund.
    ///
    /// # Errors
    /// `PrmError`.
    pub fn open_request(&self, id: RequestId, form: Form, act: Act) -> Result<(), PrmError> {
        self.book().open_request(id, &form, &act.by, act.at).map_err(refused)
    }

    /// Carries out a command on a request.
    ///
    /// # Errors
    /// `PrmError`.
    pub fn command_request(&self, id: RequestId, command: Command, act: Act) -> Result<(), PrmError> {
        self.book().command_request(&id, &command, &act.by, act.at).map_err(refused)
    }

    /// Begins a claim.
    ///
    /// # Errors
    /// `PrmError`.
    pub fn open_claim(&self, id: ClaimId, form: ClaimForm, act: Act) -> Result<(), PrmError> {
        self.book().open_claim(id, &form, &act.by, act.at).map_err(refused)
    }

    /// Carries out a command on a claim.
    ///
    /// # Errors
    /// `PrmError`.
    pub fn command_claim(&self, id: ClaimId, command: ClaimCommand, act: Act) -> Result<(), PrmError> {
        self.book().command_claim(&id, &command, &act.by, act.at).map_err(refused)
    }

    /// Notes every deadline that has passed by an instant.
    ///
    /// # Errors
    /// `PrmError` if what follows from one cannot be carried out.
    pub fn note_until(&self, at: DateTime<Utc>) -> Result<(), PrmError> {
        self.book().note_until(at).map_err(refused)
    }

    /// A request as an actor sees it; none if there is none that the actor may know of.
    ///
    /// # Errors
    /// `PrmError.Input` for what cannot be read.
    pub fn request(&self, id: RequestId, by: Actor) -> Result<Option<MdfRequest>, PrmError> {
        Ok(seen(self.book().request(&id), &by))
    }

    /// A claim as an actor sees it; none if there is none that the actor may know of.
    ///
    /// # Errors
    /// `PrmError.Input` for what cannot be read.
    pub fn claim(&self, id: ClaimId, by: Actor) -> Result<Option<Claim>, PrmError> {
        Ok(seen(self.book().claim(&id), &by))
    }

    /// All pots with what stands in them, by fund, period, class and partner.
    ///
    /// # Errors
    /// `PrmError.Input` for what cannot be read.
    pub fn pots(&self) -> Result<Vec<FundPot>, PrmError> {
        let book = self.book();
        Ok(book.pots().map(|(pot, balances)| FundPot { pot: pot.clone(), balances: *balances }).collect())
    }

    /// What is owed for approved claims, in the order of their approval.
    ///
    /// # Errors
    /// `PrmError.Input` for what cannot be read.
    pub fn owed(&self) -> Result<Vec<ClaimOwed>, PrmError> {
        let book = self.book();
        let owed = book.owed().iter();
        Ok(owed.map(|(claim, payout)| ClaimOwed { claim: claim.clone(), payout: payout.clone() }).collect())
    }
}

/// What is reserved for a request at an instant: its grant less what was paid, until it is released or expires; none without
/// a grant.
///
/// # Errors
/// `PrmError.Input` for what cannot be read.
#[uniffi::export]
pub fn request_reserved(request: MdfRequest, at: DateTime<Utc>) -> Result<Option<Money>, PrmError> {
    Ok(request.reserved(at))
}

/// Whether the time for claims of a request is over at an instant.
///
/// # Errors
/// `PrmError.Input` for what cannot be read.
#[uniffi::export]
pub fn request_is_expired(request: MdfRequest, at: DateTime<Utc>) -> Result<bool, PrmError> {
    Ok(request.is_expired(at))
}

/// Whether an answer to a request is overdue at an instant.
///
/// # Errors
/// `PrmError.Input` for what cannot be read.
#[uniffi::export]
pub fn request_is_overdue(request: MdfRequest, at: DateTime<Utc>) -> Result<bool, PrmError> {
    Ok(request.is_overdue(at))
}

/// Whether a claim holds what it shows at an instant, so that no other claim can use it.
///
/// # Errors
/// `PrmError.Input` for what cannot be read.
#[uniffi::export]
pub fn claim_holds_evidence(claim: Claim, at: DateTime<Utc>) -> Result<bool, PrmError> {
    Ok(claim.holds_evidence(at))
}

/// Whether an answer to a claim is overdue at an instant.
///
/// # Errors
/// `PrmError.Input` for what cannot be read.
#[uniffi::export]
pub fn claim_is_overdue(claim: Claim, at: DateTime<Utc>) -> Result<bool, PrmError> {
    Ok(claim.is_overdue(at))
}
