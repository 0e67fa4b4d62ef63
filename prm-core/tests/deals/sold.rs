//! Sales and the registrations that they belong to.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use prm_core::deal::sold::{RegisteredSale, SaleBenefit, SaleReason, Sold, SoldUnder, belongs};
use prm_core::deal::{CloseOutcome, Command};
use prm_core::product::Product;
use prm_core::scaled::Scaled;

use super::world::{POLICY, RULES, World, approve, facts, form, id, line, partner, with};

fn bike(sku: &str) -> Product {
    let mut product = Product::new(sku.parse().unwrap());
    product.category = Some("Bikes".to_owned());
    product
}

/// A sale of a's to its customer.
fn sold<'p>(product: &'p Product, on: &str, amount: i128) -> Sold<'p> {
    let accounts = BTreeSet::from(["acc".parse().unwrap(), "acc-2".parse().unwrap()]);
    Sold::new("a".parse().unwrap(), accounts, product, on.parse().unwrap(), Scaled::new(amount, 0))
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// What is said of sales beside the policy of the sketch.
fn world(sales: &str) -> World {
    World::new(&format!("{POLICY}  sales: {sales}\n"), RULES)
}

/// What is found of registrations.
fn known<'w>(world: &'w World, names: &[&str]) -> Vec<SoldUnder<'w>> {
    names.iter().map(|name| SoldUnder::new(id(name), world.of(name))).collect()
}

fn judged(world: &World, sold: &Sold<'_>, names: &[&str]) -> Result<RegisteredSale, SaleReason> {
    belongs(&world.given.program, sold, &known(world, names)).unwrap()
}

/// Registered on 1 June for 10,000.00 and protected until 30 August; without updates until 31 July.
fn registered(sales: &str) -> World {
    let mut world = world(sales);
    world.submit("r-1", &form("a", facts("acc", "Contoso")));
    world.manage("r-1", &approve());
    world
}

#[test]
fn a_sale_belongs_by_partner_customer_and_product_in_time() {
    let world = registered("{ tail: 30 days }");
    let (bike, other) = (bike("R-9"), Product::new("X-1".parse().unwrap()));
    let found = judged(&world, &sold(&bike, "2025-06-20", 4_000), &["r-1"]).unwrap();
    let expected = (id("r-1"), 1, false, SaleBenefit::Given);
    assert_eq!((found.registration, found.line, found.named, found.benefit), expected);
    // The tail is thirty days behind the protection, which ended on 31 July for want of an update.
    for (on, is_in_time) in [("2025-05-31", false), ("2025-08-29", true), ("2025-08-30", false)] {
        assert_eq!(judged(&world, &sold(&bike, on, 1), &["r-1"]).is_ok(), is_in_time, "{on}");
    }
    let mut stranger = sold(&bike, "2025-06-20", 1);
    stranger.partner = "b".parse().unwrap();
    let mut elsewhere = sold(&bike, "2025-06-20", 1);
    elsewhere.accounts = ["other".parse().unwrap()].into();
    for sale in [stranger, elsewhere, sold(&other, "2025-06-20", 1)] {
        assert_eq!(judged(&world, &sale, &["r-1"]), Err(SaleReason::NoRegistration));
    }
}

#[test]
fn a_sale_that_names_one_belongs_to_that_or_to_none_and_is_told_why() {
    let world = registered("{ tail: 30 days }");
    let (bike, other) = (bike("R-9"), Product::new("X-1".parse().unwrap()));
    let named = |sale: Sold<'_>| judged(&world, &sale.naming(id("r-1")), &["r-1"]);
    assert!(named(sold(&bike, "2025-06-20", 1)).unwrap().named);
    assert_eq!(named(sold(&other, "2025-06-20", 1)), Err(SaleReason::OtherProducts));
    let late = Err(SaleReason::TooLate { last: day("2025-08-29") });
    assert_eq!(named(sold(&bike, "2025-09-10", 1)), late);
    let mut stranger = sold(&bike, "2025-06-20", 1);
    stranger.partner = "b".parse().unwrap();
    assert_eq!(named(stranger), Err(SaleReason::OtherPartner));
    let mut elsewhere = sold(&bike, "2025-06-20", 1);
    elsewhere.accounts = ["other".parse().unwrap()].into();
    assert_eq!(named(elsewhere), Err(SaleReason::OtherCustomer));
    let missing = judged(&world, &sold(&bike, "2025-06-20", 1).naming(id("r-7")), &["r-1"]);
    assert_eq!(missing, Err(SaleReason::NotFound { registration: id("r-7") }));
}

