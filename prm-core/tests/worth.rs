//! What another tier would be worth: by hand, against the tier itself held, and where nothing can be said.
#![cfg(feature = "program")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on must stop")]

use std::collections::BTreeMap;

use chrono::NaiveDate;
use prm_core::id::PartnerId;
use prm_core::incentive::budget::Budgets;
use prm_core::incentive::explain::{Basis, ExplainError};
use prm_core::incentive::fold::{Facts, Fold};
use prm_core::incentive::line::{BatchKey, LineKey, LineKind, SaleLine};
use prm_core::incentive::partial::Partials;
use prm_core::incentive::statement::Statement;
use prm_core::incentive::worth::{Worth, WorthError, stakes, worth};
use prm_core::partner::Partner;
use prm_core::period::Period;
use prm_core::program::Program;
use prm_core::program::tables::Tables;
use prm_core::tier::TierHistory;

const HEAD: &str = "
format: 1
program: Worth
version: '1'
effective: { from: 2025-01-01, until: 2026-01-01 }
currency: USD
tiers:
  levels:
    - { name: silver, benefits: { discount: 5 %, badge: yes } }
    - { name: gold, requires: { metric: net_revenue, over: fiscal year, at_least: 100000 }, benefits: { discount: 8 %, funds: yes } }
incentives:
";
const ALL: &str = "  all: { kind: rebate, measure: { of: net_revenue }, every: quarter, schedule: { shape: marginal, bands: [{ from: 0, rate: 1 % }] } }\n";
const GOLD_BONUS: &str = "  gold_bonus: { kind: rebate, for: { tier: gold }, measure: { of: net_revenue }, every: quarter, schedule: { shape: whole_volume, bands: [{ from: 0, rate: 2.5 % }] } }\n";
const GOLD_DAYS: &str = "  gold_days: { kind: rebate, for: { tier: { in: gold, at: sale_date } }, measure: { of: net_revenue }, every: quarter, schedule: { shape: marginal, bands: [{ from: 0, rate: 4 % }] } }\n";
const SILVER_BONUS: &str = "  silver_bonus: { kind: rebate, for: { tier: silver }, measure: { of: net_revenue }, every: quarter, schedule: { shape: marginal, bands: [{ from: 0, rate: 1 % }] } }\n";

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn days(from: &str, until: &str) -> Period {
    Period::new(day(from), day(until)).unwrap()
}

fn second_quarter() -> Period {
    days("2025-04-01", "2025-07-01")
}

struct Case {
    program: Program,
    partners: BTreeMap<PartnerId, Partner>,
    tables: Tables,
    sums: Partials,
}

/// A program of these incentives, and sales as `partner day net`.
fn case(incentives: &[&str], sales: &[(&str, &str, &str)]) -> Case {
    let text = format!("{HEAD}{}", incentives.concat());
    let program = Program::read(&text).unwrap_or_else(|findings| panic!("{findings}"));
    let partners = ["p1", "p2"].map(|id| (id.parse().unwrap(), Partner::new(id.parse().unwrap(), id))).into();
    let key = BatchKey::new("erp".parse().unwrap(), "b".parse().unwrap());
    let mut fold = Fold::new(&program, Facts::new(&partners), key).unwrap();
    for (number, (buyer, on, net)) in sales.iter().enumerate() {
        let key = LineKey { document: format!("D{number}").parse().unwrap(), line: None };
        let mut line = SaleLine::new(key, LineKind::Sale, "s".parse().unwrap(), "USD".parse().unwrap());
        line.buyer = Some(buyer.parse().unwrap());
        line.dates.invoice = Some(day(on));
        line.amounts.net = Some(net.parse().unwrap());
        fold.add(&line).unwrap();
    }
    let sums = fold.finish().unwrap().partials;
    Case { program, partners, tables: Tables::new(), sums }
}

/// Tiers as `partner day tier`.
fn held(changes: &[(&str, &str, &str)]) -> TierHistory {
    let mut history: BTreeMap<&str, Vec<serde_json::Value>> = BTreeMap::new();
    for (partner, on, tier) in changes {
        history.entry(partner).or_default().push(serde_json::json!({
            "on": on, "tier": tier, "earned": tier, "before": null, "because": {"name": "promoted"}
        }));
    }
    serde_json::from_value(serde_json::json!(history)).unwrap()
}

