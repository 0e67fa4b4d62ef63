//! The laws of money with every kind of incentive at once: rebates, SPIFFs to persons, commissions, funds, requests, claims and
//! payments, in any order, under every policy for debts. Nothing appears or vanishes; what everybody has earned is what was
//! settled, awarded and approved, and what was left to them.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;
use prm_core::actor::{Actor, PartnerRole, VendorRole};
use prm_core::id::PartnerId;
use prm_core::incentive::claim::{self, Basis, Claim, ClaimForm, Expense, Invoice};
use prm_core::incentive::commission::{CommissionFacts, Payment};
use prm_core::incentive::line::SaleLine;
use prm_core::incentive::mdf::FundPartner;
use prm_core::incentive::mdf::request::{self, Form, MdfRequest};
use prm_core::incentive::spiff::{Seller, SpiffFacts};
use prm_core::ledger::{AccountKind, LedgerError, PURPOSES, Payee, Purpose, Transfer};
use prm_core::money::Money;
use prm_core::period::Period;
use prm_core::program::Program;

use super::chance::{Chance, seeds};
use super::ledger::balances;
use super::people::checker;
use super::shop::{Shop, back, day, of, period, quarter, sale, sent, to, year};
use super::{Fixture, declare};
use crate::{Action, AwardFilter, Awarding, Listing, Meta, PAGE_MAX, PostError, Tenant};

declare! {
    whatever_is_earned_is_somewhere
}

const ALL: &str = "
mdf:
  coop:
    request: { share: 50 %, approvers: [marketing] }
    claim: { within: 60 days, approvers: [finance] }
    year_end: { share: 50 % }
incentives:
  accrual:
    kind: mdf
    fund: coop
    accrues: { rate: 2 %, of: net_revenue, every: quarter }
  summer:
    kind: spiff
    during: { from: 2025-02-01, until: 2025-12-01 }
    of: units
    products: bikes
    pays: { each: 25 }
    to: person
    consent: no
    public_sector: included
    cap: { per_person: 200 }
  referral:
    kind: commission
    of: billings
    rates: [{ rate: 10 % }]
    recurs: always
    released: payment
    hold: 10 days
    runs: { day: 13, minimum: 5 }
    clawback: 90 days
";

/// What a program may do with what was paid and is not due any more.
const POLICIES: [&str; 5] = [
    "{ policy: carry }",
    "{ policy: carry, for: 30 days }",
    "{ policy: recover }",
    "{ policy: floor }",
    "{ policy: write_off }",
];

/// How much happens in one tenant.
const STEPS: usize = 36;

/// What has happened in one tenant.
struct World<'w> {
    database: &'w Fixture,
    shop: &'w Shop,
    program: Arc<Program>,
    tenant: Tenant,
    chance: Chance,
    sellers: SpiffFacts,
    customers: CommissionFacts,
    sold: Vec<SaleLine>,
    requests: usize,
    claims: usize,
    awarded_until: NaiveDate,
    today: NaiveDate,
}

async fn whatever_is_earned_is_somewhere(database: Arc<Fixture>) {
    let store = database.store().await;
    let shops = POLICIES.map(|policy| {
        let all = format!("\nsettlement: {{ negative: {policy} }}{ALL}");
        Shop::with(&[("\nincentives:\n", all.as_str())])
    });
    let mut paid = 0;
    for (seed, shop) in seeds().step_by(2).zip(shops.iter().cycle()) {
        let tenant = store.tenant(format!("seed-{seed}"));
        shop.open(&tenant).await;
        let mut sellers = SpiffFacts::default();
        for (person, partner) in [("ada", "p1"), ("ben", "p2"), ("ada", "p3")] {
            let (person, partner) = (person.parse().unwrap(), partner.parse().unwrap());
            sellers.sellers.push(Seller { person, partner, from: day("2025-01-01"), until: None });
        }
        let (program, chance) = (Arc::new(shop.program.clone()), Chance::new(seed));
        let (awarded_until, today) = (day("2025-01-01"), day("2025-02-01"));
        let customers = CommissionFacts::default();
        let (sold, requests, claims) = (Vec::new(), 0, 0);
        let mut world = World {
            database: &database,
            shop,
            program,
            tenant,
            chance,
            sellers,
            customers,
            sold,
            requests,
            claims,
            awarded_until,
            today,
        };
        for step in 0..STEPS {
            world.step(step).await;
            paid += world.holds(&format!("seed {seed}, step {step}")).await;
        }
    }
    assert!(paid > 0, "nobody was ever paid");
    // What was paid and came back did so under more than one policy.
    let count = async |of: String| database.count(&format!("SELECT count(*) FROM {of}")).await;
    assert!(count(database.table("given_up")).await > 0, "nothing was ever given up");
    for purpose in ["claw_back", "reclaim", "write_off"] {
        let of = format!("{} WHERE purpose = '{purpose}'", database.table("transfer"));
        assert!(count(of).await > 0, "there never was a {purpose}");
    }
}

