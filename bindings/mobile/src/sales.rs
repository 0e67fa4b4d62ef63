//! Sales: what they earn and why, and in which tiers they put partners.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::NaiveDate;
use prm_core::id::{AccountId, Name, PartnerId, PersonId};
use prm_core::incentive::accrual::Accrual;
use prm_core::incentive::book::SalesBook as Book;
use prm_core::incentive::commission::{CommissionAnswer, CommissionFacts};
use prm_core::incentive::explain::Explanation;
use prm_core::incentive::line::{LineKey, SaleLine};
use prm_core::incentive::rebate::Payout;
use prm_core::incentive::schedule::{Reading, Step};
use prm_core::incentive::settlement::{Entry, EntryKey};
use prm_core::incentive::spiff::{Consent, Sector, Seller, SpiffAnswer, SpiffFacts};
use prm_core::incentive::verify::{Verified, verify_arithmetic};
use prm_core::incentive::worth::Worth;
use prm_core::partner::Partner;
use prm_core::period::Period;
use prm_core::phone::PrmError;
use prm_core::product::Product;
use prm_core::rate::Rate;
use prm_core::scaled::{NumberError, Scaled};
use prm_core::split::Shares;
use prm_core::tier::standing::Standing;
use prm_core::tier::{Approval, MetricFact, Override, TierChange};

use crate::Program;
use crate::exchange::{ExchangeQuote, table};

/// Values that were measured for a rebate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Record)]
pub struct MeasuredValues {
    /// What finds the band.
    pub value: Scaled,
    /// What is paid on, where that is apart.
    #[uniffi(default)]
    pub base: Option<Scaled>,
    /// The second measure of a matrix.
    #[uniffi(default)]
    pub second: Option<Scaled>,
    /// The partner's target, where the program takes it from a table.
    #[uniffi(default)]
    pub target: Option<Scaled>,
}

/// What measured values earn.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct RebateAnswer {
    /// What is earned.
    pub earned: Payout,
    /// The bands, points, steps or cells that pay it.
    pub steps: Vec<Step>,
}

/// The sector of an end customer.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct CustomerSector {
    /// Which.
    pub account: AccountId,
    /// Whose money it spends.
    pub sector: Sector,
}

/// The share of a person in what its partner's team earns.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct TeamShare {
    /// Of which partner.
    pub partner: PartnerId,
    /// Whose.
    pub person: PersonId,
    /// Which part; those of a team make 1 together.
    pub share: Rate,
}

/// What is expected of a whole period.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Forecast {
    /// Of which partner.
    pub partner: PartnerId,
    /// For which incentive.
    pub incentive: Name,
    /// The label of the period: `2013-Q1`.
    pub period: String,
    /// The value of the measure.
    pub value: Scaled,
}

#[uniffi::export]
impl Program {
    /// What measured values earn under a rebate: what a partner asks when it wonders about its next order.
    ///
    /// # Errors
    /// `PrmError`: the program has no such rebate, a value has more digits than are kept, or a payout does not fit.
    pub fn rebate(&self, incentive: String, measured: MeasuredValues) -> Result<RebateAnswer, PrmError> {
        let refused = || prm_core::incentive::explain::ExplainError::UnknownIncentive { name: incentive.clone() };
        let rebate = self.0.rebate(&incentive).ok_or_else(|| PrmError::refused(&refused()))?;
        let digits = rebate.schedule.digits();
        let units = |number: Scaled| number.exactly(digits).map(Scaled::units);
        let reading = || -> Result<Reading, NumberError> {
            let reading = Reading::new(units(measured.value)?).paid_on(units(measured.base.unwrap_or(measured.value))?);
            let second = units(measured.second.unwrap_or(Scaled::ZERO))?;
            Ok(reading.second(second).target(measured.target.map(units).transpose()?))
        };
        let reading = reading().map_err(|why| PrmError::refused(&why))?;
        let mut steps = Vec::new();
        let settled = rebate.settle(&reading, |step| steps.push(step)).map_err(|why| PrmError::refused(&why))?;
        Ok(RebateAnswer { earned: settled.payout, steps })
    }
}

/// Sale lines in memory: what they earn and why, and in which tiers they put partners.
#[derive(Debug, uniffi::Object)]
pub struct SalesBook(Mutex<Book>);

