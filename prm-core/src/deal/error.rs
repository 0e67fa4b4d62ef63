//! Why a command on a registration is refused.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};

use super::conflict::Assessment;
use super::form::{FormField, Goods};
use crate::account::AccountError;
use crate::actor::VendorRole;
use crate::currency::Currency;
use crate::id::PartnerId;
use crate::money::{Money, MoneyError};
use crate::zone::ZoneError;

/// What is wrong with a form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FormError {
    /// The program in force has another name.
    #[error("the form is for program `{given}`, not for `{expected}`")]
    OtherProgram {
        /// The program in force.
        expected: String,
        /// The one in the form.
        given: String,
    },
    /// The end customer.
    #[error("account: {0}")]
    Account(#[from] AccountError),
    /// A required field is empty.
    #[error("{field} is required")]
    Missing {
        /// The field.
        field: FormField,
    },
    /// A text holds what a text may not, or too much.
    #[error("{field} {why}")]
    Text {
        /// The field.
        field: FormField,
        /// What is wrong.
        why: String,
    },
    /// The partner is not known, or named twice.
    #[error("{field}: partner `{partner}` is unknown, or stands there twice")]
    Partner {
        /// The field.
        field: FormField,
        /// The partner.
        partner: PartnerId,
    },
    /// The product or product set is not known, or another line has it.
    #[error("line {line}: product `{goods}` is unknown, or stands on another line")]
    Product {
        /// The line, counted from 1.
        line: u32,
        /// What it names.
        goods: Goods,
    },
    /// The value is negative.
    #[error("line {line}: the value is negative: {given}")]
    NegativeValue {
        /// The line, counted from 1.
        line: u32,
        /// The value.
        given: Money,
    },
    /// The value is in another currency.
    #[error("line {line}: the value is in {given}, the program's currency is {expected}")]
    OtherCurrency {
        /// The line, counted from 1.
        line: u32,
        /// The program's currency.
        expected: Currency,
        /// The value's.
        given: Currency,
    },
    /// The lines together are worth too little.
    #[error("value: {given} is less than the {minimum} from which deals are registered")]
    BelowMinimum {
        /// What the lines are worth together.
        given: Money,
        /// The least.
        minimum: Money,
    },
    /// The values cannot be added up: they are too large together.
    #[error("value: {0}")]
    Value(#[from] MoneyError),
    /// A date lies where it cannot.
    #[error("{field}: {given} does not lie from {from} to {until}")]
    Date {
        /// The field.
        field: FormField,
        /// The date.
        given: NaiveDate,
        /// The first day that is possible.
        from: NaiveDate,
        /// The last day that is possible.
        until: NaiveDate,
    },
    /// There are more lines, or distributors, than anybody registers.
    #[error("{field}: {given} are too many, {most} are the most")]
    TooMany {
        /// The field.
        field: FormField,
        /// How many there are.
        given: usize,
        /// How many there may be.
        most: usize,
    },
}

/// Why a command on a registration is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RegistrationError {
    /// The program has no `deals`.
    #[error("program `{program}` registers no deals")]
    NoDeals {
        /// The program.
        program: String,
    },
    /// The form is wrong.
    #[error(transparent)]
    Form(#[from] FormError),
    /// The command does not go with the stage.
    #[error("a registration that is {stage} cannot be {command}")]
    Stage {
        /// The stage.
        stage: &'static str,
        /// What was to be done.
        command: &'static str,
    },
    /// The command does not go with how a line stands, or no line is left that it goes with.
    #[error("line {line} is {state} and cannot be {command}")]
    Line {
        /// The line, counted from 1.
        line: u32,
        /// How it stands.
        state: &'static str,
        /// What was to be done.
        command: &'static str,
    },
    /// There is no such line.
    #[error("there is no line {line}")]
    NoLine {
        /// The line.
        line: u32,
    },
    /// A field was changed that was not asked for.
    #[error("{field} was changed, and was not asked for")]
    NotAskedFor {
        /// The field.
        field: FormField,
    },
    /// No field was named.
    #[error("no field is named that is to be changed")]
    NoField,
    /// It was done as often as the program lets it be.
    #[error("it was {command} {times} times already, which is the most")]
    TooOften {
        /// What was to be done.
        command: &'static str,
        /// How often it may be.
        times: u32,
    },
    /// It is not the time for it.
    #[error("this can be done from {from} until {until}")]
    NotNow {
        /// From when.
        from: DateTime<Utc>,
        /// Until when.
        until: DateTime<Utc>,
    },
    /// Somebody else has to approve next.
    #[error("the next to approve line {line} is `{expected}`")]
    NotApprover {
        /// The line.
        line: u32,
        /// What the next approver is.
        expected: VendorRole,
    },
    /// One person may not do two steps.
    #[error("a registration is approved by others than those who made it or approved it before")]
    SamePerson,
    /// A rule of conflict stands against it.
    #[error("the rules of conflict do not permit it for lines {lines:?}")]
    Conflict {
        /// The lines, counted from 1.
        lines: BTreeSet<u32>,
        /// What the rules say.
        assessment: Box<Assessment>,
    },
    /// The program lets it not be done at all.
    #[error("the program does not let a registration be {command}")]
    NotOffered {
        /// What was to be done.
        command: &'static str,
    },
    /// There is no appeal that waits, or one already.
    #[error("an appeal {there}")]
    Appeal {
        /// What there is.
        there: &'static str,
    },
    /// The date of a letter or an end lies where it cannot.
    #[error("{given} is not possible here on {today}")]
    Date {
        /// The date.
        given: NaiveDate,
        /// The day.
        today: NaiveDate,
    },
    /// The partner is not known, or has it already.
    #[error("partner `{partner}` is unknown, or has it already")]
    Partner {
        /// The partner.
        partner: PartnerId,
    },
    /// An instant or a day beyond the calendar.
    #[error(transparent)]
    Zone(#[from] ZoneError),
}
