//! Counts and lengths far beyond the size of the file.

use std::fmt::Debug;
use std::hash::Hash;

use massmap::{BytesReader, MassMapBucketMeta};
use serde::de::DeserializeOwned;
use serde_json::Value;
use support::files::format_1::{Parts, assemble, build, single_entry_file};

use super::exercise::{Case, Tally};

const LARGE: [u64; 6] = [
    u64::MAX,
    i64::MAX as u64,
    1 << 40,
    1 << 32,
    u32::MAX as u64,
    i32::MAX as u64,
];

/// A case of some hundred kilobytes, so that fixed costs do not hide a multiple of the length.
fn case() -> Case<u64, u64> {
    let entries: Vec<(u64, u64)> = (0..20_000).map(|i| (i * 0x1_0000_0001, i)).collect();
    Case {
        name: "large counts",
        file: build(2000, &entries),
        entries: entries[..30].to_vec(),
        absent: vec![7, u64::MAX],
    }
}

/// Exercises `file` in memory and as a file, with room for `times` its length.
fn exercise<K, V>(case: &Case<K, V>, damage: &dyn Debug, file: &[u8], times: usize) -> Tally
where
    K: DeserializeOwned + Hash + Eq + Debug,
    V: DeserializeOwned + Clone + PartialEq + Debug,
{
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("damaged.massmap");
    std::fs::write(&path, file).unwrap();
    let bound = times * file.len() + (64 << 10);
    let open = || std::fs::File::open(&path).unwrap();
    let from_file = case.exercise(damage, bound, open);
    let tally = case.exercise(damage, bound, || BytesReader::new(file));
    assert_eq!(
        Tally { peak: 0, ..from_file },
        Tally { peak: 0, ..tally },
        "{damage:?}"
    );
    tally
}

#[test]
fn header_fields_beyond_the_file_cost_no_memory() {
    let case = case();
    let intact = exercise(&case, &"nothing", &case.file, 5);
    assert_eq!((intact.refused, intact.right), (0, 30));
    println!("intact, {} bytes: peak {} bytes", case.file.len(), intact.peak);

    for value in LARGE {
        for fields in [&[8][..], &[16], &[8, 16]] {
            let mut file = case.file.clone();
            for &field in fields {
                file[field..field + 8].copy_from_slice(&value.to_be_bytes());
            }
            let tally = exercise(&case, &(value, fields), &file, 2);
            assert_eq!(tally.refused, 1);
        }
    }
}

#[test]
fn index_and_metadata_fields_beyond_the_file_cost_no_memory() {
    let case = case();
    let parts = Parts::of(&case.file);
    let bucket = parts.first_occupied();
    let mut damaged: Vec<(String, Parts)> = Vec::new();
    let mut add = |name: &str, value: u64, change: &dyn Fn(&mut Parts)| {
        let mut parts = parts.clone();
        change(&mut parts);
        damaged.push((format!("{name} = {value}"), parts));
    };
    for value in LARGE {
        let narrow = u32::try_from(value).unwrap_or(u32::MAX - 1);
        add("offset", value, &|parts| parts.index[bucket].offset = value);
        add("length", value, &|parts| parts.index[bucket].length = narrow);
        add("count", value, &|parts| parts.index[bucket].count = narrow);
        add("bucket", value, &|parts| {
            parts.index[bucket] = MassMapBucketMeta {
                offset: value,
                length: narrow,
                count: narrow,
            }
        });
        add("bucket_count", value, &|parts| parts.meta.bucket_count = value);
        add("entry_count", value, &|parts| parts.meta.entry_count = value);
        add("occupied_bucket_count", value, &|parts| {
            parts.meta.occupied_bucket_count = value
        });
        add("end of the range", value, &|parts| {
            parts.meta.occupied_bucket_range.end = value
        });
        add("start of the range", value, &|parts| {
            parts.meta.occupied_bucket_range.start = value
        });
    }
    for (damage, parts) in damaged {
        let tally = exercise(&case, &damage, &parts.to_file(), 5);
        assert_eq!(tally.refused, 1, "{damage}");
    }
}

#[test]
fn a_bucket_and_its_index_that_agree_on_too_many_entries_cost_no_memory() {
    let case = case();
    let mut parts = Parts::of(&case.file);
    // The first bucket keeps its length and claims as many entries as can fit.
    let bucket = parts.first_occupied();
    let claimed = (parts.index[bucket].length - 1) / 3;
    let start = parts.index[bucket].offset as usize - 24;
    parts.buckets[start..start + 3].copy_from_slice(&[0xdc, 0, claimed as u8]);
    parts.meta.entry_count += u64::from(claimed - parts.index[bucket].count);
    parts.index[bucket].count = claimed;
    let tally = exercise(&case, &"too many entries", &parts.to_file(), 5);
    assert_eq!(tally.refused, 0, "the damage lies in one bucket");
    assert_eq!((tally.wrong, tally.misses), (0, 0));
}

