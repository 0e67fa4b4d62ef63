//! How well and how fast the account matcher finds accounts.
//!
//! `conflict` prints the table for the sets in `$PRM_ACCOUNTS` (default `../shared/data/accounts`), and for one of a million
//! accounts where `$PRM_ACCOUNTS_LARGE` is the beginning of its files' names. Judged is the best match of each query
//! within its collection; pairs that are related or ambiguous count neither way.
//!
//! `conflict best PREFIX all|name OUT [SIZE]` writes the best match of each query and the time of its search, for
//! `benches/peers/conflict.py`. `conflict senses` and `conflict dump` serve `scripts/account_weights.py`.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::manual_checked_ops,
    clippy::indexing_slicing,
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a measurement that cannot begin should stop; its ratios are for people"
)]

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use prm_benches::accounts::{Fields, Record, records, rows};
use prm_core::account::keys::{query_keys, record_keys};
use prm_core::account::score::{score, values};
use prm_core::account::word::{Class, WordTable, words};
use prm_core::account::{Account, Index, Profile, Search, Thresholds};

/// Records, queries and what is known of them.
struct Set {
    base: Vec<Record>,
    queries: Vec<Record>,
    truth: HashMap<String, String>,
    kind: HashMap<String, String>,
    ignored: HashSet<(String, String)>,
}

impl Set {
    fn read(prefix: &str, which: Fields) -> Self {
        let path = |part: &str| PathBuf::from(format!("{prefix}_{part}.csv"));
        let mut set = Self {
            base: records(&path("base"), which),
            queries: records(&path("queries"), which),
            truth: HashMap::new(),
            kind: HashMap::new(),
            ignored: HashSet::new(),
        };
        for row in rows(&path("truth")) {
            if row[2] == "same" {
                set.truth.insert(row[0].clone(), row[1].clone());
                set.kind.insert(row[0].clone(), row[3].clone());
            } else {
                set.ignored.insert((row[0].clone(), row[1].clone()));
            }
        }
        set
    }

    fn collections(&self) -> BTreeMap<&str, (Vec<&Record>, Vec<&Record>)> {
        let mut out: BTreeMap<&str, (Vec<&Record>, Vec<&Record>)> = BTreeMap::new();
        self.base.iter().for_each(|record| out.entry(&record.collection).or_default().0.push(record));
        self.queries.iter().for_each(|record| out.entry(&record.collection).or_default().1.push(record));
        out
    }
}

fn index(base: &[&Record]) -> Index {
    let mut index = Index::new();
    base.iter().for_each(|record| index.insert(&record.account));
    index
}

/// The best match of a query: its margin over the threshold of `probable`, whether it is right, the query.
struct Best {
    margin: i32,
    right: bool,
    query: String,
}

