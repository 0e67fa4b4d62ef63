//! Batches at random, the same for a seed everywhere: few documents and few values, so that they meet often.

use prm_core::incentive::line::{LineKind, SaleLine};
use prm_core::scaled::Scaled;

use super::setting;
use super::shop::{Sent, back, day, key, revised, sale};

/// How many seeds a law is tried with: `PRM_SUITE_SEEDS`, or 60.
pub(super) fn seeds() -> std::ops::Range<u64> {
    0..setting("PRM_SUITE_SEEDS", 60) as u64
}

/// Numbers that look like chance: a xorshift register.
pub(super) struct Chance(u64);

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        // Seeds that follow each other must not begin alike, and the register must not be zero.
        Self(seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(super) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        // The low bits of a xorshift register are its weakest.
        usize::try_from(self.0 >> 33).unwrap() % limit
    }

    pub(super) fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    pub(super) fn pick<'t, T>(&mut self, from: &'t [T]) -> &'t T {
        &from[self.below(from.len())]
    }
}

/// What is sent, in order: new batches and parts of them, batches sent again, higher and lower revisions, and now
/// and then a batch whose lines are not those that were received.
pub(super) fn sends(chance: &mut Chance) -> Vec<Sent> {
    let count = 3 + chance.below(6);
    let mut sends: Vec<Sent> = Vec::new();
    for number in 0..count {
        let next = match chance.below(12) {
            _ if sends.is_empty() => batch(chance, &sends, number),
            0 | 1 => chance.pick(&sends).clone(),
            2..=4 => revision(chance, &sends),
            5 => other_part(chance, &sends),
            6 if chance.one_in(3) => Sent { lines: lines(chance, &sends), ..chance.pick(&sends).clone() },
            _ => batch(chance, &sends, number),
        };
        sends.push(next);
    }
    sends
}

fn batch(chance: &mut Chance, before: &[Sent], number: usize) -> Sent {
    let mut sent = revised(&format!("b{number}"), 0, lines(chance, before));
    // Another source may use the same document numbers: they are not the same documents.
    if chance.one_in(8) {
        sent.batch.source = "pos".parse().unwrap();
    }
    sent
}

/// Another revision of a batch: mostly the next, and mostly with some of its lines as they were.
fn revision(chance: &mut Chance, before: &[Sent]) -> Sent {
    let mut sent = chance.pick(before).clone();
    match sent.batch.revision {
        1.. if chance.one_in(5) => sent.batch.revision -= 1,
        _ => sent.batch.revision += u32::try_from(1 + chance.below(2)).unwrap(),
    }
    sent.lines.retain(|_| !chance.one_in(3));
    match chance.below(4) {
        0 => sent.lines.clear(),
        1 => {}
        _ => sent.lines.extend(lines(chance, before)),
    }
    sent
}

fn other_part(chance: &mut Chance, before: &[Sent]) -> Sent {
    let mut sent = Sent { lines: lines(chance, before), ..chance.pick(before).clone() };
    sent.batch.part += 1;
    sent
}

fn lines(chance: &mut Chance, before: &[Sent]) -> Vec<SaleLine> {
    let known: Vec<&SaleLine> = before.iter().flat_map(|sent| &sent.lines).collect();
    (0..1 + chance.below(5)).map(|_| one_line(chance, &known)).collect()
}

/// A line that was sent before, another version of one, or a new one.
fn one_line(chance: &mut Chance, known: &[&SaleLine]) -> SaleLine {
    match chance.below(4) {
        0 if !known.is_empty() => (*chance.pick(known)).clone(),
        1 if !known.is_empty() => {
            let mut line = new_line(chance);
            line.key = chance.pick(known).key.clone();
            line
        }
        _ => new_line(chance),
    }
}

const DAYS: [&str; 9] = [
    "2024-12-30",
    "2025-01-31",
    "2025-02-01",
    "2025-03-31",
    "2025-04-01",
    "2025-06-15",
    "2025-09-30",
    "2025-12-31",
    "2026-01-02",
];

fn new_line(chance: &mut Chance) -> SaleLine {
    let (at, on) = (some_key(chance), *chance.pick(&DAYS));
    let net = *chance.pick(&["0", "10", "99.995", "250", "1000.50"]);
    let mut line = match chance.below(10) {
        0..=5 => sale(&at, net, on),
        6..=8 => back(&at, &some_key(chance), &format!("-{net}"), on),
        _ => back(&at, &some_key(chance), net, on),
    };
    match (line.kind, line.amounts.net.is_some_and(Scaled::is_negative)) {
        // What was taken back and charged anew.
        (LineKind::Return, false) => (line.kind, line.quantity) = (LineKind::Rebill, Some(Scaled::new(1, 0))),
        (LineKind::Return, true) if chance.one_in(4) => line.kind = LineKind::PriceCorrection,
        _ => {}
    }
    if line.reverses.is_some() && chance.one_in(6) {
        line.original_date = Some(day(chance.pick::<&str>(&DAYS)));
    } else if chance.one_in(10) {
        // A line of any kind may take back another, or a return not say which.
        line.reverses = line.reverses.xor(Some(key(&some_key(chance))));
    }
    let buyer = if chance.one_in(12) { "nobody" } else { *chance.pick(&["p1", "p2", "p3"]) };
    line.buyer = Some(buyer.parse().unwrap());
    line.sku = if chance.one_in(12) { "unknown" } else { *chance.pick(&["bike", "part"]) }.parse().unwrap();
    // For yen there is no rate.
    line.currency = if chance.one_in(15) { "JPY" } else { *chance.pick(&["USD", "EUR"]) }.parse().unwrap();
    line.dates.order = Some(day(chance.pick::<&str>(&DAYS))).filter(|_| !chance.one_in(8));
    line
}

/// One of few keys; some without a line number.
fn some_key(chance: &mut Chance) -> String {
    let document = chance.below(6);
    match chance.below(8) {
        0 => format!("SO{document}"),
        line => format!("SO{document}/{}", 1 + line % 2),
    }
}
