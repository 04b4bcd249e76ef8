//! Maps that are built in shards.

use std::hash::Hash;

use massmap::{
    DuplicateKeys, FormatVersion, MassMap, MassMapBuilder, MassMapInfo, MassMapMerger, MemoryWriter,
    Xxh3HashLoader,
};
use massmap_format::{PagedHeader, SectionKind};
use serde::Serialize;
use serde::de::DeserializeOwned;
use support::entries::ByteString;
use support::files;
use support::files::format_2::header_of;

type Entries = Vec<(u64, String)>;
type Builder = MassMapBuilder<Xxh3HashLoader>;

fn entries(count: u64) -> Entries {
    (0..count).map(|i| (i * i, format!("value {i}"))).collect()
}

fn build(builder: Builder, entries: &[(u64, String)]) -> (Vec<u8>, MassMapInfo) {
    let writer = MemoryWriter::new();
    let info = builder.build(&writer, entries.iter()).unwrap();
    (writer.into_inner(), info)
}

fn builders() -> Vec<Builder> {
    let builder = || <Builder as Default>::default();
    vec![
        builder(),
        builder().with_bucket_count(3),
        builder().with_format(FormatVersion::V2),
        builder()
            .with_format(FormatVersion::V2)
            .with_page_size(512)
            .with_miss_filter(true)
            .with_user_metadata("name", "value"),
        builder()
            .with_format(FormatVersion::V2)
            .with_duplicate_keys(DuplicateKeys::KeepAll),
        builder()
            .with_format(FormatVersion::V2)
            .with_duplicate_keys(DuplicateKeys::First),
    ]
}

#[test]
fn shards_merged_in_any_order_equal_a_single_build_byte_for_byte() {
    for builder in builders() {
        for count in [0, 1, 5000] {
            let mut entries = entries(count);
            if format!("{builder:?}").contains("duplicate_keys: Some") {
                entries.extend_from_within(..entries.len() / 2);
            }
            let (whole, _) = build(builder.clone(), &entries);
            for shards in [1, 2, 3, 16] {
                let mut files: Vec<_> = (0..shards)
                    .map(|index| build(builder.clone().with_shard(index, shards), &entries).0)
                    .collect();
                for rotation in 0..files.len().min(3) {
                    files.rotate_left(rotation);
                    files.swap(0, shards as usize / 2);
                    let maps = files.iter().map(|file| {
                        let reader = massmap::BytesReader::new(file.clone());
                        MassMap::<u64, String, _, Xxh3HashLoader>::load(reader).unwrap()
                    });
                    let merged = MemoryWriter::new();
                    MassMapMerger::default().merge(&merged, maps.collect()).unwrap();
                    assert!(
                        merged.into_inner() == whole,
                        "{shards} shards of {count}, {builder:?}"
                    );
                }
            }
        }
    }
}

/// Checks that shards of `entries`, of which `count_fixed` says how many may be fixed, merge to the bytes of a single build, which has
/// entries of fixed width or not.
#[track_caller]
fn assert_shards_of<K, V>(entries: &[(K, V)], is_fixed: bool, are_counted: impl Fn(u32, u32) -> bool)
where
    K: Serialize + DeserializeOwned + Hash + Eq,
    V: Serialize + DeserializeOwned + Clone,
{
    let builder = <Builder as Default>::default()
        .with_format(FormatVersion::V2)
        .with_page_size(512);
    let has_fixed = |file: &[u8]| header_of(file).has_fixed_entries();
    let whole = files::build(builder.clone(), entries);
    assert_eq!(has_fixed(&whole), is_fixed);
    // With this many shards, some are empty.
    for shards in [2, 7, 3000] {
        let files = (0..shards).map(|index| files::build(builder.clone().with_shard(index, shards), entries));
        let files: Vec<_> = files.collect();
        let fixed = files.iter().map(|file| u32::from(has_fixed(file))).sum();
        assert!(are_counted(fixed, shards), "{fixed} of {shards} shards are fixed");
        for policy in [None, Some(DuplicateKeys::First)] {
            let merger = MassMapMerger::default();
            let (merger, whole) = match policy {
                None => (merger, whole.clone()),
                Some(policy) => {
                    let builder = builder.clone().with_duplicate_keys(policy);
                    (merger.with_duplicate_keys(policy), files::build(builder, entries))
                }
            };
            let merged = files::try_merge::<Xxh3HashLoader, K, V>(merger, &files).unwrap();
            assert!(merged == whole, "{shards} shards, {policy:?}");
        }
    }
}

#[test]
fn shards_of_fixed_entries_merge_to_the_bytes_of_a_single_build() {
    let numbers: Vec<(u64, u64)> = (0..2000).map(|i| (i * i, i >> (i % 12))).collect();
    let all_but_empty = |fixed, shards| fixed > 1 && (fixed < shards) == (shards == 3000);
    assert_shards_of(&numbers, true, all_but_empty);
    let tuples: Vec<_> = numbers
        .iter()
        .map(|(key, i)| ((*key, *i as u16), ('x', [*i, 1])))
        .collect();
    assert_shards_of(&tuples, true, all_but_empty);
    assert_shards_of::<u64, u64>(&[], false, |fixed, _| fixed == 0);
}

