//! What the store's tables are called: `prm.record` in PostgreSQL, `prm_record` in SQLite, or with another name for
//! `prm` where the host has two of us, or has the name in use.

use std::borrow::Cow;
use std::sync::Arc;

use sqlx::migrate::Migrator;
use sqlx::{AssertSqlSafe, SqlSafeStr as _, SqlStr};

use crate::error::StoreError;
use crate::pool::Pool;

/// The name unless the host chooses another.
const DEFAULT: &str = "prm";

/// The longest name: the longest table's name must still fit behind it.
const LENGTH_MAX: usize = 32;

/// The name of our schema, or the prefix of our tables. The statements are written with the default.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names {
    own: Option<Arc<str>>,
}

impl Names {
    /// Lower-case letters, digits and underscores, beginning with a letter: nothing that a database would quote.
    pub(crate) fn new(name: &str) -> Result<Self, StoreError> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        let fits = name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(plain);
        if !fits || name.len() > LENGTH_MAX || name.starts_with("pg_") || name.starts_with("sqlite_") {
            return Err(StoreError::Name { name: name.to_owned() });
        }
        Ok(Self { own: (name != DEFAULT).then(|| name.into()) })
    }

    /// The name.
    pub(crate) fn name(&self) -> &str {
        self.own.as_deref().unwrap_or(DEFAULT)
    }

    /// A text with our name in the place of the default. In statements the default stands before a dot or an
    /// underscore, and nowhere else.
    pub(crate) fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match &self.own {
            None => Cow::Borrowed(text),
            Some(own) => Cow::Owned(text.replace("prm.", &format!("{own}.")).replace("prm_", &format!("{own}_"))),
        }
    }

    /// A statement on our tables.
    pub(crate) fn sql(&self, statement: &'static str) -> SqlStr {
        match self.text(statement) {
            Cow::Borrowed(_) => SqlStr::from_static(statement),
            Cow::Owned(named) => AssertSqlSafe(named).into_sql_str(),
        }
    }
}

/// A pool and what our tables in it are called.
#[derive(Debug, Clone)]
pub struct Database {
    pub(crate) pool: Pool,
    pub(crate) names: Names,
}

impl<P: Into<Pool>> From<P> for Database {
    fn from(pool: P) -> Self {
        Self { pool: pool.into(), names: Names::default() }
    }
}

impl Database {
    /// The pool with another name for our schema (PostgreSQL) or prefix (SQLite) than `prm`: up to 32 lower-case
    /// letters, digits and underscores, beginning with a letter.
    ///
    /// # Errors
    /// [`StoreError::Name`] if it is no such name.
    pub fn named(pool: impl Into<Pool>, name: &str) -> Result<Self, StoreError> {
        Ok(Self { pool: pool.into(), names: Names::new(name)? })
    }
}

/// Migrations with our own name in the place of the default.
pub(crate) fn named(migrator: Migrator, names: &Names) -> Migrator {
    let named = migrator.iter().cloned().map(|mut migration| {
        migration.sql = match names.text(migration.sql.as_str()) {
            Cow::Borrowed(_) => return migration,
            Cow::Owned(sql) => AssertSqlSafe(sql).into_sql_str(),
        };
        migration
    });
    Migrator::with_migrations(named.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_names_are_taken() {
        for name in ["", "Prm", "1x", "a b", "a;drop", "a\"", "pg_x", "sqlite_x", &"x".repeat(33)] {
            assert!(Names::new(name).is_err(), "{name}");
        }
        let own = Names::new("channel").unwrap();
        assert_eq!(own.text("FROM prm.record, prm_event"), "FROM channel.record, channel_event");
        assert_eq!(Names::new("prm").unwrap().text("prm.record"), "prm.record");
    }
}
