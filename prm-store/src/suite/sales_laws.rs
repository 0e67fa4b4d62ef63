//! The laws of receiving, with batches at random: whatever came in whatever order, the sums are those of one fold
//! over all lines that stand, now and as known at every moment, as a whole and quarter by quarter.

use std::sync::Arc;

use chrono::Utc;
use prm_core::actor::Actor;

use super::chance::{Chance, seeds, sends};
use super::programs::two_programs;
use super::shop::{Outcomes, Sent, Shop, Sums, quarter};
use super::{Fixture, declare};
use crate::{ReceiveError, Received, Store, Tenant};

declare! {
    sums_are_those_of_one_fold_over_all_lines_that_stand
    every_program_comes_to_its_own_fold_in_whatever_order_it_counts
    lines_count_when_their_facts_are_known_and_they_come_again
}

/// All that was received, and what of it stands: the rules of revisions in their plainest form.
#[derive(Default)]
pub(super) struct Model {
    all: Vec<Sent>,
    pub(super) standing: Vec<Sent>,
}

#[derive(Debug, PartialEq)]
pub(super) enum Fate {
    Counted,
    Known,
    Differs,
    Superseded,
}

impl Model {
    pub(super) fn send(&mut self, sent: &Sent) -> Fate {
        let same_batch =
            |other: &&Sent| (&other.batch.source, &other.batch.batch) == (&sent.batch.source, &sent.batch.batch);
        if self.all.iter().filter(same_batch).any(|other| other.batch.revision > sent.batch.revision) {
            return Fate::Superseded;
        }
        if let Some(known) = self.all.iter().find(|known| known.batch == sent.batch) {
            return if known.lines == sent.lines { Fate::Known } else { Fate::Differs };
        }
        self.standing.retain(|other| !same_batch(&other) || other.batch.revision == sent.batch.revision);
        self.standing.push(sent.clone());
        self.all.push(sent.clone());
        Fate::Counted
    }
}

fn fate(received: Result<Received, ReceiveError>) -> (Fate, Option<Outcomes>) {
    match received {
        Ok(Received::Counted { outcomes, .. }) => (Fate::Counted, Some(outcomes)),
        // Whether a line that could not be used was looked at again is another law's.
        Ok(Received::Known { .. } | Received::Recounted { .. }) => (Fate::Known, None),
        Ok(Received::Superseded { .. }) => (Fate::Superseded, None),
        Err(ReceiveError::Differs { .. }) => (Fate::Differs, None),
        Err(error) => panic!("{error}"),
    }
}

