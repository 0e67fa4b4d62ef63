//! Numbers between Rust's unsigned and the databases' signed integers; what does not fit is an error.

use std::fmt::Display;

fn does_not_fit(value: impl Display) -> sqlx::Error {
    sqlx::Error::Protocol(format!("{value} does not fit in a column"))
}

/// A version as a column holds it.
pub(crate) fn number(value: u64) -> sqlx::Result<i64> {
    i64::try_from(value).map_err(|_| does_not_fit(value))
}

/// A format as a column holds it.
pub(crate) fn format(value: u32) -> sqlx::Result<i32> {
    i32::try_from(value).map_err(|_| does_not_fit(value))
}

/// A version or format from a column.
pub(crate) fn count<N: Copy + Display, U: TryFrom<N>>(value: N) -> sqlx::Result<U> {
    U::try_from(value).map_err(|_| does_not_fit(value))
}

/// A column that holds what it may not.
pub(crate) fn unreadable<E: std::error::Error + Send + Sync + 'static>(column: &str) -> impl Fn(E) -> sqlx::Error {
    let index = column.to_owned();
    move |error| sqlx::Error::ColumnDecode { index: index.clone(), source: Box::new(error) }
}
