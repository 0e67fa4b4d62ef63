//! Explanations: what they say, that no number in them can be changed unseen, how they are shown.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on must stop"
)]

use std::collections::BTreeMap;

use prm_core::calendar::FiscalPeriod;
use prm_core::id::PartnerId;
use prm_core::incentive::explain::{Basis, ExplainError, Explanation, explain};
use prm_core::incentive::fold::{Facts, Fold};
use prm_core::incentive::line::{BatchKey, LineKey, LineKind, SaleLine};
use prm_core::incentive::partial::Partials;
use prm_core::incentive::statement::Statement;
use prm_core::incentive::verify::{Mismatch, Verified, verify, verify_arithmetic};
use prm_core::partner::Partner;
use prm_core::program::Program;
use prm_core::program::tables::{Table, TableError, Tables};
use serde_json::Value;

/// One incentive of every shape, limit and base.
const PROGRAM: &str = "
format: 1
program: Explained
version: '3'
effective: { from: 2025-01-01, until: 2026-01-01 }
currency: USD
rounding: { mode: half_away_from_zero }
tables:
  targets: { key: [partner, period], columns: { amount: money } }
partner_types: [reseller, distributor]
territories: { west: { countries: [US], regions: [CA] } }
incentives:
  marginal: { title: Volume rebate, kind: rebate, measure: { of: net_revenue }, every: quarter, schedule: { shape: marginal, bands: [{ from: 0, rate: 1.25 % }, { from: 500, rate: 2.75 % }, { from: 5000, rate: 4 % }] } }
  by_band: { kind: rebate, rounding: { place: band }, measure: { of: net_revenue }, every: quarter, schedule: { shape: marginal, bands: [{ from: 0, rate: 1.25 % }, { from: 500, rate: 2.75 % }] } }
  capped: { kind: rebate, measure: { of: net_revenue }, every: quarter, cap: { base: 800, payout: 20 }, schedule: { shape: whole_volume, bands: [{ from: 0, rate: 3 % }] } }
  floored: { kind: rebate, measure: { of: net_revenue }, every: quarter, floor: { payout: 250 }, schedule: { shape: whole_volume, bands: [{ from: 10, rate: 3 % }] } }
  line: { kind: rebate, measure: { of: net_revenue }, every: quarter, schedule: { shape: interpolated, points: [{ at: 300, rate: 1 % }, { at: 2000, rate: 4 % }] } }
  steps: { kind: rebate, measure: { of: units }, every: quarter, schedule: { shape: per_step, step: 2, amount: 7.5 } }
  goods: { kind: rebate, measure: { of: units }, every: year, schedule: { shape: per_step, step: 2, free_units: 3 } }
  target: { kind: rebate, measure: { of: net_revenue }, every: quarter, schedule: { shape: target, target: { table: targets, column: amount }, rate: 2 % } }
  apart: { kind: rebate, measure: { of: units }, pays_on: { of: net_revenue }, every: quarter, schedule: { shape: whole_volume, bands: [{ from: 3, rate: 2.5 % }, { from: 9, amount: 99 }] } }
  matrix: { kind: rebate, measure: { of: net_revenue }, every: quarter, schedule: { shape: matrix, rows: [0, 1000], columns: [0, 5], columns_by: { of: units }, rates: [[0 %, 1 %], [2 %, 3 %]] } }
  west: { kind: rebate, for: { partner_type: reseller, territory: west, except: [b] }, measure: { of: net_revenue }, every: quarter, schedule: { shape: marginal, bands: [{ from: 0, rate: 1 % }] } }
";

struct World {
    program: Program,
    partners: BTreeMap<PartnerId, Partner>,
    partials: Partials,
    tables: Tables,
}

