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

impl Coded for crate::calendar::CalendarError {
    fn code(&self) -> &'static str {
        match self {
            Self::NoSuchMonth { .. } => "calendar.no_such_month",
            Self::Label { .. } => "calendar.label",
            Self::OtherCalendar { .. } => "calendar.other_calendar",
            Self::Period(source) => source.code(),
        }
    }

    fn facts(&self) -> Facts {
        let facts = Facts::default();
        match self {
            Self::NoSuchMonth { month } => facts.text("month", month),
            Self::Label { text, example } => facts.text("text", text).text("example", example),
            Self::OtherCalendar { given } => facts.structure("given", given),
            Self::Period(source) => source.facts(),
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

impl Coded for crate::fx::FxError {
    fn code(&self) -> &'static str {
        match self {
            Self::NoRate { .. } => "fx.no_rate",
            Self::NotPositive { .. } => "fx.not_positive",
            Self::Contradiction { .. } => "fx.contradiction",
            Self::Number(source) => source.code(),
        }
    }

    fn facts(&self) -> Facts {
        let facts = Facts::default();
        match self {
            Self::NoRate { from, to, kind, date, at_most_days } => facts.text("from", from).text("to", to).text("kind", kind).text("date", date).text("at_most_days", at_most_days),
            Self::NotPositive { from, to, date, rate } => facts.text("from", from).text("to", to).text("date", date).text("rate", rate),
            Self::Contradiction { from, to, kind, date, first, second } => facts.text("from", from).text("to", to).text("kind", kind).text("date", date).text("first", first).text("second", second),
            Self::Number(source) => source.facts(),
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

impl Coded for crate::incentive::book::SalesBookError {
    fn code(&self) -> &'static str {
        match self {
            Self::Line { .. } => "sales_book.line",
            Self::Waited { .. } => "sales_book.waited",
            Self::Late { .. } => "sales_book.late",
            Self::Earlier { .. } => "sales_book.earlier",
            Self::UnknownPartner { .. } => "sales_book.unknown_partner",
            Self::Fold(source) => source.code(),
            Self::Explain(source) => source.code(),
            Self::Due(source) => source.code(),
            Self::Worth(source) => source.code(),
            Self::Mismatch(source) => source.code(),
            Self::Spiff(source) => source.code(),
            Self::Commission(source) => source.code(),
            Self::Standing(source) => source.code(),
            Self::Metric(source) => source.code(),
            Self::Id(source) => source.code(),
        }
    }

    fn facts(&self) -> Facts {
        let facts = Facts::default();
        match self {
            Self::Line { place, key, why } => facts.text("place", place).structure("key", key).error("why", why),
            Self::Waited { key, why } => facts.structure("key", key).error("why", why),
            Self::Late { what } => facts.text("what", what),
            Self::Earlier { on, last } => facts.text("on", on).text("last", last),
            Self::UnknownPartner { partner } => facts.text("partner", partner),
            Self::Fold(source) => source.facts(),
            Self::Explain(source) => source.facts(),
            Self::Due(source) => source.facts(),
            Self::Worth(source) => source.facts(),
            Self::Mismatch(source) => source.facts(),
            Self::Spiff(source) => source.facts(),
            Self::Commission(source) => source.facts(),
            Self::Standing(source) => source.facts(),
            Self::Metric(source) => source.facts(),
            Self::Id(source) => source.facts(),
        }
    }
}

impl Coded for crate::incentive::claim::book::FundBookError {
    fn code(&self) -> &'static str {
        match self {
            Self::Request(source) => source.code(),
            Self::Allocation(source) => source.code(),
            Self::Claim(source) => source.code(),
            Self::Pot(source) => source.code(),
            Self::NotFound { .. } => "fund_book.not_found",
            Self::Denied => "fund_book.denied",
            Self::Exists { .. } => "fund_book.exists",
            Self::BeforeLastChange { .. } => "fund_book.before_last_change",
            Self::NotLeft { .. } => "fund_book.not_left",
        }
    }

    fn facts(&self) -> Facts {
        let facts = Facts::default();
        match self {
            Self::Request(source) => source.facts(),
            Self::Allocation(source) => source.facts(),
            Self::Claim(source) => source.facts(),
            Self::Pot(source) => source.facts(),
            Self::NotFound { id } => facts.text("id", id),
            Self::Denied => facts,
            Self::Exists { id } => facts.text("id", id),
            Self::BeforeLastChange { at, last } => facts.instant("at", at).instant("last", last),
            Self::NotLeft { authorisation, quantity } => facts.text("authorisation", authorisation).text("quantity", quantity),
        }
    }
}

impl Coded for crate::incentive::claim::debit::DebitError {
    fn code(&self) -> &'static str {
        match self {
            Self::NoQuantity { .. } => "debit.no_quantity",
            Self::Product { .. } => "debit.product",
            Self::Customer { .. } => "debit.customer",
            Self::OutsideWindow { .. } => "debit.outside_window",
            Self::Quantity { .. } => "debit.quantity",
            Self::NotInStock { .. } => "debit.not_in_stock",
            Self::NoBookPrice { .. } => "debit.no_book_price",
            Self::Number(source) => source.code(),
        }
    }

    fn facts(&self) -> Facts {
        let facts = Facts::default();
        match self {
            Self::NoQuantity { sale, quantity } => facts.text("sale", sale).text("quantity", quantity),
            Self::Product { sale, sku } => facts.text("sale", sale).text("sku", sku),
            Self::Customer { sale, account } => facts.text("sale", sale).text("account", account),
            Self::OutsideWindow { sale, on, window } => facts.text("sale", sale).text("on", on).structure("window", window),
            Self::Quantity { asked, left } => facts.text("asked", asked).text("left", left),
            Self::NotInStock { sale, sku, missing } => facts.text("sale", sale).text("sku", sku).text("missing", missing),
            Self::NoBookPrice { sale, sku } => facts.text("sale", sale).text("sku", sku),
            Self::Number(source) => source.facts(),
        }
    }
}

impl Coded for crate::incentive::claim::ClaimFormError {
    fn code(&self) -> &'static str {
        match self {
            Self::OtherProgram { .. } => "claim_form.other_program",
            Self::Partner { .. } => "claim_form.partner",
            Self::OtherBasis => "claim_form.other_basis",
            Self::Items { .. } => "claim_form.items",
            Self::Invoice { .. } => "claim_form.invoice",
            Self::Amount { .. } => "claim_form.amount",
            Self::Future { .. } => "claim_form.future",
            Self::NoProof { .. } => "claim_form.no_proof",
            Self::NoPart { .. } => "claim_form.no_part",
        }
    }

    fn facts(&self) -> Facts {
        let facts = Facts::default();
        match self {
            Self::OtherProgram { expected, given } => facts.text("expected", expected).text("given", given),
            Self::Partner { partner } => facts.text("partner", partner),
            Self::OtherBasis => facts,
            Self::Items { given, most } => facts.text("given", given).text("most", most),
            Self::Invoice { item, max } => facts.text("item", item).text("max", max),
            Self::Amount { item, amount } => facts.text("item", item).text("amount", amount),
            Self::Future { item, dated } => facts.text("item", item).text("dated", dated),
            Self::NoProof { kind } => facts.text("kind", kind),
            Self::NoPart { item, part } => facts.text("item", item).text("part", part),
        }
    }
}

