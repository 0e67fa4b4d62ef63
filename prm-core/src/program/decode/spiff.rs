//! The block of a SPIFF.

use std::sync::Arc;

use super::super::grammar::{below, mistake, yes_no};
use super::super::tree::Node;
use super::{Decoder, SalesDefaults, value, word};
use crate::id::Name;
use crate::incentive::measure::{Grain, Measure, Quantity, ReturnPeriod};
use crate::incentive::schedule::Target;
use crate::incentive::spiff::{PAID_TO, PaidTo, Quota, Spiff, SpiffPay};
use crate::money::Money;
use crate::period::Period;
use crate::program::Program;
use crate::program::tables::{ColumnKind, TableKey};
use crate::rate::Rate;
use crate::scaled::Scaled;

/// What can be paid; exactly one of it is.
const PAYS: [&str; 4] = ["each", "rate", "schedule", "quota"];

impl Decoder<'_> {
    pub(super) fn spiff(
        &mut self,
        program: &Program,
        sales: &SalesDefaults,
        name: &str,
        node: &Node,
        path: &str,
    ) -> Option<Spiff> {
        let rounding =
            self.rounding(node.get("rounding"), &below(path, "rounding"), program.currency, program.rounding);
        let eligible = self.eligible(program, node.get("for"), &below(path, "for"));
        let of = node.get("of").and_then(Node::text);
        let counts_sales = of == Some("sales");
        let quantity = if counts_sales { "revenue" } else { of? };
        let measure = self.measure_of(quantity, program, sales, rounding, node, path)?;
        // What comes back is taken from its sale, whenever it does.
        let measure = Measure { grain: Grain::Day, returns: ReturnPeriod::OriginalPeriod, ..measure };
        let to = word(node.get("to"), &PAID_TO);
        let by_serial = node.get("once").and_then(Node::text) == Some("serial");
        if by_serial && of != Some("units") {
            let at = node.get("once").unwrap_or(node).at;
            let message = "serial numbers name units, and no units are counted";
            mistake(self.findings, at, &below(path, "once"), "serials_of_units", message, "write `of: units`");
        }
        let cap = |decoder: &mut Self, key: &str| decoder.spiff_cap(program, node, path, key);
        let (per_person, per_partner) = (cap(self, "per_person"), cap(self, "per_partner"));
        if let Some(at) = node.get("cap").and_then(|cap| cap.get("per_person")).filter(|_| to != Some(PaidTo::Person)) {
            let message = "no single person earns this";
            let path = below(&below(path, "cap"), "per_person");
            mistake(self.findings, at.at, &path, "cap_of_nobody", message, "cap `per_partner`, or pay `to: person`");
        }
        let consent = node.get("consent").and_then(Node::text).and_then(yes_no);
        if let (Some(true), Some(PaidTo::Partner), Some(at)) = (consent, to, node.get("consent")) {
            let message = "no people are paid to whom a partner could consent";
            let path = below(path, "consent");
            mistake(self.findings, at.at, &path, "consent_of_nobody", message, "leave it out, or pay `to: person`");
        }
        let (from, until) = measure.lines.during?;
        let window = Period::new(from, until).ok()?;
        if program.effective.of(&window) != Some(window) {
            let at = node.get("during").unwrap_or(node).at;
            let message = "the window reaches beyond the days of this version";
            let advice = "a sale counts by the version of its day: keep the window within `effective`";
            mistake(self.findings, at, &below(path, "during"), "window_outside", message, advice);
        }
        let pays = node
            .get("pays")
            .and_then(|pays| self.spiff_pays(program, (&measure, counts_sales), pays, &below(path, "pays")))?;
        Some(Spiff {
            name: Name::new(name).ok()?,
            title: value(node.get("title")).unwrap_or_else(|| name.to_owned()),
            eligible,
            window,
            measure,
            counts_sales,
            pays,
            to: to?,
            by_serial,
            public_sector: node.get("public_sector").and_then(Node::text) == Some("included"),
            consent: consent.unwrap_or(to != Some(PaidTo::Partner)),
            per_person,
            per_partner,
            rounding,
            currency: program.currency,
            key: Arc::from(""),
        })
    }

    fn spiff_cap(&mut self, program: &Program, node: &Node, path: &str, key: &str) -> Option<Money> {
        self.minor_units(program, node.get("cap")?.get(key)?, &below(&below(path, "cap"), key))
    }

    fn spiff_pays(
        &mut self,
        program: &Program,
        (measure, counts_sales): (&Measure, bool),
        node: &Node,
        path: &str,
    ) -> Option<SpiffPay> {
        let mut given = PAYS.into_iter().filter_map(|key| Some((key, node.get(key)?)));
        let (Some((key, of)), None) = (given.next(), given.next()) else {
            let message = "exactly one thing must be paid";
            let advice = "write one of `each`, `rate`, `schedule` and `quota`";
            mistake(self.findings, node.at, path, "one_payment", message, advice);
            return None;
        };
        let path = below(path, key);
        let is_money = measure.of.is_money() && !counts_sales;
        let mut refuse = |message: &str, advice: &str| {
            mistake(self.findings, of.at, &path, "wrong_payment", message.to_owned(), advice);
            None
        };
        match key {
            "each" if is_money => refuse("money is counted, not units or sales", "write `of: units` or `of: sales`"),
            "each" => match value(Some(of)) {
                Some(amount) => Some(SpiffPay::Each(amount)),
                None if counts_sales => refuse("a sale has no single product", "write `of: units`, or one amount"),
                None => self.amount_by_sku(program, of, &path),
            },
            "rate" if !is_money => refuse("units are counted, not money", "write `of: net_revenue`, or pay `each`"),
            "rate" => Some(SpiffPay::Rate(value(Some(of))?)),
            "schedule" if !takes_one_value(of) => {
                refuse("it needs more than what is counted, or pays goods", "use bands, points or steps that pay money")
            }
            "schedule" => {
                // Sales are counted in whole numbers, as units are.
                let of_what = if counts_sales { Quantity::Units } else { measure.of };
                let counted = Measure { of: of_what, ..measure.clone() };
                self.schedule(program, (&counted, None, false), false, of, &path).map(SpiffPay::Schedule)
            }
            _ => self.quota(program, of, &path).map(SpiffPay::Quota),
        }
    }

    fn amount_by_sku(&mut self, program: &Program, node: &Node, path: &str) -> Option<SpiffPay> {
        let table = self.refer(node.get("table")?, &below(path, "table"), "table", &program.tables)?;
        let outline = program.tables.get(&table)?;
        let column = self.refer(node.get("column")?, &below(path, "column"), "column", &outline.columns)?;
        if outline.key != [TableKey::Sku] || outline.columns.get(&column) != Some(&ColumnKind::Money) {
            let message = format!("`{table}` does not hold an amount for a product");
            let advice = "a table of amounts is found by SKU alone, and the column holds money";
            mistake(self.findings, node.at, path, "bad_table", message, advice);
            return None;
        }
        Some(SpiffPay::EachOf { table, column })
    }

    fn quota(&mut self, program: &Program, node: &Node, path: &str) -> Option<Quota> {
        let target = node.get("target").and_then(|target| self.target(program, target, &below(path, "target")));
        if let (Some(Target::Fixed(quota)), Some(at)) = (&target, node.get("target"))
            && quota.is_zero()
        {
            let path = below(path, "target");
            mistake(self.findings, at.at, &path, "zero_quota", "there is nothing to reach", "write what is to be sold");
        }
        let (below_it, above) = (self.factors(node, "below", path), self.factors(node, "above", path));
        Some(Quota { target: target?, pays: value(node.get("pays"))?, below: below_it?, above: above? })
    }

    /// The factors on one side of the quota, in rising order.
    fn factors(&mut self, node: &Node, key: &str, path: &str) -> Option<Vec<(Rate, Scaled)>> {
        let Some(list) = node.get(key) else { return Some(Vec::new()) };
        let read = |item: &Node| Some((value(item.get("from"))?, value(item.get("factor"))?));
        let factors: Vec<(Rate, Scaled)> = list.items().iter().map(read).collect::<Option<_>>()?;
        let whole = Scaled::new(1, 0);
        let is_placed = match key {
            "below" => factors.iter().all(|(from, _)| from.fraction() < whole),
            _ => factors.first().is_none_or(|(from, _)| from.fraction() == whole),
        };
        let rises = factors.is_sorted_by(|(one, _), (next, _)| one < next);
        if !is_placed || !rises {
            let message = "the factors do not stand where they belong";
            let advice = "list them lowest first, each once: `below` under 100 %, `above` from 100 % on";
            mistake(self.findings, list.at, &below(path, key), "not_rising", message, advice);
            return None;
        }
        Some(factors)
    }
}

/// Whether a schedule pays money by what is counted alone: no second measure, no table of targets, no goods.
fn takes_one_value(schedule: &Node) -> bool {
    !matches!(schedule.get("shape").and_then(Node::text), Some("matrix" | "target"))
        && schedule.get("free_units").is_none()
}
