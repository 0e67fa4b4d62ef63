//! Explanations for people, line by line.

use std::fmt;

use super::{Explanation, Guaranteed, Measured, NextStep, TargetFrom};
use crate::incentive::budget::Budgeted;
use crate::incentive::distinct::{DistinctCount, SetSold};
use crate::incentive::membership::Prorated;
use crate::incentive::rebate::Limit;
use crate::incentive::reference::Growth;
use crate::incentive::schedule::Step;
use crate::incentive::stacking::Deducted;
use crate::rounding::RoundingMode;
use crate::scaled::Scaled;

impl fmt::Display for Explanation {
    /// The explanation for people, line by line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { title, partner, period, program, earned, .. } = self;
        writeln!(f, "{title}, {partner}, {period}: {earned}")?;
        let from = self.from.map_or_else(String::new, |from| format!(", deciding from {from} on"));
        let digest = program.digest.get(..12).unwrap_or("");
        writeln!(f, "  program {} {} ({digest}){from}", program.name, program.version)?;
        if let Some(reason) = &self.because {
            writeln!(f, "  nothing is paid: {reason}")?;
        }
        let measured = [("measure", Some(&self.measure)), ("pays on", self.pays_on.as_ref())];
        for (what, of) in measured.into_iter().chain([("columns by", self.columns_by.as_ref())]) {
            let Some(Measured { measure, value, parts }) = of else { continue };
            let lines: i128 = parts.iter().map(|part| i128::from(part.lines)).sum();
            let measure = for_reading(measure);
            writeln!(f, "  {what}: {value} ({measure}; {lines} lines)")?;
        }
        if let Some(DistinctCount { value, sets, .. }) = &self.distinct {
            let sold = sets.iter().map(|SetSold { set, sold, counts }| {
                format!("{} {}{}", for_reading(set), sold.value, if *counts { "" } else { " (does not count)" })
            });
            writeln!(
                f,
                "  columns by: {value} of {} product sets ({})",
                sets.len(),
                sold.collect::<Vec<_>>().join(", ")
            )?;
        }
        if let Some(TargetFrom { table, value: Some(value), .. }) = &self.target {
            writeln!(f, "  target: {value} (table {table})")?;
        }
        if let Some(Growth { period, baseline, frozen_on, increment, .. }) = &self.growth {
            let frozen = frozen_on.map_or_else(String::new, |on| format!(", frozen on {on}"));
            writeln!(f, "  baseline: {} in {period}{frozen}; growth {increment}{}", baseline.value, self.percent())?;
        }
        if let Some(Prorated { days, of }) = self.prorated {
            writeln!(f, "  a member for {days} of {of} days")?;
        }
        for Deducted { incentive, amount } in &self.deducted {
            writeln!(f, "  less {amount} that {incentive} pays")?;
        }
        for step in &self.steps {
            let Step { number, from, until, on, gives, .. } = step;
            let until = until.map_or_else(|| "on".to_owned(), |until| format!("to {until}"));
            writeln!(f, "  {number}. from {from} {until}: {} on {on} gives {gives}", pays_text(step))?;
        }
        match self.limit {
            Some(Limit::Zero) => writeln!(f, "  a negative result pays nothing")?,
            Some(Limit::Floor(floor)) => writeln!(f, "  raised to the floor of {floor}")?,
            Some(Limit::Cap(cap)) => writeln!(f, "  lowered to the cap of {cap}")?,
            None => {}
        }
        let mode = for_reading(&self.rounding.mode);
        writeln!(f, "  exact {} rounded {mode} to {} digits", self.exact, self.rounding.digits.unwrap_or(0))?;
        if let Some(Guaranteed { level, top_up, .. }) =
            self.guaranteed.filter(|guaranteed| !guaranteed.top_up.is_zero())
        {
            writeln!(f, "  raised by {top_up} to the guarantee of {level}")?;
        }
        if let Some(Budgeted { budget, claimed, earned }) =
            self.budgeted.filter(|budgeted| budgeted.claimed.minor() > budgeted.budget.minor())
        {
            writeln!(
                f,
                "  {earned} of {claimed} that all earn; of the budget of {budget} its share is {}",
                self.earned
            )?;
        }
        if let Some(NextStep { at, missing, earns }) = &self.next {
            writeln!(f, "  next step at {at}: {missing} more would earn {earns}")?;
        }
        Ok(())
    }
}

impl Explanation {
    /// Growth in percent of the baseline, for people, rounded to two digits.
    fn percent(&self) -> String {
        let percent = |growth: &Growth| {
            let digits = growth.increment.digits().max(growth.baseline.value.digits());
            let (part, whole) = (growth.increment.exactly(digits).ok()?, growth.baseline.value.exactly(digits).ok()?);
            let hundredths = RoundingMode::HalfEven.divide(part.units().checked_mul(10_000)?, whole.units())?;
            (whole.units() > 0).then(|| format!(" ({} %)", Scaled::new(hundredths, 2)))
        };
        self.growth.as_ref().and_then(percent).unwrap_or_default()
    }
}

/// The words of documents without their underscores.
pub(crate) fn for_reading(words: &impl ToString) -> String {
    words.to_string().replace('_', " ")
}

/// What a step pays, for people.
pub(crate) fn pays_text(step: &Step) -> String {
    use crate::incentive::schedule::Pay;
    match (step.pays, step.rate_until) {
        (Pay::Rate(low), Some(high)) => format!("{low} rising to {high}"),
        (Pay::Rate(rate), None) => rate.to_string(),
        (Pay::PerUnit(money), _) => format!("{money} each"),
        (Pay::Amount(amount), _) => format!("a fixed {amount}"),
        (Pay::FreeUnits(units), _) => format!("{units} free units each"),
    }
}
