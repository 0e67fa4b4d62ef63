//! Mapping files: what the columns of a file are called, and what their values mean.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

/// Where a field's value comes from.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(crate) enum Field {
    /// A column.
    Column(String),
    /// A column whose values are translated, or one value for all rows.
    Detailed(Detailed),
}

/// A field that needs more than a column's name.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Detailed {
    pub(crate) column: Option<String>,
    /// What each value of the column means. A value that is not listed is an error, unless there is a default.
    pub(crate) values: BTreeMap<String, String>,
    /// The value of rows whose column is empty or not listed.
    pub(crate) default: Option<String>,
    /// The same value for all rows.
    pub(crate) always: Option<String>,
}

/// The fields of one kind of file. A field that is not mapped is read from the column of its own name, if there
/// is one.
pub(crate) type Fields = BTreeMap<String, Field>;

/// The mapping of all files.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Mapping {
    pub(crate) sales: Fields,
    pub(crate) products: Fields,
    pub(crate) partners: Fields,
    pub(crate) fx: Fields,
}

impl Mapping {
    pub(crate) fn load(path: Option<&Path>) -> Result<Self> {
        let Some(path) = path else { return Ok(Self::default()) };
        let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
        let mapping: Self = serde_saphyr::from_str(&text).with_context(|| path.display().to_string())?;
        let files = [
            ("sales", &mapping.sales, &SALES[..]),
            ("products", &mapping.products, &PRODUCTS),
            ("partners", &mapping.partners, &PARTNERS),
            ("fx", &mapping.fx, &FX),
        ];
        for (file, fields, known) in files {
            if let Some(unknown) = fields.keys().find(|field| !known.contains(&field.as_str())) {
                bail!("{}: {file} have no field `{unknown}`; they have {}", path.display(), known.join(", "));
            }
        }
        Ok(mapping)
    }
}

/// The fields of a sale line.
pub(crate) const SALES: [&str; 26] = [
    "document",
    "line",
    "kind",
    "reverses_document",
    "reverses_line",
    "original_date",
    "order",
    "ship",
    "invoice",
    "paid",
    "received",
    "step",
    "buyer",
    "seller",
    "reseller",
    "sku",
    "quantity",
    "net",
    "gross",
    "purchase_value",
    "currency",
    "motion",
    "registration",
    "account",
    "ship_to_country",
    "ship_to_region",
];
/// The fields of a product.
pub(crate) const PRODUCTS: [&str; 4] = ["sku", "category", "subcategory", "line"];
/// The fields of a partner.
pub(crate) const PARTNERS: [&str; 5] = ["id", "name", "partner_type", "country", "region"];
/// The fields of an exchange rate.
pub(crate) const FX: [&str; 5] = ["from", "to", "kind", "date", "rate"];

/// A field resolved against a file's header.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    /// The field's name, for messages.
    pub(crate) field: &'static str,
    column: Option<(usize, String)>,
    values: BTreeMap<String, String>,
    fallback: Option<String>,
}

impl Source {
    /// Finds the field's column; a column that the mapping names must exist.
    pub(crate) fn resolve(field: &'static str, fields: &Fields, header: &csv::StringRecord) -> Result<Self> {
        let place = |name: &str| -> Result<Option<(usize, String)>> {
            let mut places = header.iter().enumerate().filter(|(_, column)| *column == name).map(|(at, _)| at);
            let first = places.next().map(|at| (at, name.to_owned()));
            if places.next().is_some() {
                bail!("two columns are called `{name}`");
            }
            Ok(first)
        };
        let named = |name: &str| place(name)?.with_context(|| format!("there is no column `{name}` for `{field}`"));
        Ok(match fields.get(field) {
            None => Self { field, column: place(field)?, values: BTreeMap::new(), fallback: None },
            Some(Field::Column(name)) => {
                Self { field, column: Some(named(name)?), values: BTreeMap::new(), fallback: None }
            }
            Some(Field::Detailed(detailed)) => Self {
                field,
                column: detailed.column.as_deref().map(named).transpose()?,
                values: detailed.values.clone(),
                fallback: detailed.always.clone().or_else(|| detailed.default.clone()),
            },
        })
    }

    /// The column's name, or the field's where there is none.
    pub(crate) fn column(&self) -> &str {
        self.column.as_ref().map_or(self.field, |(_, name)| name)
    }

    /// The row's value, translated; `None` where it is empty.
    pub(crate) fn value<'r>(&'r self, row: &'r csv::StringRecord) -> Result<Option<&'r str>, String> {
        let given = self.column.as_ref().and_then(|(at, _)| row.get(*at)).filter(|text| !text.is_empty());
        let fallback = self.fallback.as_deref();
        match given {
            None => Ok(fallback),
            Some(given) if self.values.is_empty() => Ok(Some(given)),
            Some(given) => match self.values.get(given).map(String::as_str).or(fallback) {
                Some(meaning) => Ok(Some(meaning)),
                None => Err(format!("`{given}` is not among the mapped values")),
            },
        }
    }
}
