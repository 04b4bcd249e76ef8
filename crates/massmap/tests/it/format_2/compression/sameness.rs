//! The bytes do not depend on how a file is built.

use massmap::{Compression, DuplicateKeys, MassMapBuilder};
use massmap_format::EntryLayout;
use support::files::build;
use support::files::format_2::{header_of, layout_of, paged, paged_with, small_pages};
use support::hash::Constant;
use support::variants::assert_same;

use super::{dictionary, documents, noise, zstd};

#[test]
fn compressed_files_have_the_same_bytes_whatever_memory_threads_and_source() {
    let entries = documents(0..800);
    for (compression, part) in [
        (zstd(), 3),
        (zstd().with_level(1).with_dictionary(dictionary()), 3),
        (Compression::zstd().with_dictionary_size(0), 2),
    ] {
        let builder = paged().with_compression(compression).with_miss_filter(true);
        let file = assert_same(&builder, &entries);
        assert_eq!(layout_of(&file), EntryLayout::Compressed);
        let plain = build(paged().with_miss_filter(true), &entries);
        assert!(
            file.len() * part < plain.len() * 2,
            "{} of {}",
            file.len(),
            plain.len()
        );
    }
}

#[test]
fn duplicates_are_dropped_before_samples_are_taken() {
    let mut entries = documents(0..400);
    for (place, (_, value)) in documents(5_000..5_150).into_iter().enumerate() {
        let key = entries[place * 2].0.clone();
        entries.push((key, value));
    }
    for policy in [DuplicateKeys::KeepAll, DuplicateKeys::First, DuplicateKeys::Last] {
        let builder = small_pages().with_compression(zstd()).with_duplicate_keys(policy);
        let file = assert_same(&builder, &entries);
        let kept = match policy {
            DuplicateKeys::KeepAll => continue,
            DuplicateKeys::First => entries[..400].to_vec(),
            _ => {
                let dropped: Vec<_> = (0..150).map(|place| place * 2).collect();
                let kept = entries.iter().enumerate();
                kept.filter(|(place, _)| !dropped.contains(place))
                    .map(|(_, entry)| entry.clone())
                    .collect()
            }
        };
        // The same but for the identity, which depends on the policy.
        let alone = build(builder, &kept);
        assert!(file == alone, "{policy:?}");
    }
}

#[test]
fn values_of_any_length_and_hashes_that_are_all_the_same_give_the_same_bytes() {
    let mut entries: Vec<(u64, String)> = (0..400).map(|i| (i, "value ".repeat(i as usize % 50))).collect();
    for (place, text) in [
        (0, noise(300_000, 1)),
        (17, "x".repeat(3_000_000)),
        (18, noise(20_000, 2)),
        (399, "y".repeat(200_000)),
    ] {
        entries[place].1 = text;
    }
    assert_same(&small_pages().with_compression(zstd()), &entries);
    let constant: MassMapBuilder<Constant> = paged_with::<Constant>().with_compression(zstd());
    let file = assert_same(&constant, &entries);
    assert!(header_of(&file).has_compressed_values());
}

#[test]
fn few_entries_and_none_get_no_dictionary_that_does_not_pay() {
    for count in [0, 1, 2, 5, 50] {
        let entries = documents(0..count);
        let file = assert_same(&paged().with_compression(zstd()), &entries);
        let without = build(paged().with_compression(zstd().with_dictionary_size(0)), &entries);
        assert!(file.len() <= without.len() + 4096, "{count}");
    }
}