#[test]
fn shards_of_which_some_are_fixed_by_chance_merge_to_the_bytes_of_a_single_build() {
    let keys = || (0..2000u64).map(|i| i * i);
    // Byte arrays of 5 or 7 bytes: in a small shard, often all of one length.
    let arrays: Vec<_> = keys()
        .map(|key| (key, ByteString(vec![1; if key % 3 == 0 { 7 } else { 5 }])))
        .collect();
    assert_shards_of(&arrays, false, |fixed, shards| (fixed > 100) == (shards == 3000));
    // The same with a single odd one, and in keys.
    let arrays: Vec<_> = keys()
        .map(|key| (key, ByteString(vec![1; if key == 81 { 700 } else { 5 }])))
        .collect();
    assert_shards_of(&arrays, false, |fixed, shards| fixed > 0 && fixed < shards);
    let arrays: Vec<_> = keys()
        .map(|key| {
            (
                ByteString(key.to_be_bytes()[usize::from(key > 0)..].to_vec()),
                key,
            )
        })
        .collect();
    assert_shards_of(&arrays, false, |fixed, shards| fixed > 0 && fixed < shards);
    // Optional values are never fixed, whether all are there or none is.
    let options: Vec<_> = keys().map(|key| (key, (key % 5 == 0).then_some(key))).collect();
    assert_shards_of(&options, false, |fixed, _| fixed == 0);
    let none: Vec<_> = keys().map(|key| (key, None::<u64>)).collect();
    assert_shards_of(&none, false, |fixed, _| fixed == 0);
    // Entries without any bytes would be as many as one likes.
    assert_shards_of(&[((), ())], false, |fixed, _| fixed == 0);
}

#[test]
fn a_filter_does_not_depend_on_memory_and_shards() {
    let keys = || 0..200_000u64;
    let builder = <Builder as Default>::default()
        .with_format(FormatVersion::V2)
        .with_miss_filter(true);
    let build = |builder: Builder| {
        let writer = MemoryWriter::new();
        builder.build(&writer, keys().map(|key| (key, ()))).unwrap();
        writer.into_inner()
    };
    let whole = build(builder.clone().with_memory_limit(1 << 30));
    let header = PagedHeader::decode(&whole[..PagedHeader::SIZE]).unwrap();
    header.section(SectionKind::MissFilter).unwrap();
    assert!(build(builder.clone().with_memory_limit(1 << 20)) == whole);

    let shards = (0..3).map(|index| build(builder.clone().with_shard(index, 3)));
    let maps = shards
        .map(|file| MassMap::<u64, (), _, Xxh3HashLoader>::load(massmap::BytesReader::new(file)).unwrap());
    let merged = MemoryWriter::new();
    MassMapMerger::default().merge(&merged, maps.collect()).unwrap();
    assert!(merged.into_inner() == whole);

    let map = MassMap::<u64, (), _, Xxh3HashLoader>::load(massmap::BytesReader::new(whole)).unwrap();
    assert!(keys().step_by(1000).all(|key| map.contains_key(&key).unwrap()));
}

#[test]
fn each_entry_is_in_the_shard_of_its_key() {
    for builder in builders() {
        let entries = entries(2000);
        let shards = builder.shards(7).unwrap();
        assert_eq!(shards.count(), 7);
        let mut counts = [0; 7];
        for index in 0..7 {
            let mine: Entries = entries
                .iter()
                .filter(|(key, _)| shards.shard_of(key) == index)
                .cloned()
                .collect();
            counts[index as usize] = mine.len();
            let from_all = build(builder.clone().with_shard(index, 7), &entries);
            let from_mine = build(builder.clone().with_shard(index, 7), &mine);
            assert!(from_all.0 == from_mine.0, "{builder:?}");
            assert_eq!(from_all.1.meta.entry_count, mine.len() as u64);
            let map = MassMap::<u64, String, _, Xxh3HashLoader>::load(massmap::BytesReader::new(from_all.0));
            let map = map.unwrap();
            for (key, value) in &entries {
                let expected = (shards.shard_of(key) == index).then_some(value);
                assert_eq!(map.get(key).unwrap().as_ref(), expected);
            }
        }
        assert_eq!(counts.iter().sum::<usize>(), 2000);
        // Three buckets cannot be spread over seven shards.
        let buckets_are_many = !format!("{builder:?}").contains("Count(3)");
        assert!(
            !buckets_are_many || counts.iter().all(|&count| (200..400).contains(&count)),
            "{counts:?}"
        );
    }
}

