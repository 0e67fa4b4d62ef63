//! Awarding: what single sales bring is computed anew, and the difference to what was awarded before becomes owed.

mod answers;
mod error;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use prm_core::actor::Actor;
use prm_core::id::Name;
use prm_core::incentive::awarded::{Award, AwardAnswer, AwardKey, Owing, awards};
use prm_core::incentive::commission::CommissionFacts;
use prm_core::incentive::fold::Facts;
use prm_core::incentive::membership::Suspended;
use prm_core::incentive::paying::{Paid, Paying};
use prm_core::incentive::settlement::{Settlement, Totals};
use prm_core::incentive::spiff::SpiffFacts;
use prm_core::ledger::{Difference, Payee, may_post, may_read};
use prm_core::lifecycle::Access;
use prm_core::money::Money;
use prm_core::program::Program;
use prm_core::program::tables::Tables;
use tracing::Instrument as _;

use self::answers::{Asked, answers};
pub use self::error::AwardError;
use super::debts::{Lapsed, lapse};
use super::owe::{Posting, post_differences};
use super::receive::{body, text};
use super::settle::check_active;
use super::{SALES, recorded_now};
use crate::books::{AnswerRow, AwardFilter, AwardRow, Awards as _, Books};
use crate::error::StoreError;
use crate::execute::{self, Meta};
use crate::pool::HostTransaction;
use crate::store::{Tenant, joining, reading, writing};
use crate::stored::Action;

/// What is to be awarded: by one incentive, or by every SPIFF and commission of the program.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Awarding<'s> {
    /// The program that decides; an active version of it is in the store.
    pub program: &'s Program,
    /// What the sales need, as when they were received.
    pub facts: Facts<'s>,
    /// The tables that the program declares.
    pub tables: &'s Tables,
    /// What the host knows of those who sell and buy, for SPIFFs.
    pub sellers: &'s SpiffFacts,
    /// What the host knows of customers, for commissions.
    pub customers: &'s CommissionFacts,
    /// The last day of which sales are counted.
    pub as_of: NaiveDate,
    /// Only by this incentive.
    pub only: Option<&'s str>,
}

impl<'s> Awarding<'s> {
    /// By every SPIFF and commission of the program, up to the end of a day.
    #[must_use]
    pub const fn new(
        program: &'s Program,
        facts: Facts<'s>,
        tables: &'s Tables,
        (sellers, customers): (&'s SpiffFacts, &'s CommissionFacts),
        as_of: NaiveDate,
    ) -> Self {
        Self { program, facts, tables, sellers, customers, as_of, only: None }
    }

    /// By one incentive alone.
    #[must_use]
    pub const fn only(self, incentive: &'s str) -> Self {
        Self { only: Some(incentive), ..self }
    }
}

/// What awarding came to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Awarded {
    /// The number of the settlement; `None` if nothing was owed that was not owed before.
    pub settlement: Option<u64>,
    /// What each incentive comes to, sale by sale.
    pub answers: Vec<AwardAnswer>,
    /// What each payee has earned, where that is new.
    pub awards: Vec<Award>,
    /// What became owed more, and less, by currency.
    pub posted: Vec<Money>,
    /// The debts that were carried for as long as the program says, and are written off now.
    pub lapsed: Vec<Lapsed>,
}

/// An award with when it was made.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PostedAward {
    /// The number of its settlement.
    pub settlement: u64,
    /// The program's name.
    pub program: String,
    /// For what and to whom.
    pub key: AwardKey,
    /// What was earned since the window began.
    pub earned: Money,
    /// How much more, or less, that is than before.
    pub difference: Money,
    /// What is owed for it in the partner's currency, if that is not the program's.
    pub paid: Option<Paid>,
    /// The last day of which sales are in it.
    pub as_of: NaiveDate,
    /// When it was written.
    pub recorded_at: DateTime<Utc>,
}

impl Tenant {
    /// Awards what single sales bring by the program's SPIFFs and commissions up to the end of a day, from all lines that were
    /// received, and posts what is owed more or less than before, to persons and partners. Awarded again, nothing is posted; a late sale
    /// or a return leads to the difference that it makes. It is owed in the program's currency, or in that in which the partner is
    /// paid whose sales they are, at the rates of `facts`; what the people of a suspended partner earn is held.
    ///
    /// Finance and the host award, by an active version of the program. `at` is the day to which what is owed belongs.
    ///
    /// # Errors
    /// [`AwardError`]; nothing was changed then.
    pub async fn award(&self, awarding: Awarding<'_>, by: &Actor, at: DateTime<Utc>) -> Result<Awarded, AwardError> {
        let program = awarding.program.identity();
        let span = tracing::info_span!("prm.award", program = program.name, as_of = %awarding.as_of);
        writing!(self, work => run(&mut work, &self.tenant, awarding, by, at)).instrument(span).await
    }

