//! Tiers that nobody can be in, and tiers that ask for less than the one below.

use super::super::finding::{Findings, Severity};
use super::super::grammar::report;
use super::super::tree::Node;
use crate::scaled::Scaled;
use crate::tier::{Condition, Item, Level, Requirement, Tiers};

/// Reports what is risky about the tiers.
pub(super) fn lint(tiers: &Tiers, root: &Node, findings: &mut Findings) {
    let Some(nodes) = root.get("tiers").and_then(|tiers| tiers.get("levels")) else { return };
    for (at, (level, node)) in tiers.levels().iter().zip(nodes.items()).enumerate() {
        let place = node.get("requires").unwrap_or(node);
        let mut warn = |code, message: String, advice: &str| {
            let path = format!("tiers.levels[{at}].requires");
            report(findings, Severity::Warning, place.at, &path, code, message, advice, None);
        };
        let Some(requires) = &level.requires else { continue };
        let higher = tiers.levels().iter().skip(at + 1);
        if let Some(never) = impossible(requires) {
            warn("unreachable_tier", format!("`{}` cannot be reached: {never}", level.name), "lower what is needed");
        } else if let Some(above) = higher.clone().find(|above| implied(requires, above)) {
            let message = format!("whoever meets `{}` also meets `{}` and stands there", level.name, above.name);
            warn("unreachable_tier", message, "ask for more in the higher tier, or drop one of them");
        }
        let lower = tiers.levels().iter().take(at).rev();
        if let Some(below) = lower.into_iter().find(|below| asks_less(level, below)) {
            let message = format!("`{}` asks for less of something than `{}`", level.name, below.name);
            warn("tiers_fall", message, "let what is asked for rise from tier to tier");
        }
    }
}

fn implied(requires: &Requirement, above: &Level) -> bool {
    above.requires.as_ref().is_some_and(|above| requires.implies(above))
}

/// Why a requirement cannot be met by anybody.
fn impossible(requires: &Requirement) -> Option<String> {
    match requires {
        Requirement::All(of) => of.iter().find_map(impossible),
        Requirement::Any(of) => {
            let mut each = of.iter().map(impossible);
            let first = each.next()??;
            each.all(|why| why.is_some()).then_some(first)
        }
        Requirement::Metric(_) => None,
        Requirement::Points { at_least, of } => {
            let short = |item: &&Item| item.needs.zip(item.at_most).is_some_and(|(needs, most)| !needs.is_met(most));
            if let Some(item) = of.iter().find(short) {
                let most = item.at_most.unwrap_or(Scaled::ZERO);
                return Some(format!("an item needs more points than the {most} that it can give"));
            }
            let most = of.iter().try_fold(Scaled::ZERO, |sum, item| {
                let most = if item.points.is_zero() { Some(Scaled::ZERO) } else { item.at_most };
                most.and_then(|most| sum.plus(most).ok())
            });
            most.filter(|most| most < at_least)
                .map(|most| format!("all items together give at most {most} of {at_least} points"))
        }
    }
}

/// The bounds that a tier needs in any case.
fn conditions(requires: &Requirement) -> Vec<Condition> {
    match requires {
        Requirement::All(of) => of.iter().flat_map(conditions).collect(),
        Requirement::Metric(condition) => vec![*condition],
        Requirement::Any(_) | Requirement::Points { .. } => Vec::new(),
    }
}

/// Whether a tier asks for less of the same metric, over the same window, than a lower one.
fn asks_less(level: &Level, lower: &Level) -> bool {
    let of = |level: &Level| level.requires.as_ref().map(conditions).unwrap_or_default();
    let lower = of(lower);
    of(level)
        .iter()
        .any(|mine| lower.iter().any(|below| mine.metric == below.metric && !mine.needs.implies(below.needs)))
}