impl Coded for crate::incentive::claim::BasisError {
    fn code(&self) -> &'static str {
        match self {
            Self::NoPolicy { .. } => "basis.no_policy",
            Self::NotFound { .. } => "basis.not_found",
            Self::NotGranted { .. } => "basis.not_granted",
            Self::Expired { .. } => "basis.expired",
            Self::NotActive { .. } => "basis.not_active",
            Self::TooMany { .. } => "basis.too_many",
            Self::OutsideWindow { .. } => "basis.outside_window",
            Self::NotOver { .. } => "basis.not_over",
            Self::TooLate { .. } => "basis.too_late",
            Self::NoExchange { .. } => "basis.no_exchange",
            Self::NoTable { .. } => "basis.no_table",
            Self::Exchange(source) => source.code(),
            Self::Debit(source) => source.code(),
            Self::Protection(source) => source.code(),
        }
    }

    fn facts(&self) -> Facts {
        let facts = Facts::default();
        match self {
            Self::NoPolicy { kind } => facts.text("kind", kind),
            Self::NotFound { what, given } => facts.text("what", what).text("given", given),
            Self::NotGranted { stage } => facts.text("stage", stage),
            Self::Expired { until } => facts.text("until", until),
            Self::NotActive { from } => facts.text("from", from),
            Self::TooMany { most } => facts.text("most", most),
            Self::OutsideWindow { performed, window } => facts.structure("performed", performed).structure("window", window),
            Self::NotOver { ends } => facts.text("ends", ends),
            Self::TooLate { item, dated, last } => facts.text("item", item).text("dated", dated).text("last", last),
            Self::NoExchange { item, given } => facts.text("item", item).text("given", given),
            Self::NoTable { table } => facts.text("table", table),
            Self::Exchange(source) => source.facts(),
            Self::Debit(source) => source.facts(),
            Self::Protection(source) => source.facts(),
        }
    }
}

