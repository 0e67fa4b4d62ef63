//! The year of a fund: what accrues by sales, and what becomes of what nobody was granted.

mod error;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use prm_core::actor::Actor;
use prm_core::id::{Name, PartnerId};
use prm_core::incentive::mdf::request::MdfRequest;
use prm_core::incentive::mdf::{
    Accrued, Balances, Fund, FundPartner, Movement, Pot, at_end, difference, within_budget,
};
use prm_core::ledger::may_post;
use prm_core::lifecycle::Access;
use prm_core::money::{Money, MoneyError};
use prm_core::period::{FiscalPeriod, Period};
use prm_core::program::Program;
use prm_core::scaled::Scaled;
use prm_core::zone::micros;
use tracing::Instrument as _;

pub use self::error::FundYearError;
use super::SALES;
use super::funds::{PotChange, balances_of, move_money};
use super::receive::{body, merged};
use super::settle::check_active;
use crate::books::Books;
use crate::error::StoreError;
use crate::execute::note_lapsed;
use crate::store::{Tenant, writing};
use crate::stored::requests_over;
use crate::work::FundAccrualRow;

/// What a partner has of a fund for a period.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FundAccrued {
    /// The fund.
    pub fund: Name,
    /// The incentive; nothing where it is given for the tier in which the partner stands.
    pub incentive: Option<Name>,
    /// The period.
    pub period: FiscalPeriod,
    /// The partner.
    pub partner: PartnerId,
    /// What its sales come to, and why not more.
    pub why: Option<Accrued>,
    /// What it has accrued from now on: less where the fund's budget is used up.
    pub stands: Money,
}

impl Tenant {
    /// Fills funds for the periods within `covers`: by what partners sold, as it is known now, and by the tiers in which they stand. What was accrued before is
    /// made up for: what is less is taken back as far as nobody was granted it, and else is owed by the pot. Done again, nothing
    /// moves.
    ///
    /// Finance and the host accrue, by an active version of the program. `partners` are all that have sales or accrued
    /// anything, with the tiers in which they stand.
    ///
    /// # Errors
    /// [`FundYearError`]; nothing was changed then.
    pub async fn accrue_funds(
        &self,
        program: &Program,
        partners: &BTreeMap<PartnerId, FundPartner>,
        covers: Period,
        by: &Actor,
    ) -> Result<Vec<FundAccrued>, FundYearError> {
        let span = tracing::info_span!("prm.accrue_funds", program = program.identity().name, covers = ?covers);
        let run =
            async { writing!(self, work => accrue(&mut work, &self.tenant, (program, partners), covers, by)).await };
        run.instrument(span).await
    }

    /// Ends a period of a fund that is over `at` an instant: what nobody was granted lapses, or goes on into the next period, as
    /// the fund says. What was granted stays reserved. Done again, the same is done with what came back since.
    ///
    /// Finance and the host do, by an active version of the program.
    ///
    /// # Errors
    /// [`FundYearError`]; nothing was changed then.
    pub async fn end_fund(
        &self,
        program: &Program,
        (fund, period): (&str, &FiscalPeriod),
        by: &Actor,
        at: DateTime<Utc>,
    ) -> Result<Vec<Movement>, FundYearError> {
        let span = tracing::info_span!("prm.end_fund", program = program.identity().name, fund);
        let run =
            async { writing!(self, work => end(&mut work, &self.tenant, program, (fund, period), (by, at))).await };
        run.instrument(span).await
    }
}

/// Holds everything of a program that funds rest on, if the actor may and the version is active.
async fn begin<W: Books>(work: &mut W, tenant: &str, program: &Program, by: &Actor) -> Result<(), FundYearError> {
    if may_post(by) != Access::Allowed {
        return Err(FundYearError::Denied);
    }
    let identity = program.identity();
    let mut locks = [SALES.to_owned(), format!("program/{}", identity.name)];
    locks.sort();
    work.lock(tenant, &locks).await?;
    match check_active(work, tenant, identity).await? {
        true => Ok(()),
        false => Err(FundYearError::NotActive { program: identity.clone() }),
    }
}