fn quality(label: &str, set: &Set) {
    let (mut found, mut candidates, mut reached, mut asked, mut truths) = (Vec::new(), 0, 0, 0, 0);
    let (mut stored, mut looked, mut accounts) = (0, 0, 0);
    let show = std::env::var("PRM_SHOW").ok().and_then(|text| text.parse::<usize>().ok()).unwrap_or(0);
    let mut wrong: Vec<(i32, String)> = Vec::new();
    let mut names: HashMap<&str, &Account> = HashMap::new();
    if show > 0 {
        set.base.iter().for_each(|record| {
            names.insert(record.account.id().as_str(), &record.account);
        });
    }
    let started = Instant::now();
    for (base, queries) in set.collections().into_values() {
        let index = index(&base);
        let thresholds = Thresholds::for_accounts(index.len());
        accounts += base.len();
        let sample = || base.iter().step_by(1 + base.len() / 20_000);
        stored += sample().map(|record| record_keys(&Profile::new(&record.account)).len()).sum::<usize>() * base.len()
            / sample().count();
        let mut all = thresholds;
        all.probable = i32::MIN;
        let mut search = Search::default();
        for query in queries {
            let profile = Profile::new(&query.account);
            let id = query.account.id().as_str();
            let ids = index.candidates(&profile);
            candidates += ids.len();
            looked += query_keys(&profile).all().len();
            asked += 1;
            if let Some(truth) = set.truth.get(id) {
                truths += 1;
                reached += usize::from(ids.iter().any(|id| id.as_str() == truth));
            }
            let list = index.search(&profile, all, 20, &mut search);
            let best = list.iter().find(|m| !set.ignored.contains(&(id.to_owned(), m.id.as_str().to_owned())));
            if let Some(best) = best {
                let right = set.truth.get(id).is_some_and(|truth| truth == best.id.as_str());
                if show > 0 && !right {
                    let told = |id: &str| {
                        let facts = names[id].facts();
                        format!("{} | {:?} {:?} {:?}", facts.name, facts.domain, facts.country, facts.city)
                    };
                    let facts = query.account.facts();
                    let line = format!(
                        "{} | {:?} {:?} {:?} => {} :: {}",
                        facts.name,
                        facts.domain,
                        facts.country,
                        facts.city,
                        told(best.id.as_str()),
                        set.truth.get(id).map_or_else(|| "-".into(), |id| told(id))
                    );
                    wrong.push((best.score - thresholds.probable, line));
                }
                found.push(Best { margin: best.score - thresholds.probable, right, query: id.to_owned() });
            }
        }
    }
    if show > 0 {
        wrong.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        wrong
            .iter()
            .filter(|(score, _)| *score > 0)
            .step_by(1 + wrong.len() / show / 4)
            .take(show)
            .for_each(|(s, l)| println!("  FP {s} {l}"));
    }
    found.sort_by_key(|best| std::cmp::Reverse((best.margin, best.right)));
    let f1 = |p: f64, r: f64| 2.0 * p * r / (p + r).max(1e-9);
    let ratio = |a: usize, b: usize| a as f64 / b.max(1) as f64;
    let (mut right, mut best, mut at_95, mut at_97) = (0, (0.0, 0.0, 0.0, 0), 0.0, 0.0);
    for (at, one) in found.iter().enumerate() {
        right += usize::from(one.right);
        let (p, r) = (ratio(right, at + 1), ratio(right, truths));
        if f1(p, r) > best.0 {
            best = (f1(p, r), p, r, one.margin);
        }
        at_95 = if p >= 0.95 { r } else { at_95 };
        at_97 = if p >= 0.97 { r } else { at_97 };
    }
    let told: Vec<&Best> = found.iter().filter(|best| best.margin >= 0).collect();
    let hits = told.iter().filter(|best| best.right).count();
    let (p, r) = (ratio(hits, told.len()), ratio(hits, truths));
    println!(
        "{label:<28} rule P {p:.3} R {r:.3} F1 {:.3} | best F1 {:.3} (P {:.3} R {:.3}, {:+}) R@P95 {at_95:.3} R@P97 {at_97:.3} | \
         reach {:.3} cand {:.1} keys {:.2}/{:.2} | {:.0} s",
        f1(p, r),
        best.0,
        best.1,
        best.2,
        best.3,
        ratio(reached, truths),
        ratio(candidates, asked),
        ratio(stored, accounts),
        ratio(looked, asked),
        started.elapsed().as_secs_f64()
    );
    if label.contains("real") {
        let mut kinds: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        set.kind.values().for_each(|kind| kinds.entry(kind).or_default().1 += 1);
        told.iter()
            .filter(|best| best.right)
            .for_each(|best| kinds.get_mut(set.kind[&best.query].as_str()).unwrap().0 += 1);
        let text: Vec<String> = kinds.iter().map(|(kind, (n, of))| format!("{kind} {:.2}", ratio(*n, *of))).collect();
        println!("{:<28} recall by kind: {}", "", text.join(", "));
    }
}

