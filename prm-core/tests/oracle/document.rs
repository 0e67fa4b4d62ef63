//! The document of a random program.

use std::fmt::Write as _;

use chrono::NaiveDate;

use super::spec::{Measure, Pay, Rebate, Reference, Rounding, Schedule, Spec};

/// Hundredths as text: `12.34`.
pub(crate) fn hundredths(number: i128) -> String {
    format!("{}.{:02}", number / 100, number % 100)
}

fn rounding(Rounding { mode, place, digits }: Rounding) -> String {
    format!("{{ mode: {}, place: {place}, digits: {digits} }}", mode.word())
}

fn yes(is: bool) -> &'static str {
    if is { "yes" } else { "no" }
}

fn returns(current: bool) -> &'static str {
    if current { "current_period" } else { "original_period" }
}

fn during((from, until): (NaiveDate, NaiveDate)) -> String {
    format!("{{ from: {from}, until: {until} }}")
}

/// The keys of a measure after what is measured.
fn measure(measure: &Measure, begins: &str) -> String {
    let mut text = format!("{{ {begins}: {}", if measure.units { "units" } else { "net_revenue" });
    if !measure.sets.is_empty() {
        write!(text, ", products: [{}]", measure.sets.join(", ")).unwrap();
    }
    for (is, key) in [
        (measure.sell_out, "step: sell_out"),
        (measure.seller, "credits: seller"),
        (measure.by_order, "counting_date: order"),
        (measure.renewals, "motion: [renewal]"),
    ] {
        if is {
            write!(text, ", {key}").unwrap();
        }
    }
    if let Some(current) = measure.current {
        write!(text, ", returns: {}", returns(current)).unwrap();
    }
    if let Some(days) = measure.during {
        write!(text, ", during: {}", during(days)).unwrap();
    }
    if let Some(registered) = measure.registered {
        write!(text, ", registered: {}", yes(registered)).unwrap();
    }
    let lists = [("account", &measure.accounts), ("except", &measure.except)];
    let lists = lists.into_iter().filter(|(_, accounts)| !accounts.is_empty());
    let mut sold_to: Vec<_> = lists.map(|(key, accounts)| format!("{key}: [{}]", accounts.join(", "))).collect();
    sold_to.extend(measure.north.then(|| "territory: north".to_owned()));
    if !sold_to.is_empty() {
        write!(text, ", sold_to: {{ {} }}", sold_to.join(", ")).unwrap();
    }
    text
}

fn pay(pay: Pay) -> String {
    match pay {
        Pay::Rate(rate) => format!("rate: {} %", hundredths(rate)),
        Pay::PerUnit(money) => format!("per_unit: {}", hundredths(money)),
        Pay::Amount(money) => format!("amount: {}", hundredths(money)),
    }
}

fn schedule(schedule: &Schedule, is_relative: bool) -> String {
    let bound = |bound: i128| if is_relative { format!("{bound} %") } else { bound.to_string() };
    match schedule {
        Schedule::Bands { shape, below, bands } => {
            let bands = bands.iter().map(|band| {
                let until = band.until.map_or(String::new(), |until| format!(", until: {}", bound(until)));
                let back = if band.back { ", back_to_first: yes" } else { "" };
                format!("{{ from: {}{until}, {}{back} }}", bound(band.from), pay(band.pay))
            });
            let bands = bands.collect::<Vec<_>>().join(", ");
            format!("{{ shape: {shape}, boundary: {}, bands: [{bands}] }}", if *below { "below" } else { "above" })
        }
        Schedule::Points(points) => {
            let points =
                points.iter().map(|(at, rate)| format!("{{ at: {}, rate: {} % }}", bound(*at), hundredths(*rate)));
            format!("{{ shape: interpolated, points: [{}] }}", points.collect::<Vec<_>>().join(", "))
        }
        Schedule::PerStep(step, amount) => {
            format!("{{ shape: per_step, step: {step}, amount: {} }}", hundredths(*amount))
        }
        Schedule::Target(target, pays) => {
            let target = target.map_or("{ table: targets, column: amount }".to_owned(), |target| target.to_string());
            format!("{{ shape: target, target: {target}, {} }}", pay(*pays))
        }
    }
}

pub(crate) fn every(months: i32) -> &'static str {
    match months {
        1 => "month",
        3 => "quarter",
        6 => "half_year",
        _ => "year",
    }
}

pub(crate) fn name(rebate: usize) -> String {
    format!("r{}", rebate + 1)
}

pub(crate) fn partner(place: usize) -> String {
    format!("p{}", place + 1)
}

