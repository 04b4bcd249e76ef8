use core::net::IpAddr;
use std::borrow::Cow;
use std::cell::Cell;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher, Hash};
use std::num::NonZero;

use massmap_format::Schema;
use serde::{Serialize, Serializer};

use super::*;
use crate::codec::{EncodeRules, messagepack};

const ARRAYS: EncodeRules = EncodeRules {
    field_names: false,
    distinct_options: false,
    readable: false,
    sorted: false,
};

const MAPS: EncodeRules = EncodeRules {
    field_names: true,
    ..ARRAYS
};

/// The schema of these values, which describes the encoding of each and does not depend on their order.
#[track_caller]
fn schema_of<T: Serialize>(values: &[T], rules: EncodeRules) -> Schema {
    let mut schema = Schema::Never;
    values.iter().for_each(|value| widen(&mut schema, value, rules));
    let mut backwards = Schema::Never;
    values
        .iter()
        .rev()
        .for_each(|value| widen(&mut backwards, value, rules));
    assert_eq!(schema, backwards);
    let mut joined = Schema::Never;
    for value in values {
        let mut alone = Schema::Never;
        widen(&mut alone, value, rules);
        joined = joined.join(&alone);
        let mut bytes = Vec::new();
        messagepack::encode(value, rules, &mut bytes).unwrap();
        assert!(describes(&alone, &bytes).unwrap(), "{alone}: {bytes:02x?}");
        assert!(describes(&schema, &bytes).unwrap(), "{schema}: {bytes:02x?}");
        let before = schema.clone();
        widen(&mut schema, value, rules);
        assert_eq!(schema, before);
    }
    assert_eq!(schema, joined);
    schema
}

#[track_caller]
fn check<T: Serialize>(values: &[T], shown: &str) {
    assert_eq!(schema_of(values, ARRAYS).to_string(), shown);
}

#[derive(Serialize)]
struct Point {
    x: f32,
    y: Option<u16>,
}

#[derive(Serialize)]
struct Wrapped(u64);

#[derive(Serialize)]
struct Pair(u8, String);

#[derive(Serialize)]
struct Nothing;

#[derive(Serialize)]
enum Event {
    Start,
    Move(i8),
    Line(u8, u8),
    Stop { code: u64 },
}

#[test]
fn every_kind_of_value_has_its_schema() {
    check(&[1u8], "u8");
    check(&[1usize], "u64");
    check(&[-1isize], "i64");
    check(&[1u128], "u128");
    check(&[i128::MIN], "i128");
    check(&[1.5f32], "f32");
    check(&[1.5f64], "f64");
    check(&[true], "bool");
    check(&['é'], "char");
    check(&["text"], "string");
    check(&[()], "unit");
    check(&[NonZero::new(7u32).unwrap()], "u32");
    check(&[Cow::Borrowed("text")], "string");
    check(&[Box::<str>::from("text")], "string");
    check(&[Wrapped(7)], "u64");
    check(&[Pair(1, String::new())], "(u8, string)");
    check(&[Nothing], "()");
    check(&[(1u8, 'c')], "(u8, char)");
    check(&[(1u8,)], "(u8)");
    check(&[vec![1u8, 2], vec![3, 4]], "[u8; 2]");
    check(&[vec![1u8, 2], vec![]], "[u8]");
    check(&[Vec::<u8>::new()], "[none; 0]");
    check(
        &[Point { x: 1.0, y: None }, Point { x: 1.0, y: Some(1) }],
        "{x: f32, y: optional u16}",
    );
    check(&[None::<u8>], "optional none");
    check(&[None, Some("text")], "optional string");
    check(&[Event::Start], "one of Start");
    check(
        &[
            Event::Stop { code: 1 },
            Event::Move(1),
            Event::Line(1, 2),
            Event::Start,
        ],
        "one of Start, Move(i8), Line(u8, u8), Stop {code: u64}",
    );
    check(
        &[BTreeMap::from([("a", 1u8)]), BTreeMap::new()],
        "map from string to u8",
    );
    check(
        &[HashMap::from([(1u16, Some(1u8)), (2, None)])],
        "map from u16 to optional u8",
    );
    check(
        &["127.0.0.1".parse::<IpAddr>().unwrap(), "::1".parse().unwrap()],
        "one of V4([u8; 4]), V6([u8; 16])",
    );
    check(
        &[Ok::<u8, String>(1), Err(String::new())],
        "one of Ok(u8), Err(string)",
    );
}

#[test]
fn arrays_are_sequences_and_tuples_are_not() {
    check(&[[1u8, 2]], "[u8; 2]");
    check(&[[1u8; 1]], "[u8; 1]");
    check(&[[1u8; 16]], "[u8; 16]");
    check(&[[1u8; 32]], "[u8; 32]");
    check(&[[0u8; 0]], "[none; 0]");
    check(&[[(1u8, 2u8), (3, 4)]], "[(u8, u8); 2]");
    check(&[([1u8; 3], [1u8])], "([u8; 3], [u8; 1])");
    check(&[Box::new(&[1u8, 2])], "[u8; 2]");

    /// Not serialized by serde's own implementation of arrays.
    struct Long([u8; 40]);
    impl Serialize for Long {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            use serde::ser::SerializeTuple;
            let mut tuple = serializer.serialize_tuple(self.0.len())?;
            self.0
                .iter()
                .try_for_each(|element| tuple.serialize_element(element))?;
            tuple.end()
        }
    }
    check(&[Long([1; 40])], "[u8; 40]");
}

