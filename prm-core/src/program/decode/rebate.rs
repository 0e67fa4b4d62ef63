//! The block of a rebate.

use super::super::finding::Position;
use super::super::grammar::{below, mistake, yes_no};
use super::super::tree::Node;
use super::{Decoder, SalesDefaults, texts, value, word};
use crate::calendar::Every;
use crate::id::Name;
use crate::incentive::measure::{Measure, Quantity};
use crate::incentive::rebate::{Eligible, Rebate};
use crate::incentive::schedule::{Band, BandShape, Boundary, Form, Pay, Schedule, ScheduleError, StepPay, Target};
use crate::money::Money;
use crate::program::Program;
use crate::program::tables::{ColumnKind, TableKey};
use crate::rate::Rate;
use crate::scaled::Scaled;

const CADENCES: [(&str, Every); 4] =
    [("month", Every::Month), ("quarter", Every::Quarter), ("half_year", Every::HalfYear), ("year", Every::Year)];
const OWNERS: [(&str, Boundary); 2] = [("above", Boundary::Above), ("below", Boundary::Below)];
const SHAPES: [(&str, BandShape); 4] = [
    ("marginal", BandShape::Marginal),
    ("whole_volume", BandShape::WholeVolume),
    ("sum_capped", BandShape::SumCapped),
    ("sum_whole", BandShape::SumWhole),
];