fn speed(set: &Set, size: usize) {
    let base: Vec<&Record> = set.base.iter().take(size).collect();
    let started = Instant::now();
    let index = index(&base);
    let built = started.elapsed().as_secs_f64();
    let thresholds = Thresholds::for_accounts(index.len());
    let mut search = Search::default();
    let mut times: Vec<u128> = Vec::new();
    let started = Instant::now();
    for query in set
        .queries
        .iter()
        .cycle()
        .take(set.queries.len() * std::env::var("PRM_ROUNDS").map_or(1, |text| text.parse().unwrap()))
    {
        let before = Instant::now();
        let profile = Profile::new(&query.account);
        std::hint::black_box(index.search(&profile, thresholds, 5, &mut search));
        times.push(before.elapsed().as_nanos());
    }
    let per_second = times.len() as f64 / started.elapsed().as_secs_f64();
    times.sort_unstable();
    let us = |part: usize| times[(times.len() - 1) * part / 1000] as f64 / 1000.0;
    println!(
        "speed at {size:>9}: p50 {:.1} us, p90 {:.1}, p99 {:.1}; {per_second:.0} queries/s; built in {built:.1} s",
        us(500),
        us(900),
        us(990)
    );
}

/// Seconds that this thread has had a processor, where the system tells.
fn processor() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|nanos| nanos.parse::<f64>().ok()).map_or(f64::NAN, |nanos| nanos / 1e9)
}

/// Per query the best match that counts, its margin over the threshold of `probable`, and the nanoseconds of a search
/// for five matches, one collection after the other. Prints wall and processor seconds of building and searching.
fn best(prefix: &str, which: Fields, out: &Path, size: usize) {
    let mut set = Set::read(prefix, which);
    set.base.truncate(size);
    let mut file = std::io::BufWriter::new(std::fs::File::create(out).unwrap());
    writeln!(file, "query_id,base_id,margin,nanos").unwrap();
    let mut spent = [0.0; 4];
    for (base, queries) in set.collections().into_values() {
        let clock = || (Instant::now(), processor());
        let add = |to: &mut [f64], (wall, cpu): (Instant, f64)| {
            to[0] += wall.elapsed().as_secs_f64();
            to[1] += processor() - cpu;
        };
        let started = clock();
        let index = index(&base);
        add(&mut spent[..2], started);
        let thresholds = Thresholds::for_accounts(index.len());
        let mut search = Search::default();
        let started = clock();
        let timed = |query: &&Record| {
            let before = Instant::now();
            std::hint::black_box(index.search(&Profile::new(&query.account), thresholds, 5, &mut search));
            before.elapsed().as_nanos()
        };
        let times: Vec<u128> = queries.iter().map(timed).collect();
        add(&mut spent[2..], started);
        // Judged is the best match however low its score, which the search for an answer does not have to find.
        let mut all = thresholds;
        all.probable = i32::MIN;
        for (query, nanos) in queries.iter().zip(times) {
            let id = query.account.id().as_str();
            let list = index.search(&Profile::new(&query.account), all, 20, &mut search);
            let best = list.iter().find(|m| !set.ignored.contains(&(id.to_owned(), m.id.as_str().to_owned())));
            let (found, margin) = best.map_or(("", i32::MIN), |m| (m.id.as_str(), m.score - thresholds.probable));
            writeln!(file, "{id},{found},{margin},{nanos}").unwrap();
        }
    }
    println!("{}", spent.map(|seconds| format!("{seconds:.6}")).join(" "));
}