impl World {
    fn new() -> Self {
        let program = Program::read(PROGRAM).unwrap_or_else(|findings| panic!("{findings}"));
        let partners = ["a", "b", "c"].map(|id| {
            let mut partner = Partner::new(id.parse().unwrap(), format!("Partner {id} & Co <i>"));
            partner.partner_type = Some(if id == "c" { "distributor" } else { "reseller" }.parse().unwrap());
            partner.country = Some("US".into());
            partner.region = (id != "c").then(|| "CA".into());
            (partner.id.clone(), partner)
        });
        let partners = BTreeMap::from(partners);
        let facts = Facts::new(&partners);
        let batch = BatchKey::new("erp".parse().unwrap(), "b1".parse().unwrap());
        let mut fold = Fold::new(&program, facts, batch).unwrap();
        for (at, (buyer, day, net, quantity)) in
            [("a", "2025-02-03", "1034.125", "4"), ("a", "2025-03-31", "300", "3"), ("b", "2025-03-01", "40", "1")]
                .into_iter()
                .enumerate()
        {
            let key = LineKey { document: format!("D{at}").parse().unwrap(), line: None };
            let mut line = SaleLine::new(key, LineKind::Sale, "sku".parse().unwrap(), program.currency());
            line.buyer = Some(buyer.parse().unwrap());
            line.dates.order = Some(day.parse().unwrap());
            line.amounts.net = Some(net.parse().unwrap());
            line.quantity = Some(quantity.parse().unwrap());
            fold.add(&line).unwrap();
        }
        let partials = fold.finish().unwrap().partials;
        let text = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
        let outline = program.table("targets").unwrap();
        let rows = [text(["a", "2025-Q1", "1200"])];
        let table = Table::new(outline, &text(["partner", "period", "amount"]), &rows).unwrap();
        let mut tables = Tables::new();
        tables.insert(table);
        Self { program, partners, partials, tables }
    }

    fn basis(&self) -> Basis<'_> {
        Basis::new(&self.program, &self.partials, &self.tables)
    }

    fn period(&self, incentive: &str) -> FiscalPeriod {
        let every = self.program.rebate(incentive).unwrap().every;
        self.program.calendar().period_of("2025-02-01".parse().unwrap(), every).unwrap()
    }

    fn explain(&self, incentive: &str, partner: &str) -> Explanation {
        explain(self.basis(), incentive, &self.partners[partner], &self.period(incentive)).unwrap()
    }
}

#[test]
fn every_incentive_pays_what_a_pencil_says() {
    let world = World::new();
    // a: 1,334.125 net, 7 units
    let expected = [
        ("marginal", "29.19 USD"), // 6.25 + 834.125 × 2.75 % = 22.9384375
        ("by_band", "29.19 USD"),  // 6.25 + 22.94
        ("capped", "20.00 USD"),   // 800 × 3 % = 24, capped
        ("floored", "250.00 USD"), // 40.02, raised
        ("line", "37.69 USD"),     // (1 % + 3 % × 1034.125 / 1700) × 1334.125 = 37.688…
        ("steps", "22.50 USD"),    // 3 full steps
        ("goods", "9 units"),
        ("target", "26.68 USD"), // 1,200 reached: 26.6825
        ("apart", "33.35 USD"),  // 7 units reach 3: 33.353125
        ("matrix", "40.02 USD"), // row 1,000, column 5: 3 %
        ("west", "13.34 USD"),
    ];
    for (incentive, earned) in expected {
        assert_eq!(world.explain(incentive, "a").earned.to_string(), earned, "{incentive}");
    }
}

#[test]
fn who_cannot_earn_it_is_told_why() {
    let world = World::new();
    let because =
        |incentive: &str, partner: &str| world.explain(incentive, partner).because.map(|reason| reason.to_string());
    assert_eq!(because("west", "a"), None);
    assert_eq!(because("west", "b").unwrap(), "the partner is excepted in the program");
    assert_eq!(because("west", "c").unwrap(), "not for partners of type distributor");
    assert_eq!(because("target", "b").unwrap(), "no target in table targets");
    let mut abroad = world.partners["a"].clone();
    abroad.country = Some("DE".into());
    let explanation = explain(world.basis(), "west", &abroad, &world.period("west")).unwrap();
    assert_eq!(explanation.because.unwrap().to_string(), "not for partners in DE");
    assert!(explanation.earned.is_zero() && explanation.steps.is_empty() && explanation.next.is_none());
}

