//! The rules of conflict: every kind, every outcome, both sides of each.

use prm_core::account::AccountFacts;
use prm_core::deal::conflict::{Cause, Outcome};
use prm_core::deal::{
    Choice, Command, DealType, Form, HostVerdict, Incumbent, KnownAccount, LineState, Opportunity, ProtectionState,
    RegistrationError, ReleasedBy, Tender,
};
use prm_core::product::Product;

use super::world::{POLICY, RULES, World, approve, facts, form, line, manager, partner, reject, with};

fn contoso() -> AccountFacts {
    facts("acc-1", "Contoso Manufacturing Inc.")
}

/// The same under another id and spelling.
fn spelt() -> AccountFacts {
    facts("acc-2", "CONTOSO MANUFACTURING")
}

/// A world with one rule.
fn ruled(when: &str, then: &str) -> World {
    World::new(POLICY, &format!("  conflicts: [{{ when: {{ {when} }}, then: {then}, code: it }}]\n"))
}

/// Whether the one rule matched the first line of what partner `b` hands in.
fn matches(mut world: World, deal: &Form) -> bool {
    world.submit("new", deal);
    !world.of("new").assessment.as_ref().unwrap().lines[0].matches.is_empty()
}

#[test]
fn the_first_to_be_received_is_first_in_line() {
    let mut world = World::sketch();
    world.submit("one", &form("a", contoso()));
    world.submit("two", &form("b", spelt()));
    world.submit("three", &form("c", contoso()));
    assert_eq!([world.state("one"), world.state("two")], ["pending", "waiting earlier_pending"]);
    assert_eq!([world.place("one"), world.place("two"), world.place("three")], [1, 2, 3]);
    // Whoever waits is not approved, and is told by which rule.
    let refused = world.refusal("two", &approve(), &manager());
    let RegistrationError::Conflict { lines, assessment } = refused else { panic!("{refused}") };
    assert_eq!((lines, assessment.lines[0].outcome.clone()), ([1].into(), Outcome::Wait));
    // The first is rejected, and the second moves up, by itself.
    let done = world.manage("one", &reject());
    let moved: Vec<&str> = done.others.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(moved, ["two"]);
    assert_eq!([world.state("two"), world.state("three")], ["pending", "waiting earlier_pending"]);
    assert_eq!([world.place("two"), world.place("three")], [1, 2]);
    // It is approved; the third has nothing to wait for any more.
    world.manage("two", &approve());
    assert_eq!(world.state("three"), "rejected already_protected");
    assert_eq!(world.of("two").protection(1, world.now), ProtectionState::Active);
}

#[test]
fn who_is_protected_keeps_others_away_for_its_time() {
    let mut world = World::sketch();
    world.submit("one", &form("a", contoso()));
    world.manage("one", &approve());
    world.submit("two", &form("b", spelt()));
    assert_eq!(world.state("two"), "rejected already_protected");
    // Other goods are another deal.
    let mut parts = form("b", spelt());
    parts.lines = vec![line("parts", "9000")];
    world.submit("parts", &parts);
    assert_eq!(world.state("parts"), "pending");
    // Its own partner has it already.
    world.submit("again", &form("a", spelt()));
    assert_eq!(world.state("again"), "rejected own_duplicate");
    // After its end it is free again, and nobody had to do anything.
    world.later(60, 0);
    world.submit("later", &form("b", spelt()));
    assert_eq!(world.state("later"), "pending");
}

#[test]
fn protection_from_submission_holds_at_once() {
    let policy = POLICY.replace("lasts: 90 days", "starts: submission, lasts: 90 days");
    let mut world = World::new(&policy, RULES);
    world.submit("one", &form("a", contoso()));
    world.submit("two", &form("b", spelt()));
    assert_eq!(world.of("one").protection(1, world.now), ProtectionState::Active);
    assert_eq!(world.of("two").protection(1, world.now), ProtectionState::None);
    assert_eq!(world.state("two"), "waiting earlier_pending");
    let began = world.of("one").lines[0].protection.clone().unwrap().since;
    world.later(3, 0);
    world.manage("one", &approve());
    assert_eq!(world.of("one").lines[0].protection.as_ref().unwrap().since, began);
    // Rejected, it is over.
    world.submit("parts", &with(form("c", contoso()), |form| form.lines = vec![line("parts", "9000")]));
    world.manage("parts", &reject());
    assert_eq!(world.of("parts").protection(1, world.now), ProtectionState::Released);
}

