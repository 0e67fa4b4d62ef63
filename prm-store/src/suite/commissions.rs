//! Commissions are owed as payment runs pay them, in whichever currency a partner is paid.

use std::sync::Arc;

use prm_core::actor::{Actor, PartnerRole};
use prm_core::incentive::awarded::AwardAnswer;
use prm_core::incentive::commission::Payment;
use prm_core::incentive::line::{BatchKey, SaleLine};
use prm_core::ledger::{AccountKind, Purpose};

use super::awards::{award, bikes, facts, none, opened, shop, told, try_award};
use super::ledger::{balance, move_money};
use super::people::{at, checker};
use super::shop::{Sent, Shop, back, day, of, revised, sale, sent};
use super::{Fixture, declare};
use crate::{AwardError, AwardFilter, Awarded, Awarding, Tenant};

declare! {
    commissions_are_owed_when_runs_pay_them
    a_refund_after_payment_is_taken_out_of_the_next_run
    a_payment_is_for_the_document_of_its_source
    who_sells_for_a_partner_is_paid_in_its_currency
    what_cannot_be_paid_is_not_awarded
}

/// 10 % of what customers pay, after thirty days, on the 13th of a month.
const COMMISSION: &str = "
incentives:
  referral:
    kind: commission
    of: billings
    rates: [{ rate: 10 % }]
    recurs: 12 months
    released: payment
    hold: 30 days
    runs: { day: 13 }
    clawback: 90 days
";

async fn try_commission(
    tenant: &Tenant,
    shop: &Shop,
    payments: &[(&str, &str, &str)],
    as_of: &str,
) -> Result<Awarded, AwardError> {
    let (sellers, mut customers) = (facts(), none());
    for (document, on, amount) in payments {
        let payment = Payment::new(document.parse().unwrap(), day(on), amount.parse().unwrap());
        customers.payments.push(payment);
    }
    let known = (&sellers, &customers);
    let awarding = Awarding::new(&shop.program, shop.facts(), shop.tables(), known, day(as_of));
    tenant.award(awarding, &checker(), at(60)).await
}

fn to_customer(at: &str, net: &str, on: &str) -> SaleLine {
    let mut line = sale(at, net, on);
    line.account = Some("acme".parse().unwrap());
    line
}

async fn commissions_are_owed_when_runs_pay_them(database: Arc<Fixture>) {
    let shop = Shop::with(&[("\nincentives:\n", COMMISSION)]);
    let tenant = opened(&database, &shop, &[sent("b1", [to_customer("SO1/1", "20000", "2025-02-03")])]).await;
    let payments = [("SO1", "2025-02-20", "10000"), ("SO1", "2025-04-20", "10000")];
    // Half is paid in February, free at the end of March, and paid in April.
    for (as_of, owed) in [("2025-03-31", None), ("2025-04-13", Some(100_000)), ("2025-05-31", None)] {
        let awarded = try_commission(&tenant, &shop, &payments, as_of).await.unwrap();
        let posted = awarded.posted.first().map(|money| money.minor());
        assert_eq!(posted, owed, "{as_of}");
    }
    assert_eq!(balance(&tenant, "p1", AccountKind::Payable).await, 100_000);
    // The other half with the run of June; a later batch of another month joins it.
    shop.receive(&tenant, &sent("b2", [to_customer("SO2/1", "1000", "2025-03-03")])).await;
    let payments = [payments.as_slice(), &[("SO2", "2025-04-25", "1000")]].concat();
    let june = try_commission(&tenant, &shop, &payments, "2025-06-30").await.unwrap();
    assert_eq!(told(&june), ["referral p1 110000"]);
    let AwardAnswer::Commission { answer, .. } = &june.answers[0] else { panic!("{june:?}") };
    assert_eq!(answer.runs.iter().map(|run| run.on.to_string()).collect::<Vec<_>>(), ["2025-04-13", "2025-06-13"]);
    let earlier = try_commission(&tenant, &shop, &payments, "2025-04-13").await.unwrap_err();
    assert!(matches!(earlier, AwardError::Earlier { .. }), "{earlier}");
    let stranger =
        Actor::Partner { partner: "p2".parse().unwrap(), person: "m".parse().unwrap(), role: PartnerRole::Manager };
    let own =
        Actor::Partner { partner: "p1".parse().unwrap(), person: "m".parse().unwrap(), role: PartnerRole::Manager };
    assert_eq!(tenant.award_answers(1, &stranger).await.unwrap(), []);
    assert_eq!(tenant.award_answers(1, &own).await.unwrap().len(), 1);
}

async fn a_refund_after_payment_is_taken_out_of_the_next_run(database: Arc<Fixture>) {
    let shop = Shop::with(&[("\nincentives:\n", &COMMISSION.replace("released: payment", "released: invoice"))]);
    let lines = [to_customer("SO1/1", "147", "2025-02-03"), to_customer("SO2/1", "300", "2025-03-20")];
    let tenant = opened(&database, &shop, &[sent("b1", lines)]).await;
    try_commission(&tenant, &shop, &[], "2025-03-31").await.unwrap();
    assert_eq!(balance(&tenant, "p1", AccountKind::Payable).await, 1_470);
    for purpose in [Purpose::Pay, Purpose::Confirm] {
        move_money(&tenant, purpose, "p1", 1_470, "run-1").await.unwrap();
    }
    // What was paid stays paid; 14.70 are taken out of the 30.00 of the next run. The refund twice takes nothing more.
    let mut refund = back("CN1/1", "SO1/1", "-147", "2025-04-02");
    refund.account = Some("acme".parse().unwrap());
    for batch in ["b2", "b3"] {
        shop.receive(&tenant, &sent(batch, [refund.clone()])).await;
    }
    let may = try_commission(&tenant, &shop, &[], "2025-05-31").await.unwrap();
    assert_eq!(told(&may), ["referral p1 1530"]);
    assert_eq!(balance(&tenant, "p1", AccountKind::Paid).await, 1_470);
    assert_eq!(balance(&tenant, "p1", AccountKind::Payable).await, 1_530);
    assert_eq!(try_commission(&tenant, &shop, &[], "2025-05-31").await.unwrap().settlement, None);
}

