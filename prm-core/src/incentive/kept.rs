//! How explanations are kept by the thousand: what those of an incentive and period have in common once, and with each only
//! what is its own. That is half the bytes, and bytes are most of what keeping them costs.

use chrono::NaiveDate;
use serde::Serialize;
use serde_json::{Error, Map, Value};

use super::budget::Budgeted;
use super::distinct::DistinctCount;
use super::explain::{Explanation, Guaranteed, Measured, MeasuredPart, NextStep, TargetFrom};
use super::membership::Prorated;
use super::rebate::{Limit, Payout, Reason};
use super::reference::Growth;
use super::schedule::Step;
use super::stacking::Deducted;
use crate::calendar::FiscalPeriod;
use crate::id::{Name, PartnerId};
use crate::program::{ProgramRef, SalesExchange};
use crate::rounding::Rounding;
use crate::scaled::Scaled;

/// The measured values of an explanation, by their field.
const MEASURED: [&str; 3] = ["measure", "pays_on", "columns_by"];

#[derive(Serialize)]
struct Common<'e> {
    format: u32,
    program: &'e ProgramRef,
    incentive: &'e Name,
    title: &'e str,
    period: &'e FiscalPeriod,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<NaiveDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exchange: &'e Option<SalesExchange>,
    measure: Description<'e>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pays_on: Option<Description<'e>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    columns_by: Option<Description<'e>>,
    shape: &'e str,
    rounding: &'e Rounding,
}

#[derive(Serialize)]
struct Description<'e> {
    measure: &'e str,
}

impl<'e> Description<'e> {
    fn of(measured: &'e Measured) -> Self {
        Self { measure: &measured.measure }
    }
}

#[derive(Serialize)]
struct Own<'e> {
    partner: &'e PartnerId,
    #[serde(skip_serializing_if = "Option::is_none")]
    because: &'e Option<Reason>,
    measure: Sum<'e>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pays_on: Option<Sum<'e>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    columns_by: Option<Sum<'e>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    distinct: &'e Option<DistinctCount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: &'e Option<TargetFrom>,
    #[serde(skip_serializing_if = "Option::is_none")]
    growth: &'e Option<Growth>,
    #[serde(skip_serializing_if = "<[Deducted]>::is_empty")]
    deducted: &'e [Deducted],
    #[serde(skip_serializing_if = "Option::is_none")]
    prorated: &'e Option<Prorated>,
    base: Scaled,
    #[serde(skip_serializing_if = "Option::is_none")]
    base_cap: Option<Scaled>,
    steps: &'e [Step],
    exact: Scaled,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: &'e Option<Limit>,
    #[serde(skip_serializing_if = "Option::is_none")]
    guaranteed: &'e Option<Guaranteed>,
    #[serde(skip_serializing_if = "Option::is_none")]
    budgeted: &'e Option<Budgeted>,
    earned: Payout,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: &'e Option<NextStep>,
}

#[derive(Serialize)]
struct Sum<'e> {
    value: Scaled,
    parts: &'e [MeasuredPart],
}

impl<'e> Sum<'e> {
    fn of(measured: &'e Measured) -> Self {
        Self { value: measured.value, parts: &measured.parts }
    }
}

/// Both, from an explanation. Every field is named, so that none is forgotten when one is added.
fn parts(explanation: &Explanation) -> (Common<'_>, Own<'_>) {
    let Explanation {
        format,
        program,
        incentive,
        title,
        partner,
        period,
        from,
        because,
        exchange,
        measure,
        pays_on,
        columns_by,
        distinct,
        target,
        growth,
        deducted,
        prorated,
        shape,
        base,
        base_cap,
        steps,
        exact,
        limit,
        rounding,
        guaranteed,
        budgeted,
        earned,
        next,
    } = explanation;
    let common = Common {
        format: *format,
        program,
        incentive,
        title,
        period,
        from: *from,
        exchange,
        measure: Description::of(measure),
        pays_on: pays_on.as_ref().map(Description::of),
        columns_by: columns_by.as_ref().map(Description::of),
        shape,
        rounding,
    };
    let own = Own {
        partner,
        because,
        measure: Sum::of(measure),
        pays_on: pays_on.as_ref().map(Sum::of),
        columns_by: columns_by.as_ref().map(Sum::of),
        distinct,
        target,
        growth,
        deducted,
        prorated,
        base: *base,
        base_cap: *base_cap,
        steps,
        exact: *exact,
        limit,
        guaranteed,
        budgeted,
        earned: *earned,
        next,
    };
    (common, own)
}

/// What all explanations of the incentive, period and program have in common with this one, as JSON.
///
/// # Errors
/// [`Error`] if it cannot be written, which for an explanation does not happen.
pub fn common(explanation: &Explanation) -> Result<String, Error> {
    serde_json::to_string(&parts(explanation).0)
}

/// What is its own, as JSON.
///
/// # Errors
/// [`Error`] if it cannot be written, which for an explanation does not happen.
pub fn own(explanation: &Explanation) -> Result<String, Error> {
    serde_json::to_string(&parts(explanation).1)
}

/// The explanation that was taken apart.
///
/// # Errors
/// [`Error`] if the two are not parts of one explanation.
pub fn whole(common: &str, own: &str) -> Result<Explanation, Error> {
    let mut whole: Map<String, Value> = serde_json::from_str(common)?;
    let own: Map<String, Value> = serde_json::from_str(own)?;
    for (field, value) in own {
        match (whole.get_mut(&field), value) {
            (Some(Value::Object(description)), Value::Object(sum)) if MEASURED.contains(&field.as_str()) => {
                description.extend(sum);
            }
            (_, value) => {
                whole.insert(field, value);
            }
        }
    }
    serde_json::from_value(Value::Object(whole))
}
