//! The record of a registration: its form, its lines, and where in its life it is.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::command::CloseOutcome;
use super::conflict::{Assessment, Candidate, Ground};
use super::error::RegistrationError;
use super::facts::{DealPartner, Found, HostVerdict};
use super::form::{Form, FormField};
use super::protection::{Protection, ProtectionState, Terms};
use crate::actor::Actor;
use crate::id::{DocumentId, Name, PartnerId};
use crate::money::Money;
use crate::product::Product;
use crate::program::{Program, ProgramRef};
use crate::rate::Rate;

/// A deal registration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[non_exhaustive]
pub struct Registration {
    /// What was filled in.
    pub form: Form,
    /// Its lines, as they are decided, in the order of the form.
    pub lines: Vec<Registered>,
    /// Where in its life it is.
    pub stage: Stage,
    /// By whom it was begun.
    pub drafted_by: Actor,
    /// Its place in the order of receipts, since it was submitted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<Receipt>,
    /// What it was last assessed with, so that it can be assessed again when another one is decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judged: Option<Judged>,
    /// What the last assessment said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assessment: Option<Assessment>,
    /// Until when the next decision should be made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review_due_at: Option<DateTime<Utc>>,
    /// How often it was sent back for something.
    #[serde(default)]
    pub asked: u32,
    /// The appeal that waits for a decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appeal: Option<Appeal>,
    /// What the customer chose, and the vendor accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choice: Option<Choice>,
    /// The special price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub special_price: Option<SpecialPriceState>,
    /// When it last changed.
    pub changed_at: DateTime<Utc>,
    /// Up to when the passing of time was noted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noted_until: Option<DateTime<Utc>>,
}

/// Where in its life a registration is; for what has been decided it follows from the lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum), uniffi(name = "DealStage"))]
#[serde(tag = "name", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Stage {
    /// Being filled in; it counts to nobody.
    Draft,
    /// Waits for somebody to look at it.
    Submitted,
    /// Somebody looks at it.
    UnderReview,
    /// Was sent back to the partner for something.
    ActionRequired {
        /// The fields that may be changed.
        fields: BTreeSet<FormField>,
        /// Until when it keeps its place.
        until: DateTime<Utc>,
    },
    /// Every line is decided, and some are approved.
    Approved,
    /// No line is approved.
    Rejected,
    /// Was taken back by the partner.
    Withdrawn,
    /// Every line is closed, or was rejected.
    Closed,
}

impl Stage {
    /// The word for it.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Submitted => "submitted",
            Self::UnderReview => "under_review",
            Self::ActionRequired { .. } => "action_required",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Withdrawn => "withdrawn",
            Self::Closed => "closed",
        }
    }
}

/// A line of a registration, as it is decided.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record), uniffi(name = "RegisteredLine"))]
#[non_exhaustive]
pub struct Registered {
    /// How its review stands.
    pub review: LineState,
    /// From when until when it is protected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protection: Option<Protection>,
    /// What the approval gave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms: Option<Terms>,
}

/// How the review of a line stands.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
#[serde(tag = "name", rename_all = "snake_case")]
#[non_exhaustive]
pub enum LineState {
    /// Waits for its first or next approver.
    Pending {
        /// Who approved it so far, in order.
        approved_by: Vec<Actor>,
    },
    /// Waits for another registration to be decided.
    Waiting {
        /// The code of the rule that says so.
        code: Name,
    },
    /// Approved.
    Approved {
        /// When.
        at: DateTime<Utc>,
    },
    /// Rejected.
    Rejected {
        /// The code of the rule or of the person who says so.
        code: Name,
        /// When.
        at: DateTime<Utc>,
    },
    /// Over.
    Closed {
        /// How it ended.
        outcome: CloseOutcome,
        /// When.
        at: DateTime<Utc>,
    },
    /// Not submitted yet, or withdrawn.
    #[default]
    Open,
}

impl LineState {
    /// Whether it is to be decided.
    #[must_use]
    pub const fn is_undecided(&self) -> bool {
        matches!(self, Self::Pending { .. } | Self::Waiting { .. })
    }

    /// The word for it.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Pending { .. } => "pending",
            Self::Waiting { .. } => "waiting",
            Self::Approved { .. } => "approved",
            Self::Rejected { .. } => "rejected",
            Self::Closed { .. } => "closed",
            Self::Open => "open",
        }
    }
}

/// The place in the order of receipts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct Receipt {
    /// When it was received.
    pub at: DateTime<Utc>,
    /// Of those received at that instant, the how manyth it was decided to be.
    pub turn: u32,
}

