//! Entries in the slots of their pages, however uneven the hashes are.

use massmap::{BytesReader, DuplicateKeys, MassMapInner, Xxh3HashLoader};
use massmap_format::{Page, PageRun, Section, SectionKind, encode_run, fraction_of, slot_of, spread};
use support::entries::strings;
use support::files::format_2::{
    header_of, page_layout_of, paged, paged_with, run_range, runs_of, small_pages_with,
};
use support::files::{build, open};
use support::hash::{Constant, Identity, unspread};

use crate::format_2::properties::assert_answers;

/// The share of the pages that entries, their ends, directories and headers take.
fn fill(file: &[u8]) -> f64 {
    let layout = page_layout_of(file);
    let (mut used, mut length) = (0, 0);
    for run in runs_of(file) {
        let bytes = &file[run_range(file, &run)];
        used += bytes.len() - Page::decode(bytes, layout).unwrap().padding().len();
        length += bytes.len();
    }
    used as f64 / length as f64
}

/// For each run, the largest number of entries in a slot, and the mean number of entries in the slot of an entry.
fn crowding(file: &[u8]) -> Vec<(usize, f64)> {
    let layout = page_layout_of(file);
    let of_run = |run: &PageRun| {
        let page = Page::decode(&file[run_range(file, run)], layout).unwrap();
        let directory = page.directory();
        let mut counts = std::collections::HashMap::new();
        for slot in directory.slots() {
            *counts.entry(slot).or_insert(0usize) += 1;
        }
        let squares: usize = counts.values().map(|count| count * count).sum();
        (
            counts.into_values().max().unwrap(),
            squares as f64 / page.len() as f64,
        )
    };
    runs_of(file).iter().map(of_run).collect()
}

fn crc32(bytes: &[u8]) -> u32 {
    Section::new(SectionKind::Metadata, 0, bytes).checksum
}

#[test]
fn pages_of_the_smallest_entries_are_full_and_their_slots_have_few_entries() {
    let bytes: Vec<(u32, u8)> = (0..100_000).map(|n| (n, n as u8 % 100)).collect();
    let units: Vec<(u32, ())> = (0..100_000).map(|n| (n, ())).collect();
    for file in [
        build(paged_with::<Xxh3HashLoader>(), &bytes),
        build(small_pages_with::<Xxh3HashLoader>(), &bytes),
        build(paged_with::<Xxh3HashLoader>(), &units),
        build(small_pages_with::<Xxh3HashLoader>(), &units),
    ] {
        assert!(fill(&file) > 0.94, "{}", fill(&file));
        let crowding = crowding(&file);
        let mean = crowding.iter().map(|(_, mean)| mean).sum::<f64>() / crowding.len() as f64;
        assert!(mean < 2.6, "{mean}");
        assert!(crowding.iter().all(|(most, _)| *most < 16), "{crowding:?}");
    }
    let few = 3000;
    let file = build(paged(), &bytes[..few]);
    assert_answers::<massmap::MassMapDefaultHashLoader, u32, u8>(&file, &bytes[..few], &[1 << 20, u32::MAX]);
    let file = build(paged(), &units[..few]);
    assert_answers::<massmap::MassMapDefaultHashLoader, u32, ()>(&file, &units[..few], &[1 << 20, u32::MAX]);
}

#[test]
fn hashes_of_few_values_take_at_most_twice_the_pages() {
    let entries = |values: u64, each: u64| -> Vec<(u64, u64)> {
        // Hashes of one value each in the upper half, and keys that differ in the lower.
        let hash = |n: u64| ((n % values + 1) << 56) | (n / values);
        (0..values * each).map(|n| (unspread(hash(n)), n)).collect()
    };
    for (values, each) in [(1, 700), (2, 500), (16, 100), (200, 20)] {
        let entries = entries(values, each);
        for builder in [paged_with::<Identity>(), small_pages_with::<Identity>()] {
            let file = build(builder, &entries);
            assert!(fill(&file) > 0.5 || runs_of(&file).len() < 3, "{values} {each}");
            assert_answers::<Identity, _, _>(&file, &entries, &[unspread(1 << 55), unspread(u64::MAX)]);
        }
    }
    let entries: Vec<(u64, u64)> = (0..5000).map(|n| (n, n)).collect();
    let file = build(paged_with::<Constant>(), &entries);
    assert!(fill(&file) > 0.9, "{}", fill(&file));
    assert_eq!(crowding(&file), [(5000, 5000.0)]);
}

