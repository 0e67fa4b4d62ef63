//! Commissions against a reckoning of their own.
#![cfg(feature = "program")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on must stop")]

mod reckoning;
mod refusals;
mod world;

use std::collections::BTreeMap;

use prm_core::incentive::commission::{BackReason, CommissionAnswer, CommissionFacts, Payment};
use prm_core::scaled::Scaled;
use proptest::prelude::*;
use reckoning::{divided, reckoned};
use world::{PLAIN, Sold, Terms, book, on, sold, terms};

fn told(answer: &CommissionAnswer) -> BTreeMap<String, [i64; 5]> {
    let of = |one: &prm_core::incentive::commission::CommissionOwed| {
        let held = one.held.minor() - one.to_recover.minor();
        [one.due.minor(), one.carried.minor(), held, one.waiting.minor(), one.net.minor()]
    };
    let all = answer.owed.iter().map(|one| (one.partner.to_string(), of(one)));
    all.filter(|(_, sums)| *sums != [0; 5]).collect()
}

proptest! {
    #[test]
    fn partners_are_owed_what_a_reckoning_in_cents_says(
        terms in terms(),
        all in prop::collection::vec(sold(), 0..12),
        as_of in 0..400_u64,
    ) {
        let found = book(&terms, &all, false).commission("fee", on(as_of)).unwrap();
        prop_assert_eq!(told(&found), reckoned(&terms, &all, as_of));
        prop_assert_eq!(&book(&terms, &all, false).commission_owed("fee", on(as_of)).unwrap(), &found.owed);
        // In whatever order lines and facts come.
        prop_assert_eq!(&book(&terms, &all, true).commission("fee", on(as_of)).unwrap(), &found);
        for sale in &found.sales {
            let taken: i64 = sale.back.iter().map(|back| back.takes.minor()).sum();
            prop_assert_eq!(sale.whole.minor(), sale.net.minor() + taken);
            prop_assert!((0..=sale.net.minor()).contains(&sale.released.minor()));
            prop_assert!(sale.because.is_some() || !sale.whole.is_zero() || sale.base.is_zero() || sale.base < Scaled::new(5, 2));
            prop_assert!(sale.back.iter().all(|back| back.because.is_none() || back.because.is_some_and(|why| why != BackReason::Paid)));
        }
        for one in &found.owed {
            // Rows make runs, and runs make what is due.
            let runs: Vec<_> = found.runs.iter().filter(|run| run.partner == one.partner).collect();
            for run in &runs {
                prop_assert_eq!(run.rows.iter().map(|row| row.amount.minor()).sum::<i64>(), run.due.minor());
                prop_assert_eq!(run.due.minor(), run.paid.minor() + run.carried.minor());
            }
            prop_assert_eq!(runs.iter().map(|run| run.paid.minor()).sum::<i64>(), one.due.minor());
            let of_sales = |money: fn(&prm_core::incentive::commission::CommissionSale) -> i64| -> i64 {
                found.sales.iter().filter(|sale| sale.partner.as_ref() == Some(&one.partner)).map(money).sum()
            };
            prop_assert_eq!(of_sales(|sale| sale.net.minor()), one.net.minor());
            prop_assert_eq!(of_sales(|sale| sale.in_runs.minor()), one.due.minor() + one.carried.minor());
        }
    }

    #[test]
    fn what_runs_paid_stands_whatever_comes_later(
        terms in terms(),
        all in prop::collection::vec(sold(), 0..12),
        days in (0..400_u64, 0..400_u64),
    ) {
        let (early, late) = (days.0.min(days.1), days.0.max(days.1));
        let book = book(&terms, &all, false);
        let (before, after) = (book.commission("fee", on(early)).unwrap(), book.commission("fee", on(late)).unwrap());
        let until: Vec<_> = after.runs.iter().filter(|run| run.on <= on(early)).collect();
        prop_assert_eq!(before.runs.iter().collect::<Vec<_>>(), until);
        for one in &before.owed {
            let then = after.owed.iter().find(|then| then.partner == one.partner);
            prop_assert!(then.map_or(one.due.is_zero(), |then| then.due.minor() >= one.due.minor()));
        }
    }

    #[test]
    fn what_was_paid_is_kept_where_the_program_says_so(
        terms in terms(),
        all in prop::collection::vec(sold(), 0..12),
        as_of in 0..400_u64,
    ) {
        let terms = Terms { until_paid: true, clawback: None, ..terms };
        let found = book(&terms, &all, false).commission("fee", on(as_of)).unwrap();
        let rows = found.runs.iter().flat_map(|run| &run.rows);
        prop_assert!(rows.clone().all(|row| row.amount.minor() > 0));
        for one in &found.owed {
            let sum = one.due.minor() + one.carried.minor() + one.held.minor() + one.waiting.minor();
            prop_assert_eq!(sum - one.to_recover.minor(), one.net.minor());
            prop_assert!(one.carried.minor() >= 0);
        }
        for sale in &found.sales {
            let taken: i64 = sale.back.iter().map(|back| back.takes.minor()).sum();
            prop_assert_eq!(sale.whole.minor(), sale.net.minor() + taken);
            let of_sale = found.runs.iter().filter(|run| !run.paid.is_zero()).flat_map(|run| &run.rows);
            let paid: i64 = of_sale.filter(|row| row.line == sale.line).map(|row| row.amount.minor()).sum();
            prop_assert!(paid <= sale.net.minor());
        }
    }

    #[test]
    fn payments_release_the_whole_to_the_cent(cents in 1..1_000_000_i64, parts in prop::collection::vec(1..1000_i64, 1..9)) {
        let terms = Terms { by_payment: true, ..PLAIN };
        let sold = Sold { day: 0, partner: 0, account: 0, cents, back: Vec::new(), paid: Vec::new() };
        let mut book = book(&terms, std::slice::from_ref(&sold), false);
        let mut facts = CommissionFacts::default();
        let all: i64 = parts.iter().sum();
        for (month, part) in (0..).zip(&parts) {
            // Shares of a total that has nothing to do with the net amount: tax, freight.
            let mut payment = Payment::new("D000".parse().unwrap(), on(31 * month), Scaled::new((*part).into(), 2));
            payment.of = Some(Scaled::new(all.into(), 2));
            facts.payments.push(payment);
        }
        book.put_commission_facts(facts);
        let answer = book.commission("fee", on(1000)).unwrap();
        let whole = divided(cents.into(), 10);
        prop_assert_eq!(answer.runs.iter().map(|run| run.paid.minor()).sum::<i64>(), whole);
        prop_assert!(answer.runs.iter().all(|run| run.paid.minor() >= 0));
    }
}
