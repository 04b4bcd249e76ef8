//! Files whose entries all have one width answer as those of MessagePack do.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::hash::Hash;
use std::io::{Result, Write};
use std::net::Ipv4Addr;
use std::num::NonZeroU16;
use std::time::Duration;

use massmap_core::dynamic::Value;
use massmap_format::FormatVersion;
use massmap_hash::Xxh3HashLoader;
use massmap_io::{BytesReader, MassMapReader};
use massmap_read::{MassMap, ReadError, UntypedMap};
use massmap_write::MassMapBuilder;
use proptest::collection::btree_map;
use proptest::prelude::*;
use rayon::iter::ParallelIterator;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use support::cause;
use support::entries::ByteString;
use support::files::build;
use support::files::format_2::{header_of, sealed};

/// A file of a format, with small pages.
fn file<K, V>(format: FormatVersion, entries: &[(K, V)]) -> Vec<u8>
where
    K: Serialize + Hash + Eq,
    V: Serialize,
{
    let builder = MassMapBuilder::<Xxh3HashLoader>::default().with_format(format);
    let builder = match format {
        FormatVersion::V1 => builder.with_bucket_count(5),
        _ => builder.with_page_size(512),
    };
    build(builder, entries)
}

/// A file of fixed entries.
#[track_caller]
fn fixed<K, V>(entries: &[(K, V)], width: u64) -> Vec<u8>
where
    K: Serialize + Hash + Eq,
    V: Serialize,
{
    let file = file(FormatVersion::V2, entries);
    let header = header_of(&file);
    assert_eq!(header.has_fixed_entries(), !entries.is_empty());
    assert_eq!(header.entries_length, width * entries.len() as u64);
    file
}

/// All entries as MessagePack.
fn encoded<K, V, R: MassMapReader>(map: &MassMap<K, V, R, Xxh3HashLoader>) -> BTreeSet<(Vec<u8>, Vec<u8>)> {
    let blocks = map.inner().raw_blocks().map(Result::unwrap);
    let entries = blocks.flat_map(|block| {
        let entries = block
            .iter()
            .map(|entry| (entry.key.to_vec(), entry.value.to_vec()));
        entries.collect::<Vec<_>>()
    });
    entries.collect()
}

/// Asserts that `map` has exactly `entries`, and gives the same MessagePack as `other`.
fn assert_answers<K, V, R: MassMapReader + Sync>(
    map: &MassMap<K, V, R, Xxh3HashLoader>,
    other: &MassMap<K, V, BytesReader<Vec<u8>>, Xxh3HashLoader>,
    entries: &[(K, V)],
    absent: &K,
) where
    K: Serialize + DeserializeOwned + Hash + Ord + Clone + Debug + Send,
    V: Serialize + DeserializeOwned + Clone + PartialEq + Debug + Send,
{
    for (key, value) in entries {
        assert_eq!(map.get(key).unwrap().as_ref(), Some(value));
        let bytes = map.get_with(key, <[u8]>::to_vec).unwrap();
        assert_eq!(bytes, other.get_with(key, <[u8]>::to_vec).unwrap());
    }
    assert_eq!(map.get(absent).unwrap(), None);
    let keys: Vec<&K> = entries.iter().map(|(key, _)| key).chain([absent]).collect();
    let values: Vec<_> = entries
        .iter()
        .map(|(_, value)| Some(value.clone()))
        .chain([None])
        .collect();
    assert_eq!(map.batch_get::<K>(keys.iter().copied()).unwrap(), values);
    let mut found = vec![Some(Vec::new()); keys.len()];
    map.batch_get_with::<K>(keys.iter().copied(), |number, value| {
        found[number] = value.map(<[u8]>::to_vec);
        Ok(())
    })
    .unwrap();
    let expected = keys
        .iter()
        .map(|key| other.get_with(*key, <[u8]>::to_vec).unwrap());
    assert!(found.into_iter().eq(expected));

    let sorted = |entries: Result<Vec<(K, V)>>| {
        let mut entries = entries.unwrap();
        entries.sort_by(|(one, _), (other, _)| one.cmp(other));
        entries
    };
    assert_eq!(sorted(map.iter().collect()), entries);
    assert_eq!(sorted(map.par_iter().collect()), entries);
    let mut keys = map.keys().collect::<Result<Vec<_>>>().unwrap();
    keys.sort();
    assert!(keys.iter().eq(entries.iter().map(|(key, _)| key)));
    assert_eq!(map.values().count(), entries.len());
    assert_eq!(encoded(map), encoded(other));
    let report = map.verify();
    assert!(report.is_ok(), "{:?}", report.problems);
    map.inner().check_all_keys::<K>().unwrap();
}

