use std::path::Path;

use super::super::{Tests, modules_of};
use super::*;

/// The imports of a crate of these files, of which the first is the root: pairs of names without `.rs`.
fn imports_of(files: &[(&str, &str)]) -> Vec<(String, String)> {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let file = folder.path().join(name).with_extension("rs");
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }
    let name = |file: &Path| {
        let file = file.strip_prefix(folder.path()).unwrap().with_extension("");
        file.to_str().unwrap().replace('\\', "/")
    };
    let root = folder.path().join(files[0].0).with_extension("rs");
    let imports = imports_of_each_file(&modules_of(&root, Tests::LeftOut));
    let pairs = imports.iter().flat_map(|(file, targets)| {
        let pairs = targets.iter().map(|target| (name(file), name(target)));
        pairs.collect::<Vec<_>>()
    });
    pairs.collect()
}

#[track_caller]
fn assert_imports(files: &[(&str, &str)], expected: &[(&str, &str)]) {
    let expected: Vec<_> = expected
        .iter()
        .map(|(file, target)| ((*file).to_owned(), (*target).to_owned()))
        .collect();
    assert_eq!(imports_of(files), expected);
}

#[test]
fn a_name_is_imported_from_the_file_that_defines_it() {
    assert_imports(
        &[
            ("lib", "mod a; mod b; mod c;"),
            ("a", "use crate::b::B; fn f() { super::c::g() }"),
            ("b", "pub struct B;"),
            ("c", "pub fn g() {}"),
        ],
        &[("a", "b"), ("a", "c")],
    );
}

#[test]
fn a_re_export_is_no_import_and_what_goes_through_it_comes_from_behind_it() {
    assert_imports(
        &[
            ("lib", "mod a; mod b; pub use a::A; pub(crate) use b::*;"),
            ("a", "use crate::B; pub struct A; impl B { fn f() {} }"),
            ("b", "mod c; pub use c::B;"),
            ("b/c", "pub enum B {}"),
        ],
        &[("a", "b/c")],
    );
}

#[test]
fn a_re_export_that_the_file_uses_itself_is_an_import() {
    assert_imports(
        &[
            ("lib", "mod a; pub use a::A; fn f(a: A) {}"),
            ("a", "pub struct A; fn g() { crate::f(A) }"),
        ],
        &[("a", "lib"), ("lib", "a")],
    );
}

#[test]
fn what_a_parent_imports_for_itself_comes_from_the_parent() {
    assert_imports(
        &[
            ("lib", "mod a; mod b; use b::B;"),
            ("a", "use super::B;"),
            ("b", "pub struct B;"),
        ],
        &[("a", "lib"), ("lib", "b")],
    );
}

#[test]
fn a_child_that_is_used_without_a_declaration_is_imported() {
    assert_imports(
        &[("lib", "mod a; fn f() { a::g() }"), ("a", "pub fn g() {}")],
        &[("lib", "a")],
    );
}

#[test]
fn a_module_in_the_same_file_is_no_other_file() {
    assert_imports(
        &[
            ("lib", "mod a; mod b;"),
            (
                "a",
                "mod c { use super::super::b::B; use super::A; } struct A; use c::x;",
            ),
            ("b", "pub struct B;"),
        ],
        &[("a", "b")],
    );
}

#[test]
fn modules_that_a_condition_chooses_from_are_all_looked_at() {
    assert_imports(
        &[
            (
                "lib",
                "#[cfg(unix)] #[path = \"a/unix.rs\"] mod system; #[cfg(windows)] #[path = \"a/windows.rs\"] mod system;
                 fn f() { system::g() }",
            ),
            ("a/unix", "#[path = \"more.rs\"] mod more; pub fn g() { crate::f() }"),
            ("a/windows", "pub fn g() {}"),
            ("a/more", "use super::g;"),
        ],
        &[
            ("a/more", "a/unix"),
            // By the same path.
            ("a/more", "a/windows"),
            ("a/unix", "lib"),
            ("lib", "a/unix"),
            ("lib", "a/windows"),
        ],
    );
}

#[test]
fn tests_do_not_count() {
    assert_imports(
        &[
            ("lib", "mod a; fn f() {}"),
            (
                "a",
                "#[cfg(test)] mod tests { use crate::f; } #[cfg(test)] use crate::f;",
            ),
        ],
        &[],
    );
}
