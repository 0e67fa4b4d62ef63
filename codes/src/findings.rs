//! Findings: the codes that the checker of program documents reports.
//!
//! A code is what is given for the parameter `code` of a function or closure, or for the field `code` of a `Finding`:
//! a literal, a part of what a `match` or `if` gives, or what `code()` of a table of codes says.

use std::collections::{BTreeMap, BTreeSet};

use syn::visit::{self, Visit};
use syn::{Block, Expr, FnArg, ImplItemFn, ItemFn, Local, Member, Pat, Signature, Stmt};

use crate::attributes::{sentence, snake, text};
use crate::errors::Words;
use crate::sources::Sources;
use crate::{Found, Kind, Problems};

/// Where findings come from.
const CHECKER: &str = "prm_core::program";

/// All of them. `tables` are the types with a `code()` that are no errors.
pub(crate) fn find(sources: &Sources, tables: &Words, problems: &mut Problems) -> Vec<Found> {
    let modules =
        sources.0.iter().filter(|(path, _)| path.as_str() == CHECKER || path.starts_with("prm_core::program::"));
    let modules: Vec<_> = modules.collect();
    let mut sinks = Sinks::default();
    modules.iter().flat_map(|(_, module)| &module.items).for_each(|item| sinks.visit_item(item));
    let mut codes = Codes { sinks: sinks.0, module: String::new(), words: BTreeSet::new(), tables: false, problems };
    for (path, module) in modules {
        codes.module.clone_from(path);
        module.items.iter().for_each(|item| codes.visit_item(item));
    }
    let (words, uses_tables) = (codes.words, codes.tables);
    let mut meanings: BTreeMap<String, Option<String>> = words.into_iter().map(|word| (word, None)).collect();
    if uses_tables {
        meanings.extend(of_tables(sources, tables));
    }
    let found = meanings.into_iter().map(|(word, meaning)| Found {
        kind: Kind::Finding,
        package: "prm-core".to_owned(),
        module: CHECKER.to_owned(),
        prefix: "finding".to_owned(),
        row: word.clone(),
        word: Some(word),
        parameters: Vec::new(),
        text: None,
        other_texts: Vec::new(),
        meaning,
    });
    found.collect()
}

/// The codes of tables with what the documentation of their variants says.
fn of_tables(sources: &Sources, tables: &Words) -> Vec<(String, Option<String>)> {
    let mut found = Vec::new();
    for place in sources.items() {
        let syn::Item::Enum(item) = place.item else { continue };
        let Some(words) = tables.get(&item.ident.to_string()) else { continue };
        for variant in &item.variants {
            let word = words.get(&snake(&variant.ident.to_string()));
            found.extend(word.map(|word| (word.clone(), sentence(&variant.attrs))));
        }
    }
    found
}

/// Functions with a parameter `code`, and its place among the arguments.
#[derive(Default)]
struct Sinks(BTreeMap<String, usize>);

impl<'ast> Visit<'ast> for Sinks {
    fn visit_signature(&mut self, signature: &'ast Signature) {
        let typed = signature.inputs.iter().filter_map(|input| match input {
            FnArg::Typed(typed) => Some(&*typed.pat),
            FnArg::Receiver(_) => None,
        });
        if let Some(place) = typed.into_iter().position(is_code) {
            self.0.insert(signature.ident.to_string(), place);
        }
    }
}

fn is_code(pattern: &Pat) -> bool {
    matches!(pattern, Pat::Ident(name) if name.ident == "code")
}

/// Bindings of one function: closures, with the place of their parameter `code` if they have one, and what `code` was
/// bound to.
#[derive(Default)]
struct Bound<'ast> {
    closures: BTreeMap<String, Option<usize>>,
    /// What gives the code, and at which place of the tuple that it gives.
    values: Vec<(&'ast Expr, Option<usize>)>,
}

impl<'ast> Visit<'ast> for Bound<'ast> {
    fn visit_local(&mut self, local: &'ast Local) {
        if let Some(init) = &local.init {
            match (&local.pat, &*init.expr) {
                (Pat::Ident(name), Expr::Closure(closure)) => {
                    let place = closure.inputs.iter().position(|input| match input {
                        Pat::Type(typed) => is_code(&typed.pat),
                        input => is_code(input),
                    });
                    self.closures.insert(name.ident.to_string(), place);
                }
                (Pat::Tuple(tuple), value) => {
                    let place = tuple.elems.iter().position(is_code);
                    self.values.extend(place.map(|place| (value, Some(place))));
                }
                (pattern, value) if is_code(pattern) => self.values.push((value, None)),
                _ => {}
            }
        }
        visit::visit_local(self, local);
    }
}

