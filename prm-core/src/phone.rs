//! What crosses to Kotlin and Swift: the types of this crate themselves, and how their smallest parts are read.
//!
//! Nothing that comes from a phone can break the border: an id, a day, an instant, a number or a currency that is none is
//! [`PrmError::Input`], with what was given. So every function that is exported answers with `Result<_, PrmError>`.
//!
//! | here | crosses as | Kotlin | Swift |
//! | --- | --- | --- | --- |
//! | ids, [`Name`], [`Currency`] | their text | `String` | `String` |
//! | [`Scaled`], [`Rate`] (as a fraction) | their text, exactly | `BigDecimal` | `Foundation.Decimal` |
//! | `NaiveDate` | `YYYY-MM-DD` | `java.time.LocalDate` | `CalendarDate` |
//! | `DateTime<Utc>` | RFC 3339, to the microsecond | `java.time.Instant` | `Date` |
//! | [`Money`] | amount and currency | `Money` | `Money` |
//! | sets | a sequence, sorted | `Set` | `Set` |
//! | maps | a sequence of pairs, sorted | `Map` | `Dictionary` |

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Display;
use std::hash::Hash;
use std::str::FromStr;

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use uniffi::metadata::codes::{TYPE_HASH_MAP, TYPE_HASH_SET};
use uniffi::{FfiConverter, Lift, Lower, MetadataBuffer, RustBuffer, TypeId};

use crate::UniFfiTag;
use crate::account::{Account, AccountFacts};
use crate::actor::Actor;
use crate::coded::Coded;
use crate::currency::Currency;
use crate::id::{
    AccountId, AuthorisationId, BatchId, ClaimId, DocumentId, LineId, Name, PartnerId, PaymentId, PersonId,
    ReferralCode, RegistrationId, RequestId, Serial, Sku, SourceId,
};
use crate::money::{Money, MoneyError};
use crate::period::{FiscalPeriod, FiscalPeriodForm, Period, PeriodForm};
use crate::program::length::Length;
use crate::rate::Rate;
use crate::scaled::{NumberError, Scaled};
use crate::zone::micros;

/// Why something was not done. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, uniffi::Error)]
#[non_exhaustive]
pub enum PrmError {
    /// What was given cannot be read.
    #[error("{what}: `{value}`: {text}")]
    Input {
        /// What it was to be: a partner id, a day.
        what: String,
        /// The beginning of what was given.
        value: String,
        /// Why it cannot be read, in English.
        text: String,
    },
    /// A rule speaks against it.
    #[error("{text}")]
    Refused {
        /// The code, as in `codes.json`.
        code: String,
        /// The reason, in English.
        text: String,
        /// What comes with the code, by name, as text.
        facts: HashMap<String, String>,
    },
    /// The database could not do it. It may later.
    #[error("{text}")]
    Failed {
        /// The code, as in `codes.json`.
        code: String,
        /// The reason, in English.
        text: String,
        /// What comes with the code, by name, as text.
        facts: HashMap<String, String>,
    },
}

/// The most letters of a value that are told back.
const TOLD: usize = 64;

impl PrmError {
    /// What a rule refused.
    #[must_use]
    pub fn refused(why: &(impl Coded + ?Sized)) -> Self {
        Self::Refused { code: why.code().to_owned(), text: why.to_string(), facts: facts(why) }
    }

    /// What a database could not do.
    #[must_use]
    pub fn failed(why: &(impl Coded + ?Sized)) -> Self {
        Self::Failed { code: why.code().to_owned(), text: why.to_string(), facts: facts(why) }
    }

    /// What cannot be read: what it was to be, what was given, and why not.
    #[must_use]
    pub fn input(what: &str, value: &str, why: impl Display) -> Self {
        Self::Input { what: what.to_owned(), value: value.chars().take(TOLD).collect(), text: why.to_string() }
    }
}

