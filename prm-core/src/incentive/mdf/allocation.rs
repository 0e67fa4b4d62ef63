//! Allocations by a person: money that a vendor gives a partner, or all of them, for a period of a fund; by two persons.
//!
//! ```text
//!              Approve
//!   open ──▶ requested ──▶ approved
//!               │ │
//!        Reject │ │ Withdraw
//!               ▼ ▼
//!        rejected  withdrawn
//! ```

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::policy::Fund;
use super::pot::{Movement, MovementKind, Pot};
use crate::actor::{Actor, VendorRole};
use crate::calendar::CalendarError;
use crate::id::{Name, PartnerId};
use crate::lifecycle::{Access, Context, Intent, Lifecycle};
use crate::money::{Money, MoneyError};
use crate::program::Program;

/// What is to be given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct AllocationForm {
    /// Of which fund.
    pub fund: Name,
    /// For which of its periods: the label, such as `2025`.
    pub period: String,
    /// For which class of goods, where the fund has classes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<Name>,
    /// To which partner; nobody where all share the fund.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner: Option<PartnerId>,
    /// How much, in the fund's currency.
    pub amount: Money,
    /// Why.
    pub reason: String,
}

impl AllocationForm {
    /// An amount for a partner, or for all of them.
    #[must_use]
    pub fn new(fund: Name, period: &str, partner: Option<PartnerId>, amount: Money, reason: &str) -> Self {
        Self { fund, period: period.to_owned(), class: None, partner, amount, reason: reason.to_owned() }
    }
}

/// The record of an allocation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MdfAllocation {
    /// What is to be given.
    pub form: AllocationForm,
    /// The pot that it goes into.
    pub pot: Pot,
    /// Who asked for it.
    pub asked_by: Actor,
    /// Where in its life it is.
    pub stage: AllocationStage,
    /// When it last changed.
    pub changed_at: DateTime<Utc>,
}

/// Where in its life an allocation is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
#[non_exhaustive]
pub enum AllocationStage {
    /// Waits for a second person.
    Requested,
    /// The money is there.
    Approved {
        /// By whom.
        by: Actor,
    },
    /// Was not given.
    Rejected {
        /// Why.
        reason: String,
    },
    /// Is no longer wanted.
    Withdrawn,
}

/// What can be done to an allocation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
#[non_exhaustive]
pub enum AllocationCommand {
    /// Gives the money.
    Approve,
    /// Refuses it.
    Reject {
        /// Why.
        reason: String,
    },
    /// Takes the request back.
    Withdraw,
}

/// What happened to an allocation. Stored; never renamed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
#[non_exhaustive]
#[allow(missing_docs, reason = "what, when and who")]
pub enum AllocationEvent {
    /// It was asked for.
    Requested { form: AllocationForm, pot: Pot, at: DateTime<Utc>, by: Actor },
    /// The money was given.
    Approved { pot: Pot, amount: Money, at: DateTime<Utc>, by: Actor },
    /// It was refused.
    Rejected { reason: String, at: DateTime<Utc>, by: Actor },
    /// It was taken back.
    Withdrawn { at: DateTime<Utc>, by: Actor },
}

/// What an event moves. Afterwards the pot settles what it owes: [`Balances::recovers`](super::Balances::recovers).
#[must_use]
pub fn allocates(event: &AllocationEvent) -> Option<Movement> {
    match event {
        AllocationEvent::Approved { pot, amount, .. } => Movement::of(MovementKind::Allocate, pot, *amount),
        _ => None,
    }
}

/// What is found in the same transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct AllocationFound {
    /// What is allocated in all pots of the fund's period, for its budget; `None` counts as nothing.
    pub allocated: Option<Money>,
}

impl AllocationFound {
    /// What is allocated in all pots of the fund's period.
    #[must_use]
    pub const fn allocated(allocated: Money) -> Self {
        Self { allocated: Some(allocated) }
    }
}

/// Why a command on an allocation is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AllocationError {
    /// The program has no such fund.
    #[error("the program has no fund `{fund}`")]
    NoFund {
        /// The fund.
        fund: Name,
    },
    /// The fund has no such pot: another class, a partner where all share it, or nobody where they do not.
    #[error("fund `{fund}` has no such pot: see whether it has classes, and whether it is shared")]
    NoPot {
        /// The fund.
        fund: Name,
    },
    /// The amount is not above zero in the fund's currency.
    #[error("{given} is no amount of the fund's above zero")]
    Amount {
        /// The amount.
        given: Money,
    },
    /// A reason is needed.
    #[error("a reason is needed")]
    NoReason,
    /// The budget would be passed.
    #[error("{left} of the budget is left, which is not enough for {amount}")]
    OverBudget {
        /// What is left.
        left: Money,
        /// What was to be given.
        amount: Money,
    },
    /// The command does not go with the stage.
    #[error("an allocation that is {stage} cannot be {command}")]
    Stage {
        /// The stage.
        stage: &'static str,
        /// What was to be done.
        command: &'static str,
    },
    /// Whoever asked may not approve, and nobody may without being a person.
    #[error("an allocation is approved by another person than the one who asked for it")]
    SamePerson,
    /// The period is none of the program's calendar.
    #[error(transparent)]
    Calendar(#[from] CalendarError),
    /// An amount does not fit, or is in another currency.
    #[error(transparent)]
    Money(#[from] MoneyError),
}

fn fund<'p>(form: &AllocationForm, program: &'p Program) -> Result<&'p Fund, AllocationError> {
    program.fund(form.fund.as_str()).ok_or_else(|| AllocationError::NoFund { fund: form.fund.clone() })
}