#[test]
fn a_shard_of_format_2_is_as_dense_as_a_whole_map() {
    let entries = entries(20_000);
    let builder = <Builder as Default>::default().with_format(FormatVersion::V2);
    let (shard, _) = build(builder.clone().with_shard(3, 50), &entries);
    let shards = builder.shards(50).unwrap();
    let mine: Entries = entries
        .into_iter()
        .filter(|(key, _)| shards.shard_of(key) == 3)
        .collect();
    let (whole, _) = build(builder, &mine);
    // A bin that does not fit in a page would take a run of several pages.
    assert!(
        shard.len() <= whole.len() + 4096,
        "{} bytes and {}",
        shard.len(),
        whole.len()
    );
}

#[test]
fn shards_that_do_not_exist_are_refused() {
    for (index, count) in [(0, 0), (1, 1), (16, 16), (u32::MAX, 3)] {
        let builder = <Builder as Default>::default().with_shard(index, count);
        let error = builder
            .build(&MemoryWriter::new(), [(1u8, 1u8)].iter())
            .unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
        assert!(
            error
                .to_string()
                .contains(&format!("no shard {index} of {count}")),
            "{error}"
        );
    }
    <Builder as Default>::default().shards(0).unwrap_err();
}

type Map = MassMap<u64, String, massmap::BytesReader<Vec<u8>>, Xxh3HashLoader>;

fn load(file: &[u8]) -> Map {
    Map::load(massmap::BytesReader::new(file.to_vec())).unwrap()
}

fn paged() -> Builder {
    <Builder as Default>::default().with_format(FormatVersion::V2)
}

#[test]
fn a_shard_says_which_one_it_is_and_of_which_build() {
    let entries = entries(100);
    let id = *b"a build of today";
    for (builder, shard, build_id) in [
        (paged(), None, None),
        (paged().with_shard(0, 1), Some((0, 1)), None),
        (paged().with_shard(6, 7).with_build_id(id), Some((6, 7)), Some(id)),
        (paged().with_build_id(id), None, Some(id)),
        (paged().with_build_id([0; 16]), None, None),
        (
            <Builder as Default>::default()
                .with_shard(1, 2)
                .with_bucket_count(8),
            None,
            None,
        ),
    ] {
        let map = load(&build(builder, &entries).0);
        let found = map.inner().shard().map(|shard| (shard.index, shard.count));
        assert_eq!((found, map.inner().build_id()), (shard, build_id));
        assert!(map.verify().is_ok());
    }
    let writer = MemoryWriter::new();
    let builder = <Builder as Default>::default().with_build_id(id);
    let error = builder.build(&writer, entries.iter()).unwrap_err();
    assert!(error.to_string().contains("build id"), "{error}");
}

#[test]
fn a_merged_map_is_no_shard_and_has_no_build_id() {
    let entries = entries(500);
    let (whole, _) = build(paged(), &entries);
    let shard = |index| build(paged().with_shard(index, 3).with_build_id([7; 16]), &entries).0;
    let merge = |files: Vec<Vec<u8>>| {
        let merged = MemoryWriter::new();
        let maps = files.iter().map(|file| load(file)).collect();
        MassMapMerger::default().merge(&merged, maps).unwrap();
        merged.into_inner()
    };
    let merged = merge(vec![shard(0), shard(1), shard(2)]);
    assert!(merged == whole);
    // In two steps.
    assert!(merge(vec![shard(1), merge(vec![shard(2), shard(0)])]) == whole);
}

#[test]
fn shards_of_different_builds_and_the_same_shard_twice_are_not_merged() {
    let entries = entries(300);
    let shard = |(index, count), id: Option<u8>| {
        let builder = paged()
            .with_duplicate_keys(DuplicateKeys::KeepAll)
            .with_shard(index, count);
        let builder = match id {
            Some(id) => builder.with_build_id([id; 16]),
            None => builder,
        };
        build(builder, &entries).0
    };
    let merge = |files: Vec<Vec<u8>>| {
        let maps = files.iter().map(|file| load(file)).collect();
        MassMapMerger::default().merge(&MemoryWriter::new(), maps)
    };
    let error = merge(vec![
        shard((0, 3), Some(1)),
        shard((1, 3), Some(1)),
        shard((2, 3), Some(2)),
    ])
    .unwrap_err();
    let message = error.to_string();
    assert!(
        message.contains("maps 0 and 2") && message.contains("different builds"),
        "{message}"
    );
    let error = merge(vec![
        shard((2, 3), None),
        shard((1, 3), Some(1)),
        shard((1, 3), Some(1)),
    ])
    .unwrap_err();
    let message = error.to_string();
    assert!(
        message.contains("maps 1 and 2") && message.contains("1 of 3"),
        "{message}"
    );
    // What says nothing is not refused, nor are shards that are missing.
    for files in [
        vec![shard((1, 3), None), shard((1, 3), None)],
        vec![shard((0, 3), Some(1)), shard((2, 3), Some(1))],
        vec![shard((0, 3), Some(1)), shard((0, 3), None)],
        vec![shard((0, 3), Some(1)), shard((0, 2), Some(2))],
    ] {
        merge(files).unwrap();
    }
}
