//! What is due now against what was posted: entries, their differences, and the settlement they make.
#![cfg(feature = "program")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on must stop")]

use std::collections::BTreeMap;

use prm_core::actor::{Actor, PartnerRole, VendorRole};
use prm_core::id::PartnerId;
use prm_core::incentive::explain::Basis;
use prm_core::incentive::fold::{Facts, Fold};
use prm_core::incentive::line::{BatchKey, LineKey, LineKind, SaleLine};
use prm_core::incentive::partial::Partials;
use prm_core::incentive::paying::Paying;
use prm_core::incentive::rebate::Payout;
use prm_core::incentive::settlement::{DueError, Entry, EntryKey, Posted, Settlement, SettlementError, Totals, due};
use prm_core::lifecycle::{Access, Context, Intent, Lifecycle, replay};
use prm_core::money::Money;
use prm_core::partner::Partner;
use prm_core::period::Period;
use prm_core::program::Program;
use prm_core::program::tables::Tables;

const PROGRAM: &str = "
format: 1
program: Settled
version: '1'
effective: { from: 2025-01-01, until: 2026-01-01 }
currency: USD
incentives:
  flat: { kind: rebate, measure: { of: net_revenue }, every: quarter, cap: { payout: 5000 }, schedule: { shape: marginal, bands: [{ from: 0, rate: 10 % }] } }
";

struct Case {
    program: Program,
    partners: BTreeMap<PartnerId, Partner>,
    tables: Tables,
}

fn case() -> Case {
    let partners = ["a", "b"].map(|id| (id.parse().unwrap(), Partner::new(id.parse().unwrap(), id)));
    Case { program: Program::read(PROGRAM).unwrap(), partners: partners.into(), tables: Tables::new() }
}

fn year() -> Period {
    Period::new("2025-01-01".parse().unwrap(), "2026-01-01".parse().unwrap()).unwrap()
}

impl Case {
    fn sold(&self, sales: &[(&str, &str, &str)]) -> Partials {
        let key = BatchKey::new("erp".parse().unwrap(), "b".parse().unwrap());
        let mut fold = Fold::new(&self.program, Facts::new(&self.partners), key).unwrap();
        for (number, (buyer, day, net)) in sales.iter().enumerate() {
            let key = LineKey { document: format!("D{number}").parse().unwrap(), line: None };
            let mut line = SaleLine::new(key, LineKind::Sale, "s".parse().unwrap(), "USD".parse().unwrap());
            line.buyer = Some(buyer.parse().unwrap());
            line.dates.invoice = Some(day.parse().unwrap());
            line.amounts.net = Some(net.parse().unwrap());
            fold.add(&line).unwrap();
        }
        fold.finish().unwrap().partials
    }

    fn due(&self, sums: &Partials, posted: &BTreeMap<EntryKey, Posted>) -> Result<Vec<Entry>, DueError> {
        due(
            Basis::new(&self.program, sums, &self.tables),
            &self.partners,
            year(),
            posted,
            Paying::new(&[], year().until()),
        )
    }
}

fn posted(entries: &[Entry]) -> BTreeMap<EntryKey, Posted> {
    entries.iter().map(|entry| (entry.key(), entry.posted())).collect()
}

fn money(amount: &str, currency: &str) -> Payout {
    Payout::Money(Money::parse(amount, currency).unwrap())
}

fn told(entry: &Entry) -> Vec<String> {
    entry.differences().unwrap().iter().map(ToString::to_string).collect()
}