async fn a_payment_is_for_the_document_of_its_source(database: Arc<Fixture>) {
    let shop = Shop::with(&[("\nincentives:\n", COMMISSION)]);
    let batch = BatchKey::new("pos".parse().unwrap(), "b1".parse().unwrap());
    let other = Sent { batch, lines: vec![to_customer("SO1/1", "300", "2025-02-03")] };
    let tenant = opened(&database, &shop, &[sent("b1", [to_customer("SO1/1", "100", "2025-02-03")]), other]).await;
    let paid = |amount: &str| Payment::new("SO1".parse().unwrap(), day("2025-02-20"), amount.parse().unwrap());
    let after = async |payments: Vec<Payment>, as_of: &str| {
        let mut customers = none();
        customers.payments = payments;
        let sellers = facts();
        let known = (&sellers, &customers);
        let awarding = Awarding::new(&shop.program, shop.facts(), shop.tables(), known, day(as_of));
        tenant.award(awarding, &checker(), at(60)).await.unwrap()
    };
    // 300.00 are paid for the other source's document; nothing for the one of the same name.
    let pos = paid("300").of_source("pos".parse().unwrap());
    assert_eq!(told(&after(vec![pos.clone()], "2025-04-30").await), ["referral p1 3000"]);
    let erp = paid("50").of_source("erp".parse().unwrap());
    assert_eq!(told(&after(vec![pos, erp], "2025-05-31").await), ["referral p1 500"]);
}

/// What is owed more or less, by payee and currency.
fn owed(awarded: &Awarded) -> Vec<String> {
    let awards = awarded.awards.iter();
    let told = awards.flat_map(|award| {
        let differences = award.differences().unwrap();
        differences.into_iter().map(|money| format!("{} {} {money}", award.key.incentive, award.key.payee))
    });
    told.collect()
}

async fn who_sells_for_a_partner_is_paid_in_its_currency(database: Arc<Fixture>) {
    let mut shop = shop();
    shop.partners.get_mut("p1").unwrap().payout_currency = Some("EUR".parse().unwrap());
    let lines = [bikes("SO1/1", "p1", "ada", &["a"]), bikes("SO1/2", "p1", "ada", &["b"])];
    let others = [bikes("SO2/1", "p2", "ben", &["c"])];
    let tenant = opened(&database, &shop, &[sent("b1", lines), sent("b2", others)]).await;
    // 10.00 and 50.00 USD at 1.101 dollars for a euro.
    let first = award(&tenant, &shop, "2025-06-30").await;
    let expected =
        ["counter p1 9.08 EUR", "counter p2 5.00 USD", "summer person ada 45.41 EUR", "summer person ben 25.00 USD"];
    assert_eq!(owed(&first), expected);
    assert_eq!(first.posted.iter().map(ToString::to_string).collect::<Vec<_>>(), ["54.49 EUR", "30.00 USD"]);
    assert_eq!(award(&tenant, &shop, "2025-06-30").await.settlement, None);
    // One comes back, later: at the rate at which it was given, though the partner is paid in dollars by then.
    shop.partners.get_mut("p1").unwrap().payout_currency = None;
    let mut returned = of("bike", -1, back("SO8/1", "SO1/1", "-100", "2025-06-20"));
    returned.person = Some("ada".parse().unwrap());
    shop.receive(&tenant, &sent("b3", [returned])).await;
    let late = award(&tenant, &shop, "2025-06-30").await;
    assert_eq!(owed(&late), ["counter p1 -4.54 EUR", "summer person ada -22.70 EUR"]);
    let known = tenant.awards(&AwardFilter::default(), &Actor::Host).await.unwrap();
    let last = known.iter().rev().find(|one| one.key.payee.to_string() == "person ada").unwrap();
    assert_eq!(
        (last.earned.to_string(), last.paid.unwrap().money.to_string()),
        ("25.00 USD".into(), "22.71 EUR".into())
    );
    // What is earned anew after nothing was left is owed in the currency of now.
    shop.receive(&tenant, &revised("b1", 1, [])).await;
    award(&tenant, &shop, "2025-06-30").await;
    shop.receive(&tenant, &revised("b1", 2, [bikes("SO1/1", "p1", "ada", &["a"])])).await;
    shop.receive(&tenant, &revised("b3", 1, [])).await;
    assert_eq!(
        owed(&award(&tenant, &shop, "2025-06-30").await),
        ["counter p1 5.00 USD", "summer person ada 25.00 USD"]
    );
    assert!(tenant.trial_balance(&checker()).await.unwrap().holds());
}

async fn what_cannot_be_paid_is_not_awarded(database: Arc<Fixture>) {
    let mut shop = shop();
    shop.partners.get_mut("p1").unwrap().payout_currency = Some("CHF".parse().unwrap());
    let tenant = opened(&database, &shop, &[sent("b1", [bikes("SO1/1", "p1", "ada", &["a"])])]).await;
    let refused = try_award(&tenant, &shop, "2025-06-30").await.unwrap_err();
    assert!(matches!(&refused, AwardError::Paying { key, .. } if key.partner.as_str() == "p1"), "{refused:?}");
    assert_eq!(tenant.awards(&AwardFilter::default(), &Actor::Host).await.unwrap(), []);
}