async fn accrue<W: Books>(
    work: &mut W,
    tenant: &str,
    (program, partners): (&Program, &BTreeMap<PartnerId, FundPartner>),
    covers: Period,
    by: &Actor,
) -> Result<Vec<FundAccrued>, FundYearError> {
    begin(work, tenant, program, by).await?;
    let batches = work.uncounted(tenant, &program.identity().name, program.plan()).await?;
    if !batches.is_empty() {
        return Err(FundYearError::NotCounted { batches });
    }
    // A period may accrue by the sales of the one before.
    let partials = merged(program, work.sums(tenant, program.plan(), None, None).await?)?;
    if let Some(partner) = partials.partners().into_iter().find(|partner| !partners.contains_key(partner)) {
        return Err(FundYearError::PartnerNotGiven { partner });
    }
    let given = Given { program, partners, by };
    let mut accrued = Vec::new();
    for accrual in program.mdf_accruals() {
        let Some(fund) = program.fund(accrual.fund.as_str()) else { continue };
        let measure = accrual.measure.key();
        for period in program.calendar().periods_in(accrual.every, &covers)? {
            let days = accrual.measured(program.calendar(), &period)?;
            let mut due = Vec::new();
            let totals = partials.totals(&measure, &days).map_err(MoneyError::from)?;
            for (id, partner) in partners {
                let measured = totals.get(id).copied().unwrap_or(Scaled::new(0, partials.digits()));
                let answer = accrual.accrued(program, partner, &period, measured)?;
                due.push((id, answer.amount, Some(answer)));
            }
            let (key, class) = (accrual.name.to_string(), accrual.class.as_ref());
            let source = Source { key, incentive: Some(&accrual.name), fund, class, period };
            accrued.extend(settle(work, tenant, given, source, due).await?);
        }
    }
    for (name, fund) in program.funds().iter().filter(|(_, fund)| !fund.by_tier.is_empty()) {
        for period in program.calendar().periods_in(fund.every, &covers)? {
            let begins = period.period.from();
            let due = partners.iter().map(|(id, of)| (id, fund.by_standing(program, of, begins), None)).collect();
            // No incentive has a name with a space.
            let source = Source { key: format!("{name} by tier"), incentive: None, fund, class: None, period };
            accrued.extend(settle(work, tenant, given, source, due).await?);
        }
    }
    Ok(accrued)
}

/// What all sources rest on.
#[derive(Clone, Copy)]
struct Given<'g> {
    program: &'g Program,
    partners: &'g BTreeMap<PartnerId, FundPartner>,
    by: &'g Actor,
}

/// What fills a fund in a period: an incentive, or the tiers in which partners stand.
struct Source<'s> {
    key: String,
    incentive: Option<&'s Name>,
    fund: &'s Fund,
    class: Option<&'s Name>,
    period: FiscalPeriod,
}

/// What partners are due of a source, and why.
type Due<'d> = Vec<(&'d PartnerId, Money, Option<Accrued>)>;

/// Moves what partners are due of a source less what they had of it.
async fn settle<W: Books>(
    work: &mut W,
    tenant: &str,
    Given { program, partners, by }: Given<'_>,
    source: Source<'_>,
    due: Due<'_>,
) -> Result<Vec<FundAccrued>, FundYearError> {
    let Source { key, incentive, fund, class, period } = source;
    let begins = period.period.from();
    let of_fund = program.calendar().period_of(begins, fund.every)?;
    work.lock(tenant, &[format!("fund/{}/{of_fund}", fund.name)]).await?;
    let (name, label) = (program.identity().name.as_str(), period.to_string());
    let mut rows: BTreeMap<PartnerId, FundAccrualRow> = BTreeMap::new();
    for row in work.fund_accruals(tenant, (name, &key, &label)).await? {
        let unreadable = |error: prm_core::id::IdError| StoreError::Unreadable {
            kind: "accrual".to_owned(),
            id: row.partner.clone(),
            why: error.to_string(),
        };
        let partner = PartnerId::new(&row.partner).map_err(unreadable)?;
        if !partners.contains_key(&partner) {
            return Err(FundYearError::PartnerNotGiven { partner });
        }
        rows.insert(partner, row);
    }
    let before = |id: &PartnerId| Money::from_minor(rows.get(id).map_or(0, |row| row.amount), fund.currency);
    // What was given for a tier is not taken back within the period.
    let due: Due<'_> = due
        .into_iter()
        .map(|(id, amount, why)| match incentive {
            None if amount.minor() < before(id).minor() => (id, before(id), why),
            _ => (id, amount, why),
        })
        .collect();
    let changes = due.iter().map(|(id, amount, _)| Ok(((*id).clone(), amount.minus(before(id))?)));
    let changes = changes.collect::<Result<BTreeMap<_, _>, MoneyError>>()?;
    let parts = within(work, tenant, fund, &of_fund, changes).await?;
    let mut accrued = Vec::new();
    for (id, amount, why) in due {
        let before = before(id);
        let stands = parts.get(id).map_or(Ok(amount), |part| before.plus(*part))?;
        if stands != before {
            let times = rows.get(id).map_or(0, |row| row.times) + 1;
            let pot = fund.pot(program, begins, class, id)?;
            change(work, tenant, (&pot, stands, before), (&format!("accrual/{key}/{period}/{id}/{times}"), by)).await?;
            let row = FundAccrualRow {
                program: name.to_owned(),
                incentive: key.clone(),
                period: label.clone(),
                partner: id.to_string(),
                currency: stands.currency().code().to_owned(),
                digits: stands.currency().minor_digits(),
                amount: stands.minor(),
                times,
                recorded_at: micros(Utc::now()),
            };
            work.save_fund_accrual(tenant, &row).await?;
        }
        if !amount.is_zero() || !before.is_zero() {
            let (incentive, fund, partner) = (incentive.cloned(), fund.name.clone(), id.clone());
            accrued.push(FundAccrued { fund, incentive, period, partner, why, stands });
        }
    }
    Ok(accrued)
}

