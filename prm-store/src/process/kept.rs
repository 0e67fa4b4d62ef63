//! How explanations are kept: what those of an incentive and period have in common once for a settlement, and with each
//! entry only what is its own. That is half the bytes, and bytes are most of what a settlement costs.

use prm_core::calendar::FiscalPeriod;
use prm_core::id::{Name, PartnerId};
use prm_core::incentive::explain::{Explanation, Measured, MeasuredPart, NextStep, TargetFrom};
use prm_core::incentive::rebate::{Limit, Payout, Reason};
use prm_core::incentive::schedule::Step;
use prm_core::program::{ProgramRef, SalesExchange};
use prm_core::rounding::Rounding;
use prm_core::scaled::Scaled;
use serde::Serialize;
use serde_json::{Map, Value};

use super::receive::text;
use crate::error::StoreError;

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
    exchange: &'e Option<SalesExchange>,
    measure: Description<'e>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pays_on: Option<Description<'e>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    columns_by: Option<Description<'e>>,
    shape: &'e str,
    #[serde(skip_serializing_if = "Option::is_none")]
    base_cap: Option<Scaled>,
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
    target: &'e Option<TargetFrom>,
    base: Scaled,
    steps: &'e [Step],
    exact: Scaled,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: &'e Option<Limit>,
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

/// What all explanations of the incentive, period and program have in common with this one.
pub(super) fn common(explanation: &Explanation) -> Result<String, StoreError> {
    text(&Common {
        format: explanation.format,
        program: &explanation.program,
        incentive: &explanation.incentive,
        title: &explanation.title,
        period: &explanation.period,
        exchange: &explanation.exchange,
        measure: Description::of(&explanation.measure),
        pays_on: explanation.pays_on.as_ref().map(Description::of),
        columns_by: explanation.columns_by.as_ref().map(Description::of),
        shape: &explanation.shape,
        base_cap: explanation.base_cap,
        rounding: &explanation.rounding,
    })
}

/// What is its own.
pub(super) fn own(explanation: &Explanation) -> Result<String, StoreError> {
    text(&Own {
        partner: &explanation.partner,
        because: &explanation.because,
        measure: Sum::of(&explanation.measure),
        pays_on: explanation.pays_on.as_ref().map(Sum::of),
        columns_by: explanation.columns_by.as_ref().map(Sum::of),
        target: &explanation.target,
        base: explanation.base,
        steps: &explanation.steps,
        exact: explanation.exact,
        limit: &explanation.limit,
        earned: explanation.earned,
        next: &explanation.next,
    })
}

/// The explanation that was taken apart.
pub(super) fn whole(common: &str, own: &str) -> Result<Explanation, serde_json::Error> {
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
