//! What a SPIFF comes to, sale by sale and payee by payee.

use std::collections::BTreeSet;
use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::actor::Actor;
use crate::id::{AccountId, Name, PartnerId, PersonId, Serial, Sku, SourceId};
use crate::incentive::line::LineKey;
use crate::incentive::rebate::Reason;
use crate::ledger::{Payee, may_read};
use crate::lifecycle::Access;
use crate::money::Money;
use crate::period::Period;
use crate::program::ProgramRef;
use crate::scaled::Scaled;

/// Why a sale brings nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
#[serde(tag = "code", rename_all = "snake_case")]
#[non_exhaustive]
pub enum SpiffReason {
    /// The partner cannot earn it.
    Partner {
        /// Why.
        why: Reason,
    },
    /// It was sold to the public sector.
    PublicSector {
        /// To whom.
        account: AccountId,
    },
    /// Whether it was sold to the public sector is not known.
    SectorUnknown {
        /// To whom, if that is known.
        account: Option<AccountId>,
    },
    /// Who sold it is not known.
    NoPerson,
    /// The person did not sell for the partner on that day.
    NotSeller {
        /// Who.
        person: PersonId,
    },
    /// The partner had not consented on that day that its people are paid.
    NoConsent,
    /// Not every unit is named by a serial number.
    SerialsMissing {
        /// How many there are.
        has: u32,
        /// How many units were sold.
        units: Scaled,
    },
    /// A serial number was used before.
    SerialUsed {
        /// Which.
        serial: Serial,
        /// By which sale; nothing where that is hidden.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<LineKey>,
    },
    /// The table has no amount for the product.
    NoAmount {
        /// The product.
        sku: Sku,
    },
    /// The table of quotas has no row for the partner.
    NoQuota,
    /// It was taken back.
    TakenBack,
}

impl fmt::Display for SpiffReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Partner { why } => write!(f, "{why}"),
            Self::PublicSector { account } => write!(f, "sold to the public sector: {account}"),
            Self::SectorUnknown { account: Some(account) } => {
                write!(f, "whether {account} belongs to the public sector is not known")
            }
            Self::SectorUnknown { account: None } => f.write_str("to whom it was sold is not known"),
            Self::NoPerson => f.write_str("who sold it is not known"),
            Self::NotSeller { person } => write!(f, "{person} did not sell for the partner on that day"),
            Self::NoConsent => f.write_str("the partner had not consented that its people are paid"),
            Self::SerialsMissing { has, units } => write!(f, "{has} serial numbers for {units} units"),
            Self::SerialUsed { serial, by: Some(by) } => write!(f, "serial number {serial} was used by {by}"),
            Self::SerialUsed { serial, by: None } => write!(f, "serial number {serial} was used by another sale"),
            Self::NoAmount { sku } => write!(f, "no amount for {sku}"),
            Self::NoQuota => f.write_str("no quota"),
            Self::TakenBack => f.write_str("taken back"),
        }
    }
}

/// A sale, and what it brings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[non_exhaustive]
pub struct SpiffSale {
    /// The line.
    pub line: LineKey,
    /// Its source, where lines come from several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceId>,
    /// Its counting date.
    pub on: NaiveDate,
    /// The partner that is credited.
    pub partner: PartnerId,
    /// The person who sold, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
    /// What counts of it, less what was taken back of it: units, or money in the program's currency.
    pub counts: Scaled,
    /// What it adds to what was earned before it, without caps.
    pub adds: Money,
    /// What it brings, with caps.
    pub brings: Money,
    /// Why it brings nothing, beyond the numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<SpiffReason>,
}

/// Who is paid by a SPIFF.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SpiffPayee {
    /// A partner.
    Partner(PartnerId),
    /// A person of a partner.
    Person {
        /// Who.
        person: PersonId,
        /// Of which partner.
        partner: PartnerId,
    },
}

/// What a payee has earned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[non_exhaustive]
pub struct SpiffEarned {
    /// Who.
    pub payee: SpiffPayee,
    /// How much, since the window began.
    pub earned: Money,
}

/// What a SPIFF comes to by a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[non_exhaustive]
pub struct SpiffAnswer {
    /// The program that decided.
    pub program: ProgramRef,
    /// The SPIFF.
    pub incentive: Name,
    /// Its title on statements.
    pub title: String,
    /// Its window.
    pub window: Period,
    /// The fingerprint of the table that it pays by, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// Each sale that counts, in the order in which they were taken.
    pub sales: Vec<SpiffSale>,
    /// What each payee has earned, in the order of payees; those who earned nothing are left out.
    pub earned: Vec<SpiffEarned>,
}

impl SpiffAnswer {
    /// What an actor may see of it: the vendor's readers of money all of it, executives and managers of a partner what
    /// is of that partner, everybody what is of himself or herself.
    ///
    /// Whose serial number was used before is another's sale: who may not see that one is told of the number alone.
    #[must_use]
    pub fn seen_by(mut self, actor: &Actor) -> Self {
        let sees = |payee: Payee| may_read(actor, Some(&payee)) == Access::Allowed;
        let sees_sale = |partner: &PartnerId, person: Option<&PersonId>| {
            sees(partner.clone().into()) || person.is_some_and(|person| sees(person.clone().into()))
        };
        self.sales.retain(|sale| sees_sale(&sale.partner, sale.person.as_ref()));
        self.earned.retain(|one| match &one.payee {
            SpiffPayee::Partner(partner) => sees_sale(partner, None),
            SpiffPayee::Person { person, partner } => sees_sale(partner, Some(person)),
        });
        let seen: BTreeSet<LineKey> = self.sales.iter().map(|sale| sale.line.clone()).collect();
        for sale in &mut self.sales {
            if let Some(SpiffReason::SerialUsed { by, .. }) = &mut sale.because {
                *by = by.take().filter(|by| seen.contains(by));
            }
        }
        self
    }
}
