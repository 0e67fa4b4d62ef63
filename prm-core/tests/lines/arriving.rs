//! Repetitions, corrections, refusals, currencies, batches.

use prm_core::fx::{FxError, FxTable, RateKind};
use prm_core::incentive::fold::{Facts, Fold, FoldError, LineError, Outcome};
use prm_core::incentive::line::{ChannelStep, LineKind, SaleLine};
use prm_core::incentive::partial::MergeError;
use prm_core::program::Program;

use crate::world::{World, batch, line, sums, world};

#[test]
fn a_repeated_line_counts_once_and_equal_lines_without_a_number_all_count() {
    let world = world("{}");
    let keyed = line("D1/1", "2025-01-05", "10");
    let (finished, outcomes) = world.folded(&[keyed.clone(), keyed]);
    assert_eq!(outcomes, [Ok(Outcome::Counted), Ok(Outcome::Repeated)]);
    assert_eq!(world.sums(&finished), sums([("p 2025-M01 money", "10"), ("p 2025-M01 units", "1")]));
    let plain = line("D1", "2025-01-05", "10");
    let (finished, outcomes) = world.folded(&[plain.clone(), plain]);
    assert_eq!(outcomes, [Ok(Outcome::Counted), Ok(Outcome::Counted)]);
    assert_eq!(world.sums(&finished), sums([("p 2025-M01 money", "20"), ("p 2025-M01 units", "2")]));
}

#[test]
fn a_correction_replaces_exactly_what_its_predecessor_added() {
    let world = world("{}");
    let mut other = line("D1/1", "2025-02-05", "7.5");
    other.buyer = Some("q".parse().unwrap());
    let mut unusable = line("D1/1", "2025-02-05", "99");
    unusable.buyer = Some("nobody".parse().unwrap());
    let lines = [line("D1/1", "2025-01-05", "10"), line("D2/1", "2025-01-06", "1"), other, unusable];
    let (finished, outcomes) = world.folded(&lines);
    assert_eq!(outcomes[2], Ok(Outcome::Corrected));
    assert!(matches!(outcomes[3], Err(LineError::UnknownPartner { field: "buyer", .. })));
    // The correction moved the line to another partner and month; the unusable one changed nothing.
    let expected = sums([
        ("p 2025-M01 money", "1"),
        ("p 2025-M01 units", "1"),
        ("q 2025-M02 money", "7.5"),
        ("q 2025-M02 units", "1"),
    ]);
    assert_eq!(world.sums(&finished), expected);
    let tally = finished.partials.tally();
    assert_eq!((tally.lines, tally.counted, tally.corrected, tally.refused_lines()), (4, 3, 1, 1));
}

#[test]
fn a_correction_in_a_later_batch_belongs_to_that_batch() {
    let world = world("{}");
    let mut fold = world.fold().remembering();
    fold.add(&line("D1/1", "2025-01-05", "10")).unwrap();
    fold.next_batch(batch("c", 0)).unwrap();
    assert_eq!(fold.add(&line("D1/1", "2025-01-05", "4")), Ok(Outcome::Corrected));
    let finished = fold.finish().unwrap();
    let key = world.program.rebate("money").unwrap().measure.key();
    let year = world.program.calendar().parse_label("2025").unwrap();
    let cells: Vec<_> =
        finished.partials.cells("p", &key, &year.period).map(|cell| (cell.amount.to_string(), cell.lines)).collect();
    assert_eq!(cells, [("10".to_owned(), 1), ("-6".to_owned(), 0)], "what was sent first stays as it was sent");
}

#[test]
fn each_kind_of_line_has_its_effect() {
    let of_kind = |kind, net: &str, quantity: &str| {
        let mut line = line("D1/1", "2025-01-05", net);
        line.kind = kind;
        line.quantity = Some(quantity.parse().unwrap());
        line
    };
    let default = world("{}");
    let sums_of = |world: &World, line| world.sums(&world.folded(&[line]).0);
    let correction = of_kind(LineKind::PriceCorrection, "-3", "-1");
    assert_eq!(sums_of(&default, correction.clone()), sums([("p 2025-M01 money", "-3")]), "no goods moved");
    assert_eq!(sums_of(&default, of_kind(LineKind::FreeGoods, "0", "5")), sums([]));
    let other = world("{ kinds: { price_correction: ignored, free_goods: counts } }");
    assert_eq!(sums_of(&other, correction), sums([]));
    assert_eq!(sums_of(&other, of_kind(LineKind::FreeGoods, "0", "5")), sums([("p 2025-M01 units", "5")]));
}

