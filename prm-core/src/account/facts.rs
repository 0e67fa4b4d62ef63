//! What is known of an account, checked.

use serde::{Deserialize, Serialize};

use super::AccountError;
use super::domain::host;
use crate::id::AccountId;

/// The most bytes of a name.
pub const NAME_BYTES_MAX: usize = 10_240;
/// The most names of an account: its name and its aliases.
pub const NAMES_MAX: usize = 32;
/// The most bytes of a city, phone number, tax id or domain.
pub const FIELD_BYTES_MAX: usize = 1_024;

/// A field of an account, as errors name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Field {
    /// [`AccountFacts::name`].
    Name,
    /// [`AccountFacts::aliases`], counted from 1.
    Alias(usize),
    /// [`AccountFacts::domain`].
    Domain,
    /// [`AccountFacts::email_domain`].
    EmailDomain,
    /// [`AccountFacts::country`].
    Country,
    /// [`AccountFacts::city`].
    City,
    /// [`AccountFacts::phone`].
    Phone,
    /// [`AccountFacts::tax_id`].
    TaxId,
    /// [`AccountFacts::duns`].
    Duns,
}

impl std::fmt::Display for Field {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Name => "name",
            Self::Alias(at) => return write!(f, "alias {at}"),
            Self::Domain => "domain",
            Self::EmailDomain => "email_domain",
            Self::Country => "country",
            Self::City => "city",
            Self::Phone => "phone",
            Self::TaxId => "tax_id",
            Self::Duns => "duns",
        })
    }
}

/// What somebody says of an account. [`Account::new`] checks it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[non_exhaustive]
pub struct AccountFacts {
    /// The host's id.
    pub id: AccountId,
    /// The name.
    pub name: String,
    /// Other names of the same account: former, translated, abbreviated, in another script, of a brand.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub aliases: Vec<String>,
    /// The domain of its web site; an address (`https://www.example.com/de`) is read as its host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub domain: Option<String>,
    /// The domain of e-mail addresses of its people. Those of free mail count for nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub email_domain: Option<String>,
    /// The country, two letters of ISO 3166-1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub country: Option<String>,
    /// The city.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub city: Option<String>,
    /// A phone number, in any spelling.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub phone: Option<String>,
    /// A tax or registration number, in any spelling.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub tax_id: Option<String>,
    /// The D-U-N-S number: nine digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub duns: Option<String>,
    /// The accounts above it: parent, holding, group. They make accounts related, never the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub parents: Vec<AccountId>,
}

impl AccountFacts {
    /// An account of which only id and name are known.
    #[must_use]
    pub fn new(id: AccountId, name: impl Into<String>) -> Self {
        Self {
            id,
            name: name.into(),
            aliases: Vec::new(),
            domain: None,
            email_domain: None,
            country: None,
            city: None,
            phone: None,
            tax_id: None,
            duns: None,
            parents: Vec::new(),
        }
    }
}

/// The end customer, as far as it can be told from others.
///
/// ```
/// use prm_core::account::{Account, AccountError, AccountFacts, Field};
/// let mut facts = AccountFacts::new("a-1".parse()?, "Contoso Ltd");
/// facts.domain = Some("https://www.Contoso.com/uk".into());
/// facts.country = Some("gb".into());
/// let account = Account::new(facts.clone())?;
/// assert_eq!(account.facts().domain.as_deref(), Some("contoso.com"));
/// assert_eq!(account.facts().country.as_deref(), Some("GB"));
///
/// facts.name = " ".into();
/// assert_eq!(Account::new(facts), Err(AccountError::Empty { field: Field::Name }));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "AccountFacts", into = "AccountFacts")]
pub struct Account(AccountFacts);

impl Account {
    /// Checks what is said of an account. Domains become lower-case hosts without `www`, countries upper case; blank
    /// optional fields are absent. Names stay as they are.
    ///
    /// # Errors
    /// [`AccountError`], which names the field.
    pub fn new(mut facts: AccountFacts) -> Result<Self, AccountError> {
        let given = 1 + facts.aliases.len();
        if given > NAMES_MAX {
            return Err(AccountError::TooManyNames { given });
        }
        name(&facts.name, Field::Name)?;
        for (at, alias) in facts.aliases.iter().enumerate() {
            name(alias, Field::Alias(at + 1))?;
        }
        facts.domain = domain(facts.domain, Field::Domain)?;
        facts.email_domain = domain(facts.email_domain, Field::EmailDomain)?;
        facts.country = field(facts.country, Field::Country)?.map(|text| text.to_ascii_uppercase());
        if let Some(given) = &facts.country
            && !(given.len() == 2 && given.bytes().all(|byte| byte.is_ascii_uppercase()))
        {
            return Err(AccountError::Country { given: given.chars().take(16).collect() });
        }
        facts.city = field(facts.city, Field::City)?;
        facts.phone = field(facts.phone, Field::Phone)?;
        facts.tax_id = field(facts.tax_id, Field::TaxId)?;
        facts.duns = field(facts.duns, Field::Duns)?;
        if let Some(given) = &facts.duns {
            let digits: String = given.chars().filter(|c| !matches!(c, '-' | ' ')).collect();
            if digits.len() != 9 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(AccountError::Duns { given: given.chars().take(32).collect() });
            }
            facts.duns = Some(digits);
        }
        Ok(Self(facts))
    }

    /// What is known.
    #[must_use]
    pub const fn facts(&self) -> &AccountFacts {
        &self.0
    }

    /// The host's id.
    #[must_use]
    pub const fn id(&self) -> &AccountId {
        &self.0.id
    }

    /// The name, then the aliases.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.0.name.as_str()).chain(self.0.aliases.iter().map(String::as_str))
    }

    /// How two accounts are linked by their parents, which says nothing of their being the same.
    #[must_use]
    pub fn relation(&self, other: &Self) -> Option<Relation> {
        let (mine, theirs) = (&self.0, &other.0);
        if theirs.parents.contains(&mine.id) {
            Some(Relation::Parent)
        } else if mine.parents.contains(&theirs.id) {
            Some(Relation::Child)
        } else {
            mine.parents.iter().any(|parent| theirs.parents.contains(parent)).then_some(Relation::Sibling)
        }
    }
}