#[test]
fn who_cannot_earn_it_earns_nothing_whatever_the_schedule_pays_for_nothing() {
    let mut world = World::new();
    let paying = "{ kind: rebate, for: { partner_type: reseller }, measure: { of: net_revenue }, every: quarter, schedule: { shape: marginal, bands: [{ from: 0, amount: 500 }] } }";
    let text = format!("{PROGRAM}\n  fixed: {paying}\n");
    world.program = Program::read(&text).unwrap();
    let explanation = world.explain("fixed", "c");
    assert!(explanation.earned.is_zero() && explanation.steps.is_empty());
    assert_eq!(verify_arithmetic(&explanation), Ok(Verified::ArithmeticOnly));
    let mut forged = explanation;
    forged.earned = world.explain("fixed", "a").earned;
    assert!(matches!(verify_arithmetic(&forged), Err(Mismatch::Field { field, .. }) if field == "earned"));
}

#[test]
fn an_interpolated_band_verifies_after_a_round_trip() {
    let mut world = World::new();
    let line = "{ kind: rebate, rounding: { place: band }, measure: { of: units }, pays_on: { of: net_revenue }, every: quarter, schedule: { shape: interpolated, points: [{ at: 0, rate: 10 % }, { at: 11, rate: 20 % }] } }";
    world.program = Program::read(&format!("{PROGRAM}\n  banded: {line}\n")).unwrap();
    let explanation = world.explain("banded", "a");
    let read: Explanation = serde_json::from_str(&serde_json::to_string(&explanation).unwrap()).unwrap();
    assert_eq!(verify_arithmetic(&read), Ok(Verified::ArithmeticOnly));
}

#[test]
fn a_format_of_another_version_is_refused() {
    let world = World::new();
    let mut tree = serde_json::to_value(world.explain("marginal", "a")).unwrap();
    tree["format"] = 9.into();
    assert!(serde_json::from_value::<Explanation>(tree).is_err());
    let mut tree = serde_json::to_value(&world.partials).unwrap();
    tree["format"] = 9.into();
    assert!(serde_json::from_value::<Partials>(tree).is_err());
}

#[test]
fn a_statement_beyond_the_calendar_is_an_error() {
    use prm_core::period::Period;
    let world = World::new();
    let beyond = Period::new("0000-01-01".parse().unwrap(), "2030-01-01".parse().unwrap()).unwrap();
    assert!(matches!(Statement::new(world.basis(), &world.partners["a"], beyond), Err(ExplainError::Calendar(_))));
}

#[test]
fn a_table_that_would_never_be_found_is_refused() {
    let program = Program::read(PROGRAM).unwrap();
    let text = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
    let read = |row: [&str; 3]| {
        let table = program.read_table("targets", &text(["partner", "period", "amount"]), &[text(row)]);
        table.map(|_| ()).map_err(|error| error.to_string())
    };
    assert_eq!(read(["a", "2025-Q1", "1200.5"]), Ok(()));
    assert!(read(["a", "Q1-2025", "1200"]).unwrap_err().starts_with("table `targets`, row 1, column `period`"));
    assert!(read(["a", "2025-Q1", "0.1234567"]).unwrap_err().starts_with("table `targets`, row 1, column `amount`"));
    assert!(program.read_table("none", &[], &[]).is_err());
}

#[test]
fn the_next_step_is_told_in_money() {
    let world = World::new();
    let next = world.explain("marginal", "a").next.unwrap();
    assert_eq!((next.at.to_string(), next.missing.to_string()), ("5000".into(), "3665.875".into()));
    // 500 × 1.25 % + 4,500 × 2.75 % = 130
    assert_eq!(next.earns.to_string(), "130.00 USD");
    let next = world.explain("apart", "a").next.unwrap();
    assert_eq!((next.missing.to_string(), next.earns.to_string()), ("2".into(), "99.00 USD".into()));
}

