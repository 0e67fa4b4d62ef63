//! Topic `rebate`: what measured values earn under a rebate of a program.

use libtest_mimic::Failed;
use prm_core::incentive::rebate::Payout;
use prm_core::incentive::schedule::Reading;
use prm_core::money::Money;
use prm_core::program::Program;
use prm_core::scaled::Scaled;
use serde::Deserialize;
use serde_json::Value;

use super::{document, equal};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    program: Value,
    incentive: String,
    measured: Vec<Measured>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Measured {
    value: Scaled,
    base: Option<Scaled>,
    second: Option<Scaled>,
    target: Option<Scaled>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expect {
    earned: Vec<Earned>,
    steps: Option<Vec<Vec<Value>>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Earned {
    Money(Money),
    Goods(Goods),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Goods {
    goods: i64,
}

impl From<Earned> for Payout {
    fn from(earned: Earned) -> Self {
        match earned {
            Earned::Money(money) => Self::Money(money),
            Earned::Goods(Goods { goods }) => Self::Goods(goods),
        }
    }
}

impl Measured {
    fn reading(&self, digits: u8) -> Result<Reading, Failed> {
        let units = |number: Scaled| number.exactly(digits).map(Scaled::units);
        let base = units(self.base.unwrap_or(self.value))?;
        let second = units(self.second.unwrap_or(Scaled::ZERO))?;
        Ok(Reading::new(units(self.value)?).paid_on(base).second(second).target(self.target.map(units).transpose()?))
    }
}

pub(crate) fn run(given: Value, expect: Value) -> Result<(), Failed> {
    let Given { program, incentive, measured } = serde_json::from_value(given)?;
    let Expect { earned, steps } = serde_json::from_value(expect)?;
    let program = Program::read(&document(&program)?)?;
    let rebate = program.rebate(&incentive).ok_or_else(|| format!("the program has no rebate `{incentive}`"))?;
    if measured.is_empty() {
        return Err("nothing is measured".into());
    }
    let (mut payouts, mut told) = (Vec::new(), Vec::new());
    for measured in &measured {
        let reading = measured.reading(rebate.schedule.digits())?;
        let mut steps = Vec::new();
        let settled = rebate.settle(&reading, |step| steps.push(step))?;
        equal("the amount with and without its steps", &rebate.amount(&reading)?, &settled.payout)?;
        payouts.push(settled.payout);
        told.push(steps.iter().map(serde_json::to_value).collect::<Result<Vec<_>, _>>()?);
    }
    equal("earned", &earned.into_iter().map(Payout::from).collect(), &payouts)?;
    steps.map_or(Ok(()), |steps| equal("steps", &steps, &told))
}