#[test]
fn structs_with_field_names_are_maps() {
    let value = [Point { x: 1.0, y: Some(1) }];
    let Schema::Struct { is_map: true, .. } = schema_of(&value, MAPS) else {
        panic!()
    };
    schema_of(&[Event::Stop { code: 1 }], MAPS);
    // Without the skipped field, the names are others.
    #[derive(Serialize)]
    struct Skipping {
        a: u8,
        #[serde(skip_serializing_if = "Option::is_none")]
        b: Option<u8>,
        #[serde(skip)]
        _c: u8,
    }
    let skipping = |b| Skipping { a: 1, b, _c: 2 };
    let schema = schema_of(&[skipping(Some(1))], MAPS);
    assert_eq!(schema.to_string(), "{a: u8, b: optional u8}");
    assert_eq!(schema_of(&[skipping(None)], MAPS).to_string(), "{a: u8}");
    assert_eq!(schema_of(&[skipping(None), skipping(Some(1))], MAPS), Schema::Any);
    assert_eq!(
        schema_of(&[skipping(None), skipping(Some(1))], ARRAYS),
        Schema::Any
    );
}

#[test]
fn byte_strings_have_a_length_if_all_have_the_same() {
    struct Bytes(&'static [u8]);
    impl Serialize for Bytes {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_bytes(self.0)
        }
    }
    check(&[Bytes(b"ab"), Bytes(b"cd")], "2 bytes");
    check(&[Bytes(b"ab"), Bytes(b"c")], "bytes");
}

#[test]
fn tagged_and_flattened_types_have_the_schema_of_their_encoding() {
    #[derive(Serialize)]
    #[serde(tag = "kind")]
    enum Tagged {
        A { x: u8 },
        B { x: u8 },
    }
    let tagged = [Tagged::A { x: 1 }, Tagged::B { x: 2 }];
    check(&tagged, "{kind: string, x: u8}");

    #[derive(Serialize)]
    struct Flat {
        a: u8,
        #[serde(flatten)]
        rest: BTreeMap<String, u8>,
    }
    let flat = Flat {
        a: 1,
        rest: BTreeMap::from([("b".to_owned(), 1)]),
    };
    check(&[flat], "map from string to u8");

    #[derive(Serialize)]
    #[serde(untagged)]
    enum Untagged {
        Number(u64),
        Text(String),
    }
    check(&[Untagged::Number(1)], "u64");
    check(&[Untagged::Number(1), Untagged::Text(String::new())], "any");

    struct Shown(u8);
    impl fmt::Display for Shown {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            self.0.fmt(f)
        }
    }
    impl Serialize for Shown {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_str(self)
        }
    }
    check(&[Shown(7)], "string");

    struct Readable;
    impl Serialize for Readable {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            match serializer.is_human_readable() {
                true => serializer.serialize_str("readable"),
                false => serializer.serialize_u8(1),
            }
        }
    }
    check(&[Readable], "u8");
}

#[test]
fn extensions_and_values_that_fail_the_second_time_are_any() {
    #[derive(Serialize)]
    #[serde(rename = "_ExtStruct")]
    struct Extension((i8, Bytes));
    struct Bytes;
    impl Serialize for Bytes {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_bytes(b"ab")
        }
    }
    check(&[Extension((1, Bytes))], "any");
    check(&[(1u8, Extension((1, Bytes)))], "(u8, any)");

    struct Once(Cell<bool>);
    impl Serialize for Once {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            match self.0.replace(true) {
                true => Err(serde::ser::Error::custom("used up")),
                false => serializer.serialize_u8(1),
            }
        }
    }
    let mut schema = Schema::Never;
    widen(&mut schema, &Once(Cell::new(false)), ARRAYS);
    assert_eq!(schema, Schema::Any);
}

