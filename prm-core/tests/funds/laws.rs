//! Laws of the rules: reimbursements, accruals and the ends of periods.

use std::collections::BTreeMap;

use prm_core::calendar::{Every, FiscalCalendar};
use prm_core::incentive::claim::book::FundBook;
use prm_core::incentive::mdf::{AccrualReason, FundPartner, SoFar, Terms, reimburse, within_budget};
use prm_core::money::Money;
use prm_core::partner::Partner;
use prm_core::rate::Rate;
use prm_core::rounding::RoundingMode;
use prm_core::scaled::Scaled;
use proptest::prelude::*;

use super::world::{pot, program, usd};

fn cents(minor: i64) -> Money {
    Money::from_minor(minor, "USD".parse().unwrap())
}

fn none() -> SoFar {
    SoFar { spent: cents(0), paid: cents(0) }
}

proptest! {
    /// However spending is cut into claims, all together bring `min(share × spending, cap, grant)`, and no claim takes back.
    #[test]
    fn claims_bring_the_same_however_spending_is_cut(
        spending in prop::collection::vec(0_i64..200_000, 0..12),
        permille in 0_i64..1_500, granted in 0_i64..300_000, cap in prop::option::of(0_i64..300_000),
        mode in 0_usize..7,
    ) {
        let share = Rate::from_fraction(Scaled::new(permille.into(), 3)).unwrap();
        let mut terms = Terms::new(share, cents(granted));
        (terms.cap, terms.rounding) = (cap.map(cents), RoundingMode::WORDS[mode].1);
        let mut so_far = none();
        for spent in &spending {
            let paid = reimburse(&terms, so_far, cents(*spent)).unwrap();
            prop_assert!(paid.pays.minor() >= 0);
            so_far = SoFar { spent: paid.spent, paid: so_far.paid.plus(paid.pays).unwrap() };
        }
        let all: i64 = spending.iter().sum();
        let whole = reimburse(&terms, none(), cents(all)).unwrap();
        prop_assert_eq!(so_far.paid, whole.pays);
        let exact = share.of(cents(all).amount()).unwrap();
        let rounded = Money::rounded(exact, "USD".parse().unwrap(), terms.rounding).unwrap();
        let limit = [Some(rounded.minor()), Some(granted), cap].into_iter().flatten().min().unwrap();
        prop_assert_eq!(so_far.paid.minor(), limit);
    }

    /// A budget is never passed, nobody gets more than wanted, and all get it where there is enough.
    #[test]
    fn a_budget_is_divided_and_never_passed(left in 0_i64..1_000_000, wants in prop::collection::vec(0_i64..400_000, 0..9)) {
        let wants: BTreeMap<_, _> =
            wants.iter().enumerate().map(|(at, want)| (format!("p{at}").parse().unwrap(), cents(*want))).collect();
        let gets = within_budget(cents(left), &wants).unwrap();
        let sum = |of: &BTreeMap<_, Money>| of.values().map(|money| money.minor()).sum::<i64>();
        prop_assert!(sum(&gets) <= left.min(sum(&wants)));
        prop_assert!(gets.iter().all(|(id, money)| money.minor() <= wants[id].minor() && money.minor() >= 0));
        prop_assert!(sum(&wants) > left || gets == wants);
    }
}

const COOP: &str = "
partner_types: [dealer]
tiers: { levels: [{ name: basic }, { name: gold, requires: { metric: revenue, over: fiscal year, at_least: 1 } }] }
products: { furnaces: { category: F }, coolers: { category: C } }
mdf:
  coop: { classes: [furnaces, coolers], budget: 3000, claim: { within: 60 days }, year_end: { share: 50 %, at_most: 100 } }
  open: { claim: { within: 60 days } }
incentives:
  furnaces: { kind: mdf, fund: coop, class: furnaces, for: { partner_type: dealer }, accrues: { of: purchase_value, products: furnaces, rate: 1 %, by_tier: { gold: 6 % }, every: year, counts: previous, cut: 31 days, at_least: 5000, cap: 2000 } }
  open: { kind: mdf, fund: open, accrues: { of: net_revenue, every: quarter, schedule: { shape: marginal, bands: [{ from: 0, rate: 1 % }, { from: 10000, rate: 2 % }] } } }
";

fn book() -> FundBook {
    let mut book = FundBook::new(program(COOP));
    for (id, tier) in [("a", None), ("b", Some("gold"))] {
        let mut partner = Partner::new(id.parse().unwrap(), id);
        partner.partner_type = "dealer".parse().ok();
        let known = FundPartner::new(partner);
        book.put_partner(match tier {
            Some(tier) => known.in_tier(tier.parse().unwrap()),
            None => known,
        });
    }
    book.put_partner(FundPartner::new(Partner::new("c".parse().unwrap(), "c")));
    book
}

