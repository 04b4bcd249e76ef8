//! Schemas, and values of them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use massmap::dynamic::{KeySchema, has_structs};
use massmap::format::EntryTypes;
use massmap::{IntegerType, Schema, Variant};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;

/// Texts, many of which are special to a format.
const TEXT: &str = "[a-c,;\"\\\\\t\n\r \u{feff}\u{1b}\u{2028}\u{1f980}é0-9.-]{0,6}";

/// Keys and values, of which the file tells how keys are hashed. Structs all have field names, or none have.
pub(super) fn types() -> impl Strategy<Value = EntryTypes> {
    any::<bool>().prop_flat_map(|is_map| {
        let key = schemas(is_map).prop_filter("keys that a file tells how to hash", |key| {
            let types = EntryTypes {
                key: key.clone(),
                value: Schema::Unit,
                canonical_keys: true,
            };
            KeySchema::of_file(Some(&types), "").is_ok()
        });
        (key, schemas(is_map)).prop_map(|(key, value)| EntryTypes {
            key,
            value,
            canonical_keys: true,
        })
    })
}

pub(super) fn has_named_fields(types: &EntryTypes) -> bool {
    has_structs(&types.key, true) || has_structs(&types.value, true)
}

fn schemas(is_map: bool) -> impl Strategy<Value = Schema> {
    let leaf = prop_oneof![
        1 => Just(Schema::Unit),
        1 => Just(Schema::Bool),
        1 => Just(Schema::Char),
        4 => (0..IntegerType::ALL.len()).prop_map(|number| Schema::Integer(IntegerType::ALL[number])),
        1 => Just(Schema::F32),
        1 => Just(Schema::F64),
        3 => Just(Schema::String),
        1 => option::of(0..4u32).prop_map(Schema::Bytes),
        1 => Just(Schema::Any),
    ];
    leaf.prop_recursive(4, 24, 4, move |inner| {
        let named = |content| btree_map("[a-c ,\\.\"]{0,3}|key|value", content, 0..4);
        let fields =
            named(inner.clone().boxed()).prop_map(move |fields: BTreeMap<String, Schema>| Schema::Struct {
                fields: fields
                    .into_iter()
                    .map(|(name, field)| (Cow::Owned(name), field))
                    .collect(),
                is_map,
            });
        let variants = btree_map("[a-c ,\"]{0,3}", option::of(inner.clone()), 1..4);
        let variants = variants.prop_map(|variants| {
            let variants = (0..).zip(variants).map(|(index, (name, content))| Variant {
                index,
                name: name.into(),
                content,
            });
            Schema::Enum(variants.collect())
        });
        prop_oneof![
            inner.clone().prop_map(|inner| Schema::Option(Box::new(inner))),
            (inner.clone(), option::of(0..3u32))
                .prop_map(|(element, length)| Schema::Sequence(Box::new(element), length)),
            (inner.clone(), inner.clone())
                .prop_map(|(key, value)| Schema::Map(Box::new(key), Box::new(value))),
            vec(inner, 0..4).prop_map(Schema::Tuple),
            fields,
            variants,
        ]
    })
}

/// Entries with different keys.
pub(super) fn entries(types: &EntryTypes) -> BoxedStrategy<Vec<(Vec<u8>, Vec<u8>)>> {
    let entries = btree_map(value(&types.key), value(&types.value), 0..6);
    entries.prop_map(|entries| entries.into_iter().collect()).boxed()
}

fn encoded(encode: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut out = Vec::new();
    encode(&mut out);
    out
}

