//! What commissions say that was probably not meant, or that whoever signs them should know.

use super::super::finding::{Findings, Severity};
use super::super::grammar::report;
use super::super::tree::Node;
use crate::incentive::commission::{Clawback, Commission, CommissionPay, CommissionRate, Per, Recurs, Released};

/// Reports rates that are never reached, and what is owed without a bound.
pub(super) fn lint(commission: &Commission, root: &Node, findings: &mut Findings) {
    let node = root.get("incentives").and_then(|incentives| incentives.get(commission.name.as_str()));
    let Some(node) = node else { return };
    let path = format!("incentives.{}", commission.name);
    let list = node.get("rates").map_or(&[][..], Node::items);
    for (at, (rate, item)) in commission.rates.iter().zip(list).enumerate() {
        let earlier = commission.rates.iter().take(at).position(|earlier| earlier.hides(rate));
        if let Some(earlier) = earlier {
            let message = format!("rate {} is never reached: rate {} fits whenever it does", at + 1, earlier + 1);
            let path = format!("{path}.rates[{at}]");
            let advice = "put it before that one, or leave it out";
            report(findings, Severity::Warning, item.at, &path, "unreachable_rate", message, advice, None);
        }
    }
    let mut note = |key: &str, code, message: &str, advice: &str| {
        let at = node.get(key).unwrap_or(node).at;
        report(findings, Severity::Note, at, &format!("{path}.{key}"), code, message, advice, None);
    };
    let once = |rate: &CommissionRate| matches!(rate.pays, CommissionPay::Fixed { per: Per::Customer, .. });
    if commission.recurs == Recurs::Always && commission.per_customer.is_none() && !commission.rates.iter().all(once) {
        let message = "every sale to a customer pays, for ever and without a cap";
        note(
            "recurs",
            "unbounded_commission",
            message,
            "let it end after some months, or add `cap: { per_customer: … }`",
        );
    }
    if commission.released == Released::Invoice && commission.clawback == Clawback::Always {
        let message = "it is paid before the customer pays, and a return takes it back, however late it comes";
        note("clawback", "no_clawback", message, "add `clawback: 90 days`, or write `released: payment`");
    }
}

impl CommissionRate {
    /// Whether it fits whenever another does.
    fn hides(&self, other: &Self) -> bool {
        fn holds<T: Ord>(wide: &std::collections::BTreeSet<T>, narrow: &std::collections::BTreeSet<T>) -> bool {
            wide.is_empty() || (!narrow.is_empty() && narrow.is_subset(wide))
        }
        holds(&self.products, &other.products)
            && holds(&self.motions, &other.motions)
            && holds(&self.tiers, &other.tiers)
    }
}
