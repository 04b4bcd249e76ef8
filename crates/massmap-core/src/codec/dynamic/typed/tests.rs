use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::hash::{Hash, Hasher};

use massmap_format::{EntryTypes, IntegerType, Schema};
use proptest::prelude::*;
use serde::Serialize;

use super::*;
use crate::codec::dynamic::KeyError;
use crate::codec::{EncodeRules, messagepack, widen_schema};

const ARRAYS: EncodeRules = EncodeRules {
    field_names: false,
    distinct_options: false,
    readable: true,
    sorted: false,
};

const MAPS: EncodeRules = EncodeRules {
    field_names: true,
    ..ARRAYS
};

fn encoded(value: &impl Serialize, rules: EncodeRules) -> Box<[u8]> {
    let mut bytes = Vec::new();
    messagepack::encode(value, rules, &mut bytes).unwrap();
    bytes.into()
}

fn schema_of<T: Serialize>(values: &[T], rules: EncodeRules) -> Schema {
    let mut schema = Schema::Never;
    values
        .iter()
        .for_each(|value| widen_schema(&mut schema, value, rules));
    schema
}

/// Checks that values which are known by their schema only are encoded like `values`, and have the same schema.
#[track_caller]
fn check<T: Serialize + Debug>(values: &[T]) {
    for rules in [ARRAYS, MAPS] {
        let schema = schema_of(values, rules);
        let kept = StaticSchema::new(schema.clone());
        let typed: Vec<_> = values
            .iter()
            .map(|value| TypedValue::encoded(&kept, encoded(value, rules)).unwrap())
            .collect();
        for (value, typed) in values.iter().zip(&typed) {
            assert_eq!(encoded(typed, rules), encoded(value, rules), "{value:?}");
            let mut widened = schema.clone();
            widen_schema(&mut widened, typed, rules);
            assert_eq!(widened, schema, "{value:?}");
        }
        if !schema.to_string().contains("any") {
            assert_eq!(schema_of(&typed, rules), schema);
        }
    }
}

#[derive(Serialize, Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Event {
    Start,
    Move(i8),
    Line(u8, Option<char>),
    Stop { code: u64, why: String },
}

#[derive(Serialize, Debug, Clone, PartialEq, Eq, Hash)]
struct Record {
    id: u32,
    tags: Vec<String>,
    event: Option<Event>,
}

#[derive(Serialize, Debug, PartialEq, Eq, Hash)]
struct Nothing;

#[derive(Serialize, Debug)]
struct Empty {}

fn events() -> [Event; 5] {
    [
        Event::Start,
        Event::Move(-1),
        Event::Line(1, None),
        Event::Line(2, Some('é')),
        Event::Stop {
            code: 7,
            why: "done".to_owned(),
        },
    ]
}

fn records() -> Vec<Record> {
    let events = events().into_iter().map(Some).chain([None]);
    (0..)
        .zip(events)
        .map(|(id, event)| Record {
            id: id * 1000,
            tags: (0..id).map(|tag| format!("tag {tag}")).collect(),
            event,
        })
        .collect()
}

#[test]
fn values_of_every_kind_are_encoded_and_described_as_by_their_rust_types() {
    check(&[0u8, 200]);
    check(&[0u16, u16::MAX]);
    check(&[0u32, u32::MAX]);
    check(&[0u64, u64::MAX]);
    check(&[0u128, u128::MAX]);
    check(&[0i8, i8::MIN]);
    check(&[0i16, i16::MIN]);
    check(&[0i32, i32::MIN]);
    check(&[0i64, i64::MIN, 1 << 40]);
    check(&[0i128, i128::MIN]);
    check(&[0.1f32, f32::NAN, -0.0]);
    check(&[0.1f64, f64::NEG_INFINITY, -0.0]);
    check(&[true, false]);
    check(&['a', '🦀']);
    check(&["", "text", &"long".repeat(100_000)]);
    check(&[(), ()]);
    check(&[None, Some(1u8)]);
    check(&[None::<u8>]);
    check(&[vec![1u8, 2], vec![]]);
    check(&[Vec::<u8>::new()]);
    check(&[[1u16; 3], [2; 3]]);
    check(&[[[1u8; 2]; 20], [[2; 2]; 20]]);
    check(&[[(); 0]]);
    check(&[(1u8, "a", 'b', (false, 1.5f32)), (2, "c", 'd', (true, 2.5))]);
    check(&[(1u8,)]);
    check(&[BTreeMap::from([("a", 1u8), ("b", 2)]), BTreeMap::new()]);
    check(&[BTreeMap::from([((1u8, 'c'), Some("text")), ((2, 'd'), None)])]);
    check(&[BTreeMap::<u8, u8>::new()]);
    check(&[BTreeSet::from([3u64, 1])]);
    check(&events());
    check(&records());
    check(&[Nothing]);
    check(&[Empty {}]);
    check(&[Ok::<_, String>(Nothing), Err("failed".to_owned())]);
    check(&[core::net::IpAddr::from([127, 0, 0, 1])]);
    check(&[std::time::Duration::from_millis(1500), std::time::Duration::ZERO]);
}

