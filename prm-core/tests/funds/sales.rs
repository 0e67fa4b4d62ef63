//! Claims for sales and stock: ship and debit, price protection, SPIFFs.

use std::sync::Arc;

use prm_core::id::Sku;
use prm_core::incentive::claim::book::{FundBook, FundBookError};
use prm_core::incentive::claim::debit::{
    Authorisation, BookPrice, ContractPrice, DebitError, DebitSale, FoundAuthorisation, Lot, debit,
};
use prm_core::incentive::claim::policy::PriceUsed;
use prm_core::incentive::claim::protect::{PriceChange, ProtectionError, StockCount, StockReceipt};
use prm_core::incentive::claim::{
    Basis, BasisError, ClaimError, ClaimForm, ClaimReason, Command, Disallowed, FoundPrice, ProtectedItem, SpiffBrings,
};
use prm_core::incentive::line::LineKey;
use prm_core::incentive::mdf::FundPartner;
use prm_core::partner::Partner;
use prm_core::scaled::Scaled;

use super::world::{World, approve_claim, days, marketing, program, proof, usd, validator, with};

fn number(text: &str) -> Scaled {
    text.parse().unwrap()
}

fn sku(text: &str) -> Sku {
    text.parse().unwrap()
}

fn line(document: &str) -> LineKey {
    LineKey { document: document.parse().unwrap(), line: None }
}

fn sale(document: &str, on: &str, units: &str) -> DebitSale {
    DebitSale::new(line(document), sku("K-1"), "contoso".parse().unwrap(), on.parse().unwrap(), number(units))
}

fn lot(id: &str, on: &str, left: &str, price: &str) -> Lot {
    let (id, received_on) = (id.parse().unwrap(), on.parse().unwrap());
    Lot { id, sku: sku("K-1"), received_on, left: number(left), price: number(price) }
}

/// 100 units at 90 for Contoso until the end of June, 40 of which are left.
fn authorised() -> FoundAuthorisation {
    let window = days("2025-01-01", "2025-07-01");
    let (id, partner, currency) = ("SPA-1".parse().unwrap(), "a".parse().unwrap(), "USD".parse().unwrap());
    let mut of = Authorisation::new(id, partner, currency, window, number("100"));
    of.account = "contoso".parse().ok();
    of.prices.insert(sku("K-1"), ContractPrice { contract: number("90"), book: Some(number("102")) });
    let mut found = FoundAuthorisation::new(of, number("40"));
    found.lots = vec![
        lot("L-2", "2025-02-01", "20", "104"),
        lot("L-1", "2025-01-05", "10", "100"),
        lot("L-3", "2025-03-10", "50", "80"),
    ];
    let price =
        |from: &str, price: &str| BookPrice { sku: sku("K-1"), from: from.parse().unwrap(), price: number(price) };
    found.book_prices = vec![price("2025-01-01", "101"), price("2025-03-01", "103"), price("2025-04-01", "110")];
    found
}

#[test]
fn three_prices_three_results() {
    let sales = [sale("I-1", "2025-03-01", "25")];
    let gives = |price| debit(price, &authorised(), &sales).unwrap()[0].gives.trimmed().to_string();
    // 10 × (100 − 90) + 15 × (104 − 90), 25 × (102 − 90), 25 × (103 − 90).
    assert_eq!(gives(PriceUsed::InventoryCost), "310");
    assert_eq!(gives(PriceUsed::BookInContract), "300");
    assert_eq!(gives(PriceUsed::BookOnShipDate), "325");
}

#[test]
fn lots_are_taken_in_the_order_of_shipping_and_cheap_goods_bring_nothing() {
    let sales = [sale("I-2", "2025-03-12", "15"), sale("I-1", "2025-03-01", "25")];
    let items = debit(PriceUsed::InventoryCost, &authorised(), &sales).unwrap();
    // The later one gets the last five of the second lot and ten at 80: 5 × 14 − 10 × 10 is below nothing.
    let taken: Vec<_> =
        items[0].parts.iter().map(|part| (part.lot.as_ref().unwrap().as_str(), part.quantity.to_string())).collect();
    assert_eq!(taken, [("L-2", "5".to_owned()), ("L-3", "10".to_owned())]);
    assert_eq!((items[0].gives, items[1].gives), (number("0"), number("310")));
    let refused = |sale: DebitSale| debit(PriceUsed::InventoryCost, &authorised(), &[sale]).unwrap_err();
    assert!(
        matches!(refused(sale("I", "2025-03-01", "31")), DebitError::NotInStock { missing, .. } if missing == number("1"))
    );
    assert!(matches!(refused(sale("I", "2025-03-12", "40.5")), DebitError::Quantity { .. }));
    assert!(matches!(refused(sale("I", "2025-03-12", "0")), DebitError::NoQuantity { .. }));
    assert!(matches!(refused(sale("I", "2025-07-01", "1")), DebitError::OutsideWindow { .. }));
    let other = with(sale("I", "2025-03-12", "1"), |sale| sale.account = "fabrikam".parse().unwrap());
    assert!(matches!(refused(other), DebitError::Customer { .. }));
    let other = with(sale("I", "2025-03-12", "1"), |sale| sale.sku = sku("K-2"));
    assert!(matches!(refused(other), DebitError::Product { .. }));
}