#[test]
fn encoded_values_that_differ_are_not_described() {
    let of = |value: &dyn Fn(&mut Schema)| {
        let mut schema = Schema::Never;
        value(&mut schema);
        schema
    };
    macro_rules! check {
        ($value:expr; described: $($yes:expr),*; not: $($no:expr),*) => {{
            let schema = of(&|schema| widen(schema, &$value, ARRAYS));
            let bytes = |value: &dyn Fn(&mut Vec<u8>)| { let mut out = Vec::new(); value(&mut out); out };
            $({
                let bytes = bytes(&|out| messagepack::encode(&$yes, ARRAYS, out).unwrap());
                assert!(describes(&schema, &bytes).unwrap(), "{schema} {bytes:02x?}");
            })*
            $({
                let bytes = bytes(&|out| messagepack::encode(&$no, ARRAYS, out).unwrap());
                assert!(!describes(&schema, &bytes).unwrap(), "{schema} {bytes:02x?}");
            })*
        }};
    }
    check!(1u8; described: 255u64; not: 256u16, -1i8, "1", 1.0f32);
    check!(1i8; described: -128i64, 127u8; not: 128u8, -129i16);
    check!(1u64; described: u64::MAX; not: -1i8, 1u128);
    check!(1i128; described: 2u128; not: 1u8);
    check!(1.0f64; described: 2.0f64; not: 1.0f32, 1u8);
    check!('c'; described: "d"; not: "", "dd", 1u8);
    check!(Some(1u8); described: 2u8, (); not: "a");
    check!((1u8, "a"); described: (2u8, "b"); not: (1u8,), (1u8, "a", 1u8), ("a", 1u8));
    check!(vec![1u8]; described: [2u8], (2u8,); not: [1u8, 2], ["a"]);
    check!(Event::Move(1); described: BTreeMap::from([("Move", 2i8)]); not: "Move", "Start", Event::Start);
    check!(BTreeMap::from([("a", 1u8)]); described: BTreeMap::from([("b", 2u8)]); not: BTreeMap::from([("b", "c")]));
    let truncated = describes(&of(&|schema| widen(schema, &(1u8, 2u8), ARRAYS)), b"\x92\x01");
    truncated.unwrap_err();
    assert!(!describes(&of(&|schema| widen(schema, &1u8, ARRAYS)), b"\x01\x01").unwrap());
    assert!(describes(&Schema::Any, b"").unwrap(), "not looked at");
}

#[test]
fn keys_hashed_as_the_standard_library_does_are_canonical() {
    #[derive(Serialize, Hash)]
    struct Key {
        id: u32,
        name: &'static str,
        parts: Vec<(u8, Option<char>)>,
    }
    #[derive(Serialize, Hash)]
    enum Choice {
        None,
        Text(String),
        Pair(u8, [u16; 3]),
        Named { a: bool },
    }
    #[derive(Serialize, Hash)]
    enum Single {
        Only(u8),
    }
    #[derive(Serialize, Hash)]
    struct Partly {
        id: u32,
        #[serde(skip)]
        hidden: u32,
    }
    #[derive(Serialize)]
    struct Lowercase(String);
    impl Hash for Lowercase {
        fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
            self.0.to_lowercase().hash(state);
        }
    }
    fn check<K: Serialize + Hash>(key: &K) -> bool {
        let build_hasher = BuildHasherDefault::<DefaultHasher>::default();
        is_canonical(&build_hasher, key, build_hasher.hash_one(key))
    }
    macro_rules! canonical {
        ($($key:expr,)*) => { $(assert!(check(&$key), "{}", stringify!($key));)* };
    }
    let nested = Key {
        id: 1,
        name: "a",
        parts: vec![(1, None), (2, Some('c'))],
    };
    canonical! {
        1u8, -1i64, 1u128, 7usize, true, 'c', "text", String::from("text"), (), (1u8, "a"), [1u8, 2], [1u32; 7], [(1u8, 2u8); 2],
        vec![1i64, -1], vec!["a", "b"], Some(1u8), None::<u8>, Some(vec![1u8]), Box::new([1u8; 4]), NonZero::new(1u8).unwrap(),
        vec![[1u8; 2]; 3], (1u8, [1u8; 1]), [0u8; 0], Vec::<u32>::new(), BTreeMap::from([("a", 1u8)]), nested, Choice::None,
        Choice::Text("a".to_owned()), Choice::Pair(1, [2; 3]), Choice::Named { a: true }, Cow::Borrowed("a"), Wrapped7([7; 7]),
    }
    let own = Partly { id: 1, hidden: 2 };
    assert!(!check(&own) && !check(&Single::Only(1)) && !check(&Lowercase("A".to_owned())));
    assert!(check(&Lowercase("a".to_owned())), "some keys are");
}

/// A newtype around an array.
#[derive(Serialize, Hash)]
struct Wrapped7([u8; 7]);

#[test]
fn parts_that_move_on_when_they_are_serialized_are_serialized_once() {
    struct Next<'a>(&'a Cell<u8>);
    impl Serialize for Next<'_> {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let number = self.0.replace(self.0.get() + 1);
            match number % 2 {
                0 => serializer.serialize_str("key"),
                _ => serializer.serialize_u64(number.into()),
            }
        }
    }
    struct Moving;
    impl Serialize for Moving {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            use serde::ser::SerializeMap;
            let next = Cell::new(0);
            let mut map = serializer.serialize_map(Some(2))?;
            for _ in 0..2 {
                map.serialize_key(&Next(&next))?;
                map.serialize_value(&Next(&next))?;
            }
            map.end()
        }
    }
    let mut schema = Schema::Never;
    for _ in 0..2 {
        widen(&mut schema, &Moving, ARRAYS);
        assert_eq!(schema.to_string(), "map from string to u64");
    }
}
