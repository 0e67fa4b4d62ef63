//! Programs: what a document says, as the model reads it.

use chrono::NaiveDate;

use super::fraction::Mode;

#[derive(Debug, Clone, Copy)]
pub(crate) struct Rounding {
    pub(crate) mode: Mode,
    pub(crate) place: &'static str,
    pub(crate) digits: u32,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Member {
    pub(crate) joined: Option<NaiveDate>,
    pub(crate) left: Option<NaiveDate>,
    /// The target per month, and which periods have none.
    pub(crate) target: i128,
    pub(crate) gaps: i32,
}

#[derive(Debug, Clone)]
pub(crate) struct Spec {
    pub(crate) from: NaiveDate,
    pub(crate) until: Option<NaiveDate>,
    pub(crate) running: &'static str,
    /// The month, from 1, with which fiscal years begin.
    pub(crate) starts: i32,
    pub(crate) rounding: Rounding,
    pub(crate) current: bool,
    pub(crate) rejects: bool,
    pub(crate) reopen: (u32, &'static str),
    /// Digits and mode of converted lines.
    pub(crate) exchange: (u32, Mode),
    /// What the document says of payouts in another currency; nothing if empty.
    pub(crate) payout: &'static str,
    pub(crate) of_members: bool,
    pub(crate) prorated: bool,
    pub(crate) forfeited: bool,
    pub(crate) partners: Vec<Member>,
    pub(crate) rebates: Vec<Rebate>,
    pub(crate) stack: Option<Stack>,
}

#[derive(Debug, Clone)]
pub(crate) struct Stack {
    pub(crate) how: &'static str,
    /// Places of rebates.
    pub(crate) order: Vec<usize>,
    pub(crate) never_deducted: Vec<usize>,
    pub(crate) not_reduced: Vec<usize>,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Measure {
    pub(crate) units: bool,
    pub(crate) sets: Vec<&'static str>,
    pub(crate) sell_out: bool,
    pub(crate) seller: bool,
    pub(crate) by_order: bool,
    /// Whether returns count in their own period, if not as the program says.
    pub(crate) current: Option<bool>,
    pub(crate) during: Option<(NaiveDate, NaiveDate)>,
    pub(crate) renewals: bool,
    pub(crate) registered: Option<bool>,
    /// The accounts that are named and excepted, and whether only what is shipped north counts.
    pub(crate) accounts: Vec<&'static str>,
    pub(crate) except: Vec<&'static str>,
    pub(crate) north: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reference {
    None,
    Fixed(i128),
    Table,
    Growth { previous: bool, from_zero: bool, whole: bool },
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Pay {
    /// In hundredths of a percent.
    Rate(i128),
    /// In cents.
    PerUnit(i128),
    /// In cents.
    Amount(i128),
}

/// Bounds are whole numbers: values of the measure, or percent of a reference.
#[derive(Debug, Clone)]
pub(crate) struct Band {
    pub(crate) from: i128,
    pub(crate) until: Option<i128>,
    pub(crate) pay: Pay,
    pub(crate) back: bool,
}

#[derive(Debug, Clone)]
pub(crate) enum Schedule {
    Bands {
        shape: &'static str,
        below: bool,
        bands: Vec<Band>,
    },
    /// Values with hundredths of a percent.
    Points(Vec<(i128, i128)>),
    /// The step, and cents for each.
    PerStep(i128, i128),
    /// The target, or none if it is in the table.
    Target(Option<i128>, Pay),
}

#[derive(Debug, Clone)]
pub(crate) struct Rebate {
    /// Months.
    pub(crate) every: i32,
    pub(crate) measure: Measure,
    pub(crate) base: Option<Measure>,
    pub(crate) during: Option<(NaiveDate, NaiveDate)>,
    pub(crate) reference: Reference,
    pub(crate) schedule: Schedule,
    pub(crate) cap_base: Option<i128>,
    pub(crate) cap: Option<i128>,
    pub(crate) floor: Option<i128>,
    /// And whether it is cumulative.
    pub(crate) guarantee: Option<(i128, bool)>,
    /// Its own, if not the program's.
    pub(crate) rounding: Option<Rounding>,
    pub(crate) except: Option<usize>,
}

impl Rebate {
    /// Whether units are paid on.
    pub(crate) fn pays_units(&self) -> bool {
        self.base.as_ref().unwrap_or(&self.measure).units
    }
}

impl Spec {
    /// The same program with other rates and amounts.
    pub(crate) fn rated_anew(&self) -> Self {
        let mut anew = self.clone();
        for rebate in &mut anew.rebates {
            match &mut rebate.schedule {
                Schedule::Bands { bands, .. } => bands.iter_mut().for_each(|band| band.pay = band.pay.anew()),
                Schedule::Points(points) => points.iter_mut().for_each(|(_, rate)| *rate = *rate / 3 + 150),
                Schedule::PerStep(_, amount) => *amount = *amount / 3 + 150,
                Schedule::Target(_, pay) => *pay = pay.anew(),
            }
        }
        anew
    }

    pub(crate) fn rounding_of(&self, rebate: &Rebate) -> Rounding {
        rebate.rounding.unwrap_or(self.rounding)
    }
}

impl Pay {
    fn anew(self) -> Self {
        match self {
            Self::Rate(rate) => Self::Rate(rate / 3 + 150),
            Self::PerUnit(cents) => Self::PerUnit(cents / 3 + 150),
            Self::Amount(cents) => Self::Amount(cents / 3 + 150),
        }
    }
}
