//! Awarding: what single sales bring to persons and partners is owed once, and what changes later is owed as the
//! difference it makes.

use std::sync::Arc;

use prm_core::actor::{Actor, PartnerRole, VendorRole};
use prm_core::incentive::awarded::AwardAnswer;
use prm_core::incentive::commission::CommissionFacts;
use prm_core::incentive::intake::IntakeError;
use prm_core::incentive::line::{BatchKey, SaleLine};
use prm_core::incentive::settlement::Settlement;
use prm_core::incentive::spiff::{Consent, Seller, SpiffAnswer, SpiffFacts, SpiffReason};
use prm_core::ledger::{AccountKind, Purpose};
use prm_core::money::Money;
use prm_core::partner::Suspension;

use super::ledger::{balance, balances, move_money};
use super::people::{at, checker, writer};
use super::shop::{Sent, Shop, back, day, host_transaction, joined, key, of, sale, sent, to, year};
use super::{Fixture, declare};
use crate::{AwardError, AwardFilter, Awarded, Awarding, PostedAward, Tenant};

declare! {
    awarding_again_owes_nothing
    persons_and_partners_have_accounts_of_their_own
    a_return_after_payment_is_the_persons_debt
    a_serial_number_pays_once_whatever_batch_brings_it
    sources_do_not_share_keys
    a_corrected_line_pays_whom_it_names_last
    awards_of_earlier_days_are_refused
    what_cannot_be_awarded_changes_nothing
    a_fact_that_is_gone_stops_the_award
    the_people_of_a_suspended_partner_are_held
    an_award_stands_or_falls_with_the_hosts_transaction
    everybody_sees_their_own_awards
    awarded_at_once_it_is_owed_once
}

/// Bikes bring the person who sells one 25.00, parts bring the partner 5 %.
const SPIFFS: &str = "
incentives:
  summer:
    kind: spiff
    during: { from: 2025-06-02, until: 2025-07-14 }
    of: units
    products: bikes
    pays: { each: 25 }
    to: person
    once: serial
    public_sector: included
    cap: { per_person: 60 }
  counter:
    kind: spiff
    during: { from: 2025-06-02, until: 2025-07-14 }
    of: net_revenue
    pays: { rate: 5 % }
    to: partner
    public_sector: included
";

pub(super) fn shop() -> Shop {
    Shop::with(&[("\nincentives:\n", SPIFFS)])
}

/// Ada sells for `p1` and Ben for `p2`; both consented.
pub(super) fn facts() -> SpiffFacts {
    let mut facts = SpiffFacts::default();
    for (person, partner) in [("ada", "p1"), ("ben", "p2")] {
        let (person, partner) = (person.parse().unwrap(), partner.parse::<prm_core::id::PartnerId>().unwrap());
        facts.sellers.push(Seller { person, partner: partner.clone(), from: day("2025-01-01"), until: None });
        facts.consents.push(Consent { partner, from: day("2025-01-01"), until: None });
    }
    facts
}

/// Nothing is known of customers.
pub(super) fn none() -> CommissionFacts {
    CommissionFacts::default()
}

/// What a SPIFF comes to.
fn spiff(of: &AwardAnswer) -> &SpiffAnswer {
    match of {
        AwardAnswer::Spiff { answer } => answer,
        other => panic!("{other:?}"),
    }
}

/// Bikes with serial numbers, sold by a person for 100.00 in all.
pub(super) fn bikes(at: &str, partner: &str, person: &str, serials: &[&str]) -> SaleLine {
    let units = i128::try_from(serials.len()).unwrap();
    let mut line = of("bike", units, to(partner, sale(at, "100", "2025-06-10")));
    line.person = Some(person.parse().unwrap());
    line.serials = serials.iter().map(|serial| serial.parse().unwrap()).collect();
    line
}

pub(super) async fn try_award(tenant: &Tenant, shop: &Shop, as_of: &str) -> Result<Awarded, AwardError> {
    let (known, nothing, day) = (facts(), none(), day(as_of));
    let awarding = Awarding::new(&shop.program, shop.facts(), shop.tables(), (&known, &nothing), day);
    tenant.award(awarding, &checker(), at(60)).await
}

pub(super) async fn award(tenant: &Tenant, shop: &Shop, as_of: &str) -> Awarded {
    try_award(tenant, shop, as_of).await.unwrap()
}