#[test]
fn an_index_that_announces_more_buckets_than_it_lists_costs_no_memory() {
    let parts = Parts::of(&case().file);
    let fields = rmp_serde::to_vec(&parts.meta).unwrap();
    for count in [u32::MAX, i32::MAX as u32, 3000] {
        let metadata = [
            &[0x92][..],
            &fields,
            &[0xdd],
            &count.to_be_bytes(),
            &[0x93, 0, 0, 0],
        ]
        .concat();
        let file = assemble(&parts.buckets, &metadata);
        assert_eq!(exercise(&case(), &count, &file, 2).refused, 1);
    }
}

#[test]
fn hash_parameters_and_type_names_that_announce_too_much_cost_no_memory() {
    for damaged in [
        &b"\x92\x97\0\x01\0\x92\0\0\x92\xdb\xff\xff\xff\xff"[..],
        b"\x92\x97\0\x01\0\x92\0\0\x92\xa8foldhash\xdd\xff\xff\xff\xff",
        b"\x92\x97\0\x01\0\x92\0\0\x92\xa8foldhash\xdf\x7f\xff\xff\xff",
        b"\x92\x97\0\x01\0\x92\0\0\x92\xa8foldhash\x81\xa4seed\xc6\xff\xff\xff\xff",
        b"\x92\x97\0\x01\0\x92\0\0\x92\xa8foldhash\x81\xa4seed\0\xdb\x7f\xff\xff\xff",
        b"\x92\xdd\xff\xff\xff\xff\0\0",
        b"\xdd\xff\xff\xff\xff",
    ] {
        let file = assemble(b"", damaged);
        assert_eq!(exercise(&case(), &damaged, &file, 2).refused, 1);
    }
}

#[test]
fn hash_parameters_nested_without_end_do_not_overflow_the_stack() {
    for opening in [&b"\x91"[..], b"\x81\xa1a"] {
        let mut metadata = b"\x92\x97\0\x01\0\x92\0\0\x92\xa8foldhash".to_vec();
        metadata.extend(opening.repeat(100_000));
        let file = assemble(b"", &metadata);
        assert_eq!(exercise(&case(), &"nesting", &file, 2).refused, 1);
    }
}

#[test]
fn values_that_announce_too_much_cost_no_memory() {
    fn refuse<V: DeserializeOwned + Clone + PartialEq + Debug>(value: V) {
        for damaged in [
            &b"\xdd\xff\xff\xff\xff"[..],
            b"\xdd\x7f\xff\xff\xff\0\0\0",
            b"\xdf\xff\xff\xff\xff\0\0",
            b"\xc6\xff\xff\xff\xff",
            b"\xdb\xff\xff\xff\xff",
            b"\xc9\xff\xff\xff\xff\x01",
            b"\x92\xdd\xff\xff\xff\xff\0",
            b"\xdc\xff\xff\0\0",
            b"\xde\xff\xff\0\0",
        ] {
            let file = single_entry_file(b"\x01", damaged);
            let case = Case {
                name: std::any::type_name::<V>(),
                file: file.clone(),
                entries: vec![(1u8, value.clone())],
                absent: vec![],
            };
            let tally = exercise(&case, &damaged, &file, 0);
            assert_eq!((tally.refused, tally.errors), (0, 1), "{damaged:x?}");
        }
    }
    refuse(Vec::<u64>::new());
    refuse(Vec::<[u128; 32]>::new());
    refuse(std::collections::HashMap::<u64, [u64; 32]>::new());
    refuse(String::new());
    refuse(Value::Null);
}

#[test]
fn values_nested_without_end_do_not_overflow_the_stack() {
    for opening in [&b"\x91"[..], b"\x81\xa1a"] {
        let value = [opening.repeat(100_000), vec![0]].concat();
        let file = single_entry_file(b"\x01", &value);
        let case = Case {
            name: "nested",
            file: file.clone(),
            entries: vec![(1u8, Value::Null)],
            absent: vec![2],
        };
        let tally = exercise(&case, &"nesting", &file, 5);
        assert_eq!((tally.refused, tally.errors), (0, 2));
    }
}