/// Asserts that a file of these entries is fixed, and answers as one of format 1.
fn assert_alike<K, V>(entries: BTreeMap<K, V>, absent: K, width: u64)
where
    K: Serialize + DeserializeOwned + Hash + Ord + Clone + Debug + Send,
    V: Serialize + DeserializeOwned + Clone + PartialEq + Debug + Send,
{
    let mut entries: Vec<(K, V)> = entries.into_iter().collect();
    entries.retain(|(key, _)| *key != absent);
    let other = BytesReader::new(file(FormatVersion::V1, &entries));
    let other = MassMap::load(other).unwrap();
    let file = fixed(&entries, width);
    let map = MassMap::load(BytesReader::new(file.clone())).unwrap();
    assert_answers(&map, &other, &entries, &absent);
    let mut on_disk = tempfile::tempfile().unwrap();
    on_disk.write_all(&file).unwrap();
    assert_answers(&MassMap::load(on_disk).unwrap(), &other, &entries, &absent);
}

#[derive(Serialize, Deserialize, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Clone)]
struct Point {
    x: i16,
    y: (u8, bool),
}

#[derive(Serialize, Deserialize, PartialEq, Eq, Hash, Debug, Clone, Copy, PartialOrd, Ord)]
struct Wrapped(i64);

macro_rules! alike {
    ($($name:ident: $key:ty => $value:ty, $width:literal;)*) => {
        proptest! {
            #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(6) })]
            $(
                #[test]
                fn $name(entries in btree_map(any::<$key>(), any::<$value>(), 0..150), absent in any::<$key>()) {
                    assert_alike(entries, absent, $width);
                }
            )*
        }
    };
}

alike! {
    integers_are_fixed_whatever_their_values: u64 => u64, 16;
    short_integers_are_fixed: i8 => u16, 3;
    integers_of_128_bits_are_fixed: u128 => i128, 32;
    characters_and_booleans_are_fixed: char => bool, 5;
    nothing_has_no_width: u32 => (), 4;
    tuples_are_fixed: (u64, u32) => (u32, u64, u32), 28;
    arrays_of_bytes_are_fixed: [u8; 16] => [u16; 3], 22;
    nested_tuples_are_fixed: ((i32, bool), [char; 2]) => ([(u8, i64); 2], ()), 31;
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(6) })]

    #[test]
    fn structs_and_types_of_the_standard_library_are_fixed(
        numbers in btree_map(any::<i16>(), any::<[u8; 4]>(), 0..100),
        absent in any::<i16>(),
        length in 0..20usize,
    ) {
        let point = |x| Point { x, y: (x as u8, x > 0) };
        let points: BTreeMap<_, _> = numbers.iter().map(|(x, bytes)| (point(*x), Ipv4Addr::from(*bytes))).collect();
        assert_alike(points, point(absent), 8);
        let durations = numbers.keys().map(|x| (Wrapped((*x).into()), Duration::from_millis(x.unsigned_abs().into())));
        assert_alike(durations.collect(), Wrapped(absent.into()), 20);
        let odd = numbers.iter().map(|(x, bytes)| (Some(NonZeroU16::new(x.unsigned_abs() | 1).unwrap()), bytes.repeat(length)));
        let odd: BTreeMap<_, _> = odd.map(|(key, bytes)| (key.unwrap(), ByteString(bytes))).collect();
        assert_alike(odd, NonZeroU16::new(absent.unsigned_abs() | 1).unwrap(), 2 + 4 * length as u64);
    }
}

