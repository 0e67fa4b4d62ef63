//! A small vendor: its program, partners and sales, the same for every number.

use std::collections::BTreeMap;

use prm_core::actor::{Actor, VendorRole};
use prm_core::id::PartnerId;
use prm_core::incentive::fold::Facts;
use prm_core::incentive::line::{BatchKey, LineKey, LineKind, SaleLine};
use prm_core::partner::Partner;
use prm_core::period::Period;
use prm_core::program::Program;
use prm_core::program::tables::Tables;
use prm_core::program::version::{Command, Draft, ProgramVersion};
use prm_core::tier::TierChange;
use prm_store::{Accrue, Accrued, Action, Meta, Received, Settle, Settled, Stand, Tenant};

const PROGRAM: &str = "
format: 1
program: Shop
version: '1'
effective: {from: 2025-01-01, until: 2026-01-01}
currency: USD
sales: {counting_date: invoice, amount: net}
incentives:
  volume:
    kind: rebate
    measure: {of: net_revenue}
    every: quarter
    schedule: {shape: marginal, bands: [{from: 0, rate: 1 %}, {from: 5000, rate: 2.5 %}]}
  monthly:
    kind: rebate
    measure: {of: net_revenue}
    every: month
    schedule: {shape: whole_volume, bands: [{from: 0, rate: 0 %}, {from: 1000, rate: 1.5 %}]}
";

const PARTNERS: u32 = 60;

pub(crate) struct Shop {
    program: Program,
    partners: BTreeMap<PartnerId, Partner>,
    tables: Tables,
}

pub(crate) fn person(id: &str, role: VendorRole) -> Actor {
    Actor::Vendor { person: id.parse().unwrap(), role }
}

pub(crate) fn finance() -> Actor {
    person("finance", VendorRole::Finance)
}

impl Shop {
    pub(crate) fn new() -> Self {
        Self::of(PROGRAM, PARTNERS)
    }

    /// With another program, and fewer partners.
    pub(crate) fn of(program: &str, partners: u32) -> Self {
        let program = Program::read(program).unwrap_or_else(|findings| panic!("{findings}"));
        let partners = (0..partners).map(|number| {
            let id: PartnerId = format!("P{number:03}").parse().unwrap();
            (id.clone(), Partner::new(id, format!("Partner {number}")))
        });
        Self { program, partners: partners.collect(), tables: Tables::new() }
    }

    /// Puts the program in force.
    pub(crate) async fn open(&self, tenant: &Tenant) {
        let at = "2025-01-01T12:00:00Z".parse().unwrap();
        let draft = Action::<ProgramVersion>::Open(Draft { text: PROGRAM.to_owned() });
        let writer = Meta::new(person("writer", VendorRole::Administrator), at);
        tenant.execute("shop-1", draft, &(), &writer).await.unwrap();
        let activate = Action::<ProgramVersion>::Command(Command::Activate);
        tenant.execute("shop-1", activate, &(), &Meta::new(finance(), at)).await.unwrap();
    }

    /// The lines of a batch: sales of that month, and from the third batch on returns of the one before the last.
    fn lines(&self, number: u32) -> Vec<SaleLine> {
        let mut lines = Vec::new();
        for (partner, place) in self.partners.keys().zip(0..) {
            let key = |number: u32, line: u32| LineKey {
                document: format!("D{number}-{partner}").parse().unwrap(),
                line: Some(line.to_string().parse().unwrap()),
            };
            for line in 0..3 {
                let mut sale = SaleLine::new(key(number, line), LineKind::Sale, "S".parse().unwrap(), usd());
                sale.dates.invoice = Some(format!("2025-{:02}-{:02}", 1 + number % 12, 1 + line).parse().unwrap());
                sale.buyer = Some(partner.clone());
                sale.amounts.net =
                    Some(format!("{}.{:02}", 200 + (place * 37 + number * 11) % 900, line).parse().unwrap());
                lines.push(sale);
            }
            if number > 2 && (place + number).is_multiple_of(5) {
                let mut back = SaleLine::new(key(number, 9), LineKind::Return, "S".parse().unwrap(), usd());
                back.reverses = Some(key(number - 2, 1));
                back.dates.invoice = Some(format!("2025-{:02}-20", 1 + number % 12).parse().unwrap());
                back.buyer = Some(partner.clone());
                back.amounts.net = Some("-50.05".parse().unwrap());
                lines.push(back);
            }
        }
        lines
    }

    pub(crate) async fn receive(&self, tenant: &Tenant, number: u32) -> Received {
        let batch = BatchKey::new("erp".parse().unwrap(), format!("batch-{number}").parse().unwrap());
        let (facts, lines) = (Facts::new(&self.partners), self.lines(number));
        tenant.receive(&self.program, facts, &batch, &lines, &finance()).await.unwrap()
    }

    pub(crate) const fn has_tiers(&self) -> bool {
        self.program.tiers().is_some()
    }

    /// Follows the tiers of the partners to the end of the year.
    pub(crate) async fn follow(&self, tenant: &Tenant) -> BTreeMap<PartnerId, Vec<TierChange>> {
        let stand = Stand::new(&self.program, &self.partners, "2026-01-01".parse().unwrap());
        tenant.follow_tiers(stand, &finance()).await.unwrap()
    }

    pub(crate) async fn accrue(&self, tenant: &Tenant) -> Accrued {
        let days = (year(), "2025-12-31".parse().unwrap());
        tenant.accrue(Accrue::new(&self.program, &self.partners, &self.tables, days), &finance()).await.unwrap()
    }

    pub(crate) async fn settle(&self, tenant: &Tenant) -> Settled {
        let settle = Settle::new(&self.program, &self.partners, &self.tables, year());
        tenant.settle(settle, &finance(), "2025-12-31T12:00:00Z".parse().unwrap()).await.unwrap()
    }
}

fn usd() -> prm_core::currency::Currency {
    "USD".parse().unwrap()
}

fn year() -> Period {
    Period::new("2025-01-01".parse().unwrap(), "2026-01-01".parse().unwrap()).unwrap()
}