#[test]
fn approval_without_a_person() {
    let policy =
        format!("{POLICY}  auto_approve: {{ when: {{ no_conflict: yes, tier: [gold], value_below: 50000 }} }}\n");
    let mut world = World::new(&policy, RULES);
    world.given.partners.get_mut("a").unwrap().tier = Some("gold".parse().unwrap());
    world.submit("one", &form("a", contoso()));
    assert_eq!(world.state("one"), "approved");
    assert!(world.of("one").is_protected(world.now));
    let large = with(form("a", contoso()), |form| form.lines = vec![line("parts", "50000")]);
    world.submit("large", &large);
    assert_eq!(world.state("large"), "pending");
    world.submit("two", &form("b", spelt()));
    assert_eq!(world.state("two"), "rejected already_protected");
}

#[test]
fn one_that_was_received_earlier_comes_first_however_late_it_is_decided() {
    let mut world = World::sketch();
    world.submit("one", &form("a", contoso()));
    // Handed in by a phone before, and carried out now.
    let early = world.now - chrono::TimeDelta::hours(1);
    world.book.open("early".parse().unwrap(), &form("b", spelt()), &world.given, &partner("b"), early).unwrap();
    let done = world.book.command(&"early".parse().unwrap(), &Command::Submit, &world.given, &partner("b"), early);
    // A book knows one instant of each command; the one behind is told.
    assert_eq!(done.unwrap().others.len(), 1);
    assert_eq!((world.state("early").as_str(), world.state("one").as_str()), ("pending", "waiting earlier_pending"));
}

#[test]
fn accounts_that_the_vendor_knows() {
    type Change = fn(&mut KnownAccount);
    let bikes = || Some("bikes".parse().unwrap());
    let cases: [(&str, Change, bool); 14] = [
        ("named_account: yes", |known| known.named = true, true),
        ("named_account: no", |known| known.named = true, false),
        ("named_account: no", |_| {}, true),
        ("direct_only: yes", |known| known.direct_only = true, true),
        ("existing_customer: yes", |known| known.customer_of = vec![sold(Some("a"), None, None)], true),
        ("existing_customer: yes", |known| known.customer_of = vec![sold(None, Some("parts"), None)], false),
        ("existing_customer: yes", |known| known.customer_of = vec![sold(None, None, Some("2025-06-01"))], false),
        ("incumbent: another_partner", |known| known.customer_of = vec![sold(Some("a"), None, None)], true),
        ("incumbent: another_partner", |known| known.customer_of = vec![sold(Some("b"), None, None)], false),
        ("incumbent: same_partner", |known| known.customer_of = vec![sold(Some("b"), None, None)], true),
        ("open_opportunity: vendor, age_below: 60 days", |known| known.opportunities = vec![open("2025-04-03")], true),
        ("open_opportunity: vendor, age_below: 60 days", |known| known.opportunities = vec![open("2025-04-02")], false),
        ("contact_within: 6 months", |known| known.last_contact = "2024-12-01".parse().ok(), true),
        ("contact_within: 6 months", |known| known.last_contact = "2024-11-30".parse().ok(), false),
    ];
    for (when, change, expected) in cases {
        let mut world = ruled(when, "review");
        world.known(contoso(), change);
        assert_eq!(matches(world, &form("b", spelt())), expected, "{when}");
    }
    let mut world = ruled("open_opportunity: vendor, products: overlapping", "review");
    world.known(contoso(), |known| known.opportunities = vec![Opportunity { products: bikes(), ..open("2025-04-02") }]);
    assert!(matches(world, &form("b", spelt())));
}

fn sold(partner: Option<&str>, products: Option<&str>, until: Option<&str>) -> Incumbent {
    Incumbent {
        partner: partner.map(|id| id.parse().unwrap()),
        products: products.map(|name| name.parse().unwrap()),
        until: until.map(|day| day.parse().unwrap()),
    }
}

fn open(touched_on: &str) -> Opportunity {
    Opportunity { id: "OPP-1".into(), touched_on: touched_on.parse().unwrap(), products: None }
}

