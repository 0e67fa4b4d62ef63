//! Point of sale against sell-in: who reports more than it can have, and since when.

use prm_core::incentive::line::{ChannelStep, CountingDate, LineDates, LineKey, LineKind, SaleLine};
use prm_core::incentive::pos::{PosCheck, PosReport};
use prm_core::scaled::Scaled;
use proptest::prelude::*;

use ChannelStep::{SellIn, SellOut, SellThrough};

/// `SO1/2` is line 2 of document SO1; the vendor has no id.
fn line(at: &str, step: ChannelStep, parties: (&str, &str), units: &str, on: &str) -> SaleLine {
    let (document, number) = at.split_once('/').map_or((at, None), |(document, number)| (document, Some(number)));
    let key = LineKey { document: document.parse().unwrap(), line: number.map(|number| number.parse().unwrap()) };
    let kind = if units.starts_with('-') { LineKind::Return } else { LineKind::Sale };
    let mut line = SaleLine::new(key, kind, "bike".parse().unwrap(), "USD".parse().unwrap());
    let party = |id: &str| (id != "-").then(|| id.parse().unwrap());
    (line.seller, line.buyer, line.step) = (party(parties.0), party(parties.1), step);
    line.quantity = Some(units.parse().unwrap());
    line.dates = LineDates { invoice: Some(on.parse().unwrap()), ..LineDates::default() };
    line
}

/// Each line as a document of its own.
fn reported(step: ChannelStep, lines: &[SaleLine], as_of: &str) -> PosReport {
    let mut check = PosCheck::new(step, CountingDate::Invoice);
    for line in lines {
        check.add_document(&"erp".parse().unwrap(), &[line]).unwrap();
    }
    check.report(as_of.parse().unwrap()).unwrap()
}

fn told(report: &PosReport) -> Vec<String> {
    let told = report.above.iter().map(|above| {
        let has = format!("{}+{}-{}", above.opening, above.bought, above.returned);
        format!("{} {has} {}-{} {} {}", above.partner, above.sold, above.came_back, above.above, above.since)
    });
    told.collect()
}

#[test]
fn what_is_above_is_told_with_the_day_since_when() {
    let lines = [
        line("SO1", SellIn, ("-", "wide"), "10", "2025-01-05"),
        line("SO2", SellIn, ("-", "wide"), "-2", "2025-01-10"),
        line("P1", SellThrough, ("wide", "r1"), "9", "2025-01-20"),
        line("P2", SellThrough, ("wide", "r2"), "1", "2025-01-25"),
        line("P3", SellThrough, ("wide", "r1"), "-1", "2025-01-27"),
    ];
    assert_eq!(told(&reported(SellThrough, &lines, "2025-01-19")), [""; 0]);
    assert_eq!(told(&reported(SellThrough, &lines, "2025-01-20")), ["wide 0+10-2 9-0 1 2025-01-20"]);
    assert_eq!(told(&reported(SellThrough, &lines, "2025-01-31")), ["wide 0+10-2 10-1 1 2025-01-20"]);
    // A delivery covers it, and a further report goes above anew.
    let covered = [&lines[..], &[line("SO3", SellIn, ("-", "wide"), "1.5", "2025-02-01")]].concat();
    assert_eq!(told(&reported(SellThrough, &covered, "2025-02-01")), [""; 0]);
    let again = [&covered[..], &[line("P4", SellThrough, ("wide", "r1"), "1", "2025-02-03")]].concat();
    assert_eq!(told(&reported(SellThrough, &again, "2025-02-28")), ["wide 0+11.5-2 11-1 0.5 2025-02-03"]);
}

#[test]
fn what_was_there_before_counts() {
    let lines = [line("P1", SellThrough, ("wide", "r1"), "9", "2025-01-20")];
    let check = |units: i128| {
        let opening = Scaled::new(units, 0);
        let mut check = PosCheck::new(SellThrough, CountingDate::Invoice).opening(
            "wide".parse().unwrap(),
            "bike".parse().unwrap(),
            opening,
        );
        check.add_document(&"pos".parse().unwrap(), &[&lines[0]]).unwrap();
        told(&check.report("2025-01-31".parse().unwrap()).unwrap())
    };
    assert_eq!(check(9), [""; 0]);
    assert_eq!(check(8), ["wide 8+0-0 9-0 1 2025-01-20"]);
}

