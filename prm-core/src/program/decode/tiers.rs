//! The blocks of tiers and metrics.

use std::collections::{BTreeMap, BTreeSet};

use super::super::grammar::{below, mistake, nearest, report, yes_no};
use super::super::outline::measure_words;
use super::super::tree::{Is, Node};
use super::{Decoder, SalesDefaults, named, value, word};
use crate::calendar::Every;
use crate::id::Name;
use crate::program::Program;
use crate::program::finding::Severity;
use crate::program::length::{Length, Unit};
use crate::scaled::Scaled;
use crate::tier::{
    Benefit, Bound, Condition, CountsFor, DemoteAt, Item, LateLines, Level, Metric, MetricIs, MetricKey, Promote,
    Requirement, Review, SalesCount, Source, Tiers, Window,
};

const CADENCES: [(&str, Every); 4] = super::rebate::CADENCES;
const KINDS: [(&str, MetricIs); 2] = [("state", MetricIs::State), ("sum", MetricIs::Sum)];
const COUNTS_FOR: [(&str, CountsFor); 2] = [("partner", CountsFor::Partner), ("family", CountsFor::Family)];
const SALES_COUNT: [(&str, SalesCount); 2] = [("next_day", SalesCount::NextDay), ("same_day", SalesCount::SameDay)];
const LATE_LINES: [(&str, LateLines); 2] = [("keep", LateLines::Keep), ("recompute", LateLines::Recompute)];
const PROMOTE: [(&str, Promote); 4] = [
    ("at_once", Promote::AtOnce),
    ("at_review", Promote::AtReview),
    ("at_anniversary", Promote::AtAnniversary),
    ("after_approval", Promote::AfterApproval),
];
const DEMOTE: [(&str, DemoteAt); 3] =
    [("review", DemoteAt::Review), ("anniversary", DemoteAt::Anniversary), ("never", DemoteAt::Never)];

/// The keys that only sales have.
const OF_SALES: [&str; 9] =
    ["products", "counting_date", "step", "credits", "returns", "during", "motion", "registered", "sold_to"];
/// How deep requirements nest: beyond that nobody can say what a tier takes.
const DEPTH_MAX: usize = 6;
/// How many tiers there are, and how many metrics one requires. Each is compared with each.
const LEVELS_MAX: usize = 30;
const METRICS_MAX: usize = 100;

/// What requirements are read with.
struct Reader<'p> {
    program: &'p Program,
    sales: &'p SalesDefaults,
    counts_for: CountsFor,
    declared: BTreeMap<Name, MetricIs>,
    places: BTreeMap<Metric, usize>,
    /// How many metrics the level has so far.
    metrics: usize,
}

