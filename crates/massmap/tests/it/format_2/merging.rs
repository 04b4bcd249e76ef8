//! Merging files of format 2, and between the formats.

use std::io::ErrorKind;

use massmap::{
    BytesReader, DuplicateKeys, FormatVersion, MassMap, MassMapBuilder, MassMapDefaultHashLoader,
    MassMapInner, MassMapMerger, MemoryWriter, WriteError, Xxh3HashLoader,
};
use massmap_format::{EntryLayout, EntryWidths, encode_run};
use proptest::prelude::*;
use support::cause;
use support::entries::{ByteString, strings};
use support::files::format_1;
use support::files::format_2::{
    entries_of_run, header_of, layout_of, page_layout_of, paged, run_range, runs_of, small_pages,
    small_pages_with,
};
use support::files::{build, entries_of, open, try_build, try_merge};
use support::hash::Constant;

use super::properties::assert_answers;

type Default = MassMapDefaultHashLoader;
type Entries = Vec<(String, u32)>;

fn merge(merger: MassMapMerger, files: &[Vec<u8>]) -> Vec<u8> {
    try_merge::<Default, String, u32>(merger, files).expect("the files can be merged")
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(32) })]

    #[test]
    fn shards_of_any_entries_merge_to_the_bytes_of_one_build(
        shard_of in proptest::collection::vec(0usize..5, 0..200),
        filter in any::<bool>(),
        buffer in 0usize..300,
    ) {
        let entries: Entries = strings(0..shard_of.len() as u32);
        let builder = || small_pages().with_miss_filter(filter);
        let mut shards = vec![Entries::new(); 5];
        for (entry, shard) in entries.iter().zip(shard_of) {
            shards[shard].push(entry.clone());
        }
        let files: Vec<_> = shards.iter().map(|shard| build(builder(), shard)).collect();
        let merger = MassMapMerger::default().with_writer_buffer_size(buffer);
        prop_assert!(merge(merger, &files) == build(builder(), &entries));
    }
}

#[test]
fn shards_merged_in_any_order_give_the_bytes_of_a_single_build() {
    let entries = strings(0..300);
    let whole = build(small_pages(), &entries);
    let sorted = entries_of::<Default, String, u32>(&whole);
    let mut files: Vec<_> = sorted
        .chunks(70)
        .map(|shard| build(small_pages(), shard))
        .collect();
    assert!(merge(MassMapMerger::default(), &files) == whole);
    files.reverse();
    assert!(merge(MassMapMerger::default(), &files) == whole);
    assert!(merge(MassMapMerger::default(), std::slice::from_ref(&whole)) == whole);
}

#[test]
fn duplicates_with_equal_hashes_come_in_the_order_of_the_maps() {
    let shard =
        |range: std::ops::Range<u32>| -> Vec<(u64, u32)> { range.map(|i| (u64::from(i % 3), i)).collect() };
    let builder = || small_pages_with::<Constant>().with_duplicate_keys(DuplicateKeys::KeepAll);
    let files = [40..60, 0..20, 20..40].map(|range| build(builder(), &shard(range)));
    let merger = MassMapMerger::default().with_duplicate_keys(DuplicateKeys::KeepAll);
    let merged = try_merge::<Constant, u64, u32>(merger, &files).unwrap();
    let expected = [shard(40..60), shard(0..20), shard(20..40)].concat();
    assert!(merged == build(builder(), &expected));
    assert_eq!(entries_of::<Constant, u64, u32>(&merged), expected);
}

