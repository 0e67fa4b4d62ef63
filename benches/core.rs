//! Folding typed lines, one rebate amount, one explanation, checking a document, where partners stand, commissions, many
//! kinds of incentives together.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a bench that cannot begin should stop; criterion's macros have no docs"
)]

use std::collections::BTreeMap;
use std::hint::black_box;

use chrono::NaiveDate;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use prm_benches::{Input, PROGRAM, input};
use prm_core::calendar::Every;
use prm_core::id::PartnerId;
use prm_core::incentive::commission::{CommissionBasis, CommissionFacts, Payment, award, owed};
use prm_core::incentive::explain::{Basis, explain};
use prm_core::incentive::fold::{Facts, Finished, Fold};
use prm_core::incentive::line::{BatchKey, LineKey, LineKind, Motion, SaleLine};
use prm_core::incentive::mdf::FundPartner;
use prm_core::incentive::paying::Paying;
use prm_core::incentive::schedule::Reading;
use prm_core::incentive::settlement::due;
use prm_core::partner::Partner;
use prm_core::program::Program;
use prm_core::program::tables::Tables;
use prm_core::scaled::Scaled;
use prm_core::tier::standing::{month_ends, standing};

fn batch() -> BatchKey {
    BatchKey::new("bench".parse().unwrap(), "one".parse().unwrap())
}

fn folded(input: &Input, remembering: bool) -> Finished {
    let facts = Facts::new(&input.partners).products(&input.products);
    let mut fold = Fold::new(&input.program, facts, batch()).unwrap();
    if remembering {
        fold = fold.remembering();
    }
    for line in &input.lines {
        fold.add(line).unwrap();
    }
    fold.finish().unwrap()
}

fn fold(criterion: &mut Criterion) {
    let input = input(500_000).unwrap();
    let mut group = criterion.benchmark_group("fold");
    group.throughput(Throughput::Elements(input.lines.len() as u64));
    group.sample_size(20);
    group.bench_function("lines", |bencher| bencher.iter(|| folded(black_box(&input), false)));
    group.bench_function("lines, remembered", |bencher| bencher.iter(|| folded(black_box(&input), true)));
    group.finish();
}

fn pay(criterion: &mut Criterion) {
    let input = input(20_000).unwrap();
    let mut group = criterion.benchmark_group("pay");
    for name in ["whole", "marginal", "line"] {
        let rebate = input.program.rebate(name).unwrap();
        let reading = Reading::new(123_456_789_012);
        group.bench_function(format!("amount, {name}"), |bencher| {
            bencher.iter(|| rebate.amount(black_box(&reading)).unwrap());
        });
    }
    let sums = folded(&input, false);
    let tables = Tables::new();
    let basis = Basis::new(&input.program, &sums.partials, &tables);
    let partner = input.partners.values().next().unwrap();
    let quarter = input.program.calendar().period_of("2025-05-05".parse().unwrap(), Every::Quarter).unwrap();
    group.bench_function("explanation", |bencher| {
        bencher.iter(|| explain(black_box(basis), "marginal", partner, &quarter).unwrap());
    });
    group.bench_function("check a document", |bencher| bencher.iter(|| Program::check(black_box(PROGRAM))));
    group.finish();
}

const TIERS: &str = "
format: 1
program: Bench
version: '1'
effective: { from: 2012-01-01 }
currency: USD
tiers:
  review: { every: month, promote: at_review }
  levels:
    - name: registered
    - { name: silver, requires: { all: [{ metric: net_revenue, over: trailing 12 months, at_least: 20000 }, { metric: units, over: trailing 12 months, at_least: 20 }] } }
    - { name: gold, requires: { all: [{ metric: net_revenue, over: trailing 12 months, at_least: 40000 }, { metric: units, over: trailing 12 months, at_least: 40 }] } }
";

/// 5,000 partners that sell something in each of 24 months: where they stand at twelve month ends, and one of them.
fn tiers(criterion: &mut Criterion) {
    let program = Program::read(TIERS).unwrap();
    let ids = (0..5_000).map(|at| format!("partner-{at:05}").parse().unwrap());
    let partners: BTreeMap<PartnerId, Partner> = ids.map(|id: PartnerId| (id.clone(), Partner::new(id, "x"))).collect();
    let mut random = fastrand::Rng::with_seed(7);
    let mut fold = Fold::new(&program, Facts::new(&partners), batch()).unwrap();
    for (month, id) in (0..24_u32).flat_map(|month| partners.keys().map(move |id| (month, id))) {
        let document = format!("D{month}-{id}").parse().unwrap();
        let key = LineKey { document, line: Some("1".parse().unwrap()) };
        let mut line = SaleLine::new(key, LineKind::Sale, "sku".parse().unwrap(), "USD".parse().unwrap());
        line.buyer = Some(id.clone());
        line.dates.invoice = NaiveDate::from_ymd_opt(if month < 12 { 2012 } else { 2013 }, month % 12 + 1, 15);
        line.quantity = Some(Scaled::new(random.i128(0..9), 0));
        line.amounts.net = Some(Scaled::new(random.i128(0..800_000), 2));
        fold.add(&line).unwrap();
    }
    let sums = fold.finish().unwrap().partials;
    let basis = prm_core::tier::Basis::new(&program, &sums, &partners).unwrap();
    let days: Vec<NaiveDate> = (1..=12)
        .map(|month| NaiveDate::from_ymd_opt(2013, month, 1).unwrap() + chrono::Months::new(1) - chrono::Days::new(1))
        .collect();
    let mut group = criterion.benchmark_group("tiers");
    group.bench_function("month ends", |bencher| bencher.iter(|| month_ends(black_box(&basis), &days).unwrap()));
    let partner = partners.values().next().unwrap();
    group.bench_function("standing", |bencher| {
        bencher.iter(|| standing(black_box(&basis), partner, &[], days[11]).unwrap());
    });
    group.finish();
}