impl Case {
    fn worth(&self, tiers: &TierHistory, tier: &str, as_of: &str, covers: Period) -> Result<Worth, WorthError> {
        let basis = Basis::new(&self.program, &self.sums, &self.tables).tiers(tiers);
        let budgets = Budgets::of(basis, &self.partners, covers)?;
        worth(basis.budgets(&budgets), &self.partners["p1"], &tier.parse().unwrap(), day(as_of), covers)
    }

    /// What `p1` earns by a history.
    fn earns(&self, tiers: &TierHistory, covers: Period) -> i64 {
        let basis = Basis::new(&self.program, &self.sums, &self.tables).tiers(tiers);
        let budgets = Budgets::of(basis, &self.partners, covers).unwrap();
        let statement = Statement::new(basis.budgets(&budgets), &self.partners["p1"], covers).unwrap();
        statement.totals().unwrap().first().map_or(0, |total| total.minor())
    }
}

const SALES: [(&str, &str, &str); 3] =
    [("p1", "2025-02-10", "7000"), ("p1", "2025-04-10", "30000"), ("p1", "2025-05-20", "20000")];

fn totals(worth: &Worth) -> Vec<String> {
    worth.totals.iter().map(ToString::to_string).collect()
}

#[test]
fn the_next_tier_by_hand() {
    let case = case(&[ALL, GOLD_BONUS, SILVER_BONUS, GOLD_DAYS], &SALES);
    let silver = held(&[("p1", "2025-01-01", "silver")]);
    let gold = case.worth(&silver, "gold", "2025-06-30", second_quarter()).unwrap();
    // 2.5 % of 50,000 and 4 % of 50,000 more, 1 % of 50,000 for silver partners less.
    assert_eq!(totals(&gold), ["2750.00 USD"]);
    assert_eq!(gold.instead_of.as_ref().unwrap().as_str(), "silver");
    assert_eq!(
        gold.to_string(),
        "gold would have been worth 2,750.00 USD more in 2025-Q2\n\
         gold_bonus, 2025-Q2: 1250.00 USD instead of 0.00 USD; now not for tier silver, held on 2025-06-30\n\
         silver_bonus, 2025-Q2: 0.00 USD instead of 500.00 USD; then not for tier gold, held on 2025-06-30\n\
         gold_days, 2025-Q2: 2000.00 USD instead of 0.00 USD; now nothing was sold; 50000 would count instead of 0\n\
         badge: not granted instead of yes\ndiscount: 8 % instead of 5 %\nfunds: yes instead of not granted"
    );
    // A day earlier the quarter still runs.
    let running = case.worth(&silver, "gold", "2025-06-29", second_quarter()).unwrap();
    assert!(running.to_string().starts_with("gold would be worth 2,750.00 USD more in 2025-Q2\n"));
}

#[test]
fn days_on_which_it_was_held_stay() {
    let case = case(&[ALL, GOLD_BONUS, GOLD_DAYS], &SALES);
    let risen = held(&[("p1", "2025-01-01", "silver"), ("p1", "2025-05-01", "gold")]);
    // Held since May, it would have paid for April too: 4 % of 30,000.
    let gold = case.worth(&risen, "gold", "2025-06-30", second_quarter()).unwrap();
    assert_eq!(totals(&gold), ["1200.00 USD"]);
    // And its loss would cost 2.5 % of 50,000 and 4 % of 20,000.
    let silver = case.worth(&risen, "silver", "2025-06-30", second_quarter()).unwrap();
    assert_eq!(totals(&silver), ["-2050.00 USD"]);
    assert!(silver.to_string().starts_with("silver would have been worth 2,050.00 USD less in 2025-Q2\n"));
    // Who fell has nothing to lose by days on which it stood lower still.
    let fallen = held(&[("p1", "2025-01-01", "gold"), ("p1", "2025-05-01", "silver")]);
    assert_eq!(totals(&case.worth(&fallen, "gold", "2025-06-30", second_quarter()).unwrap()), ["2050.00 USD"]);
}

