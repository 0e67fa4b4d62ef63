//! Returns, and what takes them back.

use std::collections::BTreeMap;

use prm_core::incentive::fold::{LineError, Outcome};
use prm_core::incentive::line::{LineKind, SaleLine};

use crate::world::{World, line, sums, taking_back, world};

#[test]
fn returns_count_in_the_period_of_their_sale_or_their_own() {
    let lines = [line("D1/1", "2025-01-05", "10"), taking_back("D1/1", "2025-03-02", "-4")];
    let reversed = [lines[1].clone(), lines[0].clone()];
    for order in [&lines, &reversed] {
        let world = world("{ returns: original_period }");
        let (finished, outcomes) = world.folded(order);
        assert!(outcomes.iter().all(Result::is_ok));
        assert_eq!(world.sums(&finished), sums([("p 2025-M01 money", "6")]), "one unit went out and came back");
        assert_eq!(finished.partials.tally().counted, 2);
    }
    let world = world("{ returns: current_period }");
    let (finished, _) = world.folded(&lines);
    let expected = sums([
        ("p 2025-M01 money", "10"),
        ("p 2025-M01 units", "1"),
        ("p 2025-M03 money", "-4"),
        ("p 2025-M03 units", "-1"),
    ]);
    assert_eq!(world.sums(&finished), expected);
}

#[test]
fn a_return_that_comes_too_late_counts_now() {
    // The sale's month ends on 1 February; 30 days later is 3 March.
    let world = world("{ reopen_until: 30 days }");
    let at = |day| world.folded(&[line("D1/1", "2025-01-05", "10"), taking_back("D1/1", day, "-4")]).0;
    assert_eq!(world.sums(&at("2025-03-02")).get("p 2025-M01 money").unwrap(), "6");
    let late = world.sums(&at("2025-03-03"));
    assert_eq!((late["p 2025-M01 money"].as_str(), late["p 2025-M03 money"].as_str()), ("10", "-4"));
}

#[test]
fn a_return_without_its_sale_counts_now_or_is_rejected_as_the_program_says() {
    let lines = [taking_back("D9/1", "2025-03-02", "-4")];
    let lenient = world("{}");
    let (finished, outcomes) = lenient.folded(&lines);
    assert_eq!(outcomes, [Ok(Outcome::Waiting)]);
    assert_eq!(finished.late[0].decided, Ok(Outcome::Counted));
    assert_eq!(lenient.sums(&finished)["p 2025-M03 money"], "-4");
    let strict = world("{ unmatched_returns: reject }");
    let (finished, _) = strict.folded(&lines);
    assert_eq!(finished.late[0].decided, Err(LineError::Unmatched { kind: "return" }));
    let tally = finished.partials.tally();
    assert_eq!(tally.refused["unmatched_return"]["return"].money[&"USD".parse().unwrap()].to_string(), "-4");
    // The host may know the sale's date although the sale is not here.
    let mut known = lines[0].clone();
    known.original_date = Some("2025-01-20".parse().unwrap());
    let (finished, outcomes) = strict.folded(&[known]);
    assert_eq!(outcomes, [Ok(Outcome::Counted)]);
    assert_eq!(strict.sums(&finished)["p 2025-M01 money"], "-4");
}

#[test]
fn a_correction_that_is_rejected_leaves_what_it_would_have_replaced() {
    let strict = world("{ unmatched_returns: reject }");
    let sale = line("D1/1", "2025-01-05", "10");
    let matched = keyed(taking_back("D1/1", "2025-02-02", "-4"), "R/1", "D1/1");
    let unmatched = keyed(taking_back("D9/1", "2025-03-02", "-9"), "R/1", "D9/1");
    let also_unmatched = keyed(taking_back("D8/1", "2025-03-02", "-8"), "R/1", "D8/1");
    let of = |lines: &[SaleLine]| {
        let (finished, _) = strict.folded(lines);
        let tally = finished.partials.tally();
        let all = tally.counted + tally.repeated + tally.not_selected + tally.outside_program;
        (strict.sums(&finished), tally.lines - all, tally.corrected)
    };
    let stands = sums([("p 2025-M01 money", "6")]);
    // A return that waits, replaced by one or two that are rejected.
    assert_eq!(of(&[sale.clone(), matched.clone(), unmatched.clone()]), (stands.clone(), 1, 0));
    assert_eq!(of(&[sale.clone(), matched.clone(), unmatched.clone(), also_unmatched.clone()]).0, stands);
    assert_eq!(of(&[unmatched.clone(), matched.clone(), sale.clone()]).0, stands);
    // A sale that counts, replaced by one.
    let sold = line("R/1", "2025-04-05", "7");
    let both = sums([
        ("p 2025-M01 money", "10"),
        ("p 2025-M01 units", "1"),
        ("p 2025-M04 money", "7"),
        ("p 2025-M04 units", "1"),
    ]);
    assert_eq!(of(&[sale.clone(), sold.clone(), unmatched.clone()]), (both.clone(), 1, 0));
    assert_eq!(of(&[sale, sold, unmatched, also_unmatched]).0, both);
}

