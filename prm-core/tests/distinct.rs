//! Of how many product sets something was sold: told, kept, checked, and not forged.
#![cfg(feature = "program")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on must stop")]

use std::collections::BTreeMap;

use prm_core::id::{PartnerId, Sku};
use prm_core::incentive::explain::{Basis, Explanation, explain};
use prm_core::incentive::fold::{Facts, Fold};
use prm_core::incentive::kept;
use prm_core::incentive::line::{BatchKey, LineKey, LineKind, SaleLine};
use prm_core::incentive::verify::{Mismatch, Verified, verify, verify_arithmetic};
use prm_core::partner::Partner;
use prm_core::product::Product;
use prm_core::program::Program;
use prm_core::program::tables::Tables;

const PROGRAM: &str = "
format: 1
program: Distinct
version: '1'
effective: { from: 2025-01-01, until: 2026-01-01 }
currency: USD
products: { bikes: { category: Bikes }, parts: { category: Parts }, gear: { category: Gear } }
incentives:
  wide: { kind: rebate, measure: { of: net_revenue }, every: quarter, schedule: { shape: matrix, rows: [0, 1000], columns: [0, 2], columns_by: { of: net_revenue, distinct: [bikes, parts, gear], each_at_least: 50 }, rates: [[0 %, 1 %], [2 %, 3 %]] } }
";

/// What `p` is told for 1,000.00 of bikes, 60.00 of parts and 49.99 of gear.
fn told(check: impl FnOnce(Basis<'_>, &Partner)) -> Explanation {
    let program = Program::read(PROGRAM).unwrap_or_else(|findings| panic!("{findings}"));
    let partner = Partner::new("p".parse().unwrap(), "p");
    let partners: BTreeMap<PartnerId, Partner> = BTreeMap::from([(partner.id.clone(), partner.clone())]);
    let product = |category: &str| {
        let mut product = Product::new(category.to_lowercase().parse().unwrap());
        product.category = Some(category.to_owned());
        (product.sku.clone(), product)
    };
    let products: BTreeMap<Sku, Product> = ["Bikes", "Parts", "Gear"].map(product).into();
    let facts = Facts::new(&partners).products(&products);
    let key = BatchKey::new("erp".parse().unwrap(), "b".parse().unwrap());
    let mut fold = Fold::new(&program, facts, key).unwrap();
    for (sku, net) in [("bikes", "1000"), ("parts", "20"), ("parts", "40"), ("gear", "49.99")] {
        let key = LineKey { document: "D".parse().unwrap(), line: None };
        let mut line = SaleLine::new(key, LineKind::Sale, sku.parse().unwrap(), program.currency());
        line.buyer = Some(partner.id.clone());
        line.dates.order = Some("2025-02-03".parse().unwrap());
        line.amounts.net = Some(net.parse().unwrap());
        fold.add(&line).unwrap();
    }
    let (sums, tables) = (fold.finish().unwrap().partials, Tables::new());
    let basis = Basis::new(&program, &sums, &tables);
    check(basis, &partner);
    explain(basis, "wide", &partner, &program.calendar().parse_label("2025-Q1").unwrap()).unwrap()
}

#[test]
fn each_set_is_told() {
    let explanation = told(|_, _| ());
    let distinct = explanation.distinct.as_ref().unwrap();
    let counts = |name: &str| distinct.sets.iter().find(|set| set.set.as_str() == name).unwrap().counts;
    assert_eq!((distinct.value.to_string().as_str(), counts("parts"), counts("gear")), ("2", true, false));
    assert_eq!(explanation.earned.to_string(), "33.30 USD");
    let text = explanation.to_string();
    assert!(
        text.contains("  columns by: 2 of 3 product sets (bikes 1000, gear 49.99 (does not count), parts 60)\n"),
        "{text}"
    );
    // What is kept in two parts is whole again.
    let whole = kept::whole(&kept::common(&explanation).unwrap(), &kept::own(&explanation).unwrap()).unwrap();
    assert_eq!(whole, explanation);
    assert_eq!(verify_arithmetic(&explanation), Ok(Verified::ArithmeticOnly));
}

#[test]
fn what_is_forged_is_found() {
    let honest = told(|_, _| ());
    let forge = |change: &dyn Fn(&mut Explanation)| {
        let mut forged = honest.clone();
        change(&mut forged);
        assert_ne!(forged, honest);
        let field = |checked: Result<Verified, Mismatch>| match checked {
            Err(Mismatch::Field { field, .. }) => field,
            other => panic!("{other:?}"),
        };
        let arithmetic = field(verify_arithmetic(&forged));
        told(|basis, partner| {
            assert_eq!(verify(&honest, basis, partner), Ok(Verified::Whole));
            assert!(field(verify(&forged, basis, partner)).starts_with("distinct."));
        });
        arithmetic
    };
    let value = forge(&|of| of.distinct.as_mut().unwrap().value = "3".parse().unwrap());
    assert_eq!(value, "distinct.value");
    let counts = forge(&|of| of.distinct.as_mut().unwrap().sets[1].counts = true);
    assert_eq!(counts, "distinct.sets[1].counts");
    let sold = forge(&|of| of.distinct.as_mut().unwrap().sets[1].sold.value = "50".parse().unwrap());
    assert_eq!(sold, "distinct.sets[1].sold.value");
}
