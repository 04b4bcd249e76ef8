use super::*;

fn paths(text: &str) -> Vec<String> {
    let found = paths_outside_tests(text).into_iter();
    found
        .map(|path| path.join("::"))
        .filter(|path| path.contains("::"))
        .collect()
}

fn imports(text: &str) -> Vec<(String, Import)> {
    let found = mentions(&without_tests(tokens(text))).into_iter();
    found
        .filter_map(|mention| Some((mention.segments.join("::"), mention.import?)))
        .collect()
}

#[test]
fn a_use_tree_is_as_many_paths_as_it_has_leaves() {
    assert_eq!(
        paths("use a::{self, b::{c, d as e}, f::*}; use ::g::h;"),
        ["a::b::c", "a::b::d", "a::f", "g::h"]
    );
    let names: Vec<_> = imports("use a::{self, b::{c, d as e}, f::*};")
        .into_iter()
        .map(|(path, import)| (path, import.name.unwrap_or_default()))
        .collect();
    let expected = [("a", "a"), ("a::b::c", "c"), ("a::b::d", "e"), ("a::f", "")];
    assert_eq!(
        names,
        expected.map(|(path, name)| (path.to_owned(), name.to_owned()))
    );
}

#[test]
fn only_what_other_modules_see_is_a_re_export() {
    let text =
        "use a::b; pub use a::c; pub(crate) use a::d; pub(in crate::x) use a::e; pub struct S; use a::f;";
    let re_exports: Vec<_> = imports(text)
        .into_iter()
        .filter_map(|(path, import)| import.is_re_export.then_some(path))
        .collect();
    assert_eq!(re_exports, ["a::c", "a::d", "a::e"]);
}

#[test]
fn paths_in_expressions_types_and_macros_are_found() {
    let text = "fn f(x: &crate::a::T) -> super::U<self::b::V> { vec![c::d::<u8>(), x.e(g::h), <i::J as k::L>::m()] }";
    assert_eq!(
        paths(text),
        [
            "crate::a::T",
            "super::U",
            "self::b::V",
            "c::d",
            "g::h",
            "i::J",
            "k::L"
        ]
    );
    assert_eq!(
        paths("fn f() { use super::{a, b::c}; $crate::d!() }"),
        ["super::a", "super::b::c", "crate::d"]
    );
}

#[test]
fn fields_methods_and_lifetimes_are_no_paths_of_their_own() {
    let first: Vec<_> = paths_outside_tests("x.y.z() && ..w && 'a")
        .into_iter()
        .flatten()
        .collect();
    assert_eq!(first, ["x", "w"]);
}

#[test]
fn what_is_compiled_for_tests_only_is_left_out() {
    let text = "
        #[cfg(test)] mod tests { use a::b; }
        #[cfg(test)] #[path = \"x.rs\"] mod x;
        #[cfg(all(test, unix))] use c::d;
        #[cfg(test)] #[derive(e::E)] struct S { f: f::F }
        #[cfg(any(test, feature = \"x\"))] use g::h;
        #[cfg(not(test))] use i::j;
        impl S { #[cfg(test)] fn f() -> [u8; 3] { k::l() } fn g() { m::n() } }
        struct T { #[cfg(test)] x: o::P, y: q::R }";
    assert_eq!(paths(text), ["g::h", "i::j", "m::n", "q::R"]);
}
