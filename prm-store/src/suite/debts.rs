//! What was paid and is not due any more: it is carried, asked back, left to the payee or written off, as the program says.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use prm_core::actor::{Actor, PartnerRole};
use prm_core::ledger::{AccountKind, Payee, Purpose};

use super::ledger::{balance, journal, move_money};
use super::people::checker;
use super::shop::{Shop, back, day, period, quarter, revised, sale, sent, to};
use super::{Fixture, declare};
use crate::{PostError, Settled, Tenant};

declare! {
    each_policy_keeps_its_books
    what_is_due_again_was_paid_already
    what_is_asked_back_is_repaid
    a_debt_lapses_when_it_is_carried_no_longer
    another_programs_debts_are_carried
    debts_are_seen_by_those_who_may_read_money
}

fn shop(negative: &str) -> Shop {
    let settlement = format!("\nsettlement: {{ negative: {negative} }}\nincentives:\n");
    Shop::with(&[("\nincentives:\n", settlement.as_str())])
}

async fn opened(database: &Fixture, shop: &Shop) -> Tenant {
    let tenant = database.store().await.tenant("acme");
    shop.open(&tenant).await;
    tenant
}

async fn settle_on(tenant: &Tenant, shop: &Shop, on: &str) -> Settled {
    let at: DateTime<Utc> = day(on).and_hms_opt(12, 0, 0).unwrap().and_utc();
    tenant.settle(shop.settling(quarter(1)), &checker(), at).await.unwrap()
}

/// 100.00 are earned in the first quarter and paid.
async fn paid(tenant: &Tenant, shop: &Shop) {
    shop.receive(tenant, &sent("b1", [sale("SO1/1", "1000", "2025-02-10")])).await;
    settle_on(tenant, shop, "2025-04-20").await;
    for purpose in [Purpose::Pay, Purpose::Confirm] {
        move_money(tenant, purpose, "p1", 10_000, "run-1").await.unwrap();
    }
}

/// The same, and sales of 600.00 come back.
async fn owing(tenant: &Tenant, shop: &Shop) {
    paid(tenant, shop).await;
    shop.receive(tenant, &sent("b2", [back("SO8/1", "SO1/1", "-600", "2025-05-02")])).await;
    settle_on(tenant, shop, "2025-05-05").await;
}

async fn stands(tenant: &Tenant, expected: &[(AccountKind, i64)], what: &str) {
    for kind in [
        AccountKind::Earned,
        AccountKind::Payable,
        AccountKind::Recoverable,
        AccountKind::Reclaimed,
        AccountKind::Repaid,
        AccountKind::WrittenOff,
    ] {
        let expected = expected.iter().find(|(of, _)| *of == kind).map_or(0, |(_, minor)| *minor);
        assert_eq!(balance(tenant, "p1", kind).await, expected, "{what}: {kind}");
    }
}

async fn given_up(database: &Fixture) -> i64 {
    let table = database.table("given_up");
    database.count(&format!("SELECT CAST(coalesce(sum(floored + written_off), 0) AS bigint) FROM {table}")).await
}

async fn each_policy_keeps_its_books(database: Arc<Fixture>) {
    use AccountKind::{Earned, Payable, Reclaimed, Recoverable, WrittenOff};
    let policies = [
        ("carry", vec![(Earned, -4_000), (Recoverable, -6_000)], vec![(Earned, -6_000), (Recoverable, -4_000)], 0),
        (
            "recover",
            vec![(Earned, -4_000), (Reclaimed, -6_000)],
            vec![(Earned, -6_000), (Reclaimed, -6_000), (Payable, 2_000)],
            0,
        ),
        ("floor", vec![(Earned, -10_000)], vec![(Earned, -12_000), (Payable, 2_000)], 6_000),
        (
            "write_off",
            vec![(Earned, -4_000), (WrittenOff, -6_000)],
            vec![(Earned, -6_000), (WrittenOff, -6_000), (Payable, 2_000)],
            12_000,
        ),
    ];
    let store = database.store().await;
    for (policy, owing_then, earning_then, given) in policies {
        let (tenant, shop) = (store.tenant(policy), shop(&format!("{{ policy: {policy} }}")));
        shop.open(&tenant).await;
        owing(&tenant, &shop).await;
        stands(&tenant, &owing_then, policy).await;
        // All tenants' together.
        assert_eq!(given_up(&database).await, given, "{policy}");
        // 20.00 more are earned in the same quarter by another line, and then nothing changes.
        shop.receive(&tenant, &sent("b3", [sale("SO2/1", "200", "2025-05-10")])).await;
        let second = tenant.settle(shop.settling(quarter(2)), &checker(), checked_at()).await.unwrap();
        assert_eq!(second.entries.len(), 1, "{policy}");
        stands(&tenant, &earning_then, policy).await;
        assert_eq!(settle_on(&tenant, &shop, "2025-07-20").await, Settled::default(), "{policy}");
        assert!(tenant.trial_balance(&checker()).await.unwrap().holds(), "{policy}");
    }
}