/// The encoded values of a schema.
pub(super) fn value(schema: &Schema) -> BoxedStrategy<Vec<u8>> {
    let nil = || encoded(|out| out.push(0xc0));
    match schema {
        Schema::Unit => Just(nil()).boxed(),
        Schema::Bool => any::<bool>()
            .prop_map(|value| rmp_serde::to_vec(&value).unwrap())
            .boxed(),
        Schema::Char => prop_oneof![
            any::<char>(),
            TEXT.prop_map(|text| text.chars().next().unwrap_or(','))
        ]
        .prop_map(|value| rmp_serde::to_vec(&value).unwrap())
        .boxed(),
        Schema::Integer(integer) => number(*integer),
        Schema::F32 => prop_oneof![
            any::<f32>(),
            Just(f32::NAN),
            Just(-f32::NAN),
            Just(-0.0),
            Just(1.0)
        ]
        .prop_map(|value| {
            if value.is_nan() {
                f32::NAN.copysign(value)
            } else {
                value
            }
        })
        .prop_map(|value| rmp_serde::to_vec(&value).unwrap())
        .boxed(),
        Schema::F64 => prop_oneof![
            any::<f64>(),
            Just(f64::NAN),
            Just(-f64::NAN),
            Just(-0.0),
            Just(1.0)
        ]
        .prop_map(|value| {
            if value.is_nan() {
                f64::NAN.copysign(value)
            } else {
                value
            }
        })
        .prop_map(|value| rmp_serde::to_vec(&value).unwrap())
        .boxed(),
        Schema::String => TEXT.prop_map(|text| rmp_serde::to_vec(&text).unwrap()).boxed(),
        Schema::Bytes(length) => {
            let length = length.map_or(0..40, |length| length as usize..length as usize + 1);
            vec(any::<u8>(), length)
                .prop_map(|bytes| encoded(|out| rmp::encode::write_bin(out, &bytes).unwrap()))
                .boxed()
        }
        Schema::Any => anything(),
        Schema::Option(inner) => option::of(value(inner))
            .prop_map(move |inner| inner.unwrap_or_else(nil))
            .boxed(),
        Schema::Sequence(element, length) => {
            let length = length.map_or(0..4, |length| length as usize..length as usize + 1);
            vec(value(element), length)
                .prop_map(|elements| array(&elements))
                .boxed()
        }
        Schema::Tuple(elements) => all(elements.iter()).prop_map(|elements| array(&elements)).boxed(),
        Schema::Struct { fields, is_map } => {
            let names: Vec<_> = fields.iter().map(|(name, _)| name.to_string()).collect();
            let is_map = *is_map;
            all(fields.iter().map(|(_, field)| field))
                .prop_map(move |values| match is_map {
                    true => map(names
                        .iter()
                        .map(|name| rmp_serde::to_vec(name).unwrap())
                        .zip(values)),
                    false => array(&values),
                })
                .boxed()
        }
        Schema::Map(key, content) => {
            // In any order, as a hash map has them.
            let entries = btree_map(value(key), value(content), 0..4)
                .prop_map(|entries| entries.into_iter().collect::<Vec<_>>());
            entries
                .prop_shuffle()
                .prop_map(|entries| map(entries.into_iter()))
                .boxed()
        }
        Schema::Enum(variants) => {
            let variants = variants.iter().map(|Variant { name, content, .. }| {
                let name = rmp_serde::to_vec(name.as_ref()).unwrap();
                match content {
                    None => Just(name).boxed(),
                    Some(content) => value(content)
                        .prop_map(move |content| map([(name.clone(), content)].into_iter()))
                        .boxed(),
                }
            });
            proptest::strategy::Union::new(variants).boxed()
        }
        other => unreachable!("{other}"),
    }
}

fn number(integer: IntegerType) -> BoxedStrategy<Vec<u8>> {
    macro_rules! number {
        ($type:ty) => {
            prop_oneof![
                any::<$type>(),
                Just(<$type>::MIN),
                Just(<$type>::MAX),
                Just(1)
            ]
            .prop_map(|value| rmp_serde::to_vec(&value).unwrap())
            .boxed()
        };
    }
    match integer {
        IntegerType::U8 => number!(u8),
        IntegerType::U16 => number!(u16),
        IntegerType::U32 => number!(u32),
        IntegerType::U64 => number!(u64),
        IntegerType::U128 => number!(u128),
        IntegerType::I8 => number!(i8),
        IntegerType::I16 => number!(i16),
        IntegerType::I32 => number!(i32),
        IntegerType::I64 => number!(i64),
        IntegerType::I128 => number!(i128),
    }
}

/// Anything that JSON has.
fn anything() -> BoxedStrategy<Vec<u8>> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(serde_json::Value::from),
        any::<u64>().prop_map(serde_json::Value::from),
        any::<i64>().prop_map(serde_json::Value::from),
        any::<f64>().prop_map(serde_json::Value::from),
        Just(serde_json::json!(-0.0)),
        TEXT.prop_map(serde_json::Value::from),
    ];
    let json = leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(serde_json::Value::from),
            btree_map(TEXT, inner, 0..4)
                .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    });
    json.prop_map(|json| rmp_serde::to_vec(&json).unwrap()).boxed()
}

/// A value of each schema.
fn all<'s>(schemas: impl Iterator<Item = &'s Schema>) -> BoxedStrategy<Vec<Vec<u8>>> {
    schemas.map(value).collect::<Vec<_>>().boxed()
}

fn array(elements: &[Vec<u8>]) -> Vec<u8> {
    let mut out =
        encoded(|out| _ = rmp::encode::write_array_len(out, u32::try_from(elements.len()).unwrap()).unwrap());
    elements.iter().for_each(|element| out.extend_from_slice(element));
    out
}

fn map(entries: impl ExactSizeIterator<Item = (Vec<u8>, Vec<u8>)>) -> Vec<u8> {
    let mut out =
        encoded(|out| _ = rmp::encode::write_map_len(out, u32::try_from(entries.len()).unwrap()).unwrap());
    for (key, value) in entries {
        out.extend_from_slice(&key);
        out.extend_from_slice(&value);
    }
    out
}
