//! Written by `cargo run -p prm-codes`.

use super::{Coded, Facts};

impl Coded for crate::account::AccountError {
    fn code(&self) -> &'static str {
        match self {
            Self::Empty { .. } => "account.empty",
            Self::TooLong { .. } => "account.too_long",
            Self::Control { .. } => "account.control",
            Self::TooManyNames { .. } => "account.too_many_names",
            Self::Domain { .. } => "account.domain",
            Self::Country { .. } => "account.country",
            Self::Duns { .. } => "account.duns",
        }
    }

    fn facts(&self) -> Facts {
        let facts = Facts::default();
        match self {
            Self::Empty { field } => facts.text("field", field),
            Self::TooLong { field, bytes, max } => facts.text("field", field).text("bytes", bytes).text("max", max),
            Self::Control { field, code, position } => facts.text("field", field).text("code", code).text("position", position),
            Self::TooManyNames { given } => facts.text("given", given),
            Self::Domain { field, given } => facts.text("field", field).text("given", given),
            Self::Country { given } => facts.text("given", given),
            Self::Duns { given } => facts.text("given", given),
        }
    }
}

impl Coded for crate::currency::CurrencyError {
    fn code(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "currency.unknown",
            Self::NoMinorUnit { .. } => "currency.no_minor_unit",
        }
    }

    fn facts(&self) -> Facts {
        let facts = Facts::default();
        match self {
            Self::Unknown { code } => facts.text("code", code),
            Self::NoMinorUnit { code } => facts.text("code", code),
        }
    }
}

impl Coded for crate::deal::book::BookError {
    fn code(&self) -> &'static str {
        match self {
            Self::Refused(source) => source.code(),
            Self::NotFound { .. } => "book.not_found",
            Self::Denied => "book.denied",
            Self::Exists { .. } => "book.exists",
            Self::BeforeLastChange { .. } => "book.before_last_change",
        }
    }

    fn facts(&self) -> Facts {
        let facts = Facts::default();
        match self {
            Self::Refused(source) => source.facts(),
            Self::NotFound { id } => facts.text("id", id),
            Self::Denied => facts,
            Self::Exists { id } => facts.text("id", id),
            Self::BeforeLastChange { at, last } => facts.instant("at", at).instant("last", last),
        }
    }
}

impl Coded for crate::deal::FormError {
    fn code(&self) -> &'static str {
        match self {
            Self::OtherProgram { .. } => "form.other_program",
            Self::Account(..) => "form.account",
            Self::Missing { .. } => "form.missing",
            Self::Text { .. } => "form.text",
            Self::Partner { .. } => "form.partner",
            Self::Product { .. } => "form.product",
            Self::NegativeValue { .. } => "form.negative_value",
            Self::OtherCurrency { .. } => "form.other_currency",
            Self::BelowMinimum { .. } => "form.below_minimum",
            Self::Value(..) => "form.value",
            Self::Date { .. } => "form.date",
            Self::TooMany { .. } => "form.too_many",
        }
    }

    fn facts(&self) -> Facts {
        let facts = Facts::default();
        match self {
            Self::OtherProgram { expected, given } => facts.text("expected", expected).text("given", given),
            Self::Account(source) => facts.error("source", source),
            Self::Missing { field } => facts.text("field", field),
            Self::Text { field, why } => facts.text("field", field).text("why", why),
            Self::Partner { field, partner } => facts.text("field", field).text("partner", partner),
            Self::Product { line, goods } => facts.text("line", line).structure("goods", goods),
            Self::NegativeValue { line, given } => facts.text("line", line).text("given", given),
            Self::OtherCurrency { line, expected, given } => facts.text("line", line).text("expected", expected).text("given", given),
            Self::BelowMinimum { given, minimum } => facts.text("given", given).text("minimum", minimum),
            Self::Value(source) => facts.error("source", source),
            Self::Date { field, given, from, until } => facts.text("field", field).text("given", given).text("from", from).text("until", until),
            Self::TooMany { field, given, most } => facts.text("field", field).text("given", given).text("most", most),
        }
    }
}