/// What a registration was assessed with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[non_exhaustive]
pub struct Judged {
    /// The document whose rules were used.
    pub program: ProgramRef,
    /// The partner of record, as it was then.
    pub partner: DealPartner,
    /// The products that lines name by SKU.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub products: Vec<Product>,
    /// What the host's own rules said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub verdicts: Vec<HostVerdict>,
}

/// An appeal that waits for a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct Appeal {
    /// The lines, counted from 1.
    pub lines: BTreeSet<u32>,
    /// When it was made.
    pub at: DateTime<Utc>,
    /// Until when it should be decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<DateTime<Utc>>,
}

/// The partner that the customer wants, in a letter that the vendor accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record), uniffi(name = "CustomerChoice"))]
pub struct Choice {
    /// The partner.
    pub partner: PartnerId,
    /// The letter.
    pub letter: DocumentId,
    /// Its date.
    pub dated: NaiveDate,
}

/// A price below the ordinary one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
#[serde(rename_all = "snake_case")]
pub enum SpecialPrice {
    /// A discount on the list price.
    Discount(Rate),
    /// A price for all of it.
    Net(Money),
}

/// How a special price stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
#[serde(tag = "name", rename_all = "snake_case")]
#[non_exhaustive]
pub enum SpecialPriceState {
    /// It was asked for.
    Asked {
        /// What.
        price: SpecialPrice,
    },
    /// It was granted.
    Granted {
        /// What.
        price: SpecialPrice,
        /// The day after the last on which it can be used.
        valid_until: NaiveDate,
        /// By whom.
        by: Actor,
    },
    /// It was not granted.
    Refused {
        /// Why.
        code: Name,
    },
}

impl Registration {
    /// How the protection of a line, counted from 1, stands at an instant.
    #[must_use]
    pub fn protection(&self, line: u32, at: DateTime<Utc>) -> ProtectionState {
        let line = self.line(line).and_then(|line| line.protection.as_ref());
        line.map_or(ProtectionState::None, |protection| protection.at(at))
    }

    /// Whether some line is protected at an instant.
    #[must_use]
    pub fn is_protected(&self, at: DateTime<Utc>) -> bool {
        self.lines.iter().filter_map(|line| line.protection.as_ref()).any(|protection| protection.at(at).holds())
    }

    /// A line, counted from 1.
    #[must_use]
    pub fn line(&self, number: u32) -> Option<&Registered> {
        usize::try_from(number).ok().and_then(|number| self.lines.get(number.checked_sub(1)?))
    }

    /// Whether its undecided lines hold their place at an instant: not when it was sent back and its time is over.
    #[must_use]
    pub fn holds_place(&self, at: DateTime<Utc>) -> bool {
        match &self.stage {
            Stage::Submitted | Stage::UnderReview => true,
            Stage::ActionRequired { until, .. } => at < *until,
            _ => false,
        }
    }

    /// The place in line of a line, counted from 1, at an instant; `None` if it waits for no decision.
    ///
    /// # Errors
    /// [`RegistrationError`] if the program registers no deals, or there is no such line.
    pub fn place(
        &self,
        line: u32,
        program: &Program,
        found: &Found,
        at: DateTime<Utc>,
    ) -> Result<Option<u32>, RegistrationError> {
        let state = self.line(line).ok_or(RegistrationError::NoLine { line })?;
        let Some(judged) = self.judged.as_ref().filter(|_| state.review.is_undecided() && self.holds_place(at)) else {
            return Ok(None);
        };
        let name = || program.identity().name.clone();
        let policy = program.deals().ok_or_else(|| RegistrationError::NoDeals { program: name() })?;
        let today = program.zone().local_date(at)?;
        let ground = Ground { program, policy, found, at, today };
        let candidate = Candidate { form: &self.form, judged, receipt: self.receipt, choice: self.choice.as_ref() };
        let of = usize::try_from(line.saturating_sub(1)).ok().and_then(|at| self.form.lines.get(at));
        Ok(of.map(|of| super::place::place(of, &candidate, &ground)))
    }

    /// Whether the time for the next decision is over at an instant.
    #[must_use]
    pub fn is_overdue(&self, at: DateTime<Utc>) -> bool {
        let waits = matches!(self.stage, Stage::Submitted | Stage::UnderReview);
        let late = |due: Option<DateTime<Utc>>| due.is_some_and(|due| due <= at);
        (waits && late(self.review_due_at)) || late(self.appeal.as_ref().and_then(|appeal| appeal.due_at))
    }

    /// Whether a partner has a part in it.
    #[must_use]
    pub fn is_of(&self, partner: &PartnerId) -> bool {
        self.form.partners().any(|has| has == partner)
    }
}
