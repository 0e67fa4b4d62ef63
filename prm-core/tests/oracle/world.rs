//! What stands beside a program and its lines: partners, products, rates, targets; and the fold.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use prm_core::calendar::{Every, FiscalPeriod};
use prm_core::fx::{FxTable, RateKind};
use prm_core::id::{PartnerId, Sku};
use prm_core::incentive::explain::{Basis, Explanation, explain};
use prm_core::incentive::fold::{Facts, Fold};
use prm_core::incentive::line::{BatchKey, SaleLine};
use prm_core::incentive::partial::Partials;
use prm_core::partner::Partner;
use prm_core::period::Period;
use prm_core::product::Product;
use prm_core::program::Program;
use prm_core::program::tables::Tables;
use prm_core::scaled::Scaled;

use super::document::{name, partner};
use super::drawn::{after, date};
use super::fraction::Fraction;
use super::model::Model;
use super::sales::Line;
use super::spec::Spec;

/// The first day with a rate; then there is one each week.
fn first_rate() -> NaiveDate {
    date(2023, 1, 6)
}

/// What a euro is worth, quoted in the week that so many lie before: in ten-thousandths.
fn quoted(week: i64) -> i64 {
    10_000 + week * 37 % 2_311
}

/// What a euro is worth on a day: the latest rate before it or of it.
pub(crate) fn rate_on(day: NaiveDate) -> Fraction {
    let week = day.signed_duration_since(first_rate()).num_days().div_euclid(7);
    Fraction::decimal(quoted(week).into(), 4)
}

pub(crate) fn rates() -> FxTable {
    let mut table = FxTable::new("rates");
    let [eur, usd] = ["EUR", "USD"].map(|code| code.parse().unwrap());
    for (week, days) in (0..240).zip((0..).step_by(7)) {
        let rate = Scaled::new(quoted(week).into(), 4);
        table.quote(eur, usd, RateKind::Closing, after(first_rate(), days), rate).unwrap();
    }
    table
}

pub(crate) struct World {
    pub(crate) program: Program,
    pub(crate) partners: BTreeMap<PartnerId, Partner>,
    pub(crate) products: BTreeMap<Sku, Product>,
    pub(crate) exchange: Vec<FxTable>,
    pub(crate) tables: Tables,
}

/// The days whose periods are looked at.
pub(crate) fn span() -> Period {
    Period::new(date(2024, 9, 1), date(2026, 10, 1)).unwrap()
}

pub(crate) fn length(months: i32) -> Every {
    match months {
        1 => Every::Month,
        3 => Every::Quarter,
        6 => Every::HalfYear,
        _ => Every::Year,
    }
}

fn products() -> BTreeMap<Sku, Product> {
    let products = [("bike", "Bikes"), ("part", "Parts"), ("tyre", "Odd"), ("book", "Print")].map(|(sku, category)| {
        let mut product = Product::new(sku.parse().unwrap());
        product.category = Some(category.to_owned());
        (product.sku.clone(), product)
    });
    products.into()
}

impl World {
    pub(crate) fn new(spec: &Spec) -> Self {
        let text = spec.text();
        let program = Program::read(&text).unwrap_or_else(|findings| panic!("{findings}\n{text}"));
        let partners = spec.partners.iter().enumerate().map(|(at, member)| {
            let mut partner = Partner::new(partner(at).parse().unwrap(), partner(at));
            (partner.joined, partner.left) = (member.joined, member.left);
            (partner.id.clone(), partner)
        });
        let partners = partners.collect();
        let mut tables = Tables::new();
        let header = ["partner", "period", "amount"].map(str::to_owned);
        let mut rows = Vec::new();
        let model = Model::new(spec, &[]);
        for every in [1, 3, 6, 12] {
            for period in program.calendar().periods_in(length(every), &span()).unwrap() {
                let number = model.number(every, period.period.from());
                for at in 0..spec.partners.len() {
                    let target = Model::target(spec, at, every, number);
                    rows.extend(target.map(|target| vec![partner(at), period.to_string(), target.to_string()]));
                }
            }
        }
        tables.insert(program.read_table("targets", &header, &rows).unwrap());
        Self { program, partners, products: products(), exchange: vec![rates()], tables }
    }

    pub(crate) fn facts(&self) -> Facts<'_> {
        Facts::new(&self.partners).products(&self.products).exchange(&self.exchange)
    }

    pub(crate) fn partner(&self, place: usize) -> &Partner {
        &self.partners[partner(place).as_str()]
    }

    /// The periods of a rebate.
    pub(crate) fn periods(&self, months: i32) -> Vec<FiscalPeriod> {
        self.program.calendar().periods_in(length(months), &span()).unwrap()
    }

    pub(crate) fn basis<'b>(&'b self, partials: &'b Partials) -> Basis<'b> {
        Basis::new(&self.program, partials, &self.tables)
    }

    /// Every explanation.
    pub(crate) fn explained(&self, spec: &Spec, partials: &Partials) -> Vec<Explanation> {
        let mut explained = Vec::new();
        for (place, rebate) in spec.rebates.iter().enumerate() {
            for (partner, period) in self
                .partners
                .values()
                .flat_map(|partner| self.periods(rebate.every).into_iter().map(move |period| (partner, period)))
            {
                explained.push(explain(self.basis(partials), &name(place), partner, &period).unwrap());
            }
        }
        explained
    }

    /// The sums of lines that come batch by batch; lines that cannot be used are left out.
    pub(crate) fn folded(&self, lines: &[Line]) -> Partials {
        let built = |batch: usize| lines.iter().filter(move |line| line.batch == batch).map(Line::built);
        let last = lines.iter().map(|line| line.batch).max().unwrap_or_default();
        self.remembered("b", (0..=last).map(|batch| built(batch).collect::<Vec<_>>()))
    }

    /// The sums of batches of a run, by whose name they are called.
    pub(crate) fn remembered(&self, run: &str, batches: impl IntoIterator<Item = Vec<SaleLine>>) -> Partials {
        let batch = |at: usize| BatchKey::new("oracle".parse().unwrap(), format!("{run}{at}").parse().unwrap());
        let mut fold = Fold::new(&self.program, self.facts(), batch(0)).unwrap().remembering();
        for (at, lines) in batches.into_iter().enumerate() {
            if at > 0 {
                fold.next_batch(batch(at)).unwrap();
            }
            for line in lines {
                let _refused = fold.add(&line);
            }
        }
        fold.finish().unwrap().partials
    }
}