#[test]
fn overlapping_shards_merge_as_the_policy_says() {
    let mut second = strings(50..150);
    second.iter_mut().for_each(|(_, value)| *value += 1);
    let shards = [strings(0..100), second];
    let files = shards.clone().map(|shard| build(small_pages(), &shard));
    for policy in [DuplicateKeys::First, DuplicateKeys::Last, DuplicateKeys::KeepAll] {
        let merged = merge(MassMapMerger::default().with_duplicate_keys(policy), &files);
        let whole = build(small_pages().with_duplicate_keys(policy), &shards.concat());
        assert!(merged == whole, "{policy:?}");
        let expected: Entries = match policy {
            DuplicateKeys::First => [&shards[0][..], &shards[1][50..]].concat(),
            DuplicateKeys::Last => [&shards[0][..50], &shards[1][..]].concat(),
            _ => shards.concat(),
        };
        assert_answers::<Default, _, _>(&merged, &expected, &["absent".to_owned()]);
    }
    for merger in [
        MassMapMerger::default(),
        MassMapMerger::default().with_duplicate_keys(DuplicateKeys::Error),
    ] {
        let writer = MemoryWriter::from(files[0].clone());
        let maps = files
            .iter()
            .map(|file| open::<Default, String, u32>(file))
            .collect();
        let error = merger.merge(&writer, maps).unwrap_err();
        let WriteError::DuplicateKey { key, encoded } = cause(&error) else {
            panic!("{error}");
        };
        let decoded: String = rmp_serde::from_slice(encoded).unwrap();
        assert!(decoded.contains("key "), "{decoded}");
        assert_eq!(*key, format!("{decoded:?}"));
        assert_no_half_map(writer, &files[0]);
    }
}

/// Checks the target of a failed merge, which held `old`.
fn assert_no_half_map(target: MemoryWriter, old: &[u8]) {
    let bytes = target.into_inner();
    if bytes != old {
        MassMap::<String, u32, _>::load(BytesReader::new(bytes))
            .map(drop)
            .expect_err("half a map opens");
    }
}

#[test]
fn maps_of_format_1_merge_into_format_2_and_back_and_together() {
    let shards = [strings(0..100), strings(100..150), strings(150..300)];
    let entries = shards.concat();
    let v1 = || {
        shards
            .iter()
            .map(|shard| format_1::build(9, shard))
            .collect::<Vec<_>>()
    };
    let v2 = || {
        shards
            .iter()
            .map(|shard| build(small_pages(), shard))
            .collect::<Vec<_>>()
    };
    let to_v2 = MassMapMerger::default()
        .with_format(FormatVersion::V2)
        .with_page_size(512);
    let whole = build(small_pages(), &entries);
    assert!(merge(to_v2.clone(), &v1()) == whole);
    let mixed = [v1()[0].clone(), v2()[1].clone(), v1()[2].clone()];
    assert!(merge(to_v2, &mixed) == whole);
    // The page size is that of the first map that has one. A map of format 2 makes the result one of format 2.
    assert!(merge(MassMapMerger::default(), &mixed) == whole);

    let to_v1 = MassMapMerger::default().with_format(FormatVersion::V1);
    let merged = merge(to_v1.clone().with_bucket_count(9), &v2());
    assert_eq!(open::<Default, String, u32>(&merged).format(), FormatVersion::V1);
    assert_answers::<Default, _, _>(&merged, &entries, &["absent".to_owned()]);
    let from_mixed = merge(to_v1, &mixed);
    assert_eq!(open::<Default, String, u32>(&from_mixed).bucket_count(), 9);
    assert_answers::<Default, _, _>(&from_mixed, &entries, &["absent".to_owned()]);
}

#[test]
fn overlapping_maps_of_format_1_merge_as_the_policy_says() {
    let files = [strings(0..60), strings(30..90)].map(|shard| format_1::build(9, &shard));
    for policy in [DuplicateKeys::First, DuplicateKeys::Last] {
        let merged = merge(MassMapMerger::default().with_duplicate_keys(policy), &files);
        assert_answers::<Default, _, _>(&merged, &strings(0..90), &["absent".to_owned()]);
    }
    let merger = MassMapMerger::default().with_duplicate_keys(DuplicateKeys::Error);
    let error = try_merge::<Default, String, u32>(merger, &files).unwrap_err();
    assert!(
        matches!(cause(&error), WriteError::DuplicateKey { .. }),
        "{error}"
    );
}

