//! What cannot be used or is missing is named, and what waits is told.

use std::collections::BTreeMap;
use std::sync::Arc;

use prm_core::incentive::book::{SalesBook, SalesBookError};
use prm_core::incentive::commission::{CommissionError, CommissionFacts, FactError, Payment, RecordOf, Touch};
use prm_core::incentive::fold::{Facts, Fold, Outcome};
use prm_core::incentive::line::{BatchKey, LineKind};
use prm_core::partner::Partner;
use prm_core::period::Period;
use prm_core::program::Program;
use prm_core::scaled::Scaled;

use super::world::{PLAIN, Sold, Terms, book, document, line, lines_key, on};

#[test]
fn a_refund_without_its_sale_waits_where_the_program_says_so() {
    let terms = PLAIN;
    let document = document(&terms).replace("incentives:", "sales: { unmatched_returns: reject }\nincentives:");
    let mut book = SalesBook::new(Arc::new(Program::read(&document).unwrap()));
    book.put_partner(Partner::new("p0".parse().unwrap(), "One")).unwrap();
    let sold = Sold { day: 0, partner: 0, account: 0, cents: 10_000, back: Vec::new(), paid: Vec::new() };
    let mut back = line("R1".into(), LineKind::Return, &sold, 5, -10_000);
    back.reverses = Some(lines_key(0));
    book.add(vec![back], None).unwrap();
    assert_eq!(book.waiting().unwrap().len(), 1);
    assert_eq!(book.commission("fee", on(31)).unwrap().sales, []);
    book.add(vec![line("D000".into(), LineKind::Sale, &sold, 0, 10_000)], None).unwrap();
    assert!(book.waiting().unwrap().is_empty());
    let answer = book.commission("fee", on(31)).unwrap();
    assert_eq!((answer.sales[0].whole.minor(), answer.sales[0].net.minor()), (1000, 0));
}

#[test]
fn what_cannot_be_used_is_named() {
    let terms = Terms { by_payment: true, ..PLAIN };
    let sold = Sold { day: 0, partner: 0, account: 0, cents: 10_000, back: Vec::new(), paid: Vec::new() };
    let mut book = book(&terms, std::slice::from_ref(&sold), false);
    let refused = |book: &SalesBook, name: &str| match book.commission(name, on(31)) {
        Err(SalesBookError::Commission(why)) => *why,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(&book, "none"), CommissionError::Unknown { name: "none".into() });
    let mut facts = CommissionFacts::default();
    let mut payment = Payment::new("D000".parse().unwrap(), on(1), Scaled::new(1, 0));
    facts.payments.push(payment.clone());
    payment.of = Some(Scaled::ZERO);
    facts.payments.push(payment);
    book.put_commission_facts(facts.clone());
    let document = "D000".parse().unwrap();
    assert_eq!(refused(&book, "fee"), CommissionError::Fact(FactError::NothingToPay { document, row: 2 }));
    assert_eq!(refused(&book, "fee").to_string(), "payment 2: `of` is not above zero for document `D000`");
    facts.payments.clear();
    let (account, partner): (prm_core::id::AccountId, prm_core::id::PartnerId) =
        ("c0".parse().unwrap(), "p0".parse().unwrap());
    let record = RecordOf { account: account.clone(), partner: partner.clone(), from: on(5), until: Some(on(5)) };
    facts.records.push(record);
    assert_eq!(facts.check(), Err(FactError::EndsBefore { account, row: 1 }));
    facts.records.clear();
    facts.touches.push(Touch { partner: partner.clone(), account: None, code: None, on: on(1) });
    assert_eq!(facts.check(), Err(FactError::NobodyTouched { partner, row: 1 }));
}

#[test]
fn what_is_not_given_is_named() {
    let sold = Sold { day: 0, partner: 0, account: 0, cents: 10_000, back: Vec::new(), paid: Vec::new() };
    let refused = |document: String, facts: CommissionFacts| {
        let mut book = SalesBook::new(Arc::new(Program::read(&document).unwrap()));
        book.put_partner(Partner::new("p0".parse().unwrap(), "One")).unwrap();
        book.put_commission_facts(facts);
        let mut line = line("D000".into(), LineKind::Sale, &sold, 0, 10_000);
        line.quantity = Some(Scaled::new(1, 0));
        if document.contains("of: units") {
            line.amounts.net = None;
        }
        book.add(vec![line], None).unwrap();
        match book.commission("fee", on(31)) {
            Err(SalesBookError::Commission(why)) => *why,
            other => panic!("{other:?}"),
        }
    };
    let of_sets = document(&PLAIN)
        .replace("incentives:", "products: { bikes: { category: Bikes } }\nincentives:")
        .replace("[{ rate", "[{ products: bikes, rate");
    assert_eq!(refused(of_sets, CommissionFacts::default()), CommissionError::NeedsProducts);
    // The customer's partner of record is nobody that the book knows.
    let mut facts = CommissionFacts::default();
    let (account, partner) = ("c0".parse().unwrap(), "p9".parse().unwrap());
    facts.records.push(RecordOf { account, partner, from: on(0), until: None });
    let of_record = document(&PLAIN).replace("of: billings", "of: billings\n    credits: partner_of_record");
    let unknown = CommissionError::UnknownPartner { partner: "p9".parse().unwrap() };
    assert_eq!(refused(of_record, facts), unknown);
    // Units have no net amount, and the payment does not say what the document comes to.
    let of_units = document(&Terms { by_payment: true, ..PLAIN })
        .replace("of: billings", "of: units")
        .replace("{ rate: 10 % }", "{ fixed: 10, per: unit }");
    let mut facts = CommissionFacts::default();
    facts.payments.push(Payment::new("D000".parse().unwrap(), on(1), Scaled::new(1, 0)));
    let total = CommissionError::UnknownTotal { document: "D000".parse().unwrap() };
    assert_eq!(refused(of_units, facts), total);
}

#[test]
fn lines_whose_customer_decides_make_no_sum() {
    let text = document(&PLAIN).replace("of: billings", "of: billings\n    credits: partner_of_record");
    let program = Program::read(&text).unwrap();
    let partners = BTreeMap::from([("p0".parse().unwrap(), Partner::new("p0".parse().unwrap(), "One"))]);
    let batch = BatchKey::new("test".parse().unwrap(), "one".parse().unwrap());
    let mut fold = Fold::new(&program, Facts::new(&partners), batch).unwrap().tracing();
    let sold = Sold { day: 0, partner: 0, account: 0, cents: 10_000, back: Vec::new(), paid: Vec::new() };
    let mut line = line("D000".into(), LineKind::Sale, &sold, 0, 10_000);
    line.buyer = None;
    assert_eq!(fold.add(&line).unwrap(), Outcome::Counted);
    let finished = fold.finish().unwrap();
    let (key, year) = (program.measures()[0].key(), Period::new(on(0), on(365)).unwrap());
    assert_eq!(finished.partials.cells("p0", &key, &year).count(), 0);
    assert_eq!((finished.shares[0].len(), &finished.shares[0][0].partner), (1, &None));
}