#[test]
fn a_restated_report_counts_instead_of_the_earlier_one() {
    let first = line("P1/1", SellThrough, ("wide", "r1"), "12", "2025-01-20");
    let restated = line("P1/1", SellThrough, ("wide", "r1"), "10", "2025-01-20");
    let unnumbered = line("P1", SellThrough, ("wide", "r1"), "1", "2025-01-21");
    let mut check = PosCheck::new(SellThrough, CountingDate::Invoice);
    check.add_document(&"erp".parse().unwrap(), &[&line("SO1/1", SellIn, ("-", "wide"), "10", "2025-01-05")]).unwrap();
    let lines = [&first, &first, &restated, &unnumbered, &unnumbered];
    check.add_document(&"pos".parse().unwrap(), &lines).unwrap();
    assert_eq!(told(&check.report("2025-01-31".parse().unwrap()).unwrap()), ["wide 0+10-0 12-0 2 2025-01-21"]);
}

#[test]
fn a_reseller_may_sell_what_it_bought_at_any_step() {
    let lines = [
        line("SO1", SellIn, ("-", "r1"), "3", "2025-01-05"),
        line("P1", SellThrough, ("wide", "r1"), "4", "2025-01-06"),
        line("O1", SellOut, ("r1", "-"), "8", "2025-01-07"),
    ];
    assert_eq!(told(&reported(SellOut, &lines, "2025-01-31")), ["r1 0+7-0 8-0 1 2025-01-07"]);
    // At sell-through only the distributor sold anything.
    assert_eq!(told(&reported(SellThrough, &lines, "2025-01-31")), ["wide 0+0-0 4-0 4 2025-01-06"]);
    assert_eq!(told(&reported(SellIn, &lines, "2025-01-31")), [""; 0]);
}

#[test]
fn what_moves_no_goods_changes_nothing_and_what_lacks_a_field_is_told() {
    let mut cheaper = line("SO2", SellIn, ("-", "wide"), "5", "2025-01-06");
    cheaper.kind = LineKind::PriceCorrection;
    let mut nowhere = line("P2", SellThrough, ("-", "r1"), "5", "2025-01-06");
    nowhere.quantity = None;
    let mut undated = line("SO3/1", SellIn, ("-", "wide"), "5", "2025-01-06");
    undated.dates = LineDates::default();
    let lines = [cheaper, nowhere, undated, line("P1", SellThrough, ("wide", "r1"), "1", "2025-01-20")];
    let report = reported(SellThrough, &lines, "2025-01-31");
    assert_eq!(told(&report), ["wide 0+0-0 1-0 1 2025-01-20"]);
    let unknown = report.unknown.iter().map(|line| format!("{} {} {}", line.source, line.key, line.missing.join("+")));
    assert_eq!(unknown.collect::<Vec<_>>(), ["erp P2 quantity+seller", "erp SO3/1 invoice"]);
}

proptest! {
    /// However lines are ordered, what is told is what the plain sums say.
    #[test]
    fn the_order_of_documents_changes_nothing(
        drawn in prop::collection::vec((0..3_usize, 0..3_u32, -9_i64..20), 1..30).prop_flat_map(|lines| {
            (Just(lines.clone()), Just(lines).prop_shuffle())
        }),
    ) {
        let build = |drawn: &[(usize, u32, i64)]| -> Vec<SaleLine> {
            let of = |&(what, day, units): &(usize, u32, i64)| {
                let (step, parties) =
                    [(SellIn, ("-", "wide")), (SellThrough, ("wide", "r1")), (SellThrough, ("west", "r1"))][what];
                line("D", step, parties, &units.to_string(), &format!("2025-01-0{}", day + 1))
            };
            drawn.iter().map(of).collect()
        };
        let (lines, shuffled) = (build(&drawn.0), build(&drawn.1));
        let report = reported(SellThrough, &lines, "2025-01-31");
        prop_assert_eq!(&report, &reported(SellThrough, &shuffled, "2025-01-31"));
        for (seller, bought, sold) in [("wide", 0, 1), ("west", 9, 2)] {
            let sum = |of: usize| drawn.0.iter().filter(|(what, _, _)| *what == of).map(|(_, _, units)| units).sum::<i64>();
            // Who reports nothing is not told, whatever it sent back.
            let sells = |of: usize| drawn.0.iter().any(|(what, _, _)| *what == of);
            let above = report.above.iter().find(|above| above.partner.as_str() == seller).map(|above| above.above.to_string());
            let expected = sum(sold) - sum(bought);
            prop_assert_eq!(above, (expected > 0 && sells(sold)).then(|| expected.to_string()));
        }
    }
}