impl World<'_> {
    async fn step(&mut self, step: usize) {
        // Less than a year in all.
        self.today = self.today.checked_add_days(chrono::Days::new(self.chance.below(18) as u64)).unwrap();
        let covers = if self.chance.one_in(2) { quarter(1) } else { year() };
        match self.chance.below(12) {
            0..=2 => self.sells(step).await,
            3 => self.settles(covers).await,
            4 | 5 => self.awards().await,
            6 => self.fills().await,
            7 => self.asks().await,
            8 => self.claims().await,
            9 => self.pays(step).await,
            _ => self.moves(step).await,
        }
    }

    async fn sells(&mut self, step: usize) {
        let on = self.today.to_string();
        let net = *self.chance.pick(&["40", "250.50", "999.99", "3000"]);
        let known = self.sold.len();
        let line = if known > 0 && self.chance.one_in(2) {
            let sold = self.sold[self.chance.below(known)].clone();
            let of_sale = format!("{}/1", sold.key.document);
            // A part of it, or all of it.
            let net = if self.chance.one_in(3) { "-40".to_owned() } else { format!("-{}", sold.amounts.net.unwrap()) };
            let mut line = back(&format!("CN{step}/1"), &of_sale, &net, &on);
            (line.buyer, line.person, line.sku) = (sold.buyer, sold.person, sold.sku);
            line.account.clone_from(&sold.account);
            line
        } else {
            let (partner, person) = *self.chance.pick(&[("p1", "ada"), ("p2", "ben"), ("p3", "ada")]);
            let mut line = to(partner, sale(&format!("SO{step}/1"), net, &on));
            if self.chance.one_in(2) {
                line = of("bike", 2, line);
            }
            (line.person, line.account) = (Some(person.parse().unwrap()), Some("acme".parse().unwrap()));
            self.sold.push(line.clone());
            line
        };
        // What comes to be returned twice takes back what is there; whether a line can be used is another law's.
        drop(self.shop.try_receive(&self.tenant, &sent(&format!("b{step}"), [line.clone()])).await);
        if self.chance.one_in(2) {
            let payment = Payment::new(line.key.document, self.today, "20".parse().unwrap());
            self.customers.payments.push(payment);
        }
    }

    async fn settles(&self, covers: Period) {
        self.tenant.settle(self.shop.settling(covers), &checker(), self.now()).await.unwrap();
        assert_eq!(self.tenant.settle(self.shop.settling(covers), &checker(), self.now()).await.unwrap().entries, []);
    }

    async fn awards(&mut self) {
        self.awarded_until = self.awarded_until.max(self.today);
        let known = (&self.sellers, &self.customers);
        let awarding = Awarding::new(&self.program, self.shop.facts(), self.shop.tables(), known, self.awarded_until);
        let at = self.now();
        self.tenant.award(awarding, &checker(), at).await.unwrap();
        assert_eq!(self.tenant.award(awarding, &checker(), at).await.unwrap().settlement, None);
    }

    fn now(&self) -> chrono::DateTime<chrono::Utc> {
        self.today.and_hms_opt(12, 0, 0).unwrap().and_utc()
    }

    fn partner(&self, partner: &PartnerId) -> FundPartner {
        FundPartner::new(self.shop.partners[partner].clone())
    }

    async fn fills(&self) {
        let partners = self.shop.partners.keys().map(|id| (id.clone(), self.partner(id))).collect();
        self.tenant.accrue_funds(&self.program, &partners, year(), &checker()).await.unwrap();
    }

    async fn asks(&mut self) {
        let partner: PartnerId = self.chance.pick(&["p1", "p2", "p3"]).parse().unwrap();
        self.requests += 1;
        let (id, from) = (format!("r-{}", self.requests), self.today);
        let days = period(&from.to_string(), &from.succ_opt().unwrap().to_string());
        let cost = Money::from_minor(100 + 700 * i64::try_from(self.chance.below(5)).unwrap(), "USD".parse().unwrap());
        let place = ("coop".parse().unwrap(), "fair".parse().unwrap());
        let form = Form::new("Ridgeline", partner.clone(), place, days, cost);
        let given = request::Given::new(Arc::clone(&self.program), self.partner(&partner));
        let by = marketing_of(&partner);
        let approve = request::Command::Approve { amount: None, note: None };
        let steps: [(Action<MdfRequest>, Actor); 3] = [
            (Action::Open(form), by.clone()),
            (Action::Command(request::Command::Submit), by),
            (Action::Command(approve), vendor("mia", VendorRole::Marketing)),
        ];
        // There may not be enough.
        for (action, by) in steps {
            drop(self.tenant.execute(&id, action, &given, &Meta::new(by, self.now())).await);
        }
    }

    async fn claims(&mut self) {
        if self.requests == 0 {
            return;
        }
        let request = format!("r-{}", 1 + self.chance.below(self.requests));
        let found = self.tenant.get::<MdfRequest>(&request, &Actor::Host).await.unwrap().unwrap().record;
        self.claims += 1;
        let (id, partner) = (format!("c-{}", self.claims), found.form.partner.clone());
        // Few numbers, so that some turn up twice.
        let (issuer, number) = ("Print & Co.".to_owned(), self.chance.below(12).to_string());
        let invoice = Invoice { issuer, number, dated: found.form.days.from() };
        let gross = Money::from_minor(300 + 900 * i64::try_from(self.chance.below(4)).unwrap(), "USD".parse().unwrap());
        let of = Basis::Mdf {
            request: request.parse().unwrap(),
            performed: found.form.days,
            expenses: vec![Expense::new(invoice, gross)],
        };
        let given = claim::Given::new(Arc::clone(&self.program), self.partner(&partner));
        let by = marketing_of(&partner);
        let validate = claim::Command::Validate { disallowed: Vec::new(), note: None };
        let last = match self.chance.below(4) {
            0 => claim::Command::Withdraw,
            1 => claim::Command::Decline { code: "no".parse().unwrap(), note: None },
            _ => claim::Command::Approve { note: None },
        };
        let steps: [(Action<Claim>, Actor); 4] = [
            (Action::Open(ClaimForm::new("Ridgeline", partner, of)), by.clone()),
            (Action::Command(claim::Command::Submit), by),
            (Action::Command(validate), vendor("mia", VendorRole::Marketing)),
            (Action::Command(last), vendor("fin", VendorRole::Finance)),
        ];
        // It may be too early, too late, shown before or refused.
        for (action, by) in steps {
            drop(self.tenant.execute(&id, action, &given, &Meta::new(by, self.now())).await);
        }
    }

    /// What is owed is settled and awarded, and everybody is paid: what comes back after it is owed back.
    async fn pays(&mut self, step: usize) {
        self.settles(year()).await;
        self.awards().await;
        for (account, payable) in balances(&self.tenant, None).await {
            let purposes =
                if account.kind == AccountKind::Payable { &[Purpose::Pay, Purpose::Confirm][..] } else { &[] };
            for purpose in purposes {
                let source = format!("pay-{step}/{}", account.payee);
                let paid = Transfer::new(*purpose, account.payee.clone(), payable, source, self.today).unwrap();
                self.tenant.transfer(&paid, &checker()).await.unwrap();
            }
        }
    }

    /// Moves what is there in an account, or one cent more.
    async fn moves(&mut self, step: usize) {
        let there: Vec<_> = balances(&self.tenant, None).await.into_iter().collect();
        let moved = |kind: AccountKind| {
            let purposes = PURPOSES.map(|(_, purpose)| purpose).into_iter().filter(|of| !of.is_settlements());
            // What is limited: the account that is taken from, or the debt that is settled.
            let limited = purposes.filter(|of| match of.accounts() {
                (debit, credit) if debit.may_hold(-1) => credit == kind,
                (debit, _) => debit == kind,
            });
            limited.collect::<Vec<_>>()
        };
        let movable: Vec<_> = there.iter().filter(|(account, _)| !moved(account.kind).is_empty()).collect();
        if movable.is_empty() {
            return;
        }
        let (account, balance) = *self.chance.pick(&movable);
        let (purpose, there) = (*self.chance.pick(&moved(account.kind)), balance.minor().abs());
        let (payee, usd) = (account.payee.clone(), account.currency);
        let cents = [there, there, there / 2, there + 1][self.chance.below(4)].max(1);
        let source = format!("move-{step}");
        let transfer = Transfer::new(purpose, payee, Money::from_minor(cents, usd), source, self.today).unwrap();
        match self.tenant.transfer(&transfer, &checker()).await {
            Ok(_) => assert!(cents <= there, "{purpose} of {cents} cents where {there} are"),
            Err(PostError::Ledger(LedgerError::NotEnough { .. })) => {
                assert!(cents > there, "no {purpose} of {cents} cents where {there} are");
            }
            other => panic!("{other:?}"),
        }
    }

    /// What was left to a payee and stays earned.
    async fn floored(&self, payee: &str) -> i64 {
        let (table, tenant) = (self.database.table("given_up"), &self.tenant.tenant);
        let sum = "SELECT CAST(coalesce(sum(floored), 0) AS bigint) FROM";
        self.database.count(&format!("{sum} {table} WHERE tenant = '{tenant}' AND payee = '{payee}'")).await
    }

    /// The laws; how many have earned something.
    async fn holds(&self, what: &str) -> usize {
        let host = Actor::Host;
        let now = balances(&self.tenant, None).await;
        let (mut sums, mut earned) = (BTreeMap::<Payee, i64>::new(), BTreeMap::<Payee, i64>::new());
        for (account, balance) in &now {
            assert!(account.kind.may_hold(balance.minor()), "{what}: {account} has {balance}");
            *sums.entry(account.payee.clone()).or_default() += balance.minor();
            if account.kind == AccountKind::Earned {
                *earned.entry(account.payee.clone()).or_default() -= balance.minor();
            }
        }
        assert!(sums.values().all(|sum| *sum == 0), "{what}: {sums:?}");
        // What was settled, awarded and approved.
        let mut owed = BTreeMap::<Payee, i64>::new();
        for (key, payout) in self.shop.posted(&self.tenant).await {
            *owed.entry(key.partner.into()).or_default() += payout.money().map_or(0, Money::minor);
        }
        for award in self.tenant.awards(&AwardFilter::default(), &host).await.unwrap() {
            *owed.entry(award.key.payee).or_default() += award.difference.minor();
        }
        let listing = Listing { limit: PAGE_MAX, ..Listing::default() };
        for claim in self.tenant.list::<Claim>(&listing, &host).await.unwrap().records {
            let payout = claim.record.payout.map(|payout| (payout.partner, payout.amount));
            if let Some((partner, amount)) = payout {
                *owed.entry(partner.into()).or_default() += amount.minor();
            }
        }
        // What stays earned though it is not due.
        for payee in ["p1", "p2", "p3", "person ada", "person ben"] {
            *owed.entry(payee.parse().unwrap()).or_default() += self.floored(payee).await;
        }
        for all in [&mut owed, &mut earned] {
            all.retain(|_, minor| *minor != 0);
        }
        assert_eq!(earned, owed, "{what}");
        for pot in self.tenant.pots(None, &host).await.unwrap() {
            assert!(pot.balances.conserves(), "{what}: {pot:?}");
        }
        earned.len()
    }
}

fn marketing_of(partner: &PartnerId) -> Actor {
    let person = format!("of-{partner}").parse().unwrap();
    Actor::Partner { partner: partner.clone(), person, role: PartnerRole::Marketing }
}

fn vendor(person: &str, role: VendorRole) -> Actor {
    Actor::Vendor { person: person.parse().unwrap(), role }
}