/// A law, with whom it is about.
enum Law<'s> {
    OneFold(&'s Shop),
    EveryProgram(&'s [Shop; 2]),
    /// Of a shop that learns of a partner and a product, before and after.
    GrowingFacts(&'s [Shop; 2]),
}

async fn sums_are_those_of_one_fold_over_all_lines_that_stand(database: Arc<Fixture>) {
    let (store, shop) = (database.store().await, Shop::new());
    for seed in seeds() {
        Law::OneFold(&shop).check(&store, seed, sends(&mut Chance::new(seed))).await;
    }
}

async fn every_program_comes_to_its_own_fold_in_whatever_order_it_counts(database: Arc<Fixture>) {
    let (store, shops) = (database.store().await, two_programs());
    for seed in seeds() {
        Law::EveryProgram(&shops).check(&store, seed, sends(&mut Chance::new(seed))).await;
    }
}

async fn lines_count_when_their_facts_are_known_and_they_come_again(database: Arc<Fixture>) {
    let store = database.store().await;
    let shops = [Shop::new(), Shop::new().knowing("nobody").selling("unknown")];
    for seed in seeds() {
        Law::GrowingFacts(&shops).check(&store, seed, sends(&mut Chance::new(seed))).await;
    }
}

impl Law<'_> {
    /// Tries what is sent with one tenant; where the law does not hold, tells the smallest case that can be found by
    /// leaving out batches and lines.
    async fn check(&self, store: &Store, seed: u64, mut sends: Vec<Sent>) {
        let Some(mut why) = self.broken_by(&store.tenant(format!("seed-{seed}")), seed, &sends).await else { return };
        let mut tries = 0;
        let mut smaller = true;
        while smaller {
            smaller = false;
            for fewer in one_less(&sends) {
                tries += 1;
                let tenant = store.tenant(format!("seed-{seed}-{tries}"));
                if let Some(because) = self.broken_by(&tenant, seed, &fewer).await {
                    (sends, why, smaller) = (fewer, because, true);
                    break;
                }
            }
        }
        panic!("seed {seed}: {why}\n{}", told(&sends));
    }

    /// How the law is broken, if it is.
    async fn broken_by(&self, tenant: &Tenant, seed: u64, sends: &[Sent]) -> Option<String> {
        match self {
            Self::OneFold(shop) => first_difference(shop, tenant, sends).await,
            Self::EveryProgram(shops) => after_all(shops, tenant, sends, seed).await,
            Self::GrowingFacts(shops) => after_growth(shops, tenant, sends, seed).await,
        }
    }
}

/// Receives batches one by one, and says where the store first says something else than one fold over all lines.
async fn first_difference(shop: &Shop, tenant: &Tenant, sends: &[Sent]) -> Option<String> {
    let (mut model, mut then) = (Model::default(), Vec::new());
    for (sent, step) in sends.iter().zip(1..) {
        let expected = model.send(sent);
        let (fate, outcomes) = fate(shop.try_receive(tenant, sent).await);
        if fate != expected {
            return Some(format!("step {step} is {fate:?}, not {expected:?}"));
        }
        let (folded, of_last) = shop.folded(&model.standing);
        if let Some(outcomes) = outcomes.filter(|outcomes| *outcomes != of_last) {
            return Some(format!("the lines of step {step} are {outcomes:?}, not {of_last:?}"));
        }
        let sums = shop.sums(tenant, None).await;
        if let Some(difference) = difference(&sums, &folded) {
            return Some(format!("after step {step}: {difference}"));
        }
        if let Some(difference) = difference_in_a_quarter(shop, tenant, &folded).await {
            return Some(format!("after step {step}, {difference}"));
        }
        then.push((Utc::now(), sums));
    }
    for ((at, sums), step) in then.into_iter().zip(1..) {
        if let Some(difference) = difference(&shop.sums(tenant, Some(at)).await, &sums) {
            return Some(format!("looking back to step {step}: {difference}"));
        }
    }
    None
}

async fn difference_in_a_quarter(shop: &Shop, tenant: &Tenant, folded: &Sums) -> Option<String> {
    for number in 1..=4 {
        let days = quarter(number);
        let only = |sums: &Sums| -> Sums {
            sums.iter().filter(|((_, _, month, _), _)| days.contains(*month)).map(|(k, v)| (k.clone(), *v)).collect()
        };
        let partials = tenant.partials(&shop.program, Some(days), None, &Actor::Host).await.unwrap();
        if let Some(difference) = difference(&only(&shop.sums_of(&partials)), &only(folded)) {
            return Some(format!("asked for quarter {number} alone: {difference}"));
        }
    }
    None
}

/// The first place at which two sums differ, in words.
fn difference(found: &Sums, expected: &Sums) -> Option<String> {
    let place = found.keys().chain(expected.keys()).find(|place| found.get(*place) != expected.get(*place))?;
    Some(format!("{place:?} is {:?}, not {:?}", found.get(place), expected.get(place)))
}

/// Sends each batch under the programs that chance wants, in the end all that stand under all; and says where one of
/// them first does not come to the fold of what it counted.
async fn after_all(shops: &[Shop; 2], tenant: &Tenant, sends: &[Sent], seed: u64) -> Option<String> {
    let (mut model, mut chance) = (Model::default(), Chance::new(seed));
    // What each program counted, of which a higher revision replaces a lower one under that program alone.
    let mut counted = [Model::default(), Model::default()];
    for (sent, step) in sends.iter().zip(1..) {
        if matches!(model.send(sent), Fate::Differs | Fate::Superseded) {
            continue;
        }
        let first = chance.below(2);
        for (at, sends) in [(first, true), (1 - first, chance.one_in(2))] {
            if sends {
                shops[at].try_receive(tenant, sent).await.unwrap();
                counted[at].send(sent);
            }
        }
        if let Some(why) = difference_in_a_program(shops, tenant, &model, &counted).await {
            return Some(format!("after step {step}, {why}"));
        }
    }
    let mut rest: Vec<(usize, &Sent)> =
        [0, 1].iter().flat_map(|at| model.standing.iter().map(|sent| (*at, sent))).collect();
    while !rest.is_empty() {
        let (at, sent) = rest.swap_remove(chance.below(rest.len()));
        shops[at].try_receive(tenant, sent).await.unwrap();
        counted[at].send(sent);
        if let Some(why) = difference_in_a_program(shops, tenant, &model, &counted).await {
            return Some(format!("after {} of {} in the end, {why}", sent.batch.batch, at + 1));
        }
    }
    None
}

async fn difference_in_a_program(
    shops: &[Shop; 2],
    tenant: &Tenant,
    model: &Model,
    counted: &[Model; 2],
) -> Option<String> {
    for ((shop, counted), number) in shops.iter().zip(counted).zip(1..) {
        // In the order in which they came first, whichever program counted them then.
        let place = |sent: &Sent| model.all.iter().position(|other| other.batch == sent.batch);
        let mut standing = counted.standing.clone();
        standing.sort_by_key(place);
        let (folded, _) = shop.folded(&standing);
        if let Some(difference) = difference(&shop.sums(tenant, None).await, &folded) {
            return Some(format!("program {number}: {difference}"));
        }
    }
    None
}

/// Sends batches while little is known and, in the end, those that stand again when all is; and says where they do not
/// come to the fold of all that is known.
async fn after_growth([before, after]: &[Shop; 2], tenant: &Tenant, sends: &[Sent], seed: u64) -> Option<String> {
    let (mut model, mut chance) = (Model::default(), Chance::new(seed));
    // What is known is not forgotten again.
    let grows = chance.below(sends.len() + 1);
    for (sent, number) in sends.iter().zip(0..) {
        model.send(sent);
        let shop = if number < grows { before } else { after };
        drop(shop.try_receive(tenant, sent).await);
    }
    // Batches that stand no more are sent again too: they change nothing.
    let mut rest = model.standing.clone();
    rest.extend(sends.iter().filter(|_| chance.one_in(2)).cloned());
    while !rest.is_empty() {
        let sent = rest.swap_remove(chance.below(rest.len()));
        drop(after.try_receive(tenant, &sent).await);
    }
    for sent in &model.standing {
        let again = after.try_receive(tenant, sent).await;
        if !matches!(again, Ok(Received::Known { .. })) {
            return Some(format!("{} is {again:?} when nothing is new", sent.batch.batch));
        }
    }
    let (folded, _) = after.folded(&model.standing);
    difference(&after.sums(tenant, None).await, &folded)
}

/// Everything but one batch, or one line of one.
fn one_less(sends: &[Sent]) -> Vec<Vec<Sent>> {
    let without_batch = (0..sends.len()).map(|at| {
        let mut fewer = sends.to_vec();
        fewer.remove(at);
        fewer
    });
    let lines = sends.iter().enumerate().flat_map(|(at, sent)| (0..sent.lines.len()).map(move |line| (at, line)));
    let without_line = lines.map(|(at, line)| {
        let mut fewer = sends.to_vec();
        fewer[at].lines.remove(line);
        fewer
    });
    without_batch.chain(without_line).collect()
}

/// What is sent, for people.
fn told(sends: &[Sent]) -> String {
    let key = |key: &prm_core::incentive::line::LineKey| {
        format!("{}{}", key.document, key.line.as_ref().map_or(String::new(), |line| format!("/{line}")))
    };
    let mut told = String::new();
    for Sent { batch, lines } in sends {
        told += &format!("{} of {}, revision {}, part {}\n", batch.batch, batch.source, batch.revision, batch.part);
        for line in lines {
            let reverses = line.reverses.as_ref().map(key);
            told += &format!(
                "  {} {:?} {} {:?} of {} to {:?}, invoice {:?}, order {:?}, takes back {reverses:?} of {:?}\n",
                key(&line.key),
                line.kind,
                line.currency,
                line.amounts.net,
                line.sku,
                line.buyer,
                line.dates.invoice,
                line.dates.order,
                line.original_date
            );
        }
    }
    told
}
