//! Keys and values of every kind, in entries of different lengths.

use std::collections::BTreeMap;

use massmap::{DuplicateKeys, MassMapDefaultHashLoader, Xxh3HashLoader};
use massmap_format::{EntryLayout, Schema};
use serde::{Deserialize, Serialize};
use support::entries::{ByteString, strings};
use support::files::format_2::{layout_of, metadata_of, paged, small_pages, small_pages_with};

use super::assert_golden;

#[derive(Serialize, Deserialize, PartialEq, Eq, Hash, Debug, Clone)]
enum Shape {
    Point,
    Circle(u32),
    Segment(i8, String),
    Polygon { color: char, corners: Option<u16> },
    // No entry has it, so the file does not know it.
    Unused,
}

impl Shape {
    fn new(number: u32) -> Self {
        match number {
            0 => Self::Point,
            _ if number.is_multiple_of(3) => Self::Circle(number * 1000),
            _ if number % 3 == 1 => Self::Segment(-(number as i8), format!("segment {number}")),
            _ => Self::Polygon {
                color: char::from_u32(0x3b1 + number).unwrap(),
                corners: number.is_multiple_of(2).then_some(number as u16),
            },
        }
    }
}

/// A value that stands for itself, of no one kind.
#[derive(Serialize, Deserialize, PartialEq, Eq, Hash, Debug, Clone)]
#[serde(untagged)]
enum Loose {
    Number(i64),
    Text(String),
    List(Vec<bool>),
}

impl Loose {
    fn new(number: u32) -> Self {
        match number % 3 {
            0 => Self::Number(-i64::from(number)),
            1 => Self::Text(format!("text {number}")),
            _ => Self::List((0..number % 5).map(|bit| number >> bit & 1 == 1).collect()),
        }
    }
}

#[derive(Serialize, Deserialize, PartialEq, Eq, Hash, Debug, Clone)]
struct Place {
    name: String,
    position: Position,
    parent: Option<Box<Place>>,
}

#[derive(Serialize, Deserialize, PartialEq, Eq, Hash, Debug, Clone)]
struct Position {
    east: i32,
    north: i32,
}

impl Place {
    fn new(number: i32) -> Self {
        Self {
            name: format!("place {number}"),
            position: Position {
                east: number * 1000,
                north: -number,
            },
            parent: (number % 4 == 3).then(|| Box::new(Self::new(number / 4))),
        }
    }
}

#[test]
fn a_golden_map_without_entries_is_built_and_read() {
    assert_golden::<MassMapDefaultHashLoader, String, u32>("v2-empty", paged(), &[], &["absent".to_owned()]);
}

#[test]
fn a_golden_map_of_strings_is_built_and_read() {
    assert_golden(
        "v2-strings",
        small_pages(),
        &strings(0..60),
        &["absent".to_owned(), String::new()],
    );
}

#[test]
fn a_golden_map_of_strings_alone_is_built_and_read() {
    let entries: Vec<_> = strings(0..40).into_iter().map(|(key, _)| (key, ())).collect();
    let absent = ["key 40".to_owned()];
    assert_golden("v2-set", small_pages_with::<Xxh3HashLoader>(), &entries, &absent);
}

#[test]
fn a_golden_map_of_nothing_several_times_is_built_and_read() {
    let builder = small_pages_with::<Xxh3HashLoader>().with_duplicate_keys(DuplicateKeys::KeepAll);
    let file = assert_golden("v2-units", builder, &[((), ()); 3], &[]);
    assert_eq!(layout_of(&file), EntryLayout::Variable);
}

#[test]
fn a_golden_map_of_enums_is_built_and_read() {
    let entries: Vec<_> = (0..40)
        .map(|number| (Shape::new(number), Shape::new(number / 3)))
        .collect();
    let file = assert_golden(
        "v2-enums",
        small_pages_with::<Xxh3HashLoader>(),
        &entries,
        &[Shape::new(40), Shape::Circle(1)],
    );
    assert!(matches!(&metadata_of(&file).types.key, Schema::Enum(variants) if variants.len() == 4));
}

#[test]
fn a_golden_map_of_options_is_built_and_read() {
    let entries: Vec<_> = (0..40u32)
        .map(|number| {
            (
                number.checked_sub(1),
                number.is_multiple_of(3).then(|| "x".repeat(number as usize)),
            )
        })
        .collect();
    let builder = small_pages_with::<Xxh3HashLoader>();
    assert_golden("v2-options", builder, &entries, &[Some(39), Some(u32::MAX)]);
}

