//! Lines that credit several partners: divided by shares, or in full by role.

use std::collections::BTreeMap;

use prm_core::id::PartnerId;
use prm_core::incentive::fold::{Facts, Fold, LineError, Outcome};
use prm_core::incentive::line::{Credit, SaleLine};
use prm_core::partner::Partner;
use prm_core::program::Program;
use prm_core::scaled::Scaled;
use prm_core::split::SharesError;
use proptest::prelude::*;

use crate::world::{batch, line, program, sums, taking_back, world};

const SPLIT: &str = "{ credits: split, roles: { closer: 60 %, helper: 40 % } }";

fn credit(role: &str, partner: &str, share: Option<&str>) -> Credit {
    Credit {
        role: role.parse().unwrap(),
        partner: partner.parse().unwrap(),
        share: share.map(|share| share.parse().unwrap()),
    }
}

fn crediting<const N: usize>(mut line: SaleLine, credits: [(&str, &str, Option<&str>); N]) -> SaleLine {
    line.quantity = Some(Scaled::ZERO);
    line.credits = credits.map(|(role, partner, share)| credit(role, partner, share)).into();
    line
}

#[test]
fn a_line_is_divided_by_its_shares_or_those_of_its_roles() {
    let world = world(SPLIT);
    let by_roles = crediting(line("D1/1", "2025-01-05", "100"), [("helper", "q", None), ("closer", "p", None)]);
    let by_shares = crediting(
        line("D2/1", "2025-02-05", "100"),
        [("closer", "p", Some("12.5 %")), ("closer", "q", Some("87.5 %"))],
    );
    // Who is alone has all of it, and who is there in two roles has both shares.
    let alone = crediting(line("D3/1", "2025-03-05", "100"), [("helper", "q", None)]);
    let both = crediting(line("D4/1", "2025-04-05", "100"), [("helper", "q", None), ("closer", "q", None)]);
    let (finished, outcomes) = world.folded(&[by_roles, by_shares, alone, both]);
    assert!(outcomes.iter().all(|outcome| *outcome == Ok(Outcome::Counted)), "{outcomes:?}");
    let expected = sums([
        ("p 2025-M01 money", "60"),
        ("q 2025-M01 money", "40"),
        ("p 2025-M02 money", "12.5"),
        ("q 2025-M02 money", "87.5"),
        ("q 2025-M03 money", "100"),
        ("q 2025-M04 money", "100"),
    ]);
    assert_eq!(world.sums(&finished), expected);
}

#[test]
fn a_return_is_divided_as_its_sale_was_whenever_it_comes() {
    let world = world(SPLIT);
    let sale =
        crediting(line("D1/1", "2025-01-05", "100"), [("closer", "p", Some("30 %")), ("helper", "q", Some("70 %"))]);
    let mut back = taking_back("D1/1", "2025-02-05", "-50");
    back.quantity = Some(Scaled::ZERO);
    let expected = sums([("p 2025-M01 money", "15"), ("q 2025-M01 money", "35")]);
    for lines in [[sale.clone(), back.clone()], [back.clone(), sale.clone()]] {
        let (finished, _) = world.folded(&lines);
        assert_eq!(world.sums(&finished), expected);
    }
    // One that says itself whom it takes from does so.
    let own = crediting(back.clone(), [("closer", "p", None)]);
    let (finished, _) = world.folded(&[sale, own]);
    assert_eq!(world.sums(&finished), sums([("p 2025-M01 money", "-20"), ("q 2025-M01 money", "70")]));
    // Without its sale it is nobody's.
    let (finished, outcomes) = world.folded(&[back]);
    assert_eq!(outcomes, [Ok(Outcome::Waiting)]);
    assert_eq!(finished.late[0].decided, Err(LineError::Missing { field: "credits" }));
    assert_eq!(world.sums(&finished), sums([]));
}

#[test]
fn in_full_by_role_nobody_takes_from_another() {
    let world = world("{ credits: { role: helper }, roles: { closer: 60 %, helper: 40 % } }");
    let both = crediting(line("D1/1", "2025-01-05", "100"), [("helper", "q", None), ("closer", "p", None)]);
    let other = crediting(line("D2/1", "2025-01-05", "100"), [("closer", "p", None)]);
    let (finished, outcomes) = world.folded(&[both, other, line("D3/1", "2025-01-05", "100")]);
    assert_eq!(outcomes, [Ok(Outcome::Counted), Ok(Outcome::NotSelected), Ok(Outcome::NotSelected)]);
    assert_eq!(world.sums(&finished), sums([("q 2025-M01 money", "100")]));
}