#[test]
fn maps_with_different_hash_functions_are_refused_and_the_target_is_unchanged() {
    let files = [1, 2].map(|seed| build(small_pages().with_hash_seed(seed), &strings(0..9)));
    let maps = files
        .iter()
        .map(|file| open::<Default, String, u32>(file))
        .collect();
    let writer = MemoryWriter::from(vec![7; 5000]);
    let error = MassMapMerger::default().merge(&writer, maps).unwrap_err();
    assert!(matches!(
        cause(&error),
        WriteError::HashConfigsDiffer { maps: [0, 1], .. }
    ));
    assert_eq!(writer.into_inner(), [7; 5000]);
}

#[test]
fn empty_shards_add_nothing() {
    let empty = || build::<_, String, u32>(small_pages(), &[]);
    let whole = build(small_pages(), &strings(0..50));
    assert!(merge(MassMapMerger::default(), &[empty(), whole.clone(), empty()]) == whole);
    assert!(merge(MassMapMerger::default(), &[empty(), empty()]) == empty());
    let error = try_merge::<Default, String, u32>(MassMapMerger::default(), &[]).unwrap_err();
    assert!(matches!(cause(&error), WriteError::NoMaps));
}

/// The layout of entries with these widths.
fn fixed(key: u32, value: u32) -> EntryLayout {
    EntryLayout::Fixed(EntryWidths::new(key, value).unwrap())
}

#[test]
fn maps_of_fixed_entries_stay_fixed_if_all_have_the_same_widths() {
    let entries = |range: std::ops::Range<u32>, length: usize| -> Vec<(u32, ByteString)> {
        range
            .map(|i| (i * i, ByteString(vec![i as u8; length])))
            .collect()
    };
    let files = |parts: &[Vec<(u32, ByteString)>]| -> Vec<Vec<u8>> {
        parts.iter().map(|part| build(small_pages(), part)).collect()
    };
    let mixed = || [entries(300..350, 4), entries(350..400, 5)].concat();
    for (parts, expected) in [
        (vec![entries(0..100, 9), entries(100..300, 9)], fixed(4, 9)),
        (vec![entries(0..1, 9)], fixed(4, 9)),
        (vec![vec![], entries(0..100, 9), vec![]], fixed(4, 9)),
        (
            vec![entries(0..100, 9), entries(100..300, 8)],
            EntryLayout::Variable,
        ),
        (vec![entries(0..100, 9), mixed()], EntryLayout::Variable),
        (vec![mixed(), entries(0..100, 9)], EntryLayout::Variable),
        (vec![mixed(), vec![]], EntryLayout::Variable),
        (vec![vec![], vec![]], EntryLayout::Variable),
    ] {
        let whole = build(small_pages(), &parts.concat());
        assert_eq!(layout_of(&whole), expected);
        for policy in [DuplicateKeys::Error, DuplicateKeys::First] {
            let merger = MassMapMerger::default().with_duplicate_keys(policy);
            let merged = try_merge::<Default, u32, ByteString>(merger, &files(&parts)).unwrap();
            assert_eq!(layout_of(&merged), expected);
            let entries_as_built = build(small_pages().with_duplicate_keys(policy), &parts.concat());
            assert!(merged == entries_as_built, "{policy:?}");
        }
    }
    // Entries dropped by the policy count: other shards may not drop theirs.
    let parts = [entries(0..100, 9), entries(0..100, 8)];
    for policy in [DuplicateKeys::First, DuplicateKeys::Last, DuplicateKeys::KeepAll] {
        let merger = MassMapMerger::default().with_duplicate_keys(policy);
        let merged = try_merge::<Default, u32, ByteString>(merger, &files(&parts)).unwrap();
        assert_eq!(layout_of(&merged), EntryLayout::Variable, "{policy:?}");
        assert!(merged == build(small_pages().with_duplicate_keys(policy), &parts.concat()));
    }
    // Equal keys are found among records and MessagePack.
    let merger = || MassMapMerger::default().with_duplicate_keys(DuplicateKeys::Error);
    let error = try_merge::<Default, u32, ByteString>(merger(), &files(&parts)).unwrap_err();
    assert!(
        matches!(cause(&error), WriteError::DuplicateKey { .. }),
        "{error}"
    );
}

