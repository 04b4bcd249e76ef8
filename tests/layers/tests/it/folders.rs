//! Folders of sources are small enough to be read at a glance.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use crate::sources::{entries, is_rust, name, repository, rust_files, shown};

/// The folders with all sources.
const TOP: [&str; 6] = ["benches", "crates", "examples", "fuzz", "python/rust", "tests"];

/// The list of the crates, which stays flat: their layers are drawn in CONTRIBUTING.md.
const CRATES: &str = "crates";

/// The most that a folder may hold: `x.rs` and the folder `x` beside it are one.
const LIMIT: usize = 10;

/// A folder and those below it.
fn folders(folder: &Path) -> Vec<PathBuf> {
    let inner = entries(folder).into_iter().filter(|path| path.is_dir());
    let inner: Vec<_> = inner.flat_map(|folder| folders(&folder)).collect();
    [vec![folder.to_owned()], inner].concat()
}

/// How many entries a folder has.
fn size(folder: &Path) -> usize {
    let entries = entries(folder);
    let names: BTreeSet<_> = entries
        .iter()
        .map(|path| match is_rust(path) {
            true => path.file_stem().unwrap().to_str().unwrap(),
            false => name(path),
        })
        .collect();
    names.len()
}

#[test]
fn no_folder_of_sources_holds_more_than_a_reader_takes_in_at_once() {
    let mut wrong = String::new();
    let folders = TOP.iter().flat_map(|top| folders(&repository().join(top)));
    let crates = repository().join(CRATES);
    for folder in folders.filter(|folder| *folder != crates && !rust_files(folder).is_empty()) {
        let size = size(&folder);
        if size > LIMIT {
            let folder = shown(&folder);
            writeln!(wrong, "{folder} holds {size} files and folders: at most {LIMIT}").unwrap();
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn modules_with_others_inside_are_files_beside_folders() {
    for folder in TOP {
        for file in rust_files(&repository().join(folder)) {
            assert_ne!(name(&file), "mod.rs", "{}", shown(&file));
        }
    }
}