impl Decoder<'_> {
    pub(super) fn rebate(
        &mut self,
        program: &Program,
        sales: &SalesDefaults,
        name: &str,
        node: &Node,
        path: &str,
    ) -> Option<Rebate> {
        let rounding_path = below(path, "rounding");
        let rounding = self.rounding(node.get("rounding"), &rounding_path, program.currency, program.rounding);
        let measure = |decoder: &mut Self, node: Option<&Node>, path: String| {
            node.and_then(|node| decoder.measure(program, sales, rounding, node, &path))
        };
        let counted = measure(self, node.get("measure"), below(path, "measure"));
        let base = measure(self, node.get("pays_on"), below(path, "pays_on"));
        let schedule = node.get("schedule");
        let second_path = below(&below(path, "schedule"), "columns_by");
        let second = measure(self, schedule.and_then(|schedule| schedule.get("columns_by")), second_path);
        let eligible = self.eligible(program, node.get("for"), &below(path, "for"));
        let cap = node.get("cap");
        let payout_cap = self.whole_minor(program, cap.and_then(|cap| cap.get("payout")), &below(path, "cap.payout"));
        let floor = node.get("floor").and_then(|floor| floor.get("payout"));
        let payout_floor = self.whole_minor(program, floor, &below(path, "floor.payout"));
        if let (Some(floor_at), Some(cap), Some(least)) = (floor, payout_cap, payout_floor)
            && least > cap
        {
            let message = format!("the floor {least} lies above the cap {cap}");
            mistake(
                self.findings,
                floor_at.at,
                &below(path, "floor.payout"),
                "floor_above_cap",
                message,
                "lower one or raise the other",
            );
        }
        let counted = counted?;
        let base = base.filter(|base| *base != counted);
        let schedule_path = below(path, "schedule");
        let schedule = self.schedule(program, &counted, base.as_ref(), schedule?, &schedule_path)?;
        let base_cap: Option<Scaled> = value(cap.and_then(|cap| cap.get("base")));
        if let (Some(limit), Some(at)) = (base_cap, cap)
            && limit.exactly(schedule.digits()).is_err()
        {
            let message = format!("{limit} has more digits than measures keep");
            mistake(
                self.findings,
                at.at,
                &below(path, "cap.base"),
                "too_many_digits",
                message,
                "raise `sales.digits` or cut it",
            );
        }
        Some(Rebate {
            name: Name::new(name).ok()?,
            title: value(node.get("title")).unwrap_or_else(|| name.to_owned()),
            eligible,
            measure: counted,
            base,
            second,
            every: word(node.get("every"), &CADENCES)?,
            schedule,
            base_cap,
            payout_cap,
            payout_floor,
            rounding,
            currency: program.currency,
        })
    }

    fn eligible(&mut self, program: &Program, node: Option<&Node>, path: &str) -> Eligible {
        let Some(node) = node else { return Eligible::default() };
        let types = program.partner_types.iter();
        let territories = program.territories.keys();
        Eligible {
            partner_types: self.refer_all(
                node.get("partner_type"),
                &below(path, "partner_type"),
                "partner type",
                types,
            ),
            territories: self.refer_all(node.get("territory"), &below(path, "territory"), "territory", territories),
            partners: texts(node.get("partner")),
            except: texts(node.get("except")).unwrap_or_default(),
        }
    }

    /// A limit on owed money, which must itself be owable.
    fn whole_minor(&mut self, program: &Program, node: Option<&Node>, path: &str) -> Option<Scaled> {
        let limit: Scaled = value(node)?;
        if let Err(error) = Money::exactly(limit, program.currency) {
            let advice = "write an amount in whole minor units of the program's currency";
            mistake(self.findings, node?.at, path, "bad_value", error.to_string(), advice);
        }
        Some(limit)
    }

    fn schedule(
        &mut self,
        program: &Program,
        measure: &Measure,
        base: Option<&Measure>,
        node: &Node,
        path: &str,
    ) -> Option<Schedule> {
        let paid_on = base.unwrap_or(measure);
        let pay = |decoder: &mut Self, node: &Node, path: &str| decoder.pay(paid_on.of, node, path);
        let form = match node.get("shape")?.text()? {
            "interpolated" => {
                let points = node.get("points")?.items().iter();
                Form::Interpolated {
                    points: points
                        .map(|point| Some((value(point.get("at"))?, value(point.get("rate"))?)))
                        .collect::<Option<_>>()?,
                }
            }
            "per_step" => Form::PerStep { step: value(node.get("step"))?, pays: self.step_pay(node, path)? },
            "target" => Form::Target {
                target: self.target(program, node.get("target")?, &below(path, "target"))?,
                pays: pay(self, node, path)?,
            },
            "matrix" => Form::Matrix {
                rows: numbers(node.get("rows")?)?,
                columns: numbers(node.get("columns")?)?,
                rates: node.get("rates")?.items().iter().map(rates).collect::<Option<_>>()?,
            },
            _ => {
                let shape = word(node.get("shape"), &SHAPES)?;
                let bands: Vec<Option<Band>> = node
                    .get("bands")?
                    .items()
                    .iter()
                    .enumerate()
                    .map(|(at, band)| {
                        let path = format!("{path}.bands[{at}]");
                        let back_to_first =
                            band.get("back_to_first").and_then(Node::text).and_then(yes_no).unwrap_or(false);
                        if back_to_first && shape != BandShape::Marginal {
                            let message = "only a band of a marginal schedule goes back to the first unit";
                            mistake(
                                self.findings,
                                band.at,
                                &path,
                                "back_to_first",
                                message,
                                "the other shapes say by themselves what they pay on",
                            );
                        }
                        Some(Band {
                            from: value(band.get("from"))?,
                            until: value(band.get("until")),
                            pays: pay(self, band, &path)?,
                            back_to_first,
                        })
                    })
                    .collect();
                if base.is_some() && matches!(shape, BandShape::Marginal | BandShape::SumCapped) {
                    let message = "this shape pays on parts of the measure itself, so it cannot pay on something else";
                    mistake(
                        self.findings,
                        node.at,
                        path,
                        "base_apart",
                        message,
                        "drop `pays_on`, or use `whole_volume` or `sum_whole`",
                    );
                }
                Form::Bands {
                    shape,
                    boundary: word(node.get("boundary"), &OWNERS).unwrap_or_default(),
                    bands: bands.into_iter().collect::<Option<_>>()?,
                }
            }
        };
        let built = Schedule::new(form, program.sales.digits);
        built.map_err(|error| self.schedule_error(node, path, &error)).ok()
    }

    fn schedule_error(&mut self, node: &Node, path: &str, error: &ScheduleError) {
        let (code, advice) = match error {
            ScheduleError::Number(_) => ("too_many_digits", "cut digits, or raise `sales.digits`"),
            ScheduleError::TooFew { .. } => ("too_few", "add the missing ones"),
            ScheduleError::NotRising { .. } => {
                ("not_rising", "list them lowest first, each once, and let each end above its beginning")
            }
            ScheduleError::NoStep => ("bad_value", "write the size of a full step"),
            ScheduleError::Ragged { .. } => ("ragged", "give a row of rates for each row and a rate for each column"),
        };
        mistake(self.findings, self.blame(node, error), path, code, error.to_string(), advice);
    }

    /// The item that a schedule error is about, as near as its numbers tell.
    fn blame(&self, node: &Node, error: &ScheduleError) -> Position {
        let ScheduleError::NotRising { next, .. } = error else { return node.at };
        let lists = ["bands", "points", "rows", "columns"].into_iter().filter_map(|key| node.get(key));
        let mut items = lists.flat_map(Node::items).rev();
        let is_next = |item: &&Node| {
            let scalars = [Some(*item), item.get("from"), item.get("until"), item.get("at")];
            scalars.into_iter().any(|scalar| value::<Scaled>(scalar) == Some(*next))
        };
        items.find(is_next).map_or(node.at, |item| item.at)
    }

    /// Exactly one of rate, per_unit and amount, of a kind that fits what it is paid on.
    fn pay(&mut self, on: Quantity, node: &Node, path: &str) -> Option<Pay> {
        let given: Vec<&str> =
            ["rate", "per_unit", "amount"].into_iter().filter(|key| node.get(key).is_some()).collect();
        let [key] = given.as_slice() else {
            let message = if given.is_empty() {
                "nothing says what is paid".to_owned()
            } else {
                format!("{} stand together", given.join(" and "))
            };
            mistake(
                self.findings,
                node.at,
                path,
                "one_pay",
                message,
                "write exactly one of `rate`, `per_unit` and `amount`",
            );
            return None;
        };
        let at = node.get(key)?;
        match *key {
            "rate" if !on.is_money() => {
                let message = "a rate is a share of money, but units are counted here";
                mistake(
                    self.findings,
                    at.at,
                    &below(path, key),
                    "rate_on_units",
                    message,
                    "write `per_unit` or `amount`, or pay on revenue",
                );
                None
            }
            "per_unit" if on.is_money() => {
                let message = "money per unit needs a count of units, but money is counted here";
                mistake(
                    self.findings,
                    at.at,
                    &below(path, key),
                    "per_unit_on_money",
                    message,
                    "write `rate` or `amount`, or pay on units",
                );
                None
            }
            "rate" => value(Some(at)).map(Pay::Rate),
            "per_unit" => value(Some(at)).map(Pay::PerUnit),
            _ => value(Some(at)).map(Pay::Amount),
        }
    }

    fn step_pay(&mut self, node: &Node, path: &str) -> Option<StepPay> {
        match (node.get("amount"), node.get("free_units")) {
            (Some(amount), None) => value(Some(amount)).map(StepPay::Amount),
            (None, Some(units)) => value(Some(units)).map(StepPay::FreeUnits),
            _ => {
                let message = "a step pays either money or goods";
                mistake(
                    self.findings,
                    node.at,
                    path,
                    "one_pay",
                    message,
                    "write exactly one of `amount` and `free_units`",
                );
                None
            }
        }
    }

    fn target(&mut self, program: &Program, node: &Node, path: &str) -> Option<Target> {
        if let Some(fixed) = value(Some(node)) {
            return Some(Target::Fixed(fixed));
        }
        let (table_at, column_at) = (node.get("table")?, node.get("column")?);
        let table = self.refer(table_at, &below(path, "table"), "table", program.tables.keys())?;
        let outline = program.tables.get(&table)?;
        let column = self.refer(column_at, &below(path, "column"), "column", outline.columns.keys())?;
        if outline.key.contains(&TableKey::Sku) || outline.columns.get(&column) == Some(&ColumnKind::Rate) {
            let message = format!("`{table}` does not hold a target for a partner");
            let advice =
                "a table of targets is found by partner, period or both, and the column holds money or a number";
            mistake(self.findings, node.at, path, "bad_table", message, advice);
        }
        Some(Target::Table { table, column })
    }
}

fn numbers(node: &Node) -> Option<Vec<Scaled>> {
    node.items().iter().map(|item| value(Some(item))).collect()
}

fn rates(node: &Node) -> Option<Vec<Rate>> {
    node.items().iter().map(|item| value(Some(item))).collect()
}