#[test]
fn a_golden_map_of_sequences_is_built_and_read() {
    let entries: Vec<_> = (0..40u16)
        .map(|number| {
            let key: Vec<u16> = (0..number).collect();
            let list: Vec<Option<f32>> = (0..number % 7)
                .map(|place| (place != 2).then(|| f32::from(number) / 8.0))
                .collect();
            (key, (list, [number.to_string(), "é".repeat(number.into())]))
        })
        .collect();
    let absent = [vec![0, 2], vec![40]];
    assert_golden(
        "v2-sequences",
        small_pages_with::<Xxh3HashLoader>(),
        &entries,
        &absent,
    );
}

#[test]
fn a_golden_map_of_maps_is_built_and_read() {
    let map = |count: u8| -> BTreeMap<u8, String> { (0..count).map(|i| (i * 3, format!("{i}"))).collect() };
    let entries: Vec<_> = (0..20)
        .map(|count| (map(count), BTreeMap::from([("half".to_owned(), map(count / 2))])))
        .collect();
    let builder = small_pages_with::<Xxh3HashLoader>();
    assert_golden(
        "v2-maps",
        builder,
        &entries,
        &[map(20), BTreeMap::from([(1, String::new())])],
    );
}

#[test]
fn a_golden_map_of_values_of_several_kinds_is_built_and_read() {
    let entries: Vec<_> = (0..40)
        .map(|number| (format!("key {number}"), Loose::new(number)))
        .collect();
    let builder = small_pages_with::<Xxh3HashLoader>();
    let file = assert_golden("v2-any", builder.clone(), &entries, &["absent".to_owned()]);
    let types = metadata_of(&file).types;
    assert_eq!((types.value, types.canonical_keys), (Schema::Any, true));

    let entries: Vec<_> = (0..10).map(|number| (Loose::new(number), number)).collect();
    let absent = [Loose::Number(1), Loose::Text("absent".to_owned())];
    let file = assert_golden("v2-any-keys", builder, &entries, &absent);
    let types = metadata_of(&file).types;
    assert_eq!((types.key, types.canonical_keys), (Schema::Any, false));
}

#[test]
fn golden_maps_of_structs_in_structs_are_built_and_read() {
    let entries: Vec<_> = (0..30)
        .map(|number| (Place::new(number), (number, Place::new(number / 2))))
        .collect();
    let builder = small_pages_with::<Xxh3HashLoader>();
    for (name, builder) in [
        ("v2-structs", builder.clone()),
        ("v2-structs-named", builder.with_field_names(true)),
    ] {
        let file = assert_golden(name, builder, &entries, &[Place::new(30)]);
        assert_eq!(layout_of(&file), EntryLayout::Variable);
    }
}

#[test]
fn a_golden_map_of_scalars_of_every_kind_is_built_and_read() {
    let entries: Vec<_> = (0..40u32)
        .map(|number| {
            let wide = (i128::from(number) << 90) - (i128::from(number) << 3);
            let key = (
                char::from_u32(0x20 + 50 * number).unwrap(),
                number % 2 == 1,
                -wide,
                format!("{number}"),
            );
            let floats = (f32::from(number as u16) / 3.0, f64::from(number).sqrt());
            let floats = match number {
                1 => (f32::INFINITY, f64::MIN_POSITIVE),
                2 => (-0.0, f64::MAX),
                _ => floats,
            };
            let signed = (
                -(number as i8),
                i16::MIN,
                -(number as i32) << 20,
                i64::MAX >> number,
            );
            (
                key,
                (
                    floats,
                    wide as u128,
                    signed,
                    (number as u8, u16::MAX >> (number % 16), "end".to_owned()),
                ),
            )
        })
        .collect();
    let absent = [(' ', true, 0, "0".to_owned()), (' ', false, 1, "0".to_owned())];
    assert_golden(
        "v2-scalars",
        small_pages_with::<Xxh3HashLoader>(),
        &entries,
        &absent,
    );
}

#[test]
fn a_golden_map_of_byte_strings_of_several_lengths_is_built_and_read() {
    let entries: Vec<_> = (0..40u8)
        .map(|number| {
            let length = usize::from(number);
            (
                ByteString(vec![number; length % 20 + 1]),
                ByteString(vec![!number; length * length]),
            )
        })
        .collect();
    let absent = [ByteString(Vec::new()), ByteString(vec![1; 3])];
    assert_golden(
        "v2-bytes",
        small_pages_with::<Xxh3HashLoader>(),
        &entries,
        &absent,
    );
}
