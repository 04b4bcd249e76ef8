//! Reads the sources of the repository, without compiling them.

mod imports;
mod modules;
mod tokens;

use std::path::{Path, PathBuf};

pub(crate) use imports::imports_of_each_file;
pub(crate) use modules::{Module, Tests, modules_of};
pub(crate) use tokens::paths_outside_tests;

/// The top folder of the repository.
pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap()
}

/// The names of the crates in `crates/`.
pub(crate) fn crates() -> Vec<String> {
    let mut names: Vec<_> = entries(&repository().join("crates"))
        .into_iter()
        .filter(|path| path.join("Cargo.toml").is_file())
        .map(|path| name(&path).to_owned())
        .collect();
    names.sort();
    names
}

/// What a folder holds, without hidden files and what is built.
pub(crate) fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| !name(path).starts_with('.') && name(path) != "target")
        .collect()
}

/// All Rust files in a folder and below.
pub(crate) fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let (folders, files): (Vec<_>, Vec<_>) = entries(folder).into_iter().partition(|path| path.is_dir());
    let mut files: Vec<_> = files.into_iter().filter(|path| is_rust(path)).collect();
    files.extend(folders.iter().flat_map(|folder| rust_files(folder)));
    files
}

pub(crate) fn is_rust(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "rs")
}

/// The last part of a path.
pub(crate) fn name(path: &Path) -> &str {
    path.file_name().unwrap().to_str().unwrap()
}

/// A path as messages show it: from the top folder of the repository, with slashes.
pub(crate) fn shown(path: &Path) -> String {
    let path = path.strip_prefix(repository()).unwrap_or(path);
    path.to_str().unwrap().replace('\\', "/")
}
