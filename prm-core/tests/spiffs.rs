//! SPIFFs against a reckoning of their own: whole cents, one sale after the other, nothing shared with the library.
#![cfg(feature = "program")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on must stop")]

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{Days, NaiveDate};
use prm_core::incentive::book::{SalesBook, SalesBookError};
use prm_core::incentive::line::{LineKey, LineKind, SaleLine};
use prm_core::incentive::spiff::{Seller, SpiffAnswer, SpiffError, SpiffFacts, SpiffPayee};
use prm_core::partner::Partner;
use prm_core::program::Program;
use prm_core::scaled::Scaled;
use prm_core::split::Shares;
use proptest::prelude::*;

const FIRST: &str = "2025-06-02";
const DAYS: u64 = 42;
const EACH: i64 = 375;

/// A sale of some units, of which some came back; on which day of the window, by whom.
#[derive(Debug, Clone)]
struct Sold {
    day: u64,
    partner: u8,
    person: u8,
    units: i64,
    back: i64,
    /// Whether it is a return whose sale nobody knows.
    alone: bool,
}

fn sold() -> impl Strategy<Value = Sold> {
    (0..DAYS + 8, 0..2_u8, 0..3_u8, 1..9_i64, prop::bool::weighted(0.2))
        .prop_flat_map(|(day, partner, person, units, alone)| (Just((day, partner, person, units, alone)), 0..=units))
        .prop_map(|((day, partner, person, units, alone), back)| Sold { day, partner, person, units, back, alone })
}

fn first() -> NaiveDate {
    FIRST.parse().unwrap()
}

fn on(day: u64) -> NaiveDate {
    first() + Days::new(day)
}

fn document(to: &str, cap: &str) -> String {
    format!(
        "
format: 1
program: Example
version: '1'
effective: {{ from: 2025-01-01 }}
currency: USD
incentives:
  summer:
    kind: spiff
    during: {{ from: {FIRST}, until: {} }}
    of: units
    pays: {{ each: 3.75 }}
    to: {to}
    consent: no
    public_sector: included
    {cap}
",
        on(DAYS)
    )
}

fn program(to: &str, cap: &str) -> Arc<Program> {
    Arc::new(Program::read(&document(to, cap)).unwrap())
}

fn facts() -> SpiffFacts {
    let mut facts = SpiffFacts::default();
    for partner in 0..2 {
        let seller = |person: u8| Seller {
            person: format!("s{person}").parse().unwrap(),
            partner: format!("p{partner}").parse().unwrap(),
            from: on(0),
            // The last of them sells for a week.
            until: (person == 2).then(|| on(7)),
        };
        facts.sellers.extend((0..3).map(seller));
        let weights = [("s0", 1), ("s1", 3), ("s2", 3)];
        let team = weights.into_iter().map(|(person, weight)| (person.parse().unwrap(), weight)).collect();
        facts.teams.insert(format!("p{partner}").parse().unwrap(), Shares::in_proportion(team).unwrap());
    }
    facts
}

fn line(key: &str, kind: LineKind, sold: &Sold, units: i64) -> SaleLine {
    let key = LineKey { document: key.parse().unwrap(), line: Some("1".parse().unwrap()) };
    let mut line = SaleLine::new(key, kind, "sku".parse().unwrap(), "USD".parse().unwrap());
    line.buyer = Some(format!("p{}", sold.partner).parse().unwrap());
    line.person = Some(format!("s{}", sold.person).parse().unwrap());
    line.dates.invoice = Some(on(sold.day));
    line.quantity = Some(Scaled::new(units.into(), 0));
    line
}

fn answer(program: &Arc<Program>, all: &[Sold], backwards: bool) -> SpiffAnswer {
    let mut book = SalesBook::new(Arc::clone(program));
    for id in ["p0", "p1"] {
        book.put_partner(Partner::new(id.parse().unwrap(), id)).unwrap();
    }
    book.put_spiff_facts(facts());
    let mut lines = Vec::new();
    for (at, sold) in all.iter().enumerate() {
        if sold.alone {
            lines.push(line(&format!("D{at:03}"), LineKind::Return, sold, -sold.units));
            continue;
        }
        lines.push(line(&format!("D{at:03}"), LineKind::Sale, sold, sold.units));
        if sold.back > 0 {
            let mut back = line(&format!("R{at:03}"), LineKind::Return, sold, -sold.back);
            back.reverses =
                Some(LineKey { document: format!("D{at:03}").parse().unwrap(), line: Some("1".parse().unwrap()) });
            // It comes back weeks later, and counts on the day of its sale.
            back.dates.invoice = Some(on(sold.day + 60));
            lines.push(back);
        }
    }
    if backwards {
        lines.reverse();
    }
    book.add(lines, None).unwrap();
    book.spiff("summer", on(1000)).unwrap()
}

fn minor(answer: &SpiffAnswer) -> BTreeMap<(String, Option<String>), i64> {
    let payee = |payee: &SpiffPayee| match payee {
        SpiffPayee::Person { person, partner } => (partner.to_string(), Some(person.to_string())),
        SpiffPayee::Partner(partner) => (partner.to_string(), None),
        other => panic!("{other:?}"),
    };
    answer.earned.iter().map(|one| (payee(&one.payee), one.earned.minor())).collect()
}