/// What is new: incentive, payee, and what is owed more or less.
pub(super) fn told(awarded: &Awarded) -> Vec<String> {
    let told = awarded
        .awards
        .iter()
        .map(|award| format!("{} {} {}", award.key.incentive, award.key.payee, award.difference().unwrap().minor()));
    told.collect()
}

async fn rows(database: &Fixture) -> [i64; 4] {
    let count = async |table: &str| database.count(&format!("SELECT count(*) FROM {}", database.table(table))).await;
    [count("award").await, count("award_answer").await, count("transfer").await, count("record").await]
}

pub(super) async fn opened(database: &Fixture, shop: &Shop, batches: &[Sent]) -> Tenant {
    let tenant = database.store().await.tenant("acme");
    shop.open(&tenant).await;
    for batch in batches {
        shop.receive(&tenant, batch).await;
    }
    tenant
}

async fn awarding_again_owes_nothing(database: Arc<Fixture>) {
    let shop = shop();
    let lines = [bikes("SO1/1", "p1", "ada", &["a", "b"]), bikes("SO1/2", "p2", "ben", &["c"])];
    let tenant = opened(&database, &shop, &[sent("b1", lines)]).await;
    let first = award(&tenant, &shop, "2025-06-30").await;
    let expected = ["counter p1 500", "counter p2 500", "summer person ada 5000", "summer person ben 2500"];
    assert_eq!(told(&first), expected);
    assert_eq!((first.settlement, &first.posted), (Some(1), &vec![Money::from_minor(8500, "USD".parse().unwrap())]));
    let record = tenant.get::<Settlement>("00000001", &checker()).await.unwrap().unwrap().record;
    assert_eq!((record.statements, record.entries), (4, 4));
    let before = rows(&database).await;
    for as_of in ["2025-06-30", "2025-07-13"] {
        let again = award(&tenant, &shop, as_of).await;
        assert_eq!((again.settlement, again.awards, again.answers.len()), (None, Vec::new(), 2));
    }
    // A batch that repeats a line changes nothing, a late one what it brings, up to the cap of 60.00.
    shop.receive(&tenant, &sent("b2", [bikes("SO1/1", "p1", "ada", &["a", "b"])])).await;
    assert_eq!(award(&tenant, &shop, "2025-07-13").await.settlement, None);
    assert_eq!(rows(&database).await, before);
    shop.receive(&tenant, &sent("b3", [bikes("SO2/1", "p1", "ada", &["d"])])).await;
    let late = award(&tenant, &shop, "2025-07-13").await;
    assert_eq!(told(&late), ["counter p1 500", "summer person ada 1000"]);
    // Numbers go on with those of settlements.
    let settled = shop.settle(&tenant, year()).await;
    assert_eq!((late.settlement, settled.settlement), (Some(2), Some(3)));
}

async fn persons_and_partners_have_accounts_of_their_own(database: Arc<Fixture>) {
    let shop = shop();
    // A partner and a person of one id are two.
    let (mut known, nothing) = (facts(), none());
    let seller = Seller { person: "p1".parse().unwrap(), ..known.sellers[0].clone() };
    known.sellers.push(seller);
    let lines = [bikes("SO1/1", "p1", "p1", &["a", "b"])];
    let tenant = opened(&database, &shop, &[sent("b1", lines)]).await;
    let awarding = Awarding::new(&shop.program, shop.facts(), shop.tables(), (&known, &nothing), day("2025-06-30"));
    tenant.award(awarding, &checker(), at(60)).await.unwrap();
    assert_eq!(balance(&tenant, "p1", AccountKind::Payable).await, 500);
    assert_eq!(balance(&tenant, "person p1", AccountKind::Payable).await, 5000);
    let refused = move_money(&tenant, Purpose::Pay, "p1", 501, "run-1").await;
    assert!(refused.is_err(), "{refused:?}");
    move_money(&tenant, Purpose::Pay, "person p1", 5000, "run-1").await.unwrap();
    assert_eq!(balance(&tenant, "person p1", AccountKind::InPayment).await, 5000);
    assert_eq!(balance(&tenant, "p1", AccountKind::InPayment).await, 0);
}

