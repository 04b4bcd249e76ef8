//! Handmade inputs of format 1, for the target `read_file`.

use massmap::{FormatVersion, MassMapHashLoader, MassMapHeader, Xxh3HashLoader};
use support::files::format_1::single_bucket_file;
use support::files::hashed_file;

fn build<H: MassMapHashLoader, K, V>(buckets: u64, entries: &[(K, V)]) -> Vec<u8>
where
    K: serde::Serialize + std::hash::Hash + Eq,
    V: serde::Serialize,
{
    hashed_file::<H, K, V>(FormatVersion::V1, buckets, entries)
}

type Foldhash = massmap::MassMapDefaultHashLoader;

pub(crate) fn words() -> Vec<u8> {
    let value = serde_json::json!({ "nil": null, "list": [1, -2, 3.5, [true]], "text": "é" });
    let entries = [
        ("apple".to_owned(), serde_json::json!(1)),
        ("banana".to_owned(), value),
        ("apple".to_owned(), serde_json::json!("again")),
        (String::new(), serde_json::json!([])),
    ];
    build::<Foldhash, _, _>(3, &entries)
}

fn numbers<H: MassMapHashLoader>(count: u64, buckets: u64) -> Vec<u8> {
    let entries: Vec<_> = (0..count).map(|n| (n * n * n, n)).collect();
    build::<H, _, _>(buckets, &entries)
}

/// A file with the buckets of `file` and the metadata `meta`.
fn with_metadata(file: &[u8], meta: &[u8]) -> Vec<u8> {
    let header = MassMapHeader::deserialize(&file[..24]).unwrap();
    let mut changed = file[..header.meta_offset as usize].to_vec();
    changed.extend_from_slice(meta);
    let header = MassMapHeader {
        meta_length: meta.len() as u64,
        ..header
    };
    changed[..24].copy_from_slice(&header.serialize());
    changed
}

fn with_header(file: &[u8], meta_offset: u64, meta_length: u64) -> Vec<u8> {
    let mut changed = file.to_vec();
    changed[..24].copy_from_slice(
        &MassMapHeader {
            meta_offset,
            meta_length,
        }
        .serialize(),
    );
    changed
}

/// `file` with the first occurrence of `from` replaced.
fn replaced(file: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let position = file
        .windows(from.len())
        .position(|window| window == from)
        .unwrap();
    let mut changed = file.to_vec();
    changed[position..][..to.len()].copy_from_slice(to);
    changed
}

pub(crate) fn handmade() -> Vec<(&'static str, Vec<u8>)> {
    let words = words();
    let numbers_file = numbers::<Foldhash>(20, 4);
    let header = MassMapHeader::deserialize(&words[..24]).unwrap();
    let meta = &words[header.meta_offset as usize..];

    // One bucket whose key is nested `depth` levels deep.
    let nested = |depth: usize| {
        let mut bucket = b"\x91\x92".to_vec();
        bucket.resize(2 + depth, 0x91);
        bucket.extend_from_slice(b"\x00\x00");
        single_bucket_file(&bucket, 1)
    };
    vec![
        ("valid-empty", build::<Foldhash, u64, u64>(2, &[])),
        ("valid-numbers-foldhash", numbers_file.clone()),
        ("valid-numbers-one-bucket", numbers::<Foldhash>(20, 1)),
        ("valid-numbers-xxh3", numbers::<Xxh3HashLoader>(20, 4)),
        ("valid-numbers-sparse", numbers::<Foldhash>(3, 64)),
        (
            "valid-strings-by-number",
            build::<Foldhash, _, _>(4, &[(0u64, "zero"), (128, "many")]),
        ),
        ("valid-words", words.clone()),
        ("no-bytes", Vec::new()),
        ("header-only", words[..24].to_vec()),
        ("header-cleared", replaced(&words, &words[..24], &[0; 24])),
        (
            "header-huge-meta-length",
            with_header(&words, header.meta_offset, 1 << 60),
        ),
        (
            "header-meta-beyond-u64",
            with_header(&words, header.meta_offset, u64::MAX),
        ),
        ("header-meta-inside-header", with_header(&words, 23, 1)),
        ("header-meta-behind-end", with_header(&words, 1 << 40, 100)),
        ("truncated-in-metadata", words[..words.len() - 1].to_vec()),
        ("truncated-in-bucket", words[..30].to_vec()),
        ("bytes-behind-metadata", [&words[..], b"leftover"].concat()),
        ("metadata-empty", with_metadata(&words, b"")),
        (
            "metadata-no-buckets",
            with_metadata(&words, &[&b"\x92"[..], fields(meta), b"\x90"].concat()),
        ),
        (
            "metadata-4-billion-buckets",
            with_metadata(
                &words,
                &[&b"\x92"[..], fields(meta), b"\xdd\xff\xff\xff\xff"].concat(),
            ),
        ),
        (
            "metadata-trailing-byte",
            with_metadata(&words, &[meta, b"\0"].concat()),
        ),
        ("hash-unknown", replaced(&words, b"foldhash", b"sha-2561")),
        ("hash-without-seed", replaced(&words, b"\xa4seed", b"\xa4salt")),
        (
            "hash-other-seed",
            replaced(&numbers_file, b"\xa4seed\x00", b"\xa4seed\x01"),
        ),
        (
            "bucket-reserved-marker",
            replaced(&words, b"\xa5apple", b"\xc1apple"),
        ),
        (
            "bucket-key-not-utf-8",
            replaced(&words, b"\xa5apple", b"\xa5appl\xff"),
        ),
        (
            "bucket-key-too-long",
            replaced(&words, b"\xa5apple", b"\xdbpple\xff"),
        ),
        ("bucket-fewer-entries", single_bucket_file(b"\x91\x92\x00\x00", 2)),
        (
            "bucket-more-entries",
            single_bucket_file(b"\x92\x92\x00\x00\x92\x01\x01", 1),
        ),
        (
            "bucket-bytes-left-over",
            single_bucket_file(b"\x91\x92\x00\x00\x00", 1),
        ),
        (
            "bucket-4-billion-entries",
            single_bucket_file(b"\xdd\xff\xff\xff\xff\x92\x00\x00", 1),
        ),
        (
            "bucket-long-encodings",
            single_bucket_file(
                b"\xdd\0\0\0\x01\xdc\0\x02\xcf\0\0\0\0\0\0\0\x07\xd3\0\0\0\0\0\0\0\x07",
                1,
            ),
        ),
        ("key-nested-as-deep-as-allowed", nested(massmap_format::MAX_DEPTH)),
        ("key-nested-deeper", nested(massmap_format::MAX_DEPTH + 1)),
    ]
}

/// The metadata fields in `meta`, whose bucket index has at most 15 elements.
fn fields(meta: &[u8]) -> &[u8] {
    let mut walker = massmap_format::Walker::new(meta);
    walker.array_of(2).unwrap();
    walker.value().unwrap()
}
