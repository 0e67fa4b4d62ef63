//! The list of stacks.

use std::collections::BTreeSet;

use super::super::grammar::mistake;
use super::super::tree::{Is, Node};
use super::{Decoder, names, word};
use crate::id::Name;
use crate::incentive::rebate::Rebate;
use crate::incentive::stacking::{HOWS, How, Stack, Stacked};
use crate::program::Program;

impl Decoder<'_> {
    pub(super) fn stacks(&mut self, program: &Program, node: Option<&Node>) -> Vec<Stack> {
        let mut seen = BTreeSet::new();
        let items = node.map_or(&[][..], Node::items).iter().enumerate();
        items.filter_map(|(at, item)| self.stack(program, item, &format!("stacking[{at}]"), &mut seen)).collect()
    }

    fn stack(&mut self, program: &Program, node: &Node, path: &str, seen: &mut BTreeSet<Name>) -> Option<Stack> {
        // A plain list is short for incentives that stand side by side.
        let (list, how) = match &node.is {
            Is::Block(_) => (node.get("order")?, word(node.get("how"), &HOWS).unwrap_or_default()),
            _ => (node, How::SideBySide),
        };
        let (never_deducted, not_reduced) = (names(node.get("never_deducted")), names(node.get("not_reduced")));
        let rebates: std::collections::BTreeMap<Name, ()> =
            program.rebates.iter().map(|rebate| (rebate.name.clone(), ())).collect();
        let mut order = Vec::new();
        for (at, item) in list.items().iter().enumerate() {
            let path = format!("{path}.order[{at}]");
            let Some(incentive) = self.refer(item, &path, "incentive", &rebates) else { continue };
            if !seen.insert(incentive.clone()) {
                let message = format!("`{incentive}` stands in a stack already");
                mistake(
                    self.findings,
                    item.at,
                    &path,
                    "stacked_twice",
                    message,
                    "name each incentive in one stack, once",
                );
                continue;
            }
            let (is_reduced, is_deducted) = (!not_reduced.contains(&incentive), !never_deducted.contains(&incentive));
            order.push(Stacked { incentive, is_reduced, is_deducted });
        }
        for name in never_deducted.iter().chain(&not_reduced) {
            if !order.iter().any(|stacked| stacked.incentive == *name) {
                let message = format!("`{name}` is not in the order of this stack");
                mistake(
                    self.findings,
                    node.at,
                    path,
                    "not_stacked",
                    message,
                    "name incentives of the stack's own order",
                );
            }
        }
        let stack = Stack { how, order };
        self.fits(program, &stack, node, path);
        Some(stack)
    }

    /// Whether the incentives can affect one another: money, for periods of one length, in one currency.
    fn fits(&mut self, program: &Program, stack: &Stack, node: &Node, path: &str) {
        if stack.how == How::SideBySide {
            return;
        }
        let rebates = || stack.order.iter().filter_map(|stacked| program.rebate(stacked.incentive.as_str()));
        let first = rebates().next();
        let is_reduced = |rebate: &Rebate| {
            let until = stack.until(&rebate.name).filter(|_| stack.how == How::Reducing);
            until.is_some_and(|(earlier, own)| own.is_reduced && earlier.iter().any(|one| one.is_deducted))
        };
        for rebate in rebates() {
            let why = if rebate.schedule.pays_goods() {
                "pays goods"
            } else if rebate.budget.is_some() {
                "shares a budget"
            } else if stack.how == How::BestOf && rebate.guarantee.is_some_and(|guarantee| guarantee.cumulative) {
                "is guaranteed through the year"
            } else if is_reduced(rebate) && !rebate.base.as_ref().unwrap_or(&rebate.measure).of.is_money() {
                "pays on units"
            } else if first.is_some_and(|first| first.every != rebate.every) {
                "has periods of another length"
            } else {
                continue;
            };
            let message = format!("`{}` {why}, and cannot be set off against the others", rebate.name);
            mistake(
                self.findings,
                node.at,
                path,
                "cannot_stack",
                message,
                "leave it out, or let it stand side by side",
            );
        }
    }
}
