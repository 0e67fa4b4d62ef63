//! What a partner fills in to register a deal.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::account::AccountFacts;
use crate::id::{Name, PartnerId, PersonId, Sku};
use crate::money::{Money, MoneyError};

/// What kind of deal is registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DealType {
    /// Business with a customer that the vendor does not have.
    #[default]
    New,
    /// More with a customer that is there.
    Expansion,
    /// Going on with what is there; the incumbent comes first where a rule says so.
    Renewal,
    /// A public tender: every bidder gets the price, and none blocks another.
    PublicTender,
    /// A deal that the vendor brings to the partner.
    VendorLed,
}

/// The types with the word that stands for each in documents.
pub const DEAL_TYPES: [(&str, DealType); 5] = [
    ("new", DealType::New),
    ("expansion", DealType::Expansion),
    ("renewal", DealType::Renewal),
    ("public_tender", DealType::PublicTender),
    ("vendor_led", DealType::VendorLed),
];

/// What a line is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
#[serde(rename_all = "snake_case")]
pub enum Goods {
    /// A product set of the program.
    Products(Name),
    /// One product.
    Sku(Sku),
}

impl std::fmt::Display for Goods {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Products(name) => name.fmt(f),
            Self::Sku(sku) => sku.fmt(f),
        }
    }
}

/// A product line: what is decided for itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[non_exhaustive]
pub struct DealLine {
    /// What is to be sold.
    pub goods: Goods,
    /// For how much, in the program's currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub value: Option<Money>,
    /// How many units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub units: Option<u32>,
}

impl DealLine {
    /// A line of which only the goods are known.
    #[must_use]
    pub const fn new(goods: Goods) -> Self {
        Self { goods, value: None, units: None }
    }

    /// The same with a value.
    #[must_use]
    pub const fn worth(mut self, value: Money) -> Self {
        self.value = Some(value);
        self
    }
}

/// A public tender.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct Tender {
    /// Its number with the authority that published it.
    pub id: String,
    /// When it was published.
    pub published_on: NaiveDate,
}

/// What a partner fills in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record), uniffi(name = "DealForm"))]
#[non_exhaustive]
pub struct Form {
    /// Under which program.
    pub program: String,
    /// The partner of record: whose deal it is.
    pub partner: PartnerId,
    /// The partner that submits it, if another: a distributor for its reseller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub submitter: Option<PartnerId>,
    /// The distributors that would deliver.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub distributors: Vec<PartnerId>,
    /// What kind of deal.
    #[serde(default)]
    pub deal_type: DealType,
    /// The end customer.
    pub account: AccountFacts,
    /// The site, where the customer has several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub site: Option<String>,
    /// The region or state of it, in the codes that the program's territories use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub region: Option<String>,
    /// The person at the customer, whose name and address are kept apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub contact: Option<PersonId>,
    /// What is to be sold.
    #[serde(default)]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub lines: Vec<DealLine>,
    /// When the deal will probably be closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub close_date: Option<NaiveDate>,
    /// The tender, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub tender: Option<Tender>,
}

impl Form {
    /// A form in which partner and end customer are filled in.
    #[must_use]
    pub fn new(program: impl Into<String>, partner: PartnerId, account: AccountFacts) -> Self {
        Self {
            program: program.into(),
            partner,
            submitter: None,
            distributors: Vec::new(),
            deal_type: DealType::default(),
            account,
            site: None,
            region: None,
            contact: None,
            lines: Vec::new(),
            close_date: None,
            tender: None,
        }
    }

    /// The values of its lines together; `None` if no line has one.
    ///
    /// # Errors
    /// [`MoneyError`] if they are in several currencies or too large together.
    pub fn value(&self) -> Result<Option<Money>, MoneyError> {
        let mut values = self.lines.iter().filter_map(|line| line.value);
        let Some(first) = values.next() else { return Ok(None) };
        values.try_fold(first, Money::plus).map(Some)
    }

    /// The partners that have a part in it, the partner of record first.
    pub fn partners(&self) -> impl Iterator<Item = &PartnerId> {
        std::iter::once(&self.partner).chain(&self.submitter).chain(&self.distributors)
    }
}

/// What can be required, asked for again, or be wrong in a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
#[non_exhaustive]
#[allow(missing_docs, reason = "each is the field of its word")]
pub enum FormField {
    #[serde(rename = "program")]
    Program,
    #[serde(rename = "partner")]
    Partner,
    #[serde(rename = "submitter")]
    Submitter,
    #[serde(rename = "distributors")]
    Distributors,
    #[serde(rename = "deal_type")]
    DealType,
    #[serde(rename = "account.name")]
    AccountName,
    #[serde(rename = "account.domain")]
    AccountDomain,
    #[serde(rename = "account.country")]
    AccountCountry,
    #[serde(rename = "account.city")]
    AccountCity,
    #[serde(rename = "account.phone")]
    AccountPhone,
    #[serde(rename = "account.tax_id")]
    AccountTaxId,
    #[serde(rename = "site")]
    Site,
    #[serde(rename = "region")]
    Region,
    #[serde(rename = "contact")]
    Contact,
    #[serde(rename = "products")]
    Products,
    #[serde(rename = "value")]
    Value,
    #[serde(rename = "units")]
    Units,
    #[serde(rename = "close_date")]
    CloseDate,
    #[serde(rename = "tender")]
    Tender,
}

