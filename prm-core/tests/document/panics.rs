//! No text makes a check panic, and a document is a program or has an error, never both.
//!
//! The plain mirror of the fuzz target `document`.

use std::collections::BTreeMap;

use prm_core::incentive::partial::Partials;
use prm_core::incentive::schedule::Reading;
use prm_core::partner::Partner;
use prm_core::program::Program;
use prm_core::program::diff::diff;
use prm_core::scaled::Scaled;
use prm_core::tier::standing::standing;
use prm_core::tier::{Basis, MetricFact, MetricFacts, Source};
use proptest::prelude::*;

use super::damage::{blow, right};

/// Checks a text, pays by what comes out, and looks for differences.
fn check(text: &str, numbers: &[i128]) -> Result<(), TestCaseError> {
    let checked = Program::check(text);
    prop_assert_eq!(checked.program.is_none(), checked.findings.has_errors(), "{}", checked.findings);
    for finding in &checked.findings {
        prop_assert!(finding.position.line > 0 && finding.position.column > 0, "{}", finding);
        prop_assert!(finding.position.line as usize <= text.matches(['\n', '\r']).count() + 1, "{}", finding);
    }
    let changes = diff(text, text);
    prop_assert!(changes.as_ref().map_or(true, Vec::is_empty), "{:?}", changes);
    for rebate in checked.program.iter().flat_map(Program::rebates) {
        for &value in numbers.iter().chain(&[0, 1, -1, i128::MAX, i128::MIN]) {
            let reading = Reading::new(value).second(value).target(Some(value));
            let _ = rebate.amount(&reading);
            let _ = rebate.amount(&reading.paid_on(value.rotate_left(7)).target(None));
            let _ = rebate.schedule.next_bound(&reading);
        }
    }
    checked.program.iter().for_each(|program| stand(program, numbers));
    Ok(())
}

/// Tells a partner's metrics with these numbers and asks where it stands.
fn stand(program: &Program, numbers: &[i128]) {
    let Some(tiers) = program.tiers() else { return };
    let mut facts = MetricFacts::new(tiers);
    let mut partner = Partner::new("p".parse().unwrap(), "p");
    partner.joined = Some("2025-02-28".parse().unwrap());
    for (metric, number) in tiers.metrics().iter().zip(numbers.iter().cycle()) {
        if let Source::Told(metric, _) = &metric.source {
            let (metric, value) = (metric.clone(), Scaled::new(*number, 3));
            let fact = MetricFact { partner: partner.id.clone(), metric, on: "2025-03-01".parse().unwrap(), value };
            let _ = facts.tell(fact);
        }
    }
    let partners = BTreeMap::from([(partner.id.clone(), partner.clone())]);
    let sums = Partials::empty(program.plan(), program.sales().digits);
    let basis = Basis::new(program, &sums, &partners).unwrap().metrics(&facts);
    if let Ok(standing) = standing(&basis, &partner, &[], "2026-04-01".parse().unwrap()) {
        assert!(!standing.to_string().is_empty());
    }
}

fn numbers() -> impl Strategy<Value = Vec<i128>> {
    prop::collection::vec((any::<i128>(), 0_u32..127).prop_map(|(number, shift)| number >> shift), 1..4)
}

/// Pieces of documents, in any order.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "format: 1",
        "program: P",
        "incentives:",
        "rate: 2 %",
        "bands:",
        "- ",
        "? ",
        ": ",
        "{",
        "}",
        "[",
        "]",
        ", ",
        "\n",
        "\n  ",
        "\t",
        "#",
        "'",
        "\"",
        "|",
        ">",
        "&a ",
        "*a",
        "!!str ",
        "!",
        "%YAML 1.2\n",
        "---\n",
        "...\n",
        "~",
        "<<: *a",
        "\u{feff}",
        "\r",
        "\0",
        "é",
        "\u{2028}",
        "\\x41",
        "\\uD800",
        "- - -",
        "kind: rebate",
        "shape: marginal",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2_000) })]

    #[test]
    fn any_text(text in any::<String>(), numbers in numbers()) {
        check(&text, &numbers)?;
    }

    #[test]
    fn any_pieces(text in pieces(), numbers in numbers()) {
        check(&text, &numbers)?;
    }

    #[test]
    fn right_documents_with_several_blows(
        tree in right(), blows in prop::collection::vec(blow(), 0..4), numbers in numbers(),
    ) {
        let mut tree = tree;
        for blow in blows {
            blow.land(&mut tree);
        }
        check(&tree.write(), &numbers)?;
    }

    #[test]
    fn right_documents_with_a_cut(
        tree in right(), at in any::<prop::sample::Index>(), cut in 0_usize..9, by in pieces(), numbers in numbers(),
    ) {
        let text: Vec<char> = tree.write().chars().collect();
        let begin = at.index(text.len());
        let end = text.len().min(begin + cut);
        let text: String = text[..begin].iter().chain(by.chars().collect::<Vec<_>>().iter()).chain(&text[end..]).collect();
        check(&text, &numbers)?;
    }
}