fn rebate(rebate: &Rebate, place: usize) -> String {
    let mut text = format!("  {}:\n    kind: rebate\n    every: {}\n", name(place), every(rebate.every));
    let mut key = |key: &str, value: String| writeln!(text, "    {key}: {value}").unwrap();
    let begins = if matches!(rebate.reference, Reference::Growth { .. }) { "growth_of" } else { "of" };
    let measured = measure(&rebate.measure, begins);
    let against = match rebate.reference {
        Reference::None => String::new(),
        Reference::Fixed(target) => format!(", against: {target}"),
        Reference::Table => ", against: { table: targets, column: amount }".to_owned(),
        Reference::Growth { previous, from_zero, .. } => format!(
            ", against: {}, newcomer: {}",
            if previous { "previous_period" } else { "same_period_last_year" },
            if from_zero { "from_zero" } else { "skip" }
        ),
    };
    key("measure", format!("{measured}{against} }}"));
    match (&rebate.base, rebate.reference) {
        (Some(base), _) => key("pays_on", format!("{} }}", measure(base, "of"))),
        (None, Reference::Growth { whole: true, .. }) => key("pays_on", "whole".to_owned()),
        _ => {}
    }
    if let Some(days) = rebate.during {
        key("during", during(days));
    }
    key("schedule", schedule(&rebate.schedule, rebate.reference != Reference::None));
    match (rebate.cap_base, rebate.cap) {
        (Some(base), Some(payout)) => key("cap", format!("{{ base: {base}, payout: {payout} }}")),
        (Some(base), None) => key("cap", format!("{{ base: {base} }}")),
        (None, Some(payout)) => key("cap", format!("{{ payout: {payout} }}")),
        (None, None) => {}
    }
    if let Some(floor) = rebate.floor {
        key("floor", format!("{{ payout: {floor} }}"));
    }
    if let Some((payout, cumulative)) = rebate.guarantee {
        key("guarantee", format!("{{ payout: {payout}, cumulative: {} }}", yes(cumulative)));
    }
    if let Some(own) = rebate.rounding {
        key("rounding", rounding(own));
    }
    if let Some(except) = rebate.except {
        key("for", format!("{{ except: [{}] }}", partner(except)));
    }
    text
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

impl Spec {
    pub(crate) fn text(&self) -> String {
        let until = self.until.map_or(String::new(), |until| format!(", until: {until}"));
        let starts = MONTHS[usize::try_from(self.starts - 1).unwrap()];
        let ((count, unit), (digits, mode)) = (self.reopen, self.exchange);
        let unmatched = if self.rejects { "reject" } else { "current_period" };
        let sales = if self.of_members { "of_members" } else { "all" };
        let leaving = if self.forfeited { "forfeited" } else { "paid" };
        let (from, running, current) = (self.from, self.running, returns(self.current));
        let (rounding, prorated) = (rounding(self.rounding), yes(self.prorated));
        let mut text = format!(
            "format: 1
program: Oracle
version: '1'
effective: {{ from: {from}{until} }}
currency: USD
fiscal_year: {{ starts: {starts} }}
rounding: {rounding}
exchange: {{ sales: {{ table: rates, rate: closing, round: {{ digits: {digits}, mode: {} }} }}{} }}
sales: {{ returns: {current}, unmatched_returns: {unmatched}, reopen_until: {count} {unit} }}
periods: {{ running_periods: {running} }}
membership: {{ sales: {sales}, prorated: {prorated}, leaving: {leaving} }}
territories: {{ north: {{ countries: [NO, SE], regions: [N1] }} }}
tables: {{ targets: {{ key: [partner, period], columns: {{ amount: money }} }} }}
products: {{ bikes: {{ category: [Bikes] }}, parts: {{ sku: [part, tyre], except: {{ category: [Odd] }} }} }}
incentives:
",
            mode.word(),
            self.payout
        );
        for (place, own) in self.rebates.iter().enumerate() {
            text.push_str(&rebate(own, place));
        }
        if let Some(stack) = &self.stack {
            let names = |places: &[usize]| places.iter().map(|place| name(*place)).collect::<Vec<_>>().join(", ");
            write!(text, "stacking:\n  - {{ how: {}, order: [{}]", stack.how, names(&stack.order)).unwrap();
            let lists = [("never_deducted", &stack.never_deducted), ("not_reduced", &stack.not_reduced)];
            for (key, places) in lists.into_iter().filter(|(_, places)| !places.is_empty() && stack.how == "reducing") {
                write!(text, ", {key}: [{}]", names(places)).unwrap();
            }
            text.push_str(" }\n");
        }
        text
    }
}
