use core::net::IpAddr;
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;
use std::num::NonZero;

use massmap_format::{IntegerType, Schema};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};

use super::*;
use crate::codec::schema::widen;
use crate::codec::{Codec, EncodeRules, messagepack};

fn schema_of<T: Serialize>(values: &[T], field_names: bool) -> Schema {
    let rules = EncodeRules {
        field_names,
        ..EncodeRules::default()
    };
    let mut schema = Schema::Never;
    values.iter().for_each(|value| widen(&mut schema, value, rules));
    schema
}

/// Values of one type can be read as another one, which is true of the encoded ones too.
#[track_caller]
fn readable<T: DeserializeOwned>(values: &[impl Serialize], role: Role) {
    for field_names in [false, true] {
        let schema = schema_of(values, field_names);
        check_type::<T>(&schema, role).unwrap();
        let rules = EncodeRules {
            field_names,
            ..EncodeRules::default()
        };
        for value in values {
            let mut bytes = Vec::new();
            messagepack::encode(value, rules, &mut bytes).unwrap();
            Codec::MessagePack.decode::<T>(&bytes).unwrap();
        }
    }
}

#[track_caller]
fn refused<T: DeserializeOwned>(values: &[impl Serialize], role: Role, message: &str) {
    let error = check_type::<T>(&schema_of(values, false), role).unwrap_err();
    assert_eq!(error.to_string(), message);
}

#[derive(Serialize, Deserialize, Debug, PartialEq)]
struct Point {
    x: u32,
    y: u32,
    name: String,
}

fn point() -> Point {
    Point {
        x: 1,
        y: 2,
        name: "p".to_owned(),
    }
}

#[derive(Serialize, Deserialize)]
enum Shape {
    Empty,
    Circle(f64),
    Line(u8, u8),
    Box { width: u16, height: u16 },
}

fn shapes() -> [Shape; 4] {
    let (width, height) = (1, 2);
    [
        Shape::Empty,
        Shape::Circle(1.0),
        Shape::Line(1, 2),
        Shape::Box { width, height },
    ]
}

#[test]
fn types_are_readable_as_themselves() {
    fn check<T: Serialize + DeserializeOwned>(values: &[T]) {
        readable::<T>(values, Role::Key);
        readable::<T>(values, Role::Value);
    }
    #[derive(Serialize, Deserialize)]
    struct Unit;
    #[derive(Serialize, Deserialize)]
    struct Id(u64);
    #[derive(Serialize, Deserialize)]
    struct Pair(u8, String);
    #[derive(Serialize, Deserialize)]
    struct Node {
        next: Option<Box<Node>>,
        children: Vec<Node>,
    }
    #[derive(Serialize, Deserialize)]
    struct Flat {
        a: u8,
        #[serde(flatten)]
        rest: BTreeMap<String, u8>,
    }
    #[derive(Serialize, Deserialize)]
    #[serde(untagged)]
    enum Untagged {
        Number(u64),
        Text(String),
    }
    #[derive(Serialize, Deserialize)]
    #[serde(tag = "kind")]
    enum Tagged {
        A { x: u8 },
        B { x: u8 },
    }
    check(&[1u8]);
    check(&[1u64]);
    check(&[-1i64]);
    check(&[usize::MAX]);
    check(&[1u128]);
    check(&[1.5f32]);
    check(&[1.5f64]);
    check(&[true]);
    check(&['c']);
    check(&["text".to_owned()]);
    check(&[()]);
    check(&[Unit]);
    check(&[Id(7)]);
    check(&[Pair(1, String::new())]);
    check(&[(1u8, 'c', "x".to_owned())]);
    check(&[[1u8; 16]]);
    check(&[[0u8; 0]]);
    check(&[vec![1u8], vec![]]);
    check(&[vec!["a".to_owned()]]);
    check(&[Some(1u8), None]);
    check::<Option<u8>>(&[None]);
    check(&[NonZero::new(5u32).unwrap()]);
    check(&[BTreeMap::from([("a".to_owned(), 1u8)])]);
    check(&[HashMap::<u8, u8>::new()]);
    check(&[point()]);
    check(&shapes());
    check(&["127.0.0.1".parse::<IpAddr>().unwrap(), "::1".parse().unwrap()]);
    check(&[Ok::<u8, String>(1), Err("a".to_owned())]);
    check(&[Node {
        next: None,
        children: vec![Node {
            next: None,
            children: vec![],
        }],
    }]);
    check(&[Flat {
        a: 1,
        rest: BTreeMap::from([("b".to_owned(), 2)]),
    }]);
    check(&[Untagged::Number(1)]);
    check(&[Untagged::Number(1), Untagged::Text("a".to_owned())]);
    check(&[Tagged::A { x: 1 }, Tagged::B { x: 1 }]);
}

