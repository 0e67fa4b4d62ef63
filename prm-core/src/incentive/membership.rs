//! Membership: what joining, leaving and being suspended within a period mean for what is earned in it.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::rebate::{Limits, Rebate};
use super::schedule::Reading;
use crate::partner::Partner;
use crate::rounding::RoundingMode;
use crate::scaled::{NumberError, Scaled};

/// What a program says of partners that are members for a part of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct Membership {
    /// Which sales count.
    pub sales: MemberSales,
    /// Whether bounds, targets, fixed amounts, caps, floors and guarantees are those for the days of membership.
    pub prorated: bool,
    /// What those earn who leave within a period.
    pub leaving: Leaving,
    /// What becomes of what suspended partners earn.
    pub suspended: Suspended,
}

/// Which sales of a partner count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MemberSales {
    /// All of them.
    #[default]
    All,
    /// Those of days on which it was a member.
    OfMembers,
}

impl Membership {
    /// Whether a partner's sale of a day counts.
    pub(super) fn counts(self, partner: &Partner, on: NaiveDate) -> bool {
        self.sales == MemberSales::All || partner.is_member(on)
    }
}

/// The ways with the word that stands for each in documents.
pub const MEMBER_SALES: [(&str, MemberSales); 2] = [("all", MemberSales::All), ("of_members", MemberSales::OfMembers)];

/// What a partner earns for the period within which it leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Leaving {
    /// What it sold.
    #[default]
    Paid,
    /// Nothing.
    Forfeited,
}

/// The ways with the word that stands for each in documents.
pub const LEAVING: [(&str, Leaving); 2] = [("paid", Leaving::Paid), ("forfeited", Leaving::Forfeited)];

/// What becomes of what a partner earns that is suspended when it is settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Suspended {
    /// It is held back until somebody releases it.
    #[default]
    Held,
    /// It is payable as any other.
    Payable,
}

/// The ways with the word that stands for each in documents.
pub const SUSPENDED: [(&str, Suspended); 2] = [("held", Suspended::Held), ("payable", Suspended::Payable)];

/// The part of a period for which somebody was a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[non_exhaustive]
pub struct Prorated {
    /// The days of membership.
    pub days: i64,
    /// The days of the period.
    pub of: i64,
}

impl Prorated {
    /// That part of an amount, rounded half to even to its digits: shares of days are seldom finite decimals.
    pub(super) fn share(self, units: i128) -> Result<i128, NumberError> {
        let product = units.checked_mul(i128::from(self.days)).ok_or(NumberError::OutOfRange)?;
        RoundingMode::HalfEven.divide(product, i128::from(self.of)).ok_or(NumberError::OutOfRange)
    }

    fn scaled(self, amount: Scaled, digits: u8) -> Result<Scaled, NumberError> {
        Ok(Scaled::new(self.share(amount.exactly(digits)?.units())?, digits))
    }

    /// The rebate with that part of every bound, amount and limit, and what it reads with that part of the target.
    pub(super) fn of(self, rebate: &Rebate, reading: Reading) -> Result<(Rebate, Reading), NumberError> {
        let (digits, kept) = (rebate.schedule.digits(), rebate.digits());
        let part = |limit: Option<Scaled>, digits| limit.map(|limit| self.scaled(limit, digits)).transpose();
        let limits = Limits {
            base_cap: part(rebate.limits.base_cap, digits)?,
            payout_cap: part(rebate.limits.payout_cap, kept)?,
            payout_floor: part(rebate.limits.payout_floor, kept)?,
        };
        let schedule = rebate.schedule.prorated(self, kept)?;
        let target = reading.target.map(|target| self.share(target)).transpose()?;
        Ok((Rebate { limits, schedule, ..rebate.clone() }, Reading { target, ..reading }))
    }
}
