//! What the rules of deals say that was probably not meant.

use super::super::finding::{Findings, Severity};
use super::super::grammar::report;
use super::super::tree::Node;
use crate::deal::conflict::{Outcome, When, Whose};
use crate::deal::policy::{AutoApprove, DealPolicy};

/// Reports rules that are never reached, and what nothing keeps apart.
pub(super) fn lint(policy: &DealPolicy, root: &Node, findings: &mut Findings) {
    let Some(deals) = root.get("deals") else { return };
    if let Some(node) = deals.get("auto_approve")
        && policy.auto_approve.as_ref() == Some(&AutoApprove::default())
    {
        let message = "everything is approved that no rule stands against";
        let advice = "say what: tiers, types of deal, or a value";
        report(findings, Severity::Warning, node.at, "deals.auto_approve", "no_filter", message, advice, None);
    }
    let list = deals.get("conflicts").map_or(&[][..], Node::items);
    for (at, (rule, node)) in policy.rules.iter().zip(list).enumerate() {
        let earlier = policy
            .rules
            .iter()
            .take(at)
            .position(|earlier| earlier.when == rule.when || earlier.when == When::default());
        if let Some(earlier) = earlier {
            let message = format!("rule {} is never reached: rule {} matches whenever it does", at + 1, earlier + 1);
            let path = format!("deals.conflicts[{at}]");
            let advice = "put it before that one, or leave it out";
            report(findings, Severity::Warning, node.at, &path, "unreachable_rule", message, advice, None);
        }
    }
    // Two partners could be protected for one account, and none would know.
    let keeps = |whose: Option<Whose>| matches!(whose, Some(Whose::AnotherPartner | Whose::AnyPartner));
    let keeps_apart = policy
        .rules
        .iter()
        .any(|rule| keeps(rule.when.protected_for) && !matches!(rule.then, Outcome::Allow | Outcome::NonExclusive));
    if !keeps_apart {
        let message = "no rule keeps a partner away from what is protected for another";
        let advice = "add `{ when: { protected_for: another_partner }, then: reject, code: already_protected }`";
        let place = deals.get("conflicts").unwrap_or(deals).at;
        report(findings, Severity::Warning, place, "deals.conflicts", "nothing_kept_apart", message, advice, None);
    }
}
