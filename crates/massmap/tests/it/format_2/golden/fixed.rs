//! Entries of fixed width.

use massmap::Xxh3HashLoader;
use serde::{Deserialize, Serialize};
use support::entries::ByteString;
use support::files::format_2::{layout_of, small_pages_with};

use super::{assert_golden, fixed_layout};

/// A type of fixed width with everything that one can consist of, but floats.
#[derive(Serialize, Deserialize, PartialEq, Eq, Hash, Debug, Clone)]
struct Record {
    unsigned: (u8, u16, u32, u64, u128),
    signed: (i8, i16, i32, i64, i128),
    nested: [Inner; 3],
    none: (),
}

#[derive(Serialize, Deserialize, PartialEq, Eq, Hash, Debug, Clone)]
struct Inner {
    letter: char,
    is_even: bool,
    bytes: [u8; 5],
}

impl Record {
    fn new(number: u8) -> Self {
        let (unsigned, signed) = (u64::from(number).pow(5), -i64::from(number).pow(6));
        let inner = |place: u8| Inner {
            letter: char::from(b'a' + number % 26),
            is_even: (number / 2 + place).is_multiple_of(2),
            bytes: [number.wrapping_mul(place); 5],
        };
        Self {
            unsigned: (
                unsigned as u8,
                unsigned as u16,
                unsigned as u32,
                unsigned,
                u128::from(unsigned) << 64,
            ),
            signed: (
                signed as i8,
                signed as i16,
                signed as i32,
                signed,
                i128::from(signed) << 64,
            ),
            nested: [0, 1, 2].map(inner),
            none: (),
        }
    }
}

#[test]
fn a_golden_map_of_integers_is_built_and_read() {
    let entries: Vec<(u64, u64)> = (0..50).map(|i| (u64::MAX >> i, i * i * i)).collect();
    let builder = small_pages_with::<Xxh3HashLoader>();
    let file = assert_golden("v2-fixed-integers", builder, &entries, &[0, u64::MAX - 2]);
    assert_eq!(layout_of(&file), fixed_layout(8, 8));
}

#[test]
fn a_golden_map_of_integers_alone_is_built_and_read() {
    let entries: Vec<(i16, ())> = (0..100).map(|i| (i * -300, ())).collect();
    let builder = small_pages_with::<Xxh3HashLoader>();
    let file = assert_golden("v2-fixed-set", builder, &entries, &[1, i16::MIN]);
    assert_eq!(layout_of(&file), fixed_layout(2, 0));
}

#[test]
fn a_golden_map_of_floats_and_characters_is_built_and_read() {
    let entries: Vec<_> = (0..60u16)
        .map(|i| {
            let double = match i {
                0 => f64::NEG_INFINITY,
                1 => -0.0,
                _ => 1.0 / f64::from(i),
            };
            let letter = char::from_u32(0x4e00 + 0x1000 * u32::from(i / 6)).unwrap_or(char::MAX);
            let key = (letter, i % 6, i % 2 == 0);
            (key, (f32::from(i), double, [f32::MIN, f32::from(i).sqrt()]))
        })
        .collect();
    let builder = small_pages_with::<Xxh3HashLoader>();
    let file = assert_golden(
        "v2-fixed-floats",
        builder,
        &entries,
        &[('\0', 0, true), (char::MAX, 0, false)],
    );
    assert_eq!(layout_of(&file), fixed_layout(7, 20));
}

#[test]
fn a_golden_map_of_byte_strings_of_one_length_is_built_and_read() {
    let entries: Vec<_> = (0..60u8)
        .map(|i| (ByteString(vec![i, i ^ 0xff, 7]), ByteString(vec![i; 11])))
        .collect();
    let absent = [ByteString(vec![0, 0, 7]), ByteString(Vec::new())];
    let builder = small_pages_with::<Xxh3HashLoader>();
    let file = assert_golden("v2-fixed-bytes", builder, &entries, &absent);
    assert_eq!(layout_of(&file), fixed_layout(3, 11));
}

#[test]
fn golden_maps_of_records_of_every_type_are_built_and_read() {
    let entries: Vec<(Record, ByteString)> = (0..20)
        .map(|i| (Record::new(i), ByteString(vec![i; 3])))
        .collect();
    let builder = small_pages_with::<Xxh3HashLoader>();
    let absent = [Record::new(20), Record::new(u8::MAX)];
    for (name, builder) in [
        ("v2-fixed-structs", builder.clone()),
        ("v2-fixed-named", builder.with_field_names(true)),
    ] {
        let file = assert_golden(name, builder, &entries, &absent);
        assert_eq!(layout_of(&file), fixed_layout(92, 3));
    }
}
