//! How money comes into the pots of a book.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{Done, FundBook, FundBookError, may};
use crate::actor::Actor;
use crate::id::{Name, PartnerId};
use crate::incentive::mdf::allocation::{AllocationCommand, AllocationForm, AllocationFound, MdfAllocation, allocates};
use crate::incentive::mdf::{Accrued, Balances, Fund, MdfAccrual, Pot, PotError, difference, within_budget};
use crate::lifecycle::{Context, Intent, Lifecycle as _};
use crate::money::Money;
use crate::period::FiscalPeriod;
use crate::scaled::Scaled;

impl FundBook {
    /// Gives an amount as one person asks and another approves.
    ///
    /// # Errors
    /// [`FundBookError`] if the rules refuse it; nothing was changed.
    pub fn allocate(
        &mut self,
        form: &AllocationForm,
        (asks, approves): (&Actor, &Actor),
        at: DateTime<Utc>,
    ) -> Done<()> {
        let program = Arc::clone(&self.program);
        may::<MdfAllocation>(None, asks, Intent::Open(form), &form.fund)?;
        let none = AllocationFound::default();
        let context = Context { at, received_at: at, by: asks, given: &program, found: &none };
        let opened = MdfAllocation::open(form, &context)?;
        let record = MdfAllocation::born(&opened).ok_or(FundBookError::Denied)?;
        may(Some(&record), approves, Intent::Command(&AllocationCommand::Approve), &form.fund)?;
        let allocated = self.allocated(&record.pot.fund, &record.pot.period)?;
        let found = allocated.map(AllocationFound::allocated).unwrap_or_default();
        let context = Context { by: approves, found: &found, ..context };
        let events = record.decide(&AllocationCommand::Approve, &context)?;
        self.move_money(&events.iter().filter_map(allocates).collect::<Vec<_>>())
    }

    /// Accrues what was measured of partners in a period, or what that differs from what accrued before.
    ///
    /// Where the fund has a budget and all together would pass it, each gets its share of what is left in proportion.
    ///
    /// # Errors
    /// [`FundBookError`] if there is no such incentive or partner, or an amount does not fit; nothing was changed.
    pub fn accrue(
        &mut self,
        incentive: &str,
        period: &FiscalPeriod,
        measured: &BTreeMap<PartnerId, Scaled>,
    ) -> Done<BTreeMap<PartnerId, Accrued>> {
        let program = Arc::clone(&self.program);
        let missing = || FundBookError::NotFound { id: incentive.to_owned() };
        let accrual = program.mdf_accrual(incentive).ok_or_else(missing)?;
        let fund = program.fund(accrual.fund.as_str()).ok_or_else(missing)?;
        let mut answers = BTreeMap::new();
        for (partner, measured) in measured {
            let known = self.partner(partner)?;
            let accrued = accrual.accrued(&program, &known, period, *measured).map_err(PotError::from)?;
            answers.insert(partner.clone(), accrued);
        }
        self.all_or_nothing(|book| book.put_accrued(accrual, fund, period, &answers))?;
        Ok(answers)
    }

    fn put_accrued(
        &mut self,
        accrual: &MdfAccrual,
        fund: &Fund,
        period: &FiscalPeriod,
        answers: &BTreeMap<PartnerId, Accrued>,
    ) -> Done<()> {
        let program = Arc::clone(&self.program);
        let nothing = Money::zero(accrual.currency);
        let key = |partner: &PartnerId| (accrual.name.clone(), *period, partner.clone());
        let mut more = BTreeMap::new();
        for (partner, accrued) in answers {
            let before = self.accrued.get(&key(partner)).copied().unwrap_or(nothing);
            let change = accrued.amount.minus(before).map_err(PotError::from)?;
            if change.minor() > 0 {
                more.insert(partner.clone(), change);
                continue;
            }
            let pot = accrual.pot(fund, &program, period, partner).map_err(PotError::from)?;
            self.change(&pot, accrued.amount, before)?;
            self.accrued.insert(key(partner), accrued.amount);
        }
        if let Some(budget) = fund.budget {
            let of = program.calendar().period_of(period.period.from(), fund.every).map_err(PotError::from)?;
            let allocated = self.allocated(&fund.name, &of)?.unwrap_or(nothing);
            let left = budget.minus(allocated).map_err(PotError::from)?;
            let left = if left.minor() < 0 { nothing } else { left };
            more = within_budget(left, &more).map_err(PotError::from)?;
        }
        for (partner, change) in more {
            let before = self.accrued.get(&key(&partner)).copied().unwrap_or(nothing);
            let now = before.plus(change).map_err(PotError::from)?;
            let pot = accrual.pot(fund, &program, period, &partner).map_err(PotError::from)?;
            self.change(&pot, now, before)?;
            self.accrued.insert(key(&partner), now);
        }
        Ok(())
    }

    fn change(&mut self, pot: &Pot, due: Money, before: Money) -> Done<()> {
        let earlier = self.pots.iter().filter(|(other, balances)| {
            let same = (&other.fund, &other.class, &other.partner) == (&pot.fund, &pot.class, &pot.partner);
            same && other.period < pot.period && balances.owed.minor() > 0
        });
        let debts: Vec<(Pot, Money)> = earlier.map(|(other, balances)| (other.clone(), balances.owed)).collect();
        let balances = self.pots.get(pot).copied().unwrap_or(Balances::empty(due.currency()));
        let moves = difference(pot, due, before, &balances, &debts)?;
        moves.iter().try_for_each(|movement| self.move_one(movement))
    }

    /// What is allocated in all pots of a fund's period together, as its budget counts it; `None` if there is no pot.
    ///
    /// # Errors
    /// [`PotError`] if the sum does not fit.
    pub fn allocated(&self, fund: &Name, period: &FiscalPeriod) -> Done<Option<Money>> {
        let mut sum: Option<Money> = None;
        for (_, balances) in self.pots.iter().filter(|(pot, _)| pot.fund == *fund && pot.period == *period) {
            let with = sum.map_or(Ok(balances.allocated), |sum| sum.plus(balances.allocated));
            sum = Some(with.map_err(PotError::from)?);
        }
        Ok(sum)
    }
}