/// The fields with their words.
pub const FORM_FIELDS: [(&str, FormField); 19] = [
    ("program", FormField::Program),
    ("partner", FormField::Partner),
    ("submitter", FormField::Submitter),
    ("distributors", FormField::Distributors),
    ("deal_type", FormField::DealType),
    ("account.name", FormField::AccountName),
    ("account.domain", FormField::AccountDomain),
    ("account.country", FormField::AccountCountry),
    ("account.city", FormField::AccountCity),
    ("account.phone", FormField::AccountPhone),
    ("account.tax_id", FormField::AccountTaxId),
    ("site", FormField::Site),
    ("region", FormField::Region),
    ("contact", FormField::Contact),
    ("products", FormField::Products),
    ("value", FormField::Value),
    ("units", FormField::Units),
    ("close_date", FormField::CloseDate),
    ("tender", FormField::Tender),
];

impl std::fmt::Display for FormField {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(crate::words::word_of(&FORM_FIELDS, self))
    }
}

impl FormField {
    /// Whether a form has it filled in: a field of lines in every line.
    #[must_use]
    pub fn is_filled(self, form: &Form) -> bool {
        let some = |text: &Option<String>| text.as_deref().is_some_and(|text| !text.trim().is_empty());
        let account = &form.account;
        let lines = |has: fn(&DealLine) -> bool| !form.lines.is_empty() && form.lines.iter().all(has);
        match self {
            Self::Program | Self::Partner | Self::DealType => true,
            Self::Submitter => form.submitter.is_some(),
            Self::Distributors => !form.distributors.is_empty(),
            Self::AccountName => !account.name.trim().is_empty(),
            Self::AccountDomain => some(&account.domain),
            Self::AccountCountry => some(&account.country),
            Self::AccountCity => some(&account.city),
            Self::AccountPhone => some(&account.phone),
            Self::AccountTaxId => some(&account.tax_id),
            Self::Site => some(&form.site),
            Self::Region => some(&form.region),
            Self::Contact => form.contact.is_some(),
            Self::Products => !form.lines.is_empty(),
            Self::Value => lines(|line| line.value.is_some()),
            Self::Units => lines(|line| line.units.is_some()),
            Self::CloseDate => form.close_date.is_some(),
            Self::Tender => form.tender.is_some(),
        }
    }

    /// Whether two forms say the same in it.
    #[must_use]
    pub fn is_equal(self, one: &Form, other: &Form) -> bool {
        let (a, b) = (&one.account, &other.account);
        let lines = |same: fn(&DealLine, &DealLine) -> bool| {
            one.lines.len() == other.lines.len() && one.lines.iter().zip(&other.lines).all(|(a, b)| same(a, b))
        };
        match self {
            Self::Program => one.program == other.program,
            Self::Partner => one.partner == other.partner,
            Self::Submitter => one.submitter == other.submitter,
            Self::Distributors => one.distributors == other.distributors,
            Self::DealType => one.deal_type == other.deal_type,
            // What else identifies an account goes with its name.
            Self::AccountName => {
                (&a.id, &a.name, &a.aliases, &a.email_domain, &a.duns, &a.parents)
                    == (&b.id, &b.name, &b.aliases, &b.email_domain, &b.duns, &b.parents)
            }
            Self::AccountDomain => a.domain == b.domain,
            Self::AccountCountry => a.country == b.country,
            Self::AccountCity => a.city == b.city,
            Self::AccountPhone => a.phone == b.phone,
            Self::AccountTaxId => a.tax_id == b.tax_id,
            Self::Site => one.site == other.site,
            Self::Region => one.region == other.region,
            Self::Contact => one.contact == other.contact,
            Self::Products => lines(|a, b| a.goods == b.goods),
            Self::Value => lines(|a, b| a.value == b.value),
            Self::Units => lines(|a, b| a.units == b.units),
            Self::CloseDate => one.close_date == other.close_date,
            Self::Tender => one.tender == other.tender,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::word_of;

    #[test]
    fn every_field_and_type_has_the_word_of_its_serialised_form() {
        for (word, field) in FORM_FIELDS {
            assert_eq!(serde_json::to_value(field).unwrap(), word);
            assert_eq!(field.to_string(), word);
        }
        for (word, deal_type) in DEAL_TYPES {
            assert_eq!(serde_json::to_value(deal_type).unwrap(), word);
            assert_eq!(word_of(&DEAL_TYPES, &deal_type), word);
        }
    }

    #[test]
    fn fields_of_lines_are_filled_in_all_of_them() {
        let mut form = Form::new("p", "a".parse().unwrap(), AccountFacts::new("c".parse().unwrap(), "C"));
        assert!(!FormField::Value.is_filled(&form) && !FormField::Products.is_filled(&form));
        let goods = |name: &str| Goods::Products(name.parse().unwrap());
        form.lines = vec![DealLine::new(goods("bikes")).worth(Money::parse("5", "USD").unwrap())];
        assert!(FormField::Value.is_filled(&form) && FormField::Products.is_filled(&form));
        form.lines.push(DealLine::new(goods("parts")));
        assert!(!FormField::Value.is_filled(&form));
        assert_eq!(form.value().unwrap(), Money::parse("5", "USD").ok());
    }
}
