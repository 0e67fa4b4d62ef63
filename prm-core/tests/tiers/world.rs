//! A program with tiers, and a host that knows dated facts.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use prm_core::id::PartnerId;
use prm_core::incentive::fold::{Facts, Fold};
use prm_core::incentive::line::{BatchKey, LineKey, LineKind, SaleLine};
use prm_core::incentive::partial::Partials;
use prm_core::partner::Partner;
use prm_core::program::Program;
use prm_core::scaled::Scaled;
use prm_core::tier::standing::{Standing, advance, standing};
use prm_core::tier::{Approval, Basis, MetricFact, MetricFacts, MetricKey, Override, TierChange, Used};

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub(crate) fn id(text: &str) -> PartnerId {
    text.parse().unwrap()
}

/// A program of these blocks.
pub(crate) fn program(blocks: &str) -> Program {
    let text = format!(
        "format: 1\nprogram: Test\nversion: '1'\neffective: {{ from: 2010-01-01 }}\ncurrency: USD\n{}",
        blocks.trim_start_matches('\n')
    );
    Program::read(&text).unwrap_or_else(|findings| panic!("{findings}"))
}

/// Registered, silver from 100 and gold from 200 of net revenue in the trailing four quarters.
pub(crate) fn ladder(rules: &str) -> Program {
    program(&format!(
        "
tiers:
{rules}
  levels:
    - name: registered
    - {{ name: silver, requires: {{ metric: net_revenue, over: trailing 4 quarters, at_least: 100 }} }}
    - {{ name: gold, requires: {{ metric: net_revenue, over: trailing 4 quarters, at_least: 200 }} }}
"
    ))
}

pub(crate) struct World {
    pub(crate) program: Program,
    pub(crate) partners: BTreeMap<PartnerId, Partner>,
    pub(crate) lines: Vec<SaleLine>,
    pub(crate) metrics: MetricFacts,
    pub(crate) overrides: Vec<Override>,
    pub(crate) approvals: Vec<Approval>,
    pub(crate) used: Vec<Used>,
    pub(crate) answered_until: Option<NaiveDate>,
}

impl World {
    /// With one partner, `p`, that joined on 1 January 2013.
    pub(crate) fn new(program: Program) -> Self {
        let metrics = MetricFacts::new(program.tiers().unwrap());
        let mut world = Self {
            program,
            partners: BTreeMap::new(),
            lines: Vec::new(),
            metrics,
            overrides: Vec::new(),
            approvals: Vec::new(),
            used: Vec::new(),
            answered_until: None,
        };
        world.partner("p").joined = Some(day("2013-01-01"));
        world
    }

    pub(crate) fn partner(&mut self, name: &str) -> &mut Partner {
        self.partners.entry(id(name)).or_insert_with(|| Partner::new(id(name), name))
    }

    /// A sale; a negative amount is a return.
    pub(crate) fn sells(&mut self, partner: &str, on: &str, amount: &str) -> &mut Self {
        let amount: Scaled = amount.parse().unwrap();
        let document = format!("D{}", self.lines.len());
        let key = LineKey { document: document.parse().unwrap(), line: Some("1".parse().unwrap()) };
        let kind = if amount.is_negative() { LineKind::Return } else { LineKind::Sale };
        let mut line = SaleLine::new(key, kind, "sku".parse().unwrap(), "USD".parse().unwrap());
        line.buyer = Some(id(partner));
        line.dates.invoice = Some(day(on));
        line.quantity = Some(Scaled::new(if amount.is_negative() { -1 } else { 1 }, 0));
        line.amounts.net = Some(amount);
        self.lines.push(line);
        self
    }

    pub(crate) fn tells(&mut self, partner: &str, metric: &str, on: &str, value: &str) -> &mut Self {
        let (name, certification) = metric.split_once('/').map_or((metric, None), |(name, of)| (name, Some(of)));
        let metric = MetricKey { name: name.parse().unwrap(), certification: certification.map(str::to_owned) };
        let fact = MetricFact { partner: id(partner), metric, on: day(on), value: value.parse().unwrap() };
        self.metrics.tell(fact).unwrap();
        self
    }

    pub(crate) fn grants(&mut self, partner: &str, tier: &str, from: &str, until: &str) -> &mut Self {
        self.overrides.push(Override {
            partner: id(partner),
            tier: tier.parse().unwrap(),
            from: day(from),
            until: day(until),
            reason: "a launch".into(),
            by: "u1".parse().unwrap(),
            approved_by: "u2".parse().unwrap(),
        });
        self
    }

    pub(crate) fn approves(&mut self, partner: &str, tier: &str, on: &str) -> &mut Self {
        let (partner, tier, on) = (id(partner), tier.parse().unwrap(), day(on));
        self.approvals.push(Approval { partner, tier, on, by: "u2".parse().unwrap() });
        self
    }

    pub(crate) fn partials(&self) -> Partials {
        let batch = BatchKey::new("erp".parse().unwrap(), "b1".parse().unwrap());
        let mut fold = Fold::new(&self.program, Facts::new(&self.partners), batch).unwrap();
        for line in &self.lines {
            fold.add(line).unwrap();
        }
        fold.finish().unwrap().partials
    }

    pub(crate) fn with<T>(&self, question: impl FnOnce(&Basis<'_>) -> T) -> T {
        let partials = self.partials();
        let basis = Basis::new(&self.program, &partials, &self.partners).unwrap().metrics(&self.metrics);
        let basis = basis.overrides(&self.overrides).unwrap().approvals(&self.approvals).unwrap().used(&self.used);
        question(&match self.answered_until {
            Some(day) => basis.answered_until(day),
            None => basis,
        })
    }

    pub(crate) fn advance(&self, partner: &str, recorded: &[TierChange], until: &str) -> Vec<TierChange> {
        self.with(|basis| advance(basis, &self.partners[partner], recorded, day(until)).unwrap())
    }

    pub(crate) fn standing(&self, partner: &str, recorded: &[TierChange], as_of: &str) -> Standing {
        self.with(|basis| standing(basis, &self.partners[partner], recorded, day(as_of)).unwrap())
    }

    /// The changes of `p` before a day, each as `day tier reason`.
    pub(crate) fn story(&self, until: &str) -> Vec<String> {
        told(&self.advance("p", &[], until))
    }
}

/// Changes as `day tier reason`.
pub(crate) fn told(changes: &[TierChange]) -> Vec<String> {
    let word =
        |change: &TierChange| serde_json::to_value(&change.because).unwrap()["name"].as_str().unwrap().to_owned();
    let tier = |change: &TierChange| change.tier.as_ref().map_or("-".to_owned(), ToString::to_string);
    changes.iter().map(|change| format!("{} {} {}", change.on, tier(change), word(change))).collect()
}