impl Decoder<'_> {
    /// The metrics that the host tells.
    pub(super) fn metrics(&mut self, node: Option<&Node>) -> BTreeMap<Name, MetricIs> {
        for (key, _) in node.map_or(&[][..], Node::entries) {
            if measure_words().contains(&key.text.as_str()) {
                let message = format!("`{}` is a word of measures", key.text);
                let path = below("metrics", &key.text);
                mistake(self.findings, key.at, &path, "name_taken", message, "call the metric something else");
            }
        }
        named(node, |_, node| word(node.get("is"), &KINDS))
    }

    pub(super) fn tiers(&mut self, program: &Program, sales: &SalesDefaults, node: &Node) -> Option<Tiers> {
        let declared = self.metrics(self.root.get("metrics"));
        let counts_for = word(node.get("counts_for"), &COUNTS_FOR).unwrap_or_default();
        let mut reader = Reader { program, sales, counts_for, declared, places: BTreeMap::new(), metrics: 0 };
        let levels = node.get("levels")?;
        if levels.items().len() > LEVELS_MAX {
            let message = format!("there are {} tiers", levels.items().len());
            let advice = format!("a program has at most {LEVELS_MAX}");
            mistake(self.findings, levels.at, "tiers.levels", "too_many_tiers", message, advice);
            return None;
        }
        let (mut found, mut seen) = (Vec::new(), BTreeSet::new());
        for (at, node) in levels.items().iter().enumerate() {
            let path = format!("tiers.levels[{at}]");
            let Some(name) = value::<Name>(node.get("name")) else { continue };
            if !seen.insert(name.clone()) {
                let message = format!("a tier `{name}` stands here already");
                mistake(self.findings, node.at, &below(&path, "name"), "name_twice", message, "keep one of them");
            }
            reader.metrics = 0;
            let requires_path = below(&path, "requires");
            let requires = node.get("requires");
            let (code, message, advice) = match (at, requires) {
                (0, Some(_)) => ("first_requires", "the lowest tier requires something", "put a tier below it"),
                (1.., None) => ("no_requirement", "nothing says what this tier takes", "add `requires`"),
                _ => ("", "", ""),
            };
            if !code.is_empty() {
                mistake(self.findings, requires.unwrap_or(node).at, &requires_path, code, message, advice);
            }
            let requires = requires.and_then(|node| self.requirement(&mut reader, node, &requires_path, 1));
            let benefits = named(node.get("benefits"), |_, node| benefit(node));
            found.push(Level { name, requires, benefits });
        }
        let mut metrics: Vec<(Metric, usize)> = reader.places.into_iter().collect();
        metrics.sort_by_key(|(_, place)| *place);
        let mut tiers = Tiers {
            declared: reader.declared,
            metrics: metrics.into_iter().map(|(metric, _)| metric).collect(),
            levels: found,
            review: self.review(node.get("review")),
            sales_count: word(node.get("sales_count"), &SALES_COUNT).unwrap_or_default(),
            late_lines: word(node.get("late_lines"), &LATE_LINES).unwrap_or_default(),
        };
        tiers.need_days();
        Some(tiers)
    }

    fn review(&mut self, node: Option<&Node>) -> Review {
        let default = Review::default();
        let Some(node) = node else { return default };
        let demote = node.get("demote");
        let get = |key: &str| demote.and_then(|demote| demote.get(key));
        let (at, grace) = (word(get("at"), &DEMOTE).unwrap_or(default.demote), get("grace"));
        if let Some(grace) = grace.filter(|_| at == DemoteAt::Never) {
            let message = "there is a grace before what never happens";
            let advice = "leave `grace` out, or say when partners fall";
            mistake(self.findings, grace.at, "tiers.review.demote.grace", "grace_without_end", message, advice);
        }
        let length = value::<Length>(grace);
        let most = |unit| match unit {
            Unit::Days => 3_660,
            Unit::Months => 120,
            Unit::Quarters => 40,
        };
        if let (Some(grace), Some(length)) = (grace, length)
            && length.count > most(length.unit)
        {
            let message = format!("{length} is longer than ten years");
            let advice = "shorten it, or say that partners never fall";
            mistake(self.findings, grace.at, "tiers.review.demote.grace", "grace_too_long", message, advice);
        }
        Review {
            every: word(node.get("every"), &CADENCES).unwrap_or(default.every),
            promote: word(node.get("promote"), &PROMOTE).unwrap_or(default.promote),
            demote: at,
            grace: length,
        }
    }

    fn requirement(&mut self, reader: &mut Reader<'_>, node: &Node, path: &str, depth: usize) -> Option<Requirement> {
        let forms: Vec<&str> =
            ["all", "any", "points", "metric"].into_iter().filter(|key| node.get(key).is_some()).collect();
        let [form] = forms.as_slice() else {
            let message = match forms.as_slice() {
                [one, other, ..] => format!("`{one}` and `{other}` stand side by side"),
                _ => "nothing is required here".to_owned(),
            };
            let advice = "write exactly one of `all`, `any`, `points` and `metric`";
            if matches!(node.is, Is::Block(_)) {
                mistake(self.findings, node.at, path, "one_form", message, advice);
            }
            return None;
        };
        if depth > DEPTH_MAX {
            let message = format!("requirements are nested more than {DEPTH_MAX} deep");
            mistake(self.findings, node.at, path, "too_deep", message, "say it with fewer levels");
            return None;
        }
        let part = node.get(form)?;
        let part_path = below(path, form);
        match *form {
            "metric" => {
                let metric = self.tier_metric(reader, node, path)?;
                let needs = self.needs(reader, node, path, metric)?;
                Some(Requirement::Metric(Condition { metric, needs }))
            }
            "points" => self.points(reader, part, &part_path),
            _ => {
                self.only(node, form, path);
                let read = |(at, item): (usize, &Node)| {
                    self.requirement(reader, item, &format!("{part_path}[{at}]"), depth + 1)
                };
                let of: Vec<Requirement> = part.items().iter().enumerate().filter_map(read).collect();
                Some(if *form == "all" { Requirement::All(of) } else { Requirement::Any(of) })
            }
        }
    }

    /// Reports keys that say nothing beside `all` or `any`.
    fn only(&mut self, node: &Node, form: &str, path: &str) {
        for (key, _) in node.entries().iter().filter(|(key, _)| key.text != form) {
            // A key that is not known at all was reported already.
            let known = ["certification", "over", "at_least", "more_than", "counts_for"];
            if known.contains(&key.text.as_str()) || OF_SALES.contains(&key.text.as_str()) {
                let message = format!("`{}` says nothing beside `{form}`", key.text);
                let path = below(path, &key.text);
                mistake(self.findings, key.at, &path, "out_of_place", message, "write it inside each requirement");
            }
        }
    }

    fn points(&mut self, reader: &mut Reader<'_>, node: &Node, path: &str) -> Option<Requirement> {
        let mut of = Vec::new();
        let items = node.get("of").map_or(&[][..], Node::items);
        for (at, node) in items.iter().enumerate() {
            let path = format!("{path}.of[{at}]");
            let Some(metric) = self.tier_metric(reader, node, &path) else { continue };
            let number = |key: &str| value::<Scaled>(node.get(key));
            let each = number("each");
            if let Some(node) = node.get("each").filter(|_| each.is_some_and(Scaled::is_zero)) {
                let message = "a step has no size";
                mistake(self.findings, node.at, &below(&path, "each"), "no_step", message, "write a number above zero");
            }
            if let (Some(_), Some(more)) = (node.get("floor"), node.get("more_than")) {
                let message = "`floor` and `more_than` stand side by side";
                mistake(self.findings, more.at, &path, "two_bounds", message, "keep the one that is meant");
            }
            let needs = number("floor").map(Bound::AtLeast).or(number("more_than").map(Bound::MoreThan));
            let Some(points) = number("points") else { continue };
            of.push(Item { metric, points, each, at_most: number("at_most"), needs });
        }
        Some(Requirement::Points { at_least: value(node.get("at_least"))?, of })
    }

    /// What a value must reach; of sales at the digits that measures keep, so that nothing is rounded in between.
    fn needs(&mut self, reader: &Reader<'_>, node: &Node, path: &str, metric: usize) -> Option<Bound> {
        let (least, more) = (node.get("at_least"), node.get("more_than"));
        let (key, bound) = match (least, more) {
            (Some(least), None) => ("at_least", least),
            (None, Some(more)) => ("more_than", more),
            _ => {
                let message = "nothing, or two things, say what must be reached";
                mistake(self.findings, node.at, path, "one_bound", message, "write `at_least` or `more_than`");
                return None;
            }
        };
        let mut number: Scaled = value(Some(bound))?;
        let of_sales =
            reader.places.iter().any(|(known, at)| *at == metric && matches!(known.source, Source::Sales(_)));
        if of_sales {
            let digits = reader.program.sales.digits;
            match number.exactly(digits) {
                Ok(exact) => number = exact,
                Err(_) => {
                    let message = format!("`{number}` has more than the {digits} digits that are kept here");
                    let path = below(path, key);
                    let advice = "cut digits, or keep more of them";
                    mistake(self.findings, bound.at, &path, "too_many_digits", message, advice);
                }
            }
        }
        Some(if key == "at_least" { Bound::AtLeast(number) } else { Bound::MoreThan(number) })
    }

    /// The place of what a requirement or item reads.
    fn tier_metric(&mut self, reader: &mut Reader<'_>, node: &Node, path: &str) -> Option<usize> {
        let name: Name = value(node.get("metric"))?;
        reader.metrics += 1;
        if reader.metrics == METRICS_MAX + 1 {
            let advice = format!("a tier requires at most {METRICS_MAX} things");
            mistake(self.findings, node.at, path, "too_many_metrics", "this tier requires too much", advice);
        }
        if reader.metrics > METRICS_MAX {
            return None;
        }
        let over: Option<Window> = value(node.get("over"));
        let source = if measure_words().contains(&name.as_str()) {
            if let Some(certification) = node.get("certification") {
                let path = below(path, "certification");
                let message = "sales have no certification";
                mistake(self.findings, certification.at, &path, "out_of_place", message, "leave it out");
            }
            let program = reader.program;
            let measure = self.measure_of(name.as_str(), program, reader.sales, program.rounding, node, path)?;
            Source::Sales(measure)
        } else {
            let is = self.told(reader, node, &name, path)?;
            Source::Told(MetricKey { name, certification: value(node.get("certification")) }, is)
        };
        let window = self.window(&source, over, node, path)?;
        let counts_for = word(node.get("counts_for"), &COUNTS_FOR).unwrap_or(reader.counts_for);
        let next = reader.places.len();
        Some(*reader.places.entry(Metric { source, window, counts_for }).or_insert(next))
    }

    /// How the values of a declared metric belong together.
    fn told(&mut self, reader: &Reader<'_>, node: &Node, name: &Name, path: &str) -> Option<MetricIs> {
        let found = reader.declared.get(name).copied();
        // A misspelt word of measures is one mistake, not one for each key beside it.
        for key in OF_SALES.into_iter().filter(|_| found.is_some()) {
            if let Some(there) = node.get(key) {
                let message = format!("`{key}` is of sales, and `{name}` is told");
                mistake(self.findings, there.at, &below(path, key), "out_of_place", message, "leave it out");
            }
        }
        if found.is_none() {
            let at = node.get("metric").unwrap_or(node).at;
            let words = measure_words().iter().copied().chain(reader.declared.keys().map(Name::as_str));
            let suggestion = nearest(name.as_str(), words, self.findings);
            let message = format!("there is no metric `{name}`");
            let advice = "write a word of measures, or declare the metric under `metrics`";
            let path = below(path, "metric");
            report(self.findings, Severity::Error, at, &path, "unknown_name", message, advice, suggestion);
        }
        found
    }

    fn window(&mut self, source: &Source, over: Option<Window>, node: &Node, path: &str) -> Option<Window> {
        let is_state = matches!(source, Source::Told(_, MetricIs::State));
        let at = node.get("over").unwrap_or(node).at;
        let (code, message, advice) = match (is_state, over) {
            (true, None) if node.get("over").is_none() => return Some(Window::OnTheDay),
            (true, Some(window @ Window::AnyDayOf(_))) | (false, Some(window @ Window::Over(_))) => {
                return Some(window);
            }
            (true, Some(_)) => ("wrong_window", "a state is not added up", "leave `over` out, or say `any day of ...`"),
            (false, Some(_)) => ("wrong_window", "sums are read over all days", "leave `any day of` out"),
            // The grammar has reported what is no window.
            (true, None) => return None,
            (false, None) if node.get("over").is_some() => return None,
            (false, None) => {
                ("no_window", "nothing says over which days this adds up", "add `over`, such as `trailing 4 quarters`")
            }
        };
        mistake(self.findings, at, &below(path, "over"), code, message, advice);
        None
    }
}

fn benefit(node: &Node) -> Option<Benefit> {
    if let Is::Block(_) = node.is {
        let count = value(node.get("allowance"))?;
        return Some(Benefit::Allowance { count, every: word(node.get("every"), &CADENCES)? });
    }
    let text = node.text()?;
    yes_no(text).map(Benefit::Flag).or_else(|| text.parse().ok())
}
