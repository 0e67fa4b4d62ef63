//! The block of a schedule.

use super::super::finding::Position;
use super::super::grammar::{below, mistake, yes_no};
use super::super::tree::Node;
use super::{Decoder, value, word};
use crate::incentive::measure::{Measure, Quantity};
use crate::incentive::schedule::{Band, BandShape, Boundary, Form, Pay, Schedule, ScheduleError, Target};
use crate::program::Program;
use crate::program::tables::{ColumnKind, TableKey};
use crate::rate::Rate;
use crate::scaled::Scaled;

const OWNERS: [(&str, Boundary); 2] = [("above", Boundary::Above), ("below", Boundary::Below)];
const SHAPES: [(&str, BandShape); 4] = [
    ("marginal", BandShape::Marginal),
    ("whole_volume", BandShape::WholeVolume),
    ("sum_capped", BandShape::SumCapped),
    ("sum_whole", BandShape::SumWhole),
];

/// The keys of which exactly one says what is paid.
const PAYS: [&str; 3] = ["rate", "per_unit", "amount"];
/// The keys of a band and of a target.
const BAND_KEYS: [&str; 8] = ["from", "until", "rate", "per_unit", "amount", "back_to_first", "shape", "target"];

impl Decoder<'_> {
    pub(super) fn schedule(
        &mut self,
        program: &Program,
        (measure, base, is_relative): (&Measure, Option<&Measure>, bool),
        whole_growth: bool,
        node: &Node,
        path: &str,
    ) -> Option<Schedule> {
        let is_apart = base.is_some() || whole_growth;
        let paid_on = base.unwrap_or(measure);
        let pay = |decoder: &mut Self, node: &Node, path: &str| decoder.pay(paid_on.of, node, path);
        let form = match node.get("shape")?.text()? {
            "interpolated" => {
                self.takes_rates(paid_on.of, node.get("points")?, &below(path, "points"));
                let points = node.get("points")?.items().iter();
                Form::Interpolated {
                    points: points
                        .map(|point| Some((self.bound(point.get("at"), is_relative, path)?, value(point.get("rate"))?)))
                        .collect::<Option<_>>()?,
                }
            }
            "per_step" => Form::PerStep { step: value(node.get("step"))?, pays: self.step_pay(node, path)? },
            "target" => Form::Target {
                target: self.target(program, node.get("target")?, &below(path, "target"))?,
                pays: pay(self, node, path)?,
            },
            "matrix" => {
                self.takes_rates(paid_on.of, node.get("rates")?, &below(path, "rates"));
                Form::Matrix {
                    rows: values(node.get("rows")?)?,
                    columns: values(node.get("columns")?)?,
                    rates: node.get("rates")?.items().iter().map(values).collect::<Option<_>>()?,
                }
            }
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
                            from: self.bound(band.get("from"), is_relative, &below(&path, "from"))?,
                            until: self.bound(band.get("until"), is_relative, &below(&path, "until")),
                            pays: pay(self, band, &path)?,
                            back_to_first,
                        })
                    })
                    .collect();
                if is_apart && matches!(shape, BandShape::Marginal | BandShape::SumCapped) {
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
        let digits = program.sales.digits;
        let built = if is_relative { Schedule::relative(form, digits) } else { Schedule::new(form, digits) };
        built.map_err(|error| self.schedule_error(node, path, &error)).ok()
    }

    /// A bound: a value of the measure, or where there is a target or baseline a share of it.
    fn bound(&mut self, node: Option<&Node>, relative: bool, path: &str) -> Option<Scaled> {
        let node = node?;
        let (value, share): (Option<Scaled>, Option<Rate>) = (value(Some(node)), value(Some(node)));
        match (relative, value, share) {
            (false, Some(value), _) => Some(value),
            (true, _, Some(share)) => Some(share.fraction()),
            // What is neither has its finding already.
            (_, None, None) => None,
            (relative, ..) => {
                let (message, advice) = match relative {
                    true => ("a share of the target or baseline stands here", "write it with its unit, such as `20 %`"),
                    false => ("a value of the measure stands here", "write a number, or measure against a target"),
                };
                mistake(self.findings, node.at, path, "bound_kind", message, advice);
                None
            }
        }
    }

    fn schedule_error(&mut self, node: &Node, path: &str, error: &ScheduleError) {
        let (code, advice) = match error {
            ScheduleError::Number(_) => ("too_many_digits", "cut digits, or raise `sales.digits`"),
            ScheduleError::TooFew { .. } => ("too_few", "add the missing ones"),
            ScheduleError::NotRising { .. } => {
                ("not_rising", "list them lowest first, each once, and let each end above its beginning")
            }
            ScheduleError::NotRelative => (
                "not_relative",
                "use bands or points, or drop `against` and `growth_of`: other shapes know no shares of a target",
            ),
            ScheduleError::NoStep => ("zero_step", "write the size of a full step"),
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
        let mut given = PAYS.into_iter().filter(|key| node.get(key).is_some());
        let (Some(key), None) = (given.next(), given.next()) else {
            // A misspelt key has its own finding; that nothing is paid follows from it.
            let misspelt = node.entries().iter().any(|(key, _)| !BAND_KEYS.contains(&key.text.as_str()));
            if !misspelt {
                let message = "exactly one thing must be paid";
                let advice = "write one of `rate`, `per_unit` and `amount`";
                mistake(self.findings, node.at, path, "one_pay", message, advice);
            }
            return None;
        };
        let at = node.get(key)?;
        match key {
            "rate" if !self.takes_rates(on, at, &below(path, key)) => None,
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

    /// Whether a rate can be paid on the quantity: it is a share of money.
    fn takes_rates(&mut self, on: Quantity, at: &Node, path: &str) -> bool {
        if !on.is_money() {
            let message = "a rate is a share of money, but units are counted here";
            let advice = "write `per_unit` or `amount`, or pay on revenue";
            mistake(self.findings, at.at, path, "rate_on_units", message, advice);
        }
        on.is_money()
    }

    fn step_pay(&mut self, node: &Node, path: &str) -> Option<Pay> {
        match (node.get("amount"), node.get("free_units")) {
            (Some(amount), None) => value(Some(amount)).map(Pay::Amount),
            (None, Some(units)) => value(Some(units)).map(Pay::FreeUnits),
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

    pub(super) fn target(&mut self, program: &Program, node: &Node, path: &str) -> Option<Target> {
        if let Some(fixed) = value(Some(node)) {
            return Some(Target::Fixed(fixed));
        }
        let (table_at, column_at) = (node.get("table")?, node.get("column")?);
        let table = self.refer(table_at, &below(path, "table"), "table", &program.tables)?;
        let outline = program.tables.get(&table)?;
        let column = self.refer(column_at, &below(path, "column"), "column", &outline.columns)?;
        if outline.key.contains(&TableKey::Sku) || outline.columns.get(&column) == Some(&ColumnKind::Rate) {
            let message = format!("`{table}` does not hold a target for a partner");
            let advice =
                "a table of targets is found by partner, period or both, and the column holds money or a number";
            mistake(self.findings, node.at, path, "bad_table", message, advice);
        }
        Some(Target::Table { table, column })
    }
}

fn values<T: std::str::FromStr>(node: &Node) -> Option<Vec<T>> {
    node.items().iter().map(|item| value(Some(item))).collect()
}
