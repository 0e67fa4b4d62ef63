//! Conservation: whatever happens to sales, rates and payments, nothing appears or vanishes.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use prm_core::currency::Currency;
use prm_core::incentive::paying::Paying;
use prm_core::incentive::settlement::{EntryKey, Posted, due};
use prm_core::ledger::{
    ACCOUNT_KINDS, AccountKind, Difference, GivenUp, NEGATIVES, Negative, PURPOSES, Payee, Purpose, Standing, Terms,
    Transfer, post, recover,
};
use prm_core::money::Money;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use super::case::{Case, config, full, sized};
use super::drawn::{Drawn, after, date};
use super::sales::Line;
use super::world::{World, span};

type Accounts = BTreeMap<AccountKind, i64>;

/// What is known and owed at some moment.
struct Books<'w> {
    /// The program, and the same rated anew.
    worlds: [&'w World; 2],
    lines: &'w [Line],
    arrived: usize,
    posted: BTreeMap<EntryKey, Posted>,
    accounts: BTreeMap<(Payee, Currency), Accounts>,
    /// What was given up, of each key.
    given_up: BTreeMap<(EntryKey, Currency), GivenUp>,
    transfers: BTreeSet<String>,
    purposes: BTreeMap<Purpose, u64>,
    on: NaiveDate,
}

fn balance(accounts: Option<&Accounts>, kind: AccountKind) -> i64 {
    accounts.and_then(|accounts| accounts.get(&kind)).copied().unwrap_or_default()
}