impl Coded for crate::incentive::claim::ClaimError {
    fn code(&self) -> &'static str {
        match self {
            Self::Form(source) => source.code(),
            Self::Basis(source) => source.code(),
            Self::EvidenceUsed { .. } => "claim.evidence_used",
            Self::Stage { .. } => "claim.stage",
            Self::CorrectionOver { .. } => "claim.correction_over",
            Self::NotApprover { .. } => "claim.not_approver",
            Self::SamePerson => "claim.same_person",
            Self::Nothing => "claim.nothing",
            Self::Money(source) => source.code(),
            Self::Calendar(source) => source.code(),
            Self::Zone(source) => source.code(),
        }
    }

    fn facts(&self) -> Facts {
        let facts = Facts::default();
        match self {
            Self::Form(source) => source.facts(),
            Self::Basis(source) => source.facts(),
            Self::EvidenceUsed { evidence } => facts.text("evidence", evidence),
            Self::Stage { stage, command } => facts.text("stage", stage).text("command", command),
            Self::CorrectionOver { until } => facts.instant("until", until),
            Self::NotApprover { expected } => facts.text("expected", expected),
            Self::SamePerson => facts,
            Self::Nothing => facts,
            Self::Money(source) => source.facts(),
            Self::Calendar(source) => source.facts(),
            Self::Zone(source) => source.facts(),
        }
    }
}

impl Coded for crate::incentive::claim::protect::ProtectionError {
    fn code(&self) -> &'static str {
        match self {
            Self::NotLower { .. } => "protection.not_lower",
            Self::CountedOn { .. } => "protection.counted_on",
            Self::Quantity { .. } => "protection.quantity",
            Self::Number(source) => source.code(),
        }
    }

    fn facts(&self) -> Facts {
        let facts = Facts::default();
        match self {
            Self::NotLower { sku, old, new } => facts.text("sku", sku).text("old", old).text("new", new),
            Self::CountedOn { given, expected, effective_on } => facts.text("given", given).text("expected", expected).text("effective_on", effective_on),
            Self::Quantity { given } => facts.text("given", given),
            Self::Number(source) => source.facts(),
        }
    }
}

