//! The serializer compared with that of rmp-serde, with every call that a type can make.

use std::collections::{HashMap, HashSet};

use proptest::collection::vec;
use proptest::prelude::*;
use serde::ser::{
    SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

use super::*;
use crate::codec::encode::shape::ShapeError;

/// A value that makes the call it names.
#[derive(Debug, Clone)]
enum Call {
    Bool(bool),
    I8(i8),
    I16(i16),
    I32(i32),
    I64(i64),
    I128(i128),
    U8(u8),
    U16(u16),
    U32(u32),
    U64(u64),
    U128(u128),
    F32(f32),
    F64(f64),
    Char(char),
    Str(String),
    Bytes(Vec<u8>),
    None,
    Unit,
    UnitStruct,
    UnitVariant,
    HumanReadable,
    Extension(i8, Vec<u8>),
    Some(Box<Call>),
    NewtypeStruct(Box<Call>),
    NewtypeVariant(Box<Call>),
    Seq(Vec<Call>, bool),
    Collected(Vec<Call>, bool),
    Tuple(Vec<Call>),
    TupleStruct(Vec<Call>),
    TupleVariant(Vec<Call>),
    Map(Vec<(Call, Call)>, bool),
    Struct(Vec<Call>, bool),
    StructVariant(Vec<Call>, bool),
}

/// The bytes of an extension.
struct Raw<'a>(&'a [u8]);

impl Serialize for Raw<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

const FIELDS: [&str; 4] = ["a", "field", "another field of more than thirty-one bytes", ""];

fn names() -> impl Iterator<Item = &'static str> {
    FIELDS.into_iter().cycle()
}

impl Serialize for Call {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::I8(value) => serializer.serialize_i8(*value),
            Self::I16(value) => serializer.serialize_i16(*value),
            Self::I32(value) => serializer.serialize_i32(*value),
            Self::I64(value) => serializer.serialize_i64(*value),
            Self::I128(value) => serializer.serialize_i128(*value),
            Self::U8(value) => serializer.serialize_u8(*value),
            Self::U16(value) => serializer.serialize_u16(*value),
            Self::U32(value) => serializer.serialize_u32(*value),
            Self::U64(value) => serializer.serialize_u64(*value),
            Self::U128(value) => serializer.serialize_u128(*value),
            Self::F32(value) => serializer.serialize_f32(*value),
            Self::F64(value) => serializer.serialize_f64(*value),
            Self::Char(value) => serializer.serialize_char(*value),
            Self::Str(value) => serializer.serialize_str(value),
            Self::Bytes(value) => serializer.serialize_bytes(value),
            Self::None => serializer.serialize_none(),
            Self::Unit => serializer.serialize_unit(),
            Self::UnitStruct => serializer.serialize_unit_struct("Unit"),
            Self::UnitVariant => serializer.serialize_unit_variant("Enum", 3, "Variant"),
            Self::HumanReadable => {
                let readable = serializer.is_human_readable();
                serializer.serialize_bool(readable)
            }
            Self::Extension(tag, bytes) => {
                serializer.serialize_newtype_struct(rmp_serde::MSGPACK_EXT_STRUCT_NAME, &(*tag, Raw(bytes)))
            }
            Self::Some(value) => serializer.serialize_some(value),
            Self::NewtypeStruct(value) => serializer.serialize_newtype_struct("Newtype", value),
            Self::NewtypeVariant(value) => serializer.serialize_newtype_variant("Enum", 1, "Variant", value),
            Self::Seq(values, known) => {
                let mut seq = serializer.serialize_seq(known.then_some(values.len()))?;
                values.iter().try_for_each(|value| seq.serialize_element(value))?;
                seq.end()
            }
            Self::Collected(values, true) => serializer.collect_seq(values),
            Self::Collected(values, false) => serializer.collect_seq(values.iter().filter(|_| true)),
            Self::Tuple(values) => {
                let mut tuple = serializer.serialize_tuple(values.len())?;
                values
                    .iter()
                    .try_for_each(|value| tuple.serialize_element(value))?;
                tuple.end()
            }
            Self::TupleStruct(values) => {
                let mut tuple = serializer.serialize_tuple_struct("Tuple", values.len())?;
                values.iter().try_for_each(|value| tuple.serialize_field(value))?;
                tuple.end()
            }
            Self::TupleVariant(values) => {
                let mut tuple = serializer.serialize_tuple_variant("Enum", 2, "Variant", values.len())?;
                values.iter().try_for_each(|value| tuple.serialize_field(value))?;
                tuple.end()
            }
            Self::Map(entries, known) => {
                let mut map = serializer.serialize_map(known.then_some(entries.len()))?;
                for (index, (key, value)) in entries.iter().enumerate() {
                    if index % 2 == 0 {
                        map.serialize_entry(key, value)?;
                    } else {
                        map.serialize_key(key)?;
                        map.serialize_value(value)?;
                    }
                }
                map.end()
            }
            Self::Struct(values, skips) => {
                let mut fields = serializer.serialize_struct("Struct", values.len())?;
                for (name, value) in names().zip(values) {
                    fields.serialize_field(name, value)?;
                }
                if *skips {
                    fields.skip_field("skipped")?;
                }
                fields.end()
            }
            Self::StructVariant(values, skips) => {
                let mut fields = serializer.serialize_struct_variant("Enum", 0, "Variant", values.len())?;
                for (name, value) in names().zip(values) {
                    fields.serialize_field(name, value)?;
                }
                if *skips {
                    fields.skip_field("skipped")?;
                }
                fields.end()
            }
        }
    }
}

