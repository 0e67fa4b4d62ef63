//! Laws of the account matcher over arbitrary records, and what it says of invented ones.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests; a test that cannot begin should stop"
)]

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use prm_core::account::keys::{BLOCK_MAX, query_keys, record_keys};
use prm_core::account::score::score;
use prm_core::account::word::{WordTable, words};
use prm_core::account::{Account, AccountFacts, Index, Profile, Search, Thresholds, Verdict, assess};

/// Texts as they come: words, signs without width, marks without a letter, emoji, other scripts, anything.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => prop::sample::select(vec![
            "Weyland", "Yutani", "Weiland", "Soylent", "Cyberdyne", "Systems", "Bank", "of", "Ltd", "GmbH", "S.A.", "&", "3M", "AB12",
            "Müller", "mueller", "Роснефть", "北京大学", "株式会社", "カルソニック", "ــ", "بنك", "삼성", "ΑΕ", "İş", "Straße", "W", "Y",
        ]).prop_map(str::to_owned),
        1 => prop::sample::select(vec!["\u{202e}", "\u{200d}", "\u{301}", "\u{301}\u{327}", "🏦", "👩‍💻", "\u{feff}", "\u{3099}", "·", "'"])
            .prop_map(str::to_owned),
        1 => any::<String>().prop_map(|text| text.chars().take(12).collect()),
    ];
    (prop::collection::vec(piece, 1..7), prop::sample::select(vec![" ", "-", "", "  ", "/"]))
        .prop_map(|(pieces, between)| pieces.join(between))
}

fn account() -> impl Strategy<Value = Account> {
    let domain = prop::option::of(prop::sample::select(vec![
        "weyland.com",
        "mail.weyland.com",
        "weyland.de",
        "gmail.com",
        "bank.co.uk",
    ]));
    let country = prop::option::of(prop::sample::select(vec!["DE", "US", "JP"]));
    let phone = prop::option::of(prop::sample::select(vec!["+49 30 1234567", "0301234567", "555"]));
    (text(), prop::collection::vec(text(), 0..3), domain, country, phone).prop_filter_map(
        "texts that no account has",
        |(name, aliases, domain, country, phone)| {
            let mut facts = AccountFacts::new("x".parse().ok()?, name);
            facts.aliases = aliases;
            facts.domain = domain.map(str::to_owned);
            facts.country = country.map(str::to_owned);
            facts.phone = phone.map(str::to_owned);
            Account::new(facts).ok()
        },
    )
}

fn with_id(account: &Account, id: &str) -> Account {
    let mut facts = account.facts().clone();
    facts.id = id.parse().unwrap();
    Account::new(facts).unwrap()
}

fn accounts(most: usize) -> impl Strategy<Value = Vec<Account>> {
    prop::collection::vec(account(), 1..most).prop_map(|accounts| {
        let numbered = accounts.iter().enumerate();
        numbered.map(|(at, account)| with_id(account, &format!("a-{at:03}"))).collect()
    })
}

fn everything() -> Thresholds {
    let mut thresholds = Thresholds::for_accounts(1);
    thresholds.probable = i32::MIN;
    thresholds
}

#[test]
fn a_name_of_marks_alone_is_read_alike() {
    let once = words("\u{301} \u{301}\u{327}", WordTable::shipped());
    let again = words(&once[0].text, WordTable::shipped());
    assert_eq!((again.len(), &again[0].text), (1, &once[0].text));
}

