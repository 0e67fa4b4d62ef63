//! What decides the meaning of partial sums, as one fingerprint.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Effective, Program, SalesExchange};
use crate::calendar::FiscalCalendar;
use crate::currency::Currency;
use crate::digest::Fingerprint;
use crate::id::Name;
use crate::incentive::measure::{Measure, SalesPolicy};
use crate::product::ProductSet;

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
