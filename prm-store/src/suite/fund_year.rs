//! The year of a fund: what accrues by sales, what two persons give, what becomes of what nobody was granted.

use std::collections::BTreeMap;
use std::sync::Arc;

use prm_core::actor::{Actor, VendorRole};
use prm_core::calendar::Every;
use prm_core::id::{Name, PartnerId};
use prm_core::incentive::mdf::allocation::{AllocationCommand, AllocationError, AllocationForm, MdfAllocation};
use prm_core::incentive::mdf::{FundPartner, Movement, MovementKind, Pot};
use prm_core::money::Money;
use prm_core::period::FiscalPeriod;

use super::people::{at, checker, writer};
use super::shop::{Shop, back, day, sale, sent, to, year};
use super::{Fixture, declare};
use crate::{Action, ExecuteError, FundYearError, Meta, Posted, Tenant};

declare! {
    sales_fill_a_fund_once
    what_returns_take_back_is_made_up_for_later
    a_budget_is_shared_in_proportion
    two_persons_give_within_the_budget
    allocations_at_once_never_pass_the_budget
    what_nobody_was_granted_lapses_or_goes_on
    who_may_not_and_what_is_missing_is_told
    tiers_fill_a_fund_and_what_was_given_stands
}

/// 2 % of what is sold, a quarter at a time; half of what is left goes on into the next year.
const FUND: &str = "
mdf:
  coop:
    every: year
    budget: 1000
    request: { share: 50 %, approvers: [marketing] }
    claim: { within: 60 days, approvers: [finance] }
    year_end: { share: 50 % }
incentives:
  accrual:
    kind: mdf
    fund: coop
    accrues: { rate: 2 %, of: net_revenue, every: quarter }
";

fn shop() -> Shop {
    Shop::with(&[("\nincentives:\n", FUND)])
}

fn usd(minor: i64) -> Money {
    Money::from_minor(minor, "USD".parse().unwrap())
}

fn partners(shop: &Shop) -> BTreeMap<PartnerId, FundPartner> {
    shop.partners.iter().map(|(id, partner)| (id.clone(), FundPartner::new(partner.clone()))).collect()
}

fn year_of(shop: &Shop) -> FiscalPeriod {
    shop.program.calendar().period_of(day("2025-01-01"), Every::Year).unwrap()
}

fn pot(shop: &Shop, partner: &str) -> Pot {
    let fund = shop.program.fund("coop").unwrap();
    fund.pot(&shop.program, day("2025-03-01"), None, &partner.parse().unwrap()).unwrap()
}

async fn accrue(tenant: &Tenant, shop: &Shop) -> Vec<(String, String, i64)> {
    let accrued = tenant.accrue_funds(&shop.program, &partners(shop), year(), &checker()).await.unwrap();
    accrued.iter().map(|of| (of.period.to_string(), of.partner.to_string(), of.stands.minor())).collect()
}

/// Allocated, available, reserved and owed of each pot, in order.
async fn stands(tenant: &Tenant) -> Vec<(String, [i64; 4])> {
    let pots = tenant.pots(None, &Actor::Host).await.unwrap();
    let told = pots.iter().map(|pot| {
        let of = &pot.balances;
        (pot.pot.to_string(), [of.allocated, of.available, of.reserved, of.owed].map(Money::minor))
    });
    told.collect()
}

fn told<const N: usize>(expected: [(&str, [i64; 4]); N]) -> Vec<(String, [i64; 4])> {
    expected.into_iter().map(|(pot, of)| (pot.to_owned(), of)).collect()
}

async fn opened(database: &Fixture, shop: &Shop) -> Tenant {
    let tenant = database.store().await.tenant("acme");
    shop.open(&tenant).await;
    tenant
}

async fn sales_fill_a_fund_once(database: Arc<Fixture>) {
    let shop = shop();
    let tenant = opened(&database, &shop).await;
    let lines = [sale("SO1/1", "1000", "2025-02-10"), to("p2", sale("SO1/2", "500", "2025-05-10"))];
    shop.receive(&tenant, &sent("b1", lines)).await;
    let expected = vec![("2025-Q1".into(), "p1".into(), 2_000), ("2025-Q2".into(), "p2".into(), 1_000)];
    assert_eq!(accrue(&tenant, &shop).await, expected);
    let first = told([("coop/2025/p1", [2_000, 2_000, 0, 0]), ("coop/2025/p2", [1_000, 1_000, 0, 0])]);
    assert_eq!(stands(&tenant).await, first);
    // Again nothing moves, and more sales bring what they differ by.
    accrue(&tenant, &shop).await;
    let moved = tenant.movements(&pot(&shop, "p1"), &Actor::Host).await.unwrap();
    assert_eq!((stands(&tenant).await, moved.len()), (first, 1));
    shop.receive(&tenant, &sent("b2", [sale("SO2/1", "100", "2025-03-10")])).await;
    accrue(&tenant, &shop).await;
    assert_eq!(stands(&tenant).await[0].1, [2_200, 2_200, 0, 0]);
}