#[test]
fn floats_come_back_to_the_last_bit() {
    let special = [0.0, -0.0, f64::INFINITY, f64::NAN, f64::MIN_POSITIVE, -1.5];
    let bits = special
        .iter()
        .map(|number| number.to_bits())
        .chain([0x7ff0_0000_0000_0001, 1]);
    let entries: Vec<_> = (0u32..)
        .zip(bits)
        .map(|(key, bits)| (key, (f64::from_bits(bits), bits as f32)))
        .collect();
    let map = BytesReader::new(fixed(&entries, 16));
    let map = MassMap::<u32, (f64, f32), _, Xxh3HashLoader>::load(map).unwrap();
    for (key, (double, single)) in entries {
        let found = map.get(&key).unwrap().unwrap();
        assert_eq!(
            (found.0.to_bits(), found.1.to_bits()),
            (double.to_bits(), single.to_bits())
        );
    }
}

#[test]
fn borrowed_keys_find_theirs_and_values_are_borrowed() {
    let key = |number: u64| {
        let [a, b] = [number, number * number].map(u64::to_le_bytes);
        <[u8; 16]>::try_from([a, b].concat()).unwrap()
    };
    let entries: Vec<_> = (0..100)
        .map(|number| (key(number), ByteString(vec![number as u8; 40])))
        .collect();
    let file = fixed(&entries, 56);
    let map = MassMap::<[u8; 16], ByteString, _, Xxh3HashLoader>::load(BytesReader::new(&file[..])).unwrap();
    for (key, value) in &entries {
        let borrowed: &[u8] = map.get_ref(&key[..]).unwrap().unwrap();
        assert_eq!(borrowed, value.0);
        assert!(file.as_ptr_range().contains(&borrowed.as_ptr()), "it is copied");
        assert_eq!(map.get(key).unwrap().as_ref(), Some(value));
    }
    assert_eq!(map.get(&key(7)[..15]).unwrap(), None);
    let mut found = 0;
    let keys = entries.iter().map(|(key, _)| &key[..]);
    map.batch_get_ref::<[u8], &[u8]>(keys, |number, value| {
        found += 1;
        assert_eq!(value, Some(&[number as u8; 40][..]));
        Ok(())
    })
    .unwrap();
    assert_eq!(found, 100);
    // An array of bytes can be borrowed as well.
    let entries: Vec<_> = (0..100u32).map(|number| (number, key(number.into()))).collect();
    let file = fixed(&entries, 20);
    let map = MassMap::<u32, [u8; 16], _, Xxh3HashLoader>::load(BytesReader::new(&file[..])).unwrap();
    assert_eq!(map.get_ref::<_, &[u8]>(&9).unwrap(), Some(&key(9)[..]));
}

#[test]
fn fields_are_found_by_their_names() {
    #[derive(Deserialize, PartialEq, Debug, Clone)]
    struct Turned {
        #[serde(default)]
        new: Option<u32>,
        y: (u8, bool),
        x: i64,
    }
    let point = |x: i16| Point { x, y: (3, true) };
    let entries: Vec<_> = (0..50).map(|x| (x as u16, point(x))).collect();
    for field_names in [false, true] {
        let builder = MassMapBuilder::<Xxh3HashLoader>::default().with_format(FormatVersion::V2);
        let file = build(builder.with_field_names(field_names), &entries);
        assert!(header_of(&file).has_fixed_entries());
        let map = MassMap::<u16, Point, _, Xxh3HashLoader>::load(BytesReader::new(file)).unwrap();
        let expected = Turned {
            new: None,
            y: (3, true),
            x: 7,
        };
        assert_eq!(map.get_ref(&7).unwrap(), Some(expected));
        assert_eq!(map.get(&7).unwrap(), Some(point(7)));
        let bytes = map.get_with(&7, <[u8]>::to_vec).unwrap().unwrap();
        let named = rmp_serde::to_vec_named(&point(7)).unwrap();
        assert_eq!(
            bytes,
            if field_names {
                named
            } else {
                rmp_serde::to_vec(&point(7)).unwrap()
            }
        );
    }
}

