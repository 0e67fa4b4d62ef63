//! The block of marketing funds.

use std::collections::BTreeMap;

use super::super::grammar::{below, mistake};
use super::super::length::Length;
use super::super::tree::{Key, Node};
use super::deals::{hours, is_yes, words};
use super::rebate::CADENCES;
use super::{Decoder, names, value, word};
use crate::actor::VendorRole;
use crate::calendar::Every;
use crate::clock::CLOCKS;
use crate::currency::Currency;
use crate::deal::policy::APPROVERS;
use crate::fx::{REACH_BACK_DAYS, RateKind};
use crate::id::Name;
use crate::incentive::mdf::{
    Activity, Answer, Approver, CLAIM_FROM, CREATIVES, Fund, FundClaims, FundExchange, Handling, RequestPolicy,
    ShareRule, UNCLAIMED, YearEnd,
};
use crate::money::Money;
use crate::program::Program;
use crate::rate::Rate;
use crate::scaled::Scaled;

impl Decoder<'_> {
    pub(super) fn funds(&mut self, program: &Program, node: &Node) -> BTreeMap<Name, Fund> {
        let mut funds = BTreeMap::new();
        for (key, node) in node.entries() {
            if let Ok(name) = Name::new(&key.text) {
                let fund = self.fund(program, &name, node, &below("mdf", &key.text));
                funds.insert(name, fund);
            }
        }
        funds
    }

    fn fund(&mut self, program: &Program, name: &Name, node: &Node, path: &str) -> Fund {
        let currency: Currency = value(node.get("currency")).unwrap_or(program.currency);
        let at = |key: &str| below(path, key);
        let activities: BTreeMap<Name, Activity> = node
            .get("activities")
            .map_or(&[][..], Node::entries)
            .iter()
            .filter_map(|(key, node)| {
                Some((Name::new(&key.text).ok()?, self.activity(currency, &key.text, node, &at("activities"))))
            })
            .collect();
        let exchange = node.get("exchange").and_then(|node| {
            let at_most: Option<Length> = value(node.get("at_most"));
            let days = at_most.map_or(REACH_BACK_DAYS, |length| length.count);
            Some(FundExchange::new(value(node.get("table"))?, word(node.get("rate"), &RateKind::WORDS)?, days))
        });
        let as_sales = || {
            let sales = program.exchange.as_ref()?;
            Some(FundExchange::new(sales.table.clone(), sales.rate, sales.at_most_days))
        };
        if let Some(by_tier) =
            node.get("by_tier").filter(|_| is_yes(node.get("shared")) == Some(true) || node.get("classes").is_some())
        {
            let message = "it is not said of whose money, or of which class, this is";
            let advice = "leave it out of a fund that is shared or has classes, and allocate its money otherwise";
            mistake(self.findings, by_tier.at, &at("by_tier"), "out_of_place", message, advice);
        }
        Fund {
            name: name.clone(),
            title: value(node.get("title")).unwrap_or_else(|| name.to_string()),
            currency,
            every: word(node.get("every"), &CADENCES).unwrap_or(Every::Year),
            shared: is_yes(node.get("shared")).unwrap_or(false),
            eligible: self.eligible(program, node.get("for"), &at("for")),
            budget: self.amount(currency, node.get("budget"), &at("budget")),
            by_tier: self.by_tier(program, currency, node, &at("by_tier")),
            request: self.request(program, currency, &activities, node.get("request"), &at("request")),
            claim: self.fund_claims(currency, node.get("claim"), &at("claim")),
            activities,
            classes: names(node.get("classes")),
            unclaimed: word(node.get("unclaimed"), &UNCLAIMED).unwrap_or_default(),
            year_end: self.year_end(currency, node.get("year_end"), &at("year_end")),
            exchange: exchange.or_else(as_sales),
            rounding: program.rounding.mode,
        }
    }

    /// An amount in whole minor units of a currency.
    pub(super) fn amount(&mut self, currency: Currency, node: Option<&Node>, path: &str) -> Option<Money> {
        let amount: Scaled = value(node)?;
        match Money::exactly(amount, currency) {
            Ok(money) => Some(money),
            Err(error) => {
                let advice = format!("write an amount that can be owed in {currency}");
                mistake(self.findings, node?.at, path, "too_many_digits", error.to_string(), advice);
                None
            }
        }
    }

    /// Two amounts of which the first may not be more than the second.
    fn bounds(&mut self, currency: Currency, node: Option<&Node>, path: &str) -> (Option<Money>, Option<Money>) {
        let get = |key: &str| node.and_then(|node| node.get(key));
        let least = self.amount(currency, get("at_least"), &below(path, "at_least"));
        let most = self.amount(currency, get("at_most"), &below(path, "at_most"));
        if let (Some(least), Some(most), Some(at)) = (least, most, get("at_least"))
            && least.minor() > most.minor()
        {
            let message = format!("the least of {least} lies above the most of {most}");
            let path = below(path, "at_least");
            mistake(self.findings, at.at, &path, "floor_above_cap", message, "lower one or raise the other");
        }
        (least, most)
    }

    fn activity(&mut self, currency: Currency, name: &str, node: &Node, path: &str) -> Activity {
        Activity {
            title: value(node.get("title")).unwrap_or_else(|| name.to_owned()),
            at_most: self.amount(currency, node.get("at_most"), &below(&below(path, name), "at_most")),
            proof: node.get("proof").map(|proof| names(Some(proof))),
        }
    }

    fn by_tier(&mut self, program: &Program, currency: Currency, node: &Node, path: &str) -> BTreeMap<Name, Money> {
        let mut amounts = BTreeMap::new();
        for (key, node) in node.get("by_tier").map_or(&[][..], Node::entries) {
            let tier = self.tier_named(program, key, path);
            let path = below(path, &key.text);
            amounts.extend(tier.zip(self.amount(currency, Some(node), &path)));
        }
        amounts
    }

    /// The tier that a key names.
    pub(super) fn tier_named(&mut self, program: &Program, key: &Key, path: &str) -> Option<Name> {
        let levels = program.tiers.iter().flat_map(crate::tier::Tiers::levels);
        let tier = levels.map(|level| &level.name).find(|name| name.as_str() == key.text).cloned();
        if tier.is_none() {
            let message = format!("there is no tier `{}`", key.text);
            let path = below(path, &key.text);
            mistake(self.findings, key.at, &path, "unknown_name", message, "name one that the document declares");
        }
        tier
    }

    fn request(
        &mut self,
        program: &Program,
        currency: Currency,
        activities: &BTreeMap<Name, Activity>,
        node: Option<&Node>,
        path: &str,
    ) -> RequestPolicy {
        let get = |key: &str| node.and_then(|node| node.get(key));
        let (at_least, at_most) = self.bounds(currency, node, path);
        let list = get("shares").map_or(&[][..], Node::items).iter().enumerate();
        let shares = list.filter_map(|(at, item)| {
            let (when, path) = (item.get("when")?, format!("{path}.shares[{at}].when"));
            // Without a list any kind of activity goes, so any can be named.
            let named = if activities.is_empty() {
                names(when.get("activity"))
            } else {
                self.refer_all(when.get("activity"), &below(&path, "activity"), "activity", activities)
            };
            Some(ShareRule {
                activities: named,
                creatives: words(when.get("creative"), &CREATIVES).collect(),
                tiers: self.tiers_of(program, when, &path),
                share: value(item.get("share"))?,
            })
        });
        let shares = shares.collect();
        RequestPolicy {
            share: value(get("share")).unwrap_or_else(whole),
            shares,
            at_least,
            at_most,
            ask: value(get("ask")),
            approvers: self.approvers(currency, get("approvers"), &below(path, "approvers")),
            answer: get("answer").and_then(answer),
            prepaid: value(get("prepaid")),
        }
    }

    /// Who approves; somebody of marketing if nobody is named.
    fn approvers(&mut self, currency: Currency, node: Option<&Node>, path: &str) -> Vec<Approver> {
        let items = node.map_or(&[][..], Node::items).iter().enumerate();
        let read = |(at, item): (usize, &Node)| match word(Some(item), &APPROVERS) {
            Some(role) => Some(Approver::always(role)),
            None => {
                let from = self.amount(currency, item.get("from"), &format!("{path}[{at}].from"));
                Some(Approver { from, ..Approver::always(word(item.get("role"), &APPROVERS)?) })
            }
        };
        let named: Vec<Approver> = items.filter_map(read).collect();
        if let Some(node) = node.filter(|_| !named.is_empty() && named.iter().all(|of| of.from.is_some())) {
            let message = "nobody approves small amounts";
            let advice = "name somebody who always approves first, such as `marketing`";
            mistake(self.findings, node.at, path, "no_approver", message, advice);
        }
        if named.is_empty() { vec![Approver::always(VendorRole::Marketing)] } else { named }
    }

    fn fund_claims(&mut self, currency: Currency, node: Option<&Node>, path: &str) -> FundClaims {
        let get = |key: &str| node.and_then(|node| node.get(key));
        if let Some(of) = get("of").filter(|_| get("within").is_none()) {
            let message = "`of` says nothing without `within`";
            let advice = "say within how long, or leave this out";
            mistake(self.findings, of.at, &below(path, "of"), "out_of_place", message, advice);
        }
        FundClaims {
            within: value(get("within")),
            of: word(get("of"), &CLAIM_FROM).unwrap_or_default(),
            closes: value(get("closes")),
            after_leaving: value(get("after_leaving")),
            at_most: value(get("at_most")),
            handling: self.handling(currency, node, path),
        }
    }

    /// What must be shown for claims, and who decides.
    pub(super) fn handling(&mut self, currency: Currency, node: Option<&Node>, path: &str) -> Handling {
        let get = |key: &str| node.and_then(|node| node.get(key));
        Handling {
            proof: names(get("proof")),
            approvers: self.approvers(currency, get("approvers"), &below(path, "approvers")),
            answer: get("answer").and_then(answer),
            correct: value(get("correct")).unwrap_or(Handling::default().correct),
        }
    }

    fn year_end(&mut self, currency: Currency, node: Option<&Node>, path: &str) -> YearEnd {
        let Some(node) = node else { return YearEnd::default() };
        match node.text() {
            Some("carries_over") => YearEnd::CarriesOver { share: whole(), at_most: None },
            Some(_) => YearEnd::Forfeits,
            None => {
                let share: Rate = value(node.get("share")).unwrap_or_else(whole);
                if share > whole() {
                    let at = node.get("share").unwrap_or(node).at;
                    let message = "a part is more than the whole";
                    mistake(
                        self.findings,
                        at,
                        &below(path, "share"),
                        "more_than_whole",
                        message,
                        "write 100 % or less",
                    );
                }
                let at_most = self.amount(currency, node.get("at_most"), &below(path, "at_most"));
                YearEnd::CarriesOver { share, at_most }
            }
        }
    }
}

/// All of something.
fn whole() -> Rate {
    Rate::from_fraction(Scaled::new(1, 0)).unwrap_or(Rate::ZERO)
}

fn answer(node: &Node) -> Option<Answer> {
    Some(Answer::within(hours(node.get("within"))?, word(node.get("clock"), &CLOCKS).unwrap_or_default()))
}
