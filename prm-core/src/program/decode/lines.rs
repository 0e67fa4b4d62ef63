//! Which lines a measure counts: what it says beside product, step and date.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::super::grammar::{below, mistake, yes_no};
use super::super::tree::Node;
use super::{Decoder, value, word};
use crate::id::AccountId;
use crate::incentive::line::MOTIONS;
use crate::incentive::measure::{LineFilter, SoldTo};
use crate::program::Program;

impl Decoder<'_> {
    /// Which lines a measure counts beyond product, step and date.
    pub(super) fn line_filter(&mut self, program: &Program, node: &Node, path: &str) -> LineFilter {
        let items = node.get("motion").map_or(&[][..], Node::items).iter();
        LineFilter {
            during: node.get("during").and_then(|node| self.during(node, &below(path, "during"))),
            motions: items.filter_map(|item| word(Some(item), &MOTIONS)).collect(),
            registered: node.get("registered").and_then(Node::text).and_then(yes_no),
            sold_to: node
                .get("sold_to")
                .map(|node| self.sold_to(program, node, &below(path, "sold_to")))
                .unwrap_or_default(),
        }
    }

    /// End customers, and where they are.
    fn sold_to(&mut self, program: &Program, node: &Node, path: &str) -> SoldTo {
        let accounts = self.accounts(node.get("account"), &below(path, "account"));
        let except = self.accounts(node.get("except"), &below(path, "except"));
        if let (Some(both), Some(at)) = (accounts.intersection(&except).next(), node.get("except")) {
            let message = format!("account `{both}` is named and excepted");
            let path = below(path, "except");
            mistake(self.findings, at.at, &path, "named_and_excepted", message, "leave it out of one of the lists");
        }
        let (node, path) = (node.get("territory"), below(path, "territory"));
        SoldTo { accounts, except, territories: self.refer_all(node, &path, "territory", &program.territories) }
    }

    fn accounts(&mut self, node: Option<&Node>, path: &str) -> BTreeSet<AccountId> {
        let mut accounts = BTreeSet::new();
        for (at, item) in node.map_or(&[][..], Node::items).iter().enumerate() {
            match AccountId::new(item.text().unwrap_or_default()) {
                Ok(account) => _ = accounts.insert(account),
                Err(error) => {
                    let (path, message) = (format!("{path}[{at}]"), error.to_string());
                    let advice = "write the id as the sale lines have it";
                    mistake(self.findings, item.at, &path, "bad_id", message, advice);
                }
            }
        }
        accounts
    }

    /// A half-open range of dates with both ends.
    pub(super) fn during(&mut self, node: &Node, path: &str) -> Option<(NaiveDate, NaiveDate)> {
        let (from, until) = (value(node.get("from"))?, value(node.get("until"))?);
        if until <= from {
            let at = node.get("until").unwrap_or(node).at;
            let message = "the end does not lie after the beginning";
            let advice = "the end is the day after the last";
            mistake(self.findings, at, &below(path, "until"), "empty_period", message, advice);
            return None;
        }
        Some((from, until))
    }
}