impl Coded for crate::deal::RegistrationError {
    fn code(&self) -> &'static str {
        match self {
            Self::NoDeals { .. } => "registration.no_deals",
            Self::Form(source) => source.code(),
            Self::Stage { .. } => "registration.stage",
            Self::Line { .. } => "registration.line",
            Self::NoLine { .. } => "registration.no_line",
            Self::NotAskedFor { .. } => "registration.not_asked_for",
            Self::NoField => "registration.no_field",
            Self::TooOften { .. } => "registration.too_often",
            Self::NotNow { .. } => "registration.not_now",
            Self::NotApprover { .. } => "registration.not_approver",
            Self::SamePerson => "registration.same_person",
            Self::Conflict { .. } => "registration.conflict",
            Self::NotOffered { .. } => "registration.not_offered",
            Self::Appeal { .. } => "registration.appeal",
            Self::Date { .. } => "registration.date",
            Self::Partner { .. } => "registration.partner",
            Self::Zone(source) => source.code(),
        }
    }

    fn facts(&self) -> Facts {
        let facts = Facts::default();
        match self {
            Self::NoDeals { program } => facts.text("program", program),
            Self::Form(source) => source.facts(),
            Self::Stage { stage, command } => facts.text("stage", stage).text("command", command),
            Self::Line { line, state, command } => facts.text("line", line).text("state", state).text("command", command),
            Self::NoLine { line } => facts.text("line", line),
            Self::NotAskedFor { field } => facts.text("field", field),
            Self::NoField => facts,
            Self::TooOften { command, times } => facts.text("command", command).text("times", times),
            Self::NotNow { from, until } => facts.instant("from", from).instant("until", until),
            Self::NotApprover { line, expected } => facts.text("line", line).text("expected", expected),
            Self::SamePerson => facts,
            Self::Conflict { lines, assessment } => facts.structure("lines", lines).structure("assessment", assessment),
            Self::NotOffered { command } => facts.text("command", command),
            Self::Appeal { there } => facts.text("there", there),
            Self::Date { given, today } => facts.text("given", given).text("today", today),
            Self::Partner { partner } => facts.text("partner", partner),
            Self::Zone(source) => source.facts(),
        }
    }
}

impl Coded for crate::id::IdError {
    fn code(&self) -> &'static str {
        match self {
            Self::Empty => "id.empty",
            Self::TooLong { .. } => "id.too_long",
            Self::NotVisibleAscii { .. } => "id.not_visible_ascii",
            Self::NotInName { .. } => "id.not_in_name",
        }
    }

    fn facts(&self) -> Facts {
        let facts = Facts::default();
        match self {
            Self::Empty => facts,
            Self::TooLong { bytes } => facts.text("bytes", bytes),
            Self::NotVisibleAscii { character, position } => facts.text("character", character).text("position", position),
            Self::NotInName { character, position } => facts.text("character", character).text("position", position),
        }
    }
}

impl Coded for crate::money::MoneyError {
    fn code(&self) -> &'static str {
        match self {
            Self::CurrenciesDiffer { .. } => "money.currencies_differ",
            Self::NotWholeMinorUnits { .. } => "money.not_whole_minor_units",
            Self::OutOfRange => "money.out_of_range",
            Self::Number(source) => source.code(),
            Self::Currency(source) => source.code(),
        }
    }

    fn facts(&self) -> Facts {
        let facts = Facts::default();
        match self {
            Self::CurrenciesDiffer { left, right } => facts.text("left", left).text("right", right),
            Self::NotWholeMinorUnits { amount, currency } => facts.text("amount", amount).text("currency", currency),
            Self::OutOfRange => facts,
            Self::Number(source) => source.facts(),
            Self::Currency(source) => source.facts(),
        }
    }
}

impl Coded for crate::rate::RateError {
    fn code(&self) -> &'static str {
        match self {
            Self::NoUnit { .. } => "rate.no_unit",
            Self::Number(source) => source.code(),
        }
    }

    fn facts(&self) -> Facts {
        let facts = Facts::default();
        match self {
            Self::NoUnit { text } => facts.text("text", text),
            Self::Number(source) => source.facts(),
        }
    }
}

impl Coded for crate::scaled::NumberError {
    fn code(&self) -> &'static str {
        match self {
            Self::NotANumber { .. } => "number.not_a_number",
            Self::TooManyDigits { .. } => "number.too_many_digits",
            Self::OutOfRange => "number.out_of_range",
        }
    }

    fn facts(&self) -> Facts {
        let facts = Facts::default();
        match self {
            Self::NotANumber { text } => facts.text("text", text),
            Self::TooManyDigits { text, digits } => facts.text("text", text).text("digits", digits),
            Self::OutOfRange => facts,
        }
    }
}

impl Coded for crate::zone::ZoneError {
    fn code(&self) -> &'static str {
        match self {
            Self::NeedsTz { .. } => "zone.needs_tz",
            Self::Unknown { .. } => "zone.unknown",
            Self::Malformed { .. } => "zone.malformed",
            Self::OutOfRange { .. } => "zone.out_of_range",
        }
    }

    fn facts(&self) -> Facts {
        let facts = Facts::default();
        match self {
            Self::NeedsTz { name } => facts.text("name", name),
            Self::Unknown { name } => facts.text("name", name),
            Self::Malformed { text } => facts.text("text", text),
            Self::OutOfRange { at } => facts.text("at", at),
        }
    }
}
