//! Funds, requests and claims in memory: the same answers as a store gives, for hosts without one and for trying out.
//!
//! It is also the shortest description of what a store does: before each command it notes the deadlines that have passed,
//! reads what is found, decides, and carries out the consequences; all of it or nothing.

mod allocated;
mod follow;

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};

use super::debit::FoundAuthorisation;
use super::event::Payout;
use super::facts::{FoundPrice, SpiffBrings};
use super::form::{ClaimForm, EvidenceKey};
use super::{Claim, ClaimError, consequences};
use crate::actor::Actor;
use crate::fx::FxTable;
use crate::id::{AuthorisationId, ClaimId, Name, PartnerId, RequestId, Sku};
use crate::incentive::mdf::allocation::AllocationError;
use crate::incentive::mdf::request::{self, MdfRequest, RequestError};
use crate::incentive::mdf::{Balances, FundPartner, Movement, Pot, PotError, at_end};
use crate::lifecycle::{Access, Context, Intent, Lifecycle};
use crate::money::Money;
use crate::period::FiscalPeriod;
use crate::program::Program;
use crate::scaled::Scaled;

/// Pots, requests and claims under one program.
///
/// ```
/// # #[cfg(feature = "program")] {
/// use std::sync::Arc;
/// use prm_core::actor::{Actor, PartnerRole, VendorRole};
/// use prm_core::incentive::claim::book::{FundBook, FundBookError};
/// use prm_core::incentive::claim::{Basis, BasisError, ClaimError, ClaimForm, Command as OnClaim, Expense, Invoice};
/// use prm_core::incentive::mdf::request::{Command, Form};
/// use prm_core::incentive::mdf::{FundPartner, allocation::AllocationForm};
/// use prm_core::money::Money;
/// use prm_core::partner::Partner;
/// use prm_core::period::Period;
/// use prm_core::program::Program;
///
/// let program = Program::read("
/// format: 1
/// program: Example
/// version: '1'
/// effective: { from: 2025-01-01 }
/// currency: USD
/// mdf: { marketing: { request: { share: 50 % }, claim: { within: 60 days } } }
/// ")?;
/// let mut book = FundBook::new(Arc::new(program));
/// book.put_partner(FundPartner::new(Partner::new("alpine".parse()?, "Alpine Bikes")));
/// let vendor = |person: &str, role| Ok::<_, prm_core::id::IdError>(Actor::Vendor { person: person.parse()?, role });
/// let (mara, fred) = (vendor("mara", VendorRole::Marketing)?, vendor("fred", VendorRole::Finance)?);
/// let ada = Actor::Partner { partner: "alpine".parse()?, person: "ada".parse()?, role: PartnerRole::Marketing };
/// let usd = |amount| Money::parse(amount, "USD");
/// let day = |text: &str| format!("{text}T12:00:00Z").parse::<chrono::DateTime<chrono::Utc>>();
///
/// // Two persons give Alpine 2,000 for 2025.
/// let gift = AllocationForm::new("marketing".parse()?, "2025", Some("alpine".parse()?), usd("2000")?, "launch");
/// book.allocate(&gift, (&mara, &fred), day("2025-01-10")?)?;
/// // It asks for half of what a fair will cost.
/// let (request, days) = ("r-1".parse()?, Period::new("2025-04-01".parse()?, "2025-04-04".parse()?)?);
/// let form = Form::new("Example", "alpine".parse()?, ("marketing".parse()?, "fair".parse()?), days, usd("1800")?);
/// book.open_request("r-1".parse()?, &form, &ada, day("2025-03-01")?)?;
/// book.command_request(&request, &Command::Submit, &ada, day("2025-03-01")?)?;
///
/// // Nothing can be claimed before it is granted.
/// let invoice = Invoice { issuer: "Fair Ltd".into(), number: "17".into(), dated: "2025-04-02".parse()? };
/// let expenses = vec![Expense::new(invoice, usd("1900")?)];
/// let of = Basis::Mdf { request: request.clone(), performed: days, expenses };
/// let (claim, spent) = ("c-1".parse()?, ClaimForm::new("Example", "alpine".parse()?, of));
/// book.open_claim("c-1".parse()?, &spent, &ada, day("2025-04-10")?)?;
/// let refused = book.command_claim(&claim, &OnClaim::Submit, &ada, day("2025-04-10")?);
/// assert!(matches!(refused, Err(FundBookError::Claim(ClaimError::Basis(BasisError::NotGranted { .. })))));
///
/// book.command_request(&request, &Command::Approve { amount: None, note: None }, &mara, day("2025-04-10")?)?;
/// book.command_claim(&claim, &OnClaim::Submit, &ada, day("2025-04-11")?)?;
/// book.command_claim(&claim, &OnClaim::Validate { disallowed: Vec::new(), note: None }, &fred, day("2025-04-12")?)?;
/// book.command_claim(&claim, &OnClaim::Approve { note: None }, &mara, day("2025-04-12")?)?;
/// // Half of 1,900 would be 950, and 900 was granted.
/// assert_eq!(book.owed()[0].1.amount, usd("900")?);
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct FundBook {
    program: Arc<Program>,
    partners: BTreeMap<PartnerId, FundPartner>,
    exchange: Vec<Arc<FxTable>>,
    pots: BTreeMap<Pot, Balances>,
    requests: BTreeMap<RequestId, MdfRequest>,
    claims: BTreeMap<ClaimId, Claim>,
    held: BTreeMap<EvidenceKey, ClaimId>,
    authorisations: BTreeMap<AuthorisationId, FoundAuthorisation>,
    prices: BTreeMap<(NaiveDate, Sku), FoundPrice>,
    spiffs: BTreeMap<Name, Vec<SpiffBrings>>,
    owed: Vec<(ClaimId, Payout)>,
    accrued: BTreeMap<AccruedBy, Money>,
}