#[test]
fn it_is_what_the_tier_would_earn() {
    let incentives = [ALL, GOLD_BONUS, SILVER_BONUS, GOLD_DAYS];
    let stacked = "stacking: [{ order: [gold_bonus, all], how: best_of }]\n";
    let budget = GOLD_BONUS
        .replace("every: quarter", "every: quarter, budget: { payout: 1000 }")
        .replace("gold_bonus", "gold_capped");
    let sales = [&SALES[..], &[("p2", "2025-04-01", "30000")]].concat();
    let (silver, gold) = (held(&[("p1", "2025-01-01", "silver"), ("p2", "2025-01-01", "gold")]), "2025-01-01");
    let gold = held(&[("p1", gold, "gold"), ("p2", gold, "gold")]);
    for more in ["", stacked, budget.as_str()] {
        let mut parts = incentives.to_vec();
        parts.push(more);
        let case = case(&parts, &sales);
        for covers in [second_quarter(), days("2025-01-01", "2025-07-01"), days("2025-01-01", "2026-01-01")] {
            let worth = case.worth(&silver, "gold", "2025-06-30", covers).unwrap();
            let total = worth.totals.first().map_or(0, |total| total.minor());
            assert_eq!(total, case.earns(&gold, covers) - case.earns(&silver, covers), "{more}: {covers}");
        }
    }
}

#[test]
fn a_budget_is_shared_with_one_more() {
    let budget = GOLD_BONUS.replace("every: quarter", "every: quarter, budget: { payout: 1000 }");
    let sales = [&SALES[..], &[("p2", "2025-04-01", "30000")]].concat();
    let case = case(&[&budget], &sales);
    let tiers = held(&[("p1", "2025-01-01", "silver"), ("p2", "2025-01-01", "gold")]);
    // 1,250 of 1,250 + 750 that both would claim: five eighths of 1,000.
    assert_eq!(totals(&case.worth(&tiers, "gold", "2025-06-30", second_quarter()).unwrap()), ["625.00 USD"]);
}

#[test]
fn who_is_in_no_tier_gains_nothing_by_one() {
    let case = case(&[ALL, GOLD_BONUS], &SALES);
    let late = held(&[("p1", "2025-08-01", "silver")]);
    let gold = case.worth(&late, "gold", "2025-06-30", second_quarter()).unwrap();
    assert_eq!((gold.instead_of.as_ref(), gold.incentives.len(), gold.benefits.len()), (None, 0, 0));
    assert_eq!(gold.to_string(), "gold would be worth nothing in 2025-04-01..2025-07-01");
}

#[test]
fn what_a_standing_has_to_gain_and_to_lose() {
    let case = case(&[ALL, GOLD_BONUS], &[("p1", "2025-04-10", "100000")]);
    let mut partners = case.partners.clone();
    partners.values_mut().for_each(|partner| partner.joined = Some(day("2025-01-01")));
    let standings = prm_core::tier::Basis::new(&case.program, &case.sums, &partners).unwrap();
    let p1 = &partners["p1"];
    let changes = prm_core::tier::standing::advance(&standings, p1, &[], day("2025-07-01")).unwrap();
    let standing = prm_core::tier::standing::standing(&standings, p1, &changes, day("2025-06-30")).unwrap();
    let tiers: TierHistory = [(p1.id.clone(), changes)].into_iter().collect();
    let basis = Basis::new(&case.program, &case.sums, &case.tables).tiers(&tiers);
    let stakes = stakes(basis, p1, &standing, second_quarter()).unwrap();
    assert_eq!(stakes.next, None);
    let fall = stakes.fall.unwrap();
    assert_eq!((fall.tier.as_str(), totals(&fall)), ("silver", vec!["-2500.00 USD".to_owned()]));
    let text = serde_json::to_string(&fall).unwrap();
    assert_eq!(serde_json::from_str::<Worth>(&text).unwrap(), fall);
}

#[test]
fn refusals() {
    let case = case(&[GOLD_BONUS], &SALES);
    let tiers = held(&[("p1", "2025-01-01", "silver")]);
    let refused = case.worth(&tiers, "platinum", "2025-06-30", second_quarter());
    assert_eq!(refused, Err(WorthError::UnknownTier { tier: "platinum".parse().unwrap() }));
    let p1 = &case.partners["p1"];
    let asked = |basis: Basis<'_>| worth(basis, p1, &"gold".parse().unwrap(), day("2025-06-30"), second_quarter());
    let untold = asked(Basis::new(&case.program, &case.sums, &case.tables));
    assert_eq!(untold, Err(WorthError::Explain(ExplainError::NeedsTiers)));
    let other = Partials::empty("other", 6);
    let refused = asked(Basis::new(&case.program, &other, &case.tables).tiers(&tiers));
    assert!(matches!(refused, Err(WorthError::Explain(ExplainError::OtherPlan { .. }))));
}