impl Coded for crate::incentive::commission::FactError {
    fn code(&self) -> &'static str {
        match self {
            Self::NothingToPay { .. } => "fact.nothing_to_pay",
            Self::NobodyTouched { .. } => "fact.nobody_touched",
            Self::EndsBefore { .. } => "fact.ends_before",
            Self::TwoRecords { .. } => "fact.two_records",
        }
    }

    fn facts(&self) -> Facts {
        let facts = Facts::default();
        match self {
            Self::NothingToPay { document, row } => facts.text("document", document).text("row", row),
            Self::NobodyTouched { partner, row } => facts.text("partner", partner).text("row", row),
            Self::EndsBefore { account, row } => facts.text("account", account).text("row", row),
            Self::TwoRecords { account, row, other } => facts.text("account", account).text("row", row).text("other", other),
        }
    }
}

impl Coded for crate::incentive::commission::CommissionError {
    fn code(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "commission.unknown",
            Self::UnknownPartner { .. } => "commission.unknown_partner",
            Self::NotTraced => "commission.not_traced",
            Self::NeedsTiers => "commission.needs_tiers",
            Self::NeedsProducts => "commission.needs_products",
            Self::UnknownTotal { .. } => "commission.unknown_total",
            Self::Fact(source) => source.code(),
            Self::Money(source) => source.code(),
            Self::Number(source) => source.code(),
            Self::Day(source) => source.code(),
        }
    }

    fn facts(&self) -> Facts {
        let facts = Facts::default();
        match self {
            Self::Unknown { name } => facts.text("name", name),
            Self::UnknownPartner { partner } => facts.text("partner", partner),
            Self::NotTraced => facts,
            Self::NeedsTiers => facts,
            Self::NeedsProducts => facts,
            Self::UnknownTotal { document } => facts.text("document", document),
            Self::Fact(source) => source.facts(),
            Self::Money(source) => source.facts(),
            Self::Number(source) => source.facts(),
            Self::Day(source) => source.facts(),
        }
    }
}

impl Coded for crate::incentive::explain::ExplainError {
    fn code(&self) -> &'static str {
        match self {
            Self::UnknownIncentive { .. } => "explain.unknown_incentive",
            Self::WrongPeriod { .. } => "explain.wrong_period",
            Self::OtherPlan { .. } => "explain.other_plan",
            Self::NeedsTiers => "explain.needs_tiers",
            Self::NeedsBudgets => "explain.needs_budgets",
            Self::Calendar(source) => source.code(),
            Self::Table(source) => source.code(),
            Self::Money(source) => source.code(),
            Self::Number(source) => source.code(),
        }
    }

    fn facts(&self) -> Facts {
        let facts = Facts::default();
        match self {
            Self::UnknownIncentive { name } => facts.text("name", name),
            Self::WrongPeriod { period, every } => facts.text("period", period).text("every", every),
            Self::OtherPlan { sums, program } => facts.text("sums", sums).text("program", program),
            Self::NeedsTiers => facts,
            Self::NeedsBudgets => facts,
            Self::Calendar(source) => source.facts(),
            Self::Table(source) => source.facts(),
            Self::Money(source) => source.facts(),
            Self::Number(source) => source.facts(),
        }
    }
}

impl Coded for crate::incentive::fold::FoldError {
    fn code(&self) -> &'static str {
        match self {
            Self::NeedsProducts => "fold.needs_products",
            Self::NeedsExchange { .. } => "fold.needs_exchange",
            Self::OtherRevision { .. } => "fold.other_revision",
            Self::Merge(source) => source.code(),
            Self::Number(source) => source.code(),
        }
    }

    fn facts(&self) -> Facts {
        let facts = Facts::default();
        match self {
            Self::NeedsProducts => facts,
            Self::NeedsExchange { table } => facts.text("table", table),
            Self::OtherRevision { key, folded } => facts.structure("key", key).text("folded", folded),
            Self::Merge(source) => source.facts(),
            Self::Number(source) => source.facts(),
        }
    }
}