#[test]
fn maps_of_fixed_entries_merge_with_and_into_format_1() {
    let shards: [Vec<(u64, u64)>; 2] = [0..150, 150..300]
        .map(|range: std::ops::Range<u64>| range.map(|i| (i * i * i, i >> (i % 10))).collect());
    let whole = build(small_pages(), &shards.concat());
    assert_eq!(layout_of(&whole), fixed(8, 8));
    let files = [format_1::build(9, &shards[0]), build(small_pages(), &shards[1])];
    assert!(try_merge::<Default, u64, u64>(MassMapMerger::default(), &files).unwrap() == whole);
    let merger = MassMapMerger::default().with_format(FormatVersion::V1);
    let merged = try_merge::<Default, u64, u64>(merger, &[whole]).unwrap();
    assert_answers::<Default, _, _>(&merged, &shards.concat(), &[2, 3]);
}

#[test]
fn the_merged_map_inherits_filter_user_metadata_and_page_size_by_default() {
    let files = [
        build(
            small_pages()
                .with_user_metadata("a", "first")
                .with_user_metadata("b", "first"),
            &strings(0..50),
        ),
        build(
            paged()
                .with_miss_filter(true)
                .with_user_metadata("b", "second")
                .with_user_metadata("c", "second"),
            &strings(50..99),
        ),
    ];
    let notes = |file: &[u8]| -> Vec<(String, String)> {
        let map = open::<Default, String, u32>(file);
        map.user_metadata().clone().into_iter().collect()
    };
    let pairs = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        let owned = pairs
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_string()));
        owned.collect()
    };
    let merged = merge(MassMapMerger::default(), &files);
    let map = open::<Default, String, u32>(&merged).into_inner();
    assert!(map.has_miss_filter());
    assert_eq!(map.page_size(), Some(512));
    assert_eq!(
        notes(&merged),
        pairs(&[("a", "first"), ("b", "first"), ("c", "second")])
    );

    let merger = MassMapMerger::default()
        .with_miss_filter(false)
        .with_page_size(2048)
        .with_user_metadata("c", "set");
    let merged = merge(merger, &files);
    let map = open::<Default, String, u32>(&merged).into_inner();
    assert!(!map.has_miss_filter());
    assert_eq!(map.page_size(), Some(2048));
    assert_eq!(
        notes(&merged),
        pairs(&[("a", "first"), ("b", "first"), ("c", "set")])
    );
}

#[test]
fn a_shard_with_unsorted_or_damaged_entries_leaves_no_map() {
    let file = build(small_pages(), &strings(0..100));
    let run = runs_of(&file)[1];
    let range = run_range(&file, &run);
    let mut damaged = file.clone();
    damaged[range.end - 1] ^= 1;

    // Two entries of a slot in the wrong order, with a right checksum.
    let layout = page_layout_of(&file);
    let mut entries = entries_of_run(&file[range.clone()], layout);
    let same_slot = entries.windows(2).position(|pair| pair[0].0 == pair[1].0);
    let first = same_slot.expect("the page has many entries");
    entries.swap(first, first + 1);
    let mut page = Vec::new();
    let file_id = header_of(&file).file_id;
    encode_run(
        entries.iter().map(|(fraction, entry)| (*fraction, &entry[..])),
        layout,
        1,
        file_id,
        run.first_page,
        &mut page,
    );
    let mut swapped = file.clone();
    swapped[range].copy_from_slice(&page);

    for (bad, out_of_order) in [(damaged, false), (swapped, true)] {
        let files = [build(small_pages(), &strings(100..200)), bad];
        let maps = files
            .iter()
            .map(|file| open::<Default, String, u32>(file))
            .collect();
        let writer = MemoryWriter::from(file.clone());
        let error = MassMapMerger::default()
            .with_memory_limit(0)
            .with_threads(1)
            .with_writer_buffer_size(0)
            .merge(&writer, maps)
            .unwrap_err();
        if out_of_order {
            assert!(
                matches!(cause(&error), WriteError::OutOfOrder { map: 1, .. }),
                "{error}"
            );
        }
        assert_no_half_map(writer, &file);
    }
}

