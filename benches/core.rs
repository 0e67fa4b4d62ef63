//! Folding typed lines, one rebate amount, one explanation, checking a document.
#![allow(
    clippy::unwrap_used,
    missing_docs,
    reason = "a bench that cannot begin should stop; criterion's macros have no docs"
)]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use prm_benches::{Input, PROGRAM, input};
use prm_core::calendar::Every;
use prm_core::incentive::explain::{Basis, explain};
use prm_core::incentive::fold::{Facts, Finished, Fold};
use prm_core::incentive::line::BatchKey;
use prm_core::incentive::schedule::Reading;
use prm_core::program::Program;
use prm_core::program::tables::Tables;

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

criterion_group!(benches, fold, pay);
criterion_main!(benches);