fn measured(of: &[(&str, &str)]) -> BTreeMap<prm_core::id::PartnerId, Scaled> {
    of.iter().map(|(id, amount)| (id.parse().unwrap(), amount.parse().unwrap())).collect()
}

#[test]
fn accruals_have_minimums_tiers_caps_and_a_budget() {
    let mut book = book();
    let year = FiscalCalendar::default().period(Every::Year, 2025, 1).unwrap();
    let accrual = program(COOP).mdf_accrual("furnaces").unwrap().clone();
    let counted = accrual.measured(&FiscalCalendar::default(), &year).unwrap();
    assert_eq!(counted.to_string(), "2024-01-01..2024-12-01");
    let answer =
        book.accrue("furnaces", &year, &measured(&[("a", "4999.99"), ("b", "20000"), ("c", "90000")])).unwrap();
    let because = |id: &str| answer.get(id).unwrap().because.clone();
    assert!(matches!(because("a"), Some(AccrualReason::BelowMinimum { .. })));
    assert!(matches!(because("c"), Some(AccrualReason::NotEligible { .. })));
    assert_eq!(answer.get("b").unwrap().amount, usd("1200"));
    // Now both are at the cap, and 1,800 of the budget are left for 2,000 and 800 more.
    let answer = book.accrue("furnaces", &year, &measured(&[("a", "900000"), ("b", "900000")])).unwrap();
    assert!(matches!(answer.get("a").unwrap().because, Some(AccrualReason::Cap { .. })));
    let mut of_a = pot("coop", Some("a"));
    of_a.class = "furnaces".parse().ok();
    assert_eq!(book.balances(&of_a).unwrap().available, usd("1285.71"));
    // At the end half of it, and no more than 100, goes on; the rest lapses.
    book.end_period(&of_a, "2026-01-01T00:00:00Z".parse().unwrap()).unwrap();
    let now = *book.balances(&of_a).unwrap();
    assert_eq!((now.available, now.carried, now.lapsed), (usd("0"), usd("100"), usd("1185.71")));
    of_a.period = FiscalCalendar::default().period(Every::Year, 2026, 1).unwrap();
    assert_eq!(book.balances(&of_a).unwrap().available, usd("100"));
}

#[test]
fn bands_accrue_and_shortfalls_are_made_up_for_later() {
    use prm_core::incentive::mdf::{Movement, MovementKind};
    let mut book = book();
    let quarter = |no| FiscalCalendar::default().period(Every::Quarter, 2025, no).unwrap();
    book.accrue("open", &quarter(1), &measured(&[("a", "15000")])).unwrap();
    let pot = pot("open", Some("a"));
    assert_eq!(book.balances(&pot).unwrap().available, usd("200"));
    book.move_money(&[Movement::of(MovementKind::Grant, &pot, usd("150")).unwrap()]).unwrap();
    // Nearly everything is returned: 100 must be taken back, 50 of it is there, and grants stand.
    book.accrue("open", &quarter(1), &measured(&[("a", "10000")])).unwrap();
    let now = *book.balances(&pot).unwrap();
    assert_eq!((now.available, now.reserved, now.owed), (usd("0"), usd("150"), usd("50")));
    // The next quarter makes up for it first.
    book.accrue("open", &quarter(2), &measured(&[("a", "8000")])).unwrap();
    let now = *book.balances(&pot).unwrap();
    assert_eq!((now.available, now.owed, now.allocated), (usd("30"), usd("0"), usd("180")));
    assert!(now.conserves());
    // Asked again with the same, nothing moves; with less than nothing sold, all that can be is taken back.
    book.accrue("open", &quarter(2), &measured(&[("a", "8000")])).unwrap();
    assert_eq!(*book.balances(&pot).unwrap(), now);
    book.accrue("open", &quarter(2), &measured(&[("a", "-5")])).unwrap();
    assert_eq!(book.balances(&pot).unwrap().owed, usd("50"));
    // And what is owed at the year's end the next year makes up for, in the pot that owes it.
    let next = FiscalCalendar::default().period(Every::Quarter, 2026, 1).unwrap();
    book.accrue("open", &next, &measured(&[("a", "9000")])).unwrap();
    assert_eq!(book.balances(&pot).unwrap().owed, usd("0"));
    let of_next = prm_core::incentive::mdf::Pot {
        period: FiscalCalendar::default().period(Every::Year, 2026, 1).unwrap(),
        ..pot
    };
    assert_eq!(book.balances(&of_next).unwrap().available, usd("40"));
}
