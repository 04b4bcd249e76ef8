use std::any::type_name;
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::num::{NonZero, Wrapping};
use std::rc::Rc;
use std::sync::Arc;

use massmap_format::Schema;

use super::*;

fn shown(name: &str) -> String {
    Type::parse(name).to_string()
}

#[test]
fn names_of_this_compiler_are_understood() {
    macro_rules! check {
        ($($name:ty => $shown:literal,)+) => {$(
            let parsed = Type::parse(type_name::<$name>());
            assert_eq!(parsed.to_string(), $shown, "{}", type_name::<$name>());
            assert!(parsed.can_be_key(), "{}", type_name::<$name>());
        )+};
    }
    check! {
        u8 => "u8", u16 => "u16", u32 => "u32", u64 => "u64", u128 => "u128", usize => "usize",
        i8 => "i8", i16 => "i16", i32 => "i32", i64 => "i64", i128 => "i128", isize => "isize",
        bool => "bool", char => "char", String => "string", &str => "string", &&str => "string",
        Box<str> => "string", Rc<str> => "string", Arc<str> => "string", Cow<'static, str> => "string",
        Arc<String> => "string", Box<u64> => "u64", &u64 => "u64", Wrapping<i16> => "i16",
        NonZero<u32> => "nonzero u32", NonZero<i128> => "nonzero i128",
        Vec<u8> => "[u8]", &[u8] => "[u8]", Box<[String]> => "[string]", [u32; 4] => "[u32; 4]", [&str; 0] => "[string; 0]",
        [[u8; 2]; 3] => "[[u8; 2]; 3]", Vec<[u8; 2]> => "[[u8; 2]]", &[[u8; 2]] => "[[u8; 2]]",
        (u8,) => "(u8)", (u32, String) => "(u32, string)", ((u8, &str), Vec<(bool, char)>) => "((u8, string), [(bool, char)])",
        Option<u64> => "optional u64", Option<(Option<&str>, u8)> => "optional (optional string, u8)",
        Cow<'static, [u16]> => "[u16]",
    }
}

#[test]
fn names_of_other_compilers_are_understood() {
    for (name, expected) in [
        ("&'_ str", "string"),
        ("&'a &'b u8", "u8"),
        ("alloc::borrow::Cow<'_, str>", "string"),
        ("(&'_ str, alloc::borrow::Cow<'_, [u8]>)", "(string, [u8])"),
        ("[&'_ str; 3]", "[string; 3]"),
        ("(u8, u8,)", "(u8, u8)"),
    ] {
        assert_eq!(shown(name), expected);
        assert!(Type::parse(name).can_be_key(), "{name}");
    }
}

#[test]
fn other_types_keep_their_names_and_are_no_keys() {
    struct Own;
    for name in [
        type_name::<Own>(),
        type_name::<HashMap<String, u8>>(),
        type_name::<BTreeMap<String, Vec<u8>>>(),
        type_name::<Vec<Own>>(),
        type_name::<fn(u8) -> u8>(),
        type_name::<(u8, fn(u8) -> u8)>(),
        type_name::<()>(),
        "",
        "<",
        "Vec<u8",
        "alloc::vec::Vec<u8, u16>",
        "[u8; many]",
        "[u8; -1]",
        "(u8))(u8",
        "core::num::nonzero::NonZero<bool>",
        "é",
    ] {
        assert_eq!(shown(name), name);
        assert!(!Type::parse(name).can_be_key(), "{name}");
    }
    assert_eq!(shown("&'_ my::Key"), "my::Key");
    for name in [
        "f32",
        "f64",
        "alloc::vec::Vec<f64>",
        "core::option::Option<core::option::Option<u8>>",
    ] {
        assert!(!Type::parse(name).can_be_key(), "{name}");
    }
}

#[test]
fn names_that_nest_deep_or_are_long_take_neither_stack_nor_time() {
    let deep = format!("{}u8{}", "[".repeat(1 << 20), "]".repeat(1 << 20));
    assert!(!Type::parse(&deep).can_be_key());
    let references = format!("{}u8", "&".repeat(2000));
    assert!(Type::parse(&references).can_be_key());
    let nested = |depth: usize| format!("{}u8{}", "(".repeat(depth), ")".repeat(depth));
    assert!(Type::parse(&nested(15)).can_be_key());
    assert!(!Type::parse(&nested(16)).can_be_key());
    let wide = format!("({})", "u8,".repeat(1300));
    assert!(Type::parse(&wide).can_be_key());
    let wider = format!("({})", "u8,".repeat(1 << 20));
    assert!(!Type::parse(&wider).can_be_key());
}

#[test]
fn types_that_are_stored_and_hashed_alike_are_equal() {
    let parse = Type::parse;
    assert_eq!(parse("&str"), parse("alloc::string::String"));
    assert_eq!(parse("&u32"), parse("u32"));
    assert_eq!(parse("alloc::vec::Vec<u8>"), parse("&[u8]"));
    assert_ne!(parse("u32"), parse("i32"));
    assert_ne!(parse("u64"), parse("usize"));
    assert_ne!(parse("[u8; 4]"), parse("[u8]"));
    assert_ne!(parse("my::Key"), parse("my::Other"));
    assert_eq!(parse("&'_ my::Key"), parse("my::Key"));
}

#[test]
fn types_are_also_known_by_what_they_are_shown_as_and_by_schemas() {
    for shown in [
        "u64",
        "string",
        "char",
        "bytes",
        "16 bytes",
        "optional string",
        "[optional u8]",
        "[u8; 16]",
        "(u32, (string, bool))",
    ] {
        let parsed = Type::parse(shown);
        assert_eq!(parsed.to_string(), shown);
        assert!(parsed.can_be_key(), "{shown}");
        let schema = parsed.schema().unwrap();
        assert_eq!(schema.to_string(), shown);
        // A length may be that of all stored ones and not that of their type.
        let without_lengths = shown.replace("16 bytes", "bytes").replace("; 16", "");
        assert_eq!(Type::of_schema(&schema), Type::parse(&without_lengths));
    }
    assert_eq!(Type::parse("my::Key").schema(), None);
    let named = |name| Type::parse(name).schema();
    assert_eq!(named("usize"), named("u64"));
    assert_eq!(named("core::num::nonzero::NonZero<u8>"), named("u8"));
    let structure = Schema::Struct {
        fields: vec![("a".into(), Schema::Bool), ("b".into(), Schema::String)],
        is_map: false,
    };
    assert_eq!(Type::of_schema(&structure), Type::parse("(bool, string)"));
    for other in [
        Schema::Any,
        Schema::Never,
        Schema::Unit,
        Schema::Tuple(Vec::new()),
    ] {
        assert!(!Type::of_schema(&other).can_be_key(), "{other}");
    }
}