fn checked_at() -> DateTime<Utc> {
    day("2025-07-20").and_hms_opt(12, 0, 0).unwrap().and_utc()
}

/// A batch that is replaced by nothing, by mistake, and sent again costs nobody anything.
async fn what_is_due_again_was_paid_already(database: Arc<Fixture>) {
    use AccountKind::{Earned, Payable, WrittenOff};
    let store = database.store().await;
    for policy in ["floor", "write_off"] {
        let (tenant, shop) = (store.tenant(policy), shop(&format!("{{ policy: {policy} }}")));
        shop.open(&tenant).await;
        paid(&tenant, &shop).await;
        shop.receive(&tenant, &revised("b1", 1, [])).await;
        settle_on(&tenant, &shop, "2025-05-05").await;
        assert_eq!(given_up(&database).await, 10_000, "{policy}");
        // Nothing is payable after it, and 100.00 are written off or still earned.
        let books = if policy == "floor" { vec![(Earned, -10_000)] } else { vec![(WrittenOff, -10_000)] };
        stands(&tenant, &books, policy).await;
        // Half of it comes again, then all of it and 50.00 more.
        shop.receive(&tenant, &revised("b1", 2, [sale("SO1/1", "500", "2025-02-10")])).await;
        settle_on(&tenant, &shop, "2025-05-06").await;
        assert_eq!(given_up(&database).await, 5_000, "{policy}");
        shop.receive(&tenant, &revised("b1", 3, [sale("SO1/1", "1000", "2025-02-10")])).await;
        shop.receive(&tenant, &sent("b2", [sale("SO2/1", "250", "2025-02-10")])).await;
        let last = settle_on(&tenant, &shop, "2025-05-07").await;
        assert_eq!(last.entries.len(), 1);
        stands(&tenant, &[(Earned, -15_000), (Payable, 5_000)], policy).await;
        assert_eq!(given_up(&database).await, 0, "{policy}");
        assert!(tenant.trial_balance(&checker()).await.unwrap().holds(), "{policy}");
    }
}

async fn what_is_asked_back_is_repaid(database: Arc<Fixture>) {
    use AccountKind::{Earned, Reclaimed, Recoverable, Repaid};
    let shop = shop("{ policy: recover }");
    let tenant = opened(&database, &shop).await;
    owing(&tenant, &shop).await;
    let told = journal(&tenant, 100).await.into_iter().filter(|entry| entry.settlement == Some(2));
    let mut told: Vec<_> = told.map(|entry| entry.transfer.purpose()).collect();
    told.sort();
    assert_eq!(told, [Purpose::ClawBack, Purpose::Reclaim]);
    // Nobody repays more than is asked for; what is not repaid can be carried after all.
    let refused = move_money(&tenant, Purpose::Repay, "p1", 6_001, "wire-1").await;
    assert!(matches!(refused, Err(PostError::Ledger(_))), "{refused:?}");
    move_money(&tenant, Purpose::Repay, "p1", 2_500, "wire-1").await.unwrap();
    stands(&tenant, &[(Earned, -4_000), (Reclaimed, -3_500), (Repaid, -2_500)], "repaid").await;
    move_money(&tenant, Purpose::Carry, "p1", 3_500, "agreed-1").await.unwrap();
    stands(&tenant, &[(Earned, -4_000), (Recoverable, -3_500), (Repaid, -2_500)], "carried").await;
    // What is earned next settles it.
    shop.receive(&tenant, &sent("b3", [sale("SO2/1", "350", "2025-02-10")])).await;
    settle_on(&tenant, &shop, "2025-06-05").await;
    stands(&tenant, &[(Earned, -7_500), (Repaid, -2_500)], "settled").await;
    assert!(tenant.trial_balance(&checker()).await.unwrap().holds());
}