#[test]
fn types_that_are_stored_alike_are_readable() {
    #[derive(Deserialize)]
    struct Newtype<T>(T);
    #[derive(Deserialize)]
    #[expect(dead_code, reason = "only read")]
    struct Longer {
        x: u32,
        y: u32,
        name: String,
        #[serde(default)]
        more: Option<u8>,
    }
    #[derive(Deserialize)]
    #[expect(dead_code, reason = "only read")]
    struct Renamed {
        #[serde(alias = "x", alias = "ex")]
        first: u32,
        #[serde(rename = "y")]
        second: u32,
        name: String,
    }
    for role in [Role::Key, Role::Value] {
        readable::<Newtype<u64>>(&[1u64], role);
        readable::<u64>(&[1usize], role);
        readable::<Box<str>>(&["text"], role);
        readable::<Box<String>>(&[Cow::Borrowed("text")], role);
        readable::<IgnoredAny>(&[point()], role);
        let arrays = schema_of(&[point()], false);
        check_type::<(u32, u32, String)>(&arrays, role).unwrap();
        check_type::<Longer>(&arrays, role).unwrap();
        check_type::<Renamed>(&arrays, role).unwrap();
        check_type::<Point>(&schema_of(&[(1u32, 2u32, "p")], false), role).unwrap();
        // Whose lengths happen to be the same.
        check_type::<Vec<u8>>(&schema_of(&[[1u8; 5]], false), role).unwrap();
        check_type::<[u8; 5]>(&schema_of(&[vec![1u8; 5], vec![]], false), role).unwrap();
    }
    let role = Role::Value;
    readable::<u64>(&[1u8], role);
    readable::<i64>(&[1u32], role);
    readable::<f64>(&[1.5f32], role);
    readable::<String>(&['c'], role);
    readable::<Option<u64>>(&[7u64], role);
    readable::<String>(&[Shape::Empty], role);
    readable::<Vec<IgnoredAny>>(&[(1u8, "a")], role);
    readable::<BTreeMap<String, IgnoredAny>>(&[BTreeMap::from([("a", 1u8)])], role);
    // Maps with the names of their fields.
    #[derive(Deserialize, Debug)]
    #[expect(dead_code, reason = "only read")]
    struct Reordered {
        name: String,
        y: u32,
        #[serde(default)]
        new: u8,
        x: u64,
    }
    let maps = schema_of(&[point()], true);
    check_type::<Reordered>(&maps, role).unwrap();
    check_type::<BTreeMap<String, IgnoredAny>>(&maps, role).unwrap();
    check_type::<Point>(&schema_of(&[BTreeMap::from([("x", 1u32)])], false), role).unwrap_err();
}