/// Every scalar of a JSON tree, by path.
fn leaves(value: &Value, path: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(entries) => {
            entries.iter().for_each(|(key, value)| leaves(value, &format!("{path}/{key}"), found));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, item)| leaves(item, &format!("{path}/{at}"), found));
        }
        Value::Null => {}
        _ => found.push(path.to_owned()),
    }
}

/// The same scalar, slightly different: a last digit changed, a letter replaced.
fn altered(value: &Value) -> Value {
    match value {
        Value::Number(number) => Value::from(number.as_i64().unwrap() + 1),
        Value::String(text) => {
            let change = |c: char| {
                if c == '7' {
                    '8'
                } else if c.is_ascii_digit() {
                    '7'
                } else if c == 'x' {
                    'y'
                } else {
                    'x'
                }
            };
            let mut changed: Vec<char> = text.chars().collect();
            let digit = changed.iter().rposition(char::is_ascii_digit);
            let at = digit.or_else(|| changed.iter().rposition(|c| c.is_alphabetic())).unwrap();
            changed[at] = change(changed[at]);
            Value::from(changed.into_iter().collect::<String>())
        }
        other => panic!("{other}"),
    }
}

#[test]
fn no_number_can_be_changed_unseen() {
    let world = World::new();
    let (mut tried, mut unreadable) = (0, 0);
    for rebate in world.program.rebates() {
        for partner in world.partners.keys() {
            let explanation = world.explain(rebate.name.as_str(), partner.as_str());
            let honest = verify(&explanation, world.basis(), &world.partners[partner]);
            assert_eq!(honest, Ok(Verified::Whole));
            let tree = serde_json::to_value(&explanation).unwrap();
            let mut paths = Vec::new();
            leaves(&tree, "", &mut paths);
            for path in paths {
                let mut forged = tree.clone();
                let leaf = forged.pointer_mut(&path).unwrap();
                *leaf = altered(leaf);
                tried += 1;
                let Ok(forged) = serde_json::from_value::<Explanation>(forged) else {
                    unreadable += 1;
                    continue;
                };
                let verdict = verify(&forged, world.basis(), &world.partners[partner]);
                assert!(verdict.is_err(), "{} of {}: {path} was changed unseen", rebate.name, partner);
            }
        }
    }
    assert!(tried > 1000 && unreadable < tried / 2, "{tried} tried, {unreadable} could not even be read");
}

#[test]
fn the_first_differing_field_is_named() {
    let world = World::new();
    let verdict = |change: &dyn Fn(&mut Explanation)| {
        let mut explanation = world.explain("marginal", "a");
        change(&mut explanation);
        match verify(&explanation, world.basis(), &world.partners["a"]) {
            Err(Mismatch::Field { field, stated, recomputed }) => (field, stated, recomputed),
            other => panic!("{other:?}"),
        }
    };
    let (field, stated, recomputed) = verdict(&|explanation| explanation.steps[1].gives = "23".parse().unwrap());
    assert_eq!((field.as_str(), stated.as_str(), recomputed.as_str()), ("steps[1].gives", "\"23\"", "\"22.9384375\""));
    assert_eq!(verdict(&|explanation| explanation.measure.parts[0].lines = 2).0, "measure.parts[0].lines");
    assert_eq!(verdict(&|explanation| explanation.steps.truncate(1)).0, "steps[1]");
    assert_eq!(verdict(&|explanation| explanation.next = None).0, "next");
    assert_eq!(verdict(&|explanation| explanation.program.digest = "0".repeat(64)).0, "program.digest");
}