fn debit_claim(sales: Vec<DebitSale>) -> ClaimForm {
    ClaimForm::new("P", "a".parse().unwrap(), Basis::ShipAndDebit { authorisation: "SPA-1".parse().unwrap(), sales })
}

fn pass(world: &mut World, id: &str, disallowed: Vec<Disallowed>) -> Result<(), FundBookError> {
    world.act_on_claim(id, &Command::Validate { disallowed, note: None }, &validator())?;
    world.act_on_claim(id, &approve_claim(), &marketing())
}

#[test]
fn an_authorisation_is_used_up_and_never_overdrawn() {
    let mut world = World::new();
    world.book.put_authorisation(authorised());
    world.go_to("2025-03-20");
    world.submit_claim("1", &debit_claim(vec![sale("I-1", "2025-03-01", "25")])).unwrap();
    world.submit_claim("2", &debit_claim(vec![sale("I-2", "2025-03-02", "31")])).unwrap_err();
    world.submit_claim("3", &debit_claim(vec![sale("I-3", "2025-03-12", "20")])).unwrap();
    pass(&mut world, "1", Vec::new()).unwrap();
    assert_eq!(
        (world.pays("1").as_str(), world.book.left(&"SPA-1".parse().unwrap())),
        ("310.00 USD", Some(number("15")))
    );
    // Both were in order when they were handed in; the second is one too many now, in part.
    let refused = pass(&mut world, "3", Vec::new()).unwrap_err();
    assert!(matches!(refused, FundBookError::Claim(ClaimError::Basis(BasisError::Debit(DebitError::Quantity { .. })))));
    assert!(matches!(
        world.submit_claim("4", &debit_claim(vec![sale("I-1", "2025-03-01", "1")])),
        Err(FundBookError::Claim(ClaimError::EvidenceUsed { .. }))
    ));
    let late = world.go_to("2025-04-01").submit_claim("5", &debit_claim(vec![sale("I-5", "2025-03-01", "1")]));
    assert!(matches!(late, Err(FundBookError::Claim(ClaimError::Basis(BasisError::TooLate { .. })))));
    let foreign = with(debit_claim(vec![sale("I-6", "2025-03-12", "1")]), |form| form.partner = "b".parse().unwrap());
    assert!(matches!(
        world.submit_claim("6", &foreign),
        Err(FundBookError::Claim(ClaimError::Basis(BasisError::NotFound { .. })))
    ));
}

#[test]
fn units_that_do_not_count_are_not_used() {
    let mut world = World::new();
    world.book.put_authorisation(authorised());
    world.go_to("2025-03-20");
    world
        .submit_claim("1", &debit_claim(vec![sale("I-1", "2025-03-01", "25"), sale("I-2", "2025-03-02", "1")]))
        .unwrap();
    let mut cut = Disallowed::all(1, "returned".parse().unwrap());
    cut.part = Some(number("15"));
    pass(&mut world, "1", vec![cut, Disallowed::all(2, "other".parse().unwrap())]).unwrap();
    assert_eq!(
        (world.pays("1").as_str(), world.book.left(&"SPA-1".parse().unwrap())),
        ("100.00 USD", Some(number("30")))
    );
    assert!(world.claim("1").is_approved_in_part());
}

fn change() -> PriceChange {
    let mut change = PriceChange::new(
        sku("K-1"),
        "USD".parse().unwrap(),
        (number("500"), number("450")),
        "2025-03-05".parse().unwrap(),
    );
    change.noticed_on = "2025-03-10".parse().unwrap();
    change
}

fn stock_claim(count: StockCount) -> ClaimForm {
    let effective_on = "2025-03-05".parse().unwrap();
    let items = vec![ProtectedItem { sku: sku("K-1"), count }];
    ClaimForm::new("P", "a".parse().unwrap(), Basis::PriceProtection { effective_on, items })
}

