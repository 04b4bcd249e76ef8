//! No two files of a crate import each other, directly or by way of others: whoever reads one file has to know those below
//! it, not all of a ring.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};

use crate::sources::{
    Tests, crates, entries, imports_of_each_file, is_rust, modules_of, name, repository, rust_files, shown,
};

type Imports = BTreeMap<PathBuf, BTreeSet<PathBuf>>;

/// The folders with the sources of crates.
fn source_folders() -> Vec<PathBuf> {
    let names = crates().into_iter().map(|name| format!("crates/{name}"));
    names
        .chain(["benches", "benches/remote", "benches/support"].map(str::to_owned))
        .map(|name| repository().join(name).join("src"))
        .collect()
}

/// The files that the compiler is given: those of the library, of the program, and of each program in `bin/`.
fn roots(sources: &Path) -> Vec<PathBuf> {
    let mut roots = vec![sources.join("lib.rs"), sources.join("main.rs")];
    let programs = sources.join("bin");
    if programs.is_dir() {
        roots.extend(entries(&programs).into_iter().map(|path| match is_rust(&path) {
            true => path,
            false => path.join("main.rs"),
        }));
    }
    roots.retain(|root| root.is_file());
    assert!(!roots.is_empty(), "{} has nothing to compile", shown(sources));
    roots
}

/// The files that a file imports, those imported by these included.
fn reachable<'a>(imports: &'a Imports, from: &'a Path) -> BTreeSet<&'a Path> {
    let mut seen = BTreeSet::new();
    let mut left = vec![from];
    while let Some(file) = left.pop() {
        let next = imports.get(file).into_iter().flatten();
        left.extend(next.map(PathBuf::as_path).filter(|file| seen.insert(*file)));
    }
    seen
}

/// The largest sets of files of which each imports each other, directly or by way of others, if they have more than one file.
fn cycles(imports: &Imports) -> Vec<BTreeSet<&Path>> {
    let reachable: BTreeMap<&Path, _> = imports
        .keys()
        .map(|file| (&**file, reachable(imports, file)))
        .collect();
    let mut cycles: Vec<BTreeSet<&Path>> = Vec::new();
    for (file, targets) in &reachable {
        if !cycles.iter().any(|cycle| cycle.contains(file)) {
            let others = targets.iter().copied();
            let cycle: BTreeSet<_> = others.filter(|other| reachable[other].contains(file)).collect();
            cycles.extend((cycle.len() > 1).then_some(cycle));
        }
    }
    cycles
}

/// The cycles of a crate, as a message shows them; empty if there are none.
fn description(sources: &Path) -> String {
    let mut text = String::new();
    for root in roots(sources) {
        let imports = imports_of_each_file(&modules_of(&root, Tests::LeftOut));
        for cycle in cycles(&imports) {
            writeln!(text, "{} files import each other:", cycle.len()).unwrap();
            for file in &cycle {
                let targets = imports[*file].iter().filter(|target| cycle.contains(&***target));
                let targets: Vec<_> = targets.map(|target| shown(target)).collect();
                writeln!(text, "    {} imports {}", shown(file), targets.join(", ")).unwrap();
            }
        }
    }
    text
}

#[test]
fn no_two_files_of_a_crate_import_each_other() {
    let mut wrong = String::new();
    for sources in source_folders() {
        let name = name(sources.parent().unwrap()).to_owned();
        let found = description(&sources);
        if !found.is_empty() {
            writeln!(wrong, "{name}: {found}").unwrap();
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn every_file_is_looked_at() {
    for sources in source_folders() {
        let roots = roots(&sources);
        let modules = roots.iter().flat_map(|root| modules_of(root, Tests::Included));
        let seen: BTreeSet<_> = modules.map(|module| module.file).collect();
        for file in rust_files(&sources) {
            assert!(seen.contains(&file), "{} belongs to no module", shown(&file));
        }
    }
}

#[test]
fn files_in_a_ring_are_found_and_those_outside_are_not() {
    let imports: Imports = [
        ("a", vec!["b"]),
        ("b", vec!["c", "d"]),
        ("c", vec!["a"]),
        ("d", vec![]),
        ("e", vec!["a", "f"]),
        ("f", vec!["e"]),
    ]
    .into_iter()
    .map(|(file, targets)| (file.into(), targets.into_iter().map(PathBuf::from).collect()))
    .collect();
    let expected = [vec!["a", "b", "c"], vec!["e", "f"]];
    let expected = expected.map(|files| files.into_iter().map(Path::new).collect::<BTreeSet<_>>());
    assert_eq!(cycles(&imports), expected);
}
