//! Topic `rounding`: products and differences, rounded one or more times, and the choice between them.

use libtest_mimic::Failed;
use prm_core::rate::Rate;
use prm_core::rounding::RoundingMode;
use prm_core::scaled::{NumberError, Scaled};
use serde::Deserialize;
use serde_json::Value;

use super::equal;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    branches: Vec<Branch>,
    round: Vec<Round>,
    take: Option<Take>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Branch {
    Multiply(Vec<String>),
    Subtract(Scaled, Scaled),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Round {
    digits: u8,
    mode: RoundingMode,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Take {
    Greatest,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expect {
    values: Vec<Vec<String>>,
    result: Option<String>,
}

impl Branch {
    fn exact(&self) -> Result<Scaled, Failed> {
        match self {
            Self::Multiply(factors) => factors.iter().try_fold(Scaled::new(1, 0), |product, factor| {
                Ok(product.times(if factor.ends_with('%') {
                    factor.parse::<Rate>()?.fraction()
                } else {
                    factor.parse()?
                })?)
            }),
            Self::Subtract(from, less) => Ok(from.minus(*less)?),
        }
    }
}

/// The text with every digit that the number carries, zeros at the end too.
fn text(number: Scaled) -> Result<String, NumberError> {
    number.grouped(number.digits()).map(|text| text.replace(',', ""))
}

pub(crate) fn run(given: Value, expect: Value) -> Result<(), Failed> {
    let Given { branches, round, take } = serde_json::from_value(given)?;
    let Expect { values, result } = serde_json::from_value(expect)?;
    if branches.is_empty() || round.is_empty() {
        return Err("nothing is rounded".into());
    }
    let (mut texts, mut last) = (Vec::new(), Vec::new());
    for branch in &branches {
        let (mut number, mut successive) = (branch.exact()?, Vec::new());
        for &Round { digits, mode } in &round {
            number = number.rounded(digits, mode)?;
            successive.push(text(number)?);
        }
        texts.push(successive);
        last.push(number);
    }
    equal("values", &values, &texts)?;
    let chosen = match (take, last.as_slice()) {
        (Some(Take::Greatest), all) => all.iter().max().copied(),
        (None, [only]) => Some(*only),
        (None, _) => None,
    };
    match (result, chosen) {
        (Some(result), Some(chosen)) => equal("result", &result, &text(chosen)?),
        (Some(_), None) => Err("a result of several branches needs `take`".into()),
        (None, Some(_)) if branches.len() > 1 => Err("`take` without a `result`".into()),
        (None, _) => Ok(()),
    }
}