impl Books<'_> {
    fn standing(&self, of: &(Payee, Currency)) -> Standing {
        Standing::of(|kind| balance(self.accounts.get(of), kind))
    }

    /// Moves the amount; whether it could.
    fn apply(&mut self, transfer: &Transfer) -> bool {
        let accounts = self.accounts.entry((transfer.payee().clone(), transfer.amount().currency())).or_default();
        let (debit, credit) = (transfer.debit().kind, transfer.credit().kind);
        let moved = transfer.apply(balance(Some(accounts), debit), balance(Some(accounts), credit));
        let Ok((debited, credited)) = moved else { return false };
        accounts.insert(debit, debited);
        accounts.insert(credit, credited);
        *self.purposes.entry(transfer.purpose()).or_default() += 1;
        assert!(self.transfers.insert(transfer.id().to_string()), "{transfer:?} has the id of another");
        true
    }

    fn settle(&mut self, which: usize, number: usize, (held, negative): (bool, Negative)) {
        let world = self.worlds[which];
        let partials = world.folded(&self.lines[..self.arrived]);
        let paying = Paying::new(&world.exchange, self.on);
        let entries = due(world.basis(&partials), &world.partners, span(), &self.posted, paying).unwrap();
        let mut differences: BTreeMap<(Payee, Currency), Vec<Difference>> = BTreeMap::new();
        let mut keys = BTreeMap::new();
        for entry in entries {
            for amount in entry.differences().unwrap() {
                let (key, currency) = (entry.key(), amount.currency());
                let source = format!("s{number}/{key}/{currency}");
                let difference = Difference::new(&source, amount, self.on);
                let of = (key.partner.clone().into(), currency);
                let given_up = self.given_up.get(&(key.clone(), currency)).copied().unwrap_or_default();
                differences.entry(of).or_default().push(difference.given_up(given_up));
                keys.insert(source, (key, currency));
            }
            self.posted.insert(entry.key(), entry.posted());
        }
        for (of, differences) in differences {
            let source = format!("s{number}/{}", of.0);
            let terms = Terms::new(&source, self.on).held(held).negative(negative);
            let posted = post(&of.0, self.standing(&of), differences, terms).unwrap();
            self.given_up.extend(posted.given_up.into_iter().map(|(source, now)| (keys[&source].clone(), now)));
            for transfer in posted.transfers {
                assert!(self.apply(&transfer), "what a settlement posts can be posted: {transfer:?}");
            }
        }
    }

    /// Pays, confirms, returns, holds, releases, forfeits, writes off or asks back a part of what there is, or more than that; and says so.
    fn act(&mut self, drawn: &mut Drawn<'_>, number: usize) -> Option<String> {
        let purposes: Vec<_> = PURPOSES.iter().map(|(_, purpose)| *purpose).filter(|p| !p.is_settlements()).collect();
        let payees: Vec<_> = self.accounts.keys().cloned().collect();
        let (other, likely, part) = (drawn.pick(&purposes), drawn.below(6), drawn.pick(&[100, 100, 100, 37, 101]));
        let (payee, currency) = payees.get(drawn.below(payees.len().max(1))).cloned()?;
        let accounts = self.accounts.get(&(payee.clone(), currency));
        // Mostly what goes on with what is under way, held, owed back or payable.
        let goes_on = [
            (AccountKind::Reclaimed, [Purpose::Repay, Purpose::Carry]),
            (AccountKind::InPayment, [Purpose::Confirm, Purpose::ReturnPayment]),
            (AccountKind::Recoverable, [Purpose::WriteOff, Purpose::Reclaim]),
            (AccountKind::Held, [Purpose::Release, Purpose::Release]),
            (AccountKind::Payable, [Purpose::Pay, Purpose::Pay]),
        ];
        let next = goes_on.into_iter().find(|(kind, _)| balance(accounts, *kind) != 0).filter(|_| likely > 1);
        let purpose = next.map_or(other, |(_, purposes)| purposes[likely % 2]);
        let (debit, credit) = purpose.accounts();
        // What a debt can be written off, asked back or repaid from is the debt.
        let from = if debit.may_hold(-1) { credit } else { debit };
        let there = balance(accounts, from).abs();
        let minor = (there * part / 100).max(1);
        let amount = Money::from_minor(minor, currency);
        let transfer = Transfer::new(purpose, payee.clone(), amount, format!("m{number}"), self.on).unwrap();
        let before = self.accounts.clone();
        if !self.apply(&transfer) {
            assert!(minor > there, "{transfer:?} is refused with {there}");
            assert_eq!(self.accounts, before, "what is refused changes nothing");
            return Some(format!("{purpose} {amount} of {payee}, refused"));
        }
        assert!(minor <= there, "{transfer:?} is allowed with {there}");
        if let Some(settled) = recover(&transfer, self.standing(&(payee.clone(), currency))).unwrap() {
            assert!(self.apply(&settled), "a debt can be settled: {settled:?}");
        }
        Some(format!("{purpose} {amount} of {payee}"))
    }

    /// What is wrong.
    fn wrong(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut owed: BTreeMap<(Payee, Currency), i64> = BTreeMap::new();
        for (key, posted) in &self.posted {
            let money = posted.paid.map(|paid| paid.money).or(posted.earned.money()).unwrap();
            *owed.entry((key.partner.clone().into(), money.currency())).or_default() += money.minor();
        }
        // What stays earned though it is not due.
        for ((key, currency), given_up) in &self.given_up {
            *owed.entry((key.partner.clone().into(), *currency)).or_default() += given_up.floored;
        }
        let all: BTreeSet<_> = owed.keys().chain(self.accounts.keys()).collect();
        for of in all {
            let accounts = self.accounts.get(of);
            let mut expect = |is: bool, what: &str| {
                if !is {
                    wrong.push(format!("{}/{}: {what}: {accounts:?}, entries say {:?}", of.0, of.1, owed.get(of)));
                }
            };
            expect(accounts.is_none_or(|accounts| accounts.values().sum::<i64>() == 0), "the sum is not zero");
            let earned = -balance(accounts, AccountKind::Earned);
            expect(earned == owed.get(of).copied().unwrap_or_default(), "earned is not what the entries say");
            let Standing { payable, recoverable, .. } = self.standing(of);
            expect(payable == 0 || recoverable == 0, "something is payable in spite of a debt");
            for (word, kind) in ACCOUNT_KINDS {
                expect(kind.may_hold(balance(accounts, kind)), word);
            }
        }
        wrong
    }
}

