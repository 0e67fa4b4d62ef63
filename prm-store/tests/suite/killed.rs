//! A process that is killed while it receives and settles: of each step everything is there afterwards or nothing, and
//! what it acknowledged is there.
//!
//! The test program starts itself as the process to be killed. `PRM_SUITE_KILLS` says how often, on each database.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::time::Duration;

use prm_core::incentive::rebate::Payout;
use prm_core::incentive::settlement::Settlement;
use prm_core::money::Money;
use prm_store::{EntryFilter, JournalPage, Listing, PAGE_MAX, Received, Store, Tenant};

use crate::disk::{OnServer, block_on};
use crate::shop::{Shop, finance};

/// Names the database to the process that is to be killed.
const CHILD: &str = "PRM_SUITE_CHILD";

/// Batches beyond which a process stops by itself.
const BATCHES: u32 = 60;

/// Every trial with its name; those on PostgreSQL take the address of a database of its own.
pub(crate) fn trials() -> Vec<(&'static str, fn())> {
    vec![("sqlite: killed while settling", || {
        let folder = tempfile::tempdir().unwrap();
        killed(&format!("sqlite:{}", folder.path().join("prm.db").display()));
    })]
}

pub(crate) fn postgres_trials() -> Vec<(&'static str, OnServer)> {
    vec![("postgres: killed while settling", killed)]
}

/// Whether this process is one to be killed; it then works until it is.
pub(crate) fn is_child() -> bool {
    let Ok(url) = std::env::var(CHILD) else { return false };
    block_on(async {
        let store = Store::open(&url).await.unwrap();
        let (tenant, shop) = (store.tenant("acme"), Shop::new());
        for number in 1..=BATCHES {
            let received = shop.receive(&tenant, number).await;
            say(&format!("received {number}"));
            if matches!(received, Received::Counted { .. }) {
                let settled = shop.settle(&tenant).await;
                say(&format!("settled {}", settled.settlement.unwrap_or_default()));
            }
        }
    });
    true
}

/// Acknowledges a step; nothing is said before it is done.
fn say(what: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{what}").and_then(|()| out.flush()).unwrap();
}

fn killed(url: &str) {
    let kills: u32 = std::env::var("PRM_SUITE_KILLS").map_or(10, |text| text.parse().unwrap());
    block_on(async {
        let store = Store::create(url).await.unwrap();
        Shop::new().open(&store.tenant("acme")).await;
        store.close().await;
    });
    // Any run of numbers will do; this one is the same every time.
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut survived = 0;
    for _ in 0..kills {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let mut child = Command::new(std::env::current_exe().unwrap());
        let mut child = child.env(CHILD, url).stdout(Stdio::piped()).spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        std::thread::sleep(Duration::from_millis(20 + random % 200));
        child.kill().unwrap();
        child.wait().unwrap();
        let said: Vec<String> = out.lines().map(|line| line.unwrap()).collect();
        block_on(check(url, &said));
        survived += usize::from(!said.is_empty());
    }
    assert!(survived > 0, "no process lived long enough to do anything");
    block_on(check_against_one_run(url));
}

/// What was acknowledged is there, and nothing stands half done.
async fn check(url: &str, said: &[String]) {
    let store = Store::open(url).await.unwrap();
    let tenant = store.tenant("acme");
    assert!(tenant.trial_balance(&finance()).await.unwrap().holds());
    let settlements = settlements(&tenant).await;
    let shop = Shop::new();
    for line in said {
        match line.split_once(' ').unwrap() {
            ("received", number) => {
                let again = shop.receive(&tenant, number.parse().unwrap()).await;
                assert!(matches!(again, Received::Known { .. }), "batch {number} was acknowledged: {again:?}");
            }
            (_, "0") => {}
            (_, number) => assert!(settlements.contains_key(&number.parse().unwrap()), "settlement {number} is gone"),
        }
    }
    let mut posted: BTreeMap<u64, i64> = BTreeMap::new();
    let mut page = JournalPage { limit: PAGE_MAX, ..JournalPage::default() };
    loop {
        let entries = tenant.journal(&page, &finance()).await.unwrap();
        for entry in &entries {
            let transfer = &entry.transfer;
            let (debit, credit) = transfer.purpose().accounts();
            let earned = |kind| i64::from(kind == prm_core::ledger::AccountKind::Earned);
            let change = (earned(debit) - earned(credit)) * transfer.amount().minor();
            *posted.entry(entry.settlement.unwrap()).or_default() += change;
        }
        let Some(last) = entries.last() else { break };
        page.after = Some((last.recorded_at, last.transfer.id()));
    }
    for (number, settlement) in &settlements {
        let filter = EntryFilter { settlement: Some(*number), ..EntryFilter::default() };
        let entries = tenant.entries(&filter, &finance()).await.unwrap();
        assert_eq!(entries.len() as u64, settlement.entries, "settlement {number} is half there");
        let owed: i64 = settlement.posted.iter().map(|money: &Money| money.minor()).sum();
        assert_eq!(posted.remove(number).unwrap_or_default(), owed, "settlement {number} is half posted");
    }
    assert!(posted.is_empty(), "transfers of no settlement: {posted:?}");
    store.close().await;
}

async fn settlements(tenant: &Tenant) -> BTreeMap<u64, Settlement> {
    let mut all = BTreeMap::new();
    let mut listing = Listing { limit: PAGE_MAX, ..Listing::default() };
    loop {
        let page = tenant.list::<Settlement>(&listing, &finance()).await.unwrap();
        all.extend(page.records.into_iter().map(|stored| (stored.id.parse().unwrap(), stored.record)));
        match page.after {
            None => return all,
            after => listing.after = after,
        }
    }
}

/// What is due in the end is what is due when nobody is killed.
async fn check_against_one_run(url: &str) {
    let (killed, whole) = (Store::open(url).await.unwrap(), Store::create("sqlite::memory:").await.unwrap());
    let shop = Shop::new();
    shop.open(&whole.tenant("acme")).await;
    for number in 1..=BATCHES {
        shop.receive(&killed.tenant("acme"), number).await;
        shop.receive(&whole.tenant("acme"), number).await;
    }
    shop.settle(&killed.tenant("acme")).await;
    shop.settle(&whole.tenant("acme")).await;
    assert_eq!(due(&killed.tenant("acme")).await, due(&whole.tenant("acme")).await);
    assert!(killed.tenant("acme").trial_balance(&finance()).await.unwrap().holds());
}

/// What is due for each key in the end.
async fn due(tenant: &Tenant) -> BTreeMap<String, Payout> {
    let entries = tenant.entries(&EntryFilter::default(), &finance()).await.unwrap();
    entries.into_iter().map(|posted| (posted.entry.key().to_string(), posted.entry.explanation.earned)).collect()
}