#[test]
fn maps_without_types_answer_as_those_with_them() {
    let entries: Vec<_> = (0..200u32)
        .map(|n| ((n, n % 3 == 0), (f64::from(n), 'a', [n as i8; 2])))
        .collect();
    let file = fixed(&entries, 19);
    let map = UntypedMap::load(BytesReader::new(file)).unwrap();
    let mut all = BTreeSet::new();
    for entry in &map {
        let (key, _) = entry.unwrap();
        all.insert(format!("{key:?}"));
        assert!(map.get(&key).unwrap().is_some());
        assert!(map.contains_key(&key).unwrap());
    }
    assert_eq!(all.len(), entries.len());
    for ((n, third), value) in &entries {
        let key = Value::from((*n, *third));
        assert_eq!(map.get_as::<(f64, char, [i8; 2])>(&key).unwrap(), Some(*value));
        let bytes = map.get_with(&key, <[u8]>::to_vec).unwrap().unwrap();
        assert_eq!(bytes, rmp_serde::to_vec(value).unwrap());
    }
    assert_eq!(map.get(Value::from((7, true))).unwrap(), None);
    let report = map.verify();
    assert!(report.is_ok(), "{:?}", report.problems);
    assert!(report.keys_checked);
}

#[test]
fn damaged_records_are_errors_and_problems() {
    let entries: Vec<_> = (0..20u16).map(|n| ((n, 'x'), (n, n < 10))).collect();
    let intact = fixed(&entries, 9);
    let header = header_of(&intact);
    let pages =
        header.page_offset(0).unwrap() as usize..header.page_offset(header.page_count).unwrap() as usize;
    // The record of (5, 'x') and (5, true).
    let record = [5, 0, b'x', 0, 0, 0, 5, 0, 1];
    let place = intact[pages.clone()]
        .windows(9)
        .position(|bytes| bytes == record)
        .unwrap()
        + pages.start;
    for (offset, byte, in_key) in [(8, 2, false), (8, 0xff, false), (4, 0x11, true), (3, 0xd8, true)] {
        let mut file = intact.clone();
        file[place + offset] = byte;
        // Only with the checksum does somebody who means ill get as far.
        let file = sealed(file);
        let map =
            MassMap::<(u16, char), (u16, bool), _, Xxh3HashLoader>::load(BytesReader::new(file.clone()));
        let map = map.unwrap();
        if !in_key {
            let error = map.get(&(5, 'x')).unwrap_err();
            assert!(matches!(cause(&error), ReadError::Value { .. }), "{error}");
            let error = map.get_with(&(5, 'x'), |_| ()).unwrap_err();
            assert!(matches!(cause(&error), ReadError::Value { .. }), "{error}");
            assert_eq!(map.get(&(6, 'x')).unwrap(), Some((6, true)));
        }
        assert_eq!(map.iter().filter(Result::is_err).count(), 1);
        let report = map.verify();
        assert!(!report.is_ok());
        let report = map.inner().verify();
        let problem = format!("{:?}", report.problems);
        assert!(
            problem.contains("is no boolean") || problem.contains("is no character"),
            "{problem}"
        );
        let untyped = UntypedMap::load(BytesReader::new(file)).unwrap();
        assert!(untyped.iter().any(|entry| entry.is_err()));
    }
}
