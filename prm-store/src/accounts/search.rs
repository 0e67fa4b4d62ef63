//! Which accounts count as one: what an index in memory finds, found in tables.

use std::collections::{BTreeMap, BTreeSet};

use prm_core::account::keys::{BLOCK_MAX, KEY_VERSION, QueryKeys, link_keys, query_keys};
use prm_core::account::score::{Thresholds, Verdict, score};
use prm_core::account::{Account, Profile};
use prm_core::deal::alike::Alike;
use prm_core::deal::book::FOUND_MAX;
use prm_core::deal::{FoundAccount, KnownAccount, Likeness, Matched};

use super::{DEALS, known_of};
use crate::error::StoreError;
use crate::work::{Accounts, Hold, KeyRow, Work};

/// The keys under which accounts are looked for that are like one, or its kin.
pub(super) fn keys_asked(keys: &QueryKeys<'_>, account: &Account) -> Vec<i64> {
    keys.all().into_iter().chain(link_keys(account)).map(u64::cast_signed).collect()
}

/// Which accounts count as one. The caller holds its keys; `Hold::Write` holds those that join others to it.
pub(crate) async fn like<W: Work>(
    work: &mut W,
    tenant: &str,
    account: &Account,
    hold: Hold,
) -> Result<Vec<FoundAccount>, StoreError> {
    let mut tables = Tables { work, tenant, accounts: 0, blocks: BTreeMap::new() };
    let mut own = tables.find(&[Asked::new(account.clone())], |_| true).await?;
    let own = most_alike(own.pop().unwrap_or_default(), tables.thresholds());
    let own_keys: BTreeSet<i64> = tables.blocks.keys().copied().collect();
    let mut held = BTreeSet::new();
    loop {
        let (mut alike, mut names) = (Alike::default(), BTreeSet::new());
        own.iter().cloned().for_each(|found| alike.add(found));
        for likeness in [Likeness::Same, Likeness::Related] {
            let (sources, matched): (Vec<Asked>, Vec<Matched>) =
                alike.sources(likeness).into_iter().map(|(source, matched)| (Asked::new(source), matched)).unzip();
            names.extend(sources.iter().map(|source| format!("{DEALS}/account/{}", source.account.id())));
            let joined = tables.find(&sources, |row| row.registered).await?;
            for ((source, matched), joined) in sources.iter().zip(&matched).zip(joined) {
                joined.into_iter().for_each(|found| alike.add_through((&source.account, matched), found));
            }
        }
        // Two that have no key in common meet at those that join them. All are held at one stroke, in their order, so that
        // the two do not wait for each other; which they are is known only when they were found, so they are looked for
        // again then. Only what the account's own keys bring could not change meanwhile.
        let names: Vec<String> = names.difference(&held).cloned().collect();
        if W::ALONE || hold == Hold::Nothing || names.is_empty() {
            return Ok(alike.into_found());
        }
        tables.work.lock(tenant, &names).await?;
        held.extend(names);
        tables.blocks.retain(|key, _| own_keys.contains(key));
    }
}

/// An account that others are looked for to.
struct Asked {
    account: Account,
    profile: Profile,
}

impl Asked {
    fn new(account: Account) -> Self {
        Self { profile: Profile::new(&account), account }
    }
}

/// The tables, and what was read of them.
struct Tables<'w, W> {
    work: &'w mut W,
    tenant: &'w str,
    /// How many accounts there are.
    accounts: u64,
    /// What was found under keys so far: accounts that are alike have most of theirs in common.
    blocks: BTreeMap<i64, Vec<KeyRow>>,
}

