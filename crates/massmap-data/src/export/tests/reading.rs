//! Texts that are read as entries of a map, and texts that are not.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Bytes, builder, built, built_like, events, numbered};
use crate::{EntrySchemas, Header, InputSettings, Source, duplicate_key_message};

#[derive(Serialize, Debug, Clone, PartialEq)]
struct Point {
    x: i8,
    y: Option<f32>,
    name: String,
    unit: (),
}

fn point(x: i8, y: Option<f32>, name: &str) -> Point {
    let name = name.to_owned();
    Point { x, y, name, unit: () }
}

fn points(field_names: bool) -> Vec<u8> {
    let entries = [("a", point(1, Some(0.5), "one")), ("b", point(-2, None, ""))];
    built(builder().with_field_names(field_names), &entries)
}

#[track_caller]
fn check_same(file: &[u8], name: &str, texts: &[&str]) {
    check_same_with(file, name, texts, |_| {});
}

#[track_caller]
fn check_same_with(file: &[u8], name: &str, texts: &[&str], change: impl Fn(&mut InputSettings)) {
    for text in texts {
        let again = built_like(file, text, name, &change);
        assert!(
            again.unwrap_or_else(|error| panic!("{error}\n{text}")) == file,
            "{text}"
        );
    }
}

#[track_caller]
fn check_error(file: &[u8], name: &str, text: &str, expected: &str) {
    let error = built_like(file, text, name, |_| {}).unwrap_err();
    assert_eq!(error, expected, "{text}");
}

#[test]
fn fields_may_come_in_any_order_and_optional_ones_may_be_missing() {
    for field_names in [false, true] {
        let file = points(field_names);
        check_same(
            &file,
            "a.ndjson",
            &[
                r#"["a",{"name":"one","x":1,"y":0.5}]
                   ["b",{"y":null,"unit":null,"name":"","x":-2}]"#,
                r#"{"value":{"x":1,"name":"one","y":5e-1},"key":"a"}
                   ["b",{"name":"","x":-2}]"#,
            ],
        );
        check_same(
            &file,
            "a.json",
            &[
                r#"{"a":{"x":1,"name":"one","y":0.5},"b":{"name":"","x":-2}}"#,
                r#"[["a",{"x":1,"name":"one","y":0.5}],{"key":"b","value":{"name":"","x":-2}}]"#,
            ],
        );
        check_same(
            &file,
            "a.csv",
            &[
                "key,x,y,name,unit\na,1,0.5,one,\nb,-2,,,\n",
                "unit,y,key,x,name\n,.5,a,1,\"one\"\n,,b,-2,\n",
            ],
        );
    }
}

