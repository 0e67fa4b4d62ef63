//! Claims beside those of funds: authorisations, stock and SPIFF sales; whatever happens at once, nothing is drawn twice.

use std::sync::Arc;

use prm_core::actor::Actor;
use prm_core::incentive::claim::debit::{Authorisation, ContractPrice, DebitSale, FoundAuthorisation};
use prm_core::incentive::claim::protect::StockCount;
use prm_core::incentive::claim::{self, Basis, ClaimError, ClaimForm, ProtectedItem};
use prm_core::ledger::AccountKind;
use prm_core::period::Period;
use prm_core::scaled::Scaled;

use super::funds::{Office, id, name, on, person};
use super::ledger::balance;
use super::people::at;
use super::shop::{day, key};
use super::{Fixture, declare};
use crate::{Action, AuthoriseError, ExecuteError};

declare! {
    claims_at_once_never_overdraw_an_authorisation
    an_authorisation_keeps_what_was_drawn
    stock_and_sales_are_claimed_by_what_the_host_tells
}

async fn claims_at_once_never_overdraw_an_authorisation(database: Arc<Fixture>) {
    let office = Arc::new(Office::new(&database).await);
    office.tenant.authorise(&authorisation(100), &Actor::Host, at(0)).await.unwrap();
    for at in 0..32 {
        let sale = debit_sale(&format!("SO{at}/1"), 7);
        let of = Basis::ShipAndDebit { authorisation: "a-1".parse().unwrap(), sales: vec![sale] };
        let claim = format!("c-{at}");
        let form = ClaimForm::new("Ridgeline", id("p1"), of);
        office.claim(&claim, "p1", Action::Open(form), person("p1"), on("2025-03-10")).await.unwrap();
        office.submitted(&claim, "p1").await.unwrap();
    }
    let claims = (0..32).map(|at| {
        let office = Arc::clone(&office);
        tokio::spawn(async move { office.decided(&format!("c-{at}"), "p1").await })
    });
    let mut paid = 0;
    for claim in claims.collect::<Vec<_>>() {
        match claim.await.unwrap() {
            Ok(_) => paid += 1,
            Err(error) => assert!(matches!(error, ExecuteError::Refused(_)), "{error}"),
        }
    }
    assert_eq!(paid, 14);
    let left = office.tenant.authorisation("a-1", &Actor::Host).await.unwrap().unwrap().left;
    assert_eq!(left, Scaled::new(2, 0));
    // 20.00 less for each of 98 units.
    assert_eq!(balance(&office.tenant, "p1", AccountKind::Payable).await, 14 * 7 * 2_000);
}

fn authorisation(quantity: i128) -> FoundAuthorisation {
    let window = Period::new(day("2025-01-01"), day("2025-07-01")).unwrap();
    let quantity = Scaled::new(quantity, 0);
    let (id, partner) = ("a-1".parse().unwrap(), id("p1"));
    let mut of = Authorisation::new(id, partner, "USD".parse().unwrap(), window, quantity);
    let price = ContractPrice { contract: Scaled::new(80, 0), book: Some(Scaled::new(100, 0)) };
    of.prices.insert("bike".parse().unwrap(), price);
    FoundAuthorisation::new(of, quantity)
}

fn debit_sale(line: &str, quantity: i128) -> DebitSale {
    let account = "customer".parse().unwrap();
    DebitSale::new(key(line), "bike".parse().unwrap(), account, day("2025-03-01"), Scaled::new(quantity, 0))
}

async fn an_authorisation_keeps_what_was_drawn(database: Arc<Fixture>) {
    let office = Office::new(&database).await;
    office.tenant.authorise(&authorisation(10), &Actor::Host, at(0)).await.unwrap();
    let of = Basis::ShipAndDebit { authorisation: "a-1".parse().unwrap(), sales: vec![debit_sale("SO1/1", 7)] };
    let form = ClaimForm::new("Ridgeline", id("p1"), of);
    office.claim("c-1", "p1", Action::Open(form), person("p1"), on("2025-03-10")).await.unwrap();
    office.submitted("c-1", "p1").await.unwrap();
    office.decided("c-1", "p1").await.unwrap();
    // More is allowed: what was drawn is not left again.
    let more = office.tenant.authorise(&authorisation(12), &Actor::Host, at(1)).await.unwrap();
    assert_eq!(more.left, Scaled::new(5, 0));
    let less = office.tenant.authorise(&authorisation(6), &Actor::Host, at(2)).await.unwrap_err();
    assert!(matches!(less, AuthoriseError::Drawn { .. }), "{less}");
    let denied = office.tenant.authorise(&authorisation(6), &person("p1"), at(2)).await.unwrap_err();
    assert!(matches!(denied, AuthoriseError::Denied), "{denied}");
    let seen = async |by: &Actor| office.tenant.authorisation("a-1", by).await.unwrap().is_some();
    assert!(seen(&person("p1")).await && !seen(&person("p2")).await);
}

async fn stock_and_sales_are_claimed_by_what_the_host_tells(database: Arc<Fixture>) {
    let office = Office::new(&database).await;
    let claimed = async |claim: &str, of: Basis| {
        let form = ClaimForm::new("Ridgeline", id("p1"), of);
        office.claim(claim, "p1", Action::Open(form), person("p1"), on("2025-03-12")).await.unwrap();
        let submit = Action::Command(claim::Command::Submit);
        office.claim(claim, "p1", submit, person("p1"), on("2025-03-12")).await
    };
    // Counted on the day of notice: 15, and 5 were sold since the change.
    let mut count = StockCount::new(day("2025-03-10"), Scaled::new(15, 0));
    count.sold_since = Scaled::new(5, 0);
    let items = || vec![ProtectedItem { sku: "bike".parse().unwrap(), count }];
    let stock = || Basis::PriceProtection { effective_on: day("2025-03-05"), items: items() };
    claimed("c-1", stock()).await.unwrap();
    office.approve_in_march("c-1").await;
    assert_eq!(balance(&office.tenant, "p1", AccountKind::Payable).await, 100_000);
    let again = claimed("c-2", stock()).await.unwrap_err();
    assert!(matches!(again, ExecuteError::Refused(ClaimError::EvidenceUsed { .. })), "{again}");
    // A sale brings what its SPIFF pays, to the person who sold, once.
    let sales = |lines: &[&str]| Basis::Spiff {
        incentive: name("summer"),
        person: Some("ada".parse().unwrap()),
        lines: lines.iter().map(|line| key(line)).collect(),
    };
    claimed("c-3", sales(&["SO1/1"])).await.unwrap();
    office.approve_in_march("c-3").await;
    assert_eq!(balance(&office.tenant, "person ada", AccountKind::Payable).await, 2_500);
    let twice = claimed("c-4", sales(&["SO2/1", "SO1/1"])).await.unwrap_err();
    assert!(matches!(twice, ExecuteError::Refused(ClaimError::EvidenceUsed { .. })), "{twice}");
    let unknown = claimed("c-5", sales(&["SO9/1"])).await.unwrap_err();
    assert!(matches!(unknown, ExecuteError::Refused(ClaimError::Basis(_))), "{unknown}");
}