#[test]
fn what_cannot_be_divided_is_refused_with_its_money() {
    let world = world(SPLIT);
    let of = |credits: &[(&str, &str, Option<&str>)]| {
        let mut line = line("D1/1", "2025-01-05", "100");
        line.credits = credits.iter().map(|(role, partner, share)| credit(role, partner, *share)).collect();
        line
    };
    let role = |role: &str| role.parse().unwrap();
    let not_whole = |sum: Scaled| LineError::Shares { why: SharesError::NotWhole { sum } };
    let negative = LineError::Shares { why: SharesError::Negative { place: 2, share: Scaled::new(-1, 1) } };
    for (credits, expected) in [
        (&[][..], LineError::Missing { field: "credits" }),
        (&[("closer", "p", Some("60 %")), ("helper", "q", Some("39.9 %"))], not_whole(Scaled::new(999, 3))),
        (&[("closer", "p", Some("110 %")), ("helper", "q", Some("-10 %"))], negative),
        (&[("closer", "p", Some("60 %")), ("helper", "q", None)], LineError::ShareMissing { role: role("helper") }),
        (&[("closer", "p", None), ("closer", "q", None)], LineError::RoleTwice { role: role("closer") }),
        (&[("baker", "p", None)], LineError::UnknownRole { role: role("baker") }),
        (
            &[("closer", "nobody", None)],
            LineError::UnknownPartner { field: "credits", partner: "nobody".parse().unwrap() },
        ),
    ] {
        let (finished, outcomes) = world.folded(&[of(credits)]);
        assert_eq!(outcomes, [Err(expected.clone())]);
        assert_eq!(expected.field(), "credits");
        assert_eq!(world.sums(&finished), sums([]));
        assert_eq!(finished.partials.tally().refused_lines(), 1);
    }
}

#[test]
fn a_document_that_cannot_divide_is_refused() {
    let text = |sales: &str| {
        format!(
            "{{ format: 1, program: Lines, version: '1', effective: {{ from: 2025-01-01 }}, currency: USD, sales: {sales} }}"
        )
    };
    for (sales, code) in [
        ("{ credits: split }", "no_roles"),
        ("{ credits: split, roles: { closer: 60 %, helper: 39 % } }", "shares_not_whole"),
        ("{ credits: { role: baker }, roles: { closer: 100 % } }", "unknown_name"),
        ("{ credits: nobody }", "bad_value"),
    ] {
        let findings = Program::read(&text(sales)).unwrap_err();
        assert!(findings.iter().any(|finding| finding.code == code), "{sales}: {findings}");
    }
    // What is measured does not change because roles could be.
    assert_eq!(program("{}").plan(), program("{ credits: buyer }").plan());
}

proptest! {
    /// Parts make the whole to the last digit, whatever the shares, and a return takes exactly what was given.
    #[test]
    fn parts_make_the_whole(
        net in 1_i128..1_000_000_000_000,
        cuts in prop::collection::vec(0_i128..=1_000_000, 0..6),
        by_line in any::<bool>(),
    ) {
        let mut cuts = [cuts, vec![0, 1_000_000]].concat();
        cuts.sort_unstable();
        let place = if by_line { ", rounding: { place: line }" } else { "" };
        let text = format!(
            "{{ format: 1, program: Lines, version: '1', effective: {{ from: 2025-01-01 }}, currency: USD,
               sales: {SPLIT}, incentives: {{ money: {{ kind: rebate, measure: {{ of: net_revenue }}, every: year,
               schedule: {{ shape: marginal, bands: [{{ from: 0, rate: 10 % }}] }}{place} }} }} }}"
        );
        let program = Program::read(&text).unwrap();
        let ids: Vec<PartnerId> = (1..cuts.len()).map(|at| format!("p{at}").parse().unwrap()).collect();
        let partners: BTreeMap<_, _> = ids.iter().map(|id| (id.clone(), Partner::new(id.clone(), "P"))).collect();
        let mut sale = line("D1/1", "2025-01-05", "1");
        sale.amounts.net = Some(Scaled::new(net, 2));
        sale.credits = ids.iter().zip(cuts.windows(2)).map(|(id, pair)| {
            let share = prm_core::rate::Rate::from_fraction(Scaled::new(pair[1] - pair[0], 6)).unwrap();
            Credit { role: "closer".parse().unwrap(), partner: id.clone(), share: Some(share) }
        }).collect();
        let mut back = taking_back("D1/1", "2025-02-05", "-1");
        back.amounts.net = Some(Scaled::new(-net, 2));
        let total = |lines: &[&SaleLine]| {
            let mut fold = Fold::new(&program, Facts::new(&partners), batch("b", 0)).unwrap().remembering();
            for line in lines {
                fold.add(line).unwrap();
            }
            let (finished, key) = (fold.finish().unwrap(), program.rebate("money").unwrap().measure.key());
            let year = program.calendar().parse_label("2025").unwrap().period;
            ids.iter().map(|id| finished.partials.total(id.as_str(), &key, &year).unwrap()).collect::<Vec<_>>()
        };
        let parts = total(&[&sale]);
        let sum = parts.iter().try_fold(Scaled::ZERO, |sum, part| sum.plus(*part)).unwrap();
        prop_assert_eq!(sum, Scaled::new(net, 2));
        // To the cent where lines are rounded to cents.
        prop_assert!(!by_line || parts.iter().all(|part| part.trimmed().digits() <= 2), "{:?}", parts);
        prop_assert!(total(&[&sale, &back]).iter().all(|part| part.is_zero()));
    }
}