impl Coded for crate::incentive::fold::LineError {
    fn code(&self) -> &'static str {
        match self {
            Self::UnknownSku { .. } => "line.unknown_sku",
            Self::UnknownPartner { .. } => "line.unknown_partner",
            Self::Missing { .. } => "line.missing",
            Self::Sign { .. } => "line.sign",
            Self::NoExchangePolicy { .. } => "line.no_exchange_policy",
            Self::Exchange(source) => source.code(),
            Self::Unmatched { .. } => "line.unmatched",
            Self::UnknownRole { .. } => "line.unknown_role",
            Self::RoleTwice { .. } => "line.role_twice",
            Self::ShareMissing { .. } => "line.share_missing",
            Self::Shares { .. } => "line.shares",
            Self::OutOfRange { .. } => "line.out_of_range",
        }
    }

    fn facts(&self) -> Facts {
        let facts = Facts::default();
        match self {
            Self::UnknownSku { sku } => facts.text("sku", sku),
            Self::UnknownPartner { field, partner } => facts.text("field", field).text("partner", partner),
            Self::Missing { field } => facts.text("field", field),
            Self::Sign { field, kind, value } => facts.text("field", field).text("kind", kind).text("value", value),
            Self::NoExchangePolicy { currency } => facts.text("currency", currency),
            Self::Exchange(source) => source.facts(),
            Self::Unmatched { kind } => facts.text("kind", kind),
            Self::UnknownRole { role } => facts.text("role", role),
            Self::RoleTwice { role } => facts.text("role", role),
            Self::ShareMissing { role } => facts.text("role", role),
            Self::Shares { why } => facts.error("why", why),
            Self::OutOfRange { field } => facts.text("field", field),
        }
    }
}

impl Coded for crate::incentive::mdf::allocation::AllocationError {
    fn code(&self) -> &'static str {
        match self {
            Self::NoFund { .. } => "allocation.no_fund",
            Self::NoPot { .. } => "allocation.no_pot",
            Self::Amount { .. } => "allocation.amount",
            Self::NoReason => "allocation.no_reason",
            Self::OverBudget { .. } => "allocation.over_budget",
            Self::Stage { .. } => "allocation.stage",
            Self::SamePerson => "allocation.same_person",
            Self::Calendar(source) => source.code(),
            Self::Money(source) => source.code(),
        }
    }

    fn facts(&self) -> Facts {
        let facts = Facts::default();
        match self {
            Self::NoFund { fund } => facts.text("fund", fund),
            Self::NoPot { fund } => facts.text("fund", fund),
            Self::Amount { given } => facts.text("given", given),
            Self::NoReason => facts,
            Self::OverBudget { left, amount } => facts.text("left", left).text("amount", amount),
            Self::Stage { stage, command } => facts.text("stage", stage).text("command", command),
            Self::SamePerson => facts,
            Self::Calendar(source) => source.facts(),
            Self::Money(source) => source.facts(),
        }
    }
}

impl Coded for crate::incentive::mdf::PotError {
    fn code(&self) -> &'static str {
        match self {
            Self::NotEnough { .. } => "pot.not_enough",
            Self::Money(source) => source.code(),
            Self::Calendar(source) => source.code(),
        }
    }

    fn facts(&self) -> Facts {
        let facts = Facts::default();
        match self {
            Self::NotEnough { pot, has, needs } => facts.structure("pot", pot).text("has", has).text("needs", needs),
            Self::Money(source) => source.facts(),
            Self::Calendar(source) => source.facts(),
        }
    }
}