#[test]
fn what_cannot_be_used_says_why_and_keeps_its_money() {
    let world = world("{}");
    let refused = |change: &dyn Fn(&mut SaleLine)| {
        let mut line = line("D1/1", "2025-01-05", "12.34");
        change(&mut line);
        let (finished, outcomes) = world.folded(&[line]);
        assert_eq!(finished.partials.tally().refused_lines(), 1);
        assert!(world.sums(&finished).is_empty(), "nothing half done");
        outcomes[0].clone().unwrap_err()
    };
    assert_eq!(refused(&|line| line.buyer = None), LineError::Missing { field: "buyer" });
    assert_eq!(refused(&|line| line.dates.invoice = None), LineError::Missing { field: "invoice" });
    assert_eq!(refused(&|line| line.amounts.net = None), LineError::Missing { field: "net" });
    assert_eq!(refused(&|line| line.quantity = None), LineError::Missing { field: "quantity" });
    let negative = refused(&|line| line.amounts.net = Some("-1".parse().unwrap()));
    assert_eq!(negative, LineError::Sign { field: "net", kind: "sale", value: "-1".parse().unwrap() });
    let huge = refused(&|line| line.amounts.net = Some("999999999999999999999999999999".parse().unwrap()));
    assert_eq!(huge, LineError::OutOfRange { field: "net" });
    let yen = refused(&|line| line.currency = "JPY".parse().unwrap());
    assert!(matches!(yen, LineError::Exchange(FxError::NoRate { .. })));
    assert_eq!(yen.to_string(), "no closing rate from JPY to USD on 2025-01-05 or within 3 days before");
}

#[test]
fn a_line_in_another_currency_is_converted_once_at_its_own_date() {
    let world = world("{}");
    let euro = |day: &str, net: &str| {
        let mut line = line(&format!("D{day}"), day, net);
        line.currency = "EUR".parse().unwrap();
        line
    };
    // 0.10 × 1.085 = 0.1085, 0.30 × 1.085 = 0.3255: each rounded to the cent, so 0.11 + 0.33, not 0.434.
    let (finished, outcomes) = world.folded(&[euro("2025-03-07", "0.10"), euro("2025-03-09", "0.30")]);
    assert!(outcomes.iter().all(Result::is_ok));
    assert_eq!(world.sums(&finished)["p 2025-M03 money"], "0.44");
    let key = world.program.rebate("money").unwrap().measure.key();
    let year = world.program.calendar().parse_label("2025").unwrap();
    let cell = finished.partials.cells("p", &key, &year.period).next().unwrap();
    assert_eq!((cell.sold_in.code(), cell.rounded), ("EUR", 2));
    let rates = cell.rates.unwrap();
    assert_eq!((rates.first.to_string(), rates.last.to_string()), ("2025-03-07".into(), "2025-03-07".into()));
    let (_, outcomes) = world.folded(&[euro("2025-03-11", "1")]);
    assert!(outcomes[0].as_ref().is_err_and(|error| error.code() == "no_rate"), "four days are too far back");
}

#[test]
fn other_steps_and_dates_are_set_aside_not_lost() {
    let world = world("{}");
    let mut sell_out = line("D1/1", "2025-01-05", "10");
    sell_out.step = ChannelStep::SellOut;
    let (finished, outcomes) =
        world.folded(&[sell_out, line("D2/1", "2024-12-31", "10"), line("D3/1", "2027-01-01", "10")]);
    assert_eq!(outcomes, [Ok(Outcome::NotSelected), Ok(Outcome::OutsideProgram), Ok(Outcome::OutsideProgram)]);
    let tally = finished.partials.tally();
    assert_eq!((tally.not_selected, tally.outside_program, tally.counted), (1, 2, 0));
}

#[test]
fn a_batch_is_folded_once() {
    let world = world("{}");
    let mut fold = world.fold().remembering();
    fold.add(&line("D1/1", "2025-01-05", "10")).unwrap();
    let again = fold.next_batch(batch("b", 0));
    assert_eq!(again, Err(FoldError::Merge(MergeError::DuplicateBatch { key: batch("b", 0) })));
    let other = fold.next_batch(batch("b", 1));
    assert_eq!(other, Err(FoldError::OtherRevision { key: batch("b", 1), folded: 0 }));
    // Refusing changed nothing.
    assert_eq!(world.sums(&fold.finish().unwrap())["p 2025-M01 money"], "10");
}

#[test]
fn facts_that_the_program_needs_must_be_there() {
    let world = world("{}");
    let facts = Facts::new(&world.partners);
    let missing = Fold::new(&world.program, facts, batch("b", 0)).err();
    assert_eq!(missing, Some(FoldError::NeedsExchange { table: "rates".into() }));
}

#[test]
fn a_batch_that_rests_on_another_is_merged_only_with_the_revision_it_knew() {
    let world = world("{}");
    let mut fold = world.fold().remembering();
    fold.add(&line("D1/1", "2025-01-05", "100")).unwrap();
    fold.next_batch(batch("c", 0)).unwrap();
    fold.add(&line("D1/1", "2025-01-05", "120")).unwrap();
    let both = fold.finish().unwrap().partials;
    let mut other = world.fold();
    other.next_batch(batch("b", 1)).unwrap();
    other.add(&line("D1/1", "2025-01-05", "7")).unwrap();
    let newer = other.finish().unwrap().partials;
    for merged in [both.clone().merge(newer.clone()), newer.merge(both)] {
        assert!(matches!(merged, Err(MergeError::RestsOnOther { held: 1, .. })), "{merged:?}");
    }
}

