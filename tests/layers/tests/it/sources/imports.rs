//! Finds out which file of a crate imports which.
//!
//! A file imports another if it names something that the other defines, or the other itself. What a third file re-exports is
//! imported from where it is defined. A re-export is no import, unless the file uses the name itself.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::Module;
use super::tokens::{Import, Mention};

/// For each file of a crate, the files of the same crate that it imports.
pub(crate) fn imports_of_each_file(modules: &[Module]) -> BTreeMap<PathBuf, BTreeSet<PathBuf>> {
    let names = Names::of(modules);
    let mut imports: BTreeMap<PathBuf, BTreeSet<PathBuf>> = BTreeMap::new();
    for module in modules {
        let of_file = imports.entry(module.file.clone()).or_default();
        let used = module
            .mentions
            .iter()
            .filter(|mention| names.is_use(module, mention));
        for mention in used {
            let targets = names.resolve(module, &mention.segments, 0);
            let files = targets.into_iter().map(|target| target.file.clone());
            of_file.extend(files.filter(|file| *file != module.file));
        }
    }
    imports
}

/// More re-exports of re-exports than there are in any crate: what seems to have more goes round in circles.
const MAX_DEPTH: u32 = 50;

/// Finds the modules that define what paths name.
struct Names<'a> {
    /// By their paths. Where conditions choose between modules, these have the same path.
    modules: BTreeMap<&'a [String], Vec<&'a Module>>,
}

impl<'a> Names<'a> {
    fn of(modules: &'a [Module]) -> Self {
        let mut by_path: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for module in modules {
            by_path.entry(&module.path[..]).or_default().push(module);
        }
        Self { modules: by_path }
    }

    /// Whether a module uses what it mentions, rather than just re-exporting it, and it may be of this crate.
    fn is_use(&self, module: &Module, mention: &Mention) -> bool {
        if let Some(import) = &mention.import {
            return !import.is_re_export;
        }
        let first = &mention.segments[0];
        let is_path = mention.segments.len() > 1;
        match first.as_str() {
            "crate" | "self" | "super" => is_path,
            _ if self.has_child(&module.path, first) => is_path,
            _ => mention.names_item && re_export(module, first).is_some(),
        }
    }

    fn has_child(&self, path: &[String], name: &str) -> bool {
        self.modules.contains_key(&*[path, &[name.to_owned()]].concat())
    }

    /// The modules that define what a path in a module names; none if that is of another crate.
    fn resolve(&self, from: &'a Module, segments: &[String], depth: u32) -> Vec<&'a Module> {
        if depth > MAX_DEPTH {
            return Vec::new();
        }
        let mut start = from.path.clone();
        let mut rest = segments;
        match segments[0].as_str() {
            "crate" => {
                start.clear();
                rest = &rest[1..];
            }
            "self" => rest = &rest[1..],
            "super" => {
                while let [first, others @ ..] = rest
                    && first == "super"
                {
                    start.pop();
                    rest = others;
                }
            }
            first if self.has_child(&start, first) => {}
            first => {
                return match re_export(from, first) {
                    Some(target) => self.resolve(from, &[target, &rest[1..]].concat(), depth + 1),
                    None => Vec::new(),
                };
            }
        }
        self.walk(start, rest, depth)
    }

    /// The modules that define what `rest` names in the module at `path`.
    fn walk(&self, mut path: Vec<String>, mut rest: &[String], depth: u32) -> Vec<&'a Module> {
        while let [first, others @ ..] = rest
            && self.has_child(&path, first)
        {
            path.push(first.clone());
            rest = others;
        }
        let modules = self.modules.get(&path[..]).into_iter().flatten().copied();
        let [name, members @ ..] = rest else {
            return modules.collect();
        };
        modules
            .flat_map(|module| match re_export(module, name) {
                _ if module.items.contains(name) => vec![module],
                Some(target) => self.resolve(module, &[target, members].concat(), depth + 1),
                None => self
                    .defined_behind_a_glob(module, name, depth)
                    .unwrap_or_else(|| vec![module]),
            })
            .collect()
    }

    /// The modules that define what a module re-exports by that name with `*`.
    fn defined_behind_a_glob(&self, module: &'a Module, name: &str, depth: u32) -> Option<Vec<&'a Module>> {
        let globs = imports(module).filter(|(import, _)| import.is_re_export && import.name.is_none());
        globs
            .flat_map(|(_, segments)| self.resolve(module, segments, depth + 1))
            .find_map(|target| match re_export(target, name) {
                _ if target.items.contains(name) => Some(vec![target]),
                Some(segments) => Some(self.resolve(target, segments, depth + 1)),
                None if depth < MAX_DEPTH => self.defined_behind_a_glob(target, name, depth + 1),
                None => None,
            })
    }
}

/// What a module re-exports by a name.
fn re_export<'a>(module: &'a Module, name: &str) -> Option<&'a [String]> {
    imports(module)
        .find(|(import, _)| import.is_re_export && import.name.as_deref() == Some(name))
        .map(|(_, segments)| segments)
}

fn imports(module: &Module) -> impl Iterator<Item = (&Import, &[String])> {
    let mentions = module.mentions.iter();
    mentions.filter_map(|mention| Some((mention.import.as_ref()?, &mention.segments[..])))
}

#[cfg(test)]
mod tests;