async fn what_returns_take_back_is_made_up_for_later(database: Arc<Fixture>) {
    let shop = shop();
    let tenant = opened(&database, &shop).await;
    shop.receive(&tenant, &sent("b1", [sale("SO1/1", "1000", "2025-02-10")])).await;
    accrue(&tenant, &shop).await;
    // All but 5.00 goes elsewhere, before goods for 600 come back.
    let (kind, pot) = (MovementKind::Lapse, pot(&shop, "p1"));
    let lapse = Movement { kind, pot, amount: usd(1_500) };
    assert_eq!(tenant.move_fund(&lapse, "test", &Actor::Host).await.unwrap(), Posted::Now);
    shop.receive(&tenant, &sent("b2", [back("CN1/1", "SO1/1", "-600", "2025-05-02")])).await;
    accrue(&tenant, &shop).await;
    assert_eq!(stands(&tenant).await, told([("coop/2025/p1", [800, 0, 0, 700])]));
    // The next 10.00 make up for 7.00 of it first.
    shop.receive(&tenant, &sent("b3", [sale("SO3/1", "500", "2025-08-10")])).await;
    accrue(&tenant, &shop).await;
    assert_eq!(stands(&tenant).await, told([("coop/2025/p1", [1_800, 300, 0, 0])]));
}

async fn a_budget_is_shared_in_proportion(database: Arc<Fixture>) {
    let shop = shop();
    let tenant = opened(&database, &shop).await;
    // 800.00 and 400.00 would accrue, 1,000.00 is there.
    let lines = [sale("SO1/1", "40000", "2025-02-10"), to("p2", sale("SO1/2", "20000", "2025-02-10"))];
    shop.receive(&tenant, &sent("b1", lines)).await;
    accrue(&tenant, &shop).await;
    let full = told([("coop/2025/p1", [66_666, 66_666, 0, 0]), ("coop/2025/p2", [33_333, 33_333, 0, 0])]);
    assert_eq!(stands(&tenant).await, full);
    // What comes back of one is there for the other.
    shop.receive(&tenant, &sent("b2", [back("CN1/1", "SO1/1", "-40000", "2025-03-02")])).await;
    accrue(&tenant, &shop).await;
    assert_eq!(stands(&tenant).await[1], ("coop/2025/p2".to_owned(), [40_000, 40_000, 0, 0]));
}

fn form(partner: &str, minor: i64) -> AllocationForm {
    let fund: Name = "coop".parse().unwrap();
    AllocationForm::new(fund, "2025", Some(partner.parse().unwrap()), usd(minor), "launch")
}

async fn asked(tenant: &Tenant, shop: &Shop, id: &str, minor: i64) {
    let given = Arc::new(shop.program.clone());
    let meta = Meta::new(writer(), at(10));
    tenant.execute(id, Action::<MdfAllocation>::Open(form("p1", minor)), &given, &meta).await.unwrap();
}

async fn approved(
    tenant: &Tenant,
    program: prm_core::program::Program,
    id: &str,
    by: Actor,
) -> Result<(), ExecuteError<AllocationError>> {
    let (given, meta) = (Arc::new(program), Meta::new(by, at(11)));
    let approve = Action::<MdfAllocation>::Command(AllocationCommand::Approve);
    tenant.execute(id, approve, &given, &meta).await.map(drop)
}

async fn two_persons_give_within_the_budget(database: Arc<Fixture>) {
    let shop = shop();
    let tenant = opened(&database, &shop).await;
    asked(&tenant, &shop, "a-1", 60_000).await;
    asked(&tenant, &shop, "a-2", 60_000).await;
    assert_eq!(stands(&tenant).await, []);
    let alone = approved(&tenant, shop.program.clone(), "a-1", writer()).await.unwrap_err();
    assert!(matches!(alone, ExecuteError::Refused(AllocationError::SamePerson)), "{alone}");
    approved(&tenant, shop.program.clone(), "a-1", checker()).await.unwrap();
    assert_eq!(stands(&tenant).await, told([("coop/2025/p1", [60_000, 60_000, 0, 0])]));
    let over = approved(&tenant, shop.program.clone(), "a-2", checker()).await.unwrap_err();
    assert!(matches!(over, ExecuteError::Refused(AllocationError::OverBudget { .. })), "{over}");
    assert_eq!(stands(&tenant).await, told([("coop/2025/p1", [60_000, 60_000, 0, 0])]));
}

