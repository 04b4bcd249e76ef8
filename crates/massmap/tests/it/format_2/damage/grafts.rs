//! Intact pages and sections in the wrong place or from another file.

use massmap::{BytesReader, FormatError, MassMap, MassMapHeader, ReadError};
use massmap_format::{PagedHeader, Section, SectionKind};
use support::cause;
use support::entries::strings;
use support::files::format_2::{header_of, put_headers, range_of, run_range, runs_of, small_pages};
use support::files::{Map, build, open};
use support::readers::CountingReader;

type Entries = Vec<(String, u32)>;

/// The keys of [`strings`] with other values of the same length, so that only the contents of the pages differ.
fn others() -> Entries {
    let mut entries = strings(0..200);
    entries.iter_mut().for_each(|(_, value)| *value ^= 1);
    entries
}

/// Asserts that the keys of the runs `damaged` give errors that name their page, and that all other keys are found.
fn assert_only_these_fail(file: Vec<u8>, entries: &Entries, damaged: &[u64]) {
    let map = Map::<String, u32>::load(BytesReader::new(file))
        .expect("damaged pages do not keep a map from opening");
    let mut failed = 0;
    for (key, value) in entries {
        let page = map.bucket_index(key) as u64;
        match map.get(key) {
            Ok(found) => {
                assert!(!damaged.contains(&page), "{key}");
                assert_eq!(found, Some(*value), "{key}");
            }
            Err(error) => {
                assert!(damaged.contains(&page), "{key}: {error}");
                let ReadError::DamagedPage { page: bucket, source } = cause(&error) else {
                    panic!("{error}");
                };
                assert_eq!(*bucket as u64, page);
                assert!(
                    matches!(source, FormatError::PageChecksum { page: named, .. } if *named == page),
                    "{source}"
                );
                assert!(error.to_string().contains(&page.to_string()), "{error}");
                failed += 1;
            }
        }
    }
    assert!(failed > 0, "otherwise the test covers nothing");
    let errors = map.iter().filter(Result::is_err).count();
    assert_eq!(errors, damaged.len());
    let places: Vec<Option<u64>> = map
        .verify()
        .problems
        .iter()
        .map(|problem| problem.place)
        .collect();
    assert_eq!(places, damaged.iter().map(|page| Some(*page)).collect::<Vec<_>>());
}

#[test]
fn two_pages_swapped_are_detected() {
    let entries = strings(0..200);
    let file = build(small_pages(), &entries);
    let runs = runs_of(&file);
    assert!(runs.iter().all(|run| run.pages == 1) && runs.len() >= 5);
    for (a, b) in [(0, 1), (0, 4), (2, 3), (1, 4)] {
        let mut swapped = file.clone();
        let (first, second) = (run_range(&file, &runs[a]), run_range(&file, &runs[b]));
        swapped[first.clone()].copy_from_slice(&file[second.clone()]);
        swapped[second].copy_from_slice(&file[first]);
        assert_only_these_fail(swapped, &entries, &[a as u64, b as u64]);
    }
}

#[test]
fn a_page_from_another_file_in_its_own_place_is_detected() {
    let entries = strings(0..200);
    let file = build(small_pages(), &entries);
    let other = build(small_pages(), &others());
    assert_eq!(file.len(), other.len());
    let runs = runs_of(&file);
    assert_eq!(runs, runs_of(&other), "only the values differ");
    for run in &runs {
        let range = run_range(&file, run);
        let mut grafted = file.clone();
        grafted[range.clone()].copy_from_slice(&other[range]);
        assert_only_these_fail(grafted, &entries, &[run.first_page]);
    }
}

#[test]
fn a_section_of_another_file_is_refused() {
    let build = |entries: &Entries, note: &str| {
        build(
            small_pages()
                .with_miss_filter(true)
                .with_user_metadata("note", note),
            entries,
        )
    };
    let file = build(&strings(0..200), "one");
    // Other keys of the same number and length.
    let mut entries = strings(0..200);
    entries
        .iter_mut()
        .for_each(|(key, _)| *key = key.replace("key", "yek"));
    let other = build(&entries, "two");
    for kind in [
        SectionKind::Metadata,
        SectionKind::PageIndex,
        SectionKind::MissFilter,
    ] {
        let range = range_of(header_of(&file).section(kind).unwrap());
        assert_ne!(file[range.clone()], other[range.clone()], "{kind:?}");
        let mut swapped = file.clone();
        swapped[range.clone()].copy_from_slice(&other[range]);
        let error = Map::<String, u32>::load(BytesReader::new(swapped))
            .map(drop)
            .unwrap_err();
        assert!(
            matches!(cause(&error), FormatError::SectionChecksum { kind: found, .. } if *found == kind as u32),
            "{error}"
        );
    }
}

