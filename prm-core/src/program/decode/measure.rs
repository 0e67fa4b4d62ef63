//! What is counted of sales: what `sales` says for all measures, how other currencies are converted, and a measure itself.

use std::collections::BTreeMap;

use super::super::grammar::{below, mistake};
use super::super::length::{Length, Unit};
use super::super::tree::Node;
use super::{Decoder, named, value, word};
use crate::fx::{REACH_BACK_DAYS, RateKind};
use crate::id::Name;
use crate::incentive::line::{CHANNEL_STEPS, COUNTING_DATES, ChannelStep, CountingDate, Credits};
use crate::incentive::measure::{
    Effect, Effects, EntryRounding, Grain, Measure, Quantity, ReturnPeriod, SalesPolicy, UnmatchedReturn,
};
use crate::program::{Program, SalesExchange};
use crate::rate::Rate;
use crate::rounding::{Place, Rounding, RoundingMode};
use crate::scaled::MEASURE_DIGITS;
use crate::split::Shares;

const EFFECTS: [(&str, Effect); 3] =
    [("counts", Effect::Counts), ("amount_only", Effect::AmountOnly), ("ignored", Effect::Ignored)];
const RETURNS: [(&str, ReturnPeriod); 2] =
    [("original_period", ReturnPeriod::OriginalPeriod), ("current_period", ReturnPeriod::CurrentPeriod)];
const UNMATCHED: [(&str, UnmatchedReturn); 2] =
    [("current_period", UnmatchedReturn::CurrentPeriod), ("reject", UnmatchedReturn::Reject)];

/// What `sales` says, and what a measure falls back on.
pub(super) struct SalesDefaults {
    pub(super) policy: SalesPolicy,
    pub(super) revenue: Quantity,
    pub(super) counting_date: CountingDate,
    pub(super) step: ChannelStep,
    pub(super) credits: Credits,
    pub(super) returns: ReturnPeriod,
}

