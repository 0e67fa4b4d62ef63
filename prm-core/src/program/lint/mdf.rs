//! What marketing funds say that was probably not meant, or that whoever signs them should know.

use super::super::finding::{Findings, Severity};
use super::super::grammar::report;
use super::super::tree::Node;
use crate::incentive::claim::policy::Claims;
use crate::incentive::mdf::{Fund, MdfAccrual, ShareRule};
use crate::rate::Rate;
use crate::scaled::Scaled;

/// Reports what is risky about a fund.
pub(super) fn lint(fund: &Fund, node: &Node, findings: &mut Findings) {
    let path = format!("mdf.{}", fund.name);
    let get = |block: &str, key: &str| node.get(block).and_then(|block| block.get(key));
    let mut say = |severity, node: &Node, path: String, code, message: String, advice: &str| {
        report(findings, severity, node.at, &path, code, message, advice, None);
    };
    let is_more = |share: Rate| share.fraction() > Scaled::new(1, 0);
    let more = "pays back more than was spent";
    if let Some(at) = get("request", "share").filter(|_| is_more(fund.request.share)) {
        let message = format!("`{}` {more}", fund.request.share);
        say(Severity::Warning, at, format!("{path}.request.share"), "more_than_whole", message, "write 100 % or less");
    }
    let items = get("request", "shares").map_or(&[][..], Node::items);
    for (at, (rule, item)) in fund.request.shares.iter().zip(items).enumerate() {
        let path = format!("{path}.request.shares[{at}]");
        if is_more(rule.share) {
            let (message, path) = (format!("`{}` {more}", rule.share), format!("{path}.share"));
            say(Severity::Warning, item, path, "more_than_whole", message, "write 100 % or less");
        }
        let mut earlier = fund.request.shares.iter().take(at);
        if let Some(hides) = earlier.position(|earlier| matches_whenever(earlier, rule)) {
            let message = format!("share {} is never reached: share {} matches whenever it does", at + 1, hides + 1);
            say(Severity::Warning, item, path, "unreachable_rule", message, "put it before that one, or leave it out");
        }
    }
    let claim = node.get("claim").unwrap_or(node);
    let claims = &fund.claim;
    if claims.within.is_none() && claims.closes.is_none() {
        let message = "what is granted never expires";
        let advice = "say `within` how long it can be claimed: without an end its money is kept for it for good";
        say(Severity::Warning, claim, format!("{path}.claim"), "never_expires", message.into(), advice);
    } else if claims.closes.is_none() {
        let message = "what is granted late in a period can be claimed after its end";
        let advice = "see that the books stay open for it, or say when a period `closes` for claims";
        say(Severity::Note, claim, format!("{path}.claim"), "claims_after_end", message.into(), advice);
    }
}

/// Reports an accrual that nothing limits.
pub(super) fn lint_accrual(accrual: &MdfAccrual, fund: Option<&Fund>, node: &Node, findings: &mut Findings) {
    if accrual.cap.is_some() || fund.is_some_and(|fund| fund.budget.is_some()) {
        return;
    }
    let path = format!("incentives.{}.accrues", accrual.name);
    let message = "nothing limits what a partner accrues in a period";
    let advice = "set a `cap`, or a `budget` of the fund, if there is a limit to what should be given";
    let place = node.get("accrues").unwrap_or(node).at;
    report(findings, Severity::Note, place, &path, "unbounded_liability", message, advice, None);
}

/// Reports claims that nothing limits: stock is what partners say that they have.
pub(super) fn lint_claims(claims: &Claims, node: &Node, findings: &mut Findings) {
    let of = claims.price_protection.as_ref();
    if of.is_some_and(|of| of.receipts.is_none() && of.claims.cap.is_none()) {
        let message = "nothing limits what stock is protected";
        let advice = "say within which time it must have been received (`receipts`), or set a `cap`";
        let place = node.get("price_protection").unwrap_or(node).at;
        let path = "claims.price_protection";
        report(findings, Severity::Note, place, path, "unbounded_liability", message, advice, None);
    }
}

/// Whether a rule holds wherever another one does.
fn matches_whenever(one: &ShareRule, other: &ShareRule) -> bool {
    fn covers<T: Ord>(one: &std::collections::BTreeSet<T>, other: &std::collections::BTreeSet<T>) -> bool {
        one.is_empty() || (!other.is_empty() && other.is_subset(one))
    }
    covers(&one.activities, &other.activities)
        && covers(&one.creatives, &other.creatives)
        && covers(&one.tiers, &other.tiers)
}
