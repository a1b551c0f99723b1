//! Reads from the source of a file which files of its crate it refers to. References that only tests see are left out.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};
use syn::{Attribute, ItemMod, ItemUse, UseTree};

/// A source file.
pub(crate) struct File {
    /// Its module, by segments; empty for the crate's root.
    pub(crate) module: Vec<String>,
    /// The files of the same crate that it refers to.
    pub(crate) imports: BTreeSet<Vec<String>>,
}

/// Every Rust file below a folder, but for what was built or installed there.
pub(crate) fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if name != "target" && name != "node_modules" {
                found.extend(sources(&path));
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Every file of a crate with what it refers to.
pub(crate) fn files(root: &Path) -> Vec<File> {
    let modules: Vec<_> = sources(root)
        .into_iter()
        .map(|path| (module_of(root, &path), path))
        .collect();
    let known: BTreeSet<_> = modules.iter().map(|(module, _)| module.clone()).collect();
    let files = modules.into_iter().filter(|(module, _)| {
        // `mod tests;` and what lies below it.
        !module.iter().any(|segment| segment == "tests")
    });
    files
        .map(|(module, path)| {
            let source = syn::parse_file(&std::fs::read_to_string(&path).unwrap()).unwrap();
            let mut paths = Paths {
                module: module.clone(),
                found: Vec::new(),
            };
            paths.visit_file(&source);
            let mut imports = BTreeSet::new();
            for mut path in paths.found {
                while !known.contains(&path) {
                    path.pop();
                }
                if path != module && !path.is_empty() {
                    imports.insert(path);
                }
            }
            File { module, imports }
        })
        .collect()
}

fn module_of(root: &Path, path: &Path) -> Vec<String> {
    let relative = path.strip_prefix(root).unwrap().with_extension("");
    let mut module: Vec<_> = relative
        .iter()
        .map(|segment| segment.to_string_lossy().into_owned())
        .collect();
    let last = module.last().map(String::as_str);
    if last == Some("mod") || (module.len() == 1 && matches!(last, Some("lib" | "main"))) {
        module.pop();
    }
    module
}

/// Collects absolute paths within the crate.
struct Paths {
    /// The module that is being read.
    module: Vec<String>,
    found: Vec<Vec<String>>,
}

impl Paths {
    fn add(&mut self, segments: &[String]) {
        let mut path = match segments.first().map(String::as_str) {
            Some("crate") => Vec::new(),
            Some("self" | "super") => self.module.clone(),
            Some(_) | None => return,
        };
        for segment in segments {
            match segment.as_str() {
                "crate" | "self" => {}
                "super" => drop(path.pop()),
                other => path.push(other.to_owned()),
            }
        }
        self.found.push(path);
    }

    fn add_tree(&mut self, before: &mut Vec<String>, tree: &UseTree) {
        match tree {
            UseTree::Path(path) => {
                before.push(path.ident.to_string());
                self.add_tree(before, &path.tree);
                before.pop();
            }
            UseTree::Name(name) => {
                before.push(name.ident.to_string());
                self.add(before);
                before.pop();
            }
            UseTree::Rename(rename) => {
                before.push(rename.ident.to_string());
                self.add(before);
                before.pop();
            }
            UseTree::Glob(_) => self.add(before),
            UseTree::Group(group) => {
                for item in &group.items {
                    self.add_tree(before, item);
                }
            }
        }
    }
}

fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute
                .parse_args::<syn::Ident>()
                .is_ok_and(|condition| condition == "test")
    })
}

impl<'ast> Visit<'ast> for Paths {
    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if is_for_tests(&item.attrs) {
            return;
        }
        self.module.push(item.ident.to_string());
        visit::visit_item_mod(self, item);
        self.module.pop();
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        if !is_for_tests(&item.attrs) {
            self.add_tree(&mut Vec::new(), &item.tree);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments = path.segments.iter();
        let segments: Vec<_> = segments.map(|segment| segment.ident.to_string()).collect();
        self.add(&segments);
        visit::visit_path(self, path);
    }
}
