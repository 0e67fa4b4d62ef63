//! The block of a rebate.

use std::collections::BTreeSet;

use super::super::grammar::{below, mistake, yes_no};
use super::super::tree::Node;
use super::{Decoder, SalesDefaults, texts, value, word};
use crate::calendar::Every;
use crate::id::Name;
use crate::incentive::distinct::{Distinct, Gauge, number};
use crate::incentive::rebate::{BasketItem, Eligible, Guarantee, Keys, Limits, Rebate, TIER_AT, TierAt, TierFilter};
use crate::money::Money;
use crate::program::Program;
use crate::rounding::Rounding;
use crate::scaled::Scaled;
use crate::tier::Tiers;

pub(super) const CADENCES: [(&str, Every); 4] =
    [("month", Every::Month), ("quarter", Every::Quarter), ("half_year", Every::HalfYear), ("year", Every::Year)];
impl Decoder<'_> {
    pub(super) fn rebate(
        &mut self,
        program: &Program,
        sales: &SalesDefaults,
        name: &str,
        node: &Node,
        path: &str,
    ) -> Option<Rebate> {
        let rounding_path = below(path, "rounding");
        let rounding = self.rounding(node.get("rounding"), &rounding_path, program.currency, program.rounding);
        let measure = |decoder: &mut Self, node: Option<&Node>, path: String| {
            node.and_then(|node| decoder.measure(program, sales, rounding, node, &path))
        };
        let counted = measure(self, node.get("measure"), below(path, "measure"));
        let base = node.get("pays_on").filter(|node| node.text().is_none());
        let base = measure(self, base, below(path, "pays_on"));
        let reference = self.reference(program, node, path);
        // Also where the reference itself has a mistake: that is told once.
        let is_relative = ["growth_of", "against"]
            .into_iter()
            .any(|key| node.get("measure").is_some_and(|measure| measure.get(key).is_some()));
        let schedule = node.get("schedule");
        let second_path = below(&below(path, "schedule"), "columns_by");
        let second = schedule.and_then(|schedule| schedule.get("columns_by"));
        let second = second.and_then(|node| self.gauge(program, sales, rounding, node, &second_path));
        let eligible = self.eligible(program, node.get("for"), &below(path, "for"));
        let goods = schedule.is_some_and(|schedule| schedule.get("free_units").is_some());
        let kept = if goods { 0 } else { rounding.digits.unwrap_or(program.currency.minor_digits()) };
        let limits = self.limits(node, path, program.sales.digits, kept);
        let guarantee = self.guarantee(node, path, kept, &limits);
        let budget = node.get("budget").and_then(|node| self.budget(program, node, kept, &below(path, "budget")));
        let basket = self.basket(program, sales, rounding, node.get("basket"), &below(path, "basket"));
        let during = node.get("during").and_then(|node| self.during(node, &below(path, "during")));
        let counted = counted?;
        let base = base.filter(|base| *base != counted);
        let schedule_path = below(path, "schedule");
        let whole_growth = node.get("pays_on").and_then(Node::text) == Some("whole");
        let measures = (&counted, base.as_ref(), is_relative);
        let schedule = self.schedule(program, measures, whole_growth, schedule?, &schedule_path)?;
        let mut rebate = Rebate {
            name: Name::new(name).ok()?,
            title: value(node.get("title")).unwrap_or_else(|| name.to_owned()),
            eligible,
            measure: counted,
            base,
            second,
            every: word(node.get("every"), &CADENCES)?,
            governed: program.effective,
            keys: Keys::default(),
            sums_from: program.effective.from,
            schedule,
            reference,
            limits,
            guarantee,
            budget,
            basket,
            rounding,
            currency: program.currency,
        };
        for measure in rebate.measures_mut().filter(|_| during.is_some()) {
            measure.lines.during = during;
        }
        Some(rebate)
    }

    fn budget(&mut self, program: &Program, node: &Node, digits: u8, path: &str) -> Option<Money> {
        let payout: Scaled = value(node.get("payout"))?;
        let money = payout.exactly(digits).ok().and_then(|payout| Money::exactly(payout, program.currency).ok());
        if money.is_none() {
            let message = format!("`{payout}` has more than the {digits} digits that are kept here, or is too large");
            mistake(self.findings, node.at, path, "too_many_digits", message, "cut digits, or keep more of them");
        }
        money
    }

    fn basket(
        &mut self,
        program: &Program,
        sales: &SalesDefaults,
        rounding: Rounding,
        node: Option<&Node>,
        path: &str,
    ) -> Vec<BasketItem> {
        let mut basket = Vec::new();
        for (at, item) in node.map_or(&[][..], Node::items).iter().enumerate() {
            let path = format!("{path}[{at}]");
            let at_least: Option<Scaled> = value(item.get("at_least"));
            let of = self.gauge(program, sales, rounding, item, &path);
            if at_least.is_some_and(|least| least.exactly(program.sales.digits).is_err()) {
                let message = format!("it has more than the {} digits that are kept here", program.sales.digits);
                mistake(
                    self.findings,
                    item.at,
                    &path,
                    "too_many_digits",
                    message,
                    "cut digits, or raise `sales.digits`",
                );
            }
            let sets = item.get("distinct").map_or(usize::MAX, |sets| sets.items().len());
            if at_least.is_some_and(|least| least > number(sets)) {
                let message = format!("there are {sets} sets, and more of them must be sold");
                let path = below(&path, "at_least");
                mistake(self.findings, item.at, &path, "too_few_sets", message, "name more sets, or ask for fewer");
            }
            basket.extend(of.zip(at_least).map(|(of, at_least)| BasketItem::new(of, at_least)));
        }
        basket
    }

    /// A measure, or how many product sets were sold by it.
    fn gauge(
        &mut self,
        program: &Program,
        sales: &SalesDefaults,
        rounding: Rounding,
        node: &Node,
        path: &str,
    ) -> Option<Gauge> {
        let measure = self.measure(program, sales, rounding, node, path)?;
        let each_at_least: Option<Scaled> = value(node.get("each_at_least"));
        let mut refuse = |key: &str, code, message: String, advice: &str| {
            let at = node.get(key).unwrap_or(node).at;
            mistake(self.findings, at, &below(path, key), code, message, advice);
        };
        let Some(sets) = node.get("distinct") else {
            if each_at_least.is_some() {
                let message = "it is not asked how many product sets were sold".to_owned();
                refuse("each_at_least", "no_distinct", message, "name the sets under `distinct`, or leave this out");
            }
            return Some(Gauge::Measure(measure.into()));
        };
        if !measure.products.is_empty() {
            let message = "each set under `distinct` is measured by itself".to_owned();
            refuse("products", "distinct_products", message, "leave `products` out");
        }
        if let Some(least) = each_at_least.filter(|least| least.exactly(program.sales.digits).is_err()) {
            let message = format!("`{least}` has more than the {} digits that are kept here", program.sales.digits);
            refuse("each_at_least", "too_many_digits", message, "cut digits, or raise `sales.digits`");
        }
        if each_at_least.is_some_and(|least| least <= Scaled::ZERO) {
            let message = "a set of which nothing was sold would count".to_owned();
            refuse("each_at_least", "counts_nothing", message, "ask for more than nothing, or leave it out");
        }
        let sets = self.refer_all(Some(sets), &below(path, "distinct"), "product set", &program.products);
        Some(Gauge::Distinct(Distinct::new(sets, &measure, each_at_least)))
    }

    fn guarantee(&mut self, node: &Node, path: &str, digits: u8, limits: &Limits) -> Option<Guarantee> {
        let (node, path) = (node.get("guarantee")?, below(path, "guarantee"));
        let payout: Scaled = value(node.get("payout"))?;
        let mut refuse = |code, message: String, advice: &str| {
            mistake(self.findings, node.at, &path, code, message, advice);
        };
        if payout.exactly(digits).is_err() {
            let message = format!("`{payout}` has more than the {digits} digits that are kept here");
            refuse("too_many_digits", message, "cut digits, or keep more of them");
        }
        if limits.payout_cap.is_some_and(|cap| payout > cap) {
            refuse(
                "floor_above_cap",
                format!("the guarantee of {payout} lies above the cap"),
                "lower one or raise the other",
            );
        }
        Some(Guarantee {
            payout,
            cumulative: node.get("cumulative").and_then(Node::text).and_then(yes_no).unwrap_or(false),
        })
    }

    pub(super) fn eligible(&mut self, program: &Program, node: Option<&Node>, path: &str) -> Eligible {
        let Some(node) = node else { return Eligible::default() };
        Eligible {
            partner_types: self.refer_all(
                node.get("partner_type"),
                &below(path, "partner_type"),
                "partner type",
                &program.partner_types,
            ),
            territories: self.refer_all(
                node.get("territory"),
                &below(path, "territory"),
                "territory",
                &program.territories,
            ),
            partners: texts(node.get("partner")),
            except: texts(node.get("except")).unwrap_or_default(),
            tier: node.get("tier").and_then(|node| self.tier_filter(program, node, &below(path, "tier"))),
        }
    }

    fn tier_filter(&mut self, program: &Program, node: &Node, path: &str) -> Option<TierFilter> {
        let (list, path, at) = match node.get("in") {
            Some(list) => (list, below(path, "in"), word(node.get("at"), &TIER_AT).unwrap_or_default()),
            None => (node, path.to_owned(), TierAt::default()),
        };
        let levels = program.tiers.iter().flat_map(Tiers::levels);
        let known: BTreeSet<Name> = levels.map(|level| level.name.clone()).collect();
        Some(TierFilter { tiers: self.refer_all(Some(list), &path, "tier", &known), at })
    }

    fn limits(&mut self, node: &Node, path: &str, measure_digits: u8, payout_digits: u8) -> Limits {
        let [cap, floor] = ["cap", "floor"].map(|key| node.get(key));
        let mut limit = |block: Option<&Node>, key: &str, digits: u8, path: String| -> Option<Scaled> {
            let node = block?.get(key)?;
            let limit: Scaled = value(Some(node))?;
            if limit.exactly(digits).is_err() {
                // A payout is rounded after it is limited: a limit between two payouts could be passed by it.
                let message = format!("`{limit}` has more than the {digits} digits that are kept here");
                mistake(self.findings, node.at, &path, "too_many_digits", message, "cut digits, or keep more of them");
            }
            Some(limit)
        };
        let limits = Limits {
            base_cap: limit(cap, "base", measure_digits, below(path, "cap.base")),
            payout_cap: limit(cap, "payout", payout_digits, below(path, "cap.payout")),
            payout_floor: limit(floor, "payout", payout_digits, below(path, "floor.payout")),
        };
        if let (Some(floor), Some(most), Some(least)) = (floor, limits.payout_cap, limits.payout_floor)
            && least > most
        {
            let message = format!("the floor {least} lies above the cap {most}");
            let path = below(path, "floor.payout");
            mistake(self.findings, floor.at, &path, "floor_above_cap", message, "lower one or raise the other");
        }
        limits
    }
}