#[test]
fn other_types_are_refused_with_the_difference() {
    for role in [Role::Key, Role::Value] {
        refused::<String>(
            &[1u64],
            role,
            "it is u64 in the file, and a string in this program",
        );
        refused::<u64>(&["a"], role, "it is string in the file, and u64 in this program");
        refused::<f64>(&[1u32], role, "it is u32 in the file, and f64 in this program");
        refused::<f32>(&[1.0f64], role, "it is f64 in the file, and f32 in this program");
        refused::<u32>(&[1.0f32], role, "it is f32 in the file, and u32 in this program");
        refused::<u128>(&[1u64], role, "it is u64 in the file, and u128 in this program");
        refused::<bool>(&[1u8], role, "it is u8 in the file, and bool in this program");
        refused::<(u8, u8)>(
            &[(1u8, 2u8, 3u8)],
            role,
            "it is (u8, u8, u8) in the file, and a tuple or an array of 2 in this program",
        );
        refused::<[u8; 4]>(
            &[[1u8; 5]],
            role,
            "it is [u8; 5] in the file, and a tuple or an array of 4 in this program",
        );
        refused::<(u8, (bool, f32))>(
            &[(1u8, (true, 2.0f64))],
            role,
            "`1.1` is f64 in the file, and f32 in this program",
        );
        refused::<u8>(
            &[Some(1u8)],
            role,
            "it is optional u8 in the file, and u8 in this program",
        );
        refused::<()>(&[1u8], role, "it is u8 in the file, and unit in this program");
        refused::<Vec<u8>>(
            &["a"],
            role,
            "it is string in the file, and a sequence in this program",
        );
        refused::<Vec<bool>>(
            &[vec![1u8]],
            role,
            "`0` is u8 in the file, and bool in this program",
        );
    }
    refused::<i64>(
        &[1i32],
        Role::Key,
        "it is i32 in the file, and i64 in this program",
    );
    refused::<u64>(
        &[1u32],
        Role::Key,
        "it is u32 in the file, and u64 in this program",
    );
    refused::<String>(
        &['c'],
        Role::Key,
        "it is char in the file, and a string in this program",
    );
    refused::<Option<u8>>(
        &[1u8],
        Role::Key,
        "it is u8 in the file, and optional in this program",
    );
    refused::<BTreeMap<String, u8>>(
        &[BTreeMap::from([("a", "b")])],
        Role::Value,
        "`value` is string in the file, and u8 in this program",
    );
}

#[test]
fn structs_with_other_fields_are_refused_unless_they_are_stored_with_names() {
    macro_rules! refused_structs {
        ($($name:ident { $($field:ident: $type:ty),* })*) => {$({
            #[derive(Deserialize)]
            #[expect(dead_code, reason = "only read")]
            struct $name { $($field: $type),* }
            let arrays = schema_of(&[point()], false);
            for role in [Role::Key, Role::Value] {
                let error = check_type::<$name>(&arrays, role).unwrap_err();
                let fields = [$(stringify!($field)),*].join(", ");
                let expected = format!(
                    "it is {{x: u32, y: u32, name: string}} in the file, and a struct of the fields {fields} in this program"
                );
                assert_eq!(error.to_string(), expected);
            }
        })*};
    }
    refused_structs! {
        Reordered { y: u32, x: u32, name: String }
        Renamed { x: u32, z: u32, name: String }
        Shorter { x: u32, y: u32 }
        Other { a: u32 }
    }
    #[derive(Deserialize)]
    #[expect(dead_code, reason = "only read")]
    struct Inserted {
        x: u32,
        #[serde(default)]
        new: u32,
        y: u32,
        #[serde(default)]
        name: String,
    }
    let error = check_type::<Inserted>(&schema_of(&[point()], false), Role::Value).unwrap_err();
    assert!(
        error.to_string().ends_with("and `name` in this program") || error.to_string().contains("name"),
        "{error}"
    );
    #[derive(Deserialize, Debug)]
    #[expect(dead_code, reason = "only read")]
    struct AllDefault {
        x: u32,
        #[serde(default)]
        new: u32,
        y: u32,
        #[serde(default)]
        name: Option<IgnoredAny>,
    }
    check_type::<AllDefault>(&schema_of(&[point()], false), Role::Value).unwrap_err();
    #[derive(Deserialize, Debug)]
    #[expect(dead_code, reason = "only read")]
    struct Longer {
        x: u32,
        y: u32,
        name: String,
        more: u8,
    }
    let error = check_type::<Longer>(&schema_of(&[point()], false), Role::Value).unwrap_err();
    assert!(
        error.to_string().contains("struct Longer with 4 elements"),
        "{error}"
    );
    let error = check_type::<Longer>(&schema_of(&[point()], true), Role::Value).unwrap_err();
    assert!(error.to_string().contains("with a field more"), "{error}");
    #[derive(Deserialize, Debug)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read")]
    struct Strict {
        x: u32,
        y: u32,
    }
    let error = check_type::<Strict>(&schema_of(&[point()], true), Role::Value).unwrap_err();
    assert!(error.to_string().contains("without the field name"), "{error}");
}

