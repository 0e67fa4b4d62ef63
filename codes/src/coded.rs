//! The codes of refusals at run time: implementations of `prm_core::coded::Coded`, written into the crates.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use syn::{Fields, Item, Type, Variant};

use crate::Problems;
use crate::attributes::snake;
use crate::errors::{error, message};
use crate::sources::Sources;
use crate::types::{Parameter, Types};

/// The sources of the implementations for the types that are asked for by their full paths, by the crate.
pub(crate) fn write(
    sources: &Sources,
    types: &Types<'_>,
    asked: &BTreeSet<String>,
    problems: &mut Problems,
) -> BTreeMap<String, String> {
    let mut texts = BTreeMap::new();
    let mut left = asked.clone();
    for place in sources.items() {
        let Some((name, module)) = error(sources, &place) else { continue };
        let path = format!("{module}::{name}");
        let Item::Enum(item) = place.item else { continue };
        if !left.remove(&path) {
            continue;
        }
        let is_coded = |of: &Parameter| of.is == "error" && asked.iter().any(|path| names(path, of, types));
        let generics: Vec<String> = item.generics.type_params().map(|of| of.ident.to_string()).collect();
        let (bounds, named) = match generics.as_slice() {
            [] => (String::new(), name.clone()),
            all => (
                format!("<{}: Coded + std::error::Error + 'static>", all.join(", ")),
                format!("{name}<{}>", all.join(", ")),
            ),
        };
        let arms: Vec<(String, String)> = item
            .variants
            .iter()
            .map(|variant| arms(variant, &generics, types, &is_coded, &types.prefix(&name)))
            .collect();
        let module = module.split_once("::").map_or_else(|| "crate".to_owned(), |(_, inner)| format!("crate::{inner}"));
        let (codes, facts): (Vec<String>, Vec<String>) = arms.into_iter().unzip();
        // Writing to a text does not fail.
        let text = texts.entry(place.package.clone()).or_insert_with(|| {
            let from = if place.package == "prm-core" { "super" } else { "prm_core::coded" };
            format!("//! Written by `cargo run -p prm-codes`.\n\nuse {from}::{{Coded, Facts}};\n")
        });
        let _ = write!(
            text,
            "\nimpl{bounds} Coded for {module}::{named} {{\n    fn code(&self) -> &'static str {{\n        match self {{\n{}        }}\n    }}\n\n    \
             fn facts(&self) -> Facts {{\n        let facts = Facts::default();\n        match self {{\n{}        }}\n    }}\n}}\n",
            codes.concat(),
            facts.concat()
        );
    }
    problems.extend(left.into_iter().map(|path| format!("codes/side/settings.toml: there is no error {path}")));
    texts
}

/// Whether a path is that of the error that a parameter holds.
fn names(path: &str, of: &Parameter, types: &Types<'_>) -> bool {
    let name = path.rsplit("::").next().unwrap_or_default();
    of.holds.as_ref() == Some(&types.prefix(name))
}

/// The arms of a variant: for its code, and for its facts.
fn arms(
    variant: &Variant,
    generics: &[String],
    types: &Types<'_>,
    is_coded: &impl Fn(&Parameter) -> bool,
    prefix: &str,
) -> (String, String) {
    let parameters = types.parameters(&variant.fields, generics, &mut Vec::new());
    let passes_on = message(&variant.attrs, &parameters).is_ok_and(|text| text.is_none());
    let is_generic = |ty: &Type| matches!(ty, Type::Path(of) if of.path.get_ident().is_some_and(|of| generics.contains(&of.to_string())));
    let any_error = variant.fields.iter().any(|field| is_generic(&field.ty));
    let inner = parameters.first().filter(|inner| passes_on && (any_error || is_coded(inner)));
    let (ident, names): (_, Vec<&str>) = (&variant.ident, parameters.iter().map(|of| of.name.as_str()).collect());
    let names = names.join(", ");
    let (any, all) = match &variant.fields {
        Fields::Named(_) => (format!("Self::{ident} {{ .. }}"), format!("Self::{ident} {{ {names} }}")),
        Fields::Unnamed(_) => (format!("Self::{ident}(..)"), format!("Self::{ident}({names})")),
        Fields::Unit => (format!("Self::{ident}"), format!("Self::{ident}")),
    };
    if let Some(inner) = inner {
        let name = &inner.name;
        let arm = |call: &str| format!("            {all} => {name}.{call}(),\n");
        return (arm("code"), arm("facts"));
    }
    let code = format!("            {any} => \"{prefix}.{}\",\n", snake(&ident.to_string()));
    let chain: String = parameters
        .iter()
        .map(|of| {
            let how = match of.is.as_str() {
                "error" if is_coded(of) => "error",
                "instant" => "instant",
                "list" | "record" => "structure",
                _ => "text",
            };
            format!(".{}(\"{}\", {})", how, of.name, of.name)
        })
        .collect();
    (code, format!("            {all} => facts{chain},\n"))
}