fn facts(why: &(impl Coded + ?Sized)) -> HashMap<String, String> {
    why.facts().iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// The value that a text stands for.
///
/// # Errors
/// [`PrmError::Input`].
fn read<T: FromStr<Err: Display>>(what: &str, text: &str) -> uniffi::Result<T> {
    text.parse().map_err(|why| PrmError::input(what, text, why).into())
}

macro_rules! ids {
    ($($id:ident $what:literal)*) => {$(
        uniffi::custom_type!($id, String, {
            lower: |id| id.as_str().to_owned(),
            try_lift: |text| read($what, &text),
        });
    )*};
}

ids! {
    AccountId "account id"
    AuthorisationId "authorisation id"
    BatchId "batch id"
    ClaimId "claim id"
    DocumentId "document id"
    LineId "line id"
    Name "name"
    PartnerId "partner id"
    PaymentId "payment id"
    PersonId "person id"
    ReferralCode "referral code"
    RegistrationId "registration id"
    RequestId "request id"
    Serial "serial number"
    Sku "sku"
    SourceId "source id"
}

uniffi::custom_type!(Currency, String, {
    lower: |currency| currency.code().to_owned(),
    try_lift: |text| read("currency", &text),
});

uniffi::custom_type!(Scaled, String, {
    lower: |number| number.untrimmed_text(),
    try_lift: |text| Ok(number(&text)?),
});

uniffi::custom_type!(Rate, String, {
    lower: |rate| rate.fraction().to_string(),
    try_lift: |text| Ok(Rate::from_fraction(number(&text)?).map_err(|why| PrmError::input("rate", &text, why))?),
});

uniffi::custom_type!(NaiveDate, String, {
    remote,
    lower: |day| day.to_string(),
    try_lift: |text| read("day", &text),
});

type Instant = DateTime<Utc>;

uniffi::custom_type!(Instant, String, {
    remote,
    lower: |at| at.to_rfc3339_opts(SecondsFormat::Micros, true),
    try_lift: |text| {
        let at = DateTime::parse_from_rfc3339(&text).map_err(|why| PrmError::input("instant", &text, why))?;
        Ok(micros(at.to_utc()))
    },
});

/// Who does something, and when.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Act {
    /// Who.
    pub by: Actor,
    /// When it takes effect.
    pub at: DateTime<Utc>,
    /// The caller's name for it: sent again to a store, it is carried out once.
    #[uniffi(default)]
    pub key: Option<String>,
    /// The version at which the record in a store must be.
    #[uniffi(default)]
    pub expected_version: Option<u64>,
}

/// An amount of money.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct MoneyAmount {
    /// How much, in the currency's own digits.
    pub amount: Scaled,
    /// Of which currency.
    pub currency: Currency,
}

uniffi::custom_type!(Money, MoneyAmount, {
    lower: |money| MoneyAmount { amount: money.amount(), currency: money.currency() },
    try_lift: |of| {
        let told = |why: MoneyError| PrmError::input("money", &format!("{} {}", of.amount, of.currency), why);
        Ok(Money::exactly(of.amount, of.currency).map_err(told)?)
    },
});

uniffi::custom_type!(Period, PeriodForm, {
    lower: |period| PeriodForm { from: period.from(), until: period.until() },
    try_lift: |days| {
        let given = format!("{}..{}", days.from, days.until);
        Ok(Period::try_from(days).map_err(|why| PrmError::input("period", &given, why))?)
    },
});

uniffi::custom_type!(FiscalPeriod, FiscalPeriodForm, {
    try_lift: |days| Ok(FiscalPeriod::try_from(days).map_err(|why| PrmError::input("fiscal period", "", why))?),
});

uniffi::custom_type!(Length, String, {
    lower: |length| length.to_string(),
    try_lift: |text| read("length", &text),
});

uniffi::custom_type!(Account, AccountFacts, {
    lower: |account| account.into(),
    try_lift: |facts| {
        let id = facts.id.clone();
        Ok(Account::new(facts).map_err(|why| PrmError::input("account", id.as_str(), why))?)
    },
});

/// A number as `BigDecimal` and `Decimal` write it: digits with a point, and maybe an exponent.
fn number(text: &str) -> Result<Scaled, PrmError> {
    /// No number that is one here needs more.
    const EXPONENT_MAX: i32 = 64;
    let told = |why: NumberError| PrmError::input("number", text, why);
    let Some((digits, exponent)) = text.split_once(['e', 'E']) else { return text.parse().map_err(told) };
    let exponent = exponent.parse::<i32>().ok().filter(|by| by.abs() <= EXPONENT_MAX);
    let exponent = exponent.ok_or_else(|| told(NumberError::OutOfRange))?;
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |digits| ("-", digits));
    let (whole, behind) = digits.split_once('.').unwrap_or((digits, ""));
    let shift = usize::try_from(exponent.unsigned_abs()).unwrap_or(usize::MAX);
    let plain = if exponent >= 0 {
        let (moved, rest) = behind.split_at_checked(shift).unwrap_or((behind, ""));
        let zeros = "0".repeat(shift.saturating_sub(behind.len()));
        format!("{sign}{whole}{moved}{zeros}.{rest}")
    } else {
        let whole = format!("{}{whole}", "0".repeat(shift.saturating_sub(whole.len())));
        let (rest, moved) = whole.split_at_checked(whole.len() - shift).unwrap_or(("", whole.as_str()));
        format!("{sign}0{rest}.{moved}{behind}")
    };
    plain.strip_suffix('.').unwrap_or(&plain).parse().map_err(told)
}