    /// The same inside the host's transaction.
    ///
    /// # Errors
    /// [`AwardError`]; nothing of ours was changed then.
    pub async fn award_in(
        &self,
        transaction: impl Into<HostTransaction<'_>>,
        awarding: Awarding<'_>,
        by: &Actor,
        at: DateTime<Utc>,
    ) -> Result<Awarded, AwardError> {
        joining!(self, transaction, work => run(&mut work, &self.tenant, awarding, by, at))
    }

    /// Awards in the order of program, incentive, window, partner, payee and settlement. Empty if the actor may not see
    /// them: executives and managers see those of their partner's sales, everybody what is owed to himself or herself.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn awards(&self, filter: &AwardFilter, by: &Actor) -> Result<Vec<PostedAward>, StoreError> {
        let sees = |of: &Option<String>| {
            let payee = of.as_deref().and_then(|of| of.parse::<Payee>().ok());
            may_read(by, payee.as_ref()) == Access::Allowed
        };
        if !sees(&filter.payee) && !sees(&filter.partner) {
            return Ok(Vec::new());
        }
        let rows = reading!(self, work => { work.awards(&self.tenant, filter).await? });
        rows.into_iter().map(posted_award).collect()
    }

    /// Why the awards of a settlement are what they are: each incentive with every sale and what it brings, as far as the
    /// actor may see them.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn award_answers(&self, settlement: u64, by: &Actor) -> Result<Vec<AwardAnswer>, StoreError> {
        let rows = reading!(self, work => { work.award_answers(&self.tenant, settlement).await? });
        let read = |row: AnswerRow| {
            let id = format!("{}/{}", row.settlement, row.incentive);
            Ok(body::<AwardAnswer>("award", &id, &row.answer)?.seen_by(by))
        };
        let answers = rows.into_iter().map(read).collect::<Result<Vec<_>, StoreError>>()?;
        let sees_all = may_read(by, None) == Access::Allowed;
        Ok(answers.into_iter().filter(|answer| sees_all || !answer.is_empty()).collect())
    }
}

fn posted_award(row: AwardRow) -> Result<PostedAward, StoreError> {
    let id = format!("{}/{}/{}/{}", row.incentive, row.period, row.payee, row.settlement);
    let unreadable =
        |why: &dyn ToString| StoreError::Unreadable { kind: "award".to_owned(), id: id.clone(), why: why.to_string() };
    let currency = row.currency.parse().map_err(|error| unreadable(&error))?;
    Ok(PostedAward {
        settlement: row.settlement,
        program: row.program,
        key: AwardKey {
            incentive: row.incentive.parse().map_err(|error| unreadable(&error))?,
            window: row.period,
            payee: row.payee.parse().map_err(|error| unreadable(&error))?,
            partner: row.partner.parse().map_err(|error| unreadable(&error))?,
        },
        earned: Money::from_minor(row.earned, currency),
        difference: Money::from_minor(row.difference, currency),
        paid: row.paid.as_deref().map(serde_json::from_str).transpose().map_err(|error| unreadable(&error))?,
        as_of: row.as_of,
        recorded_at: row.recorded_at,
    })
}

/// What was awarded last, by key, and up to which day each incentive and window was awarded.
type Before = (BTreeMap<AwardKey, Owing>, BTreeMap<(Name, String), NaiveDate>);

async fn before<W: Books>(work: &mut W, tenant: &str, program: &str) -> Result<Before, StoreError> {
    let filter = AwardFilter { program: Some(program.to_owned()), ..AwardFilter::default() };
    let (mut last, mut until) = Before::default();
    // In the order of settlements: the last one of a key stands.
    for row in work.awards(tenant, &filter).await? {
        let PostedAward { key, earned, as_of, paid, .. } = posted_award(row)?;
        let day = until.entry((key.incentive.clone(), key.window.clone())).or_insert(as_of);
        *day = as_of.max(*day);
        last.insert(key, Owing { earned, paid });
    }
    Ok((last, until))
}