/// Features of candidate pairs for fitting: per pair query, label, then the values; 32 bits each, little endian.
fn dump(prefix: &str, table: &Path, fold: u64, folds: u64, out: &Path, which: Fields) {
    let set = Set::read(prefix, which);
    let bytes = std::fs::read(table).unwrap();
    let table = WordTable::from_bytes(&bytes);
    let mut file = std::io::BufWriter::new(std::fs::File::create(out).unwrap());
    let numbers: HashMap<&str, i32> =
        set.queries.iter().zip(0..).map(|(q, at)| (q.account.id().as_str(), at)).collect();
    for (base, queries) in set.collections().into_values() {
        let mut index = Index::new();
        base.iter().for_each(|r| index.insert_profile(&r.account, Profile::with_table(&r.account, table)));
        for query in queries {
            let of = words(&query.account.facts().name, table);
            let first = of.iter().find(|word| word.class == Class::Core).or(of.first()).map_or(0, |word| word.sense);
            if (first >> 32) % folds != fold {
                continue;
            }
            let profile = Profile::with_table(&query.account, table);
            let id = query.account.id().as_str();
            let mut pairs: Vec<(i32, bool, _)> = Vec::new();
            for held in index.candidates(&profile) {
                if set.ignored.contains(&(id.to_owned(), held.as_str().to_owned())) {
                    continue;
                }
                let other = index.profile(held).unwrap();
                let same = set.truth.get(id).is_some_and(|truth| truth == held.as_str());
                pairs.push((score(&profile, other), same, values(&profile, other)));
            }
            pairs.sort_by_key(|(score, same, _)| (!*same, -score));
            for (_, same, values) in pairs.iter().take(25) {
                for number in [numbers[id], i32::from(*same)].iter().chain(values) {
                    file.write_all(&number.to_le_bytes()).unwrap();
                }
            }
        }
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let folder = std::env::var("PRM_ACCOUNTS")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data/accounts").to_owned());
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["senses"] => {
            let mut out = std::io::BufWriter::new(std::io::stdout().lock());
            for name in std::io::stdin().lock().lines() {
                let found = words(&name.unwrap(), WordTable::from_bytes(&[]));
                let line: Vec<String> = found
                    .iter()
                    .map(|w| format!("{}{:08x}", if w.class == Class::Core { "" } else { "-" }, w.sense >> 32))
                    .collect();
                writeln!(out, "{}", line.join(" ")).unwrap();
            }
        }
        ["dump", prefix, table, fold, folds, out, which] => {
            let which = if *which == "name" { Fields::NameAndCountry } else { Fields::All };
            dump(prefix, Path::new(table), fold.parse().unwrap(), folds.parse().unwrap(), Path::new(out), which);
        }
        ["best", prefix, which, out, size @ ..] => {
            let which = if *which == "name" { Fields::NameAndCountry } else { Fields::All };
            best(prefix, which, Path::new(out), size.first().map_or(usize::MAX, |size| size.parse().unwrap()));
        }
        parts => {
            if !Path::new(&folder).join("real_base.csv").exists() {
                println!("skipped: {folder} is not there; set PRM_ACCOUNTS");
                return;
            }
            let wanted = |part: &str| parts.is_empty() || parts.contains(&part);
            let sets = [
                ("real", "real, all fields", Fields::All),
                ("real", "real, name and country", Fields::NameAndCountry),
                ("synth", "synth 25k, all fields", Fields::All),
                ("synth", "synth 25k, name and country", Fields::NameAndCountry),
            ];
            for (part, label, which) in sets {
                if wanted(part) {
                    quality(label, &Set::read(&format!("{folder}/{part}"), which));
                }
            }
            if let Ok(prefix) = std::env::var("PRM_ACCOUNTS_LARGE") {
                let set = Set::read(&prefix, Fields::All);
                if wanted("large") {
                    quality("synth 1M, all fields", &set);
                }
                if wanted("speed") {
                    std::env::var("PRM_SIZES")
                        .map_or(vec![10_000, 100_000, 1_000_000], |text| {
                            text.split(',').map(|size| size.parse().unwrap()).collect()
                        })
                        .into_iter()
                        .for_each(|size| speed(&set, size));
                }
            }
        }
    }
}