async fn a_return_after_payment_is_the_persons_debt(database: Arc<Fixture>) {
    let shop = shop();
    let lines = [bikes("SO1/1", "p1", "ada", &["a"]), bikes("SO1/2", "p1", "ada", &["b"])];
    let tenant = opened(&database, &shop, &[sent("b1", lines)]).await;
    award(&tenant, &shop, "2025-06-30").await;
    for purpose in [Purpose::Pay, Purpose::Confirm] {
        move_money(&tenant, purpose, "person ada", 5000, "run-1").await.unwrap();
    }
    let mut returned = of("bike", -1, back("SO8/1", "SO1/1", "-100", "2025-06-20"));
    returned.person = Some("ada".parse().unwrap());
    shop.receive(&tenant, &sent("b2", [returned.clone()])).await;
    let late = award(&tenant, &shop, "2025-06-30").await;
    assert_eq!(told(&late), ["counter p1 -500", "summer person ada -2500"]);
    assert_eq!(balance(&tenant, "person ada", AccountKind::Recoverable).await, -2500);
    assert_eq!(balance(&tenant, "person ada", AccountKind::Paid).await, 5000);
    // The same return again, in whichever batch, takes nothing more back.
    shop.receive(&tenant, &sent("b3", [returned])).await;
    assert_eq!(award(&tenant, &shop, "2025-06-30").await.settlement, None);
    // What is sold next settles the debt first.
    shop.receive(&tenant, &sent("b4", [bikes("SO3/1", "p1", "ada", &["c"])])).await;
    award(&tenant, &shop, "2025-06-30").await;
    assert_eq!(balance(&tenant, "person ada", AccountKind::Recoverable).await, 0);
    assert_eq!(balance(&tenant, "person ada", AccountKind::Payable).await, 0);
    assert_eq!(balance(&tenant, "person ada", AccountKind::Earned).await, -5000);
}

async fn a_serial_number_pays_once_whatever_batch_brings_it(database: Arc<Fixture>) {
    let shop = shop();
    let tenant = opened(&database, &shop, &[sent("b1", [bikes("SO1/1", "p1", "ada", &["a"])])]).await;
    award(&tenant, &shop, "2025-06-30").await;
    shop.receive(&tenant, &sent("b2", [bikes("SO2/1", "p2", "ben", &["a"])])).await;
    let late = award(&tenant, &shop, "2025-06-30").await;
    assert_eq!(told(&late), ["counter p2 500"]);
    let summer = spiff(&late.answers[0]);
    assert_eq!(summer.incentive.as_str(), "summer");
    let expected = SpiffReason::SerialUsed { serial: "a".parse().unwrap(), by: Some(key("SO1/1")) };
    assert_eq!(summer.sales[1].because, Some(expected));
    // Ben's manager is told that it was used, but not by whose sale.
    let manager =
        Actor::Partner { partner: "p2".parse().unwrap(), person: "m".parse().unwrap(), role: PartnerRole::Manager };
    let seen = summer.clone().seen_by(&manager);
    let hidden = SpiffReason::SerialUsed { serial: "a".parse().unwrap(), by: None };
    assert_eq!((seen.sales.len(), &seen.sales[0].because, seen.earned.len()), (1, &Some(hidden), 0));
}

async fn sources_do_not_share_keys(database: Arc<Fixture>) {
    let shop = shop();
    let other = |batch: &str, lines: Vec<SaleLine>| {
        let batch = BatchKey::new("pos".parse().unwrap(), batch.parse().unwrap());
        Sent { batch, lines }
    };
    let mut returned = of("bike", -1, back("SO8/1", "SO1/1", "-100", "2025-06-20"));
    returned.person = Some("ada".parse().unwrap());
    let batches = [
        sent("b1", [bikes("SO1/1", "p1", "ada", &["a"])]),
        other("b1", vec![bikes("SO1/1", "p1", "ada", &["b"])]),
        other("b2", vec![returned]),
    ];
    let tenant = opened(&database, &shop, &batches).await;
    let awarded = award(&tenant, &shop, "2025-06-30").await;
    assert_eq!(told(&awarded), ["counter p1 500", "summer person ada 2500"]);
    let brings: Vec<_> = spiff(&awarded.answers[0])
        .sales
        .iter()
        .map(|sale| (sale.source.as_ref().unwrap().to_string(), sale.brings.minor()))
        .collect();
    assert_eq!(brings, [("erp".to_owned(), 2500), ("pos".to_owned(), 0)]);
}