// A set crosses as the sequence of what is in it, as sets of the standard hasher do.
unsafe impl<T> FfiConverter<UniFfiTag> for BTreeSet<T>
where
    T: Ord + Lower<UniFfiTag> + Lift<UniFfiTag> + TypeId<UniFfiTag> + 'static,
{
    type FfiType = RustBuffer;

    fn lower(set: Self) -> RustBuffer {
        <Self as Lower<UniFfiTag>>::lower_into_rust_buffer(set)
    }

    fn try_lift(buffer: RustBuffer) -> uniffi::Result<Self> {
        <Self as Lift<UniFfiTag>>::try_lift_from_rust_buffer(buffer)
    }

    fn write(set: Self, buffer: &mut Vec<u8>) {
        <Vec<T> as Lower<UniFfiTag>>::write(set.into_iter().collect(), buffer);
    }

    fn try_read(buffer: &mut &[u8]) -> uniffi::Result<Self> {
        Ok(<Vec<T> as Lift<UniFfiTag>>::try_read(buffer)?.into_iter().collect())
    }

    const TYPE_ID_META: MetadataBuffer = MetadataBuffer::from_code(TYPE_HASH_SET).concat(T::TYPE_ID_META);
}

uniffi::derive_ffi_traits!(impl<T> Lower<UniFfiTag> for BTreeSet<T> where T: Ord + Lower<UniFfiTag> + Lift<UniFfiTag> + TypeId<UniFfiTag> + 'static);
uniffi::derive_ffi_traits!(impl<T> Lift<UniFfiTag> for BTreeSet<T> where T: Ord + Lower<UniFfiTag> + Lift<UniFfiTag> + TypeId<UniFfiTag> + 'static);
uniffi::derive_ffi_traits!(impl<T> TypeId<UniFfiTag> for BTreeSet<T> where T: Ord + Lower<UniFfiTag> + Lift<UniFfiTag> + TypeId<UniFfiTag> + 'static);

// A map crosses as the sequence of its pairs, as maps of the standard hasher do.
unsafe impl<K, V> FfiConverter<UniFfiTag> for BTreeMap<K, V>
where
    K: Ord + Hash + Lower<UniFfiTag> + Lift<UniFfiTag> + TypeId<UniFfiTag> + 'static,
    V: Lower<UniFfiTag> + Lift<UniFfiTag> + TypeId<UniFfiTag> + 'static,
{
    type FfiType = RustBuffer;

    fn lower(map: Self) -> RustBuffer {
        <Self as Lower<UniFfiTag>>::lower_into_rust_buffer(map)
    }

    fn try_lift(buffer: RustBuffer) -> uniffi::Result<Self> {
        <Self as Lift<UniFfiTag>>::try_lift_from_rust_buffer(buffer)
    }

    fn write(map: Self, buffer: &mut Vec<u8>) {
        let pairs = i32::try_from(map.len()).unwrap_or(i32::MAX);
        <i32 as Lower<UniFfiTag>>::write(pairs, buffer);
        for (key, value) in map.into_iter().take(usize::try_from(pairs).unwrap_or_default()) {
            <K as Lower<UniFfiTag>>::write(key, buffer);
            <V as Lower<UniFfiTag>>::write(value, buffer);
        }
    }

    fn try_read(buffer: &mut &[u8]) -> uniffi::Result<Self> {
        Ok(<HashMap<K, V> as Lift<UniFfiTag>>::try_read(buffer)?.into_iter().collect())
    }

    const TYPE_ID_META: MetadataBuffer =
        MetadataBuffer::from_code(TYPE_HASH_MAP).concat(K::TYPE_ID_META).concat(V::TYPE_ID_META);
}

uniffi::derive_ffi_traits!(impl<K, V> Lower<UniFfiTag> for BTreeMap<K, V> where K: Ord + Hash + Lower<UniFfiTag> + Lift<UniFfiTag> + TypeId<UniFfiTag> + 'static, V: Lower<UniFfiTag> + Lift<UniFfiTag> + TypeId<UniFfiTag> + 'static);
uniffi::derive_ffi_traits!(impl<K, V> Lift<UniFfiTag> for BTreeMap<K, V> where K: Ord + Hash + Lower<UniFfiTag> + Lift<UniFfiTag> + TypeId<UniFfiTag> + 'static, V: Lower<UniFfiTag> + Lift<UniFfiTag> + TypeId<UniFfiTag> + 'static);
uniffi::derive_ffi_traits!(impl<K, V> TypeId<UniFfiTag> for BTreeMap<K, V> where K: Ord + Hash + Lower<UniFfiTag> + Lift<UniFfiTag> + TypeId<UniFfiTag> + 'static, V: Lower<UniFfiTag> + Lift<UniFfiTag> + TypeId<UniFfiTag> + 'static);