/// Four times as many as configured: each is short.
fn many() -> ProptestConfig {
    ProptestConfig { cases: config().cases.saturating_mul(4), ..config() }
}

fn worlds(case: &Case, payout: &'static str) -> [World; 2] {
    let mut spec = case.spec.clone();
    spec.payout = payout;
    [spec.rated_anew(), spec].map(|spec| {
        let mut world = World::new(&spec);
        if let Some(partner) = world.partners.values_mut().nth(1) {
            partner.payout_currency = Some("EUR".parse().unwrap());
        }
        world
    })
}

const PAYOUTS: [&str; 3] = [
    ", payout: { table: rates, rate: closing }",
    ", payout: { table: rates, rate: closing, changes: current, mode: floor }",
    ", payout: { table: rates, rate: closing, on: period_end, changes: current }",
];

/// What happens, step by step; ends with what is wrong after a step, and what happened until then.
fn happens(case: &Case, steps: &[Vec<u16>], payout: &'static str) -> (BTreeMap<Purpose, u64>, Vec<String>) {
    let [anew, first] = worlds(case, payout);
    let mut books = Books {
        worlds: [&first, &anew],
        lines: &case.lines,
        arrived: case.lines.len() / 3,
        posted: BTreeMap::new(),
        accounts: BTreeMap::new(),
        given_up: BTreeMap::new(),
        transfers: BTreeSet::new(),
        purposes: BTreeMap::new(),
        on: date(2025, 4, 20),
    };
    let mut told = Vec::new();
    for (number, numbers) in steps.iter().enumerate() {
        let drawn = &mut Drawn::new(numbers);
        books.on = after(books.on, 9);
        match drawn.below(12) {
            0..=2 => {
                let (which, held) = (drawn.below(2), drawn.one_in(4));
                // A debt that is carried is there long enough to be settled.
                let (word, negative) = if drawn.one_in(2) { NEGATIVES[0] } else { drawn.pick(&NEGATIVES) };
                told.push(format!("settled, rated anew: {}, held: {held}, {word}", which == 1));
                books.settle(which, number, (held, negative));
            }
            3 | 4 => {
                books.arrived = (books.arrived + drawn.below(5) + 1).min(case.lines.len());
                told.push(format!("{} lines are there", books.arrived));
            }
            // Its source takes back what came last, or brings it again.
            5 => {
                books.arrived = drawn.below(case.lines.len() + 1);
                told.push(format!("only {} lines are there", books.arrived));
            }
            _ => told.extend(books.act(drawn, number)),
        }
        let wrong = books.wrong();
        if !wrong.is_empty() {
            return (books.purposes, [wrong, told].concat());
        }
    }
    (books.purposes, Vec::new())
}

fn histories() -> impl Strategy<Value = (Case, Vec<Vec<u16>>, &'static str)> {
    let steps = prop::collection::vec(full(6), 1..=40);
    (sized(false, 2, 20), steps, prop::sample::select(PAYOUTS.to_vec()))
}

proptest! {
    #![proptest_config(many())]

    #[test]
    fn nothing_appears_or_vanishes((case, steps, payout) in histories()) {
        let (_, wrong) = happens(&case, &steps, payout);
        prop_assert!(wrong.is_empty(), "{wrong:#?}");
    }
}

#[test]
fn everything_happens() {
    let (mut runner, mut purposes) = (TestRunner::deterministic(), BTreeMap::<Purpose, u64>::new());
    for _ in 0..900 {
        let (case, steps, payout) = histories().new_tree(&mut runner).unwrap().current();
        for (purpose, count) in happens(&case, &steps, payout).0 {
            *purposes.entry(purpose).or_default() += count;
        }
    }
    for (word, purpose) in PURPOSES {
        assert!(purposes.get(&purpose).is_some_and(|count| *count >= 5), "{word}: {purposes:?}");
    }
}