impl Coded for crate::incentive::mdf::request::RequestFormError {
    fn code(&self) -> &'static str {
        match self {
            Self::OtherProgram { .. } => "request_form.other_program",
            Self::Partner { .. } => "request_form.partner",
            Self::NotEligible { .. } => "request_form.not_eligible",
            Self::Unknown { .. } => "request_form.unknown",
            Self::Title { .. } => "request_form.title",
            Self::Amount { .. } => "request_form.amount",
            Self::TooLittle { .. } => "request_form.too_little",
            Self::TooMuch { .. } => "request_form.too_much",
            Self::TooLate { .. } => "request_form.too_late",
            Self::Closed { .. } => "request_form.closed",
        }
    }

    fn facts(&self) -> Facts {
        let facts = Facts::default();
        match self {
            Self::OtherProgram { expected, given } => facts.text("expected", expected).text("given", given),
            Self::Partner { partner } => facts.text("partner", partner),
            Self::NotEligible { reason } => facts.structure("reason", reason),
            Self::Unknown { fund, what, given } => facts.text("fund", fund).text("what", what).text("given", given),
            Self::Title { max } => facts.text("max", max),
            Self::Amount { given, currency } => facts.text("given", given).text("currency", currency),
            Self::TooLittle { asked, least } => facts.text("asked", asked).text("least", least),
            Self::TooMuch { asked, most } => facts.text("asked", asked).text("most", most),
            Self::TooLate { begins, last } => facts.text("begins", begins).text("last", last),
            Self::Closed { closes, days } => facts.text("closes", closes).structure("days", days),
        }
    }
}

impl Coded for crate::incentive::mdf::request::RequestError {
    fn code(&self) -> &'static str {
        match self {
            Self::NoFund { .. } => "request.no_fund",
            Self::Form(source) => source.code(),
            Self::Stage { .. } => "request.stage",
            Self::NotApprover { .. } => "request.not_approver",
            Self::SamePerson => "request.same_person",
            Self::NotEnough { .. } => "request.not_enough",
            Self::Grant { .. } => "request.grant",
            Self::OpenClaims { .. } => "request.open_claims",
            Self::Claim { .. } => "request.claim",
            Self::Claimed => "request.claimed",
            Self::Money(source) => source.code(),
            Self::Calendar(source) => source.code(),
            Self::Zone(source) => source.code(),
        }
    }

    fn facts(&self) -> Facts {
        let facts = Facts::default();
        match self {
            Self::NoFund { fund } => facts.text("fund", fund),
            Self::Form(source) => source.facts(),
            Self::Stage { stage, command } => facts.text("stage", stage).text("command", command),
            Self::NotApprover { expected } => facts.text("expected", expected),
            Self::SamePerson => facts,
            Self::NotEnough { available, needed } => facts.text("available", available).text("needed", needed),
            Self::Grant { given, most } => facts.text("given", given).text("most", most),
            Self::OpenClaims { open } => facts.text("open", open),
            Self::Claim { claim, why } => facts.text("claim", claim).text("why", why),
            Self::Claimed => facts,
            Self::Money(source) => source.facts(),
            Self::Calendar(source) => source.facts(),
            Self::Zone(source) => source.facts(),
        }
    }
}

impl Coded for crate::incentive::partial::MergeError {
    fn code(&self) -> &'static str {
        match self {
            Self::DuplicateBatch { .. } => "merge.duplicate_batch",
            Self::PlanDiffers { .. } => "merge.plan_differs",
            Self::RestsOnOther { .. } => "merge.rests_on_other",
            Self::Format { .. } => "merge.format",
            Self::Number(source) => source.code(),
        }
    }

    fn facts(&self) -> Facts {
        let facts = Facts::default();
        match self {
            Self::DuplicateBatch { key } => facts.structure("key", key),
            Self::PlanDiffers { left, right } => facts.text("left", left).text("right", right),
            Self::RestsOnOther { key, known, held } => facts.structure("key", key).structure("known", known).text("held", held),
            Self::Format { format } => facts.text("format", format),
            Self::Number(source) => source.facts(),
        }
    }
}

impl Coded for crate::incentive::paying::PayingError {
    fn code(&self) -> &'static str {
        match self {
            Self::NoPolicy { .. } => "paying.no_policy",
            Self::NotGiven { .. } => "paying.not_given",
            Self::Rate(source) => source.code(),
            Self::Money(source) => source.code(),
        }
    }

    fn facts(&self) -> Facts {
        let facts = Facts::default();
        match self {
            Self::NoPolicy { currency } => facts.text("currency", currency),
            Self::NotGiven { table } => facts.text("table", table),
            Self::Rate(source) => source.facts(),
            Self::Money(source) => source.facts(),
        }
    }
}

