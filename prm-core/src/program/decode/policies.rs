//! Policies that are words and lengths: payouts in other currencies, periods, accruals, membership, debts.

use super::super::finding::Findings;
use super::super::grammar::{self, mistake};
use super::super::length::Length;
use super::super::tree::Node;
use super::{value, word};
use crate::fx::{REACH_BACK_DAYS, RateKind};
use crate::incentive::accrual::{ACCRUAL_METHODS, Accruals};
use crate::incentive::membership::{LEAVING, MEMBER_SALES, Membership, SUSPENDED};
use crate::incentive::paying::{CHANGE_RATES, PAYOUT_DATES, PayoutExchange};
use crate::incentive::periods::{AFTER_CLOSE, LOWERING, PeriodPolicy};
use crate::ledger::{NEGATIVES, Negative, NegativePolicy};
use crate::rounding::RoundingMode;
use crate::words::word_of;

pub(super) fn payout_exchange(node: &Node) -> Option<PayoutExchange> {
    let at_most: Option<Length> = value(node.get("at_most"));
    Some(PayoutExchange {
        table: value(node.get("table"))?,
        rate: word(node.get("rate"), &RateKind::WORDS)?,
        on: word(node.get("on"), &PAYOUT_DATES).unwrap_or_default(),
        at_most_days: at_most.map_or(REACH_BACK_DAYS, |length| length.count),
        changes: word(node.get("changes"), &CHANGE_RATES).unwrap_or_default(),
        mode: word(node.get("mode"), &RoundingMode::WORDS).unwrap_or_default(),
    })
}

pub(super) fn period_policy(node: Option<&Node>) -> PeriodPolicy {
    let get = |key: &str| node.and_then(|node| node.get(key));
    let default = PeriodPolicy::default();
    PeriodPolicy {
        cut_off: value(get("cut_off")).unwrap_or(default.cut_off),
        after_close: word(get("after_close"), &AFTER_CLOSE).unwrap_or_default(),
        final_after: value(get("final_after")),
        lowering: word(get("lowering"), &LOWERING).unwrap_or_default(),
    }
}

/// The policy for debts. How long one is carried says nothing where none is.
pub(super) fn negative(node: Option<&Node>, findings: &mut Findings) -> NegativePolicy {
    let get = |key: &str| node.and_then(|node| node.get(key));
    let policy = word(get("policy"), &NEGATIVES).unwrap_or_default();
    if let Some(at) = get("for").filter(|_| policy != Negative::Carry) {
        let word = word_of(&NEGATIVES, &policy);
        let message = format!("`for` says how long a debt is carried, and `{word}` carries none");
        let advice = "leave `for` out, or write `policy: carry`";
        mistake(findings, at.at, "settlement.negative.for", "out_of_place", message, advice);
    }
    NegativePolicy { policy, lasts: value(get("for")) }
}

pub(super) fn accruals(node: Option<&Node>) -> Accruals {
    let get = |key: &str| node.and_then(|node| node.get(key));
    Accruals {
        method: word(get("method"), &ACCRUAL_METHODS).unwrap_or_default(),
        average_digits: value(get("average_digits")),
    }
}

pub(super) fn membership(node: Option<&Node>) -> Membership {
    let get = |key: &str| node.and_then(|node| node.get(key));
    Membership {
        sales: word(get("sales"), &MEMBER_SALES).unwrap_or_default(),
        prorated: get("prorated").and_then(Node::text).and_then(grammar::yes_no).unwrap_or(false),
        leaving: word(get("leaving"), &LEAVING).unwrap_or_default(),
        suspended: word(get("suspended"), &SUSPENDED).unwrap_or_default(),
    }
}