#[test]
fn the_header_of_another_file_is_refused_or_fails_every_lookup() {
    let entries = strings(0..200);
    let mut file = build(small_pages(), &entries);
    let other = build(small_pages(), &others());
    file[..512].copy_from_slice(&other[..512]);
    // Header, metadata and index fit, since only values differ; the pages do not.
    let Ok(map) = Map::<String, u32>::load(BytesReader::new(file)) else {
        return;
    };
    for (key, _) in &entries {
        map.get(key).unwrap_err();
    }
    map.get("absent").unwrap_err();
    assert!(!map.verify().is_ok());
}

#[test]
fn an_incompletely_written_file_is_refused() {
    let mut file = build(small_pages(), &strings(0..200));
    open::<massmap::MassMapDefaultHashLoader, String, u32>(&file);
    // Both headers are written last.
    file[..MassMapHeader::SIZE].fill(0);
    let second = file.len() - PagedHeader::SIZE;
    file.truncate(second);
    let error = MassMap::<String, u32, _>::load(BytesReader::new(file))
        .map(drop)
        .unwrap_err();
    assert!(matches!(cause(&error), FormatError::Magic { .. }), "{error}");
}

#[test]
fn a_header_that_announces_an_empty_tail_is_refused_without_an_empty_read() {
    let mut file = build::<_, String, u32>(small_pages(), &[]);
    let mut header = header_of(&file);
    header.sections[0] = Section::new(SectionKind::Metadata, 512, &[]);
    put_headers(&mut file, &header);
    // The reader asserts that it is asked for something.
    let error = MassMap::<String, u32, _>::load(CountingReader::new(file))
        .map(drop)
        .unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidData);
}

/// Asserts that no page of `other`, which has the same entries, passes for one of `file`, whatever its place.
fn assert_refuses_pages(file: &[u8], other: &[u8], entries: &Entries) {
    let (header, other_header) = (header_of(file), header_of(other));
    assert_eq!(
        header.entries_digest, other_header.entries_digest,
        "the entries are the same"
    );
    assert_ne!(header.file_id, other_header.file_id);
    let mut grafted = 0;
    for run in &runs_of(file) {
        let range = run_range(file, run);
        let Some(page) = other
            .get(range.clone())
            .filter(|page| **page != file[range.clone()])
        else {
            continue;
        };
        let mut changed = file.to_vec();
        changed[range].copy_from_slice(page);
        let map = Map::<String, u32>::load(BytesReader::new(changed)).unwrap();
        for (key, value) in entries {
            let is_in_run = map.bucket_index(key) as u64 == run.first_page;
            match map.get(key) {
                Ok(found) => assert!(!is_in_run && found == Some(*value), "{key}: {found:?}"),
                Err(_) => assert!(is_in_run, "{key}"),
            }
        }
        grafted += 1;
    }
    assert!(grafted > 1);
}

#[test]
fn pages_of_a_file_of_the_same_entries_with_other_bins_or_pages_are_refused() {
    // All of these lie in the first of two shards, which has twice as many bins.
    let shards = small_pages().shards(2).unwrap();
    let mut entries = strings(0..800);
    entries.retain(|(key, _)| shards.shard_of(key) == 0);
    let file = build(small_pages(), &entries);
    let variants = [
        small_pages().with_shard(0, 2),
        small_pages().with_shard(0, 1),
        small_pages().with_page_size(1024),
        small_pages().with_longest_run(3),
        small_pages().with_duplicate_keys(massmap::DuplicateKeys::KeepAll),
    ];
    let mut ids = vec![header_of(&file).file_id];
    for (number, builder) in variants.into_iter().enumerate() {
        let other = build(builder, &entries);
        assert_eq!(header_of(&other).bins == 2 * header_of(&file).bins, number == 0);
        assert_refuses_pages(&file, &other, &entries);
        assert_refuses_pages(&other, &file, &entries);
        ids.push(header_of(&other).file_id);
    }
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 6);
    // What shapes no page changes nothing.
    let same = build(
        small_pages()
            .with_miss_filter(true)
            .with_user_metadata("note", "yes")
            .with_build_id([7; 16]),
        &entries,
    );
    assert_eq!(header_of(&same).file_id, header_of(&file).file_id);
}