impl Coded for crate::incentive::settlement::DueError {
    fn code(&self) -> &'static str {
        match self {
            Self::Partners { .. } => "due.partners",
            Self::PartnerNotGiven { .. } => "due.partner_not_given",
            Self::Budget { .. } => "due.budget",
            Self::Paying { .. } => "due.paying",
            Self::Calendar(source) => source.code(),
        }
    }

    fn facts(&self) -> Facts {
        let facts = Facts::default();
        match self {
            Self::Partners { failed } => facts.structure("failed", failed),
            Self::PartnerNotGiven { partner } => facts.text("partner", partner),
            Self::Budget { why } => facts.error("why", why),
            Self::Paying { key, why } => facts.structure("key", key).error("why", why),
            Self::Calendar(source) => source.facts(),
        }
    }
}

impl Coded for crate::incentive::spiff::SpiffError {
    fn code(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "spiff.unknown",
            Self::UnknownPartner { .. } => "spiff.unknown_partner",
            Self::NotTraced => "spiff.not_traced",
            Self::NeedsTiers => "spiff.needs_tiers",
            Self::NoTeam { .. } => "spiff.no_team",
            Self::Table(source) => source.code(),
            Self::Money(source) => source.code(),
            Self::Number(source) => source.code(),
        }
    }

    fn facts(&self) -> Facts {
        let facts = Facts::default();
        match self {
            Self::Unknown { name } => facts.text("name", name),
            Self::UnknownPartner { partner } => facts.text("partner", partner),
            Self::NotTraced => facts,
            Self::NeedsTiers => facts,
            Self::NoTeam { partner } => facts.text("partner", partner),
            Self::Table(source) => source.facts(),
            Self::Money(source) => source.facts(),
            Self::Number(source) => source.facts(),
        }
    }
}

impl Coded for crate::incentive::verify::Mismatch {
    fn code(&self) -> &'static str {
        match self {
            Self::Field { .. } => "mismatch.field",
            Self::Explain(source) => source.code(),
            Self::Money(source) => source.code(),
        }
    }

    fn facts(&self) -> Facts {
        let facts = Facts::default();
        match self {
            Self::Field { field, stated, recomputed } => facts.text("field", field).text("stated", stated).text("recomputed", recomputed),
            Self::Explain(source) => source.facts(),
            Self::Money(source) => source.facts(),
        }
    }
}

impl Coded for crate::incentive::worth::WorthError {
    fn code(&self) -> &'static str {
        match self {
            Self::UnknownTier { .. } => "worth.unknown_tier",
            Self::Explain(source) => source.code(),
            Self::Money(source) => source.code(),
        }
    }

    fn facts(&self) -> Facts {
        let facts = Facts::default();
        match self {
            Self::UnknownTier { tier } => facts.text("tier", tier),
            Self::Explain(source) => source.facts(),
            Self::Money(source) => source.facts(),
        }
    }
}