#[test]
fn the_same_revision_is_refused_after_another_one_too() {
    let world = world("{}");
    let mut fold = world.fold();
    fold.next_batch(batch("b", 1)).unwrap();
    let again = fold.next_batch(batch("b", 1));
    assert_eq!(again, Err(FoldError::Merge(MergeError::DuplicateBatch { key: batch("b", 1) })));
}

#[test]
fn one_absurd_amount_does_not_hide_the_others() {
    let world = world("{}");
    let unknown = |document: &str, net: &str| {
        let mut line = line(document, "2025-01-05", net);
        line.buyer = Some("nobody".parse().unwrap());
        line
    };
    let absurd = "9".repeat(38);
    let (finished, _) = world.folded(&[unknown("D1", &absurd), unknown("D2", &absurd), unknown("D3", "0.1234567890")]);
    let tally = finished.partials.tally();
    let refused = &tally.refused["unknown_partner"]["nobody"];
    assert_eq!((refused.lines, refused.unsummed), (3, 2));
}

#[test]
fn a_conversion_is_rounded_once_where_lines_are_rounded_too() {
    let mut world = world("{}");
    let text = "
format: 1
program: Lines
version: '1'
effective: { from: 1900-01-01 }
currency: USD
rounding: { place: line }
exchange: { sales: { table: rates, rate: closing, round: { digits: 3 } } }
incentives:
  money: { kind: rebate, measure: { of: net_revenue }, every: month, schedule: { shape: marginal, bands: [{ from: 0, rate: 10 % }] } }
  count: { kind: rebate, measure: { of: units }, every: month, schedule: { shape: per_step, step: 10, amount: 1 } }
";
    world.program = Program::read(text).unwrap();
    let mut rates = FxTable::new("rates");
    let [eur, usd] = ["EUR", "USD"].map(|code| code.parse().unwrap());
    rates.quote(eur, usd, RateKind::Closing, "2025-03-07".parse().unwrap(), "1.0046".parse().unwrap()).unwrap();
    world.exchange = vec![rates];
    let mut euro = line("D1", "2025-03-07", "1");
    euro.currency = eur;
    // 1.0046 is 1.00; by way of 1.005 it would be 1.01 or 1.00 as the mode has it.
    assert_eq!(world.sums(&world.folded(&[euro]).0)["p 2025-M03 money"], "1");
}

#[test]
fn what_is_sold_to_others_is_told_as_not_selected() {
    let text = "
format: 1
program: Lines
version: '1'
effective: { from: 2025-01-01, until: 2027-01-01 }
currency: USD
territories: { north: { countries: [NO], regions: [N1] } }
incentives:
  a: { kind: rebate, measure: { of: net_revenue, sold_to: { account: [A-1], territory: north } }, every: month, schedule: { shape: marginal, bands: [{ from: 0, rate: 10 % }] } }
";
    let program = |text: &str| Program::read(text).unwrap_or_else(|findings| panic!("{findings}"));
    let world = World { program: program(text), ..world("{}") };
    let sold = |key: &str, account: Option<&str>, to: (Option<&str>, Option<&str>)| {
        let mut line = line(key, "2025-01-05", "10");
        line.account = account.map(|account| account.parse().unwrap());
        (line.ship_to_country, line.ship_to_region) = (to.0.map(str::to_owned), to.1.map(str::to_owned));
        line
    };
    let north = (Some("NO"), Some("N1"));
    let lines = [
        sold("D1/1", Some("A-1"), north),
        sold("D1/2", Some("A-2"), north),
        sold("D1/3", None, north),
        sold("D1/4", Some("A-1"), (Some("NO"), None)),
        sold("D1/5", Some("A-1"), (None, Some("N1"))),
    ];
    let (finished, outcomes) = world.folded(&lines);
    assert_eq!(outcomes[0], Ok(Outcome::Counted));
    assert!(outcomes[1..].iter().all(|outcome| *outcome == Ok(Outcome::NotSelected)), "{outcomes:?}");
    let tally = finished.partials.tally();
    assert_eq!((tally.counted, tally.not_selected, tally.refused_lines()), (1, 4, 0));
    // What a territory covers decides what is counted, so sums of another one are of another plan.
    assert_ne!(program(&text.replace("[N1]", "[N1, N2]")).plan(), world.program.plan());
    // Two lists are never one measure: an id may hold any sign.
    let one = program(&text.replace("[A-1]", "[\"A+1\"]")).rebate("a").unwrap().measure.key();
    let two = program(&text.replace("[A-1]", "[A, \"1\"]")).rebate("a").unwrap().measure.key();
    assert_ne!(one, two);
}
