//! From a checked tree to the program: names resolved, defaults filled in, what tables cannot say checked.

mod claims;
mod commission;
mod deals;
mod lines;
mod mdf;
mod mdf_accrual;
mod measure;
mod policies;
mod rebate;
mod reference;
mod schedule;
mod spiff;
mod stacking;
mod tiers;

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use chrono::NaiveDate;

use super::finding::{Findings, Position, Severity};
use super::grammar::{self, Kind, below, mistake, nearest, report};
use super::outline::{DOCUMENT, month_number};
use super::tables::{ColumnKind, TableKey, TableOutline};
use super::tree::{self, Node};
use super::{Checked, Effective, Program, ProgramRef, RUNNING_PERIODS, Territory};
use measure::SalesDefaults;
use policies::{accruals, membership, negative, payout_exchange, period_policy};

use crate::calendar::{FiscalCalendar, WeekPattern};
use crate::currency::Currency;
use crate::id::Name;
use crate::incentive::claim::policy::Claims;
use crate::incentive::commission::Commission;
use crate::incentive::rebate::Rebate;
use crate::period::MonthEnds;
use crate::product::{ProductKeys, ProductSet};
use crate::rounding::{Place, Rounding, RoundingMode};
use crate::tier::Tiers;
use crate::zone::Zone;

const WEEKS: [(&str, WeekPattern); 3] =
    [("4-4-5", WeekPattern::FourFourFive), ("4-5-4", WeekPattern::FourFiveFour), ("5-4-4", WeekPattern::FiveFourFour)];
const MONTH_ENDS: [(&str, MonthEnds); 2] = [("stick", MonthEnds::Stick), ("keep", MonthEnds::Keep)];
const TABLE_KEYS: [(&str, TableKey); 3] =
    [("partner", TableKey::Partner), ("sku", TableKey::Sku), ("period", TableKey::Period)];
const COLUMN_KINDS: [(&str, ColumnKind); 3] =
    [("money", ColumnKind::Money), ("number", ColumnKind::Number), ("rate", ColumnKind::Rate)];

/// Reads, checks and lints a document.
pub(super) fn check(text: &str) -> Checked {
    let mut findings = Findings::default();
    let root = tree::read(text, &mut findings);
    let mut program = root.as_ref().and_then(|root| {
        grammar::check(root, &Kind::Block(&DOCUMENT), "", &mut findings);
        Decoder { root, findings: &mut findings }.program()
    });
    if let (Some(program), Some(root)) = (&program, &root) {
        super::lint::lint(program, root, &mut findings);
    }
    if findings.has_errors() {
        program = None;
    } else if program.is_none() {
        // Every refusal has a finding; were one forgotten, the document must still not pass as correct.
        let at = Position { line: 1, column: 1 };
        mistake(&mut findings, at, "", "unreadable", "the document cannot be read", "report this document");
    }
    findings.sort();
    Checked { program, findings }
}

/// The meaning of a word in a table of words.
fn word<T: Copy>(node: Option<&Node>, table: &[(&str, T)]) -> Option<T> {
    let text = node?.text()?;
    table.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning)
}

/// A scalar's value, if it reads as one.
fn value<T: FromStr>(node: Option<&Node>) -> Option<T> {
    node?.text()?.parse().ok()
}

fn texts(node: Option<&Node>) -> Option<BTreeSet<String>> {
    node.map(|node| node.items().iter().filter_map(Node::text).map(str::to_owned).collect())
}

/// The names that can be referred to. Looked up, not searched: a document can hold 100,000 of each.
trait Known {
    fn has(&self, name: &Name) -> bool;
    fn names(&self) -> impl Iterator<Item = &str>;
}

impl Known for BTreeSet<Name> {
    fn has(&self, name: &Name) -> bool {
        self.contains(name)
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.iter().map(Name::as_str)
    }
}

impl<T> Known for BTreeMap<Name, T> {
    fn has(&self, name: &Name) -> bool {
        self.contains_key(name)
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.keys().map(Name::as_str)
    }
}

struct Decoder<'d> {
    root: &'d Node,
    findings: &'d mut Findings,
}