impl SalesBook {
    /// What is refused leaves the book whole.
    fn book(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The refusal of whatever says why.
fn refused(why: impl Into<prm_core::incentive::book::SalesBookError>) -> PrmError {
    PrmError::refused(&why.into())
}

#[uniffi::export]
impl SalesBook {
    /// An empty one.
    #[uniffi::constructor]
    #[must_use]
    pub fn new(program: Arc<Program>) -> Arc<Self> {
        Arc::new(Self(Mutex::new(Book::new(Arc::clone(&program.0)))))
    }

    /// Adds a partner, in place of what was known of it. Partners come before the first lines.
    ///
    /// # Errors
    /// `PrmError`.
    pub fn put_partner(&self, partner: Partner) -> Result<(), PrmError> {
        self.book().put_partner(partner).map_err(refused)
    }

    /// Adds a product, in place of what was known of it. Without any, SKUs are not checked.
    ///
    /// # Errors
    /// `PrmError`.
    pub fn put_product(&self, product: Product) -> Result<(), PrmError> {
        self.book().put_product(product).map_err(refused)
    }

    /// Adds a table of exchange rates, in place of the one of its name.
    ///
    /// # Errors
    /// `PrmError`: a rate is none, or lines are there already.
    pub fn put_exchange(&self, name: String, quotes: Vec<ExchangeQuote>) -> Result<(), PrmError> {
        self.book().put_exchange(table(&name, quotes)?).map_err(refused)
    }

    /// Adds a table that the program declares: targets, amounts for each SKU.
    ///
    /// # Errors
    /// `PrmError` names the row and column that are wrong.
    pub fn put_table(&self, name: String, header: Vec<String>, rows: Vec<Vec<String>>) -> Result<(), PrmError> {
        let mut book = self.book();
        let table = book.program().read_table(&name, &header, &rows).map_err(|why| PrmError::refused(&why))?;
        book.put_table(table);
        Ok(())
    }

    /// Adds lines that come together, on a day if it matters what was known when. A line whose key is there already corrects
    /// it, or is the same again.
    ///
    /// # Errors
    /// `PrmError` for the first line that cannot be used; then none is added.
    #[uniffi::method(default(on = None))]
    pub fn add(&self, lines: Vec<SaleLine>, on: Option<NaiveDate>) -> Result<(), PrmError> {
        self.book().add(lines, on).map_err(refused)
    }

    /// The lines that take back one that has not come.
    ///
    /// # Errors
    /// `PrmError` if a sum does not fit.
    pub fn waiting(&self) -> Result<Vec<LineKey>, PrmError> {
        self.book().waiting().map_err(refused)
    }

    /// Takes a value of a metric that the program declares: certified people, a satisfaction score.
    ///
    /// # Errors
    /// `PrmError`.
    pub fn tell(&self, fact: MetricFact) -> Result<(), PrmError> {
        self.book().tell(fact).map_err(refused)
    }

    /// Grants a tier for a time.
    ///
    /// # Errors
    /// `PrmError` if it is no tier of the program.
    pub fn grant(&self, granted: Override) -> Result<(), PrmError> {
        self.book().grant(granted).map_err(refused)
    }

    /// Approves a promotion.
    ///
    /// # Errors
    /// `PrmError` if it is to no tier of the program.
    pub fn approve(&self, approval: Approval) -> Result<(), PrmError> {
        self.book().approve(approval).map_err(refused)
    }

    /// Records the changes of standing before a day: lines that come later leave them, unless the program recomputes.
    ///
    /// # Errors
    /// `PrmError`.
    pub fn record_tiers(&self, until: NaiveDate) -> Result<(), PrmError> {
        self.book().record_tiers(until).map_err(refused)
    }

    /// The changes of a partner's standing that take effect before a day.
    ///
    /// # Errors
    /// `PrmError`.
    pub fn tier_changes(&self, partner: PartnerId, until: NaiveDate) -> Result<Vec<TierChange>, PrmError> {
        self.book().tier_changes(&partner, until).map_err(refused)
    }

    /// Where a partner stands on a day, what is missing for the next tier, and what the tier gives.
    ///
    /// # Errors
    /// `PrmError`.
    pub fn standing(&self, partner: PartnerId, as_of: NaiveDate) -> Result<Standing, PrmError> {
        self.book().standing(&partner, as_of).map_err(refused)
    }

    /// What is due for the periods within some days and was not settled yet, by what is known on a day.
    ///
    /// # Errors
    /// `PrmError`.
    pub fn due(&self, covers: Period, on: NaiveDate) -> Result<Vec<Entry>, PrmError> {
        self.book().due(covers, on).map_err(refused)
    }

    /// The same, and from now on it is settled.
    ///
    /// # Errors
    /// `PrmError`; then nothing is settled.
    pub fn settle(&self, covers: Period, on: NaiveDate) -> Result<Vec<Entry>, PrmError> {
        self.book().settle(covers, on).map_err(refused)
    }

    /// What the host knows of those who sell and buy, in place of what was known before: SPIFFs rest on it.
    ///
    /// # Errors
    /// `PrmError`: the shares of a team do not make 1.
    pub fn put_spiff_facts(
        &self,
        sellers: Vec<Seller>,
        consents: Vec<Consent>,
        sectors: Vec<CustomerSector>,
        teams: Vec<TeamShare>,
    ) -> Result<(), PrmError> {
        let mut by_partner: BTreeMap<PartnerId, BTreeMap<PersonId, Rate>> = BTreeMap::new();
        for TeamShare { partner, person, share } in teams {
            let twice = format!("{partner} {person}");
            if by_partner.entry(partner).or_default().insert(person, share).is_some() {
                return Err(PrmError::input("team share", &twice, "the person has a share in the team already"));
            }
        }
        let mut facts = SpiffFacts::default();
        (facts.sellers, facts.consents) = (sellers, consents);
        for CustomerSector { account, sector } in sectors {
            if facts.sectors.insert(account.clone(), sector).is_some_and(|known| known != sector) {
                return Err(PrmError::input(
                    "customer sector",
                    account.as_str(),
                    "the account is of another sector, too",
                ));
            }
        }
        for (partner, shares) in by_partner {
            facts.teams.insert(partner, Shares::of_rates(shares).map_err(|why| PrmError::refused(&why))?);
        }
        self.book().put_spiff_facts(facts);
        Ok(())
    }

    /// What a SPIFF comes to by the end of a day, sale by sale and payee by payee.
    ///
    /// # Errors
    /// `PrmError`.
    pub fn spiff(&self, name: String, as_of: NaiveDate) -> Result<SpiffAnswer, PrmError> {
        self.book().spiff(&name, as_of).map_err(refused)
    }

    /// What the host knows of customers, in place of what was known before: commissions rest on it.
    ///
    /// # Errors
    /// `PrmError`: the first row that cannot be used; then nothing is replaced.
    pub fn put_commission_facts(&self, facts: CommissionFacts) -> Result<(), PrmError> {
        facts.check().map_err(|why| PrmError::refused(&why))?;
        self.book().put_commission_facts(facts);
        Ok(())
    }

    /// What a commission comes to by the end of a day: sale by sale, run by run and partner by partner.
    ///
    /// # Errors
    /// `PrmError`.
    pub fn commission(&self, name: String, as_of: NaiveDate) -> Result<CommissionAnswer, PrmError> {
        self.book().commission(&name, as_of).map_err(refused)
    }

    /// Why a partner earns what it earns for an incentive, in the period of it in which `day` lies, by what is known on
    /// another day.
    ///
    /// # Errors
    /// `PrmError`.
    pub fn explain(
        &self,
        incentive: String,
        partner: PartnerId,
        day: NaiveDate,
        on: NaiveDate,
    ) -> Result<Explanation, PrmError> {
        self.book().explain(&incentive, &partner, (day, on)).map_err(refused)
    }

    /// Whether an explanation is what follows from the program and the lines, by what is known on a day.
    ///
    /// # Errors
    /// `PrmError` names the first field that says something else.
    pub fn verify(&self, explanation: Explanation, on: NaiveDate) -> Result<Verified, PrmError> {
        self.book().verify(&explanation, on).map_err(refused)
    }

    /// What the running periods within some days have come to by a day.
    ///
    /// # Errors
    /// `PrmError`.
    #[uniffi::method(default(forecasts = []))]
    pub fn accrue(&self, covers: Period, as_of: NaiveDate, forecasts: Vec<Forecast>) -> Result<Vec<Accrual>, PrmError> {
        let forecasts: BTreeMap<_, _> = forecasts
            .into_iter()
            .map(|Forecast { partner, incentive, period, value }| (EntryKey { partner, incentive, period }, value))
            .collect();
        self.book().accrue(covers, as_of, &forecasts).map_err(refused)
    }

    /// What a tier would be worth to a partner, instead of the one that it is in on a day.
    ///
    /// # Errors
    /// `PrmError`.
    pub fn worth(&self, partner: PartnerId, tier: Name, as_of: NaiveDate, covers: Period) -> Result<Worth, PrmError> {
        self.book().worth(&partner, &tier, as_of, covers).map_err(refused)
    }
}

/// Checks that the numbers of an explanation follow from one another, with nothing else at hand.
///
/// # Errors
/// `PrmError` names the first number that does not.
#[uniffi::export]
pub fn verify_explanation(explanation: Explanation) -> Result<Verified, PrmError> {
    verify_arithmetic(&explanation).map_err(refused)
}
