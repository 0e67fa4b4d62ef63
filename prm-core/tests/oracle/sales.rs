//! Random lines, as the model sees them and as the engine takes them.

use chrono::{Datelike as _, Days, NaiveDate};
use prm_core::incentive::line::{ChannelStep, LineKey, LineKind, Motion, SaleLine};
use prm_core::scaled::Scaled;

use super::document::partner;
use super::drawn::{Drawn, after, date};
use super::fraction::Fraction;

/// A document, and a line of it; without one the line is nobody else's.
pub(crate) type Key = (usize, bool);

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Line {
    pub(crate) batch: usize,
    pub(crate) key: Key,
    pub(crate) told: Told,
}

/// What a line says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Told {
    pub(crate) kind: LineKind,
    pub(crate) reverses: Option<Key>,
    pub(crate) original: Option<NaiveDate>,
    pub(crate) order: NaiveDate,
    pub(crate) invoice: Option<NaiveDate>,
    pub(crate) buyer: usize,
    pub(crate) seller: usize,
    pub(crate) sku: &'static str,
    pub(crate) sell_out: bool,
    pub(crate) euro: bool,
    /// Units with their digits.
    pub(crate) net: (i128, u8),
    pub(crate) quantity: i128,
    pub(crate) renewal: bool,
    pub(crate) registered: bool,
    pub(crate) account: Option<&'static str>,
    /// The country and region that it was shipped to.
    pub(crate) shipped_to: (Option<&'static str>, Option<&'static str>),
}

fn day(drawn: &mut Drawn<'_>) -> NaiveDate {
    let (begin, offset) = (date(2025, 1, 1), drawn.below(640));
    let day = match offset.checked_sub(440) {
        None => after(begin, offset),
        Some(before) => begin.checked_sub_days(Days::new(u64::try_from(before).unwrap() + 1)).unwrap(),
    };
    // Often the first day of a month: there bounds of time lie.
    if offset % 4 == 3 { day.with_day(1).unwrap() } else { day }
}

fn amount(drawn: &mut Drawn<'_>) -> (i128, u8) {
    match drawn.below(6) {
        0 => (drawn.whole(20) * 500, 0),
        1 | 2 => (drawn.whole(65_000) * 16 + drawn.whole(16), 2),
        3 => (drawn.whole(60_000) * 7919, 7),
        4 => (drawn.whole(9_999), 0),
        _ => (drawn.whole(60_000) * 99_991, 8),
    }
}

impl Told {
    /// Draws what a line says; `known` are the keys of those before it.
    fn draw(drawn: &mut Drawn<'_>, known: &[Line], partners: usize) -> Self {
        let kind = match drawn.below(12) {
            0..=6 => LineKind::Sale,
            7 | 8 => LineKind::Return,
            9 => LineKind::PriceCorrection,
            10 => drawn.pick(&[LineKind::Rebill, LineKind::BadDebt]),
            _ => drawn.pick(&[LineKind::Return, LineKind::FreeGoods]),
        };
        let sign = match kind {
            LineKind::Return | LineKind::BadDebt => -1,
            LineKind::PriceCorrection if drawn.one_in(2) => -1,
            _ => 1,
        };
        let ((net, digits), quantity) = (amount(drawn), drawn.whole(12));
        let (own, lies) = (day(drawn), drawn.below(5));
        let (order, invoice) = match lies {
            4 => (own, None),
            days => (own, Some(after(own, days * 9))),
        };
        let takes_back = kind != LineKind::Sale && kind != LineKind::FreeGoods;
        let (target, rest) = (drawn.below(31), drawn.below(8));
        // Mostly a line that came before; at times the last that takes one back itself, one that comes later, itself, or none
        // that ever comes.
        let target = match rest {
            0..4 => known.get(target % known.len().max(1)).map(|line| line.key),
            4..6 => known.iter().rfind(|line| line.told.reverses.is_some()).map(|line| line.key),
            _ => Some((target, true)),
        };
        let reverses = target.filter(|_| takes_back && drawn.below(4) > 0);
        // At times just as long ago as the month of a sale can be reopened.
        let long_ago = |days| invoice.unwrap_or(order).checked_sub_days(Days::new(days));
        let original = match drawn.below(8) {
            6 if takes_back => Some(day(drawn)),
            7 if takes_back => long_ago(drawn.pick(&[1, 32])),
            _ => None,
        };
        Self {
            kind,
            reverses,
            original,
            order,
            invoice,
            buyer: drawn.below(partners),
            seller: drawn.below(partners),
            sku: drawn.pick(&["bike", "part", "tyre", "book"]),
            sell_out: drawn.one_in(9),
            euro: drawn.one_in(4),
            net: (sign * net, digits),
            quantity: sign * quantity,
            renewal: drawn.one_in(3),
            registered: drawn.one_in(3),
            account: drawn.pick(&[None, Some("A-1"), Some("A+2"), Some("A-3")]),
            shipped_to: drawn.pick(&[
                (None, None),
                (Some("NO"), Some("N1")),
                (Some("SE"), None),
                (Some("DE"), Some("N1")),
            ]),
        }
    }