async fn run<W: Books>(
    work: &mut W,
    tenant: &str,
    awarding: Awarding<'_>,
    by: &Actor,
    at: DateTime<Utc>,
) -> Result<Awarded, AwardError> {
    if may_post(by) != Access::Allowed {
        return Err(AwardError::Denied);
    }
    let Awarding { program, facts, as_of, only, .. } = awarding;
    let (identity, awarded_on) = (program.identity(), program.zone().local_date(at)?);
    let asked = Asked::of(program, only)?;
    let Some(covers) = asked.covers(program, as_of) else { return Ok(Awarded::default()) };
    let mut locks = [SALES.to_owned(), format!("program/{}", identity.name)];
    locks.sort();
    work.lock(tenant, &locks).await?;
    if !check_active(work, tenant, identity).await? {
        return Err(AwardError::NotActive { program: identity.clone() });
    }
    let batches = work.uncounted(tenant, &identity.name, program.plan()).await?;
    if !batches.is_empty() {
        return Err(AwardError::NotCounted { batches });
    }
    let (mut last, until) = before(work, tenant, &identity.name).await?;
    let answers = answers(work, tenant, awarding, &asked).await?;
    let places: BTreeSet<(Name, String)> =
        answers.iter().map(|answer| (answer.incentive().clone(), answer.window())).collect();
    for (incentive, window) in &places {
        let last = until.get(&(incentive.clone(), window.clone())).copied();
        if let Some(last) = last.filter(|last| as_of < *last) {
            return Err(AwardError::Earlier { incentive: incentive.clone(), as_of, last });
        }
    }
    last.retain(|key, _| places.contains(&(key.incentive.clone(), key.window.clone())));
    let now = answers.iter().flat_map(AwardAnswer::owed).collect();
    let paying = Paying::new(facts.exchange, awarded_on);
    let pay = |award: Award| {
        let key = award.key.clone();
        let paid = award.paying(program, facts.partners, paying, as_of);
        paid.map_err(|why| AwardError::Paying { key: Box::new(key), why: Box::new(why) })
    };
    let awards = awards(&last, now).into_iter().map(pay).collect::<Result<Vec<_>, AwardError>>()?;
    let recorded_at = recorded_now(work, tenant).await?;
    if awards.is_empty() {
        let lapsed = lapse::<W, AwardError>(work, tenant, program, (None, awarded_on), (by, recorded_at)).await?;
        return Ok(Awarded { answers, lapsed, ..Awarded::default() });
    }
    let settlement = work.last_settlement(tenant).await? + 1;
    let totals = Totals::of_awards(identity.clone(), covers, &awards)?;
    let posted = totals.posted.clone();
    keep(work, tenant, (&identity.name, settlement, as_of, recorded_at), (&awards, &answers)).await?;
    let holds = program.membership().suspended == Suspended::Held;
    let suspended = |key: &AwardKey| facts.partners.get(&key.partner).is_some_and(|of| of.is_suspended(awarded_on));
    let held: Vec<&Payee> =
        awards.iter().filter(|award| holds && suspended(&award.key)).map(|award| &award.key.payee).collect();
    let mut differences = Vec::with_capacity(awards.len());
    for award in &awards {
        for amount in award.differences()? {
            // In the program's currency it is the award's key alone, as it was before others could be owed.
            let of =
                if amount.currency() == program.currency() { String::new() } else { format!("/{}", amount.currency()) };
            let source = format!("settlement/{settlement}/{}{of}", award.key);
            differences.push((award.key.payee.clone(), Difference::new(source, amount, awarded_on)));
        }
    }
    let posting = Posting::settlement((program, settlement), awarded_on, by, recorded_at);
    let is_held = |payee: &Payee| held.contains(&payee);
    post_differences::<W, AwardError>(work, tenant, differences, posting, is_held).await?;
    let lapsing = (Some(settlement), awarded_on);
    let lapsed = lapse::<W, AwardError>(work, tenant, program, lapsing, (by, recorded_at)).await?;
    let (id, meta) = (format!("{settlement:08}"), Meta::new(by.clone(), at));
    execute::execute::<Settlement, W>(work, tenant, &id, &Action::Open(totals), &(), &meta).await?;
    Ok(Awarded { settlement: Some(settlement), answers, awards, posted, lapsed })
}

/// Keeps awards, and the answers of those incentives that have some.
async fn keep<W: Books>(
    work: &mut W,
    tenant: &str,
    (program, settlement, as_of, recorded_at): (&str, u64, NaiveDate, DateTime<Utc>),
    (awards, answers): (&[Award], &[AwardAnswer]),
) -> Result<(), AwardError> {
    let rows = awards.iter().map(|award| {
        let (AwardKey { incentive, window, payee, partner }, currency) = (&award.key, award.earned.currency());
        Ok(AwardRow {
            program: program.to_owned(),
            incentive: incentive.to_string(),
            period: window.clone(),
            partner: partner.to_string(),
            payee: payee.to_string(),
            settlement,
            as_of,
            currency: currency.code().to_owned(),
            digits: currency.minor_digits(),
            earned: award.earned.minor(),
            difference: award.difference()?.minor(),
            paid: award.paid.as_ref().map(text).transpose()?,
            paid_before: award.paid_before.as_ref().map(text).transpose()?,
            recorded_at,
        })
    });
    let rows = rows.collect::<Result<Vec<_>, AwardError>>()?;
    work.add_awards(tenant, &rows).await?;
    for answer in answers.iter().filter(|answer| awards.iter().any(|award| award.key.incentive == *answer.incentive()))
    {
        let row = AnswerRow {
            settlement,
            incentive: answer.incentive().to_string(),
            period: answer.window(),
            digest: answer.program().digest.clone(),
            answer: text(answer)?,
        };
        work.add_award_answer(tenant, &row).await?;
    }
    Ok(())
}
