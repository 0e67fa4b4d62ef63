//! Topic `standing`: how a partner's tier changes from day to day, and where it stands.

use std::sync::Arc;

use chrono::NaiveDate;
use libtest_mimic::Failed;
use prm_core::id::{Name, PersonId};
use prm_core::incentive::book::SalesBook;
use prm_core::incentive::line::{LineKey, LineKind, SaleLine};
use prm_core::partner::Partner;
use prm_core::program::Program;
use prm_core::scaled::Scaled;
use prm_core::tier::standing::Standing;
use prm_core::tier::{Approval, Judged, MetricFact, MetricKey, Override, TierChange};
use serde::Deserialize;
use serde_json::Value;

use super::{document, equal};

const PARTNER: &str = "partner";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    program: Value,
    joined: Option<NaiveDate>,
    anniversary: Option<NaiveDate>,
    #[serde(default)]
    sales: Vec<Sale>,
    #[serde(default)]
    told: Vec<Told>,
    #[serde(default)]
    overrides: Vec<Granted>,
    #[serde(default)]
    approvals: Vec<Approved>,
    recorded: Option<Recorded>,
    until: NaiveDate,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sale {
    on: NaiveDate,
    amount: Scaled,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Told {
    metric: Name,
    certification: Option<String>,
    on: NaiveDate,
    value: Scaled,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Granted {
    tier: Name,
    from: NaiveDate,
    until: NaiveDate,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Approved {
    tier: Name,
    on: NaiveDate,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Recorded {
    until: NaiveDate,
    late_sales: Vec<Sale>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expect {
    changes: Vec<Change>,
    #[serde(default)]
    standings: Vec<Stands>,
}

#[derive(Deserialize, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
struct Change {
    on: NaiveDate,
    tier: Name,
    because: String,
}

/// What is compared of a standing: the keys that are given.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stands {
    as_of: NaiveDate,
    tier: Name,
    next: Option<Name>,
    points: Option<Scaled>,
    missing: Option<String>,
    in_grace_until: Option<NaiveDate>,
    eligible_for: Option<Name>,
}

fn lines(sales: &[Sale], first: usize) -> Result<Vec<SaleLine>, Failed> {
    let line = |(at, sale): (usize, &Sale)| {
        let key = LineKey { document: format!("D{at}").parse()?, line: Some("1".parse()?) };
        let (kind, unit) = if sale.amount.is_negative() { (LineKind::Return, -1) } else { (LineKind::Sale, 1) };
        let mut line = SaleLine::new(key, kind, "sku".parse()?, "USD".parse()?);
        line.buyer = Some(PARTNER.parse()?);
        line.dates.invoice = Some(sale.on);
        line.quantity = Some(Scaled::new(unit, 0));
        line.amounts.net = Some(sale.amount);
        Ok(line)
    };
    (first..).zip(sales).map(line).collect()
}

fn change(change: &TierChange) -> Result<Change, Failed> {
    let because = serde_json::to_value(&change.because)?;
    let because = because.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
    let tier = change.tier.clone().ok_or("a change without a tier")?;
    Ok(Change { on: change.on, tier, because })
}

/// The points of the tier that is next, or of the one held where there is none.
fn points(standing: &Standing) -> Option<Scaled> {
    match &standing.next.as_ref().or(standing.held.as_ref())?.requires {
        Judged::Points { points, .. } => Some(*points),
        _ => None,
    }
}

pub(crate) fn run(given: Value, expect: Value) -> Result<(), Failed> {
    let given: Given = serde_json::from_value(given)?;
    let Expect { changes, standings } = serde_json::from_value(expect)?;
    let program = Arc::new(Program::read(&document(&given.program)?)?);
    let mut partner = Partner::new(PARTNER.parse()?, PARTNER);
    (partner.joined, partner.anniversary) = (given.joined, given.anniversary);
    let id = partner.id.clone();
    let mut book = SalesBook::new(program);
    book.put_partner(partner)?;
    for Told { metric: name, certification, on, value } in given.told {
        book.tell(MetricFact { partner: id.clone(), metric: MetricKey { name, certification }, on, value })?;
    }
    let (by, approved_by): (PersonId, PersonId) = ("u1".parse()?, "u2".parse()?);
    for Granted { tier, from, until } in given.overrides {
        let (by, approved_by) = (by.clone(), approved_by.clone());
        book.grant(Override { partner: id.clone(), tier, from, until, reason: "a case".into(), by, approved_by })?;
    }
    for Approved { tier, on } in given.approvals {
        book.approve(Approval { partner: id.clone(), tier, on, by: approved_by.clone() })?;
    }
    book.add(lines(&given.sales, 0)?, None)?;
    if let Some(Recorded { until, late_sales }) = &given.recorded {
        book.record_tiers(*until)?;
        book.add(lines(late_sales, given.sales.len())?, None)?;
    }
    let all = book.tier_changes(&id, given.until)?;
    equal("changes", &changes, &all.iter().map(change).collect::<Result<Vec<_>, _>>()?)?;
    for expected in standings {
        let found = book.standing(&id, expected.as_of)?;
        let what = |key: &str| format!("{key} as of {}", expected.as_of);
        equal(&what("tier"), &Some(expected.tier), &found.tier)?;
        let next = found.next.as_ref();
        if expected.next.is_some() {
            equal(&what("next"), &expected.next, &next.map(|next| next.tier.clone()))?;
        }
        if expected.points.is_some() {
            equal(&what("points"), &expected.points, &points(&found))?;
        }
        if expected.missing.is_some() {
            equal(&what("missing"), &expected.missing, &next.and_then(|next| next.requires.shortfall()))?;
        }
        if expected.in_grace_until.is_some() {
            equal(&what("grace"), &expected.in_grace_until, &found.grace.map(|grace| grace.until))?;
        }
        if expected.eligible_for.is_some() {
            equal(&what("eligible_for"), &expected.eligible_for, &found.eligible_for)?;
        }
    }
    Ok(())
}