#[test]
fn tuple_structs_of_many_fields_are_no_arrays() {
    #[derive(Serialize, Debug)]
    struct Wide(u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8);
    check(&[Wide(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16)]);
}

#[test]
fn values_that_are_not_alike_stay_what_they_are() {
    let object = |members: &[(&str, Value)]| {
        let members = members
            .iter()
            .map(|(name, value)| (Value::from(*name), value.clone()));
        Value::Map(members.collect())
    };
    let values = [
        Value::Null,
        Value::from(1),
        Value::from(-1),
        Value::from(1.0),
        Value::from("text"),
        Value::Array(vec![Value::from(1), Value::from((2.5, "x")), object(&[])]),
        object(&[
            ("b", 1.into()),
            (
                "a",
                Value::Array(vec![Value::Null, object(&[("c", true.into())])]),
            ),
        ]),
        Value::from(u64::MAX),
        Value::Extension(5, b"abc".to_vec()),
    ];
    check(&values);
    check(&[BTreeMap::from([("a", values.to_vec())]), BTreeMap::new()]);
    let kept = StaticSchema::new(Schema::Any);
    for bytes in [
        &b"\xca\x3f\xc0\x00\x00"[..],
        b"\xc4\x03abc",
        b"\xd4\x05a",
        b"\x82\x01\xc0\x90\xc2",
        b"\xc7\x03\xffabc",
    ] {
        let typed = TypedValue::encoded(&kept, bytes.into()).unwrap();
        assert_eq!(*encoded(&typed, ARRAYS), *bytes);
        assert_eq!(typed.as_bytes(), bytes);
    }
}

#[test]
fn values_that_a_schema_does_not_describe_are_refused_with_their_place() {
    let record = |id: Value, tags: Value, event: Value| Value::Array(vec![id, tags, event]);
    let tags = || Value::from(vec!["a"]);
    let stop = |code: Value| Value::Map(vec![("Stop".into(), Value::Array(vec![code, "x".into()]))]);
    let schema = schema_of(&records(), ARRAYS);
    let kept = StaticSchema::new(schema.clone());
    for (value, message) in [
        (
            Value::Null,
            "it is null, not {id: u32, tags: [string], event: optional one of Start",
        ),
        (Value::Array(vec![]), "it is an array of 0 elements, not {id"),
        (
            record((-1).into(), tags(), Value::Null),
            "`id` is the integer -1, not u32",
        ),
        (
            record(1.into(), Value::from(vec![1]), Value::Null),
            "`tags[0]` is an integer, not string",
        ),
        (
            record(1.into(), tags(), "Stopp".into()),
            "`event` is the unknown variant `Stopp`, not one of",
        ),
        (
            record(1.into(), tags(), "Move".into()),
            "`event` is a variant without its content, not",
        ),
        (
            record(1.into(), tags(), stop("x".into())),
            "`event.Stop.code` is a string, not u64",
        ),
    ] {
        let error = TypedValue::new(&kept, &value).unwrap_err().to_string();
        assert!(error.starts_with(message), "{error}");
        // What is encoded already is refused alike, in other words.
        let bytes = encoded(&value, ARRAYS);
        let error = TypedValue::encoded(&kept, bytes).unwrap_err().to_string();
        let place = |message: &str| message.split(" is ").next().map(str::to_owned);
        assert_eq!(place(&error), place(message), "{error}");
    }
    let damaged = |bytes: &[u8]| TypedValue::encoded(&kept, bytes.into()).unwrap_err();
    assert!(matches!(damaged(b""), EncodedError::Damaged(_)));
    assert!(matches!(
        damaged(b"\x93\x01\x90\xc0\xc0"),
        EncodedError::Damaged(_)
    ));
}

#[test]
fn structs_are_found_wherever_they_are() {
    let [arrays, maps] = [ARRAYS, MAPS].map(|rules| schema_of(&records(), rules));
    assert!(has_structs(&arrays, false) && !has_structs(&arrays, true));
    assert!(has_structs(&maps, true) && !has_structs(&maps, false));
    let within = schema_of(&[BTreeMap::from([(1u8, vec![Some(events())])])], MAPS);
    assert!(has_structs(&within, true) && !has_structs(&within, false));
    assert!(!has_structs(&Schema::Any, true) && !has_structs(&Schema::Any, false));
}