struct Codes<'p> {
    sinks: BTreeMap<String, usize>,
    module: String,
    words: BTreeSet<String>,
    /// Whether `code()` of a table was given.
    tables: bool,
    problems: &'p mut Problems,
}

impl Codes<'_> {
    fn function(&mut self, signature: &Signature, block: &Block) {
        let mut bound = Bound::default();
        bound.visit_block(block);
        let mut given = Given { sinks: &self.sinks, bound: &bound, codes: Vec::new() };
        given.visit_block(block);
        let codes = given.codes;
        for code in codes.into_iter().map(borrowed) {
            if let Expr::Path(path) = code
                && path.path.is_ident("code")
            {
                // Without a value it is a parameter, and read where that is given.
                for (value, place) in &bound.values {
                    self.results(value, *place, signature);
                }
            } else {
                self.results(code, None, signature);
            }
        }
    }

    /// The codes that an expression gives, at a place of the tuple that it gives.
    fn results(&mut self, expression: &Expr, place: Option<usize>, within: &Signature) {
        match (expression, place) {
            (Expr::Tuple(tuple), Some(place)) => {
                if let Some(element) = tuple.elems.iter().nth(place) {
                    self.results(element, None, within);
                }
            }
            (Expr::Match(of), _) => of.arms.iter().for_each(|arm| self.results(&arm.body, place, within)),
            (Expr::If(of), _) => {
                self.block(&of.then_branch, place, within);
                if let Some((_, otherwise)) = &of.else_branch {
                    self.results(otherwise, place, within);
                }
            }
            (Expr::Block(of), _) => self.block(&of.block, place, within),
            (Expr::Paren(of), _) => self.results(&of.expr, place, within),
            (Expr::Return(_) | Expr::Continue(_) | Expr::Break(_), _) => {}
            (Expr::MethodCall(call), None) if call.method == "code" => self.tables = true,
            (literal, None) if text(literal).is_some() => {
                // The empty word stands for nothing to report.
                self.words.extend(text(literal).filter(|word| !word.is_empty()));
            }
            _ => self.problems.push(format!(
                "{}, `{}`: the code of a finding is neither a literal, a part of what `match` or `if` gives, nor `code()`",
                self.module, within.ident
            )),
        }
    }

    fn block(&mut self, block: &Block, place: Option<usize>, within: &Signature) {
        if let Some(Stmt::Expr(last, _)) = block.stmts.last() {
            self.results(last, place, within);
        }
    }
}

impl<'ast> Visit<'ast> for Codes<'_> {
    fn visit_item_fn(&mut self, function: &'ast ItemFn) {
        self.function(&function.sig, &function.block);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast ImplItemFn) {
        self.function(&function.sig, &function.block);
    }
}

/// What `to_owned` is called on, or the expression itself.
fn borrowed(code: &Expr) -> &Expr {
    match code {
        Expr::MethodCall(call) if call.method == "to_owned" => &call.receiver,
        code => code,
    }
}

/// The expressions that are given as codes.
struct Given<'b, 'ast> {
    sinks: &'b BTreeMap<String, usize>,
    bound: &'b Bound<'ast>,
    codes: Vec<&'ast Expr>,
}

impl<'ast> Visit<'ast> for Given<'_, 'ast> {
    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        if let Expr::Path(path) = &*call.func {
            let name = path.path.segments.last().map(|last| last.ident.to_string()).unwrap_or_default();
            // A closure hides the function of its name.
            let place = self.bound.closures.get(&name).copied().unwrap_or_else(|| self.sinks.get(&name).copied());
            self.codes.extend(place.and_then(|place| call.args.iter().nth(place)));
        }
        visit::visit_expr_call(self, call);
    }

    fn visit_expr_struct(&mut self, literal: &'ast syn::ExprStruct) {
        if literal.path.is_ident("Finding") {
            let is_code = |member: &Member| matches!(member, Member::Named(name) if name == "code");
            self.codes.extend(literal.fields.iter().filter(|field| is_code(&field.member)).map(|field| &field.expr));
        }
        visit::visit_expr_struct(self, literal);
    }
}
