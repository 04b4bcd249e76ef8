use std::collections::BTreeMap;
use std::fmt::Debug;

use massmap_format::{IntegerType, Schema};
use proptest::prelude::*;
use serde::de::{DeserializeOwned, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::*;
use crate::codec::{Codec, EncodeRules, messagepack};

const U8: Schema = Schema::Integer(IntegerType::U8);
const U32: Schema = Schema::Integer(IntegerType::U32);
const U64: Schema = Schema::Integer(IntegerType::U64);
const I16: Schema = Schema::Integer(IntegerType::I16);

fn array(element: Schema, count: u32) -> Schema {
    Schema::Sequence(Box::new(element), Some(count))
}

fn structure(fields: &[(&'static str, Schema)], is_map: bool) -> Schema {
    Schema::Struct {
        fields: fields
            .iter()
            .map(|(name, field)| ((*name).into(), field.clone()))
            .collect(),
        is_map,
    }
}

fn codec(schema: &Schema) -> RecordCodec {
    RecordCodec::new(schema).expect("these have one width")
}

fn encoded(value: &(impl Serialize + ?Sized)) -> Vec<u8> {
    let mut out = Vec::new();
    messagepack::encode(value, EncodeRules::default(), &mut out).unwrap();
    out
}

fn record(schema: &Schema, encoded: &[u8]) -> Result<Vec<u8>, RecordError> {
    let mut out = b"before".to_vec();
    codec(schema).to_record(encoded, &mut out)?;
    Ok(out.split_off(6))
}

/// Checks that `value` has this record, that its MessagePack comes back from it, and that both decode to it.
#[track_caller]
fn check<T>(schema: &Schema, value: &T, expected: &[u8])
where
    T: Serialize + DeserializeOwned + PartialEq + Debug,
{
    let encoded = encoded(value);
    let record = record(schema, &encoded).unwrap();
    assert_eq!(record, expected);
    let codec = codec(schema);
    assert_eq!(codec.width(), record.len());
    codec.check(&record).unwrap();
    let mut again = Vec::new();
    codec.to_messagepack(&record, &mut again).unwrap();
    assert_eq!(again, encoded);
    assert_eq!(codec.decode::<T>(&record).unwrap(), *value);
    assert_eq!(Codec::MessagePack.decode::<T>(&encoded).unwrap(), *value);
}

#[derive(Serialize, Deserialize, PartialEq, Debug)]
struct Newtype<T>(T);

#[derive(Serialize, Deserialize, PartialEq, Debug)]
struct Nothing;

#[derive(Serialize, Deserialize, PartialEq, Debug)]
struct Point {
    x: i16,
    y: u64,
}

#[derive(Serialize, Deserialize, PartialEq, Debug)]
struct Turned {
    y: u64,
    x: i64,
}

fn point(is_map: bool) -> Schema {
    structure(&[("x", I16), ("y", U64)], is_map)
}

#[test]
fn a_record_is_copied_unless_it_is_damaged_or_has_no_place() {
    let codec = codec(&Schema::Tuple(vec![
        Schema::Bool,
        Schema::Integer(IntegerType::U16),
    ]));
    let mut place = [9; 3];
    codec.copy_record(&[1, 2, 3], &mut place).unwrap();
    assert_eq!(place, [1, 2, 3]);
    for (record, room) in [(&[2, 2, 3][..], 3), (&[1, 2], 3), (&[1, 2], 2), (&[1, 2, 3], 4)] {
        codec.copy_record(record, &mut [0; 4][..room]).unwrap_err();
    }
}

#[test]
fn each_type_has_exactly_these_bytes() {
    check(&Schema::Bool, &true, &[1]);
    check(&Schema::Bool, &false, &[0]);
    check(&Schema::Char, &'é', &[0xe9, 0, 0, 0]);
    check(&Schema::Char, &'\u{10ffff}', &[0xff, 0xff, 0x10, 0]);
    check(&U8, &200u8, &[200]);
    check(&Schema::Integer(IntegerType::U16), &0x1234u16, &[0x34, 0x12]);
    check(&U32, &7u32, &[7, 0, 0, 0]);
    check(&U64, &u64::MAX, &[0xff; 8]);
    check(&U64, &0u64, &[0; 8]);
    check(&Schema::Integer(IntegerType::I8), &-1i8, &[0xff]);
    check(&I16, &-2i16, &[0xfe, 0xff]);
    check(&Schema::Integer(IntegerType::I32), &i32::MIN, &[0, 0, 0, 0x80]);
    check(
        &Schema::Integer(IntegerType::I64),
        &-33i64,
        &[0xdf, 255, 255, 255, 255, 255, 255, 255],
    );
    check(
        &Schema::Integer(IntegerType::U128),
        &(1u128 << 120 | 5),
        &[5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
    );
    check(&Schema::Integer(IntegerType::I128), &-2i128, &{
        let mut bytes = [0xff; 16];
        bytes[0] = 0xfe;
        bytes
    });
    check(&Schema::F32, &1.5f32, &[0, 0, 0xc0, 0x3f]);
    check(&Schema::F64, &-2.5f64, &[0, 0, 0, 0, 0, 0, 4, 0xc0]);
    check(&Schema::Unit, &(), &[]);
    check(&Schema::Tuple(vec![]), &Nothing, &[]);
    check(&array(U8, 3), &[1u8, 2, 200], &[1, 2, 200]);
    check(&array(U32, 2), &vec![1u32, 2], &[1, 0, 0, 0, 2, 0, 0, 0]);
    check(
        &Schema::Sequence(Box::new(Schema::Never), Some(0)),
        &Vec::<u64>::new(),
        &[],
    );
    check(
        &Schema::Tuple(vec![U32, Schema::Bool, I16]),
        &(1u32, true, -1i16),
        &[1, 0, 0, 0, 1, 0xff, 0xff],
    );
    check(
        &point(false),
        &Point { x: -1, y: 3 },
        &[0xff, 0xff, 3, 0, 0, 0, 0, 0, 0, 0],
    );
    check(
        &Schema::Tuple(vec![point(false), array(Schema::Unit, 2)]),
        &(Point { x: 1, y: 2 }, [(), ()]),
        &[1, 0, 2, 0, 0, 0, 0, 0, 0, 0],
    );
    check(&U64, &Newtype(Newtype(5u64)), &[5, 0, 0, 0, 0, 0, 0, 0]);
    check(&U32, &Some(5u32), &[5, 0, 0, 0]);
    check(
        &structure(&[("secs", U64), ("nanos", U32)], false),
        &std::time::Duration::new(1, 2),
        &[1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0],
    );
}

#[test]
fn byte_arrays_are_their_bytes_and_can_be_borrowed() {
    let schema = Schema::Tuple(vec![U8, Schema::Bytes(Some(300))]);
    let content: Vec<u8> = (0..300).map(|i| i as u8).collect();
    let mut encoded = vec![0x92, 7, 0xc5, 1, 44];
    encoded.extend_from_slice(&content);
    let record = record(&schema, &encoded).unwrap();
    assert_eq!(record[0], 7);
    assert_eq!(record[1..], content);
    let (_, borrowed) = codec(&schema).decode::<(u8, &[u8])>(&record).unwrap();
    assert_eq!(borrowed, content);
    let mut again = Vec::new();
    codec(&schema).to_messagepack(&record, &mut again).unwrap();
    assert_eq!(again, encoded);
    // So can arrays of bytes, which are integers in MessagePack.
    assert_eq!(codec(&array(U8, 4)).decode::<&[u8]>(b"abcd").unwrap(), b"abcd");
}

#[test]
fn structs_are_maps_if_the_file_says_so() {
    let rules = EncodeRules {
        field_names: true,
        ..EncodeRules::default()
    };
    let mut encoded = Vec::new();
    messagepack::encode(&Point { x: -1, y: 3 }, rules, &mut encoded).unwrap();
    let schema = point(true);
    let record = record(&schema, &encoded).unwrap();
    assert_eq!(record, [0xff, 0xff, 3, 0, 0, 0, 0, 0, 0, 0]);
    let mut again = Vec::new();
    codec(&schema).to_messagepack(&record, &mut again).unwrap();
    assert_eq!(again, encoded);
    assert_eq!(
        codec(&schema).decode::<Point>(&record).unwrap(),
        Point { x: -1, y: 3 }
    );
    let map = codec(&schema).decode::<BTreeMap<String, i64>>(&record).unwrap();
    assert_eq!(map, BTreeMap::from([("x".to_owned(), -1), ("y".to_owned(), 3)]));
}

#[test]
fn structs_are_decoded_by_the_names_of_their_fields() {
    for is_map in [false, true] {
        let schema = point(is_map);
        let codec = codec(&schema);
        let record = [0xff, 0xff, 3, 0, 0, 0, 0, 0, 0, 0];
        for _ in 0..2 {
            assert_eq!(codec.decode::<Point>(&record).unwrap(), Point { x: -1, y: 3 });
            assert_eq!(codec.decode::<Turned>(&record).unwrap(), Turned { x: -1, y: 3 });
        }
    }
    #[derive(Deserialize, Debug, PartialEq)]
    struct More {
        y: u64,
        z: Option<u64>,
        x: i16,
    }
    #[derive(Deserialize, Debug, PartialEq)]
    struct Fewer {
        y: u64,
    }
    #[derive(Deserialize, Debug, PartialEq)]
    struct Renamed {
        x: i16,
        z: u64,
    }
    let more = codec(&point(false)).decode::<More>(&[1, 0, 2, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(more.unwrap(), More { y: 2, z: None, x: 1 });
    let fewer = codec(&point(false)).decode::<Fewer>(&[1, 0, 2, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(fewer.unwrap(), Fewer { y: 2 });
    // Written under other names, or as another type altogether.
    let renamed = codec(&point(false)).decode::<Renamed>(&[1, 0, 2, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(renamed.unwrap(), Renamed { x: 1, z: 2 });
    // As a tuple, by position.
    assert_eq!(
        codec(&point(false))
            .decode::<(i16, u64)>(&[1, 0, 2, 0, 0, 0, 0, 0, 0, 0])
            .unwrap(),
        (1, 2)
    );
}

#[test]
fn what_does_not_conform_is_refused_with_its_place() {
    for (schema, value, message) in [
        (
            U8,
            encoded(&256u32),
            "an unsigned integer of 8 bits must begin at byte 0",
        ),
        (
            U64,
            encoded(&-1i64),
            "an unsigned integer of 64 bits must begin at byte 0",
        ),
        (
            I16,
            encoded(&40_000u32),
            "an integer of 16 bits must begin at byte 0",
        ),
        (
            Schema::Integer(IntegerType::I64),
            encoded(&u64::MAX),
            "an integer of 64 bits must begin at byte 0",
        ),
        (
            U64,
            encoded("text"),
            "an unsigned integer of 64 bits must begin at byte 0",
        ),
        (
            U64,
            encoded(&Some(()).is_some()),
            "an unsigned integer of 64 bits",
        ),
        (Schema::Bool, encoded(&1u8), "a boolean"),
        (Schema::Char, encoded("ab"), "a character"),
        (Schema::Char, encoded(""), "a character"),
        (Schema::Char, b"\xa1\xff".to_vec(), "a character"),
        (
            Schema::F32,
            encoded(&1.0f64),
            "a number of 32 bits with a fraction",
        ),
        (
            Schema::F64,
            encoded(&1.0f32),
            "a number of 64 bits with a fraction",
        ),
        (Schema::Unit, encoded(&0u8), "nil must begin"),
        (
            Schema::Bytes(Some(2)),
            b"\xc4\x03abc".to_vec(),
            "a byte array of 2 bytes",
        ),
        (Schema::Bytes(Some(2)), encoded("ab"), "a byte array of 2 bytes"),
        (
            Schema::Integer(IntegerType::U128),
            encoded(&1u64),
            "an unsigned integer of 128 bits",
        ),
        (
            array(U8, 3),
            encoded(&[1u8, 2]),
            "an array of 3 must begin at byte 0",
        ),
        (
            Schema::Tuple(vec![U8, Schema::Bool]),
            encoded(&(1u8, 2u8)),
            "a boolean must begin at byte 2",
        ),
        (
            point(true),
            encoded(&Point { x: 1, y: 2 }),
            "a map of 2 must begin at byte 0",
        ),
        (
            point(true),
            b"\x82\xa1x\x01\xa1z\x02".to_vec(),
            "the name of the field `y` must begin at byte 4",
        ),
        (
            point(false),
            b"\x82\xa1x\x01\xa1y\x02".to_vec(),
            "an array of 2 must begin at byte 0",
        ),
        (U8, b"\x01\x02".to_vec(), "the end must begin at byte 1"),
        (
            U8,
            b"".to_vec(),
            "an unsigned integer of 8 bits must begin at byte 0",
        ),
        (
            U64,
            b"\xcf\0\0\0".to_vec(),
            "an unsigned integer of 64 bits must begin at byte 0",
        ),
    ] {
        let error = record(&schema, &value).unwrap_err();
        assert!(matches!(error, RecordError::Mismatch { .. }), "{error}");
        assert!(error.to_string().contains(message), "{error}, not {message}");
    }
}

#[test]
fn integers_in_longer_encodings_are_the_same_records() {
    for value in [
        &b"\x07"[..],
        b"\xcc\x07",
        b"\xcd\0\x07",
        b"\xce\0\0\0\x07",
        b"\xcf\0\0\0\0\0\0\0\x07",
        b"\xd0\x07",
        b"\xd1\0\x07",
        b"\xd2\0\0\0\x07",
        b"\xd3\0\0\0\0\0\0\0\x07",
    ] {
        assert_eq!(record(&U8, value).unwrap(), [7]);
        assert_eq!(record(&I16, value).unwrap(), [7, 0]);
    }
    for value in [
        &b"\xf9"[..],
        b"\xd0\xf9",
        b"\xd1\xff\xf9",
        b"\xd2\xff\xff\xff\xf9",
        b"\xd3\xff\xff\xff\xff\xff\xff\xff\xf9",
    ] {
        assert_eq!(record(&I16, value).unwrap(), (-7i16).to_le_bytes());
    }
}

#[test]
fn damaged_records_are_errors() {
    let schema = Schema::Tuple(vec![Schema::Bool, Schema::Char, U8]);
    let codec = codec(&schema);
    codec.check(&[1, 0x41, 0, 0, 0, 9]).unwrap();
    for (bytes, expected) in [
        ([2, 0x41, 0, 0, 0, 9], RecordError::NoBoolean { byte: 2 }),
        ([0xff, 0x41, 0, 0, 0, 9], RecordError::NoBoolean { byte: 0xff }),
        ([1, 0, 0xd8, 0, 0, 9], RecordError::NoCharacter { code: 0xd800 }),
        (
            [1, 0, 0, 0x11, 0, 9],
            RecordError::NoCharacter { code: 0x11_0000 },
        ),
    ] {
        assert_eq!(codec.check(&bytes).unwrap_err(), expected);
        assert_eq!(
            codec.to_messagepack(&bytes, &mut Vec::new()).unwrap_err(),
            expected
        );
        let error = codec.decode::<(bool, char, u8)>(&bytes).unwrap_err();
        assert_eq!(error.to_string(), expected.to_string());
        codec.decode::<(bool, String, u8)>(&bytes).unwrap_err();
    }
    for bytes in [&[][..], &[1, 0x41, 0, 0, 0], &[1, 0x41, 0, 0, 0, 9, 0]] {
        let expected = RecordError::Length {
            found: bytes.len(),
            expected: 6,
        };
        assert_eq!(codec.check(bytes).unwrap_err(), expected);
        assert_eq!(
            codec.to_messagepack(bytes, &mut Vec::new()).unwrap_err(),
            expected
        );
        codec.decode::<(bool, char, u8)>(bytes).unwrap_err();
        codec.decode::<serde::de::IgnoredAny>(bytes).unwrap_err();
    }
}

#[test]
fn records_without_elements_or_with_too_many_are_no_other_types() {
    let codec = codec(&array(U32, 3));
    let record = [0; 12];
    codec.decode::<[u32; 3]>(&record).unwrap();
    codec.decode::<[u32; 2]>(&record).unwrap_err();
    codec.decode::<[u32; 4]>(&record).unwrap_err();
    codec.decode::<u32>(&record).unwrap_err();
    codec.decode::<String>(&record).unwrap_err();
    codec.decode::<Point>(&record).unwrap_err();
}

#[test]
fn borrowed_keys_find_theirs_and_strings_none() {
    let codec = codec(&array(U8, 4));
    let keys = Codec::Record(&codec);
    assert!(keys.is_key::<[u8; 4], [u8]>(b"abcd", b"abcd").unwrap());
    assert!(!keys.is_key::<[u8; 4], [u8]>(b"abcd", b"abc").unwrap());
    assert!(!keys.is_key::<[u8; 4], [u8; 4]>(b"abcd", b"abce").unwrap());
    assert!(keys.is_key::<Vec<u8>, [u8]>(b"abcd", b"abcd").unwrap());
    keys.is_key::<String, str>(b"abcd", "abcd").unwrap_err();
}

/// Everything that a visitor can see, as MessagePack has it.
#[derive(Debug, PartialEq)]
enum Any {
    Unit,
    Bool(bool),
    Integer(i128),
    Float(u64),
    Text(String),
    Bytes(Vec<u8>),
    Array(Vec<Any>),
    Map(Vec<(Any, Any)>),
}

struct AnyVisitor;

impl<'de> Visitor<'de> for AnyVisitor {
    type Value = Any;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("anything")
    }

    fn visit_unit<E>(self) -> Result<Any, E> {
        Ok(Any::Unit)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Any, E> {
        Ok(Any::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Any, E> {
        Ok(Any::Integer(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Any, E> {
        Ok(Any::Integer(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Any, E> {
        Ok(Any::Float(value.to_bits()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Any, E> {
        Ok(Any::Text(value.to_owned()))
    }

    fn visit_bytes<E>(self, value: &[u8]) -> Result<Any, E> {
        Ok(Any::Bytes(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Any, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = array.next_element()? {
            elements.push(element);
        }
        Ok(Any::Array(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Any, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Any::Map(entries))
    }
}

impl<'de> Deserialize<'de> for Any {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyVisitor)
    }
}

/// A type that decodes from any of its forms.
#[derive(Deserialize, Debug, PartialEq)]
#[serde(untagged)]
enum Untagged {
    Number(i64),
    Text(String),
    Pair(Box<Untagged>, Box<Untagged>),
    Named(Point),
    Many(Vec<Untagged>),
}

/// A schema of a fixed width, and the MessagePack of a value.
fn value() -> BoxedStrategy<(Schema, Vec<u8>)> {
    fn scalar<T: Serialize>(schema: Schema, value: T) -> (Schema, Vec<u8>) {
        (schema, encoded(&value))
    }
    macro_rules! integer {
        ($integer:ty, $kind:ident) => {
            (any::<$integer>(), 0u32..128).prop_map(|(value, shift)| {
                let value = value.checked_shr(shift).unwrap_or(value);
                scalar(Schema::Integer(IntegerType::$kind), value)
            })
        };
    }
    let leaf = prop_oneof![
        Just((Schema::Unit, vec![0xc0])),
        any::<bool>().prop_map(|value| scalar(Schema::Bool, value)),
        any::<char>().prop_map(|value| scalar(Schema::Char, value)),
        any::<u32>().prop_map(|bits| scalar(Schema::F32, f32::from_bits(bits))),
        any::<u64>().prop_map(|bits| scalar(Schema::F64, f64::from_bits(bits))),
        integer!(u8, U8),
        integer!(u16, U16),
        integer!(u32, U32),
        integer!(u64, U64),
        integer!(u128, U128),
        integer!(i8, I8),
        integer!(i16, I16),
        integer!(i32, I32),
        integer!(i64, I64),
        integer!(i128, I128),
        proptest::collection::vec(any::<u8>(), 0..40).prop_map(|bytes| {
            let mut encoded = vec![0xc4, bytes.len() as u8];
            encoded.extend_from_slice(&bytes);
            (Schema::Bytes(Some(bytes.len() as u32)), encoded)
        }),
    ];
    let header = |small: u8, wide: u8, count: usize| match count {
        0..16 => vec![small | count as u8],
        _ => vec![wide, 0, count as u8],
    };
    leaf.prop_recursive(3, 60, 20, move |inner| {
        let parts = proptest::collection::vec(inner.clone(), 0..20);
        prop_oneof![
            (inner, 0..20usize).prop_map(move |((schema, value), count)| {
                let encoded = [header(0x90, 0xdc, count), value.repeat(count)].concat();
                (array(schema, count as u32), encoded)
            }),
            parts.clone().prop_map(move |parts| {
                let (schemas, values): (Vec<_>, Vec<_>) = parts.into_iter().unzip();
                let encoded = [header(0x90, 0xdc, values.len()), values.concat()].concat();
                (Schema::Tuple(schemas), encoded)
            }),
            (parts, any::<bool>()).prop_map(move |(parts, is_map)| {
                let count = parts.len();
                let mut encoded = match is_map {
                    true => header(0x80, 0xde, count),
                    false => header(0x90, 0xdc, count),
                };
                let mut fields = Vec::new();
                for (number, (schema, value)) in parts.into_iter().enumerate() {
                    let name = format!("f{number}");
                    if is_map {
                        encoded.extend(super::tests::encoded(&name));
                    }
                    encoded.extend(value);
                    fields.push((name.into(), schema));
                }
                (Schema::Struct { fields, is_map }, encoded)
            }),
        ]
    })
    .boxed()
}

proptest! {
    #[test]
    fn messagepack_comes_back_from_records_and_decodes_as_before((schema, encoded) in value()) {
        let codec = codec(&schema);
        let record = record(&schema, &encoded).unwrap();
        prop_assert_eq!(record.len(), codec.width());
        prop_assert_eq!(Some(record.len() as u32), schema.fixed_width());
        codec.check(&record).unwrap();
        let mut again = b"before".to_vec();
        codec.to_messagepack(&record, &mut again).unwrap();
        prop_assert_eq!(&again[6..], &encoded[..]);
        let (records, encodings) = (Codec::Record(&codec), Codec::MessagePack);
        prop_assert_eq!(records.decode::<Any>(&record).unwrap(), encodings.decode::<Any>(&encoded).unwrap());
        let other = encodings.decode::<Option<Untagged>>(&encoded).ok();
        prop_assert_eq!(records.decode::<Option<Untagged>>(&record).ok(), other);
        records.decode::<serde::de::IgnoredAny>(&record).unwrap();
    }

    #[test]
    fn whatever_the_bytes_nothing_panics(
        (schema, _) in value(),
        (other, encoded) in value(),
        noise in proptest::collection::vec(any::<u8>(), 0..60),
    ) {
        let codec = codec(&schema);
        let mut out = Vec::new();
        for bytes in [&encoded, &noise] {
            out.clear();
            if codec.to_record(bytes, &mut out).is_ok() {
                prop_assert_eq!(out.len(), codec.width());
                codec.check(&out).unwrap();
            }
        }
        let mut record = noise.clone();
        record.resize(codec.width(), 0);
        let is_intact = codec.check(&record).is_ok();
        out.clear();
        prop_assert_eq!(codec.to_messagepack(&record, &mut out).is_ok(), is_intact);
        if is_intact {
            let mut again = Vec::new();
            codec.to_record(&out, &mut again).unwrap();
            prop_assert_eq!(again, record.clone());
        }
        prop_assert_eq!(codec.decode::<Any>(&record).is_ok(), is_intact);
        let _ = (codec.decode::<Untagged>(&record), codec.decode::<Point>(&record), other);
    }
}
