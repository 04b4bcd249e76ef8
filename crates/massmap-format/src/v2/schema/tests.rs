use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::*;
use crate::FormatError;

/// Schemas of which many have a join that is not `Any`, and some are too large.
fn schemas() -> impl Strategy<Value = Schema> {
    let leaf = prop_oneof![
        2 => Just(Schema::Never),
        1 => Just(Schema::Unit),
        1 => Just(Schema::Bool),
        1 => Just(Schema::Char),
        4 => (0..2usize).prop_map(|number| Schema::Integer(IntegerType::ALL[number])),
        1 => Just(Schema::F64),
        2 => Just(Schema::String),
        2 => option::of(0..3u32).prop_map(Schema::Bytes),
        1 => Just(Schema::Any),
    ];
    let name = prop_oneof![9 => "[ab]{0,2}", 1 => "[ab]{3000}"];
    let name = name.prop_map(Cow::Owned);
    // Of leaves alone: long tuples of long tuples would take all memory.
    let long = (leaf.clone(), 0..2000usize)
        .prop_map(|(element, length)| Schema::Tuple(vec![element; length.saturating_sub(500)]));
    leaf.prop_recursive(5, 60, 4, move |inner| {
        let fields = vec((name.clone(), inner.clone()), 0..4);
        let variants = vec((name.clone(), option::of(inner.clone())), 0..4);
        prop_oneof![
            inner.clone().prop_map(|inner| Schema::Option(Box::new(inner))),
            (inner.clone(), option::of(0..2u32))
                .prop_map(|(element, length)| Schema::Sequence(Box::new(element), length)),
            (inner.clone(), inner.clone())
                .prop_map(|(key, value)| Schema::Map(Box::new(key), Box::new(value))),
            vec(inner.clone(), 0..3).prop_map(Schema::Tuple),
            long.clone(),
            (fields, any::<bool>()).prop_map(|(fields, is_map)| Schema::Struct { fields, is_map }),
            variants.prop_map(enumeration),
        ]
    })
}