/// What an account is to another by their parent links.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Relation {
    /// It is above the other.
    Parent,
    /// It is below the other.
    Child,
    /// Both have a parent in common.
    Sibling,
}

impl TryFrom<AccountFacts> for Account {
    type Error = AccountError;

    fn try_from(facts: AccountFacts) -> Result<Self, AccountError> {
        Self::new(facts)
    }
}

impl From<Account> for AccountFacts {
    fn from(account: Account) -> Self {
        account.0
    }
}

fn check(text: &str, field: Field, max: usize) -> Result<(), AccountError> {
    if text.len() > max {
        return Err(AccountError::TooLong { field, bytes: text.len(), max });
    }
    match text.chars().enumerate().find(|(_, c)| c.is_control()) {
        None => Ok(()),
        Some((at, c)) => Err(AccountError::Control { field, code: c.into(), position: at + 1 }),
    }
}

fn name(text: &str, field: Field) -> Result<(), AccountError> {
    check(text, field, NAME_BYTES_MAX)?;
    if text.trim().is_empty() { Err(AccountError::Empty { field }) } else { Ok(()) }
}

fn field(text: Option<String>, field: Field) -> Result<Option<String>, AccountError> {
    let Some(text) = text else { return Ok(None) };
    check(&text, field, FIELD_BYTES_MAX)?;
    let text = text.trim();
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

fn domain(text: Option<String>, of: Field) -> Result<Option<String>, AccountError> {
    let Some(text) = field(text, of)? else { return Ok(None) };
    match host(&text) {
        Some(host) => Ok(Some(host)),
        None => Err(AccountError::Domain { field: of, given: text.chars().take(64).collect() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(change: impl FnOnce(&mut AccountFacts)) -> Result<Account, AccountError> {
        let mut facts = AccountFacts::new("a-1".parse().unwrap(), "Contoso");
        change(&mut facts);
        Account::new(facts)
    }

    #[test]
    fn errors_name_the_field() {
        let empty = with(|facts| facts.aliases = vec!["Fine".into(), "\u{3000}".into()]);
        assert_eq!(empty.unwrap_err().to_string(), "alias 2 must not be empty");
        let long = with(|facts| facts.name = "x".repeat(NAME_BYTES_MAX + 1));
        assert_eq!(long.unwrap_err().to_string(), "name has at most 10240 bytes, this has 10241");
        let control = with(|facts| facts.city = Some("Pa\u{7}ris".into()));
        assert_eq!(control, Err(AccountError::Control { field: Field::City, code: 7, position: 3 }));
        for bad in ["nodot", "a..b", "-a.com", "a_b.com", "exa mple.com", "1.2.3.4", "http://"] {
            let refused = with(|facts| facts.email_domain = Some(bad.into()));
            assert!(matches!(refused, Err(AccountError::Domain { field: Field::EmailDomain, .. })), "{bad}");
        }
        assert!(matches!(with(|facts| facts.country = Some("DEU".into())), Err(AccountError::Country { .. })));
        assert!(matches!(with(|facts| facts.duns = Some("12-34".into())), Err(AccountError::Duns { .. })));
        assert!(matches!(
            with(|facts| facts.aliases = vec!["x".into(); NAMES_MAX]),
            Err(AccountError::TooManyNames { given: 33 })
        ));
    }

    #[test]
    fn blank_optional_fields_are_absent() {
        let account = with(|facts| {
            facts.domain = Some(" ".into());
            facts.city = Some(String::new());
            facts.duns = Some("15-048-3782".into());
        });
        let account = account.unwrap();
        assert_eq!((&account.facts().domain, &account.facts().city), (&None, &None));
        assert_eq!(account.facts().duns.as_deref(), Some("150483782"));
    }

    #[test]
    fn relations_are_read_from_parents() {
        let of = |id: &str, parents: &[&str]| {
            let mut facts = AccountFacts::new(id.parse().unwrap(), "Same name");
            facts.parents = parents.iter().map(|parent| parent.parse().unwrap()).collect();
            Account::new(facts).unwrap()
        };
        let (head, one, two) = (of("h", &[]), of("1", &["h"]), of("2", &["h", "x"]));
        assert_eq!(head.relation(&one), Some(Relation::Parent));
        assert_eq!(one.relation(&head), Some(Relation::Child));
        assert_eq!(one.relation(&two), Some(Relation::Sibling));
        assert_eq!(head.relation(&of("y", &["z"])), None);
    }
}
