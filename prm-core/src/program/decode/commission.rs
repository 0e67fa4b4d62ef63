//! The block of a commission.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::super::grammar::{below, mistake};
use super::super::length::Length;
use super::super::tree::Node;
use super::{Decoder, SalesDefaults, value, word};
use crate::id::Name;
use crate::incentive::commission::{
    COVERS, Clawback, Commission, CommissionPay, CommissionRate, Counts, CreditedBy, PERS, Per, RELEASED, Recurs, Runs,
};
use crate::incentive::line::{CountingDate, Credits, MOTIONS, Motion};
use crate::incentive::measure::{Grain, Measure, Quantity, ReturnPeriod};
use crate::money::Money;
use crate::period::Period;
use crate::program::Program;
use crate::program::outline::COUNTED_BY_COMMISSIONS;
use crate::rounding::Rounding;
use crate::scaled::Scaled;
use crate::tier::Tiers;
use crate::words::word_of;

impl Decoder<'_> {
    pub(super) fn commission(
        &mut self,
        program: &Program,
        sales: &SalesDefaults,
        name: &str,
        node: &Node,
        path: &str,
    ) -> Option<Commission> {
        let rounding =
            self.rounding(node.get("rounding"), &below(path, "rounding"), program.currency, program.rounding);
        let eligible = self.eligible(program, node.get("for"), &below(path, "for"));
        if let Some(at) = node.get("for").and_then(|of| of.get("tier")).and_then(|tier| tier.get("at"))
            && at.text() == Some("period_end")
        {
            let path = below(&below(&below(path, "for"), "tier"), "at");
            let message = "a commission has no periods: the day of each sale decides";
            mistake(self.findings, at.at, &path, "no_period", message, "write `sale_date`, or leave `at` out");
        }
        let credits = self.credited_by(node, path);
        let (measure, counts) = self.counted(program, sales, rounding, (node, path), credits)?;
        let (from, until) = measure.lines.during.unwrap_or((program.effective.from, chrono::NaiveDate::MAX));
        if measure.lines.during.is_some()
            && let Ok(window) = Period::new(from, until)
            && program.effective.of(&window) != Some(window)
        {
            let at = node.get("during").unwrap_or(node).at;
            let message = "the window reaches beyond the days of this version";
            let advice = "a sale counts by the version of its day: keep the window within `effective`";
            mistake(self.findings, at, &below(path, "during"), "window_outside", message, advice);
        }
        let rates = self.commission_rates(program, &measure, node.get("rates"), &below(path, "rates"));
        let by_unit = |rate: &CommissionRate| matches!(rate.pays, CommissionPay::Fixed { per: Per::Unit, .. });
        let units = rates.iter().flatten().any(by_unit).then(|| Measure { of: Quantity::Units, ..measure.clone() });
        let per_customer = node
            .get("cap")
            .and_then(|cap| self.minor_units(program, cap.get("per_customer")?, &below(path, "cap.per_customer")));
        let runs = node.get("runs").and_then(|runs| self.runs(program, runs, &below(path, "runs")));
        Some(Commission {
            name: Name::new(name).ok()?,
            title: value(node.get("title")).unwrap_or_else(|| name.to_owned()),
            eligible,
            units: units.filter(|_| measure.of != Quantity::Units),
            measure,
            counts,
            credits: credits?,
            rates: rates?,
            recurs: recurs(node.get("recurs")?)?,
            released: word(node.get("released"), &RELEASED).unwrap_or_default(),
            hold_days: value(node.get("hold")).map_or(0, |hold: Length| hold.count),
            runs: runs?,
            clawback: match node.get("clawback").and_then(Node::text) {
                None => Clawback::Always,
                Some("until_paid") => Clawback::UntilPaid,
                Some(days) => Clawback::Days(days.parse::<Length>().ok()?.count),
            },
            per_customer,
            rounding,
            currency: program.currency,
            key: Arc::from(""),
            units_key: None,
        })
    }

    fn credited_by(&mut self, node: &Node, path: &str) -> Option<CreditedBy> {
        let (by, attribution) = (node.get("credits").and_then(Node::text), node.get("attribution"));
        match (by, attribution) {
            (Some("affiliate"), Some(attribution)) => {
                let window: Length = value(attribution.get("window"))?;
                Some(CreditedBy::Affiliate { window_days: window.count })
            }
            (Some("affiliate"), None) => {
                let at = node.get("credits").unwrap_or(node).at;
                let message = "how long a link or code counts is not said";
                let advice = "add `attribution: { window: 90 days }`";
                mistake(self.findings, at, &below(path, "credits"), "no_attribution", message, advice);
                None
            }
            (_, Some(attribution)) => {
                let message = "no affiliate is credited";
                let advice = "write `credits: affiliate`, or leave `attribution` out";
                mistake(self.findings, attribution.at, &below(path, "attribution"), "out_of_place", message, advice);
                None
            }
            (Some("partner_of_record"), None) => Some(CreditedBy::Record),
            _ => Some(CreditedBy::Line),
        }
    }

    /// What is counted, and what part of it.
    fn counted(
        &mut self,
        program: &Program,
        sales: &SalesDefaults,
        rounding: Rounding,
        (node, path): (&Node, &str),
        credits: Option<CreditedBy>,
    ) -> Option<(Measure, Counts)> {
        let of = node.get("of")?.text().filter(|of| COUNTED_BY_COMMISSIONS.contains(of))?;
        let counts = match of {
            "acv" => Counts::Acv,
            "tcv" => Counts::Tcv,
            "mrr" => Counts::Mrr,
            _ => Counts::Whole,
        };
        let is_of_subscription = counts != Counts::Whole || matches!(of, "bookings" | "billings" | "consumption");
        let quantity = if is_of_subscription { "revenue" } else { of };
        // What comes back is taken from its sale, whenever it does.
        let measure = self.measure_of(quantity, program, sales, rounding, node, path)?;
        let mut measure = Measure { grain: Grain::Day, returns: ReturnPeriod::OriginalPeriod, ..measure };
        if !matches!(credits, Some(CreditedBy::Line)) {
            measure.credits = Credits::Customer;
        }
        if of == "bookings" && node.get("counting_date").is_none() {
            measure.counting_date = CountingDate::Order;
        }
        self.motions_of(of, &mut measure.lines.motions, node, path);
        if let Some(fee) = node.get("marketplace_fee").filter(|fee| fee.text() == Some("deducted")) {
            if measure.of != Quantity::NetRevenue {
                let message = "a marketplace's fee is a part of net revenue, and something else is counted";
                let path = below(path, "marketplace_fee");
                mistake(self.findings, fee.at, &path, "fee_not_net", message, "count net revenue, or leave this out");
            }
            measure.of = Quantity::NetOfFee;
        }
        Some((measure, counts))
    }

    /// Consumption is what was used, and nothing else.
    fn motions_of(&mut self, of: &str, motions: &mut BTreeSet<Motion>, node: &Node, path: &str) {
        if of != "consumption" {
            return;
        }
        let wrong = motions.iter().find(|motion| **motion != Motion::Usage);
        if let (Some(wrong), Some(at)) = (wrong, node.get("motion")) {
            let message = format!("`{}` is not consumption", word_of(&MOTIONS, wrong));
            mistake(self.findings, at.at, &below(path, "motion"), "wrong_motion", message, "leave the motion out");
        }
        motions.insert(Motion::Usage);
    }

    fn commission_rates(
        &mut self,
        program: &Program,
        measure: &Measure,
        node: Option<&Node>,
        path: &str,
    ) -> Option<Vec<CommissionRate>> {
        let items = node?.items();
        let levels = program.tiers.iter().flat_map(Tiers::levels);
        let known: BTreeSet<Name> = levels.map(|level| level.name.clone()).collect();
        let mut rates = Vec::with_capacity(items.len());
        for (at, item) in items.iter().enumerate() {
            let path = format!("{path}[{at}]");
            let motions = item.get("motion").map_or(&[][..], Node::items).iter();
            let motions = motions.filter_map(|item| word(Some(item), &MOTIONS)).collect();
            let products =
                self.refer_all(item.get("products"), &below(&path, "products"), "product set", &program.products);
            let tiers = self.refer_all(item.get("tier"), &below(&path, "tier"), "tier", &known);
            let pays = self.commission_pay(program, measure, item, &path);
            rates.push(pays.map(|pays| CommissionRate { products, motions, tiers, pays }));
        }
        rates.into_iter().collect()
    }

    fn commission_pay(
        &mut self,
        program: &Program,
        measure: &Measure,
        node: &Node,
        path: &str,
    ) -> Option<CommissionPay> {
        let per = node.get("per");
        match (node.get("rate"), node.get("fixed")) {
            (Some(rate), None) => {
                if let Some(per) = per {
                    let message = "a rate is a share of each sale";
                    let advice = "leave `per` out, or pay a `fixed` amount";
                    mistake(self.findings, per.at, &below(path, "per"), "out_of_place", message, advice);
                }
                if !measure.of.is_money() {
                    let message = "units are counted, not money";
                    let advice = "write `of: billings`, or pay a `fixed` amount";
                    mistake(self.findings, rate.at, &below(path, "rate"), "wrong_payment", message, advice);
                }
                Some(CommissionPay::Rate(value(Some(rate))?))
            }
            (None, Some(fixed)) => {
                let amount = self.minor_units(program, fixed, &below(path, "fixed"));
                let Some(per) = per else {
                    let advice = "add `per: customer`, `per: document` or `per: unit`";
                    let message = "what the amount is paid for is not said";
                    mistake(self.findings, fixed.at, &below(path, "fixed"), "no_per", message, advice);
                    return None;
                };
                Some(CommissionPay::Fixed { amount: amount?, per: word(Some(per), &PERS)? })
            }
            _ => {
                let message = "exactly one thing must be paid";
                mistake(self.findings, node.at, path, "one_pay", message, "write one of `rate` and `fixed`");
                None
            }
        }
    }

    fn runs(&mut self, program: &Program, node: &Node, path: &str) -> Option<Runs> {
        let minimum = match node.get("minimum") {
            Some(minimum) => self.minor_units(program, minimum, &below(path, "minimum")),
            None => Some(Money::zero(program.currency)),
        };
        Some(Runs {
            day: value(node.get("day"))?,
            covers: word(node.get("covers"), &COVERS).unwrap_or_default(),
            minimum: minimum?,
        })
    }

    /// An amount that can be owed.
    pub(super) fn minor_units(&mut self, program: &Program, node: &Node, path: &str) -> Option<Money> {
        let amount: Scaled = value(Some(node))?;
        let money = Money::exactly(amount, program.currency).ok();
        if money.is_none() {
            let message = format!("`{amount}` is no amount of {}", program.currency);
            mistake(self.findings, node.at, path, "too_many_digits", message, "write whole minor units");
        }
        money
    }
}

fn recurs(node: &Node) -> Option<Recurs> {
    match node.text()? {
        "first_sale" => Some(Recurs::FirstSale),
        "always" => Some(Recurs::Always),
        months => Some(Recurs::Months(months.parse::<Length>().ok()?.count)),
    }
}
