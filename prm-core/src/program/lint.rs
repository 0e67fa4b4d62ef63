//! Lints: what a correct document says that was probably not meant, or that whoever signs it should know.

mod commissions;
mod deals;
mod mdf;
mod tiers;

use std::collections::BTreeSet;

use super::Program;
use super::finding::{Findings, Severity};
use super::grammar::report;
use super::tree::{Is, Node};
use crate::incentive::distinct::{Gauge, number};
use crate::incentive::line::Credits;
use crate::incentive::rebate::Rebate;
use crate::incentive::reference::Reference;
use crate::incentive::schedule::{Fault, FaultKind, Form};
use crate::ledger::Negative;

/// Reports what is risky about the tiers and each incentive.
pub(super) fn lint(program: &Program, root: &Node, findings: &mut Findings) {
    for rebate in &program.rebates {
        let node = root.get("incentives").and_then(|incentives| incentives.get(rebate.name.as_str()));
        if let Some(node) = node {
            lint_rebate(program, rebate, node, findings);
        }
    }
    for commission in &program.commissions {
        commissions::lint(commission, root, findings);
    }
    // Requirements of which a part could not be read would look easier than they are.
    if let Some(tiers) = program.tiers.as_ref().filter(|_| !findings.has_errors()) {
        tiers::lint(tiers, root, findings);
    }
    // So with rules.
    if let Some(policy) = program.deals.as_ref().filter(|_| !findings.has_errors()) {
        deals::lint(policy, root, findings);
    }
    let funds = if findings.has_errors() { None } else { Some(program.funds.values()) };
    for fund in funds.into_iter().flatten() {
        if let Some(node) = root.get("mdf").and_then(|funds| funds.get(fund.name.as_str())) {
            mdf::lint(fund, node, findings);
        }
    }
    for accrual in &program.mdf_accruals {
        if let Some(node) = root.get("incentives").and_then(|of| of.get(accrual.name.as_str())) {
            mdf::lint_accrual(accrual, program.funds.get(&accrual.fund), node, findings);
        }
    }
    if let Some(node) = root.get("claims") {
        mdf::lint_claims(&program.claims, node, findings);
    }
    if matches!(program.negative.policy, Negative::Floor | Negative::WriteOff)
        && let Some(node) = root.get("settlement").and_then(|node| node.get("negative"))
    {
        let message = "what was paid stays paid, also for sales that are returned";
        let advice = "pay late enough that few returns are left, or carry what is owed back";
        let (at, path) = (node.get("policy").unwrap_or(node).at, "settlement.negative.policy");
        report(findings, Severity::Note, at, path, "keeps_paid", message, advice, None);
    }
    let credited =
        program.measures.iter().map(|measure| &measure.credits).filter(|credits| **credits != Credits::Customer);
    let credited: BTreeSet<_> = credited.collect();
    if let Some(node) = root.get("incentives").filter(|_| credited.len() > 1) {
        let message = "measures credit different parties of a line";
        let advice = "see that lines have all of them: one without a party is rejected whole, from every measure";
        report(findings, Severity::Note, node.at, "incentives", "credits_several", message, advice, None);
    }
    for (stack, at) in program.stacks.iter().zip(0..).filter(|(stack, _)| stack.depends_on_order()) {
        let Some(node) = root.get("stacking").and_then(|list| list.items().get(at)) else { continue };
        let order: Vec<&str> = stack.order.iter().map(|stacked| stacked.incentive.as_str()).collect();
        let message = format!("in another order than {} the stack may pay otherwise", order.join(", "));
        let advice = "see that the order is the one that is meant";
        report(findings, Severity::Note, node.at, &format!("stacking[{at}]"), "order_matters", message, advice, None);
    }
    for (key, node) in root.get("products").map_or(&[][..], Node::entries) {
        if matches!(&node.is, Is::Block(entries) if entries.is_empty()) {
            let path = format!("products.{}", key.text);
            let message = format!("`{}` holds every product", key.text);
            report(
                findings,
                Severity::Warning,
                node.at,
                &path,
                "no_filter",
                message,
                "name a key to choose by, or drop the set",
                None,
            );
        }
    }
}

fn lint_rebate(program: &Program, rebate: &Rebate, node: &Node, findings: &mut Findings) {
    let path = format!("incentives.{}", rebate.name);
    let steps: BTreeSet<_> = rebate.measures().map(|measure| measure.step).collect();
    if steps.len() > 1 {
        let message = "its measures count different channel steps";
        let advice = "the same goods are sold once at each step: see that they are meant to be set against each other";
        report(findings, Severity::Warning, node.at, &path, "mixed_steps", message, advice, None);
    }
    let first = program.calendar.period_of(rebate.governed.from, rebate.every).ok();
    let baseline = match (&rebate.reference, first) {
        (Some(Reference::Baseline(baseline)), Some(first)) => baseline.of(&program.calendar, &first).ok(),
        _ => None,
    };
    if let Some((earlier, _)) = baseline.filter(|(earlier, _)| earlier.period.from() < rebate.governed.from) {
        let from = earlier.period.from();
        let message = format!("its baseline is made of sales from {from} on, before this version begins");
        let advice = "receive those under this version too: without them everybody is a newcomer";
        let path = format!("{path}.measure");
        let node = node.get("measure").unwrap_or(node);
        report(findings, Severity::Note, node.at, &path, "needs_history", message, advice, None);
    }
    if let (Some(Gauge::Distinct(of)), Form::Matrix { columns, .. }) = (&rebate.second, rebate.schedule.form())
        // Sets of which one could not be read would look fewer than they are.
        && !findings.has_errors()
        && let Some((at, column)) = (0..).zip(columns).find(|(_, column)| **column > number(of.sets.len()))
    {
        let message = format!("column {column} is never reached: {} product sets are counted", of.sets.len());
        let place = node.get("schedule").and_then(|schedule| schedule.get("columns"));
        let place = place.and_then(|columns| columns.items().get(at)).unwrap_or(node);
        let path = format!("{path}.schedule.columns[{at}]");
        let advice = "count more sets under `distinct`, or leave the column out";
        report(findings, Severity::Warning, place.at, &path, "unreachable_column", message, advice, None);
    }
    // A budget limits what is owed, if not to one partner.
    let faults = rebate.schedule.faults(&rebate.limits, rebate.base.is_some());
    let is_limited = |fault: &Fault| rebate.budget.is_some() && fault.kind == FaultKind::Unbounded;
    for Fault { kind, at } in faults.into_iter().filter(|fault| !is_limited(fault)) {
        let schedule = node.get("schedule").unwrap_or(node);
        let lists = ["bands", "points", "rows"].into_iter();
        let item = lists.filter_map(|key| schedule.get(key).map(|list| (key, list))).next();
        let item = item.and_then(|(key, list)| list.items().get(at).map(|item| (format!(".{key}[{at}]"), item)));
        let (below, place) = match (kind, item) {
            (FaultKind::Unbounded, _) | (_, None) => (String::new(), schedule),
            (_, Some((below, item))) => (below, item),
        };
        let path = format!("incentives.{}.schedule{below}", rebate.name);
        let severity = if matches!(kind, FaultKind::Unbounded) { Severity::Note } else { Severity::Warning };
        report(findings, severity, place.at, &path, kind.code(), kind.to_string(), kind.advice(), None);
    }
}