impl Coded for crate::ledger::LedgerError {
    fn code(&self) -> &'static str {
        match self {
            Self::NotPositive { .. } => "ledger.not_positive",
            Self::Source { .. } => "ledger.source",
            Self::NotEnough { .. } => "ledger.not_enough",
            Self::OutOfRange { .. } => "ledger.out_of_range",
        }
    }

    fn facts(&self) -> Facts {
        let facts = Facts::default();
        match self {
            Self::NotPositive { amount } => facts.text("amount", amount),
            Self::Source { source_text } => facts.text("source_text", source_text),
            Self::NotEnough { account, balance, amount } => facts.structure("account", account).text("balance", balance).text("amount", amount),
            Self::OutOfRange { account } => facts.structure("account", account),
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

impl Coded for crate::period::PeriodError {
    fn code(&self) -> &'static str {
        match self {
            Self::Empty { .. } => "period.empty",
            Self::OutOfRange { .. } => "period.out_of_range",
            Self::YearOutOfRange { .. } => "period.year_out_of_range",
            Self::NoSuchNumber { .. } => "period.no_such_number",
            Self::Label { .. } => "period.label",
            Self::UnknownLength { .. } => "period.unknown_length",
        }
    }

    fn facts(&self) -> Facts {
        let facts = Facts::default();
        match self {
            Self::Empty { from, until } => facts.text("from", from).text("until", until),
            Self::OutOfRange { date, months } => facts.text("date", date).text("months", months),
            Self::YearOutOfRange { year } => facts.text("year", year),
            Self::NoSuchNumber { every, number } => facts.text("every", every).text("number", number),
            Self::Label { label, expected } => facts.text("label", label).text("expected", expected),
            Self::UnknownLength { text } => facts.text("text", text),
        }
    }
}

impl Coded for crate::program::tables::TableError {
    fn code(&self) -> &'static str {
        match self {
            Self::Undeclared { .. } => "table.undeclared",
            Self::NotGiven { .. } => "table.not_given",
            Self::Columns { .. } => "table.columns",
            Self::RowLength { .. } => "table.row_length",
            Self::Value { .. } => "table.value",
            Self::KeyTwice { .. } => "table.key_twice",
        }
    }

    fn facts(&self) -> Facts {
        let facts = Facts::default();
        match self {
            Self::Undeclared { table } => facts.text("table", table),
            Self::NotGiven { table } => facts.text("table", table),
            Self::Columns { table, given, declared } => facts.text("table", table).text("given", given).text("declared", declared),
            Self::RowLength { table, row, given, needed } => facts.text("table", table).text("row", row).text("given", given).text("needed", needed),
            Self::Value { table, row, column, why } => facts.text("table", table).text("row", row).text("column", column).text("why", why),
            Self::KeyTwice { table, row, key } => facts.text("table", table).text("row", row).text("key", key),
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

impl Coded for crate::split::SharesError {
    fn code(&self) -> &'static str {
        match self {
            Self::Nobody => "shares.nobody",
            Self::Negative { .. } => "shares.negative",
            Self::NotWhole { .. } => "shares.not_whole",
            Self::Number(source) => source.code(),
        }
    }

    fn facts(&self) -> Facts {
        let facts = Facts::default();
        match self {
            Self::Nobody => facts,
            Self::Negative { place, share } => facts.text("place", place).text("share", share),
            Self::NotWhole { sum } => facts.text("sum", sum),
            Self::Number(source) => source.facts(),
        }
    }
}

impl Coded for crate::tier::StandingError {
    fn code(&self) -> &'static str {
        match self {
            Self::NoTiers => "standing.no_tiers",
            Self::OtherPlan { .. } => "standing.other_plan",
            Self::UnknownTier { .. } => "standing.unknown_tier",
            Self::NotSumsAlone => "standing.not_sums_alone",
            Self::Calendar(source) => source.code(),
            Self::Number(source) => source.code(),
        }
    }

    fn facts(&self) -> Facts {
        let facts = Facts::default();
        match self {
            Self::NoTiers => facts,
            Self::OtherPlan { sums, program } => facts.text("sums", sums).text("program", program),
            Self::UnknownTier { tier } => facts.text("tier", tier),
            Self::NotSumsAlone => facts,
            Self::Calendar(source) => source.facts(),
            Self::Number(source) => source.facts(),
        }
    }
}

impl Coded for crate::tier::MetricError {
    fn code(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "metric.unknown",
            Self::TwoValues { .. } => "metric.two_values",
            Self::Number(source) => source.code(),
        }
    }

    fn facts(&self) -> Facts {
        let facts = Facts::default();
        match self {
            Self::Unknown { name } => facts.text("name", name),
            Self::TwoValues { partner, metric, on, one, other } => facts.text("partner", partner).structure("metric", metric).text("on", on).text("one", one).text("other", other),
            Self::Number(source) => source.facts(),
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