impl Decoder<'_> {
    pub(super) fn sales(&mut self, node: Option<&Node>) -> SalesDefaults {
        let get = |key: &str| node.and_then(|node| node.get(key));
        let kinds =
            |key: &str, default| word(get("kinds").and_then(|kinds| kinds.get(key)), &EFFECTS).unwrap_or(default);
        let default = Effects::default();
        let effects = Effects {
            sale: kinds("sale", default.sale),
            returned: kinds("return", default.returned),
            price_correction: kinds("price_correction", default.price_correction),
            rebill: kinds("rebill", default.rebill),
            bad_debt: kinds("bad_debt", default.bad_debt),
            free_goods: kinds("free_goods", default.free_goods),
        };
        let roles = self.roles(get("roles"));
        let credits = node.and_then(|node| self.credits(node, &roles, "sales"));
        let amounts = [("net", Quantity::NetRevenue), ("gross", Quantity::GrossRevenue)];
        SalesDefaults {
            policy: SalesPolicy {
                effects,
                unmatched_returns: word(get("unmatched_returns"), &UNMATCHED).unwrap_or(UnmatchedReturn::CurrentPeriod),
                reopen_until: value(get("reopen_until")).unwrap_or(Length { count: 12, unit: Unit::Months }),
                digits: value(get("digits")).unwrap_or(MEASURE_DIGITS),
                roles,
            },
            revenue: word(get("amount"), &amounts).unwrap_or(Quantity::NetRevenue),
            counting_date: word(get("counting_date"), &COUNTING_DATES).unwrap_or(CountingDate::Invoice),
            step: word(get("step"), &CHANNEL_STEPS).unwrap_or_default(),
            credits: credits.unwrap_or(Credits::Buyer),
            returns: word(get("returns"), &RETURNS).unwrap_or(ReturnPeriod::OriginalPeriod),
        }
    }

    /// The roles in which lines credit partners, with shares that make a whole.
    fn roles(&mut self, node: Option<&Node>) -> BTreeMap<Name, Rate> {
        let Some(node) = node else { return BTreeMap::new() };
        let roles = named(Some(node), |_, share| value::<Rate>(Some(share)));
        // One that is no rate is reported already.
        if roles.len() == node.entries().len()
            && let Err(why) = Shares::of_rates(roles.clone())
        {
            let advice = "give the roles shares that make 100 % together";
            mistake(self.findings, node.at, "sales.roles", "shares_not_whole", why.to_string(), advice);
        }
        roles
    }

    /// Who is credited, if a block says.
    fn credits(&mut self, node: &Node, roles: &BTreeMap<Name, Rate>, path: &str) -> Option<Credits> {
        let (node, path) = (node.get("credits")?, below(path, "credits"));
        if let Some(role) = node.get("role") {
            return self.refer(role, &below(&path, "role"), "role", roles).map(Credits::Role);
        }
        let credits = Credits::of_word(node.text()?)?;
        if credits == Credits::Split && roles.is_empty() {
            let (message, advice) = ("there are no roles to divide by", "declare `sales.roles`, each with its share");
            mistake(self.findings, node.at, &path, "no_roles", message, advice);
        }
        Some(credits)
    }

    pub(super) fn exchange(&mut self, node: &Node) -> Option<SalesExchange> {
        let digits_of_measures =
            value(self.root.get("sales").and_then(|sales| sales.get("digits"))).unwrap_or(MEASURE_DIGITS);
        let round = node.get("round").map(|round| EntryRounding {
            digits: value(round.get("digits")).unwrap_or(digits_of_measures),
            mode: word(round.get("mode"), &RoundingMode::WORDS).unwrap_or_default(),
        });
        if let Some(round) = round.filter(|round| round.digits > digits_of_measures) {
            let message = format!("{} digits, but measures keep {digits_of_measures}", round.digits);
            let at = node.get("round").unwrap_or(node).at;
            mistake(
                self.findings,
                at,
                "exchange.sales.round",
                "too_many_digits",
                message,
                "raise `sales.digits` or lower this",
            );
        }
        let at_most: Option<Length> = value(node.get("at_most"));
        Some(SalesExchange {
            table: value(node.get("table"))?,
            rate: word(node.get("rate"), &RateKind::WORDS)?,
            at_most_days: at_most.map_or(REACH_BACK_DAYS, |length| length.count),
            round,
        })
    }

    pub(super) fn measure(
        &mut self,
        program: &Program,
        sales: &SalesDefaults,
        rounding: Rounding,
        node: &Node,
        path: &str,
    ) -> Option<Measure> {
        let of = node.get("of").or_else(|| node.get("growth_of"))?.text()?;
        self.measure_of(of, program, sales, rounding, node, path)
    }

    /// The measure of a quantity, with what a block says about it beside.
    pub(super) fn measure_of(
        &mut self,
        word_of_quantity: &str,
        program: &Program,
        sales: &SalesDefaults,
        rounding: Rounding,
        node: &Node,
        path: &str,
    ) -> Option<Measure> {
        let of = match word_of_quantity {
            "revenue" => sales.revenue,
            "net_revenue" => Quantity::NetRevenue,
            "gross_revenue" => Quantity::GrossRevenue,
            "purchase_value" => Quantity::PurchaseValue,
            "units" => Quantity::Units,
            _ => return None,
        };
        let by_line = rounding.place == Place::Line && of.is_money();
        let minor = rounding.digits.unwrap_or(program.currency.minor_digits());
        let digits = if by_line { minor.min(sales.policy.digits) } else { sales.policy.digits };
        let products = self.refer_all(node.get("products"), &below(path, "products"), "product set", &program.products);
        Some(Measure {
            of,
            products,
            step: word(node.get("step"), &CHANNEL_STEPS).unwrap_or(sales.step),
            credits: self.credits(node, &sales.policy.roles, path).unwrap_or_else(|| sales.credits.clone()),
            counting_date: word(node.get("counting_date"), &COUNTING_DATES).unwrap_or(sales.counting_date),
            returns: word(node.get("returns"), &RETURNS).unwrap_or(sales.returns),
            entry: EntryRounding { digits, mode: rounding.mode },
            lines: self.line_filter(program, node, path),
            grain: Grain::Month,
        })
    }
}
