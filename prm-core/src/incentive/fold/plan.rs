//! What is known before the first line: which measures count which product, and where partners stand.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::{Facts, FoldError};
use crate::fx::FxTable;
use crate::id::PartnerId;
use crate::incentive::line::{ChannelStep, CountingDate, Credits};
use crate::incentive::measure::{Measure, ReturnPeriod};
use crate::product::Product;
use crate::program::{Program, SalesExchange};

/// What measures have in common that decides where a line belongs.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Route {
    pub(super) step: ChannelStep,
    pub(super) credits: Credits,
    pub(super) counting_date: CountingDate,
    pub(super) returns: ReturnPeriod,
}

/// The measures, by place, that count a product, in groups of one route.
pub(super) type Selection = Vec<(Route, Vec<u32>)>;

pub(super) struct Plan<'f> {
    pub(super) program: &'f Program,
    pub(super) exchange: Option<(&'f SalesExchange, &'f FxTable)>,
    pub(super) keys: Vec<Arc<str>>,
    pub(super) partners: Vec<&'f PartnerId>,
    pub(super) partner_places: FxHashMap<&'f str, u32>,
    /// The selection of each product, by place; `None` if SKUs are not checked.
    products: Option<FxHashMap<&'f str, usize>>,
    /// The distinct selections; the first is that of a product in no set.
    selections: Vec<Selection>,
}

impl<'f> Plan<'f> {
    pub(super) fn new(program: &'f Program, facts: Facts<'f>) -> Result<Self, FoldError> {
        let measures = program.measures();
        if facts.products.is_none() && measures.iter().any(|measure| !measure.products.is_empty()) {
            return Err(FoldError::NeedsProducts);
        }
        let exchange = match program.exchange() {
            None => None,
            Some(policy) => {
                let table = facts.exchange.iter().find(|table| table.name() == policy.table.as_str());
                let missing = || FoldError::NeedsExchange { table: policy.table.to_string() };
                Some((policy, table.ok_or_else(missing)?))
            }
        };
        let mut selections = vec![selection(program, None)];
        let mut places: HashMap<Selection, usize> = selections.iter().cloned().zip(0..).collect();
        let mut place_of = |product: &Product| {
            let found = selection(program, Some(product));
            *places.entry(found).or_insert_with_key(|found| {
                selections.push(found.clone());
                selections.len() - 1
            })
        };
        let products =
            facts.products.map(|products| products.iter().map(|(sku, of)| (sku.as_str(), place_of(of))).collect());
        let partners: Vec<&PartnerId> = facts.partners.keys().collect();
        Ok(Self {
            program,
            exchange,
            keys: measures.iter().map(|measure| measure.key().into()).collect(),
            partner_places: partners.iter().zip(0_u32..).map(|(id, at)| (id.as_str(), at)).collect(),
            partners,
            products,
            selections,
        })
    }

    /// The measures that count a SKU; `None` if it is unknown.
    pub(super) fn selection(&self, sku: &str) -> Option<&Selection> {
        let place = match &self.products {
            Some(products) => *products.get(sku)?,
            None => 0,
        };
        self.selections.get(place)
    }
}

/// The measures that count a product: those without product sets, and those one of whose sets holds it.
fn selection(program: &Program, product: Option<&Product>) -> Selection {
    let counts = |measure: &Measure| {
        let mut sets = measure.products.iter().filter_map(|name| program.products().get(name));
        measure.products.is_empty() || product.is_some_and(|product| sets.any(|set| set.contains(product)))
    };
    let mut selection: BTreeMap<Route, Vec<u32>> = BTreeMap::new();
    for (measure, place) in program.measures().iter().zip(0_u32..).filter(|(measure, _)| counts(measure)) {
        let Measure { step, credits, counting_date, returns, .. } = measure;
        let (step, counting_date, returns) = (*step, *counting_date, *returns);
        selection.entry(Route { step, credits: credits.clone(), counting_date, returns }).or_default().push(place);
    }
    selection.into_iter().collect()
}