#[test]
fn a_late_registration_is_refused_loses_its_benefit_or_is_looked_at() {
    let bike = bike("R-9");
    let because = SaleReason::Late { received_on: day("2025-06-01"), first: day("2025-06-06") };
    let of = |late: &str| {
        let world = registered(&format!("{{ received_before: 5 days, late: {late} }}"));
        let benefit = |on: &str| judged(&world, &sold(&bike, on, 1).naming(id("r-1")), &["r-1"]).map(|of| of.benefit);
        assert_eq!(benefit("2025-06-06"), Ok(SaleBenefit::Given));
        benefit("2025-06-05")
    };
    assert_eq!(of("refused"), Err(because.clone()));
    assert_eq!(of("loses_benefit"), Ok(SaleBenefit::Lost { because: because.clone() }));
    assert_eq!(of("review"), Ok(SaleBenefit::Review { because }));
}

#[test]
fn what_is_sold_beyond_what_was_approved_loses_the_benefit_or_is_looked_at() {
    let bike = bike("R-9");
    for (then, is_lost) in [("loses_benefit", true), ("review", false)] {
        let world = registered(&format!("{{ over: {{ by: 10 %, then: {then} }} }}"));
        let mut known = known(&world, &["r-1"]);
        known[0].before.insert(1, (Scaled::new(9_000, 0), Scaled::new(3, 0)));
        let benefit = |amount: i128| {
            belongs(&world.given.program, &sold(&bike, "2025-06-20", amount), &known).unwrap().unwrap().benefit
        };
        assert_eq!(benefit(2_000), SaleBenefit::Given);
        let because = SaleReason::OverAmount { most: Scaled::new(11_000, 0), with: Scaled::new(11_001, 0) };
        let expected = if is_lost { SaleBenefit::Lost { because } } else { SaleBenefit::Review { because } };
        assert_eq!(benefit(2_001), expected);
    }
    // Units are counted beside the amount.
    let mut world = world("{ over: { by: 0 % } }");
    let ten = with(form("a", facts("acc", "Contoso")), |form| form.lines[0].units = Some(10));
    world.submit("r-1", &ten);
    world.manage("r-1", &approve());
    let over = judged(&world, &sold(&bike, "2025-06-20", 1).of_units(Scaled::new(11, 0)), &["r-1"]).unwrap();
    let because = SaleReason::OverUnits { most: Scaled::new(10, 0), with: Scaled::new(11, 0) };
    assert_eq!(over.benefit, SaleBenefit::Lost { because });
}

#[test]
fn of_several_the_first_that_was_received_counts_and_only_what_was_approved() {
    let mut world = world("{ tail: 30 days }");
    let bike = bike("R-1");
    let parts = with(form("a", facts("acc", "Contoso")), |form| form.lines = vec![line("parts", "9000")]);
    world.submit("parts", &parts);
    world.submit("first", &form("a", facts("acc", "Contoso")));
    world.manage("parts", &approve());
    // Nobody approved it yet.
    let sale = sold(&bike, "2025-06-20", 1);
    assert_eq!(judged(&world, &sale, &["parts", "first"]), Err(SaleReason::NoRegistration));
    world.manage("first", &approve());
    assert_eq!(judged(&world, &sale, &["first", "parts"]).unwrap().registration, id("first"));
    // What was won belongs to it within the tail, what was lost does not.
    let won = CloseOutcome::Won { order: "SO-9".parse().unwrap() };
    world.later(10, 0);
    world.act("first", &Command::Close { lines: [].into(), outcome: won }, &partner("a")).unwrap();
    assert!(judged(&world, &sold(&bike, "2025-07-10", 1), &["first"]).is_ok());
    assert!(judged(&world, &sold(&bike, "2025-07-11", 1), &["first"]).is_err());
    world.submit("second", &form("a", facts("acc-2", "Fabrikam")));
    world.manage("second", &approve());
    world.manage("second", &Command::Close { lines: [].into(), outcome: CloseOutcome::Lost });
    assert_eq!(judged(&world, &sold(&bike, "2025-06-21", 1), &["second"]), Err(SaleReason::NoRegistration));
}