impl Decoder<'_> {
    fn program(mut self) -> Option<Program> {
        let root = self.root;
        let get = |key: &str| root.get(key);
        // A mistake up here must not hide those further down. What stands in for it is never used: the mistake
        // has its finding, and no other follows from a currency with many digits or a version without end.
        let stand_in = || "CLF".parse::<Currency>().ok();
        let since = Effective { from: NaiveDate::default(), until: None };
        let identity = ProgramRef {
            name: value(get("program")).unwrap_or_default(),
            version: value(get("version")).unwrap_or_default(),
            digest: root.digest(),
        };
        let currency = value(get("currency")).or_else(stand_in)?;
        let effective = get("effective").and_then(|node| self.effective(node)).unwrap_or(since);
        let calendar = self.calendar(get("fiscal_year")).unwrap_or_default();
        let rounding = self.rounding(get("rounding"), "rounding", currency, Rounding::default());
        let sales = self.sales(get("sales"));
        let exchange = get("exchange").and_then(|node| node.get("sales")).and_then(|node| self.exchange(node));
        let mut program = Program {
            identity,
            effective,
            running_periods: word(get("periods").and_then(|node| node.get("running_periods")), &RUNNING_PERIODS)
                .unwrap_or_default(),
            counts: effective,
            currency,
            zone: value(get("time_zone")).unwrap_or_else(Zone::utc),
            calendar,
            rounding,
            sales: sales.policy.clone(),
            exchange,
            payout_exchange: get("exchange").and_then(|node| node.get("payout")).and_then(payout_exchange),
            tables: self.tables(get("tables")),
            partner_types: names(get("partner_types")),
            territories: named(get("territories"), |_, node| Some(territory(node))),
            products: named(get("products"), |_, node| Some(product_set(node))),
            tiers: None,
            rebates: Vec::new(),
            spiffs: Vec::new(),
            commissions: Vec::new(),
            stacks: Vec::new(),
            membership: membership(get("membership")),
            negative: negative(get("settlement").and_then(|node| node.get("negative")), self.findings),
            working_time: self.working_time(get("working_time")),
            deals: None,
            funds: BTreeMap::new(),
            claims: Claims::default(),
            mdf_accruals: Vec::new(),
            accruals: accruals(get("accruals")),
            period_policy: period_policy(get("periods")),
            measures: Vec::new(),
            plan: String::new(),
        };
        program.tiers = match get("tiers") {
            Some(node) => self.tiers(&program, &sales, node),
            None => {
                self.metrics(get("metrics"));
                None
            }
        };
        program.deals = get("deals").map(|node| self.deals(&program, node));
        program.claims = get("claims").map(|node| self.claims(&program, node)).unwrap_or_default();
        program.funds = get("mdf").map(|node| self.funds(&program, node)).unwrap_or_default();
        for (key, node) in get("incentives").map_or(&[][..], Node::entries) {
            let path = below("incentives", &key.text);
            match node.get("kind").and_then(Node::text) {
                Some("spiff") => program.spiffs.extend(self.spiff(&program, &sales, &key.text, node, &path)),
                Some("mdf") => program.mdf_accruals.extend(self.mdf_accrual(&program, &sales, &key.text, node, &path)),
                Some("commission") => {
                    program.commissions.extend(self.commission(&program, &sales, &key.text, node, &path));
                }
                _ => program.rebates.extend(self.rebate(&program, &sales, &key.text, node, &path)),
            }
        }
        program.stacks = self.stacks(&program, get("stacking"));
        program.reach();
        program.keep_days();
        program.rebates.iter_mut().for_each(Rebate::fix_keys);
        program.spiffs.iter_mut().for_each(|spiff| spiff.key = spiff.measure.key().into());
        program.commissions.iter_mut().for_each(Commission::fix_keys);
        let measures = program.rebates.iter().flat_map(|rebate| rebate.measures().cloned());
        let measures = measures.chain(program.tiers.iter().flat_map(Tiers::measures).cloned());
        let measures = measures.chain(program.spiffs.iter().map(|spiff| spiff.measure.clone()));
        let measures = measures.chain(program.mdf_accruals.iter().map(|accrual| accrual.measure.clone()));
        let measures = measures.chain(program.commissions.iter().flat_map(Commission::measures).cloned());
        program.measures = measures.collect::<BTreeSet<_>>().into_iter().collect();
        program.plan = super::plan::fingerprint(&program);
        Some(program)
    }

    fn effective(&mut self, node: &Node) -> Option<Effective> {
        let from: NaiveDate = value(node.get("from"))?;
        let until: Option<NaiveDate> = value(node.get("until"));
        if until.is_some_and(|until| until <= from) {
            let at = node.get("until").unwrap_or(node).at;
            let message = "the end does not lie after the beginning";
            mistake(self.findings, at, "effective.until", "empty_period", message, "the end is the day after the last");
        }
        Some(Effective { from, until })
    }

    fn calendar(&mut self, node: Option<&Node>) -> Option<FiscalCalendar> {
        let Some(node) = node else { return Some(FiscalCalendar::default()) };
        let starts = node.get("starts").and_then(Node::text);
        let long_years: Vec<i32> =
            node.get("long_years").map_or(&[][..], Node::items).iter().filter_map(|n| value(Some(n))).collect();
        let anchored_on: Option<NaiveDate> = value(node.get("anchored_on"));
        let weeks = word(node.get("weeks"), &WEEKS);
        let built = match (anchored_on, weeks, starts) {
            (Some(on), None, None) => {
                FiscalCalendar::anchored(on, word(node.get("month_ends"), &MONTH_ENDS).unwrap_or(MonthEnds::Stick)).ok()
            }
            (None, Some(pattern), Some(starts)) => {
                let starts = starts.parse().ok();
                starts.and_then(|starts| FiscalCalendar::weeks(pattern, starts, long_years.into_iter().collect()).ok())
            }
            (None, None, Some(starts)) => month_number(starts).and_then(|month| FiscalCalendar::months(month).ok()),
            _ => None,
        };
        if built.is_none() {
            let message = "this does not say when a fiscal year begins";
            let advice =
                "write `{ starts: july }`, `{ weeks: 4-4-5, starts: 2013-07-01 }` or `{ anchored_on: 2013-01-31 }`";
            mistake(self.findings, node.at, "fiscal_year", "bad_fiscal_year", message, advice);
        }
        built
    }

    fn rounding(&mut self, node: Option<&Node>, path: &str, currency: Currency, default: Rounding) -> Rounding {
        let Some(node) = node else { return default };
        let digits: Option<u8> = value(node.get("digits"));
        let most = currency.minor_digits();
        if let (Some(digits), Some(at)) = (digits, node.get("digits"))
            && digits > most
        {
            let message = format!("{digits} digits, but {currency} has {most}");
            let advice = "owed money has whole minor units: leave `digits` out or lower it";
            mistake(self.findings, at.at, &below(path, "digits"), "too_many_digits", message, advice);
        }
        Rounding {
            mode: word(node.get("mode"), &RoundingMode::WORDS).unwrap_or(default.mode),
            place: word(node.get("place"), &Place::WORDS).unwrap_or(default.place),
            digits: digits.or(default.digits),
        }
    }

    fn tables(&mut self, node: Option<&Node>) -> BTreeMap<Name, TableOutline> {
        let mut tables = BTreeMap::new();
        for (key, node) in node.map_or(&[][..], Node::entries) {
            let Ok(name) = Name::new(&key.text) else { continue };
            let keys = node.get("key").map_or(&[][..], Node::items).iter();
            let key: Vec<TableKey> = keys.filter_map(|item| word(Some(item), &TABLE_KEYS)).collect();
            let columns: BTreeMap<Name, ColumnKind> =
                named(node.get("columns"), |_, node| word(Some(node), &COLUMN_KINDS));
            let mut seen = BTreeSet::new();
            if let Some(twice) = key.iter().find(|key| !seen.insert(**key) || columns.contains_key(key.word())) {
                let message = format!("two columns of table `{name}` are called `{}`", twice.word());
                let path = below("tables", name.as_str());
                mistake(self.findings, node.at, &path, "column_twice", message, "call one of them something else");
            }
            tables.insert(name.clone(), TableOutline { name, key, columns });
        }
        tables
    }

    /// A reference to something that the document names elsewhere.
    fn refer(&mut self, node: &Node, path: &str, what: &str, known: &impl Known) -> Option<Name> {
        let name: Name = value(Some(node))?;
        if known.has(&name) {
            return Some(name);
        }
        let message = format!("there is no {what} `{name}`");
        let suggestion = nearest(name.as_str(), known.names(), self.findings);
        let advice = format!("name one that the document declares, or declare this {what}");
        report(self.findings, Severity::Error, node.at, path, "unknown_name", message, advice, suggestion);
        None
    }

    /// A list of such references.
    fn refer_all(&mut self, node: Option<&Node>, path: &str, what: &str, known: &impl Known) -> BTreeSet<Name> {
        let items = node.map_or(&[][..], Node::items).iter().enumerate();
        items.filter_map(|(at, item)| self.refer(item, &format!("{path}[{at}]"), what, known)).collect()
    }
}

fn names(node: Option<&Node>) -> BTreeSet<Name> {
    node.map_or(&[][..], Node::items).iter().filter_map(|item| value(Some(item))).collect()
}

fn named<T>(node: Option<&Node>, read: impl Fn(&Name, &Node) -> Option<T>) -> BTreeMap<Name, T> {
    let entries = node.map_or(&[][..], Node::entries).iter();
    entries
        .filter_map(|(key, node)| Name::new(&key.text).ok().and_then(|name| Some((name.clone(), read(&name, node)?))))
        .collect()
}

fn territory(node: &Node) -> Territory {
    Territory { countries: texts(node.get("countries")).unwrap_or_default(), regions: texts(node.get("regions")) }
}

fn product_set(node: &Node) -> ProductSet {
    let keys = |node: &Node| ProductKeys {
        sku: texts(node.get("sku")),
        category: texts(node.get("category")),
        subcategory: texts(node.get("subcategory")),
        line: texts(node.get("line")),
    };
    ProductSet { only: keys(node), except: node.get("except").map(keys).unwrap_or_default() }
}