/// How much more each partner has, where the fund has a budget and some are due more: what is left, in proportion.
async fn within<W: Books>(
    work: &mut W,
    tenant: &str,
    fund: &Fund,
    of_fund: &FiscalPeriod,
    changes: BTreeMap<PartnerId, Money>,
) -> Result<BTreeMap<PartnerId, Money>, FundYearError> {
    let Some(budget) = fund.budget else { return Ok(BTreeMap::new()) };
    let (less, more): (BTreeMap<_, _>, BTreeMap<_, _>) = changes.into_iter().partition(|(_, of)| of.minor() < 0);
    // What is taken back at the same time makes room for the others.
    let less = less.values().try_fold(Money::zero(budget.currency()), |sum, change| sum.plus(*change))?;
    let left = budget.minus(allocated(work, tenant, fund, of_fund).await?.plus(less)?)?;
    let left = if left.minor() < 0 { Money::zero(budget.currency()) } else { left };
    Ok(within_budget(left, &more)?)
}

/// What is allocated in all pots of a fund's period.
pub(crate) async fn allocated<W: crate::work::Work>(
    work: &mut W,
    tenant: &str,
    fund: &Fund,
    period: &FiscalPeriod,
) -> Result<Money, StoreError> {
    let (mut sum, label) = (Money::zero(fund.currency), period.to_string());
    for row in work.pots(tenant, Some(fund.name.as_str()), None).await?.iter().filter(|row| row.period == label) {
        let with = sum.plus(balances_of(row)?.allocated);
        sum = with.map_err(|error| StoreError::Unreadable {
            kind: "pot".to_owned(),
            id: row.pot.clone(),
            why: error.to_string(),
        })?;
    }
    Ok(sum)
}

/// Moves what a pot has more or less of an accrual than before.
async fn change<W: Books>(
    work: &mut W,
    tenant: &str,
    (pot, due, before): (&Pot, Money, Money),
    (source, by): (&str, &Actor),
) -> Result<(), FundYearError> {
    work.lock(tenant, &[format!("pot/{}", pot.key())]).await?;
    let partner = pot.partner.as_ref().map(PartnerId::as_str);
    let (mut debts, mut balances) = (Vec::new(), Balances::empty(due.currency()));
    for row in work.pots(tenant, Some(pot.fund.as_str()), partner).await? {
        let (other, stands): (Pot, Balances) = (body("pot", &row.pot, &row.body)?, balances_of(&row)?);
        let is_of_it = (&other.class, &other.partner) == (&pot.class, &pot.partner);
        if other == *pot {
            balances = stands;
        } else if is_of_it && other.period < pot.period && stands.owed.minor() > 0 {
            debts.push((other, stands.owed));
        }
    }
    for movement in difference(pot, due, before, &balances, &debts)? {
        let change = PotChange { movement: &movement, source: source.to_owned(), by };
        move_money::<W, FundYearError>(work, tenant, change).await?;
    }
    Ok(())
}

async fn end<W: Books>(
    work: &mut W,
    tenant: &str,
    program: &Program,
    (fund, period): (&str, &FiscalPeriod),
    (by, at): (&Actor, DateTime<Utc>),
) -> Result<Vec<Movement>, FundYearError> {
    begin(work, tenant, program, by).await?;
    let fund = program.fund(fund).ok_or_else(|| FundYearError::NoFund { fund: fund.to_owned() })?;
    if program.zone().local_date(at)? < period.period.until() {
        return Err(FundYearError::NotOver { period: *period, ends: period.period.last_day() });
    }
    // What was not claimed in time is there to lapse or to go on, too.
    for id in requests_over(work, tenant, &fund.name, at).await? {
        note_lapsed::<MdfRequest, W>(work, tenant, &id, at, None).await?;
    }
    let (mut moves, label) = (Vec::new(), period.to_string());
    for row in work.pots(tenant, Some(fund.name.as_str()), None).await?.iter().filter(|row| row.period == label) {
        let pot: Pot = body("pot", &row.pot, &row.body)?;
        work.lock(tenant, &[format!("pot/{}", pot.key())]).await?;
        let Some(row) = work.pot(tenant, &pot.key()).await? else { continue };
        let source = format!("end/{}", work.movements(tenant, &pot.key()).await?.len());
        for movement in at_end(fund, program, &pot, &balances_of(&row)?)? {
            // What goes on enters another pot, which may have had some from this one before.
            let source = format!("{source}/{}", pot.key());
            move_money::<W, FundYearError>(work, tenant, PotChange { movement: &movement, source, by }).await?;
            moves.push(movement);
        }
    }
    Ok(moves)
}