#[test]
fn without_the_sums_only_the_arithmetic_is_checked_and_that_is_said() {
    let world = World::new();
    for rebate in world.program.rebates() {
        let explanation = world.explain(rebate.name.as_str(), "a");
        assert_eq!(verify_arithmetic(&explanation), Ok(Verified::ArithmeticOnly), "{}", rebate.name);
        // … also after a round trip through text.
        let text = serde_json::to_string(&explanation).unwrap();
        let read: Explanation = serde_json::from_str(&text).unwrap();
        assert_eq!(read, explanation);
        assert_eq!(verify_arithmetic(&read), Ok(Verified::ArithmeticOnly), "{}", rebate.name);
    }
    let mut forged = world.explain("line", "a");
    forged.steps[0].gives = "37.7".parse().unwrap();
    assert!(matches!(verify_arithmetic(&forged), Err(Mismatch::Field { field, .. }) if field == "steps[0].gives"));
    // Numbers that follow from one another but are not the partner's pass here, and only here.
    let mut forged = world.explain("west", "a");
    forged.measure.parts[0].lines += 1;
    assert_eq!(verify_arithmetic(&forged), Ok(Verified::ArithmeticOnly));
    assert!(verify(&forged, world.basis(), &world.partners["a"]).is_err());
}

#[test]
fn questions_without_an_answer_are_errors() {
    let world = World::new();
    let ask = |incentive: &str, period: &FiscalPeriod, tables: &Tables| {
        explain(Basis::new(&world.program, &world.partials, tables), incentive, &world.partners["a"], period)
    };
    let quarter = world.period("marginal");
    assert!(matches!(ask("none", &quarter, &world.tables), Err(ExplainError::UnknownIncentive { .. })));
    assert!(matches!(ask("goods", &quarter, &world.tables), Err(ExplainError::WrongPeriod { .. })));
    let missing = ask("target", &quarter, &Tables::new());
    assert!(matches!(missing, Err(ExplainError::Table(TableError::NotGiven { .. }))));
    let other = Program::read(&PROGRAM.replace("currency: USD", "currency: EUR")).unwrap();
    let foreign =
        explain(Basis::new(&other, &world.partials, &world.tables), "marginal", &world.partners["a"], &quarter);
    assert!(matches!(foreign, Err(ExplainError::OtherPlan { .. })));
}

#[test]
fn an_explanation_reads_well() {
    let world = World::new();
    let texts =
        ["marginal", "capped", "line", "goods", "target", "apart"].map(|name| world.explain(name, "a").to_string());
    insta::assert_snapshot!(texts.join("\n"));
}

#[test]
fn a_statement_lists_what_was_sold_and_sums_it_up() {
    let world = World::new();
    let year = world.program.calendar().parse_label("2025").unwrap().period;
    let of = |id: &str| Statement::new(world.basis(), &world.partners[id], year).unwrap();
    let statement = of("a");
    // Ten quarterly incentives in the one quarter that has sales, and the yearly one.
    assert_eq!(statement.entries.len(), 11);
    // 29.19 + 29.19 + 20 + 250 + 37.69 + 22.50 + 26.68 + 33.35 + 40.02 + 13.34
    assert_eq!(statement.totals().unwrap()[0].to_string(), "501.96 USD");
    assert!(of("b").entries.iter().all(|entry| entry.incentive.as_str() != "west"), "b is excepted");
    assert!(of("c").entries.is_empty() && of("c").is_empty());
}

#[cfg(feature = "render")]
#[test]
fn pages_stand_alone_and_carry_no_markup_from_names() {
    use prm_core::incentive::render::Pages;
    let world = World::new();
    let pages = Pages::new().unwrap();
    let year = world.program.calendar().parse_label("2025").unwrap().period;
    let statement = Statement::new(world.basis(), &world.partners["a"], year).unwrap();
    let page = pages.statement(&statement).unwrap();
    assert!(page.contains("Partner a &amp; Co &lt;i&gt;") && !page.contains("<i>"));
    assert!(!page.contains("http") && !page.contains("<script"), "nothing is fetched from elsewhere");
    assert!(page.contains("501.96 USD") && page.contains("1,334.125"));
    insta::assert_snapshot!(pages.explanation(&world.explain("marginal", "a")).unwrap());
}
