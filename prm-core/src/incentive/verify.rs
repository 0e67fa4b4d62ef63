//! Verifying: a second look at an explanation, by recomputing it.
//!
//! With the program, the sums and the tables, everything is computed anew and compared field by field: no
//! number can be changed unseen. Without them only the arithmetic inside the explanation is checked, and the
//! answer says so.

use serde::Serialize;
use serde_json::Value;

use super::distinct::DistinctCount;
use super::explain::{Basis, ExplainError, Explanation, Guaranteed, Measured, explain};
use super::rebate::{Limit, Payout};
use super::reference::{Growth, GrowthBase};
use super::schedule::{INTERPOLATION_DIGITS, Pay, Step, interpolated};
use crate::money::{Money, MoneyError};
use crate::partner::Partner;
use crate::rate::Rate;
use crate::rounding::Place;
use crate::scaled::{NumberError, Scaled};

/// How much was checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Verified {
    /// Everything, from the program and the sums.
    Whole,
    /// Only that the explanation's own numbers follow from one another. Whether they are the program's and the
    /// partner's was not checked.
    ArithmeticOnly,
}

/// Why an explanation does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Mismatch {
    /// A field says something else than the recomputation.
    #[error("`{field}` says {stated}, but it is {recomputed}")]
    Field {
        /// The path of the field, such as `steps[1].gives`.
        field: String,
        /// What the explanation says.
        stated: String,
        /// What it should say.
        recomputed: String,
    },
    /// It cannot be recomputed at all.
    #[error(transparent)]
    Explain(#[from] ExplainError),
    /// A number in it does not fit.
    #[error(transparent)]
    Money(#[from] MoneyError),
}

impl From<NumberError> for Mismatch {
    fn from(error: NumberError) -> Self {
        Self::Money(error.into())
    }
}

/// Checks an explanation against the program, sums and tables it came from.
///
/// # Errors
/// [`Mismatch::Field`] naming the first field that differs, in the order of the explanation.
pub fn verify(explanation: &Explanation, basis: Basis<'_>, partner: &Partner) -> Result<Verified, Mismatch> {
    let stated_program = &explanation.program;
    if *stated_program != *basis.program.identity() {
        return Err(differs("program.digest", &stated_program.digest, &basis.program.identity().digest));
    }
    let recomputed = explain(basis, explanation.incentive.as_str(), partner, &explanation.period)?;
    let tree = |explanation: &Explanation| serde_json::to_value(explanation).unwrap_or_default();
    match first_difference(&tree(explanation), &tree(&recomputed), String::new()) {
        Some(mismatch) => Err(mismatch),
        None => Ok(Verified::Whole),
    }
}

fn differs(field: impl Into<String>, stated: impl ToString, recomputed: impl ToString) -> Mismatch {
    Mismatch::Field { field: field.into(), stated: stated.to_string(), recomputed: recomputed.to_string() }
}

fn first_difference(stated: &Value, recomputed: &Value, path: String) -> Option<Mismatch> {
    let join = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    match (stated, recomputed) {
        (Value::Object(stated), Value::Object(recomputed)) => {
            let missing = recomputed.keys().find(|key| !stated.contains_key(*key));
            stated
                .iter()
                .find_map(|(key, value)| {
                    first_difference(value, recomputed.get(key).unwrap_or(&Value::Null), join(key))
                })
                .or_else(|| {
                    missing.map(|key| differs(join(key), "nothing", recomputed.get(key).unwrap_or(&Value::Null)))
                })
        }
        (Value::Array(stated), Value::Array(recomputed)) => {
            let longest = stated.len().max(recomputed.len());
            (0..longest).find_map(|at| {
                let item = |list: &Vec<Value>| list.get(at).cloned().unwrap_or(Value::Null);
                first_difference(&item(stated), &item(recomputed), format!("{path}[{at}]"))
            })
        }
        _ if stated == recomputed => None,
        _ => Some(differs(path, stated, recomputed)),
    }
}

/// Checks that the numbers of an explanation follow from one another, with nothing else at hand.
///
/// # Errors
/// [`Mismatch::Field`] naming the first number that does not.
pub fn verify_arithmetic(explanation: &Explanation) -> Result<Verified, Mismatch> {
    let measured = [("measure", Some(&explanation.measure)), ("pays_on", explanation.pays_on.as_ref())];
    for (field, measured) in measured.into_iter().chain([("columns_by", explanation.columns_by.as_ref())]) {
        if let Some(Measured { value, parts, .. }) = measured {
            let sum = parts.iter().try_fold(Scaled::ZERO, |sum, part| sum.plus(part.amount))?;
            expect(format!("{field}.value"), *value, sum)?;
        }
    }
    if let Some(stated) = &explanation.distinct {
        let mut sets = Vec::new();
        for (at, set) in stated.sets.iter().enumerate() {
            let sum = set.sold.parts.iter().try_fold(Scaled::ZERO, |sum, part| sum.plus(part.amount))?;
            expect(format!("distinct.sets[{at}].sold.value"), set.sold.value, sum)?;
            sets.push((set.set.clone(), set.sold.clone()));
        }
        let recounted = DistinctCount::new(stated.each_at_least, sets);
        for (at, (stated, recounted)) in stated.sets.iter().zip(&recounted.sets).enumerate() {
            if stated.counts != recounted.counts {
                return Err(differs(format!("distinct.sets[{at}].counts"), stated.counts, recounted.counts));
            }
        }
        expect("distinct.value", stated.value, recounted.value)?;
    }
    let measure = explanation.measure.value;
    if explanation.because.is_some() {
        if !explanation.earned.is_zero() {
            return Err(differs("earned", explanation.earned, "nothing, because of the reason given"));
        }
        expect("exact", explanation.exact, Scaled::ZERO)?;
        return Ok(Verified::ArithmeticOnly);
    }
    if let Some(Growth { baseline, increment, .. }) = &explanation.growth {
        let sum = baseline.parts.iter().try_fold(Scaled::ZERO, |sum, part| sum.plus(part.amount))?;
        expect("growth.baseline.value", baseline.value, sum)?;
        expect("growth.increment", *increment, measure.minus(baseline.value.max(Scaled::ZERO))?)?;
    }
    let grown = explanation.growth.as_ref().filter(|growth| growth.pays_on == GrowthBase::Increment);
    let apart = explanation.pays_on.as_ref().map(|base| base.value);
    let before = grown.map(|growth| growth.increment).or(apart).unwrap_or(measure);
    let left = explanation.deducted.iter().try_fold(before, |left, deducted| left.minus(deducted.amount.amount()))?;
    let left = left.max(before.min(Scaled::ZERO));
    expect("base", explanation.base, explanation.base_cap.map_or(left, |cap| left.min(cap)))?;
    // What found the band.
    let value = explanation.growth.as_ref().map_or(measure, |growth| growth.increment);
    for (at, step) in explanation.steps.iter().enumerate() {
        let gives = step_gives(step, value)?;
        let rounding = explanation.rounding;
        let by_band = rounding.digits.filter(|_| rounding.place == Place::Band);
        let gives = by_band.map_or(Ok(gives), |digits| gives.rounded(digits, rounding.mode))?;
        expect(format!("steps[{at}].gives"), step.gives, gives)?;
    }
    let sum = explanation.steps.iter().try_fold(Scaled::ZERO, |sum, step| sum.plus(step.gives))?;
    expect("exact", explanation.exact, sum)?;
    let limited = match explanation.limit {
        None => explanation.exact,
        Some(Limit::Zero) => explanation.exact.max(Scaled::ZERO),
        Some(Limit::Floor(floor)) => explanation.exact.max(floor),
        Some(Limit::Cap(cap)) => explanation.exact.min(cap),
    };
    let digits = explanation.rounding.digits.unwrap_or_default();
    let rounded = limited.rounded(digits, explanation.rounding.mode)?;
    let earned = match explanation.earned {
        Payout::Money(money) => {
            let earned = Money::exactly(rounded, money.currency())?;
            Payout::Money(budgeted(explanation, guaranteed(explanation, earned)?)?)
        }
        Payout::Goods(_) => Payout::Goods(i64::try_from(rounded.units()).map_err(|_| NumberError::OutOfRange)?),
    };
    if earned != explanation.earned {
        return Err(differs("earned", explanation.earned, earned));
    }
    if let Some(next) = &explanation.next {
        expect("next.missing", next.missing, next.at.minus(measure)?)?;
    }
    Ok(Verified::ArithmeticOnly)
}

/// What a budget leaves of what is earned.
fn budgeted(explanation: &Explanation, earned: Money) -> Result<Money, Mismatch> {
    let Some(budgeted) = explanation.budgeted else { return Ok(earned) };
    if budgeted.earned != earned {
        return Err(differs("budgeted.earned", budgeted.earned, earned));
    }
    Ok(budgeted.paid()?)
}

/// What is earned with what a guarantee adds.
fn guaranteed(explanation: &Explanation, earned: Money) -> Result<Money, Mismatch> {
    let Some(Guaranteed { level, before, earned: stated, top_up }) = explanation.guaranteed else { return Ok(earned) };
    if stated != earned {
        return Err(differs("guaranteed.earned", stated, earned));
    }
    let short = level.minus(before)?.minus(earned)?;
    let added = if short.minor() > 0 { short } else { Money::zero(earned.currency()) };
    if top_up != added {
        return Err(differs("guaranteed.top_up", top_up, added));
    }
    Ok(earned.plus(top_up)?)
}

fn expect(field: impl Into<String>, stated: Scaled, recomputed: Scaled) -> Result<(), Mismatch> {
    if stated == recomputed { Ok(()) } else { Err(differs(field, stated, recomputed)) }
}

/// What a step gives by its own numbers.
fn step_gives(step: &Step, value: Scaled) -> Result<Scaled, Mismatch> {
    let (Pay::Rate(low), Some(high), Some(until)) = (step.pays, step.rate_until, step.until) else {
        return Ok(step.pays.on(step.on)?);
    };
    // Interpolated: cut off where the schedule does, or later if the stated result has more digits. A result that
    // was cut has a last digit other than zero, so none of its digits went missing on the way through text.
    let inputs = [step.from, until, value, step.on].map(|input| input.trimmed().digits());
    let digits = inputs.into_iter().max().unwrap_or_default();
    let rate_digits = low.fraction().digits().max(high.fraction().digits()) + INTERPOLATION_DIGITS;
    let share_digits = step.gives.trimmed().digits().saturating_sub(digits).max(rate_digits);
    let units = |number: Scaled| number.exactly(digits).map(Scaled::units);
    let share = |rate: Rate| rate.units_at(share_digits).ok_or(NumberError::OutOfRange);
    let (low, high) = ((units(step.from)?, share(low)?), (units(until)?, share(high)?));
    let gives = interpolated(units(step.on)?, low, high, units(value)?)?;
    Ok(Scaled::new(gives, digits + share_digits))
}
