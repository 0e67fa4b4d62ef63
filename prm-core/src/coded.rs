//! Refusals by their codes: what `codes.json` calls them, for bindings, translations and logs.

#[rustfmt::skip]
mod errors;

use std::collections::BTreeMap;
use std::fmt::Display;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

/// A refusal that knows its code.
///
/// ```
/// use prm_core::coded::Coded as _;
/// use prm_core::deal::{FormError, FormField, RegistrationError};
/// let refused = RegistrationError::from(FormError::Missing { field: FormField::CloseDate });
/// assert_eq!(refused.code(), "form.missing");
/// assert_eq!(refused.facts().iter().collect::<Vec<_>>(), [("field", "close_date")]);
/// ```
pub trait Coded: Display {
    /// The code, as in `codes.json`. Never changed.
    fn code(&self) -> &'static str;

    /// What comes with it: the parameters of the code, as text.
    fn facts(&self) -> Facts;
}

impl<E: Coded + ?Sized> Coded for Box<E> {
    fn code(&self) -> &'static str {
        (**self).code()
    }

    fn facts(&self) -> Facts {
        (**self).facts()
    }
}

/// What comes with a code, by name: texts, numbers, ids, days and instants as they are written, anything else as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts(BTreeMap<&'static str, String>);

impl Facts {
    /// Each with its name, sorted.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (*name, value.as_str()))
    }

    /// The same with a text, or what is written as one.
    #[must_use]
    pub fn text(mut self, name: &'static str, value: &impl Display) -> Self {
        self.0.insert(name, value.to_string());
        self
    }

    /// The same with an instant.
    #[must_use]
    pub fn instant(mut self, name: &'static str, value: &DateTime<Utc>) -> Self {
        self.0.insert(name, value.to_rfc3339_opts(SecondsFormat::AutoSi, true));
        self
    }

    /// The same with anything else, as JSON.
    #[must_use]
    pub fn structure(mut self, name: &'static str, value: &impl Serialize) -> Self {
        // What is ours can be written as JSON.
        self.0.extend(serde_json::to_string(value).ok().map(|json| (name, json)));
        self
    }

    /// The same with an error within: its code under its name, and what comes with it.
    #[must_use]
    pub fn error(mut self, name: &'static str, value: &impl Coded) -> Self {
        self.0.insert(name, value.code().to_owned());
        for (name, fact) in value.facts().0 {
            self.0.entry(name).or_insert(fact);
        }
        self
    }
}
