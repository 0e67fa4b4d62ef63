//! What a partner asks for.

use serde::{Deserialize, Serialize};

use super::error::RequestError;
use crate::id::{Name, PartnerId};
use crate::incentive::mdf::policy::{Creative, Fund};
use crate::incentive::mdf::pot::Pot;
use crate::money::Money;
use crate::period::Period;
use crate::program::Program;

/// What a partner asks for: money for one activity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Form {
    /// Under which program.
    pub program: String,
    /// For which partner.
    pub partner: PartnerId,
    /// Of which fund.
    pub fund: Name,
    /// For which class of goods, where the fund has classes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<Name>,
    /// The kind of activity.
    pub activity: Name,
    /// What is done, in the partner's words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// The days of the activity.
    pub days: Period,
    /// Who makes what is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub creative: Option<Creative>,
    /// What it will cost, without tax that can be recovered, in the fund's currency.
    pub cost: Money,
    /// What is asked for; the fund's share of the cost if nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
}

impl Form {
    /// A form that asks for the fund's share of a cost.
    #[must_use]
    pub fn new(
        program: impl Into<String>,
        partner: PartnerId,
        (fund, activity): (Name, Name),
        days: Period,
        cost: Money,
    ) -> Self {
        let (title, class, creative, amount) = (String::new(), None, None, None);
        Self { program: program.into(), partner, fund, class, activity, title, days, creative, cost, amount }
    }

    /// The fund that it asks.
    ///
    /// # Errors
    /// [`RequestError::NoFund`] if the program has no such fund.
    pub fn fund<'p>(&self, program: &'p Program) -> Result<&'p Fund, RequestError> {
        program.fund(self.fund.as_str()).ok_or_else(|| RequestError::NoFund { fund: self.fund.clone() })
    }

    /// The pot that it asks for.
    ///
    /// # Errors
    /// [`RequestError`] if the program has no such fund, or beyond the calendar.
    pub fn pot(&self, program: &Program) -> Result<Pot, RequestError> {
        Ok(self.fund(program)?.pot(program, self.days.from(), self.class.as_ref(), &self.partner)?)
    }
}