/// An accrual of a partner for a period.
type AccruedBy = (Name, FiscalPeriod, PartnerId);

/// Why something was not done. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FundBookError {
    /// The rules of requests refuse it.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// The rules of allocations refuse it.
    #[error(transparent)]
    Allocation(#[from] AllocationError),
    /// The rules of claims refuse it.
    #[error(transparent)]
    Claim(#[from] ClaimError),
    /// There is not enough in a pot.
    #[error(transparent)]
    Pot(#[from] PotError),
    /// There is no such record, or none that the actor may know of.
    #[error("there is no `{id}`")]
    NotFound {
        /// The id.
        id: String,
    },
    /// The actor may not do this.
    #[error("the actor may not do this")]
    Denied,
    /// A record of this id is there already.
    #[error("`{id}` is there already")]
    Exists {
        /// The id.
        id: String,
    },
    /// The command is dated before the record's last change.
    #[error("dated {at}, but last changed at {last}")]
    BeforeLastChange {
        /// When the command was to take effect.
        at: DateTime<Utc>,
        /// When the record last changed.
        last: DateTime<Utc>,
    },
    /// More units were used than were left of an authorisation, or of a lot.
    #[error("fewer than {quantity} units of `{authorisation}` are left")]
    NotLeft {
        /// The authorisation.
        authorisation: AuthorisationId,
        /// How many were to be used.
        quantity: Scaled,
    },
}

type Done<T> = Result<T, FundBookError>;

impl FundBook {
    /// A book without money under a program.
    #[must_use]
    pub const fn new(program: Arc<Program>) -> Self {
        Self {
            program,
            partners: BTreeMap::new(),
            exchange: Vec::new(),
            pots: BTreeMap::new(),
            requests: BTreeMap::new(),
            claims: BTreeMap::new(),
            held: BTreeMap::new(),
            authorisations: BTreeMap::new(),
            prices: BTreeMap::new(),
            spiffs: BTreeMap::new(),
            owed: Vec::new(),
            accrued: BTreeMap::new(),
        }
    }

    /// Adds a partner, in place of what was known of it.
    pub fn put_partner(&mut self, partner: FundPartner) {
        self.partners.insert(partner.partner.id.clone(), partner);
    }

    /// Adds a table of exchange rates.
    pub fn put_exchange(&mut self, table: FxTable) {
        self.exchange.push(Arc::new(table));
    }

    /// Adds an authorisation, with what is left of it and the prices that it is held against.
    pub fn put_authorisation(&mut self, found: FoundAuthorisation) {
        self.authorisations.insert(found.authorisation.id.clone(), found);
    }

    /// Adds a price that changed, and what was received of the product.
    pub fn put_price(&mut self, found: FoundPrice) {
        self.prices.insert((found.change.effective_on, found.change.sku.clone()), found);
    }

    /// Sets what a SPIFF pays for sales.
    pub fn put_spiff(&mut self, incentive: Name, brings: Vec<SpiffBrings>) {
        self.spiffs.insert(incentive, brings);
    }

    /// A request.
    #[must_use]
    pub fn request(&self, id: &RequestId) -> Option<&MdfRequest> {
        self.requests.get(id)
    }

    /// A claim.
    #[must_use]
    pub fn claim(&self, id: &ClaimId) -> Option<&Claim> {
        self.claims.get(id)
    }

    /// All pots with what stands in them.
    pub fn pots(&self) -> impl Iterator<Item = (&Pot, &Balances)> {
        self.pots.iter()
    }

    /// What stands in a pot.
    #[must_use]
    pub fn balances(&self, pot: &Pot) -> Option<&Balances> {
        self.pots.get(pot)
    }

    /// What is owed for approved claims, in the order of their approval.
    #[must_use]
    pub fn owed(&self) -> &[(ClaimId, Payout)] {
        &self.owed
    }

    /// How many units of an authorisation are left.
    #[must_use]
    pub fn left(&self, id: &AuthorisationId) -> Option<Scaled> {
        self.authorisations.get(id).map(|found| found.left)
    }

    /// Moves money, such as that of an accrual or an allocation. What a pot owes it makes up for at once.
    ///
    /// # Errors
    /// [`PotError`] if there is not enough of it; nothing has moved then.
    pub fn move_money(&mut self, moves: &[Movement]) -> Done<()> {
        self.all_or_nothing(|book| moves.iter().try_for_each(|movement| book.move_one(movement)))
    }

    fn move_one(&mut self, movement: &Movement) -> Done<()> {
        let nothing = || Balances::empty(movement.amount.currency());
        let balances = self.pots.entry(movement.pot.clone()).or_insert_with(nothing);
        *balances = balances.after(movement)?;
        if let Some(recovers) = balances.recovers(&movement.pot) {
            *balances = balances.after(&recovers)?;
        }
        Ok(())
    }

    /// Ends a pot's period: what nobody was granted lapses, or goes on. Asked again, it does the same with what came back.
    ///
    /// # Errors
    /// [`FundBookError`] if the fund is none of the program's, or an amount does not fit.
    pub fn end_period(&mut self, pot: &Pot, at: DateTime<Utc>) -> Done<()> {
        self.all_or_nothing(|book| {
            book.note_until(at)?;
            let program = Arc::clone(&book.program);
            let fund = program.fund(pot.fund.as_str());
            let fund = fund.ok_or_else(|| RequestError::NoFund { fund: pot.fund.clone() })?;
            let Some(balances) = book.pots.get(pot) else { return Ok(()) };
            let moves = at_end(fund, &program, pot, balances)?;
            moves.iter().try_for_each(|movement| book.move_one(movement))
        })
    }

    fn all_or_nothing(&mut self, change: impl FnOnce(&mut Self) -> Done<()>) -> Done<()> {
        let mut next = self.clone();
        change(&mut next)?;
        *self = next;
        Ok(())
    }

    fn partner(&self, id: &PartnerId) -> Done<FundPartner> {
        self.partners.get(id).cloned().ok_or_else(|| FundBookError::NotFound { id: id.to_string() })
    }

    /// Opens a request.
    ///
    /// # Errors
    /// [`FundBookError`]; nothing was changed.
    pub fn open_request(&mut self, id: RequestId, form: &request::Form, by: &Actor, at: DateTime<Utc>) -> Done<()> {
        self.all_or_nothing(|book| {
            book.note_until(at)?;
            may::<MdfRequest>(None, by, Intent::Open(form), &id)?;
            let given = request::Given::new(Arc::clone(&book.program), book.partner(&form.partner)?);
            let found = request::Found::default();
            let event = MdfRequest::open(form, &Context { at, received_at: at, by, given: &given, found: &found })?;
            let exists = || FundBookError::Exists { id: id.to_string() };
            let born = MdfRequest::born(&event).filter(|_| !book.requests.contains_key(&id)).ok_or_else(exists)?;
            book.requests.insert(id, born);
            Ok(())
        })
    }

    /// Carries out a command on a request.
    ///
    /// # Errors
    /// [`FundBookError`]; nothing was changed.
    pub fn command_request(
        &mut self,
        id: &RequestId,
        command: &request::Command,
        by: &Actor,
        at: DateTime<Utc>,
    ) -> Done<()> {
        self.all_or_nothing(|book| {
            book.note_until(at)?;
            book.on_request(id, command, by, at)
        })
    }

    fn on_request(&mut self, id: &RequestId, command: &request::Command, by: &Actor, at: DateTime<Utc>) -> Done<()> {
        let record = self.requests.get(id).ok_or_else(|| FundBookError::NotFound { id: id.to_string() })?.clone();
        may(Some(&record), by, Intent::Command(command), id)?;
        in_order(&record, at)?;
        let given = request::Given::new(Arc::clone(&self.program), self.partner(&record.form.partner)?);
        let pot = record.pot(&self.program)?;
        let available = self.pots.get(&pot).map(|balances| balances.available);
        let found = available.map(request::Found::available).unwrap_or_default();
        let events = record.decide(command, &Context { at, received_at: at, by, given: &given, found: &found })?;
        self.happened_to_request(id, record, &events)
    }

    fn happened_to_request(&mut self, id: &RequestId, record: MdfRequest, events: &[request::Event]) -> Done<()> {
        self.requests.insert(id.clone(), events.iter().fold(record, MdfRequest::evolve));
        events.iter().flat_map(request::consequences).try_for_each(|movement| self.move_one(&movement))
    }

    /// Opens a claim.
    ///
    /// # Errors
    /// [`FundBookError`]; nothing was changed.
    pub fn open_claim(&mut self, id: ClaimId, form: &ClaimForm, by: &Actor, at: DateTime<Utc>) -> Done<()> {
        self.all_or_nothing(|book| {
            book.note_until(at)?;
            may::<Claim>(None, by, Intent::Open(form), &id)?;
            let given = book.given(&form.partner)?;
            let found = book.found(&id, form);
            let event = Claim::open(form, &Context { at, received_at: at, by, given: &given, found: &found })?;
            let exists = || FundBookError::Exists { id: id.to_string() };
            let born = Claim::born(&event).filter(|_| !book.claims.contains_key(&id)).ok_or_else(exists)?;
            book.claims.insert(id, born);
            Ok(())
        })
    }

    /// Carries out a command on a claim.
    ///
    /// # Errors
    /// [`FundBookError`]; nothing was changed.
    pub fn command_claim(&mut self, id: &ClaimId, command: &super::Command, by: &Actor, at: DateTime<Utc>) -> Done<()> {
        self.all_or_nothing(|book| {
            book.note_until(at)?;
            let record = book.claims.get(id).ok_or_else(|| FundBookError::NotFound { id: id.to_string() })?.clone();
            may(Some(&record), by, Intent::Command(command), id)?;
            in_order(&record, at)?;
            let given = book.given(&record.form.partner)?;
            let found = book.found(id, &record.form);
            let events = record.decide(command, &Context { at, received_at: at, by, given: &given, found: &found })?;
            book.happened_to_claim(id, record, &events)
        })
    }

    fn happened_to_claim(&mut self, id: &ClaimId, record: Claim, events: &[super::Event]) -> Done<()> {
        self.claims.insert(id.clone(), events.iter().fold(record, Claim::evolve));
        for event in events {
            for consequence in consequences(event) {
                self.follow(id, consequence, event.at)?;
            }
        }
        Ok(())
    }
}

fn may<L: Lifecycle>(record: Option<&L>, by: &Actor, intent: Intent<'_, L>, id: &impl ToString) -> Done<()> {
    match L::may(record, by, intent) {
        Access::Allowed => Ok(()),
        Access::Denied => Err(FundBookError::Denied),
        Access::Hidden => Err(FundBookError::NotFound { id: id.to_string() }),
    }
}

fn in_order<L: Lifecycle>(record: &L, at: DateTime<Utc>) -> Done<()> {
    let last = record.changed_at();
    if at < last { Err(FundBookError::BeforeLastChange { at, last }) } else { Ok(()) }
}