#[test]
fn where_it_is_and_what_the_partner_may_sell() {
    let outside = |region: Option<&str>, territories: Option<&[&str]>| {
        let mut world = ruled("territory: outside", "reject");
        let names = territories.map(|names| names.iter().map(|name| name.parse().unwrap()).collect());
        world.given.partners.get_mut("b").unwrap().territories = names;
        matches(world, &with(form("b", spelt()), |form| form.region = region.map(str::to_owned)))
    };
    assert!(!outside(None, None));
    assert!(!outside(Some("CA"), Some(&["west"])));
    assert!(outside(Some("NY"), Some(&["west"])));
    assert!(outside(Some("CA"), Some(&["dach"])));
    // Nobody knows where it is, so it is not known to be inside.
    assert!(outside(None, Some(&["west"])));
    let unauthorised = |goods: &str, sells: &[&str]| {
        let mut world = ruled("authorised: no", "reject");
        world.given = world.given.selling([Product::new("R-1".parse().unwrap())]);
        let sells = sells.iter().map(|name| name.parse().unwrap()).collect();
        world.given.partners.get_mut("b").unwrap().sells = Some(sells);
        matches(world, &with(form("b", spelt()), |form| form.lines = vec![line(goods, "9000")]))
    };
    assert!(!unauthorised("bikes", &["bikes"]));
    assert!(unauthorised("bikes", &["parts"]));
    assert!(!unauthorised("sku:R-1", &["road"]));
    assert!(unauthorised("sku:R-1", &["bikes"]));
}

#[test]
fn the_deal_itself_and_the_hosts_own_rules() {
    let cases = [
        ("value_below: 10000", false),
        ("value_below: 10000.01", true),
        ("value_at_least: 10000", true),
        ("type: [renewal, expansion]", false),
        ("type: new", true),
        ("tier: gold", false),
    ];
    for (when, expected) in cases {
        assert_eq!(matches(ruled(when, "review"), &form("b", spelt())), expected, "{when}");
    }
    let mut world = ruled("host_verdict: sanctioned", "reject");
    world.given.verdicts = vec![HostVerdict { code: "sanctioned".parse().unwrap(), line: Some(2) }];
    let mut deal = form("b", spelt());
    deal.lines.push(line("parts", "1"));
    world.submit("r", &deal);
    let states: Vec<&str> = world.of("r").lines.iter().map(|line| line.review.word()).collect();
    assert_eq!(states, ["pending", "rejected"]);
}

#[test]
fn distributors_join_what_else_would_collide() {
    let rules = "
  conflicts:
    - { when: { pending_for: another_partner, chain: same }, then: allow, code: same_chain }
    - { when: { pending_for: another_partner }, then: wait, code: earlier_pending }
";
    let mut world = World::new(POLICY, rules);
    let through = |partner: &str, distributor: &str| {
        with(form(partner, contoso()), |form| form.distributors = vec![distributor.parse().unwrap()])
    };
    world.submit("one", &through("a", "d"));
    world.submit("two", &through("b", "d"));
    assert_eq!(world.state("two"), "pending");
    world.submit("three", &form("c", contoso()));
    assert_eq!(world.state("three"), "waiting earlier_pending");
}

#[test]
fn a_later_partner_may_get_a_part_of_the_benefit_or_of_the_deal() {
    let rule =
        |then: &str| format!("  conflicts: [{{ when: {{ protected_for: another_partner }}, code: second, {then} }}]\n");
    for (then, benefit, share) in
        [("then: reduce, benefit: 50 %", Some("2 %"), None), ("then: share, share: 40 %", Some("4 %"), Some("40 %"))]
    {
        let mut world = World::new(POLICY, &rule(then));
        world.given.partners.get_mut("b").unwrap().tier = Some("registered".parse().unwrap());
        world.submit("one", &form("a", contoso()));
        world.manage("one", &approve());
        world.submit("two", &form("b", spelt()));
        world.manage("two", &approve());
        let terms = world.of("two").lines[0].terms.clone().unwrap();
        assert_eq!(terms.benefit.map(|rate| rate.to_string()).as_deref(), benefit);
        assert_eq!(terms.share.map(|rate| rate.to_string()).as_deref(), share);
    }
}

