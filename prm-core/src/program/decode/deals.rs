//! The blocks of deals, and of the time in which people work.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{NaiveDate, NaiveTime, Weekday};

use super::super::grammar::{below, mistake, yes_no};
use super::super::length::{Hours, Length};
use super::super::tree::Node;
use super::{Decoder, value, word};
use crate::clock::{CLOCKS, WEEKDAYS, WorkingTime, WorkingTimeError};
use crate::deal::conflict::{ConflictRule, Outcome, WHOSE, When};
use crate::deal::policy::{
    APPROVERS, ActionPolicy, AppealPolicy, AutoApprove, DealPolicy, ExtendPolicy, ProtectionPolicy, ReviewPolicy,
    SCOPE_ACCOUNTS, SCOPE_PLACES, STARTS, Scope, TRANSFERS,
};
use crate::deal::{DEAL_TYPES, FORM_FIELDS, FormField, LIKENESSES};
use crate::id::Name;
use crate::program::Program;
use crate::rate::Rate;
use crate::scaled::Scaled;

/// The most rules: each is looked at for each line.
const RULES_MAX: usize = 200;

impl Decoder<'_> {
    pub(super) fn working_time(&mut self, node: Option<&Node>) -> WorkingTime {
        let default = WorkingTime::default();
        let Some(node) = node else { return default };
        let days: Vec<Weekday> = words(node.get("days"), &WEEKDAYS).collect();
        let days = if node.get("days").is_none() { WorkingTime::MONDAY_TO_FRIDAY.to_vec() } else { days };
        let (from, until) = default.hours();
        let time = |key: &str, otherwise| clock_time(node.get(key)).unwrap_or(otherwise);
        let hours: (NaiveTime, NaiveTime) = (time("from", from), time("until", until));
        let holidays = node.get("holidays").map_or(&[][..], Node::items).iter();
        let holidays: Vec<NaiveDate> = holidays.filter_map(|day| value(Some(day))).collect();
        match WorkingTime::new(days, hours, holidays) {
            Ok(working) => working,
            // A list of days without a known one was reported already.
            Err(WorkingTimeError::NoDays) => default,
            Err(error) => {
                let at = node.get("until").unwrap_or(node).at;
                let advice = "write the time at which a day ends behind the one at which it begins";
                mistake(self.findings, at, "working_time.until", "empty_period", error.to_string(), advice);
                default
            }
        }
    }

    pub(super) fn deals(&mut self, program: &Program, node: &Node) -> DealPolicy {
        let default = DealPolicy::default();
        let required_by_type = node.get("required_by_type").map_or(&[][..], Node::entries).iter();
        let required_by_type: BTreeMap<_, BTreeSet<FormField>> = required_by_type
            .filter_map(|(key, fields)| {
                let (_, deal_type) = DEAL_TYPES.iter().find(|(word, _)| *word == key.text)?;
                Some((*deal_type, words(Some(fields), &FORM_FIELDS).collect()))
            })
            .collect();
        DealPolicy {
            required: words(node.get("required"), &FORM_FIELDS).collect(),
            required_by_type,
            minimum_value: self.money_limit(program, node.get("minimum_value"), "deals.minimum_value"),
            horizon: value(node.get("horizon")),
            review: review(node.get("review")),
            action: action(node.get("action")),
            auto_approve: node.get("auto_approve").and_then(|auto| auto.get("when")).map(|when| AutoApprove {
                no_conflict: is_yes(when.get("no_conflict")).unwrap_or(false),
                tiers: self.tiers_of(program, when, "deals.auto_approve.when"),
                types: words(when.get("type"), &DEAL_TYPES).collect(),
                value_below: value(when.get("value_below")),
            }),
            protection: self.protection(program, node.get("protection")),
            transfer: word(node.get("transfer"), &TRANSFERS).unwrap_or_default(),
            appeal: node.get("appeal").and_then(appeal),
            scope: Scope {
                accounts: word(node.get("scope").and_then(|of| of.get("accounts")), &SCOPE_ACCOUNTS)
                    .unwrap_or_default(),
                places: word(node.get("scope").and_then(|of| of.get("places")), &SCOPE_PLACES).unwrap_or_default(),
            },
            rules: node.get("conflicts").map_or(default.rules, |list| self.rules(program, list)),
        }
    }

    /// An amount that is compared with owed money: in whole minor units.
    fn money_limit(&mut self, program: &Program, node: Option<&Node>, path: &str) -> Option<Scaled> {
        let limit: Scaled = value(node)?;
        if let Err(error) = crate::money::Money::exactly(limit, program.currency)
            && let Some(node) = node
        {
            let advice = format!("write an amount that can be owed in {}", program.currency);
            mistake(self.findings, node.at, path, "too_many_digits", error.to_string(), advice);
        }
        Some(limit)
    }

    pub(super) fn tiers_of(&mut self, program: &Program, node: &Node, path: &str) -> BTreeSet<Name> {
        let levels = program.tiers.as_ref().map_or(&[][..], |tiers| tiers.levels());
        let known: BTreeSet<Name> = levels.iter().map(|level| level.name.clone()).collect();
        self.refer_all(node.get("tier"), &below(path, "tier"), "tier", &known)
    }

    fn protection(&mut self, program: &Program, node: Option<&Node>) -> ProtectionPolicy {
        let default = ProtectionPolicy::default();
        let Some(node) = node else { return default };
        let mut by_products = BTreeMap::new();
        for (key, length) in node.get("by_products").map_or(&[][..], Node::entries) {
            let path = below("deals.protection.by_products", &key.text);
            let name = Name::new(&key.text).ok().filter(|name| program.products.contains_key(name));
            if name.is_none() {
                let message = format!("there is no product set `{}`", key.text);
                let advice = "name one that the document declares";
                mistake(self.findings, key.at, &path, "unknown_name", message, advice);
            }
            by_products.extend(name.zip(value(Some(length))));
        }
        let items = node.get("by_value").map_or(&[][..], Node::items);
        let mut by_value: Vec<(Scaled, Length)> = Vec::new();
        for (at, item) in items.iter().enumerate() {
            let Some(pair) = value(item.get("from")).zip(value(item.get("lasts"))) else { continue };
            if by_value.last().is_some_and(|(before, _)| *before >= pair.0) {
                let path = format!("deals.protection.by_value[{at}].from");
                let message = "the values do not rise";
                let at = item.get("from").unwrap_or(item).at;
                mistake(self.findings, at, &path, "not_rising", message, "write the least first, and each once");
            }
            by_value.push(pair);
        }
        let extend = node.get("extend").and_then(|extend| {
            Some(ExtendPolicy {
                times: value(extend.get("times"))?,
                by: value(extend.get("by"))?,
                ask: value(extend.get("ask")),
            })
        });
        ProtectionPolicy {
            starts: word(node.get("starts"), &STARTS).unwrap_or_default(),
            lasts: value(node.get("lasts")).unwrap_or(default.lasts),
            by_products,
            by_value,
            extend,
            release_without_update: value(node.get("release_without_update")),
        }
    }

    fn rules(&mut self, program: &Program, list: &Node) -> Vec<ConflictRule> {
        if list.items().len() > RULES_MAX {
            let message = format!("there are {} rules", list.items().len());
            let advice = format!("a program has at most {RULES_MAX}");
            mistake(self.findings, list.at, "deals.conflicts", "too_many_rules", message, advice);
            return Vec::new();
        }
        let items = list.items().iter().enumerate();
        items.filter_map(|(at, node)| self.rule(program, node, &format!("deals.conflicts[{at}]"))).collect()
    }

    fn rule(&mut self, program: &Program, node: &Node, path: &str) -> Option<ConflictRule> {
        let (conditions, then) = (node.get("when")?, node.get("then")?);
        let when = self.when(program, conditions, &below(path, "when"));
        let outcome = self.outcome(node, then, path);
        if outcome == Some(Outcome::Wait) && when.pending_for.is_none() && when.protected_for.is_none() {
            let message = "there is nothing that this waits for";
            let advice = "say `pending_for` or `protected_for`, or let a person `review` it";
            mistake(self.findings, then.at, &below(path, "then"), "nothing_to_wait_for", message, advice);
        }
        Some(ConflictRule { when, then: outcome?, code: value(node.get("code"))? })
    }

    /// What follows, with the part that goes with it and no other.
    fn outcome(&mut self, node: &Node, then: &Node, path: &str) -> Option<Outcome> {
        let text = then.text()?;
        for (key, goes_with) in [("benefit", "reduce"), ("share", "share")] {
            match node.get(key) {
                Some(part) if text != goes_with => {
                    let message = format!("`{key}` says nothing beside `then: {text}`");
                    let advice = format!("leave it out, or write `then: {goes_with}`");
                    mistake(self.findings, part.at, &below(path, key), "out_of_place", message, advice);
                }
                None if text == goes_with => {
                    let message = format!("`{key}` is missing");
                    let advice = format!("say which part: `{key}: 50 %`");
                    mistake(self.findings, then.at, path, "no_part", message, advice);
                }
                part => {
                    let whole = Scaled::new(1, 0);
                    if let Some(part) =
                        part.filter(|part| value(Some(part)).is_some_and(|rate: Rate| rate.fraction() > whole))
                    {
                        let message = "a part is more than the whole";
                        let advice = "write 100 % or less";
                        mistake(self.findings, part.at, &below(path, key), "more_than_whole", message, advice);
                    }
                }
            }
        }
        Some(match text {
            "reject" => Outcome::Reject,
            "wait" => Outcome::Wait,
            "review" => Outcome::Review,
            "allow" => Outcome::Allow,
            "reduce" => Outcome::Reduce { benefit: value(node.get("benefit"))? },
            "share" => Outcome::Share { share: value(node.get("share"))? },
            "non_exclusive" => Outcome::NonExclusive,
            _ => return None,
        })
    }

    fn when(&mut self, program: &Program, node: &Node, path: &str) -> When {
        let text = |key: &str| node.get(key).and_then(Node::text);
        let when = When {
            pending_for: word(node.get("pending_for"), &WHOSE),
            protected_for: word(node.get("protected_for"), &WHOSE),
            matches: words(node.get("match"), &LIKENESSES).collect(),
            any_products: text("products") == Some("any"),
            same_chain: text("chain").map(|word| word == "same"),
            named_account: is_yes(node.get("named_account")),
            direct_only: is_yes(node.get("direct_only")),
            existing_customer: is_yes(node.get("existing_customer")),
            incumbent: word(node.get("incumbent"), &WHOSE),
            open_opportunity: node.get("open_opportunity").is_some(),
            age_below: value(node.get("age_below")),
            contact_within: value(node.get("contact_within")),
            inside_territory: text("territory").map(|word| word == "inside"),
            authorised: is_yes(node.get("authorised")),
            customer_choice: word(node.get("customer_choice"), &WHOSE),
            host_verdict: value(node.get("host_verdict")),
            types: words(node.get("type"), &DEAL_TYPES).collect(),
            tiers: self.tiers_of(program, node, path),
            value_below: value(node.get("value_below")),
            value_at_least: value(node.get("value_at_least")),
        };
        let registrations = when.pending_for.is_some() || when.protected_for.is_some();
        let accounts = when.named_account.is_some()
            || when.direct_only.is_some()
            || when.existing_customer.is_some()
            || when.incumbent.is_some()
            || when.open_opportunity
            || when.contact_within.is_some();
        let anything_found = registrations || accounts || when.customer_choice.is_some();
        for (key, goes, with) in [
            ("chain", registrations, "`pending_for` or `protected_for`"),
            ("products", registrations || accounts, "a condition on registrations or accounts"),
            ("match", anything_found, "a condition on registrations or accounts"),
            ("age_below", when.open_opportunity, "`open_opportunity`"),
        ] {
            if let Some(there) = node.get(key).filter(|_| !goes) {
                let message = format!("`{key}` says nothing without {with}");
                let advice = "add that condition, or leave this one out";
                mistake(self.findings, there.at, &below(path, key), "out_of_place", message, advice);
            }
        }
        when
    }
}

