//! Reasons and outcomes: what an answer gives for why it is as it is.

use std::collections::BTreeMap;

use syn::visit::Visit;
use syn::{FieldPat, Item, ItemEnum, Pat};

use crate::attributes::{derives, sentence, serde, snake};
use crate::errors::Arms;
use crate::side::Settings;
use crate::sources::Sources;
use crate::template::written;
use crate::types::Types;
use crate::{Found, Kind, Problems};

/// Whether an enum is one by its name.
fn is_reason(name: &str) -> bool {
    let ends = ["Reason", "Because", "Outcome", "Verdict", "Ineligible", "Refusal"];
    name.starts_with("Why") || ends.iter().any(|end| name.ends_with(end))
}

/// All of them.
pub(crate) fn find(sources: &Sources, types: &Types<'_>, settings: &Settings, problems: &mut Problems) -> Vec<Found> {
    let (mut found, mut listed) = (Vec::new(), settings.reasons.clone());
    for place in sources.items() {
        let Item::Enum(item) = place.item else { continue };
        let name = item.ident.to_string();
        let Some(module) = sources.public_module(place.module, &name) else { continue };
        let path = format!("{module}::{name}");
        if derives(&item.attrs, "Error") || !(listed.remove(&path) || is_reason(&name)) {
            continue;
        }
        let is_serialised = derives(&item.attrs, "Serialize");
        let case = serde(&item.attrs, "rename_all");
        if is_serialised && case.as_deref() != Some("snake_case") {
            problems.push(format!("{path} is serialised otherwise than in snake case"));
        }
        let texts = texts(sources, place.module, item);
        for variant in &item.variants {
            let row = snake(&variant.ident.to_string());
            let mut unknown = Vec::new();
            let parameters = types.parameters(&variant.fields, &[], &mut unknown);
            problems.extend(
                unknown.into_iter().map(|ty| {
                    format!("{path}, `{row}`: {ty} has no word: add it to `types` in codes/side/settings.toml")
                }),
            );
            let mut texts = texts.get(&row).cloned().unwrap_or_default().into_iter();
            let word = serde(&variant.attrs, "rename").unwrap_or_else(|| row.clone());
            found.push(Found {
                kind: Kind::Reason,
                package: place.package.clone(),
                module: module.clone(),
                word: is_serialised.then_some(word),
                prefix: settings.prefixes.get(&path).cloned().unwrap_or_else(|| snake(&name)),
                row,
                parameters,
                text: texts.next(),
                other_texts: texts.collect(),
                meaning: sentence(&variant.attrs),
            });
        }
    }
    problems.extend(
        listed.iter().map(|path| format!("codes/side/settings.toml: `reasons` names {path}, which is not there")),
    );
    found
}

/// What `Display` writes for each variant: the text with all parameters first.
fn texts(sources: &Sources, module: &str, item: &ItemEnum) -> BTreeMap<String, Vec<String>> {
    let mut texts = BTreeMap::<String, Vec<String>>::new();
    let in_module = sources.0.get(module).map_or(&[][..], |module| &module.items);
    for displays in in_module {
        let Item::Impl(displays) = displays else { continue };
        let of_trait = displays.trait_.as_ref().and_then(|(of, _)| of.segments.last());
        let syn::Type::Path(ty) = &*displays.self_ty else { continue };
        if !ty.path.is_ident(&item.ident) || of_trait.is_none_or(|last| last.ident != "Display") {
            continue;
        }
        let mut arms = Arms::default();
        arms.visit_item_impl(displays);
        for (variant, pattern, body) in arms.0 {
            let bound = bindings(&pattern);
            let called = |name: &str| bound.get(name).cloned().unwrap_or_else(|| name.to_owned());
            if let Some(text) = written(&body, called) {
                texts.entry(variant).or_default().push(text);
            }
        }
    }
    texts
}

/// What the names that a pattern binds stand for: a field, or the only value.
fn bindings(pattern: &Pat) -> BTreeMap<String, String> {
    let mut bound = BTreeMap::new();
    match pattern {
        Pat::Struct(pattern) => {
            for FieldPat { member, pat, .. } in &pattern.fields {
                if let (syn::Member::Named(field), Some(name)) = (member, binding(pat)) {
                    bound.insert(name, field.to_string());
                }
            }
        }
        Pat::TupleStruct(pattern) => {
            if let Some(name) = pattern.elems.first().and_then(binding) {
                bound.insert(name, "value".to_owned());
            }
        }
        _ => {}
    }
    bound
}

fn binding(pattern: &Pat) -> Option<String> {
    match pattern {
        Pat::Ident(name) => Some(name.ident.to_string()),
        Pat::TupleStruct(inner) => inner.elems.first().and_then(binding),
        Pat::Reference(inner) => binding(&inner.pat),
        _ => None,
    }
}
