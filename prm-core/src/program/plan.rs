//! What decides the meaning of partial sums, as one fingerprint.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{Effective, Program, SalesExchange};
use crate::calendar::FiscalCalendar;
use crate::currency::Currency;
use crate::digest::Fingerprint;
use crate::id::Name;
use crate::incentive::measure::{Grain, Measure, SalesPolicy};
use crate::incentive::rebate::Rebate;
use crate::product::ProductSet;
use crate::tier::Tiers;

#[derive(Serialize)]
struct Meaning<'p> {
    currency: Currency,
    effective: Effective,
    calendar: &'p FiscalCalendar,
    sales: &'p SalesPolicy,
    exchange: Option<&'p SalesExchange>,
    products: &'p BTreeMap<Name, ProductSet>,
    measures: &'p [Measure],
}

/// The fingerprint: sums of programs that differ only in schedules, caps or titles can be merged.
pub(super) fn fingerprint(program: &Program) -> String {
    let meaning = Meaning {
        currency: program.currency,
        effective: program.effective,
        calendar: &program.calendar,
        sales: &program.sales,
        exchange: program.exchange.as_ref(),
        products: &program.products,
        measures: &program.measures,
    };
    let mut print = Fingerprint::new();
    // Plain structures always serialise; were one not to, the digest still tells programs apart.
    print.text(&serde_json::to_string(&meaning).unwrap_or_else(|_| program.identity.digest.clone()));
    print.hex()
}

impl Program {
    /// Keeps a measure by day everywhere if one of its uses needs days: so it is added up once.
    pub(super) fn keep_days(&mut self) {
        let by_month = |measure: &Measure| Measure { grain: Grain::Month, ..measure.clone() };
        let days: BTreeSet<Measure> = self
            .measures_used()
            .filter(|measure| measure.grain == Grain::Day)
            .map(|measure| by_month(measure))
            .collect();
        for measure in self.measures_used() {
            if days.contains(&by_month(measure)) {
                measure.grain = Grain::Day;
            }
        }
    }

    fn measures_used(&mut self) -> impl Iterator<Item = &mut Measure> {
        let rebates = self.rebates.iter_mut().flat_map(Rebate::measures_mut);
        rebates.chain(self.tiers.iter_mut().flat_map(Tiers::measures_mut))
    }
}