#[test]
fn in_a_public_tender_nobody_blocks_another() {
    let rules = "
  conflicts:
    - { when: { type: public_tender }, then: non_exclusive, code: tender }
    - { when: { protected_for: another_partner }, then: reject, code: already_protected }
";
    let mut world = World::new(POLICY, rules);
    let bid = |partner: &str| {
        with(form(partner, contoso()), |form| {
            form.deal_type = DealType::PublicTender;
            form.tender = Some(Tender { id: "T-77".into(), published_on: "2025-05-01".parse().unwrap() });
        })
    };
    for name in ["a", "b"] {
        world.submit(name, &bid(name));
        world.manage(name, &approve());
        assert!(!world.of(name).lines[0].terms.as_ref().unwrap().exclusive);
    }
    // Nor an ordinary one.
    world.submit("c", &form("c", contoso()));
    assert_eq!(world.state("c"), "pending");
}

#[test]
fn the_customers_choice_ends_the_protection_of_the_other() {
    let rules = "
  conflicts:
    - { when: { customer_choice: same_partner }, then: allow, code: chosen }
    - { when: { customer_choice: another_partner }, then: reject, code: chosen_another }
    - { when: { protected_for: another_partner }, then: reject, code: already_protected }
";
    let mut world = World::new(POLICY, rules);
    world.submit("one", &form("a", contoso()));
    world.manage("one", &approve());
    world.submit("two", &form("b", spelt()));
    assert_eq!(world.state("two"), "rejected already_protected");
    world.act("two", &Command::Appeal { lines: [].into() }, &partner("b")).unwrap();
    let choice = |partner: &str, dated: &str| Command::AcceptChoice {
        choice: Choice {
            partner: partner.parse().unwrap(),
            letter: "L-1".parse().unwrap(),
            dated: dated.parse().unwrap(),
        },
    };
    assert!(matches!(world.refusal("one", &choice("b", "2025-06-02"), &manager()), RegistrationError::Date { .. }));
    world.manage("one", &choice("b", "2025-06-01"));
    let released = world.of("one").lines[0].protection.as_ref().unwrap().released.unwrap();
    assert_eq!(released.by, ReleasedBy::CustomerChoice);
    world.manage("two", &Command::DecideAppeal { decision: prm_core::deal::AppealDecision::Upheld });
    world.manage("two", &approve());
    assert_eq!(world.state("two"), "approved");
    world.submit("three", &form("c", spelt()));
    assert_eq!(world.state("three"), "rejected chosen_another");
    // A later letter, accepted on the registration of the one that is chosen, ends the protection of the other all the same.
    world.submit("four", &form("d", contoso()));
    world.act("four", &Command::Appeal { lines: [].into() }, &partner("d")).unwrap();
    world.manage("four", &Command::DecideAppeal { decision: prm_core::deal::AppealDecision::Upheld });
    world.later(2, 0);
    let unknown = world.refusal("four", &choice("nobody", "2025-06-02"), &manager());
    assert!(matches!(unknown, RegistrationError::Partner { .. }));
    let done = world.manage("four", &choice("d", "2025-06-02"));
    assert_eq!(done.others.len(), 1);
    assert_eq!(world.of("two").protection(1, world.now), ProtectionState::Released);
    world.manage("four", &approve());
    assert!(world.of("four").is_protected(world.now));
}

#[test]
fn a_tender_waits_for_no_tender_and_a_reduction_needs_a_benefit() {
    let mut world = World::sketch();
    let bid = |partner: &str| {
        with(form(partner, contoso()), |form| {
            form.deal_type = DealType::PublicTender;
            form.tender = Some(Tender { id: "T-77".into(), published_on: "2025-05-01".parse().unwrap() });
        })
    };
    world.submit("one", &bid("a"));
    world.submit("two", &bid("b"));
    assert_eq!((world.state("two").as_str(), world.place("two")), ("pending", 1));
    let rules = "  conflicts: [{ when: { type: new }, then: reduce, benefit: 25 %, code: less }]\n";
    let mut world = World::new(POLICY, rules);
    world.submit("r", &form("a", contoso()));
    world.manage("r", &approve());
    let terms = world.of("r").lines[0].terms.clone().unwrap();
    assert_eq!((terms.benefit, terms.benefit_part.unwrap().to_string()), (None, "25 %".to_owned()));
}

#[test]
fn what_began_with_the_submission_ends_with_its_time() {
    let policy = "  protection: { starts: submission, lasts: 2 days }\n";
    let mut world = World::new(policy, RULES);
    world.submit("r", &form("a", contoso()));
    world.later(8, 0);
    world.manage("r", &approve());
    assert_eq!(world.of("r").protection(1, world.now), ProtectionState::Expired);
}