#[test]
fn stock_is_that_of_the_date_of_change_and_only_recent_receipts_count() {
    let mut world = World::new();
    let receipt = |on: &str, units: &str| StockReceipt { on: on.parse().unwrap(), quantity: number(units) };
    let receipts = vec![receipt("2024-12-01", "90"), receipt("2025-02-01", "12"), receipt("2025-03-05", "50")];
    world.book.put_price(FoundPrice { change: change(), receipts });
    world.go_to("2025-03-20");
    let mut count = StockCount::new("2025-03-10".parse().unwrap(), number("15"));
    (count.sold_since, count.in_transit) = (number("5"), number("7"));
    world.submit_claim("1", &stock_claim(count)).unwrap();
    let answer = world.claim("1").answer.clone().unwrap();
    assert_eq!((answer.claimed, answer.pays), (usd("1000"), usd("600")));
    assert!(answer.items[0].because.contains(&ClaimReason::ReceivedEarlier { counts: number("12") }));
    assert!(answer.items[0].because.contains(&ClaimReason::InTransit { quantity: number("7") }));
    pass(&mut world, "1", Vec::new()).unwrap();
    assert_eq!(world.book.owed()[0].1.amount, usd("600"));
    // The stock of a product on a date is claimed once.
    let again = StockCount::new("2025-03-04".parse().unwrap(), number("1"));
    assert!(matches!(
        world.submit_claim("2", &stock_claim(again)),
        Err(FundBookError::Claim(ClaimError::EvidenceUsed { .. }))
    ));
}

#[test]
fn a_claim_brings_no_more_than_its_cap() {
    let mut world = World::new();
    let receipts = vec![StockReceipt { on: "2025-02-01".parse().unwrap(), quantity: number("50") }];
    world.book.put_price(FoundPrice { change: change(), receipts });
    world.go_to("2025-03-20");
    world.submit_claim("1", &stock_claim(StockCount::new("2025-03-04".parse().unwrap(), number("20")))).unwrap();
    let answer = world.claim("1").answer.clone().unwrap();
    assert_eq!((answer.pays, answer.cuts[0].why.clone()), (usd("900"), ClaimReason::Cap { amount: usd("900") }));
    let wrong = stock_claim(StockCount::new("2025-03-03".parse().unwrap(), number("20")));
    let refused = world.submit_claim("2", &wrong).unwrap_err();
    let FundBookError::Claim(error) = refused else { panic!("{refused}") };
    // It is held by the first one; another product would be told why.
    assert!(matches!(error, ClaimError::EvidenceUsed { .. }), "{error}");
    let rise = with(change(), |change| (change.old, change.new) = (number("1"), number("2")));
    let found = FoundPrice { change: rise, receipts: Vec::new() };
    let mut world = World::new();
    world.book.put_price(found);
    let refused = world
        .go_to("2025-03-20")
        .submit_claim("1", &stock_claim(StockCount::new("2025-03-04".parse().unwrap(), number("1"))));
    assert!(matches!(
        refused,
        Err(FundBookError::Claim(ClaimError::Basis(BasisError::Protection(ProtectionError::NotLower { .. }))))
    ));
}

#[test]
fn spiff_claims_bring_what_the_spiff_says_of_their_sales() {
    let mut world = World::new();
    let brings = |document: &str, amount: &str| SpiffBrings {
        line: line(document),
        on: "2025-03-01".parse().unwrap(),
        brings: usd(amount),
    };
    world.book.put_spiff("summer".parse().unwrap(), vec![brings("I-1", "25"), brings("I-2", "15")]);
    let form = |documents: &[&str]| {
        let lines = documents.iter().map(|document| line(document)).collect();
        let of = Basis::Spiff { incentive: "summer".parse().unwrap(), person: "ada".parse().ok(), lines };
        let mut form = ClaimForm::new("P", "a".parse().unwrap(), of);
        form.proofs = vec![proof("receipt", &documents.concat())];
        form
    };
    world.go_to("2025-03-20");
    assert!(matches!(
        world.submit_claim("0", &form(&["I-3"])),
        Err(FundBookError::Claim(ClaimError::Basis(BasisError::NotFound { what: "sale", .. })))
    ));
    world.submit_claim("1", &form(&["I-1", "I-2"])).unwrap();
    pass(&mut world, "1", Vec::new()).unwrap();
    let payout = &world.book.owed()[0].1;
    assert_eq!((payout.amount, payout.person.as_ref().unwrap().as_str()), (usd("40"), "ada"));
    let again = world.submit_claim("2", &form(&["I-2"]));
    assert!(
        matches!(again, Err(FundBookError::Claim(ClaimError::EvidenceUsed { evidence })) if evidence.as_str() == "sale:summer:I-2")
    );
}

#[test]
fn a_program_takes_the_claims_that_it_names() {
    let mut book = FundBook::new(Arc::clone(&program("")));
    book.put_partner(FundPartner::new(Partner::new("a".parse().unwrap(), "a")));
    book.put_authorisation(authorised());
    let by = super::world::partner("a");
    let now = "2025-03-20T00:00:00Z".parse().unwrap();
    book.open_claim("1".parse().unwrap(), &debit_claim(vec![sale("I-1", "2025-03-01", "1")]), &by, now).unwrap();
    let refused = book.command_claim(&"1".parse().unwrap(), &Command::Submit, &by, now).unwrap_err();
    assert!(matches!(
        refused,
        FundBookError::Claim(ClaimError::Basis(BasisError::NoPolicy { kind: "ship_and_debit" }))
    ));
}