impl<W: Accounts> Tables<'_, W> {
    fn thresholds(&self) -> Thresholds {
        Thresholds::for_accounts(usize::try_from(self.accounts).unwrap_or(usize::MAX))
    }

    /// The accounts that are like each that is asked for, of those whose key rows are wanted, and all that parent links
    /// join to it. However many are asked for, each table is read once.
    async fn find(
        &mut self,
        asked: &[Asked],
        wanted: impl Fn(&KeyRow) -> bool,
    ) -> Result<Vec<Vec<FoundAccount>>, StoreError> {
        let keys: Vec<QueryKeys<'_>> = asked.iter().map(|of| query_keys(&of.profile)).collect();
        self.read_blocks(asked.iter().zip(&keys).flat_map(|(of, keys)| keys_asked(keys, &of.account))).await?;
        let candidates: Vec<Candidates<'_>> = asked
            .iter()
            .zip(&keys)
            .map(|(of, keys)| Candidates::new(&self.blocks, &of.account, keys, &wanted))
            .collect();
        let ids: BTreeSet<&str> = candidates.iter().flat_map(|of| of.0.keys().copied()).collect();
        let held = profiles(self.work, self.tenant, ids).await?;
        let by = self.thresholds();
        let scores: Vec<BTreeMap<&str, i32>> = (asked.iter().zip(&keys).zip(&candidates))
            .map(|((of, keys), candidates)| candidates.scores(&of.profile, keys, &held, by))
            .collect();
        // Of most of them nothing but the profile was read.
        let ids: BTreeSet<&str> = scores.iter().flat_map(|scores| scores.keys().copied()).collect();
        let ids: Vec<String> = ids.into_iter().map(str::to_owned).collect();
        let rows = if ids.is_empty() { Vec::new() } else { self.work.accounts(self.tenant, &ids).await? };
        let known: Vec<KnownAccount> = rows.iter().map(known_of).collect::<Result<_, _>>()?;
        let found = |(of, scores): (&Asked, &BTreeMap<&str, i32>)| {
            let found = known.iter().filter_map(|known| {
                let score = *scores.get(known.account.id().as_str())?;
                let matched = if known.account.id() == of.account.id() {
                    Matched::IDENTICAL
                } else {
                    Matched::of(score, by.verdict(score), of.account.relation(&known.account))?
                };
                Some(FoundAccount { known: known.clone(), matched })
            });
            found.collect()
        };
        Ok(asked.iter().zip(&scores).map(found).collect())
    }

    /// Reads what is under keys, but for those that were read before.
    async fn read_blocks(&mut self, keys: impl Iterator<Item = i64>) -> Result<(), StoreError> {
        let unseen: BTreeSet<i64> = keys.filter(|key| !self.blocks.contains_key(key)).collect();
        if unseen.is_empty() {
            return Ok(());
        }
        let unseen: Vec<i64> = unseen.into_iter().collect();
        let under = self.work.accounts_under(self.tenant, &unseen, BLOCK_MAX).await?;
        self.accounts = under.accounts;
        self.blocks.extend(unseen.into_iter().map(|key| (key, Vec::new())));
        for row in under.rows {
            self.blocks.entry(row.key).or_default().push(row);
        }
        Ok(())
    }
}

/// Accounts that may be like one, by id: whether a parent link joins them, and the keys that bring them.
struct Candidates<'b>(BTreeMap<&'b str, (bool, Vec<u64>)>);

impl<'b> Candidates<'b> {
    fn new(
        blocks: &'b BTreeMap<i64, Vec<KeyRow>>,
        account: &Account,
        keys: &QueryKeys<'_>,
        wanted: impl Fn(&KeyRow) -> bool,
    ) -> Self {
        let links: Vec<i64> = link_keys(account).into_iter().map(u64::cast_signed).collect();
        let mut candidates = BTreeMap::new();
        for row in keys_asked(keys, account).iter().filter_map(|key| blocks.get(key)).flatten() {
            let (key, is_kin) = (row.key.cast_unsigned(), links.contains(&row.key));
            if is_kin || (wanted(row) && keys.may_bring(key, row.word.as_deref())) {
                let (kin, through): &mut (bool, Vec<u64>) = candidates.entry(row.account.as_str()).or_default();
                *kin |= is_kin;
                through.push(key);
            }
        }
        Self(candidates)
    }

    /// The scores of those that are like it, and of its kin.
    fn scores(
        &self,
        profile: &Profile,
        keys: &QueryKeys<'_>,
        held: &BTreeMap<String, Profile>,
        by: Thresholds,
    ) -> BTreeMap<&'b str, i32> {
        let of = |(id, (is_kin, through)): (&&'b str, &(bool, Vec<u64>))| {
            let held = held.get(*id)?;
            if !is_kin && !through.iter().any(|key| keys.brings(*key, held)) {
                return None;
            }
            let score = score(profile, held);
            (*is_kin || by.verdict(score) != Verdict::Different).then_some((*id, score))
        };
        self.0.iter().filter_map(of).collect()
    }
}

/// What is compared of accounts.
async fn profiles<W: Accounts>(
    work: &mut W,
    tenant: &str,
    ids: BTreeSet<&str>,
) -> Result<BTreeMap<String, Profile>, StoreError> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let ids: Vec<String> = ids.into_iter().map(str::to_owned).collect();
    let (mut profiles, mut others) = (BTreeMap::new(), Vec::new());
    for row in work.profiles(tenant, &ids).await? {
        match Profile::from_bytes(&row.profile).filter(|_| row.key_version == KEY_VERSION) {
            Some(profile) => drop(profiles.insert(row.id, profile)),
            None => others.push(row.id),
        }
    }
    // Those of another version are made anew.
    if !others.is_empty() {
        for row in work.accounts(tenant, &others).await? {
            let profile = Profile::new(&known_of(&row)?.account);
            profiles.insert(row.id, profile);
        }
    }
    Ok(profiles)
}

/// At most [`FOUND_MAX`] of those that are found by likeness; kin stay.
fn most_alike(mut found: Vec<FoundAccount>, by: Thresholds) -> Vec<FoundAccount> {
    let alike = |of: &FoundAccount| {
        of.matched.likeness != Likeness::Related && by.verdict(of.matched.score) != Verdict::Different
    };
    if found.iter().filter(|of| alike(of)).count() > FOUND_MAX {
        found.sort_by(|a, b| {
            b.matched.score.cmp(&a.matched.score).then_with(|| a.known.account.id().cmp(b.known.account.id()))
        });
        let mut left = FOUND_MAX;
        found.retain(|of| {
            let keeps = of.matched.relation.is_some() || left > 0;
            left = left.saturating_sub(usize::from(alike(of)));
            keeps
        });
    }
    found
}