#[test]
fn families_and_places() {
    let scoped = |scope: &str| World::new(&format!("{POLICY}  scope: {{ {scope} }}\n"), RULES);
    let mut daughter = facts("acc-9", "Litware Robotics");
    daughter.parents = vec!["acc-1".parse().unwrap()];
    for (scope, expected) in [("accounts: family", "rejected already_protected"), ("accounts: account", "pending")] {
        let mut world = scoped(scope);
        world.submit("one", &form("a", contoso()));
        world.manage("one", &approve());
        world.submit("two", &form("b", daughter.clone()));
        assert_eq!(world.state("two"), expected, "{scope}");
    }
    let elsewhere = |country: &str, site: Option<&str>| {
        let mut deal = form("b", contoso());
        deal.account.country = Some(country.into());
        deal.site = site.map(str::to_owned);
        deal
    };
    for (scope, country, site, expected) in [
        ("places: country", "DE", None, "pending"),
        ("places: country", "US", None, "rejected already_protected"),
        ("places: site", "US", Some("Reno"), "pending"),
        ("places: site", "US", Some(" Salem"), "rejected already_protected"),
        ("places: site", "US", None, "rejected already_protected"),
        ("places: everywhere", "DE", Some("Reno"), "rejected already_protected"),
    ] {
        let mut world = scoped(scope);
        world.submit("one", &with(form("a", contoso()), |form| form.site = Some("Salem".into())));
        world.manage("one", &approve());
        world.submit("two", &elsewhere(country, site));
        assert_eq!(world.state("two"), expected, "{scope} {country} {site:?}");
    }
}

#[test]
fn every_match_is_told_and_the_first_decides() {
    let mut world = World::sketch();
    world.known(contoso(), |known| {
        known.named = true;
        known.opportunities = vec![open("2025-05-30")];
    });
    world.submit("one", &form("a", spelt()));
    let answer = world.of("one").assessment.as_ref().unwrap().lines[0].clone();
    assert_eq!(answer.code.unwrap().as_str(), "direct_only");
    let told: Vec<(u32, &str)> = answer.matches.iter().map(|found| (found.rule, found.code.as_str())).collect();
    assert_eq!(told, [(1, "direct_only"), (5, "vendor_engaged")]);
    let Cause::Account { known: Some(known), .. } = &answer.matches[1].because[0] else { panic!() };
    assert_eq!((known.id.as_str(), known.opportunity.as_deref()), ("acc-1", Some("OPP-1")));
    assert!(matches!(world.of("one").lines[0].review, LineState::Rejected { .. }));
}

#[test]
fn what_the_vendor_knows_joins_names_that_have_nothing_in_common() {
    let mut world = World::new(&format!("{POLICY}  scope: {{ accounts: family }}\n"), RULES);
    let mut known = facts("crm-1", "Stadtwerke Lindenau GmbH");
    known.aliases = vec!["SWL Lindenau".into(), "Contoso Utilities".into()];
    world.known(known, |_| {});
    let mut daughter = facts("crm-2", "Netze Ulmenried");
    daughter.parents = vec!["crm-1".parse().unwrap()];
    world.known(daughter, |_| {});
    world.submit("one", &form("a", facts("x-1", "Contoso Utilities Inc.")));
    world.submit("two", &form("b", facts("x-2", "Stadtwerke Lindenau")));
    assert_eq!(world.state("two"), "waiting earlier_pending");
    let Cause::Registration { other: Some(other), .. } =
        world.of("two").assessment.as_ref().unwrap().lines[0].matches[0].because[0].clone()
    else {
        panic!("no registration")
    };
    assert_eq!(other.matched.by.unwrap().as_str(), "crm-1");
    // A daughter is of the family, whoever tells of it.
    world.submit("three", &form("c", facts("x-3", "Netze Ulmenried Ltd")));
    assert_eq!((world.state("three").as_str(), world.place("three")), ("waiting earlier_pending", 3));
    // What only registrations told joins nobody.
    let mut told = facts("x-4", "Fabrikam");
    told.aliases = vec!["Litware".into()];
    world.submit("four", &form("a", told));
    world.submit("five", &form("b", facts("x-5", "Fabrikam Inc")));
    world.submit("six", &form("c", facts("x-6", "Litware Corp")));
    assert_eq!([world.state("five"), world.state("six")], ["waiting earlier_pending", "waiting earlier_pending"]);
    world.manage("four", &reject());
    assert_eq!([world.state("five"), world.state("six")], ["pending", "pending"]);
}
