//! Refusals: the public types that are a `thiserror::Error`.

use std::collections::BTreeMap;

use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{Attribute, Expr, Fields, ImplItem, Item, Pat};

use crate::attributes::{derives, sentence, snake, text};
use crate::sources::{Place, Sources};
use crate::template::{Arguments, template};
use crate::types::{Parameter, Types};
use crate::{Found, Kind, Problems};

/// What the codes of each public error begin with, by the type's name.
pub(crate) fn prefixes(sources: &Sources, given: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let errors = sources.items().filter_map(|place| error(sources, &place));
    errors
        .map(|(name, module)| {
            let prefix = given.get(&format!("{module}::{name}")).cloned();
            (name.clone(), prefix.unwrap_or_else(|| snake(name.strip_suffix("Error").unwrap_or(&name))))
        })
        .collect()
}

/// The name and the public module of an item that is a public error.
pub(crate) fn error(sources: &Sources, place: &Place<'_>) -> Option<(String, String)> {
    let (name, attributes) = match place.item {
        Item::Enum(item) => (&item.ident, &item.attrs),
        Item::Struct(item) => (&item.ident, &item.attrs),
        _ => return None,
    };
    let name = derives(attributes, "Error").then(|| name.to_string())?;
    let module = sources.public_module(place.module, &name)?;
    Some((name, module))
}

/// All of them.
pub(crate) fn find(
    sources: &Sources,
    types: &Types<'_>,
    prefixes: &BTreeMap<String, String>,
    words: &Words,
    problems: &mut Problems,
) -> Vec<Found> {
    let mut found = Vec::new();
    for place in sources.items() {
        let Some((name, module)) = error(sources, &place) else { continue };
        let prefix = prefixes.get(&name).cloned().unwrap_or_default();
        let one =
            |row: String, attributes: &[Attribute], fields: &Fields, generics: &[String], problems: &mut Problems| {
                let whose = if row.is_empty() { name.clone() } else { format!("{name}, `{row}`") };
                let mut unknown = Vec::new();
                let parameters = types.parameters(fields, generics, &mut unknown);
                problems.extend(unknown.into_iter().map(|ty| {
                    format!("{module}::{whose}: {ty} has no word: add it to `types` in codes/side/settings.toml")
                }));
                let text = match message(attributes, &parameters) {
                    Ok(text) => text,
                    Err(why) => {
                        problems.push(format!("{module}::{whose}: {why}"));
                        None
                    }
                };
                Found {
                    kind: Kind::Error,
                    package: place.package.clone(),
                    module: module.clone(),
                    word: words.get(&name).and_then(|words| words.get(&row)).cloned(),
                    prefix: prefix.clone(),
                    row,
                    text,
                    other_texts: Vec::new(),
                    meaning: sentence(attributes),
                    parameters,
                }
            };
        match place.item {
            Item::Enum(item) => {
                let generics: Vec<String> = item.generics.type_params().map(|of| of.ident.to_string()).collect();
                for variant in &item.variants {
                    let row = snake(&variant.ident.to_string());
                    found.push(one(row, &variant.attrs, &variant.fields, &generics, problems));
                }
            }
            Item::Struct(item) => found.push(one(String::new(), &item.attrs, &item.fields, &[], problems)),
            _ => {}
        }
    }
    found
}

/// The template of `#[error(…)]`; none where the error within speaks.
pub(crate) fn message(attributes: &[Attribute], parameters: &[Parameter]) -> Result<Option<String>, String> {
    let Some(attribute) = attributes.iter().find(|attribute| attribute.path().is_ident("error")) else {
        return Err("it has no `#[error(…)]`".to_owned());
    };
    let arguments: Arguments =
        attribute.parse_args_with(Punctuated::parse_terminated).map_err(|error| error.to_string())?;
    let mut arguments = arguments.iter();
    match arguments.next() {
        Some(Expr::Path(path)) if path.path.is_ident("transparent") => Ok(None),
        Some(first) => {
            let format = text(first).ok_or("`#[error(…)]` does not begin with a text")?;
            let called = |name: &str| {
                let by_place = name.parse::<usize>().ok().and_then(|place| parameters.get(place));
                by_place.map_or_else(|| name.to_owned(), |parameter| parameter.name.clone())
            };
            template(&format, arguments, called).map(Some)
        }
        None => Err("`#[error(…)]` is empty".to_owned()),
    }
}

/// The words that `fn code(&self)` of a type gives to its variants, by type and variant in snake case.
pub(crate) type Words = BTreeMap<String, BTreeMap<String, String>>;

/// All types that have such a function.
pub(crate) fn words(sources: &Sources) -> Words {
    let mut words = Words::new();
    for place in sources.items() {
        let Item::Impl(of) = place.item else { continue };
        let syn::Type::Path(ty) = &*of.self_ty else { continue };
        let Some(name) = ty.path.segments.last().map(|last| last.ident.to_string()) else { continue };
        for item in &of.items {
            let ImplItem::Fn(function) = item else { continue };
            if function.sig.ident == "code" {
                let mut arms = Arms::default();
                arms.visit_block(&function.block);
                let literal = arms.0.into_iter().filter_map(|(variant, _, body)| Some((variant, text(&body)?)));
                words.entry(name.clone()).or_default().extend(literal);
            }
        }
    }
    words.retain(|_, words| !words.is_empty());
    words
}

/// The arms of matches on variants: each variant in snake case, its pattern, and what the arm does.
#[derive(Default)]
pub(crate) struct Arms(pub(crate) Vec<(String, Pat, Expr)>);

impl<'ast> Visit<'ast> for Arms {
    fn visit_arm(&mut self, arm: &'ast syn::Arm) {
        for variant in variants(&arm.pat) {
            self.0.push((variant, arm.pat.clone(), (*arm.body).clone()));
        }
        visit::visit_arm(self, arm);
    }
}

/// The variants of `Self` that a pattern names.
fn variants(pattern: &Pat) -> Vec<String> {
    let path = match pattern {
        Pat::Struct(pattern) => &pattern.path,
        Pat::TupleStruct(pattern) => &pattern.path,
        Pat::Path(pattern) => &pattern.path,
        Pat::Or(pattern) => return pattern.cases.iter().flat_map(variants).collect(),
        _ => return Vec::new(),
    };
    let is_of_self = path.segments.first().is_some_and(|first| first.ident == "Self");
    let last = path.segments.last().filter(|_| is_of_self);
    last.map(|last| snake(&last.ident.to_string())).into_iter().collect()
}