fn review(node: Option<&Node>) -> ReviewPolicy {
    let get = |key: &str| node.and_then(|node| node.get(key));
    let default = ReviewPolicy::default();
    let approvers: Vec<_> = words(get("approvers"), &APPROVERS).collect();
    ReviewPolicy {
        within_hours: hours(get("within")),
        clock: word(get("clock"), &CLOCKS).unwrap_or_default(),
        approvers: if approvers.is_empty() { default.approvers } else { approvers },
    }
}

fn action(node: Option<&Node>) -> ActionPolicy {
    let get = |key: &str| node.and_then(|node| node.get(key));
    let default = ActionPolicy::default();
    ActionPolicy {
        within: value(get("within")).unwrap_or(default.within),
        at_most: value(get("at_most")).unwrap_or(default.at_most),
    }
}

fn appeal(node: &Node) -> Option<AppealPolicy> {
    Some(AppealPolicy {
        within: value(node.get("within"))?,
        decide_within_hours: hours(node.get("decide_within")),
        clock: word(node.get("clock"), &CLOCKS).unwrap_or_default(),
    })
}

pub(super) fn hours(node: Option<&Node>) -> Option<u32> {
    value::<Hours>(node).map(|hours| hours.0)
}

/// The time of day, which the grammar has checked.
fn clock_time(node: Option<&Node>) -> Option<NaiveTime> {
    NaiveTime::parse_from_str(node?.text()?, "%H:%M").ok()
}

pub(super) fn is_yes(node: Option<&Node>) -> Option<bool> {
    yes_no(node?.text()?)
}

/// The meanings of a list of words.
pub(super) fn words<'n, T: Copy, const N: usize>(
    node: Option<&'n Node>,
    table: &'n [(&'static str, T); N],
) -> impl Iterator<Item = T> + use<'n, T, N> {
    node.map_or(&[][..], Node::items).iter().filter_map(|item| word(Some(item), table))
}