/// Sums of lines added in every order.
fn in_every_order(world: &World, lines: &[SaleLine]) -> Vec<BTreeMap<String, String>> {
    let mut orders: Vec<Vec<SaleLine>> = vec![Vec::new()];
    for line in lines {
        let longer = orders.into_iter().flat_map(|order| {
            (0..=order.len()).map(move |at| {
                let mut longer = order.clone();
                longer.insert(at, line.clone());
                longer
            })
        });
        orders = longer.collect();
    }
    orders.iter().map(|order| world.sums(&world.folded(order).0)).collect()
}

fn keyed(mut line: SaleLine, key: &str, reverses: &str) -> SaleLine {
    line.key = self::line(key, "2025-01-01", "0").key;
    line.reverses = Some(self::line(reverses, "2025-01-01", "0").key);
    line
}

#[test]
fn a_credit_and_its_rebill_net_in_the_period_of_the_sale_in_every_order() {
    let world = world("{}");
    let sale = line("A/1", "2025-01-05", "100");
    let credit = keyed(taking_back("A/1", "2025-05-02", "-40"), "B/1", "A/1");
    let mut rebill = keyed(line("C/1", "2025-08-02", "40"), "C/1", "B/1");
    rebill.kind = LineKind::Rebill;
    for sums in in_every_order(&world, &[sale, credit, rebill]) {
        assert_eq!(sums, self::sums([("p 2025-M01 money", "100"), ("p 2025-M01 units", "1")]));
    }
}

#[test]
fn the_end_of_a_chain_stands_for_a_sale_that_is_unknown_in_every_order() {
    let world = world("{}");
    let second = keyed(taking_back("X/1", "2025-02-02", "-40"), "R2/1", "X/1");
    let mut first = keyed(line("R1/1", "2025-08-02", "40"), "R1/1", "R2/1");
    first.kind = LineKind::Rebill;
    // R2 takes back a sale that nobody knows and counts in February; R1 takes R2 back, there.
    for sums in in_every_order(&world, &[second, first]) {
        assert_eq!(sums, self::sums([]));
    }
    // Lines that take each other back stand each for themselves.
    let ring = [
        keyed(taking_back("X/1", "2025-02-02", "-40"), "R1/1", "R2/1"),
        keyed(taking_back("X/1", "2025-03-02", "-1"), "R2/1", "R1/1"),
        keyed(taking_back("X/1", "2025-04-02", "-7"), "R3/1", "R1/1"),
    ];
    let orders = in_every_order(&world, &ring);
    assert!(orders.windows(2).all(|pair| pair[0] == pair[1]), "{orders:?}");
}

#[test]
fn a_return_follows_its_sale_when_that_is_corrected() {
    let world = world("{}");
    let sale = line("A/1", "2025-01-05", "100");
    let moved = line("A/1", "2025-05-05", "100");
    let back = taking_back("A/1", "2025-06-02", "-40");
    let expected = sums([("p 2025-M05 money", "60")]);
    for order in [[&sale, &moved, &back], [&sale, &back, &moved], [&back, &sale, &moved]] {
        let lines: Vec<SaleLine> = order.into_iter().cloned().collect();
        assert_eq!(world.sums(&world.folded(&lines).0), expected);
    }
}

#[test]
fn the_later_version_of_a_return_counts_whatever_waits() {
    let world = world("{}");
    let sale = line("A/1", "2025-01-05", "100");
    let first = keyed(taking_back("A/1", "2025-02-02", "-40"), "R/1", "A/1");
    let second = keyed(taking_back("A/1", "2025-02-02", "-10"), "R/1", "A/1");
    let mut dated = second.clone();
    dated.original_date = Some("2025-01-05".parse().unwrap());
    for second in [second, dated] {
        for order in [[&sale, &first, &second], [&first, &sale, &second], [&first, &second, &sale]] {
            let lines: Vec<SaleLine> = order.into_iter().cloned().collect();
            let (finished, _) = world.folded(&lines);
            assert_eq!(world.sums(&finished)["p 2025-M01 money"], "90");
            let tally = finished.partials.tally();
            assert_eq!((tally.lines, tally.counted, tally.corrected), (3, 3, 1));
        }
    }
}
