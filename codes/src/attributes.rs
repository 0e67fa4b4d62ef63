//! What attributes say: derives, documentation, the forms of serde.

use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, Item, Lit, LitStr, Meta, Path, Token};

/// Whether an item exists in tests only.
pub(crate) fn is_for_tests(item: &Item) -> bool {
    let attributes = match item {
        Item::Mod(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        _ => return false,
    };
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg") && attribute.parse_args::<Path>().is_ok_and(|path| path.is_ident("test"))
    })
}

/// Whether a derive of this name stands there.
pub(crate) fn derives(attributes: &[Attribute], name: &str) -> bool {
    attributes.iter().filter(|attribute| attribute.path().is_ident("derive")).any(|attribute| {
        let paths = attribute.parse_args_with(Punctuated::<Path, Token![,]>::parse_terminated);
        paths.is_ok_and(|paths| paths.iter().filter_map(|path| path.segments.last()).any(|last| last.ident == name))
    })
}

/// Whether an attribute of this name stands there.
pub(crate) fn has(attributes: &[Attribute], name: &str) -> bool {
    attributes.iter().any(|attribute| attribute.path().is_ident(name))
}

/// What a key of `#[serde(…)]` is set to.
pub(crate) fn serde(attributes: &[Attribute], key: &str) -> Option<String> {
    attributes.iter().filter(|attribute| attribute.path().is_ident("serde")).find_map(|attribute| {
        let mut found = None;
        // Keys without a value, and forms that are not asked for, are passed over.
        let _ = attribute.parse_nested_meta(|meta| {
            if let Ok(value) = meta.value() {
                let value: Expr = value.parse()?;
                if let (true, Some(text)) = (meta.path.is_ident(key), text(&value)) {
                    found = Some(text);
                }
            }
            Ok(())
        });
        found
    })
}

/// The first sentence of a documentation comment, without the brackets of links.
pub(crate) fn sentence(attributes: &[Attribute]) -> Option<String> {
    let lines = attributes.iter().filter(|attribute| attribute.path().is_ident("doc")).map_while(|attribute| {
        let Meta::NameValue(pair) = &attribute.meta else { return None };
        text(&pair.value).map(|line| line.trim().to_owned()).filter(|line| !line.is_empty())
    });
    let paragraph = lines.collect::<Vec<_>>().join(" ");
    let first = match paragraph.split_once(". ") {
        Some((first, _)) => format!("{first}."),
        None => paragraph,
    };
    Some(unlinked(&first)).filter(|sentence| !sentence.is_empty())
}

/// `[text](place)` and `[text]` as `text`; brackets within code stay.
fn unlinked(text: &str) -> String {
    let (mut plain, mut in_code, mut skips) = (String::new(), false, false);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            ')' if skips => skips = false,
            _ if skips => {}
            '`' => {
                in_code = !in_code;
                plain.push(character);
            }
            '[' if !in_code => {}
            ']' if !in_code => skips = characters.next_if_eq(&'(').is_some(),
            _ => plain.push(character),
        }
    }
    plain
}

/// The text of a string literal.
pub(crate) fn text(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => Some(LitStr::value(text)),
            _ => None,
        },
        Expr::Paren(inner) => text(&inner.expr),
        Expr::Reference(inner) => text(&inner.expr),
        _ => None,
    }
}

/// `UnknownSku` as `unknown_sku`.
pub(crate) fn snake(name: &str) -> String {
    let mut snake = String::new();
    for (at, character) in name.chars().enumerate() {
        if character.is_uppercase() && at > 0 {
            snake.push('_');
        }
        snake.extend(character.to_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attributes(text: &str) -> Vec<Attribute> {
        syn::parse_str::<syn::ItemStruct>(&format!("{text}\nstruct A;")).unwrap().attrs
    }

    #[test]
    fn the_first_sentence_is_plain() {
        let text =
            "/// Longer than [`MAX`], or `steps[1].gives` of\n/// [another](super::place). And more.\n///\n/// Rest.";
        let plain = "Longer than `MAX`, or `steps[1].gives` of another.";
        assert_eq!(sentence(&attributes(text)).unwrap(), plain);
    }

    #[test]
    fn the_keys_of_serde_are_found_beside_others() {
        let attributes = attributes("#[serde(deny_unknown_fields, tag = \"code\", rename_all = \"snake_case\")]");
        assert_eq!(serde(&attributes, "tag").as_deref(), Some("code"));
        assert_eq!(serde(&attributes, "rename_all").as_deref(), Some("snake_case"));
        assert_eq!(serde(&attributes, "rename"), None);
    }

    #[test]
    fn names_in_snake_case() {
        assert_eq!(snake("UnknownSku"), "unknown_sku");
        assert_eq!(snake("Empty"), "empty");
    }
}