#[test]
fn dynamic_values_are_encoded_as_the_schema_says() {
    let schema = Schema::Struct {
        fields: vec![
            ("number".into(), Schema::Integer(IntegerType::I128)),
            ("ratio".into(), Schema::F32),
            ("raw".into(), Schema::Bytes(Some(2))),
            (
                "list".into(),
                Schema::Sequence(Schema::Integer(IntegerType::U8).into(), None),
            ),
            ("event".into(), schema_of(&events(), MAPS)),
            (
                "map".into(),
                Schema::Map(Schema::Char.into(), Schema::Option(Schema::Any.into()).into()),
            ),
        ],
        is_map: true,
    };
    let event = |event: Value| {
        let fields = [
            ("event", event),
            ("raw", Value::Bytes(b"ab".to_vec())),
            ("number", Value::from(-5)),
            ("ratio", Value::from(0.1f32)),
            ("list", Value::Bytes(vec![1, 200])),
            (
                "map",
                Value::Map(vec![("x".into(), Value::Null), ("y".into(), 1.into())]),
            ),
        ];
        Value::Map(fields.map(|(name, value)| (name.into(), value)).to_vec())
    };
    let kept = StaticSchema::new(schema);
    let fields = Value::Map(vec![("why".into(), "done".into()), ("code".into(), 7.into())]);
    let stop = Value::Map(vec![("Stop".into(), fields)]);
    for (given, expected) in [
        (Value::from("Start"), &b"\xa5Start"[..]),
        (
            Value::Map(vec![("Move".into(), Value::from(-1))]),
            b"\x81\xa4Move\xff",
        ),
        (stop, b"\x81\xa4Stop\x82\xa4code\x07\xa3why\xa4done"),
    ] {
        let typed = TypedValue::new(&kept, &event(given)).unwrap();
        let mut bytes = b"\x86\xa6number\xc4\x10".to_vec();
        bytes.extend((-5i128).to_be_bytes());
        bytes.extend(b"\xa5ratio\xca\x3d\xcc\xcc\xcd\xa3raw\xc4\x02ab\xa4list\x92\x01\xcc\xc8\xa5event");
        bytes.extend(expected);
        bytes.extend(b"\xa3map\x82\xa1x\xc0\xa1y\x01");
        assert_eq!(typed.as_bytes(), bytes);
        assert_eq!(*encoded(&typed, MAPS), bytes);
    }
}

/// Notes each call of a hasher.
#[derive(Default, PartialEq, Debug)]
struct Recorder(Vec<String>);

macro_rules! record {
    ($($method:ident($value:ty))+) => {
        $(fn $method(&mut self, value: $value) {
            self.0.push(format!(concat!(stringify!($method), "({:?})"), value));
        })+
    };
}

impl Hasher for Recorder {
    record! {
        write(&[u8])
        write_u8(u8) write_u16(u16) write_u32(u32) write_u64(u64) write_u128(u128) write_usize(usize)
        write_i8(i8) write_i16(i16) write_i32(i32) write_i64(i64) write_i128(i128) write_isize(isize)
    }

    fn finish(&self) -> u64 {
        0
    }
}

fn calls(key: &(impl Hash + ?Sized)) -> Recorder {
    let mut recorder = Recorder::default();
    key.hash(&mut recorder);
    recorder
}

fn types_of<K: Serialize>(keys: &[K], rules: EncodeRules) -> EntryTypes {
    EntryTypes {
        key: schema_of(keys, rules),
        ..EntryTypes::default()
    }
}

/// Checks that keys which are known by their schema only are hashed and encoded like `keys`.
#[track_caller]
fn check_keys<K: Serialize + Hash + Debug>(keys: &[K]) {
    for rules in [ARRAYS, MAPS] {
        let schema = KeySchema::of_file(Some(&types_of(keys, rules)), "").unwrap();
        for key in keys {
            let typed = TypedKey::encoded(&schema, encoded(key, rules)).unwrap();
            assert_eq!(calls(&typed), calls(key), "{key:?}");
            assert_eq!(encoded(&typed, rules), encoded(key, rules), "{key:?}");
        }
    }
}

#[test]
fn keys_are_hashed_as_by_their_rust_types() {
    check_keys(&[0u8, 255]);
    check_keys(&[0i16, -1]);
    check_keys(&[0u64, u64::MAX]);
    check_keys(&[0i128, i128::MIN]);
    check_keys(&[0u128, u128::MAX]);
    check_keys(&["", "text"]);
    check_keys(&['a', 'é']);
    check_keys(&[true, false]);
    check_keys(&[()]);
    check_keys(&[None, Some(1u32)]);
    check_keys(&[None::<u32>]);
    check_keys(&[vec![1u16, 2], vec![]]);
    check_keys(&[vec!["a", "b"], vec![]]);
    check_keys(&[vec![vec![1i64], vec![]], vec![]]);
    check_keys(&[[1u8; 16], [2; 16]]);
    check_keys(&[(1u8, "a", Some('c')), (2, "b", None)]);
    check_keys(&events());
    check_keys(&records());
    check_keys(&[Nothing]);
    check_keys(&[BTreeMap::from([("a", vec![1u8]), ("b", vec![])]), BTreeMap::new()]);
    // Sets of integers are hashed one by one, unlike slices of them: files of such keys say that.
    check_keys(&[BTreeSet::from(["a", "b"]), BTreeSet::new()]);
    check_keys(&[Ok::<_, u8>("fine"), Err(1)]);
}

