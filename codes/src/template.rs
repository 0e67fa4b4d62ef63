//! Messages as templates: `{param}` for each parameter, `{param.part}` for what is shown of one.

use syn::punctuated::Punctuated;
use syn::{Expr, Member, Token};

use crate::attributes::text;

/// The arguments of a formatting macro or of `#[error(…)]`.
pub(crate) type Arguments = Punctuated<Expr, Token![,]>;

/// A template out of a format string and its arguments, or what about it cannot be read.
///
/// `called` turns the name of a binding or the number of a field into the name of the parameter.
pub(crate) fn template<'e>(
    format: &str,
    arguments: impl IntoIterator<Item = &'e Expr>,
    called: impl Fn(&str) -> String,
) -> Result<String, String> {
    let mut positional = arguments.into_iter();
    let mut written = String::new();
    let mut characters = format.chars().peekable();
    while let Some(character) = characters.next() {
        written.push(character);
        if character != '{' {
            continue;
        }
        if characters.next_if_eq(&'{').is_some() {
            written.push('{');
            continue;
        }
        let inside: String = characters.by_ref().take_while(|next| *next != '}').collect();
        let name = inside.split(':').next().unwrap_or_default();
        if name.is_empty() {
            let argument = positional.next().ok_or("more placeholders than arguments")?;
            written.push_str(&placeholder(argument, &called)?);
        } else {
            written.push_str(&called(name));
        }
        written.push('}');
    }
    Ok(written)
}

/// The parameters that a template names, each without its parts.
pub(crate) fn named(template: &str) -> Vec<String> {
    let opened = template.split('{').skip(1).filter_map(|rest| rest.split_once('}'));
    opened.filter_map(|(name, _)| name.split('.').next().map(str::to_owned)).filter(|name| !name.is_empty()).collect()
}

/// What an argument shows: `key.batch`, `batches.len()` and `first(batches)` begin with the parameter.
fn placeholder(argument: &Expr, called: &impl Fn(&str) -> String) -> Result<String, String> {
    let inner = |expression: &Expr| placeholder(expression, called);
    match argument {
        Expr::Path(path) => path.path.get_ident().map(|name| called(&name.to_string())).ok_or_else(unreadable),
        Expr::Field(field) => Ok(match &field.member {
            Member::Named(name) => format!("{}.{name}", inner(&field.base)?),
            Member::Unnamed(place) => format!("{}.{}", inner(&field.base)?, place.index),
        }),
        Expr::MethodCall(call) if call.args.is_empty() => Ok(format!("{}.{}", inner(&call.receiver)?, call.method)),
        Expr::Call(call) => match (&*call.func, call.args.first()) {
            (Expr::Path(path), Some(first)) if call.args.len() == 1 => {
                let function = path.path.segments.last().ok_or_else(unreadable)?;
                Ok(format!("{}.{}", inner(first)?, function.ident))
            }
            _ => Err(unreadable()),
        },
        Expr::Reference(reference) => inner(&reference.expr),
        Expr::Paren(parenthesis) => inner(&parenthesis.expr),
        Expr::Unary(unary) => inner(&unary.expr),
        _ => Err(unreadable()),
    }
}

fn unreadable() -> String {
    "an argument of the message is not a parameter, a part of one or what one function makes of it".to_owned()
}

/// The template of what an expression writes: a literal, `write!(f, "…", …)`, `f.write_str("…")`, `f.pad("…")`.
pub(crate) fn written(expression: &Expr, called: impl Fn(&str) -> String) -> Option<String> {
    match expression {
        Expr::Macro(call) if call.mac.path.is_ident("write") => {
            let arguments: Arguments = call.mac.parse_body_with(Punctuated::parse_terminated).ok()?;
            let mut arguments = arguments.iter().skip(1);
            template(&text(arguments.next()?)?, arguments, called).ok()
        }
        Expr::MethodCall(call) if call.method == "write_str" || call.method == "pad" => text(call.args.first()?),
        Expr::Return(returned) => written(returned.expr.as_deref()?, called),
        Expr::Block(block) => match block.block.stmts.last()? {
            syn::Stmt::Expr(last, _) => written(last, called),
            syn::Stmt::Macro(last) if last.mac.path.is_ident("write") => {
                let arguments: Arguments = last.mac.parse_body_with(Punctuated::parse_terminated).ok()?;
                let mut arguments = arguments.iter().skip(1);
                template(&text(arguments.next()?)?, arguments, called).ok()
            }
            _ => None,
        },
        _ => text(expression),
    }
}

#[cfg(test)]
mod tests {
    use syn::parse::Parser;

    use super::*;

    fn of(arguments: &str) -> Result<String, String> {
        let arguments: Arguments = Punctuated::parse_terminated.parse_str(arguments).unwrap();
        let mut arguments = arguments.iter();
        template(&text(arguments.next().unwrap()).unwrap(), arguments, str::to_owned)
    }

    #[test]
    fn arguments_take_the_names_of_parameters() {
        let written = r#""{} of `{}`, first {}: U+{code:04X} {{x", batches.len(), key.batch, first(batches).0"#;
        assert_eq!(of(written).unwrap(), "{batches.len} of `{key.batch}`, first {batches.first.0}: U+{code} {{x");
        assert_eq!(named("{batches.len} of `{key.batch}`, {{"), ["batches", "key"]);
    }

    #[test]
    fn what_cannot_be_named_is_refused() {
        assert!(of(r#""{}", 1 + 2"#).is_err());
        assert!(of(r#""{} {}", one"#).is_err());
    }
}
