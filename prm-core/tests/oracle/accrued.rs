//! What is accrued at the end of a period is what is then earned.

use std::collections::BTreeMap;

use prm_core::calendar::Every;
use prm_core::incentive::accrual::{Accrual, accrue, changes};
use prm_core::incentive::explain::Basis;
use prm_core::incentive::paying::Paying;
use prm_core::incentive::settlement::{EntryKey, due};
use prm_core::money::Money;
use prm_core::program::Program;
use proptest::prelude::*;

use super::case::{cases, config};
use super::drawn::date;
use super::world::World;

proptest! {
    #![proptest_config(config())]

    /// By either method: at the end of the year nothing is left to come, so that estimates are what a settlement owes, to
    /// the cent; and what was accrued within the year is replaced by that.
    #[test]
    fn what_is_accrued_at_the_end_is_what_is_earned(case in cases(false), day in 0_u64..365, forecast in any::<bool>()) {
        let world = World::new(&case.spec);
        let method = if forecast { "accruals: { method: forecast }\nrounding:" } else { "accruals: { method: reached }\nrounding:" };
        let program = Program::read(&case.spec.text().replacen("rounding:", method, 1)).unwrap();
        let year = program.calendar().period_of(date(2025, 6, 1), Every::Year).unwrap().period;
        let partials = world.folded(&case.lines);
        let basis = Basis::new(&program, &partials, &world.tables);
        let at = |as_of| accrue(basis, &world.partners, (year, as_of), &BTreeMap::new(), &BTreeMap::new()).unwrap();
        let within = at(year.from().checked_add_days(chrono::Days::new(day)).unwrap());
        let standing = |accruals: &[Accrual]| -> BTreeMap<_, Money> {
            accruals.iter().map(|accrual| ((accrual.key(), accrual.amount.currency()), accrual.amount)).collect()
        };
        let last = at(year.last_day());
        let paying = Paying::new(&world.exchange, year.until());
        let entries = due(basis, &world.partners, year, &BTreeMap::new(), paying).unwrap();
        let mut earned: BTreeMap<EntryKey, Money> =
            entries.iter().filter_map(|entry| Some((entry.key(), entry.posted().earned.money()?))).collect();
        earned.retain(|_, money| !money.is_zero());
        let mut accrued: BTreeMap<EntryKey, Money> = last.iter().map(|accrual| (accrual.key(), accrual.amount)).collect();
        accrued.retain(|_, money| !money.is_zero());
        prop_assert_eq!(&accrued, &earned);
        // From any day on, the differences come to that; and reversed, to nothing.
        let mut books = standing(&within);
        for change in changes(&standing(&within), last).unwrap() {
            let stood = books.entry((change.key, change.amount.currency())).or_insert(Money::zero(change.amount.currency()));
            *stood = stood.plus(change.difference).unwrap();
            prop_assert_eq!(*stood, change.amount);
        }
        books.retain(|_, money| !money.is_zero());
        let stands: BTreeMap<EntryKey, Money> = books.iter().map(|((key, _), money)| (key.clone(), *money)).collect();
        prop_assert_eq!(&stands, &earned);
        let reversed = changes(&books, Vec::new()).unwrap();
        prop_assert_eq!(reversed.len(), books.len());
        prop_assert!(reversed.iter().all(|change| change.amount.is_zero()));
    }
}