async fn allocations_at_once_never_pass_the_budget(database: Arc<Fixture>) {
    let shop = shop();
    let tenant = opened(&database, &shop).await;
    for number in 0..16 {
        asked(&tenant, &shop, &format!("a-{number}"), 9_000).await;
    }
    let runs = (0..16).map(|number| {
        let (tenant, program) = (tenant.clone(), shop.program.clone());
        tokio::spawn(async move { approved(&tenant, program, &format!("a-{number}"), checker()).await.is_ok() })
    });
    let mut given = 0;
    for run in runs.collect::<Vec<_>>() {
        given += i64::from(run.await.unwrap());
    }
    assert_eq!(given, 11);
    assert_eq!(stands(&tenant).await[0].1, [99_000, 99_000, 0, 0]);
}

async fn what_nobody_was_granted_lapses_or_goes_on(database: Arc<Fixture>) {
    let shop = shop();
    let tenant = opened(&database, &shop).await;
    shop.receive(&tenant, &sent("b1", [sale("SO1/1", "1001", "2025-02-10")])).await;
    accrue(&tenant, &shop).await;
    let ends = |on: &str| day(on).and_hms_opt(0, 0, 0).unwrap().and_utc();
    let year = year_of(&shop);
    let end = async |on: &str| tenant.end_fund(&shop.program, ("coop", &year), &checker(), ends(on)).await;
    let early = end("2025-12-31").await.unwrap_err();
    assert!(matches!(early, FundYearError::NotOver { .. }), "{early}");
    // 20.02: half goes on, half lapses; asked again there is nothing to be done.
    assert_eq!(end("2026-01-01").await.unwrap().len(), 3);
    let after = told([("coop/2025/p1", [2_002, 0, 0, 0]), ("coop/2026/p1", [1_001, 1_001, 0, 0])]);
    assert_eq!(stands(&tenant).await, after);
    assert_eq!(end("2026-01-02").await.unwrap(), []);
    assert_eq!(stands(&tenant).await, after);
    // What accrues late is dealt with in the same way, once more.
    shop.receive(&tenant, &sent("b2", [sale("SO2/1", "1000", "2025-11-10")])).await;
    accrue(&tenant, &shop).await;
    end("2026-02-01").await.unwrap();
    assert_eq!(stands(&tenant).await[1], ("coop/2026/p1".to_owned(), [2_001, 2_001, 0, 0]));
}

async fn who_may_not_and_what_is_missing_is_told(database: Arc<Fixture>) {
    let shop = shop();
    let tenant = database.store().await.tenant("acme");
    let known = partners(&shop);
    let inactive = tenant.accrue_funds(&shop.program, &known, year(), &checker()).await.unwrap_err();
    assert!(matches!(inactive, FundYearError::NotActive { .. }), "{inactive}");
    shop.open(&tenant).await;
    shop.receive(&tenant, &sent("b1", [sale("SO1/1", "1000", "2025-02-10")])).await;
    let marketing = Actor::Vendor { person: "m".parse().unwrap(), role: VendorRole::Marketing };
    let denied = tenant.accrue_funds(&shop.program, &known, year(), &marketing).await.unwrap_err();
    assert!(matches!(denied, FundYearError::Denied), "{denied}");
    let mut fewer = known.clone();
    fewer.remove("p1");
    let missing = tenant.accrue_funds(&shop.program, &fewer, year(), &checker()).await.unwrap_err();
    assert!(matches!(missing, FundYearError::PartnerNotGiven { .. }), "{missing}");
    let no_fund = tenant.end_fund(&shop.program, ("other", &year_of(&shop)), &checker(), at(0)).await.unwrap_err();
    assert!(matches!(no_fund, FundYearError::NoFund { .. }), "{no_fund}");
    assert_eq!(stands(&tenant).await, []);
}

async fn tiers_fill_a_fund_and_what_was_given_stands(database: Arc<Fixture>) {
    let levels = "tiers: { levels: [{ name: silver }, { name: gold, requires: { metric: net_revenue, over: fiscal year, at_least: 1 } }] }\n";
    let fund = FUND.replace("    budget: 1000\n", "    by_tier: { silver: 100, gold: 300 }\n");
    let shop = Shop::with(&[("\nincentives:\n", &format!("\n{levels}{}", fund.trim_start()))]);
    let tenant = opened(&database, &shop).await;
    let fill = async |tier: &str| {
        let mut known = partners(&shop);
        let gold = known.remove("p1").unwrap().in_tier(tier.parse().unwrap());
        known.insert("p1".parse().unwrap(), gold);
        tenant.accrue_funds(&shop.program, &known, year(), &checker()).await.unwrap();
        stands(&tenant).await
    };
    assert_eq!(fill("silver").await, told([("coop/2025/p1", [10_000, 10_000, 0, 0])]));
    let risen = told([("coop/2025/p1", [30_000, 30_000, 0, 0])]);
    assert_eq!(fill("gold").await, risen);
    assert_eq!(fill("silver").await, risen);
}
