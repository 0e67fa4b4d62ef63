//! Written by `cargo run -p prm-codes`.

use prm_core::coded::{Coded, Facts};

impl Coded for crate::AccountWriteError {
    fn code(&self) -> &'static str {
        match self {
            Self::Denied => "account_write.denied",
            Self::Store(source) => source.code(),
        }
    }

    fn facts(&self) -> Facts {
        let facts = Facts::default();
        match self {
            Self::Denied => facts,
            Self::Store(source) => source.facts(),
        }
    }
}

impl Coded for crate::EffectError {
    fn code(&self) -> &'static str {
        match self {
            Self::Pot(source) => source.code(),
            Self::Ledger(source) => source.code(),
            Self::NotLeft { .. } => "effect.not_left",
            Self::NoRequest { .. } => "effect.no_request",
            Self::Request { .. } => "effect.request",
            Self::Number(source) => source.code(),
            Self::Store(source) => source.code(),
        }
    }

    fn facts(&self) -> Facts {
        let facts = Facts::default();
        match self {
            Self::Pot(source) => source.facts(),
            Self::Ledger(source) => source.facts(),
            Self::NotLeft { authorisation, left, needed } => facts.text("authorisation", authorisation).text("left", left).text("needed", needed),
            Self::NoRequest { request } => facts.text("request", request),
            Self::Request { request, why } => facts.text("request", request).error("why", why),
            Self::Number(source) => source.facts(),
            Self::Store(source) => source.facts(),
        }
    }
}

impl Coded for crate::StoreError {
    fn code(&self) -> &'static str {
        match self {
            Self::Address { .. } => "store.address",
            Self::Name { .. } => "store.name",
            Self::Tenant { .. } => "store.tenant",
            Self::Denied => "store.denied",
            Self::NotInTransaction => "store.not_in_transaction",
            Self::Isolation => "store.isolation",
            Self::NotMigrated { .. } => "store.not_migrated",
            Self::TooNew { .. } => "store.too_new",
            Self::Unreadable { .. } => "store.unreadable",
            Self::Busy { .. } => "store.busy",
            Self::Corrupt(..) => "store.corrupt",
            Self::ReadOnly(..) => "store.read_only",
            Self::Full(..) => "store.full",
            Self::Lost(..) => "store.lost",
            Self::Database(..) => "store.database",
            Self::Migrate(..) => "store.migrate",
        }
    }

    fn facts(&self) -> Facts {
        let facts = Facts::default();
        match self {
            Self::Address { url } => facts.text("url", url),
            Self::Name { name } => facts.text("name", name),
            Self::Tenant { tenant, why } => facts.text("tenant", tenant).error("why", why),
            Self::Denied => facts,
            Self::NotInTransaction => facts,
            Self::Isolation => facts,
            Self::NotMigrated { found, needed } => facts.text("found", found).text("needed", needed),
            Self::TooNew { readable_by, known } => facts.text("readable_by", readable_by).text("known", known),
            Self::Unreadable { kind, id, why } => facts.text("kind", kind).text("id", id).text("why", why),
            Self::Busy { tries } => facts.text("tries", tries),
            Self::Corrupt(source) => facts.text("source", source),
            Self::ReadOnly(source) => facts.text("source", source),
            Self::Full(source) => facts.text("source", source),
            Self::Lost(source) => facts.text("source", source),
            Self::Database(source) => facts.text("source", source),
            Self::Migrate(source) => facts.text("source", source),
        }
    }
}

impl<E: Coded + std::error::Error + 'static> Coded for crate::ExecuteError<E> {
    fn code(&self) -> &'static str {
        match self {
            Self::Refused(source) => source.code(),
            Self::NotFound { .. } => "execute.not_found",
            Self::Denied => "execute.denied",
            Self::Exists { .. } => "execute.exists",
            Self::Id { .. } => "execute.id",
            Self::VersionDiffers { .. } => "execute.version_differs",
            Self::KeyReused { .. } => "execute.key_reused",
            Self::BeforeLastChange { .. } => "execute.before_last_change",
            Self::Effect(source) => source.code(),
            Self::Store(source) => source.code(),
        }
    }

    fn facts(&self) -> Facts {
        let facts = Facts::default();
        match self {
            Self::Refused(source) => source.facts(),
            Self::NotFound { kind, id } => facts.text("kind", kind).text("id", id),
            Self::Denied => facts,
            Self::Exists { kind, id } => facts.text("kind", kind).text("id", id),
            Self::Id { id, why } => facts.text("id", id).error("why", why),
            Self::VersionDiffers { expected, found } => facts.text("expected", expected).text("found", found),
            Self::KeyReused { key } => facts.text("key", key),
            Self::BeforeLastChange { at, last } => facts.instant("at", at).instant("last", last),
            Self::Effect(source) => source.facts(),
            Self::Store(source) => source.facts(),
        }
    }
}