#[test]
fn keys_that_a_file_does_not_tell_how_to_hash_are_refused() {
    let refused = |types: &EntryTypes, name| KeySchema::of_file(Some(types), name).unwrap_err();
    for types in [
        types_of(&[Vec::<u8>::new()], ARRAYS),
        types_of(&[(1u8, Vec::<u8>::new())], ARRAYS),
        types_of(&[1.5f64], ARRAYS),
        types_of(&[Value::from("a"), Value::from(1)], ARRAYS),
    ] {
        assert!(
            matches!(refused(&types, ""), KeyError::UnknownType { .. }),
            "{}",
            types.key
        );
    }
    let own = EntryTypes {
        canonical_keys: false,
        ..types_of(&[1u8], ARRAYS)
    };
    assert!(matches!(refused(&own, ""), KeyError::CustomHash { type_name } if type_name == "u8"));
    assert!(matches!(refused(&own, "my::Key"), KeyError::CustomHash { type_name } if type_name == "my::Key"));
    assert!(matches!(
        KeySchema::of_file(None, "my::Key").unwrap_err(),
        KeyError::UnknownType { .. }
    ));
}

#[test]
fn names_of_types_tell_more_than_what_is_stored() {
    use std::any::type_name;
    use std::num::NonZero;

    let numbers = [1u32, 2].map(|number| vec![NonZero::new(number).unwrap()]);
    let name = type_name::<Vec<NonZero<u32>>>();
    let own = EntryTypes {
        canonical_keys: false,
        ..types_of(&numbers, ARRAYS)
    };
    for types in [Some(&own), None] {
        let schema = KeySchema::of_file(types, name).unwrap();
        for key in &numbers {
            let typed = TypedKey::encoded(&schema, encoded(key, ARRAYS)).unwrap();
            assert_eq!(calls(&typed), calls(key));
        }
        let error = TypedKey::new(&schema, &Value::from(vec![0])).unwrap_err();
        assert!(error.to_string().contains("nonzero u32"), "{error}");
    }
}

#[test]
fn keys_are_ordered_like_their_rust_types() {
    fn sorted<K: Serialize + Ord + Clone + Debug>(keys: &[K]) {
        for rules in [ARRAYS, MAPS] {
            let schema = StaticSchema::new(schema_of(keys, rules));
            let mut expected = keys.to_vec();
            expected.sort();
            let mut found = keys.to_vec();
            found.sort_by(|one, other| schema.compare(&encoded(one, rules), &encoded(other, rules)));
            assert_eq!(found, expected);
        }
    }
    sorted(&[5u64, 1, 300, u64::MAX, 0]);
    sorted(&[5i64, -1, 300, i64::MIN, 0]);
    sorted(&[5i128, -1, i128::MAX, i128::MIN, 0]);
    sorted(&[5u128, u128::MAX, 0, 1 << 100]);
    sorted(&["b", "a", "", "ab", "aa", "\u{ffff}", "\u{10000}"]);
    sorted(&[true, false]);
    sorted(&[Some(2u8), None, Some(1)]);
    sorted(&[(2u8, "a"), (1, "b"), (1, "a")]);
    sorted(&[vec![1u8, 2], vec![], vec![2], vec![1]]);
    sorted(&[Some(vec![(1i8, 'a')]), None, Some(vec![(-1, 'b'), (0, 'c')])]);
    sorted(&[
        Event::Line(1, Some('b')),
        Event::Move(5),
        Event::Start,
        Event::Line(1, None),
        Event::Stop {
            code: 1,
            why: "b".to_owned(),
        },
        Event::Stop {
            code: 1,
            why: "a".to_owned(),
        },
        Event::Move(-5),
    ]);
    sorted(&[
        Some(BTreeMap::from([(2u8, "a")])),
        Some(BTreeMap::from([(1, "b")])),
        Some(BTreeMap::new()),
        None,
    ]);
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_values_of_a_schema_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
        for schema in [Schema::Any, schema_of(&records(), ARRAYS), schema_of(&records(), MAPS), Schema::Char] {
            let schema = StaticSchema::new(schema);
            if let Ok(typed) = TypedValue::encoded(&schema, bytes.clone().into()) {
                let mut out = Vec::new();
                _ = messagepack::encode(&typed, ARRAYS, &mut out);
            }
            _ = schema.compare(&bytes, &bytes);
        }
    }
}
