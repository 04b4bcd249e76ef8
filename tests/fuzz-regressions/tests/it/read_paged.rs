//! Handmade inputs of format 2, for the target `read_paged`: damage that checksums do not show.

use std::hash::Hash;

use massmap::{
    Compression, DuplicateKeys, FormatVersion, MassMapBuilder, MassMapDefaultHashLoader, MassMapHashLoader,
    MemoryWriter, Xxh3HashLoader,
};
use massmap_format::{PagedHeader, SectionKind};
use serde::Serialize;
use serde_json::json;
use support::files::format_2::{content_range_of, header_of, with_section_of_any_kind};

const PAGE: usize = 512;

type Word = (String, serde_json::Value);

fn build<H: MassMapHashLoader, K, V>(filter: bool, entries: impl Iterator<Item = (K, V)>) -> Vec<u8>
where
    K: Serialize + Hash + Eq,
    V: Serialize,
{
    let writer = MemoryWriter::new();
    MassMapBuilder::<H>::default()
        .with_format(FormatVersion::V2)
        .with_page_size(PAGE as u32)
        .with_duplicate_keys(DuplicateKeys::KeepAll)
        .with_miss_filter(filter)
        .build(&writer, entries)
        .unwrap();
    writer.into_inner()
}

fn build_words(entries: Vec<Word>) -> Vec<u8> {
    let writer = MemoryWriter::new();
    MassMapBuilder::<MassMapDefaultHashLoader>::default()
        .with_format(FormatVersion::V2)
        .with_page_size(PAGE as u32)
        .with_miss_filter(true)
        .with_user_metadata("fruit", "yes")
        .build(&writer, entries.into_iter())
        .unwrap();
    writer.into_inner()
}

pub(crate) fn words() -> Vec<u8> {
    build_words(vec![
        ("apple".to_owned(), json!(1)),
        (
            "banana".to_owned(),
            json!({ "list": [1, -2, 3.5, [true]], "text": "é" }),
        ),
        (String::new(), json!([])),
    ])
}

/// A single entry that takes a run of two pages.
fn run() -> Vec<u8> {
    build_words(vec![("apple".to_owned(), json!("x".repeat(600)))])
}

fn numbers<H: MassMapHashLoader>(count: u64) -> Vec<u8> {
    build::<H, _, _>(true, (0..count).map(|n| (n * n * n, n)))
}

/// 60 entries of 13 bytes each, in two pages.
fn fixed() -> Vec<u8> {
    build::<Xxh3HashLoader, _, _>(true, (0..60u64).map(|n| (n * n, (n as u32, n > 9))))
}

/// A single entry of fixed width that takes a run of two pages.
fn fixed_run() -> Vec<u8> {
    build::<Xxh3HashLoader, _, _>(true, [(7u32, ([0x77u64; 32], [[1u64; 32]; 2]))].into_iter())
}

/// Compressed values of one page, with a dictionary.
fn compressed() -> Vec<u8> {
    let writer = MemoryWriter::new();
    let entries = ["apple", "banana", "cherry"].map(|key| (key, format!("{key} juice and ").repeat(20)));
    MassMapBuilder::<Xxh3HashLoader>::default()
        .with_format(FormatVersion::V2)
        .with_page_size(PAGE as u32)
        .with_compression(Compression::zstd().with_dictionary(*b"juice and "))
        .build(&writer, entries.into_iter())
        .unwrap();
    writer.into_inner()
}

/// Where the stored value of a key of [`compressed`] begins.
fn compressed_value(file: &[u8], key: &str) -> usize {
    let place = file.windows(key.len()).position(|bytes| bytes == key.as_bytes());
    place.unwrap() + key.len()
}

/// `file` with `bytes` at `place`.
fn with(file: &[u8], place: usize, bytes: &[u8]) -> Vec<u8> {
    let mut changed = file.to_vec();
    changed[place..place + bytes.len()].copy_from_slice(bytes);
    changed
}

/// The range of a section.
fn section(file: &[u8], kind: SectionKind) -> std::ops::Range<usize> {
    content_range_of(header_of(file).section(kind).unwrap())
}