async fn a_corrected_line_pays_whom_it_names_last(database: Arc<Fixture>) {
    let shop = shop();
    let tenant = opened(&database, &shop, &[sent("b1", [bikes("SO1/1", "p1", "cy", &["a"])])]).await;
    assert_eq!(told(&award(&tenant, &shop, "2025-06-30").await), ["counter p1 500"]);
    // Nothing that is summed changes, but who is paid does.
    shop.receive(&tenant, &sent("b2", [bikes("SO1/1", "p1", "ada", &["a"])])).await;
    assert_eq!(told(&award(&tenant, &shop, "2025-06-30").await), ["summer person ada 2500"]);
}

async fn awards_of_earlier_days_are_refused(database: Arc<Fixture>) {
    let shop = shop();
    let tenant = opened(&database, &shop, &[sent("b1", [bikes("SO1/1", "p1", "ada", &["a"])])]).await;
    award(&tenant, &shop, "2025-06-30").await;
    let before = rows(&database).await;
    let refused = try_award(&tenant, &shop, "2025-06-05").await.unwrap_err();
    let told = "`counter` was awarded up to 2025-06-30; 2025-06-05 is before that";
    assert_eq!(refused.to_string(), told);
    assert!(matches!(refused, AwardError::Earlier { .. }), "{refused}");
    assert_eq!(rows(&database).await, before);
}

async fn what_cannot_be_awarded_changes_nothing(database: Arc<Fixture>) {
    let (shop, known, nothing) = (shop(), facts(), none());
    let tenant = database.store().await.tenant("acme");
    let awarding = || Awarding::new(&shop.program, shop.facts(), shop.tables(), (&known, &nothing), day("2025-06-30"));
    let inactive = tenant.award(awarding(), &checker(), at(60)).await.unwrap_err();
    assert!(matches!(inactive, AwardError::NotActive { .. }), "{inactive}");
    shop.open(&tenant).await;
    shop.receive(&tenant, &sent("b1", [bikes("SO1/1", "p1", "ada", &["a"])])).await;
    let before = rows(&database).await;
    let unknown = tenant.award(awarding().only("winter"), &checker(), at(60)).await.unwrap_err();
    assert!(matches!(unknown, AwardError::Unknown { .. }), "{unknown}");
    let manager = Actor::Vendor { person: "m".parse().unwrap(), role: VendorRole::ChannelManager };
    for by in [writer(), manager, Actor::Deadline] {
        let denied = tenant.award(awarding(), &by, at(60)).await.unwrap_err();
        assert!(matches!(denied, AwardError::Denied), "{denied}");
    }
    assert_eq!(rows(&database).await, before);
    let only = tenant.award(awarding().only("summer"), &checker(), at(60)).await.unwrap();
    assert_eq!(told(&only), ["summer person ada 2500"]);
}

async fn a_fact_that_is_gone_stops_the_award(database: Arc<Fixture>) {
    let shop = shop();
    let tenant = opened(&database, &shop, &[sent("b1", [bikes("SO1/1", "p2", "ben", &["a"])])]).await;
    let before = rows(&database).await;
    let gone = try_award(&tenant, &super::awards::shop().without("p2"), "2025-06-30").await.unwrap_err();
    assert!(matches!(gone, AwardError::Intake(IntakeError::FactGone { .. })), "{gone}");
    assert_eq!(rows(&database).await, before);
}

async fn the_people_of_a_suspended_partner_are_held(database: Arc<Fixture>) {
    let mut shop = shop();
    let lines = [bikes("SO1/1", "p1", "ada", &["a"]), bikes("SO1/2", "p2", "ben", &["b"])];
    let tenant = opened(&database, &shop, &[sent("b1", lines)]).await;
    let partner = shop.partners.get_mut("p1").unwrap();
    partner.suspended.push(Suspension { from: day("2025-06-01"), until: None });
    award(&tenant, &shop, "2025-06-30").await;
    for (payee, payable, held) in [("person ada", 0, 2500), ("p1", 0, 500), ("person ben", 2500, 0), ("p2", 500, 0)] {
        assert_eq!(balance(&tenant, payee, AccountKind::Payable).await, payable, "{payee}");
        assert_eq!(balance(&tenant, payee, AccountKind::Held).await, held, "{payee}");
    }
}