/// What each person earns, in cents: sale after sale, by day and then by number. A return by itself is a sale below zero.
fn reckoned(all: &[Sold], per_person: i64, per_partner: i64) -> BTreeMap<(String, Option<String>), i64> {
    let mut numbered: Vec<(u64, usize)> = all.iter().enumerate().map(|(at, sold)| (sold.day, at)).collect();
    numbered.sort_unstable();
    let (mut raw, mut earned) = (BTreeMap::new(), BTreeMap::<(u8, u8), i64>::new());
    for (day, at) in numbered {
        let Sold { partner, person, units, back, alone, .. } = all[at];
        let counts = if alone { -units } else { units - back };
        // Goods come back from whoever sold them, also from one who has left.
        if day >= DAYS || counts == 0 || (person == 2 && day >= 7 && counts > 0) {
            continue;
        }
        let raw: &mut i64 = raw.entry((partner, person)).or_default();
        *raw += counts * EACH;
        let others = |of: fn(&(u8, u8)) -> u8, is: u8| -> i64 {
            let other = |(who, _): &(&(u8, u8), &i64)| of(who) == is && **who != (partner, person);
            earned.iter().filter(other).map(|(_, cents)| cents).sum()
        };
        let of_person = per_person - others(|(_, person)| *person, person);
        let of_partner = per_partner - others(|(partner, _)| *partner, partner);
        let all = (*raw).min(of_person).min(of_partner).max(0);
        earned.insert((partner, person), all);
    }
    let named = |((partner, person), cents)| ((format!("p{partner}"), Some(format!("s{person}"))), cents);
    earned.into_iter().filter(|(_, cents)| *cents != 0).map(named).collect()
}

proptest! {
    #[test]
    fn persons_earn_what_a_reckoning_in_cents_says(all in prop::collection::vec(sold(), 0..40), caps in (1..20_i64, 1..40_i64)) {
        let (per_person, per_partner) = (caps.0 * 1000, caps.1 * 1000);
        let cap = format!("cap: {{ per_person: {}, per_partner: {} }}", caps.0 * 10, caps.1 * 10);
        let program = program("person", &cap);
        let found = answer(&program, &all, false);
        prop_assert_eq!(minor(&found), reckoned(&all, per_person, per_partner));
        // In whatever order lines come.
        prop_assert_eq!(&answer(&program, &all, true), &found);
        // Sales bring together what is earned, and a refused one nothing.
        let brought: i64 = found.sales.iter().map(|sale| sale.brings.minor()).sum();
        prop_assert_eq!(brought, minor(&found).values().sum::<i64>());
        prop_assert!(found.sales.iter().all(|sale| sale.because.is_none() || sale.brings.is_zero()));
        prop_assert!(found.earned.iter().all(|one| one.earned.minor() > 0));
    }

    #[test]
    fn a_team_gets_what_its_partner_earns_to_the_cent(all in prop::collection::vec(sold(), 0..40)) {
        let of_partner = minor(&answer(&program("partner", ""), &all, false));
        let of_team = minor(&answer(&program("team", ""), &all, false));
        for partner in ["p0", "p1"] {
            let whole = of_partner.get(&(partner.to_owned(), None)).copied().unwrap_or(0);
            let parts = of_team.iter().filter(|((of, _), _)| of == partner).map(|(_, cents)| cents).sum::<i64>();
            prop_assert_eq!(whole, parts);
        }
    }
}

#[test]
fn lines_that_all_wait_bring_nothing_yet() {
    let document = document("partner", "").replace("incentives:", "sales: { unmatched_returns: reject }\nincentives:");
    let mut book = SalesBook::new(Arc::new(Program::read(&document).unwrap()));
    book.put_partner(Partner::new("p0".parse().unwrap(), "One")).unwrap();
    let sold = Sold { day: 0, partner: 0, person: 0, units: 1, back: 0, alone: false };
    let mut back = line("R1", LineKind::Return, &sold, -1);
    back.reverses = Some(LineKey { document: "D1".parse().unwrap(), line: Some("1".parse().unwrap()) });
    book.add(vec![back], None).unwrap();
    assert_eq!(book.waiting().unwrap().len(), 1);
    assert_eq!(book.spiff("summer", on(0)).unwrap().sales, []);
}

#[test]
fn what_is_not_given_is_named() {
    let lines = |sold: &Sold| vec![line("D1", LineKind::Sale, sold, sold.units)];
    let sold = Sold { day: 0, partner: 0, person: 0, units: 1, back: 0, alone: false };
    let book = |to: &str| {
        let mut book = SalesBook::new(program(to, ""));
        book.put_partner(Partner::new("p0".parse().unwrap(), "One")).unwrap();
        book.add(lines(&sold), None).unwrap();
        book
    };
    let refused = |to: &str, name: &str| book(to).spiff(name, on(0)).unwrap_err();
    let unknown = SpiffError::Unknown { name: "winter".into() };
    assert_eq!(refused("person", "winter"), SalesBookError::Spiff(unknown));
    let no_team = SpiffError::NoTeam { partner: "p0".parse().unwrap() };
    assert_eq!(refused("team", "summer"), SalesBookError::Spiff(no_team));
}