#[test]
fn the_fields_of_a_struct_may_lie_beside_the_key() {
    let select = |settings: &mut InputSettings| settings.fields.key = Some("id".to_owned());
    check_same_with(
        &points(false),
        "a.ndjson",
        &[r#"{"x":1,"id":"a","name":"one","y":0.5}
             {"name":"","x":-2,"id":"b"}"#],
        select,
    );
    check_same_with(
        &points(true),
        "a.csv",
        &["name,more,id,x,y,unit\none,1,a,1,0.5,\n,2,b,-2,,\n"],
        select,
    );
}

#[test]
fn tables_may_have_other_names_for_whole_keys_and_values_or_none() {
    let file = built(builder(), &[("a", 1u8), ("b", 2)]);
    check_same(
        &file,
        "a.csv",
        &[
            "number,value\na,1\nb,2\n",
            "id,number\na,1\nb,2\n",
            "value,key\n1,a\n2,b\n",
        ],
    );
    check_same(&file, "a.tsv", &["key\tvalue\nb\t2\na\t1\n"]);
    let without = |settings: &mut InputSettings| settings.header = Header::None;
    check_same_with(&file, "a.csv", &["a,1\nb,2\n"], without);
    check_same_with(&points(false), "a.csv", &["a,1,0.5,one,\nb,-2,,,\n"], without);
    let named = |settings: &mut InputSettings| {
        settings.fields.key = Some("id".to_owned());
        settings.fields.value = Some("number".to_owned());
    };
    check_same_with(&file, "a.csv", &["number,x,id\n1,x,a\n2,,b\n"], named);
}

#[test]
fn what_is_no_entry_of_the_map_is_an_error_that_says_where_and_what() {
    let file = points(false);
    for (text, expected) in [
        (
            r#"["a",{"x":200,"name":"one"}]"#,
            "a.ndjson: line 1, column 13, record 1: the value is not like those of the map: `x` is 200, not i8",
        ),
        (
            r#"["a",{"x":1.5,"name":"one"}]"#,
            "a.ndjson: line 1, column 13, record 1: the value is not like those of the map: `x` is 1.5, not i8",
        ),
        (
            r#"["a",{"name":"one"}]"#,
            "a.ndjson: line 1, column 19, record 1: the value is not like those of the map: it is an object without the field \"x\", not {x: i8, y: optional f32, name: string, unit: unit}",
        ),
        (
            r#"["a",{"x":1,"z":1}]"#,
            "a.ndjson: line 1, column 16, record 1: the value is not like those of the map: it is an object with the unknown field \"z\", not {x: i8, y: optional f32, name: string, unit: unit}",
        ),
        (
            r#"["a",{"x":1,"x":1}]"#,
            "a.ndjson: line 1, column 16, record 1: the value is not like those of the map: it is an object with two fields \"x\", not {x: i8, y: optional f32, name: string, unit: unit}",
        ),
        (
            r#"["a",[1,2,3,4]]"#,
            "a.ndjson: line 1, column 6, record 1: the value is not like those of the map: it is an array, not {x: i8, y: optional f32, name: string, unit: unit}",
        ),
        (
            r#"[7,{"x":1,"name":"one"}]"#,
            "a.ndjson: line 1, column 2, record 1: the key is not like those of the map: it is the integer `7`, not string",
        ),
    ] {
        check_error(&file, "a.ndjson", text, expected);
    }
}

#[test]
fn cells_that_are_no_entry_of_the_map_are_errors() {
    let file = points(false);
    for (text, expected) in [
        (
            "key,x,y,name,unit\na,1,x,one,\n",
            "a.csv: line 2, record 1, field \"y\": the value is not like those of the map: it is \"x\", not f32",
        ),
        (
            "key,x,y,name,unit\na,,1,one,\n",
            "a.csv: line 2, record 1, field \"x\": the value is not like those of the map: it is \"\", not i8",
        ),
        (
            "key,x,y,name\na,1,1,one\n",
            "a.csv: line 1: there is no column \"unit\" among \"key\", \"x\", \"y\", \"name\"",
        ),
        (
            "key,x,y,name,unit,more\na,1,1,one,,\n",
            "a.csv: line 1: it has the columns \"more\" besides those of such entries: \"key\", \"x\", \"y\", \"name\", \"unit\"",
        ),
        (
            "key,x,y,x,name,unit\n",
            "a.csv: line 1: there are two columns \"x\": rename one of them",
        ),
    ] {
        check_error(&file, "a.csv", text, expected);
    }
}

#[test]
fn values_are_of_their_type_exactly() {
    let check = |file: &[u8], value: &str, expected: &str| {
        let expected = format!("the value is not like those of the map: {expected}");
        let error = built_like(file, format!("[0,{value}]"), "a.ndjson", |_| {}).unwrap_err();
        assert!(error.ends_with(&expected), "{value}: {error}");
    };
    let numbers = built(builder(), &numbered([1.5f64, 2.0]));
    check(&numbers, "1e999", "it is 1e999, not f64");
    check(&numbers, "null", "it is null, not f64");
    check(&numbers, "\"1.5\"", "it is 1.5, not f64");
    check(&numbers, "\"Infinity\"", "it is Infinity, not f64");
    check(
        &built(builder(), &numbered([1.5f32])),
        "1e39",
        "it is 1e39, not f32",
    );
    let wide = built(builder(), &numbered([u128::MAX]));
    check(
        &wide,
        "340282366920938463463374607431768211456",
        "it is 340282366920938463463374607431768211456, not u128",
    );
    check(&wide, "-1", "it is -1, not u128");
    check(&wide, "\"1\"", "it is the string \"1\", not u128");
    let characters = built(builder(), &numbered(['a']));
    check(&characters, "\"ab\"", "it is \"ab\", not char");
    check(&characters, "\"\"", "it is \"\", not char");
    let bytes = built(builder(), &numbered([Bytes(b"ab"), Bytes(b"cd")]));
    check(
        &bytes,
        "\"YWI\"",
        "it is \"YWI\" (Invalid padding), not base64 of 2 bytes",
    );
    check(&bytes, "\"YQ==\"", "it is that of 1 bytes, not base64 of 2 bytes");
    let events = built(builder(), &numbered(events()));
    let known = "one of Start, Move(i8), Line(u8, optional char), Stop {code: u64, why: string}";
    check(
        &events,
        "\"Move\"",
        &format!("it is a variant without its content, not {known}"),
    );
    check(
        &events,
        "\"Go\"",
        &format!("it is the unknown variant \"Go\", not {known}"),
    );
    check(
        &events,
        "{\"Start\":null}",
        &format!("it is a variant with content that it does not have, not {known}"),
    );
    check(&events, "{}", &format!("it is an empty object, not {known}"));
    check(
        &events,
        "{\"Move\":1,\"Start\":1}",
        &format!("it is an object with several members, not {known}"),
    );
    check(
        &events,
        "{\"Line\":[1]}",
        "`Line` is an array of 1 element, not (u8, optional char)",
    );
    let arrays = built(builder(), &numbered([[1u8; 3], [2; 3]]));
    check(&arrays, "[1,2]", "it is an array of 2 elements, not [u8; 3]");
    check(&arrays, "[1,2,300]", "`[2]` is 300, not u8");
    let maps = built(builder(), &numbered([BTreeMap::from([(1u8, "a")])]));
    check(
        &maps,
        "[[1,\"a\"],[2,2]]",
        "`{value 1}` is the integer `2`, not string",
    );
    check(&maps, "[[300,\"a\"]]", "`{key 0}` is 300, not u8");
    check(&maps, "[[3]]", "`[0]` is an array of 1 element, not (u8, string)");
    check(&maps, "[3]", "`[0]` is the integer `3`, not (u8, string)");
    let twice = built_like(&maps, r#"[0,[[1,"a"],[2,"b"],[1,"c"]]]"#, "a.ndjson", |_| {}).unwrap_err();
    assert_eq!(
        twice,
        "a.ndjson: line 1, column 28, record 1: an object has two members 1, but a value can keep only one; remove or rename one"
    );
    // Keys of maps may also be names of members.
    check_same(&maps, "a.ndjson", &[r#"[0,{"1":"a"}]"#]);
}

#[test]
fn a_key_that_is_there_twice_is_shown_with_its_places() {
    let file = built(builder(), &[((1u8, "a"), 1u8), ((2, "b"), 2)]);
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.ndjson");
    std::fs::write(&path, "[[2,\"b\"],1]\n[[1,\"a\"],1]\n[[2,\"b\"],3]\n").unwrap();
    let mut settings = InputSettings::new([Source::of_path(&path)]);
    settings.schemas = Some(EntrySchemas::of(&super::loaded(&file)).unwrap());
    let key = rmp_serde::to_vec(&(2u8, "b")).unwrap();
    let shown = path.display();
    assert_eq!(
        duplicate_key_message(&settings, &key, "advice"),
        format!("{shown}: line 1, record 1 and line 3, record 3 both have the key [2,\"b\"]; advice")
    );
}
