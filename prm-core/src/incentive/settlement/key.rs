//! For what something is due, and which version of the program decides on it.

use std::borrow::Cow;
use std::fmt;

use chrono::NaiveDate;
use serde::Serialize;

use crate::calendar::CalendarError;
use crate::id::{Name, PartnerId};
use crate::program::Program;

/// For what something is due: the same in every settlement and under every version of the program.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct EntryKey {
    /// The partner.
    pub partner: PartnerId,
    /// The incentive.
    pub incentive: Name,
    /// The period's label; behind it the day from which the version decides, where that is not the period's first:
    /// `2025-Q1 from 2025-02-15`. So versions that share a period each have an entry for their days.
    pub period: String,
}

/// How something that was decided concerns a version of the program.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Concern {
    /// The version decides on it: it decided itself, or another version did whose days begin with its own. The key is its
    /// own.
    Own(EntryKey),
    /// Another version decided, on days that this one governs, too; and this one has no such incentive, or its days begin
    /// elsewhere.
    Shared,
    /// Another version decided, on days that are not this one's.
    Other,
}

/// What stands between the label of a period and the first day of a version's part of it.
const PART: &str = " from ";

/// What a period is called in keys, for a version that decides on it from a day on.
pub(in crate::incentive) fn part(label: &str, from: Option<NaiveDate>) -> Cow<'_, str> {
    from.map_or(Cow::Borrowed(label), |from| Cow::Owned(format!("{label}{PART}{from}")))
}

impl EntryKey {
    /// The period's label alone.
    #[must_use]
    pub fn label(&self) -> &str {
        self.period.split_once(PART).map_or(&self.period, |(label, _)| label)
    }

    /// How what was decided for it concerns a version. `digest` is that of the version that decided, `decider` that version
    /// where it is known; where it is not, it may have decided on all days of the period.
    ///
    /// # Errors
    /// [`CalendarError`] if the version's calendar has no such period.
    pub fn concern(
        &self,
        program: &Program,
        (digest, decider): (&str, Option<&Program>),
    ) -> Result<Concern, CalendarError> {
        let period = program.calendar().parse_label(self.label())?;
        let days_of = |program: &Program| {
            let rebate = program.rebate(self.incentive.as_str());
            rebate.map_or(program.effective(), |rebate| rebate.governed).of(&period.period)
        };
        let Some(ours) = days_of(program) else { return Ok(Concern::Other) };
        if let Some(rebate) = program.rebate(self.incentive.as_str()) {
            let part = rebate.part_of(&period);
            if digest == program.identity().digest || part == self.period {
                return Ok(Concern::Own(Self { period: part, ..self.clone() }));
            }
        }
        let theirs = decider.map_or(Some(period.period), days_of);
        let meet = theirs.is_some_and(|theirs| theirs.from() < ours.until() && ours.from() < theirs.until());
        Ok(if meet { Concern::Shared } else { Concern::Other })
    }
}

impl fmt::Display for EntryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.partner, self.incentive, self.period)
    }
}