async fn a_debt_lapses_when_it_is_carried_no_longer(database: Arc<Fixture>) {
    use AccountKind::{Earned, Payable, Recoverable, WrittenOff};
    let shop = shop("{ policy: carry, for: 90 days }");
    let tenant = opened(&database, &shop).await;
    owing(&tenant, &shop).await;
    // A second debt, and 10.00 that settle a part of the first.
    shop.receive(&tenant, &sent("b3", [back("SO8/2", "SO1/1", "-100", "2025-06-02")])).await;
    settle_on(&tenant, &shop, "2025-06-04").await;
    shop.receive(&tenant, &sent("b4", [sale("SO2/1", "100", "2025-05-10")])).await;
    tenant.settle(shop.settling(quarter(2)), &checker(), checked_at()).await.unwrap();
    stands(&tenant, &[(Earned, -4_000), (Recoverable, -6_000)], "settled in part").await;
    let left = |debts: Vec<(Payee, prm_core::ledger::Debt)>| {
        let told = debts.into_iter().map(|(payee, debt)| format!("{payee} {} {}", debt.arisen_on, debt.left));
        told.collect::<Vec<_>>()
    };
    let debts = tenant.debts(None, &checker()).await.unwrap();
    assert_eq!(left(debts), ["p1 2025-05-05 50.00 USD", "p1 2025-06-04 10.00 USD"]);
    // 90 days after the fifth of May.
    assert_eq!(settle_on(&tenant, &shop, "2025-08-02").await, Settled::default());
    let lapsing = settle_on(&tenant, &shop, "2025-08-03").await;
    assert_eq!(lapsing.settlement, None);
    let told: Vec<_> =
        lapsing.lapsed.iter().map(|lapsed| (lapsed.payee.to_string(), lapsed.debt.left.minor())).collect();
    assert_eq!(told, [("p1".to_owned(), 5_000)]);
    stands(&tenant, &[(Earned, -4_000), (Recoverable, -1_000), (WrittenOff, -5_000)], "lapsed").await;
    assert_eq!(settle_on(&tenant, &shop, "2025-08-04").await, Settled::default());
    // Were the returns a mistake, what lapsed was paid already: only what was settled is earned again.
    assert_eq!(given_up(&database).await, 5_000);
    shop.receive(&tenant, &revised("b2", 1, [])).await;
    shop.receive(&tenant, &revised("b3", 1, [])).await;
    settle_on(&tenant, &shop, "2025-08-05").await;
    stands(&tenant, &[(Earned, -11_000), (Payable, 1_000)], "a mistake").await;
    assert_eq!(given_up(&database).await, 0);
    assert!(tenant.trial_balance(&checker()).await.unwrap().holds());
}

/// A debt is given up by the program that made it.
async fn another_programs_debts_are_carried(database: Arc<Fixture>) {
    let (carrying, lapsing) = (
        shop("{ policy: carry }"),
        Shop::with(&[
            ("program: Ridgeline", "program: Valley"),
            ("\nincentives:\n", "\nsettlement: { negative: { for: 30 days } }\nincentives:\n"),
        ]),
    );
    let tenant = opened(&database, &carrying).await;
    owing(&tenant, &carrying).await;
    lapsing.open(&tenant).await;
    for (batch, partner) in [("c1", "p2"), ("c2", "p3")] {
        let line = to(partner, sale(&format!("{batch}/1"), "10", "2025-02-10"));
        for shop in [&carrying, &lapsing] {
            drop(shop.try_receive(&tenant, &sent(batch, [line.clone()])).await.unwrap());
        }
    }
    for batch in ["b1", "b2"] {
        // Received by the other program too.
        let lines = if batch == "b1" {
            sale("SO1/1", "1000", "2025-02-10")
        } else {
            back("SO8/1", "SO1/1", "-600", "2025-05-02")
        };
        drop(lapsing.try_receive(&tenant, &sent(batch, [lines])).await.unwrap());
    }
    let later = day("2025-12-01").and_hms_opt(12, 0, 0).unwrap().and_utc();
    let settled = tenant.settle(lapsing.settling(period("2025-01-01", "2025-04-01")), &checker(), later).await.unwrap();
    assert_eq!(settled.lapsed, []);
    // What the other program earns settles it all the same: it is one account.
    assert_eq!(balance(&tenant, "p1", AccountKind::Recoverable).await, -2_000);
    assert_eq!(balance(&tenant, "p1", AccountKind::WrittenOff).await, 0);
}

async fn debts_are_seen_by_those_who_may_read_money(database: Arc<Fixture>) {
    let shop = shop("{ policy: carry }");
    let tenant = opened(&database, &shop).await;
    owing(&tenant, &shop).await;
    let of = |partner: &str, role| {
        let person = "p-1".parse().unwrap();
        Actor::Partner { partner: partner.parse().unwrap(), person, role }
    };
    let p1: Payee = "p1".parse().unwrap();
    let seen = async |payee, by: Actor| tenant.debts(payee, &by).await.unwrap().len();
    assert_eq!(seen(Some(&p1), of("p1", PartnerRole::Executive)).await, 1);
    assert_eq!(seen(Some(&p1), of("p1", PartnerRole::Sales)).await, 0);
    assert_eq!(seen(Some(&p1), of("p2", PartnerRole::Executive)).await, 0);
    assert_eq!(seen(None, of("p1", PartnerRole::Executive)).await, 0);
    assert_eq!(seen(None, checker()).await, 1);
}