fn calls() -> impl Strategy<Value = Call> {
    let lengths = || prop_oneof![30 => 0..40usize, 5 => 250..260usize, 1 => 65_530..65_540usize];
    let leaf = prop_oneof![
        any::<bool>().prop_map(Call::Bool),
        any::<i8>().prop_map(Call::I8),
        any::<i16>().prop_map(Call::I16),
        any::<i32>().prop_map(Call::I32),
        // All lengths, not nearly always the largest.
        (any::<i64>(), 0..64u32).prop_map(|(value, shift)| Call::I64(value >> shift)),
        any::<i128>().prop_map(Call::I128),
        any::<u8>().prop_map(Call::U8),
        any::<u16>().prop_map(Call::U16),
        any::<u32>().prop_map(Call::U32),
        (any::<u64>(), 0..64u32).prop_map(|(value, shift)| Call::U64(value >> shift)),
        any::<u128>().prop_map(Call::U128),
        any::<f32>().prop_map(Call::F32),
        any::<f64>().prop_map(Call::F64),
        any::<char>().prop_map(Call::Char),
        lengths().prop_map(|length| Call::Str("ä".repeat(length / 2))),
        lengths().prop_map(|length| Call::Bytes(vec![length as u8; length])),
        Just(Call::None),
        Just(Call::Unit),
        Just(Call::UnitStruct),
        Just(Call::UnitVariant),
        Just(Call::HumanReadable),
        (any::<i8>(), vec(any::<u8>(), 0..20)).prop_map(|(tag, bytes)| Call::Extension(tag, bytes)),
    ];
    leaf.prop_recursive(4, 60, 8, |inner| {
        let boxed = || inner.clone().prop_map(Box::new);
        let values = || vec(inner.clone(), 0..20);
        prop_oneof![
            boxed().prop_map(Call::Some),
            boxed().prop_map(Call::NewtypeStruct),
            boxed().prop_map(Call::NewtypeVariant),
            (values(), any::<bool>()).prop_map(|(values, known)| Call::Seq(values, known)),
            (values(), any::<bool>()).prop_map(|(values, known)| Call::Collected(values, known)),
            values().prop_map(Call::Tuple),
            values().prop_map(Call::TupleStruct),
            values().prop_map(Call::TupleVariant),
            (vec((inner.clone(), inner.clone()), 0..20), any::<bool>())
                .prop_map(|(entries, known)| Call::Map(entries, known)),
            (values(), any::<bool>()).prop_map(|(values, skips)| Call::Struct(values, skips)),
            (values(), any::<bool>()).prop_map(|(values, skips)| Call::StructVariant(values, skips)),
        ]
    })
}

fn encoded<T: Serialize + ?Sized>(value: &T, rules: EncodeRules) -> Result<Vec<u8>, EncodeError> {
    let mut bytes = b"before".to_vec();
    encode(value, rules, &mut bytes)?;
    assert!(bytes.starts_with(b"before"));
    Ok(bytes.split_off(6))
}

fn assert_same_bytes<T: Serialize + ?Sized>(value: &T) {
    for readable in [false, true] {
        for field_names in [false, true] {
            let rules = EncodeRules {
                field_names,
                readable,
                ..EncodeRules::default()
            };
            let expected = match field_names {
                true => rmp_serde::to_vec_named(value),
                false => rmp_serde::to_vec(value),
            };
            assert_eq!(encoded(value, rules).unwrap(), expected.unwrap(), "{rules:?}");
        }
    }
}

proptest! {
    #[test]
    fn all_calls_give_the_bytes_of_rmp_serde(call in calls()) {
        assert_same_bytes(&call);
    }
}

#[test]
fn sequences_and_maps_with_headers_of_every_length_have_the_bytes_of_rmp_serde() {
    for length in [0, 1, 15, 16, 17, 255, 256, 65_535, 65_536] {
        let elements = vec![Call::U64(300); length];
        let entries: Vec<_> = (0..length as u64).map(|n| (Call::U64(n), Call::Unit)).collect();
        for known in [false, true] {
            assert_same_bytes(&Call::Seq(elements.clone(), known));
            assert_same_bytes(&Call::Map(entries.clone(), known));
            // Inside another one of unknown length.
            let nested = Call::Seq(vec![Call::Map(entries.clone(), known), Call::Bool(true)], false);
            assert_same_bytes(&nested);
        }
        assert_same_bytes(&Call::Struct(elements, false));
    }
}

