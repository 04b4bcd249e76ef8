//! Shards, and merged maps.

use massmap::{
    Compression, DuplicateKeys, FormatVersion, MassMapBuilder, MassMapDefaultHashLoader, MassMapMerger,
    Xxh3HashLoader,
};
use massmap_format::{EntryLayout, ShardLabel};
use support::entries::{ByteString, strings};
use support::files::format_2::{header_of, layout_of, small_pages, small_pages_with};
use support::files::{build, golden, try_merge};

use super::super::compression::{Document, documents};
use super::{assert_golden_file, fixed_layout};

/// Asserts that a golden shard holds those of the entries that belong in it.
fn assert_shard(name: &str, builder: MassMapBuilder<Xxh3HashLoader>, index: u32, count: u32) -> Vec<u8> {
    let shards = builder.shards(count).unwrap();
    let built = build(builder.with_shard(index, count), &strings(0..120));
    let (own, others): (Vec<_>, Vec<_>) = strings(0..120)
        .into_iter()
        .partition(|(key, _)| shards.shard_of(key) == index);
    let others: Vec<_> = others.into_iter().map(|(key, _)| key).collect();
    let file = assert_golden_file::<Xxh3HashLoader, _, _>(name, built, &own, &others);
    assert_eq!(header_of(&file).shard, Some(ShardLabel { index, count }));
    file
}

#[test]
fn golden_shards_are_built_and_read() {
    let builder = small_pages_with::<Xxh3HashLoader>();
    let file = assert_shard("v2-shard", builder.clone(), 0, 2);
    assert_eq!(header_of(&file).build_id, [0; 16]);
    let id = *b"\x01\x23build of a day";
    let file = assert_shard(
        "v2-shard-build-id",
        builder.clone().with_build_id(id).with_miss_filter(true),
        1,
        3,
    );
    assert_eq!(header_of(&file).build_id, id);
    let file = assert_shard("v2-shard-empty", builder.with_build_id(id), 12_345, 1_000_000);
    assert_eq!(header_of(&file).entry_count, 0);
}

#[test]
fn a_golden_merged_map_is_merged_and_read() {
    let shards = [strings(20..60), strings(0..20)];
    let files = shards
        .clone()
        .map(|entries| build(small_pages().with_miss_filter(true), &entries));
    let merged =
        try_merge::<MassMapDefaultHashLoader, String, u32>(MassMapMerger::default(), &files).unwrap();
    let absent = ["absent".to_owned()];
    assert_golden_file::<MassMapDefaultHashLoader, _, _>("v2-merged", merged, &shards.concat(), &absent);
}

#[test]
fn a_golden_map_of_a_merge_that_makes_fixed_entries_variable_is_merged_and_read() {
    let of_length = |keys: std::ops::Range<u16>, length: usize| -> Vec<_> {
        keys.map(|key| (key, ByteString(vec![key as u8; length])))
            .collect()
    };
    let parts = [of_length(0..30, 5), of_length(20..50, 7)];
    let files = parts
        .clone()
        .map(|entries| build(small_pages_with::<Xxh3HashLoader>(), &entries));
    assert_eq!(
        files.each_ref().map(|file| layout_of(file)),
        [fixed_layout(2, 5), fixed_layout(2, 7)]
    );
    let merger = MassMapMerger::default().with_duplicate_keys(DuplicateKeys::KeepAll);
    let merged = try_merge::<Xxh3HashLoader, u16, ByteString>(merger, &files).unwrap();
    let file =
        assert_golden_file::<Xxh3HashLoader, _, _>("v2-merged-lengths", merged, &parts.concat(), &[50]);
    assert_eq!(layout_of(&file), EntryLayout::Variable);
}

#[test]
fn a_golden_map_of_a_merge_that_compresses_is_merged_and_read() {
    let parts = [documents(0..30), documents(30..60)];
    let compression = Compression::zstd().with_dictionary_size(1 << 10);
    let builder = small_pages_with::<Xxh3HashLoader>();
    let files = [
        build(builder.clone(), &parts[0]),
        build(builder.with_compression(compression.clone()), &parts[1]),
    ];
    let merger = MassMapMerger::default().with_compression(compression);
    let merged = try_merge::<Xxh3HashLoader, String, Document>(merger, &files);
    let absent = ["absent".to_owned()];
    assert_golden_file::<Xxh3HashLoader, _, _>(
        "v2-merged-compressed",
        merged.unwrap(),
        &parts.concat(),
        &absent,
    );
}

#[test]
fn a_golden_map_of_a_merge_of_format_1_is_merged_and_read() {
    // The golden file of format 1.
    let entries = strings(0..12);
    let first = golden("strings", || panic!("the file is there"));
    let merger = MassMapMerger::default().with_format(FormatVersion::V2);
    let merged = try_merge::<MassMapDefaultHashLoader, String, u32>(merger, &[first]).unwrap();
    let absent = ["absent".to_owned()];
    assert_golden_file::<MassMapDefaultHashLoader, _, _>("v2-merged-format-1", merged, &entries, &absent);
}