fn pot(form: &AllocationForm, program: &Program) -> Result<Pot, AllocationError> {
    let fund = fund(form, program)?;
    let period = program.calendar().parse_label(&form.period)?;
    let class_fits = fund.classes.is_empty() == form.class.is_none()
        && form.class.as_ref().is_none_or(|class| fund.classes.contains(class));
    if period.every != fund.every || !class_fits || fund.shared != form.partner.is_none() {
        return Err(AllocationError::NoPot { fund: form.fund.clone() });
    }
    Ok(Pot { fund: form.fund.clone(), period, class: form.class.clone(), partner: form.partner.clone() })
}

impl Lifecycle for MdfAllocation {
    const KIND: &'static str = "mdf_allocation";
    const FORMAT: u32 = 1;
    type Open = AllocationForm;
    type Command = AllocationCommand;
    type Event = AllocationEvent;
    type Given = Arc<Program>;
    type Found = AllocationFound;
    type Error = AllocationError;

    fn open(open: &AllocationForm, context: &Context<'_, Self>) -> Result<AllocationEvent, AllocationError> {
        let pot = pot(open, context.given)?;
        if open.amount.minor() <= 0 || open.amount.currency() != fund(open, context.given)?.currency {
            return Err(AllocationError::Amount { given: open.amount });
        }
        if open.reason.trim().is_empty() {
            return Err(AllocationError::NoReason);
        }
        Ok(AllocationEvent::Requested { form: open.clone(), pot, at: context.at, by: context.by.clone() })
    }

    fn born(event: &AllocationEvent) -> Option<Self> {
        let AllocationEvent::Requested { form, pot, at, by } = event.clone() else { return None };
        Some(Self { form, pot, asked_by: by, stage: AllocationStage::Requested, changed_at: at })
    }

    fn decide(
        &self,
        command: &AllocationCommand,
        context: &Context<'_, Self>,
    ) -> Result<Vec<AllocationEvent>, AllocationError> {
        use AllocationCommand::{Approve, Reject, Withdraw};
        let (at, by) = (context.at, context.by.clone());
        let refused = |command| Err(AllocationError::Stage { stage: self.stage(), command });
        let event = match (&self.stage, command) {
            (AllocationStage::Requested, Approve) => {
                if !context.by.is_another_person(&self.asked_by) {
                    return Err(AllocationError::SamePerson);
                }
                let amount = self.form.amount;
                if let Some(budget) = fund(&self.form, context.given)?.budget {
                    let left = budget.minus(context.found.allocated.unwrap_or(Money::zero(budget.currency())))?;
                    if left.minus(amount)?.minor() < 0 {
                        return Err(AllocationError::OverBudget { left, amount });
                    }
                }
                AllocationEvent::Approved { pot: self.pot.clone(), amount, at, by }
            }
            (AllocationStage::Requested, Reject { reason }) if reason.trim().is_empty() => {
                return Err(AllocationError::NoReason);
            }
            (AllocationStage::Requested, Reject { reason }) => {
                AllocationEvent::Rejected { reason: reason.clone(), at, by }
            }
            (AllocationStage::Requested, Withdraw) => AllocationEvent::Withdrawn { at, by },
            (_, Approve) => return refused("approved"),
            (_, Reject { .. }) => return refused("rejected"),
            (_, Withdraw) => return refused("withdrawn"),
        };
        Ok(vec![event])
    }

    fn evolve(self, event: &AllocationEvent) -> Self {
        let (stage, at) = match event.clone() {
            // An opening comes first and only once; were it repeated, it would change nothing.
            AllocationEvent::Requested { .. } => return self,
            AllocationEvent::Approved { at, by, .. } => (AllocationStage::Approved { by }, at),
            AllocationEvent::Rejected { reason, at, .. } => (AllocationStage::Rejected { reason }, at),
            AllocationEvent::Withdrawn { at, .. } => (AllocationStage::Withdrawn, at),
        };
        Self { stage, changed_at: at, ..self }
    }

    /// Administrators, channel managers and marketing ask, administrators and finance decide, every vendor role reads.
    /// Partners see what their pots hold, not who gave it.
    fn may(_record: Option<&Self>, actor: &Actor, intent: Intent<'_, Self>) -> Access {
        use AllocationCommand::{Approve, Reject, Withdraw};
        use VendorRole::{Administrator, ChannelManager, Finance, Marketing};
        match (actor, intent) {
            (Actor::Partner { .. }, _) => Access::Hidden,
            (Actor::Host | Actor::Vendor { .. }, Intent::Read)
            | (
                Actor::Vendor { role: Administrator | ChannelManager | Marketing, .. },
                Intent::Open(_) | Intent::Command(Withdraw),
            )
            | (Actor::Vendor { role: Administrator | Finance, .. }, Intent::Command(Approve | Reject { .. })) => {
                Access::Allowed
            }
            _ => Access::Denied,
        }
    }

    fn stage(&self) -> &'static str {
        match self.stage {
            AllocationStage::Requested => "requested",
            AllocationStage::Approved { .. } => "approved",
            AllocationStage::Rejected { .. } => "rejected",
            AllocationStage::Withdrawn => "withdrawn",
        }
    }

    fn changed_at(&self) -> DateTime<Utc> {
        self.changed_at
    }
}