const COMMISSION: &str = "
format: 1
program: Bench
version: '1'
effective: { from: 2025-01-01 }
currency: USD
incentives:
  referral:
    kind: commission
    of: billings
    rates: [{ motion: new, rate: 20 % }, { rate: 10 % }]
    recurs: 12 months
    released: payment
    hold: 30 days
    runs: { day: 13, covers: month_before, minimum: 5 }
    clawback: 90 days
";

/// 100,000 subscriptions of 1,000 partners, billed and paid in each of twelve months; one bill in fifty is credited.
fn commissions(criterion: &mut Criterion) {
    let program = Program::read(COMMISSION).unwrap();
    let ids = (0..1_000).map(|at| format!("partner-{at:05}").parse().unwrap());
    let partners: BTreeMap<PartnerId, Partner> = ids.map(|id: PartnerId| (id.clone(), Partner::new(id, "x"))).collect();
    let ids: Vec<&PartnerId> = partners.keys().collect();
    let (sku, usd) = ("plan".parse::<prm_core::id::Sku>().unwrap(), "USD".parse().unwrap());
    let first: prm_core::id::LineId = "1".parse().unwrap();
    let (mut lines, mut facts) = (Vec::new(), CommissionFacts::default());
    for account in 0..100_000_u32 {
        let id: prm_core::id::AccountId = format!("account-{account:06}").parse().unwrap();
        for month in 1..=12 {
            let document: prm_core::id::DocumentId = format!("INV-{month:02}-{account:06}").parse().unwrap();
            let key = LineKey { document: document.clone(), line: Some(first.clone()) };
            let mut line = SaleLine::new(key, LineKind::Sale, sku.clone(), usd);
            (line.buyer, line.account) = (Some(ids[account as usize % ids.len()].clone()), Some(id.clone()));
            line.motion = Some(if month == 1 { Motion::New } else { Motion::Renewal });
            line.dates.invoice = NaiveDate::from_ymd_opt(2025, month, account % 28 + 1);
            let net = Scaled::new(i128::from(account % 90_000 + 1_000), 2);
            line.amounts.net = Some(net);
            let on = line.dates.invoice.unwrap() + chrono::Days::new(14);
            facts.payments.push(Payment::new(document, on, net));
            if (account + month) % 50 == 0 {
                let mut back = line.clone();
                (back.kind, back.reverses) = (LineKind::Return, Some(line.key.clone()));
                back.key.document = format!("CR-{month:02}-{account:06}").parse().unwrap();
                back.amounts.net = Scaled::ZERO.minus(net).ok();
                lines.push(back);
            }
            lines.push(line);
        }
    }
    let mut fold = Fold::new(&program, Facts::new(&partners), batch()).unwrap().tracing();
    for line in &lines {
        fold.add(line).unwrap();
    }
    let shares = fold.finish().unwrap().shares;
    let lines: Vec<&SaleLine> = lines.iter().collect();
    let basis = CommissionBasis::new(&program, (&lines, &shares), &partners, &facts);
    let (referral, day) = (program.commission("referral").unwrap(), "2026-02-28".parse().unwrap());
    // The same measure: the lines and shares are those of both.
    let by_invoice = Program::read(&COMMISSION.replace("released: payment", "released: invoice")).unwrap();
    let at_once = by_invoice.commission("referral").unwrap();
    let mut group = criterion.benchmark_group("commissions");
    group.throughput(Throughput::Elements(lines.len() as u64));
    group.sample_size(10);
    group.bench_function("owed", |bencher| bencher.iter(|| owed(black_box(basis), referral, day).unwrap()));
    group.bench_function("owed by invoice", |bencher| bencher.iter(|| owed(black_box(basis), at_once, day).unwrap()));
    group.bench_function("award", |bencher| bencher.iter(|| award(black_box(basis), referral, day).unwrap()));
    group.finish();
}

const MIXED: &str = "
format: 1
program: Bench
version: '1'
effective: { from: 2024-01-01 }
currency: USD
tables: { targets: { key: [partner], columns: { amount: money } } }
mdf:
  coop: { every: year, request: { share: 50 % }, claim: { within: 60 days } }