proptest! {
    #[test]
    fn any_text_is_refused_or_read(name in any::<String>(), alias in text(), domain in any::<String>()) {
        let mut facts = AccountFacts::new("x".parse().unwrap(), name);
        facts.aliases.push(alias);
        facts.email_domain = Some(domain);
        if let Ok(account) = Account::new(facts) {
            let profile = Profile::new(&account);
            prop_assert!(!record_keys(&profile).is_empty());
            let bytes = profile.to_bytes();
            prop_assert!((0..bytes.len()).all(|end| Profile::from_bytes(&bytes[..end]).as_ref() != Some(&profile)));
            prop_assert_eq!(Profile::from_bytes(&bytes), Some(profile));
            prop_assert!(account.names().all(|name| !words(name, WordTable::shipped()).is_empty()));
        }
    }

    #[test]
    fn what_was_read_is_read_alike(name in text()) {
        let texts = |name: &str| -> Vec<String> {
            words(name, WordTable::shipped()).into_iter().map(|word| word.text).collect()
        };
        let once = texts(&name);
        prop_assert_eq!(&texts(&once.join(" ")), &once);
    }

    #[test]
    fn no_account_is_the_first_one(a in account(), b in account()) {
        let (x, y) = (Profile::new(&a), Profile::new(&b));
        prop_assert_eq!(score(&x, &y), score(&y, &x));
        let (there, back) = (assess(&a, &b, 1_000), assess(&b, &a, 1_000));
        prop_assert_eq!(there.score, score(&x, &y));
        prop_assert_eq!(there.score, there.bias + there.evidence.iter().map(|evidence| evidence.points).sum::<i32>());
        prop_assert_eq!(there.evidence, back.evidence);
        prop_assert_eq!(there.verdict, back.verdict);
    }

    #[test]
    fn an_account_finds_itself_under_its_own_keys(account in account()) {
        let profile = Profile::new(&account);
        let all = query_keys(&profile).all();
        prop_assert!(record_keys(&profile).iter().all(|key| all.binary_search(key).is_ok()));
    }

    #[test]
    fn one_more_alias_never_hides_what_was_found(a in account(), b in account(), alias in text()) {
        let before = score(&Profile::new(&a), &Profile::new(&b));
        let mut facts = a.facts().clone();
        facts.aliases.push(alias);
        if let Ok(more) = Account::new(facts) {
            prop_assert!(score(&Profile::new(&more), &Profile::new(&b)) >= before);
            let keys = record_keys(&Profile::new(&more));
            prop_assert!(record_keys(&Profile::new(&a)).iter().all(|key| keys.binary_search(key).is_ok()));
        }
    }

    /// The answers depend on the accounts that are there, not on how they came there.
    #[test]
    fn the_order_of_insertions_and_removals_does_not_matter(
        (accounts, order) in accounts(12).prop_flat_map(|accounts| {
            let order = Just((0..accounts.len()).collect::<Vec<_>>()).prop_shuffle();
            (Just(accounts), order)
        }),
        query in account(),
    ) {
        let mut straight = Index::new();
        accounts.iter().for_each(|account| straight.insert(account));
        let mut other = Index::new();
        for account in &accounts {
            other.insert(&with_id(&query, account.id().as_str()));
        }
        for at in &order {
            prop_assert!(other.remove(accounts[*at].id()));
        }
        prop_assert!(other.is_empty());
        order.iter().for_each(|at| other.insert(&accounts[*at]));
        let profile = Profile::new(&query);
        prop_assert_eq!(straight.len(), other.len());
        prop_assert_eq!(straight.candidates(&profile), other.candidates(&profile));
        let mut search = Search::default();
        let found = straight.search(&profile, everything(), usize::MAX, &mut search);
        prop_assert_eq!(&found, &other.search(&profile, everything(), usize::MAX, &mut search));
        let ordered = found.windows(2).all(|pair| (pair[1].score, &pair[0].id) <= (pair[0].score, &pair[1].id));
        prop_assert!(ordered);
    }

    /// What a database with a table of keys would answer.
    #[test]
    fn the_index_answers_as_a_table_of_keys(accounts in accounts(12), query in account()) {
        let mut index = Index::new();
        let mut table: BTreeMap<u64, Vec<&Account>> = BTreeMap::new();
        for account in &accounts {
            index.insert(account);
            let keys = record_keys(&Profile::new(account));
            prop_assert_eq!(&keys, &record_keys(index.profile(account.id()).unwrap()), "keys are the account's own");
            keys.into_iter().for_each(|key| table.entry(key).or_default().push(account));
        }
        let profile = Profile::new(&query);
        let keys = query_keys(&profile);
        let mut found = BTreeSet::new();
        for key in keys.all() {
            let block = table.get(&key).filter(|block| block.len() <= BLOCK_MAX);
            for account in block.into_iter().flatten() {
                if keys.brings(key, &Profile::new(account)) {
                    found.insert(account.id());
                }
            }
        }
        prop_assert_eq!(index.candidates(&profile), found.into_iter().collect::<Vec<_>>());
    }
}