#[test]
fn no_slot_of_a_shard_is_crowded() {
    let entries: Vec<(u64, u64)> = (0..1_000_000).map(|n| (n, n)).collect();
    let file = build(small_pages_with::<Xxh3HashLoader>().with_shard(7, 1000), &entries);
    let crowding = crowding(&file);
    assert!(crowding.len() > 5, "{}", crowding.len());
    assert!(
        crowding.iter().all(|(most, mean)| *most < 16 && *mean < 4.0),
        "{crowding:?}"
    );
    let map = open::<Xxh3HashLoader, u64, u64>(&file);
    let found = entries
        .iter()
        .step_by(13)
        .filter(|(key, value)| match map.get(key).unwrap() {
            Some(found) => {
                assert_eq!(found, *value);
                true
            }
            None => false,
        });
    assert!(found.count() > 80);
    let all: Vec<_> = map.iter().collect::<std::io::Result<_>>().unwrap();
    assert!(
        all.iter()
            .all(|(key, value)| map.get(key).unwrap() == Some(*value))
    );
    assert!(map.verify().is_ok());
}

#[test]
fn a_million_duplicates_do_not_hide_another_key_of_their_bin() {
    let bin = 5 << 40;
    let duplicate = unspread(bin);
    let others = [1, 2, 1 << 20, u64::from(u32::MAX)].map(|n| unspread(bin + n));
    let mut entries: Vec<(u64, u32)> = (0..1_000_000).map(|n| (duplicate, n)).collect();
    entries.extend(others.map(|key| (key, 7)));
    let builder = paged_with::<Identity>().with_duplicate_keys(DuplicateKeys::KeepAll);
    for builder in [builder.clone(), builder.with_memory_limit(1 << 20)] {
        let file = build(builder, &entries);
        let runs = runs_of(&file);
        assert_eq!(runs.len(), 1);
        let map = open::<Identity, u64, u32>(&file);
        assert_eq!(map.get(&duplicate).unwrap(), Some(0));
        for key in others {
            assert_eq!(map.get(&key).unwrap(), Some(7));
        }
        assert_eq!(map.get(&unspread(bin + (9 << 32))).unwrap(), None);
        assert!(map.verify().is_ok());
        assert!(fill(&file) > 0.9, "{}", fill(&file));
    }
}

#[test]
fn the_slots_of_a_file_are_those_that_the_formula_gives() {
    let entries = strings(0..500);
    for builder in [
        paged_with::<Xxh3HashLoader>(),
        small_pages_with::<Xxh3HashLoader>(),
    ] {
        let file = build(builder, &entries);
        let (header, layout) = (header_of(&file), page_layout_of(&file));
        let map = open::<Xxh3HashLoader, String, u32>(&file);
        for run in runs_of(&file) {
            let page = Page::decode(&file[run_range(&file, &run)], layout).unwrap();
            let directory = page.directory();
            for (index, slot) in directory.slots().enumerate() {
                let key: String = rmp_serde::from_slice(page.entry(index).unwrap().key).unwrap();
                let hash = spread(map.inner().hash(&key));
                let fraction = fraction_of(hash, header.bins, run.first_bin, run.end_bin);
                assert_eq!(slot_of(fraction, directory.slot_count()), u64::from(slot));
                assert!(directory.entries_of(slot.into()).unwrap().contains(&index));
            }
        }
    }
}

#[test]
fn directories_with_right_checksums_and_any_bits_do_no_harm() {
    let entries = strings(0..200);
    let file = build(small_pages_with::<Xxh3HashLoader>(), &entries);
    let (header, layout) = (header_of(&file), page_layout_of(&file));
    let runs = runs_of(&file);
    for seed in 0..40 {
        let mut file = file.clone();
        for run in &runs {
            let range = run_range(&file, run);
            let page = &mut file[range];
            let mut words = layout.directory_length(512) as usize / 8;
            for word in page[8..].as_chunks_mut().0 {
                *word = match seed {
                    0 => [0; 8],
                    1 => [0xff; 8],
                    2 => [0x55; 8],
                    _ => spread(seed << 32 | words as u64 | run.first_page << 8).to_le_bytes(),
                };
                words -= 1;
                if words == 0 {
                    break;
                }
            }
            // What the checksum is combined with, from a page without entries.
            let mut empty = Vec::new();
            encode_run(
                [].into_iter(),
                layout,
                1,
                header.file_id,
                run.first_page,
                &mut empty,
            );
            let tweak = u32::from_le_bytes(empty[..4].try_into().unwrap()) ^ crc32(&empty[4..]);
            let checksum = crc32(&page[4..]) ^ tweak;
            page[..4].copy_from_slice(&checksum.to_le_bytes());
        }
        // Without the check of the keys that opening with types makes.
        let inner = MassMapInner::<_, Xxh3HashLoader>::load(BytesReader::new(file)).unwrap();
        let map = inner.cast::<String, u32>();
        let keys: Vec<&String> = entries.iter().map(|(key, _)| key).collect();
        for (key, value) in &entries {
            let found = map.get(key);
            assert!(
                found.is_err() || found.is_ok_and(|found| found == Some(*value)),
                "{key}"
            );
        }
        let _ = map.batch_get::<String>(keys);
        assert!(!map.verify().is_ok(), "{seed}");
    }
}