#[test]
fn every_variant_of_an_enum_is_compared() {
    #[derive(Deserialize)]
    #[expect(dead_code, reason = "only read")]
    enum Fewer {
        Empty,
        Circle(f64),
        Line(u8, u8),
    }
    #[derive(Deserialize)]
    #[expect(dead_code, reason = "only read")]
    enum OtherContent {
        Empty,
        Circle(f64),
        Line(u8, i8, u8),
        Box { width: u16, height: u16 },
    }
    #[derive(Deserialize)]
    #[expect(dead_code, reason = "only read")]
    enum OtherFields {
        Empty,
        Circle(f64),
        Line(u8, u8),
        Box { height: u16, width: u16 },
    }
    let role = Role::Value;
    // Entries with the variants that it has are readable.
    check_type::<Fewer>(&schema_of(&shapes(), false), role).unwrap();
    refused::<OtherContent>(
        &shapes(),
        role,
        "`Line` is (u8, u8) in the file, and a tuple or an array of 3 in this program",
    );
    refused::<OtherFields>(
        &shapes(),
        role,
        "`Box` is {width: u16, height: u16} in the file, and a struct of the fields height, width in this program",
    );
    // In a variant of an enum that is in another one.
    let nested = |shape| [Ok::<Shape, u8>(shape)];
    let values: Vec<_> = shapes().into_iter().flat_map(nested).collect();
    check_type::<Result<OtherFields, u8>>(&schema_of(&values, false), role).unwrap_err();
    check_type::<Result<Shape, u8>>(&schema_of(&values, false), role).unwrap();
}

#[test]
fn types_that_refuse_made_up_values_are_not_judged() {
    #[derive(Debug)]
    struct Even;
    impl<'de> Deserialize<'de> for Even {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            match u32::deserialize(deserializer)? % 2 {
                0 => Ok(Self),
                _ => Err(serde::de::Error::custom("odd")),
            }
        }
    }
    struct Panicking;
    impl<'de> Deserialize<'de> for Panicking {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            assert!(u32::deserialize(deserializer)? % 2 == 0);
            Ok(Self)
        }
    }
    let number = Schema::Integer(IntegerType::U32);
    check_type::<Even>(&number, Role::Value).unwrap();
    check_type::<Panicking>(&number, Role::Value).unwrap();
    check_type::<Even>(&Schema::String, Role::Value).unwrap_err();
    check_type::<String>(&Schema::Any, Role::Key).unwrap();
    check_type::<String>(&Schema::Never, Role::Key).unwrap();
    // The tags of a type are unknown.
    #[derive(Deserialize)]
    #[serde(tag = "kind")]
    #[expect(dead_code, reason = "only read")]
    enum Tagged {
        A { x: u8 },
    }
    let map = Schema::Map(Box::new(Schema::String), Box::new(Schema::Any));
    check_type::<Tagged>(&map, Role::Value).unwrap();
}