/// `file` with the pages `first` and `first + 1` swapped.
fn swapped(file: &[u8], first: usize) -> Vec<u8> {
    let mut changed = file.to_vec();
    let pages = &mut changed[(1 + first) * PAGE..(3 + first) * PAGE];
    pages.rotate_left(PAGE);
    changed
}

/// `file` written over a longer file of the same pages, whose end is still there.
fn over_a_longer_file(file: &[u8]) -> Vec<u8> {
    let longer = with_section_of_any_kind(file.to_vec(), 900, &[0; 100]);
    with(&longer, 0, &file[..PagedHeader::SIZE])
}

/// The other files in the directory are from before entries could have fixed widths.
pub(crate) fn handmade() -> Vec<(&'static str, Vec<u8>)> {
    let words = words();
    let numbers_file = numbers::<Xxh3HashLoader>(60);
    let fixed = fixed();
    let run = run();
    let fixed_run = fixed_run();
    let compressed = compressed();
    let frame = compressed_value(&compressed, "apple");
    let dictionary = section(&compressed, SectionKind::Compression);
    let index = section(&numbers_file, SectionKind::PageIndex);
    let filter = section(&numbers_file, SectionKind::MissFilter);
    let ends = 2 * PAGE - 6;
    vec![
        ("valid-empty", numbers::<Xxh3HashLoader>(0)),
        ("valid-words", words.clone()),
        ("valid-fixed", fixed.clone()),
        ("valid-long-run", run.clone()),
        ("valid-fixed-run", fixed_run.clone()),
        ("valid-numbers-xxh3", numbers_file.clone()),
        ("valid-numbers-foldhash", numbers::<MassMapDefaultHashLoader>(20)),
        (
            "valid-fixed-duplicates",
            build::<Xxh3HashLoader, _, _>(false, (0..30u64).map(|n| (n / 3, n))),
        ),
        (
            "valid-fixed-key-over-two-pages",
            build::<Xxh3HashLoader, _, _>(false, (0..50u64).map(|n| (7u64, n))),
        ),
        (
            "valid-strings-by-number",
            build::<MassMapDefaultHashLoader, _, _>(false, [(0u64, "zero"), (128, "many")].into_iter()),
        ),
        ("header-page-size-1024", with(&words, 12, &1024u32.to_le_bytes())),
        ("header-feature-optional", with(&words, 16, &[1])),
        ("header-feature-required", with(&words, 20, &[1])),
        ("header-feature-unknown", with(&words, 20, &[4])),
        ("header-compressed-without-a-section", with(&words, 20, &[2])),
        ("header-compressed-no-more", with(&compressed, 20, &[0])),
        ("header-compressed-and-fixed", with(&compressed, 20, &[3])),
        ("valid-compressed", compressed.clone()),
        ("compressed-plain", with(&compressed, frame, &[0])),
        ("compressed-longer", with(&compressed, frame + 1, &[0xff, 0xff])),
        (
            "compressed-four-gigabytes",
            with(&compressed, frame, &[0xa0, 0xff, 0xff, 0xff, 0xff]),
        ),
        (
            "compressed-skippable",
            with(&compressed, frame, b"\x50\x2a\x4d\x18"),
        ),
        (
            "compressed-block-too-long",
            with(&compressed, frame + 3, &[0xff; 3]),
        ),
        (
            "compressed-repeated-byte",
            with(&compressed, frame + 3, &[0x0b, 0xff, 0xff]),
        ),
        (
            "compressed-without-algorithm",
            with(&compressed, dictionary.start, &[0]),
        ),
        (
            "compressed-other-dictionary",
            with(&compressed, dictionary.start + 20, b"\x37\xa4\x30\xec"),
        ),
        (
            "header-fixed-without-entries",
            with(&numbers::<Xxh3HashLoader>(0), 20, &[1]),
        ),
        (
            "header-fixed-with-a-rest",
            with(&fixed, 40, &781u16.to_le_bytes()),
        ),
        (
            "header-fixed-of-twelve-bytes",
            with(&fixed, 40, &720u16.to_le_bytes()),
        ),
        (
            "header-fixed-of-fourteen-bytes",
            with(&fixed, 40, &840u16.to_le_bytes()),
        ),
        ("header-fixed-and-huge", with(&fixed_run, 40, &[0xff; 8])),
        ("header-fixed-no-more", with(&fixed, 20, &[0])),
        ("record-all-ones", with(&fixed, PAGE + 100, &[0xff; 13])),
        ("header-other-file-id", with(&words, 24, &[1])),
        ("header-fewer-entries", with(&words, 32, &[2])),
        ("header-huge-entries", with(&words, 32, &[0xff; 16])),
        ("header-no-pages", with(&words, 48, &[0])),
        ("header-huge-pages", with(&words, 48, &[0xff; 8])),
        ("header-no-bins", with(&words, 56, &[0; 8])),
        ("header-most-bins", with(&words, 56, &[0xff; 8])),
        ("header-no-directory", with(&words, 64, &[0])),
        ("header-another-directory", with(&words, 64, &[8])),
        ("header-directory-too-long", with(&words, 64, &[9])),
        ("header-of-a-longer-file-at-the-end", over_a_longer_file(&words)),
        ("header-choices", with(&words, 68, &[0xff; 4])),
        ("header-no-such-shard", with(&words, 72, &[1])),
        ("header-shard", with(&words, 76, &[1])),
        ("header-metadata-empty", with(&words, 144, &[0; 8])),
        ("header-metadata-twice", with(&words, 152, &[1])),
        ("header-unknown-section", with(&words, 176, &[9])),
        ("header-huge-section", with(&words, 144, &[0xff; 8])),
        ("page-no-entries", with(&words, PAGE + 4, &[0])),
        ("page-4-billion-entries", with(&words, PAGE + 4, &[0xff; 4])),
        ("page-as-many-entries-as-fit", with(&words, PAGE + 4, &[224])),
        ("page-directory-cleared", with(&words, PAGE + 8, &[0; 56])),
        ("page-directory-all-ones", with(&words, PAGE + 8, &[0xff; 56])),
        ("page-entry-in-another-slot", with(&words, PAGE + 8, &[0x01])),
        ("page-entry-ends-before-it-begins", with(&words, ends, &[0, 0])),
        (
            "page-entry-ends-behind-the-page",
            with(&words, ends, &[0xff, 0xff]),
        ),
        ("page-ends-all-equal", with(&words, ends, &[90, 0, 90, 0, 90, 0])),
        ("page-reserved-marker", with(&words, PAGE + 64, &[0xc1])),
        ("page-padding-not-zero", with(&words, 2 * PAGE - 20, &[1])),
        ("pages-swapped", swapped(&numbers_file, 0)),
        ("fixed-run-with-pages-swapped", swapped(&fixed_run, 0)),
        ("fixed-page-as-many-entries-as-fit", with(&fixed, PAGE + 4, &[37])),
        ("fixed-page-more-entries-than-fit", with(&fixed, PAGE + 4, &[38])),
        (
            "index-cleared",
            with(&numbers_file, index.start, &vec![0; index.len()]),
        ),
        (
            "index-all-ones",
            with(&numbers_file, index.start, &vec![0xff; index.len()]),
        ),
        ("index-other-first-bin", with(&numbers_file, index.start, &[77])),
        (
            "index-bins-that-do-not-exist",
            with(&numbers_file, index.start + 8, &[0xff; 8]),
        ),
        (
            "index-huge-rank",
            with(&numbers_file, index.start + 16, &[0xff; 4]),
        ),
        ("index-no-deviation", with(&numbers_file, index.start + 20, &[0])),
        (
            "filter-denies",
            with(&numbers_file, filter.start + 64, &vec![0x55; filter.len() - 64]),
        ),
        ("filter-no-lines", with(&numbers_file, filter.start, &[0; 8])),
        ("filter-more-lines", with(&numbers_file, filter.start, &[9])),
        (
            "filter-other-first-line",
            with(&numbers_file, filter.start + 8, &[1]),
        ),
    ]
}