incentives:
  whole: { kind: rebate, measure: { of: net_revenue }, every: quarter, schedule: { shape: whole_volume, bands: [{ from: 0, rate: 0 % }, { from: 5000, rate: 2 % }, { from: 15000, rate: 4 % }] } }
  marginal: { kind: rebate, measure: { of: net_revenue }, every: quarter, schedule: { shape: marginal, bands: [{ from: 0, rate: 1 % }, { from: 10000, rate: 2 % }] } }
  line: { kind: rebate, measure: { of: net_revenue }, every: quarter, schedule: { shape: interpolated, points: [{ at: 5000, rate: 1 % }, { at: 25000, rate: 3 % }] } }
  boxes: { kind: rebate, measure: { of: units }, every: quarter, schedule: { shape: per_step, step: 10, amount: 5 } }
  growth: { kind: rebate, measure: { growth_of: net_revenue, against: same_period_last_year, newcomer: skip }, pays_on: increment, every: quarter, schedule: { shape: marginal, bands: [{ from: 5 %, rate: 2 % }, { from: 20 %, rate: 3 % }] } }
  target: { kind: rebate, measure: { of: net_revenue }, every: quarter, schedule: { shape: target, target: { table: targets, column: amount }, amount: 250 } }
  coop_revenue: { kind: mdf, fund: coop, accrues: { rate: 2 %, of: net_revenue, every: quarter } }
  coop_units: { kind: mdf, fund: coop, accrues: { of: units, schedule: { shape: per_step, step: 10, amount: 1 }, every: quarter } }
";

/// 5,000 partners that sell in each of 24 months: what eight incentives of six shapes bring in a quarter, from the sums.
fn mixed(criterion: &mut Criterion) {
    let program = Program::read(MIXED).unwrap();
    let ids = (0..5_000).map(|at| format!("partner-{at:05}").parse().unwrap());
    let partners: BTreeMap<PartnerId, Partner> = ids.map(|id: PartnerId| (id.clone(), Partner::new(id, "x"))).collect();
    let mut random = fastrand::Rng::with_seed(7);
    let mut fold = Fold::new(&program, Facts::new(&partners), batch()).unwrap();
    let mut targets = Vec::new();
    for id in partners.keys() {
        targets.push(vec![id.to_string(), random.u32(2_000..30_000).to_string()]);
        for month in 0..24_u32 {
            let key = LineKey { document: format!("D{month}-{id}").parse().unwrap(), line: None };
            let mut line = SaleLine::new(key, LineKind::Sale, "sku".parse().unwrap(), "USD".parse().unwrap());
            line.buyer = Some(id.clone());
            line.dates.invoice = NaiveDate::from_ymd_opt(if month < 12 { 2024 } else { 2025 }, month % 12 + 1, 15);
            line.quantity = Some(Scaled::new(random.i128(0..90), 0));
            line.amounts.net = Some(Scaled::new(random.i128(0..800_000), 2));
            fold.add(&line).unwrap();
        }
    }
    let (sums, mut tables) = (fold.finish().unwrap().partials, Tables::new());
    let header = ["partner".to_owned(), "amount".to_owned()];
    tables.insert(program.read_table("targets", &header, &targets).unwrap());
    let basis = Basis::new(&program, &sums, &tables);
    let covers = program.calendar().parse_label("2025-Q2").unwrap();
    let paying = || Paying::new(&[], covers.period.until());
    let entries = due(basis, &partners, covers.period, &BTreeMap::new(), paying()).unwrap();
    let posted: BTreeMap<_, _> = entries.iter().map(|entry| (entry.key(), entry.posted())).collect();
    let funds: Vec<FundPartner> = partners.values().map(|partner| FundPartner::new(partner.clone())).collect();
    let accrue = || {
        let mut sum = 0_i64;
        for accrual in program.mdf_accruals() {
            let key = accrual.measure.key();
            let totals = sums.totals(&key, &covers.period).unwrap();
            for partner in &funds {
                let measured = totals.get(&partner.partner.id).copied().unwrap_or(Scaled::ZERO);
                sum += accrual.accrued(&program, partner, &covers, measured).unwrap().amount.minor();
            }
        }
        sum
    };
    let mut group = criterion.benchmark_group("mixed");
    group.throughput(Throughput::Elements(partners.len() as u64));
    group.sample_size(20);
    group.bench_function("numbers", |bencher| {
        bencher.iter(|| (due(black_box(basis), &partners, covers.period, &posted, paying()).unwrap().len(), accrue()));
    });
    group.bench_function("with reasons", |bencher| {
        let nothing = BTreeMap::new();
        bencher.iter(|| (due(black_box(basis), &partners, covers.period, &nothing, paying()).unwrap().len(), accrue()));
    });
    group.finish();
}

criterion_group!(benches, fold, pay, tiers, commissions, mixed);
criterion_main!(benches);