async fn an_award_stands_or_falls_with_the_hosts_transaction(database: Arc<Fixture>) {
    let (shop, known, nothing) = (shop(), facts(), none());
    let tenant = opened(&database, &shop, &[sent("b1", [bikes("SO1/1", "p1", "ada", &["a"])])]).await;
    let before = rows(&database).await;
    let awarding = || Awarding::new(&shop.program, shop.facts(), shop.tables(), (&known, &nothing), day("2025-06-30"));
    let mut transaction = host_transaction(&database).await;
    tenant.award_in(joined(&mut transaction), awarding(), &checker(), at(60)).await.unwrap();
    transaction.rollback().await.unwrap();
    assert_eq!(rows(&database).await, before);
    let mut transaction = host_transaction(&database).await;
    tenant.award_in(joined(&mut transaction), awarding(), &checker(), at(60)).await.unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(balance(&tenant, "person ada", AccountKind::Payable).await, 2500);
}

async fn everybody_sees_their_own_awards(database: Arc<Fixture>) {
    let shop = shop();
    let lines = [bikes("SO1/1", "p1", "ada", &["a"]), bikes("SO1/2", "p2", "ben", &["b"])];
    let tenant = opened(&database, &shop, &[sent("b1", lines)]).await;
    award(&tenant, &shop, "2025-06-30").await;
    let of = |partner: Option<&str>, payee: Option<&str>| AwardFilter {
        partner: partner.map(str::to_owned),
        payee: payee.map(str::to_owned),
        ..AwardFilter::default()
    };
    let person = |partner: &str, person: &str, role| Actor::Partner {
        partner: partner.parse().unwrap(),
        person: person.parse().unwrap(),
        role,
    };
    let (ada, manager) = (person("p1", "ada", PartnerRole::Sales), person("p1", "m", PartnerRole::Manager));
    let auditor = Actor::Vendor { person: "u".parse().unwrap(), role: VendorRole::Auditor };
    for (by, filter, expected) in [
        (&auditor, of(None, None), 4),
        (&manager, of(Some("p1"), None), 2),
        (&manager, of(Some("p2"), None), 0),
        (&manager, of(None, None), 0),
        (&ada, of(Some("p1"), None), 0),
        (&ada, of(None, Some("person ada")), 1),
        (&ada, of(None, Some("person ben")), 0),
        // To see one of two filters is not to see what the other one names.
        (&ada, of(Some("p2"), Some("person ada")), 0),
    ] {
        let seen: Vec<PostedAward> = tenant.awards(&filter, by).await.unwrap();
        assert_eq!(seen.len(), expected, "{by:?} {filter:?}");
    }
    let sales = async |by: &Actor| {
        let answers = tenant.award_answers(1, by).await.unwrap();
        answers.iter().map(|answer| spiff(answer).sales.len()).collect::<Vec<_>>()
    };
    assert_eq!(sales(&auditor).await, [2, 2]);
    assert_eq!(sales(&manager).await, [1, 1]);
    assert_eq!(sales(&person("p3", "x", PartnerRole::Executive)).await, [0; 0]);
}

async fn awarded_at_once_it_is_owed_once(database: Arc<Fixture>) {
    let shop = shop();
    let lines = [bikes("SO1/1", "p1", "ada", &["a", "b"]), bikes("SO1/2", "p2", "ben", &["c"])];
    let tenant = opened(&database, &shop, &[sent("b1", lines)]).await;
    let shop = Arc::new(shop);
    let runs: Vec<_> = (0..8)
        .map(|_| {
            let (tenant, shop) = (tenant.clone(), Arc::clone(&shop));
            tokio::spawn(async move { award(&tenant, &shop, "2025-06-30").await.settlement })
        })
        .collect();
    let mut settlements = Vec::new();
    for run in runs {
        settlements.extend(run.await.unwrap());
    }
    assert_eq!(settlements, [1]);
    let earned: i64 = balances(&tenant, None)
        .await
        .iter()
        .filter(|(account, _)| account.kind == AccountKind::Earned)
        .map(|(_, balance)| balance.minor())
        .sum();
    assert_eq!(earned, -8500);
}