fn untyped(file: &[u8]) -> MassMapInner<BytesReader<Vec<u8>>> {
    MassMapInner::load(BytesReader::new(file.to_vec())).expect("the file is intact")
}

#[test]
fn merging_with_the_key_type_alone_keeps_the_names_of_the_types_if_all_have_them() {
    let named = || small_pages().with_type_names(true);
    let shards = [strings(0..50), strings(50..99)];
    let files = shards.clone().map(|shard| build(named(), &shard));
    let writer = MemoryWriter::new();
    let maps = files.iter().map(|file| untyped(file)).collect();
    let merger = MassMapMerger::default();
    merger.merge_keyed::<_, String, _, _>(&writer, maps).unwrap();
    let merged = writer.into_inner();
    assert!(merged == build(named(), &shards.concat()));
    let meta = open::<Default, String, u32>(&merged).meta().clone();
    assert_eq!(
        (&meta.key_type[..], &meta.value_type[..]),
        ("alloc::string::String", "u32")
    );

    let other: Vec<(String, u64)> = vec![("other".to_owned(), 1)];
    let maps = vec![untyped(&files[0]), untyped(&build(named(), &other))];
    let error = MassMapMerger::default()
        .merge_keyed::<_, String, _, _>(&MemoryWriter::new(), maps)
        .unwrap_err();
    assert!(
        matches!(cause(&error), WriteError::TypesDiffer { field: "value", .. }),
        "{error}"
    );

    // Files without names have types that can be joined.
    let writer = MemoryWriter::new();
    let maps = vec![untyped(&files[0]), untyped(&build(small_pages(), &other))];
    let merger = MassMapMerger::default();
    merger.merge_keyed::<_, String, _, _>(&writer, maps).unwrap();
    let merged = untyped(&writer.into_inner());
    assert!(!merged.has_type_names());
    assert_eq!(
        (&*merged.meta.key_type, &*merged.meta.value_type),
        ("string", "any")
    );
}

#[test]
fn types_are_joined_over_shards_and_formats() {
    let value = |key: u64| (!key.is_multiple_of(3)).then(|| (key as u32, vec![1u8; 1 + (key % 2) as usize]));
    let entries: Vec<_> = (0..400u64).map(|key| (key, value(key))).collect();
    let whole = build(small_pages(), &entries);
    assert_eq!(untyped(&whole).meta.value_type, "optional (u32, [u8])");
    // Of some, all values are `None`, or all byte vectors have the same length.
    let (none, some): (Vec<_>, Vec<_>) = entries.iter().cloned().partition(|(_, value)| value.is_none());
    let (odd, even): (Vec<_>, Vec<_>) = some.into_iter().partition(|(key, _)| key % 2 == 1);
    let files = [none, odd, even].map(|entries| build(small_pages(), &entries));
    assert_eq!(
        files.each_ref().map(|file| untyped(file).meta.value_type.clone()),
        [
            "optional none",
            "optional (u32, [u8; 2])",
            "optional (u32, [u8; 1])"
        ]
    );
    type Value = Option<(u32, Vec<u8>)>;
    let merged = try_merge::<Default, u64, Value>(MassMapMerger::default(), &files).unwrap();
    assert!(merged == whole);

    // A file of format 1 has names, which are believed if the entries are like that.
    let numbers: Vec<(u64, u32)> = (0..300).map(|key| (key, 7)).collect();
    let old = format_1::build(9, &numbers);
    let to_v2 = MassMapMerger::default()
        .with_format(FormatVersion::V2)
        .with_page_size(512);
    let renewed = try_merge::<Default, u64, u32>(to_v2.clone(), &[old]).unwrap();
    let types = untyped(&renewed).entry_types().unwrap().clone();
    assert_eq!(
        (types.key.to_string(), types.value.to_string()),
        ("u64".to_owned(), "u32".to_owned())
    );
    assert!(types.canonical_keys);
    let builder = MassMapBuilder::default()
        .with_bucket_count(9)
        .with_value_type_name("u8");
    let wide: Vec<(u64, u32)> = vec![(1, 7), (2, 300)];
    let renewed = try_merge::<Default, u64, u32>(to_v2, &[build(builder, &wide)]).unwrap();
    assert_eq!(untyped(&renewed).meta.value_type, "any");
}

