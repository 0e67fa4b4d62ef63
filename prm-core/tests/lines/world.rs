//! A program, partners and rates, and what lines add up to there.

use std::collections::BTreeMap;

use prm_core::fx::{FxTable, RateKind};
use prm_core::incentive::fold::{Facts, Finished, Fold, LineError, Outcome};
use prm_core::incentive::line::{BatchKey, LineKey, LineKind, SaleLine};
use prm_core::partner::Partner;
use prm_core::program::Program;

/// A program that counts net revenue and units of everything, with `sales` and `exchange` as given.
pub(crate) fn program(sales: &str) -> Program {
    let text = format!(
        "
format: 1
program: Lines
version: '1'
effective: {{ from: 2025-01-01, until: 2027-01-01 }}
currency: USD
exchange: {{ sales: {{ table: rates, rate: closing, at_most: 3 days back, round: {{ digits: 2, mode: half_even }} }} }}
sales: {sales}
incentives:
  money: {{ kind: rebate, measure: {{ of: net_revenue }}, every: month, schedule: {{ shape: marginal, bands: [{{ from: 0, rate: 10 % }}] }} }}
  count: {{ kind: rebate, measure: {{ of: units }}, every: month, schedule: {{ shape: per_step, step: 10, amount: 1 }} }}
"
    );
    Program::read(&text).unwrap_or_else(|findings| panic!("{findings}"))
}

pub(crate) fn line(key: &str, day: &str, net: &str) -> SaleLine {
    let (document, number) = key.split_once('/').map_or((key, None), |(document, line)| (document, Some(line)));
    let key = LineKey { document: document.parse().unwrap(), line: number.map(|line| line.parse().unwrap()) };
    let mut line = SaleLine::new(key, LineKind::Sale, "sku".parse().unwrap(), "USD".parse().unwrap());
    line.buyer = Some("p".parse().unwrap());
    line.dates.invoice = Some(day.parse().unwrap());
    line.amounts.net = Some(net.parse().unwrap());
    line.quantity = Some("1".parse().unwrap());
    line
}

pub(crate) fn taking_back(sale: &str, day: &str, net: &str) -> SaleLine {
    let mut back = line(&format!("R-{sale}"), day, net);
    back.kind = LineKind::Return;
    back.quantity = Some("-1".parse().unwrap());
    back.reverses = Some(line(sale, day, "1").key);
    back
}

pub(crate) fn batch(id: &str, revision: u32) -> BatchKey {
    BatchKey { revision, ..BatchKey::new("erp".parse().unwrap(), id.parse().unwrap()) }
}

pub(crate) struct World {
    pub(crate) program: Program,
    pub(crate) partners: BTreeMap<prm_core::id::PartnerId, Partner>,
    pub(crate) exchange: Vec<FxTable>,
}

pub(crate) fn world(sales: &str) -> World {
    let partners = ["p", "q"].map(|id| (id.parse().unwrap(), Partner::new(id.parse().unwrap(), id)));
    let mut rates = FxTable::new("rates");
    let [eur, usd] = ["EUR", "USD"].map(|code| code.parse().unwrap());
    rates.quote(eur, usd, RateKind::Closing, "2025-03-07".parse().unwrap(), "1.085".parse().unwrap()).unwrap();
    World { program: program(sales), partners: partners.into(), exchange: vec![rates] }
}

impl World {
    pub(crate) fn fold(&self) -> Fold<'_> {
        let facts = Facts::new(&self.partners).exchange(&self.exchange);
        Fold::new(&self.program, facts, batch("b", 0)).unwrap()
    }

    pub(crate) fn folded(&self, lines: &[SaleLine]) -> (Finished, Vec<Result<Outcome, LineError>>) {
        let mut fold = self.fold().remembering();
        let outcomes = lines.iter().map(|line| fold.add(line)).collect();
        (fold.finish().unwrap(), outcomes)
    }

    /// By partner, month and measure: the sum.
    pub(crate) fn sums(&self, finished: &Finished) -> BTreeMap<String, String> {
        let mut sums = BTreeMap::new();
        let year = self.program.calendar().parse_label("2025").unwrap();
        for month in self.program.calendar().periods_in(prm_core::calendar::Every::Month, &year.period).unwrap() {
            for partner in self.partners.keys() {
                for (name, rebate) in [("money", "money"), ("units", "count")] {
                    let key = self.program.rebate(rebate).unwrap().measure.key();
                    let total = finished.partials.total(partner.as_str(), &key, &month.period).unwrap();
                    if !total.is_zero() {
                        sums.insert(format!("{partner} {month} {name}"), total.to_string());
                    }
                }
            }
        }
        sums
    }
}

pub(crate) fn sums<const N: usize>(expected: [(&str, &str); N]) -> BTreeMap<String, String> {
    expected.into_iter().map(|(place, sum)| (place.to_owned(), sum.to_owned())).collect()
}