#[test]
fn fields_after_a_skipped_one_are_refused_in_arrays_only() {
    struct Skipping(&'static [(&'static str, bool)], bool);
    impl Serialize for Skipping {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let length = self.0.iter().filter(|(_, skipped)| !skipped).count();
            if self.1 {
                let mut fields = serializer.serialize_struct_variant("Enum", 0, "Variant", length)?;
                for (name, skipped) in self.0 {
                    match skipped {
                        true => fields.skip_field(name)?,
                        false => fields.serialize_field(name, &1)?,
                    }
                }
                return fields.end();
            }
            let mut fields = serializer.serialize_struct("Struct", length)?;
            for (name, skipped) in self.0 {
                match skipped {
                    true => fields.skip_field(name)?,
                    false => fields.serialize_field(name, &1)?,
                }
            }
            fields.end()
        }
    }
    let named = EncodeRules {
        field_names: true,
        ..EncodeRules::default()
    };
    let skips: [&[_]; 3] = [
        &[("a", true), ("b", false)],
        &[("z", false), ("a", true), ("y", true), ("b", false), ("c", false)],
        &[("a", true), ("b", false), ("c", true)],
    ];
    for fields in skips {
        for (variant, type_name) in [(false, "Struct"), (true, "Enum::Variant")] {
            let value = Skipping(fields, variant);
            let error = encoded(&value, EncodeRules::default()).unwrap_err();
            let expected = ShapeError::FieldBehindSkipped {
                type_name: type_name.to_owned(),
                skipped: "a",
                field: "b",
            };
            assert!(matches!(error, EncodeError::Shape(shape) if shape == expected));
            assert_eq!(
                encoded(&value, named).unwrap(),
                rmp_serde::to_vec_named(&value).unwrap()
            );
        }
    }
    assert_same_bytes(&Skipping(&[("a", false), ("b", true), ("c", true)], false));
    assert_same_bytes(&Skipping(&[("a", true)], true));
}

#[test]
fn options_of_nil_are_refused_where_options_must_be_distinct() {
    let distinct = EncodeRules {
        distinct_options: true,
        ..EncodeRules::default()
    };
    for call in [Call::None, Call::Unit, Call::NewtypeStruct(Box::new(Call::Unit))] {
        let some = Call::Some(Box::new(call));
        for value in [
            some.clone(),
            Call::Some(Box::new(some.clone())),
            Call::Seq(vec![Call::U8(1), some.clone()], false),
            Call::Map(vec![(some.clone(), Call::Unit)], true),
            Call::Struct(vec![some.clone()], false),
        ] {
            let error = encoded(&value, distinct).unwrap_err();
            assert!(
                matches!(error, EncodeError::Shape(ShapeError::SomeOfNil { .. })),
                "{value:?}: {error}"
            );
            assert_same_bytes(&value);
        }
    }
    // An empty array is not nil, and neither is a value that contains nil.
    let content = [
        Call::UnitStruct,
        Call::Tuple(vec![Call::Unit]),
        Call::NewtypeVariant(Box::new(Call::None)),
        Call::U8(0xc0),
    ];
    for call in content {
        let some = Call::Some(Box::new(call));
        assert_eq!(
            encoded(&some, distinct).unwrap(),
            rmp_serde::to_vec(&some).unwrap()
        );
    }
}

#[test]
fn unordered_collections_are_sorted_for_comparisons_and_lists_are_not() {
    let sorted = EncodeRules {
        sorted: true,
        ..EncodeRules::default()
    };
    let map = |keys: &[u64]| -> HashMap<u64, u64> { keys.iter().map(|key| (*key, key + 1)).collect() };
    let set = |keys: &[u64]| -> HashSet<u64> { keys.iter().copied().collect() };
    let map_by_hand = |keys: &[u64]| {
        let entries = keys.iter().map(|key| (Call::U64(*key), Call::U64(key + 1)));
        Call::Map(entries.collect(), true)
    };
    let seq_by_hand = |keys: &[u64]| Call::Seq(keys.iter().map(|key| Call::U64(*key)).collect(), true);
    for keys in [[3, 1, 2].as_slice(), &[300, 70_000, 1, 20]] {
        let mut reversed = keys.to_vec();
        reversed.reverse();
        let encodings = [keys, &reversed].map(|keys| encoded(&vec![map(keys)], sorted).unwrap());
        assert_eq!(encodings[0], encodings[1]);
        let encodings = [keys, &reversed].map(|keys| encoded(&set(keys), sorted).unwrap());
        assert_eq!(encodings[0], encodings[1]);
        let encodings = [keys, &reversed].map(|keys| encoded(&keys.to_vec(), sorted).unwrap());
        assert_ne!(encodings[0], encodings[1]);
        let encodings = [keys, &reversed].map(|keys| encoded(&map_by_hand(keys), sorted).unwrap());
        assert_ne!(encodings[0], encodings[1]);
        let encodings = [keys, &reversed].map(|keys| encoded(&seq_by_hand(keys), sorted).unwrap());
        assert_ne!(encodings[0], encodings[1]);
    }
}
