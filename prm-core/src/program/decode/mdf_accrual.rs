//! The block of an incentive that fills a marketing fund.

use std::collections::BTreeMap;

use super::super::grammar::{below, mistake};
use super::super::tree::Node;
use super::rebate::CADENCES;
use super::{Decoder, SalesDefaults, value, word};
use crate::id::Name;
use crate::incentive::mdf::{ACCRUAL_YEARS, AccrualPay, Fund, MdfAccrual};
use crate::incentive::measure::{Grain, Measure};
use crate::program::Program;
use crate::rate::Rate;

impl Decoder<'_> {
    pub(super) fn mdf_accrual(
        &mut self,
        program: &Program,
        sales: &SalesDefaults,
        name: &str,
        node: &Node,
        path: &str,
    ) -> Option<MdfAccrual> {
        let eligible = self.eligible(program, node.get("for"), &below(path, "for"));
        let fund = node.get("fund").and_then(|fund| self.refer(fund, &below(path, "fund"), "fund", &program.funds));
        let accrues = node.get("accrues")?;
        let at = |key: &str| below(&below(path, "accrues"), key);
        let measure = self.measure(program, sales, program.rounding, accrues, &below(path, "accrues"))?;
        let every = word(accrues.get("every"), &CADENCES)?;
        let fund = program.funds.get(fund?.as_str())?;
        let class = self.class_of(fund, node, path);
        if fund.currency != program.currency {
            let message = format!("sales are measured in {}, and the fund is in {}", program.currency, fund.currency);
            let place = node.get("fund").unwrap_or(node).at;
            let advice = "let the fund have the program's currency, or allocate its money otherwise";
            mistake(self.findings, place, &below(path, "fund"), "other_currency", message, advice);
        }
        if every.per_year() < fund.every.per_year() {
            let message = "its periods are longer than the fund's";
            let place = accrues.get("every").unwrap_or(accrues).at;
            mistake(
                self.findings,
                place,
                &at("every"),
                "too_long_period",
                message,
                "choose the fund's or shorter ones",
            );
        }
        let cut = value(accrues.get("cut"));
        let cap = self.amount(program.currency, accrues.get("cap"), &at("cap"));
        let pays = self.accrual_pay(program, &measure, accrues, &below(path, "accrues"))?;
        Some(MdfAccrual {
            name: Name::new(name).ok()?,
            title: value(node.get("title")).unwrap_or_else(|| name.to_owned()),
            fund: fund.name.clone(),
            class,
            eligible,
            // What stops before the end of a period is known by day.
            measure: if cut.is_some() { Measure { grain: Grain::Day, ..measure } } else { measure },
            every,
            counts: word(accrues.get("counts"), &ACCRUAL_YEARS).unwrap_or_default(),
            cut,
            pays,
            at_least: value(accrues.get("at_least")),
            cap,
            rounding: program.rounding.mode,
            currency: program.currency,
        })
    }

    fn class_of(&mut self, fund: &Fund, node: &Node, path: &str) -> Option<Name> {
        match node.get("class") {
            Some(class) => self.refer(class, &below(path, "class"), "class of the fund", &fund.classes),
            None if fund.classes.is_empty() => None,
            None => {
                let message = format!("fund `{}` has classes, and none is named", fund.name);
                mistake(
                    self.findings,
                    node.at,
                    path,
                    "no_class",
                    message,
                    "say `class`: money of one is not for another",
                );
                None
            }
        }
    }

    fn accrual_pay(&mut self, program: &Program, measure: &Measure, node: &Node, path: &str) -> Option<AccrualPay> {
        let mut refuse = |key: &str, code, message: &str, advice: &str| {
            let at = node.get(key).unwrap_or(node).at;
            mistake(self.findings, at, &below(path, key), code, message, advice);
        };
        match (node.get("rate"), node.get("schedule")) {
            (Some(_), None) if !measure.of.is_money() => {
                refuse("rate", "wrong_payment", "units are counted, not money", "count money, or use a `schedule`");
                None
            }
            (Some(rate), None) => {
                let mut by_tier: BTreeMap<Name, Rate> = BTreeMap::new();
                for (key, node) in node.get("by_tier").map_or(&[][..], Node::entries) {
                    let tier = self.tier_named(program, key, &below(path, "by_tier"));
                    by_tier.extend(tier.zip(value(Some(node))));
                }
                Some(AccrualPay::Rate { rate: value(Some(rate))?, by_tier })
            }
            (None, Some(schedule)) => {
                if node.get("by_tier").is_some() {
                    refuse(
                        "by_tier",
                        "out_of_place",
                        "a schedule is the same for all tiers",
                        "leave it out, or use `rate`",
                    );
                }
                let shape = schedule.get("shape").and_then(Node::text);
                if matches!(shape, Some("matrix" | "target")) || schedule.get("free_units").is_some() {
                    let message = "it needs more than what is counted, or pays goods";
                    refuse("schedule", "wrong_payment", message, "use bands, points or steps that pay money");
                    return None;
                }
                self.schedule(program, (measure, None, false), false, schedule, &below(path, "schedule"))
                    .map(AccrualPay::Schedule)
            }
            _ => {
                let message = "exactly one thing must be paid";
                mistake(self.findings, node.at, path, "one_payment", message, "write one of `rate` and `schedule`");
                None
            }
        }
    }
}
