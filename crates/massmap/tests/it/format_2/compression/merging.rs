//! Merging files with compressed values.

use massmap::{Compression, DuplicateKeys, MassMapDefaultHashLoader, MassMapMerger};
use massmap_format::{DictionarySource, EntryLayout};
use support::entries::ByteString;
use support::files::format_2::{layout_of, paged, small_pages};
use support::files::{build, open, try_merge};

use super::{Document, dictionary, documents, zstd};

fn merge(merger: MassMapMerger, files: &[Vec<u8>]) -> Vec<u8> {
    try_merge::<MassMapDefaultHashLoader, String, Document>(merger, files).unwrap()
}

#[test]
fn shards_merge_to_the_bytes_of_one_build() {
    let entries = documents(0..900);
    for compression in [
        zstd(),
        zstd().with_level(5).with_dictionary(dictionary()),
        Compression::zstd().with_dictionary_size(0),
    ] {
        let builder = || paged().with_compression(compression.clone());
        let whole = build(builder(), &entries);
        let shards: Vec<_> = (0..3)
            .map(|index| build(builder().with_shard(index, 3), &entries))
            .collect();
        for limit in [0, 1 << 30] {
            for threads in [1, 3] {
                let merger = MassMapMerger::default()
                    .with_memory_limit(limit)
                    .with_threads(threads);
                assert!(
                    merge(merger, &shards) == whole,
                    "{compression:?} {limit} {threads}"
                );
            }
        }
        // Any parts, one of them empty.
        let parts = [&entries[..10], &[], &entries[400..], &entries[10..400]];
        let parts = parts.map(|part| build(builder(), part));
        assert!(merge(MassMapMerger::default(), &parts) == whole);
        // Without compression, and back.
        let plain = merge(
            MassMapMerger::default().with_compression(Compression::none()),
            &shards,
        );
        assert!(plain == build(paged(), &entries));
        let merger = MassMapMerger::default().with_compression(compression.clone());
        assert!(merge(merger, &[plain]) == whole);
        // Another compression.
        let other = Compression::zstd()
            .with_level(2)
            .with_dictionary(b"the village".repeat(9));
        let merger = MassMapMerger::default().with_compression(other.clone());
        assert!(merge(merger, &shards) == build(paged().with_compression(other), &entries));
    }
}

#[test]
fn overlapping_parts_merge_as_the_policy_says() {
    let mut second = documents(200..500);
    second.iter_mut().for_each(|(_, value)| value.year += 1);
    let parts = [documents(0..300), second];
    for compression in [zstd(), zstd().with_dictionary(dictionary())] {
        let builder = || small_pages().with_compression(compression.clone());
        let files = parts.clone().map(|part| build(builder(), &part));
        for policy in [DuplicateKeys::First, DuplicateKeys::Last, DuplicateKeys::KeepAll] {
            let merger = MassMapMerger::default().with_duplicate_keys(policy);
            let whole = build(builder().with_duplicate_keys(policy), &parts.concat());
            assert!(merge(merger, &files) == whole, "{compression:?} {policy:?}");
        }
    }
}

#[test]
fn a_file_of_fixed_entries_remembers_how_its_values_would_be_compressed() {
    let entries = |length: usize, keys: std::ops::Range<u32>| -> Vec<(u32, ByteString)> {
        keys.map(|key| (key, ByteString(vec![key as u8; length])))
            .collect()
    };
    for compression in [zstd(), zstd().with_dictionary(dictionary())] {
        let builder = || paged().with_compression(compression.clone());
        let parts = [entries(200, 0..300), entries(300, 300..500)];
        let files = parts.clone().map(|part| build(builder(), &part));
        for file in &files {
            assert!(matches!(layout_of(file), EntryLayout::Fixed(_)));
            let map = open::<MassMapDefaultHashLoader, u32, ByteString>(file);
            let description = map.inner().compression().unwrap();
            match description.source {
                DictionarySource::Given => assert_eq!(description.dictionary, dictionary()),
                DictionarySource::Trained { limit } => {
                    assert_eq!((limit, description.dictionary.len()), (1024, 0));
                }
            }
        }
        let merger = MassMapMerger::default();
        let merged = try_merge::<MassMapDefaultHashLoader, u32, ByteString>(merger.clone(), &files).unwrap();
        assert_eq!(layout_of(&merged), EntryLayout::Compressed);
        assert!(merged == build(builder(), &parts.concat()));
        // One map without compression: the merged one has none unless asked.
        let mixed = [files[0].clone(), build(paged(), &parts[1])];
        let merged = try_merge::<MassMapDefaultHashLoader, u32, ByteString>(merger, &mixed).unwrap();
        assert!(merged == build(paged(), &parts.concat()));
    }
}
