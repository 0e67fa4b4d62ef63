//! Bad input: a typed error that names the field, and nothing is kept.

use prm_core::deal::book::BookError;
use prm_core::deal::{Command, DealType, Form, RegistrationError, Tender};
use prm_core::money::Money;

use super::world::{POLICY, RULES, World, facts, form, id, line, partner};

/// What is said of a form when it is drafted, or handed in.
fn said(change: impl FnOnce(&mut Form)) -> String {
    let mut world = World::new(POLICY, RULES);
    let mut deal = form("a", facts("acc", "Contoso"));
    change(&mut deal);
    let drafted = world.draft("r", &deal);
    let refused = match drafted {
        Err(error) => {
            assert!(world.book.registration(&id("r")).is_none());
            error
        }
        Ok(()) => {
            let before = world.of("r").clone();
            let Err(error) = world.act("r", &Command::Submit, &partner("a")) else { return "nothing".into() };
            assert_eq!(*world.of("r"), before);
            error
        }
    };
    assert!(matches!(refused, BookError::Refused(RegistrationError::Form(_))), "{refused:?}");
    refused.to_string()
}

#[test]
fn a_form_is_told_what_is_wrong_with_it() {
    let usd = |text: &str| Money::parse(text, "USD").ok();
    assert_eq!(said(|_| {}), "nothing");
    assert_eq!(said(|form| form.account.name = " ".into()), "account: name must not be empty");
    assert_eq!(
        said(|form| form.account.name = "x".repeat(10_241)),
        "account: name has at most 10240 bytes, this has 10241"
    );
    assert_eq!(
        said(|form| form.account.name = "x".repeat(2_000)),
        "account.name has at most 1024 bytes, this has 2000"
    );
    assert_eq!(
        said(|form| form.account.name = "Con\u{7}toso".into()),
        "account: name must not hold control characters; U+0007 at position 4 is one"
    );
    assert_eq!(
        said(|form| form.account.name = "Con\u{202e}toso".into()),
        "account.name must not hold control characters or marks of direction; U+202E at position 4 is one"
    );
    assert_eq!(
        said(|form| form.account.domain = Some("not a domain".into())),
        "account: domain must be a domain such as `example.com`, not `not a domain`"
    );
    assert_eq!(said(|form| form.account.country = None), "account.country is required");
    assert_eq!(said(|form| form.lines.clear()), "products is required");
    assert_eq!(said(|form| form.lines[0].value = None), "value is required");
    assert_eq!(said(|form| form.lines[0].value = usd("-1")), "line 1: the value is negative: -1.00 USD");
    assert_eq!(
        said(|form| form.lines[0].value = Money::parse("5000", "EUR").ok()),
        "line 1: the value is in EUR, the program's currency is USD"
    );
    assert_eq!(
        said(|form| form.lines[0].value = usd("4999.99")),
        "value: 4999.99 USD is less than the 5000.00 USD from which deals are registered"
    );
    assert_eq!(
        said(|form| form.close_date = "2025-05-31".parse().ok()),
        "close_date: 2025-05-31 does not lie from 2025-06-01 to 2026-06-01"
    );
    assert_eq!(
        said(|form| form.close_date = "2026-06-02".parse().ok()),
        "close_date: 2026-06-02 does not lie from 2025-06-01 to 2026-06-01"
    );
    assert_eq!(
        said(|form| form.distributors = vec!["nobody".parse().unwrap()]),
        "distributors: partner `nobody` is unknown, or stands there twice"
    );
    assert_eq!(
        said(|form| form.lines.push(line("boats", "1"))),
        "line 2: product `boats` is unknown, or stands on another line"
    );
    assert_eq!(
        said(|form| form.lines.push(line("sku:R-9", "1"))),
        "line 2: product `R-9` is unknown, or stands on another line"
    );
    assert_eq!(
        said(|form| form.lines.push(line("bikes", "1"))),
        "line 2: product `bikes` is unknown, or stands on another line"
    );
    assert_eq!(said(|form| form.program = "Q".into()), "the form is for program `Q`, not for `P`");
    assert_eq!(said(|form| form.deal_type = DealType::PublicTender), "tender is required");
    let tender = |on: &str| Some(Tender { id: "T-1".into(), published_on: on.parse().unwrap() });
    assert_eq!(
        said(|form| form.tender = tender("2025-06-02")),
        "tender: 2025-06-02 does not lie from -262143-01-01 to 2025-06-01"
    );
}

#[test]
fn an_unknown_partner_registers_nothing() {
    let mut world = World::sketch();
    let refused = world.draft("r", &form("z", facts("acc", "Contoso"))).unwrap_err();
    assert_eq!(refused.to_string(), "partner: partner `z` is unknown, or stands there twice");
}