#[test]
fn merging_without_the_key_type_is_refused_if_format_2_is_involved() {
    let (v1, v2) = (
        format_1::build(9, &strings(0..9)),
        build(small_pages(), &strings(10..19)),
    );
    let to_v2 = MassMapMerger::default().with_format(FormatVersion::V2);
    for (merger, files) in [
        (MassMapMerger::default(), vec![&v2, &v2]),
        (MassMapMerger::default(), vec![&v1, &v2]),
        (to_v2, vec![&v1]),
    ] {
        let writer = MemoryWriter::from(vec![7; 5000]);
        let maps = files.into_iter().map(|file| untyped(file)).collect();
        let error = merger.merge_inner(&writer, maps).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(matches!(cause(&error), WriteError::KeysNeeded), "{error}");
        assert_eq!(writer.into_inner(), [7; 5000]);
    }
}

#[test]
fn merging_with_a_key_type_that_hashes_differently_is_an_error() {
    let mut accepted = Vec::new();
    for count in [3, 60] {
        let entries: Vec<(i32, u32)> = (1..=count).map(|i| (-i, 0)).collect();
        for file in [format_1::build(9, &entries), build(small_pages(), &entries)] {
            for format in [FormatVersion::V1, FormatVersion::V2] {
                // Without a policy, files of format 1 would be concatenated, for which keys need not be known.
                let merger = MassMapMerger::default()
                    .with_format(format)
                    .with_duplicate_keys(DuplicateKeys::Error);
                let maps = vec![untyped(&file)];
                if merger
                    .merge_keyed::<_, i64, _, _>(&MemoryWriter::new(), maps)
                    .is_ok()
                {
                    accepted.push((count, untyped(&file).format(), format));
                }
            }
        }
    }
    assert_eq!(accepted, []);
}

#[test]
fn merging_with_a_key_type_that_does_not_decode_is_an_error() {
    let file = build(small_pages_with::<Xxh3HashLoader>(), &strings(0..60));
    let inner = MassMapInner::<_, Xxh3HashLoader>::load(BytesReader::new(file)).unwrap();
    let error = MassMapMerger::default()
        .merge_keyed::<_, u64, _, _>(&MemoryWriter::new(), vec![inner])
        .unwrap_err();
    assert!(matches!(cause(&error), WriteError::Key { map: 0, .. }), "{error}");
}

#[test]
fn hash_parameters_that_could_not_be_read_leave_the_target_unchanged() {
    let deep = (0..200).fold(serde_json::Value::Null, |inner, _| serde_json::json!([inner]));
    let config = massmap::MassMapHashConfig {
        name: "constant".to_owned(),
        parameters: deep,
    };
    let writer = MemoryWriter::from(vec![7; 5000]);
    let builder = small_pages_with::<Constant>().with_hash_config(config);
    builder.build(&writer, [(1u64, 2u32)].iter()).unwrap_err();
    assert!(writer.into_inner() == [7; 5000], "the target was touched");
}

#[test]
fn a_failed_build_leaves_the_target_unchanged() {
    let entries = [("a", 1u32), ("b", 2), ("a", 3)].map(|(key, value)| (key.to_owned(), value));
    for builder in [
        paged(),
        MassMapBuilder::default().with_duplicate_keys(DuplicateKeys::Error),
    ] {
        let writer = MemoryWriter::from(vec![7; 5000]);
        let error = builder.clone().build(&writer, entries.iter()).unwrap_err();
        assert!(error.to_string().contains('a'), "{error}");
        assert_eq!(writer.into_inner(), [7; 5000]);
        try_build(builder, &entries[..2]).unwrap();
    }
}