    pub(crate) fn amount(&self, units: bool) -> Fraction {
        if units { Fraction::whole(self.quantity) } else { Fraction::decimal(self.net.0, u32::from(self.net.1)) }
    }
}

/// Lines by batch. At times one repeats or corrects another.
pub(crate) fn draw(lines: &[Vec<u16>], partners: usize, simple: bool) -> Vec<Line> {
    let mut known: Vec<Line> = Vec::new();
    for (at, numbers) in lines.iter().enumerate() {
        let drawn = &mut Drawn::new(numbers);
        let (batch, style, other) = (drawn.below(3), drawn.below(12), drawn.below(31));
        let told = Told::draw(drawn, &known, partners);
        let earlier = known.get(other % known.len().max(1)).cloned();
        let line = match (style, earlier) {
            (11, Some(earlier)) if !simple => Line { batch, ..earlier },
            (10, Some(earlier)) if !simple => Line { batch, key: earlier.key, told },
            // Another date, or another amount, of the same kind.
            (9, Some(Line { key, told: before, .. })) if !simple => {
                let told = if before.kind == told.kind {
                    Told { order: told.order, net: told.net, ..before }
                } else {
                    Told { order: told.order, ..before }
                };
                Line { batch, key, told }
            }
            (8, _) => Line { batch, key: (at, false), told },
            _ => Line { batch, key: (at, true), told },
        };
        known.push(line);
    }
    known.sort_by_key(|line| line.batch);
    known
}

pub(crate) fn key((document, has_line): Key) -> LineKey {
    let line = has_line.then(|| "1".parse().unwrap());
    LineKey { document: format!("D{document}").parse().unwrap(), line }
}

impl Line {
    pub(crate) fn built(&self) -> SaleLine {
        let told = &self.told;
        let currency = if told.euro { "EUR" } else { "USD" };
        let mut line = SaleLine::new(key(self.key), told.kind, told.sku.parse().unwrap(), currency.parse().unwrap());
        line.reverses = told.reverses.map(key);
        line.original_date = told.original;
        line.dates.order = Some(told.order);
        line.dates.invoice = told.invoice;
        line.buyer = Some(partner(told.buyer).parse().unwrap());
        line.seller = Some(partner(told.seller).parse().unwrap());
        line.step = if told.sell_out { ChannelStep::SellOut } else { ChannelStep::SellIn };
        line.amounts.net = Some(Scaled::new(told.net.0, told.net.1));
        line.quantity = Some(Scaled::new(told.quantity, 0));
        line.motion = told.renewal.then_some(Motion::Renewal);
        line.registration = told.registered.then(|| "REG-1".parse().unwrap());
        line.account = told.account.map(|account| account.parse().unwrap());
        let (country, region) = told.shipped_to;
        line.ship_to_country = country.map(str::to_owned);
        line.ship_to_region = region.map(str::to_owned);
        line
    }

    /// The line in one line, for people.
    pub(crate) fn text(&self) -> String {
        let Told { kind, reverses, original, order, invoice, buyer, seller, sku, quantity, .. } = &self.told;
        let mut text = format!("{} {kind:?} of {quantity} {sku} for ", key(self.key));
        text += &format!("{} {}", self.told.amount(false), if self.told.euro { "EUR" } else { "USD" });
        text += &format!(", {} from {}, ordered {order}", partner(*buyer), partner(*seller));
        text += &invoice.map_or(String::new(), |invoice| format!(", invoiced {invoice}"));
        text += &reverses.map_or(String::new(), |reverses| format!(", takes back {}", key(reverses)));
        text += &original.map_or(String::new(), |original| format!(", of a sale on {original}"));
        for (is, word) in
            [(self.told.sell_out, "sell-out"), (self.told.renewal, "renewal"), (self.told.registered, "registered")]
        {
            if is {
                text += &format!(", {word}");
            }
        }
        format!("batch {}: {text}", self.batch)
    }
}