fn named(name: &str, fields: &[(&str, &str)]) -> Account {
    let mut facts = AccountFacts::new("x".parse().unwrap(), name);
    for (field, value) in fields {
        let value = Some((*value).to_owned());
        match *field {
            "domain" => facts.domain = value,
            "country" => facts.country = value,
            "tax" => facts.tax_id = value,
            "alias" => facts.aliases.extend(value),
            _ => unreachable!("{field}"),
        }
    }
    Account::new(facts).unwrap()
}

#[test]
fn names_that_are_one_account() {
    let us: &[(&str, &str)] = &[("country", "US")];
    for (one, other) in [
        ("Weyland-Yutani Corporation", "WEYLAND YUTANI CORP."),
        ("Weyland-Yutani Corporation", "Weylandyutani Inc"),
        ("Cyberdyne Systems Inc.", "Cyberdine Systems"),
        ("Tyrell Manufacturing Company", "Tyrell Mfg Co"),
        ("Königsbräu GmbH & Co. KG", "Koenigsbraeu GmbH"),
        ("Universidad de Vallequemado", "University of Vallequemado"),
        ("Massive Dynamic Laboratories, Ltd.", "Massive Dynamic Labs"),
    ] {
        let found = assess(&named(one, us), &named(other, us), 10_000);
        assert_ne!(found.verdict, Verdict::Different, "{one} / {other}: {found:#?}");
    }
}

#[test]
fn names_that_are_not() {
    let us: &[(&str, &str)] = &[("country", "US")];
    for (one, other) in [
        ("Weyland-Yutani Corporation", "Cyberdyne Systems Corporation"),
        ("First National Bank of Springfield", "First National Bank of Shelbyville"),
        ("Vallequemado Hospital", "Montefrio Hospital"),
        ("Global Holdings Ltd", "Global Trading Ltd"),
    ] {
        let found = assess(&named(one, us), &named(other, us), 10_000);
        assert_eq!(found.verdict, Verdict::Different, "{one} / {other}: {found:#?}");
    }
}

#[test]
fn fields_speak_where_names_do_not() {
    let held = named("Weyland-Yutani Corporation", &[("domain", "weyland-yutani.com"), ("tax", "DE 123.456.789")]);
    let other = named("WY Corp", &[("domain", "www.weyland-yutani.com"), ("tax", "de123456789")]);
    assert_ne!(assess(&held, &other, 10_000).verdict, Verdict::Different);
    let alias = named("Nihon Kaisha", &[("alias", "Weyland Yutani")]);
    let found = assess(&named("Weyland-Yutani", &[]), &alias, 10_000);
    assert_eq!((found.verdict, found.other_name.as_str()), (Verdict::Same, "Weyland Yutani"));
    let same = assess(
        &named("Soylent Corp", &[("domain", "soylent.com")]),
        &named("Soylent Ltd", &[("domain", "soylent.com")]),
        10_000,
    );
    let foreign = assess(
        &named("Soylent Corp", &[("domain", "soylent.com")]),
        &named("Soylent Ltd", &[("domain", "green.com")]),
        10_000,
    );
    assert!(same.score > foreign.score + 2_000, "{} / {}", same.score, foreign.score);
}

#[test]
fn blocks_that_too_many_share_are_passed_over_until_they_shrink() {
    let mut index = Index::new();
    for at in 0..=BLOCK_MAX {
        index.insert(&with_id(&named("Weyland", &[]), &format!("a-{at:03}")));
    }
    let query = named("Weyland", &[]);
    assert!(index.matches(&query, 5).is_empty());
    assert!(index.remove(&"a-007".parse().unwrap()));
    let found = index.matches(&query, 2);
    assert_eq!(found.iter().map(|found| found.id.as_str()).collect::<Vec<_>>(), ["a-000", "a-001"]);
}

#[test]
fn relations_are_apart_from_the_verdict() {
    let mut parent = AccountFacts::new("p".parse().unwrap(), "Weyland Group");
    parent.parents = vec!["top".parse().unwrap()];
    let mut child = AccountFacts::new("c".parse().unwrap(), "Cyberdyne Systems");
    child.parents = vec!["p".parse().unwrap()];
    let (parent, child) = (Account::new(parent).unwrap(), Account::new(child).unwrap());
    let found = assess(&parent, &child, 10);
    assert_eq!((found.verdict, found.related), (Verdict::Different, Some(prm_core::account::Relation::Parent)));
    let mut index = Index::new();
    index.insert(&parent);
    assert_eq!(index.related(&child), [("p".parse().unwrap(), prm_core::account::Relation::Child)]);
}