#[test]
fn only_what_is_new_becomes_an_entry() {
    let case = case();
    let first =
        case.due(&case.sold(&[("a", "2025-02-01", "100"), ("b", "2025-02-01", "0")]), &BTreeMap::new()).unwrap();
    // What is nothing is said once too, so that the partner sees why.
    let said: Vec<_> = first.iter().map(|entry| (entry.key().to_string(), told(entry))).collect();
    assert_eq!(said, [("a/flat/2025-Q1".to_owned(), vec!["10.00 USD".to_owned()]), ("b/flat/2025-Q1".into(), vec![])]);
    let known = posted(&first);
    let same = case.due(&case.sold(&[("a", "2025-03-01", "100"), ("b", "2025-02-01", "0")]), &known).unwrap();
    assert_eq!(same, [], "other lines that come to the same");
    let more = case.due(&case.sold(&[("a", "2025-02-01", "130"), ("b", "2025-02-01", "0")]), &known).unwrap();
    assert_eq!(more.len(), 1);
    assert!(more[0].is_adjustment());
    assert_eq!(told(&more[0]), ["3.00 USD"]);
    // Lines that are gone take it all back.
    let gone = case.due(&case.sold(&[]), &known).unwrap();
    assert_eq!(gone.iter().map(told).collect::<Vec<_>>(), [vec!["-10.00 USD".to_owned()]]);
}

#[test]
fn another_currency_is_two_differences() {
    let case = case();
    let entry = case.due(&case.sold(&[("a", "2025-02-01", "100")]), &BTreeMap::new()).unwrap().remove(0);
    let before = |payout| Entry::new(entry.explanation.clone(), Some(payout));
    assert_eq!(told(&before(money("4.00", "EUR"))), ["-4.00 EUR", "10.00 USD"]);
    assert_eq!(told(&before(Payout::Goods(3))), ["10.00 USD"]);
    assert_eq!(told(&before(money("10.00", "USD"))), Vec::<String>::new());
    let far = before(money("-92233720368547758.08", "USD"));
    assert!(far.differences().is_err(), "beyond what fits");
}

#[test]
fn what_cannot_be_said_is_said_for_whom() {
    let mut case = case();
    let sums = case.sold(&[("a", "2025-02-01", "100"), ("b", "2025-02-01", "100")]);
    case.partners.remove("b");
    let missing = case.due(&sums, &BTreeMap::new());
    assert_eq!(missing, Err(DueError::PartnerNotGiven { partner: "b".parse().unwrap() }));
    let key = EntryKey { partner: "a".parse().unwrap(), incentive: "gone".parse().unwrap(), period: "2025-Q1".into() };
    let unknown = case.due(&case.sold(&[]), &BTreeMap::from([(key, money("1", "USD").into())])).unwrap_err();
    assert_eq!(
        unknown.to_string(),
        "for 1 partners nothing can be said, the first is `a`: the program has no incentive `gone`"
    );
}

#[test]
fn a_settlement_is_its_one_event() {
    let case = case();
    let entries = case.due(&case.sold(&[("a", "2025-02-01", "100")]), &BTreeMap::new()).unwrap();
    let totals = Totals::of(case.program.identity().clone(), year(), &entries).unwrap();
    let by = Actor::Vendor { person: "f".parse().unwrap(), role: VendorRole::Finance };
    let at = "2026-01-20T12:00:00Z".parse().unwrap();
    let context = Context { at, received_at: at, by: &by, given: &(), found: &() };
    let event = Settlement::open(&totals, &context).unwrap();
    let settlement: Settlement = replay(std::slice::from_ref(&event)).unwrap();
    assert_eq!((settlement.statements, settlement.entries, settlement.stage()), (1, 1, "posted"));
    assert_eq!(settlement.clone().evolve(&event), settlement);
    let nothing = Totals::of(case.program.identity().clone(), year(), &[]).unwrap();
    assert_eq!(Settlement::open(&nothing, &context), Err(SettlementError::NothingNew));
    let partner =
        Actor::Partner { partner: "a".parse().unwrap(), person: "x".parse().unwrap(), role: PartnerRole::Manager };
    let auditor = Actor::Vendor { person: "g".parse().unwrap(), role: VendorRole::Auditor };
    assert_eq!(Settlement::may(Some(&settlement), &partner, Intent::Read), Access::Hidden);
    assert_eq!(Settlement::may(Some(&settlement), &auditor, Intent::Read), Access::Allowed);
    assert_eq!(Settlement::may(None, &auditor, Intent::Open(&totals)), Access::Denied);
    assert_eq!(Settlement::may(None, &by, Intent::Open(&totals)), Access::Allowed);
}
