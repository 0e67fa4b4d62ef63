//! What part of an amount counts that is for some days: that of a year, a month, or the whole contract.

use chrono::Datelike as _;

use super::Counts;
use crate::incentive::line::SaleLine;
use crate::period::{MonthEnds, Period, add_months};

/// A part of an amount, as a fraction that nobody rounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) times: i128,
    pub(super) over: i128,
}

impl Part {
    pub(super) const WHOLE: Self = Self { times: 1, over: 1 };
}

/// The months of a term, if it is one of whole months.
fn months(of: &Period) -> Option<i128> {
    let (from, until) = (of.from(), of.until());
    let count =
        (until.year() - from.year()) * 12 + i32::try_from(until.month0()).ok()? - i32::try_from(from.month0()).ok()?;
    let is_whole = |ends| add_months(from, count, ends) == Ok(until);
    (count > 0 && (is_whole(MonthEnds::Keep) || is_whole(MonthEnds::Stick))).then_some(i128::from(count))
}

const DAYS_OF_YEAR: i128 = 365;
const MONTHS_OF_YEAR: i128 = 12;

impl Counts {
    /// What part of a line's amounts counts; none if it does not say for which days they are.
    pub(super) fn part(self, line: &SaleLine) -> Option<Part> {
        if self == Self::Whole {
            return Some(Part::WHOLE);
        }
        let service = line.service.as_ref();
        let Some(service) = service else {
            // A contract that is billed at once is its own value.
            return (self == Self::Tcv && line.term.is_none()).then_some(Part::WHOLE);
        };
        let term = line.term.as_ref().unwrap_or(service);
        let of_term = || match (months(term), months(service)) {
            (Some(times), Some(over)) => Part { times, over },
            _ => Part { times: term.days().into(), over: service.days().into() },
        };
        Some(match (self, months(service)) {
            (Self::Tcv, _) => of_term(),
            (Self::Acv, _) if i128::from(term.days()) < DAYS_OF_YEAR => of_term(),
            (Self::Acv, Some(over)) => Part { times: MONTHS_OF_YEAR, over },
            (Self::Acv, None) => Part { times: DAYS_OF_YEAR, over: service.days().into() },
            (_, Some(over)) => Part { times: 1, over },
            (_, None) => Part { times: DAYS_OF_YEAR, over: MONTHS_OF_YEAR * i128::from(service.days()) },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::incentive::line::{LineKey, LineKind};

    fn part(counts: Counts, service: Option<(&str, &str)>, term: Option<(&str, &str)>) -> Option<(i128, i128)> {
        let key = LineKey { document: "d".parse().unwrap(), line: None };
        let mut line = SaleLine::new(key, LineKind::Sale, "s".parse().unwrap(), "USD".parse().unwrap());
        let days = |(from, until): (&str, &str)| Period::new(from.parse().unwrap(), until.parse().unwrap()).unwrap();
        (line.service, line.term) = (service.map(days), term.map(days));
        counts.part(&line).map(|Part { times, over }| (times, over))
    }

    #[test]
    fn months_are_whole_or_days_are_counted() {
        let (month, three_years) = (Some(("2025-01-31", "2025-02-28")), Some(("2025-01-31", "2028-01-31")));
        assert_eq!(part(Counts::Mrr, month, None), Some((1, 1)));
        assert_eq!(part(Counts::Mrr, three_years, None), Some((1, 36)));
        assert_eq!(part(Counts::Mrr, Some(("2025-01-01", "2025-01-11")), None), Some((365, 120)));
        assert_eq!(part(Counts::Mrr, None, None), None);
    }

    #[test]
    fn a_year_is_no_longer_than_the_contract() {
        let (month, three_years) = (Some(("2025-01-01", "2025-02-01")), Some(("2025-01-01", "2028-01-01")));
        assert_eq!(part(Counts::Acv, three_years, None), Some((12, 36)));
        assert_eq!(part(Counts::Acv, month, three_years), Some((12, 1)));
        assert_eq!(part(Counts::Acv, month, None), Some((1, 1)));
        assert_eq!(part(Counts::Acv, month, Some(("2025-01-01", "2025-07-01"))), Some((6, 1)));
        assert_eq!(part(Counts::Tcv, month, three_years), Some((36, 1)));
        assert_eq!(
            part(Counts::Tcv, Some(("2025-01-01", "2025-01-11")), Some(("2025-01-01", "2025-04-11"))),
            Some((100, 10))
        );
        assert_eq!(part(Counts::Tcv, None, None), Some((1, 1)));
        assert_eq!(part(Counts::Tcv, None, three_years), None);
        assert_eq!(part(Counts::Whole, None, None), Some((1, 1)));
    }
}