fn enumeration(named: Vec<(Cow<'static, str>, Option<Schema>)>) -> Schema {
    let mut variants: Vec<Variant> = Vec::new();
    for (index, (name, content)) in (0..).zip(named) {
        if variants.iter().all(|variant| variant.name != name) && name != "aa" {
            variants.push(Variant { index, name, content });
        }
    }
    Schema::Enum(variants)
}

/// Related schemas: joins of random ones hardly ever meet below `Any`.
fn related() -> impl Strategy<Value = [Schema; 3]> {
    let changed = |schema: Schema| {
        vec(any::<u8>(), 40).prop_map(move |choices| {
            let mut schema = schema.clone();
            change(&mut schema, &mut choices.into_iter());
            schema
        })
    };
    schemas().prop_flat_map(move |schema| [changed(schema.clone()), changed(schema.clone()), changed(schema)])
}

/// Replaces some parts of a schema.
fn change(schema: &mut Schema, choices: &mut impl Iterator<Item = u8>) {
    match choices.next() {
        Some(0..10) => *schema = Schema::Never,
        Some(10..15) => *schema = Schema::Any,
        Some(15..25) => *schema = Schema::Sequence(Box::new(schema.clone()), Some(7)),
        _ => match schema {
            Schema::Option(inner) | Schema::Sequence(inner, _) => change(inner, choices),
            Schema::Map(key, value) => {
                change(key, choices);
                change(value, choices);
            }
            Schema::Tuple(elements) => elements.iter_mut().for_each(|element| change(element, choices)),
            Schema::Struct { fields, .. } => fields.iter_mut().for_each(|(_, field)| change(field, choices)),
            Schema::Enum(variants) => {
                variants.retain(|_| choices.next().is_none_or(|choice| choice > 80));
                let contents = variants.iter_mut().filter_map(|variant| variant.content.as_mut());
                contents.for_each(|content| change(content, choices));
            }
            _ => {}
        },
    }
}

proptest! {
    #[test]
    fn a_join_depends_neither_on_order_nor_on_grouping([a, b, c] in prop_oneof![related(), [schemas(), schemas(), schemas()]]) {
        prop_assert_eq!(a.join(&b), b.join(&a));
        prop_assert_eq!(a.join(&b).join(&c), a.join(&b.join(&c)));
        prop_assert_eq!(a.join(&b).join(&c), a.join(&c).join(&b));
        prop_assert_eq!(a.join(&b), a.clone().bounded().join(&b.clone().bounded()));
        prop_assert_eq!(a.join(&b).join(&b), a.join(&b));
        prop_assert_eq!(a.join(&a), a.clone().bounded());
        prop_assert_eq!(a.join(&Schema::Never), a.clone().bounded());
        prop_assert_eq!(a.join(&Schema::Any), Schema::Any);
    }

    #[test]
    fn bounded_schemas_are_short_and_come_back(schema in schemas()) {
        let bounded = schema.bounded();
        let bytes = bounded.encode();
        prop_assert!(bytes.len() <= MAX_SCHEMA_LENGTH as usize, "{}", bytes.len());
        prop_assert_eq!(Schema::decode(&bytes).unwrap(), bounded.clone());
        prop_assert_eq!(bounded.clone().bounded(), bounded);
    }

    #[test]
    fn no_bytes_make_decoding_fail_otherwise_than_by_an_error(bytes in vec(any::<u8>(), 0..60)) {
        if let Ok(schema) = Schema::decode(&bytes) {
            prop_assert_eq!(Schema::decode(&schema.encode()).unwrap(), schema);
        }
    }
}

fn u8_() -> Schema {
    Schema::Integer(IntegerType::U8)
}

fn variant(index: u32, name: &str, content: Option<Schema>) -> Variant {
    Variant {
        index,
        name: name.to_owned().into(),
        content,
    }
}

fn structure(names: &[&str], is_map: bool) -> Schema {
    Schema::Struct {
        fields: names
            .iter()
            .map(|&name| (name.to_owned().into(), u8_()))
            .collect(),
        is_map,
    }
}

#[test]
fn every_kind_has_exactly_these_bytes_and_description() {
    let boxed = |schema| Box::new(schema);
    for (schema, bytes, shown) in [
        (Schema::Never, &b"\xa5never"[..], "none"),
        (Schema::Unit, b"\xa4unit", "unit"),
        (Schema::Bool, b"\xa4bool", "bool"),
        (Schema::Char, b"\xa4char", "char"),
        (Schema::Integer(IntegerType::I128), b"\xa4i128", "i128"),
        (Schema::F32, b"\xa3f32", "f32"),
        (Schema::F64, b"\xa3f64", "f64"),
        (Schema::String, b"\xa6string", "string"),
        (Schema::Bytes(None), b"\xa5bytes", "bytes"),
        (Schema::Bytes(Some(16)), b"\x92\xa5bytes\x10", "16 bytes"),
        (
            Schema::Option(boxed(u8_())),
            b"\x92\xa6option\xa2u8",
            "optional u8",
        ),
        (
            Schema::Sequence(boxed(u8_()), None),
            b"\x92\xa8sequence\xa2u8",
            "[u8]",
        ),
        (
            Schema::Sequence(boxed(u8_()), Some(3)),
            b"\x93\xa5array\xa2u8\x03",
            "[u8; 3]",
        ),
        (
            Schema::Map(boxed(Schema::String), boxed(u8_())),
            b"\x93\xa3map\xa6string\xa2u8",
            "map from string to u8",
        ),
        (
            Schema::Tuple(vec![u8_(), Schema::Bool]),
            b"\x92\xa5tuple\x92\xa2u8\xa4bool",
            "(u8, bool)",
        ),
        (
            structure(&["a"], false),
            b"\x92\xa6struct\x91\x92\xa1a\xa2u8",
            "{a: u8}",
        ),
        (
            structure(&["a"], true),
            b"\x92\xaastruct_map\x91\x92\xa1a\xa2u8",
            "{a: u8}",
        ),
        (
            Schema::Enum(vec![
                variant(0, "A", None),
                variant(2, "B", Some(u8_())),
                variant(3, "C", Some(Schema::Tuple(vec![u8_(), u8_()]))),
                variant(4, "D", Some(structure(&["x"], false))),
            ]),
            b"\x92\xa4enum\x94\x92\x00\xa1A\x93\x02\xa1B\xa2u8\x93\x03\xa1C\x92\xa5tuple\x92\xa2u8\xa2u8\
              \x93\x04\xa1D\x92\xa6struct\x91\x92\xa1x\xa2u8",
            "one of A, B(u8), C(u8, u8), D {x: u8}",
        ),
        (Schema::Any, b"\xa3any", "any"),
    ] {
        assert_eq!(schema.encode(), bytes, "{schema}");
        assert_eq!(Schema::decode(bytes).unwrap(), schema, "{schema}");
        assert_eq!(schema.to_string(), shown);
    }
}

#[test]
fn kinds_of_later_versions_are_any() {
    for bytes in [
        &b"\xa3u16"[..],
        b"\xa4date",
        b"\x91\xa4time",
        b"\x93\xa4time\x01\x92\x01\xc0",
    ] {
        let known = bytes == b"\xa3u16";
        assert_eq!(Schema::decode(bytes).unwrap() == Schema::Any, !known);
    }
}

#[test]
fn what_is_no_schema_is_refused() {
    for bytes in [
        &b""[..],
        b"\x01",
        b"\xc0",
        b"\xc4\x04bool",
        b"\x90",
        b"\x91\x01",
        b"\x91\xa6option",
        b"\x93\xa6option\xa2u8\xa2u8",
        b"\x92\xa5bytes\xcf\0\0\0\x01\0\0\0\0",
        b"\x92\xa5bytes\xff",
        b"\x92\xa6struct\x91\x92\xc4\x01a\xa2u8",
        b"\x92\xa6struct\x91\x93\xa1a\xa2u8\xa2u8",
        b"\x92\xa4enum\x92\x92\x01\xa1A\x92\x00\xa1B",
        b"\x92\xa4enum\x92\x92\x00\xa1A\x92\x01\xa1A",
        b"\x92\xa4enum\x91\x94\x00\xa1A\xa2u8\xa2u8",
        b"\xa4boolx",
    ] {
        Schema::decode(bytes).unwrap_err();
    }
    let long = Schema::Tuple(vec![Schema::Unit; 4000]).encode();
    let error = Schema::decode(&long).unwrap_err();
    assert!(
        matches!(error, FormatError::SchemaTooLong { length: 20010, .. }),
        "{error}"
    );
}

#[test]
fn only_fields_of_fixed_size_have_a_width() {
    let fixed = |element, length| Schema::Sequence(Box::new(element), length);
    for (schema, width) in [
        (Schema::Unit, Some(0)),
        (Schema::Bool, Some(1)),
        (Schema::Char, Some(4)),
        (Schema::F32, Some(4)),
        (Schema::F64, Some(8)),
        (Schema::Bytes(Some(5)), Some(5)),
        (Schema::Bytes(None), None),
        (Schema::Option(Box::new(u8_())), None),
        (fixed(u8_(), Some(16)), Some(16)),
        (fixed(u8_(), None), None),
        (fixed(Schema::Never, Some(0)), Some(0)),
        (fixed(Schema::F64, Some(1 << 30)), None),
        (fixed(Schema::String, Some(2)), None),
        (Schema::Tuple(vec![]), Some(0)),
        (Schema::Tuple(vec![u8_(), Schema::F64]), Some(9)),
        (Schema::Tuple(vec![u8_(), Schema::String]), None),
        (Schema::Tuple(vec![fixed(u8_(), Some(u32::MAX)), u8_()]), None),
        (structure(&["a", "b"], true), Some(2)),
        (Schema::Enum(vec![variant(0, "A", None)]), None),
        (Schema::Never, None),
        (Schema::Any, None),
    ] {
        assert_eq!(schema.fixed_width(), width, "{schema}");
    }
    let widths = IntegerType::ALL.map(IntegerType::width);
    assert_eq!(widths, [1, 2, 4, 8, 16, 1, 2, 4, 8, 16]);
    assert_eq!(
        IntegerType::ALL.map(IntegerType::is_signed),
        [0, 0, 0, 0, 0, 1, 1, 1, 1, 1].map(|bit| bit == 1)
    );
}

#[test]
fn variants_are_united_unless_they_contradict_each_other() {
    let one = Schema::Enum(vec![variant(0, "A", None), variant(2, "C", Some(u8_()))]);
    let other = Schema::Enum(vec![variant(1, "B", None), variant(2, "C", Some(Schema::Bool))]);
    let all = Schema::Enum(vec![
        variant(0, "A", None),
        variant(1, "B", None),
        variant(2, "C", Some(Schema::Any)),
    ]);
    assert_eq!(one.join(&other), all);
    for contradiction in [
        variant(0, "B", None),
        variant(1, "A", None),
        variant(2, "C", None),
    ] {
        assert_eq!(one.join(&Schema::Enum(vec![contradiction])), Schema::Any);
    }
}

#[test]
fn lengths_that_differ_are_any_length() {
    let of = |length| Schema::Sequence(Box::new(u8_()), length);
    assert_eq!(of(Some(5)).join(&of(Some(5))), of(Some(5)));
    assert_eq!(of(Some(5)).join(&of(Some(7))), of(None));
    let empty = Schema::Sequence(Box::new(Schema::Never), Some(0));
    assert_eq!(empty.join(&of(Some(5))), of(None));
    assert_eq!(
        Schema::Bytes(Some(1)).join(&Schema::Bytes(Some(2))),
        Schema::Bytes(None)
    );
}

#[test]
fn large_schemas_keep_what_has_room() {
    let mut deep = u8_();
    for _ in 0..100 {
        deep = Schema::Option(Box::new(deep));
    }
    let mut bounded = deep.bounded();
    for _ in 0..24 {
        let Schema::Option(inner) = bounded else {
            panic!("{bounded}")
        };
        bounded = *inner;
    }
    assert_eq!(bounded, Schema::Any);

    // Wide structs of scalars keep their fields, wider ones do not.
    let wide = |fields: usize| Schema::Struct {
        fields: (0..fields)
            .map(|number| (format!("field{number:03}").into(), u8_()))
            .collect(),
        is_map: false,
    };
    assert_eq!(wide(600).bounded(), wide(600));
    assert_eq!(wide(700).bounded(), Schema::Any);
    let nested = Schema::Tuple(vec![wide(20), wide(600), Schema::String]);
    assert_eq!(
        nested.bounded(),
        Schema::Tuple(vec![wide(20), Schema::Any, Schema::String])
    );
}
