//! What kind of value a parameter is, in one word.

use std::collections::BTreeMap;

use serde::Serialize;
use syn::{Fields, GenericArgument, Item, PathArguments, PathSegment, Type};

use crate::attributes::{has, sentence, snake};
use crate::sources::Sources;

/// A value that comes with a code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Parameter {
    /// Its name in the message and in the serialised form.
    pub name: String,
    /// What it is: text, id, integer, number, money, currency, date, instant, word, list, record, error, …
    #[serde(rename = "type")]
    pub is: String,
    /// Of an error: what the codes that it holds begin with. Of a record: what it is called. Of a list: what is in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holds: Option<String>,
    /// It may be missing.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
    /// What it says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meaning: Option<String>,
}

/// The types that are known by name.
pub(crate) struct Types<'s> {
    /// Words of the side table for types that the sources do not show.
    given: &'s BTreeMap<String, String>,
    /// Errors and reasons with what their codes begin with.
    prefixes: BTreeMap<String, String>,
    /// Types of the sources: whether they are nothing but words.
    declared: BTreeMap<String, bool>,
}

impl<'s> Types<'s> {
    pub(crate) fn of(
        sources: &Sources,
        given: &'s BTreeMap<String, String>,
        prefixes: BTreeMap<String, String>,
    ) -> Self {
        let declared = sources.items().filter_map(|place| match place.item {
            Item::Enum(item) => {
                let words = item.variants.iter().all(|variant| matches!(variant.fields, Fields::Unit));
                Some((item.ident.to_string(), words))
            }
            Item::Struct(item) => Some((item.ident.to_string(), false)),
            _ => None,
        });
        Self { given, prefixes, declared: declared.collect() }
    }

    /// What the codes of an error or reason begin with, by the type's name.
    pub(crate) fn prefix(&self, name: &str) -> String {
        self.prefixes.get(name).cloned().unwrap_or_default()
    }

    /// The parameters that fields stand for; those without a name are called `source` or `value`. Types that no word is
    /// known for are told in `unknown`.
    pub(crate) fn parameters(&self, fields: &Fields, generics: &[String], unknown: &mut Vec<String>) -> Vec<Parameter> {
        let alone = fields.len() == 1;
        let named = |(place, field): (usize, &syn::Field)| {
            let is_source = has(&field.attrs, "from") || has(&field.attrs, "source");
            let name = match &field.ident {
                Some(name) => name.to_string(),
                None if is_source => "source".to_owned(),
                None if alone => "value".to_owned(),
                None => format!("value_{}", place + 1),
            };
            let meaning = sentence(&field.attrs);
            let mut parameter = Parameter { name, is: String::new(), holds: None, optional: false, meaning };
            self.word(&field.ty, generics, &mut parameter, unknown);
            if parameter.is == "error" && field.ident.is_none() {
                parameter.name = "source".to_owned();
            }
            parameter
        };
        fields.iter().enumerate().map(named).collect()
    }

    fn word(&self, ty: &Type, generics: &[String], parameter: &mut Parameter, unknown: &mut Vec<String>) {
        let segment = match ty {
            Type::Path(path) => path.path.segments.last(),
            Type::Reference(reference) => return self.word(&reference.elem, generics, parameter, unknown),
            Type::Slice(_) | Type::Array(_) => return "list".clone_into(&mut parameter.is),
            Type::Tuple(_) => return "record".clone_into(&mut parameter.is),
            _ => None,
        };
        let Some(segment) = segment else { return unknown.push("a type without a name".to_owned()) };
        let name = segment.ident.to_string();
        let of = argument(segment);
        match (name.as_str(), of) {
            ("Option", Some(of)) => {
                parameter.optional = true;
                self.word(of, generics, parameter, unknown);
            }
            ("Box" | "Arc" | "Cow", Some(of)) => self.word(of, generics, parameter, unknown),
            ("Vec" | "BTreeSet", Some(of)) => {
                self.word(of, generics, parameter, unknown);
                let of = std::mem::replace(&mut parameter.is, "list".to_owned());
                parameter.holds.get_or_insert(of);
            }
            _ if self.given.contains_key(&name) => {
                parameter.is = self.given.get(&name).cloned().unwrap_or_default();
            }
            _ if self.prefixes.contains_key(&name) => {
                "error".clone_into(&mut parameter.is);
                parameter.holds = self.prefixes.get(&name).cloned();
            }
            _ if generics.contains(&name) || name.ends_with("Error") => "error".clone_into(&mut parameter.is),
            _ => match self.declared.get(&name) {
                Some(true) => "word".clone_into(&mut parameter.is),
                Some(false) => {
                    "record".clone_into(&mut parameter.is);
                    parameter.holds = Some(snake(&name));
                }
                // Ids are made by a macro.
                None if name.ends_with("Id") => "id".clone_into(&mut parameter.is),
                None => unknown.push(format!("type `{name}`")),
            },
        }
    }
}

fn argument(segment: &PathSegment) -> Option<&Type> {
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return None };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}
