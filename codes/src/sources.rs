//! The sources as modules, and under which public name a type is reached.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use syn::{Item, UseTree, Visibility};

use crate::attributes::is_for_tests;

/// A module: its items, without those that only tests see.
pub(crate) struct Module {
    /// Whether others may name it: it and all modules above it are public.
    pub(crate) public: bool,
    /// Its items.
    pub(crate) items: Vec<Item>,
}

/// An item and the module that it stands in.
pub(crate) struct Place<'s> {
    /// The crate, as a package is called.
    pub(crate) package: String,
    /// The module.
    pub(crate) module: &'s str,
    /// The item.
    pub(crate) item: &'s Item,
}

/// What a `use` brings in: the path before the last name, the last name (`*` for all), and what it is called here.
struct Import {
    from: Vec<String>,
    name: String,
    called: String,
}

/// All modules by path, such as `prm_core::incentive::fold`.
#[derive(Default)]
pub(crate) struct Sources(pub(crate) BTreeMap<String, Module>);

impl Sources {
    /// Reads the sources of a crate below the folder of the project.
    pub(crate) fn read(&mut self, root: &Path, package: &str) -> Result<()> {
        let folder = root.join(package).join("src");
        self.file(&folder.join("lib.rs"), &folder, &package.replace('-', "_"), true)
    }

    fn file(&mut self, file: &Path, below: &Path, path: &str, public: bool) -> Result<()> {
        let text = fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
        let parsed = syn::parse_file(&text).with_context(|| format!("{} cannot be parsed", file.display()))?;
        self.module(parsed.items, below, path, public)
    }

    fn module(&mut self, items: Vec<Item>, below: &Path, path: &str, public: bool) -> Result<()> {
        let items: Vec<Item> = items.into_iter().filter(|item| !is_for_tests(item)).collect();
        for item in &items {
            let Item::Mod(module) = item else { continue };
            let name = module.ident.to_string();
            let (inner, folder) = (format!("{path}::{name}"), below.join(&name));
            let public = public && matches!(module.vis, Visibility::Public(_));
            if let Some((_, items)) = &module.content {
                self.module(items.clone(), &folder, &inner, public)?;
                continue;
            }
            let files = [below.join(format!("{name}.rs")), folder.join("mod.rs")];
            let Some(file) = files.iter().find(|file| file.is_file()) else { bail!("module {inner} has no file") };
            self.file(file, &folder, &inner, public)?;
        }
        self.0.insert(path.to_owned(), Module { public, items });
        Ok(())
    }

    /// Every item with its place.
    pub(crate) fn items(&self) -> impl Iterator<Item = Place<'_>> {
        self.0.iter().flat_map(|(module, of)| {
            let package = module.split("::").next().unwrap_or_default().replace('_', "-");
            of.items.iter().map(move |item| Place { package: package.clone(), module, item })
        })
    }

    /// The public module in which a type is reached, the one nearest to the top; `None` if it is not public.
    pub(crate) fn public_module(&self, module: &str, name: &str) -> Option<String> {
        let reaches = |from: &str| self.defined(from, name, 0).is_some_and(|found| found == module);
        let modules =
            self.0.iter().filter(|(path, of)| of.public && (path.as_str() == module || self.shows(path, name)));
        let found = modules.map(|(path, _)| path).filter(|path| reaches(path));
        found.min_by_key(|path| (path.matches("::").count(), path.len())).cloned()
    }

    /// Whether a module hands a name on to others.
    fn shows(&self, path: &str, name: &str) -> bool {
        let items = self.0.get(path).map_or(&[][..], |module| &module.items);
        let public = items.iter().filter_map(|item| match item {
            Item::Use(import) if matches!(import.vis, Visibility::Public(_)) => Some(&import.tree),
            _ => None,
        });
        public.flat_map(imports).any(|import| import.called == name || import.called == "*")
    }

    /// The module that defines what is called so in another.
    fn defined(&self, path: &str, name: &str, depth: u8) -> Option<String> {
        let module = self.0.get(path).filter(|_| depth < 8)?;
        let here = module.items.iter().any(|item| match item {
            Item::Enum(item) => item.ident == name && matches!(item.vis, Visibility::Public(_)),
            Item::Struct(item) => item.ident == name && matches!(item.vis, Visibility::Public(_)),
            _ => false,
        });
        if here {
            return Some(path.to_owned());
        }
        let trees = module.items.iter().filter_map(|item| match item {
            Item::Use(import) => Some(&import.tree),
            _ => None,
        });
        trees.flat_map(imports).find_map(|import| {
            let from = self.resolve(path, &import.from)?;
            match import.called.as_str() {
                "*" => self.defined(&from, name, depth + 1),
                called if called == name => self.defined(&from, &import.name, depth + 1),
                _ => None,
            }
        })
    }

    /// The module that the path of a `use` means.
    fn resolve(&self, path: &str, from: &[String]) -> Option<String> {
        let mut at = path.to_owned();
        for (place, segment) in from.iter().enumerate() {
            at = match segment.as_str() {
                "self" => at,
                "crate" => path.split("::").next()?.to_owned(),
                "super" => at.rsplit_once("::")?.0.to_owned(),
                name if place == 0 && self.0.contains_key(name) => name.to_owned(),
                name => format!("{at}::{name}"),
            };
        }
        self.0.contains_key(&at).then_some(at)
    }
}

fn imports(tree: &UseTree) -> Vec<Import> {
    let mut found = Vec::new();
    flatten(tree, &mut Vec::new(), &mut found);
    found
}

fn flatten(tree: &UseTree, from: &mut Vec<String>, found: &mut Vec<Import>) {
    let import = |name: String, called: String| Import { from: from.clone(), name, called };
    match tree {
        UseTree::Path(path) => {
            from.push(path.ident.to_string());
            flatten(&path.tree, from, found);
            from.pop();
        }
        UseTree::Name(name) => found.push(import(name.ident.to_string(), name.ident.to_string())),
        UseTree::Rename(name) => found.push(import(name.ident.to_string(), name.rename.to_string())),
        UseTree::Glob(_) => found.push(import("*".to_owned(), "*".to_owned())),
        UseTree::Group(group) => group.items.iter().for_each(|tree| flatten(tree, from, found)),
    }
}
