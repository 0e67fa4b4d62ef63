//! How money comes into the pots of a book.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{Done, FundBook, FundBookError, may};
use crate::actor::Actor;
use crate::id::{Name, PartnerId};
use crate::incentive::mdf::allocation::{AllocationCommand, AllocationForm, AllocationFound, MdfAllocation, allocates};
use crate::incentive::mdf::{Accrued, Balances, Fund, Pot, PotError, difference, within_budget};
use crate::lifecycle::{Context, Intent, Lifecycle as _};
use crate::money::Money;
use crate::period::FiscalPeriod;
use crate::scaled::Scaled;

/// Where money comes from: an incentive, or the fund itself, for a period.
#[derive(Clone, Copy)]
struct Source<'s> {
    name: &'s Name,
    fund: &'s Fund,
    class: Option<&'s Name>,
    period: &'s FiscalPeriod,
}

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
        let source = Source { name: &accrual.name, fund, class: accrual.class.as_ref(), period };
        let due = answers.iter().map(|(partner, accrued)| (partner.clone(), accrued.amount)).collect();
        self.all_or_nothing(|book| book.put_due(source, due))?;
        Ok(answers)
    }

    /// Gives partners what their tier brings for a fund's period, or what that is more than was given before: one that
    /// falls within the period keeps what it has.
    ///
    /// # Errors
    /// [`FundBookError`] if there is no such fund or partner, or an amount does not fit; nothing was changed.
    pub fn give_by_tier(&mut self, fund: &str, period: &FiscalPeriod, partners: &[PartnerId]) -> Done<()> {
        let program = Arc::clone(&self.program);
        let missing = || FundBookError::NotFound { id: fund.to_owned() };
        let fund = program.fund(fund).ok_or_else(missing)?;
        let source = Source { name: &fund.name, fund, class: None, period };
        let mut due = BTreeMap::new();
        for partner in partners {
            let brings = fund.by_standing(&program, &self.partner(partner)?, period.period.from());
            let before = self.had(source, partner);
            due.insert(partner.clone(), if brings.minor() < before.minor() { before } else { brings });
        }
        self.all_or_nothing(|book| book.put_due(source, due))
    }

    /// What a partner had of a source before.
    fn had(&self, of: Source<'_>, partner: &PartnerId) -> Money {
        let key = (of.name.clone(), *of.period, partner.clone());
        self.accrued.get(&key).copied().unwrap_or(Money::zero(of.fund.currency))
    }

    /// Moves what is due of a source less what partners had of it: first what is less, then what is more, within the budget.
    fn put_due(&mut self, of: Source<'_>, due: BTreeMap<PartnerId, Money>) -> Done<()> {
        let mut more = BTreeMap::new();
        for (partner, due) in due {
            let change = due.minus(self.had(of, &partner)).map_err(PotError::from)?;
            if change.minor() > 0 {
                more.insert(partner, change);
            } else {
                self.change(of, &partner, due)?;
            }
        }
        if let Some(budget) = of.fund.budget {
            let begins = of.period.period.from();
            let whole = self.program.calendar().period_of(begins, of.fund.every).map_err(PotError::from)?;
            let nothing = Money::zero(budget.currency());
            let allocated = self.allocated(&of.fund.name, &whole)?.unwrap_or(nothing);
            let left = budget.minus(allocated).map_err(PotError::from)?;
            more = within_budget(if left.minor() < 0 { nothing } else { left }, &more).map_err(PotError::from)?;
        }
        for (partner, change) in more {
            let due = self.had(of, &partner).plus(change).map_err(PotError::from)?;
            self.change(of, &partner, due)?;
        }
        Ok(())
    }

    fn change(&mut self, of: Source<'_>, partner: &PartnerId, due: Money) -> Done<()> {
        let before = self.had(of, partner);
        let pot = of.fund.pot(&self.program, of.period.period.from(), of.class, partner).map_err(PotError::from)?;
        let earlier = self.pots.iter().filter(|(other, balances)| {
            let same = (&other.fund, &other.class, &other.partner) == (&pot.fund, &pot.class, &pot.partner);
            same && other.period < pot.period && balances.owed.minor() > 0
        });
        let debts: Vec<(Pot, Money)> = earlier.map(|(other, balances)| (other.clone(), balances.owed)).collect();
        let balances = self.pots.get(&pot).copied().unwrap_or(Balances::empty(due.currency()));
        let moves = difference(&pot, due, before, &balances, &debts)?;
        self.accrued.insert((of.name.clone(), *of.period, partner.clone()), due);
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
