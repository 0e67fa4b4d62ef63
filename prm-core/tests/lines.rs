//! What becomes of sale lines: repetitions, corrections, returns, refusals, currencies, batches.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on must stop"
)]

use std::collections::BTreeMap;

use prm_core::fx::{FxError, FxTable, RateKind};
use prm_core::incentive::fold::{Facts, Finished, Fold, FoldError, LineError, Outcome};
use prm_core::incentive::line::{BatchKey, ChannelStep, LineKey, LineKind, SaleLine};
use prm_core::incentive::partial::MergeError;
use prm_core::partner::Partner;
use prm_core::program::Program;

/// A program that counts net revenue and units of everything, with `sales` and `exchange` as given.
fn program(sales: &str) -> Program {
    let text = format!(
        "
format: 1
program: Lines
version: '1'
effective: {{ from: 2025-01-01, until: 2027-01-01 }}
currency: USD
exchange: {{ sales: {{ table: rates, rate: closing, at_most: 3 days back, round: {{ digits: 2, mode: half_even }} }} }}
sales: {sales}
incentives:
  money: {{ kind: rebate, measure: {{ of: net_revenue }}, every: month, schedule: {{ shape: marginal, bands: [{{ from: 0, rate: 10 % }}] }} }}
  count: {{ kind: rebate, measure: {{ of: units }}, every: month, schedule: {{ shape: per_step, step: 10, amount: 1 }} }}
"
    );
    Program::read(&text).unwrap_or_else(|findings| panic!("{findings}"))
}

fn line(key: &str, day: &str, net: &str) -> SaleLine {
    let (document, number) = key.split_once('/').map_or((key, None), |(document, line)| (document, Some(line)));
    let key = LineKey { document: document.parse().unwrap(), line: number.map(|line| line.parse().unwrap()) };
    let mut line = SaleLine::new(key, LineKind::Sale, "sku".parse().unwrap(), "USD".parse().unwrap());
    line.buyer = Some("p".parse().unwrap());
    line.dates.invoice = Some(day.parse().unwrap());
    line.amounts.net = Some(net.parse().unwrap());
    line.quantity = Some("1".parse().unwrap());
    line
}

fn taking_back(sale: &str, day: &str, net: &str) -> SaleLine {
    let mut back = line(&format!("R-{sale}"), day, net);
    back.kind = LineKind::Return;
    back.quantity = Some("-1".parse().unwrap());
    back.reverses = Some(line(sale, day, "1").key);
    back
}

fn batch(id: &str, revision: u32) -> BatchKey {
    BatchKey { revision, ..BatchKey::new("erp".parse().unwrap(), id.parse().unwrap()) }
}

struct World {
    program: Program,
    partners: BTreeMap<prm_core::id::PartnerId, Partner>,
    exchange: Vec<FxTable>,
}

fn world(sales: &str) -> World {
    let partners = ["p", "q"].map(|id| (id.parse().unwrap(), Partner::new(id.parse().unwrap(), id)));
    let mut rates = FxTable::new("rates");
    let [eur, usd] = ["EUR", "USD"].map(|code| code.parse().unwrap());
    rates.quote(eur, usd, RateKind::Closing, "2025-03-07".parse().unwrap(), "1.085".parse().unwrap()).unwrap();
    World { program: program(sales), partners: partners.into(), exchange: vec![rates] }
}

impl World {
    fn fold(&self) -> Fold<'_> {
        let facts = Facts::new(&self.partners).exchange(&self.exchange);
        Fold::new(&self.program, facts, batch("b", 0)).unwrap()
    }

    fn folded(&self, lines: &[SaleLine]) -> (Finished, Vec<Result<Outcome, LineError>>) {
        let mut fold = self.fold().remembering();
        let outcomes = lines.iter().map(|line| fold.add(line)).collect();
        (fold.finish().unwrap(), outcomes)
    }

    /// By partner, month and measure: the sum.
    fn sums(&self, finished: &Finished) -> BTreeMap<String, String> {
        let mut sums = BTreeMap::new();
        let year = self.program.calendar().parse_label("2025").unwrap();
        for month in self.program.calendar().periods_in(prm_core::calendar::Every::Month, &year.period).unwrap() {
            for partner in self.partners.keys() {
                for (name, rebate) in [("money", "money"), ("units", "count")] {
                    let key = self.program.rebate(rebate).unwrap().measure.key();
                    let total = finished.partials.total(partner.as_str(), &key, &month.period).unwrap();
                    if !total.is_zero() {
                        sums.insert(format!("{partner} {month} {name}"), total.to_string());
                    }
                }
            }
        }
        sums
    }
}

fn sums<const N: usize>(expected: [(&str, &str); N]) -> BTreeMap<String, String> {
    expected.into_iter().map(|(place, sum)| (place.to_owned(), sum.to_owned())).collect()
}

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
    assert_eq!(finished.late[0].1, Ok(Outcome::Counted));
    assert_eq!(lenient.sums(&finished)["p 2025-M03 money"], "-4");
    let strict = world("{ unmatched_returns: reject }");
    let (finished, _) = strict.folded(&lines);
    assert_eq!(finished.late[0].1, Err(LineError::Unmatched { kind: "return" }));
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
