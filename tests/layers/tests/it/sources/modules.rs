//! Follows the `mod` declarations of a crate.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenTree};

use super::tokens::{Mention, mentions, tokens, without_tests, word};

/// Whether to look at what is compiled for tests only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tests {
    Included,
    LeftOut,
}

/// A module of a crate, in a file of its own or not.
#[derive(Debug)]
pub(crate) struct Module {
    /// The names that lead to it from the crate's root.
    pub(crate) path: Vec<String>,
    pub(crate) file: PathBuf,
    /// The names of the items that it defines.
    pub(crate) items: BTreeSet<String>,
    /// The paths that it mentions.
    pub(crate) mentions: Vec<Mention>,
}

/// All modules of the crate whose root is a file. Where conditions choose between modules of one name, all are there.
pub(crate) fn modules_of(root: &Path, tests: Tests) -> Vec<Module> {
    let mut tree = Tree {
        tests,
        modules: Vec::new(),
    };
    tree.add_file(root, root.parent().unwrap(), Vec::new());
    tree.modules
}

/// The modules that have been found.
struct Tree {
    tests: Tests,
    modules: Vec<Module>,
}

impl Tree {
    /// Adds the module that is the file, and those within it, whose files are in `folder`.
    fn add_file(&mut self, file: &Path, folder: &Path, path: Vec<String>) {
        let text =
            std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let tokens = match self.tests {
            Tests::Included => tokens(&text),
            Tests::LeftOut => without_tests(tokens(&text)),
        };
        self.add(file, folder, path, tokens);
    }

    fn add(&mut self, file: &Path, folder: &Path, path: Vec<String>, tokens: Vec<TokenTree>) {
        let mut items = BTreeSet::new();
        let mut own_tokens = Vec::new();
        let mut path_attribute = None;
        let mut tokens = tokens.into_iter().peekable();
        while let Some(token) = tokens.next() {
            path_attribute = path_of(&token).or(path_attribute);
            let keyword = match &token {
                TokenTree::Ident(keyword) => keyword.to_string(),
                _ => String::new(),
            };
            own_tokens.push(token);
            match keyword.as_str() {
                "mod" => {
                    let name = word(&tokens.next().expect("a module has a name"));
                    let within: Vec<_> = path.iter().chain([&name]).cloned().collect();
                    match tokens.next() {
                        Some(TokenTree::Group(body)) => {
                            let body = body.stream().into_iter().collect();
                            self.add(file, &folder.join(name), within, body);
                        }
                        _ => match path_attribute.take() {
                            Some(attribute) => {
                                let file = file.parent().unwrap().join(attribute);
                                self.add_file(&file, file.parent().unwrap(), within);
                            }
                            None => {
                                let file = folder.join(format!("{name}.rs"));
                                self.add_file(&file, &folder.join(name), within);
                            }
                        },
                    }
                }
                "struct" | "enum" | "union" | "trait" | "type" | "fn" | "const" | "static"
                | "macro_rules" => {
                    // `macro_rules! name`, `const fn name`, `static mut NAME`.
                    let skipped = |token: &TokenTree| ["!", "fn", "mut", "unsafe"].contains(&&*word(token));
                    while let Some(token) = tokens.next_if(skipped) {
                        own_tokens.push(token);
                    }
                    items.extend(tokens.peek().map(word));
                    path_attribute = None;
                }
                _ => {}
            }
        }
        self.modules.push(Module {
            path,
            file: file.to_owned(),
            items,
            mentions: mentions(&own_tokens),
        });
    }
}

/// The file that `[path = "file"]` names, an attribute without its `#`.
fn path_of(token: &TokenTree) -> Option<String> {
    let TokenTree::Group(group) = token else {
        return None;
    };
    let tokens: Vec<_> = group.stream().into_iter().collect();
    match (group.delimiter(), &tokens[..]) {
        (Delimiter::Bracket, [TokenTree::Ident(name), _, TokenTree::Literal(file)]) if name == "path" => {
            Some(file.to_string().trim_matches('"').to_owned())
        }
        _ => None,
    }
}
